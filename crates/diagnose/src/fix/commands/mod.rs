//! Typed changes as AWS CLI commands with the account's own names, ready to paste into a shell, and the commands that
//! undo them. Commands need the AWS CLI (version 1 or 2) and a POSIX shell, nothing else.

mod ecs;
mod network;
mod other;
mod permissions;
mod task_definition;

use super::apply::apply;
use crate::change::Change;
use crate::shell::{Command, NotWritable};
pub(super) use ecs::deploy_again;
use ecswhy_facts::Snapshot;
use std::collections::BTreeSet;
pub(crate) use task_definition::read as read_definition;

/// The commands of a set of changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// Commands that make the changes, in order. The ids of new resources flow between them in shell variables.
    pub commands: Vec<String>,
    /// Commands that undo them, in order.
    pub rollback: Vec<String>,
}

/// Writes the commands of changes.
///
/// `account` is the account as it is, which the rollback leads back to; `model` is the model that the changes were
/// proven on.
///
/// # Errors
/// When a document that a command must repeat is not known, or a name cannot be written safely.
pub fn script(
    account: &Snapshot,
    model: &Snapshot,
    changes: &[Change],
) -> Result<Script, NotWritable> {
    let mut writer = Writer {
        account,
        model: model.clone(),
        region: account.region.clone(),
        commands: Vec::new(),
        undo: Vec::new(),
        registered: None,
        nat: None,
        internet_gateway: None,
        variables: BTreeSet::new(),
    };
    for change in changes {
        writer.write(change)?;
        // Two changes of one policy build on each other.
        apply(&mut writer.model, change).map_err(|why| NotWritable(why.to_string()))?;
    }
    writer.undo.reverse();
    Ok(Script { commands: writer.commands, rollback: writer.undo.concat() })
}

struct Writer<'a> {
    account: &'a Snapshot,
    /// The account as the changes before left it.
    model: Snapshot,
    region: String,
    commands: Vec<String>,
    /// Per change, the commands that undo it.
    undo: Vec<Vec<String>>,
    /// Variable with the ARN of the revision that was registered.
    registered: Option<String>,
    /// Variable with the id of the NAT gateway that was created.
    nat: Option<String>,
    /// Variable with the id of the internet gateway that was created.
    internet_gateway: Option<String>,
    variables: BTreeSet<String>,
}

impl Writer<'_> {
    fn write(&mut self, change: &Change) -> Result<(), NotWritable> {
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
            | Change::EnableVpcDns { .. } => self.network(change),
            Change::AttachManagedPolicy { .. }
            | Change::PutRolePolicyStatement { .. }
            | Change::SetRolePolicy { .. }
            | Change::DeleteRolePolicy { .. }
            | Change::SetManagedPolicy { .. }
            | Change::SetKeyPolicy { .. }
            | Change::SetTrustPolicy { .. }
            | Change::SetRepositoryPolicy { .. }
            | Change::SetSecretPolicy { .. }
            | Change::SetKeyPolicyStatement { .. } => self.permissions(change),
            Change::AssignPublicIp { .. }
            | Change::SetServiceNetwork { .. }
            | Change::RegisterTaskDefinition { .. }
            | Change::DeployTaskDefinition { .. }
            | Change::SetGracePeriod { .. }
            | Change::SetDeploymentPercent { .. }
            | Change::ForceNewDeployment { .. } => self.ecs(change),
            Change::EnableKey { .. }
            | Change::RestoreSecret { .. }
            | Change::CreateLogGroup { .. }
            | Change::SetHealthCheck { .. }
            | Change::EnableLoadBalancerZone { .. }
            | Change::CreateMountTarget { .. } => self.other(change),
            Change::Manual { commands, .. } => {
                for command in commands {
                    if !self.commands.contains(command) {
                        self.commands.push(command.clone());
                    }
                }
                Ok(())
            }
        }
    }

    /// A command in the target's region.
    fn aws(&self, operation: &str) -> Command {
        Command::aws(operation).region(&self.region)
    }

    fn run(&mut self, command: Command) -> Result<(), NotWritable> {
        self.commands.push(command.finish()?);
        Ok(())
    }

    fn run_into(&mut self, variable: &str, command: Command) -> Result<(), NotWritable> {
        self.commands.push(command.into_variable(variable)?);
        Ok(())
    }

    fn undo_with(&mut self, commands: Vec<Command>) -> Result<(), NotWritable> {
        let commands: Result<Vec<String>, NotWritable> =
            commands.into_iter().map(Command::finish).collect();
        self.undo.push(commands?);
        Ok(())
    }

    /// A variable of this name, or of this name with a number where an earlier command uses it.
    fn variable(&mut self, name: &str) -> String {
        let numbered = (2..).map(|number| format!("{name}_{number}"));
        let mut names = std::iter::once(name.to_owned()).chain(numbered);
        let free = names.find(|name| self.variables.insert(name.clone()));
        free.unwrap_or_else(|| name.to_owned())
    }
}
