//! Draws lists of steps at random from the edition's own tables, and makes a failing list simpler; the only home of proptest.

mod commands;
mod documents;
mod lines;
mod members;
mod palette;

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::strategy::{BoxedStrategy, Just, Strategy, TupleUnion, Union, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, RngSeed, TestRunner};
use serde_json::Value;

use super::{CaseId, DrawnBody, DrawnPatch, DrawnStep, GeneratedLists, Piece};
use palette::Palette;

use crate::suite::contract::{Edition, Tables};
use crate::suite::scenario::{Generator, IfMatch};

/// A step with a number that stays with it while its list is made simpler.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyedStep {
    pub key: u64,
    pub step: DrawnStep,
}

/// The strategy of one sequence case.
pub struct ListStrategy {
    strategy: BoxedStrategy<Vec<(u64, DrawnStep)>>,
    seed: u64,
}

/// One list and the simpler lists it can become. It cannot be sent to another thread.
pub struct Tree {
    tree: Box<dyn ValueTree<Value = Vec<(u64, DrawnStep)>>>,
    /// The steps that are left; the others were dropped by [`Tree::keep`].
    kept: BTreeSet<u64>,
}

impl ListStrategy {
    /// The strategy of a case, for one run's seed.
    pub fn new(id: &CaseId, case: &GeneratedLists, edition: Edition, tables: &Tables, run_seed: u64) -> ListStrategy {
        let palette = Palette { edition, tables };
        let weighted: Vec<(u32, BoxedStrategy<DrawnStep>)> =
            case.weights.iter().map(|(generator, weight)| (*weight, palette.step(*generator))).collect();
        let step = Union::new_weighted(weighted);
        let keyed = (proptest::num::u64::ANY.no_shrink(), step);
        let strategy = vec(keyed, 1..=case.length.max(1)).boxed();
        ListStrategy { strategy, seed: case.seed(id, run_seed) }
    }

    /// The list of this number; the same seed and number give the same list.
    pub fn tree(&self, number: u32) -> Option<Tree> {
        let mut runner = TestRunner::new(config(mix(self.seed, u64::from(number))));
        let tree: Box<dyn ValueTree<Value = Vec<(u64, DrawnStep)>>> =
            Box::new(self.strategy.new_tree(&mut runner).ok()?);
        let kept = tree.current().into_iter().map(|(key, _)| key).collect();
        Some(Tree { tree, kept })
    }

    /// The steps of the list of this number; none where it could not be drawn.
    pub fn steps(&self, number: u32) -> Vec<DrawnStep> {
        self.tree(number).map_or_else(Vec::new, |tree| tree.current().into_iter().map(|keyed| keyed.step).collect())
    }
}

impl Tree {
    /// The list as it is now.
    pub fn current(&self) -> Vec<KeyedStep> {
        let all = self.tree.current().into_iter().map(|(key, step)| KeyedStep { key, step });
        all.filter(|keyed| self.kept.contains(&keyed.key)).collect()
    }

    /// Drops every step that is not among these.
    pub fn keep(&mut self, steps: &[KeyedStep]) {
        self.kept = steps.iter().map(|keyed| keyed.key).collect();
    }

    /// Makes the list simpler; `false` where it cannot be.
    pub fn simplify(&mut self) -> bool {
        self.tree.simplify()
    }

    /// Takes the last simplification back in part; `false` where nothing is left between.
    pub fn complicate(&mut self) -> bool {
        self.tree.complicate()
    }
}

/// Every field is set, because the defaults read environment variables.
fn config(seed: u64) -> Config {
    Config {
        cases: 1,
        max_local_rejects: 1024,
        max_global_rejects: 1024,
        max_flat_map_regens: 1_000_000,
        failure_persistence: None,
        source_file: None,
        test_name: None,
        max_shrink_time: 0,
        max_shrink_iters: u32::MAX,
        max_default_size_range: 100,
        result_cache: proptest::test_runner::noop_result_cache,
        verbose: 0,
        rng_algorithm: RngAlgorithm::ChaCha,
        rng_seed: RngSeed::Fixed(seed),
        ..Config::default()
    }
}

/// Mixes a number into a seed (the finaliser of splitmix64).
fn mix(seed: u64, number: u64) -> u64 {
    let mut state = seed.wrapping_add(number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

impl Palette<'_> {
    /// The strategy of one generator.
    fn step(self, generator: Generator) -> BoxedStrategy<DrawnStep> {
        match generator {
            Generator::Status => with_tag(commands::status(self)),
            Generator::Command => with_tag(commands::complete(self)),
            Generator::Boundary => with_tag(commands::boundary(self)),
            Generator::Company => with_tag(commands::company(self)),
            Generator::Unlisted => with_tag(members::unlisted(self)),
            Generator::Member => with_tag(members::real()),
            Generator::Malformed => documents::malformed().prop_map(|text| bodied(vec![Piece::once(text)])).boxed(),
            Generator::Huge => documents::huge().prop_map(bodied).boxed(),
            Generator::Header => (commands::status(self), lines::headers())
                .prop_map(|(document, headers)| DrawnStep::Patch(DrawnPatch { headers, ..patch(document) }))
                .boxed(),
            Generator::Tag => (commands::status(self), lines::tags())
                .prop_map(|(document, if_match)| tagged(document, if_match))
                .boxed(),
            Generator::Bystander => (members::bystander(), lines::presence())
                .prop_map(|(document, if_match)| tagged(document, if_match))
                .boxed(),
            Generator::Read => Just(DrawnStep::Read).boxed(),
        }
    }
}

/// A document with the current tag most of the time, and sometimes with one that must not match.
fn with_tag(documents: BoxedStrategy<Value>) -> BoxedStrategy<DrawnStep> {
    let tag = TupleUnion::new((
        (8, std::sync::Arc::new(Just(IfMatch::Current))),
        (3, std::sync::Arc::new(Just(IfMatch::Stale))),
        (1, std::sync::Arc::new(Just(IfMatch::NeverExisted))),
    ));
    (documents, tag).prop_map(|(document, if_match)| tagged(document, if_match)).boxed()
}

/// A PATCH that is as documented but for its document.
fn patch(document: Value) -> DrawnPatch {
    DrawnPatch { body: DrawnBody::Document(document), headers: Vec::new(), if_match: IfMatch::Current }
}

fn tagged(document: Value, if_match: IfMatch) -> DrawnStep {
    DrawnStep::Patch(DrawnPatch { if_match, ..patch(document) })
}

fn bodied(pieces: Vec<Piece>) -> DrawnStep {
    DrawnStep::of(DrawnBody::Text(pieces))
}

#[cfg(test)]
mod tests;
