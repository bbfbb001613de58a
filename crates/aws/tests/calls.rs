//! What goes out and what comes back when all is well: signatures, endpoints,
//! pages, credentials, the clock, the observer.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests; the exception in clippy.toml covers test functions only"
)]

mod support;

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};
use ecswhy_aws::operations::{ec2, ecs, iam, s3, secretsmanager};
use ecswhy_aws::{CallRecord, Client, Observer, Operation};
use serde_json::json;
use support::{Reply, Stub, client, config, settings};

#[tokio::test]
async fn calls_are_signed_for_their_service_and_region() {
    let stub = Stub::start(|_, request| match request {
        text if text.starts_with("get") => Reply::new(200, "<ListBucketResult/>"),
        text if text.contains("getrole") => Reply::new(
            200,
            "<R><GetRoleResult><Role><RoleName>r</RoleName></Role></GetRoleResult></R>",
        ),
        _ => Reply::new(200, "{}"),
    });
    let client = client(&stub);
    let region = Some("eu-west-1");
    client.call(&ecs::LIST_CLUSTERS, region, json!({})).await.unwrap();
    client.call(&iam::GET_ROLE, region, json!({"RoleName": "r"})).await.unwrap();
    client.call(&s3::LIST_OBJECTS_V2, region, json!({"Bucket": "b"})).await.unwrap();
    let seen = stub.requests();
    let agent = format!("user-agent: ecswhy/{}\r\n", env!("CARGO_PKG_VERSION"));
    for request in &seen {
        assert!(request.contains(&agent), "{request}");
        assert!(request.contains("amz-sdk-invocation-id: "), "{request}");
    }
    assert!(seen[0].contains("/eu-west-1/ecs/aws4_request"));
    assert!(seen[0].contains("x-amz-target: amazonec2containerservicev20141113.listclusters"));
    // IAM has one home in the partition, whatever region was asked.
    assert!(seen[1].contains("/us-east-1/iam/aws4_request"));
    assert!(seen[2].contains("/eu-west-1/s3/aws4_request"));
    assert!(seen[2].contains("x-amz-content-sha256: "));
}

#[tokio::test]
async fn a_bucket_is_asked_again_in_its_own_region() {
    let stub = Stub::start(|_, request| {
        if request.contains("/eu-west-1/s3/aws4_request") {
            return Reply::new(200, "<ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>");
        }
        let mut reply = Reply::new(301, "<Error><Code>PermanentRedirect</Code></Error>");
        reply.headers = "x-amz-bucket-region: eu-west-1\r\n".to_owned();
        reply
    });
    let client = client(&stub);
    let answer = client.call(&s3::LIST_OBJECTS_V2, None, json!({"Bucket": "b"})).await;
    assert_eq!(answer.unwrap(), json!({"KeyCount": 0}));
    assert_eq!(client.log()[0].attempts, 2);
}

#[derive(Debug)]
struct OwnEndpoint(String);

impl LoadServiceConfig for OwnEndpoint {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let wanted = ("Secrets Manager", "AWS_ENDPOINT_URL", "endpoint_url");
        ((key.service_id(), key.env(), key.profile()) == wanted).then(|| self.0.clone())
    }
}

#[tokio::test]
async fn a_service_s_own_endpoint_wins_over_the_general_one() {
    let general = Stub::always(Reply::new(200, "{}"));
    let own = Stub::always(Reply::new(200, r#"{"Name":"db"}"#));
    let config =
        config(&general.url).to_builder().service_config(OwnEndpoint(own.url.clone())).build();
    let params = json!({"SecretId": "db"});
    let client = Client::from_config(config.clone(), settings(), None);
    client.call(&secretsmanager::DESCRIBE_SECRET, None, params.clone()).await.unwrap();
    client.call(&ecs::LIST_CLUSTERS, None, json!({})).await.unwrap();
    assert_eq!((own.requests().len(), general.requests().len()), (1, 1));
    // What the person gave on the command line wins over both.
    let mut given = settings();
    given.endpoint_url = Some(general.url.clone());
    let client = Client::from_config(config, given, None);
    client.call(&secretsmanager::DESCRIBE_SECRET, None, params).await.unwrap();
    assert_eq!((own.requests().len(), general.requests().len()), (1, 2));
}

#[tokio::test]
async fn pages_are_read_to_the_end_and_joined() {
    let stub = Stub::start(|n, request| {
        assert!(n == 0 || request.contains(&format!("nexttoken=t{n}")));
        let token = match n {
            0 | 1 => format!("<nextToken>t{}</nextToken>", n + 1),
            _ => String::new(),
        };
        let item = format!("<item><subnetId>s{n}</subnetId></item>");
        Reply::new(200, format!("<R><subnetSet>{item}</subnetSet>{token}</R>"))
    });
    let client = client(&stub);
    let all = client.call_all(&ec2::DESCRIBE_SUBNETS, None, json!({})).await.unwrap();
    let ids = json!([{"SubnetId": "s0"}, {"SubnetId": "s1"}, {"SubnetId": "s2"}]);
    assert_eq!(all, json!({"Subnets": ids}));
    assert_eq!(client.log().len(), 3);
}

#[tokio::test]
async fn pages_asked_for_by_a_flag_carry_size_and_marker() {
    let page = |more: bool, name: &str| {
        let marker = if more { "<Marker>m+1</Marker>" } else { "" };
        format!(
            "<R><ListRolePoliciesResult><IsTruncated>{more}</IsTruncated>{marker}<PolicyNames>\
             <member>{name}</member></PolicyNames></ListRolePoliciesResult></R>"
        )
    };
    let stub = Stub::start(move |n, _| Reply::new(200, page(n == 0, &format!("p{n}"))));
    let params = json!({"RoleName": "r"});
    let all = client(&stub).call_all(&iam::LIST_ROLE_POLICIES, None, params).await.unwrap();
    assert_eq!(all, json!({"PolicyNames": ["p0", "p1"]}));
    let seen = stub.requests();
    assert!(seen[0].contains("maxitems=1000") && !seen[0].contains("marker"));
    assert!(seen[1].contains("maxitems=1000") && seen[1].contains("marker=m%2b1"));
}

#[tokio::test]
async fn a_list_that_never_ends_or_breaks_off_is_an_error() {
    let list = |script: fn(usize) -> Reply| async move {
        let stub = Stub::start(move |n, _| script(n));
        let mut short = settings();
        short.max_pages = 20;
        let client = Client::from_config(config(&stub.url), short, None);
        let all = client.call_all(&ecs::LIST_CLUSTERS, None, json!({})).await;
        (all.unwrap_err(), client.log().len())
    };
    let (error, calls) =
        list(|_| Reply::new(200, r#"{"clusterArns":["a"],"nextToken":"t"}"#)).await;
    assert_eq!((error.kind(), calls), ("cut", 2));
    let endless =
        |n| Reply::new(200, format!("{{\"clusterArns\":[\"a\"],\"nextToken\":\"t{n}\"}}"));
    let (error, calls) = list(endless).await;
    assert_eq!((error.kind(), calls), ("cut", 20));
    let breaks = |n| match n {
        0 => Reply::new(200, r#"{"clusterArns":["a"],"nextToken":"t"}"#),
        _ => Reply::new(403, ""),
    };
    let (error, calls) = list(breaks).await;
    assert_eq!((error.kind(), calls), ("cut", 2));
    assert!(error.to_string().contains("ecs:ListClusters"), "{error}");
}

#[tokio::test]
async fn a_capped_list_says_that_more_exists() {
    let stub = Stub::start(|n, _| {
        Reply::new(200, format!("{{\"taskArns\":[\"a{n}\"],\"nextToken\":\"t{n}\"}}"))
    });
    let pages =
        client(&stub).call_pages(&ecs::LIST_TASKS, None, json!({"cluster": "c"}), 2).await.unwrap();
    assert!(pages.cut);
    assert_eq!(pages.value, json!({"taskArns": ["a0", "a1"]}));
}

#[derive(Debug)]
struct Broken;

impl ProvideCredentials for Broken {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(Err(CredentialsError::provider_error(
            "The SSO session has expired",
        )))
    }
}

#[tokio::test]
async fn missing_broken_and_refused_credentials_are_told_as_such() {
    let stub = Stub::always(Reply::new(
        400,
        r#"{"__type":"ExpiredTokenException","message":"The security token included in the request is expired"}"#,
    ));
    let refused = config(&stub.url);
    let broken =
        refused.to_builder().credentials_provider(SharedCredentialsProvider::new(Broken)).build();
    let mut none = refused.to_builder();
    none.set_credentials_provider(None);
    let rows = [
        (refused, "ExpiredTokenException"),
        (broken, "The SSO session has expired"),
        (none.build(), "no AWS credentials"),
    ];
    for (config, words) in rows {
        let client = Client::from_config(config, settings(), None);
        let error = client.call(&ecs::LIST_CLUSTERS, None, json!({})).await.unwrap_err();
        assert_eq!(error.kind(), "credentials", "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[tokio::test]
async fn a_wrong_clock_is_corrected_by_aws_s_date() {
    let ahead = SystemTime::now() + Duration::from_secs(3 * 3600);
    let date = DateTime::from(ahead).fmt(Format::HttpDate).unwrap();
    let stub = Stub::start(move |n, _| {
        let body = r#"{"__type":"InvalidSignatureException","message":"Signature expired"}"#;
        let mut reply = match n {
            0 => Reply::new(403, body),
            _ => Reply::new(200, "{}"),
        };
        reply.headers = format!("date: {date}\r\n");
        reply
    });
    let client = client(&stub);
    client.call(&ecs::LIST_CLUSTERS, None, json!({})).await.unwrap();
    let hours: Vec<String> = stub
        .requests()
        .iter()
        .map(|request| {
            let at = request.find("x-amz-date: ").unwrap();
            request[at..at + 25].to_owned()
        })
        .collect();
    assert_eq!(hours.len(), 2);
    assert_ne!(hours[0], hours[1]);
}

#[derive(Clone, Default)]
struct Watch(Arc<Mutex<Vec<String>>>);

impl Observer for Watch {
    fn started(&self, operation: &'static Operation, region: &str) {
        let mut seen = self.0.lock().unwrap();
        seen.push(format!("start {} {region}", operation.name));
    }

    fn finished(&self, record: &CallRecord) {
        let mut seen = self.0.lock().unwrap();
        seen.push(format!("end {} {}", record.operation.name, record.outcome()));
    }
}

#[tokio::test]
async fn an_observer_sees_start_and_end() {
    let stub = Stub::always(Reply::new(403, ""));
    let watch = Watch::default();
    let client = Client::from_config(config(&stub.url), settings(), Some(Box::new(watch.clone())));
    let _ = client.call(&ecs::LIST_CLUSTERS, None, json!({})).await;
    assert_eq!(
        *watch.0.lock().unwrap(),
        ["start ListClusters us-east-1", "end ListClusters denied"]
    );
}

#[tokio::test]
async fn many_calls_run_at_once_up_to_the_limit() {
    let stub = Stub::always(Reply { delay: Duration::from_millis(200), ..Reply::new(200, "{}") });
    let client = client(&stub);
    let start = std::time::Instant::now();
    let calls: Vec<_> = (0..40)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.call(&ecs::LIST_CLUSTERS, None, json!({})).await })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    let elapsed = start.elapsed();
    assert!(elapsed < Duration::from_secs(4), "{elapsed:?}");
}
