//! What several formats say alike, in the same words: the name of an image, what to do about a finding, how bad it is for
//! programs that know three levels or a number.
//!
//! The texts are as the image wrote them; each format escapes in its own way.

use super::model::{
    AdvisoryReference, Cvss, Finding, Image, PolicyResult, Secret, Silence, Verdict,
};
use crate::matching::{FixState, Severity};
use std::borrow::Cow;
use std::fmt::Write as _;

/// Bytes of an address; longer ones are nobody's page.
const LONGEST_URL: usize = 2048;

/// What people call the image: its first name, else where it came from.
pub(super) fn image_name(image: &Image) -> &str {
    match image.names.first() {
        Some(name) => name,
        None if image.source == "-" => "standard input",
        None => &image.source,
    }
}

/// How loud a program should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Error,
    Warning,
    Note,
}

impl Level {
    /// That of a vulnerability or a secret.
    pub(super) fn of(severity: Severity) -> Self {
        match severity {
            Severity::Critical | Severity::High => Self::Error,
            Severity::Medium => Self::Warning,
            Severity::Low | Severity::Negligible | Severity::Unknown => Self::Note,
        }
    }

    /// That of a rule of a policy; none where it is kept.
    pub(super) fn of_verdict(verdict: Verdict) -> Option<Self> {
        match verdict {
            Verdict::Stop => Some(Self::Error),
            Verdict::Warn => Some(Self::Warning),
            Verdict::Pass => None,
        }
    }
}

/// A CVSS score that says of a finding what its severity does, for programs that make their own words of it: the worst
/// one that was given where it is in the severity's band, else the middle of the band. Without one where nobody rated.
///
/// The distribution's word counts; a score of 9.8 beside "low" would make it critical again.
pub(super) fn score(severity: Severity, ratings: &[Cvss]) -> Option<f64> {
    let (lowest, middle, highest) = match severity {
        Severity::Critical => (9.0, 9.5, 10.0),
        Severity::High => (7.0, 8.0, 8.9),
        Severity::Medium => (4.0, 5.5, 6.9),
        Severity::Low => (0.1, 2.0, 3.9),
        Severity::Negligible => (0.1, 0.1, 0.1),
        Severity::Unknown => return None,
    };
    let given = ratings
        .iter()
        .map(|rating| rating.score)
        .filter(|score| (lowest..=highest).contains(score))
        .max_by(f64::total_cmp);
    Some(given.unwrap_or(middle))
}

/// `CVE-2023-5678 in libssl3 3.0.11-1`.
pub(super) fn title(finding: &Finding) -> String {
    let package = &finding.package;
    format!("{} in {} {}", finding.id, package.name, package.version)
}

/// What to do about it, as a sentence.
pub(super) fn advice(finding: &Finding) -> String {
    let name = &finding.package.name;
    match (finding.fix_state, finding.fixed_versions.as_slice()) {
        (FixState::Fixed, []) => format!("Update {name}."),
        (FixState::Fixed, [version]) => format!("Update {name} to {version}."),
        (FixState::Fixed, versions) => {
            format!("Update {name} to one of {}.", versions.join(", "))
        }
        (FixState::NotFixed, _) => format!("There is no fixed version of {name} yet."),
        (FixState::WontFix, _) => format!("The maintainers of {name} will not fix it."),
        (FixState::Unknown, _) => {
            format!("Nobody says whether there is a fixed version of {name}.")
        }
    }
}

/// `severity high, rated by debian`.
pub(super) fn rated(finding: &Finding) -> String {
    match &finding.severity_source {
        Some(source) => format!("severity {}, rated by {source}", finding.severity),
        None => format!("severity {}", finding.severity),
    }
}

/// A page about the vulnerability: that of the first record with one, else that of the CVE list.
pub(super) fn link(finding: &Finding) -> Option<Cow<'_, str>> {
    let of_record = finding.advisories.iter().find_map(page);
    of_record.map(Cow::Borrowed).or_else(|| {
        is_cve(&finding.id)
            .then(|| Cow::Owned(format!("https://www.cve.org/CVERecord?id={}", finding.id)))
    })
}

/// The page of a record, if it has one that a program may offer.
pub(super) fn page(record: &AdvisoryReference) -> Option<&str> {
    record.url.as_deref().filter(|url| is_web_page(url))
}

/// Whether a text is the address of a page, and nothing that a click would run.
pub(super) fn is_web_page(url: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\^`{|}'".contains(&byte);
    let rest = ["https://", "http://"]
        .iter()
        .find_map(|scheme| url.strip_prefix(scheme));
    rest.is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_alphanumeric()))
        && url.len() <= LONGEST_URL
        && url.bytes().all(allowed)
}

/// `CVE-2023-4863`.
pub(super) fn is_cve(id: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    id.strip_prefix("CVE-")
        .and_then(|rest| rest.split_once('-'))
        .is_some_and(|(year, number)| year.len() == 4 && digits(year) && digits(number))
}

/// A package URL that may be handed on as one.
pub(super) fn package_url(purl: &str) -> Option<&str> {
    let is_plain = purl.bytes().all(|byte| byte.is_ascii_graphic());
    (purl.starts_with("pkg:") && is_plain).then_some(purl)
}

/// Why a finding is silenced, as a sentence.
pub(super) fn silenced(silence: &Silence) -> String {
    format!(
        "{} ({} of {})",
        silence.reason, silence.kind, silence.source
    )
}

/// What was found of a secret, as a sentence.
pub(super) fn secret(secret: &Secret) -> String {
    let still_there = if secret.deleted {
        "; a later layer removes the file, which is shipped all the same"
    } else {
        ""
    };
    format!("{}: {}{still_there}", secret.title, secret.matched)
}

/// What a rule says, with what led to it.
pub(super) fn judged(result: &PolicyResult) -> String {
    let mut text = format!("{}: {}", result.rule, result.message);
    for evidence in &result.evidence {
        text.push_str("; ");
        text.push_str(&evidence.message);
    }
    text
}

/// An image's name in its two parts: the repository, and the tag where it has one; a digest is neither.
pub(super) fn repository(name: &str) -> (&str, Option<&str>) {
    let name = name.split_once('@').map_or(name, |(name, _)| name);
    match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag)),
        _ => (name, None),
    }
}

/// The image's package URL, which is that of its manifest; without the manifest's digest there is none.
pub(super) fn image_url(image: &Image) -> Option<String> {
    let digest = image.manifest_digest.as_deref()?;
    let (repository, tag) = repository(image_name(image));
    let name = repository.rsplit('/').next().unwrap_or(repository);
    let mut url = format!(
        "pkg:oci/{}@{}",
        encoded(&name.to_lowercase(), b":"),
        encoded(digest, b":")
    );
    let qualifiers = [
        ("arch", image.platform.architecture.as_deref()),
        (
            "repository_url",
            repository.contains('/').then_some(repository),
        ),
        ("tag", tag),
    ];
    let mut sign = '?';
    for (key, value) in qualifiers {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            // Writing to a String cannot fail.
            let _ = write!(url, "{sign}{key}={}", encoded(value, b":"));
            sign = '&';
        }
    }
    Some(url)
}

/// The hexadecimal digits of a SHA-256 digest, if a text is one.
pub(super) fn sha256(digest: Option<&str>) -> Option<&str> {
    let hexadecimal = digest?.strip_prefix("sha256:")?;
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (hexadecimal.len() == 64 && hexadecimal.bytes().all(is_digit)).then_some(hexadecimal)
}

/// Percent-encodes a path as that of an address without a scheme (RFC 3986).
pub(super) fn encoded_path(path: &str) -> String {
    // With a slash in front it would be a path of another machine, with two another machine.
    encoded(path.trim_start_matches('/'), b"/!@+")
}

/// Percent-encodes all but letters, digits, `-._~` and the bytes that are left as they are.
fn encoded(text: &str, left: &[u8]) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || left.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rating(score: f64) -> Cvss {
        Cvss {
            version: "3.1".to_owned(),
            vector: String::new(),
            score,
            source: "nvd".to_owned(),
        }
    }

    #[test]
    fn a_score_never_contradicts_the_severity() {
        let close = |found: Option<f64>, wanted: f64| (found.unwrap() - wanted).abs() < 1e-9;
        assert!(close(
            score(Severity::High, &[rating(7.5), rating(8.8), rating(9.8)]),
            8.8
        ));
        assert!(close(score(Severity::Low, &[rating(9.8)]), 2.0));
        assert!(close(score(Severity::Critical, &[]), 9.5));
        assert_eq!(score(Severity::Unknown, &[rating(9.8)]), None);
    }

    #[test]
    fn only_pages_are_links() {
        for good in ["https://a.example/x?y=1#z", "http://a.example"] {
            assert!(is_web_page(good), "{good}");
        }
        for bad in [
            "javascript:alert(1)",
            "https://",
            "https://a.example/\"onclick=",
            "https://a.example/ x",
            "https://a.example/\n::error::",
            "ftp://a.example",
            "//a.example",
        ] {
            assert!(!is_web_page(bad), "{bad}");
        }
        assert!(is_cve("CVE-2023-4863") && is_cve("CVE-2026-1234567"));
        for bad in ["CVE-2023-", "CVE-23-1", "GHSA-x", "CVE-2023-48<"] {
            assert!(!is_cve(bad), "{bad}");
        }
    }

    #[test]
    fn the_url_of_an_image_is_that_of_its_manifest() {
        let mut image = Image {
            names: vec!["registry.example:5000/team/Shop:4.2".to_owned()],
            manifest_digest: Some("sha256:00ff".to_owned()),
            ..Image::default()
        };
        image.platform.architecture = Some("arm64".to_owned());
        assert_eq!(
            image_url(&image).unwrap(),
            "pkg:oci/shop@sha256:00ff?arch=arm64&repository_url=registry.example:5000%2Fteam%2FShop&tag=4.2"
        );
        image.manifest_digest = None;
        assert_eq!(image_url(&image), None);
    }

    #[test]
    fn a_path_is_one_part_of_an_address() {
        assert_eq!(encoded_path("a b/ä:%?#"), "a%20b/%C3%A4%3A%25%3F%23");
        assert_eq!(encoded_path("//evil.example/x"), "evil.example/x");
        assert_eq!(encoded_path("srv/x.war!/y-1+2.jar"), "srv/x.war!/y-1+2.jar");
    }
}
