//! What every compressor promises: its inequality, zero for zero, a message that survives the wire, the same message
//! from the same streams, and a refusal of numbers that are not finite.

use super::{Violations, mean_and_error};
use crate::compressor::encoding::{Encoding, Precision, Wire, bits, decode, encode};
use crate::compressor::{Build, Call, Compressor, Guarantee, Message, Scratch};
use crate::random::{Purpose, Streams};
use crate::vector::{NotFinite, distance_squared, dot, norm_squared};
use rand::RngExt as _;
use statrs::distribution::{ContinuousCDF, Normal};

pub mod answers;

/// Dimensions of the suite; operators that aim at k coordinates are best tried with k = 5.
pub const DIMS: [usize; 4] = [5, 6, 60, 700];

/// Draws of a Monte-Carlo mean.
pub const DRAWS: u64 = 3000;

/// The dimension in which means are taken. In lower ones a few entries dwarf the others, in higher ones each entry is
/// rarely sent: thousands of draws may then miss what the mean is made of.
const UNBIASED_DIM: usize = 60;

/// The least dimension in which [`answers`] are tried: an operator that keeps most coordinates is nearly the identity,
/// and shows nothing of how it chooses.
const ANSWERS_DIM: usize = 60;

/// Standard errors that a mean may be off: one in 16,000 for a normal mean.
const Z: f64 = 4.0;

/// The whole suite in every dimension of [`DIMS`] for which the operator can be built.
///
/// # Errors
/// The promises that it breaks; or it cannot be built in any of the dimensions.
pub fn conforms(spec: &dyn Build) -> Result<(), Violations> {
    let mut found = Violations::default();
    let mut refusals = Vec::new();
    for dim in DIMS {
        match spec.build(&[dim]) {
            Ok(operator) => {
                let operator = &*operator;
                let place = format!("d = {dim}");
                found.collect(&place, guarantee(operator, dim));
                found.collect(&place, zero(operator, dim));
                found.collect(&place, wire(operator, dim));
                found.collect(&place, streams(operator, dim));
                found.collect(&place, not_finite(operator, dim));
                if dim >= ANSWERS_DIM {
                    found.collect(&place, answers::holds(operator, 0, dim).map_err(Violations::one));
                }
            }
            Err(error) => refusals.push(format!("d = {dim}: it cannot be built: {error}")),
        }
    }
    found.require(refusals.len() < DIMS.len(), || refusals.join("; "));
    found.result()
}

/// `E‖C(x) − x‖² ≤ (1 − δ)‖x‖²`, or `E C(x) = x` and `E‖C(x) − x‖² ≤ ω‖x‖²`, whichever the operator claims.
///
/// Exact for operators that draw nothing, and by the mean of up to [`DRAWS`] draws for the others.
///
/// # Errors
/// The claim is refuted, or its constant is out of range.
pub fn guarantee(operator: &dyn Compressor, dim: usize) -> Result<(), Violations> {
    let mut found = Violations::default();
    let bound = match operator.guarantee(dim) {
        Guarantee::Contractive { delta } => {
            found.require(0.0 < delta && delta <= 1.0, || format!("δ = {delta} does not lie in (0, 1]"));
            1.0 - delta
        }
        Guarantee::Unbiased { omega } => {
            found.require(omega >= 0.0, || format!("ω = {omega} is negative"));
            if dim == UNBIASED_DIM {
                found.collect("not unbiased", unbiased(operator, dim));
            }
            omega
        }
        Guarantee::None => return Ok(()),
    };
    let draws = if operator.randomness().is_random() { DRAWS.min(400_000 / dim as u64) } else { 1 };
    for (kind, x) in vectors(dim) {
        found.require(!refutes(operator, &x, bound, draws), || {
            format!("{kind}: ‖C(x) − x‖² exceeds {bound} ‖x‖², which {:?} promises", operator.guarantee(dim))
        });
    }
    found.result()
}

/// `E C(x) = x`, seen along three directions.
fn unbiased(operator: &dyn Compressor, dim: usize) -> Result<(), Violations> {
    let mut found = Violations::default();
    let alternating: Vec<f64> = (0..dim).map(|j| if j % 2 == 0 { 1.0 } else { -1.0 }).collect();
    let first: Vec<f64> = (0..dim).map(|j| if j == 0 { 1.0 } else { 0.0 }).collect();
    // The squares of the extreme vectors leave the range in which a variance can be estimated.
    for (kind, x) in vectors(dim).into_iter().filter(|(kind, _)| !["tiny", "huge"].contains(kind)) {
        let directions = [&x, &alternating, &first];
        let mut projected = [const { Vec::new() }; 3];
        for round in 1..=DRAWS {
            let Ok(message) = compress(operator, &x, (3, round, 0), &mut Vec::new()) else { continue };
            let sent = message.to_dense();
            projected.iter_mut().zip(directions).for_each(|(means, direction)| means.push(dot(&sent, direction)));
        }
        for (projected, direction) in projected.iter().zip(directions) {
            let (mean, error) = mean_and_error(projected);
            let exact = dot(&x, direction);
            let slack = 1e-12 * dot(&x, &x).sqrt() * dot(direction, direction).sqrt();
            found.require((mean - exact).abs() <= Z * error + slack, || {
                format!("{kind}: ⟨C(x), v⟩ has the mean {mean} ± {error}, and ⟨x, v⟩ is {exact}")
            });
        }
    }
    found.result()
}

/// `C(0) = 0`, also of negative zeros.
///
/// # Errors
/// It is not.
pub fn zero(operator: &dyn Compressor, dim: usize) -> Result<(), Violations> {
    let mut found = Violations::default();
    for zero in [0.0, -0.0] {
        match compress(operator, &vec![zero; dim], (0, 1, 0), &mut Vec::new()) {
            Ok(message) => {
                let is_zero = message.to_dense().iter().all(|value| *value == 0.0);
                found.require(is_zero, || format!("C(0) is not 0 for zeros written {zero:?}"));
            }
            Err(error) => found.require(false, || format!("zeros are refused: {error}")),
        }
    }
    found.result()
}

/// Messages have length d and ascending coordinates, their bits are those of their bytes, and the bytes decode to the
/// message.
///
/// # Errors
/// One of these fails.
pub fn wire(operator: &dyn Compressor, dim: usize) -> Result<(), Violations> {
    let mut found = Violations::default();
    for (kind, x) in vectors(dim) {
        let mut message = match compress(operator, &x, (0, 1, 0), &mut Vec::new()) {
            Ok(message) => message,
            Err(error) => {
                found.require(false, || format!("{kind}: a finite vector is refused: {error}"));
                continue;
            }
        };
        found.require(message.dim() == dim, || format!("{kind}: the message decodes to {} numbers", message.dim()));
        if let Message::Sparse { indices, .. }
        | Message::SparseSigns { indices, .. }
        | Message::Embedded { indices, .. } = &message
        {
            let ascend = indices.windows(2).all(|pair| pair[0] < pair[1]);
            let fit = indices.last().is_none_or(|&j| (j as usize) < dim);
            found.require(ascend && fit, || format!("{kind}: coordinates do not ascend below d: {indices:?}"));
            if !(ascend && fit) {
                continue;
            }
        }
        for wire in [
            Wire { encoding: Encoding::Raw, values: Precision::F32 },
            Wire { encoding: Encoding::Smallest, values: Precision::F64 },
            Wire { encoding: Encoding::EliasOmega, values: Precision::F64 },
        ] {
            message.round_to(wire.values);
            let Some(bytes) = encode(&message, wire) else {
                found.require(false, || format!("{kind}: {wire:?} cannot encode the message"));
                continue;
            };
            let counted = bits(&message, wire);
            found.require(counted == 8 * bytes.len() as u64, || {
                format!("{kind}: {wire:?} counts {counted} bits and writes {} bytes", bytes.len())
            });
            found.require(decode(&bytes, dim, wire).as_ref() == Ok(&message), || {
                format!("{kind}: {wire:?} does not decode to what was sent")
            });
        }
    }
    found.result()
}

/// A message is a function of the vector, the streams and [`Call::adaptation`], whatever the buffers hold, and sends no
/// more than [`Compressor::most_entries`].
///
/// # Errors
/// One of these fails.
pub fn streams(operator: &dyn Compressor, dim: usize) -> Result<(), Violations> {
    from_same_streams(operator, dim, false)
}

/// [`streams`] for an operator that carries a starting guess at most: its messages are the same without it.
///
/// # Errors
/// An earlier call changes a message.
pub fn starting_guess(operator: &dyn Compressor, dim: usize) -> Result<(), Violations> {
    from_same_streams(operator, dim, true)
}

fn from_same_streams(operator: &dyn Compressor, dim: usize, forgets: bool) -> Result<(), Violations> {
    let mut found = Violations::default();
    let (mut adaptation, mut scratch, mut message) = (Vec::new(), Scratch::default(), Message::default());
    for (round, (kind, x)) in (1..).zip(vectors(dim)) {
        let mut carried = if forgets { Vec::new() } else { adaptation.clone() };
        let fresh = compress(operator, &x, (2, round, 0), &mut carried);
        let (worker, streams) = (2, Streams::new(SEED));
        let (adaptation, scratch) = (&mut adaptation, &mut scratch);
        let mut call = Call { streams, worker, round, block: 0, adaptation, scratch };
        let sent = operator.compress(&x, &mut call, &mut message).map(|()| message.clone());
        found.require(fresh == sent, || format!("{kind}: two calls with the same streams send different messages"));
        found.require(forgets || *call.adaptation == carried, || format!("{kind}: two calls learn different things"));
        let (n, most) = (message.n_entries(), operator.most_entries(0, dim));
        found.require(n <= most, || format!("{kind}: {n} entries are sent, above the announced {most}"));
    }
    found.result()
}

/// NaN and ∞ are refused, with the place of the first.
///
/// # Errors
/// They are not.
pub fn not_finite(operator: &dyn Compressor, dim: usize) -> Result<(), Violations> {
    let mut found = Violations::default();
    for place in [0, dim - 1] {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let mut x = vec![1.0; dim];
            x[place] = value;
            match compress(operator, &x, (0, 1, 0), &mut vec![0.5]) {
                Err(error) => found.require(error.index == place && !error.value.is_finite(), || {
                    format!("{value} at {place} is reported as {} at {}", error.value, error.index)
                }),
                Ok(_) => found.require(false, || format!("{value} at {place} is compressed")),
            }
        }
    }
    found.result()
}

/// Whether `E‖C(x) − x‖² ≤ bound ‖x‖²` is refuted: exactly for one draw, by four standard errors for several.
#[must_use]
pub fn refutes(operator: &dyn Compressor, x: &[f64], bound: f64, draws: u64) -> bool {
    // Rounding of sums of d terms, and of the sum over draws; top-k and rand-k attain their bounds with equality.
    let slack = 4.0 * (x.len() as f64 + draws as f64) * f64::EPSILON * (1.0 + bound);
    let errors = relative_errors(operator, x, draws);
    match errors[..] {
        [] => true,
        [error] => error > bound + slack,
        _ => {
            let (mean, error) = mean_and_error(&errors);
            mean - Z * error > bound + slack
        }
    }
}

/// `‖C(x) − x‖²/‖x‖²` of `draws` calls.
#[must_use]
pub fn relative_errors(operator: &dyn Compressor, x: &[f64], draws: u64) -> Vec<f64> {
    let unit = x.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    let scaled: Vec<f64> = x.iter().map(|v| v / unit).collect();
    let error = |round| {
        let message = compress(operator, x, (0, round, 0), &mut Vec::new()).ok()?;
        let out: Vec<f64> = message.to_dense().iter().map(|v| v / unit).collect();
        Some(distance_squared(&out, &scaled) / norm_squared(&scaled))
    };
    (1..=draws).filter_map(error).collect()
}

const SEED: u64 = 11;

fn compress(
    operator: &dyn Compressor,
    x: &[f64],
    (worker, round, block): (usize, u64, usize),
    adaptation: &mut Vec<f64>,
) -> Result<Message, NotFinite> {
    let (streams, scratch) = (Streams::new(SEED), &mut Scratch::default());
    let mut message = Message::default();
    let mut call = Call { streams, worker, round, block, adaptation, scratch };
    operator.compress(x, &mut call, &mut message).map(|()| message)
}

/// Random, sparse, constant, heavy-tailed and adversarial vectors.
#[must_use]
pub fn vectors(dim: usize) -> Vec<(&'static str, Vec<f64>)> {
    let mut stream = Streams::new(2).stream(Purpose::Generation, dim, 0);
    let mut draw = |of: &dyn Fn(f64, usize) -> f64| -> Vec<f64> { (0..dim).map(|j| of(stream.random(), j)).collect() };
    let normal = Normal::standard();
    vec![
        ("normal", draw(&|u, _| normal.inverse_cdf(u.max(1e-12)))),
        ("shifted normal", draw(&|u, _| 3.0 + normal.inverse_cdf(u.max(1e-12)))),
        ("uniform", draw(&|u, _| u - 0.5)),
        ("one entry", draw(&|_, j| if j == dim / 2 { -7.0 } else { 0.0 })),
        ("three entries", draw(&|u, j| if j < 3 { u + 0.1 } else { 0.0 })),
        ("constant", vec![0.25; dim]),
        ("signs", draw(&|u, _| if u < 0.5 { -3.0 } else { 3.0 })),
        ("two values", draw(&|u, _| if u < 0.2 { 2.0 } else { -1.0 })),
        ("heavy tails", draw(&|u, _| (u - 0.5).signum() * (u - 0.5).abs().powi(-3))),
        ("geometric", draw(&|_, j| 0.5f64.powf(j.min(900) as f64))),
        ("one large entry", draw(&|_, j| if j == 0 { 10.0 } else { 1.0 })),
        ("ascending", draw(&|_, j| j as f64)),
        ("tiny", draw(&|u, _| (u - 0.5) * 1e-150)),
        ("huge", draw(&|u, _| (u - 0.5) * 1e150)),
    ]
}
