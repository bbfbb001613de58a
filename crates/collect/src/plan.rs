//! The call plan, as a dependency graph: given what is known, every call that can be made now. Run again and again
//! until nothing new is asked, it takes five rounds for a service: the target; its tasks and revisions; what those
//! name and the network around it; documents of policies; versions of managed policies.

use ecswhy_aws::Operation;
use ecswhy_aws::operations::{ec2, ecr, ecs, efs, elbv2, iam, kms, logs, s3, secretsmanager, ssm};
use ecswhy_facts::ecs::{AwsvpcConfiguration, Service, Task, TaskDefinition};
use ecswhy_facts::needs::{Needs, SecretNeed};
use ecswhy_facts::{Arn, Registry, SecretRef, Snapshot, Target};
use serde_json::{Value, json};
use std::collections::BTreeSet;

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
    fn home(operation: &'static Operation, params: Value) -> Self {
        Self { operation, account: String::new(), region: String::new(), params }
    }

    fn at(operation: &'static Operation, account: &str, region: &str, params: Value) -> Self {
        Self { operation, account: account.to_owned(), region: region.to_owned(), params }
    }

    /// What makes two calls the same.
    pub fn identity(&self) -> String {
        format!("{} {} {} {}", call_name(self.operation), self.account, self.region, self.params)
    }
}

/// `service:Operation` with the service spelt as in IAM actions.
pub fn call_name(operation: &Operation) -> String {
    format!("{}:{}", operation.service.iam_prefix, operation.name)
}

/// Events read of each log stream: the last ones.
const LOG_EVENTS: u32 = 50;
/// Failed tasks whose logs are read.
const LOGGED_TASKS: usize = 3;
/// Revisions of stopped tasks that are read besides the deployments' own.
const REVISIONS: usize = 3;

/// Every call that the facts so far make possible, without regard to what was asked before.
pub fn possible(snapshot: &Snapshot, target: &Target, listed_tasks: &[String]) -> Vec<Ask> {
    let facts = snapshot.home();
    let service = facts.ecs.services.get(&target.key()).present().copied();
    let tasks = facts
        .ecs
        .tasks
        .get(&target.key())
        .present()
        .map_or(&[][..], |tasks| tasks.tasks.as_slice());
    let mut plan = Plan { snapshot, asks: Vec::new() };
    plan.target(target);
    for batch in listed_tasks.chunks(100) {
        plan.ask(
            &ecs::DESCRIBE_TASKS,
            json!({ "cluster": target.cluster(), "tasks": batch, "include": ["TAGS"] }),
        );
    }
    plan.revisions(service, tasks);
    plan.network(service, tasks);
    if let Some(service) = service {
        plan.load_balancing(service);
    }
    for (_, definition) in facts.ecs.task_definitions.present() {
        plan.definition(definition, tasks);
    }
    plan.roles();
    plan.keys();
    plan.asks
}

struct Plan<'s> {
    snapshot: &'s Snapshot,
    asks: Vec<Ask>,
}

impl Plan<'_> {
    fn ask(&mut self, operation: &'static Operation, params: Value) {
        self.asks.push(Ask::home(operation, params));
    }

    fn target(&mut self, target: &Target) {
        let cluster = target.cluster();
        self.ask(&ecs::DESCRIBE_CLUSTERS, json!({ "clusters": [cluster] }));
        match target {
            Target::Service { service, .. } => {
                self.ask(
                    &ecs::DESCRIBE_SERVICES,
                    json!({ "cluster": cluster, "services": [service], "include": ["TAGS"] }),
                );
                for status in ["RUNNING", "STOPPED"] {
                    self.ask(&ecs::LIST_TASKS, json!({ "cluster": cluster, "serviceName": service, "desiredStatus": status }));
                }
                // The listing by service can be empty for stopped tasks; the cluster's holds them.
                self.ask(
                    &ecs::LIST_TASKS,
                    json!({ "cluster": cluster, "desiredStatus": "STOPPED" }),
                );
            }
            Target::Task { task, .. } => {
                self.ask(
                    &ecs::DESCRIBE_TASKS,
                    json!({ "cluster": cluster, "tasks": [task], "include": ["TAGS"] }),
                );
            }
        }
    }

    fn revisions(&mut self, service: Option<&Service>, tasks: &[Task]) {
        let mut arns: Vec<&str> = Vec::new();
        if let Some(service) = service {
            arns.extend(service.task_definition.as_deref());
            arns.extend(
                service
                    .deployments
                    .iter()
                    .filter_map(|deployment| deployment.task_definition.as_deref()),
            );
            arns.extend(service.task_sets.iter().filter_map(|set| set.task_definition.as_deref()));
        }
        let mut newest: Vec<&Task> = tasks.iter().collect();
        newest.sort_by_key(|task| std::cmp::Reverse(task.created_at));
        let of_tasks: Vec<&str> =
            newest.iter().filter_map(|task| task.task_definition_arn.as_deref()).collect();
        let mut more = 0;
        for arn in of_tasks {
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

    fn network(&mut self, service: Option<&Service>, tasks: &[Task]) {
        let mut configurations: Vec<&AwsvpcConfiguration> = Vec::new();
        if let Some(service) = service {
            let own = service.network_configuration.iter();
            let all = own
                .chain(
                    service
                        .deployments
                        .iter()
                        .filter_map(|deployment| deployment.network_configuration.as_ref()),
                )
                .chain(
                    service.task_sets.iter().filter_map(|set| set.network_configuration.as_ref()),
                );
            configurations.extend(
                all.filter_map(|configuration| configuration.awsvpc_configuration.as_ref()),
            );
        }
        let mut subnets: BTreeSet<&str> =
            configurations.iter().flat_map(|it| it.subnets.iter().map(String::as_str)).collect();
        subnets.extend(tasks.iter().filter_map(|task| task.eni_detail("subnetId")));
        let groups: BTreeSet<&str> = configurations
            .iter()
            .flat_map(|it| it.security_groups.iter().map(String::as_str))
            .collect();
        for (operation, name, values) in [
            (&ec2::DESCRIBE_SUBNETS, "subnet-id", &subnets),
            (&ec2::DESCRIBE_SECURITY_GROUPS, "group-id", &groups),
        ] {
            if !values.is_empty() {
                self.ask(operation, filter(name, values));
            }
        }
        let seen = self.snapshot.home().ec2.subnets.seen();
        let vpcs: BTreeSet<String> = seen
            .into_iter()
            .filter(|subnet| subnet.subnet_id.as_deref().is_some_and(|id| subnets.contains(id)))
            .filter_map(|subnet| subnet.vpc_id.clone())
            .collect();
        for vpc in vpcs {
            self.vpc(&vpc);
        }
    }

    fn vpc(&mut self, vpc: &str) {
        let of_vpc: [&'static Operation; 7] = [
            &ec2::DESCRIBE_SUBNETS,
            &ec2::DESCRIBE_SECURITY_GROUPS,
            &ec2::DESCRIBE_ROUTE_TABLES,
            &ec2::DESCRIBE_NETWORK_ACLS,
            &ec2::DESCRIBE_VPC_ENDPOINTS,
            &ec2::DESCRIBE_VPCS,
            &ec2::DESCRIBE_NETWORK_INTERFACES,
        ];
        for operation in of_vpc {
            self.ask(operation, filter("vpc-id", &BTreeSet::from([vpc])));
        }
        // This call spells its list of filters `Filter`.
        self.ask(
            &ec2::DESCRIBE_NAT_GATEWAYS,
            json!({ "Filter": [{ "Name": "vpc-id", "Values": [vpc] }] }),
        );
        self.ask(
            &ec2::DESCRIBE_INTERNET_GATEWAYS,
            filter("attachment.vpc-id", &BTreeSet::from([vpc])),
        );
        for attribute in ["enableDnsSupport", "enableDnsHostnames"] {
            self.ask(&ec2::DESCRIBE_VPC_ATTRIBUTE, json!({ "VpcId": vpc, "Attribute": attribute }));
        }
        let of_region: [&'static Operation; 4] = [
            &ec2::DESCRIBE_EGRESS_ONLY_INTERNET_GATEWAYS,
            &ec2::DESCRIBE_DHCP_OPTIONS,
            &ec2::DESCRIBE_PREFIX_LISTS,
            &ec2::DESCRIBE_VPC_BLOCK_PUBLIC_ACCESS_OPTIONS,
        ];
        for operation in of_region {
            self.ask(operation, json!({}));
        }
    }

    fn load_balancing(&mut self, service: &Service) {
        let attached = service
            .load_balancers
            .iter()
            .chain(service.task_sets.iter().flat_map(|set| &set.load_balancers));
        for arn in attached.filter_map(|attached| attached.target_group_arn.as_deref()) {
            self.ask(&elbv2::DESCRIBE_TARGET_GROUPS, json!({ "TargetGroupArns": [arn] }));
            self.ask(&elbv2::DESCRIBE_TARGET_HEALTH, json!({ "TargetGroupArn": arn }));
            self.ask(&elbv2::DESCRIBE_TARGET_GROUP_ATTRIBUTES, json!({ "TargetGroupArn": arn }));
            let balancers = self
                .snapshot
                .home()
                .elb
                .target_groups
                .get(arn)
                .present()
                .map(|group| group.load_balancer_arns.clone());
            for balancer in balancers.unwrap_or_default() {
                self.ask(
                    &elbv2::DESCRIBE_LOAD_BALANCERS,
                    json!({ "LoadBalancerArns": [balancer] }),
                );
                self.ask(&elbv2::DESCRIBE_LISTENERS, json!({ "LoadBalancerArn": balancer }));
            }
        }
    }

    fn definition(&mut self, definition: &TaskDefinition, tasks: &[Task]) {
        for arn in [&definition.execution_role_arn, &definition.task_role_arn].into_iter().flatten()
        {
            let parsed: Option<Arn> = arn.parse().ok();
            let name = parsed
                .as_ref()
                .and_then(|arn| arn.role().map(|role| role.name.to_owned()))
                .unwrap_or_else(|| arn.clone());
            for operation in
                [&iam::GET_ROLE, &iam::LIST_ATTACHED_ROLE_POLICIES, &iam::LIST_ROLE_POLICIES]
            {
                self.ask(operation, json!({ "RoleName": name }));
            }
        }
        let needs = definition.needs();
        self.images(&needs);
        for need in &needs.secrets {
            self.secret(need);
        }
        self.log_groups(&needs, definition, tasks);
        for file in needs.env_files.iter().filter_map(|file| file.object.as_ref().ok()) {
            self.ask(
                &s3::LIST_OBJECTS_V2,
                json!({ "Bucket": file.bucket, "Prefix": file.key, "MaxKeys": 1 }),
            );
            self.ask(&s3::GET_BUCKET_POLICY, json!({ "Bucket": file.bucket }));
        }
        for need in &needs.file_systems {
            self.ask(&efs::DESCRIBE_FILE_SYSTEMS, json!({ "FileSystemId": need.file_system }));
            self.ask(&efs::DESCRIBE_MOUNT_TARGETS, json!({ "FileSystemId": need.file_system }));
            self.ask(
                &efs::DESCRIBE_FILE_SYSTEM_POLICY,
                json!({ "FileSystemId": need.file_system }),
            );
            if let Some(point) = need.access_point() {
                self.ask(&efs::DESCRIBE_ACCESS_POINTS, json!({ "AccessPointId": point }));
            }
        }
    }

    fn images(&mut self, needs: &Needs) {
        for image in needs.images.iter().filter_map(|need| need.image.as_ref().ok()) {
            let Registry::EcrPrivate { account, region, .. } = image.registry() else { continue };
            let repository = image.repository();
            let id = match image.digest() {
                Some(digest) => json!({ "imageDigest": digest }),
                None => json!({ "imageTag": image.effective_tag().unwrap_or("latest") }),
            };
            let of = |mut params: Value| {
                // The registry id is only needed, and only understood everywhere, across accounts.
                if account != self.snapshot.account {
                    params["registryId"] = json!(account);
                }
                params
            };
            let asks = [
                (&ecr::DESCRIBE_REPOSITORIES, of(json!({ "repositoryNames": [repository] }))),
                (
                    &ecr::DESCRIBE_IMAGES,
                    of(json!({ "repositoryName": repository, "imageIds": [id] })),
                ),
                (
                    &ecr::BATCH_GET_IMAGE,
                    of(json!({ "repositoryName": repository, "imageIds": [id] })),
                ),
                (&ecr::GET_REPOSITORY_POLICY, of(json!({ "repositoryName": repository }))),
                (&ecr::DESCRIBE_PULL_THROUGH_CACHE_RULES, of(json!({}))),
            ];
            self.asks.extend(
                asks.map(|(operation, params)| Ask::at(operation, &account, &region, params)),
            );
        }
    }

    fn secret(&mut self, need: &SecretNeed) {
        let Ok(reference) = &need.reference else { return };
        let (account, region) =
            (reference.account().unwrap_or_default(), reference.region().unwrap_or_default());
        let home =
            |text: &str, own: &str| if text == own { String::new() } else { text.to_owned() };
        let (account, region) =
            (home(account, &self.snapshot.account), home(region, &self.snapshot.region));
        match reference {
            SecretRef::Secret { arn, .. } => {
                for operation in
                    [&secretsmanager::DESCRIBE_SECRET, &secretsmanager::GET_RESOURCE_POLICY]
                {
                    self.asks.push(Ask::at(
                        operation,
                        &account,
                        &region,
                        json!({ "SecretId": arn.to_string() }),
                    ));
                }
            }
            SecretRef::Parameter { name, .. } => {
                let filters = json!([{ "Key": "Name", "Option": "Equals", "Values": [name] }]);
                self.asks.push(Ask::at(
                    &ssm::DESCRIBE_PARAMETERS,
                    &account,
                    &region,
                    json!({ "ParameterFilters": filters }),
                ));
            }
            SecretRef::SecretThroughParameter { secret, .. } => {
                self.asks.push(Ask::at(
                    &secretsmanager::DESCRIBE_SECRET,
                    &account,
                    &region,
                    json!({ "SecretId": secret }),
                ));
            }
        }
    }

    fn log_groups(&mut self, needs: &Needs, definition: &TaskDefinition, tasks: &[Task]) {
        let failed = tasks
            .iter()
            .filter(|task| {
                task.task_definition_arn == definition.task_definition_arn
                    && task.started_at.is_some()
            })
            .filter(|task| task.last_status.as_deref() == Some("STOPPED"));
        let mut failed: Vec<&Task> = failed.collect();
        failed.sort_by_key(|task| std::cmp::Reverse(task.stopped_at));
        for need in &needs.log_groups {
            let Some(group) = &need.group else { continue };
            let region = need
                .region
                .clone()
                .filter(|region| *region != self.snapshot.region)
                .unwrap_or_default();
            self.asks.push(Ask::at(
                &logs::DESCRIBE_LOG_GROUPS,
                "",
                &region,
                json!({ "logGroupNamePrefix": group }),
            ));
            for task in failed.iter().take(LOGGED_TASKS) {
                let Some(stream) = task.id().and_then(|id| need.stream(id)) else { continue };
                let params = json!({ "logGroupName": group, "logStreamName": stream, "limit": LOG_EVENTS, "startFromHead": false });
                self.asks.push(Ask::at(&logs::GET_LOG_EVENTS, "", &region, params));
            }
        }
    }

    fn roles(&mut self) {
        let iam_facts = &self.snapshot.home().iam;
        let mut policies: BTreeSet<String> = BTreeSet::new();
        for (role, attached) in iam_facts.attached_policies.present() {
            policies.extend(attached.0.iter().filter_map(|policy| policy.policy_arn.clone()));
            let boundary = iam_facts
                .roles
                .get(role)
                .present()
                .and_then(|role| role.permissions_boundary.clone());
            policies.extend(boundary.and_then(|boundary| boundary.permissions_boundary_arn));
        }
        let inline: Vec<Value> = iam_facts
            .inline_policy_names
            .present()
            .flat_map(|(role, names)| {
                names.0.iter().map(move |name| json!({ "RoleName": role, "PolicyName": name }))
            })
            .collect();
        for params in inline {
            self.ask(&iam::GET_ROLE_POLICY, params);
        }
        for arn in policies {
            self.ask(&iam::GET_POLICY, json!({ "PolicyArn": arn }));
        }
    }

    fn keys(&mut self) {
        let mut asks = Vec::new();
        for (scope, facts) in &self.snapshot.facts {
            let of_secrets = facts
                .secrets
                .secrets
                .present()
                .filter_map(|(_, secret)| secret.kms_key_id.as_deref());
            let of_parameters = facts
                .secrets
                .parameters
                .present()
                .filter_map(|(_, parameter)| parameter.key_id.as_deref());
            let keys: BTreeSet<&str> = of_secrets
                .chain(of_parameters)
                .filter(|key| !key.starts_with("alias/aws/"))
                .collect();
            let region = if scope.region == self.snapshot.region { "" } else { &scope.region };
            for key in keys {
                asks.push(Ask::at(&kms::DESCRIBE_KEY, "", region, json!({ "KeyId": key })));
                asks.push(Ask::at(
                    &kms::GET_KEY_POLICY,
                    "",
                    region,
                    json!({ "KeyId": key, "PolicyName": "default" }),
                ));
                asks.push(Ask::at(&kms::LIST_GRANTS, "", region, json!({ "KeyId": key })));
            }
        }
        self.asks.extend(asks);
    }
}

fn filter(name: &str, values: &BTreeSet<&str>) -> Value {
    json!({ "Filters": [{ "Name": name, "Values": values }] })
}
