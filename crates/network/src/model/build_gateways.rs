//! Facts to model: gateways, endpoints, peering, transit gateways.

use super::*;
use ecswhy_facts::ec2::{self, Ec2Facts};

impl Model {
    pub(super) fn read_gateways(&mut self, facts: &Ec2Facts) {
        let attached = |list: &[ec2::GatewayAttachment]| -> Vec<String> {
            let live = |state: &Option<String>| {
                state.as_deref().is_none_or(|state| matches!(state, "available" | "attached"))
            };
            list.iter()
                .filter(|link| live(&link.state))
                .filter_map(|link| link.vpc_id.clone())
                .collect()
        };
        for gateway in facts.internet_gateways.seen() {
            if let Some(id) = &gateway.internet_gateway_id {
                self.internet_gateways.insert(id.clone(), attached(&gateway.attachments));
            }
        }
        for gateway in facts.egress_only_internet_gateways.seen() {
            if let Some(id) = &gateway.egress_only_internet_gateway_id {
                self.egress_only.insert(id.clone(), attached(&gateway.attachments));
            }
        }
        for nat in facts.nat_gateways.seen() {
            let nat = read_nat(nat);
            self.nats.insert(nat.id.clone(), nat);
        }
        for endpoint in facts.vpc_endpoints.seen() {
            let endpoint = read_endpoint(endpoint);
            // AWS lists an endpoint for a while after it is gone (VpcEndpoint, `State`).
            if endpoint.state == "deleted" {
                continue;
            }
            self.endpoints.insert(endpoint.id.clone(), endpoint);
        }
        for peering in facts.vpc_peering_connections.seen() {
            let peering = read_peering(peering);
            self.peerings.insert(peering.id.clone(), peering);
        }
        self.read_transit(facts);
    }

    fn read_transit(&mut self, facts: &Ec2Facts) {
        for transit in facts.transit_gateways.seen() {
            let Some(id) = &transit.transit_gateway_id else { continue };
            let references = transit
                .options
                .as_ref()
                .and_then(|options| options.security_group_referencing_support.as_deref());
            self.transits.insert(
                id.clone(),
                Transit {
                    id: id.clone(),
                    group_references: references.map(|value| value == "enable"),
                },
            );
        }
        let mut tables_of: BTreeMap<String, String> = BTreeMap::new();
        let only = only_table(facts);
        for (table, links) in facts.transit_gateway_associations.present() {
            let table = if table == "*" { only.as_deref().unwrap_or(table) } else { table };
            for link in links
                .iter()
                .filter(|link| link.state.as_deref().is_none_or(|state| state == "associated"))
            {
                if let Some(attachment) = &link.transit_gateway_attachment_id {
                    tables_of.insert(attachment.clone(), table.to_owned());
                }
            }
        }
        let subnets = facts.transit_gateway_vpc_attachments.seen();
        for attachment in facts.transit_gateway_attachments.seen() {
            let Some(id) = &attachment.transit_gateway_attachment_id else { continue };
            let details = subnets
                .iter()
                .find(|details| details.transit_gateway_attachment_id.as_ref() == Some(id));
            let association = attachment.association.as_ref();
            let live = association
                .filter(|link| link.state.as_deref().is_none_or(|state| state == "associated"));
            let table = live
                .and_then(|link| link.transit_gateway_route_table_id.clone())
                .or_else(|| tables_of.get(id).cloned());
            self.attachments.insert(
                id.clone(),
                TransitAttachment {
                    id: id.clone(),
                    transit: attachment.transit_gateway_id.clone().unwrap_or_default(),
                    kind: attachment.resource_type.clone().unwrap_or_default(),
                    resource: attachment.resource_id.clone().unwrap_or_default(),
                    state: attachment.state.clone().unwrap_or_else(|| "available".to_owned()),
                    table: Ok(table),
                    subnets: details
                        .map(|details| details.subnet_ids.clone())
                        .ok_or_else(|| unseen_subnets(id)),
                    group_references: details.and_then(|details| references(details)),
                },
            );
        }
        for details in subnets {
            let Some(id) = &details.transit_gateway_attachment_id else { continue };
            let table = tables_of.get(id).cloned().map(Some).ok_or_else(|| Gap {
                call: "ec2:DescribeTransitGatewayAttachments".to_owned(),
                subject: id.clone(),
                why: GapReason::NotAsked,
            });
            self.attachments.entry(id.clone()).or_insert_with(|| TransitAttachment {
                id: id.clone(),
                transit: details.transit_gateway_id.clone().unwrap_or_default(),
                kind: "vpc".to_owned(),
                resource: details.vpc_id.clone().unwrap_or_default(),
                state: details.state.clone().unwrap_or_else(|| "available".to_owned()),
                table,
                subnets: Ok(details.subnet_ids.clone()),
                group_references: references(details),
            });
        }
        for table in facts.transit_gateway_route_tables.seen() {
            if let Some(id) = &table.transit_gateway_route_table_id {
                self.read_transit_table(facts, id, only.as_deref());
            }
        }
        let named: Vec<String> = facts
            .transit_gateway_routes
            .iter()
            .map(|(id, _)| id.to_owned())
            .filter(|id| id != "*")
            .collect();
        for id in named {
            if !self.transit_tables.contains_key(&id) {
                self.read_transit_table(facts, &id, only.as_deref());
            }
        }
    }

    fn read_transit_table(&mut self, facts: &Ec2Facts, id: &str, only: Option<&str>) {
        let mut table = TransitTable { id: id.to_owned(), ..TransitTable::default() };
        let mut answer = facts.transit_gateway_routes.get(id);
        if matches!(answer, Known::NotAsked) && only == Some(id) {
            answer = facts.transit_gateway_routes.get("*");
        }
        let mut propagated_known = false;
        match answer.settled("ec2:SearchTransitGatewayRoutes", id) {
            Ok(Some(routes)) => {
                for route in &routes.routes {
                    propagated_known |= route.r#type.as_deref() == Some("propagated");
                    let read = |block: IpNet| TransitRoute {
                        block: block.trunc(),
                        attachments: route
                            .transit_gateway_attachments
                            .iter()
                            .filter_map(|link| link.transit_gateway_attachment_id.clone())
                            .collect(),
                        fixed: route.r#type.as_deref() != Some("propagated"),
                        blackhole: route.state.as_deref() == Some("blackhole"),
                    };
                    let list = route.prefix_list_id.as_ref();
                    let blocks = list.and_then(|list| self.prefix_lists.get(list));
                    match (route.destination_cidr_block.as_deref().map(str::parse), blocks) {
                        (Some(Ok(block)), _) => table.routes.push(read(block)),
                        (None, Some(blocks)) => {
                            table.routes.extend(blocks.iter().copied().map(read));
                        }
                        _ => {
                            table.gap = Some(contradiction(
                                "SearchTransitGatewayRoutes",
                                id,
                                "a route has no readable destination".to_owned(),
                            ));
                        }
                    }
                }
                propagated_known |= !routes.static_only;
            }
            Ok(None) => propagated_known = true,
            Err(gap) => table.gap = Some(gap),
        }
        if !propagated_known {
            self.propagate(facts, id, &mut table);
        }
        self.transit_tables.insert(id.to_owned(), table);
    }

    /// Adds the propagated routes that a list of static ones leaves out: every VPC attachment propagates
    /// the blocks of its VPC. What a VPN or a Direct Connect gateway propagates cannot be seen.
    fn propagate(&self, facts: &Ec2Facts, id: &str, table: &mut TransitTable) {
        let settled = table.gap.is_none();
        let links = match facts
            .transit_gateway_propagations
            .get(id)
            .settled("ec2:GetTransitGatewayRouteTablePropagations", id)
        {
            Ok(links) => links,
            Err(gap) => {
                table.gap = Some(gap);
                return;
            }
        };
        for link in links
            .into_iter()
            .flatten()
            .filter(|link| link.state.as_deref().is_none_or(|state| state == "enabled"))
        {
            let (Some(attachment), Some(resource)) =
                (&link.transit_gateway_attachment_id, &link.resource_id)
            else {
                continue;
            };
            let vpc =
                facts.vpcs.seen().into_iter().find(|vpc| vpc.vpc_id.as_ref() == Some(resource));
            match vpc {
                Some(vpc) if link.resource_type.as_deref() == Some("vpc") => {
                    let first = vpc.cidr_block.iter();
                    let texts = first.chain(
                        vpc.cidr_block_association_set
                            .iter()
                            .filter_map(|block| block.cidr_block.as_ref()),
                    );
                    let ipv6 = vpc
                        .ipv6_cidr_block_association_set
                        .iter()
                        .filter_map(|block| block.ipv6_cidr_block.as_ref());
                    for block in texts.chain(ipv6).filter_map(|text| text.parse::<IpNet>().ok()) {
                        table.routes.push(TransitRoute {
                            block,
                            attachments: vec![attachment.clone()],
                            fixed: false,
                            blackhole: false,
                        });
                    }
                }
                _ => {
                    let why = format!(
                        "{attachment} propagates routes of {resource} that only a search of all routes shows"
                    );
                    table.gap = Some(contradiction("SearchTransitGatewayRoutes", id, why));
                    table.only_propagated_missing |= settled;
                }
            }
        }
    }
}

/// The one transit gateway route table there is: outputs that do not name their table can only mean it.
fn only_table(facts: &Ec2Facts) -> Option<String> {
    match facts.transit_gateway_route_tables.seen().as_slice() {
        [one] => one.transit_gateway_route_table_id.clone(),
        _ => None,
    }
}

fn unseen_subnets(attachment: &str) -> Gap {
    Gap {
        call: "ec2:DescribeTransitGatewayVpcAttachments".to_owned(),
        subject: attachment.to_owned(),
        why: GapReason::NotAsked,
    }
}

fn references(details: &ec2::TransitGatewayVpcAttachment) -> Option<bool> {
    Some(details.options.as_ref()?.security_group_referencing_support.as_deref()? == "enable")
}

fn read_nat(nat: &ec2::NatGateway) -> Nat {
    let addresses = || {
        nat.nat_gateway_addresses
            .iter()
            .filter(|address| address.status.as_deref().is_none_or(|status| status != "failed"))
    };
    let parse = |text: &Option<String>| text.as_ref().and_then(|text| text.parse::<IpAddr>().ok());
    Nat {
        id: nat.nat_gateway_id.clone().unwrap_or_default(),
        vpc: nat.vpc_id.clone().unwrap_or_default(),
        subnet: nat.subnet_id.clone(),
        table: nat.route_table_id.clone(),
        state: nat.state.clone().unwrap_or_else(|| "available".to_owned()),
        failure: nat.failure_message.clone().or_else(|| nat.failure_code.clone()),
        private: nat.connectivity_type.as_deref() == Some("private"),
        regional: nat.availability_mode.as_deref() == Some("regional"),
        zones: addresses()
            .flat_map(|address| {
                address.availability_zone.iter().chain(&address.availability_zone_id)
            })
            .cloned()
            .collect(),
        private_ips: addresses().filter_map(|address| parse(&address.private_ip)).collect(),
        public_ips: addresses().filter_map(|address| parse(&address.public_ip)).collect(),
    }
}

fn read_endpoint(endpoint: &ec2::VpcEndpoint) -> Endpoint {
    Endpoint {
        id: endpoint.vpc_endpoint_id.clone().unwrap_or_default(),
        vpc: endpoint.vpc_id.clone().unwrap_or_default(),
        service: endpoint.service_name.clone().unwrap_or_default(),
        service_region: endpoint.service_region.clone(),
        kind: endpoint.vpc_endpoint_type.clone().unwrap_or_else(|| "Gateway".to_owned()),
        state: endpoint
            .state
            .clone()
            .unwrap_or_else(|| "available".to_owned())
            .to_ascii_lowercase(),
        private_dns: endpoint.private_dns_enabled == Some(true),
        inbound_resolver_only: endpoint
            .dns_options
            .as_ref()
            .is_some_and(|dns| dns.private_dns_only_for_inbound_resolver_endpoint == Some(true)),
        tables: endpoint.route_table_ids.clone(),
        subnets: endpoint.subnet_ids.clone(),
        groups: endpoint.groups.iter().filter_map(|group| group.group_id.clone()).collect(),
        interfaces: endpoint.network_interface_ids.clone(),
        address_type: endpoint.ip_address_type.clone().unwrap_or_else(|| "ipv4".to_owned()),
    }
}

fn read_peering(peering: &ec2::VpcPeeringConnection) -> Peering {
    let side = |info: &Option<ec2::PeeringVpc>| {
        let Some(info) = info else { return PeeringSide::default() };
        let more = info.cidr_block_set.iter().filter_map(|block| block.cidr_block.as_ref());
        let ipv6 =
            info.ipv6_cidr_block_set.iter().filter_map(|block| block.ipv6_cidr_block.as_ref());
        PeeringSide {
            vpc: info.vpc_id.clone().unwrap_or_default(),
            blocks: info
                .cidr_block
                .iter()
                .chain(more)
                .chain(ipv6)
                .filter_map(|text| text.parse().ok())
                .collect(),
            region: info.region.clone(),
        }
    };
    Peering {
        id: peering.vpc_peering_connection_id.clone().unwrap_or_default(),
        status: peering
            .status
            .as_ref()
            .and_then(|status| status.code.clone())
            .unwrap_or_else(|| "active".to_owned()),
        sides: [side(&peering.requester_vpc_info), side(&peering.accepter_vpc_info)],
    }
}
