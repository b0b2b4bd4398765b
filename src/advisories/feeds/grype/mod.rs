//! Grype's `vulnerability.db`, schema version 6 (<https://github.com/anchore/grype>, `grype/db/v6/models.go` and `blobs.go`), so that
//! whoever has Grype's cache has a database.
//!
//! An SQLite file. A row of `vulnerability_handles` is what one provider (`debian`, `github`, `nvd`, …) says of one vulnerability, for
//! a distribution of one release of it; rows of `affected_package_handles` tie it to packages and releases. What is behind either is
//! JSON in `blobs`. `unaffected_package_handles` say the reverse: that a release was never affected, or, for errata of AlmaLinux, from
//! which version on it is not (`grype/db/v6/build/transformers/`). How bad a vulnerability is beyond that is in the provider
//! `nvd`, `known_exploited_vulnerability_handles` and `epss_handles`.
//!
//! Not read: matches by CPE, which guess at packages by the name of a product, and statements about single builds of other vendors.

mod blob;
mod constraint;
mod names;
mod sqlite;
mod tables;

use super::{AdvisoryFeed, Document, Records};
use crate::advisories::model::parse_time;
use crate::advisories::{Epss, Fact};
use jiff::Timestamp;
use sqlite::{MAGIC, Result, Source};
use tables::Tables;

/// The feed.
pub(super) struct Grype;

const NAME: &str = "grype";
/// Longest name or id.
const WORD: usize = 300;
/// Most providers; real ones are some thirty.
const PROVIDERS: usize = 1000;

impl AdvisoryFeed for Grype {
    fn name(&self) -> &'static str {
        NAME
    }

    fn wants_file(&self) -> bool {
        true
    }

    fn recognises(&self, head: &[u8]) -> bool {
        if !head.starts_with(MAGIC) {
            return false;
        }
        if memchr::memmem::find(head, b"vulnerability_handles").is_some() {
            return true;
        }
        // A schema of many pages may lie anywhere; its first page then holds nothing but their numbers. Other programs' files, this
        // one's too, have a number of their own at 68.
        head.get(100) == Some(&5) && head.get(68..72) == Some(&[0; 4])
    }

    fn read(&self, document: &Document<'_>, records: &mut Records<'_>) -> Result<()> {
        let source = Source::open(document.file.ok_or("not a file")?)?;
        check(&source)?;
        let tables = Tables::read(&source, records)?;
        facts(&source, records);
        let mut providers = Vec::new();
        let read = source.rows("providers", &["id"], None, &mut |row| {
            if providers.len() < PROVIDERS
                && let Some(name) = text(row, 0)
            {
                providers.push(name);
            }
            Ok(())
        });
        skip_rest("providers", read, records);
        providers.sort_unstable();
        providers.dedup();
        for provider in providers {
            tables.provider(&provider, records);
        }
        Ok(())
    }
}

/// Whether it is a file of the schema that is known here.
fn check(source: &Source) -> Result<()> {
    let tables = [
        "db_metadata",
        "blobs",
        "providers",
        "vulnerability_handles",
        "packages",
        "affected_package_handles",
    ];
    if !tables.iter().all(|table| source.has(table)) || !source.has_numbered_blobs()? {
        return Err("an SQLite database, but not Grype's".to_owned());
    }
    let mut model = None;
    source.rows("db_metadata", &["model"], None, &mut |row| {
        model = model.or(row.get::<_, Option<i64>>(0).unwrap_or_default());
        Ok(())
    })?;
    match model {
        Some(6) => Ok(()),
        Some(model) => Err(format!(
            "Grype's database in schema version {model}; known is 6"
        )),
        None => Err("Grype's database without a schema version".to_owned()),
    }
}

/// Rows behind a damaged page can't be had; those before it are kept.
fn skip_rest(table: &str, read: Result<()>, records: &mut Records<'_>) {
    if let Err(reason) = read {
        records.skip(format!("rest of {table}"), reason);
    }
}

/// A column's text, if it is usable as a name.
fn text(row: &rusqlite::Row<'_>, column: usize) -> Option<String> {
    let text = row.get_ref(column).ok()?.as_str_or_null().ok()??;
    usable(text).map(str::to_owned)
}

fn usable(text: &str) -> Option<&str> {
    let text = text.trim();
    (!text.is_empty() && text.len() <= WORD && !text.contains(char::is_control)).then_some(text)
}

fn number(row: &rusqlite::Row<'_>, column: usize) -> Option<u32> {
    let number = row.get_ref(column).ok()?.as_i64_or_null().ok()??;
    u32::try_from(number).ok()
}

/// Times as its database layer writes them: `2024-01-02 03:04:05+00:00`.
fn time(row: &rusqlite::Row<'_>, column: usize) -> Option<Timestamp> {
    let text = text(row, column)?;
    parse_time(&text)
        .or_else(|| parse_time(&text.replacen(' ', "T", 1)))
        .or_else(|| parse_time(text.get(..10)?))
}

/// What is known of vulnerabilities as such.
fn facts(source: &Source, records: &mut Records<'_>) {
    let columns = ["cve", "epss", "percentile"];
    let read = source.rows("epss_handles", &columns, None, &mut |row| {
        let share = |column| {
            let share: Option<f64> = row.get(column).ok().flatten();
            share.filter(|share| (0.0..=1.0).contains(share))
        };
        if let (Some(id), Some(score), Some(percentile)) = (text(row, 0), share(1), share(2)) {
            let epss = Epss { score, percentile };
            records.fact("grype/epss", Fact::Forecast { id, epss });
        } else {
            records.skip("grype/epss", "no usable forecast");
        }
        Ok(())
    });
    skip_rest("epss_handles", read, records);
    let mut exploited = Vec::new();
    let table = "known_exploited_vulnerability_handles";
    let read = source.rows(table, &["cve", "blob_id"], None, &mut |row| {
        if let Some(id) = text(row, 0).filter(|_| exploited.len() < 1 << 20) {
            exploited.push((id, number(row, 1).unwrap_or_default()));
        }
        Ok(())
    });
    skip_rest(table, read, records);
    for (id, number) in exploited {
        // That it is exploited is said by the row; the rest is good to know.
        let text = source.blob(number).ok();
        let said = text
            .as_deref()
            .and_then(blob::exploited)
            .unwrap_or_default();
        let exploited = Fact::Exploited {
            id,
            added: said.added,
            ransomware: said.ransomware,
        };
        records.fact("grype/kev", exploited);
    }
}

#[cfg(test)]
mod made;
#[cfg(test)]
mod tests;
