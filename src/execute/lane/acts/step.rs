//! One step on the appointment of the lane: the request filled in and sent.

use crate::execute::evidence::{Purpose, StepSeen};
use crate::execute::request;
use crate::plan::{Role, Step, Stepwise};
use crate::words::fhir::StatusCode;

use super::super::{Driver, Effect, Halt};

impl Driver {
    /// Sends the request of a refusal.
    pub(super) async fn try_once(&mut self, case: Stepwise<'_>) -> Result<Effect, Halt> {
        let purpose = if case.role == Role::Look { Purpose::Read } else { Purpose::Try };
        let Some(step) = case.steps.first() else { return Err(Halt::Cannot("the case has no step".to_owned())) };
        let mut effect = self.step(step, purpose).await?;
        if case.role == Role::Look {
            effect.suspicious = false;
        }
        Ok(effect)
    }

    /// As [`Driver::try_once`], with a look at the bystander before and after where the case names it.
    pub(super) async fn try_watched(&mut self, case: Stepwise<'_>) -> Result<Effect, Halt> {
        if !case.steps.iter().any(Step::names_bystander) {
            return self.try_once(case).await;
        }
        self.watch_again().await?;
        let effect = self.try_once(case).await?;
        match self.look_aside().await {
            Ok(Some(seen)) => drop(self.aside.insert(case.head.id.clone(), seen)),
            Ok(None) | Err(Halt::Cannot(_)) => {}
            Err(Halt::Stopped) => return Err(Halt::Stopped),
        }
        Ok(effect)
    }

    /// Fills in the request of a step and sends it.
    pub(in crate::execute::lane) async fn step(&mut self, step: &Step, purpose: Purpose) -> Result<Effect, Halt> {
        let known = self.known()?;
        let before = self.living()?.read;
        let bindings = self.bindings(&known);
        let (outgoing, tag) =
            request::fill(&step.request, &known, &bindings, self.session.door()).map_err(Halt::Cannot)?;
        let mark = self.exchanges.len();
        let step =
            |exchange| StepSeen { exchange, before: Some(before), first_after: None, after: None, bindings, tag };
        let exchange = match self.send_write(outgoing, purpose, known.id).await {
            Ok(exchange) => exchange,
            Err(halt) => {
                // It may have been sent, and only what comes after it could not be.
                let sent = self.exchanges.iter().skip(mark).rfind(|exchange| exchange.purpose == purpose);
                self.cut_off = sent.map(|exchange| step(exchange.id));
                return Err(halt);
            }
        };
        let seen = self.exchange(exchange);
        let accepted = seen.succeeded() && seen.request.method != "GET";
        // A rejection by the client's fault, or a redirect, has no effect on a sound server; anything else is looked at.
        let harmless = |status: StatusCode| status.is_client_error() || status.get() / 100 == 3;
        let suspicious = !seen.status().is_some_and(harmless);
        Ok(Effect { step: step(exchange), accepted, suspicious })
    }
}
