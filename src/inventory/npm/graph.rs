//! Who needs whom: which packages a project only has for its developers, where a lockfile does not say so itself.

use super::Listing;
use crate::packages::Relation;

/// Most edges that are followed. The lockfiles of the largest projects have some ten thousand.
pub(super) const EDGE_LIMIT: usize = 4_000_000;

/// A graph over numbered nodes, with two kinds of starting points.
#[derive(Debug, Default)]
pub(super) struct Graph {
    /// How many nodes there are.
    pub(super) nodes: usize,
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
    /// Adds an edge, unless there are too many.
    pub(super) fn connect(&mut self, from: u32, to: u32) {
        if self.edges.len() < EDGE_LIMIT {
            self.edges.push((from, to));
        }
    }

    /// How each node is reached. What nothing leads to is not for development: nobody knows what it is for.
    pub(super) fn reached(&self) -> Vec<Reached> {
        // Where the edges of each node begin among all of them.
        let mut starts = vec![0_usize; self.nodes + 1];
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
        let walk = |from: &[u32]| {
            let mut seen = vec![false; self.nodes];
            let mut pending: Vec<u32> = from.to_vec();
            while let Some(node) = pending.pop() {
                let node = node as usize;
                match seen.get_mut(node) {
                    Some(seen) if !*seen => *seen = true,
                    _ => continue,
                }
                if let (Some(start), Some(end)) = (starts.get(node), starts.get(node + 1)) {
                    pending.extend(targets.get(*start..*end).unwrap_or_default());
                }
            }
            seen
        };
        let needed = walk(&self.needed);
        let development = walk(&self.development);
        let mut direct = vec![false; self.nodes];
        for node in self.needed.iter().chain(&self.development) {
            if let Some(direct) = direct.get_mut(*node as usize) {
                *direct = true;
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

/// Writes how nodes are reached to the packages that they stand for: `places` has a pair of node and package each.
/// What stands for no package is left out. A package with several nodes is for development only if all of them are.
pub(super) fn mark(listing: &mut Listing, reached: &[Reached], places: &[(u32, usize)]) {
    let mut needed = vec![false; listing.packages.len()];
    for (node, package) in places {
        let Some(reached) = reached.get(*node as usize) else {
            continue;
        };
        if let Some(relation) = reached.relation {
            listing.relate(*package, relation);
        }
        if !reached.dev
            && let Some(needed) = needed.get_mut(*package)
        {
            *needed = true;
        }
    }
    for (_, package) in places {
        if let (Some(one), Some(needed)) =
            (listing.packages.get_mut(*package), needed.get(*package))
        {
            one.dev = !needed;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_developers_need_is_told() {
        let graph = Graph {
            nodes: 6,
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
}
