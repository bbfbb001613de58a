//! JSON, schema version 1: the report as it is.

use ecswhy_diagnose::report::Report;

/// The report, indented, with a line end.
pub(crate) fn render(report: &Report) -> String {
    // Every key of a report is text and every number finite, so that nothing can fail here.
    let mut text = serde_json::to_string_pretty(report).unwrap_or_default();
    text.push('\n');
    text
}

/// The JSON Schema of the report, indented, with a line end.
#[must_use]
pub fn schema() -> String {
    let mut text = serde_json::to_string_pretty(&schemars::schema_for!(Report)).unwrap_or_default();
    text.push('\n');
    text
}
