//! Which AWS CLI command printed a JSON document, told by its members.

use crate::door;
use serde_json::Value;

/// A kind of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    /// `service:Operation`.
    pub call: &'static str,
}

impl Kind {
    /// The AWS CLI's spelling, `aws ecs describe-services`.
    pub(super) fn command(self) -> String {
        let (service, operation) = self.call.split_once(':').unwrap_or((self.call, ""));
        let service = match service {
            "elasticloadbalancing" => "elbv2",
            "elasticfilesystem" => "efs",
            "s3" => "s3api",
            other => other,
        };
        let mut command = format!("aws {service} ");
        for (place, letter) in operation.chars().enumerate() {
            if letter.is_ascii_uppercase() && place > 0 {
                command.push('-');
            }
            command.push(letter.to_ascii_lowercase());
        }
        command
    }
}

/// Members that an output of each kind has. The first kind whose members are all there is it.
const KINDS: [(&[&str], &str); 66] = [
    (&["taskDefinition"], "ecs:DescribeTaskDefinition"),
    (&["services"], "ecs:DescribeServices"),
    (&["tasks"], "ecs:DescribeTasks"),
    (&["clusters"], "ecs:DescribeClusters"),
    (&["clusterArns"], "ecs:ListClusters"),
    (&["serviceArns"], "ecs:ListServices"),
    (&["repositories"], "ecr:DescribeRepositories"),
    (&["policyText", "repositoryName"], "ecr:GetRepositoryPolicy"),
    (&["policyText"], "ecr:GetRegistryPolicy"),
    (&["imageDetails"], "ecr:DescribeImages"),
    (&["images"], "ecr:BatchGetImage"),
    (&["pullThroughCacheRules"], "ecr:DescribePullThroughCacheRules"),
    (&["Role"], "iam:GetRole"),
    (&["AttachedPolicies"], "iam:ListAttachedRolePolicies"),
    (&["PolicyNames"], "iam:ListRolePolicies"),
    (&["RoleName", "PolicyName", "PolicyDocument"], "iam:GetRolePolicy"),
    (&["PolicyVersion"], "iam:GetPolicyVersion"),
    (&["KeyMetadata"], "kms:DescribeKey"),
    (&["Grants"], "kms:ListGrants"),
    (&["ARN", "Name", "ResourcePolicy"], "secretsmanager:GetResourcePolicy"),
    (&["ARN", "Name", "VersionIdsToStages"], "secretsmanager:DescribeSecret"),
    (&["ARN", "Name", "CreatedDate"], "secretsmanager:DescribeSecret"),
    (&["ARN", "Name", "LastChangedDate"], "secretsmanager:DescribeSecret"),
    (&["ARN", "Name"], "secretsmanager:GetResourcePolicy"),
    (&["Parameters"], "ssm:DescribeParameters"),
    (&["logGroups"], "logs:DescribeLogGroups"),
    (&["events"], "logs:GetLogEvents"),
    (&["Datapoints"], "cloudwatch:GetMetricStatistics"),
    (&["TargetGroups"], "elasticloadbalancing:DescribeTargetGroups"),
    (&["TargetHealthDescriptions"], "elasticloadbalancing:DescribeTargetHealth"),
    (&["Attributes"], "elasticloadbalancing:DescribeTargetGroupAttributes"),
    (&["LoadBalancers"], "elasticloadbalancing:DescribeLoadBalancers"),
    (&["Listeners"], "elasticloadbalancing:DescribeListeners"),
    (&["TagDescriptions"], "elasticloadbalancing:DescribeTags"),
    (&["Rules"], "elasticloadbalancing:DescribeRules"),
    (&["FileSystems"], "elasticfilesystem:DescribeFileSystems"),
    (&["MountTargets"], "elasticfilesystem:DescribeMountTargets"),
    (&["AccessPoints"], "elasticfilesystem:DescribeAccessPoints"),
    (&["FileSystemId", "Policy"], "elasticfilesystem:DescribeFileSystemPolicy"),
    (&["Contents"], "s3:ListObjectsV2"),
    (&["Vpcs"], "ec2:DescribeVpcs"),
    (&["Subnets"], "ec2:DescribeSubnets"),
    (&["RouteTables"], "ec2:DescribeRouteTables"),
    (&["NatGateways"], "ec2:DescribeNatGateways"),
    (&["InternetGateways"], "ec2:DescribeInternetGateways"),
    (&["EgressOnlyInternetGateways"], "ec2:DescribeEgressOnlyInternetGateways"),
    (&["VpcEndpoints"], "ec2:DescribeVpcEndpoints"),
    (&["NetworkAcls"], "ec2:DescribeNetworkAcls"),
    (&["NetworkInterfaces"], "ec2:DescribeNetworkInterfaces"),
    (&["Reservations"], "ec2:DescribeInstances"),
    (&["DhcpOptions"], "ec2:DescribeDhcpOptions"),
    (&["PrefixLists"], "ec2:DescribePrefixLists"),
    (&["VpcPeeringConnections"], "ec2:DescribeVpcPeeringConnections"),
    (&["TransitGateways"], "ec2:DescribeTransitGateways"),
    (&["TransitGatewayAttachments"], "ec2:DescribeTransitGatewayAttachments"),
    (&["TransitGatewayVpcAttachments"], "ec2:DescribeTransitGatewayVpcAttachments"),
    (&["TransitGatewayRouteTables"], "ec2:DescribeTransitGatewayRouteTables"),
    (&["VpnGateways"], "ec2:DescribeVpnGateways"),
    (&["VpcBlockPublicAccessOptions"], "ec2:DescribeVpcBlockPublicAccessOptions"),
    (&["VpcBlockPublicAccessExclusions"], "ec2:DescribeVpcBlockPublicAccessExclusions"),
    (&["Entries"], "ec2:GetManagedPrefixListEntries"),
    (&["Routes"], "ec2:SearchTransitGatewayRoutes"),
    (&["Associations"], "ec2:GetTransitGatewayRouteTableAssociations"),
    (&["TransitGatewayRouteTablePropagations"], "ec2:GetTransitGatewayRouteTablePropagations"),
    (&["TransitGatewayStaticRoutes"], "ec2:SearchTransitGatewayRoutes"),
    (&["TransitGatewayPropagations"], "ec2:GetTransitGatewayRouteTablePropagations"),
];

/// The kind of an output; `None` for JSON of another origin.
pub(super) fn recognise(value: &Value) -> Option<Kind> {
    let members = value.as_object()?;
    if let Some(call) = told_by_values(value) {
        return Some(Kind { call });
    }
    let has = |names: &[&str]| names.iter().all(|name| members.contains_key(*name));
    let (_, call) = KINDS.iter().find(|(names, _)| has(names))?;
    debug_assert!(door::keeps(call));
    Some(Kind { call })
}

/// Kinds whose members' names alone say too little.
fn told_by_values(value: &Value) -> Option<&'static str> {
    if let Some(groups) = value.get("SecurityGroups").and_then(Value::as_array) {
        let ids = groups.iter().all(Value::is_string) && !groups.is_empty();
        return Some(if ids {
            "elasticfilesystem:DescribeMountTargetSecurityGroups"
        } else {
            "ec2:DescribeSecurityGroups"
        });
    }
    if value.get("EnableDnsSupport").or_else(|| value.get("EnableDnsHostnames")).is_some() {
        return Some("ec2:DescribeVpcAttribute");
    }
    if value.get("FileSystemId").is_none() && value.get("RoleName").is_none() {
        let policy = value.get("Policy")?.as_str()?;
        return Some(match policy.contains("kms:") || value.get("PolicyName").is_some() {
            true => "kms:GetKeyPolicy",
            false => "s3:GetBucketPolicy",
        });
    }
    None
}
