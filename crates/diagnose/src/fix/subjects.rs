//! Which resources a change touches, main one first.

use crate::change::Change;

/// A resource that a change touches, under the name by which the facts keep it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    Vpc(String),
    Subnet(String),
    RouteTable(String),
    SecurityGroup(String),
    NetworkAcl(String),
    Endpoint(String),
    InternetGateway(String),
    /// `cluster/service`.
    Service(String),
    TaskDefinition(String),
    Role(String),
    /// ARN, whose tags come from a call of their own.
    Tagged(String),
    /// As the task definition names it.
    Secret(String),
    FileSystem(String),
    Other(String),
}

impl Subject {
    /// The id or name.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Vpc(id)
            | Self::Subnet(id)
            | Self::RouteTable(id)
            | Self::SecurityGroup(id)
            | Self::NetworkAcl(id)
            | Self::Endpoint(id)
            | Self::InternetGateway(id)
            | Self::Service(id)
            | Self::TaskDefinition(id)
            | Self::Role(id)
            | Self::Tagged(id)
            | Self::Secret(id)
            | Self::FileSystem(id)
            | Self::Other(id) => id,
        }
    }
}

pub(super) fn subjects(change: &Change) -> Vec<Subject> {
    let service = |cluster: &str, service: &str| Subject::Service(format!("{cluster}/{service}"));
    let subject = match change {
        Change::CreateInterfaceEndpoint { vpc, .. } => Subject::Vpc(vpc.clone()),
        Change::CreateGatewayEndpoint { vpc, route_tables, .. } => {
            let tables = route_tables.iter().cloned().map(Subject::RouteTable);
            return tables.chain([Subject::Vpc(vpc.clone())]).collect();
        }
        Change::AssociateRouteTable { endpoint, .. }
        | Change::EnablePrivateDns { endpoint }
        | Change::SetEndpointPolicy { endpoint, .. } => Subject::Endpoint(endpoint.clone()),
        Change::AddRoute { route_table, .. } => Subject::RouteTable(route_table.clone()),
        Change::CreateNatGateway { public_subnet, route_table, .. } => {
            return vec![
                Subject::RouteTable(route_table.clone()),
                Subject::Subnet(public_subnet.clone()),
            ];
        }
        Change::AttachInternetGateway { internet_gateway, vpc } => {
            return vec![
                Subject::InternetGateway(internet_gateway.clone()),
                Subject::Vpc(vpc.clone()),
            ];
        }
        Change::AuthorizeEgress { security_group, .. }
        | Change::AuthorizeIngress { security_group, .. } => {
            Subject::SecurityGroup(security_group.clone())
        }
        Change::AddNaclEntry { network_acl, .. } => Subject::NetworkAcl(network_acl.clone()),
        Change::EnableVpcDns { vpc, .. } => Subject::Vpc(vpc.clone()),
        Change::AssignPublicIp { cluster, service: name }
        | Change::SetServiceNetwork { cluster, service: name, .. }
        | Change::SetGracePeriod { cluster, service: name, .. }
        | Change::SetDeploymentPercent { cluster, service: name, .. }
        | Change::DeployTaskDefinition { cluster, service: name, .. }
        | Change::ForceNewDeployment { cluster, service: name } => service(cluster, name),
        Change::RegisterTaskDefinition { task_definition, .. } => {
            Subject::TaskDefinition(task_definition.clone())
        }
        Change::AttachManagedPolicy { role, .. }
        | Change::PutRolePolicyStatement { role, .. }
        | Change::SetRolePolicy { role, .. }
        | Change::DeleteRolePolicy { role, .. }
        | Change::SetTrustPolicy { role, .. } => Subject::Role(role.clone()),
        Change::SetManagedPolicy { policy_arn, .. } => Subject::Other(policy_arn.clone()),
        Change::SetRepositoryPolicy { repository, .. } => Subject::Tagged(repository.clone()),
        Change::SetSecretPolicy { secret, .. } | Change::RestoreSecret { secret } => {
            Subject::Secret(secret.clone())
        }
        Change::SetKeyPolicyStatement { key, .. }
        | Change::SetKeyPolicy { key, .. }
        | Change::EnableKey { key, .. } => Subject::Tagged(key.clone()),
        Change::CreateLogGroup { log_group, .. } => Subject::Other(log_group.clone()),
        Change::SetHealthCheck { target_group, .. } => Subject::Tagged(target_group.clone()),
        Change::EnableLoadBalancerZone { load_balancer, .. } => {
            Subject::Tagged(load_balancer.clone())
        }
        Change::CreateMountTarget { file_system, .. } => Subject::FileSystem(file_system.clone()),
        Change::Manual { instruction, .. } => Subject::Other(instruction.clone()),
    };
    vec![subject]
}
