//! Where the databases of system package managers lie, and the files that say which distribution an image is.
//!
//! Paths: accuracy facts gathered in `docs/coverage.md`.

use super::parsed::ReadError;
use super::reader::{Located, Made, Needs, PackageReader, Pattern, Role};
use super::{apk, distro, dpkg, rpm};
use crate::image::Tree;

const MEGABYTE: u64 = 1 << 20;

/// The file at `path` in `tree`, links followed.
pub(super) fn locate_file(tree: &Tree<'_>, path: &str, role: Role) -> Option<Located> {
    let node = tree.resolve(path.as_bytes())?;
    let entry = tree.file(path.as_bytes())?;
    Some(Located {
        path: tree.path(node),
        entry,
        role,
    })
}

/// Regular files right in the folder `path`: name and place.
pub(super) fn locate_children(
    tree: &Tree<'_>,
    path: &str,
    mut role: impl FnMut(&[u8]) -> Option<Role>,
    found: &mut Vec<Located>,
) {
    let Some(folder) = tree.resolve(path.as_bytes()) else {
        return;
    };
    let folder_path = tree.path(folder);
    for (name, _) in tree.children(folder) {
        let Some(role) = role(name) else { continue };
        let path = [&folder_path[..], b"/", name].concat();
        if let Some(entry) = tree.file(&path) {
            found.push(Located { path, entry, role });
        }
    }
}

pub(super) fn strip_extension<'a>(name: &'a [u8], extension: &str) -> Option<&'a [u8]> {
    name.strip_suffix(extension.as_bytes())
        .filter(|stem| !stem.is_empty())
}

/// dpkg's status file, or status folder, and the lists of files beside it.
#[derive(Debug)]
pub(super) struct Dpkg;

impl PackageReader for Dpkg {
    fn name(&self) -> &'static str {
        "dpkg"
    }

    fn patterns(&self, needs: Needs) -> Vec<Pattern> {
        let mut patterns = vec![Pattern::Name("status"), Pattern::InFolder("status.d")];
        if needs.owned_files {
            patterns.push(Pattern::ExtensionInFolder("list", "info"));
            patterns.push(Pattern::ExtensionInFolder("md5sums", "info"));
        }
        if needs.checksums {
            patterns.push(Pattern::Name("diversions"));
        }
        patterns
    }

    fn limit(&self) -> u64 {
        128 * MEGABYTE
    }

    fn read(&self, path: &[u8], content: &[u8], needs: Needs) -> Result<Made, ReadError> {
        Ok(if path.ends_with(b"/diversions") {
            Made::Bytes(content.to_vec())
        } else if path.ends_with(b".list") && memchr::memmem::find(path, b"/status.d/").is_none() {
            Made::Files(dpkg::parse_file_list(content))
        } else if path.ends_with(b".md5sums") {
            Made::Files(dpkg::parse_md5sums(content, needs.checksums))
        } else {
            Made::Packages(dpkg::parse_status(content, needs.checksums))
        })
    }

    fn is_database(&self) -> bool {
        true
    }

    fn locate(&self, tree: &Tree<'_>, needs: Needs) -> Vec<Located> {
        let mut found = Vec::new();
        for folder in ["var/lib/dpkg", "usr/lib/dpkg"] {
            found.extend(locate_file(
                tree,
                &format!("{folder}/status"),
                Role::Packages { group: 0 },
            ));
            // Every file of a status folder stands for itself.
            let mut group = 0;
            let status_d = |name: &[u8]| {
                if let Some(stem) = strip_extension(name, ".md5sums") {
                    let database = || [folder.as_bytes(), b"/status.d/", stem].concat();
                    return needs.owned_files.then(|| Role::FilesOfDatabase(database()));
                }
                group += 1;
                Some(Role::Packages { group })
            };
            locate_children(tree, &format!("{folder}/status.d"), status_d, &mut found);
            if needs.owned_files {
                // `.md5sums` leaves folders, links and configuration files out: it stands in where there is no list.
                let list =
                    |name: &[u8]| Some(Role::FilesOf(strip_extension(name, ".list")?.to_vec()));
                let md5sums =
                    |name: &[u8]| Some(Role::FilesOf(strip_extension(name, ".md5sums")?.to_vec()));
                locate_children(tree, &format!("{folder}/info"), list, &mut found);
                locate_children(tree, &format!("{folder}/info"), md5sums, &mut found);
            }
            if needs.checksums {
                found.extend(locate_file(
                    tree,
                    &format!("{folder}/diversions"),
                    Role::Diversions,
                ));
            }
        }
        found
    }
}

/// apk's database of installed packages, at its old place and at the one of a merged `/usr`.
#[derive(Debug)]
pub(super) struct Apk;

impl PackageReader for Apk {
    fn name(&self) -> &'static str {
        "apk"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        vec![Pattern::Name("installed")]
    }

    fn limit(&self) -> u64 {
        128 * MEGABYTE
    }

    fn read(&self, _path: &[u8], content: &[u8], needs: Needs) -> Result<Made, ReadError> {
        Ok(Made::Packages(apk::parse_installed(content, needs)))
    }

    fn is_database(&self) -> bool {
        true
    }

    fn locate(&self, tree: &Tree<'_>, _needs: Needs) -> Vec<Located> {
        let mut found: Vec<Located> = Vec::new();
        for path in ["usr/lib/apk/db/installed", "lib/apk/db/installed"] {
            // Both are one file where `/lib` is a link.
            let located = locate_file(tree, path, Role::Packages { group: 0 });
            found.extend(located.filter(|new| found.iter().all(|old| old.entry != new.entry)));
        }
        found
    }
}

/// rpm's database in its three storages, and the lists that stand for it in images without one.
#[derive(Debug)]
pub(super) struct Rpm;

const RPM_FOLDERS: [&str; 3] = ["usr/lib/sysimage/rpm", "var/lib/rpm", "usr/share/rpm"];
/// The group of the lists, behind those of the folders.
const RPM_MANIFEST_GROUP: u32 = 3;
/// The newer storage first: a conversion may leave the older file behind.
const RPM_FILES: [&str; 3] = ["rpmdb.sqlite", "Packages.db", "Packages"];
const RPM_LOG: &str = "rpmdb.sqlite-wal";
/// The second has more to say of each package than the first.
const RPM_MANIFESTS: [&str; 2] = ["container-manifest-2", "container-manifest-1"];

impl PackageReader for Rpm {
    fn name(&self) -> &'static str {
        "rpm"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        let names = RPM_FILES.into_iter().chain(RPM_MANIFESTS).chain([RPM_LOG]);
        names.map(Pattern::Name).collect()
    }

    fn limit(&self) -> u64 {
        512 * MEGABYTE
    }

    fn read(&self, path: &[u8], content: &[u8], needs: Needs) -> Result<Made, ReadError> {
        if path.ends_with(RPM_LOG.as_bytes()) {
            return Ok(Made::Bytes(content.to_vec()));
        }
        if memchr::memmem::find(path, b"container-manifest-").is_some() {
            return rpm::read_container_manifest(content).map(Made::Packages);
        }
        rpm::read(
            content,
            None,
            rpm::Options {
                with_files: needs.owned_files,
                with_checksums: needs.checksums,
            },
        )
        .map(Made::Packages)
    }

    fn is_database(&self) -> bool {
        true
    }

    fn locate(&self, tree: &Tree<'_>, _needs: Needs) -> Vec<Located> {
        let mut found: Vec<Located> = Vec::new();
        for (group, folder) in (0..).zip(RPM_FOLDERS) {
            for name in RPM_FILES {
                let located =
                    locate_file(tree, &format!("{folder}/{name}"), Role::Packages { group });
                found.extend(located.filter(|new| found.iter().all(|old| old.entry != new.entry)));
            }
            let log_of = |path: &str| Some(Role::LogOf(tree.path(tree.resolve(path.as_bytes())?)));
            if let Some(role) = log_of(&format!("{folder}/{}", RPM_FILES[0]))
                && let Some(log) = locate_file(tree, &format!("{folder}/{RPM_LOG}"), role)
                && tree.entry(log.entry).is_some_and(|entry| entry.size > 0)
                && found.iter().all(|old| old.entry != log.entry)
            {
                found.push(log);
            }
        }
        for name in RPM_MANIFESTS {
            found.extend(locate_file(
                tree,
                &format!("var/lib/rpmmanifest/{name}"),
                Role::Packages {
                    group: RPM_MANIFEST_GROUP,
                },
            ));
        }
        found
    }

    fn read_with_log(&self, content: &[u8], log: &[u8], needs: Needs) -> Result<Made, ReadError> {
        rpm::read(
            content,
            Some(log),
            rpm::Options {
                with_files: needs.owned_files,
                with_checksums: needs.checksums,
            },
        )
        .map(Made::Packages)
    }
}

/// os-release and its forerunners. No packages, but read by the same walk.
#[derive(Debug)]
pub(super) struct DistroFiles;

impl PackageReader for DistroFiles {
    fn name(&self) -> &'static str {
        "distro"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        let name = |path: &'static str| Pattern::Name(path.rsplit('/').next().unwrap_or(path));
        distro::FILES.iter().map(|path| name(path)).collect()
    }

    fn limit(&self) -> u64 {
        MEGABYTE
    }

    fn read(&self, _path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        Ok(Made::Bytes(content.to_vec()))
    }

    fn is_database(&self) -> bool {
        true
    }

    fn locate(&self, tree: &Tree<'_>, _needs: Needs) -> Vec<Located> {
        distro::FILES
            .iter()
            .filter_map(|path| locate_file(tree, path, Role::Distro))
            .collect()
    }
}
