//! Cases that are not steps on one fixture: properties, races and generated lists.

use super::expander::Expander;
use crate::plan::case::{Case, CaseKind, CheckRule, Head, PropertyRule};
use crate::plan::id::CaseId;
use crate::plan::race::Race;
use crate::plan::sequence::GeneratedLists;
use crate::suite::contract::Requirement;
use crate::suite::scenario::{Origin, Property, RaceCase, Sequence};

impl Expander<'_> {
    /// The property, where it belongs to the edition.
    pub fn property(&self, origin: &Origin, property: &Property) -> Option<Case> {
        let verified = self.standing_of(&property.editions, &property.verifies);
        let breach = |requirement: &Requirement| property.breach.unwrap_or_else(|| requirement.breach(self.edition));
        let requirements = verified.iter().map(|requirement| (requirement.id.clone(), breach(requirement))).collect();
        let rule = CheckRule { requirements, check: property.check.clone() };
        let kind = CaseKind::Property(PropertyRule { on: property.on, when: property.when.clone(), rule });
        whole(&property.id.value, &property.title, &verified, origin, kind)
    }

    /// The race, where it belongs to the edition.
    pub fn race(&self, origin: &Origin, race: &RaceCase) -> Option<Case> {
        let verified = self.standing_of(&race.editions, &race.verifies);
        whole(&race.id.value, &race.title, &verified, origin, CaseKind::Race(Race::new(race, self.edition)))
    }

    /// The generated lists, where they belong to the edition.
    pub fn lists(&self, origin: &Origin, sequence: &Sequence) -> Option<Case> {
        let verified = self.standing_of(&sequence.editions, &sequence.verifies);
        let lists = GeneratedLists {
            fixture: sequence.fixture,
            cases: sequence.cases.value,
            length: sequence.length.value,
            weights: sequence.drawn(self.edition),
            seed: sequence.seed,
        };
        whole(&sequence.id.value, &sequence.title, &verified, origin, CaseKind::Lists(lists))
    }
}

/// A case with its head; none where nothing that it verifies stands in the edition.
fn whole(id: &str, title: &str, verified: &[&Requirement], origin: &Origin, kind: CaseKind) -> Option<Case> {
    let requirements: Vec<_> = verified.iter().map(|requirement| requirement.id.clone()).collect();
    let head = Head {
        id: CaseId(id.to_owned()),
        title: title.to_owned(),
        requirements,
        origin: origin.clone(),
        selected: true,
    };
    (!head.requirements.is_empty()).then_some(Case { head, kind })
}
