//! Counts by level and verdict, native and inherited apart, and the cases by verdict.

use maud::{Markup, html};

use super::sheet::{Section, Sheet, chip, scrolling};
use crate::record::{Level, Verdict};
use crate::report::page::words::meaning;
use crate::report::run::requirement::LevelTotals;

pub(super) fn section(sheet: &Sheet<'_>) -> Option<Section> {
    let record = sheet.record;
    let native = format!("Requirements of {}", record.edition);
    let base = record.edition.base().filter(|_| !record.summary.inherited.is_empty());
    let seen = |verdict: &Verdict| {
        record.summary.cases.contains_key(verdict)
            || [&record.summary.counts, &record.summary.inherited]
                .iter()
                .any(|totals| totals.values().any(|row| row.contains_key(verdict)))
    };
    let body = html! {
        (scrolling(&native, &table(&native, &record.summary.counts)))
        @if let Some(base) = base {
            @let weight = if record.strict_base { "decides too" } else { "does not decide" };
            @let title = format!("Inherited from {base} ({weight})");
            (scrolling(&title, &table(&title, &record.summary.inherited)))
        }
        p .case-counts { "Cases: "
            @for (place, (verdict, count)) in record.summary.cases.iter().enumerate() {
                @if place > 0 { ", " }
                (count) " " (verdict.name())
            }
            @if record.summary.cases.is_empty() { "none" } "." }
        details .legend {
            summary { "What the verdicts mean" }
            dl { @for verdict in Verdict::ALL.iter().filter(|verdict| seen(verdict)) {
                dt { (chip(*verdict)) } dd { (meaning(*verdict)) "." }
            } }
        }
    };
    Some(Section { id: "counts", title: "Counts", body })
}

/// Levels down, verdicts across.
fn table(title: &str, totals: &LevelTotals) -> Markup {
    let levels: Vec<Level> = Level::ALL.into_iter().filter(|level| totals.contains_key(level)).collect();
    let verdicts: Vec<Verdict> =
        Verdict::ALL.into_iter().filter(|verdict| totals.values().any(|row| row.contains_key(verdict))).collect();
    let count = |level: &Level, verdict: &Verdict| {
        totals.get(level).and_then(|row| row.get(verdict)).copied().unwrap_or_default()
    };
    let cell = |count: usize, verdict: Option<&Verdict>| {
        let class = match (count, verdict) {
            (0, _) => "num none".to_owned(),
            (_, Some(verdict)) => format!("num v-{}", verdict.name()),
            (_, None) => "num".to_owned(),
        };
        html! { td class=(class) { @if count == 0 { span aria-label="none" role="img" { "·" } } @else { (count) } } }
    };
    html! {
        table .totals {
            caption { (title) }
            thead { tr {
                th scope="col" { "Level" }
                @for verdict in &verdicts { th scope="col" .num { (chip(*verdict)) } }
                th scope="col" .num { "total" }
            } }
            tbody { @for level in &levels { tr {
                th scope="row" { (level.name()) }
                @for verdict in &verdicts { (cell(count(level, verdict), Some(verdict))) }
                (cell(verdicts.iter().map(|verdict| count(level, verdict)).sum(), None))
            } } }
            @if levels.len() > 1 {
                tfoot { tr {
                    th scope="row" { "total" }
                    @for verdict in &verdicts { (cell(levels.iter().map(|level| count(level, verdict)).sum(), Some(verdict))) }
                    (cell(totals.values().flat_map(|row| row.values()).sum(), None))
                } }
            }
        }
    }
}
