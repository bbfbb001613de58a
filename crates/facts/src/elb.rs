//! Elastic Load Balancing: target groups, their targets' health, listeners, load balancers.
#![expect(
    missing_docs,
    reason = "the fields are AWS's own, documented in the service's API reference under the type's name"
)]

use crate::known::{Answers, Fact};
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

/// What is known of Elastic Load Balancing in one account and region.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ElbFacts {
    /// Target groups by ARN.
    pub target_groups: Answers<TargetGroup>,
    /// The health of a target group's targets, by target group ARN.
    pub target_health: Answers<TargetHealthDescriptions>,
    /// Attributes of target groups, by target group ARN.
    pub target_group_attributes: Answers<TargetGroupAttributes>,
    /// Load balancers by ARN.
    pub load_balancers: Answers<LoadBalancerDescription>,
    /// Listeners by load balancer ARN.
    pub listeners: Answers<Listeners>,
    /// Rules by listener ARN: of listeners whose default action does not forward to a target group that is asked about.
    pub rules: Answers<ListenerRules>,
}

/// ELB API `TargetGroup`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct TargetGroup {
    pub target_group_arn: Option<String>,
    pub target_group_name: Option<String>,
    pub protocol: Option<String>,
    pub protocol_version: Option<String>,
    pub port: Option<i64>,
    pub vpc_id: Option<String>,
    pub target_type: Option<String>,
    pub ip_address_type: Option<String>,
    pub health_check_enabled: Option<bool>,
    pub health_check_protocol: Option<String>,
    /// A number, or `traffic-port`.
    pub health_check_port: Option<String>,
    pub health_check_path: Option<String>,
    pub health_check_interval_seconds: Option<i64>,
    pub health_check_timeout_seconds: Option<i64>,
    pub healthy_threshold_count: Option<i64>,
    pub unhealthy_threshold_count: Option<i64>,
    pub matcher: Option<Matcher>,
    pub load_balancer_arns: Vec<String>,
}

/// ELB API `Matcher`: the codes that count as success.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Matcher {
    pub http_code: Option<String>,
    pub grpc_code: Option<String>,
}

impl Fact for TargetGroup {
    const CALL: &'static str = "elasticloadbalancing:DescribeTargetGroups";
}

/// The targets of one target group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TargetHealthDescriptions(pub Vec<TargetHealthDescription>);

impl Fact for TargetHealthDescriptions {
    const CALL: &'static str = "elasticloadbalancing:DescribeTargetHealth";
}

/// ELB API `TargetHealthDescription`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct TargetHealthDescription {
    pub target: Option<TargetDescription>,
    pub health_check_port: Option<String>,
    pub target_health: Option<TargetHealth>,
}

/// ELB API `TargetDescription`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct TargetDescription {
    pub id: Option<String>,
    pub port: Option<i64>,
    pub availability_zone: Option<String>,
}

/// ELB API `TargetHealth`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct TargetHealth {
    pub state: Option<String>,
    pub reason: Option<String>,
    pub description: Option<String>,
}

/// The attributes of one target group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TargetGroupAttributes(pub Vec<Attribute>);

impl Fact for TargetGroupAttributes {
    const CALL: &'static str = "elasticloadbalancing:DescribeTargetGroupAttributes";
}

/// ELB API `TargetGroupAttribute`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Attribute {
    pub key: Option<String>,
    pub value: Option<String>,
}

/// ELB API `LoadBalancer`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct LoadBalancerDescription {
    pub load_balancer_arn: Option<String>,
    #[serde(rename = "LoadBalancerName")]
    pub load_balancer_name: Option<String>,
    #[serde(rename = "DNSName")]
    pub dns_name: Option<String>,
    #[serde(rename = "Type")]
    pub r#type: Option<String>,
    pub scheme: Option<String>,
    pub vpc_id: Option<String>,
    pub state: Option<LoadBalancerState>,
    pub availability_zones: Vec<AvailabilityZone>,
    pub security_groups: Vec<String>,
    pub ip_address_type: Option<String>,
}

/// ELB API `LoadBalancerState`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct LoadBalancerState {
    pub code: Option<String>,
    pub reason: Option<String>,
}

/// ELB API `AvailabilityZone`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct AvailabilityZone {
    pub zone_name: Option<String>,
    pub subnet_id: Option<String>,
}

impl Fact for LoadBalancerDescription {
    const CALL: &'static str = "elasticloadbalancing:DescribeLoadBalancers";
}

/// The listeners of one load balancer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Listeners(pub Vec<Listener>);

impl Fact for Listeners {
    const CALL: &'static str = "elasticloadbalancing:DescribeListeners";
}

/// ELB API `Listener`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Listener {
    pub listener_arn: Option<String>,
    pub load_balancer_arn: Option<String>,
    pub port: Option<i64>,
    pub protocol: Option<String>,
    pub default_actions: Vec<serde_json::Value>,
}

impl Listener {
    /// Whether the default action forwards to the target group.
    #[must_use]
    pub fn forwards_to(&self, target_group: &str) -> bool {
        self.default_actions.iter().any(|action| forwards_to(action, target_group))
    }
}

/// The rules of one listener, its default one included.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ListenerRules(pub Vec<ListenerRule>);

impl Fact for ListenerRules {
    const CALL: &'static str = "elasticloadbalancing:DescribeRules";
}

/// ELB API `Rule`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct ListenerRule {
    pub rule_arn: Option<String>,
    /// A number, or `default`.
    pub priority: Option<String>,
    pub conditions: Vec<serde_json::Value>,
    pub actions: Vec<serde_json::Value>,
}

impl ListenerRule {
    /// Whether an action forwards to the target group.
    #[must_use]
    pub fn forwards_to(&self, target_group: &str) -> bool {
        self.actions.iter().any(|action| forwards_to(action, target_group))
    }
}

/// ELB API `Action`: `TargetGroupArn`, or several in `ForwardConfig`. A weight of zero is a use too.
fn forwards_to(action: &serde_json::Value, target_group: &str) -> bool {
    let arn = |holder: &serde_json::Value| {
        holder.get("TargetGroupArn").and_then(serde_json::Value::as_str) == Some(target_group)
    };
    let several =
        action.pointer("/ForwardConfig/TargetGroups").and_then(serde_json::Value::as_array);
    arn(action) || several.is_some_and(|groups| groups.iter().any(arn))
}
