//! `patchproof serve`: the reference server until it is stopped.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::common;
use super::exit::Exit;
use super::options::duration;
use crate::reference::{self, Fault, Variant};
use crate::suite::contract::Edition;
use crate::sut::write_profile;

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
    /// List the faults and exit
    #[arg(long)]
    list_faults: bool,
    /// List the conforming variants and exit
    #[arg(long)]
    list_variants: bool,
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
    let config = reference::Config {
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
        let fixtures = common::fixtures(handle.fixtures());
        let text = write_profile(&handle.base_url(), edition, &fixtures, &handle.fixtures().slots);
        if let Err(exit) = common::write_whole(path, text.as_bytes()) {
            return exit;
        }
    }
    common::out(&format!("{}\n", handle.base_url()));
    let _ = tokio::signal::ctrl_c().await;
    handle.stop().await;
    Exit::Conformant
}
