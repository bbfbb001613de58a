//! Names of AWS services: hosts, interface endpoint services, partitions. No addresses.
//! Source: Amazon ECS Developer Guide "Interface VPC endpoints", Amazon ECR User Guide "VPC endpoints",
//! AWS General Reference "Service endpoints", AWS PrivateLink Guide "AWS services that integrate".

use serde::Serialize;

/// A group of Regions with its own domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Partition {
    /// Commercial Regions.
    #[serde(rename = "aws")]
    Aws,
    /// China.
    #[serde(rename = "aws-cn")]
    China,
    /// GovCloud (US).
    #[serde(rename = "aws-us-gov")]
    Gov,
    /// The European Sovereign Cloud.
    #[serde(rename = "aws-eusc")]
    Eusc,
    /// The isolated Regions `us-iso-*`.
    #[serde(rename = "aws-iso")]
    Iso,
    /// The isolated Regions `us-isob-*`.
    #[serde(rename = "aws-iso-b")]
    IsoB,
}

impl Partition {
    /// The partition of a Region.
    pub fn of_region(region: &str) -> Self {
        match region {
            _ if region.starts_with("cn-") => Self::China,
            _ if region.starts_with("us-gov-") => Self::Gov,
            _ if region.starts_with("eusc-") => Self::Eusc,
            _ if region.starts_with("us-isob-") => Self::IsoB,
            _ if region.starts_with("us-iso-") => Self::Iso,
            _ => Self::Aws,
        }
    }

    /// The domain of the Region's hosts.
    pub fn domain(self) -> &'static str {
        match self {
            Self::Aws | Self::Gov => "amazonaws.com",
            Self::China => "amazonaws.com.cn",
            Self::Eusc => "amazonaws.eu",
            Self::Iso => "c2s.ic.gov",
            Self::IsoB => "sc2s.sgov.gov",
        }
    }

    /// The domain of the Region's dual-stack hosts.
    pub fn dual_stack_domain(self) -> &'static str {
        match self {
            Self::China => "api.amazonwebservices.com.cn",
            Self::Eusc => "api.amazonwebservices.eu",
            _ => "api.aws",
        }
    }

    /// What the names of endpoint services start with in this partition, without the Region.
    /// China has both: most services use `cn.com.amazonaws`, S3 and DynamoDB `com.amazonaws`.
    fn endpoint_prefixes(self) -> &'static [&'static str] {
        match self {
            Self::Aws | Self::Gov => &["com.amazonaws"],
            Self::China => &["cn.com.amazonaws", "com.amazonaws"],
            Self::Eusc => &["eu.amazonaws", "com.amazonaws"],
            Self::Iso => &["gov.ic.c2s", "com.amazonaws"],
            Self::IsoB => &["gov.sgov.sc2s", "com.amazonaws"],
        }
    }
}

/// One endpoint of an AWS service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Service {
    /// The endpoint's name without variant: `ecr.api`, `ecr.dkr`, `s3`, `logs`, `secretsmanager`, `ssm`, ...
    pub name: String,
    /// The Region.
    pub region: String,
    /// Whether the FIPS host is asked.
    pub fips: bool,
    /// Whether the dual-stack host is asked.
    pub dual_stack: bool,
    /// The host that is asked.
    pub host: String,
}

/// Services whose host is not `NAME.REGION.DOMAIN`.
const HOST_PREFIX: [(&str, &str); 5] = [
    ("ecr.api", "api.ecr"),
    ("ecr.dkr", "dkr.ecr"),
    ("elasticfilesystem", "elasticfilesystem"),
    ("execute-api", "execute-api"),
    ("autoscaling", "autoscaling"),
];

impl Service {
    /// The usual endpoint of a service in a Region.
    pub fn new(name: &str, region: &str) -> Self {
        let prefix = HOST_PREFIX
            .iter()
            .find(|(service, _)| *service == name)
            .map_or(name, |(_, prefix)| *prefix);
        let host = format!("{prefix}.{region}.{}", Partition::of_region(region).domain());
        Self {
            name: name.to_owned(),
            region: region.to_owned(),
            fips: false,
            dual_stack: false,
            host,
        }
    }

    /// The registry of an account: `ACCOUNT.dkr.ecr.REGION.DOMAIN`.
    pub fn registry(account: &str, region: &str) -> Self {
        let mut service = Self::new("ecr.dkr", region);
        service.host = format!("{account}.{}", service.host);
        service
    }

    /// The bucket that holds the layers of every private image of a Region.
    pub fn layers(region: &str) -> Self {
        Self::bucket(&format!("prod-{region}-starport-layer-bucket"), region)
    }

    /// A bucket.
    pub fn bucket(bucket: &str, region: &str) -> Self {
        let mut service = Self::new("s3", region);
        service.host = format!("{bucket}.{}", service.host);
        service
    }

    /// Reads a host name; `None` when it is no AWS endpoint, or one that exists only on the internet (`public.ecr.aws`).
    pub fn of_host(host: &str) -> Option<Self> {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let (labels, dual_stack) = aws_labels(&host)?;
        let region_at = labels.iter().rposition(|label| is_region(label))?;
        let region = labels[region_at].to_owned();
        let mut front: Vec<&str> = labels[..region_at].to_vec();
        let mut dual_stack = dual_stack;
        if front.last() == Some(&"dualstack") {
            front.pop();
            dual_stack = true;
        }
        // OpenSearch, RDS and the like put the service behind the Region: those hosts are addresses of a resource.
        let (name, fips) = name_of(&front, region_at + 1 < labels.len())?;
        Some(Self { name, region, fips, dual_stack, host })
    }

    /// The names that an endpoint service for this host can have. An endpoint of the plain service serves
    /// the plain host, one of the FIPS variant the FIPS host; S3 and DynamoDB have gateway endpoints of the same name.
    pub fn endpoint_services(&self) -> Vec<String> {
        let prefixes = Partition::of_region(&self.region).endpoint_prefixes();
        let variant = if self.fips && self.name != "s3" { "-fips" } else { "" };
        let mut names: Vec<String> = prefixes
            .iter()
            .map(|prefix| format!("{prefix}.{}.{}{variant}", self.region, self.name))
            .collect();
        // Some services register their FIPS names with the plain endpoint.
        if !variant.is_empty() {
            names.push(format!("{}.{}.{}", prefixes[0], self.region, self.name));
        }
        names
    }

    /// Whether the service has a gateway endpoint.
    pub fn has_gateway_endpoint(&self) -> bool {
        matches!(self.name.as_str(), "s3" | "dynamodb")
    }

    /// The name of the AWS-managed prefix list with the service's addresses.
    pub fn prefix_list_name(&self) -> String {
        format!("com.amazonaws.{}.{}", self.region, self.name)
    }
}

fn aws_labels(host: &str) -> Option<(Vec<&str>, bool)> {
    const DOMAINS: [(&str, bool); 10] = [
        (".amazonaws.com", false),
        (".amazonaws.com.cn", false),
        (".amazonaws.eu", false),
        (".c2s.ic.gov", false),
        (".sc2s.sgov.gov", false),
        (".api.aws", true),
        (".on.aws", true),
        (".api.amazonwebservices.com.cn", true),
        (".on.amazonwebservices.com.cn", true),
        (".api.amazonwebservices.eu", true),
    ];
    DOMAINS
        .iter()
        .find_map(|(domain, dual)| Some((host.strip_suffix(domain)?.split('.').collect(), *dual)))
}

fn is_region(label: &str) -> bool {
    let parts: Vec<&str> = label.split('-').collect();
    (3..=4).contains(&parts.len())
        && parts.iter().all(|part| !part.is_empty())
        && parts.last().is_some_and(|last| last.chars().all(|c| c.is_ascii_digit()))
        && parts[0].len() <= 4
        && parts[..parts.len() - 1].iter().all(|part| part.chars().all(|c| c.is_ascii_lowercase()))
}

fn name_of(front: &[&str], more_behind: bool) -> Option<(String, bool)> {
    if more_behind {
        return None;
    }
    let last = *front.last()?;
    let ecr = |second: &str| match second {
        "api" => Some(("ecr.api".to_owned(), false)),
        "dkr" => Some(("ecr.dkr".to_owned(), false)),
        _ => None,
    };
    match last {
        // Without the label of an API these are the newer names of the API itself.
        "ecr" | "ecr-fips" if front.len() == 1 => {
            return Some(("ecr.api".to_owned(), last == "ecr-fips"));
        }
        "ecr" => return ecr(front.get(front.len().checked_sub(2)?)?),
        "ecr-fips" => {
            let name = ecr(front.get(front.len().checked_sub(2)?)?)?.0;
            return Some((name, true));
        }
        "dkr-ecr" => return Some(("ecr.dkr".to_owned(), false)),
        "dkr-ecr-fips" => return Some(("ecr.dkr".to_owned(), true)),
        "efs" => return None,
        _ => {}
    }
    let (base, fips) = last.strip_suffix("-fips").map_or((last, false), |base| (base, true));
    let service = match (base, front.len()) {
        ("s3", _) => "s3",
        (_, 1) => base,
        _ => return None,
    };
    Some((service.to_owned(), fips))
}

/// Services that a Fargate launch never needs an endpoint for (ECS Developer Guide, "Interface VPC endpoints").
pub const NEVER_REQUIRED: [&str; 5] = ["kms", "sts", "ecs", "ecs-agent", "ecs-telemetry"];
