//! The call plan, as a dependency graph: given what is known, every call that can be made now. Asked again after each
//! answer until nothing new can be asked, it takes five round trips for a service: the target; its tasks and revisions;
//! what those name and the network around it; documents of policies; versions of managed policies.

mod definition;
mod network;
mod permissions;
mod service;

pub(crate) use permissions::version as permissions_version;
pub(crate) use service::size as batch_size;

use ecswhy_aws::{Need, Operation};
use ecswhy_facts::ecs::{Service, Task};
use ecswhy_facts::{Known, Snapshot, Target};
use serde_json::Value;

/// One call to make.
#[derive(Clone, Debug)]
pub struct Ask {
    /// What is called.
    pub operation: &'static Operation,
    /// Account of the resource asked about; empty: the target's.
    pub account: String,
    /// Region that is asked; empty: the target's.
    pub region: String,
    /// Parameters in the AWS CLI's shape.
    pub params: Value,
}

impl Ask {
    pub fn home(operation: &'static Operation, params: Value) -> Self {
        Self { operation, account: String::new(), region: String::new(), params }
    }

    /// What makes two calls the same.
    pub fn identity(&self) -> String {
        format!("{} {} {} {}", call_name(self.operation), self.account, self.region, self.params)
    }

    /// Whether the run waits for the answer.
    pub fn is_required(&self) -> bool {
        self.operation.need == Need::Required
    }
}

/// `service:Operation` with the service spelt as in IAM actions.
pub fn call_name(operation: &Operation) -> String {
    format!("{}:{}", operation.service.iam_prefix, operation.name)
}

/// Every call that the facts so far make possible, without regard to what was asked before.
pub fn possible(snapshot: &Snapshot) -> Vec<Ask> {
    let mut plan = Plan { snapshot, asks: Vec::new() };
    let mut clusters: Vec<&str> = snapshot.targets.iter().map(Target::cluster).collect();
    clusters.sort_unstable();
    clusters.dedup();
    for cluster in clusters {
        plan.cluster(cluster);
    }
    for target in &snapshot.targets {
        let (service, tasks) = of_target(snapshot, target);
        // Until the service is known, its tasks do not tell which revisions matter.
        if target.service().is_some() && matches!(service, Known::NotAsked) {
            continue;
        }
        let service = service.present().copied();
        plan.revisions(service, tasks);
        plan.network(service, tasks);
        if let Some(service) = service {
            plan.load_balancing(service);
        }
    }
    let tasks: Vec<&Task> =
        snapshot.targets.iter().flat_map(|target| of_target(snapshot, target).1).collect();
    for (_, definition) in snapshot.home().ecs.task_definitions.present() {
        plan.definition(definition, &tasks);
    }
    plan.roles();
    plan.keys();
    plan.mount_targets();
    plan.asks
}

/// What is known of a target.
fn of_target<'s>(snapshot: &'s Snapshot, target: &Target) -> (Known<&'s Service>, &'s [Task]) {
    let ecs = &snapshot.home().ecs;
    let tasks = ecs.tasks.get(&target.key()).present().map_or(&[][..], |tasks| &tasks.tasks);
    (ecs.services.get(&target.key()), tasks)
}

/// The calls that were found so far.
struct Plan<'s> {
    snapshot: &'s Snapshot,
    asks: Vec<Ask>,
}

impl Plan<'_> {
    fn ask(&mut self, operation: &'static Operation, params: Value) {
        self.asks.push(Ask::home(operation, params));
    }

    /// A call about a resource of another account or region; the target's own are left out of the call.
    fn ask_at(
        &mut self,
        operation: &'static Operation,
        account: &str,
        region: &str,
        params: Value,
    ) {
        let other =
            |text: &str, own: &str| if text == own { String::new() } else { text.to_owned() };
        self.asks.push(Ask {
            operation,
            account: other(account, &self.snapshot.account),
            region: other(region, &self.snapshot.region),
            params,
        });
    }
}
