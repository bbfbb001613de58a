//! An answer for people: the verdict, the path as a ladder of hops, what stops the packet, and the other ways that
//! were looked at.

use super::Told;
use ecswhy_network::{Hop, Leg, Passage, Path, Verdict};
use ecswhy_report::{Look, clean};
use std::fmt::Write as _;

/// Marks of a hop, and the rail beside it.
struct Marks {
    passed: &'static str,
    blocked: &'static str,
    open: &'static str,
    out: &'static str,
    back: &'static str,
    colour: bool,
}

impl Marks {
    fn of(look: &Look) -> Self {
        let (passed, blocked, open, out, back) = if look.unicode {
            ("✓", "✗", "?", "↓", "↑")
        } else {
            ("ok", "X ", "? ", "v", "^")
        };
        Self { passed, blocked, open, out, back, colour: look.colour }
    }

    fn of_passage(&self, passage: Passage) -> String {
        match passage {
            Passage::Passed => self.paint("32", self.passed),
            Passage::Blocked => self.paint("31", self.blocked),
            Passage::Open => self.paint("33", self.open),
        }
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// The answers as text.
pub fn text(told: &[Told], to: &str, look: &Look) -> String {
    let marks = Marks::of(look);
    let mut text = String::new();
    for Told { from, answer } in told {
        if !text.is_empty() {
            text.push('\n');
        }
        let code = match answer.verdict {
            Verdict::Reachable => "1;32",
            Verdict::Undetermined => "1;33",
            Verdict::Blocked => "1;31",
        };
        let verdict = marks.paint(code, answer.verdict.word());
        let _ = writeln!(text, "{verdict}  {} to {}", clean(from), clean(to));
        // The way to an address is named after the address.
        if !answer.path.way.starts_with("to ") {
            let _ = writeln!(text, "by {}", clean(&answer.path.way));
        }
        text.push('\n');
        ladder(&mut text, &answer.path, &marks, look.width);
        reasons(&mut text, &answer.path, &marks, look.width);
        for other in &answer.alternatives {
            let _ =
                writeln!(text, "\nbeside it: {} is {}", clean(&other.way), other.verdict().word());
            reasons(&mut text, other, &marks, look.width);
        }
    }
    text
}

/// One rung per hop: mark, direction, what it is, what it says.
fn ladder(text: &mut String, path: &Path, marks: &Marks, width: usize) {
    let kinds = path.hops.iter().map(|hop| hop.kind.word().len()).max().unwrap_or(0);
    let ids = path.hops.iter().map(|hop| clean(&hop.id).chars().count()).max().unwrap_or(0).min(26);
    for Hop { kind, id, leg, passage, text: said } in &path.hops {
        let arrow = if *leg == Leg::Out { marks.out } else { marks.back };
        let head = format!(
            "  {} {arrow} {:kinds$}  {:ids$}  ",
            marks.of_passage(*passage),
            kind.word(),
            clean(id)
        );
        let indent = 2 + marks.passed.chars().count() + 3 + kinds + 2 + ids + 2;
        let mut lines = wrap(&clean(said), width.saturating_sub(indent).max(24)).into_iter();
        let _ = writeln!(text, "{head}{}", lines.next().unwrap_or_default());
        for line in lines {
            let _ = writeln!(text, "{:indent$}{line}", "");
        }
    }
}

fn reasons(text: &mut String, path: &Path, marks: &Marks, width: usize) {
    let obstacles = path.obstacles.iter().map(|obstacle| {
        let mark = if obstacle.partial { Passage::Open } else { Passage::Blocked };
        let some = if obstacle.partial { "For some packets: " } else { "" };
        (mark, format!("{some}{}", obstacle.message))
    });
    let gaps = path.gaps.iter().map(|gap| (Passage::Open, format!("Not known: {gap}")));
    let all: Vec<(Passage, String)> = obstacles.chain(gaps).collect();
    if !all.is_empty() {
        text.push('\n');
    }
    for (passage, message) in all {
        let mut lines = wrap(&clean(&message), width.saturating_sub(5).max(24)).into_iter();
        let _ =
            writeln!(text, "  {} {}", marks.of_passage(passage), lines.next().unwrap_or_default());
        for line in lines {
            let _ = writeln!(text, "    {line}");
        }
    }
}

fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.last().map_or(0, |line| line.chars().count());
        if last > 0 && last + 1 + word.chars().count() > width {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}
