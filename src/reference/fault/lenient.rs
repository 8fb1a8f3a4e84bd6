//! Faults that forgive one edit of a valid token: each takes what is nearly right for what it is near to.

use axum::http::HeaderValue;
use serde_json::Value;

use super::request::in_form_of;
use crate::reference::call::Call;
use crate::words::fhir::{AppointmentStatus, EntityTag};

/// White space, byte order marks and control characters around texts are left out.
pub(super) fn trim_texts(document: &mut Value) -> Result<(), String> {
    let around = |letter: char| letter.is_whitespace() || letter.is_control() || letter == '\u{feff}';
    edit(document, |_, text| text.trim_matches(around).to_owned());
    Ok(())
}

/// Letter case is not looked at.
pub(super) fn ignore_case(document: &mut Value) -> Result<(), String> {
    edit(document, |_, text| text.to_ascii_lowercase());
    Ok(())
}

/// Whatever separates the words of a text is a hyphen.
pub(super) fn liken_separators(document: &mut Value) -> Result<(), String> {
    edit(document, |part, text| match part {
        Part::Value => text.replace(['_', ' ', '\u{2011}'], "-"),
        Part::Op | Part::Path => text.to_owned(),
    });
    Ok(())
}

/// Full-width letters are read as the letters of ASCII.
pub(super) fn ignore_width(document: &mut Value) -> Result<(), String> {
    const AWAY: u32 = 0xfee0;
    let narrow = |letter: char| match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - AWAY).unwrap_or(letter),
        _ => letter,
    };
    edit(document, |_, text| text.chars().map(narrow).collect());
    Ok(())
}

/// Percent-escapes are undone, as they are in a URL.
pub(super) fn undo_escapes(document: &mut Value) -> Result<(), String> {
    edit(document, |_, text| {
        let mut parts = text.split('%');
        let first = parts.next().unwrap_or_default().to_owned();
        let unescaped = |part: &str| {
            let letter = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(u8::is_ascii);
            letter.map_or_else(|| format!("%{part}"), |letter| format!("{}{}", char::from(letter), &part[2..]))
        };
        parts.map(unescaped).fold(first, |text, part| text + &part)
    });
    Ok(())
}

/// A word that is the beginning of one word only is taken for it.
pub(super) fn complete_words(document: &mut Value) -> Result<(), String> {
    let statuses: Vec<&str> = AppointmentStatus::ALL.into_iter().map(AppointmentStatus::code).collect();
    edit(document, |part, text| {
        let words = match part {
            Part::Op => &["add", "remove", "replace", "move", "copy", "test"][..],
            Part::Value => &statuses,
            Part::Path => return text.to_owned(),
        };
        let mut begin = words.iter().filter(|word| text.len() > 2 && word.starts_with(text));
        match (begin.next(), begin.next()) {
            (Some(word), None) => (*word).to_owned(),
            (Some(_), Some(_)) | (None, _) => text.to_owned(),
        }
    });
    Ok(())
}

/// What stands behind the first word of a text is left out: a parameter, another word, a period.
pub(super) fn take_first_word(document: &mut Value) -> Result<(), String> {
    edit(document, |part, text| match part {
        Part::Value => text.split([';', ',', '.']).next().unwrap_or_default().to_owned(),
        Part::Path => text.split('?').next().unwrap_or_default().to_owned(),
        Part::Op => text.to_owned(),
    });
    Ok(())
}

/// Commas behind the last member of a list or an object are left out, and so are comments and what stands behind the JSON.
pub(super) fn mend_json(call: &mut Call) {
    let Some(text) = call.body.as_ref().and_then(|body| std::str::from_utf8(body).ok()) else { return };
    if serde_json::from_str::<Value>(text).is_ok() {
        return;
    }
    let mended = text.replace(",]", "]").replace(",}", "}").replace("/* x */", "");
    let first = serde_json::Deserializer::from_str(&mended).into_iter::<Value>().next();
    if let Some(Ok(document)) = first {
        call.body = Some(document.to_string().into());
    }
}

/// A media type that begins as the right one does is taken for it.
pub(super) fn take_type_by_beginning(call: &mut Call) {
    let kind = call.headers.get("content-type").and_then(|kind| kind.to_str().ok());
    if kind.is_some_and(|kind| kind.starts_with("application/json-p")) {
        call.headers.insert("content-type", HeaderValue::from_static("application/json-patch+json"));
    }
}

/// An id is read as a number.
pub(super) fn read_id_as_number(call: &mut Call) {
    let number = call.path.rsplit_once('/').and_then(|(parent, id)| Some((parent, id.parse::<f64>().ok()?)));
    if let Some((parent, number)) = number {
        call.path = format!("{parent}/{number}");
    }
}

/// A tag that ends as the current one does passes for it.
pub(super) fn take_tag_by_end(tags: &mut Vec<EntityTag>, current: Option<&EntityTag>) {
    for tag in tags {
        if let Some(current) = current.filter(|current| tag.opaque().ends_with(current.opaque())) {
            *tag = in_form_of(tag, current);
        }
    }
}

/// What of an operation a text is.
#[derive(Clone, Copy)]
enum Part {
    Op,
    Path,
    Value,
}

/// Reads the op, the path and the value of each operation on the status otherwise.
fn edit(document: &mut Value, read: impl Fn(Part, &str) -> String) {
    for item in document.as_array_mut().into_iter().flatten() {
        let path = item.get("path").and_then(Value::as_str).map(|path| read(Part::Path, path));
        if path.as_deref() != Some("/status") {
            continue;
        }
        for (name, part) in [("op", Part::Op), ("path", Part::Path), ("value", Part::Value)] {
            if let Some(Value::String(text)) = item.get_mut(name) {
                *text = read(part, text);
            }
        }
    }
}
