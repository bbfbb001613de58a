//! Explanations, which are small Markdown, as text for people: headings, paragraphs, lists, indented code.

use super::page::{Look, Page, Tone};

/// Writes Markdown for a terminal. Only what explanations use is read: `#` headings, paragraphs, `- ` lists, and
/// fenced or indented code, which is not broken.
#[must_use]
pub fn prose(markdown: &str, look: &Look) -> String {
    let mut page = Page::new(*look);
    let mut paragraph = String::new();
    let mut fenced = false;
    for line in markdown.lines() {
        let trimmed = line.trim();
        if trimmed.starts_with("```") {
            flush(&mut page, &mut paragraph);
            fenced = !fenced;
        } else if fenced || line.starts_with("    ") {
            flush(&mut page, &mut paragraph);
            page.command(4, trimmed);
        } else if trimmed.starts_with('#') {
            flush(&mut page, &mut paragraph);
            page.heading(trimmed.trim_start_matches(['#', ' ']));
        } else if trimmed.is_empty() {
            flush(&mut page, &mut paragraph);
        } else {
            if trimmed.starts_with("- ") {
                flush(&mut page, &mut paragraph);
            }
            if !paragraph.is_empty() {
                paragraph.push(' ');
            }
            paragraph.push_str(trimmed);
        }
    }
    flush(&mut page, &mut paragraph);
    page.finish()
}

fn flush(page: &mut Page, paragraph: &mut String) {
    let text = std::mem::take(paragraph).replace("**", "");
    match text.strip_prefix("- ") {
        _ if text.is_empty() => {}
        Some(item) => page.paragraph(2, 4, &[(Tone::Plain, "-"), (Tone::Plain, item)]),
        None => page.text(2, Tone::Plain, &text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_paragraphs_lists_and_code_are_told_apart() {
        let markdown = "# Title\n\n## What it is\n\nA sentence that is long enough to be broken.\nThe same paragraph.\n- first\n- second\n\n```\naws ecs list-clusters\n```\n";
        let look = Look { width: 40, ..Look::default() };
        insta::assert_snapshot!(prose(markdown, &look));
    }
}
