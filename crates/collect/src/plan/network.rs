//! The network around the target: subnets and groups by id, then everything of their VPCs.

use super::Plan;
use ecswhy_aws::Operation;
use ecswhy_aws::operations::ec2;
use ecswhy_facts::ec2::Ec2Facts;
use ecswhy_facts::ecs::{AwsvpcConfiguration, Service, Task};
use serde_json::{Value, json};
use std::collections::BTreeSet;

impl Plan<'_> {
    pub(super) fn network(&mut self, service: Option<&Service>, tasks: &[Task]) {
        let configurations = configurations(service);
        let mut subnets: BTreeSet<&str> =
            configurations.iter().flat_map(|it| it.subnets.iter().map(String::as_str)).collect();
        subnets.extend(tasks.iter().filter_map(|task| task.eni_detail("subnetId")));
        let groups: BTreeSet<&str> = configurations
            .iter()
            .flat_map(|it| it.security_groups.iter().map(String::as_str))
            .collect();
        // A filter, not ids: one id that does not exist would fail the whole call.
        for (operation, name, values) in [
            (&ec2::DESCRIBE_SUBNETS, "subnet-id", &subnets),
            (&ec2::DESCRIBE_SECURITY_GROUPS, "group-id", &groups),
        ] {
            if !values.is_empty() {
                self.ask(operation, filter(name, values));
            }
        }
        let seen = self.snapshot.home().ec2.subnets.seen();
        let vpcs: BTreeSet<String> = seen
            .into_iter()
            .filter(|subnet| subnet.subnet_id.as_deref().is_some_and(|id| subnets.contains(id)))
            .filter_map(|subnet| subnet.vpc_id.clone())
            .collect();
        for vpc in vpcs {
            self.vpc(&vpc);
        }
    }

    pub(super) fn vpc(&mut self, vpc: &str) {
        let of_vpc: [&'static Operation; 7] = [
            &ec2::DESCRIBE_SUBNETS,
            &ec2::DESCRIBE_SECURITY_GROUPS,
            &ec2::DESCRIBE_ROUTE_TABLES,
            &ec2::DESCRIBE_NETWORK_ACLS,
            &ec2::DESCRIBE_VPC_ENDPOINTS,
            &ec2::DESCRIBE_VPCS,
            &ec2::DESCRIBE_NETWORK_INTERFACES,
        ];
        for operation in of_vpc {
            self.ask(operation, filter("vpc-id", &BTreeSet::from([vpc])));
        }
        // This call spells its list of filters `Filter`.
        self.ask(
            &ec2::DESCRIBE_NAT_GATEWAYS,
            json!({ "Filter": [{ "Name": "vpc-id", "Values": [vpc] }] }),
        );
        self.ask(
            &ec2::DESCRIBE_INTERNET_GATEWAYS,
            filter("attachment.vpc-id", &BTreeSet::from([vpc])),
        );
        for attribute in ["enableDnsSupport", "enableDnsHostnames"] {
            self.ask(&ec2::DESCRIBE_VPC_ATTRIBUTE, json!({ "VpcId": vpc, "Attribute": attribute }));
        }
        let of_region: [&'static Operation; 5] = [
            &ec2::DESCRIBE_EGRESS_ONLY_INTERNET_GATEWAYS,
            &ec2::DESCRIBE_DHCP_OPTIONS,
            &ec2::DESCRIBE_PREFIX_LISTS,
            &ec2::DESCRIBE_VPC_BLOCK_PUBLIC_ACCESS_OPTIONS,
            &ec2::DESCRIBE_VPC_BLOCK_PUBLIC_ACCESS_EXCLUSIONS,
        ];
        for operation in of_region {
            self.ask(operation, json!({}));
        }
        let ec2_facts = &self.snapshot.home().ec2;
        for list in prefix_lists(ec2_facts, vpc) {
            self.ask(&ec2::GET_MANAGED_PREFIX_LIST_ENTRIES, json!({ "PrefixListId": list }));
        }
        let peerings = peerings(ec2_facts, vpc);
        if !peerings.is_empty() {
            self.ask(
                &ec2::DESCRIBE_VPC_PEERING_CONNECTIONS,
                filter("vpc-peering-connection-id", &peerings),
            );
        }
        // An endpoint of a peer may serve the launch, by a private hosted zone.
        for peer in super::around::peers(self.snapshot).iter().filter(|peer| *peer != vpc) {
            self.ask(
                &ec2::DESCRIBE_VPC_ENDPOINTS,
                filter("vpc-id", &BTreeSet::from([peer.as_str()])),
            );
        }
    }
}

/// Every network configuration that tasks of the service may have.
fn configurations(service: Option<&Service>) -> Vec<&AwsvpcConfiguration> {
    let Some(service) = service else { return Vec::new() };
    let deployments = service
        .deployments
        .iter()
        .filter_map(|deployment| deployment.network_configuration.as_ref());
    let sets = service.task_sets.iter().filter_map(|set| set.network_configuration.as_ref());
    let all = service.network_configuration.iter().chain(deployments).chain(sets);
    all.filter_map(|configuration| configuration.awsvpc_configuration.as_ref()).collect()
}

/// Prefix lists that rules or routes of the VPC name and whose blocks `DescribePrefixLists`, which knows those of
/// gateway endpoints only, does not tell.
fn prefix_lists(facts: &Ec2Facts, vpc: &str) -> BTreeSet<String> {
    let Ok(told) = facts.prefix_lists.all() else { return BTreeSet::new() };
    let told: BTreeSet<&str> = told
        .into_iter()
        .filter(|list| !list.cidrs.is_empty())
        .filter_map(|list| list.prefix_list_id.as_deref())
        .collect();
    let groups = facts.security_groups.in_vpc(vpc).unwrap_or_default();
    let rules = groups
        .into_iter()
        .flat_map(|group| group.ip_permissions.iter().chain(&group.ip_permissions_egress))
        .flat_map(|rule| &rule.prefix_list_ids)
        .filter_map(|list| list.prefix_list_id.as_deref());
    let tables = facts.route_tables.in_vpc(vpc).unwrap_or_default();
    let routes = tables
        .into_iter()
        .flat_map(|table| &table.routes)
        .filter_map(|route| route.destination_prefix_list_id.as_deref());
    let named = rules.chain(routes).filter(|id| id.starts_with("pl-") && !told.contains(id));
    named.map(str::to_owned).collect()
}

/// Peering connections that routes of the VPC lead to.
fn peerings<'f>(facts: &'f Ec2Facts, vpc: &str) -> BTreeSet<&'f str> {
    let tables = facts.route_tables.in_vpc(vpc).unwrap_or_default();
    let routes = tables.into_iter().flat_map(|table| &table.routes);
    routes.filter_map(|route| route.vpc_peering_connection_id.as_deref()).collect()
}

fn filter(name: &str, values: &BTreeSet<&str>) -> Value {
    json!({ "Filters": [{ "Name": name, "Values": values }] })
}
