//! `secret/env-file-missing`: the S3 object is not there.

use crate::Stage;
use crate::check::{Check, Fault, Tally, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "secret/env-file-missing",
    title: "The environment files exist",
    stage: Stage::Secrets,
    weight: Weight::Blocks,
    explains: &[Symptom::EnvFileUnavailable],
    explanation: "## What it is\nThe S3 object under `environmentFiles` does not exist. S3 answers 403, not 404, to a role that may not list the bucket.\n\n## Why it stops the launch\nFargate downloads the files before it starts the containers, and stops the task where one cannot be had.\n\n## How to see it\n`aws s3api head-object --bucket BUCKET --key KEY` with rights to list the bucket answers 404.\n\n## How to fix it\nUpload the file, or correct its ARN (`arn:aws:s3:::BUCKET/KEY.env`) in the task definition.\n\n## Sources\nECS Developer Guide, Pass environment variables to an Amazon ECS container; S3 API reference, HeadObject.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let mut tally = Tally::default();
    let arn = launch.task_definition_arn().unwrap_or_default();
    for file in &launch.needs()?.env_files {
        match &file.object {
            Err(error) => tally.add(Ok(Some(
                Fault::new(
                    file.value.clone(),
                    format!(
                        "The environment file of container {} is not an S3 object ARN: {error}.",
                        file.container
                    ),
                )
                .fact(
                    "ecs:DescribeTaskDefinition",
                    arn,
                    "environmentFiles[].value",
                    &file.value,
                ),
            ))),
            Ok(object) => {
                let key = format!("{}/{}", object.bucket, object.key);
                tally.add(launch.facts.storage.objects.ask(&key).map(|found| {
                    found.is_none().then(|| {
                        Fault::new(
                            file.value.clone(),
                            format!("The environment file s3://{key} does not exist."),
                        )
                        .fact(
                            "s3:ListObjectsV2",
                            object.bucket.clone(),
                            &format!("prefix={}", object.key),
                            "[]",
                        )
                    })
                }));
            }
        }
    }
    Ok(tally.verdict("no environment file is used"))
}
