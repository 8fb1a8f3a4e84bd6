//! Circles: files of one room that use each other, so that none can be read or tested alone.
//!
//! A file uses another where it names an item that the other defines; re-exports are followed to the file that defines.

use std::collections::{BTreeMap, BTreeSet};

use super::read::{bare, code, first_name, first_paths};
use super::rooms::room_of;
use super::{is_test, report, sources};

#[test]
fn no_files_of_a_room_use_each_other() {
    let circles = circles(&sources());
    report(&circles.iter().map(|circle| circle.join(" ")).collect::<Vec<_>>());
}

#[test]
fn a_circle_is_found_through_a_re_export() {
    let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    let root =
        file("src/plan/mod.rs", "mod a;\nmod b;\nmod c;\npub use a::{First, Other as Renamed};\npub use b::second;\n");
    let a = file("src/plan/a.rs", "pub struct First;\npub struct Other;\nfn f() { super::second() }\n");
    let b = file("src/plan/b.rs", "use super::First;\nuse crate::plan::c::third;\npub fn second() {}\n");
    let c = file("src/plan/c.rs", "pub fn third() {}\n");
    let found = circles(&[root.clone(), a, b.clone(), c.clone()]);
    assert_eq!(found, [["src/plan/a.rs", "src/plan/b.rs"]]);
    let opened = file("src/plan/a.rs", "pub struct First;\npub struct Other;\n// super::second\n");
    assert_eq!(circles(&[root, opened, b, c]), [[""; 0]; 0]);
}

#[test]
fn a_file_and_the_one_that_opens_its_folder_can_be_a_circle() {
    let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    let root = file("src/plan/mod.rs", "mod a;\npub struct Plan;\nfn f() { a::first() }\n");
    let a = file("src/plan/a.rs", "use super::Plan;\npub fn first() {}\n");
    assert_eq!(circles(&[root, a]).len(), 1);
}

/// Files of one room each of which leads to every other.
type Circle = Vec<String>;

/// A file as a module: its path from the crate's root, and what its names lead to.
struct Module {
    path: String,
    text: String,
    /// Items defined here.
    items: BTreeSet<String>,
    /// Names that stand here for a path from the crate's root.
    exports: BTreeMap<String, Vec<String>>,
}

type Modules = BTreeMap<Vec<String>, Module>;

fn circles(files: &[(String, String)]) -> Vec<Circle> {
    let modules: Modules = files
        .iter()
        .filter(|(path, _)| !is_test(path) && path.starts_with("src/"))
        .map(|(path, text)| {
            let name = module_name(path);
            let text = bare(&code(text));
            (name.clone(), Module { path: path.clone(), items: items(&text), exports: exports(&name, &text), text })
        })
        .collect();
    let mut uses: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, module) in &modules {
        let used = used_paths(name, &module.text).into_iter().filter_map(|path| definer(&modules, &path, 0));
        let same_room = used.filter(|file| room_of(file) == room_of(&module.path) && *file != module.path);
        uses.entry(&module.path).or_default().extend(same_room);
    }
    strongly_connected(&uses)
}

/// The files each of which reaches the other, in groups.
fn strongly_connected(uses: &BTreeMap<&str, BTreeSet<&str>>) -> Vec<Circle> {
    let reach: BTreeMap<&str, BTreeSet<&str>> = uses.keys().map(|file| (*file, reachable(uses, file))).collect();
    let mut grouped: BTreeSet<&str> = BTreeSet::new();
    let mut circles = Vec::new();
    for (file, reached) in &reach {
        if grouped.contains(file) || !reached.contains(file) {
            continue;
        }
        let files: Vec<&str> = reached.iter().copied().filter(|other| reach[other].contains(file)).collect();
        grouped.extend(&files);
        let files = files.into_iter().map(str::to_owned).collect();
        circles.push(files);
    }
    circles
}

fn reachable<'a>(uses: &BTreeMap<&'a str, BTreeSet<&'a str>>, from: &str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut waiting: Vec<&str> = uses[from].iter().copied().collect();
    while let Some(file) = waiting.pop() {
        if reached.insert(file) {
            waiting.extend(&uses[file]);
        }
    }
    reached
}

/// `src/plan/arrange/lane.rs` is `plan::arrange::lane`; `mod.rs` and `src/lib.rs` are what their folders are.
fn module_name(path: &str) -> Vec<String> {
    let inside = path.trim_start_matches("src/").trim_end_matches(".rs");
    let parts = inside.split('/').filter(|part| !["mod", "lib"].contains(part));
    parts.map(str::to_owned).collect()
}

/// The items that a file defines at any depth.
fn items(text: &str) -> BTreeSet<String> {
    const KEYWORDS: [&str; 9] =
        ["fn ", "struct ", "enum ", "trait ", "type ", "const ", "static ", "macro_rules! ", "union "];
    let mut items = BTreeSet::new();
    for line in text.lines() {
        // What is further in belongs to a type.
        let line = if line.starts_with(' ') { continue } else { line };
        for keyword in KEYWORDS {
            if let Some((before, after)) = line.split_once(keyword)
                && before
                    .split(' ')
                    .all(|word| ["", "pub", "async", "const"].contains(&word) || word.starts_with("pub("))
            {
                items.insert(first_name(after));
            }
        }
    }
    items
}

/// What `use` at the start of a line brings in, by its name here.
fn exports(module: &[String], text: &str) -> BTreeMap<String, Vec<String>> {
    let mut exports = BTreeMap::new();
    for statement in use_statements(text) {
        for leaf in leaves(statement) {
            let (path, name) = match leaf.split_once(" as ") {
                Some((path, name)) => (path.trim().to_owned(), name.trim().to_owned()),
                None => (leaf.clone(), leaf.rsplit("::").next().unwrap_or_default().to_owned()),
            };
            if let Some(path) = absolute(module, &path) {
                exports.insert(name, path);
            }
        }
    }
    exports
}

fn use_statements(text: &str) -> Vec<&str> {
    let starts = text.match_indices("use ").filter(|(at, _)| {
        let before = text[..*at].rsplit('\n').next().unwrap_or_default().trim();
        before.is_empty() || before == "pub" || (before.starts_with("pub(") && before.ends_with(')'))
    });
    starts.filter_map(|(at, keyword)| text[at + keyword.len()..].split_once(';').map(|(path, _)| path)).collect()
}

/// The single paths of a `use`, without their braces.
fn leaves(path: &str) -> Vec<String> {
    let path = path.split_whitespace().collect::<Vec<_>>().join(" ");
    let Some((prefix, group)) = path.split_once('{') else { return vec![path.replace("::self", "")] };
    let parts = first_paths(&format!("{{{group}"));
    let parts = parts.into_iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty());
    parts.flat_map(|part| leaves(&format!("{prefix}{part}"))).collect()
}

/// A path as it is from the crate's root; `None` where it leads elsewhere. A bare first name may be a child module.
fn absolute(module: &[String], path: &str) -> Option<Vec<String>> {
    let mut parts = path.split("::").map(|part| part.trim().to_owned());
    let first = parts.next()?;
    let mut place: Vec<String> = match first.as_str() {
        "crate" => Vec::new(),
        "self" => module.to_vec(),
        "super" => module[..module.len().checked_sub(1)?].to_vec(),
        name => [module, &[name.to_owned()]].concat(),
    };
    for part in parts {
        if part == "super" {
            place.pop()?;
        } else {
            place.push(part);
        }
    }
    Some(place)
}

/// Every path that a file names, from the crate's root: those of its `use` and those within its code.
fn used_paths(module: &[String], text: &str) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    let mut within = text.to_owned();
    for statement in use_statements(text) {
        let re_export = text[..statement.as_ptr() as usize - text.as_ptr() as usize].trim_end_matches("use ");
        let public = re_export.rsplit('\n').next().unwrap_or_default().contains("pub");
        if !public {
            paths.extend(leaves(statement).iter().filter_map(|leaf| absolute(module, leaf.split(" as ").next()?)));
        }
        within = within.replacen(statement, &" ".repeat(statement.len()), 1);
    }
    let part = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':';
    let words = within.split(|letter: char| !part(letter)).filter(|word| word.contains("::"));
    let paths_within = words.map(|word| word.trim_matches(':')).filter(|word| !word.is_empty());
    paths.extend(paths_within.filter_map(|word| absolute(module, word)));
    paths
}

/// The file that defines what a path names; re-exports are followed.
fn definer<'a>(modules: &'a Modules, path: &[String], depth: usize) -> Option<&'a str> {
    // Long enough for every chain of re-exports; a ring of them defines nothing.
    const MOST: usize = 20;
    if depth > MOST {
        return None;
    }
    // The longest prefix that is a module; what follows it is an item, or an item's item.
    let length = (1..=path.len()).rev().find(|length| modules.contains_key(&path[..*length]))?;
    let module = &modules[&path[..length]];
    let item = path.get(length)?;
    if module.items.contains(item) {
        return Some(&module.path);
    }
    let target = module.exports.get(item)?;
    definer(modules, &[target.as_slice(), &path[length + 1..]].concat(), depth + 1)
}
