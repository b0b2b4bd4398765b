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

use super::parsed::{InstalledPackage, Parsed, ReadError};
use super::reader::{Made, Needs, PackageReader, Pattern};
use super::text::Warnings;
use executable::Executable;
use go_build::Build;
use std::collections::HashSet;
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
        let mut found = Found::default();
        found.add_build(build.as_ref());
        Ok(Made::Packages(found.finish()))
    }
}

/// Reads what a program says that it is built from. Most programs say nothing.
pub fn parse_program(content: &[u8]) -> Parsed {
    let mut found = Found::default();
    for program in Executable::all(content) {
        let build = go_build::of(&program);
        found.add_build(build.as_ref());
        if let Some(section) = program.audit {
            rust_audit::packages(section, &mut found.packages, &mut found.warnings);
        }
        if build.is_none()
            && program.audit.is_none()
            && let Some(document) = native_image::document(&program)
        {
            native_image::packages(document, &mut found.packages, &mut found.warnings);
        }
    }
    found.finish()
}

/// What is found in one file.
#[derive(Default)]
struct Found {
    packages: Vec<InstalledPackage>,
    warnings: Warnings,
}

impl Found {
    fn add_build(&mut self, build: Option<&Build<'_>>) {
        if let Some(build) = build {
            go_modules::packages(build, &mut self.packages, &mut self.warnings);
        }
    }

    /// Every package once: the architectures in a file have nearly all of them in common.
    fn finish(mut self) -> Parsed {
        let mut seen = HashSet::new();
        self.packages.retain(|one| {
            let package = &one.package;
            seen.insert((
                package.kind.name,
                package.name.clone(),
                package.version.clone(),
            ))
        });
        Parsed {
            packages: self.packages,
            warnings: self.warnings.finish(),
            notes: None,
        }
    }
}

#[cfg(test)]
mod tests;
