//! Waivers of secrets: by the rule that found one, or by its fingerprint.

use super::super::finding::Silence;
use super::Silencer;
use globset::GlobSet;
use jiff::civil::Date;
use std::sync::atomic::{AtomicBool, Ordering};

/// One waiver.
#[derive(Debug)]
pub(super) struct SecretWaiver {
    /// Ids of rules, or fingerprints.
    pub(super) names: Vec<String>,
    /// Where it holds; everywhere where it is not given.
    pub(super) paths: Option<GlobSet>,
    /// The last day on which it holds.
    pub(super) expires: Option<Date>,
    pub(super) silence: Silence,
    pub(super) used: AtomicBool,
}

impl Silencer {
    /// What silences a secret; a waiver that has expired is told of in `expired`.
    pub fn secret(
        &self,
        rule: &str,
        fingerprint: &str,
        path: &str,
        today: Date,
        expired: &mut Vec<String>,
    ) -> Option<Silence> {
        let holds = |waiver: &&SecretWaiver| {
            let is_named = waiver
                .names
                .iter()
                .any(|name| name == rule || name == fingerprint);
            is_named
                && waiver
                    .paths
                    .as_ref()
                    .is_none_or(|paths| paths.is_match(path))
        };
        for waiver in self.secrets.iter().filter(holds) {
            waiver.used.store(true, Ordering::Relaxed);
            match waiver.expires.filter(|day| *day < today) {
                None => return Some(waiver.silence.clone()),
                Some(day) => expired.push(format!(
                    "{} in {} has expired on {day} ({}): the secret is back",
                    waiver.name(),
                    waiver.silence.source,
                    waiver.silence.reason
                )),
            }
        }
        None
    }
}

impl SecretWaiver {
    /// What it is spoken of by.
    pub(super) fn name(&self) -> String {
        let name = self.names.first().map_or("", String::as_str);
        format!("the waiver of the secret {name}")
    }
}
