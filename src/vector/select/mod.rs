//! Exact selection of the k entries of largest magnitude, and of all entries above a threshold.
//!
//! Ties are broken towards the lower index, so a selection is a function of the vector alone. It does not know what
//! the entries mean, nor what happens to the others.
//!
//! One pass over the vector packs the entries that reach a threshold into a list, and the selection is made in the
//! list. The threshold is a guess: from an earlier call, or from a sample of the vector. When at least k entries
//! reach it, the list holds every entry that belongs to the selection, so the guess cannot change the result; when
//! fewer do, the pass is made again with a lower one, at last with zero. When far more than k reach it, the list is
//! cut down to its k largest on the way, and the k-th of them is the threshold from there on: the k-th largest of a
//! part is never above the k-th largest of the whole.

mod input;
mod rank;
mod sample;
mod search;
mod sweep;
mod workspace;

pub(crate) use search::{Search, side_by_side};
pub use workspace::Workspace;

use super::addition::Addition;
use super::entries::EntriesMut;
use super::finite::{NotFinite, refuse_not_finite};
use super::float::Float;
use super::kernels;
use super::level::Level;
use input::Input;
use std::cmp::Reverse;
use sweep::CHUNK;

/// The indices of the `k` entries of largest magnitude, ascending: the naive twin to which the tests hold [`top_k`].
///
/// # Errors
/// `x` holds NaN or ∞.
pub fn top_k_naive<F: Float>(x: &[F], k: usize) -> Result<Vec<u32>, NotFinite> {
    refuse_not_finite((0..).zip(x.iter().copied()))?;
    let mut order: Vec<u32> = (0..x.len() as u32).collect();
    order.sort_by_key(|&j| (Reverse(x[j as usize].magnitude()), j));
    order.truncate(k);
    order.sort_unstable();
    Ok(order)
}

/// Writes the indices of the `k` entries of largest magnitude of `x` (length d) into `selected`, ascending;
/// all indices when k ≥ d.
///
/// `hint` is a threshold that at least k entries are guessed to reach (zero: no guess), and receives one for the next
/// call with a similar vector. It changes the speed, never the result. [`top_k_into`] is the same without allocation.
///
/// # Errors
/// `x` holds NaN or ∞; the first such coordinate is named.
pub fn top_k<F: Float>(x: &[F], k: usize, hint: &mut f64, selected: &mut Vec<u32>) -> Result<(), NotFinite> {
    top_k_into(x, k, hint, &mut Workspace::default(), selected)
}

/// [`top_k`] with buffers of the caller: after the first calls it allocates nothing.
///
/// # Errors
/// `x` holds NaN or ∞; the first such coordinate is named.
pub fn top_k_into<F: Float>(
    x: &[F],
    k: usize,
    hint: &mut f64,
    workspace: &mut Workspace<F>,
    selected: &mut Vec<u32>,
) -> Result<(), NotFinite> {
    Search::new(Input::Read(x), k, hint, workspace, selected, None).complete()
}

/// Adds to x, then moves the k entries of largest magnitude out of x and leaves zeros: the step of error feedback.
///
/// ```text
/// x ← x + weight · addend,   message = top-k of x,   x ← x − message
/// ```
///
/// # Errors
/// The new x holds NaN or ∞; the first such coordinate is named, and x is the new x, whole.
///
/// # Panics
/// The lengths differ.
pub fn add_and_split_top_k_into<'a, F: Float + 'a>(
    x: &mut [F],
    addition: impl Into<Addition<'a, F>>,
    k: usize,
    hint: &mut f64,
    workspace: &mut Workspace<F>,
    message: EntriesMut<'_, F>,
) -> Result<(), NotFinite> {
    let EntriesMut { indices, values } = message;
    let input = Input::sum(x, addition.into(), true);
    Search::new(input, k, hint, workspace, indices, Some(values)).complete()
}

/// Writes the indices of all entries with `|xⱼ| ≥ threshold` into `selected`, ascending.
///
/// # Errors
/// `x` holds NaN or ∞; the first such coordinate is named.
pub fn at_least<F: Float>(x: &[F], threshold: F, selected: &mut Vec<u32>) -> Result<(), NotFinite> {
    let level = Level::default();
    let mut no_values = Vec::new();
    selected.clear();
    for (chunk, start) in x.chunks(CHUNK).zip((0..).step_by(CHUNK)) {
        kernels::collect::<F, false>(level, chunk, start, threshold, (&mut *selected, &mut no_values).into());
    }
    refuse_not_finite(selected.iter().map(|&j| (j, x[j as usize])))
}

#[cfg(test)]
mod tests {
    use super::sample::draw;
    use super::search::{HINT_UP_TO, PARALLEL_FROM};
    use super::*;
    use crate::random::{Purpose, Streams};
    use proptest::strategy::Strategy as _;
    use rand::RngExt as _;

    /// Vectors on which selections go wrong: ties, few values, order, tiny and huge numbers, signed zeros.
    fn adversaries(d: usize) -> Vec<Vec<f64>> {
        let mut stream = Streams::new(5).stream(Purpose::Generation, d, 0);
        let mut draw = |of: &dyn Fn(f64, usize) -> f64| -> Vec<f64> {
            (0..d).map(|j| of(stream.random::<f64>() - 0.5, j)).collect()
        };
        vec![
            draw(&|u, _| u),
            draw(&|u, _| 1.0 / u),
            draw(&|u, _| u.signum() * u.abs().ln()),
            draw(&|_, _| 3.0),
            draw(&|u, _| 3.0_f64.copysign(u)),
            draw(&|u, _| if u > 0.3 { 2.0 } else { -1.0 }),
            draw(&|u, _| (8.0 * u).round()),
            draw(&|_, j| j as f64),
            draw(&|_, j| -((d - j) as f64)),
            draw(&|u, _| 0.0_f64.copysign(u)),
            draw(&|u, _| if u > 0.49 { u } else { 0.0 }),
            draw(&|u, _| if u > 0.0 { f64::from_bits(1) } else { -f64::from_bits(2) }),
            draw(&|u, _| u * f64::MIN_POSITIVE),
            draw(&|u, _| f64::MAX * u.signum()),
            draw(&|u, j| if j % 33 == 0 { 5.0 } else { u }),
        ]
    }

    /// Compares every way to select from x with the naive twin: each level of the machine, read, added and split. Half of the
    /// additions are scaled.
    fn agrees_with_naive<F: Float>(x: &[F], addend: &[F], k: usize, guesses: &[f64], name: &str) {
        let weight = F::narrow(0.3);
        let scale = (x.len() + k).is_multiple_of(2).then_some(F::narrow(-1.7));
        let addition = Addition { weight, scale, vector: addend };
        let scaled = |a: F| scale.map_or(a, |scale| F::ZERO.add_scaled(scale, a));
        let sum: Vec<F> = x.iter().zip(addend).map(|(v, &a)| v.add_scaled(weight, scaled(a))).collect();
        let bits = |x: &[F]| x.iter().map(|v| v.widen().to_bits()).collect::<Vec<u64>>();
        let expected = (top_k_naive(x, k), top_k_naive(&sum, k));
        for level in Level::available() {
            let mut workspace = Workspace::at(level);
            let (mut selected, mut values) = (vec![7; 3], vec![F::INFINITY; 2]);
            for &guess in guesses {
                let name = format!("{name}, d {}, k {k}, guess {guess}, {}", x.len(), level.name());
                let mut hint = guess;
                let done = top_k_into(x, k, &mut hint, &mut workspace, &mut selected);
                assert!(same_bits(done.map(|()| selected.clone())) == same_bits(expected.0.clone()), "{name}: read");
                let reach = x.iter().filter(|v| v.widen().abs() >= hint).count();
                assert!(k == 0 || expected.0.is_err() || reach >= k.min(x.len()), "{name}: {reach} reach the new hint");

                let (mut p, mut hint) = (x.to_vec(), guess);
                let message = EntriesMut { indices: &mut selected, values: &mut values };
                let done = Search::add_and_top_k(&mut p, addition, k, &mut hint, &mut workspace, message).complete();
                assert!(same_bits(done.map(|()| selected.clone())) == same_bits(expected.1.clone()), "{name}: added");
                assert!(bits(&p) == bits(&sum), "{name}: not the sum");

                let (mut p, mut hint) = (x.to_vec(), guess);
                let message = EntriesMut { indices: &mut selected, values: &mut values };
                let done = add_and_split_top_k_into(&mut p, addition, k, &mut hint, &mut workspace, message);
                assert!(same_bits(done.map(|()| selected.clone())) == same_bits(expected.1.clone()), "{name}: added");
                let mut residual = sum.clone();
                if let Ok(expected) = &expected.1 {
                    let entries: Vec<F> = expected.iter().map(|&j| sum[j as usize]).collect();
                    assert!(bits(&values) == bits(&entries), "{name}: not the entries");
                    for &j in expected {
                        residual[j as usize] = F::ZERO;
                    }
                }
                assert!(bits(&p) == bits(&residual), "{name}: not the residual");
            }
        }
    }

    #[test]
    fn vectors_side_by_side_are_selected_from_as_if_each_were_alone() {
        for (d, not_finite) in [(1, None), (2047, None), (5003, None), (5003, Some(7)), (HINT_UP_TO + 9, None)] {
            let mut all = adversaries(d);
            if let Some(place) = not_finite {
                all[place][d - 2] = f64::NAN;
                all[place + 3][0] = f64::INFINITY;
            }
            let addend: Vec<f64> = (0..d).map(|j| (j % 17) as f64 - 8.0).collect();
            let addition = Addition { weight: 1e-3, scale: Some(0.3), vector: &addend };
            let ks = [0, 1, d / 300, d / 10, d, d + 1];
            let mut alone = all.clone();
            let expected: Vec<_> = alone
                .iter_mut()
                .zip(ks.into_iter().cycle())
                .map(|(x, k)| {
                    let (mut hint, mut selected, mut values) = (0.3, Vec::new(), Vec::new());
                    let message = EntriesMut { indices: &mut selected, values: &mut values };
                    let done =
                        Search::add_and_top_k(x, addition, k, &mut hint, &mut Workspace::default(), message).complete();
                    (done, selected, values, hint.to_bits())
                })
                .collect();
            let mut together: Vec<_> =
                all.iter().map(|_| (0.3, Workspace::default(), Vec::new(), Vec::new())).collect();
            let parts = all.iter_mut().zip(&mut together).zip(ks.into_iter().cycle());
            let mut searches: Vec<_> = parts
                .map(|((x, (hint, workspace, selected, values)), k)| {
                    Search::add_and_top_k(x, addition, k, hint, workspace, EntriesMut { indices: selected, values })
                })
                .collect();
            let done = side_by_side(&mut searches);
            drop(searches);
            assert_eq!(
                done.map_err(|(place, error)| (place, error.index)),
                match not_finite {
                    Some(place) => Err((place, d - 2)),
                    None => Ok(()),
                }
            );
            let n_good = not_finite.unwrap_or(all.len());
            let bits = |x: &[f64]| x.iter().map(|v| v.to_bits()).collect::<Vec<u64>>();
            assert!(all.iter().zip(&alone).all(|(x, alone)| bits(x) == bits(alone)), "d {d}: not the sums");
            for (place, (together, alone)) in together.iter().zip(&expected).take(n_good).enumerate() {
                assert!(alone.0.is_ok() && together.2 == alone.1, "d {d}, vector {place}: another selection");
                assert_eq!(
                    (bits(&together.3), together.0.to_bits()),
                    (bits(&alone.2), alone.3),
                    "d {d}, vector {place}"
                );
            }
        }
    }

    #[test]
    fn every_level_counts_what_reaches_thresholds() {
        let levels = Level::available();
        let portable = *levels.last().unwrap();
        for x in adversaries(1003) {
            let mut x = x;
            x[500] = f64::NAN;
            let thresholds = [0.0, 0.25, 2.0, f64::INFINITY];
            let counted = thresholds.map(|threshold| x.iter().filter(|v| !v.is_below(threshold)).count());
            let single: Vec<f32> = x.iter().map(|&v| v as f32).collect();
            let expected = kernels::count(portable, &single, thresholds.map(|v| v as f32));
            for &level in &levels {
                assert_eq!(kernels::count(level, &x, thresholds), counted, "{}", level.name());
                assert_eq!(kernels::count(level, &single, thresholds.map(|v| v as f32)), expected, "{}", level.name());
            }
        }
    }

    /// NaN is equal to itself here.
    fn same_bits(done: Result<Vec<u32>, NotFinite>) -> Result<Vec<u32>, (usize, u64)> {
        done.map_err(|error| (error.index, error.value.to_bits()))
    }

    /// Hints from every side of the right one.
    fn guesses<F: Float>(x: &[F], k: usize) -> Vec<f64> {
        let kth = top_k_naive(x, k).unwrap().iter().map(|&j| x[j as usize].widen().abs()).fold(f64::INFINITY, f64::min);
        vec![0.0, kth, 0.5 * kth, 1.3 * kth, 1e-300, f64::MAX, f64::INFINITY, f64::NAN, -1.0]
    }

    /// The vector, and in single precision where it fits.
    fn agree_in_both_precisions(x: &[f64], addend: &[f64], k: usize, guesses: &[f64], name: &str) {
        agrees_with_naive(x, addend, k, guesses, name);
        let single = |x: &[f64]| x.iter().map(|&v| v as f32).collect::<Vec<f32>>();
        agrees_with_naive(&single(x), &single(addend), k, guesses, &format!("single {name}"));
    }

    #[test]
    fn every_level_selects_what_the_naive_twin_selects_from_adversarial_vectors() {
        for d in [1, 2, 7, 31, 32, 33, 63, 65, 100, 515, 2048, 5003] {
            let all = adversaries(d);
            for (case, x) in all.iter().enumerate() {
                let addend = &all[(case + 3) % all.len()];
                for k in [0, 1, 2, 5, d / 70, d / 10, d / 2, d - 1, d, d + 3] {
                    agree_in_both_precisions(x, addend, k, &guesses(x, k), &format!("case {case}"));
                }
            }
        }
    }

    #[test]
    fn long_vectors_cut_the_list_on_the_way() {
        // Longer than several chunks, than the longest list, and than what is selected from by the hint alone.
        for (d, densities) in [(40_000, [0.000_03, 0.001, 0.1, 0.6]), (HINT_UP_TO + 77, [0.000_01, 0.001, 0.1, 0.97])] {
            let all = adversaries(d);
            for (case, x) in all.iter().enumerate().step_by(d / 40_000) {
                let addend = &all[(case + 3) % all.len()];
                let k = (densities[case % 4] * d as f64) as usize;
                agree_in_both_precisions(x, addend, k, &[0.0, 1e-300, 3.5], &format!("case {case}"));
            }
        }
    }

    #[test]
    fn two_and_three_threads_select_what_one_does() {
        let d = PARALLEL_FROM + 1003;
        let mut vectors = adversaries(d);
        for (place, value) in [(7, f64::NAN), (d - 3, f64::INFINITY)] {
            vectors.push(vectors[0].clone());
            vectors.last_mut().unwrap()[place] = value;
        }
        let k = d / 50;
        for (case, x) in vectors.iter().enumerate() {
            let addend = &vectors[(case + 3) % 15];
            let of = |threads: usize| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                let (mut p, mut hint, mut selected, mut values) = (x.clone(), 0.0, Vec::new(), Vec::new());
                let message = EntriesMut { indices: &mut selected, values: &mut values };
                let workspace = &mut Workspace::default();
                let done = pool
                    .install(|| add_and_split_top_k_into(&mut p, (0.3, &**addend), k, &mut hint, workspace, message));
                let p: Vec<u64> = p.iter().map(|v| v.to_bits()).collect();
                (same_bits(done.map(|()| selected)), p, hint.to_bits())
            };
            let one = of(1);
            assert!(one == of(2) && one == of(3), "case {case}");
        }
    }

    #[test]
    fn a_sample_that_misleads_changes_nothing() {
        // All large entries are where the sample does not look, or only where it looks; and what the sample takes for
        // selected is not, so that it is put back.
        let d = 50_000;
        let mut looked_at = vec![false; d];
        let mut sample = Vec::new();
        draw(d, |first| std::array::from_fn(|i| (first + i) as f64), &mut sample);
        for &place in &sample {
            looked_at[place as usize] = true;
        }
        let zero = vec![0.0; d];
        for (seen, unseen) in [(1.0, 2.0), (2.0, 1.0), (1.0, 0.0), (0.0, 1.0)] {
            let scale = |j: usize| if looked_at[j] { seen } else { unseen };
            let x: Vec<f64> = (0..d).map(|j| scale(j) * (1.0 + (j % 1000) as f64 * 1e-4)).collect();
            for k in [1, 50, 300, 700, 5000, 49_000] {
                agree_in_both_precisions(&x, &zero, k, &[0.0], &format!("seen {seen}, unseen {unseen}"));
            }
        }
    }

    #[test]
    fn entries_that_are_not_finite_are_reported_on_every_path_and_leave_the_sum_whole() {
        for (d, k) in [(100, 1), (100, 50), (100, 100), (100, 0), (5000, 3), (5000, 4000), (50_000, 40), (50_000, 9000)]
        {
            let addend = vec![-0.0; d];
            for place in [0, 31, d / 2, d - 1] {
                for value in [f64::NAN, -f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
                    let mut x: Vec<f64> = (0..d).map(|j| 1.0 + (j * 7 % 13) as f64).collect();
                    x[d - 1] = f64::NAN;
                    x[place] = value;
                    agree_in_both_precisions(&x, &addend, k, &[0.0, 0.5, 20.0], &format!("{value} at {place}"));
                    let error = at_least(&x, 30.0, &mut Vec::new()).unwrap_err();
                    assert_eq!((error.index, error.value.to_bits()), (place, value.to_bits()));
                }
            }
            agree_in_both_precisions(&vec![f64::NAN; d], &addend, k, &[0.0, 0.5], "all NaN");
        }
    }

    #[test]
    fn updates_have_the_same_bits_at_every_level() {
        for d in [1, 31, 64, 1003] {
            let all = adversaries(d);
            for (x, y) in all.iter().zip(&all[1..]) {
                for level in Level::available() {
                    let mut sum = y.clone();
                    kernels::add_scaled::<_, false>(level, &mut sum, (0.3, &**x).into());
                    let expected = y.iter().zip(x).map(|(y, x)| y + 0.3 * x);
                    assert!(sum.iter().zip(expected).all(|(a, b)| a.to_bits() == b.to_bits()), "{}", level.name());
                    sum.clone_from(y);
                    let addition = Addition { weight: 0.3, scale: Some(0.7), vector: x };
                    kernels::add_scaled::<_, true>(level, &mut sum, addition);
                    let expected = y.iter().zip(x).map(|(y, x)| y + 0.3 * (0.0 + 0.7 * x));
                    assert!(sum.iter().zip(expected).all(|(a, b)| a.to_bits() == b.to_bits()), "{}", level.name());
                }
            }
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(200))]
        #[test]
        fn any_vector_and_any_hint_select_what_the_naive_twin_selects(
            x in proptest::collection::vec(proptest::prop_oneof![
                8 => proptest::num::f64::ANY, 4 => -2.0..2.0, 4 => (-3_i8..4).prop_map(f64::from)
            ], 1..400),
            copies in 1_usize..80,
            fraction in 0.0..=1.0,
            guess in proptest::num::f64::ANY,
        ) {
            let repeated: Vec<f64> = x.iter().copied().cycle().take(x.len() * copies).collect();
            let finite: Vec<f64> = repeated.iter().map(|v| if v.is_finite() { *v } else { 0.0 }).collect();
            let addend: Vec<f64> = finite.iter().rev().map(|v| v / 8.0).collect();
            let k = (fraction * x.len() as f64) as usize;
            agree_in_both_precisions(&finite, &addend, k, &[0.0, guess], "drawn");
            agree_in_both_precisions(&repeated, &addend, k, &[0.0, guess], "drawn with NaN");
        }
    }

    #[test]
    fn a_threshold_selects_what_a_filter_selects() {
        let mut selected = Vec::new();
        for x in adversaries(515) {
            for threshold in [0.0, 1e-310, 0.2, 1.0, 3.0, -1.0, f64::NEG_INFINITY] {
                at_least(&x, threshold, &mut selected).unwrap();
                let naive: Vec<u32> = (0..515).filter(|&j| x[j as usize].abs() >= threshold).collect();
                assert_eq!(selected, naive);
            }
        }
    }
}
