//! Whether the passes that selectors count are those that they make: `cargo bench --bench passes`.
//!
//! Each selector compresses one vector under the tool `lackey` of valgrind, which lists every load of the processor. The
//! loads from the vector's own memory are added up and set beside the count of [`Trial::passes`], which also counts what
//! is read from copies of parts of the vector. A selector that reads more of the vector than it counts, or less although
//! it makes no copy, is marked, and the program fails. Needs valgrind.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use gradsieve::compressor::Trial;
use gradsieve::selectors::{STAGED, selectors, spec};
use std::io::{BufRead as _, BufReader};
use std::process::{Command, ExitCode, Stdio};

const DIM: usize = 20_000;
const DENSITY: f64 = 0.01;

/// The k-th magnitude of the vector below, about.
const THRESHOLD: f64 = 4.6;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--only");
    if let Some(name) = arguments.nth(1) {
        compress(&name);
        return ExitCode::SUCCESS;
    }
    let mut is_right = true;
    println!("{:26} {:>9} {:>9} {:>9}", "selector", "counted", "loaded", "copies");
    for name in selectors().chain(STAGED.iter().copied()) {
        let Some((counted, loaded)) = measure(name) else {
            println!("{name}: valgrind did not run; is it installed?");
            return ExitCode::FAILURE;
        };
        let copies = name.starts_with("dgc-") || (name.starts_with("sidco-") && !name.ends_with("-k"));
        let fits = if copies { loaded <= counted } else { loaded == counted };
        is_right &= fits;
        let over_dim = |n: u64| n as f64 / DIM as f64;
        let (counted, loaded, rest) = (over_dim(counted), over_dim(loaded), over_dim(counted) - over_dim(loaded));
        println!("{name:26} {counted:9.4} {loaded:9.4} {rest:9.4}{}", if fits { "" } else { " (!)" });
    }
    if is_right { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Laplace numbers, which are written and not read.
fn vector() -> Vec<f64> {
    let mut state = 1_u64;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let u = (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0;
        -u.signum() * (1.0 - u.abs()).max(1e-12).ln()
    };
    (0..DIM).map(|_| draw()).collect()
}

/// One call, which prints the address of the vector and what was counted.
fn compress(name: &str) {
    let x = vector();
    let spec = spec(name, DENSITY, THRESHOLD).expect("a selector");
    let mut trial = Trial::new(&spec, DIM, 1).expect("parameters in range");
    trial.compress(&x).expect("finite numbers");
    let counted = trial.passes().expect("an operator that counts") * DIM as f64;
    println!("{} {counted:.0}", x.as_ptr() as usize);
}

/// Numbers counted and numbers loaded.
fn measure(name: &str) -> Option<(u64, u64)> {
    let program = std::env::current_exe().ok()?;
    let mut valgrind = Command::new("valgrind")
        .args(["--tool=lackey", "--trace-mem=yes", "--log-fd=2"])
        .arg(program)
        .args(["--only", name])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    let mut loads: Vec<(u64, u64)> = Vec::new();
    for line in BufReader::new(valgrind.stderr.take()?).lines() {
        let line = line.ok()?;
        // ` L 1ffeffe7e,8`: a load of that many bytes; ` M` loads and stores.
        let Some(load) = line.strip_prefix(" L ").or(line.strip_prefix(" M ")) else { continue };
        let (address, size) = load.split_once(',')?;
        loads.push((u64::from_str_radix(address, 16).ok()?, size.parse().ok()?));
    }
    let output = valgrind.wait_with_output().ok()?;
    let report = String::from_utf8(output.stdout).ok()?;
    let (start, counted) = report.trim().split_once(' ')?;
    let start: u64 = start.parse().ok()?;
    let inside = |address: u64| (start..start + 8 * DIM as u64).contains(&address);
    let bytes: u64 = loads.iter().filter(|(address, _)| inside(*address)).map(|(_, size)| size).sum();
    Some((counted.parse().ok()?, bytes / 8))
}
