//! What hand-written pages name must exist: findings, demos, lab faults, files.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use ecswhy_diagnose::checks;
use std::fs;
use std::path::{Path, PathBuf};

const PAGES: [&str; 3] = ["README.md", "CONTRIBUTING.md", "docs/seed.md"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// The texts between backticks, code blocks left out.
fn quoted(page: &str) -> Vec<String> {
    let prose: String = page.split("```").step_by(2).collect();
    prose.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Every text of the files below a folder that end so.
fn sources(folder: &str, extension: &str) -> String {
    let mut text = String::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else if entry.extension().is_some_and(|found| found == extension) {
                text.push_str(&fs::read_to_string(entry).unwrap());
            }
        }
    }
    text
}

#[test]
fn findings_that_pages_name_exist() {
    let groups: Vec<&str> = checks::all().filter_map(|check| check.id.split('/').next()).collect();
    for page in PAGES {
        for word in quoted(&read(page)) {
            let Some((group, fault)) = word.split_once('/') else { continue };
            let is_id = groups.contains(&group)
                && fault.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
            assert!(!is_id || checks::by_id(&word).is_some(), "{page} names {word}");
        }
    }
}

#[test]
fn demos_and_lab_faults_that_pages_name_exist() {
    let demos = read("crates/cli/src/demos.rs");
    let faults = sources("lab/ecswhy_lab/faults", "py");
    for page in PAGES {
        for word in quoted(&read(page)) {
            if let Some(name) = word.strip_prefix("ecswhy demo ")
                && name != "NAME"
            {
                assert!(demos.contains(&format!("\"{name}\": ")), "{page} names the demo {name}");
            }
            if let Some(name) = word.strip_prefix("cargo xtask lab ")
                && name != "NAME"
            {
                // Some faults are made in a loop: their names end in a field of a format string.
                let made = name
                    .match_indices('-')
                    .any(|(at, _)| faults.contains(&format!("f\"{}{{", &name[..=at])));
                let listed = faults.contains(&format!("\"{name}\""));
                assert!(listed || made, "{page} names the fault {name}");
            }
        }
    }
}

#[test]
fn files_that_pages_link_exist() {
    for page in PAGES {
        let text = read(page);
        let folder = root().join(page).parent().unwrap().to_owned();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap();
            if file.is_empty() || file.contains("://") {
                continue;
            }
            assert!(folder.join(file).exists(), "{page} links {link}");
        }
    }
}
