//! Which account and region an output is of, told by the ARNs, owners and zones in it.

use crate::Arn;
use serde_json::Value;

/// The account and region that an output or a request names.
pub(super) struct Place {
    pub account: Option<String>,
    pub region: Option<String>,
}

impl Place {
    /// What the documents say, the first of them first; a region that is known stays.
    pub(super) fn of<'a>(
        region: Option<String>,
        documents: impl Iterator<Item = &'a Value>,
    ) -> Self {
        let mut place = Self { account: None, region };
        documents.for_each(|document| place.look(document, 0));
        place
    }

    /// An item's own ARN stands before those of others: members of an object are looked at before deeper ones.
    fn look(&mut self, value: &Value, depth: usize) {
        const OWN: [&str; 15] = [
            "clusterArn",
            "serviceArn",
            "taskArn",
            "taskDefinitionArn",
            "repositoryArn",
            "Arn",
            "ARN",
            "arn",
            "TargetGroupArn",
            "LoadBalancerArn",
            "FileSystemArn",
            "AccessPointArn",
            "SubnetArn",
            "SecretId",
            "KeyId",
        ];
        if depth > 5 || (self.account.is_some() && self.region.is_some()) {
            return;
        }
        match value {
            Value::Object(members) => {
                let text = |name: &str| members.get(name).and_then(Value::as_str);
                OWN.iter().filter_map(|name| text(name)).for_each(|arn| self.arn(arn));
                let is_account = |text: &&str| {
                    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
                };
                let owner =
                    ["OwnerId", "registryId"].iter().find_map(|name| text(name)).filter(is_account);
                if self.account.is_none() {
                    self.account = owner.map(str::to_owned);
                }
                if let (None, Some(zone)) = (&self.region, text("AvailabilityZone")) {
                    let region = zone.trim_end_matches(|letter: char| letter.is_ascii_lowercase());
                    self.region = Some(region.to_owned()).filter(|region| region.contains('-'));
                }
                members.values().for_each(|member| self.look(member, depth + 1));
            }
            Value::Array(items) => {
                items.iter().take(50).for_each(|item| self.look(item, depth + 1))
            }
            Value::String(text) if text.starts_with("arn:") && depth <= 2 => self.arn(text),
            _ => {}
        }
    }

    fn arn(&mut self, text: &str) {
        let Ok(arn) = text.parse::<Arn>() else { return };
        if self.account.is_none() && arn.account.len() == 12 {
            self.account = Some(arn.account.clone());
        }
        if self.region.is_none() && !arn.region.is_empty() {
            self.region = Some(arn.region);
        }
    }
}
