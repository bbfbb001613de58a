//! Every fix clears its finding: the changes of each fix that a case offers are made on the model of the account, and
//! the account is diagnosed again.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use ecswhy_diagnose::change::{Change, NEW};
use ecswhy_diagnose::fix::{apply, script};
use ecswhy_diagnose::report::{Confidence, Fix, Proof, Role, TargetReport};
use ecswhy_diagnose::{Settings, diagnose};
use ecswhy_facts::Snapshot;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use support::{folder, read};

/// Every broken account with the name of its case.
fn cases() -> impl Iterator<Item = (String, Snapshot)> {
    let account = |(name, account)| (name, serde_json::from_value(account).unwrap());
    support::cases().into_iter().map(account)
}

fn report(snapshot: &Snapshot) -> TargetReport {
    diagnose(snapshot, &Settings::default()).reports.remove(0)
}

/// What facts prove to stand in the way.
fn walls(report: &TargetReport) -> BTreeSet<String> {
    let certain = report
        .findings
        .iter()
        .filter(|finding| finding.role != Role::Note && finding.confidence == Confidence::Certain);
    certain.map(|finding| finding.key.clone()).collect()
}

#[test]
fn a_proven_fix_clears_its_findings_and_brings_no_other() {
    let mut proven = 0;
    for (name, snapshot) in cases() {
        let before = report(&snapshot);
        let all: BTreeSet<String> = before.findings.iter().map(|each| each.key.clone()).collect();
        for fix in before.fixes.iter().filter(|fix| fix.proof == Proof::Model) {
            let mut changed = snapshot.clone();
            for change in &fix.changes {
                apply(&mut changed, change).unwrap();
            }
            let after = walls(&report(&changed));
            for key in &fix.clears {
                assert!(!after.contains(key), "{name}: {} leaves {key}", fix.id);
            }
            let new: Vec<_> = after.difference(&all).collect();
            assert!(new.is_empty(), "{name}: {} brings {new:?}", fix.id);
            proven += 1;
        }
    }
    assert!(proven > 0);
}

#[test]
fn what_is_gone_or_full_has_a_fix() {
    let by_hand = [
        "tag-missing.image-tag-missing",
        "repository-missing.image-repository-missing",
        "security-group-missing.security-group-missing",
        "security-group-other-vpc.security-group-other-vpc",
    ];
    let cases: BTreeMap<String, Snapshot> = cases().collect();
    for name in by_hand {
        let report = report(&cases[name]);
        assert!(!report.findings[0].fixes.is_empty(), "{name}");
    }
    let full = cases["subnet-out-of-addresses.subnet-full"].clone();
    // The group that the base has comes back, beside the one that is gone.
    let mut one_of_two = cases["security-group-missing.security-group-missing"].clone();
    let base: Snapshot = serde_json::from_value(read(&folder("bases").join("nat.json"))).unwrap();
    let facts = one_of_two.home_mut();
    facts.ec2.security_groups.merge(base.home().ec2.security_groups.clone());
    let service = facts.ecs.services.present_mut("shop/orders").unwrap();
    let own = service.network_configuration.iter_mut();
    let deployed =
        service.deployments.iter_mut().filter_map(|each| each.network_configuration.as_mut());
    for network in own.chain(deployed) {
        let awsvpc = network.awsvpc_configuration.as_mut().unwrap();
        awsvpc.security_groups.push("sg-642882a94fa7ee257".to_owned());
    }
    for snapshot in [full, one_of_two] {
        let report = report(&snapshot);
        let key = &report.findings[0].key;
        let clears = |fix: &Fix| fix.proof == Proof::Model && fix.clears.contains(key);
        assert!(report.fixes.iter().any(clears), "{key}");
    }
}

/// Where the application or AWS must change and not the account, the report says what to do next.
#[test]
fn what_no_change_of_the_account_mends_has_a_next_step() {
    let cases: BTreeMap<String, Snapshot> = cases().collect();
    for name in [
        "app-error.exit-app-error",
        "command-not-executable.command-not-executable",
        "command-not-found.command-not-found",
        "exited-zero.exit-zero",
        "fargate-unavailable.capacity-unavailable",
        "killed.exit-killed",
        "segfault.exit-segfault",
        "spot-interrupted.spot-interrupted",
        "terminated.exit-terminated",
        "desired-count-zero.scaled-to-zero",
    ] {
        let report = report(&cases[name]);
        let first = &report.findings[0];
        let fixes: Vec<&Fix> =
            report.fixes.iter().filter(|fix| first.fixes.contains(&fix.id)).collect();
        assert!(fixes.iter().any(|fix| !fix.commands.is_empty()), "{name}: {first:#?}");
    }
}

#[test]
fn a_service_that_ecs_does_not_roll_out_gets_no_command_that_ecs_refuses() {
    let cases: BTreeMap<String, Snapshot> = cases().collect();
    for (controller, word) in [("CODE_DEPLOY", "AppSpec"), ("EXTERNAL", "task set")] {
        let mut full = cases["subnet-out-of-addresses.subnet-full"].clone();
        let service = full.home_mut().ecs.services.present_mut("shop/orders").unwrap();
        let kind = serde_json::json!({ "type": controller });
        service.deployment_controller = Some(serde_json::from_value(kind).unwrap());
        let report = report(&full);
        let told = serde_json::to_string(&report.fixes).unwrap();
        assert!(told.contains(word), "{controller}: {told}");
        let commands: Vec<&String> = report.fixes.iter().flat_map(|fix| &fix.commands).collect();
        let refused = |command: &&&String| {
            command.contains("--network-configuration") || command.contains("--force-new")
        };
        assert_eq!(commands.iter().find(refused), None, "{controller}");
    }
}

#[test]
fn fixes_and_findings_name_each_other() {
    for (name, snapshot) in cases() {
        let report = report(&snapshot);
        let ids: BTreeSet<&String> = report.fixes.iter().map(|fix| &fix.id).collect();
        assert_eq!(ids.len(), report.fixes.len(), "{name}: an id is used twice");
        for fix in &report.fixes {
            let by_hand = fix.changes.iter().all(|each| matches!(each, Change::Manual { .. }));
            assert!(!fix.commands.is_empty() || by_hand, "{name}: {} has no command", fix.id);
            assert!(!by_hand || fix.proof == Proof::Estimate, "{name}: {} is not proven", fix.id);
            for key in &fix.clears {
                let finding = report.findings.iter().find(|finding| finding.key == *key).unwrap();
                assert!(finding.fixes.contains(&fix.id), "{name}: {key} lacks {}", fix.id);
            }
        }
        for finding in &report.findings {
            assert!(finding.fixes.iter().all(|id| ids.contains(id)), "{name}: {}", finding.key);
        }
    }
}

/// One line of changes each in `changes.jsonl`, their commands, and how they are undone.
#[test]
fn each_kind_of_change_has_its_commands() {
    let base = read(&folder("bases").join("endpoints.json"));
    let snapshot: Snapshot = serde_json::from_value(base).unwrap();
    let mut told = String::new();
    for line in std::fs::read_to_string(folder("changes.jsonl")).unwrap().lines() {
        let changes: Vec<Change> = serde_json::from_str(line).unwrap();
        let script = script(&snapshot, &snapshot, &changes).unwrap_or_else(|error| {
            panic!("{line}: {error}");
        });
        let kind = serde_json::to_value(&changes[0]).unwrap()["change"].clone();
        told += &format!("{}\n", kind.as_str().unwrap());
        let commands = script.commands.iter().map(|command| format!("  > {command}\n"));
        let rollback = script.rollback.iter().map(|command| format!("  < {command}\n"));
        told.extend(commands.chain(rollback));
    }
    insta::assert_snapshot!(told);
}

#[test]
fn what_is_not_among_the_facts_is_not_modelled_and_not_written() {
    let mut snapshot: Snapshot =
        serde_json::from_value(read(&folder("bases").join("nat.json"))).unwrap();
    let unknown = [
        Change::EnablePrivateDns { endpoint: "vpce-0".to_owned() },
        Change::AddRoute {
            route_table: "rtb-0".to_owned(),
            destination: "0.0.0.0/0".to_owned(),
            target: ecswhy_diagnose::change::RouteTarget::NatGateway(NEW.to_owned()),
            replaces: false,
        },
        Change::SetKeyPolicyStatement { key: "key".to_owned(), statement: Value::Null },
        Change::RegisterTaskDefinition {
            task_definition: "arn:aws:ecs:us-east-1:123456789012:task-definition/x:1".to_owned(),
            edits: Vec::new(),
        },
        Change::RestoreSecret { secret: "nobody".to_owned() },
    ];
    for change in unknown {
        assert!(apply(&mut snapshot, &change).is_err(), "{change:?}");
        assert!(script(&snapshot, &snapshot, &[change]).is_err());
    }
}
