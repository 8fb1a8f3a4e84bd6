//! Evaluates one check on one exchange and the reads around it.

mod body;
mod changes;
mod effect;
mod half;
mod header;
mod json;
mod label;
mod read_back;
mod served;
mod version;
mod view;

pub(super) use body::{lists_format, lists_json_patch, lists_patch};
pub(super) use changes::{beside, changed_nothing};
pub(super) use half::{FailedPatch, LeftBehind};
pub(super) use version::version_of;
pub(super) use view::{Beside, CheckView};

use super::verdict::CheckResult;
use super::{outcome, resource};
use crate::execute::evidence::{Exchange, Response};
use crate::suite::contract::CodePattern;
use crate::suite::scenario::Check;

/// Evaluates a check.
pub(super) fn evaluate(check: &Check, view: &CheckView<'_, '_>) -> CheckResult {
    let reads = [view.before, view.first_after, view.after].into_iter().flatten().filter_map(Exchange::received);
    let limit = std::iter::once(view.received).chain(reads).find_map(Response::limit);
    match (evaluated(check, view), limit) {
        // What is missing from a body that patchproof cut may have been in it.
        (CheckResult::Broken { .. } | CheckResult::Tolerated { .. }, Some(limit)) => {
            CheckResult::Undecided(limit.into_owned())
        }
        (result, _) => result,
    }
}

fn evaluated(check: &Check, view: &CheckView<'_, '_>) -> CheckResult {
    let received = view.received;
    match check {
        Check::Header(check) => header::header(check, received),
        Check::NotLater { earlier, later, slack } => header::not_later(received, earlier, later, *slack),
        Check::EchoesRequestId => header::echoes_request_id(view),
        Check::Status { any_of } => status(any_of, received),
        Check::Outcome(check) => outcome::check(check, received, view.bodies),
        Check::Served(rule) => served::served(*rule, view),
        Check::Resource(rule) => resource::rule(*rule, received, view.bodies),
        Check::Body(form) => body::body(*form, view),
        Check::Json(form) => json::json(*form, received, view.bodies),
        Check::BodyHas(members) => read_back::body_has(members, view),
        Check::DeclaresPatch => body::declares_patch(view),
        Check::DeclaresPatchFormat => body::declares_patch_format(view),
        Check::After(_) | Check::AfterContains(_) | Check::AfterLacks(_) => read_back::named(check, view),
        Check::AfterAbsent(pointers) => read_back::absent(pointers, view),
        Check::NarrativeNamesStatus => read_back::narrative(view),
        Check::OnlyChanged(allowed) => changes::only(allowed, view),
        Check::OnlyNamed(rule) => effect::only_named(rule, view),
        Check::HasEffect => effect::has_effect(view),
        Check::IdOfUrl => read_back::id_of_url(view),
        Check::Changed(pointers) => changes::each(pointers, view),
        Check::SameContent => changes::same_content(view),
        Check::Unchanged => changes::unchanged(view),
        Check::BystanderUnchanged => changes::bystander(view),
        Check::NewVersion => version::new_version(view),
        Check::TagIsNextRead => version::tag_is_next_read(view),
        Check::LastModifiedIsLastUpdated => version::last_modified(view),
        // These look at more than one exchange; see `property` and `exchange::declared`.
        Check::TagAccepted(_)
        | Check::TagsUnique
        | Check::LastUpdatedMoves
        | Check::LastUpdatedForwards
        | Check::GetsResponse(_)
        | Check::NoServerFailure
        | Check::EntirelyOldOrNew
        | Check::ReadsAreFresh
        | Check::ControlAccepted
        | Check::WorksAsDeclared => CheckResult::Void,
    }
}

/// One of several codes.
fn status(any_of: &[CodePattern], received: &Response) -> CheckResult {
    CheckResult::of(
        any_of.iter().any(|pattern| pattern.covers(received.status)),
        any_of.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or "),
        received.status.to_string(),
    )
}
