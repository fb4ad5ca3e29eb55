//! From the labels of a file to those of a task: ±1, classes 0..C−1, or numbers.
//!
//! It does not know the features.

use super::{DatasetError, Task};
use crate::wording::number;
use std::collections::BTreeMap;

/// Sets of more distinct labels than this are not listed in messages.
const LISTED: usize = 8;

/// What was stated about the labels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stated<'a> {
    pub(super) task: Option<Task>,
    pub(super) positive_label: Option<f64>,
    pub(super) map: Option<&'a BTreeMap<String, f64>>,
}

/// Maps labels in place and says what task they are for.
///
/// - a stated map: each label by the map, which must know it;
/// - a stated positive label: that label is +1, all others −1 (one against the rest);
/// - two classes: the smaller of two labels is −1, the larger +1 (so ±1, 0/1 and 1/2 all become ±1);
/// - several classes: the distinct labels, ascending, become 0, 1, …, C − 1;
/// - regression: as they are.
///
/// # Errors
/// The labels do not fit what was stated, or nothing was stated and there are not two of them.
pub(super) fn apply(name: &str, labels: &mut [f64], stated: Stated<'_>) -> Result<Task, DatasetError> {
    let error = |problem: String| DatasetError::Labels { name: name.to_owned(), problem };
    if let Some(map) = stated.map {
        if stated.positive_label.is_some() {
            return Err(error("positive_label and labels are both stated; keep one".to_owned()));
        }
        apply_map(labels, map).map_err(error)?;
    } else if let Some(positive) = stated.positive_label {
        if matches!(stated.task, Some(Task::Multiclass | Task::Regression)) {
            return Err(error("positive_label makes two classes; state task = \"binary\" or leave it out".to_owned()));
        }
        if !labels.contains(&positive) {
            return Err(error(format!(
                "positive_label = {} does not occur; the labels are {}",
                number(positive),
                listed(labels)
            )));
        }
        one_against_rest(labels, positive);
        return Ok(Task::Binary);
    }
    let values = distinct(labels);
    let signs = values.iter().all(|value| value.abs() == 1.0);
    match stated.task {
        Some(Task::Regression) => Ok(Task::Regression),
        Some(Task::Multiclass) => {
            if stated.map.is_none() {
                for label in labels {
                    let class = values.binary_search_by(|value| value.total_cmp(label));
                    *label = class.unwrap_or_default() as f64;
                }
            } else if values.iter().any(|value| *value < 0.0 || value.fract() != 0.0) {
                return Err(error(format!("the stated map gives {}; classes are 0, 1, 2, …", listed(&values))));
            }
            Ok(Task::Multiclass)
        }
        Some(Task::Binary) | None if signs => Ok(Task::Binary),
        Some(Task::Binary) | None if values.len() == 2 && stated.map.is_none() => {
            one_against_rest(labels, values[1]);
            Ok(Task::Binary)
        }
        Some(Task::Binary) => {
            let what = format!("the labels take {} values, {}", values.len(), listed(&values));
            Err(error(format!("{what}; for two classes state positive_label, or labels with values 1 and -1")))
        }
        None => Err(error(format!(
            "the labels take {} values, {}; state task = \"multiclass\" or \"regression\", or a positive_label",
            values.len(),
            listed(&values)
        ))),
    }
}

fn one_against_rest(labels: &mut [f64], positive: f64) {
    for label in labels {
        *label = if *label == positive { 1.0 } else { -1.0 };
    }
}

fn apply_map(labels: &mut [f64], map: &BTreeMap<String, f64>) -> Result<(), String> {
    let mut pairs = Vec::with_capacity(map.len());
    for (from, to) in map {
        match (from.parse::<f64>(), to.is_finite()) {
            (Ok(from), true) if from.is_finite() => pairs.push((from, *to)),
            _ => return Err(format!("labels: `{from}` = {} is not a pair of finite numbers", number(*to))),
        }
    }
    for label in labels {
        match pairs.iter().find(|(from, _)| from == label) {
            Some((_, to)) => *label = *to,
            None => return Err(format!("label {} is not in the stated map labels = {map:?}", number(*label))),
        }
    }
    Ok(())
}

/// The distinct values, ascending; zeros of both signs are one value.
fn distinct(labels: &[f64]) -> Vec<f64> {
    let mut values: Vec<f64> = labels.iter().map(|label| label + 0.0).collect();
    values.sort_unstable_by(f64::total_cmp);
    values.dedup();
    values
}

fn listed(labels: &[f64]) -> String {
    let values = distinct(labels);
    let shown: Vec<String> = values.iter().take(LISTED).map(|label| number(*label)).collect();
    shown.join(", ") + if values.len() > LISTED { ", …" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Stated<'static> = Stated { task: None, positive_label: None, map: None };

    fn mapped(labels: &[f64], stated: Stated<'_>) -> (Vec<f64>, Task) {
        let mut labels = labels.to_vec();
        let task = apply("x", &mut labels, stated).unwrap();
        (labels, task)
    }

    fn refused(labels: &[f64], stated: Stated<'_>) -> String {
        apply("x", &mut labels.to_vec(), stated).unwrap_err().to_string()
    }

    #[test]
    fn every_pair_of_labels_becomes_minus_and_plus_one() {
        for pair in [[-1.0, 1.0], [0.0, 1.0], [1.0, 2.0]] {
            assert_eq!(mapped(&[pair[1], pair[0], pair[1]], NOTHING), (vec![1.0, -1.0, 1.0], Task::Binary));
        }
        assert_eq!(mapped(&[1.0, 1.0], NOTHING), (vec![1.0, 1.0], Task::Binary));
    }

    #[test]
    fn classes_are_numbered_from_zero_in_ascending_order() {
        let stated = Stated { task: Some(Task::Multiclass), ..NOTHING };
        assert_eq!(mapped(&[5.0, 2.0, 9.0, 2.0], stated).0, [1.0, 0.0, 2.0, 0.0]);
    }

    #[test]
    fn stated_maps_and_positive_labels_are_obeyed() {
        let one_against_rest = Stated { positive_label: Some(3.0), ..NOTHING };
        assert_eq!(mapped(&[3.0, 1.0, 2.0], one_against_rest), (vec![1.0, -1.0, -1.0], Task::Binary));
        let map = BTreeMap::from([("1".to_owned(), 1.0), ("2".to_owned(), -1.0)]);
        let stated = Stated { map: Some(&map), ..NOTHING };
        assert_eq!(mapped(&[1.0, 2.0], stated), (vec![1.0, -1.0], Task::Binary));
        assert!(refused(&[1.0, 3.0], stated).contains("label 3 is not in the stated map"));
        assert!(refused(&[1.0], Stated { positive_label: Some(4.0), ..NOTHING }).contains("does not occur"));
        assert!(refused(&[1.0], Stated { positive_label: Some(1.0), ..stated }).contains("keep one"));
    }

    #[test]
    fn labels_that_do_not_decide_the_task_are_refused() {
        let message = refused(&[3.0, 1.0, 2.0], NOTHING);
        assert!(message.contains("take 3 values, 1, 2, 3; state task = \"multiclass\" or \"regression\""), "{message}");
        let binary = Stated { task: Some(Task::Binary), ..NOTHING };
        assert!(refused(&[3.0, 1.0, 2.0], binary).contains("state positive_label"));
        assert!(refused(&[5.0], NOTHING).contains("take 1 values"));
    }
}
