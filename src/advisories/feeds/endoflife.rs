//! When releases of distributions and languages end, in the JSON of endoflife.date's API v1
//! (<https://endoflife.date/docs/api/v1/>): one product or all of them, each with its releases.
//!
//! `eolFrom` is the day from which a release gets no fixes any more, `eoesFrom` that of extended support; either may be null, then `isEol`
//! says what is known. Debian's extended support is its LTS, which costs nothing and publishes advisories as before: its end is the release's.
//! What others extend is sold.

use super::json::{Text, complaint, decided_by_keys, or_default};
use super::{AdvisoryFeed, Document, Records};
use crate::advisories::Fact;
use serde::Deserialize;
use serde_json::value::RawValue;

/// The feed.
pub(super) struct EndOfLife;

const NAME: &str = "endoflife";

/// Products whose names are not the `ID` of os-release.
const IDS: &[(&str, &str)] = &[
    ("almalinux", "almalinux"),
    ("alpine-linux", "alpine"),
    ("amazon-linux", "amzn"),
    ("azure-linux", "azurelinux"),
    ("opensuse", "opensuse-leap"),
    ("oracle-linux", "ol"),
    ("photon-os", "photon"),
    ("rocky-linux", "rocky"),
    ("suse-linux-enterprise-server", "sles"),
];

/// Products whose extended support is everybody's.
const LONG: &[&str] = &["debian"];

#[derive(Deserialize)]
struct Answer<'a> {
    /// One product or a list of them.
    #[serde(borrow)]
    result: &'a RawValue,
}

#[derive(Deserialize)]
struct Product<'a> {
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    releases: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Release<'a> {
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(default)]
    is_eol: serde_json::Value,
    #[serde(borrow, default)]
    eol_from: Text<'a>,
    #[serde(borrow, default)]
    eoes_from: Text<'a>,
}

impl AdvisoryFeed for EndOfLife {
    fn name(&self) -> &'static str {
        NAME
    }

    fn limit(&self) -> u64 {
        64 << 20
    }

    fn recognises(&self, head: &[u8]) -> bool {
        decided_by_keys(head, |key| match key {
            "result" => Some(true),
            "schema_version" | "generated_at" | "last_modified" | "total" => None,
            _ => Some(false),
        })
    }

    fn read(&self, document: &Document<'_>, records: &mut Records<'_>) -> Result<(), String> {
        let answer: Answer<'_> =
            serde_json::from_slice(document.bytes).map_err(|error| complaint(&error))?;
        let products = if answer.result.get().starts_with('[') {
            serde_json::from_str(answer.result.get()).map_err(|error| complaint(&error))?
        } else {
            vec![answer.result]
        };
        for product in products {
            match serde_json::from_str(product.get()) {
                Ok(product) => read_product(&product, records),
                Err(error) => records.skip(NAME, complaint(&error)),
            }
        }
        Ok(())
    }
}

fn read_product(product: &Product<'_>, records: &mut Records<'_>) {
    let Some(product_name) = name(&product.name) else {
        return records.skip(NAME, "product without a name");
    };
    let distribution = IDS
        .iter()
        .find(|(product, _)| *product == product_name)
        .map_or(product_name, |(_, id)| id);
    for release in &product.releases {
        let release: Release<'_> = match serde_json::from_str(release.get()) {
            Ok(release) => release,
            Err(error) => {
                records.skip(product_name, complaint(&error));
                continue;
            }
        };
        let Some(label) = name(&release.name) else {
            records.skip(product_name, "release without a name");
            continue;
        };
        let (mut end, mut extended) = (day(&release.eol_from), day(&release.eoes_from));
        if LONG.contains(&product_name) && extended.is_some() {
            end = extended.take();
        }
        let end = match end {
            Some(end) => end,
            None if release.is_eol == true => String::new(),
            None => continue,
        };
        let fact = Fact::EndOfLife {
            distribution: distribution.to_owned(),
            release: label.to_owned(),
            day: end,
            extended,
        };
        records.fact(NAME, fact);
    }
}

fn name<'a>(text: &'a Text<'_>) -> Option<&'a str> {
    text.get().filter(|text| {
        text.len() <= 100 && !text.contains(|c: char| c.is_whitespace() || c.is_control())
    })
}

fn day(text: &Text<'_>) -> Option<String> {
    let day: jiff::civil::Date = text.get()?.parse().ok()?;
    Some(day.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advisories::feeds::testing::read_all;

    #[test]
    fn all_products_or_one() {
        let ubuntu = r#"{"name": "ubuntu", "releases": [
            {"name": "24.04", "isEol": false, "eolFrom": "2029-04-25", "eoesFrom": "2036-04-25"},
            {"name": "4.10", "isEol": true, "eolFrom": null},
            {"name": "26.10", "isEol": false, "eolFrom": null}, {"name": 7, "eolFrom": "soon"}]}"#;
        let alpine = r#"{"name": "alpine-linux", "releases": [{"name": "3.19", "isEol": true, "eolFrom": "2025-11-01"}]}"#;
        let end = |distribution: &str, release: &str, day: &str, extended: Option<&str>| {
            let fact = Fact::EndOfLife {
                distribution: distribution.to_owned(),
                release: release.to_owned(),
                day: day.to_owned(),
                extended: extended.map(str::to_owned),
            };
            (NAME.to_owned(), fact)
        };
        let all =
            format!(r#"{{"schema_version": "1.2.0", "total": 2, "result": [{ubuntu}, {alpine}]}}"#);
        assert!(EndOfLife.recognises(all.as_bytes()));
        let read = read_all(&EndOfLife, "", all.as_bytes()).expect("reads");
        assert_eq!(
            read.facts,
            [
                end("ubuntu", "24.04", "2029-04-25", Some("2036-04-25")),
                end("ubuntu", "4.10", "", None),
                end("alpine", "3.19", "2025-11-01", None),
            ]
        );
        assert_eq!(read.skipped.len(), 1);
        let one = format!(r#"{{"result": {alpine}}}"#);
        assert_eq!(
            read_all(&EndOfLife, "", one.as_bytes())
                .expect("reads")
                .facts
                .len(),
            1
        );
    }

    #[test]
    fn debians_long_term_support_is_everybodys() {
        let text = r#"{"result": {"name": "debian", "releases": [
            {"name": "12", "isEol": true, "eolFrom": "2026-06-10", "eoesFrom": "2028-06-10"},
            {"name": "14", "isEol": false, "eolFrom": "2030-08-09", "eoesFrom": null}]}}"#;
        let read = read_all(&EndOfLife, "", text.as_bytes()).expect("reads");
        let days: Vec<&Fact> = read.facts.iter().map(|(_, fact)| fact).collect();
        let end = |release: &str, day: &str| Fact::EndOfLife {
            distribution: "debian".to_owned(),
            release: release.to_owned(),
            day: day.to_owned(),
            extended: None,
        };
        assert_eq!(days, [&end("12", "2028-06-10"), &end("14", "2030-08-09")]);
    }

    #[test]
    fn a_bad_product_or_release_loses_nothing_else() {
        let text = r#"{"result": [7, {"name": "debian", "releases": 7}, {"name": "ubuntu", "releases": [8,
            {"name": "22.04", "isEol": "no", "eolFrom": "2027-04-01"}, {"name": "20.04", "isEol": "no", "eolFrom": 9}]}]}"#;
        assert!(EndOfLife.recognises(text.as_bytes()));
        let read = read_all(&EndOfLife, "", text.as_bytes()).expect("reads");
        assert_eq!((read.facts.len(), read.skipped.len()), (1, 3), "{read:?}");
        assert!(read_all(&EndOfLife, "", b"{\"result\": 7").is_err());
    }
}
