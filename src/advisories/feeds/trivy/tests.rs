//! A database made here, in the layout that bbolt writes, to findings; and hostile ones to an error.

#![expect(
    clippy::cast_possible_truncation,
    reason = "the databases that are made here are small"
)]

use super::*;
use crate::advisories::Database;
use crate::advisories::feeds::testing::{Read, findings};
use crate::packages::{DEB, Distro, GEM, NPM, PYPI, Package, PackageKind, RPM};
use proptest::prelude::*;
use std::path::Path;

const PAGE: usize = 4096;

/// A tree to write.
enum Node {
    Value(&'static str),
    Tree(Vec<(&'static str, Node)>),
}

/// Writes a `BoltDB`: two headers, an empty free list, then trees. A small bucket lies in its parent's leaf.
#[derive(Default)]
struct Builder {
    pages: Vec<Vec<u8>>,
}

impl Builder {
    fn put(&mut self, flags: u16, count: usize, body: &[u8]) -> u64 {
        let number = self.pages.len() as u64 + 3;
        let runs = (16 + body.len()).div_ceil(PAGE);
        let mut page = header(number, flags, count, runs - 1);
        page.extend(body);
        page.resize(runs * PAGE, 0);
        self.pages.extend(page.chunks(PAGE).map(<[u8]>::to_vec));
        number
    }

    fn bucket(&mut self, entries: &[(&'static str, Node)]) -> Vec<u8> {
        let mut elements = Vec::new();
        for (key, node) in entries {
            elements.push(match node {
                Node::Value(text) => (0u32, *key, text.as_bytes().to_vec()),
                Node::Tree(inside) => (1, *key, self.bucket(inside)),
            });
        }
        let is_small = elements
            .iter()
            .all(|(flag, _, value)| *flag == 0 && value.len() < 200)
            && elements.len() < 4;
        let body = leaf(&elements);
        if is_small {
            let mut value = vec![0; 16];
            value.extend(header(0, 2, elements.len(), 0));
            value.extend(body);
            return value;
        }
        // Two leaves below a branch, where there is enough for both.
        let root = if elements.len() > 2 {
            let (left, right) = elements.split_at(elements.len() / 2);
            let pages = [left, right].map(|half| (half[0].1, self.put(2, half.len(), &leaf(half))));
            let mut body = Vec::new();
            let mut keys: Vec<u8> = Vec::new();
            for (index, (key, page)) in pages.iter().enumerate() {
                let at = (32 - index * 16 + keys.len()) as u32;
                body.extend(at.to_le_bytes());
                body.extend((key.len() as u32).to_le_bytes());
                body.extend(page.to_le_bytes());
                keys.extend(key.as_bytes());
            }
            body.extend(keys);
            self.put(1, 2, &body)
        } else {
            self.put(2, elements.len(), &body)
        };
        [root.to_le_bytes(), [0; 8]].concat()
    }

    fn finish(mut self, root: &[(&'static str, Node)]) -> Vec<u8> {
        let mut value = self.bucket(root);
        if value.len() > 16 {
            let inline = value.split_off(16);
            let number = self.put(2, root.len(), &inline[16..]);
            value = [number.to_le_bytes(), [0; 8]].concat();
        }
        let root = u64::from_le_bytes(value[..8].try_into().expect("eight"));
        let mut file = meta(0, root, 1);
        file.extend(meta(1, root, 2));
        let mut free = header(2, 16, 0, 0);
        free.resize(PAGE, 0);
        file.extend(free);
        file.extend(self.pages.concat());
        file
    }
}

fn header(number: u64, flags: u16, count: usize, overflow: usize) -> Vec<u8> {
    let mut bytes = number.to_le_bytes().to_vec();
    bytes.extend(flags.to_le_bytes());
    bytes.extend((count as u16).to_le_bytes());
    bytes.extend((overflow as u32).to_le_bytes());
    bytes
}

fn meta(number: u64, root: u64, transaction: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    for value in [0xED0C_DAEDu32, 2, PAGE as u32, 0] {
        bytes.extend(value.to_le_bytes());
    }
    for value in [root, 0, 2, 1000, transaction] {
        bytes.extend(value.to_le_bytes());
    }
    let sum = bytes.iter().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    bytes.extend(sum.to_le_bytes());
    let mut page = header(number, 4, 0, 0);
    page.extend(bytes);
    page.resize(PAGE, 0);
    page
}

fn leaf(elements: &[(u32, &str, Vec<u8>)]) -> Vec<u8> {
    let (mut index, mut data) = (Vec::new(), Vec::new());
    for (number, (flags, key, value)) in elements.iter().enumerate() {
        let at = ((elements.len() - number) * 16 + data.len()) as u32;
        for part in [*flags, at, key.len() as u32, value.len() as u32] {
            index.extend(part.to_le_bytes());
        }
        data.extend(key.as_bytes());
        data.extend(value);
    }
    [index, data].concat()
}

fn read_file(path: &Path) -> Result<Read, String> {
    let mut read = Read::default();
    let document = Document {
        label: "trivy.db",
        bytes: &[],
        file: Some(path),
    };
    let mut take = |record| match record {
        super::super::Record::Advisory(advisory) => read.advisories.push(advisory),
        super::super::Record::Fact(feed, fact) => read.facts.push((feed, fact)),
        super::super::Record::Skipped(what, reason) => read.skipped.push((what, reason)),
        _ => {}
    };
    Trivy.read(&document, &mut Records::new(&mut take))?;
    Ok(read)
}

fn read(bytes: &[u8]) -> Result<Read, String> {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("trivy.db");
    std::fs::write(&path, bytes).expect("written");
    read_file(&path)
}

fn database() -> Vec<u8> {
    use Node::{Tree, Value};
    Builder::default().finish(&[
        (
            "Red Hat",
            Tree(vec![(
                "curl",
                Tree(vec![
                    ("CVE-2024-2", Value(r#"{"Entries":[{"Status":5,"Affected":[1],"Cves":[{"Severity":1}]}]}"#)),
                    (
                        "RHSA-2024:0001",
                        Value(r#"{"Entries":[{"FixedVersion":"7.76.1-26.el9","Affected":[1],"Arches":["x86_64"],"Cves":[{"ID":"CVE-2024-0001","Severity":3}]}]}"#),
                    ),
                ]),
            )]),
        ),
        (
            "Red Hat CPE",
            Tree(vec![
                ("cpe", Tree(vec![("1", Value(r#""cpe:/o:redhat:enterprise_linux:9::baseos""#))])),
                ("repository", Tree(vec![("rhel-9-for-x86_64-baseos-rpms", Value("[1]"))])),
            ]),
        ),
        ("data-source", Tree(vec![("debian 12", Value("{}"))])),
        (
            "debian 12",
            Tree(vec![
                (
                    "curl",
                    Tree(vec![
                        ("CVE-2024-1111", Value(r#"{"FixedVersion":"7.88.1-10+deb12u6","Severity":2,"VendorIDs":["DSA-5587-1"]}"#)),
                        ("CVE-2024-2222", Value(r#"{"Status":5}"#)),
                        ("CVE-2024-3333", Value(r#"{"Status":1}"#)),
                        ("CVE-2024-4444", Value("7")),
                    ]),
                ),
                ("libcurl", Tree(vec![("CVE-2024-1111", Value(r#"{"FixedVersion":"9"}"#))])),
            ]),
        ),
        (
            "npm::GitHub Security Advisory Npm",
            Tree(vec![(
                "left",
                Tree(vec![("CVE-2024-5555", Value(r#"{"VulnerableVersions":["< 1.2.3",">= 2.0.0, < 2.4.1"],"VendorIDs":["GHSA-aaaa-bbbb-cccc"]}"#))]),
            )]),
        ),
        (
            "rubygems::Ruby Advisory Database",
            Tree(vec![(
                "redcloth",
                Tree(vec![
                    ("CVE-2012-6684", Value(r#"{"PatchedVersions":["~> 4.3.0"],"UnaffectedVersions":["< 3.0"]}"#)),
                    ("CVE-2012-6685", Value(r#"{"VulnerableVersions":[""]}"#)),
                ]),
            )]),
        ),
        (
            // As trivy-db makes them of OSV's records: what is patched are versions alone, and several branches are usual.
            "pip::GitHub Security Advisory Pip",
            Tree(vec![(
                "right",
                Tree(vec![
                    (
                        "CVE-2024-7777",
                        Value(r#"{"VulnerableVersions":["<1.2",">=2.0, <2.1.4"],"PatchedVersions":["1.2","2.1.4"]}"#),
                    ),
                    ("CVE-2024-7778", Value(r#"{"VendorIDs":["GHSA-dddd-eeee-ffff"]}"#)),
                    ("CVE-2024-7779", Value(r#"{"VulnerableVersions":["<9"],"OSes":["windows"]}"#)),
                ]),
            )]),
        ),
        (
            "vulnerability",
            Tree(vec![
                (
                    "CVE-2024-1111",
                    Value(r#"{"Title":"x","CVSS":{"nvd":{"V3Vector":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H","V3Score":9.8}},"VendorSeverity":{"nvd":4}}"#),
                ),
                ("CVE-2024-9999", Value(r#"{"Title":"nothing more"}"#)),
            ]),
        ),
    ])
}

fn found(
    read: &Read,
    id: &str,
    version: &str,
    kind: &'static PackageKind,
    name: &str,
    installed: &str,
) -> Vec<String> {
    let distro = Distro {
        id: id.to_owned(),
        version_id: Some(version.to_owned()),
        ..Distro::default()
    };
    let mut package = Package::new(kind, name, installed);
    package.architecture = Some("x86_64".to_owned());
    findings(&Database::of(&read.advisories), &distro, package)
        .into_iter()
        .map(|(id, fixed, state, severity)| {
            format!("{id} {} {} {severity}", fixed.join(","), state.as_str())
        })
        .collect()
}

#[test]
fn from_a_database_to_findings() {
    let bytes = database();
    assert!(Trivy.recognises(&bytes[..512]));
    let read = read(&bytes).expect("reads");
    assert_eq!(
        read.skipped,
        [(
            "CVE-2024-4444 of curl".to_owned(),
            "unexpected type".to_owned()
        )]
    );
    assert_eq!(
        found(&read, "debian", "12", &DEB, "curl", "7.88.1-10+deb12u5"),
        [
            "CVE-2024-1111 7.88.1-10+deb12u6 fixed medium",
            "CVE-2024-2222  wontFix unknown"
        ]
    );
    assert_eq!(
        found(&read, "debian", "12", &DEB, "curl", "7.88.1-10+deb12u6"),
        ["CVE-2024-2222  wontFix unknown"]
    );
    assert_eq!(
        found(&read, "debian", "12", &DEB, "libcurl", "8"),
        ["CVE-2024-1111 9 fixed unknown"]
    );
    assert_eq!(
        found(&read, "debian", "11", &DEB, "curl", "7"),
        [] as [&str; 0]
    );
    assert_eq!(
        found(&read, "debian", "12", &NPM, "left", "1.0.0"),
        ["CVE-2024-5555 1.2.3,2.4.1 fixed unknown"]
    );
    assert_eq!(
        found(&read, "debian", "12", &NPM, "left", "2.4.1"),
        [] as [&str; 0]
    );
    assert_eq!(
        found(&read, "debian", "12", &GEM, "RedCloth", "4.2.9"),
        [
            "CVE-2012-6684 4.3.0 fixed unknown",
            "CVE-2012-6685  notFixed unknown"
        ]
    );
    assert_eq!(
        found(&read, "debian", "12", &GEM, "RedCloth", "2.9"),
        ["CVE-2012-6685  notFixed unknown"]
    );
    for (version, expected) in [
        ("1.1", vec!["CVE-2024-7777 1.2,2.1.4 fixed unknown"]),
        ("1.2", vec![]),
        ("1.3", vec![]),
        ("2.1.3", vec!["CVE-2024-7777 2.1.4 fixed unknown"]),
        ("2.1.4", vec![]),
    ] {
        let findings = found(&read, "debian", "12", &PYPI, "Right", version);
        assert_eq!(findings, expected, "{version}");
    }
    assert_eq!(
        found(&read, "rhel", "9.3", &RPM, "curl", "7.76.1-25.el9"),
        [
            "CVE-2024-0001 7.76.1-26.el9 fixed high",
            "CVE-2024-2  wontFix low"
        ]
    );
    let facts: Vec<&str> = read
        .facts
        .iter()
        .map(|(_, fact)| match fact {
            Fact::Repository { label, cpes } if cpes.len() == 1 => label.as_str(),
            Fact::Rated { id, .. } => id.as_str(),
            _ => "",
        })
        .collect();
    assert_eq!(facts, ["rhel-9-for-x86_64-baseos-rpms", "CVE-2024-1111"]);
}

#[test]
fn red_hats_advisories_come_whole_and_once() {
    use Node::{Tree, Value};
    const IDS: [&str; 9] = [
        "CVE-2024-0001",
        "CVE-2024-0002",
        "CVE-2024-0003",
        "CVE-2024-0004",
        "CVE-2024-0005",
        "CVE-2024-0006",
        "CVE-2024-0007",
        "CVE-2024-0008",
        "RHSA-2024:0001",
    ];
    let all = |entry| Tree(IDS.iter().map(|id| (*id, Value(entry))).collect());
    let bytes = Builder::default().finish(&[
        (
            "Red Hat",
            Tree(vec![
                (
                    "bash",
                    all(r#"{"Entries":[{"FixedVersion":"2-1","Affected":[0,1]}]}"#),
                ),
                (
                    "curl",
                    all(r#"{"Entries":[{"FixedVersion":"2-1","Affected":[0,2]}]}"#),
                ),
                (
                    "oc",
                    Tree(vec![(
                        "CVE-2024-9999",
                        Value(r#"{"Entries":[{"FixedVersion":"2-1","Affected":[2]}]}"#),
                    )]),
                ),
            ]),
        ),
        (
            "Red Hat CPE",
            Tree(vec![(
                "cpe",
                Tree(vec![
                    ("0", Value(r#""cpe:/o:redhat:enterprise_linux:9""#)),
                    ("1", Value(r#""cpe:/a:redhat:enterprise_linux:9""#)),
                    ("2", Value(r#""cpe:/a:redhat:openshift:4.14::el9""#)),
                ]),
            )]),
        ),
    ]);
    let read = read(&bytes).expect("reads");
    assert_eq!(read.skipped, []);
    let mut found: Vec<&str> = read
        .advisories
        .iter()
        .map(|advisory| advisory.id.as_str())
        .collect();
    found.sort_unstable();
    assert_eq!(found, IDS, "no image is looked up in OpenShift");
    for advisory in &read.advisories {
        let entries = advisory.affected.iter();
        let entries: Vec<_> = entries
            .map(|entry| (entry.package.as_str(), entry.ecosystem.as_str()))
            .collect();
        assert_eq!(
            entries,
            [
                ("bash", "Red Hat:enterprise_linux:9"),
                ("curl", "Red Hat:enterprise_linux:9")
            ]
        );
    }
}

#[test]
fn the_newer_whole_header_counts() {
    let mut bytes = database();
    // The second is damaged: the first one leads to the same root.
    bytes[PAGE + 40] ^= 1;
    assert!(read(&bytes).is_ok());
    bytes[40] ^= 1;
    let error = read(&bytes).expect_err("no header");
    assert_eq!(error, "damaged BoltDB: no whole header");
}

#[test]
fn a_page_that_leads_to_itself_is_an_error() {
    let mut bytes = database();
    let root = u64::from_le_bytes(bytes[32..40].try_into().expect("eight"));
    let at = usize::try_from(root).expect("small") * PAGE;
    // The root is a branch; its first child becomes itself.
    assert_eq!(bytes[at + 8], 1);
    bytes[at + 24..at + 32].copy_from_slice(&root.to_le_bytes());
    assert_eq!(
        read(&bytes).expect_err("a circle"),
        "damaged BoltDB: a page is in two places"
    );
}

#[test]
fn a_file_that_is_cut_off_ends_in_an_answer() {
    let bytes = database();
    for cut in (0..bytes.len()).step_by(97) {
        let _ = read(&bytes[..cut]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_byte_may_be_wrong(at in any::<prop::sample::Index>(), value in any::<u8>()) {
        let mut bytes = database();
        let at = PAGE * 3 + at.index(bytes.len() - PAGE * 3);
        bytes[at] = value;
        let _ = read(&bytes);
    }
}

#[test]
fn a_fix_that_is_a_modules_build_is_for_packages_of_modules() {
    use Node::{Tree, Value};
    let bytes = Builder::default().finish(&[(
        "alma 8",
        Tree(vec![(
            "perl",
            Tree(vec![
                (
                    "ALSA-2024:0001",
                    Value(r#"{"FixedVersion":"4:5.32.1-473.module_el8.10.0+3779+d5938d28"}"#),
                ),
                (
                    "ALSA-2024:0002",
                    Value(r#"{"FixedVersion":"4:5.26.3-423.el8_10"}"#),
                ),
            ]),
        )]),
    )]);
    let read = read(&bytes).expect("reads");
    assert_eq!(
        found(&read, "almalinux", "8.9", &RPM, "perl", "4:5.26.3-422.el8"),
        ["ALSA-2024:0002 4:5.26.3-423.el8_10 fixed unknown"]
    );
    assert_eq!(
        found(
            &read,
            "almalinux",
            "8.9",
            &RPM,
            "perl",
            "4:5.32.1-472.module_el8.9.0+1+2"
        ),
        ["ALSA-2024:0001 4:5.32.1-473.module_el8.10.0+3779+d5938d28 fixed unknown"]
    );
}
