//! Puts tokens into requests at the door, and fetches them: by discovery, a client's proof and one request.

use std::borrow::Cow;
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::answer::{is_token, life_of_jwt, skew_in_words, token};
use super::discovery::{self, admit};
use super::{Authorization, Token, lock, source};
use crate::execute::client::Outgoing;
use crate::execute::courier::{Courier, MOST_SENT, pause};
use crate::execute::evidence::{Purpose, Reply};
use crate::execute::halt::Halt;
use crate::execute::session::StopReason;
use crate::sut::{ClientCredentials, ClientProof, Identity, TokenSource, WebOrigin};
use crate::words::jws::SigningKey;

impl Courier {
    /// A request with the token in the place of what stands for it.
    ///
    /// # Errors
    /// There is no token. Where the run itself has none, the run stops.
    pub(in crate::execute) async fn authorized<'o>(
        &mut self,
        outgoing: &'o Outgoing,
    ) -> Result<Cow<'o, Outgoing>, Halt> {
        let stands = |(_, value): &(String, String)| Identity::of_placeholder(value);
        let Some(identity) = outgoing.headers.iter().find_map(stands) else { return Ok(Cow::Borrowed(outgoing)) };
        let line = match self.session.tokens.authorization(identity) {
            Authorization::Line(line) => line,
            Authorization::Missing(holder) => self.fetched(holder).await?,
            Authorization::Unknown => {
                return Err(Halt::Cannot("the target file provides no token of this kind".to_owned()));
            }
        };
        let mut real = outgoing.clone();
        for (_, value) in real.headers.iter_mut().filter(|(_, value)| Identity::of_placeholder(value).is_some()) {
            value.clone_from(&line);
        }
        self.shown = Some(line);
        Ok(Cow::Owned(real))
    }

    /// The Authorization line with a token fetched now; one fetches, and the others wait for it.
    async fn fetched(&mut self, identity: Identity) -> Result<String, Halt> {
        let session = self.session.clone();
        let _turn = session.tokens.fetching.lock().await;
        if let Authorization::Line(line) = session.tokens.authorization(identity) {
            return Ok(line);
        }
        let why = match self.fetch(identity).await {
            Ok(token) => {
                let line = format!("Bearer {}", token.text);
                session.tokens.hold(identity, token);
                return Ok(line);
            }
            Err(Halt::Stopped) => return Err(Halt::Stopped),
            Err(Halt::Cannot(why)) => session.secrets().mask(&why),
        };
        if identity != Identity::Run {
            return Err(Halt::Cannot(format!("no token for `{}`: {why}", identity.name())));
        }
        let sentence = match session.tokens.token(identity) {
            Some(old) => format!("{} and could not be renewed: {why}", old.in_words()),
            None => format!("no token could be had: {why}"),
        };
        session.stop_at_dead_end(StopReason::Denied, sentence);
        Err(Halt::Stopped)
    }

    /// A token for an identity, fetched now.
    ///
    /// # Errors
    /// Why there is none.
    pub(in crate::execute) async fn fetch(&mut self, identity: Identity) -> Result<Token, Halt> {
        let Some(credentials) = self.session.tokens.sources.get(&identity).cloned() else {
            return Err(Halt::Cannot("the target file has no credentials for it".to_owned()));
        };
        match credentials {
            TokenSource::Bearer(origin) => {
                let text = source::read(&origin).await.map_err(Halt::Cannot)?;
                let text = text.strip_prefix("Bearer ").unwrap_or(&text).trim().to_owned();
                self.session.learn([text.clone()]);
                if !is_token(&text) {
                    return Err(Halt::Cannot(format!(
                        "{origin} gives no token: it has spaces or control characters in it"
                    )));
                }
                let life = life_of_jwt(&text);
                Ok(Token::new(text, life))
            }
            TokenSource::Client(client) => self.ask(&client).await,
        }
    }

    /// Asks the token endpoint for a token (RFC 6749 section 4.4, RFC 7523 section 2.2).
    async fn ask(&mut self, client: &ClientCredentials) -> Result<Token, Halt> {
        let endpoint = self.endpoint(client).await?;
        let mut form = vec![("grant_type", "client_credentials".to_owned())];
        form.extend(client.scope.clone().map(|scope| ("scope", scope)));
        let mut headers = vec![
            ("accept".to_owned(), "application/json".to_owned()),
            ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
        ];
        match &client.proof {
            ClientProof::Basic(origin) => {
                let secret = self.secret(origin).await?;
                let pair = format!("{}:{}", form_encoded(&client.id), form_encoded(&secret));
                headers.push(("authorization".to_owned(), format!("Basic {}", STANDARD.encode(pair))));
            }
            ClientProof::Post(origin) => {
                form.push(("client_id", client.id.clone()));
                form.push(("client_secret", self.secret(origin).await?));
            }
            ClientProof::Key { key, kid, algorithm } => {
                let text = source::read(key).await.map_err(Halt::Cannot)?;
                self.session.learn(parts_of_key(&text));
                let signing = SigningKey::read(&text).map_err(|why| Halt::Cannot(format!("{key}: {why}")))?;
                if let Some(wanted) = algorithm.filter(|wanted| *wanted != signing.algorithm()) {
                    let (wanted, fits) = (wanted.name(), signing.algorithm().name());
                    return Err(Halt::Cannot(format!("the target file says {wanted}, but the key is one for {fits}")));
                }
                let assertion = signing.token(kid.as_deref(), &claims(client, &endpoint)).map_err(Halt::Cannot)?;
                self.session.learn([assertion.clone()]);
                let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
                form.push(("client_assertion_type", kind.to_owned()));
                form.push(("client_assertion", assertion));
            }
        }
        let body: Vec<String> = form.iter().map(|(name, value)| format!("{name}={}", form_encoded(value))).collect();
        let outgoing = self.beside_the_api("POST", endpoint.clone(), headers, Some(body.join("&").into_bytes()));
        let mut attempt = 0;
        loop {
            attempt += 1;
            let reply = self.sent_beside(&outgoing, attempt).await?;
            if attempt < MOST_SENT
                && let Some(pause) = pause(&reply)
            {
                self.session.pause(pause).await?;
                continue;
            }
            let found = match &reply {
                Reply::Received(received) => token(received),
                Reply::Lost(lost) => Err(format!("got no response: {}", lost.message)),
            };
            let found = found.map_err(|why| Halt::Cannot(format!("POST {endpoint} {why}{}", skew_in_words(&reply))))?;
            return Ok(found);
        }
    }

    /// The token endpoint: the one in the target file, else the one that the server names.
    async fn endpoint(&mut self, client: &ClientCredentials) -> Result<String, Halt> {
        if let Some(url) = &client.token_url {
            return Ok(url.clone());
        }
        let known = lock(&self.session.tokens.endpoint).clone();
        let endpoint = match known {
            Some(endpoint) => endpoint,
            None => {
                let url = format!("{}{}", self.session.base_url, discovery::PATH);
                let accept = vec![("accept".to_owned(), "application/json".to_owned())];
                let outgoing = self.beside_the_api("GET", url.clone(), accept, None);
                let found = match self.sent_beside(&outgoing, 1).await? {
                    Reply::Received(received) => discovery::endpoint(&received),
                    Reply::Lost(lost) => Err(format!("got no response: {}", lost.message)),
                };
                let endpoint = found.map_err(|why| Halt::Cannot(format!("GET {url} {why}")))?;
                *lock(&self.session.tokens.endpoint) = Some(endpoint.clone());
                endpoint
            }
        };
        admit(&self.session.base_url, &endpoint, client.token_host.as_deref()).map_err(Halt::Cannot)?;
        Ok(endpoint)
    }

    /// A client secret, which is masked from now on.
    async fn secret(&self, origin: &crate::sut::SecretSource) -> Result<String, Halt> {
        let secret = source::read(origin).await.map_err(Halt::Cannot)?;
        self.session.learn([secret.clone(), form_encoded(&secret)]);
        Ok(secret)
    }

    /// A request for tokens. What is configured for the target goes along where it leads there, but for its credentials.
    fn beside_the_api(
        &self,
        method: &str,
        url: String,
        mut headers: Vec<(String, String)>,
        body: Option<Vec<u8>>,
    ) -> Outgoing {
        if WebOrigin::of(&url) == WebOrigin::of(&self.session.base_url) {
            let configured = self.session.headers.iter();
            headers.extend(configured.filter(|(name, _)| !name.eq_ignore_ascii_case("authorization")).cloned());
        }
        Outgoing { method: method.to_owned(), url, headers, body, verbatim: false, bound: None, trace: None }
    }

    /// Sends a request for tokens, and records it without the token. Gives the response as it came.
    async fn sent_beside(&mut self, outgoing: &Outgoing, attempt: u32) -> Result<Reply, Halt> {
        let session = self.session.clone();
        session.take_turn(1).await?;
        let _room = session.take_room().await?;
        if !session.may_send() {
            return Err(Halt::Stopped);
        }
        let is_here = WebOrigin::of(&outgoing.url) == WebOrigin::of(&session.base_url);
        let client = match is_here {
            true => Ok(session.client.clone()),
            false => session.client.beside(&outgoing.url, 1),
        };
        let client = client.map_err(Halt::Cannot)?;
        let begin = Instant::now();
        let reply = tokio::select! {
            reply = client.send(outgoing) => reply,
            () = session.ended() => return Err(Halt::Stopped),
        };
        if is_here {
            session.pace.note(begin, &reply, false);
        }
        let came = match &reply {
            Reply::Received(received) => token(received).ok().map(|token| token.text),
            Reply::Lost(_) => None,
        };
        session.learn(came);
        let exchange = self.taken_down(outgoing, Purpose::Token, None, (begin, Instant::now()), reply.clone());
        // It is judged by nothing, and what is secret in it need not wait.
        let exchange = session.secrets().in_exchange(exchange, &session.headers);
        self.sent(crate::execute::evidence::Exchange { attempt, ..exchange });
        Ok(reply)
    }
}

/// The claims of an assertion (SMART App Launch, Backend Services).
fn claims(client: &ClientCredentials, endpoint: &str) -> serde_json::Value {
    /// It may be good for five minutes at most.
    const LIFE: i64 = 240;
    json!({
        "iss": client.id,
        "sub": client.id,
        "aud": client.audience.as_deref().unwrap_or(endpoint),
        "exp": jiff::Timestamp::now().as_second() + LIFE,
        "jti": uuid::Uuid::new_v4().to_string(),
    })
}

/// A text as application/x-www-form-urlencoded has it.
fn form_encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'*' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

/// What of a private key must be seen nowhere: its lines, or the members of a JWK.
fn parts_of_key(text: &str) -> Vec<String> {
    if let Ok(jwk) = serde_json::from_str::<serde_json::Value>(text) {
        let keys = jwk.get("keys").and_then(serde_json::Value::as_array).cloned().unwrap_or_else(|| vec![jwk]);
        let secret = ["d", "p", "q", "dp", "dq", "qi", "k"];
        let members = keys.iter().flat_map(|key| secret.iter().filter_map(|name| key.get(*name)?.as_str()));
        return members.map(str::to_owned).collect();
    }
    text.lines().map(str::trim).filter(|line| line.len() >= 16 && !line.starts_with('-')).map(str::to_owned).collect()
}
