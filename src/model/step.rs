//! The step function: a state and a request to the allowed outcomes.

use super::allowed::Allowed;
use super::state::{AppointmentState, PatchRequest};
use super::weighing::Weighing;
use super::{base, document, headers, vendor};
use crate::suite::contract::{Edition, Tables};

/// Decides what may come of a PATCH to an existing, readable appointment that nobody else is modifying.
pub fn step(edition: Edition, tables: &Tables, state: &AppointmentState, request: &PatchRequest<'_>) -> Allowed {
    let mut weighing = Weighing::default();
    headers::media_types(request.headers, &mut weighing);
    headers::if_match(edition, state, request.headers, &mut weighing);
    if let Some(operations) = document::read(edition, request.body, &mut weighing) {
        match tables.commands.get(&edition) {
            Some(commands) => {
                let vendor = vendor::Vendor { edition, commands, transitions: tables.transitions.get(&edition), state };
                vendor.weigh(&operations, &mut weighing);
            }
            None => base::weigh(state, &operations, &mut weighing),
        }
    }
    weighing.conclude()
}
