//! The acts of a lane: what is tried on one appointment, and then the step that controls it.

mod alone;
mod batch;
mod control;
mod opening;
mod positive;
mod step;

use std::collections::{BTreeMap, VecDeque};

use crate::execute::evidence::{ControlSeen, StepSeen};
use crate::plan::{Act, Advance, CaseIndex, Stepwise};

use super::{Driver, Effect, Halt};
use crate::execute::courier::MOST_SENT;
use batch::Ended;

impl Driver {
    /// One act: everything that is tried, then the step that controls it. Where the server failed over that step, the act
    /// is sent again on another appointment, and on a third (reading C-45).
    pub(super) async fn act(&mut self, act: &Act) -> Result<(), Halt> {
        self.hold_slots_for(act).await?;
        let mut tries_left = MOST_SENT.saturating_sub(1);
        loop {
            let mut tried = Vec::new();
            let done = match self.try_all(act, &mut tried).await {
                Ok(()) => self.close(act, &mut tried, tries_left > 0).await,
                Err(halt) => Err(halt),
            };
            // What was sent stays in the evidence, whatever kept the lane from its reads and its control.
            match done {
                Ok(Ended::Whole) => return Ok(()),
                Ok(Ended::WithoutControl) => {
                    let lost = "the request that controls it failed for another reason, so it was tried again";
                    self.keep_tried(act, &mut tried, &Halt::Cannot(lost.to_owned()));
                    self.fresh_for(act).await?;
                    tries_left -= 1;
                }
                Err(halt) => {
                    self.keep_tried(act, &mut tried, &halt);
                    return Err(halt);
                }
            }
        }
    }

    /// Sends the refusals and looks of an act. Those whose reads and control are still to come are added to `tried`.
    async fn try_all(&mut self, act: &Act, tried: &mut Vec<(CaseIndex, StepSeen)>) -> Result<(), Halt> {
        let plan = self.session.plan.clone();
        let mut queue: VecDeque<CaseIndex> = act.tries.iter().copied().collect();
        let mut rounds = 0usize;
        let mut failed_over: BTreeMap<CaseIndex, u32> = BTreeMap::new();
        while let Some(index) = queue.pop_front() {
            let Some(case) = plan.stepwise(index) else { continue };
            self.holder.courier.present = Some(index);
            let effect = match self.try_watched(case).await {
                Ok(effect) => effect,
                Err(halt) => {
                    self.keep(case, None, act.state, false, Vec::new(), &halt);
                    match halt {
                        Halt::Stopped => return Err(halt),
                        Halt::Cannot(_) => continue,
                    }
                }
            };
            if !effect.suspicious {
                tried.push((index, effect.step));
                continue;
            }
            let sent = effect.step.exchange;
            if !self.look_at(case, act, effect).await? {
                continue;
            }
            // The response to it is not known: it is asked for again, on another appointment and on a third (C-45).
            let times = failed_over.entry(index).or_default();
            if self.failed_over_changed(sent) && *times + 1 < MOST_SENT {
                *times += 1;
                queue.push_back(index);
            }
            rounds += 1;
            // What was refused before it has lost its reads and its control: it is tried again, after the rest.
            queue.extend(tried.iter().map(|(index, _)| *index));
            let changed = Halt::Cannot("a request after it changed the appointment, so it was tried again".to_owned());
            self.keep_tried(act, tried, &changed);
            if rounds > act.tries.len() + 1 + failed_over.values().map(|times| *times as usize).sum::<usize>() {
                return Err(Halt::Cannot("the appointment changes with every request".to_owned()));
            }
            if !queue.is_empty() || act.advance != Advance::End {
                self.fresh_for(act).await?;
            }
        }
        Ok(())
    }

    /// Reads the appointment after a request that may have changed it, and records the case; whether it did change.
    async fn look_at(&mut self, case: Stepwise<'_>, act: &Act, effect: Effect) -> Result<bool, Halt> {
        let mut step = effect.step;
        let before = step.before;
        let read = self.read().await;
        if let Ok(after) = read {
            (step.first_after, step.after) = (Some(after), Some(after));
        }
        let control = ControlSeen::Missing("the request was not refused".to_owned());
        self.record(case, None, act.state, false, vec![step], control);
        let after = read?;
        Ok(effect.accepted || !self.same(before, Some(after)))
    }

    /// Records what was tried and has lost its reads and its control.
    fn keep_tried(&mut self, act: &Act, tried: &mut Vec<(CaseIndex, StepSeen)>, halt: &Halt) {
        let plan = self.session.plan.clone();
        for (index, step) in tried.drain(..) {
            if let Some(case) = plan.stepwise(index) {
                self.keep(case, None, act.state, false, vec![step], halt);
            }
        }
    }
}
