//! One round of a race, looked at.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::history::{RaceHistory, check_history, etag, round_histories, version, witness};
use crate::execute::evidence::{Evidence, Exchange, ExchangeId, RaceRound};
use crate::judge::history::{Checked, Witness};
use crate::judge::lines::tell;
use crate::judge::status::{says_nothing, shuts_out};
use crate::plan::{CaseId, KnownTag, Precondition, Race, Racer};
use crate::words::fhir::{EntityTag, StatusCode};

/// One round, looked at.
pub(super) struct RoundView<'a> {
    pub(super) race: &'a Race,
    pub(super) round: &'a RaceRound,
    evidence: &'a Evidence,
    /// The server failed over a request of this round and of none in another, which then speaks for this one (C-45).
    pub(super) repeated: bool,
    /// Why the round decides nothing, where someone else writes to what was contended for.
    pub(super) excused: Option<String>,
    /// The writers' exchanges, with what each sent.
    pub(super) writes: Vec<(&'a Exchange, &'a Precondition)>,
    pub(super) histories: Vec<RaceHistory>,
    pub(super) checked: Vec<Checked>,
}

impl<'a> RoundView<'a> {
    pub(super) fn new(case: &CaseId, race: &'a Race, round: &'a RaceRound, evidence: &'a Evidence) -> RoundView<'a> {
        let sent = race.clients.iter().zip(&round.clients);
        let writes = sent
            .filter_map(|(racer, ids)| match racer {
                Racer::Writer { request } => Some((evidence.exchanges.get(*ids.first()? as usize)?, &request.if_match)),
                Racer::Reader { .. } => None,
            })
            .collect();
        let mut histories = round_histories(case, race, round, evidence);
        let checked: Vec<Checked> = histories.iter().map(|history| check_history(race, history)).collect();
        for (history, checked) in histories.iter_mut().zip(&checked) {
            history.witness = witness(checked);
        }
        RoundView { race, round, evidence, repeated: false, excused: None, writes, histories, checked }
    }

    pub(super) fn exchange(&self, id: ExchangeId) -> Option<&'a Exchange> {
        self.evidence.exchanges.get(id as usize)
    }

    /// Whether a read shows the version from before the race, although a winner says that it made another one.
    pub(super) fn is_behind(&self, read: &Exchange) -> bool {
        let opaque =
            |tag: &str| tag.parse::<EntityTag>().map_or_else(|_| tag.to_owned(), |tag| tag.opaque().to_owned());
        let before = self.histories.first().and_then(|history| history.etag.as_deref()).map(opaque);
        let made: Vec<String> = self.winners().into_iter().filter_map(etag).map(opaque).collect();
        let shown = version(read).map(|tag| opaque(&tag));
        before.is_some() && shown == before && !made.is_empty() && !made.iter().any(|made| Some(made) == shown.as_ref())
    }

    /// The limit of patchproof that a body of the round met, in words.
    pub(super) fn limit(&self) -> Option<Cow<'static, str>> {
        self.round.exchanges().find_map(|id| self.exchange(id)?.received()?.limit())
    }

    /// The writers that named the version contended for and succeeded.
    pub(super) fn winners(&self) -> Vec<&'a Exchange> {
        self.writes
            .iter()
            .filter(|(write, form)| form.is_current() && write.succeeded())
            .map(|(write, _)| *write)
            .collect()
    }

    /// Those that named it, or one before it, and were refused; one over which the server failed lost, and what it lost with
    /// is for a round to say in which it did not.
    pub(super) fn losers(&self) -> impl Iterator<Item = (&'a Exchange, StatusCode)> + '_ {
        let named = |form: &Precondition| form.is_current() || *form == Precondition::Tag(KnownTag::Stale);
        self.writes.iter().filter(move |(_, form)| named(form)).filter_map(|(write, _)| {
            let status = write.status().filter(|status| !status.is_success() && !is_mute(*status))?;
            (!self.repeated || !write.failed_over()).then_some((*write, status))
        })
    }

    /// Whether what is wrong is a request over which the server failed.
    pub(super) fn failed_over(&self, exchange: Option<ExchangeId>) -> bool {
        exchange.and_then(|id| self.exchange(id)).is_some_and(Exchange::failed_over)
    }

    /// The first write without a response.
    pub(super) fn unanswered(&self) -> Option<&'a Exchange> {
        self.writes.iter().map(|(write, _)| *write).find(|write| write.failed_over() && write.received().is_none())
    }

    /// How many responses had each code, as in `200 ×1, 409 ×5`.
    pub(super) fn split(&self) -> BTreeMap<String, usize> {
        let mut split = BTreeMap::new();
        for (write, _) in &self.writes {
            let word = write.status().map_or("no answer".to_owned(), |status| status.get().to_string());
            *split.entry(word).or_default() += 1;
        }
        split
    }

    /// Whether overload or a lost response left it open who won.
    pub(super) fn clouded(&self) -> bool {
        self.writes.iter().any(|(write, _)| write.status().is_none_or(is_mute))
    }
}

/// Whether a response to a writer tells nothing about who won.
fn is_mute(status: StatusCode) -> bool {
    says_nothing(status) || shuts_out(status)
}

impl RoundView<'_> {
    /// The witnesses of the round.
    pub(super) fn violations(&self) -> impl Iterator<Item = (&Witness, &RaceHistory)> {
        self.checked.iter().zip(&self.histories).filter_map(|(checked, history)| match checked {
            Checked::Violated(witness) => Some((witness, history)),
            Checked::Holds | Checked::Undecided(_) => None,
        })
    }
}

/// The line of an exchange as text.
pub(super) fn told(view: &RoundView<'_>, exchange: &Exchange) -> String {
    let lines = view.histories.iter().flat_map(|history| &history.lines);
    lines.into_iter().find(|line| line.exchange == Some(exchange.id)).map(tell).unwrap_or_default()
}
