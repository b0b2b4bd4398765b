//! Java's packages: what lies in archives, and what Maven, Gradle and sbt write down.
//!
//! A package is named `group:artifact`. Names and versions come from files that anybody may have made, so each passes
//! [`coordinates`] before it is one.

mod archive;
mod gradle_lockfile;
mod jar;
mod pom;
mod pom_xml;
mod sbt_lock;
mod xml;

pub(super) use gradle_lockfile::GradleLockfile;
pub use gradle_lockfile::parse_gradle_lockfile;
pub(super) use jar::Jar;
pub use jar::parse_jar;
pub(super) use pom_xml::PomXml;
pub use pom_xml::parse_pom_xml;
pub(super) use sbt_lock::SbtLock;
pub use sbt_lock::parse_sbt_lock;

use crate::packages::{MAVEN, Package};

/// Bytes of the longest name or version that is kept; Maven Central has none over 200.
const WORD_LIMIT: usize = 1024;

/// Whether Maven could take `text` for a part of coordinates: none of its delimiters in it, no blanks, nothing left to be filled in.
fn is_word(text: &str) -> bool {
    let is_delimiter = |character: char| {
        character.is_control()
            || character.is_whitespace()
            || matches!(
                character,
                ':' | '/' | '\\' | '$' | '{' | '}' | '<' | '>' | '&' | '"' | '\''
            )
    };
    !text.is_empty() && text.len() <= WORD_LIMIT && !text.contains(is_delimiter)
}

/// A package of these coordinates; nothing where one of them is none.
fn coordinates(group: &str, artifact: &str, version: &str) -> Option<Package> {
    [group, artifact, version]
        .iter()
        .all(|word| is_word(word))
        .then(|| Package::new(&MAVEN, format!("{group}:{artifact}"), version))
}
