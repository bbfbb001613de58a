//! Checks whose proof is what AWS itself said about the tasks of the judged launch.

use crate::check::{Fault, Verdict};
use crate::fallback;
use crate::launch::{Launch, Told};
use crate::report::Confidence;
use crate::symptom::Symptom;

/// Fails for each time that AWS said one of `symptoms`; the words are the evidence. On a steady target it is history
/// and weakens nothing more than the next launch.
pub fn said(
    launch: &Launch<'_>,
    symptoms: &[Symptom],
    fault: impl Fn(&Told) -> Option<Fault>,
) -> Verdict {
    let mut faults: Vec<Fault> = Vec::new();
    for told in launch.symptoms.iter().filter(|told| symptoms.contains(&told.symptom)) {
        let Some(mut fault) = fault(told) else { continue };
        fault.evidence.insert(0, fallback::said(launch, told));
        if told.symptom.is_transient() && fault.confidence.is_none() {
            fault.confidence = Some(Confidence::Possible);
        }
        if launch.steady {
            fault = fault.as_risk();
        }
        if !faults.iter().any(|known| known.subject == fault.subject) {
            faults.push(fault);
        }
    }
    match launch.observed() {
        _ if !faults.is_empty() => Verdict::Fail(faults),
        Ok(()) => Verdict::Pass,
        Err(gap) => Verdict::Unknown(vec![gap]),
    }
}

/// Times and tasks in words: `3 tasks, last at 14:02:07`.
pub fn how_often(told: &Told) -> String {
    let tasks = if told.count == 1 { "1 time".to_owned() } else { format!("{} times", told.count) };
    told.last_seen.map_or(tasks.clone(), |at| format!("{tasks}, last at {} UTC", at.clock()))
}
