//! The tokens of a run: fetched when they are needed, kept until they are about to expire, masked from then on.

pub mod answer;
mod discovery;
mod fetch;
mod source;

pub use discovery::PATH as DISCOVERY;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::sut::{Identity, Profile, TokenSource};

/// The tokens of a run, and where they come from.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    sources: BTreeMap<Identity, TokenSource>,
    /// The kinds that the credentials of the run are of.
    same_as_run: Vec<Identity>,
    /// The Authorization line of the run, where it is configured as it is.
    run_line: Option<String>,
    held: Mutex<BTreeMap<Identity, Token>>,
    /// Held by whoever fetches a token: the others wait for it.
    fetching: tokio::sync::Mutex<()>,
    /// The token endpoint, once it is known.
    endpoint: Mutex<Option<String>>,
}

/// A token and how long it is good for.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Token {
    text: String,
    /// When it came, on the clock of the wall.
    at: jiff::Timestamp,
    /// When another is fetched, where its end is known.
    renewed: Option<Instant>,
    /// How long it lives, where that is known.
    pub(super) life: Option<Duration>,
    /// What it may do, where the response says it.
    pub(super) scope: Option<String>,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Token(***)")
    }
}

impl Token {
    /// A token that came now.
    fn new(text: String, life: Option<Duration>) -> Token {
        /// So long before its end a token is renewed, where it lives long enough.
        const MARGIN: Duration = Duration::from_secs(60);
        // A request may take seconds on its way; a token of a few seconds is renewed at half its life.
        let renewed = life.map(|life| Instant::now() + life.saturating_sub(MARGIN.min(life / 2)));
        Token { text, at: jiff::Timestamp::now(), renewed, life, scope: None }
    }

    fn is_good(&self) -> bool {
        self.renewed.is_none_or(|renewed| Instant::now() < renewed)
    }

    /// Since when it is there, and until when it is good, in words.
    fn in_words(&self) -> String {
        let minute = |at: jiff::Timestamp| at.strftime("%H:%M:%SZ").to_string();
        let end = self.life.and_then(|life| self.at.checked_add(life).ok());
        match end {
            Some(end) if end <= jiff::Timestamp::now() => {
                format!("the token of {} expired at {}", minute(self.at), minute(end))
            }
            Some(end) => format!("the token of {}, good until {}", minute(self.at), minute(end)),
            None => format!("the token of {}", minute(self.at)),
        }
    }
}

/// What a request carries where a placeholder stands.
pub(super) enum Authorization {
    /// This line.
    Line(String),
    /// A token that is not there, or not good any more.
    Missing(Identity),
    /// Nobody gave one.
    Unknown,
}

impl Tokens {
    pub fn of(profile: &Profile) -> Tokens {
        let line = profile.headers.iter().rev().find(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        let run_line = line.map(|(_, value)| value.clone());
        let mut sources = profile.credentials.clone();
        if run_line.is_some() {
            sources.remove(&Identity::Run);
        }
        Tokens { sources, same_as_run: profile.same_as_run.clone(), run_line, ..Tokens::default() }
    }

    /// The identity whose token an identity uses.
    fn holder(&self, identity: Identity) -> Identity {
        let shares = self.same_as_run.contains(&identity) && !self.sources.contains_key(&identity);
        if shares { Identity::Run } else { identity }
    }

    /// What a request of an identity carries now.
    pub fn authorization(&self, identity: Identity) -> Authorization {
        let holder = self.holder(identity);
        if let (Identity::Run, Some(line)) = (holder, &self.run_line) {
            return Authorization::Line(line.clone());
        }
        match self.token(holder).filter(Token::is_good) {
            Some(token) => Authorization::Line(format!("Bearer {}", token.text)),
            None if self.sources.contains_key(&holder) => Authorization::Missing(holder),
            None => Authorization::Unknown,
        }
    }

    /// Whether a token is held.
    pub fn has(&self, identity: Identity) -> bool {
        self.token(identity).is_some()
    }

    /// Whether another token of the run can be fetched.
    pub fn can_renew(&self) -> bool {
        self.sources.contains_key(&Identity::Run)
    }

    fn token(&self, identity: Identity) -> Option<Token> {
        lock(&self.held).get(&identity).cloned()
    }

    pub fn hold(&self, identity: Identity, token: Token) {
        lock(&self.held).insert(identity, token);
    }

    /// Lets go of a token that was rejected, unless another one took its place meanwhile.
    pub fn drop_rejected(&self, line: &str) {
        lock(&self.held).retain(|_, token| format!("Bearer {}", token.text) != line);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
