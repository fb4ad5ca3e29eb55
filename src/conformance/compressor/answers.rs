//! What an operator says of itself, checked against what it does.
//!
//! Theorems are matched with an operator by its answers ([`Compressor::randomness`], [`Compressor::is_projection`],
//! [`Compressor::kept`], …), so a wrong answer becomes a wrong verdict. Each function here tries the consequences of one
//! answer on vectors of several shapes, for several seeds, rounds and workers, and says in words what it found to be
//! false. Passing is evidence and not a proof.
//!
//! Try an operator at parameters with which it is not the identity: that a random operator draws at all, for one, can
//! only be seen where something depends on it.

use crate::compressor::{Call, Compressor, Guarantee, Message, Parameter, Randomness, Scratch, Selection};
use crate::random::{Purpose, Streams};
use crate::vector::{distance_squared, norm_squared};
use rand::RngExt as _;

/// Seeds, or rounds, that are tried.
const TRIES: u64 = 30;

/// All of the below, for vectors of one block with its dimension.
///
/// # Errors
/// The first consequence that fails, in words.
pub fn holds(operator: &dyn Compressor, block: usize, dim: usize) -> Result<(), String> {
    [randomness, projection, selection, kept, most_entries, every_draw, learning]
        .into_iter()
        .try_for_each(|check| check(operator, block, dim))
}

/// No randomness ⇒ no seed, round or worker changes a bit; own or mixed ⇒ some seeds differ, and some workers; shared ⇒
/// all workers send the same of equal vectors, and some seeds differ.
///
/// # Errors
/// What fails, in words.
pub fn randomness(operator: &dyn Compressor, block: usize, dim: usize) -> Result<(), String> {
    let said = operator.randomness();
    let (mut seeds_differ, mut workers_differ) = (false, false);
    for (kind, x) in vectors(dim) {
        for seed in 0..TRIES {
            let of = |seed, worker, round| sent(operator, &x, Place { seed, worker, round, block });
            let first = of(seed, 0, 1)?;
            let (other_seed, other_worker, other_round) = (of(seed + 1, 0, 1)?, of(seed, 1, 1)?, of(seed, 0, 2)?);
            if said == Randomness::None && (first != other_seed || first != other_round || first != other_worker) {
                return Err(format!("it says that nothing is random, and its messages differ by seed, on {kind}"));
            }
            if said == Randomness::Shared && first != other_worker {
                return Err(format!(
                    "it says that workers share what is drawn, and two send unlike messages of {kind}"
                ));
            }
            seeds_differ |= first != other_seed;
            workers_differ |= first != other_worker;
        }
    }
    if said.is_random() && !seeds_differ {
        return Err(format!("it says that its randomness is {said:?}, and no seed changes any message"));
    }
    if matches!(said, Randomness::Own | Randomness::Mixed) && !workers_differ {
        return Err(format!("it says that its randomness is {said:?}, and all workers send the same"));
    }
    Ok(())
}

/// A projection ⇒ each sent value is the entry of its coordinate; none ⇒ some sent value is not.
///
/// The second half refuses an operator that theorems on projections would refuse for a false reason.
///
/// # Errors
/// What fails, in words.
pub fn projection(operator: &dyn Compressor, block: usize, dim: usize) -> Result<(), String> {
    let mut is_projection = true;
    for (kind, x) in vectors(dim) {
        for seed in 0..TRIES {
            let message = sent(operator, &x, Place { seed, worker: 0, round: 1, block })?;
            let mut changed = None;
            message.for_each(|j, value| {
                if value != x[j] {
                    changed.get_or_insert((j, value));
                }
            });
            if let (true, Some((j, value))) = (operator.is_projection(), changed) {
                return Err(format!(
                    "it says that it is a projection, and sends {value} for {} at {j} of {kind}",
                    x[j]
                ));
            }
            is_projection &= changed.is_none();
        }
    }
    if is_projection && !operator.is_projection() {
        return Err("it says that it is not a projection, and every value that it sent was the entry".to_owned());
    }
    Ok(())
}

/// The largest ⇒ nothing that is dropped exceeds what is sent; uniform ⇒ the set does not depend on x, and all its
/// entries are sent times one number; a threshold ⇒ exactly the entries of that magnitude are sent.
///
/// # Errors
/// What fails, in words.
pub fn selection(operator: &dyn Compressor, block: usize, dim: usize) -> Result<(), String> {
    let threshold = operator.parameters(block, dim).into_iter().find_map(|parameter| match parameter {
        Parameter::Threshold(threshold) => Some(threshold),
        _ => None,
    });
    for seed in 0..TRIES {
        let mut first: Option<Vec<usize>> = None;
        for (kind, x) in vectors(dim) {
            let message = sent(operator, &x, Place { seed, worker: 0, round: 1, block })?;
            let mut is_sent = vec![false; dim];
            let mut entries = Vec::new();
            message.for_each(|j, value| {
                is_sent[j] = true;
                entries.push((j, value));
            });
            let dropped = || x.iter().zip(&is_sent).filter(|(_, is_sent)| !**is_sent).map(|(entry, _)| entry.abs());
            let magnitudes = || entries.iter().map(|(j, _)| x[*j].abs());
            match operator.selection() {
                Some(Selection::Largest) => {
                    let (most, least) = (dropped().fold(0.0, f64::max), magnitudes().fold(f64::INFINITY, f64::min));
                    if most > least {
                        return Err(format!(
                            "it says that it sends the largest, and drops {most} for {least} of {kind}"
                        ));
                    }
                }
                Some(Selection::Uniform) => {
                    let places = || entries.iter().map(|(j, _)| *j).collect();
                    if *first.get_or_insert_with(places) != places() {
                        return Err(format!("it says that its set does not depend on x, and it does on {kind}"));
                    }
                    let mut factors = entries.iter().filter(|(j, _)| x[*j] != 0.0).map(|(j, value)| value / x[*j]);
                    let one = factors.next().unwrap_or(1.0);
                    if factors.any(|factor| (factor / one - 1.0).abs() > 4.0 * f64::EPSILON) {
                        return Err(format!("it says that it has one factor for all entries, and has two on {kind}"));
                    }
                }
                Some(Selection::Threshold) => {
                    let Some(threshold) = threshold else {
                        return Err("it says that it has a threshold, and none is among its parameters".to_owned());
                    };
                    if dropped().any(|entry| entry >= threshold) || magnitudes().any(|entry| entry < threshold) {
                        return Err(format!(
                            "it says that it sends what reaches {threshold}, and sends others of {kind}"
                        ));
                    }
                }
                None => {}
            }
        }
    }
    Ok(())
}

/// Kept = k ⇒ exactly k coordinates are sent of vectors without zeros and ties.
///
/// # Errors
/// What fails, in words.
pub fn kept(operator: &dyn Compressor, block: usize, dim: usize) -> Result<(), String> {
    let Some(k) = operator.kept(block, dim) else { return Ok(()) };
    for (kind, x) in generic(dim) {
        for seed in 0..TRIES {
            let found = sent(operator, &x, Place { seed, worker: 0, round: 1, block })?.n_entries();
            if found != k {
                return Err(format!("it says that it keeps k = {k}, and sends {found} entries of {kind}"));
            }
        }
    }
    Ok(())
}

/// No message has more coordinates than the operator says at most.
///
/// # Errors
/// What fails, in words.
pub fn most_entries(operator: &dyn Compressor, block: usize, dim: usize) -> Result<(), String> {
    let most = operator.most_entries(block, dim);
    if let Some(k) = operator.kept(block, dim).filter(|k| *k > most) {
        return Err(format!("it says that it keeps k = {k} of at most {most}"));
    }
    for (kind, x) in vectors(dim) {
        for seed in 0..TRIES {
            let found = sent(operator, &x, Place { seed, worker: 0, round: 1, block })?.n_entries();
            if found > most {
                return Err(format!("it says that it sends {most} entries at most, and sends {found} of {kind}"));
            }
        }
    }
    Ok(())
}

/// An inequality and no randomness ⇒ the inequality holds for every draw, since each is the expectation.
///
/// # Errors
/// What fails, in words.
pub fn every_draw(operator: &dyn Compressor, block: usize, dim: usize) -> Result<(), String> {
    let bound = match operator.guarantee(dim) {
        _ if operator.randomness().is_random() => return Ok(()),
        Guarantee::Contractive { delta } => 1.0 - delta,
        // Without randomness C(x) is its own mean, x.
        Guarantee::Unbiased { .. } => 0.0,
        Guarantee::None => return Ok(()),
    };
    let rounding = 4.0 * dim as f64 * f64::EPSILON * (1.0 + bound);
    for (kind, x) in vectors(dim) {
        let error =
            distance_squared(&sent(operator, &x, Place { seed: 0, worker: 0, round: 1, block })?.to_dense(), &x);
        let relative = error / norm_squared(&x);
        if relative > bound + rounding {
            return Err(format!(
                "its inequality allows {bound} without randomness, and the error is {relative} of {kind}"
            ));
        }
    }
    Ok(())
}

/// Nothing learned ⇒ what earlier calls left changes no bit of a message.
///
/// # Errors
/// What fails, in words.
pub fn learning(operator: &dyn Compressor, block: usize, dim: usize) -> Result<(), String> {
    if operator.learns() {
        return Ok(());
    }
    let mut adaptation = Vec::new();
    // Twelve calls of each vector, since operators may change every few calls.
    for (round, (kind, x)) in (1..).zip(vectors(dim).into_iter().flat_map(|vector| std::iter::repeat_n(vector, 12))) {
        let place = Place { seed: 1, worker: 0, round, block };
        let carried = sent_after(operator, &x, place, &mut adaptation)?;
        if carried != sent(operator, &x, place)? {
            return Err(format!("it says that it learns nothing, and earlier calls change what it sends of {kind}"));
        }
    }
    Ok(())
}

/// Which worker compresses, and when.
#[derive(Debug, Clone, Copy)]
struct Place {
    seed: u64,
    worker: usize,
    round: u64,
    block: usize,
}

fn sent(operator: &dyn Compressor, x: &[f64], place: Place) -> Result<Message, String> {
    sent_after(operator, x, place, &mut Vec::new())
}

fn sent_after(
    operator: &dyn Compressor,
    x: &[f64],
    place: Place,
    adaptation: &mut Vec<f64>,
) -> Result<Message, String> {
    let Place { seed, worker, round, block } = place;
    let (streams, scratch) = (Streams::new(seed), &mut Scratch::default());
    let mut message = Message::default();
    let mut call = Call { streams, worker, round, block, adaptation, scratch };
    match operator.compress(x, &mut call, &mut message) {
        Ok(()) if message.dim() == x.len() => Ok(message),
        Ok(()) => Err(format!("its message has dimension {} for a vector of {}", message.dim(), x.len())),
        Err(error) => Err(format!("it refuses a vector of finite numbers: {error}")),
    }
}

/// Vectors without zeros and ties.
fn generic(dim: usize) -> Vec<(&'static str, Vec<f64>)> {
    let draw = |place: u64, of: fn(f64, usize) -> f64| -> Vec<f64> {
        let mut stream = Streams::new(5).stream(Purpose::Generation, dim, place);
        (0..dim).map(|j| of(stream.random_range(0.01..1.0), j)).collect()
    };
    vec![
        ("uniform entries", draw(0, |u, j| if j % 3 == 0 { -u } else { u })),
        ("entries with heavy tails", draw(1, |u, j| if j % 3 == 0 { -u.powi(-3) } else { u.powi(-3) })),
        ("entries far from zero", draw(2, |u, _| 3.0 + u)),
        ("falling entries", draw(3, |u, j| (1.0 + u) * 0.5f64.powf(j.min(300) as f64))),
    ]
}

/// The same, and some with ties and zeros.
fn vectors(dim: usize) -> Vec<(&'static str, Vec<f64>)> {
    let mut vectors = generic(dim);
    let mut stream = Streams::new(6).stream(Purpose::Generation, dim, 0);
    vectors.extend([
        ("equal entries", vec![0.25; dim]),
        ("two values", (0..dim).map(|_| if stream.random::<bool>() { 2.0 } else { -1.0 }).collect()),
        ("one entry", (0..dim).map(|j| if j == dim / 2 { -7.0 } else { 0.0 }).collect()),
    ]);
    vectors
}
