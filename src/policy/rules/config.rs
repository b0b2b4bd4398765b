//! How a container of the image would run: user, ports, health check, variables, labels, platform.

use crate::policy::fields::{Globs, Patterns};
use crate::policy::{Asked, Check, Evidence, Facts, Judge, Judgement};
use std::ops::RangeInclusive;

pub(super) struct User;

impl Check for User {
    fn name(&self) -> &'static str {
        "user"
    }

    fn title(&self) -> &'static str {
        "A container does not run as root, or runs as one of these users"
    }

    fn about(&self) -> &'static str {
        "The user is that of the image's config; none means root. With neither `allow` nor `deny`, root is refused: by name, by number and by default."
    }

    fn example(&self) -> &'static str {
        "deny: root"
    }

    fn prepare(&self, asked: &mut Asked<'_, '_>) -> Box<dyn Judge> {
        Box::new(Users {
            allow: asked
                .0
                .globs("allow", "Users that a container may run as; globs."),
            deny: asked.0.globs(
                "deny",
                "Users that it may not; globs. `root` stands for 0 and for no user, too.",
            ),
        })
    }
}

struct Users {
    allow: Option<Globs>,
    deny: Option<Globs>,
}

impl Judge for Users {
    fn judge(&self, facts: &Facts<'_>) -> Result<Judgement, String> {
        let config = &facts.report.image.config;
        let written = config.user.as_deref().unwrap_or_default();
        let user = written.split(':').next().unwrap_or_default();
        let is_root = matches!(user, "" | "root") || user.trim_start_matches('0').is_empty();
        let names: &[&str] = if is_root { &["root", "0"] } else { &[user] };
        let is_in = |globs: &Globs| names.iter().any(|name| globs.fits(name));
        let is_refused = match (&self.allow, &self.deny) {
            (None, None) => is_root,
            (allow, deny) => {
                allow.as_ref().is_some_and(|globs| !is_in(globs))
                    || deny.as_ref().is_some_and(is_in)
            }
        };
        let said = match written {
            "" => "a container runs as root, since the image sets no USER".to_owned(),
            user => format!("a container runs as {user}"),
        };
        let evidence = if is_refused {
            vec![Evidence::new(said.clone(), names)]
        } else {
            Vec::new()
        };
        Judgement::of(evidence, said.clone(), said)
    }
}

pub(super) struct ExposedPort;

impl Check for ExposedPort {
    fn name(&self) -> &'static str {
        "exposed-port"
    }

    fn title(&self) -> &'static str {
        "The image exposes none but these ports"
    }

    fn about(&self) -> &'static str {
        "Ports are those of `EXPOSE`, written as `22`, `8000-8999` or `53/udp`; one without a protocol is meant for both."
    }

    fn example(&self) -> &'static str {
        "deny: [22, 1-1023/udp]"
    }

    fn prepare(&self, asked: &mut Asked<'_, '_>) -> Box<dyn Judge> {
        let mut ports = |name, about| -> Option<Vec<Ports>> {
            let texts = asked.0.texts(name, about);
            let mut all = Vec::new();
            for text in &texts {
                match Ports::read(text) {
                    Some(ports) => all.push(ports),
                    None => asked.0.complain(
                        name,
                        format!("`{name}`: {text:?} is no port, as `22`, `8000-8999` or `53/udp`"),
                    ),
                }
            }
            (!texts.is_empty()).then_some(all)
        };
        let allow = ports("allow", "Ports that may be exposed; all others may not.");
        let deny = ports("deny", "Ports that may not be exposed.");
        asked.0.need(
            allow.is_some() || deny.is_some(),
            "an `exposed-port` needs `allow` or `deny`",
        );
        Box::new(PortLists { allow, deny })
    }
}

#[derive(Debug)]
struct Ports {
    range: RangeInclusive<u16>,
    protocol: Option<String>,
}

impl Ports {
    fn read(text: &str) -> Option<Self> {
        let (range, protocol) = match text.split_once('/') {
            Some((range, protocol)) => (range, Some(protocol.trim().to_ascii_lowercase())),
            None => (text, None),
        };
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let range = first.trim().parse().ok()?..=last.trim().parse().ok()?;
        (!range.is_empty()).then_some(Self { range, protocol })
    }

    fn meets(&self, other: &Self) -> bool {
        let protocol = |ports: &Self| ports.protocol.clone().unwrap_or_else(|| "tcp".to_owned());
        self.range.start() <= other.range.end()
            && other.range.start() <= self.range.end()
            && self
                .protocol
                .as_ref()
                .is_none_or(|wanted| *wanted == protocol(other))
    }

    fn holds(&self, other: &Self) -> bool {
        self.meets(other)
            && self.range.start() <= other.range.start()
            && other.range.end() <= self.range.end()
    }
}

struct PortLists {
    allow: Option<Vec<Ports>>,
    deny: Option<Vec<Ports>>,
}

impl Judge for PortLists {
    fn judge(&self, facts: &Facts<'_>) -> Result<Judgement, String> {
        let exposed = &facts.report.image.config.exposed_ports;
        let mut evidence = Vec::new();
        for text in exposed {
            let Some(ports) = Ports::read(text) else {
                return Err(format!("the image exposes {text:?}, which is no port"));
            };
            let is_refused = self
                .allow
                .as_ref()
                .is_some_and(|list| !list.iter().any(|allowed| allowed.holds(&ports)))
                || self
                    .deny
                    .as_ref()
                    .is_some_and(|list| list.iter().any(|denied| denied.meets(&ports)));
            if is_refused {
                evidence.push(Evidence::new(
                    format!("{text} is exposed"),
                    &[text, text.split('/').next().unwrap_or(text)],
                ));
            }
        }
        let count = evidence.len();
        Judgement::of(
            evidence,
            format!("{count} exposed ports are not allowed"),
            "no exposed port is refused",
        )
    }
}

pub(super) struct HealthcheckCheck;

impl Check for HealthcheckCheck {
    fn name(&self) -> &'static str {
        "healthcheck"
    }

    fn title(&self) -> &'static str {
        "The image says how a container is asked for its health"
    }

    fn about(&self) -> &'static str {
        "`HEALTHCHECK NONE` counts as none."
    }

    fn example(&self) -> &'static str {
        "command: \"curl|wget\""
    }

    fn prepare(&self, asked: &mut Asked<'_, '_>) -> Box<dyn Judge> {
        Box::new(Health(asked.0.patterns(
            "command",
            "Regular expressions, one of which the command must fit.",
        )))
    }
}

struct Health(Patterns);

impl Judge for Health {
    fn judge(&self, facts: &Facts<'_>) -> Result<Judgement, String> {
        let test = facts
            .report
            .image
            .config
            .healthcheck
            .as_ref()
            .map(|health| health.test.as_slice())
            .unwrap_or_default();
        if test.is_empty() || test.first().is_some_and(|word| word == "NONE") {
            return Judgement::of(
                vec![Evidence::new("there is no HEALTHCHECK", &["HEALTHCHECK"])],
                "there is no HEALTHCHECK",
                "",
            );
        }
        let command = test.get(1..).unwrap_or_default().join(" ");
        if self.0.is_empty() || self.0.iter().any(|(_, pattern)| pattern.is_match(&command)) {
            return Judgement::holds(format!("health is asked by `{command}`"));
        }
        let said = format!("health is asked by `{command}`, which is not as it should be");
        Judgement::of(
            vec![Evidence::new(said.clone(), &["HEALTHCHECK"])],
            said,
            "",
        )
    }
}

pub(super) struct Env;

impl Check for Env {
    fn name(&self) -> &'static str {
        "env"
    }

    fn title(&self) -> &'static str {
        "No variable has a refused name or value, and the required ones are there"
    }

    fn about(&self) -> &'static str {
        "Values of variables that break the rule are not repeated: they may be secrets."
    }

    fn example(&self) -> &'static str {
        "name: \"(?i)password|secret|token\""
    }

    fn prepare(&self, asked: &mut Asked<'_, '_>) -> Box<dyn Judge> {
        let fields = &mut *asked.0;
        let names = fields.patterns("name", "Regular expressions of names that may not be set.");
        let values = fields.patterns(
            "value",
            "Regular expressions of values; with `name`, of variables of such names.",
        );
        let required = fields.texts("required", "Names that must be set.");
        fields.need(
            !(names.is_empty() && values.is_empty() && required.is_empty()),
            "an `env` needs `name`, `value` or `required`",
        );
        Box::new(Variables {
            names,
            values,
            required,
        })
    }
}

struct Variables {
    names: Patterns,
    values: Patterns,
    required: Vec<String>,
}

impl Judge for Variables {
    fn judge(&self, facts: &Facts<'_>) -> Result<Judgement, String> {
        let env = &facts.report.image.config.env;
        let mut evidence = Vec::new();
        for variable in env {
            let (name, value) = variable.split_once('=').unwrap_or((variable, ""));
            let by_name = self
                .names
                .iter()
                .find(|(_, pattern)| pattern.is_match(name));
            let by_value = self
                .values
                .iter()
                .find(|(_, pattern)| pattern.is_match(value));
            let is_refused = match (self.names.is_empty(), self.values.is_empty()) {
                (true, true) => false,
                (false, true) => by_name.is_some(),
                (true, false) => by_value.is_some(),
                (false, false) => by_name.is_some() && by_value.is_some(),
            };
            if is_refused {
                evidence.push(Evidence {
                    path: Some(format!("config:env/{name}")),
                    ..Evidence::new(format!("the variable {name} is set"), &[name])
                });
            }
        }
        for name in &self.required {
            if !env
                .iter()
                .any(|variable| variable.split('=').next() == Some(name))
            {
                evidence.push(Evidence::new(
                    format!("the variable {name} is not set"),
                    &[name],
                ));
            }
        }
        let count = evidence.len();
        Judgement::of(
            evidence,
            format!("{count} variables are not as they should be"),
            "the variables are as they should be",
        )
    }
}

pub(super) struct Label;

impl Check for Label {
    fn name(&self) -> &'static str {
        "label"
    }

    fn title(&self) -> &'static str {
        "The image has these labels, and none of those"
    }

    fn about(&self) -> &'static str {
        "`required` is a table from labels to regular expressions of their values; an empty expression fits any value."
    }

    fn example(&self) -> &'static str {
        "required:\n  org.opencontainers.image.source: ^https://\n  maintainer: \"\""
    }

    fn prepare(&self, asked: &mut Asked<'_, '_>) -> Box<dyn Judge> {
        let fields = &mut *asked.0;
        let mut required = Vec::new();
        for (line, label, pattern) in fields.table(
            "required",
            "Labels that must be there, with expressions of their values.",
        ) {
            if let Some(regex) = fields.expression(line, "required", &pattern) {
                required.push((label, pattern, regex));
            }
        }
        let denied = fields.globs("deny", "Labels that may not be there; globs.");
        fields.need(
            !required.is_empty() || denied.is_some(),
            "a `label` needs `required` or `deny`",
        );
        Box::new(Labels { required, denied })
    }
}

struct Labels {
    required: Vec<(String, String, regex::Regex)>,
    denied: Option<Globs>,
}

impl Judge for Labels {
    fn judge(&self, facts: &Facts<'_>) -> Result<Judgement, String> {
        let labels = &facts.report.image.config.labels;
        let mut evidence = Vec::new();
        for (label, pattern, regex) in &self.required {
            match labels.get(label) {
                None => evidence.push(Evidence::new(
                    format!("there is no label {label}"),
                    &[label],
                )),
                Some(value) if !regex.is_match(value) => evidence.push(Evidence {
                    path: Some(format!("config:label/{label}")),
                    ..Evidence::new(
                        format!("the label {label} is `{value}`, which does not fit `{pattern}`"),
                        &[label],
                    )
                }),
                Some(_) => {}
            }
        }
        if let Some(denied) = &self.denied {
            for label in labels.keys().filter(|label| denied.fits(label)) {
                evidence.push(Evidence {
                    path: Some(format!("config:label/{label}")),
                    ..Evidence::new(format!("there is the label {label}"), &[label])
                });
            }
        }
        let count = evidence.len();
        Judgement::of(
            evidence,
            format!("{count} labels are not as they should be"),
            "the labels are as they should be",
        )
    }
}

pub(super) struct PlatformCheck;

impl Check for PlatformCheck {
    fn name(&self) -> &'static str {
        "platform"
    }

    fn title(&self) -> &'static str {
        "The image is for one of these platforms"
    }

    fn about(&self) -> &'static str {
        "A platform is `OS/ARCH` or `OS/ARCH/VARIANT`, as in `linux/arm64`."
    }

    fn example(&self) -> &'static str {
        "allow: [linux/amd64, linux/arm64*]"
    }

    fn prepare(&self, asked: &mut Asked<'_, '_>) -> Box<dyn Judge> {
        let allow = asked.0.globs("allow", "Platforms; globs.");
        asked.0.need(allow.is_some(), "a `platform` needs `allow`");
        Box::new(Platforms(allow))
    }
}

struct Platforms(Option<Globs>);

impl Judge for Platforms {
    fn judge(&self, facts: &Facts<'_>) -> Result<Judgement, String> {
        let platform = &facts.report.image.platform;
        let (Some(os), Some(architecture)) = (&platform.os, &platform.architecture) else {
            return Err("the image does not say what it is for".to_owned());
        };
        let short = format!("{os}/{architecture}");
        let long = platform
            .variant
            .as_ref()
            .map_or_else(|| short.clone(), |variant| format!("{short}/{variant}"));
        let is_allowed = self
            .0
            .as_ref()
            .is_some_and(|globs| globs.fits(&short) || globs.fits(&long));
        let evidence = if is_allowed {
            Vec::new()
        } else {
            vec![Evidence::new(format!("it is for {long}"), &[&long])]
        };
        Judgement::of(
            evidence,
            format!("it is for {long}, which is not allowed"),
            format!("it is for {long}"),
        )
    }
}
