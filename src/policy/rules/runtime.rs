//! Runtimes of languages that get no fixes any more.

use crate::policy::{Asked, Check, Evidence, Facts, Judge, Judgement};
use jiff::civil::Date;

pub(super) struct Runtime;

impl Check for Runtime {
    fn name(&self) -> &'static str {
        "runtime"
    }

    fn title(&self) -> &'static str {
        "No runtime of a language is out of support"
    }

    fn about(&self) -> &'static str {
        "Python, Node.js, Ruby, PHP and Go, by the last day with fixes that their makers have published. What a distribution packages is the distribution's to \
         mend as long as it is supported, and does not count unless `packaged: true`."
    }

    fn example(&self) -> &'static str {
        "days-before: 90"
    }

    fn prepare(&self, asked: &mut Asked<'_, '_>) -> Box<dyn Judge> {
        Box::new(Runtimes {
            before: asked
                .0
                .number("days-before", "Break the rule so many days before the end."),
            packaged: asked.0.flag(
                "packaged",
                "`true`: what the distribution has packaged counts, too.",
            ),
        })
    }
}

/// Name of the package by kind, beginning of the version, and the last day with fixes, as the makers of each publish it (Python: PEP 596 and
/// its siblings; Node.js: the release schedule; Ruby: maintenance branches; PHP: supported versions; Go: two newest releases), 2026-11.
const ENDS: &[(&str, &str, &str, &str)] = &[
    ("python", "2.7", "python", "2020-01-01"),
    ("python", "3.6", "python", "2021-12-23"),
    ("python", "3.7", "python", "2023-06-27"),
    ("python", "3.8", "python", "2024-10-07"),
    ("python", "3.9", "python", "2025-10-31"),
    ("python", "3.10", "python", "2026-10-31"),
    ("python", "3.11", "python", "2027-10-31"),
    ("python", "3.12", "python", "2028-10-31"),
    ("python", "3.13", "python", "2029-10-31"),
    ("node", "12", "node", "2022-04-30"),
    ("node", "14", "node", "2023-04-30"),
    ("node", "16", "node", "2023-09-11"),
    ("node", "18", "node", "2025-04-30"),
    ("node", "20", "node", "2026-04-30"),
    ("node", "22", "node", "2027-04-30"),
    ("node", "24", "node", "2028-04-30"),
    ("ruby", "2.7", "ruby", "2023-03-31"),
    ("ruby", "3.0", "ruby", "2024-04-23"),
    ("ruby", "3.1", "ruby", "2025-03-26"),
    ("ruby", "3.2", "ruby", "2026-03-31"),
    ("ruby", "3.3", "ruby", "2027-03-31"),
    ("php", "7.4", "php", "2022-11-28"),
    ("php", "8.0", "php", "2023-11-26"),
    ("php", "8.1", "php", "2025-12-31"),
    ("php", "8.2", "php", "2026-12-31"),
    ("php", "8.3", "php", "2027-12-31"),
];

struct Runtimes {
    before: Option<f64>,
    packaged: Option<bool>,
}

/// The runtime and version that a package is, as written.
fn runtime(kind: &str, name: &str, is_system: bool) -> Option<&'static str> {
    match (kind, name) {
        ("bitnami", "python" | "node" | "ruby" | "php") => ["python", "node", "ruby", "php"]
            .into_iter()
            .find(|runtime| *runtime == name),
        _ if is_system => {
            let plain = name
                .trim_end_matches(|sign: char| sign.is_ascii_digit() || sign == '.' || sign == '-');
            match plain {
                "python" => Some("python"),
                "node" | "nodejs" => Some("node"),
                "ruby" => Some("ruby"),
                "php" | "php-cli" => Some("php"),
                _ => None,
            }
        }
        _ => None,
    }
}

impl Judge for Runtimes {
    fn judge(&self, facts: &Facts<'_>) -> Result<Judgement, String> {
        let today = facts.now.to_zoned(jiff::tz::TimeZone::UTC).date();
        #[expect(
            clippy::cast_possible_truncation,
            reason = "days within a person's life"
        )]
        let ahead = self.before.unwrap_or_default().min(36_500.0) as i64;
        let limit = today
            .checked_add(jiff::Span::new().days(ahead))
            .unwrap_or(today);
        let mut evidence = Vec::new();
        let mut found: Vec<(&'static str, String, Option<String>, Option<u32>)> = Vec::new();
        for package in &facts.report.packages {
            let is_system = crate::packages::KINDS
                .iter()
                .any(|kind| kind.name == package.kind && kind.system);
            if is_system && self.packaged != Some(true) {
                continue;
            }
            if let Some(runtime) = runtime(&package.kind, &package.name, is_system) {
                let version = package
                    .version
                    .rsplit(':')
                    .next()
                    .unwrap_or_default()
                    .to_owned();
                let place = package.locations.first();
                found.push((
                    runtime,
                    version,
                    place.map(|place| place.path.clone()),
                    place.map(|place| place.layer),
                ));
            }
        }
        // Official images of languages say it in their variables.
        for variable in &facts.report.image.config.env {
            let (name, value) = variable.split_once('=').unwrap_or((variable, ""));
            let runtime = match name {
                "PYTHON_VERSION" => "python",
                "NODE_VERSION" => "node",
                "RUBY_VERSION" => "ruby",
                "PHP_VERSION" => "php",
                _ => continue,
            };
            found.push((
                runtime,
                value.to_owned(),
                Some(format!("config:env/{name}")),
                None,
            ));
        }
        for (name, version, path, layer) in found {
            let of_version = |beginning: &str| {
                version
                    .strip_prefix(beginning)
                    .is_some_and(|rest| !rest.starts_with(|sign: char| sign.is_ascii_digit()))
            };
            let end = ENDS
                .iter()
                .find(|(runtime, beginning, _, _)| *runtime == name && of_version(beginning));
            let Some(day) = end.and_then(|(_, _, _, day)| day.parse::<Date>().ok()) else {
                continue;
            };
            if day < limit {
                let said = if day < today {
                    format!("gets no fixes since {day}")
                } else {
                    format!("gets no fixes from {day} on")
                };
                evidence.push(Evidence {
                    path,
                    layer,
                    ..Evidence::new(format!("{name} {version} {said}"), &[name])
                });
            }
        }
        let count = evidence.len();
        Judgement::of(
            evidence,
            format!("{count} runtimes are out of support"),
            "no runtime is known to be out of support",
        )
    }
}
