//! A JSON value in a message.

use serde_json::Value;

/// A value for a message, not too long.
pub fn shown(value: Option<&Value>) -> String {
    /// More of it helps nobody.
    const LONGEST: usize = 200;
    let Some(value) = value else { return "nothing".to_owned() };
    let text = value.to_string();
    if text.chars().count() > LONGEST { format!("{}…", text.chars().take(LONGEST).collect::<String>()) } else { text }
}
