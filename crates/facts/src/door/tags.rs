//! Tags, as each service spells them.

use super::entry::{Entry, Nonsense};
use crate::Facts;
use crate::tags::ResourceTags;
use serde_json::Value;

/// Several resources in one answer, each with its own.
pub(super) fn of_load_balancing(entry: &Entry<'_>, facts: &mut Facts) {
    let asked = entry.params("ResourceArns");
    let told = || {
        let items = entry.items("TagDescriptions").unwrap_or_default().iter();
        items.filter_map(|item| Some(item.get("ResourceArn")?.as_str()?.to_owned())).collect()
    };
    for arn in if asked.is_empty() { told() } else { asked } {
        let tags = entry.known(|_| {
            let items = entry.items("TagDescriptions")?;
            let own = items
                .iter()
                .find(|item| item.get("ResourceArn").and_then(Value::as_str) == Some(arn.as_str()));
            own.map(|own| listed(own, "Tags", "Key", "Value")).transpose()
        });
        facts.tags.put(arn, tags);
    }
}

pub(super) fn of_repository(entry: &Entry<'_>, facts: &mut Facts) {
    let Some(arn) = entry.param("resourceArn") else { return };
    facts.tags.put(arn, entry.known(|output| listed(output, "tags", "Key", "Value").map(Some)));
}

pub(super) fn of_key(entry: &Entry<'_>, facts: &mut Facts) {
    let Some(key) = entry.param("KeyId") else { return };
    facts
        .tags
        .put(key, entry.known(|output| listed(output, "Tags", "TagKey", "TagValue").map(Some)));
}

fn listed(holder: &Value, list: &str, key: &str, value: &str) -> Result<ResourceTags, Nonsense> {
    let items =
        holder.get(list).and_then(Value::as_array).ok_or_else(|| format!("{list}: not a list"))?;
    let text = |item: &Value, name: &str| item.get(name).and_then(Value::as_str).map(str::to_owned);
    let pairs = items.iter().map(|item| Some((text(item, key)?, text(item, value)?)));
    let tags = pairs.collect::<Option<_>>().ok_or_else(|| format!("{list}: not pairs of texts"))?;
    Ok(ResourceTags(tags))
}
