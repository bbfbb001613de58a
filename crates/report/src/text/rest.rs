//! What follows the root causes: next walls, risks, notes, what is not known, what is never visible.

use super::View;
use super::cause;
use super::fix::{self, LongCommands};
use super::page::{Page, Tone};
use super::words;
use ecswhy_diagnose::report::{Finding, Role, Status};
use std::collections::BTreeMap;

/// As many findings of one kind as a report for people bears.
const MOST: usize = 6;

/// What the launch hits once the root causes are gone.
pub(super) fn walls(page: &mut Page, view: &View<'_>, long: &mut LongCommands) {
    let walls = view.findings(Role::NextBlocker);
    if walls.is_empty() {
        return;
    }
    page.heading(if view.target.status == Status::AtRisk {
        "What blocks the next launch"
    } else {
        "Next walls: fix these too, or the launch stops there"
    });
    let mark = page.symbol("✗", "X");
    // A service that runs has no root cause; its first blocker is then the main thing to tell.
    let in_full = if view.findings(Role::RootCause).is_empty() { 1 } else { 0 };
    list(page, view, &walls, (Tone::Bad, mark), in_full, long);
}

/// Risks and notes.
pub(super) fn remarks(page: &mut Page, view: &View<'_>) {
    for (role, heading, mark) in [
        (Role::Risk, "Risks", (Tone::Warn, "!")),
        (Role::Note, "Worth knowing", (Tone::Plain, "-")),
    ] {
        // What says where to look stands on the first screen.
        let mut findings = view.findings(role);
        findings.retain(|finding| finding.look_up.is_none());
        if !findings.is_empty() {
            page.heading(heading);
            let mut none = LongCommands::default();
            list(page, view, &findings, mark, 0, &mut none);
        }
    }
}

fn list(
    page: &mut Page,
    view: &View<'_>,
    findings: &[&Finding],
    (tone, mark): (Tone, &str),
    in_full: usize,
    long: &mut LongCommands,
) {
    let most = if page.look.verbose { usize::MAX } else { MOST };
    for (place, finding) in findings.iter().take(most).enumerate() {
        let mut spans = vec![(tone, mark)];
        spans.extend(words::certainty(finding.confidence).map(|word| (Tone::Warn, word)));
        let sentence = words::sentence(&finding.message);
        let id = format!("[{}]", finding.id);
        spans.extend([(Tone::Plain, sentence.as_str()), (Tone::Faint, id.as_str())]);
        page.paragraph(2, 4, &spans);
        if page.look.verbose || place < in_full {
            cause::evidence(page, 4, finding);
        }
        if place < in_full {
            fix::write(page, view, &[finding], long);
            fix::more(page, finding);
        } else {
            fix::short(page, view, finding, long);
        }
    }
    if findings.len() > most {
        let left = (findings.len() - most) as i64;
        page.text(2, Tone::Faint, &format!("(and {left} more: --verbose)"));
    }
}

/// The missing facts of a target, each once, with the checks that lack it.
pub(super) fn missing<'r>(view: &View<'r>) -> Vec<(&'r str, Vec<&'r str>)> {
    let mut missing: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for unknown in &view.target.unknowns {
        let checks = missing.entry(&unknown.reason).or_default();
        if !checks.contains(&unknown.check.as_str()) {
            checks.push(&unknown.check);
        }
    }
    missing.into_iter().collect()
}

/// Which facts are missing, and which permission settles them.
pub(super) fn unknowns(page: &mut Page, view: &View<'_>) {
    let mut missing: Vec<(usize, (&str, Vec<&str>))> =
        missing(view).into_iter().enumerate().collect();
    if !page.look.verbose {
        // What lies behind these gateways is told already, with where to look.
        let told = view.target.findings.iter().filter(|finding| finding.look_up.is_some());
        let told: Vec<&str> = told.map(|finding| finding.subject.as_str()).collect();
        missing.retain(|(_, (reason, _))| !told.iter().any(|id| reason.contains(id)));
    }
    if missing.is_empty() {
        return;
    }
    page.heading("Not known");
    let most = if page.look.verbose { usize::MAX } else { MOST };
    for (place, (reason, checks)) in missing.iter().take(most) {
        let which = if page.look.verbose || checks.len() < 3 {
            format!("[{}]", checks.join(", "))
        } else {
            format!("[{} and {} more]", checks[0], checks.len() - 1)
        };
        let sentence = words::sentence(reason);
        let mark = if page.look.verbose { format!("?{}", place + 1) } else { "?".to_owned() };
        page.paragraph(
            2,
            4,
            &[(Tone::Warn, &mark), (Tone::Plain, &sentence), (Tone::Faint, &which)],
        );
    }
    if missing.len() > most {
        let left = (missing.len() - most) as i64;
        page.text(2, Tone::Faint, &format!("(and {left} more: --verbose)"));
    }
    let permissions: std::collections::BTreeSet<&str> =
        view.target.unknowns.iter().filter_map(|unknown| unknown.permission.as_deref()).collect();
    if !permissions.is_empty() {
        let actions = permissions.into_iter().collect::<Vec<_>>().join(", ");
        let sentence = format!(
            "Allow yourself {actions} to settle it; `ecswhy iam-policy` prints all of them."
        );
        page.text(2, Tone::Plain, &sentence);
    }
}

/// What no AWS call shows to this tool.
pub(super) fn not_visible(page: &mut Page, view: &View<'_>) {
    let hidden = &view.target.not_visible;
    if hidden.is_empty() {
        return;
    }
    if page.look.verbose {
        page.heading("Not visible to this tool");
        for each in hidden {
            page.paragraph(2, 4, &[(Tone::Plain, "-"), (Tone::Plain, each)]);
        }
    } else {
        page.gap();
        let things = words::count(hidden.len() as i64, "thing");
        page.text(
            0,
            Tone::Faint,
            &format!(
                "--verbose shows every fix with its commands and how to undo it, every check, and {things} that no AWS call reveals."
            ),
        );
    }
}
