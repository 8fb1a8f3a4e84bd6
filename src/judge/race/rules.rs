//! What each requirement asks of one round of a race.

use super::history::etag;
use super::requirement::{BrokenRound, RaceRequirement, RoundResult};
use super::view::{RoundView, told};

use crate::execute::evidence::{Exchange, ExchangeId};
use crate::judge::history::{Anomaly, Checked, Witness};
use crate::judge::lines::{Op, tell};
use crate::judge::verdict::Verdict;
use crate::suite::scenario::{Contest, RaceRule};
use crate::words::fhir::StatusCode;

impl RaceRequirement<'_> {
    /// What one round says about the requirement.
    pub(super) fn round(&self, view: &RoundView<'_>) -> RoundResult {
        let result = self.judged(view);
        // What a body would have shown that met a limit of ours is not known.
        let reads_bodies = matches!(self.rule, RaceRule::FinalState | RaceRule::WholePatches);
        match (result, view.limit()) {
            (RoundResult::Kept | RoundResult::Nothing, Some(limit)) if reads_bodies => {
                RoundResult::Open(limit.into_owned())
            }
            (result, _) => result,
        }
    }

    fn judged(&self, view: &RoundView<'_>) -> RoundResult {
        match self.rule {
            RaceRule::OneWinner => self.one_winner(view),
            RaceRule::LoserCodes => self.loser_codes(view),
            RaceRule::SomeWinner => self.some_winner(view),
            RaceRule::FinalState => self.final_state(view),
            RaceRule::WholePatches => self.whole_patches(view),
            RaceRule::PatchedAgain => self.patched_again(view),
            RaceRule::RetryAfterLock => retried(view),
            RaceRule::Independent => self.independent(view),
            RaceRule::LockHasReason => self.lock_has_reason(view),
        }
    }

    fn one_winner(&self, view: &RoundView<'_>) -> RoundResult {
        let winners = view.winners();
        if let Some(second) = winners.get(1) {
            let mut tags: Vec<Option<&str>> = winners.iter().map(|winner| etag(winner)).collect();
            tags.sort_unstable();
            tags.dedup();
            let stayed = view.race.version_may_stay && tags.len() == 1;
            if stayed && !self.plan.edition.is_vendor() {
                // RFC 9110 section 13.1.1 lets a success say that the change was in place already.
                return RoundResult::Noted(format!("{} writers of one change got one version", winners.len()));
            }
            let verdict = if stayed { Verdict::Warn } else { self.breach().into() };
            let witness = self.witness(view, &[Anomaly::TwoWinners, Anomaly::LostUpdate, Anomaly::VersionReused]);
            let notes = witness
                .unwrap_or_else(|| winners.iter().take(Witness::MOST).map(|winner| told(view, winner)).collect());
            return RoundResult::Broken(BrokenRound {
                verdict,
                expected: "at most one success for one version".to_owned(),
                found: format!("{} of {} writers of one version succeeded", winners.len(), view.writes.len()),
                exchange: Some(second.id),
                notes,
            });
        }
        // Where no requirement of the edition is about the codes of losers, this one warns of them; they never break it.
        let stands = |requirement: &crate::suite::contract::Requirement| {
            RaceRule::of(&requirement.id) == Some(RaceRule::LoserCodes)
                && requirement.standing(self.plan.edition).is_some()
        };
        let elsewhere = self.contract.requirements.iter().any(stands);
        if winners.is_empty() && !self.lost_as_expected(view) {
            return RoundResult::Open("no writer succeeded, so nothing shows that at most one does".to_owned());
        }
        if let (false, Some(RoundResult::Broken(broken))) = (elsewhere, self.wrong_loser(view)) {
            return RoundResult::Broken(BrokenRound { verdict: broken.verdict.max(Verdict::Warn), ..broken });
        }
        RoundResult::Kept
    }

    fn loser_codes(&self, view: &RoundView<'_>) -> RoundResult {
        match self.wrong_loser(view) {
            Some(_) if view.winners().is_empty() && !self.lost_as_expected(view) => {
                RoundResult::Open("no writer succeeded, so nobody is known to have lost".to_owned())
            }
            Some(said) => said,
            // Another round shows with what one loses, unless there is none in which every writer got a response.
            None if !view.repeated && view.unanswered().is_some() => RoundResult::Broken(BrokenRound {
                verdict: Verdict::Warn,
                expected: "a response to every writer".to_owned(),
                found: "no response".to_owned(),
                exchange: view.unanswered().map(|write| write.id),
                notes: Vec::new(),
            }),
            None if view.losers().next().is_some() => RoundResult::Kept,
            None => {
                RoundResult::Open("no writer was rejected, so nothing shows the codes of those that lose".to_owned())
            }
        }
    }

    fn some_winner(&self, view: &RoundView<'_>) -> RoundResult {
        let won_later =
            self.views.iter().any(|other| other.round.round > view.round.round && !other.winners().is_empty());
        match (view.winners().is_empty(), view.clouded(), won_later) {
            (false, _, _) => RoundResult::Kept,
            (true, true, _) => {
                RoundResult::Open("an answer was lost or says nothing, so a winner may have gone unseen".to_owned())
            }
            (true, false, true) => RoundResult::Nothing,
            (true, false, false) => RoundResult::Broken(BrokenRound {
                verdict: Verdict::Warn,
                expected: "one writer of several to succeed, now or in one more round".to_owned(),
                found: "none did".to_owned(),
                exchange: view.writes.first().map(|(write, _)| write.id),
                notes: Vec::new(),
            }),
        }
    }

    fn final_state(&self, view: &RoundView<'_>) -> RoundResult {
        let others = [
            Anomaly::VersionReused,
            Anomaly::FracturedChain,
            Anomaly::PhantomVersion,
            Anomaly::StaleRead,
            Anomaly::FutureRead,
            Anomaly::WriteOrder,
            Anomaly::WrongValue,
            Anomaly::NoOrder,
        ];
        if let Some(said) = self.anomaly(view, &others) {
            return said;
        }
        let read = view.round.after.last().and_then(|id| view.exchange(*id));
        if !read.is_some_and(Exchange::succeeded) {
            return RoundResult::Open("the read after the race was not answered with an appointment".to_owned());
        }
        if read.is_some_and(|read| view.is_behind(read)) {
            return RoundResult::Open("the last read after the race still shows the version before it".to_owned());
        }
        // Another anomaly hides what comes after it.
        match view.checked.first() {
            Some(Checked::Undecided(why)) => RoundResult::Open(why.clone()),
            Some(Checked::Violated(_)) => RoundResult::Nothing,
            Some(Checked::Holds) | None => RoundResult::Kept,
        }
    }

    fn whole_patches(&self, view: &RoundView<'_>) -> RoundResult {
        let Some(history) = view.histories.first() else { return RoundResult::Nothing };
        let written =
            |value: &String| history.lines.iter().any(|line| line.op != Op::Get && line.value.as_ref() == Some(value));
        let reads = || history.lines.iter().filter(|line| line.op == Op::Get && line.status == Some(200));
        for line in reads() {
            let Some(value) = &line.value else { continue };
            if history.value.as_ref() != Some(value) && !written(value) {
                return RoundResult::Broken(BrokenRound {
                    verdict: self.breach().into(),
                    expected: "every read to show the appointment before a patch or after all of it".to_owned(),
                    found: format!("a read shows {value}, which is neither"),
                    exchange: line.exchange,
                    notes: vec![tell(line)],
                });
            }
        }
        if reads().next().is_some() { RoundResult::Kept } else { RoundResult::Nothing }
    }

    fn patched_again(&self, view: &RoundView<'_>) -> RoundResult {
        let Some(then) = view.round.then.and_then(|id| view.exchange(id)) else { return RoundResult::Nothing };
        let conflict = |(_, status): (&Exchange, StatusCode)| matches!(status.get(), 409 | 412 | 423);
        match then.status() {
            Some(status) if status.is_success() && view.losers().any(conflict) => RoundResult::Kept,
            Some(status) if status.is_success() => {
                RoundResult::Open("no writer was rejected for its version, so none had to read again".to_owned())
            }
            Some(status) if matches!(status.get(), 409 | 412 | 423) => RoundResult::Broken(BrokenRound {
                verdict: self.breach().into(),
                expected: "the version read after the race to be accepted".to_owned(),
                found: status.to_string(),
                exchange: Some(then.id),
                notes: vec![told(view, then)],
            }),
            Some(status) => RoundResult::Open(format!("the patch after the race was answered {status}")),
            None => RoundResult::Open("the patch after the race got no answer".to_owned()),
        }
    }

    fn independent(&self, view: &RoundView<'_>) -> RoundResult {
        let all = view.writes.iter().filter_map(|(write, _)| Some((*write, write.status()?)));
        let refused = all.clone().find(|(_, status)| !status.is_success());
        let won = all.filter(|(_, status)| status.is_success()).count();
        match (view.race.contest, refused) {
            (Contest::Slot, _) if won > 1 => RoundResult::Broken(BrokenRound {
                verdict: Verdict::Warn,
                expected: "one slot to be given to one appointment".to_owned(),
                found: format!("{won} appointments were booked on it"),
                exchange: view.writes.last().map(|(write, _)| write.id),
                notes: view.writes.iter().map(|(write, _)| told(view, write)).take(Witness::MOST).collect(),
            }),
            (Contest::Nothing, Some((write, status))) => RoundResult::Broken(BrokenRound {
                verdict: Verdict::Warn,
                expected: "patches of different appointments not to disturb each other".to_owned(),
                found: status.to_string(),
                exchange: Some(write.id),
                notes: Vec::new(),
            }),
            _ if view.clouded() => RoundResult::Open("an answer was lost or says nothing".to_owned()),
            _ => RoundResult::Kept,
        }
    }

    fn lock_has_reason(&self, view: &RoundView<'_>) -> RoundResult {
        let locked = |id: ExchangeId| {
            view.exchange(id).is_some_and(|exchange| exchange.status().is_some_and(|status| status.get() == 423))
        };
        if let Some(said) = self.anomaly(view, &[Anomaly::LockedForNoReason]) {
            return said;
        }
        if view.round.exchanges().any(locked) { RoundResult::Kept } else { RoundResult::Nothing }
    }
}

/// What became of a writer that was refused as locked and tried again (CONC-08).
fn retried(view: &RoundView<'_>) -> RoundResult {
    let reply = view.round.retried.and_then(|id| view.exchange(id)).and_then(Exchange::status);
    match reply {
        Some(status) => RoundResult::Noted(format!("a writer that was refused as locked tried again and got {status}")),
        None => RoundResult::Noted("no writer was refused as locked".to_owned()),
    }
}
