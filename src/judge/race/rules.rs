//! What each requirement asks of one round of a race.

use super::history::etag;
use super::view::{View, told};
use super::{Broken, Judge, Said};
use crate::execute::evidence::{Exchange, ExchangeId};
use crate::judge::history::{Anomaly, Witness};
use crate::judge::lines::{Checked, Op, tell};
use crate::judge::verdict::Verdict;
use crate::suite::contract::Grade;
use crate::suite::contract::roles;
use crate::suite::scenario::{Contest, RaceRule};

impl Judge<'_> {
    pub(super) fn one_winner(&self, view: &View<'_>) -> Said {
        let winners = view.winners();
        if let Some(second) = winners.get(1) {
            let mut tags: Vec<Option<&str>> = winners.iter().map(|winner| etag(winner)).collect();
            tags.sort_unstable();
            tags.dedup();
            let stayed = view.race.version_may_stay && tags.len() == 1;
            let verdict = if stayed { Verdict::Warn } else { self.breach().into() };
            let witness = self.witness(view, &[Anomaly::TwoWinners, Anomaly::LostUpdate, Anomaly::VersionReused]);
            let notes = witness
                .unwrap_or_else(|| winners.iter().take(Witness::MOST).map(|winner| told(view, winner)).collect());
            return Said::Broken(Broken {
                verdict,
                expected: "at most one success for one version".to_owned(),
                found: format!("{} of {} writers of one version succeeded", winners.len(), view.writes.len()),
                exchange: Some(second.id),
                notes,
            });
        }
        // Where no requirement of the edition speaks of the codes of losers, this one does.
        let stands = |requirement: &crate::suite::contract::Requirement| {
            RaceRule::of(&requirement.id) == Some(RaceRule::LoserCodes)
                && requirement.standing(self.plan.edition).is_some()
        };
        if self.contract.requirements.iter().any(stands) { Said::Kept } else { self.loser_codes(view) }
    }

    pub(super) fn loser_codes(&self, view: &View<'_>) -> Said {
        let requirement = self.contract.requirement(self.id);
        let expectation = requirement.and_then(|requirement| {
            requirement
                .expectation(self.plan.edition, Some(roles::LOSERS))
                .or_else(|| requirement.expectation(self.plan.edition, None))
        });
        let Some(expectation) = expectation else { return Said::Nothing };
        let mut any = false;
        for (loser, status) in view.losers() {
            any = true;
            if expectation.grade(status) != Grade::Expected {
                return Said::Broken(Broken {
                    verdict: self.breach().into(),
                    expected: format!("{expectation} for a writer that lost"),
                    found: status.to_string(),
                    exchange: Some(loser.id),
                    notes: Vec::new(),
                });
            }
        }
        let has_winner = !view.winners().is_empty();
        match self.anomaly(view, &[Anomaly::FalseConflict]) {
            Some(said) if has_winner => said,
            _ if any || has_winner => Said::Kept,
            _ => Said::Nothing,
        }
    }

    pub(super) fn some_winner(&self, view: &View<'_>) -> Said {
        let won_later =
            self.views.iter().any(|other| other.round.round > view.round.round && !other.winners().is_empty());
        match (view.winners().is_empty(), view.clouded(), won_later) {
            (false, _, _) => Said::Kept,
            (true, true, _) => {
                Said::Open("an answer was lost or says nothing, so a winner may have gone unseen".to_owned())
            }
            (true, false, true) => Said::Nothing,
            (true, false, false) => Said::Broken(Broken {
                verdict: Verdict::Warn,
                expected: "one writer of several to succeed, now or in one more round".to_owned(),
                found: "none did".to_owned(),
                exchange: view.writes.first().map(|(write, _)| write.id),
                notes: Vec::new(),
            }),
        }
    }

    pub(super) fn final_state(&self, view: &View<'_>) -> Said {
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
            return Said::Open("the read after the race was not answered with an appointment".to_owned());
        }
        // Another anomaly hides what comes after it.
        match view.checked.first() {
            Some(Checked::Undecided(why)) => Said::Open(why.clone()),
            Some(Checked::Violated(_)) => Said::Nothing,
            Some(Checked::Holds) | None => Said::Kept,
        }
    }

    pub(super) fn whole_patches(&self, view: &View<'_>) -> Said {
        let Some(history) = view.histories.first() else { return Said::Nothing };
        let written =
            |value: &String| history.lines.iter().any(|line| line.op != Op::Get && line.value.as_ref() == Some(value));
        let reads = || history.lines.iter().filter(|line| line.op == Op::Get && line.status == Some(200));
        for line in reads() {
            let Some(value) = &line.value else { continue };
            if history.value.as_ref() != Some(value) && !written(value) {
                return Said::Broken(Broken {
                    verdict: self.breach().into(),
                    expected: "every read to show the appointment before a patch or after all of it".to_owned(),
                    found: format!("a read shows {value}, which is neither"),
                    exchange: line.exchange,
                    notes: vec![tell(line)],
                });
            }
        }
        if reads().next().is_some() { Said::Kept } else { Said::Nothing }
    }

    pub(super) fn patched_again(&self, view: &View<'_>) -> Said {
        let Some(then) = view.round.then.and_then(|id| view.exchange(id)) else { return Said::Nothing };
        match then.status() {
            Some(status) if status.is_success() => Said::Kept,
            Some(status) if matches!(status.get(), 409 | 412 | 423) => Said::Broken(Broken {
                verdict: self.breach().into(),
                expected: "the version read after the race to be accepted".to_owned(),
                found: status.to_string(),
                exchange: Some(then.id),
                notes: vec![told(view, then)],
            }),
            Some(status) => Said::Open(format!("the patch after the race was answered {status}")),
            None => Said::Open("the patch after the race got no answer".to_owned()),
        }
    }

    pub(super) fn independent(&self, view: &View<'_>) -> Said {
        let all = view.writes.iter().filter_map(|(write, _)| Some((*write, write.status()?)));
        let refused = all.clone().find(|(_, status)| !status.is_success());
        let won = all.filter(|(_, status)| status.is_success()).count();
        match (view.race.contest, refused) {
            (Contest::Slot, _) if won > 1 => Said::Broken(Broken {
                verdict: Verdict::Warn,
                expected: "one slot to be given to one appointment".to_owned(),
                found: format!("{won} appointments were booked on it"),
                exchange: view.writes.last().map(|(write, _)| write.id),
                notes: view.writes.iter().map(|(write, _)| told(view, write)).take(Witness::MOST).collect(),
            }),
            (Contest::Nothing, Some((write, status))) => Said::Broken(Broken {
                verdict: Verdict::Warn,
                expected: "patches of different appointments not to disturb each other".to_owned(),
                found: status.to_string(),
                exchange: Some(write.id),
                notes: Vec::new(),
            }),
            _ if view.clouded() => Said::Open("an answer was lost or says nothing".to_owned()),
            _ => Said::Kept,
        }
    }

    pub(super) fn lock_has_reason(&self, view: &View<'_>) -> Said {
        let locked = |id: ExchangeId| {
            view.exchange(id).is_some_and(|exchange| exchange.status().is_some_and(|status| status.get() == 423))
        };
        if let Some(said) = self.anomaly(view, &[Anomaly::LockedForNoReason]) {
            return said;
        }
        if view.round.exchanges().any(locked) { Said::Kept } else { Said::Nothing }
    }

    /// The witness as a breach, where it is of one of these kinds.
    fn anomaly(&self, view: &View<'_>, kinds: &[Anomaly]) -> Option<Said> {
        let notes = self.witness(view, kinds)?;
        let (witness, history) = view.violations().find(|(witness, _)| kinds.contains(&witness.anomaly))?;
        let last = witness.operations.last().and_then(|place| history.lines.get(*place));
        Some(Said::Broken(Broken {
            verdict: self.breach().into(),
            expected: "an order of the requests that explains every answer".to_owned(),
            found: format!("{}: {}", witness.anomaly.name(), witness.anomaly.why()),
            exchange: last.and_then(|line| line.exchange),
            notes,
        }))
    }

    /// The lines of a witness of one of these kinds.
    fn witness(&self, view: &View<'_>, kinds: &[Anomaly]) -> Option<Vec<String>> {
        let (witness, history) = view.violations().find(|(witness, _)| kinds.contains(&witness.anomaly))?;
        Some(witness.operations.iter().filter_map(|place| history.lines.get(*place)).map(tell).collect())
    }
}

/// What became of a writer that was refused as locked and tried again (CONC-08).
pub(super) fn retried(view: &View<'_>) -> Said {
    let answer = view.round.retried.and_then(|id| view.exchange(id)).and_then(Exchange::status);
    match answer {
        Some(status) => Said::Noted(format!("a writer that was refused as locked tried again and got {status}")),
        None => Said::Noted("no writer was refused as locked".to_owned()),
    }
}
