//! What is made of Photon OS's list: states, releases, records that can't be read.

use super::*;
use crate::advisories::feeds::Record;

#[derive(Default)]
struct Read {
    advisories: Vec<Advisory>,
    skips: Vec<(String, String)>,
    counts: Vec<(String, u64)>,
}

fn read(label: &str, text: &str) -> Result<Read, String> {
    let mut read = Read::default();
    let mut take = |record| match record {
        Record::Advisory(advisory) => read.advisories.push(advisory),
        Record::Skipped(what, reason) => read.skips.push((what, reason)),
        Record::Count(feed, count) => read.counts.push((feed, count)),
        _ => panic!("{record:?}"),
    };
    let document = Document {
        label,
        bytes: text.as_bytes(),
        file: None,
    };
    PhotonCve.read(&document, &mut Records::new(&mut take))?;
    Ok(read)
}

/// `CVE-1 high: curl 7.88.1-4.ph4`
fn told(read: &Read) -> Vec<String> {
    let mut told = Vec::new();
    for advisory in &read.advisories {
        let severity = advisory
            .ratings
            .first()
            .map_or("unrated", |rating| rating.severity.as_str());
        for entry in &advisory.affected {
            let end = match (entry.ranges[0].events.get(1), entry.fix_state) {
                (Some(Event::Fixed(version)), None) => version.as_str(),
                (None, Some(state)) => state.as_str(),
                other => panic!("{other:?}"),
            };
            told.push(format!(
                "{} {severity}: {} {end}",
                advisory.id, entry.package
            ));
        }
    }
    told
}

#[test]
fn a_real_file() {
    let text = include_str!("../../../../fixtures/advisories/photon-cve/cve_data_photon4.0.json");
    assert!(PhotonCve.recognises(text.as_bytes()));
    let read = read("x.zip/cve_data_photon4.0.json", text).expect("reads");
    assert_eq!(
        told(&read),
        [
            "BDSA-2025-0719 high: krb5-devel 1.17-15.ph4",
            "CVE-2023-38545 critical: curl 7.88.1-4.ph4",
            "CVE-2023-38546 low: curl 7.88.1-4.ph4",
            "CVE-2023-44487 high: nghttp2 1.57.0-1.ph4",
            "CVE-2023-44487 high: httpd 0",
        ]
    );
    assert_eq!(
        read.skips,
        [(
            "CVE-2023-50447 of python3".to_owned(),
            "fixed, without the version".to_owned()
        )]
    );
    assert_eq!(read.counts, [("photon-cve/4.0".to_owned(), 5)]);
    assert!(read.advisories.iter().all(|advisory| {
        advisory.feed == "photon-cve/4.0"
            && advisory
                .affected
                .iter()
                .all(|entry| entry.ecosystem == "Photon OS:4.0")
    }));
}

#[test]
fn states() {
    let record = |id: u32, fields: &str| {
        format!(r#"{{"cve_id": "CVE-2020-100{id}", "pkg": "alpha", {fields}}}"#)
    };
    let text = format!(
        "[{}]",
        [
            record(
                0,
                r#""res_ver": "1.0-1.ph3", "aff_ver": "all versions before 1.0-1.ph3 are vulnerable""#
            ),
            record(
                1,
                r#""res_ver": "NA", "aff_ver": "all versions of alpha are vulnerable", "cve_score": "9.1""#
            ),
            record(2, r#""res_ver": "NA", "aff_ver": "NA""#),
            record(3, r#""res_ver": "NA", "status": "Not Fixed""#),
            record(4, r#""res_ver": "NA", "status": "Not Affected""#),
            record(5, r#""res_ver": "1.0-2.ph3", "status": "Not Fixed""#),
            record(6, r#""res_ver": "1.0-2.ph3", "status": "Pondered""#),
            record(7, r#""res_ver": "Will Not Fix", "status": "Fixed""#),
            record(0, r#""res_ver": "1.0-1.ph3""#),
            record(0, r#""res_ver": "1.0-2.ph3", "cve_score": 11"#),
            "7".to_owned(),
            r#"{"cve_id": null, "pkg": "alpha", "res_ver": "1"}"#.to_owned(),
            r#"{"cve_id": "CVE-2020-2000", "pkg": "a\u0000b", "res_ver": "1"}"#.to_owned(),
        ]
        .join(",")
    );
    let read = read("feed", &text).expect("reads");
    assert_eq!(
        told(&read),
        [
            "CVE-2020-1000 unrated: alpha 1.0-1.ph3",
            "CVE-2020-1000 unrated: alpha 1.0-2.ph3",
            "CVE-2020-1001 critical: alpha notFixed",
            "CVE-2020-1003 unrated: alpha notFixed",
            "CVE-2020-1004 unrated: alpha 0",
            "CVE-2020-1005 unrated: alpha 1.0-2.ph3",
        ]
    );
    assert_eq!(read.advisories[0].feed, "photon-cve/3.0");
    assert_eq!(read.skips.len(), 6, "{:?}", read.skips);
    assert_eq!(read.counts, [("photon-cve/3.0".to_owned(), 7)]);
}

#[test]
fn the_release_is_in_the_name_or_in_the_versions() {
    let text = r#"[{"cve_id": "CVE-2020-1000", "pkg": "a", "res_ver": "1-1.ph2"},
        {"cve_id": "CVE-2020-1001", "pkg": "a", "res_ver": "1-1.ph5"}, {"cve_id": "CVE-2020-1002", "pkg": "a", "res_ver": "1-1.ph5"}]"#;
    for (label, release) in [
        ("cve_data_photon1.0.json", "1.0"),
        ("mirror/photon4.0/cve_data_photon2.0.json.gz", "2.0"),
        ("photon5.json", "5.0"),
        ("photon/cves.json", "5.0"),
        ("photon.json", "5.0"),
        ("photon9999999999.0.json", "5.0"),
        ("", "5.0"),
    ] {
        let read = read(label, text).expect("reads");
        assert_eq!(
            read.advisories[0].feed,
            format!("photon-cve/{release}"),
            "{label}"
        );
    }
    let text = r#"[{"cve_id": "CVE-2020-1000", "pkg": "a", "res_ver": "NA"}]"#;
    assert!(read("cves.json", text).is_err());
}

#[test]
fn other_lists_are_not_taken_for_it() {
    for text in [
        "[]",
        "[{}]",
        r#"{"cve_id": "", "pkg": "", "res_ver": ""}"#,
        r#"[{"cve_id": "CVE-2020-1000", "pkg": "a"}]"#,
    ] {
        assert!(!PhotonCve.recognises(text.as_bytes()), "{text}");
    }
    assert!(read("cve_data_photon4.0.json", "[{").is_err());
}
