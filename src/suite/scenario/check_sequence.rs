//! What is wrong with a sequence as it is written, beyond its form: generators, weights, bounds.

use super::{Fixture, Generator, Sequence};
use crate::words::yaml::Problem;

/// More steps than this make no sequence that anyone reads.
const LONGEST: usize = 200;
/// More cases than this belong in several runs.
const MOST: u32 = 1_000_000;
/// Weights beyond this are not told apart from it.
const HEAVIEST: u32 = 10_000;

/// Adds the problems of one sequence.
pub(super) fn check(file: &str, sequence: &Sequence, problems: &mut Vec<Problem>) {
    let mut wrong = |span, message: String, accepted: String| {
        problems.push(Problem::new(file, span, message).accepted(accepted));
    };
    let id = &sequence.id;
    if !id.value.starts_with("sequences/") && !id.value.starts_with("sequence-") {
        wrong(id.span, format!("`{}` is not the id of a sequence", id.value), "sequences/short-name".to_owned());
    }
    if sequence.verifies.is_empty() {
        wrong(id.span, "the sequence verifies nothing".to_owned(), "at least one requirement id".to_owned());
    }
    let (cases, length) = (&sequence.cases, &sequence.length);
    if !(1..=MOST).contains(&cases.value) {
        wrong(cases.span, format!("`cases` is {}", cases.value), format!("1 to {MOST}"));
    }
    if !(1..=LONGEST).contains(&length.value) {
        wrong(length.span, format!("`length` is {}", length.value), format!("1 to {LONGEST}"));
    }
    if sequence.fixture.status().is_none() && !special(sequence.fixture) {
        let message = format!("a sequence cannot begin with the fixture `{}`", sequence.fixture);
        wrong(id.span, message, "a status, tentative, video-unlinked or video-linked".to_owned());
    }
    for (name, weight) in &sequence.weights.value {
        if let Err(error) = name.parse::<Generator>() {
            let (message, accepted) = error.split_once("; accepted: ").unwrap_or((&error, "the name of a generator"));
            wrong(weight.span, message.to_owned(), accepted.to_owned());
        }
        if weight.value > HEAVIEST {
            wrong(weight.span, format!("the weight of `{name}` is {}", weight.value), format!("0 to {HEAVIEST}"));
        }
    }
    for edition in sequence.editions() {
        if sequence.drawn(*edition).is_empty() {
            let names = Generator::ALL.into_iter().filter(|own| own.exists_in(*edition)).map(Generator::name);
            let accepted = format!("a weight of at least 1 for one of: {}", names.collect::<Vec<_>>().join(", "));
            wrong(sequence.weights.span, format!("the weights select nothing in edition {edition}"), accepted);
        }
    }
}

fn special(fixture: Fixture) -> bool {
    matches!(fixture, Fixture::Tentative | Fixture::VideoUnlinked | Fixture::VideoLinked | Fixture::ProposedWithReason)
}
