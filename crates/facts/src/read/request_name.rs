//! File names that carry a request, written by `snapshot --script` and read back with its answers:
//! `ecs.describe-services@eu-west-1@cluster=prod@services+=api,web.json`.
//!
//! - Call: `service.operation`, the service spelt as in IAM actions, the operation as in the AWS CLI.
//! - `@REGION`, empty for none; then one part per member of the request.
//! - `name=text`; `name=+JSON` for numbers, booleans and the like; `name+=a,b` for a list of texts.
//! - Deeper members are paths: `Filters.0.Name=vpc-id@Filters.0.Values+=vpc-1`.
//! - A part whose name begins with `_` belongs to the file, not to the request: `_account=111122223333`, the account of
//!   the resource asked about where it is not the targets', and `_part=2`.
//! - All but letters, digits, `_`, `-` and `.` is percent-encoded, so that every shell and file system takes the name.
//!
//! Beside `NAME.json`, `NAME.stderr` keeps what the AWS CLI said on standard error.

use serde_json::{Map, Value};

/// Longest name that is made, in bytes; file systems take 255, and `.stderr` has to fit.
const LONGEST: usize = 240;

/// A request as a file name tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestName {
    /// `service:Operation`, such as `ecs:DescribeServices`.
    pub call: String,
    /// Region, or nothing for the home region.
    pub region: String,
    /// Account of the resource asked about, or nothing for the targets' own.
    pub account: String,
    /// The request in the AWS CLI's `--cli-input-json` form: an object.
    pub params: Value,
}

impl RequestName {
    /// The name without `.json`. `None` when it would be too long for a file system, or when a member of the request
    /// has a name that no AWS member has: ask for less at once, or leave out what the answer says itself.
    pub fn encode(&self) -> Option<String> {
        let (service, operation) = self.call.split_once(':')?;
        let mut parts =
            vec![format!("{}.{}", escaped(service), kebab(operation)), escaped(&self.region)];
        if !self.account.is_empty() {
            parts.push(format!("_account={}", escaped(&self.account)));
        }
        flatten("", &self.params, &mut parts)?;
        let name = parts.join("@");
        let faithful = Self::decode(&name).as_ref() == Some(self);
        (name.len() <= LONGEST && faithful).then_some(name)
    }

    /// The request of a file name, with or without `.json` or `.stderr`; `None` for a name of another kind.
    pub fn decode(name: &str) -> Option<Self> {
        let name =
            name.strip_suffix(".json").or_else(|| name.strip_suffix(".stderr")).unwrap_or(name);
        let mut parts = name.split('@');
        let (service, operation) = parts.next()?.split_once('.')?;
        let region = unescaped(parts.next()?)?;
        let mut params = Value::Object(Map::new());
        let mut account = String::new();
        for part in parts {
            let (path, value) = part.split_once('=')?;
            if path == "_account" {
                account = unescaped(value)?;
            }
            if path.starts_with('_') {
                continue;
            }
            let (path, value) = match path.strip_suffix('+') {
                Some(path) => (path, texts(value)?),
                None => (path, scalar(value)?),
            };
            place(&mut params, path, value)?;
        }
        let call = format!("{}:{}", unescaped(service)?, pascal(operation));
        let plain =
            |text: &str| text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
        (plain(service) && plain(operation) && !operation.is_empty()).then_some(Self {
            call,
            region,
            account,
            params,
        })
    }
}

fn flatten(path: &str, value: &Value, parts: &mut Vec<String>) -> Option<()> {
    let below =
        |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Object(members) if !members.is_empty() || path.is_empty() => {
            for (name, member) in members {
                let is_name =
                    !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric());
                if !is_name || name.starts_with(|letter: char| letter.is_ascii_digit()) {
                    return None;
                }
                flatten(&below(name), member, parts)?;
            }
        }
        Value::Array(items)
            if !items.is_empty()
                && items.iter().all(|item| item.as_str().is_some_and(|text| !text.is_empty())) =>
        {
            let texts: Vec<String> = items.iter().filter_map(Value::as_str).map(escaped).collect();
            parts.push(format!("{path}+={}", texts.join(",")));
        }
        Value::Array(items) if !items.is_empty() => {
            for (place, item) in items.iter().enumerate() {
                flatten(&below(&place.to_string()), item, parts)?;
            }
        }
        Value::String(text) => parts.push(format!("{path}={}", escaped(text))),
        other => parts.push(format!("{path}=+{}", escaped(&other.to_string()))),
    }
    Some(())
}

fn texts(value: &str) -> Option<Value> {
    value
        .split(',')
        .map(|text| unescaped(text).map(Value::String))
        .collect::<Option<Vec<_>>>()
        .map(Value::Array)
}

fn scalar(value: &str) -> Option<Value> {
    match value.strip_prefix('+') {
        Some(json) => serde_json::from_str(&unescaped(json)?).ok(),
        None => unescaped(value).map(Value::String),
    }
}

/// Puts a value at a path, making what is missing on the way. Lists grow by one item at a time.
fn place(root: &mut Value, path: &str, value: Value) -> Option<()> {
    let mut at = root;
    let mut segments = path.split('.').peekable();
    while let Some(segment) = segments.next() {
        let next_is_list = segments.peek().is_some_and(|next| next.parse::<usize>().is_ok());
        let empty = match (segments.peek(), next_is_list) {
            (None, _) => Value::Null,
            (Some(_), true) => Value::Array(Vec::new()),
            (Some(_), false) => Value::Object(Map::new()),
        };
        at = match (at, segment.parse::<usize>()) {
            (Value::Array(items), Ok(index)) if index <= items.len() => {
                if index == items.len() {
                    items.push(empty);
                }
                items.get_mut(index)?
            }
            (Value::Object(members), Err(_)) if !segment.is_empty() => {
                members.entry(segment).or_insert(empty)
            }
            _ => return None,
        };
    }
    *at = value;
    Some(())
}

/// `DescribeServices` -> `describe-services`.
fn kebab(operation: &str) -> String {
    let mut text = String::new();
    for letter in operation.chars() {
        if letter.is_ascii_uppercase() && !text.is_empty() {
            text.push('-');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

/// `describe-services` -> `DescribeServices`.
fn pascal(operation: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters
            .next()
            .map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
            .unwrap_or_default()
    };
    operation.split('-').map(capital).collect()
}

fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    text.bytes()
        .map(|byte| if plain(byte) { (byte as char).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next()?, rest.next()?];
        bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn name(call: &str, params: Value) -> String {
        RequestName {
            call: call.into(),
            region: "eu-west-1".into(),
            account: String::new(),
            params,
        }
        .encode()
        .unwrap()
    }

    #[test]
    fn names_can_be_read_by_people() {
        assert_eq!(
            name("ecs:DescribeServices", json!({"cluster": "prod", "services": ["api", "web"]})),
            "ecs.describe-services@eu-west-1@cluster=prod@services+=api,web"
        );
        assert_eq!(
            name(
                "ec2:DescribeSubnets",
                json!({"Filters": [{"Name": "vpc-id", "Values": ["vpc-1"]}]})
            ),
            "ec2.describe-subnets@eu-west-1@Filters.0.Name=vpc-id@Filters.0.Values+=vpc-1"
        );
        assert_eq!(
            name("s3:ListObjectsV2", json!({"Bucket": "b", "MaxKeys": 1, "Prefix": "a/b c"})),
            "s3.list-objects-v2@eu-west-1@Bucket=b@MaxKeys=+1@Prefix=a%2Fb%20c"
        );
    }

    #[test]
    fn other_names_are_no_requests() {
        for other in [
            "services.json",
            "ecs.json",
            "a@b",
            "ecs.describe@x@noequals",
            "ecs.x@r@a=%zz",
            "ecs.x@r@a.1=b",
            "é.x@r",
        ] {
            assert_eq!(RequestName::decode(other), None, "{other}");
        }
    }

    #[test]
    fn parts_of_the_file_are_no_members() {
        let request =
            RequestName::decode("ecs.describe-tasks@eu-west-1@cluster=prod@_part=2.json").unwrap();
        assert_eq!(request.params, json!({"cluster": "prod"}));
    }

    #[test]
    fn too_long_a_name_is_not_made() {
        let request = RequestName {
            call: "ecs:DescribeTasks".into(),
            region: "eu-west-1".into(),
            account: String::new(),
            params: json!({"tasks": vec!["x".repeat(32); 10]}),
        };
        assert_eq!(request.encode(), None);
    }

    fn params() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            ".{0,8}".prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            any::<bool>().prop_map(Value::from),
            Just(json!([])),
            Just(Value::Null),
        ];
        leaf.prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                proptest::collection::btree_map("[A-Za-z][A-Za-z0-9]{0,5}", inner, 0..3)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_name_says_its_request_and_is_safe(
            members in proptest::collection::btree_map("[A-Za-z][A-Za-z0-9]{0,8}", params(), 0..3),
            operation in "([A-Z][a-z0-9]{1,6}){1,3}",
            account in "([0-9]{12})?",
        ) {
            let request = RequestName {
                call: format!("ecs:{operation}"),
                region: "us-gov-east-1".into(),
                account,
                params: Value::Object(members.into_iter().collect()),
            };
            if let Some(name) = request.encode() {
                prop_assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-%=+,@".contains(&byte)));
                prop_assert_eq!(RequestName::decode(&format!("{name}.json")), Some(request.clone()));
                prop_assert!(!name.contains('/'));
            }
        }

        #[test]
        fn any_name_is_read_without_panic(name in "\\PC{0,60}", tail in "[a-z.@=+,%0-9]{0,60}") {
            let _ = RequestName::decode(&name);
            let _ = RequestName::decode(&format!("ecs.x@r@{tail}"));
        }
    }
}
