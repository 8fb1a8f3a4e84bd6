//! Named ways to break the contract, each at named points of the clean path, so that the harness can be shown to notice.

use std::fmt;
use std::str::FromStr;

use crate::suite::contract::{Cell, Transitions};
use crate::words::yaml::nearest;

macro_rules! all_faults {
    ($($variant:ident $name:literal $sentence:literal [$($id:literal)*] $(=> [$($follow:literal)*])?)*) => {
        /// One way to break one or more requirements.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Fault {
            $(#[doc = $sentence] $variant,)*
            /// One transition that the edition forbids is carried out: from the first status to the second.
            OpenCell(AppointmentStatus, AppointmentStatus),
        }

        impl Fault {
            /// All faults but those of the transition table, in the order of the areas of the contract they touch.
            pub const ALL: &'static [Fault] = &[$(Fault::$variant,)*];

            /// The name used on the command line and in reports; a fault of the transition table adds its cell.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Fault::$variant => $name,)*
                    Fault::OpenCell(..) => OPEN_CELL,
                }
            }

            /// What the server does wrong, in one sentence.
            pub const fn sentence(self) -> &'static str {
                match self {
                    $(Fault::$variant => $sentence,)*
                    Fault::OpenCell(..) => "One transition that the edition forbids is carried out.",
                }
            }

            /// The requirements broken by itself, over all editions; in an edition only those that stand in it can show it.
            pub const fn breaks(self) -> &'static [&'static str] {
                match self {
                    $(Fault::$variant => &[$($id,)*],)*
                    Fault::OpenCell(..) => OPEN_CELL_BREAKS,
                }
            }

            /// Requirements whose cases build on what is broken, so that they may be seen broken too: ids, or the
            /// beginning of ids with an asterisk behind it.
            pub const fn follows(self) -> &'static [&'static str] {
                match self {
                    $(Fault::$variant => &[$($($follow,)*)?],)*
                    Fault::OpenCell(..) => OPEN_CELL_FOLLOWS,
                }
            }
        }
    };
}

/// The faults of the table, and the subtle ones behind them.
macro_rules! faults {
    ($($entries:tt)*) => {
        crate::reference::fault::subtle::with_subtle_faults! { all_faults { $($entries)* } }
    };
}

pub(super) mod aftermath;
mod document;
mod draft;
mod hooks;
mod judgement;
mod lenient;
mod operation;
pub(super) mod outcome;
mod request;
mod response;
mod semantics;
mod subtle;
mod table;

pub use table::Fault;

use table::OPEN_CELL;

use super::terms::Hook;

impl Fault {
    /// Whether it shows only where the server asks for a token.
    pub fn needs_token(self) -> bool {
        matches!(
            self,
            Fault::AuthenticationNotChecked
                | Fault::IfMatchBeforeToken
                | Fault::AnyTokenPasses
                | Fault::UnauthenticatedIsForbidden
                | Fault::NoChallenge
        )
    }

    /// Whether it shows only where requests meet, so that which requirement catches it is left to chance.
    pub fn is_chance(self) -> bool {
        let acts_before = self.hooks().iter().any(|hook| matches!(hook, Hook::Before(_)));
        acts_before || self == Fault::ThirdWriteIgnoresIfMatch
    }

    /// One fault for every transition that an edition forbids, in the order of its table.
    pub fn cells(transitions: &Transitions) -> Vec<Fault> {
        let forbidden = |cell: Cell| matches!(cell, Cell::Omitted | Cell::UnsupportedValue);
        let cells = transitions.cells().filter(|(_, _, cell)| forbidden(*cell));
        cells.map(|(from, to, _)| Fault::OpenCell(from, to)).collect()
    }
}

impl FromStr for Fault {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(cell) = text.strip_prefix(OPEN_CELL) {
            let pair = cell.strip_prefix('=').and_then(|cell| cell.split_once(':'));
            let wrong =
                || format!("invalid fault `{text}`: expected {OPEN_CELL}=FROM:TO, as in {OPEN_CELL}=arrived:cancelled");
            let (from, to) = pair.ok_or_else(wrong)?;
            return Ok(Fault::OpenCell(from.parse()?, to.parse()?));
        }
        Fault::ALL.iter().copied().find(|fault| fault.name() == text).ok_or_else(|| {
            let names: Vec<_> = Fault::ALL.iter().map(|fault| fault.name()).collect();
            match nearest(text, names.iter().copied()) {
                Some(near) => format!("invalid fault `{text}`: did you mean `{near}`?"),
                None => format!("invalid fault `{text}`: expected one of {}, {OPEN_CELL}=FROM:TO", names.join(", ")),
            }
        })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Fault::OpenCell(from, to) = self {
            return write!(formatter, "{OPEN_CELL}={from}:{to}");
        }
        formatter.write_str(self.name())
    }
}
