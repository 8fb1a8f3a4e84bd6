//! The pace of a run in words.

use super::words::counted;
use crate::record::PaceRecord;

/// The pace of a run, as a clause.
pub(in crate::report) fn pace(pace: &PaceRecord) -> String {
    let per_second = |rate: f64| match rate {
        rate if rate >= 10.0 => format!("{rate:.0}/s"),
        rate if rate >= 1.0 => format!("{}/s", (rate * 10.0).round() / 10.0),
        rate => format!("{}/min", (rate * 600.0).round() / 10.0),
    };
    let responses = |count: u64| {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        format!("after {} 429", counted(count, "response", "responses"))
    };
    let lowered = pace.last.or(pace.lowest).filter(|_| pace.lowered > 0).map(|last| {
        let why = if pace.throttled > 0 { responses(pace.throttled) } else { "after responses 503".to_owned() };
        let lowest = pace.lowest.map(per_second).filter(|lowest| *lowest != per_second(last));
        let lowest = lowest.map(|lowest| format!(", {lowest} at the lowest")).unwrap_or_default();
        format!("paced to {} {why}{lowest}", per_second(last))
    });
    let configured = pace.rate.map(|rate| format!("at most {} as configured", per_second(rate)));
    let in_flight =
        pace.in_flight.map(|most| format!("at most {} under way", counted(most.into(), "request", "requests")));
    let clauses: Vec<String> = [lowered, configured, in_flight].into_iter().flatten().collect();
    clauses.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_is_said_with_what_lowered_it() {
        let none = PaceRecord { rate: None, in_flight: None, throttled: 0, lowered: 0, lowest: None, last: None };
        let lowered = PaceRecord { throttled: 3, lowered: 1, lowest: Some(18.0), last: Some(18.0), ..none };
        assert_eq!(pace(&lowered), "paced to 18/s after 3 responses 429");
        let raised = PaceRecord { throttled: 1, lowest: Some(1.25), last: Some(19.6), ..lowered };
        assert_eq!(pace(&raised), "paced to 20/s after 1 response 429, 1.3/s at the lowest");
        let configured = PaceRecord { rate: Some(0.5), in_flight: Some(1), last: Some(0.5), ..none };
        assert_eq!(pace(&configured), "at most 30/min as configured; at most 1 request under way");
        let down = PaceRecord { lowered: 1, lowest: Some(4.0), last: None, ..none };
        assert_eq!(pace(&down), "paced to 4/s after responses 503");
    }
}
