//! Commands that change the VPC.

use super::Writer;
use crate::change::{Change, NEW, Peer, RouteTarget, SecurityGroupRule};
use crate::shell::{Command, NotWritable, plain};
use ecswhy_facts::Known;
use ecswhy_facts::ec2::Route;
use serde_json::{Value, json};

/// The tag by which the rollback finds what was created.
const TAG: &str = "{Key=created-by,Value=ecswhy}";
const TAGGED: &str = "Name=tag:created-by,Values=ecswhy";

impl Writer<'_> {
    pub(super) fn network(&mut self, change: &Change) -> Result<(), NotWritable> {
        match change {
            Change::CreateInterfaceEndpoint { vpc, service_name, subnets, security_groups } => {
                let create = self
                    .aws("ec2 create-vpc-endpoint")
                    .arg("--vpc-endpoint-type", "Interface")
                    .arg("--vpc-id", vpc)
                    .arg("--service-name", service_name)
                    .list("--subnet-ids", subnets)
                    .list("--security-group-ids", security_groups)
                    .flag("--private-dns-enabled")
                    .arg("--tag-specifications", tags("vpc-endpoint"))
                    .query("VpcEndpoint.VpcEndpointId");
                self.run(create)?;
                self.undo_endpoint(vpc, service_name)
            }
            Change::CreateGatewayEndpoint { vpc, service_name, route_tables } => {
                let create = self
                    .aws("ec2 create-vpc-endpoint")
                    .arg("--vpc-endpoint-type", "Gateway")
                    .arg("--vpc-id", vpc)
                    .arg("--service-name", service_name)
                    .list("--route-table-ids", route_tables)
                    .arg("--tag-specifications", tags("vpc-endpoint"))
                    .query("VpcEndpoint.VpcEndpointId");
                self.run(create)?;
                self.undo_endpoint(vpc, service_name)
            }
            Change::AssociateRouteTable { endpoint, route_tables } => {
                let modify =
                    |option: &str| self.modify_endpoint(endpoint).list(option, route_tables);
                let (add, remove) =
                    (modify("--add-route-table-ids"), modify("--remove-route-table-ids"));
                self.run(add)?;
                self.undo_with(vec![remove])
            }
            Change::EnablePrivateDns { endpoint } => {
                let off = self.modify_endpoint(endpoint).flag("--no-private-dns-enabled");
                self.run(self.modify_endpoint(endpoint).flag("--private-dns-enabled"))?;
                self.undo_with(vec![off])
            }
            Change::SetEndpointPolicy { endpoint, policy } => {
                let found = self.model.home().ec2.vpc_endpoints.by_id(endpoint).ok().flatten();
                let old = found.and_then(|found| found.policy_document.as_ref());
                let back = match old {
                    Some(old) => self.modify_endpoint(endpoint).arg("--policy-document", &old.0),
                    None => self.modify_endpoint(endpoint).flag("--reset-policy"),
                };
                self.run(self.modify_endpoint(endpoint).policy("--policy-document", policy))?;
                self.undo_with(vec![back])
            }
            Change::AddRoute { route_table, destination, target, replaces } => {
                self.route(route_table, destination, target, *replaces)
            }
            Change::CreateNatGateway { public_subnet, route_table, replaces_route } => {
                self.create_nat_gateway(public_subnet)?;
                let target = RouteTarget::NatGateway(NEW.to_owned());
                self.route(route_table, "0.0.0.0/0", &target, *replaces_route)
            }
            Change::AttachInternetGateway { internet_gateway, vpc } => {
                self.attach_internet_gateway(internet_gateway, vpc)
            }
            Change::AuthorizeEgress { security_group, rule } => {
                self.rule("egress", security_group, rule)
            }
            Change::AuthorizeIngress { security_group, rule } => {
                self.rule("ingress", security_group, rule)
            }
            Change::AddNaclEntry {
                network_acl,
                number,
                egress,
                cidr,
                protocol,
                from_port,
                to_port,
            } => {
                let direction = if *egress { "--egress" } else { "--ingress" };
                let block = if cidr.contains(':') { "--ipv6-cidr-block" } else { "--cidr-block" };
                let mut create = self
                    .aws("ec2 create-network-acl-entry")
                    .arg("--network-acl-id", network_acl)
                    .flag(direction)
                    .arg("--rule-number", number)
                    .arg("--rule-action", "allow")
                    .arg("--protocol", protocol);
                if protocol != "-1" && protocol != "all" {
                    create = create.arg("--port-range", format!("From={from_port},To={to_port}"));
                }
                let delete = self
                    .aws("ec2 delete-network-acl-entry")
                    .arg("--network-acl-id", network_acl)
                    .flag(direction)
                    .arg("--rule-number", number);
                self.run(create.arg(block, cidr))?;
                self.undo_with(vec![delete])
            }
            Change::EnableVpcDns { vpc, support, hostnames } => {
                let set = |option: &str, value: bool| {
                    self.aws("ec2 modify-vpc-attribute")
                        .arg("--vpc-id", vpc)
                        .arg(option, format!("Value={value}"))
                };
                // Hostnames need support: CreateVpc refuses the one without the other.
                let is_on =
                    |known: Option<&Known<bool>>| known.and_then(Known::present) == Some(&true);
                let now = self.model.home().ec2.vpc_attributes.get(vpc);
                let (support_on, hostnames_on) = (
                    is_on(now.map(|now| &now.enable_dns_support)),
                    is_on(now.map(|now| &now.enable_dns_hostnames)),
                );
                let options: Vec<&str> = [
                    (*support && !support_on).then_some("--enable-dns-support"),
                    (*hostnames && !hostnames_on).then_some("--enable-dns-hostnames"),
                ]
                .into_iter()
                .flatten()
                .collect();
                let on: Vec<Command> = options.iter().map(|option| set(option, true)).collect();
                let off = options.iter().rev().map(|option| set(option, false)).collect();
                on.into_iter().try_for_each(|command| self.run(command))?;
                self.undo_with(off)
            }
            _ => Ok(()),
        }
    }

    fn modify_endpoint(&self, endpoint: &str) -> Command {
        self.aws("ec2 modify-vpc-endpoint").arg("--vpc-endpoint-id", endpoint)
    }

    fn undo_endpoint(&mut self, vpc: &str, service_name: &str) -> Result<(), NotWritable> {
        let find = self
            .aws("ec2 describe-vpc-endpoints")
            .list(
                "--filters",
                &[
                    format!("Name=vpc-id,Values={}", plain(vpc)?),
                    format!("Name=service-name,Values={}", plain(service_name)?),
                    TAGGED.to_owned(),
                ],
            )
            .query("VpcEndpoints[].VpcEndpointId");
        let delete = self.aws("ec2 delete-vpc-endpoints").output_of("--vpc-endpoint-ids", find);
        self.undo_with(vec![delete])
    }

    fn route(
        &mut self,
        table: &str,
        destination: &str,
        target: &RouteTarget,
        replaces: bool,
    ) -> Result<(), NotWritable> {
        let block = if destination.contains(':') {
            "--destination-ipv6-cidr-block"
        } else {
            "--destination-cidr-block"
        };
        let old = self.old_route(table, destination);
        let command = |operation: &str| {
            self.aws(operation).arg("--route-table-id", table).arg(block, destination)
        };
        let operation = if replaces { "ec2 replace-route" } else { "ec2 create-route" };
        let (option, id, created) = match target {
            RouteTarget::InternetGateway(id) => ("--gateway-id", id, &self.internet_gateway),
            RouteTarget::NatGateway(id) => ("--nat-gateway-id", id, &self.nat),
        };
        let run = match created {
            Some(variable) if id == NEW => command(operation).variable(option, variable),
            _ if id == NEW => return Err(NotWritable(id.clone())),
            _ => command(operation).arg(option, id),
        };
        let back = match (replaces, old) {
            (false, _) => vec![command("ec2 delete-route")],
            (true, Some((option, id))) => vec![command("ec2 replace-route").arg(option, id)],
            (true, None) => Vec::new(),
        };
        self.run(run)?;
        self.undo_with(back)
    }

    /// Where a route that is replaced leads now.
    fn old_route(&self, table: &str, destination: &str) -> Option<(&'static str, String)> {
        let found = self.model.home().ec2.route_tables.by_id(table).ok().flatten()?;
        let leads = |route: &&Route| {
            route.destination_cidr_block.as_deref() == Some(destination)
                || route.destination_ipv6_cidr_block.as_deref() == Some(destination)
        };
        let route = found.routes.iter().find(leads)?;
        let targets = [
            ("--gateway-id", &route.gateway_id),
            ("--nat-gateway-id", &route.nat_gateway_id),
            ("--transit-gateway-id", &route.transit_gateway_id),
            ("--vpc-peering-connection-id", &route.vpc_peering_connection_id),
            ("--egress-only-internet-gateway-id", &route.egress_only_internet_gateway_id),
            ("--instance-id", &route.instance_id),
            ("--network-interface-id", &route.network_interface_id),
        ];
        targets.into_iter().find_map(|(option, id)| Some((option, id.clone()?)))
    }

    fn create_nat_gateway(&mut self, subnet: &str) -> Result<(), NotWritable> {
        let address = self.variable("ADDRESS");
        let nat = self.variable("NAT");
        let allocate = self
            .aws("ec2 allocate-address")
            .arg("--domain", "vpc")
            .arg("--tag-specifications", tags("elastic-ip"))
            .query("AllocationId");
        self.run_into(&address, allocate)?;
        let create = self
            .aws("ec2 create-nat-gateway")
            .arg("--subnet-id", subnet)
            .variable("--allocation-id", &address)
            .arg("--tag-specifications", tags("natgateway"))
            .query("NatGateway.NatGatewayId");
        self.run_into(&nat, create)?;
        let wait = self.aws("ec2 wait nat-gateway-available").variable("--nat-gateway-ids", &nat);
        self.run(wait)?;
        self.nat = Some(nat);
        let find = self
            .aws("ec2 describe-nat-gateways")
            .list(
                "--filter",
                &[
                    format!("Name=subnet-id,Values={}", plain(subnet)?),
                    "Name=state,Values=available".to_owned(),
                    TAGGED.to_owned(),
                ],
            )
            .query("NatGateways[0].NatGatewayId");
        let address_of = self
            .aws("ec2 describe-nat-gateways")
            .variable("--nat-gateway-ids", "NAT")
            .query("NatGateways[0].NatGatewayAddresses[0].AllocationId");
        let delete = self.aws("ec2 delete-nat-gateway").variable("--nat-gateway-id", "NAT");
        let wait = self.aws("ec2 wait nat-gateway-deleted").variable("--nat-gateway-ids", "NAT");
        let release = self.aws("ec2 release-address").variable("--allocation-id", "ADDRESS");
        self.undo.push(vec![
            find.into_variable("NAT")?,
            address_of.into_variable("ADDRESS")?,
            delete.query("NatGatewayId").finish()?,
            wait.finish()?,
            release.finish()?,
        ]);
        Ok(())
    }

    fn attach_internet_gateway(&mut self, gateway: &str, vpc: &str) -> Result<(), NotWritable> {
        let attach = self.aws("ec2 attach-internet-gateway").arg("--vpc-id", vpc);
        let detach = self.aws("ec2 detach-internet-gateway").arg("--vpc-id", vpc);
        if gateway != NEW {
            self.run(attach.arg("--internet-gateway-id", gateway))?;
            return self.undo_with(vec![detach.arg("--internet-gateway-id", gateway)]);
        }
        let variable = self.variable("GATEWAY");
        let create = self
            .aws("ec2 create-internet-gateway")
            .arg("--tag-specifications", tags("internet-gateway"))
            .query("InternetGateway.InternetGatewayId");
        self.run_into(&variable, create)?;
        self.run(attach.variable("--internet-gateway-id", &variable))?;
        self.internet_gateway = Some(variable);
        let find = |filter: String| {
            self.aws("ec2 describe-internet-gateways")
                .list("--filters", &[filter, TAGGED.to_owned()])
                .query("InternetGateways[0].InternetGatewayId")
        };
        let attached = find(format!("Name=attachment.vpc-id,Values={}", plain(vpc)?));
        let free = self
            .aws("ec2 describe-internet-gateways")
            .list("--filters", &[TAGGED.to_owned()])
            .query("InternetGateways[?Attachments==`[]`]|[0].InternetGatewayId");
        let delete = self.aws("ec2 delete-internet-gateway");
        self.undo_with(vec![
            detach.output_of("--internet-gateway-id", attached),
            delete.output_of("--internet-gateway-id", free),
        ])
    }

    fn rule(
        &mut self,
        direction: &str,
        group: &str,
        rule: &SecurityGroupRule,
    ) -> Result<(), NotWritable> {
        let permission = permission(rule);
        let command = |verb: &str| {
            self.aws(&format!("ec2 {verb}-security-group-{direction}"))
                .arg("--group-id", group)
                .arg("--ip-permissions", &permission)
        };
        let revoke = command("revoke");
        self.run(command("authorize"))?;
        self.undo_with(vec![revoke])
    }
}

fn tags(resource: &str) -> String {
    format!("ResourceType={resource},Tags=[{TAG}]")
}

fn permission(rule: &SecurityGroupRule) -> Value {
    let mut permission = match rule.protocol.as_str() {
        "-1" => json!({ "IpProtocol": "-1" }),
        protocol => json!({
            "IpProtocol": protocol, "FromPort": rule.from_port, "ToPort": rule.to_port,
        }),
    };
    let (key, peer) = match &rule.peer {
        Peer::Cidr(cidr) if cidr.contains(':') => ("Ipv6Ranges", json!([{ "CidrIpv6": cidr }])),
        Peer::Cidr(cidr) => ("IpRanges", json!([{ "CidrIp": cidr }])),
        Peer::SecurityGroup(group) => ("UserIdGroupPairs", json!([{ "GroupId": group }])),
        Peer::PrefixList(list) => ("PrefixListIds", json!([{ "PrefixListId": list }])),
    };
    permission[key] = peer;
    Value::Array(vec![permission])
}
