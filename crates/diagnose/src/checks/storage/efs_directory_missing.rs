//! `storage/efs-directory-missing`: the directory that a volume mounts is not on the file system.

use super::super::said::{how_often, said};
use crate::Stage;
use crate::check::{Check, Fault, Remedy, Verdict, Weight};
use crate::launch::Launch;
use crate::report::{Confidence, Safety};
use crate::symptom::Symptom;
use ecswhy_facts::Gap;
use ecswhy_facts::needs::FileSystemNeed;

/// The record.
pub static CHECK: Check = Check {
    id: "storage/efs-directory-missing",
    title: "The directories that the EFS volumes mount exist",
    stage: Stage::Storage,
    weight: Weight::Blocks,
    explains: &[Symptom::EfsFailed],
    explanation: "## What it is\nThe volume's `rootDirectory` is not on the EFS file system. The file system itself was reached: it is its server that says `No such file or directory`. No AWS call lists directories, so AWS's own message is the proof.\n\n## Why it stops the launch\nFargate mounts every volume before it starts the containers, and creates no directory.\n\n## How to fix it\nMount the root (`rootDirectory` `/`), create the directory from something that mounts the root, or mount through an access point whose `RootDirectory` has `CreationInfo`: EFS creates that directory at the first mount. With an access point `rootDirectory` must be `/` or absent.\n\n## Sources\nECS API reference, EFSVolumeConfiguration, rootDirectory; EFS User Guide, Enforcing a root directory with an access point.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let volumes = &launch.needs()?.file_systems;
    if volumes.is_empty() {
        return Ok(Verdict::NotApplicable("the task definition mounts no EFS volume"));
    }
    Ok(said(launch, CHECK.explains, |told| {
        if !told.message.to_ascii_lowercase().contains("no such file or directory") {
            return None;
        }
        let named = |volume: &&FileSystemNeed| {
            told.parameters.get("file_system").is_some_and(|id| *id == volume.file_system)
                || told.parameters.get("root_directory").map(String::as_str) == directory(volume)
        };
        let volume = match volumes.as_slice() {
            [only] => only,
            several => several.iter().find(named)?,
        };
        let path = told.parameters.get("root_directory").map(String::as_str);
        let path = path.or_else(|| directory(volume)).unwrap_or("that the volume mounts");
        let id = &volume.file_system;
        let message = format!(
            "The directory {path} is not on EFS file system {id}, which volume {} mounts ({}).",
            volume.volume,
            how_often(told)
        );
        let fault = Fault::new(id.clone(), message).about("file_system", id.clone());
        let sure = told.parameters.contains_key("root_directory");
        let fault = if sure { fault } else { fault.confidence(Confidence::Likely) };
        Some(fault.remedy(remedy(launch, id, path)))
    }))
}

fn directory(volume: &FileSystemNeed) -> Option<&str> {
    volume.configuration.root_directory.as_deref()
}

/// An access point creates its directory; the mode and owner are those of the program that writes there.
fn remedy(launch: &Launch<'_>, file_system: &str, path: &str) -> Remedy {
    let root = serde_json::json!({
        "Path": path,
        "CreationInfo": { "OwnerUid": 1000, "OwnerGid": 1000, "Permissions": "755" },
    });
    let create = launch
        .aws("efs create-access-point")
        .arg("--file-system-id", file_system)
        .arg("--root-directory", root);
    Remedy::by_hand(
        format!("Mount {file_system} through an access point that creates {path}"),
        Safety::NeedsNewDeployment,
        format!(
            "Create an access point that makes {path} (with the user and group that the container runs as), name it in authorizationConfig.accessPointId of the volume, leave out rootDirectory, and set transitEncryption to ENABLED"
        ),
        [create],
    )
}
