//! Whether a target lets a run in at all: what was rejected at the first try is asked for a few times more.

use super::evidence::{Evidence, Exchange, Purpose};
use super::halt::Halt;
use super::lane::Driver;
use super::pool::FixtureSource;
use super::rejection::{ENOUGH, is_asking, rejection};
use super::session::StopReason;
use crate::suite::scenario::Fixture;

impl Driver {
    /// After the first appointment could not be had: asks for others, and ends the run where all of them are rejected
    /// alike. `others` are set aside for other lanes, and are only read.
    ///
    /// # Errors
    /// The run has to stop.
    pub(super) async fn knock(&mut self, others: Vec<FixtureSource>, earlier: &Evidence) -> Result<(), Halt> {
        let is_rejected = |exchange: &Exchange| rejection(exchange).is_some();
        if !self.exchanges.last().is_some_and(is_rejected) {
            return Ok(());
        }
        let mut listed = others.iter().filter_map(|source| match source {
            FixtureSource::Listed(id) => Some(id.to_string()),
            FixtureSource::Make(_) => None,
        });
        let mut makes =
            self.session().pool.creatable().into_iter().filter(|state| *state != Fixture::Deleted).rev().cycle();
        let mut left_for_making = makes.clone().take(2).count();
        let mut asked = 1;
        while asked < ENOUGH {
            asked += 1;
            let had = match listed.next() {
                Some(id) => self.is_read(id).await?,
                None if left_for_making > 0 => {
                    left_for_making -= 1;
                    let Some(state) = makes.next() else { break };
                    self.is_made(state).await?
                }
                None => break,
            };
            if had {
                return Ok(());
            }
        }
        // That a search is let in says nothing of appointments.
        let counts = |exchange: &&Exchange| {
            is_asking(exchange) && (exchange.purpose != Purpose::Search || is_rejected(exchange))
        };
        let asked: Vec<&Exchange> = self.exchanges.iter().filter(counts).collect();
        let Some(last) = asked.last().filter(|_| asked.iter().all(|exchange| is_rejected(exchange))) else {
            return Ok(());
        };
        let path = last.request.url.strip_prefix(self.session().base_url.as_str()).unwrap_or(&last.request.url);
        let what = self.session().status_and_reason(last.received());
        let cookie = earlier.exchanges.iter().chain(&self.exchanges).any(sets_cookie);
        let cookie = if cookie { "; a response set a cookie, and patchproof sends none back" } else { "" };
        let sentence = format!(
            "no appointment could be had: every request for one was rejected ({} of {}); {} {path} gave {what}{cookie}",
            asked.len(),
            asked.len(),
            last.request.method
        );
        self.session().stop_at_dead_end(StopReason::ShutOut, sentence);
        Ok(())
    }

    async fn is_read(&mut self, id: String) -> Result<bool, Halt> {
        let outgoing = self.courier.read_of(&id);
        let read = self.courier.send(outgoing, Purpose::Read, Some(id)).await?;
        Ok(rejection(self.exchange(read)).is_none())
    }

    async fn is_made(&mut self, state: Fixture) -> Result<bool, Halt> {
        match self.begin(FixtureSource::Make(state), state).await {
            Ok(()) => Ok(true),
            Err(Halt::Cannot(_)) => Ok(self.exchanges.last().is_none_or(|last| rejection(last).is_none())),
            Err(Halt::Stopped) => Err(Halt::Stopped),
        }
    }
}

fn sets_cookie(exchange: &Exchange) -> bool {
    exchange.received().is_some_and(|received| received.header("set-cookie").is_some())
}
