//! The database file: what is found in it, and what is refused.

use super::*;
use crate::advisories::{Rating, Severity};
use std::fs;
use tempfile::TempDir;

/// A database file with one advisory, written as an import does it.
fn file() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("folder");
    // A name full of what means something in a URI.
    let path = folder.path().join("a b%41?x#y.sqlite");
    let side = SideFile::begin(&path).expect("begins");
    let connection = side.connect().expect("connects");
    let mut writer = Writer::new(&connection, &path).expect("writer");
    for number in 0..400 {
        writer
            .write("osv/Debian", &prepare(&advisory(number)))
            .expect("written");
    }
    writer
        .finish("2024-05-06T07:08:09.5Z".parse().expect("time"))
        .expect("finished");
    drop(connection);
    side.commit().expect("in place");
    (folder, path)
}

fn advisory(number: u32) -> Advisory {
    let range = |fixed: &str| Range {
        events: vec![
            Event::Introduced("0".to_owned()),
            Event::Fixed(fixed.to_owned()),
        ],
    };
    let entry = |ecosystem: &str, package: &str, fixed: &str| Affected {
        ecosystem: ecosystem.to_owned(),
        package: package.to_owned(),
        ranges: vec![range(fixed)],
        ..Affected::default()
    };
    Advisory {
        id: format!("DSA-{number}-1"),
        feed: "osv/Debian".to_owned(),
        vulnerabilities: vec![format!("CVE-2024-{}", 1000 + number)],
        modified: "2024-01-01T00:00:00Z".parse().ok(),
        ratings: vec![Rating {
            severity: Severity::High,
            source: "debian".to_owned(),
        }],
        affected: vec![
            entry("Debian:12", &format!("package-{number}"), "1.0-1"),
            entry("Debian:12", &format!("package-{number}"), "2.0-1"),
            entry("Debian:11", "shared", "3.0-1"),
        ],
        ..Advisory::default()
    }
}

fn open(path: &Path) -> Result<Database, DatabaseError> {
    Database::open(&Choice::File(path.to_owned()))
}

#[test]
fn what_was_written_is_found() {
    let (_folder, path) = file();
    let database = open(&path).expect("opens");
    assert_eq!(
        database.verify().expect("whole"),
        Verified {
            advisories: 400,
            entries: 1200,
            facts: 0,
        }
    );
    let has = |ecosystem| database.has_ecosystem(ecosystem).expect("answers");
    assert!(has("Debian:12") && !has("Debian:10"));
    let info = database.info().expect("info");
    assert_eq!(
        (info.kind, info.path.as_deref()),
        ("file", Some(path.as_path()))
    );
    assert_eq!(info.built_at, "2024-05-06T07:08:09Z");
    assert_eq!(
        info.feeds,
        [FeedInfo {
            name: "osv/Debian".to_owned(),
            records: 400,
            newest: Some("2024-01-01T00:00:00Z".to_owned()),
            fetched: None,
        }]
    );
    let mut found = Vec::new();
    database
        .look_up("Debian:12", "package-7", |number, entry| {
            found.push((number, format!("{entry:?}")));
        })
        .expect("answers");
    assert_eq!(
        found,
        [
            (8, "Before(\"1.0-1\")".to_owned()),
            (8, "Before(\"2.0-1\")".to_owned())
        ]
    );
    assert_eq!(database.full_advisory(8).expect("there").affected.len(), 3);
}

#[test]
fn search_goes_by_id_then_name_then_prefix() {
    let (_folder, path) = file();
    let database = open(&path).expect("opens");
    let ids = |word: &str, limit: usize| -> Vec<String> {
        database
            .search(word, limit)
            .expect("answers")
            .into_iter()
            .map(|advisory| advisory.id)
            .collect()
    };
    assert_eq!(ids("dsa-7-1", 10), ["DSA-7-1"]);
    assert_eq!(ids("cve-2024-1007", 10), ["DSA-7-1"]);
    assert_eq!(ids("package-7", 10), ["DSA-7-1"]);
    assert_eq!(ids("package-39", 20).len(), 1);
    assert_eq!(ids("package-3", 5), ["DSA-3-1"]);
    assert_eq!(ids("packag", 5).len(), 5);
    assert_eq!(ids("nothing", 5), [] as [&str; 0]);
    assert_eq!(ids("", 5), [] as [&str; 0]);
}

#[test]
fn files_that_are_no_whole_database_are_refused_with_the_reason() {
    let (folder, path) = file();
    let whole = fs::read(&path).expect("read");
    let broken = folder.path().join("broken");
    let with = |at: usize, byte: u8| {
        let mut bytes = whole.clone();
        bytes[at] = byte;
        bytes
    };
    for (bytes, complaint) in [
        (Vec::new(), "is no SQLite file"),
        (b"SQLite format 2\0".to_vec(), "is no SQLite file"),
        (b"{\"id\":1}".to_vec(), "is no SQLite file"),
        (
            whole[..60].to_vec(),
            "is 60 bytes long, its header says 100",
        ),
        (whole[..5000].to_vec(), "is 5000 bytes long"),
        (
            [whole.as_slice(), &[0]].concat(),
            "cut off or still being copied",
        ),
        (with(68, 0), "no vulnerability database"),
        (with(63, 1), "has schema version 1, this program reads 4"),
        (with(18, 2), "write-ahead log"),
        (with(16, 0), "its header says"),
    ] {
        fs::write(&broken, bytes).expect("written");
        let error = open(&broken).map(|_| ()).expect_err(complaint);
        let message = error.to_string();
        assert!(
            message.contains(complaint) && message.contains("broken"),
            "{message}"
        );
        assert!(!message.contains('\n'), "{message}");
        assert!(error.hint().is_some(), "{message}");
    }
    assert!(matches!(
        open(&folder.path().join("none")),
        Err(DatabaseError::Missing { .. })
    ));
    assert!(matches!(open(folder.path()), Err(DatabaseError::Io { .. })));
}

#[test]
fn a_damaged_page_is_an_error_and_no_empty_answer() {
    let (folder, path) = file();
    let mut bytes = fs::read(&path).expect("read");
    let page = 4096;
    assert!(bytes.len() > page * 12);
    bytes[page * 9..].fill(0x5a);
    let broken = folder.path().join("broken");
    fs::write(&broken, bytes).expect("written");
    let database = open(&broken);
    let Ok(database) = database else { return };
    assert!(database.verify().is_err());
    let mut failed = 0;
    for number in 0..400 {
        let mut found = 0;
        match database.look_up("Debian:12", &format!("package-{number}"), |_, _| found += 1) {
            Ok(()) => assert_eq!(found, 2, "package-{number}"),
            Err(_) => failed += 1,
        }
    }
    assert!(failed > 0);
}

#[test]
fn every_byte_flipped_ends_in_an_answer() {
    let (folder, path) = file();
    let whole = fs::read(&path).expect("read");
    let broken = folder.path().join("broken");
    // Every 97th byte of the first pages, where the structure is.
    for at in (0..whole.len().min(80_000)).step_by(97) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0xff;
        fs::write(&broken, bytes).expect("written");
        if let Ok(database) = open(&broken) {
            let _ = database.info();
            let _ = database.look_up("Debian:12", "package-7", |_, _| {});
            let _ = database.search("shared", 3);
        }
    }
}

#[test]
fn a_database_of_another_schema_is_not_overwritten() {
    let (_folder, path) = file();
    let mut bytes = fs::read(&path).expect("read");
    bytes[63] = 9;
    fs::write(&path, &bytes).expect("written");
    assert!(matches!(
        SideFile::begin(&path),
        Err(DatabaseError::Schema { found: 9, .. })
    ));
    assert_eq!(fs::read(&path).expect("read"), bytes);
}

#[test]
fn readers_keep_what_they_opened() {
    let (_folder, path) = file();
    let database = open(&path).expect("opens");
    let side = SideFile::begin(&path).expect("begins");
    let connection = side.connect().expect("connects");
    let mut writer = Writer::new(&connection, &path).expect("writer");
    for number in 0..400 {
        let mut changed = advisory(number);
        changed.affected.clear();
        writer
            .write("osv/Debian", &prepare(&changed))
            .expect("written");
    }
    writer
        .finish(jiff::Timestamp::UNIX_EPOCH)
        .expect("finished");
    drop(connection);
    side.commit().expect("in place");
    let count = |database: &Database| {
        let mut found = 0;
        database
            .look_up("Debian:11", "shared", |_, _| found += 1)
            .expect("answers");
        found
    };
    assert_eq!(count(&database), 400);
    let new = open(&path).expect("opens");
    assert_eq!(count(&new), 0);
    assert_eq!(
        new.verify().expect("whole"),
        Verified {
            advisories: 400,
            entries: 0,
            facts: 0,
        }
    );
}

#[test]
fn the_seed_is_read_as_it_is_needed() {
    let database = Database::open(&Choice::Seed).expect("opens");
    let info = database.info().expect("info");
    assert_eq!(info.kind, "seed");
    assert!(database.ecosystems.borrow().is_empty());
    assert!(database.has_ecosystem("Debian:12").expect("answers"));
    assert!(!database.has_ecosystem("Debian:1").expect("answers"));
    assert!(
        database
            .ecosystems
            .borrow()
            .keys()
            .all(|ecosystem| ecosystem.starts_with("Debian:"))
    );
    let found = database.search("CVE-2021-44228", 10).expect("answers");
    assert!(
        found.iter().any(|advisory| advisory.feed == "seed/maven"),
        "{found:?}"
    );
    // Counting lines and reading the files come to the same.
    let verified = database.verify().expect("whole");
    assert_eq!(
        verified.advisories,
        info.feeds.iter().map(|feed| feed.records).sum::<u64>()
    );
    let newest: Vec<Option<i64>> = database
        .read(|connection| {
            connection
                .prepare("SELECT newest FROM feed ORDER BY name")?
                .query_map([], |row| row.get(0))?
                .collect()
        })
        .expect("answers");
    let claimed = info.feeds.iter().map(|feed| {
        feed.newest
            .as_deref()
            .and_then(|time| time.parse::<jiff::Timestamp>().ok())
            .map(jiff::Timestamp::as_second)
    });
    assert_eq!(newest, claimed.collect::<Vec<_>>());
}

#[test]
fn schema_and_program_agree() {
    let connection = Connection::open_in_memory().expect("memory");
    connection.execute_batch(SCHEMA).expect("schema");
    let pragma = |name: &str| -> u32 {
        connection
            .query_row(&format!("PRAGMA {name}"), [], |row| row.get(0))
            .expect(name)
    };
    assert_eq!(
        (pragma("application_id"), pragma("user_version")),
        (APPLICATION_ID, SCHEMA_VERSION)
    );
}
