//! The text report of hand-made reports, word by word.
#![expect(clippy::unwrap_used, reason = "a test that cannot read its own files fails")]

use ecswhy_diagnose::report::{Evidence, Report};
use ecswhy_report::{Format, Look, render};

fn read(name: &str) -> Report {
    let path = format!("{}/tests/reports/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn text(name: &str, look: Look) -> String {
    render(&read(name), Format::Text, &look)
}

fn names() -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(format!("{}/tests/reports", env!("CARGO_MANIFEST_DIR")))
            .unwrap()
            .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
    names.sort();
    names
}

#[test]
fn every_report_reads_well_on_80_columns() {
    for name in names() {
        insta::assert_snapshot!(name.clone(), text(&name, Look::default()));
    }
}

#[test]
fn a_verbose_report_shows_every_check_and_the_way_back() {
    insta::assert_snapshot!(text("tag_missing", Look { verbose: true, ..Look::default() }));
}

#[test]
fn without_unicode_the_report_is_ascii() {
    let text = text("tag_missing", Look { unicode: false, verbose: true, ..Look::default() });
    assert!(text.is_ascii(), "{:?}", text.chars().find(|c| !c.is_ascii()));
}

#[test]
fn lines_are_broken_at_the_width_unless_they_hold_one_long_word_or_quoted_text() {
    for name in names() {
        for width in [60, 80, 100] {
            for line in text(&name, Look { width, ..Look::default() }).lines() {
                let words = line.split_whitespace().filter(|word| *word != "\\").count();
                assert!(
                    line.chars().count() <= width || words <= 2 || line.contains('\''),
                    "{name} at {width}: {line}"
                );
            }
        }
    }
}

#[test]
fn the_lines_of_a_log_stay_lines() {
    let mut report = read("tag_missing");
    report.reports[0].findings[0].evidence = vec![Evidence::fact(
        "logs:GetLogEvents",
        "/ecs/web:ecs/web/1",
        "events[].message",
        "Traceback (most recent call last):\n  File \"/app/main.py\", line 3\nKeyError: 'TOKEN'",
    )];
    let text = render(&report, Format::Text, &Look::default());
    let shown = "    events[].message:\n      Traceback (most recent call last):\n      File \"/app/main.py\", line 3\n      KeyError: 'TOKEN'\n";
    assert!(text.contains(shown), "{text}");
}

#[test]
fn no_terminal_control_gets_through() {
    for look in [Look::default(), Look { verbose: true, ..Look::default() }] {
        let text = text("hostile", look);
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
        assert!(!text.contains('\u{202e}'));
    }
}

#[test]
fn colour_adds_nothing_but_colour() {
    for name in names() {
        let coloured = text(&name, Look { colour: true, ..Look::default() });
        let mut plain = String::new();
        let mut rest = coloured.as_str();
        while let Some(start) = rest.find('\u{1b}') {
            plain.push_str(&rest[..start]);
            let end = rest[start..].find('m').unwrap();
            rest = &rest[start + end + 1..];
        }
        plain.push_str(rest);
        assert_eq!(plain, text(&name, Look::default()));
    }
}

#[test]
fn the_first_screen_holds_cause_evidence_and_fix() {
    for name in ["tag_missing", "no_egress"] {
        let text = text(name, Look::default());
        let screen: Vec<&str> = text.lines().take(30).collect();
        for heading in ["What is wrong", "How we know", "What to do"] {
            assert!(screen.contains(&heading), "{name} lacks {heading}");
        }
        assert!(screen.iter().any(|line| line.trim_start().starts_with("aws ")), "{name}");
    }
}

#[test]
fn json_is_read_back_as_the_same_report() {
    for name in names() {
        let report = read(&name);
        let json = render(&report, Format::Json, &Look::default());
        assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), report, "{name}");
    }
}

#[test]
fn the_schema_describes_what_is_written() {
    let schema: serde_json::Value = serde_json::from_str(&ecswhy_report::schema()).unwrap();
    let described = schema["properties"].as_object().unwrap();
    let written = serde_json::to_value(read("tag_missing")).unwrap();
    for key in written.as_object().unwrap().keys() {
        assert!(described.contains_key(key), "{key}");
    }
}
