//! The suites for members of other crates: they pass what keeps its promises and name the promise that a member breaks.

use gradsieve::compressor::{
    Build, Call, Compressor, CompressorError, CompressorSpec, Guarantee, Message, Randomness, TopK,
};
use gradsieve::conformance::{self, Violations};
use gradsieve::method::MethodSpec;
use gradsieve::objective::{Constants, Construction, Definition, Objective, ObjectiveSpec, Rows};
use gradsieve::vector::NotFinite;

/// Top-k with a mistake.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Mistake {
    None,
    PromisesTooMuch,
    SendsZeroForZeroOnly,
    AcceptsNotANumber,
    HidesEntries,
}

#[derive(Debug)]
struct Broken(Mistake, Box<dyn Compressor>);

impl Build for Mistake {
    fn build(&self, blocks: &[usize]) -> Result<Box<dyn Compressor>, CompressorError> {
        Ok(Box::new(Broken(*self, TopK { k: 5.into() }.build(blocks)?)))
    }
}

impl Compressor for Broken {
    fn compress(&self, x: &[f64], call: &mut Call<'_>, message: &mut Message) -> Result<(), NotFinite> {
        match self.0 {
            Mistake::AcceptsNotANumber => {
                message.dense(x.len()).copy_from_slice(x);
                Ok(())
            }
            Mistake::SendsZeroForZeroOnly => {
                self.1.compress(x, call, message)?;
                message.dense(x.len()).fill(1.0);
                Ok(())
            }
            _ => self.1.compress(x, call, message),
        }
    }

    fn guarantee(&self, dim: usize) -> Guarantee {
        let honest = self.1.guarantee(dim);
        match (self.0, honest) {
            (Mistake::PromisesTooMuch, Guarantee::Contractive { delta }) if delta < 1.0 => {
                Guarantee::Contractive { delta: 1.01 * delta }
            }
            _ => honest,
        }
    }

    fn randomness(&self) -> Randomness {
        self.1.randomness()
    }

    fn is_projection(&self) -> bool {
        self.1.is_projection()
    }

    fn most_entries(&self, block: usize, dim: usize) -> usize {
        if self.0 == Mistake::HidesEntries { 4 } else { self.1.most_entries(block, dim) }
    }
}

/// The first sentence of what a suite found.
fn first(held: Result<(), Violations>) -> String {
    held.err().map_or_else(|| "nothing".to_owned(), |violations| violations.sentences()[0].clone())
}

#[test]
fn the_promise_that_a_compressor_breaks_is_named() {
    for (mistake, sentence) in [
        (Mistake::None, "nothing"),
        (Mistake::PromisesTooMuch, "‖C(x) − x‖² exceeds"),
        (Mistake::SendsZeroForZeroOnly, "C(0) is not 0"),
        (Mistake::AcceptsNotANumber, "NaN at 0 is compressed"),
        (Mistake::HidesEntries, "5 entries are sent, above the announced 4"),
    ] {
        let held = conformance::compressor(&mistake);
        let found = format!("{held:?}");
        assert!(found.contains(sentence) || first(held) == sentence, "{mistake:?}: {found}");
    }
    let never = TopK { k: 5000.into() };
    assert!(first(conformance::compressor(&never)).contains("k = 5000 exceeds the dimension d = 5"));
}

/// `fᵢ(x) = ½ Σ a x²` with constants, and perhaps a gradient, that are not its own.
#[derive(Debug, Clone)]
struct Bowl {
    slope: f64,
    constants: Constants,
}

impl Definition for Bowl {
    fn construction(&self) -> Construction<'_> {
        Construction::Synthetic(Box::new(|_| Ok(Box::new(self.clone()))))
    }
}

impl Objective for Bowl {
    fn dim(&self) -> usize {
        4
    }
    fn n_workers(&self) -> usize {
        3
    }
    fn n_samples(&self, _worker: usize) -> usize {
        0
    }
    fn worker_value(&self, _worker: usize, x: &[f64]) -> f64 {
        x.iter().map(|x| x * x).sum()
    }
    fn add_gradient(&self, _worker: usize, _rows: Rows<'_>, x: &[f64], weight: f64, out: &mut [f64]) {
        out.iter_mut().zip(x).for_each(|(out, x)| *out += weight * self.slope * x);
    }
    fn constants(&self) -> Constants {
        self.constants.clone()
    }
}

#[test]
fn the_promise_that_an_objective_breaks_is_named() {
    let honest = Constants {
        smoothness: Some(2.0),
        worker_smoothness: Some(vec![2.0; 3]),
        strong_convexity: Some(2.0),
        minimum: Some(0.0),
        minimizer: Some(vec![0.0; 4]),
        heterogeneity: Some(0.0),
        noise_variance: Some(0.0),
        convex: true,
        ..Constants::default()
    };
    let with = |slope, constants: Constants| conformance::objective(&Bowl { slope, constants });
    assert_eq!(with(2.0, honest.clone()), Ok(()));
    assert_eq!(with(2.0, Constants::default()), Ok(()), "what is not claimed is not looked at");
    assert!(first(with(1.9, Constants::default())).contains("the gradient of worker 0 is not that of its value"));
    for (wrong, sentence) in [
        (Constants { smoothness: Some(1.9), ..honest.clone() }, "L = 1.9 is below 2"),
        (Constants { strong_convexity: Some(2.1), ..honest.clone() }, "μ = 2.1 is refuted"),
        (Constants { worker_smoothness: Some(vec![2.0; 2]), ..honest.clone() }, "not one of the Lᵢ per worker"),
        (Constants { minimizer: Some(vec![1.0; 4]), ..honest.clone() }, "f(x*) = 4, and f* = 0"),
        (Constants { minimum: Some(1.0), minimizer: None, ..honest.clone() }, "is below f* = 1"),
    ] {
        let found = first(with(2.0, wrong));
        assert!(found.contains(sentence), "{found}");
    }
}

#[test]
fn the_suites_take_specifications_as_they_are_read() {
    let compressor: CompressorSpec = toml::from_str("name = 'rand-k-unbiased'\nk = 5").unwrap();
    assert_eq!(conformance::compressor(&compressor), Ok(()));
    let method: MethodSpec = toml::from_str("name = 'ef21'\ncompressor = { name = 'top-k', k = 3 }").unwrap();
    assert_eq!(conformance::method(&method), Ok(()));
    for name in ["logistic", "least-squares", "multinomial-logistic"] {
        let objective: ObjectiveSpec = toml::from_str(&format!("name = '{name}'\nregularization = 0.1")).unwrap();
        assert_eq!(conformance::objective(&objective), Ok(()), "{name}");
    }
}
