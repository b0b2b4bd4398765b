//! clair-scanner's whitelist (<https://github.com/arminc/clair-scanner>, `README.md`):
//!
//! ```yaml
//! generalwhitelist:
//!   CVE-2017-6055: XML
//! images:
//!   ubuntu:
//!     CVE-2017-5230: Java
//! ```
//!
//! An image is meant by its name without a tag, whatever registry it is in. Keys that stand there twice are common in such files; both
//! hold.

use super::{Condition, File, Refused, yaml};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Reasons by id.
type Reasons = BTreeMap<String, Option<String>>;

#[derive(Deserialize)]
struct Whitelist {
    #[serde(default)]
    generalwhitelist: Option<Reasons>,
    #[serde(default)]
    images: Option<BTreeMap<String, Option<Reasons>>>,
}

pub(super) fn read(text: &str, file: &mut File) -> Result<(), Refused> {
    let whitelist: Whitelist = yaml::read_tolerant(text)?;
    let mut add = |id: &str, reason: Option<String>, image: Option<&str>| {
        let reason = reason.filter(|reason| !reason.trim().is_empty());
        let reason = reason.as_deref().unwrap_or("its id is on the list");
        let mut rule = file.rule("clairWhitelist", &[id.to_owned()], reason);
        if let Some(image) = image {
            rule.conditions
                .push(Condition::ImageNames(vec![image.to_owned()]));
        }
        file.rules.push(rule);
    };
    for (id, reason) in whitelist.generalwhitelist.unwrap_or_default() {
        add(&id, reason, None);
    }
    for (image, ids) in whitelist.images.unwrap_or_default() {
        for (id, reason) in ids.unwrap_or_default() {
            add(&id, reason, Some(&image));
        }
    }
    Ok(())
}
