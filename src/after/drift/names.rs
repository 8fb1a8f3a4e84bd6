//! Names in the place of values that change with every run; inside one snapshot the same value keeps its name.

use std::collections::BTreeMap;

use super::table::{HeaderRule, Rule, VolatileTable};

/// Known values shorter than this are replaced only where their place says what they are: `0` stands for many things.
const DISTINCT: usize = 4;

/// The kind of entity tags and version ids.
pub(super) const VERSION: &str = "version";

/// The names of one snapshot.
pub(super) struct Placeholders<'t> {
    table: &'t VolatileTable,
    /// (kind, value) → what stands for it.
    known: BTreeMap<(String, String), String>,
    /// How many names of a kind were given out.
    given: BTreeMap<String, usize>,
    /// Whole texts that were sent and may come back, with what stands for them.
    echoes: Vec<(String, String)>,
}

impl<'t> Placeholders<'t> {
    /// No value is known yet.
    pub fn new(table: &'t VolatileTable) -> Placeholders<'t> {
        Placeholders { table, known: BTreeMap::new(), given: BTreeMap::new(), echoes: Vec::new() }
    }

    /// Gives a value a name of the caller's choice, unless it has one.
    pub fn know(&mut self, kind: &str, value: &str, name: &str) {
        self.known.entry((kind.to_owned(), value.to_owned())).or_insert_with(|| format!("<{name}>"));
        // The next value of the kind that nobody knew is the second.
        self.given.entry(kind.to_owned()).or_insert(1);
    }

    /// Remembers an If-Match that was sent, so that it reads alike where it comes back: tags of the appointment by their
    /// names, others, which a scenario made up, as they are.
    pub fn know_sent_tags(&mut self, value: &str) {
        let reads = self.tags(value);
        if value != reads {
            self.echoes.push((value.to_owned(), reads));
        }
        for tag in value.split('"').skip(1).step_by(2).filter(|tag| !tag.is_empty()) {
            self.known.entry((VERSION.to_owned(), tag.to_owned())).or_insert_with(|| tag.to_owned());
        }
    }

    /// A header line of a response; `None` where the table says that it is ignored.
    pub fn header(&mut self, name: &str, value: &str) -> Option<String> {
        match self.table.header(name, value) {
            Some(HeaderRule::Ignored) => None,
            Some(HeaderRule::Becomes(rule)) => Some(self.apply(rule, value)),
            None => Some(self.text(value)),
        }
    }

    /// The rule's name for a value that was sent in a header, such as a request id that may come back.
    pub fn know_sent(&mut self, name: &str, value: &str) {
        let Some(HeaderRule::Becomes(rule)) = self.table.header(name, value) else { return };
        let (kind, named) = (rule.becomes.clone(), format!("sent-{}", rule.becomes));
        self.know(&kind, value, &named);
    }

    /// A text of a response.
    pub fn text(&mut self, text: &str) -> String {
        let mut text = text.to_owned();
        for (sent, reads) in &self.echoes {
            text = replace_echo(&text, sent, reads);
        }
        let table = self.table;
        for rule in &table.texts {
            text = self.apply(rule, &text);
        }
        self.known_only(&text)
    }

    /// A text the harness sent itself: what a scenario says stays as it is.
    pub fn asked(&mut self, text: &str) -> String {
        let mut text = text.to_owned();
        let table = self.table;
        for rule in table.texts.iter().filter(|rule| rule.asked) {
            text = self.apply(rule, &text);
        }
        self.known_only(&text)
    }

    fn known_only(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for ((_, value), name) in self.known.iter().filter(|((_, value), _)| value.len() >= DISTINCT) {
            text = replace_word(&text, value, name);
        }
        text
    }

    /// An If-Match value as it was sent, with the tags of this appointment as names.
    pub fn tags(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for ((kind, value), name) in &self.known {
            if kind == VERSION && !value.is_empty() {
                text = replace_word(&text, value, name);
            }
        }
        text
    }

    fn apply(&mut self, rule: &Rule, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut end = 0;
        for found in rule.form.captures_iter(text) {
            let Some(part) = found.get(1).or_else(|| found.get(0)) else { continue };
            let (Some(before), value) = (text.get(end..part.start()), part.as_str()) else { continue };
            out.push_str(before);
            // What has a name already keeps it.
            if value.starts_with('<') && value.ends_with('>') {
                out.push_str(value);
            } else {
                out.push_str(&self.name(rule, value));
            }
            end = part.end();
        }
        out.push_str(text.get(end..).unwrap_or_default());
        out
    }

    fn name(&mut self, rule: &Rule, value: &str) -> String {
        if let Some(name) = self.known.get(&(rule.becomes.clone(), value.to_owned())) {
            return name.clone();
        }
        if !rule.numbered {
            return format!("<{}>", rule.becomes);
        }
        let count = self.given.entry(rule.becomes.clone()).or_default();
        *count += 1;
        let name = if *count == 1 { format!("<{}>", rule.becomes) } else { format!("<{}-{count}>", rule.becomes) };
        self.known.insert((rule.becomes.clone(), value.to_owned()), name.clone());
        name
    }
}

/// Replaces a value where it stands as a whole word; `checked-in` is one word.
pub(super) fn replace_word(text: &str, value: &str, by: &str) -> String {
    if value.is_empty() {
        return text.to_owned();
    }
    let inside = |character: char| character.is_ascii_alphanumeric() || "_-".contains(character);
    replace_where(text, value, by, |before, after| !before.is_some_and(inside) && !after.is_some_and(inside))
}

/// Replaces a text that was sent: anywhere where it is long enough to be recognised, else between quotes.
fn replace_echo(text: &str, sent: &str, by: &str) -> String {
    let quote = |character: Option<char>| character.is_some_and(|character| "'`\"“”".contains(character));
    let long = sent.len() >= DISTINCT;
    replace_where(text, sent, by, |before, after| long || (quote(before) && quote(after)))
}

fn replace_where(text: &str, value: &str, by: &str, fits: impl Fn(Option<char>, Option<char>) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut end = 0;
    for (start, found) in text.match_indices(value) {
        // Both places are bounds of a match, so they are bounds of characters.
        let (before, after) = (text[..start].chars().next_back(), text[start + found.len()..].chars().next());
        if start >= end && fits(before, after) {
            out.push_str(&text[end..start]);
            out.push_str(by);
            end = start + found.len();
        }
    }
    out.push_str(&text[end..]);
    out
}
