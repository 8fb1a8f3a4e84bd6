//! How long responses took, by operation: counts, quantiles, and a histogram on one logarithmic axis.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::sheet::{Section, Sheet, scrolling};
use crate::record::{ExchangeRecord, PurposeRecord};

const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 30.0;
const BINS: usize = 45;
/// Operations that are shown; scenarios may use any method.
const SHOWN: usize = 14;

pub(super) fn section(sheet: &Sheet<'_>) -> Option<Section> {
    let mut operations: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for exchange in sheet.record.exchanges_without_lists().filter(|exchange| exchange.status().is_some()) {
        operations
            .entry(operation(exchange))
            .or_default()
            .push(exchange.end_us.saturating_sub(exchange.begin_us).max(1));
    }
    let mut operations: Vec<(String, Vec<u64>)> = operations.into_iter().collect();
    operations.sort_by_key(|(_, times)| std::cmp::Reverse(times.len()));
    operations.truncate(SHOWN);
    operations.iter_mut().for_each(|(_, times)| times.sort_unstable());
    let shortest = operations.iter().filter_map(|(_, times)| times.first()).min().copied()?;
    let longest = operations.iter().filter_map(|(_, times)| times.last()).max().copied()?;
    let axis = Axis::new(shortest, longest);
    let body = html! {
        (scrolling("Latency by operation", &html! {
            table .latency {
                caption .sr { "Latency by operation" }
                thead { tr {
                    th scope="col" { "Operation" }
                    @for head in ["responses", "median", "90 %", "99 %", "longest"] { th scope="col" .num { (head) } }
                    th scope="col" { (axis.labels()) }
                } }
                tbody { @for (name, times) in &operations { tr {
                    th scope="row" { (name) }
                    td .num { (times.len()) }
                    @for part in [50, 90, 99, 100] { td .num { (time(quantile(times, part))) } }
                    td { (histogram(&axis, times)) }
                } } }
            }
        }))
        p .note { "Measured from before the first byte was sent until the last byte had been read. The axis is logarithmic; "
            "the line marks the median. Requests of generated sequences are not counted." }
    };
    Some(Section { id: "latency", title: "Latency", body })
}

fn operation(exchange: &ExchangeRecord) -> String {
    let what = match (exchange.purpose, exchange.succeeded()) {
        (PurposeRecord::Race, true) => "in a race, accepted",
        (PurposeRecord::Race, false) => "in a race, rejected",
        (PurposeRecord::CleanUp, _) => "clean-up",
        (PurposeRecord::Create, _) => "create",
        (PurposeRecord::Search, _) => "search",
        (PurposeRecord::Preflight, _) => "metadata",
        (PurposeRecord::Token, _) => "token",
        (PurposeRecord::Read, _) => "read",
        (PurposeRecord::Walk | PurposeRecord::Try | PurposeRecord::Advance | PurposeRecord::Control, true) => {
            "accepted"
        }
        (PurposeRecord::Walk | PurposeRecord::Try | PurposeRecord::Advance | PurposeRecord::Control, false) => {
            "rejected"
        }
    };
    format!("{} {what}", exchange.request.method)
}

/// The smallest time that so many per cent do not exceed.
fn quantile(sorted: &[u64], percent: usize) -> u64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

/// Microseconds in a unit that reads well.
fn time(micros: u64) -> String {
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..1_000_000 => format!("{:.1} ms", micros as f64 / 1e3),
        _ => format!("{:.2} s", micros as f64 / 1e6),
    }
}

/// Whole decades of microseconds.
struct Axis {
    low: u32,
    high: u32,
}

impl Axis {
    fn new(shortest: u64, longest: u64) -> Axis {
        let low = shortest.max(1).ilog10();
        Axis { low, high: (longest.max(1).ilog10() + 1).max(low + 1) }
    }

    /// The part of the axis before a time, from 0 to 1.
    fn part(&self, micros: u64) -> f64 {
        let part = ((micros.max(1) as f64).log10() - f64::from(self.low)) / f64::from(self.high - self.low);
        part.clamp(0.0, 1.0)
    }

    fn decades(&self) -> impl Iterator<Item = u64> + '_ {
        (self.low..=self.high).map(|exponent| 10u64.saturating_pow(exponent))
    }

    fn labels(&self) -> Markup {
        html! {
            svg .hist width=(WIDTH) height="16" viewBox={ "0 0 " (WIDTH) " 16" } role="img" aria-label="distribution" {
                @for decade in self.decades() {
                    @let part = self.part(decade);
                    @let anchor = if part == 0.0 { "start" } else if part == 1.0 { "end" } else { "middle" };
                    text .tick-label x=(round(part * WIDTH)) y="12" text-anchor=(anchor) { (short(decade)) }
                }
            }
        }
    }
}

fn short(micros: u64) -> String {
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..1_000_000 => format!("{} ms", micros / 1_000),
        _ => format!("{} s", micros / 1_000_000),
    }
}

fn histogram(axis: &Axis, sorted: &[u64]) -> Markup {
    let mut bins = [0usize; BINS];
    for micros in sorted {
        // The part is at most 1, so the place is at most BINS and then put back by one.
        let place = ((axis.part(*micros) * BINS as f64) as usize).min(BINS - 1);
        bins[place] += 1;
    }
    let most = bins.iter().max().copied().unwrap_or(1).max(1) as f64;
    let width = WIDTH / BINS as f64;
    let bar = |place: usize, count: usize| {
        let height = (count as f64 / most).sqrt() * (HEIGHT - 4.0);
        (round(place as f64 * width), round(HEIGHT - height), round(width - 1.0), round(height))
    };
    let median = round(axis.part(quantile(sorted, 50)) * WIDTH);
    html! {
        svg .hist width=(WIDTH) height=(HEIGHT) viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img"
            aria-label={ "from " (time(quantile(sorted, 0))) " to " (time(quantile(sorted, 100))) } {
            @for decade in axis.decades() { @let x = round(axis.part(decade) * WIDTH); line .tick x1=(x) x2=(x) y1="0" y2=(HEIGHT) {} }
            @for (place, count) in bins.iter().enumerate().filter(|(_, count)| **count > 0) {
                @let (x, y, width, height) = bar(place, *count);
                rect .bin x=(x) y=(y) width=(width) height=(height) {}
            }
            line .median x1=(median) x2=(median) y1="0" y2=(HEIGHT) {}
        }
    }
}

fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
