//! What a list leaves an appointment as: a valid one, whatever its patches asked for (reading C-39).

use serde_json::Value;

use super::account::Account;
use super::deviation::DeviationKind;
use crate::model::check_resource;
use crate::suite::contract::roles;
use crate::suite::scenario::ResourceRule;

impl Account<'_> {
    /// After a success an appointment of the base specification keeps the rules that it kept before.
    pub(super) fn served(&mut self, before: &Value, after: &Value) {
        if self.edition.is_vendor() {
            return;
        }
        for rule in ResourceRule::ALL {
            let Some(id) = requirement(rule).filter(|_| check_resource(rule, before).is_ok()) else { continue };
            if let Err(breach) = check_resource(rule, after) {
                self.deviate(id, DeviationKind::Served(rule), None, breach.expected, breach.found);
            }
        }
    }
}

/// The requirement that a rule is about; nothing where it is not about what an appointment holds.
const fn requirement(rule: ResourceRule) -> Option<&'static str> {
    match rule {
        ResourceRule::StatusInValueSet => Some(roles::STATUS_IN_VALUE_SET),
        ResourceRule::ParticipantStatusInValueSet => Some(roles::PARTICIPANT_STATUS_IN_VALUE_SET),
        ResourceRule::ParticipantHasTypeOrActor => Some(roles::PARTICIPANT_HAS_TYPE_OR_ACTOR),
        ResourceRule::StartAndEndTogether => Some(roles::START_AND_END_TOGETHER),
        ResourceRule::StartUnlessOpen => Some(roles::START_UNLESS_OPEN),
        ResourceRule::ReasonOnlyWhenCancelled => Some(roles::REASON_ONLY_WHEN_CANCELLED),
        ResourceRule::Structure => Some(roles::SERVED_STRUCTURE),
        ResourceRule::PeriodsRunForwards => Some(roles::PERIODS_RUN_FORWARDS),
        ResourceRule::HasVersion => None,
    }
}
