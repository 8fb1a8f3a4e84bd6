//! What a run adds up to: totals by level and verdict, and what was not tested and why.

use std::collections::BTreeMap;

use super::page::{Page, Paint, Span};
use super::problem::{counted, paint};
use crate::record::{CaseId, Level, RequirementId, RunRecord, Standing, Verdict};

/// How many requirements have each verdict, by level.
pub(super) type Totals = BTreeMap<Level, BTreeMap<Verdict, usize>>;

/// Both tables of totals.
pub(super) fn totals(page: &mut Page, record: &RunRecord) {
    table(page, &format!("Requirements of {}", record.edition), &record.summary.counts);
    let Some(base) = record.edition.base().filter(|_| !record.summary.inherited.is_empty()) else { return };
    let weight = if record.strict_base { "" } else { " (does not decide)" };
    page.blank();
    table(page, &format!("Inherited from {base}{weight}"), &record.summary.inherited);
}

/// What ended with a verdict that has a reason but no evidence, by reason.
pub(super) fn untried(page: &mut Page, record: &RunRecord, verdict: Verdict, title: &str, verbose: bool) {
    let reasons = reasons(record, verdict);
    if reasons.is_empty() {
        return;
    }
    page.blank();
    for (beyond, rest) in [(false, ""), (true, " by any scenario, as the contract itself says")] {
        if reasons.iter().any(|own| own.beyond == beyond) {
            page.line(&[(paint(verdict), title), (Paint::Plain, rest)]);
            reasons.iter().filter(|own| own.beyond == beyond).for_each(|own| own.show(page, verbose));
        }
    }
}

/// The reasons that stand behind a verdict without evidence, with the requirements and cases each explains.
pub(super) fn reasons(record: &RunRecord, verdict: Verdict) -> Vec<Reason<'_>> {
    let mut reasons: Vec<Reason<'_>> = Vec::new();
    let mut order: Vec<_> = record.requirements.iter().filter(|own| own.verdict == verdict).collect();
    order.sort_by_key(|own| (own.beyond, own.standing != Standing::Native));
    for own in order {
        reason(&mut reasons, &own.reason, own.beyond).requirements.push(&own.id);
    }
    for own in record.cases.iter().filter(|own| own.verdict == verdict) {
        reason(&mut reasons, &own.reason, false).cases.push(&own.id);
    }
    reasons
}

/// One reason, without its full stop, and what it explains.
pub(super) struct Reason<'a> {
    pub(super) text: &'a str,
    /// The contract itself says that no scenario can verify it.
    pub(super) beyond: bool,
    pub(super) requirements: Vec<&'a RequirementId>,
    pub(super) cases: Vec<&'a CaseId>,
}

fn reason<'a, 'b>(reasons: &'b mut Vec<Reason<'a>>, text: &'a str, beyond: bool) -> &'b mut Reason<'a> {
    let text = text.trim().trim_end_matches('.');
    let place = reasons.iter().position(|own| own.text == text && own.beyond == beyond).unwrap_or(reasons.len());
    if place == reasons.len() {
        reasons.push(Reason { text, beyond, requirements: Vec::new(), cases: Vec::new() });
    }
    &mut reasons[place]
}

impl Reason<'_> {
    fn show(&self, page: &mut Page, verbose: bool) {
        let shown = if verbose { usize::MAX } else { 6 };
        let mut parts = Vec::new();
        match self.requirements.as_slice() {
            [] => {}
            ids => parts.push(listed(ids.iter().map(|own| own.as_str()), ids.len(), shown)),
        }
        match self.cases.as_slice() {
            [] => {}
            ids if verbose => parts.push(format!(
                "{} ({})",
                counted(ids.len(), "case", "cases"),
                listed(ids.iter().map(|own| own.0.as_str()), ids.len(), shown)
            )),
            ids => parts.push(counted(ids.len(), "case", "cases")),
        }
        let what = format!(": {}", parts.join("; "));
        page.para((Paint::Plain, "  "), (Paint::Plain, "      "), &[(Paint::Plain, self.text), (Paint::Dim, &what)]);
    }
}

fn listed<'a>(ids: impl Iterator<Item = &'a str>, count: usize, shown: usize) -> String {
    let list = ids.take(shown).collect::<Vec<_>>().join(", ");
    if count > shown { format!("{list} and {} more", count - shown) } else { list }
}

/// Levels down, verdicts across; turned about where that is too wide.
fn table(page: &mut Page, title: &str, totals: &Totals) {
    let levels: Vec<Level> = Level::ALL.into_iter().filter(|own| totals.contains_key(own)).collect();
    let verdicts: Vec<Verdict> =
        Verdict::ALL.into_iter().filter(|own| totals.values().any(|row| row.contains_key(own))).collect();
    let count = |level: Level, verdict: Verdict| {
        totals.get(&level).and_then(|row| row.get(&verdict)).copied().unwrap_or_default()
    };
    let mut grid = Grid {
        across: verdicts.iter().map(|own| (own.name(), paint(*own))).collect(),
        down: levels.iter().map(|own| (own.name(), Paint::Plain)).collect(),
        counts: levels.iter().map(|level| verdicts.iter().map(|verdict| count(*level, *verdict)).collect()).collect(),
    };
    if grid.width() > page.width() {
        grid = grid.turned();
    }
    page.line(&[(Paint::Strong, title)]);
    grid.show(page);
}

struct Grid {
    across: Vec<(&'static str, Paint)>,
    down: Vec<(&'static str, Paint)>,
    counts: Vec<Vec<usize>>,
}

impl Grid {
    const TOTAL: &'static str = "total";

    fn first(&self) -> usize {
        self.down.iter().map(|(name, _)| name.len()).chain([Self::TOTAL.len()]).max().unwrap_or_default() + 2
    }

    fn column(&self, name: &str) -> usize {
        let all: usize = self.counts.iter().flatten().sum();
        name.len().max(all.to_string().len()) + 2
    }

    fn width(&self) -> usize {
        let names = self.across.iter().map(|(name, _)| *name).chain([Self::TOTAL]);
        self.first() + names.map(|name| self.column(name)).sum::<usize>()
    }

    fn turned(self) -> Grid {
        let cell = |row: &Vec<usize>, place: usize| row.get(place).copied().unwrap_or_default();
        let counts =
            (0..self.across.len()).map(|place| self.counts.iter().map(|row| cell(row, place)).collect()).collect();
        Grid { across: self.down, down: self.across, counts }
    }

    fn show(&self, page: &mut Page) {
        let heads = self.across.iter().copied().chain([(Self::TOTAL, Paint::Plain)]);
        let names: Vec<String> = heads.clone().map(|(name, _)| format!("{name:>0$}", self.column(name))).collect();
        let start = " ".repeat(self.first());
        let mut spans: Vec<Span<'_>> = vec![(Paint::Plain, &start)];
        spans.extend(names.iter().zip(heads.clone()).map(|(text, (_, look))| (look, text.as_str())));
        page.line(&spans);
        for ((name, look), row) in self.down.iter().zip(&self.counts) {
            self.row(page, (name, *look), row);
        }
        if self.down.len() > 1 {
            let sums: Vec<usize> =
                (0..self.across.len()).map(|place| self.counts.iter().filter_map(|row| row.get(place)).sum()).collect();
            self.row(page, (Self::TOTAL, Paint::Plain), &sums);
        }
    }

    fn row(&self, page: &mut Page, (name, look): (&str, Paint), row: &[usize]) {
        let start = format!("  {name:<0$}", self.first() - 2);
        let heads = self.across.iter().copied().chain([(Self::TOTAL, Paint::Plain)]);
        let cells: Vec<(Paint, String)> = heads
            .zip(row.iter().copied().chain([row.iter().sum()]))
            .map(|((head, paint), count)| {
                let width = self.column(head);
                match count {
                    0 => (Paint::Dim, format!("{:>width$}", "-")),
                    count => (if look == Paint::Plain { paint } else { look }, format!("{count:>width$}")),
                }
            })
            .collect();
        let mut spans: Vec<Span<'_>> = vec![(look, &start)];
        spans.extend(cells.iter().map(|(look, text)| (*look, text.as_str())));
        page.line(&spans);
    }
}
