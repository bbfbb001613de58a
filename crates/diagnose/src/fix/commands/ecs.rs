//! Commands that change a service.

use super::{Writer, task_definition};
use crate::change::Change;
use crate::fix::apply::newest;
use crate::shell::{Command, NotWritable};
use ecswhy_facts::Snapshot;
use ecswhy_facts::ecs::{AwsvpcConfiguration, Service};
use serde_json::{Value, json};

impl Writer<'_> {
    pub(super) fn ecs(&mut self, change: &Change) -> Result<(), NotWritable> {
        match change {
            Change::AssignPublicIp { cluster, service } => {
                let old = self.network_of(cluster, service)?;
                let new = AwsvpcConfiguration {
                    assign_public_ip: Some("ENABLED".to_owned()),
                    ..old.clone()
                };
                self.set_network(cluster, service, &new, &old)
            }
            Change::SetServiceNetwork { cluster, service, subnets, security_groups } => {
                let old = self.network_of(cluster, service)?;
                let new = AwsvpcConfiguration {
                    subnets: subnets.clone(),
                    security_groups: security_groups.clone(),
                    ..old.clone()
                };
                self.set_network(cluster, service, &new, &old)
            }
            Change::RegisterTaskDefinition { task_definition, edits } => {
                let definition = self
                    .model
                    .home()
                    .ecs
                    .task_definitions
                    .get(task_definition)
                    .present()
                    .copied()
                    .ok_or_else(|| NotWritable(task_definition.clone()))?
                    .clone();
                // The fix may edit what an earlier change of it registered.
                let variable = self.variable("DEFINITION");
                let revision = self.variable("REVISION");
                let read = task_definition::read(
                    self.aws("ecs describe-task-definition")
                        .arg("--task-definition", short(task_definition)),
                    &definition,
                    edits,
                )?;
                self.run_into(&variable, read)?;
                let register = self
                    .aws("ecs register-task-definition")
                    .variable("--cli-input-json", &variable);
                let register = task_definition::overrides(register, &definition, edits)
                    .query("taskDefinition.taskDefinitionArn");
                self.run_into(&revision, register)?;
                self.registered = Some(revision);
                // A revision that nobody runs costs nothing and may stay.
                self.undo_with(Vec::new())
            }
            Change::DeployTaskDefinition { cluster, service, family } => {
                let deploy = self.update(cluster, service);
                let deploy = match &self.registered {
                    Some(revision) => deploy.variable("--task-definition", revision),
                    None => {
                        let newest = newest(&self.model, family).map(|(_, arn)| arn);
                        deploy.arg("--task-definition", short(&newest.unwrap_or_default()))
                    }
                };
                let was = find(self.account, cluster, service)?.task_definition.clone();
                let back = self
                    .update(cluster, service)
                    .arg("--task-definition", short(&was.unwrap_or_default()));
                self.run(deploy.query(STATUS))?;
                self.undo_with(vec![back.query(STATUS)])
            }
            Change::SetGracePeriod { cluster, service, seconds, was } => {
                let set = |seconds: i64| {
                    self.update(cluster, service)
                        .arg("--health-check-grace-period-seconds", seconds)
                        .query(STATUS)
                };
                let (change, back) = (set(*seconds), set(was.unwrap_or(0)));
                self.run(change)?;
                self.undo_with(vec![back])
            }
            Change::SetDeploymentPercent {
                cluster,
                service,
                minimum,
                maximum,
                was_minimum,
                was_maximum,
            } => {
                let found = find(&self.model, cluster, service)?;
                let mut configuration = found
                    .deployment_configuration
                    .as_ref()
                    .and_then(|configuration| serde_json::to_value(configuration).ok())
                    .unwrap_or_else(|| json!({}));
                let mut set = |minimum: i64, maximum: i64| {
                    configuration["minimumHealthyPercent"] = json!(minimum);
                    configuration["maximumPercent"] = json!(maximum);
                    self.update(cluster, service)
                        .arg("--deployment-configuration", &configuration)
                        .query(STATUS)
                };
                let (change, back) = (set(*minimum, *maximum), set(*was_minimum, *was_maximum));
                self.run(change)?;
                self.undo_with(vec![back])
            }
            Change::ForceNewDeployment { cluster, service } => {
                let judged = find(&self.model, cluster, service)?.task_definition.clone();
                let was = find(self.account, cluster, service)?.task_definition.clone();
                let mut deploy = self.update(cluster, service).flag("--force-new-deployment");
                // After a rollback the service runs another revision than the one that is judged.
                if let Some(judged) = judged.filter(|judged| Some(judged) != was.as_ref()) {
                    deploy = deploy.arg("--task-definition", short(&judged));
                }
                self.run(deploy.query(STATUS))?;
                self.undo_with(Vec::new())
            }
            _ => Ok(()),
        }
    }

    fn update(&self, cluster: &str, service: &str) -> Command {
        self.aws("ecs update-service").arg("--cluster", cluster).arg("--service", service)
    }

    fn network_of(&self, cluster: &str, service: &str) -> Result<AwsvpcConfiguration, NotWritable> {
        find(&self.model, cluster, service)?
            .network_configuration
            .as_ref()
            .and_then(|network| network.awsvpc_configuration.clone())
            .ok_or_else(|| NotWritable(format!("the network of {service}")))
    }

    fn set_network(
        &mut self,
        cluster: &str,
        service: &str,
        new: &AwsvpcConfiguration,
        old: &AwsvpcConfiguration,
    ) -> Result<(), NotWritable> {
        let set = |network: &AwsvpcConfiguration| {
            let network = serde_json::to_value(network).unwrap_or(Value::Null);
            self.update(cluster, service)
                .arg("--network-configuration", json!({ "awsvpcConfiguration": network }))
                .query(STATUS)
        };
        let (change, back) = (set(new), set(old));
        self.run(change)?;
        self.undo_with(vec![back])
    }
}

/// `family:revision`, which ECS takes in place of the ARN.
fn short(arn: &str) -> &str {
    arn.rsplit_once(":task-definition/").map_or(arn, |(_, revision)| revision)
}

/// The command that starts the judged launch again.
pub(in crate::fix) fn deploy_again(
    account: &Snapshot,
    cluster: &str,
    service: &str,
    revision: Option<&str>,
) -> Result<String, NotWritable> {
    let deploy = Command::aws("ecs update-service")
        .arg("--cluster", cluster)
        .arg("--service", service)
        .flag("--force-new-deployment")
        .region(&account.region)
        .query(STATUS);
    match revision {
        Some(revision) => deploy.arg("--task-definition", short(revision)).finish(),
        None => deploy.finish(),
    }
}

/// One word of UpdateService's long answer.
const STATUS: &str = "service.status";

fn find<'s>(
    snapshot: &'s Snapshot,
    cluster: &str,
    service: &str,
) -> Result<&'s Service, NotWritable> {
    let key = format!("{cluster}/{service}");
    let found = snapshot.home().ecs.services.get(&key).present().copied();
    found.ok_or(NotWritable(key))
}
