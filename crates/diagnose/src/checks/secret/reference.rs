//! The secrets and parameters of a launch, each beside the facts of its account and Region.

use crate::launch::Launch;
use ecswhy_facts::needs::SecretNeed;
use ecswhy_facts::secrets::Parameter;
use ecswhy_facts::{Arn, Fact, Facts, Gap, GapReason, SecretRef};

/// A Secrets Manager secret that the task definition names.
pub struct SecretOf<'l> {
    /// Where it is used.
    pub need: &'l SecretNeed,
    /// Its ARN, without the tail.
    pub arn: &'l Arn,
    /// The ARN's text, under which facts are kept.
    pub key: String,
    /// Staging label, where one is named.
    pub version_stage: Option<&'l str>,
    /// Version id, where one is named.
    pub version_id: Option<&'l str>,
    /// Whether it is named in another Region than the task's.
    pub is_elsewhere: bool,
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
    /// The Region that it is named in.
    pub region: &'l str,
    /// Whether that is another Region than the task's.
    pub is_elsewhere: bool,
    /// Whether it belongs to another account, which shares it.
    pub is_shared: bool,
    /// The facts of its account and Region.
    pub facts: &'l Facts,
}

impl<'l> ParameterOf<'l> {
    /// What Parameter Store says of it; `None`: it does not exist.
    ///
    /// # Errors
    /// The gap. Systems Manager API, DescribeParameters: it lists the parameters of the caller's own account, so that
    /// one of another account is not missing where the list lacks it.
    pub fn described(&self) -> Result<Option<&'l Parameter>, Gap> {
        match self.facts.secrets.parameters.ask(self.name) {
            Ok(None) | Err(_) if self.is_shared => {
                let why = format!(
                    "whether {} exists and which key encrypts it is only visible in its own account",
                    self.arn
                );
                Err(Gap {
                    call: Parameter::CALL.to_owned(),
                    subject: self.arn.clone(),
                    why: GapReason::Unknowable { why },
                })
            }
            known => known,
        }
    }
}

/// The Secrets Manager secrets of the judged task definition.
///
/// # Errors
/// The gap, when the task definition is not readable.
pub fn secrets<'l>(launch: &'l Launch<'_>) -> Result<Vec<SecretOf<'l>>, Gap> {
    let of = |need: &'l SecretNeed| match need.reference.as_ref().ok()? {
        SecretRef::Secret { arn, version_stage, version_id, .. } => Some(SecretOf {
            need,
            arn,
            key: arn.to_string(),
            version_stage: version_stage.as_deref(),
            version_id: version_id.as_deref(),
            is_elsewhere: arn.region != launch.snapshot.region,
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
            Some(ParameterOf {
                need,
                name,
                arn,
                region,
                is_elsewhere: region != home.region,
                is_shared: *account != home.account,
                facts: home.of(account, region),
            })
        }
        _ => None,
    };
    Ok(launch.needs()?.secrets.iter().filter_map(of).collect())
}
