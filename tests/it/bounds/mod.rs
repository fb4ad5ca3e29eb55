//! Every theorem as a formula: a number computed elsewhere, every hypothesis broken, monotony, and the instance on which
//! it comes closest. No run is simulated here.
//!
//! The cases of a paper are in the TOML file of its name beside this one.

mod case;
mod closest;

use case::{Case, Change};
use gradsieve::theory::Quantity as Q;
use gradsieve::theory::Sequence as S;
use gradsieve::theory::{NotApplicable, Origin, Provenance, Range, Setting, StepSizeRule, THEOREMS, theorem};
use std::collections::BTreeSet;

/// Constants in the golden numbers have 16 digits, and powers up to 2 · 50 of them are taken.
const ROUNDING: f64 = 1e-11;

#[test]
fn every_theorem_gives_the_number_that_was_computed_elsewhere() {
    for case in &Case::all() {
        let value = case.value_at(&case.setting()).unwrap_or_else(|reason| panic!("{}: {reason}", case.id));
        let difference = (value - case.value).abs();
        assert!(
            difference <= ROUNDING * case.value.abs(),
            "{}: {value} instead of {} ({})",
            case.id,
            case.value,
            case.from
        );
    }
}

#[test]
fn no_theorem_escapes_the_cases() {
    let cases = Case::all();
    let ids: Vec<&str> = cases.iter().map(|case| case.id.as_str()).collect();
    let registered: Vec<&str> = THEOREMS.iter().map(|theorem| theorem.about().id).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>(), registered.iter().collect::<BTreeSet<_>>());
    assert_eq!(registered.iter().collect::<BTreeSet<_>>().len(), registered.len(), "two theorems of one name");
    for case in &Case::all() {
        let has_hypothesis = !case.theorem().about().needs.is_empty();
        assert_eq!(has_hypothesis, !case.broken.is_empty(), "{}: what does it refuse?", case.id);
        assert!(!case.from.is_empty());
        assert_eq!(case.paper, case.theorem().paper, "{}: in the file of another paper", case.id);
    }
}

#[test]
fn broken_hypotheses_are_refused_with_their_numbers() {
    for case in &Case::all() {
        for (change, expected) in &case.broken {
            let (setting, round) = match change {
                Change::Set(quantity, value) => (case.setting().with(*quantity, *value, Origin::Proved), case.round),
                Change::Entries(sequence, entries) => {
                    (case.setting().with_sequence(*sequence, entries.clone(), Origin::Proved), case.round)
                }
                Change::Round(round) => (case.setting(), *round),
            };
            let refusal = case.theorem().bound.value(&setting, round);
            let text = refusal.map_or_else(|reason| reason.to_string(), |value| format!("no refusal but {value}"));
            assert!(text.contains(expected), "{}: expected `{expected}`: {text}", case.id);
        }
    }
}

#[test]
fn what_a_theorem_needs_is_what_it_declares() {
    for case in &Case::all() {
        let about = case.theorem().about();
        let given: BTreeSet<Q> = case.constants.iter().map(|(quantity, _)| *quantity).collect();
        assert_eq!(given, about.needs.iter().copied().collect(), "{}: constants", case.id);
        let given: BTreeSet<S> = case.sequences.iter().map(|(sequence, _)| *sequence).collect();
        assert_eq!(given, about.sequences.iter().copied().collect(), "{}: sequences", case.id);
        for quantity in about.needs {
            let missing = case.value_at(&case.setting().without(*quantity));
            assert_eq!(missing, Err(NotApplicable::Unknown(*quantity)), "{}", case.id);
            for (wrong, setting) in [-1.0, f64::NAN, f64::INFINITY]
                .map(|wrong| (wrong, case.setting().with(*quantity, wrong, Origin::Proved)))
            {
                let refusal = case.value_at(&setting).unwrap_err().to_string();
                let names_it = refusal.contains(&format!("`{}` = {wrong} must be", quantity.name()));
                assert!(names_it, "{}: {refusal}", case.id);
            }
        }
        for sequence in about.sequences {
            let missing = case.value_at(&case.setting().without_sequence(*sequence));
            assert_eq!(missing, Err(NotApplicable::UnknownSequence(*sequence)), "{}", case.id);
        }
    }
}

#[test]
fn a_sequence_that_ends_before_the_round_is_refused() {
    for case in &Case::all() {
        for (sequence, entries) in case.sequences.iter().filter(|(sequence, _)| *sequence != S::Vector) {
            let shorter = entries[..case.round - 1].to_vec();
            let refusal = case.value_at(&case.setting().with_sequence(*sequence, shorter, Origin::Proved));
            let expected =
                NotApplicable::TooShort { name: sequence.name(), length: case.round - 1, needed: case.round };
            assert_eq!(refusal, Err(expected), "{}", case.id);
        }
    }
}

#[test]
fn a_step_size_is_admitted_up_to_the_limit_and_not_beyond() {
    for case in &Case::all() {
        let rule = case.theorem().about().step_size;
        let limit = case.theorem().bound.largest_step_size(&case.setting());
        let Some(limit) = limit else {
            assert_eq!(rule, StepSizeRule::Free, "{}", case.id);
            continue;
        };
        let limit = limit.unwrap_or_else(|reason| panic!("{}: {reason}", case.id));
        let at = |factor: f64| case.value_at(&case.setting().with(Q::StepSize, factor * limit, Origin::Proved));
        let (admitted, refused): (&[f64], &[f64]) = match rule {
            StepSizeRule::Free => panic!("{}: a limit without a rule", case.id),
            StepSizeRule::AtMost(_) => (&[0.001, 0.5, 1.0], &[1.000_001, 2.0]),
            StepSizeRule::Below(_) => (&[0.001, 0.5, 0.999], &[1.0, 2.0]),
            StepSizeRule::Exactly(_) => (&[1.0], &[0.5, 0.999, 1.001, 2.0]),
        };
        for factor in admitted {
            assert!(at(*factor).is_ok(), "{}: {:?}", case.id, at(*factor));
        }
        for factor in refused {
            let refusal = at(*factor).unwrap_err().to_string();
            let has_numbers =
                refusal.contains(&format!("step size {}", factor * limit)) && refusal.contains(&limit.to_string());
            assert!(has_numbers, "{}: {refusal}", case.id);
        }
        assert!(case.theorem().bound.largest_step_size(&Setting::new()).unwrap().is_err(), "{}: from nothing", case.id);
    }
}

#[test]
fn bounds_grow_and_fall_with_what_they_must() {
    for case in &Case::all() {
        let value = case.value_at(&case.setting()).unwrap();
        for (quantities, sign) in [(&case.grows, 1.0), (&case.falls, -1.0)] {
            for quantity in quantities {
                let before = case.setting().constant(*quantity).unwrap().value;
                let larger = if quantity.range() == Range::Count { before + 1.0 } else { before * 1.01 };
                let changed = case.setting().with(*quantity, larger, Origin::Proved);
                // A step size at its limit is kept within it.
                let changed = match case.theorem().bound.largest_step_size(&changed) {
                    Some(Ok(limit)) if limit < case.setting().constant(Q::StepSize).unwrap().value => {
                        changed.with(Q::StepSize, limit * (1.0 - 1e-9), Origin::Proved)
                    }
                    _ => changed,
                };
                let moved = case.value_at(&changed).unwrap_or_else(|reason| panic!("{}: {reason}", case.id));
                assert!(sign * (moved - value) > 0.0, "{}: {value} becomes {moved} with {}", case.id, quantity.name());
            }
        }
    }
}

#[test]
fn the_origin_of_a_bound_is_its_weakest() {
    for case in &Case::all() {
        let bound = case.theorem().bound;
        let about = case.theorem().about();
        let (some, setting) = (!about.needs.is_empty() || !about.sequences.is_empty(), case.setting());
        assert_eq!(bound.origin(&setting), some.then_some(Origin::Proved), "{}", case.id);
        for quantity in about.needs {
            let value = setting.constant(*quantity).unwrap().value;
            let measured = setting.clone().with(*quantity, value, Origin::Measured);
            assert_eq!(bound.origin(&measured), Some(Origin::Measured), "{}", case.id);
            let assumed = measured.with(about.needs[0], 1.0, Origin::Assumed);
            assert_eq!(bound.origin(&assumed), Some(Origin::Assumed), "{}", case.id);
        }
        for (sequence, entries) in &case.sequences {
            let measured = setting.clone().with_sequence(*sequence, entries.clone(), Origin::Measured);
            assert_eq!(bound.origin(&measured), Some(Origin::Measured), "{}", case.id);
        }
        // What a theorem does not use does not count.
        if !about.needs.contains(&Q::Shift) {
            let more = setting.clone().with(Q::Shift, 1.0, Origin::Assumed);
            assert_eq!(bound.origin(&more), bound.origin(&setting), "{}", case.id);
        }
    }
}

#[test]
fn the_words_of_a_theorem_are_complete_and_in_order() {
    for theorem in THEOREMS {
        let id = theorem.about().id;
        let documentation = theorem.documentation();
        let labels =
            ["\n\nHypotheses: ", "\n\n```text\n", "\n```\n\n", "\n\nNotation: ", "\n\nProof: ", "\n\nSource: "];
        let places: Vec<usize> = labels.iter().filter_map(|label| documentation.find(label)).collect();
        assert!(places.is_sorted(), "{id}: {places:?}");
        assert!(!theorem.title().is_empty() && theorem.title().ends_with('.'), "{id}: {}", theorem.title());
        assert!(!theorem.statement().is_empty() && theorem.paragraph("Hypotheses").is_some(), "{id}");
        let kinds = ["Upper bound, tight: ", "Upper bound, not tight", "Identity: "];
        assert_eq!(kinds.iter().filter(|kind| documentation.contains(&format!("\n\n{kind}"))).count(), 1, "{id}");
        assert!(!theorem.source().is_empty(), "{id}");
        let is_derived = theorem.about().provenance == Provenance::Derived;
        assert!(theorem.paragraph("Proof").is_some() || !is_derived, "{id}: derived here, but without a proof");
    }
}

#[test]
fn settings_refuse_vectors_that_are_none() {
    let setting = |entries: &[f64]| {
        let setting = Setting::new().with(Q::K, 1.0, Origin::Proved);
        setting.with_sequence(S::Vector, entries.to_vec(), Origin::Measured)
    };
    let refusal = |entries: &[f64]| theorem("s1").unwrap().bound.value(&setting(entries), 0).unwrap_err().to_string();
    assert_eq!(refusal(&[1.0, f64::NAN]), "an entry of `vector` is NaN");
    assert_eq!(refusal(&[]), "`vector` has no coordinate but zeros");
    assert!(theorem("S1").unwrap().bound.value(&setting(&[0.0, 1.0]), 0).is_ok());
}

/// Rates near 1 and their powers are computed from what they lack of 1.
#[test]
fn nothing_cancels_for_small_delta_and_long_runs() {
    let rows = include_str!("small_delta.txt").lines().filter(|line| !line.starts_with('#'));
    let mut n_rows = 0;
    for row in rows {
        let [name, round, expected] = row.split(" | ").collect::<Vec<_>>().try_into().unwrap();
        let mut words = name.split(' ');
        let id = words.next().unwrap();
        let setting = words.fold(Setting::new(), |setting, word| {
            let (name, value) = word.split_once('=').unwrap();
            let quantity = Q::ALL.iter().find(|quantity| quantity.name() == name).unwrap();
            setting.with(*quantity, value.parse().unwrap(), Origin::Proved)
        });
        let value = theorem(id).unwrap().bound.value(&setting, round.parse().unwrap()).unwrap();
        let expected: f64 = expected.parse().unwrap();
        // A rate with 15 digits to the power t has 15 digits less those of ln of the result.
        let tolerance = 1e-14 * (1.0 + expected.ln().abs()) * expected;
        assert!((value - expected).abs() <= tolerance, "{row}: {value}");
        n_rows += 1;
    }
    assert_eq!(n_rows, 133);
}
