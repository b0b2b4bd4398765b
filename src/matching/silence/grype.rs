//! grype's `ignore:` rules out of its settings file (<https://github.com/anchore/grype#specifying-matches-to-ignore>). All that a rule
//! names must hold; its vulnerability is meant by the id of the record that was matched, by others only with `include-aliases`. A rule with a
//! condition that can't be told here silences nothing, and is told of; what is empty is no condition, as in the settings that grype writes itself.

use super::{Condition, File, Names, Refused, globs, yaml};
use crate::advisories::FixState;
use crate::packages::Distro;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Settings {
    ignore: Option<Vec<Ignore>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Ignore {
    vulnerability: Option<String>,
    include_aliases: Option<bool>,
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
    for (ignore, number) in settings.ignore.unwrap_or_default().into_iter().zip(1..) {
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
                    .filter(|reason| !reason.trim().is_empty())
                    .unwrap_or("an ignore rule names it");
                let mut rule = file.rule("grype", &ids, reason);
                if ignore.include_aliases != Some(true) {
                    rule.names = Names::Records;
                }
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

/// What a key says, if it says anything.
fn said(value: Option<&String>) -> Option<&String> {
    value.filter(|text| !text.is_empty())
}

/// The first key that says something and is not known.
fn unknown(others: &BTreeMap<String, serde_json::Value>) -> Option<&str> {
    let says = |value: &serde_json::Value| !value.is_null() && value.as_str() != Some("");
    others
        .iter()
        .find(|(_, value)| says(value))
        .map(|(key, _)| key.as_str())
}

fn conditions(ignore: &Ignore) -> Result<Vec<Condition>, String> {
    if let Some(key) = unknown(&ignore.others) {
        return Err(format!("{key} can't be told here"));
    }
    let mut conditions = Vec::new();
    if let Some(wanted) = said(ignore.namespace.as_ref()) {
        conditions.append(&mut namespace(wanted)?);
    }
    if let Some(state) = said(ignore.fix_state.as_ref()) {
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
    if let Some(key) = unknown(&package.others) {
        return Err(format!("package.{key} can't be told here"));
    }
    // The whole name is meant.
    let expression = |text: &str| {
        regex::RegexBuilder::new(&format!("^(?:{text})$"))
            .size_limit(1 << 20)
            .build()
            .map_err(|_| format!("{text:?} is no regular expression that can be used"))
    };
    if let Some(name) = said(package.name.as_ref()) {
        conditions.push(Condition::NameExpression(expression(name)?));
    }
    if let Some(name) = said(package.upstream_name.as_ref()) {
        conditions.push(Condition::SourceExpression(expression(name)?));
    }
    if let Some(version) = said(package.version.as_ref()) {
        conditions.push(Condition::Version(version.clone()));
    }
    for (word, table) in [
        (package.kind.as_ref(), TYPES),
        (package.language.as_ref(), LANGUAGES),
    ] {
        if let Some(word) = said(word) {
            let kind = table.iter().find(|(known, _)| known == word);
            let (_, kind) =
                kind.ok_or_else(|| format!("{word:?} is no type or language that is known"))?;
            conditions.push(Condition::Kinds(vec![(*kind).to_owned()]));
        }
    }
    if let Some(glob) = said(package.location.as_ref()) {
        conditions.push(Condition::RootedPaths(globs(std::slice::from_ref(glob))?));
    }
    Ok(conditions)
}

/// `debian:distro:debian:12` and `github:language:go` are told by the distribution and by the package and its records.
fn namespace(text: &str) -> Result<Vec<Condition>, String> {
    let parts: Vec<&str> = text.split(':').collect();
    match parts.as_slice() {
        [_, "distro", name, release] => {
            let distro = Distro::named(name, release);
            let distro =
                distro.ok_or_else(|| format!("namespace {text:?} names no distribution"))?;
            Ok(vec![Condition::Distro(distro)])
        }
        ["github", "language", language] => {
            let kinds: Vec<String> = LANGUAGES
                .iter()
                .filter(|(known, _)| known == language)
                .map(|(_, kind)| (*kind).to_owned())
                .collect();
            if kinds.is_empty() {
                return Err(format!(
                    "namespace {text:?} has a language that is not known"
                ));
            }
            Ok(vec![
                Condition::Kinds(kinds),
                Condition::RecordPrefix("GHSA-"),
            ])
        }
        _ => Err(format!("namespace {text:?} can't be told here")),
    }
}
