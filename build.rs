//! Puts the git revision and a checksum of the sources into the binary, since results name the code that made them, and
//! the experiments of this project, since they are to be reproduced wherever the program is.

use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=src");
    println!("cargo::rerun-if-changed=Cargo.lock");
    println!("cargo::rerun-if-changed=experiments");
    if Path::new(".git/HEAD").exists() {
        println!("cargo::rerun-if-changed=.git/HEAD");
    }
    let mut files = below(Path::new("src"));
    // A library's user has a lock file of his own.
    files.extend(Some(PathBuf::from("Cargo.lock")).filter(|lock| lock.is_file()));
    files.sort();
    let mut hash = Fnv::new();
    for file in &files {
        hash.update(name(file).as_bytes());
        hash.update(&std::fs::read(file).expect("a file of the sources"));
    }
    // A graphics processor rounds in another order.
    if std::env::var_os("CARGO_FEATURE_NEURAL_VULKAN").is_some() {
        hash.update(b"neural-vulkan");
    }
    println!("cargo::rustc-env=GRADSIEVE_SOURCE_HASH={:032x}", hash.0);
    println!("cargo::rustc-env=GRADSIEVE_REVISION={}", revision().unwrap_or_else(|| "unknown".into()));
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let table = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it")).join("experiments.rs");
    std::fs::write(table, experiments()).expect("the folder of outputs can be written");
    println!("cargo::rustc-env=GRADSIEVE_RUSTC={}", output(&rustc, &["--version"]).unwrap_or_default());
}

/// The revision that cargo wrote into a package, else that of the repository.
fn revision() -> Option<String> {
    if let Ok(package) = std::fs::read_to_string(".cargo_vcs_info.json") {
        let (_, after) = package.split_once("\"sha1\": \"")?;
        return after.get(..12).map(str::to_owned);
    }
    output("git", &["describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"])
}

/// The table of `experiment::embedded`: path and text of each experiment, in the order of their paths.
fn experiments() -> String {
    let mut files = below(Path::new("experiments"));
    files.retain(|file| file.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    // A target folder may serve several copies of the package, which need not stay where they were.
    let path = |file: &Path| format!("concat!(env!(\"CARGO_MANIFEST_DIR\"), {:?})", format!("/{}", name(file)));
    let entries = files.iter().map(|file| format!("    ({:?}, include_str!({})),\n", name(file), path(file)));
    format!("&[\n{}]\n", entries.collect::<String>())
}

/// A path as it is called on every system.
fn name(file: &Path) -> String {
    file.to_string_lossy().replace('\\', "/")
}

/// The files below a folder.
fn below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.expect("an entry of a folder of the package").path());
    paths.flat_map(|path| if path.is_dir() { below(&path) } else { vec![path] }).collect()
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
