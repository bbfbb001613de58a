"""Where moto answers otherwise than AWS, and a tool would notice: changed here, once for the process.

Each function names the difference. Values that belong to one account are set on its backends, not here.
"""

from __future__ import annotations

import datetime
import json
import random
import re
from typing import Any

from moto.core.responses import BaseResponse
from moto.ec2.models import route_tables
from moto.ecr.responses import ECRResponse
from moto.ecs import models as ecs_models
from moto.ecs import responses as ecs_responses
from moto.elbv2 import models as elb_models
from moto.iam import models as iam_models
from moto.kms import models as kms_models
from moto.kms.responses import KmsResponse
from moto.secretsmanager.responses import SecretsManagerResponse

ARN = re.compile(r"^arn:aws:[a-z]+:[a-z0-9-]+:(\d{12}):")

MANAGED_POLICIES = (
    "AmazonECSTaskExecutionRolePolicy",
    "AmazonECSServiceRolePolicy",
    "AmazonEC2ContainerRegistryReadOnly",
    "AmazonSSMReadOnlyAccess",
    "CloudWatchLogsFullAccess",
    "ReadOnlyAccess",
    "AdministratorAccess",
)


def install() -> None:
    """Applies every patch; a second call changes nothing."""
    few_managed_policies()
    list_tasks_of_a_service()
    describe_tasks_reports_missing()
    target_health_as_set()
    routes_may_be_blackholes()
    update_service_deploys()
    keys_by_arn()
    answers_across_accounts()


def few_managed_policies() -> None:
    """moto parses 1,300 managed policies (over a second) at the first IAM call: keep those that the lab uses."""
    policies = json.loads(iam_models.aws_managed_policies_data)
    few = {name: policies[name] for name in MANAGED_POLICIES if name in policies}
    iam_models.aws_managed_policies_data = json.dumps(few)


def list_tasks_of_a_service() -> None:
    """moto ignores `serviceName` of ListTasks."""
    if hasattr(ecs_models.EC2ContainerServiceBackend, "_lab_list_tasks"):
        return
    original = ecs_models.EC2ContainerServiceBackend.list_tasks

    def list_tasks(self: Any, *args: Any) -> list[Any]:
        tasks = original(self, *args)
        service = args[4] if len(args) > 4 else None
        if service:
            group = f"service:{service.rsplit('/', 1)[-1]}"
            tasks = [task for task in tasks if task.group == group]
        if len(args) < 6 or not args[5]:
            tasks = [task for task in tasks if task.desired_status == "RUNNING"]
        return tasks

    ecs_models.EC2ContainerServiceBackend._lab_list_tasks = original
    ecs_models.EC2ContainerServiceBackend.list_tasks = list_tasks


def describe_tasks_reports_missing() -> None:
    """moto answers an unknown task with nothing; AWS lists it under `failures` with reason MISSING."""
    if hasattr(ecs_responses.EC2ContainerServiceResponse, "_lab_describe_tasks"):
        return
    original = ecs_responses.EC2ContainerServiceResponse.describe_tasks

    def describe_tasks(self: Any) -> Any:
        answer = original(self)
        known = {task.task_arn for task in answer.result["tasks"]}
        ids = {arn.rsplit("/", 1)[-1] for arn in known}
        for asked in self._get_param("tasks", []):
            if asked.rsplit("/", 1)[-1] not in ids:
                answer.result["failures"].append({"arn": asked, "reason": "MISSING"})
        return answer

    ecs_responses.EC2ContainerServiceResponse._lab_describe_tasks = original
    ecs_responses.EC2ContainerServiceResponse.describe_tasks = describe_tasks


def target_health_as_set() -> None:
    """moto calls every registered ip target healthy; a target group's `lab_health` says otherwise per address."""
    if hasattr(elb_models.FakeTargetGroup, "_lab_health_for"):
        return
    original = elb_models.FakeTargetGroup.health_for

    def health_for(self: Any, target: dict[str, Any], ec2_backend: Any) -> Any:
        status = original(self, target, ec2_backend)
        said = getattr(self, "lab_health", {}).get(target["Id"])
        if said:
            status.status, status.reason, status.description = said
        return status

    elb_models.FakeTargetGroup._lab_health_for = original
    elb_models.FakeTargetGroup.health_for = health_for


def routes_may_be_blackholes() -> None:
    """moto calls every route active, whatever became of its target; a route's `lab_state` says otherwise."""
    route_tables.Route.state = property(lambda route: getattr(route, "lab_state", "active"))


def update_service_deploys() -> None:
    """moto changes a service in place; AWS starts a deployment for a new revision, a new network, or when forced."""
    if hasattr(ecs_models.EC2ContainerServiceBackend, "_lab_update_service"):
        return
    original = ecs_models.EC2ContainerServiceBackend.update_service

    def update_service(self: Any, properties: dict[str, Any]) -> Any:
        deploys = any(
            properties.get(name) for name in ("task_definition", "network_configuration", "force_new_deployment")
        )
        # moto keeps the reference as it was given: DescribeServices answers with the ARN.
        revision = properties.get("task_definition")
        if revision:
            properties["task_definition"] = self.describe_task_definition(revision).arn
        properties.pop("force_new_deployment", None)
        service = original(self, properties)
        if deploys and service.deployments:
            running = [{**each, "status": "ACTIVE"} for each in service.deployments if each.get("runningCount")]
            begun = datetime.datetime.now(datetime.timezone.utc)
            new = {
                **service.deployments[0],
                "id": f"ecs-svc/{random.randrange(10**18, 10**19)}",
                "status": "PRIMARY",
                "taskDefinition": service.task_definition,
                "networkConfiguration": service.network_configuration,
                "runningCount": 0,
                "pendingCount": 0,
                "failedTasks": 0,
                "createdAt": begun,
                "updatedAt": begun,
                "rolloutState": "IN_PROGRESS",
                "rolloutStateReason": "ECS deployment in progress.",
            }
            service.deployments = [new, *running]
        return service

    ecs_models.EC2ContainerServiceBackend._lab_update_service = original
    ecs_models.EC2ContainerServiceBackend.update_service = update_service


def keys_by_arn() -> None:
    """moto looks keys up by id only where AWS takes the ARN too: EnableKey, DisableKey, CancelKeyDeletion."""
    if hasattr(kms_models.KmsBackend, "_lab_enable_key"):
        return
    for name in ("enable_key", "disable_key", "cancel_key_deletion"):
        original = getattr(kms_models.KmsBackend, name)

        def by_arn(self: Any, key_id: str, *, original: Any = original) -> Any:
            return original(self, key_id.rsplit("key/", 1)[-1])

        setattr(kms_models.KmsBackend, f"_lab_{name}", original)
        setattr(kms_models.KmsBackend, name, by_arn)


def answers_across_accounts() -> None:
    """moto answers from the caller's account, whatever account a registry id or an ARN names; AWS answers from that one,
    when its policies let the caller in, as they do in the lab.
    """
    for response, parameter in (
        (ECRResponse, "registryId"),
        (SecretsManagerResponse, "SecretId"),
        (KmsResponse, "KeyId"),
    ):
        serve(response, parameter)


def serve(response: type[BaseResponse], parameter: str) -> None:
    """Lets one service answer for the account that a parameter names."""
    if hasattr(response, "_lab_dispatch"):
        return
    original = response.call_action

    def call_action(self: Any) -> Any:
        named = str(self._get_param(parameter) or "")
        found = ARN.match(named)
        number = found.group(1) if found else named
        if re.fullmatch(r"\d{12}", number):
            self.current_account = number
        return original(self)

    response._lab_dispatch = original  # type: ignore[attr-defined]
    response.call_action = call_action  # type: ignore[method-assign]
