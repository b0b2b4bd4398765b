//! NVD's CVE records in the JSON of its API 2.0 and of its yearly files (<https://nvd.nist.gov/developers/vulnerabilities>).
//!
//! Only the CVSS vectors and the day of publication are taken: what is affected is said there in CPEs, which name no package.
//! Each vector is of NVD (`nvd@nist.gov`) or of the authority that gave the CVE out, whose address is kept as its name.

use super::json::{Text, decided_by_keys, each_item, or_default};
use super::{AdvisoryFeed, Document, Records};
use crate::advisories::model::parse_time;
use crate::advisories::{Fact, is_cve};
use serde::Deserialize;
use serde_json::value::RawValue;

/// The feed.
pub(super) struct Nvd;

const NAME: &str = "nvd";
/// The largest yearly file has some 200 MB.
const LIMIT: u64 = 768 << 20;
/// Vectors that are kept of one CVE.
const VECTORS: usize = 16;

#[derive(Deserialize)]
struct Item<'a> {
    #[serde(borrow, default, deserialize_with = "or_default")]
    cve: Cve<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cve<'a> {
    #[serde(borrow, default)]
    id: Text<'a>,
    #[serde(borrow, default)]
    published: Text<'a>,
    #[serde(borrow, default)]
    vuln_status: Text<'a>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    metrics: Metrics<'a>,
}

#[derive(Default, Deserialize)]
struct Metrics<'a> {
    #[serde(
        borrow,
        default,
        rename = "cvssMetricV40",
        deserialize_with = "or_default"
    )]
    v40: Vec<&'a RawValue>,
    #[serde(
        borrow,
        default,
        rename = "cvssMetricV31",
        deserialize_with = "or_default"
    )]
    v31: Vec<&'a RawValue>,
    #[serde(
        borrow,
        default,
        rename = "cvssMetricV30",
        deserialize_with = "or_default"
    )]
    v30: Vec<&'a RawValue>,
    #[serde(
        borrow,
        default,
        rename = "cvssMetricV2",
        deserialize_with = "or_default"
    )]
    v2: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metric<'a> {
    #[serde(borrow, default)]
    source: Text<'a>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    cvss_data: Data<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data<'a> {
    #[serde(borrow, default)]
    vector_string: Text<'a>,
}

impl AdvisoryFeed for Nvd {
    fn name(&self) -> &'static str {
        NAME
    }

    fn limit(&self) -> u64 {
        LIMIT
    }

    fn recognises(&self, head: &[u8]) -> bool {
        let mut pages = false;
        decided_by_keys(head, |key| match key {
            "resultsPerPage" => {
                pages = true;
                None
            }
            "vulnerabilities" => Some(pages),
            _ => None,
        })
    }

    fn read(&self, document: &Document<'_>, records: &mut Records<'_>) -> Result<(), String> {
        each_item(
            document.bytes,
            "vulnerabilities",
            |item: Result<Item<'_>, String>| {
                let cve = match item {
                    Ok(item) => item.cve,
                    Err(reason) => return records.skip(NAME, reason),
                };
                let Some(id) = cve.id.get().filter(|id| is_cve(id)) else {
                    return records.skip(cve.id.get().unwrap_or(NAME), "no CVE id");
                };
                // Nothing is known of it any more: said so that what was known before is not kept.
                let none = Metrics::default();
                let metrics = match cve.vuln_status.get() {
                    Some("Rejected") => &none,
                    _ => &cve.metrics,
                };
                let cvss: Vec<(String, String)> =
                    [&metrics.v40, &metrics.v31, &metrics.v30, &metrics.v2]
                        .into_iter()
                        .flatten()
                        .filter_map(|metric| {
                            // One that can't be read is as good as none: the others rate.
                            let metric: Metric<'_> = serde_json::from_str(metric.get()).ok()?;
                            let vector = metric.cvss_data.vector_string.get()?;
                            let source = match metric.source.get() {
                                Some("nvd@nist.gov") | None => NAME,
                                Some(source) => source,
                            };
                            (vector.len() <= 400 && source.len() <= 100)
                                .then(|| (vector.to_owned(), source.to_owned()))
                        })
                        .take(VECTORS)
                        .collect();
                let fact = Fact::Rated {
                    id: id.to_owned(),
                    ratings: Vec::new(),
                    cvss,
                    // Times have no zone: they are UTC.
                    published: cve.published.get().and_then(|time| {
                        parse_time(&format!("{time}Z")).or_else(|| parse_time(time))
                    }),
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

    #[test]
    fn vectors_of_every_version_each_with_whose_it_is() {
        let page = r#"{"resultsPerPage": 2, "format": "NVD_CVE", "vulnerabilities": [
            {"cve": {"id": "CVE-2022-1576", "published": "2022-07-11T13:15:08.503", "vulnStatus": "Modified", "metrics": {
                "cvssMetricV31": [7, {"source": "nvd@nist.gov", "cvssData": {"vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:N/I:H/A:N"}},
                                  {"source": "cna@vendor.example", "cvssData": {"vectorString": "CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:U/C:N/I:H/A:N"}}],
                "cvssMetricV2": [{"source": "nvd@nist.gov", "cvssData": {"vectorString": "AV:N/AC:M/Au:N/C:N/I:P/A:N"}}]}}},
            {"cve": {"id": "CVE-2022-1577", "vulnStatus": "Rejected", "metrics": {
                "cvssMetricV2": [{"source": "nvd@nist.gov", "cvssData": {"vectorString": "AV:N/AC:M/Au:N/C:N/I:P/A:N"}}]}}},
            {"cve": null}, []]}"#;
        assert!(Nvd.recognises(page.as_bytes()));
        let read = read_all(&Nvd, "", page.as_bytes()).expect("reads");
        let [
            (
                feed,
                Fact::Rated {
                    id,
                    cvss,
                    published,
                    ..
                },
            ),
            (
                _,
                Fact::Rated {
                    id: rejected,
                    cvss: nothing,
                    ..
                },
            ),
        ] = read.facts.as_slice()
        else {
            panic!("{read:?}");
        };
        assert_eq!((feed.as_str(), id.as_str()), (NAME, "CVE-2022-1576"));
        // It takes the place of what was known before.
        assert_eq!((rejected.as_str(), nothing.len()), ("CVE-2022-1577", 0));
        let sources: Vec<(&str, &str)> = cvss
            .iter()
            .map(|(vector, source)| (&vector[..8], source.as_str()))
            .collect();
        assert_eq!(
            sources,
            [
                ("CVSS:3.1", "nvd"),
                ("CVSS:3.1", "cna@vendor.example"),
                ("AV:N/AC:", "nvd")
            ]
        );
        assert_eq!(*published, parse_time("2022-07-11T13:15:08.503Z"));
        assert_eq!(read.skipped.len(), 2);
    }
}
