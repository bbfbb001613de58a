//! Accounts under change, and words for policies.

use ecswhy_diagnose::report::{Role, TargetReport, VerdictName};
use ecswhy_diagnose::{Settings, diagnose};
use ecswhy_facts::Snapshot;
use serde_json::{Value, json};

pub const HOME: &str = "123456789012/us-east-1";
pub const ROLE: &str = "arn:aws:iam::123456789012:role/orders-execution";
pub const TASK_ROLE: &str = "arn:aws:iam::123456789012:role/orders-task";
pub const REPOSITORY: &str = "arn:aws:ecr:us-east-1:123456789012:repository/shop/orders";
pub const FOREIGN: &str = "210987654321";
pub const PARAMETER: &str = "arn:aws:ssm:us-east-1:123456789012:parameter/orders/api-key";
pub const MANAGED: &str = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";
pub const PULL: [&str; 3] =
    ["ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];

/// An account under change.
pub struct Account(pub Value);

impl Account {
    /// A healthy account whose service has been created but has no task yet: nothing is proven by a start.
    pub fn of(base: &str) -> Self {
        let place = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bases/");
        let text = std::fs::read_to_string(format!("{place}{base}.json")).unwrap();
        let mut account = Self(serde_json::from_str(&text).unwrap());
        account.facts()["ecs"]["tasks"]["shop/orders"]["present"]["tasks"] = json!([]);
        let service = account.service();
        service["runningCount"] = json!(0);
        service["deployments"][0]["runningCount"] = json!(0);
        service["deployments"][0]["rolloutState"] = json!("IN_PROGRESS");
        account
    }

    pub fn facts(&mut self) -> &mut Value {
        &mut self.0["facts"][HOME]
    }

    pub fn service(&mut self) -> &mut Value {
        &mut self.facts()["ecs"]["services"]["shop/orders"]["present"]
    }

    pub fn definition(&mut self) -> &mut Value {
        let definitions = self.facts()["ecs"]["task_definitions"].as_object_mut().unwrap();
        &mut definitions.values_mut().next().unwrap()["present"]
    }

    pub fn container(&mut self) -> &mut Value {
        &mut self.definition()["containerDefinitions"][0]
    }

    pub fn secret(&mut self) -> String {
        first(&self.facts()["secrets"]["secrets"])
    }

    pub fn key(&mut self) -> String {
        first(&self.facts()["secrets"]["keys"])
    }

    /// Only these inline policies, and no managed one.
    pub fn only(&mut self, statements: Value) {
        self.facts()["iam"]["attached_policies"]["orders-execution"]["present"] = json!([]);
        self.inline(statements);
    }

    /// The statements of the one inline policy.
    pub fn inline(&mut self, statements: Value) {
        self.facts()["iam"]["inline_policies"]["orders-execution/start"] =
            json!({ "present": policy(statements) });
    }

    /// What the base allows besides the managed policy, and this.
    pub fn also(&mut self, statement: Value) {
        let policy =
            &mut self.facts()["iam"]["inline_policies"]["orders-execution/start"]["present"];
        policy["Statement"].as_array_mut().unwrap().push(statement);
    }

    pub fn boundary(&mut self, statements: Value) {
        let arn = "arn:aws:iam::123456789012:policy/limit";
        let iam = &mut self.facts()["iam"];
        iam["roles"]["orders-execution"]["present"]["PermissionsBoundary"] =
            json!({ "PermissionsBoundaryArn": arn });
        iam["managed_policies"][arn] = json!({ "present": policy(statements) });
    }

    pub fn secret_policy(&mut self, statement: Value) {
        let secret = self.secret();
        self.facts()["secrets"]["secret_policies"][secret] =
            json!({ "present": policy(json!([statement])).to_string() });
    }

    pub fn key_policy(&mut self, statements: Value) {
        let key = self.key();
        self.facts()["secrets"]["key_policies"][key] =
            json!({ "present": policy(statements).to_string() });
    }

    /// No secret, no parameter: what a plain service uses.
    pub fn plain(&mut self) {
        self.container()["secrets"] = json!([]);
        self.no_inline();
    }

    pub fn no_inline(&mut self) {
        self.facts()["iam"]["inline_policy_names"]["orders-execution"]["present"] = json!([]);
    }

    pub fn endpoint(&mut self, service: &str) -> &mut Value {
        let endpoints = self.facts()["ec2"]["vpc_endpoints"].as_object_mut().unwrap();
        let listed =
            endpoints.values_mut().flat_map(|list| list["present"].as_array_mut().unwrap());
        let name = format!("com.amazonaws.us-east-1.{service}");
        listed.into_iter().find(|endpoint| endpoint["ServiceName"] == *name).unwrap()
    }

    pub fn endpoint_policy(&mut self, service: &str, statements: Value) -> String {
        let endpoint = self.endpoint(service);
        endpoint["PolicyDocument"] = json!(policy(statements).to_string());
        endpoint["VpcEndpointId"].as_str().unwrap().to_owned()
    }

    /// The image lies in another account's registry, with this repository policy.
    pub fn foreign_image(&mut self, repository_policy: Value) -> String {
        let host = format!("{FOREIGN}.dkr.ecr.us-east-1.amazonaws.com");
        self.container()["image"] = json!(format!("{host}/shop/orders:1.42.0"));
        let ecr = self.facts()["ecr"].clone();
        let facts = &mut self.0["facts"];
        facts[format!("{FOREIGN}/us-east-1")] = json!({ "ecr": ecr });
        facts[format!("{FOREIGN}/us-east-1")]["ecr"]["repository_policies"]["shop/orders"] =
            repository_policy;
        REPOSITORY.replace("123456789012", FOREIGN)
    }

    pub fn report(&self) -> TargetReport {
        let snapshot: Snapshot = serde_json::from_value(self.0.clone()).unwrap();
        diagnose(&snapshot, &Settings::default()).reports.remove(0)
    }

    /// Id and subject of everything that is found, notes left out, risks marked.
    pub fn found(&self) -> Vec<String> {
        let report = self.report();
        let findings = report.findings.iter().filter(|finding| finding.role != Role::Note);
        let mut found: Vec<String> = findings
            .map(|finding| {
                let mark = if finding.role == Role::Risk { "risk " } else { "" };
                format!("{mark}{} {}", finding.id, finding.subject)
            })
            .collect();
        found.sort();
        found
    }
}

pub fn first(map: &Value) -> String {
    map.as_object().unwrap().keys().next().unwrap().clone()
}

pub fn policy(statements: Value) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

pub fn allow(actions: impl Into<Value>, resource: impl Into<Value>) -> Value {
    json!({ "Effect": "Allow", "Action": actions.into(), "Resource": resource.into() })
}

pub fn deny(actions: impl Into<Value>, resource: impl Into<Value>) -> Value {
    json!({ "Effect": "Deny", "Action": actions.into(), "Resource": resource.into() })
}

pub fn under(mut statement: Value, operator: &str, key: &str, value: impl Into<Value>) -> Value {
    statement["Condition"] = json!({ operator: { key: value.into() } });
    statement
}

pub fn by(mut statement: Value, principal: impl Into<Value>) -> Value {
    statement["Principal"] = principal.into();
    statement
}

pub fn verdict(account: &Account, id: &str) -> VerdictName {
    let report = account.report();
    let checks = report.stages.iter().flat_map(|stage| &stage.checks);
    checks.into_iter().find(|check| check.id == id).unwrap().verdict
}

/// A change to the account, and what must be found then.
pub type Rule = (&'static str, fn(&mut Account) -> Vec<String>);

pub fn nothing() -> Vec<String> {
    Vec::new()
}

pub fn one(id: &str, subject: &str) -> Vec<String> {
    vec![format!("{id} {subject}")]
}

pub fn check(base: &str, rules: &[Rule]) {
    for (what, change) in rules {
        let mut account = Account::of(base);
        let expected = change(&mut account);
        assert_eq!(account.found(), expected, "{what}");
    }
}

/// What the base's inline policy allows: secret, parameter, key.
pub fn secrets(account: &mut Account) -> Vec<Value> {
    let (secret, key) = (account.secret(), account.key());
    vec![
        allow("secretsmanager:GetSecretValue", secret),
        allow("ssm:GetParameters", PARAMETER),
        allow("kms:Decrypt", key),
    ]
}
