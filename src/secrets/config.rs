//! Secrets in an image's config: its variables, labels, history and what it runs, which everybody who has the image can read.

use super::mask::mask;
use super::rules::Rules;
use super::search::Found;
use super::search_text;
use crate::image::ImageConfig;

/// What was found in a config, to be masked wherever it stands. It is never shown or kept.
#[derive(Default)]
pub struct Hidden(Vec<String>);

/// Bytes from which on a secret is masked in other places than its own as well.
const SHORTEST: usize = 4;

/// Searches the config in its own order: the path of each secret in reports, and what was found there.
pub fn search_config(rules: &Rules, config: &ImageConfig) -> (Vec<(String, Found)>, Hidden) {
    let (mut all, mut hidden) = (Vec::new(), Hidden::default());
    let mut look = |path: String, text: &str| {
        for found in search_text(rules, path.as_bytes(), text.as_bytes()).found {
            let secret = usize::try_from(found.span.start)
                .ok()
                .zip(usize::try_from(found.span.end).ok())
                .and_then(|(start, end)| text.get(start..end));
            hidden.0.extend(secret.map(str::to_owned));
            all.push((path.clone(), found));
        }
    };
    for variable in &config.env {
        let name = variable.split('=').next().unwrap_or_default();
        look(format!("config:env/{name}"), variable);
    }
    for (key, value) in &config.labels {
        // As an assignment, so that a telling name counts.
        look(format!("config:label/{key}"), &format!("{key}={value}"));
    }
    for (number, step) in config.history.iter().enumerate() {
        let text = format!("{}\n{}", step.created_by, step.comment);
        look(format!("config:history/{number}"), &text);
    }
    // One text for all words of a command, so that an option and its value stand together.
    let checks = config.healthcheck.as_ref();
    let commands = [
        ("config:entrypoint", Some(&config.entrypoint)),
        ("config:cmd", Some(&config.cmd)),
        ("config:healthcheck", checks.map(|check| &check.test)),
    ];
    for (path, words) in commands {
        look(
            path.to_owned(),
            &words.map_or(String::new(), |words| words.join(" ")),
        );
    }
    for (number, step) in config.on_build.iter().enumerate() {
        look(format!("config:onbuild/{number}"), step);
    }
    // A secret that has another in it goes first.
    hidden.0.retain(|secret| secret.len() >= SHORTEST);
    hidden
        .0
        .sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    hidden.0.dedup();
    (all, hidden)
}

impl Hidden {
    /// The text with every secret in it masked; nothing where there is none in it.
    pub fn mask(&self, text: &str) -> Option<String> {
        let mut masked: Option<String> = None;
        for secret in &self.0 {
            let current = masked.as_deref().unwrap_or(text);
            if current.contains(secret.as_str()) {
                masked = Some(current.replace(secret.as_str(), &mask(secret.as_bytes())));
            }
        }
        masked
    }
}
