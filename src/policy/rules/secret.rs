//! Secrets that lie in the image.

use crate::matching::Severity;
use crate::policy::fields::Globs;
use crate::policy::{Asked, Check, Evidence, Facts, Judge, Judgement};

pub(super) struct SecretCheck;

impl Check for SecretCheck {
    fn name(&self) -> &'static str {
        "secret"
    }

    fn title(&self) -> &'static str {
        "There is no secret in the image"
    }

    fn about(&self) -> &'static str {
        "A policy with such a rule has secrets looked for. One that a later layer deletes is still shipped and counts. Secrets are never repeated whole."
    }

    fn example(&self) -> &'static str {
        "severity: high\nexclude-path: \"usr/share/doc/**\""
    }

    fn prepare(&self, asked: &mut Asked<'_, '_>) -> Box<dyn Judge> {
        Box::new(Secrets {
            severity: asked.0.severity("severity", "This severe or worse."),
            rules: asked
                .0
                .globs("rule", "Ids of the rules that found it; globs."),
            exclude: asked.0.globs("exclude-path", "Not at such paths; globs."),
        })
    }
}

struct Secrets {
    severity: Option<Severity>,
    rules: Option<Globs>,
    exclude: Option<Globs>,
}

impl Judge for Secrets {
    fn judge(&self, facts: &Facts<'_>) -> Result<Judgement, String> {
        if !facts.report.looked_for("secret") {
            return Err("secrets were not looked for".to_owned());
        }
        let mut evidence = Vec::new();
        for secret in facts.report.shown_secrets() {
            let fits = self.severity.is_none_or(|least| secret.severity >= least)
                && self
                    .rules
                    .as_ref()
                    .is_none_or(|globs| globs.fits(&secret.rule))
                && !self
                    .exclude
                    .as_ref()
                    .is_some_and(|globs| globs.is_match(&secret.path));
            if fits {
                let deleted = if secret.deleted {
                    ", deleted in a later layer and shipped all the same"
                } else {
                    ""
                };
                evidence.push(Evidence {
                    path: Some(secret.path.clone()),
                    layer: secret.layer,
                    line: secret.line,
                    ..Evidence::new(
                        format!("{}: {}{deleted}", secret.title, secret.matched),
                        &[&secret.rule],
                    )
                });
            }
        }
        let count = evidence.len();
        let broken = if count == 1 {
            "there is a secret".to_owned()
        } else {
            format!("there are {count} secrets")
        };
        Judgement::of(evidence, broken, "there is no secret")
    }
}
