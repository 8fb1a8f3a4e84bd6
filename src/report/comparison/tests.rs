//! How a comparison reads, and that nothing from a target does anything in it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::after::compare::samples::{Sample, exchange};
use crate::after::compare::{Comparison, Run, Snapshots, compare, matrix};
use crate::record::{Level, RunRecord, Verdict};
use crate::report::{
    TextView, Verbosity, comparison_markdown, comparison_text, matrix_csv, matrix_markdown, matrix_text,
};

fn runs() -> (RunRecord, RunRecord) {
    let run = |first, second, third| {
        Sample::default()
            .requirement("APPT-VER-08", Level::Must, first)
            .requirement("APPT-RSP-02", Level::Should, second)
            .requirement("APPT-ERR-03", Level::Must, third)
            .property("if-match/stale", "APPT-VER-08", first, Some(0))
            .case("if-match/old", "APPT-VER-08", first)
            .case("response/one", "APPT-RSP-02", second)
            .case("error/one", "APPT-ERR-03", third)
    };
    let before =
        run(Verdict::Pass, Verdict::Warn, Verdict::Pass).exchange(exchange(0, "PATCH", Some("W/\"1\""), 412, None));
    let after = run(Verdict::Fail, Verdict::Pass, Verdict::NotApplicable)
        .exchange(exchange(0, "PATCH", Some("W/\"1\""), 200, Some("W/\"3\"")))
        .case("new/case", "APPT-VER-08", Verdict::Pass);
    (before.record(), after.record())
}

fn compared(before: &RunRecord, after: &RunRecord, texts: [&str; 2]) -> Comparison {
    let snapshots = texts
        .map(|text| -> Snapshots { [(crate::record::CaseId("if-match/stale".to_owned()), text.to_owned())].into() });
    compare(
        Run { name: "monday.json", record: before, snapshots: &snapshots[0] },
        Run { name: "tuesday.json", record: after, snapshots: &snapshots[1] },
    )
}

fn sample() -> Comparison {
    let (before, after) = runs();
    compared(&before, &after, ["412\netag: none\n", "200\netag: none\n"])
}

fn shown(comparison: &Comparison, verbosity: Verbosity) -> String {
    comparison_text(comparison, &TextView { color: false, verbosity, width: 100 })
}

#[test]
fn a_comparison_reads_like_a_compiler() {
    insta::assert_snapshot!(shown(&sample(), Verbosity::Normal), @r#"
    Two runs of one target
      before  monday.json = http://localhost/r4, fhir-r4, 2026-01-02T03:04:05.000Z: not conformant, 1
              MUST requirement is broken
      after   tuesday.json = http://localhost/r4, fhir-r4, 2026-01-02T03:04:05.000Z: not conformant, 1
              MUST requirement is broken
    warning: only in `tuesday.json`: 1 case; these are not compared

    pass -> fail[APPT-VER-08] MUST: The rule of APPT-VER-08 is kept.
      --> if-match/stale (scenarios/sample.yaml:12)
       |
       | sent      PATCH /Appointment/1   (If-Match: W/"1")
       |           []
       | received  200 OK   ETag: W/"3"
       | expected  412
       | found     fail in if-match/stale
       |
       = before: pass: why APPT-VER-08 is pass
       = source: Seed document, Patch > Errors
       = seen: exchange 0 of the later run
       = and 1 more case: if-match/old

    Better
    warn -> pass[APPT-RSP-02] SHOULD: title of APPT-RSP-02

    Changed, neither better nor worse
    pass -> not-applicable[APPT-ERR-03] MUST: title of APPT-ERR-03

    Cases that got better: response/one

    Cases that changed in another way: error/one

    Responses that changed (this affects no verdict)
      --> if-match/stale
       | -412
       | +200
       |  etag: none

    Latency before and after (for information only)
                      responses          p50          p95  p50 ratio
      PATCH accepted     – -> 1  – -> 1.0 ms  – -> 1.0 ms          –
      PATCH rejected     1 -> –  1.0 ms -> –  1.0 ms -> –          –

    Only in tuesday.json: new/case

    1 requirement and 2 cases got worse; 1 requirement and 1 case got better; 1 response drifted
    "#);
}

#[test]
fn quiet_is_what_got_worse_and_the_sum() {
    let text = shown(&sample(), Verbosity::Quiet);
    assert!(text.contains("pass -> fail[APPT-VER-08]") && text.ends_with("1 response drifted\n"), "{text}");
    assert!(!text.contains("Latency") && !text.contains("Better"), "{text}");
}

#[test]
fn a_comparison_in_markdown() {
    insta::assert_snapshot!(comparison_markdown(&sample()), @r#"
    ## Two runs of one target: 1 requirement and 2 cases got worse; 1 requirement and 1 case got better; 1 response drifted

    - before: **monday.json**, http&#58;//localhost/r4, fhir-r4, 2026-01-02T03&#58;04&#58;05.000Z: not conformant, 1 MUST requirement is broken
    - after: **tuesday.json**, http&#58;//localhost/r4, fhir-r4, 2026-01-02T03&#58;04&#58;05.000Z: not conformant, 1 MUST requirement is broken

    > **Warning:** only in \`tuesday.json\`: 1 case; these are not compared

    ### Worse

    - **APPT-VER-08** MUST pass → **fail**: The rule of APPT-VER-08 is kept.
      - case if-match/stale (scenarios/sample.yaml&#58;12)
      - PATCH /Appointment/1, If-Match W/"1": received 200, ETag W/"3" \(exchange 0\)
      - expected 412; found fail in if-match/stale
      - source: Seed document, Patch &gt; Errors

    ### Better

    | requirement | level | before | after | rule |
    | --- | --- | --- | --- | --- |
    | APPT-RSP-02 | SHOULD | warn | pass | title of APPT-RSP-02 |

    ### Changed, neither better nor worse

    | requirement | level | before | after | rule |
    | --- | --- | --- | --- | --- |
    | APPT-ERR-03 | MUST | pass | not-applicable | title of APPT-ERR-03 |

    ### Cases that got better

    | case | before | after | now |
    | --- | --- | --- | --- |
    | response/one | warn | pass | pass in response/one |

    ### Cases that changed in another way

    | case | before | after | now |
    | --- | --- | --- | --- |
    | error/one | pass | not-applicable | not-applicable in error/one |

    ### Responses that changed (this affects no verdict)

    if-match/stale

        -412
        +200
         etag: none

    ### Latency before and after (for information only)

    |  | responses | p50 | p95 | p50 ratio |
    | --- | ---: | ---: | ---: | ---: |
    | PATCH accepted | – -> 1 | – -> 1.0 ms | – -> 1.0 ms | – |
    | PATCH rejected | 1 -> – | 1.0 ms -> – | 1.0 ms -> – | – |

    Only in tuesday.json: new/case
    "#);
}

#[test]
fn nothing_from_a_target_means_anything_in_either_format() {
    let evil =
        "\u{1b}[2J</td><script>alert(1)</script> [x](javascript:1) | `a` @someone #1 https://x.example\n# h\n```";
    let (before, mut after) = runs();
    for case in &mut after.cases {
        case.reason = evil.to_owned();
        case.findings.iter_mut().for_each(|finding| finding.found = evil.to_owned());
    }
    after.target.base_url = evil.to_owned();
    after.exchanges[0].request.url = evil.to_owned();
    after.requirements.iter_mut().for_each(|requirement| requirement.reason = evil.to_owned());
    let comparison = compared(&before, &after, ["x\n", evil]);
    let markdown = comparison_markdown(&comparison);
    assert!(!markdown.contains('\u{1b}'), "{markdown}");
    for line in markdown.lines().filter(|line| !line.starts_with("    ")) {
        for mark in ["<script", "[x](", " @someone", " #1", "https://x", "| `a`"] {
            assert!(!line.contains(mark), "{mark} in {line}");
        }
        assert!(!line.starts_with("# h") && !line.starts_with("```"), "{line}");
    }
    let text = shown(&comparison, Verbosity::Verbose);
    assert!(!text.contains('\u{1b}') && !text.lines().any(|line| line == "# h"), "{text}");
}

#[test]
fn a_matrix_reads_in_every_format() {
    let (before, mut after) = runs();
    after.requirements.pop();
    after.requirements[1].title = "=1+1, \"said\" | so".to_owned();
    after.contract.digest = "another".to_owned();
    let matrix = matrix(&[("monday".to_owned(), after), ("tues|day".to_owned(), before)], false);
    let text = matrix_text(&matrix, &TextView { color: false, verbosity: Verbosity::Normal, width: 100 });
    insta::assert_snapshot!(text, @r#"
      1  monday not conformant with fhir-r4: 1 MUST requirement is broken (http://localhost/r4)
      2  tues|day not conformant with fhir-r4: 1 MUST requirement is broken (http://localhost/r4)
    warning: the requirement table differs from that of `monday`: tues|day; a verdict may differ because
      its rule does

                               1     2
    APPT-RSP-02   SHOULD       pass  warn  =1+1, "said" | so
    APPT-VER-08   MUST         fail  pass  title of APPT-VER-08
    APPT-ERR-03   MUST         –     pass  title of APPT-ERR-03

    fail                       1     0
    warn                       0     1
    pass                       1     2
    "#);
    insta::assert_snapshot!(matrix_markdown(&matrix), @r#"
    - **monday**: not conformant with fhir-r4: 1 MUST requirement is broken \(http&#58;//localhost/r4\)
    - **tues\|day**: not conformant with fhir-r4: 1 MUST requirement is broken \(http&#58;//localhost/r4\)

    > **Warning:** the requirement table differs from that of \`monday\`: tues\|day; a verdict may differ because its rule does

    | requirement | level | monday | tues\|day | rule |
    | --- | --- | --- | --- | --- |
    | APPT-RSP-02 | SHOULD | pass | warn | =1\+1, "said" \| so |
    | APPT-VER-08 | MUST | **fail** | pass | title of APPT-VER-08 |
    | APPT-ERR-03 | MUST | – | pass | title of APPT-ERR-03 |
    | *total* | fail | 1 | 0 | |
    | *total* | warn | 0 | 1 | |
    | *total* | pass | 1 | 2 | |
    "#);
    insta::assert_snapshot!(matrix_csv(&matrix), @r##"
    requirement,level,title,monday,tues|day
    APPT-RSP-02,SHOULD,"'=1+1, ""said"" | so",pass,warn
    APPT-VER-08,MUST,title of APPT-VER-08,fail,pass
    APPT-ERR-03,MUST,title of APPT-ERR-03,,pass
    "##);
}
