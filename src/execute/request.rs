//! Fills the values of the moment into a request that the plan decided; nothing is decided here.

use base64::Engine as _;

use super::appointment::Appointment;
use super::client::Outgoing;
use super::evidence::{NO_VERSION, TagOrigin};
use super::gate::{ExitGate, NOBODYS_TOKEN};
use crate::plan::{
    Bindings, BodyTemplate, KnownTag, NEVER_EXISTED, Precondition, RequestTemplate, substitute, substitute_text,
};
use crate::suite::scenario::{Credentials, Endpoint, mentions};
use crate::words::fhir::{FHIR_JSON, FhirId, JSON_PATCH};

/// Where requests go, and what each of them carries.
#[derive(Debug, Clone, Copy)]
pub(super) struct Door<'t> {
    pub base_url: &'t str,
    /// Headers of the target, the credentials among them.
    pub headers: &'t [(String, String)],
    /// What may leave.
    pub gate: &'t ExitGate,
}

/// Why a request cannot be built.
pub(super) type Missing = String;

/// The request that a template stands for at this moment, and where the tag in its If-Match came from.
///
/// # Errors
/// A value that the template names and nobody knows: a version, an earlier version, a slot, a token; or the request would
/// lead elsewhere.
pub(super) fn fill(
    template: &RequestTemplate,
    known: &Appointment,
    bindings: &Bindings,
    door: Door<'_>,
) -> Result<(Outgoing, TagOrigin), Missing> {
    let method = template.method.clone();
    let mut url = format!("{}{}", endpoint(door.base_url, template.endpoint)?, in_url(&template.path, bindings)?);
    if let Some(query) = &template.query {
        url.push('?');
        url.push_str(&in_url(query, bindings)?);
    }
    let body = body(&template.body, known, bindings)?;
    let (if_match, origin) = if_match(&template.if_match, known, bindings)?;
    let mut headers: Vec<(String, String)> = vec![("accept".to_owned(), FHIR_JSON.to_owned())];
    if template.writes() {
        headers.push(("content-type".to_owned(), JSON_PATCH.to_owned()));
        headers.extend(if_match.into_iter().map(|line| ("if-match".to_owned(), line)));
    }
    // What is configured for the target is not for everyone on the way to its plain port.
    if template.endpoint != Endpoint::PlainHttp {
        headers.extend(door.headers.iter().cloned());
    }
    authorize(&mut headers, template.credentials)?;
    change(&mut headers, &template.headers, bindings);
    if headers
        .iter()
        .any(|(_, value)| ["$version", "$stale", "$status", "$if-match"].iter().any(|name| value.contains(name)))
    {
        return Err(NO_VERSION.to_owned());
    }
    let body = if template.writes() { body } else { None };
    let shouted = |name: &str| !name.chars().any(|letter| letter.is_ascii_lowercase());
    let verbatim = !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("accept"))
        || template.headers.iter().any(|(name, _)| shouted(name));
    let outgoing = Outgoing { method, url, headers, body, verbatim };
    door.gate.check(&outgoing)?;
    Ok((outgoing, origin))
}

/// A part of a URL with its names replaced. Values that the target chose go there as ids or not at all.
fn in_url(text: &str, bindings: &Bindings) -> Result<String, Missing> {
    let is_id = |text: &str| text.parse::<FhirId>().is_ok();
    for mention in mentions(text) {
        let value = bindings.get(mention.name).and_then(|value| value.as_str());
        let leads_on = value.is_some_and(|value| !is_id(value.strip_prefix("Slot/").unwrap_or(value)));
        if leads_on || (value.is_none() && KNOWN_LATE.contains(&mention.name)) {
            return Err(format!("`${}` in a URL is not a FHIR id: expected {}", mention.name, FhirId::FORM));
        }
    }
    Ok(substitute_text(text, bindings))
}

/// Names that stand for something only when a version or a slot is known.
const KNOWN_LATE: [&str; 5] = ["version", "stale", "status", "slot", "slot-2"];

const NO_EARLIER_VERSION: &str = "the appointment has no earlier version";

fn authorize(headers: &mut Vec<(String, String)>, credentials: Credentials) -> Result<(), Missing> {
    match credentials {
        Credentials::Own => Ok(()),
        Credentials::Absent => {
            headers.retain(|(name, _)| !name.eq_ignore_ascii_case("authorization"));
            Ok(())
        }
        Credentials::Invalid => {
            headers.retain(|(name, _)| !name.eq_ignore_ascii_case("authorization"));
            headers.push(("authorization".to_owned(), NOBODYS_TOKEN.to_owned()));
            Ok(())
        }
        Credentials::User
        | Credentials::System
        | Credentials::ReadOnly
        | Credentials::Patient
        | Credentials::WriteOnly => Err("the target file provides no token of this kind".to_owned()),
    }
}

/// Puts the lines that differ in the place of the usual ones.
fn change(headers: &mut Vec<(String, String)>, changes: &[(String, Vec<String>)], bindings: &Bindings) {
    for (name, lines) in changes {
        // A family may name If-Match in another case (APPT-HDR-16); it takes the place of the usual line.
        let usual = headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name));
        let usual = usual.map(|(_, value)| value.clone());
        headers.retain(|(header, _)| !header.eq_ignore_ascii_case(name));
        for line in lines {
            // Without a version the name stays, and the request is not sent.
            let line = usual.as_ref().map_or_else(|| line.clone(), |usual| line.replace("$if-match", usual));
            headers.push((name.clone(), substitute_text(&line, bindings)));
        }
    }
}

fn endpoint(base_url: &str, endpoint: Endpoint) -> Result<String, Missing> {
    match endpoint {
        Endpoint::Base => Ok(base_url.to_owned()),
        Endpoint::Open => Err("the target file names no open endpoint".to_owned()),
        Endpoint::RandomTenant => match base_url.rsplit_once('/') {
            Some((front, _)) if !front.ends_with('/') => Ok(format!("{front}/{}", uuid::Uuid::new_v4())),
            Some(_) | None => Err("the base URL has no tenant segment".to_owned()),
        },
        Endpoint::PlainHttp => Ok(base_url.replacen("https://", "http://", 1)),
    }
}

fn body(template: &BodyTemplate, known: &Appointment, bindings: &Bindings) -> Result<Option<Vec<u8>>, Missing> {
    let document = match template {
        BodyTemplate::Empty => return Ok(None),
        BodyTemplate::Text(text) => return Ok(Some(substitute_text(text, bindings).into_bytes())),
        BodyTemplate::Base64(text) => {
            let bytes = base64::engine::general_purpose::STANDARD.decode(text.trim());
            return bytes.map(Some).map_err(|error| format!("invalid Base64 in the body: {error}"));
        }
        BodyTemplate::Document(document) => substitute(document, bindings),
        BodyTemplate::Advance => return Err("no documented step leads on from here".to_owned()),
        BodyTemplate::Previous => match &known.previous {
            Some(document) => document.clone(),
            None => return Err("nothing was accepted on this appointment yet".to_owned()),
        },
    };
    let text = document.to_string();
    if text.contains("\"$slot") || text.contains("\"Slot/$slot") {
        return Err("no free slot is left".to_owned());
    }
    Ok(Some(text.into_bytes()))
}

fn if_match(
    precondition: &Precondition,
    known: &Appointment,
    bindings: &Bindings,
) -> Result<(Vec<String>, TagOrigin), Missing> {
    let current = || known.tag.clone().ok_or(NO_VERSION);
    let (line, origin) = match precondition {
        Precondition::Absent => return Ok((Vec::new(), TagOrigin::Other)),
        Precondition::Tag(KnownTag::CurrentWhereShown) if known.tag.is_none() => {
            return Ok((Vec::new(), TagOrigin::Other));
        }
        Precondition::Tag(KnownTag::Current | KnownTag::CurrentWhereShown) => current()?,
        Precondition::Tag(KnownTag::Strong) => (current()?.0.trim_start_matches("W/").to_owned(), TagOrigin::Other),
        Precondition::Tag(KnownTag::Stale) => (known.stale.clone().ok_or(NO_EARLIER_VERSION)?, TagOrigin::Other),
        Precondition::Tag(KnownTag::LastEtag) => {
            let tag = known.last_etag.clone();
            (tag.ok_or("no response to a PATCH of this appointment had an ETag yet")?, TagOrigin::PreviousPatch)
        }
        // A tag of the form that the server gives, so that nothing but its version is wrong.
        Precondition::Lines(lines) if matches!(lines.as_slice(), [line] if line == NEVER_EXISTED) => {
            let is_strong = known.tag.as_ref().is_some_and(|(tag, _)| tag.starts_with('"'));
            let line = if is_strong { NEVER_EXISTED.trim_start_matches("W/") } else { NEVER_EXISTED };
            (line.to_owned(), TagOrigin::Other)
        }
        Precondition::Lines(lines) => {
            if lines.iter().any(|line| line.contains("$version")) {
                current()?;
            }
            if lines.iter().any(|line| line.contains("$stale")) && known.stale.is_none() {
                return Err(NO_EARLIER_VERSION.to_owned());
            }
            return Ok((lines.iter().map(|line| substitute_text(line, bindings)).collect(), TagOrigin::Other));
        }
    };
    Ok((vec![line], origin))
}

#[cfg(test)]
mod tests;
