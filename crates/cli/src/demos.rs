//! The bundled accounts: test cases of the checks, made from lab accounts. A case is a healthy account and a JSON
//! patch that breaks it, so that nothing is kept twice.

use crate::failure::Failure;
use crate::source;
use ecswhy_facts::Snapshot;
use serde::Deserialize;
use serde_json::Value;

/// A bundled account.
#[derive(Debug)]
pub struct Demo {
    /// Its name on the command line.
    pub name: &'static str,
    /// What is broken in it, in a few words.
    pub title: &'static str,
    /// What AWS calls it: the row of an error table where people begin to search.
    pub shows: &'static str,
    /// The case's name: the finding that is its root cause, a dot, the lab's name of the fault.
    #[cfg(test)]
    pub case: &'static str,
    /// The text of the case.
    text: &'static str,
}

/// What a demo needs of a case.
#[derive(Deserialize)]
struct Case {
    base: String,
    patch: json_patch::Patch,
}

impl Demo {
    /// The account.
    ///
    /// # Errors
    /// When the bundled files do not fit each other, which the tests exclude.
    pub fn snapshot(&self) -> Result<Snapshot, Failure> {
        let broken = |error: &dyn std::fmt::Display| {
            Failure::new(format!("the demo {} is broken: {error}", self.name))
        };
        let case: Case = serde_json::from_str(self.text).map_err(|error| broken(&error))?;
        let base = match case.base.as_str() {
            "endpoints" => include_str!("../../diagnose/tests/bases/endpoints.json"),
            "public" => include_str!("../../diagnose/tests/bases/public.json"),
            _ => include_str!("../../diagnose/tests/bases/nat.json"),
        };
        let mut account: Value = serde_json::from_str(base).map_err(|error| broken(&error))?;
        json_patch::patch(&mut account, &case.patch).map_err(|error| broken(&error))?;
        source::parse(account.to_string().as_bytes(), &format!("the demo {}", self.name))
    }
}

/// Lists the demos: name, title, what AWS calls it, case.
macro_rules! demos {
    ($($name:literal: $title:literal, $shows:literal, $case:literal;)*) => {
        /// Every demo, the one that `ecswhy demo` runs first.
        pub const DEMOS: &[Demo] = &[$(Demo {
            name: $name,
            title: $title,
            shows: $shows,
            #[cfg(test)]
            case: $case,
            text: include_str!(concat!("../../diagnose/tests/cases/", $case, ".json")),
        },)*];
    };
}

demos! {
    "missing-tag": "the image's tag is not in the repository", "CannotPullContainerError",
        "image/tag-missing.image-tag-missing";
    "missing-permission": "the execution role may not pull the image", "CannotPullContainerError",
        "role/ecr-denied.ecr-no-batchgetimage";
    "no-route": "private subnets without NAT gateway and endpoints", "CannotPullContainerError",
        "network/no-egress.net-no-egress";
    "no-public-ip": "public subnets, tasks without public addresses", "ResourceInitializationError",
        "network/public-ip-missing.net-public-ip-missing";
    "missing-endpoint": "one VPC endpoint of several is not there", "ResourceInitializationError",
        "network/endpoint-missing.endpoint-missing-secretsmanager";
    "closed-endpoint": "the endpoint's security group does not admit the tasks", "ResourceInitializationError",
        "network/endpoint-security-group.endpoint-group-closed";
    "closed-security-group": "the tasks' security group lets out port 80, not 443", "ResourceInitializationError",
        "network/security-group-egress.net-group-only-http";
    "secret-permission": "the execution role may not read the secret", "ResourceInitializationError",
        "role/secret-denied.secret-denied";
    "full-subnet": "one subnet has no free address", "task stuck, service event",
        "eni/subnet-out-of-addresses.subnet-full-stuck";
    "stuck-pending": "tasks hang in PENDING: they reach neither ECR nor the logs", "task stuck in PENDING",
        "network/no-egress.stuck-pending-no-egress";
    "app-error": "the application ends by itself", "exit code 1",
        "container/app-error.exit-app-error";
    "missing-variable": "the application asks for an environment variable that nothing sets", "exit code 1",
        "container/missing-environment.exit-missing-environment";
    "out-of-memory": "the kernel killed the container", "exit code 137",
        "container/out-of-memory.exit-out-of-memory";
    "segfault": "the binary crashes", "exit code 139",
        "container/segfault.exit-segfault";
    "wrong-target-type": "the target group takes instances, not addresses", "health check failures",
        "health/target-type.target-type-instance";
    "wrong-health-path": "the health check's path answers 404", "health check failures",
        "health/target-response-code.target-wrong-code";
    "short-grace-period": "the application starts slower than ECS waits", "health check failures",
        "health/grace-period-too-short.grace-period-too-short";
}

#[cfg(test)]
mod tests {
    use super::*;
    use ecswhy_diagnose::report::Role;
    use ecswhy_diagnose::{Settings, diagnose};

    #[test]
    fn every_demo_names_the_root_cause_of_its_case() {
        for demo in DEMOS {
            let report = diagnose(&demo.snapshot().unwrap(), &Settings::default());
            let causes: Vec<&str> = report
                .reports
                .iter()
                .flat_map(|report| &report.findings)
                .filter(|finding| finding.role == Role::RootCause)
                .map(|finding| finding.id.as_str())
                .collect();
            let (finding, _) = demo.case.split_once('.').unwrap();
            assert!(causes.contains(&finding), "{}: {causes:?}", demo.name);
        }
    }
}
