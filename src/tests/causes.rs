//! Causes before consequences, from the program itself: servers with one mistake that much rests on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use serde_json::Value;

use super::program::{Out, patchproof};

/// A fault, the rule at its root, and how many rules may be called broken beside it.
const TABLE: [(&str, &str, &str, usize); 3] = [
    ("weak-tags-never-match", "2024-03", "APPT-VER-15", 4),
    ("refuse-later-patches", "2024-03", "APPT-HDR-01", 6),
    ("refuse-allowed-transition", "2024-03", "APPT-TRN-02", 2),
];

#[test]
fn one_mistake_is_named_first_and_what_follows_from_it_is_counted() {
    for (fault, edition, root, most) in TABLE {
        let out = Out::new(&format!("cause-{fault}"));
        let ran = patchproof(&["run", "--edition", edition, "--fault", fault, "--cases", "1", "--out", out.path()]);
        ran.ends_with(1);
        let text = &ran.stdout;
        assert!(text.lines().count() <= 80, "{fault}: {} lines\n{text}", text.lines().count());
        assert!(text.starts_with(&format!("fail[{root}]")), "{fault}\n{text}");
        let (_, last) = text.rsplit_once("\nBroken\n").unwrap();
        assert!(last.trim_start().starts_with(root), "{fault}\n{last}");
        assert!(last.contains(&format!("Mend first {root} ")), "{fault}\n{last}");
        let record = out.record();
        let of = |test: &dyn Fn(&Value) -> bool| {
            record["requirements"].as_array().unwrap().iter().filter(|requirement| test(requirement)).count()
        };
        let broken = of(&|requirement| requirement["verdict"] == "fail");
        assert!(broken <= most, "{fault}: {broken} broken\n{last}");
        assert!(of(&|requirement| requirement["cause"]["rule"] == root) >= 10, "{fault}");
        let consequences =
            of(&|requirement| !requirement["cause"].is_null() && requirement["verdict"] != "inconclusive");
        assert_eq!(consequences, 0, "{fault}");
    }
}

#[test]
fn a_headline_is_the_cause_of_what_rests_on_it() {
    let out = Out::new("cause-headline");
    let ran = patchproof(&["run", "--edition", "2019-05", "--fault", "refuse-every-patch", "--out", out.path()]);
    ran.ends_with(1);
    assert!(ran.stdout.lines().count() <= 40, "{}", ran.stdout);
    let record = out.record();
    let requirements = record["requirements"].as_array().unwrap();
    let open = requirements.iter().filter(|requirement| requirement["verdict"] == "inconclusive");
    let without: Vec<&Value> = open.filter(|requirement| requirement["cause"].is_null()).collect();
    assert!(without.is_empty(), "{without:#?}");
}
