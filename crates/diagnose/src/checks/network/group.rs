//! Obstacles that are one finding: the same fault of the same subject, on whichever paths it lies.

use super::paths::Reached;
use crate::symptom::Symptom;
use ecswhy_network::{Fault as Kind, Obstacle, Proof};

/// One path that is cut.
#[derive(Clone, Copy, Debug)]
pub struct Cut<'l> {
    /// The path.
    pub reached: &'l Reached,
    /// The obstacle's place among those of the path.
    pub hop: usize,
    /// The obstacle.
    pub obstacle: &'l Obstacle,
    /// Whether only some packets are stopped.
    pub sometimes: bool,
}

/// The paths that the same fault of the same subject cuts.
#[derive(Clone, Debug)]
pub struct Group<'l> {
    /// The fault.
    pub kind: Kind,
    /// The subject of the finding.
    pub subject: String,
    /// The paths.
    pub cuts: Vec<Cut<'l>>,
}

impl<'l> Group<'l> {
    /// Puts a cut into its group.
    pub fn add(groups: &mut Vec<Self>, cut: Cut<'l>) {
        let (kind, subject) = (cut.obstacle.fault, subject(&cut));
        match groups.iter_mut().find(|group| group.kind == kind && group.subject == subject) {
            Some(group) => group.cuts.push(cut),
            None => groups.push(Self { kind, subject, cuts: vec![cut] }),
        }
    }

    /// The place of the obstacle on the path where it comes first.
    pub fn hop(&self) -> u32 {
        let first = self.cuts.iter().map(|cut| cut.hop).min().unwrap_or_default();
        u32::try_from(first).unwrap_or(u32::MAX)
    }

    /// The subnets whose tasks it cuts off, each once.
    pub fn subnets(&self) -> Vec<String> {
        unique(self.cuts.iter().map(|cut| cut.reached.subnet.clone()))
    }

    /// The hosts that it cuts off, each once.
    pub fn hosts(&self) -> Vec<String> {
        unique(self.cuts.iter().flat_map(|cut| cut.reached.need.hosts.iter().cloned()))
    }

    /// The names of what it cuts off, each once: what the task cannot start without, if there is any.
    pub fn names(&self) -> Vec<String> {
        let hard = |cut: &&Cut<'_>| !cut.reached.need.soft;
        let names = unique(self.cuts.iter().filter(hard).map(|cut| cut.reached.need.name.clone()));
        if names.is_empty() {
            unique(self.cuts.iter().map(|cut| cut.reached.need.name.clone()))
        } else {
            names
        }
    }

    /// The ports that it cuts off.
    pub fn ports(&self) -> Vec<u16> {
        let mut ports: Vec<u16> = self.cuts.iter().map(|cut| cut.reached.need.port).collect();
        ports.sort_unstable();
        ports.dedup();
        ports
    }

    /// What it can show as.
    pub fn symptoms(&self) -> Vec<Symptom> {
        unique(self.cuts.iter().flat_map(|cut| cut.reached.need.symptoms.iter().copied()))
    }

    /// The facts that prove it, each once.
    pub fn proofs(&self) -> Vec<&'l Proof> {
        unique(self.cuts.iter().flat_map(|cut| &cut.obstacle.proof))
    }
}

/// DESIGN.md, section 5: the subnet for faults of subnets, else the id that AWS gives to what is at fault.
fn subject(cut: &Cut<'_>) -> String {
    match cut.obstacle.fault {
        Kind::NoEgress
        | Kind::PublicIpMissing
        | Kind::NatUnusable
        | Kind::BlackholeRoute
        | Kind::Nacl
        | Kind::S3EndpointRouteTable
        | Kind::BlockPublicAccess => cut.reached.subnet.clone(),
        Kind::TargetSecurityGroup => {
            cut.reached.need.file_system.clone().unwrap_or_else(|| cut.obstacle.subject.clone())
        }
        _ => cut.obstacle.subject.clone(),
    }
}

fn unique<T: PartialEq>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut seen: Vec<T> = Vec::new();
    for item in items {
        if !seen.contains(&item) {
            seen.push(item);
        }
    }
    seen
}
