//! A run record: what was read is written the same, judged again, compared and shown, and steers no terminal.

use super::scene;
use crate::after::compare::{Run, compare, matrix};
use crate::after::drift;
use crate::after::verify::{DifferenceKind, with_catalogue};
use crate::judge::judge;
use crate::plan::decide;
use crate::record::{Circumstances, PlannedRecord, RunRecord};
use crate::report::{
    Format, TextView, Verbosity, clean, comparison_markdown, comparison_text, curl, matrix_csv, matrix_markdown,
    matrix_text, terminal,
};
use crate::suite::contract::contract;
use crate::suite::scenario::Texts;

/// What is done with a record beside reading it; each input has its turn at one of them.
const USES: [fn(&RunRecord); 8] = [
    |record| is_calm(record, Verbosity::Quiet),
    |record| is_calm(record, Verbosity::Verbose),
    pages,
    machines,
    compared,
    judged_again,
    judged_again,
    made_anew,
];

/// Any bytes are a record or an error that says of which file, and what would be one.
pub fn record(data: &[u8]) {
    match read(data) {
        Ok(record) => {
            let written = serde_json::to_vec(&record).unwrap_or_default();
            let again = read(&written);
            assert!(again.as_ref() == Ok(&record), "written and read again it is {again:?}");
            let turn = super::digest(data) as usize % USES.len();
            USES[turn](&record);
        }
        Err(message) => assert!(message.contains("`run.json`"), "no place: {message}"),
    }
}

/// All that is done with a record, one after another.
#[cfg(test)]
pub(super) fn every_use(record: &RunRecord) {
    USES.iter().for_each(|exercise| exercise(record));
}

/// The reader of records.
pub(super) fn read(data: &[u8]) -> Result<RunRecord, String> {
    crate::record::parse("run.json", data).map_err(|error| error.to_string())
}

/// Nothing in the report but letters and line ends, whatever a target put into its responses.
pub(super) fn is_calm(record: &RunRecord, verbosity: Verbosity) {
    calm(&terminal(record, &TextView { color: false, verbosity, width: 80 }));
}

/// Nothing in a page moves the cursor, turns the reading order or hides.
pub(super) fn calm(page: &str) {
    let wild = page.lines().find(|line| clean(line) != **line);
    assert!(wild.is_none(), "{wild:?} reaches the terminal");
}

/// The formats for people.
fn pages(record: &RunRecord) {
    for format in [Format::Html, Format::Markdown, Format::Csv, Format::Annotations, Format::Verdict] {
        let page = rendered(record, format);
        match format {
            Format::Html => assert_eq!(page.matches("<script").count(), 2, "the page has scripts of its own only"),
            Format::Annotations => assert!(page.lines().all(|line| line.starts_with("::")), "{page}"),
            _ => {}
        }
    }
    record.exchanges.iter().for_each(|exchange| calm(&curl(exchange)));
}

/// The formats for programs.
fn machines(record: &RunRecord) {
    for format in [Format::Json, Format::Har, Format::Testreport, Format::Badge] {
        let text = rendered(record, format);
        let read = serde_json::from_str::<serde::de::IgnoredAny>(&text);
        assert!(read.is_ok(), "{} is no JSON: {read:?}", format.name());
    }
    for line in rendered(record, Format::Events).lines() {
        assert!(serde_json::from_str::<serde::de::IgnoredAny>(line).is_ok(), "an event is no JSON: {line}");
    }
    let xml = rendered(record, Format::Junit);
    assert!(
        !xml.chars().any(|character| character.is_control() && !"\n\r\t".contains(character)),
        "control characters in {xml:?}"
    );
}

fn rendered(record: &RunRecord, format: Format) -> String {
    match format.render(record) {
        Ok(text) => text,
        Err(error) => unreachable!("a record that was read cannot be written: {error}"),
    }
}

/// A run beside itself is neither better nor worse.
fn compared(record: &RunRecord) {
    let snapshots = drift::of(record);
    let run = |name| Run { name, record, snapshots: &snapshots };
    let comparison = compare(run("before"), run("after"));
    assert!(!comparison.regressed(), "a run is worse than itself: {comparison:?}");
    calm(&comparison_text(&comparison, &TextView { color: false, verbosity: Verbosity::Verbose, width: 80 }));
    comparison_markdown(&comparison);
    let runs = ["one", "other"].map(|name| (name.to_owned(), record.clone()));
    assert!(matrix(&runs, true).rows.is_empty(), "a run differs from itself");
    let matrix = matrix(&runs, false);
    calm(&matrix_text(&matrix, &TextView { color: false, verbosity: Verbosity::Normal, width: 80 }));
    matrix_markdown(&matrix);
    matrix_csv(&matrix);
}

/// A record that agrees with its evidence has the verdict that follows from it; two looks see the same.
fn judged_again(record: &RunRecord) {
    let (Ok(contract), Some(catalogue)) = (contract(), scene::catalogue()) else { return };
    let found = with_catalogue(contract, catalogue, record.clone());
    assert!(!found.agrees() || found.verdict == record.summary.verdict, "it agrees, and with another verdict");
}

/// What is recorded of any evidence agrees with it, once written and read.
fn made_anew(record: &RunRecord) {
    let (Ok(contract), Some(catalogue)) = (contract(), scene::catalogue()) else { return };
    let mut copy = record.clone();
    let Ok(evidence) = copy.take_evidence() else { return };
    let mut inputs = copy.inputs;
    // The files of a record are the business of the reader of scenarios, its lists that of the record as it is.
    (inputs.scenarios, inputs.without_sequences) = (Texts::new(), true);
    let Ok(plan) = decide(contract, catalogue, copy.edition, &inputs) else { return };
    let judgement = judge(contract, &plan, &evidence, copy.strict_base);
    let circumstances = Circumstances {
        headers: Vec::new(),
        about: None,
        base_url: copy.target.base_url,
        embedded: copy.target.embedded,
        started: copy.started,
        finished: copy.finished,
        seed: copy.seed,
        strict_base: copy.strict_base,
        cut_short: copy.cut_short,
        signal: copy.signal,
        pace: copy.pace,
        redaction: copy.target.redaction,
        inputs,
        decided: PlannedRecord::of(&plan),
    };
    let made = RunRecord::new(contract, &plan, evidence, judgement, circumstances);
    let bytes = crate::record::write(&made).unwrap_or_default();
    let Ok(back) = read(&bytes) else { unreachable!("what was written cannot be read") };
    let found = with_catalogue(contract, catalogue, back);
    let wrong = found.differences.iter().find(|difference| difference.kind != DifferenceKind::Evidence);
    assert!(wrong.is_none(), "a record differs from the evidence it was made from: {wrong:?}");
}
