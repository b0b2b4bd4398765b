//! Settings of a scan from three places: flags, then `LAYERSCAN_*` variables, then `layerscan.toml`.
//!
//! There is one definition of each setting, the flag. A variable or a key of the file is turned into that flag and
//! parsed by the same parser, so that the three can never disagree on a name, a value or a default.

use super::failure::Failure;
use super::output::Output;
use crate::matching::Severity;
use crate::packages::KINDS;
use anyhow::{Context, anyhow};
use clap::builder::{
    BoolishValueParser, PossibleValuesParser, RangedU64ValueParser, TypedValueParser,
};
use clap::{Args, FromArgMatches};
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

/// The settings file that is read without being asked for.
pub(super) const FILE: &str = "layerscan.toml";
/// What all variables begin with.
const PREFIX: &str = "LAYERSCAN_";
/// Variables that belong to the program and are no settings of a scan.
const OTHER_VARIABLES: &[&str] = &[
    "LAYERSCAN_BENCH_IMAGE",
    "LAYERSCAN_CONFIG",
    "LAYERSCAN_DB_PUBLIC_KEY",
    "LAYERSCAN_DB_URL",
    "LAYERSCAN_FEEDS",
];

/// The flags of a scan; `None` where one was not given.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Settings {
    /// Output format (see docs/report.md for all). With =FILE it is written there; may be given several times [default: table].
    #[arg(long, short, value_name = "FORMAT[=FILE]", value_delimiter = ',', value_parser = Output::parse)]
    pub(super) format: Option<Vec<Output>>,

    /// Write to FILE what would go to standard output.
    #[arg(long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,

    /// The template of the format `template`, which is then the default one.
    #[arg(long, value_name = "FILE")]
    pub(super) template: Option<PathBuf>,

    /// Vulnerability database [default: the one in the user's cache folder, else the built-in seed].
    #[arg(long, value_name = "FILE")]
    pub(super) db: Option<PathBuf>,

    /// End with exit code 1 if a finding is this severe or worse.
    #[arg(long, value_name = "SEVERITY", ignore_case = true, value_parser = severity())]
    pub(super) fail_on: Option<Severity>,

    /// Report only what an update would fix.
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL", value_parser = BoolishValueParser::new(), hide_possible_values = true)]
    pub(super) only_fixed: Option<bool>,

    /// Silence a vulnerability by any of its ids: it stays in the JSON, but is not listed and does not count.
    #[arg(long, value_name = "ID", value_delimiter = ',', num_args = 1)]
    pub(super) ignore_id: Option<Vec<String>>,

    /// Waivers: layerscan's own file, or one that was written for Trivy, grype or clair-scanner; what they name stays in the JSON,
    /// but is not listed and does not count [default: layerscan-ignore.yaml in the current folder, where there is one].
    #[arg(long, value_name = "FILE", num_args = 1)]
    pub(super) ignore_file: Option<Vec<PathBuf>>,

    /// A VEX document (`OpenVEX`, CSAF, `CycloneDX`): what it says is not affected is silenced.
    #[arg(long, value_name = "FILE", num_args = 1)]
    pub(super) vex: Option<Vec<PathBuf>>,

    /// Judge the image by a policy: a file, or default, strict, cis or config; may be given several times.
    #[arg(long, value_name = "FILE|NAME", num_args = 1)]
    pub(super) policy: Option<Vec<String>>,

    /// The image that this one was made from, as an archive or layout: what is its own and what the base's is told apart.
    #[arg(long, value_name = "ARCHIVE")]
    pub(super) base: Option<PathBuf>,
    /// The Dockerfile that the image was made by, for rules about its instructions.
    #[arg(long, value_name = "FILE")]
    pub(super) dockerfile: Option<PathBuf>,

    /// Of an image for several platforms take this one [default: this machine's].
    #[arg(long, value_name = "OS/ARCH[/VARIANT]")]
    pub(super) platform: Option<String>,

    /// Of an archive with several images scan this one.
    #[arg(long, value_name = "NAME:TAG", conflicts_with = "all")]
    pub(super) image: Option<String>,

    /// Of an archive with several images scan all.
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL", value_parser = BoolishValueParser::new(), hide_possible_values = true)]
    pub(super) all: Option<bool>,

    /// Check the digests of all layers.
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL", value_parser = BoolishValueParser::new(), hide_possible_values = true)]
    pub(super) verify: Option<bool>,

    /// End with exit code 2 if there is a warning.
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL", value_parser = BoolishValueParser::new(), hide_possible_values = true)]
    pub(super) strict: Option<bool>,

    /// End with exit code 0 where it would be 1.
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL", value_parser = BoolishValueParser::new(), hide_possible_values = true)]
    pub(super) exit_zero: Option<bool>,

    /// Report notices that are no vulnerabilities too, such as that a package is unmaintained.
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL", value_parser = BoolishValueParser::new(), hide_possible_values = true)]
    pub(super) informational: Option<bool>,

    /// Packages to report, by kind; `os` stands for those of the system's package managers, `lang` for all others
    /// [default: all].
    #[arg(long, value_name = "KIND", value_delimiter = ',', num_args = 1, value_parser = kinds())]
    pub(super) only: Option<Vec<String>>,

    /// Paths that are left out, as globs: `**/test/**`; a folder stands for all below it. The databases of the system's
    /// package managers are read all the same.
    #[arg(long, value_name = "GLOB", num_args = 1, value_parser = glob)]
    pub(super) skip_path: Option<Vec<String>>,

    /// Match development dependencies too.
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL", value_parser = BoolishValueParser::new(), hide_possible_values = true)]
    pub(super) include_dev: Option<bool>,

    /// What to look for, with commas between: vulnerabilities (vuln), secrets (secret), licences (license), how a container would run (config) [default: vuln].
    #[arg(long, value_name = "SCANNER", value_delimiter = ',', num_args = 1, value_parser = scanner)]
    pub(super) scanners: Option<Vec<String>>,

    /// Rules for secrets beside the built-in ones, in their form (see docs/secrets.md).
    #[arg(long, value_name = "FILE", num_args = 1)]
    pub(super) secret_rules: Option<Vec<PathBuf>>,

    /// Threads to work with [default: one for each processor].
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..=1024))]
    pub(super) threads: Option<usize>,

    /// Report the time that each stage took.
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL", value_parser = BoolishValueParser::new(), hide_possible_values = true)]
    pub(super) timings: Option<bool>,

    /// No progress bar and no notes; errors only.
    #[arg(long, short, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL", value_parser = BoolishValueParser::new(), hide_possible_values = true)]
    pub(super) quiet: Option<bool>,
}

/// Words for how bad something is.
pub(super) fn severity() -> impl TypedValueParser<Value = Severity> {
    PossibleValuesParser::new(Severity::ALL.map(Severity::as_str))
        .map(|word| word.parse().unwrap_or(Severity::Unknown))
}

fn kinds() -> PossibleValuesParser {
    PossibleValuesParser::new(
        ["os", "lang"]
            .into_iter()
            .chain(KINDS.iter().map(|kind| kind.name)),
    )
}

fn glob(text: &str) -> Result<String, String> {
    let parsed = globset::Glob::new(text).map_err(|error| error.kind().to_string())?;
    Ok(parsed.glob().to_owned())
}

fn scanner(name: &str) -> Result<String, String> {
    match name {
        "vuln" | "secret" | "license" | "config" => Ok(name.to_owned()),
        _ => Err("there are `vuln`, `secret`, `license` and `config`".to_owned()),
    }
}

impl Settings {
    /// These settings, and where one is not given, the other's.
    fn or(self, other: Self) -> Self {
        Self {
            // Where the output goes is one decision: a flag for the one overrules the file for both.
            output: if self.format.is_some() {
                self.output
            } else {
                self.output.or(other.output)
            },
            format: self.format.or(other.format),
            template: self.template.or(other.template),
            db: self.db.or(other.db),
            fail_on: self.fail_on.or(other.fail_on),
            only_fixed: self.only_fixed.or(other.only_fixed),
            ignore_id: self.ignore_id.or(other.ignore_id),
            ignore_file: self.ignore_file.or(other.ignore_file),
            vex: self.vex.or(other.vex),
            policy: self.policy.or(other.policy),
            base: self.base.or(other.base),
            dockerfile: self.dockerfile.or(other.dockerfile),
            // Likewise for the choice of an image.
            image: if self.all == Some(true) {
                None
            } else {
                self.image.clone().or(other.image)
            },
            all: if self.image.is_some() {
                self.all
            } else {
                self.all.or(other.all)
            },
            platform: self.platform.or(other.platform),
            verify: self.verify.or(other.verify),
            strict: self.strict.or(other.strict),
            exit_zero: self.exit_zero.or(other.exit_zero),
            informational: self.informational.or(other.informational),
            only: self.only.or(other.only),
            skip_path: self.skip_path.or(other.skip_path),
            include_dev: self.include_dev.or(other.include_dev),
            scanners: self.scanners.or(other.scanners),
            secret_rules: self.secret_rules.or(other.secret_rules),
            threads: self.threads.or(other.threads),
            timings: self.timings.or(other.timings),
            quiet: self.quiet.or(other.quiet),
        }
    }

    /// Whether a scanner is asked for; only `vuln` where none is.
    pub(super) fn looks_for(&self, scanner: &str) -> bool {
        match &self.scanners {
            Some(scanners) => scanners.iter().any(|one| one == scanner),
            None => scanner == "vuln",
        }
    }

    /// The kinds of `--only`, with `os` and `lang` spelt out; empty for all.
    pub(super) fn kinds(&self) -> Vec<String> {
        let mut kinds: Vec<String> = Vec::new();
        for name in self.only.iter().flatten() {
            let meant = KINDS.iter().filter(|kind| match name.as_str() {
                "os" => kind.system,
                "lang" => !kind.system,
                _ => kind.name == name,
            });
            kinds.extend(meant.map(|kind| kind.name.to_owned()));
        }
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }
}

/// Settings merged from all places.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    /// The settings.
    pub(super) settings: Settings,
    /// What `ignore_id` came from, in the words of a report.
    pub(super) ignored_by: String,
    /// The settings file that was read.
    pub(super) file: Option<PathBuf>,
    /// Variables that look like settings and are none: the name, and the one that may have been meant.
    pub(super) unknown_variables: Vec<(String, Option<String>)>,
}

/// Merges flags, variables and the settings file.
pub(super) fn resolve(
    flags: Settings,
    config: Option<PathBuf>,
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Resolved, Failure> {
    let mut from_variables = Settings::default();
    let mut config = config;
    let mut unknown_variables = Vec::new();
    // Sorted, so that of two mistakes always the same one is named.
    let mut variables: Vec<(String, OsString)> = variables
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
        .filter(|(name, value)| name.starts_with(PREFIX) && !value.is_empty())
        .collect();
    variables.sort_unstable();
    for (name, value) in variables {
        if name == "LAYERSCAN_CONFIG" {
            config = config.or_else(|| Some(value.into()));
        } else if let Some(key) = keys().into_iter().find(|key| variable(key) == name) {
            let one =
                parse(&[flag(&key, &value)]).map_err(|message| anyhow!("{name}: {message}"))?;
            from_variables = from_variables.or(one);
        } else if !OTHER_VARIABLES.contains(&name.as_str()) {
            let known = keys().into_iter().map(|key| variable(&key));
            let meant = nearest(&name, known);
            unknown_variables.push((name, meant));
        }
    }
    let (from_file, file) = read_file(config)?;
    let ignored_by = if flags.ignore_id.is_some() {
        "--ignore-id".to_owned()
    } else if from_variables.ignore_id.is_some() {
        variable("ignore-id")
    } else {
        file.as_deref()
            .map(|path| path.display().to_string())
            .unwrap_or_default()
    };
    Ok(Resolved {
        settings: flags.or(from_variables).or(from_file),
        ignored_by,
        file,
        unknown_variables,
    })
}

/// The settings of the file, and which file that was.
fn read_file(config: Option<PathBuf>) -> Result<(Settings, Option<PathBuf>), Failure> {
    let asked_for = config.is_some();
    let path = config.unwrap_or_else(|| PathBuf::from(FILE));
    let text = match std::fs::read_to_string(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && !asked_for => {
            return Ok((Settings::default(), None));
        }
        other => other.with_context(|| path.display().to_string())?,
    };
    let settings = parse_file(&text, &path)?;
    Ok((settings, Some(path)))
}

/// Reads the text of a settings file; paths in it are taken from the folder it lies in.
fn parse_file(text: &str, path: &Path) -> Result<Settings, Failure> {
    let name = path.display();
    let table: toml::Table = toml::from_str(text).map_err(|error: toml::de::Error| {
        let line = error.span().map_or(1, |span| {
            text.get(..span.start).unwrap_or(text).matches('\n').count() + 1
        });
        anyhow!(
            "{name}: line {line}: {}",
            error.message().replace('\n', " ")
        )
    })?;
    let mut arguments = Vec::new();
    for (key, value) in &table {
        if !keys().contains(key) {
            let failure = Failure::from(anyhow!("{name}: there is no setting `{key}`"));
            return Err(match nearest(key, keys().into_iter()) {
                Some(meant) => failure.with_hint(format!("did you mean `{meant}`?")),
                None => failure.with_hint(format!("there are: {}", keys().join(", "))),
            });
        }
        let values = match value {
            toml::Value::Array(values) => values.iter().map(scalar).collect(),
            other => scalar(other).map(|value| vec![value]),
        };
        let values = values.ok_or_else(|| {
            anyhow!("{name}: `{key}` takes a text, a number, true or false, or a list")
        })?;
        let own: Vec<OsString> = values
            .iter()
            .map(|value| flag(key, OsStr::new(value)))
            .collect();
        // Each key by itself first, so that the message can name it.
        parse(&own).map_err(|message| anyhow!("{name}: `{key}`: {message}"))?;
        arguments.extend(own);
    }
    let mut settings = parse(&arguments).map_err(|message| anyhow!("{name}: {message}"))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    for path in [
        &mut settings.output,
        &mut settings.template,
        &mut settings.db,
    ]
    .into_iter()
    .flatten()
    {
        *path = folder.join(&*path);
    }
    for path in settings.secret_rules.iter_mut().flatten() {
        *path = folder.join(&*path);
    }
    for output in settings.format.iter_mut().flatten() {
        output.file = output.file.take().map(|file| folder.join(file));
    }
    Ok(settings)
}

fn scalar(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// The names of all settings: those of the flags.
pub(super) fn keys() -> Vec<String> {
    Settings::augment_args(clap::Command::new("settings"))
        .get_arguments()
        .filter_map(|argument| argument.get_long().map(str::to_owned))
        .collect()
}

/// `fail-on` → `LAYERSCAN_FAIL_ON`.
fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.to_ascii_uppercase().replace('-', "_"))
}

/// `fail-on`, `high` → `--fail-on=high`.
fn flag(key: &str, value: &OsStr) -> OsString {
    let mut flag = OsString::from(format!("--{key}="));
    flag.push(value);
    flag
}

/// Parses flags apart from any command; the error is one line that does not speak of flags.
fn parse(flags: &[OsString]) -> Result<Settings, String> {
    Settings::augment_args(
        clap::Command::new("settings")
            .no_binary_name(true)
            .disable_help_flag(true),
    )
    .try_get_matches_from(flags)
    .and_then(|matches| Settings::from_arg_matches(&matches))
    .map_err(|error| {
        let text = error.to_string();
        let lines: Vec<&str> = text
            .lines()
            .map(str::trim)
            .take_while(|line| !line.is_empty())
            .collect();
        lines.join(" ").trim_start_matches("error: ").to_owned()
    })
}

/// The name that was probably meant.
pub(super) fn nearest(name: &str, known: impl Iterator<Item = String>) -> Option<String> {
    let name = name.to_ascii_lowercase().replace('_', "-");
    known
        .map(|known| {
            (
                strsim::damerau_levenshtein(&name, &known.to_ascii_lowercase().replace('_', "-")),
                known,
            )
        })
        .filter(|(distance, known)| *distance <= 3.min(known.len() / 2))
        .min()
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests;
