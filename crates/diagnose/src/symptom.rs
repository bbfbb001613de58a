//! The closed list of symptoms: what a message itself says, before any fact is looked at.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! symptoms {
    ($($variant:ident $name:literal $group:ident,)*) => {
        /// What AWS said.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "kebab-case")]
        pub enum Symptom {
            $(#[doc = concat!("`", $name, "`")] $variant,)*
        }

        impl Symptom {
            /// Every symptom.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name that the report uses.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Which part of the launch it speaks of.
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

/// Parts of the launch that symptoms speak of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SymptomGroup {
    /// The image pull.
    Pull,
    /// Secrets, parameters, environment files.
    Secrets,
    /// The log driver.
    Logging,
    /// Roles.
    Identity,
    /// Network interface, capacity, quota.
    Placement,
    /// EFS and EBS.
    Storage,
    /// The container itself.
    Container,
    /// Health checks.
    Health,
    /// The service and its host.
    Service,
    /// Nothing is wrong.
    Benign,
    /// Not recognised.
    Otherwise,
}

impl Symptom {
    /// Whether it tells of normal operation.
    pub fn is_benign(self) -> bool {
        self.group() == SymptomGroup::Benign
    }
}

impl std::fmt::Display for Symptom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
