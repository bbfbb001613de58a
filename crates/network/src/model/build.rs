//! Facts to model.

use super::*;
use ecswhy_facts::ec2::{self, Ec2Facts, Item, Listing};

impl Model {
    /// Builds the model of one account and Region, or of several: they are merged by id.
    pub fn new<'f>(facts: impl IntoIterator<Item = &'f Ec2Facts>) -> Self {
        let mut all = facts.into_iter();
        let Some(first) = all.next() else { return Self::default() };
        let mut rest = all.peekable();
        if rest.peek().is_none() {
            return Self::from_merged(first);
        }
        let mut merged = first.clone();
        for more in rest {
            merged.merge(more.clone());
        }
        Self::from_merged(&merged)
    }

    fn from_merged(facts: &Ec2Facts) -> Self {
        let mut model = Self::default();
        model.read_prefix_lists(facts);
        for table in facts.route_tables.seen() {
            for link in &table.associations {
                if let (Some(gateway), Some(table)) = (&link.gateway_id, &table.route_table_id) {
                    model.gateway_tables.insert(gateway.clone(), table.clone());
                }
            }
            let table = RouteTable::read(table, &model.prefix_lists);
            model.tables.insert(table.id.clone(), table);
        }
        for acl in facts.network_acls.seen() {
            let acl = NetworkAcl::read(acl);
            model.acls.insert(acl.id.clone(), acl);
        }
        for group in facts.security_groups.seen() {
            let group = SecurityGroup::read(group, &model.prefix_lists);
            model.groups.insert(group.id.clone(), group);
        }
        model.read_interfaces(facts);
        model.read_gateways(facts);
        model.read_vpcs(facts);
        model.read_subnets(facts);
        model.drop_foreign_addresses();
        model.note_completeness(facts);
        model
    }

    /// An interface has its private addresses from its subnet (VPC User Guide, "IP addressing"): any other address is
    /// of facts that contradict each other, and leaves the interface at some address of its subnet.
    fn drop_foreign_addresses(&mut self) {
        for interface in self.interfaces.values_mut() {
            let Some(subnet) = self.subnets.get(&interface.subnet) else { continue };
            let (id, vpc, by_address) = (&interface.id, &interface.vpc, &mut self.by_address);
            interface.addresses.retain(|address| {
                let own = subnet.block(address.is_ipv6()).is_none() || subnet.holds(*address);
                let key = (vpc.clone(), *address);
                if !own && by_address.get(&key) == Some(id) {
                    by_address.remove(&key);
                }
                own
            });
        }
    }

    fn read_prefix_lists(&mut self, facts: &Ec2Facts) {
        let blocks = |texts: &mut dyn Iterator<Item = &String>| -> Option<Vec<IpNet>> {
            texts.map(|text| text.parse().ok()).collect()
        };
        for list in facts.prefix_lists.seen() {
            let Some(id) = &list.prefix_list_id else { continue };
            if let Some(name) = &list.prefix_list_name {
                self.prefix_list_names.insert(name.clone(), id.clone());
            }
            // An empty list means that the account does not show the blocks, not that the service has none.
            if let Some(blocks) = blocks(&mut list.cidrs.iter()).filter(|blocks| !blocks.is_empty())
            {
                self.prefix_lists.insert(id.clone(), blocks);
            }
        }
        for list in facts.managed_prefix_lists.seen() {
            if let (Some(id), Some(name)) = (&list.prefix_list_id, &list.prefix_list_name) {
                self.prefix_list_names.entry(name.clone()).or_insert_with(|| id.clone());
            }
        }
        let only = facts.managed_prefix_lists.seen();
        for (id, entries) in facts.prefix_list_entries.present() {
            // Entries without a subject can only belong to the one list that there is.
            let id = match (id, only.as_slice()) {
                ("*", [one]) => one.prefix_list_id.clone().unwrap_or_default(),
                _ => id.to_owned(),
            };
            if let Some(blocks) =
                blocks(&mut entries.iter().filter_map(|entry| entry.cidr.as_ref()))
            {
                self.prefix_lists.insert(id, blocks);
            }
        }
    }

    fn read_vpcs(&mut self, facts: &Ec2Facts) {
        for vpc in facts.vpcs.seen() {
            let Some(id) = &vpc.vpc_id else { continue };
            let live = |state: &Option<ec2::CidrBlockState>| {
                state
                    .as_ref()
                    .and_then(|state| state.state.as_deref())
                    .is_none_or(|state| matches!(state, "associated" | "associating"))
            };
            let mut texts: BTreeSet<&String> = vpc.cidr_block.iter().collect();
            texts.extend(
                vpc.cidr_block_association_set
                    .iter()
                    .filter(|block| live(&block.cidr_block_state))
                    .filter_map(|block| block.cidr_block.as_ref()),
            );
            texts.extend(
                vpc.ipv6_cidr_block_association_set
                    .iter()
                    .filter(|block| live(&block.ipv6_cidr_block_state))
                    .filter_map(|block| block.ipv6_cidr_block.as_ref()),
            );
            let attributes = facts.vpc_attributes.get(id).cloned().unwrap_or_default();
            self.vpcs.insert(
                id.clone(),
                Vpc {
                    id: id.clone(),
                    blocks: texts.into_iter().filter_map(|text| text.parse().ok()).collect(),
                    main_table: owned_by_vpc(&facts.route_tables, id, |table| {
                        table.associations.iter().any(|link| link.main == Some(true))
                    }),
                    default_acl: owned_by_vpc(&facts.network_acls, id, |acl| {
                        acl.is_default == Some(true)
                    }),
                    default_group: owned_by_vpc(&facts.security_groups, id, |group| {
                        group.group_name.as_deref() == Some("default")
                    }),
                    dns_support: attributes.enable_dns_support,
                    dns_hostnames: attributes.enable_dns_hostnames,
                    resolver: resolver(facts, vpc),
                    resolver_address: vpc.cidr_block.as_deref().and_then(second_address),
                    endpoints: facts.vpc_endpoints.in_vpc(id).map(|list| {
                        list.iter()
                            .filter_map(|endpoint| endpoint.vpc_endpoint_id.clone())
                            .collect()
                    }),
                    subnets: facts.subnets.in_vpc(id).map(|_| ()),
                },
            );
        }
    }

    fn read_subnets(&mut self, facts: &Ec2Facts) {
        let mut tables: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for table in facts.route_tables.seen() {
            for link in &table.associations {
                let state =
                    link.association_state.as_ref().and_then(|state| state.state.as_deref());
                if let (Some(subnet), Some(table)) = (&link.subnet_id, &table.route_table_id)
                    && !matches!(state, Some("disassociated" | "failed"))
                {
                    let table = link.route_table_id.as_deref().unwrap_or(table);
                    tables.entry(subnet).or_default().insert(table);
                }
            }
        }
        let mut acls: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for acl in facts.network_acls.seen() {
            for link in &acl.associations {
                if let (Some(subnet), Some(acl)) = (&link.subnet_id, &acl.network_acl_id) {
                    acls.entry(subnet).or_default().insert(acl);
                }
            }
        }
        for subnet in facts.subnets.seen() {
            let (Some(id), Some(vpc)) = (&subnet.subnet_id, &subnet.vpc_id) else { continue };
            let known = self.vpcs.get(vpc);
            let no_vpc = |call: &str| {
                contradiction(call, id, format!("{vpc} is not among the described VPCs"))
            };
            let table = match tables.get(id.as_str()) {
                Some(linked) => only_one("DescribeRouteTables", id, linked).and_then(|table| {
                    let why = match self.tables.get(table) {
                        Some(known) if known.vpc == *vpc || known.vpc.is_empty() => {
                            return Ok(table.to_owned());
                        }
                        Some(known) => format!("the associated table {table} is of {}", known.vpc),
                        None => format!("the associated table {table} is not in the list"),
                    };
                    Err(contradiction("DescribeRouteTables", id, why))
                }),
                // The main table is only right when every table of the VPC was seen.
                None => match facts.route_tables.in_vpc(vpc) {
                    Ok(_) => known.map_or_else(
                        || Err(no_vpc("DescribeRouteTables")),
                        |vpc| vpc.main_table.clone(),
                    ),
                    Err(gap) => Err(gap),
                },
            };
            let acl = match acls.get(id.as_str()) {
                Some(linked) => only_one("DescribeNetworkAcls", id, linked).and_then(|acl| {
                    match self.acls.get(acl).and_then(|acl| acl.vpc.as_ref()) {
                        Some(other) if other != vpc => {
                            let why = format!("the associated network ACL {acl} is of {other}");
                            Err(contradiction("DescribeNetworkAcls", id, why))
                        }
                        _ => Ok(acl.to_owned()),
                    }
                }),
                None => match facts.network_acls.in_vpc(vpc) {
                    Ok(_) => known.map_or_else(
                        || Err(no_vpc("DescribeNetworkAcls")),
                        |vpc| vpc.default_acl.clone(),
                    ),
                    Err(gap) => Err(gap),
                },
            };
            let ipv6 = subnet.ipv6_cidr_block_association_set.iter().filter(|block| {
                block
                    .ipv6_cidr_block_state
                    .as_ref()
                    .and_then(|state| state.state.as_deref())
                    .is_none_or(|state| state == "associated")
            });
            let texts = subnet
                .cidr_block
                .iter()
                .chain(ipv6.filter_map(|block| block.ipv6_cidr_block.as_ref()));
            self.subnets_of.entry(vpc.clone()).or_default().push(id.clone());
            self.subnets.insert(
                id.clone(),
                Subnet {
                    id: id.clone(),
                    vpc: vpc.clone(),
                    blocks: texts.filter_map(|text| text.parse().ok()).collect(),
                    zones: subnet
                        .availability_zone
                        .iter()
                        .chain(&subnet.availability_zone_id)
                        .cloned()
                        .collect(),
                    table,
                    acl,
                    dns64: subnet.enable_dns64 == Some(true),
                    ipv6_native: subnet.ipv6_native == Some(true),
                    block_public_access: block_public_access::mode_of(facts, subnet),
                },
            );
        }
    }

    /// Remembers, per kind, whether an id that is not in the model is proven not to exist.
    fn note_completeness(&mut self, facts: &Ec2Facts) {
        self.note(&facts.vpcs);
        self.note(&facts.subnets);
        self.note(&facts.route_tables);
        self.note(&facts.network_acls);
        self.note(&facts.security_groups);
        self.note(&facts.nat_gateways);
        self.note(&facts.internet_gateways);
        self.note(&facts.egress_only_internet_gateways);
        self.note(&facts.vpc_endpoints);
        self.note(&facts.network_interfaces);
        self.note(&facts.vpc_peering_connections);
        self.note(&facts.transit_gateways);
        self.note(&facts.transit_gateway_attachments);
        self.note(&facts.transit_gateway_vpc_attachments);
        self.note(&facts.transit_gateway_route_tables);
        self.note(&facts.managed_prefix_lists);
    }

    fn note<T: Item>(&mut self, listing: &Listing<T>) {
        let call = T::CALL.trim_start_matches("ec2:");
        if let Err(gap) = listing.all() {
            // Where VPCs were asked for by themselves, their answers say why something is not known.
            let of_vpcs = self.vpcs.keys().filter_map(|vpc| listing.in_vpc(vpc).err());
            let told = of_vpcs.into_iter().find(|gap| !matches!(gap.why, GapReason::NotAsked));
            self.missing.insert(call, told.unwrap_or(gap));
        }
        let complete = self.vpcs.keys().filter(|vpc| listing.in_vpc(vpc).is_ok());
        self.complete.extend(complete.map(|vpc| (call, vpc.clone())));
        // A list of the account says nothing about a peer's VPC that is not in it; one that was asked for does.
        let far = self.peerings.values().flat_map(|peering| &peering.sides).map(|side| &side.vpc);
        let asked = far.filter(|vpc| listing.answer(vpc).settled(T::CALL, vpc).is_ok());
        self.complete.extend(asked.map(|vpc| (call, vpc.clone())));
    }
}

/// The one thing that a subnet or a VPC can have; several contradict each other.
fn only_one<'i>(call: &str, owner: &str, ids: &BTreeSet<&'i str>) -> Result<&'i str, Gap> {
    match ids.iter().copied().collect::<Vec<_>>().as_slice() {
        [one] => Ok(one),
        several => {
            let why = format!("it can have one of {} only", several.join(", "));
            Err(contradiction(call, owner, why))
        }
    }
}

/// The one table, ACL or group that every VPC has. A VPC that shows none belongs to another account (a shared
/// VPC): its owner sees them. VPC User Guide, "Share your VPC subnets with other accounts".
fn owned_by_vpc<T: Item>(
    listing: &Listing<T>,
    vpc: &str,
    is_default: impl Fn(&T) -> bool,
) -> Result<String, Gap> {
    let found = listing.in_vpc(vpc);
    // What was seen suffices, even when the list is not complete.
    let seen = listing.seen().into_iter().filter(|item| item.in_vpc(vpc) && is_default(item));
    let seen: BTreeSet<&str> = seen.filter_map(Item::id).collect();
    match (seen.is_empty(), found) {
        (false, _) => only_one(T::CALL.trim_start_matches("ec2:"), vpc, &seen).map(str::to_owned),
        (true, Err(gap)) => Err(gap),
        (true, Ok(_)) => Err(Gap {
            call: T::CALL.to_owned(),
            subject: vpc.to_owned(),
            why: GapReason::Unknowable {
                why: format!(
                    "{vpc} shows no default one ({}); it may be shared by another account, whose owner can see it",
                    T::CALL
                ),
            },
        }),
    }
}

/// Who resolves names in a VPC. Without DHCP options it is AmazonProvidedDNS, the default of every VPC; options that
/// are there and may not be read can name anybody.
fn resolver(facts: &Ec2Facts, vpc: &ec2::Vpc) -> Result<Resolver, Gap> {
    let Some(id) = vpc.dhcp_options_id.as_deref().filter(|id| *id != "default") else {
        return Ok(Resolver::Amazon);
    };
    let options = match facts.dhcp_options.by_id(id) {
        Ok(Some(options)) => options,
        Err(gap) if !matches!(gap.why, GapReason::NotAsked) => return Err(gap),
        _ => return Ok(Resolver::Amazon),
    };
    let servers = options
        .dhcp_configurations
        .iter()
        .filter(|option| option.key.as_deref() == Some("domain-name-servers"));
    let servers: Vec<&str> = servers
        .flat_map(|option| &option.values)
        .filter_map(|value| value.value.as_deref())
        .collect();
    // The resolver answers at 169.254.169.253, fd00:ec2::253 and at the VPC's second address.
    let own: Vec<IpAddr> = vpc.cidr_block.as_deref().and_then(second_address).into_iter().collect();
    let is_amazon = |server: &&str| {
        matches!(*server, "AmazonProvidedDNS" | "169.254.169.253" | "fd00:ec2::253")
            || server.parse().is_ok_and(|ip| own.contains(&ip))
    };
    if servers.iter().any(is_amazon) || servers.is_empty() {
        return Ok(Resolver::Amazon);
    }
    let parsed: Option<Vec<IpAddr>> = servers.iter().map(|server| server.parse().ok()).collect();
    parsed.map(Resolver::Custom).ok_or_else(|| {
        contradiction(
            "DescribeDhcpOptions",
            id,
            format!("domain-name-servers is {}", servers.join(", ")),
        )
    })
}

fn second_address(block: &str) -> Option<IpAddr> {
    match block.parse::<IpNet>() {
        Ok(IpNet::V4(block)) => {
            Some(IpAddr::from(std::net::Ipv4Addr::from(u32::from(block.network()).wrapping_add(2))))
        }
        _ => None,
    }
}
