//! When releases of distributions and languages end, in the JSON of endoflife.date's API v1
//! (<https://endoflife.date/docs/api/v1/>): one product or all of them, each with its releases.
//!
//! `eolFrom` is the day from which a release gets no fixes any more, `eoesFrom` that of extended support; either may be null, then `isEol`
//! says what is known.

use super::json::{Text, complaint, decided_by_keys, or_default};
use super::{AdvisoryFeed, Document, Records};
use crate::advisories::Fact;
use serde::Deserialize;

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

#[derive(Deserialize)]
#[serde(untagged)]
enum Products<'a> {
    #[serde(borrow)]
    All(Vec<Product<'a>>),
    #[serde(borrow)]
    One(Product<'a>),
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    result: Products<'a>,
}

#[derive(Deserialize)]
struct Product<'a> {
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    releases: Vec<Release<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Release<'a> {
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(default)]
    is_eol: Option<bool>,
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
        let products = match answer.result {
            Products::All(products) => products,
            Products::One(product) => vec![product],
        };
        for product in &products {
            let Some(name) = name(&product.name) else {
                records.skip(NAME, "product without a name");
                continue;
            };
            let distribution = IDS
                .iter()
                .find(|(product, _)| *product == name)
                .map_or(name, |(_, id)| id);
            for release in &product.releases {
                let Some(label) = self::name(&release.name) else {
                    records.skip(name, "release without a name");
                    continue;
                };
                let day = match day(&release.eol_from) {
                    Some(day) => day,
                    None if release.is_eol == Some(true) => String::new(),
                    None => continue,
                };
                let fact = Fact::EndOfLife {
                    distribution: distribution.to_owned(),
                    release: label.to_owned(),
                    day,
                    extended: self::day(&release.eoes_from),
                };
                records.fact(NAME, fact);
            }
        }
        Ok(())
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
}
