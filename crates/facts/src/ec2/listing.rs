//! Answers of `Describe` calls, kept with the question: a list that is complete for a VPC stays
//! apart from a list that only holds what somebody happened to look up.

use crate::{Gap, GapReason, Known};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A resource that a `Describe` call lists.
pub trait Item: Clone + PartialEq + Serialize + DeserializeOwned {
    /// The call, such as `ec2:DescribeSubnets`.
    const CALL: &'static str;
    /// The id that AWS gives the resource.
    fn id(&self) -> Option<&str>;
    /// Whether a describe filtered by this VPC would list the resource.
    fn in_vpc(&self, vpc_id: &str) -> bool;
}

/// What `Describe` calls of one kind answered, keyed by the subject of the query.
///
/// The subject is a VPC id (complete for that VPC), [`Listing::ALL`] (an unfiltered describe, complete
/// for the account and Region), a resource id (complete for that id), or any other text for a
/// describe by filter (`private-ip-address=10.0.0.7`), which is never complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Listing<T> {
    answers: BTreeMap<String, Known<Vec<T>>>,
}

impl<T> Default for Listing<T> {
    fn default() -> Self {
        Self { answers: BTreeMap::new() }
    }
}

impl<T> Listing<T> {
    /// The subject of an unfiltered describe.
    pub const ALL: &'static str = "*";

    /// What one query answered.
    pub fn answer(&self, subject: &str) -> Known<&Vec<T>> {
        self.answers.get(subject).map_or(Known::NotAsked, Known::as_ref)
    }

    /// Every query with its answer.
    pub fn answers(&self) -> impl Iterator<Item = (&str, &Known<Vec<T>>)> {
        self.answers.iter().map(|(subject, known)| (subject.as_str(), known))
    }

    /// Every copy of every item, for changing a model of the account.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.answers
            .values_mut()
            .filter_map(|known| match known {
                Known::Present(items) => Some(items),
                _ => None,
            })
            .flatten()
    }

    /// Whether nothing was asked.
    pub fn is_empty(&self) -> bool {
        self.answers.is_empty()
    }
}

impl<T: Item> Listing<T> {
    /// Adds an answer. Two answers to the same query are joined by id: they come from several accounts or Regions.
    pub fn put(&mut self, subject: impl Into<String>, answer: Known<Vec<T>>) {
        let slot = self.answers.entry(subject.into()).or_default();
        *slot = match (std::mem::take(slot), answer) {
            (Known::Present(mut old), Known::Present(new)) => {
                join(&mut old, new);
                Known::Present(old)
            }
            // A list that was cut or denied in one of the accounts leaves the joined list incomplete,
            // so the items move to a subject that promises nothing.
            (Known::Failed { why }, Known::Present(items))
            | (Known::Present(items), Known::Failed { why }) => {
                self.put_incomplete(items);
                self.answers.insert(Self::ALL.to_owned(), Known::Failed { why });
                return;
            }
            (kept @ Known::Present(_), _) | (_, kept @ Known::Present(_)) => kept,
            (Known::NotAsked, new) => new,
            (kept, _) => kept,
        };
    }

    /// Adds a resource to a model of the account: to every answer that would list it.
    pub fn add(&mut self, item: T) {
        let mut listed = false;
        for (subject, known) in &mut self.answers {
            let Known::Present(items) = known else { continue };
            if subject == Self::ALL || item.in_vpc(subject) {
                items.push(item.clone());
                listed = true;
            }
        }
        if !listed {
            self.put_incomplete(vec![item]);
        }
    }

    /// Adds items of a list that is not complete for anything.
    pub fn put_incomplete(&mut self, items: Vec<T>) {
        self.put("incomplete", Known::Present(items));
    }

    /// Adds the answers of another account or Region.
    pub fn merge(&mut self, other: Self) {
        for (subject, answer) in other.answers {
            self.put(subject, answer);
        }
    }

    /// All items that any answer holds, each id once, in the order of their ids.
    pub fn seen(&self) -> Vec<&T> {
        let mut by_id = BTreeMap::new();
        for item in self.answers.values().filter_map(Known::present).flatten() {
            by_id.entry(item.id().unwrap_or_default()).or_insert(item);
        }
        by_id.into_values().collect()
    }

    /// The complete list of a VPC.
    ///
    /// # Errors
    /// The gap that keeps the list from being complete.
    pub fn in_vpc(&self, vpc_id: &str) -> Result<Vec<&T>, Gap> {
        let gap = match self.answer(vpc_id).settled(T::CALL, vpc_id) {
            Ok(items) => return Ok(items.into_iter().flatten().collect()),
            Err(gap) => gap,
        };
        match self.answer(Self::ALL).settled(T::CALL, vpc_id) {
            Ok(items) => {
                Ok(items.into_iter().flatten().filter(|item| item.in_vpc(vpc_id)).collect())
            }
            Err(all) => Err(if matches!(gap.why, GapReason::NotAsked) { all } else { gap }),
        }
    }

    /// The complete list of the account and Region.
    ///
    /// # Errors
    /// The gap that keeps the list from being complete.
    pub fn all(&self) -> Result<Vec<&T>, Gap> {
        let items = self.answer(Self::ALL).settled(T::CALL, Self::ALL)?;
        Ok(items.into_iter().flatten().collect())
    }

    /// One item, or its proven absence (`None`).
    ///
    /// # Errors
    /// The gap that leaves it open whether the item exists.
    pub fn by_id(&self, id: &str) -> Result<Option<&T>, Gap> {
        let found = self
            .answers
            .values()
            .filter_map(Known::present)
            .flatten()
            .find(|item| item.id() == Some(id));
        if found.is_some() {
            return Ok(found);
        }
        self.absence(id).map(|()| None)
    }

    /// Succeeds when an id that no answer holds is proven not to exist.
    ///
    /// # Errors
    /// The gap that leaves it open.
    pub fn absence(&self, id: &str) -> Result<(), Gap> {
        match self.answer(id).settled(T::CALL, id) {
            Ok(_) => Ok(()),
            Err(gap) if matches!(gap.why, GapReason::NotAsked) => {
                self.answer(Self::ALL).settled(T::CALL, id).map(|_| ())
            }
            Err(gap) => Err(gap),
        }
    }
}

/// Adds `new` to `old`, each id once. Two accounts can describe one resource (a peering connection, a shared
/// subnet) with different fields: what one of them lacks is filled from the other, independent of their order.
fn join<T: Item>(old: &mut Vec<T>, new: Vec<T>) {
    let mut places: BTreeMap<String, usize> = old
        .iter()
        .enumerate()
        .filter_map(|(place, item)| Some((item.id()?.to_owned(), place)))
        .collect();
    for item in new {
        match item.id().and_then(|id| places.get(id)).copied() {
            Some(place) if old[place] == item => {}
            Some(place) => {
                if let Some(joined) = joined(&old[place], &item) {
                    old[place] = joined;
                }
            }
            None => {
                if let Some(id) = item.id() {
                    places.insert(id.to_owned(), old.len());
                }
                old.push(item);
            }
        }
    }
}

fn joined<T: Item>(one: &T, two: &T) -> Option<T> {
    let (one, two) = (serde_json::to_value(one).ok()?, serde_json::to_value(two).ok()?);
    serde_json::from_value(filled(one, two)).ok()
}

fn filled(one: Value, two: Value) -> Value {
    match (one, two) {
        (Value::Object(mut one), Value::Object(two)) => {
            for (key, value) in two {
                let value = match one.remove(&key) {
                    Some(mine) => filled(mine, value),
                    None => value,
                };
                one.insert(key, value);
            }
            Value::Object(one)
        }
        (one, two) if one == two => one,
        // A contradiction: any fixed choice will do, as long as the order of the facts does not make it.
        (one, two) => std::cmp::max_by_key(one, two, Value::to_string),
    }
}
