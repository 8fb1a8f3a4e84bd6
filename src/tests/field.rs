//! Servers as they are met in the field, each a script that starts one and says what must come of a run against it.
//!
//! A row is a script of `field/` with what it is started with; it runs the program and ends with 0 where the result is right.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use std::path::Path;
use std::process::Command;

use super::program::scratch;

/// Runs one row; `row` is its name, `script` a file of `field/`.
fn right(row: &str, script: &str, arguments: &[&str], environment: &[(&str, &str)]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/field");
    let mut python = Command::new("python3");
    python.arg(folder.join(script)).args(arguments);
    for name in ["EDITION", "KIND", "MODE", "STACK", "PLAIN", "SEEDS", "TARGET", "VERBOSE"] {
        python.env_remove(name);
    }
    python
        .env("PATCHPROOF", env!("CARGO_BIN_EXE_patchproof"))
        .env("FIELD_OUT", scratch("field").join(row))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .envs(environment.iter().copied());
    let output = python.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{row}: {:?}\n{text}", output.status.code());
}

/// One ignored test a row: its name, the script, its arguments and its environment.
macro_rules! rows {
    ($($name:ident: $script:literal $([$($argument:literal),*])? $({$($variable:ident = $value:literal),*})?;)*) => {
        $(
            #[test]
            #[ignore = "needs Python 3, Node and openssl"]
            fn $name() {
                right(stringify!($name), $script, &[$($($argument),*)?], &[$($((stringify!($variable), $value)),*)?]);
            }
        )*
    };
}

rows! {
    clean_2019: "reports/00-clean.py" { EDITION = "2019-05" };
    clean_2024: "reports/00-clean.py" { EDITION = "2024-03" };
    clean_r4: "reports/00-clean.py" { EDITION = "fhir-r4" };
    another_clean_server: "reports/23-own-server-clean.py";
    if_match_lost_on_the_way: "reports/01-if-match-dropped.py";
    every_patch_500: "reports/02-every-patch-500.py";
    every_patch_500_with_stack_traces: "reports/02-every-patch-500.py" { EDITION = "2024-03", STACK = "150" };
    verb_not_allowed: "reports/03-verb-not-allowed.py";
    verb_not_allowed_2024: "reports/03-verb-not-allowed.py" { EDITION = "2024-03" };
    wrong_type_is_400: "reports/10-wrong-type-400.py";
    last_updated_is_now: "reports/14-last-updated-is-now.py";
    double_weak: "reports/15-double-weak.py";
    strong_comparison: "reports/18-strong-comparison.py";
    strong_comparison_2024: "reports/18-strong-comparison.py" { EDITION = "2024-03" };
    unknown_id_is_405: "reports/21-unknown-id-405.py";
    unknown_id_is_405_in_2024: "reports/21-unknown-id-405.py" { EDITION = "2024-03" };
    throttled: "reports/30-throttled.py" { MODE = "plain" };
    throttled_in_milliseconds: "reports/30-throttled.py" { MODE = "ms" };
    throttled_until_a_date: "reports/30-throttled.py" { MODE = "date" };
    throttled_for_no_time: "reports/30-throttled.py" { MODE = "zero" };
    contained_lost: "reports/33-lost-members.py" { MODE = "contained" };
    participants_reordered: "reports/33-lost-members.py" { MODE = "reorder" };
    early_hints: "reports/41-wire.py" { MODE = "103" };
    continue_first: "reports/41-wire.py" { MODE = "100" };
    deflate_unasked: "reports/41-wire.py" { MODE = "deflate" };
    gzip_without_a_label: "reports/41-wire.py" { MODE = "gzipsilent" };
    byte_order_mark: "reports/41-wire.py" { MODE = "bom" };
    session_by_cookie: "reports/41-wire.py" { MODE = "cookies" };
    lower_case_weak: "reports/41-wire.py" { MODE = "wrongcase" };
    over_tls: "reports/42-over-tls.py";
    plain_port_redirects_2024: "reports/42-over-tls.py" { EDITION = "2024-03", PLAIN = "redirect" };
    plain_port_redirects_2019: "reports/42-over-tls.py" { EDITION = "2019-05", PLAIN = "redirect" };
    token_not_asked_for: "reports/43-token-not-asked-for.py";
    wrong_base: "reports/46-wrong-base.py";
    dead_proxy: "reports/47-behind-a-proxy.py";
    living_proxy: "reports/47-behind-a-proxy.py" { MODE = "live" };
    http2_only: "reports/49-http2-only.py";
    many_participants: "reports/50-many-participants.py";
    rejections_are_500: "reports/51-refusals-are-500.py";
    now_and_then_500: "reports/52-now-and-then.py" { MODE = "500" };
    now_and_then_lost: "reports/52-now-and-then.py" { MODE = "lost" };
    now_and_then_done_and_lost: "reports/52-now-and-then.py" { MODE = "done" };
    someone_else_makes_appointments_move_on: "reports/70-someone-else-writes.py" { EDITION = "2024-03", TARGET = "file" };
    someone_else_makes_them_move_on_in_r4: "reports/70-someone-else-writes.py" { TARGET = "file" };
    someone_else_comments: "reports/70-someone-else-writes.py" { KIND = "member" };
    root_replace: "reports/53-root-replace.py";
    tags_as_numbers: "reports/58-number-tags.py";
    invalid_results: "reports/59-invalid-results.py";
    large_statement: "reports/55-large-statement.py";
    xml_when_asked: "reports/56-xml-when-asked.py";
    other_formats: "reports/57-other-formats.py";
    labels_wiped: "reports/60-labels-wiped.py";
    odd_last_modified: "reports/61-odd-last-modified.py";
    drops_a_connection: "torture/run.py" ["drop"];
    ends_over_a_deep_value: "torture/run.py" ["die"];
    ends_over_an_object: "torture/run.py" ["die-on-object"];
    overwrites_another: "torture/run.py" ["overwrite"];
    no_patch_405: "torture/run.py" ["nopatch-405"];
    no_patch_415: "torture/run.py" ["nopatch-415"];
    no_patch_501: "torture/run.py" ["nopatch-501"];
    does_nothing: "torture/run.py" ["noop"];
    strict_create: "torture/run.py" ["strict"];
    strong_tags: "torture/run.py" ["strong-tags"];
    lax_metadata: "torture/run.py" ["lax-metadata"];
    two_runs_at_once: "sandbox/cases.py" ["two-at-once"];
    three_nights: "sandbox/cases.py" ["second-night"];
    three_nights_at_a_vendor: "sandbox/cases.py" ["nights"];
    a_server_that_asks_for_a_token: "sandbox/cases.py" ["authenticated"];
    a_token_that_expires: "sandbox/cases.py" ["expired-token"];
    pages: "sandbox/cases.py" ["paging"];
    a_search_with_rules: "sandbox/cases.py" ["slot-search"];
    mandatory_header: "sandbox/cases.py" ["mandatory-header"];
}
