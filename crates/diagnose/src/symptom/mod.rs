//! The closed list of symptoms: what a message itself says, before anything is checked.
//! A symptom is not a cause; the checks find causes. The texts shown to people are in [`texts`].

mod texts;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The part of a launch that a symptom belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SymptomGroup {
    /// Pulling the image.
    Pull,
    /// Reading secrets, parameters and environment files.
    Secrets,
    /// Preparing the log driver.
    Logging,
    /// Assuming roles.
    Identity,
    /// Finding capacity, a network interface, an address.
    Placement,
    /// Mounting volumes.
    Storage,
    /// Starting and running the container.
    Container,
    /// Health checks.
    Health,
    /// The service and its deployments.
    Service,
    /// Nothing is wrong.
    Benign,
    /// Not known.
    Otherwise,
}

macro_rules! symptoms {
    ($($variant:ident $name:literal $group:ident,)*) => {
        /// What AWS said, as one of a closed list.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "kebab-case")]
        pub enum Symptom {
            $(#[doc = concat!("`", $name, "`")] $variant,)*
        }

        impl Symptom {
            /// Every symptom, in the order of the list.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name in outputs, kebab-case.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The part of a launch that the symptom belongs to.
            #[must_use]
            pub fn group(self) -> SymptomGroup {
                match self { $(Self::$variant => SymptomGroup::$group,)* }
            }
        }
    };
}

symptoms! {
    ImageNotFound "image-not-found" Pull,
    ImageAccessDenied "image-access-denied" Pull,
    RegistryUnreachable "registry-unreachable" Pull,
    LayerDownloadUnreachable "layer-download-unreachable" Pull,
    RegistryRateLimited "registry-rate-limited" Pull,
    RegistryCredentialsInvalid "registry-credentials-invalid" Pull,
    ImagePlatformMismatch "image-platform-mismatch" Pull,
    ImageReferenceInvalid "image-reference-invalid" Pull,
    DiskFull "disk-full" Pull,
    ImagePullFailed "image-pull-failed" Pull,
    SecretNotFound "secret-not-found" Secrets,
    SecretAccessDenied "secret-access-denied" Secrets,
    SecretDecryptDenied "secret-decrypt-denied" Secrets,
    SecretKeyMissing "secret-key-missing" Secrets,
    SecretUnreachable "secret-unreachable" Secrets,
    ParameterNotFound "parameter-not-found" Secrets,
    EnvFileUnavailable "env-file-unavailable" Secrets,
    LogGroupNotFound "log-group-not-found" Logging,
    LogAccessDenied "log-access-denied" Logging,
    LogUnreachable "log-unreachable" Logging,
    LogConfigInvalid "log-config-invalid" Logging,
    RoleNotAssumable "role-not-assumable" Identity,
    ServiceLinkedRoleMissing "service-linked-role-missing" Identity,
    EniProvisioningFailed "eni-provisioning-failed" Placement,
    SubnetOutOfAddresses "subnet-out-of-addresses" Placement,
    EniQuotaReached "eni-quota-reached" Placement,
    SecurityGroupInvalid "security-group-invalid" Placement,
    CapacityUnavailable "capacity-unavailable" Placement,
    QuotaReached "quota-reached" Placement,
    PlacementFailed "placement-failed" Placement,
    SpotInterrupted "spot-interrupted" Placement,
    EfsUnreachable "efs-unreachable" Storage,
    EfsAccessDenied "efs-access-denied" Storage,
    EfsFailed "efs-failed" Storage,
    EbsFailed "ebs-failed" Storage,
    CommandNotStartable "command-not-startable" Container,
    ExecFormatError "exec-format-error" Container,
    ContainerConfigInvalid "container-config-invalid" Container,
    DependencyFailed "dependency-failed" Container,
    ContainerExited "container-exited" Container,
    AppError "app-error" Container,
    OutOfMemory "out-of-memory" Container,
    Killed "killed" Container,
    Segfault "segfault" Container,
    Terminated "terminated" Container,
    ContainerUnhealthy "container-unhealthy" Health,
    TargetUnhealthy "target-unhealthy" Health,
    TargetRegistrationFailed "target-registration-failed" Health,
    CircuitBreaker "circuit-breaker" Service,
    HostProblem "host-problem" Service,
    StuckPending "stuck-pending" Service,
    StuckProvisioning "stuck-provisioning" Service,
    DeploymentDeadlock "deployment-deadlock" Service,
    ScaledIn "scaled-in" Benign,
    ReplacedByDeployment "replaced-by-deployment" Benign,
    StoppedByUser "stopped-by-user" Benign,
    Maintenance "maintenance" Benign,
    SteadyState "steady-state" Benign,
    Unknown "unknown" Otherwise,
}

/// The text is no symptom's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the name of a symptom")]
pub struct UnknownSymptom(pub String);

impl FromStr for Symptom {
    type Err = UnknownSymptom;

    fn from_str(text: &str) -> Result<Self, UnknownSymptom> {
        Self::ALL
            .iter()
            .copied()
            .find(|symptom| symptom.name() == text)
            .ok_or_else(|| UnknownSymptom(text.to_owned()))
    }
}

impl fmt::Display for Symptom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Symptom {
    /// One affirmative sentence without a full stop.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.texts().title
    }

    /// What the symptom means, what usually causes it and what misleads: Markdown under three fixed headings.
    #[must_use]
    pub fn explanation(self) -> String {
        let texts = self.texts();
        format!(
            "## What it means\n\n{}\n\n## What usually causes it\n\n{}\n\n## What misleads\n\n{}\n",
            texts.means, texts.causes, texts.misleads
        )
    }

    /// Ids of the findings that most often stand behind the symptom, the likeliest first.
    #[must_use]
    pub fn likely_findings(self) -> &'static [&'static str] {
        self.texts().findings
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_benign(self) -> bool {
        self.group() == SymptomGroup::Benign
    }

    /// Whether it says only that no answer came, which names no fault: many different ones show so.
    #[must_use]
    pub fn is_silence(self) -> bool {
        matches!(
            self,
            Self::RegistryUnreachable
                | Self::LayerDownloadUnreachable
                | Self::SecretUnreachable
                | Self::LogUnreachable
                | Self::EfsUnreachable
        )
    }

    /// Whether the fault often passes without a change.
    #[must_use]
    pub fn is_transient(self) -> bool {
        matches!(
            self,
            Self::RegistryRateLimited
                | Self::CapacityUnavailable
                | Self::SpotInterrupted
                | Self::EniProvisioningFailed
                | Self::HostProblem
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_serialised_forms_agree() {
        for symptom in Symptom::ALL {
            assert_eq!(serde_json::to_value(symptom).unwrap(), symptom.name());
            assert_eq!(symptom.name().parse::<Symptom>().unwrap(), *symptom);
        }
        assert!("image-lost".parse::<Symptom>().is_err());
    }

    #[test]
    fn every_symptom_is_explained() {
        let mut listing = String::new();
        for symptom in Symptom::ALL {
            listing.push_str(&format!(
                "# {symptom}: {}\n\n{}\n",
                symptom.title(),
                symptom.explanation()
            ));
        }
        insta::assert_snapshot!(listing);
    }

    #[test]
    fn findings_have_the_form_group_and_fault() {
        for symptom in Symptom::ALL {
            for id in symptom.likely_findings() {
                let (group, fault) = id.split_once('/').unwrap();
                assert!(!group.is_empty() && !fault.is_empty(), "{id}");
            }
        }
    }
}
