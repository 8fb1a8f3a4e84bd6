//! `patchproof serve`: the reference server until it is stopped.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::common;
use super::exit::Exit;
use super::options::duration;
use crate::reference::{self, AuthConfig, CLIENT_ID, Fault, FrontConfig, Variant};
use crate::suite::contract::Edition;
use crate::suite::scenario::Fixture;
use crate::sut::{TargetText, write_profile};

/// Options of `serve`.
#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    /// The port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The edition to serve
    #[arg(long, default_value = "2019-05")]
    edition: Edition,
    /// A fault to switch on (repeatable)
    #[arg(long = "fault", value_name = "NAME")]
    faults: Vec<Fault>,
    /// How long to delay every response
    #[arg(long, value_name = "TIME", default_value = "0ms", value_parser = duration)]
    latency: Duration,
    /// Write a target file that lists the seeded fixtures
    #[arg(long, value_name = "FILE")]
    target_file: Option<PathBuf>,
    /// A conforming variant: another way to keep the contract (repeatable)
    #[arg(long = "variant", value_name = "NAME")]
    variants: Vec<Variant>,
    /// Require this bearer token [default: no authentication]
    #[arg(long, value_name = "TOKEN", env = "PATCHPROOF_SERVE_TOKEN", hide_env_values = true,
          value_parser = clap::builder::NonEmptyStringValueParser::new())]
    token: Option<String>,
    #[command(flatten)]
    front: FrontArgs,
    /// List the faults and exit
    #[arg(long)]
    list_faults: bool,
    /// List the conforming variants and exit
    #[arg(long)]
    list_variants: bool,
}

/// What stands in front of the API, as at a vendor.
#[derive(Debug, Args)]
struct FrontArgs {
    /// Give tokens at /token, and ask for them: `oauth` for a client secret, `smart` for a signed assertion
    #[arg(long, value_name = "oauth|smart", conflicts_with = "token")]
    auth: Option<AuthKind>,
    /// How long a token lives
    #[arg(long, value_name = "TIME", default_value = "300s", value_parser = duration, requires = "auth")]
    token_life: Duration,
    /// The secret of the client `patchproof` [default: one that is made up and written to standard error]
    #[arg(long, value_name = "SECRET", env = "PATCHPROOF_SERVE_SECRET", hide_env_values = true)]
    client_secret: Option<String>,
    /// The public keys of the client, as a JWK Set (with --auth smart)
    #[arg(long, value_name = "FILE", required_if_eq("auth", "smart"))]
    jwks: Option<PathBuf>,
    /// A tenant: the segment behind the path of the base URL
    #[arg(long, value_name = "ID", value_parser = segment)]
    tenant: Option<String>,
    /// Respond with 429 beyond so many requests a second
    #[arg(long, value_name = "N/s", value_parser = rate)]
    rate_limit: Option<u32>,
    /// Respond with 400 to requests without this header (repeatable)
    #[arg(long = "require-header", value_name = "NAME[: VALUE]", value_parser = required)]
    required: Vec<(String, Option<String>)>,
    /// Respond with 503 to this part of the requests
    #[arg(long, value_name = "PERCENT", value_parser = part)]
    flaky: Option<u32>,
    /// Page search results, so many entries a page
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    page: Option<u16>,
    /// Ask for _id, or for service-type and start, in a search for slots
    #[arg(long)]
    strict_slots: bool,
    /// Create nothing, and list so many booked appointments in the target file and two slots
    #[arg(long, value_name = "N")]
    scarce: Option<usize>,
}

/// How clients show who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum AuthKind {
    /// A client secret.
    Oauth,
    /// A signed assertion.
    Smart,
}

fn segment(text: &str) -> Result<String, String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    let is_plain = !text.is_empty() && text.bytes().all(plain);
    if is_plain { Ok(text.to_owned()) } else { Err("expected letters, digits, - and _".to_owned()) }
}

fn rate(text: &str) -> Result<u32, String> {
    let number = text.strip_suffix("/s").unwrap_or(text).parse().ok().filter(|number| (1..=100_000).contains(number));
    number.ok_or_else(|| "expected a number of requests a second, such as 20/s".to_owned())
}

/// A part in thousandths.
fn part(text: &str) -> Result<u32, String> {
    let number: Option<f64> = text.strip_suffix('%').unwrap_or(text).parse().ok();
    let number = number.filter(|number| (0.0..=100.0).contains(number));
    number.map(|number| (number * 10.0).round() as u32).ok_or_else(|| "expected a percentage, such as 1%".to_owned())
}

fn required(text: &str) -> Result<(String, Option<String>), String> {
    let (name, value) =
        text.split_once(':').map_or((text, None), |(name, value)| (name, Some(value.trim().to_owned())));
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    match !name.is_empty() && name.bytes().all(token) {
        true => Ok((name.to_ascii_lowercase(), value)),
        false => Err("expected the name of a header, with its value behind a colon where that matters".to_owned()),
    }
}

impl FrontArgs {
    /// The front, and the lines of a target file that go with it.
    fn config(&self, has_token: bool) -> Result<(FrontConfig, String), Exit> {
        let jwks = match (&self.jwks, self.auth) {
            (Some(path), Some(AuthKind::Smart)) => Some(common::json_file(path)?),
            (Some(_) | None, _) => None,
        };
        let kid = jwks.as_ref().and_then(|jwks| jwks.pointer("/keys/0/kid")?.as_str().map(str::to_owned));
        let secret = match self.auth {
            Some(AuthKind::Oauth) => Some(self.client_secret.clone().unwrap_or_else(|| {
                let made_up = uuid::Uuid::new_v4().simple().to_string();
                common::beside(&format!("client {CLIENT_ID}, secret {made_up}\n"));
                made_up
            })),
            Some(AuthKind::Smart) | None => None,
        };
        let config = FrontConfig {
            auth: self.auth.map(|_| AuthConfig { life: self.token_life, secret, jwks }),
            tenant: self.tenant.clone(),
            rate: self.rate_limit,
            required: self.required.clone(),
            flaky: self.flaky.unwrap_or_default(),
            page: self.page.map(usize::from),
            strict_slots: self.strict_slots,
            no_create: self.scarce.is_some(),
        };
        Ok((config, self.target_lines(kid, has_token)))
    }

    /// What a target file says of the front.
    fn target_lines(&self, kid: Option<String>, has_token: bool) -> String {
        let mut text = String::new();
        if self.auth.is_some() {
            let proof = match (self.auth, kid) {
                (Some(AuthKind::Smart), Some(kid)) => {
                    format!("key: {{ env: PATCHPROOF_CLIENT_KEY }}, kid: {}", serde_json::Value::from(kid))
                }
                (Some(AuthKind::Smart), None) => "key: { env: PATCHPROOF_CLIENT_KEY }".to_owned(),
                (Some(AuthKind::Oauth) | None, _) => "secret: { env: PATCHPROOF_CLIENT_SECRET }".to_owned(),
            };
            text.push_str("credentials:\n");
            for (kind, scope) in [
                ("run", "system/Appointment.read system/Appointment.write"),
                ("user", "user/Appointment.read user/Appointment.write"),
                ("patient", "patient/Appointment.read patient/Appointment.write"),
                ("read-only", "system/Appointment.read"),
                ("write-only", "system/Appointment.write"),
            ] {
                let _ = writeln!(text, "  {kind}:\n    client: {{ id: {CLIENT_ID}, {proof}, scope: {scope} }}");
            }
        }
        if let Some(tenant) = &self.tenant {
            let _ = writeln!(text, "provides:\n  tenant: {}", serde_json::Value::from(tenant.as_str()));
        }
        let tokens = ["user-token", "system-token", "patient-token", "read-only-token", "write-only-token"];
        let tokens =
            tokens.into_iter().filter(|_| has_token).map(|token| (token, "the server knows one token and no kinds"));
        let tenant = self.tenant.is_none().then_some(("tenant", "the server has one tenant"));
        let declared: Vec<_> = match has_token || self.auth.is_some() {
            true => tokens.chain(tenant).chain([("open-endpoint", "the server has no open endpoint")]).collect(),
            false => Vec::new(),
        };
        if !declared.is_empty() {
            text.push_str("without:\n");
        }
        for (feature, why) in declared {
            let _ = writeln!(text, "  {feature}: {why}");
        }
        if !self.required.is_empty() {
            text.push_str("headers:\n");
        }
        for (name, value) in &self.required {
            let _ = writeln!(text, "  {name}: {}", serde_json::Value::from(value.as_deref().unwrap_or("1")));
        }
        if self.strict_slots {
            text.push_str("slot-search:\n  service-type: '4047611'\n");
        }
        text
    }
}

fn variants() -> String {
    let mut text = String::new();
    for variant in Variant::ALL {
        let editions: Vec<&str> = variant.editions().iter().map(|edition| edition.id()).collect();
        let (name, sentence, reading) = (variant.name(), variant.sentence(), variant.reading());
        let _ = writeln!(text, "{name}\n    {sentence}\n    {reading}\n    in {}", editions.join(", "));
    }
    text
}

/// Serves; the first line on standard output is the base URL.
pub(super) fn run(args: ServeArgs) -> Exit {
    if args.list_faults {
        let mut text = String::new();
        for fault in Fault::ALL {
            let _ =
                writeln!(text, "{}\n    {}\n    breaks {}", fault.name(), fault.sentence(), fault.breaks().join(", "));
        }
        let cell =
            "open-cell=FROM:TO\n    The transition is carried out although the edition forbids it.\n    breaks the";
        let _ = writeln!(text, "{cell} requirement of the cell, as in open-cell=arrived:cancelled");
        return common::out(&text);
    }
    if args.list_variants {
        return common::out(&variants());
    }
    let runtime = match common::runtime() {
        Ok(runtime) => runtime,
        Err(exit) => return exit,
    };
    runtime.block_on(serve(args))
}

async fn serve(args: ServeArgs) -> Exit {
    if let (Some(fault), None) = (args.faults.iter().find(|fault| fault.needs_token()), &args.token) {
        let message = format!("the fault {fault} has no effect without authentication: add --token TOKEN");
        return common::fail(Exit::Usage, &message);
    }
    let (front, more) = match args.front.config(args.token.is_some()) {
        Ok(front) => front,
        Err(exit) => return exit,
    };
    let config = reference::Config {
        front,
        edition: args.edition,
        faults: args.faults,
        variants: args.variants,
        latency: args.latency,
        token: args.token,
        address: SocketAddr::from((Ipv4Addr::LOCALHOST, args.port)),
        ..reference::Config::default()
    };
    let edition = config.edition;
    let handle = match reference::start(config).await {
        Ok(handle) => handle,
        Err(cause) => return common::fail(Exit::Usage, &format!("cannot listen on port {}: {cause}", args.port)),
    };
    if let Some(path) = &args.target_file {
        let mut fixtures = common::fixtures(handle.fixtures());
        let mut slots = handle.fixtures().slots.as_slice();
        if let Some(booked) = args.front.scarce {
            const SLOTS: usize = 2;
            fixtures.retain(|state, _| *state == Fixture::Booked);
            fixtures.values_mut().for_each(|ids| ids.truncate(booked));
            slots = slots.get(..SLOTS).unwrap_or(slots);
        }
        let create = args.front.scarce.is_none();
        let text = TargetText { fixtures: Some(&fixtures), slots, create, more };
        let text = write_profile(&handle.base_url(), edition, &text);
        if let Err(exit) = common::write_whole(path, text.as_bytes()) {
            return exit;
        }
    }
    common::out(&format!("{}\n", handle.base_url()));
    let _ = tokio::signal::ctrl_c().await;
    handle.stop().await;
    Exit::Conformant
}
