//! Messages about roles that ECS assumes. A role that works but lacks a permission is told by the group that needs it.

use super::rules::{Rule, rule};
use crate::symptom::Symptom;

/// What the text says.
pub(super) const RULES: &[Rule] = &[
    rule(Symptom::ServiceLinkedRoleMissing, &[r"unable to assume the (?:service[ -]linked role|role '?[^ ]*awsserviceroleforecs)"]),
    rule(
        Symptom::RoleNotAssumable,
        &[r"ecs was unable to assume the role|unable to assume role and validate|trust relationship has been misconfigured or changed, and ecs"],
    ),
    rule(Symptom::RoleNotAssumable, &[r"not authorized to perform: iam:passrole|unable to assume (?:the )?(?:task |execution |task execution )?role"]).with_ecs(),
    rule(Symptom::RoleNotAssumable, &[r"not authorized to perform: sts:assumerole", r"\becs\b|ecs-tasks|resourceinitializationerror"]),
    rule(Symptom::RoleNotAssumable, &[r"role is not valid", r"registertaskdefinition|clientexception"]),
];
