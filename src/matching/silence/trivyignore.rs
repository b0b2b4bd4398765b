//! Trivy's ignore files (<https://trivy.dev/latest/docs/configuration/filtering/>): `.trivyignore`, an id a line, and `.trivyignore.yaml`
//! with paths, purls, a statement and an expiry date for each id. Only what they say of vulnerabilities is taken. What is silent about the
//! details in the documentation is as in Trivy's own reader (`pkg/result/ignore.go`).

use super::product::{PackagePattern, Products};
use super::{Condition, File, Refused, globs, yaml};
use jiff::civil::Date;
use serde::Deserialize;

/// The reason where the file has none.
const NO_REASON: &str = "its id is in the file";

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

/// `CVE-2018-14618 exp:2027-01-01  # comment`. Of the words behind an id Trivy takes the first `exp:`, wherever it stands, and no others.
pub(super) fn read(text: &str, file: &mut File) {
    let mut comment = String::new();
    for (line, number) in text.lines().zip(1..) {
        let line = line.trim();
        if let Some(said) = line.strip_prefix('#') {
            // A comment of its own is the reason of what follows.
            said.trim().clone_into(&mut comment);
            continue;
        }
        let mut words = line.split_whitespace();
        let Some(id) = words.next() else {
            continue;
        };
        let said = line.split_once('#').map_or("", |(_, said)| said.trim());
        let reason = match (said, comment.as_str()) {
            ("", "") => NO_REASON,
            ("", above) => above,
            (said, _) => said,
        };
        let mut rule = file.rule("trivyignore", &[id.to_owned()], reason);
        if let Some(day) = words.find_map(|word| word.strip_prefix("exp:")) {
            let Some(last) = day.parse().ok().and_then(last_day) else {
                file.warn(&format_args!(
                    "line {number}: {day:?} is no day (exp:YYYY-MM-DD), {id} is not silenced"
                ));
                continue;
            };
            rule.expires = Some(last);
        }
        file.rules.push(rule);
    }
}

/// Trivy's day is the first on which the id is back: it stands for its midnight.
fn last_day(expires: Date) -> Option<Date> {
    expires.yesterday().ok()
}

#[derive(Deserialize)]
struct Ignored {
    #[serde(default)]
    vulnerabilities: Option<Vec<Entry>>,
}

#[derive(Deserialize)]
struct Entry {
    /// May be left out where there are paths or purls.
    id: Option<String>,
    paths: Option<Vec<String>>,
    purls: Option<Vec<String>>,
    expired_at: Option<String>,
    statement: Option<String>,
}

pub(super) fn read_yaml(text: &str, file: &mut File) -> Result<(), Refused> {
    let ignored: Ignored = yaml::read_tolerant(text)?;
    for (entry, number) in ignored
        .vulnerabilities
        .unwrap_or_default()
        .into_iter()
        .zip(1..)
    {
        let refused = |detail: String| Refused::from(format!("vulnerability {number}: {detail}"));
        let ids: Vec<String> = entry
            .id
            .into_iter()
            .filter(|id| !id.trim().is_empty())
            .collect();
        let reason = entry.statement.as_deref().unwrap_or(NO_REASON);
        let mut rule = file.rule("trivyignore", &ids, reason);
        if let Some(paths) = entry.paths.filter(|paths| !paths.is_empty()) {
            rule.conditions
                .push(Condition::Paths(globs(&paths).map_err(refused)?));
        }
        if let Some(purls) = entry.purls.filter(|purls| !purls.is_empty()) {
            let mut products = Products::default();
            for purl in &purls {
                let pattern = PackagePattern::of(purl)
                    .ok_or_else(|| refused(format!("{purl:?} is no package URL")))?;
                products.add_package(pattern.installed());
            }
            rule.conditions.push(Condition::Products(products));
        }
        if rule.ids.is_empty() && rule.conditions.is_empty() {
            file.warn(&format_args!(
                "vulnerability {number} names nothing, it silences nothing"
            ));
            continue;
        }
        if let Some(day) = entry.expired_at {
            // A time of day is left aside: only whole days are told apart.
            let date = day.trim().get(..10).and_then(|day| day.parse().ok());
            rule.expires =
                Some(date.and_then(last_day).ok_or_else(|| {
                    refused(format!("expired_at: {day:?} is no day (YYYY-MM-DD)"))
                })?);
        }
        file.rules.push(rule);
    }
    Ok(())
}
