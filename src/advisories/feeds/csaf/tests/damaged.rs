//! Records that are no more, and documents that are not as they should be.

use super::*;

#[test]
fn a_deleted_record_does_not_count() {
    let deleted = br#"{"document": {"tracking": {"id": "CVE-2024-0001", "status": "deleted"}}}"#;
    assert_eq!(
        feed_of(deleted).map(AdvisoryFeed::name),
        Some("redhat-csaf")
    );
    let advisory = one(deleted);
    assert_eq!(
        (advisory.id.as_str(), advisory.feed.as_str()),
        ("CVE-2024-0001", "redhat-csaf/vex")
    );
    // It takes the place of the record that was.
    let advisories = [one(STATES), advisory];
    let package = rpm("alpha", "1.0-1.el9", "alpha", None);
    assert!(found(&advisories, &rhel("9.3", &[]), package).is_empty());

    let csv = b"\"2024/rhsa-2024_2106.json\",\"2024-12-01T21:27:56+00:00\"\n\"2023/cve-2023-1.json\",\"x\"\nnonsense\n\"a/../rhxa-1.json\",\"\"\n";
    assert!(RED_HAT.recognises(csv));
    let ids = |label: &str| -> Vec<(String, bool)> {
        let read = read_all(&RED_HAT, label, csv).expect("read");
        let one = |advisory: Advisory| (advisory.id, advisory.withdrawn.is_some());
        read.advisories.into_iter().map(one).collect()
    };
    assert_eq!(
        ids("advisories/deletions.csv"),
        [
            ("RHSA-2024:2106".to_owned(), true),
            ("CVE-2023-1".to_owned(), true)
        ]
    );
    // What changed is in the same form.
    assert!(ids("advisories/changes.csv").is_empty());
}

#[test]
fn what_does_not_read_is_said_and_its_neighbours_stay() {
    let text = std::str::from_utf8(STATES).expect("text");
    // A relationship that is a number, a status that is one.
    let damaged = text
        .replacen("\"relationships\": [", "\"relationships\": [7,", 1)
        .replacen(
            "\"known_affected\": [",
            "\"known_affected\": [7, \"nobody:knows\",",
            1,
        );
    let read = read(damaged.as_bytes());
    assert_eq!(read.skipped.len(), 1);
    assert_eq!(read.advisories.len(), 1);
    assert_eq!(
        entries(&read.advisories[0], "Red Hat:enterprise_linux:9", "alpha"),
        ["notFixed high"]
    );

    for bad in [
        r#"{"document": {"csaf_version": "2.0", "publisher": {"namespace": "https://www.redhat.com"}, "tracking": {}}}"#,
        r#"{"document": {"csaf_version": "2.0", "publisher": {"namespace": "https://www.redhat.com"}}}"#,
        &text[..text.len() / 2],
    ] {
        assert!(RED_HAT.recognises(bad.as_bytes()));
        assert!(read_all(&RED_HAT, "bad.json", bad.as_bytes()).is_err());
    }
    // Somebody else's CSAF is nobody's feed.
    let other = text.replace("https://www.redhat.com", "https://vendor.example");
    assert!(feed_of(other.as_bytes()).is_none());
}

#[test]
fn relationships_that_go_round_end() {
    let relationship = |id: &str, part: &str, whole: &str| {
        format!(
            r#"{{"category":"default_component_of","full_product_name":{{"product_id":"{id}","name":"x"}},"product_reference":"{part}","relates_to_product_reference":"{whole}"}}"#
        )
    };
    let all = [
        relationship("a", "b", "c"),
        relationship("b", "a", "c"),
        relationship("c", "a", "c"),
        relationship("self", "self", "self"),
    ]
    .join(",");
    let document = format!(
        r#"{{"document":{{"csaf_version":"2.0","category":"csaf_vex","publisher":{{"namespace":"https://www.redhat.com"}},"tracking":{{"id":"CVE-2024-0002"}}}},"product_tree":{{"relationships":[{all}]}},"vulnerabilities":[{{"cve":"CVE-2024-0002","product_status":{{"known_affected":["a","b","c","self"]}}}}]}}"#
    );
    assert_eq!(one(document.as_bytes()).affected, []);
}

#[test]
fn whatever_is_damaged_comes_to_an_end() {
    let mut number: u64 = 7;
    let mut below = |limit: usize| {
        number = number
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(number >> 33).unwrap_or_default() % limit
    };
    let mut read = 0;
    for document in [CURL, STATES, BIND, SUSE_CURL, SUSE_UPDATE] {
        for _ in 0..40 {
            let mut bytes = document.to_vec();
            for _ in 0..=below(20) {
                let at = below(bytes.len());
                bytes[at] = b"\"{}[]:,0a- \xff"[below(12)];
            }
            for feed in [&RED_HAT, &SUSE] {
                if let Ok(found) = read_all(feed, "deletions.csv", &bytes) {
                    read += 1;
                    let mut entries = found.advisories.iter().flat_map(|one| &one.affected);
                    assert!(entries.all(|entry| !entry.package.is_empty()));
                }
            }
        }
    }
    assert!(read > 0, "nothing was left readable");
}

#[test]
fn a_document_without_a_vulnerability_says_nothing() {
    let document = br#"{"document":{"csaf_version":"2.0","category":"csaf_vex","publisher":{"namespace":"https://www.redhat.com"},"tracking":{"id":"CVE-2024-0003"}}}"#;
    let found = read(document);
    assert!(found.advisories.is_empty());
    assert_eq!(
        found.skipped,
        [("CVE-2024-0003".to_owned(), "no vulnerability".to_owned())]
    );
}
