//! The page that the text report is written on: width, wrapping, colour, symbols.
//! Knows nothing of what it writes.

use crate::clean;
use anstyle::{AnsiColor, Style};

/// How text is to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Columns.
    pub width: usize,
    /// Whether colours are wanted.
    pub colour: bool,
    /// Whether symbols beyond ASCII are wanted.
    pub unicode: bool,
    /// Whether everything is wanted: passing checks, all evidence, what was not visible.
    pub verbose: bool,
}

impl Default for Look {
    fn default() -> Self {
        Self { width: 80, colour: false, unicode: true, verbose: false }
    }
}

/// What a piece of text is, which decides its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Heading,
    Bad,
    Warn,
    Good,
    Faint,
    Code,
}

impl Tone {
    fn style(self) -> Style {
        match self {
            Self::Plain => Style::new(),
            Self::Heading => Style::new().bold(),
            Self::Bad => Style::new().bold().fg_color(Some(AnsiColor::Red.into())),
            Self::Warn => Style::new().bold().fg_color(Some(AnsiColor::Yellow.into())),
            Self::Good => Style::new().bold().fg_color(Some(AnsiColor::Green.into())),
            Self::Faint => Style::new().dimmed(),
            Self::Code => Style::new().fg_color(Some(AnsiColor::Cyan.into())),
        }
    }
}

/// A piece of a paragraph.
pub(super) type Span<'a> = (Tone, &'a str);

/// Text in the making.
pub(super) struct Page {
    out: String,
    pub(super) look: Look,
}

impl Page {
    pub(super) fn new(look: Look) -> Self {
        // Narrower than this nothing can be read, and wider lines than this are hard to read.
        let width = look.width.clamp(40, 120);
        Self { out: String::new(), look: Look { width, ..look } }
    }

    pub(super) fn finish(self) -> String {
        self.out
    }

    /// The symbol, or what stands for it where only ASCII is wanted.
    pub(super) fn symbol(&self, unicode: &'static str, ascii: &'static str) -> &'static str {
        if self.look.unicode { unicode } else { ascii }
    }

    /// An empty line, never two, never at the top.
    pub(super) fn gap(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    /// A heading after an empty line.
    pub(super) fn heading(&mut self, text: &str) {
        self.gap();
        self.paragraph(0, 0, &[(Tone::Heading, text)]);
    }

    /// A paragraph in one tone.
    pub(super) fn text(&mut self, indent: usize, tone: Tone, text: &str) {
        self.paragraph(indent, indent, &[(tone, text)]);
    }

    /// A paragraph, broken at spaces. A word longer than the line stays whole, so that it can be copied.
    pub(super) fn paragraph(&mut self, first: usize, rest: usize, spans: &[Span<'_>]) {
        let mut column = first;
        self.indent(first);
        let mut at_start = true;
        for (tone, text) in spans {
            let text = clean(text);
            for word in text.split(' ').filter(|word| !word.is_empty()) {
                let length = word.chars().count();
                if !at_start && column + 1 + length > self.look.width {
                    self.out.push('\n');
                    self.indent(rest);
                    column = rest;
                    at_start = true;
                }
                if !at_start {
                    self.out.push(' ');
                    column += 1;
                }
                self.toned(*tone, word);
                column += length;
                at_start = false;
            }
        }
        self.out.push('\n');
    }

    /// A shell command, broken between its words with a backslash, so that it can be copied whole.
    pub(super) fn command(&mut self, indent: usize, command: &str) {
        let lines = wrap_command(&clean(command), self.look.width.saturating_sub(indent));
        for line in lines {
            self.indent(indent);
            self.toned(Tone::Code, &line);
            self.out.push('\n');
        }
    }

    fn indent(&mut self, columns: usize) {
        self.out.extend(std::iter::repeat_n(' ', columns));
    }

    fn toned(&mut self, tone: Tone, text: &str) {
        if !self.look.colour || tone == Tone::Plain {
            self.out.push_str(text);
            return;
        }
        let style = tone.style();
        self.out.push_str(&format!("{style}{text}{style:#}"));
    }
}

/// Breaks a shell command into lines that a shell reads as one command. Quoted text is never broken, so that a line
/// may be longer than the width.
#[must_use]
pub fn wrap_command(command: &str, width: usize) -> Vec<String> {
    if command.chars().count() <= width {
        return vec![command.to_owned()];
    }
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for group in argument_groups(command) {
        let fits = line.chars().count() + 1 + group.chars().count() + 2 <= width;
        if !line.is_empty() && !fits {
            lines.push(format!("{line} \\"));
            line = "  ".to_owned();
        } else if !line.trim().is_empty() {
            line.push(' ');
        }
        line.push_str(&group);
    }
    lines.push(line);
    lines
}

/// The words of a command; an option together with its first value.
fn argument_groups(command: &str) -> Vec<String> {
    let mut groups: Vec<String> = Vec::new();
    for word in shell_words(command) {
        match groups.last_mut() {
            Some(last)
                if last.starts_with("--") && !last.contains(' ') && !word.starts_with("--") =>
            {
                last.push(' ');
                last.push_str(&word);
            }
            _ => groups.push(word),
        }
    }
    groups
}

/// Splits at spaces outside of quotes. Quotes stay as they are.
fn shell_words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    let mut escaped = false;
    for c in command.chars() {
        match quote {
            None if c == ' ' && !escaped => {
                words.push(String::new());
                continue;
            }
            None if matches!(c, '\'' | '"') && !escaped => quote = Some(c),
            Some(open) if c == open && !(escaped && open == '"') => quote = None,
            _ => {}
        }
        escaped = c == '\\' && !escaped && quote != Some('\'');
        if let Some(word) = words.last_mut() {
            word.push(c);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unwrap(lines: &[String]) -> String {
        lines.iter().map(|line| line.trim_end_matches('\\').trim()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_wrapped_command_is_the_same_command() {
        for command in [
            "aws ecs update-service --cluster prod --service web --force-new-deployment --region eu-west-1",
            r#"aws iam put-role-policy --role-name exec --policy-name p --policy-document '{"Version": "2012-10-17", "Statement": []}'"#,
            r"aws logs create-log-group --log-group-name 'it'\''s a group' --region eu-west-1 --tags a=b --x y",
            r#"NAT=$(aws ec2 create-nat-gateway --subnet-id s --allocation-id "$ADDRESS two" --query NatGateway.NatGatewayId --output text)"#,
        ] {
            let lines = wrap_command(command, 60);
            assert!(lines.len() > 1, "{command}");
            assert_eq!(unwrap(&lines), command);
            let (last, before) = lines.split_last().unwrap();
            assert!(before.iter().all(|line| line.ends_with(" \\")), "{lines:?}");
            assert!(!last.ends_with('\\'), "{lines:?}");
        }
    }

    #[test]
    fn quoted_text_stays_on_one_line() {
        let policy = format!("'{{\"a\": \"{}\"}}'", "b ".repeat(60));
        let lines = wrap_command(&format!("aws iam x --policy-document {policy} --y z"), 40);
        assert!(lines.iter().any(|line| line.contains(&policy)));
    }

    #[test]
    fn a_paragraph_is_broken_at_spaces_and_long_words_stay_whole() {
        let mut page = Page::new(Look { width: 40, ..Look::default() });
        let arn = "arn:aws:iam::111122223333:role/a-very-long-role-name";
        page.paragraph(
            2,
            4,
            &[(Tone::Plain, "The role"), (Tone::Code, arn), (Tone::Plain, "may not.")],
        );
        insta::assert_snapshot!(page.finish(), @r"
        The role
          arn:aws:iam::111122223333:role/a-very-long-role-name
          may not.
        ");
    }

    #[test]
    fn colour_is_written_only_when_wanted() {
        let write = |colour| {
            let mut page = Page::new(Look { colour, ..Look::default() });
            page.text(0, Tone::Bad, "bad");
            page.finish()
        };
        assert_eq!(write(false), "bad\n");
        assert_eq!(write(true), "\u{1b}[1m\u{1b}[31mbad\u{1b}[0m\n");
    }
}
