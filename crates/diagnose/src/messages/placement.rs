//! Messages about capacity, quotas, network interfaces, subnets and security groups.

use super::Channel;
use super::rules::{Rule, rule};
use crate::symptom::Symptom;

/// Faults of EC2 inside a launch, told by an error code.
pub(super) const SPECIFIC: &[Rule] = &[
    rule(Symptom::SubnetOutOfAddresses, &[r"insufficientfreeaddressesinsubnet|not enough free addresses in subnet|does not have enough free (?:ip )?addresses|insufficient free addresses in subnet"]).with_ecs(),
    // AWS's documentation gives the sentence without a code for a full subnet; with another code it is another fault.
    rule(Symptom::SubnetOutOfAddresses, &[r"unexpected ec2 error while attempting to create network interface [^:]*in subnet (?:'subnet-\w+'|subnet-\w+\.)\W*$"]),
    rule(Symptom::EniQuotaReached, &[r"networkinterfacelimitexceeded|maximum number of network interfaces|^(?:taskfailedtostart: )?resource:eni\b"]).with_ecs(),
    rule(Symptom::EniQuotaReached, &[r"reason: (?:taskfailedtostart: )?resource:eni\b"]),
    rule(Symptom::HostProblem, &[r"error retrieving (?:security group|subnet) information", r"request limit exceeded|timed out|requestlimitexceeded|throttl|rate exceeded"]),
    rule(Symptom::SecurityGroupInvalid, &[r"security group", r"belong to different networks"]).with_ecs(),
    rule(Symptom::SecurityGroupInvalid, &[r"the security group '?sg-[^ ]*'? does not exist|invalidgroup\.notfound|invalidsecuritygroupid|security group [^ ]+ (?:does not exist|and subnet|is not)"]).with_ecs(),
    rule(Symptom::SecurityGroupInvalid, &[r"^the security group 'sg-[0-9a-f]+' does not exist|security groups? sg-[0-9a-f]+ does not appear to belong to the same vpc as the input subnets"]),
    rule(
        Symptom::QuotaReached,
        &[r"reached the limit on the number of (?:vcpus|tasks)|configuration is above your limit|desired count exceeds limit|maxspotinstancecountexceeded|provisioning capacity limit was exceeded|vcpulimitexceeded"],
    )
    .with_ecs(),
    rule(Symptom::QuotaReached, &[r"you've reached the limit on the number of (?:vcpus|tasks) (?:that )?you can run|requested (?:cpu|memory) configuration is above your limit"]),
    rule(
        Symptom::CapacityUnavailable,
        &[r"capacity is unavailable at this time|^(?:taskfailedtostart: )?resource:fargate\b|reason: (?:taskfailedtostart: )?resource:fargate\b|could not launch \w+ tasks? for deployment"],
    ),
    rule(Symptom::CapacityUnavailable, &[r"unfulfillablecapacity|insufficientinstancecapacity|fargate_spot capacity|spot capacity is (?:currently )?(?:un|not )available"]).with_ecs(),
    rule(Symptom::EniQuotaReached, &[r"^resource:eni$"]),
    rule(Symptom::QuotaReached, &[r"^invalidparameterexception: desired count exceeds limit"]),
    rule(Symptom::SpotInterrupted, &[r"your spot task was interrupted"]),
];

/// What the text says at its end.
pub(super) const RULES: &[Rule] = &[
    rule(
        Symptom::EniProvisioningFailed,
        &[r"timeout waiting for (?:network interface|ephemeralstorage|eni) provisioning|unable to attach network interface to unused device index|netplugin failed|failed to (?:configure|setup(?: regular)?) eni|unexpected ec2 error while attempting to|error retrieving subnet information"],
    ),
    rule(Symptom::EniProvisioningFailed, &[r"tagpolicyviolation", r"network interface"]),
    // The agent of the closest instance is not connected: the host's fault, not the task's size.
    rule(Symptom::HostProblem, &[r"encountered error ['\x22]agent['\x22]|doesn't have the agent connected|^(?:taskfailedtostart: )?agent$|reason: agent\b"]).with_ecs(),
    rule(
        Symptom::PlacementFailed,
        &[r"no container instances? (?:met all|were found)|closest matching container-instance|because of the service deployment configuration\. update the|empty capacity provider|not compatible with the selected compute strategy|no fargate configuration exists"],
    ),
    rule(Symptom::PlacementFailed, &[r"^resource:(?:cpu|memory|gpu|ports)$"]),
    rule(Symptom::PlacementFailed, &[r"^(?:taskfailedtostart: )?(?:resource:(?:cpu|memory|gpu|ports?\w*|tcp|udp)|attribute\W*$|memberof\b|no active instances\W*$|location\W*$)"]).with_ecs(),
    rule(Symptom::PlacementFailed, &[r"reason: (?:taskfailedtostart: )?(?:resource:\w|attribute\b|no active instances|internal error\b|no container instances)"]).with_ecs(),
];

/// What only the beginning says.
pub(super) const FALLBACK: &[Rule] =
    &[rule(Symptom::EniProvisioningFailed, &[r"^(?:taskfailedtostart: )?internalerror:"])
        .unless(&[r"container model|image"])
        .only_in(Channel::StoppedReason)];
