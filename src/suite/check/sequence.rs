//! One generated sequence: its requirements, generators, weights and bounds.

use crate::suite::contract::Edition;
use crate::suite::scenario::{Fixture, Generator, Sequence};
use crate::words::yaml::Node;

use super::known::KnownNames;
use super::page::{CheckedFile, under};

/// More steps than this make no sequence that anyone reads.
const LONGEST: usize = 200;
/// More cases than this belong in several runs.
const MOST: u32 = 1_000_000;
/// Weights beyond this are not told apart from it.
const HEAVIEST: u32 = 10_000;

/// Adds the problems of one sequence.
pub(super) fn check(page: &mut CheckedFile<'_>, known: &KnownNames<'_>, sequence: &Sequence, node: &Node) {
    if sequence.verifies.is_empty() {
        page.wrong(sequence.id.span, "the sequence verifies nothing", "at least one requirement id");
    }
    let editions = sequence.editions();
    for id in sequence.verifies.iter().filter(|id| known.has_requirement(id.value.as_str())) {
        if !editions.iter().any(|edition| known.stands(&id.value, *edition)) {
            let message = format!("`{}` stands in none of these editions", id.value);
            page.wrong(id.span, message, "a requirement of one of the editions");
        }
    }
    let (cases, length) = (&sequence.cases, &sequence.length);
    if !(1..=MOST).contains(&cases.value) {
        page.wrong(cases.span, format!("`cases` is {}", cases.value), format!("1 to {MOST}"));
    }
    if !(1..=LONGEST).contains(&length.value) {
        page.wrong(length.span, format!("`length` is {}", length.value), format!("1 to {LONGEST}"));
    }
    if sequence.fixture.status().is_none() && !is_start(sequence.fixture) {
        let message = format!("a sequence cannot begin with the fixture `{}`", sequence.fixture);
        page.wrong(sequence.id.span, message, "a status, tentative, video-unlinked or video-linked");
    }
    weights(page, sequence, editions, under(node, "weights"));
}

fn weights(page: &mut CheckedFile<'_>, sequence: &Sequence, editions: &[Edition], node: &Node) {
    for (name, weight) in &sequence.weights.value {
        if name.parse::<Generator>().is_err() {
            let names = Generator::ALL.map(Generator::name);
            let key = node.entries().iter().find(|(key, _, _)| key == name).map_or(weight.span, |(_, span, _)| *span);
            page.unknown(key, "generator", name, names, names.join(", "));
        }
        if weight.value > HEAVIEST {
            page.wrong(weight.span, format!("the weight of `{name}` is {}", weight.value), format!("0 to {HEAVIEST}"));
        }
    }
    for edition in editions {
        if sequence.drawn(*edition).is_empty() {
            let names = Generator::ALL.into_iter().filter(|generator| generator.exists_in(*edition));
            let names = names.map(Generator::name).collect::<Vec<_>>().join(", ");
            let message = format!("the weights select nothing in edition {edition}");
            page.wrong(sequence.weights.span, message, format!("a weight of at least 1 for one of: {names}"));
        }
    }
}

/// Whether a special fixture is an appointment that a sequence of steps can begin with.
fn is_start(fixture: Fixture) -> bool {
    matches!(fixture, Fixture::Tentative | Fixture::VideoUnlinked | Fixture::VideoLinked | Fixture::ProposedWithReason)
}
