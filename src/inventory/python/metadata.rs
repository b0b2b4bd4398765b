//! Core metadata of an installed distribution: `METADATA` and `PKG-INFO`, headers as in mail, then a description.
//!
//! Format: <https://packaging.python.org/en/latest/specifications/core-metadata/>.

use super::package;
use crate::inventory::listing::TEXT_LIMIT;
use crate::inventory::parsed::{InstalledPackage, Parsed};
use crate::inventory::text::{decoded, shown};
use crate::packages::{Evidence, Package};

/// Licences kept of one distribution.
const LICENSE_LIMIT: usize = 20;

/// Bytes of metadata that are read. The description may bring pictures along, but nothing in a registry has this much.
pub(super) const METADATA_LIMIT: u64 = 16 << 20;

/// The fields that are of interest.
#[derive(Default)]
struct Fields {
    /// Where `Metadata-Version` stands, no matter what it says.
    is_metadata: bool,
    name: String,
    version: String,
    name_line: Option<u32>,
    license: String,
    expression: String,
    classifiers: Vec<String>,
}

/// Reads core metadata. `stem` is the `name-version` of the folder or file, which speaks where the metadata does not:
/// `None` where there is no such name.
///
/// What is no metadata is nothing. setuptools calls a project `UNKNOWN` that has no name: that is none.
pub(super) fn parse_metadata(content: &[u8], stem: Option<&str>) -> Parsed {
    let text = decoded(content);
    let fields = fields(&text);
    let mut parsed = Parsed::default();
    if !fields.is_metadata && (fields.name.is_empty() || fields.version.is_empty()) {
        return parsed;
    }
    let told = |text: &str| !text.is_empty() && text != "UNKNOWN";
    let from_stem = stem.and_then(parted_stem);
    let (name, version, evidence) = match from_stem {
        _ if told(&fields.name) && told(&fields.version) => (
            fields.name.as_str(),
            fields.version.as_str(),
            Evidence::Installed,
        ),
        Some((name, version)) if told(name) && told(version) => {
            let name = if told(&fields.name) {
                &fields.name
            } else {
                name
            };
            (name, version, Evidence::FileName)
        }
        _ => (
            fields.name.as_str(),
            fields.version.as_str(),
            Evidence::Installed,
        ),
    };
    let made = if name == "UNKNOWN" {
        Err("it has no name of its own")
    } else {
        package(name, version)
    };
    match made {
        Ok(mut package) => {
            add_licenses(&mut package, &fields);
            let mut one = InstalledPackage::new(package, evidence);
            one.line = fields.name_line;
            parsed.packages.push(one);
        }
        Err(why) => parsed.warnings.push(format!(
            "package `{}` is left out: {why}",
            shown(name.as_bytes())
        )),
    }
    parsed
}

fn fields(text: &str) -> Fields {
    let mut fields = Fields::default();
    let mut lines = text.lines().zip(1_u32..).peekable();
    while let Some((line, number)) = lines.next() {
        // The description, or what is no header.
        let Some((key, value)) = line.split_once(':') else {
            if line.trim().is_empty() {
                break;
            }
            continue;
        };
        let mut value = value.trim().to_owned();
        while let Some((more, _)) = lines.next_if(|(next, _)| next.starts_with([' ', '\t'])) {
            if value.len() <= TEXT_LIMIT {
                value.push('\n');
                value.push_str(more.trim());
            }
        }
        let is = |name: &str| key.eq_ignore_ascii_case(name);
        if is("Metadata-Version") {
            fields.is_metadata = true;
        } else if is("Name") && fields.name.is_empty() {
            fields.name = value;
            fields.name_line = Some(number);
        } else if is("Version") && fields.version.is_empty() {
            fields.version = value;
        } else if is("License-Expression") {
            fields.expression = value;
        } else if is("License") {
            fields.license = value;
        } else if is("Classifier")
            && let Some(rest) = value.strip_prefix("License ::")
            && fields.classifiers.len() < LICENSE_LIMIT
        {
            let last = rest.rsplit("::").next().unwrap_or(rest).trim();
            if last != "OSI Approved" {
                fields.classifiers.push(last.to_owned());
            }
        }
    }
    fields
}

/// The licences: the expression, else the name in `License`, which may be the text of the licence or nothing, else the
/// classifiers.
fn add_licenses(package: &mut Package, fields: &Fields) {
    let is_name = |text: &str| {
        !text.is_empty()
            && text != "UNKNOWN"
            && text.len() <= TEXT_LIMIT
            && !text.contains(char::is_control)
    };
    let first = [&fields.expression, &fields.license]
        .into_iter()
        .find(|text| is_name(text));
    let found = match first {
        Some(text) => std::slice::from_ref(text),
        None => fields.classifiers.as_slice(),
    };
    package.licenses = found.iter().filter(|text| is_name(text)).cloned().collect();
}

/// `name-version` and, of eggs, `-py3.11` and a platform behind it.
fn parted_stem(stem: &str) -> Option<(&str, &str)> {
    let (name, rest) = stem.split_once('-')?;
    let version = rest.split("-py").next().unwrap_or(rest);
    let is_version = version.starts_with(|first: char| first.is_ascii_digit());
    (is_version && !name.is_empty()).then_some((name, version))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str, stem: Option<&str>) -> Vec<String> {
        let parsed = parse_metadata(text.as_bytes(), stem);
        let packages = parsed.packages.iter().map(|one| {
            let package = &one.package;
            format!(
                "{} {} {} {}",
                package.name,
                package.version,
                one.evidence.as_str(),
                package.licenses.join("|")
            )
        });
        packages.chain(parsed.warnings.iter().cloned()).collect()
    }

    #[test]
    fn headers_end_where_the_description_begins() {
        let text = "Metadata-Version: 2.1\r\nName: Zope.Interface\r\nVersion: 6.1\r\nSummary: x\r\n\r\nName: other\r\n";
        assert_eq!(told(text, None), ["zope-interface 6.1 installed "]);
        let parsed = parse_metadata(text.as_bytes(), None);
        assert_eq!(parsed.packages[0].line, Some(2));
    }

    #[test]
    fn licences_by_what_is_surest() {
        let head = "Metadata-Version: 2.1\nName: a\nVersion: 1\n";
        for (fields, expected) in [
            (
                "License-Expression: MIT OR BSD-3-Clause\nLicense: x",
                "MIT OR BSD-3-Clause",
            ),
            ("License: BSD", "BSD"),
            (
                "License: UNKNOWN\nClassifier: License :: OSI Approved :: MIT License",
                "MIT License",
            ),
            (
                "License: Copyright\n        All rights\nClassifier: License :: OSI Approved\n\
                 Classifier: License :: OSI Approved :: A\nClassifier: License :: Public Domain",
                "A|Public Domain",
            ),
            ("license: Apache 2.0", "Apache 2.0"),
        ] {
            let text = format!("{head}{fields}\n");
            assert_eq!(told(&text, None), [format!("a 1 installed {expected}")]);
        }
    }

    #[test]
    fn file_names_speak_where_metadata_does_not() {
        let text = "Metadata-Version: 1.0\nName: a\n";
        assert_eq!(told(text, Some("A_b-2.0-py3.11")), ["a 2.0 file-name "]);
        assert_eq!(
            told("Metadata-Version: 1.0\n", Some("A_b-2.0")),
            ["a-b 2.0 file-name "]
        );
        assert_eq!(
            told(text, Some("a")),
            ["package `a` is left out: it has no version"]
        );
        assert_eq!(
            told(
                "Metadata-Version: 1.0\nName: UNKNOWN\nVersion: 0.0.0\n",
                Some("UNKNOWN-0.0.0")
            ),
            ["package `UNKNOWN` is left out: it has no name of its own"]
        );
        assert_eq!(
            told(
                "Metadata-Version: 1.0\nName: a\nVersion: 0.0.0\n",
                Some("a-0.0.0")
            ),
            ["a 0.0.0 installed "]
        );
    }

    #[test]
    fn other_files_are_none() {
        for text in ["", "hello", "Name: a\n", "\n\nName: a\nVersion: 1\n", "{}"] {
            assert_eq!(told(text, Some("a-1")), Vec::<String>::new(), "{text:?}");
        }
        // What came before metadata had a version.
        assert_eq!(told("Name: a\nVersion: 1\n", None), ["a 1 installed "]);
        assert_eq!(
            told("Metadata-Version: 1\nName: a\u{7}\nVersion: 1", None).len(),
            1
        );
        let folded = format!(
            "License: x\n{}Metadata-Version: 1\nName: a\nVersion: 1",
            " y\n".repeat(500_000)
        );
        assert_eq!(told(&folded, None), ["a 1 installed "]);
    }
}
