//! The appointments and slots a run may use up.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock};

use super::creation::creations;
use super::rejection::ENOUGH;
use crate::suite::contract::Edition;
use crate::suite::scenario::Fixture;
use crate::sut::Profile;
use crate::words::fhir::FhirId;

/// Listed fixtures that are still unused, and what the API makes.
pub(super) struct Pool {
    edition: Edition,
    create: bool,
    listed: Mutex<BTreeMap<Fixture, VecDeque<FhirId>>>,
    slots: Mutex<VecDeque<FhirId>>,
    /// Of these, and of those in use, the ones that were seen to be free.
    free_slots: Mutex<BTreeSet<FhirId>>,
    creations: Mutex<BTreeMap<Fixture, Creations>>,
    /// Slots are found by search, once, where none are listed.
    pub search_slots: tokio::sync::OnceCell<()>,
    slots_listed: bool,
    /// Parameters of that search.
    slot_search: Vec<(String, String)>,
    /// Why it found nothing, or not everything.
    slot_trouble: OnceLock<String>,
    /// The target does not take an appointment with everything that R4 allows in one.
    plain: AtomicBool,
    /// The target says that appointments can be deleted.
    deletes: AtomicBool,
}

/// What came of making appointments in a state.
#[derive(Default)]
struct Creations {
    /// One was made.
    any: bool,
    /// Rejections in a row, and the last of them in words.
    rejected: u32,
    why: String,
}

/// Where an appointment comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FixtureSource {
    Listed(FhirId),
    /// To be made with POST in this state.
    Make(Fixture),
}

impl Pool {
    pub fn new(profile: &Profile, edition: Edition) -> Pool {
        // A target file with anything else in its lists was not loaded.
        let ids = |texts: &[String]| texts.iter().filter_map(|text| text.parse().ok()).collect();
        let listed = profile.fixtures.iter().map(|(state, listed)| (*state, ids(listed))).collect();
        Pool {
            edition,
            create: profile.create,
            listed: Mutex::new(listed),
            slots: Mutex::new(ids(&profile.slots)),
            free_slots: Mutex::default(),
            creations: Mutex::default(),
            search_slots: tokio::sync::OnceCell::new(),
            slots_listed: !profile.slots.is_empty(),
            slot_search: profile.slot_search.clone(),
            slot_trouble: OnceLock::new(),
            plain: AtomicBool::new(false),
            deletes: AtomicBool::new(false),
        }
    }

    /// Assigns listed appointments to lanes in plan order, so that a run does not depend on which lane is fastest.
    pub fn reserve(&self, starts: impl Iterator<Item = Fixture>) -> Vec<Option<FixtureSource>> {
        starts.map(|start| self.take(start)).collect()
    }

    /// A listed appointment that can be read; it stays where it is.
    pub fn any_listed(&self) -> Option<FhirId> {
        let listed = lock(&self.listed);
        let readable = listed.iter().filter(|(state, _)| !matches!(state, Fixture::Deleted | Fixture::Unknown));
        readable.flat_map(|(_, ids)| ids).next().cloned()
    }

    /// An unused appointment in a state: a listed one, else one to be made.
    pub fn take(&self, state: Fixture) -> Option<FixtureSource> {
        let listed = lock(&self.listed).get_mut(&state).and_then(VecDeque::pop_front);
        listed.map(FixtureSource::Listed).or_else(|| self.makes(state).then_some(FixtureSource::Make(state)))
    }

    /// As [`Pool::take`], but one to be made where that is possible: then all of them are alike.
    pub fn take_alike(&self, state: Fixture) -> Option<FixtureSource> {
        if self.makes(state) { Some(FixtureSource::Make(state)) } else { self.take(state) }
    }

    /// How many appointments in a state are listed and unused; `None` where more can be made.
    pub fn left(&self, state: Fixture) -> Option<usize> {
        let listed = lock(&self.listed).get(&state).map_or(0, VecDeque::len);
        (!self.makes(state)).then_some(listed)
    }

    /// Whether the API makes appointments in a state.
    pub fn makes(&self, state: Fixture) -> bool {
        self.creatable().contains(&state)
    }

    /// The states in which appointments can be made.
    pub fn creatable(&self) -> Vec<Fixture> {
        let states = [
            (Fixture::Booked, true),
            (Fixture::Proposed, self.edition == Edition::March2024),
            (Fixture::Deleted, self.edition == Edition::FhirR4),
        ];
        states.into_iter().filter(|(_, is_offered)| self.create && *is_offered).map(|(state, _)| state).collect()
    }

    /// Notes what came of making an appointment: the rejection in words where there was one.
    pub fn note_creation(&self, state: Fixture, rejected: Option<&str>) {
        let mut creations = lock(&self.creations);
        let creation = creations.entry(state).or_default();
        match rejected {
            Some(why) => {
                creation.rejected += 1;
                why.clone_into(&mut creation.why);
            }
            None => *creation = Creations { any: true, ..Creations::default() },
        }
    }

    /// Why no further appointment in a state is asked for: as often as is worth trying, each was rejected.
    pub fn given_up(&self, state: Fixture) -> Option<String> {
        /// Where one was made before, a few rejections may have to do with what they asked for.
        const ENOUGH_AFTER_SUCCESS: u32 = 12;
        let creations = lock(&self.creations);
        let creation = creations.get(&state)?;
        let most = if creation.any { ENOUGH_AFTER_SUCCESS } else { ENOUGH };
        let times = creation.rejected;
        (times >= most).then(|| format!("{}, {times} times in a row, so no more were asked for", creation.why))
    }

    /// A slot that nobody else in the run uses, as an id, and whether it was seen to be free.
    pub fn take_slot(&self) -> Option<(FhirId, bool)> {
        let slot = lock(&self.slots).pop_front()?;
        let seen = lock(&self.free_slots).contains(&slot);
        Some((slot, seen))
    }

    /// Notes that a slot was seen to be free.
    pub fn note_free(&self, slot: &FhirId) {
        lock(&self.free_slots).insert(slot.clone());
    }

    /// Gives back a slot that was not used up.
    pub fn return_slot(&self, id: FhirId) {
        lock(&self.slots).push_back(id);
    }

    /// Adds slots that a search found to be free.
    pub fn add_slots(&self, ids: impl Iterator<Item = FhirId>) {
        for id in ids {
            self.note_free(&id);
            lock(&self.slots).push_back(id);
        }
    }

    /// Whether slots have to be looked for.
    pub fn needs_slot_search(&self) -> bool {
        !self.slots_listed
    }

    /// The parameters of the search for slots, as the target file says them.
    pub fn slot_search(&self) -> &[(String, String)] {
        &self.slot_search
    }

    /// Notes why the search for slots found nothing, or not everything; what came first stands.
    pub fn note_slot_trouble(&self, why: String) {
        let _ = self.slot_trouble.set(why);
    }

    /// Why there are no slots, where the search says it.
    pub fn slot_trouble(&self) -> Option<&str> {
        self.slot_trouble.get().map(String::as_str)
    }

    /// The body that makes an appointment as the edition documents it.
    pub fn new_appointment(&self, state: Fixture, slot: Option<&FhirId>) -> String {
        let mut bodies = creations(self.edition, state, slot.map(FhirId::as_str));
        let place = if self.plain.load(Ordering::Relaxed) { bodies.len().saturating_sub(1) } else { 0 };
        bodies.swap_remove(place)
    }

    /// Notes whether the target says that appointments can be deleted.
    pub fn note_deletes(&self, deletes: bool) {
        self.deletes.store(deletes, Ordering::Relaxed);
    }

    /// Whether the target says that appointments can be deleted.
    pub fn deletes(&self) -> bool {
        self.deletes.load(Ordering::Relaxed)
    }

    /// From now on appointments are made with the least that a booked one has.
    pub fn make_plain(&self) {
        self.plain.store(true, Ordering::Relaxed);
    }

    /// Whether making a booked appointment takes a slot.
    pub fn booking_needs_slot(&self, state: Fixture) -> bool {
        self.edition == Edition::March2024 && state == Fixture::Booked
    }
}

/// A poisoned lock only says that another lane panicked; what it guards is a plain list and still whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
