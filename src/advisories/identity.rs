//! Ids: which are CVE ids, whose a record is, and which records are errata.
//!
//! OSV has three fields for other ids (<https://ossf.github.io/osv-schema/>). `aliases` is the same vulnerability.
//! `upstream` names what a distribution's record stands for. `related` is only kin, except where a distribution's
//! errata put the CVE ids there (AlmaLinux, Rocky Linux, older SUSE and Ubuntu records).

use std::borrow::Cow;

/// What a record's id tells of it, by the prefix that its database has reserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Database {
    prefix: &'static str,
    /// Whose ratings the record carries.
    pub(crate) source: &'static str,
    /// Its records are errata: updates that fix several vulnerabilities, each one of its own.
    pub(crate) errata: bool,
    /// Set where its records are no security advisories: the word for what they are.
    pub(crate) informational: Option<&'static str>,
}

const fn advisories(prefix: &'static str, source: &'static str) -> Database {
    Database {
        prefix,
        source,
        errata: false,
        informational: None,
    }
}

const fn errata(prefix: &'static str, source: &'static str) -> Database {
    Database {
        prefix,
        source,
        errata: true,
        informational: None,
    }
}

const fn update(prefix: &'static str, source: &'static str, what: &'static str) -> Database {
    Database {
        prefix,
        source,
        errata: true,
        informational: Some(what),
    }
}

/// The databases whose prefixes mean something here; the list of all is in the OSV schema.
static DATABASES: &[Database] = &[
    advisories("ALPINE-", "alpine"),
    advisories("AZL-", "azure"),
    advisories("BELL-", "bellsoft"),
    advisories("BIT-", "bitnami"),
    advisories("CGA-", "chainguard"),
    advisories("CVE-", "nvd"),
    advisories("DEBIAN-", "debian"),
    advisories("ECHO-", "echo"),
    advisories("FOPSA-", "friendsofphp"),
    advisories("GHSA-", "ghsa"),
    advisories("GO-", "go"),
    advisories("MAL-", "openssf"),
    advisories("MINI-", "minimos"),
    advisories("OSV-", "oss-fuzz"),
    advisories("PYSEC-", "pypa"),
    advisories("RUBYSEC-", "rubysec"),
    advisories("RUSTSEC-", "rustsec"),
    advisories("UBUNTU-", "ubuntu"),
    errata("ALSA-", "almalinux"),
    errata("AVG-", "arch"),
    errata("CLSA-", "tuxcare"),
    errata("DLA-", "debian"),
    errata("DSA-", "debian"),
    errata("DTSA-", "debian"),
    errata("ELA-", "freexian"),
    errata("ELSA-", "oracle"),
    errata("LSN-", "ubuntu"),
    errata("MGASA-", "mageia"),
    errata("OESA-", "openeuler"),
    errata("PHSA-", "photon"),
    errata("RHSA-", "redhat"),
    errata("RLSA-", "rocky"),
    errata("RXSA-", "rocky"),
    errata("SUSE-", "suse"),
    errata("openSUSE-", "suse"),
    errata("USN-", "ubuntu"),
    update("ALBA-", "almalinux", "bugfix"),
    update("ALEA-", "almalinux", "enhancement"),
    update("ELBA-", "oracle", "bugfix"),
    update("ELEA-", "oracle", "enhancement"),
    update("RHBA-", "redhat", "bugfix"),
    update("RHEA-", "redhat", "enhancement"),
    update("RLBA-", "rocky", "bugfix"),
    update("RLEA-", "rocky", "enhancement"),
];

/// Words by which feeds and ecosystems call whoever rates, where these are not the one that reports have.
const SOURCES: &[(&str, &str)] = &[
    ("alma", "almalinux"),
    ("amazon linux", "amazon"),
    ("arch linux", "arch"),
    ("arch-linux", "arch"),
    ("azure linux", "azure"),
    ("bellsoft hardened containers", "bellsoft"),
    ("alpaquita", "bellsoft"),
    ("cbl-mariner", "azure"),
    ("govulndb", "go"),
    ("mariner", "azure"),
    ("nvd@nist.gov", "nvd"),
    ("opensuse", "suse"),
    ("oracle linux", "oracle"),
    ("oracle-oval", "oracle"),
    ("photon os", "photon"),
    ("php-security-advisories", "friendsofphp"),
    ("red hat", "redhat"),
    ("rhel", "redhat"),
    ("rocky linux", "rocky"),
    ("ruby-advisory-db", "rubysec"),
    ("sles", "suse"),
    ("suse-cvrf", "suse"),
];

/// The one word for whoever rates, out of an ecosystem's name without its release or a feed's own word. All that is imported
/// passes through here, so that nobody has two names in reports.
pub(crate) fn source_name(text: &str) -> Cow<'_, str> {
    let is_lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
    let word = if is_lower {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.to_ascii_lowercase())
    };
    match SOURCES.iter().find(|(other, _)| *other == word) {
        Some((_, source)) => Cow::Borrowed(source),
        None => word,
    }
}

/// The database an id belongs to, if it is one that is known here.
pub(crate) fn database_of(id: &str) -> Option<&'static Database> {
    DATABASES
        .iter()
        .find(|database| id.starts_with(database.prefix))
}

/// Letters of an id before its first `-`, to name a feed by where nothing better is known.
pub(crate) fn prefix(id: &str) -> &str {
    id.split('-').next().unwrap_or(id)
}

/// Whether the text is a CVE id and nothing else.
pub fn is_cve(id: &str) -> bool {
    cve_in(id) == Some(id)
}

/// The CVE id that an id is, begins with or ends in: `UBUNTU-CVE-2021-3782`, `CVE-2017-17434-1`, `CVE-2017-8073.patch`.
/// Spaces in the text end the search, so a sentence that mentions a CVE is not taken for one.
pub fn cve_in(id: &str) -> Option<&str> {
    let start = memchr::memmem::find(id.as_bytes(), b"CVE-")?;
    if start > 0 && !id.as_bytes()[..start].ends_with(b"-") {
        return None;
    }
    let rest = id.get(start..)?;
    let bytes = rest.as_bytes();
    let year = bytes.get(4..8)?;
    if !year.iter().all(u8::is_ascii_digit) || bytes.get(8) != Some(&b'-') {
        return None;
    }
    let digits = bytes[9..]
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    if !(4..=12).contains(&digits) || id.bytes().any(|byte| byte == b' ') {
        return None;
    }
    rest.get(..9 + digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cve_ids_in_other_ids() {
        for (id, cve) in [
            ("CVE-2021-44228", Some("CVE-2021-44228")),
            ("UBUNTU-CVE-2021-3782", Some("CVE-2021-3782")),
            ("BELL-CVE-2024-47721", Some("CVE-2024-47721")),
            ("CVE-2017-17434-1", Some("CVE-2017-17434")),
            ("CVE-2017-8073.patch", Some("CVE-2017-8073")),
            ("CVE_2019-2426", None),
            ("CVE", None),
            ("CVE-2019-12", None),
            ("CVE-20é9-1234", None),
            ("XCVE-2019-1234", None),
            ("see CVE-2019-1234", None),
            ("GHSA-jfh8-c2jp-5v3q", None),
        ] {
            assert_eq!(cve_in(id), cve, "{id}");
        }
        assert!(is_cve("CVE-2021-44228") && !is_cve("CVE-2017-17434-1"));
    }

    #[test]
    fn whoever_rates_has_one_name() {
        for (text, source) in [
            ("Red Hat", "redhat"),
            ("redhat", "redhat"),
            ("Oracle Linux", "oracle"),
            ("oracle-oval", "oracle"),
            ("openSUSE", "suse"),
            ("nvd@nist.gov", "nvd"),
            ("cna@vendor.example", "cna@vendor.example"),
            ("Debian", "debian"),
            ("npm", "npm"),
        ] {
            assert_eq!(source_name(text), source, "{text}");
        }
        // A database's word for itself is the one that counts.
        for database in DATABASES {
            assert_eq!(source_name(database.source), database.source);
        }
        for (_, source) in SOURCES {
            assert_eq!(source_name(source), *source);
        }
    }

    #[test]
    fn prefixes_say_whose_a_record_is() {
        assert_eq!(
            database_of("ALSA-2024:2169").map(|database| database.source),
            Some("almalinux")
        );
        assert_eq!(
            database_of("ALBA-2019:0986").and_then(|database| database.informational),
            Some("bugfix")
        );
        assert_eq!(database_of("whatever"), None);
        assert_eq!(prefix("BELL-CVE-2024-1"), "BELL");
    }
}
