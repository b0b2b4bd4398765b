//! Which products the packages of a Red Hat image are of, where the image says from which repositories it was made.
//!
//! Content manifests name repositories by label, advisories name products by CPE; Red Hat's map leads from one to the other and is a feed
//! of the database.

use crate::advisories::{Database, DatabaseError};
use crate::packages::Distro;

/// Adds the products of a distribution's repositories, as the database knows them. Where it knows some repositories only, the standard
/// ones of the release are still counted in.
pub fn learn_products(distro: &mut Distro, database: &Database) -> Result<(), DatabaseError> {
    let mut are_known = !distro.repositories.is_empty();
    let mut found = Vec::new();
    for label in &distro.repositories {
        let cpes = database.repository_cpes(label)?;
        are_known &= !cpes.is_empty();
        found.extend(cpes);
    }
    distro.cpes.append(&mut found);
    distro.cpes.sort();
    distro.cpes.dedup();
    distro.cpes_are_complete = are_known;
    Ok(())
}

/// What is to be said beside a finding of an ecosystem that was only assumed.
pub(super) fn assumption(distro: Option<&Distro>, ecosystem: &str) -> &'static str {
    if distro.is_some_and(Distro::is_by_release_alone) && ecosystem.starts_with("Red Hat:") {
        "; it is not known from which repositories the image was made, those of its release are assumed"
    } else {
        ""
    }
}
