//! The small commands that write a text: versions compared, shell completions, the manual.

use super::arguments::{Arguments, CompareVersions, Completions, Man};
use super::exit::Exit;
use super::failure::Failure;
use super::output;
use crate::versions;
use anyhow::anyhow;
use clap::CommandFactory;

/// `compare-versions`.
pub(super) fn compare_versions(arguments: &CompareVersions) -> Result<Exit, Failure> {
    let scheme = versions::scheme(&arguments.kind)
        .ok_or_else(|| anyhow!("{}: no such kind", arguments.kind))?;
    let ask = |a: &str, b: &str| {
        if arguments.requirement {
            versions::judge_line(&arguments.kind, a, b, arguments.as_npm)
        } else {
            versions::compare_line(scheme, a, b)
        }
    };
    output::write_stdout(|mut out| match (&arguments.a, &arguments.b) {
        (Some(a), Some(b)) => writeln!(out, "{}", ask(a, b)),
        _ => versions::answer_stream(ask, std::io::stdin().lock(), &mut out),
    })?;
    Ok(Exit::Pass)
}

/// `completions`.
pub(super) fn completions(arguments: &Completions) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut Arguments::command(),
        "layerscan",
        &mut script,
    );
    output::write_stdout(|out| out.write_all(&script))?;
    Ok(Exit::Pass)
}

/// `man`.
pub(super) fn man(arguments: &Man) -> Result<Exit, Failure> {
    let mut command = Arguments::command();
    command.build();
    let mut name = "layerscan".to_owned();
    for word in &arguments.command {
        let found = command
            .get_subcommands()
            .find(|sub| sub.get_name() == word)
            .cloned();
        command = found.ok_or_else(|| anyhow!("`{name}` has no command `{word}`"))?;
        name = format!("{name}-{word}");
    }
    let page = clap_mangen::Man::new(command);
    output::write_stdout(|mut out| page.render(&mut out))?;
    Ok(Exit::Pass)
}
