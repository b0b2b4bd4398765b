//! Judges the lines `requirement<TAB>version` on standard input as Cargo does. `!` where it refuses the requirement.

use semver::{Version, VersionReq};
use std::io;

fn judge(line: &str) -> &'static str {
    let Some((text, version)) = line.split_once('\t') else {
        return "!";
    };
    match (VersionReq::parse(text), Version::parse(version)) {
        (Err(_), _) => "!",
        (_, Err(_)) => "?",
        (Ok(requirement), Ok(version)) if requirement.matches(&version) => "y",
        _ => "n",
    }
}

fn main() -> io::Result<()> {
    let input = io::read_to_string(io::stdin())?;
    let answers: Vec<&str> = input.split_terminator('\n').map(judge).collect();
    println!("{}", answers.join("\n"));
    Ok(())
}
