//! Red Hat's and SUSE's documents, from the file to what a scan finds.

mod damaged;

use super::*;
use crate::advisories::feeds::feed_of;
use crate::advisories::feeds::testing::{Read, read_all};
use crate::advisories::{Affected, Database};
use crate::matching::{Options, match_packages};
use crate::packages::{Distro, Package, RPM, Source};
use crate::versions::Event;

const CURL: &[u8] =
    include_bytes!("../../../../fixtures/advisories/redhat-csaf/cve-2023-38545.json");
const STATES: &[u8] =
    include_bytes!("../../../../fixtures/advisories/redhat-csaf/cve-2024-0001.json");
const BIND: &[u8] =
    include_bytes!("../../../../fixtures/advisories/redhat-csaf/rhsa-2025_23414.json");
const SUSE_CURL: &[u8] =
    include_bytes!("../../../../fixtures/advisories/suse-csaf/cve-2023-38545.json");
const SUSE_UPDATE: &[u8] =
    include_bytes!("../../../../fixtures/advisories/suse-csaf/suse-su-2023_4044-1.json");

fn read(bytes: &[u8]) -> Read {
    let feed = feed_of(bytes).expect("recognised");
    read_all(feed, "document.json", bytes).expect("read")
}

fn one(bytes: &[u8]) -> Advisory {
    let read = read(bytes);
    assert!(read.skipped.is_empty(), "{:?}", read.skipped);
    let [advisory] = <[Advisory; 1]>::try_from(read.advisories).expect("one advisory");
    advisory
}

/// Fixed versions (`0` for never affected), state, severity, modules and architectures of the entries of a package.
fn entries(advisory: &Advisory, ecosystem: &str, package: &str) -> Vec<String> {
    let describe = |entry: &Affected| {
        let events = entry.ranges.iter().flat_map(|range| &range.events);
        let mut words: Vec<String> = events
            .filter_map(|event| match event {
                Event::Fixed(version) => Some(version.clone()),
                _ => None,
            })
            .collect();
        words.extend(entry.fix_state.map(|state| state.as_str().to_owned()));
        words.extend(entry.severity.map(|severity| severity.to_string()));
        words.extend(entry.modules.clone());
        words.extend(entry.architectures.clone());
        words.join(" ")
    };
    advisory
        .affected
        .iter()
        .filter(|entry| entry.ecosystem == ecosystem && entry.package == package)
        .map(describe)
        .collect()
}

fn rhel(version: &str, cpes: &[&str]) -> Distro {
    Distro {
        id: "rhel".to_owned(),
        version_id: Some(version.to_owned()),
        name: format!("Red Hat Enterprise Linux {version}"),
        cpes: cpes.iter().map(|cpe| (*cpe).to_owned()).collect(),
        cpes_are_complete: !cpes.is_empty(),
        ..Distro::default()
    }
}

fn rpm(name: &str, version: &str, source: &str, module: Option<&str>) -> Package {
    let mut package = Package::new(&RPM, name, version);
    let without_epoch = version.split_once(':').map_or(version, |(_, rest)| rest);
    package.source = Some(Source {
        name: source.to_owned(),
        version: without_epoch.to_owned(),
    });
    package.architecture = Some("x86_64".to_owned());
    package.module = module.map(str::to_owned);
    package
}

/// Id, state, fixed versions and severity of what is found.
fn found(advisories: &[Advisory], distro: &Distro, package: Package) -> Vec<String> {
    let database = Database::of(advisories);
    let matched = match_packages(&[package], Some(distro), &database, &Options::default());
    let findings = matched.expect("matched").findings;
    let describe = |finding: &crate::matching::Finding| {
        let mut words = vec![finding.id.clone(), finding.fix_state.as_str().to_owned()];
        words.extend(finding.fixed_versions.clone());
        words.push(finding.severity.to_string());
        words.join(" ")
    };
    findings.iter().map(describe).collect()
}

#[test]
fn a_record_of_red_hats_vex() {
    let advisory = one(CURL);
    assert_eq!(feed_of(CURL).map(AdvisoryFeed::name), Some("redhat-csaf"));
    assert_eq!(advisory.id, "CVE-2023-38545");
    assert_eq!(advisory.feed, "redhat-csaf/vex");
    assert_eq!(
        advisory.summary.as_deref(),
        Some("curl: heap based buffer overflow in the SOCKS5 proxy handshake")
    );
    assert_eq!(
        advisory.url.as_deref(),
        Some("https://access.redhat.com/security/cve/CVE-2023-38545")
    );
    assert_eq!(advisory.published, parse_time("2023-10-11"));
    assert!(advisory.modified > advisory.published);
    assert_eq!(
        advisory.cvss,
        [(
            "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:H".to_owned(),
            "redhat".to_owned()
        )]
    );
    let baseos = "Red Hat:enterprise_linux:9::baseos";
    assert_eq!(
        entries(&advisory, baseos, "libcurl"),
        ["7.76.1-23.el9_2.4", "7.76.1-26.el9_3.2"]
    );
    // The source package of listed packages adds nothing.
    assert!(entries(&advisory, baseos, "curl.src").is_empty());
    let rhel_8 = "Red Hat:enterprise_linux:8";
    assert_eq!(entries(&advisory, rhel_8, "curl.src"), ["0"]);
    assert_eq!(entries(&advisory, rhel_8, "libcurl-minimal"), ["0"]);
    assert!(entries(&advisory, rhel_8, "libcurl-minimal.src").is_empty());
}

#[test]
fn each_minor_release_has_its_fix() {
    let advisories = [one(CURL)];
    let baseos = rhel("9.3", &["cpe:/o:redhat:enterprise_linux:9::baseos"]);
    let libcurl = |version| rpm("libcurl", version, "curl", None);
    let both = "CVE-2023-38545 fixed 7.76.1-23.el9_2.4 7.76.1-26.el9_3.2 high";
    for (version, expected) in [
        ("7.76.1-19.el9_1.1", Some(both)),
        (
            "7.76.1-23.el9_2.3",
            Some("CVE-2023-38545 fixed 7.76.1-23.el9_2.4 high"),
        ),
        ("7.76.1-23.el9_2.4", None),
        (
            "7.76.1-26.el9_3.1",
            Some("CVE-2023-38545 fixed 7.76.1-26.el9_3.2 high"),
        ),
        (
            "7.76.1-26.el9",
            Some("CVE-2023-38545 fixed 7.76.1-26.el9_3.2 high"),
        ),
        ("7.76.1-26.el9_3.2", None),
        ("7.76.1-29.el9_4", None),
    ] {
        let expected: Vec<&str> = expected.into_iter().collect();
        assert_eq!(
            found(&advisories, &baseos, libcurl(version)),
            expected,
            "{version}"
        );
    }
    // RHEL 8 was never affected, and another product's image has none of these packages.
    let rhel_8 = rhel("8.9", &["cpe:/o:redhat:enterprise_linux:8::baseos"]);
    assert!(found(&advisories, &rhel_8, libcurl("7.61.1-1.el8")).is_empty());
    let eus = rhel("9.2", &["cpe:/o:redhat:rhel_eus:9.2::baseos"]);
    assert!(found(&advisories, &eus, libcurl("7.76.1-23.el9_2.3")).is_empty());
}

#[test]
fn why_there_is_no_fix() {
    let advisory = one(STATES);
    let rhel_9 = "Red Hat:enterprise_linux:9";
    for (package, expected) in [
        ("alpha", "notFixed high"),
        ("beta", "notFixed high"),
        ("gamma", "wontFix low"),
        ("delta", "wontFix high"),
        ("epsilon", "unknown high"),
        ("zeta", "0 high"),
    ] {
        assert_eq!(entries(&advisory, rhel_9, package), [expected], "{package}");
        let source = format!("{package}.src");
        assert_eq!(entries(&advisory, rhel_9, &source), [expected], "{package}");
    }
    assert!(!advisory.affected.iter().any(|entry| {
        entry.package.contains("ose-")
            || entry.package.contains("log4j")
            || entry.package.contains('/')
    }));
}

#[test]
fn what_is_not_fixed_is_found_in_all_packages_of_the_source() {
    let advisories = [one(STATES)];
    let rhel_9 = rhel("9.3", &["cpe:/o:redhat:enterprise_linux:9::baseos"]);
    let of = |source: &str| rpm(&format!("lib{source}-tools"), "1:1.0-1.el9", source, None);
    for (source, expected) in [
        ("alpha", Some("CVE-2024-0001 notFixed high")),
        ("gamma", Some("CVE-2024-0001 wontFix low")),
        ("delta", Some("CVE-2024-0001 wontFix high")),
        ("epsilon", Some("CVE-2024-0001 unknown high")),
        ("zeta", None),
        ("omega", None),
    ] {
        let expected: Vec<&str> = expected.into_iter().collect();
        assert_eq!(
            found(&advisories, &rhel_9, of(source)),
            expected,
            "{source}"
        );
        // By the release alone it is the same.
        assert_eq!(
            found(&advisories, &rhel("9", &[]), of(source)),
            expected,
            "{source}"
        );
    }
    // The package itself, once.
    let own = rpm("alpha", "1.0-1.el9", "alpha", None);
    assert_eq!(
        found(&advisories, &rhel_9, own),
        ["CVE-2024-0001 notFixed high"]
    );
    // A package that is only called like the source package of another one.
    let other = rpm("alpha-tools", "1.0-1.el9", "omega", None);
    assert!(found(&advisories, &rhel_9, other).is_empty());
    let rhel_8 = rhel("8.9", &["cpe:/o:redhat:enterprise_linux:8::baseos"]);
    assert!(found(&advisories, &rhel_8, of("alpha")).is_empty());
}

#[test]
fn packages_of_modules_are_of_their_stream() {
    let advisories = [one(STATES)];
    let rhel_8 = rhel("8.9", &["cpe:/a:redhat:enterprise_linux:8::appstream"]);
    let rhel_9 = rhel("9.3", &["cpe:/a:redhat:enterprise_linux:9::appstream"]);
    let nodejs = |version, module| rpm("nodejs", version, "nodejs", module);
    let stream_18 = Some("nodejs:18:8080020230718102759:63b34585");
    for (distro, version, module, expected) in [
        (
            &rhel_8,
            "1:18.17.1-1.module+el8.8.0+1",
            stream_18,
            "CVE-2024-0001 fixed 1:18.18.2-1.module+el8.9.0+20387+1f8d5a10 high",
        ),
        (
            &rhel_8,
            "1:18.18.2-1.module+el8.9.0+20387+1f8d5a10",
            stream_18,
            "",
        ),
        (&rhel_8, "1:18.17.1-1.el8", None, ""),
        (
            &rhel_8,
            "1:20.1.0-1.module+el8.8.0+1",
            Some("nodejs:20:1:a"),
            "",
        ),
        (
            &rhel_8,
            "1:16.20.2-2.module+el8.8.0+1",
            Some("nodejs:16:1:a"),
            "CVE-2024-0001 notFixed low",
        ),
        (
            &rhel_9,
            "1:20.8.0-1.module+el9.3.0+1",
            Some("nodejs:20:1:a"),
            "CVE-2024-0001 fixed 1:20.8.1-1.module+el9.3.0+20386+0b2f3093 high",
        ),
        (
            &rhel_9,
            "1:18.1.0-1.module+el9.3.0+1",
            Some("nodejs:18:1:a"),
            "",
        ),
    ] {
        let expected: Vec<&str> = Some(expected)
            .into_iter()
            .filter(|text| !text.is_empty())
            .collect();
        assert_eq!(
            found(&advisories, distro, nodejs(version, module)),
            expected,
            "{version}"
        );
    }
}

#[test]
fn layered_products_are_found_by_their_cpe() {
    let advisory = one(STATES);
    let openshift = "Red Hat:openshift:4.13::el8";
    assert_eq!(
        entries(&advisory, openshift, "eta"),
        ["2.0-3.el8 high x86_64", "2.0-4.el8 high s390x"]
    );
    let advisories = [advisory];
    let of_openshift = rhel("8.6", &["cpe:/a:redhat:openshift:4.13::el8"]);
    // Each architecture has its own build.
    for (architecture, expected) in [
        ("x86_64", vec![]),
        ("s390x", vec!["CVE-2024-0001 fixed 2.0-4.el8 high"]),
    ] {
        let mut eta = rpm("eta", "2.0-3.el8", "eta", None);
        eta.architecture = Some(architecture.to_owned());
        assert_eq!(found(&advisories, &of_openshift, eta), expected);
    }
    let theta = || rpm("theta", "1.0-1.el8", "theta", None);
    // `openshift:4` means 4.13 as well.
    assert_eq!(
        found(&advisories, &of_openshift, theta()),
        ["CVE-2024-0001 notFixed high"]
    );
    for cpe in [
        "cpe:/a:redhat:openshift:3.11::el7",
        "cpe:/o:redhat:enterprise_linux:8::baseos",
    ] {
        assert!(
            found(&advisories, &rhel("8.6", &[cpe]), theta()).is_empty(),
            "{cpe}"
        );
    }
    assert!(found(&advisories, &rhel("8.6", &[]), theta()).is_empty());
}

#[test]
fn an_erratum_fixes_several() {
    let advisory = one(BIND);
    assert_eq!(advisory.id, "RHSA-2025:23414");
    assert_eq!(advisory.feed, "redhat-csaf/advisories");
    assert_eq!(
        advisory.url.as_deref(),
        Some("https://access.redhat.com/errata/RHSA-2025:23414")
    );
    assert_eq!(
        advisory.vulnerabilities,
        ["CVE-2021-25220", "CVE-2025-40778"]
    );
    assert_eq!(advisory.informational, None);
    let els = "Red Hat:rhel_els:6";
    let fix = "32:9.8.2-0.68.rc1.el6_10.17";
    assert_eq!(entries(&advisory, els, "bind"), [fix]);
    // That one of them does not concern it is no statement of the erratum.
    assert!(
        !advisory
            .affected
            .iter()
            .any(|entry| entry.ranges[0].events[1] == Event::Fixed("0".to_owned()))
    );
    let advisories = [advisory];
    let distro = rhel("6.10", &["cpe:/o:redhat:rhel_els:6"]);
    let bind = |version| rpm("bind", version, "bind", None);
    assert_eq!(
        found(&advisories, &distro, bind("32:9.8.2-0.68.rc1.el6_10.16")),
        [
            format!("CVE-2021-25220 fixed {fix} high"),
            format!("CVE-2025-40778 fixed {fix} high")
        ]
    );
    assert!(found(&advisories, &distro, bind(fix)).is_empty());
    assert!(
        found(
            &advisories,
            &rhel("6.10", &[]),
            bind("32:9.8.2-0.68.rc1.el6_10.16")
        )
        .is_empty()
    );
}

#[test]
fn suse_names_products_in_words() {
    assert_eq!(
        feed_of(SUSE_CURL).map(AdvisoryFeed::name),
        Some("suse-csaf")
    );
    let vex = one(SUSE_CURL);
    assert_eq!(vex.feed, "suse-csaf/vex");
    let update = one(SUSE_UPDATE);
    assert_eq!(update.feed, "suse-csaf/advisories");
    assert_eq!(update.vulnerabilities, ["CVE-2023-38545", "CVE-2023-38546"]);
    let fix = "8.0.1-150400.5.32.1";
    for ecosystem in [
        "SUSE:Linux Enterprise Module for Basesystem 15 SP5",
        "openSUSE:Leap 15.5",
    ] {
        for package in ["curl", "libcurl4"] {
            assert_eq!(entries(&update, ecosystem, package), [fix], "{ecosystem}");
        }
    }
    let server = "SUSE:Linux Enterprise Server 15 SP5";
    assert_eq!(entries(&vex, server, "curl"), ["wontFix"]);
    assert_eq!(entries(&vex, server, "libwolf"), ["0"]);
    // A product that no image is of.
    assert!(
        vex.affected
            .iter()
            .all(|entry| entry.ecosystem.ends_with('5'))
    );

    let leap = |version: &str| Distro {
        id: "opensuse-leap".to_owned(),
        version_id: Some(version.to_owned()),
        ..Distro::default()
    };
    let libcurl = |version| rpm("libcurl4", version, "curl", None);
    let advisories = [update, vex];
    assert_eq!(
        found(&advisories, &leap("15.5"), libcurl("8.0.1-150400.5.31.1")),
        [
            format!("CVE-2023-38545 fixed {fix} high"),
            format!("CVE-2023-38546 fixed {fix} high")
        ]
    );
    assert!(found(&advisories, &leap("15.5"), libcurl(fix)).is_empty());
    assert!(found(&advisories, &leap("15.6"), libcurl("8.0.1-150400.5.31.1")).is_empty());
}
