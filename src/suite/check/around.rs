//! What a step has to know of its case.

use crate::suite::contract::Edition;
use crate::suite::scenario::{ExchangeCase, Placeholder};
use crate::words::yaml::Node;

use super::documents::Documents;

/// The case around a step.
pub(super) struct Around<'a> {
    pub case: &'a ExchangeCase,
    pub node: &'a Node,
    /// The editions in which the case is used.
    pub editions: Vec<Edition>,
    /// The placeholders that are bound in every request of the case.
    pub bound: Vec<Placeholder>,
}

/// What a patch document asks for by naming it; elsewhere it is bound only if a document of the case does.
pub(super) const ASKED_FOR: [Placeholder; 3] = [Placeholder::Slot, Placeholder::SecondSlot, Placeholder::Bystander];

impl<'a> Around<'a> {
    /// What is bound in a patch document.
    pub fn bound_in_patch(&self) -> Vec<Placeholder> {
        let more = ASKED_FOR.into_iter().filter(|asked| !self.bound.contains(asked));
        self.bound.iter().copied().chain(more).collect()
    }

    /// The patch documents that a step sends: the one it holds, or those of the family.
    pub fn documents(&self, patch: &'a Node) -> Documents<'a> {
        match patch.text() {
            Some("$each") => {
                let members = self.node.get("each").map(Node::entries).unwrap_or_default();
                Documents::new(members.iter().map(|(_, _, value)| value).collect())
            }
            Some(_) | None => Documents::new(vec![patch]),
        }
    }
}
