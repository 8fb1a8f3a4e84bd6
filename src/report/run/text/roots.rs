//! The last screen of a run: the broken rules with one line each, and the first thing to mend.

use crate::record::Verdict;
use crate::report::page::look::paint;
use crate::report::page::paper::{Page, Paint};
use crate::report::run::findings::FindingGroup;

/// Broken rules that are named.
const MOST_NAMED: usize = 10;

/// The broken rules, roots first, and what to mend first; nothing where nothing is broken.
pub(super) fn roots(page: &mut Page, groups: &[FindingGroup<'_>], verbose: bool) {
    let mut broken: Vec<&FindingGroup<'_>> = Vec::new();
    for group in groups.iter().filter(|group| group.verdict == Verdict::Fail) {
        if !broken.iter().any(|before| before.id == group.id) {
            broken.push(group);
        }
    }
    let Some(first) = broken.first() else { return };
    page.line(&[(Paint::Strong, "Broken")]);
    let named = if verbose { broken.len() } else { MOST_NAMED };
    for group in broken.iter().take(named) {
        let level = match (group.requirement, group.inherited()) {
            (None, _) => String::new(),
            (Some(requirement), true) => format!(" {}, inherited", requirement.level.name()),
            (Some(requirement), false) => format!(" {}", requirement.level.name()),
        };
        let title = group.requirement.map(|requirement| format!(": {}", requirement.title)).unwrap_or_default();
        let more = group.more().map(|more| format!(" ({more})")).unwrap_or_default();
        page.para(
            (Paint::Plain, "  "),
            (Paint::Plain, "      "),
            &[
                (paint(group.verdict), group.id.as_str()),
                (Paint::Plain, &level),
                (Paint::Plain, &title),
                (Paint::Dim, &more),
            ],
        );
    }
    if broken.len() > named {
        page.line(&[(Paint::Plain, &format!("  and {} more; -v shows them", broken.len() - named))]);
    }
    let expected = match first.first.expected.as_str() {
        "" => String::new(),
        expected => format!("expected {expected}; "),
    };
    let text = format!(" in {}: {expected}found {}", first.case.id, first.first.found);
    page.para(
        (Paint::Strong, "Mend first "),
        (Paint::Plain, "    "),
        &[(paint(first.verdict), first.id.as_str()), (Paint::Plain, &text)],
    );
    page.blank();
}
