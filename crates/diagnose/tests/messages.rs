//! The message reader against labelled texts: `tests/messages/*.jsonl`.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]
use ecswhy_diagnose::Symptom;
use ecswhy_diagnose::messages::{Channel, Message, Reading, read};
use serde::Deserialize;
use std::collections::BTreeMap;

/// One labelled text.
#[derive(Debug, Deserialize)]
struct Case {
    text: String,
    #[serde(default)]
    channel: Option<Channel>,
    #[serde(default)]
    stop_code: Option<String>,
    #[serde(default)]
    exit_code: Option<i32>,
    symptom: String,
    #[serde(default)]
    parameters: BTreeMap<String, String>,
}

impl Case {
    fn message(&self) -> Message {
        Message {
            text: self.text.clone(),
            channel: self.channel,
            stop_code: self.stop_code.clone(),
            exit_code: self.exit_code,
        }
    }

    fn read(&self) -> Reading {
        read(&self.message())
    }
}

fn cases() -> Vec<(String, Case)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/messages");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "jsonl"));
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        for (index, line) in std::fs::read_to_string(&file).unwrap().lines().enumerate() {
            let place = format!("{name}:{}", index + 1);
            cases.push((
                place.clone(),
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{place}: {error}")),
            ));
        }
    }
    cases
}

/// Fargate cuts long texts: what is left of an image may look like one of Docker Hub.
#[test]
fn an_image_that_is_cut_names_no_registry() {
    for image in ["123456789", "123456789012.dkr.ecr.eu-central-1.amazonaws.com/team/ap"] {
        let text = format!(
            "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {image}..."
        );
        let parameters = read(&Message::of(&text)).parameters;
        assert_eq!(parameters.get("image"), Some(image));
        assert_eq!((parameters.get("registry"), parameters.get("repository")), (None, None));
    }
}

#[test]
fn labelled_messages_read_as_labelled() {
    let mut wrong = Vec::new();
    for (place, case) in cases() {
        let reading = case.read();
        if reading.symptom.name() != case.symptom {
            wrong.push(format!(
                "{place}: {} instead of {}: {}",
                reading.symptom, case.symptom, case.text
            ));
        }
        for (name, value) in &case.parameters {
            let found = reading.parameters.get(name);
            if found != Some(value) {
                wrong.push(format!(
                    "{place}: {name} is {found:?} instead of {value:?}: {}",
                    case.text
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

/// Lines of other programs and services; a template holds `{n}` for a number and `{w}` for a word.
const TEMPLATES: &[&str] = &[
    "{w}[{n}]: connection to 10.0.{n}.17:5432 refused",
    "level=error msg=\"{w} failed\" err=\"dial tcp 10.0.{n}.3:443: i/o timeout\"",
    "[ERROR] {w}: request to https://{w}.example.com/v2/items/{n} failed with status code 403",
    "time=\"2024-05-01T10:00:00Z\" level=warning msg=\"lookup {w}.internal: no such host\"",
    "Exception in thread \"{w}-{n}\" java.lang.OutOfMemoryError: Java heap space",
    "{w} worker {n} exited with code 137",
    "service {w} has {n} running workers",
    "Service {w} was unable to process message {n}. Reason: timeout",
    "AccessDenied: User: arn:aws:iam::111122223333:user/{w} is not authorized to perform: s3:GetObject on resource: \"arn:aws:s3:::{w}/{n}\" because no identity-based policy allows the s3:GetObject action",
    "An error occurred (ThrottlingException) when calling the GetMetricData operation: Rate exceeded for {w} ({n})",
    "An error occurred (AccessDeniedException) when calling the GetParameter operation: User: arn:aws:sts::111122223333:assumed-role/{w}/{n} is not authorized to perform: ssm:GetParameter",
    "pod/{w}-{n} Failed to pull image \"{w}:{n}\": failed to resolve reference \"docker.io/library/{w}:{n}\": not found",
    "REPORT RequestId: {w}-{n} Duration: {n} ms Memory Size: 128 MB",
    "kernel: [{n}.12] {w}: segfault at 0 ip 00007f error 4",
    "CREATE_FAILED {w}{n} Resource handler returned message: \"The security group '{w}' does not exist\"",
    "Node {w}-{n} status is now: NodeNotReady (kubelet stopped posting node status)",
    "{w}: task {n} failed: context deadline exceeded",
    "GET /{w}/{n} 404 Not Found",
    "{w} deployment {n} failed: unit tests failed",
    "{w} target {n} is unhealthy",
    "Health checks failed for {w} after {n} attempts",
    "Lambda function {w} could not fetch secret {n}: AccessDeniedException",
    "FATAL: role \"{w}\" does not exist ({n})",
    "mount.nfs: mount system call failed for {w}:{n}",
    "failed to copy {w}: no space left on device ({n} bytes)",
    "{w} circuit breaker opened after {n} failures",
    "The subnet {w} has {n} free addresses",
    "image {w}-{n}.png not found",
    "secret {w} rotated at {n}",
    "log group {w} retention set to {n} days",
];
const WORDS: &[&str] = &[
    "web", "orders", "billing", "auth", "cache", "worker", "gateway", "search", "media", "ledger",
    "cron",
];

#[test]
fn unrelated_texts_read_as_unknown() {
    let file = include_str!("messages/unrelated.txt");
    let generated = (0..10_000usize).map(|seed| {
        let template = TEMPLATES[seed % TEMPLATES.len()];
        let word = WORDS[(seed / TEMPLATES.len()) % WORDS.len()];
        template.replace("{w}", word).replace("{n}", &(seed * 7919 % 9973).to_string())
    });
    let without_channel = include_str!("messages/unrelated_without_channel.txt");
    let wrong: Vec<String> = file
        .lines()
        .chain(without_channel.lines())
        .map(str::to_owned)
        .chain(generated)
        .filter_map(|text| {
            let symptom = read(&Message::of(&text)).symptom;
            (symptom != Symptom::Unknown).then(|| format!("{symptom}: {text}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
}

/// A channel is no licence to guess. Each channel has a few short forms of its own, which are not in the list.
#[test]
fn unrelated_texts_read_as_unknown_in_every_channel() {
    let own = ["Health checks failed", "InternalError: something broke"];
    let mut wrong = Vec::new();
    for channel in [
        Channel::StoppedReason,
        Channel::ContainerReason,
        Channel::ServiceEvent,
        Channel::Deployment,
        Channel::TargetHealth,
    ] {
        for text in
            include_str!("messages/unrelated.txt").lines().filter(|text| !own.contains(text))
        {
            let symptom = read(&Message::of(text).in_channel(channel)).symptom;
            if symptom != Symptom::Unknown {
                wrong.push(format!("{channel:?} {symptom}: {text}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

/// A name and what is done to a text.
type Dress = (&'static str, fn(&str) -> String);

/// What consoles, logs and deploy tools do to a message. None of it changes what the message says.
const DRESSES: &[Dress] = &[
    ("colour", |text| format!("\u{1b}[1;31m{text}\u{1b}[0m")),
    ("escaped colour", |text| format!(r"\u001b[31m{text}\u001b[0m")),
    ("HTML", |text| {
        text.replace('&', "&amp;")
            .replace('"', "&quot;")
            .replace('\'', "&#39;")
            .replace('<', "&lt;")
    }),
    ("JSON", |text| {
        let quoted = serde_json::to_string(text).unwrap();
        quoted[1..quoted.len() - 1].to_owned()
    }),
    ("JSON field", |text| {
        format!("    \"stoppedReason\": {},", serde_json::to_string(text).unwrap())
    }),
    ("time", |text| format!("2025-03-12T11:45:02.123456+00:00 {text}")),
    ("quotation", |text| format!("> {}", text.replace('\n', "\n> "))),
    ("Markdown", |text| format!("**{text}**")),
    ("label", |text| format!("Stopped reason: {text}")),
    ("console", |text| format!("Task stopped at: 2025-03-12T18:15:57.697Z\n{text}")),
    ("Terraform", |text| {
        format!(
            "\u{2577}\n\u{2502} Error: waiting for ECS Service (arn:aws:ecs:eu-west-1:111122223333:service/c/s) create: {text}\n\u{2575}"
        )
    }),
    ("CloudFormation", |text| {
        format!(
            "Resource handler returned message: \"{text}\" (RequestToken: a3ab2120, HandlerErrorCode: GeneralServiceException)"
        )
    }),
    ("Copilot", |text| format!("  2  [9e460aef,c4a82d3a] {text}")),
    ("no-break spaces", |text| text.replace(' ', "\u{a0}")),
];

/// What ECS itself writes around the reason of a task that did not start.
const FRAMES: &[Dress] = &[
    ("event", |text| {
        format!("(service shop, taskSet ecs-svc/1) was unable to place a task. Reason: {text}.")
    }),
    ("old event", |text| format!("service shop was unable to place a task. Reason: {text}")),
    ("stop code", |text| format!("TaskFailedToStart: {text}")),
    ("state", |text| format!("STOPPED ({text})")),
];

#[test]
fn a_dressed_message_reads_as_the_bare_one() {
    use ecswhy_diagnose::SymptomGroup::{
        Container, Identity, Logging, Placement, Pull, Secrets, Storage,
    };
    let mut wrong = Vec::new();
    for (place, case) in cases() {
        let symptom: Symptom = case.symptom.parse().unwrap();
        let starts = [Container, Identity, Logging, Placement, Pull, Secrets, Storage]
            .contains(&symptom.group());
        let frames = FRAMES.iter().filter(|_| starts && case.exit_code.is_none());
        if symptom == Symptom::Unknown || case.text.is_empty() {
            continue;
        }
        for (name, dress) in DRESSES.iter().chain(frames) {
            let message = Message { text: dress(&case.text), ..case.message() };
            let reading = read(&message);
            if reading.symptom != symptom {
                wrong.push(format!(
                    "{place} ({name}): {} instead of {symptom}: {}",
                    reading.symptom, message.text
                ));
            }
            for (parameter, value) in &case.parameters {
                let found = reading.parameters.get(parameter);
                if found != Some(value) && parameter != "service" {
                    wrong.push(format!(
                        "{place} ({name}): {parameter} is {found:?} instead of {value:?}: {}",
                        message.text
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
}

/// What a cut message may read as besides its own label: coarser labels of the same stage, which its beginning already says.
fn coarser(symptom: &str) -> &'static [&'static str] {
    match symptom {
        "registry-credentials-invalid" => &["image-pull-failed", "image-access-denied"],
        // SSM names the action last.
        "secret-decrypt-denied" => &["secret-access-denied"],
        "image-not-found"
        | "image-access-denied"
        | "registry-rate-limited"
        | "image-platform-mismatch"
        | "disk-full"
        | "image-reference-invalid" => &["image-pull-failed", "eni-provisioning-failed"],
        "registry-unreachable" => &["image-pull-failed"],
        // AWS's own sentence before the detail speaks of the registry.
        "layer-download-unreachable" => &["image-pull-failed", "registry-unreachable"],
        "secret-unreachable" | "secret-access-denied" | "secret-not-found" => {
            &["registry-credentials-invalid"]
        }
        "efs-unreachable" | "efs-access-denied" => &["efs-failed"],
        "target-registration-failed" => &["target-unhealthy"],
        "service-linked-role-missing" => &["role-not-assumable"],
        "host-problem" => &["placement-failed", "image-pull-failed"],
        "subnet-out-of-addresses" | "eni-quota-reached" | "security-group-invalid" => {
            &["eni-provisioning-failed"]
        }
        "out-of-memory"
        | "app-error"
        | "command-not-startable"
        | "killed"
        | "segfault"
        | "terminated" => &["container-exited"],
        _ => &[],
    }
}

/// Cuts that leave a whole message of another meaning: nothing in them shows that something followed.
const WHOLE_MESSAGES: &[&str] = &[
    "defined in the task definition.",
    "may require 'docker login'",
    "AccessDeniedException",
    "AccessDeniedException:",
    "essential container in task exited",
    "in subnet 'subnet-0a1b2c3d4e5f60718'",
];

#[test]
fn a_cut_message_never_reads_as_another_fault() {
    let mut wrong = Vec::new();
    for (index, (place, case)) in cases().into_iter().enumerate() {
        let mut message = case.message();
        if message.exit_code.is_some()
            || case.symptom == "unknown"
            || message.stop_code.as_deref() == Some("UserInitiated")
        {
            continue;
        }
        for (end, _) in case.text.char_indices().skip(1 + index % 6).step_by(6) {
            message.text = case.text[..end].to_owned();
            let cut = message.text.trim_end_matches([' ', ':']).to_lowercase();
            let splits_a_number = |c: char| c.is_ascii_digit();
            if case.text[..end].ends_with(splits_a_number)
                && case.text[end..].starts_with(splits_a_number)
            {
                continue;
            }
            if WHOLE_MESSAGES.iter().any(|whole| cut.ends_with(&whole.to_lowercase())) {
                continue;
            }
            let found = read(&message).symptom.name();
            if found != "unknown"
                && found != case.symptom
                && !coarser(&case.symptom).contains(&found)
            {
                wrong.push(format!(
                    "{place}: {found} instead of {}: {}",
                    case.symptom, message.text
                ));
                break;
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}
