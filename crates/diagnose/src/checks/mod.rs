//! The checks: one file each, one directory per group, one line per check in the group's registry.

pub mod capacity;
pub mod container;
pub mod eni;
pub mod health;
pub mod image;
pub mod log;
pub mod network;
pub mod role;
mod said;
pub mod secret;
pub mod service;
pub mod storage;

use crate::check::Check;

/// Declares the checks of a group: their registry.
macro_rules! registry {
    ($($module:ident),* $(,)?) => {
        /// The checks of this group.
        pub static CHECKS: &[&crate::check::Check] = &[$(&$module::CHECK),*];
    };
}
use registry;

/// Every check, by group.
pub fn all() -> impl Iterator<Item = &'static Check> {
    [
        service::CHECKS,
        capacity::CHECKS,
        eni::CHECKS,
        role::CHECKS,
        network::CHECKS,
        image::CHECKS,
        secret::CHECKS,
        log::CHECKS,
        storage::CHECKS,
        container::CHECKS,
        health::CHECKS,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// The check with this id.
pub fn by_id(id: &str) -> Option<&'static Check> {
    all().find(|check| check.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_file_is_registered_under_its_own_name() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/checks");
        let mut files = BTreeSet::new();
        for group in std::fs::read_dir(root)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_dir())
        {
            for file in std::fs::read_dir(&group).unwrap().map(|entry| entry.unwrap().path()) {
                let stem = file.file_stem().unwrap().to_str().unwrap();
                // Files that checks of a group share are not checks.
                let text = std::fs::read_to_string(&file).unwrap();
                if text.contains("\npub static CHECK: Check = ") {
                    files.insert(format!(
                        "{}/{}",
                        group.file_name().unwrap().to_str().unwrap(),
                        stem.replace('_', "-")
                    ));
                }
            }
        }
        let registered: BTreeSet<String> = all().map(|check| check.id.to_owned()).collect();
        assert_eq!(registered.len(), all().count(), "two checks share an id");
        assert_eq!(files, registered);
    }

    #[test]
    fn every_explanation_has_the_fixed_headings() {
        for check in all() {
            for heading in ["## What it is", "## How to fix it"] {
                assert!(check.explanation.contains(heading), "{} lacks {heading}", check.id);
            }
            assert!(!check.title.ends_with('.'), "{}", check.id);
        }
    }
}
