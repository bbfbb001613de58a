//! Real idioms with what they say: `tests/loglines/idioms.jsonl`, and lines that say nothing: `silent.txt`.

use super::*;

#[derive(Deserialize)]
struct Case {
    lines: Vec<String>,
    kind: String,
    #[serde(default)]
    parameters: BTreeMap<String, String>,
}

#[test]
fn idioms_say_what_they_say() {
    let mut wrong = Vec::new();
    for (index, line) in include_str!("../../tests/loglines/idioms.jsonl").lines().enumerate() {
        let case: Case =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{}: {error}", index + 1));
        let readings = read_lines(&case.lines);
        let found = readings.iter().find(|reading| reading.kind.name() == case.kind);
        let Some(found) = found else {
            wrong.push(format!(
                "{}: {readings:?} instead of {}: {:?}",
                index + 1,
                case.kind,
                case.lines
            ));
            continue;
        };
        for (name, value) in &case.parameters {
            if found.get(name) != Some(value) {
                wrong.push(format!(
                    "{}: {name} is {:?} instead of {value}: {:?}",
                    index + 1,
                    found.get(name),
                    case.lines
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn ordinary_lines_say_nothing() {
    let lines: Vec<&str> = include_str!("../../tests/loglines/silent.txt").lines().collect();
    let wrong: Vec<String> = read_lines(&lines)
        .into_iter()
        .map(|reading| format!("{}: {}", reading.kind.name(), lines[reading.line_index]))
        .collect();
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_idiom_compiles_and_its_captures_are_known() {
    for (kind, pattern) in ORDER.iter().flat_map(|list| list.iter()) {
        let regex = RegexBuilder::new(pattern)
            .unicode(false)
            .build()
            .unwrap_or_else(|error| panic!("{kind:?} {error}"));
        for name in regex.capture_names().flatten() {
            assert!(NAMES.contains(&name), "{name}");
        }
    }
    assert!(!ENGINE.set.is_empty());
}

#[test]
fn names_and_serialised_forms_agree() {
    for kind in
        [LogKind::MissingEnvironment, LogKind::DnsFailure, LogKind::Listening, LogKind::ExecFormat]
    {
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
    }
}

proptest::proptest! {
    #[test]
    fn no_lines_panic(lines in proptest::collection::vec("(\\x1b\\[31m)?\\PC{0,60}", 0..6)) {
        let readings = read_lines(&lines);
        proptest::prop_assert!(readings.iter().all(|reading| reading.line_index < lines.len()));
    }
}

#[derive(Deserialize)]
struct CauseCase {
    lines: Vec<String>,
    cause: Option<String>,
}

#[test]
fn what_a_program_got_over_did_not_end_it() {
    let wrong: Vec<String> = include_str!("../../tests/loglines/causes.jsonl")
        .lines()
        .map(|line| serde_json::from_str::<CauseCase>(line).unwrap())
        .filter_map(|case| {
            let readings = read_lines(&case.lines);
            let found = cause(&case.lines, &readings).map(|reading| reading.kind.name());
            (found != case.cause.as_deref())
                .then(|| format!("{found:?} instead of {:?}: {:?}", case.cause, case.lines))
        })
        .collect();
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}
