//! Applies a typed change to the model of an account, as AWS would. Knows what each change does to the facts; whether
//! that clears anything is for the checks to say.

mod ecs;
mod network;
mod other;
mod permissions;
mod task_definition;

pub(super) use ecs::newest;

use crate::change::Change;
use ecswhy_facts::Snapshot;

/// The resource that a change names is not among the facts, or AWS would refuse the change: the model cannot show
/// what would come of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotModelled(String);

impl NotModelled {
    fn unknown(kind: &str, id: &str) -> Self {
        Self(format!("the {kind} {id} is not among the facts"))
    }
}

/// Applies one change. A [`Change::Manual`] changes nothing: what a person does is outside of the model.
///
/// # Errors
/// When the facts do not hold what the change changes.
pub fn apply(snapshot: &mut Snapshot, change: &Change) -> Result<(), NotModelled> {
    match change {
        Change::CreateInterfaceEndpoint { .. }
        | Change::CreateGatewayEndpoint { .. }
        | Change::AssociateRouteTable { .. }
        | Change::EnablePrivateDns { .. }
        | Change::SetEndpointPolicy { .. }
        | Change::AddRoute { .. }
        | Change::CreateNatGateway { .. }
        | Change::AttachInternetGateway { .. }
        | Change::AuthorizeEgress { .. }
        | Change::AuthorizeIngress { .. }
        | Change::AddNaclEntry { .. }
        | Change::EnableVpcDns { .. } => network::apply(&mut snapshot.home_mut().ec2, change),
        Change::AttachManagedPolicy { .. }
        | Change::PutRolePolicyStatement { .. }
        | Change::SetRolePolicy { .. }
        | Change::DeleteRolePolicy { .. }
        | Change::SetManagedPolicy { .. }
        | Change::SetKeyPolicy { .. }
        | Change::SetTrustPolicy { .. }
        | Change::SetRepositoryPolicy { .. }
        | Change::SetSecretPolicy { .. }
        | Change::SetKeyPolicyStatement { .. } => permissions::apply(snapshot, change),
        Change::AssignPublicIp { .. }
        | Change::SetServiceNetwork { .. }
        | Change::RegisterTaskDefinition { .. }
        | Change::DeployTaskDefinition { .. }
        | Change::SetGracePeriod { .. }
        | Change::SetDeploymentPercent { .. }
        | Change::ForceNewDeployment { .. } => ecs::apply(snapshot, change),
        Change::EnableKey { .. }
        | Change::RestoreSecret { .. }
        | Change::CreateLogGroup { .. }
        | Change::SetHealthCheck { .. }
        | Change::EnableLoadBalancerZone { .. }
        | Change::CreateMountTarget { .. } => other::apply(snapshot, change),
        Change::Manual { .. } => Ok(()),
    }
}
