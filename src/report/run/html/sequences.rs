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
                tbody { @for sequence in all { tr {
                    th scope="row" { (sheet.case_link(&sequence.id)) @if let Some(why) = &sequence.trouble { span .muted { "ended early: " (why) } } }
                    td .num { (sequence.seed) } td .num { (sequence.lists) } td .num { (sequence.steps) } td .num { (sequence.requests) }
                    td .num { (sequence.counterexamples.len()) }
                } } }
            }
        }))
        @let starts = data::counterexample_starts(sheet.record);
        @for (example, start) in data::counterexamples(sheet.record).zip(&starts) { (counterexample(sheet, example, *start)) }
        @let found: usize = all.iter().map(|sequence| sequence.counterexamples.len()).sum();
        @if found > starts.len() {
            p .note { "And " (counted(found - starts.len(), "more counterexample", "more counterexamples"))
                ": in run.json, and as files in the folder of the run." }
        }
    };
    (!all.is_empty()).then_some(Section { id: "sequences", title: "Generated sequences", body })
}

fn counterexample(sheet: &Sheet<'_>, counterexample: &Counterexample, start: usize) -> Markup {
    let (again, tried) = counterexample.again;
    html! {
        article .counterexample {
            header { a .req-id href={ "#" (counterexample.requirement) } { (counterexample.requirement) } " "
                h3 { (counted(counterexample.steps, "step breaks it", "steps break it")) } }
            dl .evidence {
                @if !counterexample.expected.is_empty() { dt { "expected" } dd { (counterexample.expected) } }
                dt { "found" } dd .found { (counterexample.found) }
                dt { "shrunk" } dd {
                    "from " (counted(counterexample.steps_drawn, "step", "steps")) " of list " (counterexample.number) " in "
                    (counted(counterexample.reruns as usize, "re-run", "re-runs")) "; failed " (again) " of " (tried) " repeats"
                    @if let Some(why) = &counterexample.end { "; " (why) } }
                dt { "file" } dd { code { (counterexample.file) } }
            }
            @if !counterexample.scenario.is_empty() { details open { summary { "Scenario" } pre tabindex="0" { code { (cut(&counterexample.scenario, LONGEST)) } } } }
            @let places: Vec<(usize, &str)> = (start..start + sheet.record.requests_of(counterexample).len()).map(|place| (place, "")).collect();
            details .lazy { summary { "Requests of this counterexample" } (data::list(&places, "Requests")) }
        }
    }
}
