//! What `secrets[].valueFrom` and `environmentFiles[].value` point at.
//! ECS's rule: a Secrets Manager ARN is a secret, everything else is an SSM parameter, by ARN or by name.
//! Source: ECS Developer Guide, "Pass Secrets Manager secrets" and "Pass Systems Manager parameters"; the agent's `asm` package for the tail.

use super::arn::{Arn, ArnError};
use std::str::FromStr;

/// The prefix under which Parameter Store hands out Secrets Manager secrets.
const REFERENCE_PREFIX: &str = "/aws/reference/secretsmanager/";

/// The target of a `valueFrom`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretRef {
    /// A Secrets Manager secret.
    Secret {
        /// The secret's ARN, without the tail.
        arn: Arn,
        /// The key of the JSON object to take; `None`: the whole text.
        json_key: Option<String>,
        /// The staging label, `AWSCURRENT` if not given.
        version_stage: Option<String>,
        /// The version id.
        version_id: Option<String>,
    },
    /// An SSM parameter.
    Parameter {
        /// The name as the SSM API takes it.
        name: String,
        /// The ARN, if one was written; a name alone means the task's own region and account.
        arn: Option<Arn>,
    },
    /// A Secrets Manager secret read through Parameter Store (`/aws/reference/secretsmanager/NAME`).
    SecretThroughParameter {
        /// The secret's name or ARN after the prefix.
        secret: String,
        /// The parameter's ARN, if one was written.
        arn: Option<Arn>,
    },
}

/// Why a text is not a valid `valueFrom` or environment file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretRefError {
    /// Nothing there.
    #[error("the reference is empty")]
    Empty,
    /// White space inside or around the text.
    #[error("`{0}` contains white space")]
    WhiteSpace(String),
    /// Not a whole ARN.
    #[error(transparent)]
    Arn(#[from] ArnError),
    /// An ARN of a service that ECS does not read secrets from.
    #[error(
        "`{text}` is an ARN of `{service}`; secrets come from Secrets Manager (secretsmanager) or Parameter Store (ssm)"
    )]
    OtherService {
        /// The text.
        text: String,
        /// The ARN's service.
        service: String,
    },
    /// An ARN of the right service, but not of a secret, parameter or object.
    #[error("`{text}` does not name {expected}")]
    OtherResource {
        /// The text.
        text: String,
        /// What was expected.
        expected: &'static str,
    },
    /// The tail after the secret has a wrong number of colons.
    #[error(
        "`{text}` has {found} part(s) after the secret; ECS takes none or exactly three (`:json-key:version-stage:version-id`), empty ones included"
    )]
    Tail {
        /// The text.
        text: String,
        /// How many parts there are.
        found: usize,
    },
}

impl SecretRef {
    /// The region that an ARN names; `None`: the task's own.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        match self {
            Self::Secret { arn, .. } => Some(&arn.region),
            Self::Parameter { arn, .. } | Self::SecretThroughParameter { arn, .. } => {
                arn.as_ref().map(|arn| arn.region.as_str())
            }
        }
    }

    /// The account that an ARN names; `None`: the task's own.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::Secret { arn, .. } => Some(&arn.account),
            Self::Parameter { arn, .. } | Self::SecretThroughParameter { arn, .. } => {
                arn.as_ref().map(|arn| arn.account.as_str())
            }
        }
    }

    /// The ARN that IAM sees, given the task's own region, account and partition for what the text left out.
    /// A parameter's leading slash is not doubled: `/a/b` is `parameter/a/b`.
    #[must_use]
    pub fn resource_arn(&self, partition: &str, region: &str, account: &str) -> String {
        let parameter = |arn: &Option<Arn>, name: &str| match arn {
            Some(arn) => arn.to_string(),
            None => format!(
                "arn:{partition}:ssm:{region}:{account}:parameter/{}",
                name.trim_start_matches('/')
            ),
        };
        match self {
            Self::Secret { arn, .. } => arn.to_string(),
            Self::Parameter { name, arn } => parameter(arn, name),
            Self::SecretThroughParameter { secret, arn } => {
                parameter(arn, &format!("{REFERENCE_PREFIX}{secret}"))
            }
        }
    }
}

impl FromStr for SecretRef {
    type Err = SecretRefError;

    fn from_str(text: &str) -> Result<Self, SecretRefError> {
        refuse_empty_and_white_space(text)?;
        if !text.starts_with("arn:") {
            return Ok(parameter(text, None));
        }
        let arn: Arn = text.parse()?;
        match arn.service.as_str() {
            "secretsmanager" => secret(text, arn),
            "ssm" => {
                let Some(name) = arn.parameter_name().map(str::to_owned) else {
                    return Err(SecretRefError::OtherResource {
                        text: text.to_owned(),
                        expected: "a parameter (`parameter/NAME`)",
                    });
                };
                Ok(parameter(&name, Some(arn)))
            }
            _ => Err(SecretRefError::OtherService { text: text.to_owned(), service: arn.service }),
        }
    }
}

fn refuse_empty_and_white_space(text: &str) -> Result<(), SecretRefError> {
    if text.is_empty() {
        return Err(SecretRefError::Empty);
    }
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(SecretRefError::WhiteSpace(text.to_owned()));
    }
    Ok(())
}

fn parameter(name: &str, arn: Option<Arn>) -> SecretRef {
    match name.strip_prefix(REFERENCE_PREFIX) {
        Some(secret) => SecretRef::SecretThroughParameter { secret: secret.to_owned(), arn },
        None => SecretRef::Parameter { name: name.to_owned(), arn },
    }
}

fn secret(text: &str, mut arn: Arn) -> Result<SecretRef, SecretRefError> {
    let not_a_secret = || SecretRefError::OtherResource {
        text: text.to_owned(),
        expected: "a secret (`secret:NAME`)",
    };
    let resource = std::mem::take(&mut arn.resource);
    let rest = resource.strip_prefix("secret:").ok_or_else(not_a_secret)?;
    let mut parts = rest.split(':');
    let name = parts.next().filter(|name| !name.is_empty()).ok_or_else(not_a_secret)?;
    let tail: Vec<&str> = parts.collect();
    arn.resource = format!("secret:{name}");
    let some = |part: &str| (!part.is_empty()).then(|| part.to_owned());
    match tail.as_slice() {
        [] => Ok(SecretRef::Secret { arn, json_key: None, version_stage: None, version_id: None }),
        [key, stage, version] => Ok(SecretRef::Secret {
            arn,
            json_key: some(key),
            version_stage: some(stage),
            version_id: some(version),
        }),
        _ => Err(SecretRefError::Tail { text: text.to_owned(), found: tail.len() }),
    }
}

/// An S3 object, as `environmentFiles[].value` names it (`arn:aws:s3:::BUCKET/KEY`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3ObjectRef {
    /// The partition of the ARN.
    pub partition: String,
    /// The bucket.
    pub bucket: String,
    /// The object's key.
    pub key: String,
}

impl FromStr for S3ObjectRef {
    type Err = SecretRefError;

    fn from_str(text: &str) -> Result<Self, SecretRefError> {
        refuse_empty_and_white_space(text)?;
        let arn: Arn = text.parse()?;
        let other = || SecretRefError::OtherResource {
            text: text.to_owned(),
            expected: "an S3 object (`arn:aws:s3:::BUCKET/KEY`)",
        };
        if arn.service != "s3" {
            return Err(other());
        }
        match arn.resource.split_once('/') {
            Some((bucket, key)) if !bucket.is_empty() && !key.is_empty() => Ok(Self {
                partition: arn.partition.clone(),
                bucket: bucket.to_owned(),
                key: key.to_owned(),
            }),
            _ => Err(other()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:app/db-AbCdEf";

    fn read(text: &str) -> SecretRef {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn a_secrets_manager_arn_may_carry_key_stage_and_version() {
        let parts = |text: &str| match read(text) {
            SecretRef::Secret { arn, json_key, version_stage, version_id } => {
                assert_eq!(arn.to_string(), SECRET);
                (json_key, version_stage, version_id)
            }
            other => panic!("{other:?}"),
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(parts(SECRET), (None, None, None));
        assert_eq!(parts(&format!("{SECRET}:password::")), (some("password"), None, None));
        assert_eq!(parts(&format!("{SECRET}::AWSPREVIOUS:")), (None, some("AWSPREVIOUS"), None));
        assert_eq!(parts(&format!("{SECRET}:k:s:v")), (some("k"), some("s"), some("v")));
        assert_eq!(parts(&format!("{SECRET}:::")), (None, None, None));
    }

    #[test]
    fn everything_else_is_a_parameter() {
        for (text, name, iam) in [
            ("DB_URL", "DB_URL", "parameter/DB_URL"),
            ("/app/db", "/app/db", "parameter/app/db"),
            ("arn:aws:ssm:us-east-1:444455556666:parameter/app/db", "/app/db", "parameter/app/db"),
        ] {
            let reference = read(text);
            let SecretRef::Parameter { name: found, .. } = &reference else {
                panic!("{reference:?}")
            };
            assert_eq!(found, name);
            assert!(reference.resource_arn("aws", "eu-west-1", "111122223333").ends_with(iam));
        }
        assert_eq!(
            read("arn:aws:ssm:us-east-1:444455556666:parameter/x").region(),
            Some("us-east-1")
        );
        assert_eq!(read("x").account(), None);
        assert_eq!(
            read("/aws/reference/secretsmanager/db"),
            SecretRef::SecretThroughParameter { secret: "db".into(), arn: None }
        );
    }

    #[test]
    fn an_environment_file_is_an_s3_object() {
        let file: S3ObjectRef = "arn:aws:s3:::conf/app/prod.env".parse().unwrap();
        assert_eq!((file.bucket.as_str(), file.key.as_str()), ("conf", "app/prod.env"));
    }

    #[test]
    fn an_error_says_why() {
        let message = |text: &str| text.parse::<SecretRef>().unwrap_err().to_string();
        let file = |text: &str| text.parse::<S3ObjectRef>().unwrap_err().to_string();
        let tail = format!("{SECRET}:password");
        insta::assert_snapshot!(
            [
                message(""),
                message("a b"),
                message("arn:aws:secretsmanager:eu-west-1"),
                message("arn:aws:s3:::bucket/key"),
                message("arn:aws:ssm:eu-west-1:111122223333:document/x"),
                message("arn:aws:secretsmanager:eu-west-1:111122223333:db"),
                message(&tail),
                file("s3://bucket/key"),
                file("arn:aws:s3:::bucket"),
            ]
            .join("\n")
        );
    }
}
