//! Imports as a whole: what goes in, what is counted, and that the database changes in one step or not at all.

use super::*;
use crate::advisories::{Choice, Database, Entry};
use std::fs;
use std::io::Write;
use tempfile::TempDir;
use zip::write::SimpleFileOptions;

mod bad_records;

fn folder() -> TempDir {
    tempfile::tempdir().expect("folder")
}

fn record(id: &str, ecosystem: &str, package: &str, fixed: &str) -> String {
    format!(
        r#"{{"id":"{id}","modified":"2024-01-02T03:04:05Z","affected":[{{"package":{{"ecosystem":"{ecosystem}","name":"{package}"}},
            "ranges":[{{"type":"ECOSYSTEM","events":[{{"introduced":"0"}},{{"fixed":"{fixed}"}}]}}]}}]}}"#
    )
}

fn archive(path: &Path, entries: &[(&str, &[u8])]) {
    fs::create_dir_all(path.parent().expect("parent")).expect("folder");
    let mut writer = zip::ZipWriter::new(fs::File::create(path).expect("created"));
    for (name, bytes) in entries {
        writer
            .start_file(*name, SimpleFileOptions::default())
            .expect("entry");
        writer.write_all(bytes).expect("written");
    }
    writer.finish().expect("finished");
}

fn run(paths: &[PathBuf], database: &Path) -> Result<ImportSummary, DatabaseError> {
    import(paths, database, &ImportOptions::default(), &mut |_| {})
}

fn fixed(database: &Path, ecosystem: &str, package: &str) -> Vec<String> {
    let database = Database::open(&Choice::File(database.to_owned())).expect("opens");
    let mut found = Vec::new();
    database
        .look_up(ecosystem, package, |_, entry| match entry {
            Entry::Before(fixed) => found.push(fixed.to_owned()),
            Entry::Full(entry) => found.push(format!("{entry:?}")),
        })
        .expect("answers");
    found
}

fn feeds(database: &Path) -> Vec<(String, u64)> {
    let database = Database::open(&Choice::File(database.to_owned())).expect("opens");
    database.verify().expect("whole");
    database
        .info()
        .expect("info")
        .feeds
        .into_iter()
        .map(|feed| (feed.name, feed.records))
        .collect()
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/advisories")
        .join(name)
}

#[test]
fn an_archive_a_folder_and_a_file_say_the_same() {
    let folder = folder();
    let text = record("DSA-1-1", "Debian:12", "alpha", "1.0-1");
    let withdrawn =
        r#"{"id":"DSA-2-1","modified":"2024-01-01T00:00:00Z","withdrawn":"2024-01-01T00:00:00Z"}"#;
    let zipped = folder.path().join("feed.bin");
    archive(
        &zipped,
        &[
            ("DSA-1-1.json", text.as_bytes()),
            ("DSA-2-1.json", withdrawn.as_bytes()),
        ],
    );
    let loose = folder.path().join("loose");
    fs::create_dir(&loose).expect("folder");
    fs::write(loose.join("a.json"), &text).expect("written");
    fs::write(loose.join("b"), withdrawn).expect("written");
    let file = folder.path().join("one");
    fs::write(&file, &text).expect("written");
    for (path, records) in [(zipped, 2), (loose, 2), (file, 1)] {
        let database = folder.path().join("db").join(format!("{records}.sqlite"));
        let summary = run(std::slice::from_ref(&path), &database).expect("imports");
        assert_eq!(summary.feeds.len(), 1, "{path:?}");
        assert_eq!(
            feeds(&database),
            [("osv/Debian".to_owned(), records)],
            "{path:?}"
        );
        assert_eq!(
            fixed(&database, "Debian:12", "alpha"),
            ["1.0-1"],
            "{path:?}"
        );
        fs::remove_file(database).expect("removed");
    }
}

#[test]
fn githubs_own_collection_is_a_feed_and_what_nobody_reviewed_is_left_out() {
    let folder = folder();
    let database = folder.path().join("db.sqlite");
    let ghsa = |id: &str, ecosystem: &str| record(id, ecosystem, "alpha", "1.0.1");
    let unreviewed = |affected: &str| {
        format!(
            r#"{{"id":"GHSA-3333-3333-3333","modified":"2024-01-01T00:00:00Z","aliases":["CVE-2024-0003"],"affected":[{affected}],
            "database_specific":{{"github_reviewed":false}}}}"#
        )
    };
    let (npm, go) = (
        ghsa("GHSA-1111-1111-1111", "npm"),
        ghsa("GHSA-2222-2222-2222", "Go"),
    );
    let (nothing, named) = (
        unreviewed(""),
        unreviewed(
            r#"{"package":{"ecosystem":"npm","name":"beta"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"2.0.0"}]}]}"#,
        )
        .replace("3333", "4444"),
    );
    let below = "advisory-database-main/advisories";
    let paths = [
        (format!("{below}/github-reviewed/2024/01/a/a.json"), &npm),
        (format!("{below}/github-reviewed/2024/01/b/b.json"), &go),
        (format!("{below}/unreviewed/2024/01/c/c.json"), &nothing),
        (format!("{below}/unreviewed/2024/01/d/d.json"), &named),
    ];
    let zipped = folder.path().join("main.zip");
    let entries: Vec<(&str, &[u8])> = paths
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_bytes()))
        .collect();
    // Folders are no documents.
    archive(
        &zipped,
        &[&[("advisory-database-main/", &[][..])], &entries[..]].concat(),
    );
    // The same record in OSV's archive is another feed's, and stays when one of them is replaced.
    let other = folder.path().join("npm.json");
    fs::write(&other, &npm).expect("written");
    let summary = run(&[zipped, other], &database).expect("imports");
    assert_eq!((summary.ignored, summary.empty), (0, 1));
    assert_eq!(
        feeds(&database),
        [("ghsa".to_owned(), 3), ("osv/npm".to_owned(), 1)]
    );
    assert_eq!(fixed(&database, "npm", "beta"), ["2.0.0"]);
    // Unpacked it is the same feed.
    let loose = folder.path().join("loose");
    for (path, text) in &paths {
        let path = loose.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folder");
        fs::write(path, text).expect("written");
    }
    let database = folder.path().join("loose.sqlite");
    run(&[loose], &database).expect("imports");
    assert_eq!(feeds(&database), [("ghsa".to_owned(), 3)]);
}

#[test]
fn records_of_the_same_feed_and_id_are_replaced_and_others_kept() {
    let folder = folder();
    let database = folder.path().join("db.sqlite");
    let first = folder.path().join("first.json");
    fs::write(&first, record("DSA-1-1", "Debian:12", "alpha", "1.0-1")).expect("written");
    let other = folder.path().join("other.json");
    fs::write(&other, record("DSA-2-1", "Debian:12", "alpha", "2.0-1")).expect("written");
    run(&[first.clone(), other], &database).expect("imports");
    assert_eq!(fixed(&database, "Debian:12", "alpha"), ["1.0-1", "2.0-1"]);

    fs::write(&first, record("DSA-1-1", "Debian:12", "beta", "1.0-2")).expect("written");
    run(std::slice::from_ref(&first), &database).expect("imports");
    assert_eq!(fixed(&database, "Debian:12", "alpha"), ["2.0-1"]);
    assert_eq!(fixed(&database, "Debian:12", "beta"), ["1.0-2"]);
    assert_eq!(feeds(&database), [("osv/Debian".to_owned(), 2)]);

    // A withdrawal that names no ecosystem any more replaces the record where it is.
    fs::write(
        &first,
        r#"{"id":"DSA-1-1","modified":"2024-02-01T00:00:00Z","withdrawn":"2024-02-01T00:00:00Z"}"#,
    )
    .expect("written");
    run(&[first], &database).expect("imports");
    assert_eq!(feeds(&database), [("osv/Debian".to_owned(), 2)]);
    assert_eq!(fixed(&database, "Debian:12", "beta"), [] as [&str; 0]);
}

#[test]
fn an_archive_of_two_ecosystems_is_called_by_the_one_it_is_for() {
    let both = r#"{"id":"BELL-CVE-2024-1111","modified":"2024-01-01T00:00:00Z","affected":[
        {"package":{"ecosystem":"Alpaquita:23","name":"go"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"}]}]},
        {"package":{"ecosystem":"Alpaquita:25","name":"go"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"}]}]},
        {"package":{"ecosystem":"BellSoft Hardened Containers:23","name":"go"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"}]}]}]}"#;
    let one = record("BELL-CVE-2024-2222", "Alpaquita:23", "go", "1-r0");
    let withdrawn = r#"{"id":"BELL-CVE-2024-3333","modified":"2024-01-01T00:00:00Z","withdrawn":"2024-01-01T00:00:00Z"}"#;
    let folder = folder();
    let small = folder.path().join("x/all.zip");
    archive(&small, &[("1.json", both.as_bytes())]);
    let named = folder.path().join("Alpaquita/all.zip");
    archive(&named, &[("1.json", both.as_bytes())]);
    let large = folder.path().join("y/all.zip");
    archive(
        &large,
        &[
            ("0.json", withdrawn.as_bytes()),
            ("1.json", both.as_bytes()),
            ("2.json", one.as_bytes()),
        ],
    );
    for (path, feed, records) in [
        (small, "osv/BellSoft Hardened Containers", 1),
        (named, "osv/Alpaquita", 1),
        (large, "osv/Alpaquita", 3),
    ] {
        let database = folder.path().join("db.sqlite");
        let _ = fs::remove_file(&database);
        run(std::slice::from_ref(&path), &database).expect("imports");
        assert_eq!(feeds(&database), [(feed.to_owned(), records)], "{path:?}");
    }
}

#[test]
fn a_mixed_folder_is_told_apart_record_by_record() {
    let folder = folder();
    let mixed = folder.path().join("mixed");
    fs::create_dir(&mixed).expect("folder");
    fs::write(mixed.join("1.json"), record("GHSA-1", "npm", "alpha", "1")).expect("written");
    fs::write(
        mixed.join("2.json"),
        record("PYSEC-1", "PyPI", "Alpha_Beta", "1"),
    )
    .expect("written");
    fs::copy(fixture("secdb-v3.11-main.json"), mixed.join("3.json")).expect("copied");
    let database = folder.path().join("db.sqlite");
    run(&[mixed], &database).expect("imports");
    let expected = [
        ("alpine-secdb/v3.11/main", 3),
        ("osv/PyPI", 1),
        ("osv/npm", 1),
    ];
    assert_eq!(
        feeds(&database),
        expected.map(|(name, records)| (name.to_owned(), records))
    );
    assert_eq!(fixed(&database, "PyPI", "alpha-beta"), ["1"]);
}

#[test]
fn nothing_to_import_leaves_no_database_and_keeps_the_old_one() {
    let folder = folder();
    let database = folder.path().join("db.sqlite");
    let text = folder.path().join("notes");
    fs::write(&text, "hello").expect("written");
    let error = run(std::slice::from_ref(&text), &database).expect_err("nothing there");
    assert!(
        matches!(error, DatabaseError::NothingToImport { .. }),
        "{error}"
    );
    assert!(!database.exists());

    let good = folder.path().join("good.json");
    fs::write(&good, record("A-1", "npm", "alpha", "1")).expect("written");
    run(std::slice::from_ref(&good), &database).expect("imports");
    let before = fs::read(&database).expect("read");
    for paths in [vec![text], vec![folder.path().join("missing")]] {
        assert!(run(&paths, &database).is_err());
        assert_eq!(fs::read(&database).expect("read"), before);
    }
    assert!(!folder.path().join(".db.sqlite.import").exists());
}

#[test]
fn what_a_killed_import_left_is_overwritten() {
    let folder = folder();
    let database = folder.path().join("db.sqlite");
    fs::write(folder.path().join(".db.sqlite.import"), b"half a database").expect("written");
    let good = folder.path().join("good.json");
    fs::write(&good, record("A-1", "npm", "alpha", "1")).expect("written");
    run(&[good], &database).expect("imports");
    assert_eq!(feeds(&database), [("osv/npm".to_owned(), 1)]);
    assert!(!folder.path().join(".db.sqlite.import").exists());
}

#[test]
fn imports_at_the_same_time_lose_nothing() {
    let folder = folder();
    let database = folder.path().join("db.sqlite");
    std::thread::scope(|scope| {
        for number in 1..=8 {
            let (folder, database) = (folder.path(), &database);
            scope.spawn(move || {
                let path = folder.join(format!("{number}.json"));
                fs::write(
                    &path,
                    record(&format!("A-{number}"), "npm", "alpha", &number.to_string()),
                )
                .expect("written");
                run(&[path], database).expect("imports");
            });
        }
    });
    let mut fixes = fixed(&database, "npm", "alpha");
    fixes.sort();
    assert_eq!(fixes, ["1", "2", "3", "4", "5", "6", "7", "8"]);
    assert_eq!(feeds(&database), [("osv/npm".to_owned(), 8)]);
}

#[test]
fn the_same_input_gives_the_same_rows() {
    let folder = folder();
    let zipped = folder.path().join("all.zip");
    let records: Vec<(String, String)> = (0..3000)
        .map(|number| {
            (
                format!("{number}.json"),
                record(
                    &format!("A-{number}"),
                    "npm",
                    &format!("p{}", number % 70),
                    "1",
                ),
            )
        })
        .collect();
    let entries: Vec<(&str, &[u8])> = records
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_bytes()))
        .collect();
    archive(&zipped, &entries);
    let names = |path: &Path| {
        let database = Database::open(&Choice::File(path.to_owned())).expect("opens");
        let mut numbers = Vec::new();
        for package in 0..70 {
            database
                .look_up("npm", &format!("p{package}"), |number, _| {
                    numbers.push(number);
                })
                .expect("answers");
        }
        numbers
    };
    let (first, second) = (
        folder.path().join("1.sqlite"),
        folder.path().join("2.sqlite"),
    );
    run(std::slice::from_ref(&zipped), &first).expect("imports");
    run(&[zipped], &second).expect("imports");
    assert_eq!(names(&first).len(), 3000);
    assert_eq!(names(&first), names(&second));
}

#[test]
fn progress_goes_from_nothing_to_all() {
    let folder = folder();
    let path = folder.path().join("a.json");
    fs::write(&path, record("A-1", "npm", "alpha", "1")).expect("written");
    let mut seen = Vec::new();
    import(
        &[path],
        &folder.path().join("db.sqlite"),
        &ImportOptions::default(),
        &mut |progress| {
            seen.push((progress.done, progress.total));
        },
    )
    .expect("imports");
    assert_eq!(seen, [(0, 1), (1, 1)]);
}

#[test]
fn a_compressed_tar_archive_says_what_its_folder_says() {
    let folder = folder();
    let plain = folder.path().join("plain");
    fs::create_dir(&plain).expect("folder");
    let mut builder = tar::Builder::new(flate2::write::GzEncoder::new(
        Vec::new(),
        flate2::Compression::fast(),
    ));
    for number in 0..3 {
        let name = format!("GHSA-{number}.json");
        let text = record(&format!("GHSA-{number}"), "npm", "alpha", "1");
        fs::write(plain.join(&name), &text).expect("written");
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_cksum();
        // A name that would lead out of any folder is a label like another.
        builder
            .append_data(&mut header, format!("x/{name}"), text.as_bytes())
            .expect("appended");
    }
    let bytes = builder
        .into_inner()
        .and_then(flate2::write::GzEncoder::finish)
        .expect("finished");
    let packed = folder.path().join("feed.tar.gz");
    fs::write(&packed, bytes).expect("written");
    let [from_folder, from_archive] = [plain, packed].map(|path| {
        let database = folder.path().join("db.sqlite");
        let _ = fs::remove_file(&database);
        run(&[path], &database).expect("imports");
        (feeds(&database), fixed(&database, "npm", "alpha"))
    });
    assert_eq!(from_archive, from_folder);
    assert_eq!(from_archive.0, [("osv/npm".to_owned(), 3)]);
}

#[test]
fn strict_leaves_the_database_as_it_was() {
    let folder = folder();
    let database = folder.path().join("db.sqlite");
    let path = folder.path().join("feed.zip");
    let good = record("GHSA-1", "npm", "alpha", "1");
    archive(&path, &[("1.json", good.as_bytes())]);
    let options = ImportOptions {
        strict: true,
        ..ImportOptions::default()
    };
    let summary = import(
        std::slice::from_ref(&path),
        &database,
        &options,
        &mut |_| {},
    );
    assert!(summary.expect("imports").committed);
    let better = record("GHSA-1", "npm", "alpha", "2");
    archive(
        &path,
        &[
            ("1.json", better.as_bytes()),
            ("2.json", br#"{"id":7,"affected":[]}"#),
        ],
    );
    let summary = import(
        std::slice::from_ref(&path),
        &database,
        &options,
        &mut |_| {},
    );
    assert!(!summary.expect("imports").committed);
    assert_eq!(fixed(&database, "npm", "alpha"), ["1"]);
    run(&[path], &database).expect("imports");
    assert_eq!(fixed(&database, "npm", "alpha"), ["2"]);
}

#[test]
fn a_feed_that_is_replaced_loses_what_it_no_longer_has_and_others_lose_nothing() {
    let folder = folder();
    let database = folder.path().join("db.sqlite");
    let path = folder.path().join("feed.zip");
    let other = folder.path().join("other.json");
    fs::write(&other, record("PYSEC-1", "PyPI", "beta", "1")).expect("written");
    let [first, second] = ["1", "2"].map(|id| record(&format!("GHSA-{id}"), "npm", "alpha", id));
    archive(
        &path,
        &[("1.json", first.as_bytes()), ("2.json", second.as_bytes())],
    );
    run(&[path.clone(), other], &database).expect("imports");
    archive(&path, &[("2.json", second.as_bytes())]);
    let replace = ImportOptions {
        replace: true,
        ..ImportOptions::default()
    };
    import(&[path], &database, &replace, &mut |_| {}).expect("imports");
    assert_eq!(fixed(&database, "npm", "alpha"), ["2"]);
    assert_eq!(
        feeds(&database),
        [("osv/PyPI".to_owned(), 1), ("osv/npm".to_owned(), 1)]
    );
}
