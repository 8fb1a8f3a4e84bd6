//! Tests of the strict reader.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde::Deserialize;

use super::{Files, Located, Node, pack, parse, read, render, unpack};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[allow(dead_code)]
struct Sample {
    name: String,
    count: u8,
    kind: NodeKind,
    #[serde(default)]
    items: Vec<Located<Item>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(dead_code)]
enum NodeKind {
    Plain,
    Fancy(String),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Item {
    id: String,
}

fn problems(text: &str) -> Vec<String> {
    let files = Files::from([("f.yaml".to_owned(), text.to_owned())]);
    let node = match parse("f.yaml", text) {
        Ok(node) => node,
        Err(problem) => return vec![format!("{}: {}", problem.place(&files), problem.message)],
    };
    match read::<Sample>("f.yaml", &node) {
        Ok(_) => Vec::new(),
        Err(problems) => {
            problems.iter().map(|problem| format!("{}: {}", problem.place(&files), problem.message)).collect()
        }
    }
}

#[test]
fn every_mistake_of_a_section_is_reported_with_its_place() {
    let found = problems("nme: a\ncount: 300\nkind: plan\nitems:\n  - { id: 7 }\n  - { idd: x }\nextra: 1\n");
    let places: Vec<&str> = found.iter().map(|text| text.split(": ").next().unwrap()).collect();
    for place in ["f.yaml:1:1", "f.yaml:2:8", "f.yaml:3:7", "f.yaml:5:11", "f.yaml:6:7", "f.yaml:7:1"] {
        assert!(places.contains(&place), "{place} is missing in {found:#?}");
    }
}

#[test]
fn a_good_section_is_read() {
    assert_eq!(problems("name: a\ncount: 3\nkind: { fancy: x }\nitems: [{ id: '7' }]\n"), [""; 0]);
}

#[test]
fn a_number_is_no_text_and_a_text_is_no_number() {
    assert_eq!(problems("name: 7\ncount: '7'\nkind: plain\n").len(), 2);
}

#[test]
fn words_such_as_no_and_on_stay_texts() {
    let node = parse("f.yaml", "a: no\nb: on\nc: 2019-05\nd: y\n").unwrap();
    assert_eq!(node.to_json(), serde_json::json!({ "a": "no", "b": "on", "c": "2019-05", "d": "y" }));
}

#[test]
fn a_key_given_twice_and_broken_yaml_have_a_place() {
    assert!(problems("name: a\nname: b\n")[0].starts_with("f.yaml:2:1: "), "{:?}", problems("name: a\nname: b\n"));
    assert!(problems("name: [a\n")[0].starts_with("f.yaml:"));
}

#[test]
fn an_alias_bomb_and_a_deep_nesting_are_refused() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..9 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    assert!(parse("f.yaml", &bomb).is_err());
    assert!(parse("f.yaml", &"[".repeat(100_000)).is_err());
}

#[test]
fn the_offending_text_is_underlined_and_what_is_accepted_is_said() {
    let text = "name: a\ncount: 3\nkind: plane\n";
    let node = parse("f.yaml", text).unwrap();
    let problems = read::<Sample>("f.yaml", &node).unwrap_err();
    let shown = render(&problems, &Files::from([("f.yaml".to_owned(), text.to_owned())]), false);
    assert!(shown.contains("f.yaml:3:7: unknown value `plane`"), "{shown}");
    assert!(shown.contains("^^^^^ expected plain, fancy"), "{shown}");
}

#[test]
fn a_tree_survives_being_packed() {
    let text = "a: [1, -2.5, ~, true, false, 'x', { b: \"ü\" }]\nc: |\n  two\n  lines\n";
    let node = parse("f.yaml", text).unwrap();
    let mut bytes = Vec::new();
    pack(&node, &mut bytes);
    let mut rest = bytes.as_slice();
    assert_eq!(unpack(&mut rest), Some(node));
    assert!(rest.is_empty());
}

#[test]
fn bytes_that_are_no_tree_are_refused() {
    let node = parse("f.yaml", "a: [1, 2]\n").unwrap();
    let mut bytes = Vec::new();
    pack(&node, &mut bytes);
    for length in 0..bytes.len() {
        assert_eq!(unpack(&mut &bytes[..length]), None::<Node>);
    }
    assert_eq!(unpack(&mut [9u8, 0, 0, 0, 0, 0, 0, 0, 0].as_slice()), None::<Node>);
}

#[test]
fn what_could_steer_a_terminal_is_marked_where_a_line_is_shown() {
    let text = "a: \u{81}\u{202e}\u{200b}\u{ad}\u{e0041}[\n";
    let problem = parse("f.yaml", text).unwrap_err();
    let shown = render(&[problem], &Files::from([("f.yaml".to_owned(), text.to_owned())]), false);
    assert!(!shown.chars().any(|character| "\u{81}\u{202e}\u{200b}\u{ad}\u{e0041}".contains(character)), "{shown:?}");
    assert!(shown.contains("1 | a: ·��·🛇["), "{shown}");
}
