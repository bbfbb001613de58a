"""Changes of policies."""

from __future__ import annotations

import json
from typing import Any

from case import HOSTILE, POLICY, Case, change, key_id
from ecswhy_lab.account import Account
from ecswhy_lab.server import ACCOUNT, REGION

LIMIT = f"arn:aws:iam::{ACCOUNT}:policy/limit"
DENY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Sid": "Most", "Effect": "Deny", "Action": "ecr:*", "NotResource": f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/x"}
    ],
}


def role_name(account: Account) -> str:
    """The execution role's name, without path."""
    return account.execution_role.rsplit("/", 1)[-1]


def inline(account: Account) -> Any:
    """The execution role's inline policies."""
    names = account.aws.iam.list_role_policies(RoleName=role_name(account))["PolicyNames"]
    return {
        name: account.aws.iam.get_role_policy(RoleName=role_name(account), PolicyName=name)["PolicyDocument"]
        for name in names
    }


def limited(account: Account) -> None:
    """A boundary for the execution role."""
    account.aws.iam.create_policy(PolicyName="limit", PolicyDocument=json.dumps({**POLICY, "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}))
    account.aws.iam.put_role_permissions_boundary(RoleName=role_name(account), PermissionsBoundary=LIMIT)


def managed(account: Account) -> Any:
    """The document of the boundary that counts."""
    version = account.aws.iam.get_policy(PolicyArn=LIMIT)["Policy"]["DefaultVersionId"]
    return account.aws.iam.get_policy_version(PolicyArn=LIMIT, VersionId=version)["PolicyVersion"]["Document"]


def repository_policy(account: Account) -> Any:
    """The repository's policy."""
    try:
        return json.loads(account.aws.ecr.get_repository_policy(repositoryName=account.repository)["policyText"])
    except account.aws.ecr.exceptions.RepositoryPolicyNotFoundException:
        return None


def secret_policy(account: Account) -> Any:
    """The secret's policy."""
    return account.aws.secretsmanager.get_resource_policy(SecretId=account.secret).get("ResourcePolicy")


CASES = [
    Case(
        "attach-managed-policy",
        lambda a: [
            change("attach-managed-policy", role=role_name(a), policy_arn="arn:aws:iam::aws:policy/AmazonSSMReadOnlyAccess")
        ],
        lambda a: sorted(
            p["PolicyName"] for p in a.aws.iam.list_attached_role_policies(RoleName=role_name(a))["AttachedPolicies"]
        ),
        lambda a, b, n: n == sorted([*b, "AmazonSSMReadOnlyAccess"]),
    ),
    Case(
        "put-role-policy-statement",
        lambda a: [
            change(
                "put-role-policy-statement",
                role=role_name(a),
                policy_name="ecswhy-secrets",
                statements=[{"Effect": "Allow", "Action": ["secretsmanager:GetSecretValue"], "Resource": a.secret}],
            )
        ],
        inline,
        lambda a, b, n: n["ecswhy-secrets"]["Statement"][0]["Resource"] == a.secret and len(n) == len(b) + 1,
    ),
    Case(
        "set-role-policy",
        lambda a: [change("set-role-policy", role=role_name(a), policy_name="start", policy=DENY)],
        inline,
        lambda a, b, n: n == {**b, "start": DENY} != b,
    ),
    Case(
        "delete-role-policy",
        lambda a: [change("delete-role-policy", role=role_name(a), policy_name="start")],
        inline,
        lambda a, b, n: n == {name: policy for name, policy in b.items() if name != "start"} != b,
    ),
    Case(
        "set-managed-policy",
        lambda a: [change("set-managed-policy", policy_arn=LIMIT, policy=DENY)],
        managed,
        lambda a, b, n: n == DENY != b,
        prepare=limited,
    ),
    Case(
        "set-trust-policy",
        lambda a: [
            change(
                "set-trust-policy",
                role=role_name(a),
                policy={
                    "Version": "2012-10-17",
                    "Statement": [
                        {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"},
                        {"Sid": "two", "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
                    ],
                },
            )
        ],
        lambda a: a.aws.iam.get_role(RoleName=role_name(a))["Role"]["AssumeRolePolicyDocument"],
        lambda a, b, n: len(n["Statement"]) == 2 and n != b,
    ),
    Case(
        "set-repository-policy",
        lambda a: [change("set-repository-policy", repository=a.repository_arn, policy={**POLICY, "Id": HOSTILE})],
        repository_policy,
        lambda a, b, n: n["Id"] == HOSTILE,
    ),
    Case(
        "set-secret-policy",
        lambda a: [change("set-secret-policy", secret=a.secret, policy=POLICY)],
        secret_policy,
        lambda a, b, n: json.loads(n) == POLICY != b,
    ),
    Case(
        "set-key-policy-statement",
        lambda a: [
            change("set-key-policy-statement", key=a.key, statement={**POLICY["Statement"][0], "Sid": "ecswhy"}),
            change("set-key-policy-statement", key=a.key, statement={**POLICY["Statement"][0], "Sid": "two"}),
        ],
        lambda a: json.loads(a.aws.kms.get_key_policy(KeyId=key_id(a), PolicyName="default")["Policy"]),
        lambda a, b, n: [s.get("Sid") for s in n["Statement"]][-2:] == ["ecswhy", "two"]
        and n["Statement"][:-2] == b["Statement"],
    ),
    Case(
        "set-key-policy",
        lambda a: [change("set-key-policy", key=a.key, policy={**POLICY, "Id": "narrower"})],
        lambda a: json.loads(a.aws.kms.get_key_policy(KeyId=key_id(a), PolicyName="default")["Policy"]),
        lambda a, b, n: n == {**POLICY, "Id": "narrower"} != b,
    ),
]
