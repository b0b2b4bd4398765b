//! The program: everything it does is in the library, so that tests can call it.

use std::process::ExitCode;

fn main() -> ExitCode {
    layerscan::cli::main()
}
