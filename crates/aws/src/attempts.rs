//! How often a call is tried: `AWS_MAX_ATTEMPTS`, then the profile's `max_attempts`. Read here, since the SDK's own
//! reader panics at values that the AWS CLI knows (`retry_mode = legacy`); the mode is always the standard one.

use crate::credentials::profiles;

/// Attempts of the standard mode ("Retry behavior", SDKs and Tools guide).
const STANDARD: u32 = 3;

/// What the environment or the profile asks for; what is no number of attempts asks for nothing.
pub(crate) async fn configured(profile: Option<&str>) -> u32 {
    let number = |text: &str| text.trim().parse().ok().filter(|attempts| *attempts > 0);
    let variable = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
    if let Some(attempts) = variable("AWS_MAX_ATTEMPTS").and_then(|text| number(&text)) {
        return attempts;
    }
    let name = profile.map(str::to_owned).or_else(|| variable("AWS_PROFILE"));
    let profiles = profiles().await.ok();
    let said = profiles.as_ref().and_then(|profiles| {
        profiles.get_profile(name.as_deref().unwrap_or("default"))?.get("max_attempts")
    });
    said.and_then(number).unwrap_or(STANDARD)
}
