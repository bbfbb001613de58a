//! Messages about EFS and EBS volumes.

use super::pull::NO_ANSWER;
use super::rules::{Rule, rule};
use crate::symptom::Symptom;

/// The text speaks of EFS.
const EFS: &str = r"\befs\b|\bfs-[0-9a-f]|mount\.nfs4|amazon-efs|efs-utils|elasticfilesystem";

/// What the text says at its end.
pub(super) const RULES: &[Rule] = &[
    rule(
        Symptom::EfsAccessDenied,
        &[
            r"access denied by server while mounting (?:127\.0\.0\.1:|fs-)|not authorized to perform: elasticfilesystem:(?:client|describemounttargets)",
        ],
    ),
    rule(
        Symptom::EfsAccessDenied,
        &[
            r"failed to chown .*operation not permitted",
            r"/var/lib/ecs/volumes|copy file info|cannotcreatecontainer",
        ],
    ),
    rule(
        Symptom::EfsFailed,
        &[r"mounting (?:127\.0\.0\.1|fs-)[^ ]* failed, reason given by server: no such file|amazon-ecs-volume-plugin"],
    ),
    rule(Symptom::EfsFailed, &[r"reason given by server: no such file or directory"]).with_ecs(),
    rule(Symptom::EfsFailed, &[r"errno 524|unknown error 524", EFS]),
    rule(
        Symptom::EfsUnreachable,
        &[
            r"failed to resolve \x22?fs-|attempting to lookup mount target ip|failed to locate an available mount target",
        ],
    ),
    rule(
        Symptom::EfsUnreachable,
        &[r"mount\.nfs4: (?:mount system call failed|connection (?:timed out|refused|reset)|connect)"],
    )
    .with_ecs(),
    rule(
        Symptom::EfsUnreachable,
        &[r"mount system call failed|timeout after \d+ sec|timed out|mount target", EFS],
    )
    .unless(&[r"access point"])
    .with_ecs(),
    rule(Symptom::EfsUnreachable, &[NO_ANSWER, EFS]).with_ecs(),
    // On Fargate the runtime mounts nothing but volumes; a file in the place of a directory is told below.
    rule(Symptom::EfsFailed, &[r"resourceinitializationerror", r"rootfs_linux\.go"])
        .unless(&[r"not a directory|onto a file|read-only file system"]),
    rule(Symptom::EbsFailed, &[r"ebs volume|ecs infrastructure role|\bebs attachment"]).with_ecs(),
    rule(Symptom::EbsFailed, &[r"idempotentparametermismatch", r"volume|\bebs\b"]).with_ecs(),
    rule(Symptom::EbsFailed, &[r"^ebs volume attachment failed"]),
];

/// What only the beginning says.
pub(super) const FALLBACK: &[Rule] = &[rule(
    Symptom::EfsFailed,
    &[r"failed to invoke efs utils commands|unsuccessful efs utils command"],
)];
