//! The call plan, as a dependency graph: given what is known, every call that can be made now. Asked again after each
//! answer until nothing new can be asked, it takes five round trips for a service: the target; its tasks and revisions;
//! what those name and the network around it; documents of policies; versions of managed policies.

mod around;
mod definition;
mod metrics;
mod network;
mod permissions;
mod service;

pub use around::{Place, around};
pub(crate) use permissions::version as permissions_version;
pub(crate) use service::size as batch_size;

use ecswhy_aws::{Need, Operation, operations};
use ecswhy_facts::ecs::{Service, Task};
use ecswhy_facts::{Known, Snapshot, Target};
use serde_json::Value;

/// Every operation that a collection can call, which is all that its caller must be allowed.
pub static OPERATIONS: &[&Operation] = &[
    &operations::ecs::LIST_CLUSTERS,
    &operations::ecs::LIST_SERVICES,
    &operations::ecs::DESCRIBE_CLUSTERS,
    &operations::ecs::DESCRIBE_SERVICES,
    &operations::ecs::LIST_TASKS,
    &operations::ecs::DESCRIBE_TASKS,
    &operations::ecs::DESCRIBE_TASK_DEFINITION,
    &operations::ecr::DESCRIBE_REPOSITORIES,
    &operations::ecr::DESCRIBE_IMAGES,
    &operations::ecr::BATCH_GET_IMAGE,
    &operations::ecr::GET_REPOSITORY_POLICY,
    &operations::ecr::DESCRIBE_PULL_THROUGH_CACHE_RULES,
    &operations::ecr::GET_REGISTRY_POLICY,
    &operations::ecr::LIST_TAGS_FOR_RESOURCE,
    &operations::iam::GET_ACCOUNT_AUTHORIZATION_DETAILS,
    &operations::iam::GET_ROLE,
    &operations::iam::LIST_ATTACHED_ROLE_POLICIES,
    &operations::iam::LIST_ROLE_POLICIES,
    &operations::iam::GET_ROLE_POLICY,
    &operations::iam::GET_POLICY,
    &operations::iam::GET_POLICY_VERSION,
    &operations::ec2::DESCRIBE_SUBNETS,
    &operations::ec2::DESCRIBE_SECURITY_GROUPS,
    &operations::ec2::DESCRIBE_ROUTE_TABLES,
    &operations::ec2::DESCRIBE_NETWORK_ACLS,
    &operations::ec2::DESCRIBE_VPC_ENDPOINTS,
    &operations::ec2::DESCRIBE_VPCS,
    &operations::ec2::DESCRIBE_NETWORK_INTERFACES,
    &operations::ec2::DESCRIBE_NAT_GATEWAYS,
    &operations::ec2::DESCRIBE_INTERNET_GATEWAYS,
    &operations::ec2::DESCRIBE_EGRESS_ONLY_INTERNET_GATEWAYS,
    &operations::ec2::DESCRIBE_VPC_ATTRIBUTE,
    &operations::ec2::DESCRIBE_DHCP_OPTIONS,
    &operations::ec2::DESCRIBE_PREFIX_LISTS,
    &operations::ec2::GET_MANAGED_PREFIX_LIST_ENTRIES,
    &operations::ec2::DESCRIBE_VPC_PEERING_CONNECTIONS,
    &operations::ec2::DESCRIBE_INSTANCES,
    &operations::ec2::DESCRIBE_VPC_BLOCK_PUBLIC_ACCESS_OPTIONS,
    &operations::ec2::DESCRIBE_VPC_BLOCK_PUBLIC_ACCESS_EXCLUSIONS,
    &operations::secretsmanager::DESCRIBE_SECRET,
    &operations::secretsmanager::GET_RESOURCE_POLICY,
    &operations::ssm::DESCRIBE_PARAMETERS,
    &operations::kms::DESCRIBE_KEY,
    &operations::kms::GET_KEY_POLICY,
    &operations::kms::LIST_GRANTS,
    &operations::kms::LIST_RESOURCE_TAGS,
    &operations::logs::DESCRIBE_LOG_GROUPS,
    &operations::logs::GET_LOG_EVENTS,
    &operations::cloudwatch::GET_METRIC_STATISTICS,
    &operations::elbv2::DESCRIBE_TARGET_GROUPS,
    &operations::elbv2::DESCRIBE_TARGET_HEALTH,
    &operations::elbv2::DESCRIBE_LOAD_BALANCERS,
    &operations::elbv2::DESCRIBE_LISTENERS,
    &operations::elbv2::DESCRIBE_RULES,
    &operations::elbv2::DESCRIBE_TAGS,
    &operations::efs::DESCRIBE_FILE_SYSTEMS,
    &operations::efs::DESCRIBE_MOUNT_TARGETS,
    &operations::efs::DESCRIBE_MOUNT_TARGET_SECURITY_GROUPS,
    &operations::efs::DESCRIBE_ACCESS_POINTS,
    &operations::efs::DESCRIBE_FILE_SYSTEM_POLICY,
    &operations::s3::LIST_OBJECTS_V2,
    &operations::s3::GET_BUCKET_POLICY,
];

/// With more targets than this, what only makes a report richer is not asked for: the tags of what they use.
pub(crate) const FEW: usize = 20;

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
        plan.memory(target, tasks);
    }
    let tasks: Vec<&Task> =
        snapshot.targets.iter().flat_map(|target| of_target(snapshot, target).1).collect();
    for (_, definition) in snapshot.home().ecs.task_definitions.present() {
        plan.definition(definition, &tasks);
    }
    plan.roles();
    plan.exec_logs();
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
    /// Whether there are few targets, so that details cost little.
    fn is_small(&self) -> bool {
        self.snapshot.targets.len() <= FEW
    }

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
