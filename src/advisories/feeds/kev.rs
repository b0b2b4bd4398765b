//! CISA's catalogue of known exploited vulnerabilities, as JSON (<https://www.cisa.gov/known-exploited-vulnerabilities-catalog>; its schema
//! is published beside it). One fact for each CVE.

use super::json::{Text, decided_by_keys, each_item};
use super::{AdvisoryFeed, Document, Records};
use crate::advisories::model::parse_time;
use crate::advisories::{Fact, is_cve};
use serde::Deserialize;

/// The feed.
pub(super) struct Kev;

const NAME: &str = "kev";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    #[serde(borrow, default, rename = "cveID")]
    id: Text<'a>,
    #[serde(borrow, default)]
    date_added: Text<'a>,
    #[serde(borrow, default)]
    known_ransomware_campaign_use: Text<'a>,
}

impl AdvisoryFeed for Kev {
    fn name(&self) -> &'static str {
        NAME
    }

    fn recognises(&self, head: &[u8]) -> bool {
        decided_by_keys(head, |key| match key {
            "catalogVersion" => Some(true),
            // Whoever writes the catalogue's keys in another order still writes its entries so.
            "vulnerabilities" => Some(memchr::memmem::find(head, b"\"cveID\"").is_some()),
            _ => None,
        })
    }

    fn read(&self, document: &Document<'_>, records: &mut Records<'_>) -> Result<(), String> {
        each_item(
            document.bytes,
            "vulnerabilities",
            |entry: Result<Entry<'_>, String>| {
                let entry = match entry {
                    Ok(entry) => entry,
                    Err(reason) => return records.skip(NAME, reason),
                };
                let Some(id) = entry.id.get().filter(|id| is_cve(id)) else {
                    return records.skip(entry.id.get().unwrap_or(NAME), "no CVE id");
                };
                let fact = Fact::Exploited {
                    id: id.to_owned(),
                    added: entry.date_added.get().and_then(parse_time),
                    ransomware: entry.known_ransomware_campaign_use.get() == Some("Known"),
                };
                records.fact(NAME, fact);
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advisories::feeds::testing::read_all;

    const CATALOGUE: &str = r#"{"title": "x", "catalogVersion": "2025.08.25", "count": 4, "vulnerabilities": [
        {"cveID": "CVE-2025-48384", "dateAdded": "2025-08-25", "knownRansomwareCampaignUse": "Unknown"},
        {"cveID": "CVE-2021-44228", "dateAdded": "2021-12-10", "knownRansomwareCampaignUse": "Known", "cwes": ["CWE-20"]},
        {"cveID": 7}, "nothing", {"cveID": "CVE-2021-1 and more"}]}"#;

    #[test]
    fn every_entry_is_a_fact_or_is_counted() {
        assert!(Kev.recognises(CATALOGUE.as_bytes()));
        let read = read_all(&Kev, "", CATALOGUE.as_bytes()).expect("reads");
        let fact = |id: &str, day: &str, ransomware| {
            let fact = Fact::Exploited {
                id: id.to_owned(),
                added: parse_time(day),
                ransomware,
            };
            (NAME.to_owned(), fact)
        };
        assert_eq!(
            read.facts,
            [
                fact("CVE-2025-48384", "2025-08-25", false),
                fact("CVE-2021-44228", "2021-12-10", true)
            ]
        );
        assert_eq!(read.skipped.len(), 3, "{:?}", read.skipped);
    }

    #[test]
    fn a_catalogue_that_is_cut_off_is_an_error() {
        assert!(read_all(&Kev, "", &CATALOGUE.as_bytes()[..300]).is_err());
        assert!(read_all(&Kev, "", b"{}").is_err());
        assert!(Kev.recognises(
            br#"{"vulnerabilities": [{"cveID": "CVE-2021-44228"}], "catalogVersion": "1"}"#
        ));
        assert!(!Kev.recognises(br#"{"vulnerabilities": [{"cve": {"id": "CVE-2021-44228"}}]}"#));
    }
}
