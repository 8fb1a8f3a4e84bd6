//! The status machine: for each status held and each value sent, what the contract expects and what was answered.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::sheet::{Section, Sheet, scrolling};
use crate::record::{AppointmentStatus, Cell, RunRecord, Verdict};
use crate::report::page::words::sign;

pub(super) fn section(sheet: &Sheet<'_>) -> Option<Section> {
    let record = sheet.record;
    let seen: BTreeMap<&str, Seen> = record.cases.iter().filter_map(|own| seen(sheet, own)).collect();
    if record.contract.transitions.is_empty() && seen.is_empty() {
        return None;
    }
    let expected: BTreeMap<(&str, &str), Cell> =
        record.contract.transitions.iter().map(|own| ((own.from.as_str(), own.to.as_str()), own.cell)).collect();
    let codes = AppointmentStatus::ALL.map(AppointmentStatus::code);
    let cell = |from: &str, to: &str| {
        let name = format!("{from}-to-{to}");
        let expected = expected.get(&(from, to)).copied();
        cell(from, to, expected, seen.get(name.as_str()))
    };
    let body = html! {
        p .note { "Rows are the status an appointment holds, columns the value sent. The letter is what the contract expects, the number "
            "the status code that was answered, the sign the verdict of the case." }
        (scrolling("Transition matrix", &html! {
            table .matrix {
                caption .sr { "Status transitions of " (record.edition) ": expected and observed" }
                thead { tr { td { span .muted { "held ↓ sent →" } }
                    @for to in codes { th scope="col" { span { (to) } } } } }
                tbody { @for from in codes { tr {
                    th scope="row" { (from) }
                    @for to in codes { (cell(from, to)) }
                } } }
            }
        }))
        dl .key {
            @for own in Cell::ALL { div { dt { span class={ "letter e-" (class(own)) } { (letter(own)) } } dd { (words(own)) } } }
            @for own in [Verdict::Pass, Verdict::Observed, Verdict::Warn, Verdict::Fail, Verdict::Inconclusive, Verdict::NotTested] {
                div { dt { span aria-hidden="true" { (sign(own)) } } dd { (own.name()) } }
            }
        }
    };
    Some(Section { id: "transitions", title: "Transitions", body })
}

struct Seen {
    place: usize,
    verdict: Verdict,
    /// The status codes of the last step of each attempt.
    codes: Vec<String>,
}

/// The case of a cell by its name `booked-to-arrived`, and what came of it.
fn seen<'a>(sheet: &Sheet<'a>, case: &'a crate::record::CaseRecord) -> Option<(&'a str, Seen)> {
    let name = case.id.0.strip_prefix("transitions/")?;
    let place = *sheet.places.get(&case.id)?;
    let mut codes: Vec<String> = Vec::new();
    for attempt in sheet.attempts(&case.id) {
        let Some(step) = attempt.steps.last() else { continue };
        let code = answered(sheet.record, step.exchange);
        if codes.last() != Some(&code) {
            codes.push(code);
        }
    }
    Some((name, Seen { place, verdict: case.verdict, codes }))
}

fn answered(record: &RunRecord, exchange: u32) -> String {
    let status = record.exchange(exchange).and_then(crate::record::Exchange::status);
    status.map_or_else(|| "lost".to_owned(), |status| status.get().to_string())
}

fn cell(from: &str, to: &str, expected: Option<Cell>, seen: Option<&Seen>) -> Markup {
    let class = format!(
        "cell e-{} v-{}",
        expected.map_or("unknown", class),
        seen.map_or(Verdict::NotTested.name(), |own| own.verdict.name())
    );
    let verdict = seen.map_or(Verdict::NotTested, |own| own.verdict);
    let codes = seen.map(|own| own.codes.join(", ")).unwrap_or_default();
    let told = format!(
        "{from} to {to}: {}; {}; {}",
        expected.map_or("nothing recorded as expected", words),
        if codes.is_empty() { "nothing answered".to_owned() } else { format!("answered {codes}") },
        seen.map_or("no case in this run", |own| own.verdict.name())
    );
    let inner = html! {
        span aria-hidden="true" .letter { (expected.map_or("", letter)) }
        span aria-hidden="true" .code { @if codes.is_empty() { "–" } @else { (codes) } }
        span aria-hidden="true" .sign { (sign(verdict)) }
        span .sr { (told) }
    };
    html! {
        td class=(class) title=(told) {
            @match seen { Some(own) => a href={ "#case-" (own.place) } { (inner) }, None => span { (inner) } }
        }
    }
}

const fn letter(cell: Cell) -> &'static str {
    match cell {
        Cell::Allowed => "A",
        Cell::UnsupportedValue => "U",
        Cell::Omitted => "N",
        Cell::SelfTransition => "S",
        Cell::Open => "·",
    }
}

const fn class(cell: Cell) -> &'static str {
    match cell {
        Cell::Allowed => "allowed",
        Cell::UnsupportedValue | Cell::Omitted => "refused",
        Cell::SelfTransition | Cell::Open => "open",
    }
}

const fn words(cell: Cell) -> &'static str {
    match cell {
        Cell::Allowed => "accepted: the sequence is listed",
        Cell::UnsupportedValue => "refused: the value is not supported",
        Cell::Omitted => "refused: the sequence is not listed",
        Cell::SelfTransition => "open: the status already held",
        Cell::Open => "open: no document decides",
    }
}
