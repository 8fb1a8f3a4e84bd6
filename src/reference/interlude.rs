//! What happens to a PATCH before it takes the lock, and what is special about it then; on a clean server nothing.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::call::Call;
use super::memory::{Trace, Version};
use super::patch::{find, judge};
use super::server::ReferenceServer;
use super::store::Store;
use super::terms::{Interlude, Occasion, Terms};
use super::traffic::UnderWay;
use super::{document, precondition};

/// How long a change waits that was checked before.
const WAIT: Duration = Duration::from_millis(10);
/// How long a contest lies "a moment ago".
const RECENT: SignedDuration = SignedDuration::from_millis(50);

/// A PATCH that is about to take the lock; it counts as under way until this is dropped.
pub(super) struct AboutToPatch<'a> {
    under_way: Option<UnderWay<'a>>,
    already_checked: bool,
}

/// Lets pass what the deviations ask for.
pub(super) async fn before_patch<'a>(server: &'a ReferenceServer, call: &Call, id: &str) -> AboutToPatch<'a> {
    let mut about = AboutToPatch { under_way: None, already_checked: false };
    for interlude in server.terms.before_patch() {
        match interlude {
            Interlude::CheckAlone => {
                about.already_checked = passes_alone(&server.terms, &server.store(), call, id);
                if about.already_checked {
                    tokio::time::sleep(WAIT).await;
                }
            }
            Interlude::ShowHalf => {
                let mut store = server.store();
                let half = half_of(&server.terms, &store, call, id);
                store.memory.trace_mut(id).half = half;
            }
            Interlude::Linger => about.under_way = Some(server.traffic.meets_another(id).await),
        }
    }
    about
}

impl AboutToPatch<'_> {
    /// What is special about the request, now that the store is locked.
    pub(super) fn occasions(&self, store: &Store, call: &Call, id: &str) -> Vec<Occasion> {
        let met = self.under_way.as_ref().is_some_and(UnderWay::met);
        let is_third = store.appointments.get(id).is_some_and(|stored| store.changes(stored) == 2);
        let trace = store.memory.trace(id);
        let read_twice = trace.is_some_and(|trace| trace.reads >= 2);
        [
            (Occasion::Met, met),
            (Occasion::AlreadyChecked, self.already_checked),
            (Occasion::ThirdWrite, is_third),
            (Occasion::NotFirst, store.memory.patched),
            (Occasion::ReadTwice, read_twice),
            (Occasion::JustContested, !met && trace.is_some_and(was_just_contested)),
        ]
        .into_iter()
        .chain(carriers(call))
        .filter_map(|(occasion, is_so)| is_so.then_some(occasion))
        .collect()
    }
}

/// What a request is written like, whatever it asks for.
fn carriers(call: &Call) -> [(Occasion, bool); 6] {
    let says = |name: &str| call.headers.get(name).and_then(|value| value.to_str().ok());
    let document = call.body.as_ref().and_then(|body| serde_json::from_slice::<serde_json::Value>(body).ok());
    let operations = document.and_then(|document| Some(document.as_array()?.len()));
    [
        (Occasion::Prefers, says("prefer").is_some()),
        (Occasion::TypeHasParameter, says("content-type").is_some_and(|kind| kind.contains(';'))),
        (Occasion::HasQuery, !call.query.is_empty()),
        (Occasion::AcceptsOtherwise, says("accept").is_none_or(|kind| !kind.contains("application/fhir+json"))),
        (Occasion::SeveralOperations, operations.is_some_and(|count| count > 1)),
        (Occasion::HasTimeCondition, says("if-unmodified-since").is_some()),
    ]
}

fn was_just_contested(trace: &Trace) -> bool {
    trace.contested.is_some_and(|when| Timestamp::now().duration_since(when) < RECENT)
}

fn passes_alone(terms: &Terms, store: &Store, call: &Call, id: &str) -> bool {
    let stored = find(terms, store, id);
    stored.is_ok_and(|stored| precondition::check_both(terms, call, stored.tag().as_ref()).is_ok())
}

/// What a read shows while a PATCH is under way: its status already and the rest not yet.
fn half_of(terms: &Terms, store: &Store, call: &Call, id: &str) -> Option<Version> {
    let stored = find(terms, store, id).ok()?;
    precondition::check_both(terms, call, stored.tag().as_ref()).ok()?;
    let operations = document::read(terms, call.body.as_ref()).ok()?;
    let draft = judge(terms, store, &stored.resource, &operations).ok()?;
    let mut half = stored.resource.clone();
    half["status"] = draft.resource["status"].clone();
    Some((half, stored.version))
}
