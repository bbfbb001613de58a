use super::*;
use crate::{GapReason, Known};
use serde_json::json;

fn subnet(id: &str, vpc: &str) -> Subnet {
    Subnet { subnet_id: Some(id.into()), vpc_id: Some(vpc.into()), ..Subnet::default() }
}

#[test]
fn a_list_of_one_vpc_says_nothing_of_another() {
    let mut listing = Listing::default();
    listing.put("vpc-a", Known::Present(vec![subnet("subnet-1", "vpc-a")]));
    assert_eq!(listing.in_vpc("vpc-a").unwrap().len(), 1);
    assert_eq!(listing.in_vpc("vpc-b").unwrap_err().why, GapReason::NotAsked);
    assert!(listing.by_id("subnet-1").unwrap().is_some());
    assert!(listing.by_id("subnet-2").is_err());
}

#[test]
fn an_unfiltered_list_proves_absence() {
    let mut listing = Listing::default();
    listing.put(Listing::<Subnet>::ALL, Known::Present(vec![subnet("subnet-1", "vpc-a")]));
    assert_eq!(listing.in_vpc("vpc-b").unwrap(), Vec::<&Subnet>::new());
    assert_eq!(listing.by_id("subnet-2").unwrap(), None);
}

#[test]
fn a_lookup_by_filter_is_never_complete() {
    let mut listing = Listing::default();
    listing.put("tag:Name=app", Known::Present(vec![subnet("subnet-1", "vpc-a")]));
    assert!(listing.in_vpc("vpc-a").is_err());
    assert!(listing.by_id("subnet-1").unwrap().is_some());
}

#[test]
fn a_denied_list_names_the_permission() {
    let mut listing = Listing::<Subnet>::default();
    listing.put("vpc-a", Known::Denied { action: "ec2:DescribeSubnets".into() });
    let gap = listing.in_vpc("vpc-a").unwrap_err();
    assert_eq!(
        gap.to_string(),
        "ec2:DescribeSubnets on vpc-a was denied: allow ec2:DescribeSubnets"
    );
}

#[test]
fn a_page_that_was_cut_is_not_a_complete_list() {
    let output =
        json!({"Subnets": [{"SubnetId": "subnet-1", "VpcId": "vpc-a"}], "NextToken": "abc"});
    let facts = Ec2Facts::from_cli_output(&output, "subnets.json").unwrap();
    assert!(matches!(facts.subnets.in_vpc("vpc-a").unwrap_err().why, GapReason::Failed { .. }));
    assert!(facts.subnets.by_id("subnet-1").unwrap().is_some());
    assert!(facts.subnets.by_id("subnet-2").is_err());
}

#[test]
fn accounts_merge_by_id_whatever_their_order() {
    let peering = |side: &str, cidr: &str| {
        let output = json!({"VpcPeeringConnections": [{
            "VpcPeeringConnectionId": "pcx-1", side: {"VpcId": "vpc-a", "CidrBlock": cidr}}]});
        Ec2Facts::from_cli_output(&output, "peering").unwrap()
    };
    let (ours, theirs) =
        (peering("RequesterVpcInfo", "10.0.0.0/16"), peering("AccepterVpcInfo", "10.1.0.0/16"));
    let mut one = ours.clone();
    one.merge(theirs.clone());
    let mut two = theirs;
    two.merge(ours);
    assert_eq!(one, two);
    let connection = one.vpc_peering_connections.by_id("pcx-1").unwrap().unwrap();
    assert!(connection.requester_vpc_info.is_some() && connection.accepter_vpc_info.is_some());
}

#[test]
fn outputs_are_recognised_by_their_keys() {
    let mut facts = Ec2Facts::default();
    for (output, hint) in [
        (json!({"VpcId": "vpc-a", "EnableDnsSupport": {"Value": true}}), ""),
        (json!({"VpcId": "vpc-a", "EnableDnsHostnames": {"Value": false}}), ""),
        (json!({"Reservations": [{"Instances": [{"InstanceId": "i-1"}]}]}), ""),
        (
            json!({"Routes": [{"DestinationCidrBlock": "10.0.0.0/8"}], "AdditionalRoutesAvailable": false}),
            "search-tgw-rtb-0a1.json",
        ),
        (
            json!({"TransitGatewayStaticRoutes": [{"TransitGatewayRouteTableId": "tgw-rtb-2", "Routes": []}]}),
            "",
        ),
        (json!({"Entries": [{"Cidr": "10.0.0.0/8"}]}), "dir/pl-0ff.json"),
        (
            json!({"VpcBlockPublicAccessOptions": {"InternetGatewayBlockMode": "off", "AwsRegion": "eu-west-1"}}),
            "",
        ),
        (
            json!({"PrefixLists": [{"PrefixListId": "pl-1", "Cidrs": ["3.5.0.0/16"]}, {"PrefixListId": "pl-2", "MaxEntries": 3}]}),
            "",
        ),
    ] {
        facts.add_cli_output(&output, hint).unwrap();
    }
    let attributes = &facts.vpc_attributes["vpc-a"];
    assert_eq!(attributes.enable_dns_support, Known::Present(true));
    assert_eq!(attributes.enable_dns_hostnames, Known::Present(false));
    assert!(facts.instances.by_id("i-1").unwrap().is_some());
    assert!(!facts.transit_gateway_routes.get("tgw-rtb-0a1").present().unwrap().static_only);
    assert!(facts.transit_gateway_routes.get("tgw-rtb-2").present().unwrap().static_only);
    assert!(facts.prefix_list_entries.get("pl-0ff").present().is_some());
    assert_eq!(facts.prefix_lists.seen().len(), 1);
    assert_eq!(facts.managed_prefix_lists.seen().len(), 1);
    assert!(facts.add_cli_output(&json!({"clusters": []}), "ecs.json").is_err());
}

#[test]
fn unknown_fields_and_values_survive_reading() {
    let output = json!({"NatGateways": [{"NatGatewayId": "nat-1", "State": "resting", "AvailabilityMode": "regional", "Novel": {"A": 1}}],
        "ResponseMetadata": {}});
    let facts = Ec2Facts::from_cli_output(&output, "nat").unwrap();
    let nat = facts.nat_gateways.by_id("nat-1").unwrap().unwrap();
    assert_eq!((nat.state.as_deref(), nat.subnet_id.as_deref()), (Some("resting"), None));
    let text = serde_json::to_string(&facts).unwrap();
    assert_eq!(serde_json::from_str::<Ec2Facts>(&text).unwrap(), facts);
}

#[test]
fn one_unreadable_item_leaves_the_list_incomplete() {
    let output = json!({"Subnets": [{"SubnetId": "subnet-1"}, {"SubnetId": 7}]});
    let facts = Ec2Facts::from_cli_output(&output, "subnets").unwrap();
    assert!(facts.subnets.by_id("subnet-1").unwrap().is_some());
    assert!(facts.subnets.by_id("subnet-2").is_err());
}
