//! The appointments a run touched: the initial state, the final state, which were made for the run.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::sheet::{Section, Sheet, scrolling};
use crate::record::{AppointmentStatus, FixtureRecord};
use crate::report::page::words::counted;

/// Ids that stand in the open; more are folded.
const SHOWN: usize = 6;

pub(super) fn section(sheet: &Sheet<'_>) -> Option<Section> {
    let record = sheet.record;
    let mut groups: BTreeMap<(&str, bool, Option<&str>), Vec<&str>> = BTreeMap::new();
    for fixture in &record.fixtures {
        groups.entry((fixture.start.name(), fixture.made, fixture.left.as_deref())).or_default().push(&fixture.id);
    }
    let made = record.fixtures.iter().filter(|fixture| fixture.made).count();
    let moved = |fixture: &&FixtureRecord| {
        let start = fixture.start.name();
        let plain = start.parse::<AppointmentStatus>().is_ok();
        plain && fixture.left.as_deref().is_some_and(|left| left != start)
    };
    let spent = record.fixtures.iter().filter(moved).count();
    let body = html! {
        p { (counted(record.fixtures.len(), "appointment was touched", "appointments were touched")) ": " (made)
            " made for this run, " (record.fixtures.len() - made) " listed; " (spent) " no longer hold their initial status. "
            "Nothing was deleted: created appointments are left behind." }
        (scrolling("Appointments", &html! {
            table .fixtures {
                caption .sr { "Appointments by initial and final state" }
                thead { tr { @for head in ["Initial state", "Origin", "Final state", "Count", "Ids"] { th scope="col" { (head) } } } }
                tbody { @for ((start, made, left), ids) in &groups { tr {
                    th scope="row" { (start) }
                    td { @if *made { "made for the run" } @else { "listed" } }
                    td { @match left { Some(left) if left == start => { (left) " (unchanged)" } Some(left) => (left), None => "not read" } }
                    td .num { (ids.len()) }
                    td .ids { (list(ids)) }
                } } }
            }
        }))
    };
    (!record.fixtures.is_empty()).then_some(Section { id: "appointments", title: "Appointments used", body })
}

fn list(ids: &[&str]) -> Markup {
    let text = ids.join(", ");
    html! { @if ids.len() <= SHOWN { (text) } @else { details .inline { summary { (counted(ids.len(), "id", "ids")) } (text) } } }
}
