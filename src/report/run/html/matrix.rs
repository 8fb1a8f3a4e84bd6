//! The status machine: for each status held and each value sent, what the contract expects and what was received.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::sheet::{Section, Sheet, scrolling};
use crate::record::{AppointmentStatus, CaseRecord, CaseTransition, Cell, ExchangeRecord, RunRecord, Verdict};
use crate::report::page::words::sign;

pub(super) fn section(sheet: &Sheet<'_>) -> Option<Section> {
    let record = sheet.record;
    let results: BTreeMap<CaseTransition, CellResult> =
        record.cases.iter().filter_map(|case| result(sheet, case)).collect();
    if record.contract.transitions.is_empty() && results.is_empty() {
        return None;
    }
    let expected: BTreeMap<(&str, &str), Cell> =
        record.contract.transitions.iter().map(|row| ((row.from.as_str(), row.to.as_str()), row.cell)).collect();
    let cell = |from: AppointmentStatus, to: AppointmentStatus| {
        let expected = expected.get(&(from.code(), to.code())).copied();
        cell(from.code(), to.code(), expected, results.get(&CaseTransition { from, to }))
    };
    let body = html! {
        p .note { "Rows are the status that an appointment holds, columns the value sent. The letter is what the contract expects, the "
            "number the status code received, the sign the verdict of the case." }
        (scrolling("Transition matrix", &html! {
            table .matrix {
                caption .sr { "Status transitions of " (record.edition) ": expected and observed" }
                thead { tr { td { span .muted { "held ↓ sent →" } }
                    @for to in AppointmentStatus::ALL { th scope="col" { span { (to.code()) } } } } }
                tbody { @for from in AppointmentStatus::ALL { tr {
                    th scope="row" { (from.code()) }
                    @for to in AppointmentStatus::ALL { (cell(from, to)) }
                } } }
            }
        }))
        dl .key {
            @for cell in Cell::ALL { div { dt { span class={ "letter e-" (class(cell)) } { (letter(cell)) } } dd { (words(cell)) } } }
            @for verdict in [Verdict::Pass, Verdict::Observed, Verdict::Warn, Verdict::Fail, Verdict::Inconclusive, Verdict::NotTested] {
                div { dt { span aria-hidden="true" { (sign(verdict)) } } dd { (verdict.name()) } }
            }
        }
    };
    Some(Section { id: "transitions", title: "Transitions", body })
}

/// What came of the case of a cell.
struct CellResult {
    place: usize,
    verdict: Verdict,
    /// The status codes of the last step of each attempt.
    codes: Vec<String>,
}

/// The cell that a case tries, and what came of it.
fn result(sheet: &Sheet<'_>, case: &CaseRecord) -> Option<(CaseTransition, CellResult)> {
    let transition = case.transition?;
    let place = *sheet.places.get(&case.id)?;
    let mut codes: Vec<String> = Vec::new();
    for attempt in sheet.attempts(&case.id) {
        let Some(step) = attempt.steps.last() else { continue };
        let code = status_code(sheet.record, step.exchange);
        if codes.last() != Some(&code) {
            codes.push(code);
        }
    }
    Some((transition, CellResult { place, verdict: case.verdict, codes }))
}

fn status_code(record: &RunRecord, exchange: u32) -> String {
    let status = record.exchange(exchange).and_then(ExchangeRecord::status);
    status.map_or_else(|| "lost".to_owned(), |status| status.get().to_string())
}

fn cell(from: &str, to: &str, expected: Option<Cell>, result: Option<&CellResult>) -> Markup {
    let class = format!(
        "cell e-{} v-{}",
        expected.map_or("unknown", class),
        result.map_or(Verdict::NotTested.name(), |result| result.verdict.name())
    );
    let verdict = result.map_or(Verdict::NotTested, |result| result.verdict);
    let codes = result.map(|result| result.codes.join(", ")).unwrap_or_default();
    let label = format!(
        "{from} to {to}: {}; {}; {}",
        expected.map_or("no expectation recorded", words),
        if codes.is_empty() { "no response".to_owned() } else { format!("received {codes}") },
        result.map_or("no case in this run", |result| result.verdict.name())
    );
    let inner = html! {
        span aria-hidden="true" .letter { (expected.map_or("", letter)) }
        span aria-hidden="true" .code { @if codes.is_empty() { "–" } @else { (codes) } }
        span aria-hidden="true" .sign { (sign(verdict)) }
        span .sr { (label) }
    };
    html! {
        td class=(class) title=(label) {
            @match result { Some(result) => a href={ "#case-" (result.place) } { (inner) }, None => span { (inner) } }
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
        Cell::UnsupportedValue => "rejected: the value is not supported",
        Cell::Omitted => "rejected: the sequence is not listed",
        Cell::SelfTransition => "open: the status already held",
        Cell::Open => "open: no document decides",
    }
}
