//! The operations of a history: who asked what of the register, when, and what was answered.

use std::collections::HashMap;
use std::num::NonZeroU32;

/// The name of a version, as a small number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(NonZeroU32);

/// The name of a value, as a small number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark(NonZeroU32);

macro_rules! numbered {
    ($name:ident) => {
        impl $name {
            /// The one with this number; numbers begin at 0 and should be dense, because tables are indexed by them.
            pub const fn new(number: u32) -> Self {
                match NonZeroU32::new(number.saturating_add(1)) {
                    Some(number) => $name(number),
                    None => $name(NonZeroU32::MAX),
                }
            }

            /// The number.
            pub const fn index(self) -> usize {
                (self.0.get() - 1) as usize
            }
        }
    };
}

numbered!(Tag);
numbered!(Mark);

/// The time of a response that never came.
pub const NEVER: u64 = u64::MAX;

/// What an operation was, seen from its response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OperationKind {
    /// A read was answered with [`HistoryOperation::version`] and perhaps a value.
    Read,
    /// A write succeeded: it replaced the version `expected` by the version `version`. Without `expected` it replaced
    /// whatever was there; without `version` it does not say what it made.
    Write,
    /// A write was refused because `expected` was not the current version; where `version` is given, the response showed
    /// that one as current.
    Conflict,
    /// A write was refused because of the value held in version `expected`, which therefore was current.
    Rejected,
    /// A write was refused because someone else was modifying the register.
    Locked,
    /// A write was refused for a reason of its own, which says nothing about the register.
    Neutral,
    /// A write whose response was lost: it may have taken effect at any time since its call, or never.
    Unknown,
}

/// One operation with the closed interval in which it took effect, if it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryOperation {
    pub call: u64,
    /// [`NEVER`] where no response came.
    pub ret: u64,
    pub client: u32,
    /// The version that a write demanded.
    pub expected: Option<Tag>,
    /// The version that was answered.
    pub version: Option<Tag>,
    /// The value read or written.
    pub value: Option<Mark>,
    pub kind: OperationKind,
}

/// Everything that was asked of one register.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    pub operations: Vec<HistoryOperation>,
    /// The version before any operation, where it is known.
    pub initial: Option<Tag>,
    /// The value before any operation, where it is known.
    pub initial_value: Option<Mark>,
}

/// What is to be known of all operations before any is looked at closely.
pub(super) struct Survey {
    /// One more than the largest number of a version.
    pub tags: usize,
    /// The first operation whose times cannot be.
    pub untimely: Option<usize>,
    /// Some write was refused as locked.
    pub locked: bool,
}

impl History {
    /// Reads each operation once: a long history does not fit into the caches.
    pub(super) fn survey(&self) -> Survey {
        let number = |tag: Option<Tag>| tag.map_or(0, |tag| tag.index() + 1);
        let mut survey = Survey { tags: number(self.initial), untimely: None, locked: false };
        for (place, operation) in self.operations.iter().enumerate() {
            survey.tags = survey.tags.max(number(operation.expected)).max(number(operation.version));
            survey.locked |= operation.kind == OperationKind::Locked;
            if (operation.ret < operation.call || operation.call == NEVER) && survey.untimely.is_none() {
                survey.untimely = Some(place);
            }
        }
        survey
    }

    /// The operation with this place in the list.
    pub(super) fn at(&self, index: u32) -> &HistoryOperation {
        &self.operations[index as usize]
    }
}

/// Gives small numbers to texts, in order of appearance.
#[derive(Debug, Clone, Default)]
pub struct Names {
    numbers: HashMap<String, u32>,
    texts: Vec<String>,
}

impl Names {
    /// The number of a text; a new one where it was not seen before.
    pub fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.numbers.insert(text.to_owned(), number);
        self.texts.push(text.to_owned());
        number
    }

    /// The version that a text names.
    pub fn tag(&mut self, text: &str) -> Tag {
        Tag::new(self.number(text))
    }

    /// The value that a text names.
    pub fn mark(&mut self, text: &str) -> Mark {
        Mark::new(self.number(text))
    }

    /// The text of a number.
    pub fn text(&self, number: usize) -> &str {
        self.texts.get(number).map_or("?", String::as_str)
    }
}
