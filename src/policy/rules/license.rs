//! Licences of packages, as their metadata words them.

use crate::policy::fields::Globs;
use crate::policy::{Asked, Check, Evidence, Facts, Judge, Judgement};
use crate::report::Package;

pub(super) struct License;

impl Check for License {
    fn name(&self) -> &'static str {
        "license"
    }

    fn title(&self) -> &'static str {
        "Every package may be used under a licence that is allowed"
    }

    fn about(&self) -> &'static str {
        "Licences are SPDX identifiers, or what stands in the package's metadata. Of an expression with `OR` one side has to be allowed, of one with \
         `AND` both. Categories: `copyleft` (GPL, …), `weak-copyleft` (LGPL, MPL, EPL, …), `network` (AGPL, SSPL, …)."
    }

    fn example(&self) -> &'static str {
        "deny: [\"AGPL-*\", \"SSPL-*\"]\nkind: [npm, pypi]"
    }

    fn prepare(&self, asked: &mut Asked<'_, '_>) -> Box<dyn Judge> {
        let fields = &mut *asked.0;
        let rule = Licenses {
            allow: fields.globs("allow", "Licences that may be; all others may not; globs."),
            deny: fields.globs("deny", "Licences that may not be; globs."),
            categories: fields.texts("deny-category", "Categories that may not be."),
            unknown: fields.flag(
                "unknown",
                "`false`: a package that names no licence breaks the rule.",
            ),
            kinds: fields.texts("kind", "Only packages of these kinds."),
        };
        for category in &rule.categories {
            if !CATEGORIES.iter().any(|(name, _)| name == category) {
                let names: Vec<&str> = CATEGORIES.iter().map(|(name, _)| *name).collect();
                fields.complain(
                    "deny-category",
                    format!(
                        "`deny-category`: there is no category `{category}`, only {}",
                        names.join(", ")
                    ),
                );
            }
        }
        let any = rule.allow.is_some()
            || rule.deny.is_some()
            || !rule.categories.is_empty()
            || rule.unknown == Some(false);
        fields.need(
            any,
            "a `license` needs `allow`, `deny`, `deny-category` or `unknown: false`",
        );
        Box::new(rule)
    }
}

/// Beginnings of the identifiers of each category; facts of the licences' own terms, the identifiers are SPDX's.
const CATEGORIES: &[(&str, &[&str])] = &[
    (
        "copyleft",
        &[
            "GPL-",
            "CC-BY-SA-",
            "OSL-",
            "EUPL-",
            "CECILL-1",
            "CECILL-2",
            "Sleepycat",
        ],
    ),
    (
        "weak-copyleft",
        &["LGPL-", "MPL-", "EPL-", "CDDL-", "CPL-", "APSL-", "MS-RL"],
    ),
    ("network", &["AGPL-", "SSPL-", "OSL-3.0", "RPL-", "CPAL-"]),
];

struct Licenses {
    allow: Option<Globs>,
    deny: Option<Globs>,
    categories: Vec<String>,
    unknown: Option<bool>,
    kinds: Vec<String>,
}

impl Licenses {
    /// Whether a single licence may be.
    fn may(&self, license: &str) -> bool {
        let identifier = license
            .split(" WITH ")
            .next()
            .unwrap_or(license)
            .trim()
            .trim_end_matches('+');
        let is_in = |globs: &Globs| globs.fits(license.trim()) || globs.fits(identifier);
        let of_category = |category: &String| {
            let beginnings = CATEGORIES
                .iter()
                .find(|(name, _)| name == category)
                .map_or(&[][..], |(_, beginnings)| *beginnings);
            beginnings.iter().any(|beginning| {
                identifier
                    .get(..beginning.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(beginning))
            })
        };
        self.allow.as_ref().is_none_or(is_in)
            && !self.deny.as_ref().is_some_and(is_in)
            && !self.categories.iter().any(of_category)
    }

    /// Whether an expression of `AND`, `OR` and parentheses may be; text that is none counts as one licence.
    fn may_expression(&self, text: &str) -> bool {
        let mut tokens: Vec<&str> = Vec::new();
        for word in text.split_inclusive(['(', ')', ' ']) {
            let end = word.trim_end_matches(['(', ')', ' ']);
            if !end.is_empty() {
                tokens.push(end);
            }
            match &word[end.len()..] {
                "" | " " => {}
                sign => tokens.push(sign.trim()),
            }
        }
        tokens.retain(|token| !token.is_empty());
        let mut place = 0;
        let value = self.either(&tokens, &mut place, 16);
        match value {
            Some(value) if place == tokens.len() => value,
            _ => self.may(text),
        }
    }

    fn either(&self, tokens: &[&str], place: &mut usize, depth: usize) -> Option<bool> {
        let mut value = self.both(tokens, place, depth)?;
        while tokens
            .get(*place)
            .is_some_and(|token| token.eq_ignore_ascii_case("OR"))
        {
            *place += 1;
            value |= self.both(tokens, place, depth)?;
        }
        Some(value)
    }

    fn both(&self, tokens: &[&str], place: &mut usize, depth: usize) -> Option<bool> {
        let mut value = self.one(tokens, place, depth)?;
        while tokens
            .get(*place)
            .is_some_and(|token| token.eq_ignore_ascii_case("AND"))
        {
            *place += 1;
            value &= self.one(tokens, place, depth)?;
        }
        Some(value)
    }

    fn one(&self, tokens: &[&str], place: &mut usize, depth: usize) -> Option<bool> {
        let token = *tokens.get(*place)?;
        *place += 1;
        if token == "(" {
            let value = self.either(tokens, place, depth.checked_sub(1)?)?;
            (tokens.get(*place) == Some(&")")).then(|| *place += 1)?;
            return Some(value);
        }
        if token == ")" {
            return None;
        }
        let mut license = token.to_owned();
        if tokens
            .get(*place)
            .is_some_and(|token| token.eq_ignore_ascii_case("WITH"))
        {
            license = format!("{license} WITH {}", tokens.get(*place + 1)?);
            *place += 2;
        }
        Some(self.may(&license))
    }
}

impl Judge for Licenses {
    fn judge(&self, facts: &Facts<'_>) -> Result<Judgement, String> {
        let mut evidence = Vec::new();
        let wanted =
            |package: &&Package| self.kinds.is_empty() || self.kinds.contains(&package.kind);
        for package in facts.report.packages.iter().filter(wanted) {
            let said = if package.licenses.is_empty() {
                if self.unknown != Some(false) {
                    continue;
                }
                "names no licence".to_owned()
            } else {
                // Several licences of one package all apply.
                match package
                    .licenses
                    .iter()
                    .find(|license| !self.may_expression(license))
                {
                    Some(license) => format!("has the licence {license}"),
                    None => continue,
                }
            };
            let place = package.locations.first();
            let mut names = vec![package.name.as_str(), package.purl.as_str()];
            names.extend(package.licenses.iter().map(String::as_str));
            evidence.push(Evidence {
                path: place.map(|place| place.path.clone()),
                layer: place.map(|place| place.layer),
                line: place.and_then(|place| place.line),
                ..Evidence::new(
                    format!(
                        "{} {} ({}) {said}",
                        package.name, package.version, package.kind
                    ),
                    &names,
                )
            });
        }
        let count = evidence.len();
        Judgement::of(
            evidence,
            format!("{count} packages have licences that are not allowed"),
            "all licences are allowed",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::document::{Node, Value};
    use crate::policy::fields::Fields;

    fn globs(texts: &[&str]) -> Option<Globs> {
        let list = texts
            .iter()
            .map(|text| Node {
                line: 1,
                value: Value::Text((*text).to_owned()),
            })
            .collect();
        let entries = [(
            "x".to_owned(),
            Node {
                line: 1,
                value: Value::List(list),
            },
        )];
        Fields::new(1, &entries).globs("x", "")
    }

    #[test]
    fn expressions_follow_and_or_and_parentheses() {
        let rule = Licenses {
            allow: globs(&["MIT", "Apache-2.0"]),
            deny: None,
            categories: Vec::new(),
            unknown: None,
            kinds: Vec::new(),
        };
        for (text, expected) in [
            ("MIT", true),
            ("GPL-2.0-only", false),
            ("MIT OR GPL-2.0-only", true),
            ("MIT AND GPL-2.0-only", false),
            ("(MIT OR GPL-2.0-only) AND Apache-2.0", true),
            ("MIT AND (GPL-2.0-only OR BSD-3-Clause)", false),
            ("Apache-2.0 WITH LLVM-exception", true),
            ("(MIT", false),
            ("some text of a licence", false),
        ] {
            assert_eq!(rule.may_expression(text), expected, "{text}");
        }
        let rule = Licenses {
            allow: None,
            categories: vec!["network".to_owned()],
            ..rule
        };
        assert!(
            !rule.may_expression("AGPL-3.0-or-later") && rule.may_expression("GPL-3.0-or-later")
        );
    }
}
