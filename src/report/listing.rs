//! What subcommands print before there is a run: the price of a plan.

use super::page::{Page, Paint};
use super::problem::counted;
use crate::record::{CaseId, Edition};

/// A plan and its price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanListing {
    pub edition: Edition,
    /// The title of the edition.
    pub title: String,
    /// Cases that would run.
    pub cases: usize,
    pub appointments: Vec<StateNeed>,
    /// Free slots that are used up.
    pub slots: usize,
    pub requests: usize,
    /// Requests that change an appointment.
    pub writes: usize,
    /// Requests of the longest lane.
    pub longest: usize,
    /// Milliseconds that one request takes.
    pub latency_ms: u64,
    /// Lanes that run side by side.
    pub jobs: usize,
    /// Cases that cannot run.
    pub cannot: Vec<Cannot>,
}

/// How many appointments of one state a plan needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateNeed {
    pub state: String,
    pub count: usize,
    /// How many of them the transitions and refusals alone need.
    pub walks: usize,
}

/// A case that cannot run, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cannot {
    pub case: CaseId,
    pub reason: String,
    /// The target declares that it does not concern it; otherwise it counts as not tested.
    pub not_applicable: bool,
}

/// The price of a plan, as text of a width; `verbose` names every case that cannot run.
pub fn plan_text(plan: &PlanListing, width: usize, verbose: bool) -> String {
    let mut page = Page::new(false, width);
    let mut row = |label: &str, text: &str| {
        let lead = format!("{label:<14}");
        page.para((Paint::Strong, &lead), (Paint::Plain, "              "), &[(Paint::Plain, text)]);
    };
    row("Edition", &format!("{} ({})", plan.edition, plan.title));
    row("Cases", &plan.cases.to_string());
    row("Appointments", &appointments(plan));
    row("Slots", &plan.slots.to_string());
    row("Requests", &format!("{}, of which {} change an appointment", plan.requests, plan.writes));
    row(
        "Time",
        &format!(
            "about {} at {} ms a request with {}",
            time(estimate(plan)),
            plan.latency_ms,
            counted(plan.jobs, "job", "jobs")
        ),
    );
    for (title, not_applicable) in [("Cannot run", false), ("Not applicable", true)] {
        cannot(&mut page, plan, title, not_applicable, verbose);
    }
    page.finish()
}

/// Lanes run side by side, but none is shorter than its own requests one after the other.
fn estimate(plan: &PlanListing) -> u64 {
    let rounds = plan.requests.div_ceil(plan.jobs.max(1)).max(plan.longest);
    u64::try_from(rounds).unwrap_or(u64::MAX).saturating_mul(plan.latency_ms)
}

fn appointments(plan: &PlanListing) -> String {
    let count: usize = plan.appointments.iter().map(|own| own.count).sum();
    let each: Vec<String> =
        plan.appointments.iter().map(|own| format!("{} {} ({})", own.count, own.state, own.walks)).collect();
    match each.as_slice() {
        [] => "none".to_owned(),
        each => {
            format!("{count}: {}; in brackets what transitions and refusals alone need", each.join(", "))
        }
    }
}

fn cannot(page: &mut Page, plan: &PlanListing, title: &str, not_applicable: bool, verbose: bool) {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for own in plan.cannot.iter().filter(|own| own.not_applicable == not_applicable) {
        match reasons.iter_mut().find(|(reason, _)| *reason == own.reason) {
            Some((_, cases)) => cases.push(&own.case.0),
            None => reasons.push((&own.reason, vec![&own.case.0])),
        }
    }
    if reasons.is_empty() {
        return;
    }
    page.blank();
    let total = reasons.iter().map(|(_, cases)| cases.len()).sum();
    page.line(&[(Paint::Strong, &format!("{title}: {}", counted(total, "case", "cases")))]);
    for (reason, cases) in reasons {
        let shown = if verbose { cases.len() } else { 4 };
        let more = if cases.len() > shown { ", …" } else { "" };
        let list = cases.iter().take(shown).copied().collect::<Vec<_>>().join(", ");
        let text = format!("{reason}: {} ({list}{more})", counted(cases.len(), "case", "cases"));
        page.para((Paint::Plain, "  "), (Paint::Plain, "      "), &[(Paint::Plain, &text)]);
    }
}

/// A span of time as people say it.
pub(super) fn time(millis: u64) -> String {
    let seconds = millis / 1000;
    match seconds {
        0 => format!("{millis} ms"),
        1..60 => format!("{seconds}.{} s", millis % 1000 / 100),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_says_what_a_run_takes_and_what_cannot_run() {
        let cannot = |number: usize, reason: &str, not_applicable| Cannot {
            case: CaseId(format!("case/{number}")),
            reason: reason.to_owned(),
            not_applicable,
        };
        let plan = PlanListing {
            edition: Edition::May2019,
            title: "as first documented".to_owned(),
            cases: 241,
            appointments: vec![StateNeed { state: "booked".to_owned(), count: 31, walks: 4 }],
            slots: 0,
            requests: 430,
            writes: 35,
            longest: 60,
            latency_ms: 2260,
            jobs: 4,
            cannot: (0..6)
                .map(|number| cannot(number, "no state", false))
                .chain([cannot(9, "no tokens", true)])
                .collect(),
        };
        insta::assert_snapshot!(plan_text(&plan, 80, false), @r#"
        Edition       2019-05 (as first documented)
        Cases         241
        Appointments  31: 31 booked (4); in brackets what transitions and refusals alone
                      need
        Slots         0
        Requests      430, of which 35 change an appointment
        Time          about 4 min 4 s at 2260 ms a request with 4 jobs

        Cannot run: 6 cases
          no state: 6 cases (case/0, case/1, case/2, case/3, …)

        Not applicable: 1 case
          no tokens: 1 case (case/9)
        "#);
        assert!(plan_text(&plan, 80, true).contains("case/5"));
    }

    #[test]
    fn a_run_takes_no_less_than_its_longest_lane() {
        for (longest, jobs, expected) in [(10, 4, 25_000), (60, 4, 60_000), (0, 0, 100_000)] {
            let plan = PlanListing {
                edition: Edition::FhirR4,
                title: String::new(),
                cases: 1,
                appointments: Vec::new(),
                slots: 0,
                requests: 100,
                writes: 0,
                longest,
                latency_ms: 1000,
                jobs,
                cannot: Vec::new(),
            };
            assert_eq!(estimate(&plan), expected);
        }
    }

    #[test]
    fn time_is_said_as_people_say_it() {
        assert_eq!([90, 1500, 72_250, 3_900_000].map(time), ["90 ms", "1.5 s", "1 min 12 s", "1 h 5 min"]);
    }
}
