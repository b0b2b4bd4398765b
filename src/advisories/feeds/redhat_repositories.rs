//! Red Hat's map from repositories to the products that they are of
//! (<https://security.access.redhat.com/data/metrics/repository-to-cpe.json>): labels as content manifests of images have them, and CPEs as
//! advisories have them.

use super::csaf::is_word;
use super::json::{Text, complaint};
use super::{AdvisoryFeed, Document, Records};
use crate::advisories::Fact;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The feed.
pub(super) struct RedHatRepositories;

const NAME: &str = "redhat-repositories";
/// CPEs of one repository; real ones have up to some ten.
const CPES: usize = 1000;

#[derive(Deserialize)]
struct Map<'a> {
    #[serde(borrow)]
    data: BTreeMap<Cow<'a, str>, &'a RawValue>,
}

#[derive(Deserialize)]
struct Repository<'a> {
    #[serde(borrow)]
    cpes: Vec<Text<'a>>,
}

impl AdvisoryFeed for RedHatRepositories {
    fn name(&self) -> &'static str {
        NAME
    }

    /// The real one has some three megabytes.
    fn limit(&self) -> u64 {
        32 << 20
    }

    fn recognises(&self, head: &[u8]) -> bool {
        let mut words = head
            .split(|byte| byte.is_ascii_whitespace() || matches!(byte, b'{' | b':' | b'[' | b','))
            .filter(|word| !word.is_empty());
        words.next() == Some(b"\"data\"")
            && head.trim_ascii_start().starts_with(b"{")
            && words.nth(1) == Some(b"\"cpes\"")
    }

    fn read(&self, document: &Document<'_>, records: &mut Records<'_>) -> Result<(), String> {
        let map: Map<'_> =
            serde_json::from_slice(document.bytes).map_err(|error| complaint(&error))?;
        for (label, repository) in map.data {
            if !is_word(&label) {
                records.skip(NAME, "repository without a usable label");
                continue;
            }
            let Ok(Repository { cpes }) = serde_json::from_str(repository.get()) else {
                records.skip(&*label, "no list of CPEs");
                continue;
            };
            let cpes: Vec<String> = cpes
                .iter()
                .filter_map(Text::get)
                .filter(|cpe| cpe.starts_with("cpe:") && is_word(cpe))
                .take(CPES)
                .map(str::to_owned)
                .collect();
            let label = label.into_owned();
            records.fact(NAME, Fact::Repository { label, cpes });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advisories::feeds::feed_of;
    use crate::advisories::feeds::testing::read_all;

    const MAP: &str = r#"{"data": {
        "rhel-9-for-x86_64-baseos-rpms": {"cpes": ["cpe:/o:redhat:enterprise_linux:9::baseos", 4, "none"]},
        "a b": {"cpes": []},
        "bad": {"cpes": "cpe:/o:redhat:enterprise_linux:9"},
        "empty": {"cpes": []}}}"#;

    #[test]
    fn repositories_and_their_products() {
        assert_eq!(feed_of(MAP.as_bytes()).map(AdvisoryFeed::name), Some(NAME));
        assert!(!RedHatRepositories.recognises(br#"{"data": {"x": {"y": []}}}"#));
        let read = read_all(&RedHatRepositories, "map.json", MAP.as_bytes()).expect("read");
        let fact = |label: &str, cpes: &[&str]| {
            let fact = Fact::Repository {
                label: label.to_owned(),
                cpes: cpes.iter().map(|cpe| (*cpe).to_owned()).collect(),
            };
            (NAME.to_owned(), fact)
        };
        assert_eq!(
            read.facts,
            [
                fact("empty", &[]),
                fact(
                    "rhel-9-for-x86_64-baseos-rpms",
                    &["cpe:/o:redhat:enterprise_linux:9::baseos"]
                ),
            ]
        );
        assert_eq!(read.skipped.len(), 2);
        let cut = &MAP[..40];
        assert!(read_all(&RedHatRepositories, "map.json", cut.as_bytes()).is_err());
    }
}
