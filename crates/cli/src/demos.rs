//! The bundled accounts: redacted collections of the lab, one file each in `demos/`.

/// A bundled account.
pub struct Demo {
    /// Its name on the command line, and its file's.
    pub name: &'static str,
    /// What is broken in it, in a few words.
    pub title: &'static str,
    /// The snapshot.
    pub snapshot: &'static str,
}

/// Lists the demos: their files' names and titles.
macro_rules! demos {
    ($($name:literal: $title:literal,)*) => {
        /// Every demo, the one that `ecswhy demo` runs first.
        pub const DEMOS: &[Demo] = &[$(Demo {
            name: $name,
            title: $title,
            snapshot: include_str!(concat!("../demos/", $name, ".json")),
        },)*];
    };
}

demos! {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_file_is_listed() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/demos");
        let files: BTreeSet<String> = std::fs::read_dir(folder)
            .map(|entries| {
                entries
                    .map(|entry| entry.unwrap().path())
                    .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
                    .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
                    .collect()
            })
            .unwrap_or_default();
        let listed: BTreeSet<String> = DEMOS.iter().map(|demo| demo.name.to_owned()).collect();
        assert_eq!(files, listed);
    }

    #[test]
    fn every_demo_has_a_root_cause() {
        for demo in DEMOS {
            let snapshot: ecswhy_facts::Snapshot = serde_json::from_str(demo.snapshot).unwrap();
            let report = ecswhy_diagnose::diagnose(&snapshot, &Default::default());
            assert!(
                report
                    .reports
                    .iter()
                    .flat_map(|report| &report.findings)
                    .any(|finding| { finding.role == ecswhy_diagnose::report::Role::RootCause }),
                "{}",
                demo.name
            );
        }
    }
}
