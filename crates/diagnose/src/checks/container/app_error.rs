//! `container/app-error`: the application ended with an error code.

use super::super::said::{how_often, said};
use super::ended::{self, End};
use super::next_steps::{read_log, reproduce};
use crate::Stage;
use crate::check::{Check, Fault, Verdict, Weight};
use crate::launch::Launch;
use crate::loglines::{LogKind, LogReading};
use crate::report::Confidence;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "container/app-error",
    title: "The application starts",
    stage: Stage::Container,
    weight: Weight::Blocks,
    explains: &[Symptom::ContainerExited, Symptom::AppError],
    explanation: "## What it is\nThe application ended by itself with an error code. Its own log says why.\n\n## Why it stops the launch\nThe container is essential, so ECS stops the task with it and starts another, which ends the same way.\n\n## How to fix it\nRead the last log lines: a module or file that is not in the image, a login that is refused, a failed migration. 134 is an abort, 125 an error of the container runtime, 255 tells nothing more.\n\n## Sources\nECS Developer Guide, Stopped tasks error messages; signal(7).\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    Ok(said(launch, CHECK.explains, |told| {
        let end = End::of(launch, told);
        if end.code == Some(0)
            || ended::is_told_otherwise(&end)
            || ended::is_sidecar(launch, &end.container)
        {
            return None;
        }
        let why = end.said().and_then(reason).map_or_else(String::new, |why| format!(": {why}"));
        let message = format!(
            "The application in container {} ended by itself{}{why} ({}).",
            end.container,
            end.with_code(),
            how_often(told)
        );
        let fault = end.evidence(Fault::new(end.container.clone(), message));
        let fault = fault.remedy(read_log(launch, &end));
        let fault = reproduce(launch, &end.container).into_iter().fold(fault, Fault::remedy);
        Some(if end.log_is_unread { fault.confidence(Confidence::Likely) } else { fault })
    }))
}

/// What a log line says about the end, in words.
pub(super) fn reason(said: &LogReading) -> Option<String> {
    let get = |name| said.get(name).unwrap_or_default();
    Some(match said.kind {
        LogKind::MissingModule => format!("the module {} is missing", get("module")),
        LogKind::MissingFile => format!("the file {} is missing", get("path")),
        LogKind::CommandNotFound => format!("the command {} is missing", get("command")),
        LogKind::PermissionDenied => {
            let what = said.get("path").or_else(|| said.get("port"));
            format!(
                "permission denied{}",
                what.map_or_else(String::new, |what| format!(" on {what}"))
            )
        }
        LogKind::CredentialsMissing => "it finds no AWS credentials".to_owned(),
        LogKind::AccessDenied => format!("AWS refuses it {}", get("action")),
        LogKind::LoginRefused => match said.get("user") {
            Some(user) => format!("the login of {user} is refused"),
            None => "the login is refused".to_owned(),
        },
        LogKind::DatabaseMissing => format!("the database {} does not exist", get("database")),
        LogKind::MigrationFailed => "a schema migration failed".to_owned(),
        LogKind::OutOfMemory => "it ran out of memory by its own count".to_owned(),
        LogKind::TlsFailure => "a certificate is not accepted".to_owned(),
        LogKind::DnsFailure => match said.get("host") {
            Some(host) => format!("the name {host} does not resolve"),
            None => "a name does not resolve".to_owned(),
        },
        LogKind::DependencyRefused | LogKind::DependencyTimeout => {
            let how =
                if said.kind == LogKind::DependencyRefused { "refuses" } else { "does not answer" };
            match (said.get("host").or_else(|| said.get("address")), said.get("port")) {
                (Some(host), Some(port)) => format!("{host}:{port} {how}"),
                (Some(host), None) => format!("{host} {how}"),
                (None, _) => format!("what it connects to {how}"),
            }
        }
        LogKind::MissingEnvironment
        | LogKind::PortInUse
        | LogKind::ExecFormat
        | LogKind::Listening => return None,
    })
}
