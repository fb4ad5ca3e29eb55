//! One figure as data, and its drawing: axes, lines, bands, points, steps, bars, reference lines, a legend below.
//!
//! It does not know where the numbers come from; a figure is drawn from nothing but itself, to the same bytes each time.

use super::OutputError;
use super::axis::{LARGEST, Scale, Span, Ticks};
use super::canvas::{Anchor, Canvas, Ink, Point, text_width};
use super::number::{power_of_ten, prefix};
use super::png;
use super::wrap::{wrap, wrap_clauses};

/// One axis.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Axis {
    /// What is measured, in words or symbols.
    pub label: String,
    /// Its unit without prefix (`s`, `bit`), shown in brackets with the prefix that fits; empty when it has none.
    pub unit: String,
    /// Linear or logarithmic.
    pub scale: Scale,
}

/// How the points of a series are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mark {
    /// Joined by straight lines.
    #[default]
    Line,
    /// A value holds until the next point.
    Step,
    /// A symbol at each point, with a whisker where there is a band.
    Points,
    /// A bar from each point to the next one's x; the last point only closes the last bar.
    Bars,
}

/// How a line ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum End {
    /// With the symbol of its series.
    #[default]
    Symbol,
    /// With a cross: the next value is not finite.
    Diverged,
    /// With nothing.
    Plain,
}

/// One curve, one set of points or one histogram.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Series {
    /// Its entry in the legend; empty for no entry.
    pub label: String,
    /// `(x, y)`; a point that an axis cannot draw interrupts the line.
    pub points: Vec<(f64, f64)>,
    /// The interval `(low, high)` around each point, or empty; an interval that is not finite is left out, and a
    /// lower end that a log axis cannot draw reaches down to the axis.
    pub band: Vec<(f64, f64)>,
    /// How the points are drawn.
    pub mark: Mark,
    /// How the line ends.
    pub end: End,
}

/// A horizontal line across the figure: a bound, a noise floor.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reference {
    /// Its entry in the legend; empty for no entry.
    pub label: String,
    /// Its height.
    pub y: f64,
}

/// A figure as pure data.
///
/// ```
/// use gradsieve::output::figure::{Axis, Figure, Series};
/// let figure = Figure {
///     x: Axis { label: "round".into(), ..Axis::default() },
///     series: vec![Series { label: "top-k".into(), points: vec![(0.0, 1.0), (9.0, 0.1)], ..Series::default() }],
///     ..Figure::default()
/// };
/// assert!(figure.svg()?.starts_with("<svg width=\"640\" height=\"420\""));
/// # Ok::<(), gradsieve::output::OutputError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Figure {
    /// Above the axes; empty for none.
    pub title: String,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// Names of rows instead of numbers on the vertical axis, from the top; row i, from 0, is at y = −i.
    pub rows: Vec<String>,
    /// What is drawn, the first at the bottom.
    pub series: Vec<Series>,
    /// Horizontal lines.
    pub references: Vec<Reference>,
    /// Small print below the legend: what line and band are.
    pub caption: String,
}

/// Width of every figure, and its height unless the legend is long, in logical pixels.
const SIZE: (f64, f64) = (640.0, 420.0);
/// The least height of a row with a name.
const ROW_HEIGHT: f64 = 27.0;
/// The axes are never lower than this; the figure grows instead.
const LEAST_PANEL_HEIGHT: f64 = 236.0;
/// Free space at the edges of the figure.
const EDGE: f64 = 10.0;
/// Font sizes: 19 logical pixels are 7.3 pt when the figure is 3.4 inches wide.
const LABEL: f64 = 19.0;
const TICK: f64 = 17.0;
const SMALL: f64 = 14.0;
/// Line height over font size.
const LEADING: f64 = 1.25;
/// Baseline below the middle of a digit, in em: half of DejaVu's digit height.
const HALF_DIGIT: f64 = 0.36;
const LINE_WIDTH: f64 = 2.4;
const TICK_LENGTH: f64 = 6.0;
/// Length of the key before a legend entry, and the free space after it.
const KEY: (f64, f64) = (40.0, 8.0);
/// Free space between columns of the legend.
const GUTTER: f64 = 20.0;

/// A longer legend is not read; the caption says how many names it lacks.
const MOST_ENTRIES: usize = 200;

const BLACK: Ink = Ink(0x1A, 0x1A, 0x1A, 1.0);
const GREY: Ink = Ink(0x55, 0x55, 0x55, 1.0);
const GRID: Ink = Ink(0xDF, 0xDF, 0xDF, 1.0);
const WHITE: Ink = Ink(255, 255, 255, 1.0);

/// Okabe and Ito's palette for all kinds of color vision, without its yellow, which is too light for a line on white.
const COLORS: [Ink; 7] = [
    Ink(0x00, 0x72, 0xB2, 1.0),
    Ink(0xD5, 0x5E, 0x00, 1.0),
    Ink(0x00, 0x9E, 0x73, 1.0),
    Ink(0xCC, 0x79, 0xA7, 1.0),
    Ink(0x00, 0x00, 0x00, 1.0),
    Ink(0xE6, 0x9F, 0x00, 1.0),
    Ink(0x56, 0xB4, 0xE9, 1.0),
];

/// As many as make color and dashes together distinct for 42 series.
const DASHES: [&[f64]; 6] =
    [&[], &[9.0, 4.0], &[2.5, 3.0], &[10.0, 3.0, 2.5, 3.0], &[16.0, 4.0], &[8.0, 3.0, 2.0, 3.0, 2.0, 3.0]];

/// The dashes of reference lines, which are grey.
const REFERENCE_DASHES: [&[f64]; 3] = [&[6.0, 4.0], &[2.0, 3.0], &[12.0, 4.0, 2.0, 4.0]];

/// The symbol of a series, at its end or at each of its points.
#[derive(Debug, Clone, Copy)]
pub(super) enum Symbol {
    Circle,
    Square,
    Up,
    Diamond,
    Down,
}

const SYMBOLS: [Symbol; 5] = [Symbol::Circle, Symbol::Square, Symbol::Up, Symbol::Diamond, Symbol::Down];

/// The look of the series of some index.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    pub(super) ink: Ink,
    pub(super) dash: &'static [f64],
    pub(super) symbol: Symbol,
}

impl Look {
    /// How many colors there are; the series after the last begins with the first again, in other dashes.
    pub(super) const COLORS: usize = COLORS.len();

    pub(super) fn of(index: usize) -> Self {
        Self {
            ink: COLORS[index % COLORS.len()],
            dash: DASHES[index % DASHES.len()],
            symbol: SYMBOLS[index % SYMBOLS.len()],
        }
    }
}

/// What an entry of the legend shows.
#[derive(Debug, Clone, Copy)]
enum Key {
    Series { look: Look, mark: Mark, end: End, has_band: bool },
    Reference(&'static [f64]),
}

/// The legend, laid out in columns.
#[derive(Debug)]
struct Legend {
    /// Key and the lines of its label, column after column.
    entries: Vec<(Key, Vec<String>)>,
    /// Entries per column.
    n_rows: usize,
    /// Width of each column.
    widths: Vec<f64>,
    /// Height of each row.
    heights: Vec<f64>,
}

/// The rectangle of the axes and what it spans.
#[derive(Debug)]
struct Panel {
    left: f64,
    top: f64,
    width: f64,
    height: f64,
    x: Span,
    y: Span,
}

impl Panel {
    fn at(&self, (x, y): (f64, f64)) -> Point {
        (self.left + self.width * self.x.place(x), self.top + self.height * (1.0 - self.y.place(y)))
    }

    fn bottom(&self) -> f64 {
        self.top + self.height
    }

    fn right(&self) -> f64 {
        self.left + self.width
    }
}

impl Figure {
    /// The figure as SVG: 640 logical pixels wide, 420 high (more when the legend is long), text as text.
    ///
    /// Text is set in DejaVu Sans or the viewer's nearest font; the bytes depend on nothing but the figure.
    ///
    /// # Errors
    /// [`OutputError::Drawing`] when a band has neither no interval nor one per point.
    pub fn svg(&self) -> Result<String, OutputError> {
        let (canvas, height) = self.canvas()?;
        let name = if self.title.is_empty() {
            format!("{} against {}", self.y.label, self.x.label)
        } else {
            self.title.clone()
        };
        canvas.finish((SIZE.0, height), &name).map_err(|problem| self.failure(problem))
    }

    /// The same figure as PNG on white, `scale` pixels per logical pixel, text in DejaVu Sans.
    ///
    /// # Errors
    /// Those of [`Figure::svg`], and [`OutputError::Drawing`] when the picture has no pixel.
    pub fn png(&self, scale: f32) -> Result<Vec<u8>, OutputError> {
        let (canvas, height) = self.canvas()?;
        png::draw(canvas.elements(), (SIZE.0, height), scale).map_err(|problem| self.failure(problem))
    }

    fn failure(&self, problem: String) -> OutputError {
        OutputError::Drawing { figure: self.title.clone(), problem }
    }

    /// Everything drawn, and the height that it takes.
    fn canvas(&self) -> Result<(Canvas, f64), OutputError> {
        if let Some(series) = self.series.iter().find(|s| !s.band.is_empty() && s.band.len() != s.points.len()) {
            let (band, points) = (series.band.len(), series.points.len());
            return Err(self.failure(format!(
                "`{}` has {points} points and {band} intervals of its band: none or {points} are needed",
                series.label
            )));
        }
        let mut canvas = Canvas::default();
        let height = self.draw(&mut canvas);
        Ok((canvas, height))
    }

    /// The values of the vertical axis that must be in sight.
    fn heights(&self) -> impl Iterator<Item = f64> {
        let series = self.series.iter().flat_map(|series| {
            let drawn = series.points.iter().enumerate().filter(|(_, point)| self.x.scale.draws(point.0));
            drawn.flat_map(|(index, &(_, y))| {
                let band = series.band.get(index).filter(|(low, high)| low.is_finite() && high.is_finite());
                let (low, high) = band.copied().unwrap_or((y, y));
                [y, low, high]
            })
        });
        let needs_zero = self.series.iter().any(|series| series.mark == Mark::Bars).then_some(0.0);
        let rows = (0..self.rows.len()).flat_map(|row| [0.45 - row as f64, -0.45 - row as f64]);
        series.chain(self.references.iter().map(|reference| reference.y)).chain(needs_zero).chain(rows)
    }

    /// Draws everything and returns the height of the figure.
    fn draw(&self, canvas: &mut Canvas) -> f64 {
        let inner_width = SIZE.0 - 2.0 * EDGE;
        let lines = |text: &str, size: f64, width: f64| match text {
            "" => vec![],
            _ => wrap(text, |line| text_width(line, size) <= width),
        };
        let title = lines(&self.title, LABEL, inner_width);
        let top = EDGE + LABEL * LEADING * title.len() as f64 + if title.is_empty() { 4.0 } else { 6.0 };

        let n_dropped = self.n_dropped();
        let mut caption = self.caption.clone();
        if n_dropped > 0 {
            let separator = if caption.is_empty() { "" } else { "; " };
            let points = if n_dropped == 1 { "point" } else { "points" };
            caption = format!("{caption}{separator}{n_dropped} {points} ≤ 0 not drawn");
        }
        let n_unnamed = self.names().count().saturating_sub(MOST_ENTRIES);
        if n_unnamed > 0 {
            let separator = if caption.is_empty() { "" } else { "; " };
            caption = format!("{caption}{separator}{n_unnamed} more names are in the table");
        }
        let caption = wrap_clauses(&caption, |line| text_width(line, SMALL) <= inner_width);
        let legend = self.legend(inner_width);

        let xs = self.series.iter().flat_map(|series| series.points.iter().map(|point| point.0));
        let x = Span::of(self.x.scale, xs, 0.0, 0.02);
        let (below, above) = if self.rows.is_empty() { (0.05, 0.06) } else { (0.0, 0.0) };
        let y = Span::of(self.y.scale, self.heights(), below, above);
        let is_empty = self.visible().next().is_none();

        let below_axis = TICK_LENGTH + TICK * LEADING + 3.0;
        let legend_height = legend.heights.iter().sum::<f64>() + if legend.entries.is_empty() { 0.0 } else { 8.0 };
        let caption_height = SMALL * LEADING * caption.len() as f64 + if caption.is_empty() { 0.0 } else { 5.0 };
        // The label of the horizontal axis is one line unless it is longer than the figure is wide.
        let x_lines = |exponent| lines(&with_unit(&self.x, exponent), LABEL, inner_width - 80.0);
        let under = |x_lines: usize| {
            below_axis + LABEL * LEADING * x_lines as f64 + legend_height + caption_height + EDGE - 2.0
        };
        let least_height = LEAST_PANEL_HEIGHT.max(ROW_HEIGHT * self.rows.len() as f64);
        let place = |n_x_lines: usize| (SIZE.1 - top - under(n_x_lines)).max(least_height);
        let panel_height = place(x_lines(0).len());

        let y_ticks = match &self.rows[..] {
            [] => y.ticks(panel_height, TICK * 0.9, &|_| TICK),
            rows => Ticks {
                major: rows.iter().enumerate().map(|(row, name)| (-(row as f64), name.clone())).collect(),
                minor: vec![],
                exponent: 0,
            },
        };
        let y_label = lines(&with_unit(&self.y, y_ticks.exponent), LABEL, panel_height + 40.0);
        let widest = y_ticks.major.iter().map(|(_, label)| text_width(label, TICK)).fold(0.0, f64::max);
        let left = EDGE + LABEL * LEADING * y_label.len() as f64 + 4.0 + widest + TICK_LENGTH + 4.0;

        let room = SIZE.0 - EDGE - left;
        let x_ticks = x.ticks(room, 14.0, &|label| text_width(label, TICK));
        // The label of the last tick may stick out beyond the end of the axis.
        let overhang = x_ticks
            .major
            .last()
            .map_or(0.0, |(value, label)| text_width(label, TICK) / 2.0 - (1.0 - x.place(*value)) * room);
        let panel = Panel { left, top, width: room - overhang.max(6.0), height: panel_height, x, y };

        if is_empty {
            let middle = (panel.left + panel.width / 2.0, panel.top + panel.height / 2.0);
            let positive = if Scale::Log == self.y.scale { "positive, " } else { "" };
            canvas.text(&format!("nothing to draw: no {positive}finite value"), middle, TICK, Anchor::Middle, GREY);
        } else {
            draw_grid(canvas, &panel, &x_ticks, &y_ticks);
        }
        self.draw_content(canvas, &panel);
        draw_frame(canvas, &panel);
        if !is_empty {
            draw_ticks(canvas, &panel, &x_ticks, &y_ticks);
        }

        let center = panel.left + panel.width / 2.0;
        for (row, line) in title.iter().enumerate() {
            let baseline = EDGE + LABEL * (0.85 + LEADING * row as f64);
            canvas.text(line, (SIZE.0 / 2.0, baseline), LABEL, Anchor::Middle, BLACK);
        }
        for (row, line) in y_label.iter().enumerate() {
            let middle = (panel.top + panel.height / 2.0).max(EDGE + text_width(line, LABEL) / 2.0);
            canvas.text_upwards(line, (EDGE + LABEL * (0.8 + LEADING * row as f64), middle), LABEL, BLACK);
        }
        let mut y = panel.bottom() + below_axis;
        for line in x_lines(x_ticks.exponent) {
            let half = text_width(&line, LABEL) / 2.0;
            let center = center.min(SIZE.0 - EDGE - half).max(EDGE + half);
            canvas.text(&line, (center, y + 0.85 * LABEL), LABEL, Anchor::Middle, BLACK);
            y += LABEL * LEADING;
        }
        if !legend.entries.is_empty() {
            y += 8.0;
            draw_legend(canvas, &legend, y);
            y += legend.heights.iter().sum::<f64>();
        }
        if !caption.is_empty() {
            y += 5.0;
        }
        for line in &caption {
            canvas.text(line, (SIZE.0 / 2.0, y + 0.9 * SMALL), SMALL, Anchor::Middle, GREY);
            y += SMALL * LEADING;
        }
        (y + EDGE - 2.0).max(SIZE.1).ceil()
    }

    /// The points that both axes can draw.
    fn visible(&self) -> impl Iterator<Item = (f64, f64)> {
        let points = self.series.iter().flat_map(|series| series.points.iter().copied());
        points.filter(|&(x, y)| self.x.scale.draws(x) && self.y.scale.draws(y))
    }

    /// How many finite points are left out because they are not positive on a log axis.
    fn n_dropped(&self) -> usize {
        let drops = |scale: Scale, value: f64| scale == Scale::Log && value <= 0.0;
        let is_dropped = |series: &Series, &(x, y): &(f64, f64)| {
            x.is_finite()
                && y.is_finite()
                && (drops(self.x.scale, x) || (drops(self.y.scale, y) && series.mark != Mark::Bars))
        };
        self.series.iter().map(|series| series.points.iter().filter(|point| is_dropped(series, point)).count()).sum()
    }

    fn draw_content(&self, canvas: &mut Canvas, panel: &Panel) {
        for (index, series) in self.series.iter().enumerate() {
            let Look { ink, .. } = Look::of(index);
            match series.mark {
                Mark::Line | Mark::Step => self.draw_band(canvas, panel, series, ink),
                Mark::Bars => self.draw_bars(canvas, panel, series, ink),
                Mark::Points => {}
            }
        }
        for (index, reference) in self.references.iter().enumerate().filter(|(_, r)| self.y.scale.draws(r.y)) {
            let height = panel.at((panel.x.low, reference.y)).1;
            let dash = REFERENCE_DASHES[index % REFERENCE_DASHES.len()];
            canvas.path(vec![(panel.left, height), (panel.right(), height)], GREY, 1.6, dash);
        }
        for (index, series) in self.series.iter().enumerate().filter(|(_, s)| matches!(s.mark, Mark::Line | Mark::Step))
        {
            let Look { ink, dash, .. } = Look::of(index);
            for stretch in self.stretches(series) {
                let points = stretch.iter().map(|&at| panel.at(series.points[at]));
                let points = if series.mark == Mark::Step { stairs(points) } else { points.collect() };
                if points.len() > 1 {
                    canvas.path(thin(&points), ink, LINE_WIDTH, dash);
                }
            }
        }
        for (index, series) in self.series.iter().enumerate() {
            let Look { ink, symbol, .. } = Look::of(index);
            let places: Vec<usize> = self.stretches(series).concat();
            match (series.mark, places.last()) {
                (Mark::Points, _) => {
                    for at in places {
                        if let Some((low, high)) = self.interval(series, at) {
                            let x = series.points[at].0;
                            canvas.path(vec![panel.at((x, low)), panel.at((x, high))], ink, 1.6, &[]);
                        }
                        draw_symbol(canvas, symbol, panel.at(series.points[at]), 5.0, ink);
                    }
                }
                (Mark::Line | Mark::Step, Some(&last)) => {
                    draw_end(canvas, series.end, symbol, panel.at(series.points[last]), ink);
                }
                _ => {}
            }
        }
    }

    /// The indices of the drawable points, in uninterrupted stretches.
    fn stretches(&self, series: &Series) -> Vec<Vec<usize>> {
        let draws = |at: &usize| {
            let (x, y) = series.points[*at];
            self.x.scale.draws(x) && self.y.scale.draws(y)
        };
        let mut stretches: Vec<Vec<usize>> = vec![];
        for at in (0..series.points.len()).filter(draws) {
            match stretches.last_mut() {
                Some(stretch) if stretch.last() == Some(&(at.wrapping_sub(1))) => stretch.push(at),
                _ => stretches.push(vec![at]),
            }
        }
        stretches
    }

    /// The interval of a point as far as it can be drawn.
    fn interval(&self, series: &Series, at: usize) -> Option<(f64, f64)> {
        let &(low, high) = series.band.get(at)?;
        // Below a log axis the place is clamped to its end.
        (low.abs() <= LARGEST && self.y.scale.draws(high)).then_some((low, high))
    }

    fn draw_band(&self, canvas: &mut Canvas, panel: &Panel, series: &Series, ink: Ink) {
        for stretch in self.stretches(series) {
            let edge = |end: fn((f64, f64)) -> f64| {
                let points = stretch
                    .iter()
                    .filter_map(|&at| self.interval(series, at).map(|band| panel.at((series.points[at].0, end(band)))));
                if series.mark == Mark::Step { stairs(points) } else { points.collect() }
            };
            let mut outline = thin(&edge(|band| band.1));
            let lower = thin(&edge(|band| band.0));
            if outline.len() > 1 {
                outline.extend(lower.iter().rev());
                canvas.polygon(outline, Ink(ink.0, ink.1, ink.2, 0.17));
            }
        }
    }

    fn draw_bars(&self, canvas: &mut Canvas, panel: &Panel, series: &Series, ink: Ink) {
        for pair in series.points.windows(2) {
            let [(left, height), (right, _)] = [pair[0], pair[1]];
            if self.x.scale.draws(left) && self.x.scale.draws(right) && self.y.scale.draws(height) {
                let corners = (panel.at((left, 0.0)), panel.at((right, height)));
                // A hair of white between the bars.
                let right = (corners.1.0 - 0.8).max(corners.0.0 + 0.2);
                canvas.rectangle(corners.0, (right, corners.1.1), Ink(ink.0, ink.1, ink.2, 0.65));
            }
        }
    }

    /// What the legend lists.
    fn names(&self) -> impl Iterator<Item = (Key, &str)> {
        let series = self.series.iter().enumerate().map(|(index, s)| {
            let key = Key::Series { look: Look::of(index), mark: s.mark, end: s.end, has_band: !s.band.is_empty() };
            (key, s.label.as_str())
        });
        let references = self.references.iter().enumerate();
        let references = references
            .map(|(index, r)| (Key::Reference(REFERENCE_DASHES[index % REFERENCE_DASHES.len()]), r.label.as_str()));
        series.chain(references).filter(|(_, label)| !label.is_empty())
    }

    /// The legend in as many columns as fit.
    fn legend(&self, width: f64) -> Legend {
        let entries: Vec<(Key, &str)> = self.names().take(MOST_ENTRIES).collect();

        let room = width - KEY.0 - KEY.1;
        let lines: Vec<Vec<String>> =
            entries.iter().map(|(_, label)| wrap(label, |line| text_width(line, TICK) <= room)).collect();
        let widest = |lines: &Vec<String>| lines.iter().map(|line| text_width(line, TICK)).fold(0.0, f64::max);
        let widths: Vec<f64> = lines.iter().map(|lines| KEY.0 + KEY.1 + widest(lines)).collect();
        let column_widths = |n_rows: usize| -> Vec<f64> {
            widths.chunks(n_rows).map(|column| column.iter().copied().fold(0.0, f64::max)).collect()
        };
        let fits = |widths: &[f64]| widths.iter().sum::<f64>() + GUTTER * (widths.len() as f64 - 1.0) <= width;
        let n_entries = entries.len().max(1);
        let n_rows = (1..n_entries).find(|&n_rows| fits(&column_widths(n_rows))).unwrap_or(n_entries);
        let height = |row: usize| {
            let n_lines = lines.iter().skip(row).step_by(n_rows).map(Vec::len).max().unwrap_or(0);
            TICK * (0.2 + 1.15 * n_lines as f64)
        };
        Legend {
            n_rows,
            widths: column_widths(n_rows),
            heights: if lines.is_empty() { vec![] } else { (0..n_rows).map(height).collect() },
            entries: entries.into_iter().map(|(key, _)| key).zip(lines).collect(),
        }
    }
}

/// The label of an axis with its unit, which takes up the power of ten that the ticks leave out.
///
/// A unit that the label already names (`bits`) is shown only with a prefix.
pub(crate) fn with_unit(axis: &Axis, exponent: i32) -> String {
    let is_named = axis.label.split(' ').any(|word| word.trim_end_matches('s') == axis.unit);
    let unit = match (prefix(exponent), axis.unit.as_str()) {
        (_, unit) if exponent == 0 && (unit.is_empty() || is_named) => return axis.label.clone(),
        (_, "") => format!("×{}", power_of_ten(exponent)),
        (Some(prefix), unit) => format!("{prefix}{unit}"),
        (None, unit) => format!("{} {unit}", power_of_ten(exponent)),
    };
    format!("{} [{unit}]", axis.label)
}

/// The corners of a line whose value holds until the next point.
fn stairs(points: impl Iterator<Item = Point>) -> Vec<Point> {
    let mut corners: Vec<Point> = vec![];
    for point in points {
        if let Some(&(_, y)) = corners.last() {
            corners.push((point.0, y));
        }
        corners.push(point);
    }
    corners
}

/// Leaves out points that cannot be seen: of those in one column of half a pixel, the first, the extremes and the last
/// stay, in their order.
fn thin(points: &[Point]) -> Vec<Point> {
    let column = |point: &Point| (2.0 * point.0).floor() as i64;
    let mut thinned = vec![];
    for group in points.chunk_by(|a, b| column(a) == column(b)) {
        let extreme = |order: fn(&f64, &f64) -> bool| {
            (1..group.len()).fold(0, |best, at| if order(&group[at].1, &group[best].1) { at } else { best })
        };
        let mut kept = [0, extreme(f64::lt), extreme(f64::gt), group.len() - 1];
        kept.sort_unstable();
        for (place, &at) in kept.iter().enumerate() {
            if place == 0 || kept[place - 1] != at {
                thinned.push(group[at]);
            }
        }
    }
    thinned
}

fn draw_grid(canvas: &mut Canvas, panel: &Panel, x_ticks: &Ticks, y_ticks: &Ticks) {
    for (value, _) in &x_ticks.major {
        let x = panel.at((*value, panel.y.low)).0;
        canvas.path(vec![(x, panel.top), (x, panel.bottom())], GRID, 1.0, &[]);
    }
    for (value, _) in &y_ticks.major {
        let y = panel.at((panel.x.low, *value)).1;
        canvas.path(vec![(panel.left, y), (panel.right(), y)], GRID, 1.0, &[]);
    }
}

fn draw_frame(canvas: &mut Canvas, panel: &Panel) {
    let corners = vec![(panel.left, panel.top), (panel.left, panel.bottom()), (panel.right(), panel.bottom())];
    canvas.path(corners, BLACK, 1.2, &[]);
}

fn draw_ticks(canvas: &mut Canvas, panel: &Panel, x_ticks: &Ticks, y_ticks: &Ticks) {
    let lengths = |ticks: &Ticks| -> Vec<(f64, f64)> {
        let major = ticks.major.iter().map(|(value, _)| (*value, TICK_LENGTH));
        major.chain(ticks.minor.iter().map(|&value| (value, 0.55 * TICK_LENGTH))).collect()
    };
    for (value, length) in lengths(x_ticks) {
        let x = panel.at((value, panel.y.low)).0;
        canvas.path(vec![(x, panel.bottom()), (x, panel.bottom() + length)], BLACK, 1.2, &[]);
    }
    for (value, length) in lengths(y_ticks) {
        let y = panel.at((panel.x.low, value)).1;
        canvas.path(vec![(panel.left - length, y), (panel.left, y)], BLACK, 1.2, &[]);
    }
    for (value, label) in &x_ticks.major {
        let at = (panel.at((*value, panel.y.low)).0, panel.bottom() + TICK_LENGTH + 2.0 + 0.85 * TICK);
        canvas.text(label, at, TICK, Anchor::Middle, BLACK);
    }
    for (value, label) in &y_ticks.major {
        let at = (panel.left - TICK_LENGTH - 4.0, panel.at((panel.x.low, *value)).1 + HALF_DIGIT * TICK);
        canvas.text(label, at, TICK, Anchor::End, BLACK);
    }
}

/// The symbol with a white rim, `radius` as that of the circle.
fn draw_symbol(canvas: &mut Canvas, symbol: Symbol, (x, y): Point, radius: f64, ink: Ink) {
    for (grown, ink) in [(1.3, WHITE), (0.0, ink)] {
        let corners = |corners: &[Point], size: f64| corners.iter().map(|c| (x + c.0 * size, y + c.1 * size)).collect();
        // Factors on the radius give all symbols nearly the area of the circle; the rim is evenly thick.
        match symbol {
            Symbol::Circle => canvas.circle((x, y), radius + grown, ink),
            Symbol::Square => {
                let half = 0.89 * radius + grown;
                canvas.rectangle((x - half, y - half), (x + half, y + half), ink);
            }
            Symbol::Up => {
                canvas.polygon(corners(&[(0.0, -1.0), (0.866, 0.5), (-0.866, 0.5)], 1.4 * radius + 2.0 * grown), ink);
            }
            Symbol::Diamond => {
                let unit = [(0.0, -1.0), (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0)];
                canvas.polygon(corners(&unit, 1.28 * radius + 1.41 * grown), ink);
            }
            Symbol::Down => {
                canvas.polygon(corners(&[(0.0, 1.0), (0.866, -0.5), (-0.866, -0.5)], 1.4 * radius + 2.0 * grown), ink);
            }
        }
    }
}

fn draw_end(canvas: &mut Canvas, end: End, symbol: Symbol, (x, y): Point, ink: Ink) {
    match end {
        End::Plain => {}
        End::Symbol => draw_symbol(canvas, symbol, (x, y), 4.6, ink),
        End::Diverged => {
            for (grown, width, ink) in [(1.0, 5.5, WHITE), (0.0, 3.0, ink)] {
                let arm = 5.5 + grown;
                canvas.path(vec![(x - arm, y - arm), (x + arm, y + arm)], ink, width, &[]);
                canvas.path(vec![(x - arm, y + arm), (x + arm, y - arm)], ink, width, &[]);
            }
        }
    }
}

fn draw_legend(canvas: &mut Canvas, legend: &Legend, top: f64) {
    let total: f64 = legend.widths.iter().sum::<f64>() + GUTTER * (legend.widths.len() as f64 - 1.0);
    let mut left = (SIZE.0 - total) / 2.0;
    for (column, width) in legend.entries.chunks(legend.n_rows).zip(&legend.widths) {
        let mut y = top;
        for ((key, lines), height) in column.iter().zip(&legend.heights) {
            let middle = y + 0.5 * TICK;
            draw_key(canvas, *key, (left, middle));
            for (row, line) in lines.iter().enumerate() {
                let at = (left + KEY.0 + KEY.1, middle + TICK * (HALF_DIGIT + 1.15 * row as f64));
                canvas.text(line, at, TICK, Anchor::Start, BLACK);
            }
            y += height;
        }
        left += width + GUTTER;
    }
}

/// A small piece of what the entry stands for.
fn draw_key(canvas: &mut Canvas, key: Key, (left, y): Point) {
    let right = left + KEY.0;
    match key {
        Key::Reference(dash) => canvas.path(vec![(left, y), (right, y)], GREY, 1.6, dash),
        Key::Series { look: Look { ink, dash, symbol }, mark, end, has_band } => match mark {
            Mark::Line | Mark::Step => {
                if has_band {
                    canvas.rectangle((left, y - 6.0), (right, y + 6.0), Ink(ink.0, ink.1, ink.2, 0.17));
                }
                canvas.path(vec![(left, y), (right - 6.0, y)], ink, LINE_WIDTH, dash);
                draw_end(canvas, end, symbol, (right - 6.0, y), ink);
            }
            Mark::Points => draw_symbol(canvas, symbol, (left + KEY.0 / 2.0, y), 5.0, ink),
            Mark::Bars => {
                canvas.rectangle((left + 8.0, y - 6.0), (right - 8.0, y + 6.0), Ink(ink.0, ink.1, ink.2, 0.65));
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_legend_that_no_one_reads_is_cut_and_the_caption_says_it() {
        let line = |index: usize| Series {
            label: format!("s{index}"),
            points: vec![(0.0, 1.0), (1.0, 2.0)],
            ..Series::default()
        };
        let figure = |n: usize| Figure { series: (0..n).map(line).collect(), ..Figure::default() }.svg().unwrap();
        assert!(figure(MOST_ENTRIES).contains(">s199<") && !figure(MOST_ENTRIES).contains("more names"));
        let longer = figure(MOST_ENTRIES + 7);
        assert!(longer.contains("7 more names are in the table") && !longer.contains(">s200<"));
    }
}
