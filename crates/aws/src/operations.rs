//! Which AWS operations the tool reads, as one table of data.
//!
//! A row holds what only we know: whether a run needs the answer, which error
//! codes mean "it does not exist", how many subjects fit in one request, which
//! page size to ask for, and the IAM action where it is not the operation's name.
//! What AWS knows (protocol, shapes, paging tokens, endpoints) comes from
//! `model/*.json`, which `gen/shapes.py` writes for exactly the rows below.
//! All rows are reads; writes belong to another table in another crate.

use crate::model::OperationModel;
use crate::service::{self, Service};

/// Whether a run can do without the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Retried, with the full timeout.
    Required,
    /// One attempt with a short timeout; its failure is not worth a wait.
    Optional,
}

/// How many subjects one request may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Batch {
    /// The input member that lists the subjects.
    pub member: &'static str,
    /// AWS's limit on its length.
    pub size: usize,
}

/// One AWS API operation and what we know of it.
#[derive(Debug)]
pub struct Operation {
    /// The service that it belongs to.
    pub service: &'static Service,
    /// AWS's name, `DescribeServices`.
    pub name: &'static str,
    /// Required or optional.
    pub need: Need,
    /// Error codes that mean "the subject does not exist"; `Code: text` also asks
    /// for a text in the message, for codes that mean several things.
    pub absent: &'static [&'static str],
    /// Several subjects in one request.
    pub batch: Option<Batch>,
    /// Page size to ask for, where AWS's default is smaller than its maximum.
    pub page_size: Option<u32>,
    action: Option<&'static str>,
}

impl Operation {
    /// A required operation without anything special.
    #[must_use]
    pub const fn new(service: &'static Service, name: &'static str) -> Self {
        Self {
            service,
            name,
            need: Need::Required,
            absent: &[],
            batch: None,
            page_size: None,
            action: None,
        }
    }

    /// One attempt, short timeout.
    #[must_use]
    pub const fn optional(mut self) -> Self {
        self.need = Need::Optional;
        self
    }

    /// Error codes that mean that the subject does not exist.
    #[must_use]
    pub const fn absent(mut self, codes: &'static [&'static str]) -> Self {
        self.absent = codes;
        self
    }

    /// At most `size` entries in the input list `member`.
    #[must_use]
    pub const fn batch(mut self, member: &'static str, size: usize) -> Self {
        self.batch = Some(Batch { member, size });
        self
    }

    /// Asks for pages of this size when the caller does not say.
    #[must_use]
    pub const fn page(mut self, size: u32) -> Self {
        self.page_size = Some(size);
        self
    }

    /// The IAM action, where it is not `prefix:OperationName`.
    #[must_use]
    pub const fn action_named(mut self, action: &'static str) -> Self {
        self.action = Some(action);
        self
    }

    /// The IAM action that allows the call (Service Authorization Reference).
    #[must_use]
    pub fn action(&self) -> String {
        match self.action {
            Some(action) => action.to_owned(),
            None => format!("{}:{}", self.service.iam_prefix, self.name),
        }
    }

    /// The AWS CLI's spelling, `aws ecs describe-services`.
    #[must_use]
    pub fn cli(&self) -> String {
        format!("aws {} {}", self.service.name, self.model().cli)
    }

    /// What AWS's service model says about the operation.
    #[must_use]
    pub fn model(&self) -> &'static OperationModel {
        self.service.model().operation(self.name)
    }

    /// Whether this error says that the subject does not exist.
    #[must_use]
    pub fn means_absent(&self, code: &str, message: &str) -> bool {
        self.absent.iter().any(|known| match known.split_once(": ") {
            Some((wanted, text)) => wanted == code && message.contains(text),
            None => *known == code,
        }) || self.service.means_absent(code)
    }
}

/// Looks an operation up by the AWS CLI's service name and AWS's operation name.
#[must_use]
pub fn find(service: &str, name: &str) -> Option<&'static Operation> {
    ALL.iter().copied().find(|op| op.service.name == service && op.name == name)
}

macro_rules! table {
    ($( mod $module:ident ($service:ident, $cli:literal) {
        $( $row:ident $name:literal $( . $field:ident ( $($value:tt)* ) )* ; )*
    } )*) => {
        $(
            #[doc = concat!("Operations of `aws ", $cli, "`.")]
            pub mod $module {
                use super::{Operation, service};
                $(
                    #[doc = concat!("`", $name, "`")]
                    pub static $row: Operation =
                        Operation::new(&service::$service, $name) $( . $field ( $($value)* ) )*;
                )*
            }
        )*
        /// Every operation of the table, by service.
        pub static ALL: &[&Operation] = &[ $( $( &$module::$row, )* )* ];
    };
}

table! {
    mod sts (STS, "sts") {
        GET_CALLER_IDENTITY "GetCallerIdentity";
    }
    mod ecs (ECS, "ecs") {
        LIST_CLUSTERS "ListClusters";
        DESCRIBE_CLUSTERS "DescribeClusters".batch("clusters", 100);
        LIST_SERVICES "ListServices".page(100).absent(&["ClusterNotFoundException"]);
        DESCRIBE_SERVICES "DescribeServices".batch("services", 10).absent(&["ClusterNotFoundException"]);
        LIST_TASKS "ListTasks".absent(&["ClusterNotFoundException", "ServiceNotFoundException"]);
        DESCRIBE_TASKS "DescribeTasks".batch("tasks", 100).absent(&["ClusterNotFoundException"]);
        DESCRIBE_TASK_DEFINITION "DescribeTaskDefinition".absent(&["ClientException: Unable to describe task definition"]);
        LIST_TASK_DEFINITIONS "ListTaskDefinitions";
        LIST_SERVICE_DEPLOYMENTS "ListServiceDeployments".optional().absent(&["ServiceNotFoundException"]);
        DESCRIBE_SERVICE_DEPLOYMENTS "DescribeServiceDeployments".optional().batch("serviceDeploymentArns", 20).absent(&["ClusterNotFoundException", "ServiceNotFoundException"]);
        DESCRIBE_SERVICE_REVISIONS "DescribeServiceRevisions".optional().batch("serviceRevisionArns", 20).absent(&["ClusterNotFoundException", "ServiceNotFoundException"]);
    }
    mod ecr (ECR, "ecr") {
        DESCRIBE_REPOSITORIES "DescribeRepositories".batch("repositoryNames", 100).absent(&["RepositoryNotFoundException"]);
        DESCRIBE_IMAGES "DescribeImages".batch("imageIds", 100).absent(&["RepositoryNotFoundException", "ImageNotFoundException"]);
        BATCH_GET_IMAGE "BatchGetImage".batch("imageIds", 100).absent(&["RepositoryNotFoundException"]);
        GET_REPOSITORY_POLICY "GetRepositoryPolicy".absent(&["RepositoryNotFoundException", "RepositoryPolicyNotFoundException"]);
        DESCRIBE_PULL_THROUGH_CACHE_RULES "DescribePullThroughCacheRules".optional().absent(&["PullThroughCacheRuleNotFoundException"]);
        LIST_TAGS_FOR_RESOURCE "ListTagsForResource".optional().absent(&["RepositoryNotFoundException"]);
        GET_REGISTRY_POLICY "GetRegistryPolicy".absent(&["RegistryPolicyNotFoundException"]);
    }
    mod iam (IAM, "iam") {
        GET_ACCOUNT_AUTHORIZATION_DETAILS "GetAccountAuthorizationDetails".page(1000);
        GET_ROLE "GetRole".absent(&["NoSuchEntity"]);
        LIST_ATTACHED_ROLE_POLICIES "ListAttachedRolePolicies".page(1000).absent(&["NoSuchEntity"]);
        LIST_ROLE_POLICIES "ListRolePolicies".page(1000).absent(&["NoSuchEntity"]);
        GET_ROLE_POLICY "GetRolePolicy".absent(&["NoSuchEntity"]);
        GET_POLICY "GetPolicy".absent(&["NoSuchEntity"]);
        GET_POLICY_VERSION "GetPolicyVersion".absent(&["NoSuchEntity"]);
    }
    mod ec2 (EC2, "ec2") {
        DESCRIBE_SUBNETS "DescribeSubnets";
        DESCRIBE_ROUTE_TABLES "DescribeRouteTables";
        DESCRIBE_NAT_GATEWAYS "DescribeNatGateways";
        DESCRIBE_INTERNET_GATEWAYS "DescribeInternetGateways";
        DESCRIBE_EGRESS_ONLY_INTERNET_GATEWAYS "DescribeEgressOnlyInternetGateways";
        DESCRIBE_VPC_ENDPOINTS "DescribeVpcEndpoints";
        DESCRIBE_SECURITY_GROUPS "DescribeSecurityGroups";
        DESCRIBE_NETWORK_ACLS "DescribeNetworkAcls";
        DESCRIBE_VPCS "DescribeVpcs";
        DESCRIBE_VPC_ATTRIBUTE "DescribeVpcAttribute";
        DESCRIBE_DHCP_OPTIONS "DescribeDhcpOptions";
        DESCRIBE_PREFIX_LISTS "DescribePrefixLists";
        DESCRIBE_MANAGED_PREFIX_LISTS "DescribeManagedPrefixLists";
        GET_MANAGED_PREFIX_LIST_ENTRIES "GetManagedPrefixListEntries";
        DESCRIBE_NETWORK_INTERFACES "DescribeNetworkInterfaces";
        DESCRIBE_VPC_BLOCK_PUBLIC_ACCESS_OPTIONS "DescribeVpcBlockPublicAccessOptions".optional();
        DESCRIBE_VPC_BLOCK_PUBLIC_ACCESS_EXCLUSIONS "DescribeVpcBlockPublicAccessExclusions".optional();
        DESCRIBE_VPC_PEERING_CONNECTIONS "DescribeVpcPeeringConnections";
        DESCRIBE_TRANSIT_GATEWAYS "DescribeTransitGateways";
        DESCRIBE_TRANSIT_GATEWAY_ATTACHMENTS "DescribeTransitGatewayAttachments";
        DESCRIBE_TRANSIT_GATEWAY_VPC_ATTACHMENTS "DescribeTransitGatewayVpcAttachments";
        DESCRIBE_TRANSIT_GATEWAY_ROUTE_TABLES "DescribeTransitGatewayRouteTables";
        GET_TRANSIT_GATEWAY_ROUTE_TABLE_ASSOCIATIONS "GetTransitGatewayRouteTableAssociations";
        SEARCH_TRANSIT_GATEWAY_ROUTES "SearchTransitGatewayRoutes";
        DESCRIBE_VPN_GATEWAYS "DescribeVpnGateways";
        DESCRIBE_INSTANCES "DescribeInstances";
    }
    mod secretsmanager (SECRETS_MANAGER, "secretsmanager") {
        DESCRIBE_SECRET "DescribeSecret".absent(&["ResourceNotFoundException"]);
        GET_RESOURCE_POLICY "GetResourcePolicy".absent(&["ResourceNotFoundException"]);
    }
    mod ssm (SSM, "ssm") {
        DESCRIBE_PARAMETERS "DescribeParameters".page(50);
    }
    mod kms (KMS, "kms") {
        DESCRIBE_KEY "DescribeKey".absent(&["NotFoundException"]);
        GET_KEY_POLICY "GetKeyPolicy".absent(&["NotFoundException"]);
        LIST_GRANTS "ListGrants".page(100).absent(&["NotFoundException"]);
        LIST_RESOURCE_TAGS "ListResourceTags".optional().absent(&["NotFoundException"]);
        LIST_ALIASES "ListAliases".page(100).absent(&["NotFoundException"]);
    }
    mod logs (LOGS, "logs") {
        DESCRIBE_LOG_GROUPS "DescribeLogGroups";
        DESCRIBE_LOG_STREAMS "DescribeLogStreams".absent(&["ResourceNotFoundException"]);
        GET_LOG_EVENTS "GetLogEvents".absent(&["ResourceNotFoundException"]);
    }
    mod cloudwatch (CLOUDWATCH, "cloudwatch") {
        GET_METRIC_DATA "GetMetricData".optional().batch("MetricDataQueries", 500);
        GET_METRIC_STATISTICS "GetMetricStatistics".optional();
    }
    mod elbv2 (ELBV2, "elbv2") {
        DESCRIBE_TARGET_GROUPS "DescribeTargetGroups".absent(&["TargetGroupNotFound", "LoadBalancerNotFound"]);
        DESCRIBE_TARGET_HEALTH "DescribeTargetHealth".absent(&["TargetGroupNotFound", "InvalidTarget"]);
        DESCRIBE_TARGET_GROUP_ATTRIBUTES "DescribeTargetGroupAttributes".absent(&["TargetGroupNotFound"]);
        DESCRIBE_LISTENERS "DescribeListeners".absent(&["ListenerNotFound", "LoadBalancerNotFound"]);
        DESCRIBE_RULES "DescribeRules".absent(&["ListenerNotFound", "RuleNotFound"]);
        DESCRIBE_TAGS "DescribeTags".optional().batch("ResourceArns", 20).absent(&["TargetGroupNotFound", "LoadBalancerNotFound"]);
        DESCRIBE_LOAD_BALANCERS "DescribeLoadBalancers".absent(&["LoadBalancerNotFound"]);
    }
    mod efs (EFS, "efs") {
        DESCRIBE_FILE_SYSTEMS "DescribeFileSystems".absent(&["FileSystemNotFound"]);
        DESCRIBE_MOUNT_TARGETS "DescribeMountTargets".absent(&["FileSystemNotFound", "MountTargetNotFound", "AccessPointNotFound"]);
        DESCRIBE_MOUNT_TARGET_SECURITY_GROUPS "DescribeMountTargetSecurityGroups".absent(&["MountTargetNotFound"]);
        DESCRIBE_ACCESS_POINTS "DescribeAccessPoints".absent(&["FileSystemNotFound", "AccessPointNotFound"]);
        DESCRIBE_FILE_SYSTEM_POLICY "DescribeFileSystemPolicy".absent(&["FileSystemNotFound", "PolicyNotFound"]);
    }
    mod s3 (S3, "s3api") {
        LIST_OBJECTS_V2 "ListObjectsV2".absent(&["NoSuchBucket"]).action_named("s3:ListBucket");
        GET_BUCKET_LOCATION "GetBucketLocation".absent(&["NoSuchBucket"]);
        GET_BUCKET_POLICY "GetBucketPolicy".absent(&["NoSuchBucket", "NoSuchBucketPolicy"]);
    }
    mod service_quotas (SERVICE_QUOTAS, "service-quotas") {
        GET_SERVICE_QUOTA "GetServiceQuota".optional().absent(&["NoSuchResourceException"]);
    }
    mod application_autoscaling (APPLICATION_AUTOSCALING, "application-autoscaling") {
        DESCRIBE_SCALABLE_TARGETS "DescribeScalableTargets".optional();
    }
}
