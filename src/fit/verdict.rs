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
        let reaches = |(k, fraction): (&Option<usize>, &str)| {
            let k = (*k)?;
            Some(format!("{fraction} with k = {k} ({} %)", rounded(100.0 * k as f64 / survey.n as f64)))
        };
        let ks: Vec<String> =
            survey.k_for.iter().zip(["a half", "a tenth", "a hundredth"]).filter_map(reaches).collect();
        let k =
            if ks.is_empty() { String::new() } else { format!("; of the squared norm it leaves {}", ks.join(", ")) };
        format!("{}; {}; {bound}{k}", self.choice.verdict(), tail(survey.tail))
    }
}

/// How heavy a tail is, by the moment estimate of ξ.
fn tail(tail: Option<TailIndex>) -> String {
    let Some(tail) = tail else { return "there are too few numbers to tell the tail".to_owned() };
    let (lower, upper) = tail.moment_interval();
    if lower > 0.0 {
        format!(
            "the tail is heavy, like t^(−{}) (ξ from {} to {})",
            rounded(1.0 / tail.moment),
            rounded(lower),
            rounded(upper)
        )
    } else if upper < 0.0 {
        format!("the tail is light and ends (ξ from {} to {})", rounded(lower), rounded(upper))
    } else {
        format!("the tail is consistent with an exponential one (ξ from {} to {})", rounded(lower), rounded(upper))
    }
}

/// Two significant digits.
fn rounded(value: f64) -> String {
    let digits = (1.0 - value.abs().log10().floor()).clamp(0.0, 17.0) as usize;
    format!("{value:.digits$}").replace('-', "−")
}
