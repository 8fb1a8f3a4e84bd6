//! The matrix and the properties: what is written once for many exchanges.

use crate::suite::contract::Edition;
use crate::suite::scenario::{CellSetting, MatrixFile, Patch, Placeholder, Property};
use crate::words::yaml::Node;

use super::case::standing;
use super::documents::Documents;
use super::known::KnownNames;
use super::observed::{self, Surroundings, header_name};
use super::page::{CheckedFile, under};
use super::placeholders;

/// What is bound in a cell of the matrix.
const IN_CELL: [Placeholder; 7] = [
    Placeholder::To,
    Placeholder::Id,
    Placeholder::Status,
    Placeholder::Version,
    Placeholder::Slot,
    Placeholder::SecondSlot,
    Placeholder::Bystander,
];

/// Adds the problems of a matrix.
pub(super) fn matrix(page: &mut CheckedFile<'_>, known: &KnownNames<'_>, matrix: &MatrixFile, node: &Node) {
    let all = matrix.editions.as_deref().unwrap_or(&Edition::ALL);
    for (entry, node) in matrix.cells.iter().zip(under(node, "cells").items()) {
        cell(page, known, (&entry.value, node), all);
    }
}

fn cell(page: &mut CheckedFile<'_>, known: &KnownNames<'_>, (cell, node): (&CellSetting, &Node), all: &[Edition]) {
    standing(page, known, &cell.verifies, (cell.editions.as_deref(), node));
    let named = cell.editions.as_deref().unwrap_or(all);
    for (edition, place) in cell.editions.iter().flatten().zip(under(node, "editions").items()) {
        if !all.contains(edition) {
            page.wrong(place.span, format!("the matrix is not expanded in {edition}"), "an edition of the matrix");
        }
    }
    if let Some(patch) = node.get("patch") {
        placeholders::check(page, patch, &IN_CELL);
        let allowed = |edition: &&Edition| {
            let table = known.contract.tables.transitions.get(*edition);
            table.is_some_and(|table| {
                let holds = |set: &Option<Vec<_>>, status| set.as_ref().is_none_or(|set| set.contains(&status));
                table.allowed().any(|(from, to)| holds(&cell.from, from) && holds(&cell.to, to))
            })
        };
        let accepted: Vec<Edition> = named.iter().filter(allowed).copied().collect();
        match &cell.patch {
            Some(Patch::Document(document)) if document.is_string() => {
                page.slip(patch.span, "patch", document.as_str().unwrap_or_default(), ["advance", "previous"]);
            }
            Some(Patch::Document(_)) => Documents::new(vec![patch]).check(page, known, &accepted),
            Some(Patch::Advance | Patch::Previous) | None => {}
        }
    }
    let surroundings = Surroundings { bound: &IN_CELL, each: None };
    for (check, node) in cell.checks.iter().zip(under(node, "checks").items()) {
        observed::step_check(page, known, (&check.value, node), named, &surroundings);
    }
}

/// Adds the problems of a property.
pub(super) fn property(page: &mut CheckedFile<'_>, known: &KnownNames<'_>, property: &Property, node: &Node) {
    if property.verifies.is_empty() {
        page.wrong(property.id.span, "the property verifies nothing", "at least one requirement id");
    }
    standing(page, known, &property.verifies, (property.editions.as_deref(), node));
    let when = under(node, "when");
    for (key, name) in [("without-header", &property.when.without_header), ("with-header", &property.when.with_header)]
    {
        if let Some(name) = name {
            header_name(page, under(when, key).span, name);
        }
    }
    let surroundings = Surroundings { bound: &[Placeholder::Id], each: None };
    observed::check(page, known, (&property.check, under(node, "check")), &surroundings);
}
