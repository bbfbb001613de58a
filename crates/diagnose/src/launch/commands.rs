//! Commands of the AWS CLI in the place of the launch, for the steps that only a person can take.

use super::Launch;
use crate::fix::read_definition;
use crate::shell::Command;

/// The file that a person edits.
const EDITED: &str = "task-definition.json";

impl Launch<'_> {
    /// An operation in the region of the launch.
    pub(crate) fn aws(&self, operation: &str) -> Command {
        Command::aws(operation).region(&self.snapshot.region)
    }

    /// `ecs update-service` on the service; a standalone task has none.
    pub(crate) fn update_service(&self) -> Option<Command> {
        let update = self.aws("ecs update-service").arg("--cluster", self.target.cluster());
        Some(update.arg("--service", self.target.service()?).query("service.status"))
    }

    /// Writes the task definition to a file, registers what a person made of it, and deploys that.
    pub(crate) fn revision_by_hand(&self) -> Vec<Command> {
        let Ok(definition) = self.task_definition() else { return Vec::new() };
        let arn = self.task_definition_arn().unwrap_or_default();
        let name = arn.rsplit_once(":task-definition/").map_or(arn, |(_, name)| name);
        let describe = self.aws("ecs describe-task-definition").arg("--task-definition", name);
        let Ok(read) = read_definition(describe, definition, &[]) else { return Vec::new() };
        let register = self
            .aws("ecs register-task-definition")
            .flag(&format!("--cli-input-json file://{EDITED}"))
            .query("taskDefinition.taskDefinitionArn");
        let family = definition.family.as_deref().unwrap_or_default();
        let deploy = self.update_service().map(|update| update.arg("--task-definition", family));
        [read.into_file(EDITED), register].into_iter().chain(deploy).collect()
    }
}
