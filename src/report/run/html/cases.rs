//! Every case with its findings; the script fills in the exchanges of a case when it is opened.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::data;
use super::sheet::{Section, Sheet, chip};
use crate::record::{CaseRecord, ControlSeen, ExchangeId, Finding, Verdict};
use crate::report::page::words::sign;

pub(super) fn section(sheet: &Sheet<'_>) -> Option<Section> {
    let cases = &sheet.record.cases;
    let body = html! {
        (filters(sheet))
        noscript { p .note { "The script of this page shows requests and responses. Without it, look them up by number in run.json." } }
        div #cases-list .case-list { @for (place, own) in cases.iter().enumerate() { (case(sheet, place, own)) } }
    };
    (!cases.is_empty()).then_some(Section { id: "cases", title: "Cases", body })
}

fn case(sheet: &Sheet<'_>, place: usize, own: &CaseRecord) -> Markup {
    html! {
        details .case .lazy id={ "case-" (place) } data-verdict=(own.verdict.name()) {
            summary { (chip(own.verdict)) " " span .case-id { (own.id) } " " span .case-title { (own.title) } }
            div .case-body {
                (findings(own))
                p .muted { "Written in " (own.origin) @if let Some(attempt) = sheet.attempts(&own.id).last() {
                    "; sent to an appointment in state " (attempt.state.name())
                    @if attempt.alone { ", repeated on a fresh one" } } "." }
                @if !own.exchanges.is_empty() { (data::list(&roles(sheet, own), "Exchanges")) }
            }
        }
    }
}

fn findings(own: &CaseRecord) -> Markup {
    let silent = |own: &&Finding| own.found.is_empty() && own.expected.is_empty();
    let (kept, told): (Vec<_>, Vec<_>) = own.findings.iter().partition(silent);
    let mut quiet: BTreeMap<Verdict, Vec<&Finding>> = BTreeMap::new();
    for own in kept {
        let list = quiet.entry(own.verdict).or_default();
        if list.iter().all(|other| other.requirement != own.requirement) {
            list.push(own);
        }
    }
    html! {
        @if own.findings.is_empty() { p { (own.reason) } }
        ul .plain {
            @for own in told { li { (chip(own.verdict)) " " (rule(own)) " "
                @if !own.expected.is_empty() { "expected " (own.expected) "; found " } (own.found)
                @if let Some(id) = own.exchange { " " span .muted { "(exchange " (id) ")" } } } }
            @for (verdict, list) in &quiet { li { (chip(*verdict)) " "
                @for (place, own) in list.iter().enumerate() { @if place > 0 { ", " } (rule(own)) } } }
        }
    }
}

fn rule(own: &Finding) -> Markup {
    html! { a href={ "#" (own.requirement) } { code { (own.requirement) } } }
}

/// The exchanges of a case, each with what it was for it.
fn roles(sheet: &Sheet<'_>, own: &CaseRecord) -> Vec<(usize, &'static str)> {
    let mut roles: BTreeMap<ExchangeId, &'static str> = BTreeMap::new();
    for attempt in sheet.attempts(&own.id) {
        match attempt.control {
            ControlSeen::Exchange(id) => roles.insert(id, "control"),
            ControlSeen::Twin(id) => roles.insert(id, "tag still current"),
            ControlSeen::NotNeeded | ControlSeen::Missing(_) => None,
        };
        for step in &attempt.steps {
            let reads = [(step.before, "before"), (step.first_after, "after"), (step.after, "after")];
            for (id, role) in reads {
                if let Some(id) = id {
                    roles.entry(id).or_insert(role);
                }
            }
        }
        // A step is a step, whatever else it serves as.
        roles.extend(attempt.steps.iter().map(|step| (step.exchange, "step")));
    }
    own.exchanges.iter().map(|id| (*id as usize, roles.get(id).copied().unwrap_or_default())).collect()
}

/// Shown by the script only.
fn filters(sheet: &Sheet<'_>) -> Markup {
    let verdicts = Verdict::ALL.into_iter().filter(|own| sheet.record.summary.cases.contains_key(own));
    html! {
        form .filters data-for="cases-list" role="search" aria-label="Filter the cases" hidden {
            label { "Verdict " select name="verdict" { option value="" { "all" }
                @for own in verdicts { option value=(own.name()) { (sign(own)) " " (own.name()) } } } }
            label .text { "Text " input type="search" name="text" placeholder="id, title or requirement"; }
            button type="reset" { "Clear" }
            output aria-live="polite" {}
        }
    }
}
