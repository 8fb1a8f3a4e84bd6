//! Changes a JSON text as a value, so that most of what libFuzzer tries is JSON still, and gets past the parser.

use serde_json::{Map, Value, json};

/// Words, marks and numbers that mean something somewhere in a record.
const TEXTS: [&str; 24] = [
    "",
    "pass",
    "fail",
    "inconclusive",
    "booked",
    "cancelled",
    "PATCH",
    "GET",
    "W/\"1\"",
    "\"",
    "if-match",
    "etag",
    "date",
    "content-type",
    "application/fhir+json",
    "Sun, 22 Nov 2026 21:00:00 GMT",
    "-009999-01-02T01:59:59Z",
    "9999-12-30T22:00:00.999Z",
    "{}",
    "[{\"op\":\"replace\",\"path\":\"/status\",\"value\":\"arrived\"}]",
    "\u{1b}[31m\u{202e}\r\n\u{0}",
    "<script>]]></script>%0A::error::",
    "$(id) 'x' `y` \\",
    "é\u{10ffff}",
];
const NUMBERS: [u64; 10] = [0, 1, 2, 200, 409, 65_535, 1 << 31, u32::MAX as u64, i64::MAX as u64, u64::MAX];

/// One to three changes, which the seed decides, of a text that is JSON; `None` for any other, and for one too large.
pub fn mutate(text: &[u8], most: usize, seed: u32) -> Option<Vec<u8>> {
    let mut tree: Value = serde_json::from_slice(text).ok()?;
    let mut dice = Dice(u64::from(seed) | 1 << 32);
    for _ in 0..=dice.below(3) {
        let count = nodes(&tree);
        let other = nth(&mut tree, &mut dice.below(count)).map(|node| node.clone())?;
        let node = nth(&mut tree, &mut dice.below(count))?;
        change(node, other, &mut dice);
    }
    serde_json::to_vec(&tree).ok().filter(|bytes| bytes.len() <= most)
}

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

fn nodes(tree: &Value) -> usize {
    match tree {
        Value::Array(list) => 1 + list.iter().map(nodes).sum::<usize>(),
        Value::Object(members) => 1 + members.values().map(nodes).sum::<usize>(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 1,
    }
}

/// The node of this number, parents before their children.
fn nth<'v>(tree: &'v mut Value, number: &mut usize) -> Option<&'v mut Value> {
    if *number == 0 {
        return Some(tree);
    }
    *number -= 1;
    match tree {
        Value::Array(list) => list.iter_mut().find_map(|value| nth(value, number)),
        Value::Object(members) => members.values_mut().find_map(|value| nth(value, number)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

fn change(node: &mut Value, other: Value, dice: &mut Dice) {
    match node {
        Value::Array(list) => entries(list, other, dice),
        Value::Object(members) => members_of(members, other, dice),
        Value::Bool(flag) => *flag = !*flag,
        Value::Number(number) => {
            let near = number.as_u64().unwrap_or_default();
            *node = match dice.below(4) {
                0 => json!(near.wrapping_add(1)),
                1 => json!(near.wrapping_sub(1)),
                2 if other.is_number() => other,
                _ => json!(dice.of(&NUMBERS)),
            };
        }
        Value::String(text) => match (dice.below(6), other) {
            (0, _) => *text = dice.of(&TEXTS).to_owned(),
            (1 | 2, Value::String(other)) => *text = other,
            (3, _) => text.push_str(dice.of(&TEXTS)),
            (4, Value::String(other)) => text.push_str(&other),
            _ => {
                let letters: Vec<char> = text.chars().collect();
                let (from, to) = (dice.below(letters.len() + 1), dice.below(letters.len() + 1));
                let new = dice.of(&TEXTS).chars().take(dice.below(4)).collect::<String>();
                let kept = letters.iter().enumerate().filter(|(at, _)| *at < from.min(to) || *at >= from.max(to));
                *text = kept.map(|(_, letter)| *letter).chain(new.chars()).collect();
            }
        },
        Value::Null => *node = other,
    }
}

fn entries(list: &mut Vec<Value>, other: Value, dice: &mut Dice) {
    let place = dice.below(list.len());
    match dice.below(5) {
        0 if !list.is_empty() => drop(list.remove(place)),
        1 => list.extend(list.get(place).cloned()),
        2 if !list.is_empty() => list.swap(place, 0),
        3 => list.truncate(place),
        _ => list.push(other),
    }
}

fn members_of(members: &mut Map<String, Value>, other: Value, dice: &mut Dice) {
    let place = dice.below(members.len());
    let Some(name) = members.keys().nth(place).cloned() else { return };
    match dice.below(4) {
        0 => drop(members.remove(&name)),
        1 => drop(members.insert(name, other)),
        2 => drop(members.insert(dice.of(&TEXTS).to_owned(), other)),
        _ => {
            let name = members.keys().nth(dice.below(members.len())).cloned().unwrap_or(name);
            let value = members.values().nth(place).cloned().unwrap_or_default();
            drop(members.insert(name, value));
        }
    }
}
