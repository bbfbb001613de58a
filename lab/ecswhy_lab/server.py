"""The moto server of this process and the clients that build accounts in it.

Accounts are built through moto's in-process mock (faster than HTTP); whoever is under test talks HTTP to the server.
Both see the same backends. Nothing here knows what an account contains.
"""

from __future__ import annotations

import logging
import os
from typing import Any

ACCOUNT = "123456789012"
REGION = "us-east-1"
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "lab",
    "AWS_SECRET_ACCESS_KEY": "lab",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
}
os.environ.update(ENVIRONMENT, MOTO_IAM_LOAD_MANAGED_POLICIES="true")
for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
    os.environ.pop(name, None)

import boto3  # noqa: E402  (the environment must be set first)
from moto import mock_aws  # noqa: E402
from moto.moto_api._internal import moto_api_backend  # noqa: E402
from moto.server import ThreadedMotoServer  # noqa: E402

from ecswhy_lab import patches  # noqa: E402

SERVICES = [
    "ecs",
    "ec2",
    "iam",
    "ecr",
    "logs",
    "elbv2",
    "secretsmanager",
    "ssm",
    "kms",
    "efs",
    "s3",
    "cloudwatch",
    "application-autoscaling",
]


class Aws:
    """One boto3 client per service, as attributes: `aws.ec2`, `aws.elbv2`, ..."""

    ecs: Any
    ec2: Any
    iam: Any
    ecr: Any
    logs: Any
    elbv2: Any
    secretsmanager: Any
    ssm: Any
    kms: Any
    efs: Any
    s3: Any
    cloudwatch: Any

    def __init__(self) -> None:
        for service in SERVICES:
            setattr(self, service.replace("-", "_"), boto3.client(service, region_name=REGION))


class Server:
    """A moto server in a thread, and the clients to fill it with."""

    def __init__(self, port: int = 0) -> None:
        logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
        patches.install()
        self._moto = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
        self._moto.start()
        mock = mock_aws()
        mock.start(reset=False)
        self.aws = Aws()
        self.endpoint = "http://{}:{}".format(*self._moto.get_host_and_port())

    def reset(self) -> None:
        """Empties every backend, so that the next account starts from nothing."""
        moto_api_backend.reset()

    def environment(self) -> dict[str, str]:
        """The variables with which a tool reaches this account."""
        return {**ENVIRONMENT, "AWS_ENDPOINT_URL": self.endpoint}

    def stop(self) -> None:
        """Stops the server's thread."""
        self._moto.stop()
