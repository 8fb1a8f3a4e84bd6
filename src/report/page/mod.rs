//! What every report shares: the terminal page, safe text, words, times, and an exchange in a few lines.

pub mod clean;
pub mod curl;
pub mod escape;
pub mod exchange;
pub mod look;
pub mod pace;
pub mod paper;
pub mod time;
pub mod words;
