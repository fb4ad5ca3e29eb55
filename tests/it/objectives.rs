//! What every objective of the registry promises, and what the spectral bounds and the solver promise about them.

use std::ops::Range;

use gradsieve::conformance::Violations;
use gradsieve::conformance::objective as conformance;
use gradsieve::dataset::{Dataset, Matrix, Shards};
use gradsieve::objective::minimize::{MinimizeError, minimize};
use gradsieve::objective::spectral::{Gram, Interval, lanczos, largest_eigenvalue};
use gradsieve::objective::{
    Constants, Objective, ObjectiveError, ObjectiveSpec, Rows, gradient, gradient_and_value, value,
};
use gradsieve::objective::{GemanMcclureRegression, Spectrum, sampling_variance};
use gradsieve::random::{Purpose, Stream, Streams};
use gradsieve::vector::{add_scaled, distance_squared, dot, norm_squared};
use nalgebra::{DMatrix, DVector};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

// Problems.

fn shards(features: Matrix, labels: Vec<f64>, rows: Vec<Range<usize>>) -> Shards {
    Shards { dataset: Dataset { name: "by hand".to_owned(), features, labels }, rows }
}

fn stream(seed: u64) -> Stream {
    Streams::new(seed).shared(Purpose::Generation, 0)
}

fn normals(n: usize, stream: &mut Stream) -> Vec<f64> {
    (0..n).map(|_| StandardNormal.sample(stream)).collect()
}

fn scaled_normals(n: usize, scale: f64, stream: &mut Stream) -> Vec<f64> {
    normals(n, stream).iter().map(|value| scale * value).collect()
}

/// About 40 % of the entries, normal.
fn sparse(m: usize, d: usize, stream: &mut Stream) -> Matrix {
    let (mut offsets, mut indices, mut values) = (vec![0], Vec::new(), Vec::new());
    for _ in 0..m {
        for j in 0..d as u32 {
            if stream.random::<f64>() < 0.4 {
                indices.push(j);
                values.push(StandardNormal.sample(stream));
            }
        }
        offsets.push(values.len());
    }
    Matrix::Sparse { n_columns: d, offsets, indices, values }
}

fn to_dense(matrix: &Matrix) -> Matrix {
    let d = matrix.n_columns();
    let mut values = vec![0.0; matrix.n_rows() * d];
    for (row, out) in values.chunks_exact_mut(d).enumerate() {
        matrix.add_row(row, 1.0, out);
    }
    Matrix::Dense { n_columns: d, values }
}

const N_ROWS: usize = 30;
const N_FEATURES: usize = 8;
const N_WORKERS: usize = 3;

fn uneven() -> Vec<Range<usize>> {
    vec![0..7, 7..19, 19..N_ROWS]
}

fn labels(name: &str, n_classes: usize, stream: &mut Stream) -> Vec<f64> {
    let label = |row: usize| match name {
        "multinomial-logistic" | "fnn" | "lenet-5" | "resnet-20" | "vgg-16" | "lstm" => (row % n_classes) as f64,
        "logistic" | "nonconvex-logistic" => {
            if row.is_multiple_of(3) {
                -1.0
            } else {
                1.0
            }
        }
        _ => StandardNormal.sample(stream),
    };
    (0..N_ROWS).map(label).collect()
}

fn spec(table: &str) -> ObjectiveSpec {
    #[derive(serde::Deserialize)]
    struct File {
        objective: ObjectiveSpec,
    }
    toml::from_str::<File>(&format!("objective = {table}")).unwrap().objective
}

/// Every member from its example, networks apart, of which nothing is proved.
fn problems() -> Vec<(String, Box<dyn Objective>)> {
    members(|spec| !spec.is_network())
}

/// Networks too, in double precision and where the program has them.
fn problems_and_networks() -> Vec<(String, Box<dyn Objective>)> {
    members(|spec| cfg!(feature = "neural") || !spec.is_network())
}

/// Members over rows of which constants are proved.
fn over_rows() -> impl Iterator<Item = &'static gradsieve::registry::Member> {
    let proved = |spec: ObjectiveSpec| spec.needs_data() && !spec.is_network();
    ObjectiveSpec::MEMBERS.iter().filter(move |member| proved(spec(member.example)))
}

/// Members over rows stand on sparse and on the same dense rows.
fn members(wanted: impl Fn(&ObjectiveSpec) -> bool) -> Vec<(String, Box<dyn Objective>)> {
    let mut problems = Vec::new();
    for member in ObjectiveSpec::MEMBERS {
        let mut spec = spec(member.example);
        if !wanted(&spec) {
            continue;
        }
        if spec.needs_data() {
            let mut stream = stream(1);
            let n_features = if spec.is_network() { 16 } else { N_FEATURES };
            if spec.is_network() {
                let mut table = serde_json::to_value(&spec).unwrap();
                table["precision"] = "f64".into();
                spec = serde_json::from_value(table).unwrap();
            }
            let mut features = sparse(N_ROWS, n_features, &mut stream);
            if let ("lstm", Matrix::Sparse { values, .. }) = (member.name, &mut features) {
                for value in values {
                    *value = (10.0 * value.abs()).ceil();
                }
            }
            let labels = labels(member.name, 4, &mut stream);
            for (kind, features) in [("dense", to_dense(&features)), ("sparse", features)] {
                let shards = shards(features, labels.clone(), uneven());
                problems.push((format!("{} {kind}", member.name), spec.build(Some(shards), N_WORKERS).unwrap()));
            }
        } else {
            problems.push((member.name.to_owned(), spec.build(None, N_WORKERS).unwrap()));
        }
    }
    problems
}

fn worker_gradient(objective: &dyn Objective, worker: usize, rows: Rows<'_>, x: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; objective.dim()];
    objective.add_gradient(worker, rows, x, 1.0, &mut out);
    out
}

/// `∇fᵢ`, with the shared part.
fn whole_worker_gradient(objective: &dyn Objective, worker: usize, x: &[f64]) -> Vec<f64> {
    let mut out = worker_gradient(objective, worker, Rows::All, x);
    objective.add_shared_gradient(x, 1.0, &mut out);
    out
}

fn full_gradient(objective: &dyn Objective, x: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; objective.dim()];
    gradient(objective, x, &mut out);
    out
}

fn hessian_product(objective: &dyn Objective, x: &[f64], direction: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; objective.dim()];
    assert!(objective.add_hessian_product(x, direction, 1.0, &mut out));
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

#[track_caller]
fn assert_close(name: &str, actual: &[f64], expected: &[f64], tolerance: f64) {
    let error = distance_squared(actual, expected).sqrt();
    assert!(error <= tolerance * (1.0 + norm(expected)), "{name}: off by {error}");
}

/// Rounding of some hundred additions of terms of the order of the result.
const ROUNDING: f64 = 1e-13;

// The registry.

#[test]
fn every_example_parses_to_its_own_member_and_back() {
    for member in ObjectiveSpec::MEMBERS {
        let spec = spec(member.example);
        assert_eq!(spec.name(), member.name);
        let json = serde_json::to_value(&spec).unwrap();
        assert_eq!(serde_json::from_value::<ObjectiveSpec>(json).unwrap(), spec);
        assert!(member.documentation.starts_with("//!"), "{}", member.name);
    }
}

#[test]
fn unknown_keys_are_refused() {
    let wrong = serde_json::json!({ "name": "logistic", "regularization": 0.1, "scale": 1.0 });
    let message = serde_json::from_value::<ObjectiveSpec>(wrong).unwrap_err().to_string();
    assert!(message.contains("unknown field `scale`"), "{message}");
}

fn message(table: &str, shards: Option<Shards>, n_workers: usize) -> String {
    spec(table).build(shards, n_workers).unwrap_err().to_string()
}

#[test]
fn wrong_input_is_refused_with_place_value_and_remedy() {
    let rows = |labels: Vec<f64>| {
        let features = Matrix::Dense { n_columns: 2, values: vec![1.0; 2 * labels.len()] };
        let n = labels.len();
        Some(shards(features, labels, std::iter::once(0..n).collect()))
    };
    let logistic = r#"{ name = "logistic", regularization = 0.1 }"#;
    let multinomial = r#"{ name = "multinomial-logistic", regularization = 0.1 }"#;
    let squares = r#"{ name = "least-squares", regularization = 0.1 }"#;
    let diverging = r#"{ name = "diverging-quadratics" }"#;
    let quadratic = |fields: &str| format!(r#"{{ name = "quadratic", spectrum = "geometric", seed = 1, {fields} }}"#);
    let cases = [
        (message(logistic, None, 1), "none is given: name one, or choose a synthetic objective"),
        (message(diverging, rows(vec![1.0]), 3), "takes no data: remove the data set"),
        (message(diverging, None, 4), "n_workers = 4, allowed is exactly 3"),
        (message(logistic, rows(vec![1.0, -1.0]), 2), "n_workers = 2, allowed is 1, one per shard"),
        (message(squares, rows(vec![1.0]), 0), "n_workers = 0, allowed is at least 1"),
        (
            message(logistic, rows(vec![1.0, 2.5]), 1),
            "row 1 (from 0) of data set `by hand` has the label 2.5, expected -1 or 1; map the labels",
        ),
        (
            message(multinomial, rows(vec![0.0, -1.0]), 1),
            "the label -1, expected a class 0, 1, 2, …; number the classes",
        ),
        (message(multinomial, rows(vec![0.0, 0.0]), 1), "classes (greatest label + 1) = 1, allowed is 2 ≤ classes"),
        (message(squares, rows(vec![f64::NAN]), 1), "the label NaN, expected a finite number"),
        (
            message(r#"{ name = "logistic", regularization = -0.5 }"#, rows(vec![1.0]), 1),
            "regularization = -0.5, allowed is 0 ≤ regularization < ∞",
        ),
        (
            message(r#"{ name = "welsch-regression", scale = 0.0, regularization = 0.0 }"#, rows(vec![1.0]), 1),
            "scale = 0, allowed is 1e-150 ≤ scale ≤ 1e150",
        ),
        (
            ObjectiveSpec::GemanMcclureRegression(GemanMcclureRegression { scale: f64::INFINITY, regularization: 0.0 })
                .build(rows(vec![1.0]), 1)
                .unwrap_err()
                .to_string(),
            "scale = inf, allowed is 1e-150 ≤ scale ≤ 1e150",
        ),
        (
            message(&quadratic("dim = 3, strong_convexity = 2, smoothness = 1, heterogeneity = 0, noise = 0"), None, 1),
            "strong_convexity = 2, allowed is 0 ≤ strong_convexity ≤ smoothness",
        ),
        (
            message(&quadratic("dim = 3, strong_convexity = 0, smoothness = 1, heterogeneity = 0, noise = 0"), None, 1),
            "0 < strong_convexity for a geometric spectrum",
        ),
        (
            message(&quadratic("dim = 3, strong_convexity = 1, smoothness = 1, heterogeneity = 1, noise = 0"), None, 1),
            "heterogeneity = 1, allowed is 0 with one worker",
        ),
    ];
    for (message, expected) in cases {
        assert!(message.contains(expected), "`{message}` does not say `{expected}`");
    }
}

#[test]
fn malformed_shards_are_refused() {
    let features = || Matrix::Dense { n_columns: 2, values: vec![1.0; 8] };
    let build = |features, labels: Vec<f64>, rows: Vec<Range<usize>>| {
        let n = rows.len();
        let squares = spec(r#"{ name = "least-squares", regularization = 0.1 }"#);
        match squares.build(Some(shards(features, labels, rows)), n) {
            Err(ObjectiveError::Malformed { defect, .. }) => defect,
            other => panic!("{other:?}"),
        }
    };
    assert!(build(features(), vec![0.0; 3], vec![0..2, 2..4]).contains("3 labels for 4 rows"));
    assert!(build(features(), vec![0.0; 4], vec![0..4, 4..4]).contains("worker 1 the rows 4..4"));
    assert!(build(features(), vec![0.0; 4], vec![0..2, 2..5]).contains("worker 1 the rows 2..5 of 4"));
    let empty = Matrix::Dense { n_columns: 0, values: vec![] };
    assert!(build(empty, vec![], vec![0..1, 1..2]).contains("0 rows of 0 features"));
}

// Derivatives.

/// Holds these problems to a part of the suite.
fn hold(problems: Vec<(String, Box<dyn Objective>)>, part: impl Fn(&dyn Objective) -> Result<(), Violations>) {
    for (name, objective) in problems {
        part(&*objective).unwrap_or_else(|violations| panic!("{name}: {violations}"));
    }
}

#[test]
fn gradients_agree_with_central_differences() {
    hold(problems(), conformance::gradients);
    for (name, objective) in problems() {
        let mut shared = vec![0.0; objective.dim()];
        assert!(objective.add_shared_gradient(&normals(objective.dim(), &mut stream(2)), 1.0, &mut shared), "{name}");
    }
}

#[test]
fn hessian_products_agree_with_differences_of_gradients() {
    hold(problems(), conformance::hessians);
    for (name, objective) in problems() {
        let x = normals(objective.dim(), &mut stream(3));
        let mut product = vec![0.0; x.len()];
        assert!(objective.add_hessian_product(&x, &x, 1.0, &mut product), "{name}");
    }
}

#[test]
fn weights_scale_what_is_added_and_nothing_is_overwritten() {
    hold(problems_and_networks(), conformance::weights);
    for (name, objective) in problems_and_networks() {
        let objective = objective.as_ref();
        let x = normals(objective.dim(), &mut stream(5));
        let mut out = vec![0.0; x.len()];
        assert!(objective.add_shared_gradient(&x, 1.0, &mut out), "{name}");
        let is_proved = objective.constants() != Constants::default();
        assert!(!is_proved || objective.add_hessian_product(&x, &x, 1.0, &mut out), "{name}");
    }
}

#[test]
fn row_gradients_average_to_the_gradient_and_batches_are_unbiased() {
    // With batch normalization a row's loss depends on the rows beside it.
    let is_sum = |name: &str| !name.starts_with("resnet-20") && !name.starts_with("vgg-16");
    hold(problems_and_networks().into_iter().filter(|(name, _)| is_sum(name)).collect(), conformance::batches);
}

#[test]
fn noise_has_mean_zero_and_the_variance_that_is_claimed() {
    hold(problems(), conformance::noise);
}

#[test]
fn sparse_and_dense_rows_give_the_same_objective() {
    let problems = problems_and_networks();
    for pair in problems.windows(2).filter(|pair| pair[0].0.ends_with("dense")) {
        let ((name, dense), (_, sparse)) = (&pair[0], &pair[1]);
        let x = normals(dense.dim(), &mut stream(10));
        assert_close(name, &full_gradient(dense.as_ref(), &x), &full_gradient(sparse.as_ref(), &x), ROUNDING);
        let (a, b) = (value(dense.as_ref(), &x), value(sparse.as_ref(), &x));
        assert!((a - b).abs() <= ROUNDING * a, "{name}: {a} {b}");
        let [a, b] = [dense, sparse].map(|objective| objective.constants().smoothness.unwrap_or(1.0));
        assert!((a / b - 1.0).abs() <= 1e-12, "{name}");
    }
}

#[test]
fn the_whole_gradient_does_not_depend_on_the_number_of_threads() {
    hold(problems_and_networks(), conformance::threads);
}

#[test]
fn the_gradient_with_the_value_is_both_to_the_bit() {
    for (name, objective) in problems_and_networks() {
        let x = normals(objective.dim(), &mut stream(12));
        let (mut alone, mut together) = (vec![0.0; x.len()], vec![0.0; x.len()]);
        gradient(&*objective, &x, &mut alone);
        let value_together = gradient_and_value(&*objective, &x, &mut together);
        assert_eq!(value_together.to_bits(), value(&*objective, &x).to_bits(), "{name}");
        assert!(alone.iter().zip(&together).all(|(a, b)| a.to_bits() == b.to_bits()), "{name}");
        assert!(alone.iter().any(|g| *g != 0.0), "{name}");
    }
}

#[test]
fn enormous_iterates_give_no_nan_where_the_loss_is_finite() {
    for (name, objective) in problems() {
        let bounded = ["logistic", "welsch", "geman"].iter().any(|loss| name.contains(loss));
        if bounded {
            let x = scaled_normals(objective.dim(), 1e140, &mut stream(12));
            assert!(value(objective.as_ref(), &x).is_finite(), "{name}");
            assert!(full_gradient(objective.as_ref(), &x).iter().all(|g| g.is_finite()), "{name}");
            assert!(
                hessian_product(objective.as_ref(), &x, &vec![1.0; x.len()]).iter().all(|g| g.is_finite()),
                "{name}"
            );
        }
    }
}

#[test]
fn without_regularization_there_is_no_shared_part() {
    for table in
        [r#"{ name = "logistic", regularization = 0.0 }"#, r#"{ name = "nonconvex-logistic", regularization = 0 }"#]
    {
        let mut stream = stream(13);
        let features = sparse(N_ROWS, N_FEATURES, &mut stream);
        let shards = shards(features, labels("logistic", 2, &mut stream), uneven());
        let objective = spec(table).build(Some(shards), N_WORKERS).unwrap();
        let mut out = vec![3.0; N_FEATURES];
        assert!(!objective.add_shared_gradient(&[1.0; N_FEATURES], 1.0, &mut out));
        assert_eq!(out, vec![3.0; N_FEATURES]);
        assert!(objective.constants().convex);
        assert_eq!(objective.constants().strong_convexity, Some(0.0));
    }
}

// Constants.

#[test]
fn constants_hold_on_sampled_pairs() {
    hold(problems(), conformance::constants);
    let (mut n_heterogeneity, mut n_variance) = (0, 0);
    for (name, objective) in problems() {
        let constants = objective.constants();
        let l = constants.sample_smoothness.unwrap();
        assert!(constants.smoothness.is_some(), "{name}");
        assert!(constants.worker_smoothness.unwrap().iter().all(|worker| *worker <= l * (1.0 + 1e-12)), "{name}");
        assert_eq!(constants.convex, constants.strong_convexity.is_some(), "{name}");
        n_heterogeneity += usize::from(constants.heterogeneity.is_some());
        n_variance += usize::from(constants.sampling_variance.is_some());
    }
    // The quadratic, and five losses with bounded slopes on two kinds of rows.
    assert_eq!(n_heterogeneity, 1 + 5 * 2);
    // Two objectives without rows, and the same five losses.
    assert_eq!(n_variance, 2 + 5 * 2);
}

/// The largest ratio `‖Hv‖/‖v‖` that 300 power steps find at x.
fn steepest(objective: &dyn Objective, x: &[f64]) -> f64 {
    let mut v = normals(objective.dim(), &mut stream(15));
    let mut ratio = 0.0;
    for _ in 0..300 {
        let product = hessian_product(objective, x, &v);
        let size = norm(&product);
        ratio = size / norm(&v);
        v = product.iter().map(|value| value / size).collect();
    }
    ratio
}

/// At x = 0 with labels zero (classes: two of them) every loss and regularizer of the registry has its largest
/// curvature, so L is attained there.
#[test]
fn smoothness_is_attained_and_its_half_is_caught() {
    for member in ObjectiveSpec::MEMBERS {
        let spec = spec(member.example);
        if spec.is_network() {
            continue;
        }
        let data = spec.needs_data().then(|| {
            let mut stream = stream(16);
            let features = sparse(N_ROWS, N_FEATURES, &mut stream);
            let mut labels = labels(member.name, 2, &mut stream);
            if !member.name.contains("logistic") {
                labels.fill(0.0);
            }
            shards(features, labels, uneven())
        });
        let objective = spec.build(data, N_WORKERS).unwrap();
        let l = objective.constants().smoothness.unwrap();
        let steepest = steepest(objective.as_ref(), &vec![0.0; objective.dim()]);
        assert!(steepest <= l * (1.0 + 1e-9), "{}: {steepest} > L = {l}", member.name);
        // A power iteration of 300 steps is within 1 % of the largest eigenvalue whatever the gap.
        assert!(steepest >= 0.99 * l, "{}: L = {l} is not attained, only {steepest}", member.name);
        assert!(steepest > 0.5 * l * (1.0 + 1e-9), "{}: half of L passes", member.name);
    }
}

#[test]
fn claims_of_convexity_are_those_of_the_hessian() {
    for (name, objective) in problems() {
        let objective = objective.as_ref();
        let constants = objective.constants();
        let mut stream = stream(17);
        let mut least = f64::INFINITY;
        for scale in [0.1, 0.5, 1.0, 2.0, 4.0] {
            for _ in 0..20 {
                let x = scaled_normals(objective.dim(), scale, &mut stream);
                for j in 0..objective.dim() {
                    let mut unit = vec![0.0; objective.dim()];
                    unit[j] = 1.0;
                    least = least.min(hessian_product(objective, &x, &unit)[j]);
                }
            }
        }
        if constants.convex {
            let mu = constants.strong_convexity.unwrap();
            assert!(least >= mu * (1.0 - 1e-12), "{name}: claims μ = {mu}, has {least}");
        } else {
            assert!(least < 0.0, "{name}: claims no convexity, but {least} is the least curvature found");
            assert_eq!(constants.strong_convexity, None);
        }
    }
}

#[test]
fn known_minimizers_are_minimizers_and_lower_bounds_hold() {
    hold(problems(), conformance::minimum);
    let mut known = Vec::new();
    for (name, objective) in problems() {
        let objective = objective.as_ref();
        let Constants { minimum, minimizer, .. } = objective.constants();
        let minimum = minimum.unwrap();
        if let Some(minimizer) = minimizer {
            // Rounding of the workers' gradients, which cancel.
            assert!((value(objective, &minimizer) - minimum).abs() <= 1e-13, "{name}");
            assert!(norm(&full_gradient(objective, &minimizer)) <= 1e-13, "{name}");
            let found = minimize(objective, 1e-12).unwrap();
            assert_eq!((&found.minimizer, found.value), (&minimizer, minimum));
            known.push(name.clone());
        }
    }
    assert_eq!(known, ["quadratic", "diverging-quadratics"]);
}

#[test]
fn the_heterogeneity_of_the_quadratic_is_exact() {
    let objective = ObjectiveSpec::MEMBERS.iter().find(|member| member.name == "quadratic").unwrap();
    let objective = spec(objective.example).build(None, N_WORKERS).unwrap();
    let objective = objective.as_ref();
    let heterogeneity = objective.constants().heterogeneity.unwrap();
    let mut stream = stream(19);
    for scale in [0.01, 0.3, 1.0, 10.0] {
        for _ in 0..12 {
            let x = scaled_normals(objective.dim(), scale, &mut stream);
            let full = full_gradient(objective, &x);
            let of = |worker| distance_squared(&whole_worker_gradient(objective, worker, &x), &full);
            let spread = (0..N_WORKERS).map(of).sum::<f64>() / N_WORKERS as f64;
            assert!((spread / heterogeneity - 1.0).abs() <= 1e-9, "{spread}");
        }
    }
}

#[test]
fn identical_copies_have_no_heterogeneity_and_the_smoothness_of_one() {
    let mut stream = stream(20);
    let features = sparse(N_ROWS, N_FEATURES, &mut stream);
    let labels = labels("least-squares", 2, &mut stream);
    let build = |rows: Vec<Range<usize>>| {
        let n = rows.len();
        let table = r#"{ name = "least-squares", regularization = 0.01 }"#;
        spec(table).build(Some(shards(features.clone(), labels.clone(), rows)), n).unwrap().constants()
    };
    let one = build(std::iter::once(0..N_ROWS).collect());
    let copies = build(vec![0..N_ROWS; 5]);
    assert_eq!((one.heterogeneity, copies.heterogeneity), (Some(0.0), Some(0.0)));
    assert!((copies.smoothness.unwrap() / one.smoothness.unwrap() - 1.0).abs() < 1e-13);
    assert!((copies.strong_convexity.unwrap() / one.strong_convexity.unwrap() - 1.0).abs() < 1e-11);
    assert!(one.strong_convexity.unwrap() > 0.02, "the data, not only the regularizer, make it strongly convex");
    for l in copies.worker_smoothness.unwrap() {
        assert!((l / one.smoothness.unwrap() - 1.0).abs() < 1e-13);
    }
}

#[test]
fn the_smoothness_of_samples_is_that_of_the_longest_row_alone_and_is_attained() {
    for member in over_rows() {
        let mut stream = stream(35);
        let features = to_dense(&sparse(N_ROWS, N_FEATURES, &mut stream));
        let mut labels = labels(member.name, 2, &mut stream);
        if !member.name.contains("logistic") {
            labels.fill(0.0);
        }
        let build = |rows: Vec<Range<usize>>| {
            let n = rows.len();
            spec(member.example).build(Some(shards(features.clone(), labels.clone(), rows)), n).unwrap()
        };
        let l = build(uneven()).constants().sample_smoothness.unwrap();
        let alone: Vec<_> = (0..N_ROWS).map(|row| build(std::iter::once(row..row + 1).collect())).collect();
        let smoothness = |objective: &dyn Objective| objective.constants().smoothness.unwrap();
        let longest = alone.iter().max_by(|a, b| smoothness(&***a).total_cmp(&smoothness(&***b))).unwrap();
        let of_longest = smoothness(&**longest);
        assert!((of_longest / l - 1.0).abs() <= 1e-12, "{}: {of_longest} {l}", member.name);
        assert_eq!(longest.constants().sampling_variance, Some(vec![0.0]), "{}", member.name);
        // As in `smoothness_is_attained_and_its_half_is_caught`.
        let steepest = steepest(longest.as_ref(), &vec![0.0; longest.dim()]);
        assert!(steepest >= 0.99 * l && steepest <= l * (1.0 + 1e-9), "{}: {steepest} {l}", member.name);
        // The longest row does not count where no worker holds it.
        let norm_squared = |row: &usize| features.row_norm_squared(*row);
        let row = (0..N_ROWS).max_by(|a, b| norm_squared(a).total_cmp(&norm_squared(b))).unwrap();
        let others = [0..row, row + 1..N_ROWS].into_iter().filter(|rows| !rows.is_empty()).collect();
        assert!(build(others).constants().sample_smoothness.unwrap() < l, "{}", member.name);
    }
}

#[test]
fn the_bound_of_the_sampling_variance_is_nearly_attained() {
    // Slopes at their bound and rows that cancel. A logistic loss has that only far out, where all rows are classified
    // wrongly: rows (±1, ε) and x = (0, ∓T/ε), with gradients (±1, ε) whose mean is (0, ε).
    let (tilt, far) = (0.01, 40.0);
    let (greatest_welsch, greatest_geman) = (0.5_f64.sqrt(), (1.0_f64 / 3.0).sqrt());
    let cases = [
        (r#"{ name = "logistic", regularization = 0.1 }"#, [1.0, 1.0], vec![0.0, -far / tilt]),
        (r#"{ name = "nonconvex-logistic", regularization = 0.1 }"#, [-1.0, -1.0], vec![0.0, far / tilt]),
        (r#"{ name = "multinomial-logistic", regularization = 0.1 }"#, [1.0, 1.0], vec![0.0, far / tilt, 0.0, 0.0]),
        (
            r#"{ name = "welsch-regression", scale = 1.0, regularization = 0.1 }"#,
            [greatest_welsch, greatest_welsch],
            vec![0.0, 0.0],
        ),
        (
            r#"{ name = "geman-mcclure-regression", scale = 1.0, regularization = 0.1 }"#,
            [greatest_geman, greatest_geman],
            vec![0.0, 0.0],
        ),
    ];
    for (table, labels, x) in cases {
        let features = Matrix::Dense { n_columns: 2, values: vec![1.0, tilt, -1.0, tilt] };
        let data = shards(features, labels.to_vec(), std::iter::once(0..2).collect());
        let objective = spec(table).build(Some(data), 1).unwrap();
        let bound = objective.constants().sampling_variance.unwrap()[0];
        let exact = sampling_variance(objective.as_ref(), 0, &x);
        // The mean is ε of the length of a row.
        assert!(
            exact <= bound * (1.0 + 1e-12) && exact >= bound * (1.0 - 1.01 * tilt * tilt),
            "{table}: {exact} {bound}"
        );
    }
}

#[test]
fn unbounded_slopes_have_no_bound_of_the_sampling_variance() {
    let features = Matrix::Dense { n_columns: 1, values: vec![1.0, 2.0, 3.0] };
    let build = |rows: Vec<Range<usize>>| {
        let n = rows.len();
        let data = shards(features.clone(), vec![0.0; 3], rows);
        let squares = spec(r#"{ name = "least-squares", regularization = 0.25 }"#);
        squares.build(Some(data), n).unwrap().constants()
    };
    let two = build(vec![0..2, 2..3]);
    assert_eq!((two.sampling_variance, build(vec![0..1, 1..2, 2..3]).sampling_variance), (None, Some(vec![0.0; 3])));
    let l = two.sample_smoothness.unwrap();
    assert!((9.25..9.25 * (1.0 + 1e-15)).contains(&l), "{l}");
}

#[test]
fn worker_smoothness_holds_where_it_is_bounded_cheaply() {
    // 70 workers with 65 rows of 65 features: the trace bound.
    let (n, m, d) = (70, 65, 65);
    let mut stream = stream(21);
    let features = Matrix::Dense { n_columns: d, values: normals(n * m * d, &mut stream) };
    let rows: Vec<_> = (0..n).map(|worker| worker * m..(worker + 1) * m).collect();
    let table = r#"{ name = "least-squares", regularization = 0.5 }"#;
    let data = shards(features.clone(), vec![0.0; n * m], rows.clone());
    let bounds = spec(table).build(Some(data), n).unwrap().constants().worker_smoothness.unwrap();
    for (rows, bound) in rows.into_iter().zip(bounds).take(3) {
        let exact = Gram::new(&features, rows, &vec![1.0 / m as f64; m]).spectrum().largest.upper + 0.5;
        assert!(exact <= bound && bound <= exact * m as f64, "{exact} {bound}");
    }
}

// Members.

fn quadratic(dim: usize, n: usize, spectrum: &str, heterogeneity: f64, noise: f64) -> Box<dyn Objective> {
    let mu = if dim == 1 { 2.0 } else { 0.125 };
    let table = format!(
        r#"{{ name = "quadratic", dim = {dim}, strong_convexity = {mu}, smoothness = 2.0, spectrum = "{spectrum}", heterogeneity = {heterogeneity}, noise = {noise}, seed = 3 }}"#
    );
    spec(&table).build(None, n).unwrap()
}

#[test]
fn the_quadratic_has_the_requested_spectrum() {
    for dim in [1, 2, 3, 5, 16, 37] {
        for (name, spectrum) in
            [("linear", Spectrum::Linear), ("geometric", Spectrum::Geometric), ("two-level", Spectrum::TwoLevel)]
        {
            let objective = quadratic(dim, 2, name, 0.0, 0.0);
            let columns: Vec<Vec<f64>> = (0..dim)
                .map(|j| {
                    let mut unit = vec![0.0; dim];
                    unit[j] = 1.0;
                    hessian_product(objective.as_ref(), &vec![0.0; dim], &unit)
                })
                .collect();
            let hessian = DMatrix::from_fn(dim, dim, |i, j| columns[j][i]);
            assert!((&hessian - hessian.transpose()).amax() < 1e-14, "{name} {dim}");
            if dim == 37 {
                assert!(
                    hessian.iter().filter(|value| value.abs() > 1e-6).count() > 37 * 30,
                    "{name}: the basis is hidden"
                );
            }
            let mut values: Vec<f64> = hessian.symmetric_eigenvalues().iter().copied().collect();
            values.sort_by(f64::total_cmp);
            for (j, value) in values.iter().enumerate() {
                let t = if dim == 1 { 1.0 } else { j as f64 / (dim - 1) as f64 };
                let expected = match spectrum {
                    _ if dim == 1 => 2.0,
                    Spectrum::Linear => 0.125 + (2.0 - 0.125) * t,
                    Spectrum::Geometric => 0.125 * 16.0_f64.powf(t),
                    Spectrum::TwoLevel => {
                        if j < dim / 2 {
                            0.125
                        } else {
                            2.0
                        }
                    }
                };
                assert!((value - expected).abs() < 1e-13, "{name} {dim}: {value} {expected}");
            }
        }
    }
}

#[test]
fn the_quadratic_is_heterogeneous_in_every_dimension_and_number_of_workers() {
    for (dim, n) in [(1, 2), (1, 3), (2, 16), (3, 5), (50, 2), (50, 80)] {
        let objective = quadratic(dim, n, "linear", 0.75, 0.0);
        let x = normals(dim, &mut stream(22));
        let full = full_gradient(objective.as_ref(), &x);
        let spread: f64 =
            (0..n).map(|worker| distance_squared(&whole_worker_gradient(objective.as_ref(), worker, &x), &full)).sum();
        assert!((spread / n as f64 - 0.75).abs() < 1e-13, "{dim} {n}");
        let minimizer = objective.constants().minimizer.unwrap();
        assert!((norm(&minimizer) - 1.0).abs() < 1e-14);
        assert!(norm(&full_gradient(objective.as_ref(), &minimizer)) < 1e-14, "{dim} {n}");
    }
}

#[test]
fn the_quadratics_values_keep_their_digits_near_the_minimizer() {
    let objective = quadratic(20, 4, "two-level", 0.0, 0.0);
    let minimizer = objective.constants().minimizer.unwrap();
    let direction = normals(20, &mut stream(23));
    let x = moved(&minimizer, 1e-9, &direction);
    let step = moved(&x, -1.0, &minimizer);
    let expected = 0.5 * dot(&step, &hessian_product(objective.as_ref(), &x, &step));
    assert!((value(objective.as_ref(), &x) / expected - 1.0).abs() < 1e-12);
}

#[test]
fn the_quadratics_noise_has_mean_zero_and_its_variance() {
    let (dim, draws) = (10, 20_000);
    let objective = quadratic(dim, 2, "linear", 0.0, 0.5);
    let streams = Streams::new(24);
    let (mut mean, mut variance) = (vec![0.0; dim], 0.0);
    for round in 0..draws {
        let mut noise = vec![0.0; dim];
        objective.add_noise(0, &mut streams.stream(Purpose::Noise, 0, round), 1.0, &mut noise);
        add_scaled(1.0 / draws as f64, &noise, &mut mean);
        variance += norm_squared(&noise) / draws as f64;
    }
    // ‖noise‖² is σ²/d times a χ² with d degrees of freedom: variance 2σ⁴/d. Six standard errors.
    let error = 6.0 * 0.5 * (2.0 / (dim as f64 * draws as f64)).sqrt();
    assert!((variance - 0.5).abs() < error, "{variance}");
    // ‖mean‖² is σ²/(d·draws) times a χ² of d: expectation σ²/draws, and six of its standard deviations more.
    let expected = 0.5 / draws as f64;
    assert!(norm_squared(&mean) < expected * (1.0 + 6.0 * (2.0 / dim as f64).sqrt()));
    let quiet = quadratic(dim, 2, "linear", 0.0, 0.0);
    let mut none = vec![0.0; dim];
    quiet.add_noise(0, &mut stream(25), 1.0, &mut none);
    assert_eq!(none, vec![0.0; dim]);
}

#[test]
fn top_1_without_memory_diverges_by_its_exact_factor() {
    let objective = spec(r#"{ name = "diverging-quadratics" }"#).build(None, 3).unwrap();
    let step_size = 0.02;
    let mut x = vec![1.0; 3];
    for round in 1..=200 {
        let mut update = vec![0.0; 3];
        for worker in 0..3 {
            let gradient = whole_worker_gradient(objective.as_ref(), worker, &x);
            let top = (0..3).max_by(|&i, &j| gradient[i].abs().total_cmp(&gradient[j].abs())).unwrap();
            assert_eq!(top, worker);
            update[top] += gradient[top] / 3.0;
        }
        add_scaled(-step_size, &update, &mut x);
        let expected = (1.0 + 11.0 * step_size / 6.0_f64).powi(round);
        assert!(x.iter().all(|value| (value / expected - 1.0).abs() < 1e-12), "round {round}: {x:?}");
    }
    assert!(x[0] > 1e3);
}

// Spectra.

fn columns_apply(matrix: &DMatrix<f64>) -> impl Fn(&[f64], &mut [f64]) + '_ {
    move |x, out| out.copy_from_slice((matrix * DVector::from_column_slice(x)).as_slice())
}

/// `H diag(values) H` with a random reflection H.
fn with_spectrum(values: &[f64], seed: u64) -> DMatrix<f64> {
    let v = DVector::from_vec(normals(values.len(), &mut stream(seed))).normalize();
    let reflection = DMatrix::identity(values.len(), values.len()) - 2.0 * &v * v.transpose();
    &reflection * DMatrix::from_diagonal(&DVector::from_column_slice(values)) * &reflection
}

#[test]
fn lanczos_brackets_the_largest_eigenvalue() {
    let d = 150;
    let random: Vec<f64> = normals(d, &mut stream(26)).iter().map(|value| value * value).collect();
    let clustered: Vec<f64> = (0..d).map(|j| 1.0 - 1e-6 * j as f64 / d as f64).collect();
    let mut rank_one = vec![0.0; d];
    rank_one[17] = 3.0;
    let mut outlier = vec![1e-8; d];
    outlier[3] = 1.0;
    for (name, values) in [
        ("random", random),
        ("clustered", clustered),
        ("rank one", rank_one),
        ("outlier", outlier),
        ("identity", vec![2.0; d]),
        ("zero", vec![0.0; d]),
    ] {
        let matrix = with_spectrum(&values, 27);
        let exact = matrix.clone().symmetric_eigenvalues().max();
        for steps in [1, 5, 40, 100, d, 2 * d] {
            let ritz = lanczos(d, steps, &columns_apply(&matrix));
            assert!(ritz.value <= exact * (1.0 + 1e-12) + 1e-15, "{name} {steps}: {} > {exact}", ritz.value);
            assert!(ritz.upper >= exact * (1.0 - 1e-12), "{name} {steps}: {} < {exact}", ritz.upper);
            assert!(ritz.steps <= steps && (norm(&ritz.vector) - 1.0).abs() < 1e-12, "{name} {steps}");
            let quotient = dot(&ritz.vector, (&matrix * DVector::from_column_slice(&ritz.vector)).as_slice());
            assert!(
                (quotient - ritz.value).abs() <= 1e-12 * exact + 1e-15,
                "{name} {steps}: not its Rayleigh quotient"
            );
            if steps >= 40 && name != "random" {
                assert!(ritz.value >= exact * (1.0 - 1e-6), "{name} {steps}");
            }
        }
        let Interval { lower, upper } = largest_eigenvalue(d, f64::INFINITY, false, &columns_apply(&matrix));
        assert!(lower <= exact * (1.0 + 1e-12) + 1e-15 && exact <= upper * (1.0 + 1e-12), "{name}: {lower} {upper}");
        assert!(upper <= 1.02 * lower, "{name}: {lower} to {upper} is wide");
    }
}

fn dense_gram(features: &Matrix, weights: &[f64]) -> DMatrix<f64> {
    let d = features.n_columns();
    let mut gram = DMatrix::zeros(d, d);
    for (row, &weight) in weights.iter().enumerate() {
        let mut a = vec![0.0; d];
        features.add_row(row, 1.0, &mut a);
        let a = DVector::from_vec(a);
        gram.ger(weight, &a, &a, 1.0);
    }
    gram
}

fn magnitudes(mut matrix: Matrix) -> Matrix {
    match &mut matrix {
        Matrix::Dense { values, .. } | Matrix::Sparse { values, .. } => {
            for value in values {
                *value = value.abs();
            }
        }
    }
    matrix
}

#[test]
fn gram_spectra_bracket_the_dense_eigenvalues() {
    for (m, d) in [(1, 1), (40, 12), (12, 40), (30, 30)] {
        let mut stream = stream(28);
        let features = sparse(m, d, &mut stream);
        let weights: Vec<f64> = (0..m).map(|_| stream.random::<f64>()).collect();
        let exact = dense_gram(&features, &weights).symmetric_eigenvalues();
        for features in [to_dense(&features), features] {
            let found = Gram::new(&features, 0..m, &weights).spectrum();
            let Interval { lower, upper } = found.largest;
            assert!(lower <= exact.max() && exact.max() <= upper, "{m} × {d}");
            assert!(upper - lower <= 1e-11 * upper, "{m} × {d}");
            // The two dense computations differ by rounding of the order of the largest.
            assert!(found.smallest <= exact.min().max(0.0) + 1e-14 * upper, "{m} × {d}");
            if m > d {
                assert!(found.smallest >= exact.min() * (1.0 - 1e-9), "{m} × {d}");
            }
        }
    }
}

#[test]
fn gram_spectra_of_many_rows_and_features_bracket_the_dense_eigenvalue() {
    for (m, d) in [(420, 410), (410, 420)] {
        let signed = sparse(m, d, &mut stream(29));
        let weights = vec![1.0 / m as f64; m];
        for (name, features) in [("non-negative", magnitudes(signed.clone())), ("signed", signed)] {
            let exact = dense_gram(&features, &weights).symmetric_eigenvalues().max();
            let found = Gram::new(&features, 0..m, &weights).spectrum();
            let Interval { lower, upper } = found.largest;
            assert!(lower <= exact * (1.0 + 1e-12) && exact <= upper * (1.0 + 1e-12), "{name}");
            // Non-negative rows close by Collatz and Wielandt, others by the randomized bound.
            let width = if name == "signed" { 1.02 } else { 1.000_001 };
            assert!(upper <= width * lower, "{name}: {lower} to {upper}");
            assert_eq!(found.smallest, 0.0);
        }
    }
}

// The solver.

/// Logistic regression whose features have scales from 1 to `spread`.
fn ill_conditioned(m: usize, d: usize, spread: f64, regularization: f64) -> Box<dyn Objective> {
    let mut stream = stream(30);
    let mut values = normals(m * d, &mut stream);
    for row in values.chunks_exact_mut(d) {
        for (j, value) in row.iter_mut().enumerate() {
            *value *= spread.powf(j as f64 / (d - 1) as f64);
        }
    }
    let labels = (0..m).map(|_| if stream.random::<f64>() < 0.4 { 1.0 } else { -1.0 }).collect();
    let data = shards(Matrix::Dense { n_columns: d, values }, labels, vec![0..m / 3, m / 3..m]);
    let table = format!(r#"{{ name = "logistic", regularization = {regularization:e} }}"#);
    spec(&table).build(Some(data), 2).unwrap()
}

/// The same objective without its second derivatives.
#[derive(Debug)]
struct FirstOrder(Box<dyn Objective>);

impl Objective for FirstOrder {
    fn dim(&self) -> usize {
        self.0.dim()
    }
    fn n_workers(&self) -> usize {
        self.0.n_workers()
    }
    fn n_samples(&self, worker: usize) -> usize {
        self.0.n_samples(worker)
    }
    fn worker_value(&self, worker: usize, x: &[f64]) -> f64 {
        self.0.worker_value(worker, x)
    }
    fn add_gradient(&self, worker: usize, rows: Rows<'_>, x: &[f64], weight: f64, out: &mut [f64]) {
        self.0.add_gradient(worker, rows, x, weight, out);
    }
    fn shared_value(&self, x: &[f64]) -> f64 {
        self.0.shared_value(x)
    }
    fn add_shared_gradient(&self, x: &[f64], weight: f64, out: &mut [f64]) -> bool {
        self.0.add_shared_gradient(x, weight, out)
    }
    fn constants(&self) -> Constants {
        self.0.constants()
    }
}

#[test]
fn the_solver_reaches_twelve_digits_on_ill_conditioned_logistic_regression() {
    // Dense Cholesky in 40 dimensions, conjugate gradients in 300.
    for (m, d, spread, regularization) in [(200, 40, 1e3, 1e-6), (400, 300, 30.0, 1e-4)] {
        let objective = ill_conditioned(m, d, spread, regularization);
        let constants = objective.constants();
        let condition = constants.smoothness.unwrap() / constants.strong_convexity.unwrap();
        assert!(condition > 1e6, "{condition}");
        let found = minimize(objective.as_ref(), 1e-12).unwrap();
        assert!(found.error_bound.unwrap() <= 1e-12 * found.value, "{found:?}");
        assert_eq!(found.value, value(objective.as_ref(), &found.minimizer));
        let slope = full_gradient(objective.as_ref(), &found.minimizer);
        assert_eq!(found.gradient_norm, norm(&slope));
        // No step of any size along the gradient or a random direction leads lower, up to the rounding of the value.
        for direction in [slope, normals(d, &mut stream(31))] {
            for step in [-1e-1, -1e-4, 1e-4, 1e-1] {
                let other = moved(&found.minimizer, step / norm(&direction), &direction);
                assert!(value(objective.as_ref(), &other) >= found.value * (1.0 - 1e-13));
            }
        }
    }
}

#[test]
fn the_solver_needs_no_second_derivative() {
    let objective = ill_conditioned(200, 40, 10.0, 1e-3);
    let exact = minimize(objective.as_ref(), 1e-12).unwrap();
    let found = minimize(&FirstOrder(objective), 1e-12).unwrap();
    assert!((found.value - exact.value).abs() <= 2e-12 * exact.value);
    assert_close("minimizer", &found.minimizer, &exact.minimizer, 1e-10);
}

#[test]
fn the_solver_agrees_with_the_normal_equations() {
    for (m, d, regularization) in [(60, 10, 0.0), (60, 300, 0.01)] {
        let mut stream = stream(32);
        let features = sparse(m, d, &mut stream);
        let labels = normals(m, &mut stream);
        let table = format!(r#"{{ name = "least-squares", regularization = {regularization:?} }}"#);
        let rows = std::iter::once(0..m).collect();
        let objective = spec(&table).build(Some(shards(features.clone(), labels.clone(), rows)), 1).unwrap();
        let found = minimize(objective.as_ref(), 1e-12).unwrap();
        let gram = dense_gram(&features, &vec![1.0 / m as f64; m]) + DMatrix::identity(d, d) * regularization;
        let mut right = vec![0.0; d];
        for (row, label) in labels.iter().enumerate() {
            features.add_row(row, label / m as f64, &mut right);
        }
        let exact = gram.cholesky().unwrap().solve(&DVector::from_vec(right));
        // Condition numbers of some thousands times 2⁻⁵³.
        assert_close("ridge", &found.minimizer, exact.as_slice(), 1e-11);
        assert!((found.value / value(objective.as_ref(), exact.as_slice()) - 1.0).abs() <= 1e-12);
    }
}

#[test]
fn the_solver_finds_the_minimum_of_singular_problems() {
    let solve = |features: Matrix, labels: Vec<f64>| {
        let rows = std::iter::once(0..labels.len()).collect();
        let table = r#"{ name = "least-squares", regularization = 0.0 }"#;
        let objective = spec(table).build(Some(shards(features, labels, rows)), 1).unwrap();
        assert_eq!(objective.constants().strong_convexity, Some(0.0));
        let found = minimize(objective.as_ref(), 1e-12).unwrap();
        let goal = 1e-12 * found.value.max(1e-12 * value(objective.as_ref(), &vec![0.0; objective.dim()]));
        assert!(found.error_bound.unwrap() <= goal, "{:?}", found.error_bound);
        // All minimizers are known, and f is the same at all of them.
        let flat = found.flat.as_ref().unwrap();
        for direction in flat {
            let other = moved(&found.minimizer, 3.0, direction);
            assert!((value(objective.as_ref(), &other) - found.value).abs() <= 1e-12 * found.value + 1e-24);
            assert!(found.distance_squared(&other).unwrap() <= 1e-24);
        }
        (found.value, flat.len())
    };
    // Twice the same columns: the minimum is that of the columns alone.
    let (m, d) = (60, 10);
    let mut stream = stream(33);
    let columns = normals(m * d, &mut stream);
    let labels = normals(m, &mut stream);
    let twice = columns.chunks_exact(d).flat_map(|row| [row, row].concat()).collect();
    let (least, n_flat) = solve(Matrix::Dense { n_columns: 2 * d, values: twice }, labels.clone());
    assert_eq!(n_flat, d);
    let matrix = DMatrix::from_row_slice(m, d, &columns);
    let right = DVector::from_vec(labels.clone());
    let solution = matrix.clone().svd(true, true).solve(&right, 1e-12).unwrap();
    let exact = (matrix * solution - right).norm_squared() / (2.0 * m as f64);
    assert!((least / exact - 1.0).abs() <= 1e-12, "{least} {exact}");
    // More columns than rows, by Cholesky and by conjugate gradients: the residual vanishes.
    for d in [100, 300] {
        let features = Matrix::Dense { n_columns: d, values: normals(m * d, &mut stream) };
        let (least, n_flat) = solve(features, labels.clone());
        assert!(least <= 1e-24 * norm_squared(&labels), "{d}: {least}");
        assert_eq!(n_flat, d - m);
    }
}

/// Rows (aⱼ, bⱼ) with one worker and without a regularizer.
fn unregularized(name: &str, n_columns: usize, values: &[f64], labels: &[f64]) -> Box<dyn Objective> {
    let features = Matrix::Dense { n_columns, values: values.to_vec() };
    let data = shards(features, labels.to_vec(), std::iter::once(0..labels.len()).collect());
    spec(&format!(r#"{{ name = "{name}", regularization = 0.0 }}"#)).build(Some(data), 1).unwrap()
}

#[test]
fn the_distance_is_that_to_the_nearest_of_all_minimizers() {
    // Every x with x₁ + x₂ = 2: two from the origin, squared.
    let objective = unregularized("least-squares", 2, &[1.0; 6], &[1.0, 2.0, 3.0]);
    let found = minimize(objective.as_ref(), 1e-12).unwrap();
    for (x, squared) in [([0.0, 0.0], 2.0), ([1.0, 1.0], 0.0), ([5.0, -3.0], 0.0), ([3.0, 1.0], 2.0)] {
        let distance = found.distance_squared(&x).unwrap();
        assert!((distance - squared).abs() <= 1e-14, "{x:?}: {distance}");
    }
    // One minimizer alone: nothing is taken off.
    let unique = minimize(unregularized("least-squares", 1, &[1.0, 2.0], &[1.0, 2.0]).as_ref(), 1e-12).unwrap();
    assert_eq!((unique.flat.as_deref(), unique.distance_squared(&[3.0])), (Some([].as_slice()), Some(4.0)));
    // Of the stated minimizers of a quadratic with μ = 0 as well.
    let singular = r#"{ name = "quadratic", dim = 6, strong_convexity = 0.0, smoothness = 1.0, spectrum = "linear", heterogeneity = 0.0, noise = 0.0, seed = 1 }"#;
    let flat = |objective: &dyn Objective| minimize(objective, 1e-12).unwrap().flat.unwrap().len();
    assert_eq!(flat(spec(singular).build(None, 1).unwrap().as_ref()), 1);
    assert_eq!(flat(quadratic(6, 1, "linear", 0.0, 0.0).as_ref()), 0);
}

#[test]
fn a_plateau_is_not_taken_for_a_minimum() {
    // Two classes that can be separated, in all directions or in one: the loss falls without end.
    let all = unregularized("logistic", 1, &[1.0, -1.0], &[1.0, -1.0]);
    let one = unregularized("logistic", 2, &[1.0, 0.0, 1.0, 0.0, 0.0, 1.0], &[1.0, -1.0, 1.0]);
    let tiny = unregularized("logistic", 2, &[1.0, 1e-3, 1.0, -1e-3], &[1.0, -1.0]);
    for (name, objective) in [("all", all), ("one", one), ("tiny", tiny)] {
        let error = minimize(objective.as_ref(), 1e-12).unwrap_err();
        let message = error.to_string();
        assert!(
            matches!(error, MinimizeError::NotAttained { .. } | MinimizeError::NotConverged { .. }),
            "{name}: {message}"
        );
        assert!(message.contains("regulariz") && !message.contains("0.000"), "{name}: {message}");
    }
    // Classes that overlap have a minimum: here of log(1 + e^x) + 2 log(1 + e^−x) over three, at x = log 2.
    let overlap = unregularized("logistic", 1, &[1.0; 3], &[1.0, 1.0, -1.0]);
    let found = minimize(overlap.as_ref(), 1e-12).unwrap();
    assert!((found.minimizer[0] - 2f64.ln()).abs() <= 1e-14, "{:?}", found.minimizer);
    assert!(found.error_bound.unwrap() <= 1e-12 * found.value && found.flat == Some(Vec::new()));
    // Along a direction that all classes share, softmax is constant.
    let softmax = unregularized("multinomial-logistic", 1, &[1.0; 4], &[0.0, 1.0, 1.0, 2.0]);
    let found = minimize(softmax.as_ref(), 1e-12).unwrap();
    assert_eq!(found.flat.as_ref().unwrap().len(), 1);
    assert!(found.distance_squared(&[0.0, 2f64.ln(), 0.0]).unwrap() <= 1e-24);
    assert!(found.distance_squared(&[7.0, 7.0 + 2f64.ln(), 7.0]).unwrap() <= 1e-24);
    // Without a bound of third derivatives nothing is proved.
    let unknown = minimize(&FirstOrder(unregularized("logistic", 1, &[1.0; 3], &[1.0, 1.0, -1.0])), 1e-12);
    assert_eq!(unknown, Err(MinimizeError::NotCertified { dim: 1 }));
}

#[test]
fn third_derivatives_stay_below_their_bound() {
    for (name, objective) in problems() {
        let Some(ratio) = objective.self_concordance() else { continue };
        let (d, mut stream) = (objective.dim(), stream(35));
        let x = normals(d, &mut stream);
        let v = normals(d, &mut stream);
        let curvature = |t: f64| {
            let mut product = vec![0.0; d];
            assert!(objective.add_hessian_product(&moved(&x, t, &v), &v, 1.0, &mut product), "{name}");
            product.iter().zip(&v).map(|(p, v)| p * v).sum::<f64>()
        };
        for t in [-1.0, -0.1, 0.1, 1.0] {
            // The logarithm of the curvature changes by R‖v‖ per unit of t at most.
            let change = (curvature(t) / curvature(0.0)).ln().abs();
            assert!(change <= ratio * norm(&v) * f64::abs(t) + 1e-12, "{name}: {change}");
        }
    }
}

#[test]
fn the_minimum_does_not_depend_on_the_number_of_threads() {
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| minimize(ill_conditioned(120, 20, 100.0, 1e-5).as_ref(), 1e-12).unwrap())
    };
    assert_eq!(run(1), run(2));
    assert_eq!(run(1), run(8));
}

#[test]
fn every_convex_member_is_minimized_and_the_others_are_refused() {
    for (name, objective) in problems() {
        let objective = objective.as_ref();
        match minimize(objective, 1e-12) {
            Ok(found) => {
                assert!(objective.constants().convex, "{name}");
                assert!(norm(&full_gradient(objective, &found.minimizer)) <= 1e-9, "{name}");
                assert!(found.error_bound.unwrap() <= 1e-12 * found.value.abs() + 1e-24, "{name}");
            }
            Err(error) => {
                assert!(!objective.constants().convex, "{name}: {error}");
                assert_eq!(error, MinimizeError::NotConvex);
            }
        }
    }
    let objective = quadratic(3, 1, "linear", 0.0, 0.0);
    assert_eq!(minimize(objective.as_ref(), 0.0), Err(MinimizeError::Tolerance { tolerance: 0.0 }));
}

#[test]
fn more_workers_than_random_streams_are_refused() {
    let refused = spec(r#"{ name = "quadratic", dim = 1, strong_convexity = 1.0, smoothness = 1.0, spectrum = "linear", heterogeneity = 0.0, noise = 1.0, seed = 1 }"#)
        .build(None, gradsieve::random::MAX_WORKERS + 1)
        .unwrap_err();
    assert_eq!(
        refused.to_string(),
        "objective `quadratic`: n_workers = 16777216, allowed is at most 16777215, since each worker needs random numbers \
         of its own"
    );
}

#[test]
fn a_minimum_that_is_not_finite_is_an_error() {
    let features = Matrix::Dense { n_columns: 1, values: vec![1.0, 1.0] };
    let data = shards(features, vec![1e200, 1e200], std::iter::once(0..2).collect());
    let objective = spec(r#"{ name = "least-squares", regularization = 0.0 }"#).build(Some(data), 1).unwrap();
    assert_eq!(minimize(objective.as_ref(), 1e-12), Err(MinimizeError::NotFinite { step: 0 }));
}
