//! Faults that take operations which the edition's table does not list.

use serde_json::Value;

use crate::reference::clause::{Clause, is_link};
use crate::reference::operation::DocumentOperation;
use crate::reference::rejection::Rejection;
use crate::reference::store::{Draft, Store};
use crate::reference::terms::Terms;
use crate::reference::{command, rfc6902};
use crate::suite::contract::PatchOp;

/// The judgement of a document, where a fault has one.
pub(super) type FaultyJudgement = Option<Result<Draft, Rejection>>;

/// An operation on a path that is not listed is carried out as RFC 6902 has it.
pub(super) fn apply_unlisted_paths(
    terms: &Terms,
    store: &Store,
    before: &Value,
    all: &[DocumentOperation],
) -> FaultyJudgement {
    let (aside, kept) = set_aside(terms, all, |operation| !is_path_listed(terms, operation))?;
    Some(judge_kept(terms, store, before, &kept).and_then(|draft| apply(terms, draft, &aside)))
}

/// An operation on a path that is not listed is passed over without a word.
pub(super) fn ignore_unlisted_paths(
    terms: &Terms,
    store: &Store,
    before: &Value,
    all: &[DocumentOperation],
) -> FaultyJudgement {
    let (_, kept) = set_aside(terms, all, |operation| !is_path_listed(terms, operation))?;
    Some(judge_kept(terms, store, before, &kept))
}

/// An operation that is not listed for a listed path is carried out as RFC 6902 has it.
pub(super) fn apply_other_operations(
    terms: &Terms,
    store: &Store,
    before: &Value,
    all: &[DocumentOperation],
) -> FaultyJudgement {
    let (aside, kept) = set_aside(terms, all, |operation| is_path_listed(terms, operation))?;
    Some(judge_kept(terms, store, before, &kept).and_then(|draft| apply(terms, draft, &aside)))
}

/// A `test` is passed over.
pub(super) fn ignore_tests(terms: &Terms, store: &Store, before: &Value, all: &[DocumentOperation]) -> FaultyJudgement {
    let (_, kept) = set_aside(terms, all, |operation| operation.op == PatchOp::Test)?;
    Some(judge_kept(terms, store, before, &kept))
}

/// Whether a clause keeps adding and replacing of video links apart, or complete.
pub(super) fn is_about_mixing_links(clause: Clause) -> bool {
    matches!(clause, Clause::ApartKept(name) | Clause::CompanyKept(name) if is_link(name))
        || matches!(clause, Clause::Offered { on_links: true, .. })
}

fn is_path_listed(terms: &Terms, operation: &DocumentOperation) -> bool {
    terms.commands.iter().any(|command| command.path == operation.path)
}

/// Parts the operations: those that are not listed and are to be set aside, and the rest. Nothing where all is as usual.
fn set_aside(
    terms: &Terms,
    operations: &[DocumentOperation],
    is_set_aside: impl Fn(&DocumentOperation) -> bool,
) -> Option<(Vec<DocumentOperation>, Vec<DocumentOperation>)> {
    let is_aside = |operation: &DocumentOperation| !command::is_listed(terms, operation) && is_set_aside(operation);
    let (aside, kept): (Vec<_>, Vec<_>) = operations.iter().cloned().partition(is_aside);
    (terms.promises.takes_commands && !aside.is_empty()).then_some((aside, kept))
}

fn judge_kept(terms: &Terms, store: &Store, before: &Value, kept: &[DocumentOperation]) -> Result<Draft, Rejection> {
    if kept.is_empty() { Ok(Draft::of(before.clone())) } else { command::judge(terms, store, before, kept) }
}

fn apply(terms: &Terms, draft: Draft, operations: &[DocumentOperation]) -> Result<Draft, Rejection> {
    let resource = rfc6902::apply(terms, &draft.resource, operations)?;
    Ok(Draft { resource, ..draft })
}
