//! Whether a request that the CapabilityStatement declares is carried out (reading C-46).

use super::attempt::{AttemptJudge, StepRun};
use crate::execute::evidence::{Exchange, Response};
use crate::judge::check::{lists_json_patch, lists_patch};
use crate::judge::verdict::CheckResult;

impl<'e> AttemptJudge<'_, 'e> {
    /// Accepted and done, or no rule says that it has to be: a server may offer another kind of patch.
    pub fn works_as_declared(&self, run: StepRun<'_, 'e>, received: &Response) -> CheckResult {
        let status = received.status;
        let read = |id: Option<u32>| {
            let read = id.and_then(|id| self.index.exchange(id)).and_then(Exchange::received)?;
            self.index.bodies.json(&read.body)?.get("status")?.as_str().map(str::to_owned)
        };
        let sent = run.step.request.status_set().map(|status| status.code().to_owned());
        let after = read(run.seen.after);
        let found = match (status.is_success(), &sent, &after) {
            (true, Some(sent), Some(after)) if sent != after => format!("{status}, and the status is still {after}"),
            (true, _, _) => return CheckResult::Holds,
            (false, _, _) => status.to_string(),
        };
        if !self.declares_json_patch() {
            return CheckResult::Undecided(format!(
                "{found}, and the CapabilityStatement declares no JSON Patch of appointments: no rule asks for it"
            ));
        }
        let expected = "200 or 204 and the change, as declared".to_owned();
        CheckResult::Broken { expected, found }
    }

    /// Whether the CapabilityStatement, as it was first read, lists PATCH of appointments and JSON Patch.
    fn declares_json_patch(&self) -> bool {
        self.statement().is_some_and(|statement| {
            lists_patch(statement, &self.index.bodies) && lists_json_patch(statement, &self.index.bodies)
        })
    }
}
