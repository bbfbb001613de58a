//! Names of AWS services and who answers at them. Each table names the AWS page that it comes from.

#![expect(clippy::unwrap_used, reason = "a case that cannot be built is a failed test")]

use ecswhy_facts::ec2::Ec2Facts;
use ecswhy_network::services::Service;
use ecswhy_network::{Destination, Model, Origin, Question, Verdict};
use serde_json::{Value, json};

/// AWS General Reference, "Service endpoints"; ECR User Guide, "Making requests to Amazon ECR registries"; Amazon S3
/// User Guide, "Dual-stack endpoints"; PrivateLink Guide, "AWS services that integrate".
#[test]
fn a_host_names_its_service_region_and_endpoint() {
    const PLAIN: (bool, bool) = (false, false);
    const FIPS: (bool, bool) = (true, false);
    const DUAL: (bool, bool) = (false, true);
    for (host, name, region, (fips, dual_stack), endpoint) in [
        (
            "api.ecr.eu-west-1.amazonaws.com",
            "ecr.api",
            "eu-west-1",
            PLAIN,
            "com.amazonaws.eu-west-1.ecr.api",
        ),
        (
            "API.ECR.EU-WEST-1.amazonaws.com.",
            "ecr.api",
            "eu-west-1",
            PLAIN,
            "com.amazonaws.eu-west-1.ecr.api",
        ),
        ("ecr.eu-west-1.api.aws", "ecr.api", "eu-west-1", DUAL, "com.amazonaws.eu-west-1.ecr.api"),
        (
            "ecr-fips.us-east-1.amazonaws.com",
            "ecr.api",
            "us-east-1",
            FIPS,
            "com.amazonaws.us-east-1.ecr.api",
        ),
        (
            "111122223333.dkr.ecr.eu-west-1.amazonaws.com",
            "ecr.dkr",
            "eu-west-1",
            PLAIN,
            "com.amazonaws.eu-west-1.ecr.dkr",
        ),
        (
            "111122223333.dkr-ecr.eu-west-1.on.aws",
            "ecr.dkr",
            "eu-west-1",
            DUAL,
            "com.amazonaws.eu-west-1.ecr.dkr",
        ),
        (
            "111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn",
            "ecr.dkr",
            "cn-north-1",
            PLAIN,
            "cn.com.amazonaws.cn-north-1.ecr.dkr",
        ),
        (
            "111122223333.dkr.ecr.us-gov-west-1.amazonaws.com",
            "ecr.dkr",
            "us-gov-west-1",
            PLAIN,
            "com.amazonaws.us-gov-west-1.ecr.dkr",
        ),
        (
            "prod-eu-west-1-starport-layer-bucket.s3.eu-west-1.amazonaws.com",
            "s3",
            "eu-west-1",
            PLAIN,
            "com.amazonaws.eu-west-1.s3",
        ),
        (
            "bucket.with.dots.s3.eu-west-1.amazonaws.com",
            "s3",
            "eu-west-1",
            PLAIN,
            "com.amazonaws.eu-west-1.s3",
        ),
        (
            "bucket.s3.dualstack.eu-west-1.amazonaws.com",
            "s3",
            "eu-west-1",
            DUAL,
            "com.amazonaws.eu-west-1.s3",
        ),
        (
            "logs.ap-southeast-2.amazonaws.com",
            "logs",
            "ap-southeast-2",
            PLAIN,
            "com.amazonaws.ap-southeast-2.logs",
        ),
        (
            "logs-fips.us-east-1.amazonaws.com",
            "logs",
            "us-east-1",
            FIPS,
            "com.amazonaws.us-east-1.logs-fips",
        ),
        (
            "secretsmanager.us-isob-east-1.sc2s.sgov.gov",
            "secretsmanager",
            "us-isob-east-1",
            PLAIN,
            "gov.sgov.sc2s.us-isob-east-1.secretsmanager",
        ),
        (
            "ssm.eusc-de-east-1.amazonaws.eu",
            "ssm",
            "eusc-de-east-1",
            PLAIN,
            "eu.amazonaws.eusc-de-east-1.ssm",
        ),
    ] {
        let service = Service::of_host(host).unwrap();
        assert_eq!(
            (service.name.as_str(), service.region.as_str(), service.fips, service.dual_stack),
            (name, region, fips, dual_stack),
            "{host}"
        );
        assert!(service.endpoint_services().contains(&endpoint.to_owned()), "{host}");
    }
    for host in [
        "public.ecr.aws",
        "registry-1.docker.io",
        "fs-1.efs.eu-west-1.amazonaws.com",
        "db.abc.eu-west-1.rds.amazonaws.com",
        "amazonaws.com",
        "",
    ] {
        assert_eq!(Service::of_host(host), None, "{host}");
    }
}

/// A VPC with two closed subnets in two zones, and what each case adds.
fn account() -> Value {
    let local =
        json!({"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"});
    let open = |egress: bool| json!({"RuleNumber": 100, "RuleAction": "allow", "Egress": egress, "Protocol": "-1", "CidrBlock": "0.0.0.0/0"});
    let all = json!([{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]);
    json!({
        "Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "DhcpOptionsId": "dopt-1"}],
        "Subnets": [
            {"SubnetId": "subnet-a", "VpcId": "vpc-1", "CidrBlock": "10.0.0.0/24", "AvailabilityZone": "eu-west-1a"},
            {"SubnetId": "subnet-b", "VpcId": "vpc-1", "CidrBlock": "10.0.1.0/24", "AvailabilityZone": "eu-west-1b"}],
        "RouteTables": [{"RouteTableId": "rtb-main", "VpcId": "vpc-1", "Associations": [{"Main": true}], "Routes": [local]}],
        "NetworkAcls": [{"NetworkAclId": "acl-1", "VpcId": "vpc-1", "IsDefault": true, "Entries": [open(true), open(false)]}],
        "SecurityGroups": [
            {"GroupId": "sg-task", "GroupName": "task", "VpcId": "vpc-1", "IpPermissionsEgress": all, "IpPermissions": all},
            {"GroupId": "sg-closed", "GroupName": "closed", "VpcId": "vpc-1"}],
        "DhcpOptions": [{"DhcpOptionsId": "dopt-1", "DhcpConfigurations": [{"Key": "domain-name-servers", "Values": [{"Value": "AmazonProvidedDNS"}]}]}],
        "InternetGateways": [{"InternetGatewayId": "igw-1", "Attachments": [{"VpcId": "vpc-1", "State": "available"}]}],
        "NatGateways": [], "VpcEndpoints": [], "NetworkInterfaces": []
    })
}

fn endpoint(id: &str, changes: Value) -> Value {
    let mut made = json!({"VpcEndpointId": id, "VpcEndpointType": "Interface", "VpcId": "vpc-1", "State": "available",
        "ServiceName": "com.amazonaws.eu-west-1.ecr.api", "PrivateDnsEnabled": true, "SubnetIds": ["subnet-b"], "Groups": [{"GroupId": "sg-task"}]});
    for (name, value) in changes.as_object().unwrap() {
        made[name] = value.clone();
    }
    made
}

fn ask(account: &Value, service: Service) -> (Verdict, Vec<&'static str>) {
    let mut facts = Ec2Facts::from_cli_output(account, "case").unwrap();
    for name in ["EnableDnsSupport", "EnableDnsHostnames"] {
        facts.add_cli_output(&json!({"VpcId": "vpc-1", name: {"Value": true}}), "case").unwrap();
    }
    let origin = Origin::Task {
        subnet: "subnet-a".into(),
        security_groups: vec!["sg-task".into()],
        public_ip: true,
        ipv6: false,
    };
    let answer =
        Model::new([&facts]).reach(&Question::tcp(origin, Destination::Service(service), 443));
    let faults = answer.obstacles().iter().map(|obstacle| obstacle.fault.id()).collect();
    (answer.verdict, faults)
}

/// PrivateLink Guide, "Access an AWS service using an interface VPC endpoint": any interface of the VPC serves, by a
/// private name, while the endpoint is available.
#[test]
fn interface_endpoints_serve_by_their_private_name() {
    use Verdict::{Blocked, Reachable};
    for (what, endpoints, expected) in [
        ("in another zone only", vec![endpoint("vpce-1", json!({}))], (Reachable, vec![])),
        (
            "still pending",
            vec![endpoint("vpce-1", json!({"State": "pending"}))],
            (Blocked, vec!["endpoint-unavailable", "no-egress"]),
        ),
        (
            "the second of two has the private name",
            vec![
                endpoint(
                    "vpce-1",
                    json!({"PrivateDnsEnabled": false, "Groups": [{"GroupId": "sg-closed"}]}),
                ),
                endpoint("vpce-2", json!({})),
            ],
            (Reachable, vec![]),
        ),
        (
            "the one with the private name is closed",
            vec![
                endpoint("vpce-1", json!({"PrivateDnsEnabled": false})),
                endpoint("vpce-2", json!({"Groups": [{"GroupId": "sg-closed"}]})),
            ],
            (Blocked, vec!["endpoint-security-group"]),
        ),
        (
            "of another Region",
            vec![endpoint("vpce-1", json!({"ServiceName": "com.amazonaws.eu-west-2.ecr.api"}))],
            (Blocked, vec!["no-egress"]),
        ),
        (
            "of the registry, not of the API",
            vec![endpoint("vpce-1", json!({"ServiceName": "com.amazonaws.eu-west-1.ecr.dkr"}))],
            (Blocked, vec!["no-egress"]),
        ),
    ] {
        let mut account = account();
        account["VpcEndpoints"] = json!(endpoints);
        let (verdict, mut faults) = ask(&account, Service::new("ecr.api", "eu-west-1"));
        faults.truncate(expected.1.len().max(1));
        let first: Vec<_> = expected.1.iter().take(faults.len()).copied().collect();
        assert_eq!((verdict, faults), (expected.0, first), "{what}");
    }
}

/// VPC User Guide, "DHCP option sets": `domain-name-servers` of one's own need not know the private names; one of
/// several that is Amazon's does.
#[test]
fn own_dns_servers_leave_private_names_open() {
    use Verdict::{Blocked, Reachable, Undetermined};
    let internet =
        json!({"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "active"});
    for (servers, closed, route, expected) in [
        (vec!["AmazonProvidedDNS"], false, false, Reachable),
        (vec!["169.254.169.253"], false, false, Reachable),
        (vec!["10.0.0.2"], false, false, Reachable),
        (vec!["10.0.1.53", "AmazonProvidedDNS"], false, false, Reachable),
        // Neither way is known to be the one, and only one of them leads there.
        (vec!["10.0.1.53"], false, false, Undetermined),
        (vec!["10.0.1.53"], true, true, Undetermined),
        // Both ways lead there, and both do not.
        (vec!["10.0.1.53"], false, true, Reachable),
        (vec!["10.0.1.53"], true, false, Blocked),
    ] {
        let mut account = account();
        let values: Vec<Value> = servers.iter().map(|server| json!({"Value": server})).collect();
        account["DhcpOptions"][0]["DhcpConfigurations"][0]["Values"] = json!(values);
        let groups = json!([{"GroupId": if closed { "sg-closed" } else { "sg-task" }}]);
        account["VpcEndpoints"] = json!([endpoint("vpce-1", json!({"Groups": groups}))]);
        if route {
            account["RouteTables"][0]["Routes"].as_array_mut().unwrap().push(internet.clone());
        }
        let (verdict, _) = ask(&account, Service::new("ecr.api", "eu-west-1"));
        assert_eq!(verdict, expected, "{servers:?}, closed {closed}, route {route}");
    }
}

/// Amazon S3 User Guide, "AWS PrivateLink for Amazon S3": an interface endpoint whose private name is for inbound
/// resolver endpoints only does not serve the VPC, its gateway endpoint does.
#[test]
fn an_s3_interface_endpoint_serves_where_its_private_name_is_for_the_vpc() {
    for (options, expected) in [
        (json!({}), Verdict::Reachable),
        (json!({"PrivateDnsOnlyForInboundResolverEndpoint": true}), Verdict::Blocked),
    ] {
        let mut account = account();
        account["VpcEndpoints"] = json!([endpoint(
            "vpce-1",
            json!({"ServiceName": "com.amazonaws.eu-west-1.s3", "DnsOptions": options})
        )]);
        assert_eq!(ask(&account, Service::layers("eu-west-1")).0, expected);
    }
}
