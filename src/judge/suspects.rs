//! Which requests may have changed an appointment that none of them addressed: by the clock, by what they name, and by what
//! became of them.

use super::check::Beside;
use super::status::{says_nothing, shuts_out};
use crate::execute::evidence::{Exchange, ExchangeId};
use crate::words::fhir::StatusCode;

/// The writes of a run that were under way between two reads of an appointment and were sent to others.
pub(super) fn between<'e>(exchanges: &'e [Exchange], window: Beside<'e>) -> Vec<&'e Exchange> {
    let (begin, end) = (window.before.begin_us, window.after.end_us);
    let under_way = |write: &&Exchange| write.is_write() && write.begin_us < end && write.end_us > begin;
    let elsewhere = |write: &&Exchange| write.appointment.as_deref() != Some(window.id);
    exchanges.iter().filter(under_way).filter(elsewhere).collect()
}

/// The last read of the appointment before an exchange and the first one after it, which may be nearer than those of its
/// trial.
pub(super) fn nearest<'e>(exchanges: &'e [Exchange], window: Beside<'e>, exchange: &Exchange) -> Beside<'e> {
    let reads = || {
        exchanges.iter().filter(|read| {
            read.request.method == "GET"
                && read.appointment.as_deref() == Some(window.id)
                && read.begin_us >= window.before.begin_us
                && read.end_us <= window.after.end_us
                && is_informative(read)
        })
    };
    let before = reads().filter(|read| read.end_us <= exchange.begin_us).max_by_key(|read| (read.end_us, read.id));
    let after = reads().filter(|read| read.begin_us >= exchange.end_us).min_by_key(|read| (read.begin_us, read.id));
    Beside { before: before.unwrap_or(window.before), after: after.unwrap_or(window.after), ..window }
}

/// Whether a read says how the appointment stood: one that was lost, throttled or shut out does not, and its repetition does.
fn is_informative(read: &Exchange) -> bool {
    let says = |status: StatusCode| status.is_client_error() && !says_nothing(status) && !shuts_out(status);
    read.status().is_some_and(|status| status.is_success() || says(status))
}

/// Of several writes those that most likely changed the appointment: one that was carried out rather than one that was
/// rejected, and of these one that names the appointment; not one whose like left it as it was.
pub(super) fn likely<'e>(writes: &[&'e Exchange], id: &str, harmless: impl Fn(&Exchange) -> bool) -> Vec<&'e Exchange> {
    let rank = |write: &Exchange| (write.status().is_none_or(|status| !status.is_client_error()), names(write, id));
    let most = writes.iter().map(|write| rank(write)).max();
    let mut likely: Vec<&Exchange> = writes.iter().copied().filter(|write| Some(rank(write)) == most).collect();
    likely.sort_by_key(|write| (write.begin_us, write.id));
    let guilty: Vec<&Exchange> = likely.iter().copied().filter(|write| !harmless(write)).collect();
    if guilty.is_empty() { likely } else { guilty }
}

/// Whether two writes ask for the same with the same outcome.
pub(super) fn alike(one: &Exchange, other: &Exchange) -> bool {
    one.request.method == other.request.method
        && one.request.body == other.request.body
        && one.status() == other.status()
}

/// How a message speaks of the requests beside the first of several.
pub(super) fn others(likely: &[&Exchange], this: ExchangeId) -> String {
    /// So many are named.
    const MOST: usize = 4;
    let others: Vec<String> =
        likely.iter().filter(|write| write.id != this).map(|write| write.id.to_string()).collect();
    match others.len() {
        0 => String::new(),
        count if count <= MOST => format!(" (by this request, or by one under way beside it: {})", others.join(", ")),
        count => format!(
            " (by this request, or by one of {count} under way beside it, such as {})",
            others[..MOST].join(", ")
        ),
    }
}

/// Whether a document names an appointment: as a value by itself, or at the end of a reference.
pub(super) fn names(write: &Exchange, id: &str) -> bool {
    let forms = [format!("\"{id}\""), format!("/{id}\"")];
    write.request.body.text().is_some_and(|text| forms.iter().any(|form| text.contains(form.as_str())))
}
