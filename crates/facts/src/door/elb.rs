//! Elastic Load Balancing.

use super::entry::{Entry, named};
use crate::Facts;
use crate::elb::{ListenerRules, Listeners, TargetGroupAttributes, TargetHealthDescriptions};

pub(super) fn describe_target_groups(entry: &Entry<'_>, facts: &mut Facts) {
    let asked = entry.params("TargetGroupArns");
    entry.batch(&mut facts.elb.target_groups, &asked, "TargetGroups", named("TargetGroupArn"));
}

pub(super) fn describe_target_health(entry: &Entry<'_>, facts: &mut Facts) {
    let Some(group) = entry.param("TargetGroupArn") else { return };
    // A request about some targets says nothing of the others.
    if entry.params.get("Targets").is_some() {
        return;
    }
    let health = entry
        .known(|_| Ok(Some(TargetHealthDescriptions(entry.list("TargetHealthDescriptions")?))));
    facts.elb.target_health.put(group, health);
}

pub(super) fn describe_target_group_attributes(entry: &Entry<'_>, facts: &mut Facts) {
    let Some(group) = entry.param("TargetGroupArn") else { return };
    let attributes = entry.known(|_| Ok(Some(TargetGroupAttributes(entry.list("Attributes")?))));
    facts.elb.target_group_attributes.put(group, attributes);
}

pub(super) fn describe_load_balancers(entry: &Entry<'_>, facts: &mut Facts) {
    let asked = entry.params("LoadBalancerArns");
    entry.batch(&mut facts.elb.load_balancers, &asked, "LoadBalancers", named("LoadBalancerArn"));
}

pub(super) fn describe_listeners(entry: &Entry<'_>, facts: &mut Facts) {
    let in_answer = || {
        let first = entry.items("Listeners").ok()?.first()?;
        first.get("LoadBalancerArn")?.as_str()
    };
    // Listeners asked for by their own ARNs are not all of a load balancer's.
    if !entry.params("ListenerArns").is_empty() {
        return;
    }
    let Some(balancer) = entry.param("LoadBalancerArn").or_else(in_answer) else { return };
    let listeners = entry.known(|_| Ok(Some(Listeners(entry.list("Listeners")?))));
    facts.elb.listeners.put(balancer, listeners);
}

pub(super) fn describe_rules(entry: &Entry<'_>, facts: &mut Facts) {
    // Rules asked for by their own ARNs are not all of a listener's.
    if !entry.params("RuleArns").is_empty() {
        return;
    }
    // `listener-rule/app/NAME/BALANCER/LISTENER/RULE` holds the listener's own ARN.
    let in_answer = || {
        let first = entry.items("Rules").ok()?.first()?.get("RuleArn")?.as_str()?;
        let (listener, _) = first.rsplit_once('/')?;
        Some(listener.replacen(":listener-rule/", ":listener/", 1))
    };
    let listener = entry.param("ListenerArn").map(str::to_owned).or_else(in_answer);
    let Some(listener) = listener else { return };
    let rules = entry.known(|_| Ok(Some(ListenerRules(entry.list("Rules")?))));
    facts.elb.rules.put(listener, rules);
}
