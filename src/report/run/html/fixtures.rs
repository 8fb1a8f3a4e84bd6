//! The appointments a run touched: the initial state, the final state, which were made for the run.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::sheet::{Section, Sheet, scrolling};
use crate::record::FixtureEnd;
use crate::report::page::words::counted;
use crate::report::run::fixtures::{in_words, is_spent};

/// Ids that stand in the open; more are folded.
const SHOWN: usize = 6;

/// Initial state, made or listed, final state, and what became of it at the end.
type FixtureGroup<'a> = (&'a str, bool, Option<&'a str>, &'a str);

pub(super) fn section(sheet: &Sheet<'_>) -> Option<Section> {
    let record = sheet.record;
    let mut groups: BTreeMap<FixtureGroup<'_>, Vec<&str>> = BTreeMap::new();
    for fixture in &record.fixtures {
        groups
            .entry((fixture.start.name(), fixture.made, fixture.left.as_deref(), end_in_words(fixture.end)))
            .or_default()
            .push(&fixture.id);
    }
    let made = record.fixtures.iter().filter(|fixture| fixture.made).count();
    let spent = record.fixtures.iter().filter(|fixture| is_spent(fixture)).count();
    let became = in_words(record).map(|became| format!("{became}."));
    let body = html! {
        p { (counted(record.fixtures.len(), "appointment was touched", "appointments were touched")) ": " (made)
            " made for this run, " (record.fixtures.len() - made) " listed; " (spent) " no longer hold their initial status. "
            @if let Some(became) = &became { (became) } }
        (scrolling("Appointments", &html! {
            table .fixtures {
                caption .sr { "Appointments by initial and final state" }
                thead { tr { @for head in ["Initial state", "Origin", "Final state", "At the end", "Count", "Ids"] { th scope="col" { (head) } } } }
                tbody { @for ((start, made, left, end), ids) in &groups { tr {
                    th scope="row" { (start) }
                    td { @if *made { "made for the run" } @else { "listed" } }
                    td { @match left { Some(left) if left == start => { (left) " (unchanged)" } Some(left) => (left), None => "not read" } }
                    td { (end) }
                    td .num { (ids.len()) }
                    td .ids { (list(ids)) }
                } } }
            }
        }))
    };
    (!record.fixtures.is_empty()).then_some(Section { id: "appointments", title: "Appointments used", body })
}

const fn end_in_words(end: Option<FixtureEnd>) -> &'static str {
    match end {
        Some(FixtureEnd::Cancelled) => "cancelled",
        Some(FixtureEnd::Final) => "nothing to do",
        Some(FixtureEnd::Gone) => "no longer there",
        Some(FixtureEnd::Kept) => "left: nothing cancels it",
        Some(FixtureEnd::Failed) => "not cancelled",
        None => "left",
    }
}

fn list(ids: &[&str]) -> Markup {
    let text = ids.join(", ");
    html! { @if ids.len() <= SHOWN { (text) } @else { details .inline { summary { (counted(ids.len(), "id", "ids")) } (text) } } }
}
