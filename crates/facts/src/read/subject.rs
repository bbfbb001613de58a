//! What an output is about when its request is not known: told by its own content, by the names that other files of the
//! folder define, and by its path. A guess that two subjects could answer is not made.

use crate::Snapshot;
use crate::ids::{Arn, SecretRef};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The requests that an output answers, or why it cannot be told.
pub(super) fn requests(
    call: &str,
    output: &Value,
    path: &str,
    known: &Snapshot,
) -> Result<Vec<Value>, String> {
    let told = |member: &str, candidates: BTreeSet<String>, what: &str| {
        let subject = pick(&candidates, path).ok_or_else(|| {
            format!("it does not say which {what} it is about: put the {what}'s name into the file's name")
        })?;
        Ok(vec![json!({ member: subject })])
    };
    match call {
        "iam:ListAttachedRolePolicies" | "iam:ListRolePolicies" => {
            told("RoleName", roles(known), "role")
        }
        "iam:GetPolicyVersion" => told("PolicyArn", policies(known), "policy"),
        "secretsmanager:DescribeSecret" | "secretsmanager:GetResourcePolicy" => {
            Ok(secrets(output, known))
        }
        "kms:GetKeyPolicy" => told("KeyId", keys(known), "key"),
        "kms:ListGrants" => match output.pointer("/Grants/0/KeyId").and_then(Value::as_str) {
            Some(key) => Ok(vec![json!({"KeyId": key})]),
            None => told("KeyId", keys(known), "key"),
        },
        "elasticloadbalancing:DescribeTargetHealth"
        | "elasticloadbalancing:DescribeTargetGroupAttributes" => {
            told("TargetGroupArn", target_groups(known), "target group")
        }
        "elasticloadbalancing:DescribeListeners" if output.pointer("/Listeners/0").is_none() => {
            told(
                "LoadBalancerArn",
                all(known, |facts| subjects(&facts.elb.load_balancers)),
                "load balancer",
            )
        }
        "elasticfilesystem:DescribeMountTargetSecurityGroups" => {
            told("MountTargetId", mount_targets(known), "mount target")
        }
        "s3:GetBucketPolicy" => {
            let bucket = bucket_in(output).or_else(|| pick(&buckets(known), path));
            let bucket = bucket.ok_or("it does not say which bucket it is about: put the bucket's name into the file's name")?;
            Ok(vec![json!({"Bucket": bucket})])
        }
        "s3:ListObjectsV2" => objects(output, known),
        "logs:GetLogEvents" => log_stream(output, path, known),
        "cloudwatch:GetMetricStatistics" => metric(path, known),
        "ecs:ListServices" if output.pointer("/serviceArns/0").is_none() => {
            told("cluster", all(known, |facts| subjects(&facts.ecs.clusters)), "cluster")
        }
        "ecs:ListServices" => {
            let arn = output.pointer("/serviceArns/0").and_then(Value::as_str).unwrap_or_default();
            match arn.split('/').collect::<Vec<_>>().as_slice() {
                [_, cluster, _] => Ok(vec![json!({"cluster": cluster})]),
                _ => told("cluster", all(known, |facts| subjects(&facts.ecs.clusters)), "cluster"),
            }
        }
        "ecr:BatchGetImage" => {
            let first = output.pointer("/images/0").or_else(|| output.pointer("/failures/0"));
            let repository =
                first.and_then(|image| image.get("repositoryName")).and_then(Value::as_str);
            match repository {
                Some(repository) => Ok(vec![json!({"repositoryName": repository})]),
                None => told(
                    "repositoryName",
                    all(known, |facts| subjects(&facts.ecr.repositories)),
                    "repository",
                ),
            }
        }
        _ => Ok(vec![Value::Null]),
    }
}

/// The candidate that the path names, the longest such, else the only one.
fn pick(candidates: &BTreeSet<String>, path: &str) -> Option<String> {
    let words = |text: &str| -> String {
        let plain = text
            .chars()
            .map(|letter| if letter.is_alphanumeric() { letter.to_ascii_lowercase() } else { '-' });
        plain.collect()
    };
    let path = words(path);
    let named = candidates.iter().filter(|candidate| {
        let short = short_name(candidate);
        short.len() >= 2 && path.contains(&words(short))
    });
    let best = named.max_by_key(|candidate| short_name(candidate).len());
    best.or_else(|| candidates.first().filter(|_| candidates.len() == 1)).cloned()
}

/// The part of an ARN that people write into file names.
fn short_name(subject: &str) -> &str {
    if !subject.starts_with("arn:") {
        return subject;
    }
    if let Some((_, group)) = subject.split_once(":targetgroup/") {
        return group.split('/').next().unwrap_or(group);
    }
    subject.rsplit('/').next().unwrap_or(subject)
}

fn all(known: &Snapshot, subjects: impl Fn(&crate::Facts) -> Vec<String>) -> BTreeSet<String> {
    known.facts.values().flat_map(subjects).collect()
}

fn subjects<T>(answers: &crate::Answers<T>) -> Vec<String> {
    answers.present().map(|(subject, _)| subject.to_owned()).collect()
}

fn roles(known: &Snapshot) -> BTreeSet<String> {
    all(known, |facts| {
        let definitions = facts.ecs.task_definitions.present();
        let used = definitions.flat_map(|(_, definition)| {
            definition
                .execution_role_arn
                .iter()
                .chain(&definition.task_role_arn)
                .map(|arn| short_name(arn).to_owned())
        });
        used.chain(subjects(&facts.iam.roles)).collect()
    })
}

/// Managed policies whose documents are still missing.
fn policies(known: &Snapshot) -> BTreeSet<String> {
    all(known, |facts| {
        let attached = facts.iam.attached_policies.present().flat_map(|(_, policies)| &policies.0);
        let attached = attached.filter_map(|policy| policy.policy_arn.clone());
        let boundaries = facts.iam.roles.present().filter_map(|(_, role)| {
            role.permissions_boundary.as_ref()?.permissions_boundary_arn.clone()
        });
        let missing = |arn: &String| facts.iam.managed_policies.get(arn).present().is_none();
        attached.chain(boundaries).filter(missing).collect()
    })
}

fn keys(known: &Snapshot) -> BTreeSet<String> {
    all(known, |facts| {
        let names =
            facts.secrets.secrets.present().filter_map(|(_, secret)| secret.kms_key_id.clone());
        let parameters = facts
            .secrets
            .parameters
            .present()
            .filter_map(|(_, parameter)| parameter.key_id.clone());
        let named: Vec<String> = names.chain(parameters).collect();
        if named.is_empty() { subjects(&facts.secrets.keys) } else { named }
    })
}

fn target_groups(known: &Snapshot) -> BTreeSet<String> {
    all(known, |facts| {
        let used = facts.ecs.services.present().flat_map(|(_, service)| &service.load_balancers);
        let used = used.filter_map(|balancer| balancer.target_group_arn.clone());
        used.chain(subjects(&facts.elb.target_groups)).collect()
    })
}

fn mount_targets(known: &Snapshot) -> BTreeSet<String> {
    all(known, |facts| {
        let targets = facts.storage.mount_targets.present().flat_map(|(_, targets)| &targets.0);
        targets.filter_map(|target| target.mount_target_id.clone()).collect()
    })
}

/// The secret under each text by which a task definition names it, else under its ARN.
fn secrets(output: &Value, known: &Snapshot) -> Vec<Value> {
    let text = |member: &str| output.get(member).and_then(Value::as_str).unwrap_or_default();
    let (arn, name) = (text("ARN"), text("Name"));
    let without_suffix = arn.rsplit_once('-').map_or(arn, |(bare, _)| bare);
    let mut asked = BTreeSet::from([arn.to_owned()]);
    for definition in known.facts.values().flat_map(|facts| facts.ecs.task_definitions.present()) {
        for need in definition.1.needs().secrets {
            if let Ok(SecretRef::Secret { arn: reference, .. }) = &need.reference {
                let reference = reference.to_string();
                if reference == without_suffix || reference == name {
                    asked.insert(reference);
                }
            }
        }
    }
    asked.into_iter().filter(|id| !id.is_empty()).map(|id| json!({"SecretId": id})).collect()
}

fn bucket_in(output: &Value) -> Option<String> {
    let policy = output.get("Policy")?.as_str()?;
    let after = policy.split(":s3:::").nth(1)?;
    let bucket: String = after
        .chars()
        .take_while(|letter| letter.is_ascii_alphanumeric() || ".-".contains(*letter))
        .collect();
    (!bucket.is_empty()).then_some(bucket)
}

fn env_files(known: &Snapshot) -> Vec<(String, String)> {
    let definitions = known.facts.values().flat_map(|facts| facts.ecs.task_definitions.present());
    let files = definitions.flat_map(|(_, definition)| definition.needs().env_files);
    files
        .filter_map(|file| {
            let arn: Arn = file.value.parse().ok()?;
            let (bucket, key) = arn.resource.split_once('/')?;
            Some((bucket.to_owned(), key.to_owned()))
        })
        .collect()
}

fn buckets(known: &Snapshot) -> BTreeSet<String> {
    env_files(known).into_iter().map(|(bucket, _)| bucket).collect()
}

/// A listing does not name its bucket; the environment files among its keys do.
fn objects(output: &Value, known: &Snapshot) -> Result<Vec<Value>, String> {
    let keys: BTreeSet<&str> = output
        .get("Contents")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|item| item.get("Key")?.as_str())
        .collect();
    let found: Vec<Value> = env_files(known)
        .into_iter()
        .filter(|(_, key)| keys.contains(key.as_str()))
        .map(|(bucket, key)| json!({"Bucket": bucket, "Prefix": key}))
        .collect();
    match found.is_empty() {
        true => Err("it lists no environment file that a task definition here names".to_owned()),
        false => Ok(found),
    }
}

/// A stream is named `prefix/container/task-id`; the path has to name the task, or there has to be one task only.
fn log_stream(output: &Value, path: &str, known: &Snapshot) -> Result<Vec<Value>, String> {
    let in_output =
        |member: &str| output.pointer(&format!("/events/0/{member}")).and_then(Value::as_str);
    let mut streams = BTreeSet::new();
    for facts in known.facts.values() {
        for task in facts.ecs.tasks.present().flat_map(|(_, tasks)| &tasks.tasks) {
            let definition = task
                .task_definition_arn
                .as_deref()
                .and_then(|arn| facts.ecs.task_definitions.ask(arn).ok().flatten());
            for need in definition.iter().flat_map(|definition| definition.needs().log_groups) {
                if let (Some(group), Some(stream)) =
                    (&need.group, task.id().and_then(|id| need.stream(id)))
                {
                    streams.insert((group.clone(), stream));
                }
            }
        }
    }
    let named = in_output("logStreamName");
    let fits = |(_, stream): &&(String, String)| match named {
        Some(named) => named == stream,
        None => stream.rsplit('/').next().is_some_and(|id| path.contains(id)),
    };
    let mut matching: Vec<_> = streams.iter().filter(fits).collect();
    // Several containers of the task: the path has to name one.
    if matching.len() > 1 {
        matching.retain(|(_, stream)| {
            stream.rsplit('/').nth(1).is_some_and(|container| path.contains(container))
        });
    }
    match (matching.as_slice(), streams.len()) {
        ([(group, stream)], _) => Ok(vec![json!({"logGroupName": group, "logStreamName": stream})]),
        ([], 1) if named.is_none() => {
            Ok(streams.iter().map(|(group, stream)| json!({"logGroupName": group, "logStreamName": stream})).collect())
        }
        _ => Err("it does not say which log stream it is of: put the task's id and the container's name into the file's name".to_owned()),
    }
}

fn metric(path: &str, known: &Snapshot) -> Result<Vec<Value>, String> {
    let services = all(known, |facts| subjects(&facts.ecs.services));
    let chosen = pick(&services.iter().map(|key| short_name_of_service(key)).collect(), path);
    let key = services.iter().find(|key| Some(short_name_of_service(key)) == chosen);
    let (cluster, service) = key.and_then(|key| key.split_once('/')).ok_or(
        "it does not say which service it is about: put the service's name into the file's name",
    )?;
    Ok(vec![json!({"MetricName": "MemoryUtilization", "Dimensions": [
        {"Name": "ClusterName", "Value": cluster}, {"Name": "ServiceName", "Value": service}]})])
}

fn short_name_of_service(key: &str) -> String {
    key.rsplit('/').next().unwrap_or(key).to_owned()
}
