//! Two runs compared, and several runs beside each other, as text, in Markdown and as comma-separated values.

pub mod markdown;
pub mod matrix;
pub mod text;

mod latency;
mod sentence;
#[cfg(test)]
mod tests;
