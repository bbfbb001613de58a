//! Reading what `aws ec2 describe-...` printed, recognised by its top-level key.
//! It does not know which filters the command had: such output counts as complete for its account and Region.

use super::*;
use crate::Known;
use serde::Deserialize;
use serde_json::{Map, Value};

/// A JSON document that is no EC2 output.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{hint}: no known EC2 list among its top-level keys ({keys}); expected for example \"Subnets\" or \"RouteTables\""
)]
pub struct NotEc2 {
    hint: String,
    keys: String,
}

/// Why a list that went through is still not complete.
const CUT: &str = "the output stops at a NextToken: the list was cut in mid-page";

impl Ec2Facts {
    /// Adds one output of an `aws ec2` describe, get or search command. `hint` is the name of its file:
    /// outputs that do not name their subject (`Routes` of a transit gateway route table, `Entries` of a prefix list)
    /// take it from an id in the hint.
    ///
    /// # Errors
    /// When no top-level key is one of EC2's.
    pub fn add_cli_output(&mut self, value: &Value, hint: &str) -> Result<(), NotEc2> {
        let Some(object) = value.as_object() else {
            return Err(NotEc2 { hint: hint.to_owned(), keys: "not an object".to_owned() });
        };
        let mut recognised = false;
        for (key, value) in object {
            recognised |=
                self.add_list(key, value, object) || self.add_by_table(key, value, object, hint);
        }
        recognised |= self.add_vpc_attribute(object);
        if recognised {
            return Ok(());
        }
        let keys: Vec<&str> = object.keys().map(String::as_str).take(5).collect();
        Err(NotEc2 { hint: hint.to_owned(), keys: keys.join(", ") })
    }

    /// The facts of one output.
    ///
    /// # Errors
    /// As [`Ec2Facts::add_cli_output`].
    pub fn from_cli_output(value: &Value, hint: &str) -> Result<Self, NotEc2> {
        let mut facts = Self::default();
        facts.add_cli_output(value, hint)?;
        Ok(facts)
    }

    fn add_list(&mut self, key: &str, value: &Value, object: &Map<String, Value>) -> bool {
        let complete = !is_cut(object);
        match key {
            "Vpcs" => add(&mut self.vpcs, value, complete),
            "Subnets" => add(&mut self.subnets, value, complete),
            "RouteTables" => add(&mut self.route_tables, value, complete),
            "NatGateways" => add(&mut self.nat_gateways, value, complete),
            "InternetGateways" => add(&mut self.internet_gateways, value, complete),
            "EgressOnlyInternetGateways" => {
                add(&mut self.egress_only_internet_gateways, value, complete)
            }
            "VpcEndpoints" => add(&mut self.vpc_endpoints, value, complete),
            "SecurityGroups" => add(&mut self.security_groups, value, complete),
            "NetworkAcls" => add(&mut self.network_acls, value, complete),
            "NetworkInterfaces" => add(&mut self.network_interfaces, value, complete),
            "Reservations" => add(&mut self.instances, &instances(value), complete),
            "DhcpOptions" if value.is_array() => add(&mut self.dhcp_options, value, complete),
            // Managed prefix lists carry no Cidrs, so both calls use the same key with different fields.
            "PrefixLists" => {
                let with_cidrs = |item: &Value| item.get("Cidrs").is_some();
                let (listed, managed): (Vec<Value>, Vec<Value>) =
                    value.as_array().into_iter().flatten().cloned().partition(with_cidrs);
                // An empty list could come from either call; AWS's own lists always exist, so it says nothing.
                if !listed.is_empty() {
                    add(&mut self.prefix_lists, &Value::Array(listed), complete);
                }
                if !managed.is_empty() {
                    add(&mut self.managed_prefix_lists, &Value::Array(managed), complete);
                }
            }
            "VpcPeeringConnections" => add(&mut self.vpc_peering_connections, value, complete),
            "TransitGateways" => add(&mut self.transit_gateways, value, complete),
            "TransitGatewayAttachments" => {
                add(&mut self.transit_gateway_attachments, value, complete)
            }
            "TransitGatewayVpcAttachments" => {
                add(&mut self.transit_gateway_vpc_attachments, value, complete)
            }
            "TransitGatewayRouteTables" => {
                add(&mut self.transit_gateway_route_tables, value, complete)
            }
            "VpnGateways" => add(&mut self.vpn_gateways, value, complete),
            "VpcBlockPublicAccessOptions" => {
                add(&mut self.block_public_access, &Value::Array(vec![value.clone()]), true)
            }
            "VpcBlockPublicAccessExclusions" => {
                add(&mut self.block_public_access_exclusions, value, complete)
            }
            _ => return false,
        }
        true
    }

    /// Outputs about one transit gateway route table or prefix list. Collected files also exist that group
    /// several tables (`TransitGatewayStaticRoutes`, `TransitGatewayPropagations`), each with its id.
    fn add_by_table(
        &mut self,
        key: &str,
        value: &Value,
        object: &Map<String, Value>,
        hint: &str,
    ) -> bool {
        let cut = is_cut(object)
            || object.get("AdditionalRoutesAvailable").and_then(Value::as_bool) == Some(true);
        let table = || id_in(object, "TransitGatewayRouteTableId", hint, "tgw-rtb-");
        match key {
            "TransitGatewayStaticRoutes" | "TransitGatewayPropagations" => {
                for group in value.as_array().into_iter().flatten().filter_map(Value::as_object) {
                    for (inner, value) in group {
                        self.add_by_table(inner, value, group, key);
                    }
                }
            }
            "Routes" => {
                let file = hint.rsplit('/').next().unwrap_or(hint);
                let static_only = file.to_ascii_lowercase().contains("static");
                let routes =
                    read(value, cut).map(|routes| TransitGatewayRoutes { routes, static_only });
                self.transit_gateway_routes.put(table(), routes);
            }
            "Associations" => self.transit_gateway_associations.put(table(), read(value, cut)),
            "TransitGatewayRouteTablePropagations" => {
                self.transit_gateway_propagations.put(table(), read(value, cut))
            }
            "Entries" => {
                let list = id_in(object, "PrefixListId", hint, "pl-");
                self.prefix_list_entries.put(list, read(value, cut));
            }
            _ => return false,
        }
        true
    }

    fn add_vpc_attribute(&mut self, object: &Map<String, Value>) -> bool {
        let Some(vpc) = object.get("VpcId").and_then(Value::as_str) else { return false };
        let flag = |name: &str| {
            let value = object.get(name)?;
            value.get("Value").unwrap_or(value).as_bool()
        };
        let (support, hostnames) = (flag("EnableDnsSupport"), flag("EnableDnsHostnames"));
        if support.is_none() && hostnames.is_none() {
            return false;
        }
        let attributes = self.vpc_attributes.entry(vpc.to_owned()).or_default();
        if let Some(value) = support {
            attributes.enable_dns_support = Known::Present(value);
        }
        if let Some(value) = hostnames {
            attributes.enable_dns_hostnames = Known::Present(value);
        }
        true
    }
}

fn is_cut(object: &Map<String, Value>) -> bool {
    object
        .get("NextToken")
        .is_some_and(|token| token.as_str().is_some_and(|token| !token.is_empty()))
}

/// Adds a list. One item that cannot be read does not lose the others, but the list is then incomplete.
fn add<T: Item>(listing: &mut Listing<T>, value: &Value, complete: bool) {
    let Some(values) = value.as_array() else {
        let why = "the output is not a list".to_owned();
        listing.put(Listing::<T>::ALL, Known::Failed { why });
        return;
    };
    let mut why = (!complete).then(|| CUT.to_owned());
    let mut items = Vec::with_capacity(values.len());
    for value in values {
        match T::deserialize(value) {
            Ok(item) => items.push(item),
            Err(error) => why = Some(format!("an item could not be read: {error}")),
        }
    }
    match why {
        None => listing.put(Listing::<T>::ALL, Known::Present(items)),
        Some(why) => {
            listing.put(Listing::<T>::ALL, Known::Failed { why });
            listing.put_incomplete(items);
        }
    }
}

fn read<T: for<'de> Deserialize<'de>>(value: &Value, cut: bool) -> Known<T> {
    if cut {
        return Known::Failed { why: CUT.to_owned() };
    }
    match T::deserialize(value) {
        Ok(value) => Known::Present(value),
        Err(error) => Known::Failed { why: format!("the output could not be read: {error}") },
    }
}

fn instances(reservations: &Value) -> Value {
    let reservations = reservations.as_array().into_iter().flatten();
    let instances = reservations.filter_map(|reservation| reservation.get("Instances")?.as_array());
    Value::Array(instances.flatten().cloned().collect())
}

/// The id from the output itself, else the first one in the file's name, else `*` (the only one there is).
fn id_in(object: &Map<String, Value>, field: &str, hint: &str, prefix: &str) -> String {
    if let Some(id) = object.get(field).and_then(Value::as_str) {
        return id.to_owned();
    }
    let Some(start) = hint.rfind(prefix) else { return "*".to_owned() };
    let tail = &hint[start + prefix.len()..];
    let end = tail.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(tail.len());
    format!("{prefix}{}", &tail[..end])
}
