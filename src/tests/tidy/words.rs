//! The words of code and output: those not to use, and ids that belong into tables.

use std::collections::BTreeSet;
use std::fs;

use super::read::{bare, code, literals, numbered};
use super::{check_sources_but, is_test, report, root, sources, walk};

/// A word that is not used, where it is looked for, what to say instead, and how often it is still there: the number may
/// only shrink. The word is looked for between letters that are not its: `_` ends a word, and so does a capital.
struct Avoided {
    word: &'static str,
    place: Place,
    say: &'static str,
    left: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// In names: prose may say "its own".
    Code,
    /// In what is printed.
    Output,
    /// Anywhere in a file.
    Text,
}

const AVOIDED: &[Avoided] = &[
    Avoided { word: "own", place: Place::Code, say: "what it is: header, case, line", left: 10 },
    Avoided { word: "answer", place: Place::Text, say: "response, or result", left: 122 },
    Avoided { word: "answers", place: Place::Text, say: "responses, or responds", left: 53 },
    Avoided { word: "answered", place: Place::Text, say: "responded", left: 83 },
    Avoided { word: "refusal", place: Place::Code, say: "rejection", left: 106 },
    Avoided { word: "refusals", place: Place::Code, say: "rejections", left: 7 },
    Avoided { word: "accepted: ", place: Place::Output, say: "invalid X: expected Y", left: 2 },
    Avoided { word: "told", place: Place::Text, say: "printed, reported, text", left: 308 },
    Avoided { word: "tell", place: Place::Text, say: "print, report, distinguish", left: 45 },
    Avoided { word: "tells", place: Place::Text, say: "prints, reports", left: 15 },
    Avoided { word: "anew", place: Place::Text, say: "again, new", left: 11 },
    Avoided { word: "trod", place: Place::Text, say: "run, execute, send", left: 0 },
    Avoided { word: "tread", place: Place::Text, say: "run, execute, send", left: 0 },
    Avoided { word: "rider", place: Place::Text, say: "wildcard case", left: 0 },
    Avoided { word: "riders", place: Place::Text, say: "wildcard cases", left: 0 },
    Avoided { word: "speaks of", place: Place::Text, say: "covers", left: 13 },
    Avoided { word: "speak of", place: Place::Text, say: "cover", left: 1 },
    Avoided { word: "letter by letter", place: Place::Text, say: "verbatim", left: 1 },
    Avoided { word: ":?}", place: Place::Output, say: "Display: no Debug output reaches a user", left: 2 },
];

/// Ids of requirements stand in the contract; in code only where a table gives them a meaning: a fault says which rules
/// it breaks, a role which one it is. That is data; what stands there has to exist.
const TABLES_OF_REQUIREMENTS: &[&str] =
    &["src/reference/fault/table.rs", "src/reference/fault/subtle.rs", "src/suite/contract/roles.rs"];
/// Elsewhere, nearly all of them in the model, which says by which rule it rejects, they are left this often; the number may
/// only shrink.
const REQUIREMENTS_LEFT: usize = 71;

#[test]
fn words_that_are_not_used() {
    let sources = sources();
    let mut problems = Vec::new();
    for avoided in AVOIDED {
        let found: Vec<String> = sources.iter().flat_map(|(path, text)| uses(avoided, path, text)).collect();
        if found.len() > avoided.left {
            let shown = found.iter().take(40).cloned().collect::<Vec<_>>().join("\n");
            problems.push(format!("`{}`: {} uses, {} were left:\n{shown}", avoided.word, found.len(), avoided.left));
        }
    }
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

#[test]
fn ids_of_requirements_stand_in_tables() {
    check_sources_but(REQUIREMENTS_LEFT, spells_no_requirement);
}

#[test]
fn every_id_in_code_is_that_of_a_requirement() {
    let known = requirement_ids();
    let sources = sources();
    let product = sources.iter().filter(|(path, _)| !is_test(path) && !path.starts_with("src/prove/fuzz/"));
    report(&product.flat_map(|(path, text)| dangling_ids(&known, path, text)).collect::<Vec<_>>());
}

#[test]
fn no_code_depends_on_the_id_of_a_case() {
    let ids = case_ids();
    let sources = sources();
    report(&sources.iter().flat_map(|(path, text)| spells_no_case(&ids, path, text)).collect::<Vec<_>>());
}

#[test]
fn a_word_to_avoid_is_found() {
    let avoided = |word, place| Avoided { word, place, say: "x", left: 0 };
    let found = |avoided: &Avoided, text: &str| uses(avoided, "src/x.rs", text).len();
    let own = avoided("own", Place::Code);
    assert_eq!(found(&own, "let own = 1;\nlet own_id = 2; // its own\nstruct Own;\nlet owner = \"own\";\n"), 3);
    let answer = avoided("answer", Place::Text);
    assert_eq!(
        found(&answer, "// The answer.\nfn answer_of() {}\nlet s = \"no answer\";\nlet t = \"bad-answer\";\n"),
        3
    );
    assert_eq!(found(&answer, "enum Answer {}\nFault::CacheableAnswer\nanswers\n"), 1);
    let debug = avoided(":?}", Place::Output);
    assert_eq!(found(&debug, "format!(\"{:?} {x:?}\", x)\n// {:?}\n"), 2);
    assert_eq!(uses(&debug, "src/x/tests.rs", "format!(\"{:?}\", x)\n").len(), 0, "tests may print what they like");
    assert_eq!(uses(&own, "src/x.rs", "\nlet own = 1;\n"), ["src/x.rs:2: say x"]);
}

#[test]
fn an_id_that_dangles_is_found() {
    let known = requirement_ids();
    let text = "const A: &[&str] = &[\"APPT-VER-04\", \"APPT-VER-*\"];\nlet b = \"APPT-VER-94\"; // APPT-VER-95\n";
    assert_eq!(
        dangling_ids(&known, "src/model/x.rs", text),
        ["src/model/x.rs:2: APPT-VER-94 is not in scenarios/contract/requirements"]
    );
}

#[test]
fn an_id_in_product_code_is_found() {
    let text = "let a = \"APPT-VER-04\"; // APPT-VER-05\n/// APPT-VER-06\nlet b = \"area APPT-\";\n";
    assert_eq!(spells_no_requirement("src/judge/x.rs", text), ["src/judge/x.rs:1: the id of a requirement"]);
    for sound in ["src/reference/fault/table.rs", "src/judge/tests.rs"] {
        assert_eq!(spells_no_requirement(sound, text), [""; 0]);
    }
    let ids = BTreeSet::from(["if-match/missing".to_owned()]);
    let text = "let a = \"if-match/missing\";\nlet b = \"if-match/other\"; // if-match/missing\n";
    assert_eq!(spells_no_case(&ids, "src/plan/x.rs", text), ["src/plan/x.rs:1: the id of the case if-match/missing"]);
    assert!(case_ids().contains("if-match/missing"), "ids are read from the scenarios");
}

/// The uses of a word in a file. This folder may spell what it looks for.
fn uses(avoided: &Avoided, path: &str, text: &str) -> Vec<String> {
    let unseen = is_test(path) || path.starts_with("src/prove/fuzz/");
    if path.starts_with("src/tests/tidy/") || (avoided.place == Place::Output && unseen) {
        return Vec::new();
    }
    let text = match avoided.place {
        Place::Code => bare(text),
        Place::Output => literals(&code(text)),
        Place::Text => text.to_owned(),
    };
    let lines = numbered(&text);
    let uses = lines.flat_map(|(number, line)| std::iter::repeat_n(number, count(line, avoided.word)));
    uses.map(|number| format!("{path}:{number}: say {}", avoided.say)).collect()
}

/// How often a line has a word: whole, whatever its first letter's case, and not as a part of an id with hyphens.
fn count(line: &str, word: &str) -> usize {
    let lower = line.to_lowercase();
    let part = |character: char| character.is_alphanumeric() || character == '-';
    let matches = lower.match_indices(word).filter(|(start, _)| {
        let before = lower[..*start].chars().next_back();
        let after = lower[start + word.len()..].chars().next();
        let inside = |letter: Option<char>, end: Option<char>| {
            letter.is_some_and(part) && end.is_some_and(|end| end.is_alphanumeric())
        };
        !inside(before, word.chars().next()) && !inside(after, word.chars().next_back())
    });
    matches.count()
}

fn spells_no_requirement(path: &str, text: &str) -> Vec<String> {
    if is_test(path) || TABLES_OF_REQUIREMENTS.iter().any(|table| path.starts_with(table)) {
        return Vec::new();
    }
    let text = literals(&code(text));
    let spelled = numbered(&text).filter(|(_, line)| {
        let ids = line.match_indices("APPT-").map(|(start, prefix)| &line[start + prefix.len()..]);
        ids.into_iter().any(|rest| {
            rest.split_once('-').is_some_and(|(_, number)| number.starts_with(|c: char| c.is_ascii_digit()))
        })
    });
    spelled.map(|(number, _)| format!("{path}:{number}: the id of a requirement")).collect()
}

/// Ids in literals that no requirement has.
fn dangling_ids(known: &BTreeSet<String>, path: &str, text: &str) -> Vec<String> {
    let text = literals(&code(text));
    let mut found = Vec::new();
    for (number, line) in numbered(&text) {
        let words = line.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-');
        let ids = words.filter(|word| word.starts_with("APPT-") && word.ends_with(|end: char| end.is_ascii_digit()));
        let dangling = ids.filter(|id| !known.contains(*id));
        found.extend(dangling.map(|id| format!("{path}:{number}: {id} is not in scenarios/contract/requirements")));
    }
    found
}

/// The ids of the requirements in the contract: a line `id: APPT-…`, in a list or not.
fn requirement_ids() -> BTreeSet<String> {
    ids_in("scenarios/contract/requirements").into_iter().filter(|id| id.starts_with("APPT-")).collect()
}

/// The inputs for fuzzing may name cases: nothing is judged by them.
fn spells_no_case(ids: &BTreeSet<String>, path: &str, text: &str) -> Vec<String> {
    if is_test(path) || path.starts_with("src/prove/fuzz/") {
        return Vec::new();
    }
    let text = literals(&code(text));
    let mut found = Vec::new();
    for (number, line) in numbered(&text) {
        let spelled = line.split('"').filter(|literal| ids.contains(*literal));
        found.extend(spelled.map(|id| format!("{path}:{number}: the id of the case {id}")));
    }
    found
}

/// The ids of cases in the scenarios: a line `id: area/name`, in a list or not.
fn case_ids() -> BTreeSet<String> {
    ids_in("scenarios").into_iter().filter(|id| id.contains('/')).collect()
}

/// What follows `id: ` in the YAML files of a folder.
fn ids_in(folder: &str) -> Vec<String> {
    let mut files = Vec::new();
    walk(&root().join(folder), &mut files);
    let texts = files.iter().filter(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    let texts: Vec<String> = texts.map(|path| fs::read_to_string(path).unwrap()).collect();
    let lines = texts.iter().flat_map(|text| text.lines());
    let ids = lines.filter_map(|line| line.trim_start().trim_start_matches("- ").strip_prefix("id: "));
    ids.map(|id| id.trim().to_owned()).collect()
}
