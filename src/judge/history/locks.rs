//! A write may be refused as locked only while another write is under way.

use super::clock::Order;
use super::operation::{History, Kind, NEVER, Operation};
use super::witness::{Anomaly, Witness};

/// Finds a lock that nothing explains.
///
/// A write overlaps another if it was sent before the other was answered and the other was sent before it was answered.
/// So the writes that overlap one are those sent until its answer, less those answered before its call, less itself.
pub(super) fn check(history: &History) -> Result<(), Witness> {
    if !history.operations.iter().any(|operation| operation.kind == Kind::Locked) {
        return Ok(());
    }
    let modifies = |operation: &Operation| operation.kind != Kind::Read;
    let operations = &history.operations;
    let calls = Order::new(operations.iter().map(|own| modifies(own).then_some(own.call)));
    let returns = Order::new(operations.iter().map(|own| (modifies(own) && own.ret != NEVER).then_some(own.ret)));
    let mut answered_before = vec![0u32; operations.len()];
    let mut answered = 0u32;
    let mut next = returns.places().peekable();
    for place in calls.places() {
        while next.next_if(|other| history.at(*other).ret < history.at(place).call).is_some() {
            answered += 1;
        }
        answered_before[place as usize] = answered;
    }
    let mut sent = 0u32;
    let mut next = calls.places().peekable();
    for place in returns.places() {
        while next.next_if(|other| history.at(*other).call <= history.at(place).ret).is_some() {
            sent += 1;
        }
        let overlapping = sent - answered_before[place as usize] - 1;
        if overlapping == 0 && history.at(place).kind == Kind::Locked {
            return Err(Witness::new(Anomaly::LockedForNoReason, [place]));
        }
    }
    Ok(())
}
