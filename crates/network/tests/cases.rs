//! Cases on one small VPC: subnet-pub leads to an internet gateway, subnet-priv to a NAT gateway in it.
//! Each test names the AWS page that its expectation comes from.

#![expect(clippy::unwrap_used, reason = "a case that cannot be built is a failed test")]

use ecswhy_facts::GapReason;
use ecswhy_facts::ec2::Ec2Facts;
use ecswhy_network::services::Service;
use ecswhy_network::{Answer, Destination, Model, Origin, Question, Verdict, lines};
use serde_json::{Value, json};

fn base() -> Value {
    let open = |egress: bool| json!({"RuleNumber": 100, "RuleAction": "allow", "Egress": egress, "Protocol": "-1", "CidrBlock": "0.0.0.0/0"});
    let all = json!([{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]);
    let local = json!({"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active", "Origin": "CreateRouteTable"});
    json!({
        "Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}],
        "Subnets": [
            {"SubnetId": "subnet-pub", "VpcId": "vpc-1", "CidrBlock": "10.0.0.0/24", "AvailabilityZone": "eu-west-1a"},
            {"SubnetId": "subnet-priv", "VpcId": "vpc-1", "CidrBlock": "10.0.1.0/24", "AvailabilityZone": "eu-west-1a"}],
        "RouteTables": [
            {"RouteTableId": "rtb-pub", "VpcId": "vpc-1", "Associations": [{"SubnetId": "subnet-pub", "RouteTableId": "rtb-pub"}],
             "Routes": [local, {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "active"}]},
            {"RouteTableId": "rtb-main", "VpcId": "vpc-1", "Associations": [{"Main": true, "RouteTableId": "rtb-main"}],
             "Routes": [local, {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1", "State": "active"}]}],
        "NatGateways": [{"NatGatewayId": "nat-1", "VpcId": "vpc-1", "SubnetId": "subnet-pub", "State": "available", "ConnectivityType": "public"}],
        "InternetGateways": [{"InternetGatewayId": "igw-1", "Attachments": [{"VpcId": "vpc-1", "State": "available"}]}],
        "NetworkAcls": [{"NetworkAclId": "acl-1", "VpcId": "vpc-1", "IsDefault": true, "Entries": [open(true), open(false)]}],
        "SecurityGroups": [
            {"GroupId": "sg-task", "GroupName": "task", "VpcId": "vpc-1", "IpPermissionsEgress": all},
            {"GroupId": "sg-vpce", "GroupName": "vpce", "VpcId": "vpc-1",
             "IpPermissions": [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [{"GroupId": "sg-task"}]}]}],
        "VpcEndpoints": [], "NetworkInterfaces": []
    })
}

fn model(account: &Value) -> Model {
    let mut facts = Ec2Facts::from_cli_output(account, "case").unwrap();
    for (name, value) in [("EnableDnsSupport", true), ("EnableDnsHostnames", true)] {
        let value = account.get(name).cloned().unwrap_or(json!({"Value": value}));
        facts.add_cli_output(&json!({"VpcId": "vpc-1", name: value}), "case").unwrap();
    }
    Model::new([&facts])
}

fn ask(account: &Value, subnet: &str, public_ip: bool, service: &str) -> Answer {
    let origin = Origin::Task {
        subnet: subnet.into(),
        security_groups: vec!["sg-task".into()],
        public_ip,
        ipv6: false,
    };
    model(account).reach(&Question::tcp(
        origin,
        Destination::Service(Service::new(service, "eu-west-1")),
        443,
    ))
}

fn faults(answer: &Answer) -> Vec<&'static str> {
    answer.obstacles().iter().map(|obstacle| obstacle.fault.id()).collect()
}

fn endpoint(service: &str) -> Value {
    json!({"VpcEndpointId": "vpce-1", "VpcEndpointType": "Interface", "VpcId": "vpc-1", "ServiceName": format!("com.amazonaws.eu-west-1.{service}"),
        "State": "available", "PrivateDnsEnabled": true, "SubnetIds": ["subnet-pub"], "Groups": [{"GroupId": "sg-vpce"}]})
}

/// VPC User Guide, "NAT gateways": a private subnet reaches the internet through a gateway in a public one.
#[test]
fn nat_in_a_public_subnet_reaches_a_service() {
    assert_eq!(ask(&base(), "subnet-priv", false, "ecr.api").verdict, Verdict::Reachable);
}

/// VPC User Guide, "Enable internet access": the interface needs a public IPv4 address.
#[test]
fn public_subnet_needs_a_public_address() {
    assert_eq!(faults(&ask(&base(), "subnet-pub", false, "ecr.api")), ["public-ip-missing"]);
    assert_eq!(ask(&base(), "subnet-pub", true, "ecr.api").verdict, Verdict::Reachable);
}

/// VPC User Guide, "Troubleshoot NAT gateways": the gateway must be available and in a public subnet.
#[test]
fn nat_that_cannot_work_is_named() {
    for (pointer, value) in [
        ("/NatGateways/0/State", json!("failed")),
        ("/NatGateways/0/SubnetId", json!("subnet-priv")),
        ("/RouteTables/1/Routes/1/State", json!("blackhole")),
    ] {
        let mut account = base();
        *account.pointer_mut(pointer).unwrap() = value;
        let answer = ask(&account, "subnet-priv", false, "ecr.api");
        assert_eq!(faults(&answer), ["nat-unusable"], "{pointer}");
        assert_eq!(answer.obstacles()[0].subject, "nat-1");
    }
}

/// PrivateLink Guide: private DNS leads the public name to the endpoint, whose groups then decide.
#[test]
fn endpoint_with_private_dns_hides_the_nat() {
    let mut account = base();
    account["VpcEndpoints"] = json!([endpoint("ecr.api")]);
    assert_eq!(ask(&account, "subnet-priv", false, "ecr.api").verdict, Verdict::Reachable);
    account["SecurityGroups"][1]["IpPermissions"] = json!([]);
    let answer = ask(&account, "subnet-priv", false, "ecr.api");
    assert_eq!(faults(&answer), ["endpoint-security-group"]);
    assert_eq!(answer.path.endpoint.as_deref(), Some("vpce-1"));
    assert_eq!(answer.alternatives[0].verdict(), Verdict::Reachable);
}

/// PrivateLink Guide, "Private DNS": without it only the endpoint's own names lead to it.
#[test]
fn endpoint_without_private_dns_does_not_serve_a_closed_subnet() {
    let mut account = base();
    account["VpcEndpoints"] = json!([endpoint("ecr.api")]);
    account["VpcEndpoints"][0]["PrivateDnsEnabled"] = json!(false);
    assert_eq!(ask(&account, "subnet-priv", false, "ecr.api").verdict, Verdict::Reachable);
    account["RouteTables"][1]["Routes"].as_array_mut().unwrap().pop();
    assert_eq!(faults(&ask(&account, "subnet-priv", false, "ecr.api")), ["endpoint-private-dns"]);
    account["VpcEndpoints"] = json!([]);
    assert_eq!(faults(&ask(&account, "subnet-priv", false, "ecr.api")), ["no-egress"]);
}

/// VPC User Guide, "Gateway endpoints": the endpoint must be on the subnet's table; rules may name its prefix list.
#[test]
fn gateway_endpoint_serves_its_route_tables_only() {
    let mut account = base();
    account["RouteTables"][1]["Routes"].as_array_mut().unwrap().pop();
    account["VpcEndpoints"] = json!([{"VpcEndpointId": "vpce-s3", "VpcEndpointType": "Gateway", "VpcId": "vpc-1",
        "ServiceName": "com.amazonaws.eu-west-1.s3", "State": "available", "RouteTableIds": ["rtb-pub"]}]);
    assert_eq!(faults(&ask(&account, "subnet-priv", false, "s3")), ["s3-endpoint-route-table"]);
    account["VpcEndpoints"][0]["RouteTableIds"] = json!(["rtb-main"]);
    account["RouteTables"][1]["Routes"].as_array_mut().unwrap().push(
        json!({"DestinationPrefixListId": "pl-s3", "GatewayId": "vpce-s3", "State": "active"}),
    );
    assert_eq!(ask(&account, "subnet-priv", false, "s3").verdict, Verdict::Reachable);
    account["SecurityGroups"][0]["IpPermissionsEgress"] = json!([{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "PrefixListIds": [{"PrefixListId": "pl-s3"}]}]);
    assert_eq!(ask(&account, "subnet-priv", false, "s3").verdict, Verdict::Reachable);
    account["SecurityGroups"][0]["IpPermissionsEgress"] =
        json!([{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}]);
    assert_eq!(faults(&ask(&account, "subnet-priv", false, "s3")), ["security-group-egress"]);
}

/// VPC User Guide, "Network ACLs": stateless, so the reply needs its ephemeral ports.
#[test]
fn acl_that_drops_replies_blocks() {
    let mut account = base();
    account["NetworkAcls"][0]["Entries"][1] = json!({"RuleNumber": 100, "RuleAction": "allow", "Egress": false, "Protocol": "6", "CidrBlock": "0.0.0.0/0", "PortRange": {"From": 443, "To": 443}});
    let answer = ask(&account, "subnet-pub", true, "ecr.api");
    assert_eq!(faults(&answer), ["nacl"]);
    assert!(answer.path.line().ends_with("reply: X acl-1 blocked here"), "{}", answer.path.line());
}

/// EC2 API, `BlockPublicAccessStates`; VPC User Guide, "DNS attributes".
#[test]
fn account_wide_switches_block() {
    let mut account = base();
    account["Subnets"][0]["BlockPublicAccessStates"] =
        json!({"InternetGatewayBlockMode": "block-bidirectional"});
    assert_eq!(faults(&ask(&account, "subnet-priv", false, "logs")), ["block-public-access"]);
    let mut account = base();
    account["EnableDnsSupport"] = json!({"Value": false});
    assert_eq!(faults(&ask(&account, "subnet-priv", false, "logs")), ["dns-disabled"]);
}

#[test]
fn a_missing_or_cut_list_leaves_the_answer_open() {
    for list in ["RouteTables", "NetworkAcls", "SecurityGroups", "NatGateways", "VpcEndpoints"] {
        let mut account = base();
        account.as_object_mut().unwrap().remove(list);
        assert_eq!(
            ask(&account, "subnet-priv", false, "logs").verdict,
            Verdict::Undetermined,
            "{list}"
        );
    }
}

#[test]
fn lines_answer_one_word_and_bad_lines_say_why() {
    let mut account = base();
    account["NetworkInterfaces"] = json!([{"NetworkInterfaceId": "eni-db", "VpcId": "vpc-1", "SubnetId": "subnet-pub",
        "PrivateIpAddress": "10.0.0.9", "Groups": [{"GroupId": "sg-vpce"}]}]);
    let model = model(&account);
    let ask = |line: &str| lines::answer(&model, line, false).map_err(|error| error.to_string());
    let from = r#""from":"subnet-priv","security_groups":["sg-task"]"#;
    assert_eq!(
        ask(&format!(r#"{{{from},"to":"10.0.0.9","port":443,"protocol":"tcp"}}"#)).unwrap(),
        "reachable"
    );
    assert_eq!(
        ask(&format!(r#"{{{from},"to":"eni-db","port":22,"protocol":"tcp"}}"#)).unwrap(),
        "blocked"
    );
    assert_eq!(ask(&format!(r#"{{{from},"to":"eni-db","protocol":"any"}}"#)).unwrap(), "reachable");
    assert_eq!(
        ask(&format!(r#"{{{from},"to":"8.8.8.8","port":53,"protocol":"udp"}}"#)).unwrap(),
        "reachable"
    );
    assert_eq!(ask(r#"{"from":"subnet-gone","to":"8.8.8.8","port":53}"#).unwrap(), "undetermined");
    assert!(
        ask(&format!(r#"{{{from},"to":"db","port":1}}"#)).unwrap_err().contains("\"to\" is \"db\"")
    );
    assert!(ask("no").is_err());
}

/// An account whose facts contradict each other: the endpoint is judged by the block of its subnet.
#[test]
fn an_endpoint_whose_address_is_outside_its_subnet_is_judged_by_the_subnet() {
    let mut account = base();
    account["VpcEndpoints"] = json!([{"VpcEndpointId": "vpce-1", "VpcEndpointType": "Interface", "VpcId": "vpc-1",
        "ServiceName": "com.amazonaws.eu-west-1.ecr.api", "State": "available", "PrivateDnsEnabled": true,
        "SubnetIds": ["subnet-pub"], "NetworkInterfaceIds": ["eni-1"], "Groups": [{"GroupId": "sg-vpce"}]}]);
    account["NetworkInterfaces"] = json!([{"NetworkInterfaceId": "eni-1", "VpcId": "vpc-1", "SubnetId": "subnet-pub",
        "PrivateIpAddress": "10.99.7.7", "Groups": [{"GroupId": "sg-vpce"}]}]);
    let answer = ask(&account, "subnet-priv", false, "ecr.api");
    assert_eq!(answer.verdict, Verdict::Reachable, "{}", answer.path.ladder());
}

/// VpcEndpoint in the EC2 API reference: `State` may be `deleted`.
#[test]
fn a_deleted_endpoint_that_is_still_listed_is_none() {
    let mut account = base();
    account["VpcEndpoints"] = json!([{"VpcEndpointId": "vpce-1", "VpcEndpointType": "Interface", "VpcId": "vpc-1",
        "ServiceName": "com.amazonaws.eu-west-1.ecr.api", "State": "deleted", "PrivateDnsEnabled": true,
        "SubnetIds": ["subnet-pub"], "Groups": []}]);
    let answer = ask(&account, "subnet-priv", false, "ecr.api");
    assert!(answer.path.endpoint.is_none(), "{}", answer.path.ladder());
    assert_eq!(answer.verdict, Verdict::Reachable, "{}", answer.path.ladder());
}

/// DescribeNetworkInterfaces: an interface has an address in its subnet; facts that tell none leave any of them.
#[test]
fn an_interface_without_a_known_address_stands_for_its_subnet() {
    let mut account = base();
    account["NetworkInterfaces"] = json!([{"NetworkInterfaceId": "eni-1", "VpcId": "vpc-1", "SubnetId": "subnet-priv",
        "PrivateIpAddress": "10.77.0.9", "Groups": [{"GroupId": "sg-task"}]}]);
    let origin = Origin::Existing {
        id: "eni-1".into(),
        source_ip: None,
        security_groups: None,
        public_ip: None,
    };
    let service = Destination::Service(Service::new("ecr.api", "eu-west-1"));
    let answer = model(&account).reach(&Question::tcp(origin, service, 443));
    assert_eq!(answer.verdict, Verdict::Reachable);
}

/// VPC User Guide, "Route tables": two halves of a default route, as VPN products set them, are a whole one.
#[test]
fn two_halves_of_a_default_route_lead_out() {
    let mut account = base();
    let half = |block: &str| json!({"DestinationCidrBlock": block, "NatGatewayId": "nat-1", "State": "active"});
    let routes = account["RouteTables"][1]["Routes"].as_array_mut().unwrap();
    routes[1] = half("0.0.0.0/1");
    routes.push(half("128.0.0.0/1"));
    assert_eq!(ask(&account, "subnet-priv", false, "ecr.api").verdict, Verdict::Reachable);
    account["RouteTables"][1]["Routes"].as_array_mut().unwrap().pop();
    assert_eq!(ask(&account, "subnet-priv", false, "ecr.api").verdict, Verdict::Undetermined);
}

/// A route of some public addresses leaves it open whether the service has one of them; no call would tell.
#[test]
fn a_route_of_some_public_addresses_is_nobodys_missing_fact() {
    let mut account = base();
    let route =
        json!({"DestinationCidrBlock": "52.94.0.0/16", "GatewayId": "vgw-1", "State": "active"});
    account["RouteTables"][1]["Routes"].as_array_mut().unwrap().push(route);
    let answer = ask(&account, "subnet-priv", false, "ecr.api");
    assert_eq!(answer.verdict, Verdict::Undetermined);
    assert!(answer.gaps().iter().all(|gap| matches!(gap.why, GapReason::Unknowable { .. })));
}

/// ECR User Guide, "Making requests to Amazon ECR registries": the usual names have IPv4 addresses only.
#[test]
fn from_a_subnet_without_ipv4_only_dual_stack_names_serve() {
    let mut account = base();
    account["Subnets"][1]["Ipv6Native"] = json!(true);
    account["Subnets"][1].as_object_mut().unwrap().remove("CidrBlock");
    account["Subnets"][1]["Ipv6CidrBlockAssociationSet"] = json!([{"Ipv6CidrBlock": "2600:1f14:a:1::/64", "Ipv6CidrBlockState": {"State": "associated"}}]);
    account["Vpcs"][0]["Ipv6CidrBlockAssociationSet"] = json!([{"Ipv6CidrBlock": "2600:1f14:a::/56", "Ipv6CidrBlockState": {"State": "associated"}}]);
    let routes = account["RouteTables"][1]["Routes"].as_array_mut().unwrap();
    routes.push(json!({"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-1", "State": "active"}));
    account["EgressOnlyInternetGateways"] = json!([{"EgressOnlyInternetGatewayId": "eigw-1", "Attachments": [{"VpcId": "vpc-1", "State": "attached"}]}]);
    let all6 = json!([{"IpProtocol": "-1", "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}]);
    account["SecurityGroups"][0]["IpPermissionsEgress"] = all6;
    let open6 = |egress: bool| json!({"RuleNumber": 101, "RuleAction": "allow", "Egress": egress, "Protocol": "-1", "Ipv6CidrBlock": "::/0"});
    account["NetworkAcls"][0]["Entries"]
        .as_array_mut()
        .unwrap()
        .extend([open6(true), open6(false)]);
    assert_eq!(ask(&account, "subnet-priv", false, "ecr.api").verdict, Verdict::Undetermined);
    let origin = Origin::Task {
        subnet: "subnet-priv".into(),
        security_groups: vec!["sg-task".into()],
        public_ip: false,
        ipv6: true,
    };
    let registry = Service::of_host("111122223333.dkr-ecr.eu-west-1.on.aws").unwrap();
    let question = Question::tcp(origin, Destination::Service(registry), 443);
    assert_eq!(model(&account).reach(&question).verdict, Verdict::Reachable);
}

/// VPC User Guide, "NAT gateways": nothing outside can open a connection to one, whether or not its interface is listed.
#[test]
fn the_addresses_of_a_nat_gateway_accept_nothing() {
    let mut account = base();
    account["NatGateways"][0]["NatGatewayAddresses"] =
        json!([{"PublicIp": "52.1.1.1", "PrivateIp": "10.0.0.9"}]);
    for to in ["52.1.1.1", "10.0.0.9"] {
        let request =
            json!({"from": "subnet-priv", "to": to, "port": 443, "security_groups": ["sg-task"]});
        let answer = lines::answer(&model(&account), &request.to_string(), false).unwrap();
        assert_eq!(answer, "blocked", "{to}");
    }
}

/// Whitepaper "Building a scalable and secure multi-VPC network": endpoints of a central VPC serve others by private
/// hosted zones, which no EC2 call shows.
#[test]
fn an_endpoint_behind_another_network_leaves_the_answer_open() {
    let peer_endpoint = json!({"VpcEndpointId": "vpce-9", "VpcEndpointType": "Interface", "VpcId": "vpc-9",
        "ServiceName": "com.amazonaws.eu-west-1.ecr.api", "State": "available", "SubnetIds": ["subnet-9"], "Groups": []});
    let peer = json!({"VpcId": "vpc-9", "CidrBlock": "10.9.0.0/16"});
    let route = |block: &str, field: &str, id: &str| json!({"DestinationCidrBlock": block, field: id, "State": "active"});
    let pcx = route("10.9.0.0/16", "VpcPeeringConnectionId", "pcx-1");
    for (what, route, vpcs, endpoints, expected) in [
        ("a peer that was not read", pcx.clone(), vec![], vec![], Verdict::Undetermined),
        ("a peer without the endpoint", pcx.clone(), vec![peer.clone()], vec![], Verdict::Blocked),
        ("a peer with it", pcx, vec![peer], vec![peer_endpoint], Verdict::Undetermined),
        (
            "a transit gateway",
            route("10.0.0.0/8", "TransitGatewayId", "tgw-1"),
            vec![],
            vec![],
            Verdict::Undetermined,
        ),
        (
            "an appliance",
            route("10.9.0.0/16", "NetworkInterfaceId", "eni-9"),
            vec![],
            vec![],
            Verdict::Blocked,
        ),
    ] {
        let mut account = base();
        account["RouteTables"][1]["Routes"][1] = route;
        account["Vpcs"].as_array_mut().unwrap().extend(vpcs);
        account["VpcEndpoints"] = json!(endpoints);
        account["VpcPeeringConnections"] = json!([{"VpcPeeringConnectionId": "pcx-1", "Status": {"Code": "active"},
            "RequesterVpcInfo": {"VpcId": "vpc-1"}, "AccepterVpcInfo": {"VpcId": "vpc-9", "CidrBlock": "10.9.0.0/16"}}]);
        let answer = ask(&account, "subnet-priv", false, "ecr.api");
        assert_eq!(answer.verdict, expected, "{what}: {}", answer.path.ladder());
    }
}
