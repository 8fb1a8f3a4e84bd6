//! Each race: its result, and its rounds as space–time diagrams with the same requests as a table.

use maud::{Markup, html};

use super::diagram;
use super::sheet::{Section, Sheet, chip, scrolling};
use crate::record::{CaseId, CaseRecord, ExchangeId, HistoryRecord};
use crate::report::page::words::counted;

/// Diagrams of one race; those with a witness come first.
const SHOWN: usize = 4;

pub(super) fn section(sheet: &Sheet<'_>) -> Option<Section> {
    let record = sheet.record;
    let mut races: Vec<&CaseId> = Vec::new();
    for id in record.histories.iter().map(|history| &history.case).chain(record.rounds().map(|(case, _)| case)) {
        if !races.contains(&id) {
            races.push(id);
        }
    }
    let body = html! {
        p .note { "Each row is a client, each bar a request from the moment it was sent until its response had been read. The line "
            "runs through the writes that succeeded, from the version each replaced to the version it made." }
        (diagram::key())
        @for id in &races { (race(sheet, id)) }
    };
    (!races.is_empty()).then_some(Section { id: "races", title: "Races", body })
}

fn race(sheet: &Sheet<'_>, id: &CaseId) -> Markup {
    let case = sheet.places.get(id).and_then(|place| sheet.record.cases.get(*place));
    let mut histories: Vec<&HistoryRecord> =
        sheet.record.histories.iter().filter(|history| history.case == *id).collect();
    histories.sort_by_key(|history| history.witness.is_none());
    let left_out = histories.len().saturating_sub(SHOWN);
    html! {
        article .race {
            header { @if let Some(case) = case { (chip(case.verdict)) " " } (sheet.case_link(id))
                @if let Some(case) = case { h3 { (case.title) } } }
            @if let Some(case) = case { (findings(case)) }
            @for history in histories.iter().take(SHOWN) { (round(sheet, history)) }
            @if left_out > 0 { p .note { "The histories of " (counted(left_out, "more round", "more rounds"))
                " are in run.json." } }
        }
    }
}

fn findings(case: &CaseRecord) -> Markup {
    html! { ul .plain { @for finding in case.findings.iter().filter(|finding| finding.exchange.is_some() || !finding.found.is_empty()) {
        li { (chip(finding.verdict)) " " a href={ "#" (finding.requirement) } { code { (finding.requirement) } } " "
            @if !finding.expected.is_empty() { "expected " (finding.expected) "; found " } (finding.found) }
    } } }
}

fn round(sheet: &Sheet<'_>, history: &HistoryRecord) -> Markup {
    let warm = warm(sheet, history);
    let overlapped = round_of(sheet, history).is_none_or(|round| round.overlapped);
    let title = format!("Round {} on appointment {}", history.round, history.appointment);
    html! {
        figure .round {
            figcaption {
                strong { (title) } " "
                @match &history.witness {
                    Some(witness) => { span .bad { "No order explains this: " (witness.anomaly) "." } " " span { "Because " (witness.why) "." } }
                    None if !overlapped => { "The requests did not overlap, so the round proves nothing." }
                    None => { "An order of the requests explains every response." }
                }
            }
            (scrolling(&title, &diagram::svg(history, &warm)))
            details { summary { "The same as a table: " (counted(history.lines.len(), "request", "requests")) }
                (scrolling(&format!("{title}, requests"), &table(history, &warm))) }
        }
    }
}

fn round_of<'a>(sheet: &Sheet<'a>, history: &HistoryRecord) -> Option<&'a crate::record::RoundRecord> {
    let found = sheet.record.rounds().find(|(case, round)| **case == history.case && round.round == history.round);
    found.map(|(_, round)| round)
}

/// The requests that opened connections; they are no part of the race.
fn warm(sheet: &Sheet<'_>, history: &HistoryRecord) -> Vec<ExchangeId> {
    round_of(sheet, history).map(|round| round.warm.clone()).unwrap_or_default()
}

fn table(history: &HistoryRecord, warm: &[ExchangeId]) -> Markup {
    let start = history.lines.iter().map(|line| line.call).min().unwrap_or_default();
    let witness = |place: usize| history.witness.as_ref().is_some_and(|witness| witness.lines.contains(&place));
    html! {
        table .requests {
            thead { tr { @for head in ["Client", "Request", "If-Match", "Value", "Response", "ETag", "From", "To"] { th scope="col" { (head) } } } }
            tbody { @for (place, line) in history.lines.iter().enumerate() {
                tr class=[witness(place).then_some("witness")] {
                    td { (diagram::client(line)) }
                    td { (diagram::method(line)) @if line.exchange.is_some_and(|id| warm.contains(&id)) { " (opens the connection)" }
                        @if witness(place) { " " strong { "(witness)" } } }
                    td { (line.if_match.as_deref().unwrap_or("")) }
                    td { (line.value.as_deref().unwrap_or("")) }
                    td { @match line.status { Some(status) => (status), None => "none" } }
                    td { (line.etag.as_deref().unwrap_or("")) }
                    td .num { (diagram::millis(line.call - start)) }
                    td .num { @match line.ret { Some(ret) => (diagram::millis(ret.saturating_sub(start))), None => "never" } }
                }
            } }
        }
    }
}
