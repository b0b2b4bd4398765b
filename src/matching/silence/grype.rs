//! grype's `ignore:` rules out of its settings file (<https://github.com/anchore/grype#specifying-matches-to-ignore>). All that a rule
//! names must hold; its vulnerability is meant by its own id, by others only with `include-aliases`. A rule with a condition that can't be
//! told here silences nothing, and is told of.

use super::{Condition, File, Refused, globs, yaml};
use crate::advisories::FixState;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Settings {
    #[serde(default)]
    ignore: Vec<Ignore>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Ignore {
    vulnerability: Option<String>,
    #[serde(default)]
    include_aliases: bool,
    reason: Option<String>,
    namespace: Option<String>,
    fix_state: Option<String>,
    package: Option<Package>,
    /// Everything else: `vex-status`, `vex-justification`, `match-type`.
    #[serde(flatten)]
    others: BTreeMap<String, serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Package {
    name: Option<String>,
    version: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    language: Option<String>,
    location: Option<String>,
    upstream_name: Option<String>,
    #[serde(flatten)]
    others: BTreeMap<String, serde_json::Value>,
}

/// grype's types of packages and purl types.
const TYPES: &[(&str, &str)] = &[
    ("alpm", "alpm"),
    ("apk", "apk"),
    ("deb", "deb"),
    ("dotnet", "nuget"),
    ("gem", "gem"),
    ("go-module", "golang"),
    ("hex", "hex"),
    ("java-archive", "maven"),
    ("jenkins-plugin", "maven"),
    ("npm", "npm"),
    ("php-composer", "composer"),
    ("portage", "ebuild"),
    ("python", "pypi"),
    ("rpm", "rpm"),
    ("rust-crate", "cargo"),
    ("swift", "swift"),
];

/// grype's languages and purl types.
const LANGUAGES: &[(&str, &str)] = &[
    ("dart", "pub"),
    ("dotnet", "nuget"),
    ("elixir", "hex"),
    ("erlang", "hex"),
    ("go", "golang"),
    ("haskell", "hackage"),
    ("java", "maven"),
    ("javascript", "npm"),
    ("php", "composer"),
    ("python", "pypi"),
    ("r", "cran"),
    ("ruby", "gem"),
    ("rust", "cargo"),
    ("swift", "swift"),
];

pub(super) fn read(text: &str, file: &mut File) -> Result<(), Refused> {
    let settings: Settings = yaml::read_tolerant(text)?;
    for (ignore, number) in settings.ignore.into_iter().zip(1..) {
        match conditions(&ignore) {
            Ok(conditions) => {
                let ids: Vec<String> = ignore
                    .vulnerability
                    .into_iter()
                    .filter(|id| !id.is_empty())
                    .collect();
                if ids.is_empty() && conditions.is_empty() {
                    file.warn(&format_args!(
                        "ignore rule {number} names nothing, it silences nothing"
                    ));
                    continue;
                }
                let reason = ignore
                    .reason
                    .as_deref()
                    .unwrap_or("an ignore rule names it");
                let mut rule = file.rule("grype", &ids, reason);
                rule.aliases = ignore.include_aliases;
                rule.conditions = conditions;
                file.rules.push(rule);
            }
            Err(detail) => file.warn(&format_args!(
                "ignore rule {number}: {detail}, it silences nothing"
            )),
        }
    }
    Ok(())
}

fn conditions(ignore: &Ignore) -> Result<Vec<Condition>, String> {
    if let Some(key) = ignore.others.keys().next() {
        return Err(format!("{key} can't be told here"));
    }
    let mut conditions = Vec::new();
    if let Some(namespace) = &ignore.namespace {
        // `debian:distro:debian:12`, `github:language:go`: the provider is what a feed's name has in common with it.
        let provider = namespace.split(':').next().unwrap_or_default();
        conditions.push(Condition::Namespace(provider.to_lowercase()));
    }
    if let Some(state) = &ignore.fix_state {
        conditions.push(Condition::FixStates(vec![match state.as_str() {
            "fixed" => FixState::Fixed,
            "not-fixed" => FixState::NotFixed,
            "wont-fix" => FixState::WontFix,
            "unknown" => FixState::Unknown,
            _ => return Err(format!("fix-state {state:?} is not known")),
        }]));
    }
    let Some(package) = &ignore.package else {
        return Ok(conditions);
    };
    if let Some(key) = package.others.keys().next() {
        return Err(format!("package.{key} can't be told here"));
    }
    // The whole name is meant.
    let expression = |text: &str| {
        regex::RegexBuilder::new(&format!("^(?:{text})$"))
            .size_limit(1 << 20)
            .build()
            .map_err(|_| format!("{text:?} is no regular expression that can be used"))
    };
    if let Some(name) = &package.name {
        conditions.push(Condition::NameExpression(expression(name)?));
    }
    if let Some(name) = &package.upstream_name {
        conditions.push(Condition::SourceExpression(expression(name)?));
    }
    if let Some(version) = &package.version {
        conditions.push(Condition::Version(version.clone()));
    }
    for (word, table) in [(&package.kind, TYPES), (&package.language, LANGUAGES)] {
        if let Some(word) = word {
            let kind = table.iter().find(|(known, _)| known == word);
            let (_, kind) =
                kind.ok_or_else(|| format!("{word:?} is no type or language that is known"))?;
            conditions.push(Condition::Kinds(vec![(*kind).to_owned()]));
        }
    }
    if let Some(glob) = &package.location {
        conditions.push(Condition::Paths(globs(std::slice::from_ref(glob))?));
    }
    Ok(conditions)
}
