//! Records that can't be read, wholly or in part: each is counted with its reason, and the rest goes in.

use super::*;

/// What was left out, by reason, sorted.
fn counted(skipped: &[Skipped]) -> Vec<(&str, u64)> {
    let mut counted: Vec<(&str, u64)> = skipped
        .iter()
        .map(|skipped| (skipped.reason.as_str(), skipped.count))
        .collect();
    counted.sort_unstable();
    counted
}

fn only(summary: &ImportSummary) -> &FeedSummary {
    let [feed] = summary.feeds.as_slice() else {
        panic!("{summary:?}")
    };
    feed
}

/// A record with these ranges, in JSON, for the package alpha of npm.
fn ranges(id: &str, ranges: &str) -> String {
    format!(
        r#"{{"id":"{id}","modified":"2024-01-02T03:04:05Z",
            "affected":[{{"package":{{"ecosystem":"npm","name":"alpha"}},"ranges":[{ranges}]}}]}}"#
    )
}

fn stretch(begin: &str, end: &str) -> String {
    format!(r#"{{"type":"SEMVER","events":[{{"introduced":"{begin}"}},{{"fixed":"{end}"}}]}}"#)
}

#[test]
fn bad_records_are_counted_and_the_rest_goes_in() {
    let folder = folder();
    let database = folder.path().join("db.sqlite");
    let zipped = folder.path().join("all.zip");
    let large = vec![b' '; (16 << 20) + 1];
    archive(
        &zipped,
        &[
            (
                "../../outside.json",
                record("A-1", "npm", "alpha", "1").as_bytes(),
            ),
            ("/etc/passwd", record("A-2", "npm", "alpha", "2").as_bytes()),
            (
                "cut.json",
                b"{\"id\":\"A-3\",\"modified\":\"x\",\"affected\":[",
            ),
            ("nameless.json", b"{\"affected\":[]}"),
            ("nameless too.json", b"{\"affected\":[]}"),
            ("bomb.json", &large),
            ("notes.txt", b"hello"),
            ("empty.json", b""),
        ],
    );
    let summary = run(&[zipped], &database).expect("imports");
    assert_eq!(fixed(&database, "npm", "alpha"), ["1", "2"]);
    assert_eq!(summary.ignored, 2);
    let feed = only(&summary);
    assert_eq!(
        (feed.name.as_str(), feed.read, feed.imported),
        ("osv/npm", 6, 2)
    );
    assert_eq!(
        counted(&feed.skipped),
        [
            ("JSON ends too early", 1),
            ("larger than 16 MiB", 1),
            ("no usable id", 2)
        ]
    );
    let mut left: Vec<_> = fs::read_dir(folder.path())
        .expect("lists")
        .map(|entry| entry.expect("entry").file_name())
        .collect();
    left.sort();
    assert_eq!(left, ["all.zip", "db.sqlite"]);
}

#[test]
fn parts_that_cannot_be_meant_are_left_out_and_the_rest_of_the_record_goes_in() {
    let folder = folder();
    let database = folder.path().join("db.sqlite");
    let zipped = folder.path().join("all.zip");
    let absurd = "1".repeat(1 << 20);
    let good = stretch("0", "1.5.0");
    let records = [
        ranges("A-1", &stretch("0", "1.0.0")),
        // Whole records.
        ranges("A-2", &stretch("0", &absurd)),
        ranges("A-3", r#"{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":7}]}"#),
        ranges("A-4", r#"{"type":"SEMVER","events":[{"fixed":"9.0.0"}]}"#),
        r#"{"id":"A-5","affected":[{"package":{"ecosystem":"npm"},"versions":["1.0.0"]}]}"#
            .to_owned(),
        r#"{"id":"A-6","affected":[{"package":{"ecosystem":"npm","name":["alpha"]},"versions":["1.0.0"]}]}"#
            .to_owned(),
        r#"{"id":"A-7","affected":"alpha"}"#.to_owned(),
        // Ranges beside good ones.
        ranges("A-8", &format!("{},{good}", stretch("3.0.0", "2.0.0"))),
        ranges("A-9", &format!("{},{good}", stretch("0", &absurd))),
        // The record stays, matches nothing and keeps its id.
        ranges("A-10", &stretch("3.0.0", "2.0.0")),
        // No mistakes: no package, for commits alone; null for an end that is not there.
        r#"{"id":"A-11","affected":[{"ranges":[{"type":"GIT","events":[{"introduced":"0"}]}]}]}"#
            .to_owned(),
        ranges("A-12", r#"{"type":"SEMVER","events":[{"introduced":"0","fixed":null},{"fixed":"1.2.0"}]}"#),
        // Ids, names and lists of an absurd length are no reason to lose anything else.
        format!(
            r#"{{"id":"A-13","aliases":["{absurd}","CVE-2024-1234"],"affected":[
            {{"package":{{"ecosystem":"npm","name":"alpha"}},"versions":["{absurd}","1.0.0"]}}]}}"#
        ),
    ];
    let entries: Vec<(String, &[u8])> = records
        .iter()
        .enumerate()
        .map(|(number, text)| (format!("{}.json", number + 1), text.as_bytes()))
        .collect();
    let entries: Vec<(&str, &[u8])> = entries
        .iter()
        .map(|(name, bytes)| (name.as_str(), *bytes))
        .collect();
    archive(&zipped, &entries);
    let summary = run(std::slice::from_ref(&zipped), &database).expect("imports");
    let feed = only(&summary);
    assert_eq!((feed.read, feed.imported), (13, 7));
    assert_eq!(
        counted(&feed.skipped),
        [
            ("a range that begins nowhere", 1),
            ("a range with a bound that is no version", 2),
            ("an entry without a usable package name or ecosystem", 2),
            ("unexpected type", 1),
        ]
    );
    assert_eq!(
        counted(&feed.left_out),
        [
            ("a range that ends before it begins", 2),
            ("a range with a bound that is no version", 1),
        ]
    );
    let fixes = fixed(&database, "npm", "alpha");
    assert_eq!(fixes[..4], ["1.0.0", "1.5.0", "1.5.0", "1.2.0"]);
    assert!(fixes[4].contains(r#"versions: ["1.0.0"]"#), "{fixes:?}");
    let opened = Database::open(&Choice::File(database.clone())).expect("opens");
    for id in ["A-10", "A-11", "CVE-2024-1234"] {
        assert_eq!(
            opened.advisories_named(id).expect("answers").len(),
            1,
            "{id}"
        );
    }

    let strict = ImportOptions {
        strict: true,
        ..ImportOptions::default()
    };
    let beside = folder.path().join("x/all.zip");
    archive(&beside, &[("8.json", records[7].as_bytes())]);
    let summary = import(&[beside], &database, &strict, &mut |_| {}).expect("imports");
    assert!(!summary.committed, "a range was left out");
}

#[test]
fn of_two_records_with_one_id_in_one_archive_the_later_one_counts() {
    let folder = folder();
    let database = folder.path().join("db.sqlite");
    let zipped = folder.path().join("all.zip");
    let [first, second, other] = [("A-1", "1"), ("A-1", "2"), ("A-2", "3")]
        .map(|(id, version)| record(id, "npm", "alpha", version));
    let entries: [(&str, &[u8]); 3] = [
        ("1.json", first.as_bytes()),
        ("2.json", second.as_bytes()),
        ("3.json", other.as_bytes()),
    ];
    archive(&zipped, &entries);
    let summary = run(std::slice::from_ref(&zipped), &database).expect("imports");
    let feed = only(&summary);
    assert_eq!((feed.read, feed.imported), (3, 2));
    assert_eq!(
        feed.skipped,
        [Skipped {
            reason: "another record of the same id came after it".to_owned(),
            count: 1,
            examples: vec!["A-1".to_owned()],
        }]
    );
    assert_eq!(fixed(&database, "npm", "alpha"), ["2", "3"]);

    // A record of an earlier import is replaced: that is what imports are for.
    archive(&zipped, &entries[1..]);
    let summary = run(&[zipped], &database).expect("imports");
    assert_eq!(only(&summary).skipped, []);
}

#[test]
fn an_ecosystem_that_nobody_knows_is_kept_as_it_comes() {
    let folder = folder();
    let database = folder.path().join("db.sqlite");
    let path = folder.path().join("a.json");
    // Nobody knows the order of its versions, so no range of it can be backwards.
    let text = ranges("A-1", &stretch("3.0.0", "2.0.0")).replace("npm", "Ecosystem To Come:7");
    fs::write(&path, text).expect("written");
    let summary = run(&[path], &database).expect("imports");
    assert_eq!(only(&summary).left_out, []);
    assert_eq!(fixed(&database, "Ecosystem To Come:7", "alpha").len(), 1);
    assert_eq!(feeds(&database), [("osv/Ecosystem To Come".to_owned(), 1)]);
}

#[test]
fn a_description_of_50_megabytes_is_too_large_and_one_of_10_is_not_kept() {
    let folder = folder();
    let database = folder.path().join("db.sqlite");
    let zipped = folder.path().join("all.zip");
    let [huge, large] = [50, 10].map(|megabytes| {
        let text = record(&format!("A-{megabytes}"), "npm", "alpha", "1.0.0");
        format!(
            r#"{{"details":"{}",{}"#,
            "x".repeat(megabytes << 20),
            &text[1..]
        )
    });
    archive(
        &zipped,
        &[
            ("huge.json", huge.as_bytes()),
            ("large.json", large.as_bytes()),
        ],
    );
    let summary = run(&[zipped], &database).expect("imports");
    let feed = only(&summary);
    assert_eq!((feed.read, feed.imported), (2, 1));
    assert_eq!(counted(&feed.skipped), [("larger than 16 MiB", 1)]);
    assert_eq!(fixed(&database, "npm", "alpha"), ["1.0.0"]);
    assert!(fs::metadata(&database).expect("there").len() < 1 << 20);
}
