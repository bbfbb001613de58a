//! Edits of a task definition.

use super::NotModelled;
use crate::change::TaskDefinitionEdit as Edit;
use ecswhy_facts::ecs::{
    ContainerDefinition, EphemeralStorage, HealthCheck, KeyValue, RuntimePlatform, Secret,
    TaskDefinition,
};

pub(super) fn edit(definition: &mut TaskDefinition, edit: &Edit) -> Result<(), NotModelled> {
    match edit {
        Edit::Memory { mib, cpu } => {
            definition.memory = Some(mib.to_string());
            if let Some(cpu) = cpu {
                definition.cpu = Some(cpu.to_string());
            }
        }
        Edit::Size { cpu, mib } => {
            definition.cpu = Some(cpu.to_string());
            definition.memory = Some(mib.to_string());
        }
        Edit::ContainerMemory { container, mib } => {
            find(definition, container)?.memory = Some(*mib);
        }
        Edit::Image { container, image } => {
            find(definition, container)?.image = Some(image.clone());
        }
        Edit::Platform { architecture } => {
            definition
                .runtime_platform
                .get_or_insert_with(RuntimePlatform::default)
                .cpu_architecture = Some(architecture.clone());
        }
        Edit::ExecutionRole { arn } => definition.execution_role_arn = Some(arn.clone()),
        Edit::TaskRole { arn } => definition.task_role_arn = Some(arn.clone()),
        Edit::LogOption { container, option, value } => {
            let options = &mut find(definition, container)?
                .log_configuration
                .as_mut()
                .ok_or_else(|| NotModelled::unknown("log configuration of container", container))?
                .options;
            match value {
                Some(value) => options.insert(option.clone(), value.clone()),
                None => options.remove(option),
            };
        }
        Edit::HealthCheck { container, start_period, command, retries } => {
            let check =
                find(definition, container)?.health_check.get_or_insert_with(HealthCheck::default);
            check.start_period = start_period.or(check.start_period);
            check.retries = retries.or(check.retries);
            if let Some(command) = command {
                check.command.clone_from(command);
            }
        }
        Edit::SecretValueFrom { container, name, value_from } => {
            let container = find(definition, container)?;
            let options =
                container.log_configuration.iter_mut().flat_map(|log| &mut log.secret_options);
            let mut all = container.secrets.iter_mut().chain(options);
            match all.find(|secret| secret.name.as_ref() == Some(name)) {
                Some(secret) => secret.value_from = Some(value_from.clone()),
                None => container.secrets.push(Secret {
                    name: Some(name.clone()),
                    value_from: Some(value_from.clone()),
                }),
            }
        }
        Edit::Environment { container, name, value } => {
            let variables = &mut find(definition, container)?.environment;
            variables.retain(|variable| variable.name.as_ref() != Some(name));
            variables.push(KeyValue { name: Some(name.clone()), value: Some(value.clone()) });
        }
        Edit::EphemeralStorage { gib } => {
            definition.ephemeral_storage = Some(EphemeralStorage { size_in_gib: Some(*gib) });
        }
        Edit::Essential { container, essential } => {
            find(definition, container)?.essential = Some(*essential);
        }
    }
    Ok(())
}

fn find<'d>(
    definition: &'d mut TaskDefinition,
    name: &str,
) -> Result<&'d mut ContainerDefinition, NotModelled> {
    definition
        .container_definitions
        .iter_mut()
        .find(|container| container.name.as_deref() == Some(name))
        .ok_or_else(|| NotModelled::unknown("container", name))
}
