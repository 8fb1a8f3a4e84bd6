//! The one thing to say of a run that came to nothing: the request, its response, and the rule that it breaks.

use super::message::short;
use crate::record::{ExchangeRecord, NotRunKindRecord, PurposeRecord, RunRecord, Verdict};
use crate::report::page::curl::curl;
use crate::report::page::exchange::{request_lines, response_lines};
use crate::report::page::look::{labelled, note};
use crate::report::page::paper::{Page, Paint};
use crate::report::page::words::counted;
use crate::report::run::findings::gather;

/// Lines of a curl line that are printed.
const MOST_CURL: usize = 8;
/// Broken rules that are printed.
const MOST_BROKEN: usize = 2;

/// The headline alone.
pub(super) fn head(page: &mut Page, headline: &str) {
    page.para((Paint::Bad, ""), (Paint::Plain, "    "), &[(Paint::Bad, headline)]);
}

/// The headline, the exchange it rests on, what is broken, and how much follows from it.
pub(super) fn show(page: &mut Page, record: &RunRecord, (kind, headline): (NotRunKindRecord, &str)) {
    head(page, headline);
    let exchange = match kind {
        NotRunKindRecord::ShutOut => record.exchanges.last(),
        NotRunKindRecord::Denied => {
            let denied = |exchange: &&ExchangeRecord| exchange.status().is_some_and(|status| status.get() == 401);
            record.exchanges.iter().rev().find(denied)
        }
        NotRunKindRecord::HarnessFailed
        | NotRunKindRecord::Limit
        | NotRunKindRecord::Interrupted
        | NotRunKindRecord::Unavailable
        | NotRunKindRecord::NotAccepted
        | NotRunKindRecord::Gone => first_patch(record),
    };
    if let Some(exchange) = exchange {
        labelled(page, "sent", Paint::Strong, &request_lines(record, exchange, false));
        labelled(page, "received", Paint::Strong, &response_lines(exchange, false));
        let line = curl(exchange);
        if line.lines().count() <= MOST_CURL {
            for (number, part) in line.lines().enumerate() {
                let lead = if number == 0 { "   = try: " } else { "        " };
                page.line(&[(Paint::Frame, lead), (Paint::Plain, part)]);
            }
        }
    }
    page.blank();
    let broken = gather(record, &[Verdict::Error, Verdict::Fail]);
    broken.iter().take(MOST_BROKEN).for_each(|group| short(page, group));
    if broken.len() > MOST_BROKEN {
        let more = counted(broken.len() - MOST_BROKEN, "more rule is", "more rules are");
        note(page, "and", &format!("{more} broken"));
    }
    let open = record.requirements.iter().filter(|requirement| requirement.verdict == Verdict::Inconclusive).count();
    if open > 0 {
        let more = counted(open, "requirement presupposes", "requirements presuppose");
        let text = format!("{more} an accepted PATCH and could not be decided; -v shows which. Mend this first.");
        page.para((Paint::Plain, ""), (Paint::Plain, "    "), &[(Paint::Plain, &text)]);
    }
    page.blank();
}

/// The PATCH that the headline is about.
fn first_patch(record: &RunRecord) -> Option<&ExchangeRecord> {
    let leads = |exchange: &&ExchangeRecord| {
        matches!(exchange.purpose, PurposeRecord::Advance | PurposeRecord::Control) && exchange.is_patch()
    };
    record.exchanges.iter().find(leads)
}
