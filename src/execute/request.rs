//! Fills the values of the moment into a request that the plan decided; nothing is decided here.

use base64::Engine as _;

use super::appointment::Appointment;
use super::client::Outgoing;
use super::evidence::{Bound, NO_EARLIER_VERSION, NO_ETAG_YET, NO_VERSION, NOTHING_ACCEPTED, TagOrigin};
use super::gate::{ExitGate, NOBODYS_TOKEN};
use crate::plan::{
    Bindings, BodyTemplate, KnownTag, NEVER_EXISTED, Precondition, RequestTemplate, substitute, substitute_text,
};
use crate::suite::scenario::{Credentials, Endpoint, mentions};
use crate::sut::Identity;
use crate::words::fhir::{FHIR_JSON, FhirId, JSON_PATCH};

/// Where requests go, and what each of them carries.
#[derive(Debug, Clone, Copy)]
pub(super) struct Door<'t> {
    pub base_url: &'t str,
    /// Another endpoint, which takes no writes, where the target has one.
    pub open_endpoint: Option<&'t str>,
    /// Why there are no slots, where that is known.
    pub slot_trouble: Option<&'t str>,
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
    let mut bound = bound(template, known, bindings);
    bound.open_endpoint = door.open_endpoint.filter(|_| template.endpoint == Endpoint::Open).map(str::to_owned);
    let filled = filled(template, &bound, door.base_url, door.headers);
    let mut outgoing = filled.map_err(|missing| match door.slot_trouble.filter(|_| missing == NO_SLOT) {
        Some(why) => format!("{missing}: {why}"),
        None => missing,
    })?;
    outgoing.bound = Some(Box::new(bound));
    door.gate.check(&outgoing)?;
    Ok((outgoing, origin(&template.if_match, known)))
}

/// The request that a template stands for, with the values of a moment. The run fills its requests in here, and whoever
/// checks a record does so again.
///
/// # Errors
/// A value that the template names and that is not among those of the moment.
pub(super) fn filled(
    template: &RequestTemplate,
    bound: &Bound,
    base_url: &str,
    configured: &[(String, String)],
) -> Result<Outgoing, Missing> {
    let method = template.method.clone();
    let base = endpoint(base_url, template.endpoint, bound)?;
    let mut url = base + &in_url(&template.path, &bound.names)?;
    if let Some(query) = &template.query {
        url.push('?');
        url.push_str(&in_url(query, &bound.names)?);
    }
    let body = body(&template.body, bound)?;
    let if_match = if_match(&template.if_match, bound)?;
    let mut headers: Vec<(String, String)> = vec![("accept".to_owned(), FHIR_JSON.to_owned())];
    if template.writes() {
        headers.push(("content-type".to_owned(), JSON_PATCH.to_owned()));
        headers.extend(if_match.into_iter().map(|line| ("if-match".to_owned(), line)));
    }
    // What is configured for the target is not for everyone on the way to its plain port, nor for another endpoint.
    if !matches!(template.endpoint, Endpoint::PlainHttp | Endpoint::Open) {
        headers.extend(configured.iter().cloned());
    }
    authorize(&mut headers, template.credentials);
    change(&mut headers, &template.headers, &bound.names);
    if headers.iter().any(|(_, value)| {
        ["$version", "$weak", "$stale", "$status", "$if-match"].iter().any(|name| value.contains(name))
    }) {
        return Err(NO_VERSION.to_owned());
    }
    let body = if template.writes() { body } else { None };
    let shouted = |name: &str| !name.chars().any(|letter| letter.is_ascii_lowercase());
    let verbatim = !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("accept"))
        || template.headers.iter().any(|(name, _)| shouted(name));
    Ok(Outgoing { method, url, headers, body, verbatim, bound: None, trace: None })
}

/// A request as the documents give it: Accept, these header lines, and those configured for the target.
pub(super) fn documented(
    (method, url): (&str, String),
    lines: &[(&str, &str)],
    configured: &[(String, String)],
    body: Option<Vec<u8>>,
) -> Outgoing {
    let accept = ("accept", FHIR_JSON);
    let documented = std::iter::once(&accept).chain(lines);
    let mut headers: Vec<(String, String)> =
        documented.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    headers.extend(configured.iter().cloned());
    Outgoing { method: method.to_owned(), url, headers, body, verbatim: false, bound: None, trace: None }
}

/// Of what is known, what a template asks for and nothing else.
fn bound(template: &RequestTemplate, known: &Appointment, bindings: &Bindings) -> Bound {
    let named = |text: &str| mentions(text).map(|mention| mention.name.to_owned()).collect::<Vec<_>>();
    let lines = match &template.if_match {
        Precondition::Lines(lines) => lines.as_slice(),
        Precondition::Absent | Precondition::Tag(_) => &[],
    };
    let body = match &template.body {
        BodyTemplate::Document(document) => named(&document.to_string()),
        BodyTemplate::Text(text) => named(text),
        BodyTemplate::Empty | BodyTemplate::Base64(_) | BodyTemplate::Previous | BodyTemplate::Advance => Vec::new(),
    };
    let texts = [Some(&template.path), template.query.as_ref()].into_iter().flatten();
    let texts = texts.chain(template.headers.iter().flat_map(|(_, lines)| lines)).chain(lines);
    let names: Vec<String> = texts.flat_map(|text| named(text)).chain(body).collect();
    let stale = template.if_match == Precondition::Tag(KnownTag::Stale);
    let tag = |named: &str| names.iter().any(|name| name == named);
    let current = match &template.if_match {
        Precondition::Tag(KnownTag::Current | KnownTag::CurrentWhereShown | KnownTag::Strong) => true,
        Precondition::Tag(KnownTag::Stale | KnownTag::LastEtag) | Precondition::Absent => false,
        Precondition::Lines(lines) => is_never_existed(lines),
    };
    let last = template.if_match == Precondition::Tag(KnownTag::LastEtag);
    let random = template.endpoint == Endpoint::RandomTenant;
    Bound {
        tag: known.tag.as_ref().filter(|_| current || tag("version")).map(|(tag, _)| tag.clone()),
        stale: known.stale.clone().filter(|_| stale || tag("stale")),
        last_etag: known.last_etag.clone().filter(|_| last),
        previous: known.previous.clone().filter(|_| template.body == BodyTemplate::Previous),
        tenant: random.then(|| uuid::Uuid::new_v4().to_string()),
        open_endpoint: None,
        names: bindings
            .iter()
            .filter(|(name, _)| names.contains(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
    }
}

/// Where the tag in the If-Match of a request comes from.
fn origin(precondition: &Precondition, known: &Appointment) -> TagOrigin {
    match precondition {
        Precondition::Tag(KnownTag::Current | KnownTag::CurrentWhereShown) => {
            known.tag.as_ref().map_or(TagOrigin::Other, |(_, origin)| *origin)
        }
        Precondition::Tag(KnownTag::LastEtag) => TagOrigin::PreviousPatch,
        Precondition::Tag(KnownTag::Strong | KnownTag::Stale) | Precondition::Absent | Precondition::Lines(_) => {
            TagOrigin::Other
        }
    }
}

fn is_never_existed(lines: &[String]) -> bool {
    matches!(lines, [line] if line == NEVER_EXISTED)
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
const KNOWN_LATE: [&str; 6] = ["version", "weak", "stale", "status", "slot", "slot-2"];

const NO_SLOT: &str = "no free slot is left";

/// Puts the credentials that a request is to carry in the place of those of the run.
fn authorize(headers: &mut Vec<(String, String)>, credentials: Credentials) {
    let line = match credentials {
        Credentials::Own => return,
        Credentials::Absent => None,
        Credentials::Invalid => Some(NOBODYS_TOKEN),
        Credentials::User => Some(Identity::User.placeholder()),
        Credentials::System => Some(Identity::System.placeholder()),
        Credentials::ReadOnly => Some(Identity::ReadOnly.placeholder()),
        Credentials::Patient => Some(Identity::Patient.placeholder()),
        Credentials::WriteOnly => Some(Identity::WriteOnly.placeholder()),
    };
    headers.retain(|(name, _)| !name.eq_ignore_ascii_case("authorization"));
    headers.extend(line.map(|line| ("authorization".to_owned(), line.to_owned())));
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

fn endpoint(base_url: &str, endpoint: Endpoint, bound: &Bound) -> Result<String, Missing> {
    match endpoint {
        Endpoint::Base => Ok(base_url.to_owned()),
        Endpoint::Open => {
            bound.open_endpoint.clone().ok_or_else(|| "the target file names no open endpoint".to_owned())
        }
        Endpoint::RandomTenant => match (base_url.rsplit_once('/'), bound.tenant.as_deref()) {
            (Some((front, _)), Some(tenant)) if !front.ends_with('/') => Ok(format!("{front}/{tenant}")),
            (Some(_) | None, _) => Err("the base URL has no tenant segment".to_owned()),
        },
        Endpoint::PlainHttp => Ok(base_url.replacen("https://", "http://", 1)),
    }
}

fn body(template: &BodyTemplate, bound: &Bound) -> Result<Option<Vec<u8>>, Missing> {
    let document = match template {
        BodyTemplate::Empty => return Ok(None),
        BodyTemplate::Text(text) => return Ok(Some(substitute_text(text, &bound.names).into_bytes())),
        BodyTemplate::Base64(text) => {
            let bytes = base64::engine::general_purpose::STANDARD.decode(text.trim());
            return bytes.map(Some).map_err(|error| format!("invalid Base64 in the body: {error}"));
        }
        BodyTemplate::Document(document) => substitute(document, &bound.names),
        BodyTemplate::Advance => return Err("no documented step leads on from here".to_owned()),
        BodyTemplate::Previous => match &bound.previous {
            Some(document) => document.clone(),
            None => return Err(NOTHING_ACCEPTED.to_owned()),
        },
    };
    let text = document.to_string();
    if text.contains("\"$slot") || text.contains("\"Slot/$slot") {
        return Err(NO_SLOT.to_owned());
    }
    Ok(Some(text.into_bytes()))
}

fn if_match(precondition: &Precondition, bound: &Bound) -> Result<Vec<String>, Missing> {
    let current = || bound.tag.clone().ok_or(NO_VERSION);
    let line = match precondition {
        Precondition::Absent => return Ok(Vec::new()),
        Precondition::Tag(KnownTag::CurrentWhereShown) if bound.tag.is_none() => return Ok(Vec::new()),
        Precondition::Tag(KnownTag::Current | KnownTag::CurrentWhereShown) => current()?,
        Precondition::Tag(KnownTag::Strong) => current()?.trim_start_matches("W/").to_owned(),
        Precondition::Tag(KnownTag::Stale) => bound.stale.clone().ok_or(NO_EARLIER_VERSION)?,
        Precondition::Tag(KnownTag::LastEtag) => bound.last_etag.clone().ok_or(NO_ETAG_YET)?,
        // A tag of the form that the server gives, so that nothing but its version is wrong.
        Precondition::Lines(lines) if is_never_existed(lines) => {
            let is_strong = bound.tag.as_ref().is_some_and(|tag| tag.starts_with('"'));
            (if is_strong { NEVER_EXISTED.trim_start_matches("W/") } else { NEVER_EXISTED }).to_owned()
        }
        Precondition::Lines(lines) => {
            if lines.iter().any(|line| line.contains("$version")) {
                current()?;
            }
            if lines.iter().any(|line| line.contains("$stale")) && bound.stale.is_none() {
                return Err(NO_EARLIER_VERSION.to_owned());
            }
            return Ok(lines.iter().map(|line| substitute_text(line, &bound.names)).collect());
        }
    };
    Ok(vec![line])
}

#[cfg(test)]
mod tests;
