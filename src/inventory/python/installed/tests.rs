//! Installed distributions of every form, and damaged ones.

use super::*;
use crate::packages::Evidence;
use std::collections::HashMap;
use std::io::Write;
use zip::write::{SimpleFileOptions, ZipWriter};

const NEEDS: Needs = Needs {
    owned_files: false,
    checksums: false,
};

fn read(reader: &dyn PackageReader, path: &str, content: &[u8]) -> Parsed {
    match reader.read(path.as_bytes(), content, NEEDS) {
        Ok(Made::Packages(parsed)) => parsed,
        other => panic!("{other:?}"),
    }
}

fn told(parsed: &Parsed) -> Vec<String> {
    let packages = parsed.packages.iter();
    packages
        .map(|one| {
            format!(
                "{} {} {}",
                one.package.name,
                one.package.version,
                one.evidence.as_str()
            )
        })
        .collect()
}

const METADATA: &[u8] = b"Metadata-Version: 2.1\nName: Some_Name\nVersion: 1.0\n";

#[test]
fn places_that_count() {
    for (path, expected) in [
        ("usr/lib/a-1.dist-info/METADATA", true),
        ("a-1.DIST-INFO/METADATA", true),
        ("a-1.dist-info/direct_url.json", true),
        ("METADATA", false),
        ("usr/METADATA", false),
    ] {
        assert_eq!(DistInfo.accepts(path.as_bytes()), expected, "{path}");
    }
    for (path, expected) in [
        ("a-1.egg-info/PKG-INFO", true),
        ("a-1-py3.egg/EGG-INFO/PKG-INFO", true),
        ("a-1.egg-info", true),
        ("a-1-py3.egg", true),
        ("a-1/PKG-INFO", false),
        ("PKG-INFO", false),
    ] {
        assert_eq!(EggInfo.accepts(path.as_bytes()), expected, "{path}");
    }
}

#[test]
fn every_form_of_egg() {
    let name = ["some-name 1.0 installed"];
    assert_eq!(
        told(&read(&EggInfo, "x/a.egg-info/PKG-INFO", METADATA)),
        name
    );
    assert_eq!(told(&read(&EggInfo, "x/a.egg-info", METADATA)), name);
    assert_eq!(
        told(&read(&EggInfo, "x/a.egg/EGG-INFO/PKG-INFO", METADATA)),
        name
    );
    let silent = b"Metadata-Version: 1.0\nName: b\n";
    for path in [
        "b-2.0-py2.7.egg-info/PKG-INFO",
        "b-2.0-py2.7.egg-info",
        "b-2.0-py2.7-linux-x86_64.egg/EGG-INFO/PKG-INFO",
    ] {
        assert_eq!(
            told(&read(&EggInfo, path, silent)),
            ["b 2.0 file-name"],
            "{path}"
        );
    }
}

/// An archive of one deflated entry.
fn archive(name: &str, content: &[u8]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    writer.start_file(name, options).unwrap();
    writer.write_all(content).unwrap();
    writer.finish().unwrap().into_inner()
}

#[test]
fn eggs_that_are_archives() {
    let content = archive("EGG-INFO/PKG-INFO", METADATA);
    let parsed = read(&EggInfo, "some_name-1.0-py3.11.egg", &content);
    assert_eq!(told(&parsed), ["some-name 1.0 installed"]);
    assert_eq!(
        parsed.packages[0].inner.as_deref(),
        Some("EGG-INFO/PKG-INFO")
    );
    assert!(read(&EggInfo, "x.egg", &archive("other", b"")).is_empty());
    assert!(read(&EggInfo, "x.egg", b"an egg").is_empty());
    assert!(read(&EggInfo, "x.egg", b"").is_empty());
    for length in 0..content.len() {
        let _ = EggInfo.read(b"x.egg", &content[..length], NEEDS);
    }
    let mut crowd = content.clone();
    crowd.extend(ENTRY_MARK.repeat(ENTRY_LIMIT));
    assert!(matches!(
        EggInfo.read(b"x.egg", &crowd, NEEDS),
        Err(ReadError::TooLarge { .. })
    ));
    // 17 MB of one letter.
    let bomb = archive("EGG-INFO/PKG-INFO", &vec![b'a'; 17 << 20]);
    assert!(bomb.len() < 100_000);
    assert!(matches!(
        EggInfo.read(b"x.egg", &bomb, NEEDS),
        Err(ReadError::TooLarge { .. })
    ));
}

/// Other files by their paths.
struct Files(HashMap<&'static [u8], Parsed>);

impl Others for Files {
    fn get(&self, path: &[u8]) -> Option<&Parsed> {
        self.0.get(path)
    }
}

#[test]
fn a_direct_url_is_the_origin() {
    let path = "x/a-1.dist-info/METADATA";
    let parsed = read(&DistInfo, path, METADATA);
    assert_eq!(parsed.packages[0].evidence, Evidence::Installed);
    assert_eq!(
        DistInfo.related(path.as_bytes(), &parsed),
        [Related::Consult(
            b"x/a-1.dist-info/direct_url.json".to_vec()
        )]
    );
    for (json, expected) in [
        (
            r#"{"url": "https://u:p@host.example/a.git", "vcs_info": {"vcs": "git", "requested_revision": "v1", "commit_id": "abc"}}"#,
            Some((OriginKind::Git, "https://host.example/a.git", Some("abc"))),
        ),
        (
            r#"{"archive_info": {"hashes": {}}, "url": "https://files.example/a-1.zip"}"#,
            Some((OriginKind::Url, "https://files.example/a-1.zip", None)),
        ),
        (
            r#"{"dir_info": {"editable": true}, "url": "file:///srv/app"}"#,
            Some((OriginKind::Path, "file:///srv/app", None)),
        ),
        ("{}", None),
        ("[", None),
        ("", None),
    ] {
        let url = read(
            &DistInfo,
            "x/a-1.dist-info/direct_url.json",
            json.as_bytes(),
        );
        let files = Files(HashMap::from([(
            &b"x/a-1.dist-info/direct_url.json"[..],
            url,
        )]));
        let joined = DistInfo.join(path.as_bytes(), &parsed, &files);
        let origin = joined.and_then(|joined| joined.packages[0].package.origin.clone());
        let origin = origin.as_ref().map(|origin| {
            (
                origin.kind,
                origin.location.as_str(),
                origin.revision.as_deref(),
            )
        });
        assert_eq!(origin, expected, "{json}");
    }
}
