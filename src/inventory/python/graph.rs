//! Which packages of a lockfile a project can reach from what it asks for, where the lockfile itself does not say.

use super::project::Project;
use crate::inventory::parsed::{Notes, Parsed};
use crate::packages::Relation;
use std::collections::{BTreeSet, HashMap, HashSet};

/// Names of what each package of a lockfile needs, in the order of its packages.
#[derive(Default)]
pub(super) struct Graph {
    pub(super) needs: Vec<Vec<String>>,
}

impl Graph {
    /// The packages that can be reached from `roots`, the roots among them.
    fn reached<'a>(&'a self, parsed: &'a Parsed, roots: &'a BTreeSet<String>) -> HashSet<&'a str> {
        let mut needs: HashMap<&str, Vec<&[String]>> = HashMap::new();
        for (one, list) in parsed.packages.iter().zip(&self.needs) {
            needs.entry(&one.package.name).or_default().push(list);
        }
        let mut reached: HashSet<&str> = HashSet::new();
        let mut open: Vec<&str> = roots.iter().map(String::as_str).collect();
        while let Some(name) = open.pop() {
            if reached.insert(name) {
                let lists = needs.get(name).into_iter().flatten();
                open.extend(lists.flat_map(|list| list.iter().map(String::as_str)));
            }
        }
        reached
    }
}

/// The packages of a lockfile with what the project says of them: which it asked for, and where the lockfile has no
/// groups, which are for development only. A package that nothing leads to is left as it is.
pub(super) fn joined(parsed: &Parsed, project: &Project) -> Parsed {
    let mut joined = parsed.clone();
    for one in &mut joined.packages {
        let is_direct = project.asks_for(&one.package.name);
        one.relation = Some(if is_direct {
            Relation::Direct
        } else {
            Relation::Transitive
        });
    }
    if let Some(graph) = parsed.notes.as_ref().and_then(Notes::get::<Graph>) {
        let main = graph.reached(parsed, &project.main);
        let groups: BTreeSet<String> = project.groups.values().flatten().cloned().collect();
        let groups = graph.reached(parsed, &groups);
        for one in &mut joined.packages {
            let name = one.package.name.as_str();
            one.dev = !main.contains(name) && groups.contains(name);
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::parsed::InstalledPackage;
    use crate::inventory::python::package;
    use crate::packages::Evidence;

    #[test]
    fn what_only_groups_lead_to_is_for_development() {
        let all: [(&str, &[&str]); 6] = [
            ("a", &["b"]),
            ("b", &["a"]),
            ("c", &["b", "d"]),
            ("d", &["e"]),
            ("e", &["d", "nowhere"]),
            ("f", &[]),
        ];
        let mut parsed = Parsed::default();
        let mut graph = Graph::default();
        for (name, needs) in all {
            let package = package(name, "1").unwrap();
            parsed
                .packages
                .push(InstalledPackage::new(package, Evidence::Lockfile));
            graph
                .needs
                .push(needs.iter().map(|&name| name.to_owned()).collect());
        }
        parsed.notes = Some(Notes::new(graph));
        let mut project = Project::default();
        project.main.insert("a".to_owned());
        project
            .groups
            .entry("dev".to_owned())
            .or_default()
            .insert("c".to_owned());
        let joined = joined(&parsed, &project);
        let told: String = joined
            .packages
            .iter()
            .map(|one| match (one.relation, one.dev) {
                (Some(Relation::Direct), false) => 'D',
                (Some(Relation::Direct), true) => 'd',
                (_, false) => 'T',
                (_, true) => 't',
            })
            .collect();
        assert_eq!(told, "DTdttT");
    }
}
