//! The cases, as accounts.

use serde_json::Value;
use std::path::{Path, PathBuf};

/// A file or folder beside the tests.
pub fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

/// A JSON file.
pub fn read(file: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

/// Every broken account with the name of its case.
pub fn cases() -> Vec<(String, Value)> {
    let mut cases = Vec::new();
    for group in std::fs::read_dir(folder("cases")).unwrap() {
        for file in std::fs::read_dir(group.unwrap().path()).unwrap() {
            let file = file.unwrap().path();
            let case = read(&file);
            let base = case["base"].as_str().unwrap();
            let mut account = read(&folder("bases").join(format!("{base}.json")));
            let patch: json_patch::Patch = serde_json::from_value(case["patch"].clone()).unwrap();
            json_patch::patch(&mut account, &patch).unwrap();
            let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
            cases.push((name, account));
        }
    }
    cases.sort_by(|(one, _), (two, _)| one.cmp(two));
    cases
}
