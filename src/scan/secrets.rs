//! From what the walk met to the secrets of a report: which of them a later layer hides, what the config gives away, and the
//! config as the report may show it.

use super::Options;
use crate::image::{AnalysedImage, Tree};
use crate::inventory::{FileFacts, Inventory};
use crate::matching::Severity;
use crate::report::{self, Warning};
use crate::secrets::{self, Detector, Hidden, Rule};
use jiff::civil::Date;
use std::collections::HashMap;

/// Secrets of one report that are listed.
const MOST: usize = 10_000;

/// The secrets of an image.
#[derive(Default)]
pub(super) struct Secrets {
    list: Vec<report::Secret>,
    hidden: Hidden,
    warnings: Vec<String>,
}

/// Gathers them; empty where nothing was searched for.
pub(super) fn gather(
    image: &AnalysedImage<FileFacts>,
    inventory: &Inventory,
    detector: Option<&Detector>,
    options: &Options,
) -> Secrets {
    let Some(detector) = detector else {
        return Secrets::default();
    };
    let mut list = in_layers(image, detector);
    let (found, hidden) = secrets::search_config(&detector.rules, &image.image.config);
    for (path, found) in found {
        if let Some(rule) = detector.rules.get(found.rule) {
            list.push(secret(
                rule,
                found.unfit,
                path,
                None,
                found.line,
                found.shown,
            ));
        }
    }
    list.sort_by(|a, b| order(a).cmp(&order(b)));
    list.dedup();
    let mut warnings = Vec::new();
    if list.len() > MOST {
        warnings.push(format!(
            "{} secrets were found, of which {MOST} are listed",
            list.len()
        ));
        list.truncate(MOST);
    }
    let today = jiff::Timestamp::now()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date();
    warnings.extend(silence(&mut list, options, today));
    silence_published(&mut list, inventory);
    Secrets {
        list,
        hidden,
        warnings,
    }
}

fn in_layers(image: &AnalysedImage<FileFacts>, detector: &Detector) -> Vec<report::Secret> {
    let mut list = Vec::new();
    if image.layers.iter().all(|layer| layer.marks.is_empty()) {
        return list;
    }
    let mut tree = Tree::new();
    for layer in &image.layers {
        tree.apply(&layer.entries);
    }
    for (number, layer) in (0..).zip(&image.layers) {
        for (index, mark) in &layer.marks {
            let (Some((rule, unfit)), Some(entry)) =
                (detector.rule_of(mark), layer.entries.get(*index))
            else {
                continue;
            };
            let shown = tree.file(entry.path);
            let is_shown =
                shown.is_some_and(|shown| shown.layer == number && shown.entry == *index);
            let path = String::from_utf8_lossy(entry.path).into_owned();
            let mut secret = secret(
                rule,
                unfit,
                path,
                Some(number),
                mark.line,
                mark.text.clone(),
            );
            secret.deleted = !is_shown;
            list.push(secret);
        }
    }
    list
}

fn secret(
    rule: &Rule,
    unfit: bool,
    path: String,
    layer: Option<u32>,
    line: u32,
    matched: String,
) -> report::Secret {
    let title = if unfit {
        format!(
            "{} (its checksum does not fit: mistyped, or made up)",
            rule.title
        )
    } else {
        rule.title.clone()
    };
    let severity = match rule.severity {
        secrets::Severity::Critical if unfit => Severity::Medium,
        _ if unfit => Severity::Low,
        secrets::Severity::Critical => Severity::Critical,
        secrets::Severity::High => Severity::High,
        secrets::Severity::Medium => Severity::Medium,
        secrets::Severity::Low => Severity::Low,
    };
    report::Secret {
        fingerprint: secrets::fingerprint(&rule.id, &path, &matched),
        rule: rule.id.clone(),
        title,
        severity,
        path,
        layer,
        // What stands in the config has no lines to speak of.
        line: layer.map(|_| line),
        matched,
        deleted: false,
        silenced_by: None,
    }
}

/// The worst first, then by place.
fn order(secret: &report::Secret) -> impl Ord + '_ {
    (
        std::cmp::Reverse(secret.severity),
        &secret.path,
        secret.layer,
        secret.line,
        &secret.rule,
        &secret.matched,
    )
}

/// Marks what lies in files that a package of the system brought: everybody has those, and so nothing in them is a secret of
/// this image. Settings are left alone, which a build may have changed, and so is what a later layer has put in such a place.
fn silence_published(list: &mut [report::Secret], inventory: &Inventory) {
    let mut by_path: HashMap<&[u8], Vec<usize>> = HashMap::new();
    let mut silences: Vec<(usize, report::Silence)> = Vec::new();
    for (number, secret) in list.iter().enumerate() {
        if secret.path.starts_with("usr/") && secret.silenced_by.is_none() {
            by_path
                .entry(secret.path.as_bytes())
                .or_default()
                .push(number);
        }
    }
    if by_path.is_empty() {
        return;
    }
    for (package, files) in inventory.packages.iter().zip(&inventory.owned_files) {
        for number in files.iter().filter_map(|file| by_path.get(file)).flatten() {
            let layer = list[*number].layer;
            let mut places = package.locations.iter();
            if package.kind.system && places.any(|place| Some(place.layer) == layer) {
                let reason = format!(
                    "the file is published with {} {}",
                    package.name, package.version
                );
                let silence = report::Silence {
                    kind: "published".to_owned(),
                    reason,
                    source: format!("the files that {} lists", package.kind.name),
                };
                silences.push((*number, silence));
            }
        }
    }
    for (number, silence) in silences {
        list[number].silenced_by.get_or_insert(silence);
    }
}

/// Marks what a waiver names; sentences about waivers that have expired.
fn silence(list: &mut [report::Secret], options: &Options, today: Date) -> Vec<String> {
    let mut expired = Vec::new();
    for secret in list {
        let said = options.silencer.secret(
            &secret.rule,
            &secret.fingerprint,
            &secret.path,
            today,
            &mut expired,
        );
        secret.silenced_by = said.map(Into::into);
    }
    expired.sort_unstable();
    expired.dedup();
    expired
}

impl Secrets {
    /// Puts them into a report, and what they are out of it.
    pub(super) fn into_report(self, report: &mut report::Report) {
        report.secrets = self.list;
        let warnings = self.warnings.into_iter().map(|message| Warning {
            path: None,
            layer: None,
            message,
        });
        report.warnings.extend(warnings);
        report.warnings.sort();
        report.warnings.dedup();
        let mask = |text: &mut String| {
            if let Some(masked) = self.hidden.mask(text) {
                *text = masked;
            }
        };
        let image = &mut report.image;
        let config = &mut image.config;
        config.env.iter_mut().for_each(mask);
        config.labels.values_mut().for_each(mask);
        config.entrypoint.iter_mut().for_each(mask);
        config.cmd.iter_mut().for_each(mask);
        let tests = config.healthcheck.iter_mut();
        tests.flat_map(|check| &mut check.test).for_each(mask);
        let steps = image.layers.iter_mut();
        steps
            .filter_map(|layer| layer.created_by.as_mut())
            .for_each(mask);
        let steps = image.history.iter_mut();
        steps.map(|step| &mut step.created_by).for_each(mask);
    }
}
