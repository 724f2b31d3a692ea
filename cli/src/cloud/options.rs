//! The options `--profile` and `--region`, and the connection to AWS that they lead to.

use aws::{Aws, Session};
use clap::Args;

/// Which credentials and which region to use.
#[derive(Debug, Args)]
pub(crate) struct AwsOptions {
    #[command(flatten)]
    pub(crate) profile: ProfileOption,
    /// AWS region to use instead of the environment's or the profile's
    #[arg(long, value_name = "REGION", help_heading = "AWS")]
    pub(crate) region: Option<String>,
}

/// Which credentials to use.
#[derive(Debug, Args)]
pub(crate) struct ProfileOption {
    /// Profile from the AWS configuration files to use instead of the environment's credentials
    #[arg(long, value_name = "NAME", help_heading = "AWS")]
    pub(crate) profile: Option<String>,
}

impl AwsOptions {
    /// Connects to AWS. `default_region` applies where nothing else names a region.
    ///
    /// # Errors
    ///
    /// When there are no credentials or no region: what to set.
    pub(crate) async fn connect(&self, default_region: Option<&str>) -> anyhow::Result<Aws> {
        let profile = self.profile.profile.as_deref();
        let session = Session { profile, region: self.region.as_deref(), default_region };
        Ok(Aws::connect(session).await?)
    }
}

impl ProfileOption {
    /// Connects to AWS, in `default_region` unless the environment or the profile names a region.
    ///
    /// # Errors
    ///
    /// As [`AwsOptions::connect`].
    pub(crate) async fn connect(&self, default_region: Option<&str>) -> anyhow::Result<Aws> {
        let session = Session { profile: self.profile.as_deref(), region: None, default_region };
        Ok(Aws::connect(session).await?)
    }
}
