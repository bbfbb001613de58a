//! Cases on one small city of VPCs (`cases/city.json`): `a` has a public and private subnets, peers with `b`, and
//! reaches `c` and the central egress VPC `e` through a transit gateway. A case is a line of `cases/*.jsonl`: the AWS
//! page that its expectation comes from, what is changed in the city, one request of `reach --lines`, the answer.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a case that cannot be read is a failed test"
)]

use ecswhy_facts::ec2::Ec2Facts;
use ecswhy_network::{Model, lines};
use serde::Deserialize;
use serde_json::Value;
use std::fmt::Write as _;
use std::path::Path;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    /// The AWS page that says so.
    source: String,
    /// Place and new value; a place is a path of keys, ids and numbers, `-` appends, `null` removes.
    #[serde(default)]
    change: Vec<(String, Value)>,
    ask: Value,
    answer: String,
    /// Faults of the path, in order.
    #[serde(default)]
    faults: Option<Vec<String>>,
}

/// The item of a list that a step names: by number, or by any text that it holds.
fn item(list: &[Value], step: &str) -> usize {
    step.parse().unwrap_or_else(|_| {
        let names = |item: &Value| {
            item.as_object().is_some_and(|item| item.values().any(|value| value == step))
        };
        list.iter().position(names).unwrap_or_else(|| panic!("no item is named {step}"))
    })
}

fn change(place: &mut Value, path: &str, value: Value) {
    // Blocks and addresses hold slashes and dots, so that steps are set apart by spaces.
    let (step, rest) = path.split_once(' ').map_or((path, None), |(step, rest)| (step, Some(rest)));
    match (place, rest) {
        (Value::Array(list), None) if step == "-" => list.push(value),
        (Value::Array(list), None) if value.is_null() => drop(list.remove(item(list, step))),
        (Value::Array(list), None) => {
            let at = item(list, step);
            list[at] = value;
        }
        (Value::Array(list), Some(rest)) => {
            let at = item(list, step);
            change(&mut list[at], rest, value);
        }
        (Value::Object(object), None) if value.is_null() => drop(object.remove(step)),
        (Value::Object(object), None) => drop(object.insert(step.to_owned(), value)),
        (Value::Object(object), Some(rest)) => {
            change(object.get_mut(step).unwrap_or_else(|| panic!("no {step}")), rest, value);
        }
        (other, _) => panic!("{step} in {other}"),
    }
}

fn check(case: &Case) -> Result<(), String> {
    let mut city: Value = serde_json::from_str(include_str!("cases/city.json")).unwrap();
    for (path, value) in &case.change {
        change(&mut city, path, value.clone());
    }
    let facts = Ec2Facts::from_cli_output(&city, "city-tgw-rtb-1.json").unwrap();
    let model = Model::new([&facts]);
    let answer =
        lines::answer(&model, &case.ask.to_string(), true).map_err(|error| error.to_string())?;
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let faults: Vec<&str> = answer["trace"]["obstacles"]
        .as_array()
        .unwrap()
        .iter()
        .map(|obstacle| obstacle["fault"].as_str().unwrap())
        .collect();
    let right = answer["answer"] == case.answer.as_str()
        && case.faults.as_ref().is_none_or(|expected| *expected == faults);
    if right {
        return Ok(());
    }
    let mut text = format!(
        "{}: {} {faults:?}, expected {} {:?}\n",
        case.name, answer["answer"], case.answer, case.faults
    );
    for hop in answer["trace"]["hops"].as_array().unwrap() {
        let _ =
            writeln!(text, "   {} {} {} {}", hop["passage"], hop["leg"], hop["id"], hop["text"]);
    }
    let _ = writeln!(text, "   {} {}", answer["trace"]["gaps"], answer["trace"]["obstacles"]);
    Err(text)
}

#[test]
fn every_case_gets_the_answer_of_the_aws_page() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut wrong = String::new();
    let mut count = 0;
    for path in files.iter().filter(|path| path.extension().is_some_and(|end| end == "jsonl")) {
        let text = std::fs::read_to_string(path).unwrap();
        for (number, line) in text.lines().enumerate() {
            let place = format!("{}:{}", path.file_name().unwrap().display(), number + 1);
            let case: Case =
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{place}: {error}"));
            assert!(!case.source.is_empty(), "{place} names no source");
            count += 1;
            if let Err(why) = check(&case) {
                let _ = writeln!(wrong, "{place} {why}");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(count > 100, "only {count} cases were found");
}
