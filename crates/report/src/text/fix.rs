//! Fixes: the first in full with its commands, the others in one line each.

use super::View;
use super::page::{Page, Tone};
use super::words;
use ecswhy_diagnose::change::Change;
use ecswhy_diagnose::checks;
use ecswhy_diagnose::report::{Finding, Fix};

/// Commands longer than this would push everything else off the screen; they are printed at the end.
const LONGEST_COMMAND: usize = 700;

/// Commands that are printed whole at the end of the report.
#[derive(Default)]
pub(super) struct LongCommands(Vec<String>);

impl LongCommands {
    /// Keeps a command for the end, once, and says under which number.
    fn keep(&mut self, command: &str) -> usize {
        if let Some(place) = self.0.iter().position(|known| known == command) {
            return place + 1;
        }
        self.0.push(command.to_owned());
        self.0.len()
    }

    /// Prints them.
    pub(super) fn write(&self, page: &mut Page) {
        for (place, command) in self.0.iter().enumerate() {
            page.heading(&format!("Command {}, in full", place + 1));
            page.command(0, command);
        }
    }
}

/// How the launch begins again, unless the fix of the last root cause starts it.
pub(super) fn then(page: &mut Page, view: &View<'_>, finding: &Finding) {
    let Some(next) = &view.target.next_launch else { return };
    let deploys = |fix: &&Fix| {
        let by_hand = fix.commands.iter().any(|command| command.contains("ecs update-service"));
        by_hand || fix.changes.iter().any(Change::deploys)
    };
    if view.fixes(finding).first().is_some_and(deploys) {
        return;
    }
    page.gap();
    page.paragraph(2, 2, &[(Tone::Heading, "Then:"), (Tone::Plain, &next.sentence)]);
    commands(page, 4, &next.commands, &mut LongCommands::default());
}

/// What to do about findings of one kind: the first fix of each, unless one that is told already clears it too.
pub(super) fn write(
    page: &mut Page,
    view: &View<'_>,
    findings: &[&Finding],
    long: &mut LongCommands,
) {
    let mut told: Vec<&Fix> = Vec::new();
    let mut advised = false;
    for finding in findings {
        if told.iter().any(|fix| fix.clears.contains(&finding.key)) {
            continue;
        }
        match view.fixes(finding).split_first() {
            Some((first, others)) => {
                full(page, 2, first, long);
                told.push(first);
                for other in others {
                    told.push(other);
                    if page.look.verbose {
                        page.gap();
                        page.text(2, Tone::Plain, "Or:");
                        full(page, 2, other, long);
                    } else {
                        alternative(page, other);
                    }
                }
            }
            None if !advised => {
                advised = true;
                page.text(2, Tone::Plain, &advice(finding));
            }
            None => {}
        }
    }
}

/// Where to read on.
pub(super) fn more(page: &mut Page, finding: &Finding) {
    page.text(2, Tone::Faint, &format!("More: ecswhy explain {}", finding.id));
}

fn full(page: &mut Page, indent: usize, fix: &Fix, long: &mut LongCommands) {
    let conditions = format!("({})", words::conditions(fix));
    page.paragraph(indent, indent, &[(Tone::Heading, &fix.title), (Tone::Faint, &conditions)]);
    if let Some(owner) = &fix.managed_by {
        let warning = format!(
            "{owner} manages what this changes: change it there, or the next deployment of it undoes this."
        );
        page.paragraph(indent, indent, &[(Tone::Warn, "First:"), (Tone::Plain, &warning)]);
    }
    for touched in &fix.touches {
        let sentence = words::sentence(touched);
        page.paragraph(indent, indent, &[(Tone::Warn, "Also:"), (Tone::Plain, &sentence)]);
    }
    for change in &fix.changes {
        if let Change::Manual { instruction, .. } = change
            && *instruction != fix.title
        {
            page.text(indent, Tone::Plain, &words::sentence(instruction));
        }
    }
    commands(page, indent + 2, &fix.commands, long);
    if page.look.verbose && !fix.rollback.is_empty() {
        page.text(indent, Tone::Plain, "To undo it:");
        commands(page, indent + 2, &fix.rollback, long);
    }
}

fn commands(page: &mut Page, indent: usize, commands: &[String], long: &mut LongCommands) {
    for command in commands {
        if command.chars().count() <= LONGEST_COMMAND {
            page.command(indent, command);
            continue;
        }
        let place = long.keep(command);
        let start: Vec<&str> = command.split(' ').take(3).collect();
        page.paragraph(
            indent,
            indent + 2,
            &[
                (Tone::Code, &format!("{} ...", start.join(" "))),
                (Tone::Faint, &format!("(command {place}, in full at the end)")),
            ],
        );
    }
}

fn alternative(page: &mut Page, fix: &Fix) {
    let mut conditions = vec![words::safety(fix.safety).to_owned()];
    conditions.extend(fix.cost_per_month_usd.map(words::cost));
    page.paragraph(
        2,
        6,
        &[
            (Tone::Plain, "Or:"),
            (Tone::Plain, &fix.title),
            (Tone::Faint, &format!("({})", conditions.join("; "))),
        ],
    );
}

/// The first paragraph under the explanation's heading "How to fix it".
fn advice(finding: &Finding) -> String {
    checks::by_id(&finding.id)
        .and_then(|check| check.explanation.split("## How to fix it").nth(1))
        .and_then(|rest| rest.trim_start().split("\n\n").next())
        .map_or_else(
            || "No fix can be derived from these facts.".to_owned(),
            |text| text.replace(['`', '\n'], " ").trim().to_owned(),
        )
}

/// `Fix: title` below a finding that is not the root cause.
pub(super) fn short(page: &mut Page, view: &View<'_>, finding: &Finding, long: &mut LongCommands) {
    let fixes = view.fixes(finding);
    if let Some(first) = fixes.first() {
        if page.look.verbose {
            full(page, 4, first, long);
            return;
        }
        let title = words::sentence(&first.title);
        page.paragraph(4, 6, &[(Tone::Faint, "Fix:"), (Tone::Plain, &title)]);
    }
}
