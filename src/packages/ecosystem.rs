//! Which kind of packages an advisory ecosystem speaks of, and with it the order of the versions in its ranges.
//!
//! A language names its ecosystem itself (`PackageKind::advisories`); a distribution's packages are of its package manager's kind.
//! Ecosystems that are in neither list are kept in a database as they come and match nothing: docs/database.md says which.

use super::kind::{ALPM, APK, DEB, EBUILD, KINDS, PackageKind, RPM};

/// The distributions of [`super::Distro::ecosystems`], without releases, by package manager.
static DISTRIBUTIONS: [(&PackageKind, &[&str]); 5] = [
    (&ALPM, &["Arch Linux"]),
    (
        &APK,
        &[
            "Alpaquita",
            "Alpine",
            "BellSoft Hardened Containers",
            "Chainguard",
            "CleanStart",
            "MinimOS",
            "SecureOS",
            "Wolfi",
        ],
    ),
    (&DEB, &["Debian", "Echo", "Ubuntu"]),
    (&EBUILD, &["Gentoo"]),
    (
        &RPM,
        &[
            "AlmaLinux",
            "Amazon Linux",
            "Azure Linux",
            "EPEL",
            "Fedora",
            "Mageia",
            "Oracle Linux",
            "Photon OS",
            "Red Hat",
            "Rocky Linux",
            "SUSE",
            "openEuler",
            "openSUSE",
        ],
    ),
];

/// The kind of the packages that an ecosystem speaks of, by its name without a release; `None` for one that no package is matched
/// against.
pub fn ecosystem_kind(family: &str) -> Option<&'static PackageKind> {
    let language = KINDS.iter().copied().find(|kind| {
        let name = kind.advisories.and_then(|name| name.split(':').next());
        name == Some(family)
    });
    language.or_else(|| {
        DISTRIBUTIONS
            .iter()
            .find(|(_, families)| families.contains(&family))
            .map(|(kind, _)| *kind)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packages::Distro;

    /// Every ecosystem of the OSV schema (1.7.5), and the purl type of its packages where a scan can find any.
    const SCHEMA: [(&str, Option<&str>); 51] = [
        ("AlmaLinux", Some("rpm")),
        ("Alpaquita", Some("apk")),
        ("Alpine", Some("apk")),
        ("Android", None),
        ("Azure Linux", Some("rpm")),
        ("BellSoft Hardened Containers", Some("apk")),
        ("Bioconductor", None),
        ("Bitnami", Some("bitnami")),
        ("CRAN", Some("cran")),
        ("Chainguard", Some("apk")),
        ("CleanStart", Some("apk")),
        ("ConanCenter", Some("conan")),
        ("Debian", Some("deb")),
        ("Docker Hardened Images", None),
        ("Echo", Some("deb")),
        ("FreeBSD", None),
        ("GHC", None),
        ("GitHub Actions", None),
        ("Go", Some("golang")),
        ("Hackage", Some("hackage")),
        ("Hex", Some("hex")),
        ("Homebrew", None),
        ("Julia", Some("julia")),
        ("Kubernetes", None),
        ("Linux", None),
        ("Mageia", Some("rpm")),
        ("Maven", Some("maven")),
        ("MinimOS", Some("apk")),
        ("NuGet", Some("nuget")),
        ("OSS-Fuzz", None),
        ("Packagist", Some("composer")),
        ("Photon OS", Some("rpm")),
        ("Pub", Some("pub")),
        ("PyPI", Some("pypi")),
        ("Red Hat", Some("rpm")),
        ("Rocky Linux", Some("rpm")),
        ("Root", None),
        ("RubyGems", Some("gem")),
        ("SUSE", Some("rpm")),
        ("SwiftURL", Some("swift")),
        ("TuxCare", None),
        ("Ubuntu", Some("deb")),
        ("VSCode", None),
        ("Wolfi", Some("apk")),
        ("WordPress", Some("wordpress")),
        ("crates.io", Some("cargo")),
        ("npm", Some("npm")),
        ("opam", None),
        ("openEuler", Some("rpm")),
        ("openSUSE", Some("rpm")),
        ("vcpkg", None),
    ];

    #[test]
    fn the_ecosystems_of_the_osv_schema_are_known_or_documented() {
        let documented = include_str!("../../docs/database.md");
        for (family, kind) in SCHEMA {
            assert_eq!(
                ecosystem_kind(family).map(|kind| kind.name),
                kind,
                "{family}"
            );
            assert!(
                kind.is_some() || documented.contains(&format!("`{family}`")),
                "{family} is matched against nothing, and docs/database.md does not say so"
            );
        }
    }

    #[test]
    fn a_distributions_ecosystem_is_of_its_package_managers_kind() {
        for (id, version, kind) in [
            ("debian", "12", "deb"),
            ("ubuntu", "22.04", "deb"),
            ("echo", "1", "deb"),
            ("alpine", "3.19", "apk"),
            ("wolfi", "1", "apk"),
            ("secureos", "1", "apk"),
            ("bellsoft-hardened-containers", "23", "apk"),
            ("rhel", "9.4", "rpm"),
            ("ol", "9.4", "rpm"),
            ("amzn", "2023", "rpm"),
            ("fedora", "42", "rpm"),
            ("mariner", "2.0", "rpm"),
            ("photon", "5.0", "rpm"),
            ("openeuler", "22.03", "rpm"),
            ("opensuse-tumbleweed", "20260101", "rpm"),
            ("sles", "15.6", "rpm"),
            ("arch", "", "alpm"),
            ("gentoo", "2.17", "ebuild"),
        ] {
            let distro = Distro {
                id: id.to_owned(),
                version_id: Some(version.to_owned()),
                ..Distro::default()
            };
            for ecosystem in distro
                .ecosystems()
                .into_iter()
                .chain(distro.extra_packages())
            {
                let family = ecosystem.split(':').next().unwrap_or_default();
                assert_eq!(
                    ecosystem_kind(family).map(|kind| kind.name),
                    Some(kind),
                    "{ecosystem}"
                );
            }
        }
    }
}
