//! The SDK's settings that Lambda, or the user, puts into a function's environment.
//!
//! `aws_config` reads them as well, but also looks for profile files, and links the clients of every service that can give
//! credentials, none of which Lambda offers. The SDK's other variables are not read; the clients set timeouts and retries
//! themselves.
//!
//! Source: the AWS SDKs and Tools reference guide, "Service-specific endpoints" and "Dual-stack and FIPS endpoints".

use aws_types::SdkConfig;
use aws_types::sdk_config::Builder;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

/// Gives the value of a variable.
type Lookup = fn(&str) -> Option<String>;

const ENDPOINT: &str = "AWS_ENDPOINT_URL";
const IGNORE_ENDPOINTS: &str = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS";
const FIPS: &str = "AWS_USE_FIPS_ENDPOINT";
const DUAL_STACK: &str = "AWS_USE_DUALSTACK_ENDPOINT";

/// Endpoints as the environment of this process wants them.
pub(crate) fn endpoints() -> Builder {
    endpoints_of(variable)
}

fn endpoints_of(lookup: Lookup) -> Builder {
    let mut config = SdkConfig::builder();
    config
        .set_endpoint_url(lookup(ENDPOINT).filter(|_| !is_true(lookup, IGNORE_ENDPOINTS)))
        .set_use_fips(Some(is_true(lookup, FIPS)))
        .set_use_dual_stack(Some(is_true(lookup, DUAL_STACK)));
    config.service_config(ServiceVariables { lookup })
}

#[expect(
    clippy::disallowed_methods,
    reason = "these variables are the SDK's, and configure nothing of our own"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn is_true(lookup: Lookup, name: &str) -> bool {
    lookup(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// Variables that may be set for one service, such as `AWS_ENDPOINT_URL_S3`.
#[derive(Debug)]
struct ServiceVariables {
    lookup: Lookup,
}

impl LoadServiceConfig for ServiceVariables {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let is_endpoint = key.env() == ENDPOINT;
        if is_endpoint && is_true(self.lookup, IGNORE_ENDPOINTS) {
            return None;
        }
        let service = key.service_id().to_uppercase().replace(' ', "_");
        (self.lookup)(&format!("{}_{service}", key.env())).or_else(|| (self.lookup)(key.env()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &str = "http://127.0.0.1:5500";
    const OF_S3: &str = "http://127.0.0.1:5501";

    fn endpoint_of(config: &SdkConfig, service: &str) -> Option<String> {
        let key =
            ServiceConfigKey::builder().service_id(service).env(ENDPOINT).profile("endpoint_url").build();
        config.service_config()?.load_config(key.unwrap())
    }

    #[test]
    fn without_variables_the_services_have_their_own_endpoints() {
        let config = endpoints_of(|_| None).build();
        assert_eq!((config.endpoint_url(), endpoint_of(&config, "S3")), (None, None));
        assert_eq!((config.use_fips(), config.use_dual_stack()), (Some(false), Some(false)));
    }

    #[test]
    fn the_endpoint_of_a_service_comes_before_that_of_all() {
        let config = endpoints_of(|name| match name {
            ENDPOINT => Some(ALL.to_owned()),
            "AWS_ENDPOINT_URL_S3" => Some(OF_S3.to_owned()),
            "AWS_ENDPOINT_URL_SERVICE_WITH_SPACES" => Some("http://127.0.0.1:5502".to_owned()),
            _ => None,
        });
        let config = config.build();
        assert_eq!(config.endpoint_url(), Some(ALL));
        assert_eq!(endpoint_of(&config, "S3").as_deref(), Some(OF_S3));
        assert_eq!(endpoint_of(&config, "SNS").as_deref(), Some(ALL));
        assert_eq!(endpoint_of(&config, "Service With Spaces").as_deref(), Some("http://127.0.0.1:5502"));
    }

    #[test]
    fn configured_endpoints_can_be_ignored() {
        let config = endpoints_of(|name| match name {
            IGNORE_ENDPOINTS => Some("true".to_owned()),
            _ => Some(ALL.to_owned()),
        });
        let config = config.build();
        assert_eq!((config.endpoint_url(), endpoint_of(&config, "S3")), (None, None));
    }

    #[test]
    fn fips_and_dual_stack_are_asked_for_by_the_word_true() {
        let config = endpoints_of(|name| (name == FIPS).then(|| "True".to_owned())).build();
        assert_eq!((config.use_fips(), config.use_dual_stack()), (Some(true), Some(false)));
        let config = endpoints_of(|name| (name == DUAL_STACK).then(|| "1".to_owned())).build();
        assert_eq!((config.use_fips(), config.use_dual_stack()), (Some(false), Some(false)));
    }
}
