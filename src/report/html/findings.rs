//! What is wrong or open, one message for each defect, with the exchange that shows it. Nothing here needs the script.

use maud::{Markup, html};

use super::{Section, Sheet, chip};
use crate::record::{Standing, Verdict};
use crate::report::curl::curl;
use crate::report::problem::{Problem, counted, gather};
use crate::report::seen;
use crate::report::words::{source, source_link};

/// Verdicts that are told as findings.
pub(super) const TOLD: [Verdict; 4] = [Verdict::Error, Verdict::Fail, Verdict::Inconclusive, Verdict::Warn];

/// A longer curl line is left to the run record.
const LONGEST_CURL: usize = 6000;

pub(super) fn section(sheet: &Sheet<'_>) -> Option<Section> {
    let problems = gather(sheet.record, &TOLD);
    let aside = |own: &&Problem<'_>| own.inherited() && !sheet.record.strict_base;
    let (beside, deciding): (Vec<_>, Vec<_>) = problems.iter().partition(aside);
    let body = html! {
        @if problems.is_empty() { p { "Nothing is broken, open or worth a warning." } }
        @for problem in deciding { (message(sheet, problem)) }
        @if !beside.is_empty() {
            h3 { "Inherited" @if let Some(base) = sheet.record.edition.base() { " from " (base) } }
            p .note { "These do not decide whether " (sheet.record.edition) " is kept; with --strict-base they do." }
            @for problem in beside { (message(sheet, problem)) }
        }
    };
    Some(Section { id: "findings", title: "Findings", body })
}

fn message(sheet: &Sheet<'_>, problem: &Problem<'_>) -> Markup {
    let record = sheet.record;
    let exchange = problem.first.exchange.and_then(|id| record.exchange(id));
    let others = problem.cases.get(1..).unwrap_or_default();
    let repeats = problem.findings - problem.cases.len();
    html! {
        article class={ "finding b-" (problem.verdict.name()) } {
            header {
                (chip(problem.verdict)) " "
                a .req-id href={ "#" (problem.id) } { (problem.id) } " "
                @if let Some(own) = problem.requirement {
                    span .level { (own.level.name()) @if own.standing == Standing::Inherited { ", inherited" } }
                    h3 { (own.statement) }
                } @else { h3 { "A requirement that the record does not list" } }
            }
            dl .evidence {
                dt { "case" } dd { (sheet.case_link(&problem.case.id)) " " span .muted { (problem.case.origin) } }
                @if let Some(exchange) = exchange {
                    dt { "sent" } dd .wire { (lines(&seen::request(record, exchange, false))) }
                    dt { "answered" } dd .wire { (lines(&seen::answer(exchange, false))) }
                }
                @if !problem.first.expected.is_empty() { dt { "expected" } dd { (problem.first.expected) } }
                dt { "found" } dd .found { (problem.first.found)
                    @for note in &problem.notes { br; span .wire { (note) } } }
                @if let Some(own) = problem.requirement {
                    dt { "source" } dd { (cite(sheet, own)) }
                    @if let Some(reading) = &own.reading { dt { "reading" } dd { (reading) } }
                }
                @if repeats > 0 && others.is_empty() {
                    dt { "also" } dd { (counted(repeats, "more finding", "more findings")) " of this case" }
                }
                @if !others.is_empty() {
                    dt { "also in" } dd .others { (counted(others.len(), "more case", "more cases")) ": "
                        @for (place, id) in others.iter().enumerate() { @if place > 0 { ", " } (sheet.case_link(id)) } }
                }
            }
            @if let Some(exchange) = exchange {
                @let line = curl(exchange);
                details .try open { summary { "Try it: curl" }
                    @if line.len() > LONGEST_CURL { p { "The line has " (line.len()) " bytes; the request stands whole in run.json, exchange " (exchange.id) "." } }
                    @else { pre tabindex="0" { code { (line) } } } }
            }
        }
    }
}

/// The document that makes a rule, as a link where it has an address.
pub(super) fn cite(sheet: &Sheet<'_>, own: &crate::record::RequirementRecord) -> Markup {
    match source_link(sheet.record, own) {
        Some(address) => html! { a href=(address) rel="noreferrer noopener" { (source(own)) } },
        None => html! { (source(own)) },
    }
}

fn lines(lines: &[String]) -> Markup {
    html! { @for (place, line) in lines.iter().enumerate() { @if place > 0 { br; } (line) } }
}
