//! `secret/parameter-not-found`: Parameter Store knows no such parameter.

use super::reference::{ParameterOf, parameters};
use crate::Stage;
use crate::check::{Check, Fault, Tally, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "secret/parameter-not-found",
    title: "The parameters exist",
    stage: Stage::Secrets,
    weight: Weight::Blocks,
    explains: &[Symptom::ParameterNotFound],
    explanation: "## What it is\nThe task definition names a parameter that Parameter Store does not have in that Region. The name is case-sensitive, and a path begins with a slash.\n\n## How to fix it\nCreate the parameter, or correct `valueFrom`.\n",
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
    if parameter.facts.secrets.parameters.ask(parameter.name)?.is_some() {
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
            .about("parameter", parameter.arn.clone()),
    ))
}
