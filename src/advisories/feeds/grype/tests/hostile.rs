//! Records that are no good, files that are something else, and files that are damaged.

use super::*;

#[test]
fn a_bad_record_loses_nothing_but_itself() {
    let made = Made::new();
    let good = range("< 2.0.0", "2.0.0", "fixed");
    for (id, said, tied) in [
        ("GHSA-1", json!({"id": "GHSA-1"}), good.clone()),
        ("GHSA-2", json!(["no object"]), good.clone()),
        ("GHSA-3", json!({"aliases": 7}), good.clone()),
        ("GHSA-4", json!({}), json!({"ranges": "no list"})),
        ("GHSA-5", json!({}), range("< 1.0.0 >", "", "")),
        (
            "GHSA-6",
            json!({"description": 7, "refs": null, "severities": [{"value": null}, {"value": [1]}, {}]}),
            good.clone(),
        ),
        (
            "GHSA-7",
            json!({}),
            json!({"qualifiers": {"only_builds_of": "somebody"}, "ranges": [{}]}),
        ),
        (
            "GHSA-8",
            json!({}),
            json!({"qualifiers": {"platform_cpes": ["cpe:2.3:o:microsoft:windows:-:*:*"]},
            "ranges": [{"version": {"constraint": "< 2.0.0"}}]}),
        ),
        (" ", json!({}), good),
    ] {
        let id = made.vulnerability("github", id, &said);
        made.affected(id, None, ("npm", "left"), &tied);
    }
    // Rows that lead nowhere, and others than their columns promise.
    for values in [
        "1, 9, 1, 1",
        "1, NULL, 99, 1",
        "1, NULL, 'x', 1",
        "99, NULL, 1, 99",
        "-1, NULL, 1, x'00'",
    ] {
        made.run(
            &format!("INSERT INTO affected_package_handles (vulnerability_id, operating_system_id, package_id, blob_id) VALUES ({values})"),
            &[],
        );
    }
    made.run(
        "INSERT INTO packages (ecosystem, name) VALUES (NULL, NULL), (7, 'x'), ('npm', '')",
        &[],
    );
    let read = made.read();
    let mut imported: Vec<&str> = read
        .advisories
        .iter()
        .map(|advisory| advisory.id.as_str())
        .collect();
    imported.sort_unstable();
    assert_eq!(imported, ["GHSA-1", "GHSA-6", "GHSA-8"]);
    assert_eq!(
        ids(
            &read,
            &Distro::default(),
            installed(&NPM, "left", "1.0.0", None)
        ),
        ["GHSA-1", "GHSA-6"],
        "Windows is not in an image"
    );
    let mut reasons: Vec<&str> = read
        .skipped
        .iter()
        .map(|(_, reason)| reason.as_str())
        .collect();
    reasons.sort_unstable();
    assert_eq!(
        reasons,
        [
            "a constraint that is none",
            "a qualifier that is not known: only_builds_of",
            "no usable id",
            "unreadable package",
            "unreadable vulnerability",
            "unreadable vulnerability",
        ]
    );
    assert!(
        read.advisories
            .iter()
            .flat_map(|advisory| &advisory.affected)
            .all(|entry| !entry.package.is_empty())
    );
}

#[test]
fn other_files() {
    let made = Made::new();
    let head = std::fs::read(&made.path).expect("file");
    assert!(Grype.recognises(&head[..head.len().min(64 << 10)]));
    assert!(!Grype.recognises(b"SQLite format 3\0"));
    assert!(!Grype.recognises(b"{\"vulnerability_handles\": 1}"));
    let firing = FEEDS.iter().filter(|feed| feed.recognises(&head)).count();
    assert_eq!(firing, 1);

    made.run("UPDATE db_metadata SET model = 7", &[]);
    let error = read(&made.path).expect_err("another schema");
    assert!(error.contains("version 7"), "{error}");
    for change in [
        "DELETE FROM db_metadata",
        "DROP TABLE packages",
        "CREATE VIEW packages AS SELECT 1 AS id, 'npm' AS ecosystem, 'left' AS name",
    ] {
        made.connection.execute_batch(change).expect("change");
        read(&made.path).expect_err(change);
    }
    assert!(read(Path::new("/nowhere/vulnerability.db")).is_err());
}

#[test]
fn a_value_is_found_by_its_number_or_not_at_all() {
    let made = Made::new();
    made.connection
        .execute_batch("DROP TABLE blobs; CREATE TABLE blobs (id integer, value text);")
        .expect("change");
    let error = read(&made.path).expect_err("a table that would be gone over for each row");
    assert!(error.contains("not Grype's"), "{error}");
}

/// One that has some of everything.
fn sample() -> Made {
    let made = Made::new();
    let release = made.release("debian", "12", "", "");
    for number in 0..300 {
        let id = format!("CVE-2024-{number:04}");
        let said =
            json!({"id": id, "description": "d".repeat(number), "severities": [{"value": "high"}]});
        let vulnerability = made.vulnerability("debian", &id, &said);
        let said = range("< 1.0-2", "1.0-2", "fixed");
        made.affected(vulnerability, Some(release), ("deb", "openssl"), &said);
        made.run(
            "INSERT INTO epss_handles (cve, epss, percentile) VALUES (?, 0.1, 0.2)",
            params![id],
        );
    }
    made
}

#[test]
fn damage_ends_in_an_error_or_fewer_records() {
    let made = sample();
    assert_eq!(made.read().advisories.len(), 300);
    let whole = std::fs::read(&made.path).expect("file");
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("damaged.db");
    let mut state = 1_u64;
    let mut random = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(state >> 33).expect("31 bits") % below
    };
    let mut some = 0;
    for round in 0..80 {
        let mut bytes = whole.clone();
        for _ in 0..=round % 8 {
            // Headers of pages are at their beginnings.
            let page = random(whole.len() / 4096) * 4096;
            let at = page + random(if round % 2 == 0 { 4096 } else { 40 });
            bytes[at] = u8::try_from(random(256)).expect("byte");
        }
        if round % 10 == 9 {
            bytes.truncate(random(bytes.len()));
        }
        std::fs::write(&path, &bytes).expect("write");
        if let Ok(read) = read(&path) {
            assert!(read.advisories.len() <= 300);
            some += usize::from(!read.skipped.is_empty());
        }
    }
    assert!(some > 0, "rows beside a damaged page are kept");
}
