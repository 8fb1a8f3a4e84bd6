//! Generated sequences against a target: walkers that send one list after another, sharing the run's client and budget.

use std::sync::Arc;

use super::evidence::FixtureUse;
use super::lane::{Driver, Halt};
use super::pool::Origin;
use super::session::Session;
use super::trail::Trail;
use crate::plan::Step;
use crate::suite::scenario::Fixture;

/// One worker with a bystander of its own.
pub struct Walker {
    driver: Driver,
    used: Vec<FixtureUse>,
}

/// An appointment set aside for a sequence, so that which one it gets does not depend on which walker is faster.
#[derive(Debug, Clone)]
pub struct Reserved(Option<Origin>);

impl Reserved {
    /// None: the list takes what is left.
    pub const fn none() -> Reserved {
        Reserved(None)
    }
}

/// Why a list could not be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Halted {
    /// The run has to stop: interrupted, out of time, or out of requests.
    Stopped(String),
    /// No appointment could be had.
    NoFixture(String),
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

    /// Sends a list of steps to the appointment set aside, or to another one in the same state.
    ///
    /// # Errors
    /// The run has to stop, or no appointment is left.
    pub async fn walk(&mut self, start: Fixture, reserved: Reserved, steps: &[Step]) -> Result<Trail, Halted> {
        let result = self.driver.sequence(start, reserved.0, steps).await;
        self.driver.hand_over(&mut self.used);
        result.map(|trail| self.driver.session().secrets.nowhere(trail)).map_err(|halt| match halt {
            Halt::Stopped => Halted::Stopped(self.driver.session().why_stopped().to_owned()),
            Halt::Cannot(reason) => Halted::NoFixture(reason),
        })
    }

    /// The appointments used so far.
    pub fn used(self) -> Vec<FixtureUse> {
        self.used
    }
}
