//! Every requirement of the edition with its verdict, its source and its cases; filters narrow it down.

use maud::{Markup, html};

use super::sheet::{Section, Sheet, chip, cite, scrolling};
use crate::record::{Area, Level, RequirementRecord, Standing, Verdict};
use crate::report::page::words::{area_title, counted, sign};
use crate::report::run::requirement::area;

pub(super) fn section(sheet: &Sheet<'_>) -> Option<Section> {
    let record = sheet.record;
    let body = html! {
        (filters(sheet))
        (scrolling("Requirements", &html! {
            table .requirements #requirements-table {
                caption .sr { "Requirements of " (record.edition) ", native and inherited" }
                thead { tr {
                    th scope="col" { "Requirement" } th scope="col" { "Level" } th scope="col" { "Verdict" }
                    th scope="col" { "Rule" } th scope="col" { "Cases" }
                } }
                tbody { @for own in &record.requirements { (row(sheet, own)) } }
            }
        }))
    };
    (!record.requirements.is_empty()).then_some(Section { id: "requirements", title: "Requirements", body })
}

fn row(sheet: &Sheet<'_>, own: &RequirementRecord) -> Markup {
    let area = area(&own.id);
    let inherited = own.standing == Standing::Inherited;
    html! {
        tr #(own.id) data-area=[area.map(Area::code)] data-level=(own.level.name()) data-verdict=(own.verdict.name())
            data-standing=(if inherited { "inherited" } else { "native" }) {
            th scope="row" { code { (own.id) } @if let Some(area) = area { span .muted { (area_title(area)) } } }
            td { (own.level.name()) @if inherited { span .muted { "inherited" } } }
            td { (chip(own.verdict)) }
            td .rule {
                p { (own.statement) }
                @if !own.reason.is_empty() && own.verdict != Verdict::Pass { p .why { (own.reason) } }
                p .muted { "Source: " (cite(sheet, own)) @if let Some(reading) = &own.reading { ". Reading: " (reading) } }
            }
            td .cases { (cases(sheet, own)) }
        }
    }
}

/// The cases of a requirement; where there are many, folded.
fn cases(sheet: &Sheet<'_>, own: &RequirementRecord) -> Markup {
    const SHOWN: usize = 3;
    let list = html! { ul { @for id in &own.cases { li { (sheet.case_link(id)) } } } };
    match own.cases.len() {
        0 => html! { span .muted { "none" } },
        1..=SHOWN => list,
        count => html! { details { summary { (counted(count, "case", "cases")) } (list) } },
    }
}

/// Shown by the script only: without it there is nothing to filter with.
fn filters(sheet: &Sheet<'_>) -> Markup {
    let all = &sheet.record.requirements;
    let areas = Area::ALL.into_iter().filter(|area| all.iter().any(|own| self::area(&own.id) == Some(*area)));
    let levels = Level::ALL.into_iter().filter(|level| all.iter().any(|own| own.level == *level));
    let verdicts = Verdict::ALL.into_iter().filter(|verdict| all.iter().any(|own| own.verdict == *verdict));
    html! {
        form .filters data-for="requirements-table" role="search" aria-label="Filter the requirements" hidden {
            label { "Area " select name="area" { option value="" { "all" }
                @for own in areas { option value=(own.code()) { (own.code()) " · " (area_title(own)) } } } }
            label { "Level " select name="level" { option value="" { "all" }
                @for own in levels { option value=(own.name()) { (own.name()) } } } }
            label { "Verdict " select name="verdict" { option value="" { "all" }
                @for own in verdicts { option value=(own.name()) { (sign(own)) " " (own.name()) } } } }
            @if all.iter().any(|own| own.standing == Standing::Inherited) {
                label { "Standing " select name="standing" { option value="" { "all" }
                    option value="native" { "native" } option value="inherited" { "inherited" } } }
            }
            label .text { "Text " input type="search" name="text" placeholder="id, rule or case"; }
            button type="reset" { "Clear" }
            output aria-live="polite" {}
        }
    }
}
