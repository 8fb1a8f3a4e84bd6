//! Properties of entity tags: those around a batch of rejections, those taken back, and those made.

use std::collections::{BTreeMap, BTreeSet};

use super::responses::Responses;
use super::scope::when;
use crate::execute::evidence::{Batch, Exchange, TagOrigin, Trial};
use crate::judge::check::{changed_nothing, version_of};
use crate::judge::index::Index;
use crate::judge::verdict::CheckResult;
use crate::plan::PropertyRule;
use crate::suite::scenario::{Outcome, TagSource};
use crate::words::fhir::StatusCode;

/// After refusals, a request with the tag from before them succeeds (APPT-ATOM-03).
pub(super) fn controls(index: &Index<'_>, property: &PropertyRule, responses: &mut Responses) {
    for batch in &index.evidence.batches {
        let concerned = property.when.status.is_empty()
            || batch
                .tries
                .iter()
                .filter_map(|id| index.exchange(*id)?.status())
                .any(|status| property.when.status.iter().any(|pattern| pattern.covers(status)));
        // Whether the current tag works after a conflict cannot be seen where the tag in use is no longer the current one.
        if !property.when.status.is_empty() && index.is_disturbed(batch) {
            continue;
        }
        let Some(control) = batch.control.and_then(|id| index.exchange(id)).filter(|_| concerned) else { continue };
        let Some(status) = control.status() else { continue };
        let refused_any =
            batch.tries.iter().filter_map(|id| index.exchange(*id)?.status()).any(StatusCode::is_client_error);
        if !refused_any {
            continue;
        }
        let tag = control.sent_header("if-match").unwrap_or("none").to_owned();
        responses.add(
            control.id,
            match status.get() {
                200..=299 => CheckResult::Holds,
                // Reads show the same version before and after: whatever is wrong with the tag, no refusal moved it.
                409 | 412 if stayed(index, batch) => CheckResult::Undecided(format!(
                    "{status} to the version that the read after the refusals still shows"
                )),
                409 | 412 => CheckResult::Broken {
                    expected: format!("a success with If-Match {tag}, the version from before the refusals"),
                    found: format!("{status}: the version was moved by a refused request"),
                },
                _ => CheckResult::Undecided(format!("the request after the refusals was answered {status}")),
            },
        );
    }
}

/// A tag taken from a certain place is accepted in If-Match.
pub(super) fn tags_accepted(index: &Index<'_>, source: TagSource, property: &PropertyRule, responses: &mut Responses) {
    let taken = |origin: TagOrigin| match (source, origin) {
        (TagSource::PreviousPatch | TagSource::Weak, TagOrigin::PreviousPatch)
        | (TagSource::Read | TagSource::Weak, TagOrigin::Read | TagOrigin::VersionId)
        | (TagSource::VersionId, TagOrigin::VersionId) => true,
        (TagSource::PreviousPatch, TagOrigin::Read | TagOrigin::VersionId)
        | (TagSource::Read, TagOrigin::PreviousPatch)
        | (TagSource::VersionId, TagOrigin::PreviousPatch | TagOrigin::Read)
        | (_, TagOrigin::Other) => false,
    };
    // Where no PATCH was accepted, with any tag or none, a tag is not to blame.
    let any = index.exchanges().any(|exchange| exchange.is_patch() && exchange.succeeded());
    for attempt in index.evidence.trials.iter().filter_map(Trial::attempt) {
        for seen in &attempt.steps {
            let Some(place) = index.place(seen.exchange) else { continue };
            let Some(exchange) = index.exchange(seen.exchange) else { continue };
            let must = place.step.outcome == Outcome::Accepted;
            let disturbed = index.shared_batch(exchange.id).is_some_and(|batch| index.is_disturbed(batch));
            if !must || disturbed || !when(index, property, exchange) {
                continue;
            }
            let tag = exchange.sent_header("if-match").unwrap_or("none").to_owned();
            // A target without versions gives no tag to send back.
            let shown = exchange.sent_header("if-match").is_some() || !place.step.request.if_match.is_current();
            if source == TagSource::Weak && !shown {
                responses.add(exchange.id, CheckResult::Void);
                continue;
            }
            let is_of_form = source != TagSource::Weak || tag.starts_with("W/");
            if !taken(seen.tag) || !is_of_form {
                // A rule about one form of tag is not applicable to a server that gives another.
                if matches!(source, TagSource::Weak | TagSource::VersionId) && seen.tag != TagOrigin::Other {
                    responses.add(exchange.id, CheckResult::Void);
                }
                continue;
            }
            let Some(status) = exchange.status() else { continue };
            responses.add(
                exchange.id,
                match status.get() {
                    200..=299 => CheckResult::Holds,
                    409 | 412 if !any => {
                        CheckResult::Undecided(format!("{status}, and no PATCH was accepted, with any tag or none"))
                    }
                    409 | 412 => CheckResult::Broken {
                        expected: format!("If-Match {tag} accepted as the current version"),
                        found: status.to_string(),
                    },
                    _ => CheckResult::Void,
                },
            );
        }
    }
}

/// No two successes on one appointment were answered with the same tag, or with none and followed by reads that show the
/// same (APPT-BASE-02).
pub(super) fn tags_unique(index: &Index<'_>, responses: &mut Responses) {
    let mut seen: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for exchange in index.exchanges() {
        if !(exchange.is_patch() && exchange.succeeded()) {
            continue;
        }
        let tag_of = |exchange: &'_ Exchange| exchange.received()?.header("etag").map(str::to_owned);
        let Some(appointment) = exchange.appointment.as_deref() else { continue };
        let Some(tag) = tag_of(exchange).or_else(|| index.read_after(exchange.id).and_then(tag_of)) else {
            responses.add(exchange.id, CheckResult::Void);
            continue;
        };
        let idle = changed_nothing(
            &index.bodies,
            &index.moving,
            index.read_before(exchange.id),
            index.read_after(exchange.id),
        );
        if idle {
            continue;
        }
        let fresh = seen.entry(appointment).or_default().insert(tag.clone());
        responses.add(
            exchange.id,
            CheckResult::of(fresh, "a tag that no earlier version of the appointment had", format!("ETag {tag} again")),
        );
    }
}

/// Whether the reads around a batch show the same content in the same version.
fn stayed<'a>(index: &Index<'a>, batch: &Batch) -> bool {
    let (before, after) =
        (batch.before.and_then(|id| index.exchange(id)), batch.after.and_then(|id| index.exchange(id)));
    let version = |read: Option<&'a Exchange>| version_of(&index.bodies, read?);
    version(before).is_some()
        && version(before) == version(after)
        && changed_nothing(&index.bodies, &index.moving, before, after)
}
