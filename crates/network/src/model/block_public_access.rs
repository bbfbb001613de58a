//! VPC Block Public Access, as it meets one subnet. VPC User Guide, "Block public access to VPCs and subnets".

use ecswhy_facts::ec2::{self, Ec2Facts};

/// What Block Public Access does to a subnet: the subnet says it itself; older answers need the options and
/// exclusions. Nothing known means off, the default of every account.
pub(super) fn mode_of(facts: &Ec2Facts, subnet: &ec2::Subnet) -> String {
    if let Some(mode) = subnet
        .block_public_access_states
        .as_ref()
        .and_then(|states| states.internet_gateway_block_mode.clone())
    {
        return mode;
    }
    let zone = subnet.availability_zone.as_deref().unwrap_or_default();
    let options = facts.block_public_access.seen();
    let mode = options
        .iter()
        .filter(|options| {
            options
                .aws_region
                .as_deref()
                .is_none_or(|region| zone.is_empty() || zone.starts_with(region))
        })
        .filter_map(|options| options.internet_gateway_block_mode.clone())
        .find(|mode| mode != "off");
    let Some(mode) = mode else { return "off".to_owned() };
    let names = |arn: &str| {
        [&subnet.subnet_id, &subnet.vpc_id]
            .into_iter()
            .flatten()
            .any(|id| arn.ends_with(&format!("/{id}")))
    };
    let live = |state: &Option<String>| {
        state.as_deref().is_none_or(|state| matches!(state, "create-complete" | "update-complete"))
    };
    let exclusions = facts.block_public_access_exclusions.seen();
    let exclusion = exclusions.iter().find(|exclusion| {
        live(&exclusion.state) && exclusion.resource_arn.as_deref().is_some_and(names)
    });
    match exclusion.and_then(|exclusion| exclusion.internet_gateway_exclusion_mode.as_deref()) {
        Some("allow-bidirectional") => "off".to_owned(),
        Some("allow-egress") => "block-ingress".to_owned(),
        _ => mode,
    }
}
