//! The in-toto statement about a run: its subject is the record's file, its predicate what the record says of the tests.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::error::AttestError;
use crate::record::{Level, RequirementRecord, RunRecord, RunVerdict, Standing, Verdict};

/// The type of an in-toto statement.
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
/// The type of the test-result predicate.
pub const PREDICATE_TYPE: &str = "https://in-toto.io/attestation/test-result/v0.1";

/// An in-toto Statement v1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    #[serde(rename = "_type")]
    pub kind: String,
    pub subject: Vec<StatementSubject>,
    #[serde(rename = "predicateType")]
    pub predicate_type: String,
    pub predicate: Predicate,
}

/// What a statement is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StatementSubject {
    #[serde(default)]
    pub name: String,
    /// Digests in hexadecimal by algorithm.
    pub digest: BTreeMap<String, String>,
}

/// The test-result predicate v0.1. The tests are requirements, named by their ids.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Predicate {
    pub result: TestResult,
    /// The tool, the contract, the edition and the target.
    pub configuration: Vec<ResourceDescriptor>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub url: Option<String>,
    #[serde(default)]
    pub passed_tests: Vec<String>,
    /// Kept with a warning, or broken where it does not decide.
    #[serde(default)]
    pub warned_tests: Vec<String>,
    /// What keeps the run from being conformant: broken, or a MUST without a verdict.
    #[serde(default)]
    pub failed_tests: Vec<String>,
}

/// The result of a run in the words of the predicate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum TestResult {
    Passed,
    Warned,
    Failed,
}

/// Something the run was configured with. One of `uri` and `digest` is there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResourceDescriptor {
    #[serde(default)]
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub uri: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub digest: BTreeMap<String, String>,
}

impl TestResult {
    /// The word in the predicate.
    pub const fn name(self) -> &'static str {
        match self {
            TestResult::Passed => "PASSED",
            TestResult::Warned => "WARNED",
            TestResult::Failed => "FAILED",
        }
    }
}

impl Statement {
    pub(super) fn of(record: &RunRecord, sha256: &str, name: &str, url: Option<String>) -> Statement {
        Statement {
            kind: STATEMENT_TYPE.to_owned(),
            subject: vec![StatementSubject {
                name: name.to_owned(),
                digest: [("sha256".to_owned(), sha256.to_owned())].into(),
            }],
            predicate_type: PREDICATE_TYPE.to_owned(),
            predicate: Predicate::of(record, url),
        }
    }

    pub(super) fn read(json: &[u8]) -> Result<Statement, AttestError> {
        /// The types alone, so that another kind of statement is named and not found malformed.
        #[derive(Deserialize)]
        struct Types {
            #[serde(rename = "_type")]
            kind: String,
            #[serde(rename = "predicateType", default)]
            predicate: String,
        }
        let no_statement =
            |error: serde_json::Error| AttestError::Unreadable(format!("holds no in-toto statement ({error})"));
        let types: Types = serde_json::from_slice(json).map_err(no_statement)?;
        if types.kind != STATEMENT_TYPE {
            return Err(AttestError::Unreadable(format!("holds a `{}`", types.kind)));
        }
        if types.predicate != PREDICATE_TYPE {
            return Err(AttestError::Unreadable(format!("holds a statement with a `{}`", types.predicate)));
        }
        serde_json::from_slice(json).map_err(no_statement)
    }

    pub(super) fn to_json(&self) -> String {
        // Texts, lists of texts and maps from text to text: nothing in it can fail to be JSON.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Predicate {
    fn of(record: &RunRecord, url: Option<String>) -> Predicate {
        let mut predicate = Predicate {
            result: TestResult::Failed,
            configuration: configuration(record),
            url,
            passed_tests: Vec::new(),
            warned_tests: Vec::new(),
            failed_tests: Vec::new(),
        };
        for requirement in &record.requirements {
            let list = match list(requirement, record.strict_base) {
                Some(TestResult::Passed) => &mut predicate.passed_tests,
                Some(TestResult::Warned) => &mut predicate.warned_tests,
                Some(TestResult::Failed) => &mut predicate.failed_tests,
                None => continue,
            };
            list.push(requirement.id.as_str().to_owned());
        }
        predicate.result = match record.summary.verdict {
            RunVerdict::Error
            | RunVerdict::NotConformant
            | RunVerdict::Incomplete
            | RunVerdict::SelectionFailed
            // A part of the suite attests nothing about the whole.
            | RunVerdict::SelectionPassed => TestResult::Failed,
            RunVerdict::Conformant if record.cut_short.is_some() || !predicate.failed_tests.is_empty() => {
                TestResult::Failed
            }
            RunVerdict::Conformant if !predicate.warned_tests.is_empty() => TestResult::Warned,
            RunVerdict::Conformant => TestResult::Passed,
        };
        predicate
    }

    /// Whether it says what the record says.
    pub(super) fn agrees(&self, gives: &Predicate) -> Result<(), AttestError> {
        let differs = |what, said: String, gives: String| Err(AttestError::Disagrees { what, said, gives });
        if self.result != gives.result {
            return differs("the result", self.result.name().to_owned(), gives.result.name().to_owned());
        }
        let lists = [
            ("the tests passed", &self.passed_tests, &gives.passed_tests),
            ("the tests passed with warnings", &self.warned_tests, &gives.warned_tests),
            ("the tests failed", &self.failed_tests, &gives.failed_tests),
        ];
        for (what, said, gives) in lists {
            if said != gives {
                let (said, gives) = (without(said, gives), without(gives, said));
                return differs(what, said, gives);
            }
        }
        if self.configuration != gives.configuration {
            let json = |descriptors: &[ResourceDescriptor]| serde_json::to_string(descriptors).unwrap_or_default();
            return differs("the configuration", json(&self.configuration), json(&gives.configuration));
        }
        Ok(())
    }
}

fn configuration(record: &RunRecord) -> Vec<ResourceDescriptor> {
    let tool = format!("pkg:cargo/{}@{}", record.tool.name, record.tool.version);
    let edition =
        format!("contract, edition {}{}", record.edition, if record.strict_base { ", strict base" } else { "" });
    let digest = [("sha256".to_owned(), record.contract.digest.clone())].into();
    vec![
        ResourceDescriptor { name: "tool".to_owned(), uri: Some(tool), digest: BTreeMap::new() },
        ResourceDescriptor { name: edition, uri: None, digest },
        ResourceDescriptor {
            name: "target".to_owned(),
            uri: Some(record.target.base_url.clone()),
            digest: BTreeMap::new(),
        },
    ]
}

/// The list a requirement belongs to. What was only observed, does not apply or is not asked for is in none.
fn list(requirement: &RequirementRecord, strict_base: bool) -> Option<TestResult> {
    let decides = requirement.level == Level::Must && (requirement.standing == Standing::Native || strict_base);
    match requirement.verdict {
        Verdict::Pass => Some(TestResult::Passed),
        Verdict::Warn => Some(TestResult::Warned),
        Verdict::Error => Some(TestResult::Failed),
        Verdict::Fail => Some(if decides { TestResult::Failed } else { TestResult::Warned }),
        Verdict::Inconclusive | Verdict::NotTested => (decides && !requirement.beyond).then_some(TestResult::Failed),
        Verdict::Observed | Verdict::NotApplicable => None,
    }
}

/// What one list has and the other lacks.
fn without(list: &[String], other: &[String]) -> String {
    const SHOWN: usize = 6;
    let mut rest: Vec<&str> = list.iter().filter(|id| !other.contains(id)).map(String::as_str).collect();
    if rest.len() > SHOWN {
        rest.truncate(SHOWN);
        rest.push("…");
    }
    if rest.is_empty() { "nothing else".to_owned() } else { rest.join(", ") }
}
