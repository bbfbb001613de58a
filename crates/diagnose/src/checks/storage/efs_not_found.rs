//! `storage/efs-not-found`: the file system of a volume is gone.

use super::mounts::file_systems;
use crate::Stage;
use crate::check::{Check, Fault, Remedy, Tally, Verdict, Weight};
use crate::launch::Launch;
use crate::report::Safety;
use crate::symptom::Symptom;
use ecswhy_facts::storage::FileSystem;
use ecswhy_facts::{Fact, Gap};

/// The record.
pub static CHECK: Check = Check {
    id: "storage/efs-not-found",
    title: "The EFS file systems exist",
    stage: Stage::Storage,
    weight: Weight::Blocks,
    explains: &[Symptom::EfsUnreachable, Symptom::EfsFailed],
    explanation: "## What it is\nThe task definition mounts an EFS file system that does not exist in this account and Region, or that is being deleted.\n\n## Why it stops the launch\nFargate mounts every volume before it starts the containers; the name of a file system that does not exist does not resolve.\n\n## How to fix it\nRegister the task definition with the id of a file system that exists (`aws efs describe-file-systems`), or create one.\n\n## Sources\nECS Developer Guide, Use Amazon EFS volumes with Amazon ECS.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let mut tally = Tally::default();
    for id in file_systems(launch)? {
        tally
            .add(launch.facts.storage.file_systems.ask(&id).map(|found| judge(launch, &id, found)));
    }
    Ok(tally.verdict("the task definition mounts no EFS volume"))
}

fn judge(launch: &Launch<'_>, id: &str, found: Option<&FileSystem>) -> Option<Fault> {
    let region = &launch.snapshot.region;
    let state = match found {
        None => "not found",
        Some(system) => system
            .life_cycle_state
            .as_deref()
            .filter(|state| matches!(*state, "deleting" | "deleted" | "error"))?,
    };
    let message = match found {
        None => format!("The EFS file system {id} does not exist in {region}."),
        Some(_) => format!("The EFS file system {id} is in state {state} and cannot be mounted."),
    };
    let remedy = Remedy::by_hand(
        format!("Mount a file system that exists instead of {id}"),
        Safety::NeedsNewDeployment,
        format!("Register the task definition with a file system that exists instead of {id}"),
        [launch.aws("efs describe-file-systems")],
    );
    Some(
        Fault::new(id, message)
            .fact(FileSystem::CALL, id, "LifeCycleState", state)
            .about("file_system", id)
            .remedy(remedy),
    )
}
