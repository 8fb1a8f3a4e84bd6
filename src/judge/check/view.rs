//! What a check may look at.

use crate::execute::evidence::{Exchange, Received};
use crate::execute::trail::Bystander;
use crate::judge::bodies::Bodies;
use crate::plan::Bindings;

/// What a check may look at; `'e` is the lifetime of the evidence.
pub(in crate::judge) struct CheckView<'v, 'e> {
    pub exchange: &'e Exchange,
    pub received: &'e Received,
    /// The last read before.
    pub before: Option<&'e Exchange>,
    /// The first read after.
    pub first_after: Option<&'e Exchange>,
    /// The last read that belongs to it.
    pub after: Option<&'e Exchange>,
    pub bindings: Option<&'v Bindings>,
    /// An appointment that no step addresses, read before and after.
    pub bystander: Option<&'e Bystander>,
    pub bodies: &'v Bodies<'e>,
}
