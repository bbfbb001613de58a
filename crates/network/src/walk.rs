//! What a walk carries and writes down, and the two filters on its way. Obstacles do not end a walk, so that the
//! ones behind them are found as well. Where the packet goes is told elsewhere: [`crate::follow`], [`crate::reply`].

use crate::address::{Addresses, Cover, Flow, NAT_CLIENT_PORTS, Seen};
use crate::filter::{self, Open, Peer, SecurityGroup};
use crate::model::{Model, Subnet, contradiction};
use crate::trace::{Fault, Hop, HopKind, Leg, Obstacle, Passage, Path, Proof};
use ecswhy_facts::Gap;
use std::collections::BTreeSet;

/// What the packet carries.
#[derive(Debug, Clone)]
pub(crate) struct Packet {
    pub from: Addresses,
    pub to: Addresses,
    pub flow: Flow,
    /// Groups of the source's interface, while the packet keeps the membership; `None` when that is not known.
    pub groups: Option<Vec<String>>,
    /// The prefix list that the destination lies in by name.
    pub prefix_list: Option<String>,
    /// Where the reply has to arrive.
    pub home: Home,
}

/// Where a reply has to arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Home {
    /// At the interface that sent the packet: the source's, or a NAT gateway's.
    Subnet { vpc: String, subnet: String },
    /// Somewhere on the internet.
    Internet,
}

impl Packet {
    /// The packet as a NAT gateway in `home` sends it on.
    pub fn translated(&self, from: Addresses, home: Home) -> Self {
        let mut flow = self.flow.clone();
        flow.client_ports = NAT_CLIENT_PORTS;
        Self { from, flow, groups: Some(Vec::new()), home, ..self.clone() }
    }
}

/// Where the packet starts, resolved.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub label: String,
    pub vpc: String,
    pub subnet: String,
    pub groups: Result<Vec<String>, Gap>,
    pub v4: Option<Addresses>,
    pub v6: Option<Addresses>,
    /// Whether it has a public IPv4 address, and which.
    pub public: Option<Addresses>,
    /// Why nothing can be sent from here at all.
    pub silent: Option<String>,
    /// What contradicts itself about the origin.
    pub unclear: Option<Gap>,
}

/// The security groups of an interface, in one direction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Guard<'a> {
    pub groups: &'a [String],
    /// The VPC of the interface: groups of another one contradict it.
    pub vpc: &'a str,
    pub ingress: bool,
    /// What it is called when they drop the packet.
    pub fault: Fault,
}

pub(crate) struct Walk<'m> {
    pub model: &'m Model,
    pub path: Path,
    pub subnet: String,
    pub target_must_be_known: bool,
    /// The interface that the question asks for: another one with its address is not it.
    pub wanted: Option<String>,
    /// The groups and ACLs that had a say, by id.
    pub asked: BTreeSet<&'m str>,
    /// How often a reply came back into the subnet of its request.
    pub homecomings: usize,
}

impl<'m> Walk<'m> {
    pub fn new(model: &'m Model, subnet: &str, target_must_be_known: bool) -> Self {
        Self {
            model,
            path: Path::default(),
            subnet: subnet.to_owned(),
            target_must_be_known,
            wanted: None,
            asked: BTreeSet::new(),
            homecomings: 0,
        }
    }

    /// The first hop, and what keeps the source from sending at all.
    pub fn start(&mut self, source: &Source) {
        let place = format!("in {}", source.subnet);
        self.hop(HopKind::Source, &source.label, Leg::Out, Passage::Passed, place);
        if let Some(gap) = &source.unclear {
            self.gap(HopKind::Source, &source.label, Leg::Out, gap.clone());
        }
        if let Some(message) = &source.silent {
            self.hop(HopKind::Source, &source.label, Leg::Out, Passage::Blocked, message.clone());
            self.obstacle(Fault::SourceSilent, &source.label, message, false, Vec::new());
        }
    }

    pub fn hop(
        &mut self,
        kind: HopKind,
        id: &str,
        leg: Leg,
        passage: Passage,
        text: impl Into<String>,
    ) {
        self.path.hops.push(Hop { kind, id: id.to_owned(), leg, passage, text: text.into() });
    }

    pub fn obstacle(
        &mut self,
        fault: Fault,
        subject: &str,
        message: impl Into<String>,
        partial: bool,
        proof: Vec<Proof>,
    ) {
        let message = message.into();
        self.path.obstacles.push(Obstacle {
            fault,
            subject: subject.to_owned(),
            subnet: self.subnet.clone(),
            message,
            partial,
            proof,
        });
    }

    /// A hop that is an obstacle at the same time.
    #[expect(clippy::too_many_arguments, reason = "each is one column of the trace")]
    pub fn stop(
        &mut self,
        kind: HopKind,
        id: &str,
        leg: Leg,
        fault: Fault,
        message: &str,
        call: &'static str,
        field: &str,
        value: &str,
    ) {
        self.hop(kind, id, leg, Passage::Blocked, message);
        let proof = Proof {
            call,
            resource: id.to_owned(),
            field: field.to_owned(),
            value: value.to_owned(),
        };
        self.obstacle(fault, id, message, false, vec![proof]);
    }

    pub fn gap(&mut self, kind: HopKind, id: &str, leg: Leg, gap: Gap) {
        self.hop(kind, id, leg, Passage::Open, gap.to_string());
        self.path.gaps.push(gap);
    }

    fn look_up_groups(&mut self, groups: &[String], vpc: &str) -> Vec<&'m SecurityGroup> {
        let model = self.model;
        let mut found = Vec::new();
        for id in groups {
            let gap = match model.groups.get(id) {
                Some(group) if group.vpc.as_deref().is_none_or(|own| own == vpc) => {
                    self.asked.insert(&group.id);
                    found.push(group);
                    continue;
                }
                Some(group) => contradiction(
                    "DescribeSecurityGroups",
                    id,
                    format!(
                        "it belongs to {}, not to {vpc}",
                        group.vpc.as_deref().unwrap_or("no VPC")
                    ),
                ),
                None => model.gap("DescribeSecurityGroups", id),
            };
            self.gap(HopKind::SecurityGroup, id, Leg::Out, gap);
        }
        found
    }

    /// The source's own security groups. `members` are the groups of the target, as far as rules may name them.
    pub fn leave_interface(
        &mut self,
        groups: &Result<Vec<String>, Gap>,
        vpc: &str,
        members: Option<&[String]>,
        packet: &Packet,
    ) {
        match groups {
            Ok(groups) => {
                let guard =
                    Guard { groups, vpc, ingress: false, fault: Fault::SecurityGroupEgress };
                self.judge_groups(&guard, &packet.to, members, packet);
            }
            Err(gap) => {
                self.gap(HopKind::SecurityGroup, "security groups", Leg::Out, gap.clone());
            }
        }
    }

    /// Judges by security groups. `members` are the groups of the far end, `packet` gives flow and prefix list.
    pub fn judge_groups(
        &mut self,
        guard: &Guard<'_>,
        far: &Addresses,
        members: Option<&[String]>,
        packet: &Packet,
    ) {
        let Guard { groups, vpc, ingress, fault } = *guard;
        let before = self.path.gaps.len();
        let hops = self.path.hops.len();
        let known = self.look_up_groups(groups, vpc);
        if known.is_empty() && self.path.gaps.len() > before {
            return;
        }
        let prefix_list = if ingress { None } else { packet.prefix_list.as_deref() };
        let peer = Peer { address: far, groups: members, prefix_list };
        let decision = filter::decide(&known, ingress, &packet.flow.request(), &peer);
        let subject = groups.first().cloned().unwrap_or_else(|| "no security group".to_owned());
        let passage = match decision.cover {
            Cover::All => {
                // An unknown group only adds rules; what one known group allows is allowed.
                self.path.gaps.truncate(before);
                self.path.hops.truncate(hops);
                Passage::Passed
            }
            Cover::None if self.path.gaps.len() == before => Passage::Blocked,
            _ => Passage::Open,
        };
        self.hop(HopKind::SecurityGroup, &subject, Leg::Out, passage, decision.text.clone());
        if let Some(why) = decision.open {
            self.path.gaps.push(match why {
                Open::List(list) => self.model.gap("GetManagedPrefixListEntries", &list),
                Open::Members => contradiction(
                    "DescribeNetworkInterfaces",
                    &far.to_string(),
                    "it is not known whether the other end is in a group that a rule names"
                        .to_owned(),
                ),
            });
        } else if passage == Passage::Blocked || decision.cover == Cover::Part {
            let field = if ingress { "IpPermissions" } else { "IpPermissionsEgress" };
            let proof = groups.iter().map(|id| Proof {
                call: "ec2:DescribeSecurityGroups",
                resource: id.clone(),
                field: field.to_owned(),
                value: decision.text.clone(),
            });
            let proof = proof.collect();
            self.obstacle(fault, &subject, decision.text, decision.cover == Cover::Part, proof);
        }
    }

    /// A subnet's network ACL, in one direction.
    pub fn cross_acl(
        &mut self,
        subnet: &Subnet,
        ingress: bool,
        leg: Leg,
        seen: &Seen,
        far: &Addresses,
    ) {
        let model = self.model;
        let acl =
            match subnet.acl.clone().and_then(|id| {
                model.acls.get(&id).ok_or_else(|| model.gap("DescribeNetworkAcls", &id))
            }) {
                Ok(acl) => acl,
                Err(gap) => return self.gap(HopKind::NetworkAcl, &subnet.id, leg, gap),
            };
        self.asked.insert(&acl.id);
        match acl.decide(ingress, seen, far) {
            Err(gap) => self.gap(HopKind::NetworkAcl, &acl.id, leg, gap),
            Ok(decision) => {
                let passage = match decision.cover {
                    Cover::All => Passage::Passed,
                    Cover::Part => Passage::Open,
                    Cover::None => Passage::Blocked,
                };
                self.hop(HopKind::NetworkAcl, &acl.id, leg, passage, decision.text.clone());
                if decision.cover != Cover::All {
                    let field = format!(
                        "Entries[{}].RuleNumber={}",
                        if ingress { "ingress" } else { "egress" },
                        decision.entry
                    );
                    let proof = Proof {
                        call: "ec2:DescribeNetworkAcls",
                        resource: acl.id.clone(),
                        field,
                        value: decision.text.clone(),
                    };
                    let packets = if leg == Leg::Out { "requests" } else { "replies" };
                    let some = if decision.cover == Cover::Part { "some of the" } else { "the" };
                    let message = format!(
                        "Network ACL {} of subnet {} drops {some} {packets}: {}.",
                        acl.id, subnet.id, decision.text
                    );
                    self.obstacle(
                        Fault::Nacl,
                        &acl.id,
                        message,
                        decision.cover == Cover::Part,
                        vec![proof],
                    );
                }
            }
        }
    }
}
