//! Programs and libraries that say themselves what they are built from: Go's build information, the list of crates of
//! `cargo auditable`, and the bill of materials of a `GraalVM` native image.
//!
//! They have no names to be told by, so one reader takes every ELF, PE and Mach-O file by its first bytes and looks for the
//! three in it. One file here a sort, and one a format.

mod bounded;
mod elf;
mod executable;
mod fields;
mod go_build;
mod go_modules;
mod mach_o;
mod native_image;
mod pe;
mod rust_audit;

use super::listing::Listing;
use super::parsed::{Parsed, ReadError};
use super::reader::{Made, Needs, PackageReader, Pattern};
use crate::packages::Evidence;
use executable::Executable;
use std::io::Read;

/// How programs begin. A file for several architectures begins as a Java class does, but no version of Java is as low as
/// the count of its architectures.
const MAGICS: &[&[u8]] = &[
    b"\x7fELF",
    b"MZ",
    b"\xcf\xfa\xed\xfe",
    b"\xce\xfa\xed\xfe",
    b"\xfe\xed\xfa\xcf",
    b"\xfe\xed\xfa\xce",
    b"\xca\xfe\xba\xbe\0\0\0\x01",
    b"\xca\xfe\xba\xbe\0\0\0\x02",
    b"\xca\xfe\xba\xbe\0\0\0\x03",
    b"\xca\xfe\xba\xbe\0\0\0\x04",
    b"\xca\xfe\xba\xbf\0\0\0",
];

/// Reads programs.
#[derive(Debug)]
pub(crate) struct Program;

impl PackageReader for Program {
    fn name(&self) -> &'static str {
        "program"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        MAGICS.iter().map(|magic| Pattern::Magic(magic)).collect()
    }

    /// What a compressed layer holds has to be held to be read; few programs are larger.
    fn limit(&self) -> u64 {
        64 << 20
    }

    /// In place only the headers are touched, and what they lead to.
    fn mapped_limit(&self) -> u64 {
        4 << 30
    }

    fn read(&self, _path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        Ok(Made::Packages(parse_program(content)))
    }

    fn sift(&self, _path: &[u8], _size: u64, content: &mut dyn Read) -> Result<Made, ReadError> {
        // Where the layer ends too early, its walk says so.
        let build = go_build::sift(content).ok().flatten();
        let mut listing = Listing::new(Evidence::Binary);
        if let Some(build) = &build {
            go_modules::packages(build, &mut listing);
        }
        Ok(Made::Packages(listing.finish()))
    }
}

/// Reads what a program says that it is built from. Most programs say nothing.
pub fn parse_program(content: &[u8]) -> Parsed {
    // The architectures in a file have nearly all of their packages in common: each is merged in.
    let mut listing = Listing::new(Evidence::Binary);
    for program in Executable::all(content) {
        let build = go_build::of(&program);
        if let Some(build) = &build {
            go_modules::packages(build, &mut listing);
        }
        if let Some(section) = program.audit {
            rust_audit::packages(section, &mut listing);
        }
        if build.is_none()
            && program.audit.is_none()
            && let Some(document) = native_image::document(&program)
        {
            native_image::packages(document, &mut listing);
        }
    }
    listing.finish()
}

#[cfg(test)]
mod tests;
