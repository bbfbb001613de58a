//! What reading secrets and parameters needs: the read itself, and `kms:Decrypt` where a customer managed key encrypts.
//! Secrets Manager and Parameter Store call KMS on the reader's behalf (KMS Developer Guide, "Services that use
//! KMS"), so that no network path of the task counts there.

use crate::checks::secret::reference::{ParameterOf, SecretOf, parameters, secrets};
use crate::launch::Launch;
use crate::permissions::requirement::{Guard, KeyValue, Leaves, Purpose, Requirement, document};
use crate::permissions::way;
use crate::symptom::Symptom;
use ecswhy_facts::ids::partition_of_region;
use ecswhy_facts::needs::SecretNeed;
use ecswhy_facts::secrets::{KeyPolicy, SecretDescription, SecretPolicy};
use ecswhy_facts::{Arn, Fact, Facts, Gap, GapReason, SecretRef};
use ecswhy_network::services::Service;

const REFUSED: &[Symptom] = &[Symptom::SecretAccessDenied, Symptom::RegistryCredentialsInvalid];
const DECRYPT_REFUSED: &[Symptom] = &[Symptom::SecretDecryptDenied, Symptom::SecretAccessDenied];

pub(super) fn add(launch: &Launch<'_>, all: &mut Vec<Requirement>) -> Result<(), Gap> {
    for secret in secrets(launch)? {
        let (json_tail, key) = (secret.need.reference.as_ref().ok(), &secret.key);
        read_secret(launch, secret.facts, key, secret.arn, json_tail, all);
        default_key_across_accounts(launch, &secret, all);
    }
    for parameter in parameters(launch)? {
        all.push(read_parameter(launch, &parameter.arn, parameter.name));
        decrypt_parameter(&parameter, all);
    }
    for need in &launch.needs()?.secrets {
        through_parameter_store(launch, need, all);
    }
    Ok(())
}

fn leaves(launch: &Launch<'_>, service: &'static str, region: &str) -> Leaves {
    match way::logs_in_through_fargate(launch) {
        true => Leaves::Fargate,
        false => Leaves::Task { service, host: Service::new(service, region).host },
    }
}

/// `secretsmanager:GetSecretValue` on the whole ARN, six random characters included, whatever the task definition
/// leaves out of it or adds to it (Secrets Manager User Guide, "ARN of a secret").
fn read_secret(
    launch: &Launch<'_>,
    facts: &Facts,
    key: &str,
    written: &Arn,
    reference: Option<&SecretRef>,
    all: &mut Vec<Requirement>,
) {
    let described = facts.secrets.secrets.ask(key);
    // A secret that does not exist is another check's finding.
    let (described, gap) = match described {
        Ok(None) => return,
        Ok(Some(described)) => (Some(described), None),
        Err(gap) => (None, Some(gap)),
    };
    let resource = described
        .and_then(|described| described.arn.clone())
        .unwrap_or_else(|| written.to_string());
    let leaves = leaves(launch, "secretsmanager", &written.region);
    let mut read = Requirement::new(
        Purpose::Secret,
        "secretsmanager:GetSecretValue",
        &resource,
        leaves,
        REFUSED,
    )
    .guarded_by(secret_policy(facts, key), key)
    .key("secretsmanager:SecretId", KeyValue::One(key.to_owned()))
    .about("secret", key)
    .about("secret", &resource)
    .about("resource", &resource);
    let (stage, version) = match reference {
        Some(SecretRef::Secret { version_stage, version_id, .. }) => {
            (version_stage.clone(), version_id.clone())
        }
        _ => (None, None),
    };
    // Whether a request that names none carries the stage that it means is not documented.
    let given = |text: Option<String>| text.map_or(KeyValue::Unknown, KeyValue::One);
    read = read
        .key("secretsmanager:VersionStage", given(stage))
        .key("secretsmanager:VersionId", given(version));
    match (described, gap) {
        (Some(described), _) => read = with_tags(read, described),
        (None, Some(gap)) if !ends_in_suffix(written) => {
            read.or_resource = Some((format!("{resource}-??????"), gap));
        }
        _ => {}
    }
    all.push(read);
    if let Some(named) = described.and_then(|described| described.kms_key_id.as_deref()) {
        let version = KeyValue::One(resource.clone());
        let about = [("secret", key.to_owned()), ("secret", resource.clone())];
        let via =
            Via { service: "secretsmanager", region: &written.region, account: &written.account };
        if let Some(decrypt) = decrypt(facts, named, &via) {
            let decrypt = decrypt
                .key("kms:EncryptionContext:SecretARN", version)
                .key("kms:EncryptionContext:SecretVersionId", KeyValue::Unknown)
                .key("kms:EncryptionContext:*", KeyValue::Absent)
                .key(
                    "kms:EncryptionContextKeys",
                    KeyValue::Many(vec!["SecretARN".to_owned(), "SecretVersionId".to_owned()]),
                );
            all.push(about.into_iter().fold(decrypt, |all, (name, value)| all.about(name, value)));
        }
    }
}

/// Whether an ARN surely ends in the random suffix: a name can look so too, but seldom with capitals or digits.
fn ends_in_suffix(arn: &Arn) -> bool {
    arn.secret()
        .and_then(|secret| secret.suffix)
        .is_some_and(|suffix| suffix.bytes().any(|b| b.is_ascii_uppercase() || b.is_ascii_digit()))
}

fn with_tags(read: Requirement, described: &SecretDescription) -> Requirement {
    let tags = described
        .tags
        .iter()
        .filter_map(|tag| Some((tag.key.as_deref()?, tag.value.as_deref().unwrap_or_default())));
    read.tagged(&["aws:ResourceTag/", "secretsmanager:ResourceTag/"], tags)
}

fn secret_policy(facts: &Facts, key: &str) -> Guard {
    let gap = |why| Gap {
        call: SecretPolicy::CALL.to_owned(),
        subject: key.to_owned(),
        why: GapReason::Failed { why },
    };
    let text = facts.secrets.secret_policies.ask(key);
    let policy = text.and_then(|text| document(text.map(|text| text.0.as_str()), gap));
    Guard::new(format!("resource policy of {}", name_of(key)), policy)
}

fn name_of(arn: &str) -> &str {
    arn.splitn(7, ':').nth(6).unwrap_or(arn)
}

/// Secrets Manager User Guide, "Access from a different account": the default key cannot be used from another one.
fn default_key_across_accounts(
    launch: &Launch<'_>,
    secret: &SecretOf<'_>,
    all: &mut Vec<Requirement>,
) {
    let described = secret.facts.secrets.secrets.get(&secret.key).present().copied();
    let Some(described) = described.filter(|_| secret.arn.account != launch.snapshot.account)
    else {
        return;
    };
    let home =
        format!("arn:{}:kms:{}:{}", secret.arn.partition, secret.arn.region, secret.arn.account);
    let (key, subject) = match described.kms_key_id.as_deref() {
        None => (None, format!("{home}:alias/aws/secretsmanager")),
        Some(named) if is_alias_of_aws(named) => (None, format!("{home}:alias/aws/secretsmanager")),
        Some(named) => {
            let known = secret.facts.secrets.keys.get(named).present().copied();
            let Some(known) = known.filter(|key| key.key_manager.as_deref() == Some("AWS")) else {
                return;
            };
            let arn = known.arn.clone().unwrap_or_else(|| named.to_owned());
            (Some(arn.clone()), arn)
        }
    };
    let key = key.unwrap_or_else(|| format!("{home}:key/aws-secretsmanager"));
    // KMS Developer Guide, "AWS managed keys": the policy of the key lets only its own account in, through the service.
    let policy = serde_json::json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": { "AWS": "*" }, "Action": "kms:Decrypt", "Resource": "*",
        "Condition": { "StringEquals": { "kms:CallerAccount": secret.arn.account } }
    }] });
    let guard = Guard::new("key policy of aws/secretsmanager", Ok(Some(policy)));
    let mut decrypt =
        Requirement::new(Purpose::Key, "kms:Decrypt", key, Leaves::Service, DECRYPT_REFUSED)
            .guarded_by(guard, subject)
            .about("secret", &secret.key);
    decrypt.guard_only = true;
    all.push(decrypt);
}

/// `ssm:GetParameters`, in the plural: ECS reads all parameters of a task at once.
fn read_parameter(launch: &Launch<'_>, arn: &str, name: &str) -> Requirement {
    let region = arn.split(':').nth(3).unwrap_or_default();
    let leaves = leaves(launch, "ssm", region);
    let read = Requirement::new(Purpose::Parameter, "ssm:GetParameters", arn, leaves, REFUSED)
        .about("parameter", name)
        .about("parameter", arn)
        .about("resource", arn);
    let home = &launch.snapshot.account;
    if arn.split(':').nth(4).is_none_or(|owner| owner == home) {
        return read;
    }
    // A parameter of another account is shared through AWS RAM, whose policy its owner sees.
    let unread = Gap {
        call: "ssm:GetResourcePolicies".to_owned(),
        subject: arn.to_owned(),
        why: GapReason::NotAsked,
    };
    read.guarded_by(Guard::new(format!("resource policy of {name}"), Err(unread)), arn)
}

fn decrypt_parameter(parameter: &ParameterOf<'_>, all: &mut Vec<Requirement>) {
    let Some(described) = parameter.facts.secrets.parameters.get(parameter.name).present().copied()
    else {
        return;
    };
    let key = described
        .key_id
        .as_deref()
        .filter(|_| described.r#type.as_deref().is_none_or(|kind| kind == "SecureString"));
    let Some(key) = key else { return };
    let region = parameter.arn.split(':').nth(3).unwrap_or_default();
    let account = parameter.arn.split(':').nth(4).unwrap_or_default();
    let via = Via { service: "ssm", region, account };
    if let Some(decrypt) = decrypt(parameter.facts, key, &via) {
        all.push(
            decrypt
                .key("kms:EncryptionContext:PARAMETER_ARN", KeyValue::One(parameter.arn.clone()))
                .key("kms:EncryptionContext:*", KeyValue::Absent)
                .key("kms:EncryptionContextKeys", KeyValue::Many(vec!["PARAMETER_ARN".to_owned()]))
                .about("parameter", parameter.name)
                .about("parameter", &parameter.arn),
        );
    }
}

/// Systems Manager User Guide, "Referencing Secrets Manager secrets from Parameter Store parameters": both services
/// must allow the read.
fn through_parameter_store(launch: &Launch<'_>, need: &SecretNeed, all: &mut Vec<Requirement>) {
    let Ok(reference @ SecretRef::SecretThroughParameter { secret, .. }) = &need.reference else {
        return;
    };
    let home = launch.snapshot;
    let (account, region) =
        (reference.account().unwrap_or(&home.account), reference.region().unwrap_or(&home.region));
    let parameter = reference.resource_arn(launch.partition(), &home.region, &home.account);
    let name = format!("/aws/reference/secretsmanager/{secret}");
    all.push(read_parameter(launch, &parameter, &name));
    let facts = home.of(account, region);
    let whole = format!(
        "arn:{}:secretsmanager:{region}:{account}:secret:{secret}",
        partition_of_region(region)
    );
    let written = if secret.starts_with("arn:") { secret.clone() } else { whole };
    if let Ok(arn) = written.parse::<Arn>() {
        read_secret(launch, facts, secret, &arn, None, all);
    }
}

/// Service Authorization Reference, "AWS KMS": keys that requests of other kinds carry, and those of a caller who
/// names the key by alias or runs in an enclave.
const NOT_OF_DECRYPT: [&str; 16] = [
    "kms:RequestAlias",
    "kms:RecipientAttestation:*",
    "kms:Grant*",
    "kms:RetiringPrincipal",
    "kms:MessageType",
    "kms:SigningAlgorithm",
    "kms:MacAlgorithm",
    "kms:KeyAgreementAlgorithm",
    "kms:DataKeyPairSpec",
    "kms:ReEncryptOnSameKey",
    "kms:WrappingAlgorithm",
    "kms:WrappingKeySpec",
    "kms:ExpirationModel",
    "kms:ReplicaRegion",
    "kms:ScheduleKeyDeletionPendingWindowInDays",
    "kms:BypassPolicyLockoutSafetyCheck",
];

/// The service that asks KMS.
struct Via<'v> {
    service: &'static str,
    region: &'v str,
    /// The account in which a key without ARN lies.
    account: &'v str,
}

/// `kms:Decrypt` on a customer managed key through a service; `None` for a key that AWS manages, which lets in whom
/// the service lets in.
fn decrypt(facts: &Facts, named: &str, via: &Via<'_>) -> Option<Requirement> {
    let mut decrypt = decrypt_with(facts, named, via.region, via.account)?;
    let domain = match partition_of_region(via.region) {
        "aws-cn" => "amazonaws.com.cn",
        _ => "amazonaws.com",
    };
    let called = format!("{}.amazonaws.com", via.service);
    decrypt = decrypt
        .key("kms:ViaService", KeyValue::One(format!("{}.{}.{domain}", via.service, via.region)))
        .key("aws:ViaAWSService", KeyValue::One("true".to_owned()))
        .key("aws:CalledVia", KeyValue::Many(vec![called.clone()]))
        .key("aws:CalledViaFirst", KeyValue::One(called.clone()))
        .key("aws:CalledViaLast", KeyValue::One(called));
    for key in NOT_OF_DECRYPT {
        decrypt = decrypt.key(key, KeyValue::Absent);
    }
    Some(decrypt)
}

/// `kms:Decrypt` on a customer managed key, whoever asks.
pub(super) fn decrypt_with(
    facts: &Facts,
    named: &str,
    region: &str,
    account: &str,
) -> Option<Requirement> {
    if is_alias_of_aws(named) {
        return None;
    }
    let metadata = facts.secrets.keys.ask(named);
    let (metadata, doubt) = match metadata {
        Ok(found) => (found, None),
        Err(gap) => (None, Some(gap)),
    };
    if metadata.is_some_and(|key| key.key_manager.as_deref() == Some("AWS")) {
        return None;
    }
    let arn = metadata.and_then(|key| key.arn.clone()).unwrap_or_else(|| {
        let id =
            if named.starts_with("alias/") { named.to_owned() } else { format!("key/{named}") };
        if named.starts_with("arn:") {
            named.to_owned()
        } else {
            format!("arn:{}:kms:{region}:{account}:{id}", partition_of_region(region))
        }
    });
    // KMS API, GetKeyPolicy and ListGrants: asked by id or ARN, never by alias.
    let is_alias = named.starts_with("alias/") || named.contains(":alias/");
    let subject = if is_alias { arn.as_str() } else { named };
    let mut decrypt =
        Requirement::new(Purpose::Key, "kms:Decrypt", &arn, Leaves::Service, DECRYPT_REFUSED)
            .guarded_by(key_policy(facts, subject, &arn), &arn)
            .key("kms:EncryptionAlgorithm", KeyValue::One("SYMMETRIC_DEFAULT".to_owned()))
            .key("kms:KeySpec", KeyValue::One("SYMMETRIC_DEFAULT".to_owned()))
            .key("kms:KeyUsage", KeyValue::One("ENCRYPT_DECRYPT".to_owned()))
            .about("key", &arn)
            .about("resource", &arn);
    if let Some(tags) = facts.tags.get(subject).present() {
        let tags = tags.0.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        decrypt = decrypt.tagged(&["aws:ResourceTag/"], tags);
    }
    // IAM decides on the key that an alias leads to, whose ARN is not known here.
    decrypt.or_resource = doubt.clone().filter(|_| is_alias).and_then(|gap| {
        let (home, _) = arn.split_once(":alias/")?;
        Some((format!("{home}:key/behind-the-alias"), gap))
    });
    decrypt.doubt = doubt;
    Some(decrypt)
}

/// Whether a key is named by the alias of a key that AWS manages.
fn is_alias_of_aws(named: &str) -> bool {
    named.starts_with("alias/aws/") || named.contains(":alias/aws/")
}

fn key_policy(facts: &Facts, named: &str, arn: &str) -> Guard {
    let failed = |why| Gap {
        call: KeyPolicy::CALL.to_owned(),
        subject: named.to_owned(),
        why: GapReason::Failed { why },
    };
    let text = facts.secrets.key_policies.ask(named);
    let policy = text.and_then(|text| match text {
        Some(text) => document(Some(&text.0), failed),
        None => Err(failed("KMS knows no such key".to_owned())),
    });
    let grants = facts
        .secrets
        .key_grants
        .ask(named)
        .map(|grants| grants.map(|grants| grants.0.clone()).unwrap_or_default());
    let id = arn.rsplit('/').next().unwrap_or(arn);
    Guard { label: format!("key policy of {id}"), document: policy, grants }
}
