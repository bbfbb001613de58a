//! The snapshot: everything that was gathered of an account at one instant, already redacted.

use crate::ec2::Ec2Facts;
use crate::ecr::EcrFacts;
use crate::ecs::EcsFacts;
use crate::elb::ElbFacts;
use crate::iam::IamFacts;
use crate::known::Answers;
use crate::logs::LogFacts;
use crate::secrets::SecretFacts;
use crate::storage::StorageFacts;
use crate::tags::ResourceTags;
use crate::target::Target;
use crate::time::Time;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::collections::BTreeMap;

/// The version of the snapshot format that this build writes.
pub const SNAPSHOT_VERSION: u32 = 1;

/// All that was gathered at one instant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// [`SNAPSHOT_VERSION`] of the build that wrote it.
    pub snapshot_version: u32,
    /// When it was taken: the only clock that a diagnosis knows.
    pub taken_at: Time,
    /// Account of the targets, twelve digits.
    pub account: String,
    /// Region of the targets.
    pub region: String,
    /// What was asked about.
    pub targets: Vec<Target>,
    /// The facts, by account and region.
    pub facts: BTreeMap<Scope, Facts>,
    /// Which calls were made.
    #[serde(default)]
    pub calls: Calls,
}

impl Snapshot {
    /// A snapshot without facts.
    pub fn new(taken_at: Time, account: impl Into<String>, region: impl Into<String>) -> Self {
        let (account, region) = (account.into(), region.into());
        let home = Scope { account: account.clone(), region: region.clone() };
        Self {
            snapshot_version: SNAPSHOT_VERSION,
            taken_at,
            account,
            region,
            targets: Vec::new(),
            facts: BTreeMap::from([(home, Facts::default())]),
            calls: Calls::default(),
        }
    }

    /// The account and region of the targets.
    pub fn home_scope(&self) -> Scope {
        Scope { account: self.account.clone(), region: self.region.clone() }
    }

    /// The facts of the targets' own account and region.
    pub fn home(&self) -> &Facts {
        self.facts.get(&self.home_scope()).unwrap_or(&EMPTY)
    }

    /// The facts of an account and region; empty ones where nothing was asked.
    pub fn of(&self, account: &str, region: &str) -> &Facts {
        self.facts
            .get(&Scope { account: account.to_owned(), region: region.to_owned() })
            .unwrap_or(&EMPTY)
    }

    /// The facts of an account and region, for adding to them.
    pub fn of_mut(&mut self, account: &str, region: &str) -> &mut Facts {
        self.facts
            .entry(Scope { account: account.to_owned(), region: region.to_owned() })
            .or_default()
    }

    /// The facts of the targets' own account and region, for changing a model of them.
    pub fn home_mut(&mut self) -> &mut Facts {
        self.facts.entry(self.home_scope()).or_default()
    }
}

static EMPTY: std::sync::LazyLock<Facts> = std::sync::LazyLock::new(Facts::default);

/// An account and a region. IAM, which is global, is kept under the targets' own region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scope {
    /// Twelve digits.
    pub account: String,
    /// Region name, such as `us-east-1`.
    pub region: String,
}

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}/{}", self.account, self.region))
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let (account, region) = text
            .split_once('/')
            .ok_or_else(|| de::Error::custom(format!("{text:?} is not ACCOUNT/REGION")))?;
        Ok(Self { account: account.to_owned(), region: region.to_owned() })
    }
}

/// The facts of one account and region.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// Amazon ECS.
    pub ecs: EcsFacts,
    /// Amazon EC2: the network.
    pub ec2: Ec2Facts,
    /// Amazon ECR.
    pub ecr: EcrFacts,
    /// AWS IAM.
    pub iam: IamFacts,
    /// Secrets Manager, Parameter Store, KMS.
    pub secrets: SecretFacts,
    /// CloudWatch.
    pub logs: LogFacts,
    /// Elastic Load Balancing.
    pub elb: ElbFacts,
    /// EFS and S3.
    pub storage: StorageFacts,
    /// Tags by the ARN, or the key's id, that was asked about.
    pub tags: Answers<ResourceTags>,
}

/// Which calls were made, and how they ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Calls {
    /// All of them.
    pub total: u64,
    /// By `service:Operation`.
    pub by_operation: BTreeMap<String, u64>,
    /// Those that the caller may not make, as `service:Operation subject`.
    pub denied: Vec<String>,
    /// Those that failed otherwise, as `service:Operation subject: why`.
    pub failed: Vec<String>,
}
