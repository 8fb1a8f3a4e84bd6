//! The report as one self-contained HTML file: no network, nothing from a target unescaped, readable without its script.

mod cases;
mod data;
mod diagram;
mod drift;
mod findings;
mod fixtures;
mod latency;
mod matrix;
mod provenance;
mod races;
mod requirements;
mod sequences;
mod sheet;
#[cfg(test)]
mod tests;
mod title;
mod totals;
mod untried;

use base64::Engine as _;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use sheet::{Section, Sheet};

use crate::record::RunRecord;
use crate::report::page::clean::clean_lines;
use crate::report::page::words::run_code;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// The whole report.
pub fn html(record: &RunRecord) -> String {
    let sheet = Sheet::new(record);
    let sections: Vec<Section> = SECTIONS.iter().filter_map(|section| section(&sheet)).collect();
    let data = data::json(&sheet);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                meta name="generator" content={ (record.tool.name) " " (record.tool.version) };
                title { (title::text(record)) }
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body class={ "run-" (run_code(record.summary.verdict)) } {
                a .skip href="#main" { "Skip to the report" }
                (title::bar(record))
                main #main tabindex="-1" {
                    (title::title(&sheet))
                    (contents(&sections))
                    @for section in &sections {
                        section #(section.id) aria-labelledby={ (section.id) "-title" } {
                            h2 id={ (section.id) "-title" } { (section.title) }
                            (section.body)
                        }
                    }
                }
                script type="application/json" #exchange-data { (PreEscaped(data)) }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    // What comes from a target is escaped by type above; here every character that hides or turns text is written out.
    clean_lines(&page.into_string())
}

/// The parts of the report in their order. One that has nothing to show is left out.
const SECTIONS: [fn(&Sheet<'_>) -> Option<Section>; 12] = [
    totals::section,
    findings::section,
    requirements::section,
    matrix::section,
    races::section,
    sequences::section,
    cases::section,
    drift::section,
    latency::section,
    untried::section,
    fixtures::section,
    provenance::section,
];

fn contents(sections: &[Section]) -> Markup {
    html! {
        nav .contents aria-label="Contents" {
            ol { @for section in sections { li { a href={ "#" (section.id) } { (section.title) } } } }
        }
    }
}

/// Only the style and the script of this file count; nothing is fetched, framed, submitted or evaluated.
fn policy() -> String {
    let hash = |text: &str| base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; img-src data:; base-uri 'none'; \
         form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}
