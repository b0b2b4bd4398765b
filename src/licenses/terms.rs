//! The terms of a package as one expression: what its wordings mean, joined, and what may be asked of them.
//!
//! Expressions are read and weighed by the `spdx` library. What is no expression is made one first: names are looked up, operators are
//! put into SPDX's words, and a name that nobody knows becomes a `LicenseRef-` that goes by it.

use super::category::Category;
use super::names;
use super::texts::cut;
use sha2::{Digest as _, Sha256};
use spdx::expression::{ExprNode, Operator};
use spdx::{Expression, LicenseItem, LicenseReq, ParseMode};
use std::collections::{BTreeMap, BTreeSet};

/// Bytes of a wording that is read; what is longer is a text.
const LONGEST: usize = 1000;
/// Wordings of one package that are read.
const MOST: usize = 200;

/// Deprecated identifiers (`GPL-2.0`, `GPL-2.0+`) are in the metadata of thousands of packages.
const MODE: ParseMode = ParseMode {
    allow_deprecated: true,
    allow_postfix_plus_on_gpl: true,
    ..ParseMode::STRICT
};

/// The terms of a package.
#[derive(Clone, Debug)]
pub struct Terms {
    expression: Expression,
    /// `LicenseRef-…`, and the wording that it stands for.
    wordings: BTreeMap<String, String>,
}

/// One licence in the terms of a package.
#[derive(Clone, Copy, Debug)]
pub struct License<'t> {
    /// Identifier of SPDX's list, or `LicenseRef-…`.
    pub id: &'t str,
    /// The identifier of what follows `WITH`.
    pub addition: Option<&'t str>,
    /// The wording of a `LicenseRef-…`.
    pub wording: Option<&'t str>,
}

impl License<'_> {
    /// What it asks.
    pub fn category(&self) -> Category {
        Category::of(self.id, self.addition)
    }
}

impl Terms {
    /// What wordings mean together, all of which hold; nothing where none says anything.
    pub fn of<'w>(wordings: impl IntoIterator<Item = &'w str>) -> Option<Self> {
        let mut refs = BTreeMap::new();
        let mut parts = Vec::new();
        let said = wordings.into_iter().map(str::trim);
        for wording in said.filter(|wording| !wording.is_empty()).take(MOST) {
            let part = read(wording, &mut refs);
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
        let joined = match parts.as_slice() {
            [] => return None,
            [one] => one.clone(),
            several => {
                let several = several.iter().map(|part| {
                    if part.contains(" OR ") {
                        format!("({part})")
                    } else {
                        part.clone()
                    }
                });
                several.collect::<Vec<_>>().join(" AND ")
            }
        };
        let expression = parse(&joined)?;
        Some(Self {
            expression,
            wordings: refs,
        })
    }

    /// Terms that were saved as their expression and wordings; nothing where that is none.
    pub fn saved(expression: &str, wordings: &BTreeMap<String, String>) -> Option<Self> {
        Some(Self {
            expression: parse(expression)?,
            wordings: wordings.clone(),
        })
    }

    /// In SPDX's words.
    pub fn expression(&self) -> &str {
        self.expression.as_ref()
    }

    /// `LicenseRef-…` that are made of wordings on no list, each with its wording.
    pub fn wordings(&self) -> &BTreeMap<String, String> {
        &self.wordings
    }

    /// Whether somebody to whom `may` allows single licences may have the whole: of `OR` one side is enough, of `AND` both are needed.
    pub fn allows(&self, mut may: impl FnMut(License<'_>) -> bool) -> bool {
        self.expression
            .evaluate(|requirement| self.with_license(requirement, &mut may))
    }

    /// Every licence with what it asks, each once.
    pub fn each(&self) -> BTreeSet<(String, Category)> {
        let each = self.expression.requirements();
        each.map(|each| {
            let category = self.with_license(&each.req, &mut |license| license.category());
            (each.req.to_string(), category)
        })
        .collect()
    }

    /// What it asks: of `OR` the side that asks less, of `AND` the one that asks more.
    pub fn category(&self) -> Category {
        let mut stack = Vec::new();
        for node in self.expression.iter() {
            let category = match node {
                ExprNode::Req(each) => {
                    self.with_license(&each.req, &mut |license| license.category())
                }
                ExprNode::Op(operator) => {
                    let (Some(one), Some(other)) = (stack.pop(), stack.pop()) else {
                        return Category::Unknown;
                    };
                    match operator {
                        Operator::And => std::cmp::max(one, other),
                        // That one side can't be read takes nothing from the other.
                        Operator::Or if one == Category::Unknown => other,
                        Operator::Or if other == Category::Unknown => one,
                        Operator::Or => std::cmp::min(one, other),
                    }
                }
            };
            stack.push(category);
        }
        stack.pop().unwrap_or(Category::Unknown)
    }

    fn with_license<T>(
        &self,
        requirement: &LicenseReq,
        then: &mut impl FnMut(License<'_>) -> T,
    ) -> T {
        let id = match &requirement.license {
            LicenseItem::Spdx {
                id,
                or_later: false,
            } => id.name.to_owned(),
            other => other.to_string(),
        };
        let addition = requirement.addition.as_ref().map(ToString::to_string);
        then(License {
            id: &id,
            addition: addition.as_deref(),
            wording: self.wordings.get(&id).map(String::as_str),
        })
    }
}

fn parse(text: &str) -> Option<Expression> {
    Expression::parse_mode(text, MODE).ok()
}

/// One wording as an expression.
fn read(wording: &str, refs: &mut BTreeMap<String, String>) -> String {
    if wording.len() > LONGEST {
        return reference(cut(wording, LONGEST), refs);
    }
    if let Some(name) = names::expression_of(wording) {
        note(&name, wording, refs);
        return name;
    }
    let candidate = parse(wording).and_then(|read| current(&read));
    candidate
        .or_else(|| pieces(wording, refs))
        .unwrap_or_else(|| reference(wording, refs))
}

/// An expression with today's identifiers for those that are deprecated; only brackets that are needed.
fn current(expression: &Expression) -> Option<String> {
    // Each with whether its outermost operator is `OR`.
    let mut stack: Vec<(String, bool)> = Vec::new();
    for node in expression.iter() {
        let next = match node {
            ExprNode::Req(each) => {
                let text = each.req.to_string();
                let (license, addition) = match text.split_once(" WITH ") {
                    Some((license, addition)) => (license, Some(addition)),
                    None => (text.as_str(), None),
                };
                let is_deprecated = each
                    .req
                    .license
                    .id()
                    .is_some_and(spdx::LicenseId::is_deprecated);
                let now = is_deprecated
                    .then(|| names::expression_of(license))
                    .flatten();
                let license = now.unwrap_or_else(|| license.to_owned());
                match addition {
                    Some(addition) => (format!("{license} WITH {addition}"), false),
                    None => (license, false),
                }
            }
            ExprNode::Op(operator) => {
                let ((right, right_or), (left, left_or)) = (stack.pop()?, stack.pop()?);
                let bracketed = |text: String, is_or: bool| {
                    if is_or { format!("({text})") } else { text }
                };
                match operator {
                    Operator::Or => (format!("{left} OR {right}"), true),
                    Operator::And => {
                        let (left, right) = (bracketed(left, left_or), bracketed(right, right_or));
                        (format!("{left} AND {right}"), false)
                    }
                }
            }
        };
        stack.push(next);
    }
    stack.pop().map(|(text, _)| text)
}

/// A wording of several names between operators and brackets, whatever these look like; nothing where it has no operator.
fn pieces(wording: &str, refs: &mut BTreeMap<String, String>) -> Option<String> {
    let mut text = names::OR_LATER
        .replace_all(wording, "+")
        .replace("-with-", " with ")
        .replace("and/or", "or");
    // Debian: a comma before an operator binds less than the operator.
    if !text.contains('(') {
        for (weak, strong) in [(", and ", ") and ("), (", or ", ") or (")] {
            if text.contains(weak) {
                text = format!("({})", text.replace(weak, strong));
            }
        }
    }
    let mut out = String::new();
    let mut name: Vec<&str> = Vec::new();
    let mut operators = 0;
    let spaced = [
        ('(', " ( "),
        (')', " ) "),
        (',', " and "),
        (';', " and "),
        ('|', " or "),
        ('&', " and "),
    ];
    let mut spread = text.replace("||", "|").replace("&&", "&");
    for (sign, with_spaces) in spaced {
        spread = spread.replace(sign, with_spaces);
    }
    if !spread.contains("://") {
        spread = spread.replace('/', " or ");
    }
    for word in spread.split_whitespace() {
        let operator = match word.to_ascii_lowercase().as_str() {
            "and" => " AND ",
            "or" => " OR ",
            "with" => " WITH ",
            "(" => "(",
            ")" => ")",
            _ => {
                name.push(word);
                continue;
            }
        };
        operators += usize::from(operator.len() > 1);
        take(&mut name, &mut out, refs);
        out.push_str(operator);
    }
    take(&mut name, &mut out, refs);
    if operators == 0 {
        return None;
    }
    // An addition that is on no list only allows more.
    let out = out.replace(" WITH ?", "");
    current(&parse(&out)?)
}

/// Writes the name that was gathered word by word.
fn take(name: &mut Vec<&str>, out: &mut String, refs: &mut BTreeMap<String, String>) {
    if name.is_empty() {
        return;
    }
    let text = name.join(" ");
    name.clear();
    if out.ends_with(" WITH ") {
        out.push_str(&names::exception_of(&text).unwrap_or_else(|| "?".to_owned()));
        return;
    }
    match names::expression_of(&text) {
        Some(known) => {
            note(&known, &text, refs);
            let is_one = !known.contains(' ');
            let known = if is_one { known } else { format!("({known})") };
            out.push_str(&known);
        }
        None => out.push_str(&reference(&text, refs)),
    }
}

/// Keeps the wording of a reference that stands in the table.
fn note(known: &str, wording: &str, refs: &mut BTreeMap<String, String>) {
    if known.starts_with("LicenseRef-") {
        refs.entry(known.to_owned())
            .or_insert_with(|| wording.to_owned());
    }
}

/// What a licence is called that is on no list: the same in every document.
fn reference(wording: &str, refs: &mut BTreeMap<String, String>) -> String {
    let is_one = wording.len() < 100
        && wording.strip_prefix("LicenseRef-").is_some_and(|own| {
            !own.is_empty()
                && own
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))
        });
    if is_one {
        return wording.to_owned();
    }
    let mut plain = String::new();
    for character in wording.chars() {
        if plain.len() >= 40 {
            break;
        }
        if character.is_ascii_alphanumeric() || character == '.' {
            plain.push(character);
        } else if !plain.is_empty() && !plain.ends_with('-') {
            plain.push('-');
        }
    }
    let plain = plain.trim_matches('-');
    let digest = Sha256::digest(wording.as_bytes());
    let digest = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]);
    let joint = if plain.is_empty() { "" } else { "-" };
    let reference = format!("LicenseRef-{plain}{joint}{digest:08x}");
    refs.insert(reference.clone(), wording.to_owned());
    reference
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expression(wordings: &[&str]) -> String {
        let terms = Terms::of(wordings.iter().copied()).unwrap();
        terms.expression().to_owned()
    }

    #[test]
    fn wordings_of_every_kind_become_one_expression() {
        for (wording, expected) in [
            ("MIT", "MIT"),
            ("GPL-2.0", "GPL-2.0-only"),
            ("GPL-2.0+", "GPL-2.0-or-later"),
            ("MIT or Apache-2.0", "MIT OR Apache-2.0"),
            ("MIT/Apache-2.0", "MIT OR Apache-2.0"),
            ("(MIT AND (Zlib))", "MIT AND Zlib"),
            (
                "GPLv2+ and LGPLv2+",
                "GPL-2.0-or-later AND LGPL-2.0-or-later",
            ),
            (
                "GPLv2+ and (BSD or MIT)",
                "GPL-2.0-or-later AND (LicenseRef-BSD OR MIT)",
            ),
            (
                "GPL-2 | file LICENSE",
                "GPL-2.0-only OR LicenseRef-file-LICENSE-",
            ),
            (
                "GPL-2+ or Artistic-2.0, and BSD-3-clause",
                "(GPL-2.0-or-later OR Artistic-2.0) AND BSD-3-Clause",
            ),
            (
                "GPL-2.0-with-classpath-exception",
                "GPL-2.0-only WITH Classpath-exception-2.0",
            ),
            (
                "GPL-2+ with Autoconf exception",
                "GPL-2.0-or-later WITH Autoconf-exception-generic",
            ),
            ("GPL-2+ with OpenSSL exception", "GPL-2.0-or-later"),
            ("Perl", "Artistic-1.0-Perl OR GPL-1.0-or-later"),
            ("GPL v2 or later and MIT", "GPL-2.0-or-later AND MIT"),
            ("LicenseRef-scancode-x", "LicenseRef-scancode-x"),
            ("The shop's own", "LicenseRef-The-shop-s-own-"),
            ("MIT AND", "LicenseRef-MIT-AND-"),
            ("::error::", "LicenseRef-error-"),
        ] {
            let read = expression(&[wording]);
            // Behind a `-` the rest is a digest.
            let is_it = if expected.ends_with('-') {
                read.starts_with(expected)
            } else {
                read == expected
            };
            assert!(is_it, "{wording}: {read}");
            assert!(parse(&read).is_some(), "{read}");
        }
        assert_eq!(
            expression(&["MIT", "GPL-2 or MIT", "mit", " "]),
            "MIT AND (GPL-2.0-only OR MIT)"
        );
        assert!(Terms::of([" ", ""]).is_none());
        let deep = "(".repeat(900);
        assert!(expression(&[&deep, &"x y".repeat(100_000)]).contains(" AND "));
    }

    #[test]
    fn a_name_on_no_list_keeps_its_wording() {
        let terms = Terms::of(["The shop's own", "BSD"]).unwrap();
        let wordings: Vec<&str> = terms.wordings().values().map(String::as_str).collect();
        assert_eq!(wordings, ["BSD", "The shop's own"]);
        assert_ne!(
            Terms::of(["a b"]).unwrap().expression(),
            Terms::of(["a/b"]).unwrap().expression()
        );
    }

    #[test]
    fn of_or_one_side_is_enough_and_of_and_both_are_needed() {
        let may = |text: &str, allowed: &[&str]| {
            let terms = Terms::of([text]).unwrap();
            terms.allows(|license| allowed.contains(&license.id))
        };
        assert!(may("MIT OR GPL-2.0-only", &["MIT"]));
        assert!(!may("MIT AND GPL-2.0-only", &["MIT"]));
        assert!(may("MIT AND GPLv2", &["MIT", "GPL-2.0-only"]));
        assert!(!may("MIT AND (Zlib OR GPL-2.0-only)", &["MIT"]));
    }

    #[test]
    fn categories_follow_the_operators() {
        for (text, expected) in [
            ("MIT", Category::Permissive),
            ("MIT AND GPLv3", Category::Copyleft),
            ("MIT OR GPLv3", Category::Permissive),
            ("GPLv2 with Classpath exception", Category::WeakCopyleft),
            ("some text", Category::Unknown),
            ("some text or GPLv3", Category::Copyleft),
            ("some text and GPLv3", Category::Copyleft),
            ("some text and MIT", Category::Unknown),
            ("AGPL-3.0-or-later", Category::Network),
            ("BSD", Category::Permissive),
            ("CC-BY-NC-4.0", Category::Restricted),
        ] {
            assert_eq!(Terms::of([text]).unwrap().category(), expected, "{text}");
        }
    }
}
