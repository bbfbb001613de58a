//! What becomes of a call when AWS, a proxy or the network misbehaves.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests; the exception in clippy.toml covers test functions only"
)]

mod support;

use std::net::TcpListener;
use std::time::Duration;

use ecswhy_aws::operations::{ec2, ecs, iam};
use ecswhy_aws::{CallError, Client, Operation};
use serde_json::{Value, json};
use support::{Reply, Stub, client, config, settings};

/// Calls and returns the outcome's name with the number of attempts.
async fn outcome(
    client: &Client,
    operation: &'static Operation,
    params: Value,
) -> (&'static str, u32) {
    let _ = client.call(operation, None, params).await;
    let record = client.log().pop().unwrap();
    (record.outcome(), record.attempts)
}

const PAGE: &str = "<html><head><title>Error</title></head><body>proxy</body></html>";

#[tokio::test]
async fn a_server_error_is_retried_and_forgotten() {
    let stub = Stub::start(|n, _| match n {
        0 => Reply::new(500, PAGE),
        _ => Reply::new(200, r#"{"clusterArns":["arn:c"]}"#),
    });
    let client = client(&stub);
    assert_eq!(outcome(&client, &ecs::LIST_CLUSTERS, json!({})).await, ("ok", 2));
}

#[tokio::test]
async fn server_errors_without_end_are_nonsense_after_three_attempts() {
    let stub = Stub::always(Reply::new(500, PAGE));
    let client = client(&stub);
    assert_eq!(outcome(&client, &ecs::LIST_CLUSTERS, json!({})).await, ("nonsense", 3));
}

#[tokio::test]
async fn an_optional_operation_has_one_attempt() {
    let stub = Stub::always(Reply::new(500, PAGE));
    let params = json!({"service": "app"});
    assert_eq!(
        outcome(&client(&stub), &ecs::LIST_SERVICE_DEPLOYMENTS, params).await,
        ("nonsense", 1)
    );
}

#[tokio::test]
async fn throttling_is_read_from_the_body_and_retried() {
    let json_body = r#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#;
    let stub = Stub::always(Reply::new(400, json_body));
    assert_eq!(outcome(&client(&stub), &ecs::LIST_CLUSTERS, json!({})).await, ("throttled", 3));
    let xml_body =
        "<Response><Errors><Error><Code>RequestLimitExceeded</Code></Error></Errors></Response>";
    let stub = Stub::start(move |n, _| match n {
        0 => Reply::new(503, xml_body),
        _ => Reply::new(200, "<R><subnetSet/></R>"),
    });
    assert_eq!(outcome(&client(&stub), &ec2::DESCRIBE_SUBNETS, json!({})).await, ("ok", 2));
}

#[tokio::test]
async fn a_403_is_a_denial_whatever_its_body() {
    for body in [PAGE, "", "\u{0}", r#"{"message":null}"#] {
        let stub = Stub::always(Reply::new(403, body));
        for operation in [&ecs::LIST_CLUSTERS, &ec2::DESCRIBE_SUBNETS] {
            assert_eq!(
                outcome(&client(&stub), operation, json!({})).await,
                ("denied", 1),
                "{body:?}"
            );
        }
    }
}

#[tokio::test]
async fn json_that_breaks_off_is_nonsense() {
    let stub = Stub::always(Reply::new(200, r#"{"clusterArns":["arn"#));
    assert_eq!(outcome(&client(&stub), &ecs::LIST_CLUSTERS, json!({})).await, ("nonsense", 1));
}

#[tokio::test]
async fn a_connection_that_breaks_off_is_retried() {
    let body = r#"{"clusterArns":["arn:c"]}"#;
    let stub =
        Stub::start(move |n, _| Reply { cut_at: (n == 0).then_some(5), ..Reply::new(200, body) });
    assert_eq!(outcome(&client(&stub), &ecs::LIST_CLUSTERS, json!({})).await, ("ok", 2));
    let stub = Stub::always(Reply { cut_at: Some(5), ..Reply::new(200, body) });
    assert_eq!(outcome(&client(&stub), &ecs::LIST_CLUSTERS, json!({})).await, ("nonsense", 3));
}

#[tokio::test]
async fn a_huge_answer_is_refused() {
    let body = format!("{{\"clusterArns\":[\"{}\"]}}", "x".repeat(200_000));
    let stub = Stub::always(Reply::new(200, body));
    let client = client(&stub);
    let error = client.call(&ecs::LIST_CLUSTERS, None, json!({})).await.unwrap_err();
    assert_eq!(error.kind(), "nonsense");
    assert!(error.to_string().contains("limit"), "{error}");
}

#[tokio::test]
async fn a_slow_answer_times_out() {
    let stub = Stub::always(Reply { delay: Duration::from_secs(3), ..Reply::new(200, "{}") });
    let mut short = settings();
    short.attempt_timeout = Duration::from_millis(100);
    let client = Client::from_config(config(&stub.url), short, None);
    assert_eq!(outcome(&client, &ecs::LIST_CLUSTERS, json!({})).await, ("timeout", 3));
    let params = json!({"service": "app"});
    assert_eq!(outcome(&client, &ecs::LIST_SERVICE_DEPLOYMENTS, params).await, ("timeout", 1));
}

#[tokio::test]
async fn a_closed_port_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = Client::from_config(config(&url), settings(), None);
    let error = client.call(&ecs::LIST_CLUSTERS, None, json!({})).await.unwrap_err();
    assert_eq!(error.kind(), "unreachable");
    assert!(error.to_string().contains(&url), "{error}");
}

#[tokio::test]
async fn absence_and_denial_carry_aws_s_words() {
    let stub = Stub::always(Reply::new(
        404,
        "<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>no role</Message></Error></ErrorResponse>",
    ));
    let params = json!({"RoleName": "exec"});
    assert_eq!(
        client(&stub).call(&iam::GET_ROLE, None, params).await.unwrap_err(),
        CallError::NotFound { code: "NoSuchEntity".to_owned(), message: "no role".to_owned() }
    );
}

#[tokio::test]
async fn nothing_is_sent_without_region_or_with_foreign_input() {
    let stub = Stub::always(Reply::new(200, "{}"));
    let bare = config(&stub.url).to_builder().region(None).build();
    let client = Client::from_config(bare, settings(), None);
    assert_eq!(outcome(&client, &ecs::LIST_CLUSTERS, json!({})).await, ("not-sent", 0));
    for (region, params) in [("us-east-1/x", json!({})), ("us-east-1", json!({"cluster": 1}))] {
        let result = client.call(&ecs::LIST_CLUSTERS, Some(region), params).await;
        assert_eq!(result.unwrap_err().kind(), "not-sent");
    }
    assert!(stub.requests().is_empty());
}
