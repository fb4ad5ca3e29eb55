//! `gradsieve show MEMBER`: documentation, source and example of a member.

use super::Failure;
use super::list::Family;
use std::io::Write;

/// What to show.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  gradsieve show top-k\n  gradsieve show ef21")]
pub(super) struct ShowArguments {
    /// The name of a member of any family: see `gradsieve list`.
    member: String,
}

/// Prints all members of that name.
pub(super) fn run(arguments: &ShowArguments) -> Result<(), Failure> {
    let all = || Family::ALL.iter().flat_map(|family| family.members().into_iter().map(move |member| (family, member)));
    let mut found = all().filter(|(_, member)| member.name == arguments.member).peekable();
    if found.peek().is_none() {
        let names: Vec<&str> = all().map(|(_, member)| member.name).collect();
        let help = crate::suggest::help(&arguments.member, &names);
        return Err(format!("no member is called `{}`: {help}", arguments.member).into());
    }
    let mut out = std::io::stdout().lock();
    for (family, member) in found {
        writeln!(out, "{} ({} in an experiment)\n{}\n", member.name, family.key(), member.summary)?;
        for line in member.documentation.lines().map_while(|line| line.strip_prefix("//!")) {
            writeln!(out, "  {}", line.strip_prefix(' ').unwrap_or(line))?;
        }
        writeln!(out, "\nSource: {}\n\nExample:\n  {}", member.source, assignment(family.key(), member.example))?;
    }
    Ok(())
}

/// A member's example as it stands in an experiment: `method = { name = "sgd" }`.
fn assignment(key: &str, example: &str) -> String {
    let key = key.rsplit('.').next().unwrap_or(key);
    if example.starts_with('{') {
        format!("{key} = {example}")
    } else {
        format!("{key} = {{ {} }}", example.lines().collect::<Vec<_>>().join(", "))
    }
}
