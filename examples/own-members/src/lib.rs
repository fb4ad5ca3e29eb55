//! A compressor, an objective and a method that gradsieve does not have.

mod best_signs;
mod fading_feedback;
mod log_cosh;

pub use best_signs::BestSigns;
pub use fading_feedback::FadingFeedback;
pub use log_cosh::LogCosh;

/// The command line of gradsieve, in which experiments can name them.
pub fn program() -> gradsieve::cli::Program {
    gradsieve::cli::Program::new().compressor::<BestSigns>().objective::<LogCosh>().method::<FadingFeedback>()
}
