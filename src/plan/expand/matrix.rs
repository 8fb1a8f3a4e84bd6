//! The matrix: one case of each cell of the transition table.

use serde_json::Value;

use super::expander::{Expander, stepwise};
use crate::plan::case::{Case, CheckRule, Control, Destination, Role, Step, StepCase};
use crate::plan::id::CaseId;
use crate::plan::routes::Routes;
use crate::plan::status::plain_change;
use crate::plan::substitute::substitute;
use crate::plan::template::{Precondition, RequestTemplate};
use crate::suite::contract::{Cell, Requirement};
use crate::suite::scenario::{CellSetting, Check, Fixture, MatrixFile, Origin, Outcome, Patch};
use crate::words::fhir::AppointmentStatus;

/// A cell of the transition table, and what was written about it.
struct PlannedCell<'m> {
    from: AppointmentStatus,
    to: AppointmentStatus,
    cell: Cell,
    settings: Vec<&'m CellSetting>,
}

impl Expander<'_> {
    /// The cases of the cells that a requirement of the edition is about. The documented ways are added to `routes`.
    pub fn matrix(&self, origin: &Origin, matrix: &MatrixFile, routes: &mut Routes) -> Vec<Case> {
        let Some(table) = self.contract.tables.transitions.get(&self.edition) else { return Vec::new() };
        if !self.admits(&matrix.editions) {
            return Vec::new();
        }
        for (from, to) in table.walk() {
            routes.documents.insert((*from, *to), plain_change(*to));
        }
        let mut cases = Vec::new();
        for (from, to, cell) in table.cells() {
            let Some(requirement) = table.requirement(from, to).and_then(|id| self.standing(id)) else { continue };
            let place = PlannedCell { from, to, cell, settings: self.settings(matrix, from, to) };
            let document = place.document();
            if cell == Cell::Allowed {
                routes.documents.insert((from, to), document.clone());
            }
            let request =
                RequestTemplate::document(document).with_if_match(Precondition::CURRENT.in_edition(self.edition));
            let id = matrix.id.value.replace("{from}", from.code()).replace("{to}", to.code());
            cases.push(self.cell(origin, CaseId(id), &place, requirement, request));
        }
        cases
    }

    fn settings<'m>(
        &self,
        matrix: &'m MatrixFile,
        from: AppointmentStatus,
        to: AppointmentStatus,
    ) -> Vec<&'m CellSetting> {
        let among = |set: &Option<Vec<AppointmentStatus>>, status| set.as_ref().is_none_or(|set| set.contains(&status));
        let settings = matrix.cells.iter().map(|setting| &setting.value);
        settings
            .filter(|setting| self.admits(&setting.editions) && among(&setting.from, from) && among(&setting.to, to))
            .collect()
    }

    fn cell(
        &self,
        origin: &Origin,
        id: CaseId,
        place: &PlannedCell<'_>,
        requirement: &Requirement,
        request: RequestTemplate,
    ) -> Case {
        let requirements = self.verified(place, requirement);
        let rules = requirements.iter().filter_map(|requirement| {
            Some(self.status_rule(requirement, requirement.expectation(self.edition, None)?.clone()))
        });
        let to = Fixture::of(place.to);
        let step = Step {
            request,
            outcome: place.outcome(),
            status: rules.collect(),
            checks: self.cell_checks(place, requirement),
            to: Some(to),
        };
        let role = match place.outcome() {
            Outcome::Accepted => Role::Change { to: Destination::State(to), plain: true },
            Outcome::Refused | Outcome::RejectedOrValid => Role::Refusal,
            Outcome::Either => Role::Probe { to: Destination::State(to) },
        };
        let body = StepCase {
            verifies: requirements.iter().map(|requirement| requirement.id.clone()).collect(),
            fixture: Fixture::of(place.from),
            role,
            control: Control::Advance,
            needs: Vec::new(),
            steps: vec![step],
            carries: false,
            cell: Some((place.from, place.to)),
        };
        stepwise(id, place.title(), origin, body)
    }

    /// The requirement that the table names, and those written beside it that expect the same outcome.
    fn verified<'r>(&'r self, place: &PlannedCell<'_>, requirement: &'r Requirement) -> Vec<&'r Requirement> {
        let fits = |requirement: &&Requirement| {
            requirement.expectation(self.edition, None).is_some_and(|expect| match place.outcome() {
                Outcome::Accepted => expect.wants_success(),
                Outcome::Refused => expect.wants_refusal(),
                Outcome::Either | Outcome::RejectedOrValid => true,
            })
        };
        let written = place.settings.iter().flat_map(|setting| &setting.verifies);
        let beside = written.filter_map(|id| self.standing(&id.value)).filter(fits);
        std::iter::once(requirement).chain(beside).collect()
    }

    fn cell_checks(&self, place: &PlannedCell<'_>, requirement: &Requirement) -> Vec<CheckRule> {
        let listed = place.settings.iter().flat_map(|setting| &setting.checks);
        let listed = listed.filter_map(|check| self.check(&check.value, Some(&requirement.id)));
        let after = CheckRule {
            requirements: vec![(requirement.id.clone(), requirement.breach(self.edition))],
            check: Check::After([("/status".to_owned(), Value::from(place.to.code()))].into()),
        };
        match place.outcome() {
            Outcome::Accepted => std::iter::once(after).chain(listed).collect(),
            Outcome::Either => listed.collect(),
            Outcome::Refused | Outcome::RejectedOrValid => Vec::new(),
        }
    }
}

impl PlannedCell<'_> {
    fn outcome(&self) -> Outcome {
        match self.cell {
            Cell::Allowed => Outcome::Accepted,
            Cell::UnsupportedValue | Cell::Omitted => Outcome::Refused,
            Cell::SelfTransition | Cell::Open => Outcome::Either,
        }
    }

    /// What is sent: the document written last for the cell, or the plain change.
    fn document(&self) -> Value {
        match self.settings.iter().rev().find_map(|setting| setting.patch.as_ref()) {
            Some(Patch::Document(value)) => substitute(value, &[("to".to_owned(), self.to.code().into())].into()),
            Some(Patch::Advance | Patch::Previous) | None => plain_change(self.to),
        }
    }

    fn title(&self) -> String {
        let PlannedCell { from, to, .. } = self;
        match self.cell {
            Cell::Allowed => format!("{from} may become {to}"),
            Cell::UnsupportedValue => format!("{from} to {to} is refused: {to} cannot be set"),
            Cell::Omitted => format!("{from} to {to} is refused: the sequence is not listed"),
            Cell::SelfTransition => format!("{from} to {to}: no document decides"),
            Cell::Open => format!("{from} to {to}: accepted, or refused without effect"),
        }
    }
}
