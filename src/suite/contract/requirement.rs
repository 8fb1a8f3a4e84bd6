//! One rule of the contract: its id, level, basis, source, and what each edition expects.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{CodePattern, Edition, Expectation};

/// The id of a requirement: `APPT-`, an area, a two-digit number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RequirementId(String);

impl RequirementId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The section of the contract it belongs to.
    pub fn area(&self) -> Option<Area> {
        self.0.split('-').nth(1)?.parse().ok()
    }
}

impl FromStr for RequirementId {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let valid = text.strip_prefix("APPT-").and_then(|rest| rest.rsplit_once('-')).is_some_and(|(area, number)| {
            area.parse::<Area>().is_ok() && number.len() == 2 && number.bytes().all(|byte| byte.is_ascii_digit())
        });
        if valid {
            Ok(RequirementId(text.to_owned()))
        } else {
            Err(format!("invalid requirement id `{text}`: expected APPT-<AREA>-<two digits>"))
        }
    }
}

impl TryFrom<String> for RequirementId {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<RequirementId> for String {
    fn from(id: RequirementId) -> String {
        id.0
    }
}

impl fmt::Display for RequirementId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl schemars::JsonSchema for RequirementId {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RequirementId".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^APPT-(AUTH|HDR|RSP|VER|TRN|OPS|COMB|VAL|ERR|CONC|ATOM|RFC|BASE)-[0-9]{2}$",
            "description": "The id of a requirement of the contract, as in APPT-VER-04."
        })
    }
}

/// A section of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Area {
    Auth,
    Hdr,
    Rsp,
    Ver,
    Trn,
    Ops,
    Comb,
    Val,
    Err,
    Conc,
    Atom,
    Rfc,
    Base,
}

impl Area {
    /// All areas in the order of the catalogue.
    pub const ALL: [Area; 13] = [
        Area::Auth,
        Area::Hdr,
        Area::Rsp,
        Area::Ver,
        Area::Trn,
        Area::Ops,
        Area::Comb,
        Area::Val,
        Area::Err,
        Area::Conc,
        Area::Atom,
        Area::Rfc,
        Area::Base,
    ];

    /// The area as it stands in a requirement id.
    pub const fn code(self) -> &'static str {
        match self {
            Area::Auth => "AUTH",
            Area::Hdr => "HDR",
            Area::Rsp => "RSP",
            Area::Ver => "VER",
            Area::Trn => "TRN",
            Area::Ops => "OPS",
            Area::Comb => "COMB",
            Area::Val => "VAL",
            Area::Err => "ERR",
            Area::Conc => "CONC",
            Area::Atom => "ATOM",
            Area::Rfc => "RFC",
            Area::Base => "BASE",
        }
    }
}

impl FromStr for Area {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Area::ALL
            .into_iter()
            .find(|area| area.code() == text)
            .ok_or_else(|| format!("`{text}` is no area of the contract"))
    }
}

/// How strongly a document asks for something (design section 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    Must,
    Should,
    May,
    Observed,
    Unspecified,
}

impl Level {
    /// All levels, the strongest first.
    pub const ALL: [Level; 5] = [Level::Must, Level::Should, Level::May, Level::Observed, Level::Unspecified];

    /// The level as it is printed.
    pub const fn name(self) -> &'static str {
        match self {
            Level::Must => "MUST",
            Level::Should => "SHOULD",
            Level::May => "MAY",
            Level::Observed => "OBSERVED",
            Level::Unspecified => "UNSPECIFIED",
        }
    }
}

/// Who makes the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RuleBasis {
    Stated,
    Inferred,
    Example,
    Base,
    Unspecified,
}

/// Who fixes the status code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CodeBasis {
    Stated,
    Inferred,
    Example,
    Base,
    Unspecified,
    None,
}

/// The verdict that a broken rule earns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Breach {
    Fail,
    Warn,
    Observe,
}

/// Where a document says it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The key of the document.
    pub doc: String,
    /// The section of the document.
    pub section: String,
}

/// How a requirement stands in a run of one edition (design section 4.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// The edition itself says it.
    Native,
    /// The base specification says it and the edition does not override it.
    Inherited,
}

/// One rule of the contract.
#[derive(Debug, Clone, PartialEq)]
pub struct Requirement {
    pub id: RequirementId,
    pub area: Area,
    /// A short phrase.
    pub title: String,
    /// The rule in one sentence.
    pub statement: String,
    pub level: Level,
    pub rule: RuleBasis,
    pub code: CodeBasis,
    pub editions: Vec<Edition>,
    pub source: Source,
    pub also: Vec<Source>,
    /// What is expected where an edition has nothing of its own.
    pub expect: Option<Expectation>,
    /// Expectations of named situations.
    pub cases: BTreeMap<String, Expectation>,
    /// What one edition expects instead.
    pub within: BTreeMap<Edition, Within>,
    /// The vendor requirement that takes this one's place, by vendor edition.
    pub overridden: BTreeMap<Edition, RequirementId>,
    /// Where the level alone does not decide what a breach means.
    pub breach: Option<Breach>,
    /// The decision taken where documents are silent or contradict each other.
    pub reading: Option<String>,
    /// Why no scenario can verify it.
    pub not_tested: Option<String>,
    /// What the rule presupposes: where one response breaks both, this one follows from those.
    pub rests_on: Vec<RequirementId>,
    /// The status codes that show that this rule is the one at fault, whatever else the response breaks.
    pub shown_by: Vec<CodePattern>,
    /// What a server error to a request that has to be rejected comes to in the base specification (reading C-38).
    pub server_error: Option<ServerError>,
    /// Where it is written: the file below `scenarios/` and the place in it.
    pub place: (String, crate::words::yaml::Span),
}

/// What a rule makes of a server error without effect where a rejection is due (reading C-38).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ServerError {
    /// The rule forbids the effect only, so it is kept.
    Kept,
    /// It warns, and rests on the rule about server errors in this trial.
    Warns,
}

/// What one edition expects instead of a requirement's common expectations.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Within {
    pub expect: Option<Expectation>,
    pub cases: BTreeMap<String, Expectation>,
    pub breach: Option<Breach>,
    pub words: InEdition,
}

/// How one edition says a rule, where not in the common words, and which of its documents has it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct InEdition {
    pub title: Option<String>,
    pub statement: Option<String>,
    pub source: Option<Source>,
}

impl Requirement {
    /// The title that an edition shows.
    pub fn title(&self, edition: Edition) -> &str {
        self.words(edition).and_then(|words| words.title.as_ref()).unwrap_or(&self.title)
    }

    /// The rule in the words of an edition.
    pub fn statement(&self, edition: Edition) -> &str {
        self.words(edition).and_then(|words| words.statement.as_ref()).unwrap_or(&self.statement)
    }

    /// Where a document of the edition says it.
    pub fn source(&self, edition: Edition) -> &Source {
        self.words(edition).and_then(|words| words.source.as_ref()).unwrap_or(&self.source)
    }

    fn words(&self, edition: Edition) -> Option<&InEdition> {
        self.within.get(&edition).map(|within| &within.words)
    }

    /// Whether the contract lets a run be conformant with a warning of this rule: a reading says so, or the code is tolerated,
    /// or no document fixes it.
    pub fn grants_warnings(&self, edition: Edition) -> bool {
        let within = self.within.get(&edition);
        let sets = self.expect.iter().chain(self.cases.values());
        let mut sets = sets.chain(within.iter().flat_map(|within| within.expect.iter().chain(within.cases.values())));
        let open = match self.code {
            CodeBasis::Stated | CodeBasis::Base => false,
            CodeBasis::Inferred | CodeBasis::Example | CodeBasis::Unspecified | CodeBasis::None => true,
        };
        open || self.reading.is_some() || self.server_error.is_some() || sets.any(|set| !set.tolerate.is_empty())
    }

    /// How the requirement stands in a run of `edition`; `None` where it has no place in it.
    pub fn standing(&self, edition: Edition) -> Option<Standing> {
        if self.editions.contains(&edition) {
            return Some(Standing::Native);
        }
        let base = edition.base()?;
        (self.editions.contains(&base) && !self.overridden.contains_key(&edition)).then_some(Standing::Inherited)
    }

    /// What a request of this requirement may be answered with, in one edition and one named situation.
    pub fn expectation(&self, edition: Edition, case: Option<&str>) -> Option<&Expectation> {
        let within = self.within.get(&edition);
        if let Some(case) = case {
            return within.and_then(|within| within.cases.get(case)).or_else(|| self.cases.get(case));
        }
        within.and_then(|within| within.expect.as_ref()).or(self.expect.as_ref())
    }

    /// What breaking the rule means in one edition: the table's word, else the level's and the rule's basis (design 4.1).
    pub fn breach(&self, edition: Edition) -> Breach {
        let said = self.within.get(&edition).and_then(|within| within.breach).or(self.breach);
        said.unwrap_or(match (self.level, self.rule) {
            (Level::Must, _) => Breach::Fail,
            (Level::Should, RuleBasis::Stated | RuleBasis::Base) => Breach::Fail,
            (Level::Should, RuleBasis::Inferred | RuleBasis::Example | RuleBasis::Unspecified) => Breach::Warn,
            (Level::May, _) => Breach::Warn,
            (Level::Observed | Level::Unspecified, _) => Breach::Observe,
        })
    }
}
