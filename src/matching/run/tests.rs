//! The pass as a whole: what becomes a finding, which records outweigh which, what is warned of.

use super::*;
use crate::advisories::{Affected, Rating, Severity};
use crate::packages::{APK, DEB, RPM, Source};
use crate::versions::{Event, Range};

fn distro(id: &str, version: &str) -> Distro {
    Distro {
        id: id.to_owned(),
        version_id: Some(version.to_owned()),
        name: format!("{id} {version}"),
        ..Distro::default()
    }
}

fn package(
    kind: &'static crate::packages::PackageKind,
    name: &str,
    version: &str,
    source: Option<(&str, &str)>,
) -> Package {
    let mut package = Package::new(kind, name, version);
    package.source = source.map(|(name, version)| Source {
        name: name.to_owned(),
        version: version.to_owned(),
    });
    package
}

fn entry(ecosystem: &str, name: &str, fixed: Option<&str>) -> Affected {
    let mut events = vec![Event::Introduced("0".to_owned())];
    events.extend(fixed.map(|fixed| Event::Fixed(fixed.to_owned())));
    Affected {
        ecosystem: ecosystem.to_owned(),
        package: name.to_owned(),
        ranges: vec![Range { events }],
        ..Affected::default()
    }
}

fn erratum(id: &str, cves: &[&str], affected: Vec<Affected>) -> Advisory {
    Advisory {
        id: id.to_owned(),
        feed: "osv/test".to_owned(),
        vulnerabilities: cves.iter().map(|id| (*id).to_owned()).collect(),
        affected,
        ..Advisory::default()
    }
}

fn record(id: &str, affected: Vec<Affected>) -> Advisory {
    Advisory {
        id: id.to_owned(),
        feed: "osv/test".to_owned(),
        affected,
        ..Advisory::default()
    }
}

fn options() -> Options {
    Options {
        now: "2024-06-01T00:00:00Z".parse().expect("time"),
        ..Options::default()
    }
}

fn matched(packages: &[Package], distro: &Distro, advisories: &[Advisory]) -> Matched {
    match_packages(
        packages,
        Some(distro),
        &Database::of(advisories),
        &options(),
    )
    .expect("matches")
}

fn ids(matched: &Matched) -> Vec<(&str, usize)> {
    matched
        .findings
        .iter()
        .map(|finding| (finding.id.as_str(), finding.package))
        .collect()
}

fn openssl() -> Package {
    package(&DEB, "libssl3", "3.0.9-1", Some(("openssl", "3.0.9-1")))
}

fn debian() -> Distro {
    distro("debian", "12")
}

#[test]
fn an_erratum_is_one_finding_for_each_cve_and_binary_package() {
    let packages = [
        openssl(),
        package(&DEB, "openssl", "3.0.9-1", None),
        package(&DEB, "bash", "5.2-1", None),
    ];
    let advisories = [erratum(
        "DSA-5417-1",
        &["CVE-2023-0002", "CVE-2023-0001"],
        vec![
            entry("Debian:12", "openssl", Some("3.0.9-1+deb12u1")),
            entry("Debian:11", "openssl", Some("1.1.1-1")),
        ],
    )];
    let matched = matched(&packages, &debian(), &advisories);
    assert_eq!(
        ids(&matched),
        [
            ("CVE-2023-0001", 0),
            ("CVE-2023-0002", 0),
            ("CVE-2023-0001", 1),
            ("CVE-2023-0002", 1)
        ]
    );
    let finding = &matched.findings[0];
    assert_eq!(finding.aliases, ["DSA-5417-1"]);
    assert_eq!(finding.advisories[0].id, "DSA-5417-1");
    assert_eq!(finding.fixed_versions, ["3.0.9-1+deb12u1"]);
    assert_eq!(finding.fix_state, FixState::Fixed);
    assert_eq!(finding.severity, Severity::Unknown);
    assert_eq!(
        finding.why,
        "DSA-5417-1 says that openssl of Debian:12 is affected before 3.0.9-1+deb12u1; libssl3 is built from openssl 3.0.9-1"
    );
    assert_eq!(
        matched.findings[2].why,
        "DSA-5417-1 says that openssl of Debian:12 is affected before 3.0.9-1+deb12u1; installed is 3.0.9-1"
    );
}

#[test]
fn a_later_erratum_for_the_same_cve_counts_too() {
    let advisories = [
        erratum(
            "DSA-1-1",
            &["CVE-2023-0001"],
            vec![entry("Debian:12", "openssl", Some("3.0.8-1"))],
        ),
        erratum(
            "DSA-2-1",
            &["CVE-2023-0001"],
            vec![entry("Debian:12", "openssl", Some("3.0.10-1"))],
        ),
    ];
    let matched = matched(&[openssl()], &debian(), &advisories);
    assert_eq!(ids(&matched), [("CVE-2023-0001", 0)]);
    assert_eq!(matched.findings[0].fixed_versions, ["3.0.10-1"]);
    assert_eq!(matched.findings[0].aliases, ["DSA-2-1"]);
}

#[test]
fn fixed_versions_are_in_the_schemes_order() {
    let advisories = [
        erratum(
            "DSA-1-1",
            &["CVE-2023-0001"],
            vec![entry("Debian:12", "openssl", Some("3.0.10-1"))],
        ),
        erratum(
            "DSA-2-1",
            &["CVE-2023-0001"],
            vec![entry("Debian:12", "openssl", Some("3.0.9-2"))],
        ),
        erratum(
            "DSA-3-1",
            &["CVE-2023-0001"],
            vec![entry("Debian:12", "openssl", Some("3.0.10-1"))],
        ),
    ];
    let matched = matched(&[openssl()], &debian(), &advisories);
    assert_eq!(matched.findings[0].fixed_versions, ["3.0.9-2", "3.0.10-1"]);
}

#[test]
fn not_fixed_gives_way_to_a_fix_that_is_installed() {
    let open = erratum(
        "DSA-1-1",
        &["CVE-2023-0001"],
        vec![entry("Debian:12", "openssl", None)],
    );
    let fixed = erratum(
        "DSA-1-2",
        &["CVE-2023-0001"],
        vec![entry("Debian:12", "openssl", Some("3.0.9-1"))],
    );
    let alone = matched(&[openssl()], &debian(), std::slice::from_ref(&open));
    assert_eq!(ids(&alone), [("CVE-2023-0001", 0)]);
    assert_eq!(alone.findings[0].fix_state, FixState::NotFixed);
    let together = matched(&[openssl()], &debian(), &[open, fixed]);
    assert_eq!(ids(&together), []);
}

#[test]
fn never_affected_outweighs_the_others() {
    let alpine = distro("alpine", "3.18.4");
    let packages = [package(
        &APK,
        "libcurl",
        "8.0.0-r0",
        Some(("curl", "8.0.0-r0")),
    )];
    let affected = record(
        "CVE-2023-0001",
        vec![entry("Alpine:v3.18", "curl", Some("8.1.0-r0"))],
    );
    let mut never = record(
        "ALPINE-CVE-2023-0001",
        vec![entry("Alpine:v3.18", "curl", Some("0"))],
    );
    never.aliases = vec!["CVE-2023-0001".to_owned()];
    assert_eq!(
        ids(&matched(
            &packages,
            &alpine,
            std::slice::from_ref(&affected)
        )),
        [("CVE-2023-0001", 0)]
    );
    assert_eq!(ids(&matched(&packages, &alpine, &[affected, never])), []);
}

#[test]
fn withdrawn_and_informational_records_do_not_match() {
    let mut past = record("CVE-2023-0001", vec![entry("Debian:12", "openssl", None)]);
    past.withdrawn = "2024-05-31T00:00:00Z".parse().ok();
    let mut future = record("CVE-2023-0002", vec![entry("Debian:12", "openssl", None)]);
    future.withdrawn = "2024-06-02T00:00:00Z".parse().ok();
    let mut informational = record("X-1", vec![entry("Debian:12", "openssl", None)]);
    informational.informational = Some("unmaintained".to_owned());
    let database = Database::of(&[past, future, informational]);
    let packages = [openssl()];
    let with = |informational| {
        let options = Options {
            informational,
            ..options()
        };
        match_packages(&packages, Some(&debian()), &database, &options).expect("matches")
    };
    assert_eq!(ids(&with(false)), [("CVE-2023-0002", 0)]);
    assert_eq!(ids(&with(true)), [("CVE-2023-0002", 0), ("X-1", 0)]);
}

#[test]
fn the_distributions_own_severity_comes_first() {
    let mut advisory = record("CVE-2023-0001", vec![entry("Debian:12", "openssl", None)]);
    advisory.cvss = vec![(
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H".to_owned(),
        "nvd".to_owned(),
    )];
    let severity = |advisory: &Advisory| {
        let matched = matched(&[openssl()], &debian(), std::slice::from_ref(advisory));
        let finding = matched.findings[0].clone();
        (
            finding.severity,
            finding.severity_source,
            finding.cvss.len(),
        )
    };
    assert_eq!(
        severity(&advisory),
        (Severity::Critical, "nvd".to_owned(), 1)
    );
    advisory.ratings = vec![Rating {
        severity: Severity::High,
        source: "ghsa".to_owned(),
    }];
    assert_eq!(severity(&advisory), (Severity::High, "ghsa".to_owned(), 1));
    advisory.affected[0].severity = Some(Severity::Negligible);
    assert_eq!(
        severity(&advisory),
        (Severity::Negligible, "debian".to_owned(), 1)
    );
}

#[test]
fn an_unrated_vulnerability_is_rated_by_other_feeds() {
    let erratum = erratum(
        "DSA-1-1",
        &["CVE-2023-0001"],
        vec![entry("Debian:12", "openssl", Some("4"))],
    );
    let mut other = record(
        "BELL-CVE-2023-0001",
        vec![entry("Alpaquita:23", "openssl", None)],
    );
    other.aliases = vec!["CVE-2023-0001".to_owned()];
    other.cvss = vec![(
        "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:N/A:H".to_owned(),
        "bellsoft".to_owned(),
    )];
    other.kev = true;
    // The severity of an erratum is that of the worst of its vulnerabilities: it says nothing of this one.
    let mut several = super::tests::erratum("ALSA-1", &["CVE-2023-0001", "CVE-2023-0002"], vec![]);
    several.ratings = vec![Rating {
        severity: Severity::Critical,
        source: "almalinux".to_owned(),
    }];
    let matched = matched(&[openssl()], &debian(), &[erratum, other, several]);
    let finding = &matched.findings[0];
    assert_eq!(
        (finding.severity, finding.severity_source.as_str()),
        (Severity::High, "bellsoft")
    );
    assert!(finding.kev);
    assert_eq!(finding.aliases, ["DSA-1-1"]);
}

#[test]
fn rpm_binaries_are_compared_with_their_epoch() {
    let alma = distro("almalinux", "9.3");
    let packages = [
        package(
            &RPM,
            "perl-Errno",
            "1.30-480.el9",
            Some(("perl", "5.32.1-480.el9")),
        ),
        package(
            &RPM,
            "perl",
            "4:5.32.1-480.el9",
            Some(("perl", "5.32.1-480.el9")),
        ),
    ];
    let advisories = [erratum(
        "ALSA-2024:1",
        &["CVE-2024-0001"],
        vec![
            entry("AlmaLinux:9", "perl", Some("4:5.32.1-481.el9")),
            entry("AlmaLinux:9", "perl-Errno", Some("1.30-480.el9")),
        ],
    )];
    assert_eq!(
        ids(&matched(&packages, &alma, &advisories)),
        [("CVE-2024-0001", 1)]
    );
}

#[test]
fn an_rpm_matched_by_source_takes_no_epoch_for_granted() {
    let rocky = distro("rocky", "9.3");
    let packages = [
        package(
            &RPM,
            "perl-Errno",
            "1.30-480.el9",
            Some(("perl", "5.32.1-480.el9")),
        ),
        package(
            &RPM,
            "perl-libs",
            "4:5.32.1-480.el9",
            Some(("perl", "5.32.1-480.el9")),
        ),
    ];
    for (fixed, expected) in [
        ("4:5.32.1-480.el9", vec![]),
        (
            "4:5.32.1-481.el9",
            vec![("CVE-2024-0001", 0), ("CVE-2024-0001", 1)],
        ),
    ] {
        let advisories = [erratum(
            "RLSA-2024:1",
            &["CVE-2024-0001"],
            vec![entry("Rocky Linux:9", "perl", Some(fixed))],
        )];
        assert_eq!(
            ids(&matched(&packages, &rocky, &advisories)),
            expected,
            "{fixed}"
        );
    }
}

#[test]
fn an_rpm_is_found_by_either_of_its_names_and_once() {
    let rocky = distro("rocky", "9.3");
    let source = Some(("openssl", "3.0.7-24.el9"));
    let libs = package(&RPM, "openssl-libs", "1:3.0.7-24.el9", source);
    let binary = entry("Rocky Linux:9", "openssl-libs", Some("1:3.0.7-27.el9"));
    let by_source = entry("Rocky Linux:9", "openssl", Some("1:3.0.7-27.el9"));
    let other = entry("Rocky Linux:9", "openssl-devel", Some("1:3.0.7-27.el9"));
    for affected in [
        vec![binary.clone()],
        vec![by_source.clone()],
        vec![binary, by_source],
    ] {
        let erratum = erratum("RLSA-2024:1", &["CVE-2023-6129"], affected);
        let matched = matched(std::slice::from_ref(&libs), &rocky, &[erratum]);
        assert_eq!(ids(&matched), [("CVE-2023-6129", 0)]);
    }
    let erratum = erratum("RLSA-2024:1", &["CVE-2023-6129"], vec![other]);
    let matched = matched(&[libs], &rocky, &[erratum]);
    assert_eq!(ids(&matched), []);
}

#[test]
fn kernel_headers_are_left_out_by_default() {
    let packages = [
        package(
            &DEB,
            "linux-libc-dev",
            "6.1.1-1",
            Some(("linux", "6.1.1-1")),
        ),
        package(
            &DEB,
            "linux-image-6.1",
            "6.1.1-1",
            Some(("linux", "6.1.1-1")),
        ),
    ];
    let database = Database::of(&[record(
        "CVE-2024-0001",
        vec![entry("Debian:12", "linux", Some("6.1.2-1"))],
    )]);
    let with = |kernel_headers| {
        let options = Options {
            kernel_headers,
            ..options()
        };
        match_packages(&packages, Some(&debian()), &database, &options)
            .expect("matches")
            .findings
            .len()
    };
    assert_eq!((with(false), with(true)), (1, 2));
}

#[test]
fn findings_are_in_a_total_order() {
    let mut high = record("CVE-2024-0003", vec![entry("Debian:12", "b", None)]);
    high.ratings = vec![Rating {
        severity: Severity::High,
        source: "x".to_owned(),
    }];
    let advisories = [
        record("CVE-2024-0002", vec![entry("Debian:12", "b", None)]),
        record(
            "CVE-2024-0001",
            vec![entry("Debian:12", "b", None), entry("Debian:12", "a", None)],
        ),
        high,
    ];
    let packages = [package(&DEB, "b", "1", None), package(&DEB, "a", "1", None)];
    assert_eq!(
        ids(&matched(&packages, &debian(), &advisories)),
        [
            ("CVE-2024-0003", 0),
            ("CVE-2024-0001", 1),
            ("CVE-2024-0001", 0),
            ("CVE-2024-0002", 0)
        ]
    );
}

#[test]
fn what_could_not_be_told_is_a_warning() {
    let packages = [openssl(), package(&DEB, "odd", "not a version", None)];
    let none = matched(&packages, &distro("debian", "8"), &[]);
    assert_eq!(none.warnings.len(), 3, "{:?}", none.warnings);
    assert!(
        none.warnings
            .iter()
            .any(|warning| warning.contains("no advisories for debian 8 (Debian:8)"))
    );
    assert!(
        none.warnings
            .iter()
            .any(|warning| warning.contains("end of life"))
    );
    assert!(
        none.warnings
            .iter()
            .any(|warning| warning.contains("not a version is no deb version"))
    );

    let without = match_packages(&packages, None, &Database::of(&[]), &options()).expect("matches");
    assert!(
        without.warnings[0].contains("no sign of a distribution"),
        "{:?}",
        without.warnings
    );

    let bad = record(
        "CVE-2024-0001",
        vec![entry("Debian:12", "openssl", Some("no version!"))],
    );
    let matched = matched(&[openssl()], &debian(), &[bad]);
    assert_eq!(ids(&matched), []);
    assert!(
        matched.warnings[0].contains("CVE-2024-0001"),
        "{:?}",
        matched.warnings
    );
}

#[test]
fn one_record_from_two_archives_is_one() {
    let one = record("BELL-1", vec![entry("Debian:12", "openssl", None)]);
    let other = Advisory {
        feed: "osv/other".to_owned(),
        ..one.clone()
    };
    let matched = matched(&[openssl()], &debian(), &[one, other]);
    assert_eq!(matched.findings.len(), 1);
    assert_eq!(matched.findings[0].advisories.len(), 1);
}

#[test]
fn a_fix_for_subscribers_is_none_for_others() {
    let advisories = [
        record(
            "UBUNTU-CVE-2014-0001",
            vec![entry(
                "Ubuntu:Pro:14.04:LTS",
                "unzip",
                Some("6.0-9ubuntu1.6"),
            )],
        ),
        record(
            "UBUNTU-CVE-2014-0002",
            vec![
                entry("Ubuntu:14.04:LTS", "unzip", None),
                entry("Ubuntu:Pro:14.04:LTS", "unzip", Some("6.0-9ubuntu1.5+esm1")),
            ],
        ),
    ];
    let ubuntu = distro("ubuntu", "14.04");
    let found = |version: &str| -> Vec<(String, FixState, bool)> {
        matched(
            &[package(&DEB, "unzip", version, None)],
            &ubuntu,
            &advisories,
        )
        .findings
        .into_iter()
        .map(|finding| {
            (
                finding.id,
                finding.fix_state,
                finding.why.contains("Ubuntu Pro"),
            )
        })
        .collect()
    };
    let one = |id: &str, state, note| (id.to_owned(), state, note);
    assert_eq!(
        found("6.0-9ubuntu1.4"),
        [
            one("UBUNTU-CVE-2014-0001", FixState::NotFixed, true),
            one("UBUNTU-CVE-2014-0002", FixState::NotFixed, false),
        ]
    );
    assert_eq!(
        found("6.0-9ubuntu1.5+esm1"),
        [one("UBUNTU-CVE-2014-0001", FixState::Fixed, false)]
    );
    // Who has the fix has it, by whatever way it came.
    assert_eq!(
        found("6.0-9ubuntu1.6"),
        [one("UBUNTU-CVE-2014-0002", FixState::NotFixed, false)]
    );
}
