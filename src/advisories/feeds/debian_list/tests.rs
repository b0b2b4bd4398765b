//! What is made of Debian's lists: states, releases, lines that can't be read.

use super::*;
use crate::advisories::feeds::Record;

type Skips = Vec<(String, String)>;

fn read(text: &[u8]) -> (Vec<Advisory>, Skips) {
    let (mut advisories, mut skips) = (Vec::new(), Vec::new());
    let mut take = |record| match record {
        Record::Advisory(advisory) => advisories.push(advisory),
        Record::Skipped(what, reason) => skips.push((what, reason)),
        _ => panic!("{record:?}"),
    };
    let document = Document {
        label: "list",
        bytes: text,
        file: None,
    };
    DebianList
        .read(&document, &mut Records::new(&mut take))
        .expect("reads");
    (advisories, skips)
}

/// `Debian:12 sope 5.8.0-1+deb12u1`, or the state where there is no version.
fn entries(advisory: &Advisory) -> Vec<String> {
    advisory
        .affected
        .iter()
        .map(|entry| {
            let events = &entry.ranges[0].events;
            assert_eq!(events[0], Event::Introduced("0".to_owned()));
            let end = match (events.get(1), entry.fix_state) {
                (Some(Event::Fixed(version)), None) => version.clone(),
                (None, Some(state)) => state.as_str().to_owned(),
                other => panic!("{other:?}"),
            };
            format!("{} {} {end}", entry.ecosystem, entry.package)
        })
        .collect()
}

#[test]
fn real_advisories_of_both_lists() {
    let list = include_bytes!("../../../../fixtures/advisories/debian-list/list");
    assert!(DebianList.recognises(list));
    let (advisories, skips) = read(list);
    assert_eq!(skips, []);
    let told: Vec<(&str, &str, String, Vec<String>)> = advisories
        .iter()
        .map(|advisory| {
            (
                advisory.id.as_str(),
                advisory.feed.as_str(),
                advisory.vulnerabilities.join(" "),
                entries(advisory),
            )
        })
        .collect();
    let is = |id, feed, ids: &str, entries: &[&str]| {
        let entries = entries.iter().map(|entry| (*entry).to_owned()).collect();
        (id, feed, ids.to_owned(), entries)
    };
    assert_eq!(
        told,
        [
            is(
                "DSA-5970-1",
                "debian-list/dsa",
                "CVE-2025-53603",
                &["Debian:12 sope 5.8.0-1+deb12u1"]
            ),
            is(
                "DLA-3372-1",
                "debian-list/dla",
                "CVE-2023-1393",
                &["Debian:10 xorg-server 2:1.20.4-1+deb10u9"]
            ),
            is(
                "DLA-3315-2",
                "debian-list/dla",
                "",
                &["Debian:10 sox 14.4.2+git20190427-1+deb10u2"]
            ),
            is(
                "DSA-4323-1",
                "debian-list/dsa",
                "",
                &["Debian:9 drupal7 7.52-2+deb9u5"]
            ),
            is("DSA-4205-1", "debian-list/dsa", "", &[]),
            is(
                "DSA-2808-2",
                "debian-list/dsa",
                "",
                &[
                    "Debian:6.0 openjpeg 1.3+dfsg-4+squeeze3",
                    "Debian:7 openjpeg 1.3+dfsg-4.8"
                ]
            ),
            is(
                "DSA-140",
                "debian-list/dsa",
                "CVE-2002-0660 CVE-2002-0728",
                &[
                    "Debian:3.0 libpng 1.0.12-3.woody.2",
                    "Debian:3.0 libpng3 1.2.1-1.1.woody.2"
                ]
            ),
        ]
    );
    let first = &advisories[0];
    assert_eq!(first.summary.as_deref(), Some("sope - security update"));
    assert_eq!(
        first.published.map(|time| time.to_string()).as_deref(),
        Some("2025-07-31T00:00:00Z")
    );
}

#[test]
fn words_in_place_of_versions() {
    let (advisories, skips) = read(
        b"[1 January 2006] DTSA-9-1 alpha - several\n\
          \t{CVE-2006-1111 CVE-2006-XXXX CVE-2006-1111}\n\
          \t- alpha 1.0-2 (bug #1; medium)\n\
          \t[sarge] - alpha <not-affected> (Vulnerable code not present)\n\
          \t[etch] - alpha <unfixed>\n\
          \t[lenny-security] - alpha <end-of-life>\n\
          \t[squeeze] - alpha <undetermined>\n\
          \t[wheezy] - alpha <removed>\n\
          \tTODO: look again\n",
    );
    assert_eq!(skips, []);
    assert_eq!(advisories[0].feed, "debian-list/dtsa");
    assert_eq!(advisories[0].vulnerabilities, ["CVE-2006-1111"]);
    assert_eq!(
        entries(&advisories[0]),
        [
            "Debian:sid alpha 1.0-2",
            "Debian:3.1 alpha 0",
            "Debian:4.0 alpha notFixed",
            "Debian:5.0 alpha wontFix",
            "Debian:6.0 alpha unknown",
        ]
    );
}

#[test]
fn bad_lines_lose_nothing_beside_them() {
    let (advisories, skips) = read(
        b"[31 Jul 2025] DSA-1-1 one - update\n\
          \t{CVE-2025-1111\n\
          \t[bookworm] - one 1.0-1\n\
          \t[nowhere] - one 1.0-1\n\
          \t[bookworm] - two\n\
          \t[bookworm - three 1.0-1\n\
          \t[bookworm] - four <unheard-of>\n\
          \tno sense\n\
          [32 Jul 2025] DSA-2-1 two - update\n\
          \t[bookworm] - lost 1.0-1\n\
          no heading \xff\n\
          [1 Aug 2025] DLA-3-1\n\
          \t[bullseye] - kept 2.0-1",
    );
    assert_eq!(entries(&advisories[0]), ["Debian:12 one 1.0-1"]);
    assert_eq!(advisories[0].vulnerabilities, ["CVE-2025-1111"]);
    assert_eq!(advisories[1].id, "DLA-3-1");
    assert_eq!(advisories[1].summary, None);
    assert_eq!(entries(&advisories[1]), ["Debian:11 kept 2.0-1"]);
    assert_eq!(advisories.len(), 2);
    let lines: Vec<&str> = skips
        .iter()
        .filter_map(|(what, _)| what.split(':').next())
        .collect();
    assert_eq!(
        lines,
        [
            "line 4", "line 5", "line 6", "line 7", "line 8", "line 9", "line 11"
        ]
    );
}

#[test]
fn other_texts_are_no_list() {
    for text in [
        "",
        "[]",
        "[{\"id\": 1}]",
        "[31 Jul 2025] USN-1-1 x - y\n",
        "[31 Jul 2025] DSA-x-1 x - y\n",
        "[31 Jul] DSA-1-1 x - y\n",
        "[31 \u{e9}\u{e9}\u{e9} 2025] DSA-1-1 x\n",
        "[31 Jul 99999999999] DSA-1-1 x\n",
        "- DSA-1-1 x\n",
    ] {
        assert!(!DebianList.recognises(text.as_bytes()), "{text}");
    }
    assert!(DebianList.recognises(b"\n[03 December 2004] DSA-603-1 openssl - insecure\r\n"));
}
