//! The connection of the operator's tool: a profile, a region, and credentials that are there before the first request.
//!
//! A function has its credentials from Lambda and never waits for them. A person may have none, and must learn that at once.
//! The SDK asks the metadata service of EC2 last, with three attempts of a second each for the region and again for the
//! credentials. Leaving that service out would break the tool on an instance, so it is asked here once, and briefly: it is
//! on the same host and answers within milliseconds, or it does not exist.
//!
//! Nothing is stored. Single sign-on is left to the AWS CLI: the SDK's client for it would be larger than this tool.
//!
//! Source: the AWS SDKs and Tools reference guide, "Standardized credential providers" and "IMDS credential provider".

use std::error::Error as _;
use std::time::Duration;

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::environment::region::EnvironmentVariableRegionProvider;
use aws_config::imds::Client as MetadataClient;
use aws_config::imds::client::error::ImdsError;
use aws_config::imds::region::ImdsRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_types::region::Region;
use pipeline::Cause;

use crate::client::{Aws, https_client, retries, stalled_streams, timeouts};
use crate::region::is_region;

/// Longest time to connect to the metadata service, and longest wait for its answer.
const METADATA_TIMEOUT: Duration = Duration::from_millis(300);

/// What the user chose; the rest comes from the environment and the profile files.
#[derive(Debug, Clone, Copy, Default)]
pub struct Session<'a> {
    /// The profile to use, even if the environment has credentials. The AWS CLI does the same.
    pub profile: Option<&'a str>,
    /// The region to use, even if the environment or the profile names one.
    pub region: Option<&'a str>,
    /// The region to use if nothing else names one, such as that of a queue.
    pub default_region: Option<&'a str>,
}

/// Why there is no connection. Each text says what to set.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The region does not look like one.
    #[error("`{}` is not an AWS region; expected a name such as `eu-west-1`", region.escape_debug())]
    InvalidRegion {
        /// What was given.
        region: String,
    },
    /// Nothing names a region.
    #[error("no AWS region is set; pass `--region`, or set `AWS_REGION`, or set `region` in the profile")]
    NoRegion,
    /// Nothing has credentials.
    #[error(
        "no AWS credentials were found; pass `--profile`, or set `AWS_PROFILE`, or set `AWS_ACCESS_KEY_ID` and \
         `AWS_SECRET_ACCESS_KEY`"
    )]
    NoCredentials,
    /// Nothing has credentials or names a region.
    #[error(
        "no AWS credentials and no region were found; pass `--profile` and `--region`, or set `AWS_PROFILE` and \
         `AWS_REGION`, or set `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_REGION`"
    )]
    Nothing,
    /// The chosen profile has no credentials.
    #[error(
        "profile `{}` has no usable credentials; check `~/.aws/config` and `~/.aws/credentials`, and for single sign-on run \
         `eval \"$(aws configure export-credentials --profile NAME --format env)\"` instead of passing `--profile`",
        profile.escape_debug()
    )]
    Profile {
        /// The profile.
        profile: String,
        /// What the SDK said.
        #[source]
        source: Cause,
    },
    /// Credentials are configured and could not be loaded.
    #[error(
        "the configured AWS credentials could not be loaded; sign in again, or choose others with `--profile`"
    )]
    Credentials {
        /// What the SDK said.
        #[source]
        source: Cause,
    },
}

impl Aws {
    /// Connects for a person at a terminal. Without credentials or without a region, it fails within a second.
    ///
    /// # Errors
    ///
    /// [`SessionError`], which says what to set.
    pub async fn connect(session: Session<'_>) -> Result<Self, SessionError> {
        if let Some(region) = session.region.filter(|region| !is_region(region)) {
            return Err(SessionError::InvalidRegion { region: region.to_owned() });
        }
        let providers = ProviderConfig::default().with_http_client(https_client());
        let (region, credentials) = match named_region(session, &providers).await {
            Some(region) => {
                let credentials = credentials(session, &providers, Some(region.clone())).await;
                (Some(region), credentials)
            }
            None => of_instance(session, &providers).await,
        };
        match (region, credentials) {
            (None, Err(SessionError::NoCredentials)) => Err(SessionError::Nothing),
            (_, Err(error)) => Err(error),
            (None, Ok(_)) => Err(SessionError::NoRegion),
            (Some(region), Ok(credentials)) => Ok(Self::new(config(session, region, credentials).await)),
        }
    }
}

async fn config(session: Session<'_>, region: Region, credentials: SharedCredentialsProvider) -> SdkConfig {
    let loader = aws_config::defaults(BehaviorVersion::latest())
        .region(region)
        .credentials_provider(credentials)
        .http_client(https_client())
        .retry_config(retries())
        .timeout_config(timeouts())
        .stalled_stream_protection(stalled_streams());
    match session.profile {
        Some(profile) => loader.profile_name(profile).load().await,
        None => loader.load().await,
    }
}

/// The region that something names: the user, the environment, the profile, or else the caller's default.
async fn named_region(session: Session<'_>, providers: &ProviderConfig) -> Option<Region> {
    let owned = |region: Option<&str>| region.map(|region| Region::new(region.to_owned()));
    let mut profile = ProfileFileRegionProvider::builder().configure(providers);
    if let Some(name) = session.profile {
        profile = profile.profile_name(name);
    }
    let chain = RegionProviderChain::first_try(owned(session.region))
        .or_else(EnvironmentVariableRegionProvider::new())
        .or_else(profile.build())
        .or_else(owned(session.default_region));
    chain.region().await
}

/// A client of the metadata service. Each lookup has its own, because lookups with the same client wait for each other.
fn metadata(providers: &ProviderConfig) -> MetadataClient {
    MetadataClient::builder()
        .configure(providers)
        .max_attempts(1)
        .connect_timeout(METADATA_TIMEOUT)
        .read_timeout(METADATA_TIMEOUT)
        .build()
}

/// The region of the instance, and credentials. Both may wait for the metadata service, so they wait at the same time.
async fn of_instance(
    session: Session<'_>,
    providers: &ProviderConfig,
) -> (Option<Region>, Result<SharedCredentialsProvider, SessionError>) {
    let instance =
        ImdsRegionProvider::builder().configure(providers).imds_client(metadata(providers)).build();
    let (region, loaded) = futures::join!(instance.region(), credentials(session, providers, None));
    match (region, loaded) {
        // Assuming a role may have failed for want of a region.
        (Some(region), Err(_)) => {
            let loaded = credentials(session, providers, Some(region.clone())).await;
            (Some(region), loaded)
        }
        (region, loaded) => (region, loaded),
    }
}

/// Credentials that have been loaded once, so that whatever is wrong with them is known. Assuming a role needs `region`.
async fn credentials(
    session: Session<'_>,
    providers: &ProviderConfig,
    region: Option<Region>,
) -> Result<SharedCredentialsProvider, SessionError> {
    let provider = match session.profile {
        Some(profile) => {
            let builder = ProfileFileCredentialsProvider::builder().profile_name(profile);
            SharedCredentialsProvider::new(builder.configure(&providers.clone().with_region(region)).build())
        }
        None => {
            let chain = DefaultCredentialsChain::builder().region(region).imds_client(metadata(providers));
            SharedCredentialsProvider::new(chain.configure(providers.clone()).build().await)
        }
    };
    match (provider.provide_credentials().await, session.profile) {
        (Ok(_), _) => Ok(provider),
        (Err(error), Some(profile)) => {
            Err(SessionError::Profile { profile: profile.to_owned(), source: error.into() })
        }
        (Err(error), None) if is_absence(&error) => Err(SessionError::NoCredentials),
        (Err(error), None) => Err(SessionError::Credentials { source: error.into() }),
    }
}

/// Whether nothing offers credentials. A metadata service that gives no token is one that is not for this process: a proxy
/// or a container may answer in its place, and says nothing about what the user configured.
fn is_absence(error: &CredentialsError) -> bool {
    let cause = error.source().and_then(|cause| cause.downcast_ref::<ImdsError>());
    matches!(error, CredentialsError::CredentialsNotLoaded(_))
        || matches!(cause, Some(ImdsError::FailedToLoadToken(_)))
}
