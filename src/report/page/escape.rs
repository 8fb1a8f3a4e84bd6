//! Text in Markdown in which nothing from a target means anything.

use super::clean::clean;

/// Text on one line in which nothing is Markdown or HTML, no name is called, no issue is cited and no address becomes a
/// link.
pub(in crate::report) fn escape(text: &str) -> String {
    let text = clean(text);
    let mut safe = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '@' => safe.push_str("&#64;"),
            '#' => safe.push_str("&#35;"),
            // `https://…`, `mailto:…` and `:name:` mean something; a colon before a space does not.
            ':' if characters.peek().is_some_and(|next| *next != ' ') => safe.push_str("&#58;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '+' | '!' | '|' | '~' | '$' => {
                safe.push('\\');
                safe.push(character);
            }
            plain => safe.push(plain),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_a_target_is_neither_markup_nor_a_name_nor_a_link() {
        let text = escape("<b>@all [x](http://y) #12 `z` :tada: | \u{202e}\n# b");
        for part in ["<b>", "@all", "[x](", "http://", "#12", ":tada", " `z`", " | ", "\u{202e}", "\n"] {
            assert!(!text.contains(part), "{part:?} in {text}");
        }
    }
}
