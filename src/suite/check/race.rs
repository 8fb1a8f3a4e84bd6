//! One race: its requirements, its clients and what they send, the members by which writers are told apart.

use crate::suite::scenario::{Contest, IfMatch, Placeholder, RaceCase, RaceClients, RaceRule};
use crate::words::yaml::{Node, Span};

use super::case::standing;
use super::documents::Documents;
use super::known::KnownNames;
use super::observed::{Surroundings, pointer};
use super::page::{CheckedFile, under};
use super::placeholders::{self, mentioned};

/// Adds the problems of one race.
pub(super) fn check(page: &mut CheckedFile<'_>, known: &KnownNames<'_>, race: &RaceCase, node: &Node) {
    standing(page, known, &race.verifies, (race.editions.as_deref(), node));
    for id in race.verifies.iter().filter(|id| known.has_requirement(id.value.as_str())) {
        if RaceRule::of(&id.value).is_none() {
            let rules: Vec<&str> = RaceRule::ALL.iter().map(|(id, _)| *id).collect();
            page.wrong(id.span, format!("a race shows nothing about `{}`", id.value), rules.join(", "));
        }
    }
    let count: usize = race.clients.iter().map(|group| usize::from(group.value.count)).sum();
    let most = usize::from(RaceCase::MOST_CLIENTS);
    if !(2..=most).contains(&count) {
        page.wrong(race.id.span, format!("the race has {count} clients"), format!("2 to {most} clients"));
    }
    if race.rounds == 0 {
        page.wrong(race.id.span, "the race has no rounds", "a number from 1");
    }
    if race.verifies.is_empty() {
        page.wrong(race.id.span, "the race verifies nothing", "at least one requirement id");
    }
    for (group, node) in race.clients.iter().zip(under(node, "clients").items()) {
        clients(page, race, (&group.value, group.span), node);
        if let Some(patch) = node.get("patch") {
            let editions = known.editions(&race.verifies, race.editions.as_deref());
            Documents::new(vec![patch]).check(page, known, &editions);
        }
    }
    let surroundings = Surroundings { bound: &[], each: None };
    for item in node.get("shows").map(Node::items).unwrap_or_default() {
        placeholders::check(page, item, &[]);
        pointer(page, known, (item.span, item.text().unwrap_or_default()), Some("Appointment"), &surroundings);
    }
    if let Some(then) = node.get("then") {
        placeholders::check(page, then, &bound(race));
        let editions = known.editions(&race.verifies, race.editions.as_deref());
        Documents::new(vec![then]).check(page, known, &editions);
    }
}

/// What is bound in every document of a race.
fn bound(race: &RaceCase) -> Vec<Placeholder> {
    let mut bound = vec![Placeholder::Id, Placeholder::Status];
    match race.contest {
        Contest::Slot => bound.push(Placeholder::Slot),
        Contest::Version | Contest::Nothing => {}
    }
    bound
}

fn clients(page: &mut CheckedFile<'_>, race: &RaceCase, (group, span): (&RaceClients, Span), node: &Node) {
    if group.patch.is_some() == group.reads.is_some() {
        page.wrong(span, "a client writes or reads", "either `patch` or `reads`");
    }
    if group.reads.is_some() && race.contest != Contest::Version {
        page.wrong(span, "readers need an appointment that all clients share", "`contest: version`");
    }
    let patch = node.get("patch");
    if patch.is_some_and(|patch| mentioned(patch, Placeholder::Each)) == group.each.is_empty() {
        page.wrong(span, "`each` and `$each` go together", "values in `each` exactly where the patch has `$each`");
    }
    let bound = bound(race);
    if let Some(patch) = patch {
        let with_each: Vec<Placeholder> = bound.iter().copied().chain([Placeholder::Each]).collect();
        placeholders::check(page, patch, &with_each);
    }
    for value in node.get("each").map(Node::items).unwrap_or_default() {
        placeholders::check(page, value, &bound);
    }
    match &group.if_match {
        IfMatch::Raw(_) => {
            let tags = [Placeholder::Version, Placeholder::Weak, Placeholder::Stale];
            placeholders::check(page, under(node, "if-match"), &tags);
        }
        IfMatch::Current
        | IfMatch::LastEtag
        | IfMatch::Absent
        | IfMatch::Stale
        | IfMatch::NeverExisted
        | IfMatch::Any
        | IfMatch::Strong => {}
    }
}
