//! What the rounding of values on the wire does to an operator.

use super::application::lyapunov;
use crate::compressor::encoding::Precision;
use crate::experiment::planned::PlannedRun;
use crate::simulation::Trail;
use crate::theory::{Origin, Quantity as Q, Setting};

/// The unit roundoff of values on the wire of a run; 0 where they are sent as they are.
pub(super) fn roundoff(run: &PlannedRun) -> f64 {
    match run.spec.wire.values {
        Precision::F32 => f64::from(f32::EPSILON) / 2.0,
        Precision::F64 => 0.0,
    }
}

/// The setting with the guarantee of the operator whose values are rounded on the wire.
///
/// With relative roundoff u it is off by `u‖C(p)‖ ≤ u(‖p‖ + ‖C(p) − p‖)` more: the root of ε = 1 − δ, or of ω, grows by
/// u(1 + √ε).
pub(super) fn behind_wire(setting: &Setting, roundoff: f64, trail: &Trail) -> Setting {
    let grown = |square: f64| (square.sqrt() + roundoff * (1.0 + square.sqrt())).powi(2);
    let mut setting = setting.clone();
    if let Some(delta) = setting.constant(Q::Delta) {
        setting = setting.with(Q::Delta, 1.0 - grown(1.0 - delta.value), delta.origin);
    }
    if let Some(omega) = setting.constant(Q::Omega) {
        setting = setting.with(Q::Omega, grown(omega.value), omega.origin);
    }
    // The Lyapunov function has weights of δ.
    if setting.constant(Q::InitialLyapunov).is_some_and(|start| start.origin == Origin::Measured)
        && let Some(start) = lyapunov(trail, 0, &setting)
    {
        setting = setting.with(Q::InitialLyapunov, start, Origin::Measured);
    }
    setting
}
