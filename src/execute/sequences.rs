//! Generated lists against a target: walkers that send one list after another, sharing the run's client and budget.

use std::sync::Arc;

use super::evidence::{Evidence, FixtureUse, Trial, TrialKind};
use super::lane::{Driver, Halt};
use super::pool::FixtureSource;
use super::session::Session;
use crate::plan::{CaseId, DrawnStep};
use crate::suite::scenario::Fixture;

/// One worker with a bystander.
pub struct Walker {
    driver: Driver,
    used: Vec<FixtureUse>,
}

/// An appointment set aside for a list, so that which one it gets does not depend on which walker is faster.
#[derive(Debug, Clone)]
pub struct Reserved(Option<FixtureSource>);

impl Reserved {
    /// None: the list takes what is left.
    pub const fn none() -> Reserved {
        Reserved(None)
    }
}

/// What became of a list that was to be sent.
#[derive(Debug, Clone)]
pub struct Walked {
    /// What was sent of it: one trial with its exchanges, or nothing.
    pub evidence: Evidence,
    /// Why the list was not sent to its end; then no other list can be sent either.
    pub halted: Option<String>,
}

impl Walker {
    pub(super) fn new(session: &Arc<Session>, number: u32) -> Walker {
        Walker { driver: Driver::new(session.clone(), number), used: Vec::new() }
    }

    /// Sets an appointment aside.
    pub fn reserve(&self, start: Fixture) -> Reserved {
        Reserved(self.driver.pool().take_alike(start))
    }

    /// How many appointments in a state are left; `None` where they can be made.
    pub fn left(&self, start: Fixture) -> Option<usize> {
        self.driver.pool().left(start)
    }

    /// Sends list `number` of a case to the appointment set aside, or to another one in the same state.
    pub async fn walk(
        &mut self,
        case: &CaseId,
        number: u32,
        start: Fixture,
        reserved: Reserved,
        drawn: Vec<DrawnStep>,
    ) -> Walked {
        let (list, exchanges, halt) = self.driver.list(start, reserved.0, number, drawn).await;
        self.driver.hand_over(&mut self.used);
        let halted = halt.map(|halt| match halt {
            Halt::Stopped => self.driver.session().why_stopped().to_owned(),
            Halt::Cannot(reason) => reason,
        });
        let mut evidence = Evidence::default();
        if !exchanges.is_empty() {
            evidence.trials.push(Trial { case: case.clone(), lane: self.driver.lane(), kind: TrialKind::List(list) });
            evidence.exchanges = exchanges;
        }
        Walked { evidence, halted }
    }

    /// The appointments used so far.
    pub fn used(self) -> Vec<FixtureUse> {
        self.used
    }
}
