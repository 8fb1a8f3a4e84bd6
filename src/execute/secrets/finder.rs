//! Finds secrets in a text, whole or in pieces and in every form, and leaves the words of the contract alone.

use aho_corasick::{AhoCorasick, MatchKind};

use super::contract_words::ContractWords;
use super::decoded::Decoded;
use super::forms;
use super::spans::{MASK, Spans};
use crate::suite::scenario::Texts;

/// Finds some secrets.
#[derive(Debug, Clone)]
pub(super) struct Finder {
    /// Each secret in each of its forms.
    whole: AhoCorasick,
    /// Every piece of a secret that is long enough to be one; `None` where no secret is.
    pieces: Option<AhoCorasick>,
    /// The words of the contract that contain a secret, or a piece of one.
    words: ContractWords,
}

impl Finder {
    /// A finder of these secrets in all their forms, and of those behind them as they are; `None` where nothing is left to
    /// find. `written` are the texts of scenarios that are not shipped.
    pub fn of(secrets: Vec<String>, as_they_are: &[String], written: &Texts) -> Option<Finder> {
        Finder::build(&secrets, as_they_are, written, forms::pieces)
    }

    /// As [`Finder::of`], but no piece of a secret is looked for: of many long ones there would be too many.
    pub fn whole_only(secrets: Vec<String>, as_they_are: &[String], written: &Texts) -> Option<Finder> {
        Finder::build(&secrets, as_they_are, written, |_| Vec::new())
    }

    fn build(
        secrets: &[String],
        as_they_are: &[String],
        written: &Texts,
        in_pieces: impl Fn(&str) -> Vec<String>,
    ) -> Option<Finder> {
        if secrets.is_empty() && as_they_are.is_empty() {
            return None;
        }
        let pieces: Vec<String> = secrets.iter().flat_map(|secret| in_pieces(secret)).collect();
        let words = ContractWords::around(secrets.iter().chain(as_they_are).chain(&pieces), written);
        let is_secret = |secret: &&String| !words.has(secret);
        let whole = secrets.iter().filter(is_secret).flat_map(|secret| forms::forms(secret));
        let whole: Vec<String> = whole.chain(as_they_are.iter().filter(is_secret).cloned()).collect();
        if whole.is_empty() {
            return None;
        }
        let pieces = secrets.iter().filter(is_secret).flat_map(|secret| in_pieces(secret));
        let pieces: Vec<String> = pieces.collect();
        // The mask is one of the needles and stands for itself: what is masked already stays as it is, whatever the secret.
        let whole = builder(MatchKind::LeftmostLongest).build(whole.iter().map(String::as_str).chain([MASK])).ok()?;
        let pieces = (!pieces.is_empty()).then(|| builder(MatchKind::Standard).build(&pieces).ok()).flatten();
        Some(Finder { whole, pieces, words })
    }

    /// Adds where secrets stand in a text, in it as it is and in all layers below its escapes and encodings.
    pub fn find(&self, bytes: &[u8], spans: &mut Spans) {
        self.needles(bytes, spans);
        let mut layer = Decoded::outermost(bytes);
        while let Some(decoded) = layer {
            let mut seen = Spans::default();
            self.needles(&decoded.bytes, &mut seen);
            seen.ranges().for_each(|(begin, end)| spans.add(decoded.source(begin), decoded.source(end)));
            layer = decoded.below();
        }
    }

    fn needles(&self, bytes: &[u8], spans: &mut Spans) {
        let pieces = self.pieces.iter().flat_map(|pieces| pieces.find_overlapping_iter(bytes));
        let found = self.whole.find_iter(bytes).chain(pieces).map(|found| (found.start(), found.end()));
        let is_mask = |begin, end| bytes.get(begin..end) == Some(MASK.as_bytes());
        let found = found.filter(|(begin, end)| !is_mask(*begin, *end) && !self.words.covers(bytes, *begin, *end));
        found.for_each(|(begin, end)| spans.add(begin, end));
    }
}

fn builder(kind: MatchKind) -> aho_corasick::AhoCorasickBuilder {
    let mut builder = AhoCorasick::builder();
    builder.match_kind(kind).ascii_case_insensitive(true);
    builder
}
