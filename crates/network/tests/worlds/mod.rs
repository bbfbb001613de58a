//! Small random networks, shared by the tests that need many of them.

#![expect(clippy::unwrap_used, reason = "a network that cannot be built is a failed test")]

use serde_json::{Value, json};

/// A small generator of pseudo-random numbers (xorshift), so that a failing seed can be run again.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }

    pub fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }

    pub fn one_in(&mut self, odds: usize) -> bool {
        self.below(odds) == 0
    }
}

/// Two or three VPCs with a few subnets, tables, filters and gateways, drawn so that about half of all paths work.
pub fn network(random: &mut Random) -> Value {
    let vpcs = ["vpc-0", "vpc-1", "vpc-2"];
    let mut world = json!({"Vpcs": [], "Subnets": [], "RouteTables": [], "NetworkAcls": [], "SecurityGroups": [],
        "NetworkInterfaces": [], "InternetGateways": [], "NatGateways": [], "VpcPeeringConnections": [],
        "VpcEndpoints": [], "EgressOnlyInternetGateways": []});
    let mut push = |key: &str, value: Value| world[key].as_array_mut().unwrap().push(value);
    let sources = [
        "0.0.0.0/0",
        "10.0.0.0/8",
        "10.0.0.0/16",
        "10.1.0.0/16",
        "10.0.1.0/24",
        "10.0.0.0/23",
        "198.51.100.0/24",
    ];
    for (v, vpc) in vpcs.iter().enumerate() {
        push("Vpcs", json!({"VpcId": vpc, "CidrBlock": format!("10.{v}.0.0/16")}));
        if !random.one_in(6) {
            push(
                "InternetGateways",
                json!({"InternetGatewayId": format!("igw-{v}"),
                "Attachments": [{"VpcId": vpc, "State": "available"}]}),
            );
        }
        for g in 0..3 {
            let mut rules = |odds: usize| {
                let mut list = Vec::new();
                for _ in 0..=random.below(3) {
                    let (low, high) =
                        *random.pick(&[&(443, 443), &(0, 65535), &(5432, 5432), &(80, 500)]);
                    let protocol = random.pick(&["tcp", "tcp", "udp", "-1"]);
                    let mut rule =
                        json!({"IpProtocol": protocol, "IpRanges": [], "UserIdGroupPairs": []});
                    if protocol != "-1" {
                        rule["FromPort"] = json!(low);
                        rule["ToPort"] = json!(high);
                    }
                    if random.one_in(3) {
                        let group = format!("sg-{}-{}", random.below(3), random.below(3));
                        rule["UserIdGroupPairs"] = json!([{"GroupId": group}]);
                    } else {
                        rule["IpRanges"] = json!([{"CidrIp": random.pick(&sources)}]);
                    }
                    list.push(rule);
                }
                if !random.one_in(odds) {
                    list.push(json!({"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}], "UserIdGroupPairs": []}));
                }
                list
            };
            let (ingress, egress) = (rules(2), rules(5));
            push(
                "SecurityGroups",
                json!({"GroupId": format!("sg-{v}-{g}"), "GroupName": if g == 0 { "default" } else { "other" },
                "VpcId": vpc, "IpPermissions": ingress, "IpPermissionsEgress": egress}),
            );
        }
        let mut subnets = Vec::new();
        for s in 0..3 {
            let subnet = format!("subnet-{v}-{s}");
            push(
                "Subnets",
                json!({"SubnetId": subnet, "VpcId": vpc, "CidrBlock": format!("10.{v}.{s}.0/24"), "AvailabilityZone": "eu-west-1a"}),
            );
            for e in 0..2 {
                let mut interface = json!({"NetworkInterfaceId": format!("eni-{v}-{s}-{e}"), "VpcId": vpc, "SubnetId": subnet,
                    "PrivateIpAddress": format!("10.{v}.{s}.{}", 10 + e), "InterfaceType": "interface", "SourceDestCheck": true,
                    "Groups": [{"GroupId": format!("sg-{v}-{}", random.below(3))}]});
                if random.one_in(2) {
                    interface["Association"] =
                        json!({"PublicIp": format!("198.51.{}.{}", 100 + v, 10 * s + e)});
                }
                push("NetworkInterfaces", interface);
            }
            subnets.push(subnet);
        }
        for n in 0..2 {
            let home = random.below(3);
            let private = format!("10.{v}.{home}.{}", 200 + n);
            let public = format!("198.51.{}.{}", 100 + v, 200 + n);
            push(
                "NatGateways",
                json!({"NatGatewayId": format!("nat-{v}-{n}"), "VpcId": vpc, "SubnetId": subnets[home],
                "State": if random.one_in(8) { "failed" } else { "available" }, "ConnectivityType": random.pick(&["public", "public", "private"]),
                "NatGatewayAddresses": [{"PrivateIp": private, "PublicIp": public, "NetworkInterfaceId": format!("eni-nat-{v}-{n}")}]}),
            );
            push(
                "NetworkInterfaces",
                json!({"NetworkInterfaceId": format!("eni-nat-{v}-{n}"), "VpcId": vpc, "SubnetId": subnets[home],
                "PrivateIpAddress": private, "InterfaceType": "nat_gateway", "Groups": [], "Association": {"PublicIp": public}}),
            );
        }
        for (t, subnet) in subnets.iter().enumerate() {
            let mut routes = vec![
                json!({"DestinationCidrBlock": format!("10.{v}.0.0/16"), "GatewayId": "local", "State": "active", "Origin": "CreateRouteTable"}),
            ];
            let mut add = |block: &str, random: &mut Random| {
                let mut route = json!({"DestinationCidrBlock": block, "Origin": "CreateRoute",
                    "State": if random.one_in(8) { "blackhole" } else { "active" }});
                match random.below(8) {
                    0..3 => route["GatewayId"] = json!(format!("igw-{v}")),
                    3..6 => route["NatGatewayId"] = json!(format!("nat-{v}-{}", random.below(2))),
                    _ => {
                        let other = (v + 1 + random.below(2)) % 3;
                        route["VpcPeeringConnectionId"] =
                            json!(format!("pcx-{}-{}", v.min(other), v.max(other)));
                    }
                }
                routes.push(route);
            };
            if !random.one_in(5) {
                add("0.0.0.0/0", random);
            }
            if random.one_in(3) {
                add(random.pick(&["198.51.0.0/16", "8.0.0.0/8", "10.0.0.0/8"]), random);
            }
            for other in (0..3).filter(|other| *other != v) {
                if !random.one_in(3) {
                    routes.push(json!({"DestinationCidrBlock": format!("10.{other}.0.0/16"), "State": "active", "Origin": "CreateRoute",
                        "VpcPeeringConnectionId": format!("pcx-{}-{}", v.min(other), v.max(other))}));
                }
            }
            let links =
                if t == 0 { json!([{"Main": true}]) } else { json!([{"SubnetId": subnet}]) };
            push(
                "RouteTables",
                json!({"RouteTableId": format!("rtb-{v}-{t}"), "VpcId": vpc, "Associations": links, "Routes": routes}),
            );
        }
        for a in 0..2 {
            let mut entries = Vec::new();
            for egress in [true, false] {
                entries.push(json!({"RuleNumber": 100, "RuleAction": if random.one_in(20) { "deny" } else { "allow" }, "Egress": egress, "Protocol": "-1", "CidrBlock": "0.0.0.0/0"}));
                for _ in 0..random.below(3) {
                    let (low, high) = *random.pick(&[
                        &(443, 443),
                        &(0, 1023),
                        &(1024, 65535),
                        &(0, 65535),
                        &(5432, 5432),
                    ]);
                    entries.push(json!({"RuleNumber": 1 + random.below(150), "RuleAction": random.pick(&["allow", "deny"]), "Egress": egress,
                        "Protocol": random.pick(&["6", "6", "17"]), "CidrBlock": random.pick(&sources), "PortRange": {"From": low, "To": high}}));
                }
            }
            // Numbers are unique in each direction.
            let mut seen = std::collections::BTreeSet::new();
            entries.retain(|entry| {
                seen.insert((entry["Egress"].as_bool(), entry["RuleNumber"].as_i64()))
            });
            let links = if a == 0 { json!([]) } else { json!([{"SubnetId": subnets[2]}]) };
            push(
                "NetworkAcls",
                json!({"NetworkAclId": format!("acl-{v}-{a}"), "VpcId": vpc, "IsDefault": a == 0, "Associations": links, "Entries": entries}),
            );
        }
    }
    for (one, two) in [(0, 1), (0, 2), (1, 2)] {
        let side = |v: usize, region: &str| json!({"VpcId": vpcs[v], "CidrBlock": format!("10.{v}.0.0/16"), "Region": region});
        let region = random.pick(&["eu-west-1", "eu-west-1", "us-east-1"]);
        push(
            "VpcPeeringConnections",
            json!({"VpcPeeringConnectionId": format!("pcx-{one}-{two}"),
            "Status": {"Code": random.pick(&["active", "active", "active", "deleted"])},
            "RequesterVpcInfo": side(one, "eu-west-1"), "AccepterVpcInfo": side(two, region)}),
        );
    }
    world
}

/// A question about one of the networks: from, to, protocol name, port.
pub fn question(random: &mut Random) -> (String, String, &'static str, u16) {
    let from = format!("eni-{}-{}-{}", random.below(3), random.below(3), random.below(2));
    let (v, s, e) = (random.below(3), random.below(3), random.below(2));
    let to = match random.below(6) {
        0 => "8.8.8.8".to_owned(),
        1 => format!("198.51.{}.{}", 100 + v, 10 * s + e),
        2 => "192.168.1.1".to_owned(),
        3 => format!("10.{v}.{s}.{}", 200 + e),
        _ => format!("10.{v}.{s}.{}", 10 + e),
    };
    let name = *random.pick(&[&"tcp", &"udp"]);
    (from, to, name, [443, 5432, 80][random.below(3)])
}
