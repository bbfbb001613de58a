//! What the roles of a launch must be allowed, and who is told to forbid it: each rule by one change to a healthy
//! account of which no task has run yet. Sources of the rules are named where the product implements them.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use ecswhy_diagnose::report::{Role, Status, TargetReport, VerdictName};
use ecswhy_diagnose::{Settings, diagnose};
use ecswhy_facts::Snapshot;
use serde_json::{Value, json};

const HOME: &str = "123456789012/us-east-1";
const ROLE: &str = "arn:aws:iam::123456789012:role/orders-execution";
const TASK_ROLE: &str = "arn:aws:iam::123456789012:role/orders-task";
const REPOSITORY: &str = "arn:aws:ecr:us-east-1:123456789012:repository/shop/orders";
const FOREIGN: &str = "210987654321";
const PARAMETER: &str = "arn:aws:ssm:us-east-1:123456789012:parameter/orders/api-key";
const MANAGED: &str = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";
const PULL: [&str; 3] =
    ["ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];

/// An account under change.
struct Account(Value);

impl Account {
    /// A healthy account whose service has been created but has no task yet: nothing is proven by a start.
    fn of(base: &str) -> Self {
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

    fn facts(&mut self) -> &mut Value {
        &mut self.0["facts"][HOME]
    }

    fn service(&mut self) -> &mut Value {
        &mut self.facts()["ecs"]["services"]["shop/orders"]["present"]
    }

    fn definition(&mut self) -> &mut Value {
        let definitions = self.facts()["ecs"]["task_definitions"].as_object_mut().unwrap();
        &mut definitions.values_mut().next().unwrap()["present"]
    }

    fn container(&mut self) -> &mut Value {
        &mut self.definition()["containerDefinitions"][0]
    }

    fn secret(&mut self) -> String {
        first(&self.facts()["secrets"]["secrets"])
    }

    fn key(&mut self) -> String {
        first(&self.facts()["secrets"]["keys"])
    }

    /// Only these inline policies, and no managed one.
    fn only(&mut self, statements: Value) {
        self.facts()["iam"]["attached_policies"]["orders-execution"]["present"] = json!([]);
        self.inline(statements);
    }

    /// The statements of the one inline policy.
    fn inline(&mut self, statements: Value) {
        self.facts()["iam"]["inline_policies"]["orders-execution/start"] =
            json!({ "present": policy(statements) });
    }

    /// What the base allows besides the managed policy, and this.
    fn also(&mut self, statement: Value) {
        let policy =
            &mut self.facts()["iam"]["inline_policies"]["orders-execution/start"]["present"];
        policy["Statement"].as_array_mut().unwrap().push(statement);
    }

    fn boundary(&mut self, statements: Value) {
        let arn = "arn:aws:iam::123456789012:policy/limit";
        let iam = &mut self.facts()["iam"];
        iam["roles"]["orders-execution"]["present"]["PermissionsBoundary"] =
            json!({ "PermissionsBoundaryArn": arn });
        iam["managed_policies"][arn] = json!({ "present": policy(statements) });
    }

    fn secret_policy(&mut self, statement: Value) {
        let secret = self.secret();
        self.facts()["secrets"]["secret_policies"][secret] =
            json!({ "present": policy(json!([statement])).to_string() });
    }

    fn key_policy(&mut self, statements: Value) {
        let key = self.key();
        self.facts()["secrets"]["key_policies"][key] =
            json!({ "present": policy(statements).to_string() });
    }

    /// No secret, no parameter: what a plain service uses.
    fn plain(&mut self) {
        self.container()["secrets"] = json!([]);
        self.no_inline();
    }

    fn no_inline(&mut self) {
        self.facts()["iam"]["inline_policy_names"]["orders-execution"]["present"] = json!([]);
    }

    fn endpoint(&mut self, service: &str) -> &mut Value {
        let endpoints = self.facts()["ec2"]["vpc_endpoints"].as_object_mut().unwrap();
        let listed =
            endpoints.values_mut().flat_map(|list| list["present"].as_array_mut().unwrap());
        let name = format!("com.amazonaws.us-east-1.{service}");
        listed.into_iter().find(|endpoint| endpoint["ServiceName"] == *name).unwrap()
    }

    fn endpoint_policy(&mut self, service: &str, statements: Value) -> String {
        let endpoint = self.endpoint(service);
        endpoint["PolicyDocument"] = json!(policy(statements).to_string());
        endpoint["VpcEndpointId"].as_str().unwrap().to_owned()
    }

    /// The image lies in another account's registry, with this repository policy.
    fn foreign_image(&mut self, repository_policy: Value) -> String {
        let host = format!("{FOREIGN}.dkr.ecr.us-east-1.amazonaws.com");
        self.container()["image"] = json!(format!("{host}/shop/orders:1.42.0"));
        let ecr = self.facts()["ecr"].clone();
        let facts = &mut self.0["facts"];
        facts[format!("{FOREIGN}/us-east-1")] = json!({ "ecr": ecr });
        facts[format!("{FOREIGN}/us-east-1")]["ecr"]["repository_policies"]["shop/orders"] =
            repository_policy;
        REPOSITORY.replace("123456789012", FOREIGN)
    }

    fn report(&self) -> TargetReport {
        let snapshot: Snapshot = serde_json::from_value(self.0.clone()).unwrap();
        diagnose(&snapshot, &Settings::default()).reports.remove(0)
    }

    /// Id and subject of everything that is found, notes left out, risks marked.
    fn found(&self) -> Vec<String> {
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

fn first(map: &Value) -> String {
    map.as_object().unwrap().keys().next().unwrap().clone()
}

fn policy(statements: Value) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn allow(actions: impl Into<Value>, resource: impl Into<Value>) -> Value {
    json!({ "Effect": "Allow", "Action": actions.into(), "Resource": resource.into() })
}

fn deny(actions: impl Into<Value>, resource: impl Into<Value>) -> Value {
    json!({ "Effect": "Deny", "Action": actions.into(), "Resource": resource.into() })
}

fn under(mut statement: Value, operator: &str, key: &str, value: impl Into<Value>) -> Value {
    statement["Condition"] = json!({ operator: { key: value.into() } });
    statement
}

fn by(mut statement: Value, principal: impl Into<Value>) -> Value {
    statement["Principal"] = principal.into();
    statement
}

/// What the base's inline policy allows: secret, parameter, key.
fn secrets(account: &mut Account) -> Vec<Value> {
    let (secret, key) = (account.secret(), account.key());
    vec![
        allow("secretsmanager:GetSecretValue", secret),
        allow("ssm:GetParameters", PARAMETER),
        allow("kms:Decrypt", key),
    ]
}

/// Everything that the base needs, but this action.
fn all_but(account: &mut Account, action: &str) -> Value {
    let mut statements = secrets(account);
    statements.extend(PULL.iter().map(|action| allow(*action, "*")));
    statements.push(allow("ecr:BatchCheckLayerAvailability", "*"));
    statements.push(allow(json!(["logs:CreateLogStream"]), "*"));
    statements.push(allow(json!(["logs:PutLogEvents"]), "*"));
    statements
        .retain(|statement| statement["Action"] != *action && statement["Action"][0] != *action);
    json!(statements)
}

#[test]
fn removing_one_permission_gives_exactly_its_finding() {
    for (action, expected) in [
        ("none", vec![]),
        ("ecr:GetAuthorizationToken", vec!["role/ecr-denied"]),
        ("ecr:BatchGetImage", vec!["role/ecr-denied"]),
        ("ecr:GetDownloadUrlForLayer", vec!["role/ecr-denied"]),
        ("ecr:BatchCheckLayerAvailability", vec!["risk role/ecr-denied"]),
        ("logs:CreateLogStream", vec!["role/log-denied"]),
        ("logs:PutLogEvents", vec!["role/log-denied"]),
        ("secretsmanager:GetSecretValue", vec!["role/secret-denied"]),
        ("ssm:GetParameters", vec!["role/parameter-denied"]),
        ("kms:Decrypt", vec!["role/kms-denied"]),
    ] {
        let mut account = Account::of("nat");
        let statements = all_but(&mut account, action);
        account.only(statements);
        let expected: Vec<String> = expected.into_iter().map(|id| format!("{id} {ROLE}")).collect();
        assert_eq!(account.found(), expected, "without {action}");
        let report = account.report();
        for finding in &report.findings {
            assert!(finding.message.contains(action), "{}", finding.message);
            assert!(!finding.fixes.is_empty(), "{action}: the printed statement does not clear it");
        }
    }
}

#[test]
fn the_managed_policy_is_enough_for_a_plain_service_and_for_nothing_more() {
    let managed =
        json!([{ "PolicyName": "AmazonECSTaskExecutionRolePolicy", "PolicyArn": MANAGED }]);
    let plain = || {
        let mut account = Account::of("nat");
        account.plain();
        assert_eq!(
            account.facts()["iam"]["attached_policies"]["orders-execution"]["present"],
            managed
        );
        account
    };
    assert_eq!(plain().found(), Vec::<String>::new());
    let mut with_secrets = Account::of("nat");
    with_secrets.no_inline();
    assert_eq!(
        with_secrets.found(),
        ["kms", "parameter", "secret"].map(|what| format!("role/{what}-denied {ROLE}"))
    );
    // The driver creates the group only when it is not there.
    let mut creating = plain();
    creating.container()["logConfiguration"]["options"]["awslogs-create-group"] = json!("true");
    assert_eq!(creating.found(), Vec::<String>::new());
    creating.facts()["logs"]["groups"]["/ecs/orders"] = json!("absent");
    assert_eq!(creating.found(), [format!("role/log-denied {ROLE}")]);
    creating.facts()["logs"]["groups"]["/ecs/orders"] =
        json!({ "denied": { "action": "logs:DescribeLogGroups" } });
    assert_eq!(creating.found(), Vec::<String>::new());
    assert_eq!(verdict(&creating, "role/log-denied"), VerdictName::Unknown);
}

fn verdict(account: &Account, id: &str) -> VerdictName {
    let report = account.report();
    let checks = report.stages.iter().flat_map(|stage| &stage.checks);
    checks.into_iter().find(|check| check.id == id).unwrap().verdict
}

/// A change to the account, and what must be found then.
type Rule = (&'static str, fn(&mut Account) -> Vec<String>);

fn nothing() -> Vec<String> {
    Vec::new()
}

fn one(id: &str, subject: &str) -> Vec<String> {
    vec![format!("{id} {subject}")]
}

fn check(base: &str, rules: &[Rule]) {
    for (what, change) in rules {
        let mut account = Account::of(base);
        let expected = change(&mut account);
        assert_eq!(account.found(), expected, "{what}");
    }
}

#[test]
fn actions_and_resources_match_as_in_iam() {
    check(
        "nat",
        &[
            ("wildcards suffice", |a| {
                a.only(json!([
                    allow(json!(["ECR:get*", "ecr:Batch*", "logs:*"]), "*"),
                    allow("secretsmanager:Get*", "*"),
                    allow(json!(["ssm:GetParameter?", "kms:D*"]), "*")
                ]));
                nothing()
            }),
            ("the token on a repository grants nothing", |a| {
                let mut statements = secrets(a);
                statements.push(allow(PULL.to_vec(), REPOSITORY));
                statements.push(allow("ecr:BatchCheckLayerAvailability", REPOSITORY));
                statements.push(allow("logs:*", "*"));
                a.only(json!(statements));
                one("role/ecr-denied", ROLE)
            }),
            ("a log group without its streams", |a| {
                let mut statements = secrets(a);
                statements.push(allow("ecr:*", "*"));
                statements.push(allow(
                    "logs:*",
                    "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/orders",
                ));
                a.only(json!(statements));
                one("role/log-denied", ROLE)
            }),
            ("a log group with its streams", |a| {
                let mut statements = secrets(a);
                statements.push(allow("ecr:*", "*"));
                statements.push(allow(
                    json!(["logs:CreateLogStream", "logs:PutLogEvents"]),
                    "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/orders:*",
                ));
                a.only(json!(statements));
                nothing()
            }),
            ("the secret without its suffix", |a| {
                let bare = a.secret().rsplit_once('-').unwrap().0.to_owned();
                let key = a.key();
                a.inline(json!([
                    allow("secretsmanager:GetSecretValue", bare),
                    allow("ssm:GetParameters", PARAMETER),
                    allow("kms:Decrypt", key)
                ]));
                one("role/secret-denied", ROLE)
            }),
            ("the secret with question marks", |a| {
                let bare = a.secret().rsplit_once('-').unwrap().0.to_owned();
                let key = a.key();
                a.inline(json!([
                    allow("secretsmanager:GetSecretValue", format!("{bare}-??????")),
                    allow("ssm:GetParameters", PARAMETER),
                    allow("kms:Decrypt", key)
                ]));
                nothing()
            }),
            ("the task definition names the secret without its suffix", |a| {
                let secret = a.secret();
                let bare = secret.rsplit_once('-').unwrap().0.to_owned();
                a.container()["secrets"][0]["valueFrom"] = json!(bare);
                let known = a.facts()["secrets"]["secrets"][&secret].clone();
                a.facts()["secrets"]["secrets"][&bare] = known;
                a.facts()["secrets"]["secret_policies"][&bare] = json!("absent");
                nothing()
            }),
            ("ssm:GetParameter is another action", |a| {
                let (secret, key) = (a.secret(), a.key());
                a.inline(json!([
                    allow("secretsmanager:GetSecretValue", secret),
                    allow("ssm:GetParameter", PARAMETER),
                    allow("kms:Decrypt", key)
                ]));
                one("role/parameter-denied", ROLE)
            }),
            ("a parameter with two slashes is another one", |a| {
                let (secret, key) = (a.secret(), a.key());
                a.inline(json!([
                    allow("secretsmanager:GetSecretValue", secret),
                    allow(
                        "ssm:GetParameters",
                        "arn:aws:ssm:us-east-1:123456789012:parameter//orders/api-key"
                    ),
                    allow("kms:Decrypt", key)
                ]));
                one("role/parameter-denied", ROLE)
            }),
            ("a parameter under a customer managed key needs the key", |a| {
                let secret = a.secret();
                let key = a.key();
                a.facts()["secrets"]["secrets"][&secret]["present"]
                    .as_object_mut()
                    .unwrap()
                    .remove("KmsKeyId");
                a.facts()["secrets"]["parameters"]["/orders/api-key"]["present"]["KeyId"] =
                    json!(key);
                a.inline(json!([
                    allow("secretsmanager:GetSecretValue", secret),
                    allow("ssm:GetParameters", PARAMETER)
                ]));
                one("role/kms-denied", ROLE)
            }),
            ("the default keys need nothing", |a| {
                let secret = a.secret();
                a.facts()["secrets"]["secrets"][&secret]["present"]
                    .as_object_mut()
                    .unwrap()
                    .remove("KmsKeyId");
                a.inline(json!([
                    allow("secretsmanager:GetSecretValue", secret),
                    allow("ssm:GetParameters", PARAMETER)
                ]));
                nothing()
            }),
            ("the alias of a key in a policy is not the key", |a| {
                let secret = a.secret();
                a.inline(json!([
                    allow("secretsmanager:GetSecretValue", secret),
                    allow("ssm:GetParameters", PARAMETER),
                    allow("kms:Decrypt", "arn:aws:kms:us-east-1:123456789012:alias/orders")
                ]));
                one("role/kms-denied", ROLE)
            }),
            ("a secret whose key is named by alias", |a| {
                let (secret, key) = (a.secret(), a.key());
                let alias = "alias/orders";
                let known = a.facts()["secrets"]["keys"][&key].clone();
                a.facts()["secrets"]["keys"][alias] = known;
                a.facts()["secrets"]["secrets"][&secret]["present"]["KmsKeyId"] = json!(alias);
                nothing()
            }),
            ("an action that does not exist", |a| {
                a.also(allow("ecr:GetDownloadSizeForLayer", "*"));
                vec![format!("risk role/action-does-not-exist {ROLE}")]
            }),
        ],
    );
}

#[test]
fn who_forbids_is_told() {
    check(
        "nat",
        &[
            ("a boundary without ECR", |a| {
                a.boundary(json!([allow(
                    json!(["logs:*", "secretsmanager:*", "ssm:*", "kms:*"]),
                    "*"
                )]));
                one("role/ecr-denied", ROLE)
            }),
            ("a wide boundary", |a| {
                a.boundary(json!([allow("*", "*")]));
                nothing()
            }),
            ("a Deny of the role's own", |a| {
                a.also(deny("ecr:Batch*", REPOSITORY));
                one("role/ecr-denied", ROLE)
            }),
            ("a Deny for another repository", |a| {
                a.also(deny("ecr:Batch*", format!("{REPOSITORY}-other")));
                nothing()
            }),
            ("the secret's policy denies the role", |a| {
                a.secret_policy(by(
                    deny("secretsmanager:GetSecretValue", "*"),
                    json!({ "AWS": ROLE }),
                ));
                one("secret/resource-policy", &a.secret())
            }),
            ("the secret's policy allows what the role's do not", |a| {
                let key = a.key();
                a.inline(json!([allow("ssm:GetParameters", PARAMETER), allow("kms:Decrypt", key)]));
                a.secret_policy(by(
                    allow("secretsmanager:GetSecretValue", "*"),
                    json!({ "AWS": ROLE }),
                ));
                nothing()
            }),
            ("the secret's policy denies somebody else, and the role's lack it", |a| {
                let key = a.key();
                a.inline(json!([allow("ssm:GetParameters", PARAMETER), allow("kms:Decrypt", key)]));
                a.secret_policy(by(
                    deny("secretsmanager:GetSecretValue", "*"),
                    json!({ "AWS": TASK_ROLE }),
                ));
                one("role/secret-denied", ROLE)
            }),
            ("the secret's policy names the account only", |a| {
                let key = a.key();
                a.inline(json!([allow("ssm:GetParameters", PARAMETER), allow("kms:Decrypt", key)]));
                a.secret_policy(by(
                    allow("secretsmanager:GetSecretValue", "*"),
                    json!({ "AWS": "123456789012" }),
                ));
                one("role/secret-denied", ROLE)
            }),
            ("a Deny in both is two faults", |a| {
                let secret = a.secret();
                a.also(deny("secretsmanager:*", secret.clone()));
                a.secret_policy(by(deny("secretsmanager:*", "*"), "*"));
                vec![
                    format!("role/secret-denied {ROLE}"),
                    format!("secret/resource-policy {secret}"),
                ]
            }),
            ("a key that leaves nothing to IAM", |a| {
                a.key_policy(json!([by(allow("kms:*", "*"), json!({ "AWS": TASK_ROLE }))]));
                one("secret/key-policy", &a.key())
            }),
            ("a key that names the role", |a| {
                let secret = a.secret();
                a.inline(json!([
                    allow("secretsmanager:GetSecretValue", secret),
                    allow("ssm:GetParameters", PARAMETER)
                ]));
                a.key_policy(json!([by(allow("kms:Decrypt", "*"), json!({ "AWS": ROLE }))]));
                nothing()
            }),
            ("a key for Secrets Manager only", |a| {
                a.key_policy(json!([under(
                    by(allow("kms:*", "*"), json!({ "AWS": "123456789012" })),
                    "StringEquals",
                    "kms:ViaService",
                    "secretsmanager.us-east-1.amazonaws.com"
                )]));
                nothing()
            }),
            ("a key for S3 only", |a| {
                a.key_policy(json!([under(
                    by(allow("kms:*", "*"), json!({ "AWS": "123456789012" })),
                    "StringEquals",
                    "kms:ViaService",
                    "s3.us-east-1.amazonaws.com"
                )]));
                one("secret/key-policy", &a.key())
            }),
            ("a grant is a third way", |a| {
                let (secret, key) = (a.secret(), a.key());
                a.inline(json!([
                    allow("secretsmanager:GetSecretValue", secret.clone()),
                    allow("ssm:GetParameters", PARAMETER)
                ]));
                a.key_policy(json!([by(allow("kms:*", "*"), json!({ "AWS": TASK_ROLE }))]));
                a.facts()["secrets"]["key_grants"][key] = json!({ "present": [{ "GrantId": "1", "GranteePrincipal": ROLE, "Operations": ["Decrypt"], "Constraints": { "EncryptionContextSubset": { "SecretARN": secret } } }] });
                nothing()
            }),
            ("a disabled key", |a| {
                let key = a.key();
                a.facts()["secrets"]["keys"][&key]["present"]["KeyState"] = json!("PendingImport");
                one("secret/key-unusable", &key)
            }),
            ("the repository's policy denies the account", |a| {
                let statement = json!({ "Effect": "Deny", "Principal": { "AWS": "123456789012" }, "Action": "ecr:BatchGetImage" });
                a.facts()["ecr"]["repository_policies"]["shop/orders"] = json!({ "present": json!({ "Version": "2008-10-17", "Statement": [statement] }).to_string() });
                one("image/repository-policy", REPOSITORY)
            }),
            ("another account's repository without policy", |a| {
                one("image/repository-policy", &a.foreign_image(json!("absent")))
            }),
            ("another account's repository that lets the role pull", |a| {
                let statement = json!({ "Effect": "Allow", "Principal": { "AWS": ROLE }, "Action": ["ecr:Batch*", "ecr:GetDownloadUrlForLayer"] });
                a.foreign_image(json!({ "present": json!({ "Version": "2008-10-17", "Statement": statement }).to_string() }));
                nothing()
            }),
            ("another account's repository whose policy is not visible", |a| {
                a.foreign_image(json!({ "denied": { "action": "ecr:GetRepositoryPolicy" } }));
                nothing()
            }),
        ],
    );
}

#[test]
fn trust_policies_are_read_with_their_conditions() {
    fn trust(a: &mut Account, statement: Value) {
        a.facts()["iam"]["roles"]["orders-execution"]["present"]["AssumeRolePolicyDocument"] =
            policy(json!([statement]));
    }
    fn to(service: &str) -> Value {
        json!({ "Effect": "Allow", "Principal": { "Service": service }, "Action": "sts:AssumeRole" })
    }
    const ECS: &str = "ecs-tasks.amazonaws.com";
    check(
        "nat",
        &[
            ("another service", |a| {
                trust(a, to("ecs.amazonaws.com"));
                one("role/execution-role-trust", ROLE)
            }),
            ("the right account", |a| {
                trust(a, under(to(ECS), "StringEquals", "aws:SourceAccount", "123456789012"));
                nothing()
            }),
            ("another account", |a| {
                trust(a, under(to(ECS), "StringEquals", "aws:SourceAccount", FOREIGN));
                one("role/execution-role-trust", ROLE)
            }),
            ("the right Region", |a| {
                trust(
                    a,
                    under(
                        to(ECS),
                        "ArnLike",
                        "aws:SourceArn",
                        "arn:aws:ecs:us-east-1:123456789012:*",
                    ),
                );
                nothing()
            }),
            ("another Region", |a| {
                trust(
                    a,
                    under(
                        to(ECS),
                        "ArnLike",
                        "aws:SourceArn",
                        "arn:aws:ecs:eu-west-1:123456789012:*",
                    ),
                );
                one("role/execution-role-trust", ROLE)
            }),
            ("an external id that ECS does not send", |a| {
                trust(a, under(to(ECS), "StringEquals", "sts:ExternalId", "x"));
                one("role/execution-role-trust", ROLE)
            }),
            ("a list of services", |a| {
                let mut statement = to(ECS);
                statement["Principal"]["Service"] = json!(["ec2.amazonaws.com", ECS]);
                trust(a, statement);
                nothing()
            }),
        ],
    );
    // What a person must add is printed, and clears it.
    let mut account = Account::of("nat");
    trust(&mut account, to("ec2.amazonaws.com"));
    assert_eq!(account.report().findings[0].fixes.len(), 1);
}

#[test]
fn endpoint_policies_count_for_what_passes_the_endpoint() {
    check(
        "endpoints",
        &[
            ("S3 without the bucket of the layers", |a| {
                let id = a.endpoint_policy(
                    "s3",
                    json!([by(allow("s3:GetObject", "arn:aws:s3:::mine/*"), "*")]),
                );
                one("network/endpoint-policy", &id)
            }),
            ("S3 with the bucket of the layers", |a| {
                a.endpoint_policy(
                    "s3",
                    json!([by(
                        allow(
                            "s3:GetObject",
                            "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*"
                        ),
                        "*"
                    )]),
                );
                nothing()
            }),
            ("S3 for the account's own principals: ECR is none of them", |a| {
                let id = a.endpoint_policy(
                    "s3",
                    json!([under(
                        by(allow("*", "*"), "*"),
                        "StringEquals",
                        "aws:PrincipalAccount",
                        "123456789012"
                    )]),
                );
                one("network/endpoint-policy", &id)
            }),
            ("S3 for the organization", |a| {
                let id = a.endpoint_policy(
                    "s3",
                    json!([under(
                        by(allow("*", "*"), "*"),
                        "StringEquals",
                        "aws:PrincipalOrgID",
                        "o-abcdef1234"
                    )]),
                );
                one("network/endpoint-policy", &id)
            }),
            ("a gateway endpoint knows no principals", |a| {
                let id = a.endpoint_policy(
                    "s3",
                    json!([by(allow("*", "*"), json!({ "AWS": "123456789012" }))]),
                );
                one("network/endpoint-policy", &id)
            }),
            ("ecr.api without the login", |a| {
                let id =
                    a.endpoint_policy("ecr.api", json!([by(allow("ecr:BatchGetImage", "*"), "*")]));
                one("network/endpoint-policy", &id)
            }),
            ("ecr.dkr needs no login", |a| {
                a.endpoint_policy(
                    "ecr.dkr",
                    json!([by(
                        allow(json!(["ecr:Batch*", "ecr:GetDownloadUrlForLayer"]), REPOSITORY),
                        "*"
                    )]),
                );
                nothing()
            }),
            ("logs for another account", |a| {
                let id = a.endpoint_policy(
                    "logs",
                    json!([by(allow("*", "*"), json!({ "AWS": FOREIGN }))]),
                );
                one("network/endpoint-policy", &id)
            }),
            ("secrets for the account", |a| {
                a.endpoint_policy(
                    "secretsmanager",
                    json!([by(
                        allow("*", "*"),
                        json!({ "AWS": "arn:aws:iam::123456789012:root" })
                    )]),
                );
                nothing()
            }),
            ("a Deny for the role", |a| {
                let id = a.endpoint_policy(
                    "ssm",
                    json!([
                        by(allow("*", "*"), "*"),
                        by(deny("ssm:*", "*"), json!({ "AWS": ROLE }))
                    ]),
                );
                one("network/endpoint-policy", &id)
            }),
            ("a Deny that the printed statement cannot clear is told by hand", |a| {
                let id = a.endpoint_policy("s3", json!([by(allow("*", "*"), "*"), by(json!({ "Effect": "Deny", "Action": "s3:*", "NotResource": "arn:aws:s3:::mine/*" }), "*")]));
                one("network/endpoint-policy", &id)
            }),
        ],
    );
}

#[test]
fn keys_of_the_network_come_with_an_endpoint_only() {
    fn only_through(a: &mut Account, endpoint: &str) {
        let (secret, key) = (a.secret(), a.key());
        a.inline(json!([
            under(
                allow("secretsmanager:GetSecretValue", secret),
                "StringEquals",
                "aws:SourceVpce",
                endpoint
            ),
            allow("ssm:GetParameters", PARAMETER),
            allow("kms:Decrypt", key)
        ]));
    }
    check(
        "endpoints",
        &[
            ("through this endpoint", |a| {
                let id = a.endpoint("secretsmanager")["VpcEndpointId"].as_str().unwrap().to_owned();
                only_through(a, &id);
                nothing()
            }),
            ("through another endpoint", |a| {
                only_through(a, "vpce-00000000000000000");
                one("role/secret-denied", ROLE)
            }),
            ("platform version 1.3.0 reads secrets elsewhere", |a| {
                let id = a.endpoint("secretsmanager")["VpcEndpointId"].as_str().unwrap().to_owned();
                only_through(a, &id);
                a.service()["deployments"][0]["platformVersion"] = json!("1.3.0");
                one("role/secret-denied", ROLE)
            }),
            ("no address comes through an endpoint", |a| {
                a.also(under(deny("ssm:*", "*"), "NotIpAddress", "aws:SourceIp", "203.0.113.0/24"));
                one("role/parameter-denied", ROLE)
            }),
        ],
    );
    check(
        "nat",
        &[
            ("a Deny outside of the VPC applies without an endpoint", |a| {
                a.also(under(
                    deny("secretsmanager:*", "*"),
                    "StringNotEquals",
                    "aws:SourceVpce",
                    "vpce-1",
                ));
                one("role/secret-denied", ROLE)
            }),
            ("a Deny without TLS never applies", |a| {
                a.also(under(deny("*", "*"), "Bool", "aws:SecureTransport", "false"));
                nothing()
            }),
            ("a Deny for other Regions", |a| {
                a.also(under(
                    deny("*", "*"),
                    "StringNotEquals",
                    "aws:RequestedRegion",
                    "eu-west-1",
                ));
                ["ecr", "kms", "log", "parameter", "secret"]
                    .map(|what| format!("role/{what}-denied {ROLE}"))
                    .to_vec()
            }),
            ("tags of the role are known", |a| {
                a.also(under(
                    deny("ssm:*", "*"),
                    "StringNotEquals",
                    "aws:PrincipalTag/team",
                    "shop",
                ));
                a.facts()["iam"]["roles"]["orders-execution"]["present"]["Tags"] =
                    json!([{ "Key": "team", "Value": "shop" }]);
                nothing()
            }),
            ("tags of the secret are known", |a| {
                a.also(under(
                    deny("secretsmanager:*", "*"),
                    "StringEquals",
                    "aws:ResourceTag/sealed",
                    "yes",
                ));
                nothing()
            }),
        ],
    );
}

#[test]
fn what_only_the_request_shows_is_unknown_and_never_incomplete() {
    let mut account = Account::of("nat");
    account.also(under(
        deny("ssm:*", "*"),
        "StringNotEquals",
        "aws:PrincipalOrgID",
        "o-abcdef1234",
    ));
    assert_eq!(account.found(), Vec::<String>::new());
    assert_eq!(verdict(&account, "role/parameter-denied"), VerdictName::Unknown);
    let report = account.report();
    assert_eq!(report.status, Status::Deploying);
    let unknown = report.unknowns.iter().find(|unknown| unknown.check == "role/parameter-denied");
    assert!(unknown.unwrap().reason.contains("aws:PrincipalOrgID"));
}

#[test]
fn a_policy_that_is_not_visible_is_unknown_with_the_permission_that_shows_it() {
    let mut account = Account::of("nat");
    account.facts()["iam"]["inline_policies"]["orders-execution/start"] =
        json!({ "denied": { "action": "iam:GetRolePolicy" } });
    assert_eq!(account.found(), Vec::<String>::new());
    let report = account.report();
    assert_eq!(report.status, Status::Incomplete);
    for id in ["role/ecr-denied", "role/secret-denied", "role/kms-denied"] {
        let unknown = report.unknowns.iter().find(|unknown| unknown.check == id).unwrap();
        assert_eq!(unknown.permission.as_deref(), Some("iam:GetRolePolicy"), "{id}");
    }
}

#[test]
fn files_volumes_and_sessions_need_what_they_use() {
    fn env_file(a: &mut Account, bucket_policy: Value) {
        a.container()["environmentFiles"] =
            json!([{ "type": "s3", "value": "arn:aws:s3:::conf/app.env" }]);
        let storage = &mut a.facts()["storage"];
        storage["objects"]["conf/app.env"] = json!({ "present": { "Key": "app.env" } });
        storage["bucket_policies"]["conf"] = bucket_policy;
    }
    fn fetch(a: &mut Account) {
        a.also(allow("s3:GetObject", "arn:aws:s3:::conf/*"));
        a.also(allow("s3:GetBucketLocation", "arn:aws:s3:::conf"));
    }
    fn volume(a: &mut Account, iam: &str, file_system_policy: Value) {
        a.definition()["volumes"] = json!([{ "name": "data", "efsVolumeConfiguration": {
            "fileSystemId": "fs-1", "transitEncryption": "ENABLED", "authorizationConfig": { "iam": iam }
        } }]);
        let subnets = a.service()["networkConfiguration"]["awsvpcConfiguration"]["subnets"].clone();
        let targets: Vec<Value> = subnets.as_array().unwrap().iter().enumerate().map(|(index, subnet)| json!({
            "MountTargetId": format!("fsmt-{index}"), "FileSystemId": "fs-1", "SubnetId": subnet,
            "LifeCycleState": "available"
        })).collect();
        let storage = &mut a.facts()["storage"];
        storage["file_systems"]["fs-1"] =
            json!({ "present": { "FileSystemId": "fs-1", "LifeCycleState": "available" } });
        storage["mount_targets"]["fs-1"] = json!({ "present": targets });
        storage["file_system_policies"]["fs-1"] = file_system_policy;
    }
    fn text(statement: Value) -> Value {
        json!({ "present": policy(json!([statement])).to_string() })
    }
    check(
        "nat",
        &[
            ("an environment file", |a| {
                env_file(a, json!("absent"));
                fetch(a);
                nothing()
            }),
            ("an environment file without permission", |a| {
                env_file(a, json!("absent"));
                one("role/env-file-denied", ROLE)
            }),
            ("a bucket policy that denies", |a| {
                env_file(a, text(by(deny("s3:GetObject", "arn:aws:s3:::conf/*"), "*")));
                fetch(a);
                one("role/env-file-denied", ROLE)
            }),
            ("a file system without policy lets everybody in", |a| {
                volume(a, "ENABLED", json!("absent"));
                nothing()
            }),
            ("a file system for another role", |a| {
                volume(
                    a,
                    "ENABLED",
                    text(by(allow("elasticfilesystem:*", "*"), json!({ "AWS": ROLE }))),
                );
                one("role/efs-denied", TASK_ROLE)
            }),
            ("a file system for the task role", |a| {
                volume(
                    a,
                    "ENABLED",
                    text(by(allow("elasticfilesystem:*", "*"), json!({ "AWS": TASK_ROLE }))),
                );
                nothing()
            }),
            ("an anonymous mount of a file system for the task role", |a| {
                volume(
                    a,
                    "DISABLED",
                    text(by(allow("elasticfilesystem:*", "*"), json!({ "AWS": TASK_ROLE }))),
                );
                one("role/efs-denied", "fs-1")
            }),
            ("ECS Exec without its channels", |a| {
                a.service()["enableExecuteCommand"] = json!(true);
                vec![format!("risk role/exec-denied {TASK_ROLE}")]
            }),
            ("a role that needs nothing has no finding", |a| {
                a.only(json!([allow("sqs:*", "*")]));
                a.container()["secrets"] = json!([]);
                a.container()["image"] = json!("public.ecr.aws/nginx/nginx:latest");
                a.container().as_object_mut().unwrap().remove("logConfiguration");
                nothing()
            }),
        ],
    );
}

#[test]
fn findings_about_permissions_read_well() {
    let mut lines = Vec::new();
    let mut tell = |base: &str, change: fn(&mut Account)| {
        let mut account = Account::of(base);
        change(&mut account);
        let report = account.report();
        for finding in report.findings.iter().filter(|finding| finding.role != Role::Note) {
            lines.push(finding.message.clone());
            let fixes =
                finding.fixes.iter().filter_map(|id| report.fixes.iter().find(|fix| fix.id == *id));
            for fix in fixes {
                lines.push(format!("  fix: {} {}", fix.title, json!(fix.changes)));
            }
        }
    };
    tell("nat", |a| a.only(json!([allow("sqs:*", "*")])));
    tell("nat", |a| {
        a.boundary(json!([
            allow("ecr:*", "*"),
            allow(json!(["secretsmanager:*", "ssm:*", "kms:*"]), "*")
        ]))
    });
    tell("nat", |a| a.also(deny("ecr:Batch*", "*")));
    tell("nat", |a| a.secret_policy(by(deny("*", "*"), json!({ "AWS": [ROLE, TASK_ROLE] }))));
    tell("nat", |a| a.key_policy(json!([by(allow("kms:*", "*"), json!({ "AWS": TASK_ROLE }))])));
    tell("nat", |a| {
        a.foreign_image(json!("absent"));
    });
    tell("endpoints", |a| {
        a.endpoint_policy("s3", json!([by(allow("s3:GetObject", "arn:aws:s3:::mine/*"), "*")]));
    });
    tell("nat", |a| {
        a.facts()["iam"]["roles"]["orders-task"]["present"]["AssumeRolePolicyDocument"] = policy(
            json!([
                { "Effect": "Allow", "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "sts:AssumeRole" }
            ]),
        );
    });
    tell("nat", |a| a.also(allow("ecr:GetDownloadSizeForLayer", "*")));
    insta::assert_snapshot!(lines.join("\n"));
}
