//! What a person does next about a container that ended, where no change of the account helps: read its log, run the
//! image on a machine of one's own, look into the image. Every command holds the names of this account.

use super::super::image::push;
use super::ended::End;
use crate::check::Remedy;
use crate::launch::Launch;
use crate::report::Safety;
use crate::shell::{Command, quote};
use ecswhy_facts::ecs::ContainerDefinition;

/// Lines that GetLogEvents is asked for.
const LINES: usize = 100;

/// Read the log of the container that ended.
pub fn read_log(launch: &Launch<'_>, end: &End<'_>) -> Remedy {
    let container = &end.container;
    let title = format!("Read what container {container} wrote last");
    let Some(command) = log_command(launch, container, end.task()) else {
        return Remedy::by_hand(
            format!("Give container {container} a log"),
            Safety::NeedsNewDeployment,
            format!(
                "Give container {container} a logConfiguration with the driver awslogs (awslogs-group, awslogs-region, awslogs-stream-prefix), deploy it, and read what it writes"
            ),
            [],
        );
    };
    let then = "then mend what its last error says, push the image and deploy it";
    Remedy::by_hand(title.clone(), Safety::ReadOnly, format!("{title}; {then}"), [command])
}

/// Read the logs of all containers of the task: one of them may have ended another.
pub fn read_all_logs(launch: &Launch<'_>, end: &End<'_>) -> Remedy {
    let definition = launch.task_definition().ok();
    let containers = definition.iter().flat_map(|found| &found.container_definitions);
    let commands: Vec<Command> = containers
        .filter_map(|each| log_command(launch, each.name.as_deref()?, end.task()))
        .collect();
    if commands.len() < 2 {
        return read_log(launch, end);
    }
    Remedy::by_hand(
        "Read what the containers of the task wrote last".to_owned(),
        Safety::ReadOnly,
        format!("Find the container that ended {}: read the last lines of each", end.container),
        commands,
    )
}

/// The command that prints the last lines; without a stream prefix the name of the stream cannot be known.
fn log_command(launch: &Launch<'_>, container: &str, task: Option<&str>) -> Option<Command> {
    let needs = launch.needs().ok()?;
    let need = needs.log_groups.iter().find(|need| need.container == container)?;
    let group = need.group.as_deref()?;
    let command = match task.and_then(|id| need.stream(id)) {
        Some(stream) => Command::aws("logs get-log-events")
            .arg("--log-group-name", group)
            .arg("--log-stream-name", stream)
            .arg("--limit", LINES)
            .query("events[].message"),
        None => Command::aws("logs tail").word(group).flag("--since 1h"),
    };
    Some(command.region(need.region.as_deref().unwrap_or(&launch.snapshot.region)))
}

/// Look at the settings that say what the application connects to.
pub fn check_settings(launch: &Launch<'_>, container: &str) -> Remedy {
    let query =
        format!("taskDefinition.containerDefinitions[?name=='{container}'].[environment,secrets]");
    let definition = launch.task_definition_arn().unwrap_or_default();
    let look = launch
        .aws("ecs describe-task-definition")
        .arg("--task-definition", definition)
        .query_json(&query);
    Remedy::by_hand(
        format!("Check which host and port container {container} is told to connect to"),
        Safety::ReadOnly,
        format!(
            "Compare the host and port in the settings of container {container} with those of what it depends on, see that this runs and listens there, and let the application try again at its start"
        ),
        [look],
    )
}

/// Run the image on a machine of one's own, with the command, the user and the memory of the task definition.
pub fn reproduce(launch: &Launch<'_>, container: &str) -> Option<Remedy> {
    let definition = launch.container(container)?;
    let image = definition.image.as_deref()?;
    let platform = push::platform(launch);
    let mut run = Command::program("docker run --rm -it").arg("--platform", platform);
    if let Some(mib) = definition.memory.or_else(|| task_memory(launch)) {
        run = run.arg("--memory", format!("{mib}m"));
    }
    let (entry, arguments) = started(definition);
    let given = [
        ("-w", definition.working_directory.as_deref()),
        ("-u", definition.user.as_deref()),
        ("--entrypoint", entry),
    ];
    for (option, value) in given {
        if let Some(value) = value {
            run = run.arg(option, value);
        }
    }
    let run = run.word(image).words(arguments);
    let variables = definition.environment.len() + definition.secrets.len();
    let variables = match variables {
        0 => String::new(),
        1 => "; add the one variable of its task definition with -e NAME=VALUE".to_owned(),
        many => {
            format!("; add the {many} variables of its task definition with -e NAME=VALUE")
        }
    };
    let commands = push::login(image).into_iter().chain([run]);
    let title = format!("Run container {container} on a machine with Docker");
    Some(Remedy::by_hand(title.clone(), Safety::ReadOnly, format!("{title}{variables}"), commands))
}

/// The entry point that the task definition sets, and all arguments after it.
fn started(definition: &ContainerDefinition) -> (Option<&str>, Vec<&str>) {
    let entry: Vec<&str> = definition.entry_point.iter().flatten().map(String::as_str).collect();
    let command = definition.command.iter().flatten().map(String::as_str);
    let (first, rest) = match entry.split_first() {
        Some((first, rest)) => (Some(*first), rest.to_vec()),
        None => (None, Vec::new()),
    };
    (first, rest.into_iter().chain(command).collect())
}

fn task_memory(launch: &Launch<'_>) -> Option<i64> {
    let memory = launch.task_definition().ok()?.memory.as_deref()?;
    super::super::capacity::size::units(memory, "GB")
}

/// Look whether a command is in the image, and with which rights.
pub fn look_for(launch: &Launch<'_>, container: &str, command: &str) -> Option<Remedy> {
    let image = launch.container(container)?.image.as_deref()?;
    let platform = push::platform(launch);
    let run = Command::program("docker run --rm").arg("--platform", platform);
    let script = format!("command -v {0}; ls -l {0}; head -n 1 {0}", quote(command));
    let look = if platform.starts_with("windows") {
        run.arg("--entrypoint", "cmd").word(image).words(["/c", "where", command])
    } else {
        run.arg("--entrypoint", "sh").word(image).words(["-c", &script])
    };
    let title = format!("Look for {command} in the image");
    let instruction = format!(
        "{title}; then add it there (executable, with its interpreter), or correct command and entryPoint in the task definition"
    );
    let commands = push::login(image).into_iter().chain([look]);
    Some(Remedy::by_hand(title, Safety::ReadOnly, instruction, commands))
}

/// Run what ends by itself as a task of its own instead of a service.
pub fn run_as_task(launch: &Launch<'_>) -> Option<Remedy> {
    let service = launch.target.service()?;
    let revision = launch.task_definition_arn()?;
    let revision = revision.rsplit_once(":task-definition/").map_or(revision, |(_, short)| short);
    let network = launch.network().ok().flatten()?;
    let network = serde_json::to_value(network.as_ref()).ok()?;
    let network = serde_json::json!({ "awsvpcConfiguration": network }).to_string();
    let once = launch
        .aws("ecs run-task")
        .arg("--cluster", launch.target.cluster())
        .arg("--task-definition", revision)
        .flag("--launch-type FARGATE")
        .arg("--network-configuration", network)
        .query("tasks[].taskArn");
    let stop = launch.update_service()?.arg("--desired-count", 0);
    Some(Remedy::by_hand(
        "Run it as a standalone task instead of a service".to_owned(),
        Safety::MayInterrupt,
        format!(
            "Run the task definition once, and let the service {service} want no task; to run it at fixed times, let an EventBridge schedule call RunTask with the same parameters"
        ),
        [once, stop],
    ))
}
