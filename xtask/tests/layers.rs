//! The walls between the crates, as cargo sees them.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// The crates that judge and tell: pure functions of a snapshot.
const PURE: [&str; 5] =
    ["ecswhy-facts", "ecswhy-iam", "ecswhy-network", "ecswhy-diagnose", "ecswhy-report"];

/// The only crates that may know AWS's client.
const LIVE: [&str; 3] = ["ecswhy-aws", "ecswhy-collect", "ecswhy-apply"];

/// Runtimes, clients and sources of randomness.
const IMPURE: [&str; 7] = ["tokio", "futures", "async-std", "smol", "hyper", "reqwest", "rand"];

/// Package -> packages that it is built with, without those of its tests.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // Packages of other platforms need not be downloaded.
    let rustc = Command::new("rustc").arg("-vV").output().unwrap().stdout;
    let host = String::from_utf8(rustc).unwrap();
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked", "--all-features"])
        .args(["--filter-platform", host])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let names: BTreeMap<String, String> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| (text(&package["id"]), text(&package["name"])))
        .collect();
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for node in metadata["resolve"]["nodes"].as_array().unwrap() {
        let mine = found.entry(names[&text(&node["id"])].clone()).or_default();
        for dependency in node["deps"].as_array().unwrap() {
            let kinds = dependency["dep_kinds"].as_array().unwrap();
            if kinds.iter().any(|kind| kind["kind"].is_null()) {
                mine.insert(names[&text(&dependency["pkg"])].clone());
            }
        }
    }
    found
}

#[test]
fn only_the_live_crates_know_the_client_of_aws() {
    for (package, direct) in dependencies() {
        let ours = package.starts_with("ecswhy") || package == "xtask";
        if !ours || LIVE.contains(&package.as_str()) {
            continue;
        }
        let theirs: Vec<&String> = direct.iter().filter(|name| name.starts_with("aws-")).collect();
        assert!(theirs.is_empty(), "{package} depends on {theirs:?}");
    }
}

#[test]
fn what_judges_has_no_runtime_and_no_randomness() {
    let all = dependencies();
    for package in PURE {
        let mut reached = BTreeSet::new();
        let mut open = vec![package.to_owned()];
        while let Some(next) = open.pop() {
            for dependency in all.get(&next).into_iter().flatten() {
                if reached.insert(dependency.clone()) {
                    open.push(dependency.clone());
                }
            }
        }
        let impure: Vec<&String> =
            reached.iter().filter(|name| IMPURE.contains(&name.as_str())).collect();
        assert!(impure.is_empty(), "{package} is built with {impure:?}");
        let live: Vec<&String> =
            reached.iter().filter(|name| LIVE.contains(&name.as_str())).collect();
        assert!(live.is_empty(), "{package} is built with {live:?}");
    }
}

/// The rules that clippy holds in every pure crate are the same file.
#[test]
fn no_pure_crate_may_look_at_a_clock() {
    for package in PURE {
        let folder = package.strip_prefix("ecswhy-").unwrap();
        let file = format!("{}/../crates/{folder}/clippy.toml", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        for method in ["SystemTime::now", "Instant::now", "Timestamp::now", "Zoned::now"] {
            assert!(text.contains(method), "{folder}/clippy.toml does not forbid {method}");
        }
    }
}
