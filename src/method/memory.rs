//! The kinds of vectors that methods keep between rounds.

/// What a vector that is kept between rounds means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Memory {
    /// e: what compression has withheld so far and later messages make up for.
    Residual,
    /// h of DIANA, which goes to the worker's gradient at the minimizer; the server keeps the mean.
    Shift,
    /// g of EF21 and MARINA: an estimate of the gradient that worker and server both know, or the mean of these.
    Estimate,
    /// v: an average of the worker's gradients.
    Momentum,
    /// v: a sum of the steps of the server.
    Velocity,
    /// The iterate before the last step.
    PreviousIterate,
    /// P of PowerSGD.
    LeftFactor,
    /// Q of PowerSGD.
    RightFactor,
    /// Of a method from outside the crate, by its name: no theorem is about it.
    Other(&'static str),
}
