//! `mix.exs`, the project file of Mix: Elixir code, of which nothing is run. Its dependencies are tuples in a function
//! that is called `deps` by custom (<https://hexdocs.pm/mix/Mix.Tasks.Deps.html>); those written as literals are read.

use super::term::{Term, term};
use crate::inventory::listing::is_plain;
use std::cell::Cell;

/// Bytes above which a project file, which people write, is not looked into.
const SIZE_LIMIT: usize = 1 << 20;
/// Terms that are read of a file.
const TERM_LIMIT: u32 = 100_000;
/// Dependencies that are read of a file.
const COUNT_LIMIT: usize = 10_000;

/// What a project asks for.
#[derive(Debug, Default)]
pub(super) struct Project {
    pub(super) dependencies: Vec<Dependency>,
}

/// One dependency.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Dependency {
    pub(super) name: String,
    /// Never asked for in production.
    pub(super) dev: bool,
    /// Its own dependencies are in no lockfile: it lies in a repository or a folder.
    pub(super) is_source: bool,
}

impl Project {
    /// Reads the dependencies of a project; nothing where none are found.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.len() > SIZE_LIMIT {
            return None;
        }
        let mut project = Self::default();
        let left = Cell::new(TERM_LIMIT);
        let mut in_dependencies = false;
        let mut offset = 0;
        // Where the last tuple ended: what lies in it is not looked at again.
        let mut read_to = 0;
        for line in text.split_inclusive('\n') {
            let start = offset;
            offset += line.len();
            let content = line.trim_start();
            if content.starts_with("def ") || content.starts_with("defp ") {
                let words = content.split([' ', '(', ',', '\n', '\r']);
                in_dependencies = words.clone().nth(1) == Some("deps");
            }
            if !in_dependencies || content.starts_with('#') {
                continue;
            }
            for (at, _) in line.match_indices("{:") {
                let at = start + at;
                if at < read_to || project.dependencies.len() >= COUNT_LIMIT {
                    continue;
                }
                if let Ok((rest, tuple)) = term(&text[at..], &left) {
                    read_to = text.len() - rest.len();
                    project.dependencies.extend(dependency(&tuple));
                }
            }
        }
        (!project.dependencies.is_empty()).then_some(project)
    }
}

/// `{:name, "~> 1.0", only: [:dev, :test]}`
fn dependency(tuple: &Term<'_>) -> Option<Dependency> {
    let name = tuple.items().first()?.as_text()?;
    if !is_plain(name) {
        return None;
    }
    // Options stand in the tuple itself, or in a list in it.
    let option = |key: &str| {
        let lists = tuple.items().iter().skip(1);
        tuple
            .get(key)
            .or_else(|| lists.into_iter().find_map(|list| list.get(key)))
    };
    let environments = option("only");
    let is_production = |term: &Term<'_>| term.as_text() == Some("prod");
    Some(Dependency {
        name: name.to_owned(),
        dev: environments
            .is_some_and(|only| !is_production(only) && !only.items().iter().any(is_production)),
        is_source: ["git", "github", "path", "in_umbrella"]
            .iter()
            .any(|key| option(key).is_some()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<(String, bool, bool)> {
        let project = Project::parse(text).unwrap_or_default();
        let dependencies = project.dependencies.into_iter();
        dependencies
            .map(|one| (one.name, one.dev, one.is_source))
            .collect()
    }

    #[test]
    fn dependencies_are_read_from_their_function() {
        let text = "def project do\n  [app: :x, aliases: [{:no, 1}]]\nend\n\ndefp deps do\n  [\n    {:plug, \"~> 1.5\"},\n    # {:old, \"1\"},\n    \
                    {:credo, \"~> 1.7\", only: [:dev, :test], runtime: false}, {:ex_doc, \">= 0.0.0\", [only: :dev]},\n    \
                    {:x, path: \"../x\"},\n    {:y, \"1\", only: [:prod, :test]},\n    {:z, System.get_env(\"Z\")}\n  ]\nend\ndef other, do: {:no, 2}\n";
        let expected = [
            ("plug", false, false),
            ("credo", true, false),
            ("ex_doc", true, false),
            ("x", false, true),
            ("y", false, false),
        ];
        assert_eq!(
            told(text),
            expected.map(|(name, dev, source)| (name.to_owned(), dev, source))
        );
        assert_eq!(told("defp deps, do: [{:a, \"1\"}]").len(), 1);
        assert!(Project::parse("").is_none());
        assert!(Project::parse("def deps do\n{:").is_none());
    }
}
