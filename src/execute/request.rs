//! Builds the request of a step from its template and the appointment of the moment.

use base64::Engine as _;
use serde_json::Value;

use super::client::Outgoing;
use super::evidence::TagOrigin;
use crate::plan::{Bindings, Step, substitute, substitute_text};
use crate::suite::scenario::{Body, Credentials, Endpoint, HeaderValues, IfMatch, Patch};
use crate::words::fhir::{FHIR_JSON, JSON_PATCH};

/// What is known of an appointment when a request for it is built.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    pub id: String,
    /// The current version's tag as it goes into If-Match, and where it came from.
    pub tag: Option<(String, TagOrigin)>,
    /// The ETag of the last PATCH answer, as it came.
    pub last_etag: Option<String>,
    /// The tag of the version before.
    pub stale: Option<String>,
    /// The document that leads on from here.
    pub advance: Option<Value>,
    /// If-Match may be left out where the server shows no version (APPT-VER-05); a vendor edition demands it.
    pub may_omit: bool,
    /// The last accepted body.
    pub previous: Option<Value>,
}

/// Why a request cannot be built.
pub(super) type Missing = String;

/// The request of a step.
pub(super) fn build(
    step: &Step,
    known: &Known,
    bindings: &Bindings,
    base_url: &str,
    own_headers: &[(String, String)],
) -> Result<(Outgoing, TagOrigin), Missing> {
    let line = step.request.as_ref();
    let method = line.and_then(|line| line.method.clone()).unwrap_or_else(|| "PATCH".to_owned());
    let path = line.and_then(|line| line.path.as_deref()).unwrap_or("/Appointment/$id");
    let mut url = format!("{}{}", endpoint(base_url, step.endpoint)?, substitute_text(path, bindings));
    if let Some(query) = line.and_then(|line| line.query.as_deref()) {
        url.push('?');
        url.push_str(&substitute_text(query, bindings));
    }
    let body = body(step, known, bindings)?;
    let (if_match, origin) = if_match(&step.if_match, known, bindings)?;
    let mut headers: Vec<(String, String)> = vec![("accept".to_owned(), FHIR_JSON.to_owned())];
    let writes = matches!(method.as_str(), "PATCH" | "POST");
    if writes {
        headers.push(("content-type".to_owned(), JSON_PATCH.to_owned()));
        headers.extend(if_match.into_iter().map(|line| ("if-match".to_owned(), line)));
    }
    headers.extend(own_headers.iter().cloned());
    match step.credentials {
        Credentials::Own => {}
        Credentials::Absent => headers.retain(|(name, _)| !name.eq_ignore_ascii_case("authorization")),
        Credentials::Invalid => {
            headers.retain(|(name, _)| !name.eq_ignore_ascii_case("authorization"));
            headers.push(("authorization".to_owned(), "Bearer not-a-token".to_owned()));
        }
        Credentials::User
        | Credentials::System
        | Credentials::ReadOnly
        | Credentials::Patient
        | Credentials::WriteOnly => return Err("the target file provides no token of this kind".to_owned()),
    }
    for (name, values) in &step.headers.0 {
        // A family may name If-Match in another case (APPT-HDR-16); it takes the place of the usual line.
        let removed: Vec<String> = {
            let own: Vec<String> = headers
                .iter()
                .filter(|(own, _)| own.eq_ignore_ascii_case(name))
                .map(|(_, value)| value.clone())
                .collect();
            headers.retain(|(own, _)| !own.eq_ignore_ascii_case(name));
            own
        };
        if let HeaderValues::Lines(lines) = values {
            let tag = removed.first().cloned().unwrap_or_default();
            for text in lines {
                let text = text.replace("$if-match", &tag);
                headers.push((name.clone(), substitute_text(&text, bindings)));
            }
        }
    }
    if headers.iter().any(|(_, value)| ["$version", "$stale", "$status"].iter().any(|name| value.contains(name))) {
        return Err("the appointment shows no version (neither ETag nor meta.versionId)".to_owned());
    }
    let body = if writes { body } else { None };
    let shouted = |name: &str| !name.chars().any(|letter| letter.is_ascii_lowercase());
    let verbatim = !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("accept"))
        || step.headers.0.iter().any(|(name, _)| shouted(name));
    Ok((Outgoing { method, url, headers, body, verbatim }, origin))
}

fn endpoint(base_url: &str, endpoint: Endpoint) -> Result<String, Missing> {
    match endpoint {
        Endpoint::Base => Ok(base_url.to_owned()),
        Endpoint::Open => Err("the target file names no open endpoint".to_owned()),
        Endpoint::RandomTenant => match base_url.rsplit_once('/') {
            Some((front, _)) => Ok(format!("{front}/{}", uuid::Uuid::new_v4())),
            None => Err("the base URL has no tenant segment".to_owned()),
        },
        Endpoint::PlainHttp => Ok(base_url.replacen("https://", "http://", 1)),
    }
}

fn body(step: &Step, known: &Known, bindings: &Bindings) -> Result<Option<Vec<u8>>, Missing> {
    let document = match (&step.body, &step.patch) {
        (Some(Body::Empty), _) => return Ok(None),
        (Some(Body::Text(text)), _) => return Ok(Some(substitute_text(text, bindings).into_bytes())),
        (Some(Body::Base64(text)), _) => {
            let bytes = base64::engine::general_purpose::STANDARD.decode(text.trim());
            return bytes.map(Some).map_err(|error| format!("the body is not base64: {error}"));
        }
        (None, Some(Patch::Document(document))) => substitute(document, bindings),
        (None, Some(Patch::Advance)) => match &known.advance {
            Some(document) => substitute(document, bindings),
            None => return Err("no documented step leads on from here".to_owned()),
        },
        (None, Some(Patch::Previous)) => match &known.previous {
            Some(document) => document.clone(),
            None => return Err("nothing was accepted on this appointment yet".to_owned()),
        },
        (None, None) => return Ok(None),
    };
    let text = document.to_string();
    if text.contains("\"$slot") || text.contains("\"Slot/$slot") {
        return Err("no free slot is left".to_owned());
    }
    Ok(Some(text.into_bytes()))
}

fn if_match(form: &IfMatch, known: &Known, bindings: &Bindings) -> Result<(Vec<String>, TagOrigin), Missing> {
    let no_version = || "the appointment shows no version (neither ETag nor meta.versionId)".to_owned();
    let current = || known.tag.clone().ok_or_else(no_version);
    Ok(match form {
        IfMatch::Current if known.tag.is_none() && known.may_omit => (Vec::new(), TagOrigin::Other),
        IfMatch::Current => {
            let (tag, origin) = current()?;
            (vec![tag], origin)
        }
        IfMatch::LastEtag => match &known.last_etag {
            Some(tag) => (vec![tag.clone()], TagOrigin::PreviousPatch),
            None => return Err("no PATCH of this appointment was answered with an ETag yet".to_owned()),
        },
        IfMatch::Absent => (Vec::new(), TagOrigin::Other),
        IfMatch::Stale => match &known.stale {
            Some(tag) => (vec![tag.clone()], TagOrigin::Other),
            None => return Err("the appointment has no earlier version".to_owned()),
        },
        IfMatch::NeverExisted => (vec!["W/\"999999\"".to_owned()], TagOrigin::Other),
        IfMatch::Any => (vec!["*".to_owned()], TagOrigin::Other),
        IfMatch::Strong => {
            let (tag, _) = current()?;
            (vec![tag.trim_start_matches("W/").to_owned()], TagOrigin::Other)
        }
        IfMatch::Raw(lines) => {
            if lines.iter().any(|line| line.contains("$version")) {
                current()?;
            }
            if lines.iter().any(|line| line.contains("$stale")) && known.stale.is_none() {
                return Err("the appointment has no earlier version".to_owned());
            }
            (lines.iter().map(|line| substitute_text(line, bindings)).collect(), TagOrigin::Other)
        }
    })
}
