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
        let findings = view.findings(role);
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

/// Which facts are missing, and which permission settles them.
pub(super) fn unknowns(page: &mut Page, view: &View<'_>) {
    let unknowns = &view.target.unknowns;
    if unknowns.is_empty() {
        return;
    }
    let mut checks_by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for unknown in unknowns {
        checks_by_reason.entry(&unknown.reason).or_default().push(&unknown.check);
    }
    page.heading("Not known");
    let most = if page.look.verbose { usize::MAX } else { MOST };
    for (reason, mut checks) in checks_by_reason.iter().map(|(r, c)| (r, c.clone())).take(most) {
        checks.dedup();
        let which = if page.look.verbose || checks.len() < 3 {
            format!("[{}]", checks.join(", "))
        } else {
            format!("[{} and {} more]", checks[0], checks.len() - 1)
        };
        let sentence = words::sentence(reason);
        page.paragraph(2, 4, &[(Tone::Warn, "?"), (Tone::Plain, &sentence), (Tone::Faint, &which)]);
    }
    if checks_by_reason.len() > most {
        let left = (checks_by_reason.len() - most) as i64;
        page.text(2, Tone::Faint, &format!("(and {left} more: --verbose)"));
    }
    let permissions: std::collections::BTreeSet<&str> =
        unknowns.iter().filter_map(|unknown| unknown.permission.as_deref()).collect();
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
