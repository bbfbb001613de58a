"""Another account or Region beside the one under test, and its clients."""

from __future__ import annotations

from typing import Any

import boto3

from ecswhy_lab.server import ACCOUNT, REGION

OTHER = "210987654321"


class Clients:
    """Clients of the other account, as attributes."""

    def __init__(self, session: boto3.Session, region: str) -> None:
        for service in ("ecr", "secretsmanager", "kms"):
            setattr(self, service, session.client(service, region_name=region))


class Other:
    """The other account or Region."""

    def __init__(self, number: str = OTHER, region: str = REGION) -> None:
        if number == ACCOUNT:
            self.aws: Any = Clients(boto3.Session(), region)
            return
        role = f"arn:aws:iam::{number}:role/lab"
        keys = boto3.client("sts", region_name=REGION).assume_role(RoleArn=role, RoleSessionName="lab")["Credentials"]
        session = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
        self.aws = Clients(session, region)
