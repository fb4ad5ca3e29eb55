//! Results are read, tabulated and drawn from CSVs alone, to the same bytes each time.

use gradsieve::output::OutputError;
use gradsieve::output::axis::Scale;
use gradsieve::output::draw::{draw, figures};
use gradsieve::output::figure::{Axis, End, Figure, Mark, Reference, Series};
use gradsieve::results::read::Columns;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// A folder with these CSVs.
fn folder(rounds: &str, plots: Option<&str>) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("rounds.csv"), rounds).unwrap();
    if let Some(plots) = plots {
        fs::write(dir.path().join("plots.csv"), plots).unwrap();
    }
    dir
}

/// Says in `summary.csv` of each run whether it diverged, and in which round.
fn summarize(dir: &tempfile::TempDir, runs: &[(&str, Option<u64>)]) {
    let mut summary = "run,outcome,reason\n".to_owned();
    for (run, diverged) in runs {
        match diverged {
            Some(round) => writeln!(summary, "{run},diverged,round {round}: the loss is inf").unwrap(),
            None => writeln!(summary, "{run},finished,").unwrap(),
        }
    }
    fs::write(dir.path().join("summary.csv"), summary).unwrap();
}

const HEADER: &str = "run,label,seed,step_size,round,loss,suboptimality,bits,seconds\n";
const PLOTS: &str = "file,title,x,y,x_scale,y_scale,filter\n";

/// Two settings of three seeds each; `f(x) − f* = 10^(−round/10) · seed`, slower by half in the second.
fn converging() -> String {
    let mut rounds = HEADER.to_owned();
    for (label, slowness) in [("top-k", 1.0), ("rand-k", 2.0)] {
        for seed in 1..=3 {
            for round in (0..=40).step_by(5) {
                let value = f64::from(seed) * 10_f64.powf(-f64::from(round) / (10.0 * slowness));
                let (bits, seconds) = (round * 1_000_000, f64::from(round) * (0.01 + 0.001 * f64::from(seed)));
                writeln!(rounds, "{label}{seed},{label},{seed},0.1,{round},,{value:e},{bits},{seconds}").unwrap();
            }
        }
    }
    rounds
}

/// The texts of an SVG in drawing order.
fn texts(svg: &str) -> Vec<&str> {
    svg.split("<text ").skip(1).map(|text| text.split_once('>').unwrap().1.split_once("</text>").unwrap().0).collect()
}

/// The numbers of `points` attributes of the elements of one kind.
fn coordinates(svg: &str, element: &str) -> Vec<Vec<(f64, f64)>> {
    svg.lines()
        .filter(|line| line.starts_with(&format!("<{element} ")))
        .map(|line| {
            let points = line.split_once("points=\"").unwrap().1.split_once('"').unwrap().0;
            let pair = |pair: &str| {
                let (x, y) = pair.split_once(',').unwrap();
                (x.parse().unwrap(), y.parse().unwrap())
            };
            points.split(' ').map(pair).collect()
        })
        .collect()
}

/// The lines of series: those as wide as data are drawn and longer than the keys of the legend.
fn data_lines(svg: &str) -> Vec<Vec<(f64, f64)>> {
    let wide: String = svg
        .lines()
        .filter(|line| line.contains("stroke-width=\"24\""))
        .fold(String::new(), |all, line| all + line + "\n");
    coordinates(&wide, "polyline").into_iter().filter(|points| points.len() > 2).collect()
}

fn line(label: &str, points: Vec<(f64, f64)>) -> Series {
    Series { label: label.to_owned(), points, ..Series::default() }
}

fn log_figure(series: Vec<Series>) -> Figure {
    Figure { y: Axis { scale: Scale::Log, ..Axis::default() }, series, ..Figure::default() }
}

#[test]
fn the_default_figures_show_suboptimality_against_round_bits_and_seconds() {
    let dir = folder(&converging(), None);
    let written = draw(dir.path()).unwrap();
    let names: Vec<_> = written.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "suboptimality-against-round.svg",
            "suboptimality-against-round.png",
            "suboptimality-against-bits.svg",
            "suboptimality-against-bits.png",
            "suboptimality-against-seconds.svg",
            "suboptimality-against-seconds.png",
        ]
    );
    let svg = fs::read_to_string(&written[2]).unwrap();
    assert!(svg.starts_with("<svg width=\"640\" height=\"420\" viewBox=\"0 0 6400 4200\""), "{}", &svg[..100]);
    assert!(!svg.contains("NaN") && !svg.contains("inf"));
    let texts = texts(&svg);
    assert_eq!(
        texts,
        [
            "5×10⁶",
            "10⁷",
            "2×10⁷",
            "10⁻⁴",
            "10⁻³",
            "10⁻²",
            "10⁻¹",
            "10⁰",
            "f(x) − f*",
            "communicated bits",
            "top-k",
            "rand-k",
            "line: median over 3 seeds; band: min to max; 2 points ≤ 0 not drawn",
        ]
    );
    assert_eq!(data_lines(&svg).len(), 2, "a line per setting");
    assert_eq!(svg.matches("stroke-dasharray").count(), 2, "the second line and its key are dashed");
    assert_eq!(svg.matches("fill-opacity=\"0.17\"").count(), 4, "a band per setting and per key");
    // Temporary files are gone.
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1 + written.len());
}

#[test]
fn a_redraw_gives_the_same_bytes_and_the_png_has_two_pixels_per_logical_pixel() {
    let dir = folder(&converging(), Some(&format!("{PLOTS}once,,round,suboptimality,linear,log,\n")));
    let read = |paths: &[std::path::PathBuf]| -> Vec<Vec<u8>> { paths.iter().map(|p| fs::read(p).unwrap()).collect() };
    let first = read(&draw(dir.path()).unwrap());
    assert_eq!(first, read(&draw(dir.path()).unwrap()));
    let picture = &first[1];
    assert_eq!(&picture[..8], b"\x89PNG\r\n\x1a\n");
    let size = |at: usize| u32::from_be_bytes(picture[at..at + 4].try_into().unwrap());
    assert_eq!((size(16), size(20)), (1280, 840));
}

#[test]
fn the_line_is_the_median_and_the_band_spans_the_seeds() {
    let dir = folder(&converging(), None);
    let all = figures(dir.path()).unwrap();
    let by_seconds = &all[2].1;
    let top_k = &by_seconds.series[0];
    for (index, round) in (0..=40).step_by(5).enumerate() {
        let unit = 10_f64.powf(-f64::from(round) / 10.0);
        let (x, y) = top_k.points[index];
        assert!((x - 0.012 * f64::from(round)).abs() < 1e-12, "mean of the seconds of three seeds");
        assert!((y / unit - 2.0).abs() < 1e-12);
        let (low, high) = top_k.band[index];
        assert!((low / unit - 1.0).abs() < 1e-12 && (high / unit - 3.0).abs() < 1e-12);
    }
}

#[test]
fn an_even_number_of_seeds_takes_the_mean_of_the_middle_two_geometric_on_a_log_axis() {
    let mut rounds = HEADER.to_owned();
    for (seed, loss) in [1.0, 4.0, 9.0, 100.0].into_iter().enumerate() {
        writeln!(rounds, "r{seed},a,{seed},0.1,0,{loss},,0,0").unwrap();
    }
    let plots = format!("{PLOTS}lin,,round,loss,linear,linear,\nlog,,round,loss,linear,log,\n");
    let all = figures(folder(&rounds, Some(&plots)).path()).unwrap();
    assert_eq!(all[0].1.series[0].points, [(0.0, 6.5)]);
    assert!((all[1].1.series[0].points[0].1 - 6.0).abs() < 1e-14);
    assert!(all[1].1.caption.contains("geometric mean of the middle two"), "{}", all[1].1.caption);
    assert!(!all[0].1.caption.contains("geometric"), "{}", all[0].1.caption);
}

#[test]
fn from_ten_seeds_on_the_band_is_the_middle_half() {
    let mut rounds = HEADER.to_owned();
    for seed in 0..13 {
        writeln!(rounds, "r{seed},a,{seed},0.1,0,{seed},,0,0").unwrap();
    }
    let all = figures(folder(&rounds, Some(&format!("{PLOTS}f,,round,loss,linear,linear,\n"))).path()).unwrap();
    assert_eq!(all[0].1.series[0].points, [(0.0, 6.0)]);
    assert_eq!(all[0].1.series[0].band, [(3.0, 9.0)]);
    assert_eq!(all[0].1.caption, "line: median over 13 seeds; band: middle half");
}

#[test]
fn a_line_ends_with_a_cross_where_half_of_its_runs_have_diverged() {
    let mut rounds = HEADER.to_owned();
    // The first run stays, the second says inf at round 2, the third ends before: summary.csv says why.
    for (run, losses) in [("s", &["1", "1", "1", "1"][..]), ("i", &["1", "5", "inf"]), ("e", &["1", "20"])] {
        for (round, loss) in losses.iter().enumerate() {
            writeln!(rounds, "{run},a,{run},0.1,{round},{loss},,0,0").unwrap();
        }
    }
    let dir = folder(&rounds, Some(&format!("{PLOTS}f,,round,loss,linear,log,\n")));
    summarize(&dir, &[("s", None), ("i", Some(2)), ("e", Some(2))]);
    let all = figures(dir.path()).unwrap();
    let figure = &all[0].1;
    assert_eq!(figure.series[0].points, [(0.0, 1.0), (1.0, 5.0)]);
    assert_eq!(figure.series[0].end, End::Diverged);
    assert_eq!(figure.caption, "line: median over 3 seeds; band: min to max; ×: diverged (2 of 3 runs)");
    let svg = figure.svg().unwrap();
    // A cross is two strokes above two white ones, at the end of the line and of its key.
    assert_eq!(svg.matches("stroke=\"#0072B2\" stroke-width=\"30\"").count(), 4);
    assert!(!svg.contains("inf") && !svg.contains("NaN"));
}

#[test]
fn one_diverged_run_of_three_counts_as_the_largest() {
    let mut rounds = HEADER.to_owned();
    for (run, losses) in [("a", ["1", "1"]), ("b", ["2", "2"]), ("c", ["3", "NaN"])] {
        for (round, loss) in losses.iter().enumerate() {
            writeln!(rounds, "{run},x,{run},0.1,{round},{loss},,0,0").unwrap();
        }
    }
    let dir = folder(&rounds, Some(&format!("{PLOTS}f,,round,loss,linear,linear,\n")));
    summarize(&dir, &[("a", None), ("b", None), ("c", Some(1))]);
    let all = figures(dir.path()).unwrap();
    assert_eq!(all[0].1.series[0].points, [(0.0, 2.0), (1.0, 2.0)]);
    assert_eq!(all[0].1.series[0].band, [(1.0, 3.0), (1.0, 2.0)]);
    assert_eq!(all[0].1.series[0].end, End::Symbol);
}

#[test]
fn a_filter_compares_numbers_as_numbers() {
    let rounds = format!("{HEADER}r,a,1,0.001,0,1,,0,0\nq,b,1,0.01,0,2,,0,0\n");
    let plots = format!("{PLOTS}f,,round,loss,linear,linear,step_size=1e-3\nnone,,round,loss,linear,log,label=c\n");
    let all = figures(folder(&rounds, Some(&plots)).path()).unwrap();
    assert_eq!(all[0].1.series.iter().map(|series| series.label.as_str()).collect::<Vec<_>>(), ["a"]);
    assert!(all[1].1.series.is_empty());
    assert!(texts(&all[1].1.svg().unwrap()).contains(&"nothing to draw: no positive, finite value"));
}

#[test]
fn names_leave_out_what_all_lines_share_and_the_caption_says_what() {
    let mut rounds = HEADER.to_owned();
    for label in ["sgd", "ef21 top-k k=1 cost=2", "ef21 top-k k=5 cost=2"] {
        writeln!(rounds, "{label},{label},1,0.1,0,1,,0,0").unwrap();
    }
    let plots =
        format!("{PLOTS}all,,round,loss,linear,linear,\nrest,,round,loss,linear,linear,step_size=0.1 and loss=1\n");
    let mut all = figures(folder(&rounds, Some(&plots)).path()).unwrap();
    let names = |figure: &Figure| figure.series.iter().map(|series| series.label.clone()).collect::<Vec<_>>();
    assert_eq!(names(&all[0].1), ["sgd", "ef21 top-k k=1", "ef21 top-k k=5"]);
    assert!(all[0].1.caption.ends_with("; names leave out cost=2"), "{}", all[0].1.caption);
    // Without the line that has no operator more is shared.
    let rounds = rounds.replace("sgd,sgd,1,0.1", "sgd,sgd,1,0.2");
    all = figures(folder(&rounds, Some(&plots)).path()).unwrap();
    assert_eq!(names(&all[1].1), ["k=1", "k=5"]);
    assert!(all[1].1.caption.ends_with("; names leave out ef21, top-k, cost=2"), "{}", all[1].1.caption);
}

#[test]
fn a_line_over_an_axis_of_the_grid_has_one_point_per_setting_where_it_gets_there() {
    // k = 1 gets to 0.1 in rounds 30 and 20, k = 2 in 10 and never, k = 3 never; dense SGD, which has no k, in 5.
    let mut rounds = "run,label,seed,method,k,round,loss\n".to_owned();
    for (method, k, seed, there) in
        [("s", "1", 1, 30), ("s", "1", 2, 20), ("s", "2", 1, 10), ("s", "2", 2, 99), ("s", "3", 1, 99), ("d", "", 1, 5)]
    {
        for round in [0, 5, 10, 20, 30] {
            let loss = if round >= there { 0.1 } else { 1.0 };
            writeln!(rounds, "{method}{k}{seed},{method} k={k},{seed},{method},{k},{round},{loss}").unwrap();
        }
    }
    let plots = "file,title,x,y,x_scale,y_scale,filter,table,also,lines,reaching\n\
                 f,,k,round,linear,linear,,rounds,,method,loss <= 0.1\n";
    let all = figures(folder(&rounds, Some(plots)).path()).unwrap();
    let figure = &all[0].1;
    assert_eq!(figure.series.len(), 1);
    assert_eq!((figure.series[0].label.as_str(), &figure.series[0].points[..]), ("s", &[(1.0, 25.0)][..]));
    assert_eq!(figure.series[0].band, [(20.0, 30.0)]);
    assert_eq!(figure.references, [Reference { label: "d".into(), y: 5.0 }]);
    assert!(figure.caption.contains("first record with loss f(x) ≤ 0.1"), "{}", figure.caption);
}

#[test]
fn curves_are_drawn_round_by_round_with_their_bounds() {
    let curves = "run,label,seed,round,k,kappa,fraction_left,linear\n\
                  r,a,1,1,1,0.5,0.3,0.5\nr,a,1,1,2,1,0,0\nr,a,1,9,1,0.5,0.4,0.5\nr,a,1,9,2,1,0,0\n";
    let plots = "file,title,x,y,x_scale,y_scale,filter,table,also,lines,reaching\n\
                 f,,kappa,fraction_left,linear,linear,,curves,linear,round,\n\
                 g,,kappa,fraction_left,linear,linear,label=a and round=9,curves,,round,\n";
    let dir = folder(&converging(), Some(plots));
    fs::write(dir.path().join("curves.csv"), curves).unwrap();
    let all = figures(dir.path()).unwrap();
    let lines = |figure: &Figure| -> Vec<(String, f64)> {
        figure.series.iter().map(|series| (series.label.clone(), series.points[0].1)).collect()
    };
    let expected = [("round 1", 0.3), ("round 9", 0.4), ("1 − k/d", 0.5)];
    assert_eq!(lines(&all[0].1), expected.map(|(label, y)| (label.to_owned(), y)));
    assert_eq!(lines(&all[1].1), [("round 9".to_owned(), 0.4)]);
}

#[test]
fn values_that_a_log_axis_cannot_show_interrupt_the_line_and_are_counted() {
    let figure = log_figure(vec![line(
        "a",
        vec![(0.0, 1.0), (1.0, 2.0), (1.5, 3.0), (2.0, 0.0), (3.0, -1.0), (4.0, 1.0), (5.0, 2.0), (6.0, 3.0)],
    )]);
    let svg = figure.svg().unwrap();
    assert_eq!(data_lines(&svg).iter().map(Vec::len).collect::<Vec<_>>(), [3, 3]);
    assert!(texts(&svg).contains(&"2 points ≤ 0 not drawn"), "{:?}", texts(&svg));
}

#[test]
fn everything_stays_inside_the_figure_for_every_kind_of_data() {
    let growth = |rate: f64| (0..=100).map(|t| (f64::from(t), (rate * f64::from(t)).exp())).collect::<Vec<_>>();
    let constant = vec![(0.0, 7.0), (1.0, 7.0)];
    let negative = vec![(-3e7, -1e-9), (2e7, 4e-9), (5e7, -3e-9)];
    let long = "a label of very many words, ".repeat(9);
    let word = "x".repeat(200);
    for (points, label) in [
        (growth(6.0), "huge"),
        (growth(-6.0), "tiny"),
        (constant, "constant"),
        (negative, long.as_str()),
        (vec![(5.0, 5.0)], word.as_str()),
        (vec![(0.0, f64::NAN), (1.0, f64::INFINITY)], "nothing"),
        (vec![], "empty"),
    ] {
        for (scale, n_series) in [(Scale::Linear, 1), (Scale::Log, 1), (Scale::Linear, 12)] {
            let axis = Axis { label: label.to_owned(), unit: "s".to_owned(), scale };
            let figure = Figure {
                title: long.clone(),
                x: axis.clone(),
                y: axis,
                series: vec![line(label, points.clone()); n_series],
                references: vec![Reference { label: "bound".to_owned(), y: 3.0 }],
                caption: long.clone(),
                ..Figure::default()
            };
            let svg = figure.svg().unwrap();
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{label} {scale:?}");
            let height: f64 =
                svg.split("viewBox=\"0 0 6400 ").nth(1).unwrap().split('"').next().unwrap().parse().unwrap();
            for points in coordinates(&svg, "polyline").into_iter().chain(coordinates(&svg, "polygon")) {
                for (x, y) in points {
                    assert!((0.0..=6400.0).contains(&x) && (0.0..=height).contains(&y), "{label}: {x}, {y}");
                }
            }
            for text in svg.split("<text ").skip(1).filter(|text| !text.contains("rotate")) {
                let at = |name: &str| -> f64 {
                    text.split(&format!(" {name}=\""))
                        .nth(1)
                        .or_else(|| text.strip_prefix(&format!("{name}=\"")))
                        .unwrap()
                        .split('"')
                        .next()
                        .unwrap()
                        .parse()
                        .unwrap()
                };
                assert!(
                    (0.0..=6400.0).contains(&at("x")) && (0.0..height - 100.0).contains(&at("y")),
                    "{label}: {text}"
                );
            }
        }
    }
}

#[test]
fn steps_points_bars_and_reference_lines_are_drawn_as_such() {
    let points = vec![(0.0, 1.0), (1.0, 3.0), (2.0, 2.0)];
    let with = |mark: Mark| Figure {
        series: vec![Series { label: "s".to_owned(), points: points.clone(), mark, ..Series::default() }],
        references: vec![Reference { label: "bound".to_owned(), y: 2.5 }],
        ..Figure::default()
    };
    let step = with(Mark::Step).svg().unwrap();
    assert_eq!(data_lines(&step)[0].len(), 5, "two corners and three points");
    let bars = with(Mark::Bars).svg().unwrap();
    assert_eq!(bars.matches("fill-opacity=\"0.65\"").count(), 2 + 1, "two bars and the key");
    let bar = &coordinates(&bars, "polygon")[0];
    let frame = coordinates(&bars, "polyline").into_iter().find(|points| points.len() == 3).unwrap();
    assert_eq!(bar[0].1.max(bar[2].1), frame[1].1, "a bar stands on the axis");
    let dots = with(Mark::Points).svg().unwrap();
    assert_eq!(dots.matches("<circle").count(), 2 * (3 + 1), "each with a white rim, and the key");
    for svg in [step, bars, dots] {
        assert_eq!(svg.matches("stroke=\"#555555\"").count(), 2, "the reference line and its key");
        assert!(texts(&svg).contains(&"bound"));
    }
}

#[test]
fn ten_series_have_ten_looks() {
    let series =
        (0..10).map(|index| line(&format!("k = {index}"), vec![(0.0, 1.0), (1.0, 2.0), (2.0, f64::from(index))]));
    let svg = Figure { series: series.collect(), ..Figure::default() }.svg().unwrap();
    let mut looks: Vec<&str> = svg
        .lines()
        .filter(|line| line.contains("stroke-width=\"24\""))
        .map(|line| line.split(" points=").next().unwrap())
        .collect();
    assert_eq!(looks.len(), 20, "each with a key");
    looks.sort_unstable();
    looks.dedup();
    assert_eq!(looks.len(), 10);
}

#[test]
fn dense_curves_keep_their_extremes_but_not_all_their_points() {
    let spike = |t: i32| if t == 54_321 { 9.0 } else { f64::from(t % 7) };
    let points = (0..100_000).map(|t| (f64::from(t), spike(t))).collect();
    let svg = Figure { series: vec![line("", points)], ..Figure::default() }.svg().unwrap();
    let drawn = &data_lines(&svg)[0];
    assert!(drawn.len() < 6000, "{} points", drawn.len());
    let top = drawn.iter().map(|point| point.1).fold(f64::INFINITY, f64::min);
    assert_eq!(drawn.iter().filter(|point| point.1 == top).count(), 1, "the spike is there, once");
}

#[test]
fn text_is_escaped() {
    let figure = Figure { title: "a < b & \"c\"".to_owned(), ..Figure::default() };
    let svg = figure.svg().unwrap();
    assert!(svg.contains("<title>a &lt; b &amp; \"c\"</title>"), "{svg}");
    assert_eq!(figure.png(0.25).unwrap()[..4], *b"\x89PNG");
}

#[test]
fn a_band_of_another_length_and_a_picture_without_pixels_are_refused() {
    let mut figure = log_figure(vec![line("a", vec![(0.0, 1.0)])]);
    figure.series[0].band = vec![(0.0, 1.0), (0.0, 1.0)];
    let message = figure.svg().unwrap_err().to_string();
    assert_eq!(
        message,
        "cannot draw the figure ``: `a` has 1 points and 2 intervals of its band: none or 1 are needed"
    );
    assert!(matches!(figure.png(1.0), Err(OutputError::Drawing { .. })));
    assert!(Figure::default().png(0.0).unwrap_err().to_string().contains("at scale 0"));
}

/// The message of the error that drawing these CSVs gives, without the folder.
fn refusal(rounds: &str, plots: Option<&str>) -> String {
    let dir = folder(rounds, plots);
    let message = draw(dir.path()).unwrap_err().to_string();
    message.replace(&format!("{}/", dir.path().display()), "")
}

#[test]
fn malformed_rounds_are_refused_with_file_line_and_column() {
    let row = "r,a,1,0.1,0,1,,0,0\n";
    for (rounds, message) in [
        (String::new(), "rounds.csv:1: the file is empty: a header was expected"),
        (format!("{HEADER}{row}r,a,1\n"), "rounds.csv:3: the row has 3 cells where the header has 9"),
        (format!("{HEADER}{row}r,a,1,0.1,1,one,,0,0\n"), "rounds.csv:3: column `loss`: `one` is not a number"),
        (
            format!("{HEADER}r,a,1,0.1,-1,1,,0,0\n"),
            "rounds.csv:2: column `round`: `-1` is not a count (an integer from 0)",
        ),
        (
            format!("{HEADER}{row}{row}"),
            "rounds.csv:3: column `round`: `0` is not a later round than the one before it of the same run",
        ),
        (format!("{HEADER}r,a,1,0.1,,1,,0,0\n"), "rounds.csv:2: column `round`: `` is not a count (an integer from 0)"),
        ("run,label,run\n".to_owned(), "rounds.csv:1: column 3 is named `run`: names are unique, not empty"),
        (
            "run,label,round,losses\nr,a,0,1\n".to_owned(),
            "rounds.csv:1: no column `loss` (requested by plots.csv:2); did you mean `losses`?",
        ),
        (
            "run,label,round,x\nr,a,0,1\n".to_owned(),
            "rounds.csv:1: no column `loss` (requested by plots.csv:2); the columns are run, label, round, x",
        ),
    ] {
        let plots = format!("{PLOTS}f,,round,loss,linear,linear,\n");
        assert_eq!(refusal(&rounds, Some(&plots)), message);
    }
    assert!(refusal(HEADER, None).contains("nor `loss`, and there is no plots.csv"));
}

#[test]
fn malformed_plots_are_refused_with_file_line_and_column() {
    for (row, message) in [
        (
            "f,,round,loss,linear,logarithmic,",
            "plots.csv:2: column `y_scale`: `logarithmic` is not a scale: `linear` or `log`",
        ),
        ("../f,,round,loss,linear,log,", "plots.csv:2: column `file`: `../f` is not a file name without folder"),
        (
            "f,,round,loss,linear,log,label",
            "plots.csv:2: column `filter`: `label` is not a filter: `column=value` or empty",
        ),
        (
            "f,,round,loss,linear,log,a=1 and b",
            "plots.csv:2: column `filter`: `a=1 and b` is not a filter: `column=value` or empty",
        ),
        ("f,,,loss,linear,log,", "plots.csv:2: column `x`: `` is not a column of rounds.csv"),
        (
            "f,,round,loss,linear,log,lable=a",
            "rounds.csv:1: no column `lable` (requested by plots.csv:2); did you mean `label`?",
        ),
        (
            "f,,round,loss,linear,log,\nf,,round,loss,linear,log,",
            "plots.csv:3: column `file`: `f` is not a new name: an earlier row has it",
        ),
    ] {
        assert_eq!(refusal(&format!("{HEADER}r,a,1,0.1,0,1,,0,0\n"), Some(&format!("{PLOTS}{row}\n"))), message);
    }
    assert_eq!(
        refusal(HEADER, Some("file,title,x,y,xscale,y_scale,filter\n")),
        "plots.csv:1: no column `x_scale`; did you mean `xscale`?"
    );
}

#[test]
fn a_missing_folder_is_named() {
    let message = draw(Path::new("no/such/folder")).unwrap_err().to_string();
    assert!(message.starts_with("cannot read no/such/folder/rounds.csv: "), "{message}");
}

#[test]
fn columns_keep_absent_cells_apart_from_zero() {
    let columns = Columns::parse(Path::new("summary.csv"), b"status,bits\nok,0\ndiverged,\nok,inf\n").unwrap();
    assert_eq!(columns.names(), ["status", "bits"]);
    assert_eq!(columns.numbers("bits").unwrap(), [Some(0.0), None, Some(f64::INFINITY)]);
    assert_eq!(columns.texts("status").unwrap(), ["ok", "diverged", "ok"]);
    assert_eq!(columns.len(), 3);
    assert_eq!(
        columns.counts("bits").unwrap_err().to_string(),
        "summary.csv:4: column `bits`: `inf` is not a count (an integer from 0)"
    );
    let bytes = b"a,b\n1,\xff\n";
    let message = Columns::parse(Path::new("s.csv"), bytes).unwrap_err().to_string();
    assert_eq!(message, "s.csv:2: cell 2 is not UTF-8");
}
