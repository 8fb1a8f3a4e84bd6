//! A comparison for a terminal: the runs, what to know beforehand, then the changes by weight.

use super::latency;
use super::sentence::{heading, side, standing, summary};
use crate::after::compare::{Comparison, Direction, Glance, RequirementChange, SnapshotDiffKind};
use crate::report::page::clean::cut;
use crate::report::page::exchange::phrase;
use crate::report::page::look::{BAR, HANG, TextView, Verbosity, labelled, note, paint};
use crate::report::page::paper::{Page, Paint};
use crate::report::page::words::counted;

/// Messages in full before the rest is one line each, and lists before they are cut, unless everything is asked for.
const FULL: usize = 20;
const LISTED: usize = 6;

/// The comparison as text. Quiet leaves out everything but what got worse and the sum.
pub fn comparison_text(comparison: &Comparison, view: &TextView) -> String {
    let mut page = Page::new(view.color, view.width);
    let all = view.verbosity == Verbosity::Verbose;
    if view.verbosity > Verbosity::Quiet {
        page.line(&[(Paint::Strong, heading(comparison))]);
        for (lead, run) in [("  before  ", &comparison.before), ("  after   ", &comparison.after)] {
            let text = format!(" = {}", side(run));
            let spans = [(Paint::Plain, run.name.as_str()), (Paint::Plain, &text)];
            page.para((Paint::Strong, lead), (Paint::Plain, "          "), &spans);
        }
    }
    for text in &comparison.warnings {
        page.para((Paint::Care, "warning: "), (Paint::Plain, "  "), &[(Paint::Plain, text)]);
    }
    page.blank();
    for (number, change) in comparison.regressions.iter().enumerate() {
        if number < FULL || all {
            full(&mut page, change, all);
            page.blank();
        } else {
            short(&mut page, change);
        }
    }
    worse_cases(&mut page, comparison, all);
    if view.verbosity > Verbosity::Quiet {
        listed(&mut page, "Better", &comparison.improvements);
        listed(&mut page, "Changed, neither better nor worse", &comparison.shifts);
        other_cases(&mut page, comparison, all);
        drift(&mut page, comparison, all);
        latency::text(&mut page, &comparison.latencies);
        only(&mut page, comparison, all);
    }
    let look = if comparison.regressed() { Paint::Bad } else { Paint::Good };
    page.para((look, ""), (Paint::Plain, "    "), &[(look, &summary(comparison))]);
    page.finish()
}

fn head(page: &mut Page, change: &RequirementChange, rule: &str) {
    let (id, level) = (format!("[{}]", change.requirement), format!(" {}: ", standing(change)));
    let spans = [
        (Paint::Plain, " -> "),
        (paint(change.after), change.after.name()),
        (paint(change.after), &id),
        (Paint::Plain, &level),
        (Paint::Strong, rule),
    ];
    page.para((paint(change.before), change.before.name()), (Paint::Plain, "    "), &spans);
}

fn short(page: &mut Page, change: &RequirementChange) {
    head(page, change, &change.title);
}

fn full(page: &mut Page, change: &RequirementChange, all: bool) {
    head(page, change, &change.statement);
    match &change.witness {
        None => labelled(page, "now", paint(change.after), std::slice::from_ref(&change.reason_after)),
        Some(witness) => {
            let origin = format!(" ({})", witness.origin);
            page.para((Paint::Frame, "  --> "), HANG, &[(Paint::Plain, &witness.case.0), (Paint::Dim, &origin)]);
            page.line(&[BAR]);
            if let Some(glance) = &witness.glance {
                labelled(page, "sent", Paint::Strong, &sent(glance));
                labelled(page, "received", Paint::Strong, &[received(glance)]);
            }
            if !witness.expected.is_empty() {
                labelled(page, "expected", Paint::Good, std::slice::from_ref(&witness.expected));
            }
            labelled(page, "found", paint(change.after), std::slice::from_ref(&witness.found));
            page.line(&[BAR]);
        }
    }
    note(page, "before", &format!("{}: {}", change.before.name(), or_nothing(&change.reason_before)));
    note(page, "source", &change.source);
    if let Some(glance) = change.witness.as_ref().and_then(|witness| witness.glance.as_ref()) {
        note(page, "seen", &format!("exchange {} of the later run", glance.exchange));
    }
    let others: Vec<&str> = change
        .cases
        .iter()
        .filter(|case| change.witness.as_ref().is_none_or(|witness| witness.case != **case))
        .map(|case| case.0.as_str())
        .collect();
    if !others.is_empty() {
        let text = format!("and {}: {}", counted(others.len(), "more case", "more cases"), list(&others, all));
        page.para((Paint::Frame, "   = "), HANG, &[(Paint::Plain, &text)]);
    }
}

fn sent(glance: &Glance) -> Vec<String> {
    let tag = match &glance.if_match {
        Some(tag) => format!("   (If-Match: {tag})"),
        None if glance.method == "PATCH" => "   (no If-Match)".to_owned(),
        None => String::new(),
    };
    let mut lines = vec![format!("{} {}{tag}", glance.method, glance.path)];
    if !glance.body.is_empty() {
        lines.push(glance.body.clone());
    }
    lines
}

fn received(glance: &Glance) -> String {
    let Some(status) = glance.status else { return "no response".to_owned() };
    let tag = glance.etag.as_ref().map(|tag| format!("   ETag: {tag}")).unwrap_or_default();
    format!("{} {}{tag}", status, phrase(status))
}

fn or_nothing(reason: &str) -> &str {
    if reason.is_empty() { "no reason recorded" } else { reason }
}

fn list(items: &[&str], all: bool) -> String {
    let shown = if all { items.len() } else { items.len().min(LISTED) };
    let more = if items.len() > shown { format!(" and {} more", items.len() - shown) } else { String::new() };
    format!("{}{more}", items.iter().take(shown).copied().collect::<Vec<_>>().join(", "))
}

fn listed(page: &mut Page, title: &str, changes: &[RequirementChange]) {
    if changes.is_empty() {
        return;
    }
    page.line(&[(Paint::Strong, title)]);
    changes.iter().for_each(|change| short(page, change));
    page.blank();
}

/// Cases that got worse although no requirement says so by itself.
fn worse_cases(page: &mut Page, comparison: &Comparison, all: bool) {
    let worse: Vec<_> = comparison
        .cases
        .iter()
        .filter(|change| change.direction == Direction::Worse && (all || !change.explained))
        .collect();
    if worse.is_empty() {
        return;
    }
    page.line(&[(Paint::Strong, "Cases that got worse")]);
    let shown = if all { worse.len() } else { FULL };
    for change in worse.iter().take(shown) {
        let reason = format!(": {}", cut(or_nothing(&change.reason_after), 300));
        let case = format!(" {}", change.case);
        let spans = [
            (Paint::Plain, " -> "),
            (paint(change.after), change.after.name()),
            (Paint::Strong, &case),
            (Paint::Plain, &reason),
        ];
        page.para((paint(change.before), change.before.name()), (Paint::Plain, "    "), &spans);
    }
    if worse.len() > shown {
        page.line(&[(Paint::Dim, &format!("and {} more (--verbose lists them)", worse.len() - shown))]);
    }
    page.blank();
}

fn other_cases(page: &mut Page, comparison: &Comparison, all: bool) {
    for (direction, title) in
        [(Direction::Better, "Cases that got better"), (Direction::Aside, "Cases that changed in another way")]
    {
        let cases: Vec<&str> = comparison
            .cases
            .iter()
            .filter(|change| change.direction == direction)
            .map(|change| change.case.0.as_str())
            .collect();
        if !cases.is_empty() {
            let lead = format!("{title}: ");
            page.para((Paint::Strong, &lead), (Paint::Plain, "    "), &[(Paint::Plain, &list(&cases, all))]);
            page.blank();
        }
    }
}

fn drift(page: &mut Page, comparison: &Comparison, all: bool) {
    const SHOWN: usize = 10;
    if comparison.drift.is_empty() {
        return;
    }
    page.line(&[(Paint::Strong, "Responses that changed (this affects no verdict)")]);
    let shown = if all { comparison.drift.len() } else { SHOWN };
    for snapshot in comparison.drift.iter().take(shown) {
        let how = match snapshot.kind {
            SnapshotDiffKind::Changed => "",
            SnapshotDiffKind::New => " (new)",
            SnapshotDiffKind::Vanished => " (vanished)",
        };
        page.line(&[(Paint::Frame, "  --> "), (Paint::Plain, &snapshot.case.0), (Paint::Dim, how)]);
        for line in snapshot.diff.lines().filter(|line| !line.starts_with("@@")) {
            let look = match line.as_bytes().first() {
                Some(b'-') => Paint::Bad,
                Some(b'+') => Paint::Good,
                _ => Paint::Dim,
            };
            page.line(&[(Paint::Frame, "   | "), (look, line)]);
        }
    }
    if comparison.drift.len() > shown {
        page.line(&[(Paint::Dim, &format!("and {} more (--verbose shows them)", comparison.drift.len() - shown))]);
    }
    page.blank();
}

fn only(page: &mut Page, comparison: &Comparison, all: bool) {
    for (side, only) in [(&comparison.before, &comparison.only_before), (&comparison.after, &comparison.only_after)] {
        if only.is_empty() {
            continue;
        }
        let requirements: Vec<&str> = only.requirements.iter().map(|requirement| requirement.as_str()).collect();
        let cases: Vec<&str> = only.cases.iter().map(|case| case.0.as_str()).collect();
        let parts: Vec<String> =
            [requirements, cases].iter().filter(|names| !names.is_empty()).map(|names| list(names, all)).collect();
        let lead = format!("Only in {}: ", side.name);
        page.para((Paint::Strong, &lead), (Paint::Plain, "    "), &[(Paint::Plain, &parts.join("; "))]);
        page.blank();
    }
}
