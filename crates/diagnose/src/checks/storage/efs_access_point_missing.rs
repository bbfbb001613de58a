//! `storage/efs-access-point-missing`: the access point of a volume is gone, or belongs to another file system.

use crate::Stage;
use crate::check::{Check, Fault, Remedy, Tally, Verdict, Weight};
use crate::launch::Launch;
use crate::report::Safety;
use crate::symptom::Symptom;
use ecswhy_facts::storage::AccessPoint;
use ecswhy_facts::{Fact, Gap};

/// The record.
pub static CHECK: Check = Check {
    id: "storage/efs-access-point-missing",
    title: "The EFS access points exist and belong to their file systems",
    stage: Stage::Storage,
    weight: Weight::Blocks,
    explains: &[Symptom::EfsAccessDenied, Symptom::EfsFailed],
    explanation: "## What it is\nThe task definition mounts an EFS file system through an access point that does not exist, is being deleted, or belongs to another file system.\n\n## Why it stops the launch\nEFS refuses the mount (`access denied by server`), and Fargate mounts every volume before it starts the containers.\n\n## How to fix it\nRegister the task definition with an access point of that file system (`aws efs describe-access-points --file-system-id`), or create one.\n\n## Sources\nECS Developer Guide, Use Amazon EFS volumes with Amazon ECS; EFS User Guide, Working with access points.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let mut tally = Tally::default();
    for volume in &launch.needs()?.file_systems {
        let Some(id) = volume.access_point() else { continue };
        // A file system that does not exist has a finding of its own.
        if matches!(launch.facts.storage.file_systems.ask(&volume.file_system), Ok(None)) {
            continue;
        }
        let found = launch.facts.storage.access_points.ask(id);
        tally.add(found.map(|found| judge(launch, id, &volume.file_system, found)));
    }
    Ok(tally.verdict("the task definition mounts no EFS volume through an access point"))
}

fn judge(
    launch: &Launch<'_>,
    id: &str,
    file_system: &str,
    found: Option<&AccessPoint>,
) -> Option<Fault> {
    let region = &launch.snapshot.region;
    let (message, field, value) = match found {
        None => (
            format!("The EFS access point {id} of {file_system} does not exist in {region}."),
            "AccessPoints",
            "not found".to_owned(),
        ),
        Some(point) => match (&point.file_system_id, point.life_cycle_state.as_deref()) {
            (Some(other), _) if other != file_system => (
                format!(
                    "The EFS access point {id} belongs to {other}, but the volume mounts {file_system}."
                ),
                "FileSystemId",
                other.clone(),
            ),
            (_, Some(state @ ("deleting" | "deleted" | "error"))) => (
                format!("The EFS access point {id} of {file_system} is in state {state}."),
                "LifeCycleState",
                state.to_owned(),
            ),
            _ => return None,
        },
    };
    let points = |operation: &str| launch.aws(operation).arg("--file-system-id", file_system);
    let remedy = Remedy::by_hand(
        format!("Mount {file_system} through an access point that exists"),
        Safety::NeedsNewDeployment,
        format!(
            "Register the task definition with an access point of {file_system} instead of {id}"
        ),
        [points("efs describe-access-points"), points("efs create-access-point")],
    );
    Some(
        Fault::new(id, message)
            .fact(AccessPoint::CALL, id, field, value)
            .about("access_point", id)
            .about("file_system", file_system)
            .remedy(remedy),
    )
}
