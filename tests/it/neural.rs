//! What the objectives that are neural networks promise beyond what `tests/it/objectives.rs` asks of all: losses and
//! gradients as PyTorch computes them, starts, and evaluation.

use gradsieve::dataset::{Dataset, Matrix, Shards};
use gradsieve::objective::{Objective, ObjectiveSpec, Rows};
use gradsieve::vector::{dot, norm_squared};

/// What `tests/fixtures/neural/make.py` wrote.
#[derive(serde::Deserialize)]
struct Reference {
    networks: Vec<Network>,
}

#[derive(serde::Deserialize)]
struct Network {
    objective: serde_json::Value,
    n_features: usize,
    n_rows: usize,
    n_classes: usize,
    tokens: bool,
    scale: f64,
    loss: f64,
    layers: Vec<Layer>,
}

#[derive(serde::Deserialize)]
struct Layer {
    len: usize,
    norm: f64,
    products: [f64; 2],
}

/// In [−1/2, 1/2), as `make.py` computes them.
fn numbers(n: usize, seed: u64) -> Vec<f64> {
    (0..n as u64).map(|j| ((j * 7919 + seed * 104_729) % 2003) as f64 / 2003.0 - 0.5).collect()
}

fn scaled(mut numbers: Vec<f64>, scale: f64) -> Vec<f64> {
    for number in &mut numbers {
        *number *= scale;
    }
    numbers
}

/// The rows of `make.py`, as tokens or as they are.
fn dataset(n_rows: usize, n_features: usize, n_classes: usize, tokens: bool) -> Dataset {
    let number = |number: f64| if tokens { ((number + 0.5) * n_classes as f64).floor() } else { number + 0.5 };
    let values = numbers(n_rows * n_features, 2).into_iter().map(number).collect();
    let labels = (0..n_rows).map(|row| (row % n_classes) as f64).collect();
    Dataset { name: "by hand".to_owned(), features: Matrix::Dense { n_columns: n_features, values }, labels }
}

fn build(objective: &serde_json::Value, dataset: Dataset, n_workers: usize) -> Box<dyn Objective> {
    let size = dataset.labels.len() / n_workers;
    let rows = (0..n_workers).map(|worker| worker * size..(worker + 1) * size).collect();
    let spec: ObjectiveSpec = serde_json::from_value(objective.clone()).unwrap();
    spec.build(Some(Shards { dataset, rows }), n_workers).unwrap()
}

#[test]
fn losses_and_gradients_are_those_of_pytorch() {
    let reference: Reference = serde_json::from_str(include_str!("../fixtures/neural/networks.json")).unwrap();
    for Network { mut objective, n_features, n_rows, n_classes, tokens, scale, loss, layers } in reference.networks {
        // Rounding: thousands of additions of numbers of order one.
        for (precision, tolerance) in [("f64", 1e-12), ("f32", 1e-4)] {
            objective["precision"] = precision.into();
            let network = build(&objective, dataset(n_rows, n_features, n_classes, tokens), 1);
            let lengths: Vec<usize> = network.layers().iter().map(|layer| layer.len).collect();
            assert_eq!(lengths, layers.iter().map(|layer| layer.len).collect::<Vec<_>>(), "{objective}");
            let x = scaled(numbers(network.dim(), 1), scale);
            let error = (network.worker_value(0, &x) - loss).abs();
            assert!(error <= tolerance * loss, "{objective}: the loss is off by {error}");
            let batch: Vec<u32> = (0..n_rows as u32).collect();
            for rows in [Rows::All, Rows::Only(&batch)] {
                let mut gradient = vec![0.0; network.dim()];
                network.add_gradient(0, rows, &x, 1.0, &mut gradient);
                let mut rest = &gradient[..];
                for (number, Layer { len, norm, products }) in layers.iter().enumerate() {
                    let own;
                    (own, rest) = rest.split_at(*len);
                    let error = (norm_squared(own).sqrt() - norm).abs();
                    assert!(error <= tolerance * norm, "{objective}: layer {number}: its norm is off by {error}");
                    for (seed, product) in [3, 4].into_iter().zip(products) {
                        let weights = numbers(*len, seed);
                        let error = (dot(own, &weights) - product).abs();
                        let size = norm * norm_squared(&weights).sqrt();
                        assert!(error <= tolerance * size, "{objective}: layer {number}: a product is off by {error}");
                    }
                }
            }
        }
    }
}

#[test]
fn gradients_agree_with_differences_along_random_directions() {
    for member in ObjectiveSpec::MEMBERS {
        #[derive(serde::Deserialize)]
        struct File {
            objective: serde_json::Value,
        }
        let File { mut objective } = toml::from_str(&format!("objective = {}", member.example)).unwrap();
        let spec: ObjectiveSpec = serde_json::from_value(objective.clone()).unwrap();
        if !spec.is_network() {
            continue;
        }
        objective["precision"] = "f64".into();
        let network = build(&objective, dataset(8, 64, 4, member.name == "lstm"), 2);
        let x = scaled(numbers(network.dim(), 1), 0.4);
        let mut gradient = vec![0.0; x.len()];
        gradsieve::objective::gradient(&*network, &x, &mut gradient);
        for seed in 10..20 {
            let direction = numbers(x.len(), seed);
            let at = |step: f64| {
                let mut x = x.clone();
                gradsieve::vector::add_scaled(step, &direction, &mut x);
                gradsieve::objective::value(&*network, &x)
            };
            // Truncation h²/6 · f‴ and rounding ε|f|/h, for a direction of a length of about fifty.
            let step = 1e-6;
            let (difference, slope) = ((at(step) - at(-step)) / (2.0 * step), dot(&gradient, &direction));
            let size = norm_squared(&gradient).sqrt() * norm_squared(&direction).sqrt();
            assert!((difference - slope).abs() <= 1e-7 * size, "{}: {difference} {slope}", member.name);
        }
    }
}

#[test]
fn a_network_starts_within_the_bounds_of_its_layers_and_differently_for_each_seed() {
    let objective = serde_json::json!({ "name": "fnn", "hidden": "16, 9, 4", "activation": "gelu" });
    let network = build(&objective, dataset(4, 25, 2, false), 1);
    let x = network.initial(1).unwrap();
    assert_eq!(network.initial(1).as_ref(), Some(&x));
    assert_ne!(network.initial(2).as_ref(), Some(&x));
    let mut rest = &x[..];
    for (layer, n_in) in network.layers().iter().zip([25.0_f64, 16.0, 9.0, 4.0]) {
        let own;
        (own, rest) = rest.split_at(layer.len);
        let largest = own.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
        let bound = 1.0 / n_in.sqrt();
        // Of twenty numbers or more, the largest is below half of the bound once in a million.
        assert!(largest <= bound && (layer.len < 20 || largest > bound / 2.0), "{}: {largest}", layer.name);
    }
    assert!(rest.is_empty());
}

#[test]
fn what_was_learnt_holds_on_held_out_rows() {
    let objective = serde_json::json!({ "name": "fnn", "hidden": "12", "activation": "tanh" });
    // The label is whether the first number is large.
    let labelled = |n_rows: usize, seed: u64| {
        let values = numbers(4 * n_rows, seed);
        let labels = values.chunks(4).map(|row| f64::from(u8::from(row[0] > 0.0))).collect();
        Dataset { name: "by hand".to_owned(), features: Matrix::Dense { n_columns: 4, values }, labels }
    };
    let network = build(&objective, labelled(600, 5), 2);
    let mut x = network.initial(3).unwrap();
    let test = labelled(700, 6);
    let before = network.evaluate(&test, &x).unwrap();
    for _ in 0..150 {
        let mut gradient = vec![0.0; x.len()];
        gradsieve::objective::gradient(&*network, &x, &mut gradient);
        gradsieve::vector::add_scaled(-2.0, &gradient, &mut x);
    }
    let after = network.evaluate(&test, &x).unwrap();
    assert!(before.accuracy.unwrap() < 0.7, "{before:?}");
    assert!(after.accuracy.unwrap() > 0.95 && after.loss < 0.5 * before.loss, "{after:?}");
    // On its own rows an evaluation is the value.
    let own = network.evaluate(&labelled(600, 5), &x).unwrap();
    let value = gradsieve::objective::value(&*network, &x);
    assert!((own.loss - value).abs() <= 1e-5 * value, "{own:?} {value}");
}
