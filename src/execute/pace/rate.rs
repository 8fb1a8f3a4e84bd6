//! When the next request may go: one rate for a whole run, lowered where the target throttles, raised again slowly.
//!
//! Credit accrues at the rate in force, and each request costs one. A request that goes alone finds at most a few
//! milliseconds' worth of credit, so that requests are spread evenly. Requests that must go together wait until there is
//! credit for all of them (they save up), and then none of them waits: a server that counts in a bucket has then refilled
//! its own by as much.

use std::time::Duration;

/// How a target took a request, as far as its pace is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reception {
    /// It responded, or the response was lost.
    Served,
    /// 429, with the time that it asks for.
    Throttled(Option<Duration>),
    /// 429 for one of several requests that went together: they are more than the target takes at once, whatever its rate.
    Crowded(Option<Duration>),
    /// 503 with a Retry-After: one alone is an outage of one request, several in a row are throttling.
    Unavailable(Duration),
}

/// The rate of a run. Times count from its begin; it reads no clock.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rate {
    /// The most that was configured, in requests per second.
    most: Option<f64>,
    /// What is in force now; none where nothing limits the run.
    now: Option<f64>,
    /// Requests that may go at once.
    credit: f64,
    /// When the credit was counted.
    counted: Duration,
    /// Nothing goes before this.
    held: Duration,
    /// When the rate was lowered or raised last.
    changed: Duration,
    /// When it was lowered last: what was sent before says nothing more.
    lowered_at: Option<Duration>,
    /// How long the target has to put up with a rate before it is raised.
    patience: Duration,
    /// When responses came that were not throttled, those of the last second.
    served: std::collections::VecDeque<Duration>,
    /// Responses with 503 and Retry-After in a row.
    unavailable: u32,
    /// Responses that were not throttled, since the rate was lowered last.
    served_since: u32,
    /// The rates at which it throttled few of many, each at most half of the one before.
    light: Vec<f64>,
    /// It throttles whatever the rate: nothing is gained by a lower one.
    is_unrelated: bool,
    history: RateHistory,
}

/// What became of the rate of a run.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct RateHistory {
    /// Responses that throttled.
    pub throttled: u64,
    /// How often the rate was lowered.
    pub lowered: u32,
    /// The lowest rate, where it was lowered.
    pub lowest: Option<f64>,
}

impl Rate {
    /// No rate is lowered beyond this, in requests per second: one in ten seconds.
    const LEAST: f64 = 0.1;
    /// Above this nothing is limited any more, in requests per second.
    const FREE: f64 = 2000.0;
    /// The span in which requests are counted, and what a server usually limits by.
    const SPAN: Duration = Duration::from_secs(1);

    /// A rate of at most so many requests per second, where that is configured.
    pub fn new(most: Option<f64>) -> Rate {
        Rate {
            most,
            now: most,
            credit: 1.0,
            counted: Duration::ZERO,
            held: Duration::ZERO,
            changed: Duration::ZERO,
            lowered_at: None,
            patience: Duration::from_secs(5),
            served: std::collections::VecDeque::new(),
            unavailable: 0,
            served_since: 0,
            light: Vec::new(),
            is_unrelated: false,
            history: RateHistory::default(),
        }
    }

    /// The rate in force, in requests per second.
    pub fn per_second(&self) -> Option<f64> {
        self.now
    }

    /// What became of it.
    pub fn history(&self) -> RateHistory {
        self.history
    }

    /// Asks whether so many requests may go together now. `None`: they may, and are counted. Else the time after which to
    /// ask again.
    pub fn ask(&mut self, now: Duration, requests: u32) -> Option<Duration> {
        /// Credit that accrued while a timer of the system overslept: so long may count.
        const OVERSLEPT: f64 = 0.01;
        /// Less than what rounding loses.
        const ROUNDING: f64 = 1e-6;
        if now < self.held {
            self.counted = self.held.max(self.counted);
            return Some(self.held - now);
        }
        let rate = self.now?;
        let cost = f64::from(requests.max(1));
        let room = cost.max(rate * OVERSLEPT);
        self.credit = (self.credit + now.saturating_sub(self.counted).as_secs_f64() * rate).min(room);
        self.counted = now.max(self.counted);
        if self.credit + ROUNDING >= cost {
            self.credit -= cost;
            return None;
        }
        let wait = (cost - self.credit) / rate;
        Some(Duration::try_from_secs_f64(wait).unwrap_or(Self::SPAN).max(Duration::from_micros(1)))
    }

    /// Takes in how a request fared that was sent at `sent`.
    pub fn hear(&mut self, now: Duration, sent: Duration, reception: Reception) {
        /// So many in a row are no outage of one request.
        const IN_A_ROW: u32 = 3;
        /// What is waited where the target names no time.
        const UNNAMED: Duration = Duration::from_millis(500);
        match reception {
            Reception::Served => self.serve(now),
            Reception::Throttled(asked) => {
                self.history.throttled += 1;
                self.lower(now, sent, asked.unwrap_or(UNNAMED));
            }
            Reception::Crowded(asked) => {
                self.history.throttled += 1;
                match self.now {
                    Some(_) => self.hold(now, asked.unwrap_or(UNNAMED)),
                    None => self.lower(now, sent, asked.unwrap_or(UNNAMED)),
                }
            }
            Reception::Unavailable(asked) => {
                self.unavailable += 1;
                if self.unavailable >= IN_A_ROW {
                    self.lower(now, sent, asked);
                }
            }
        }
    }

    fn serve(&mut self, now: Duration) {
        /// While the rate of a target is still sought: a fifth every two seconds.
        const SEEKING: (f64, Duration) = (1.2, Duration::from_secs(2));
        /// A twentieth, once it was throttled again.
        const SETTLED: f64 = 1.05;
        let is_sought = self.most.is_none() && self.history.lowered == 1;
        let (step, patience) = if is_sought { SEEKING } else { (SETTLED, self.patience) };
        self.unavailable = 0;
        self.served_since = self.served_since.saturating_add(1);
        match self.now {
            // What is counted serves to find the rate of a target that none is known of.
            None => {
                self.served.push_back(now);
                while self.served.front().is_some_and(|came| *came + Self::SPAN < now) {
                    self.served.pop_front();
                }
            }
            Some(rate) if self.most.is_none_or(|most| rate < most) && now >= self.changed + patience => {
                let raised = rate * step;
                self.now = match self.most {
                    Some(most) => Some(raised.min(most)),
                    None if raised > Self::FREE => None,
                    None => Some(raised),
                };
                self.changed = now;
            }
            Some(_) => {}
        }
    }

    fn hold(&mut self, now: Duration, asked: Duration) {
        /// What a target may ask for at most. Longer, and a run would stand still for it.
        const LONGEST: Duration = Duration::from_secs(60);
        self.held = self.held.max(now + asked.min(LONGEST));
    }

    /// Whether a rate that is lowered further would change nothing. A target that counts requests throttles most of those
    /// beyond its limit, and few of many only near it; one that throttles few of many at one rate, at half of it and at a
    /// quarter does not go by the rate.
    fn throttles_whatever_the_rate(&mut self) -> bool {
        /// So many are served for one that is throttled, where few of many are.
        const FEW_OF_MANY: u32 = 4;
        /// At so many rates.
        const RATES: usize = 3;
        let Some(rate) = self.now.filter(|_| self.served_since >= FEW_OF_MANY) else { return false };
        if self.light.last().is_none_or(|last| rate <= last / 2.0) {
            self.light.push(rate);
        }
        self.light.len() >= RATES
    }

    /// Lowers the rate, once for all requests that were under way together, and holds everything back for a time.
    fn lower(&mut self, now: Duration, sent: Duration, asked: Duration) {
        /// The most that is waited before a rate is raised.
        const MOST_PATIENCE: Duration = Duration::from_secs(60);
        /// So soon after it was lowered, the rate is still far off.
        const SOON: Duration = Duration::from_secs(5);
        if self.is_unrelated {
            return;
        }
        // What was under way when the rate was lowered, or went before the time was over, says nothing more.
        let (before, is_known) = (self.held, self.lowered_at.is_some_and(|lowered| sent <= lowered.max(self.held)));
        self.hold(now, asked);
        if is_known {
            return;
        }
        if self.throttles_whatever_the_rate() {
            (self.now, self.held, self.is_unrelated) = (self.most, now, true);
            return;
        }
        let lowered = match (self.now, self.lowered_at) {
            // A second's worth of what it took, and a little less.
            (None, _) => self.served.len() as f64 * 0.9,
            (Some(rate), Some(lowered)) if now < lowered.max(before) + SOON => rate / 2.0,
            (Some(rate), _) => rate * 0.8,
        };
        let lowered = lowered.max(Self::LEAST);
        (self.now, self.credit, self.counted) = (Some(lowered), 0.0, self.held);
        (self.changed, self.lowered_at) = (self.held, Some(now));
        self.patience = (self.patience * 2).min(MOST_PATIENCE);
        self.served_since = 0;
        self.history.lowered += 1;
        self.history.lowest = Some(self.history.lowest.map_or(lowered, |lowest| lowest.min(lowered)));
    }
}

#[cfg(test)]
mod tests;
