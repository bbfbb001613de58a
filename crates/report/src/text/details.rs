//! What only a verbose report shows: every stage with its checks, the timeline, older symptoms.

use super::View;
use super::page::{Page, Tone};
use super::rest;
use super::words;
use ecswhy_diagnose::checks;
use ecswhy_diagnose::report::VerdictName;

/// Stages, timeline, calls.
pub(super) fn write(page: &mut Page, view: &View<'_>) {
    stages(page, view);
    timeline(page, view);
    calls(page, view);
}

fn mark(page: &Page, verdict: VerdictName) -> (Tone, &'static str) {
    match verdict {
        VerdictName::Pass => (Tone::Good, page.symbol("✓", "+")),
        VerdictName::Fail => (Tone::Bad, page.symbol("✗", "X")),
        VerdictName::Unknown => (Tone::Warn, "?"),
        VerdictName::NotApplicable => (Tone::Faint, page.symbol("–", "-")),
    }
}

fn stages(page: &mut Page, view: &View<'_>) {
    let missing = rest::missing(view);
    page.heading("Every check, in launch order");
    for stage in &view.target.stages {
        if stage.checks.is_empty() {
            continue;
        }
        let (tone, symbol) = mark(page, stage.verdict);
        page.paragraph(2, 4, &[(tone, symbol), (Tone::Heading, stage.stage.name())]);
        for check in &stage.checks {
            let (tone, symbol) = mark(page, check.verdict);
            let title = checks::by_id(&check.id).map_or(check.id.as_str(), |check| check.title);
            let of_check = missing.iter().enumerate().filter(|(_, (_, checks))| {
                check.verdict == VerdictName::Unknown && checks.contains(&check.id.as_str())
            });
            let told: Vec<String> = of_check.map(|(place, _)| format!("?{}", place + 1)).collect();
            let reason = match check.reason.as_deref().unwrap_or_default() {
                "" => String::new(),
                // Several checks lack the same facts, which are numbered above.
                _ if !told.is_empty() => format!("({})", told.join(", ")),
                reason => format!("({reason})"),
            };
            page.paragraph(4, 6, &[(tone, symbol), (Tone::Plain, title), (Tone::Faint, &reason)]);
        }
    }
}

fn timeline(page: &mut Page, view: &View<'_>) {
    let today = view.report.taken_at;
    let mut lines = Vec::new();
    for deployment in &view.target.state.deployments {
        if let Some(at) = deployment.created_at {
            let revision = deployment.task_definition.as_deref().map(words::revision);
            let state = deployment.rollout_state.as_deref().or(deployment.status.as_deref());
            lines.push((
                at,
                format!(
                    "deployment of {} began; now {}, {} of {} running, {} failed",
                    revision.unwrap_or_default(),
                    state.unwrap_or("of unknown state"),
                    deployment.running.unwrap_or(0),
                    deployment.desired.unwrap_or(0),
                    deployment.failed.unwrap_or(0),
                ),
            ));
        }
    }
    for told in &view.target.symptoms {
        let older = if told.current { "" } else { " (an earlier launch)" };
        let what = format!("{}{older}: {}", told.symptom, told.message);
        if let Some(first) = told.first_seen {
            lines.push((first, what.clone()));
        }
        if let Some(last) = told.last_seen.filter(|last| Some(*last) != told.first_seen) {
            lines
                .push((last, format!("{}{older}, the last of {} times", told.symptom, told.count)));
        }
    }
    if lines.is_empty() {
        return;
    }
    lines.sort();
    page.heading("Timeline");
    for (at, line) in lines {
        page.paragraph(2, 4, &[(Tone::Faint, &words::time(at, today)), (Tone::Plain, &line)]);
    }
}

fn calls(page: &mut Page, view: &View<'_>) {
    let calls = &view.report.calls;
    if calls.total == 0 {
        return;
    }
    page.heading("AWS calls");
    let line = format!(
        "{}, all read-only; {} denied, {} failed",
        words::count(i64::try_from(calls.total).unwrap_or(i64::MAX), "call"),
        calls.denied.len(),
        calls.failed.len()
    );
    page.text(2, Tone::Plain, &line);
    for each in calls.denied.iter().chain(&calls.failed) {
        page.paragraph(4, 6, &[(Tone::Warn, "?"), (Tone::Plain, each)]);
    }
}
