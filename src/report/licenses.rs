//! Licences as packages word them, in the words of SPDX where they are such, and as names of their own where they are not.
//!
//! Nothing is guessed: "BSD" is a name and no identifier, since there are many.

use super::identity;
use super::model::{Package, PackageLicense, Report};
use crate::licenses::{Category, Terms};
use spdx::lexer::{Lexer, Token};
use spdx::{Expression, ParseMode};
use std::collections::BTreeMap;

/// Bytes of an expression; what is longer is a text.
const LONGEST_EXPRESSION: usize = 1000;

/// Deprecated identifiers (`GPL-2.0`, `GPL-2.0+`) are on the list and in the metadata of thousands of packages.
const MODE: ParseMode = ParseMode {
    allow_deprecated: true,
    allow_postfix_plus_on_gpl: true,
    ..ParseMode::STRICT
};

/// One wording of a licence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum License<'p> {
    /// An identifier of SPDX's list.
    Id(&'static str),
    /// Identifiers joined by operators, the operators in capitals.
    Expression(String),
    /// Anything else.
    Name(&'p str),
}

impl<'p> License<'p> {
    /// Tells what a wording is.
    pub(super) fn of(text: &'p str) -> Self {
        let text = text.trim();
        if text.len() > LONGEST_EXPRESSION {
            return Self::Name(text);
        }
        if let Some(id) = spdx::license_id(text).filter(|id| id.name == text) {
            return Self::Id(id.name);
        }
        // A reference is to a text in another document, which is not here. After an error the lexer gives it again and again.
        let mut tokens = Lexer::new_mode(text, MODE).map_while(Result::ok);
        let refers = tokens.any(|token| {
            matches!(
                token.token,
                Token::LicenseRef { .. } | Token::AdditionRef { .. }
            )
        });
        if refers || Expression::parse_mode(text, MODE).is_err() {
            return Self::Name(text);
        }
        let words = text.replace('(', "( ").replace(')', " )");
        let words = words.split_whitespace().map(|word| {
            let is_operator = ["and", "or", "with"]
                .iter()
                .any(|operator| operator.eq_ignore_ascii_case(word));
            if is_operator {
                word.to_uppercase()
            } else {
                word.to_owned()
            }
        });
        let joined = words.collect::<Vec<_>>().join(" ");
        Self::Expression(joined.replace("( ", "(").replace(" )", ")"))
    }

    /// All wordings of a package that say something.
    pub(super) fn all(texts: &'p [String]) -> impl Iterator<Item = Self> {
        texts
            .iter()
            .filter(|text| !text.trim().is_empty())
            .map(|text| Self::of(text))
    }
}

/// What a document calls a licence that is on no list: the same in every document.
pub(super) fn reference(name: &str) -> String {
    let digest = identity::digest(&[name]);
    let part = digest.get(..16).unwrap_or_default();
    format!("LicenseRef-{part}")
}

/// The wordings of a package as one expression, `None` where there are none; all of them hold.
pub(super) fn expression(texts: &[String]) -> Option<String> {
    let licenses: Vec<License<'_>> = License::all(texts).collect();
    let alone = licenses.len() == 1;
    let parts = licenses.into_iter().map(|license| match license {
        License::Id(id) => id.to_owned(),
        License::Expression(expression) if alone => expression,
        License::Expression(expression) => format!("({expression})"),
        License::Name(name) => reference(name),
    });
    let parts: Vec<String> = parts.collect();
    (!parts.is_empty()).then(|| parts.join(" AND "))
}

/// What is said of a package without a licence, in the place of a category.
pub(super) const NONE: &str = "none found";

/// How many packages are of each category, the most demanding first; categories of none are left out.
pub(super) fn tally(report: &Report) -> Vec<(&str, usize)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for package in &report.packages {
        let license = package.license.as_ref();
        let category = license.map_or(NONE, |license| license.category.as_str());
        *counts.entry(category).or_default() += 1;
    }
    let known = Category::ALL.iter().rev().map(|category| category.as_str());
    let known = known.chain([NONE]);
    known
        .filter_map(|category| Some((category, *counts.get(category)?)))
        .collect()
}

/// The licences of a package as terms.
pub(super) fn terms(license: &PackageLicense) -> Option<Terms> {
    Terms::saved(&license.expression, &license.names)
}

/// What was found of a package's licences, if it is an expression: a saved report may have anything in its place.
pub(super) fn readable(package: &Package) -> Option<&PackageLicense> {
    let license = package.license.as_ref()?;
    terms(license).map(|_| license)
}

/// Whether those who made a package say so themselves, in its metadata or in fields; what was told by a text was concluded.
pub(super) fn is_declared(license: &PackageLicense) -> bool {
    license.source == "metadata" || license.texts.iter().all(|text| text.evidence == "field")
}

/// What a package calls its licence: what was found where it was asked, else what the metadata says.
pub(super) fn shown(package: &Package) -> String {
    if let Some(license) = &package.license {
        let wording = license.names.get(&license.expression);
        return wording.unwrap_or(&license.expression).clone();
    }
    let said = package.licenses.iter().take(20).map(String::as_str);
    said.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    #[test]
    fn identifiers_expressions_and_names_are_told_apart() {
        for (text, expected) in [
            ("MIT", License::Id("MIT")),
            (" GPL-2.0 ", License::Id("GPL-2.0")),
            ("GPL-2.0+", License::Expression("GPL-2.0+".to_owned())),
            ("mit", License::Name("mit")),
            ("BSD", License::Name("BSD")),
            (
                "Apache License, Version 2.0",
                License::Name("Apache License, Version 2.0"),
            ),
            ("MIT AND", License::Name("MIT AND")),
            ("LicenseRef-x", License::Name("LicenseRef-x")),
            ("MIT OR LicenseRef-x", License::Name("MIT OR LicenseRef-x")),
            (
                "(MIT  or Apache-2.0) and BSD-3-Clause",
                License::Expression("(MIT OR Apache-2.0) AND BSD-3-Clause".to_owned()),
            ),
            (
                "GPL-2.0-only WITH Classpath-exception-2.0",
                License::Expression("GPL-2.0-only WITH Classpath-exception-2.0".to_owned()),
            ),
        ] {
            assert_eq!(License::of(text), expected, "{text}");
        }
        let deep = "(".repeat(100_000);
        assert_eq!(License::of(&deep), License::Name(&deep));
    }

    #[test]
    fn several_wordings_all_hold() {
        let joined = expression(&texts(&["MIT", "GPL-2.0 OR Artistic-1.0", "BSD", " "])).unwrap();
        assert_eq!(
            joined,
            format!("MIT AND (GPL-2.0 OR Artistic-1.0) AND {}", reference("BSD"))
        );
        assert_eq!(expression(&texts(&["MIT OR Zlib"])).unwrap(), "MIT OR Zlib");
        assert_eq!(expression(&texts(&["", " "])), None);
        let whole = reference("::error::\n");
        assert!(
            whole["LicenseRef-".len()..]
                .bytes()
                .all(|byte| byte.is_ascii_hexdigit())
        );
    }
}
