//! The command line: the only room, besides the report, that prints.
//!
//! Arguments go one way: parsed, merged with the variables and the settings file, then handed to the work as plain
//! values. Data goes to standard output and nothing else does; messages go to standard error.

mod arguments;
mod convert;
mod database;
mod diff;
mod exit;
mod explain;
mod failure;
mod messages;
mod output;
mod policy;
mod progress;
mod scan;
mod settings;
mod text;

use arguments::{Arguments, Command};
use clap::Parser;
use clap::error::ErrorKind;
use exit::Exit;
use std::process::ExitCode;

/// Runs the program on the arguments and variables of the process.
pub fn main() -> ExitCode {
    // Before anything is mapped.
    crate::image::install_fault_handler();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error).into(),
    };
    let result = match arguments.command {
        Command::Scan(arguments) => scan::run(*arguments),
        Command::Explain(arguments) => explain::run(*arguments),
        Command::Convert(arguments) => convert::run(arguments),
        Command::Diff(arguments) => diff::run(*arguments),
        Command::Policy(arguments) => policy::run(arguments.command),
        Command::Db(arguments) => database::run(arguments.command),
        Command::CompareVersions(arguments) => text::compare_versions(&arguments),
        Command::Completions(arguments) => text::completions(&arguments),
        Command::Man(arguments) => text::man(&arguments),
    };
    result
        .unwrap_or_else(|failure| {
            messages::error(&failure);
            Exit::Unknown
        })
        .into()
}

/// Shows the help that was asked for, or what is wrong with the arguments.
fn usage(error: &clap::Error) -> Exit {
    // A reader that closed its end needs no more.
    let _ = error.print();
    if !error.use_stderr() {
        return Exit::Pass;
    }
    let images_missing =
        error.kind() == ErrorKind::MissingRequiredArgument && error.to_string().contains("<IMAGE>");
    if images_missing {
        messages::hint(
            "an image on standard input is `-`: `docker save app:latest | layerscan scan -`",
        );
    }
    Exit::Unknown
}
