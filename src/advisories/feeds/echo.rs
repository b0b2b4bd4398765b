//! Echo's advisories (<https://advisory.echohq.com/data.json>): source package → CVE → the version that fixes it; an empty object says that
//! there is no fix yet, the version `0` that none was ever affected.

use super::json::{Text, each_entry, nested_key};
use super::{AdvisoryFeed, Document, Records};
use crate::advisories::model::shorten;
use crate::advisories::{Advisory, Affected, FixState, is_cve};
use crate::versions::{Event, Range};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// The feed.
pub(super) struct Echo;

const NAME: &str = "echo";

#[derive(Deserialize)]
struct Fix<'a> {
    #[serde(borrow, default)]
    fixed_version: Text<'a>,
}

impl AdvisoryFeed for Echo {
    fn name(&self) -> &'static str {
        NAME
    }

    fn limit(&self) -> u64 {
        128 << 20
    }

    fn recognises(&self, head: &[u8]) -> bool {
        // Debian's tracker has releases below its vulnerabilities.
        nested_key(head).is_some_and(|key| is_cve(&key))
            && memchr::memmem::find(head, b"\"releases\"").is_none()
            && memchr::memmem::find(head, b"\"fixed_version\"").is_some()
    }

    fn read(&self, document: &Document<'_>, records: &mut Records<'_>) -> Result<(), String> {
        let mut advisories: BTreeMap<String, Advisory> = BTreeMap::new();
        each_entry(
            document.bytes,
            |package, fixes: Result<BTreeMap<String, &RawValue>, String>| {
                let is_word = |text: &str| {
                    !text.is_empty()
                        && text.len() <= 200
                        && !text.contains(|c: char| c.is_control() || c == ' ')
                };
                let fixes = match fixes {
                    Ok(fixes) if is_word(package) => fixes,
                    Ok(_) => return records.skip(shorten(package, 40), "no usable package name"),
                    Err(reason) => return records.skip(shorten(package, 40), reason),
                };
                for (id, fix) in fixes {
                    if !is_cve(&id) {
                        records.skip(format!("{} of {package}", shorten(&id, 40)), "no CVE id");
                        continue;
                    }
                    let Ok(fix) = serde_json::from_str::<Fix<'_>>(fix.get()) else {
                        records.skip(format!("{id} of {package}"), "unexpected type");
                        continue;
                    };
                    let mut events = vec![Event::Introduced("0".to_owned())];
                    let version = fix.fixed_version.get().filter(|version| is_word(version));
                    events.extend(version.map(|version| Event::Fixed(version.to_owned())));
                    let advisory = advisories.entry(id.clone()).or_insert_with(|| Advisory {
                        id,
                        feed: NAME.to_owned(),
                        ..Advisory::default()
                    });
                    advisory.affected.push(Affected {
                        ecosystem: "Echo".to_owned(),
                        package: package.to_owned(),
                        ranges: vec![Range { events }],
                        fix_state: version.is_none().then_some(FixState::NotFixed),
                        ..Affected::default()
                    });
                }
            },
        )?;
        for advisory in advisories.into_values() {
            records.advisory(advisory);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advisories::Database;
    use crate::advisories::feeds::testing::{findings, read_all};
    use crate::packages::{DEB, Distro, Package};

    #[test]
    fn from_the_list_to_findings() {
        let text = r#"{"nginx": {"CVE-2021-3618": {"fixed_version": "1.21.0"}, "CVE-2021-1111": {}, "CVE-2021-2222": {"fixed_version": "0"}, "x": {}, "CVE-2021-3333": 7},
            "python": 7}"#;
        assert!(Echo.recognises(text.as_bytes()));
        let read = read_all(&Echo, "", text.as_bytes()).expect("reads");
        assert_eq!(read.skipped.len(), 3);
        let database = Database::of(&read.advisories);
        let distro = Distro {
            id: "echo".to_owned(),
            ..Distro::default()
        };
        let found = |version: &str| -> Vec<String> {
            findings(&database, &distro, Package::new(&DEB, "nginx", version))
                .into_iter()
                .map(|(id, fixed, ..)| format!("{id} {}", fixed.join(",")))
                .collect()
        };
        assert_eq!(found("1.20.0"), ["CVE-2021-1111 ", "CVE-2021-3618 1.21.0"]);
        assert_eq!(found("1.21.0"), ["CVE-2021-1111 "]);
    }
}
