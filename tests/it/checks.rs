//! Runs checked against theory: theorems hold where they should, reject runs that they do not apply to, and a
//! falsified constant is noticed.

use gradsieve::check::check;
use gradsieve::check::finding::{Checked, Finding};
use gradsieve::experiment::file::ExperimentFile;
use gradsieve::experiment::plan::{Plan, Selection};
use gradsieve::experiment::progress::Silent;
use gradsieve::experiment::run::{Options, execute};
use gradsieve::experiment::spec::check::Verdict;
use gradsieve::experiment::spec::claim::Claim;
use gradsieve::theory::{Origin, Quantity, THEOREMS};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

const ONE_WORKER: &str = "
objective = { name = 'quadratic', dim = 12, strong_convexity = 0.2, smoothness = 1.0, spectrum = 'linear', heterogeneity = 0.0, noise = 0.0, seed = 3 }
n_workers = 1
batch_size = 'full'
";

/// The step of K2 changes with the gradient, except in one dimension; x* = −1, the start is 1.
const ONE_DIMENSION: &str = "
objective = { name = 'quadratic', dim = 1, strong_convexity = 1.0, smoothness = 1.0, spectrum = 'linear', heterogeneity = 0.0, noise = 0.0, seed = 1 }
n_workers = 1
batch_size = 'full'
";

const FOUR_WORKERS: &str = "
objective = { name = 'quadratic', dim = 12, strong_convexity = 0.2, smoothness = 1.0, spectrum = 'linear', heterogeneity = 1.0, noise = 0.0, seed = 3 }
n_workers = 4
batch_size = 'full'
";

const NOISY: &str = "
objective = { name = 'quadratic', dim = 12, strong_convexity = 0.2, smoothness = 1.0, spectrum = 'linear', heterogeneity = 1.0, noise = 0.5, seed = 3 }
n_workers = 4
batch_size = 'full'
seeds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
";

const ONE_NOISY: &str = "
objective = { name = 'quadratic', dim = 12, strong_convexity = 0.2, smoothness = 1.0, spectrum = 'linear', heterogeneity = 0.0, noise = 0.5, seed = 3 }
n_workers = 1
batch_size = 'full'
seeds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
";

/// Checks an experiment of 60 rounds: a problem, a method, a step size, and lines of the `[check]` table.
fn checked(problem: &str, rest: &str, table: &str) -> Checked {
    let text = format!(
        "{problem}\n{rest}\nrounds = 60\ninitial = 'ones'\nwire = {{ encoding = 'raw', values = 'f64' }}\n[check]\n{table}\n"
    );
    let file = ExperimentFile::parse(Path::new("test.toml"), &text).unwrap_or_else(|error| panic!("{error}"));
    let plan = Plan::new(&file, &Selection::default(), None).unwrap_or_else(|error| panic!("{error}"));
    let folder = tempfile::tempdir().unwrap();
    check(&plan, &file, &options(folder.path()), &Silent, &AtomicBool::new(false)).unwrap()
}

fn options(folder: &Path) -> Options {
    Options {
        out: folder.to_owned(),
        threads: 1,
        force: false,
        checkpoint_every: Duration::from_secs(60),
        reproduce: false,
        command: Vec::new(),
    }
}

fn finding<'a>(checked: &'a Checked, id: &str) -> &'a Finding {
    checked.findings.iter().find(|finding| finding.theorem.about().id == id).unwrap()
}

/// A method on a problem: the theorems that must hold there, and constants whose falsification each must notice.
struct Case {
    problem: &'static str,
    rest: &'static str,
    holds: &'static [&'static str],
    /// `(assumption, theorems that it breaks)`.
    teeth: &'static [(&'static str, &'static [&'static str])],
}

const CASES: &[Case] = &[
    Case {
        problem: ONE_WORKER,
        rest: "method = { name = 'compressed-sgd', compressor = { name = 'top-k', k = 3 } }\nstep_size = 1.0",
        holds: &["C1", "C1'", "C2", "G1", "K1", "K4-pl", "K4-convex", "K4-nonconvex"],
        teeth: &[
            ("k = 12", &["C1", "C1'"]),
            ("k = 400", &["C2"]),
            // A function that is flatter than it is: steps seem to gain more than they do.
            ("polyak_lojasiewicz = 0.999", &["K4-pl"]),
            ("initial_suboptimality = 1e-3", &["K4-pl", "K4-nonconvex", "G1"]),
            ("level_set_radius = 1e-2", &["K4-convex"]),
        ],
    },
    Case {
        problem: ONE_WORKER,
        rest: "method = { name = 'compressed-sgd', compressor = { name = 'top-k', k = 3 } }\nstep_size = { name = 'theory', bound = 'G2' }",
        holds: &["G2"],
        teeth: &[("initial_suboptimality = 1e-3", &["G2"])],
    },
    Case {
        problem: ONE_WORKER,
        rest: "method = { name = 'error-feedback', compressor = { name = 'top-k', k = 3 } }\nstep_size = { name = 'theory', bound = 'T1' }",
        holds: &["A1", "A1'", "A2", "A4", "A4'", "E1", "E1'", "E2", "E2'", "T1", "T2"],
        teeth: &[
            ("initial_lyapunov = 1e-3", &["T1", "T2"]),
            ("gradient_second_moment = 1e-6", &["E1", "E1'", "E2", "A4'"]),
        ],
    },
    Case {
        problem: FOUR_WORKERS,
        rest: "method = { name = 'error-feedback', compressor = { name = 'top-k', k = 3 } }\nstep_size = 0.2",
        holds: &["A1", "A1'", "A2", "A4", "A4'", "E1", "E1'", "E2", "E2'"],
        teeth: &[("delta = 0.999", &["A1'", "A2", "E1", "E1'"])],
    },
    Case {
        problem: FOUR_WORKERS,
        rest: "method = { name = 'ef21', compressor = { name = 'top-k', k = 3 } }\nstep_size = { name = 'theory', bound = 'F3' }",
        holds: &["F1", "F2", "F3"],
        teeth: &[
            ("smoothness_rms = 1e-3\ninitial_estimate_error = 1e-9", &["F1"]),
            ("initial_suboptimality = 1e-9", &["F2", "F3"]),
        ],
    },
    Case {
        problem: ONE_WORKER,
        rest: "method = { name = 'ef21', compressor = { name = 'top-k', k = 3 } }\nstep_size = { name = 'theory', bound = 'T1' }",
        holds: &["T1", "T2", "F1"],
        teeth: &[("initial_lyapunov = 1e-6", &["T1", "T2"])],
    },
    Case {
        problem: NOISY,
        rest: "method = { name = 'compressed-sgd', compressor = { name = 'rand-k-unbiased', k = 3 } }\nstep_size = { name = 'theory', bound = 'K7' }",
        holds: &["C3'", "K7"],
        teeth: &[
            ("k = 12", &["C3'"]),
            ("initial_suboptimality = 0.0\nheterogeneity = 0.0\nnoise_variance = 0.0", &["K7"]),
        ],
    },
    Case {
        problem: FOUR_WORKERS,
        rest: "seeds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\nmethod = { name = 'diana', compressor = { name = 'rand-k-unbiased', k = 6 }, memory_rate = 0.5 }\nstep_size = { name = 'theory', bound = 'F6' }",
        holds: &["F6", "C3'"],
        teeth: &[("initial_distance_squared = 1e-3\ninitial_shift_error = 0.0", &["F6"])],
    },
    Case {
        problem: FOUR_WORKERS,
        rest: "seeds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\nmethod = { name = 'marina', compressor = { name = 'rand-k-unbiased', k = 6 }, probability = 0.5 }\nstep_size = { name = 'theory', bound = 'F5' }",
        holds: &["F5"],
        teeth: &[("initial_suboptimality = 1e-3", &["F5"])],
    },
    Case {
        problem: NOISY,
        rest: "method = { name = 'ef21-sgdm', compressor = { name = 'top-k', k = 3 }, momentum = 0.3 }\nstep_size = { name = 'theory', bound = 'F4' }",
        holds: &["F4"],
        teeth: &[(
            "initial_suboptimality = 0.0\ninitial_compression_error = 0.0\ninitial_momentum_error = 0.0\ninitial_worker_momentum_error = 0.0\nnoise_variance = 0.0",
            &["F4"],
        )],
    },
    Case {
        problem: ONE_NOISY,
        rest: "method = { name = 'error-feedback', compressor = { name = 'rand-k', k = 3 } }\nstep_size = 0.02",
        holds: &["C3", "E1", "E1'", "E2", "E2'", "E3", "E4"],
        teeth: &[
            ("k = 6", &["C3"]),
            ("delta = 0.999", &["E1", "E1'"]),
            ("initial_suboptimality = 0.0\nnoise_variance = 0.0", &["E3"]),
            ("initial_distance_squared = 0.0\nnoise_variance = 0.0", &["E4"]),
        ],
    },
    Case {
        problem: ONE_NOISY,
        rest: "method = { name = 'error-feedback', compressor = { name = 'top-k', k = 6 } }\nstep_size = { name = 'inverse', numerator = 40.0, shift = 40.0 }",
        holds: &["A4-decreasing", "A4-decreasing'", "E5", "E6"],
        teeth: &[
            (
                "initial_suboptimality = 0.0\nmean_gradient_second_moment = 0.0\ngradient_second_moment = 0.0",
                &["A4-decreasing'"],
            ),
            ("gradient_second_moment = 1e-6", &["E5"]),
        ],
    },
    Case {
        problem: NOISY,
        rest: "method = { name = 'error-feedback-gradient-units', compressor = { name = 'hard-threshold', threshold = 0.5 } }\nstep_size = 0.3",
        holds: &["C9", "H1"],
        teeth: &[
            ("threshold = 1e-3", &["C9"]),
            ("initial_suboptimality = 0.0\nthreshold = 1e-9\nmean_noise_variance = 0.0", &["H1"]),
        ],
    },
    Case {
        problem: NOISY,
        rest: "method = { name = 'compressed-sgd', compressor = { name = 'scaled-sign' } }\nstep_size = 0.1",
        holds: &["C4"],
        teeth: &[("dim = 13", &["C4"])],
    },
    Case {
        problem: NOISY,
        rest: "method = { name = 'compressed-sgd', compressor = { name = 'qsgd', levels = 2 } }\nstep_size = 0.1",
        holds: &["C5", "C5'"],
        teeth: &[("levels = 100", &["C5", "C5'"])],
    },
    Case {
        problem: NOISY,
        rest: "method = { name = 'compressed-sgd', compressor = { name = 'natural-dithering', levels = 2 } }\nstep_size = 0.1",
        holds: &["C8"],
        teeth: &[("levels = 30", &["C8"])],
    },
    Case {
        problem: NOISY,
        rest: "method = { name = 'compressed-sgd', compressor = { name = 'terngrad' } }\nstep_size = 0.1",
        holds: &["C6"],
        teeth: &[("dim = 1", &["C6"])],
    },
    Case {
        problem: NOISY,
        rest: "method = { name = 'compressed-sgd', compressor = { name = 'natural-compression' } }\nstep_size = 0.1",
        holds: &["C7"],
        teeth: &[],
    },
    Case {
        problem: ONE_WORKER,
        rest: "method = { name = 'compressed-sgd', compressor = { name = 'cat-top-k', cost = { name = 'affine', per_bit = 1.0, fixed = 100.0 } } }\nstep_size = 1.0",
        holds: &["K1", "K5"],
        teeth: &[],
    },
    Case {
        problem: ONE_WORKER,
        rest: "method = { name = 'compressed-sgd', compressor = { name = 'cat-top-k', cost = { name = 'packet', packet_bits = 120, per_packet = 100.0, fixed = 10.0 } } }\nstep_size = 1.0",
        holds: &["K5'"],
        teeth: &[],
    },
    Case {
        problem: ONE_DIMENSION,
        rest: "method = { name = 'compressed-sgd', compressor = { name = 'top-k-signs', k = 1 } }\nstep_size = 1.0\nrecord = { metrics = ['loss'], schedule = { every = 1 } }",
        holds: &["K2"],
        teeth: &[],
    },
];

#[test]
fn theorems_hold_on_the_runs_that_they_are_about() {
    for case in CASES {
        let checked = checked(case.problem, case.rest, "");
        for id in case.holds {
            let found = finding(&checked, id);
            assert_eq!(found.verdict, Verdict::Holds, "{id} on {}: {} {:?}", case.rest, found.reason, found.closest());
        }
        let violated = checked.findings.iter().find(|finding| finding.verdict == Verdict::Violated);
        assert!(violated.is_none(), "{}: {violated:?}", case.rest);
    }
}

#[test]
fn a_falsified_constant_is_noticed() {
    for case in CASES {
        for (assume, ids) in case.teeth {
            let checked = checked(case.problem, case.rest, &format!("[check.assume]\n{assume}"));
            for id in *ids {
                let found = finding(&checked, id);
                let is_noticed = matches!(found.verdict, Verdict::Violated | Verdict::AssumptionViolated);
                assert!(is_noticed, "{id} with {assume} on {}: {found:?}", case.rest);
            }
        }
    }
}

#[test]
fn what_no_case_can_show_is_listed() {
    let shown: Vec<&str> = CASES.iter().flat_map(|case| case.holds.iter().copied()).collect();
    let missing: Vec<&str> =
        THEOREMS.iter().map(|theorem| theorem.about().id).filter(|id| !shown.contains(id)).collect();
    assert_eq!(
        missing,
        ["C10", "C10'", "S1", "S2", "S3", "S3'", "A3", "A3'", "K3", "G3"],
        "in other tests below, or without a run"
    );
}

#[test]
fn top_one_without_memory_diverges_as_computed() {
    let problem = "objective = { name = 'diverging-quadratics' }\nn_workers = 3\nbatch_size = 'full'";
    let method = "method = { name = 'compressed-sgd', compressor = { name = 'top-k', k = 1 } }\nstep_size = 0.1";
    assert_eq!(finding(&checked(problem, method, ""), "G3").verdict, Verdict::Holds);
    let falsified = checked(problem, method, "[check.assume]\ninitial_distance_squared = 3.001");
    assert_eq!(finding(&falsified, "G3").verdict, Verdict::AssumptionViolated);
}

#[test]
fn a_sorted_curve_that_is_too_flat_breaks_the_assumption_of_the_square_bound() {
    // x* lies on the unit sphere and x_0 = (1, …, 1): with equal curvatures the gradient is nearly flat.
    let problem = "objective = { name = 'quadratic', dim = 400, strong_convexity = 1.0, smoothness = 1.0, \
                   spectrum = 'linear', heterogeneity = 0.0, noise = 0.0, seed = 1 }\nn_workers = 1\nbatch_size = 'full'";
    let method = "method = { name = 'compressed-sgd', compressor = { name = 'top-k', k = 40 } }\nstep_size = 0.001";
    let checked = checked(problem, method, "theorems = ['C1', 'S1', 'S2', 'S3', \"S3'\"]");
    for (id, verdict) in [
        ("C1", Verdict::Holds),
        ("S1", Verdict::AssumptionViolated),
        ("S2", Verdict::AssumptionViolated),
        ("S3", Verdict::AssumptionViolated),
        ("S3'", Verdict::AssumptionViolated),
    ] {
        assert_eq!(finding(&checked, id).verdict, verdict, "{id}");
    }
}

#[test]
fn the_probability_of_never_coming_near_is_limited_by_seeds() {
    let rest = "rounds = 400\ninitial = 'ones'\nmethod = { name = 'error-feedback', compressor = { name = 'top-k', k = 11 } }\n\
                step_size = 0.05";
    let text = format!(
        "{}\n{rest}\n[check]\ntheorems = ['A3', \"A3'\"]",
        NOISY.replace("[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]", "[1, 2]")
    );
    let run = |text: &str| {
        let file = ExperimentFile::parse(Path::new("test.toml"), text).unwrap();
        let plan = Plan::new(&file, &Selection::default(), None).unwrap();
        let folder = tempfile::tempdir().unwrap();
        check(&plan, &file, &options(folder.path()), &Silent, &AtomicBool::new(false)).unwrap()
    };
    let few = run(&text);
    for id in ["A3", "A3'"] {
        let found = finding(&few, id);
        assert!(matches!(found.verdict, Verdict::Holds | Verdict::Inconclusive), "{found:?}");
    }
    // Nothing comes within 1e-9 of x* although the bound of a false μ says that it does.
    let false_constants = format!(
        "{text}\ntolerance = 1e-9\n[check.assume]\nstrong_convexity = 1e9\nmean_gradient_second_moment = 1e-6\n\
         gradient_second_moment = 1e-9\nxi = 0.0"
    );
    let many = run(&false_constants.replace("[1, 2]", "[1, 2, 3, 4, 5, 6, 7, 8]"));
    for id in ["A3", "A3'"] {
        let found = finding(&many, id);
        assert!(matches!(found.verdict, Verdict::Violated | Verdict::AssumptionViolated), "{found:?}");
    }
}

#[test]
fn rounding_on_the_wire_does_not_violate_a_theorem() {
    let rest = "method = { name = 'compressed-sgd', compressor = { name = 'cat-top-k', cost = { name = 'payload' } } }\nstep_size = 1.0";
    let text =
        format!("{ONE_WORKER}\n{rest}\nrounds = 60\ninitial = 'ones'\nwire = {{ encoding = 'raw', values = 'f32' }}");
    let file = ExperimentFile::parse(Path::new("test.toml"), &text).unwrap();
    let plan = Plan::new(&file, &Selection::default(), None).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let checked = check(&plan, &file, &options(folder.path()), &Silent, &AtomicBool::new(false)).unwrap();
    assert_eq!(finding(&checked, "K5").verdict, Verdict::Holds, "{:?}", finding(&checked, "K5").closest());
}

/// Checks an experiment as it stands.
fn checked_text(text: &str) -> Checked {
    let file = ExperimentFile::parse(Path::new("test.toml"), text).unwrap_or_else(|error| panic!("{error}"));
    let plan = Plan::new(&file, &Selection::default(), None).unwrap_or_else(|error| panic!("{error}"));
    let folder = tempfile::tempdir().unwrap();
    check(&plan, &file, &options(folder.path()), &Silent, &AtomicBool::new(false)).unwrap()
}

fn with_verdict(checked: &Checked, verdict: Verdict) -> Vec<&str> {
    let findings = checked.findings.iter().filter(|finding| finding.verdict == verdict);
    findings.map(|finding| finding.theorem.about().id).collect()
}

const SMALL: &str = "dim = 5, spectrum = 'geometric', heterogeneity = 0.0, noise = 0.0, seed = 1 }
n_workers = 1
batch_size = 'full'
initial = 'ones'";

#[test]
fn a_run_that_diverges_violates_nothing_and_says_from_where_it_is_not_judged() {
    for (method, values) in [("error-feedback", "f64"), ("compressed-sgd", "f32"), ("ef21", "f64")] {
        let checked = checked_text(&format!(
            "objective = {{ name = 'quadratic', strong_convexity = 0.5, smoothness = 1.0, {SMALL}\nrounds = 2000\nstep_size = 30.0
method = {{ name = '{method}', compressor = {{ name = 'top-k', k = 2 }} }}
wire = {{ encoding = 'raw', values = '{values}' }}
record = {{ metrics = ['loss'], schedule = {{ every = 1 }} }}"
        ));
        assert_eq!(with_verdict(&checked, Verdict::Violated), [""; 0], "{method}");
        let c1 = finding(&checked, "C1");
        assert_eq!(c1.verdict, Verdict::Holds);
        assert!(c1.reason.starts_with("the run diverged in round ") && c1.reason.contains(": not judged from there"));
        assert!(c1.curve.iter().all(|point| point.bound.is_finite() && point.observed.is_finite()));
    }
}

#[test]
fn a_bound_that_grows_to_infinity_is_vacuous_from_there() {
    let checked = checked_text(&format!(
        "objective = {{ name = 'quadratic', strong_convexity = 0.5, smoothness = 1.0, {SMALL}\nrounds = 300\nstep_size = 30.0
method = {{ name = 'error-feedback', compressor = {{ name = 'identity' }} }}\n[check.assume]\ndelta = 0.2"
    ));
    let t2 = finding(&checked, "T2");
    assert!(
        t2.reason.contains("vacuous from round ") && t2.verdict != Verdict::Violated,
        "{:?} {}",
        t2.verdict,
        t2.reason
    );
}

#[test]
fn a_constant_that_was_measured_now_and_then_cannot_support_a_violation() {
    let experiment = |every: u64| {
        checked_text(&format!(
            "objective = {{ name = 'quadratic', strong_convexity = 1.0, smoothness = 1.5, {SMALL}\nrounds = 60
step_size = {{ name = 'inverse', numerator = 60.0, shift = 20.0 }}
method = {{ name = 'error-feedback', compressor = {{ name = 'top-k', k = 3 }} }}
record = {{ metrics = ['loss'], schedule = {{ every = {every} }} }}"
        ))
    };
    let (seldom, always) = (experiment(60), experiment(1));
    let found = finding(&seldom, "A4-decreasing");
    assert_eq!(found.verdict, Verdict::Inconclusive);
    assert!(found.reason.contains("`mean_gradient_second_moment` is measured on recorded rounds"), "{}", found.reason);
    assert_eq!(finding(&always, "A4-decreasing").verdict, Verdict::Holds);
}

#[test]
fn an_operator_that_loses_nothing_passes_with_single_precision_on_the_wire() {
    for (method, compressor) in [
        ("error-feedback", "{ name = 'identity' }"),
        ("error-feedback", "{ name = 'top-k', k = 5 }"),
        ("error-feedback", "{ name = 'rand-k', k = 5 }"),
        ("ef21", "{ name = 'identity' }"),
        ("compressed-sgd", "{ name = 'top-k', k = 1.0 }"),
        ("compressed-sgd", "{ name = 'rand-k-unbiased', k = 5 }"),
    ] {
        let checked = checked_text(&format!(
            "objective = {{ name = 'quadratic', strong_convexity = 0.5, smoothness = 1.0, {SMALL}\nrounds = 20\nstep_size = 0.1
seeds = [1, 2]\nmethod = {{ name = '{method}', compressor = {compressor} }}\nwire = {{ encoding = 'raw', values = 'f32' }}
record = {{ metrics = ['loss'], schedule = {{ every = 1 }} }}"
        ));
        assert_eq!(with_verdict(&checked, Verdict::Violated), [""; 0], "{method} {compressor}");
        assert!(with_verdict(&checked, Verdict::Holds).len() > 2, "{method} {compressor}");
    }
}

#[test]
fn what_rounding_leaves_of_a_converged_estimate_violates_nothing() {
    let checked = checked_text(
        "seeds = [1, 2, 3]
objective = { name = 'quadratic', dim = 2, strong_convexity = 0.5, smoothness = 1.0, spectrum = 'geometric', heterogeneity = 0.0, noise = 0.0, seed = 1 }
n_workers = 1\nrounds = 3000\nbatch_size = 'full'\nstep_size = { name = 'theory', bound = 'F2' }\ninitial = 'normal'
method = { name = 'ef21', compressor = { name = 'scaled-sign' } }
record = { metrics = ['loss'], schedule = { every = 50 } }",
    );
    assert_eq!(finding(&checked, "F1").verdict, Verdict::Holds);
    assert_eq!(with_verdict(&checked, Verdict::Violated), [""; 0]);
}

#[test]
fn an_identity_of_a_skewed_draw_is_not_violated_by_chance_and_holds_only_where_its_limits_are_narrow() {
    for first_seed in [1, 6, 11] {
        let seeds: Vec<u64> = (first_seed..first_seed + 5).collect();
        let checked = checked_text(&format!(
            "seeds = {seeds:?}
dataset = {{ name = 'sparse-logistic', n_rows = 150, n_features = 300, entries_per_row = 15, decay_exponent = 1.1, label_noise = 0.05, seed = 1 }}
objective = {{ name = 'logistic', regularization = 1e-3 }}
n_workers = 1\nrounds = 60\nbatch_size = 1\nstep_size = 2.0
method = {{ name = 'compressed-sgd', compressor = {{ name = 'rand-k-unbiased', k = 1 }} }}
record = {{ metrics = ['loss'], schedule = {{ every = 10 }} }}"
        ));
        let found = finding(&checked, "C3'");
        assert_eq!(found.verdict, Verdict::Inconclusive, "{:?}", found.overall);
        assert!(found.seeds_to_decide.is_some_and(|seeds| seeds > 5), "{}", found.reason);
    }
}

#[test]
fn what_is_proved_contradicts_an_assumption_in_either_direction() {
    let rest = "method = { name = 'error-feedback', compressor = { name = 'top-k', k = 3 } }\nstep_size = 0.2";
    for (assume, theorem, instead) in [
        ("smoothness = 0.01", "A4", "is proved"),
        ("strong_convexity = 0.9", "E2'", "is proved"),
        ("delta = 1.0", "A1'", "was seen"),
        ("initial_suboptimality = 1e-3", "A4", "is proved"),
        ("initial_distance_squared = 1e-3", "E2'", "is proved"),
        ("gradient_second_moment = 1e-6", "E1", "was seen"),
    ] {
        let checked = checked(FOUR_WORKERS, rest, &format!("[check.assume]\n{assume}"));
        let found = finding(&checked, theorem);
        assert_eq!(found.verdict, Verdict::AssumptionViolated, "{assume}: {}", found.reason);
        let name = assume.split(' ').next().unwrap();
        assert!(found.reason.starts_with(&format!("`{name}` is assumed to be ")), "{}", found.reason);
        assert!(found.reason.ends_with(instead), "{}", found.reason);
        assert_eq!(with_verdict(&checked, Verdict::Violated), [""; 0], "{assume}");
    }
    // What is on the safe side is not contradicted.
    for assume in ["smoothness = 2.0", "strong_convexity = 0.1", "delta = 0.1", "initial_suboptimality = 100.0"] {
        let checked = checked(FOUR_WORKERS, rest, &format!("[check.assume]\n{assume}"));
        assert_eq!(
            with_verdict(&checked, Verdict::AssumptionViolated),
            with_verdict(&self::checked(FOUR_WORKERS, rest, ""), Verdict::AssumptionViolated),
            "{assume}"
        );
    }
}

#[test]
fn the_row_that_is_shown_for_a_bound_that_fails_is_one_where_it_fails() {
    let checked = checked_text(&format!(
        "seeds = [1, 2]\nobjective = {{ name = 'quadratic', strong_convexity = 1.0, smoothness = 1.0, {SMALL}\nrounds = 40\nstep_size = 1.0
method = {{ name = 'compressed-sgd', compressor = {{ name = 'top-k', k = 2 }} }}
record = {{ metrics = ['loss'], schedule = {{ every = 1 }} }}\n[check.assume]\ninitial_suboptimality = 3.80"
    ));
    let point = finding(&checked, "G1").closest().unwrap();
    assert!(point.contradicts && point.round == 0 && point.slack() < 1.0, "{point:?}");
}

#[test]
fn what_is_assumed_and_refuted_is_named() {
    let rest = "method = { name = 'error-feedback', compressor = { name = 'top-k', k = 1 } }\nstep_size = 0.2";
    let checked = checked(FOUR_WORKERS, rest, "[check.assume]\nxi = 0.0");
    let found = finding(&checked, "A1");
    assert_eq!((found.verdict, found.origin), (Verdict::AssumptionViolated, Some(Origin::Assumed)));
    assert!(found.reason.starts_with("`xi` is assumed to be 0, and "), "{}", found.reason);
}

#[test]
fn each_refusal_says_in_words_what_fails() {
    let rest = "method = { name = 'ef21', compressor = { name = 'top-k', k = 3 } }\nstep_size = 0.9";
    let found = checked(FOUR_WORKERS, rest, "");
    let reason = |id: &str| {
        let finding = finding(&found, id);
        assert_eq!(finding.verdict, Verdict::NotApplicable, "{id}");
        finding.reason.clone()
    };
    assert!(reason("F2").starts_with("step size 0.9 exceeds "), "{}", reason("F2"));
    assert_eq!(reason("E1"), "is about error-feedback, and this is ef21");
    assert_eq!(reason("C3"), "is about rand-k, and this is top-k");
    assert_eq!(reason("T1"), "n = 4 workers, the theorem is about one");
    let stochastic = checked(NOISY, rest, "");
    assert_eq!(finding(&stochastic, "F2").reason, "has exact gradients, and here they are stochastic");
}

#[test]
fn what_an_operator_says_of_itself_decides_which_theorems_are_about_it() {
    let plain = |compressor: &str| {
        format!("method = {{ name = 'compressed-sgd', compressor = {compressor} }}\nstep_size = 1.0")
    };
    // Whatever keeps coordinates unscaled makes steps of sparsified descent.
    for compressor in [
        "{ name = 'gaussian-k-code', k = 3 }",
        "{ name = 'redsync', k = 3 }",
        "{ name = 'scaled', factor = 1.0, compressor = { name = 'top-k', k = 3 } }",
        "{ name = 'composed', outer = { name = 'identity' }, inner = { name = 'top-k', k = 3 } }",
    ] {
        let found = checked(ONE_WORKER, &plain(compressor), "");
        for id in ["K1", "K4-pl", "K4-convex", "K4-nonconvex"] {
            let finding = finding(&found, id);
            assert_eq!(finding.verdict, Verdict::Holds, "{id}, {compressor}: {}", finding.reason);
        }
    }
    let reason = |rest: &str, id: &str| {
        let found = checked(FOUR_WORKERS, rest, "");
        let finding = finding(&found, id);
        assert_eq!(finding.verdict, Verdict::NotApplicable, "{id}: {rest}");
        finding.reason.clone()
    };
    // k is aimed at and not reached, so that theorems on k refuse; half of the entries are not the entries.
    let about_top = "is about top-k, and this is ";
    assert_eq!(reason(&plain("{ name = 'gaussian-k', k = 3 }"), "C1"), format!("{about_top}gaussian-k"));
    let half = plain("{ name = 'scaled', factor = 0.5, compressor = { name = 'top-k', k = 3 } }");
    assert_eq!(reason(&half, "C1"), format!("{about_top}scaled"));
    assert_eq!(reason(&half, "K1"), "is about operators that keep coordinates unscaled, and this is scaled");
    // What is shared stays shared inside another operator.
    let inner = "{ name = 'rand-k-shared', k = 3 }";
    for compressor in [
        inner.to_owned(),
        format!("{{ name = 'scaled', factor = 0.5, compressor = {inner} }}"),
        format!("{{ name = 'composed', outer = {{ name = 'qsgd', levels = 4 }}, inner = {inner} }}"),
    ] {
        let reason = reason(&plain(&compressor), "K7");
        assert!(reason.starts_with("is about operators that draw independently on every worker"), "{reason}");
    }
    // A method around another has the operator of that one.
    let around = "method = { name = 'momentum', beta = 0.5, method = { name = 'error-feedback', compressor = \
                  { name = 'top-k', k = 3 } } }\nstep_size = 0.1";
    assert_eq!(finding(&checked(FOUR_WORKERS, around, ""), "C1").verdict, Verdict::Holds);
    assert_eq!(reason(around, "C3"), "is about rand-k, and this is top-k");
    // Two operators without randomness are one without; every entry is sampled for this k, so that nothing is drawn.
    let composed = "method = { name = 'error-feedback', compressor = { name = 'composed', outer = { name = 'identity' }, \
                    inner = { name = 'top-k', k = 3 } } }\nstep_size = 0.1";
    assert_eq!(finding(&checked(FOUR_WORKERS, composed, ""), "A1").verdict, Verdict::Holds);
    let strided = "method = { name = 'error-feedback', compressor = { name = 'dgc-strided', k = 3 } }\nstep_size = 0.1";
    assert!(reason(strided, "A1").starts_with("`delta` is not known"), "{}", reason(strided, "A1"));
    let seeds = "seeds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]";
    let shared = format!("{seeds}\nmethod = {{ name = 'error-feedback', compressor = {inner} }}\nstep_size = 0.1");
    assert_eq!(finding(&checked(FOUR_WORKERS, &shared, ""), "C3").verdict, Verdict::Holds);
}

#[test]
fn constants_name_k_as_the_experiment_file_does() {
    let k_of = |compressor: &str, blocks: &str| {
        let rest =
            format!("method = {{ name = 'compressed-sgd', compressor = {compressor} }}\nstep_size = 0.1\n{blocks}");
        let checked = checked(FOUR_WORKERS, &rest, "theorems = ['C1']");
        checked.constants[0].1.get(Quantity::K).map(|known| known.value)
    };
    for name in ["top-k", "rand-k", "rand-k-shared", "rand-k-unbiased", "top-k-signs", "sparse-ternary"] {
        let named = |k: &str| format!("{{ name = '{name}', k = {k} }}");
        for k in 1..=12 {
            assert_eq!(k_of(&named(&k.to_string()), ""), Some(f64::from(k)), "{name}");
        }
        assert_eq!(k_of(&named("0.25"), ""), Some(3.0), "{name}");
        // Of all blocks together, as d is.
        let blocks = "blocks = { lengths = '3, 4, 5' }";
        assert_eq!(k_of(&named("2"), blocks), Some(6.0), "{name}");
        assert_eq!(k_of(&named("0.5"), blocks), Some(2.0 + 2.0 + 3.0), "{name}");
        assert_eq!(k_of(&named("{ per_block = '3, 0.25, 2' }"), blocks), Some(6.0), "{name}");
        let scaled = format!("{{ name = 'scaled', factor = 0.5, compressor = {} }}", named("5"));
        assert_eq!(k_of(&scaled, ""), Some(5.0), "{name}");
    }
    // No number of entries is proved of these, though each is given a k.
    for name in ["gaussian-k", "gaussian-k-code", "dgc-sampling", "redsync-trimmed", "stochastic-sparsification"] {
        assert_eq!(k_of(&format!("{{ name = '{name}', k = 3 }}"), ""), None, "{name}");
    }
}

#[test]
fn costs_are_those_by_which_the_operator_chooses() {
    let costs = |name: &str, cost: &str| {
        let rest = format!(
            "method = {{ name = 'compressed-sgd', compressor = {{ name = '{name}', cost = {cost} }} }}\nstep_size = 0.1"
        );
        let checked = checked(ONE_WORKER, &rest, "theorems = ['K5']");
        let value = |quantity| checked.constants[0].1.get(quantity).map(|known| known.value);
        [Quantity::CostPerUnit, Quantity::CostFixed, Quantity::PacketCoordinates].map(value)
    };
    let (affine, packet) = (
        "{ name = 'affine', per_bit = 2.0, fixed = 100.0 }",
        "{ name = 'packet', packet_bits = 120, per_packet = 100.0, fixed = 10.0 }",
    );
    // Twelve coordinates have indices of 4 bits; beside it a value has 32, or a sign 1 and the message a value.
    for name in ["cat-top-k", "cat-stochastic"] {
        assert_eq!(costs(name, "{ name = 'payload' }"), [Some(36.0), Some(0.0), None], "{name}");
        assert_eq!(costs(name, affine), [Some(72.0), Some(100.0), None], "{name}");
        assert_eq!(costs(name, packet), [Some(100.0), Some(10.0), Some(3.0)], "{name}");
    }
    assert_eq!(costs("cat-top-k-signs", "{ name = 'payload' }"), [Some(5.0), Some(32.0), None]);
    assert_eq!(costs("cat-top-k-signs", affine), [Some(10.0), Some(164.0), None]);
    // The first packet has a header: not the cost of any theorem.
    assert_eq!(costs("cat-top-k-signs", packet), [None; 3]);
}

#[test]
fn one_seed_of_a_random_run_decides_nothing() {
    let rest =
        "method = { name = 'compressed-sgd', compressor = { name = 'rand-k-unbiased', k = 3 } }\nstep_size = 0.05";
    let one = NOISY.replace("seeds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]", "");
    let found = checked(&one, rest, "");
    assert_eq!(finding(&found, "K7").verdict, Verdict::Inconclusive);
    assert_eq!(finding(&found, "K7").reason, "one seed says nothing of the spread: give at least two");
}

#[test]
fn an_observer_changes_no_byte_and_a_folder_can_be_checked_again() {
    let text = format!(
        "{ONE_NOISY}\nrounds = 40\nmethod = {{ name = 'error-feedback', compressor = {{ name = 'top-k', k = 3 }} }}\n\
         step_size = {{ name = 'theory', bound = 'E3', multiplier = 2.0 }}"
    );
    let file = ExperimentFile::parse(Path::new("test.toml"), &text).unwrap();
    let plan = Plan::new(&file, &Selection::default(), None);
    // E3 needs σ² and M, which are proved for this objective; its limit 1/(4L(2/δ + M)) is doubled.
    let plan = plan.unwrap_or_else(|error| panic!("{error}"));
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    execute(&plan, &file, &options(&path("run")), &Silent, &AtomicBool::new(false)).unwrap();
    check(&plan, &file, &options(&path("check")), &Silent, &AtomicBool::new(false)).unwrap();
    let read = |name: &str| std::fs::read(path(name).join("rounds.csv")).unwrap();
    assert_eq!(read("run"), read("check"));

    let again = ExperimentFile::of_results(&path("run")).unwrap();
    let plan = Plan::new(&again, &Selection::default(), None).unwrap();
    let reproduce = Options { reproduce: true, ..options(&path("run")) };
    check(&plan, &again, &reproduce, &Silent, &AtomicBool::new(false)).unwrap();
    std::fs::write(path("run").join("rounds.csv"), "run,round\n").unwrap();
    let error = check(&plan, &again, &reproduce, &Silent, &AtomicBool::new(false)).unwrap_err();
    assert!(error.to_string().contains("holds other numbers than these runs give"), "{error}");
    assert_eq!(read("run"), b"run,round\n", "what was there stays");
}

#[test]
fn claims_are_judged_and_a_false_one_fails() {
    let rest = "method = { name = 'ef21', compressor = { name = 'top-k', k = 3 } }\nstep_size = 0.05";
    let found = checked(FOUR_WORKERS, rest, "");
    let claim = |toml: &str| toml::from_str::<Claim>(toml).unwrap();
    let results = [];
    assert!(claim("text = ''\ntheorem = 'F1'\nverdict = 'holds'").judge(&found.findings, &results, &[]).holds);
    assert!(!claim("text = ''\ntheorem = 'F1'\nverdict = 'violated'").judge(&found.findings, &results, &[]).holds);
    assert!(
        !claim("text = ''\ntheorem = 'F1'\nverdict = 'holds'\nsetting = 'sgd'")
            .judge(&found.findings, &results, &[])
            .holds
    );
    for wrong in ["text = ''", "text = ''\ntheorem = 'F9'\nverdict = 'holds'", "text = ''\ntheorem = 'F1'"] {
        assert!(claim(wrong).validate().is_err(), "{wrong}");
    }
}

#[test]
fn claims_on_values_compare_settings_where_they_get_there() {
    let text = "objective = { name = 'quadratic', dim = 10, strong_convexity = 1.0, smoothness = 1.0, spectrum = \
                'linear', heterogeneity = 0.0, noise = 0.0, seed = 1 }\nn_workers = 1\nbatch_size = 'full'\n\
                seeds = [1, 2]\nrounds = 200\nstep_size = 0.5\ninitial = 'normal'\n\
                method = { name = 'compressed-sgd', compressor = { name = 'top-k', k = [1, 5] } }\n\
                record = { metrics = ['suboptimality', 'bits_up'], schedule = { every = 1 }, curves = [1, 2] }\n";
    let file = ExperimentFile::parse(Path::new("test.toml"), text).unwrap_or_else(|error| panic!("{error}"));
    let plan = Plan::new(&file, &Selection::default(), None).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let report = execute(&plan, &file, &options(folder.path()), &Silent, &AtomicBool::new(false)).unwrap();
    let results: Vec<_> =
        plan.runs.iter().zip(&report.results).filter_map(|(run, result)| Some((run, result.as_ref()?))).collect();
    let judged = |toml: &str| {
        let claim: Claim = toml::from_str(&format!("text = ''\n{toml}")).unwrap();
        assert_eq!(claim.validate(), Ok(()), "{toml}");
        claim.judge(&[], &results, &[])
    };
    let there = "metric = 'bits_up'\nreaching = 'suboptimality <= 1e-6'";
    // Every coordinate is halved some ten times, one by one or five at once.
    assert!(judged(&format!("{there}\nsetting = 'k=5'\nrelative_to = 'k=1'\nat_most = 1.5\nat_least = 0.5")).holds);
    assert!(!judged(&format!("{there}\nsetting = 'k=5'\nrelative_to = 'k=1'\nat_most = 0.4")).holds);
    let never = "metric = 'bits_up'\nreaching = 'suboptimality <= 0'";
    assert_eq!(judged(&format!("{never}\nat_least = 1.0")).range, "inf");
    assert!(!judged(&format!("{never}\nrelative_to = 'k=1'\nsetting = 'k=5'\nat_least = 0")).holds, "∞/∞");
    assert!(!judged("metric = 'loss'\nat_least = 0").holds, "it was not recorded");
    let all = judged("curve = 'alpha'\nk = 10\nat_least = 1.0\nat_most = 1.0");
    assert!(all.holds && all.found.contains("4 runs"), "{}", all.found);
    assert!(!judged("curve = 'alpha'\nk = 1\nround = 1\nat_least = 0.99").holds);
    for wrong in [
        "metric = 'loss'\ncurve = 'alpha'\nat_most = 1",
        "curve = 'gamma'\nat_most = 1",
        "fit = 'shape'\nat_most = 1",
        "fit = 'kurtosis'",
        "fit = 'kurtosis'\nfamily = 'normal'\nat_most = 1",
        "fit = 'deviation'\nfamily = 'nomal'\nat_most = 1",
        "fit = 'kurtosis'\ncurve = 'alpha'\nat_most = 1",
        "metric = 'loss'\nfamily = 'normal'\nat_most = 1",
        "metric = 'loss'\nreaching = 'loss < 1'\nat_most = 1",
        "metric = 'loss'\nreaching = 'loss <= 1'\nround = 3\nat_most = 1",
    ] {
        let claim: Claim = toml::from_str(&format!("text = ''\n{wrong}")).unwrap();
        assert!(claim.validate().is_err(), "{wrong}");
    }
    // What is stored and read again is what was written.
    let again = execute(&plan, &file, &options(folder.path()), &Silent, &AtomicBool::new(false)).unwrap();
    assert_eq!((again.reused, &again.results), (plan.runs.len(), &report.results));
    let curves = std::fs::read_to_string(folder.path().join("curves.csv")).unwrap();
    assert_eq!(curves.lines().count(), 1 + 4 * 2 * [1, 2, 3, 4, 5, 6, 8, 10].len(), "{curves}");
}

#[test]
fn a_check_that_cannot_be_made_says_what_to_write() {
    let error = |line: &str| {
        let rest = "method = { name = 'sgd' }\nstep_size = 0.1\nrounds = 5";
        let text = format!("{ONE_WORKER}\n{rest}\n[check]\n{line}");
        let file = ExperimentFile::parse(Path::new("test.toml"), &text).unwrap();
        let plan = Plan::new(&file, &Selection::default(), None).unwrap();
        let folder = tempfile::tempdir().unwrap();
        check(&plan, &file, &options(folder.path()), &Silent, &AtomicBool::new(false)).unwrap_err().to_string()
    };
    assert!(error("theorems = ['Q7']").contains("there is no theorem `Q7`"));
    assert!(error("assume = { chi = 1.0 }").contains("there is no constant `chi`"));
}

#[test]
fn a_step_size_from_theory_is_the_one_that_the_theorem_names() {
    let plan = |step_size: &str| {
        let rest = "method = { name = 'ef21', compressor = { name = 'top-k', k = 3 } }\nrounds = 5";
        let text = format!("{FOUR_WORKERS}\n{rest}\nstep_size = {step_size}\n[check]\ntolerance = 0.1");
        let file = ExperimentFile::parse(Path::new("test.toml"), &text).unwrap();
        Plan::new(&file, &Selection::default(), None).map_err(|error| error.to_string())
    };
    let step_size = |text: &str| {
        let plan = plan(text).unwrap();
        gradsieve::method::step_size::Schedule::step_size(&plan.runs[0].step_size, 1, 5)
    };
    // δ = 1/4: θ = 1 − √(3/4), β = (3/4)/θ, and L = L̃ = 1 give 1/(1 + √(β/θ)).
    let theta = 1.0 - 0.75_f64.sqrt();
    let limit = 1.0 / (1.0 + 0.75_f64.sqrt() / theta);
    assert!((step_size("{ name = 'theory', bound = 'F2' }") - limit).abs() < 1e-14);
    assert!((step_size("{ name = 'theory', bound = 'f2', multiplier = 0.5 }") - limit / 2.0).abs() < 1e-14);
    assert!(plan("{ name = 'theory', bound = 'C1' }").unwrap_err().contains("prefers no step size"));
    assert!(plan("{ name = 'theory', bound = 'Z9' }").unwrap_err().contains("there is no such theorem"));
    let needs = plan("{ name = 'theory', bound = 'A3' }").unwrap_err();
    assert!(needs.contains("its step size needs more than is known: `mean_gradient_second_moment`"), "{needs}");
}
