//! What was not tested, and what does not apply to the target, by reason.

use maud::{Markup, html};

use super::sheet::{Section, Sheet};
use crate::record::Verdict;
use crate::report::page::words::counted;
use crate::report::run::reasons::{ReasonGroup, reasons};

pub(super) fn section(sheet: &Sheet<'_>) -> Option<Section> {
    let untested = reasons(sheet.record, Verdict::NotTested);
    let (beyond, untested): (Vec<_>, Vec<_>) = untested.into_iter().partition(|group| group.beyond);
    let apart = reasons(sheet.record, Verdict::NotApplicable);
    let empty = untested.is_empty() && beyond.is_empty() && apart.is_empty();
    let body = html! {
        @if empty { p { "Every requirement was tested." } }
        (group(sheet, "Not tested in this run", &untested))
        (group(sheet, "Not tested by any scenario, for the reason in the contract", &beyond))
        (group(sheet, "Not applicable, by the target's declaration", &apart))
    };
    Some(Section { id: "not-tested", title: "Not tested, and why", body })
}

fn group(sheet: &Sheet<'_>, title: &str, reasons: &[ReasonGroup<'_>]) -> Markup {
    html! {
        @if !reasons.is_empty() {
            h3 { (title) }
            dl .reasons { @for group in reasons {
                dt { (group.text) "." }
                dd {
                    @for (place, id) in group.requirements.iter().enumerate() {
                        @if place > 0 { ", " }
                        a href={ "#" (id) } { (id) }
                    }
                    @if !group.cases.is_empty() {
                        @if !group.requirements.is_empty() { "; " }
                        @if group.cases.len() <= 4 {
                            @for (place, id) in group.cases.iter().enumerate() { @if place > 0 { ", " } (sheet.case_link(id)) }
                        } @else {
                            details .inline { summary { (counted(group.cases.len(), "case", "cases")) }
                                @for (place, id) in group.cases.iter().enumerate() { @if place > 0 { ", " } (sheet.case_link(id)) } }
                        }
                    }
                }
            } }
        }
    }
}
