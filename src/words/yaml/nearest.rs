//! The existing name that a misspelt one most likely stands for.

/// The name with the smallest edit distance to `found`, where that is small enough to be a slip: at most a third of its
/// length, and at least 1. Case is not counted, and of equally near names the first wins.
pub fn nearest<'n>(found: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    within((found.chars().count() / 3).max(1), found, names)
}

/// As [`nearest`], for names that anyone may invent: at most two slips, so that a name of the same family is none.
pub fn slip_of<'n>(found: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    within((found.chars().count() / 3).clamp(1, 2), found, names)
}

fn within<'n>(most: usize, found: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let lower = found.to_lowercase();
    names
        .into_iter()
        .map(|name| (distance(&lower, &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= most * SLIP)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// `: did you mean …?` where some name is near, else nothing.
pub fn did_you_mean<'n>(found: &str, names: impl IntoIterator<Item = &'n str>) -> String {
    nearest(found, names).map(|name| format!(": did you mean `{name}`?")).unwrap_or_default()
}

/// What an inserted, deleted or replaced character counts.
const SLIP: usize = 4;
/// What two swapped characters count: less, as nothing else makes one name of the other so often.
const SWAP: usize = 3;

/// How far two texts are apart by the characters that are inserted, deleted, replaced and swapped between them (optimal
/// string alignment).
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).map(|column| column * SLIP).collect();
    for (row, letter) in from.iter().enumerate() {
        let mut current = vec![(row + 1) * SLIP];
        for (column, other) in to.iter().enumerate() {
            let replaced = last[column] + if letter == other { 0 } else { SLIP };
            let mut best = replaced.min(last[column + 1] + SLIP).min(current[column] + SLIP);
            if row > 0 && column > 0 && *letter == to[column - 1] && from[row - 1] == *other {
                best = best.min(before_last[column - 1] + SWAP);
            }
            current.push(best);
        }
        before_last = std::mem::replace(&mut last, current);
    }
    last[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_single_slips() {
        for (from, to, expected) in [
            ("", "", 0),
            ("", "abc", 12),
            ("etag", "etga", 3),
            ("id", "idd", 4),
            ("status", "statsu", 3),
            ("a", "b", 4),
        ] {
            assert_eq!(distance(from, to), expected, "{from} {to}");
            assert_eq!(distance(to, from), expected, "{to} {from}");
        }
    }

    #[test]
    fn the_nearest_name_is_found_and_strangers_are_not() {
        let names = ["APPT-VER-03", "APPT-VER-04", "APPT-CONC-02"];
        assert_eq!(nearest("APPT-VER-30", names), Some("APPT-VER-03"));
        assert_eq!(nearest("appt-conc-02", names), Some("APPT-CONC-02"));
        assert_eq!(nearest("no-such-situation", ["unknown-slot", "busy-slot"]), None);
        assert_eq!(nearest("idd", ["id", "to"]), Some("id"));
        assert_eq!(nearest("x", []), None);
        assert_eq!(
            (nearest("opc-request-id", ["x-request-id"]), slip_of("opc-request-id", ["x-request-id"])),
            (Some("x-request-id"), None)
        );
        assert_eq!(slip_of("Prefre", ["prefer"]), Some("prefer"));
    }
}
