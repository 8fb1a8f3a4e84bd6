//! Words of the contract: what is sent and judged is made of them, so a secret that is one of them is masked nowhere else.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;

use crate::execute::creations;
use crate::suite::contract::Edition;
use crate::suite::scenario::{Fixture, Texts};
use crate::words::shipped::yaml_files;

/// The words of the contract in which a configured secret stands.
#[derive(Debug, Clone, Default)]
pub(super) struct ContractWords(BTreeSet<String>);

impl ContractWords {
    /// Of all words, those that contain one of these texts.
    pub fn around<'t>(texts: impl Iterator<Item = &'t String>, written: &Texts) -> ContractWords {
        let Ok(texts) = AhoCorasick::builder().ascii_case_insensitive(true).build(texts) else {
            return ContractWords::default();
        };
        let theirs: BTreeSet<String> = written.values().flat_map(|text| words(text)).collect();
        let all = shipped().iter().chain(&theirs);
        ContractWords(all.filter(|word| texts.is_match(word.as_str())).cloned().collect())
    }

    /// Whether a text is one of the words as a whole.
    pub fn has(&self, text: &str) -> bool {
        self.0.contains(&text.to_ascii_lowercase())
    }

    /// Whether what stands in a text from `begin` to `end` is a part of one of the words.
    pub fn covers(&self, bytes: &[u8], begin: usize, end: usize) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let before = bytes.get(..begin).unwrap_or_default();
        let behind = bytes.get(end..).unwrap_or_default();
        let is_within = |belongs: fn(u8) -> bool| {
            let first = begin - before.iter().rev().take_while(|byte| belongs(**byte)).count();
            let last = end + behind.iter().take_while(|byte| belongs(**byte)).count();
            bytes.get(first..last).and_then(|word| std::str::from_utf8(word).ok()).is_some_and(|word| self.has(word))
        };
        is_within(is_part) || is_within(|byte| is_part(byte) && !JOINS.contains(&char::from(byte)))
    }
}

/// The words of the shipped scenarios, the contract, and FHIR and HTTP where these name them.
fn shipped() -> &'static BTreeSet<String> {
    /// What servers write, and no file of ours has to.
    const OTHERS: &str = "OperationOutcome CapabilityStatement Bundle issue severity diagnostics expression location details \
                          fatal error warning information invalid structure required value invariant security login \
                          unknown expired forbidden suppressed processing not-supported duplicate multiple-matches \
                          not-found deleted too-long code-invalid extension too-costly business-rule conflict transient \
                          lock-error no-store exception timeout incomplete throttled informational resourceType status \
                          participant searchset operation-outcome application/json text/html text/plain charset=utf-8 \
                          application/json+fhir application/fhir+xml application/xml keep-alive no-cache chunked \
                          versionId lastUpdated profile reference identifier";
    static WORDS: OnceLock<BTreeSet<String>> = OnceLock::new();
    WORDS.get_or_init(|| {
        let folders = ["", "regressions", "contract", "contract/requirements", "snapshots"];
        let files = folders.into_iter().flat_map(yaml_files).map(|(_, text)| text);
        let ours = Edition::ALL.into_iter().flat_map(|edition| {
            [Fixture::Booked, Fixture::Proposed].into_iter().flat_map(move |state| creations(edition, state, None))
        });
        let ours: Vec<String> = ours.collect();
        files.chain([OTHERS]).chain(ours.iter().map(String::as_str)).flat_map(words).collect()
    })
}

/// The words of a text in lower case: runs of letters and what joins them, and the parts between what joins.
fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    let runs = text.split(|letter: char| !u8::try_from(letter).is_ok_and(is_part)).map(|run| run.trim_matches(':'));
    let parts = |run: &str| run.split(JOINS).map(str::to_ascii_lowercase).collect::<Vec<_>>();
    runs.flat_map(move |run| parts(run).into_iter().chain([run.to_ascii_lowercase()])).filter(|word| word.len() > 1)
}

/// What joins the parts of a word: those of a path, of a media type, of a parameter, of a version, of a time.
const JOINS: [char; 5] = ['/', '+', '=', '.', ':'];

fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/+-_.=:".contains(&byte)
}
