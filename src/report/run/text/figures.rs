//! The figures of a run under its findings, and the line with its verdict.

use crate::record::{RunRecord, RunVerdict, Verdict};
use crate::report::page::look::paint;
use crate::report::page::pace::pace as in_words;
use crate::report::page::paper::{Page, Paint};
use crate::report::page::time::duration;
use crate::report::page::words::counted;
use crate::report::run::fixtures;
use crate::report::run::requirement::deviations;

/// Cases by verdict, the target, what the run took, its seed, and why it ended early.
pub(super) fn figures(page: &mut Page, record: &RunRecord) {
    let by_verdict: Vec<String> = Verdict::ALL
        .into_iter()
        .filter_map(|verdict| Some(format!("{} {}", record.summary.cases.get(&verdict)?, verdict.name())))
        .collect();
    let cases = if by_verdict.is_empty() { "none".to_owned() } else { by_verdict.join(", ") };
    figure(page, "Cases", &cases);
    let embedded = if record.target.embedded { " (the embedded reference server)" } else { "" };
    figure(page, "Target", &format!("{}{embedded}", record.target.base_url));
    figure(page, "Took", &took(record));
    if let Some(fixtures) = fixtures::in_words(record) {
        figure(page, "Fixtures", &fixtures);
    }
    if let Some(pace) = &record.pace {
        figure(page, "Pace", &in_words(pace));
    }
    figure(page, "Seed", &seed(record));
    if let Some(reason) = &record.cut_short {
        let text = format!("{reason}; the record is partial");
        page.para((Paint::Bad, "Cut short  "), (Paint::Plain, "           "), &[(Paint::Plain, &text)]);
    }
}

/// The seed, what was drawn from it, and what could not be sent.
fn seed(record: &RunRecord) -> String {
    let mut text = record.seed.to_string();
    let (lists, steps) = record
        .sequences
        .iter()
        .fold((0, 0), |(lists, steps), drawn| (lists + usize::try_from(drawn.lists).unwrap_or(0), steps + drawn.steps));
    if lists > 0 {
        text.push_str(&format!(
            ": {}, {}",
            counted(lists, "generated list", "generated lists"),
            counted(steps, "step", "steps")
        ));
    }
    // Where no PATCH was accepted, the headline has said why.
    for sequence in record.sequences.iter().filter(|_| record.headline().is_none()) {
        if let Some(trouble) = &sequence.trouble {
            text.push_str(&format!("; {} ended after {} lists: {trouble}", sequence.id, sequence.lists));
        }
    }
    text
}

fn figure(page: &mut Page, label: &str, text: &str) {
    let lead = format!("{label:<11}");
    page.para((Paint::Strong, &lead), (Paint::Plain, "           "), &[(Paint::Plain, text)]);
}

fn took(record: &RunRecord) -> String {
    let plan = &record.plan;
    let planned: usize = plan.appointments.values().sum();
    let made = record.fixtures.iter().filter(|fixture| fixture.made).count();
    let mut text = format!(
        "{} ({planned} planned; {made} made, {} listed), {} ({} planned)",
        counted(plan.appointments_used, "appointment", "appointments"),
        record.fixtures.len() - made,
        counted(plan.requests_sent, "request", "requests"),
        plan.requests
    );
    if let Some(time) = duration(&record.started, &record.finished) {
        text.push_str(&format!(", {time}"));
    }
    text
}

/// The verdict, what it rests on, and the SHOULDs that are not kept.
pub(super) fn verdict(page: &mut Page, record: &RunRecord) {
    let summary = &record.summary;
    let look = match summary.verdict {
        RunVerdict::Error | RunVerdict::NotConformant | RunVerdict::SelectionFailed => Paint::Bad,
        RunVerdict::Incomplete => paint(Verdict::Inconclusive),
        RunVerdict::Conformant | RunVerdict::SelectionPassed => Paint::Good,
    };
    let word = match summary.verdict {
        RunVerdict::Conformant | RunVerdict::NotConformant => format!("{} with", summary.verdict.name()),
        RunVerdict::Error | RunVerdict::Incomplete | RunVerdict::SelectionFailed | RunVerdict::SelectionPassed => {
            format!("{} on", summary.verdict.name())
        }
    };
    let title = match record.contract.title.as_str() {
        "" => String::new(),
        title => format!(" ({title})"),
    };
    let beside = match deviations(record).as_slice() {
        [] => String::new(),
        ids => format!("; deviations (SHOULD not kept): {}", ids.join(", ")),
    };
    let rest = format!(" {}{title}: {}{beside}", record.edition, summary.reason);
    page.para((look, &word), (Paint::Plain, "    "), &[(Paint::Plain, &rest)]);
}
