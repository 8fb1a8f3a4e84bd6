//! Whether the target says that it supports what a case takes for unsupported (reading C-40).

use super::attempt::AttemptJudge;
use crate::execute::evidence::{Exchange, Purpose, Response};
use crate::judge::check::lists_format;
use crate::judge::verdict::Verdict;
use crate::plan::StatusRule;
use crate::suite::contract::roles;
use crate::words::fhir::JSON_PATCH;

impl<'e> AttemptJudge<'_, 'e> {
    /// Why a rule about something unsupported does not apply to a request, or why that is not known; nothing where it does.
    pub fn supported(&self, rule: &StatusRule, exchange: &Exchange) -> Option<(Verdict, String)> {
        let formats = [roles::UNSUPPORTED_FORMAT, roles::ORDINARY_CHECKS_FIRST];
        let statement = self.statement().filter(|_| formats.contains(&rule.requirement.as_str()))?;
        let sent = |name: &str| {
            let value = exchange.sent_header(name)?;
            Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
        };
        let patch = sent("content-type").filter(|format| format != JSON_PATCH).map(|format| ("patchFormat", format));
        let wanted = sent("accept").filter(|format| !format.contains("json")).map(|format| ("format", format));
        let wanted = wanted.filter(|_| rule.requirement.as_str() == roles::ORDINARY_CHECKS_FIRST);
        let (member, format) = patch.or(wanted)?;
        match (lists_format(statement, &self.index.bodies, member, &format), statement.limit()) {
            (true, _) => Some((
                Verdict::NotApplicable,
                format!("the CapabilityStatement lists {format} in {member}, so it is not unsupported"),
            )),
            (false, Some(limit)) => {
                Some((Verdict::Inconclusive, format!("whether {format} is listed is not known: {limit}")))
            }
            (false, None) => None,
        }
    }

    /// The CapabilityStatement as it was first read.
    pub fn statement(&self) -> Option<&'e Response> {
        self.index.exchanges().find(|exchange| exchange.purpose == Purpose::Preflight).and_then(Exchange::received)
    }
}
