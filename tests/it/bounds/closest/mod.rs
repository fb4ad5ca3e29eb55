//! Where the bounds come closest: instances on which the exact value reaches a stated fraction of the bound.

mod descents;
mod operators;
mod rates;
mod residuals;
mod unequal_vectors;
mod without_compression;

use gradsieve::theory::Quantity as Q;
use gradsieve::theory::Sequence as S;
use gradsieve::theory::{Origin, Setting, THEOREMS, theorem};
use std::collections::BTreeSet;

/// A bound on an instance, computed exactly.
struct Instance {
    id: &'static str,
    observed: f64,
    /// Its constants.
    setting: Setting,
    round: usize,
    /// The fraction of the bound that the instance must reach.
    share: f64,
}

/// Relative error of the sums and powers in the instances, and of limits that they approach.
const CLOSE: f64 = 1e-6;
const ATTAINED: f64 = 1.0 - CLOSE;

#[test]
fn bounds_hold_where_they_come_closest_and_a_smaller_factor_does_not() {
    let (mut list, mut wrong) = (String::new(), String::new());
    let instances = instances();
    for Instance { id, observed, setting, round, share } in &instances {
        let bound = theorem(id).unwrap().bound.value(setting, *round).unwrap_or_else(|reason| panic!("{id}: {reason}"));
        // Descents are negative on both sides: then the smaller magnitude is the larger number.
        let (ratio, sharpened) = if bound < 0.0 {
            (bound / observed, bound / (share * ATTAINED))
        } else {
            (observed / bound, bound * (share * ATTAINED))
        };
        let line = format!("{id:16} {ratio:.6} (at least {share:.6})\n");
        if !(ratio <= 1.0 + 1e-9 && ratio >= *share && *observed > sharpened) {
            wrong += &line;
        }
        list += &line;
    }
    assert!(wrong.is_empty(), "violated, or not as close as promised:\n{wrong}");
    let ids: BTreeSet<&str> = instances.iter().map(|instance| instance.id).collect();
    for theorem in THEOREMS {
        let tight = !theorem.documentation().contains("Upper bound, not tight");
        let reached = instances.iter().any(|instance| instance.id == theorem.about().id && instance.share >= ATTAINED);
        assert!(!tight || reached, "{} is said to be tight, but no instance attains it", theorem.about().id);
    }
    // These are loose by more than an instance of a few lines can show.
    let without: Vec<&str> = THEOREMS.iter().map(|theorem| theorem.about().id).filter(|id| !ids.contains(id)).collect();
    assert_eq!(without, ["A3", "A3'", "E4", "E6"], "observed/bound where it is closest:\n{list}");
    print_table(&list);
}

#[expect(clippy::print_stdout, reason = "the list is for those who run the test with --nocapture")]
fn print_table(list: &str) {
    println!("observed/bound where it is closest:\n{list}");
}

fn setting(constants: &[(Q, f64)]) -> Setting {
    constants.iter().fold(Setting::new(), |s, (quantity, value)| s.with(*quantity, *value, Origin::Proved))
}

fn attained(id: &'static str, observed: f64, constants: &[(Q, f64)]) -> Instance {
    Instance { id, observed, setting: setting(constants), round: 1, share: ATTAINED }
}

impl Instance {
    fn with(mut self, sequence: S, entries: &[f64]) -> Self {
        self.setting = self.setting.with_sequence(sequence, entries.to_vec(), Origin::Proved);
        self
    }

    fn after(self, round: usize) -> Self {
        Self { round, ..self }
    }

    fn up_to(self, share: f64) -> Self {
        Self { share, ..self }
    }
}

fn instances() -> Vec<Instance> {
    [
        operators::instances(),
        unequal_vectors::instances(),
        descents::instances(),
        residuals::instances(),
        rates::instances(),
        without_compression::instances(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn norm_squared(x: &[f64]) -> f64 {
    x.iter().map(|entry| entry * entry).sum()
}

fn norm_one(x: &[f64]) -> f64 {
    x.iter().map(|entry| entry.abs()).sum()
}

/// The k largest magnitudes of x, the lower index first among equals.
fn top_k(x: &[f64], k: usize) -> Vec<f64> {
    let mut order: Vec<usize> = (0..x.len()).collect();
    order.sort_by(|a, b| x[*b].abs().total_cmp(&x[*a].abs()));
    let mut kept = vec![0.0; x.len()];
    for index in &order[..k] {
        kept[*index] = x[*index];
    }
    kept
}

fn difference(x: &[f64], y: &[f64]) -> Vec<f64> {
    x.iter().zip(y).map(|(x, y)| x - y).collect()
}
