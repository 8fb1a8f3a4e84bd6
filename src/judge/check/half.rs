//! What a request left behind over which the server failed: the appointment as it was, as the document makes it, or neither.

use serde_json::Value;

use super::effect::{is_left_to_others, missed, named};
use super::version::version_of;
use crate::execute::evidence::{Exchange, Moving};
use crate::judge::bodies::Bodies;
use crate::judge::resource::shown;
use crate::model::{Predicted, predict};
use crate::words::json::within;

/// A PATCH and the reads around it.
#[derive(Clone, Copy)]
pub(in crate::judge) struct FailedPatch<'v, 'e> {
    pub patch: &'e Exchange,
    pub before: &'e Exchange,
    pub after: &'e Exchange,
    pub bodies: &'v Bodies<'e>,
    pub moving: &'v Moving,
    /// The operations are a vendor's commands, which may do more than RFC 6902 says and write a value in a form of their own.
    pub commands: bool,
}

/// What the reads show that it left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::judge) enum LeftBehind {
    /// The appointment as it was.
    Old,
    /// What the whole document makes of it.
    New,
    /// Something between, in words (APPT-ATOM-07).
    Half(String),
    /// What the document would make of it is not known, or the appointment could not be read.
    Unknown,
}

impl<'e> FailedPatch<'_, 'e> {
    /// Compares the reads with each other, and with what the base specification makes of the first of them.
    pub fn left_behind(&self) -> LeftBehind {
        let shows = |read: &'e Exchange| self.bodies.resource(Some(read)).filter(|_| read.succeeded());
        let limited =
            [self.before, self.after].iter().any(|read| read.received().is_some_and(|it| it.limit().is_some()));
        let (Some(before), Some(after), false) = (shows(self.before), shows(self.after), limited) else {
            return LeftBehind::Unknown;
        };
        let changed = self.moving.differences(&before, &after);
        let versions = (version_of(self.bodies, self.before), version_of(self.bodies, self.after));
        let moved = versions.0.is_some() && versions.0 != versions.1;
        let derived =
            |pointer: &String| ["/meta/versionId", "/meta/lastUpdated", "/text"].iter().any(|it| within(pointer, it));
        let (marks, content): (Vec<String>, Vec<String>) = changed.into_iter().partition(derived);
        let stamped = moved || marks.iter().any(|mark| !within(mark, "/text"));
        if content.is_empty() && !stamped {
            return LeftBehind::Old;
        }
        let predicted = self.bodies.json(&self.patch.request.body).and_then(|document| predict(&before, &document));
        let Some(predicted) = predicted else { return LeftBehind::Unknown };
        let Some(resource) = predicted.resource.clone() else { return LeftBehind::Unknown };
        let asked: Vec<String> = self.asked(&predicted, &before, &resource);
        if content.is_empty() {
            let what = if moved { "the version moved" } else { "the time of the last change moved" };
            return if asked.is_empty() {
                LeftBehind::New
            } else {
                LeftBehind::Half(format!("{what}, and nothing else changed"))
            };
        }
        let undone = if self.commands {
            // A place in a list is a role: whose it is, the server finds by what stands there.
            let (as_before, done): (Vec<&String>, Vec<&String>) = asked
                .iter()
                .filter(|place| !is_in_list(place))
                .partition(|place| before.pointer(place) == after.pointer(place));
            as_before.first().filter(|_| !done.is_empty()).map(|place| (*place).clone())
        } else {
            missed(&predicted, &resource, &after, self.moving)
        };
        let list = content.iter().take(4).map(String::as_str).collect::<Vec<_>>().join(", ");
        match undone {
            Some(place) => {
                let as_before = if before.pointer(&place) == after.pointer(&place) { " as before" } else { "" };
                let found = format!("changed: {list}; and {place} = {}{as_before}", shown(after.pointer(&place)));
                LeftBehind::Half(found)
            }
            None if versions.0.is_some() && !moved => {
                LeftBehind::Half(format!("changed: {list}; and the version is the one of before"))
            }
            None => LeftBehind::New,
        }
    }

    /// The places that the document names and would change.
    fn asked(&self, predicted: &Predicted, before: &Value, resource: &Value) -> Vec<String> {
        let mut places = self.moving.differences(before, resource);
        places.retain(|place| named(predicted, place) && !is_left_to_others(resource, place));
        places
    }
}

fn is_in_list(pointer: &str) -> bool {
    pointer.split('/').any(|token| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_digit()))
}
