//! A bash script that collects the facts of a target with the AWS CLI, for a person who has the access that this
//! machine lacks. Only its head depends on the target; the rest asks what the call plan of `collect` asks.

use crate::arguments::AwsArguments;
use crate::failure::Failure;
use crate::target::{Subject, Wanted};
use ecswhy_facts::Target;

/// What is the same in every script.
const BODY: &str = include_str!("script.sh");

/// The script for what is wanted.
///
/// # Errors
/// When that does not name a cluster: the script looks for nothing.
pub fn script(wanted: &Wanted, aws: &AwsArguments) -> Result<String, Failure> {
    let (cluster, target) = match &wanted.subject {
        Subject::Service { cluster: Some(cluster), service } => {
            let (cluster, service) = (cluster.clone(), service.clone());
            (cluster.clone(), Some(Target::Service { cluster, service }))
        }
        Subject::Task { cluster: Some(cluster), task } => {
            let (cluster, task) = (cluster.clone(), task.clone());
            (cluster.clone(), Some(Target::Task { cluster, task }))
        }
        Subject::Unsteady { cluster: Some(cluster) } => (cluster.clone(), None),
        _ => {
            return Err(Failure::new(
                "a script is for one cluster: give CLUSTER/SERVICE, or --cluster for all of its services",
            ));
        }
    };
    let targets = serde_json::to_string(&target.iter().collect::<Vec<_>>())
        .map_err(|error| Failure::new(format!("cannot write the target: {error}")))?;
    let (services, tasks) = match &target {
        Some(Target::Service { service, .. }) => (quoted(service), String::new()),
        Some(Target::Task { task, .. }) => (String::new(), quoted(task)),
        None => (String::new(), String::new()),
    };
    let region = wanted.region.as_ref().or(aws.region.as_ref());
    let mut lines = vec![
        "#!/usr/bin/env bash".to_owned(),
        format!(
            "# Written by ecswhy {}: reads the facts about an Amazon",
            env!("CARGO_PKG_VERSION")
        ),
        "# ECS target with the AWS CLI, into the folder that it is given, or the current one."
            .to_owned(),
        "# It only reads, and reads no secret. `ecswhy diagnose --from FOLDER` reads the answers."
            .to_owned(),
        format!("CLUSTER={}", quoted(&cluster)),
        format!("SERVICES=({services})"),
        format!("TASKS=({tasks})"),
        format!("TARGETS={}", quoted(&targets)),
        format!("REGION={}", region.map(|region| quoted(region)).unwrap_or_default()),
    ];
    if let Some(profile) = &aws.profile {
        lines.push(format!("export AWS_PROFILE={}", quoted(profile)));
    }
    if let Some(url) = &aws.endpoint_url {
        lines.push(format!("export AWS_ENDPOINT_URL={}", quoted(url)));
    }
    Ok(format!("{}\n{BODY}", lines.join("\n")))
}

/// A text as one word of bash.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_run_anything() {
        let subject = Subject::Service {
            cluster: Some("a'; touch /tmp/x; '".into()),
            service: "$(touch /tmp/x)".into(),
        };
        let wanted = Wanted { subject, region: None, account: None };
        let script = script(&wanted, &AwsArguments::default()).unwrap();
        assert!(script.contains(r"CLUSTER='a'\''; touch /tmp/x; '\'''"), "{script}");
        assert!(script.contains("SERVICES=('$(touch /tmp/x)')"));
    }

    #[test]
    fn the_script_only_reads() {
        let verbs = ["describe-", "list-", "get-", "batch-get-image"];
        let services = [
            "ecs ",
            "ec2 ",
            "iam ",
            "ecr ",
            "kms ",
            "logs ",
            "efs ",
            "elbv2 ",
            "s3api ",
            "cloudwatch ",
        ];
        let secrets = ["get-secret-value", "get-parameter", "decrypt"];
        for line in BODY.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
            assert!(!secrets.iter().any(|name| line.contains(name)), "{line}");
            let Some(rest) = services.iter().find_map(|service| line.strip_prefix(service)) else {
                continue;
            };
            let verb = rest.trim_start_matches('"');
            let reads = verbs.iter().any(|known| verb.starts_with(known))
                || ["$1", "$kind", "$command"].iter().any(|name| verb.starts_with(name));
            assert!(reads, "{line}");
        }
    }
}
