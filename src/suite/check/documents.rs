//! Patch documents that have to be accepted: each operation is one that the edition offers, on a path that exists.

use crate::suite::contract::{Edition, PatchOp};
use crate::suite::scenario::mentions;
use crate::words::fhir::AppointmentStatus;
use crate::words::yaml::Node;

use super::known::KnownNames;
use super::page::{CheckedFile, under};

/// The documents that are sent in one place.
pub(super) struct Documents<'a> {
    nodes: Vec<&'a Node>,
}

impl<'a> Documents<'a> {
    /// Those in these trees.
    pub fn new(nodes: Vec<&'a Node>) -> Documents<'a> {
        Documents { nodes }
    }

    /// Adds the problems of documents that are meant to be accepted in these editions.
    pub fn check(&self, page: &mut CheckedFile<'_>, known: &KnownNames<'_>, editions: &[Edition]) {
        for operation in self.nodes.iter().flat_map(|node| node.items()) {
            check_operation(page, known, operation, editions);
        }
    }
}

fn check_operation(page: &mut CheckedFile<'_>, known: &KnownNames<'_>, node: &Node, editions: &[Edition]) {
    let (Some(op), Some(path)) = (node.get("op").and_then(Node::text), node.get("path").and_then(Node::text)) else {
        page.wrong(node.span, "an operation that is to be accepted has `op` and `path`", "both, as texts");
        return;
    };
    if mentions(op).chain(mentions(path)).next().is_some() {
        return;
    }
    let Ok(operation) = op.parse::<PatchOp>() else {
        let names = PatchOp::ALL.map(PatchOp::name);
        page.unknown(under(node, "op").span, "operation", op, names, names.join(", "));
        return;
    };
    for edition in editions {
        let place = under(node, "path").span;
        match known.contract.tables.commands.get(edition) {
            Some(commands) => {
                if !commands.iter().any(|command| command.op == operation && command.path == path) {
                    let paths = commands.iter().filter(|command| command.op == operation);
                    let paths: Vec<&str> = paths.map(|command| command.path.as_str()).collect();
                    let what = format!("command of {edition}: {op}");
                    page.unknown(place, &what, path, paths.iter().copied(), paths.join(", "));
                    return;
                }
            }
            None => {
                if let Err(astray) = known.contract.tables.resources.follow(Some("Appointment"), path) {
                    page.wrong(place, astray.message, astray.expected);
                    return;
                }
            }
        }
    }
    if let (PatchOp::Replace, "/status", Some(value)) = (operation, path, node.get("value")) {
        check_status(page, value);
    }
}

fn check_status(page: &mut CheckedFile<'_>, value: &Node) {
    let Some(text) = value.text() else { return };
    if mentions(text).next().is_none() && text.parse::<AppointmentStatus>().is_err() {
        let codes = AppointmentStatus::ALL.map(AppointmentStatus::code);
        page.unknown(value.span, "status", text, codes, codes.join(", "));
    }
}
