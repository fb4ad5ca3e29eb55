//! A compressor from outside the crate, in a method and a simulation of the crate.
//!
//! ```text
//! C(x) = (‖x‖₁/d) sign(x),   ‖C(x) − x‖² ≤ (1 − 1/d) ‖x‖²
//! ```
//!
//! Run it with `cargo run --example custom_compressor`. A compressor that experiments can name is in
//! `examples/own-members`.
#![expect(clippy::print_stdout, reason = "an example speaks")]

use gradsieve::compressor::{Call, Compressor, Guarantee, Message, Randomness};
use gradsieve::method::ErrorFeedback;
use gradsieve::objective::{Definition as _, Quadratic, value};
use gradsieve::simulation::{Config, Simulation};
use gradsieve::vector::{NotFinite, check_finite, norm_one};

/// The scaled sign of Karimireddy et al. 2019 (arXiv:1901.09847): one bit a coordinate, and the scale.
#[derive(Debug)]
struct ScaledSign;

impl Compressor for ScaledSign {
    fn compress(&self, x: &[f64], _call: &mut Call<'_>, message: &mut Message) -> Result<(), NotFinite> {
        check_finite(x)?;
        let negative = message.signs(x.len(), norm_one(x) / x.len() as f64);
        negative.iter_mut().zip(x).for_each(|(negative, x)| *negative = *x < 0.0);
        Ok(())
    }

    fn guarantee(&self, dim: usize) -> Guarantee {
        Guarantee::Contractive { delta: 1.0 / dim as f64 }
    }

    fn randomness(&self) -> Randomness {
        Randomness::None
    }

    fn is_projection(&self) -> bool {
        false
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let objective = Quadratic { dim: 50, heterogeneity: 0.1, ..Quadratic::default() }.build(None, 4)?;
    let method = ErrorFeedback::around(Box::new(ScaledSign));
    let mut simulation = Simulation::new(Config { step_size: &0.05, ..Config::new(&*objective, &*method) });
    let mut state = simulation.initial_state(vec![1.0; 50]);
    let before = value(&*objective, &state.iterate);
    while state.round < 2000 {
        simulation.step(&mut state, None)?;
    }
    let after = value(&*objective, &state.iterate);
    println!("f(x) − f* goes from {before:.3} to {after:.3e} in {} rounds and {} bits", state.round, state.bits_up);
    assert!(after < 1e-3 * before, "error feedback makes the sign converge");
    Ok(())
}
