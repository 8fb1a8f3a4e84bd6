//! What a check may look at.

use crate::execute::evidence::{Bystander, Exchange, Moving, Response};
use crate::judge::bodies::Bodies;
use crate::plan::Bindings;

/// What a check may look at; `'e` is the lifetime of the evidence.
pub(in crate::judge) struct CheckView<'v, 'e> {
    pub exchange: &'e Exchange,
    pub received: &'e Response,
    /// The last read before.
    pub before: Option<&'e Exchange>,
    /// The first read after.
    pub first_after: Option<&'e Exchange>,
    /// The last read that belongs to it.
    pub after: Option<&'e Exchange>,
    pub bindings: Option<&'v Bindings>,
    /// An appointment that no step addresses, read before and after.
    pub bystander: Option<Beside<'e>>,
    pub bodies: &'v Bodies<'e>,
    /// What moves by itself.
    pub moving: &'v Moving,
}

/// An appointment that no step addresses, with the reads around the steps.
#[derive(Clone, Copy)]
pub(in crate::judge) struct Beside<'e> {
    pub id: &'e str,
    pub before: &'e Exchange,
    pub after: &'e Exchange,
}

impl<'e> Beside<'e> {
    /// The reads that a trial points to; `None` where it was not read again.
    pub fn of(bystander: &'e Bystander, exchanges: &'e [Exchange]) -> Option<Beside<'e>> {
        let (before, after) = (exchanges.get(bystander.before as usize)?, exchanges.get(bystander.after? as usize)?);
        Some(Beside { id: &bystander.id, before, after })
    }
}
