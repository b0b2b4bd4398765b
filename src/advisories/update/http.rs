//! One request to one address: proxies, certificates, redirects, and what went wrong in words.
//!
//! Redirects are followed here and not by the library: each hop chooses its own proxy, and none may leave HTTPS.

use super::feed_list::{Transfer, seconds};
use super::{TransferError, UpdateError};
use std::io::Read;
use std::time::Duration;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body, Proxy};

/// Redirects that are followed.
const MOST_REDIRECTS: usize = 5;
/// Bytes of an address.
const LONGEST_ADDRESS: usize = 2048;

/// Makes requests. Connections are kept and shared between threads.
pub(super) struct Client {
    direct: Agent,
    /// For `http://` and `https://`.
    proxied: [Option<Agent>; 2],
    no_proxy: Vec<String>,
    pub(super) transfer: Transfer,
}

/// What a server answered, before its body is read.
pub(super) struct Answer {
    pub(super) status: u16,
    /// Where the answer came from, after redirects.
    pub(super) url: String,
    response: ureq::http::Response<Body>,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.response
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::trim)
            .filter(|value| !value.is_empty() && value.len() <= 1024)
    }

    /// Bytes of the body, where the server says so.
    pub(super) fn length(&self) -> Option<u64> {
        self.header("content-length")?.parse().ok()
    }

    pub(super) fn into_reader(self) -> impl Read {
        self.response.into_body().into_reader()
    }
}

impl Client {
    /// A client with the proxies and certificates that the environment names: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`
    /// (also in lower case), `SSL_CERT_FILE`.
    pub(super) fn from_environment(transfer: &Transfer) -> Result<Self, UpdateError> {
        let variable = |names: &[&str]| {
            names.iter().find_map(|name| {
                let value = std::env::var(name).ok().filter(|value| !value.is_empty());
                value.map(|value| ((*name).to_owned(), value))
            })
        };
        let roots = match variable(&["SSL_CERT_FILE"]) {
            Some((_, path)) => Some(certificates(&path)?),
            None => None,
        };
        let agent = |proxy: Option<Proxy>| -> Agent {
            let stall = seconds(transfer.stall);
            let mut tls = TlsConfig::builder();
            if let Some(roots) = &roots {
                tls = tls.root_certs(roots.clone());
            }
            Agent::config_builder()
                .tls_config(tls.build())
                .proxy(proxy)
                .user_agent(concat!("layerscan/", env!("CARGO_PKG_VERSION")))
                .http_status_as_error(false)
                .max_redirects(0)
                .timeout_resolve(Some(stall))
                .timeout_connect(Some(stall))
                .timeout_recv_response(Some(stall))
                .timeout_per_read(Some(stall))
                .timeout_per_write(Some(stall))
                .max_idle_connections_per_host(transfer.parallel)
                .build()
                .into()
        };
        // `HTTP_PROXY` in upper case is what a web server makes of a header named Proxy, so programs such as curl leave it; here no
        // header becomes a variable.
        let proxied = [
            ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"],
            ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"],
        ];
        let mut agents = [None, None];
        for (place, names) in agents.iter_mut().zip(proxied) {
            if let Some((name, value)) = variable(&names) {
                let unusable = |reason: &str| UpdateError::Proxy {
                    variable: name.clone(),
                    reason: reason.to_owned(),
                };
                if value.starts_with("socks") {
                    return Err(unusable(
                        "SOCKS is not known here, a proxy for HTTP is needed",
                    ));
                }
                let proxy =
                    Proxy::new(&value).map_err(|_| unusable("it is no address of a proxy"))?;
                *place = Some(agent(Some(proxy)));
            }
        }
        Ok(Self {
            direct: agent(None),
            proxied: agents,
            no_proxy: variable(&["no_proxy", "NO_PROXY"])
                .map(|(_, value)| {
                    value
                        .split(',')
                        .map(|host| host.trim().to_ascii_lowercase())
                        .collect()
                })
                .unwrap_or_default(),
            transfer: transfer.clone(),
        })
    }

    /// Asks for an address and follows redirects. An answer of any status is an answer.
    pub(super) fn get(
        &self,
        url: &str,
        headers: &[(&str, String)],
    ) -> Result<Answer, TransferError> {
        let mut url = url.to_owned();
        for _ in 0..=MOST_REDIRECTS {
            let mut request = self
                .agent(&url)
                .get(&url)
                .header("Accept-Encoding", "identity");
            for (name, value) in headers {
                request = request.header(*name, value);
            }
            let response = request.call().map_err(|error| failure(&url, error))?;
            let answer = Answer {
                status: response.status().as_u16(),
                url: url.clone(),
                response,
            };
            if !matches!(answer.status, 301 | 302 | 303 | 307 | 308) {
                return Ok(answer);
            }
            let next = answer
                .header("location")
                .and_then(|location| joined(&url, location))
                .ok_or_else(|| TransferError::Redirect {
                    url: url.clone(),
                    reason: "to no address",
                })?;
            if url.starts_with("https://") && !next.starts_with("https://") {
                return Err(TransferError::Redirect {
                    url,
                    reason: "from HTTPS to an address without encryption",
                });
            }
            url = next;
        }
        Err(TransferError::Redirect {
            url,
            reason: "again and again",
        })
    }

    fn agent(&self, url: &str) -> &Agent {
        let proxied = &self.proxied[usize::from(url.starts_with("https://"))];
        match proxied {
            Some(agent) if !is_exempt(&self.no_proxy, host(url)) => agent,
            _ => &self.direct,
        }
    }
}

fn certificates(path: &str) -> Result<RootCerts, UpdateError> {
    let failed = |source| UpdateError::Io {
        path: path.into(),
        source,
    };
    let text = std::fs::read(path).map_err(failed)?;
    let found: Vec<Certificate<'static>> = parse_pem(&text)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    if found.is_empty() {
        return Err(failed(std::io::Error::other(
            "holds no certificate in PEM form",
        )));
    }
    Ok(RootCerts::new_with_certs(&found))
}

fn failure(url: &str, error: ureq::Error) -> TransferError {
    let url = url.to_owned();
    match error {
        ureq::Error::Timeout(_) => TransferError::Stalled { url },
        ureq::Error::HostNotFound => TransferError::NoAnswer {
            url,
            reason: "no such host".to_owned(),
        },
        // What rustls has to complain of comes wrapped as invalid data.
        ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::InvalidData => {
            TransferError::Untrusted {
                url,
                reason: error.to_string(),
            }
        }
        ureq::Error::Rustls(error) => TransferError::Untrusted {
            url,
            reason: error.to_string(),
        },
        ureq::Error::Io(error) => TransferError::NoAnswer {
            url,
            reason: error.to_string(),
        },
        error => TransferError::NoAnswer {
            url,
            reason: error.to_string(),
        },
    }
}

/// Whether `NO_PROXY` names a host: itself, a domain it lies in (with or without the leading dot), or `*`.
fn is_exempt(no_proxy: &[String], host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    no_proxy.iter().any(|entry| {
        let entry = entry.trim_start_matches('*').trim_start_matches('.');
        match entry {
            "" => no_proxy.iter().any(|entry| entry == "*"),
            entry => host
                .strip_suffix(entry)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.')),
        }
    })
}

/// The host of an address, without its port.
fn host(url: &str) -> &str {
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
    match authority
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
    {
        Some((address, _)) => address,
        None => authority.split(':').next().unwrap_or_default(),
    }
}

/// Whether an address is of this machine.
pub(super) fn is_local(url: &str) -> bool {
    matches!(host(url), "localhost" | "127.0.0.1" | "::1")
}

/// Says what is wrong with an address.
pub(super) fn check_address(url: &str) -> Result<(), String> {
    let shown: String = url.chars().take(200).collect();
    let Some(rest) = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))
    else {
        return Err(format!(
            "`{shown}` is no address that begins with https:// or http://"
        ));
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        // It would end up in the database and in messages.
        return Err("an address must not hold a name or password".to_owned());
    }
    if host(url).is_empty()
        || url.len() > LONGEST_ADDRESS
        || !url.bytes().all(|byte| byte.is_ascii_graphic())
    {
        return Err(format!(
            "`{shown}` is no address: spaces and other signs are written as %20"
        ));
    }
    Ok(())
}

/// A value as a part of an address' path.
pub(super) fn escaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' | b'+' => {
                out.push(char::from(byte));
            }
            _ => {
                use std::fmt::Write as _;
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

/// What a reference means in a document at an address: an address, a path from the root, or one beside the document.
pub(super) fn joined(base: &str, reference: &str) -> Option<String> {
    let scheme_end = base.find("://")? + 3;
    let root_end = base[scheme_end..]
        .find('/')
        .map_or(base.len(), |at| scheme_end + at);
    let joined = if reference.starts_with("https://") || reference.starts_with("http://") {
        reference.to_owned()
    } else if let Some(rest) = reference.strip_prefix("//") {
        format!("{}{rest}", &base[..scheme_end])
    } else if reference.starts_with('/') {
        format!("{}{reference}", &base[..root_end])
    } else {
        let path = base.split(['?', '#']).next().unwrap_or(base);
        let folder = path
            .rfind('/')
            .filter(|at| *at >= root_end)
            .map_or(path, |at| &path[..at]);
        format!("{folder}/{reference}")
    };
    check_address(&joined).is_ok().then_some(joined)
}

/// Seconds that a server asks to wait: a number, or the date when to come again.
pub(super) fn retry_after(answer: &Answer, now: jiff::Timestamp) -> Option<Duration> {
    let text = answer.header("retry-after")?;
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let seconds = http_date(text)?.as_second() - now.as_second();
    Some(Duration::from_secs(
        u64::try_from(seconds).unwrap_or_default(),
    ))
}

/// A date as HTTP writes it: `Sun, 06 Nov 1994 08:49:37 GMT`.
pub(super) fn http_date(text: &str) -> Option<jiff::Timestamp> {
    let written = jiff::fmt::strtime::parse("%a, %d %b %Y %H:%M:%S GMT", text).ok()?;
    let time = written.to_datetime().ok()?;
    time.to_zoned(jiff::tz::TimeZone::UTC)
        .ok()
        .map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_as_in_a_page() {
        let base = "https://a.example/x/y.txt?z=/1";
        for (reference, expected) in [
            ("b.zip", "https://a.example/x/b.zip"),
            ("/b.zip", "https://a.example/b.zip"),
            ("//b.example/c", "https://b.example/c"),
            ("https://b.example/c", "https://b.example/c"),
            ("d/e.json", "https://a.example/x/d/e.json"),
        ] {
            assert_eq!(joined(base, reference).as_deref(), Some(expected));
        }
        assert_eq!(
            joined("https://a.example", "b").as_deref(),
            Some("https://a.example/b")
        );
        assert_eq!(joined(base, "a b"), None);
        assert_eq!(joined(base, "//u:p@b.example/"), None);
    }

    #[test]
    fn addresses_are_checked() {
        for good in [
            "https://a.example/x",
            "http://127.0.0.1:80/",
            "https://[::1]:8443/x?y",
        ] {
            assert_eq!(check_address(good), Ok(()), "{good}");
        }
        for bad in [
            "a.example/x",
            "file:///etc/passwd",
            "https://",
            "https:///x",
            "https://a.example/\n",
            "https://u@a.example/",
            "https://a b/",
        ] {
            assert!(check_address(bad).is_err(), "{bad}");
        }
        assert!(
            is_local("http://[::1]:80/x")
                && is_local("http://localhost/")
                && !is_local("http://localhost.example/")
        );
    }

    #[test]
    fn no_proxy_names_hosts_and_domains() {
        let list = |text: &str| {
            text.split(',')
                .map(|entry| entry.trim().to_owned())
                .collect::<Vec<_>>()
        };
        for (entries, host, expected) in [
            ("a.example", "a.example", true),
            ("a.example", "b.a.example", true),
            ("a.example", "ba.example", false),
            (".a.example", "b.a.example", true),
            ("*.a.example", "b.a.example", true),
            ("x, a.example", "A.EXAMPLE", true),
            ("*", "anything", true),
            ("", "a.example", false),
        ] {
            assert_eq!(
                is_exempt(&list(entries), host),
                expected,
                "{entries} {host}"
            );
        }
    }

    #[test]
    fn dates_of_http() {
        let time = http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        assert_eq!(time.to_string(), "1994-11-06T08:49:37Z");
        assert_eq!(http_date("tomorrow"), None);
    }
}
