//! Commands for keys, secrets, log groups, load balancers, EFS.

use super::Writer;
use crate::change::Change;
use crate::fix::names;
use crate::shell::{Command, NotWritable, plain};
use ecswhy_facts::elb::TargetGroup;

impl Writer<'_> {
    pub(super) fn other(&mut self, change: &Change) -> Result<(), NotWritable> {
        match change {
            Change::EnableKey { key, cancel_deletion } => {
                let command = |operation: &str| {
                    Command::aws(operation)
                        .region(&names::region(self.account, key))
                        .arg("--key-id", key)
                };
                let cancel = command("kms cancel-key-deletion").query("KeyId");
                let (enable, disable) = (command("kms enable-key"), command("kms disable-key"));
                if *cancel_deletion {
                    self.run(cancel)?;
                }
                self.run(enable)?;
                self.undo_with(vec![disable])
            }
            Change::RestoreSecret { secret } => {
                let command = |operation: &str| {
                    Command::aws(operation)
                        .region(&names::region(self.account, secret))
                        .arg("--secret-id", secret)
                };
                let restore = command("secretsmanager restore-secret").query("ARN");
                let delete = command("secretsmanager delete-secret")
                    .arg("--recovery-window-in-days", 30)
                    .query("ARN");
                self.run(restore)?;
                self.undo_with(vec![delete])
            }
            Change::CreateLogGroup { log_group, region } => {
                let region = region.as_ref().unwrap_or(&self.region);
                let command = |operation: &str| {
                    Command::aws(operation).region(region).arg("--log-group-name", log_group)
                };
                let (create, delete) =
                    (command("logs create-log-group"), command("logs delete-log-group"));
                self.run(create)?;
                self.undo_with(vec![delete])
            }
            Change::SetHealthCheck { target_group, settings } => {
                let found = self.model.home().elb.target_groups.get(target_group);
                let found =
                    found.present().copied().ok_or_else(|| NotWritable(target_group.clone()))?;
                let grpc = found.protocol_version.as_deref() == Some("GRPC");
                let command = || {
                    self.aws("elbv2 modify-target-group").arg("--target-group-arn", target_group)
                };
                let set = |command: Command, option: &str, value: &str| {
                    let value = match option {
                        "matcher" if grpc => format!("GrpcCode={value}"),
                        // The shorthand separates with commas, which codes may hold: `200,301`.
                        "matcher" => format!("HttpCode=\"{value}\""),
                        _ => value.to_owned(),
                    };
                    command.arg(&format!("--{option}"), value)
                };
                let mut change = command();
                let mut back = command();
                for (option, value) in settings {
                    change = set(change, option, value);
                    if let Some(old) = option_of(found, option) {
                        back = set(back, option, &old);
                    }
                }
                let query = "TargetGroups[0].TargetGroupName";
                let (change, back) = (change.query(query), back.query(query));
                self.run(change)?;
                self.undo_with(vec![back])
            }
            Change::EnableLoadBalancerZone { load_balancer, subnets } => {
                let found = self.model.home().elb.load_balancers.get(load_balancer);
                let found =
                    found.present().copied().ok_or_else(|| NotWritable(load_balancer.clone()))?;
                let zones = found.availability_zones.iter();
                let old: Vec<String> = zones.filter_map(|zone| zone.subnet_id.clone()).collect();
                let mut all = old.clone();
                all.extend(subnets.iter().filter(|subnet| !old.contains(subnet)).cloned());
                let set = |subnets: &[String]| {
                    self.aws("elbv2 set-subnets")
                        .arg("--load-balancer-arn", load_balancer)
                        .list("--subnets", subnets)
                        .query("AvailabilityZones[].ZoneName")
                };
                let (change, back) = (set(&all), set(&old));
                self.run(change)?;
                self.undo_with(vec![back])
            }
            Change::CreateMountTarget { file_system, subnet, security_groups } => {
                let create = self
                    .aws("efs create-mount-target")
                    .arg("--file-system-id", file_system)
                    .arg("--subnet-id", subnet)
                    .list("--security-groups", security_groups)
                    .query("MountTargetId");
                let find = self
                    .aws("efs describe-mount-targets")
                    .arg("--file-system-id", file_system)
                    .query(&format!("MountTargets[?SubnetId=='{}'].MountTargetId", plain(subnet)?));
                let delete =
                    self.aws("efs delete-mount-target").output_of("--mount-target-id", find);
                self.run(create)?;
                self.undo_with(vec![delete])
            }
            _ => Ok(()),
        }
    }
}

/// What an option of `modify-target-group` is now.
fn option_of(group: &TargetGroup, option: &str) -> Option<String> {
    let number = |value: Option<i64>| value.map(|value| value.to_string());
    match option {
        "health-check-path" => group.health_check_path.clone(),
        "health-check-port" => group.health_check_port.clone(),
        "health-check-protocol" => group.health_check_protocol.clone(),
        "health-check-interval-seconds" => number(group.health_check_interval_seconds),
        "health-check-timeout-seconds" => number(group.health_check_timeout_seconds),
        "healthy-threshold-count" => number(group.healthy_threshold_count),
        "unhealthy-threshold-count" => number(group.unhealthy_threshold_count),
        "matcher" => group
            .matcher
            .as_ref()
            .and_then(|matcher| matcher.http_code.clone().or_else(|| matcher.grpc_code.clone())),
        _ => None,
    }
}
