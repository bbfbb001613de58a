//! `container/missing-environment`: the log names a variable that the container does not get.

use super::super::said::{how_often, said};
use super::ended::End;
use crate::Stage;
use crate::change::{Change, TaskDefinitionEdit};
use crate::check::{Check, Fault, Remedy, Verdict, Weight};
use crate::launch::Launch;
use crate::loglines::LogKind;
use crate::report::{Confidence, Safety};
use crate::symptom::Symptom;
use ecswhy_facts::Gap;
use ecswhy_facts::ecs::{ContainerDefinition, Secret, TaskDefinition};

/// The record.
pub static CHECK: Check = Check {
    id: "container/missing-environment",
    title: "The application gets the variables that it asks for",
    stage: Stage::Container,
    weight: Weight::Blocks,
    explains: &[Symptom::ContainerExited, Symptom::AppError],
    explanation: "## What it is\nThe application ended because an environment variable is not set, as its own log says. A container gets what `environment`, `secrets` and `environmentFiles` of its own definition give; nothing of the host or of other containers.\n\n## Why it stops the launch\nThe application ends before it serves, and the next task ends the same way.\n\n## How to fix it\nAdd the variable under `environment`, or under `secrets` if it is one, and deploy the new revision.\n\n## Sources\nECS Developer Guide, Pass environment variables to an Amazon ECS container.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let definition = launch.task_definition()?;
    Ok(said(launch, CHECK.explains, |told| {
        let end = End::of(launch, told);
        let said = end.said().filter(|said| said.kind == LogKind::MissingEnvironment)?;
        if end.code == Some(0) {
            return None;
        }
        let variable = said.get("variable").unwrap_or("a variable");
        let container = launch.container(&end.container);
        let given = container.map_or(Given::Unknown, |container| given(container, variable));
        let state = match &given {
            Given::No => "the task definition does not set it".to_owned(),
            Given::Similar(name) => format!("the task definition sets {name} instead"),
            Given::Empty => "the task definition sets it to an empty text".to_owned(),
            Given::Yes => "the task definition sets it all the same".to_owned(),
            Given::Unknown => "nothing that can be seen sets it".to_owned(),
        };
        let message = format!(
            "Container {} ends{} because the environment variable {variable} is missing; {state} ({}).",
            end.container,
            end.with_code(),
            how_often(told)
        );
        let arn = definition.task_definition_arn.clone().unwrap_or_default();
        let mut fault = end.evidence(Fault::new(end.container.clone(), message));
        if let Some(container) = container {
            fault = fault.fact(
                "ecs:DescribeTaskDefinition",
                arn,
                &format!("containerDefinitions[{}].environment, secrets", end.container),
                names(container).collect::<Vec<_>>().join(", "),
            );
        }
        let sure = match given {
            Given::No | Given::Similar(_) | Given::Empty => Confidence::Certain,
            Given::Yes | Given::Unknown => Confidence::Likely,
        };
        Some(fault.confidence(sure).remedy(remedy(launch, definition, &end.container, variable)))
    }))
}

/// Whether a container's definition gives it a variable.
#[derive(Debug, PartialEq, Eq)]
enum Given {
    No,
    /// One whose name differs in case, separators or a letter.
    Similar(String),
    Empty,
    Yes,
    /// Environment files, whose contents are not read, may hold it.
    Unknown,
}

fn names(container: &ContainerDefinition) -> impl Iterator<Item = &str> {
    let plain = container.environment.iter().filter_map(|each| each.name.as_deref());
    plain.chain(container.secrets.iter().filter_map(|each| each.name.as_deref()))
}

fn given(container: &ContainerDefinition, variable: &str) -> Given {
    let is = |name: &str| name == variable || name == relaxed(variable);
    let plain = container.environment.iter().find(|each| each.name.as_deref().is_some_and(is));
    if let Some(plain) = plain {
        let empty = plain.value.as_deref().unwrap_or_default().is_empty();
        return if empty { Given::Empty } else { Given::Yes };
    }
    if names(container).any(is) {
        return Given::Yes;
    }
    if !container.environment_files.is_empty() {
        return Given::Unknown;
    }
    match names(container).find(|name| is_similar(name, variable)) {
        Some(name) => Given::Similar(name.to_owned()),
        None => Given::No,
    }
}

/// Spring Boot, relaxed binding: `spring.datasource.url` is `SPRING_DATASOURCE_URL`.
fn relaxed(variable: &str) -> String {
    variable.replace('.', "_").replace('-', "").to_ascii_uppercase()
}

/// The same letters without case and separators, or one edit away.
fn is_similar(name: &str, variable: &str) -> bool {
    /// Below this, names that are one edit apart are different names.
    const LONG_ENOUGH: usize = 6;
    let letters = |text: &str| -> Vec<u8> {
        text.bytes()
            .filter(u8::is_ascii_alphanumeric)
            .map(|letter| letter.to_ascii_lowercase())
            .collect()
    };
    let (a, b) = (letters(name), letters(variable));
    a == b || (a.len().min(b.len()) >= LONG_ENOUGH && is_one_edit_apart(&a, &b))
}

fn is_one_edit_apart(a: &[u8], b: &[u8]) -> bool {
    let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (rest_a, rest_b) = (&a[same..], &b[same..]);
    match (rest_a.len(), rest_b.len()) {
        (0, 0) => true,
        (x, y) if x == y => rest_a[1..] == rest_b[1..],
        (x, y) if x == y + 1 => rest_a[1..] == *rest_b,
        (x, y) if x + 1 == y => *rest_a == rest_b[1..],
        _ => false,
    }
}

/// The secret of an earlier revision that ran, if one gave the variable so; else what a person must decide.
fn remedy(
    launch: &Launch<'_>,
    definition: &TaskDefinition,
    container: &str,
    variable: &str,
) -> Remedy {
    let arn = definition.task_definition_arn.clone().unwrap_or_default();
    let of_earlier = |secret: &&Secret| secret.name.as_deref() == Some(variable);
    let earlier = launch
        .tasks
        .iter()
        .filter(|task| task.started_at.is_some())
        .filter_map(|task| launch.definition_of(task)?.container(container))
        .find_map(|earlier| earlier.secrets.iter().find(of_earlier)?.value_from.clone());
    if let Some(value_from) = earlier {
        let edit = TaskDefinitionEdit::SecretValueFrom {
            container: container.to_owned(),
            name: variable.to_owned(),
            value_from,
        };
        let change = Change::RegisterTaskDefinition { task_definition: arn, edits: vec![edit] };
        return Remedy::new(
            format!("Take {variable} from the secret that the last good revision named"),
            Safety::NeedsNewDeployment,
            vec![change],
        )
        .estimate();
    }
    Remedy::by_hand(
        format!("Give container {container} the variable {variable}"),
        Safety::NeedsNewDeployment,
        format!(
            "Write the task definition to a file, add {variable} to `environment` or `secrets` of container {container} in it, register and deploy it"
        ),
        launch.revision_by_hand(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_definition_gives() {
        for (definition, variable, expected) in [
            (json!({}), "DATABASE_URL", Given::No),
            (
                json!({"environment": [{"name": "DATABASE_URI", "value": "x"}]}),
                "DATABASE_URL",
                Given::Similar("DATABASE_URI".to_owned()),
            ),
            (
                json!({"environment": [{"name": "database_url", "value": "x"}]}),
                "DATABASE_URL",
                Given::Similar("database_url".to_owned()),
            ),
            (
                json!({"environment": [{"name": "DATABASE_URL", "value": ""}]}),
                "DATABASE_URL",
                Given::Empty,
            ),
            (
                json!({"secrets": [{"name": "DATABASE_URL", "valueFrom": "arn"}]}),
                "DATABASE_URL",
                Given::Yes,
            ),
            (
                json!({"environment": [{"name": "SPRING_DATASOURCE_URL", "value": "x"}]}),
                "spring.datasource.url",
                Given::Yes,
            ),
            (
                json!({"environmentFiles": [{"value": "arn:aws:s3:::b/a.env", "type": "s3"}]}),
                "DATABASE_URL",
                Given::Unknown,
            ),
            (json!({"environment": [{"name": "PORT", "value": "1"}]}), "HOST", Given::No),
        ] {
            let container: ContainerDefinition = serde_json::from_value(definition).unwrap();
            assert_eq!(given(&container, variable), expected, "{variable}");
        }
    }
}
