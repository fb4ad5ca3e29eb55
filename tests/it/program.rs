//! The program, in a folder of its own that is removed afterwards.

use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) struct Program {
    folder: tempfile::TempDir,
}

/// What a command answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Program {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A path below the folder.
    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, and the folders that lead to it.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// `gradsieve` with arguments that hold no spaces, in the folder, a page of 100 columns, no data folder, and a cache
    /// of its own.
    pub(crate) fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gradsieve"));
        command.args(arguments.split_whitespace()).current_dir(self.folder.path());
        command.env("COLUMNS", "100").env_remove("GRADSIEVE_DATA").env("XDG_CACHE_HOME", self.path(".cache"));
        command
    }

    pub(crate) fn run(&self, arguments: &str) -> Answer {
        let output = self.command(arguments).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Answer { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Runs what must succeed, and gives what it printed.
    pub(crate) fn succeed(&self, arguments: &str) -> String {
        let answer = self.run(arguments);
        assert_eq!(answer.code, Some(0), "{arguments}: {}", answer.err);
        answer.out
    }
}
