//! What commands have in common at the terminal: progress, interruption, widths, and a clock.

use super::{Failure, INTERRUPTED};
use crate::experiment::planned::PlannedRun;
use crate::experiment::progress::Progress;
use crate::results::run::RunResult;
use crate::tensor::PassedOver;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use ratatui::DefaultTerminal;
use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// How to continue an interrupted check.
pub(super) const BEGIN_AGAIN: &str = "the same command begins them again";

/// Says how many of `n` tensors were passed over, and why the first ones were; `rest` says where the others are.
pub(super) fn passed_over(out: &mut dyn Write, passed: &[PassedOver], n: usize, rest: &str) -> std::io::Result<()> {
    /// Of more than this, not each has a line.
    const MOST_LINES: usize = 5;
    if passed.is_empty() {
        return Ok(());
    }
    writeln!(out, "Passed over: {} of {n} tensors.", passed.len())?;
    for passed in passed.iter().take(MOST_LINES) {
        writeln!(out, "  {passed}")?;
    }
    if passed.len() > MOST_LINES {
        writeln!(out, "  and {} more; {rest}", passed.len() - MOST_LINES)?;
    }
    writeln!(out)
}

/// The exit code after an interruption, after a word on how to go on; `None` where all runs are finished.
pub(super) fn interrupted(
    n_unfinished: usize,
    n_runs: usize,
    quiet: bool,
    remedy: &str,
) -> Result<Option<u8>, Failure> {
    if n_unfinished == 0 {
        return Ok(None);
    }
    if !quiet {
        writeln!(std::io::stderr(), "stopped with {n_unfinished} of {n_runs} runs unfinished; {remedy}.")?;
    }
    Ok(Some(INTERRUPTED))
}

/// Whether the whole terminal is taken, so that it has to be given back before the process ends.
static IS_TAKEN: AtomicBool = AtomicBool::new(false);

/// Takes the whole terminal while `show` lasts, and gives it back however that ends.
pub(super) fn on_whole_terminal(show: impl FnOnce(&mut DefaultTerminal) -> Result<(), Failure>) -> Result<(), Failure> {
    IS_TAKEN.store(true, Ordering::Relaxed);
    let shown = ratatui::try_init().map_err(Into::into).and_then(|mut terminal| show(&mut terminal));
    let restored = ratatui::try_restore();
    IS_TAKEN.store(false, Ordering::Relaxed);
    shown?;
    Ok(restored?)
}

/// A flag that Ctrl-C and a polite kill set; a second one ends the process at once.
pub(super) fn stop_on_signal() -> &'static AtomicBool {
    static STOP: AtomicBool = AtomicBool::new(false);
    let set = ctrlc::set_handler(|| {
        if STOP.swap(true, Ordering::Relaxed) {
            if IS_TAKEN.load(Ordering::Relaxed) {
                ratatui::restore();
            }
            std::process::exit(i32::from(INTERRUPTED));
        }
    });
    // Without a handler the process ends at once, and goes on from its last checkpoint all the same.
    if set.is_err() {
        STOP.store(false, Ordering::Relaxed);
    }
    &STOP
}

/// A progress bar on a terminal, plain lines otherwise.
pub(super) struct Bar {
    drawn: ProgressBar,
    lines: bool,
    progress: Mutex<(usize, u64, u64)>,
}

impl Bar {
    pub(super) fn new(quiet: bool) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if quiet || !terminal {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent:>3} %  {msg}  {elapsed} elapsed, {eta} left")
        {
            bar.set_style(style);
        }
        Self { drawn: bar, lines: !quiet && !terminal, progress: Mutex::new((0, 0, 0)) }
    }

    fn line(&self, text: &str) {
        if self.lines {
            // Progress that cannot be reported is no reason to stop.
            let _ = writeln!(std::io::stderr(), "{text}");
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.drawn.finish_and_clear();
    }
}

impl Progress for Bar {
    fn minimizing(&self, problems: usize) {
        if problems > 0 {
            self.drawn.set_message("computing f*");
            self.line(&format!("computing the minimum of {problems} {}", plural(problems, "problem")));
        }
    }

    fn start(&self, rounds: u64, finished: u64) {
        self.drawn.set_length(rounds);
        self.drawn.set_position(finished);
        self.drawn.set_message("running");
        if let Ok(mut progress) = self.progress.lock() {
            *progress = (0, finished, rounds);
        }
        self.line(&format!("running {rounds} rounds, {finished} of them finished earlier"));
    }

    fn advance(&self, rounds: u64) {
        self.drawn.inc(rounds);
        let Ok(mut progress) = self.progress.lock() else { return };
        let (tenths, done, total) = &mut *progress;
        *done += rounds;
        let now = (*done * 10).checked_div(*total).unwrap_or(10) as usize;
        if now > *tenths && now < 10 {
            *tenths = now;
            self.line(&format!("{:>3} %", now * 10));
        }
    }

    fn ended(&self, run: &PlannedRun, _result: &RunResult) {
        self.drawn.set_message(run.label.clone());
    }
}

pub(super) fn plural(count: usize, word: &str) -> String {
    if count == 1 { word.to_owned() } else { format!("{word}s") }
}

/// The width of the terminal, or a page.
pub(super) fn width() -> usize {
    std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).unwrap_or(120)
}

/// How long a call takes.
#[expect(
    clippy::disallowed_methods,
    reason = "how long a call takes is what was requested; only the tables of times depend on it"
)]
pub(super) fn seconds(call: &mut dyn FnMut()) -> f64 {
    let start = Instant::now();
    call();
    start.elapsed().as_secs_f64()
}
