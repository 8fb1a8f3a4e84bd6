//! The clock of a run: the wall clock is read once, and what comes after it is counted on the monotonic clock.

use std::time::{Duration, Instant};

use jiff::Timestamp;

/// When a run began, on both clocks. A wall clock that is set meanwhile changes nothing in a record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    /// In whole milliseconds, as a record shows it.
    began: Timestamp,
    begin: Instant,
}

impl Clock {
    /// A clock that starts now.
    pub fn start() -> Clock {
        let now = Timestamp::now();
        let began = Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now);
        Clock { began, begin: Instant::now() }
    }

    /// Microseconds since the begin.
    pub fn micros(&self, instant: Instant) -> u64 {
        u64::try_from(instant.duration_since(self.begin).as_micros()).unwrap_or(u64::MAX)
    }

    /// The begin, as a record shows it.
    pub fn began(&self) -> String {
        instant(self.began, 0)
    }

    /// An instant of the run, as a record shows it.
    pub fn wall(&self, at: Instant) -> String {
        instant(self.began, self.micros(at))
    }
}

/// An instant so many microseconds after another one, in RFC 3339 with milliseconds.
pub fn instant(began: Timestamp, micros: u64) -> String {
    let at = began.checked_add(Duration::from_micros(micros / 1000 * 1000)).unwrap_or(began);
    format!("{at:.3}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn an_instant_is_the_begin_and_the_time_since() {
        let began: Timestamp = "2030-01-01T00:00:00.500Z".parse().unwrap();
        for (micros, expected) in [
            (0, "2030-01-01T00:00:00.500Z"),
            (1_999, "2030-01-01T00:00:00.501Z"),
            (86_400_000_000, "2030-01-02T00:00:00.500Z"),
            (u64::MAX, "2030-01-01T00:00:00.500Z"),
        ] {
            assert_eq!(instant(began, micros), expected);
        }
    }

    #[test]
    fn what_comes_later_on_the_monotonic_clock_is_shown_later() {
        let clock = Clock::start();
        let later = clock.begin + Duration::from_secs(60);
        assert!(clock.wall(later) > clock.began());
        assert_eq!(clock.micros(later), 60_000_000);
    }
}
