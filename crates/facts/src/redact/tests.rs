use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

fn masked(text: &str) -> String {
    super::text(text, Redaction::On)
}

#[test]
fn secrets_in_texts_are_masked() {
    for (text, expected) in [
        ("key AKIAIOSFODNN7EXAMPLE used", "key *** used"),
        (
            "postgres://app:s3cr#t!@db.internal:5432/app?sslmode=require",
            "postgres://app:***@db.internal:5432/app?sslmode=require",
        ),
        ("redis://hunter2@cache:6379/0", "redis://***@cache:6379/0"),
        ("redis://:pa@ss@cache:6379/0", "redis://:***@cache:6379/0"),
        (
            "jdbc:mysql://db:3306/app?user=app&password=hunter2",
            "jdbc:mysql://db:3306/app?user=app&password=***",
        ),
        (
            "Server=db;Database=app;User Id=sa;Password=Hunter2!;Encrypt=true",
            "Server=db;Database=app;User Id=sa;Password=***;Encrypt=true",
        ),
        ("Authorization: Bearer abc.def-123456", "Authorization: Bearer ***"),
        (
            "curl -H 'Authorization: Basic dXNlcjpwYXNz' https://x",
            "curl -H 'Authorization: Basic ***' https://x",
        ),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl rejected", "*** rejected"),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nafter",
            "***\nafter",
        ),
        ("-----BEGIN PRIVATE KEY-----\nMIIE cut", "***"),
        (
            r#"{"level":"error","db_password":"hunter2","host":"db"}"#,
            r#"{"level":"error","db_password":"***","host":"db"}"#,
        ),
        (r#"{\"apiKey\": \"abc123\"}"#, r#"{\"apiKey\": \"***\"}"#),
        ("./run --token=abc123 --port=80", "./run --token=*** --port=80"),
        ("DB_PASSWORD=hunter2 ./run", "DB_PASSWORD=*** ./run"),
        ("export DB_PASSWORD='hunter 2'; ./run", "export DB_PASSWORD='***'; ./run"),
        (
            "Server=tcp:db,1433;User ID=sa;Password=Hunter2 with space!;Encrypt=True",
            "Server=tcp:db,1433;User ID=sa;Password=***;Encrypt=True",
        ),
        (
            "jdbc:oracle:thin:scott/tiger@//db:1521/ORCL",
            "jdbc:oracle:thin:scott/***@//db:1521/ORCL",
        ),
        (
            "https://0123456789abcdef0123456789abcdef@o1.ingest.sentry.io/45",
            "https://***@o1.ingest.sentry.io/45",
        ),
        ("//registry.npmjs.org/:_authToken=abcdef-0123", "//registry.npmjs.org/:_authToken=***"),
        ("xapp-1-A0123-456-abcdefabcdef", "***"),
        ("curl -u user:pass https://x/", "curl -u user:*** https://x/"),
        ("mysql -h db -phunter2 -u app", "mysql -h db -p*** -u app"),
        ("redis-cli -h cache -a hunter2 ping", "redis-cli -h cache -a *** ping"),
        ("{host: db, password: hunter2, port: 5432}", "{host: db, password: ***, port: 5432}"),
        ("db_password: hunter2", "db_password: ***"),
        ("curl -H 'X-Api-Key: abcdef123' http://x", "curl -H 'X-Api-Key: ***' http://x"),
        ("Set-Cookie: session=abcdef0123456789; Path=/", "Set-Cookie: ***"),
        ("Authorization Splunk B5A79AAD-D822-46CC", "Authorization Splunk ***"),
        ("ghp_0123456789abcdefghijABCDEFGHIJ012345", "***"),
        ("https://hooks.slack.com/services/T000/B000/XXXX", "https://hooks.slack.com/services/***"),
        (
            "Get \"https://prod-eu-west-1-starport-layer-bucket.s3.eu-west-1.amazonaws.com/a?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=abcdef&x=1\": dial tcp 52.218.1.1:443: i/o timeout",
            "Get \"https://prod-eu-west-1-starport-layer-bucket.s3.eu-west-1.amazonaws.com/a?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=***&x=1\": dial tcp 52.218.1.1:443: i/o timeout",
        ),
    ] {
        assert_eq!(masked(text), expected);
    }
}

#[test]
fn what_a_diagnosis_needs_stays() {
    for text in [
        "failed to fetch secret arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-AbCdEf from secrets manager: AccessDeniedException",
        "no basic auth credentials",
        "pull access denied, repository does not exist or may require authorization: server message: insufficient_scope",
        "unauthorized: authentication required, bearer authentication failed",
        "Www-Authenticate: Bearer realm=\"https://auth.docker.io/token\",service=\"registry.docker.io\"",
        "KeyError: 'DB_PASSWORD'",
        "FATAL: password authentication failed for user \"app\"",
        "invalid token: expected 1 got 2",
        "123456789012.dkr.ecr.us-east-1.amazonaws.com/api@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "https://registry.npmjs.org:443/@scope/pkg",
        "connect ETIMEDOUT 10.0.3.17:5432",
        "SECRET_ARN=arn:aws:secretsmanager:us-east-1:123456789012:secret:x",
        "TOKEN_TTL=3600",
        "USE_TOKEN=true",
        "docker run --user 1000:1000 app",
        "wget -q -O- http://localhost:8080/health",
        "invalid password: expected at least 8 characters",
        "could not read secret: prod/db-1",
        "password: incorrect",
        "TOKENIZER=bert",
        "(RequestToken: 256edf08-7afc-0783-a02f-4fd6be3a7e60, HandlerErrorCode: GeneralServiceException)",
        "MONKEY=banana",
        "S3_KEY=config/app2.yml",
        "KMS_KEY=alias/app",
        "retry later; password authentication failed for user app",
    ] {
        assert_eq!(masked(text), text);
    }
}

#[test]
fn environments_are_masked_by_name_and_by_shape() {
    let mut definition = json!({"containerDefinitions": [{
        "command": ["run", "--db-password", "hunter2", "--port", "80"],
        "environment": [
            {"name": "DB_PASSWORD", "value": "hunter2"},
            {"name": "DB_HOST", "value": "db.internal"},
            {"name": "DATABASE_URL", "value": "postgres://app:hunter2@db.internal:5432/app"},
            {"name": "DB_SECRET_ARN", "value": "arn:aws:secretsmanager:us-east-1:123456789012:secret:x"},
            {"name": "WEBHOOK_SECRET", "value": "https://user:pw@hooks.internal:8443/a/b?c=d"},
            {"name": "ENABLE_AUTH_TOKEN", "value": "true"},
            {"name": "OPENAI_API_KEY", "value": "abc"}],
        "secrets": [{"name": "DB_PASSWORD", "valueFrom": "arn:aws:ssm:us-east-1:123456789012:parameter/db"}],
        "logConfiguration": {"logDriver": "splunk", "options": {"splunk-token": "f00", "splunk-url": "https://s:8088"}}}]});
    value(&mut definition, Redaction::On);
    insta::assert_json_snapshot!(definition);
}

#[test]
fn policies_are_left_as_they_are() {
    let policy = json!({"AssumeRolePolicyDocument": {"Statement": [{"Condition": {"StringEquals": {
        "token.actions.githubusercontent.com:sub_token": "repo:x"}, "sts:ExternalSecret": "password=1"}}]}});
    let mut same = policy.clone();
    value(&mut same, Redaction::On);
    assert_eq!(same, policy);
}

#[test]
fn terminal_control_is_stripped() {
    for (text, expected) in [
        ("\u{1b}[31mERROR\u{1b}[0m one\ttwo\r\nthree", "ERROR one\ttwo\nthree"),
        ("\u{1b}]0;title\u{7}x\u{9b}2Jy\u{8}\u{202e}z", "xyz"),
        ("\u{1b}\u{1b}[31m[31m", "[31m"),
    ] {
        assert_eq!(super::text(text, Redaction::Off), expected);
    }
    let mut document = json!({"a\u{1b}[2Jb": ["\u{0}c", null], "gone": null});
    value(&mut document, Redaction::Off);
    assert_eq!(document, json!({"ab": ["c", null]}));
}

/// Every message of the message reader's corpus: a mask there would change what is read.
#[test]
fn messages_of_aws_are_left_as_they_are() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../diagnose/tests/messages");
    let mut seen = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "jsonl") {
            continue;
        }
        for line in std::fs::read_to_string(&path).unwrap().lines().filter(|line| !line.is_empty())
        {
            let message: Value = serde_json::from_str(line).unwrap();
            let text = message["text"].as_str().unwrap();
            let masked = masked(text);
            seen += 1;
            // Signatures of presigned URLs and access keys are secrets indeed.
            if masked.contains("X-Amz-") || text.contains("AKIA") || text.contains("ASIA") {
                continue;
            }
            assert_eq!(masked, super::clean::text(text), "{}", path.display());
        }
    }
    assert!(seen > 100, "{seen}");
}

fn secretive() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        "\\PC{0,12}",
        "[a-zA-Z0-9_./:@=?&\"' -]{0,20}",
        Just("password=".to_owned()),
        Just("\"token\": \"".to_owned()),
        Just("-----BEGIN PRIVATE KEY-----".to_owned()),
        Just("postgres://u:p@h/".to_owned()),
        Just("Authorization: Bearer ".to_owned()),
        Just("AKIAIOSFODNN7EXAMPLE".to_owned()),
        Just("eyJhbGciOiJIUzI1NiJ9.eyJzdWIi".to_owned()),
        Just("***".to_owned()),
        Just("\u{1b}[3".to_owned()),
    ];
    proptest::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn redaction_is_idempotent(text in secretive(), name in "[A-Z_]{0,4}(PASSWORD|TOKEN|KEY|HOST)[A-Z_]{0,4}") {
        let once = masked(&text);
        prop_assert_eq!(masked(&once), once.clone());
        let mut document = json!({"environment": [{"name": name, "value": text.clone()}], "command": ["--token", text]});
        value(&mut document, Redaction::On);
        let before = document.clone();
        value(&mut document, Redaction::On);
        prop_assert_eq!(document, before);
    }
}
