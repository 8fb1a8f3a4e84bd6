//! A summary in Markdown, as for a CI step or a pull request; what does not fit is counted, not dropped in silence.

use super::findings::{FindingGroup, gather};
use super::fixtures::in_words;
use super::reasons::reasons;
use super::requirement::{LevelTotals, source, source_link};
use crate::record::{Cause, DriftKind, Level, RunRecord, Standing, Verdict};
use crate::report::page::clean::{clean, cut};
use crate::report::page::curl::curl;
use crate::report::page::escape::escape;
use crate::report::page::exchange::{request_lines, response_lines};
use crate::report::page::pace::pace;
use crate::report::page::time::duration;
use crate::report::page::words::{counted, run_meaning, run_sign, run_title, sign};

/// A step summary takes 1 MiB; this leaves room for what else a step writes.
const MOST_BYTES: usize = 900 * 1024;
/// Findings in full; the others are in the page.
const MOST_FINDINGS: usize = 100;
/// A longer curl line is left to the run record.
const LONGEST_CURL: usize = 4000;

/// The summary of a run.
pub fn markdown(record: &RunRecord) -> String {
    let mut text = head(record);
    text.push_str(&table(&format!("Requirements of {}", record.edition), &record.summary.counts));
    if let (Some(base), false) = (record.edition.base(), record.summary.inherited.is_empty()) {
        let weight = if record.strict_base { "decides too" } else { "does not decide" };
        text.push_str(&table(&format!("Inherited from {base} ({weight})"), &record.summary.inherited));
    }
    text.push_str(&format!("Cases: {}\n\n", case_counts(record)));
    findings(record, &mut text);
    text.push_str(&untested(record));
    text.push_str(&drifted(record));
    text.push_str(&format!(
        "<sub>{} {} · seed {} · contract <code>{}</code></sub>\n",
        escape(&record.tool.name),
        escape(&record.tool.version),
        record.seed,
        escape(record.contract.digest.get(..16).unwrap_or(&record.contract.digest))
    ));
    text
}

/// How many responses differ from the accepted snapshots, and of which cases.
fn drifted(record: &RunRecord) -> String {
    const NAMED: usize = 5;
    let Some(drift) = record.drift.as_ref().filter(|drift| drift.drifted()) else { return String::new() };
    let mut text =
        format!("Drift from the snapshots of `{}` (does not affect the verdict):\n\n", escape(&drift.target));
    for kind in DriftKind::ALL {
        let ids: Vec<String> = drift.of(kind).map(|change| format!("`{}`", change.case)).collect();
        let more = ids.len().saturating_sub(NAMED);
        match (ids.is_empty(), more) {
            (true, _) => {}
            (false, 0) => text.push_str(&format!("- {} {}: {}\n", ids.len(), kind.name(), ids.join(", "))),
            (false, _) => text.push_str(&format!(
                "- {} {}: {} and {more} more\n",
                ids.len(),
                kind.name(),
                ids.get(..NAMED).unwrap_or_default().join(", ")
            )),
        }
    }
    text + "\n"
}

fn head(record: &RunRecord) -> String {
    let summary = &record.summary;
    let word = run_title(summary.verdict);
    let mut text = format!("## {} {word}: {}\n\n", run_sign(summary.verdict), record.edition);
    text.push_str(&format!("**{}.** {}\n\n", escape(&summary.reason), run_meaning(summary.verdict)));
    if let Some(why) = &record.cut_short {
        text.push_str(&format!("**Cut short:** {}. The record is partial.\n\n", escape(why)));
    }
    let time = duration(&record.started, &record.finished).map(|time| format!(", {time}")).unwrap_or_default();
    let embedded = if record.target.embedded { " (the embedded reference server)" } else { "" };
    text.push_str(&format!(
        "{} · {}{embedded} · {}, {}{time}\n\n",
        escape(&record.contract.title),
        code(&record.target.base_url),
        counted(record.plan.requests_sent, "request", "requests"),
        counted(record.plan.appointments_used, "appointment", "appointments")
    ));
    if let Some(fixtures) = in_words(record) {
        text.push_str(&format!("Appointments: {}.\n\n", escape(&fixtures)));
    }
    if let Some(record) = &record.pace {
        text.push_str(&format!("Pace: {}.\n\n", pace(record)));
    }
    text
}

fn table(title: &str, totals: &LevelTotals) -> String {
    let verdicts: Vec<Verdict> =
        Verdict::ALL.into_iter().filter(|verdict| totals.values().any(|row| row.contains_key(verdict))).collect();
    if verdicts.is_empty() {
        return String::new();
    }
    let names: Vec<String> = verdicts.iter().map(|verdict| format!("{} {}", sign(*verdict), verdict.name())).collect();
    let mut text = format!("| {title} | {} |\n|---|{}\n", names.join(" | "), "---:|".repeat(verdicts.len()));
    for level in Level::ALL.into_iter().filter(|level| totals.contains_key(level)) {
        let count = |verdict: &Verdict| totals.get(&level).and_then(|row| row.get(verdict)).copied();
        let cells: Vec<String> =
            verdicts.iter().map(|verdict| count(verdict).map_or("·".to_owned(), |count| count.to_string())).collect();
        text.push_str(&format!("| {} | {} |\n", level.name(), cells.join(" | ")));
    }
    text.push('\n');
    text
}

fn case_counts(record: &RunRecord) -> String {
    let counts: Vec<String> =
        record.summary.cases.iter().map(|(verdict, count)| format!("{count} {}", verdict.name())).collect();
    if counts.is_empty() { "none".to_owned() } else { counts.join(", ") }
}

fn findings(record: &RunRecord, text: &mut String) {
    // What presupposes the first PATCH is counted, and the reason stands in the head.
    let presupposes = |group: &FindingGroup<'_>| group.first.cause == Some(Cause::Headline);
    let mut groups = gather(record, &[Verdict::Error, Verdict::Fail, Verdict::Inconclusive]);
    groups.retain(|group| !presupposes(group));
    if groups.is_empty() {
        return;
    }
    text.push_str("### Findings\n\n");
    if let Some(root) = groups.first().filter(|group| group.verdict == Verdict::Fail && !group.follows.is_empty()) {
        text.push_str(&format!("Mend **{}** first.\n\n", root.id));
    }
    let mut shown = 0;
    for group in groups.iter().take(MOST_FINDINGS) {
        let message = finding(record, group);
        if text.len() + message.len() > MOST_BYTES {
            break;
        }
        text.push_str(&message);
        shown += 1;
    }
    let left_out = groups.len() - shown;
    if left_out > 0 {
        let more = counted(left_out, "more finding", "more findings");
        text.push_str(&format!("And {more}: see report.html.\n\n"));
    }
}

fn finding(record: &RunRecord, group: &FindingGroup<'_>) -> String {
    let (level, statement) = match group.requirement {
        Some(requirement) if requirement.standing == Standing::Inherited => {
            (format!("{}, inherited", requirement.level.name()), requirement.statement.as_str())
        }
        Some(requirement) => (requirement.level.name().to_owned(), requirement.statement.as_str()),
        None => (String::new(), "(a requirement that the record does not list)"),
    };
    let more = match group.cases.len() {
        1 => String::new(),
        count => format!(" and {}", counted(count - 1, "more case", "more cases")),
    };
    let mut text = format!(
        "<details><summary>{} <b>{}</b> {level}: {}{}</summary>\n\n",
        sign(group.verdict),
        group.id,
        escape(statement),
        group.more().map(|more| format!(" ({more})")).unwrap_or_default()
    );
    text.push_str(&format!("- case {} ({}){more}\n", code(&group.case.id.0), escape(&group.case.origin)));
    if !group.first.expected.is_empty() {
        text.push_str(&format!("- expected: {}\n", escape(&group.first.expected)));
    }
    text.push_str(&format!("- found: {}\n", escape(&cut(&group.first.found, 1000))));
    group.notes.iter().for_each(|note| text.push_str(&format!("  - {}\n", escape(&cut(note, 1000)))));
    for (ids, what) in [(&group.alike, "undecided for the same reason"), (&group.follows, "undecided because of it")] {
        if !ids.is_empty() {
            let names: Vec<&str> = ids.iter().map(|id| id.as_str()).collect();
            text.push_str(&format!("- {what}: {}\n", names.join(", ")));
        }
    }
    if let Some(requirement) = group.requirement {
        let cited = escape(&source(requirement));
        let cited = source_link(record, requirement).map_or(cited.clone(), |address| format!("[{cited}](<{address}>)"));
        text.push_str(&format!("- source: {cited}\n"));
    }
    if let Some(exchange) = group.first.exchange.and_then(|id| record.exchange(id)) {
        let lines = |lines: Vec<String>| lines.iter().map(|line| clean(line)).collect::<Vec<_>>().join("\n");
        let wire =
            format!("{}\n\n{}", lines(request_lines(record, exchange, false)), lines(response_lines(exchange, false)));
        text.push_str(&format!("\n{}", block("", &wire)));
        let line = curl(exchange);
        if line.len() <= LONGEST_CURL {
            text.push_str(&format!("\n{}", block("sh", &line)));
        }
    }
    text.push_str("\n</details>\n\n");
    text
}

fn untested(record: &RunRecord) -> String {
    const SHOWN: usize = 20;
    let reasons: Vec<_> = reasons(record, Verdict::NotTested).into_iter().filter(|reason| !reason.beyond).collect();
    if reasons.is_empty() {
        return String::new();
    }
    let mut text = "### Not tested\n\n".to_owned();
    for reason in reasons.iter().take(SHOWN) {
        let ids: Vec<&str> = reason.requirements.iter().take(8).map(|id| id.as_str()).collect();
        let mut parts = Vec::new();
        if !ids.is_empty() {
            let more = if reason.requirements.len() > ids.len() { ", …" } else { "" };
            parts.push(format!("{}{more}", ids.join(", ")));
        }
        if !reason.cases.is_empty() {
            parts.push(counted(reason.cases.len(), "case", "cases"));
        }
        text.push_str(&format!("- {}: {}\n", escape(&cut(reason.text, 500)), parts.join("; ")));
    }
    if reasons.len() > SHOWN {
        text.push_str(&format!("- and {} more reasons: see report.html\n", reasons.len() - SHOWN));
    }
    text.push('\n');
    text
}

/// Text as code within a line.
fn code(text: &str) -> String {
    format!("<code>{}</code>", escape(text))
}

/// Text as a block of code; the fence is longer than any run of backticks in it.
fn block(language: &str, text: &str) -> String {
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat((longest + 1).max(3));
    format!("{fence}{language}\n{text}\n{fence}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::BodyRecord;
    use crate::report::samples;

    #[test]
    #[expect(clippy::too_many_lines, reason = "the text that is expected, or the table of examples, is long")]
    fn a_summary_has_the_verdict_the_counts_and_the_findings() {
        insta::assert_snapshot!(markdown(&samples::full()), @r#"
        ## ✗ Not conformant: 2019-05

        **1 MUST requirement is broken.** At least one MUST of this edition is broken. Each broken rule is listed under Findings, with the exchange that shows it and the document that makes the rule.

        **Cut short:** the run was interrupted. The record is partial.

        as first documented · <code>http&#58;//localhost/r4</code> (the embedded reference server) · 212 requests, 1 appointment, 1 min 12 s

        | Requirements of 2019-05 | ‼ error | ✗ fail | ? inconclusive | ○ not-tested | ! warn | ✓ pass | ◦ observed | – not-applicable |
        |---|---:|---:|---:|---:|---:|---:|---:|---:|
        | MUST | 1 | 1 | 1 | 1 | · | 1 | · | · |
        | SHOULD | · | 1 | · | · | 1 | · | · | · |
        | MAY | · | · | · | 1 | · | · | · | 1 |
        | OBSERVED | · | · | · | · | · | · | 1 | · |

        | Inherited from fhir-r4 (does not decide) | ✗ fail |
        |---|---:|
        | MUST | 1 |

        Cases: 1 error, 11 fail, 1 inconclusive, 1 not-tested, 1 warn, 1 pass, 1 observed, 1 not-applicable

        ### Findings

        <details><summary>‼ <b>APPT-ERR-01</b> MUST: The rule of APPT-ERR-01 is kept.</summary>

        - case <code>errors/one</code> (scenarios/sample.yaml&#58;12)
        - found: the evidence lacks the exchange
        - source: Seed document, Patch &gt; Errors

        </details>

        <details><summary>✗ <b>APPT-VER-04</b> MUST: The rule of APPT-VER-04 is kept.</summary>

        - case <code>if-match/missing-0</code> (scenarios/sample.yaml&#58;12) and 8 more cases
        - expected: 412
        - found: 200: the request was carried out
        - source: Seed document, Patch &gt; Errors

        ```
        PATCH /Appointment/1   (no If-Match; no Authorization)
        [{"op":"replace","path":"/status","value":"arrived"}]

        200 OK   ETag: W/"2"
        ```

        ```sh
        curl -X PATCH http://localhost/r4/Appointment/1 \
          -H 'accept: application/fhir+json' \
          -H 'content-type: application/json-patch+json' \
          --data-binary '[{"op":"replace","path":"/status","value":"arrived"}]'
        ```

        </details>

        <details><summary>✗ <b>APPT-RSP-01</b> SHOULD: The rule of APPT-RSP-01 is kept.</summary>

        - case <code>response/should</code> (scenarios/sample.yaml&#58;12)
        - expected: an ETag or meta.versionId
        - found: neither
        - source: Seed document, Patch &gt; Errors

        ```
        PATCH /Appointment/1   (no If-Match; no Authorization)
        [{"op":"replace","path":"/status","value":"arrived"}]

        200 OK   ETag: W/"2"
        ```

        ```sh
        curl -X PATCH http://localhost/r4/Appointment/1 \
          -H 'accept: application/fhir+json' \
          -H 'content-type: application/json-patch+json' \
          --data-binary '[{"op":"replace","path":"/status","value":"arrived"}]'
        ```

        </details>

        <details><summary>? <b>APPT-VER-06</b> MUST: The rule of APPT-VER-06 is kept.</summary>

        - case <code>version/lost</code> (scenarios/sample.yaml&#58;12)
        - found: no answer: no answer within 30s
        - source: Seed document, Patch &gt; Errors

        ```
        PATCH /Appointment/1   (If-Match: W/"1")
        [{"op":"replace","path":"/status","value":"arrived"}]

        no response: timed out: no answer within 30s
        ```

        ```sh
        curl -X PATCH http://localhost/r4/Appointment/1 \
          -H 'accept: application/fhir+json' \
          -H 'content-type: application/json-patch+json' \
          -H 'if-match: W/"1"' \
          -H "authorization: $AUTHORIZATION" \
          --data-binary '[{"op":"replace","path":"/status","value":"arrived"}]'
        ```

        </details>

        <details><summary>✗ <b>APPT-BASE-01</b> MUST, inherited: The rule of APPT-BASE-01 is kept.</summary>

        - case <code>base/one</code> (scenarios/sample.yaml&#58;12)
        - expected: 400
        - found: 200: the request was carried out
        - source: Seed document, Patch &gt; Errors

        ```
        PATCH /Appointment/1   (no If-Match; no Authorization)
        [{"op":"replace","path":"/status","value":"arrived"}]

        200 OK   ETag: W/"2"
        ```

        ```sh
        curl -X PATCH http://localhost/r4/Appointment/1 \
          -H 'accept: application/fhir+json' \
          -H 'content-type: application/json-patch+json' \
          --data-binary '[{"op":"replace","path":"/status","value":"arrived"}]'
        ```

        </details>

        ### Not tested

        - the target does not provide \`locked\`: APPT-RSP-03; 1 case

        <sub>patchproof 0.1.0 · seed 7 · contract <code>0</code></sub>
        "#);
    }

    #[test]
    fn a_block_has_a_fence_longer_than_any_in_it() {
        assert_eq!(block("", "a ```` b"), "`````\na ```` b\n`````\n");
    }

    #[test]
    fn a_summary_stays_within_its_bound_and_says_what_is_left_out() {
        let mut record = samples::full();
        let body = BodyRecord::Text("z".repeat(3000));
        record.exchanges[0].request.body = body;
        for number in 0..200 {
            let found = format!("{} {}", "y".repeat(number), "<".repeat(2000));
            samples::case(&mut record, "a/b", "APPT-VER-04", Verdict::Fail, "412", &found, Some(0));
        }
        let text = markdown(&record);
        assert!(text.len() < 1024 * 1024, "{}", text.len());
        assert!(text.contains("more findings: see report.html"));
    }
}
