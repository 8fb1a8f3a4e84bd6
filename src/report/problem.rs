//! Findings gathered into messages: one defect that many cases hit is one message.

use std::collections::BTreeMap;

use super::curl::curl;
use super::page::{Page, Paint, Span};
use super::seen;
use crate::record::{
    CaseId, CaseRecord, Finding, Level, RequirementId, RequirementRecord, RunRecord, Standing, Verdict,
};

/// Findings of one requirement that look alike.
pub(super) struct Problem<'a> {
    pub(super) verdict: Verdict,
    pub(super) id: &'a RequirementId,
    pub(super) requirement: Option<&'a RequirementRecord>,
    pub(super) case: &'a CaseRecord,
    pub(super) first: &'a Finding,
    pub(super) cases: Vec<&'a CaseId>,
    pub(super) findings: usize,
    /// What the record says of findings that it only counts.
    pub(super) notes: Vec<&'a str>,
}

/// The findings of a run with one of the verdicts, gathered, the weightiest first.
pub(super) fn gather<'a>(record: &'a RunRecord, verdicts: &[Verdict]) -> Vec<Problem<'a>> {
    let requirements: BTreeMap<_, _> = record.requirements.iter().map(|own| (&own.id, own)).collect();
    let mut problems: Vec<Problem<'a>> = Vec::new();
    let mut places: BTreeMap<(&RequirementId, Verdict, String, String), usize> = BTreeMap::new();
    for case in &record.cases {
        for finding in case.findings.iter().filter(|own| verdicts.contains(&own.verdict)) {
            // A finding without an exchange and without an expectation that follows one of the same kind adds to it.
            let before = (finding.exchange.is_none() && finding.expected.is_empty()).then(|| {
                problems.iter_mut().rev().find(|own| {
                    own.id == &finding.requirement
                        && own.verdict == finding.verdict
                        && own.first.exchange.is_some()
                        && own.cases.last() == Some(&&case.id)
                })
            });
            if let Some(before) = before.flatten() {
                if !before.notes.contains(&finding.found.as_str()) {
                    before.notes.push(&finding.found);
                }
                continue;
            }
            let key = (&finding.requirement, finding.verdict, shape(&finding.expected), shape(&finding.found));
            let place = *places.entry(key).or_insert(problems.len());
            match problems.get_mut(place) {
                Some(problem) => {
                    problem.findings += 1;
                    if problem.cases.last() != Some(&&case.id) {
                        problem.cases.push(&case.id);
                    }
                }
                None => problems.push(Problem {
                    verdict: finding.verdict,
                    id: &finding.requirement,
                    requirement: requirements.get(&finding.requirement).copied(),
                    case,
                    first: finding,
                    cases: vec![&case.id],
                    findings: 1,
                    notes: Vec::new(),
                }),
            }
        }
    }
    problems.sort_by_key(|own| {
        let aside = own.inherited() && !record.strict_base;
        (aside, own.verdict, own.level(), own.inherited())
    });
    problems
}

impl Problem<'_> {
    pub(super) fn inherited(&self) -> bool {
        self.requirement.is_some_and(|own| own.standing == Standing::Inherited)
    }

    fn level(&self) -> Option<Level> {
        self.requirement.map(|own| own.level)
    }

    /// Four lines: the rule, the case, what was expected and what was found.
    pub(super) fn short(&self, page: &mut Page) {
        self.head(page);
        let more = match self.cases.len() {
            1 => String::new(),
            count => format!(", and {}", counted(count - 1, "more case", "more cases")),
        };
        self.place(page, &more);
        if !self.first.expected.is_empty() {
            labelled(page, "expected", Paint::Good, std::slice::from_ref(&self.first.expected));
        }
        labelled(page, "found", Paint::Care, std::slice::from_ref(&self.first.found));
    }

    /// The whole message.
    pub(super) fn full(&self, page: &mut Page, record: &RunRecord, verbose: bool) {
        self.head(page);
        self.place(page, "");
        page.line(&[BAR]);
        let exchange = self.first.exchange.and_then(|id| record.exchange(id));
        if let Some(exchange) = exchange {
            labelled(page, "sent", Paint::Strong, &seen::request(record, exchange, verbose));
            labelled(page, "answered", Paint::Strong, &seen::answer(exchange, verbose));
        }
        if !self.first.expected.is_empty() {
            labelled(page, "expected", Paint::Good, std::slice::from_ref(&self.first.expected));
        }
        labelled(page, "found", paint(self.verdict), std::slice::from_ref(&self.first.found));
        page.line(&[BAR]);
        self.trailer(page, verbose);
        if let Some(exchange) = exchange {
            if verbose {
                note(page, "seen", &format!("exchange {} at {}, case `{}`", exchange.id, exchange.at, self.case.title));
            }
            try_line(page, &curl(exchange), verbose);
        }
        self.others(page, verbose);
        for text in &self.notes {
            page.para((Paint::Frame, "   = "), HANG, &[(Paint::Plain, text)]);
        }
    }

    fn head(&self, page: &mut Page) {
        let id = format!("[{}]", self.id);
        let level = match self.requirement {
            None => String::new(),
            Some(own) if own.standing == Standing::Inherited => format!(" {}, inherited", own.level.name()),
            Some(own) => format!(" {}", own.level.name()),
        };
        let statement = self.requirement.map_or("(a requirement that the record does not list)", |own| &own.statement);
        page.para(
            (paint(self.verdict), self.verdict.name()),
            (Paint::Plain, "    "),
            &[(paint(self.verdict), &id), (Paint::Plain, &level), (Paint::Plain, ": "), (Paint::Strong, statement)],
        );
    }

    fn place(&self, page: &mut Page, more: &str) {
        let origin = format!(" ({})", self.case.origin);
        page.para(
            (Paint::Frame, "  --> "),
            HANG,
            &[(Paint::Plain, &self.case.id.0), (Paint::Dim, &origin), (Paint::Plain, more)],
        );
    }

    fn trailer(&self, page: &mut Page, verbose: bool) {
        let Some(requirement) = self.requirement else { return };
        let document = match requirement.document.as_str() {
            "" => &requirement.source.doc,
            title => title,
        };
        note(page, "source", &format!("{document}, {}", requirement.source.section));
        if let (true, Some(reading)) = (verbose, &requirement.reading) {
            note(page, "reading", reading);
        }
    }

    fn others(&self, page: &mut Page, verbose: bool) {
        const SHOWN: usize = 6;
        let others = self.cases.get(1..).unwrap_or_default();
        let repeats = self.findings - self.cases.len();
        if repeats > 0 && others.is_empty() {
            let text = format!("and {} of this case", counted(repeats, "more finding", "more findings"));
            page.para((Paint::Frame, "   = "), HANG, &[(Paint::Plain, &text)]);
        }
        if others.is_empty() {
            return;
        }
        let shown = if verbose { others.len() } else { SHOWN };
        let mut list: Vec<&str> = others.iter().take(shown).map(|own| own.0.as_str()).collect();
        if others.len() > shown {
            list.push("…");
        }
        let text = format!("and {}: {}", counted(others.len(), "more case", "more cases"), list.join(", "));
        page.para((Paint::Frame, "   = "), HANG, &[(Paint::Plain, &text)]);
    }
}

/// The look of a verdict.
pub(super) fn paint(verdict: Verdict) -> Paint {
    match verdict {
        Verdict::Error | Verdict::Fail => Paint::Bad,
        Verdict::Inconclusive => Paint::Doubt,
        Verdict::Warn | Verdict::NotTested => Paint::Care,
        Verdict::Pass => Paint::Good,
        Verdict::Observed | Verdict::NotApplicable => Paint::Dim,
    }
}

/// `1 case`, `2 cases`.
pub(super) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

pub(super) const BAR: Span<'static> = (Paint::Frame, "   |");
pub(super) const HANG: Span<'static> = (Paint::Plain, "     ");

pub(super) fn labelled(page: &mut Page, label: &str, look: Paint, lines: &[String]) {
    for (number, text) in lines.iter().enumerate() {
        let lead = format!("   | {:<10}", if number == 0 { label } else { "" });
        let look = if number == 0 { look } else { Paint::Plain };
        page.para((Paint::Frame, &lead), (Paint::Frame, "   |           "), &[(look, text)]);
    }
}

pub(super) fn note(page: &mut Page, label: &str, text: &str) {
    let text = format!(": {text}");
    page.para((Paint::Frame, "   = "), HANG, &[(Paint::Strong, label), (Paint::Plain, &text)]);
}

/// The line to copy. It is never wrapped, and its continuations carry no frame, so that it can be copied whole.
fn try_line(page: &mut Page, line: &str, verbose: bool) {
    const LONGEST: usize = 2000;
    if !verbose && line.len() > LONGEST {
        note(page, "try", &format!("the curl line has {} bytes; --verbose writes it", line.len()));
        return;
    }
    for (number, part) in line.lines().enumerate() {
        match number {
            0 => page.line(&[
                (Paint::Frame, "   = "),
                (Paint::Strong, "try"),
                (Paint::Plain, ": "),
                (Paint::Plain, part),
            ]),
            _ => page.line(&[(Paint::Plain, "        "), (Paint::Plain, part)]),
        }
    }
}

/// What findings of one defect have in common: values in quotes and words with digits are left out, status codes stay.
fn shape(text: &str) -> String {
    let mut shape = String::with_capacity(text.len());
    let mut quote = None;
    for character in text.chars() {
        match (quote, character) {
            (Some(open), close) if open == close => quote = None,
            (Some(_), _) => continue,
            (None, '"' | '`') => quote = Some(character),
            (None, _) => {}
        }
        shape.push(character);
    }
    let word = |word: &str| {
        let core = word.trim_matches(|own: char| !own.is_alphanumeric());
        let status = core.len() == 3 && core.bytes().all(|byte| byte.is_ascii_digit());
        if status || !word.contains(|own: char| own.is_ascii_digit()) { word.to_owned() } else { "#".to_owned() }
    };
    shape.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_do_not_keep_findings_apart_and_status_codes_do() {
        assert_eq!(shape("ETag W/\"17\" as before"), shape("ETag W/\"4\" as before"));
        assert_eq!(shape("meta.versionId 17 in the next read"), shape("meta.versionId 4 in the next read"));
        assert_ne!(shape("200: the request was carried out"), shape("201: the request was carried out"));
        assert_ne!(shape("a text/html"), shape("a text/plain"));
    }
}
