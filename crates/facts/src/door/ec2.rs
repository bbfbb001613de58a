//! Amazon EC2: every `Describe` list is kept under what its request makes it complete for.

use super::entry::{Entry, parse};
use crate::Facts;
use crate::ec2::{
    Ec2Facts, Item, Listing, PrefixListEntry, TransitGatewayRoutes, TransitGatewayTableLink,
    VpcAttributes, VpcBlockPublicAccessOptions,
};
use crate::known::Known;
use serde_json::Value;

/// What a request asked for, and so what its answer is complete for.
enum Question {
    All,
    Vpcs(Vec<String>),
    Ids(Vec<String>),
    /// A filter that says nothing about completeness, in words.
    Other(String),
}

/// Filters that name ids of the listed resource. Each `Describe` takes the one of its own kind.
const ID_FILTERS: [&str; 19] = [
    "subnet-id",
    "route-table-id",
    "nat-gateway-id",
    "internet-gateway-id",
    "vpc-endpoint-id",
    "group-id",
    "network-acl-id",
    "network-interface-id",
    "instance-id",
    "dhcp-options-id",
    "prefix-list-id",
    "vpc-peering-connection-id",
    "transit-gateway-id",
    "transit-gateway-attachment-id",
    "transit-gateway-route-table-id",
    "vpn-gateway-id",
    "egress-only-internet-gateway-id",
    "exclusion-id",
    "vpc-id",
];

/// Filters by which each `Describe` lists what belongs to a VPC.
const VPC_FILTERS: [&str; 3] = ["vpc-id", "attachment.vpc-id", "resource-id"];

fn question<T: Item>(entry: &Entry<'_>) -> Question {
    let Some(params) = entry.params.as_object() else { return Question::All };
    let own = own_id::<T>();
    // `Filters` everywhere but in DescribeNatGateways, whose API says `Filter`.
    let filters: Vec<&Value> = ["Filters", "Filter"]
        .iter()
        .filter_map(|name| params.get(*name).and_then(Value::as_array))
        .flatten()
        .collect();
    let ids: Vec<&str> = params
        .keys()
        .map(String::as_str)
        .filter(|name| name.ends_with("Ids") || name.ends_with("Names"))
        .collect();
    let in_words = || Question::Other(format!("filter {}", super::entry::subject(entry.params)));
    match (filters.as_slice(), ids.as_slice()) {
        ([], []) => Question::All,
        ([], [only]) if only.ends_with("Ids") => Question::Ids(entry.params(only)),
        ([filter], []) => {
            let name = filter.get("Name").and_then(Value::as_str).unwrap_or_default();
            let values = filter.get("Values").and_then(Value::as_array).into_iter().flatten();
            let values: Vec<String> = values.filter_map(Value::as_str).map(str::to_owned).collect();
            // `*` and `?` are wildcards in a filter.
            if values.is_empty() || values.iter().any(|value| value.contains(['*', '?'])) {
                return in_words();
            }
            if name == own {
                return Question::Ids(values);
            }
            if VPC_FILTERS.contains(&name) && values.iter().all(|value| value.starts_with("vpc-")) {
                return Question::Vpcs(values);
            }
            Question::Other(format!("{name}={}", values.join(",")))
        }
        _ => in_words(),
    }
}

/// The filter that names ids of this kind: `ec2:DescribeNatGateways` has `nat-gateway-id`.
fn own_id<T: Item>() -> &'static str {
    let kind = T::CALL.trim_start_matches("ec2:Describe");
    let wanted: String = match kind {
        "SecurityGroups" => "group-id".to_owned(),
        "ManagedPrefixLists" => "prefix-list-id".to_owned(),
        "TransitGatewayVpcAttachments" => "transit-gateway-attachment-id".to_owned(),
        "DhcpOptions" => "dhcp-options-id".to_owned(),
        _ => {
            let mut kebab = String::new();
            for letter in kind.trim_end_matches('s').chars() {
                if letter.is_ascii_uppercase() && !kebab.is_empty() {
                    kebab.push('-');
                }
                kebab.push(letter.to_ascii_lowercase());
            }
            format!("{kebab}-id")
        }
    };
    ID_FILTERS.into_iter().find(|filter| *filter == wanted).unwrap_or("")
}

fn describe<T: Item>(entry: &Entry<'_>, listing: &mut Listing<T>, field: &str) {
    let question = question::<T>(entry);
    let subjects = |question: &Question| match question {
        Question::All => vec![Listing::<T>::ALL.to_owned()],
        Question::Vpcs(names) | Question::Ids(names) => names.clone(),
        Question::Other(words) => vec![words.clone()],
    };
    let (items, whole) = match items::<T>(entry, field, subjects(&question).len()) {
        Ok(read) => read,
        // Absence of the only thing that was asked for is an empty list.
        Err(Known::Absent) => (Vec::new(), None),
        Err(problem) => {
            for subject in subjects(&question) {
                listing.put(subject, problem.clone());
            }
            return;
        }
    };
    if let Some(why) = whole {
        for subject in subjects(&question) {
            // What was found under its own id is known, whatever else is missing.
            if !items.iter().any(|item| item.id() == Some(&subject)) {
                listing.put(subject, Known::Failed { why: why.clone() });
            }
        }
        listing.put_incomplete(items);
        return;
    }
    match question {
        Question::All => listing.put(Listing::<T>::ALL, Known::Present(items)),
        Question::Other(words) => listing.put(words, Known::Present(items)),
        Question::Ids(ids) => {
            for id in ids {
                let same = items.iter().filter(|item| item.id() == Some(&id)).cloned().collect();
                listing.put(id, Known::Present(same));
            }
        }
        // AWS has filtered by one VPC already; several are told apart by the items.
        Question::Vpcs(vpcs) => match vpcs.as_slice() {
            [vpc] => listing.put(vpc.clone(), Known::Present(items)),
            _ => {
                for vpc in vpcs {
                    let of_vpc = items.iter().filter(|item| item.in_vpc(&vpc)).cloned().collect();
                    listing.put(vpc, Known::Present(of_vpc));
                }
            }
        },
    }
}

/// Items, and why they are not all of the list.
type Read<T> = (Vec<T>, Option<String>);

/// The readable items and, if the list is not whole, why; or why nothing is known.
fn items<T: Item>(entry: &Entry<'_>, field: &str, asked: usize) -> Result<Read<T>, Known<Vec<T>>> {
    if let Some(problem) = entry.problem_of_each(asked) {
        return Err(problem);
    }
    let values = match field {
        "Reservations" => instances(entry),
        _ => entry.items(field).map(<[Value]>::to_vec),
    };
    let values = values.map_err(|nonsense| entry.nonsense(&nonsense))?;
    let mut whole: Option<String> = entry.is_cut().then(|| why(entry.cut::<()>()));
    let mut items = Vec::with_capacity(values.len());
    for (place, value) in values.iter().enumerate() {
        match parse::<T>(value) {
            Ok(item) if item.id().is_some() => items.push(item),
            Ok(_) => {
                whole = Some(why(entry.nonsense::<()>(&format!("{field}[{place}]: it has no id"))))
            }
            Err(error) => {
                whole = Some(why(entry.nonsense::<()>(&format!("{field}[{place}].{error}"))))
            }
        }
    }
    Ok((items, whole))
}

fn why(known: Known<()>) -> String {
    match known {
        Known::Failed { why } => why,
        _ => String::new(),
    }
}

fn instances(entry: &Entry<'_>) -> Result<Vec<Value>, String> {
    let mut found = Vec::new();
    for reservation in entry.items("Reservations")? {
        let instances = reservation.get("Instances").and_then(Value::as_array);
        found.extend(instances.ok_or("Reservations.Instances: not a list")?.iter().cloned());
    }
    Ok(found)
}

macro_rules! describes {
    ($($handler:ident => $field:ident, $list:literal;)*) => {$(
        pub(super) fn $handler(entry: &Entry<'_>, facts: &mut Facts) {
            describe(entry, &mut facts.ec2.$field, $list);
        }
    )*};
}

describes! {
    vpcs => vpcs, "Vpcs";
    subnets => subnets, "Subnets";
    route_tables => route_tables, "RouteTables";
    nat_gateways => nat_gateways, "NatGateways";
    internet_gateways => internet_gateways, "InternetGateways";
    egress_only_internet_gateways => egress_only_internet_gateways, "EgressOnlyInternetGateways";
    vpc_endpoints => vpc_endpoints, "VpcEndpoints";
    security_groups => security_groups, "SecurityGroups";
    network_acls => network_acls, "NetworkAcls";
    network_interfaces => network_interfaces, "NetworkInterfaces";
    reservations => instances, "Reservations";
    dhcp_options => dhcp_options, "DhcpOptions";
    prefix_lists => prefix_lists, "PrefixLists";
    managed_prefix_lists => managed_prefix_lists, "PrefixLists";
    vpc_peering_connections => vpc_peering_connections, "VpcPeeringConnections";
    transit_gateways => transit_gateways, "TransitGateways";
    transit_gateway_attachments => transit_gateway_attachments, "TransitGatewayAttachments";
    transit_gateway_vpc_attachments => transit_gateway_vpc_attachments, "TransitGatewayVpcAttachments";
    transit_gateway_route_tables => transit_gateway_route_tables, "TransitGatewayRouteTables";
    vpn_gateways => vpn_gateways, "VpnGateways";
    block_public_access_exclusions => block_public_access_exclusions, "VpcBlockPublicAccessExclusions";
}

/// One object for the account and region, not a list.
pub(super) fn block_public_access_options(entry: &Entry<'_>, facts: &mut Facts) {
    let options: Known<VpcBlockPublicAccessOptions> =
        entry.known(|output| super::entry::member(output, "VpcBlockPublicAccessOptions").map(Some));
    let listing = &mut facts.ec2.block_public_access;
    listing.put(Listing::<VpcBlockPublicAccessOptions>::ALL, options.map(|options| vec![options]));
}

pub(super) fn vpc_attribute(entry: &Entry<'_>, facts: &mut Facts) {
    let Some(vpc) = entry.subject("VpcId", "VpcId") else { return };
    let attributes: &mut VpcAttributes =
        facts.ec2.vpc_attributes.entry(vpc.to_owned()).or_default();
    let asked = entry.param("Attribute");
    for (name, field, slot) in [
        ("enableDnsSupport", "EnableDnsSupport", &mut attributes.enable_dns_support),
        ("enableDnsHostnames", "EnableDnsHostnames", &mut attributes.enable_dns_hostnames),
    ] {
        let answered = entry.output().is_some_and(|output| output.get(field).is_some());
        if !answered && asked != Some(name) {
            continue;
        }
        let known = entry.known(|output| {
            let value = output.pointer(&format!("/{field}/Value")).and_then(Value::as_bool);
            value.map(Some).ok_or_else(|| format!("{field}.Value: not a boolean"))
        });
        if slot.present().is_none() {
            *slot = known;
        }
    }
}

pub(super) fn prefix_list_entries(entry: &Entry<'_>, facts: &mut Facts) {
    let Some(list) = entry.param("PrefixListId") else { return };
    let entries: Known<Vec<PrefixListEntry>> = entry.known(|_| entry.list("Entries").map(Some));
    facts.ec2.prefix_list_entries.put(list, entries);
}

pub(super) fn transit_gateway_routes(entry: &Entry<'_>, facts: &mut Facts) {
    let Some(table) = entry.param("TransitGatewayRouteTableId") else { return };
    let filters = entry.params.get("Filters").and_then(Value::as_array);
    let mut static_only = false;
    for filter in filters.into_iter().flatten() {
        let values: Vec<&str> = filter
            .get("Values")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        match filter.get("Name").and_then(Value::as_str) {
            Some("type") if values.contains(&"static") && values.contains(&"propagated") => {}
            Some("type") if values == ["static"] => static_only = true,
            Some("state") if values.contains(&"active") && values.contains(&"blackhole") => {}
            // Any other filter leaves routes out: the answer is no table.
            _ => return,
        }
    }
    let routes = entry
        .known(|_| Ok(Some(TransitGatewayRoutes { routes: entry.list("Routes")?, static_only })));
    facts.ec2.transit_gateway_routes.put(table, routes);
}

pub(super) fn transit_gateway_associations(entry: &Entry<'_>, facts: &mut Facts) {
    links(entry, &mut facts.ec2, "Associations", |ec2| &mut ec2.transit_gateway_associations);
}

pub(super) fn transit_gateway_propagations(entry: &Entry<'_>, facts: &mut Facts) {
    links(entry, &mut facts.ec2, "TransitGatewayRouteTablePropagations", |ec2| {
        &mut ec2.transit_gateway_propagations
    });
}

fn links(
    entry: &Entry<'_>,
    ec2: &mut Ec2Facts,
    field: &str,
    answers: impl Fn(&mut Ec2Facts) -> &mut crate::Answers<Vec<TransitGatewayTableLink>>,
) {
    let filtered = entry
        .params
        .get("Filters")
        .and_then(Value::as_array)
        .is_some_and(|filters| !filters.is_empty());
    let Some(table) = entry.param("TransitGatewayRouteTableId").filter(|_| !filtered) else {
        return;
    };
    answers(ec2).put(table, entry.known(|_| entry.list(field).map(Some)));
}
