//! Path evaluations in a large VPC: 200 subnets, 500 security groups of 60 rules, 100 routes a table, full ACLs.
//! Aim: 10,000 a second on one core, whatever the size of the VPC.

#![expect(clippy::unwrap_used, reason = "a bench that cannot build its facts has no result")]

use divan::{Bencher, counter::ItemsCount};
use ecswhy_facts::ec2::Ec2Facts;
use ecswhy_network::{Model, lines};
use serde_json::{Value, json};

fn main() {
    divan::main();
}

/// One VPC with as many subnets and groups as asked; each subnet has a table, an ACL and two interfaces of its own.
fn vpc(subnets: usize, groups: usize) -> Value {
    let rule = |n: usize| {
        let port = 1000 + n;
        json!({"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": format!("10.{n}.0.0/16")}]})
    };
    let rules = |last: Value| -> Vec<Value> { (0..59).map(rule).chain([last]).collect() };
    let open = json!({"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]});
    let https = json!({"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]});
    let entry = |n: usize, egress: bool| {
        json!({"RuleNumber": n, "RuleAction": if n < 40 { "deny" } else { "allow" }, "Egress": egress, "Protocol": if n < 40 { "6" } else { "-1" },
            "CidrBlock": if n < 40 { format!("203.0.{n}.0/24") } else { "0.0.0.0/0".to_owned() }})
    };
    let route = |n: usize| json!({"DestinationCidrBlock": format!("172.16.{n}.0/24"), "TransitGatewayId": "tgw-1", "State": "active", "Origin": "CreateRoute"});
    let entries: Vec<Value> = (21..=40).flat_map(|n| [entry(n, true), entry(n, false)]).collect();
    let id = |kind: &str, n: usize| format!("{kind}-{n}");
    json!({
        "Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}],
        "Subnets": (0..subnets).map(|n| json!({"SubnetId": id("subnet", n), "VpcId": "vpc-1", "CidrBlock": format!("10.0.{n}.0/24"), "AvailabilityZone": "eu-west-1a"})).collect::<Vec<_>>(),
        "RouteTables": (0..subnets).map(|n| {
            let out = if n == 0 { json!({"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "active"}) }
                else { json!({"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1", "State": "active"}) };
            let local = json!({"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active", "Origin": "CreateRouteTable"});
            let routes: Vec<Value> = (0..98).map(route).chain([local, out]).collect();
            json!({"RouteTableId": id("rtb", n), "VpcId": "vpc-1", "Associations": [{"SubnetId": id("subnet", n), "Main": n == 0}], "Routes": routes})
        }).collect::<Vec<_>>(),
        "NetworkAcls": (0..subnets).map(|n| json!({"NetworkAclId": id("acl", n), "VpcId": "vpc-1", "IsDefault": n == 0, "Associations": [{"SubnetId": id("subnet", n)}], "Entries": entries})).collect::<Vec<_>>(),
        "SecurityGroups": (0..groups).map(|n| json!({"GroupId": id("sg", n), "GroupName": id("sg", n), "VpcId": "vpc-1",
            "IpPermissions": rules(https.clone()), "IpPermissionsEgress": rules(open.clone())})).collect::<Vec<_>>(),
        "NetworkInterfaces": (0..2 * subnets).map(|n| json!({"NetworkInterfaceId": id("eni", n), "VpcId": "vpc-1", "SubnetId": id("subnet", n / 2),
            "PrivateIpAddress": format!("10.0.{}.{}", n / 2, 10 + n % 2), "InterfaceType": "interface",
            "Groups": (0..5).map(|g| json!({"GroupId": id("sg", (n + g) % groups)})).collect::<Vec<_>>()})).collect::<Vec<_>>(),
        "NatGateways": [{"NatGatewayId": "nat-1", "VpcId": "vpc-1", "SubnetId": "subnet-0", "State": "available", "ConnectivityType": "public",
            "NatGatewayAddresses": [{"PrivateIp": "10.0.0.200", "PublicIp": "198.51.100.1"}]}],
        "InternetGateways": [{"InternetGatewayId": "igw-1", "Attachments": [{"VpcId": "vpc-1", "State": "available"}]}],
        "VpcEndpoints": [], "VpcPeeringConnections": []
    })
}

fn facts(subnets: usize, groups: usize) -> Ec2Facts {
    Ec2Facts::from_cli_output(&vpc(subnets, groups), "bench").unwrap()
}

/// Questions to an interface of another subnet, and through the NAT gateway to the internet.
fn questions(subnets: usize) -> Vec<String> {
    (1..subnets)
        .flat_map(|n| {
            let from = format!("eni-{}", 2 * n);
            let inside = format!("10.0.{}.11", (n + 7) % subnets);
            [inside, "8.8.8.8".to_owned()].map(|to| {
                json!({"from": from, "to": to, "port": 443, "protocol": "tcp"}).to_string()
            })
        })
        .collect()
}

#[divan::bench(args = [(10, 20), (200, 500)])]
fn paths(bencher: Bencher<'_, '_>, size: (usize, usize)) {
    let model = Model::new([&facts(size.0, size.1)]);
    let questions = questions(size.0);
    bencher.counter(ItemsCount::new(questions.len())).bench_local(|| {
        for question in &questions {
            let word = lines::answer(&model, question, false).unwrap();
            assert_eq!(word, "reachable");
        }
    });
}

#[divan::bench]
fn model(bencher: Bencher<'_, '_>) {
    let facts = facts(200, 500);
    bencher.bench_local(|| Model::new([&facts]));
}
