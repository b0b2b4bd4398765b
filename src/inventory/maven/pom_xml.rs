//! `pom.xml` of a Maven project, wherever it lies, and the descriptions in local repositories that it is built upon.
//!
//! Those in repositories are no packages by themselves: they are read to be consulted.

use super::pom::Pom;
use super::pom::effective::{packages, places};
use crate::inventory::parsed::{Notes, Parsed, ReadError};
use crate::inventory::reader::{Made, Needs, Others, PackageReader, Pattern, Related, base_name};
use crate::inventory::text::decoded;
use memchr::memmem;

/// Maven's project descriptions.
#[derive(Debug)]
pub(in crate::inventory) struct PomXml;

/// Whether a file lies in a repository, as one of the many that were fetched for some project.
fn is_in_repository(path: &[u8]) -> bool {
    ["/.m2/repository/", "/maven-repo/", "/ref/repository/"]
        .iter()
        .any(|mark| memmem::find(path, mark.as_bytes()).is_some())
}

fn is_project(path: &[u8]) -> bool {
    base_name(path) == b"pom.xml"
}

impl PackageReader for PomXml {
    fn name(&self) -> &'static str {
        "pom-xml"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        vec![Pattern::Name("pom.xml"), Pattern::Extension("pom")]
    }

    fn accepts(&self, path: &[u8]) -> bool {
        is_project(path) || is_in_repository(path)
    }

    /// The largest known have half a megabyte.
    fn limit(&self) -> u64 {
        8 << 20
    }

    fn read(&self, path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        let mut parsed = parse_pom_xml(path, content);
        if !is_project(path) {
            parsed.packages.clear();
            parsed.warnings.clear();
        }
        Ok(Made::Packages(parsed))
    }

    fn related(&self, path: &[u8], parsed: &Parsed) -> Vec<Related> {
        let places = parsed.notes::<Pom>().map(|pom| places(path, pom));
        let places = places.unwrap_or_default().into_iter();
        places.map(Related::Consult).collect()
    }

    fn join(&self, path: &[u8], parsed: &Parsed, others: &dyn Others) -> Option<Parsed> {
        if !is_project(path) {
            return None;
        }
        let pom = parsed.notes::<Pom>()?;
        Some(Parsed {
            packages: packages(pom, path, others),
            warnings: parsed.warnings.clone(),
            notes: parsed.notes.clone(),
        })
    }
}

/// Nobody to ask.
struct Alone;

impl Others for Alone {
    fn get(&self, _path: &[u8]) -> Option<&Parsed> {
        None
    }
}

/// The project and what it depends on, as far as the file by itself says which versions; what it is built upon is in the notes.
pub fn parse_pom_xml(path: &[u8], content: &[u8]) -> Parsed {
    let Some(pom) = Pom::parse(&decoded(content)) else {
        return Parsed::default();
    };
    let damage = pom.damage.as_ref();
    Parsed {
        packages: packages(&pom, path, &Alone),
        warnings: damage
            .map(|(what, offset)| {
                format!("is damaged at byte {offset} ({what}): what follows was not read")
            })
            .into_iter()
            .collect(),
        notes: Some(Notes::new(pom)),
    }
}

#[cfg(test)]
mod tests;
