//! Who needs whom: which packages a project only has for its developers, where a lockfile does not say so itself.

use crate::inventory::listing::stronger;
use crate::inventory::parsed::InstalledPackage;
use crate::packages::Relation;

/// Most edges that are followed. The lockfiles of the largest projects have some ten thousand.
pub(super) const EDGE_LIMIT: usize = 4_000_000;

/// A graph over numbered nodes, with two kinds of starting points.
#[derive(Debug, Default)]
pub(super) struct Graph {
    /// How many entries there are: nodes, from 0.
    pub(super) entries: u32,
    /// How many nodes there are behind them that each stand for several entries, and have an edge to each.
    pub(super) stand_ins: u32,
    /// From whom to whom.
    pub(super) edges: Vec<(u32, u32)>,
    /// What the project needs when it runs.
    pub(super) needed: Vec<u32>,
    /// What its developers need.
    pub(super) development: Vec<u32>,
}

/// How one node is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reached {
    /// From developers' needs alone.
    pub(super) dev: bool,
    /// As a starting point, by way of others, or not at all.
    pub(super) relation: Option<Relation>,
}

impl Graph {
    /// How each node is reached. What nothing leads to is not for development: nobody knows what it is for.
    pub(super) fn reached(&self) -> Vec<Reached> {
        let nodes = self.entries as usize + self.stand_ins as usize;
        // Where the edges of each node begin among all of them.
        let mut starts = vec![0_usize; nodes + 1];
        for (from, _) in &self.edges {
            if let Some(count) = starts.get_mut(*from as usize + 1) {
                *count += 1;
            }
        }
        let mut total = 0;
        for start in &mut starts {
            total += *start;
            *start = total;
        }
        let mut next = starts.clone();
        let mut targets = vec![0_u32; self.edges.len()];
        for (from, to) in &self.edges {
            if let Some(place) = next.get_mut(*from as usize)
                && let Some(target) = targets.get_mut(*place)
            {
                *target = *to;
                *place += 1;
            }
        }
        let edges_of = |node: usize| -> &[u32] {
            let range = starts.get(node).copied().zip(starts.get(node + 1).copied());
            range
                .and_then(|(start, end)| targets.get(start..end))
                .unwrap_or_default()
        };
        let walk = |from: &[u32]| {
            let mut seen = vec![false; nodes];
            let mut pending: Vec<u32> = from.to_vec();
            while let Some(node) = pending.pop() {
                let node = node as usize;
                match seen.get_mut(node) {
                    Some(seen) if !*seen => *seen = true,
                    _ => continue,
                }
                pending.extend(edges_of(node));
            }
            seen
        };
        let needed = walk(&self.needed);
        let development = walk(&self.development);
        let mut direct = vec![false; nodes];
        for root in self.needed.iter().chain(&self.development) {
            let node = *root as usize;
            match direct.get_mut(node) {
                Some(direct) if !*direct => *direct = true,
                _ => continue,
            }
            if *root >= self.entries {
                for target in edges_of(node) {
                    if let Some(direct) = direct.get_mut(*target as usize) {
                        *direct = true;
                    }
                }
            }
        }
        let nodes = needed.into_iter().zip(development).zip(direct);
        nodes
            .map(|((needed, development), direct)| Reached {
                dev: development && !needed,
                relation: match (direct, needed || development) {
                    (true, _) => Some(Relation::Direct),
                    (false, true) => Some(Relation::Transitive),
                    (false, false) => None,
                },
            })
            .collect()
    }
}

/// Writes how entries are reached to the packages that they are: `places` has a pair of entry and package each.
/// A package with several entries is for development only if all of them are.
pub(super) fn mark(
    packages: &mut [InstalledPackage],
    reached: &[Reached],
    places: &[(u32, usize)],
) {
    let mut needed = vec![false; packages.len()];
    for (node, at) in places {
        let (Some(reached), Some(one)) = (reached.get(*node as usize), packages.get_mut(*at))
        else {
            continue;
        };
        one.relation = stronger(one.relation, reached.relation);
        one.dev = true;
        if let Some(needed) = needed.get_mut(*at) {
            *needed |= !reached.dev;
        }
    }
    for (one, needed) in packages.iter_mut().zip(needed) {
        one.dev &= !needed;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_developers_need_is_told() {
        let graph = Graph {
            entries: 6,
            stand_ins: 0,
            edges: vec![(0, 2), (1, 2), (1, 3), (3, 1), (9, 1), (1, 9)],
            needed: vec![0, 7],
            development: vec![1, 0],
        };
        let reached = graph.reached();
        let told: Vec<_> = reached.iter().map(|one| (one.dev, one.relation)).collect();
        assert_eq!(
            told,
            [
                (false, Some(Relation::Direct)),
                (true, Some(Relation::Direct)),
                (false, Some(Relation::Transitive)),
                (true, Some(Relation::Transitive)),
                (false, None),
                (false, None),
            ]
        );
    }

    #[test]
    fn what_stands_for_many_makes_each_of_them_direct() {
        let graph = Graph {
            entries: 3,
            stand_ins: 1,
            edges: vec![(3, 0), (3, 1), (0, 2)],
            needed: vec![],
            development: vec![3],
        };
        let relations: Vec<_> = graph.reached().iter().map(|one| one.relation).collect();
        let direct = Some(Relation::Direct);
        assert_eq!(
            relations,
            [direct, direct, Some(Relation::Transitive), direct]
        );
        assert!(graph.reached().iter().all(|one| one.dev));
    }
}
