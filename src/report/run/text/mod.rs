//! The report for a terminal: findings like compiler messages, then what the run adds up to, then the verdict.

mod figures;
mod headline;
mod message;
mod roots;
#[cfg(test)]
mod tests;
mod totals;
mod untried;

use std::collections::BTreeMap;

use figures::{figures, verdict};
use message::{full, short};
use roots::roots;
use totals::totals;
use untried::untried;

use super::findings::{FindingGroup, gather};
use crate::record::{NotRunKindRecord, RunRecord, Verdict};
use crate::report::page::look::{TextView, Verbosity, paint};
use crate::report::page::paper::{Page, Paint};
use crate::report::page::words::counted;

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
    let groups = gather(record, &shown(view.verbosity));
    let verbose = view.verbosity == Verbosity::Verbose;
    let folded = !verbose && groups.first().is_some_and(|group| !group.follows.is_empty());
    if folded {
        root_first(&mut page, record, &groups, view.verbosity);
    } else {
        findings(&mut page, record, &groups, view.verbosity);
    }
    if view.verbosity > Verbosity::Quiet {
        totals(&mut page, record);
        if !folded {
            untried(&mut page, record, Verdict::NotTested, "Not tested", verbose);
            untried(&mut page, record, Verdict::NotApplicable, "Not applicable", verbose);
        }
        page.blank();
        figures(&mut page, record);
        page.blank();
        roots(&mut page, &groups, verbose);
    }
    verdict(&mut page, record);
    page.finish()
}

/// Messages of one verdict that are printed in full, and after these in short; the rest is counted, unless all is asked for.
const MOST_FULL: usize = 10;
const MOST_SHORT: usize = 20;

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
        (Verdict::Inconclusive | Verdict::Warn, Verbosity::Normal | Verbosity::Verbose) => Detail::Full,
        (Verdict::Observed, Verbosity::Normal) => Detail::Counted,
        (Verdict::Observed, Verbosity::Verbose) => Detail::Short,
        // Their reasons are listed further down, or there is nothing to say.
        (Verdict::NotTested | Verdict::NotApplicable | Verdict::Pass, _) => Detail::Counted,
    }
}

/// Where much follows from one broken rule: that rule, a few others in short, and the rest counted, so that it fits on one
/// screen.
fn root_first(page: &mut Page, record: &RunRecord, groups: &[FindingGroup<'_>], verbosity: Verbosity) {
    const MOST_OTHERS: usize = 3;
    let (mut roots, mut others, mut rest) = (0, 0, 0);
    let root = groups.first().map(|group| group.id);
    for group in groups {
        match group.verdict {
            Verdict::Error | Verdict::Fail if roots == 0 && verbosity == Verbosity::Normal => {
                roots += 1;
                full(page, record, group, false);
            }
            Verdict::Error | Verdict::Fail if others < MOST_OTHERS && (roots == 0 || root != Some(group.id)) => {
                others += 1;
                short(page, group);
            }
            Verdict::Error
            | Verdict::Fail
            | Verdict::Inconclusive
            | Verdict::NotTested
            | Verdict::Warn
            | Verdict::Pass
            | Verdict::Observed
            | Verdict::NotApplicable => {
                rest += 1;
                continue;
            }
        }
        page.blank();
    }
    if rest > 0 {
        let more = counted(rest, "more finding is", "more findings are");
        let text = format!("{more} left out here, among them warnings and what could not be decided; -v shows them");
        page.para((Paint::Plain, ""), (Paint::Plain, "    "), &[(Paint::Plain, &text)]);
        page.blank();
    }
}

/// The verdicts whose findings are shown.
fn shown(verbosity: Verbosity) -> Vec<Verdict> {
    Verdict::ALL.into_iter().filter(|verdict| detail(*verdict, verbosity) != Detail::Counted).collect()
}

fn findings(page: &mut Page, record: &RunRecord, groups: &[FindingGroup<'_>], verbosity: Verbosity) {
    let mut heading = verbosity > Verbosity::Quiet && !record.strict_base;
    let mut printed: BTreeMap<(bool, Verdict), usize> = BTreeMap::new();
    for group in groups {
        if heading && group.inherited() {
            heading = false;
            inherited_heading(page, record);
        }
        let before = printed.entry((group.inherited(), group.verdict)).or_default();
        *before += 1;
        match detail(group.verdict, verbosity) {
            Detail::Full if verbosity == Verbosity::Verbose || *before <= MOST_FULL => {
                full(page, record, group, verbosity == Verbosity::Verbose);
            }
            Detail::Full | Detail::Short if verbosity == Verbosity::Verbose || *before <= MOST_FULL + MOST_SHORT => {
                short(page, group);
            }
            Detail::Full | Detail::Short | Detail::Counted => continue,
        }
        page.blank();
    }
    for ((_, verdict), count) in printed.into_iter().filter(|(_, count)| *count > MOST_FULL + MOST_SHORT) {
        if verbosity < Verbosity::Verbose {
            let more = counted(count - MOST_FULL - MOST_SHORT, "more finding", "more findings");
            let text = format!(": {more}; -v shows them");
            page.para((paint(verdict), verdict.name()), (Paint::Plain, "    "), &[(Paint::Plain, &text)]);
            page.blank();
        }
    }
}

fn inherited_heading(page: &mut Page, record: &RunRecord) {
    let base = record.edition.base().map(|base| format!(" from {base}")).unwrap_or_default();
    let text =
        format!("Inherited{base}: these do not decide whether {} is kept (with --strict-base they do)", record.edition);
    page.para((Paint::Plain, ""), (Paint::Plain, "  "), &[(Paint::Strong, &text)]);
    page.blank();
}
