//! A token endpoint with client credentials and SMART Backend Services, and what the scope of a token allows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::header::AUTHORIZATION;
use axum::http::{Method, Response};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::reply::{lock, outcome, outcome_with, plain};
use crate::reference::call::Call;
use crate::words::jws::{Algorithm, verifies};

/// The id of the one client.
pub const CLIENT_ID: &str = "patchproof";

/// How clients show who they are, and how long their tokens live.
#[derive(Debug, Clone)]
pub struct AuthConfig {
    pub life: Duration,
    /// The secret of the client; with a JWK Set, none.
    pub secret: Option<String>,
    /// The public keys of the client, as a JWK Set.
    pub jwks: Option<Value>,
}

/// Gives tokens and knows them again.
#[derive(Debug)]
pub(super) struct TokenServer {
    config: AuthConfig,
    /// When each token ends, and its scope.
    issued: Mutex<BTreeMap<String, (Instant, String)>>,
    /// The ids of assertions that were used.
    used: Mutex<BTreeSet<String>>,
}

impl TokenServer {
    pub(super) fn new(config: AuthConfig) -> TokenServer {
        TokenServer { config, issued: Mutex::default(), used: Mutex::default() }
    }

    /// The response to a request for a token, or for where tokens are to be had.
    pub(super) fn serve(&self, base_url: &str, base_path: &str, call: &Call) -> Option<Response<Body>> {
        let token_url = format!("{}/token", base_url.strip_suffix(base_path).unwrap_or(base_url));
        if call.path == format!("{base_path}/.well-known/smart-configuration") {
            let methods = ["private_key_jwt", "client_secret_basic", "client_secret_post"];
            let body = json!({
                "token_endpoint": token_url,
                "grant_types_supported": ["client_credentials"],
                "token_endpoint_auth_methods_supported": methods,
                "token_endpoint_auth_signing_alg_values_supported": ["RS384", "ES384"],
                "scopes_supported": ["system/Appointment.read", "system/Appointment.write"],
                "capabilities": ["client-confidential-asymmetric", "client-confidential-symmetric"],
            });
            return Some(plain(200, &[("content-type", "application/json")], &body));
        }
        if call.path != "/token" || call.method != Method::POST {
            return None;
        }
        let answer = self.issue(&token_url, call);
        let headers = [("content-type", "application/json"), ("cache-control", "no-store")];
        Some(match answer {
            Ok(body) => plain(200, &headers, &body),
            Err((error, description)) => {
                let status = if error == "invalid_client" { 401 } else { 400 };
                plain(status, &headers, &json!({ "error": error, "error_description": description }))
            }
        })
    }

    /// Lets a request through whose token is good for it.
    pub(super) fn check(&self, call: &Call) -> Option<Response<Body>> {
        let line = call.headers.get(AUTHORIZATION).and_then(|line| line.to_str().ok());
        let shown = line.and_then(|line| line.split_once(' ')).map(|(_, token)| token.trim());
        let denied =
            |text: &str, challenge: &str| Some(outcome_with(401, "login", text, &[("www-authenticate", challenge)]));
        let Some(shown) = shown else { return denied("A bearer token is needed.", r#"Bearer realm="reference""#) };
        let known = lock(&self.issued).get(shown).cloned();
        let Some((_, scope)) = known.filter(|(end, _)| *end > Instant::now()) else {
            return denied("The token is not known here.", r#"Bearer realm="reference", error="invalid_token""#);
        };
        let may = |interaction: &str| {
            scope
                .split(' ')
                .any(|scope| scope.contains(&format!("Appointment.{interaction}")) || scope.ends_with("*.*"))
        };
        let writes = call.method == Method::PATCH || call.asks_for_patch();
        let is_patient = scope.split(' ').all(|scope| scope.starts_with("patient/"));
        let adds_links = || call.body.as_ref().is_some_and(|body| body.windows(11).any(|part| part == b"\"/contained"));
        match writes {
            true if is_patient => Some(outcome(403, "forbidden", "Patients do not change appointments.")),
            true if !may("write") => Some(outcome(403, "forbidden", "The token has no write scope.")),
            true if !may("read") && adds_links() => Some(outcome(403, "forbidden", "Links take both scopes.")),
            true | false => None,
        }
    }

    /// A token for a client that shows who it is (RFC 6749 section 4.4).
    fn issue(&self, token_url: &str, call: &Call) -> Result<Value, (&'static str, String)> {
        let form = form(call.body.as_deref().unwrap_or_default());
        let field = |name: &str| form.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str());
        if field("grant_type") != Some("client_credentials") {
            return Err(("unsupported_grant_type", "client_credentials only".to_owned()));
        }
        match &self.config.jwks {
            Some(jwks) => self.check_assertion(jwks, token_url, field("client_assertion").unwrap_or_default()),
            None => self.check_secret(call, field("client_id"), field("client_secret")),
        }
        .map_err(|why| ("invalid_client", why))?;
        let scope = field("scope").unwrap_or_default();
        if scope.is_empty() {
            return Err(("invalid_scope", "a scope is required".to_owned()));
        }
        let token = uuid::Uuid::new_v4().simple().to_string();
        lock(&self.issued).insert(token.clone(), (Instant::now() + self.config.life, scope.to_owned()));
        let seconds = self.config.life.as_secs_f64();
        Ok(json!({ "access_token": token, "token_type": "Bearer", "expires_in": seconds, "scope": scope }))
    }

    fn check_secret(&self, call: &Call, id: Option<&str>, secret: Option<&str>) -> Result<(), String> {
        let line = call.headers.get(AUTHORIZATION).and_then(|line| line.to_str().ok());
        let basic = line.and_then(|line| line.strip_prefix("Basic ")).and_then(|pair| STANDARD.decode(pair).ok());
        let basic = basic.and_then(|pair| String::from_utf8(pair).ok());
        let basic =
            basic.as_ref().and_then(|pair| pair.split_once(':')).map(|(id, secret)| (decoded(id), decoded(secret)));
        let (id, secret) = match &basic {
            Some((id, secret)) => (Some(id.as_str()), Some(secret.as_str())),
            None => (id, secret),
        };
        match id == Some(CLIENT_ID) && secret.is_some() && secret == self.config.secret.as_deref() {
            true => Ok(()),
            false => Err("unknown client or wrong secret".to_owned()),
        }
    }

    /// Holds an assertion against the keys of the client (SMART App Launch, Backend Services).
    fn check_assertion(&self, jwks: &Value, token_url: &str, assertion: &str) -> Result<(), String> {
        const LONGEST: i64 = 300;
        let no_jwt = || "the assertion is no JWT".to_owned();
        let (input, signature) = assertion.rsplit_once('.').ok_or_else(no_jwt)?;
        let (head, claims) = input.split_once('.').ok_or_else(no_jwt)?;
        let part = |text: &str| -> Option<Value> { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok() };
        let (head, claims) = part(head).zip(part(claims)).ok_or_else(no_jwt)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| no_jwt())?;
        let keys = jwks.get("keys").and_then(Value::as_array).into_iter().flatten();
        let key = keys.into_iter().find(|key| key.get("kid").is_some() && key.get("kid") == head.get("kid"));
        let key = key.ok_or("unknown kid")?;
        let algorithm = match head.get("alg").and_then(Value::as_str) {
            Some("RS384") => Algorithm::Rs384,
            Some("ES384") => Algorithm::Es384,
            Some(_) | None => return Err("alg must be RS384 or ES384".to_owned()),
        };
        if !verifies(key, algorithm, input.as_bytes(), &signature) {
            return Err("the signature does not verify".to_owned());
        }
        let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
        if text("iss") != CLIENT_ID || text("sub") != CLIENT_ID {
            return Err("iss and sub must be the client id".to_owned());
        }
        if text("aud") != token_url {
            return Err(format!("aud must be {token_url}"));
        }
        let left = claims.get("exp").and_then(Value::as_i64).unwrap_or(0) - jiff::Timestamp::now().as_second();
        if !(0..=LONGEST).contains(&left) {
            return Err("exp must be within 5 minutes".to_owned());
        }
        let id = text("jti");
        if id.is_empty() || !lock(&self.used).insert(id.to_owned()) {
            return Err("jti is missing, or was used".to_owned());
        }
        Ok(())
    }
}

/// The fields of a form.
fn form(body: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(body);
    text.split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let digits = [b'%'].contains(&byte).then(|| [rest.next(), rest.next()]);
        match digits {
            Some([Some(high), Some(low)]) => {
                let pair = [high, low];
                let number = std::str::from_utf8(&pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok());
                bytes.push(number.unwrap_or(b'?'));
            }
            Some(_) => bytes.push(b'?'),
            None => bytes.push(if byte == b'+' { b' ' } else { byte }),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
