//! What a rule presupposes: the rules it rests on, directly and through others, without a circle.

use std::collections::BTreeSet;

use super::{Contract, Requirement, RequirementId};
use crate::words::yaml::Problem;

impl Contract {
    /// Everything that a rule presupposes, directly and through others, the nearest first.
    pub fn presupposed(&self, id: &RequirementId) -> Vec<&RequirementId> {
        presupposed(&self.requirements, id)
    }
}

/// Adds the rules that presuppose themselves.
pub(super) fn check(requirements: &[Requirement], problems: &mut Vec<Problem>) {
    for requirement in requirements {
        let all = presupposed(requirements, &requirement.id);
        if all.contains(&&requirement.id) {
            let (path, span) = &requirement.place;
            let message = format!("`{}` rests on itself, through what it rests on", requirement.id);
            problems.push(Problem::new(path, *span, message).accepted("rests-on without a circle"));
        }
    }
}

fn presupposed<'r>(requirements: &'r [Requirement], id: &RequirementId) -> Vec<&'r RequirementId> {
    let of = |id: &RequirementId| requirements.iter().find(|requirement| requirement.id == *id);
    let mut found: Vec<&RequirementId> =
        of(id).map(|requirement| requirement.rests_on.iter().collect()).unwrap_or_default();
    let mut seen: BTreeSet<&RequirementId> = found.iter().copied().collect();
    let mut next = 0;
    while let Some(id) = found.get(next).copied() {
        next += 1;
        let further = of(id).map(|requirement| requirement.rests_on.as_slice()).unwrap_or_default();
        found.extend(further.iter().filter(|id| seen.insert(id)));
    }
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::suite::contract::contract;

    #[test]
    fn what_a_rule_presupposes_is_found_through_others_and_a_circle_is_a_problem() {
        let mut requirements: Vec<Requirement> = contract().unwrap().requirements.iter().take(3).cloned().collect();
        let ids: Vec<RequirementId> = requirements.iter().map(|requirement| requirement.id.clone()).collect();
        requirements.iter_mut().for_each(|requirement| requirement.rests_on.clear());
        requirements[0].rests_on = vec![ids[1].clone()];
        requirements[1].rests_on = vec![ids[2].clone()];
        assert_eq!(presupposed(&requirements, &ids[0]), [&ids[1], &ids[2]]);
        let mut problems = Vec::new();
        check(&requirements, &mut problems);
        assert!(problems.is_empty());
        requirements[2].rests_on = vec![ids[0].clone()];
        check(&requirements, &mut problems);
        assert_eq!(problems.len(), 3);
        assert!(problems[0].message.contains("rests on itself"), "{}", problems[0].message);
    }
}
