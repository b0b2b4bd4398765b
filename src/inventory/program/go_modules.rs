//! The text about modules that Go builds into a program, and what Go calls itself, as packages.
//!
//! Written down as `BuildInfo.String` in <https://pkg.go.dev/runtime/debug>: lines of words with tabs between them: `path`, the
//! package that was built; `mod`, the module it is in; `dep`, a module that it was built with; `=>`, what replaced the one before;
//! `build`, a setting.

use super::go_build::Build;
use crate::inventory::golang::{DEVEL, is_folder, is_path};
use crate::inventory::listing::{Details, Entry, Listing};
use crate::inventory::text::PACKAGE_LIMIT;
use crate::packages::{GOLANG, Origin, OriginKind, Relation};

/// What `go run` and `go build` of single files call what they build.
const FILES: &str = "command-line-arguments";

/// A module as the text has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Module<'a> {
    path: &'a str,
    version: &'a str,
    replaced_by: Option<(&'a str, &'a str)>,
}

/// What the text says.
#[derive(Debug, Default)]
struct Text<'a> {
    path: &'a str,
    main: Option<Module<'a>>,
    modules: Vec<Module<'a>>,
    linker_flags: String,
    revision: &'a str,
    time: &'a str,
}

/// Adds the packages of a build.
pub(super) fn packages(build: &Build<'_>, listing: &mut Listing) {
    let text = read(&build.modules);
    let main = text.main.clone().or_else(|| {
        let is_named = !text.path.is_empty() && text.path != FILES;
        is_named.then(|| Module {
            path: text.path,
            ..Module::default()
        })
    });
    let mut add = |name: &str, version: &str, relation, origin| {
        if !is_path(name) {
            listing.leave_out(None, name, "its name is none");
            return;
        }
        listing.merge_at(Entry {
            kind: &GOLANG,
            name,
            version,
            details: Details {
                relation,
                origin,
                ..Details::default()
            },
        });
    };
    if let Some(main) = main {
        let version = match main.version {
            "" | DEVEL => text.version_of_main(main.path, build),
            version => version.to_owned(),
        };
        add(main.path, &version, Some(Relation::Root), None);
    }
    for module in &text.modules {
        // Some old versions of Go list a module without a name.
        if module.path.is_empty() {
            continue;
        }
        match module.replaced_by {
            None => add(module.path, or_devel(module.version), None, None),
            Some((folder, _)) if is_folder(folder) => {
                let origin = Origin::new(OriginKind::Path, folder);
                add(module.path, DEVEL, None, origin);
            }
            Some((path, given)) => add(path, or_devel(given), None, None),
        }
    }
    if let Some(version) = library_version(&build.go_version) {
        add("stdlib", version, Some(Relation::Direct), None);
    }
}

/// A version, or Go's word for that there is none.
fn or_devel(version: &str) -> &str {
    if version.is_empty() { DEVEL } else { version }
}

fn read(text: &str) -> Text<'_> {
    let mut read = Text::default();
    // What `=>` on the next line is about.
    let mut last: Option<&mut Module<'_>> = None;
    for line in text.lines() {
        let Some((word, rest)) = line.split_once('\t') else {
            continue;
        };
        let mut words = rest.split('\t');
        let (first, second) = (words.next().unwrap_or_default(), words.next());
        let version = second.unwrap_or_default();
        match word {
            "path" => read.path = rest,
            "mod" | "dep" => {
                let module = Module {
                    path: first,
                    version,
                    replaced_by: None,
                };
                last = if word == "mod" {
                    Some(read.main.insert(module))
                } else if read.modules.len() < PACKAGE_LIMIT {
                    read.modules.push(module);
                    read.modules.last_mut()
                } else {
                    None
                };
            }
            "=>" => {
                if let Some(module) = last.take() {
                    module.replaced_by = Some((first, version));
                }
            }
            "build" => match rest.split_once('=') {
                Some(("-ldflags", value)) => read.linker_flags = unquoted(value),
                Some(("vcs.revision", value)) => read.revision = value,
                Some(("vcs.time", value)) => read.time = value,
                _ => {}
            },
            _ => {}
        }
    }
    read
}

/// A value that stands in Go's quotes where it has blanks or quotes in it.
fn unquoted(value: &str) -> String {
    if let Some(raw) = value.strip_prefix('`') {
        return raw.strip_suffix('`').unwrap_or(raw).to_owned();
    }
    let Some(quoted) = value.strip_prefix('"') else {
        return value.to_owned();
    };
    let quoted = quoted.strip_suffix('"').unwrap_or(quoted);
    let mut plain = String::with_capacity(quoted.len());
    let mut characters = quoted.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => plain.extend(characters.next().map(|escaped| match escaped {
                't' | 'n' | 'r' => ' ',
                other => other,
            })),
            other => plain.push(other),
        }
    }
    plain
}

impl Text<'_> {
    /// The version of the main module where Go gave it none, which it did not before Go 1.24: what the linker was told to
    /// write into a variable for it, or has written where its flags are not kept (`-trimpath`), else a pseudo-version of the
    /// commit, else what Go says of what has none.
    fn version_of_main(&self, path: &str, build: &Build<'_>) -> String {
        self.version_from_linker(path)
            .or_else(|| written_version(build))
            .or_else(|| self.version_from_commit())
            .unwrap_or_else(|| DEVEL.to_owned())
    }

    /// `-X package.variable=value` where variable and value are of a version. A variable of this very module goes before one
    /// of a library that keeps versions.
    fn version_from_linker(&self, path: &str) -> Option<String> {
        let mut found = None;
        for (variable, value) in assignments(&self.linker_flags) {
            let Some((package, variable)) = variable.rsplit_once('.') else {
                continue;
            };
            let Some(version) = version_in(value).filter(|_| is_for_versions(variable)) else {
                continue;
            };
            let is_own = package == "main"
                || package
                    .strip_prefix(path)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            if is_own {
                return Some(version);
            }
            found.get_or_insert(version);
        }
        found
    }

    /// `v0.0.0-20060102150405-abcdefabcdef` (<https://go.dev/ref/mod#pseudo-versions>).
    fn version_from_commit(&self) -> Option<String> {
        let time: String = self
            .time
            .chars()
            .take("2006-01-02T15:04:05".len())
            .filter(char::is_ascii_digit)
            .collect();
        let is_hash = self.revision.bytes().all(|byte| byte.is_ascii_hexdigit());
        let revision = self.revision.get(..12).filter(|_| is_hash)?;
        (time.len() == 14).then(|| format!("v0.0.0-{time}-{revision}"))
    }
}

/// The version among the texts of the linker; with several it would be a guess, unless all say the same and one or the other
/// more (`1.1.5`, and `1.1.5-3-gabcdef` as the commit).
fn written_version(build: &Build<'_>) -> Option<String> {
    let versions: Vec<String> = build.written().filter_map(version_in).collect();
    let shortest = versions.iter().min_by_key(|version| version.len())?;
    let is_same = |other: &String| {
        other.strip_prefix(shortest.as_str()).is_some_and(|rest| {
            !rest.starts_with(|character: char| character.is_ascii_digit() || character == '.')
        })
    };
    versions.iter().all(is_same).then(|| shortest.clone())
}

/// The values that the linker's `-X` gives to variables.
fn assignments(flags: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut words = words(flags).peekable();
    std::iter::from_fn(move || {
        loop {
            let word = words.next()?;
            let flag = word.strip_prefix("--").or_else(|| word.strip_prefix('-'));
            let assignment = match flag {
                Some("X") => words.next()?,
                Some(flag) => match flag.strip_prefix("X=") {
                    Some(assignment) => assignment,
                    None => continue,
                },
                None => continue,
            };
            if let Some(pair) = assignment.split_once('=') {
                return Some(pair);
            }
        }
    })
}

/// The words of a command line; one in quotes is one word.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let first = rest.chars().next()?;
        let (word, after) = if matches!(first, '\'' | '"') {
            let inner = &rest[1..];
            inner.split_once(first).unwrap_or((inner, ""))
        } else {
            rest.split_once(char::is_whitespace).unwrap_or((rest, ""))
        };
        rest = after;
        Some(word)
    })
}

/// Whether a variable has a name for versions: `version`, `GitVersion`, `buildVer`, `Tag`, …
fn is_for_versions(variable: &str) -> bool {
    let name = variable.to_ascii_lowercase();
    let plain = name.strip_prefix("git").unwrap_or(&name);
    let plain = plain.strip_prefix("build").unwrap_or(plain);
    matches!(plain, "version" | "ver" | "tag") || name == "appversion"
}

/// A version of three numbers, with Go's `v`; folders of a tag before it are left out.
fn version_in(value: &str) -> Option<String> {
    let value = value.trim_matches(['\'', '"']);
    let version = value.rsplit_once('/').map_or(value, |(_, version)| version);
    let digits = version.strip_prefix('v').unwrap_or(version);
    let numbers = digits
        .split(['-', '+'])
        .next()?
        .split('.')
        .filter(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
        .count();
    let is_plain = digits
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b".-+_~".contains(&byte));
    (numbers == 3 && is_plain && digits.len() < 128).then(|| format!("v{digits}"))
}

/// The version of the standard library, from what Go calls itself (<https://go.dev/doc/toolchain#version>): `go1.21.3`, `go1.22rc1`,
/// `go1.21.3 X:boringcrypto`, `go1.21.3-suffix`, `devel go1.23-abcdef Tue …`. What others put behind the number is no
/// prerelease, and what stands there in a build between two releases is the commit, which makes it one.
fn library_version(go: &str) -> Option<&str> {
    let is_release = !go.starts_with("devel ");
    let word = go
        .split_whitespace()
        .find_map(|word| word.strip_prefix("go"))?;
    let version = if is_release {
        word.split('-').next()?
    } else {
        word
    };
    let is_version = version.starts_with(|first: char| first.is_ascii_digit())
        && version
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
    is_version.then_some(version)
}

#[cfg(test)]
mod tests;
