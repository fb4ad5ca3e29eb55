//! The tables of fits. Every row begins with the group, the tensor and the step of its vector.

use super::{Fit, Fits};
use crate::distribution::{Axis, Choice, Moment, Parameter, Prediction};
use crate::results::error::ResultsError;
use crate::results::number;
use crate::store::{StoreError, write_whole};
use std::io::{self, Write};
use std::path::Path;

/// One row of a table.
type Row = Vec<String>;

/// The columns of a table, each with its meaning; one without words shares those of the column before.
type Columns = &'static [(&'static str, &'static str)];

/// The file, its columns after [`KEYS`], and the rows that a fit gives.
type Table = (&'static str, Columns, fn(&Fit) -> Vec<Row>);

/// The first columns of every table: which vector a row is about.
pub const KEYS: [(&str, &str); 3] = [
    (
        "group",
        "where the vector was taken: label, seed, worker and vector of a run; for files of tensors what their names hold beside the step, where they differ in that",
    ),
    ("tensor", "the name of the tensor, or of the block of a run"),
    ("step", "the step of the training or the round of the run; empty for a single file"),
];

/// All tables.
pub const TABLES: &[Table] = &[
    (
        "fits.csv",
        &[
            ("rank", "by AIC, from 1; families without a fit come last"),
            ("family", "its name"),
            ("parameters", "with standard errors, in words; as numbers they are in `parameters.csv`"),
            ("log_likelihood", "of all numbers; exact zeros count by the probability of the point mass"),
            ("aic", "2p − 2 ln L"),
            ("aic_above_best", "the same above the smallest one; below 2, a family is as good as the nearest"),
            ("bic", "p ln n − 2 ln L"),
            ("deviation", "the largest difference between its cdf and that of all numbers: the effect size"),
            ("tested", "how many numbers went into the p-values"),
            ("kolmogorov_smirnov", "the statistic on these, and its p-value by the parametric bootstrap"),
            ("kolmogorov_smirnov_p", ""),
            ("anderson_darling", "the statistic that weighs the tails, and its p-value"),
            ("anderson_darling_p", ""),
            ("reason", "why there is no fit"),
        ],
        fits,
    ),
    (
        "parameters.csv",
        &[
            ("family", "its name"),
            ("parameter", "`location`, `scale`, `zero_mass`, or the name of the family's shape"),
            ("value", "the maximum-likelihood estimate"),
            ("standard_error", "of first order; empty where the likelihood is not regular"),
            ("lower", "95 % interval"),
            ("upper", ""),
        ],
        parameters,
    ),
    (
        "descriptions.csv",
        &[
            ("n", "how many numbers, d"),
            ("zero_fraction", "the fraction that is exactly zero"),
            ("largest_magnitude", "‖u‖∞"),
            ("mean", "the first moment, with its interval"),
            ("mean_lower", ""),
            ("mean_upper", ""),
            ("standard_deviation", "with its interval"),
            ("standard_deviation_lower", ""),
            ("standard_deviation_upper", ""),
            ("skewness", "with its interval"),
            ("skewness_lower", ""),
            ("skewness_upper", ""),
            ("kurtosis", "with its interval; 3 for a normal distribution"),
            ("kurtosis_lower", ""),
            ("kurtosis_upper", ""),
            ("lower_quartile", "quantiles; more of them are in `quantiles.csv`"),
            ("median", ""),
            ("upper_quartile", ""),
            ("gini", "of the squares: 0 for equal magnitudes, near 1 for few large ones"),
            ("tail_hill", "Hill's estimate of ξ from the largest hundredth of the magnitudes, for tails like t^(−1/ξ)"),
            (
                "tail_moment",
                "the moment estimate of ξ, which may be 0 (exponential) or negative (a finite end), with its interval",
            ),
            ("tail_lower", ""),
            ("tail_upper", ""),
            ("k_for_half", "the smallest k with which top-k leaves at most that fraction of ‖u‖²"),
            ("k_for_tenth", ""),
            ("k_for_hundredth", ""),
        ],
        descriptions,
    ),
    (
        "bounds.csv",
        &[
            ("bound", "`(1 − k/d)²` or `(1 − k/d)³`"),
            ("power", "2 or 3"),
            ("holds", "`yes` where top-k leaves at most this fraction of ‖u‖² for every k"),
            ("worst_k", "the k at which the bound is closest to failing, and what is left there over the bound"),
            ("worst_ratio", ""),
            ("violated", "how many k violate it"),
            (
                "sufficient",
                "`yes` where the condition of S3 (for the cube S3') holds: the sorted squares grow fast enough",
            ),
        ],
        bounds,
    ),
    (
        "histograms.csv",
        &[
            (
                "axis",
                "`linear`; `log-magnitude`, ln of the magnitudes that are not zero; or `symmetric-log`, sign(x) ln(1 + abs(x)/c)",
            ),
            ("unit", "c of the symmetric logarithm, the median magnitude"),
            (
                "low",
                "the edges of the bin and the middle between them on the axis, in units of x (of its magnitude on the axis of magnitudes); the last bin includes its upper edge",
            ),
            ("middle", ""),
            ("high", ""),
            ("outer", "`yes` for a bin beyond those of equal width"),
            ("count", "how many numbers"),
            ("fraction", "`count` over d"),
            ("density", "`fraction` over the width of the bin on its axis: comparable between steps"),
            ("family", "a fitted family, and the fraction that it gives to the bin"),
            ("expected", ""),
        ],
        histograms,
    ),
    (
        "quantiles.csv",
        &[
            ("probability", "(i − ½)/d"),
            ("observed", "the i-th smallest number"),
            ("family", "a fitted family, and its quantile"),
            ("predicted", ""),
        ],
        quantiles,
    ),
    (
        "curves.csv",
        &[
            ("k", "k and k/d"),
            ("kappa", ""),
            ("magnitude", "the k-th largest magnitude"),
            ("pi_squared", "its square over that of the largest: the curve π² of shi2019understanding"),
            ("reference", "the line 1 − k/d, also the fraction of the coordinates that top-k leaves"),
            ("square", "its powers, below which the Lorenz curve lies where the bounds hold"),
            ("cube", ""),
            (
                "lorenz",
                "the fraction of ‖u‖² that these smallest coordinates hold: against `reference` the Lorenz curve of the squares",
            ),
        ],
        curves,
    ),
    (
        "energy.csv",
        &[
            ("kappa", "density and k: ten densities per decade, and those that `--density` names"),
            ("k", ""),
            ("requested", "`yes` for the densities that `--density` names"),
            ("observed", "R(k) = ‖u − top-k(u)‖²/‖u‖²"),
            ("delta", "1 − R(k), the effective δ"),
            ("linear", "1 − k/d and its powers"),
            ("square", ""),
            ("cube", ""),
            ("threshold_observed", "the k-th largest magnitude"),
            ("family", "a fitted family, and its R(κ); empty where its second moment is infinite"),
            ("predicted", ""),
            ("threshold_predicted", "the threshold of the fitted distribution"),
            ("kept_ratio", "how many magnitudes are above that threshold, over k"),
        ],
        energy,
    ),
    (
        "tails.csv",
        &[
            ("above", "order statistics above the threshold, as a count and over d"),
            ("kappa", ""),
            ("threshold", "the next one"),
            ("hill", "Hill's estimate of ξ, with its interval"),
            ("hill_lower", ""),
            ("hill_upper", ""),
            ("moment", "the moment estimate, with its interval"),
            ("moment_lower", ""),
            ("moment_upper", ""),
        ],
        tails,
    ),
    ("verdicts.csv", &[("verdict", "what was found, in words")], |fit| vec![vec![fit.verdict()]]),
];

/// The table of vectors without a fit; it is written only where there are some.
pub const PASSED_OVER: (&str, Columns) = (
    "passed_over.csv",
    &[
        ("file", "the name of the file"),
        ("reason", "why there is no fit: zeros alone, a single number, NaN, integers"),
        ("remedy", "what to do about it, where something can be done"),
    ],
);

/// Writes all tables.
///
/// # Errors
/// The file system refuses.
pub fn write(folder: &Path, fits: &Fits) -> Result<(), StoreError> {
    for (file, columns, rows) in TABLES {
        write_whole(&folder.join(file), |out| write_table(&fits.fitted, columns, *rows, out))?;
    }
    let path = folder.join(PASSED_OVER.0);
    if !fits.passed_over.is_empty() {
        return write_whole(&path, |out| write_passed_over(fits, out));
    }
    // One of an earlier fit.
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(StoreError::io("remove", &path)(error)),
        _ => Ok(()),
    }
}

/// Compares all tables with those in the folder, to the byte.
///
/// # Errors
/// One cannot be read, or is another.
pub fn compare(folder: &Path, fits: &Fits) -> Result<(), ResultsError> {
    let is_same = |path: &Path, own: &[u8]| -> Result<(), ResultsError> {
        if std::fs::read(path).map_err(StoreError::io("read", path))? == own {
            return Ok(());
        }
        Err(ResultsError::NotReproduced(path.to_owned()))
    };
    for (file, columns, rows) in TABLES {
        let path = folder.join(file);
        let mut own = Vec::new();
        write_table(&fits.fitted, columns, *rows, &mut own).map_err(StoreError::io("make", &path))?;
        is_same(&path, &own)?;
    }
    let path = folder.join(PASSED_OVER.0);
    if fits.passed_over.is_empty() {
        return if path.exists() { Err(ResultsError::NotReproduced(path)) } else { Ok(()) };
    }
    let mut own = Vec::new();
    write_passed_over(fits, &mut own).map_err(StoreError::io("make", &path))?;
    is_same(&path, &own)
}

/// The table that a claim refers to, with its columns: one row per vector, or one per vector and family.
fn of_claim(has_family: bool) -> &'static Table {
    let name = if has_family { "fits.csv" } else { "descriptions.csv" };
    TABLES.iter().find(|(file, ..)| *file == name).expect("it is one of the tables")
}

/// The columns that a claim can name.
pub(crate) fn columns(has_family: bool) -> Vec<&'static str> {
    of_claim(has_family).1.iter().map(|(name, _)| *name).collect()
}

/// The number in a column of the row of this vector, or of this vector and family.
pub(crate) fn value(fit: &Fit, family: Option<&str>, column: &str) -> Option<f64> {
    let (_, columns, rows) = of_claim(family.is_some());
    let at = columns.iter().position(|(own, _)| *own == column)?;
    let is_meant = |row: &Row| family.is_none_or(|family| row[1] == family);
    rows(fit).into_iter().find(is_meant)?[at].parse().ok()
}

fn write_passed_over(fits: &Fits, out: &mut dyn Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(KEYS.iter().chain(PASSED_OVER.1).map(|(name, _)| name))?;
    for passed in &fits.passed_over {
        let step = passed.step.map(|step| step.to_string()).unwrap_or_default();
        let file = passed.path.file_name().unwrap_or_default().to_string_lossy();
        csv.write_record([&passed.group, &passed.name, &step, &*file, &passed.reason, &passed.remedy])?;
    }
    csv.flush()
}

fn write_table(fits: &[Fit], columns: Columns, rows: fn(&Fit) -> Vec<Row>, out: &mut dyn Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(KEYS.iter().chain(columns).map(|(name, _)| name))?;
    for fit in fits {
        let keys = [fit.group.clone(), fit.name.clone(), fit.step.map(|step| step.to_string()).unwrap_or_default()];
        for row in rows(fit) {
            csv.write_record(keys.iter().chain(&row))?;
        }
    }
    csv.flush()
}

/// A number, or nothing where it has no meaning.
fn number(value: f64) -> String {
    if value.is_nan() { String::new() } else { number::number(value) }
}

/// [`number`], or nothing.
fn cell(value: Option<f64>) -> String {
    value.map(number).unwrap_or_default()
}

fn yes(holds: bool) -> String {
    if holds { "yes" } else { "no" }.to_owned()
}

fn fits(fit: &Fit) -> Vec<Row> {
    let Choice { attempts, tests, deviations, .. } = &fit.choice;
    let best = fit.choice.best().map(crate::distribution::Fitted::aic);
    let rows = attempts.iter().zip(tests).zip(deviations).enumerate();
    rows.map(|(rank, ((attempt, test), deviation))| {
        let mut row = vec![(rank + 1).to_string(), attempt.family.about().name.to_owned()];
        match &attempt.result {
            Ok(fitted) => {
                let words = |parameter: &Parameter| {
                    let error = parameter.standard_error.map(|error| format!(" ± {}", number(error)));
                    format!("{} = {}{}", parameter.name, number(parameter.value), error.unwrap_or_default())
                };
                row.push(fitted.parameters.iter().map(words).collect::<Vec<_>>().join("; "));
                row.extend([fitted.log_likelihood, fitted.aic()].map(number));
                row.push(cell(best.map(|best| fitted.aic() - best)));
                row.push(number(fitted.bic()));
                row.push(cell(*deviation));
                let darling = test.and_then(|test| test.anderson_darling);
                row.push(test.map(|test| test.n_values.to_string()).unwrap_or_default());
                row.push(cell(test.map(|test| test.kolmogorov_smirnov.value)));
                row.push(cell(test.map(|test| test.kolmogorov_smirnov.p_value)));
                row.push(cell(darling.map(|darling| darling.value)));
                row.push(cell(darling.map(|darling| darling.p_value)));
                row.push(String::new());
            }
            Err(reason) => {
                row.extend(std::iter::repeat_n(String::new(), 11));
                row.push(reason.to_string());
            }
        }
        row
    })
    .collect()
}

fn parameters(fit: &Fit) -> Vec<Row> {
    let fitted = fit.choice.attempts.iter().filter_map(|attempt| attempt.result.as_ref().ok());
    let rows = fitted.flat_map(|fitted| {
        fitted.parameters.iter().map(|parameter| {
            let mut row = vec![fitted.distribution.family().about().name.to_owned(), parameter.name.to_owned()];
            row.push(number(parameter.value));
            row.push(cell(parameter.standard_error));
            row.push(cell(parameter.interval.map(|(lower, _)| lower)));
            row.push(cell(parameter.interval.map(|(_, upper)| upper)));
            row
        })
    });
    rows.collect()
}

fn descriptions(fit: &Fit) -> Vec<Row> {
    let survey = &fit.survey;
    let moments = &survey.moments;
    let with_interval = |moment: &Moment| [moment.value, moment.interval.0, moment.interval.1].map(number);
    let mut row = vec![survey.n.to_string()];
    row.extend([survey.n_zero as f64 / survey.n as f64, survey.largest_magnitude].map(number));
    row.extend(with_interval(&moments.mean));
    row.extend(with_interval(&moments.standard_deviation));
    row.extend(with_interval(&moments.skewness));
    row.extend(with_interval(&moments.kurtosis));
    row.extend(survey.quartiles.map(number));
    row.push(number(survey.gini));
    let tail = survey.tail;
    row.extend([tail.map(|t| t.hill), tail.map(|t| t.moment)].map(cell));
    row.extend([tail.map(|t| t.moment_interval().0), tail.map(|t| t.moment_interval().1)].map(cell));
    row.extend(survey.k_for.iter().map(|k| k.map(|k| k.to_string()).unwrap_or_default()));
    vec![row]
}

fn bounds(fit: &Fit) -> Vec<Row> {
    let row = |bound: &crate::distribution::PowerBound| {
        let (k, ratio) = bound.worst;
        let name = if bound.power == 2 { "(1 − k/d)²" } else { "(1 − k/d)³" };
        let mut row = vec![name.to_owned(), bound.power.to_string(), yes(bound.holds), k.to_string(), number(ratio)];
        row.extend([bound.n_violated.to_string(), yes(bound.sufficient)]);
        row
    };
    fit.survey.bounds.iter().map(row).collect()
}

/// The predictions of a fit, or one absent one, so that what was observed has its rows.
fn beside(fit: &Fit) -> Vec<(&'static str, Option<&Prediction>)> {
    let predictions = &fit.survey.predictions;
    if predictions.is_empty() {
        return vec![("", None)];
    }
    predictions.iter().map(|prediction| (prediction.distribution.family().about().name, Some(prediction))).collect()
}

fn histograms(fit: &Fit) -> Vec<Row> {
    let mut rows = Vec::new();
    for (family, prediction) in beside(fit) {
        for (index, histogram) in fit.survey.histograms.iter().enumerate() {
            let name = Axis::ALL.iter().find(|(axis, _)| *axis == histogram.axis).map_or("", |(_, name)| name);
            for (at, bin) in histogram.bins.iter().enumerate() {
                let unit = (histogram.axis == Axis::SymmetricLog).then_some(histogram.unit);
                let mut row = vec![name.to_owned(), cell(unit)];
                row.extend([bin.low, histogram.middle(bin), bin.high].map(number));
                row.push(yes(bin.is_outer));
                let fraction = bin.count as f64 / fit.survey.n as f64;
                row.extend([bin.count.to_string(), number(fraction), number(fraction / histogram.width(bin))]);
                row.push(family.to_owned());
                row.push(cell(prediction.map(|prediction| prediction.bins[index][at])));
                rows.push(row);
            }
        }
    }
    rows
}

fn quantiles(fit: &Fit) -> Vec<Row> {
    let mut rows = Vec::new();
    for (family, prediction) in beside(fit) {
        for (index, (probability, observed)) in fit.survey.quantiles.iter().enumerate() {
            let predicted = cell(prediction.map(|prediction| prediction.quantiles[index]));
            rows.push(vec![number(*probability), number(*observed), family.to_owned(), predicted]);
        }
    }
    rows
}

fn curves(fit: &Fit) -> Vec<Row> {
    let survey = &fit.survey;
    let row = |point: &crate::distribution::TopKPoint| {
        let kappa = point.k as f64 / survey.n as f64;
        let pi_squared = (point.magnitude / survey.largest_magnitude).powi(2);
        let mut row = vec![point.k.to_string()];
        let left = 1.0 - kappa;
        row.extend([kappa, point.magnitude, pi_squared, left, left.powi(2), left.powi(3), point.left].map(number));
        row
    };
    survey.top_k.iter().map(row).collect()
}

fn energy(fit: &Fit) -> Vec<Row> {
    let survey = &fit.survey;
    let mut rows = Vec::new();
    for (family, prediction) in beside(fit) {
        for (index, (kappa, k)) in survey.kappas.iter().enumerate() {
            let Some(point) = survey.top_k.iter().find(|point| point.k == *k) else { continue };
            let linear = 1.0 - *k as f64 / survey.n as f64;
            let mut row = vec![number(*kappa), k.to_string(), yes(survey.densities.contains(kappa))];
            row.extend([point.left, 1.0 - point.left, linear, linear.powi(2), linear.powi(3)].map(number));
            row.push(number(point.magnitude));
            row.push(family.to_owned());
            let own = prediction.map(|prediction| prediction.energies[index]);
            row.push(cell(own.and_then(|(predicted, ..)| predicted)));
            row.push(cell(own.map(|(_, threshold, _)| threshold)));
            row.push(cell(own.map(|(.., n_above)| n_above as f64 / *k as f64)));
            rows.push(row);
        }
    }
    rows
}

fn tails(fit: &Fit) -> Vec<Row> {
    let n = fit.survey.n as f64;
    let row = |tail: &crate::distribution::TailIndex| {
        let mut row = vec![tail.n_above.to_string()];
        let (hill, moment) = (tail.hill_interval(), tail.moment_interval());
        let numbers = [tail.n_above as f64 / n, tail.threshold, tail.hill, hill.0, hill.1, tail.moment];
        row.extend(numbers.into_iter().chain([moment.0, moment.1]).map(number));
        row
    };
    fit.survey.tail_curve.iter().map(row).collect()
}
