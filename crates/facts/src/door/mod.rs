//! The one door by which facts enter a snapshot, live or from files: [`Snapshot::absorb`].
//! It knows under which subject each answer of AWS is kept. It calls nothing and judges nothing.
//!
//! # Subjects
//! An answer is kept under the account and region of its [`Answer`], which are those of the resource asked about
//! (not of the caller); IAM is kept under the snapshot's own region. Subjects are written as the doc comment of each
//! field says, with these rules:
//! - Clusters and services by name, whether the request gave a name or an ARN. No cluster in a request: `default`.
//! - Tasks under `cluster/service`, told by `group` (`service:NAME`), else by `startedBy` of a deployment that is known;
//!   under `cluster/task-id` when the task belongs to no service or is itself a target: set
//!   [`Snapshot::targets`] before tasks are absorbed. A listing of a whole cluster that was cut, or that failed, marks
//!   every task list of the cluster as [`cut`](crate::ecs::Tasks::cut), and is remembered under `cluster/*`.
//! - Task definitions by ARN, made from `family:revision` when the request gave that.
//! - Images under every tag and the digest that AWS lists, `repository:tag` and `repository@sha256:...`.
//! - Secrets, parameters, keys by the text of the request, since that is what a task definition names.
//! - EC2 lists by what they are complete for: see [`ec2::Listing`](crate::ec2::Listing).
//!
//! # What each outcome becomes
//! An answer without the subject proves it [`Absent`](crate::Known::Absent), unless the answer was cut or holds an item that
//! cannot be read. `NotFound` for several subjects at once proves nothing of any of them.

mod answer;
mod ec2;
mod ecr;
mod ecs;
mod elb;
mod entry;
mod iam;
mod logs;
mod secrets;
mod storage;
mod table;
mod tags;
mod tasks;
#[cfg(test)]
mod tests;

pub use answer::{Answer, Outcome};

use crate::Snapshot;
use crate::redact::{self, Redaction};
use entry::Entry;

/// Whether answers of this call, such as `ecs:DescribeServices`, add facts. Others are only counted.
pub fn keeps(call: &str) -> bool {
    table::handler(call).is_some()
}

/// Where answers of this call come in the order in which they are best taken in: what names the subjects of others
/// comes first, so that the facts of a run and of a folder are the same.
pub fn order(call: &str) -> u8 {
    match call {
        "ecs:ListClusters" | "ecs:DescribeClusters" => 0,
        "ecs:ListServices" | "ecs:DescribeServices" => 1,
        "ecs:DescribeTaskDefinition" => 2,
        "ecs:ListTasks" | "ecs:DescribeTasks" => TASKS,
        "iam:ListAttachedRolePolicies"
        | "iam:ListRolePolicies"
        | "kms:GetKeyPolicy"
        | "kms:ListGrants"
        | "elasticloadbalancing:DescribeTargetHealth"
        | "elasticloadbalancing:DescribeTargetGroupAttributes"
        | "elasticfilesystem:DescribeMountTargetSecurityGroups"
        | "logs:GetLogEvents" => 5,
        "iam:GetPolicyVersion" => 6,
        _ => 4,
    }
}

/// The [`order`] of tasks: those before it tell all services.
pub const TASKS: u8 = 3;

/// Every call whose answers add facts.
pub fn kept_calls() -> impl Iterator<Item = &'static str> {
    table::HANDLERS.iter().map(|(call, _)| *call)
}

impl Snapshot {
    /// Takes in one answer of AWS: cleans and redacts it, counts the call and keeps the facts under their subjects.
    /// An answer of a form that AWS does not document becomes [`Known::Failed`](crate::Known::Failed).
    pub fn absorb(&mut self, answer: Answer<'_>, redaction: Redaction) {
        self.count(&answer, redaction);
        self.keep(answer, redaction);
    }

    /// As [`Self::absorb`], for what a call that is already counted has answered too.
    pub fn keep(&mut self, answer: Answer<'_>, redaction: Redaction) {
        let Answer { call, account, region, mut params, mut outcome } = answer;
        redact::clean(&mut params);
        match &mut outcome {
            Outcome::Answered { output, .. } => redact::value(output, redaction),
            Outcome::Denied { message, .. } => *message = redact::text(message, redaction),
            Outcome::Failed { why } => *why = redact::text(why, redaction),
            Outcome::NotFound => {}
        }
        let Some(handler) = table::handler(call) else { return };
        let region = if call.starts_with("iam:") { self.region.clone() } else { region.to_owned() };
        let entry = Entry {
            call,
            account,
            region: &region,
            params: &params,
            outcome: &outcome,
            targets: &self.targets,
        };
        let scope = crate::Scope { account: account.to_owned(), region: region.clone() };
        handler(&entry, self.facts.entry(scope).or_default());
    }

    /// Counts a call, without keeping what it answered.
    pub fn count(&mut self, answer: &Answer<'_>, redaction: Redaction) {
        let Answer { call, params, outcome, .. } = answer;
        let calls = &mut self.calls;
        calls.total += 1;
        *calls.by_operation.entry((*call).to_owned()).or_default() += 1;
        let asked = format!("{call} {}", entry::subject(params));
        let asked = redact::text(asked.trim_end(), redaction);
        match outcome {
            Outcome::Denied { .. } => calls.denied.push(asked),
            Outcome::Failed { why } => {
                calls.failed.push(format!("{asked}: {}", redact::text(why, redaction)));
            }
            Outcome::Answered { .. } | Outcome::NotFound => {}
        }
    }
}
