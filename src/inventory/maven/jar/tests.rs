//! Archives in archives, shaded and damaged ones.

use super::*;
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

fn packed(entries: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        let options = SimpleFileOptions::default().compression_method(method);
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn properties(group: &str, artifact: &str, version: &str) -> Vec<u8> {
    format!(
        "#Created by Maven\r\nversion={version}\r\ngroupId={group}\r\nartifactId={artifact}\r\n"
    )
    .into_bytes()
}

/// A jar with coordinates in it.
fn jar(artifact: &str, version: &str) -> Vec<u8> {
    let name = format!("META-INF/maven/org.example/{artifact}/pom.properties");
    packed(
        &[
            (&name, &properties("org.example", artifact, version)),
            ("A.class", b"x"),
        ],
        CompressionMethod::Deflated,
    )
}

fn told(path: &str, content: &[u8]) -> Vec<String> {
    let show = |one: &InstalledPackage| {
        format!(
            "{} {} {}{}",
            one.package.name,
            one.package.version,
            one.evidence.as_str(),
            one.inner
                .as_ref()
                .map_or_else(String::new, |inner| format!(" in {inner}"))
        )
    };
    let parsed = parse_jar(path.as_bytes(), content).unwrap();
    parsed.packages.iter().map(show).collect()
}

#[test]
fn archives_in_archives_are_found_with_their_path() {
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        let war = packed(
            &[
                ("WEB-INF/lib/a-1.0.jar", &jar("a", "1.0")),
                ("WEB-INF/lib/broken.JAR", b"PK\x03\x04 no archive"),
                ("WEB-INF/lib/b-2.0.jar", &jar("b", "2.0")),
            ],
            method,
        );
        let ear = packed(&[("shop.war", &war)], method);
        assert_eq!(
            told("opt/all.ear", &ear),
            [
                "all:all  file-name",
                "shop:shop  file-name in shop.war",
                "org.example:a 1.0 pom-properties in shop.war!/WEB-INF/lib/a-1.0.jar",
                "org.example:b 2.0 pom-properties in shop.war!/WEB-INF/lib/b-2.0.jar",
            ]
        );
        let warnings = parse_jar(b"all.ear", &ear).unwrap().warnings;
        assert_eq!(
            warnings,
            [
                "shop.war!/WEB-INF/lib/broken.JAR: was not read: has no directory of a zip archive at its end"
            ]
        );
    }
}

#[test]
fn a_shaded_archive_holds_several_and_its_own_is_not_guessed() {
    let content = packed(
        &[
            (
                "META-INF/MANIFEST.MF",
                b"Implementation-Title: Wrong\nImplementation-Version: 9\n",
            ),
            (
                "META-INF/maven/a.b/own/pom.properties",
                &properties("a.b", "own", "1"),
            ),
            (
                "META-INF/maven/c.d/inner/pom.properties",
                &properties("c.d", "inner", "2"),
            ),
            (
                "META-INF/maven/c.d/again/pom.properties",
                &properties("c.d", "inner", "2"),
            ),
        ],
        CompressionMethod::Deflated,
    );
    let both = ["a.b:own 1 pom-properties", "c.d:inner 2 pom-properties"];
    assert_eq!(told("x/own-1.jar", &content), both);
    assert_eq!(told("x/own.jar", &content), both);
    let all = told("x/other-3.jar", &content);
    assert_eq!(all[2..], ["other:other 3 file-name"]);
}

#[test]
fn a_pom_stands_in_for_its_properties_and_names_licences() {
    let pom = b"<project><parent><groupId>a.b</groupId><artifactId>p</artifactId><version>7</version></parent>\
        <artifactId>x</artifactId><licenses><license><name>MIT</name></license></licenses></project>";
    let content = packed(
        &[
            ("META-INF/maven/a.b/x/pom.xml", pom),
            (
                "META-INF/maven/c/y/pom.properties",
                &properties("c", "y", "${project.version}"),
            ),
            ("archetype-resources/pom.xml", pom),
        ],
        CompressionMethod::Deflated,
    );
    assert_eq!(told("x.jar", &content), ["a.b:x 7 pom-xml"]);
    let content = packed(
        &[
            ("META-INF/maven/a.b/x/pom.xml", pom),
            (
                "META-INF/maven/a.b/x/pom.properties",
                &properties("a.b", "x", "8"),
            ),
        ],
        CompressionMethod::Deflated,
    );
    let parsed = parse_jar(b"x.jar", &content).unwrap();
    assert_eq!(parsed.packages.len(), 1);
    assert_eq!(parsed.packages[0].package.licenses, ["MIT"]);
    assert_eq!(parsed.packages[0].package.version, "8");
}

#[test]
fn what_is_no_archive_is_nothing_and_what_is_cut_short_an_error() {
    let whole = jar("a", "1");
    assert!(parse_jar(b"a.jar", b"").unwrap().is_empty());
    assert!(parse_jar(b"a.jar", b"a text").unwrap().is_empty());
    for length in 2..whole.len() {
        assert!(parse_jar(b"a.jar", &whole[..length]).is_err());
    }
    let prefixed = [b"#!/bin/sh\n", &whole[..]].concat();
    assert_eq!(told("a.jar", &prefixed), ["org.example:a 1 pom-properties"]);
}

#[test]
fn hostile_names_do_no_harm() {
    let content = packed(
        &[
            ("../../etc/\x1b[31mevil\0.jar", &jar("a", "1")),
            (
                "META-INF/maven/x/pom.properties",
                b"groupId=a\x07b\nartifactId=c\nversion=1\n",
            ),
            (
                "META-INF/maven/y/pom.properties",
                b"groupId=\nartifactId=c\nversion=1\n",
            ),
            (
                "META-INF/MANIFEST.MF",
                b"Implementation-Title: a\x01\nImplementation-Version: \x02\nBundle-License: \x1b\n",
            ),
        ],
        CompressionMethod::Stored,
    );
    let parsed = parse_jar(b"dir/\x1b.jar", &content).unwrap();
    for one in &parsed.packages {
        let texts = [&one.package.name, &one.package.version];
        let inner = one.inner.iter();
        for text in texts.into_iter().chain(inner).chain(&one.package.licenses) {
            assert!(!text.contains(char::is_control), "{text:?}");
        }
    }
    assert_eq!(parsed.packages.len(), 1);
}

#[test]
fn depth_is_bounded() {
    let mut content = jar("deep", "1");
    for level in 0..12 {
        let name = format!("level-{level}.0.jar");
        content = packed(&[(&name, &content)], CompressionMethod::Deflated);
    }
    let parsed = parse_jar(b"outer.jar", &content).unwrap();
    assert_eq!(parsed.packages.len(), DEPTH + 1);
    assert_eq!(parsed.warnings.len(), 1);
    assert!(parsed.warnings[0].ends_with("more than 8 deep"));
}

/// An archive whose directory lists its one entry `times` times.
fn repeated(name: &str, content: &[u8], times: usize) -> Vec<u8> {
    let once = packed(&[(name, content)], CompressionMethod::Deflated);
    let start = memchr::memmem::rfind(&once, b"PK\x01\x02").unwrap();
    let end = memchr::memmem::rfind(&once, b"PK\x05\x06").unwrap();
    let mut all = once[..start].to_vec();
    let directory = once[start..end].repeat(times);
    let mut record = once[end..].to_vec();
    record[12..16].copy_from_slice(&u32::try_from(directory.len()).unwrap().to_le_bytes());
    all.extend(directory);
    all.extend(record);
    all
}

#[test]
fn entries_over_the_same_bytes_cost_no_more_than_the_budget() {
    // Ten to the eighth archives in some kilobytes.
    let mut content = jar("deep", "1");
    for level in 0..DEPTH {
        content = repeated(&format!("level-{level}.0.jar"), &content, 10);
    }
    assert!(content.len() < 64 * KILOBYTE);
    let parsed = parse_jar(b"outer.jar", &content).unwrap();
    let told = parsed.warnings.last().unwrap();
    assert!(told.contains("far larger than the file"), "{told}");
    assert!(parsed.packages.len() < 1_000_000);
}

#[test]
fn a_bomb_costs_no_more_than_the_budget() {
    let bomb = packed(
        &[("zeros", &vec![0; 100 * MEGABYTE])],
        CompressionMethod::Deflated,
    );
    let content = repeated(
        "bomb.jar",
        &packed(
            &[("x.jar", &bomb), ("y.jar", &vec![0; 80 * MEGABYTE])],
            CompressionMethod::Deflated,
        ),
        1000,
    );
    let parsed = parse_jar(b"outer.jar", &content).unwrap();
    assert!(
        parsed
            .warnings
            .iter()
            .any(|warning| warning.contains("far larger than the file"))
    );
}

#[test]
fn absurd_counts_are_cut() {
    let content = repeated("pom.properties", &properties("a", "b", "1"), 150_000);
    let parsed = parse_jar(b"outer-1.jar", &content).unwrap();
    assert!(parsed.warnings[0].starts_with("50000 entries were not read"));
    assert_eq!(parsed.packages.len(), 2);
}

#[test]
fn changed_bytes_are_survived() {
    let inner = jar("a", "1");
    let content = packed(
        &[("META-INF/MANIFEST.MF", b"A: b\n"), ("lib/a.jar", &inner)],
        CompressionMethod::Deflated,
    );
    for at in 0..content.len() {
        for value in [0, 0xff, content[at] ^ 1] {
            let mut changed = content.clone();
            changed[at] = value;
            if let Ok(parsed) = parse_jar(b"x.jar", &changed) {
                assert!(
                    parsed
                        .packages
                        .iter()
                        .all(|one| !one.package.name.is_empty())
                );
            }
        }
    }
}
