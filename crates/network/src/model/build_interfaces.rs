//! Facts to model: network interfaces, and the instances that own them.

use super::*;
use crate::address::is_public;
use ecswhy_facts::ec2::{self, Ec2Facts};

impl Model {
    pub(super) fn read_interfaces(&mut self, facts: &Ec2Facts) {
        let mut stopped = BTreeMap::new();
        for instance in facts.instances.seen() {
            let Some(id) = &instance.instance_id else { continue };
            let state = instance
                .state
                .as_ref()
                .and_then(|state| state.name.as_deref())
                .unwrap_or("running");
            stopped.insert(
                id.clone(),
                matches!(state, "stopped" | "stopping" | "terminated" | "shutting-down"),
            );
            for interface in &instance.network_interfaces {
                let mut interface = interface.clone();
                // Inside an instance the interface leaves out what the instance says.
                interface.vpc_id = interface.vpc_id.or_else(|| instance.vpc_id.clone());
                interface.subnet_id = interface.subnet_id.or_else(|| instance.subnet_id.clone());
                let attachment = interface.attachment.get_or_insert_default();
                attachment.instance_id.get_or_insert_with(|| id.clone());
                self.add_interface(&interface);
            }
        }
        for interface in facts.network_interfaces.seen() {
            self.add_interface(interface);
        }
        for instance in facts.instances.seen() {
            self.stand_in(instance);
        }
        for interface in self.interfaces.values_mut() {
            interface.stopped =
                interface.instance.as_ref().is_some_and(|id| stopped.get(id) == Some(&true));
        }
    }

    /// An instance whose interfaces no answer tells has one all the same: what the instance says of itself.
    fn stand_in(&mut self, instance: &ec2::Instance) {
        let Some(id) = &instance.instance_id else { return };
        let address = instance.private_ip_address.as_ref().and_then(|text| text.parse().ok());
        let owned = address
            .zip(instance.vpc_id.clone())
            .is_some_and(|(address, vpc)| self.by_address.contains_key(&(vpc, address)));
        if self.instances.contains_key(id) || owned {
            return;
        }
        self.add_interface(&ec2::NetworkInterface {
            network_interface_id: Some(id.clone()),
            vpc_id: instance.vpc_id.clone(),
            subnet_id: instance.subnet_id.clone(),
            private_ip_address: instance.private_ip_address.clone(),
            association: instance
                .public_ip_address
                .clone()
                .map(|ip| ec2::InterfaceAssociation { public_ip: Some(ip), ..Default::default() }),
            groups: instance.security_groups.clone(),
            source_dest_check: instance.source_dest_check,
            attachment: Some(ec2::InterfaceAttachment {
                instance_id: Some(id.clone()),
                device_index: Some(0),
                ..Default::default()
            }),
            ..Default::default()
        });
    }

    fn add_interface(&mut self, interface: &ec2::NetworkInterface) {
        let (Some(id), Some(vpc), Some(subnet)) =
            (&interface.network_interface_id, &interface.vpc_id, &interface.subnet_id)
        else {
            return;
        };
        let primary = interface.private_ip_address.iter();
        let private = interface
            .private_ip_addresses
            .iter()
            .filter_map(|address| address.private_ip_address.as_ref());
        let ipv6 =
            interface.ipv6_addresses.iter().filter_map(|address| address.ipv6_address.as_ref());
        let mut addresses: Vec<IpAddr> = Vec::new();
        for text in primary.chain(private).chain(ipv6).chain(interface.ipv6_address.iter()) {
            if let Ok(address) = text.parse()
                && !addresses.contains(&address)
            {
                addresses.push(address);
            }
        }
        let pair = |private: Option<&String>, link: &Option<ec2::InterfaceAssociation>| {
            let public = link.as_ref()?.public_ip.as_ref()?.parse::<IpAddr>().ok()?;
            Some((private?.parse::<IpAddr>().ok()?, public))
        };
        let primary = pair(interface.private_ip_address.as_ref(), &interface.association);
        let others = interface
            .private_ip_addresses
            .iter()
            .filter_map(|address| pair(address.private_ip_address.as_ref(), &address.association));
        let mut public: Vec<(IpAddr, IpAddr)> = Vec::new();
        for pair in primary.into_iter().chain(others) {
            if !public.contains(&pair) {
                public.push(pair);
            }
        }
        for address in &addresses {
            let before = self.by_address.insert((vpc.clone(), *address), id.clone());
            if before.is_some_and(|before| before != *id) {
                self.contested.insert((vpc.clone(), *address));
            }
        }
        for (private, address) in &public {
            self.by_public.insert(*address, (id.clone(), *private));
        }
        for address in addresses.iter().filter(|address| address.is_ipv6() && is_public(**address))
        {
            self.by_public.insert(*address, (id.clone(), *address));
        }
        let attachment = interface.attachment.as_ref();
        let instance = attachment.and_then(|attachment| attachment.instance_id.clone());
        if let Some(instance) = &instance {
            let primary =
                attachment.and_then(|attachment| attachment.device_index).unwrap_or(0) == 0;
            let all = self.instances.entry(instance.clone()).or_default();
            all.retain(|other| other != id);
            all.insert(if primary { 0 } else { all.len() }, id.clone());
        }
        self.interfaces.insert(
            id.clone(),
            Interface {
                id: id.clone(),
                vpc: vpc.clone(),
                subnet: subnet.clone(),
                addresses,
                public_ip: public.first().map(|(_, public)| *public),
                public,
                groups: interface
                    .groups
                    .iter()
                    .filter_map(|group| group.group_id.clone())
                    .collect(),
                source_dest_check: interface.source_dest_check,
                kind: interface.interface_type.clone().unwrap_or_else(|| "interface".to_owned()),
                instance,
                stopped: false,
            },
        );
    }
}
