//! The first lines: which target, how it stands, since when; and the overview of several targets.

use super::View;
use super::page::{Page, Tone};
use super::words;
use ecswhy_diagnose::report::{DeploymentState, Report, Role, Status, TargetReport};

/// The mark and the tone of a status.
fn mark(page: &Page, status: Status) -> (Tone, &'static str) {
    match status {
        Status::Healthy => (Tone::Good, page.symbol("✓", "OK")),
        Status::Deploying => (Tone::Good, page.symbol("…", "..")),
        Status::AtRisk => (Tone::Warn, "!"),
        Status::Failing => (Tone::Bad, page.symbol("✗", "X")),
        Status::Incomplete => (Tone::Warn, "?"),
    }
}

/// One line per target, before the reports of several.
pub(super) fn overview(page: &mut Page, report: &Report) {
    let targets = words::count(report.reports.len() as i64, "target");
    page.paragraph(0, 0, &[(Tone::Heading, &format!("{targets} in {}", report.region))]);
    for target in &report.reports {
        let (tone, mark) = mark(page, target.status);
        let name = words::target(&target.target);
        let cause = target.findings.iter().find(|finding| finding.role == Role::RootCause);
        let rest = match cause {
            Some(cause) => format!("{}: {}", name, cause.message),
            None => format!("{name}: {}", target.status.name()),
        };
        page.paragraph(2, 4, &[(tone, mark), (Tone::Plain, &rest)]);
    }
}

/// The headline of one target.
pub(super) fn write(page: &mut Page, view: &View<'_>) {
    let target = view.target;
    let (tone, mark) = mark(page, target.status);
    let name = words::target(&target.target);
    let verdict = match target.status {
        Status::Healthy => "is healthy",
        Status::Deploying => "is deploying",
        Status::AtRisk => "runs, but its next launch is blocked",
        Status::Failing if target.target.kind == "task" => "failed",
        Status::Failing => "is failing",
        Status::Incomplete if failures(view).is_some() => {
            "is failing, and nothing that could be read says why"
        }
        Status::Incomplete => "shows no failure, but not everything could be read",
    };
    let standing = standing(view);
    let colon = if standing.is_empty() { "." } else { ":" };
    let verdict = format!("{verdict}{colon}");
    let head = format!("{mark} {name}");
    page.paragraph(0, 2, &[(tone, &head), (Tone::Heading, &verdict), (Tone::Plain, &standing)]);
    page.text(2, Tone::Faint, &launch(view));
    if target.status == Status::Healthy && target.findings.is_empty() {
        page.text(2, Tone::Plain, "Nothing blocks the next launch.");
    }
}

/// How many tasks run and fail.
fn standing(view: &View<'_>) -> String {
    let target = view.target;
    if target.target.kind == "task" {
        let last = target.symptoms.iter().filter_map(|told| told.last_seen).max();
        return last.map_or_else(String::new, |at| {
            format!("last message {}.", words::time(at, view.report.taken_at))
        });
    }
    let state = &target.state;
    let mut parts = Vec::new();
    if let (Some(running), Some(desired)) = (state.running, state.desired) {
        parts.push(format!("{running} of {} running", words::count(desired, "task")));
    }
    if let Some(judged) = judged(target)
        && let (Some(running), Some(desired)) = (judged.running, judged.desired)
        && state.running != Some(running)
    {
        let revision = judged.task_definition.as_deref().map(words::revision).unwrap_or_default();
        parts.push(format!("{running} of {desired} of {revision}"));
    }
    if let Some(pending) = state.pending.filter(|pending| *pending > 0) {
        parts.push(format!("{pending} pending"));
    }
    parts.extend(failures(view));
    if parts.is_empty() { String::new() } else { format!("{}.", parts.join(", ")) }
}

/// How many tasks failed, since when.
fn failures(view: &View<'_>) -> Option<String> {
    let target = view.target;
    let current =
        || target.symptoms.iter().filter(|told| told.current && !told.symptom.is_benign());
    let told: std::collections::BTreeSet<&String> =
        current().flat_map(|told| &told.tasks).collect();
    let counted = judged(target).and_then(|judged| judged.failed).unwrap_or(0);
    let failed = counted.max(told.len() as i64);
    (failed > 0).then(|| {
        let since = current()
            .filter_map(|told| told.first_seen)
            .min()
            .map(|at| format!(" since {}", words::time(at, view.report.taken_at)))
            .unwrap_or_default();
        format!("{failed} failed{since}")
    })
}

fn judged(target: &TargetReport) -> Option<&DeploymentState> {
    target.state.deployments.iter().find(|deployment| deployment.judged)
}

/// Which launch is judged, where, and when the facts were gathered.
fn launch(view: &View<'_>) -> String {
    let report = view.report;
    let mut parts = Vec::new();
    let revision = view.target.target.task_definition.as_deref().map(words::revision);
    parts.extend(revision);
    if let Some(judged) = judged(view.target) {
        let state = judged.rollout_state.as_deref().or(judged.status.as_deref()).unwrap_or("");
        let since = judged
            .created_at
            .map(|at| {
                let ago = words::ago(at, report.taken_at);
                format!(" since {} ({ago})", words::time(at, report.taken_at))
            })
            .unwrap_or_default();
        if !state.is_empty() {
            parts.push(format!("deployment {state}{since}"));
        }
    }
    if !report.account.is_empty() {
        parts.push(format!("account {}", report.account));
    }
    parts.push(report.region.clone());
    parts.push(format!("read {}", report.taken_at.0.strftime("%Y-%m-%d %H:%M UTC")));
    parts.join(", ")
}
