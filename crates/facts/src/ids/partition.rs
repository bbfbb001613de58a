//! AWS partitions: which one a region belongs to and its DNS suffix.
//! Source: the partition table of the AWS SDKs (`partitions.json`). New regions of a known partition need no change.

/// The partition of a region, by the prefix of its name (`cn-north-1` is in `aws-cn`).
/// A name with no special prefix belongs to `aws`.
#[must_use]
pub fn partition_of_region(region: &str) -> &'static str {
    const PREFIXES: [(&str, &str); 7] = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-isob-", "aws-iso-b"),
        ("us-isof-", "aws-iso-f"),
        ("us-iso-", "aws-iso"),
        ("eu-isoe-", "aws-iso-e"),
        ("eusc-", "aws-eusc"),
    ];
    PREFIXES
        .iter()
        .find(|(prefix, _)| region.starts_with(prefix))
        .map_or("aws", |(_, partition)| partition)
}

/// The DNS suffix of the partition's service hosts (`amazonaws.com` for `aws`).
#[must_use]
pub fn dns_suffix_of_partition(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "amazonaws.com.cn",
        "aws-iso" => "c2s.ic.gov",
        "aws-iso-b" => "sc2s.sgov.gov",
        "aws-iso-e" => "cloud.adc-e.uk",
        "aws-iso-f" => "csp.hci.ic.gov",
        "aws-eusc" => "amazonaws.eu",
        _ => "amazonaws.com",
    }
}

/// The DNS suffix of the partition's dual-stack hosts (`on.aws` for `aws`).
pub(super) fn dual_stack_suffix_of_partition(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "on.amazonwebservices.com.cn",
        "aws-eusc" => "on.amazonwebservices.eu",
        _ => "on.aws",
    }
}

/// Whether the text has the form of a region name: `eu-west-1`, `us-gov-east-1`, `us-isob-east-1`.
pub(super) fn looks_like_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let number_last = parts
        .last()
        .is_some_and(|last| !last.is_empty() && last.bytes().all(|b| b.is_ascii_digit()));
    let words = &parts[..parts.len().saturating_sub(1)];
    number_last
        && (2..=3).contains(&words.len())
        && words.iter().all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_tells_its_partition() {
        for (region, partition) in [
            ("eu-west-1", "aws"),
            ("cn-northwest-1", "aws-cn"),
            ("us-gov-east-1", "aws-us-gov"),
            ("us-iso-east-1", "aws-iso"),
            ("us-isob-east-1", "aws-iso-b"),
            ("eu-isoe-west-1", "aws-iso-e"),
            ("us-isof-south-1", "aws-iso-f"),
            ("eusc-de-east-1", "aws-eusc"),
        ] {
            assert_eq!(partition_of_region(region), partition, "{region}");
            assert!(looks_like_region(region), "{region}");
        }
        for text in ["", "eu", "eu-west", "eu-west-x", "EU-WEST-1", "a-b-c-d-1"] {
            assert!(!looks_like_region(text), "{text}");
        }
    }
}
