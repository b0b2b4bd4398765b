//! From criteria to packages: which versions of which package are affected, where.
//!
//! Criteria are trees of AND and OR. In every distribution's documents the conditions beside a package narrow it down: the product that
//! is installed, the architecture, the module stream that is enabled, the signature (which is taken for granted). They hold
//! for all packages below the same AND. A condition is told by its test where that is in the document, and by its comment, which
//! every document has in the same few sentences, where it is not.

use super::document::{Criteria, Oval};
use std::collections::BTreeMap;

/// A package and the versions of it that are affected.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Found {
    pub(super) package: String,
    /// Affected from here on: the version, and whether it is affected itself.
    pub(super) from: Option<(String, bool)>,
    pub(super) until: Until,
    /// Module stream, `nodejs:18`.
    pub(super) module: Option<String>,
    /// Products as their criteria name them; none where the criteria name none.
    pub(super) products: Vec<String>,
    /// Architectures; none where the criteria name none.
    pub(super) architectures: Vec<String>,
}

/// Where the affected versions end.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Until {
    /// Nowhere: every version is affected.
    #[default]
    Open,
    /// Before this one.
    Before(String),
    /// With this one.
    Through(String),
    /// No version is affected.
    Never,
}

/// What a condition is about.
enum Condition {
    Product(String),
    Architecture(String),
    Module(String),
    Package(Found),
    /// Nothing that matters here.
    Other,
}

/// The conditions that hold for all that lies below.
#[derive(Clone, Default)]
struct Context {
    module: Option<String>,
    products: Vec<String>,
    architectures: Vec<String>,
}

/// The packages of a definition, in the order of their names. `is_product` tells the products of the distribution.
pub(super) fn packages(
    oval: &Oval,
    criteria: &[Criteria],
    is_product: &dyn Fn(&str) -> bool,
    is_bare: bool,
) -> Vec<Found> {
    let mut walk = Walk {
        oval,
        is_product,
        is_bare,
        found: Vec::new(),
    };
    for criteria in criteria {
        walk.visit(criteria, &Context::default());
    }
    merge(walk.found)
}

struct Walk<'a> {
    oval: &'a Oval,
    is_product: &'a dyn Fn(&str) -> bool,
    /// Whether a package that is installed is affected, in whatever version.
    is_bare: bool,
    found: Vec<Found>,
}

impl Walk<'_> {
    fn visit(&mut self, criteria: &Criteria, context: &Context) {
        match criteria {
            Criteria::Any(inside) => {
                for criteria in inside {
                    self.visit(criteria, context);
                }
            }
            Criteria::All(inside) => self.all(inside, context),
            Criteria::Criterion { .. } => self.all(std::slice::from_ref(criteria), context),
        }
    }

    fn all(&mut self, inside: &[Criteria], context: &Context) {
        let mut context = context.clone();
        let mut packages: BTreeMap<String, Found> = BTreeMap::new();
        let mut below = Vec::new();
        for criteria in inside {
            if self.narrows(criteria) {
                self.narrow(criteria, &mut context);
            } else if let Criteria::Criterion { test, comment } = criteria {
                if let Condition::Package(found) = self.condition(test, comment) {
                    let known = packages.entry(found.package.clone()).or_default();
                    known.package = found.package;
                    known.from = found.from.or(known.from.take());
                    known.architectures.extend(found.architectures);
                    if found.until != Until::Open {
                        known.until = found.until;
                    }
                }
            } else {
                below.push(criteria);
            }
        }
        for mut found in packages.into_values() {
            found.module.clone_from(&context.module);
            found.products.clone_from(&context.products);
            if found.architectures.is_empty() {
                found.architectures.clone_from(&context.architectures);
            }
            self.found.push(found);
        }
        for criteria in below {
            self.visit(criteria, &context);
        }
    }

    /// Whether there is no package in it.
    fn narrows(&self, criteria: &Criteria) -> bool {
        match criteria {
            Criteria::All(inside) | Criteria::Any(inside) => {
                inside.iter().all(|criteria| self.narrows(criteria))
            }
            Criteria::Criterion { test, comment } => {
                !matches!(self.condition(test, comment), Condition::Package(_))
            }
        }
    }

    /// Adds conditions without packages. Several products or architectures are alternatives, whether OR says so or not: no
    /// system is two of them.
    fn narrow(&self, criteria: &Criteria, context: &mut Context) {
        match criteria {
            Criteria::All(inside) | Criteria::Any(inside) => {
                for criteria in inside {
                    self.narrow(criteria, context);
                }
            }
            Criteria::Criterion { test, comment } => match self.condition(test, comment) {
                Condition::Product(product) => context.products.push(product),
                Condition::Architecture(name) => context.architectures.push(name),
                Condition::Module(stream) => context.module = Some(stream),
                Condition::Package(_) | Condition::Other => {}
            },
        }
    }

    fn condition(&self, test: &str, comment: &str) -> Condition {
        let comment = comment.trim();
        if let Some(stream) = comment
            .strip_prefix("Module ")
            .and_then(|rest| rest.strip_suffix(" is enabled"))
        {
            return Condition::Module(stream.to_owned());
        }
        if let Some((_, name)) = comment.split_once(" arch is ") {
            return Condition::Architecture(name.trim().to_owned());
        }
        if comment.contains(" is signed with ") {
            return Condition::Other;
        }
        let installed = comment.strip_suffix(" is installed");
        if let Some(product) = installed
            && (self.is_product)(product)
        {
            return Condition::Product(product.to_owned());
        }
        let package = |name: &str, from, until| {
            Condition::Package(Found {
                package: name.to_owned(),
                from,
                until,
                ..Found::default()
            })
        };
        let state = self.oval.test(test);
        for (words, until) in [
            (" is not affected", Until::Never),
            (" is affected", Until::Open),
        ] {
            if let Some(name) = comment.strip_suffix(words) {
                let name = state.as_ref().map_or(name, |(name, _)| name);
                return package(name, None, until);
            }
        }
        if let Some((name, state)) = state {
            let Some((operation, version)) = state.evr else {
                // No version: a package that is affected as long as it is there, or a test of something else.
                return match installed {
                    Some(comment) if comment == name => package(name, None, Until::Open),
                    _ => Condition::Other,
                };
            };
            let (from, until) = match operation.as_str() {
                "less than" => (None, Until::Before(version)),
                "less than or equal" => (None, Until::Through(version)),
                "greater than" => (Some((version, false)), Until::Open),
                "greater than or equal" => (Some((version, true)), Until::Open),
                "equals" | "" => (Some((version.clone(), true)), Until::Through(version)),
                _ => return Condition::Other,
            };
            return Condition::Package(Found {
                package: name.to_owned(),
                from,
                until,
                architectures: state.arch.as_deref().map(alternatives).unwrap_or_default(),
                ..Found::default()
            });
        }
        match said(comment) {
            Some((name, from, until)) => package(name, from, until),
            None => match installed {
                Some(name) if self.is_bare && is_word(name) => package(name, None, Until::Open),
                _ => Condition::Other,
            },
        }
    }
}

type Said<'a> = (&'a str, Option<(String, bool)>, Until);

/// `Package golang is earlier than 1.20.7-1, affected by CVE-…`.
fn said(comment: &str) -> Option<Said<'_>> {
    let comment = comment.strip_prefix("Package ").unwrap_or(comment);
    let comment = comment.split(", affected by").next()?;
    let bound = |words: &str| {
        let (name, version) = comment.split_once(words)?;
        (is_word(name) && is_word(version)).then(|| (name, version.to_owned()))
    };
    if let Some((name, version)) = bound(" is earlier than ") {
        return Some((name, None, Until::Before(version)));
    }
    if let Some((name, version)) = bound(" is greater than ") {
        return Some((name, Some((version, false)), Until::Open));
    }
    let through = comment.strip_suffix(" or earlier")?;
    let (name, version) = through.split_once(" is installed with version ")?;
    (is_word(name) && is_word(version)).then(|| (name, None, Until::Through(version.to_owned())))
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && !text.contains(char::is_whitespace)
}

/// The alternatives of a pattern such as `(aarch64|ppc64le|x86_64)`.
fn alternatives(pattern: &str) -> Vec<String> {
    pattern
        .split('|')
        .map(|name| {
            name.trim_matches(|c| matches!(c, '(' | ')' | '^' | '$'))
                .to_owned()
        })
        .filter(|name| is_word(name) && name.len() < 40)
        .collect()
}

/// Puts together what differs in nothing but product or architecture. What holds for every architecture that the definition
/// speaks of holds for all there are.
fn merge(found: Vec<Found>) -> Vec<Found> {
    let mut all: Vec<String> = found
        .iter()
        .flat_map(|found| found.architectures.iter().cloned())
        .collect();
    all.sort_unstable();
    all.dedup();
    let mut merged: BTreeMap<Found, Vec<String>> = BTreeMap::new();
    for mut one in found {
        let architectures = std::mem::take(&mut one.architectures);
        one.products.sort_unstable();
        one.products.dedup();
        // No list is the longest one.
        let known = merged.entry(one).or_insert_with(|| architectures.clone());
        if architectures.is_empty() || known.is_empty() {
            known.clear();
        } else {
            known.extend(architectures);
        }
    }
    merged
        .into_iter()
        .map(|(found, mut architectures)| {
            architectures.sort_unstable();
            architectures.dedup();
            if all.len() > 1 && architectures == all {
                architectures.clear();
            }
            Found {
                architectures,
                ..found
            }
        })
        .collect()
}
