//! Where the packages of languages lie that something was found in: which lockfile, which archive in which archive. For
//! a system's packages the database of its package manager would be all there is to say.

use super::layout::{Page, columns, padding, plain, styled};
use super::{FAINT, HEADING};
use crate::packages;
use crate::report::escape;
use crate::report::model::{Finding, Package, Report};
use anstyle::Style;
use std::collections::HashMap;
use std::io;

/// The most packages that are listed; the JSON has all.
const MOST_PACKAGES: usize = 200;
/// The most places of one package.
const MOST_PLACES: usize = 3;
/// Columns of a package's name and version at most.
const WIDEST_PACKAGE: usize = 48;
/// The longest path, in characters.
const LONGEST_PATH: usize = 200;

/// Writes the list, each package once, in the order of the findings.
pub(super) fn list(report: &Report, findings: &[&Finding], page: &mut Page<'_>) -> io::Result<()> {
    // What a system package owns may be there a second time as nobody's; that is the one that was matched.
    let mut by_purl: HashMap<&str, &Package> = HashMap::new();
    for package in &report.packages {
        let known = by_purl.entry(&package.purl).or_insert(package);
        if package.owned_by.is_none() {
            *known = package;
        }
    }
    let mut listed: Vec<&Package> = Vec::new();
    for finding in findings {
        let is_language = packages::kind(&finding.package.kind).is_some_and(|kind| !kind.system);
        if let (true, Some(package)) = (is_language, by_purl.get(finding.package.purl.as_str()))
            && !listed.iter().any(|known| known.purl == package.purl)
        {
            listed.push(package);
        }
    }
    if listed.is_empty() {
        return Ok(());
    }
    page.blank()?;
    page.line(&[styled("Where they lie", HEADING)])?;
    let names: Vec<String> = listed
        .iter()
        .take(MOST_PACKAGES)
        .map(|package| {
            escape::shortened(&format!("{} {}", package.name, package.version), 100).into_owned()
        })
        .collect();
    let width = names
        .iter()
        .map(|name| columns(name))
        .filter(|width| *width <= WIDEST_PACKAGE)
        .max()
        .unwrap_or_default();
    for (package, name) in listed.iter().zip(&names) {
        for (number, place) in places(package).into_iter().enumerate() {
            let name = if number == 0 { name.as_str() } else { "" };
            let before = format!("  {name}{}  ", padding(name, width));
            if columns(&before) + columns(&place) <= page.width {
                page.line(&[plain(before), styled(place, FAINT)])?;
            } else {
                // A path that is broken can't be copied: it has lines of its own.
                if number == 0 {
                    page.labelled(&plain(""), 2, name, Style::new())?;
                }
                page.labelled(&plain(""), 4, &place, FAINT)?;
            }
        }
    }
    if listed.len() > MOST_PACKAGES {
        let more = format!("  and {} more packages", listed.len() - MOST_PACKAGES);
        page.line(&[styled(more, FAINT)])?;
    }
    Ok(())
}

/// Its places, the first few.
fn places(package: &Package) -> Vec<String> {
    let mut places: Vec<String> = package
        .locations
        .iter()
        .take(MOST_PLACES)
        .map(|location| {
            let path = escape::shortened(&location.path, LONGEST_PATH);
            match location.line {
                Some(line) => format!("{path}:{line}"),
                None => path.into_owned(),
            }
        })
        .collect();
    let more = package.locations.len().saturating_sub(MOST_PLACES);
    if let (Some(last), true) = (places.last_mut(), more > 0) {
        last.push_str(&format!(" and {more} more"));
    }
    places
}
