//! Services that ECS does not roll out itself. UpdateService reference: with the controller CODE_DEPLOY or EXTERNAL
//! neither the network configuration nor a new deployment can be asked of ECS; CodeDeploy takes both from the AppSpec
//! of its next deployment, an external controller from its next task set.

use crate::change::Change;
use crate::launch::Launch;
use ecswhy_facts::ecs::Service;

/// UpdateService takes a task definition only where ECS itself rolls out; CodeDeploy and external controllers deploy
/// their own way.
pub(super) fn rolls_out(service: &Service) -> bool {
    let controller = service.deployment_controller.as_ref().and_then(|it| it.r#type.as_deref());
    matches!(controller, None | Some("ECS"))
}

/// The changes as the service's controller takes them.
pub(super) fn of(launch: &Launch<'_>, changes: Vec<Change>) -> Vec<Change> {
    let Some(service) = launch.service.filter(|service| !rolls_out(service)) else {
        return changes;
    };
    let controller = service.deployment_controller.as_ref().and_then(|it| it.r#type.as_deref());
    let by_code_deploy = controller == Some("CODE_DEPLOY");
    let network = |subnets: &[String], groups: &[String], public_ip: &str| {
        let network = serde_json::json!({ "awsvpcConfiguration": {
            "subnets": subnets, "securityGroups": groups, "assignPublicIp": public_ip,
        }});
        if by_code_deploy {
            format!(
                "Set NetworkConfiguration in the AppSpec of the next CodeDeploy deployment to {network}, and start it"
            )
        } else {
            format!("Create the next task set with the network configuration {network}")
        }
    };
    let now = launch.network().ok().flatten();
    let now = now.as_deref();
    let public_ip = now.and_then(|now| now.assign_public_ip.as_deref()).unwrap_or("DISABLED");
    let by_hand = |instruction| Change::Manual { instruction, commands: Vec::new() };
    let written = |change| match change {
        Change::SetServiceNetwork { subnets, security_groups, .. } => {
            by_hand(network(&subnets, &security_groups, public_ip))
        }
        Change::AssignPublicIp { .. } => {
            let (subnets, groups) = now.map_or((&[][..], &[][..]), |now| {
                (now.subnets.as_slice(), now.security_groups.as_slice())
            });
            by_hand(network(subnets, groups, "ENABLED"))
        }
        Change::ForceNewDeployment { .. } if by_code_deploy => {
            by_hand("Start a new deployment in CodeDeploy".to_owned())
        }
        Change::ForceNewDeployment { .. } => by_hand("Create a new task set".to_owned()),
        other => other,
    };
    changes.into_iter().map(written).collect()
}
