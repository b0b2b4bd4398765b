//! What package databases say of the content of their files, laid beside the merged file system: for each file what lies at its
//! path now. Whether that is what the database says, only digests of the files can tell.

use super::text;
use crate::image::{EntryKind, EntryRef, NodeId, Tree};
use crate::inventory::checksums::{Checksum, ChecksumKind, FileUse, hexadecimal};
use crate::inventory::collect::Collector;
use crate::inventory::dpkg::Diversions;
use crate::inventory::parsed::FileList;
use crate::packages::{APK, DEB, Distro, Package, package_url};
use sha1::{Digest as _, Sha1};
use sha2::Sha256;

/// All that the databases of an image say.
#[derive(Clone, Debug, Default)]
pub struct Claims {
    /// The packages of the system.
    pub claimants: Vec<Claimant>,
    /// What they say, package by package.
    pub claims: Vec<Claim>,
    /// Links led through so many others that not all paths were looked up.
    pub is_incomplete: bool,
}

/// A package of the system.
#[derive(Clone, Debug)]
pub struct Claimant {
    /// Its name.
    pub name: String,
    /// Its package URL.
    pub purl: String,
    /// The layer that brought it.
    pub layer: u32,
    /// Whether its database says anything of the content of its files.
    pub has_checksums: bool,
}

/// What a database says of one file.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The package, as an index into the claimants.
    pub claimant: usize,
    /// The file's path, where it lies now if it is there.
    pub path: String,
    /// What the text is.
    pub kind: ChecksumKind,
    /// What the file is there for.
    pub of: FileUse,
    /// Hexadecimal digits, or where a link leads.
    pub text: String,
    /// What is there.
    pub found: Found,
}

/// What lies at the path of a file that a package owns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    Nothing {
        /// The layer that took it away, where one did.
        deleted_by: Option<u32>,
    },
    /// A link that is as it should be.
    Same,
    /// A file, or a link to one.
    File {
        /// The file.
        content: EntryRef,
        /// The layer that put the file or the link there.
        layer: u32,
        /// Where the link leads.
        link: Option<String>,
    },
    /// A link that leads nowhere, or elsewhere than it should.
    Link {
        /// Where it leads.
        target: String,
        /// The layer that put it there.
        layer: u32,
    },
    /// A folder or a device, or a file where a link should be.
    Other {
        /// What it is.
        kind: EntryKind,
        /// The layer that put it there, where one lists it.
        layer: Option<u32>,
    },
}

impl Claims {
    /// Collects what the databases of `packages` say.
    pub(super) fn new(
        tree: &Tree<'_>,
        packages: &[(Package, FileList)],
        diversions: &Diversions,
        distro: Option<&Distro>,
        collector: &Collector,
    ) -> Self {
        let mut claims = Self::default();
        for (package, files) in packages {
            let claimant = claims.claimants.len();
            let layers = package.locations.iter().map(|location| location.layer);
            claims.claimants.push(Claimant {
                name: package.name.clone(),
                purl: package_url(package, distro),
                layer: layers.min().unwrap_or_default(),
                has_checksums: !files.checksums.is_empty(),
            });
            for said in files.checksums.iter() {
                let path = if package.kind.name == DEB.name {
                    diversions.of(said.path, &package.name)
                } else {
                    said.path
                };
                if collector.skips(path) {
                    continue;
                }
                let node = tree.resolve_link(path);
                claims.claims.push(Claim {
                    claimant,
                    path: text(&node.map_or_else(|| path.to_vec(), |node| tree.path(node))),
                    kind: said.kind,
                    of: said.of,
                    text: text(said.text),
                    found: match node {
                        Some(node) => found(tree, node, &said, package.kind.name == APK.name),
                        None => Found::Nothing {
                            deleted_by: tree.lost(path),
                        },
                    },
                });
            }
        }
        claims.is_incomplete = tree.gave_up();
        claims
    }
}

fn found(tree: &Tree<'_>, node: NodeId, said: &Checksum<'_>, is_apk: bool) -> Found {
    let kind = tree.kind(node);
    let layer = tree.own_entry(node).map(|entry| entry.layer);
    match (kind, tree.content(node)) {
        (EntryKind::File, Some(content)) if said.kind != ChecksumKind::Link => Found::File {
            content,
            layer: content.layer,
            link: None,
        },
        (EntryKind::SymbolicLink, Some(content)) => {
            let target = tree.entry(content).map_or(&b""[..], |entry| entry.link);
            let layer = content.layer;
            if said.kind == ChecksumKind::Link && said.text == target
                || is_apk && is_digest_of(said, target)
            {
                return Found::Same;
            }
            let file = tree.follow_link(node);
            let file = file.and_then(|file| tree.present_file(file));
            match file.filter(|_| said.kind != ChecksumKind::Link) {
                Some(content) => Found::File {
                    content,
                    layer,
                    link: Some(text(target)),
                },
                None => Found::Link {
                    target: text(target),
                    layer,
                },
            }
        }
        _ => Found::Other { kind, layer },
    }
}

/// Whether it is the checksum of this text: apk has that of a link's target.
fn is_digest_of(said: &Checksum<'_>, target: &[u8]) -> bool {
    let digest = match said.kind {
        ChecksumKind::Sha1 => hexadecimal(&Sha1::digest(target)),
        ChecksumKind::Sha256 => hexadecimal(&Sha256::digest(target)),
        _ => return false,
    };
    digest.starts_with(said.text)
}
