//! What a target declares that it cannot have.

use std::collections::BTreeMap;

use super::profile::Profile;
use crate::suite::contract::Edition;
use crate::suite::scenario::{Feature, Fixture};
use crate::words::yaml::{Located, Problem};

/// What the same file says that the target has.
pub(super) struct HadFixtures<'f> {
    pub listed: &'f BTreeMap<Fixture, Vec<Located<String>>>,
    /// Appointments are made with POST.
    pub creates: bool,
    pub edition: Option<Edition>,
}

/// Declarations that no target can make: of what is no state of an appointment, and of what its file lists or makes.
pub(super) fn undeclarable(
    target: &str,
    without: &BTreeMap<Fixture, Located<String>>,
    had: &HadFixtures<'_>,
) -> Vec<Problem> {
    let is_made = |fixture: &Fixture| match fixture {
        Fixture::Booked => had.creates,
        Fixture::Proposed => had.creates && had.edition == Some(Edition::March2024),
        Fixture::Any
        | Fixture::None
        | Fixture::Unknown
        | Fixture::Pending
        | Fixture::Arrived
        | Fixture::Fulfilled
        | Fixture::Cancelled
        | Fixture::Noshow
        | Fixture::EnteredInError
        | Fixture::CheckedIn
        | Fixture::Waitlist
        | Fixture::ProposedWithReason
        | Fixture::Tentative
        | Fixture::VideoUnlinked
        | Fixture::VideoLinked
        | Fixture::Locked
        | Fixture::FailingDependency
        | Fixture::Deleted
        | Fixture::NotCancelable => false,
    };
    let why = |fixture: &Fixture| {
        if matches!(fixture, Fixture::Any | Fixture::None | Fixture::Unknown) {
            Some("it is no state that a target could lack")
        } else if had.listed.get(fixture).is_some_and(|ids| !ids.is_empty()) {
            Some("the same file lists appointments in it")
        } else {
            is_made(fixture).then_some("the same file has such appointments made with POST")
        }
    };
    let problem = |fixture: &Fixture, reason: &Located<String>| {
        let message = format!("`{fixture}` cannot be declared away: {}", why(fixture)?);
        let problem = Problem::new(target, reason.span, message);
        Some(problem.accepted("a fixture that the target has no appointment for, and none is made for"))
    };
    without.iter().filter_map(|(fixture, reason)| problem(fixture, reason)).collect()
}

/// Declarations about features that the same file, or the base URL, contradicts.
pub(super) fn undeclarable_features(
    target: &str,
    without: &BTreeMap<Feature, Located<String>>,
    profile: &Profile,
) -> Vec<Problem> {
    let edition = profile.edition.unwrap_or(Edition::May2019);
    let supply = profile.supply(edition);
    let had = without.iter().filter(|(feature, _)| supply.features.contains(feature));
    let problem = |(feature, reason): (&Feature, &Located<String>)| {
        let message = format!("`{}` cannot be declared away: the same file provides it", feature.name());
        Problem::new(target, reason.span, message).accepted("something that the target has not")
    };
    had.map(problem).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use crate::sut::{ProfileError, load_text};
    use crate::words::yaml::render;

    #[test]
    fn what_a_target_has_or_cannot_lack_is_not_declared_away() {
        for (fixture, more, why) in [
            ("any", "", "no state"),
            ("none", "", "no state"),
            ("unknown", "", "no state"),
            ("booked", "", "made with POST"),
            ("booked", "fixtures: { booked: ['1'] }\n", "lists"),
            ("locked", "fixtures: { locked: ['1'] }\n", "lists"),
            ("proposed", "edition: 2024-03\n", "made with POST"),
        ] {
            let text = format!("base-url: http://a.example/r4\n{more}without:\n  {fixture}: we have none\n");
            let ProfileError::Problems { problems, files } = load_text("t.yaml", &text).unwrap_err() else {
                unreachable!("{text}")
            };
            let listed = render(&problems, &files, false);
            assert!(listed.contains("cannot be declared away") && listed.contains(why), "{listed}");
        }
        for (fixture, more) in [
            ("locked", ""),
            ("proposed", "edition: 2019-05\n"),
            ("booked", "create: false\n"),
            ("video-linked", "fixtures: { booked: ['1'], video-linked: [] }\n"),
        ] {
            let text = format!("base-url: http://a.example/r4\n{more}without:\n  {fixture}: we have none\n");
            assert!(load_text("t.yaml", &text).is_ok(), "{text}");
        }
    }
}
