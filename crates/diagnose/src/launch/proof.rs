//! What tasks that started prove: everything before the container start held in their subnet, at that time.

use super::Attempt;
use ecswhy_facts::Time;
use std::collections::BTreeMap;

/// When the start preconditions were last seen to hold, by subnet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proofs {
    by_subnet: BTreeMap<String, Time>,
    anywhere: Option<Time>,
}

impl Proofs {
    /// Reads them off the tasks of the judged launch. A task with `startedAt` has pulled its image, read its secrets
    /// and opened its log stream.
    pub fn of(attempts: &[Attempt<'_>]) -> Self {
        let mut proofs = Self::default();
        for attempt in attempts {
            let Some(started) = attempt.task.started_at else { continue };
            proofs.anywhere = proofs.anywhere.max(Some(started));
            if let Some(subnet) = attempt.subnet() {
                let last = proofs.by_subnet.entry(subnet.to_owned()).or_insert(started);
                *last = (*last).max(started);
            }
        }
        proofs
    }

    /// When a task last started in one of these subnets; without subnets, anywhere.
    pub fn last_start(&self, subnets: &[String]) -> Option<Time> {
        if subnets.is_empty() {
            return self.anywhere;
        }
        // A fault of several subnets is disproved only where every one of them has seen a start.
        let starts: Option<Vec<_>> =
            subnets.iter().map(|subnet| self.by_subnet.get(subnet).copied()).collect();
        starts?.into_iter().min()
    }
}
