//! Rounds reuse their buffers: after the first ones nothing is allocated, but where a list outgrows all before it.

#![expect(unsafe_code, reason = "an allocator that counts")]

use gradsieve::dataset::{DatasetSpec, PartitionSpec};
use gradsieve::method::{MethodSpec, step_size::StepSize};
use gradsieve::objective::ObjectiveSpec;
use gradsieve::record::Outcome;
use gradsieve::simulation::{Config, Minimum, Recorder, Simulation};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

// SAFETY: the system's allocator does the work.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as the caller vouches.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as the caller vouches.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as the caller vouches.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn rounds_allocate_nothing_once_their_buffers_have_grown() {
    let dataset: DatasetSpec = toml::from_str(
        "name = 'sparse-logistic'\nn_rows = 200\nn_features = 3000\nentries_per_row = 20\ndecay_exponent = 1.1\n\
         label_noise = 0.05\nseed = 1",
    )
    .unwrap();
    let partition: PartitionSpec = toml::from_str("name = 'contiguous'").unwrap();
    let shards = partition.split(dataset.load(None).unwrap().dataset, 4).unwrap();
    let objective: ObjectiveSpec = toml::from_str("name = 'logistic'\nregularization = 1e-3").unwrap();
    let objective = objective.build(Some(shards), 4).unwrap();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    for method in [
        "name = 'sgd'",
        "name = 'error-feedback'\ncompressor = { name = 'top-k', k = 0.01 }",
        "name = 'error-feedback-gradient-units'\ncompressor = { name = 'top-k', k = 0.01 }",
        "name = 'ef21'\ncompressor = { name = 'top-k', k = 0.01 }",
    ] {
        let method_spec: MethodSpec = toml::from_str(method).unwrap();
        let built = method_spec.build(&[3000]).unwrap();
        for batch_size in [Some(1), Some(50), None] {
            let mut simulation = Simulation::new(Config {
                step_size: &StepSize::Number(0.5),
                rounds: 600,
                batch_size,
                ..Config::new(&*objective, &*built)
            });
            let mut state = simulation.initial_state(vec![0.0; 3000]);
            let mut recorder = Recorder::new(Vec::new(), Vec::new(), Minimum::default());
            let mut counts = Vec::with_capacity(600);
            let outcome = pool.install(|| {
                simulation.run(&mut state, &mut recorder, |_, _| {
                    counts.push(ALLOCATIONS.load(Ordering::Relaxed));
                    true
                })
            });
            assert_eq!(outcome, Outcome::Finished);
            let [warm, end] = [400, 599].map(|round: usize| counts[round]);
            // A list of candidates doubles when a round has more of them than any before: at most log₂ d times.
            let doublings = 3000_usize.ilog2() as usize;
            assert!(end - warm <= doublings, "{method}, batch {batch_size:?}: {} in 199 rounds", end - warm);
        }
    }
}
