//! Where a service is: the endpoint and the signing region for a region, in every
//! partition, plain, FIPS and dual-stack. The table comes from AWS's own endpoint
//! rules by `gen/shapes.py`; a region newer than the table falls back to its
//! partition, known by the region's first letters. Endpoints that the user set are
//! not its business.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct Table {
    partitions: Vec<Partition>,
    services: BTreeMap<String, BTreeMap<String, BTreeMap<String, Template>>>,
}

#[derive(Debug, Deserialize)]
struct Partition {
    id: String,
    regions: Vec<String>,
}

/// `{region}` stands for the region; text behind a space is the signing region of
/// a service that has one home in its partition.
#[derive(Debug, Deserialize)]
struct Template {
    url: String,
    #[serde(default)]
    except: BTreeMap<String, Option<String>>,
}

/// First letters of a region and its partition, the longest first. Used for
/// regions that the table does not list.
const PREFIXES: [(&str, &str); 8] = [
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
    ("eu-isoe-", "aws-iso-e"),
    ("us-iso-", "aws-iso"),
    ("us-gov-", "aws-us-gov"),
    ("eusc-", "aws-eusc"),
    ("cn-", "aws-cn"),
    ("", "aws"),
];

#[expect(clippy::expect_used, reason = "the file is committed; a test parses it")]
static TABLE: LazyLock<Table> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../model/endpoints.json"))
        .expect("the committed endpoints are well formed")
});

/// An endpoint and the region to sign for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// `https://ecs.eu-west-1.amazonaws.com`
    pub url: String,
    /// The region in the SigV4 signature.
    pub signing_region: String,
}

/// Which kind of endpoint is wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Variant {
    /// FIPS 140 validated (`AWS_USE_FIPS_ENDPOINT`).
    pub fips: bool,
    /// IPv4 and IPv6 (`AWS_USE_DUALSTACK_ENDPOINT`).
    pub dual_stack: bool,
}

/// The partition of a region, `aws`, `aws-cn`, `aws-us-gov` ...
#[must_use]
pub fn partition(region: &str) -> &'static str {
    let listed = TABLE
        .partitions
        .iter()
        .find(|partition| partition.regions.iter().any(|known| known == region));
    if let Some(partition) = listed {
        return &partition.id;
    }
    PREFIXES
        .iter()
        .find(|(prefix, _)| region.starts_with(prefix))
        .map_or("aws", |(_, partition)| partition)
}

/// The endpoint of the service with this key. `None` where AWS offers none.
pub(crate) fn resolve(service: &str, region: &str, variant: Variant) -> Option<Endpoint> {
    let kind = match (variant.fips, variant.dual_stack) {
        (false, false) => "plain",
        (true, false) => "fips",
        (false, true) => "dual",
        (true, true) => "fipsdual",
    };
    let template = TABLE.services.get(service)?.get(partition(region))?.get(kind)?;
    let text = match template.except.get(region) {
        Some(other) => other.as_ref()?,
        None => &template.url,
    };
    let (url, signing_region) = text.split_once(' ').unwrap_or((text, region));
    Some(Endpoint {
        url: url.replace("{region}", region),
        signing_region: signing_region.to_owned(),
    })
}

/// Whether a text can be a region: a host label, so that it cannot change the host.
pub(crate) fn is_region(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// Whether a text can be the address of an endpoint.
pub(crate) fn is_url(text: &str) -> bool {
    let rest = ["http://", "https://"].iter().find_map(|scheme| text.strip_prefix(scheme));
    let host = rest.and_then(|rest| rest.split('/').next()).unwrap_or_default();
    !host.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::ALL;

    fn url(service: &str, region: &str, fips: bool, dual_stack: bool) -> String {
        match resolve(service, region, Variant { fips, dual_stack }) {
            Some(found) => format!("{} {}", found.url, found.signing_region),
            None => "none".to_owned(),
        }
    }

    #[test]
    fn endpoints_follow_aws_in_every_partition_and_variant() {
        let rows = [
            ("ecs", "eu-west-1", false, false),
            ("ecs", "eu-west-1", true, false),
            ("ecs", "eu-west-1", false, true),
            ("ecs", "cn-north-1", false, false),
            ("ecs", "us-gov-west-1", true, false),
            ("ec2", "us-gov-west-1", true, false),
            ("ecr", "us-east-1", false, false),
            ("ecr", "us-east-1", false, true),
            ("ecr", "us-east-1", true, false),
            ("ecr", "us-gov-east-1", true, false),
            ("iam", "eu-west-1", false, false),
            ("iam", "cn-northwest-1", false, false),
            ("iam", "us-gov-east-1", false, false),
            ("iam", "us-iso-west-1", false, false),
            ("cloudwatch", "ap-south-1", false, false),
            ("elbv2", "ap-south-1", false, false),
            ("efs", "ap-south-1", false, false),
            ("s3", "us-east-1", false, false),
            ("s3", "eu-west-1", false, true),
            ("s3", "cn-north-1", true, false),
            ("sts", "us-isob-east-1", false, false),
            ("service-quotas", "us-east-1", false, false),
            ("ecs", "us-future-7", false, false),
            ("ecs", "cn-future-7", false, false),
        ];
        let text: String = rows
            .iter()
            .map(|&(s, r, f, d)| format!("{s} {r} {f} {d}: {}\n", url(s, r, f, d)))
            .collect();
        insta::assert_snapshot!(text);
    }

    #[test]
    fn every_service_of_the_table_has_an_endpoint_in_every_listed_region() {
        for op in ALL {
            for region in TABLE.partitions.iter().flat_map(|p| &p.regions) {
                assert_ne!(
                    url(op.service.key, region, false, false),
                    "none",
                    "{} {region}",
                    op.name
                );
            }
        }
    }

    #[test]
    fn the_prefixes_agree_with_every_listed_region() {
        for partition in &TABLE.partitions {
            for region in &partition.regions {
                let by_prefix = PREFIXES.iter().find(|(p, _)| region.starts_with(p));
                assert_eq!(by_prefix.unwrap().1, partition.id, "{region}");
            }
        }
    }

    #[test]
    fn an_address_has_a_scheme_and_a_host() {
        for text in ["http://127.0.0.1:5000", "https://x.internal/base/", "http://[::1]:4566"] {
            assert!(is_url(text), "{text}");
        }
        for text in
            ["", "127.0.0.1:5000", "ftp://x", "http://", "http:///x", "not a url", "http://a b"]
        {
            assert!(!is_url(text), "{text}");
        }
    }

    #[test]
    fn a_region_cannot_change_the_host() {
        assert!(is_region("us-east-1"));
        for text in ["", "evil.example/", "us east", "US-EAST-1", "a@b"] {
            assert!(!is_region(text), "{text}");
        }
    }
}
