//! What a question about one path needs besides a target: the place where the path starts or ends, and the networks
//! behind the peering connections of its VPC, where they are the caller's own.

use super::{Ask, Plan};
use ecswhy_aws::operations::ec2;
use ecswhy_facts::Snapshot;
use ecswhy_facts::ec2::PeeringVpc;
use serde_json::json;
use std::collections::BTreeSet;

/// A place in a network, by its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// `eni-...`
    Interface(String),
    /// `i-...`
    Instance(String),
    /// `subnet-...`
    Subnet(String),
}

impl Place {
    /// The place that an id names.
    #[must_use]
    pub fn of(id: &str) -> Option<Self> {
        match id.split_once('-')?.0 {
            "eni" => Some(Self::Interface(id.to_owned())),
            "i" => Some(Self::Instance(id.to_owned())),
            "subnet" => Some(Self::Subnet(id.to_owned())),
            _ => None,
        }
    }
}

/// Every call that these places, and the networks read so far, make possible.
pub fn around(snapshot: &Snapshot, places: &[Place]) -> Vec<Ask> {
    let mut plan = Plan { snapshot, asks: Vec::new() };
    let mut vpcs: BTreeSet<String> = BTreeSet::new();
    for place in places {
        vpcs.extend(plan.place(place));
    }
    vpcs.extend(peers(snapshot));
    for vpc in vpcs {
        plan.vpc(&vpc);
    }
    plan.asks
}

impl Plan<'_> {
    /// Asks for a place; its VPC, once it is known.
    fn place(&mut self, place: &Place) -> Option<String> {
        let filter =
            |name: &str, id: &str| json!({ "Filters": [{ "Name": name, "Values": [id] }] });
        let facts = &self.snapshot.home().ec2;
        // A filter, not an id: what does not exist is an empty answer, not an error.
        match place {
            Place::Interface(id) => {
                self.ask(&ec2::DESCRIBE_NETWORK_INTERFACES, filter("network-interface-id", id));
                let found = facts.network_interfaces.by_id(id).ok().flatten()?;
                let instance = found.attachment.as_ref().and_then(|it| it.instance_id.clone());
                if let Some(instance) = instance {
                    self.ask(&ec2::DESCRIBE_INSTANCES, filter("instance-id", &instance));
                }
                found.vpc_id.clone()
            }
            Place::Instance(id) => {
                self.ask(&ec2::DESCRIBE_INSTANCES, filter("instance-id", id));
                facts.instances.by_id(id).ok().flatten()?.vpc_id.clone()
            }
            Place::Subnet(id) => {
                self.ask(&ec2::DESCRIBE_SUBNETS, filter("subnet-id", id));
                facts.subnets.by_id(id).ok().flatten()?.vpc_id.clone()
            }
        }
    }
}

/// VPCs of the caller's account and region at either end of an active peering connection.
pub(super) fn peers(snapshot: &Snapshot) -> Vec<String> {
    let own = |side: &&PeeringVpc| {
        side.owner_id.as_deref() == Some(&snapshot.account)
            && side.region.as_deref().is_none_or(|region| region == snapshot.region)
    };
    let peerings = snapshot.home().ec2.vpc_peering_connections.seen();
    let active = peerings.into_iter().filter(|peering| {
        peering.status.as_ref().and_then(|status| status.code.as_deref()) == Some("active")
    });
    let sides =
        active.flat_map(|peering| [&peering.requester_vpc_info, &peering.accepter_vpc_info]);
    sides.flatten().filter(own).filter_map(|side| side.vpc_id.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ecswhy_facts::Time;
    use serde_json::Value;

    #[test]
    fn an_id_names_a_place_by_its_prefix() {
        for (id, expected) in [
            ("eni-1", Some(Place::Interface("eni-1".to_owned()))),
            ("i-1", Some(Place::Instance("i-1".to_owned()))),
            ("subnet-1", Some(Place::Subnet("subnet-1".to_owned()))),
            ("prod/web", None),
            ("igw-1", None),
        ] {
            assert_eq!(Place::of(id), expected, "{id}");
        }
    }

    #[test]
    fn a_place_that_is_not_known_yet_is_asked_for_first() {
        let taken_at: Time = serde_json::from_value(Value::from("2026-01-01T00:00:00Z")).unwrap();
        let snapshot = Snapshot::new(taken_at, "111122223333", "eu-west-1");
        let asks = around(&snapshot, &[Place::Interface("eni-1".to_owned())]);
        let names: Vec<&str> = asks.iter().map(|ask| ask.operation.name).collect();
        assert_eq!(names, ["DescribeNetworkInterfaces"]);
    }
}
