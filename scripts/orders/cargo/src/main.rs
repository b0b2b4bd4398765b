//! Compares the pairs on standard input as Cargo does: by the crate `semver`, without build metadata.

use semver::Version;
use std::cmp::Ordering;
use std::io::Read;

fn main() -> std::io::Result<()> {
    let mut input = String::new();
    std::io::stdin().read_to_string(&mut input)?;
    let mut answers = String::new();
    for line in input.split_terminator('\n') {
        let (a, b) = line.split_once('\t').unwrap_or((line, ""));
        answers.push_str(match (Version::parse(a), Version::parse(b)) {
            (Ok(a), Ok(b)) => match a.cmp_precedence(&b) {
                Ordering::Less => "<\n",
                Ordering::Equal => "=\n",
                Ordering::Greater => ">\n",
            },
            _ => "?\n",
        });
    }
    print!("{answers}");
    Ok(())
}
