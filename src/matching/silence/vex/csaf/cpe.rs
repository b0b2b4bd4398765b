//! Releases of distributions by their CPE, as makers name products
//! (<https://csrc.nist.gov/pubs/ir/7695/final>: `cpe:/o:redhat:enterprise_linux:9::baseos`, or `cpe:2.3:o:…`).

use crate::packages::Distro;

/// Vendor and product, and the distribution's id. The first ones name support for a minor release.
const NAMES: &[(&str, &str, &str)] = &[
    ("redhat", "rhel_aus", "rhel"),
    ("redhat", "rhel_e4s", "rhel"),
    ("redhat", "rhel_els", "rhel"),
    ("redhat", "rhel_eus", "rhel"),
    ("redhat", "rhel_tus", "rhel"),
    ("redhat", "enterprise_linux", "rhel"),
    ("almalinux", "almalinux", "almalinux"),
    ("alpinelinux", "alpine_linux", "alpine"),
    ("amazon", "amazon_linux", "amzn"),
    ("canonical", "ubuntu_linux", "ubuntu"),
    ("centos", "centos", "centos"),
    ("debian", "debian_linux", "debian"),
    ("fedoraproject", "fedora", "fedora"),
    ("microsoft", "azure_linux", "azurelinux"),
    ("opensuse", "leap", "opensuse-leap"),
    ("opensuse", "tumbleweed", "opensuse-tumbleweed"),
    ("oracle", "linux", "ol"),
    ("rocky", "rocky", "rocky"),
    ("rockylinux", "rocky_linux", "rocky"),
    ("suse", "sle_hpc", "sle_hpc"),
    ("suse", "sle-micro", "sle-micro"),
    ("suse", "sled", "sled"),
    ("suse", "sles", "sles"),
    ("suse", "suse_linux_enterprise_server", "sles"),
];

/// The distribution, and its release where the CPE has one; `None` for other products.
pub(super) fn distro(text: &str) -> Option<Distro> {
    let text = text.trim().to_lowercase();
    let rest = text
        .strip_prefix("cpe:2.3:")
        .or_else(|| text.strip_prefix("cpe:/"))?;
    let mut parts = rest.split(':');
    parts.next().filter(|part| matches!(*part, "o" | "a"))?;
    let (vendor, product) = (parts.next()?, parts.next()?);
    let (_, _, id) = NAMES
        .iter()
        .find(|(known, name, _)| *known == vendor && *name == product)?;
    let says = |part: &&str| !matches!(*part, "" | "*" | "-");
    let version = parts.next().filter(says).unwrap_or_default();
    // SUSE's service packs are its minor releases.
    let update = parts
        .next()
        .and_then(|update| update.strip_prefix("sp"))
        .filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    let release = match update.filter(|_| vendor == "suse") {
        Some(pack) => format!("{version}.{pack}"),
        None => version.to_owned(),
    };
    Some(Distro {
        id: (*id).to_owned(),
        version_id: (!release.is_empty()).then_some(release),
        ..Distro::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_told() {
        for (text, expected) in [
            (
                "cpe:/o:redhat:enterprise_linux:9::baseos",
                Some(("rhel", Some("9"))),
            ),
            (
                "cpe:/a:redhat:rhel_eus:9.2::appstream",
                Some(("rhel", Some("9.2"))),
            ),
            (
                "cpe:2.3:o:redhat:enterprise_linux:8:*:*:*:*:*:*:*",
                Some(("rhel", Some("8"))),
            ),
            ("cpe:/o:suse:sles:15:sp4", Some(("sles", Some("15.4")))),
            (
                "cpe:/o:opensuse:tumbleweed",
                Some(("opensuse-tumbleweed", None)),
            ),
            ("cpe:/a:redhat:openshift:4.16::el9", None),
            ("cpe:/h:redhat:enterprise_linux:9", None),
            ("redhat", None),
        ] {
            let found = distro(text);
            let found = found
                .as_ref()
                .map(|distro| (distro.id.as_str(), distro.version_id.as_deref()));
            assert_eq!(found, expected, "{text}");
        }
    }
}
