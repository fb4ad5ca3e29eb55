//! The screen of `gradsieve watch`: how far the runs are, their curves, their verdicts.
//!
//! It draws what it is given and reads nothing.

use super::sight::{Setting, Sight, first_metric, last, settings};
use crate::output::axis::Scale;
use crate::output::axis::Span;
use crate::output::figure::with_unit;
use crate::output::figure::{End, Figure};
use crate::output::number::significant;
use crate::results::journal::Seen;
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span as Text};
use ratatui::widgets::canvas::{Canvas, Line as Stroke};
use ratatui::widgets::{Clear, Paragraph, Widget, Wrap};

/// Below this there is no room for a curve.
const LEAST: (u16, u16) = (32, 10);

/// The colors of the figures, as near as 256 colors come; the black one is that of the text.
const COLORS: [Color; 7] = [
    Color::Indexed(32),
    Color::Indexed(166),
    Color::Indexed(36),
    Color::Indexed(175),
    Color::Reset,
    Color::Indexed(214),
    Color::Indexed(74),
];

const GREY: Style = Style::new().fg(Color::DarkGray);
const BOLD: Style = Style::new().add_modifier(Modifier::BOLD);

/// What can stand on the horizontal axis.
const HORIZONTAL: [&str; 3] = ["round", "bits", "seconds"];

const KEYS: &str = "\
← →          choose the metric
↑ ↓          choose the horizontal axis: round, bits, seconds
l            vertical axis linear or logarithmic
L            horizontal axis linear or logarithmic
PgUp PgDn    move through the settings
h            this help
q            leave; the run goes on

A line is the median over the runs of a setting.
Its number stands at its end and in the table.";

/// What the user has chosen to see.
#[derive(Debug, Default)]
pub(super) struct Screen {
    /// Place among the metrics, once chosen.
    y: Option<usize>,
    /// Place in [`HORIZONTAL`].
    x: usize,
    /// Once chosen.
    log_y: Option<bool>,
    /// How it was drawn last.
    is_log_y: bool,
    log_x: bool,
    /// The first setting of the table.
    first: usize,
    shows_keys: bool,
}

/// What a key requests.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pressed {
    Stay,
    Leave,
}

impl Screen {
    /// Answers a key.
    pub(super) fn press(&mut self, key: KeyEvent, seen: Option<&Seen>) -> Pressed {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let n = seen.map_or(0, |seen| seen.metrics.len()).max(1);
        let y = self.y.or(seen.map(first_metric)).unwrap_or(0);
        let choices = choices(seen).len();
        match key.code {
            KeyCode::Esc if self.shows_keys => self.shows_keys = false,
            KeyCode::Char('q') | KeyCode::Esc => return Pressed::Leave,
            KeyCode::Char('c') if control => return Pressed::Leave,
            KeyCode::Char('h' | '?') => self.shows_keys = !self.shows_keys,
            KeyCode::Right => (self.y, self.log_y) = (Some((y + 1) % n), None),
            KeyCode::Left => (self.y, self.log_y) = (Some((y + n - 1) % n), None),
            KeyCode::Down => self.x = (self.x + 1) % choices,
            KeyCode::Up => self.x = (self.x + choices - 1) % choices,
            KeyCode::Char('l') => self.log_y = Some(!self.is_log_y),
            KeyCode::Char('L') => self.log_x = !self.log_x,
            KeyCode::PageDown => self.first += 1,
            KeyCode::PageUp => self.first = self.first.saturating_sub(1),
            _ => {}
        }
        Pressed::Stay
    }

    /// Draws what is to be seen.
    pub(super) fn draw(&mut self, frame: &mut Frame<'_>, sight: &Sight<'_>) {
        let area = frame.area();
        let buffer = frame.buffer_mut();
        if area.width < LEAST.0 || area.height < LEAST.1 {
            let size = format!("{} × {} is too small: at least {} × {}", area.width, area.height, LEAST.0, LEAST.1);
            let text = format!("{:.0} % done\n{size}", (100.0 * sight.fraction()).floor());
            Paragraph::new(text).wrap(Wrap { trim: true }).render(area, buffer);
            return;
        }
        let all = sight.seen.map(settings).unwrap_or_default();
        let n_rows = all.len().min(usize::from(area.height / 3)) as u16;
        let verdicts = u16::from(sight.verdicts.is_some());
        let rows = [1, 1].map(Constraint::Length).into_iter().chain([Constraint::Min(4)]);
        let rows = rows.chain([n_rows + 1, verdicts, 1].map(Constraint::Length));
        let [head, bar, chart, table, verdict, foot] = Layout::vertical(rows).areas(area);

        let title = Line::from(vec![Text::styled(format!("{}  ", sight.dir), BOLD), sight.status().into()]);
        title.render(head, buffer);
        progress(sight, area.width).render(bar, buffer);
        if let Some(verdicts) = sight.verdicts {
            let style = if verdicts.violated.is_empty() { Style::new() } else { Style::new().fg(Color::Red) };
            Line::styled(verdicts.words(), style).render(verdict, buffer);
        }
        Line::styled("q leave  ←→ metric  ↑↓ axis  l/L log  h help", GREY).render(foot, buffer);

        if let Some(seen) = sight.seen {
            self.first = self.first.min(all.len().saturating_sub(usize::from(n_rows)));
            let metric = seen.metrics.get(self.y.unwrap_or_else(|| first_metric(seen))).map_or("", |m| m.name());
            let x = choices(Some(seen)).get(self.x).copied().unwrap_or("round");
            let x_scale = if self.log_x { Scale::Log } else { Scale::Linear };
            let figure = sight.figure((x, x_scale), metric, self.log_y);
            self.is_log_y = figure.as_ref().is_some_and(|(_, scale)| *scale == Scale::Log);
            let figure = figure.map(|(figure, _)| figure);
            if let Some(figure) = &figure {
                curves(figure, &all, chart, buffer);
            }
            self.table(&all, metric, figure.as_ref(), table, buffer);
        } else {
            let text = "Nothing to show yet. Progress appears here as soon as `gradsieve run` writes to this folder.";
            Paragraph::new(text).wrap(Wrap { trim: true }).render(chart, buffer);
        }
        if self.shows_keys {
            let lines = KEYS.lines().count() as u16;
            let widest = KEYS.lines().map(|line| line.chars().count()).max().unwrap_or(0) as u16;
            let help = area.centered(Constraint::Length(widest + 4), Constraint::Length(lines + 2));
            Clear.render(help, buffer);
            Paragraph::new(KEYS).block(ratatui::widgets::Block::bordered().title(" keys ")).render(help, buffer);
        }
    }

    /// The settings: number and color of the curve, label, runs, fraction, last value, state.
    fn table(&self, all: &[Setting<'_>], metric: &str, figure: Option<&Figure>, area: Rect, buffer: &mut Buffer) {
        let is_wide = area.width >= 72;
        let last_width = if is_wide { metric.chars().count().clamp(10, 24) } else { 10 };
        let number = all.len().to_string().len();
        let widest = all.iter().map(|setting| setting.label.chars().count()).max().unwrap_or(0).max(7);
        let fixed = number + 2 + 6 + 2 + last_width + if is_wide { 10 + 14 } else { 0 };
        let label = widest.min(usize::from(area.width).saturating_sub(fixed).max(8));
        let cells = |number_cell: &str, name: &str, runs: &str, done: &str, value: &str, state: &str| {
            let shown = shortened(name, label);
            let start = format!("{number_cell:>number$}  {shown:<label$}");
            if is_wide {
                format!("{start}  {runs:>8}{done:>6}  {value:>last_width$}  {state}")
            } else {
                format!("{start}{done:>6}  {value:>last_width$}")
            }
        };
        let head = cells("", "setting", "runs", "", &shortened(metric, last_width), "");
        let mut lines = vec![Line::styled(head.trim_end().to_owned(), BOLD)];
        for (index, setting) in all.iter().enumerate().skip(self.first).take(usize::from(area.height) - 1) {
            let value = last(figure, setting.label).map_or("–".to_owned(), |value| significant(value, 3));
            let runs = format!("{} of {}", setting.ended(), setting.runs.len());
            let done = format!("{:.0} %", (100.0 * setting.fraction()).floor());
            let text = cells(&(index + 1).to_string(), setting.label, &runs, &done, &value, &setting.state());
            lines.push(Line::styled(text, color(index)));
        }
        Paragraph::new(lines).render(area, buffer);
    }
}

/// The columns that can stand on the horizontal axis.
fn choices(seen: Option<&Seen>) -> Vec<&'static str> {
    let is_recorded = |name: &&str| {
        *name == "round" || seen.is_some_and(|seen| seen.metrics.iter().any(|metric| metric.name() == *name))
    };
    HORIZONTAL.into_iter().filter(is_recorded).collect()
}

fn color(index: usize) -> Style {
    Style::new().fg(COLORS[index % COLORS.len()])
}

/// At most `most` characters.
fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// The bar, the fraction and, where there is room, the counts.
fn progress(sight: &Sight<'_>, width: u16) -> impl Widget {
    struct Bar(f64, String);
    impl Widget for Bar {
        fn render(self, area: Rect, buffer: &mut Buffer) {
            let after = format!(" {:>3.0} %  {}", (100.0 * self.0).floor(), self.1);
            let length = area.width.saturating_sub(after.chars().count() as u16).max(area.width / 4).min(40);
            let full = (self.0 * f64::from(length)).floor() as usize;
            let bar = [Text::raw("█".repeat(full)), Text::styled("░".repeat(usize::from(length) - full), GREY)];
            bar.into_iter().chain([Text::raw(after)]).collect::<Line>().render(area, buffer);
        }
    }
    let counts = sight.counts();
    let fits = usize::from(width) >= counts.chars().count() + 20;
    let short = counts.split(", ").next().unwrap_or_default().to_owned();
    Bar(sight.fraction(), if fits { counts } else { short })
}

/// Draws the curves with their axes; the number of a setting stands at the end of its curve.
fn curves(figure: &Figure, all: &[Setting<'_>], area: Rect, buffer: &mut Buffer) {
    let scales = (figure.x.scale, figure.y.scale);
    let drawn = |(x, y): &(f64, f64)| scales.0.draws(*x) && scales.1.draws(*y);
    let points = || figure.series.iter().flat_map(|series| &series.points).filter(|point| drawn(point));
    let x = Span::of(scales.0, points().map(|(x, _)| *x), 0.0, 0.0);
    let y = Span::of(scales.1, points().map(|(_, y)| *y), 0.04, 0.04);
    let [head, body, foot] =
        Layout::vertical([Constraint::Length(1), Constraint::Min(1), Constraint::Length(1)]).areas(area);

    let y_ticks = y.ticks(f64::from(body.height), 1.0, &|_| 1.0);
    let gutter = y_ticks.major.iter().map(|(_, label)| label.chars().count()).max().unwrap_or(0) as u16 + 1;
    let [_, plot] = Layout::horizontal([Constraint::Length(gutter), Constraint::Min(1)]).areas(body);
    let x_ticks = x.ticks(f64::from(plot.width), 2.0, &|label| label.chars().count() as f64);
    let scale = |scale| if scale == Scale::Log { " (log)" } else { "" };
    let (x_label, y_label) = (with_unit(&figure.x, x_ticks.exponent), with_unit(&figure.y, y_ticks.exponent));
    let what = format!("{y_label}{} against {x_label}{}", scale(figure.y.scale), scale(figure.x.scale));
    Line::styled(what, GREY).render(head, buffer);
    if points().next().is_none() {
        let why = if scales.1 == Scale::Log { "no positive value yet" } else { "no value yet" };
        Line::raw(why).render(plot, buffer);
        return;
    }

    for (value, label) in &y_ticks.major {
        let row = ((1.0 - y.place(*value)) * f64::from(plot.height - 1)).round() as u16;
        let text = Line::styled(format!("{label:>width$}", width = usize::from(gutter) - 1), GREY);
        text.render(Rect { x: body.x, y: body.y + row, width: gutter, height: 1 }, buffer);
    }
    for (value, label) in &x_ticks.major {
        let width = label.chars().count() as u16;
        let middle = (x.place(*value) * f64::from(plot.width - 1)).round() as u16;
        let left = middle.saturating_sub(width / 2).min(plot.width.saturating_sub(width));
        Line::styled(label.clone(), GREY).render(Rect { x: plot.x + left, y: foot.y, width, height: 1 }, buffer);
    }
    let place = |(px, py): (f64, f64)| (x.place(px), y.place(py));
    let canvas = Canvas::default().x_bounds([0.0, 1.0]).y_bounds([0.0, 1.0]).marker(Marker::Braille);
    let canvas = canvas.paint(|context| {
        let mut ends = Vec::new();
        for series in &figure.series {
            // A setting that has nothing to show has words behind its label.
            let Some(index) = all.iter().position(|setting| setting.label == series.label) else { continue };
            let own = color(index);
            for pair in series.points.windows(2).filter(|pair| pair.iter().all(drawn)) {
                let ((x1, y1), (x2, y2)) = (place(pair[0]), place(pair[1]));
                context.draw(&Stroke { x1, y1, x2, y2, color: own.fg.unwrap_or_default() });
            }
            if let Some(last) = series.points.iter().rev().find(|point| drawn(point)) {
                let cross = if series.end == End::Diverged { "×" } else { "" };
                ends.push((
                    place(*last),
                    Line::styled(format!("{}{cross}", index + 1), own.add_modifier(Modifier::BOLD)),
                ));
            }
        }
        for ((x, y), name) in ends {
            // The whole name has to stand inside.
            let width = name.width() as f64 / f64::from(plot.width.max(2));
            context.print(x.min(1.0 - width), y, name);
        }
    });
    canvas.render(plot, buffer);
}

#[cfg(test)]
mod tests {
    use super::super::sight::Verdicts;
    use super::*;
    use crate::record::{Metric, Table};
    use crate::results::journal::{Ending, Phase, SeenRun, Stage};
    use crate::results::read::Columns;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;
    use std::path::Path;
    use std::time::Duration;

    const METRICS: [Metric; 3] = [Metric::Loss, Metric::Suboptimality, Metric::Bits];

    /// A run of 100 rounds that has come to `round`, with a suboptimality of `factor^t`.
    fn run(label: &str, seed: u64, round: u64, factor: f64, stage: Stage) -> SeenRun {
        let row = |t: u64| {
            let y = factor.powi(t as i32);
            (t, vec![Some(1.0 + y), Some(y), Some(640.0 * t as f64)])
        };
        let rows = if stage == Stage::Waiting { Vec::new() } else { (0..=round).step_by(5).map(row).collect() };
        SeenRun {
            id: format!("{label}-{seed}"),
            label: label.to_owned(),
            seed,
            rounds: 100,
            round,
            stage,
            is_earlier: false,
            table: Table { metrics: METRICS.to_vec(), rows, ..Table::default() },
        }
    }

    fn seen(runs: Vec<SeenRun>, phase: Phase) -> Seen {
        Seen { began: None, question: String::new(), metrics: METRICS.to_vec(), runs, phase }
    }

    fn running() -> Seen {
        let runs = vec![
            run("sgd", 1, 100, 0.9, Stage::Finished),
            run("sgd", 2, 100, 0.91, Stage::Finished),
            run("error-feedback top-k k=7", 1, 60, 0.94, Stage::Running),
            run("error-feedback top-k k=7", 2, 0, 0.94, Stage::Waiting),
            run("compressed-sgd rand-k k=7", 1, 0, 0.94, Stage::Waiting),
        ];
        seen(runs, Phase::Running)
    }

    fn shown(screen: &mut Screen, seen: Option<&Seen>, verdicts: Option<&Verdicts>, size: (u16, u16)) -> String {
        let rounds = seen.map(|seen| Columns::parse(Path::new("rounds.csv"), &seen.rounds_csv()).unwrap());
        let sight = Sight {
            dir: "results/x".to_owned(),
            seen,
            rounds: rounds.as_ref(),
            verdicts,
            elapsed: seen.map(|_| Duration::from_secs(75)),
            silence: Some(Duration::from_secs(1)),
        };
        let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
        terminal.draw(|frame| screen.draw(frame, &sight)).unwrap();
        terminal.backend().to_string()
    }

    /// Holds a screen to the picture of its name in the folder of all snapshots.
    fn hold(name: &str, screen: &str) {
        insta::with_settings!({ snapshot_path => "../../../tests/it/snapshots", prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(format!("watch_{name}"), screen);
        });
    }

    fn press(screen: &mut Screen, key: KeyCode, seen: &Seen) -> Pressed {
        screen.press(KeyEvent::from(key), Some(seen))
    }

    #[test]
    fn a_folder_without_a_run_says_so() {
        hold("empty", &shown(&mut Screen::default(), None, None, (80, 20)));
    }

    #[test]
    fn a_running_experiment_shows_its_curves_and_what_is_left() {
        hold("running", &shown(&mut Screen::default(), Some(&running()), None, (80, 24)));
    }

    #[test]
    fn a_finished_experiment_shows_its_verdicts() {
        let mut all = running();
        for run_of_all in &mut all.runs {
            *run_of_all = run(&run_of_all.label, run_of_all.seed, 100, 0.93, Stage::Finished);
        }
        all.phase = Phase::Over(Ending::Finished);
        let verdicts = Verdicts {
            counts: vec![("violated", 1), ("hold", 12)],
            violated: vec!["S1 on sgd".to_owned()],
            is_earlier: false,
        };
        hold("finished", &shown(&mut Screen::default(), Some(&all), Some(&verdicts), (80, 24)));
    }

    #[test]
    fn a_diverged_run_ends_with_a_cross() {
        let diverged = Stage::Diverged { round: 42, reason: "the loss is inf".to_owned() };
        let runs = vec![run("sgd", 1, 40, 1.5, diverged), run("ef21 top-k k=7", 1, 55, 0.9, Stage::Running)];
        hold("diverged", &shown(&mut Screen::default(), Some(&seen(runs, Phase::Running)), None, (80, 24)));
    }

    #[test]
    fn a_narrow_terminal_keeps_what_matters_and_one_too_small_says_so() {
        hold("narrow", &shown(&mut Screen::default(), Some(&running()), None, (40, 14)));
        let tiny = shown(&mut Screen::default(), Some(&running()), None, (20, 5));
        assert!(tiny.contains("52 % done") && tiny.contains("too small"), "{tiny}");
        for width in [1, 7, 20, 31, 32, 33, 50, 71, 72, 130] {
            for height in [1, 3, 9, 10, 11, 14, 40] {
                // No size of the terminal is a reason to fail.
                shown(&mut Screen { shows_keys: true, ..Screen::default() }, Some(&running()), None, (width, height));
            }
        }
    }

    #[test]
    fn keys_choose_metric_axis_and_scales() {
        let (mut screen, all) = (Screen::default(), running());
        let title = |screen: &mut Screen| {
            let text = shown(screen, Some(&all), None, (80, 24));
            text.lines().nth(2).unwrap().trim_matches(['"', ' ']).to_owned()
        };
        assert_eq!(title(&mut screen), "f(x) − f* (log) against round");
        for (key, expected) in [
            (KeyCode::Char('l'), "f(x) − f* against round"),
            (KeyCode::Char('l'), "f(x) − f* (log) against round"),
            (KeyCode::Right, "communicated bits [kbit] against round"),
            (KeyCode::Right, "loss f(x) against round"),
            (KeyCode::Left, "communicated bits [kbit] against round"),
            (KeyCode::Left, "f(x) − f* (log) against round"),
            (KeyCode::Down, "f(x) − f* (log) against communicated bits [kbit]"),
            (KeyCode::Char('L'), "f(x) − f* (log) against communicated bits (log)"),
            (KeyCode::Down, "f(x) − f* (log) against round (log)"),
        ] {
            assert_eq!(press(&mut screen, key, &all), Pressed::Stay);
            assert_eq!(title(&mut screen), expected, "{key:?}");
        }
        press(&mut screen, KeyCode::Char('h'), &all);
        assert!(shown(&mut screen, Some(&all), None, (80, 24)).contains("choose the metric"));
        assert_eq!(press(&mut screen, KeyCode::Esc, &all), Pressed::Stay);
        assert_eq!(press(&mut screen, KeyCode::Esc, &all), Pressed::Leave);
        assert_eq!(press(&mut screen, KeyCode::Char('q'), &all), Pressed::Leave);
        let control_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        assert_eq!(screen.press(control_c, Some(&all)), Pressed::Leave);
        assert_eq!(screen.press(KeyEvent::from(KeyCode::Right), None), Pressed::Stay);
    }

    #[test]
    fn many_settings_are_moved_through() {
        let all = (0..20).map(|k| run(&format!("k={k}"), 1, 50, 0.9, Stage::Running)).collect();
        let (mut screen, all) = (Screen::default(), seen(all, Phase::Running));
        let has = |screen: &mut Screen, label: &str| {
            shown(screen, Some(&all), None, (80, 24)).lines().any(|line| line.contains(&format!(" {label} ")))
        };
        assert!(has(&mut screen, "k=0") && !has(&mut screen, "k=19"));
        for _ in 0..50 {
            press(&mut screen, KeyCode::PageDown, &all);
        }
        assert!(!has(&mut screen, "k=0") && has(&mut screen, "k=19"));
        press(&mut screen, KeyCode::PageUp, &all);
        assert!(!has(&mut screen, "k=19"));
    }
}
