//! What has changed between two databases: records by feed and id, whatever numbers the rows have.

use super::Database;
use crate::advisories::{Advisory, DatabaseError};
use serde::Serialize;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// The records of one feed that are not the same in both databases, each list sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FeedChanges {
    /// The feed.
    pub name: String,
    /// Only in the new one.
    pub added: Vec<String>,
    /// Only in the old one.
    pub removed: Vec<String>,
    /// In both, and not the same.
    pub changed: Vec<String>,
}

/// A record's place: feed, id and number of the row. A fact has its key for an id.
type Place = (String, String, i64);

/// Compares two databases; feeds without a change are left out.
pub fn diff(old: &Database, new: &Database) -> Result<Vec<FeedChanges>, DatabaseError> {
    let mut changes: BTreeMap<String, FeedChanges> = BTreeMap::new();
    let of = |a: &Database, b: &Database| Ok((a.places()?, b.places()?));
    let (before, after) = of(old, new)?;
    merge(&before, &after, &mut changes, &mut |before, after| {
        let record = |database: &Database, number| -> Result<Advisory, DatabaseError> {
            let mut advisory = database.full_advisory(number)?;
            // The order of packages is that of their rows.
            advisory
                .affected
                .sort_by(|a, b| (&a.ecosystem, &a.package).cmp(&(&b.ecosystem, &b.package)));
            Ok(advisory)
        };
        Ok(record(old, before.2)? == record(new, after.2)?)
    })?;
    let before = old.fact_bodies()?;
    let after = new.fact_bodies()?;
    let places = |facts: &[(String, String, Vec<u8>)]| -> Vec<Place> {
        facts
            .iter()
            .zip(0..)
            .map(|((feed, key, _), number)| (feed.clone(), key.clone(), number))
            .collect()
    };
    let body = |facts: &[(String, String, Vec<u8>)], number: i64| {
        let index = usize::try_from(number).unwrap_or_default();
        facts.get(index).map(|(.., body)| body.clone())
    };
    merge(
        &places(&before),
        &places(&after),
        &mut changes,
        &mut |old, new| Ok(body(&before, old.2) == body(&after, new.2)),
    )?;
    Ok(changes.into_values().collect())
}

/// Goes over two sorted lists together.
fn merge(
    before: &[Place],
    after: &[Place],
    changes: &mut BTreeMap<String, FeedChanges>,
    is_same: &mut dyn FnMut(&Place, &Place) -> Result<bool, DatabaseError>,
) -> Result<(), DatabaseError> {
    let mut of = |feed: &str, list: fn(&mut FeedChanges) -> &mut Vec<String>, id: &str| {
        let feed = changes
            .entry(feed.to_owned())
            .or_insert_with(|| FeedChanges {
                name: feed.to_owned(),
                ..FeedChanges::default()
            });
        list(feed).push(id.to_owned());
    };
    let (mut before, mut after) = (before.iter().peekable(), after.iter().peekable());
    loop {
        let order = match (before.peek(), after.peek()) {
            (None, None) => return Ok(()),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(old), Some(new)) => (&old.0, &old.1).cmp(&(&new.0, &new.1)),
        };
        let old = before.next_if(|_| order.is_le());
        let new = after.next_if(|_| order.is_ge());
        match (old, new) {
            (Some(old), Some(new)) => {
                if !is_same(old, new)? {
                    of(&new.0, |feed| &mut feed.changed, &new.1);
                }
            }
            (Some(old), None) => of(&old.0, |feed| &mut feed.removed, &old.1),
            (None, Some(new)) => of(&new.0, |feed| &mut feed.added, &new.1),
            (None, None) => return Ok(()),
        }
    }
}

impl Database {
    /// Feed, id and number of every advisory, sorted.
    fn places(&self) -> Result<Vec<Place>, DatabaseError> {
        self.want(None)?;
        let mut places: Vec<Place> = self.read(|connection| {
            connection
                .prepare("SELECT feed.name, advisory.id, advisory.number FROM advisory JOIN feed ON feed.number = advisory.feed")?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
                .collect()
        })?;
        places.sort();
        Ok(places)
    }

    /// Feed, key and content of every fact, sorted.
    fn fact_bodies(&self) -> Result<Vec<(String, String, Vec<u8>)>, DatabaseError> {
        let mut facts: Vec<(String, String, Vec<u8>)> = self.read(|connection| {
            connection
                .prepare("SELECT feed.name, fact.key, fact.body FROM fact JOIN feed ON feed.number = fact.feed")?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
                .collect()
        })?;
        facts.sort();
        Ok(facts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advisories::{Affected, Fact};
    use crate::versions::{Event, Range};

    fn advisory(feed: &str, id: &str, package: &str, fixed: &str) -> Advisory {
        Advisory {
            id: id.to_owned(),
            feed: feed.to_owned(),
            affected: ["other", package]
                .map(|package| Affected {
                    ecosystem: "npm".to_owned(),
                    package: package.to_owned(),
                    ranges: vec![Range {
                        events: vec![
                            Event::Introduced("0".to_owned()),
                            Event::Fixed(fixed.to_owned()),
                        ],
                    }],
                    ..Affected::default()
                })
                .to_vec(),
            ..Advisory::default()
        }
    }

    fn fact(id: &str, ransomware: bool) -> (&'static str, Fact) {
        let fact = Fact::Exploited {
            id: id.to_owned(),
            added: None,
            ransomware,
        };
        ("kev", fact)
    }

    #[test]
    fn what_came_went_and_changed() {
        let old = Database::with_facts(
            &[
                advisory("a", "1", "left", "1"),
                advisory("a", "2", "left", "1"),
                advisory("b", "1", "left", "1"),
            ],
            &[fact("CVE-2024-1111", false), fact("CVE-2024-2222", false)],
        );
        // Other rows, in another order.
        let new = Database::with_facts(
            &[
                advisory("c", "1", "left", "1"),
                advisory("b", "1", "left", "1"),
                advisory("a", "3", "left", "1"),
                advisory("a", "1", "left", "2"),
            ],
            &[fact("CVE-2024-2222", true), fact("CVE-2024-1111", false)],
        );
        let changes = |name: &str, added: &[&str], removed: &[&str], changed: &[&str]| {
            let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
            FeedChanges {
                name: name.to_owned(),
                added: owned(added),
                removed: owned(removed),
                changed: owned(changed),
            }
        };
        assert_eq!(
            diff(&old, &new).expect("compares"),
            [
                changes("a", &["3"], &["2"], &["1"]),
                changes("c", &["1"], &[], &[]),
                changes("kev", &[], &[], &["CVE-2024-2222"]),
            ]
        );
        assert_eq!(diff(&old, &old).expect("compares"), []);
    }
}
