//! Which registry a host is: Amazon ECR private (every partition, FIPS, dual-stack), ECR public, Docker Hub or another.
//! Source: ECR User Guide, "Amazon ECR endpoints" and "Making requests over IPv6"; AWS General Reference, ECR quotas page.

use super::partition::{
    dns_suffix_of_partition, dual_stack_suffix_of_partition, looks_like_region, partition_of_region,
};

/// The registry behind the host of an image reference.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Registry {
    /// A private ECR registry.
    EcrPrivate {
        /// The account that owns the registry.
        account: String,
        /// The registry's region.
        region: String,
        /// The partition of the region.
        partition: &'static str,
        /// A FIPS host (`dkr.ecr-fips` or `dkr-ecr-fips`).
        fips: bool,
        /// A dual-stack host (`ACCOUNT.dkr-ecr.REGION.on.aws`).
        dual_stack: bool,
    },
    /// `public.ecr.aws`
    EcrPublic,
    /// `docker.io`
    DockerHub,
    /// Any other host, with its port.
    Other(String),
}

impl Registry {
    /// Reads a registry host (with port, if any). Case does not count.
    #[must_use]
    pub fn of_host(host: &str) -> Self {
        let lower = host.to_ascii_lowercase();
        let bare = lower.strip_suffix(":443").unwrap_or(&lower);
        match bare {
            "docker.io"
            | "index.docker.io"
            | "registry-1.docker.io"
            | "registry.hub.docker.com" => return Self::DockerHub,
            "public.ecr.aws" | "ecr-public.aws.com" => return Self::EcrPublic,
            _ => {}
        }
        ecr_private(bare).unwrap_or(Self::Other(lower))
    }

    /// Whether this is Amazon ECR with a private registry.
    #[must_use]
    pub fn is_ecr_private(&self) -> bool {
        matches!(self, Self::EcrPrivate { .. })
    }
}

fn ecr_private(host: &str) -> Option<Registry> {
    let (account, rest) = host.split_once('.')?;
    if account.len() != 12 || !account.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (fips, dual_stack, rest) = if let Some(rest) = rest.strip_prefix("dkr.ecr.") {
        (false, false, rest)
    } else if let Some(rest) = rest.strip_prefix("dkr.ecr-fips.") {
        (true, false, rest)
    } else if let Some(rest) = rest.strip_prefix("dkr-ecr.") {
        (false, true, rest)
    } else {
        (true, true, rest.strip_prefix("dkr-ecr-fips.")?)
    };
    let (region, suffix) = rest.split_once('.')?;
    if !looks_like_region(region) {
        return None;
    }
    let partition = partition_of_region(region);
    let expected = if dual_stack {
        dual_stack_suffix_of_partition(partition)
    } else {
        dns_suffix_of_partition(partition)
    };
    (suffix == expected).then(|| Registry::EcrPrivate {
        account: account.to_owned(),
        region: region.to_owned(),
        partition,
        fips,
        dual_stack,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ecr(region: &str, partition: &'static str, fips: bool, dual_stack: bool) -> Registry {
        Registry::EcrPrivate {
            account: "111122223333".into(),
            region: region.into(),
            partition,
            fips,
            dual_stack,
        }
    }

    #[test]
    fn ecr_hosts_of_every_partition_are_recognised() {
        for (host, expected) in [
            ("111122223333.dkr.ecr.eu-west-1.amazonaws.com", ecr("eu-west-1", "aws", false, false)),
            (
                "111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn",
                ecr("cn-north-1", "aws-cn", false, false),
            ),
            (
                "111122223333.dkr.ecr.us-gov-west-1.amazonaws.com",
                ecr("us-gov-west-1", "aws-us-gov", false, false),
            ),
            (
                "111122223333.dkr.ecr-fips.us-gov-west-1.amazonaws.com",
                ecr("us-gov-west-1", "aws-us-gov", true, false),
            ),
            (
                "111122223333.dkr.ecr.us-iso-east-1.c2s.ic.gov",
                ecr("us-iso-east-1", "aws-iso", false, false),
            ),
            (
                "111122223333.dkr.ecr.us-isob-east-1.sc2s.sgov.gov",
                ecr("us-isob-east-1", "aws-iso-b", false, false),
            ),
            (
                "111122223333.dkr.ecr.eusc-de-east-1.amazonaws.eu",
                ecr("eusc-de-east-1", "aws-eusc", false, false),
            ),
            ("111122223333.dkr-ecr.eu-west-1.on.aws", ecr("eu-west-1", "aws", false, true)),
            ("111122223333.dkr-ecr-fips.us-east-1.on.aws", ecr("us-east-1", "aws", true, true)),
            (
                "111122223333.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn",
                ecr("cn-north-1", "aws-cn", false, true),
            ),
            ("public.ecr.aws", Registry::EcrPublic),
            ("docker.io", Registry::DockerHub),
            ("ghcr.io", Registry::Other("ghcr.io".into())),
            ("registry.example.com:5000", Registry::Other("registry.example.com:5000".into())),
        ] {
            assert_eq!(Registry::of_host(host), expected, "{host}");
        }
    }

    #[test]
    fn a_misspelt_ecr_host_is_another_registry() {
        for host in [
            "111122223333.dkr.ecr.eu-west-1.amazonawss.com",
            "111122223333.dkr.ecr.cn-north-1.amazonaws.com",
            "1111.dkr.ecr.eu-west-1.amazonaws.com",
            "111122223333.dkr.ecr.amazonaws.com",
            "111122223333.dkr.ecr..amazonaws.com",
        ] {
            assert_eq!(Registry::of_host(host), Registry::Other(host.into()));
        }
    }
}
