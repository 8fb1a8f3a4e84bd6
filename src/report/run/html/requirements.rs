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
                tbody { @for requirement in &record.requirements { (row(sheet, requirement)) } }
            }
        }))
    };
    (!record.requirements.is_empty()).then_some(Section { id: "requirements", title: "Requirements", body })
}

fn row(sheet: &Sheet<'_>, requirement: &RequirementRecord) -> Markup {
    let area = area(&requirement.id);
    let inherited = requirement.standing == Standing::Inherited;
    html! {
        tr #(requirement.id) data-area=[area.map(Area::code)] data-level=(requirement.level.name()) data-verdict=(requirement.verdict.name())
            data-standing=(if inherited { "inherited" } else { "native" }) {
            th scope="row" { code { (requirement.id) } @if let Some(area) = area { span .muted { (area_title(area)) } } }
            td { (requirement.level.name()) @if inherited { span .muted { "inherited" } } }
            td { (chip(requirement.verdict)) }
            td .rule {
                p { (requirement.statement) }
                @if !requirement.reason.is_empty() && requirement.verdict != Verdict::Pass { p .why { (requirement.reason) } }
                p .muted { "Source: " (cite(sheet, requirement)) @if let Some(reading) = &requirement.reading { ". Reading: " (reading) } }
            }
            td .cases { (cases(sheet, requirement)) }
        }
    }
}

/// The cases of a requirement; where there are many, folded.
fn cases(sheet: &Sheet<'_>, requirement: &RequirementRecord) -> Markup {
    const SHOWN: usize = 3;
    let list = html! { ul { @for id in &requirement.cases { li { (sheet.case_link(id)) } } } };
    match requirement.cases.len() {
        0 => html! { span .muted { "none" } },
        1..=SHOWN => list,
        count => html! { details { summary { (counted(count, "case", "cases")) } (list) } },
    }
}

/// Shown by the script only: without it there is nothing to filter with.
fn filters(sheet: &Sheet<'_>) -> Markup {
    let all = &sheet.record.requirements;
    let areas =
        Area::ALL.into_iter().filter(|area| all.iter().any(|requirement| self::area(&requirement.id) == Some(*area)));
    let levels = Level::ALL.into_iter().filter(|level| all.iter().any(|requirement| requirement.level == *level));
    let verdicts =
        Verdict::ALL.into_iter().filter(|verdict| all.iter().any(|requirement| requirement.verdict == *verdict));
    html! {
        form .filters data-for="requirements-table" role="search" aria-label="Filter the requirements" hidden {
            label { "Area " select name="area" { option value="" { "all" }
                @for area in areas { option value=(area.code()) { (area.code()) " · " (area_title(area)) } } } }
            label { "Level " select name="level" { option value="" { "all" }
                @for level in levels { option value=(level.name()) { (level.name()) } } } }
            label { "Verdict " select name="verdict" { option value="" { "all" }
                @for verdict in verdicts { option value=(verdict.name()) { (sign(verdict)) " " (verdict.name()) } } } }
            @if all.iter().any(|requirement| requirement.standing == Standing::Inherited) {
                label { "Standing " select name="standing" { option value="" { "all" }
                    option value="native" { "native" } option value="inherited" { "inherited" } } }
            }
            label .text { "Text " input type="search" name="text" placeholder="id, rule or case"; }
            button type="reset" { "Clear" }
            output aria-live="polite" {}
        }
    }
}
