//! The first step of a run: whether the plain documented PATCH is accepted, has its effect, and with which entity tag.

use crate::execute::courier::pause;
use crate::execute::evidence::{ExchangeId, Purpose, Reply, Response};
use crate::plan::{Act, Advance, KnownTag, Precondition, RequestTemplate};
use crate::suite::scenario::Fixture;

use super::super::{Driver, Halt};

/// What the first PATCH came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Opening {
    /// Accepted, and read back.
    Accepted,
    /// A passing outage, or something else that says nothing yet.
    Passing,
    /// The version was not accepted.
    TagRejected,
    /// Not accepted in any other way, in words.
    Rejected(String),
}

impl Driver {
    /// Sends what leads on from the first act of a run. Where a plain PATCH is not accepted, the headline of the run says so.
    pub(super) async fn open_with(&mut self, act: &Act) -> Result<Option<ExchangeId>, Halt> {
        /// How often a request that meets an outage is sent at most.
        const MOST: u32 = 3;
        let (Some(to), Some(_)) = (act.advance.to().and_then(Fixture::status), act.state.status()) else {
            return self.lead_on(act).await;
        };
        let plain = self.leads_plainly(act);
        let certain = plain || matches!(act.advance, Advance::Case { certain: true, .. });
        let mut control = self.lead_on(act).await?;
        let mut sent = 1;
        while let Some(id) = control
            && certain
            && self.opening_of(id, to.code()) == Opening::Passing
            && sent < MOST
        {
            sent += 1;
            self.session.pause(pause(&self.exchange(id).reply).unwrap_or_default()).await?;
            control = self.lead_on(act).await?;
        }
        let Some(first) = control.filter(|_| certain) else { return Ok(control) };
        // The case may ask for more than the documented change: then its control decides.
        let first = if plain { first } else { self.in_its_place().unwrap_or(first) };
        match self.opening_of(first, to.code()) {
            Opening::Accepted => {}
            Opening::Passing => self.give_up(format!("the plain PATCH {}", self.outcome_of(first))),
            Opening::Rejected(what) => self.give_up(format!("the plain PATCH {what}")),
            Opening::TagRejected => self.try_without_tag(act, first, to.code()).await?,
        }
        Ok(control)
    }

    /// The version may be at fault: the same without If-Match, or, where the edition demands one, with its strong form.
    async fn try_without_tag(&mut self, act: &Act, first: ExchangeId, to: &str) -> Result<(), Halt> {
        let vendor = self.session.plan.edition.is_vendor();
        let (precondition, other) = if vendor {
            (Precondition::Tag(KnownTag::Strong), "the strong form of the tag")
        } else {
            (Precondition::Absent, "no If-Match")
        };
        let tag = self.exchange(first).sent_header("if-match").unwrap_or("absent").to_owned();
        let request = self.plain_request(act);
        let again = self.write_with(&request, precondition, Purpose::Control).await;
        let first = self.outcome_of(first);
        match again {
            Ok(id) if self.opening_of(id, to) == Opening::Accepted => {
                self.session.set_headline(format!(
                    "no PATCH was accepted with the version read: If-Match {tag} {first}, and with {other} the same request \
                     was accepted"
                ));
            }
            Ok(_) | Err(Halt::Cannot(_)) => self.give_up(format!("the plain PATCH {first}")),
            Err(halt) => return Err(halt),
        }
        Ok(())
    }

    /// The headline, and the end of the run.
    fn give_up(&self, what: String) {
        self.session.set_headline(format!("no PATCH was accepted; {what}"));
        self.session.stop_not_accepted();
    }

    fn leads_plainly(&self, act: &Act) -> bool {
        match act.advance {
            Advance::End => false,
            Advance::Plain { .. } => true,
            Advance::Case { case, .. } => self.session.plan.stepwise(case).is_some_and(|case| case.is_plain()),
        }
    }

    fn plain_request(&self, act: &Act) -> RequestTemplate {
        self.session.plan.routes.plain_step(act.state, act.advance.to().unwrap_or(act.state))
    }

    /// What a response, and the read after it, say of the first PATCH.
    fn opening_of(&self, id: ExchangeId, to: &str) -> Opening {
        let held = self.status().map_or("none", |status| status.code());
        let received = match &self.exchange(id).reply {
            // Whatever the response says, the plain PATCH was carried out, and is never sent again.
            Reply::Lost(_) | Reply::Received(_) if held == to => return Opening::Accepted,
            Reply::Lost(_) => return Opening::Passing,
            Reply::Received(received) => received,
        };
        match received.status.get() {
            200..=299 if held != "none" => {
                let found = held;
                Opening::Rejected(format!("{}, and the status is still {found}", self.outcome_of(id)))
            }
            200..=299 => Opening::Accepted,
            // Someone else holds it, or something it depends on failed: that is for the cases to say.
            423 | 424 => Opening::Accepted,
            429 | 502 | 503 | 504 => Opening::Passing,
            409 | 412 => Opening::TagRejected,
            _ => Opening::Rejected(self.outcome_of(id)),
        }
    }

    /// What became of a request, as a clause.
    fn outcome_of(&self, id: ExchangeId) -> String {
        match &self.exchange(id).reply {
            Reply::Lost(lost) => format!("got no response ({})", lost.message),
            Reply::Received(received) => as_clause(received),
        }
    }
}

/// A response as a clause: its code, what kind of body it has, where it leads.
fn as_clause(received: &Response) -> String {
    let kind = received.header("content-type").filter(|_| !received.body.is_empty());
    let kind = kind.and_then(|kind| kind.split(';').next()).map(|kind| format!(" with a body of {}", kind.trim()));
    let location = received.status.get() / 100 == 3 && received.header("location").is_some();
    let redirected = if location { ", a redirect (never followed)" } else { "" };
    format!("got {}{redirected}{}", received.status, kind.unwrap_or_default())
}
