//! The steps that made the image, as its history tells them.

use crate::policy::fields::Patterns;
use crate::policy::{Asked, Check, Evidence, Facts, Judge, Judgement};

pub(super) struct Instruction;

impl Check for Instruction {
    fn name(&self) -> &'static str {
        "instruction"
    }

    fn title(&self) -> &'static str {
        "No step that made the image fits these expressions, and the required ones are there"
    }

    fn about(&self) -> &'static str {
        "Steps are what the image's history says of its layers, with the marks of the builder left away: `RUN apt-get update`, \
         `ADD https://…`, `COPY . /app`. Words of settings (entrypoint, command) are steps, too."
    }

    fn example(&self) -> &'static str {
        "deny: [\"^ADD https?://\", \"curl[^|]*\\\\|\\\\s*(ba)?sh\", \"\\\\bsudo\\\\b\"]"
    }

    fn prepare(&self, asked: &mut Asked<'_, '_>) -> Box<dyn Judge> {
        let deny = asked
            .0
            .patterns("deny", "Regular expressions of steps that may not be.");
        let required = asked.0.patterns(
            "required",
            "Regular expressions, each of which a step must fit.",
        );
        asked.0.need(
            !deny.is_empty() || !required.is_empty(),
            "an `instruction` needs `deny` or `required`",
        );
        Box::new(Steps { deny, required })
    }
}

struct Steps {
    deny: Patterns,
    required: Patterns,
}

/// A step without what the builder puts around it.
pub(super) fn plain(step: &str) -> &str {
    let step = step.trim();
    let step = step
        .strip_prefix("/bin/sh -c #(nop)")
        .map_or(step, str::trim);
    let step = step.strip_suffix("# buildkit").map_or(step, str::trim_end);
    step.strip_prefix("RUN /bin/sh -c")
        .or_else(|| step.strip_prefix("/bin/sh -c"))
        .map_or(step, str::trim)
}

impl Judge for Steps {
    fn judge(&self, facts: &Facts<'_>) -> Result<Judgement, String> {
        let image = &facts.report.image;
        let mut steps: Vec<(Option<u32>, String)> = image
            .layers
            .iter()
            .filter_map(|layer| Some((Some(layer.index), layer.created_by.as_ref()?)))
            .flat_map(|(layer, step)| {
                let plain = plain(step);
                let run = (plain != step.trim()
                    && !plain.starts_with(|sign: char| sign.is_ascii_uppercase()))
                .then(|| format!("RUN {plain}"));
                [(layer, run.unwrap_or_else(|| plain.to_owned()))]
            })
            .collect();
        for (word, words) in [
            ("ENTRYPOINT", &image.config.entrypoint),
            ("CMD", &image.config.cmd),
        ] {
            if !words.is_empty() {
                steps.push((None, format!("{word} {}", words.join(" "))));
            }
        }
        let mut evidence = Vec::new();
        for (layer, step) in &steps {
            if let Some((text, _)) = self.deny.iter().find(|(_, pattern)| pattern.is_match(step)) {
                let shown: String = step.chars().take(160).collect();
                evidence.push(Evidence {
                    layer: *layer,
                    ..Evidence::new(format!("`{shown}` fits `{text}`"), &[text])
                });
            }
        }
        for (text, pattern) in &self.required {
            if !steps.iter().any(|(_, step)| pattern.is_match(step)) {
                evidence.push(Evidence::new(format!("no step fits `{text}`"), &[text]));
            }
        }
        let count = evidence.len();
        Judgement::of(
            evidence,
            format!("{count} steps are not as they should be"),
            "the steps are as they should be",
        )
    }
}
