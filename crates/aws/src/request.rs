//! How a call looks on the wire: method, path, headers and body for each protocol,
//! from the operation's input shapes. It knows nothing of endpoints or signatures.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::model::{Kind, Protocol, Shape, Shapes, kind};
use crate::operations::Operation;

/// One request, before endpoint and signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wire {
    pub method: String,
    /// Path and query, from the slash on.
    pub uri: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

/// Lays out a call.
///
/// # Errors
/// A sentence that names the input member that AWS does not know, or that is missing.
pub(crate) fn wire(operation: &Operation, input: &Value) -> Result<Wire, String> {
    let (service, model) = (operation.service.model(), operation.model());
    service.check_input(model, input)?;
    let empty = Map::new();
    let members = input.as_object().unwrap_or(&empty);
    if let Some(missing) = model.required.iter().find(|name| !members.contains_key(*name)) {
        return Err(format!("{missing} is required"));
    }
    match service.protocol {
        Protocol::Json => Ok(Wire {
            method: "POST".to_owned(),
            uri: "/".to_owned(),
            headers: vec![
                ("content-type", format!("application/x-amz-json-{}", service.json_version)),
                ("x-amz-target", format!("{}.{}", service.target_prefix, operation.name)),
            ],
            body: input.to_string(),
        }),
        Protocol::Query | Protocol::Ec2 => {
            let mut form = Form {
                shapes: &service.inputs,
                text: format!("Action={}&Version={}", operation.name, service.api_version),
            };
            if let Some(shape) = &model.input {
                form.add(shape, input, "")?;
            }
            Ok(Wire {
                method: "POST".to_owned(),
                uri: "/".to_owned(),
                headers: vec![(
                    "content-type",
                    "application/x-www-form-urlencoded; charset=utf-8".to_owned(),
                )],
                body: form.text,
            })
        }
        Protocol::RestJson | Protocol::RestXml => rest(operation, members),
    }
}

/// A Query form: `Filter.1.Name=vpc-id`, `Names.member.1=x`.
struct Form<'a> {
    shapes: &'a Shapes,
    text: String,
}

impl Form<'_> {
    fn add(&mut self, shape: &str, value: &Value, prefix: &str) -> Result<(), String> {
        match kind(self.shapes, shape) {
            Some(Kind::Shape(Shape::Structure(members))) => {
                for (name, inner) in value.as_object().into_iter().flatten() {
                    if let Some(member) = members.get(name) {
                        let wire = member.wire(name);
                        let path = if prefix.is_empty() {
                            wire.to_owned()
                        } else {
                            format!("{prefix}.{wire}")
                        };
                        self.add(member.kind(), inner, &path)?;
                    }
                }
                Ok(())
            }
            Some(Kind::Shape(Shape::List(_, of, name, flat))) => {
                let entries = value.as_array().map_or(&[][..], Vec::as_slice);
                for (index, entry) in entries.iter().enumerate() {
                    let path = if *flat {
                        format!("{prefix}.{}", index + 1)
                    } else {
                        format!("{prefix}.{name}.{}", index + 1)
                    };
                    self.add(of, entry, &path)?;
                }
                Ok(())
            }
            Some(Kind::Shape(Shape::Map(..))) => {
                Err(format!("{prefix}: maps cannot be sent to this service"))
            }
            _ => {
                let text = scalar(value).ok_or_else(|| format!("{prefix}: a value expected"))?;
                let _ = write!(self.text, "&{}={}", escape(prefix), escape(&text));
                Ok(())
            }
        }
    }
}

fn rest(operation: &Operation, members: &Map<String, Value>) -> Result<Wire, String> {
    let model = operation.model();
    let (method, template) =
        model.http.clone().ok_or_else(|| format!("{}: the model has no path", operation.name))?;
    let mut uri = template;
    let mut query = Vec::new();
    for (name, value) in members {
        let text = scalar(value).ok_or_else(|| format!("{name}: a value expected"))?;
        match model.bind.get(name).map(|(place, wire)| (place.as_str(), wire)) {
            Some(("uri", wire)) => {
                if text.is_empty() {
                    return Err(format!("{name} is empty"));
                }
                uri = uri.replace(&format!("{{{wire}}}"), &escape(&text));
            }
            Some(("querystring", wire)) => {
                query.push(format!("{}={}", escape(wire), escape(&text)));
            }
            _ => return Err(format!("{name}: only path and query members are sent")),
        }
    }
    if !query.is_empty() {
        uri.push(if uri.contains('?') { '&' } else { '?' });
        uri.push_str(&query.join("&"));
    }
    Ok(Wire { method, uri, headers: Vec::new(), body: String::new() })
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// Percent-encodes all but RFC 3986's unreserved characters, as SigV4 wants it.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::operations::{cloudwatch, ec2, ecs, efs, elbv2, iam, s3};

    #[test]
    fn each_protocol_lays_a_call_out_as_aws_wants_it() {
        let cases: Vec<(&Operation, Value)> = vec![
            (&ecs::DESCRIBE_SERVICES, json!({"cluster": "prod", "services": ["app"]})),
            (
                &ec2::DESCRIBE_SUBNETS,
                json!({"Filters": [{"Name": "vpc-id", "Values": ["vpc-1", "vpc 2"]}], "SubnetIds": ["subnet-1"]}),
            ),
            (
                &ec2::DESCRIBE_NAT_GATEWAYS,
                json!({"Filter": [{"Name": "vpc-id", "Values": ["vpc-1"]}]}),
            ),
            (
                &ec2::DESCRIBE_VPC_ATTRIBUTE,
                json!({"VpcId": "vpc-1", "Attribute": "enableDnsSupport"}),
            ),
            (&iam::GET_ROLE, json!({"RoleName": "a+b@c"})),
            (
                &elbv2::DESCRIBE_TARGET_HEALTH,
                json!({"TargetGroupArn": "arn:x", "Targets": [{"Id": "10.0.0.1", "Port": 80}]}),
            ),
            (
                &cloudwatch::GET_METRIC_DATA,
                json!({
                    "StartTime": "2024-01-01T00:00:00Z",
                    "EndTime": "2024-01-01T01:00:00Z",
                    "MetricDataQueries": [{"Id": "m", "ReturnData": true, "MetricStat": {
                        "Stat": "Maximum", "Period": 60,
                        "Metric": {"Namespace": "AWS/ECS", "MetricName": "MemoryUtilization",
                            "Dimensions": [{"Name": "ClusterName", "Value": "prod"}]}}}]
                }),
            ),
            (&efs::DESCRIBE_MOUNT_TARGETS, json!({"FileSystemId": "fs-1"})),
            (&efs::DESCRIBE_FILE_SYSTEM_POLICY, json!({"FileSystemId": "fs-1/../x"})),
            (&s3::LIST_OBJECTS_V2, json!({"Bucket": "b.c", "Prefix": "a b/ü", "MaxKeys": 1})),
            (&s3::GET_BUCKET_POLICY, json!({"Bucket": "b"})),
        ];
        let text: String = cases
            .iter()
            .map(|(op, input)| {
                let wire = wire(op, input).unwrap();
                let target =
                    wire.headers.iter().map(|(k, v)| format!("{k}: {v}\n")).collect::<String>();
                format!(
                    "{} {}\n{target}{}\n\n",
                    wire.method,
                    wire.uri,
                    wire.body.replace('&', "\n&")
                )
            })
            .collect();
        insta::assert_snapshot!(text);
    }

    #[test]
    fn a_missing_or_foreign_member_is_refused_before_it_is_sent() {
        assert_eq!(wire(&iam::GET_ROLE, &json!({})), Err("RoleName is required".to_owned()));
        assert_eq!(
            wire(&ecs::DESCRIBE_SERVICES, &json!({"service": ["a"]})),
            Err("service: no such member".to_owned())
        );
    }
}
