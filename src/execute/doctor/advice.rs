//! What to do or to write, by what went wrong.

use crate::execute::evidence::Response;
use crate::execute::words::{brief, reason};

/// What to do about a connection that does not come about.
pub(super) fn of_connection(step: &str, why: &str) -> String {
    let lower = why.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let text = match step {
        "name" => "check the host in `base-url`, and whether this machine can resolve it",
        "TCP" if has(&["refused"]) => {
            "nothing listens there: check the port in `base-url`, and whether the server is up"
        }
        "TCP" => "check `base-url`, firewalls and the proxy variables of the environment",
        "TLS" if has(&["expired"]) => {
            "the certificate of the server has expired (or the clock of this machine is wrong): the vendor has to renew it"
        }
        "TLS" if has(&["notvalidyet", "not valid yet"]) => {
            "the certificate is not valid yet: check the clock of this machine"
        }
        "TLS" if has(&["unknownissuer", "unknown issuer", "unable to get local issuer"]) => {
            "the certificate is signed by an authority that this machine does not know: `tls: { ca: FILE.pem }`"
        }
        "TLS" if has(&["notvalidforname", "not valid for name"]) => {
            "the certificate is for another name: use that name in `base-url`"
        }
        "TLS" if has(&["certificaterequired", "certificate required", "handshakefailure", "badcertificate"]) => {
            "the server may ask for a client certificate: `tls: { certificate: FILE.pem, key: FILE.key }`"
        }
        "TLS" if has(&["invalidcontenttype", "corrupt message", "eof"]) => {
            "no TLS is spoken on this port: check the scheme and the port of `base-url`"
        }
        _ => "check `base-url` and `tls`",
    };
    text.to_owned()
}

/// What to do about a token that cannot be had.
pub(super) fn of_token(why: &str) -> String {
    let lower = why.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let text = if has(&["clock of this machine"]) {
        "set the clock of this machine (NTP): an assertion is good for five minutes only"
    } else if has(&["token-host", "token-url"]) {
        "write what the message expects under `client`"
    } else if has(&["kid"]) {
        "`kid` has to be one of the keys in the JWK Set that the vendor has for this client"
    } else if has(&["signature", "does not verify"]) {
        "the vendor has another public key under this `kid`: register the public part of this key, or use the right `key`"
    } else if has(&["exp must", "expired"]) {
        "check the clock of this machine: an assertion is good for five minutes only"
    } else if has(&["aud"]) {
        "write the audience that the vendor wants: `audience: URL`"
    } else if has(&["invalid_scope", "scope"]) {
        "write the scopes that the client has: `scope: system/Appointment.read system/Appointment.write`"
    } else if has(&["iss", "sub must"]) {
        "`id` is not the client id that the vendor has"
    } else if has(&["unsupported_grant_type"]) {
        "the token endpoint gives no tokens for client credentials: use `bearer` with a token from elsewhere"
    } else if has(&["invalid_client", "gave 401", "wrong secret"]) {
        "check `id` and the secret; some servers want `method: client-secret-post`"
    } else if has(&["no response", "connect"]) {
        "check `token-url`, or the token endpoint in .well-known/smart-configuration"
    } else if has(&["the key", "jwk"]) {
        "`key` takes a private key in PEM or as a JWK: RSA (RS384) or EC on P-384 (ES384)"
    } else if has(&["gives no secret", "empty secret"]) {
        "check where the secret comes from: `env`, `file` or `command`"
    } else {
        "check `credentials`"
    };
    text.to_owned()
}

/// What to do about a read that is rejected.
pub(super) fn of_read(received: &Response, authenticates: bool) -> String {
    let said = reason(received).unwrap_or_default().to_ascii_lowercase();
    match received.status.get() {
        401 if authenticates => "the server rejects the credentials: check which server they are for".to_owned(),
        401 => "requests need credentials: `credentials: { run: … }`".to_owned(),
        403 if said.contains("tenant") => "the tenant in `base-url` is not the one the client has access to".to_owned(),
        403 => "the client may not read appointments: check its scopes, and the tenant in `base-url`".to_owned(),
        404 if said.contains("tenant") || said.contains("path") => {
            "check the tenant and the path in `base-url`".to_owned()
        }
        404 => "check the tenant and the path in `base-url`, and the ids under `fixtures`".to_owned(),
        400 | 412 | 428 if said.contains("header") => match header_named(&said) {
            Some(name) => format!("write it in the target file: `headers: {{ {name}: VALUE }}`"),
            None => "write the header that it asks for under `headers`".to_owned(),
        },
        429 => "the server throttles: fewer `limits: { jobs: N }`".to_owned(),
        status => format!("expected 200; {status} says that a run cannot read here"),
    }
}

/// The name of the header in a sentence about one.
fn header_named(said: &str) -> Option<String> {
    let is_name = |word: &&str| word.contains('-') || word.starts_with('x');
    let words = said.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-'));
    words.filter(|word| word.len() > 2).find(is_name).map(brief)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cause_has_its_advice() {
        for (step, why, said) in [
            ("TLS", "invalid peer certificate: Expired", "has expired"),
            ("TLS", "invalid peer certificate: UnknownIssuer", "tls: { ca: FILE.pem }"),
            ("TLS", "invalid peer certificate: NotValidForName", "another name"),
            ("TCP", "no connection to a port 1: Connection refused (os error 111)", "nothing listens"),
            ("name", "a cannot be resolved", "check the host"),
        ] {
            assert!(of_connection(step, why).contains(said), "{why}");
        }
        for (why, said) in [
            ("POST https://a/token gave 401 invalid_client: unknown kid", "`kid`"),
            ("POST https://a/token gave 401 invalid_client: the signature does not verify", "another public key"),
            ("gave 401 invalid_client: exp must be within 5 minutes; the clock of this machine is 600 s behind", "NTP"),
            ("gave 401 invalid_client: unknown client or wrong secret", "client-secret-post"),
            ("gave 400 invalid_scope: a scope is required", "write the scopes"),
            ("the token endpoint is elsewhere; expected `token-host: b`", "under `client`"),
        ] {
            assert!(of_token(why).contains(said), "{why}: {}", of_token(why));
        }
        assert_eq!(header_named("header x-api-version is required"), Some("x-api-version".to_owned()));
    }
}
