//! The program: every command is in `cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    gradsieve::cli::Program::new().main()
}
