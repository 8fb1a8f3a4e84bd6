//! What is shown: pure renderings of a run record.

use crate::record::RunRecord;

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Verbosity {
    Quiet,
    Normal,
    Verbose,
}
pub struct View {
    pub color: bool,
    pub verbosity: Verbosity,
    pub width: usize,
}
pub fn terminal(record: &RunRecord, _view: &View) -> String {
    use std::fmt::Write;
    let mut s = String::new();
    for c in &record.cases {
        if matches!(c.verdict.name(), "fail" | "error" | "inconclusive")
            || (matches!(c.verdict.name(), "warn" | "not-tested") && _view.verbosity == Verbosity::Verbose)
        {
            let _ = writeln!(
                s,
                "{} {} [{}]: {}",
                c.verdict.name(),
                c.id,
                c.requirements.iter().map(|r| r.as_str().to_owned()).collect::<Vec<_>>().join(" "),
                c.reason
            );
        }
    }
    let _ = writeln!(s, "{:?}", record.summary);
    let _ = writeln!(s, "{:?}", record.plan);
    s
}
