//! The requirements of a run as CSV (RFC 4180), one a line.

use super::requirement::{area, decides, source, source_link};
use crate::record::{Area, RunRecord, Standing};
use crate::report::page::clean::clean;

/// The columns, in order.
const COLUMNS: [&str; 14] = [
    "edition",
    "requirement",
    "area",
    "level",
    "standing",
    "verdict",
    "decides",
    "title",
    "statement",
    "reason",
    "source",
    "link",
    "cases",
    "case_ids",
];

/// The requirements as a table.
///
/// # Errors
/// The error of the writer, as text; a writer into memory has none.
pub fn csv(record: &RunRecord) -> Result<String, String> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(COLUMNS).map_err(|error| error.to_string())?;
    for requirement in &record.requirements {
        let cases: Vec<&str> = requirement.cases.iter().map(|id| id.0.as_str()).collect();
        let standing = match requirement.standing {
            Standing::Native => "native",
            Standing::Inherited => "inherited",
        };
        let row = [
            record.edition.id().to_owned(),
            requirement.id.to_string(),
            area(&requirement.id).map(Area::code).unwrap_or_default().to_owned(),
            requirement.level.name().to_owned(),
            standing.to_owned(),
            requirement.verdict.name().to_owned(),
            decides(record, requirement).to_string(),
            requirement.title.clone(),
            requirement.statement.clone(),
            requirement.reason.clone(),
            source(requirement),
            source_link(record, requirement).unwrap_or_default(),
            cases.len().to_string(),
            cases.join(" "),
        ];
        writer.write_record(row.iter().map(|text| cell(text))).map_err(|error| error.to_string())?;
    }
    let bytes = writer.into_inner().map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|error| error.to_string())
}

/// A cell on one line that no spreadsheet takes for a formula: a reason may hold what a target sent.
fn cell(text: &str) -> String {
    let text = clean(text);
    if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;
    use crate::report::samples;

    #[test]
    fn every_requirement_is_a_line_that_a_reader_gives_back() {
        let mut record = samples::full();
        record.requirements[0].reason = "=HYPERLINK(\"x\"),\r\n\"y\"\u{202e}".to_owned();
        let text = csv(&record).unwrap();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        assert_eq!(reader.headers().unwrap(), COLUMNS.as_slice());
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), record.requirements.len());
        assert_eq!(&rows[0][9], "'=HYPERLINK(\"x\"),\\r\\n\"y\"\\u{202e}");
        assert_eq!((&rows[0][1], &rows[0][5]), ("APPT-VER-04", "fail"));
    }
}
