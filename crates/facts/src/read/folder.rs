//! A folder of AWS CLI outputs as a snapshot. Files are recognised by the names that `snapshot --script` gives them,
//! else by their content. What cannot be read or told is a warning, one sentence each, never an end.
//!
//! Without a file of the script that says it, the snapshot is taken at the newest time that an ECS answer or a log line
//! tells: an archive's or a checkout's file times say when it was unpacked. Only when no fact tells a time, the newest
//! file time counts. The account and region are those of the services, else of the other ECS answers, else of any.

use super::kinds::{self, Kind};
use super::meta::{META_FILE, Meta};
use super::place::Place;
use super::request_name::RequestName;
use super::{cli_error, subject, text};
use crate::door::{self, Answer, Outcome};
use crate::error::ReadError;
use crate::redact::{self, Redaction};
use crate::{Snapshot, Target, Time};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Largest file of a folder that is read, MiB.
const LARGEST_FILE_MIB: u64 = 64;
/// Largest sum of all files, MiB.
const LARGEST_SUM_MIB: u64 = 512;
/// Most files that are looked at.
const MOST_FILES: usize = 20_000;
/// Deepest nesting of folders.
const DEEPEST: usize = 16;
/// Endings of files that are no outputs, and need no warning.
const OTHER_FILES: [&str; 9] = ["sh", "md", "tf", "yml", "yaml", "ps1", "py", "zip", "log"];

/// What a folder held.
#[derive(Clone, Debug)]
pub struct Folder {
    /// The facts.
    pub snapshot: Snapshot,
    /// Files that were left out, and why: one sentence each, beginning with the file's name.
    pub warnings: Vec<String>,
}

/// One output with what is known of its request.
struct Input {
    /// Path below the folder, for names and messages.
    path: String,
    call: String,
    /// The request, where the file's name tells it.
    request: Option<RequestName>,
    outcome: Outcome,
}

impl Input {
    fn output(&self) -> Option<&Value> {
        match &self.outcome {
            Outcome::Answered { output, .. } => Some(output),
            _ => None,
        }
    }

    /// The account and region that the request or the output names.
    fn place(&self) -> Place {
        let named = |name: fn(&RequestName) -> &String| {
            self.request.as_ref().map(name).filter(|text| !text.is_empty()).cloned()
        };
        let params = self.request.iter().map(|request| &request.params);
        let mut place = Place::of(named(|it| &it.region), self.output().into_iter().chain(params));
        place.account = named(|it| &it.account).or(place.account);
        place
    }
}

/// Reads a folder of AWS CLI outputs, whatever its layout.
///
/// # Errors
/// When the folder cannot be read, holds too much, or holds no output that is recognised.
pub fn folder(path: &Path, redaction: Redaction) -> Result<Folder, ReadError> {
    let mut files = Vec::new();
    walk(path, path, 0, &mut files)?;
    let mut reading = Reading::default();
    let mut sum = 0;
    for file in &files {
        sum += reading.file(path, file)?;
        if sum > LARGEST_SUM_MIB << 20 {
            let what = format!("more than {LARGEST_SUM_MIB} MiB of files");
            return Err(ReadError::TooMany { path: path.to_owned(), what });
        }
    }
    let Reading { meta, mut inputs, errors, mut warnings } = reading;
    inputs.extend(
        errors.into_iter().filter_map(|(name, text)| unanswered(&name, &text, &mut warnings)),
    );
    if inputs.is_empty() {
        let because = warnings.first().map(|warning| format!(" ({warning})")).unwrap_or_default();
        return Err(ReadError::NothingRecognised { path: path.to_owned(), because });
    }
    inputs.sort_by(|a, b| (door::order(&a.call), &a.path).cmp(&(door::order(&b.call), &b.path)));
    let (account, region) = home(&meta, &inputs);
    let taken_at = meta.taken_at.or_else(|| newest_fact(&inputs)).or_else(|| newest_file(&files));
    let taken_at = taken_at
        .or_else(|| Time::from_millis(0))
        .ok_or(ReadError::NothingRecognised { path: path.to_owned(), because: String::new() })?;
    let mut snapshot = Snapshot::new(taken_at, account, region);
    snapshot.targets.clone_from(&meta.targets);
    for input in inputs {
        if snapshot.targets.is_empty() && door::order(&input.call) >= door::TASKS {
            snapshot.targets = services(&snapshot);
        }
        if let Err(why) = absorb(&mut snapshot, &input, redaction) {
            warnings.push(format!("{}: {why}", input.path));
        }
    }
    if snapshot.targets.is_empty() {
        snapshot.targets = services(&snapshot);
    }
    if snapshot.targets.is_empty() {
        snapshot.targets = tasks(&snapshot);
    }
    let warnings = warnings.iter().map(|warning| redact::text(warning, redaction)).collect();
    Ok(Folder { snapshot, warnings })
}

fn walk(
    root: &Path,
    folder: &Path,
    depth: usize,
    files: &mut Vec<PathBuf>,
) -> Result<(), ReadError> {
    let io = |source| ReadError::Io { path: folder.to_owned(), source };
    let too_many = |what: String| ReadError::TooMany { path: root.to_owned(), what };
    if depth > DEEPEST {
        return Err(too_many(format!("folders nested more than {DEEPEST} deep")));
    }
    let mut entries: Vec<_> =
        std::fs::read_dir(folder).map_err(io)?.collect::<Result<_, _>>().map_err(io)?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let kind = entry.file_type().map_err(io)?;
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if kind.is_dir() {
            walk(root, &path, depth + 1, files)?;
        } else if kind.is_file() || (kind.is_symlink() && path.is_file()) {
            // A link to a folder is not followed: it may lead back here.
            files.push(path);
        }
        if files.len() > MOST_FILES {
            return Err(too_many(format!("more than {MOST_FILES} files")));
        }
    }
    Ok(())
}

/// What was read so far.
#[derive(Default)]
struct Reading {
    meta: Meta,
    inputs: Vec<Input>,
    /// Texts of `.stderr` files that no output has claimed, by path without ending.
    errors: BTreeMap<String, String>,
    warnings: Vec<String>,
}

impl Reading {
    /// Takes in one file and tells its size.
    fn file(&mut self, root: &Path, file: &Path) -> Result<u64, ReadError> {
        let path = file.strip_prefix(root).unwrap_or(file).to_string_lossy().replace('\\', "/");
        let ending = file
            .extension()
            .and_then(|ending| ending.to_str())
            .unwrap_or_default()
            .to_ascii_lowercase();
        if OTHER_FILES.contains(&ending.as_str()) {
            return Ok(0);
        }
        let bytes = match text::read(file, LARGEST_FILE_MIB) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.warnings.push(match error {
                    ReadError::Io { source, .. } => format!("{path}: cannot be read: {source}"),
                    _ => format!(
                        "{path}: larger than {LARGEST_FILE_MIB} MiB, which is the most that is read"
                    ),
                });
                return Ok(0);
            }
        };
        let size = bytes.len() as u64;
        let name = path.rsplit('/').next().unwrap_or(&path);
        if ending == "stderr" {
            let text = text::decode(&bytes).unwrap_or_default();
            let stem = path.trim_end_matches(".stderr").to_owned();
            if self.errors.get(&stem).is_none_or(|said| said != ANSWERED) {
                self.errors.insert(stem, text);
            }
        } else if name == META_FILE {
            match text::json(&bytes, &path).map(serde_json::from_value) {
                Ok(Ok(meta)) => self.meta = meta,
                Ok(Err(error)) => self.warnings.push(format!("{path}: {error}")),
                Err(error) => self.warnings.push(error.to_string()),
            }
        } else {
            self.output(path.clone(), RequestName::decode(name), &bytes);
        }
        Ok(size)
    }

    fn output(&mut self, path: String, request: Option<RequestName>, bytes: &[u8]) {
        let stem = path.strip_suffix(".json").unwrap_or(&path).to_owned();
        if let Some(request) = request.filter(|request| door::keeps(&request.call)) {
            // `.stderr` sorts behind `.json`: what it says is joined when all files are read.
            if bytes.iter().all(u8::is_ascii_whitespace) {
                self.errors.entry(stem).or_default();
                return;
            }
            let outcome = match text::json(bytes, &path) {
                Ok(output) => Outcome::answered(output),
                Err(error) => {
                    self.warnings.push(error.to_string());
                    Outcome::Failed { why: error.to_string() }
                }
            };
            self.errors.insert(stem, ANSWERED.to_owned());
            let call = request.call.clone();
            self.inputs.push(Input { path, call, request: Some(request), outcome });
            return;
        }
        match text::json(bytes, &path) {
            Err(error) => self.warnings.push(
                match text::decode(bytes).and_then(|text| cli_error::operation(&text)) {
                    Some(operation) => {
                        format!("{path}: an error of {operation}, but nothing says what was asked")
                    }
                    None => error.to_string(),
                },
            ),
            Ok(value) => self.plain(path, value),
        }
    }

    /// An output whose request nobody wrote down.
    fn plain(&mut self, path: String, mut value: Value) {
        if value.get("SecretString").is_some() || value.get("SecretBinary").is_some() {
            self.warnings.push(format!(
                "{path}: holds the value of a secret, which is not read: delete the file"
            ));
            return;
        }
        if let Some(parameter) = value.get_mut("Parameter").map(Value::take) {
            value = serde_json::json!({ "Parameters": [parameter] });
        }
        if value.get("taskArns").is_some() {
            return;
        }
        match kinds::recognise(&value) {
            Some(Kind { call }) => self.inputs.push(Input {
                path,
                call: call.to_owned(),
                request: None,
                outcome: Outcome::answered(value),
            }),
            None if value.get("snapshot_version").is_some() => {
                self.warnings.push(format!("{path}: a snapshot: give this file itself"));
            }
            None => {
                let names: Vec<&str> = value
                    .as_object()
                    .into_iter()
                    .flat_map(|object| object.keys())
                    .map(String::as_str)
                    .take(4)
                    .collect();
                self.warnings.push(format!(
                    "{path}: not the output of an AWS CLI command that is known (its members: {})",
                    names.join(", ")
                ));
            }
        }
    }
}

/// Marks in [`Reading::errors`] that a request was answered, so that its `.stderr` is of no interest.
const ANSWERED: &str = "\u{0}answered";

/// A request that printed nothing: its `.stderr` says why.
fn unanswered(stem: &str, text: &str, warnings: &mut Vec<String>) -> Option<Input> {
    if text == ANSWERED {
        return None;
    }
    let name = stem.rsplit('/').next().unwrap_or(stem);
    let Some(request) = RequestName::decode(name).filter(|request| door::keeps(&request.call))
    else {
        if cli_error::operation(text).is_some() {
            warnings.push(format!("{stem}.stderr: its name does not say what was asked"));
        }
        return None;
    };
    // S3 prints nothing at all for an empty listing.
    let outcome = match (text.trim().is_empty(), request.call.as_str()) {
        (true, "s3:ListObjectsV2") => Outcome::answered(serde_json::json!({})),
        (true, _) => Outcome::Failed { why: "the AWS CLI printed nothing".to_owned() },
        (false, _) => cli_error::outcome(text, &request.call),
    };
    let call = request.call.clone();
    Some(Input { path: format!("{stem}.json"), call, request: Some(request), outcome })
}

fn absorb(snapshot: &mut Snapshot, input: &Input, redaction: Redaction) -> Result<(), String> {
    let or = |text: &str, home: &str| {
        if text.is_empty() { home.to_owned() } else { text.to_owned() }
    };
    if let Some(RequestName { account, region, params, .. }) = &input.request {
        // A name says all of its request: what it leaves out is the targets' own.
        let account = or(account, &snapshot.account);
        let region = or(region, &snapshot.region);
        take_in(snapshot, input, (&account, &region), params.clone(), redaction);
        return Ok(());
    }
    let Some(output) = input.output() else { return Ok(()) };
    let place = input.place();
    let account = place.account.unwrap_or_else(|| snapshot.account.clone());
    let region = place.region.unwrap_or_else(|| snapshot.region.clone());
    if input.call.starts_with("ec2:") {
        let mut output = output.clone();
        redact::value(&mut output, redaction);
        let facts = snapshot.of_mut(&account, &region);
        return facts.ec2.add_cli_output(&output, &input.path).map_err(|error| error.to_string());
    }
    let requests = subject::requests(&input.call, output, &input.path, snapshot)?;
    for params in requests {
        take_in(snapshot, input, (&account, &region), params, redaction);
    }
    Ok(())
}

fn take_in(
    snapshot: &mut Snapshot,
    input: &Input,
    place: (&str, &str),
    params: Value,
    redaction: Redaction,
) {
    let (account, region) = place;
    let outcome = input.outcome.clone();
    snapshot.absorb(Answer { call: &input.call, account, region, params, outcome }, redaction);
}

/// The account and region of the targets.
fn home(meta: &Meta, inputs: &[Input]) -> (String, String) {
    let order = |input: &&Input| match input.call.as_str() {
        "ecs:DescribeServices" => 0,
        call if call.starts_with("ecs:") => 1,
        _ => 2,
    };
    let mut ordered: Vec<&Input> = inputs.iter().collect();
    ordered.sort_by_key(order);
    let (mut account, mut region) = (meta.account.clone(), meta.region.clone());
    for place in ordered.into_iter().map(Input::place) {
        account = account.or(place.account);
        region = region.or(place.region);
    }
    (account.unwrap_or_default(), region.unwrap_or_default())
}

fn services(snapshot: &Snapshot) -> Vec<Target> {
    let services = snapshot.home().ecs.services.present();
    let target = |(key, _): (&str, _)| {
        let (cluster, service) = key.split_once('/')?;
        Some(Target::Service { cluster: cluster.to_owned(), service: service.to_owned() })
    };
    services.filter_map(target).collect()
}

fn tasks(snapshot: &Snapshot) -> Vec<Target> {
    let lists = snapshot.home().ecs.tasks.present();
    let targets: BTreeSet<Target> = lists
        .filter_map(|(key, tasks)| {
            let (cluster, name) = key.split_once('/')?;
            let is_task = tasks.tasks.iter().any(|task| task.id() == Some(name));
            let (cluster, name) = (cluster.to_owned(), name.to_owned());
            match (is_task, name.as_str()) {
                (_, "*") => None,
                (true, _) => Some(Target::Task { cluster, task: name }),
                (false, _) => Some(Target::Service { cluster, service: name }),
            }
        })
        .collect();
    targets.into_iter().collect()
}

/// The newest time that an ECS answer or a log line tells. Other services also tell times that lie ahead.
fn newest_fact(inputs: &[Input]) -> Option<Time> {
    fn newest(value: &Value, name: &str, best: &mut Option<Time>) {
        match value {
            Value::Object(members) => {
                members.iter().for_each(|(name, member)| newest(member, name, best))
            }
            Value::Array(items) => items.iter().for_each(|item| newest(item, name, best)),
            other => {
                let time = match name {
                    "timestamp" => other.as_i64().and_then(Time::from_millis),
                    _ if name.ends_with("At") => serde_json::from_value(other.clone()).ok(),
                    _ => None,
                };
                *best = (*best).max(time);
            }
        }
    }
    let mut best = None;
    let tell = inputs
        .iter()
        .filter(|input| input.call.starts_with("ecs:") || input.call == "logs:GetLogEvents");
    tell.filter_map(Input::output).for_each(|output| newest(output, "", &mut best));
    best
}

fn newest_file(files: &[PathBuf]) -> Option<Time> {
    let modified = |file: &PathBuf| std::fs::metadata(file).ok()?.modified().ok();
    let newest = files.iter().filter_map(modified).max()?;
    jiff::Timestamp::try_from(newest).ok().map(Time)
}
