//! Whether a system's package is its distribution's own, or comes from somebody else's repository.
//!
//! What a distribution ships it mends, often without a new version number; so what lies in its packages is its to judge.
//! What a vendor packs into a `.deb` or `.rpm` of its own is mended by nobody but the vendor: the libraries in it are
//! matched like any other.
//!
//! - rpm says who built a package (`Vendor`). The distribution's own name there is what counts; only Amazon leaves it
//!   out of some of its own.
//! - dpkg says who looks after it (`Maintainer`), and Debian's maintainers write under a thousand domains. So the vendors
//!   are listed whose packages are met in images; addresses are those of their published packages' control files.
//! - apk's repositories are the distribution's in practice.

use super::{Distro, Package};

/// Words in lower case of which one stands in the `Vendor` of a distribution's own rpm.
const RPM_VENDORS: &[&str] = &[
    "almalinux",
    "amazon",
    "anolis",
    "azure linux",
    "azurelinux",
    "centos",
    "cloudlinux",
    "eurolinux",
    "fedora project",
    "hygon",
    "koji",
    "kylin",
    "mageia",
    "microsoft corporation",
    "miracle",
    "openeuler",
    "opencloudos",
    "openela",
    "opensuse",
    "oracle america",
    "oracle corporation",
    "photon",
    "red hat",
    "rocky",
    "scientific linux",
    "suse",
    "tencentos",
    "virtuozzo",
    "vmware",
];

/// What follows the `@` in the `Maintainer` of vendors' own debs, and names without an address.
const DEB_VENDORS: &[&str] = &[
    "@anydesk.com",
    "@anthropic.com",
    "@aquasec.com",
    "@aquasecurity.com",
    "@arangodb.com",
    "@azul.com",
    "@bell-sw.com",
    "@ceph.io",
    "@clickhouse.com",
    "@cloudflare.com",
    "@confluent.io",
    "@couchbase.com",
    "@datadoghq.com",
    "@docker.com",
    "@dynatrace.com",
    "@elastic.co",
    "@erlang-solutions.com",
    "@fluentd.org",
    "@github.com",
    "@gitlab.com",
    "@google.com",
    "@grafana.com",
    "@hashicorp.com",
    "@helm.sh",
    "@influxdata.com",
    "@influxdb.com",
    "@jenkins-ci.org",
    "@kubernetes.io",
    "@launchpad.net",
    "@mariadb.com",
    "@mariadb.org",
    "@microsoft.com",
    "@mongodb.com",
    "@mysql.com",
    "@neo4j.com",
    "@newrelic.com",
    "@nginx.com",
    "@nodesource.com",
    "@nvidia.com",
    "@opensearch.org",
    "@oracle.com",
    "@packages.groonga.org",
    "@percona.com",
    "@pivotal.io",
    "@postgrespro.ru",
    "@puppet.com",
    "@rabbitmq.com",
    "@redis.com",
    "@redis.io",
    "@redislabs.com",
    "@sentry.io",
    "@slack-corp.com",
    "@splunk.com",
    "@sumologic.com",
    "@sysdig.com",
    "@tailscale.com",
    "@timescale.com",
    "@treasure-data.com",
    "@vmware.com",
    "@yarnpkg.com",
    "@zabbix.com",
    "adoptium",
    "amazon corretto",
    "azul systems",
    "gitlab",
    "github",
    "intel corporation",
    "kubernetes authors",
    "mysql release engineering",
    "nginx packaging",
    "puppet labs",
    "yarn developers",
];

impl Package {
    /// Whether it was built by somebody else than its distribution. Unknown is no.
    pub fn is_third_party(&self, distro: Option<&Distro>) -> bool {
        let vendor = self.vendor.as_deref().unwrap_or_default().to_lowercase();
        match self.kind.name {
            "rpm" if vendor.trim().is_empty() => distro.is_some_and(|distro| distro.id != "amzn"),
            "rpm" => !RPM_VENDORS.iter().any(|known| vendor.contains(known)),
            "deb" => DEB_VENDORS.iter().any(|known| {
                if known.starts_with('@') {
                    vendor.trim_end_matches(['>', ' ']).ends_with(known)
                } else {
                    vendor.starts_with(known)
                }
            }),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packages::{APK, DEB, PackageKind, RPM};

    fn is_third_party(kind: &'static PackageKind, vendor: &str, distro: &str) -> bool {
        let mut package = Package::new(kind, "x", "1");
        package.vendor = (!vendor.is_empty()).then(|| vendor.to_owned());
        let distro = Distro {
            id: distro.to_owned(),
            ..Distro::default()
        };
        package.is_third_party(Some(&distro))
    }

    #[test]
    fn distributions_and_others() {
        for (kind, vendor, distro, expected) in [
            (&RPM, "Red Hat, Inc.", "rhel", false),
            (&RPM, "Fedora Project", "rhel", false),
            (&RPM, "SUSE LLC <https://www.suse.com/>", "sles", false),
            (&RPM, "Microsoft Corporation", "mariner", false),
            (&RPM, "", "amzn", false),
            (&RPM, "", "rhel", true),
            (&RPM, "Docker", "centos", true),
            (
                &DEB,
                "GNU Libc Maintainers <debian-glibc@lists.debian.org>",
                "debian",
                false,
            ),
            (&DEB, "Some Body <some.body@mail.example>", "debian", false),
            (&DEB, "Ivan Iguaran <ivan@nodesource.com>", "debian", true),
            (&DEB, "Docker <support@docker.com>", "ubuntu", true),
            (&DEB, "GitHub", "debian", true),
            (&DEB, "Me <me@notdocker.company>", "debian", false),
            (&DEB, "", "debian", false),
            (&APK, "Anybody <a@docker.com>", "alpine", false),
        ] {
            assert_eq!(
                is_third_party(kind, vendor, distro),
                expected,
                "{} {vendor:?} in {distro}",
                kind.name
            );
        }
    }
}
