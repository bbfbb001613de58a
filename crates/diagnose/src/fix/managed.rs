//! Who owns what a fix changes: the tags that AWS CloudFormation, the AWS CDK, AWS Copilot and Terraform leave on
//! what they create. Resources whose tags are not collected have no known owner.

use super::names;
use super::subjects::{Subject, subjects};
use crate::change::Change;
use ecswhy_facts::Snapshot;
use std::collections::BTreeMap;

type Tags = BTreeMap<String, String>;

/// The owner of the first changed resource that has one, with the stack and the logical id where tags name them.
pub(super) fn owner(snapshot: &Snapshot, changes: &[Change]) -> Option<String> {
    changes.iter().flat_map(subjects).find_map(|subject| read(&tags(snapshot, &subject)))
}

/// Reads tags. CloudFormation: "Resource tags" in its user guide (`aws:cloudformation:*`, which nobody else can
/// write); the CDK and Copilot deploy through CloudFormation and add tags of their own; Terraform has no tags of its
/// own, so that only the usual conventions show it.
fn read(tags: &Tags) -> Option<String> {
    let tag = |name: &str| tags.get(name).map(String::as_str);
    let begins = |prefix: &str| tags.keys().any(|key| key.starts_with(prefix));
    if let Some(stack) = tag("aws:cloudformation:stack-name") {
        let resource = tag("aws:cloudformation:logical-id")
            .map(|id| format!(", resource {id}"))
            .unwrap_or_default();
        let stack = format!("CloudFormation stack {stack}{resource}");
        return Some(match tag("copilot-application") {
            Some(application) => {
                let part = tag("copilot-service").or_else(|| tag("copilot-environment"));
                let part = part.map(|part| format!("/{part}")).unwrap_or_default();
                format!("AWS Copilot application {application}{part} ({stack})")
            }
            None if begins("aws-cdk:") => format!("AWS CDK ({stack})"),
            None => stack,
        });
    }
    if begins("aws-cdk:") {
        return Some("AWS CDK".to_owned());
    }
    let terraform = tags.iter().find(|(key, value)| {
        let (key, value) = (key.to_ascii_lowercase(), value.to_ascii_lowercase());
        let names_tool = key == "terraform" || key == "opentofu" || key.starts_with("terraform:");
        let says_managed =
            key.contains("managed") || key.contains("provision") || key.contains("created");
        (names_tool && value != "false")
            || (says_managed && (value.contains("terraform") || value.contains("opentofu")))
    });
    terraform.map(|(key, value)| format!("Terraform (tag {key}={value})"))
}

fn tags(snapshot: &Snapshot, subject: &Subject) -> Tags {
    let facts = snapshot.home();
    let ec2 = &facts.ec2;
    macro_rules! of {
        ($listing:ident, $id:expr, $tags:ident) => {
            ec2.$listing.by_id($id).ok().flatten().map(|found| {
                found
                    .$tags
                    .iter()
                    .filter_map(|tag| Some((tag.key.clone()?, tag.value.clone()?)))
                    .collect()
            })
        };
    }
    let ecs = |tags: &[ecswhy_facts::ecs::Tag]| {
        tags.iter().filter_map(|tag| Some((tag.key.clone()?, tag.value.clone()?))).collect()
    };
    let iam = |tags: &[ecswhy_facts::iam::Tag]| {
        tags.iter().filter_map(|tag| Some((tag.key.clone()?, tag.value.clone()?))).collect()
    };
    let found: Option<Tags> = match subject {
        Subject::Vpc(id) => of!(vpcs, id, tags),
        Subject::Subnet(id) => of!(subnets, id, tags),
        Subject::RouteTable(id) => of!(route_tables, id, tags),
        Subject::SecurityGroup(id) => of!(security_groups, id, tags),
        Subject::NetworkAcl(id) => of!(network_acls, id, tags),
        Subject::Endpoint(id) => of!(vpc_endpoints, id, tags),
        Subject::InternetGateway(id) => of!(internet_gateways, id, tags),
        Subject::Service(key) => {
            facts.ecs.services.get(key).present().map(|service| ecs(&service.tags))
        }
        Subject::TaskDefinition(arn) => {
            facts.ecs.task_definitions.get(arn).present().map(|found| ecs(&found.tags))
        }
        Subject::Role(name) => facts.iam.roles.get(name).present().map(|role| iam(&role.tags)),
        Subject::FileSystem(id) => {
            facts.storage.file_systems.get(id).present().map(|found| iam(&found.tags))
        }
        Subject::Secret(name) => {
            let described = snapshot.facts.values().flat_map(|facts| {
                names::secret_subjects(facts, name)
                    .into_iter()
                    .filter_map(|subject| facts.secrets.secrets.get(&subject).present().copied())
            });
            described.map(|secret| iam(&secret.tags)).next()
        }
        Subject::Tagged(name) => {
            let mut tagged = snapshot.facts.values().flat_map(|facts| {
                let asked = names::key_subjects(facts, name).into_iter().chain([name.clone()]);
                asked.filter_map(|asked| facts.tags.get(&asked).present().copied())
            });
            tagged.next().map(|tags| tags.0.clone())
        }
        Subject::Other(_) => None,
    };
    found.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use crate::change::Change;
    use ecswhy_facts::tags::ResourceTags;
    use ecswhy_facts::{Known, Snapshot, Time};
    use std::collections::BTreeMap;

    #[test]
    fn tags_that_were_asked_for_apart_name_the_owner_too() {
        let now = Time::parse("2026-03-12T11:00:00Z").unwrap();
        let mut snapshot = Snapshot::new(now, "111122223333", "eu-west-1");
        let tags = |stack: &str| {
            let tags = [("aws:cloudformation:stack-name".to_owned(), stack.to_owned())];
            Known::Present(ResourceTags(tags.into()))
        };
        let group = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/a1";
        let key = "1234abcd-12ab-34cd-56ef-1234567890ab";
        let facts = snapshot.of_mut("111122223333", "eu-west-1");
        facts.tags.put(group, tags("web"));
        facts.tags.put(key, tags("keys"));
        let check =
            Change::SetHealthCheck { target_group: group.to_owned(), settings: BTreeMap::new() };
        let enable = Change::EnableKey { key: key.to_owned(), cancel_deletion: false };
        let owner = |change| super::owner(&snapshot, &[change]);
        assert_eq!(owner(check).as_deref(), Some("CloudFormation stack web"));
        assert_eq!(owner(enable).as_deref(), Some("CloudFormation stack keys"));
    }

    #[test]
    fn tags_name_the_owner() {
        let read = |pairs: &[(&str, &str)]| {
            let tags = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
            super::read(&tags.collect()).unwrap_or_default()
        };
        let stack = ("aws:cloudformation:stack-name", "net");
        let logical = ("aws:cloudformation:logical-id", "SubnetA");
        assert_eq!(read(&[]), "");
        assert_eq!(read(&[("Name", "terraform")]), "");
        assert_eq!(read(&[stack, logical]), "CloudFormation stack net, resource SubnetA");
        assert_eq!(
            read(&[stack, ("aws-cdk:subnet-type", "Private")]),
            "AWS CDK (CloudFormation stack net)"
        );
        assert_eq!(
            read(&[stack, ("copilot-application", "shop"), ("copilot-service", "api")]),
            "AWS Copilot application shop/api (CloudFormation stack net)"
        );
        assert_eq!(read(&[("ManagedBy", "Terraform")]), "Terraform (tag ManagedBy=Terraform)");
        assert_eq!(read(&[("terraform", "true")]), "Terraform (tag terraform=true)");
        assert_eq!(read(&[("terraform", "false")]), "");
    }
}
