//! What a caller may set about the client, with the defaults of a tool that a
//! person waits for.

use std::time::Duration;

/// How to reach AWS. Everything not set here comes from the standard chain:
/// environment, shared config and credentials files, SSO, `credential_process`,
/// container and instance roles.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `--profile`
    pub profile: Option<String>,
    /// `--region`
    pub region: Option<String>,
    /// `--endpoint-url`: for every service, above all other settings.
    pub endpoint_url: Option<String>,
    /// Limit on connecting.
    pub connect_timeout: Duration,
    /// Limit on one attempt of a required operation.
    pub attempt_timeout: Duration,
    /// Limit on a required operation with all its attempts.
    pub call_timeout: Duration,
    /// Limit on an optional operation, which has one attempt.
    pub optional_timeout: Duration,
    /// Attempts of a required operation; `None` = `AWS_MAX_ATTEMPTS`, profile, or 3.
    pub max_attempts: Option<u32>,
    /// Calls on the way at the same time.
    pub concurrency: usize,
    /// Larger answers are refused, in bytes.
    pub max_response_bytes: u64,
    /// Longer lists are refused, in pages.
    pub max_pages: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            profile: None,
            region: None,
            endpoint_url: None,
            connect_timeout: Duration::from_millis(3100),
            attempt_timeout: Duration::from_secs(15),
            call_timeout: Duration::from_secs(45),
            optional_timeout: Duration::from_secs(4),
            max_attempts: None,
            concurrency: 64,
            max_response_bytes: 64 * 1024 * 1024,
            max_pages: 1000,
        }
    }
}
