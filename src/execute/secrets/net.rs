//! The last net: every text in a value of any type, without secrets, and the value still one of its type.

use std::collections::BTreeSet;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// A value with other texts. Where its type does not take the text that stands in the place of one (a word of ours that
/// happens to be a secret), that one stays.
pub(super) fn with_other_texts<T>(value: T, other: impl Fn(&str) -> Option<String>) -> T
where
    T: Serialize + DeserializeOwned,
{
    let Ok(tree) = serde_json::to_value(&value) else { return value };
    let rewritten = |wanted: &dyn Fn(usize) -> bool| {
        let mut rewriter = Rewriter { other: &other, wanted, count: 0 };
        (rewriter.value(&tree), rewriter.count)
    };
    let (changed, count) = rewritten(&|_| true);
    if count == 0 {
        return value;
    }
    if let Ok(changed) = serde_json::from_value(changed) {
        return changed;
    }
    // Halves of the texts, and halves of these, until what the type does not take is left out.
    let (mut taken, mut best) = (BTreeSet::new(), None);
    let mut left = Vec::from([(0, count)]);
    while let Some((begin, end)) = left.pop() {
        let (changed, _) = rewritten(&|place| taken.contains(&place) || (begin..end).contains(&place));
        let middle = begin.midpoint(end);
        match serde_json::from_value(changed) {
            Ok(changed) => {
                taken.extend(begin..end);
                best = Some(changed);
            }
            Err(_) if end - begin > 1 => left.extend([(middle, end), (begin, middle)]),
            Err(_) => {}
        }
    }
    best.unwrap_or(value)
}

/// The texts of a tree that are to be replaced, in their order.
struct Rewriter<'a> {
    other: &'a dyn Fn(&str) -> Option<String>,
    /// Whether the text of a number is to be replaced.
    wanted: &'a dyn Fn(usize) -> bool,
    count: usize,
}

impl Rewriter<'_> {
    fn text(&mut self, text: &str) -> String {
        let Some(other) = (self.other)(text) else { return text.to_owned() };
        self.count += 1;
        if (self.wanted)(self.count - 1) { other } else { text.to_owned() }
    }

    fn value(&mut self, value: &Value) -> Value {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => Value::Array(items.iter().map(|item| self.value(item)).collect()),
            Value::Object(members) => {
                let members = members.iter().map(|(name, member)| (self.text(name), self.value(member)));
                Value::Object(members.collect::<Map<String, Value>>())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[derive(Debug, PartialEq, Serialize, serde::Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Kind {
        HarnessFailed,
    }

    #[derive(Debug, PartialEq, Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Told {
        kind: Kind,
        reason: String,
        names: std::collections::BTreeMap<String, String>,
    }

    #[test]
    fn a_word_of_the_type_stays_and_every_other_text_goes() {
        let told = |text: &str| Told {
            kind: Kind::HarnessFailed,
            reason: format!("it is {text}"),
            names: [(text.to_owned(), text.to_owned())].into(),
        };
        for secret in ["harness", "reason", "xyz", "harness-failed", "kind"] {
            let other = |text: &str| text.contains(secret).then(|| text.replace(secret, "*"));
            let expected = Told { names: [("*".to_owned(), "*".to_owned())].into(), ..told("*") };
            assert_eq!(with_other_texts(told(secret), other), expected, "{secret}");
        }
        assert_eq!(with_other_texts(told("a"), |_| None), told("a"));
    }
}
