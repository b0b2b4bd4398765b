//! The security data API, from a document to what a scan finds.

use super::*;
use crate::advisories::feeds::feed_of;
use crate::advisories::feeds::testing::read_all;
use crate::advisories::{Database, FixState, Severity};
use crate::matching::{Options, match_packages};
use crate::packages::{Distro, Package, RPM, Source};

const LXML: &[u8] = include_bytes!("../../../../fixtures/advisories/redhat-api/CVE-2022-2309.json");

fn advisory() -> Advisory {
    assert_eq!(feed_of(LXML).map(AdvisoryFeed::name), Some(NAME));
    let read = read_all(&RedHatApi, "CVE-2022-2309.json", LXML).expect("read");
    assert!(read.skipped.is_empty());
    read.advisories.into_iter().next().expect("advisory")
}

#[test]
fn fixed_and_unfixed_source_packages() {
    let advisory = advisory();
    assert_eq!(
        advisory.summary.as_deref(),
        Some("lxml: NULL Pointer Dereference in lxml")
    );
    assert_eq!(advisory.ratings[0].severity, Severity::Medium);
    let entries: Vec<(&str, &str, Option<FixState>, &[String])> = advisory
        .affected
        .iter()
        .map(|entry| {
            let product = entry.ecosystem.strip_prefix("Red Hat:").expect("family");
            (
                product,
                entry.package.as_str(),
                entry.fix_state,
                entry.modules.as_slice(),
            )
        })
        .collect();
    let module = |name: &str| vec![name.to_owned()];
    // Images and modules without their packages are not in it.
    assert_eq!(
        entries,
        [
            (
                "enterprise_linux:8",
                "python-lxml.src",
                None,
                &module("python38:3.8")[..]
            ),
            (
                "enterprise_linux:8",
                "python-lxml.src",
                None,
                &module("python39:3.9")[..]
            ),
            ("enterprise_linux:8", "python-lxml.src", None, &[]),
            (
                "enterprise_linux:8",
                "python-lxml.src",
                Some(FixState::WontFix),
                &module("python27:2.7")[..]
            ),
            ("enterprise_linux:9", "python-lxml.src", None, &[]),
            (
                "enterprise_linux:9",
                "python-lxml.src",
                Some(FixState::NotFixed),
                &module("inkscape:flatpak")[..]
            ),
            (
                "rhel_software_collections:3",
                "rh-python38-python-lxml.src",
                None,
                &[]
            ),
        ]
    );
}

fn found(
    release: &str,
    name: &str,
    version: &str,
    module: Option<&str>,
) -> Vec<(FixState, Vec<String>)> {
    let distro = Distro {
        id: "rhel".to_owned(),
        version_id: Some(release.to_owned()),
        ..Distro::default()
    };
    let mut package = Package::new(&RPM, name, version);
    package.source = Some(Source {
        name: "python-lxml".to_owned(),
        version: version.to_owned(),
    });
    package.module = module.map(str::to_owned);
    let database = Database::of(&[advisory()]);
    let matched = match_packages(&[package], Some(&distro), &database, &Options::default());
    let findings = matched.expect("matched").findings;
    findings
        .into_iter()
        .map(|finding| (finding.fix_state, finding.fixed_versions))
        .collect()
}

#[test]
fn packages_are_found_by_their_source() {
    let fix = "4.6.5-3.el9".to_owned();
    assert_eq!(
        found("9.1", "python3-lxml", "4.6.5-2.el9", None),
        [(FixState::Fixed, vec![fix])]
    );
    assert!(found("9.1", "python3-lxml", "4.6.5-3.el9", None).is_empty());
    assert!(found("8.6", "python3-lxml", "4.2.3-4.el8", None).is_empty());
    let stream = |stream| Some(stream);
    assert_eq!(
        found(
            "8.6",
            "python2-lxml",
            "4.2.3-6.module+el8.9.0+1",
            stream("python27:2.7:1:a")
        ),
        [(FixState::WontFix, Vec::new())]
    );
    assert!(
        found(
            "8.6",
            "python38-lxml",
            "4.4.1-7.module+el8.9.0+1",
            stream("python38:3.8:1:a")
        )
        .is_empty()
    );
}
