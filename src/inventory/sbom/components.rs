//! Components of bills of materials as they are found, whatever the format: each becomes the package that its URL names.

use super::Document;
use crate::inventory::listing::{Listing, is_plain, place};
use crate::inventory::parsed::InstalledPackage;
use crate::inventory::text::shown;
use crate::packages::{Distro, Evidence, PackageUrl, Relation, Source, package_url};
use std::collections::{BTreeMap, HashMap};

/// Licences of one component.
const LICENSE_LIMIT: usize = 100;
/// Bytes of a licence or a supplier.
const TEXT_LIMIT: usize = 4096;

/// Types of package URLs that name images and not packages in them.
const IMAGES: [&str; 2] = ["docker", "oci"];

/// Types whose names a package URL has in lower case, and the name beside it as it is.
const LOWERED: [&str; 3] = ["composer", "golang", "hex"];

/// One component, as a document words it.
#[derive(Default)]
pub(super) struct Item {
    /// What relations call it.
    pub(super) id: String,
    /// Its package URL; empty where it has none.
    pub(super) url: String,
    /// Its name, with its group before a `/` or `:`.
    pub(super) name: String,
    pub(super) version: String,
    pub(super) line: Option<u32>,
    pub(super) licenses: Vec<String>,
    /// Who maintains it.
    pub(super) vendor: String,
    /// Name and version of the source package, where that is told beside the URL; empty where it is not.
    pub(super) source: (String, String),
    pub(super) dev: bool,
    pub(super) relation: Option<Relation>,
    /// Whether it is something that has a URL, and no file or operating system.
    pub(super) is_package: bool,
}

/// What was found so far.
pub(super) struct Components {
    pub(super) listing: Listing,
    /// Places in `listing`, by what relations call them.
    places: HashMap<String, usize>,
    /// What the document says outright.
    pub(super) distro: Option<Distro>,
    /// What package URLs say, and how many of them.
    distros: BTreeMap<(String, Option<String>), (usize, Distro)>,
    /// What belongs to what, by what relations call them; said before all of them are known.
    pub(super) owned: Vec<(String, String)>,
    unnamed: usize,
}

impl Components {
    pub(super) fn new() -> Self {
        Self {
            listing: Listing::new(Evidence::Sbom),
            places: HashMap::new(),
            distro: None,
            distros: BTreeMap::new(),
            owned: Vec::new(),
            unnamed: 0,
        }
    }

    pub(super) fn add(&mut self, item: Item) {
        if item.url.is_empty() {
            self.unnamed += usize::from(item.is_package);
            return;
        }
        let found = match PackageUrl::parse(&item.url) {
            Ok(found) => found,
            Err(error) => {
                let place = place(item.line);
                self.listing.warnings.push(|| {
                    let url = shown(item.url.as_bytes());
                    format!("{place}a component is left out, `{url}` {error}")
                });
                return;
            }
        };
        if IMAGES.contains(&found.purl_type.as_str()) {
            return;
        }
        if let Some(distro) = found.distro {
            let key = (distro.id.clone(), distro.version_id.clone());
            self.distros.entry(key).or_insert((0, distro)).0 += 1;
        }
        let mut package = found.package;
        if package.version.is_empty() {
            item.version.trim().clone_into(&mut package.version);
        }
        if LOWERED.contains(&package.kind.name)
            && package.name.to_lowercase() == item.name.to_lowercase()
        {
            package.name.clone_from(&item.name);
        }
        // Syft takes what follows the third part of a module's path for a path in the module.
        if package.kind.name == "golang"
            && let Some(subpath) = &package.subpath
            && item.name.to_lowercase() == format!("{}/{subpath}", package.name).to_lowercase()
        {
            package.name.clone_from(&item.name);
            package.subpath = None;
        }
        if package.kind.name == "golang" && package.name == "stdlib" {
            let plain = package
                .version
                .trim_start_matches("go")
                .trim_start_matches('v');
            package.version = String::from(plain);
        }
        if matches!(package.version.as_str(), "" | "UNKNOWN" | "NOASSERTION") {
            return;
        }
        let text = |text: &String| text.len() <= TEXT_LIMIT && !text.trim().is_empty();
        package.licenses = item
            .licenses
            .into_iter()
            .filter(text)
            .take(LICENSE_LIMIT)
            .collect();
        package.vendor = Some(item.vendor).filter(text);
        let (name, version) = item.source;
        if package.kind.system && package.source.is_none() && is_plain(&name) {
            // A source rpm's file name, from which this comes, carries no epoch.
            let version = match version.split_once(':') {
                Some((_, version)) if package.kind.name == "rpm" => version.to_owned(),
                _ if version.is_empty() => package.version.clone(),
                _ => version,
            };
            package.source = Some(Source { name, version });
        }
        // Where no other one is named, a binary package is built from the source package of its own name.
        if matches!(package.kind.name, "apk" | "deb") && package.source.is_none() {
            package.source = Some(Source {
                name: package.name.clone(),
                version: package.version.clone(),
            });
        }
        let mut one = InstalledPackage::new(package, Evidence::Sbom);
        one.line = item.line;
        one.dev = item.dev;
        one.relation = item.relation;
        if let Some(at) = self.listing.push(one)
            && !item.id.is_empty()
        {
            self.places.insert(item.id, at);
        }
    }

    /// Says that the files of a package belong to another one, by what relations call them. Only a system's package owns.
    pub(super) fn own(&mut self, owner: &str, child: &str) {
        let (Some(&owner), Some(&child)) = (self.places.get(owner), self.places.get(child)) else {
            return;
        };
        let Some(owner) = self.listing.packages.get(owner).map(|one| &one.package) else {
            return;
        };
        if !owner.kind.system {
            return;
        }
        let distro = self.distro.as_ref();
        let (url, is_third_party) = (package_url(owner, distro), owner.is_third_party(distro));
        if let Some(one) = self.listing.packages.get_mut(child)
            && !one.package.kind.system
        {
            one.package.owner = Some(url);
            one.package.owner_is_third_party = is_third_party;
        }
    }

    /// Settles which distribution it is: what the document says outright, else what most of its package URLs do.
    pub(super) fn settle_distro(&mut self) {
        if self.distro.is_none() {
            let most = self.distros.values().max_by_key(|(count, _)| *count);
            self.distro = most.map(|(_, distro)| distro.clone());
        }
    }

    pub(super) fn finish(mut self) -> Document {
        self.settle_distro();
        for (owner, child) in std::mem::take(&mut self.owned) {
            self.own(&owner, &child);
        }
        let listed = self.listing.finish();
        Document {
            packages: listed.packages,
            distro: self.distro,
            warnings: listed.warnings,
            unnamed: self.unnamed,
        }
    }
}
