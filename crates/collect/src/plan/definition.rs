//! What a task definition names: images, secrets, log groups, environment files, file systems.

use super::Plan;
use ecswhy_aws::operations::{ecr, efs, iam, logs, s3, secretsmanager, ssm};
use ecswhy_facts::ecs::{Container, Task, TaskDefinition};
use ecswhy_facts::needs::{Needs, SecretNeed};
use ecswhy_facts::{Arn, Registry, SecretRef};
use serde_json::{Value, json};

/// Events read of each log stream: the last ones.
const LOG_EVENTS: u32 = 50;
/// Failed tasks of a revision whose logs are read.
const LOGGED_TASKS: usize = 3;
/// Running tasks of each revision of which the first lines are read.
const TIMED_TASKS: usize = 2;

impl Plan<'_> {
    pub(super) fn definition(&mut self, definition: &TaskDefinition, tasks: &[&Task]) {
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
        let files = needs.env_files.iter().chain(&needs.router_files);
        for file in files.filter_map(|file| file.object.as_ref().ok()) {
            self.ask(
                &s3::LIST_OBJECTS_V2,
                json!({ "Bucket": file.bucket, "Prefix": file.key, "MaxKeys": 1 }),
            );
            self.ask(&s3::GET_BUCKET_POLICY, json!({ "Bucket": file.bucket }));
        }
        for need in &needs.file_systems {
            let system = json!({ "FileSystemId": need.file_system });
            self.ask(&efs::DESCRIBE_FILE_SYSTEMS, system.clone());
            self.ask(&efs::DESCRIBE_MOUNT_TARGETS, system.clone());
            self.ask(&efs::DESCRIBE_FILE_SYSTEM_POLICY, system);
            if let Some(point) = need.access_point() {
                self.ask(&efs::DESCRIBE_ACCESS_POINTS, json!({ "AccessPointId": point }));
            }
        }
    }

    /// One call per image: one tag that does not exist fails a whole `DescribeImages`.
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
            let one = json!({ "repositoryName": repository, "imageIds": [id] });
            let asks = [
                (&ecr::DESCRIBE_REPOSITORIES, of(json!({ "repositoryNames": [repository] }))),
                (&ecr::DESCRIBE_IMAGES, of(one.clone())),
                (&ecr::BATCH_GET_IMAGE, of(one)),
                (&ecr::GET_REPOSITORY_POLICY, of(json!({ "repositoryName": repository }))),
                (&ecr::DESCRIBE_PULL_THROUGH_CACHE_RULES, of(json!({}))),
            ];
            for (operation, params) in asks {
                self.ask_at(operation, &account, &region, params);
            }
            if account == self.snapshot.account
                && self.is_small()
                && let Some(arn) = image.ecr_repository_arn()
            {
                self.ask_at(
                    &ecr::LIST_TAGS_FOR_RESOURCE,
                    &account,
                    &region,
                    json!({ "resourceArn": arn }),
                );
            }
            // Who may fill the cache is written in the role's policies or in the registry's, which only its own
            // account reads.
            let rules = &self.snapshot.of(&account, &region).ecr.pull_through_cache_rules;
            let fills =
                rules.get("*").present().is_some_and(|rules| rules.of(repository).is_some());
            if fills && account == self.snapshot.account {
                self.ask_at(&ecr::GET_REGISTRY_POLICY, &account, &region, json!({}));
            }
        }
    }

    fn secret(&mut self, need: &SecretNeed) {
        let Ok(reference) = &need.reference else { return };
        let account = reference.account().unwrap_or(&self.snapshot.account).to_owned();
        let region = reference.region().unwrap_or(&self.snapshot.region).to_owned();
        match reference {
            SecretRef::Secret { arn, .. } => {
                for operation in
                    [&secretsmanager::DESCRIBE_SECRET, &secretsmanager::GET_RESOURCE_POLICY]
                {
                    let params = json!({ "SecretId": arn.to_string() });
                    self.ask_at(operation, &account, &region, params);
                }
            }
            // Systems Manager API, DescribeParameters: it lists the caller's own account, whatever ARN is meant.
            SecretRef::Parameter { .. } if account != self.snapshot.account => {}
            SecretRef::Parameter { name, .. } => {
                let filters = json!([{ "Key": "Name", "Option": "Equals", "Values": [name] }]);
                let params = json!({ "ParameterFilters": filters });
                self.ask_at(&ssm::DESCRIBE_PARAMETERS, &account, &region, params);
            }
            SecretRef::SecretThroughParameter { secret, .. } => {
                for operation in
                    [&secretsmanager::DESCRIBE_SECRET, &secretsmanager::GET_RESOURCE_POLICY]
                {
                    self.ask_at(operation, &account, &region, json!({ "SecretId": secret }));
                }
            }
        }
    }

    fn log_groups(&mut self, needs: &Needs, definition: &TaskDefinition, tasks: &[&Task]) {
        let mut failed: Vec<&&Task> = tasks
            .iter()
            .filter(|task| task.task_definition_arn == definition.task_definition_arn)
            .filter(|task| has_failed(task))
            .collect();
        failed.sort_by_key(|task| (std::cmp::Reverse(task.stopped_at), &task.task_arn));
        // How long a start takes matters only where a task has failed.
        let running = match tasks.iter().any(|task| has_failed(task)) {
            true => running(definition, tasks),
            false => Vec::new(),
        };
        for need in &needs.log_groups {
            let Some(group) = &need.group else { continue };
            let region = need.region.as_deref().unwrap_or(&self.snapshot.region).to_owned();
            let params = json!({ "logGroupNamePrefix": group });
            self.ask_at(&logs::DESCRIBE_LOG_GROUPS, &self.snapshot.account, &region, params);
            // The end of a failed task tells why, the beginning of a running one how long its start took.
            let ends = failed.iter().take(LOGGED_TASKS).map(|task| (**task, false));
            let beginnings = running.iter().take(TIMED_TASKS).map(|task| (*task, true));
            for (task, from_head) in ends.chain(beginnings) {
                let Some(stream) = task.id().and_then(|id| need.stream(id)) else { continue };
                let params = json!({ "logGroupName": group, "logStreamName": stream, "limit": LOG_EVENTS, "startFromHead": from_head });
                self.ask_at(&logs::GET_LOG_EVENTS, &self.snapshot.account, &region, params);
            }
        }
    }

    /// Groups of each mount target: only its own call tells them.
    pub(super) fn mount_targets(&mut self) {
        let targets = self.snapshot.home().storage.mount_targets.present();
        let ids: Vec<String> = targets
            .flat_map(|(_, targets)| &targets.0)
            .filter_map(|target| target.mount_target_id.clone())
            .collect();
        for id in ids {
            self.ask(&efs::DESCRIBE_MOUNT_TARGET_SECURITY_GROUPS, json!({ "MountTargetId": id }));
        }
    }
}

/// The running tasks of a revision, newest first.
fn running<'t>(definition: &TaskDefinition, tasks: &[&'t Task]) -> Vec<&'t Task> {
    let mut running: Vec<&Task> = tasks
        .iter()
        .filter(|task| task.task_definition_arn == definition.task_definition_arn)
        .filter(|task| task.last_status.as_deref() == Some("RUNNING") && task.started_at.is_some())
        .copied()
        .collect();
    running.sort_by_key(|task| (std::cmp::Reverse(task.started_at), &task.task_arn));
    running
}

/// Whether a container of the stopped task ran and may have said why it ended. Lines of tasks that were scaled in or
/// replaced are nobody's business.
fn has_failed(task: &Task) -> bool {
    let stopped = task.last_status.as_deref() == Some("STOPPED");
    let ran = task.started_at.is_some()
        || task.containers.iter().any(|container: &Container| container.exit_code.is_some());
    let reason = task.stopped_reason.as_deref().unwrap_or_default();
    stopped && ran && !reason.starts_with("Scaling activity initiated by")
}
