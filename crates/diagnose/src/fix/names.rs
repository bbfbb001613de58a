//! Under which subjects the facts keep what a change names, and in which account and region it lies.

use ecswhy_facts::{Arn, Facts, Snapshot};

/// Where a resource lies, and its name there.
pub(super) struct Place {
    pub(super) account: String,
    pub(super) region: String,
    pub(super) name: String,
}

/// An ECR repository, named by its ARN or by its name in the target's account and region.
pub(super) fn repository(snapshot: &Snapshot, text: &str) -> Place {
    match text.parse::<Arn>() {
        Ok(arn) if arn.service == "ecr" => {
            let name = arn.resource.strip_prefix("repository/").unwrap_or(&arn.resource).to_owned();
            Place { account: arn.account, region: arn.region, name }
        }
        _ => Place {
            account: snapshot.account.clone(),
            region: snapshot.region.clone(),
            name: text.to_owned(),
        },
    }
}

/// The region of an ARN; the target's own for everything else.
pub(super) fn region(snapshot: &Snapshot, text: &str) -> String {
    match text.parse::<Arn>() {
        Ok(arn) if !arn.region.is_empty() => arn.region,
        _ => snapshot.region.clone(),
    }
}

/// The subjects under which a secret is kept.
pub(super) fn secret_subjects(facts: &Facts, secret: &str) -> Vec<String> {
    let same = |(subject, found): &(&str, &ecswhy_facts::secrets::SecretDescription)| {
        *subject == secret || found.arn.as_deref() == Some(secret)
    };
    let all = facts.secrets.secrets.present();
    all.filter(same).map(|(subject, _)| subject.to_owned()).collect()
}

/// The subjects under which a key is kept.
pub(super) fn key_subjects(facts: &Facts, key: &str) -> Vec<String> {
    let same = |(subject, found): &(&str, &ecswhy_facts::secrets::KeyMetadata)| {
        *subject == key
            || found.arn.as_deref() == Some(key)
            || (found.key_id.is_some() && found.key_id.as_deref() == Some(key))
    };
    let all = facts.secrets.keys.present();
    all.filter(same).map(|(subject, _)| subject.to_owned()).collect()
}
