//! The gate in front of the wire: a request leaves for the target's origin or not at all, whatever wrote it.

use super::client::Outgoing;
use crate::sut::{Identity, Profile, WebOrigin};
use crate::words::path::path_problem;

/// Where the requests of a run may go, and what may not travel in the clear.
#[derive(Debug)]
pub(super) struct ExitGate {
    target: Option<WebOrigin>,
    /// The plain port of an https target, which is asked once whether it carries out what it is sent.
    plain: Option<WebOrigin>,
    /// An endpoint of the target that takes no writes and needs no credentials, as the target file says.
    open: Option<WebOrigin>,
    /// The configured header lines: none of them is sent to the plain port.
    configured: Vec<(String, String)>,
}

impl ExitGate {
    /// The gate of a target; one whose base URL has no origin lets nothing out.
    pub fn new(profile: &Profile) -> ExitGate {
        let base_url = profile.base_url.as_str();
        let open = profile.open_endpoint.as_deref().and_then(WebOrigin::of);
        let target = WebOrigin::of(base_url);
        let plain = base_url.strip_prefix("https://").and_then(|rest| WebOrigin::of(&format!("http://{rest}")));
        ExitGate { target, plain, open, configured: profile.lines() }
    }

    /// Lets a request out, or says why it stays.
    ///
    /// # Errors
    /// It would go elsewhere, its path leads out of the base, or it would carry configured headers in the clear.
    pub fn check(&self, outgoing: &Outgoing) -> Result<(), String> {
        let stays = |why: &str| Err(format!("the request was not sent: {why}"));
        let origin = WebOrigin::of(&outgoing.url);
        let known = [&self.target, &self.plain, &self.open];
        let Some(origin) = origin.filter(|origin| known.contains(&&Some(origin.clone()))) else {
            return stays("its URL leads to another origin (scheme, host or port) than that of the target");
        };
        let (path, query) = origin.rest(&outgoing.url);
        if let Some(problem) = path_problem(path) {
            return stays(&format!("its path {problem}"));
        }
        if !query.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#') {
            return stays("its query has a space, a control character, a `#` or a letter that is not ASCII in it");
        }
        let is_configured = |(name, value): &(String, String)| {
            Identity::of_placeholder(value).is_some()
                || self.configured.iter().any(|(header, secret)| header.eq_ignore_ascii_case(name) || secret == value)
        };
        let is_elsewhere = Some(&origin) != self.target.as_ref();
        // What an unknown caller sends is not a credential; no line of the target has its form.
        let is_made_up = |(_, value): &&(String, String)| value == NOBODYS_TOKEN;
        if is_elsewhere && outgoing.headers.iter().filter(|line| !is_made_up(line)).any(is_configured) {
            return stays("it would carry a configured header over plain http, or to another endpoint");
        }
        Ok(())
    }
}

/// The credentials that nobody issued.
pub(super) const NOBODYS_TOKEN: &str = "Bearer not-a-token";

#[cfg(test)]
mod tests {
    use super::*;

    fn outgoing(url: &str, headers: &[(&str, &str)]) -> Outgoing {
        Outgoing {
            method: "PATCH".to_owned(),
            url: url.to_owned(),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: None,
            verbatim: false,
            bound: None,
            trace: None,
        }
    }

    fn leaves(base_url: &str, url: &str, headers: &[(&str, &str)]) -> bool {
        let configured = [("X-Api-Key", "k"), ("Authorization", "Bearer t")];
        let configured = configured.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let profile = Profile { headers: configured.to_vec(), ..Profile::of_url(base_url.to_owned()) };
        ExitGate::new(&profile).check(&outgoing(url, headers)).is_ok()
    }

    #[test]
    fn what_goes_to_the_target_leaves() {
        for (base_url, url) in [
            ("http://a.test", "http://a.test/Appointment/1"),
            ("http://a.test/r4", "http://a.test/r4/Appointment/1?_id=1&x=$y"),
            ("http://a.test:80/r4", "http://A.test/r4/metadata"),
            ("https://a.test/r4", "https://a.test:443/r4/metadata"),
            ("https://a.test/r4/tenant", "https://a.test/r4/other/Appointment/1"),
            ("http://[::1]:8080/r4", "http://[::1]:8080/r4/metadata"),
        ] {
            assert!(leaves(base_url, url, &[("X-Api-Key", "k")]), "{url}");
        }
    }

    #[test]
    fn what_goes_elsewhere_stays() {
        for (base_url, url) in [
            ("http://a.test", "http://a.test@b.test/x"),
            ("http://a.test", "http://a.test.b.test/x"),
            ("http://a.test", "http://a.test:8080/x"),
            ("http://a.test", "http://a.test8080/x"),
            ("http://a.test", "http://a.testx"),
            ("http://a.test", "http://a.test\\@b.test/x"),
            ("http://a.test", "https://a.test/x"),
            ("http://a.test", "http://b.test/x"),
            ("http://a.test", "http:///x"),
            ("http://a.test", "a.test/x"),
            ("http://a.test", "//a.test/x"),
            ("http://a.test", "http://a.test\t/x"),
            ("http://a.test", "http://%61.test/x"),
            ("https://a.test", "https://5a2e0a6e-0000-4000-8000-000000000000/x"),
            ("https://a.test:8443/r4", "http://a.test/r4/x"),
            ("no url", "no url/x"),
        ] {
            assert!(!leaves(base_url, url, &[]), "{url}");
        }
    }

    #[test]
    fn what_leads_out_of_the_base_stays() {
        for rest in
            ["", "?x", "/../x", "/%2e%2e/x", "/a\\b", "/a b", "/a\r\nX: y", "/a?b c", "/a?b\nc", "/a#b", "/a?b#c"]
        {
            assert!(!leaves("http://a.test", &format!("http://a.test{rest}"), &[]), "{rest}");
        }
    }

    #[test]
    fn no_configured_header_travels_in_the_clear() {
        let url = "http://a.test/r4/Appointment/1";
        assert!(leaves("https://a.test/r4", url, &[("accept", "x"), ("authorization", NOBODYS_TOKEN)]));
        for line in [("x-api-key", "k"), ("X-Api-Key", "other"), ("x-other", "k"), ("authorization", "Bearer t")] {
            assert!(!leaves("https://a.test/r4", url, &[line]), "{line:?}");
            assert!(leaves("http://a.test/r4", url, &[line]), "a target that is plain http itself: {line:?}");
        }
    }
}
