//! Package URLs (<https://github.com/package-url/purl-spec>).
//!
//! Percent-encoding follows the specification's "Character encoding": letters, digits and `.-_~` stay, and so does `:`
//! everywhere (`bsdutils@1:2.38.1-5%2Bdeb12u3`); all else is encoded byte by byte. Qualifiers are sorted by key, and
//! those that are empty are left out.

mod parse;

use super::kind::Namespace;
use super::{Distro, Origin, OriginKind, Package};
use std::borrow::Cow;
use std::fmt::Write;

pub use parse::{PackageUrl, UrlError};

/// The purl of a package in the distribution at hand.
///
/// Packages of a system (`apk`, `deb`, `rpm`) have the distribution's id as their namespace and the qualifiers `arch`,
/// `distro` (`debian-12`, `alpine-3.19.1`), `epoch` (rpm only, whose version then goes without it; deb's stays in the
/// version), `modularitylabel` (rpm's, as Trivy writes it) and `upstream`: the source package where its name or version is another, as
/// `name` or `name@version` (`name-version.src.rpm` for rpm), the form that Syft and Grype understand. Packages of
/// languages have the qualifiers that they carry, and `vcs_url` or `download_url` where they come from no registry.
pub fn package_url(package: &Package, distro: Option<&Distro>) -> String {
    let kind = package.kind;
    let mut version = package.version.as_str();
    let mut epoch = None;
    if kind.name == "rpm"
        && let Some((number, rest)) = version.split_once(':')
    {
        version = rest;
        epoch = (number != "0").then_some(number);
    }

    let mut url = format!("pkg:{}/", kind.name);
    let (namespace, name) = parted(package, distro);
    for part in namespace.split('/').filter(|part| !part.is_empty()) {
        encode(&mut url, part);
        url.push('/');
    }
    encode(&mut url, &name);
    if !version.is_empty() {
        url.push('@');
        encode(&mut url, version);
    }

    let mut qualifiers = package.qualifiers.clone();
    if kind.system {
        qualifiers.extend(
            [
                ("arch", package.architecture.clone()),
                ("distro", distro.map(distro_qualifier)),
                ("epoch", epoch.map(str::to_owned)),
                ("modularitylabel", package.module.clone()),
                ("upstream", upstream(package)),
            ]
            .into_iter()
            .filter_map(|(key, value)| Some((key, value?))),
        );
    } else if let Some(origin) = &package.origin {
        qualifiers.extend(address(origin));
    }
    qualifiers.retain(|(_, value)| !value.is_empty());
    qualifiers.sort_unstable();
    qualifiers.dedup_by_key(|(key, _)| *key);
    for (number, (key, value)) in qualifiers.into_iter().enumerate() {
        url.push(if number == 0 { '?' } else { '&' });
        url.push_str(key);
        url.push('=');
        encode(&mut url, &value);
    }
    let subpath = package.subpath.as_deref().unwrap_or_default();
    let parts = subpath
        .split('/')
        .filter(|part| !matches!(*part, "" | "." | ".."));
    for (number, part) in parts.enumerate() {
        url.push(if number == 0 { '#' } else { '/' });
        encode(&mut url, part);
    }
    url
}

/// The full name in its two parts, in the form that the purl's type asks for.
fn parted<'a>(package: &'a Package, distro: Option<&'a Distro>) -> (Cow<'a, str>, Cow<'a, str>) {
    let name = package.name.as_str();
    let (namespace, name) = match package.kind.namespace {
        Namespace::None => ("", name),
        Namespace::Distro => (distro.map(namespace).unwrap_or_default(), name),
        Namespace::Slash => name.rsplit_once('/').unwrap_or(("", name)),
        Namespace::Colon => name.split_once(':').unwrap_or(("", name)),
    };
    // The type definitions say that these are not sensitive to case and in lower case.
    if matches!(package.kind.name, "composer" | "golang" | "hex") {
        return (namespace.to_lowercase().into(), name.to_lowercase().into());
    }
    (namespace.into(), name.into())
}

/// `vcs_url` or `download_url` of what does not come from a registry.
fn address(origin: &Origin) -> Option<(&'static str, String)> {
    match origin.kind {
        OriginKind::Git => {
            let scheme = if origin.location.starts_with("git") || !origin.location.contains("://") {
                ""
            } else {
                "git+"
            };
            let revision = origin
                .revision
                .as_ref()
                .map_or_else(String::new, |revision| format!("@{revision}"));
            Some(("vcs_url", format!("{scheme}{}{revision}", origin.location)))
        }
        OriginKind::Url => Some(("download_url", origin.location.clone())),
        OriginKind::Registry | OriginKind::Path => None,
    }
}

/// The vendor as the purl specification's `deb`, `apk` and `rpm` types write it: the id of os-release, but for the
/// few that the specification names otherwise (`redhat`, one `opensuse` for its flavours).
fn namespace(distro: &Distro) -> &str {
    match distro.id.as_str() {
        "rhel" => "redhat",
        id if id.starts_with("opensuse") => "opensuse",
        id => id,
    }
}

/// `debian-12`, `alpine-3.19.1`, `opensuse-leap-15.5`; the id alone for a distribution without releases.
fn distro_qualifier(distro: &Distro) -> String {
    match &distro.version_id {
        Some(version) if !version.is_empty() => format!("{}-{version}", distro.id),
        _ => distro.id.clone(),
    }
}

/// The source package, where it says more than the package itself does.
fn upstream(package: &Package) -> Option<String> {
    let source = package
        .source
        .as_ref()
        .filter(|source| !source.name.is_empty())?;
    if package.kind.name == "rpm" {
        // A source rpm's file name, whose version says what the binary's need not.
        return Some(format!("{}-{}.src.rpm", source.name, source.version));
    }
    if source.version != package.version && !source.version.is_empty() {
        Some(format!("{}@{}", source.name, source.version))
    } else {
        (source.name != package.name).then(|| source.name.clone())
    }
}

/// Appends `text` percent-encoded.
fn encode(url: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b".-_~:".contains(&byte) {
            url.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(url, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packages::{APK, DEB, RPM, Source};
    use proptest::prelude::*;

    fn distro(id: &str, version: &str) -> Distro {
        Distro {
            id: id.into(),
            version_id: Some(version.into()),
            ..Distro::default()
        }
    }

    fn package(
        kind: &'static crate::packages::PackageKind,
        name: &str,
        version: &str,
        source: (&str, &str),
        architecture: &str,
    ) -> Package {
        let mut package = Package::new(kind, name, version);
        package.source = Some(Source {
            name: source.0.into(),
            version: source.1.into(),
        });
        package.architecture = Some(architecture.into());
        package
    }

    #[test]
    fn deb_keeps_its_epoch_in_the_version() {
        let bsdutils = package(
            &DEB,
            "bsdutils",
            "1:2.38.1-5+deb12u3",
            ("util-linux", "2.38.1-5+deb12u3"),
            "amd64",
        );
        assert_eq!(
            package_url(&bsdutils, Some(&distro("debian", "12"))),
            "pkg:deb/debian/bsdutils@1:2.38.1-5%2Bdeb12u3?arch=amd64&distro=debian-12&upstream=util-linux%402.38.1-5%2Bdeb12u3"
        );
        let adduser = package(&DEB, "adduser", "3.134", ("adduser", "3.134"), "all");
        assert_eq!(
            package_url(&adduser, Some(&distro("debian", "12"))),
            "pkg:deb/debian/adduser@3.134?arch=all&distro=debian-12"
        );
        assert_eq!(
            package_url(&adduser, None),
            "pkg:deb/adduser@3.134?arch=all"
        );
    }

    #[test]
    fn apk_names_its_origin() {
        let libssl3 = package(
            &APK,
            "libssl3",
            "3.5.8-r0",
            ("openssl", "3.5.8-r0"),
            "x86_64",
        );
        assert_eq!(
            package_url(&libssl3, Some(&distro("alpine", "3.23.6"))),
            "pkg:apk/alpine/libssl3@3.5.8-r0?arch=x86_64&distro=alpine-3.23.6&upstream=openssl"
        );
    }

    #[test]
    fn rpm_has_its_epoch_apart() {
        let mut perl = package(
            &RPM,
            "perl-Errno",
            "4:1.30-481.el9",
            ("perl", "5.32.1-481.el9"),
            "x86_64",
        );
        perl.module = Some("perl:5.32:90:ab".into());
        assert_eq!(
            package_url(&perl, Some(&distro("rhel", "9.3"))),
            "pkg:rpm/redhat/perl-Errno@1.30-481.el9?arch=x86_64&distro=rhel-9.3&epoch=4&modularitylabel=perl:5.32:90:ab&upstream=perl-5.32.1-481.el9.src.rpm"
        );
        let zero = Package::new(&RPM, "libstdc++", "0:11.2.0-1.cm2");
        assert_eq!(
            package_url(&zero, None),
            "pkg:rpm/libstdc%2B%2B@11.2.0-1.cm2"
        );
    }

    #[test]
    fn names_of_languages_fall_into_parts() {
        use crate::packages::{COMPOSER, GOLANG, MAVEN, NPM, PYPI};
        for (kind, name, version, expected) in [
            (&NPM, "@babel/core", "7.0.0", "pkg:npm/%40babel/core@7.0.0"),
            (&NPM, "left-pad", "1.3.0", "pkg:npm/left-pad@1.3.0"),
            (
                &MAVEN,
                "org.apache.logging.log4j:log4j-core",
                "2.14.1",
                "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1",
            ),
            (
                &GOLANG,
                "github.com/BurntSushi/toml",
                "v1.3.2",
                "pkg:golang/github.com/burntsushi/toml@v1.3.2",
            ),
            (&GOLANG, "stdlib", "1.21.3", "pkg:golang/stdlib@1.21.3"),
            (
                &COMPOSER,
                "Symfony/Yaml",
                "v5.4.1",
                "pkg:composer/symfony/yaml@v5.4.1",
            ),
            (
                &PYPI,
                "zope-interface",
                "6.1",
                "pkg:pypi/zope-interface@6.1",
            ),
        ] {
            assert_eq!(
                package_url(&Package::new(kind, name, version), None),
                expected
            );
        }
    }

    #[test]
    fn what_comes_from_elsewhere_says_so() {
        let mut package = Package::new(&crate::packages::NPM, "x", "1.0.0");
        package.origin = Origin::new(OriginKind::Git, "https://host.example/a/x.git")
            .map(|origin| origin.at(Some("abc")));
        package.subpath = Some("a/../b".into());
        assert_eq!(
            package_url(&package, None),
            "pkg:npm/x@1.0.0?vcs_url=git%2Bhttps:%2F%2Fhost.example%2Fa%2Fx.git%40abc#a/b"
        );
    }

    proptest! {
        /// Whatever stands in an image, a purl stays one line of plain characters, with one `?` at most.
        #[test]
        fn every_text_gives_a_plain_purl(name in ".*", version in ".*", id in ".*") {
            let url = package_url(&Package::new(&DEB, name, version), Some(&distro(&id, "1")));
            prop_assert!(url.bytes().all(|byte| byte.is_ascii_graphic()));
            prop_assert_eq!(url.matches('?').count(), 1);
        }
    }
}
