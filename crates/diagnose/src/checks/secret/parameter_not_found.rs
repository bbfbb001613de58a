//! `secret/parameter-not-found`: Parameter Store knows no such parameter.

use super::reference::{ParameterOf, parameters};
use crate::Stage;
use crate::check::{Check, Fault, Remedy, Tally, Verdict, Weight};
use crate::launch::Launch;
use crate::report::Safety;
use crate::shell::Command;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "secret/parameter-not-found",
    title: "The parameters exist",
    stage: Stage::Secrets,
    weight: Weight::Blocks,
    explains: &[Symptom::ParameterNotFound],
    explanation: "## What it is\nThe task definition names a parameter that Parameter Store does not have in that Region. The name is case-sensitive, and a path begins with a slash.\n\n## Why it stops the launch\nFargate reads the parameters before it starts the containers; GetParameters returns this one as invalid.\n\n## How to see it\n`aws ssm describe-parameters --parameter-filters Key=Name,Values=NAME --region REGION` lists nothing.\n\n## How to fix it\nCreate the parameter, or correct `valueFrom`: the name for a parameter of the task's own Region, the ARN for one of another Region.\n\n## Sources\nECS Developer Guide, Pass Systems Manager parameters to a container; Systems Manager API reference, GetParameters.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let mut tally = Tally::default();
    for parameter in parameters(launch)? {
        tally.add(judge(&parameter));
    }
    Ok(tally.verdict("no parameter of Parameter Store is used"))
}

fn judge(parameter: &ParameterOf<'_>) -> Result<Option<Fault>, Gap> {
    let found = parameter.described()?;
    if found.is_some() || parameter.is_elsewhere {
        return Ok(None);
    }
    let message = format!(
        "The parameter {} does not exist (wanted by container {} for {}).",
        parameter.name, parameter.need.container, parameter.need.name
    );
    Ok(Some(
        Fault::new(parameter.arn.clone(), message)
            .fact("ssm:DescribeParameters", parameter.name, "Parameters", "[]")
            .about("parameter", parameter.name)
            .about("parameter", parameter.arn.clone())
            .remedy(create(parameter)),
    ))
}

fn create(parameter: &ParameterOf<'_>) -> Remedy {
    let put = Command::aws("ssm put-parameter")
        .arg("--name", parameter.name)
        .flag("--type SecureString --value file://value.txt")
        .region(parameter.region);
    Remedy::by_hand(
        format!("Create the parameter {} or correct its name", parameter.name),
        Safety::AddsResources,
        "Create the parameter, or name an existing one in the task definition",
        [put],
    )
}
