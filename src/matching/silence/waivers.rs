//! layerscan's own waivers, `layerscan-ignore.yaml`:
//!
//! ```yaml
//! waivers:
//!   - id: CVE-2016-2781          # or any other name that the vulnerability goes by
//!     package: coreutils         # a name, a glob or a purl
//!     path: usr/lib/**           # a glob, of a place of the package
//!     reason: chroot is not used in this image
//!     expires: 2027-01-31        # the last day it holds
//!     owner: platform team
//! ```

use super::product::Product;
use super::{Condition, File, Refused, globs, yaml};
use serde::Deserialize;

const KEYS: &[&str] = &[
    "waivers", "id", "alias", "package", "path", "kind", "reason", "expires", "owner",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Waivers {
    waivers: Vec<Waiver>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Waiver {
    #[serde(alias = "alias")]
    id: Option<OneOrMore>,
    package: Option<OneOrMore>,
    path: Option<OneOrMore>,
    kind: Option<OneOrMore>,
    reason: String,
    expires: Option<String>,
    owner: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl OneOrMore {
    fn texts(self) -> Vec<String> {
        match self {
            Self::One(text) => vec![text],
            Self::More(texts) => texts,
        }
    }
}

pub(super) fn read(text: &str, file: &mut File) -> Result<(), Refused> {
    let waivers: Waivers = yaml::read(text, KEYS)?;
    for (waiver, number) in waivers.waivers.into_iter().zip(1..) {
        let refused = |detail: String| Refused::from(format!("waiver {number}: {detail}"));
        if waiver.reason.trim().is_empty() {
            return Err(refused("a reason is needed".to_owned()));
        }
        let ids = waiver.id.map(OneOrMore::texts).unwrap_or_default();
        if ids.iter().any(|id| id.trim().is_empty()) {
            return Err(refused("an id is empty".to_owned()));
        }
        let mut rule = file.rule("waiver", &ids, waiver.reason.trim());
        if let Some(packages) = waiver.package {
            let (urls, names): (Vec<String>, Vec<String>) = packages
                .texts()
                .into_iter()
                .partition(|text| text.starts_with("pkg:"));
            if !urls.is_empty() && !names.is_empty() {
                return Err(refused("packages are either names or purls".to_owned()));
            }
            if names.is_empty() {
                let products = urls.iter().map(|url| Product::of(url, &[])).collect();
                rule.conditions.push(Condition::Products(products));
            } else {
                rule.conditions
                    .push(Condition::Name(globs(&names).map_err(refused)?));
            }
        }
        if let Some(paths) = waiver.path {
            let paths: Vec<String> = paths
                .texts()
                .iter()
                .map(|path| path.trim_start_matches('/').to_owned())
                .collect();
            rule.conditions
                .push(Condition::Paths(globs(&paths).map_err(refused)?));
        }
        if let Some(kinds) = waiver.kind {
            rule.conditions.push(Condition::Kinds(kinds.texts()));
        }
        if rule.ids.is_empty() && rule.conditions.is_empty() {
            return Err(Refused {
                detail: format!("waiver {number}: it would silence everything"),
                hint: Some("name an id, a package or a path".to_owned()),
            });
        }
        if let Some(day) = waiver.expires {
            let day = day.trim();
            let date = day
                .parse()
                .map_err(|_| refused(format!("expires: {day:?} is no day (YYYY-MM-DD)")))?;
            rule.expires = Some(date);
        }
        rule.owner = waiver.owner;
        file.rules.push(rule);
    }
    Ok(())
}
