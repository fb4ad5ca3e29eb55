//! Puts the git revision and a checksum of the sources into the binary: results name the code that made them.

use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=src");
    println!("cargo::rerun-if-changed=Cargo.lock");
    if Path::new(".git/HEAD").exists() {
        println!("cargo::rerun-if-changed=.git/HEAD");
    }
    let mut files = vec![PathBuf::from("Cargo.lock")];
    collect(Path::new("src"), &mut files);
    files.sort();
    let mut hash = Fnv::new();
    for file in files.iter().filter(|file| file.is_file()) {
        hash.update(file.to_string_lossy().replace('\\', "/").as_bytes());
        hash.update(&std::fs::read(file).unwrap_or_default());
    }
    // A graphics processor rounds in another order.
    if std::env::var_os("CARGO_FEATURE_NEURAL_VULKAN").is_some() {
        hash.update(b"neural-vulkan");
    }
    println!("cargo::rustc-env=GRADSIEVE_SOURCE_HASH={:032x}", hash.0);
    let revision = output("git", &["describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]);
    println!("cargo::rustc-env=GRADSIEVE_REVISION={}", revision.unwrap_or_else(|| "unknown".into()));
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    println!("cargo::rustc-env=GRADSIEVE_RUSTC={}", output(&rustc, &["--version"]).unwrap_or_default());
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            collect(&entry.path(), files);
        } else {
            files.push(entry.path());
        }
    }
}

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// FNV-1a of 128 bits: it only has to notice edits, and a build script should not need a crate for that.
struct Fnv(u128);

impl Fnv {
    fn new() -> Self {
        Self(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }

    fn update(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u128::from(*byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
        }
    }
}
