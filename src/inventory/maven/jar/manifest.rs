//! `META-INF/MANIFEST.MF`: what an archive says of itself in its main section
//! (<https://docs.oracle.com/en/java/javase/21/docs/specs/jar/jar.html#jar-manifest>).
//!
//! A line has 72 bytes at most and goes on in the next where that begins with a blank; names of headers don't mind
//! their case. The headers of `OSGi` (`Bundle-…`) are of its core specification, chapter 3.2.

use std::borrow::Cow;

/// Bytes of a value that are kept.
const VALUE_LIMIT: usize = 4096;

/// The headers that say who an archive is; all else is passed over.
#[derive(Debug, Default)]
pub(super) struct Manifest {
    pub(super) group_id: String,
    pub(super) short_name: String,
    pub(super) plugin_version: String,
    plugin_license_name: String,
    pub(super) implementation_vendor_id: String,
    pub(super) implementation_vendor: String,
    pub(super) implementation_title: String,
    pub(super) implementation_version: String,
    pub(super) specification_title: String,
    pub(super) specification_vendor: String,
    pub(super) specification_version: String,
    /// Without its directives.
    pub(super) bundle_symbolic_name: String,
    pub(super) bundle_name: String,
    pub(super) bundle_version: String,
    bundle_license: String,
    pub(super) automatic_module_name: String,
    pub(super) extension_name: String,
}

impl Manifest {
    fn header(&mut self, name: &str) -> Option<&mut String> {
        Some(match name.to_ascii_lowercase().as_str() {
            "group-id" => &mut self.group_id,
            "short-name" => &mut self.short_name,
            "plugin-version" => &mut self.plugin_version,
            "plugin-license-name" => &mut self.plugin_license_name,
            "implementation-vendor-id" => &mut self.implementation_vendor_id,
            "implementation-vendor" => &mut self.implementation_vendor,
            "implementation-title" => &mut self.implementation_title,
            "implementation-version" => &mut self.implementation_version,
            "specification-title" => &mut self.specification_title,
            "specification-vendor" => &mut self.specification_vendor,
            "specification-version" => &mut self.specification_version,
            "bundle-symbolicname" => &mut self.bundle_symbolic_name,
            "bundle-name" => &mut self.bundle_name,
            "bundle-version" => &mut self.bundle_version,
            "bundle-license" => &mut self.bundle_license,
            "automatic-module-name" => &mut self.automatic_module_name,
            "extension-name" => &mut self.extension_name,
            _ => return None,
        })
    }

    /// The main section; of a header that stands there twice the last counts, as for Java.
    pub(super) fn parse(text: &str) -> Self {
        let mut manifest = Self::default();
        let mut has_begun = false;
        let mut value: Option<(&str, Cow<'_, str>)> = None;
        for line in (LogicalLines { rest: text }) {
            if line.is_empty() {
                if has_begun {
                    break;
                }
                continue;
            }
            if let Some(more) = line.strip_prefix(' ') {
                if let Some((_, value)) = &mut value
                    && value.len() <= 2 * VALUE_LIMIT
                {
                    value.to_mut().push_str(more);
                }
                continue;
            }
            if let Some((name, value)) = value.take() {
                manifest.put(name, &value);
            }
            has_begun = true;
            // Imports and exports of a bundle go on for pages.
            value = line
                .split_once(':')
                .filter(|(name, _)| manifest.header(name.trim()).is_some())
                .map(|(name, value)| (name.trim(), Cow::Borrowed(value)));
        }
        if let Some((name, value)) = value {
            manifest.put(name, &value);
        }
        let name = &mut manifest.bundle_symbolic_name;
        name.truncate(name.find(';').unwrap_or(name.len()));
        name.truncate(name.trim_end().len());
        manifest
    }

    fn put(&mut self, name: &str, value: &str) {
        let value = value.trim();
        if value.is_empty() || value.len() > VALUE_LIMIT {
            return;
        }
        if let Some(header) = self.header(name) {
            header.clear();
            header.push_str(value);
        }
    }

    /// The licences of `Bundle-License`, each an identifier or an address without its attributes, or of a plugin of Jenkins.
    pub(super) fn licenses(&self) -> Vec<String> {
        self.bundle_license
            .split(',')
            .filter_map(|clause| clause.split(';').next())
            .chain([self.plugin_license_name.as_str()])
            .map(|license| license.trim().trim_matches('"'))
            .filter(|license| {
                !license.is_empty()
                    && *license != "<<EXTERNAL>>"
                    && !license.contains(char::is_control)
            })
            .map(str::to_owned)
            .collect()
    }
}

/// Lines that end with `\r\n`, `\n` or `\r`.
struct LogicalLines<'a> {
    rest: &'a str,
}

impl<'a> Iterator for LogicalLines<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if self.rest.is_empty() {
            return None;
        }
        let Some(end) = memchr::memchr2(b'\n', b'\r', self.rest.as_bytes()) else {
            return Some(std::mem::take(&mut self.rest));
        };
        let (line, rest) = self.rest.split_at(end);
        self.rest = rest
            .strip_prefix("\r\n")
            .or_else(|| rest.get(1..))
            .unwrap_or_default();
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_joined_and_names_have_any_case() {
        let manifest = Manifest::parse(
            "Manifest-Version: 1.0\r\nbundle-symbolicname: org.example.some-very-long-na\r\n me;singleton:=true\r\n\
             Implementation-Version:1.2\r\n\r\nName: a/B.class\r\nImplementation-Version: 9\r\n",
        );
        assert_eq!(
            manifest.bundle_symbolic_name,
            "org.example.some-very-long-name"
        );
        assert_eq!(manifest.implementation_version, "1.2");
        assert_eq!(
            Manifest::parse("A: b\rGroup-Id: org.example\r").group_id,
            "org.example"
        );
    }

    #[test]
    fn licences_go_without_their_attributes() {
        let manifest = Manifest::parse(
            "Bundle-License: Apache-2.0;link=\"https://host.example/a\", https://host.example/mit.txt,<<EXTERNAL>>\n",
        );
        assert_eq!(
            manifest.licenses(),
            ["Apache-2.0", "https://host.example/mit.txt"]
        );
    }

    #[test]
    fn anything_is_some_manifest() {
        for text in ["", ":", "\n\n", " x", "a", "é: ü", "\r\r\r\n"] {
            assert!(Manifest::parse(text).group_id.is_empty());
        }
        let long = format!("Group-Id: {}\n", "x\n ".repeat(100_000));
        assert!(Manifest::parse(&long).group_id.is_empty());
    }
}
