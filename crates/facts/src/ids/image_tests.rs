//! Image references as people write them, right and wrong.

use super::*;
use proptest::prelude::*;

const SHA: &str = "sha256:625d54dc4bb9e0bc63362cc2b96ba3f5cd3368fdaea22e6f0d232829e8b49931";

fn parts(text: &str) -> (String, String, Option<String>, Option<String>) {
    let image: ImageRef = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
    (image.host, image.repository, image.tag, image.digest)
}

#[test]
fn references_are_split_as_docker_splits_them() {
    let with_digest = format!("111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/app:1.2@{SHA}");
    for (text, host, repository, tag, digest) in [
        ("nginx", "docker.io", "library/nginx", None, None),
        ("nginx:1.27", "docker.io", "library/nginx", Some("1.27"), None),
        ("grafana/grafana", "docker.io", "grafana/grafana", None, None),
        ("docker.io/nginx", "docker.io", "library/nginx", None, None),
        ("index.docker.io/a/b:c", "docker.io", "a/b", Some("c"), None),
        ("localhost/app", "localhost", "app", None, None),
        ("localhost:5000/app:x", "localhost:5000", "app", Some("x"), None),
        ("host:5000", "docker.io", "library/host", Some("5000"), None),
        ("registry.example.com:5000/a/b/c", "registry.example.com:5000", "a/b/c", None, None),
        ("[2001:db8::1]:5000/app", "[2001:db8::1]:5000", "app", None, None),
        (
            "public.ecr.aws/docker/library/nginx:latest",
            "public.ecr.aws",
            "docker/library/nginx",
            Some("latest"),
            None,
        ),
        (
            &with_digest,
            "111122223333.dkr.ecr.eu-west-1.amazonaws.com",
            "team/app",
            Some("1.2"),
            Some(SHA),
        ),
        ("a/b__c--d.e_f:A_1.x-y", "docker.io", "a/b__c--d.e_f", Some("A_1.x-y"), None),
    ] {
        let found = parts(text);
        assert_eq!(
            (found.0.as_str(), found.1.as_str(), found.2.as_deref(), found.3.as_deref()),
            (host, repository, tag, digest),
            "{text}"
        );
    }
}

#[test]
fn an_ecr_image_knows_its_repository_arn() {
    let image: ImageRef =
        "111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/team/app".parse().unwrap();
    assert_eq!(
        image.ecr_repository_arn().unwrap(),
        "arn:aws-cn:ecr:cn-north-1:111122223333:repository/team/app"
    );
    assert_eq!(image.effective_tag(), Some("latest"));
    assert_eq!("nginx".parse::<ImageRef>().unwrap().ecr_repository_arn(), None);
    assert!(!"team/app".parse::<ImageRef>().unwrap().names_its_registry());
}

#[test]
fn an_error_says_why() {
    let message = |text: &str| text.parse::<ImageRef>().unwrap_err().to_string();
    insta::assert_snapshot!(
        [
            "",
            " nginx",
            "https://111122223333.dkr.ecr.eu-west-1.amazonaws.com/app",
            "arn:aws:ecr:eu-west-1:111122223333:repository/app:1",
            "YOUR_ACCOUNT_ID.dkr.ecr.us-east-1.amazonaws.com/app:latest",
            "<account>.dkr.ecr.us-east-1.amazonaws.com/app",
            "app:${IMAGE_TAG}",
            "app:$TAG",
            "111122223333.dkr.ecr.eu-west-1.amazonaws.com/MyApp:1",
            "MyApp",
            "app:",
            "app:a:b",
            "app:-x",
            "app@sha256:abc",
            "app@latest",
            "ex_ample.com/app",
            "registry.example.com:/app",
            "registry.example.com/",
            "/app",
            "a//b",
            "app_",
            "a/b.-c",
        ]
        .map(message)
        .join("\n")
    );
}

proptest! {
    #[test]
    fn a_printed_reference_reads_the_same(
        host in "([a-z]{1,8}\\.[a-z]{2,3}(:[0-9]{1,5})?/)?",
        name in "[a-z0-9]{1,8}(/[a-z0-9]{1,6}([._-][a-z0-9]{1,4}){0,2}){0,3}",
        tag in "(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,20})?",
    ) {
        let image: ImageRef = format!("{host}{name}{tag}").parse().unwrap();
        let mut again: ImageRef = image.to_string().parse().unwrap();
        again.host_written = image.host_written;
        prop_assert_eq!(again, image);
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,60}") {
        let _ = text.parse::<ImageRef>();
    }
}
