//! A new revision of a task definition: read from AWS, edited, registered again. The values go from AWS to AWS: what
//! the snapshot has masked is never written back, and fields that this tool does not know survive.
//!
//! Fields of the task are overridden on the command line ("options override the JSON", AWS CLI User Guide, "Skeletons
//! and input files"). Fields of containers are edited by the JMESPath expression that reads the definition.

use crate::change::TaskDefinitionEdit as Edit;
use crate::shell::{Command, NotWritable};
use ecswhy_facts::ecs::{Secret, TaskDefinition};
use serde_json::{Map, Value, json};

/// What DescribeTaskDefinition answers and RegisterTaskDefinition does not take.
const ANSWER_ONLY: [&str; 9] = [
    "taskDefinitionArn",
    "revision",
    "status",
    "requiresAttributes",
    "compatibilities",
    "registeredAt",
    "registeredBy",
    "deregisteredAt",
    "tags",
];

/// Reads the definition with the containers edited.
pub(crate) fn read(
    describe: Command,
    definition: &TaskDefinition,
    edits: &[Edit],
) -> Result<Command, NotWritable> {
    let whole = serde_json::to_value(definition).unwrap_or(Value::Null);
    let mut fields = Vec::new();
    for (field, value) in whole.as_object().into_iter().flatten() {
        let empty = matches!(value, Value::Null) || value.as_array().is_some_and(Vec::is_empty);
        if ANSWER_ONLY.contains(&field.as_str()) || empty {
            continue;
        }
        if !field.chars().all(|c| c.is_ascii_alphanumeric()) {
            return Err(NotWritable(field.clone()));
        }
        if field == "containerDefinitions" {
            fields.push(format!("{field}:{}", containers(definition, edits)?));
        } else {
            fields.push(format!("{field}:{field}"));
        }
    }
    let query = format!("taskDefinition.{{{}}}", fields.join(","));
    if definition.tags.is_empty() {
        return Ok(describe.query_json(&query));
    }
    Ok(describe.arg("--include", "TAGS").query_json(&format!("merge({query},{{tags:tags}})")))
}

/// `containerDefinitions`, or a projection that replaces fields in the containers that are edited.
fn containers(definition: &TaskDefinition, edits: &[Edit]) -> Result<String, NotWritable> {
    let mut patches: Vec<(&str, String)> = Vec::new();
    for edit in edits {
        if let Some(patch) = patch(definition, edit)? {
            patches.push(patch);
        }
    }
    if patches.is_empty() {
        return Ok("containerDefinitions".to_owned());
    }
    let mut merged = "@".to_owned();
    for (container, patch) in patches {
        // `a && b || c` is JMESPath's conditional: a patch is never false.
        let name = literal(&json!(container));
        merged = format!("merge({merged},name=={name} && {patch} || `{{}}`)");
    }
    Ok(format!("containerDefinitions[*].{merged}"))
}

/// The container that an edit changes and the object that is merged into it.
fn patch<'e>(
    definition: &TaskDefinition,
    edit: &'e Edit,
) -> Result<Option<(&'e str, String)>, NotWritable> {
    let constant = |value: Value| literal(&value);
    Ok(Some(match edit {
        Edit::ContainerMemory { container, mib } => (container, constant(json!({ "memory": mib }))),
        Edit::Image { container, image } => (container, constant(json!({ "image": image }))),
        Edit::Essential { container, essential } => {
            (container, constant(json!({ "essential": essential })))
        }
        Edit::HealthCheck { container, start_period, command, retries } => {
            let mut fields = Map::new();
            fields.extend(start_period.map(|value| ("startPeriod".to_owned(), json!(value))));
            fields.extend(retries.map(|value| ("retries".to_owned(), json!(value))));
            fields.extend(command.as_ref().map(|value| ("command".to_owned(), json!(value))));
            let fields = constant(Value::Object(fields));
            (container, format!("{{healthCheck:merge(healthCheck || `{{}}`,{fields})}}"))
        }
        Edit::LogOption { container, option, value: Some(value) } => {
            let fields = constant(json!({ option: value }));
            let options = format!("merge(logConfiguration.options || `{{}}`,{fields})");
            let log = format!("merge(logConfiguration,{{options:{options}}})");
            (container, format!("{{logConfiguration:{log}}}"))
        }
        Edit::LogOption { container, option, value: None } => {
            let found = definition.container(container);
            let log = found.and_then(|found| found.log_configuration.as_ref());
            let log = log.ok_or_else(|| NotWritable(container.clone()))?;
            let kept: Vec<String> = log
                .options
                .keys()
                .filter(|key| *key != option)
                .map(|key| {
                    let key = json!(key).to_string();
                    format!("{key}:logConfiguration.options.{key}")
                })
                .collect();
            let options =
                if kept.is_empty() { "`{}`".to_owned() } else { format!("{{{}}}", kept.join(",")) };
            let log = format!("merge(logConfiguration,{{options:{options}}})");
            (container, format!("{{logConfiguration:{log}}}"))
        }
        Edit::SecretValueFrom { container, name, value_from } => {
            let quoted = constant(json!(name));
            let value = constant(json!({ "valueFrom": value_from }));
            let list = |of: &str| format!("{of}[*].merge(@,name=={quoted} && {value} || `{{}}`)");
            let found = definition.container(container);
            let found = found.ok_or_else(|| NotWritable(container.clone()))?;
            let named = |secret: &Secret| secret.name.as_ref() == Some(name);
            let log = found.log_configuration.as_ref();
            if found.secrets.iter().any(named) {
                (container, format!("{{secrets:{}}}", list("secrets")))
            } else if log.is_some_and(|log| log.secret_options.iter().any(named)) {
                let options = list("logConfiguration.secretOptions");
                let log = format!("merge(logConfiguration,{{secretOptions:{options}}})");
                (container, format!("{{logConfiguration:{log}}}"))
            } else {
                let new = constant(json!([{ "name": name, "valueFrom": value_from }]));
                (container, format!("{{secrets:[secrets || `[]`,{new}][]}}"))
            }
        }
        Edit::Environment { container, name, value } => {
            let quoted = constant(json!(name));
            let new = constant(json!([{ "name": name, "value": value }]));
            let others = format!("(environment || `[]`)[?name!={quoted}]");
            (container, format!("{{environment:[{others},{new}][]}}"))
        }
        Edit::Memory { .. }
        | Edit::Size { .. }
        | Edit::Platform { .. }
        | Edit::ExecutionRole { .. }
        | Edit::TaskRole { .. }
        | Edit::EphemeralStorage { .. } => return Ok(None),
    }))
}

/// The fields of the task, as options.
pub(super) fn overrides(register: Command, definition: &TaskDefinition, edits: &[Edit]) -> Command {
    let mut register = register;
    for edit in edits {
        register = match edit {
            Edit::Memory { mib, cpu } => {
                let register = register.arg("--memory", mib);
                match cpu {
                    Some(cpu) => register.arg("--cpu", cpu),
                    None => register,
                }
            }
            Edit::Size { cpu, mib } => register.arg("--cpu", cpu).arg("--memory", mib),
            Edit::Platform { architecture } => {
                let system = definition
                    .runtime_platform
                    .as_ref()
                    .and_then(|platform| platform.operating_system_family.as_deref())
                    .unwrap_or("LINUX");
                let platform =
                    json!({ "cpuArchitecture": architecture, "operatingSystemFamily": system });
                register.arg("--runtime-platform", platform)
            }
            Edit::ExecutionRole { arn } => register.arg("--execution-role-arn", arn),
            Edit::TaskRole { arn } => register.arg("--task-role-arn", arn),
            Edit::EphemeralStorage { gib } => {
                register.arg("--ephemeral-storage", format!("sizeInGiB={gib}"))
            }
            _ => register,
        };
    }
    register
}

/// A JMESPath literal. A backtick inside is written as its JSON escape.
fn literal(value: &Value) -> String {
    format!("`{}`", value.to_string().replace('`', r"\u0060"))
}
