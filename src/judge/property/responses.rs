//! What a check came to over all exchanges of its kind, and the findings that follow.

use crate::execute::evidence::ExchangeId;
use crate::judge::index::Index;
use crate::judge::verdict::{CheckResult, Finding, Verdict};
use crate::plan::{Head, PropertyRule};
use crate::suite::contract::{Breach, RequirementId};

/// Broken findings of one property beyond this many only count.
pub(super) const SHOWN: usize = 20;

/// Results of one check, exchange by exchange.
#[derive(Default)]
pub(super) struct Responses {
    held: usize,
    /// Exchanges of the kind that had nothing to check.
    void: usize,
    pub broken: Vec<(ExchangeId, String, String)>,
    /// What was left out of the comparison, where it compares reads.
    pub aside: Option<String>,
    tolerated: Vec<(ExchangeId, String, String)>,
    undecided: Vec<(ExchangeId, String)>,
}

impl Responses {
    /// Adds what the check came to for one exchange.
    pub fn add(&mut self, exchange: ExchangeId, outcome: CheckResult) {
        match outcome {
            CheckResult::Holds => self.held += 1,
            CheckResult::Broken { expected, found } => self.broken.push((exchange, expected, found)),
            CheckResult::Tolerated { expected, found } => self.tolerated.push((exchange, expected, found)),
            CheckResult::Undecided(why) => self.undecided.push((exchange, why)),
            CheckResult::Void => self.void += 1,
        }
    }

    /// Leaves out what was seen to be broken on appointments to which someone else writes; where nothing else is left, that
    /// is what is known.
    pub fn leave_out(&mut self, index: &Index<'_>) {
        let excuse = |id: ExchangeId| index.strangers.excuse_for(index.exchange(id)?.appointment.as_deref()?);
        let mut excused = Vec::new();
        self.broken.retain(|(id, _, found)| match excuse(*id) {
            Some(why) => {
                excused.push((*id, format!("{found}, but {why}")));
                false
            }
            None => true,
        });
        self.undecided.extend(excused);
    }

    /// The findings about one requirement.
    pub fn findings(
        &self,
        head: &Head,
        property: &PropertyRule,
        requirement: &RequirementId,
        breach: Breach,
    ) -> Vec<Finding> {
        let finding = |verdict, expected: String, found: String, exchange| Finding {
            case: head.id.clone(),
            requirement: requirement.clone(),
            verdict,
            expected,
            found,
            exchange,
            also: Vec::new(),
            cause: None,
        };
        let mut findings = Vec::new();
        if let Some((exchange, expected, found)) = self.tolerated.first() {
            let verdict = Verdict::from(breach).max(Verdict::Warn);
            findings.push(finding(verdict, expected.clone(), found.clone(), Some(*exchange)));
        }
        for (exchange, expected, found) in self.broken.iter().take(SHOWN) {
            findings.push(finding(breach.into(), expected.clone(), found.clone(), Some(*exchange)));
        }
        if self.broken.len() > SHOWN {
            let found = format!("and {} more exchanges", self.broken.len() - SHOWN);
            let also = self.broken.iter().skip(SHOWN).map(|(exchange, ..)| *exchange).collect();
            findings.push(Finding { also, ..finding(breach.into(), String::new(), found, None) });
        }
        if self.held > 0 {
            let verdict = if breach == Breach::Observe { Verdict::Observed } else { Verdict::Pass };
            let aside = self.aside.as_ref().map(|moving| {
                format!("; left out: {moving}, which moves by itself between two reads with no write in between")
            });
            let found = format!("held in {} exchanges{}", self.held, aside.unwrap_or_default());
            findings.push(finding(verdict, String::new(), found, None));
        } else if let (true, Some((exchange, why))) =
            (self.broken.is_empty() && self.tolerated.is_empty(), self.undecided.first())
        {
            findings.push(finding(Verdict::Inconclusive, String::new(), why.clone(), Some(*exchange)));
        } else if self.broken.is_empty() && self.tolerated.is_empty() {
            // A rule about a response that a sound server need never give, or about a part no response had, is not broken by
            // its absence. A rule about what every run has to show has not been tested.
            let conditional = self.void > 0 || !property.when.status.is_empty();
            let (verdict, found) = match conditional {
                true => (Verdict::NotApplicable, "no response of this run is of the kind it covers"),
                false => (Verdict::NotTested, "no exchange of this run is of the kind it covers"),
            };
            findings.push(finding(verdict, String::new(), found.to_owned(), None));
        }
        findings
    }
}
