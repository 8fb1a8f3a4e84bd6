//! Spans of time as people say them.

/// The time between two instants, as people say it.
pub(in crate::report) fn duration(started: &str, finished: &str) -> Option<String> {
    let instant = |text: &str| text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond);
    let millis = u64::try_from(instant(finished)?.checked_sub(instant(started)?)?).ok()?;
    Some(time(millis))
}

/// Milliseconds in the unit that reads best.
pub(in crate::report) fn time(millis: u64) -> String {
    let seconds = millis / 1000;
    match seconds {
        0 => format!("{millis} ms"),
        1..60 => format!("{seconds}.{} s", millis % 1000 / 100),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3600.. => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_reads_as_people_say_it() {
        assert_eq!([90, 1500, 72_250, 3_900_000].map(time), ["90 ms", "1.5 s", "1 min 12 s", "1 h 5 min"]);
    }
}
