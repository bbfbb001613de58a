//! Credentials of a named profile, and what is wrong with credentials, in one sentence for people.

use std::error::Error;

use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::{Profile, ProfileFileCredentialsProvider, ProfileSet, load};
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::os_shim_internal::{Env, Fs};
use aws_types::region::Region;

use crate::client::innermost;

/// Settings by which a profile says where its credentials come from ("Settings reference", SDKs and Tools guide).
const SOURCES: [&str; 9] = [
    "aws_access_key_id",
    "credential_process",
    "credential_source",
    "login_session",
    "role_arn",
    "source_profile",
    "sso_session",
    "sso_start_url",
    "web_identity_token_file",
];

/// A profile that is asked for by name stands above keys in the environment, as with the AWS CLI's `--profile`;
/// one without credentials leaves them to the rest of the standard chain.
pub(crate) async fn of_profile(
    profile: &str,
    region: Option<Region>,
    http: Option<SharedHttpClient>,
) -> CredentialsProviderChain {
    let region = match region {
        Some(region) => Some(region),
        None => {
            let chain = aws_config::default_provider::region::Builder::default();
            chain.profile_name(profile).build().region().await
        }
    };
    let mut config = ProviderConfig::without_region().with_region(region);
    if let Some(http) = http {
        config = config.with_http_client(http);
    }
    let named = ProfileFileCredentialsProvider::builder().configure(&config).profile_name(profile);
    let chain = CredentialsProviderChain::first_try("Profile", named.build());
    let says_nothing = |profile: &Profile| SOURCES.iter().all(|key| profile.get(key).is_none());
    match profiles().await {
        Ok(profiles) if profiles.get_profile(profile).is_some_and(says_nothing) => {
            chain.or_default_provider().await
        }
        _ => chain,
    }
}

/// The credentials error in a chain of causes. A failure inside a provider (SSO,
/// STS) carries service errors of its own, hence the search for the type.
pub(crate) fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a CredentialsError> {
    causes(error).find_map(|cause| cause.downcast_ref::<CredentialsError>())
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |cause| Error::source(*cause))
}

/// What is wrong, and what to do.
pub(crate) async fn explain(error: &CredentialsError, profile: Option<&str>) -> String {
    // The SDK tells the error of a profile to the first call only.
    let mut fresh = None;
    if causes(error).any(|cause| cause.to_string().contains("already taken"))
        && let Some(name) = profile
    {
        let provider = ProfileFileCredentialsProvider::builder().profile_name(name).build();
        fresh = provider.provide_credentials().await.err();
    }
    let error = fresh.as_ref().unwrap_or(error);
    let said: Vec<String> = causes(error).map(|cause| cause.to_string()).collect();
    let says = |text: &str| said.iter().any(|message| message.to_ascii_lowercase().contains(text));
    if (says("profile file") || says("could not read file"))
        && let Err(why) = profiles().await
    {
        return why;
    }
    if says("sso") {
        let flag = profile.map_or_else(String::new, |name| format!(" --profile {name}"));
        return format!(
            "there is no valid session of AWS IAM Identity Center (SSO): log in with `aws sso login{flag}` (the SDK said: {})",
            innermost(error)
        );
    }
    match error {
        CredentialsError::CredentialsNotLoaded(_) => none(profile).await,
        CredentialsError::ProviderTimedOut(_) => {
            "the source of the AWS credentials did not answer in time".to_owned()
        }
        _ => {
            let words = innermost(error);
            let words = words.trim().trim_end_matches("Stderr:").trim_end_matches(['.', ' ']);
            format!("the AWS credentials cannot be used: {words}")
        }
    }
}

/// Nobody has any: of a named profile, whether it exists says more.
pub(crate) async fn none(profile: Option<&str>) -> String {
    if let Some(name) = profile {
        let unknown = |name: &str, of: &str| {
            format!(
                "the profile {name}{of} is not in the AWS configuration files; `aws configure list-profiles` prints those that are"
            )
        };
        match profiles().await {
            Err(why) => return why,
            Ok(profiles) => match profiles.get_profile(name) {
                None => return unknown(name, ""),
                Some(found) => {
                    let source = found.get("source_profile");
                    let missing = source.filter(|source| profiles.get_profile(source).is_none());
                    if let Some(source) = missing {
                        return unknown(source, &format!(", the source_profile of {name},"));
                    }
                }
            },
        }
    }
    let place = profile.map_or_else(String::new, |name| format!(" for the profile {name}"));
    format!(
        "no AWS credentials were found{place}; log in (aws sso login), name a profile \
         (--profile), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    )
}

/// The profiles of the configuration files, or why they cannot be read.
pub(crate) async fn profiles() -> Result<ProfileSet, String> {
    let read = load(&Fs::real(), &Env::real(), &EnvConfigFiles::default(), None).await;
    read.map_err(|error| {
        let why = innermost(&error);
        let why: Vec<&str> = why.split_whitespace().collect();
        format!("the AWS configuration cannot be read: {}", why.join(" "))
    })
}
