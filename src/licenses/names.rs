//! From what packages call a licence to SPDX's identifiers: the list's own names in any spelling, a table of others, and the GNU family by rule.

use regex::Regex;
use serde::Deserialize;
use spdx::identifiers::{EXCEPTIONS, LICENSES};
use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

/// Bytes of a name that is looked up.
const LONGEST: usize = 300;

/// The expression that a single name stands for; always in SPDX's words.
pub(super) fn expression_of(name: &str) -> Option<String> {
    if name.len() > LONGEST {
        return None;
    }
    let one = |name: &str| {
        let words = words(name);
        let known = TABLE.names.get(&words.join(" ")).cloned();
        known.or_else(|| gnu(&words))
    };
    one(name).or_else(|| {
        // A name and its short form behind it: `The MIT License (MIT)`.
        let (long, short) = name.trim_end().strip_suffix(')')?.rsplit_once('(')?;
        one(long).filter(|long| one(short).as_ref() == Some(long))
    })
}

/// The identifier of what follows `with`.
pub(super) fn exception_of(name: &str) -> Option<String> {
    if name.len() > LONGEST {
        return None;
    }
    TABLE.exceptions.get(&words(name).join(" ")).cloned()
}

/// `names.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lists {
    names: BTreeMap<String, String>,
    exceptions: BTreeMap<String, String>,
}

/// By words.
struct Table {
    names: HashMap<String, String>,
    exceptions: HashMap<String, String>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let lists = lists();
    let by_words = |list: BTreeMap<String, String>| -> HashMap<String, String> {
        let entries = list.into_iter();
        entries
            .map(|(name, meant)| (words(&name).join(" "), meant))
            .collect()
    };
    let mut names = by_words(lists.names);
    let mut exceptions = by_words(lists.exceptions);
    let current = |name: &str| {
        spdx::license_id(name).is_some_and(|id| !id.is_deprecated() && id.name != "NOASSERTION")
    };
    // An identifier counts for more than another's full name.
    let listed = LICENSES.iter().filter(|license| current(license.name));
    let identifiers = listed.clone().map(|one| (one.name, one.name));
    for (name, id) in identifiers.chain(listed.map(|one| (one.full_name, one.name))) {
        let words = words(name).join(" ");
        names.entry(words).or_insert_with(|| id.to_owned());
    }
    for exception in EXCEPTIONS {
        let words = words(exception.name).join(" ");
        exceptions
            .entry(words)
            .or_insert_with(|| exception.name.to_owned());
    }
    Table { names, exceptions }
});

fn lists() -> Lists {
    toml::from_str(include_str!("names.toml")).expect("the built-in table is one")
}

/// Ways to say that a later version will do.
pub(super) static OR_LATER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i),?\s*\bor\s+(\(?at\s+your\s+option\)?\s*)?(any\s+)?(later|newer|higher|above|greater)(\s+versions?)?\b",
    )
    .expect("the built-in pattern is one")
});

/// What counts of a name: its words and numbers in small letters, and `+`.
fn words(name: &str) -> Vec<String> {
    let name = name.rsplit("::").next().unwrap_or(name).trim();
    let name = OR_LATER.replace_all(name, "+ ");
    let name = name.replace(">=", "+").to_lowercase();
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut characters = name.chars().peekable();
    while let Some(character) = characters.next() {
        let in_number = word.ends_with(|last: char| last.is_ascii_digit());
        let is_point =
            character == '.' && in_number && characters.peek().is_some_and(char::is_ascii_digit);
        let number_began = character.is_ascii_digit() && word.ends_with(char::is_alphabetic);
        let number_ended = character.is_alphabetic() && in_number;
        if number_began || number_ended {
            if number_began && word.len() > 1 && word.ends_with('v') {
                word.pop();
            }
            words.push(std::mem::take(&mut word));
        }
        if character.is_alphanumeric() || is_point {
            word.push(character);
        } else {
            words.push(std::mem::take(&mut word));
            if character == '+' {
                words.push("+".to_owned());
            }
        }
    }
    words.push(word);
    let silent = [
        "", "the", "license", "licence", "licenses", "version", "of", "v",
    ];
    words.retain(|word| !silent.contains(&word.as_str()));
    for word in &mut words {
        let is_number = word.starts_with(|first: char| first.is_ascii_digit());
        while is_number && word.ends_with(".0") {
            word.truncate(word.len() - 2);
        }
    }
    words
}

/// Words that may stand in the name of a licence of the GNU family and say nothing more.
const GNU_WORDS: &[&str] = &[
    "gnu",
    "general",
    "public",
    "free",
    "documentation",
    "affero",
    "lesser",
    "library",
    "or",
];

/// `GPLv2+`, `LGPL (>= 2.1)`, `GNU Lesser General Public License v3 or later (LGPLv3+)`, `GFDL-NIV-1.3+`.
fn gnu(words: &[String]) -> Option<String> {
    let has = |word: &str| words.iter().any(|one| one == word);
    let family = if has("agpl") || has("affero") {
        "AGPL"
    } else if has("lgpl")
        || (has("lesser") || has("library")) && (has("gnu") || has("general") || has("gpl"))
    {
        "LGPL"
    } else if has("gfdl") || has("fdl") || has("free") && has("documentation") {
        "GFDL"
    } else if has("gpl") || has("general") && has("public") || words == ["gnu"] {
        "GPL"
    } else {
        return None;
    };
    let (mut version, mut later, mut without_invariants) = (None, false, false);
    for (place, word) in words.iter().enumerate() {
        match word.as_str() {
            "+" => later = true,
            "only" | "agpl" | "lgpl" | "gpl" | "gfdl" | "fdl" => {}
            "niv" => without_invariants = true,
            "no" if words
                .get(place + 1)
                .is_some_and(|next| next == "invariants") =>
            {
                without_invariants = true;
            }
            "invariants" if without_invariants => {}
            number if number.starts_with(|first: char| first.is_ascii_digit()) => {
                if version.is_some_and(|version| version != number) {
                    return None;
                }
                version = Some(number);
            }
            word if GNU_WORDS.contains(&word) => {}
            _ => return None,
        }
    }
    // Where no version is named, the licences themselves let every one do.
    let (version, later) = match (version, family) {
        (Some(version), _) => (version, later),
        (None, "LGPL") => ("2", true),
        (None, "GFDL") => ("1.1", true),
        (None, _) => ("1", true),
    };
    let point = if version.contains('.') { "" } else { ".0" };
    let invariants = if without_invariants && family == "GFDL" {
        "-no-invariants"
    } else {
        ""
    };
    let later = if later { "or-later" } else { "only" };
    let id = format!("{family}-{version}{point}{invariants}-{later}");
    spdx::license_id(&id).map(|id| id.name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_means_expressions() {
        let lists = lists();
        for (name, meant) in &lists.names {
            let read = spdx::Expression::parse(meant);
            assert!(read.is_ok(), "{name} = {meant}");
        }
        for (name, meant) in &lists.exceptions {
            assert!(spdx::exception_id(meant).is_some(), "{name} = {meant}");
        }
    }

    /// What the list knows needs no line of its own, but where the list would mean another.
    #[test]
    fn no_two_lines_mean_the_same_words() {
        let lists = lists();
        let mut seen: HashMap<String, (&str, &str)> = HashMap::new();
        for (name, meant) in &lists.names {
            let words = words(name).join(" ");
            if let Some((other, its)) = seen.insert(words, (name, meant)) {
                assert_eq!(its, meant, "{name} and {other}");
            }
        }
    }

    #[test]
    fn names_in_every_spelling() {
        for (name, expected) in [
            ("mit", "MIT"),
            ("The MIT License", "MIT"),
            ("The MIT License (MIT)", "MIT"),
            ("License :: OSI Approved :: MIT License", "MIT"),
            ("License :: OSI Approved :: BSD License", "LicenseRef-BSD"),
            ("Expat", "MIT"),
            ("Apache License, Version 2.0", "Apache-2.0"),
            ("Apache License 2.0", "Apache-2.0"),
            ("apache-2", "Apache-2.0"),
            ("ASL 2.0", "Apache-2.0"),
            ("Apache", "LicenseRef-Apache"),
            ("BSD 3-Clause", "BSD-3-Clause"),
            ("BSD", "LicenseRef-BSD"),
            ("GPLv2+", "GPL-2.0-or-later"),
            ("GPL-2", "GPL-2.0-only"),
            ("GPL-2.0+", "GPL-2.0-or-later"),
            ("GPL (>= 2)", "GPL-2.0-or-later"),
            ("GPL", "GPL-1.0-or-later"),
            ("GPL+", "GPL-1.0-or-later"),
            ("GPL v3 or any later version", "GPL-3.0-or-later"),
            (
                "GNU General Public License v2 or later (GPLv2+)",
                "GPL-2.0-or-later",
            ),
            ("GNU GPL, version 2", "GPL-2.0-only"),
            ("LGPLv2.1", "LGPL-2.1-only"),
            ("LGPL2+", "LGPL-2.0-or-later"),
            (
                "GNU Lesser General Public License, version 3",
                "LGPL-3.0-only",
            ),
            (
                "GNU Library or Lesser General Public License (LGPL)",
                "LGPL-2.0-or-later",
            ),
            ("AGPLv3", "AGPL-3.0-only"),
            ("GNU Affero General Public License v3", "AGPL-3.0-only"),
            ("GFDL-NIV-1.3+", "GFDL-1.3-no-invariants-or-later"),
            ("GFDL-1.2", "GFDL-1.2-only"),
            ("MPLv2.0", "MPL-2.0"),
            ("Zlib", "Zlib"),
            ("Mozilla Public License 2.0 (MPL 2.0)", "MPL-2.0"),
        ] {
            assert_eq!(expression_of(name).as_deref(), Some(expected), "{name}");
        }
    }

    #[test]
    fn near_misses_are_no_names() {
        for name in [
            "",
            "license",
            "the shop's own",
            "MITX",
            "GPL-incompatible",
            "GPL-2 GPL-3",
            "GPL-7",
            "Apache-3.0",
            "BSD-5-clause",
            "General terms",
            "The MIT License (BSD)",
            "Free Documentation of the shop",
            "See LICENSE.txt",
        ] {
            assert_eq!(expression_of(name), None, "{name}");
        }
        assert_eq!(expression_of(&"MIT ".repeat(1000)), None);
    }

    #[test]
    fn exceptions_by_their_usual_names() {
        for (name, expected) in [
            ("Classpath exception", Some("Classpath-exception-2.0")),
            ("classpath-exception-2.0", Some("Classpath-exception-2.0")),
            ("LLVM-exception", Some("LLVM-exception")),
            ("OpenSSL exception", None),
        ] {
            assert_eq!(exception_of(name).as_deref(), expected, "{name}");
        }
    }
}
