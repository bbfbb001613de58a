//! Unknown keys, case by case. Three-valued logic takes two conditions on one unknown key for independent of each
//! other; here each value that the conditions tell apart is tried, so that "equals a or does not equal a" holds.
//!
//! Sound within bounds: a verdict comes out only when it is the same in every case. A key whose values cannot be
//! listed, or that a policy variable names, stays unknown. What a key decides outside of conditions (whom a statement
//! names, who owns the resource) stays unknown while its values are tried.

use std::collections::{BTreeMap, BTreeSet};

use crate::condition::{Condition, classes};
use crate::decide::{Parts, Verdict, each};
use crate::policies::{Policies, Source};
use crate::request::{Lookup, Request, Value};
use crate::tri::Tri;

/// The most cases that are tried before the request is left undetermined.
const MAX_TRIED: usize = 512;

/// The verdict that comes out whatever the unknown keys are; none when it depends on them.
pub(crate) fn settle(policies: &Policies, request: &Request) -> Option<Verdict> {
    search(policies, request, false)
}

/// Whether in every case some Deny applies, though not the same one in all.
pub(crate) fn always_denied_explicitly(policies: &Policies, request: &Request) -> bool {
    search(policies, request, true) == Some(Verdict::ExplicitlyDenied)
}

fn search(policies: &Policies, request: &Request, only_explicit: bool) -> Option<Verdict> {
    let mut keys: Vec<(&str, Vec<Option<Value>>)> = Vec::new();
    for (key, conditions) in conditions(policies, request) {
        if let Some(values) = classes::of(key, &conditions, request) {
            keys.push((key, values));
        }
    }
    if keys.is_empty() {
        return None;
    }
    keys.sort_by_key(|(_, values)| values.len());
    let mut search = Search { policies, keys: &keys, only_explicit, tried: 0, verdict: None };
    let settled = search.explore(&mut request.clone(), 0);
    settled.then_some(search.verdict).flatten()
}

/// The conditions on each unknown key that can be tried, in statements that may apply.
fn conditions<'p>(
    policies: &'p Policies,
    request: &Request,
) -> BTreeMap<&'p str, Vec<&'p Condition>> {
    let mut found: BTreeMap<&str, Vec<&Condition>> = BTreeMap::new();
    let mut excluded: BTreeSet<&str> = BTreeSet::new();
    let is_unknown = |key: &str| request.lookup(key) == Lookup::Unknown;
    for (reading, _, attached) in each(policies, request) {
        let Source::Known(policy) = &attached.source else { continue };
        for statement in &policy.statements {
            if !statement.may_match_service(request.service())
                || !statement.covers_action(request)
                || statement.conditions_hold(request) == Tri::False
            {
                continue;
            }
            let resources = statement.resource.iter().flat_map(|element| &element.entries);
            let templates = resources.filter_map(|pattern| pattern.template());
            excluded.extend(templates.flat_map(|template| template.keys()));
            let named = reading.principal(statement, request);
            if statement.covers_resource(request) == Tri::False
                || named.iter().all(|(_, named)| *named == Tri::False)
            {
                continue;
            }
            for condition in &statement.conditions {
                excluded.extend(condition.test.variable_keys());
                if is_unknown(&condition.key_lower) {
                    found.entry(&condition.key_lower).or_default().push(condition);
                }
            }
        }
    }
    let has_grants = !policies.grants.is_empty();
    let is_in_grants = |key: &str| {
        has_grants && (key.starts_with("kms:encryptioncontext") || key == "aws:sourcearn")
    };
    found.retain(|key, _| !excluded.contains(key) && !is_in_grants(key));
    found
}

struct Search<'s> {
    policies: &'s Policies,
    keys: &'s [(&'s str, Vec<Option<Value>>)],
    /// Whether only a Deny that is sure to apply counts, so that an open one is looked into further.
    only_explicit: bool,
    tried: usize,
    verdict: Option<Verdict>,
}

impl Search<'_> {
    /// Tries every value of the keys from `depth` on; false when two cases differ, one stays open, or there are
    /// too many.
    fn explore(&mut self, request: &mut Request, depth: usize) -> bool {
        self.tried += 1;
        if self.tried > MAX_TRIED {
            return false;
        }
        let verdict = Parts::of(self.policies, request).verdict();
        let explicit = verdict == Some(Verdict::ExplicitlyDenied);
        if let Some(verdict) = verdict.filter(|_| explicit || !self.only_explicit) {
            self.verdict = match self.verdict {
                None => Some(verdict),
                Some(before) => before.or(verdict),
            };
            return self.verdict.is_some();
        }
        let Some((key, values)) = self.keys.get(depth) else { return false };
        for value in values {
            request.assume(key, value.clone());
            if !self.explore(request, depth + 1) {
                return false;
            }
        }
        request.unassume(key);
        true
    }
}
