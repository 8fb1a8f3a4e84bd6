//! The inputs in `corpus/`, given to their readers, and inputs that once broke a promise.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

use super::*;

/// All corpora together; they are checked in.
const MOST_BYTES: u64 = 250 * 1024;

fn corpus(reader: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/prove/fuzz/corpus").join(reader);
    let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn keeps_its_promises(reader: &str) {
    let (_, read) = READERS.iter().find(|(name, _)| *name == reader).unwrap();
    let files = corpus(reader);
    assert!(files.len() > 5, "the corpus of {reader} has {} inputs", files.len());
    // All of them are tried; the output has the reason of each that stops the reader, the last line their names.
    let stops = |file: &PathBuf| std::panic::catch_unwind(|| read(&fs::read(file).unwrap())).is_err();
    let bad: Vec<_> = files.into_iter().filter(stops).collect();
    assert!(bad.is_empty(), "these inputs stop the reader: {bad:?}");
}

#[test]
fn scenario_files_of_the_corpus_are_read_or_refused_with_a_place() {
    keeps_its_promises("scenario");
}

#[test]
fn target_files_of_the_corpus_are_read_or_refused_with_a_place() {
    keeps_its_promises("target");
}

#[test]
fn records_of_the_corpus_are_written_as_they_were_read() {
    keeps_its_promises("record");
}

#[test]
fn answers_of_the_corpus_are_judged_and_shown() {
    keeps_its_promises("response");
}

#[test]
fn histories_of_the_corpus_are_checked_and_their_witnesses_name_requests() {
    keeps_its_promises("history");
}

#[test]
fn records_of_the_corpus_are_of_the_form_that_is_read_today() {
    // Those with a name were made from runs, those with a number are libFuzzer's.
    let named = |file: &PathBuf| file.file_name().is_none_or(|name| name.len() != 12);
    let read = |file: PathBuf| record::read(&fs::read(file).unwrap()).ok();
    let records: Vec<_> = corpus("record").into_iter().filter(named).filter_map(read).collect();
    assert!(records.len() >= 10, "{} records are accepted: make new ones from small runs", records.len());
    assert!(records.iter().any(|record| !record.histories.is_empty()), "a race");
    assert!(records.iter().flat_map(|record| &record.trials).any(|trial| trial.list().is_some()), "a generated list");
    assert!(
        records.iter().flat_map(|record| &record.sequences).any(|sequence| !sequence.counterexamples.is_empty()),
        "a counterexample"
    );
    assert!(records.iter().any(|record| record.drift.is_some()), "drift");
    assert!(records.iter().any(|record| record.target.redaction == crate::record::Redact::Phi), "redaction");
    assert!(records.iter().any(|record| !record.not_run.is_empty()), "cases that were not run");
    records.iter().for_each(record::every_use);
}

#[test]
fn the_runs_that_answers_are_put_into_keep_requirements_and_have_requests_of_every_kind() {
    let scenes = scene::scenes();
    assert_eq!(scenes.len(), 2);
    for scene in scenes {
        let (edition, count) = (scene.plan.edition, scene.evidence.exchanges.len());
        assert!(scene.keeps() > 20, "{edition}: {} requirements are kept", scene.keeps());
        assert!(scene.required.len() > 2, "{edition}: {:?} have to succeed", scene.required);
        assert!(scene.forbidden.len() > 2, "{edition}: {:?} must not succeed", scene.forbidden);
        assert!(scene.evidence.trials.iter().any(|trial| trial.round().is_some()), "{edition}");
        assert!(count < 100, "{edition}: {count} requests are many for each input");
    }
}

#[test]
fn a_record_with_a_count_that_no_run_comes_to_is_refused_with_its_place() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/prove/fuzz/corpus/record/near-uncountable");
    let message = record::read(&fs::read(file).unwrap()).unwrap_err();
    assert!(message.contains("at summary.cases: there cannot be 18446744073709551615"), "{message}");
}

#[test]
fn json_that_is_changed_is_another_json_and_the_same_for_the_same_seed() {
    let text = br#"{"a":[1,true,"x",{"b":null}],"c":"yes"}"#;
    let changed: std::collections::BTreeSet<Vec<u8>> = (0..50).filter_map(|seed| mutate(text, 400, seed)).collect();
    assert!(changed.len() > 20, "{changed:?}");
    assert!(changed.iter().all(|bytes| serde_json::from_slice::<serde_json::Value>(bytes).is_ok()));
    assert_eq!(mutate(text, 400, 7), mutate(text, 400, 7));
    assert_eq!((mutate(b"{", 400, 1), mutate(text, 3, 1)), (None, None));
}

#[test]
fn the_corpora_are_small() {
    let sizes = READERS.iter().flat_map(|(reader, _)| corpus(reader)).map(|file| file.metadata().unwrap().len());
    assert!(sizes.sum::<u64>() < MOST_BYTES);
}

#[test]
fn deep_and_long_inputs_are_refused_by_every_reader() {
    // Far deeper than any stack of a thread of tests bears.
    let deep = |open: &str| open.repeat(20_000).into_bytes();
    let body = |open: &str| [b"\x09\x00HTTP/1.1 200 OK\r\n\r\n".to_vec(), deep(open)].concat();
    for open in ["[", "{a: ", "- ", "{\"a\":", "? ", "&a [", "!x ", "\n", "é"] {
        for (_, read) in READERS {
            read(&deep(open));
        }
        response(&body(open));
    }
    let aliases: String =
        (1..40).map(|number| format!("a{number}: &a{number} [*a{}, *a{}]\n", number - 1, number - 1)).collect();
    scenario(format!("a0: &a0 x\n{aliases}").as_bytes());
}

#[test]
fn a_key_whose_third_byte_is_inside_a_letter_is_an_unknown_key() {
    let wrong = "kind: exchange\ntitle: t\ncases: []\naaé: 1\n";
    let Err(crate::suite::scenario::LoadError::Problems { problems, .. }) =
        crate::suite::check::load_text("x.yaml", wrong, crate::suite::contract::contract().unwrap())
    else {
        panic!("accepted")
    };
    assert_eq!(problems[0].message, "unknown key `aaé`");
}

#[test]
fn a_file_that_is_nested_too_deep_says_how_deep_it_may_be() {
    for text in ["- ".repeat(33), "[".repeat(33) + &"]".repeat(33), "[".repeat(100_000), "? ".repeat(100_000)] {
        let problem = crate::words::yaml::parse("x.yaml", &text).unwrap_err();
        assert_eq!(
            (problem.message.as_str(), problem.accepted.as_deref()),
            ("nested too deep", Some("at most 32 levels"))
        );
    }
    assert!(crate::words::yaml::parse("x.yaml", &"- ".repeat(32)).is_ok());
}

#[test]
fn control_characters_of_a_file_do_not_reach_the_terminal() {
    scenario("kind: exchange\ntitle: t\ncases: []\n\"\\e[31m\\n\": 1\n".as_bytes());
    target("base-url: \"x\\e[31m\\n\"\n".as_bytes());
    let read = crate::cli::read_history("h.jsonl", "{\"\\u001b[31m\\n\":1}");
    let message = read.unwrap_err();
    assert!(message.contains("h.jsonl:1:15: unknown field `\\u{1b}[31m\\n`"), "{message}");
}

#[test]
fn a_broken_promise_stops_the_reader() {
    let placeless = crate::words::yaml::Problem::new("other.yaml", crate::words::yaml::Span::default(), "x");
    let files = [(written::FILE.to_owned(), String::new())].into();
    assert!(std::panic::catch_unwind(|| written::placed(&[placeless], &files)).is_err());
}
