//! What will be sent: cases made concrete for one edition and arranged on as few appointments as they need.

mod arrange;
mod case;
mod drawn;
mod expand;
pub mod generate;
mod id;
mod inputs;
mod lanes;
mod price;
mod race;
mod routes;
mod sequence;
mod settle;
mod states;
mod status;
mod substitute;
mod supply;
mod template;
#[cfg(test)]
mod tests;
mod untagged;

pub use arrange::{arrange, needs_earlier_version};
pub use case::{
    Case, CaseKind, CheckRule, Control, Destination, Head, PropertyRule, Role, StatusRule, Step, StepCase, Stepwise,
};
pub use drawn::{DrawnBody, DrawnHeader, DrawnPatch, DrawnStep, Piece, text as drawn_text};
pub use expand::{Expanded, Selection, SelectionError, expand};
pub use id::CaseId;
pub use inputs::{Inputs, decide};
pub use lanes::{Act, Advance, CaseIndex, Lane, Plan, Unplanned};
pub use price::{Price, USUAL_JOBS, price};
pub use race::{Race, Racer, Sizes};
pub use routes::Routes;
pub use sequence::GeneratedLists;
pub use status::{last_status, plain_change, status_set};
pub use substitute::{Bindings, in_check, substitute, substitute_text};
pub use supply::Supply;
pub use template::{ANY_VERSION, BodyTemplate, KnownTag, NEVER_EXISTED, Precondition, RequestTemplate};
pub use untagged::is_untagged_twin;
