//! What is drawn: the same for a seed, of every kind, and ever simpler.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use super::*;
use crate::plan::CaseId;
use crate::suite::contract::tables;
use crate::suite::scenario::Fixture;

fn source(weights: Vec<(Generator, u32)>, edition: Edition, seed: u64) -> ListStrategy {
    let lists = GeneratedLists { fixture: Fixture::Booked, cases: 1, length: 8, weights, seed: None };
    ListStrategy::new(&CaseId("sequences/test".to_owned()), &lists, edition, tables().unwrap(), seed)
}

fn drawn(edition: Edition, generator: Generator, seed: u64, number: u32) -> Vec<KeyedStep> {
    let source = source(vec![(generator, 1)], edition, seed);
    source.tree(number).unwrap().current()
}

#[test]
fn a_seed_and_a_number_give_the_same_list() {
    for generator in Generator::ALL.into_iter().filter(|generator| *generator != Generator::Huge) {
        for number in 0..10 {
            let one = drawn(Edition::March2024, generator, 7, number);
            assert_eq!(one, drawn(Edition::March2024, generator, 7, number));
            assert!((1..=8).contains(&one.len()));
        }
    }
    assert_ne!(drawn(Edition::May2019, Generator::Tag, 7, 0), drawn(Edition::May2019, Generator::Tag, 8, 0));
}

#[test]
fn every_command_of_the_edition_is_drawn_complete() {
    let commands = &tables().unwrap().commands[&Edition::March2024];
    let mut seen = BTreeSet::new();
    for number in 0..200 {
        for keyed in drawn(Edition::March2024, Generator::Command, 1, number) {
            if let Some(document) = keyed.step.document() {
                let pair = |operation: &Value| {
                    (operation["op"].as_str().unwrap().to_owned(), operation["path"].as_str().unwrap().to_owned())
                };
                seen.extend(document.as_array().unwrap().iter().map(pair));
            }
        }
    }
    let all =
        commands.iter().map(|command| (command.op.name().to_owned(), command.path.clone())).collect::<BTreeSet<_>>();
    assert_eq!(seen, all);
}

#[test]
fn a_list_gets_simpler_until_nothing_is_left_to_take_away() {
    let source = source(vec![(Generator::Status, 1)], Edition::May2019, 3);
    let mut tree = source.tree(5).unwrap();
    let first = tree.current();
    tree.keep(&first[..1]);
    assert_eq!(tree.current(), &first[..1]);
    let mut steps = 0;
    while tree.simplify() {
        steps += 1;
        assert!(steps < 10_000);
    }
    assert!(tree.current().len() <= 1);
}

#[test]
fn extreme_bodies_reach_their_extremes() {
    let mut longest = 0;
    for number in 0..60 {
        for keyed in drawn(Edition::FhirR4, Generator::Huge, 2, number) {
            if let crate::plan::BodyTemplate::Text(text) = keyed.step.step(Edition::FhirR4).request.body {
                longest = longest.max(text.len());
            }
        }
    }
    assert!(longest > 1_000_000, "{longest}");
}
