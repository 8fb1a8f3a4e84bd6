//! Generated sequences: how much was drawn, and each counterexample, shrunk, with its scenario and its requests.

use maud::{Markup, html};

use super::data;
use super::sheet::{Section, Sheet, scrolling};
use crate::record::Counterexample;
use crate::report::page::clean::cut;
use crate::report::page::words::counted;

/// Characters of a scenario that are shown.
const LONGEST: usize = 6000;

pub(super) fn section(sheet: &Sheet<'_>) -> Option<Section> {
    let all = &sheet.record.sequences;
    let body = html! {
        (scrolling("Generated sequences", &html! {
            table {
                caption .sr { "Generated sequences" }
                thead { tr { @for head in ["Sequence", "Seed", "Lists", "Steps", "Requests", "Counterexamples"] { th scope="col" { (head) } } } }
                tbody { @for own in all { tr {
                    th scope="row" { (sheet.case_link(&own.id)) @if let Some(why) = &own.trouble { span .muted { "ended early: " (why) } } }
                    td .num { (own.seed) } td .num { (own.lists) } td .num { (own.steps) } td .num { (own.requests) }
                    td .num { (own.counterexamples.len()) }
                } } }
            }
        }))
        @let starts = data::counterexample_starts(sheet.record);
        @for (own, start) in data::counterexamples(sheet.record).zip(&starts) { (counterexample(own, *start)) }
        @let found: usize = all.iter().map(|own| own.counterexamples.len()).sum();
        @if found > starts.len() {
            p .note { "And " (counted(found - starts.len(), "more counterexample", "more counterexamples"))
                ": in run.json, and as files in the folder of the run." }
        }
    };
    (!all.is_empty()).then_some(Section { id: "sequences", title: "Generated sequences", body })
}

fn counterexample(own: &Counterexample, start: usize) -> Markup {
    let (again, tried) = own.again;
    html! {
        article .counterexample {
            header { a .req-id href={ "#" (own.requirement) } { (own.requirement) } " "
                h3 { (counted(own.steps, "step breaks it", "steps break it")) } }
            dl .evidence {
                @if !own.expected.is_empty() { dt { "expected" } dd { (own.expected) } }
                dt { "found" } dd .found { (own.found) }
                dt { "shrunk" } dd {
                    "from " (counted(own.steps_drawn, "step", "steps")) " of list " (own.number) " in "
                    (counted(own.reruns as usize, "re-run", "re-runs")) "; failed " (again) " of " (tried) " repeats"
                    @if let Some(why) = &own.end { "; " (why) } }
                dt { "file" } dd { code { (own.file) } }
            }
            @if !own.scenario.is_empty() { details open { summary { "Scenario" } pre tabindex="0" { code { (cut(&own.scenario, LONGEST)) } } } }
            @let places: Vec<(usize, &str)> = (start..start + own.exchanges.len()).map(|place| (place, "")).collect();
            details .lazy { summary { "Requests of this counterexample" } (data::list(&places, "Requests")) }
        }
    }
}
