//! Rejections of requests for an appointment, whatever the appointment is for.

use super::evidence::{Exchange, Purpose};
use crate::words::fhir::StatusCode;

/// As often as this an appointment is asked for before it is given up.
pub(super) const ENOUGH: u32 = 3;

/// Whether a request asks for an appointment, or for what one is made with.
pub(super) fn is_asking(exchange: &Exchange) -> bool {
    matches!(exchange.purpose, Purpose::Read | Purpose::Create | Purpose::Search)
}

/// The status code by which a request for an appointment is rejected; neither an outage nor an appointment that is gone is
/// a rejection.
pub(super) fn rejection(exchange: &Exchange) -> Option<StatusCode> {
    let status = exchange.status().filter(|_| is_asking(exchange))?;
    let gone = exchange.purpose == Purpose::Read && matches!(status.get(), 404 | 410);
    let passing = matches!(status.get(), 409 | 423 | 425 | 429 | 502 | 503 | 504);
    (!status.is_success() && !gone && !passing).then_some(status)
}
