//! A target that puts markup, script, style and marks that turn text into every field it can.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Response};
use serde_json::{Value, json};

/// Each sets `window.pwned` or changes the page if it is ever taken for more than text.
const TEXTS: [&str; 8] = [
    "<script>window.pwned = 1</script>",
    "</script><script>window.pwned = 2</script>",
    "\"><img src=x onerror=\"window.pwned = 3\">",
    "'></pre></details><svg onload=window.pwned=4>",
    "</style><style type=text/css>body{display:none}</style>",
    "]]></failure><!-- --><iframe srcdoc='<script>parent.pwned = 5</script>'>",
    "</title><a href=\"javascript:window.pwned = 6\">x</a>",
    "{{constructor.constructor('window.pwned = 7')()}}\u{202e}\u{2066}\u{1b}[31m\u{7}\u{200b}&lt;b&gt;",
];

/// A running target; it ends with the process of the test.
pub struct Target {
    port: u16,
}

impl Target {
    pub fn start() -> Target {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let counter = Arc::new(AtomicUsize::new(0));
                let held: Arc<Mutex<BTreeMap<String, Value>>> = Arc::default();
                let app = Router::new().fallback(move |request: Request| {
                    let number = counter.fetch_add(1, Ordering::Relaxed);
                    let held = held.clone();
                    async move {
                        let (head, body) = request.into_parts();
                        let sent = axum::body::to_bytes(body, 1 << 20).await.unwrap_or_default();
                        let sent: Value = serde_json::from_slice(&sent).unwrap_or_default();
                        answer(&head, &sent, number, &mut held.lock().unwrap())
                    }
                });
                axum::serve(tokio::net::TcpListener::from_std(listener).unwrap(), app).await.unwrap();
            });
        });
        Target { port }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/r4", self.port)
    }
}

/// `held` is what the status of each appointment is: the first PATCH of all has its effect, so that the run goes on.
fn answer(request: &Parts, sent: &Value, number: usize, held: &mut BTreeMap<String, Value>) -> Response<Body> {
    let text = TEXTS[number % TEXTS.len()];
    let path = request.uri.path();
    let id = path.rsplit('/').next().unwrap_or_default();
    let (status, body) = match request.method {
        _ if path.ends_with("/metadata") => (200, json!({ "resourceType": "CapabilityStatement", "name": text })),
        Method::POST => (201, Value::Null),
        Method::GET => (200, appointment(id, text, number, held.get(id))),
        _ if held.is_empty() && sent.pointer("/0/value").is_some_and(Value::is_string) => {
            held.insert(id.to_owned(), sent[0]["value"].clone());
            (200, appointment(id, text, number, held.get(id)))
        }
        // Every third is carried out, so that some cases go on.
        _ if number.is_multiple_of(3) => (200, appointment("1", text, number, None)),
        _ => ([400, 409, 412, 422, 500][number % 5], outcome(text)),
    };
    let bytes = match (body, number % 11) {
        (_, 9) => text.as_bytes().to_vec(),
        (_, 10) => [b"\xff\xfe", text.as_bytes()].concat(),
        (Value::Null, _) => Vec::new(),
        (body, _) => body.to_string().into_bytes(),
    };
    // A header cannot hold control characters; the rest goes in as it is.
    let line: String = text.chars().filter(|letter| letter.is_ascii() && !letter.is_ascii_control()).collect();
    let value = |text: String| HeaderValue::from_str(&text).unwrap();
    Response::builder()
        .status(status)
        .header("content-type", if number % 7 == 6 { "text/html" } else { "application/fhir+json" })
        .header("location", value(format!("/r4/Appointment/{number}")))
        .header("etag", value(format!("W/\"{number}{}\"", line.replace('"', ""))))
        .header("x-request-id", value(line.clone()))
        .header("warning", value(line))
        .body(Body::from(bytes))
        .unwrap()
}

fn appointment(id: &str, text: &str, number: usize, status: Option<&Value>) -> Value {
    json!({
        "resourceType": "Appointment", "id": id, "status": status.unwrap_or(&json!("booked")), text: text, "description": text,
        "meta": { "versionId": format!("{number}{text}") },
        "text": { "status": "generated", "div": format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{text}</div>") },
        "participant": [{ "actor": { "display": text }, "status": text }],
    })
}

fn outcome(text: &str) -> Value {
    let issue = json!({
        "severity": "error", "code": text, "diagnostics": text, "details": { "text": text }, "expression": [text],
    });
    json!({ "resourceType": "OperationOutcome", "issue": [issue.clone(), issue] })
}
