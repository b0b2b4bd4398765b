//! Which locked packages the project's own ask for, and which of them nothing but tests needs.
//!
//! A lockfile says what each package depends on, but not what for. Only packages of the project itself have dependencies for
//! development in it; their manifests tell them apart. What is reached without those is needed, the rest is not.

use super::manifest::{Dependency, Manifest};
use crate::inventory::parsed::InstalledPackage;
use crate::packages::Relation;
use hashbrown::{HashMap, HashSet};

/// The dependencies in a lockfile, packages by their place in it.
#[derive(Debug, Default)]
pub(super) struct Graph {
    /// What each package depends on.
    pub(super) edges: Vec<Vec<u32>>,
    /// The packages without a source: the project's own, and what lies in other folders.
    pub(super) local: Vec<u32>,
}

/// The manifests of the project, by the name of their package.
#[derive(Default)]
pub(super) struct Manifests<'a> {
    pub(super) by_package: HashMap<&'a str, &'a Manifest>,
    /// The one beside the lockfile.
    pub(super) first: Option<&'a Manifest>,
}

impl Graph {
    fn edges_of(&self, package: u32) -> &[u32] {
        self.edges.get(package as usize).map_or(&[], Vec::as_slice)
    }

    /// Packages that can be reached from `starts`, over the edges that `counts` says yes to.
    fn reached(&self, starts: &[u32], counts: impl Fn(u32, u32) -> bool) -> Vec<bool> {
        let mut reached = vec![false; self.edges.len()];
        let mut pending: Vec<u32> = starts.to_vec();
        while let Some(package) = pending.pop() {
            match reached.get_mut(package as usize) {
                Some(seen) if !*seen => *seen = true,
                _ => continue,
            }
            let next = self.edges_of(package).iter().copied();
            pending.extend(next.filter(|to| {
                counts(package, *to) && !reached.get(*to as usize).copied().unwrap_or(true)
            }));
        }
        reached
    }

    /// Writes into `packages` how each came to be a dependency.
    pub(super) fn relate(&self, packages: &mut [InstalledPackage], manifests: &Manifests<'_>) {
        let name = |packages: &[InstalledPackage], at: u32| {
            packages
                .get(at as usize)
                .map(|one| one.package.name.clone())
                .unwrap_or_default()
        };
        // A package that others depend on is the project itself only if its manifest lies beside the lockfile.
        let wanted: HashSet<u32> = self.edges.iter().flatten().copied().collect();
        let first = manifests
            .first
            .and_then(|manifest| manifest.package.as_deref());
        let mut roots: Vec<u32> = Vec::new();
        // Of these the manifests are known: they are built and tested on their own account.
        let mut members: Vec<u32> = Vec::new();
        let mut only_dev: HashSet<(u32, u32)> = HashSet::new();
        for &local in &self.local {
            let own = name(packages, local);
            if !wanted.contains(&local) || first == Some(own.as_str()) {
                roots.push(local);
            }
            let Some(manifest) = manifests.by_package.get(own.as_str()) else {
                continue;
            };
            members.push(local);
            let real = |dependency: &Dependency| real_name(dependency, manifests);
            let normal: HashSet<String> = manifest.normal.iter().map(real).collect();
            let dev: HashSet<String> = manifest.dev.iter().map(real).collect();
            for &to in self.edges_of(local) {
                let to_name = name(packages, to);
                if dev.contains(&to_name) && !normal.contains(&to_name) {
                    only_dev.insert((local, to));
                }
            }
        }
        if roots.is_empty() {
            roots.clone_from(&self.local);
        }
        let starts: Vec<u32> = roots.iter().chain(&members).copied().collect();
        let all = self.reached(&starts, |_, _| true);
        let needed = self.reached(&starts, |from, to| !only_dev.contains(&(from, to)));
        let direct: HashSet<u32> = roots
            .iter()
            .flat_map(|root| self.edges_of(*root))
            .copied()
            .collect();
        let roots: HashSet<u32> = roots.into_iter().collect();
        for (at, listed) in (0..).zip(packages) {
            listed.relation = Some(if roots.contains(&at) {
                Relation::Root
            } else if direct.contains(&at) {
                Relation::Direct
            } else {
                Relation::Transitive
            });
            let is = |flags: &[bool]| flags.get(at as usize).copied().unwrap_or_default();
            listed.dev = is(&all) && !is(&needed);
        }
    }
}

/// The name under which a dependency is locked.
fn real_name(dependency: &Dependency, manifests: &Manifests<'_>) -> String {
    let inherited = || {
        let workspace = &manifests.first?.inherited;
        workspace.get(&dependency.key)?.package.clone()
    };
    dependency
        .package
        .clone()
        .or_else(|| dependency.inherits.then(inherited).flatten())
        .unwrap_or_else(|| dependency.key.clone())
}
