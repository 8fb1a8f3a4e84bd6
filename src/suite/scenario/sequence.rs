//! Generated sequences as they are written: how many, how long, and how often each generator is asked for a step.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::Fixture;
use crate::suite::contract::{Edition, RequirementId};
use crate::words::yaml::Located;

/// A file of generated sequences.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SequenceFile {
    /// Always `sequence`.
    #[schemars(with = "SequenceKind")]
    pub kind: String,
    pub title: String,
    pub sequences: Vec<Located<Sequence>>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
#[expect(dead_code, reason = "stands for a constant in the JSON Schema")]
enum SequenceKind {
    Sequence,
}

/// Lists of steps that are drawn at random, each sent to an appointment of its own and judged step by step.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Sequence {
    /// Stable name, `sequences/short-name`.
    pub id: Located<String>,
    /// One sentence that says what a conforming server does.
    pub title: String,
    /// The requirements that the steps are judged for; a deviation names the one it breaks.
    pub verifies: Vec<Located<RequirementId>>,
    /// The editions the sequences belong to; all of them where the key is absent.
    pub editions: Option<Vec<Edition>>,
    /// The appointment each sequence begins with.
    #[serde(default = "booked")]
    pub fixture: Fixture,
    /// How many sequences a run tries; `--cases` says otherwise.
    pub cases: Located<u32>,
    /// Steps of one sequence, at most; a sequence may be shorter.
    pub length: Located<usize>,
    /// How often each generator is asked for a step, relative to the others. One that is not named is never asked.
    #[schemars(with = "BTreeMap<GeneratorName, u32>")]
    pub weights: Located<BTreeMap<String, Located<u32>>>,
    /// The seed of these sequences, where they must not depend on `--seed`.
    pub seed: Option<u64>,
}

const fn booked() -> Fixture {
    Fixture::Booked
}

/// What can be drawn for a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema)]
#[schemars(rename_all = "kebab-case", rename = "GeneratorName")]
pub enum Generator {
    /// The documented change to one of the ten statuses, allowed here or not.
    Status,
    /// A documented command with all that must come with it (vendor editions).
    Command,
    /// A documented command with a value at the edge of what is allowed, or just beyond (vendor editions).
    Boundary,
    /// A documented command whose company is missing, repeated or contradictory (vendor editions).
    Company,
    /// Operations and pointers that no edition lists.
    Unlisted,
    /// JSON Patch on the members an appointment really has.
    Member,
    /// Bodies that are no patch document, or hardly one.
    Malformed,
    /// Bodies of extreme size or depth.
    Huge,
    /// The documented change with other media types or header lines.
    Header,
    /// The documented change with another If-Match.
    Tag,
    /// A patch that names another appointment.
    Bystander,
    /// A read in between.
    Read,
}

use Generator as GeneratorName;

impl Generator {
    /// All of them.
    pub const ALL: [Generator; 12] = [
        Generator::Status,
        Generator::Command,
        Generator::Boundary,
        Generator::Company,
        Generator::Unlisted,
        Generator::Member,
        Generator::Malformed,
        Generator::Huge,
        Generator::Header,
        Generator::Tag,
        Generator::Bystander,
        Generator::Read,
    ];

    /// The name in files.
    pub const fn name(self) -> &'static str {
        match self {
            Generator::Status => "status",
            Generator::Command => "command",
            Generator::Boundary => "boundary",
            Generator::Company => "company",
            Generator::Unlisted => "unlisted",
            Generator::Member => "member",
            Generator::Malformed => "malformed",
            Generator::Huge => "huge",
            Generator::Header => "header",
            Generator::Tag => "tag",
            Generator::Bystander => "bystander",
            Generator::Read => "read",
        }
    }

    /// Whether an edition has anything to draw from.
    pub const fn exists_in(self, edition: Edition) -> bool {
        match self {
            Generator::Command | Generator::Boundary | Generator::Company => edition.is_vendor(),
            Generator::Status
            | Generator::Unlisted
            | Generator::Member
            | Generator::Malformed
            | Generator::Huge
            | Generator::Header
            | Generator::Tag
            | Generator::Bystander
            | Generator::Read => true,
        }
    }
}

impl std::str::FromStr for Generator {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Generator::ALL.into_iter().find(|generator| generator.name() == text).ok_or_else(|| {
            format!("invalid generator `{text}`: expected {}", Generator::ALL.map(Generator::name).join(", "))
        })
    }
}

impl Sequence {
    /// The editions it belongs to.
    pub fn editions(&self) -> &[Edition] {
        self.editions.as_deref().unwrap_or(&Edition::ALL)
    }

    /// The generators that an edition draws from, with their weights.
    pub fn drawn(&self, edition: Edition) -> Vec<(Generator, u32)> {
        Generator::ALL
            .into_iter()
            .filter(|generator| generator.exists_in(edition))
            .filter_map(|generator| Some((generator, self.weights.value.get(generator.name())?.value)))
            .filter(|(_, weight)| *weight > 0)
            .collect()
    }
}
