//! Tables of totals: how many requirements of each level have each verdict.

use crate::record::{Level, RunRecord, Verdict};
use crate::report::page::look::paint;
use crate::report::page::paper::{Page, Paint, TextSpan};
use crate::report::run::requirement::LevelTotals;

/// Both tables of totals.
pub(super) fn totals(page: &mut Page, record: &RunRecord) {
    table(page, &format!("Requirements of {}", record.edition), &record.summary.counts);
    let Some(base) = record.edition.base().filter(|_| !record.summary.inherited.is_empty()) else { return };
    let weight = if record.strict_base { "" } else { " (does not decide)" };
    page.blank();
    table(page, &format!("Inherited from {base}{weight}"), &record.summary.inherited);
}

/// Levels down, verdicts across; turned about where that is too wide.
fn table(page: &mut Page, title: &str, totals: &LevelTotals) {
    let levels: Vec<Level> = Level::ALL.into_iter().filter(|level| totals.contains_key(level)).collect();
    let verdicts: Vec<Verdict> =
        Verdict::ALL.into_iter().filter(|verdict| totals.values().any(|row| row.contains_key(verdict))).collect();
    let count = |level: Level, verdict: Verdict| {
        totals.get(&level).and_then(|row| row.get(&verdict)).copied().unwrap_or_default()
    };
    let mut grid = Grid {
        across: verdicts.iter().map(|verdict| (verdict.name(), paint(*verdict))).collect(),
        down: levels.iter().map(|level| (level.name(), Paint::Plain)).collect(),
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
        let mut spans: Vec<TextSpan<'_>> = vec![(Paint::Plain, &start)];
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
        let mut spans: Vec<TextSpan<'_>> = vec![(look, &start)];
        spans.extend(cells.iter().map(|(look, text)| (*look, text.as_str())));
        page.line(&spans);
    }
}
