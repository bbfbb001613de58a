//! Every check against every case. A base is a healthy account; a case is a base with one thing changed (a JSON
//! patch) and what must be found in it. These tests never change when a check or a case is added; after a review,
//! `INSTA_UPDATE=always` accepts where checks fire now.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use ecswhy_diagnose::checks;
use ecswhy_diagnose::report::{Confidence, Report, Role, Status, TargetReport, VerdictName};
use ecswhy_diagnose::{Settings, diagnose};
use ecswhy_facts::Snapshot;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A case, as its file gives it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// Name of the healthy account.
    base: String,
    /// What is broken, in one sentence.
    what: String,
    /// Status of the report.
    status: Status,
    /// Id, role and subject of every root cause, next blocker and risk.
    expect: Vec<(String, Role, String)>,
    /// RFC 6902, on the base.
    patch: json_patch::Patch,
}

/// An account with what must be found in it.
struct Account {
    /// `base`, or the path of the case below `cases/`, without extension.
    name: String,
    snapshot: Value,
    case: Option<Case>,
}

impl Account {
    fn report(&self) -> TargetReport {
        report_on(self.snapshot.clone(), Settings::default())
    }
}

fn report_on(snapshot: Value, settings: Settings) -> TargetReport {
    let snapshot: Snapshot = serde_json::from_value(snapshot).unwrap();
    let Report { mut reports, .. } = diagnose(&snapshot, &settings);
    assert_eq!(reports.len(), 1, "a case has one target");
    reports.remove(0)
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

/// The JSON files below a folder, with their paths from there without extension, sorted.
fn files(root: &Path) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else if entry.extension().is_some_and(|extension| extension == "json") {
                let name = entry.strip_prefix(root).unwrap().with_extension("");
                found.push((name.to_str().unwrap().to_owned(), entry));
            }
        }
    }
    found.sort();
    found
}

fn read<T: serde::de::DeserializeOwned>(file: &Path) -> T {
    let text = fs::read_to_string(file).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn bases() -> Vec<Account> {
    let account =
        |(name, file): (String, PathBuf)| Account { name, snapshot: read(&file), case: None };
    files(&folder("bases")).into_iter().map(account).collect()
}

fn cases() -> Vec<Account> {
    let bases: BTreeMap<String, Value> =
        bases().into_iter().map(|base| (base.name, base.snapshot)).collect();
    let account = |(name, file): (String, PathBuf)| {
        let case: Case = read(&file);
        let mut snapshot = bases
            .get(&case.base)
            .unwrap_or_else(|| panic!("{name}: no base {}", case.base))
            .clone();
        json_patch::patch(&mut snapshot, &case.patch).unwrap_or_else(|error| {
            panic!("{name}: its patch does not fit {}: {error}", case.base)
        });
        Account { name, snapshot, case: Some(case) }
    };
    files(&folder("cases")).into_iter().map(account).collect()
}

fn told(report: &TargetReport) -> BTreeSet<String> {
    let told = report.findings.iter().filter(|finding| finding.role != Role::Note);
    told.map(|finding| line(&finding.id, finding.role, &finding.subject)).collect()
}

fn line(id: &str, role: Role, subject: &str) -> String {
    format!("{} {id}#{subject}", json!(role).as_str().unwrap())
}

#[test]
fn a_healthy_account_is_told_as_healthy_and_nothing_is_found() {
    for base in bases() {
        let report = base.report();
        assert_eq!(report.status, Status::Healthy, "{}", base.name);
        let found: Vec<&str> = report.findings.iter().map(|finding| &*finding.message).collect();
        assert_eq!(found, Vec::<&str>::new(), "{}", base.name);
    }
}

#[test]
fn a_standalone_task_that_was_stopped_on_purpose_did_not_fail() {
    for base in bases() {
        let mut snapshot = base.snapshot;
        let ecs = &mut snapshot["facts"]["123456789012/us-east-1"]["ecs"];
        let mut task = ecs["tasks"]["shop/orders"]["present"]["tasks"][0].take();
        for (field, value) in [
            ("taskArn", "arn:aws:ecs:us-east-1:123456789012:task/shop/0f9d2c3b"),
            ("group", "family:orders"),
            ("startedBy", "nightly"),
            ("lastStatus", "STOPPED"),
            ("desiredStatus", "STOPPED"),
            ("stopCode", "UserInitiated"),
            ("stoppedReason", "Task stopped by user"),
        ] {
            task[field] = json!(value);
        }
        task["containers"][0]["exitCode"] = json!(143);
        ecs["tasks"] = json!({ "shop/0f9d2c3b": { "present": { "tasks": [task] } } });
        snapshot["targets"] = json!([{ "kind": "task", "cluster": "shop", "task": "0f9d2c3b" }]);
        let report = report_on(snapshot, Settings::default());
        assert_eq!(report.status, Status::Healthy, "{}", base.name);
        assert_eq!(told(&report), BTreeSet::new(), "{}", base.name);
    }
}

#[test]
fn every_case_is_diagnosed_exactly() {
    let mut wrong = Vec::new();
    for account in cases() {
        let (report, case) = (account.report(), account.case.as_ref().unwrap());
        let expected: BTreeSet<String> =
            case.expect.iter().map(|(id, role, subject)| line(id, *role, subject)).collect();
        let found = told(&report);
        let mut differences: Vec<String> =
            expected.difference(&found).map(|key| format!("missing {key}")).collect();
        differences.extend(found.difference(&expected).map(|key| format!("unexpected {key}")));
        if report.status != case.status {
            differences.push(format!("status {}", report.status.name()));
        }
        if !differences.is_empty() {
            wrong.push(format!("{} ({}): {}", account.name, case.what, differences.join("; ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_case_is_filed_under_what_it_expects() {
    for account in cases() {
        let id = account.name.split('.').next().unwrap();
        assert!(checks::by_id(id).is_some(), "{}: there is no finding {id}", account.name);
        let expect = &account.case.as_ref().unwrap().expect;
        assert!(
            expect.is_empty() || expect.iter().any(|(expected, ..)| expected == id),
            "{} does not expect {id}",
            account.name
        );
    }
}

/// Where each check fires, over all cases: one snapshot for each group of checks.
#[test]
fn checks_fire_where_they_did() {
    let mut matrix: BTreeMap<&str, BTreeMap<&str, BTreeSet<String>>> = BTreeMap::new();
    for check in checks::all() {
        let group = check.id.split('/').next().unwrap();
        matrix.entry(group).or_default().entry(check.id).or_default();
    }
    for account in cases() {
        for finding in account.report().findings {
            let Some(check) = checks::by_id(&finding.id) else { continue };
            let group = check.id.split('/').next().unwrap();
            let fires = matrix.get_mut(group).and_then(|group| group.get_mut(check.id)).unwrap();
            fires.insert(format!("{} {}", account.name, json!(finding.role).as_str().unwrap()));
        }
    }
    let silent: BTreeSet<&str> = matrix
        .values()
        .flatten()
        .filter(|(_, fires)| fires.is_empty())
        .map(|(id, _)| *id)
        .collect();
    for (group, checks) in matrix {
        insta::with_settings!({ prepend_module_to_snapshot => false }, {
            insta::assert_json_snapshot!(format!("fires_{group}"), checks);
        });
    }
    insta::with_settings!({ prepend_module_to_snapshot => false }, {
        insta::assert_json_snapshot!("fires_nowhere", silent);
    });
}

/// The places of all answers that are there, as JSON pointers.
fn answers(value: &Value, place: &str, found: &mut Vec<String>) {
    let Value::Object(members) = value else { return };
    if members.len() == 1 && members.contains_key("present") {
        found.push(place.to_owned());
        return;
    }
    for (name, member) in members {
        let name = name.replace('~', "~0").replace('/', "~1");
        answers(member, &format!("{place}/{name}"), found);
    }
}

/// What becomes worse when one answer after the other is denied, of those that are `chosen` by place and number.
fn believed_without_facts(account: &Account, chosen: impl Fn(&str, usize) -> bool) -> Vec<String> {
    let complete = account.report();
    let verdicts = |report: &TargetReport| -> BTreeMap<String, VerdictName> {
        let checks = report.stages.iter().flat_map(|stage| &stage.checks);
        checks.map(|check| (check.id.clone(), check.verdict)).collect()
    };
    let (before, findings) = (verdicts(&complete), told(&complete));
    let mut places = Vec::new();
    answers(&account.snapshot["facts"], "/facts", &mut places);
    let mut wrong = Vec::new();
    let places = places.into_iter().enumerate().filter(|(number, place)| chosen(place, *number));
    for (_, place) in places {
        let mut snapshot = account.snapshot.clone();
        *snapshot.pointer_mut(&place).unwrap() = json!({ "denied": { "action": "test:Denied" } });
        let report = report_on(snapshot, Settings { fixes: false });
        for (id, verdict) in verdicts(&report) {
            if verdict == VerdictName::Pass && before.get(&id) != Some(&VerdictName::Pass) {
                wrong.push(format!("{}: {id} passes without {place}", account.name));
            }
        }
        for finding in report.findings.iter().filter(|f| f.role != Role::Note) {
            let sure = finding.confidence == Confidence::Certain || account.case.is_none();
            let known = findings.iter().any(|key| key.ends_with(&format!(" {}", finding.key)));
            if sure && !known {
                wrong.push(format!("{}: {} is found without {place}", account.name, finding.key));
            }
        }
    }
    wrong
}

#[test]
fn a_healthy_account_stays_silent_whatever_fact_is_denied() {
    let wrong: Vec<String> =
        bases().iter().flat_map(|base| believed_without_facts(base, |_, _| true)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Of the answers that a case shares with its base, every case denies another part.
const PARTS: usize = 5;

#[test]
fn nothing_passes_and_nothing_is_found_for_want_of_a_fact() {
    let bases: BTreeMap<String, Value> =
        bases().into_iter().map(|base| (base.name, base.snapshot)).collect();
    let cases = cases();
    let believed = |half: usize| -> Vec<String> {
        let turns = cases.iter().enumerate().filter(|(turn, _)| turn % 2 == half);
        let wrong = turns.flat_map(|(turn, account)| {
            let base = &bases[&account.case.as_ref().unwrap().base];
            believed_without_facts(account, |place, number| {
                account.snapshot.pointer(place) != base.pointer(place)
                    || number % PARTS == turn % PARTS
            })
        });
        wrong.collect()
    };
    let wrong = std::thread::scope(|scope| {
        let one = scope.spawn(|| believed(1));
        let mut wrong = believed(0);
        wrong.extend(one.join().unwrap());
        wrong
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Issue "Would the packet arrive": the path as one line of text, and the data for a drawing.
#[test]
fn what_stops_packets_is_drawn() {
    let drawn = |id: &str| {
        id.starts_with("network/")
            || ["storage/efs-security-group", "health/target-security-group"].contains(&id)
    };
    let mut wrong = Vec::new();
    for account in cases() {
        for finding in account.report().findings.into_iter().filter(|it| drawn(&it.id)) {
            let Some(path) = finding.path else {
                wrong.push(format!("{}: {} has no path", account.name, finding.key));
                continue;
            };
            let ends =
                path.line.contains("blocked here because") || path.line.contains("not known");
            if !ends || path.hops.is_empty() || path.hops.iter().any(|hop| hop.kind.is_empty()) {
                wrong.push(format!("{}: {}: {}", account.name, finding.key, path.line));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
