//! Text for people: on the first screen what is wrong, how we know and what to do; then the next walls, what is not
//! known, and (verbose) everything else.

mod cause;
mod details;
mod fix;
mod headline;
mod page;
mod prose;
mod rest;
mod words;

pub use page::{Look, wrap_command};
pub use prose::prose;

use ecswhy_diagnose::report::{Finding, Fix, Report, Role, TargetReport};
use page::{Page, Tone};

/// One target's report with what its parts share.
struct View<'r> {
    report: &'r Report,
    target: &'r TargetReport,
}

impl<'r> View<'r> {
    fn findings(&self, role: Role) -> Vec<&'r Finding> {
        self.target.findings.iter().filter(|finding| finding.role == role).collect()
    }

    /// The fixes of a finding, best first.
    fn fixes(&self, finding: &Finding) -> Vec<&'r Fix> {
        let by_id = |id: &String| self.target.fixes.iter().find(|fix| fix.id == *id);
        finding.fixes.iter().filter_map(by_id).collect()
    }
}

/// The whole report.
pub(crate) fn render(report: &Report, look: &Look) -> String {
    let mut page = Page::new(*look);
    if report.reports.is_empty() {
        let place = format!("in {} of account {}", report.region, report.account);
        page.text(0, Tone::Good, &format!("Nothing to diagnose: no unsteady service {place}."));
        return page.finish();
    }
    if report.reports.len() > 1 {
        headline::overview(&mut page, report);
    }
    for target in &report.reports {
        let view = View { report, target };
        if report.reports.len() > 1 {
            page.gap();
        }
        one(&mut page, &view);
    }
    page.finish()
}

fn one(page: &mut Page, view: &View<'_>) {
    headline::write(page, view);
    let mut long = fix::LongCommands::default();
    cause::write(page, view, &mut long);
    rest::walls(page, view, &mut long);
    rest::remarks(page, view);
    rest::unknowns(page, view);
    if page.look.verbose {
        details::write(page, view);
    }
    rest::not_visible(page, view);
    long.write(page);
}
