//! What may stand on the command line. The flags of a scan are in [`super::settings`], since the settings file and
//! the environment have them too.

use super::output::Output;
use super::settings::{Settings, severity};
use crate::matching::Severity;
use crate::versions::SCHEMES;
use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand};
use std::ffi::OsString;
use std::path::PathBuf;

/// Finds known vulnerabilities in container images, without a daemon, a server or a network.
#[derive(Debug, Parser)]
#[command(
    name = "layerscan",
    version,
    disable_help_subcommand = true,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "Exit codes: 0 pass, 1 stop (--fail-on), 2 it could not be told.\n\
                  Every flag of `scan` is also a key of layerscan.toml and a variable LAYERSCAN_FLAG; a flag \
                  overrules a variable, a variable the file."
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Scan(Box<Scan>),
    Explain(Box<Explain>),
    Convert(Convert),
    Diff(Box<Diff>),
    Policy(PolicyArguments),
    Db(Db),
    CompareVersions(CompareVersions),
    Completions(Completions),
    Man(Man),
}

/// Scan images: `docker save` archives, OCI layouts, or an archive on standard input.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    docker save app:latest | layerscan scan -\n  \
    layerscan scan app.tar --fail-on high --only-fixed\n  \
    layerscan scan oci-layout:1.0 -f json=report.json -f table")]
pub(super) struct Scan {
    /// An archive, an OCI layout (with :TAG or @DIGEST where it holds several images), or `-` for standard input; a folder;
    /// a CycloneDX or SPDX document.
    #[arg(value_name = "IMAGE", required = true)]
    pub(super) images: Vec<OsString>,

    #[command(flatten)]
    pub(super) settings: Settings,

    #[command(flatten)]
    pub(super) config: Config,
}

/// Explain why an image is affected by a vulnerability, or is not: which packages, which records, which comparison.
///
/// The flags are those of `scan`; with `-f json` the answer is for programs.
#[derive(Debug, Args)]
pub(super) struct Explain {
    /// The vulnerability, by any of its ids.
    #[arg(value_name = "ID")]
    pub(super) id: String,

    /// An image, as for `scan`.
    #[arg(value_name = "IMAGE")]
    pub(super) subject: OsString,

    #[command(flatten)]
    pub(super) settings: Settings,

    #[command(flatten)]
    pub(super) config: Config,
}

/// Write a saved JSON report in other formats.
///
/// The answer is about the image as it was scanned then: nothing is matched anew, and the exit code is 0.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    layerscan convert report.json -f sarif=out.sarif -f table\n  \
    layerscan scan app.tar -f json | layerscan convert - -f cyclonedx")]
pub(super) struct Convert {
    /// A report that `scan -f json` wrote, or `-` for standard input.
    #[arg(value_name = "REPORT")]
    pub(super) report: OsString,

    #[command(flatten)]
    pub(super) form: Form,
}

/// Show what changed between two images: vulnerabilities that are new, fixed or otherwise judged, and packages.
///
/// OLD and NEW are images, as for `scan`, or reports that `scan -f json` wrote. Other settings of a scan are taken from the settings
/// file and the variables.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    layerscan diff yesterday.json app.tar --fail-on-new high\n  \
    layerscan diff app-1.0.tar app-1.1.tar -f json")]
pub(super) struct Diff {
    /// The older image or report.
    #[arg(value_name = "OLD")]
    pub(super) old: OsString,

    /// The newer one.
    #[arg(value_name = "NEW")]
    pub(super) new: OsString,

    /// End with exit code 1 if a new finding is this severe or worse.
    #[arg(long, value_name = "SEVERITY", ignore_case = true, value_parser = severity())]
    pub(super) fail_on_new: Option<Severity>,

    /// `table` for people, `json` for programs.
    #[arg(long, short, value_name = "FORMAT", default_value = "table", value_parser = ["table", "json"])]
    pub(super) format: String,

    /// Vulnerability database, where an image is scanned [default: as for `scan`].
    #[arg(long, value_name = "FILE")]
    pub(super) db: Option<PathBuf>,

    /// Waivers, where an image is scanned [default: as for `scan`].
    #[arg(long, value_name = "FILE", num_args = 1)]
    pub(super) ignore_file: Option<Vec<PathBuf>>,

    /// A VEX document, where an image is scanned.
    #[arg(long, value_name = "FILE", num_args = 1)]
    pub(super) vex: Option<Vec<PathBuf>>,

    /// No progress bar and no notes; errors only.
    #[arg(long, short)]
    pub(super) quiet: bool,

    #[command(flatten)]
    pub(super) config: Config,
}

/// What a report is written as, and where.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Form {
    /// Output format, as for `scan`. With =FILE it is written there; may be given several times [default: table].
    #[arg(long, short, value_name = "FORMAT[=FILE]", value_delimiter = ',', value_parser = Output::parse)]
    pub(super) format: Option<Vec<Output>>,

    /// Write to FILE what would go to standard output.
    #[arg(long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,

    /// The template of the format `template`.
    #[arg(long, value_name = "FILE")]
    pub(super) template: Option<PathBuf>,
}

/// Check policy files, and learn how to write them.
#[derive(Debug, Args)]
#[command(
    name = "policy",
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
pub(super) struct PolicyArguments {
    #[command(subcommand)]
    pub(super) command: PolicyCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum PolicyCommand {
    /// Read policies and say what is wrong with them, or which rules they have.
    Check {
        /// Files, or names of built-in policies.
        #[arg(value_name = "FILE|NAME", required = true)]
        policies: Vec<String>,
    },
    /// Write a policy file to begin with.
    Init {
        /// The file, which must not be there yet.
        #[arg(value_name = "FILE", default_value = "layerscan-policy.yaml")]
        file: PathBuf,
    },
    /// Say what a kind of rule looks at, and what it takes.
    Explain {
        /// The kind: what `check:` takes.
        #[arg(value_name = "CHECK")]
        check: String,
    },
    /// Name the built-in policies and all kinds of rules.
    List,
}

/// Where settings come from.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Config {
    /// Settings file [default: layerscan.toml in the current folder, where there is one].
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
}

/// Fill, look into and check the vulnerability database.
#[derive(Debug, Args)]
#[command(
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
pub(super) struct Db {
    #[command(subcommand)]
    pub(super) command: DbCommand,
}

/// Which database a `db` command is about.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct DbFile {
    /// Database file [default: as for `scan`; `import` writes to the user's cache folder].
    #[arg(long, value_name = "FILE")]
    pub(super) db: Option<PathBuf>,

    #[command(flatten)]
    pub(super) config: Config,
}

/// Which feeds are fetched.
#[cfg(feature = "update")]
#[derive(Clone, Debug, Default, Args)]
pub(super) struct FeedChoice {
    /// List of feeds [default: `$LAYERSCAN_FEEDS`, else layerscan/feeds.toml in the folder for settings, else the built-in one].
    #[arg(long, value_name = "FILE")]
    pub(super) feeds: Option<PathBuf>,

    /// Only these feeds: a name of the list, or what it begins with before a `/`.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(super) only: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum DbCommand {
    /// Read feeds into the database: files, folders, archives (zip, tar), compressed or not; the format shows in the content.
    ///
    /// Records of the same feed and id are replaced, all others are kept.
    Import {
        /// Files and folders to read.
        #[arg(value_name = "PATH", required = true)]
        paths: Vec<PathBuf>,
        /// Leave the database as it was if any record can't be read.
        #[arg(long)]
        strict: bool,
        /// The documents are the whole of their feeds: what a feed has no longer goes.
        #[arg(long)]
        replace: bool,
        #[command(flatten)]
        file: DbFile,
    },
    /// Fetch what changed upstream, or a ready-made database, and put it in place.
    ///
    /// Feeds come from the list that `db feeds` prints. One that fails keeps what it had; the exit code is 2 then.
    #[cfg(feature = "update")]
    Update {
        #[command(flatten)]
        choice: FeedChoice,
        /// Fetch a ready-made database from here instead; URL.sha256 lies beside it, and URL.minisig if there is a public key.
        #[arg(
            long,
            value_name = "URL",
            env = "LAYERSCAN_DB_URL",
            conflicts_with = "only"
        )]
        url: Option<String>,
        /// Public key of minisign, or a file with it, that the ready-made database must be signed with.
        #[arg(
            long,
            value_name = "KEY",
            env = "LAYERSCAN_DB_PUBLIC_KEY",
            allow_hyphen_values = true
        )]
        public_key: Option<String>,
        /// Fetch everything, changed or not.
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        file: DbFile,
    },
    /// Fetch all feeds and write the database that others fetch ready-made, with its SHA-256 beside it.
    #[cfg(feature = "update")]
    Build {
        /// The file to write; compressed where the name ends in .zst or .gz.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        #[command(flatten)]
        choice: FeedChoice,
        /// Fetch everything, changed or not.
        #[arg(long)]
        force: bool,
        /// Database to begin with and to keep, so that the next build fetches only what changed.
        #[arg(long = "db", value_name = "FILE")]
        working: Option<PathBuf>,
    },
    /// Print the list of feeds that `db update` fetches, to begin a list of your own with.
    #[cfg(feature = "update")]
    Feeds {
        /// List of feeds [default: as for `update`].
        #[arg(long, value_name = "FILE")]
        feeds: Option<PathBuf>,
    },
    /// Show what the database holds and how old it is.
    Info {
        /// `table` for people, `json` for programs.
        #[arg(long, short, value_name = "FORMAT", default_value = "table", value_parser = ["table", "json"])]
        format: String,
        #[command(flatten)]
        file: DbFile,
    },
    /// Show the advisories for a vulnerability id or a package name.
    Search {
        /// An id (in any case), a package name, or the beginning of one.
        #[arg(value_name = "WORD")]
        word: String,
        #[command(flatten)]
        file: DbFile,
    },
    /// Write the database to a file that others can fetch, with its SHA-256 beside it.
    ///
    /// It is compressed where the name ends in .zst or .gz.
    Export {
        /// The file to write.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        #[command(flatten)]
        file: DbFile,
    },
    /// Show which records came, went and changed between two databases.
    Diff {
        /// The older database.
        #[arg(value_name = "OLD")]
        old: PathBuf,
        /// The newer one.
        #[arg(value_name = "NEW")]
        new: PathBuf,
        /// `table` for people, `json` for programs.
        #[arg(long, short, value_name = "FORMAT", default_value = "table", value_parser = ["table", "json"])]
        format: String,
        /// Name every record, not only the first of each feed.
        #[arg(long)]
        all: bool,
    },
    /// Check every page and record of the database.
    Verify {
        #[command(flatten)]
        file: DbFile,
    },
}

/// Compare versions as their package manager does: `<`, `=`, `>`, or `?` for what is no version.
///
/// Without A and B, lines `a<TAB>b` are read from standard input and each is answered by a line.
///
/// With --requirement A is a requirement, and the answer is whether B satisfies it: `y`, `n`, or `?` where one of them is none.
/// Requirements are written as the package manager writes them (`~> 2.0.9` of a gem, `[1.0,2.0)` of Maven), or as `>= 1.0, < 2.0` for
/// every kind.
#[derive(Debug, Args)]
#[command(hide = true)]
pub(super) struct CompareVersions {
    /// Kind of package: the type of its package URL.
    #[arg(value_name = "KIND", value_parser = PossibleValuesParser::new(SCHEMES.iter().map(|scheme| scheme.name())))]
    pub(super) kind: String,
    /// Ask whether B satisfies A.
    #[arg(long)]
    pub(super) requirement: bool,
    /// Leave out prereleases that npm would not install.
    #[arg(long, requires = "requirement")]
    pub(super) as_npm: bool,
    /// A version, or a requirement.
    #[arg(value_name = "A", requires = "b", allow_hyphen_values = true)]
    pub(super) a: Option<String>,
    /// Another one.
    #[arg(value_name = "B", allow_hyphen_values = true)]
    pub(super) b: Option<String>,
}

/// Print a completion script for a shell.
#[derive(Debug, Args)]
pub(super) struct Completions {
    /// The shell.
    #[arg(value_name = "SHELL")]
    pub(super) shell: clap_complete::Shell,
}

/// Print the manual page of the program, or of one of its commands, as roff.
#[derive(Debug, Args)]
pub(super) struct Man {
    /// Words of the command: `scan`, `db import`.
    #[arg(value_name = "COMMAND")]
    pub(super) command: Vec<String>,
}
