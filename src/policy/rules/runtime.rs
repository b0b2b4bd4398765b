//! Runtimes of languages that get no fixes any more.

use crate::packages::KINDS;
use crate::policy::{Asked, Check, Evidence, Facts, Judge, Judgement};
use crate::report::Package;
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
        "Python, Node.js, Ruby, PHP, Go (also of programs that were built with it), .NET and Java, by the day from which they get no fixes any more: as the \
         database has it (feed `endoflife`), else as the program knew it in 2026-11. Found by the packages of Bitnami and Conda, by the modules of Go \
         programs and by the variables of official images (`PYTHON_VERSION`, …). What a distribution packages is the distribution's to mend as long \
         as it is supported, and does not count unless `packaged: true`."
    }

    fn example(&self) -> &'static str {
        "days-before: 90"
    }

    fn prepare(&self, asked: &mut Asked<'_, '_>) -> Box<dyn Judge> {
        let names = asked.0.texts(
            "name",
            "Only these: `python`, `node`, `ruby`, `php`, `go`, `dotnet`, `java`.",
        );
        for name in &names {
            if !RUNTIMES.iter().any(|runtime| runtime.name == name) {
                asked
                    .0
                    .complain("name", format!("`name`: there is no runtime `{name}`"));
            }
        }
        Box::new(Runtimes {
            names,
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

/// A language's runtime.
struct KnownRuntime {
    name: &'static str,
    /// What endoflife.date calls it.
    product: &'static str,
    /// Parts of a version that name a release.
    parts: usize,
    /// Variables of official images that hold the version.
    variables: &'static [&'static str],
    /// Packages of distributions, without the version in their names.
    packaged: &'static [&'static str],
    /// Releases, the newest last, and the day from which each gets no fixes; as of 2026-11, by the makers' own pages (Python's PEPs of
    /// each release, the schedules of Node.js, Ruby, PHP and .NET, Go's rule of two releases).
    ends: &'static [(&'static str, &'static str)],
}

const RUNTIMES: &[KnownRuntime] = &[
    KnownRuntime {
        name: "python",
        product: "python",
        parts: 2,
        variables: &["PYTHON_VERSION"],
        packaged: &["python"],
        ends: &[
            ("2.7", "2020-01-01"),
            ("3.6", "2021-12-23"),
            ("3.7", "2023-06-27"),
            ("3.8", "2024-10-07"),
            ("3.9", "2025-10-31"),
            ("3.10", "2026-10-31"),
            ("3.11", "2027-10-31"),
            ("3.12", "2028-10-31"),
            ("3.13", "2029-10-31"),
            ("3.14", "2030-10-31"),
        ],
    },
    KnownRuntime {
        name: "node",
        product: "nodejs",
        parts: 1,
        variables: &["NODE_VERSION"],
        packaged: &["node", "nodejs"],
        ends: &[
            ("12", "2022-04-30"),
            ("13", "2020-06-01"),
            ("14", "2023-04-30"),
            ("15", "2021-06-01"),
            ("16", "2023-09-11"),
            ("17", "2022-06-01"),
            ("18", "2025-04-30"),
            ("19", "2023-06-01"),
            ("20", "2026-04-30"),
            ("21", "2024-06-01"),
            ("22", "2027-04-30"),
            ("23", "2025-06-01"),
            ("24", "2028-04-30"),
            ("25", "2026-06-01"),
        ],
    },
    KnownRuntime {
        name: "ruby",
        product: "ruby",
        parts: 2,
        variables: &["RUBY_VERSION"],
        packaged: &["ruby"],
        ends: &[
            ("2.7", "2023-03-31"),
            ("3.0", "2024-04-23"),
            ("3.1", "2025-03-26"),
            ("3.2", "2026-03-31"),
            ("3.3", "2027-03-31"),
            ("3.4", "2028-03-31"),
        ],
    },
    KnownRuntime {
        name: "php",
        product: "php",
        parts: 2,
        variables: &["PHP_VERSION"],
        packaged: &["php", "php-cli"],
        ends: &[
            ("7.4", "2022-11-28"),
            ("8.0", "2023-11-26"),
            ("8.1", "2025-12-31"),
            ("8.2", "2026-12-31"),
            ("8.3", "2027-12-31"),
            ("8.4", "2028-12-31"),
        ],
    },
    KnownRuntime {
        name: "go",
        product: "go",
        parts: 2,
        variables: &["GOLANG_VERSION"],
        packaged: &["golang", "go"],
        ends: &[
            ("1.18", "2023-02-01"),
            ("1.19", "2023-09-06"),
            ("1.20", "2024-02-06"),
            ("1.21", "2024-08-13"),
            ("1.22", "2025-02-11"),
            ("1.23", "2025-08-12"),
            ("1.24", "2026-02-11"),
        ],
    },
    KnownRuntime {
        name: "dotnet",
        product: "dotnet",
        parts: 1,
        variables: &["DOTNET_VERSION", "ASPNET_VERSION", "DOTNET_SDK_VERSION"],
        packaged: &["dotnet-runtime", "aspnetcore-runtime"],
        ends: &[
            ("3", "2022-12-13"),
            ("5", "2022-05-10"),
            ("6", "2024-11-12"),
            ("7", "2024-05-14"),
            ("8", "2026-11-10"),
            ("9", "2026-11-10"),
        ],
    },
    // Each vendor of Java has days of its own: those of the images that nearly all take.
    KnownRuntime {
        name: "java",
        product: "eclipse-temurin",
        parts: 1,
        variables: &["JAVA_VERSION"],
        packaged: &[],
        ends: &[],
    },
];

/// How the support of a release ends.
enum End {
    On(Date),
    /// It was over before anybody would ask.
    LongAgo,
}

impl KnownRuntime {
    /// The runtime that a package is.
    fn of(package: &Package, is_system: bool) -> Option<&'static Self> {
        let name = package.name.as_str();
        let plain =
            name.trim_end_matches(|sign: char| sign.is_ascii_digit() || sign == '.' || sign == '-');
        RUNTIMES.iter().find(|runtime| match package.kind.as_str() {
            "golang" => runtime.name == "go" && name == "stdlib",
            "bitnami" | "conda" => {
                runtime.name == name || runtime.product == name || runtime.packaged.contains(&name)
            }
            _ => is_system && runtime.packaged.contains(&plain),
        })
    }

    /// The release that a version is of: `3.8` of `1:3.8.2-1+b1`, `17` of `jdk-17.0.9+9`, `8` of `1.8.0_392`.
    fn release(&self, version: &str) -> Option<String> {
        let version = version.rsplit(':').next().unwrap_or_default();
        let version = version.trim_start_matches(|sign: char| !sign.is_ascii_digit());
        let version = match self.name {
            "java" => version.strip_prefix("1.").unwrap_or(version),
            _ => version,
        };
        let mut parts = version
            .split(|sign: char| !sign.is_ascii_digit())
            .take(self.parts);
        let release = parts.by_ref().collect::<Vec<_>>().join(".");
        let is_whole = release.split('.').filter(|part| !part.is_empty()).count() == self.parts;
        is_whole.then_some(release)
    }

    fn end(&self, release: &str, facts: &Facts<'_>) -> Option<End> {
        let by_database = facts.ends.and_then(|ends| ends.end(self.product, release));
        if let Some(day) = by_database {
            // Of some it is known that they ended, not when.
            return Some(day.parse().map_or(End::LongAgo, End::On));
        }
        if let Some((_, day)) = self.ends.iter().find(|(known, _)| *known == release) {
            return day.parse().ok().map(End::On);
        }
        let numbers = |release: &str| -> Vec<u64> {
            let parts = release
                .split('.')
                .map(|part| part.parse().unwrap_or(u64::MAX));
            parts.collect()
        };
        // All that came before the newest and still gets fixes is in the list.
        let (newest, _) = self.ends.last()?;
        (numbers(release) < numbers(newest)).then_some(End::LongAgo)
    }
}

struct Runtimes {
    names: Vec<String>,
    before: Option<f64>,
    packaged: Option<bool>,
}

/// A runtime that is there.
struct Found {
    runtime: &'static KnownRuntime,
    version: String,
    path: Option<String>,
    layer: Option<u32>,
}

impl Runtimes {
    fn found(&self, facts: &Facts<'_>) -> Vec<Found> {
        let mut found = Vec::new();
        for package in &facts.report.packages {
            let is_system = KINDS
                .iter()
                .any(|kind| kind.name == package.kind && kind.system);
            if is_system && self.packaged != Some(true) {
                continue;
            }
            let Some(runtime) = KnownRuntime::of(package, is_system) else {
                continue;
            };
            for place in &package.locations {
                found.push(Found {
                    runtime,
                    version: package.version.clone(),
                    path: Some(place.path.clone()),
                    layer: Some(place.layer),
                });
            }
        }
        // Official images of languages say it in their variables.
        for variable in &facts.report.image.config.env {
            let (name, value) = variable.split_once('=').unwrap_or((variable, ""));
            let runtime = RUNTIMES
                .iter()
                .find(|runtime| runtime.variables.contains(&name));
            found.extend(runtime.map(|runtime| Found {
                runtime,
                version: value.to_owned(),
                path: Some(format!("config:env/{name}")),
                layer: None,
            }));
        }
        found.retain(|found| {
            self.names.is_empty() || self.names.iter().any(|name| name == found.runtime.name)
        });
        found
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
        for found in self.found(facts) {
            let Found {
                runtime, version, ..
            } = &found;
            let Some(end) = runtime
                .release(version)
                .and_then(|release| runtime.end(&release, facts))
            else {
                continue;
            };
            let said = match end {
                End::LongAgo => "gets no fixes any more".to_owned(),
                End::On(day) if day >= limit => continue,
                End::On(day) if day < today => format!("gets no fixes since {day}"),
                End::On(day) => format!("gets no fixes from {day} on"),
            };
            let name = runtime.name;
            evidence.push(Evidence {
                message: format!("{name} {version} {said}"),
                path: found.path,
                layer: found.layer,
                line: None,
                names: vec![name.to_owned()],
            });
        }
        let count = evidence.len();
        Judgement::of(
            evidence,
            format!("{count} runtimes are out of support"),
            "no runtime is known to be out of support",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_of_versions() {
        let release = |name: &str, version: &str| {
            let runtime = RUNTIMES.iter().find(|runtime| runtime.name == name);
            runtime.unwrap().release(version)
        };
        for (name, version, expected) in [
            ("python", "3.8.2", Some("3.8")),
            ("python", "1:3.11.2-1+b1", Some("3.11")),
            ("python", "3", None),
            ("node", "v20.1.0", Some("20")),
            ("java", "jdk-17.0.9+9", Some("17")),
            ("java", "8u392", Some("8")),
            ("java", "1.8.0_392", Some("8")),
            ("go", "go1.19.4", Some("1.19")),
            ("dotnet", "8.0.1", Some("8")),
            ("dotnet", "", None),
        ] {
            assert_eq!(release(name, version).as_deref(), expected, "{version}");
        }
    }
}
