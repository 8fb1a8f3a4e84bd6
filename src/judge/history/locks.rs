//! A write may be refused as locked only while another write is under way.

use super::clock::Instants;
use super::operation::{History, NEVER, OperationKind, Survey};
use super::witness::{Anomaly, Witness};

/// Finds a lock that nothing explains.
///
/// A write overlaps another if it was sent before the other was answered and the other was sent before it was answered.
/// So the writes that overlap one are those sent until its response, less those answered before its call, less itself.
pub(super) fn check(history: &History, survey: &Survey) -> Result<(), Witness> {
    if !survey.locked {
        return Ok(());
    }
    let mut instants = Instants::with_capacity(history.operations.len());
    for operation in &history.operations {
        let (call, ret) =
            if operation.kind == OperationKind::Read { (NEVER, NEVER) } else { (operation.call, operation.ret) };
        instants.push(call, ret);
    }
    let (calls, returns) = instants.orders();
    let mut answered_before = vec![0u32; history.operations.len()];
    let mut answered = 0u32;
    let mut next = returns.entries().peekable();
    for (call, place) in calls.entries() {
        while next.next_if(|(ret, _)| *ret < call).is_some() {
            answered += 1;
        }
        answered_before[place as usize] = answered;
    }
    let mut sent = 0u32;
    let mut next = calls.entries().peekable();
    for (ret, place) in returns.entries() {
        while next.next_if(|(call, _)| *call <= ret).is_some() {
            sent += 1;
        }
        let overlapping = sent - answered_before[place as usize] - 1;
        if overlapping == 0 && history.at(place).kind == OperationKind::Locked {
            return Err(Witness::new(Anomaly::LockedForNoReason, [place]));
        }
    }
    Ok(())
}
