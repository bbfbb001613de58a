//! What the targets themselves are: clusters, services, tasks, revisions, and what balances load onto them.

use super::{FEW, Plan};
use ecswhy_aws::operations::{ecs, elbv2};
use ecswhy_facts::Target;
use ecswhy_facts::ecs::{Service, Task};
use serde_json::json;

/// Revisions of stopped tasks that are read besides the deployments' own.
const REVISIONS: usize = 3;
/// With more targets than this in one cluster, tasks are listed for the cluster only.
const LISTED_BY_SERVICE: usize = FEW;

impl Plan<'_> {
    /// The targets of one cluster.
    pub(super) fn cluster(&mut self, cluster: &str) {
        self.ask(
            &ecs::DESCRIBE_CLUSTERS,
            json!({ "clusters": [cluster], "include": ["CONFIGURATIONS"] }),
        );
        let targets = self.snapshot.targets.iter().filter(|target| target.cluster() == cluster);
        let services: Vec<&str> = targets.clone().filter_map(Target::service).collect();
        let tasks: Vec<&str> = targets
            .filter_map(|target| match target {
                Target::Task { task, .. } => Some(task.as_str()),
                Target::Service { .. } => None,
            })
            .collect();
        for batch in services.chunks(size(&ecs::DESCRIBE_SERVICES)) {
            self.ask(
                &ecs::DESCRIBE_SERVICES,
                json!({ "cluster": cluster, "services": batch, "include": ["TAGS"] }),
            );
        }
        let by_service = services.len() <= LISTED_BY_SERVICE;
        for service in services.iter().filter(|_| by_service) {
            for status in ["RUNNING", "STOPPED"] {
                self.ask(
                    &ecs::LIST_TASKS,
                    json!({ "cluster": cluster, "serviceName": service, "desiredStatus": status }),
                );
            }
        }
        if !by_service {
            self.ask(&ecs::LIST_TASKS, json!({ "cluster": cluster, "desiredStatus": "RUNNING" }));
        }
        if !services.is_empty() {
            // The listing by service can be empty for stopped tasks; the cluster's holds them.
            self.ask(&ecs::LIST_TASKS, json!({ "cluster": cluster, "desiredStatus": "STOPPED" }));
        }
        for batch in tasks.chunks(size(&ecs::DESCRIBE_TASKS)) {
            self.ask(
                &ecs::DESCRIBE_TASKS,
                json!({ "cluster": cluster, "tasks": batch, "include": ["TAGS"] }),
            );
        }
    }

    /// Task definitions of deployments, and of the newest tasks.
    pub(super) fn revisions(&mut self, service: Option<&Service>, tasks: &[Task]) {
        let mut arns: Vec<&str> = Vec::new();
        if let Some(service) = service {
            arns.extend(service.task_definition.as_deref());
            let deployments = service.deployments.iter();
            arns.extend(deployments.filter_map(|deployment| deployment.task_definition.as_deref()));
            arns.extend(service.task_sets.iter().filter_map(|set| set.task_definition.as_deref()));
        }
        let mut newest: Vec<&Task> = tasks.iter().collect();
        newest.sort_by_key(|task| (std::cmp::Reverse(task.created_at), &task.task_arn));
        let mut more = 0;
        for arn in newest.iter().filter_map(|task| task.task_definition_arn.as_deref()) {
            if !arns.contains(&arn) && more < REVISIONS {
                arns.push(arn);
                more += 1;
            }
        }
        for arn in arns {
            self.ask(
                &ecs::DESCRIBE_TASK_DEFINITION,
                json!({ "taskDefinition": arn, "include": ["TAGS"] }),
            );
        }
    }

    /// Target groups with their targets, and the load balancers before them.
    pub(super) fn load_balancing(&mut self, service: &Service) {
        let attached = service
            .load_balancers
            .iter()
            .chain(service.task_sets.iter().flat_map(|set| &set.load_balancers));
        for arn in attached.filter_map(|attached| attached.target_group_arn.as_deref()) {
            self.ask(&elbv2::DESCRIBE_TARGET_GROUPS, json!({ "TargetGroupArns": [arn] }));
            self.ask(&elbv2::DESCRIBE_TARGET_HEALTH, json!({ "TargetGroupArn": arn }));
            if self.is_small() {
                self.ask(&elbv2::DESCRIBE_TAGS, json!({ "ResourceArns": [arn] }));
            }
            let group = self.snapshot.home().elb.target_groups.get(arn);
            let balancers = group.present().map(|group| group.load_balancer_arns.clone());
            for balancer in balancers.unwrap_or_default() {
                self.load_balancer(&balancer, arn);
            }
        }
    }

    /// A load balancer that may forward to the target group.
    fn load_balancer(&mut self, balancer: &str, target_group: &str) {
        self.ask(&elbv2::DESCRIBE_LOAD_BALANCERS, json!({ "LoadBalancerArns": [balancer] }));
        self.ask(&elbv2::DESCRIBE_LISTENERS, json!({ "LoadBalancerArn": balancer }));
        if self.is_small() {
            self.ask(&elbv2::DESCRIBE_TAGS, json!({ "ResourceArns": [balancer] }));
        }
        let listeners = self.snapshot.home().elb.listeners.get(balancer);
        let listeners = listeners.present().map_or(&[][..], |listeners| &listeners.0);
        // Most target groups stand in a default action; rules tell of the others.
        if listeners.iter().any(|listener| listener.forwards_to(target_group)) {
            return;
        }
        let arns: Vec<String> =
            listeners.iter().filter_map(|listener| listener.listener_arn.clone()).collect();
        for listener in arns {
            self.ask(&elbv2::DESCRIBE_RULES, json!({ "ListenerArn": listener }));
        }
    }
}

/// How many subjects one request may name.
pub(crate) fn size(operation: &ecswhy_aws::Operation) -> usize {
    operation.batch.map_or(1, |batch| batch.size)
}
