//! `cabal.project.freeze`: constraints that leave one version of each package.
//!
//! Format: <https://cabal.readthedocs.io/en/stable/cabal-project-description-file.html>: fields whose values go on in lines that
//! begin with a blank. A constraint is a name, behind `any.`, `setup.` or `NAME:setup.` where it holds beyond the
//! project's own needs, and a range of versions, a flag (`+fast`) or a state (`installed`).

use crate::inventory::listing::{Entry, Listing};
use crate::inventory::parsed::{Parsed, ReadError};
use crate::inventory::reader::{Made, Needs, PackageReader, Pattern};
use crate::inventory::text::{Lines, decoded};
use crate::packages::{Evidence, HACKAGE};
use nom::branch::alt;
use nom::bytes::complete::{tag, take_while1};
use nom::character::complete::{char, space0, space1};
use nom::combinator::{all_consuming, opt, recognize};
use nom::sequence::{delimited, preceded, terminated};
use nom::{IResult, Parser};

/// Reads `cabal.project.freeze`.
pub(in crate::inventory) struct CabalFreeze;

impl PackageReader for CabalFreeze {
    fn name(&self) -> &'static str {
        "cabal-freeze"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        vec![Pattern::Name("cabal.project.freeze")]
    }

    fn limit(&self) -> u64 {
        4 << 20
    }

    fn read(&self, _path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        Ok(Made::Packages(parse_cabal_freeze(content)))
    }
}

/// Reads the constraints that name one version. A package that is only needed to configure another one (`setup.`) is for
/// development.
pub(in crate::inventory) fn parse_cabal_freeze(content: &[u8]) -> Parsed {
    let text = decoded(content);
    let mut listing = Listing::new(Evidence::Lockfile);
    let mut is_constraints = false;
    for line in Lines::new(text.as_bytes()) {
        let line_text = String::from_utf8_lossy(line.bytes);
        let mut value = line_text.trim();
        if value.starts_with("--") {
            continue;
        }
        if !line_text.starts_with([' ', '\t']) {
            let Some((field, behind)) = value.split_once(':') else {
                is_constraints = false;
                continue;
            };
            is_constraints = field.trim().eq_ignore_ascii_case("constraints");
            value = behind;
        }
        if !is_constraints {
            continue;
        }
        for constraint in value.split(',') {
            if let Ok((_, (is_setup, name, version))) =
                all_consuming(pinned).parse(constraint.trim())
            {
                let entry = Entry::new(&HACKAGE, name, version)
                    .on_line(Some(line.number))
                    .dev(is_setup);
                listing.merge(entry);
            }
        }
    }
    listing.finish()
}

/// `any.name ==1.2`: whether it is for setting up alone, the name and the version.
fn pinned(text: &str) -> IResult<&str, (bool, &str, &str)> {
    let name = || take_while1(|c: char| c.is_ascii_alphanumeric() || c == '-');
    let version = take_while1(|c: char| c.is_ascii_digit() || c == '.');
    let setup = recognize((opt((name(), char(':'))), tag("setup.")));
    let scope = alt((
        setup.map(|_| true),
        tag("any.").map(|_| false),
        space0.map(|_| false),
    ));
    (
        scope,
        terminated(name(), space0),
        preceded(delimited(space0, tag("=="), space0), version),
        opt(space1),
    )
        .map(|(is_setup, name, version, _)| (is_setup, name, version))
        .parse(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_version_is_one() {
        let parsed = parse_cabal_freeze(
            b"active-repositories: r:merge\nconstraints: any.a-b ==1.2.3,\n  c == 4 ,\n-- any.no ==1\n             c +flag,\n d ==1.*, e >=1, f ==1 || ==2, any.g installed, x:setup.h ==5,,\nindex-state: HEAD\n  any.i ==6\n",
        );
        let found: Vec<_> = parsed
            .packages
            .iter()
            .map(|one| {
                let package = &one.package;
                (
                    package.name.as_str(),
                    package.version.as_str(),
                    one.line,
                    one.dev,
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                ("a-b", "1.2.3", Some(2), false),
                ("c", "4", Some(3), false),
                ("h", "5", Some(6), true)
            ]
        );
    }

    #[test]
    fn other_files_give_nothing() {
        for text in ["", "constraints:", "constraints", "{}", "packages: ."] {
            assert!(parse_cabal_freeze(text.as_bytes()).is_empty());
        }
    }
}
