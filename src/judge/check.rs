//! Evaluates one check on one exchange and the reads around it.

use serde_json::Value;

use super::bodies::Bodies;
use super::verdict::Outcome;
use super::{dates, outcome, resource};
use crate::execute::evidence::{Exchange, Received};
use crate::execute::trail::Bystander;
use crate::plan::Bindings;
use crate::suite::scenario::{BodyForm, Check, HeaderCheck, HeaderForm};
use crate::words::fhir::{AppointmentStatus, EntityTag, FHIR_JSON, LEGACY_FHIR_JSON};

/// What a check may look at; `'e` is the lifetime of the evidence.
pub(super) struct View<'v, 'e> {
    pub exchange: &'e Exchange,
    pub received: &'e Received,
    /// The last read before.
    pub before: Option<&'e Exchange>,
    /// The first read after.
    pub first_after: Option<&'e Exchange>,
    /// The last read that belongs to it.
    pub after: Option<&'e Exchange>,
    pub bindings: Option<&'v Bindings>,
    /// An appointment that no step addresses, read before and after.
    pub bystander: Option<&'e Bystander>,
    pub bodies: &'v Bodies<'e>,
}

/// Evaluates a check.
pub(super) fn evaluate(check: &Check, view: &View<'_, '_>) -> Outcome {
    let reads = [view.before, view.first_after, view.after].into_iter().flatten().filter_map(Exchange::received);
    let limit = std::iter::once(view.received).chain(reads).find_map(Received::limit);
    match (evaluated(check, view), limit) {
        // What is missing from a body that patchproof cut may have been in it.
        (Outcome::Broken { .. } | Outcome::Tolerated { .. }, Some(limit)) => Outcome::Undecided(limit.to_owned()),
        (outcome, _) => outcome,
    }
}

#[expect(clippy::too_many_lines, reason = "one arm for each check of the format")]
fn evaluated(check: &Check, view: &View<'_, '_>) -> Outcome {
    let received = view.received;
    match check {
        Check::Header(check) => header(check, received),
        Check::NotLater { earlier, later, slack } => not_later(received, earlier, later, *slack),
        Check::Outcome(check) => outcome::check(check, received, view.bodies),
        Check::Body(form) => body(*form, view),
        Check::After(members) => with_after(view, |after| {
            let bound = view.bindings.map(|bindings| crate::plan::in_check(check, bindings));
            let members = match &bound {
                Some(Check::After(members)) => members,
                Some(_) | None => members,
            };
            has_members(after, members, "read back")
        }),
        Check::AfterAbsent(pointers) => {
            with_after(view, |after| match pointers.iter().find(|pointer| after.pointer(pointer).is_some()) {
                None => Outcome::Holds,
                Some(pointer) => Outcome::of(
                    false,
                    format!("no {pointer} in the appointment read back"),
                    format!("{pointer} = {}", resource::shown(after.pointer(pointer))),
                ),
            })
        }
        Check::AfterContains(_) | Check::AfterLacks(_) => with_after(view, |after| {
            let bound = match view.bindings {
                Some(bindings) => crate::plan::in_check(check, bindings),
                None => check.clone(),
            };
            has_part(after, &bound)
        }),
        Check::OnlyChanged(allowed) => between(view, |before, after| {
            let strange: Vec<String> = resource::differences(before, after)
                .into_iter()
                .filter(|pointer| !allowed.iter().any(|own| within(pointer, own)))
                .collect();
            Outcome::of(
                strange.is_empty(),
                format!("nothing changed but {}", allowed.join(", ")),
                format!("changed too: {}", strange.join(", ")),
            )
        }),
        Check::Changed(pointers) => between(view, |before, after| {
            match pointers.iter().find(|pointer| before.pointer(pointer) == after.pointer(pointer)) {
                None => Outcome::Holds,
                Some(pointer) => Outcome::of(
                    false,
                    format!("another {pointer} than before"),
                    format!("{pointer} = {} as before", resource::shown(after.pointer(pointer))),
                ),
            }
        }),
        Check::SameContent => between(view, |before, after| {
            let changed: Vec<String> = resource::differences(before, after)
                .into_iter()
                .filter(|pointer| !within(pointer, "/meta") && !within(pointer, "/text"))
                .collect();
            Outcome::of(changed.is_empty(), "the same content as before", format!("changed: {}", changed.join(", ")))
        }),
        Check::Unchanged => unchanged(view),
        Check::NewVersion => new_version(view),
        Check::TagIsNextRead => tag_is_next_read(view),
        Check::Resource(rule) => resource::rule(*rule, received, view.bodies),
        Check::LastModifiedIsLastUpdated => last_modified(view),
        Check::EchoesRequestId => {
            let sent = view.exchange.sent_header("x-request-id");
            let echoed = sent.is_some() && received.header("x-request-id") == sent;
            Outcome::of(
                echoed || received.header("x-correlation-id").is_some(),
                "the request's X-Request-Id, or an X-Correlation-Id",
                format!("X-Request-Id `{}`", received.header("x-request-id").unwrap_or("absent")),
            )
        }
        Check::NarrativeNamesStatus => with_after(view, narrative),
        Check::DeclaresPatch => declares(
            view,
            |rest| {
                let resources = rest.get("resource").and_then(Value::as_array).into_iter().flatten();
                let interactions = resources
                    .filter(|own| own.get("type").and_then(Value::as_str) == Some("Appointment"))
                    .flat_map(|own| own.get("interaction").and_then(Value::as_array).into_iter().flatten());
                interactions.into_iter().any(|own| own.get("code").and_then(Value::as_str) == Some("patch"))
            },
            "the interaction `patch` of Appointment in the CapabilityStatement",
        ),
        Check::DeclaresPatchFormat => {
            let formats = view.bodies.json(&received.body);
            let listed = formats.as_ref().and_then(|body| body.get("patchFormat")).and_then(Value::as_array);
            let has =
                listed.into_iter().flatten().any(|format| format.as_str() == Some(crate::words::fhir::JSON_PATCH));
            Outcome::of(has, "application/json-patch+json in patchFormat", "it is not there")
        }
        Check::BodyHas(members) => match view.bodies.json(&received.body) {
            Some(body) => has_members(&body, members, "in the answer"),
            None => Outcome::of(false, "a JSON body", "none"),
        },
        Check::Status { any_of } => Outcome::of(
            any_of.iter().any(|pattern| pattern.covers(received.status)),
            any_of.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or "),
            received.status.to_string(),
        ),
        Check::EntirelyOldOrNew => between(view, |before, after| {
            let status = |body: &Value| body.get("status").cloned();
            let old = status(before) == status(after);
            let sent = view.exchange.request.body.text().unwrap_or_default();
            let new = status(after).is_some_and(|status| sent.contains(&status.to_string()));
            Outcome::of(old || new, "the old status or the new one", resource::shown(status(after).as_ref()))
        }),
        Check::BystanderUnchanged => match view.bystander {
            Some(bystander) => beside(bystander, view.bodies),
            None => Outcome::Undecided("no appointment was left to watch".to_owned()),
        },
        // These look at more than one exchange; see `property`.
        Check::TagAccepted(_) | Check::TagsUnique | Check::ControlAccepted => Outcome::Void,
    }
}

/// Whether a part is, or is not, in the appointment read back.
fn has_part(after: &Value, check: &Check) -> Outcome {
    if let Check::AfterContains(part) = check {
        let expected = format!("{part} in the appointment read back");
        Outcome::of(resource::contains(after, part), expected, "it is not there")
    } else if let Check::AfterLacks(part) = check {
        let expected = format!("no {part} in the appointment read back");
        Outcome::of(!resource::contains(after, part), expected, "it is there")
    } else {
        Outcome::Void
    }
}

/// Whether another appointment is as it was.
pub(super) fn beside<'a>(bystander: &'a Bystander, bodies: &Bodies<'a>) -> Outcome {
    let (before, after) = (bodies.resource(Some(&bystander.before)), bodies.resource(Some(&bystander.after)));
    let expected = format!("Appointment/{}, which no request addressed, as it was", bystander.id);
    match (before, after) {
        (Some(before), Some(after)) => {
            let changed = resource::differences(&before, &after);
            Outcome::of(changed.is_empty(), expected, format!("changed: {}", changed.join(", ")))
        }
        (Some(_), None) => {
            let status = bystander.after.status();
            match status {
                Some(status) if status.is_client_error() && status.get() != 429 => {
                    Outcome::of(false, expected, format!("reading it gives {status}"))
                }
                Some(_) | None => Outcome::Undecided("the other appointment could not be read again".to_owned()),
            }
        }
        (None, _) => Outcome::Undecided("the other appointment could not be read".to_owned()),
    }
}

fn within(pointer: &str, prefix: &str) -> bool {
    pointer == prefix || pointer.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('/'))
}

fn with_after(view: &View<'_, '_>, judge: impl FnOnce(&Value) -> Outcome) -> Outcome {
    match view.bodies.resource(view.after) {
        Some(after) => judge(&after),
        None => Outcome::Undecided("the appointment could not be read back".to_owned()),
    }
}

fn between(view: &View<'_, '_>, judge: impl FnOnce(&Value, &Value) -> Outcome) -> Outcome {
    match (view.bodies.resource(view.before), view.bodies.resource(view.after)) {
        (Some(before), Some(after)) => judge(&before, &after),
        _ => Outcome::Undecided("the appointment could not be read before and after".to_owned()),
    }
}

fn has_members(whole: &Value, members: &std::collections::BTreeMap<String, Value>, place: &str) -> Outcome {
    for (pointer, expected) in members {
        let found = whole.pointer(pointer);
        if !found.is_some_and(|found| resource::contains(found, expected)) {
            return Outcome::Broken {
                expected: format!("{pointer} = {expected} {place}"),
                found: format!("{pointer} = {}", resource::shown(found)),
            };
        }
    }
    Outcome::Holds
}

fn header(check: &HeaderCheck, received: &Received) -> Outcome {
    let lines: Vec<&str> = received.header_lines(&check.name).collect();
    let Some(first) = lines.first() else {
        if check.optional || !check.present {
            return if check.present { Outcome::Void } else { Outcome::Holds };
        }
        return Outcome::Broken { expected: format!("a {} header", check.name), found: "none".to_owned() };
    };
    if !check.present {
        return Outcome::Broken { expected: format!("no {} header", check.name), found: format!("`{first}`") };
    }
    let value = lines.join(", ");
    if let Some(member) = &check.contains {
        let listed = value.split(',').map(|part| part.split(';').next().unwrap_or_default().trim());
        let has = listed.into_iter().any(|part| part.eq_ignore_ascii_case(member));
        if !has {
            return Outcome::Broken { expected: format!("`{member}` in {}", check.name), found: format!("`{value}`") };
        }
    }
    let Some(form) = check.form else { return Outcome::Holds };
    let (holds, expected) = match form {
        HeaderForm::WeakVersionTag => {
            let tag = first.parse::<EntityTag>().ok();
            let id = |opaque: &str| {
                (1..=64).contains(&opaque.len())
                    && opaque.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))
            };
            let holds = lines.len() == 1 && tag.is_some_and(|tag| tag.is_weak() && id(tag.opaque()));
            (holds, "one weak entity tag around a FHIR id: W/\"…\"")
        }
        HeaderForm::EntityTag => (lines.len() == 1 && first.parse::<EntityTag>().is_ok(), "one entity tag"),
        HeaderForm::ImfFixdate => {
            (lines.len() == 1 && dates::is_imf_fixdate(first), "one date such as Sun, 06 Nov 1994 08:49:37 GMT")
        }
        HeaderForm::NonEmpty => (!value.trim().is_empty(), "a value"),
        HeaderForm::FhirJson => {
            let essence = first.split(';').next().unwrap_or_default().trim();
            (essence.eq_ignore_ascii_case(FHIR_JSON), FHIR_JSON)
        }
        HeaderForm::NotCacheable => {
            let directives = value.to_ascii_lowercase();
            let refuses = ["no-cache", "no-store", "private", "max-age=0"].iter().any(|own| directives.contains(own));
            (refuses, "a directive that keeps caches out (no-cache, no-store, private)")
        }
    };
    Outcome::of(holds, format!("{}: {expected}", check.name), format!("{}: {value}", check.name))
}

fn not_later(received: &Received, earlier: &str, later: &str, slack: u32) -> Outcome {
    let (Some(first), Some(second)) = (received.header(earlier), received.header(later)) else { return Outcome::Void };
    match (dates::http_date(first), dates::http_date(second)) {
        (Some(one), Some(other)) => Outcome::of(
            one <= other + i64::from(slack),
            format!("{earlier} not later than {later}"),
            format!("{earlier} `{first}`, {later} `{second}`"),
        ),
        // The form of each date is another check's affair.
        _ => Outcome::Void,
    }
}

fn body(form: BodyForm, view: &View<'_, '_>) -> Outcome {
    let received = view.received;
    let json = view.bodies.json(&received.body);
    let kind = json.as_ref().and_then(|body| body.get("resourceType")).and_then(Value::as_str);
    let found = match (received.body.is_empty(), kind) {
        (true, _) => "an empty body".to_owned(),
        (false, Some(kind)) => format!("a {kind}"),
        (false, None) => format!("a body of {}", received.header("content-type").unwrap_or("no media type")),
    };
    match form {
        BodyForm::Empty => Outcome::of(received.body.is_empty(), "an empty body", found),
        BodyForm::EmptyOrAppointment => Outcome::of(
            received.body.is_empty() || kind == Some("Appointment"),
            "an empty body or an Appointment",
            found,
        ),
        BodyForm::OperationOutcome => Outcome::of(kind == Some("OperationOutcome"), "an OperationOutcome", found),
        BodyForm::FhirJsonIfResource => {
            if kind.is_none() {
                return Outcome::Void;
            }
            let media_type = received.header("content-type").unwrap_or_default();
            let essence = media_type.split(';').next().unwrap_or_default().trim();
            let right = essence.eq_ignore_ascii_case(FHIR_JSON) || essence.eq_ignore_ascii_case(LEGACY_FHIR_JSON);
            Outcome::of(right, format!("Content-Type {FHIR_JSON}"), format!("Content-Type `{media_type}`"))
        }
        BodyForm::ChangedAppointment | BodyForm::ChangedAppointmentIfAny => {
            let Some(resource) = json.as_deref().filter(|_| kind == Some("Appointment")) else {
                return if form == BodyForm::ChangedAppointment {
                    Outcome::of(false, "the Appointment after the change", found)
                } else {
                    Outcome::Void
                };
            };
            changed_appointment(resource, view)
        }
    }
}

fn changed_appointment(resource: &Value, view: &View<'_, '_>) -> Outcome {
    let id = resource.get("id").and_then(Value::as_str);
    if view.exchange.appointment.is_none() {
        return Outcome::Void;
    }
    if id != view.exchange.appointment.as_deref() {
        return Outcome::Broken {
            expected: format!("id {}", view.exchange.appointment.as_deref().unwrap_or("of the URL")),
            found: format!("id {}", id.unwrap_or("absent")),
        };
    }
    let version = resource.get("meta").and_then(|meta| meta.get("versionId")).and_then(Value::as_str);
    let tag = view.received.header("etag").and_then(|tag| tag.parse::<EntityTag>().ok());
    if let (Some(version), Some(tag)) = (version, &tag)
        && version != tag.opaque()
    {
        return Outcome::Broken {
            expected: format!("meta.versionId {} as in the ETag", tag.opaque()),
            found: format!("meta.versionId {version}"),
        };
    }
    let Some(after) = view.bodies.resource(view.first_after) else { return Outcome::Holds };
    Outcome::of(
        resource.get("status") == after.get("status"),
        format!("status {} as in the next read", resource::shown(after.get("status"))),
        format!("status {}", resource::shown(resource.get("status"))),
    )
}

/// A refused request changes neither content nor version nor lastUpdated (APPT-ATOM-01).
fn unchanged(view: &View<'_, '_>) -> Outcome {
    let (Some(before), Some(after)) = (view.before, view.first_after) else { return Outcome::Void };
    let (Some(old), Some(new)) = (view.bodies.resource(Some(before)), view.bodies.resource(Some(after))) else {
        return Outcome::Undecided("the appointment could not be read before and after".to_owned());
    };
    let tag = |exchange: &Exchange| exchange.received().and_then(|received| received.header("etag")).map(str::to_owned);
    // Narratives and the flags that say what may be done next are derived and may be made anew on each read.
    let changed: Vec<String> =
        resource::differences(&old, &new).into_iter().filter(|pointer| !within(pointer, "/text")).collect();
    if !changed.is_empty() {
        let first: Vec<String> = changed
            .iter()
            .take(4)
            .map(|pointer| {
                format!(
                    "{pointer} {} → {}",
                    resource::shown(old.pointer(pointer)),
                    resource::shown(new.pointer(pointer))
                )
            })
            .collect();
        return Outcome::Broken { expected: "the appointment exactly as before".to_owned(), found: first.join("; ") };
    }
    Outcome::of(
        tag(before) == tag(after),
        format!("ETag {} as before", tag(before).unwrap_or_default()),
        format!("ETag {}", tag(after).unwrap_or_default()),
    )
}

/// Whether two reads show the same content, whatever their versions are.
pub(super) fn changed_nothing<'a>(
    bodies: &Bodies<'a>,
    before: Option<&'a Exchange>,
    after: Option<&'a Exchange>,
) -> bool {
    match (bodies.resource(before), bodies.resource(after)) {
        (Some(before), Some(after)) => resource::differences(&before, &after)
            .iter()
            .all(|pointer| within(pointer, "/meta") || within(pointer, "/text")),
        _ => false,
    }
}

pub(super) fn version_of<'a>(bodies: &Bodies<'a>, exchange: &'a Exchange) -> Option<String> {
    let received = exchange.received().filter(|received| received.status.is_success())?;
    let tag = received.header("etag").and_then(|tag| tag.parse::<EntityTag>().ok()).map(|tag| tag.opaque().to_owned());
    tag.or_else(|| bodies.json(&received.body)?.get("meta")?.get("versionId")?.as_str().map(str::to_owned))
}

fn new_version(view: &View<'_, '_>) -> Outcome {
    // A patch that changes nothing may or may not make a version: no document decides.
    if changed_nothing(view.bodies, view.before, view.first_after) {
        return Outcome::Void;
    }
    let version = |exchange| version_of(view.bodies, exchange);
    let own = view.received.header("etag").and_then(|tag| tag.parse::<EntityTag>().ok());
    let after = own.map(|tag| tag.opaque().to_owned()).or_else(|| view.first_after.and_then(version));
    match (view.before.and_then(version), after) {
        (Some(before), Some(after)) => {
            Outcome::of(before != after, format!("another version than {before}"), format!("version {after} again"))
        }
        _ => Outcome::Undecided("the server shows no versions".to_owned()),
    }
}

fn tag_is_next_read(view: &View<'_, '_>) -> Outcome {
    let Some(text) = view.received.header("etag") else { return Outcome::Void };
    let Ok(tag) = text.parse::<EntityTag>() else { return Outcome::Void };
    let Some(read) = view.first_after else { return Outcome::Undecided("no read followed".to_owned()) };
    let header = read.received().and_then(|received| received.header("etag"));
    if let Some(header) = header
        && !header.parse::<EntityTag>().is_ok_and(|own| own.matches(&tag))
    {
        return Outcome::Broken { expected: format!("ETag {text} in the next read"), found: format!("ETag {header}") };
    }
    let version = view
        .bodies
        .resource(Some(read))
        .and_then(|body| body.get("meta")?.get("versionId")?.as_str().map(str::to_owned));
    match version {
        Some(version) => Outcome::of(
            version == tag.opaque(),
            format!("meta.versionId {} in the next read", tag.opaque()),
            format!("meta.versionId {version}"),
        ),
        None if header.is_some() => Outcome::Holds,
        None => Outcome::Undecided("the next read shows no version".to_owned()),
    }
}

fn last_modified(view: &View<'_, '_>) -> Outcome {
    let Some(text) = view.received.header("last-modified") else { return Outcome::Void };
    let updated = view
        .bodies
        .resource(view.first_after)
        .and_then(|body| body.get("meta")?.get("lastUpdated")?.as_str().map(str::to_owned));
    let (Some(header), Some(updated)) = (dates::http_date(text), updated) else { return Outcome::Void };
    let Some(instant) = dates::instant(&updated) else { return Outcome::Void };
    Outcome::of(
        (header - instant).abs() <= 1,
        format!("Last-Modified at meta.lastUpdated ({updated}), give or take a second"),
        format!("Last-Modified `{text}`"),
    )
}

/// A heuristic (APPT-BASE-13): a generated narrative that names a status names the one held.
fn narrative(after: &Value) -> Outcome {
    let text = after.get("text").and_then(|text| text.get("div")).and_then(Value::as_str);
    let status = after.get("status").and_then(Value::as_str);
    let (Some(text), Some(status)) = (text, status) else { return Outcome::Void };
    let text = text.to_lowercase();
    let named: Vec<&str> =
        AppointmentStatus::ALL.iter().map(|own| own.code()).filter(|code| text.contains(code)).collect();
    Outcome::of(
        named.is_empty() || named.contains(&status),
        format!("a narrative that names {status}, or no status"),
        format!("a narrative that names {}", named.join(", ")),
    )
}

fn declares(view: &View<'_, '_>, has: impl Fn(&Value) -> bool, expected: &str) -> Outcome {
    let body = view.bodies.json(&view.received.body);
    let rests = body.as_ref().and_then(|body| body.get("rest")).and_then(Value::as_array);
    Outcome::of(rests.into_iter().flatten().any(has), expected, "it is not there")
}
