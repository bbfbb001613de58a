"""What a case is, and the words that all of them use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ecswhy_lab.account import Account
from ecswhy_lab.server import ACCOUNT

HOSTILE = "it's $(touch /tmp/ecswhy-hostile) `id` \"x\" \\ ; & | > *"
"""A name that a shell would read, if it were not quoted."""
POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "*", "Resource": "*"}],
}


@dataclass
class Case:
    """One change, what boto3 says of its subject, and what it must say afterwards."""

    name: str
    changes: Callable[[Account], list[dict[str, Any]]]
    state: Callable[[Account], Any]
    changed: Callable[[Account, Any, Any], bool]
    design: str = "nat"
    prepare: Callable[[Account], None] = lambda _account: None
    undoes: bool = True


def change(name: str, **fields: Any) -> dict[str, Any]:
    """A change as JSON."""
    return {"change": name, **fields}


def service(account: Account) -> dict[str, Any]:
    """The service as AWS describes it."""
    return dict(account.aws.ecs.describe_services(cluster=account.cluster, services=[account.service])["services"][0])


def of_service(account: Account) -> dict[str, str]:
    """Cluster and service, as changes name them."""
    return {"cluster": account.cluster, "service": account.service}


def key_id(account: Account) -> str:
    """The key's id."""
    return account.key.rsplit("/", 1)[-1]
