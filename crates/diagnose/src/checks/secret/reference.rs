//! The secrets and parameters of a launch, each beside the facts of its account and Region.

use crate::launch::Launch;
use ecswhy_facts::needs::SecretNeed;
use ecswhy_facts::{Arn, Facts, Gap, SecretRef};

/// A Secrets Manager secret that the task definition names.
pub struct SecretOf<'l> {
    /// Where it is used.
    pub need: &'l SecretNeed,
    /// Its ARN, without the tail.
    pub arn: &'l Arn,
    /// The ARN's text, under which facts are kept.
    pub key: String,
    /// The facts of its account and Region.
    pub facts: &'l Facts,
}

/// A parameter of Parameter Store that the task definition names.
pub struct ParameterOf<'l> {
    /// Where it is used.
    pub need: &'l SecretNeed,
    /// Its name, under which facts are kept.
    pub name: &'l str,
    /// Its ARN.
    pub arn: String,
    /// The facts of its account and Region.
    pub facts: &'l Facts,
}

/// The Secrets Manager secrets of the judged task definition.
///
/// # Errors
/// The gap, when the task definition is not readable.
pub fn secrets<'l>(launch: &'l Launch<'_>) -> Result<Vec<SecretOf<'l>>, Gap> {
    let of = |need: &'l SecretNeed| match need.reference.as_ref().ok()? {
        SecretRef::Secret { arn, .. } => Some(SecretOf {
            need,
            arn,
            key: arn.to_string(),
            facts: launch.snapshot.of(&arn.account, &arn.region),
        }),
        _ => None,
    };
    Ok(launch.needs()?.secrets.iter().filter_map(of).collect())
}

/// The parameters of the judged task definition.
///
/// # Errors
/// The gap, when the task definition is not readable.
pub fn parameters<'l>(launch: &'l Launch<'_>) -> Result<Vec<ParameterOf<'l>>, Gap> {
    let home = launch.snapshot;
    let of = |need: &'l SecretNeed| match need.reference.as_ref().ok()? {
        reference @ SecretRef::Parameter { name, .. } => {
            let (account, region) = (
                reference.account().unwrap_or(&home.account),
                reference.region().unwrap_or(&home.region),
            );
            let arn = reference.resource_arn(launch.partition(), &home.region, &home.account);
            Some(ParameterOf { need, name, arn, facts: home.of(account, region) })
        }
        _ => None,
    };
    Ok(launch.needs()?.secrets.iter().filter_map(of).collect())
}
