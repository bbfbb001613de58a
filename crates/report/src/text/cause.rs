//! The root causes: what is wrong, how we know, what to do.

use super::View;
use super::fix::{self, LongCommands};
use super::page::{Page, Tone};
use super::words;
use ecswhy_diagnose::checks;
use ecswhy_diagnose::report::{Evidence, Finding, Role, SymptomReport};

/// As much of AWS's own words as a first screen bears.
const LONGEST_MESSAGE: usize = 220;
/// As many steps of a trace as a first screen bears.
const LONGEST_TRACE: usize = 4;
/// As many lines of evidence as a first screen bears.
const MOST_EVIDENCE: usize = 6;

/// Every root cause with its evidence and its fix; then what AWS said that none of them explains.
pub(super) fn write(page: &mut Page, view: &View<'_>, long: &mut LongCommands) {
    let causes = alike(view.findings(Role::RootCause));
    let symptoms: Vec<&SymptomReport> = view
        .target
        .symptoms
        .iter()
        .filter(|told| told.current && !told.symptom.is_benign())
        .collect();
    let mut told: Vec<bool> = vec![false; symptoms.len()];
    for (place, group) in causes.iter().enumerate() {
        let Some((cause, others)) = group.split_first() else { continue };
        let of = match causes.len() {
            1 => String::new(),
            all => format!(" ({} of {all})", place + 1),
        };
        page.heading(&format!("What is wrong{of}"));
        for finding in group {
            message(page, finding);
        }
        page.heading("How we know");
        for (index, symptom) in symptoms.iter().enumerate() {
            let fits = explains(cause, symptom) || causes.len() == 1;
            if fits && !told[index] {
                told[index] = true;
                said(page, view, symptom);
            }
        }
        evidence(page, 2, cause);
        if page.look.verbose {
            others.iter().for_each(|other| evidence(page, 2, other));
        }
        page.heading("What to do");
        fix::write(page, view, group, long);
        if place + 1 == causes.len() {
            fix::then(page, view, cause);
        }
        fix::more(page, cause);
    }
    let untold: Vec<_> = symptoms
        .iter()
        .zip(&told)
        .filter(|(_, told)| !**told)
        .map(|(symptom, _)| symptom)
        .collect();
    if !untold.is_empty() {
        page.heading(if causes.is_empty() {
            "What AWS said"
        } else {
            "What this does not explain"
        });
        for symptom in untold {
            said(page, view, symptom);
        }
    }
    out_of_sight(page, view);
}

/// Where the packets go whose end these facts do not show, and how to look on from there.
fn out_of_sight(page: &mut Page, view: &View<'_>) {
    let findings = view.target.findings.iter();
    for (finding, look_up) in
        findings.filter_map(|finding| Some((finding, finding.look_up.as_ref()?)))
    {
        page.heading("What we know");
        message(page, finding);
        evidence(page, 2, finding);
        page.heading("What to look at");
        page.text(2, Tone::Plain, &look_up.sentence);
        for command in &look_up.commands {
            page.command(4, command);
        }
        fix::more(page, finding);
    }
}

/// Findings of one kind together: a fault in each of two subnets is one thing to understand and often one to do.
fn alike(findings: Vec<&Finding>) -> Vec<Vec<&Finding>> {
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    for finding in findings {
        match groups.iter_mut().find(|group| group.iter().any(|first| first.id == finding.id)) {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups
}

/// The message of a finding, as sure as it is, and its id.
fn message(page: &mut Page, finding: &Finding) {
    let mut spans = Vec::new();
    spans.extend(words::certainty(finding.confidence).map(|word| (Tone::Warn, word)));
    let sentence = words::sentence(&finding.message);
    spans.push((Tone::Heading, sentence.as_str()));
    let id = format!("[{}]", finding.id);
    spans.push((Tone::Faint, id.as_str()));
    page.paragraph(2, 2, &spans);
}

/// Whether the check behind a finding can show as the symptom.
fn explains(finding: &Finding, symptom: &SymptomReport) -> bool {
    checks::by_id(&finding.id).is_some_and(|check| check.explains.contains(&symptom.symptom))
}

/// AWS's own words, how often, and when.
pub(super) fn said(page: &mut Page, view: &View<'_>, symptom: &SymptomReport) {
    let when = words::range(symptom.first_seen, symptom.last_seen, view.report.taken_at);
    let often = match symptom.count {
        0 | 1 => "AWS said".to_owned(),
        times => format!("AWS said {times} times"),
    };
    let head = format!("{} {when}", often);
    page.text(2, Tone::Plain, &format!("{}:", head.trim_end()));
    let words = if page.look.verbose {
        symptom.message.clone()
    } else {
        words::both_ends(&symptom.message, LONGEST_MESSAGE)
    };
    page.text(4, Tone::Warn, &words);
}

/// Whether a step is a hop of a packet's path, and not part of a decision.
fn is_hop(step: &str) -> bool {
    step.starts_with("ok ") || step.starts_with("X ")
}

/// A field and its value. What has lines, as the end of a log has, stays in lines.
fn fact(page: &mut Page, indent: usize, field: &str, value: &str) {
    let short = |text: &str| {
        if page.look.verbose { text.to_owned() } else { words::both_ends(text, LONGEST_MESSAGE) }
    };
    let field = format!("{field}:");
    let lines: Vec<String> =
        value.lines().filter(|line| !line.trim().is_empty()).map(short).collect();
    if let [line] = lines.as_slice() {
        page.paragraph(indent, indent + 2, &[(Tone::Plain, &field), (Tone::Heading, line)]);
        return;
    }
    page.text(indent, Tone::Plain, &field);
    for line in &lines {
        page.paragraph(indent + 2, indent + 4, &[(Tone::Heading, line)]);
    }
}

/// The facts that prove a finding: AWS call and resource, then field and value; or the steps of a trace.
pub(super) fn evidence(page: &mut Page, indent: usize, finding: &Finding) {
    let most = if page.look.verbose { usize::MAX } else { MOST_EVIDENCE };
    let mut lines = 0;
    let mut left = 0;
    let mut traced = false;
    let mut last_source = String::new();
    for each in &finding.evidence {
        match each {
            Evidence::Fact { call, resource, field, value } => {
                if lines >= most {
                    left += 1;
                    continue;
                }
                let source = format!("{call} {resource}");
                if source != last_source {
                    page.text(indent, Tone::Faint, &source);
                    last_source = source;
                }
                fact(page, indent + 2, field, value);
                lines += 1;
            }
            Evidence::Trace { trace } => {
                last_source.clear();
                let room = if page.look.verbose {
                    usize::MAX
                } else if trace.first().is_some_and(|step| is_hop(step))
                    || (traced && lines >= most)
                {
                    // The hops of a path whose one line is told already.
                    0
                } else if trace.iter().any(|step| is_hop(step)) || traced {
                    // The path in one line; the message says what blocks it. A second decision resembles the first.
                    1
                } else {
                    LONGEST_TRACE
                };
                traced = true;
                let shown = trace.len().min(room);
                for step in &trace[..shown] {
                    page.paragraph(indent, indent + 2, &[(Tone::Plain, step)]);
                }
                left += trace.len() - shown;
                lines += shown;
            }
        }
    }
    if left > 0 {
        page.text(
            indent,
            Tone::Faint,
            &format!("({} more: --verbose)", words::count(left as i64, "step")),
        );
    }
}
