//! `gradsieve schema | completions | man`: what is generated from the types and the command line.

use super::Failure;
use std::io::Write;
use std::path::Path;

/// Prints the JSON schema of the experiment file.
pub(super) fn schema() -> Result<(), Failure> {
    let schema = serde_json::to_string_pretty(&crate::experiment::schema::schema())?;
    writeln!(std::io::stdout().lock(), "{schema}")?;
    Ok(())
}

/// Prints a completion script.
pub(super) fn completions(shell: clap_complete::Shell, command: &mut clap::Command) -> Result<(), Failure> {
    // `generate` panics where it cannot write, so it writes into memory.
    let mut script = Vec::new();
    clap_complete::generate(shell, command, "gradsieve", &mut script);
    Ok(std::io::stdout().lock().write_all(&script)?)
}

/// Prints the manual page, or writes one page per command.
pub(super) fn manual(command: clap::Command, folder: Option<&Path>) -> Result<(), Failure> {
    match folder {
        Some(folder) => {
            std::fs::create_dir_all(folder)?;
            clap_mangen::generate_to(command, folder)?;
        }
        None => clap_mangen::Man::new(command).render(&mut std::io::stdout().lock())?,
    }
    Ok(())
}
