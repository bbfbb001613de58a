//! A second evaluator, written from the AWS documentation and independent of the first: it takes one concrete packet
//! with one concrete client port and steps it from device to device, request and reply. Both must agree on thousands
//! of small random networks. It reads the printed JSON itself and knows nothing of the crate's model.

#![expect(clippy::unwrap_used, reason = "a network that cannot be built is a failed test")]

use ecswhy_facts::ec2::Ec2Facts;
use ecswhy_network::{Model, lines};
use serde_json::{Value, json};
use std::net::Ipv4Addr;
use worlds::{Random, network, question};

mod worlds;

/// Blocks are text; a packet's address is a number.
fn within(block: &str, address: u32) -> bool {
    let (base, length) = block.split_once('/').unwrap();
    let base = u32::from(base.parse::<Ipv4Addr>().unwrap());
    let length: u32 = length.parse().unwrap();
    length == 0 || (base ^ address) >> (32 - length) == 0
}

fn number(text: &str) -> u32 {
    u32::from(text.parse::<Ipv4Addr>().unwrap())
}

fn is_private(address: u32) -> bool {
    ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].iter().any(|block| within(block, address))
}

#[derive(Clone, Copy, PartialEq)]
struct Packet {
    source: u32,
    target: u32,
    protocol: &'static str,
    source_port: u16,
    target_port: u16,
}

/// What became of a packet.
#[derive(PartialEq)]
enum Fate {
    /// At an interface, as that interface sees it; with the groups of the sender where they are still known.
    AtInterface {
        id: String,
        seen: Packet,
        groups: Vec<String>,
    },
    /// At a NAT gateway, which must forward it.
    OnTheInternet(Packet),
    Dropped,
}

struct World<'w>(&'w Value);

impl<'w> World<'w> {
    fn list(&self, key: &str) -> impl Iterator<Item = &'w Value> {
        self.0[key].as_array().unwrap().iter()
    }

    fn get(&self, key: &str, field: &str, id: &str) -> &'w Value {
        self.list(key).find(|item| item[field] == id).unwrap_or(&Value::Null)
    }

    fn subnet(&self, id: &str) -> &'w Value {
        self.get("Subnets", "SubnetId", id)
    }

    fn interface_at(&self, vpc: &str, address: u32) -> Option<&'w Value> {
        self.list("NetworkInterfaces").find(|item| {
            item["VpcId"] == vpc && number(item["PrivateIpAddress"].as_str().unwrap()) == address
        })
    }

    /// "Network ACL basics": entries in the order of their numbers, the first match decides, else denied.
    fn acl(&self, subnet: &str, egress: bool, packet: &Packet) -> bool {
        let vpc = &self.subnet(subnet)["VpcId"];
        let named = self.list("NetworkAcls").find(|acl| {
            acl["Associations"].as_array().unwrap().iter().any(|link| link["SubnetId"] == subnet)
        });
        let default = || {
            self.list("NetworkAcls").find(|acl| acl["VpcId"] == *vpc && acl["IsDefault"] == true)
        };
        let acl = named.or_else(default).unwrap();
        let mut entries: Vec<&Value> = acl["Entries"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|entry| entry["Egress"] == egress)
            .collect();
        entries.sort_by_key(|entry| entry["RuleNumber"].as_i64());
        let address = if egress { packet.target } else { packet.source };
        for entry in entries {
            let protocol = entry["Protocol"].as_str().unwrap();
            let port = i64::from(packet.target_port);
            let ports = &entry["PortRange"];
            let fits = (protocol == "-1" || protocol == packet.protocol)
                && within(entry["CidrBlock"].as_str().unwrap(), address)
                && (protocol == "-1"
                    || ports.is_null()
                    || (ports["From"].as_i64().unwrap()..=ports["To"].as_i64().unwrap())
                        .contains(&port));
            if fits {
                return entry["RuleAction"] == "allow";
            }
        }
        false
    }

    /// "Security group rules": any rule of any group.
    fn groups(
        &self,
        groups: &[String],
        list: &str,
        packet: &Packet,
        far: u32,
        far_groups: &[String],
    ) -> bool {
        let numbers = |name: &str| match name {
            "tcp" => "6".to_owned(),
            "udp" => "17".to_owned(),
            other => other.to_owned(),
        };
        groups.iter().any(|id| {
            let rules = self.get("SecurityGroups", "GroupId", id)[list].as_array().unwrap();
            rules.iter().any(|rule| {
                let protocol = numbers(rule["IpProtocol"].as_str().unwrap());
                let kind = protocol == "-1"
                    || (protocol == packet.protocol
                        && (rule["FromPort"].as_i64().unwrap()..=rule["ToPort"].as_i64().unwrap())
                            .contains(&i64::from(packet.target_port)));
                let blocks = rule["IpRanges"].as_array().unwrap().iter();
                let pairs = rule["UserIdGroupPairs"].as_array().unwrap().iter();
                kind && (blocks.clone().any(|range| within(range["CidrIp"].as_str().unwrap(), far))
                    || pairs.clone().any(|pair| {
                        far_groups.iter().any(|group| pair["GroupId"] == group.as_str())
                    }))
            })
        })
    }

    /// "Route priority": the longest prefix; a blackhole drops.
    fn next_hop(&self, subnet: &str, to: u32) -> Option<&'w Value> {
        let vpc = &self.subnet(subnet)["VpcId"];
        let linked = |table: &Value, test: &dyn Fn(&Value) -> bool| {
            table["Associations"].as_array().unwrap().iter().any(test)
        };
        let own = self
            .list("RouteTables")
            .find(|table| linked(table, &|link| link["SubnetId"] == subnet));
        let main = || {
            self.list("RouteTables")
                .find(|table| table["VpcId"] == *vpc && linked(table, &|link| link["Main"] == true))
        };
        let routes = own.or_else(main).unwrap()["Routes"].as_array().unwrap();
        let length = |route: &Value| -> u32 {
            route["DestinationCidrBlock"]
                .as_str()
                .unwrap()
                .split_once('/')
                .unwrap()
                .1
                .parse()
                .unwrap()
        };
        routes
            .iter()
            .filter(|route| within(route["DestinationCidrBlock"].as_str().unwrap(), to))
            .max_by_key(|route| length(route))
            .filter(|route| route["State"] == "active")
    }

    /// Delivers a packet that is inside a VPC. `from` is the subnet that it was in last.
    fn deliver(&self, vpc: &str, from: Option<&str>, packet: Packet, groups: &[String]) -> Fate {
        let subnet = self.list("Subnets").find(|subnet| {
            subnet["VpcId"] == vpc && within(subnet["CidrBlock"].as_str().unwrap(), packet.target)
        });
        let Some(subnet) = subnet else { return Fate::Dropped };
        let id = subnet["SubnetId"].as_str().unwrap();
        if from != Some(id) && !self.acl(id, false, &packet) {
            return Fate::Dropped;
        }
        match self.interface_at(vpc, packet.target) {
            Some(interface) => Fate::AtInterface {
                id: interface["NetworkInterfaceId"].as_str().unwrap().to_owned(),
                seen: packet,
                groups: groups.to_vec(),
            },
            None => Fate::Dropped,
        }
    }

    /// A packet leaves a subnet. `public` is the public address of the interface that sends it.
    fn send(
        &self,
        subnet: &str,
        packet: Packet,
        public: Option<u32>,
        groups: &[String],
        nats: &mut Vec<(String, Packet)>,
    ) -> Fate {
        let here = self.subnet(subnet);
        let vpc = here["VpcId"].as_str().unwrap();
        if within(here["CidrBlock"].as_str().unwrap(), packet.target) {
            return self.deliver(vpc, Some(subnet), packet, groups);
        }
        if !self.acl(subnet, true, &packet) {
            return Fate::Dropped;
        }
        let Some(route) = self.next_hop(subnet, packet.target) else { return Fate::Dropped };
        self.hop(route, subnet, packet, public, groups, nats)
    }

    fn hop(
        &self,
        route: &Value,
        subnet: &str,
        packet: Packet,
        public: Option<u32>,
        groups: &[String],
        nats: &mut Vec<(String, Packet)>,
    ) -> Fate {
        let vpc = self.subnet(subnet)["VpcId"].as_str().unwrap();
        if route["GatewayId"] == "local" {
            return self.deliver(vpc, Some(subnet), packet, groups);
        }
        if let Some(id) = route["GatewayId"].as_str() {
            let attached = self.get("InternetGateways", "InternetGatewayId", id)["Attachments"]
                .as_array()
                .is_some_and(|list| list.iter().any(|link| link["VpcId"] == vpc));
            return match public {
                Some(public) if attached && !is_private(packet.target) => {
                    Fate::OnTheInternet(Packet { source: public, ..packet })
                }
                _ => Fate::Dropped,
            };
        }
        if let Some(id) = route["VpcPeeringConnectionId"].as_str() {
            let peering = self.get("VpcPeeringConnections", "VpcPeeringConnectionId", id);
            let (one, two) = (&peering["RequesterVpcInfo"], &peering["AccepterVpcInfo"]);
            let far = if one["VpcId"] == vpc { two } else { one };
            let far_vpc = far["VpcId"].as_str().unwrap();
            let holds = within(far["CidrBlock"].as_str().unwrap(), packet.target);
            let own = self.get("Vpcs", "VpcId", vpc)["CidrBlock"].as_str().unwrap();
            if peering["Status"]["Code"] != "active" || !holds || !within(own, packet.source) {
                return Fate::Dropped;
            }
            let groups = if one["Region"] == two["Region"] { groups } else { &[] };
            return self.deliver(far_vpc, None, packet, groups);
        }
        if let Some(id) = route["NatGatewayId"].as_str() {
            let nat = self.get("NatGateways", "NatGatewayId", id);
            if nat["State"] != "available" || nats.iter().any(|(seen, _)| seen == id) {
                return Fate::Dropped;
            }
            let home = nat["SubnetId"].as_str().unwrap();
            if home != subnet && !self.acl(home, false, &packet) {
                return Fate::Dropped;
            }
            nats.push((id.to_owned(), packet));
            let address = &nat["NatGatewayAddresses"][0];
            let outside = Packet {
                source: number(address["PrivateIp"].as_str().unwrap()),
                source_port: 40_000,
                ..packet
            };
            let public = (nat["ConnectivityType"] == "public")
                .then(|| number(address["PublicIp"].as_str().unwrap()));
            return self.send(home, outside, public, &[], nats);
        }
        Fate::Dropped
    }

    /// The whole conversation: does the request arrive, and does the reply find back to the sender?
    fn conversation(&self, from: &str, to: u32, protocol: &'static str, port: u16) -> bool {
        let sender = self.get("NetworkInterfaces", "NetworkInterfaceId", from);
        let subnet = sender["SubnetId"].as_str().unwrap();
        let vpc = sender["VpcId"].as_str().unwrap();
        let ids = |interface: &Value| -> Vec<String> {
            let list = interface["Groups"].as_array().unwrap().iter();
            list.map(|group| group["GroupId"].as_str().unwrap().to_owned()).collect()
        };
        let groups = ids(sender);
        let source = number(sender["PrivateIpAddress"].as_str().unwrap());
        let public = sender["Association"]["PublicIp"].as_str().map(number);
        let request =
            Packet { source, target: to, protocol, source_port: 50_000, target_port: port };
        // A rule for what goes out may name the groups of a target that is reached privately.
        let mut nats = Vec::new();
        let fate = self.send(subnet, request, public, &groups, &mut nats);
        let far_groups = match &fate {
            Fate::AtInterface { id, groups: kept, .. } if !kept.is_empty() => {
                ids(self.get("NetworkInterfaces", "NetworkInterfaceId", id))
            }
            _ => Vec::new(),
        };
        if !self.groups(&groups, "IpPermissionsEgress", &request, to, &far_groups) {
            return false;
        }
        match fate {
            Fate::Dropped => false,
            Fate::OnTheInternet(seen) => {
                let owner = self.list("NetworkInterfaces").find(|item| {
                    item["Association"]["PublicIp"].as_str().map(number) == Some(seen.target)
                });
                match owner {
                    None => self.reply_from_internet(vpc, subnet, &request, &nats),
                    Some(owner) => {
                        let private = number(owner["PrivateIpAddress"].as_str().unwrap());
                        let inside = Packet { target: private, ..seen };
                        let far_vpc = owner["VpcId"].as_str().unwrap();
                        let Fate::AtInterface { id, .. } = self.deliver(far_vpc, None, inside, &[])
                        else {
                            return false;
                        };
                        let target = self.get("NetworkInterfaces", "NetworkInterfaceId", &id);
                        if target["InterfaceType"] == "nat_gateway"
                            || !self.groups(
                                &ids(target),
                                "IpPermissions",
                                &inside,
                                inside.source,
                                &[],
                            )
                        {
                            return false;
                        }
                        // The reply must leave through the internet gateway, which gives it the public address again.
                        let reply = answer(&inside);
                        let home = target["SubnetId"].as_str().unwrap();
                        let own = owner["Association"]["PublicIp"].as_str().map(number);
                        match self.send(home, reply, own, &[], &mut Vec::new()) {
                            Fate::OnTheInternet(back) if Some(back.source) == own => {
                                self.reply_from_internet(vpc, subnet, &request, &nats)
                            }
                            _ => false,
                        }
                    }
                }
            }
            Fate::AtInterface { id, seen, groups: kept } => {
                let target = self.get("NetworkInterfaces", "NetworkInterfaceId", &id);
                if target["InterfaceType"] == "nat_gateway"
                    || !self.groups(&ids(target), "IpPermissions", &seen, seen.source, &kept)
                {
                    return false;
                }
                let home = target["SubnetId"].as_str().unwrap();
                let mut through = Vec::new();
                let back = self.send(home, answer(&seen), None, &[], &mut through);
                // A reply that a NAT gateway takes for a new connection is lost.
                let Fate::AtInterface { id, .. } = back else { return false };
                if !through.is_empty() {
                    return false;
                }
                match nats.last() {
                    None => id == from,
                    Some(_) => self.at_nat(&id, subnet, vpc, &request, &nats),
                }
            }
        }
    }

    /// A reply from the internet, to the sender itself or to the NAT gateway that it went through.
    fn reply_from_internet(
        &self,
        vpc: &str,
        subnet: &str,
        request: &Packet,
        nats: &[(String, Packet)],
    ) -> bool {
        match nats.last() {
            None => self.acl(subnet, false, &answer(request)),
            Some((id, inner)) => {
                let nat = self.get("NatGateways", "NatGatewayId", id);
                let home = nat["SubnetId"].as_str().unwrap();
                let private = number(nat["NatGatewayAddresses"][0]["PrivateIp"].as_str().unwrap());
                let reply = Packet { target: private, target_port: 40_000, ..answer(inner) };
                self.acl(home, false, &reply) && self.behind_nats(subnet, vpc, request, nats)
            }
        }
    }

    fn at_nat(
        &self,
        interface: &str,
        subnet: &str,
        vpc: &str,
        request: &Packet,
        nats: &[(String, Packet)],
    ) -> bool {
        let Some((id, _)) = nats.last() else { return false };
        let nat = self.get("NatGateways", "NatGatewayId", id);
        nat["NatGatewayAddresses"][0]["NetworkInterfaceId"] == interface
            && self.behind_nats(subnet, vpc, request, nats)
    }

    /// The NAT gateway restores the addresses and sends the reply on from its own subnet.
    fn behind_nats(
        &self,
        subnet: &str,
        vpc: &str,
        request: &Packet,
        nats: &[(String, Packet)],
    ) -> bool {
        let Some(((id, inner), rest)) = nats.split_last() else { return false };
        let home = self.get("NatGateways", "NatGatewayId", id)["SubnetId"].as_str().unwrap();
        let mut through = Vec::new();
        let back = self.send(home, answer(inner), None, &[], &mut through);
        let Fate::AtInterface { id, .. } = back else { return false };
        if !through.is_empty() {
            return false;
        }
        if rest.is_empty() {
            let owner = self.interface_at(vpc, request.source);
            return owner.is_some_and(|owner| owner["NetworkInterfaceId"] == id.as_str());
        }
        self.at_nat(&id, subnet, vpc, request, rest)
    }
}

fn answer(request: &Packet) -> Packet {
    Packet {
        source: request.target,
        target: request.source,
        protocol: request.protocol,
        source_port: request.target_port,
        target_port: request.source_port,
    }
}

#[test]
fn both_evaluators_agree_on_random_networks() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut seen = std::collections::BTreeMap::<&str, usize>::new();
    for round in 0..400 {
        let world = network(&mut random);
        let facts = Ec2Facts::from_cli_output(&world, "world").unwrap();
        let model = Model::new([&facts]);
        for _ in 0..25 {
            let (from, to, name, port) = question(&mut random);
            // An address that nobody owns is no question for an evaluator that delivers packets.
            let world_view = World(&world);
            let owned =
                (0..3).any(|v| world_view.interface_at(&format!("vpc-{v}"), number(&to)).is_some());
            if to.starts_with("10.") && !owned {
                continue;
            }
            let protocol = if name == "tcp" { "6" } else { "17" };
            let line = json!({"from": from, "to": to, "port": port, "protocol": name}).to_string();
            let answer = lines::answer(&model, &line, false).unwrap();
            let expected = if world_view.conversation(&from, number(&to), protocol, port) {
                "reachable"
            } else {
                "blocked"
            };
            // A part of the client's ports may be closed: then one packet says nothing.
            if answer == "undetermined" {
                *seen.entry("undetermined").or_default() += 1;
                continue;
            }
            *seen.entry(expected).or_default() += 1;
            if answer != expected {
                let trace = lines::answer(&model, &line, true).unwrap();
                let trace: Value = serde_json::from_str(&trace).unwrap();
                let hops: Vec<String> = trace["trace"]["hops"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|hop| {
                        format!("{} {} {} {}", hop["passage"], hop["leg"], hop["id"], hop["text"])
                    })
                    .collect();
                panic!(
                    "round {round}: {line}: {answer}, but step by step {expected}\n{}\n{}",
                    hops.join("\n"),
                    trace["trace"]["obstacles"]
                );
            }
        }
    }
    assert!(seen["reachable"] > 500, "{seen:?}");
    assert!(seen["blocked"] > 500, "{seen:?}");
    assert!(seen.get("undetermined").copied().unwrap_or_default() < 500, "{seen:?}");
}
