//! What the server holds a request against, and the named points at which a fault or a variant may act.
//!
//! The clean path asks [`Terms`] and knows of no deviation. A deviation is a list of [`Hook`]s; each kind of hook has
//! one method of `Terms` that applies it, and that method is called at one place of the path.

use std::sync::Arc;

use axum::http::HeaderMap;
use serde_json::Value;

use super::call::Call;
use super::choice::Choices;
use super::clause::Clause;
use super::failure::Breakdown;
use super::gate::{self, Gate};
use super::memory::Version;
use super::operation::DocumentOperation;
use super::promise::Promises;
use super::rejection::Rejection;
use super::response::ServerResponse;
use super::store::{Draft, Replaced, Store};
use crate::suite::contract::{Cell, CommandName, Edition, PatchCommand, Transitions};
use crate::words::fhir::{AppointmentStatus, EntityTag};

/// `None` leaves the judgement of a document to the contract.
type JudgesDocument = fn(&Terms, &Store, &Value, &[DocumentOperation]) -> Option<Result<Draft, Rejection>>;

/// Where a deviation acts, and what it does there.
#[derive(Debug, Clone, Copy)]
pub(super) enum Hook {
    /// On a command of the edition's table, before the first request.
    Table(fn(&mut PatchCommand)),
    /// On what the contract leaves open, before the first request.
    Choice(fn(&mut Choices)),
    /// On the request as it was read.
    Call(fn(&mut Call)),
    /// Over a request as a whole.
    Breakdown(fn(&Call, &mut Store) -> Option<Breakdown>),
    /// Before a PATCH takes the lock.
    Before(Interlude),
    /// On the order of the checks; whether the appointment is known decides with it.
    Order(fn(&mut Vec<Gate>, bool)),
    /// On the entity tags that If-Match claims; beside them the current one.
    Claim(fn(&mut Vec<EntityTag>, Option<&EntityTag>)),
    /// On a clause that is broken: it is passed over.
    Tolerate(fn(Clause) -> bool),
    /// On one cell of the transition table: the transition is carried out.
    OpenCell(AppointmentStatus, AppointmentStatus),
    /// On a clause that is kept: the request is rejected all the same.
    Deny(fn(Clause) -> bool),
    /// On a rejection.
    Rejection(fn(&mut Rejection)),
    /// On the patch document as JSON; a sentence rejects it.
    Document(fn(&mut Value) -> Result<(), String>),
    /// In place of the judgement of a document.
    Judgement(JudgesDocument),
    /// In place of an operation of RFC 6902: it is passed over.
    PassOver(fn(&Value, &DocumentOperation) -> bool),
    /// In place of what a command does to an appointment: its name, the appointment, its value. `true` where it acted.
    Effect(fn(CommandName, &mut Value, &Value) -> bool),
    /// On the change before it is written; beside it the appointment before.
    Draft(fn(&mut Draft, &Value)),
    /// After a change was written.
    Written(fn(&Terms, &mut Store, &str, &Replaced) -> Result<(), Rejection>),
    /// After a PATCH was rejected; it may be carried out after all.
    Rejected(fn(&Terms, &mut Store, &str, &Call, Rejection) -> Result<(), Rejection>),
    /// On what a read shows.
    Read(fn(&mut Store, &str) -> Option<Version>),
    /// On the response, before the headers that every response has.
    Response(fn(&mut ServerResponse, &Terms)),
    /// On all headers of the response.
    Headers(fn(&mut HeaderMap)),
    /// Another hook, for requests of an occasion only.
    During(Occasion, &'static Hook),
}

/// What happens before a PATCH takes the lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Interlude {
    /// The precondition is judged, and then time passes.
    CheckAlone,
    /// Reads are shown half of the change.
    ShowHalf,
    /// The request lingers, so that those sent together meet.
    Linger,
}

/// What is special about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Occasion {
    /// Another PATCH on the same appointment is under way.
    Met,
    /// The precondition was judged before the lock was taken.
    AlreadyChecked,
    /// The appointment was changed twice before.
    ThirdWrite,
    /// A PATCH, of this appointment or of another one, was carried out before.
    NotFirst,
    /// The appointment was read twice since the last change.
    ReadTwice,
    /// The client says what it prefers.
    Prefers,
    /// The media type of the patch has a parameter.
    TypeHasParameter,
    /// There is a query behind the path.
    HasQuery,
    /// The client does not ask for FHIR JSON by its name.
    AcceptsOtherwise,
    /// The document has more than one operation.
    SeveralOperations,
    /// There is a condition on the time of the last change.
    HasTimeCondition,
    /// The appointment was changed a moment ago by a request that met another one; this one meets none.
    JustContested,
}

/// What one edition asks for, and which deviations are on.
#[derive(Debug, Clone)]
pub(super) struct Terms {
    /// The edition's id, for the CapabilityStatement.
    pub(super) edition: &'static str,
    pub(super) promises: Promises,
    pub(super) choices: Choices,
    /// The commands a patch document may have; none where it is applied as RFC 6902 says.
    pub(super) commands: Arc<[PatchCommand]>,
    pub(super) transitions: &'static Transitions,
    hooks: Arc<[Hook]>,
    occasions: Vec<Occasion>,
}

impl Terms {
    /// The terms of an edition with some deviations.
    pub(super) fn new(
        edition: Edition,
        commands: &[PatchCommand],
        transitions: &'static Transitions,
        hooks: Vec<Hook>,
    ) -> Terms {
        let promises = Promises::of(edition);
        let mut choices = Choices::of(&promises);
        let mut commands = commands.to_vec();
        for hook in &hooks {
            if let Hook::Choice(choose) = hook {
                choose(&mut choices);
            }
            if let Hook::Table(change) = hook {
                commands.iter_mut().for_each(change);
            }
        }
        let edition = edition.id();
        let (commands, hooks) = (commands.into(), hooks.into());
        Terms { edition, promises, choices, commands, transitions, hooks, occasions: Vec::new() }
    }

    /// The same terms for a request with something special about it.
    pub(super) fn during(&self, occasions: Vec<Occasion>) -> Terms {
        Terms { occasions, ..self.clone() }
    }

    /// The same terms with other deviations.
    pub(super) fn with_hooks(&self, hooks: Vec<Hook>) -> Terms {
        Terms { hooks: hooks.into(), ..self.clone() }
    }

    /// Whether there is something special about the request.
    pub(super) fn is(&self, occasion: Occasion) -> bool {
        self.occasions.contains(&occasion)
    }

    /// Holds a request against a clause of the contract.
    ///
    /// # Errors
    /// The rejection that the contract has for the clause, with a sentence about what was wrong.
    pub(super) fn require(
        &self,
        clause: Clause,
        is_kept: bool,
        message: impl FnOnce() -> String,
    ) -> Result<(), Rejection> {
        if (is_kept && !self.denies(clause)) || (!is_kept && self.tolerates(clause)) {
            Ok(())
        } else {
            Err(self.reject(clause, message()))
        }
    }

    /// The rejection of a request that breaks a clause beyond all tolerance.
    pub(super) fn reject(&self, clause: Clause, message: String) -> Rejection {
        let mut rejection = Rejection::new(clause, &self.promises, message);
        for hook in self.active() {
            if let Hook::Rejection(change) = hook {
                change(&mut rejection);
            }
        }
        rejection
    }
}

/// The points, in the order in which a request comes to them. Without deviations each of them does nothing.
impl Terms {
    /// On the request as it was read.
    pub(super) fn on_call(&self, call: &mut Call) {
        for hook in self.active() {
            if let Hook::Call(change) = hook {
                change(call);
            }
        }
    }

    /// Over a request as a whole.
    pub(super) fn on_arrival(&self, call: &Call, store: &mut Store) -> Option<Breakdown> {
        self.active().find_map(|hook| if let Hook::Breakdown(fails) = hook { fails(call, store) } else { None })
    }

    /// Before a PATCH takes the lock.
    pub(super) fn before_patch(&self) -> impl Iterator<Item = Interlude> + '_ {
        self.active().filter_map(|hook| if let Hook::Before(interlude) = hook { Some(interlude) } else { None })
    }

    /// On the order of the checks.
    pub(super) fn gates(&self, is_known: bool) -> Vec<Gate> {
        let mut gates = gate::DOCUMENTED.to_vec();
        for hook in self.active() {
            if let Hook::Order(change) = hook {
                change(&mut gates, is_known);
            }
        }
        gates
    }

    /// On the entity tags that If-Match claims.
    pub(super) fn on_claim(&self, tags: &mut Vec<EntityTag>, current: Option<&EntityTag>) {
        for hook in self.active() {
            if let Hook::Claim(change) = hook {
                change(tags, current);
            }
        }
    }

    fn tolerates(&self, clause: Clause) -> bool {
        self.active().any(|hook| {
            let tolerates = if let Hook::Tolerate(tolerates) = hook { tolerates(clause) } else { false };
            let opened = if let Hook::OpenCell(from, to) = hook { opens(clause, from, to) } else { false };
            tolerates || opened
        })
    }

    fn denies(&self, clause: Clause) -> bool {
        self.active().any(|hook| if let Hook::Deny(denies) = hook { denies(clause) } else { false })
    }

    /// On the patch document as JSON.
    ///
    /// # Errors
    /// A sentence, where a deviation rejects it.
    pub(super) fn on_document(&self, document: &mut Value) -> Result<(), String> {
        self.active().try_for_each(|hook| if let Hook::Document(change) = hook { change(document) } else { Ok(()) })
    }

    /// In place of the judgement of a document.
    pub(super) fn in_place_of_judgement(
        &self,
        store: &Store,
        before: &Value,
        operations: &[DocumentOperation],
    ) -> Option<Result<Draft, Rejection>> {
        self.active().find_map(|hook| {
            if let Hook::Judgement(judge) = hook { judge(self, store, before, operations) } else { None }
        })
    }

    /// In place of an operation of RFC 6902; `true` where it is passed over.
    pub(super) fn passes_over(&self, document: &Value, operation: &DocumentOperation) -> bool {
        self.active().any(|hook| if let Hook::PassOver(passes) = hook { passes(document, operation) } else { false })
    }

    /// In place of what a command does; `true` where a deviation did something else.
    pub(super) fn in_place_of_effect(&self, name: CommandName, appointment: &mut Value, value: &Value) -> bool {
        self.active().any(|hook| if let Hook::Effect(act) = hook { act(name, appointment, value) } else { false })
    }

    /// On the change before it is written.
    pub(super) fn on_draft(&self, draft: &mut Draft, before: &Value) {
        for hook in self.active() {
            if let Hook::Draft(change) = hook {
                change(draft, before);
            }
        }
    }

    /// After a change was written.
    ///
    /// # Errors
    /// The rejection with which a deviation responds all the same.
    pub(super) fn after_write(&self, store: &mut Store, id: &str, replaced: &Replaced) -> Result<(), Rejection> {
        self.active()
            .try_for_each(|hook| if let Hook::Written(act) = hook { act(self, store, id, replaced) } else { Ok(()) })
    }

    /// After a PATCH was rejected.
    ///
    /// # Errors
    /// The rejection, unless a deviation carried the PATCH out after all.
    pub(super) fn after_rejection(
        &self,
        store: &mut Store,
        id: &str,
        call: &Call,
        mut rejection: Rejection,
    ) -> Result<(), Rejection> {
        for hook in self.active() {
            if let Hook::Rejected(act) = hook {
                match act(self, store, id, call, rejection) {
                    Ok(()) => return Ok(()),
                    Err(kept) => rejection = kept,
                }
            }
        }
        Err(rejection)
    }

    /// On what a read shows; nothing where it is what is held.
    pub(super) fn on_read(&self, store: &mut Store, id: &str) -> Option<Version> {
        self.active().find_map(|hook| if let Hook::Read(show) = hook { show(store, id) } else { None })
    }

    /// On the response, before the headers that every response has.
    pub(super) fn on_response(&self, response: &mut ServerResponse) {
        for hook in self.active() {
            if let Hook::Response(change) = hook {
                change(response, self);
            }
        }
    }

    /// On all headers of the response.
    pub(super) fn on_headers(&self, headers: &mut HeaderMap) {
        for hook in self.active() {
            if let Hook::Headers(change) = hook {
                change(headers);
            }
        }
    }

    /// The hooks that act on this request.
    fn active(&self) -> impl Iterator<Item = Hook> + '_ {
        self.hooks.iter().filter_map(|hook| {
            if let Hook::During(occasion, timed) = hook { self.is(*occasion).then_some(**timed) } else { Some(*hook) }
        })
    }
}

/// Whether a clause forbids nothing but this transition.
fn opens(clause: Clause, from: AppointmentStatus, to: AppointmentStatus) -> bool {
    matches!(
        clause,
        Clause::TransitionListed { from: held, to: asked, cell: Cell::Omitted | Cell::UnsupportedValue }
        | Clause::Offered { step: Some((held, asked)), .. } if (held, asked) == (from, to)
    )
}
