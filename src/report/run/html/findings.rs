//! What is wrong or open, one message for each defect, with the exchange that shows it. None of it needs the script.

use maud::{Markup, html};

use super::sheet::{Section, Sheet, chip, cite};
use crate::record::{RequirementId, Standing, Verdict};
use crate::report::page::curl::curl;
use crate::report::page::exchange::{request_lines, response_lines};
use crate::report::page::words::counted;
use crate::report::run::findings::{FindingGroup, gather};

/// Verdicts that are shown as findings.
pub(super) const SHOWN: [Verdict; 4] = [Verdict::Error, Verdict::Fail, Verdict::Inconclusive, Verdict::Warn];

/// A longer curl line is left to the run record.
const LONGEST_CURL: usize = 6000;

pub(super) fn section(sheet: &Sheet<'_>) -> Option<Section> {
    let groups = gather(sheet.record, &SHOWN);
    let aside = |group: &&FindingGroup<'_>| group.inherited() && !sheet.record.strict_base;
    let (beside, deciding): (Vec<_>, Vec<_>) = groups.iter().partition(aside);
    let body = html! {
        @if groups.is_empty() { p { "No rule is broken or undecided, and there are no warnings." } }
        (roots(&groups))
        @for group in deciding { (message(sheet, group)) }
        @if !beside.is_empty() {
            h3 { "Inherited" @if let Some(base) = sheet.record.edition.base() { " from " (base) } }
            p .note { "These do not decide whether " (sheet.record.edition) " is kept (with --strict-base they do)." }
            @for group in beside { (message(sheet, group)) }
        }
    };
    Some(Section { id: "findings", title: "Findings", body })
}

fn message(sheet: &Sheet<'_>, group: &FindingGroup<'_>) -> Markup {
    let record = sheet.record;
    let exchange = group.first.exchange.and_then(|id| record.exchange(id));
    let others = group.cases.get(1..).unwrap_or_default();
    let repeats = group.findings - group.cases.len();
    html! {
        article class={ "finding b-" (group.verdict.name()) } {
            header {
                (chip(group.verdict)) " "
                a .req-id href={ "#" (group.id) } { (group.id) } " "
                @if let Some(requirement) = group.requirement {
                    span .level { (requirement.level.name()) @if requirement.standing == Standing::Inherited { ", inherited" } }
                    h3 { (requirement.statement) }
                } @else { h3 { "A requirement that the record does not list" } }
            }
            dl .evidence {
                dt { "case" } dd { (sheet.case_link(&group.case.id)) " " span .muted { (group.case.origin) } }
                @if let Some(exchange) = exchange {
                    dt { "sent" } dd .wire { (lines(&request_lines(record, exchange, false))) }
                    dt { "received" } dd .wire { (lines(&response_lines(exchange, false))) }
                }
                @if !group.first.expected.is_empty() { dt { "expected" } dd { (group.first.expected) } }
                dt { "found" } dd .found { (group.first.found)
                    @for note in &group.notes { br; span .wire { (note) } } }
                @if let Some(requirement) = group.requirement {
                    dt { "source" } dd { (cite(sheet, requirement)) }
                    @if let Some(reading) = &requirement.reading { dt { "reading" } dd { (reading) } }
                }
                @if repeats > 0 && others.is_empty() {
                    dt { "also" } dd { (counted(repeats, "more finding", "more findings")) " in this case" }
                }
                @if !group.alike.is_empty() {
                    dt { "same reason" } dd .others {
                        (counted(group.alike.len(), "more requirement", "more requirements")) ": "
                        (requirements(group.alike.iter().copied())) }
                }
                @if !others.is_empty() {
                    dt { "also in" } dd .others { (counted(others.len(), "more case", "more cases")) ": "
                        @for (place, id) in others.iter().enumerate() { @if place > 0 { ", " } (sheet.case_link(id)) } }
                }
            }
            @if let Some(more) = group.more() {
                details .follows { summary { (more) } p { (requirements(group.follows.iter().copied())) } }
            }
            @if let Some(exchange) = exchange {
                @let line = curl(exchange);
                details .try open { summary { "Try it: curl" }
                    @if line.len() > LONGEST_CURL { p { "The line has " (line.len()) " bytes: see run.json, exchange " (exchange.id) "." } }
                    @else { pre tabindex="0" { code { (line) } } } }
            }
        }
    }
}

/// Requirements by name, each as a link to its row.
fn requirements<'a>(ids: impl Iterator<Item = &'a RequirementId>) -> Markup {
    html! { @for (place, id) in ids.enumerate() { @if place > 0 { ", " } a .req-id href={ "#" (id) } { (id) } } }
}

/// The broken rules by name, and what to mend first.
fn roots(groups: &[FindingGroup<'_>]) -> Markup {
    let mut broken: Vec<&FindingGroup<'_>> = Vec::new();
    for group in groups.iter().filter(|group| group.verdict == Verdict::Fail) {
        if !broken.iter().any(|before| before.id == group.id) {
            broken.push(group);
        }
    }
    html! {
        @if let (Some(first), 2..) = (broken.first(), broken.len()) {
            p .note { "Mend " a .req-id href={ "#" (first.id) } { (first.id) } " first." }
            ul .roots {
                @for group in &broken {
                    li { a .req-id href={ "#" (group.id) } { (group.id) } " "
                        @if let Some(requirement) = group.requirement { (requirement.title) }
                        @if let Some(more) = group.more() { " (" (more) ")" } }
                }
            }
        }
    }
}

fn lines(lines: &[String]) -> Markup {
    html! { @for (place, line) in lines.iter().enumerate() { @if place > 0 { br; } (line) } }
}
