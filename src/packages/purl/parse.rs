//! Reading package URLs: the reverse of how they are written, and more forgiving, since other tools write them too.
//!
//! Source: <https://github.com/package-url/purl-spec>, "How to parse a purl string in its components". Beyond that: a scope's `@` may stand there as it is,
//! and percent signs that encode nothing stand for themselves.

use super::super::kind::Namespace;
use super::super::{Distro, GENERIC, Origin, OriginKind, Package, Source, kind, pep_503};
use thiserror::Error;

/// Bytes of a package URL; longer ones are none.
const URL_LIMIT: usize = 8192;

/// A text that names no package.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum UrlError {
    /// It does not begin with `pkg:` and a type, or is too long.
    #[error("is no package URL")]
    NoPackageUrl,
    /// There is no name in it.
    #[error("is a package URL without a name")]
    NoName,
}

/// What a package URL says.
#[derive(Clone, Debug)]
pub struct PackageUrl {
    /// The package; one of a type that no other file speaks of is [`GENERIC`].
    pub package: Package,
    /// Its type as written, in lower case.
    pub purl_type: String,
    /// The distribution that a system's package says it is of.
    pub distro: Option<Distro>,
}

/// Qualifiers that a package keeps as they are.
const KEPT: [&str; 11] = [
    "channel",
    "classifier",
    "platform",
    "prev",
    "rrev",
    "slot",
    "subdir",
    "type",
    "user",
    "uuid",
    "build",
];

impl PackageUrl {
    /// Reads a package URL. Names are put together as [`Package::name`] has them; rpm's epoch goes back into the version, and so does the one that Trivy writes
    /// as a qualifier of `deb`.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let text = text.trim();
        let has_scheme = text
            .get(..4)
            .is_some_and(|scheme| scheme.eq_ignore_ascii_case("pkg:"));
        if !has_scheme || text.len() > URL_LIMIT {
            return Err(UrlError::NoPackageUrl);
        }
        let rest = &text[4..];
        let (rest, subpath) = rest.split_once('#').unwrap_or((rest, ""));
        let (rest, qualifiers) = rest.split_once('?').unwrap_or((rest, ""));
        let rest = rest.trim_matches('/');
        let (purl_type, path) = rest.split_once('/').ok_or(if rest.is_empty() {
            UrlError::NoPackageUrl
        } else {
            UrlError::NoName
        })?;
        let purl_type = purl_type.to_ascii_lowercase();
        let (path, version) = without_version(path);
        let mut parts: Vec<String> = path
            .split('/')
            .filter(|part| !part.is_empty())
            .map(decoded)
            .collect();
        let name = parts.pop().filter(|name| !name.trim().is_empty());
        let name = name.ok_or(UrlError::NoName)?;
        let namespace = parts.join("/");

        let kind = kind(&purl_type).unwrap_or(&GENERIC);
        let full_name = match kind.namespace {
            _ if namespace.is_empty() => name,
            Namespace::Distro => name,
            Namespace::None if kind.name == "conan" => name,
            Namespace::Colon => format!("{namespace}:{name}"),
            Namespace::None | Namespace::Slash => format!("{namespace}/{name}"),
        };
        let full_name = if kind.name == "pypi" {
            pep_503(&full_name).into_owned()
        } else {
            full_name
        };
        let mut found = Self {
            package: Package::new(kind, full_name, decoded(version)),
            purl_type,
            distro: None,
        };
        if kind.name == "conan" && !namespace.is_empty() {
            found.package.qualifiers.push(("user", namespace.clone()));
        }
        found.qualify(qualifiers);
        if kind.namespace == Namespace::Distro && found.distro.is_none() && !namespace.is_empty() {
            found.distro = distro(&namespace);
        }
        let subpath: Vec<String> = subpath
            .split('/')
            .filter(|part| !matches!(*part, "" | "." | ".."))
            .map(decoded)
            .collect();
        if !subpath.is_empty() {
            found.package.subpath = Some(subpath.join("/"));
        }
        Ok(found)
    }

    /// Takes in what stands behind the `?`.
    fn qualify(&mut self, text: &str) {
        let is_system = self.package.kind.system;
        let mut upstream = None;
        for pair in text.split('&') {
            let Some((key, value)) = pair.split_once('=') else {
                continue;
            };
            let (key, value) = (key.trim().to_ascii_lowercase(), decoded(value));
            if value.is_empty() {
                continue;
            }
            let package = &mut self.package;
            match key.as_str() {
                "arch" => package.architecture = Some(value),
                "distro" if is_system => self.distro = distro(&value),
                "epoch" if is_system => {
                    let is_number = value.bytes().all(|byte| byte.is_ascii_digit());
                    if is_number && value != "0" && !package.version.contains(':') {
                        package.version = format!("{value}:{}", package.version);
                    }
                }
                "modularitylabel" | "rpmmod" => package.module = Some(value),
                "upstream" => upstream = Some(value),
                "vcs_url" => {
                    let (address, revision) = match value.rsplit_once('@') {
                        Some((address, revision))
                            if !address.is_empty() && !revision.contains(['/', ':']) =>
                        {
                            (address, Some(revision))
                        }
                        _ => (value.as_str(), None),
                    };
                    package.origin =
                        Origin::new(OriginKind::Git, address).map(|origin| origin.at(revision));
                }
                "download_url" => package.origin = Origin::new(OriginKind::Url, &value),
                "repository_url" if package.origin.is_none() => {
                    package.origin = Origin::new(OriginKind::Registry, &value);
                }
                _ => {
                    if let Some(key) = KEPT.iter().find(|known| **known == key) {
                        package.qualifiers.push((key, value));
                    }
                }
            }
        }
        self.package.qualifiers.sort_unstable();
        self.package.qualifiers.dedup_by_key(|(key, _)| *key);
        if let Some(upstream) = upstream.filter(|_| is_system) {
            self.package.source = Some(source(&self.package, &upstream));
        }
    }
}

/// Path and version. The `@` of a scope, which stands at the beginning of a part, begins no version.
fn without_version(path: &str) -> (&str, &str) {
    match path.rsplit_once('@') {
        Some((before, version)) if !before.is_empty() && !before.ends_with('/') => {
            (before, version)
        }
        _ => (path, ""),
    }
}

/// The source package that `upstream` names: `name`, `name@version`, or the file of a source rpm.
fn source(package: &Package, upstream: &str) -> Source {
    let upstream = upstream.split(',').next().unwrap_or_default();
    if let Some(file) = upstream
        .strip_suffix(".src.rpm")
        .or_else(|| upstream.strip_suffix(".nosrc.rpm"))
        && let Some((before, release)) = file.rsplit_once('-')
        && let Some((name, version)) = before.rsplit_once('-')
    {
        return Source {
            name: name.to_owned(),
            version: format!("{version}-{release}"),
        };
    }
    let (name, version) = upstream.split_once('@').unwrap_or((upstream, ""));
    Source {
        name: name.to_owned(),
        version: if version.is_empty() {
            package.version.clone()
        } else {
            version.to_owned()
        },
    }
}

/// Names that Trivy and the purl specification have for distributions, and their ids in os-release.
const IDS: [(&str, &str); 14] = [
    ("alma", "almalinux"),
    ("amazon", "amzn"),
    ("azurelinux", "azurelinux"),
    ("cbl-mariner", "mariner"),
    ("opensuse.leap", "opensuse-leap"),
    ("opensuse.tumbleweed", "opensuse-tumbleweed"),
    ("oracle", "ol"),
    ("redhat", "rhel"),
    ("slem", "sle-micro"),
    ("slem", "sl-micro"),
    ("sles", "sles"),
    ("suse linux enterprise server", "sles"),
    ("suse linux enterprise micro", "sle-micro"),
    ("suse", "sles"),
];

/// The distribution of `debian-12`, `opensuse-leap-15.5`, `arch`; nothing where that is empty.
fn distro(text: &str) -> Option<Distro> {
    let text = text.trim();
    let is_release = |text: &str| {
        text.starts_with(|first: char| first.is_ascii_digit())
            || matches!(text, "sid" | "edge" | "rolling" | "unstable")
    };
    match text.rsplit_once('-') {
        Some((id, release)) if is_release(release) => Distro::named(id, release),
        _ => Distro::named(text, ""),
    }
}

impl Distro {
    /// A distribution of which only a name and a release are known, in whatever words a bill of materials has them.
    pub fn named(name: &str, release: &str) -> Option<Self> {
        let name = name.trim().to_lowercase();
        if name.is_empty() {
            return None;
        }
        let known = IDS.iter().find(|(written, _)| *written == name);
        let id = known.map_or(name.as_str(), |(_, id)| id);
        let release = release.trim();
        Some(Self {
            id: id.to_owned(),
            version_id: (!release.is_empty() && release != "rolling").then(|| release.to_owned()),
            name: format!("{name} {release}").trim().to_owned(),
            ..Self::default()
        })
    }
}

/// Text without percent-encoding.
fn decoded(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        let digit = |at: usize| char::from(*behind.get(at)?).to_digit(16);
        if byte == b'%'
            && let (Some(high), Some(low)) = (digit(0), digit(1))
            && let Ok(encoded) = u8::try_from(high * 16 + low)
        {
            bytes.push(encoded);
            rest = behind.get(2..).unwrap_or_default();
        } else {
            bytes.push(byte);
            rest = behind;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packages::{KINDS, package_url};
    use proptest::prelude::*;

    fn read(text: &str) -> PackageUrl {
        PackageUrl::parse(text).unwrap()
    }

    #[test]
    fn names_are_put_together_as_packages_have_them() {
        for (text, kind, name, version) in [
            ("pkg:npm/%40babel/core@7.0.0", "npm", "@babel/core", "7.0.0"),
            ("pkg:npm/@babel/core@7.0.0", "npm", "@babel/core", "7.0.0"),
            ("pkg:npm/@babel/core", "npm", "@babel/core", ""),
            ("PKG://Maven/org.a/b@1?type=jar", "maven", "org.a:b", "1"),
            ("pkg:pypi/Foo_Bar@1.0%2Bx", "pypi", "foo-bar", "1.0+x"),
            (
                "pkg:golang/github.com/a/b@v1.2.3#sub/dir",
                "golang",
                "github.com/a/b",
                "v1.2.3",
            ),
            (
                "pkg:deb/debian/libc6@1%3A2-3?arch=amd64",
                "deb",
                "libc6",
                "1:2-3",
            ),
            ("pkg:rpm/redhat/perl@5-1?epoch=4", "rpm", "perl", "4:5-1"),
            ("pkg:rpm/redhat/perl@5-1?epoch=0", "rpm", "perl", "5-1"),
            ("pkg:conan/company/zlib@1", "conan", "zlib", "1"),
            ("pkg:github/a/b@v1", "generic", "a/b", "v1"),
            ("pkg:nuget/100%25@1%", "nuget", "100%", "1%"),
        ] {
            let found = read(text).package;
            assert_eq!(
                (found.kind.name, found.name.as_str(), found.version.as_str()),
                (kind, name, version),
                "{text}"
            );
        }
    }

    #[test]
    fn qualifiers_say_more() {
        let found = read(
            "pkg:rpm/opensuse/a@1-2?arch=x86_64&distro=opensuse-leap-15.5&upstream=src-name-3-4.src.rpm&rpmmod=m:1&x=y&uuid=",
        );
        let package = &found.package;
        let source = package.source.as_ref().unwrap();
        assert_eq!(
            (source.name.as_str(), source.version.as_str()),
            ("src-name", "3-4")
        );
        assert_eq!(package.module.as_deref(), Some("m:1"));
        assert_eq!(package.architecture.as_deref(), Some("x86_64"));
        assert!(package.qualifiers.is_empty());
        let distro = found.distro.unwrap();
        assert_eq!(
            (distro.id.as_str(), distro.version_id.as_deref()),
            ("opensuse-leap", Some("15.5"))
        );
        let origin = read("pkg:npm/x@1?vcs_url=git%2Bhttps://h.example/a/x.git%40abc")
            .package
            .origin;
        let origin = origin.unwrap();
        assert_eq!(
            (origin.location.as_str(), origin.revision.as_deref()),
            ("git+https://h.example/a/x.git", Some("abc"))
        );
    }

    #[test]
    fn distributions_have_their_ids() {
        for (text, id, release) in [
            ("debian-12", "debian", Some("12")),
            ("redhat-9.3", "rhel", Some("9.3")),
            ("arch", "arch", None),
            ("arch-rolling", "arch", None),
            ("alpine-edge", "alpine", Some("edge")),
            ("cbl-mariner-2.0", "mariner", Some("2.0")),
        ] {
            let found = distro(text).unwrap();
            assert_eq!(
                (found.id.as_str(), found.version_id.as_deref()),
                (id, release)
            );
        }
        assert_eq!(distro(" "), None);
    }

    #[test]
    fn what_names_no_package_is_an_error() {
        for (text, error) in [
            ("", UrlError::NoPackageUrl),
            ("npm/x@1", UrlError::NoPackageUrl),
            ("pkg:", UrlError::NoPackageUrl),
            ("pkg:npm", UrlError::NoName),
            ("pkg:npm/", UrlError::NoName),
            ("pkg:npm/%20@1", UrlError::NoName),
            ("pkg:npm/?a=b", UrlError::NoName),
        ] {
            assert_eq!(PackageUrl::parse(text).unwrap_err(), error, "{text}");
        }
        let long = format!("pkg:npm/{}", "x".repeat(URL_LIMIT));
        assert!(PackageUrl::parse(&long).is_err());
    }

    proptest! {
        /// What is written is read back.
        #[test]
        fn written_urls_are_read_back(
            number in 0..KINDS.len(),
            name in "[a-z][a-z0-9.+@%~ -]{0,8}[a-z0-9]",
            version in "[0-9][A-Za-z0-9.+~:%@_/-]{0,8}",
            namespace in "[a-z][a-z0-9.@-]{0,6}",
        ) {
            let kind = KINDS[number];
            let name = match kind.namespace {
                Namespace::Slash => format!("{namespace}/{name}"),
                Namespace::Colon => format!("{namespace}:{name}"),
                _ => name,
            };
            let name = if kind.name == "pypi" { pep_503(&name).into_owned() } else { name };
            prop_assume!(!name.trim().is_empty());
            let version = if kind.name == "rpm" { version.replace(':', ".") } else { version };
            let package = Package::new(kind, name.trim(), version);
            let found = read(&package_url(&package, None)).package;
            prop_assert_eq!(found.kind.name, package.kind.name);
            prop_assert_eq!(found.name, package.name);
            prop_assert_eq!(found.version, package.version);
        }

        /// Nothing that is written anywhere does harm.
        #[test]
        fn no_text_does_harm(text in "(pkg:)?[a-z/@#?&=%.:]{0,40}.*") {
            if let Ok(found) = PackageUrl::parse(&text) {
                prop_assert!(!found.package.name.trim().is_empty());
            }
        }
    }
}
