//! Writes target files.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use crate::suite::contract::Edition;
use crate::suite::scenario::Fixture;

/// What a target file says besides where the target is.
#[derive(Debug, Clone, Default)]
pub struct TargetText<'t> {
    /// Listed appointments by state.
    pub fixtures: Option<&'t BTreeMap<Fixture, Vec<String>>>,
    /// Ids of free slots.
    pub slots: &'t [String],
    /// Whether appointments may be made with POST.
    pub create: bool,
    /// Further keys, as lines.
    pub more: String,
}

/// The text of a target file, as `patchproof serve --target-file` writes it.
pub fn write_profile(base_url: &str, edition: Edition, rest: &TargetText<'_>) -> String {
    // A JSON string is a YAML string, whatever is in it.
    let base_url = serde_json::Value::from(base_url);
    let create = rest.create;
    let mut text = format!(
        "# A target for patchproof run --target THIS-FILE\nbase-url: {base_url}\nedition: {edition}\ncreate: {create}\n"
    );
    let fixtures = rest.fixtures.into_iter().flatten();
    for (number, (state, ids)) in fixtures.enumerate() {
        if number == 0 {
            text.push_str("fixtures:\n");
        }
        let ids: Vec<String> = ids.iter().map(|id| format!("'{id}'")).collect();
        let _ = writeln!(text, "  {state}: [{}]", ids.join(", "));
    }
    let slots: Vec<String> = rest.slots.iter().map(|id| format!("'{id}'")).collect();
    let _ = writeln!(text, "slots: [{}]", slots.join(", "));
    text + &rest.more
}

/// What a new target file is made from.
#[derive(Debug, Clone)]
pub struct TargetDraft {
    pub base_url: String,
    pub edition: Edition,
    pub auth: AuthDraft,
    /// The target is this machine.
    pub is_here: bool,
}

/// How requests show who they are.
#[derive(Debug, Clone)]
pub enum AuthDraft {
    None,
    Bearer { env: String },
    Secret { id: String, env: String, scope: String },
    Key { id: String, file: PathBuf, kid: Option<String>, scope: String },
}

/// A target file with every key in it, those that are not needed as comments.
pub fn commented(draft: &TargetDraft) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let mut text = format!(
        "# A target for patchproof: `patchproof doctor` looks at it, `patchproof run --target` runs against it.\n\
         # Every key: `patchproof help targets`.\n\
         base-url: {}\n\
         edition: {}\n",
        quoted(&draft.base_url),
        draft.edition
    );
    text.push_str("\n# A run changes appointments: other machines are written to only where it is allowed here.\n");
    text.push_str(if draft.is_here { "# writes: allow\n" } else { "writes: allow\n" });
    text.push_str(
        "\n# Who asks. A secret comes from the environment (env), a file or a command, never from this file.\n",
    );
    match &draft.auth {
        AuthDraft::None => text.push_str(
            "# credentials:\n#   run:\n#     client: { id: ID, secret: { env: SANDBOX_CLIENT_SECRET }, scope: system/Appointment.write }\n",
        ),
        AuthDraft::Bearer { env } => {
            let _ = writeln!(text, "credentials:\n  run:\n    bearer: {{ env: {} }}", quoted(env));
        }
        AuthDraft::Secret { id, env, scope } => {
            let _ = writeln!(
                text,
                "credentials:\n  run:\n    client:\n      id: {}\n      secret: {{ env: {} }}\n      scope: {}\n      \
                 # method: client-secret-post\n      # token-url: https://auth.example.org/token",
                quoted(id),
                quoted(env),
                quoted(scope)
            );
        }
        AuthDraft::Key { id, file, kid, scope } => {
            let kid = match kid {
                Some(kid) => format!("kid: {}", quoted(kid)),
                None => "# kid: the id of the key in the vendor's JWK Set".to_owned(),
            };
            let _ = writeln!(
                text,
                "credentials:\n  run:\n    client:\n      id: {}\n      key: {{ file: {} }}\n      {kid}\n      scope: {}\n      \
                 # token-url: https://auth.example.org/token",
                quoted(id),
                quoted(&file.to_string_lossy()),
                quoted(scope)
            );
        }
    }
    text.push_str(REST);
    text
}

/// What a target file may say besides.
const REST: &str = "  # Other callers, so that the rules about them can be tried:
  # user: run
  # read-only:
  #   client: { … }

# Headers that the server demands.
# headers:
#   x-api-version: '1'

# Certificates beside those of the machine.
# tls:
#   ca: private-ca.pem
#   certificate: client.pem
#   key: client.key

# Appointments of the sandbox, by the state they are in; without any, a run makes them with POST.
# create: true
# fixtures:
#   booked: ['4817517', '4817518']
# slots: ['51001-21304876-62852027-0']

# The search for free slots, where none are listed.
# slot-search:
#   service-type: 'https://fhir.example.org/codeSet/14249|4047611'

# What the target has besides appointments, and what it cannot have, each with the reason.
# provides:
#   tenant: the-last-segment-of-base-url
#   open-endpoint: https://open.example.org/r4
# without:
#   user-token: the sandbox gives system tokens only
#   patient-token: the sandbox gives system tokens only
#   read-only-token: the sandbox knows no scopes
#   write-only-token: the sandbox knows no scopes
#   open-endpoint: there is none
#   tenant: there is one

# limits: { jobs: 4, timeout: 60, max-requests: 5000, rate: 20/s, in-flight: 4, cases: 0 }

# What the target is; it stands in the record.
# about: { vendor: Example, product: Scheduling, version: '1.0', tester: me }
";
