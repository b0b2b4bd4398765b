//! Trivy's ignore files (<https://trivy.dev/latest/docs/configuration/filtering/>): `.trivyignore`, an id a line, and `.trivyignore.yaml`
//! with paths, purls, a statement and an expiry date for each id. Only what they say of vulnerabilities is taken.

use super::product::Product;
use super::{Condition, File, Refused, globs, yaml};
use jiff::civil::Date;
use serde::Deserialize;

/// Whether a text is a list of ids rather than YAML.
pub(super) fn is_list(text: &str) -> bool {
    text.lines()
        .map(|line| line.split('#').next().unwrap_or_default().trim())
        .filter(|line| !line.is_empty())
        .all(|line| {
            line.split_whitespace()
                .next()
                .is_some_and(|id| id.contains('-') && !id.ends_with(':') && id.len() > 1)
        })
}

/// `CVE-2018-14618 exp:2027-01-01  # comment`.
pub(super) fn read(text: &str, file: &mut File) -> Result<(), Refused> {
    let mut comment = String::new();
    for (line, number) in text.lines().zip(1..) {
        let (entry, said) = line.split_once('#').unwrap_or((line, ""));
        let mut words = entry.split_whitespace();
        let Some(id) = words.next() else {
            // A comment of its own is the reason of what follows.
            said.trim().clone_into(&mut comment);
            continue;
        };
        let reason = match (said.trim(), comment.as_str()) {
            ("", "") => "its id is in the file",
            ("", above) => above,
            (said, _) => said,
        };
        let mut rule = file.rule("trivyignore", &[id.to_owned()], reason);
        for word in words {
            match word.strip_prefix("exp:").map(str::parse::<Date>) {
                Some(Ok(day)) => rule.expires = Some(day),
                Some(Err(_)) => {
                    return Err(Refused::from(format!(
                        "line {number}: {word:?} is no day (exp:YYYY-MM-DD)"
                    )));
                }
                // A scope of another kind: `ws:…`; it narrows down what can't be told here.
                None => rule.conditions.push(Condition::Kinds(Vec::new())),
            }
        }
        if rule.conditions.is_empty() {
            file.rules.push(rule);
        } else {
            file.warn(&format_args!(
                "line {number}: {id} is limited in a way that is not known, it silences nothing"
            ));
        }
    }
    Ok(())
}

#[derive(Deserialize)]
struct Ignored {
    #[serde(default)]
    vulnerabilities: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    id: String,
    #[serde(default)]
    paths: Vec<String>,
    #[serde(default)]
    purls: Vec<String>,
    expired_at: Option<String>,
    statement: Option<String>,
}

pub(super) fn read_yaml(text: &str, file: &mut File) -> Result<(), Refused> {
    let ignored: Ignored = yaml::read_tolerant(text)?;
    for entry in ignored.vulnerabilities {
        let reason = entry
            .statement
            .as_deref()
            .unwrap_or("its id is in the file");
        let mut rule = file.rule("trivyignore", std::slice::from_ref(&entry.id), reason);
        if !entry.paths.is_empty() {
            rule.conditions.push(Condition::Paths(globs(&entry.paths)?));
        }
        if !entry.purls.is_empty() {
            let products = entry
                .purls
                .iter()
                .map(|url| Product::of(url, &[]))
                .collect();
            rule.conditions.push(Condition::Products(products));
        }
        if let Some(day) = entry.expired_at {
            let date = day.get(..10).and_then(|day| day.parse().ok());
            rule.expires = Some(date.ok_or_else(|| {
                Refused::from(format!(
                    "{}: expired_at: {day:?} is no day (YYYY-MM-DD)",
                    entry.id
                ))
            })?);
        }
        file.rules.push(rule);
    }
    Ok(())
}
