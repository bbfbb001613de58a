"""EFS volumes: the file system, its mount targets, its access point, the NFS port."""

from __future__ import annotations

import json

from ecswhy_lab import texts, vpc
from ecswhy_lab.account import Account, backend
from ecswhy_lab.faults.registry import bad_subnets, fault, one
from ecswhy_lab.revise import revise
from ecswhy_lab.server import REGION
from ecswhy_lab.tasks import Stop

EFS = texts.INIT + "failed to invoke EFS utils commands to set up EFS volumes: "


def file_system(account: Account) -> str:
    """Subject: the file system."""
    return str(account.settings.get("named_file_system", account.file_system))


def mount_file_system(account: Account, subnets: list[str] | None = None, named: str = "", point: str = "") -> None:
    """A file system with mount targets in these subnets, mounted through an access point by a new revision."""
    efs = account.aws.efs
    account.file_system = efs.create_file_system(CreationToken="data", Encrypted=True)["FileSystemId"]
    group = vpc.create_group(account, "efs", "Mount targets")
    account.settings["efs_group"] = group
    vpc.allow_in(account, group, 2049, group=account.task_group)
    for subnet in account.subnets if subnets is None else subnets:
        target = efs.create_mount_target(
            FileSystemId=account.file_system,
            SubnetId=subnet,
            SecurityGroups=[group],
            IpAddress=vpc.free_address(subnet),
        )
        eni = backend("ec2").enis.get(target.get("NetworkInterfaceId", ""))
        if eni:
            eni._group_set = [backend("ec2").get_security_group_from_id(group)]
            eni.status = "in-use"
    made = efs.create_access_point(ClientToken="data", FileSystemId=account.file_system)
    account.access_point = made["AccessPointId"]
    volume = {
        "name": "data",
        "efsVolumeConfiguration": {
            "fileSystemId": named or account.file_system,
            "transitEncryption": "ENABLED",
            "authorizationConfig": {"accessPointId": point or account.access_point, "iam": "DISABLED"},
        },
    }
    mount = [{"sourceVolume": "data", "containerPath": "/data", "readOnly": False}]
    revise(account, lambda c: c.update(mountPoints=mount), volumes=[volume])


def unresolved(account: Account) -> list[Stop]:
    """The mount helper found no mount target."""
    host = f"{file_system(account)}.efs.{REGION}.amazonaws.com"
    return [
        Stop(
            EFS
            + f'stderr: Failed to resolve "{host}" - check that your file system ID is correct, and ensure that the '
            "VPC has an EFS mount target for this file system ID. : unsuccessful EFS utils command execution; code: 1"
        ),
        Stop(EFS + f'stderr: Failed to resolve "{host}" - check that your file system ID is correct.'),
    ]


def silent(_: Account) -> list[Stop]:
    """The mount target did not answer."""
    return [
        Stop(
            EFS + "stderr: mount.nfs4: mount system call failed : unsuccessful EFS utils command execution; code: 32",
            lived=120,
        ),
        Stop(
            EFS + "stderr: b'mount.nfs4: Connection reset by peer' : unsuccessful EFS utils command execution; code: 32"
        ),
    ]


UNREACHABLE = {"stage": "storage", "symptom": "efs-unreachable"}


@fault(
    "efs-mount-target-missing",
    "The file system has no mount target in the zone of one subnet",
    expects=one("storage/efs-mount-target-missing", file_system),
    stops=unresolved,
    subnets=bad_subnets,
    **UNREACHABLE,
)
def efs_mount_target_missing(account: Account) -> None:
    account.settings["bad_subnets"] = [account.subnets[1]]
    mount_file_system(account, account.subnets[:1])


@efs_mount_target_missing.twin
def mounted(account: Account) -> None:
    mount_file_system(account)


@fault(
    "efs-group-closed",
    "The mount targets' security group does not admit NFS from the tasks",
    expects=one("storage/efs-security-group", file_system),
    stops=silent,
    **UNREACHABLE,
)
def efs_group_closed(account: Account) -> None:
    mount_file_system(account)
    rule = vpc.permission(2049, group=account.task_group)
    account.aws.ec2.revoke_security_group_ingress(GroupId=account.settings["efs_group"], IpPermissions=[rule])


@efs_group_closed.twin
def mount_targets_admit_the_vpc(account: Account) -> None:
    efs_group_closed.change(account)
    vpc.allow_in(account, account.settings["efs_group"], 2049, cidr=account.cidr)


@fault(
    "efs-not-found",
    "The task definition names a file system that does not exist",
    expects=one("storage/efs-not-found", file_system),
    stops=unresolved,
    alone=True,
    **UNREACHABLE,
)
def efs_not_found(account: Account) -> None:
    account.settings["named_file_system"] = "fs-0123456789abcdef0"
    mount_file_system(account, named="fs-0123456789abcdef0")


@fault(
    "efs-access-point-missing",
    "The task definition names an access point that does not exist",
    stage="storage",
    symptom="efs-access-denied",
    expects=one("storage/efs-access-point-missing", lambda a: "fsap-0123456789abcdef0"),
    stops=lambda a: [
        Stop(
            EFS + "stderr: b'mount.nfs4: access denied by server while mounting 127.0.0.1:/' : unsuccessful EFS utils "
            "command execution; code: 32"
        ),
        Stop(EFS + "stderr: mount.nfs4: access denied by server while mounting 127.0.0.1:/"),
    ],
)
def efs_access_point_missing(account: Account) -> None:
    mount_file_system(account, point="fsap-0123456789abcdef0")


def admit_to_file_system(account: Account, role: str) -> None:
    """A file system policy that admits one role; volumes are mounted with IAM authorization."""
    mount_file_system(account)
    volume = account.definition().volumes[0]["efsVolumeConfiguration"]
    volume["authorizationConfig"]["iam"] = "ENABLED"
    arn = account.arn("elasticfilesystem", f"file-system/{account.file_system}")
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": account.role_arn(role)},
        "Action": ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    account.aws.efs.put_file_system_policy(FileSystemId=account.file_system, Policy=policy)


@fault(
    "efs-denied",
    "The policy of the file system admits another role than the task role",
    stage="storage",
    symptom="efs-access-denied",
    expects=one("role/efs-denied", lambda a: a.role_arn(a.task_role)),
    stops=lambda a: [
        Stop(
            EFS + "stderr: b'mount.nfs4: access denied by server while mounting 127.0.0.1:/' : unsuccessful EFS utils "
            "command execution; code: 32"
        )
    ],
)
def efs_denied(account: Account) -> None:
    admit_to_file_system(account, account.execution_role)


@efs_denied.twin
def the_task_role_is_admitted(account: Account) -> None:
    admit_to_file_system(account, account.task_role)
