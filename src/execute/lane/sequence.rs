//! Sends a list of steps to a fresh appointment, reads it back after every write, and reads a bystander at the end.

use super::super::evidence::{Exchange, ExchangeId, FixtureUse, Purpose};
use super::super::pool::Origin;
use super::super::trail::{Bystander, Trail, Trod};
use super::{Driver, Halt};
use crate::plan::Step;
use crate::suite::scenario::Fixture;
use crate::words::fhir::AppointmentStatus;

/// An appointment that is watched and never addressed.
#[derive(Debug, Clone)]
pub(in crate::execute) struct Watched {
    pub id: String,
    /// The last read of it.
    seen: Exchange,
}

impl Driver {
    /// Sends the steps, on the appointment given or on any that is left in the state.
    pub async fn sequence(&mut self, start: Fixture, origin: Option<Origin>, steps: &[Step]) -> Result<Trail, Halt> {
        self.exchanges.clear();
        self.watch().await?;
        self.exchanges.clear();
        let origin = origin.or_else(|| self.session.pool.take_alike(start));
        let begun = match origin {
            Some(origin) => self.begin(origin, start).await,
            None => Err(Halt::Cannot(String::new())),
        };
        match begun {
            Ok(()) => {}
            Err(Halt::Stopped) => return Err(Halt::Stopped),
            // One that is listed, or one that can be led to the state.
            Err(Halt::Cannot(_)) => self.fresh(start, false).await?,
        }
        let appointment = self.living()?.id.clone();
        let first = self.living()?.read;
        let mut trod = Vec::new();
        for step in steps {
            match self.tread(step).await {
                Ok(seen) => trod.push(seen),
                Err(Halt::Cannot(reason)) => trod.push(Trod::Skipped(reason)),
                Err(Halt::Stopped) => return Err(Halt::Stopped),
            }
        }
        let bystander = self.look_aside().await?;
        self.leave();
        Ok(Trail { appointment, exchanges: std::mem::take(&mut self.exchanges), start: first, steps: trod, bystander })
    }

    async fn tread(&mut self, step: &Step) -> Result<Trod, Halt> {
        if step.request.slots() > 0 {
            self.need_slot().await?;
        }
        let effect = self.step(step, Purpose::Try).await?;
        let mut seen = effect.step;
        if self.exchange(seen.exchange).request.method == "GET" {
            let read = self.exchange(seen.exchange).succeeded().then_some(seen.exchange);
            (seen.first_after, seen.after) = (read, read);
            return Ok(Trod::Sent(seen));
        }
        // A vendor's read may lag behind for a moment; a plain server does what its document says, which may be anything.
        let vendor = self.session.plan.edition.is_vendor();
        let to: Option<AppointmentStatus> = if vendor { step.request.status_set() } else { None };
        self.after_write(&seen, effect.accepted, to.map(Fixture::of)).await.map(Trod::Sent)
    }

    /// Makes sure that there is a bystander. Where no appointment is left for it, the sequence does without.
    pub(in crate::execute) async fn watch(&mut self) -> Result<(), Halt> {
        if self.bystander.is_some() {
            return Ok(());
        }
        let home = [Fixture::Booked, Fixture::Proposed];
        let Some((start, origin)) = home.into_iter().find_map(|own| Some((own, self.session.pool.take(own)?))) else {
            return Ok(());
        };
        let (id, made) = match origin {
            Origin::Listed(id) => (id, false),
            Origin::Make(state) => match self.make(state).await {
                Ok(id) => (id, true),
                Err(Halt::Cannot(_)) => return Ok(()),
                Err(halt) => return Err(halt),
            },
        };
        let exchange = self.read_other(&id).await?;
        if self.exchange(exchange).succeeded() {
            self.fixtures.push(FixtureUse { id: id.clone(), start, made, left: None });
            self.bystander = Some(Watched { id, seen: self.exchange(exchange).clone() });
        }
        Ok(())
    }

    /// Reads the bystander again. One that changed is given up: the next sequence has another.
    pub(in crate::execute) async fn look_aside(&mut self) -> Result<Option<Bystander>, Halt> {
        let Some(watched) = self.bystander.take() else { return Ok(None) };
        let id = self.read_other(&watched.id).await?;
        let after = self.exchange(id).clone();
        let body = |exchange: &Exchange| exchange.received().and_then(|received| received.body.json());
        if body(&after) == body(&watched.seen) {
            self.bystander = Some(Watched { id: watched.id.clone(), seen: after.clone() });
        }
        Ok(Some(Bystander { id: watched.id, before: Box::new(watched.seen), after: Box::new(after) }))
    }

    async fn read_other(&mut self, id: &str) -> Result<ExchangeId, Halt> {
        let outgoing = self.courier.read_of(id);
        self.courier.send(outgoing, Purpose::Read, Some(id.to_owned())).await
    }

    /// Adds the appointments used to a list, and forgets them.
    pub(in crate::execute) fn hand_over(&mut self, fixtures: &mut Vec<FixtureUse>) {
        fixtures.append(&mut self.fixtures);
    }
}
