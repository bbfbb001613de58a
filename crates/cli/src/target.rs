//! What TARGET names: a service, `cluster/service`, an ARN, or an address of the AWS console.

use crate::failure::Failure;
use ecswhy_facts::ids::{ConsoleResource, ConsoleTarget, EcsResource};
use ecswhy_facts::{Arn, Target};

/// A target, with the region that its ARN or address names.
pub struct Named {
    /// What is asked about.
    pub target: Target,
    /// The region, where the text tells.
    pub region: Option<String>,
}

/// Reads the target from the argument and the options `--cluster`, `--service`, `--task`.
pub fn parse(
    text: Option<&str>,
    cluster: Option<&str>,
    service: Option<&str>,
    task: Option<&str>,
) -> Result<Named, Failure> {
    let of_options = |cluster: &str| match (service, task) {
        (_, Some(task)) => Ok(of_task(cluster, task)),
        (Some(service), None) => Ok(of_service(cluster, service)),
        (None, None) => Err(Failure::told(
            "no target: give cluster/service, an ARN, or --cluster with --service or --task",
        )),
    };
    let Some(text) = text else {
        return of_options(cluster.unwrap_or("default"))
            .map(|target| Named { target, region: None });
    };
    if service.is_some() || task.is_some() {
        return Err(Failure::told(
            "give the target either as an argument or as --service or --task, not both",
        ));
    }
    if ConsoleTarget::is_url(text) {
        return of_console(text);
    }
    if text.starts_with("arn:") {
        return of_arn(text, cluster);
    }
    let target = match text.split('/').collect::<Vec<_>>().as_slice() {
        [service] => of_service(cluster.unwrap_or("default"), service),
        [cluster, service] if !cluster.is_empty() && !service.is_empty() => {
            of_service(cluster, service)
        }
        _ => {
            return Err(Failure::told(format!(
                "{text:?} is not a target: give cluster/service, an ARN, or an address of the ECS console"
            )));
        }
    };
    Ok(Named { target, region: None })
}

fn of_service(cluster: &str, service: &str) -> Target {
    Target::Service { cluster: cluster.to_owned(), service: service.to_owned() }
}

fn of_task(cluster: &str, task: &str) -> Target {
    Target::Task { cluster: cluster.to_owned(), task: task.to_owned() }
}

fn of_arn(text: &str, cluster: Option<&str>) -> Result<Named, Failure> {
    let arn: Arn =
        text.parse().map_err(|error| Failure::told(format!("{text:?} is not an ARN: {error}")))?;
    // The old ARN format does not name the cluster.
    let within = |named: Option<&str>| named.or(cluster).unwrap_or("default").to_owned();
    let target = match arn.ecs() {
        Some(EcsResource::Service { cluster, name }) => of_service(&within(cluster), name),
        Some(EcsResource::Task { cluster, id }) => of_task(&within(cluster), id),
        Some(EcsResource::OfService { cluster, service, .. }) => of_service(cluster, service),
        _ => return Err(Failure::told(format!("{text} names neither an ECS service nor a task"))),
    };
    Ok(Named { target, region: Some(arn.region) })
}

fn of_console(text: &str) -> Result<Named, Failure> {
    let named = ConsoleTarget::parse(text).map_err(|error| Failure::told(error.to_string()))?;
    let target = match named.resource {
        ConsoleResource::Service { cluster, service } => of_service(&cluster, &service),
        ConsoleResource::Task { cluster, task, .. } => of_task(&cluster, &task),
        _ => {
            return Err(Failure::told(format!(
                "{text} shows neither a service nor a task: open the service's page and copy its address"
            )));
        }
    };
    Ok(Named { target, region: named.region })
}
