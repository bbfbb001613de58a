//! The subject of a finding that only a message speaks for: what the message names, in the form in which the checks
//! name it.

use crate::checks::container::ended;
use crate::checks::health::balanced::balanced;
use crate::checks::image::ecr;
use crate::launch::{Launch, Told};
use crate::rank::same;
use ecswhy_facts::needs::{LogNeed, Needs, SecretNeed};

/// The parameters of a message that can name the subject, most telling first, and the subjects that the launch has.
type Kind = (&'static [&'static str], Vec<String>);

/// The subject of the finding `id`: of what the launch has of that kind the one that the message names, else the
/// message's own word for it; where it names none, the only one, else the service or task.
pub fn of(id: &str, launch: &Launch<'_>, told: &Told) -> String {
    let (names, known) = kind(id, launch, told);
    match (names.iter().find_map(|name| told.parameters.get(*name)), known.as_slice()) {
        (Some(said), known) => {
            known.iter().find(|subject| same(subject, said)).unwrap_or(said).clone()
        }
        (None, [only]) => only.clone(),
        (None, _) => launch.arn(),
    }
}

fn kind(id: &str, launch: &Launch<'_>, told: &Told) -> Kind {
    let (group, fault) = id.split_once('/').unwrap_or((id, ""));
    match group {
        "role" => (&["role"], roles(fault, launch, told)),
        "image" => images(fault, launch, told),
        "secret" => secrets(fault, launch),
        "log" => (&["log_group"], log_groups(launch)),
        "storage" => storage(fault, launch),
        "health" if fault.starts_with("target-") => {
            let attached = balanced(launch);
            (&["target_group"], attached.iter().map(|group| group.arn.to_owned()).collect())
        }
        "health" if fault == "grace-period-too-short" => (&[], Vec::new()),
        "container" | "health" => (&["container"], containers(launch, told)),
        "eni" | "network" => interfaces(fault, launch, told),
        _ => (&[], Vec::new()),
    }
}

/// The role that the finding is about; the other one only where the message may name it.
fn roles(fault: &str, launch: &Launch<'_>, told: &Told) -> Vec<String> {
    let execution = launch.execution_role().ok().flatten();
    let task = launch.task_role().ok().flatten();
    let of_task_role =
        fault.starts_with("task-role") || matches!(fault, "efs-denied" | "exec-denied");
    let (own, other) = if of_task_role { (task, execution) } else { (execution, task) };
    let other = other.filter(|_| told.parameters.contains_key("role"));
    own.into_iter().chain(other).map(|role| role.arn).collect()
}

fn images(fault: &str, launch: &Launch<'_>, told: &Told) -> Kind {
    if !matches!(fault, "repository-missing" | "repository-policy") {
        return (&["image"], needed(launch, |needs| texts(&needs.images, |image| &image.text)));
    }
    let named = told.parameters.get("image");
    let images = ecr::images(launch).unwrap_or_default();
    let of_named =
        images.into_iter().filter(|image| named.is_none_or(|said| same(image.text, said)));
    (&["repository"], of_named.map(|image| image.repository_arn).collect())
}

fn secrets(fault: &str, launch: &Launch<'_>) -> Kind {
    match fault {
        "env-file-missing" => {
            (&["resource"], needed(launch, |needs| texts(&needs.env_files, |file| &file.value)))
        }
        "key-policy" | "key-unusable" => (&["key", "resource", "secret", "parameter"], Vec::new()),
        _ => {
            let home = launch.snapshot;
            let arn = |need: &SecretNeed| {
                let reference = need.reference.as_ref().ok()?;
                Some(reference.resource_arn(launch.partition(), &home.region, &home.account))
            };
            let arns = |needs: &Needs| needs.secrets.iter().filter_map(arn).collect();
            (&["secret", "parameter"], needed(launch, arns))
        }
    }
}

fn log_groups(launch: &Launch<'_>) -> Vec<String> {
    let home = launch.snapshot;
    let arn = |need: &LogNeed| need.arn(&home.account, &home.region);
    needed(launch, |needs| needs.log_groups.iter().filter_map(arn).collect())
}

fn storage(fault: &str, launch: &Launch<'_>) -> Kind {
    match fault {
        "efs-access-point-missing" => (
            &["access_point"],
            needed(launch, |needs| {
                let points = needs.file_systems.iter().filter_map(|need| need.access_point());
                points.map(str::to_owned).collect()
            }),
        ),
        "ephemeral-full" => (&[], Vec::new()),
        _ => (
            &["file_system"],
            needed(launch, |needs| texts(&needs.file_systems, |need| &need.file_system)),
        ),
    }
}

/// The containers whose end made the tasks stop, else all of the task definition.
fn containers(launch: &Launch<'_>, told: &Told) -> Vec<String> {
    let ended = ended::attempts_of(launch, told)
        .find_map(|attempt| attempt.guilty_container()?.name.clone());
    let defined = || {
        let definition = launch.task_definition().ok();
        definition
            .into_iter()
            .flat_map(|it| &it.container_definitions)
            .filter_map(|it| it.name.clone())
    };
    ended.map_or_else(|| defined().collect(), |name| vec![name])
}

fn interfaces(fault: &str, launch: &Launch<'_>, told: &Told) -> Kind {
    let network = launch.network().ok().flatten();
    if fault.starts_with("security-group") {
        return (
            &["security_group"],
            network.map(|it| it.security_groups.clone()).unwrap_or_default(),
        );
    }
    if told.subnets.is_empty() {
        return (&["subnet"], network.map(|it| it.subnets.clone()).unwrap_or_default());
    }
    (&["subnet"], told.subnets.clone())
}

fn needed(launch: &Launch<'_>, of: impl Fn(&Needs) -> Vec<String>) -> Vec<String> {
    let mut subjects = launch.needs().map(of).unwrap_or_default();
    subjects.sort();
    subjects.dedup();
    subjects
}

fn texts<T>(needs: &[T], text: impl Fn(&T) -> &String) -> Vec<String> {
    needs.iter().map(|need| text(need).clone()).collect()
}
