//! The report for a terminal: findings like compiler messages, then what the run adds up to, then the verdict.

mod figures;
mod headline;
mod message;
#[cfg(test)]
mod tests;
mod totals;
mod untried;

use figures::{figures, verdict};
use message::{full, short};
use totals::totals;
use untried::untried;

use super::findings::{FindingGroup, gather};
use crate::record::{NotRunKindRecord, RunRecord, Verdict};
use crate::report::page::look::{TextView, Verbosity};
use crate::report::page::paper::{Page, Paint};

/// The report of a run.
pub fn terminal(record: &RunRecord, view: &TextView) -> String {
    let mut page = Page::new(view.color, view.width);
    let headline = record.headline();
    if let Some((NotRunKindRecord::Gone, why)) = headline {
        headline::head(&mut page, why);
        page.blank();
    } else if let Some(headline) = headline.filter(|_| view.verbosity < Verbosity::Verbose) {
        headline::show(&mut page, record, headline);
        if view.verbosity > Verbosity::Quiet {
            figures(&mut page, record);
            page.blank();
        }
        verdict(&mut page, record);
        return page.finish();
    }
    findings(&mut page, record, view.verbosity);
    if view.verbosity > Verbosity::Quiet {
        let verbose = view.verbosity == Verbosity::Verbose;
        totals(&mut page, record);
        untried(&mut page, record, Verdict::NotTested, "Not tested", verbose);
        untried(&mut page, record, Verdict::NotApplicable, "Not applicable", verbose);
        page.blank();
        figures(&mut page, record);
        page.blank();
    }
    verdict(&mut page, record);
    page.finish()
}

/// How much of a verdict's findings is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    Full,
    Short,
    /// In the totals only.
    Counted,
}

fn detail(verdict: Verdict, verbosity: Verbosity) -> Detail {
    match (verdict, verbosity) {
        (Verdict::Error | Verdict::Fail, Verbosity::Quiet) => Detail::Short,
        (Verdict::Error | Verdict::Fail, Verbosity::Normal | Verbosity::Verbose) => Detail::Full,
        (Verdict::Inconclusive | Verdict::Warn | Verdict::Observed, Verbosity::Quiet) => Detail::Counted,
        (Verdict::Inconclusive | Verdict::Warn, Verbosity::Verbose) => Detail::Full,
        (Verdict::Inconclusive, Verbosity::Normal) => Detail::Full,
        (Verdict::Warn, Verbosity::Normal) => Detail::Short,
        (Verdict::Observed, Verbosity::Normal) => Detail::Counted,
        (Verdict::Observed, Verbosity::Verbose) => Detail::Short,
        // Their reasons are listed further down, or there is nothing to say.
        (Verdict::NotTested | Verdict::NotApplicable | Verdict::Pass, _) => Detail::Counted,
    }
}

fn findings(page: &mut Page, record: &RunRecord, verbosity: Verbosity) {
    let shown: Vec<Verdict> =
        Verdict::ALL.into_iter().filter(|verdict| detail(*verdict, verbosity) != Detail::Counted).collect();
    let mut heading = verbosity > Verbosity::Quiet && !record.strict_base;
    for group in gather(record, &shown) {
        if heading && group.inherited() {
            heading = false;
            inherited_heading(page, record);
        }
        show(page, record, &group, verbosity);
    }
}

fn show(page: &mut Page, record: &RunRecord, group: &FindingGroup<'_>, verbosity: Verbosity) {
    match detail(group.verdict, verbosity) {
        Detail::Full => full(page, record, group, verbosity == Verbosity::Verbose),
        Detail::Short => short(page, group),
        Detail::Counted => return,
    }
    page.blank();
}

fn inherited_heading(page: &mut Page, record: &RunRecord) {
    let base = record.edition.base().map(|base| format!(" from {base}")).unwrap_or_default();
    let text =
        format!("Inherited{base}: these do not decide whether {} is kept (with --strict-base they do)", record.edition);
    page.para((Paint::Plain, ""), (Paint::Plain, "  "), &[(Paint::Strong, &text)]);
    page.blank();
}
