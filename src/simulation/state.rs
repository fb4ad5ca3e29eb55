//! All that a run carries from round to round: enough to go on from, and nothing more.
//!
//! Random streams are functions of the round, so they are not part of the state.

use super::config::Config;
use std::io::{self, Read, Write};

/// The state between two rounds.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// Rounds run so far.
    pub round: u64,
    /// x, length d.
    pub iterate: Vec<f64>,
    /// One vector of length d per entry of `Method::server_memory`.
    pub server: Vec<Vec<f64>>,
    /// One per worker.
    pub workers: Vec<WorkerState>,
    /// Cumulative bits from the workers.
    pub bits_up: u64,
    /// Cumulative bits to the workers.
    pub bits_down: u64,
    /// Cumulative simulated seconds.
    pub seconds: f64,
}

/// What one worker keeps.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkerState {
    /// One vector of length d per entry of `Method::worker_memory`.
    pub memory: Vec<Vec<f64>>,
    /// What adaptive operators carry; one list per block.
    pub adaptation: Vec<Vec<f64>>,
}

impl State {
    pub(super) fn new(config: &Config<'_>, iterate: Vec<f64>) -> Self {
        let dim = config.objective.dim();
        assert_eq!(iterate.len(), dim, "the initial iterate has another dimension than the objective");
        let zeros = |count| vec![vec![0.0; dim]; count];
        let worker = WorkerState {
            memory: zeros(config.method.worker_memory().len()),
            adaptation: vec![Vec::new(); config.blocks.len()],
        };
        Self {
            round: 0,
            iterate,
            server: zeros(config.method.server_memory().len()),
            workers: vec![worker; config.objective.n_workers()],
            bits_up: 0,
            bits_down: 0,
            seconds: 0.0,
        }
    }

    /// Writes the state, bit for bit.
    ///
    /// # Errors
    /// `out` refuses.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        for count in [self.round, self.bits_up, self.bits_down, self.seconds.to_bits()] {
            out.write_all(&count.to_le_bytes())?;
        }
        write_vectors(std::slice::from_ref(&self.iterate), out)?;
        write_vectors(&self.server, out)?;
        out.write_all(&(self.workers.len() as u64).to_le_bytes())?;
        for worker in &self.workers {
            write_vectors(&worker.memory, out)?;
            write_vectors(&worker.adaptation, out)?;
        }
        Ok(())
    }

    /// Reads what [`State::write`] wrote for a run with the same shape as `self`, in place: a large state fits once.
    ///
    /// # Errors
    /// `input` ends early, or holds the state of a run of another shape; what `self` then holds is of no use.
    pub fn read(&mut self, input: &mut dyn Read) -> io::Result<()> {
        self.round = read_count(input)?;
        self.bits_up = read_count(input)?;
        self.bits_down = read_count(input)?;
        self.seconds = f64::from_bits(read_count(input)?);
        read_vectors(std::slice::from_mut(&mut self.iterate), false, input)?;
        read_vectors(&mut self.server, false, input)?;
        expect(read_count(input)?, self.workers.len())?;
        for worker in &mut self.workers {
            read_vectors(&mut worker.memory, false, input)?;
            read_vectors(&mut worker.adaptation, true, input)?;
        }
        Ok(())
    }
}

fn write_vectors(vectors: &[Vec<f64>], out: &mut dyn Write) -> io::Result<()> {
    out.write_all(&(vectors.len() as u64).to_le_bytes())?;
    for vector in vectors {
        out.write_all(&(vector.len() as u64).to_le_bytes())?;
        for value in vector {
            out.write_all(&value.to_le_bytes())?;
        }
    }
    Ok(())
}

fn read_vectors(vectors: &mut [Vec<f64>], of_any_length: bool, input: &mut dyn Read) -> io::Result<()> {
    expect(read_count(input)?, vectors.len())?;
    for vector in vectors {
        let len = read_count(input)?;
        if of_any_length {
            expect(len.min(1 << 20), len as usize)?;
            vector.resize(len as usize, 0.0);
        } else {
            expect(len, vector.len())?;
        }
        for value in vector {
            *value = f64::from_bits(read_count(input)?);
        }
    }
    Ok(())
}

fn read_count(input: &mut dyn Read) -> io::Result<u64> {
    let mut bytes = [0; 8];
    input.read_exact(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

fn expect(found: u64, expected: usize) -> io::Result<()> {
    if found == expected as u64 {
        Ok(())
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidData, format!("a length of {found} where {expected} is due")))
    }
}
