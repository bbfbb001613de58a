//! Which function takes in the answers of which call.

use super::entry::Entry;
use super::{ec2, ecr, ecs, elb, iam, logs, secrets, storage, tasks};
use crate::Facts;

/// Puts one answer under its subjects.
pub(super) type Handler = fn(&Entry<'_>, &mut Facts);

/// The handler of a call, such as `ecs:DescribeServices`.
pub(super) fn handler(call: &str) -> Option<Handler> {
    HANDLERS.iter().find(|(name, _)| *name == call).map(|(_, handler)| *handler)
}

pub(super) static HANDLERS: &[(&str, Handler)] = &[
    ("ecs:ListClusters", ecs::list_clusters),
    ("ecs:DescribeClusters", ecs::describe_clusters),
    ("ecs:ListServices", ecs::list_services),
    ("ecs:DescribeServices", ecs::describe_services),
    ("ecs:ListTasks", tasks::list_tasks),
    ("ecs:DescribeTasks", tasks::describe_tasks),
    ("ecs:DescribeTaskDefinition", ecs::describe_task_definition),
    ("ecr:DescribeRepositories", ecr::describe_repositories),
    ("ecr:GetRepositoryPolicy", ecr::get_repository_policy),
    ("ecr:DescribeImages", ecr::describe_images),
    ("ecr:BatchGetImage", ecr::batch_get_image),
    ("ecr:DescribePullThroughCacheRules", ecr::describe_pull_through_cache_rules),
    ("ecr:GetRegistryPolicy", ecr::get_registry_policy),
    ("iam:GetRole", iam::get_role),
    ("iam:ListAttachedRolePolicies", iam::list_attached_role_policies),
    ("iam:ListRolePolicies", iam::list_role_policies),
    ("iam:GetRolePolicy", iam::get_role_policy),
    ("iam:GetPolicy", iam::get_policy),
    ("iam:GetPolicyVersion", iam::get_policy_version),
    ("secretsmanager:DescribeSecret", secrets::describe_secret),
    ("secretsmanager:GetResourcePolicy", secrets::get_resource_policy),
    ("ssm:DescribeParameters", secrets::describe_parameters),
    ("kms:DescribeKey", secrets::describe_key),
    ("kms:GetKeyPolicy", secrets::get_key_policy),
    ("kms:ListGrants", secrets::list_grants),
    ("logs:DescribeLogGroups", logs::describe_log_groups),
    ("logs:GetLogEvents", logs::get_log_events),
    ("cloudwatch:GetMetricStatistics", logs::get_metric_statistics),
    ("cloudwatch:GetMetricData", logs::get_metric_data),
    ("elasticloadbalancing:DescribeTargetGroups", elb::describe_target_groups),
    ("elasticloadbalancing:DescribeTargetHealth", elb::describe_target_health),
    ("elasticloadbalancing:DescribeTargetGroupAttributes", elb::describe_target_group_attributes),
    ("elasticloadbalancing:DescribeLoadBalancers", elb::describe_load_balancers),
    ("elasticloadbalancing:DescribeListeners", elb::describe_listeners),
    ("elasticfilesystem:DescribeFileSystems", storage::describe_file_systems),
    ("elasticfilesystem:DescribeMountTargets", storage::describe_mount_targets),
    (
        "elasticfilesystem:DescribeMountTargetSecurityGroups",
        storage::describe_mount_target_security_groups,
    ),
    ("elasticfilesystem:DescribeAccessPoints", storage::describe_access_points),
    ("elasticfilesystem:DescribeFileSystemPolicy", storage::describe_file_system_policy),
    ("s3:ListObjectsV2", storage::list_objects),
    ("s3:GetBucketPolicy", storage::get_bucket_policy),
    ("ec2:DescribeVpcs", ec2::vpcs),
    ("ec2:DescribeVpcAttribute", ec2::vpc_attribute),
    ("ec2:DescribeSubnets", ec2::subnets),
    ("ec2:DescribeRouteTables", ec2::route_tables),
    ("ec2:DescribeNatGateways", ec2::nat_gateways),
    ("ec2:DescribeInternetGateways", ec2::internet_gateways),
    ("ec2:DescribeEgressOnlyInternetGateways", ec2::egress_only_internet_gateways),
    ("ec2:DescribeVpcEndpoints", ec2::vpc_endpoints),
    ("ec2:DescribeSecurityGroups", ec2::security_groups),
    ("ec2:DescribeNetworkAcls", ec2::network_acls),
    ("ec2:DescribeNetworkInterfaces", ec2::network_interfaces),
    ("ec2:DescribeInstances", ec2::reservations),
    ("ec2:DescribeDhcpOptions", ec2::dhcp_options),
    ("ec2:DescribePrefixLists", ec2::prefix_lists),
    ("ec2:DescribeManagedPrefixLists", ec2::managed_prefix_lists),
    ("ec2:GetManagedPrefixListEntries", ec2::prefix_list_entries),
    ("ec2:DescribeVpcPeeringConnections", ec2::vpc_peering_connections),
    ("ec2:DescribeTransitGateways", ec2::transit_gateways),
    ("ec2:DescribeTransitGatewayAttachments", ec2::transit_gateway_attachments),
    ("ec2:DescribeTransitGatewayVpcAttachments", ec2::transit_gateway_vpc_attachments),
    ("ec2:DescribeTransitGatewayRouteTables", ec2::transit_gateway_route_tables),
    ("ec2:SearchTransitGatewayRoutes", ec2::transit_gateway_routes),
    ("ec2:GetTransitGatewayRouteTableAssociations", ec2::transit_gateway_associations),
    ("ec2:GetTransitGatewayRouteTablePropagations", ec2::transit_gateway_propagations),
    ("ec2:DescribeVpnGateways", ec2::vpn_gateways),
    ("ec2:DescribeVpcBlockPublicAccessOptions", ec2::block_public_access_options),
    ("ec2:DescribeVpcBlockPublicAccessExclusions", ec2::block_public_access_exclusions),
];
