//! Sends a list of steps to a fresh appointment, reads it back after every write, and reads a bystander around them.

use super::super::evidence::{
    Block, Bystander, Exchange, ExchangeId, FixtureUse, ListStep, ListTrial, Purpose, StepResult, StepSeen, TagOrigin,
};
use super::super::panics::caught;
use super::super::pool::FixtureSource;
use super::{Driver, Halt, Watched};
use crate::plan::{Bindings, DrawnStep};
use crate::suite::scenario::Fixture;
use crate::words::fhir::{AppointmentStatus, StatusCode};

impl Driver {
    /// Sends the steps, on the appointment given or on any that is left in the state, and gives what was sent of them
    /// however far the list got. All exchanges of the lane are then those of the list.
    pub async fn list(
        &mut self,
        start: Fixture,
        origin: Option<FixtureSource>,
        number: u32,
        drawn: Vec<DrawnStep>,
    ) -> (ListTrial, Vec<Exchange>, Option<Halt>) {
        self.exchanges.clear();
        let mut list = ListTrial {
            number,
            rerun: false,
            block: Block { first: 0, count: 0 },
            appointment: None,
            start: None,
            steps: drawn.into_iter().map(|drawn| ListStep { drawn, seen: StepResult::NotReached }).collect(),
            control: None,
            bystander: None,
            halted: None,
        };
        let ended = caught(self.lead_list(start, origin, &mut list)).await;
        let halt = ended.unwrap_or_else(|reason| Err(Halt::Cannot(reason))).err();
        self.leave();
        self.place_last(&mut list);
        list.halted = halt.as_ref().map(|halt| match halt {
            Halt::Stopped => self.session.why_stopped().to_owned(),
            Halt::Cannot(reason) => reason.clone(),
        });
        let exchanges = std::mem::take(&mut self.exchanges);
        list.block.count = u32::try_from(exchanges.len()).unwrap_or(u32::MAX);
        (list, exchanges, halt)
    }

    /// A request that was sent just before the harness failed belongs to the step that comes next.
    fn place_last(&self, list: &mut ListTrial) {
        let known: Vec<ExchangeId> = list.sent().map(|(_, seen)| seen.exchange).collect();
        let last = self.exchanges.iter().rfind(|exchange| exchange.purpose == Purpose::Try);
        let next = list.steps.iter_mut().find(|step| step.seen == StepResult::NotReached);
        if let (Some(exchange), Some(step)) = (last.filter(|last| !known.contains(&last.id)), next) {
            step.seen = StepResult::Sent(StepSeen {
                exchange: exchange.id,
                before: None,
                first_after: None,
                after: None,
                bindings: Bindings::default(),
                tag: TagOrigin::Other,
            });
        }
    }

    async fn lead_list(
        &mut self,
        start: Fixture,
        origin: Option<FixtureSource>,
        list: &mut ListTrial,
    ) -> Result<(), Halt> {
        self.watch_again().await?;
        list.bystander = self.watched();
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
        list.appointment = Some(self.living()?.id.clone());
        list.start = Some(self.living()?.read);
        for step in &mut list.steps {
            match self.drawn_step(step).await {
                Ok(()) => {}
                Err(Halt::Cannot(reason)) => {
                    if step.seen == StepResult::NotReached {
                        step.seen = StepResult::Skipped(reason);
                    }
                }
                Err(Halt::Stopped) => return Err(Halt::Stopped),
            }
        }
        if let Some(last) = list.sent().map(|(_, seen)| seen.exchange).last() {
            list.control = self.control_of_list(last, start).await?;
        }
        if let Some(bystander) = self.look_aside().await? {
            list.bystander = Some(bystander);
        }
        Ok(())
    }

    /// The plain documented PATCH behind a list whose last write was rejected (design section 4.3); nothing where none leads
    /// on from the state of the appointment.
    async fn control_of_list(&mut self, last: ExchangeId, start: Fixture) -> Result<Option<ExchangeId>, Halt> {
        let mut writes =
            self.exchanges.iter().filter(|exchange| exchange.purpose == Purpose::Try && exchange.is_patch());
        let rejected = writes.next_back().and_then(Exchange::status).is_some_and(StatusCode::is_client_error);
        let now = self.status().map_or(start, Fixture::of);
        let way_on = self.session.plan.routes.plain_way_on(now, now);
        let Some(request) = way_on.filter(|_| rejected) else { return Ok(None) };
        if request.slots() > 0 && self.need_slot().await.is_err() {
            return Ok(None);
        }
        match self.write(&request, Purpose::Control).await {
            Ok(id) => Ok(Some(id)),
            Err(Halt::Cannot(_)) => Ok(self
                .exchanges
                .iter()
                .rfind(|one| one.purpose == Purpose::Control && one.id > last)
                .map(|one| one.id)),
            Err(Halt::Stopped) => Err(Halt::Stopped),
        }
    }

    /// Sends one step. What was sent is noted even where the list cannot go on after it.
    async fn drawn_step(&mut self, ListStep { drawn, seen }: &mut ListStep) -> Result<(), Halt> {
        let edition = self.session.plan.edition;
        let step = drawn.step(edition);
        if step.request.slots() > 0 {
            self.need_slot().await?;
        }
        self.cut_off = None;
        let effect = match self.step(&step, Purpose::Try).await {
            Ok(effect) => effect,
            Err(halt) => {
                if let Some(sent) = self.cut_off.take() {
                    *seen = StepResult::Sent(sent);
                }
                return Err(halt);
            }
        };
        let mut sent = effect.step;
        if self.exchange(sent.exchange).request.method == "GET" {
            let read = self.exchange(sent.exchange).succeeded().then_some(sent.exchange);
            (sent.first_after, sent.after) = (read, read);
            *seen = StepResult::Sent(sent);
            return Ok(());
        }
        *seen = StepResult::Sent(sent.clone());
        // A vendor's read may lag behind for a moment; a plain server does what its document says, which may be anything.
        let to: Option<AppointmentStatus> = if edition.is_vendor() { step.request.status_set() } else { None };
        *seen = StepResult::Sent(self.after_write(&sent, effect.accepted, to.map(Fixture::of)).await?);
        Ok(())
    }

    /// Makes sure that there is a bystander. Where no appointment is left for it, the steps do without.
    pub(in crate::execute) async fn watch(&mut self) -> Result<(), Halt> {
        if self.bystander.is_some() {
            return Ok(());
        }
        let home = [Fixture::Booked, Fixture::Proposed];
        let Some((start, origin)) = home.into_iter().find_map(|state| Some((state, self.session.pool.take(state)?)))
        else {
            return Ok(());
        };
        let (id, made) = match origin {
            FixtureSource::Listed(id) => (id, false),
            FixtureSource::Make(state) => match self.make(state).await {
                Ok(id) => (id, true),
                Err(Halt::Cannot(_)) => return Ok(()),
                Err(halt) => return Err(halt),
            },
        };
        let read = self.read_other(id.as_str()).await?;
        if self.exchange(read).succeeded() {
            self.fixtures.push(FixtureUse { id: id.to_string(), start, made, left: None, end: None });
            self.bystander = Some(Watched { id: id.to_string(), seen: read });
        }
        Ok(())
    }

    /// Makes sure that there is a bystander, and reads it among the exchanges that begin now.
    pub(super) async fn watch_again(&mut self) -> Result<(), Halt> {
        match self.bystander.take() {
            None => self.watch().await,
            Some(Watched { id, .. }) => {
                let seen = self.read_other(&id).await?;
                self.bystander = Some(Watched { id, seen });
                Ok(())
            }
        }
    }

    /// The bystander as long as it was not read again.
    fn watched(&self) -> Option<Bystander> {
        let Watched { id, seen } = self.bystander.as_ref()?;
        Some(Bystander { id: id.clone(), before: *seen, after: None })
    }

    /// Reads the bystander again. One that changed is given up: the next list has another.
    pub(in crate::execute) async fn look_aside(&mut self) -> Result<Option<Bystander>, Halt> {
        let Some(Watched { id, seen: before }) = self.bystander.take() else { return Ok(None) };
        let after = self.read_other(&id).await?;
        let body = |id: ExchangeId| self.exchange(id).received().and_then(|received| received.body.json());
        if body(after) == body(before) {
            self.bystander = Some(Watched { id: id.clone(), seen: after });
        }
        Ok(Some(Bystander { id, before, after: Some(after) }))
    }

    /// Reads the bystander between two steps that may both have changed it.
    pub(super) async fn look_between(&mut self) -> Result<(), Halt> {
        let id = self.bystander.as_ref().map(|bystander| bystander.id.clone());
        match id {
            Some(id) => self.read_other(&id).await.map(|_| ()),
            None => Ok(()),
        }
    }

    pub(super) async fn read_other(&mut self, id: &str) -> Result<ExchangeId, Halt> {
        let outgoing = self.courier.read_of(id);
        self.courier.send(outgoing, Purpose::Read, Some(id.to_owned())).await
    }

    /// Adds the appointments used to a list, and forgets them.
    pub(in crate::execute) fn hand_over(&mut self, fixtures: &mut Vec<FixtureUse>) {
        fixtures.append(&mut self.fixtures);
    }
}
