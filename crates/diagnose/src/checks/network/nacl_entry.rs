//! The entries that a network ACL lacks: a free number before the entry that drops the packet, for the very direction,
//! ports and addresses. VPC User Guide, "Network ACL rules": the lowest number that matches decides.

use super::group::{Cut, Group};
use crate::change::Change;
use crate::check::Remedy;
use crate::launch::Launch;
use crate::report::Safety;
use ecswhy_facts::ec2::NetworkAcl;
use ecswhy_network::{Destination, Fault as Kind, HopKind, Leg, Obstacle, Path};

/// The highest number that a rule may have; the implicit last one stands behind it.
const LAST: i64 = 32_766;
/// Client ports of every kind of client: Linux, Windows, NAT gateways. VPC User Guide, "Ephemeral ports".
const CLIENT_PORTS: (i64, i64) = (1024, 65_535);

/// One remedy for all ACLs of the launch that are in the way.
pub fn remedy(launch: &Launch<'_>, all: &[Group<'_>]) -> Option<Remedy> {
    let mut changes: Vec<Change> = Vec::new();
    let mut acls: Vec<String> = Vec::new();
    for cut in all.iter().filter(|group| group.kind == Kind::Nacl).flat_map(|group| &group.cuts) {
        let Some(change) = entry(launch, cut, &changes) else { continue };
        if !changes.iter().any(|known| same_but_number(known, &change)) {
            changes.push(change);
        }
        if !acls.contains(&cut.obstacle.subject) {
            acls.push(cut.obstacle.subject.clone());
        }
    }
    let title = format!("Let the traffic through network ACL {}", super::tell::list(&acls));
    (!changes.is_empty()).then(|| {
        Remedy::new(title, Safety::NonDisruptive, changes)
            .touches("The entries count for everything in the subnets of the network ACL.")
    })
}

fn same_but_number(one: &Change, two: &Change) -> bool {
    match (one, two) {
        (
            Change::AddNaclEntry {
                network_acl: a,
                egress: b,
                cidr: c,
                from_port: d,
                to_port: e,
                ..
            },
            Change::AddNaclEntry {
                network_acl: v,
                egress: w,
                cidr: x,
                from_port: y,
                to_port: z,
                ..
            },
        ) => (a, b, c, d, e) == (v, w, x, y, z),
        _ => false,
    }
}

fn entry(launch: &Launch<'_>, cut: &Cut<'_>, planned: &[Change]) -> Option<Change> {
    let path = &cut.reached.answer.path;
    let cidr = |faces_destination| cidr(launch, cut, faces_destination);
    letting_through(launch, cut.obstacle, path, cut.reached.need.port, cidr, planned)
}

/// The entry that lets a dropped packet of a path through. `cidr` is the far end as the ACL sees it: that of the
/// destination, or that of the source.
pub fn letting_through(
    launch: &Launch<'_>,
    obstacle: &Obstacle,
    path: &Path,
    port: u16,
    cidr: impl Fn(bool) -> Option<String>,
    planned: &[Change],
) -> Option<Change> {
    let acl = launch.facts.ec2.network_acls.by_id(&obstacle.subject).ok()??;
    // `Entries[ingress].RuleNumber=100`, as the evaluator names the entry that dropped the packet.
    let field = &obstacle.proof.first()?.field;
    let egress = field.contains("[egress]");
    let dropped: Option<i64> = field.rsplit('=').next().and_then(|number| number.parse().ok());
    let said = &obstacle.proof.first()?.value;
    let hop = path.hops.iter().find(|hop| {
        hop.kind == HopKind::NetworkAcl && hop.id == obstacle.subject && hop.text == *said
    })?;
    let port = i64::from(port);
    let (from_port, to_port) = if hop.leg == Leg::Out { (port, port) } else { CLIENT_PORTS };
    let faces_destination = (hop.leg == Leg::Out) == egress;
    let cidr = cidr(faces_destination)?;
    let number = free_number(acl, egress, dropped, planned)?;
    let network_acl = obstacle.subject.clone();
    let protocol = "tcp".to_owned();
    Some(Change::AddNaclEntry { network_acl, number, egress, cidr, protocol, from_port, to_port })
}

/// The VPC where both ends are inside of it, else everywhere: ACLs cannot name prefix lists.
fn cidr(launch: &Launch<'_>, cut: &Cut<'_>, faces_destination: bool) -> Option<String> {
    let inside = cut.reached.answer.path.way.starts_with("interface endpoint")
        || matches!(cut.reached.need.destination, Destination::Ip(_));
    if faces_destination && !inside {
        return Some("0.0.0.0/0".to_owned());
    }
    let vpc = launch.model().vpc(&launch.model().subnet(&cut.reached.subnet)?.vpc)?;
    vpc.blocks.iter().find(|block| block.addr().is_ipv4()).map(ToString::to_string)
}

fn free_number(
    acl: &NetworkAcl,
    egress: bool,
    dropped: Option<i64>,
    planned: &[Change],
) -> Option<i64> {
    let of_planned = planned.iter().filter_map(|change| match change {
        Change::AddNaclEntry { network_acl, number, egress: out, .. }
            if Some(network_acl) == acl.network_acl_id.as_ref() && *out == egress =>
        {
            Some(*number)
        }
        _ => None,
    });
    let of_acl = acl
        .entries
        .iter()
        .filter(|entry| entry.egress.unwrap_or_default() == egress)
        .filter_map(|entry| entry.rule_number);
    let taken: Vec<i64> = of_acl.chain(of_planned).collect();
    let free = |number: &i64| !taken.contains(number);
    match dropped.filter(|number| *number <= LAST) {
        Some(dropped) => (1..dropped).rev().find(free),
        // The implicit last entry dropped it: behind all others there is room.
        None => {
            let last = taken.iter().copied().filter(|number| *number <= LAST).max().unwrap_or(0);
            let round = (last / 10 + 1) * 10;
            if round <= LAST { Some(round) } else { (1..=LAST).rev().find(free) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ecswhy_facts::ec2::NetworkAclEntry;

    #[test]
    fn a_free_number_lies_before_the_entry_that_drops() {
        let acl = |numbers: &[i64]| NetworkAcl {
            network_acl_id: Some("acl-1".to_owned()),
            entries: numbers
                .iter()
                .map(|&number| NetworkAclEntry {
                    rule_number: Some(number),
                    egress: Some(true),
                    ..NetworkAclEntry::default()
                })
                .collect(),
            ..NetworkAcl::default()
        };
        for (numbers, dropped, expected) in [
            (vec![90, 100, 32767], Some(90), Some(89)),
            (vec![89, 90, 32767], Some(90), Some(88)),
            (vec![1, 2, 32767], Some(2), None),
            (vec![100, 32767], None, Some(110)),
            (vec![100, 32767], Some(32767), Some(110)),
            (vec![32767], None, Some(10)),
            (vec![32766, 32767], None, Some(32765)),
        ] {
            assert_eq!(free_number(&acl(&numbers), true, dropped, &[]), expected, "{numbers:?}");
        }
        assert_eq!(free_number(&acl(&[100]), false, Some(50), &[]), Some(49));
    }
}
