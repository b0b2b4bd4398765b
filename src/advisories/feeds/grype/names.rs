//! Grype's names of distributions, types of packages and providers, and what they are called here.
//!
//! Distributions are called by a word of grype's (`grype/distro/type.go`) with the release in parts; types of packages by syft's
//! (`syft/pkg/type.go`), or by OSV's ecosystem where a record came from there.

use crate::packages::{self, Distro, PackageKind};

/// Grype's word for a distribution, `ID` of its os-release, and the kind of its packages.
const DISTRIBUTIONS: &[(&str, &str, &str)] = &[
    ("almalinux", "almalinux", "rpm"),
    ("alpine", "alpine", "apk"),
    ("amazonlinux", "amzn", "rpm"),
    ("archlinux", "arch", "alpm"),
    ("azurelinux", "azurelinux", "rpm"),
    ("centos", "centos", "rpm"),
    ("chainguard", "chainguard", "apk"),
    ("cleanstart", "cleanstart", "apk"),
    ("debian", "debian", "deb"),
    ("echo", "echo", "deb"),
    ("fedora", "fedora", "rpm"),
    ("mariner", "mariner", "rpm"),
    ("minimos", "minimos", "apk"),
    ("opensuseleap", "opensuse-leap", "rpm"),
    ("oraclelinux", "ol", "rpm"),
    ("photon", "photon", "rpm"),
    ("redhat", "rhel", "rpm"),
    ("rockylinux", "rocky", "rpm"),
    ("secureos", "secureos", "apk"),
    ("sles", "sles", "rpm"),
    ("ubuntu", "ubuntu", "deb"),
    ("wolfi", "wolfi", "apk"),
];

/// Types of packages of languages, in lower case, and purl types.
const LANGUAGES: &[(&str, &str)] = &[
    ("bitnami", "bitnami"),
    ("cocoapods", "cocoapods"),
    ("conan", "conan"),
    ("crates.io", "cargo"),
    ("dart-pub", "pub"),
    ("dotnet", "nuget"),
    ("gem", "gem"),
    ("go", "golang"),
    ("go-module", "golang"),
    ("hackage", "hackage"),
    ("hex", "hex"),
    ("java-archive", "maven"),
    ("julia", "julia"),
    ("maven", "maven"),
    ("npm", "npm"),
    ("nuget", "nuget"),
    ("packagist", "composer"),
    ("php-composer", "composer"),
    ("pub", "pub"),
    ("pypi", "pypi"),
    ("python", "pypi"),
    ("r-package", "cran"),
    ("rubygems", "gem"),
    ("rust-crate", "cargo"),
    ("swift", "swift"),
];

/// Providers whose ratings are known here by another word.
const PROVIDERS: &[(&str, &str)] = &[
    ("alma", "almalinux"),
    ("amazon", "amazon"),
    ("github", "ghsa"),
    ("govulndb", "go"),
    ("mariner", "azure"),
    ("rhel", "redhat"),
    ("sles", "suse"),
];

/// A release of a distribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Release {
    pub(super) kind: &'static PackageKind,
    /// Name under which its advisories are filed.
    pub(super) ecosystem: String,
    /// `ID` of its os-release.
    pub(super) id: &'static str,
    /// `12`, `3.19`; empty where there are none.
    pub(super) version: String,
    /// Its records name source packages where its other feeds name what is installed (vunnel, `providers/rhel`).
    pub(super) names_sources: bool,
}

/// `None` for a distribution that is not known here, and for a row that no image of this release is looked up in: Red Hat's by
/// minor release, which repeat the one by major release, and the channels of paid support.
pub(super) fn release(
    name: &str,
    major: &str,
    minor: &str,
    label: &str,
    channel: &str,
) -> Option<Release> {
    let (_, id, kind) = DISTRIBUTIONS.iter().find(|(word, ..)| *word == name)?;
    if !channel.is_empty() || (name == "redhat" && !minor.is_empty()) {
        return None;
    }
    let version = match (major, minor) {
        ("", _) => label.to_owned(),
        (major, "") => major.to_owned(),
        (major, minor) => format!("{major}.{minor}"),
    };
    let distro = Distro {
        id: (*id).to_owned(),
        version_id: Some(version.clone()),
        ..Distro::default()
    };
    let mut ecosystems = distro.ecosystems();
    // Red Hat's plain release comes after its repositories, none of which the records tell.
    let names_sources = matches!(name, "redhat" | "centos");
    let ecosystem = if names_sources {
        ecosystems.pop()?
    } else {
        ecosystems.into_iter().next()?
    };
    Some(Release {
        kind: packages::kind(kind)?,
        ecosystem,
        id,
        version: if label.is_empty() {
            version
        } else {
            String::new()
        },
        names_sources,
    })
}

/// Kind of a language's package.
pub(super) fn language(word: &str) -> Option<&'static PackageKind> {
    let word = word.to_ascii_lowercase();
    let (_, kind) = LANGUAGES.iter().find(|(known, _)| *known == word)?;
    packages::kind(kind).filter(|kind| kind.advisories.is_some())
}

/// Whose ratings a provider's are.
pub(super) fn provider(name: &str) -> &str {
    PROVIDERS
        .iter()
        .find(|(known, _)| *known == name)
        .map_or(name, |(_, source)| source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_the_ecosystems_that_images_have() {
        for (name, major, minor, label, ecosystem) in [
            ("almalinux", "9", "", "", "AlmaLinux:9"),
            ("alpine", "3", "19", "", "Alpine:v3.19"),
            ("alpine", "", "", "edge", "Alpine:edge"),
            ("amazonlinux", "2", "", "", "Amazon Linux:2"),
            ("amazonlinux", "2018", "03", "", "Amazon Linux:1"),
            ("archlinux", "", "", "rolling", "Arch Linux"),
            ("azurelinux", "3", "0", "", "Azure Linux:3"),
            ("chainguard", "", "", "rolling", "Chainguard"),
            ("debian", "12", "", "", "Debian:12"),
            ("debian", "", "", "unstable", "Debian:sid"),
            ("fedora", "39", "", "", "Fedora:39"),
            ("mariner", "2", "0", "", "Azure Linux:2"),
            ("oraclelinux", "8", "", "", "Oracle Linux:8"),
            ("photon", "4", "0", "", "Photon OS:4.0"),
            ("redhat", "9", "", "", "Red Hat:enterprise_linux:9"),
            ("rockylinux", "9", "", "", "Rocky Linux:9"),
            ("sles", "15", "5", "", "SUSE:Linux Enterprise Server 15 SP5"),
            ("ubuntu", "22", "04", "", "Ubuntu:22.04:LTS"),
            ("ubuntu", "24", "10", "", "Ubuntu:24.10"),
            ("wolfi", "", "", "rolling", "Wolfi"),
        ] {
            let release = release(name, major, minor, label, "").expect(name);
            assert_eq!(release.ecosystem, ecosystem, "{name}");
        }
    }

    #[test]
    fn rows_that_no_image_is_looked_up_in() {
        assert_eq!(release("redhat", "9", "4", "", ""), None);
        assert_eq!(release("redhat", "9", "4", "", "eus"), None);
        assert_eq!(release("windows", "10", "", "", ""), None);
        assert_eq!(release("debian", "", "", "", ""), None);
    }

    #[test]
    fn every_word_is_a_kind() {
        for (word, _) in LANGUAGES {
            let known = language(word).is_some();
            // Pods have no advisories of their own.
            assert_eq!(known, *word != "cocoapods", "{word}");
        }
        for (word, id, kind) in DISTRIBUTIONS {
            assert!(packages::kind(kind).is_some(), "{word} {id}");
        }
        assert_eq!(language("msrc-kb"), None);
        assert_eq!(provider("github"), "ghsa");
        assert_eq!(provider("debian"), "debian");
    }
}
