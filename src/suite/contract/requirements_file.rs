//! The files of requirements, editions and sources as they are written.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::requirement::{InEdition, ServerError, Within};
use super::{
    Area, Breach, CodeBasis, CodePattern, Document, Edition, Expectation, Level, Requirement, RequirementId, RuleBasis,
    Source,
};
use crate::words::yaml::{BLANK, Located, Node, Problem, Span, did_you_mean};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EditionsFile {
    pub(super) editions: Vec<EditionEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EditionEntry {
    pub(super) id: Edition,
    pub(super) title: String,
    #[serde(rename = "kind")]
    _kind: EditionKind,
    #[serde(rename = "base")]
    _base: Option<Edition>,
    #[serde(rename = "published")]
    _published: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum EditionKind {
    Vendor,
    Base,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SourcesFile {
    pub(super) sources: BTreeMap<String, Document>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AreaFile {
    #[serde(rename = "area")]
    _area: Area,
    #[serde(rename = "title")]
    _title: String,
    pub(super) requirements: Vec<Located<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Entry {
    id: RequirementId,
    title: String,
    statement: String,
    level: Level,
    rule: RuleBasis,
    code: CodeBasis,
    editions: Vec<Edition>,
    source: Source,
    #[serde(default)]
    also: Vec<Source>,
    expect: Option<Expectation>,
    #[serde(default)]
    cases: BTreeMap<String, Expectation>,
    #[serde(default, rename = "in")]
    within: BTreeMap<Edition, WithinEntry>,
    #[serde(default)]
    overridden: BTreeMap<Edition, RequirementId>,
    breach: Option<Breach>,
    reading: Option<String>,
    not_tested: Option<String>,
    #[serde(default)]
    rests_on: Vec<RequirementId>,
    #[serde(default)]
    shown_by: Vec<CodePattern>,
    server_error: Option<ServerError>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WithinEntry {
    title: Option<String>,
    statement: Option<String>,
    source: Option<Source>,
    status: Option<Vec<CodePattern>>,
    tolerate: Option<Vec<CodePattern>>,
    forbid: Option<Vec<CodePattern>>,
    #[serde(default)]
    cases: BTreeMap<String, Expectation>,
    breach: Option<Breach>,
}

impl Entry {
    /// The requirement, and where it is written.
    pub(super) fn into_requirement(self, area: Area, place: (String, Span)) -> Requirement {
        let common = self.expect.clone().unwrap_or_default();
        let within = self
            .within
            .into_iter()
            .map(|(edition, entry)| {
                let says_codes = entry.status.is_some() || entry.tolerate.is_some() || entry.forbid.is_some();
                let expect = says_codes.then(|| Expectation {
                    status: entry.status.unwrap_or_else(|| common.status.clone()),
                    tolerate: entry.tolerate.unwrap_or_else(|| common.tolerate.clone()),
                    forbid: entry.forbid.unwrap_or_else(|| common.forbid.clone()),
                });
                let outer = expect.as_ref().unwrap_or(&common);
                // A common situation stands in the edition too, with what the edition tolerates.
                let all = self.cases.iter().map(|(name, expect)| (name.clone(), expect.clone())).chain(entry.cases);
                let cases = all.map(|(name, expect)| (name, expect.inside(outer))).collect();
                let words = InEdition { title: entry.title, statement: entry.statement, source: entry.source };
                (edition, Within { expect, cases, breach: entry.breach, words })
            })
            .collect();
        Requirement {
            id: self.id,
            area,
            title: self.title,
            statement: self.statement,
            level: self.level,
            rule: self.rule,
            code: self.code,
            editions: self.editions,
            source: self.source,
            also: self.also,
            expect: self.expect,
            cases: self.cases.into_iter().map(|(name, expect)| (name, expect.inside(&common))).collect(),
            within,
            overridden: self.overridden,
            breach: self.breach,
            reading: self.reading,
            not_tested: self.not_tested,
            rests_on: self.rests_on,
            shown_by: self.shown_by,
            server_error: self.server_error,
            place,
        }
    }
}

/// What is wrong with one requirement, whose tree is `node`, but for the ids it cites.
pub(super) fn check_requirement(
    path: &str,
    area: Area,
    (entry, node): (&Entry, &Node),
    sources: &BTreeMap<String, Document>,
    problems: &mut Vec<Problem>,
) {
    let mut wrong = |span: Span, message: String, expected: &str| {
        problems.push(Problem::new(path, span, message).accepted(expected));
    };
    let place = |key: &str| node.get(key).map_or(node.span, |value| value.span);
    if entry.id.area() != Some(area) {
        let expected = format!("an id that begins with APPT-{}-", area.code());
        wrong(place("id"), format!("`{}` does not belong into this file", entry.id), &expected);
    }
    for source in [node.get("source")].into_iter().flatten().chain(node.get("also").into_iter().flat_map(Node::items)) {
        if let Some(doc) = source.get("doc")
            && let Some(key) = doc.text()
            && !sources.contains_key(key)
            && !key.contains(BLANK)
        {
            let near = did_you_mean(key, sources.keys().map(String::as_str));
            wrong(doc.span, format!("unknown source `{key}`{near}"), "a key of scenarios/contract/sources.yaml");
        }
    }
    if entry.editions.is_empty() {
        wrong(place("editions"), format!("`{}` belongs to no edition", entry.id), "at least one edition");
    }
    let key_place = |section: &str, edition: &Edition| {
        let entries = node.get(section).map(Node::entries).unwrap_or_default();
        entries.iter().find(|(key, _, _)| key == edition.id()).map_or(node.span, |(_, span, _)| *span)
    };
    for edition in entry.overridden.keys() {
        let inherits = edition.base().is_some_and(|base| entry.editions.contains(&base));
        if entry.editions.contains(edition) || !inherits {
            let message = format!("`{}` cannot be overridden in {edition}", entry.id);
            wrong(key_place("overridden", edition), message, "an edition that would inherit it");
        }
    }
    for edition in entry.within.keys() {
        let inherits = edition.base().is_some_and(|base| entry.editions.contains(&base));
        if !entry.editions.contains(edition) && (!inherits || entry.overridden.contains_key(edition)) {
            let message = format!("`{}` does not stand in {edition}", entry.id);
            wrong(key_place("in", edition), message, "an edition of `editions`, or one that inherits it");
        }
    }
}
