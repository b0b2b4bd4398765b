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
//!   - secret: private-key        # the id of a rule, or a fingerprint
//!     path: app/test/**
//!     reason: made for the tests
//! ```

use super::product::{PackagePattern, Products};
use super::secret::SecretWaiver;
use super::{Condition, File, Refused, globs, yaml};
use crate::packages::KINDS;
use serde::Deserialize;
use std::sync::atomic::AtomicBool;

/// What its silences are called in a report.
pub(super) const KIND: &str = "waiver";

const KEYS: &[&str] = &[
    "waivers", "id", "alias", "secret", "package", "path", "kind", "reason", "expires", "owner",
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
    secret: Option<OneOrMore>,
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
        let texts = |key: &str, given: Option<OneOrMore>| match given.map(OneOrMore::texts) {
            Some(texts) if texts.is_empty() || texts.iter().any(|text| text.trim().is_empty()) => {
                Err(refused(format!("{key} is empty")))
            }
            texts => Ok(texts),
        };
        let expires = match waiver.expires.as_deref().map(str::trim) {
            Some(day) => Some(
                day.parse()
                    .map_err(|_| refused(format!("expires: {day:?} is no day (YYYY-MM-DD)")))?,
            ),
            None => None,
        };
        let paths = match texts("path", waiver.path)? {
            Some(paths) => {
                let paths: Vec<String> = paths
                    .iter()
                    .map(|path| path.trim_start_matches('/').to_owned())
                    .collect();
                Some(globs(&paths).map_err(refused)?)
            }
            None => None,
        };
        if let Some(names) = texts("secret", waiver.secret)? {
            if waiver.id.is_some() || waiver.package.is_some() || waiver.kind.is_some() {
                return Err(refused(
                    "a waiver of a secret has a path and no id, package or kind".to_owned(),
                ));
            }
            let silence = file.rule(KIND, &[], waiver.reason.trim()).silence;
            file.secrets.push(SecretWaiver {
                names,
                paths,
                expires,
                silence,
                used: AtomicBool::new(false),
            });
            continue;
        }
        let ids = texts("id", waiver.id)?.unwrap_or_default();
        let mut rule = file.rule(KIND, &ids, waiver.reason.trim());
        if let Some(packages) = texts("package", waiver.package)? {
            let (urls, names): (Vec<String>, Vec<String>) = packages
                .into_iter()
                .partition(|text| text.starts_with("pkg:"));
            if !urls.is_empty() && !names.is_empty() {
                return Err(refused("packages are either names or purls".to_owned()));
            }
            if names.is_empty() {
                if let Some(url) = urls.iter().find(|url| PackagePattern::of(url).is_none()) {
                    return Err(refused(format!("{url:?} is no package URL")));
                }
                let products = Products::of_purls(&urls);
                rule.conditions.push(Condition::Products(products));
            } else {
                rule.conditions
                    .push(Condition::Name(globs(&names).map_err(refused)?));
            }
        }
        rule.conditions.extend(paths.map(Condition::Paths));
        if let Some(kinds) = texts("kind", waiver.kind)? {
            let is_known = |kind: &String| KINDS.iter().any(|known| known.name == kind);
            if let Some(kind) = kinds.iter().find(|kind| !is_known(kind)) {
                let known: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
                return Err(Refused {
                    detail: format!("waiver {number}: there is no kind {kind:?}"),
                    hint: yaml::near(kind, &known)
                        .or_else(|| Some(format!("there are: {}", known.join(", ")))),
                });
            }
            rule.conditions.push(Condition::Kinds(kinds));
        }
        if rule.ids.is_empty() && rule.conditions.is_empty() {
            return Err(Refused {
                detail: format!("waiver {number}: it would silence everything"),
                hint: Some("name an id, a package or a path".to_owned()),
            });
        }
        rule.expires = expires;
        rule.owner = waiver.owner;
        file.rules.push(rule);
    }
    Ok(())
}
