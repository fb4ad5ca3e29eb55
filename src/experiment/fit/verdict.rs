//! What was found of a vector, in words.

use super::Fit;
use crate::distribution::TailIndex;

impl Fit {
    /// Which family, how heavy the tail, which bound holds, which k reaches a wanted error.
    pub fn verdict(&self) -> String {
        let survey = &self.survey;
        let bound = match survey.bounds.map(|bound| bound.holds) {
            [_, true] => "top-k leaves at most (1 − k/d)³ for every k".to_owned(),
            [true, false] => "top-k leaves at most (1 − k/d)² for every k, but not the cube".to_owned(),
            [false, false] => {
                let (k, ratio) = survey.bounds[0].worst;
                format!(
                    "of the bounds only 1 − k/d holds for every k: at k = {k} top-k leaves {} times (1 − k/d)²",
                    rounded(ratio)
                )
            }
        };
        let k = survey.k_for.get(1).copied().flatten().map_or(String::new(), |k| {
            format!("; k = {k} ({} %) leaves a tenth of the squared norm", rounded(100.0 * k as f64 / survey.n as f64))
        });
        format!("{}; {}; {bound}{k}", self.choice.verdict(), tail(survey.tail))
    }
}

/// How heavy a tail is, by the moment estimate of ξ.
fn tail(tail: Option<TailIndex>) -> String {
    let Some(tail) = tail else { return "there are too few numbers to tell the tail".to_owned() };
    let (lower, upper) = tail.moment_interval();
    if lower > 0.0 {
        format!("the tail is heavy, like t^(−{})", rounded(1.0 / tail.moment))
    } else if upper < 0.0 {
        "the tail ends".to_owned()
    } else {
        "the tail is not told from an exponential one".to_owned()
    }
}

/// Two significant digits.
fn rounded(value: f64) -> String {
    let digits = (1.0 - value.abs().log10().floor()).clamp(0.0, 17.0) as usize;
    format!("{value:.digits$}")
}
