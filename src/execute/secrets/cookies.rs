//! The cookies that a target sets: secrets that are known from the first response with one.

use std::collections::BTreeSet;

use super::forms;
use crate::execute::evidence::{Evidence, Exchange, Response};

/// Of cookies that take more bytes together, those beyond are looked for in their own response only, as they are.
const MOST_BYTES: usize = 64 * 1024;

/// The cookies that were set in a run, but for what names an appointment or a version: nothing is known without those.
pub(super) fn of_run(evidence: &Evidence) -> Vec<String> {
    let mut set = BTreeSet::new();
    let mut bytes = 0;
    for cookie in evidence.exchanges.iter().filter_map(Exchange::received).flat_map(of_response) {
        if bytes + cookie.len() <= MOST_BYTES && !set.contains(&cookie) {
            bytes += cookie.len();
            set.insert(cookie);
        }
    }
    if set.is_empty() {
        return Vec::new();
    }
    let appointments = evidence.exchanges.iter().filter_map(|exchange| exchange.appointment.as_deref());
    let named = appointments.chain(evidence.fixtures.iter().map(|fixture| fixture.id.as_str()));
    let named: BTreeSet<&str> = named.collect();
    let received = || evidence.exchanges.iter().filter_map(Exchange::received);
    let is_tag =
        |cookie: &str| received().flat_map(|received| received.header_lines("etag")).any(|tag| tag.contains(cookie));
    set.into_iter().filter(|cookie| !named.contains(cookie.as_str()) && !is_tag(cookie)).collect()
}

/// The values of the cookies that a response sets.
pub(super) fn of_response(received: &Response) -> impl Iterator<Item = String> + '_ {
    received.header_lines("set-cookie").flat_map(|line| forms::cookies(line).take(1))
}
