//! Why a call gave no answer, in the few kinds that lead to different actions.
//! It decides from status, code and message; it knows nothing of transport.

use std::fmt;

use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::operations::Operation;

/// Why a call gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// AWS refused: HTTP 403, or a code that says so. `action` is the IAM action
    /// that AWS named, else the one that the table holds for the operation.
    #[error("{action} is denied: {message}")]
    Denied {
        /// IAM action to allow.
        action: String,
        /// AWS's words.
        message: String,
    },
    /// AWS says that the subject does not exist (the operation's `absent` codes).
    #[error("{code}: {message}")]
    NotFound {
        /// AWS's error code.
        code: String,
        /// AWS's words.
        message: String,
    },
    /// AWS still limited the rate after all attempts.
    #[error("AWS limits the rate of calls ({code}): {message}")]
    Throttled {
        /// AWS's error code.
        code: String,
        /// AWS's words.
        message: String,
    },
    /// No credentials, or AWS does not accept them (expired, unknown, bad signature).
    #[error("{message}")]
    Credentials {
        /// What is wrong with them.
        message: String,
    },
    /// No answer in time.
    #[error("no answer in time: {message}")]
    Timeout {
        /// Which limit was reached.
        message: String,
    },
    /// No connection: name, address, TLS, proxy.
    #[error("cannot reach AWS: {message}")]
    Unreachable {
        /// The cause.
        message: String,
    },
    /// An answer that cannot be read: HTML, cut JSON, too large.
    #[error("an answer that cannot be read: {message}")]
    Nonsense {
        /// What is odd about it.
        message: String,
    },
    /// A list that could not be read to its end. What was read is dropped: a
    /// partial list proves nothing.
    #[error("the list was cut after {pages} pages: {message}")]
    Cut {
        /// Pages that were read.
        pages: u32,
        /// Why it ended.
        message: String,
    },
    /// The call was not sent: no region, no endpoint there, or input that AWS's
    /// model does not know.
    #[error("{message}")]
    NotSent {
        /// What is missing or wrong.
        message: String,
    },
    /// Any other error of AWS.
    #[error("{code} (HTTP {status}): {message}")]
    Other {
        /// AWS's error code, or empty.
        code: String,
        /// AWS's words.
        message: String,
        /// HTTP status.
        status: u16,
    },
}

impl CallError {
    /// A word for logs and counts: `denied`, `not-found`, `throttled` ...
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Denied { .. } => "denied",
            Self::NotFound { .. } => "not-found",
            Self::Throttled { .. } => "throttled",
            Self::Credentials { .. } => "credentials",
            Self::Timeout { .. } => "timeout",
            Self::Unreachable { .. } => "unreachable",
            Self::Nonsense { .. } => "nonsense",
            Self::Cut { .. } => "cut",
            Self::NotSent { .. } => "not-sent",
            Self::Other { .. } => "error",
        }
    }
}

/// Codes for credentials that AWS does not accept ("Common errors" of the IAM and
/// EC2 references). Some come with 403 and would otherwise read as a denial.
const CREDENTIAL_CODES: &[&str] = &[
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "InvalidToken",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
    "UnrecognizedClientException",
];

const DENIAL_CODES: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "NotAuthorized",
    "UnauthorizedOperation",
    "UnauthorizedException",
];

/// A failed answer as the SDK's retry classifiers want to see it.
#[derive(Debug)]
pub(crate) struct Fault {
    pub meta: Box<ErrorMetadata>,
    /// HTTP status; 2xx when the answer said "success" and could not be read.
    pub status: u16,
    /// Where the bucket is, when Amazon S3 says so (`x-amz-bucket-region`).
    pub bucket_region: Option<String>,
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "HTTP {}: {}", self.status, self.meta)
    }
}

impl std::error::Error for Fault {}

impl ProvideErrorMetadata for Fault {
    fn meta(&self) -> &ErrorMetadata {
        &self.meta
    }
}

/// What a failed answer means for this operation.
pub(crate) fn classify(operation: &Operation, fault: &Fault) -> CallError {
    let code = fault.meta.code().unwrap_or_default().to_owned();
    let message = fault.meta.message().unwrap_or_default().to_owned();
    let status = fault.status;
    if (200..300).contains(&status) {
        return CallError::Nonsense { message };
    }
    if operation.means_absent(&code, &message) {
        return CallError::NotFound { code, message };
    }
    let throttle = aws_runtime::retries::classifiers::THROTTLING_ERRORS.contains(&code.as_str());
    if throttle || status == 429 {
        return CallError::Throttled { code, message };
    }
    if CREDENTIAL_CODES.contains(&code.as_str()) {
        let advice = match code.as_str() {
            "RequestExpired" | "RequestTimeTooSkewed" => "set this machine's clock",
            "UnrecognizedClientException" | "AuthFailure" | "InvalidClientTokenId" => {
                "refresh them, choose others with --profile, or choose a region that is enabled for the account"
            }
            _ => "refresh them, or choose others with --profile",
        };
        return CallError::Credentials {
            message: format!(
                "AWS does not accept the credentials ({code}): {advice} (AWS said: {message})"
            ),
        };
    }
    if status == 403 || DENIAL_CODES.contains(&code.as_str()) {
        let action = denied_action(&message).unwrap_or_else(|| operation.action());
        let message = match (message.is_empty(), code.is_empty()) {
            (false, _) => message,
            (true, false) => code,
            (true, true) => format!("HTTP {status}"),
        };
        return CallError::Denied { action, message };
    }
    if code.is_empty() {
        let message = if message.is_empty() {
            format!("HTTP {status} without a reason")
        } else {
            format!("HTTP {status}: {message}")
        };
        return CallError::Nonsense { message };
    }
    CallError::Other { code, message, status }
}

/// `... is not authorized to perform: ecs:DescribeServices on resource: ...`
fn denied_action(message: &str) -> Option<String> {
    let rest = message.split("not authorized to perform: ").nth(1)?;
    let word = rest.split_whitespace().next()?;
    let word = word.trim_end_matches([',', '.', ';']);
    let (service, action) = word.split_once(':')?;
    let clean = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    };
    (clean(service) && clean(action)).then(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::{ec2, ecs, iam};

    fn kind(operation: &Operation, status: u16, code: &str, message: &str) -> CallError {
        let meta = ErrorMetadata::builder().code(code).message(message).build();
        let fault = Fault { meta: Box::new(meta), status, bucket_region: None };
        classify(operation, &fault)
    }

    #[test]
    fn codes_and_status_decide_the_kind() {
        let rows = [
            (&ecs::DESCRIBE_SERVICES, 400, "ClusterNotFoundException", "", "not-found"),
            (&ecs::DESCRIBE_SERVICES, 400, "AccessDeniedException", "", "denied"),
            (&ecs::DESCRIBE_SERVICES, 403, "403", "", "denied"),
            (&ecs::DESCRIBE_SERVICES, 403, "", "", "denied"),
            (&ecs::DESCRIBE_SERVICES, 400, "ThrottlingException", "", "throttled"),
            (&ecs::DESCRIBE_SERVICES, 429, "", "", "throttled"),
            (&ecs::DESCRIBE_SERVICES, 400, "UnrecognizedClientException", "", "credentials"),
            (&ecs::DESCRIBE_SERVICES, 400, "ExpiredTokenException", "", "credentials"),
            (&ecs::DESCRIBE_SERVICES, 500, "", "", "nonsense"),
            (&ecs::DESCRIBE_SERVICES, 500, "ServerException", "", "error"),
            (&ecs::DESCRIBE_SERVICES, 200, "", "", "nonsense"),
            (
                &ecs::DESCRIBE_TASK_DEFINITION,
                400,
                "ClientException",
                "Unable to describe task definition.",
                "not-found",
            ),
            (&ecs::DESCRIBE_TASK_DEFINITION, 400, "ClientException", "Invalid revision", "error"),
            (&iam::GET_ROLE, 404, "NoSuchEntity", "", "not-found"),
            (&iam::GET_ROLE, 403, "InvalidClientTokenId", "", "credentials"),
            (&iam::GET_ROLE, 403, "SignatureDoesNotMatch", "", "credentials"),
            (&ec2::DESCRIBE_SUBNETS, 400, "InvalidSubnetID.NotFound", "", "not-found"),
            (&ec2::DESCRIBE_SUBNETS, 403, "UnauthorizedOperation", "", "denied"),
            (&ec2::DESCRIBE_SUBNETS, 503, "RequestLimitExceeded", "", "throttled"),
            (&ec2::DESCRIBE_SUBNETS, 401, "AuthFailure", "", "credentials"),
        ];
        for (operation, status, code, message, wanted) in rows {
            let found = kind(operation, status, code, message);
            assert_eq!(found.kind(), wanted, "{status} {code} {message}");
        }
    }

    #[test]
    fn a_denial_names_the_action_that_aws_named() {
        let text = "User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: ecs:DescribeServices on resource: arn:x because no identity-based policy allows the ecs:DescribeServices action";
        let found = kind(&ecs::DESCRIBE_SERVICES, 400, "AccessDeniedException", text);
        assert!(
            matches!(found, CallError::Denied { action, .. } if action == "ecs:DescribeServices")
        );
        let found = kind(&iam::GET_ROLE, 403, "", "<junk>");
        assert!(matches!(found, CallError::Denied { action, .. } if action == "iam:GetRole"));
    }
}
