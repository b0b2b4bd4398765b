//! The package lists of distroless CBL-Mariner and Azure Linux images, `var/lib/rpmmanifest/container-manifest-{1,2}`,
//! which stand for the database that was removed.
//!
//! Both are what `rpm -qa` printed when the image was made: the first in its default form
//! (`name-version-release.architecture`, so without the epoch and the source), the second with a query of ten fields.
//! An image has both and they list the same packages: read the second if it is there.
//! Source: `generateContainerManifests` in Azure Linux's image tools (`toolkit/tools/imagegen/installutils`).

use super::{
    Collector, KEY_PACKAGE, MAX_PACKAGES, MAX_TEXT, Options, joined_version, meaningful, source_of,
    split_name,
};
use crate::inventory::{InstalledPackage, Parsed, ReadError};
use crate::packages::{Evidence, Package, RPM};
use std::str;

/// Which of the two lists a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManifestForm {
    /// `container-manifest-1`: a name, version, release and architecture a line. The epoch is unknown.
    Names,
    /// `container-manifest-2`: ten fields between tabs.
    Table,
}

impl ManifestForm {
    /// The form by the first line that is not empty; `None` for what is no such list.
    pub fn recognise(bytes: &[u8]) -> Option<Self> {
        let (_, line) = lines(bytes).next()?;
        if memchr::memchr(b'\t', line).is_some() {
            table_line(line).map(|_| Self::Table)
        } else {
            names_line(line).map(|_| Self::Names)
        }
    }
}

/// Reads either list. The packages have neither files nor licences; those of `container-manifest-1` no epoch and no
/// source either.
///
/// # Errors
/// [`ReadError::NotOfThisFormat`] where the first line is none of such a list. An empty list is one.
pub fn read_container_manifest(bytes: &[u8]) -> Result<Parsed, ReadError> {
    let mut collector = Collector::new(Options::default());
    let parse: fn(&[u8]) -> Option<Package> = match ManifestForm::recognise(bytes) {
        Some(ManifestForm::Names) => names_line,
        Some(ManifestForm::Table) => table_line,
        None if lines(bytes).next().is_none() => return Ok(collector.finish()),
        None => {
            return Err(ReadError::NotOfThisFormat {
                expected: "list of rpm packages (container-manifest-1 or -2)",
            });
        }
    };
    for (number, line) in lines(bytes) {
        match parse(line) {
            Some(package) if package.name.as_bytes() == KEY_PACKAGE => {}
            Some(package) => {
                let line = u32::try_from(number).ok();
                collector.parsed.packages.push(InstalledPackage {
                    line,
                    ..InstalledPackage::new(package, Evidence::Database)
                });
            }
            None => collector.warn(format_args!(
                "line {number} of the package list can't be read"
            )),
        }
        if collector.parsed.packages.len() >= MAX_PACKAGES {
            collector.too_many_packages();
            break;
        }
    }
    Ok(collector.finish())
}

/// The lines that are not empty, with their numbers from 1.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut rest = bytes;
    let mut number = 0;
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            let line = rest.get(..end).unwrap_or_default().trim_ascii_end();
            rest = rest.get(end + 1..).unwrap_or_default();
            number += 1;
            if !line.is_empty() {
                return Some((number, line));
            }
        }
        None
    })
}

/// `name-version-release.architecture`; a key has no architecture.
fn names_line(line: &[u8]) -> Option<Package> {
    let (name, version) = split_name(line)?;
    if name == KEY_PACKAGE {
        return package(name, 0, version);
    }
    let dot = memchr::memrchr(b'.', version)?;
    let mut package = package(name, 0, version.get(..dot)?)?;
    package.architecture = meaningful(version.get(dot + 1..)?, MAX_TEXT);
    Some(package)
}

/// Name, version-release, install time, build time, vendor, `(none)`, size, architecture, epoch number, source.
fn table_line(line: &[u8]) -> Option<Package> {
    let mut fields = line.split(|byte| *byte == b'\t');
    let (name, version) = (fields.next()?, fields.next()?);
    let (vendor, architecture) = (fields.nth(2)?, fields.nth(2)?);
    let (epoch, source) = (fields.next()?, fields.next()?);
    let epoch = match epoch {
        b"(none)" | b"" => 0,
        digits => str::from_utf8(digits).ok()?.parse().ok()?,
    };
    let mut package = package(name, epoch, version)?;
    package.architecture = meaningful(architecture, MAX_TEXT);
    package.vendor = meaningful(vendor, MAX_TEXT);
    package.source = source_of(source);
    Some(package)
}

/// A package of a version and release in one text.
fn package(name: &[u8], epoch: u32, version: &[u8]) -> Option<Package> {
    let usable = |text: &[u8]| {
        (1..=MAX_TEXT).contains(&text.len())
            && text.iter().all(|byte| *byte > b' ' && *byte != 0x7f)
    };
    if !usable(name) || !usable(version) {
        return None;
    }
    Some(Package::new(
        &RPM,
        String::from_utf8_lossy(name),
        joined_version(epoch, version, None),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::rpm::tests::{EXPECTED, expected};
    use crate::packages::Source;

    const NAMES: &[u8] = include_bytes!("../../../fixtures/packages/rpm/container-manifest-1");
    const TABLE: &[u8] = include_bytes!("../../../fixtures/packages/rpm/container-manifest-2");

    #[test]
    fn both_lists_name_the_packages_of_the_database() {
        assert_eq!(ManifestForm::recognise(NAMES), Some(ManifestForm::Names));
        assert_eq!(ManifestForm::recognise(TABLE), Some(ManifestForm::Table));
        for (bytes, has_epoch) in [(NAMES, false), (TABLE, true)] {
            let parsed = read_container_manifest(bytes).unwrap();
            assert_eq!(parsed.warnings, [""; 0]);
            let mut found: Vec<_> = parsed
                .packages
                .into_iter()
                .map(|installed| installed.package)
                .collect();
            found.sort_by(|a, b| {
                (&a.name, &a.version, &a.architecture).cmp(&(&b.name, &b.version, &b.architecture))
            });
            let mut wanted = expected(EXPECTED);
            for package in &mut wanted {
                package.licenses.clear();
                package.module = None;
                if !has_epoch {
                    package.vendor = None;
                    package.source = None;
                    package.version = package.version.split(':').next_back().unwrap().to_owned();
                }
            }
            assert_eq!(format!("{found:#?}"), format!("{wanted:#?}"));
        }
    }

    #[test]
    fn fields_that_are_missing_are_said_so() {
        let line = b"bash\t5.1-1.cm2\t1\t2\t(none)\t(none)\t3\tx86_64\t4\tbash-5.1-1.cm2.src.rpm\n\nbad\tline\r\n";
        let parsed = read_container_manifest(line).unwrap();
        let package = &parsed.packages[0].package;
        assert_eq!(
            (package.version.as_str(), package.vendor.as_deref()),
            ("4:5.1-1.cm2", None)
        );
        assert_eq!(
            package.source,
            Some(Source {
                name: "bash".into(),
                version: "5.1-1.cm2".into()
            })
        );
        assert_eq!(parsed.packages[0].line, Some(1));
        assert_eq!(
            parsed.warnings,
            ["line 3 of the package list can't be read"]
        );
    }

    #[test]
    fn other_files_are_no_lists() {
        for bytes in [
            &b"hello world\n"[..],
            b"{\"a\": 1}",
            b"a\tb\tc",
            b"\x7fELF\x02\x01",
            b"-.-",
        ] {
            assert!(
                read_container_manifest(bytes).is_err(),
                "{}",
                bytes.escape_ascii()
            );
        }
        assert!(
            read_container_manifest(b"\n\n")
                .unwrap()
                .packages
                .is_empty()
        );
    }
}
