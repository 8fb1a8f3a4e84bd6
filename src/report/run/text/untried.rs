//! What was not tested, or does not apply, by reason.

use crate::record::{RunRecord, Verdict};
use crate::report::page::look::paint;
use crate::report::page::paper::{Page, Paint};
use crate::report::page::words::counted;
use crate::report::run::reasons::{ReasonGroup, reasons};

/// What ended with a verdict that has a reason but no evidence, by reason.
pub(super) fn untried(page: &mut Page, record: &RunRecord, verdict: Verdict, title: &str, verbose: bool) {
    let reasons = reasons(record, verdict);
    if reasons.is_empty() {
        return;
    }
    page.blank();
    for (beyond, rest) in [(false, ""), (true, " by any scenario, for the reason in the contract")] {
        if reasons.iter().any(|group| group.beyond == beyond) {
            page.line(&[(paint(verdict), title), (Paint::Plain, rest)]);
            reasons.iter().filter(|group| group.beyond == beyond).for_each(|group| group.show(page, verbose));
        }
    }
}

impl ReasonGroup<'_> {
    fn show(&self, page: &mut Page, verbose: bool) {
        let shown = if verbose { usize::MAX } else { 6 };
        let mut parts = Vec::new();
        match self.requirements.as_slice() {
            [] => {}
            ids => parts.push(listed(ids.iter().map(|id| id.as_str()), ids.len(), shown)),
        }
        match self.cases.as_slice() {
            [] => {}
            ids if verbose => parts.push(format!(
                "{} ({})",
                counted(ids.len(), "case", "cases"),
                listed(ids.iter().map(|id| id.0.as_str()), ids.len(), shown)
            )),
            ids => parts.push(counted(ids.len(), "case", "cases")),
        }
        let what = format!(": {}", parts.join("; "));
        page.para((Paint::Plain, "  "), (Paint::Plain, "      "), &[(Paint::Plain, self.text), (Paint::Dim, &what)]);
    }
}

fn listed<'a>(ids: impl Iterator<Item = &'a str>, count: usize, shown: usize) -> String {
    let list = ids.take(shown).collect::<Vec<_>>().join(", ");
    if count > shown { format!("{list} and {} more", count - shown) } else { list }
}
