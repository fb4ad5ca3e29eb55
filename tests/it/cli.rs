//! The command line as users see it: texts, exit codes, and every example that the program itself shows.

use crate::program::Program;
use gradsieve::compressor::{CompressorSpec, cost::CostSpec};
use gradsieve::dataset::{DatasetSpec, PartitionSpec};
use gradsieve::experiment::grid::valid_keys;
use gradsieve::method::{MethodSpec, step_size::ScheduleSpec};
use gradsieve::network::NetworkSpec;
use gradsieve::objective::ObjectiveSpec;
use gradsieve::registry::Member;
use gradsieve::theory::THEOREMS;
use serde_json::Value;
use std::path::Path;

#[test]
fn help_tells_what_each_command_does() {
    let program = Program::new();
    insta::assert_snapshot!("help", program.succeed("--help"));
    for command in [
        "run",
        "watch",
        "check",
        "constants",
        "reproduce",
        "selectors",
        "fit",
        "bench",
        "plot",
        "report",
        "table",
        "data",
        "list",
        "show",
        "theorem",
        "schema",
        "completions",
        "man",
    ] {
        let help = program.succeed(&format!("{command} --help"));
        insta::assert_snapshot!(format!("help_{command}"), help);
    }
}

#[test]
fn lists_show_every_member_once() {
    let program = Program::new();
    let list = program.succeed("list");
    insta::assert_snapshot!("list", list);
    for (family, members) in families() {
        let own = program.succeed(&format!("list {family}"));
        for member in members {
            let line = format!("  {} ", member.name);
            assert_eq!(own.lines().filter(|own| own.starts_with(&line)).count(), 1, "{family}: {}", member.name);
            assert!(own.contains(member.summary), "{family}: {}", member.name);
            assert!(list.contains(&line), "{}", member.name);
        }
    }
    let datasets = program.succeed("list datasets");
    for name in DatasetSpec::names() {
        assert!(datasets.contains(&format!("  {name} ")), "{name}: {datasets}");
    }
}

#[test]
fn a_member_is_shown_with_its_formula_source_and_example() {
    let program = Program::new();
    insta::assert_snapshot!("show_top_k", program.succeed("show top-k"));
    for (family, members) in families() {
        for member in members {
            let shown = program.succeed(&format!("show {}", member.name));
            assert!(shown.contains(member.summary) && shown.contains(member.source), "{family}: {shown}");
            assert!(shown.contains(member.example.lines().next().unwrap()), "{family}: {shown}");
        }
    }
}

#[test]
fn every_theorem_is_listed_and_shown() {
    let program = Program::new();
    let list = program.succeed("theorem list");
    for theorem in THEOREMS {
        let id = theorem.about().id;
        assert!(
            list.lines().any(|line| line.starts_with(&format!("{id} ")) && line.ends_with(&theorem.title())),
            "{id}"
        );
        let shown = program.succeed(&format!("theorem show {id}"));
        assert!(theorem.statement().lines().all(|line| shown.contains(line)), "{shown}");
        assert!(theorem.about().needs.iter().all(|quantity| shown.contains(quantity.name())), "{shown}");
    }
    insta::assert_snapshot!("theorem_show_f2", program.succeed("theorem show f2"));
    assert_eq!(list.lines().count(), THEOREMS.len());
}

#[test]
fn bounds_are_computed_from_constants() {
    let program = Program::new();
    let value = |arguments: &str| program.succeed(&format!("theorem value {arguments}"));
    assert_eq!(value("C1 --dim 100 --k 5"), "C1: relative_compression_error_max ≤ 0.95\n");
    assert_eq!(value("C7"), "C7: E‖C(x) − x‖² / ‖x‖² ≤ 0.125\n");
    assert_eq!(value("S1 --k 1 --set vector=0,2,-1"), "S1: relative_compression_error_max ≤ 0.44444444444444453\n");
    let constants = "--set initial_suboptimality=1 --n-workers 1 --smoothness 2 --set polyak_lojasiewicz=1 --delta 0.5";
    let bound = value(&format!("G1 {constants} --step-size 0.5 --round 2"));
    assert_eq!(bound, "G1: suboptimality ≤ 0.5625\nstep sizes: γ ≤ 1/L = 0.5\n");

    let sweep = value("C1 --dim 10,100 --k 1,50 --round 0");
    let expected = "dim,k,round,bound,not_applicable\n10,1,0,0.9,\n10,50,0,,k = 50 exceeds the dimension d = 10\n\
                    100,1,0,0.99,\n100,50,0,0.5,\n";
    assert_eq!(sweep, expected);
    assert_eq!(value("C1 --dim 10,100 --k 1,50 --round 0 --csv sweep.csv"), "");
    assert_eq!(std::fs::read_to_string(program.path("sweep.csv")).unwrap(), expected);
}

#[test]
fn constants_of_theorems_may_be_negative_tiny_or_too_many() {
    let program = Program::new();
    let refused = |arguments: &str| {
        let answer = program.run(&format!("theorem value {arguments}"));
        assert_eq!(answer.code, Some(2), "{}", answer.out);
        answer.err
    };
    let negative = refused("C1 --dim -3 --k 1");
    assert!(negative.starts_with("error: C1 does not apply: `dim` = -3 must be "), "{negative}");
    let tiny = "G1 --set initial_suboptimality=1e-90 --n-workers 1 --smoothness 2 --set polyak_lojasiewicz=1 --delta 0.5 \
                --step-size 0.5 --round 0";
    assert!(program.succeed(&format!("theorem value {tiny}")).starts_with("G1: suboptimality ≤ 1e-90\n"));
    let many = (0..1001).map(|i| i.to_string()).collect::<Vec<_>>().join(",");
    assert_eq!(
        refused(&format!("C1 --dim {many} --k {many}")),
        "error: these lists combine to 1002001 bounds, and at most 1000000 are computed\n"
    );
}

#[test]
fn rows_are_kept_in_the_cache_of_the_user_which_can_be_cleared() {
    let program = Program::new();
    let rows: Vec<String> = (0..20_000).map(|i| format!("{} 1:{i} 2:0.5\n", 2 * (i % 2) - 1)).collect();
    program.file("data/rows.libsvm", rows.concat());
    program.file(
        "x.toml",
        "dataset = { name = \"file\", path = \"data/rows.libsvm\" }\nobjective = { name = \"logistic\", regularization = 0.1 }\n\
         n_workers = 2\nrounds = 1\nbatch_size = 1\nstep_size = 1e-9\nmethod = { name = \"sgd\" }\n\
         partition = { name = \"iid\" }\nrecord = { metrics = [\"bits\"] }\n",
    );
    program.succeed("run x.toml --no-plots --quiet");
    assert_eq!(std::fs::read_dir(program.path("data")).unwrap().count(), 1);
    let folder = program.path(".cache/gradsieve/rows");
    let shown = program.succeed("data cache");
    let expected = format!("folder      {}\nentries     1\nsize        0.", folder.display());
    assert!(shown.starts_with(&expected) && shown.ends_with(" MB of at most 2000.0 MB\n"), "{shown}");
    let cleared = program.succeed("data cache --clear");
    assert!(cleared.starts_with("removed 1 file, 0."), "{cleared}");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    let mut homeless = program.command("data cache");
    let answer = homeless.env_remove("HOME").env_remove("XDG_CACHE_HOME").output().unwrap();
    assert_eq!(
        String::from_utf8(answer.stdout).unwrap(),
        "no rows are kept: neither XDG_CACHE_HOME nor HOME names a folder\n"
    );
}

#[test]
fn the_distance_to_the_minimizers_of_equal_columns_goes_from_two_to_zero() {
    let program = Program::new();
    program.file("two.csv", "1,1,1\n1,1,2\n1,1,3\n");
    program.file(
        "x.toml",
        "dataset = { name = \"file\", path = \"two.csv\", task = \"regression\" }\n\
         objective = { name = \"least-squares\", regularization = 0.0 }\nn_workers = 1\nrounds = 400\n\
         batch_size = \"full\"\nstep_size = 0.1\nmethod = { name = \"sgd\" }\n\
         record = { metrics = [\"distance_squared\"] }\n",
    );
    program.succeed("run x.toml --no-plots --quiet");
    let rounds = std::fs::read_to_string(program.path("results/x/rounds.csv")).unwrap();
    let distances: Vec<f64> =
        rounds.lines().skip(1).map(|line| line.rsplit(',').next().unwrap().parse().unwrap()).collect();
    assert!((distances[0] - 2.0).abs() <= 1e-14, "{distances:?}");
    // The square of some roundings.
    assert!(*distances.last().unwrap() <= 1e-28, "{distances:?}");
}

#[test]
fn a_sweep_of_a_theorem_is_drawn() {
    let program = Program::new();
    let sweep = "theorem value C1 --k 100,1,10,1000 --dim 100,1000 --round 0";
    assert_eq!(program.succeed(&format!("{sweep} --plot bound.svg")), "");
    let svg = std::fs::read_to_string(program.path("bound.svg")).unwrap();
    let texts: Vec<&str> = svg.lines().filter_map(|line| line.strip_suffix("</text>")?.rsplit('>').next()).collect();
    insta::assert_snapshot!("theorem_plot_c1", texts.join("\n"));
    // A table may be written beside it, and the bytes are the same each time.
    assert_eq!(program.succeed(&format!("{sweep} --plot again.svg --csv bound.csv")), "");
    assert_eq!(std::fs::read_to_string(program.path("again.svg")).unwrap(), svg);
    assert_eq!(std::fs::read_to_string(program.path("bound.csv")).unwrap().lines().count(), 9);
    assert_eq!(program.succeed("theorem value C1 --k 5 --dim 100,200 --plot bound.png"), "");
    assert!(std::fs::read(program.path("bound.png")).unwrap().starts_with(b"\x89PNG"));
    // Rounds alone are a sweep.
    let rounds = "theorem value E2' --delta 0.5 --step-size 0.1 --strong-convexity 0 \
                  --set gradient_second_moment=1 --set initial_distance_squared=1 --round 1,10,100 --plot rounds.svg";
    assert_eq!(program.succeed(rounds), "");
    for (arguments, expected) in [
        ("--k 5 --dim 100 --plot x.svg", "nothing is swept; give a list, such as --set dim=1,10,100"),
        ("--k 5,6 --dim 100 --plot x.pdf", "--plot x.pdf: the name must end in .svg or .png"),
        ("--k 5,6 --dim 4 --plot x.svg", "C1 does not apply: k = 5 exceeds the dimension d = 4"),
    ] {
        let answer = program.run(&format!("theorem value C1 {arguments}"));
        assert_eq!(answer.code, Some(2), "{arguments}");
        assert!(answer.out.is_empty() && answer.err.contains(expected), "{arguments}: {}", answer.err);
        assert!(!program.path("x.svg").exists());
    }
}

#[test]
fn what_no_theorem_covers_is_refused_in_words() {
    let program = Program::new();
    for (arguments, expected) in [
        ("show C0", "no theorem is called `C0`: "),
        ("value C1 --dim 100", "C1 does not apply: `k` is not known: k = kept coordinates"),
        ("value C1 --dim 100 --k 101", "C1 does not apply: k = 101 exceeds the dimension d = 100"),
        ("value C1 --dim 100 --k 5 --omega 1", "C1 has no `omega`"),
        ("value C1 --dim ten --k 5", "`dim`: `ten` is not a number; a list is written with commas"),
        ("value C1 --dim 100 --k 5 --set k=6", "`k` is given twice"),
        ("value C1 --dim 100 --set k", "--set k: expected NAME=NUMBERS"),
        ("value C1 --dim 100 --k 5 --round -1", "--round -1: `-1` is not a number of rounds"),
        ("value C1 --dim 100 --k 5 --round 0.5", "--round 0.5: `0.5` is not a number of rounds"),
        (
            "value H1 --smoothness 2 --dim 9 --set threshold=1 --set mean_noise_variance=0 --set initial_suboptimality=1",
            "`step_size` is not known: γ = step size, the same in all rounds; the theorem requires γ ≤ 1/(2L) = 0.25",
        ),
    ] {
        let answer = program.run(&format!("theorem {arguments}"));
        assert_eq!(answer.code, Some(2), "{arguments}");
        assert!(answer.out.is_empty() && answer.err.contains(expected), "{arguments}: {}", answer.err);
    }
}

#[test]
fn a_plan_is_printed_without_running_it() {
    let program = Program::new();
    program.file(
        "x.toml",
        tiny("method = [{ name = \"sgd\" }, { name = \"ef21\", compressor = { name = \"top-k\", k = [2, 3] } }]\n"),
    );
    let plan = program.succeed("run x.toml --list --seeds 4,5");
    // Hashes change with the sources.
    let without_hashes: String = plan
        .lines()
        .map(|line| match line.split_once("  ") {
            Some((hash, rest)) if hash.len() == 16 && !hash.contains('-') => format!("[hash]  {}\n", rest.trim_start()),
            _ => format!("{line}\n"),
        })
        .collect();
    insta::assert_snapshot!("plan", without_hashes);
    assert!(!program.path("results").exists());
}

#[test]
fn an_answer_is_a_table_and_words_and_quiet_says_nothing() {
    let program = Program::new();
    let method = "question = \"Which?\"\nmethod = [{ name = \"sgd\" }, { name = \"error-feedback\", compressor = { name = \"top-k\", k = 2 } }]\n";
    program.file("x.toml", tiny(method));
    let answer = program.run("run x.toml --seeds 1,2 --threads 1");
    assert_eq!(answer.code, Some(0), "{}", answer.err);
    insta::assert_snapshot!("answer", answer.out);
    insta::assert_snapshot!("progress", answer.err);
    let quiet = program.run("run x.toml --quiet --out quiet");
    assert_eq!((quiet.code, &*quiet.out, &*quiet.err), (Some(0), "", ""));
    for file in ["rounds.csv", "summary.csv", "comparison.csv", "plots.csv", "provenance.json"] {
        assert!(program.path("results/x").join(file).is_file(), "{file}");
    }
    let provenance: Value =
        serde_json::from_slice(&std::fs::read(program.path("results/x/provenance.json")).unwrap()).unwrap();
    for key in ["question", "command", "gradsieve", "host", "data_checksums", "runs"] {
        assert!(provenance.get(key).is_some(), "{key}");
    }
    assert_eq!(provenance["runs"].as_array().unwrap().len(), 4);
    // Redrawn from the tables alone, to the same pictures.
    let picture = program.path("results/x/suboptimality-against-round.svg");
    let before = std::fs::read(&picture).unwrap();
    std::fs::remove_file(&picture).unwrap();
    let drawn = program.succeed("plot results/x");
    assert!(drawn.contains("wrote results/x/suboptimality-against-round.svg"), "{drawn}");
    assert_eq!(std::fs::read(&picture).unwrap(), before);
}

/// Two workers whose gradients are exact, a method that holds its theorem and a claim about it.
const CHECKED: &str = "
question = 'Does EF21 keep its promise?'
objective = { name = 'quadratic', dim = 8, strong_convexity = 0.5, smoothness = 1.0, spectrum = 'linear', heterogeneity = 1.0, noise = 0.0, seed = 1 }
n_workers = 2
rounds = 30
batch_size = 'full'
step_size = { name = 'theory', bound = 'F3' }
method = { name = 'ef21', compressor = { name = 'top-k', k = 2 } }
wire = { encoding = 'raw', values = 'f64' }
initial = 'ones'
record = { metrics = ['suboptimality'], schedule = { every = 10 } }
check = { theorems = ['C1', 'F1', 'F2', 'F3', 'T1'] }
[[claim]]
text = 'EF21 converges linearly.'
theorem = 'F3'
verdict = 'holds'
";

#[test]
fn a_check_ends_with_verdicts_reasons_and_the_exit_code_of_its_claims() {
    let program = Program::new();
    program.file("holds.toml", CHECKED);
    insta::assert_snapshot!("check", program.succeed("check holds.toml --all --threads 1"));
    let table = std::fs::read_to_string(program.path("results/holds/checks.csv")).unwrap();
    assert_eq!(table.lines().count(), 6, "{table}");
    for file in ["check_rounds.csv", "constants.csv", "claims.csv", "rounds.csv", "check-F3.svg", "check-F3.png"] {
        assert!(program.path("results/holds").join(file).exists(), "{file}");
    }
    // The folder alone is enough to check again.
    assert_eq!(program.succeed("check results/holds --quiet"), "");
    insta::assert_snapshot!("constants", program.succeed("constants holds.toml --threads 1"));

    // A claim that does not hold, a false constant, which breaks no theorem, and one of which that is claimed.
    program.file("false.toml", CHECKED.replace("verdict = 'holds'", "verdict = 'violated'"));
    assert_eq!(program.run("check false.toml --quiet").code, Some(1));
    let broken = CHECKED.replace("'T1'] }", "'T1'], assume = { initial_suboptimality = 1e-9 } }");
    program.file("broken.toml", broken.replace("theorem = 'F3'", "theorem = 'F1'"));
    assert_eq!(program.run("check broken.toml --quiet").code, Some(0));
    let claimed =
        broken.replace("theorem = 'F3'\nverdict = 'holds'", "theorem = 'F3'\nverdict = 'assumption-violated'");
    let both = format!("{claimed}[[claim]]\ntext = 'F2 too'\ntheorem = 'F2'\nverdict = 'assumption-violated'\n");
    program.file("expected.toml", both);
    assert_eq!(program.run("check expected.toml --quiet").code, Some(0));
    let empty = program.run("check nowhere.toml");
    assert_eq!(empty.code, Some(2), "{}", empty.err);
}

#[test]
fn experiments_of_the_project_run_where_their_files_are_not() {
    let program = Program::new();
    program.succeed("run quickstart --quick --quiet --no-plots");
    assert!(program.path("results/quickstart-quick/summary.csv").is_file());
    program.succeed("reproduce findings/xi-unbounded --quick --quiet --no-plots");
    assert!(program.path("results/findings/xi-unbounded-quick/summary.csv").is_file());
    program.file("experiments/quickstart.toml", tiny("question = \"Which of mine?\"\n"));
    let answer = program.succeed("run quickstart --no-plots");
    assert!(answer.contains("Which of mine?"), "the file on disk comes first: {answer}");
}

#[test]
fn results_that_come_out_again_keep_their_provenance() {
    let program = Program::new();
    program.file("x.toml", tiny(""));
    let provenance = |command: &str| {
        program.succeed(command);
        std::fs::read(program.path("results/x/provenance.json")).unwrap()
    };
    let first = provenance("run x.toml --quiet");
    assert_eq!(provenance("run x.toml --quiet --force --threads 1"), first);
    assert_ne!(provenance("run x.toml --quiet --seeds 1,2"), first);
}

#[test]
fn experiments_are_reproduced_with_their_claims_in_one_table() {
    let program = Program::new();
    program.file("experiments/findings/ef21.toml", CHECKED);
    insta::assert_snapshot!("reproduce", program.succeed("reproduce --threads 1"));
    // What is there is what comes out again, until somebody changes it.
    program.succeed("reproduce findings/ef21 --check --quiet");
    let rounds = program.path("results/findings/ef21/rounds.csv");
    let text = std::fs::read_to_string(&rounds).unwrap();
    std::fs::write(&rounds, text.replacen("2.76", "2.77", 1)).unwrap();
    let changed = program.run("reproduce findings --check --quiet");
    assert_eq!(changed.code, Some(2));
    assert!(changed.err.contains("holds other numbers than these runs give"), "{}", changed.err);
    assert!(std::fs::read_to_string(&rounds).unwrap().contains("2.77"), "what was there stays");
    let nowhere = program.run("reproduce unknown2020");
    assert!(nowhere.err.contains("name a folder below experiments/"), "{}", nowhere.err);
    program.file("experiments/findings/ef21.toml", CHECKED.replace("verdict = 'holds'", "verdict = 'violated'"));
    assert_eq!(program.run("reproduce --quiet").code, Some(1));
    assert_eq!(program.run("reproduce --quiet --quick").code, Some(0), "nothing is judged in short");
}

#[test]
fn papers_are_compared_with_what_is_measured_and_the_verdicts_kept() {
    let program = Program::new();
    let paper = "
[[claim]]
id = 'end'
text = 'It ends low.'
metric = 'suboptimality'
at_most = 0.05
[paper]
figure = 'Figure 1'
claim = 'It converges.'
measured = 'It ends at {end}.'
verdict = 'agrees'
because = 'It is the same method.'
[full]
rounds = 40
[quick]
rounds = 3
";
    program.file("experiments/one2020/figure.toml", format!("{CHECKED}{paper}"));
    let missing = CHECKED.replace("objective =", "dataset = { name = 'a9a' }\nobjective =").replace("quadratic', dim = 8, strong_convexity = 0.5, smoothness = 1.0, spectrum = 'linear', heterogeneity = 1.0, noise = 0.0, seed = 1", "logistic', regularization = 0.1");
    program.file("experiments/one2020/data.toml", missing);
    insta::assert_snapshot!("verdicts", program.succeed("reproduce one2020 --threads 1"));
    let verdicts = std::fs::read_to_string(program.path("results/verdicts.csv")).unwrap();
    assert!(verdicts.contains("one2020/figure,Figure 1,It converges.,It ends at"), "{verdicts}");
    assert!(!verdicts.contains("{end}"), "{verdicts}");
    program.succeed("reproduce one2020 --check --quiet");
    // What is named by itself is not left out.
    let named = program.run("reproduce one2020/data");
    assert_eq!(named.code, Some(2));
    assert!(named.err.contains("gradsieve data fetch a9a"), "{}", named.err);
    // At another size nothing is judged, and what is kept stays.
    let large = program.succeed("reproduce one2020 --full --threads 1");
    assert!(large.contains("not judged") && large.contains("1 experiment run"), "{large}");
    assert!(program.path("results/one2020/figure-full/rounds.csv").exists());
    assert_eq!(std::fs::read_to_string(program.path("results/verdicts.csv")).unwrap(), verdicts);
    program.succeed("reproduce one2020 --quick --threads 1 --quiet");
    let short = std::fs::read_to_string(program.path("results/one2020/figure-quick/rounds.csv")).unwrap();
    assert!(short.lines().any(|line| line.contains(",3,")) && !short.contains(",10,"), "{short}");
    // A verdict stands on its claims.
    let refuted = format!("{CHECKED}{paper}").replace("at_most = 0.05", "at_most = 1e-30");
    program.file("experiments/one2020/figure.toml", refuted);
    let changed = program.run("reproduce one2020/figure --check --quiet");
    assert!(changed.err.contains("has no such verdict on one2020/figure"), "{}", changed.err);
    assert_eq!(program.run("reproduce one2020/figure --quiet").code, Some(1));
    let verdicts = std::fs::read_to_string(program.path("results/verdicts.csv")).unwrap();
    assert!(verdicts.contains("open: 1 of 2 claims do not hold"), "{verdicts}");
    let small = program.run("run experiments/one2020/data.toml --full");
    assert!(small.err.contains("no table `full`"), "{}", small.err);
}

#[test]
fn what_runs_compressed_is_fitted_claimed_and_compared() {
    let program = Program::new();
    let vectors =
        CHECKED.replace("dim = 8", "dim = 40").replace("every = 10 }", "every = 10 }, vectors = { rounds = [1, 30] }");
    let claims = "
[[claim]]
text = 'The normal family has a rank.'
fit = 'rank'
family = 'normal'
at_least = 1
[[claim]]
id = 'n'
text = 'All coordinates are there in round 30.'
fit = 'n'
round = 30
at_least = 40
at_most = 40
[[claim]]
text = 'The others have as many.'
fit = 'n'
relative_to = 'ef21'
at_least = 1
[paper]
figure = 'Figure 2'
claim = 'There are vectors.'
measured = 'They hold {n} numbers.'
verdict = 'agrees'
because = 'So it is.'
";
    program.file("experiments/one2020/fits.toml", format!("{vectors}{claims}"));
    program.succeed("reproduce one2020/fits --threads 1");
    let verdicts = std::fs::read_to_string(program.path("results/verdicts.csv")).unwrap();
    assert!(verdicts.contains("They hold 40 numbers.,agrees"), "{verdicts}");
    let folder = program.path("results/one2020/fits");
    assert!(folder.join("fit/histogram-linear-1.svg").is_file());
    // Without the vectors of the first time: they are as large as they are.
    std::fs::remove_dir_all(folder.join("vectors")).unwrap();
    let again = program.succeed("reproduce one2020/fits --check");
    assert!(again.contains("table of fits"), "{again}");
    assert!(!folder.join("vectors").exists() && !folder.join(".store/again").exists(), "nothing is left of the second");
    program.succeed("check results/one2020/fits --quiet");
    let table = folder.join("fit/descriptions.csv");
    let text = std::fs::read_to_string(&table).unwrap();
    std::fs::write(&table, text.replacen(",40,", ",41,", 1)).unwrap();
    let changed = program.run("reproduce one2020/fits --check --quiet");
    assert!(changed.code == Some(2) && changed.err.contains("descriptions.csv holds other numbers"), "{}", changed.err);
    program.file("experiments/one2020/fits.toml", format!("{vectors}{claims}").replace("at_most = 40", "at_most = 39"));
    assert_eq!(program.run("check experiments/one2020/fits.toml --quiet").code, Some(1));
}

#[test]
fn tables_are_written_for_papers() {
    let program = Program::new();
    program.file("results/x/comparison.csv", "label,bits,final_loss_mean\ntop-k 5%,1200,1.25e-7\nsgd_a,4000,\n");
    for format in ["text", "markdown", "latex", "csv"] {
        let table = program.succeed(&format!("table results/x --format {format}"));
        insta::assert_snapshot!(format!("table_{format}"), table);
    }
    let float = "table results/x --format latex --siunitx --caption Bits. --label tab:bits";
    insta::assert_snapshot!("table_float", program.succeed(float));
    // Several folders: rows below each other, each with all columns.
    program.file("results/z/comparison.csv", "label,seconds\nef21,2.5\n");
    let both = program.succeed("table results/x results/z --format csv --columns label,seconds,bits");
    let expected = "folder,label,seconds,bits\nresults/x,top-k 5%,,1200\nresults/x,sgd_a,,4000\nresults/z,ef21,2.5,\n";
    assert_eq!(both, expected);
    let missing = program.run("table results/x --file checks");
    assert_eq!(missing.err, "error: there is no checks.csv in results/x: --file can name comparison\n");
    assert_eq!(program.succeed("table results/x --columns bits --format csv"), "bits\n1200\n4000\n");
    let missing = program.run("table results/x --columns bit");
    assert_eq!(missing.code, Some(2));
    assert!(missing.err.contains("no column `bit`") && missing.err.contains("bits"), "{}", missing.err);
    assert_eq!(program.run("table results/y").code, Some(2));
}

#[test]
fn selectors_are_tried_on_families_and_on_a_dump() {
    let program = Program::new();
    let small = "--families normal,laplace --dim 2000 --repeats 3 --no-times --out a --selectors \
                 top-k,gaussian-k,sidco-exponential,redsync-trimmed";
    insta::assert_snapshot!("selectors", program.succeed(&format!("selectors {small} --threads 1")));
    let read = |name: &str| std::fs::read(program.path(name)).unwrap();
    let table = read("a/selectors.csv");
    program.succeed(&format!("selectors {small} --threads 2 --all --quiet"));
    assert_eq!(read("a/selectors.csv"), table);
    assert!(!program.path("a/selectors_times.csv").exists() && program.path("a/selectors-kept.svg").is_file());
    program
        .succeed("selectors --families normal --selectors top-k,std --dim 100,1000 --density 0.1,0.01 --out c --quiet");
    let drawn = std::fs::read_to_string(program.path("c/selectors-time.svg")).unwrap();
    assert!(["top-k k/d=0.1", "std k/d=0.01", "names leave out normal"].iter().all(|words| drawn.contains(words)));
    program.file("u.csv", "3\n-4\n0.5\n0.25\n1\n");
    program.succeed("selectors u.csv --density 0.4 --out b --no-plots");
    let times = String::from_utf8(read("b/selectors_times.csv")).unwrap();
    // Each selector, and six of the stages that are compared; two entries of five have no use for four stages.
    assert_eq!(times.lines().count(), 1 + 17 + 6, "{times}");
    for (arguments, expected) in [
        ("--selectors topk", "no selector is called `topk`"),
        ("--families gauss", "no family is called `gauss`"),
        ("--families normal --dim 10 --density 2", "is a density and must lie in (0, 1]"),
    ] {
        let answer = program.run(&format!("selectors {arguments}"));
        assert_eq!(answer.code, Some(2), "{arguments}");
        assert!(answer.err.contains(expected), "{arguments}: {}", answer.err);
    }
}

#[test]
fn a_benchmark_leaves_documented_tables_and_figures_and_an_answer() {
    let program = Program::new();
    let answer = program.succeed("bench limits operators --quick --threads 2 --out b");
    for expected in ["arithmetic", "times of a read", "top-k", "With 16 workers on 1 Gbit/s Ethernet", "are in b."] {
        assert!(answer.contains(expected), "no {expected}: {answer}");
    }
    let documented = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/results.md")).unwrap();
    for name in ["limits", "operators", "network"] {
        let table = std::fs::read_to_string(program.path(format!("b/{name}.csv"))).unwrap();
        for column in table.lines().next().unwrap().split(',') {
            assert!(documented.contains(&format!("`{column}`")), "{name}.csv: `{column}` is not in docs/results.md");
        }
    }
    let provenance: Value = serde_json::from_slice(&std::fs::read(program.path("b/provenance.json")).unwrap()).unwrap();
    assert!(provenance["machine"]["instructions"].is_string() && provenance["gradsieve"]["rustc"].is_string());
    // The figures come from the tables alone.
    let figure = std::fs::read(program.path("b/roofline.svg")).unwrap();
    program.succeed("plot b");
    assert_eq!(std::fs::read(program.path("b/roofline.svg")).unwrap(), figure);
    assert_eq!(program.run("bench selektion").code, Some(2));
}

#[test]
fn gradients_of_a_file_are_described_and_fitted() {
    let program = Program::new();
    // Laplace quantiles of scale 0.01, and as many exact zeros.
    let laplace = |j: u32| {
        let p = (f64::from(j) + 0.5) / 1000.0;
        if p < 0.5 { 0.01 * (2.0 * p).ln() } else { -0.01 * (2.0 - 2.0 * p).ln() }
    };
    let numbers = (0..1000).map(laplace).chain(std::iter::repeat_n(0.0, 1000));
    let bytes: Vec<u8> = numbers.flat_map(f64::to_le_bytes).collect();
    program.file("gradients/step_2.f64", &bytes);
    program.file("gradients/step_10.f64", &bytes[..8000]);
    insta::assert_snapshot!("fit", program.succeed("fit gradients"));
    let read = |name: &str| std::fs::read_to_string(program.path("results/fit/gradients").join(name)).unwrap();
    assert!(read("fits.csv").lines().nth(1).unwrap().contains(",step,2,1,laplace,"), "{}", read("fits.csv"));
    assert_eq!(read("descriptions.csv").lines().count(), 3);
    let figures = ["histogram-linear", "histogram-log-magnitude", "histogram-symmetric-log", "quantiles", "sorted"];
    let more = ["lorenz", "energy", "thresholds", "kept", "tail", "evolution-histogram-linear"];
    let numbered = figures.iter().chain(&more).map(|figure| format!("{figure}-1.svg"));
    let tables = gradsieve::fit::tables::TABLES.iter().map(|(table, ..)| (*table).to_owned());
    let other = ["energy-2.png", "evolution-kurtosis.svg", "evolution-delta-0.01.png"].map(str::to_owned);
    for file in numbered.chain(tables).chain(other) {
        assert!(program.path("results/fit/gradients").join(&file).exists(), "{file}");
    }
    // Every figure can be drawn again from the tables alone, to the same bytes.
    let drawn = |folder: &str| std::fs::read(program.path(folder).join("histogram-symmetric-log-1.svg")).unwrap();
    let again = program.succeed("fit gradients --out again --quiet --no-plots");
    let redrawn = program.succeed("plot again");
    assert!(redrawn.contains("evolution-kurtosis.svg"), "{redrawn}");
    assert_eq!(drawn("again"), drawn("results/fit/gradients"));
    assert_eq!(
        (again, std::fs::read_to_string(program.path("again/fits.csv")).unwrap()),
        (String::new(), read("fits.csv"))
    );

    program.file("nan.csv", "1\n2\nNaN\n");
    program.file("zero.csv", "0\n0\n");
    program.file("u.csv", "1\n-2\n3\n4\n");
    for (arguments, expected) in [
        ("fit nan.csv", "error: nan.csv: tensor `nan`: 1 NaN of its values, the first NaN at [2]"),
        ("fit zero.csv", "error: zero.csv: tensor `zero`: all 2 numbers of the sample are zero"),
        ("fit u.csv --tensor v", "has no tensor `v`"),
        ("fit u.csv --density 2", "a density k/d is above 0 and at most 1"),
        ("fit nowhere.npy", "nowhere.npy"),
    ] {
        let answer = program.run(arguments);
        assert_eq!(answer.code, Some(2), "{arguments}");
        assert!(answer.err.contains(expected), "{arguments}: {}", answer.err);
    }
}

#[test]
fn wrong_commands_end_with_two_and_no_command_shows_the_way() {
    let program = Program::new();
    for arguments in ["", "run", "pley", "list nothing", "show", "completions tcsh", "run x.toml --seed 1"] {
        let answer = program.run(arguments);
        assert_eq!(answer.code, Some(2), "{arguments}");
        assert_eq!(answer.out, "", "{arguments}");
        assert!(answer.err.contains("Usage:") || answer.err.starts_with("error: "), "{arguments}: {}", answer.err);
    }
    insta::assert_snapshot!("wrong_command", program.run("pley").err);
    assert_eq!(program.succeed("--version"), concat!("gradsieve ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn completions_and_manual_pages_know_every_command() {
    let program = Program::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = program.succeed(&format!("completions {shell}"));
        for word in ["gradsieve", "run", "completions", "checkpoint-seconds"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    let page = program.succeed("man");
    assert!(page.contains(".TH gradsieve 1") && page.contains("\\-\\-help"), "{page}");
    program.succeed("man pages");
    for command in ["", "-run", "-plot", "-data", "-list", "-show", "-schema", "-completions", "-man"] {
        assert!(program.path(format!("pages/gradsieve{command}.1")).is_file(), "{command}");
    }
}

// ------------------------------------------------------------------------------------------------------- examples

fn families() -> Vec<(&'static str, &'static [Member])> {
    vec![
        ("compressors", CompressorSpec::MEMBERS),
        ("methods", MethodSpec::MEMBERS),
        ("objectives", ObjectiveSpec::MEMBERS),
        ("datasets", DatasetSpec::MEMBERS),
        ("partitions", PartitionSpec::MEMBERS),
        ("step-sizes", ScheduleSpec::MEMBERS),
        ("networks", NetworkSpec::MEMBERS),
        ("costs", CostSpec::MEMBERS),
    ]
}

/// The example of a member as an inline table: some are written as lines of keys.
fn inline(member: &Member) -> String {
    if member.example.starts_with('{') {
        member.example.to_owned()
    } else {
        format!("{{ {} }}", member.example.lines().collect::<Vec<_>>().join(", "))
    }
}

const QUADRATIC: &str = "objective = { name = \"quadratic\", dim = 100, strong_convexity = 0.1, smoothness = 1.0, \
                         spectrum = \"linear\", heterogeneity = 1.0, noise = 0.1, seed = 1 }\nbatch_size = \"full\"\n";

/// Three rounds of three workers on a quadratic; a key in `keys` replaces the usual one.
fn tiny(keys: &str) -> String {
    let mut text = "n_workers = 3\nrounds = 3\n".to_owned();
    for (key, usual) in [
        ("objective", QUADRATIC),
        ("step_size", "step_size = 0.01\n"),
        ("method", "method = { name = \"error-feedback\", compressor = { name = \"top-k\", k = 5 } }\n"),
    ] {
        if !keys.lines().any(|line| line.starts_with(&format!("{key} = "))) {
            text += usual;
        }
    }
    text + keys
}

/// Runs an experiment and returns the number of its runs.
fn n_runs(text: &str) -> usize {
    let program = Program::new();
    program.file("x.toml", text);
    let answer = program.run("run x.toml --quiet --no-plots");
    assert_eq!(answer.code, Some(0), "{text}\n{}", answer.err);
    let summary = std::fs::read_to_string(program.path("results/x/summary.csv")).unwrap();
    let finished = summary.lines().filter(|line| line.contains(",finished,,3,")).count();
    assert_eq!(finished, summary.lines().count() - 1, "{text}\n{summary}");
    finished
}

fn axis(key: &str, members: &[Member], wrap: impl Fn(String) -> String) -> String {
    let examples: Vec<String> = members.iter().map(|member| wrap(inline(member))).collect();
    format!("{key} = [\n{},\n]\n", examples.join(",\n"))
}

#[test]
fn examples_of_methods_and_what_they_are_made_of_run_as_they_are_shown() {
    let own = |example: String| example;
    let feedback = |compressor: String| format!("{{ name = \"error-feedback\", compressor = {compressor} }}");
    let cat = |cost: String| feedback(format!("{{ name = \"cat-top-k\", cost = {cost} }}"));
    for (key, members, text) in [
        ("method", MethodSpec::MEMBERS, axis("method", MethodSpec::MEMBERS, own)),
        ("compressor", CompressorSpec::MEMBERS, axis("method", CompressorSpec::MEMBERS, feedback)),
        ("cost", CostSpec::MEMBERS, axis("method", CostSpec::MEMBERS, cat)),
        ("step_size", ScheduleSpec::MEMBERS, axis("step_size", ScheduleSpec::MEMBERS, own)),
        ("network", NetworkSpec::MEMBERS, axis("network", NetworkSpec::MEMBERS, own)),
    ] {
        assert_eq!(n_runs(&tiny(&text)), members.len(), "{key}");
    }
}

#[test]
fn examples_of_objectives_data_and_partitions_run_as_they_are_shown() {
    let logistic = "objective = { name = \"logistic\", regularization = 0.1 }\nbatch_size = 2\n";
    let partitions = axis("partition", PartitionSpec::MEMBERS, |example| example);
    let text = tiny(&format!("{logistic}dataset = {{ name = \"spambase\", max_rows = 200 }}\n{partitions}"));
    assert_eq!(n_runs(&text), PartitionSpec::MEMBERS.len());
    // The minimum of a problem with hundreds of coordinates would take most of the time.
    let record = "record = { metrics = [\"loss\", \"gradient_norm_squared\", \"bits\"] }\nstep_size = 0.001\n";
    for member in ObjectiveSpec::MEMBERS {
        let example = inline(member);
        let table: toml::Table = toml::from_str(&format!("objective = {example}")).unwrap();
        let spec: ObjectiveSpec = table["objective"].clone().try_into().unwrap();
        if spec.is_network() && !cfg!(feature = "neural") {
            continue;
        }
        let data = match (spec.needs_data(), member.name) {
            (false, _) => "batch_size = \"full\"\n",
            (true, "multinomial-logistic" | "fnn" | "lenet-5" | "resnet-20" | "vgg-16") => {
                "dataset = { name = \"digits\", max_rows = 90 }\nbatch_size = 5\n"
            }
            // Pixels 0 to 16 are as good as characters.
            (true, "lstm") => "dataset = { name = \"digits\", max_rows = 20 }\nbatch_size = 5\n",
            (true, "logistic" | "nonconvex-logistic") => {
                "dataset = { name = \"breast-cancer-wdbc\" }\nbatch_size = 5\n"
            }
            (true, _) => "dataset = { name = \"diabetes-efron\", scale = \"standardize\" }\nbatch_size = 5\n",
        };
        let method = "method = { name = \"sgd\" }\n";
        assert_eq!(n_runs(&tiny(&format!("objective = {example}\n{data}{method}{record}"))), 1, "{}", member.name);
    }
    for member in DatasetSpec::MEMBERS {
        let objective = if member.name.contains("regression") { "least-squares" } else { "logistic" };
        let example = inline(member);
        let keys = format!(
            "objective = {{ name = \"{objective}\", regularization = 0.1 }}\nbatch_size = 5\ndataset = {example}\n{record}"
        );
        assert_eq!(n_runs(&tiny(&keys)), 1, "{}", member.name);
    }
}

// --------------------------------------------------------------------------------------------------------- schema

#[test]
fn the_schema_knows_every_key_and_member_and_nothing_else() {
    let schema: Value = serde_json::from_str(&Program::new().succeed("schema")).unwrap();
    let properties = schema["properties"].as_object().unwrap();
    let mut keys: Vec<&str> = properties.keys().map(String::as_str).collect();
    let mut valid = valid_keys();
    keys.sort_unstable();
    valid.sort_unstable();
    assert_eq!(keys, valid);
    assert_eq!(schema["additionalProperties"], false);
    let required: Vec<&str> = schema["required"].as_array().unwrap().iter().map(|key| key.as_str().unwrap()).collect();
    assert_eq!(required, ["objective", "n_workers", "rounds", "batch_size", "step_size", "method"]);

    let text = schema.to_string();
    for (family, members) in families() {
        for member in members {
            assert!(text.contains(&format!("{{\"const\":\"{}\"}}", member.name)), "{family}: {}", member.name);
        }
    }
    // Every reference leads somewhere.
    for reference in text.split("\"$ref\":\"#").skip(1) {
        let pointer = reference.split('"').next().unwrap();
        assert!(schema.pointer(pointer).is_some(), "{pointer}");
    }
    // A run's key may hold a list, the recording's lists are lists.
    assert!(properties["rounds"]["anyOf"][1]["type"] == "array", "{}", properties["rounds"]);
    assert!(properties["record"].get("anyOf").is_none(), "{}", properties["record"]);
}

#[test]
fn the_schema_accepts_the_keys_of_the_experiments_of_this_project() {
    let schema: Value = serde_json::from_str(&Program::new().succeed("schema")).unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments");
    let text = std::fs::read_to_string(folder.join("quickstart.toml")).unwrap();
    let experiment = serde_json::to_value(toml::from_str::<toml::Table>(&text).unwrap()).unwrap();
    for (key, value) in experiment.as_object().unwrap() {
        let own = &schema["properties"][key];
        assert!(fits(&schema, own, value), "{key} = {value} does not fit {own}");
    }
    // The check has teeth.
    let method = &schema["properties"]["method"];
    assert!(!fits(&schema, method, &serde_json::json!({ "name": "sgdd" })));
    assert!(!fits(&schema, method, &serde_json::json!({ "name": "ef21" })));
    assert!(!fits(&schema, method, &serde_json::json!({ "name": "sgd", "more": 1 })));
    assert!(!fits(&schema, &schema["properties"]["n_workers"], &serde_json::json!("four")));
}

/// Whether a value fits, as far as types, constants, alternatives, keys and items go.
fn fits(root: &Value, schema: &Value, value: &Value) -> bool {
    if let Some(reference) = schema["$ref"].as_str() {
        return fits(root, root.pointer(reference.trim_start_matches('#')).unwrap(), value);
    }
    let alternatives = ["anyOf", "oneOf"].iter().find_map(|key| schema[*key].as_array());
    if let Some(alternatives) = alternatives
        && !alternatives.iter().any(|alternative| fits(root, alternative, value))
    {
        return false;
    }
    if schema.get("const").is_some_and(|constant| constant != value)
        || schema["enum"].as_array().is_some_and(|values| !values.contains(value))
    {
        return false;
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(own) => vec![own],
        Value::Array(own) => own.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let of_type = |own: &&str| match *own {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        _ => value.is_null(),
    };
    if !types.is_empty() && !types.iter().any(of_type) {
        return false;
    }
    if let (Some(items), Some(values)) = (schema.get("items"), value.as_array())
        && !values.iter().all(|value| fits(root, items, value))
    {
        return false;
    }
    let Some(table) = value.as_object() else { return true };
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let known = |(key, value): (&String, &Value)| match schema["properties"].get(key) {
        Some(own) => fits(root, own, value),
        None => schema["additionalProperties"] != false,
    };
    required.into_iter().all(|key| table.contains_key(key)) && table.iter().all(known)
}

#[test]
fn a_reader_that_stops_early_is_not_a_failure() {
    use std::io::Read;
    use std::process::{Command, Stdio};
    let mut child = Command::new(env!("CARGO_BIN_EXE_gradsieve"))
        .arg("schema")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The schema is longer than what a pipe holds, so the program is still writing when its reader goes away.
    child.stdout.take().unwrap().read_exact(&mut [0]).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
