//! The forms of names: where an ecosystem takes two spellings for one package, both become one here.

use super::KINDS;
use std::borrow::Cow;

/// A name as it stands.
pub(super) fn as_is(name: &str) -> Cow<'_, str> {
    Cow::Borrowed(name)
}

/// Names whose case does not matter, in lower case.
pub(super) fn lower_case(name: &str) -> Cow<'_, str> {
    if name.chars().any(char::is_uppercase) {
        Cow::Owned(name.to_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

/// The normal form of Python's names: lower case, runs of `-`, `_` and `.` are one `-`
/// (<https://peps.python.org/pep-0503/#normalized-names>).
pub fn pep_503(name: &str) -> Cow<'_, str> {
    let is_normal = name
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    if is_normal {
        return Cow::Borrowed(name);
    }
    let mut normal = String::with_capacity(name.len());
    let mut separator = false;
    for character in name.chars() {
        if matches!(character, '-' | '_' | '.') {
            separator = true;
            continue;
        }
        if separator && !normal.is_empty() {
            normal.push('-');
        }
        separator = false;
        normal.extend(character.to_lowercase());
    }
    Cow::Owned(normal)
}

/// The repository that a Swift package is known by: no scheme, no `.git`, lower case.
pub(super) fn repository(name: &str) -> Cow<'_, str> {
    let mut plain = name.trim_end_matches('/');
    if let Some((_, rest)) = plain.split_once("://") {
        plain = rest;
    }
    plain = plain.strip_suffix(".git").unwrap_or(plain);
    lower_case(plain)
}

/// The form of a name under which an ecosystem's advisories are filed; `family` is the ecosystem without its release.
pub fn filed_name<'a>(family: &str, name: &'a str) -> Cow<'a, str> {
    KINDS
        .iter()
        .find(|kind| kind.advisories == Some(family))
        .map_or(Cow::Borrowed(name), |kind| (kind.normalise)(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_filed_in_the_ecosystems_form() {
        for (family, name, filed) in [
            ("PyPI", "Foo__Bar.-baz", "foo-bar-baz"),
            ("PyPI", "_x_", "x"),
            ("NuGet", "Newtonsoft.Json", "newtonsoft.json"),
            ("Packagist", "Symfony/Yaml", "symfony/yaml"),
            (
                "SwiftURL",
                "https://host.example/Apple/swift-nio.git",
                "host.example/apple/swift-nio",
            ),
            ("npm", "JSONStream", "JSONStream"),
            ("Debian", "Foo_Bar", "Foo_Bar"),
        ] {
            assert_eq!(filed_name(family, name), filed);
        }
    }
}
