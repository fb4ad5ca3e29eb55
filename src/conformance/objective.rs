//! What every objective promises: gradients that are those of its values, batches whose mean is the gradient, constants
//! that hold, minimizers that are minimizers, the same bits on any number of threads.

use super::{Violations, mean_and_error};
use crate::dataset::{Dataset, Matrix, Shards};
use crate::objective::{
    Built, Constants, Construction, Definition, Objective, Rows, gradient, gradient_and_value, sampling_variance, value,
};
use crate::random::{Purpose, Stream, Streams};
use crate::vector::{add_scaled, distance_squared, dot, norm_max, norm_squared};
use rand::RngExt as _;
use rand_distr::{Distribution as _, StandardNormal};
use rayon::ThreadPoolBuilder;

/// Central differences with this step: truncation `h²/6 · f'''` and rounding `ε|f|/h` are below 1e-9 on values and
/// derivatives of the order of 10.
const STEP: f64 = 1e-5;
const DIFFERENCE_TOLERANCE: f64 = 1e-7;

/// Rounding of some hundred additions of terms of the order of the result.
const ROUNDING: f64 = 1e-13;

const N_WORKERS: usize = 3;

/// The whole suite on three workers: of a synthetic objective, or of one over the same rows written dense and sparse,
/// with the first labels that it accepts of real ones, −1 and 1, and four classes.
///
/// # Errors
/// The promises that it breaks, or why it cannot be built.
pub fn conforms(spec: &dyn Definition) -> Result<(), Violations> {
    let mut found = Violations::default();
    for (place, built) in problems(spec) {
        match built {
            Ok(objective) => {
                let objective = &*objective;
                found.collect(&place, gradients(objective));
                found.collect(&place, hessians(objective));
                found.collect(&place, weights(objective));
                found.collect(&place, batches(objective));
                found.collect(&place, noise(objective));
                found.collect(&place, threads(objective));
                found.collect(&place, constants(objective));
                found.collect(&place, minimum(objective));
            }
            Err(error) => found.require(false, || format!("{place}: it cannot be built: {error}")),
        }
    }
    found.result()
}

fn problems(spec: &dyn Definition) -> Vec<(String, Built)> {
    let build = |labels: &[f64], features: &Matrix| match spec.construction() {
        Construction::Synthetic(build) => build(N_WORKERS),
        Construction::OverRows(build) | Construction::Network(build) => {
            let (labels, features) = (labels.to_vec(), features.clone());
            let dataset = Dataset { name: "random rows".to_owned(), features, labels };
            build(Shards { dataset, rows: vec![0..7, 7..19, 19..30] })
        }
    };
    let mut stream = stream(1);
    let (dense, sparse) = rows(30, 8, &mut stream);
    if let Construction::Synthetic(_) = spec.construction() {
        return vec![("synthetic".to_owned(), build(&[], &dense))];
    }
    let labels = [
        normals(30, &mut stream),
        (0..30).map(|row| if row % 3 == 0 { -1.0 } else { 1.0 }).collect(),
        (0..30).map(|row| f64::from(row % 4)).collect(),
    ];
    let accepted = labels.iter().find(|labels| build(labels, &dense).is_ok()).unwrap_or(&labels[0]);
    vec![
        ("over dense rows".to_owned(), build(accepted, &dense)),
        ("over sparse rows".to_owned(), build(accepted, &sparse)),
    ]
}

/// The same rows twice, about 40 % of their entries normal and the others zero.
fn rows(m: usize, d: usize, stream: &mut Stream) -> (Matrix, Matrix) {
    let (mut offsets, mut indices, mut values) = (vec![0], Vec::new(), Vec::new());
    let mut whole = vec![0.0; m * d];
    for row in 0..m {
        for j in 0..d {
            if stream.random::<f64>() < 0.4 {
                let value = StandardNormal.sample(stream);
                indices.push(j as u32);
                values.push(value);
                whole[row * d + j] = value;
            }
        }
        offsets.push(values.len());
    }
    (Matrix::Dense { n_columns: d, values: whole }, Matrix::Sparse { n_columns: d, offsets, indices, values })
}

/// Gradients of workers, of the shared part and of the whole are the central differences of their values; the gradient
/// that comes with the value has the bits of both.
///
/// # Errors
/// One is not.
pub fn gradients(objective: &dyn Objective) -> Result<(), Violations> {
    let mut found = Violations::default();
    let x = normals(objective.dim(), &mut stream(2));
    for worker in 0..objective.n_workers() {
        let expected = central_differences(|x| objective.worker_value(worker, x), &x);
        let actual = worker_gradient(objective, worker, Rows::All, &x);
        close(&mut found, &actual, &expected, DIFFERENCE_TOLERANCE, || {
            format!("the gradient of worker {worker} is not that of its value")
        });
    }
    let mut shared = vec![0.0; x.len()];
    objective.add_shared_gradient(&x, 1.0, &mut shared);
    let expected = central_differences(|x| objective.shared_value(x), &x);
    close(&mut found, &shared, &expected, DIFFERENCE_TOLERANCE, || {
        "the gradient of the shared part is not that of its value".to_owned()
    });
    let whole = full_gradient(objective, &x);
    let expected = central_differences(|x| value(objective, x), &x);
    close(&mut found, &whole, &expected, DIFFERENCE_TOLERANCE, || "∇f is not the gradient of f".to_owned());

    let mut together = vec![0.0; x.len()];
    let value_together = gradient_and_value(objective, &x, &mut together);
    let same = value_together.to_bits() == value(objective, &x).to_bits()
        && whole.iter().zip(&together).all(|(a, b)| a.to_bits() == b.to_bits());
    found.require(same, || "gradient and value together have other bits than each alone".to_owned());
    found.result()
}

/// Products with the Hessian, where they are offered, are differences of gradients; so is the whole Hessian.
///
/// # Errors
/// They are not.
pub fn hessians(objective: &dyn Objective) -> Result<(), Violations> {
    let mut found = Violations::default();
    let dim = objective.dim();
    let x = normals(dim, &mut stream(3));
    let direction = normals(dim, &mut stream(4));
    let mut product = vec![0.0; dim];
    if !objective.add_hessian_product(&x, &direction, 1.0, &mut product) {
        return Ok(());
    }
    let [forward, backward] = [STEP, -STEP].map(|step| full_gradient(objective, &moved(&x, step, &direction)));
    let expected: Vec<f64> = forward.iter().zip(&backward).map(|(f, b)| (f - b) / (2.0 * STEP)).collect();
    close(&mut found, &product, &expected, DIFFERENCE_TOLERANCE, || {
        "the product with the Hessian is not the difference of gradients".to_owned()
    });
    let mut hessian = vec![0.0; dim * dim];
    if objective.add_hessian(&x, 1.0, &mut hessian) {
        let whole: Vec<f64> = hessian.chunks_exact(dim).map(|row| dot(row, &direction)).collect();
        close(&mut found, &whole, &product, ROUNDING, || "the Hessian and its product disagree".to_owned());
    } else {
        let is_untouched = hessian.iter().all(|entry| *entry == 0.0);
        found.require(is_untouched, || "a Hessian that is not offered is written".to_owned());
    }
    found.result()
}

/// What is added is scaled by the weight, and added to what was there.
///
/// # Errors
/// It is not.
pub fn weights(objective: &dyn Objective) -> Result<(), Violations> {
    let mut found = Violations::default();
    let dim = objective.dim();
    let x = normals(dim, &mut stream(5));
    let direction = normals(dim, &mut stream(6));
    let start = normals(dim, &mut stream(7));
    let mut check = |what: &str, add: &dyn Fn(f64, &mut [f64])| {
        let mut once = vec![0.0; dim];
        add(1.0, &mut once);
        let mut actual = start.clone();
        add(-2.5, &mut actual);
        close(&mut found, &actual, &moved(&start, -2.5, &once), ROUNDING, || {
            format!("{what} of weight −2.5 is not −2.5 times that of weight 1, added to what was there")
        });
    };
    let last = objective.n_workers() - 1;
    check("the gradient", &|weight, out| objective.add_gradient(last, Rows::All, &x, weight, out));
    check("the shared gradient", &|weight, out| {
        objective.add_shared_gradient(&x, weight, out);
    });
    check("the product with the Hessian", &|weight, out| {
        objective.add_hessian_product(&x, &direction, weight, out);
    });
    check("the noise", &|weight, out| objective.add_noise(last, &mut stream(8), weight, out));
    found.result()
}

/// The gradients of single rows average to the gradient, and so do those of all pairs, with half the variance.
///
/// # Errors
/// They do not.
pub fn batches(objective: &dyn Objective) -> Result<(), Violations> {
    let mut found = Violations::default();
    let x = normals(objective.dim(), &mut stream(9));
    for worker in 0..objective.n_workers() {
        let m = objective.n_samples(worker);
        if m == 0 {
            let variance = sampling_variance(objective, worker, &x);
            found.require(variance == 0.0, || format!("worker {worker} has no rows and the variance {variance}"));
            continue;
        }
        let full = worker_gradient(objective, worker, Rows::All, &x);
        let mut rows_mean = vec![0.0; x.len()];
        for row in 0..m as u32 {
            objective.add_gradient(worker, Rows::Only(&[row]), &x, 1.0 / m as f64, &mut rows_mean);
        }
        close(&mut found, &rows_mean, &full, ROUNDING, || {
            format!("the mean gradient of the rows of worker {worker} is not its gradient")
        });
        // All pairs, with repetitions: the mean is the gradient, the variance half that of one row.
        let (mut mean, mut variance) = (vec![0.0; x.len()], 0.0);
        let weight = 1.0 / (m * m) as f64;
        for first in 0..m as u32 {
            for second in 0..m as u32 {
                let batch = worker_gradient(objective, worker, Rows::Only(&[first, second]), &x);
                add_scaled(weight, &batch, &mut mean);
                variance += weight * distance_squared(&batch, &full);
            }
        }
        close(&mut found, &mean, &full, ROUNDING, || {
            format!("the mean gradient of the batches of worker {worker} is not its gradient")
        });
        let expected = 0.5 * sampling_variance(objective, worker, &x);
        found.require((variance - expected).abs() <= 1e-12 * expected, || {
            format!("batches of two rows of worker {worker} have the variance {variance}, not {expected}")
        });
    }
    found.result()
}

/// Noise has the mean zero, and no more than the variance that is claimed.
///
/// # Errors
/// It has another mean or more variance, by six standard errors.
pub fn noise(objective: &dyn Objective) -> Result<(), Violations> {
    const DRAWS: u64 = 2000;
    const Z: f64 = 6.0;
    let mut found = Violations::default();
    let dim = objective.dim();
    let direction = normals(dim, &mut stream(10));
    let claimed = objective.constants().noise_variance;
    for worker in 0..objective.n_workers() {
        let (mut projected, mut squared) = (Vec::new(), Vec::new());
        for round in 0..DRAWS {
            let mut noise = vec![0.0; dim];
            let mut stream = Streams::new(24).stream(Purpose::Noise, worker, round);
            objective.add_noise(worker, &mut stream, 1.0, &mut noise);
            projected.push(dot(&noise, &direction));
            squared.push(norm_squared(&noise));
        }
        let (mean, error) = mean_and_error(&projected);
        found.require(mean.abs() <= Z * error, || format!("the noise of worker {worker} has a mean that is not zero"));
        let (variance, error) = mean_and_error(&squared);
        if let Some(claimed) = claimed {
            found.require(variance - Z * error <= claimed * (1.0 + 1e-12), || {
                format!("the noise of worker {worker} has the variance {variance}, above {claimed}")
            });
        }
    }
    found.result()
}

/// Gradient and value have the same bits on one, two and eight threads.
///
/// # Errors
/// They do not, or no threads can be had.
pub fn threads(objective: &dyn Objective) -> Result<(), Violations> {
    let mut found = Violations::default();
    let x = normals(objective.dim(), &mut stream(11));
    let on = |threads| {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.map_err(|error| Violations::one(error.to_string()))?;
        Ok(pool.install(|| (full_gradient(objective, &x), value(objective, &x).to_bits())))
    };
    let alone = on(1)?;
    for threads in [2, 8] {
        let same = on(threads)? == alone;
        found.require(same, || format!("gradient or value have other bits on {threads} threads"));
    }
    found.result()
}

/// The constants hold on sampled pairs of points: L, Lᵢ, that of samples, μ and convexity, ζ² and the variance of
/// sampling. A constant that is not claimed is not looked at.
///
/// # Errors
/// One is refuted.
pub fn constants(objective: &dyn Objective) -> Result<(), Violations> {
    let mut found = Violations::default();
    let constants = objective.constants();
    let n = objective.n_workers();
    let of_workers = [("Lᵢ", &constants.worker_smoothness), ("sampling variances", &constants.sampling_variance)];
    for (what, list) in of_workers {
        let has_all = list.as_ref().is_none_or(|list| list.len() == n);
        found.require(has_all, || format!("there is not one of the {what} per worker"));
        if !has_all {
            return found.result();
        }
    }
    let is_convex = constants.convex || constants.strong_convexity.is_some();
    for (x, y) in pairs(objective.dim(), 14) {
        let distance = distance_squared(&x, &y).sqrt();
        let smooth = |what: &dyn Fn() -> String, l: f64, gradients: [Vec<f64>; 2], found: &mut Violations| {
            let [gx, gy] = gradients;
            let slope = distance_squared(&gx, &gy).sqrt() / distance;
            found.require(slope <= l * (1.0 + 1e-9), || format!("{} = {l} is below {slope}", what()));
        };
        if let Some(l) = constants.smoothness {
            smooth(&|| "L".to_owned(), l, [&x, &y].map(|x| full_gradient(objective, x)), &mut found);
        }
        for worker in 0..n {
            if let Some(l) = &constants.worker_smoothness {
                let gradients = [&x, &y].map(|x| sample_gradient(objective, worker, Rows::All, x));
                smooth(&|| format!("L of worker {worker}"), l[worker], gradients, &mut found);
            }
            if let Some(l) = constants.sample_smoothness {
                for row in 0..objective.n_samples(worker).max(1) as u32 {
                    let rows = if objective.n_samples(worker) == 0 { Rows::All } else { Rows::Only(&[row]) };
                    let gradients = [&x, &y].map(|x| sample_gradient(objective, worker, rows, x));
                    smooth(&|| format!("L of samples (worker {worker}, row {row})"), l, gradients, &mut found);
                }
            }
            if let Some(bounds) = &constants.sampling_variance {
                let exact = sampling_variance(objective, worker, &x);
                let size = norm_squared(&worker_gradient(objective, worker, Rows::All, &x));
                found.require(exact <= bounds[worker] * (1.0 + 1e-9) + ROUNDING * ROUNDING * size, || {
                    format!("the sampling variance of worker {worker} is {exact}, above {}", bounds[worker])
                });
            }
        }
        if is_convex {
            let mu = constants.strong_convexity.unwrap_or(0.0);
            let (gx, gy) = (full_gradient(objective, &x), full_gradient(objective, &y));
            let product = dot(&moved(&gx, -1.0, &gy), &moved(&x, -1.0, &y));
            let least = mu * distance * distance;
            let rounding = 1e-12 * (norm(&gx) + norm(&gy)) * (norm(&x) + norm(&y));
            found.require(product >= least * (1.0 - 1e-9) - rounding, || {
                format!("μ = {mu} is refuted: ⟨∇f(x) − ∇f(y), x − y⟩ = {product}, below μ‖x − y‖² = {least}")
            });
        }
        if let Some(heterogeneity) = constants.heterogeneity {
            let full = full_gradient(objective, &x);
            let gradients: Vec<Vec<f64>> = (0..n).map(|i| sample_gradient(objective, i, Rows::All, &x)).collect();
            let spread = gradients.iter().map(|own| distance_squared(own, &full)).sum::<f64>() / n as f64;
            // Equal gradients differ from their mean by its rounding.
            let size = gradients.iter().map(|own| norm_squared(own)).sum::<f64>() / n as f64;
            let rounding = ROUNDING * ROUNDING * size;
            found.require(spread <= heterogeneity * (1.0 + 1e-9) + rounding, || {
                format!("ζ² = {heterogeneity} is below {spread}")
            });
        }
    }
    found.result()
}

/// No sampled point is below f*, and x* has the value f* and no slope.
///
/// # Errors
/// One of these fails.
pub fn minimum(objective: &dyn Objective) -> Result<(), Violations> {
    let mut found = Violations::default();
    let Constants { minimum, minimizer, .. } = objective.constants();
    let Some(minimum) = minimum else {
        found.require(minimizer.is_none(), || "there is a minimizer and no minimum".to_owned());
        return found.result();
    };
    let slack = ROUNDING * minimum.abs().max(1.0);
    if let Some(minimizer) = minimizer {
        let there = value(objective, &minimizer);
        found.require((there - minimum).abs() <= slack, || format!("f(x*) = {there}, and f* = {minimum}"));
        // Rounding of the workers' gradients, which cancel.
        let own = (0..objective.n_workers()).map(|worker| sample_gradient(objective, worker, Rows::All, &minimizer));
        let size = own.map(|gradient| norm(&gradient)).fold(1.0, f64::max);
        let slope = norm(&full_gradient(objective, &minimizer));
        found.require(slope <= ROUNDING * size, || format!("‖∇f(x*)‖ = {slope}"));
    }
    for x in pairs(objective.dim(), 18).into_iter().flat_map(|(x, y)| [x, y]) {
        let here = value(objective, &x);
        found.require(here >= minimum - slack, || format!("f = {here} is below f* = {minimum}"));
    }
    found.result()
}

/// Pairs of points near and far from the origin and from each other.
fn pairs(dim: usize, seed: u64) -> Vec<(Vec<f64>, Vec<f64>)> {
    let mut stream = stream(seed);
    let mut pairs = Vec::new();
    for scale in [0.01, 0.3, 1.0, 10.0] {
        for distance in [0.01, 1.0, 10.0] {
            for _ in 0..4 {
                let x: Vec<f64> = normals(dim, &mut stream).iter().map(|value| scale * value).collect();
                let y = moved(&x, distance, &normals(dim, &mut stream));
                pairs.push((x, y));
            }
        }
    }
    pairs
}

fn stream(seed: u64) -> Stream {
    Streams::new(seed).shared(Purpose::Generation, 0)
}

fn normals(n: usize, stream: &mut Stream) -> Vec<f64> {
    (0..n).map(|_| StandardNormal.sample(stream)).collect()
}

fn worker_gradient(objective: &dyn Objective, worker: usize, rows: Rows<'_>, x: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; objective.dim()];
    objective.add_gradient(worker, rows, x, 1.0, &mut out);
    out
}

/// [`worker_gradient`] with the shared part.
fn sample_gradient(objective: &dyn Objective, worker: usize, rows: Rows<'_>, x: &[f64]) -> Vec<f64> {
    let mut out = worker_gradient(objective, worker, rows, x);
    objective.add_shared_gradient(x, 1.0, &mut out);
    out
}

fn full_gradient(objective: &dyn Objective, x: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; objective.dim()];
    gradient(objective, x, &mut out);
    out
}

fn norm(x: &[f64]) -> f64 {
    norm_squared(x).sqrt()
}

fn moved(x: &[f64], step: f64, direction: &[f64]) -> Vec<f64> {
    let mut x = x.to_vec();
    add_scaled(step, direction, &mut x);
    x
}

fn close(found: &mut Violations, actual: &[f64], expected: &[f64], tolerance: f64, sentence: impl FnOnce() -> String) {
    let error = distance_squared(actual, expected).sqrt();
    let largest = norm_max(expected);
    found.require(error <= tolerance * (1.0 + norm(expected)), || {
        format!("{}: off by {error:e}, entries up to {largest:e}", sentence())
    });
}

fn central_differences(f: impl Fn(&[f64]) -> f64, x: &[f64]) -> Vec<f64> {
    let at = |j: usize, h: f64| {
        let mut x = x.to_vec();
        x[j] += h;
        f(&x)
    };
    (0..x.len()).map(|j| (at(j, STEP) - at(j, -STEP)) / (2.0 * STEP)).collect()
}
