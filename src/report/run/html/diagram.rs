//! A round of a race as a space–time diagram in SVG: clients down, time across, the chain of versions drawn through.

use std::collections::BTreeSet;

use maud::{Markup, html};

use crate::record::{ExchangeId, HistoryRecord, LineRecord, OpRecord};

const WIDTH: f64 = 960.0;
const GUTTER: f64 = 112.0;
const MARGIN: f64 = 150.0;
const ROW: f64 = 30.0;
const HEAD: f64 = 34.0;
const BAR: f64 = 14.0;
/// Rows of one diagram; clients that took part in a witness or that won are kept.
const MOST_ROWS: usize = 32;

/// The diagram; requests that only opened a connection are left out.
pub(super) fn svg(history: &HistoryRecord, warm: &[ExchangeId]) -> Markup {
    let frame = Frame::new(history, warm);
    let height = frame.y(frame.clients.len()) + 10.0;
    let title = format!("Round {} of {}, appointment {}", history.round, history.case, history.appointment);
    html! {
        svg .timeline role="img" viewBox={ "0 0 " (WIDTH) " " (height) } width=(WIDTH) height=(height) aria-label=(title) {
            (axis(&frame, height))
            @for (row, client) in frame.clients.iter().enumerate() {
                text .row x=(GUTTER - 12.0) y=(frame.y(row) + 4.0) text-anchor="end" { (name(*client)) }
                line .lane x1=(GUTTER) x2=(WIDTH - MARGIN + 6.0) y1=(frame.y(row)) y2=(frame.y(row)) {}
            }
            (chain(&frame, history))
            @for request in &frame.shown { (bar(&frame, request)) }
            @if let Some(tag) = &history.etag {
                circle .commit cx=(GUTTER) cy=(HEAD - 8.0) r="4" {}
                text .tag x=(GUTTER - 12.0) y=(HEAD - 4.0) text-anchor="end" { (short(tag)) " before" }
            }
            @if frame.left_out > 0 {
                text .row x=(GUTTER) y=(height - 2.0) { "and " (frame.left_out) " more clients, in the table" }
            }
        }
    }
}

/// What the looks of the bars mean.
pub(super) fn key() -> Markup {
    let looks = [
        ("won", "write that succeeded"),
        ("lost", "write that was rejected"),
        ("read", "read"),
        ("gone", "no response"),
    ];
    html! {
        ul .key .race-key {
            @for (class, text) in looks {
                li { svg width="34" height="14" aria-hidden="true" { rect class={ "op " (class) } x="1" y="1" width="32" height="12" rx="2" {} } " " (text) }
            }
            li { svg width="34" height="14" aria-hidden="true" { rect .op .won .witness x="2" y="2" width="30" height="10" rx="2" {} } " witness: no order explains these" }
        }
    }
}

/// Who sent a line.
pub(super) fn client(line: &LineRecord) -> String {
    name(line.client)
}

/// The method of a request.
pub(super) const fn method(line: &LineRecord) -> &'static str {
    match line.op {
        OpRecord::Get => "GET",
        OpRecord::Patch => "PATCH",
        OpRecord::Put => "PUT",
    }
}

/// Microseconds as milliseconds.
pub(super) fn millis(micros: u64) -> String {
    // The instants of a run are far below 2^52 microseconds, so nothing is rounded but the last digit shown.
    format!("{:.2} ms", micros as f64 / 1000.0)
}

/// Requests after the race belong to no client.
fn name(client: u32) -> String {
    match client {
        0 => "afterwards".to_owned(),
        number => format!("client {number}"),
    }
}

struct DrawnRequest<'a> {
    line: &'a LineRecord,
    row: usize,
    /// Its place in the witness, from 1.
    witness: Option<usize>,
}

struct Frame<'a> {
    clients: Vec<u32>,
    shown: Vec<DrawnRequest<'a>>,
    left_out: usize,
    begin: u64,
    end: u64,
}

impl<'a> Frame<'a> {
    fn new(history: &'a HistoryRecord, warm: &[ExchangeId]) -> Frame<'a> {
        let witness = |place: usize| {
            let lines = history.witness.as_ref().map(|witness| witness.lines.as_slice()).unwrap_or_default();
            lines.iter().position(|line| *line == place).map(|number| number + 1)
        };
        let raced = |place: usize, line: &LineRecord| {
            witness(place).is_some() || !line.exchange.is_some_and(|id| warm.contains(&id))
        };
        let lines: Vec<(usize, &LineRecord)> =
            history.lines.iter().enumerate().filter(|(place, line)| raced(*place, line)).collect();
        let matters = |client: u32| {
            lines.iter().any(|(place, line)| line.client == client && (witness(*place).is_some() || won(line)))
        };
        let all: BTreeSet<u32> = lines.iter().map(|(_, line)| line.client).collect();
        let mut clients: Vec<u32> = all.iter().copied().filter(|client| matters(*client)).take(MOST_ROWS).collect();
        let rest: Vec<u32> = all.iter().copied().filter(|client| !clients.contains(client)).collect();
        clients.extend(rest.into_iter().take(MOST_ROWS.saturating_sub(clients.len())));
        // Nobody's requests come last, as they do in time.
        clients.sort_by_key(|client| (*client == 0, *client));
        let shown: Vec<DrawnRequest<'_>> = lines
            .iter()
            .filter_map(|(place, line)| {
                let row = clients.iter().position(|client| *client == line.client)?;
                Some(DrawnRequest { line, row, witness: witness(*place) })
            })
            .collect();
        let begin = shown.iter().map(|request| request.line.call).min().unwrap_or_default().min(u64::MAX - 1);
        let end = shown.iter().map(|request| request.line.ret.unwrap_or(request.line.call)).max().unwrap_or_default();
        Frame { left_out: all.len() - clients.len(), clients, shown, begin, end: end.max(begin + 1) }
    }

    fn x(&self, instant: u64) -> f64 {
        let part =
            instant.saturating_sub(self.begin).min(self.end - self.begin) as f64 / (self.end - self.begin) as f64;
        round(GUTTER + part * (WIDTH - GUTTER - MARGIN))
    }

    fn y(&self, row: usize) -> f64 {
        HEAD + ROW * (row as f64 + 0.5)
    }

    /// Where a request ends; one without a response runs on to the edge.
    fn end(&self, line: &LineRecord) -> f64 {
        line.ret.map_or(WIDTH - MARGIN, |ret| self.x(ret)).max(self.x(line.call) + 3.0)
    }
}

fn bar(frame: &Frame<'_>, request: &DrawnRequest<'_>) -> Markup {
    let line = request.line;
    let (x, end, y) = (frame.x(line.call), frame.end(line), frame.y(request.row));
    let look = match (line.op, line.status) {
        (_, None) => "gone",
        (OpRecord::Get, Some(_)) => "read",
        (OpRecord::Patch | OpRecord::Put, Some(200..=299)) => "won",
        (OpRecord::Patch | OpRecord::Put, Some(_)) => "lost",
    };
    let class = format!("op {look}{}", if request.witness.is_some() { " witness" } else { "" });
    html! {
        g {
            title { (tooltip(line)) }
            rect class=(class) x=(x) y=(y - BAR / 2.0) width=(round(end - x)) height=(BAR) rx="2" {}
            @if line.op != OpRecord::Get || request.witness.is_some() {
                text .op-label x=(end + 6.0) y=(y + 4.0) {
                    @if let Some(number) = request.witness { tspan .number { (circled(number)) " " } }
                    (label(line))
                }
            }
        }
    }
}

/// What stands beside a bar.
fn label(line: &LineRecord) -> String {
    let status = line.status.map_or("no response".to_owned(), |status| status.to_string());
    let tag = line.etag.as_deref().map(|tag| format!(" {}", short(tag))).unwrap_or_default();
    match &line.value {
        Some(value) => format!("{status}{tag} {}", short(value)),
        None => format!("{status}{tag}"),
    }
}

fn tooltip(line: &LineRecord) -> String {
    let condition = match (&line.if_match, line.op) {
        (Some(tag), _) => format!(" If-Match {tag}"),
        (None, OpRecord::Get) => String::new(),
        (None, OpRecord::Patch | OpRecord::Put) => " without If-Match".to_owned(),
    };
    format!("{}: {}{condition}: {}", name(line.client), method(line), label(line))
}

fn short(text: &str) -> String {
    const LONGEST: usize = 18;
    match text.char_indices().nth(LONGEST) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// From each version to every write that replaced it: one line where all is well, a fork where one was replaced twice.
fn chain(frame: &Frame<'_>, history: &HistoryRecord) -> Markup {
    let writes: Vec<&DrawnRequest<'_>> = frame.shown.iter().filter(|request| won(request.line)).collect();
    let place = |request: &DrawnRequest<'_>| (frame.end(request.line), frame.y(request.row));
    let origin = |write: &DrawnRequest<'_>| {
        let demanded = opaque(write.line.if_match.as_deref()?);
        let maker = writes.iter().find(|request| {
            request.line.etag.as_deref().map(opaque) == Some(demanded) && request.line.exchange != write.line.exchange
        });
        let first = || (history.etag.as_deref().map(opaque) == Some(demanded)).then_some((GUTTER, HEAD - 8.0));
        first().or_else(|| maker.map(|maker| place(maker)))
    };
    html! {
        @for write in &writes {
            @let (x, y) = place(write);
            @if let Some((from_x, from_y)) = origin(write) {
                                path .chain d={ "M" (from_x) " " (from_y) " Q" (from_x) " " (y) " " (x) " " (y) } {}
            }
            circle .commit cx=(x) cy=(y) r="4" {}
        }
    }
}

fn won(line: &LineRecord) -> bool {
    line.op != OpRecord::Get && matches!(line.status, Some(200..=299))
}

fn opaque(tag: &str) -> &str {
    tag.trim().trim_start_matches("W/")
}

fn axis(frame: &Frame<'_>, height: f64) -> Markup {
    let step = step(frame.end - frame.begin);
    let ticks = (0..).map(|number| number * step).take_while(|tick| *tick <= frame.end - frame.begin);
    html! {
        @for tick in ticks {
            @let x = frame.x(frame.begin + tick);
            line .tick x1=(x) x2=(x) y1=(HEAD) y2=(height) {}
            @if tick > 0 { text .tick-label x=(x) y=(HEAD - 4.0) text-anchor="middle" { (scale(tick)) } }
        }
    }
}

/// A round step that gives about six ticks.
fn step(span: u64) -> u64 {
    let mut step = 1;
    for factor in [2, 5, 10].iter().cycle() {
        if span / step <= 6 {
            break;
        }
        let decade = 10u64.pow(step.ilog10());
        step = decade.saturating_mul(*factor);
    }
    step.max(1)
}

fn scale(micros: u64) -> String {
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..1_000_000 => format!("{} ms", micros as f64 / 1e3),
        _ => format!("{} s", micros as f64 / 1e6),
    }
}

fn circled(number: usize) -> &'static str {
    match number {
        1 => "①",
        2 => "②",
        3 => "③",
        _ => "④",
    }
}

fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
