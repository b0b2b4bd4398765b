//! Which module streams the packages of an OSV record belong to, in the Red Hat family: the schema has no field for it.

use crate::advisories::{Affected, identity};
use crate::versions::Event;

/// Whether the record is of a distribution that has modules.
pub(super) fn is_red_hat_family(affected: &[Affected]) -> bool {
    affected.first().is_some_and(|entry| {
        matches!(
            entry.ecosystem_family(),
            "AlmaLinux" | "Rocky Linux" | "Red Hat" | "Oracle Linux"
        )
    })
}

/// Marks entries for packages of modules with the module's streams. OSV records have no field for it; a modular
/// build says so in its release (`.module_el8.5.0+119+…`, `.module+el8…`), and the summary nearly always names the
/// streams (`Important: nodejs:18 security update`).
pub(super) fn with_modules(mut affected: Vec<Affected>, summary: &str) -> Vec<Affected> {
    let streams = streams(summary);
    for entry in &mut affected {
        let modular =
            entry
                .ranges
                .iter()
                .flat_map(|range| &range.events)
                .any(|event| match event {
                    Event::Fixed(version) | Event::LastAffected(version) => is_modular(version),
                    Event::Introduced(_) | Event::Limit(_) => false,
                });
        if modular {
            entry.modules = if streams.is_empty() {
                vec!["*".to_owned()]
            } else {
                streams.clone()
            };
        }
    }
    affected
}

/// Whether an rpm version is of a module build.
pub(crate) fn is_modular(version: &str) -> bool {
    version.contains(".module_") || version.contains(".module+")
}

pub(super) fn streams(summary: &str) -> Vec<String> {
    let is_word = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|byte| {
                byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'+')
            })
    };
    let mut streams: Vec<String> = summary
        .split_ascii_whitespace()
        .map(|word| word.trim_matches(|character| matches!(character, ',' | ';' | '(' | ')' | ':')))
        // `ALSA-2022:5468: php:8.0 security update (Important)` begins with the record's own id.
        .filter(|word| identity::database_of(word).is_none())
        .filter(|word| {
            word.split_once(':')
                .is_some_and(|(module, stream)| is_word(module) && is_word(stream))
        })
        .map(str::to_owned)
        .collect();
    streams.sort_unstable();
    streams.dedup();
    streams
}
