//! The values that an unknown key can take, as far as the conditions on it tell them apart: one value for each
//! class of values that all conditions treat alike.
//!
//! Exact or nothing: where the classes cannot be listed within bounds, there is no answer.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::{Condition, Quantifier, Test};
use crate::pattern::{FixedText, Symbol};
use crate::request::{Request, Value};

/// The most states of the automaton that finds texts.
const MAX_STATES: usize = 2048;
/// The most classes of which sets are formed, for keys with several values.
const MAX_IN_SETS: usize = 6;

/// Keys that have several values (IAM User Guide, "AWS global condition context keys"). With any other key a
/// condition without a set operator says that it has one.
const MULTI_VALUED: [&str; 9] = [
    "aws:calledvia",
    "aws:principalorgpaths",
    "aws:principalservicenameslist",
    "aws:resourceorgpaths",
    "aws:sourceorgpaths",
    "aws:tagkeys",
    "kms:encryptioncontextkeys",
    "kms:grantoperations",
    "kms:resourcealiases",
];

/// One value for each class, absence included; none when they cannot be listed.
pub(crate) fn of(
    key: &str,
    conditions: &[&Condition],
    request: &Request,
) -> Option<Vec<Option<Value>>> {
    let classes = single(conditions, request)?;
    let is_multi = MULTI_VALUED.contains(&key);
    let has_sets = conditions.iter().any(|c| c.quantifier != Quantifier::Single);
    let has_singles = conditions.iter().any(|c| c.quantifier == Quantifier::Single);
    let mut values = vec![None];
    if has_sets || is_multi {
        // A set operator takes an empty text for no value.
        let members: Vec<&String> = classes.iter().filter(|class| !class.is_empty()).collect();
        if members.len() > MAX_IN_SETS {
            return None;
        }
        for set in 1_u32..(1 << members.len()) {
            let chosen = members.iter().enumerate().filter(|(bit, _)| set & (1 << bit) != 0);
            let chosen = chosen.map(|(_, member)| (*member).clone()).collect();
            values.push(Some(Value::Many(chosen)));
        }
    }
    if has_singles && !is_multi {
        values.extend(classes.into_iter().map(|class| Some(Value::One(class))));
    }
    Some(values)
}

/// One value for each class of single values.
fn single(conditions: &[&Condition], request: &Request) -> Option<Vec<String>> {
    let tests: Vec<&Test> =
        conditions.iter().map(|c| &c.test).filter(|test| !matches!(test, Test::Null(_))).collect();
    let all = |is: fn(&Test) -> bool| tests.iter().all(|test| is(test));
    if tests.is_empty() {
        Some(vec!["value".to_owned()])
    } else if all(|test| matches!(test, Test::Bool(_))) {
        Some(vec!["true".to_owned(), "false".to_owned()])
    } else if all(|test| matches!(test, Test::Text(_) | Test::Bool(_))) {
        texts(&tests, request)
    } else if all(|test| matches!(test, Test::Number(..))) {
        numbers(&tests)
    } else if all(|test| matches!(test, Test::Date(..))) {
        dates(&tests)
    } else if all(|test| matches!(test, Test::Ip(_))) {
        Some(addresses(&tests))
    } else if all(|test| matches!(test, Test::Binary(_))) {
        let wanted = tests.iter().flat_map(|test| match test {
            Test::Binary(wanted) => wanted.as_slice(),
            _ => &[],
        });
        Some(with_another(wanted.map(String::as_str)))
    } else {
        // A key is of one type; conditions of several types leave open which one.
        None
    }
}

/// The given texts, each once, and one that is none of them.
fn with_another<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<String> {
    let known: BTreeSet<&str> = texts.collect();
    let mut another = "AAAA".to_owned();
    while known.contains(another.as_str()) {
        another.push_str("AAAA");
    }
    known.into_iter().map(str::to_owned).chain([another]).collect()
}

fn texts(tests: &[&Test], request: &Request) -> Option<Vec<String>> {
    let mut fixed = Vec::new();
    for pattern in tests.iter().flat_map(|test| test.patterns()) {
        fixed.extend(pattern.resolved(request).ok()?);
    }
    let exact = fixed.iter().map(|pattern| match pattern.as_ref() {
        FixedText::Exact(text) => Some(text.as_str()),
        _ => None,
    });
    if let Some(exact) = exact.collect::<Option<Vec<_>>>() {
        return Some(with_another(exact.into_iter()));
    }
    let symbols: BTreeSet<Vec<Symbol>> = fixed.iter().filter_map(|f| f.symbols()).collect();
    Automaton::new(symbols.into_iter().collect())?.witnesses()
}

fn numbers(tests: &[&Test]) -> Option<Vec<String>> {
    let mut limits: Vec<f64> =
        tests.iter().filter_map(|test| test.numbers()).flatten().copied().collect();
    limits.sort_by(f64::total_cmp);
    limits.dedup();
    let (Some(first), Some(last)) = (limits.first(), limits.last()) else {
        return Some(vec!["0".to_owned()]);
    };
    let mut values = vec![first - 1.0, last + 1.0];
    for pair in limits.windows(2) {
        if let [below, above] = pair {
            values.push(below + (above - below) / 2.0);
        }
    }
    // Where the numbers are too large or too close there is no number in between.
    if values.iter().any(|value| !value.is_finite() || limits.contains(value)) {
        return None;
    }
    Some(values.into_iter().chain(limits).map(|value| value.to_string()).collect())
}

fn dates(tests: &[&Test]) -> Option<Vec<String>> {
    let limits: BTreeSet<i128> =
        tests.iter().filter_map(|test| test.dates()).flatten().copied().collect();
    let around = limits.iter().flat_map(|limit| [limit - 1, *limit, limit + 1]);
    let instants: BTreeSet<i128> = around.chain([0]).collect();
    let text =
        |instant| jiff::Timestamp::from_nanosecond(instant).ok().map(|instant| instant.to_string());
    instants.into_iter().map(text).collect()
}

fn addresses(tests: &[&Test]) -> Vec<String> {
    // Within two neighbouring borders all addresses are alike.
    let mut borders =
        BTreeSet::from([IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED)]);
    for network in tests.iter().filter_map(|test| test.networks()).flatten() {
        borders.insert(network.network());
        borders.extend(after(network));
    }
    borders.iter().map(IpAddr::to_string).collect()
}

/// The first address after a network.
fn after(network: &IpNet) -> Option<IpAddr> {
    match network.broadcast() {
        IpAddr::V4(last) => {
            last.to_bits().checked_add(1).map(|next| Ipv4Addr::from_bits(next).into())
        }
        IpAddr::V6(last) => {
            last.to_bits().checked_add(1).map(|next| Ipv6Addr::from_bits(next).into())
        }
    }
}

/// All patterns run side by side over every text.
struct Automaton {
    patterns: Vec<Vec<Symbol>>,
    alphabet: Vec<char>,
}

/// The positions that each pattern may be at.
type State = Vec<BTreeSet<usize>>;

impl Automaton {
    /// None for patterns of characters that have more than two cases, and for too many patterns.
    fn new(patterns: Vec<Vec<Symbol>>) -> Option<Self> {
        if patterns.len() > 64 {
            return None;
        }
        let mut alphabet = BTreeSet::from([':']);
        for symbol in patterns.iter().flatten() {
            match symbol {
                Symbol::Char(c) => {
                    alphabet.insert(*c);
                }
                Symbol::Fold(c) if c.is_ascii() => {
                    alphabet.extend([c.to_ascii_lowercase(), c.to_ascii_uppercase()]);
                }
                Symbol::Fold(_) => return None,
                Symbol::One(_) | Symbol::Star(_) => {}
            }
        }
        let other = ('a'..='z').chain('\u{e000}'..='\u{f8ff}').find(|c| !alphabet.contains(c))?;
        alphabet.insert(other);
        Some(Self { patterns, alphabet: alphabet.into_iter().collect() })
    }

    /// A shortest text for each set of patterns that some text matches; none when there are too many states.
    fn witnesses(&self) -> Option<Vec<String>> {
        let start: State =
            self.patterns.iter().map(|pattern| closure(pattern, BTreeSet::from([0]))).collect();
        // An empty text can stand for no value, so that it is a witness only where no other text is.
        let empty = self.accepted(&start);
        let mut found: BTreeMap<u64, String> = BTreeMap::new();
        let mut seen: BTreeSet<State> = BTreeSet::from([start.clone()]);
        let mut queue = vec![(start, String::new())];
        while !queue.is_empty() {
            let mut next = Vec::new();
            for (state, text) in &queue {
                for c in &self.alphabet {
                    let reached = self.step(state, *c);
                    let longer = format!("{text}{c}");
                    found.entry(self.accepted(&reached)).or_insert_with(|| longer.clone());
                    if seen.insert(reached.clone()) {
                        next.push((reached, longer));
                    }
                }
                if seen.len() > MAX_STATES {
                    return None;
                }
            }
            queue = next;
        }
        found.entry(empty).or_default();
        Some(found.into_values().collect())
    }

    fn step(&self, state: &State, c: char) -> State {
        let of_pattern = |(pattern, positions): (&Vec<Symbol>, &BTreeSet<usize>)| {
            let mut reached = BTreeSet::new();
            for &at in positions {
                match pattern.get(at) {
                    Some(Symbol::Char(wanted)) if *wanted == c => {
                        reached.insert(at + 1);
                    }
                    Some(Symbol::Fold(wanted)) if wanted.eq_ignore_ascii_case(&c) => {
                        reached.insert(at + 1);
                    }
                    Some(Symbol::One(in_part)) if c != ':' || !in_part => {
                        reached.insert(at + 1);
                    }
                    Some(Symbol::Star(in_part)) if c != ':' || !in_part => {
                        reached.insert(at);
                    }
                    _ => {}
                }
            }
            closure(pattern, reached)
        };
        self.patterns.iter().zip(state).map(of_pattern).collect()
    }

    /// A bit for each pattern that accepts.
    fn accepted(&self, state: &State) -> u64 {
        let patterns = self.patterns.iter().zip(state).enumerate();
        patterns.fold(0, |bits, (index, (pattern, positions))| {
            bits | (u64::from(positions.contains(&pattern.len())) << index)
        })
    }
}

/// Adds the positions that a star lets a pattern go on to without a character.
fn closure(pattern: &[Symbol], mut positions: BTreeSet<usize>) -> BTreeSet<usize> {
    let mut rest: Vec<usize> = positions.iter().copied().collect();
    while let Some(at) = rest.pop() {
        if matches!(pattern.get(at), Some(Symbol::Star(_))) && positions.insert(at + 1) {
            rest.push(at + 1);
        }
    }
    positions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::{TextMode, TextPattern};
    use proptest::prelude::*;

    fn symbols(text: &str, mode: TextMode) -> Vec<Symbol> {
        let TextPattern::Fixed(fixed) = TextPattern::new(text, mode, false) else {
            panic!("no variables");
        };
        fixed.symbols().unwrap()
    }

    proptest! {
        #[test]
        fn every_class_of_short_texts_has_a_witness(
            globs in prop::collection::vec("[ab*?]{0,4}", 1..4), text in "[abc]{0,5}"
        ) {
            let patterns: Vec<TextPattern> =
                globs.iter().map(|glob| TextPattern::new(glob, TextMode::Like, false)).collect();
            let automaton =
                Automaton::new(globs.iter().map(|glob| symbols(glob, TextMode::Like)).collect());
            let witnesses = automaton.unwrap().witnesses().unwrap();
            let class = |text: &str| -> Vec<bool> {
                patterns.iter().map(|pattern| match pattern {
                    TextPattern::Fixed(fixed) => fixed.matches(text),
                    TextPattern::Template(..) => false,
                }).collect()
            };
            prop_assert!(witnesses.iter().any(|witness| class(witness) == class(&text)));
        }
    }

    #[test]
    fn the_parts_of_an_arn_do_not_cross_colons() {
        let patterns =
            ["arn:aws:s3:::a*", "arn:*:*:*:*:*"].map(|text| symbols(text, TextMode::Arn)).to_vec();
        let witnesses = Automaton::new(patterns).unwrap().witnesses().unwrap();
        assert_eq!(witnesses, ["3", "arn:::::", "arn:aws:s3:::a"]);
    }

    #[test]
    fn hopeless_patterns_have_no_answer() {
        let pattern = format!("*a{}", "?".repeat(40));
        let patterns = vec![symbols(&pattern, TextMode::Like)];
        assert_eq!(Automaton::new(patterns).unwrap().witnesses(), None);
    }
}
