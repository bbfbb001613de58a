//! What must hold in every network, whatever its rules say.

#![expect(clippy::unwrap_used, reason = "a network that cannot be built is a failed test")]

use ecswhy_facts::ec2::Ec2Facts;
use ecswhy_network::{Model, lines};
use serde_json::{Value, json};
use worlds::{Random, network, question};

mod worlds;

fn answer(world: &Value, line: &str) -> String {
    let facts = Ec2Facts::from_cli_output(world, "world").unwrap();
    lines::answer(&Model::new([&facts]), line, false).unwrap()
}

/// Calls the law with many networks, each with a question.
fn for_many(seed: u64, mut law: impl FnMut(&mut Random, Value, &str)) {
    let mut random = Random(seed);
    for _ in 0..250 {
        let world = network(&mut random);
        let (from, to, protocol, port) = question(&mut random);
        let line = json!({"from": from, "to": to, "protocol": protocol, "port": port});
        law(&mut random, world, &line.to_string());
    }
}

/// `blocked`, `undetermined`, `reachable` in this order.
fn rank(answer: &str) -> usize {
    ["blocked", "undetermined", "reachable"].iter().position(|word| *word == answer).unwrap()
}

#[test]
fn a_wider_rule_never_blocks() {
    for_many(11, |random, mut world, line| {
        let before = answer(&world, line);
        let at = random.below(9);
        let list = *random.pick(&[&"IpPermissions", &"IpPermissionsEgress"]);
        let rules = world["SecurityGroups"][at][list].as_array_mut().unwrap();
        let rule = random.below(rules.len());
        rules[rule]["IpRanges"] = json!([{"CidrIp": "0.0.0.0/0"}]);
        let after = answer(&world, line);
        assert!(rank(&after) >= rank(&before), "{line}: {before}, then {after}\n{world}");
    });
}

#[test]
fn a_deny_entry_on_top_never_opens() {
    for_many(12, |random, mut world, line| {
        let before = answer(&world, line);
        let at = random.below(6);
        let entry = json!({"RuleNumber": 0, "RuleAction": "deny", "Egress": random.one_in(2), "Protocol": *random.pick(&[&"-1", &"6", &"17"]),
            "CidrBlock": *random.pick(&[&"0.0.0.0/0", &"10.0.0.0/16", &"10.1.1.0/24"])});
        world["NetworkAcls"][at]["Entries"].as_array_mut().unwrap().push(entry);
        let after = answer(&world, line);
        assert!(rank(&after) <= rank(&before), "{line}: {before}, then {after}\n{world}");
    });
}

#[test]
fn what_is_not_on_the_path_does_not_matter() {
    for_many(13, |random, mut world, line| {
        let facts = Ec2Facts::from_cli_output(&world, "world").unwrap();
        let trace = lines::answer(&Model::new([&facts]), line, true).unwrap();
        let before = answer(&world, line);
        let (key, field) = *random.pick(&[
            &("SecurityGroups", "GroupId"),
            &("NetworkInterfaces", "NetworkInterfaceId"),
            &("NatGateways", "NatGatewayId"),
            &("VpcPeeringConnections", "VpcPeeringConnectionId"),
            &("InternetGateways", "InternetGatewayId"),
        ]);
        let to: Value = serde_json::from_str(line).unwrap();
        let list = world[key].as_array_mut().unwrap();
        if list.is_empty() {
            return;
        }
        let at = random.below(list.len());
        let named = trace.contains(list[at][field].as_str().unwrap());
        let is_target = list[at]["PrivateIpAddress"] == to["to"]
            || list[at]["Association"]["PublicIp"] == to["to"];
        if named || is_target {
            return;
        }
        let gone = list.remove(at);
        assert_eq!(answer(&world, line), before, "{line} without {gone}\n{world}");
    });
}

#[test]
fn the_order_of_the_facts_does_not_matter() {
    fn shuffle(random: &mut Random, value: &mut Value) {
        match value {
            Value::Array(list) => {
                for place in (1..list.len()).rev() {
                    list.swap(place, random.below(place + 1));
                }
                list.iter_mut().for_each(|item| shuffle(random, item));
            }
            Value::Object(object) => object.values_mut().for_each(|item| shuffle(random, item)),
            _ => {}
        }
    }
    for_many(14, |random, world, line| {
        let mut shuffled = world.clone();
        shuffle(random, &mut shuffled);
        assert_eq!(answer(&shuffled, line), answer(&world, line), "{line}\n{world}");
    });
}

/// Fields that are missing, of another kind or without sense: an answer or an error, never a panic.
#[test]
fn broken_facts_are_answered_all_the_same() {
    fn spoil(random: &mut Random, value: &mut Value) {
        match value {
            Value::Array(list) if !list.is_empty() => {
                let at = random.below(list.len());
                spoil(random, &mut list[at]);
            }
            Value::Object(object) if !object.is_empty() => {
                let key = object.keys().nth(random.below(object.len())).unwrap().clone();
                if random.one_in(3) {
                    object.insert(
                        key,
                        [
                            json!(null),
                            json!(""),
                            json!("-1"),
                            json!(-7),
                            json!("10.0.0.0/99"),
                            json!([]),
                            json!({}),
                        ][random.below(7)]
                        .clone(),
                    );
                } else {
                    spoil(random, &mut object[&key]);
                }
            }
            _ => {}
        }
    }
    for_many(15, |random, mut world, line| {
        for _ in 0..=random.below(8) {
            spoil(random, &mut world);
        }
        let facts = Ec2Facts::from_cli_output(&world, "world").unwrap();
        let _ = lines::answer(&Model::new([&facts]), line, true);
    });
}
