//! What the target says that it supports is not unsupported, in generated lists either (reading C-40).

use super::account::Account;
use crate::execute::evidence::{Exchange, Purpose};
use crate::judge::check::lists_format;

impl Account<'_> {
    /// Whether the CapabilityStatement, as it was first read, lists the media type of the patch that is judged, or may do so:
    /// of one that patchproof cut nothing is known.
    pub(super) fn may_list_format(&self) -> bool {
        let format = self.exchange_of(self.exchange).and_then(|exchange| exchange.sent_header("content-type"));
        let Some(format) = format.map(|format| format.split(';').next().unwrap_or_default()) else { return false };
        let format = format.trim().to_ascii_lowercase();
        let mut first = self.exchanges.iter().filter(|exchange| exchange.purpose == Purpose::Preflight);
        let Some(statement) = first.next().and_then(Exchange::received) else { return false };
        statement.limit().is_some() || lists_format(statement, &self.bodies, "patchFormat", &format)
    }
}
