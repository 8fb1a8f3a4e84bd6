//! The kill matrix as text: faults with what kills them, transitions as a grid, requirements with their faults.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::matrix::{CellRow, Killed, Matrix, Row};
use crate::suite::contract::{Edition, RequirementId};

/// The width of a line.
const WIDTH: usize = 110;

/// The matrix; `whole` adds the table by requirement and the reasons, which a terminal need not see.
pub fn text(matrix: &Matrix, whole: bool) -> String {
    let mut out = String::new();
    let killed = matrix.faults.iter().filter(|row| !row.killed.is_empty()).count();
    let cells: usize = matrix.cells.iter().map(|row| row.found).sum();
    let _ = writeln!(out, "Sound servers, none of them failed");
    for (edition, servers) in &matrix.sound {
        paragraph(&mut out, &format!("  {edition}  {:>2}  ", servers.len()), servers.iter().map(String::as_str));
    }
    let _ = writeln!(out, "\nFaults: {killed} of {} killed, and {cells} opened transitions", matrix.faults.len());
    let _ = writeln!(
        out,
        "(APPT- is left out; ~ marks a warning; ? a fault of requests that meet: one of these at least)\n"
    );
    for row in &matrix.faults {
        fault(&mut out, row);
    }
    for row in &matrix.cells {
        grid(&mut out, row);
    }
    if whole {
        by_requirement(&mut out, matrix);
        let _ = writeln!(out, "\nRequirements that no fault need break\n");
        for (id, reason) in &matrix.exempt {
            paragraph(&mut out, &format!("  {:<9}", short(id)), reason.split_whitespace());
        }
    }
    out
}

fn fault(out: &mut String, row: &Row) {
    let _ = writeln!(out, "  {}", row.fault);
    let mut groups: Vec<(Vec<Edition>, &Killed)> = Vec::new();
    for (edition, killed) in &row.killed {
        match groups.iter_mut().find(|(_, other)| *other == killed) {
            Some((editions, _)) => editions.push(*edition),
            None => groups.push((vec![*edition], killed)),
        }
    }
    if groups.is_empty() {
        let _ = writeln!(out, "      survives");
    }
    for (editions, killed) in groups {
        let editions: Vec<&str> = editions.iter().map(|edition| edition.id()).collect();
        let mark = if row.chance { "?" } else { "" };
        let words: Vec<String> = killed
            .fail
            .iter()
            .map(|id| format!("{}{mark}", short(id)))
            .chain(killed.warn.iter().map(|id| format!("{}~", short(id))))
            .collect();
        paragraph(out, &format!("      {:<26}", editions.join(" ")), words.iter().map(String::as_str));
    }
}

fn grid(out: &mut String, row: &CellRow) {
    let _ = writeln!(
        out,
        "\nOpened transitions of {}: {} found, each by its own case and no other (x; . is not forbidden)",
        row.edition, row.found
    );
    let columns: Vec<&str> = crate::words::fhir::AppointmentStatus::ALL.iter().map(|status| status.code()).collect();
    let _ = writeln!(
        out,
        "  {:<17}{}",
        "from",
        columns.iter().map(|column| format!("{column:<12}")).collect::<String>().trim_end()
    );
    for from in columns {
        let letters = row.rows.get(from).map(String::as_str).unwrap_or_default();
        let letters: String = letters.chars().map(|letter| format!("{letter:<12}")).collect();
        let _ = writeln!(out, "  {from:<17}{}", letters.trim_end());
    }
}

fn by_requirement(out: &mut String, matrix: &Matrix) {
    let mut faults: BTreeMap<&RequirementId, Vec<&str>> = BTreeMap::new();
    for row in &matrix.faults {
        for id in row.killed.values().flat_map(Killed::all) {
            let names = faults.entry(id).or_default();
            if !names.contains(&row.fault.as_str()) {
                names.push(&row.fault);
            }
        }
    }
    let _ = writeln!(out, "\nRequirements and the faults that break them\n");
    for (id, names) in faults {
        paragraph(out, &format!("  {:<9}", short(id)), names.into_iter());
    }
}

fn short(id: &RequirementId) -> &str {
    id.as_str().trim_start_matches("APPT-")
}

/// Words behind a heading, in as many lines as it takes.
fn paragraph<'a>(out: &mut String, heading: &str, words: impl Iterator<Item = &'a str>) {
    let indent = " ".repeat(heading.chars().count());
    let mut line = heading.to_owned();
    let mut empty = true;
    for word in words {
        if !empty && line.chars().count() + word.chars().count() > WIDTH {
            let _ = writeln!(out, "{}", line.trim_end());
            line.clone_from(&indent);
        }
        line.push_str(word);
        line.push(' ');
        empty = false;
    }
    let _ = writeln!(out, "{}", line.trim_end());
}
