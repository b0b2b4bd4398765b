//! Names of `trivy.db`'s buckets, and the ecosystems they are (trivy-db, `pkg/vulnsrc/*`: each source names its own).

use crate::packages::{self, Distro};

/// First words of a distribution's buckets, before the release, and `ID` of its os-release.
const DISTRIBUTIONS: &[(&str, &str)] = &[
    ("alma ", "almalinux"),
    ("alpine ", "alpine"),
    ("amazon linux ", "amzn"),
    ("Azure Linux ", "azurelinux"),
    ("CBL-Mariner ", "mariner"),
    ("debian ", "debian"),
    ("openSUSE Leap Micro ", "opensuse-leap-micro"),
    ("openSUSE Leap ", "opensuse-leap"),
    ("openSUSE Tumbleweed", "opensuse-tumbleweed"),
    ("opensuse tumbleweed", "opensuse-tumbleweed"),
    ("Oracle Linux ", "ol"),
    ("Photon OS ", "photon"),
    ("rocky ", "rocky"),
    ("SUSE Linux Enterprise Micro ", "sle-micro"),
    ("SUSE Linux Enterprise ", "sles"),
    ("ubuntu ", "ubuntu"),
];

/// Distributions without releases.
const ROLLING: &[(&str, &str)] = &[
    ("chainguard", "chainguard"),
    ("echo", "echo"),
    ("minimos", "minimos"),
    ("wolfi", "wolfi"),
];

/// Words before `::` of the buckets of languages, and purl types.
const LANGUAGES: &[(&str, &str)] = &[
    ("bitnami", "bitnami"),
    ("cargo", "cargo"),
    ("composer", "composer"),
    ("conan", "conan"),
    ("erlang", "hex"),
    ("go", "golang"),
    ("julia", "julia"),
    ("maven", "maven"),
    ("npm", "npm"),
    ("nuget", "nuget"),
    ("pip", "pypi"),
    ("pub", "pub"),
    ("rubygems", "gem"),
    ("swift", "swift"),
];

/// What a bucket of the root is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Advisories of a distribution's release.
    Distribution(String),
    /// Advisories of Red Hat, by CPE.
    RedHat,
    /// CPEs of Red Hat's products, by number, and of its repositories.
    RedHatCpe,
    /// Advisories of a language, whose versions are written as its own requirements.
    Language(String),
    /// Vulnerabilities as such.
    Vulnerability,
    /// Nothing that is known here.
    Other,
}

pub(super) fn kind(name: &str) -> Kind {
    match name {
        "vulnerability" => return Kind::Vulnerability,
        "Red Hat" => return Kind::RedHat,
        "Red Hat CPE" => return Kind::RedHatCpe,
        _ => {}
    }
    if let Some((word, _)) = name.split_once("::") {
        let language = LANGUAGES
            .iter()
            .find(|(known, _)| *known == word)
            .and_then(|(_, kind)| packages::kind(kind)?.advisories);
        return language.map_or(Kind::Other, |name| Kind::Language(name.to_owned()));
    }
    let release = |id: &str, version: &str| {
        let distro = Distro {
            id: id.to_owned(),
            version_id: Some(version.to_owned()),
            ..Distro::default()
        };
        distro.ecosystems().into_iter().next()
    };
    let found = DISTRIBUTIONS
        .iter()
        .find_map(|(word, id)| Some((*id, name.strip_prefix(word)?)))
        .or_else(|| {
            let rolling = ROLLING.iter().find(|(word, _)| *word == name);
            rolling.map(|(_, id)| (*id, ""))
        })
        .and_then(|(id, version)| release(id, version.trim()));
    // In a bucket of SUSE Linux Enterprise are the advisories of all its products and modules (`getOSVersion` in
    // trivy-db's `pkg/vulnsrc/suse-cvrf`).
    let of_all_products =
        |name: String| name.replacen("SUSE:Linux Enterprise Server ", "SUSE:Linux Enterprise ", 1);
    found.map_or(Kind::Other, |name| {
        Kind::Distribution(of_all_products(name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_the_ecosystems_that_images_have() {
        for (name, ecosystem) in [
            ("alma 9", "AlmaLinux:9"),
            ("alpine 3.10", "Alpine:v3.10"),
            ("alpine edge", "Alpine:edge"),
            ("amazon linux 2023", "Amazon Linux:2023"),
            ("Azure Linux 3.0", "Azure Linux:3"),
            ("CBL-Mariner 2.0", "Azure Linux:2"),
            ("debian 11", "Debian:11"),
            ("debian 6.0", "Debian:6.0"),
            ("openSUSE Leap 15.5", "openSUSE:Leap 15.5"),
            ("openSUSE Tumbleweed", "openSUSE:Tumbleweed"),
            ("Oracle Linux 8", "Oracle Linux:8"),
            ("Photon OS 4.0", "Photon OS:4.0"),
            ("rocky 9", "Rocky Linux:9"),
            ("SUSE Linux Enterprise 15.5", "SUSE:Linux Enterprise 15 SP5"),
            ("SUSE Linux Enterprise 15", "SUSE:Linux Enterprise 15"),
            ("SUSE Linux Enterprise 16.0", "SUSE:Linux Enterprise 16.0"),
            (
                "SUSE Linux Enterprise Micro 5.5",
                "SUSE:Linux Enterprise Micro 5.5",
            ),
            ("ubuntu 22.04", "Ubuntu:22.04:LTS"),
            ("wolfi", "Wolfi"),
        ] {
            assert_eq!(
                kind(name),
                Kind::Distribution(ecosystem.to_owned()),
                "{name}"
            );
        }
        assert_eq!(
            kind("pip::GitHub Security Advisory Pip"),
            Kind::Language("PyPI".to_owned())
        );
        assert_eq!(
            kind("erlang::GitHub Security Advisory Erlang"),
            Kind::Language("Hex".to_owned())
        );
        assert_eq!(kind("k8s::Official Kubernetes CVE Feed"), Kind::Other);
        assert_eq!(kind("data-source"), Kind::Other);
    }
}
