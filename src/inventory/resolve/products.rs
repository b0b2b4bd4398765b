//! Of which products a Red Hat image's packages are: what its content manifests and its labels say.

use super::{Facts, State};
use crate::inventory::content_manifest::Repositories;
use crate::inventory::reader::{FileFacts, Made};
use crate::packages::{Distro, red_hat_ecosystem};
use std::collections::BTreeMap;

/// The label in which an image names the product that it is of itself.
const LABEL: &str = "cpe";

/// Adds the repositories of content manifests, if these are any.
pub(super) fn learn(distro: &mut Option<Distro>, reader: u32, last: &State, facts: &Facts<'_>) {
    let Some(distro) = distro else { return };
    for located in &last.located {
        if let Some(FileFacts {
            made: Ok(Made::Packages(parsed)),
            ..
        }) = facts.get(located.entry, reader, false)
            && let Some(Repositories(labels)) = parsed.notes()
        {
            distro.repositories.extend(labels.iter().cloned());
        }
    }
}

/// Adds the product of the image's labels.
pub(super) fn finish(distro: &mut Distro, labels: &BTreeMap<String, String>) {
    distro.repositories.sort();
    distro.repositories.dedup();
    if !matches!(distro.id.as_str(), "rhel" | "redhat") {
        return;
    }
    let cpe = labels
        .get(LABEL)
        .filter(|cpe| red_hat_ecosystem(cpe).is_some());
    distro.cpes.extend(cpe.cloned());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_names_a_product_of_red_hats_or_none() {
        for (id, cpe, expected) in [
            ("rhel", "cpe:/a:redhat:openshift:4.16::el9", 1),
            ("rhel", "cpe:/a:somebody:openshift:4.16", 0),
            ("rhel", "openshift", 0),
            ("centos", "cpe:/a:redhat:openshift:4.16::el9", 0),
        ] {
            let mut distro = Distro {
                id: id.to_owned(),
                ..Distro::default()
            };
            let labels = BTreeMap::from([("cpe".to_owned(), cpe.to_owned())]);
            finish(&mut distro, &labels);
            assert_eq!(distro.cpes.len(), expected, "{id} {cpe}");
        }
    }
}
