//! Licences of packages, by their metadata and, where that says nothing, by texts in files.

use crate::licenses::{Category, License as Single, Terms};
use crate::policy::fields::{Fields, Globs};
use crate::policy::{Asked, Check, Evidence, Facts, Judge, Judgement};
use crate::report::{LicenseText, Package};

pub(super) struct License;

impl Check for License {
    fn name(&self) -> &'static str {
        "license"
    }

    fn title(&self) -> &'static str {
        "Every package may be used under a licence that is allowed"
    }

    fn about(&self) -> &'static str {
        "Licences are SPDX identifiers; names that packages use instead (`GPLv2+`, `Apache License 2.0`, Debian's, Fedora's and PyPI's) are known. Where the \
         metadata names none that is known, Debian's `copyright` files and the licence texts beside a package are read. Of an expression with `OR` one side has to be \
         allowed, of one with `AND` both. A pattern is held against the identifier, against it with its exception (`GPL-2.0-only WITH Classpath-exception-2.0`), and, for what \
         is on no list, against the wording. Categories: `permissive`, `weak-copyleft` (LGPL, MPL, EPL, …, and GPL with an exception for linking), `copyleft` (GPL, …), \
         `network` (AGPL, SSPL, …), `restricted` (not for every purpose), `unknown`."
    }

    fn example(&self) -> &'static str {
        "deny: [\"AGPL-*\", \"SSPL-*\"]\nkind: [npm, pypi]"
    }

    fn prepare(&self, asked: &mut Asked<'_, '_>) -> Box<dyn Judge> {
        let fields = &mut *asked.0;
        let rule = Licenses {
            allow: fields.globs("allow", "Licences that may be; all others may not; globs."),
            deny: fields.globs("deny", "Licences that may not be; globs."),
            allow_categories: categories(
                fields,
                "allow-category",
                "Categories that may be; all others may not.",
            ),
            deny_categories: categories(fields, "deny-category", "Categories that may not be."),
            unknown: fields.flag(
                "unknown",
                "`false`: a package without a licence, or with one that nobody knows, breaks the rule.",
            ),
            kinds: fields.kinds("kind", &[], "Only packages of these kinds."),
        };
        let any = rule.allow.is_some()
            || rule.deny.is_some()
            || !rule.allow_categories.is_empty()
            || !rule.deny_categories.is_empty()
            || rule.unknown == Some(false);
        fields.need(
            any,
            "a `license` needs `allow`, `deny`, `allow-category`, `deny-category` or `unknown: false`",
        );
        Box::new(rule)
    }
}

fn categories(fields: &mut Fields<'_>, name: &'static str, about: &'static str) -> Vec<Category> {
    let mut categories = Vec::new();
    for word in fields.texts(name, about) {
        if let Some(category) = Category::of_word(&word) {
            categories.push(category);
        } else {
            let words: Vec<&str> = Category::ALL.iter().map(|one| one.as_str()).collect();
            let words = words.join(", ");
            fields.complain(
                name,
                format!("`{name}`: there is no category `{word}`, only {words}"),
            );
        }
    }
    categories
}

struct Licenses {
    allow: Option<Globs>,
    deny: Option<Globs>,
    allow_categories: Vec<Category>,
    deny_categories: Vec<Category>,
    unknown: Option<bool>,
    kinds: Vec<String>,
}

impl Licenses {
    /// Whether a single licence may be.
    fn may(&self, license: Single<'_>) -> bool {
        let with_addition = license
            .addition
            .map(|addition| format!("{} WITH {addition}", license.id));
        let names = [Some(license.id), with_addition.as_deref(), license.wording];
        let is_in = |globs: &Globs| names.iter().flatten().any(|name| globs.fits(name));
        let category = license.category();
        let is_allowed = self.allow.as_ref().is_some_and(is_in)
            || self.allow_categories.contains(&category)
            || self.allow.is_none() && self.allow_categories.is_empty();
        is_allowed
            && !self.deny.as_ref().is_some_and(is_in)
            && !self.deny_categories.contains(&category)
    }

    /// What is wrong with the licence of a package.
    fn fault(&self, terms: Option<&Terms>) -> Option<String> {
        let unknown_is_refused = self.unknown == Some(false);
        let Some(terms) = terms else {
            let is_refused =
                unknown_is_refused || self.deny_categories.contains(&Category::Unknown);
            return is_refused.then(|| "names no licence".to_owned());
        };
        if !terms.allows(|license| self.may(license)) {
            return Some(format!("has the licence {}", shown(terms)));
        }
        let is_unknown = unknown_is_refused && terms.category() == Category::Unknown;
        is_unknown.then(|| format!("has a licence that nobody knows: {}", shown(terms)))
    }
}

/// An expression as a person reads it: what is on no list in its own words.
fn shown(terms: &Terms) -> String {
    match (terms.wordings().get(terms.expression()), terms.expression()) {
        (Some(wording), _) => wording.clone(),
        (None, expression) => expression.to_owned(),
    }
}

impl Judge for Licenses {
    fn judge(&self, facts: &Facts<'_>) -> Result<Judgement, String> {
        let mut evidence = Vec::new();
        let wanted =
            |package: &&Package| self.kinds.is_empty() || self.kinds.contains(&package.kind);
        for package in facts.report.packages.iter().filter(wanted) {
            let terms = match &package.license {
                Some(license) => Terms::saved(&license.expression, &license.names),
                None => Terms::of(package.licenses.iter().map(String::as_str)),
            };
            let Some(said) = self.fault(terms.as_ref()) else {
                continue;
            };
            let mut names = vec![package.name.as_str(), package.purl.as_str()];
            names.extend(package.licenses.iter().map(String::as_str));
            let licenses = terms.iter().flat_map(Terms::each).collect::<Vec<_>>();
            names.extend(licenses.iter().map(|(id, _)| id.as_str()));
            let one = Evidence::new(
                format!(
                    "{} {} ({}) {said}",
                    package.name, package.version, package.kind
                ),
                &names,
            );
            let text = package
                .license
                .as_ref()
                .and_then(|license| self.text(&license.texts));
            evidence.push(match (text, package.locations.first()) {
                (Some(text), _) => Evidence {
                    path: Some(text.path.clone()),
                    layer: Some(text.layer),
                    line: text.line,
                    ..one
                },
                (None, place) => Evidence {
                    path: place.map(|place| place.path.clone()),
                    layer: place.map(|place| place.layer),
                    line: place.and_then(|place| place.line),
                    ..one
                },
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

impl Licenses {
    /// The place that says what breaks the rule, else the first one.
    fn text<'t>(&self, texts: &'t [LicenseText]) -> Option<&'t LicenseText> {
        let breaks = |text: &&LicenseText| {
            Terms::of([text.license.as_str()])
                .is_some_and(|terms| !terms.allows(|license| self.may(license)))
        };
        texts.iter().find(breaks).or_else(|| texts.first())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::document::{Node, Value};

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

    fn rule() -> Licenses {
        Licenses {
            allow: None,
            deny: None,
            allow_categories: Vec::new(),
            deny_categories: Vec::new(),
            unknown: None,
            kinds: Vec::new(),
        }
    }

    fn holds(rule: &Licenses, text: &str) -> bool {
        rule.fault(Terms::of([text]).as_ref()).is_none()
    }

    #[test]
    fn allowed_licences_follow_and_or_and_parentheses() {
        let rule = Licenses {
            allow: globs(&["MIT", "Apache-2.0"]),
            ..rule()
        };
        for (text, expected) in [
            ("MIT", true),
            ("Expat", true),
            ("GPL-2.0-only", false),
            ("MIT OR GPL-2.0-only", true),
            ("MIT AND GPL-2.0-only", false),
            ("(MIT OR GPL-2.0-only) AND Apache-2.0", true),
            ("MIT AND (GPL-2.0-only OR BSD-3-Clause)", false),
            ("Apache-2.0 WITH LLVM-exception", true),
            ("(MIT OR Zlib", false),
            ("some text of a licence", false),
        ] {
            assert_eq!(holds(&rule, text), expected, "{text}");
        }
    }

    #[test]
    fn denied_licences_are_known_by_identifier_exception_and_wording() {
        let rule = Licenses {
            deny: globs(&["GPL-3.0-*", "*WITH Classpath*", "The shop*"]),
            ..rule()
        };
        for (text, expected) in [
            ("GPLv3+", false),
            ("GPLv2+", true),
            ("GPL-2.0-only WITH Classpath-exception-2.0", false),
            ("GPL-2.0-only WITH Bison-exception-2.2", true),
            ("The shop's own", false),
            ("The other shop's own", true),
        ] {
            assert_eq!(holds(&rule, text), expected, "{text}");
        }
    }

    #[test]
    fn categories_and_what_nobody_knows() {
        let network = Licenses {
            deny_categories: vec![Category::Network],
            ..rule()
        };
        assert!(!holds(&network, "AGPL-3.0-or-later") && holds(&network, "GPL-3.0-or-later"));
        let allowed = Licenses {
            allow_categories: vec![Category::Permissive],
            allow: globs(&["MPL-2.0"]),
            ..rule()
        };
        assert!(holds(&allowed, "MIT AND MPL-2.0") && !holds(&allowed, "MPL-1.1"));
        let known = Licenses {
            unknown: Some(false),
            ..rule()
        };
        assert!(holds(&known, "MIT") && !holds(&known, "The shop's own"));
        assert!(known.fault(None).is_some() && rule().fault(None).is_none());
    }
}
