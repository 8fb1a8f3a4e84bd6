//! A step that was carried out: what it shows in the next read, and that it changed nothing else.

use serde_json::Value;

use super::account::{Account, Shown};
use super::deviation::{DeviationKind, Undecided};
use crate::judge::resource;
use crate::model::{AppointmentState, PermittedChange};
use crate::suite::contract::roles;
use crate::words::fhir::AppointmentStatus;
use crate::words::json::within;

impl<'e> Account<'e> {
    /// A success shows what was asked for, and nothing else (RSP-13, TRN-16, ATOM-02, BASE-32, ATOM-06, VER-18).
    ///
    /// # Errors
    /// The appointment could not be read back.
    pub(super) fn result(
        &mut self,
        change: &PermittedChange,
        state: &AppointmentState,
        after: Option<Shown<'e>>,
    ) -> Result<(), Undecided> {
        let (after, exchange) =
            after.ok_or_else(|| Undecided::trouble("the appointment could not be read back after a success"))?;
        if let Some(status) = change.status {
            self.status_shown(status, &after);
        }
        let changed = self.moving.differences(&state.resource, &after);
        let content = |path: &&str| !within(path, "/meta") && !within(path, "/text");
        let changed: Vec<&str> = changed.iter().map(String::as_str).filter(content).collect();
        if let Some(touches) = &change.touches {
            self.nothing_else(touches, &changed);
            if let Some(predicted) = &change.resource {
                self.prediction(predicted, &after, touches);
            }
        }
        if !changed.is_empty() && state.version.is_some() && self.version(exchange) == state.version {
            let (id, expected) = (roles::CHANGE_MAKES_VERSION, "a new version for a change");
            self.deviate(id, DeviationKind::Version, None, expected, "the version of before");
        }
        Ok(())
    }

    fn status_shown(&mut self, status: AppointmentStatus, after: &Value) {
        let shown = after.get("status").and_then(Value::as_str);
        let id = match (self.edition.is_vendor(), status) {
            (false, _) => self.undone(),
            (true, AppointmentStatus::Arrived) => roles::ARRIVAL_IS_READ,
            (true, _) => roles::EFFECT_IS_READ,
        };
        if shown == Some(status.code()) {
            return self.keep_id(id);
        }
        let kind = DeviationKind::Result("/status".to_owned(), Some(Value::from(status.code())));
        let found = format!("status {}", shown.unwrap_or("absent"));
        self.deviate(id, kind, None, format!("status {status} in the next read"), found);
    }

    /// What a success breaks that did not do what its document says: one of several operations is a part of them.
    const fn undone(&self) -> &'static str {
        if self.several { roles::ALL_OR_NOTHING } else { roles::ACCEPTED_HAS_EFFECT }
    }

    fn nothing_else(&mut self, touches: &[String], changed: &[&str]) {
        let beyond: Vec<&str> =
            changed.iter().copied().filter(|path| !touches.iter().any(|touched| within(path, touched))).collect();
        if beyond.is_empty() {
            return self.keep_id(roles::ONLY_WHAT_IS_NAMED);
        }
        let found = format!("changed too: {}", beyond.join(", "));
        let expected = format!("nothing changed but {}", touches.join(", "));
        let kind = DeviationKind::Beyond(touches.to_vec());
        self.deviate(roles::ONLY_WHAT_IS_NAMED, kind, None, expected, found);
    }

    /// The base specification: the members named hold what RFC 6902 makes of them (ATOM-02, BASE-32).
    fn prediction(&mut self, predicted: &Value, after: &Value, touches: &[String]) {
        let wrong = self
            .moving
            .differences(predicted, after)
            .into_iter()
            .filter(|path| !within(path, "/meta") && !within(path, "/text"))
            .filter(|path| !resource::is_wrongly_contained(predicted, path))
            .filter(|path| touches.iter().any(|touched| within(path, touched)))
            .find(|path| !same(predicted.pointer(path), after.pointer(path)));
        let id = self.undone();
        let Some(pointer) = wrong else { return self.keep_id(id) };
        let expected = format!("{pointer} = {} in the next read", resource::shown(predicted.pointer(&pointer)));
        let found = format!("{pointer} = {}", resource::shown(after.pointer(&pointer)));
        let value = predicted.pointer(&pointer).cloned();
        self.deviate(id, DeviationKind::Result(pointer, value), None, expected, found);
    }
}

/// Equality that does not tell 1 from 1.0.
fn same(one: Option<&Value>, other: Option<&Value>) -> bool {
    match (one, other) {
        (Some(Value::Number(one)), Some(Value::Number(other))) => one.as_f64() == other.as_f64(),
        _ => one == other,
    }
}
