//! The report: what a diagnosis found, in the shape of the JSON output (schema version 1). It can be written and
//! read back; nothing in it knows how it will look.

use crate::change::Change;
use crate::stage::Stage;
use crate::symptom::Symptom;
use ecswhy_facts::{Calls, Gap, Target, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of the JSON output that this build writes.
pub const SCHEMA_VERSION: u32 = 1;

/// Everything that one run found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Which program wrote it.
    pub tool: Tool,
    /// When the facts were gathered.
    #[schemars(with = "String")]
    pub taken_at: Time,
    /// Account of the targets.
    pub account: String,
    /// Region of the targets.
    pub region: String,
    /// One report per target.
    pub reports: Vec<TargetReport>,
    /// Which AWS calls were made.
    #[schemars(with = "serde_json::Value")]
    pub calls: Calls,
}

impl Report {
    /// The exit status of a run that printed this: the worst of its targets.
    pub fn exit_status(&self) -> u8 {
        self.reports.iter().map(|report| report.status.exit_status()).fold(0, |worst, next| match (
            worst, next,
        ) {
            (1, _) | (_, 1) => 1,
            (worst, next) => worst.max(next),
        })
    }
}

/// The program that wrote a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tool {
    /// `ecswhy`.
    pub name: String,
    /// Semantic version.
    pub version: String,
}

/// What was found about one target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TargetReport {
    /// What was asked about.
    pub target: TargetName,
    /// The verdict in one word.
    pub status: Status,
    /// Counts and deployments.
    pub state: State,
    /// What AWS said, told once each.
    pub symptoms: Vec<SymptomReport>,
    /// How far a task of the judged launch comes, by stage.
    pub stages: Vec<StageReport>,
    /// Findings, most important first.
    pub findings: Vec<Finding>,
    /// What to change, least invasive first for each finding.
    pub fixes: Vec<Fix>,
    /// How the launch begins again once the fixes are made, where it does not run as desired.
    #[serde(default)]
    pub next_launch: Option<NextLaunch>,
    /// What blocks a complete answer.
    pub unknowns: Vec<UnknownReport>,
    /// What this tool never sees, or could not see here without it mattering for completeness.
    pub not_visible: Vec<String>,
}

/// How a launch begins again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NextLaunch {
    /// One sentence: who starts it, and when.
    pub sentence: String,
    /// AWS CLI commands that start it now.
    pub commands: Vec<String>,
}

/// The target, as the JSON output names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TargetName {
    /// `service` or `task`.
    pub kind: String,
    /// Cluster name.
    pub cluster: String,
    /// Service name.
    pub service: Option<String>,
    /// Task id.
    pub task: Option<String>,
    /// ARN of the judged task definition.
    pub task_definition: Option<String>,
}

impl TargetName {
    /// Names a target and the task definition of its judged launch.
    pub fn new(target: &Target, task_definition: Option<String>) -> Self {
        let (kind, service, task) = match target {
            Target::Service { service, .. } => ("service", Some(service.clone()), None),
            Target::Task { task, .. } => ("task", None, Some(task.clone())),
        };
        Self {
            kind: kind.to_owned(),
            cluster: target.cluster().to_owned(),
            service,
            task,
            task_definition,
        }
    }
}

/// The verdict on a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Steady, and nothing blocks the next launch.
    Healthy,
    /// A deployment is under way and nothing blocks it.
    Deploying,
    /// Runs as desired, but the next launch is blocked.
    AtRisk,
    /// Something is broken now.
    Failing,
    /// No failure was found, but a blocking check lacks a fact that the caller could obtain; or tasks fail, and what is
    /// known does not say why.
    Incomplete,
}

impl Status {
    /// The exit status of `diagnose` for a target with this verdict.
    pub fn exit_status(self) -> u8 {
        match self {
            Self::Healthy | Self::Deploying => 0,
            Self::AtRisk | Self::Failing => 1,
            Self::Incomplete => 3,
        }
    }

    /// The name that the report uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Deploying => "deploying",
            Self::AtRisk => "at-risk",
            Self::Failing => "failing",
            Self::Incomplete => "incomplete",
        }
    }
}

/// How the target stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct State {
    /// Tasks that the service wants.
    pub desired: Option<i64>,
    /// Tasks that run, of all deployments.
    pub running: Option<i64>,
    /// Tasks on their way.
    pub pending: Option<i64>,
    /// Stopped tasks that AWS still remembers.
    pub stopped_recently: u64,
    /// The service's deployments or task sets, newest first.
    pub deployments: Vec<DeploymentState>,
}

/// One deployment or task set.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeploymentState {
    /// Deployment or task set id.
    pub id: Option<String>,
    /// `PRIMARY`, `ACTIVE`, ...
    pub status: Option<String>,
    /// ARN.
    pub task_definition: Option<String>,
    /// `IN_PROGRESS`, `COMPLETED`, `FAILED`.
    pub rollout_state: Option<String>,
    /// Tasks.
    pub desired: Option<i64>,
    /// Tasks.
    pub running: Option<i64>,
    /// Tasks.
    pub pending: Option<i64>,
    /// Tasks of this deployment that did not start.
    pub failed: Option<i64>,
    /// When it began.
    #[schemars(with = "Option<String>")]
    pub created_at: Option<Time>,
    /// Whether this is the launch that the findings speak of.
    pub judged: bool,
}

/// One thing that AWS said, however often.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SymptomReport {
    /// Its kind.
    pub symptom: Symptom,
    /// AWS's own words.
    pub message: String,
    /// How many tasks or events said it.
    pub count: u64,
    /// First time.
    #[schemars(with = "Option<String>")]
    pub first_seen: Option<Time>,
    /// Last time.
    #[schemars(with = "Option<String>")]
    pub last_seen: Option<Time>,
    /// Ids of the tasks that failed so.
    pub tasks: Vec<String>,
    /// What the message names: image, role, action, address ...
    pub parameters: BTreeMap<String, String>,
    /// Whether it belongs to the judged launch; `false` for older ones, kept as history.
    pub current: bool,
}

/// The verdicts of one stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StageReport {
    /// The stage.
    pub stage: Stage,
    /// The worst of its checks.
    pub verdict: VerdictName,
    /// Its checks.
    pub checks: Vec<CheckReport>,
}

/// The verdict of one check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CheckReport {
    /// Check id, which is the id of its findings.
    pub id: String,
    /// What it said.
    pub verdict: VerdictName,
    /// Why it is unknown or does not apply.
    pub reason: Option<String>,
}

/// A verdict in one word.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum VerdictName {
    /// The launch does not use what this would judge.
    NotApplicable,
    /// Proven to hold.
    Pass,
    /// A fact is missing.
    Unknown,
    /// Proven not to hold.
    Fail,
}

/// What a finding is to the failure.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Why it fails now.
    RootCause,
    /// The next wall behind it.
    NextBlocker,
    /// Weakens but does not stop the launch.
    Risk,
    /// Context.
    Note,
}

/// How sure a finding is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// Facts prove it.
    Certain,
    /// Facts speak for it and none against it.
    Likely,
    /// It fits, as other things would.
    Possible,
}

/// One fault, with what proves it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// `id#subject`, stable between runs.
    pub key: String,
    /// `group/fault`.
    pub id: String,
    /// The ARN or id of what is at fault.
    pub subject: String,
    /// What it is to the failure.
    pub role: Role,
    /// How sure it is.
    pub confidence: Confidence,
    /// Which stage of the launch it breaks.
    pub stage: Stage,
    /// One sentence with the concrete value in it.
    pub message: String,
    /// The facts that prove it.
    pub evidence: Vec<Evidence>,
    /// The path of the packets that it stops or loses, for who draws it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<PathDrawing>,
    /// Where to look on, when what is wrong lies where these facts do not reach.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub look_up: Option<LookUp>,
    /// Ids of the fixes that clear it, best first.
    pub fixes: Vec<String>,
}

/// The path of a packet and its reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PathDrawing {
    /// The path in one line of text, up to where it ends.
    pub line: String,
    /// Every hop in path order, the reply's after the request's.
    pub hops: Vec<PathHop>,
}

/// One hop of a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PathHop {
    /// `source`, `security-group`, `network-acl`, `route-table`, `nat-gateway`, ...
    pub kind: String,
    /// The id that AWS gives it.
    pub id: String,
    /// `out` for the request, `back` for its reply.
    pub leg: String,
    /// `passed`, `blocked`, or `open` where it is not known.
    pub passage: String,
    /// What decided: the route, the rule, the entry number.
    pub text: String,
}

impl PathDrawing {
    /// A path, with its one line.
    pub fn new(line: String, path: &ecswhy_network::Path) -> Self {
        let name = |value: serde_json::Result<serde_json::Value>| {
            value.ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
        };
        let hops = path.hops.iter().map(|hop| PathHop {
            kind: name(serde_json::to_value(hop.kind)),
            id: hop.id.clone(),
            leg: name(serde_json::to_value(hop.leg)),
            passage: name(serde_json::to_value(hop.passage)),
            text: hop.text.clone(),
        });
        Self { line, hops: hops.collect() }
    }
}

/// What to look at, where a person can see more than these facts show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LookUp {
    /// Imperative sentence.
    pub sentence: String,
    /// Read-only AWS CLI commands that show it.
    pub commands: Vec<String>,
}

/// A fact that proves a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Evidence {
    /// A field of an AWS answer.
    Fact {
        /// `service:Operation`.
        call: String,
        /// ARN, id or name.
        resource: String,
        /// Field of the answer.
        field: String,
        /// Its value.
        value: String,
    },
    /// Steps of a decision or of a packet's path.
    Trace {
        /// One line per step.
        trace: Vec<String>,
    },
}

impl Evidence {
    /// A field of an AWS answer.
    pub fn fact(
        call: &str,
        resource: impl Into<String>,
        field: &str,
        value: impl ToString,
    ) -> Self {
        Self::Fact {
            call: call.to_owned(),
            resource: resource.into(),
            field: field.to_owned(),
            value: value.to_string(),
        }
    }
}

/// How careful one must be with a fix.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Safety {
    /// Changes nothing.
    ReadOnly,
    /// Takes effect without replacing tasks.
    NonDisruptive,
    /// Creates something new, which costs or can move traffic.
    AddsResources,
    /// Takes effect with the next deployment.
    NeedsNewDeployment,
    /// May stop something that works.
    MayInterrupt,
}

/// How a fix was shown to work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// The checks ran again on the changed model: the finding is gone and no new one came.
    Model,
    /// A size or a time, chosen from what was measured.
    Estimate,
}

/// An ordered set of changes that clears findings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Fix {
    /// Stable id, from the change and its subject.
    pub id: String,
    /// Imperative sentence.
    pub title: String,
    /// How careful one must be.
    pub safety: Safety,
    /// Rough monthly cost, US dollars, where it adds resources.
    pub cost_per_month_usd: Option<f64>,
    /// How it was shown to work.
    pub proof: Proof,
    /// Keys of the findings that it clears.
    pub clears: Vec<String>,
    /// What else it touches, one sentence each.
    pub touches: Vec<String>,
    /// The changes, in order.
    pub changes: Vec<Change>,
    /// AWS CLI commands that make them.
    pub commands: Vec<String>,
    /// Terraform that makes them; not written yet.
    pub terraform: Option<String>,
    /// CloudFormation that makes them; not written yet.
    pub cloudformation: Option<String>,
    /// AWS CLI commands that undo them.
    pub rollback: Vec<String>,
    /// Which stack or tool owns what is changed.
    pub managed_by: Option<String>,
}

/// A fact that a check lacked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UnknownReport {
    /// Check id.
    pub check: String,
    /// One sentence.
    pub reason: String,
    /// The call that would settle it.
    pub call: Option<String>,
    /// The IAM action that the caller lacks.
    pub permission: Option<String>,
}

impl UnknownReport {
    /// Says which fact `check` lacked.
    pub fn new(check: &str, gap: &Gap) -> Self {
        let permission = match &gap.why {
            ecswhy_facts::GapReason::Denied { action } => Some(action.clone()),
            _ => None,
        };
        Self {
            check: check.to_owned(),
            reason: gap.to_string(),
            call: (!matches!(gap.why, ecswhy_facts::GapReason::Unknowable { .. }))
                .then(|| gap.call.clone()),
            permission,
        }
    }
}
