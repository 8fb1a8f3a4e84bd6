//! The rate on a clock that the tests turn.
#![allow(clippy::unwrap_used)]

use super::*;

const MS: fn(u64) -> Duration = Duration::from_millis;

/// A server with a bucket, and a client with requests under way that obeys the rate; the clock goes by milliseconds.
struct Simulation {
    rate: Rate,
    now: Duration,
    bucket: f64,
    limit: f64,
    burst: f64,
    sent: u32,
    throttled: u32,
    times: Vec<Duration>,
}

impl Simulation {
    fn new(most: Option<f64>, limit: f64, burst: f64) -> Simulation {
        let rate = Rate::new(most);
        Simulation { rate, now: Duration::ZERO, bucket: burst, limit, burst, sent: 0, throttled: 0, times: Vec::new() }
    }

    /// Lets time pass, with so many requests per millisecond that would like to go, each served in no time.
    fn pass(&mut self, time: Duration, eager: u32) {
        let end = self.now + time;
        while self.now < end {
            self.now += MS(1);
            self.bucket = (self.bucket + self.limit / 1000.0).min(self.burst);
            for _ in 0..eager {
                if self.rate.ask(self.now, 1).is_none() {
                    self.arrive();
                }
            }
        }
    }

    fn arrive(&mut self) {
        self.sent += 1;
        self.times.push(self.now);
        let reception = if self.bucket >= 1.0 {
            self.bucket -= 1.0;
            Reception::Served
        } else {
            self.throttled += 1;
            Reception::Throttled(Some(Duration::from_secs(1)))
        };
        self.rate.hear(self.now, self.now, reception);
    }
}

#[test]
fn without_a_limit_nothing_waits() {
    let mut rate = Rate::new(None);
    assert!((0..10_000).all(|_| rate.ask(Duration::ZERO, 1).is_none()));
    assert_eq!(rate.ask(Duration::ZERO, 50), None);
    assert_eq!((rate.per_second(), rate.history()), (None, RateHistory::default()));
}

#[test]
fn a_configured_rate_spreads_requests_evenly_and_is_never_exceeded() {
    let mut simulation = Simulation::new(Some(20.0), 1e6, 1e6);
    simulation.pass(Duration::from_secs(10), 8);
    assert!((199..=202).contains(&simulation.sent), "{}", simulation.sent);
    let gaps: Vec<Duration> = simulation.times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps.iter().all(|gap| *gap >= MS(48)), "{gaps:?}");
    assert_eq!(simulation.rate.per_second(), Some(20.0));
}

#[test]
fn requests_that_go_together_save_up_and_then_go_at_once() {
    let mut rate = Rate::new(Some(2.0));
    assert_eq!(rate.ask(Duration::ZERO, 1), None);
    assert_eq!(rate.ask(Duration::ZERO, 5), Some(MS(2500)));
    assert_eq!(rate.ask(MS(2500), 5), None);
    // What was saved is spent.
    assert_eq!(rate.ask(MS(2500), 1), Some(MS(500)));
    // Nothing is saved by waiting that nobody asked for.
    assert_eq!(rate.ask(MS(60_000), 1), None);
    assert!(rate.ask(MS(60_000), 1).is_some());
}

#[test]
fn a_target_that_throttles_finds_its_rate_and_few_requests_are_rejected() {
    for (limit, burst) in [(20.0, 20.0), (40.0, 10.0), (5.0, 5.0), (2.0, 1.0)] {
        let mut simulation = Simulation::new(None, limit, burst);
        simulation.pass(Duration::from_secs(120), 4);
        let (sent, throttled) = (simulation.sent, simulation.throttled);
        assert!(throttled > 0, "{limit}/s: it never throttled");
        assert!(throttled * 100 <= sent * 5, "{limit}/s: {throttled} of {sent} were throttled");
        assert!(f64::from(sent) > limit * 120.0 * 0.6, "{limit}/s: {sent} were sent in two minutes");
        assert_eq!(simulation.rate.history().throttled, u64::from(throttled));
    }
}

#[test]
fn one_episode_lowers_once_and_holds_everything_as_long_as_is_asked() {
    let mut rate = Rate::new(Some(10.0));
    let throttled = Reception::Throttled(Some(Duration::from_secs(3)));
    for _ in 0..8 {
        rate.hear(MS(1000), MS(900), throttled);
    }
    assert_eq!(rate.per_second(), Some(8.0));
    assert_eq!(rate.history(), RateHistory { throttled: 8, lowered: 1, lowest: Some(8.0) });
    assert_eq!(rate.ask(MS(1000), 1), Some(MS(3000)));
    assert!(rate.ask(MS(4000), 1).is_some(), "the first goes after the time of one");
    assert_eq!(rate.ask(MS(4125), 1), None);
    // Throttled again at once, it is halved.
    rate.hear(MS(4200), MS(4125), throttled);
    assert_eq!(rate.per_second(), Some(4.0));
}

#[test]
fn a_rate_is_raised_slowly_and_never_beyond_what_is_configured() {
    let mut rate = Rate::new(Some(10.0));
    rate.hear(MS(1000), MS(1000), Reception::Throttled(None));
    let lowered = rate.per_second().unwrap();
    rate.hear(MS(2000), MS(2000), Reception::Served);
    assert_eq!(rate.per_second(), Some(lowered), "a response alone raises nothing");
    rate.hear(MS(12_000), MS(12_000), Reception::Served);
    let raised = rate.per_second().unwrap();
    assert!(raised > lowered && raised < lowered * 1.1, "{raised}");
    for second in 20..400 {
        rate.hear(MS(second * 1000), MS(second * 1000), Reception::Served);
    }
    assert_eq!(rate.per_second(), Some(10.0));
}

#[test]
fn one_503_is_an_outage_and_several_in_a_row_are_throttling() {
    let mut rate = Rate::new(None);
    let unavailable = Reception::Unavailable(Duration::from_secs(1));
    for second in 0..20 {
        rate.hear(MS(second), MS(second), unavailable);
        rate.hear(MS(second), MS(second), unavailable);
        rate.hear(MS(second), MS(second), Reception::Served);
    }
    assert_eq!(rate.history().lowered, 0);
    for _ in 0..3 {
        rate.hear(MS(100), MS(90), unavailable);
    }
    assert_eq!((rate.history().lowered, rate.history().throttled), (1, 0));
    assert_eq!(rate.ask(MS(100), 1), Some(Duration::from_secs(1)));
}

#[test]
fn a_target_cannot_hold_a_run_for_ever_or_lower_its_rate_to_nothing() {
    let mut rate = Rate::new(None);
    for minute in 0..50 {
        let now = Duration::from_secs(minute * 100);
        rate.hear(now, now, Reception::Throttled(Some(Duration::MAX)));
        assert!(rate.ask(now, 1).is_some_and(|wait| wait <= Duration::from_secs(60)));
    }
    assert_eq!(rate.per_second(), Some(Rate::LEAST));
}

#[test]
fn requests_that_are_too_many_at_once_hold_the_run_and_do_not_lower_its_rate() {
    let mut rate = Rate::new(Some(10.0));
    for _ in 0..6 {
        rate.hear(MS(1000), MS(990), Reception::Crowded(Some(MS(2000))));
    }
    assert_eq!(rate.per_second(), Some(10.0));
    assert_eq!(rate.history(), RateHistory { throttled: 6, lowered: 0, lowest: None });
    assert_eq!(rate.ask(MS(1000), 1), Some(MS(2000)));
    // Without a rate in force it is the first that is known of the target.
    let mut rate = Rate::new(None);
    rate.hear(MS(1000), MS(990), Reception::Crowded(None));
    assert!(rate.per_second().is_some());
}

/// Sends requests one after another, each a millisecond long, and gives the time it took and how many were throttled.
fn sent_to(mut throttles: impl FnMut(Duration) -> bool, requests: u32) -> (Duration, u32, Rate) {
    let (mut rate, mut now, mut throttled, mut served) = (Rate::new(None), Duration::ZERO, 0, 0);
    while served < requests {
        while let Some(wait) = rate.ask(now, 1) {
            now += wait;
        }
        let sent = now;
        now += MS(1);
        let reception = if throttles(now) { Reception::Throttled(None) } else { Reception::Served };
        match reception {
            Reception::Served => served += 1,
            Reception::Throttled(_) | Reception::Crowded(_) | Reception::Unavailable(_) => throttled += 1,
        }
        rate.hear(now, sent, reception);
    }
    (now, throttled, rate)
}

#[test]
fn a_target_that_throttles_whatever_the_rate_is_not_asked_ever_more_slowly() {
    let mut count = 0;
    let (took, _, rate) = sent_to(
        |_| {
            count += 1;
            count % 12 == 0
        },
        2000,
    );
    assert!(took < Duration::from_secs(60), "{took:?}");
    assert_eq!(rate.per_second(), None);
}

#[test]
fn a_target_that_counts_requests_is_asked_at_its_rate() {
    for (limit, burst) in [(20.0, 20.0), (2.0, 10.0), (5.0, 100.0), (100.0, 5.0)] {
        let (mut bucket, mut counted) = (burst, Duration::ZERO);
        let requests = 1000;
        let (took, throttled, rate) = sent_to(
            |now| {
                bucket = f64::min(burst, bucket + (now - counted).as_secs_f64() * limit);
                counted = now;
                let is_empty = bucket < 1.0;
                bucket -= if is_empty { 0.0 } else { 1.0 };
                is_empty
            },
            requests,
        );
        assert!(rate.per_second().is_some(), "{limit}/s: no rate after {took:?}");
        assert!(throttled <= requests / 20, "{limit}/s: {throttled} of {requests}");
        let least = (f64::from(requests) - burst) / limit;
        assert!(took.as_secs_f64() < least * 2.0 + 20.0, "{limit}/s: {took:?}");
    }
}
