//! A fix as data: typed changes to an account. They are applied to a copy of the snapshot to prove a fix, and
//! rendered as AWS CLI commands.
//!
//! What a check need not say, because every fix gets it: that a registered task definition is deployed, that the name
//! of an inline policy is free, who owns what is changed.

use crate::shell::Command;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Stands for the id of what the change before creates: a NAT gateway, an internet gateway.
pub const NEW: &str = "new";

/// One change to the account. Regions are those of the target unless a field names another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "change", rename_all = "kebab-case")]
#[expect(
    missing_docs,
    reason = "the fields are the parameters of the AWS call that each variant names"
)]
pub enum Change {
    /// `ec2 create-vpc-endpoint --vpc-endpoint-type Interface`, with private DNS.
    CreateInterfaceEndpoint {
        vpc: String,
        service_name: String,
        subnets: Vec<String>,
        security_groups: Vec<String>,
    },
    /// `ec2 create-vpc-endpoint --vpc-endpoint-type Gateway`.
    CreateGatewayEndpoint { vpc: String, service_name: String, route_tables: Vec<String> },
    /// `ec2 modify-vpc-endpoint --add-route-table-ids`.
    AssociateRouteTable { endpoint: String, route_tables: Vec<String> },
    /// `ec2 modify-vpc-endpoint --private-dns-enabled`.
    EnablePrivateDns { endpoint: String },
    /// `ec2 modify-vpc-endpoint --policy-document` with the whole document.
    SetEndpointPolicy { endpoint: String, policy: Value },
    /// `ec2 create-route` or, when the destination has a route already, `ec2 replace-route`.
    AddRoute { route_table: String, destination: String, target: RouteTarget, replaces: bool },
    /// `ec2 create-nat-gateway` in a public subnet, with an Elastic IP address, and the default route to it.
    CreateNatGateway { public_subnet: String, route_table: String, replaces_route: bool },
    /// `ec2 attach-internet-gateway`; of a new gateway where its id is [`NEW`].
    AttachInternetGateway { internet_gateway: String, vpc: String },
    /// `ec2 authorize-security-group-egress`.
    AuthorizeEgress { security_group: String, rule: SecurityGroupRule },
    /// `ec2 authorize-security-group-ingress`.
    AuthorizeIngress { security_group: String, rule: SecurityGroupRule },
    /// `ec2 create-network-acl-entry` with a number before the entry that denies.
    AddNaclEntry {
        network_acl: String,
        number: i64,
        egress: bool,
        cidr: String,
        protocol: String,
        from_port: i64,
        to_port: i64,
    },
    /// `ec2 modify-vpc-attribute`.
    EnableVpcDns { vpc: String, support: bool, hostnames: bool },
    /// `ecs update-service --network-configuration` with `assignPublicIp=ENABLED`.
    AssignPublicIp { cluster: String, service: String },
    /// `ecs update-service --network-configuration` with these subnets and groups.
    SetServiceNetwork {
        cluster: String,
        service: String,
        subnets: Vec<String>,
        security_groups: Vec<String>,
    },
    /// `iam attach-role-policy`.
    AttachManagedPolicy { role: String, policy_arn: String },
    /// `iam put-role-policy`: a new inline policy with these statements.
    PutRolePolicyStatement { role: String, policy_name: String, statements: Vec<Value> },
    /// `iam put-role-policy`: an inline policy that exists, with the whole document.
    SetRolePolicy { role: String, policy_name: String, policy: Value },
    /// `iam delete-role-policy`.
    DeleteRolePolicy { role: String, policy_name: String },
    /// `iam create-policy-version --set-as-default`: a customer managed policy, with the whole document.
    SetManagedPolicy { policy_arn: String, policy: Value },
    /// `iam update-assume-role-policy` with the whole document ([`with_statement`] keeps what is there).
    SetTrustPolicy { role: String, policy: Value },
    /// `ecr set-repository-policy` with the whole document. The repository is named by its ARN, or by its name where it
    /// is one of the target's account and region.
    SetRepositoryPolicy { repository: String, policy: Value },
    /// `secretsmanager put-resource-policy` with the whole document.
    SetSecretPolicy { secret: String, policy: Value },
    /// `kms put-key-policy` with one statement added.
    SetKeyPolicyStatement { key: String, statement: Value },
    /// `kms put-key-policy` with the whole document.
    SetKeyPolicy { key: String, policy: Value },
    /// `kms cancel-key-deletion` and `kms enable-key`.
    EnableKey { key: String, cancel_deletion: bool },
    /// `secretsmanager restore-secret`.
    RestoreSecret { secret: String },
    /// `logs create-log-group`.
    CreateLogGroup { log_group: String, region: Option<String> },
    /// `ecs register-task-definition` with these fields changed, and nothing else.
    RegisterTaskDefinition { task_definition: String, edits: Vec<TaskDefinitionEdit> },
    /// `ecs update-service` with the task definition that the change before registers.
    DeployTaskDefinition { cluster: String, service: String, family: String },
    /// `ecs update-service --health-check-grace-period-seconds`.
    SetGracePeriod { cluster: String, service: String, seconds: i64, was: Option<i64> },
    /// `ecs update-service --deployment-configuration`.
    SetDeploymentPercent {
        cluster: String,
        service: String,
        minimum: i64,
        maximum: i64,
        was_minimum: i64,
        was_maximum: i64,
    },
    /// `ecs update-service --force-new-deployment`.
    ForceNewDeployment { cluster: String, service: String },
    /// `elbv2 modify-target-group`. The settings are its options without the dashes (`health-check-path`,
    /// `health-check-port`, `health-check-protocol`, `health-check-interval-seconds`, `health-check-timeout-seconds`,
    /// `healthy-threshold-count`, `unhealthy-threshold-count`) and `matcher`, the codes alone (`200-399`).
    SetHealthCheck { target_group: String, settings: BTreeMap<String, String> },
    /// `elbv2 set-subnets` with these subnets added to those that the load balancer has.
    EnableLoadBalancerZone { load_balancer: String, subnets: Vec<String> },
    /// `efs create-mount-target`.
    CreateMountTarget { file_system: String, subnet: String, security_groups: Vec<String> },
    /// Something that only a person can do, such as pushing an image.
    Manual { instruction: String, commands: Vec<String> },
}

impl Change {
    /// What only a person can do. A command that a name makes unsafe to write is left out.
    pub(crate) fn manual(
        instruction: impl Into<String>,
        commands: impl IntoIterator<Item = Command>,
    ) -> Self {
        let commands = commands.into_iter().filter_map(|command| command.finish().ok()).collect();
        Self::Manual { instruction: instruction.into(), commands }
    }

    /// Whether the change starts a deployment by itself.
    #[must_use]
    pub fn deploys(&self) -> bool {
        matches!(
            self,
            Self::AssignPublicIp { .. }
                | Self::SetServiceNetwork { .. }
                | Self::DeployTaskDefinition { .. }
                | Self::ForceNewDeployment { .. }
        )
    }
}

/// Where a route leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RouteTarget {
    /// Internet gateway id, or [`NEW`].
    InternetGateway(String),
    /// NAT gateway id, or [`NEW`].
    NatGateway(String),
}

/// A rule of a security group, one peer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SecurityGroupRule {
    /// `tcp`, `udp` or `-1`.
    pub protocol: String,
    /// First port.
    pub from_port: i64,
    /// Last port.
    pub to_port: i64,
    /// The other side.
    pub peer: Peer,
}

/// The other side of a security group rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Peer {
    /// IPv4 or IPv6 prefix.
    Cidr(String),
    /// Security group id.
    SecurityGroup(String),
    /// Prefix list id.
    PrefixList(String),
}

/// One field of a task definition with its new value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "field", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the fields are those of the task definition")]
pub enum TaskDefinitionEdit {
    /// Task memory, MiB.
    Memory { mib: i64, cpu: Option<i64> },
    /// CPU units and MiB, a pair that Fargate accepts.
    Size { cpu: i64, mib: i64 },
    /// A container's hard limit, MiB.
    ContainerMemory { container: String, mib: i64 },
    /// A container's image.
    Image { container: String, image: String },
    /// `cpuArchitecture`.
    Platform { architecture: String },
    /// Execution role ARN.
    ExecutionRole { arn: String },
    /// Task role ARN.
    TaskRole { arn: String },
    /// One log option of a container; `None` removes it.
    LogOption { container: String, option: String, value: Option<String> },
    /// Fields of a container's health check.
    HealthCheck {
        container: String,
        start_period: Option<i64>,
        command: Option<Vec<String>>,
        retries: Option<i64>,
    },
    /// A variable of a container, new or with another value.
    Environment { container: String, name: String, value: String },
    /// `valueFrom` of a secret, or a new one.
    SecretValueFrom { container: String, name: String, value_from: String },
    /// Task ephemeral storage, GiB.
    EphemeralStorage { gib: i64 },
    /// Whether the task ends with the container.
    Essential { container: String, essential: bool },
}

/// A policy with one statement more; the others stay as they are. Without a policy, a new one.
#[must_use]
pub fn with_statement(policy: Option<&Value>, statement: Value) -> Value {
    let mut policy = match policy {
        Some(Value::Object(policy)) => policy.clone(),
        _ => serde_json::Map::from_iter([("Version".to_owned(), Value::from("2012-10-17"))]),
    };
    let mut statements = match policy.remove("Statement") {
        Some(Value::Array(statements)) => statements,
        Some(one @ Value::Object(_)) => vec![one],
        _ => Vec::new(),
    };
    if !statements.contains(&statement) {
        statements.push(statement);
    }
    policy.insert("Statement".to_owned(), Value::Array(statements));
    Value::Object(policy)
}

/// A new policy of these statements.
#[must_use]
pub fn policy_of(statements: &[Value]) -> Value {
    statements
        .iter()
        .fold(Value::Null, |policy, statement| with_statement(Some(&policy), statement.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_policy_keeps_its_statements() {
        let one = json!({ "Version": "2008-10-17", "Id": "x", "Statement": { "Sid": "a" } });
        let two = with_statement(Some(&one), json!({ "Sid": "b" }));
        assert_eq!(
            two,
            json!({ "Version": "2008-10-17", "Id": "x", "Statement": [{ "Sid": "a" }, { "Sid": "b" }] })
        );
        assert_eq!(with_statement(Some(&two), json!({ "Sid": "b" })), two);
        assert_eq!(
            with_statement(None, json!({ "Sid": "b" })),
            json!({ "Version": "2012-10-17", "Statement": [{ "Sid": "b" }] })
        );
    }
}
