//! The formats a record is rendered to, their names and files; a new one is a variant and a line in each table here.

use super::text::terminal;
use super::{annotations, badge, csv, events, har, html, junit, markdown, testreport};
use crate::record::RunRecord;
use crate::report::page::look::{TextView, Verbosity};

/// A format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// One self-contained page.
    Html,
    /// JUnit XML for CI systems.
    Junit,
    /// A summary, as for GITHUB_STEP_SUMMARY.
    Markdown,
    /// A FHIR R4 TestReport with its TestScript.
    Testreport,
    /// The requirements as a table.
    Csv,
    /// A badge in the shields endpoint form.
    Badge,
    /// HAR 1.2, for tools that show HTTP exchanges.
    Har,
    /// Workflow commands that annotate a run of GitHub Actions.
    Annotations,
    /// The verdict of the run in one word, for scripts.
    Verdict,
    /// What `run --events` prints, as JSON Lines.
    Events,
    /// The record itself, read and written again.
    Json,
    /// What `run` prints.
    Text,
}

/// Why a record cannot be written in a format.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {format}: {cause}")]
pub struct Unwritable {
    format: &'static str,
    cause: String,
}

impl Format {
    /// All formats, in the order of the help text.
    pub const ALL: [Format; 12] = [
        Format::Html,
        Format::Junit,
        Format::Markdown,
        Format::Testreport,
        Format::Csv,
        Format::Badge,
        Format::Har,
        Format::Annotations,
        Format::Verdict,
        Format::Events,
        Format::Json,
        Format::Text,
    ];

    /// The formats that `run --out` writes beside `run.json`.
    pub const USUAL: [Format; 6] =
        [Format::Html, Format::Junit, Format::Markdown, Format::Testreport, Format::Csv, Format::Badge];

    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Format::Html => "html",
            Format::Junit => "junit",
            Format::Markdown => "markdown",
            Format::Testreport => "testreport",
            Format::Csv => "csv",
            Format::Badge => "badge",
            Format::Har => "har",
            Format::Annotations => "annotations",
            Format::Verdict => "verdict",
            Format::Events => "events",
            Format::Json => "json",
            Format::Text => "text",
        }
    }

    /// The usual name of its file.
    pub const fn file(self) -> &'static str {
        match self {
            Format::Html => "report.html",
            Format::Junit => "junit.xml",
            Format::Markdown => "summary.md",
            Format::Testreport => "testreport.json",
            Format::Csv => "requirements.csv",
            Format::Badge => "badge.json",
            Format::Har => "exchanges.har",
            Format::Annotations => "annotations.txt",
            Format::Verdict => "verdict.txt",
            Format::Events => "events.jsonl",
            Format::Json => "run.json",
            Format::Text => "report.txt",
        }
    }

    /// What it is for, in half a sentence.
    pub const fn purpose(self) -> &'static str {
        match self {
            Format::Html => "one self-contained page for people; prints as a certificate with appendices",
            Format::Junit => "JUnit XML for CI systems",
            Format::Markdown => "a summary for a pull request or a CI step",
            Format::Testreport => "a FHIR R4 TestReport with its TestScript",
            Format::Csv => "the requirements as a table",
            Format::Badge => "a badge in the shields endpoint form",
            Format::Har => "HAR 1.2, for tools that show HTTP exchanges",
            Format::Annotations => "workflow commands that annotate a run of GitHub Actions",
            Format::Verdict => "the verdict of the run in one word",
            Format::Events => "the output of run --events, as JSON Lines",
            Format::Json => "the record itself",
            Format::Text => "the output of run",
        }
    }

    /// The record in this format.
    ///
    /// # Errors
    /// A library cannot write it; that happens with no record that was read.
    pub fn render(self, record: &RunRecord) -> Result<String, Unwritable> {
        let unwritable = |cause: String| Unwritable { format: self.name(), cause };
        match self {
            Format::Html => Ok(html::html(record)),
            Format::Junit => junit::junit(record).map_err(unwritable),
            Format::Markdown => Ok(markdown::markdown(record)),
            Format::Testreport => Ok(testreport::testreport(record)),
            Format::Csv => csv::csv(record).map_err(unwritable),
            Format::Badge => Ok(badge::badge(record)),
            Format::Har => String::from_utf8(har::har(record)).map_err(|error| unwritable(error.to_string())),
            Format::Annotations => Ok(annotations::annotations(record)),
            Format::Verdict => Ok(format!("{}\n", record.summary.verdict.name())),
            Format::Events => Ok(events::events(record)),
            Format::Json => crate::record::write(record)
                .map_err(|error| unwritable(error.to_string()))
                .and_then(|bytes| String::from_utf8(bytes).map_err(|error| unwritable(error.to_string()))),
            Format::Text => Ok(terminal(record, &TextView { color: false, verbosity: Verbosity::Normal, width: 100 })),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_files_are_distinct() {
        for pick in [Format::name, Format::file] {
            let mut all: Vec<&str> = Format::ALL.into_iter().map(pick).collect();
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), Format::ALL.len());
        }
    }
}
