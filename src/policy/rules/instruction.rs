//! The steps that made the image: as its history tells them, as its Dockerfile has them, and how a container starts.

use super::practices::{PRACTICES, Practice};
use crate::policy::fields::{Globs, Patterns};
use crate::policy::{Asked, Check, Evidence, Facts, Judge, Judgement};
use regex::Regex;
use std::sync::LazyLock;

pub(super) struct Instruction;

impl Check for Instruction {
    fn name(&self) -> &'static str {
        "instruction"
    }

    fn title(&self) -> &'static str {
        "The steps that made the image are as they should be, and so is how a container of it starts"
    }

    fn about(&self) -> &'static str {
        "Steps are what the image's history says of its layers, with the marks of the builder left away: `RUN apt-get update`, \
         `ADD https://…`, `COPY . /app`; the settings of the image in the words of a Dockerfile (`ENTRYPOINT`, `CMD`, `STOPSIGNAL`, `VOLUME`); and with \
         `--dockerfile FILE` the instructions of that file. Each parameter that is given is looked at by itself. `practice` names what people agree \
         not to do:\n\n\
         - `add-url`: `ADD` of an address, which is not checked and not cached;\n\
         - `apt-no-clean`: lists of apt's packages are left in the layer;\n\
         - `apt-unpinned`: apt installs packages without a version;\n\
         - `chmod-777`: everybody may write;\n\
         - `latest-base`: the base image has no tag, or `latest`; known from `--dockerfile`, else from the label `org.opencontainers.image.base.name`;\n\
         - `pipe-to-shell`: what curl or wget bring is run unseen;\n\
         - `shell-form`: the entrypoint or command is run by a shell, which passes no signals on;\n\
         - `ssh-server`: a server for ssh is installed or started;\n\
         - `sudo`: steps use sudo, though they may say `USER`."
    }

    fn example(&self) -> &'static str {
        "practice: [add-url, pipe-to-shell, sudo, latest-base]\ndeny: \"^COPY \\\\. \""
    }

    fn prepare(&self, asked: &mut Asked<'_, '_>) -> Box<dyn Judge> {
        let fields = &mut *asked.0;
        let deny = fields.patterns("deny", "Regular expressions of steps that may not be.");
        let required = fields.patterns(
            "required",
            "Regular expressions, each of which a step must fit.",
        );
        let names = fields.texts("practice", "What must not be done, by the names above.");
        let mut practices = Vec::new();
        for name in &names {
            let found = PRACTICES.iter().find(|practice| practice.name == name);
            practices.extend(found);
            if found.is_none() {
                let known: Vec<&str> = PRACTICES.iter().map(|practice| practice.name).collect();
                let known = known.join(", ");
                fields.complain(
                    "practice",
                    format!("`practice`: there is no `{name}`, only {known}"),
                );
            }
        }
        let rule = Steps {
            deny,
            required,
            practices,
            signals: fields.texts(
                "stop-signal",
                "Signals that may end a container; `SIGTERM` where the image says nothing.",
            ),
            volumes: fields.globs("volume", "Volumes that may be; globs. `none` allows none."),
            entrypoint: fields.patterns(
                "entrypoint",
                "Regular expressions of which the entrypoint must fit one.",
            ),
            command: fields.patterns(
                "cmd",
                "Regular expressions of which the command must fit one.",
            ),
        };
        let is_any = !rule.deny.is_empty()
            || !rule.required.is_empty()
            || !names.is_empty()
            || !rule.signals.is_empty()
            || rule.volumes.is_some()
            || !rule.entrypoint.is_empty()
            || !rule.command.is_empty();
        fields.need(
            is_any,
            "an `instruction` needs `deny`, `required`, `practice`, `stop-signal`, `volume`, `entrypoint` or `cmd`",
        );
        Box::new(rule)
    }
}

struct Steps {
    deny: Patterns,
    required: Patterns,
    practices: Vec<&'static Practice>,
    signals: Vec<String>,
    volumes: Option<Globs>,
    entrypoint: Patterns,
    command: Patterns,
}

/// A step, and where it stands.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) text: String,
    layer: Option<u32>,
    path: Option<String>,
    line: Option<u32>,
}

impl Step {
    fn evidence(&self, said: &str, name: &str) -> Evidence {
        let shown: String = self.text.chars().take(160).collect();
        Evidence {
            layer: self.layer,
            path: self.path.clone(),
            line: self.line,
            ..Evidence::new(format!("`{shown}` {said}"), &[name])
        }
    }
}

#[expect(
    clippy::expect_used,
    reason = "the expression is written here and tested"
)]
static SHELL: LazyLock<Regex> = LazyLock::new(|| {
    // The values of build arguments stand in front: `|1 VERSION=2 /bin/sh -c make`.
    Regex::new(
        r"^(?:\|\d+ (?:.*? )??)?(?:/usr)?/bin/(?:ba|da|a|z)?sh (?:-\S+ |pipefail )*?-\w*c\s+",
    )
    .expect("an expression")
});

/// A step in the words of a Dockerfile, without what the builders put around it.
fn instruction(step: &str) -> String {
    let step = step.trim();
    if let Some(instruction) = step.strip_prefix("/bin/sh -c #(nop)") {
        return instruction.trim().to_owned();
    }
    let step = step.strip_suffix("# buildkit").map_or(step, str::trim_end);
    let command = step.strip_prefix("RUN ").map_or(step, str::trim_start);
    match SHELL.find(command) {
        Some(shell) => format!("RUN {}", &command[shell.end()..]),
        None => step.to_owned(),
    }
}

/// The steps of an image, wherever they are told.
fn steps(facts: &Facts<'_>) -> Vec<Step> {
    let image = &facts.report.image;
    let mut steps = Vec::new();
    let of_layers = image
        .layers
        .iter()
        .filter_map(|layer| Some((Some(layer.index), layer.created_by.as_ref()?)));
    let of_history = image
        .history
        .iter()
        .map(|step| (step.layer, &step.created_by));
    // The history has the steps as well that made no layer.
    let told: Vec<(Option<u32>, &String)> = if image.history.is_empty() {
        of_layers.collect()
    } else {
        of_history.collect()
    };
    for (layer, step) in told {
        let text = instruction(step);
        // Of these the settings have what counts in the end.
        let word = text.split_whitespace().next().unwrap_or_default();
        if !["ENTRYPOINT", "CMD", "STOPSIGNAL", "VOLUME"].contains(&word) {
            steps.push(Step {
                text,
                layer,
                path: None,
                line: None,
            });
        }
    }
    let config = &image.config;
    let volumes = config.volumes.iter();
    let settings = [
        ("ENTRYPOINT", config.entrypoint.join(" ")),
        ("CMD", config.cmd.join(" ")),
        ("STOPSIGNAL", config.stop_signal.clone().unwrap_or_default()),
    ];
    let settings = settings.into_iter();
    for (word, value) in settings.chain(volumes.map(|volume| ("VOLUME", volume.clone()))) {
        if !value.is_empty() {
            steps.push(Step {
                text: format!("{word} {value}"),
                layer: None,
                path: None,
                line: None,
            });
        }
    }
    if let Some(file) = facts.dockerfile {
        steps.extend(file.instructions.iter().map(|instruction| Step {
            text: instruction.text.clone(),
            layer: None,
            path: Some(file.path.clone()),
            line: Some(instruction.line),
        }));
    }
    steps
}

impl Steps {
    /// What is wrong with how a container starts and ends.
    fn settings(&self, facts: &Facts<'_>) -> Vec<Evidence> {
        let config = &facts.report.image.config;
        let mut evidence = Vec::new();
        let signal = config.stop_signal.as_deref().unwrap_or("SIGTERM");
        if !self.signals.is_empty() && !self.signals.iter().any(|allowed| allowed == signal) {
            evidence.push(Evidence::new(
                format!("a container is ended by {signal}"),
                &[signal],
            ));
        }
        if let Some(allowed) = &self.volumes {
            for volume in config
                .volumes
                .iter()
                .filter(|volume| !allowed.fits(volume.trim_start_matches('/')))
            {
                evidence.push(Evidence::new(
                    format!("{volume} is a volume: what is written there is in no layer"),
                    &[volume],
                ));
            }
        }
        for (word, patterns, words) in [
            ("entrypoint", &self.entrypoint, &config.entrypoint),
            ("command", &self.command, &config.cmd),
        ] {
            let text = words.join(" ");
            let fits = patterns.iter().any(|(_, pattern)| pattern.is_match(&text));
            if !patterns.is_empty() && !fits {
                let said = match text.as_str() {
                    "" => format!("there is no {word}"),
                    text => format!(
                        "the {word} is `{}`",
                        text.chars().take(160).collect::<String>()
                    ),
                };
                evidence.push(Evidence::new(said, &[word]));
            }
        }
        evidence
    }

    /// Base images without a version.
    fn latest_base(facts: &Facts<'_>) -> Result<Vec<Evidence>, String> {
        const LABEL: &str = "org.opencontainers.image.base.name";
        let is_latest = |name: &str| {
            let tag = name.rsplit('/').next().unwrap_or_default().split_once(':');
            !name.contains('@') && tag.is_none_or(|(_, tag)| tag == "latest")
        };
        let said = |name: &str| format!("the base image {name} has no version");
        if let Some(file) = facts.dockerfile {
            let bases = file.bases().into_iter();
            return Ok(bases
                .filter(|(_, name)| is_latest(name))
                .map(|(line, name)| Evidence {
                    path: Some(file.path.clone()),
                    line: Some(line),
                    ..Evidence::new(said(&name), &[&name])
                })
                .collect());
        }
        let Some(name) = facts.report.image.config.labels.get(LABEL) else {
            return Err(format!(
                "which base image it was made from is not known: there is no --dockerfile and no label {LABEL}"
            ));
        };
        let evidence = Evidence {
            path: Some(format!("config:label/{LABEL}")),
            ..Evidence::new(said(name), &[name])
        };
        Ok(is_latest(name).then_some(evidence).into_iter().collect())
    }
}

impl Judge for Steps {
    fn judge(&self, facts: &Facts<'_>) -> Result<Judgement, String> {
        let steps = steps(facts);
        let mut evidence = self.settings(facts);
        for step in &steps {
            if let Some((text, _)) = self
                .deny
                .iter()
                .find(|(_, pattern)| pattern.is_match(&step.text))
            {
                evidence.push(step.evidence(&format!("fits `{text}`"), text));
            }
            for practice in &self.practices {
                if (practice.is_broken)(&step.text, &facts.report.image.config) {
                    evidence.push(step.evidence(practice.said, practice.name));
                }
            }
        }
        for (text, pattern) in &self.required {
            if !steps.iter().any(|step| pattern.is_match(&step.text)) {
                evidence.push(Evidence::new(format!("no step fits `{text}`"), &[text]));
            }
        }
        if self
            .practices
            .iter()
            .any(|practice| practice.name == "latest-base")
        {
            match Self::latest_base(facts) {
                Ok(found) => evidence.extend(found),
                // What is known decides where it can.
                Err(reason) if evidence.is_empty() => return Err(reason),
                Err(_) => {}
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_told_in_the_words_of_a_dockerfile() {
        for (step, expected) in [
            ("/bin/sh -c #(nop)  EXPOSE 80", "EXPOSE 80"),
            ("/bin/sh -c apt-get update", "RUN apt-get update"),
            (
                "/bin/sh -c DEBIAN_FRONTEND=noninteractive apt-get install x",
                "RUN DEBIAN_FRONTEND=noninteractive apt-get install x",
            ),
            ("RUN /bin/sh -c make # buildkit", "RUN make"),
            (
                "RUN |2 A=1 B=/bin/x y /bin/sh -c make -c # buildkit",
                "RUN make -c",
            ),
            ("|1 A=1 /bin/bash -o pipefail -c make", "RUN make"),
            ("|0 /bin/sh -c make", "RUN make"),
            ("RUN /bin/bash -euo pipefail -c make # buildkit", "RUN make"),
            ("RUN make", "RUN make"),
            (
                "RUN /bin/shell -c make # buildkit",
                "RUN /bin/shell -c make",
            ),
            ("COPY . /app # buildkit", "COPY . /app"),
            ("", ""),
        ] {
            assert_eq!(instruction(step), expected, "{step}");
        }
    }
}
