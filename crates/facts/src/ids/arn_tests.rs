//! ARNs of the services that a launch touches, right and wrong.

use super::*;
use proptest::prelude::*;

fn arn(text: &str) -> Arn {
    text.parse().unwrap()
}

#[test]
fn ecs_arns_are_read_in_the_long_and_the_short_format() {
    let of = |resource: &str| arn(&format!("arn:aws:ecs:eu-west-1:111122223333:{resource}"));
    assert_eq!(of("cluster/prod").ecs(), Some(EcsResource::Cluster { name: "prod" }));
    assert_eq!(
        of("service/prod/web").ecs(),
        Some(EcsResource::Service { cluster: Some("prod"), name: "web" })
    );
    assert_eq!(of("service/web").ecs(), Some(EcsResource::Service { cluster: None, name: "web" }));
    assert_eq!(
        of("task/prod/0f9d").ecs(),
        Some(EcsResource::Task { cluster: Some("prod"), id: "0f9d" })
    );
    assert_eq!(of("task/0f9d").ecs(), Some(EcsResource::Task { cluster: None, id: "0f9d" }));
    assert_eq!(
        of("task-definition/web:12").ecs(),
        Some(EcsResource::TaskDefinition { family: "web", revision: Some(12) })
    );
    assert_eq!(
        of("task-definition/web").ecs(),
        Some(EcsResource::TaskDefinition { family: "web", revision: None })
    );
    assert_eq!(
        of("task-set/prod/web/ecs-svc/1").ecs(),
        None,
        "an id with a slash is not a task set"
    );
    assert_eq!(
        of("service-deployment/prod/web/abc").ecs(),
        Some(EcsResource::OfService {
            kind: "service-deployment",
            cluster: "prod",
            service: "web",
            id: "abc"
        })
    );
    for resource in ["task-definition/web:x", "service/", "service//web", "cluster", "queue/x"] {
        assert_eq!(of(resource).ecs(), None, "{resource}");
    }
}

#[test]
fn names_of_other_services_are_read() {
    let role = arn("arn:aws:iam::111122223333:role/service-role/team/exec");
    assert_eq!(role.role(), Some(RoleName { path: "/service-role/team/".into(), name: "exec" }));
    assert_eq!(arn("arn:aws:iam::111122223333:role/exec").role().unwrap().path, "/");
    let secret =
        arn("arn:aws:secretsmanager:eu-west-1:111122223333:secret:app/db-password-AbCdEf:key::");
    assert_eq!(
        secret.secret(),
        Some(SecretName {
            full: "app/db-password-AbCdEf",
            name: "app/db-password",
            suffix: Some("AbCdEf")
        })
    );
    assert_eq!(
        arn("arn:aws:secretsmanager:eu-west-1:111122223333:secret:db").secret().unwrap().suffix,
        None
    );
    let parameter =
        |name: &str| arn(&format!("arn:aws:ssm:eu-west-1:111122223333:parameter{name}"));
    assert_eq!(parameter("/a/b").parameter_name(), Some("/a/b"));
    assert_eq!(parameter("/a").parameter_name(), Some("a"));
    assert_eq!(parameter("/").parameter_name(), None);
    assert_eq!(
        arn("arn:aws:logs:eu-west-1:111122223333:log-group:/ecs/web:log-stream:ecs/web/1")
            .log_group_name(),
        Some("/ecs/web")
    );
    assert_eq!(
        arn("arn:aws:ecr:eu-west-1:111122223333:repository/a/b").repository_name(),
        Some("a/b")
    );
    assert_eq!(
        arn("arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/0123")
            .target_group_name(),
        Some("web")
    );
    assert_eq!(
        arn("arn:aws-cn:sts::111122223333:assumed-role/exec/0f9d").assumed_role(),
        Some(("exec", "0f9d"))
    );
    assert_eq!(arn("arn:aws:kms:eu-west-1:111122223333:key/k").kms_key_id(), Some("k"));
    assert_eq!(arn("arn:aws:kms:eu-west-1:111122223333:key/k").role(), None);
}

#[test]
fn an_error_names_what_is_wrong() {
    let message = |text: &str| text.parse::<Arn>().unwrap_err().to_string();
    insta::assert_snapshot!(
        [
            "my-role",
            "arn:aws:iam::111122223333",
            "arn:aws::eu-west-1:111122223333:x",
            "arn:aws:ecs:eu-west-1:111122223333:",
            "arn:google:ecs:eu-west-1:111122223333:cluster/x",
            "arn:aws:ecs:eu-west-1:1234:cluster/x",
            "arn:aws:ecs:eu-west-1:111122223333:cluster/x y",
        ]
        .map(message)
        .join("\n"),
        @r"
    `my-role` is not an ARN: it does not begin with `arn:`
    `arn:aws:iam::111122223333` is not a whole ARN: it has 5 of the 6 parts arn:partition:service:region:account:resource
    `arn:aws::eu-west-1:111122223333:x` is not a valid ARN: its service is empty
    `arn:aws:ecs:eu-west-1:111122223333:` is not a valid ARN: its resource is empty
    `arn:google:ecs:eu-west-1:111122223333:cluster/x` is not a valid ARN: `google` is not an AWS partition
    `arn:aws:ecs:eu-west-1:1234:cluster/x` is not a valid ARN: the account `1234` is not 12 digits
    `arn:aws:ecs:eu-west-1:111122223333:cluster/x y` is not a valid ARN: it contains white space
    "
    );
}

proptest! {
    #[test]
    fn what_parses_prints_as_it_was(text in "arn:aws(-cn)?:[a-z]{2,12}:([a-z]{2}-west-1)?:([0-9]{12})?:[a-z0-9:/*-]{1,40}") {
        prop_assert_eq!(arn(&text).to_string(), text);
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,80}") {
        let parsed = text.parse::<Arn>();
        if let Ok(arn) = parsed {
            let _ = (arn.ecs(), arn.role(), arn.secret(), arn.parameter_name(), arn.log_group_name());
        }
    }
}
