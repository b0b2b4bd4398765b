//! Writing such a database, reading it, and going on to findings.

use super::Grype;
use crate::advisories::feeds::{AdvisoryFeed, Document, Record, Records};
use crate::advisories::{Advisory, Database, Fact, FixState};
use crate::matching::{Options, match_packages};
use crate::packages::{Distro, Package, PackageKind, Source as SourcePackage};
use rusqlite::Connection;
use serde_json::json;
use std::path::{Path, PathBuf};

const TABLES: &str = "
    CREATE TABLE db_metadata (build_timestamp datetime, model integer, revision integer, addition integer);
    CREATE TABLE blobs (id integer PRIMARY KEY AUTOINCREMENT, value text NOT NULL);
    CREATE TABLE providers (id text PRIMARY KEY, version text, date_captured datetime);
    CREATE TABLE vulnerability_handles (id integer PRIMARY KEY AUTOINCREMENT, name text NOT NULL, status text NOT NULL,
        published_date datetime, modified_date datetime, withdrawn_date datetime, provider_id text NOT NULL, blob_id integer);
    CREATE TABLE operating_systems (id integer PRIMARY KEY AUTOINCREMENT, name text, release_id text, major_version text,
        minor_version text, label_version text, codename text, channel text, eol_date datetime, eoas_date datetime);
    CREATE TABLE packages (id integer PRIMARY KEY AUTOINCREMENT, ecosystem text, name text);
    CREATE TABLE affected_package_handles (id integer PRIMARY KEY AUTOINCREMENT, vulnerability_id integer NOT NULL,
        operating_system_id integer, package_id integer, blob_id integer);
    CREATE TABLE unaffected_package_handles (id integer PRIMARY KEY AUTOINCREMENT, vulnerability_id integer NOT NULL,
        operating_system_id integer, package_id integer, blob_id integer);
    CREATE TABLE affected_cpe_handles (id integer PRIMARY KEY AUTOINCREMENT, vulnerability_id integer, cpe_id integer, blob_id integer);
    CREATE TABLE known_exploited_vulnerability_handles (id integer PRIMARY KEY AUTOINCREMENT, cve text NOT NULL, blob_id integer);
    CREATE TABLE epss_handles (id integer PRIMARY KEY AUTOINCREMENT, cve text NOT NULL, epss real, percentile real);";

/// A database that is being written.
pub(super) struct Made {
    pub(super) connection: Connection,
    pub(super) path: PathBuf,
    _folder: tempfile::TempDir,
}

impl Made {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("vulnerability.db");
        let connection = Connection::open(&path).expect("file");
        // Nobody has to find it after a power failure.
        connection
            .execute_batch("PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY;")
            .expect("settings");
        connection.execute_batch(TABLES).expect("tables");
        let made = Self {
            connection,
            path,
            _folder: folder,
        };
        made.run(
            "INSERT INTO db_metadata VALUES ('2026-01-02 03:04:05+00:00', 6, 1, 0)",
            &[],
        );
        made
    }

    pub(super) fn run(&self, text: &str, values: &[&dyn rusqlite::ToSql]) -> i64 {
        self.connection.execute(text, values).expect("statement");
        self.connection.last_insert_rowid()
    }

    pub(super) fn blob(&self, value: &serde_json::Value) -> i64 {
        let text = value.to_string();
        self.run("INSERT INTO blobs (value) VALUES (?)", &[&text])
    }

    pub(super) fn release(&self, name: &str, major: &str, minor: &str, channel: &str) -> i64 {
        self.run(
            "INSERT INTO operating_systems (name, major_version, minor_version, label_version, channel, eol_date)
             VALUES (?, ?, ?, '', ?, '2028-06-30 00:00:00+00:00')",
            &[&name, &major, &minor, &channel],
        )
    }

    pub(super) fn vulnerability(
        &self,
        provider: &str,
        name: &str,
        said: &serde_json::Value,
    ) -> i64 {
        self.run(
            "INSERT OR IGNORE INTO providers (id) VALUES (?)",
            &[&provider],
        );
        let blob = self.blob(said);
        self.run(
            "INSERT INTO vulnerability_handles (name, status, published_date, provider_id, blob_id)
             VALUES (?, 'active', '2024-01-02 03:04:05+00:00', ?, ?)",
            &[&name, &provider, &blob],
        )
    }

    pub(super) fn tie(
        &self,
        table: &str,
        vulnerability: i64,
        release: Option<i64>,
        package: (&str, &str),
        said: &serde_json::Value,
    ) {
        let blob = self.blob(said);
        let package = self.run(
            "INSERT INTO packages (ecosystem, name) VALUES (?, ?)",
            &[&package.0, &package.1],
        );
        self.run(
            &format!(
                "INSERT INTO {table} (vulnerability_id, operating_system_id, package_id, blob_id) VALUES (?, ?, ?, ?)"
            ),
            &[&vulnerability, &release, &package, &blob],
        );
    }

    pub(super) fn affected(
        &self,
        vulnerability: i64,
        release: Option<i64>,
        package: (&str, &str),
        said: &serde_json::Value,
    ) {
        self.tie(
            "affected_package_handles",
            vulnerability,
            release,
            package,
            said,
        );
    }

    pub(super) fn read(&self) -> Read {
        read(&self.path).expect("read")
    }
}

#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) advisories: Vec<Advisory>,
    pub(super) facts: Vec<(String, Fact)>,
    pub(super) skipped: Vec<(String, String)>,
}

pub(super) fn read(path: &Path) -> std::result::Result<Read, String> {
    let mut read = Read::default();
    let mut take = |record| match record {
        Record::Advisory(advisory) => read.advisories.push(advisory),
        Record::Fact(feed, fact) => read.facts.push((feed, fact)),
        Record::Skipped(what, reason) => read.skipped.push((what, reason)),
        _ => {}
    };
    let document = Document {
        label: "vulnerability.db",
        bytes: &[],
        file: Some(path),
    };
    Grype.read(&document, &mut Records::new(&mut take))?;
    Ok(read)
}

pub(super) fn range(constraint: &str, fix: &str, state: &str) -> serde_json::Value {
    json!({"ranges": [{"version": {"type": "x", "constraint": constraint}, "fix": {"version": fix, "state": state}}]})
}

pub(super) fn distro(id: &str, version: &str) -> Distro {
    Distro {
        id: id.to_owned(),
        version_id: Some(version.to_owned()),
        ..Distro::default()
    }
}

/// Ids and fixed versions of what is found in a package.
pub(super) fn found(
    read: &Read,
    distro: &Distro,
    package: Package,
) -> Vec<(String, Vec<String>, FixState)> {
    let database = Database::of(&read.advisories);
    let matched = match_packages(&[package], Some(distro), &database, &Options::default());
    let findings = matched.expect("matched").findings.into_iter();
    findings
        .map(|finding| (finding.id, finding.fixed_versions, finding.fix_state))
        .collect()
}

pub(super) fn ids(read: &Read, distro: &Distro, package: Package) -> Vec<String> {
    let found = found(read, distro, package).into_iter();
    found.map(|(id, ..)| id).collect()
}

pub(super) fn installed(
    kind: &'static PackageKind,
    name: &str,
    version: &str,
    source: Option<(&str, &str)>,
) -> Package {
    let mut package = Package::new(kind, name, version);
    package.source = source.map(|(name, version)| SourcePackage {
        name: name.to_owned(),
        version: version.to_owned(),
    });
    package
}
