//! `service/linked-role-missing`: judged only on its symptom, because the role is not among the facts.

use super::super::said::said;
use crate::Stage;
use crate::check::{Check, Fault, Remedy, Verdict, Weight};
use crate::launch::Launch;
use crate::report::Safety;
use crate::shell::Command;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "service/linked-role-missing",
    title: "The service-linked role of Amazon ECS exists",
    stage: Stage::Service,
    weight: Weight::Blocks,
    explains: &[Symptom::ServiceLinkedRoleMissing],
    explanation: "## What it is\nAmazon ECS works through the role AWSServiceRoleForECS. Without it no network interface is created and no target registered.\n\n## Why it stops the launch\nECS cannot act in the account, so it launches nothing.\n\n## How to see it\n`aws iam get-role --role-name AWSServiceRoleForECS` answers NoSuchEntity. The message says \"Unable to assume the service linked role\".\n\n## How to fix it\nCreate it once per account: `aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com`. In the first minute after that ECS may still say that it is missing.\n\n## Sources\nECS Developer Guide, Using service-linked roles for Amazon ECS.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    Ok(said(launch, CHECK.explains, |_| {
        let role = format!(
            "arn:{}:iam::{}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
            launch.partition(),
            launch.snapshot.account
        );
        let create = "Create the service-linked role of Amazon ECS";
        let remedy = Remedy::by_hand(
            create,
            Safety::AddsResources,
            create,
            [Command::aws("iam create-service-linked-role")
                .flag("--aws-service-name ecs.amazonaws.com")],
        );
        Some(
            Fault::new(
                role,
                "Amazon ECS cannot assume its service-linked role AWSServiceRoleForECS.",
            )
            .remedy(remedy),
        )
    }))
}
