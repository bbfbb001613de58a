//! AWS's service models, cut down to the operations of the table: the committed
//! files `model/*.json` as Rust values. It knows their form, and nothing of HTTP.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// How a service speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// AWS JSON 1.0 or 1.1: the operation in `X-Amz-Target`, JSON both ways.
    Json,
    /// AWS Query: a form out, XML back.
    Query,
    /// Query in EC2's dialect.
    Ec2,
    /// HTTP verbs and paths, JSON back.
    RestJson,
    /// HTTP verbs and paths, XML back (Amazon S3).
    RestXml,
}

/// One service's model.
#[derive(Debug, Deserialize)]
pub struct ServiceModel {
    /// How it speaks.
    pub protocol: Protocol,
    /// The `Version` of Query requests.
    pub api_version: String,
    /// AWS's service id, `Secrets Manager`: names `AWS_ENDPOINT_URL_SECRETS_MANAGER`.
    pub service_id: String,
    /// The service in a SigV4 signature.
    pub signing_name: String,
    /// `1.0` or `1.1` for JSON services.
    #[serde(default)]
    pub json_version: String,
    /// What stands before the dot in `X-Amz-Target`.
    #[serde(default)]
    pub target_prefix: String,
    operations: BTreeMap<String, OperationModel>,
    /// Shapes of requests.
    pub(crate) inputs: Shapes,
    /// Shapes of answers.
    pub(crate) outputs: Shapes,
}

/// Shapes by name.
pub(crate) type Shapes = BTreeMap<String, Shape>;

/// What AWS's model says about one operation.
#[derive(Debug, Deserialize)]
pub struct OperationModel {
    /// The AWS CLI's name, `describe-services`.
    pub cli: String,
    #[serde(default)]
    pub(crate) input: Option<String>,
    #[serde(default)]
    pub(crate) output: Option<String>,
    /// Input members that AWS requires.
    #[serde(default)]
    pub required: Vec<String>,
    /// The element around the answer in Query.
    #[serde(default)]
    pub(crate) wrapper: Option<String>,
    /// The output member that is the whole body.
    #[serde(default)]
    pub(crate) payload: Option<String>,
    /// The output member whose value is the text of the root element.
    #[serde(default)]
    pub(crate) bare: Option<String>,
    /// Method and URI template of the REST protocols.
    #[serde(default)]
    pub(crate) http: Option<(String, String)>,
    /// Where the REST protocols put an input member: place, name there.
    #[serde(default)]
    pub(crate) bind: BTreeMap<String, (String, String)>,
    /// How the answer comes in pages.
    #[serde(default)]
    pub paging: Option<Paging>,
    /// Error codes that AWS declares (none for EC2).
    #[serde(default)]
    pub errors: Vec<String>,
}

/// How an answer comes in pages (botocore's paginators).
#[derive(Debug, Deserialize)]
pub struct Paging {
    /// Input members that take the tokens.
    #[serde(rename = "in")]
    pub input_tokens: Vec<String>,
    /// Output members that give the tokens, in the same order.
    #[serde(rename = "out")]
    pub output_tokens: Vec<String>,
    /// Output lists that continue on the next page.
    pub results: Vec<String>,
    /// Output member that says whether more follows.
    #[serde(default)]
    pub more: Option<String>,
    /// Input member for the page size.
    #[serde(default)]
    pub limit: Option<String>,
}

/// A shape: structure, list or map.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Shape {
    Structure(BTreeMap<String, Member>),
    List(ListTag, String, String, bool),
    Map(MapTag, String),
}

/// A member's type, with its name on the wire where that differs.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Member {
    Same(String),
    Named(String, String),
}

impl Member {
    pub(crate) fn wire<'a>(&'a self, name: &'a str) -> &'a str {
        match self {
            Self::Same(_) => name,
            Self::Named(wire, _) => wire,
        }
    }

    pub(crate) fn kind(&self) -> &str {
        match self {
            Self::Same(kind) | Self::Named(_, kind) => kind,
        }
    }
}

#[derive(Debug, Deserialize)]
pub(crate) enum ListTag {
    #[serde(rename = "list")]
    List,
}

#[derive(Debug, Deserialize)]
pub(crate) enum MapTag {
    #[serde(rename = "map")]
    Map,
}

/// A type: a primitive or a shape of the model.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind<'a> {
    Text,
    Integer,
    Float,
    Boolean,
    Timestamp,
    PolicyDocument,
    Blob,
    FreeDocument,
    Shape(&'a Shape),
}

/// What a type name of the model stands for; `None` for a broken model.
pub(crate) fn kind<'a>(shapes: &'a Shapes, name: &str) -> Option<Kind<'a>> {
    Some(match name {
        ":s" => Kind::Text,
        ":i" => Kind::Integer,
        ":f" => Kind::Float,
        ":b" => Kind::Boolean,
        ":t" => Kind::Timestamp,
        ":p" => Kind::PolicyDocument,
        ":x" => Kind::Blob,
        ":d" => Kind::FreeDocument,
        _ => Kind::Shape(shapes.get(name)?),
    })
}

impl ServiceModel {
    #[expect(clippy::expect_used, reason = "the file is committed; a test parses every one")]
    pub(crate) fn parse(text: &str) -> Self {
        serde_json::from_str(text).expect("a committed model is well formed")
    }

    #[expect(
        clippy::expect_used,
        reason = "the model is generated from the table; a test looks every row up"
    )]
    pub(crate) fn operation(&self, name: &str) -> &OperationModel {
        self.operations.get(name).expect("the model holds every operation of the table")
    }

    /// Names the first part of `input` that AWS's model does not know, or that has
    /// the wrong JSON type. Catches a misspelt member before AWS ignores it.
    ///
    /// # Errors
    /// The path of the first foreign member.
    pub fn check_input(&self, operation: &OperationModel, input: &Value) -> Result<(), String> {
        match &operation.input {
            Some(shape) => check(&self.inputs, shape, input, ""),
            None => match input.as_object() {
                Some(members) if members.is_empty() => Ok(()),
                _ => Err("takes no input".to_owned()),
            },
        }
    }

    /// Whether an answer of `operation` can hold the field `path`: members joined
    /// by dots, `[]` behind a list, `services[].deployments[].rolloutState`.
    #[must_use]
    pub fn has_output(&self, operation: &OperationModel, path: &str) -> bool {
        let Some(mut name) = operation.output.as_deref() else {
            return false;
        };
        for part in path.split('.') {
            let (member, lists) = match part.find("[]") {
                Some(at) => (&part[..at], part[at..].len() / 2),
                None => (part, 0),
            };
            match kind(&self.outputs, name) {
                Some(Kind::Shape(Shape::Structure(members))) => match members.get(member) {
                    Some(found) => name = found.kind(),
                    None => return false,
                },
                Some(Kind::Shape(Shape::Map(_, value))) => name = value,
                _ => return false,
            }
            for _ in 0..lists {
                match kind(&self.outputs, name) {
                    Some(Kind::Shape(Shape::List(_, of, _, _))) => name = of,
                    _ => return false,
                }
            }
        }
        true
    }
}

fn check(shapes: &Shapes, name: &str, value: &Value, path: &str) -> Result<(), String> {
    let wrong = |wanted: &str| Err(format!("{path}: {wanted} expected"));
    match kind(shapes, name) {
        None => Err(format!("{path}: unknown shape {name}")),
        Some(Kind::Text | Kind::Blob | Kind::PolicyDocument) if !value.is_string() => {
            wrong("a string")
        }
        Some(Kind::Integer) if !value.is_i64() && !value.is_u64() => wrong("an integer"),
        Some(Kind::Float) if !value.is_number() => wrong("a number"),
        Some(Kind::Boolean) if !value.is_boolean() => wrong("a boolean"),
        Some(Kind::Timestamp) if !value.is_string() && !value.is_number() => wrong("a time"),
        Some(Kind::Shape(Shape::Structure(members))) => match value.as_object() {
            None => wrong("an object"),
            Some(fields) => fields.iter().try_for_each(|(field, inner)| {
                let path = if path.is_empty() { field.clone() } else { format!("{path}.{field}") };
                match members.get(field) {
                    Some(member) => check(shapes, member.kind(), inner, &path),
                    None => Err(format!("{path}: no such member")),
                }
            }),
        },
        Some(Kind::Shape(Shape::List(_, of, _, _))) => match value.as_array() {
            None => wrong("a list"),
            Some(entries) => {
                entries.iter().try_for_each(|entry| check(shapes, of, entry, &format!("{path}[]")))
            }
        },
        Some(Kind::Shape(Shape::Map(_, of))) => match value.as_object() {
            None => wrong("an object"),
            Some(fields) => fields
                .iter()
                .try_for_each(|(key, inner)| check(shapes, of, inner, &format!("{path}.{key}"))),
        },
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::operations::{ALL, ec2, ecs, find};

    #[test]
    fn every_row_of_the_table_has_a_model_whose_shapes_resolve() {
        for op in ALL {
            let model = op.service.model();
            let operation = op.model();
            for (shapes, name) in
                [(&model.inputs, &operation.input), (&model.outputs, &operation.output)]
            {
                if let Some(name) = name {
                    assert!(shapes.contains_key(name), "{} {name}", op.name);
                }
            }
            for shapes in [&model.inputs, &model.outputs] {
                for shape in shapes.values() {
                    let names: Vec<&str> = match shape {
                        Shape::Structure(members) => members.values().map(Member::kind).collect(),
                        Shape::List(_, of, _, _) => vec![of],
                        Shape::Map(_, of) => vec![of],
                    };
                    for name in names {
                        assert!(kind(shapes, name).is_some(), "{} {name}", op.name);
                    }
                }
            }
        }
    }

    #[test]
    fn every_absent_code_batch_member_and_page_size_is_aws_s_own() {
        for op in ALL {
            let (model, operation) = (op.service.model(), op.model());
            for code in op.absent {
                let code = code.split(": ").next().unwrap();
                let known = operation.errors.iter().any(|known| known == code);
                assert!(known || op.service.key == "s3", "{} {code}", op.name);
            }
            if let Some(batch) = op.batch {
                let Some(Kind::Shape(Shape::Structure(members))) =
                    kind(&model.inputs, operation.input.as_deref().unwrap())
                else {
                    panic!("{}", op.name)
                };
                let member = members.get(batch.member).unwrap();
                assert!(matches!(
                    kind(&model.inputs, member.kind()),
                    Some(Kind::Shape(Shape::List(..)))
                ));
            }
            if op.page_size.is_some() {
                assert!(operation.paging.as_ref().unwrap().limit.is_some(), "{}", op.name);
            }
        }
    }

    #[test]
    fn a_misspelt_input_member_is_named() {
        let op = &ec2::DESCRIBE_SUBNETS;
        let check = |input| op.service.model().check_input(op.model(), &input);
        assert_eq!(check(json!({"Filters": [{"Name": "vpc-id", "Values": ["vpc-1"]}]})), Ok(()));
        assert_eq!(
            check(json!({"Filters": [{"name": "vpc-id"}]})),
            Err("Filters[].name: no such member".to_owned())
        );
        assert_eq!(
            check(json!({"SubnetIds": "subnet-1"})),
            Err("SubnetIds: a list expected".to_owned())
        );
    }

    #[test]
    fn output_paths_are_looked_up() {
        let op = &ecs::DESCRIBE_SERVICES;
        let has = |path| op.service.model().has_output(op.model(), path);
        assert!(has("services[].deployments[].rolloutState"));
        assert!(!has("services[].deployments[].rolloutstate"));
        assert!(!has("services.deployments"));
    }

    #[test]
    fn operations_are_found_by_their_cli_spelling() {
        let op = find("elbv2", "DescribeTargetHealth").unwrap();
        assert_eq!(op.cli(), "aws elbv2 describe-target-health");
        assert_eq!(op.action(), "elasticloadbalancing:DescribeTargetHealth");
        assert_eq!(find("s3api", "ListObjectsV2").unwrap().action(), "s3:ListBucket");
    }
}
