//! The engine of the message reader: ordered rules over small fragments of text.
//! A rule holds if all its fragments occur and none of its counter-fragments; the first that holds decides.
//! All fragments of all rules are looked for in one pass.

use super::{
    Channel, Message, container, exit, foreign, health, identity, logging, placement, pull,
    secrets, service, storage,
};
use crate::symptom::Symptom;
use regex::bytes::{RegexSet, RegexSetBuilder};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// One rule. Fragments are regular expressions on the normalised text in lower case.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    symptom: Symptom,
    all: &'static [&'static str],
    none: &'static [&'static str],
    only_in: Option<Channel>,
    needs_ecs: bool,
}

/// A rule that holds if all fragments occur.
pub(super) const fn rule(symptom: Symptom, all: &'static [&'static str]) -> Rule {
    Rule { symptom, all, none: &[], only_in: None, needs_ecs: false }
}

impl Rule {
    /// The rule does not hold if one of these fragments occurs.
    pub(super) const fn unless(mut self, none: &'static [&'static str]) -> Self {
        self.none = none;
        self
    }

    /// The rule holds only for messages of the channel.
    pub(super) const fn only_in(mut self, channel: Channel) -> Self {
        self.only_in = Some(channel);
        self
    }

    /// The words occur in texts of other programs too: the rule holds only if the channel is known or the text names ECS.
    pub(super) const fn with_ecs(mut self) -> Self {
        self.needs_ecs = true;
        self
    }
}

/// The order of the groups decides where one text could be read in two ways: what the text says at its end
/// (a refusal, a missing thing) stands in the specific lists, what only its beginning says in the fallbacks.
const ORDER: &[&[Rule]] = &[
    container::OUT_OF_MEMORY,
    storage::RULES,
    identity::RULES,
    secrets::RULES,
    logging::RULES,
    placement::SPECIFIC,
    pull::RULES,
    container::RULES,
    health::RULES,
    placement::RULES,
    service::RULES,
    pull::FALLBACK,
    secrets::FALLBACK,
    storage::FALLBACK,
    placement::FALLBACK,
];

struct Engine {
    fragments: RegexSet,
    rules: Vec<Compiled>,
    foreign: Vec<usize>,
    ecs: Vec<usize>,
    fargate: Vec<usize>,
}

struct Compiled {
    rule: Rule,
    all: Vec<usize>,
    none: Vec<usize>,
}

static ENGINE: LazyLock<Engine> = LazyLock::new(Engine::compile);

impl Engine {
    fn compile() -> Self {
        let mut patterns: Vec<&'static str> = Vec::new();
        let mut known: BTreeMap<&'static str, usize> = BTreeMap::new();
        let mut intern = |fragments: &[&'static str]| -> Vec<usize> {
            fragments
                .iter()
                .map(|fragment| {
                    *known.entry(fragment).or_insert_with(|| {
                        patterns.push(fragment);
                        patterns.len() - 1
                    })
                })
                .collect()
        };
        let rules = ORDER
            .iter()
            .flat_map(|list| list.iter())
            .map(|rule| Compiled { rule: *rule, all: intern(rule.all), none: intern(rule.none) })
            .collect();
        let foreign = intern(foreign::FOREIGN);
        let ecs = intern(foreign::ECS);
        let fargate = intern(foreign::FARGATE);
        // A test compiles every fragment by itself; an empty set would read everything as unknown.
        let fragments = RegexSetBuilder::new(&patterns)
            .unicode(false)
            .size_limit(64 << 20)
            .dfa_size_limit(64 << 20)
            .build()
            .unwrap_or_default();
        Self { fragments, rules, foreign, ecs, fargate }
    }
}

/// The symptom of a normalised text and of the message inside it; `None` if no rule holds.
pub(super) fn symptom_of(text: &str, core: &str, message: &Message) -> Option<Symptom> {
    let (text, core) = (text.to_ascii_lowercase(), core.to_ascii_lowercase());
    told_by_words(&text, &core, message)
        // "Essential container in task exited" is the frame of what else the text says.
        .or_else(|| exit::symptom_of(&core, message).or_else(|| exit::symptom_of(&text, message)))
        .or_else(|| by_stop_code(message))
}

/// A fragment may stand in either text: a rule may speak of the wrapping, another demand that the message begins with its words.
fn told_by_words(text: &str, core: &str, message: &Message) -> Option<Symptom> {
    let engine = &*ENGINE;
    let inside = if core == text { "" } else { core };
    let found = [text, inside].map(|text| engine.fragments.matches(text.as_bytes()));
    let matched = |fragment: &usize| found.iter().any(|set| set.matched(*fragment));
    let names_ecs = engine.ecs.iter().any(matched);
    if !names_ecs && engine.foreign.iter().any(matched) {
        return None;
    }
    let from_ecs = names_ecs
        || engine.fargate.iter().any(matched)
        || message.channel.is_some()
        || message.stop_code.is_some();
    let holds = |compiled: &&Compiled| {
        let rule = &compiled.rule;
        compiled.all.iter().all(matched)
            && !compiled.none.iter().any(matched)
            && rule.only_in.is_none_or(|channel| message.channel == Some(channel))
            && (!rule.needs_ecs || from_ecs)
    };
    engine.rules.iter().find(holds).map(|compiled| compiled.rule.symptom)
}

/// Stop codes that say all by themselves. The reason of a StopTask call is free text of the caller.
fn by_stop_code(message: &Message) -> Option<Symptom> {
    match message.stop_code.as_deref()? {
        "SpotInterruption" => Some(Symptom::SpotInterrupted),
        "UserInitiated" => Some(Symptom::StoppedByUser),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fragment_compiles_and_is_in_lower_case() {
        let lists = ORDER.iter().flat_map(|list| list.iter());
        let fragments = lists
            .flat_map(|rule| rule.all.iter().chain(rule.none))
            .chain(foreign::FOREIGN)
            .chain(foreign::ECS)
            .chain(foreign::FARGATE);
        for fragment in fragments {
            regex::Regex::new(fragment).unwrap_or_else(|error| panic!("{fragment}: {error}"));
            let words = fragment
                .replace("\\S", "")
                .replace("\\W", "")
                .replace("\\B", "")
                .replace("\\D", "");
            assert_eq!(words, words.to_lowercase(), "matched against lower case");
        }
        assert!(!ENGINE.fragments.is_empty());
    }

    #[test]
    fn every_rule_demands_a_fragment() {
        for rule in ORDER.iter().flat_map(|list| list.iter()) {
            assert!(!rule.all.is_empty(), "{:?}", rule.symptom);
        }
    }
}
