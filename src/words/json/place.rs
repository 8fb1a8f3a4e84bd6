//! Which member of a JSON text stands at a place in it, for messages about a text that cannot be read as what it should be.

/// What is open where the reading stands.
enum OpenAt {
    /// The index of the item that is read.
    Array(usize),
    /// The member that was read last, and whether a name comes next.
    Object { name: String, names: bool },
}

/// The path (`tool.version`, `exchanges[3].request`) of the name or value that ends at a line and column, both counted
/// from 1 and columns in bytes, as serde_json counts; `.` is the value as a whole. Up to there the text is JSON.
pub fn path_at(text: &[u8], line: usize, column: usize) -> String {
    let before = match line {
        0 | 1 => 0,
        _ => text.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(line - 2).map_or(0, |(at, _)| at + 1),
    };
    let text = &text[..before.saturating_add(column).min(text.len())];
    let mut open: Vec<OpenAt> = Vec::new();
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        at += 1;
        match byte {
            b'{' => open.push(OpenAt::Object { name: String::new(), names: true }),
            b'[' => open.push(OpenAt::Array(0)),
            b'}' | b']' => _ = open.pop(),
            b',' => match open.last_mut() {
                Some(OpenAt::Array(index)) => *index += 1,
                Some(OpenAt::Object { names, .. }) => *names = true,
                None => {}
            },
            b'"' => {
                let end = end_of_string(text, at);
                if let Some(OpenAt::Object { name, names: names @ true }) = open.last_mut() {
                    let quoted = &text[at - 1..end];
                    *name =
                        serde_json::from_slice(quoted).unwrap_or_else(|_| String::from_utf8_lossy(quoted).into_owned());
                    *names = false;
                }
                at = end;
            }
            _ => {}
        }
    }
    shown(&open)
}

/// The place behind the quotation mark that ends the string which begins here, or the end of the text.
fn end_of_string(text: &[u8], begin: usize) -> usize {
    let mut at = begin;
    while let Some(byte) = text.get(at) {
        at += match byte {
            b'"' => return at + 1,
            b'\\' => 2,
            _ => 1,
        };
    }
    text.len()
}

fn shown(open: &[OpenAt]) -> String {
    let mut path = String::new();
    for part in open {
        match part {
            OpenAt::Array(index) => path.push_str(&format!("[{index}]")),
            // An object whose first name is still to come.
            OpenAt::Object { name, names: true } if name.is_empty() => {}
            OpenAt::Object { name, .. } => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(name);
            }
        }
    }
    if path.is_empty() { ".".to_owned() } else { path }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn at_end_of(text: &str, part: &str) -> String {
        let end = text.find(part).map_or(0, |begin| begin + part.len());
        let line = text[..end].matches('\n').count() + 1;
        let column = end - text[..end].rfind('\n').map_or(0, |at| at + 1);
        path_at(text.as_bytes(), line, column)
    }

    #[test]
    fn a_place_is_named_by_the_members_and_items_it_stands_in() {
        let text = "{\"a\": 1,\n \"b\": [{}, {\"c\\\"d\": [10,\n20], \"e\": \"x,]}\"}], \"f\": {\"g\": null}}";
        for (part, path) in [
            ("1", "a"),
            ("{}", "b[0]"),
            ("10", "b[1].c\"d[0]"),
            ("20", "b[1].c\"d[1]"),
            ("\"e\"", "b[1].e"),
            ("x,]", "b[1].e"),
            ("\"x,]}\"}", "b[1]"),
            ("null}", "f"),
            ("null}}", "."),
        ] {
            assert_eq!(at_end_of(text, part), path, "{part}");
        }
    }

    #[test]
    fn a_text_that_is_cut_or_no_json_has_a_place_too() {
        for (text, path) in
            [("", "."), ("7", "."), ("[[1,", "[0][1]"), ("{\"a\\", "\"a\\"), ("]}", "."), ("{\"a\" \"b\"", "a")]
        {
            assert_eq!(path_at(text.as_bytes(), 1, text.len()), path, "{text}");
        }
        assert_eq!(path_at(b"{\"a\":\n1}", 9, 9), ".");
    }

    /// Where serde_json ends its reading is where we look.
    #[test]
    fn the_place_of_an_error_of_serde_json_is_found() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        #[allow(dead_code)]
        struct Inner {
            number: u8,
        }
        #[derive(Debug, serde::Deserialize)]
        #[allow(dead_code)]
        struct Outer {
            items: Vec<Inner>,
        }
        for (text, path) in [
            (r#"{"items": [{"number": 1}, {"number": "1"}]}"#, "items[1].number"),
            (r#"{"items": [{"number": 1}, {"number": 256}]}"#, "items[1].number"),
            (r#"{"items": [{"number": 1}, {}]}"#, "items[1]"),
            (r#"{"items": [{"number": 1, "other": 2}]}"#, "items[0].other"),
            (r#"{"items": {}}"#, "items"),
            (r#"{}"#, "."),
        ] {
            let error = serde_json::from_str::<Outer>(text).unwrap_err();
            assert_eq!(path_at(text.as_bytes(), error.line(), error.column()), path, "{text}: {error}");
        }
    }
}
