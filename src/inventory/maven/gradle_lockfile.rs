//! Gradle's lockfiles (<https://docs.gradle.org/current/userguide/dependency_locking.html>).
//!
//! Since Gradle 7 there is one for each project, `gradle.lockfile`, whose lines are `group:artifact:version=configurations`, and one for what
//! builds it, `buildscript-gradle.lockfile` (`settings-gradle.lockfile` for settings). Before, each configuration had a file of its
//! own in `gradle/dependency-locks/`, without the last part. `empty=` lists configurations that have no dependencies.

use super::coordinates;
use crate::inventory::listing::Listing;
use crate::inventory::parsed::{InstalledPackage, Parsed, ReadError};
use crate::inventory::reader::{Made, Needs, PackageReader, Pattern, base_name, folder};
use crate::inventory::text::{Lines, decoded, shown};
use crate::packages::Evidence;

/// Lockfiles of Gradle.
#[derive(Debug)]
pub(in crate::inventory) struct GradleLockfile;

const NAME: &[u8] = b"gradle.lockfile";

fn is_of_one_configuration(path: &[u8]) -> bool {
    base_name(folder(path)) == b"dependency-locks"
}

impl PackageReader for GradleLockfile {
    fn name(&self) -> &'static str {
        "gradle-lockfile"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        vec![Pattern::Extension("lockfile")]
    }

    fn accepts(&self, path: &[u8]) -> bool {
        base_name(path).ends_with(NAME) || is_of_one_configuration(path)
    }

    /// A line has some hundred bytes: room for half a million packages.
    fn limit(&self) -> u64 {
        64 << 20
    }

    fn read(&self, path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        Ok(Made::Packages(parse_gradle_lockfile(path, content)))
    }
}

/// Whether a configuration is none of those that ship: tests of any kind, and what only runs beside a developer.
fn is_for_development(configuration: &str) -> bool {
    configuration.starts_with("test")
        || configuration.contains("Test")
        || configuration.starts_with("developmentOnly")
}

/// The packages of a lockfile; its name tells what they are for.
pub fn parse_gradle_lockfile(path: &[u8], content: &[u8]) -> Parsed {
    let text = decoded(content);
    let mut listing = Listing::new(Evidence::Lockfile);
    let name = base_name(path);
    let stem = name.strip_suffix(b".lockfile").unwrap_or(name);
    let is_single = is_of_one_configuration(path);
    let builds =
        name != NAME && name.ends_with(NAME) || is_single && stem.starts_with(b"buildscript-");
    let single = String::from_utf8_lossy(stem);
    for line in Lines::new(text.as_bytes()) {
        let entry = line.bytes.trim_ascii();
        if entry.is_empty() || entry.starts_with(b"#") || entry.starts_with(b"empty=") {
            continue;
        }
        let Some((package, configurations)) = parsed(entry) else {
            listing.warnings.push(|| {
                format!(
                    "line {} is no locked dependency: `{}`",
                    line.number,
                    shown(entry)
                )
            });
            continue;
        };
        let mut one = InstalledPackage::new(package, Evidence::Lockfile).on_line(line.number);
        let configurations = if is_single { &*single } else { configurations };
        let mut configurations = configurations
            .split(',')
            .map(str::trim)
            .filter(|configuration| !configuration.is_empty())
            .peekable();
        one.dev =
            builds || configurations.peek().is_some() && configurations.all(is_for_development);
        listing.push(one);
    }
    listing.finish()
}

/// The package of a line, and its configurations.
fn parsed(line: &[u8]) -> Option<(crate::packages::Package, &str)> {
    let line = str::from_utf8(line).ok()?;
    let (module, configurations) = line.split_once('=').unwrap_or((line, ""));
    let mut parts = module.split(':').map(str::trim);
    let (group, artifact, version) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    Some((coordinates(group, artifact, version)?, configurations))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(path: &str, text: &str) -> Vec<String> {
        let parsed = parse_gradle_lockfile(path.as_bytes(), text.as_bytes());
        let show = |one: &InstalledPackage| {
            format!(
                "{} {} {}{}",
                one.package.name,
                one.package.version,
                one.line.unwrap_or_default(),
                if one.dev { " dev" } else { "" }
            )
        };
        parsed.packages.iter().map(show).collect()
    }

    #[test]
    fn configurations_say_what_is_for_tests() {
        let text = "# note\r\na.b:c:1.0=compileClasspath,testCompileClasspath\r\na.b:d:2=testRuntimeClasspath,integrationTestRuntimeClasspath\n\
                    a.b:e:3=\na.b:f:4\nempty=annotationProcessor\n";
        let expected = ["a.b:c 1.0 2", "a.b:d 2 3 dev", "a.b:e 3 4", "a.b:f 4 5"];
        assert_eq!(told("app/gradle.lockfile", text), expected);
        assert!(
            told("app/buildscript-gradle.lockfile", text)
                .iter()
                .all(|line| line.ends_with("dev"))
        );
    }

    #[test]
    fn old_lockfiles_are_named_after_their_configuration() {
        let folder = "app/gradle/dependency-locks";
        for (name, expected) in [
            ("compileClasspath", "a:b 1 1"),
            ("testCompileClasspath", "a:b 1 1 dev"),
            ("buildscript-classpath", "a:b 1 1 dev"),
        ] {
            let path = format!("{folder}/{name}.lockfile");
            assert_eq!(told(&path, "a:b:1\n"), [expected]);
        }
    }

    #[test]
    fn what_is_no_dependency_is_said() {
        let parsed = parse_gradle_lockfile(
            b"gradle.lockfile",
            b"a:b\n:b:1\na::1\na:b:\na:b:1:c\n\x1b[31m:a:1=x\na:b:${v}\ngood:one:1=x\n",
        );
        assert_eq!(parsed.packages.len(), 1);
        assert_eq!(parsed.warnings.len(), 7);
        assert!(!parsed.warnings.concat().contains('\x1b'));
        assert!(parse_gradle_lockfile(b"gradle.lockfile", b"").is_empty());
    }

    #[test]
    fn only_gradles_files_are_taken() {
        for (path, expected) in [
            ("a/gradle.lockfile", true),
            ("a/buildscript-gradle.lockfile", true),
            ("a/gradle/dependency-locks/x.lockfile", true),
            ("a/other.lockfile", false),
        ] {
            assert_eq!(GradleLockfile.accepts(path.as_bytes()), expected);
        }
    }
}
