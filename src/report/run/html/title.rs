//! The top of the report: the verdict, what it means and for which edition; in print, the title page.

use maud::{Markup, html};

use super::sheet::Sheet;
use crate::record::{RunRecord, RunVerdict};
use crate::report::page::pace::pace;
use crate::report::page::time::duration;
use crate::report::page::words::{counted, run_meaning, run_sign, run_title};
use crate::report::run::requirement::deviations;

/// The title of the document.
pub(super) fn text(record: &RunRecord) -> String {
    format!("{}: {} · patchproof", run_title(record.summary.verdict), record.edition)
}

/// The bar at the top of the screen; it is not printed.
pub(super) fn bar(record: &RunRecord) -> Markup {
    html! {
        header .bar {
            span .mark { "patchproof" }
            span .bar-verdict {
                span aria-hidden="true" { (run_sign(record.summary.verdict)) } " "
                (run_title(record.summary.verdict)) " · " (record.edition)
            }
            button #theme type="button" hidden { "Dark" }
        }
    }
}

/// The verdict and the facts it rests on.
pub(super) fn title(sheet: &Sheet<'_>) -> Markup {
    let record = sheet.record;
    let deviations = deviations(record);
    html! {
        div .title-page {
            p .kicker { "Conformance report · PATCH /Appointment/:id" }
            div .verdict {
                span .seal aria-hidden="true" { (run_sign(record.summary.verdict)) }
                div {
                    h1 { (run_title(record.summary.verdict)) " " span .with { (preposition(record)) " edition " (record.edition) } }
                    p .edition { (record.contract.title) }
                }
            }
            p .reason { strong { (sentence(&record.summary.reason)) } " " (run_meaning(record.summary.verdict)) }
            @if !deviations.is_empty() {
                p { "Deviations (SHOULD not kept): "
                    @for (place, id) in deviations.iter().enumerate() {
                        @if place > 0 { ", " }
                        a href={ "#" (id) } { (id) }
                    }
                    "." }
            }
            @if let Some(why) = &record.cut_short {
                p .notice { strong { "Cut short. " } (sentence(why)) " The record is partial." }
            }
            @if record.strict_base {
                p .notice { "Strict base: requirements inherited from the base specification decide too." }
            }
            (facts(record))
            p .print-only .statement {
                "This report was rendered by " (record.tool.name) " " (record.tool.version) " from a run record that holds every "
                "request and response it is based on. The appendices list each requirement with its verdict, the evidence of each "
                "finding, and what was not tested and why."
            }
        }
    }
}

fn preposition(record: &RunRecord) -> &'static str {
    match record.summary.verdict {
        RunVerdict::Conformant | RunVerdict::NotConformant => "with",
        RunVerdict::Incomplete | RunVerdict::Error | RunVerdict::SelectionFailed | RunVerdict::SelectionPassed => "on",
    }
}

fn facts(record: &RunRecord) -> Markup {
    let made = record.fixtures.iter().filter(|fixture| fixture.made).count();
    let cases: usize = record.summary.cases.values().sum();
    html! {
        dl .facts {
            div { dt { "Target" } dd { code { (record.target.base_url) }
                @if record.target.embedded { " the embedded reference server" } } }
            div { dt { "Started" } dd { (when(&record.started))
                @if let Some(time) = duration(&record.started, &record.finished) { ", took " (time) } } }
            div { dt { "Tested" } dd {
                (counted(record.requirements.len(), "requirement", "requirements")) ", " (counted(cases, "case", "cases")) } }
            div { dt { "Sent" } dd { (counted(record.plan.requests_sent, "request", "requests")) " on "
                (counted(record.plan.appointments_used, "appointment", "appointments")) " (" (made) " made for the run)" } }
            @if let Some(taken) = &record.pace {
                div { dt { "Pace" } dd { (pace(taken)) } }
            }
            div { dt { "Seed" } dd { (record.seed) } }
            div { dt { "Tool" } dd { (record.tool.name) " " (record.tool.version) } }
        }
    }
}

/// An instant without its fraction, where it is one.
fn when(instant: &str) -> String {
    match instant.parse::<jiff::Timestamp>() {
        Ok(time) => time.strftime("%-d %B %Y, %H:%M:%S UTC").to_string(),
        Err(_) => instant.to_owned(),
    }
}

/// A text as a sentence.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters.next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default();
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}
