//! `gradsieve watch DIR`: looks at a run while it goes on, and leaves it alone.

use super::terminal::{on_whole_terminal, stop_on_signal, width};
use super::{Failure, SUCCESS};
use crate::experiment::program::since_1970;
use crate::output::axis::Scale;
use crate::output::number::significant;
use crate::output::table::Table;
use crate::results::error::ResultsError;
use crate::results::journal::{Follower, Phase, Seen};
use crate::results::read::Columns;
use crate::results::verdicts::{CHECKS, assert_current};
use crate::store::StoreError;
use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event};
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

mod screen;
mod sight;

use screen::{Pressed, Screen};
use sight::{Sight, Verdicts, first_metric, last, settings};

/// Which folder, and how it is shown.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  gradsieve watch results/quickstart          in a second terminal, while `gradsieve run` goes on
  gradsieve watch results/quickstart --once   look once, as plain text
  gradsieve watch results/quickstart | cat    the same: without a terminal it looks once

Keys: ← → choose the metric, ↑ ↓ the horizontal axis; l and L switch the vertical and the horizontal axis between \
linear and logarithmic; Page Up and Page Down move through the settings; h shows this help; q leaves.

Watching only reads: it takes no lock, and leaving it does not touch the run. Curves are medians over the seeds. A run \
reports its progress every half second in .store/journal of its result folder. Verdicts of theorems appear once \
`gradsieve check` has judged them.")]
pub(super) struct WatchArguments {
    /// The result folder.
    dir: PathBuf,
    /// Look once and print it as plain text.
    #[arg(long)]
    once: bool,
}

/// Real time between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Shows the folder until the user leaves.
pub(super) fn run(arguments: &WatchArguments) -> Result<u8, Failure> {
    let dir = &arguments.dir;
    if !dir.is_dir() {
        let problem = if dir.exists() { "is not a folder" } else { "does not exist" };
        return Err(format!(
            "{} {problem}: name the result folder of a run; `gradsieve run` makes it when it begins",
            dir.display()
        )
        .into());
    }
    let mut watch = Watch::new(dir);
    watch.look()?;
    if arguments.once || !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        write!(io::stdout().lock(), "{}", plain(&watch.sight(), width()))?;
        return Ok(SUCCESS);
    }
    let stop = stop_on_signal();
    on_whole_terminal(|terminal| follow(terminal, &mut watch, &|| stop.load(Ordering::Relaxed)))?;
    write!(io::stdout().lock(), "{}", plain(&watch.sight(), width()))?;
    Ok(SUCCESS)
}

fn follow(terminal: &mut DefaultTerminal, watch: &mut Watch, is_stopped: &dyn Fn() -> bool) -> Result<(), Failure> {
    let mut screen = Screen::default();
    while !is_stopped() {
        watch.look()?;
        terminal.draw(|frame| screen.draw(frame, &watch.sight()))?;
        // Keys that came in one burst are answered with one picture.
        let mut wait = LOOK_EVERY;
        while event::poll(wait)? {
            if let Event::Key(key) = event::read()?
                && key.is_press()
                && screen.press(key, watch.follower.seen()) == Pressed::Leave
            {
                return Ok(());
            }
            wait = Duration::ZERO;
        }
    }
    Ok(())
}

/// The files that are looked at, and what they said.
struct Watch {
    dir: PathBuf,
    follower: Follower,
    rounds: Option<Columns>,
    verdicts: Option<(SystemTime, Verdicts)>,
}

impl Watch {
    fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), follower: Follower::new(dir), rounds: None, verdicts: None }
    }

    fn look(&mut self) -> Result<(), Failure> {
        match self.follower.look() {
            Ok(false) => {}
            Ok(true) => {
                let path = self.dir.join("rounds.csv");
                let seen = self.follower.seen();
                self.rounds = seen.map(|seen| Columns::parse(&path, &seen.rounds_csv())).transpose()?;
            }
            // A table that is replaced at this moment is read in the next one.
            Err(ResultsError::Store(StoreError::Io { source, .. })) if source.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
        self.look_at_verdicts();
        Ok(())
    }

    /// Reads `checks.csv` if it exists and is new; a file that is not such a table is ignored.
    fn look_at_verdicts(&mut self) {
        let path = self.dir.join(CHECKS);
        let Some(written) = fs::metadata(&path).and_then(|about| about.modified()).ok() else {
            self.verdicts = None;
            return;
        };
        let began = self.follower.seen().and_then(|seen| seen.began);
        let age = written.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let is_earlier = began.is_some_and(|began| age < began);
        match &mut self.verdicts {
            Some((known, verdicts)) if *known == written => verdicts.is_earlier |= is_earlier,
            _ => {
                let is_earlier = is_earlier || assert_current(&self.dir).is_err();
                self.verdicts = Verdicts::read(&path, is_earlier).map(|verdicts| (written, verdicts));
            }
        }
    }

    fn sight(&self) -> Sight<'_> {
        let now = since_1970();
        let seen = self.follower.seen();
        let heard = fs::metadata(self.dir.join(".store").join("journal")).and_then(|about| about.modified()).ok();
        let heard = heard.and_then(|heard| heard.duration_since(SystemTime::UNIX_EPOCH).ok());
        let is_over = |seen: &Seen| matches!(seen.phase, Phase::Over(_));
        let until = if seen.is_some_and(is_over) { heard } else { Some(now) };
        Sight {
            dir: self.dir.display().to_string(),
            seen,
            rounds: self.rounds.as_ref(),
            verdicts: self.verdicts.as_ref().map(|(_, verdicts)| verdicts),
            elapsed: seen.and_then(|seen| until?.checked_sub(seen.began?)),
            silence: seen.filter(|seen| !is_over(seen)).and(heard).and_then(|heard| now.checked_sub(heard)),
        }
    }
}

/// One look as plain text.
fn plain(sight: &Sight<'_>, width: usize) -> String {
    let mut text = format!("{}: {}\n", sight.dir, sight.status());
    let Some(seen) = sight.seen else { return text };
    text = format!("{text}{:.0} % done: {}\n\n", (100.0 * sight.fraction()).floor(), sight.counts());
    let metric = seen.metrics.get(first_metric(seen)).map_or("", |metric| metric.name());
    let figure = sight.figure(("round", Scale::Linear), metric, None);
    let mut table = Table::new(["setting", "runs", "done", metric, "state"]);
    for setting in settings(seen) {
        let value = last(figure.as_ref().map(|(figure, _)| figure), setting.label);
        table.row([
            setting.label.to_owned(),
            format!("{} of {}", setting.ended(), setting.runs.len()),
            format!("{:.0} %", (100.0 * setting.fraction()).floor()),
            value.map_or(String::new(), |value| significant(value, 3)),
            setting.state(),
        ]);
    }
    text.push_str(&table.plain(width));
    if let Some(verdicts) = sight.verdicts {
        text = format!("{text}\n{}\n", verdicts.words());
    }
    text
}
