"""Holds the client against boto3 on an account of the moto emulator.

Builds an account, makes every operation of the table with both, and compares the
answers value by value.  Times are compared as instants: boto3 turns them into
dates, the client leaves them as AWS sent them.

    pip install 'moto[server]' boto3
    cargo build -p ecswhy-aws --example call
    python gen/compare.py TARGET_DIR/debug/examples/call
"""

import datetime
import json
import logging
import os
import re
import subprocess
import sys

import boto3
import botocore.config
import botocore.exceptions
import botocore.parsers

REGION = "us-east-1"
os.environ.update(
    AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_REGION=REGION,
    AWS_DEFAULT_REGION=REGION, MOTO_IAM_LOAD_MANAGED_POLICIES="true",
)
ONE_TRY = botocore.config.Config(retries={"max_attempts": 0})
BOTO_NAME = {"s3api": "s3"}
ADDED = {"EncodingType"}  # boto3 asks Amazon S3 for encoded keys and decodes them


def client(service):
    return boto3.client(BOTO_NAME.get(service, service), config=ONE_TRY)


def build():
    """An account in which nearly every operation has something to show."""
    e = client("ec2")
    vpc = e.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    for name in ("EnableDnsHostnames", "EnableDnsSupport"):
        e.modify_vpc_attribute(VpcId=vpc, **{name: {"Value": True}})
    subnets = [
        e.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"us-east-1{z}",
                        TagSpecifications=[{"ResourceType": "subnet", "Tags": [{"Key": "Name", "Value": f"a & <{n}>"}]}])
        ["Subnet"]["SubnetId"] for n, z in enumerate("ab")
    ]
    igw = e.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    e.attach_internet_gateway(InternetGatewayId=igw, VpcId=vpc)
    e.create_egress_only_internet_gateway(VpcId=vpc)
    table = e.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    e.associate_route_table(RouteTableId=table, SubnetId=subnets[0])
    ip = e.allocate_address(Domain="vpc")["AllocationId"]
    nat = e.create_nat_gateway(SubnetId=subnets[1], AllocationId=ip)["NatGateway"]["NatGatewayId"]
    e.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)
    group = e.create_security_group(GroupName="g", Description="d", VpcId=vpc)["GroupId"]
    e.authorize_security_group_ingress(GroupId=group, IpPermissions=[
        {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "x"}]}])
    e.create_vpc_endpoint(VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.s3", RouteTableIds=[table])
    e.create_vpc_endpoint(VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.ecr.api", VpcEndpointType="Interface",
                          SubnetIds=subnets, SecurityGroupIds=[group], PrivateDnsEnabled=True)
    e.create_dhcp_options(DhcpConfigurations=[{"Key": "domain-name-servers", "Values": ["10.0.0.9"]}])
    lists = e.create_managed_prefix_list(PrefixListName="p", MaxEntries=3, AddressFamily="IPv4",
                                         Entries=[{"Cidr": "10.1.0.0/16", "Description": "d"}])
    prefix = lists["PrefixList"]["PrefixListId"]
    e.create_network_interface(SubnetId=subnets[0], Groups=[group], Description="eni")
    other = e.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    e.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=other)
    tgw = e.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    e.create_transit_gateway_vpc_attachment(TransitGatewayId=tgw, VpcId=vpc, SubnetIds=subnets)
    tgw_table = e.create_transit_gateway_route_table(TransitGatewayId=tgw)
    tgw_table = tgw_table["TransitGatewayRouteTable"]["TransitGatewayRouteTableId"]
    e.create_transit_gateway_route(DestinationCidrBlock="10.7.0.0/16", TransitGatewayRouteTableId=tgw_table, Blackhole=True)
    e.create_vpn_gateway(Type="ipsec.1")
    e.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, SubnetId=subnets[0])

    iam = client("iam")
    trust = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
    policy = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b/+ %20é*"}]})
    role = iam.create_role(RoleName="exec", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.put_role_policy(RoleName="exec", PolicyName="inline", PolicyDocument=policy)
    own = iam.create_policy(PolicyName="own", PolicyDocument=policy)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="exec", PolicyArn=own)
    iam.attach_role_policy(RoleName="exec", PolicyArn="arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy")

    ecs = client("ecs")
    ecs.create_cluster(clusterName="prod", tags=[{"key": "k", "value": "v"}])
    definition = ecs.register_task_definition(
        family="app", requiresCompatibilities=["FARGATE"], networkMode="awsvpc", cpu="256", memory="512",
        executionRoleArn=role, tags=[{"key": "t", "value": "u"}],
        containerDefinitions=[{"name": "app", "image": "nginx", "memory": 128, "essential": True,
                               "environment": [{"name": "A", "value": "b"}]}],
    )["taskDefinition"]["taskDefinitionArn"]
    net = {"awsvpcConfiguration": {"subnets": subnets, "securityGroups": [group], "assignPublicIp": "DISABLED"}}
    ecs.create_service(cluster="prod", serviceName="app", taskDefinition=definition, desiredCount=1,
                       launchType="FARGATE", networkConfiguration=net)
    task = ecs.run_task(cluster="prod", taskDefinition=definition, launchType="FARGATE",
                        networkConfiguration=net)["tasks"][0]["taskArn"]

    ecr = client("ecr")
    ecr.create_repository(repositoryName="team/app", tags=[{"Key": "team", "Value": "a & b"}])
    manifest = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
                           "config": {"mediaType": "x", "size": 1, "digest": "sha256:" + "0" * 64}, "layers": []})
    ecr.put_image(repositoryName="team/app", imageManifest=manifest, imageTag="v1")
    ecr.set_repository_policy(repositoryName="team/app", policyText=policy.replace("s3:*", "ecr:*"))
    ecr.put_registry_policy(policyText=json.dumps({"Version": "2012-10-17", "Statement": [{
        "Sid": "x", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
        "Action": ["ecr:ReplicateImage"], "Resource": f"arn:aws:ecr:{REGION}:123456789012:repository/*"}]}))

    secret = client("secretsmanager").create_secret(Name="db", SecretString="x")["ARN"]
    client("secretsmanager").put_resource_policy(SecretId=secret, ResourcePolicy=policy)
    for n in range(60):
        client("ssm").put_parameter(Name=f"/app/p{n:02}", Value="x", Type="String")
    kms = client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/app", TargetKeyId=key)
    kms.create_grant(KeyId=key, GranteePrincipal=role, Operations=["Decrypt"])
    logs = client("logs")
    logs.create_log_group(logGroupName="/ecs/app")
    logs.create_log_stream(logGroupName="/ecs/app", logStreamName="app/app/1")
    now = datetime.datetime.now(datetime.timezone.utc)
    logs.put_log_events(logGroupName="/ecs/app", logStreamName="app/app/1", logEvents=[
        {"timestamp": int(now.timestamp() * 1000), "message": "boom <&> é"}])
    dims = [{"Name": "ClusterName", "Value": "prod"}, {"Name": "ServiceName", "Value": "app"}]
    client("cloudwatch").put_metric_data(Namespace="AWS/ECS", MetricData=[
        {"MetricName": "MemoryUtilization", "Dimensions": dims, "Value": 97.5, "Timestamp": now}])

    elb = client("elbv2")
    balancer = elb.create_load_balancer(Name="lb", Subnets=subnets, SecurityGroups=[group])["LoadBalancers"][0]["LoadBalancerArn"]
    target = elb.create_target_group(Name="tg", Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip",
                                     Matcher={"HttpCode": "200-299"})["TargetGroups"][0]["TargetGroupArn"]
    listener = elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=[
        {"Type": "forward", "TargetGroupArn": target}])["Listeners"][0]["ListenerArn"]
    elb.create_rule(ListenerArn=listener, Priority=7, Conditions=[{"Field": "path-pattern", "Values": ["/x*"]}],
                    Actions=[{"Type": "forward", "TargetGroupArn": target}])
    elb.register_targets(TargetGroupArn=target, Targets=[{"Id": "10.0.0.8", "Port": 80}])

    efs = client("efs")
    files = efs.create_file_system(CreationToken="c")["FileSystemId"]
    mount = efs.create_mount_target(FileSystemId=files, SubnetId=subnets[0], SecurityGroups=[group])["MountTargetId"]
    efs.create_access_point(ClientToken="a", FileSystemId=files, PosixUser={"Uid": 1, "Gid": 1})
    s3 = client("s3api")
    s3.create_bucket(Bucket="env.files")
    s3.create_bucket(Bucket="far", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    for n in range(5):
        s3.put_object(Bucket="env.files", Key=f"a b/ü{n}.env", Body=b"x")
    s3.put_bucket_policy(Bucket="env.files", Policy=policy)
    client("application-autoscaling").register_scalable_target(
        ServiceNamespace="ecs", ResourceId="service/prod/app", ScalableDimension="ecs:service:DesiredCount",
        MinCapacity=1, MaxCapacity=3)

    window = {"StartTime": (now - datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
              "EndTime": (now + datetime.timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ")}
    in_vpc = [{"Name": "vpc-id", "Values": [vpc]}]
    plain_ec2 = [
        "DescribeInternetGateways", "DescribeEgressOnlyInternetGateways", "DescribeVpcEndpoints", "DescribeVpcs",
        "DescribeDhcpOptions", "DescribePrefixLists", "DescribeManagedPrefixLists", "DescribeNetworkInterfaces",
        "DescribeVpcBlockPublicAccessOptions", "DescribeVpcBlockPublicAccessExclusions",
        "DescribeVpcPeeringConnections", "DescribeTransitGateways", "DescribeTransitGatewayAttachments",
        "DescribeTransitGatewayVpcAttachments", "DescribeTransitGatewayRouteTables", "DescribeVpnGateways",
        "DescribeInstances",
    ]
    return [
        ("sts", "GetCallerIdentity", {}),
        ("ecs", "ListClusters", {}), ("ecs", "ListTaskDefinitions", {"familyPrefix": "app"}),
        ("ecs", "DescribeClusters", {"clusters": ["prod", "none"], "include": ["TAGS", "SETTINGS"]}),
        ("ecs", "ListServices", {"cluster": "prod"}), ("ecs", "ListTasks", {"cluster": "prod"}),
        ("ecs", "DescribeServices", {"cluster": "prod", "services": ["app", "none"], "include": ["TAGS"]}),
        ("ecs", "DescribeServices", {"cluster": "none", "services": ["app"]}),
        ("ecs", "DescribeTasks", {"cluster": "prod", "tasks": [task], "include": ["TAGS"]}),
        ("ecs", "DescribeTaskDefinition", {"taskDefinition": "app", "include": ["TAGS"]}),
        ("ecs", "DescribeTaskDefinition", {"taskDefinition": "none:4"}),
        ("ecs", "ListServiceDeployments", {"cluster": "prod", "service": "app"}),
        ("ecs", "DescribeServiceDeployments", {"serviceDeploymentArns": ["arn:x"]}),
        ("ecs", "DescribeServiceRevisions", {"serviceRevisionArns": ["arn:x"]}),
        ("ecr", "DescribeRepositories", {"repositoryNames": ["team/app"]}),
        ("ecr", "DescribeRepositories", {"repositoryNames": ["none"]}),
        ("ecr", "DescribeImages", {"repositoryName": "team/app", "imageIds": [{"imageTag": "v1"}]}),
        ("ecr", "DescribeImages", {"repositoryName": "team/app", "imageIds": [{"imageTag": "none"}]}),
        ("ecr", "BatchGetImage", {"repositoryName": "team/app", "imageIds": [{"imageTag": "v1"}, {"imageTag": "no"}]}),
        ("ecr", "GetRepositoryPolicy", {"repositoryName": "team/app"}), ("ecr", "GetRegistryPolicy", {}),
        ("ecr", "ListTagsForResource", {"resourceArn": f"arn:aws:ecr:{REGION}:123456789012:repository/team/app"}),
        ("ecr", "DescribePullThroughCacheRules", {}),
        ("iam", "GetRole", {"RoleName": "exec"}), ("iam", "GetRole", {"RoleName": "none"}),
        ("iam", "ListAttachedRolePolicies", {"RoleName": "exec"}), ("iam", "ListRolePolicies", {"RoleName": "exec"}),
        ("iam", "GetRolePolicy", {"RoleName": "exec", "PolicyName": "inline"}),
        ("iam", "GetPolicy", {"PolicyArn": own}), ("iam", "GetPolicyVersion", {"PolicyArn": own, "VersionId": "v1"}),
        ("ec2", "DescribeSubnets", {"Filters": in_vpc}), ("ec2", "DescribeSubnets", {"SubnetIds": ["subnet-0000"]}),
        ("ec2", "DescribeRouteTables", {"Filters": in_vpc}), ("ec2", "DescribeNatGateways", {"Filter": in_vpc}),
        ("ec2", "DescribeSecurityGroups", {"Filters": in_vpc}), ("ec2", "DescribeNetworkAcls", {"Filters": in_vpc}),
        ("ec2", "DescribeVpcAttribute", {"VpcId": vpc, "Attribute": "enableDnsSupport"}),
        ("ec2", "DescribeVpcAttribute", {"VpcId": vpc, "Attribute": "enableDnsHostnames"}),
        ("ec2", "GetManagedPrefixListEntries", {"PrefixListId": prefix}),
        ("ec2", "GetTransitGatewayRouteTableAssociations", {"TransitGatewayRouteTableId": tgw_table}),
        ("ec2", "SearchTransitGatewayRoutes", {"TransitGatewayRouteTableId": tgw_table, "Filters": [
            {"Name": "state", "Values": ["active", "blackhole"]}]}),
        *[("ec2", name, {}) for name in plain_ec2],
        ("secretsmanager", "DescribeSecret", {"SecretId": "db"}), ("secretsmanager", "DescribeSecret", {"SecretId": "no"}),
        ("secretsmanager", "GetResourcePolicy", {"SecretId": secret}),
        ("ssm", "DescribeParameters", {}),
        ("ssm", "DescribeParameters", {"ParameterFilters": [{"Key": "Name", "Option": "Equals", "Values": ["/app/p01"]}]}),
        ("kms", "DescribeKey", {"KeyId": key}), ("kms", "DescribeKey", {"KeyId": "alias/none"}),
        ("kms", "GetKeyPolicy", {"KeyId": key, "PolicyName": "default"}), ("kms", "ListGrants", {"KeyId": key}),
        ("kms", "ListAliases", {}), ("kms", "ListResourceTags", {"KeyId": key}),
        ("logs", "DescribeLogGroups", {"logGroupNamePrefix": "/ecs"}),
        ("logs", "DescribeLogStreams", {"logGroupName": "/ecs/app"}),
        ("logs", "DescribeLogStreams", {"logGroupName": "/none"}),
        ("logs", "GetLogEvents", {"logGroupName": "/ecs/app", "logStreamName": "app/app/1", "limit": 10, "startFromHead": False}),
        ("cloudwatch", "GetMetricStatistics", {"Namespace": "AWS/ECS", "MetricName": "MemoryUtilization", "Dimensions": dims,
                                               "Period": 60, "Statistics": ["Maximum"], **window}),
        ("cloudwatch", "GetMetricData", {**window, "MetricDataQueries": [{"Id": "m", "MetricStat": {
            "Metric": {"Namespace": "AWS/ECS", "MetricName": "MemoryUtilization", "Dimensions": dims},
            "Period": 60, "Stat": "Maximum"}}]}),
        ("elbv2", "DescribeTargetGroups", {}), ("elbv2", "DescribeTargetGroups", {"Names": ["none"]}),
        ("elbv2", "DescribeTargetHealth", {"TargetGroupArn": target}),
        ("elbv2", "DescribeTargetGroupAttributes", {"TargetGroupArn": target}),
        ("elbv2", "DescribeListeners", {"LoadBalancerArn": balancer}), ("elbv2", "DescribeRules", {"ListenerArn": listener}),
        ("elbv2", "DescribeTags", {"ResourceArns": [target, balancer]}),
        ("elbv2", "DescribeLoadBalancers", {"LoadBalancerArns": [balancer]}),
        ("efs", "DescribeFileSystems", {"FileSystemId": files}), ("efs", "DescribeFileSystems", {"FileSystemId": "fs-0000"}),
        ("efs", "DescribeMountTargets", {"FileSystemId": files}),
        ("efs", "DescribeMountTargetSecurityGroups", {"MountTargetId": mount}),
        ("efs", "DescribeAccessPoints", {"FileSystemId": files}), ("efs", "DescribeFileSystemPolicy", {"FileSystemId": files}),
        ("s3api", "ListObjectsV2", {"Bucket": "env.files", "Prefix": "a b/ü"}),
        ("s3api", "ListObjectsV2", {"Bucket": "env.files", "MaxKeys": 2}), ("s3api", "ListObjectsV2", {"Bucket": "none"}),
        ("s3api", "GetBucketLocation", {"Bucket": "env.files"}), ("s3api", "GetBucketLocation", {"Bucket": "far"}),
        ("s3api", "GetBucketPolicy", {"Bucket": "env.files"}), ("s3api", "GetBucketPolicy", {"Bucket": "far"}),
        ("service-quotas", "GetServiceQuota", {"ServiceCode": "fargate", "QuotaCode": "L-3032A538"}),
        ("application-autoscaling", "DescribeScalableTargets", {"ServiceNamespace": "ecs"}),
    ]


def snake(name):
    return botocore.xform_name(name)


def theirs(service, operation, params):
    """boto3's answer, all pages in one, or its error."""
    c = client(service)
    try:
        if c.can_paginate(snake(operation)) and operation != "GetLogEvents":
            pages = list(c.get_paginator(snake(operation)).paginate(**params))
            answer = pages[0]
            config = c.meta.service_model.operation_model(operation)
            for page in pages[1:]:
                for key, value in page.items():
                    if isinstance(value, list) and config.output_shape.members[key].type_name == "list":
                        answer[key] = answer.get(key, []) + value
            for key in list(answer):
                if re.fullmatch(r"(?i)next(continuation)?(token|marker)|marker|istruncated|truncated|additionalroutesavailable", key):
                    del answer[key]
        else:
            answer = getattr(c, snake(operation))(**params)
        answer.pop("ResponseMetadata", None)
        return "ok", answer
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError,
            botocore.parsers.ResponseParserError) as error:
        return "error", " ".join(str(error).split())


def instant(value):
    if isinstance(value, datetime.datetime):
        return value.timestamp()
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    return datetime.datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp()


def differences(boto, ours, json_service, path=""):
    if isinstance(boto, datetime.datetime):
        if abs(instant(boto) - instant(ours)) > 60:  # some are the time of the answer
            yield f"{path}: {boto} {ours}"
    elif isinstance(boto, dict) and isinstance(ours, dict):
        for key in sorted(set(boto) | set(ours)):
            if key not in boto and json_service or key in ADDED and key not in ours:
                continue  # an emulator sends members that AWS's model does not know
            if key not in boto or key not in ours:
                yield f"{path}.{key}: only in {'boto3' if key in boto else 'ours'}: {boto.get(key, ours.get(key))!r}"
            else:
                yield from differences(boto[key], ours[key], json_service, f"{path}.{key}")
    elif isinstance(boto, list) and isinstance(ours, list):
        if len(boto) != len(ours):
            yield f"{path}: {len(boto)} and {len(ours)} entries"
        for n, (a, b) in enumerate(zip(boto, ours)):
            yield from differences(a, b, json_service, f"{path}[{n}]")
    elif boto != ours or isinstance(boto, bool) != isinstance(ours, bool):
        yield f"{path}: {boto!r} {ours!r}"


def main():
    from moto.moto_api import state_manager
    from moto.server import ThreadedMotoServer
    logging.disable(logging.CRITICAL)  # a line for each request, a trace for each missing action
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    os.environ["AWS_ENDPOINT_URL"] = f"http://{host}:{port}"
    state_manager.set_transition("ecs::task", {"progression": "manual", "times": 10**9})
    cases = build()
    lines = [json.dumps({"service": s, "operation": o, "params": p, "all": True}) for s, o, p in cases]
    run = subprocess.run([sys.argv[1]], input="\n".join(lines), capture_output=True, text=True, check=True)
    bad = 0
    for (service, operation, params), line in zip(cases, run.stdout.splitlines(), strict=True):
        ours, (kind, boto) = json.loads(line), theirs(service, operation, params)
        if kind == "ok" and "ok" in ours:
            found = list(differences(boto, ours["ok"], "json" in client(service).meta.service_model.metadata["protocol"]))
        elif kind == "error" and "error" in ours:
            found = []
        else:
            found = [f"boto3: {boto}; ours: {ours}"]
        bad += bool(found)
        for text in found[:10]:
            print(f"{service} {operation} {text[:300]}")
    server.stop()
    print(f"{len(cases)} calls, {bad} differ")
    sys.exit(bad != 0)


main()
