//! A folder of files, one or several per step of a training, in the order of the numbers in their names.

use super::error::TensorError;
use super::format::{self, Format};
use super::name::{natural_key, numbers};
use super::stored::Tensors;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Between words and numbers of a name.
const SEPARATORS: [char; 5] = ['_', '-', '.', '=', ' '];

/// The tensors of a folder by step; within a step by the names of the files, within a file in its order. Hidden files
/// are passed over.
///
/// # Errors
/// The folder holds nothing, other folders, files of several or unknown formats or without a number, or a tensor twice
/// for one step; or a file is not what its format demands.
pub(super) fn read(folder: &Path) -> Result<Tensors, TensorError> {
    const NAMING: &str = "name the files by their steps, such as step_10.safetensors";
    let io = |source| TensorError::Io { path: folder.to_owned(), source };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        if !file_name(&path).starts_with('.') {
            paths.push(path);
        }
    }
    paths.sort_by_cached_key(|path| natural_key(&file_name(path)));
    if paths.is_empty() {
        return Err(TensorError::content(folder, "folder", "no file was found", NAMING));
    }

    let mut format = None;
    let mut files: Vec<(u64, String, PathBuf)> = Vec::new();
    for path in paths {
        if path.is_dir() {
            let found = format!("`{}` is a folder", file_name(&path));
            return Err(TensorError::content(folder, "folder", found, "keep the files of all steps in one folder"));
        }
        let (of_path, first) = (Format::of(&path)?, *format.get_or_insert(Format::of(&path)?));
        if of_path != first {
            let found = format!(
                "`{}` is .{}, the files before are .{}",
                file_name(&path),
                of_path.extension(),
                first.extension()
            );
            return Err(TensorError::content(folder, "folder", found, "keep files of one format in a folder"));
        }
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let (step, rest) = step_of(&stem).ok_or_else(|| {
            let found = format!("`{}` holds no number that could be its step", file_name(&path));
            TensorError::content(folder, "folder", found, NAMING)
        })?;
        let name = if rest.is_empty() { file_name(folder) } else { rest };
        files.push((step, name, path));
    }
    files.sort_by_key(|(step, _, _)| *step);

    let mut all = Tensors { tensors: Vec::new(), files: Vec::new() };
    let mut origin: BTreeMap<(u64, String), PathBuf> = BTreeMap::new();
    for (step, name, path) in files {
        for mut tensor in format::read(&path, Format::of(&path)?)? {
            tensor.step = Some(step);
            if !matches!(format, Some(Format::Npz | Format::Safetensors)) {
                tensor.name.clone_from(&name);
            }
            if let Some(other) = origin.insert((step, tensor.name.clone()), path.clone()) {
                let (one, two) = (file_name(&other), file_name(&path));
                let found = format!("`{one}` and `{two}` both hold tensor `{}` of step {step}", tensor.name);
                return Err(TensorError::content(folder, "folder", found, NAMING));
            }
            all.tensors.push(tensor);
        }
        all.files.push(path);
    }
    Ok(all)
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The step in the name of a file, which is the number after the word `step` or else the last one, and what is left of
/// the name; `None` without a number that fits.
fn step_of(stem: &str) -> Option<(u64, String)> {
    let numbers = numbers(stem);
    let follows_step = |number: &&Range<usize>| {
        stem[..number.start].trim_end_matches(SEPARATORS).to_ascii_lowercase().ends_with("step")
    };
    let number = numbers.iter().find(follows_step).or(numbers.last())?;
    let before = stem[..number.start].trim_end_matches(SEPARATORS);
    let after = &stem[number.end..];
    let after = if before.is_empty() { after.trim_start_matches(SEPARATORS) } else { after };
    Some((stem[number.clone()].parse().ok()?, format!("{before}{after}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_step_is_the_number_after_its_word_or_the_last_one() {
        for (stem, expected) in [
            ("step_0010", Some((10, "step"))),
            ("grad-3", Some((3, "grad"))),
            ("grad_step_7", Some((7, "grad_step"))),
            ("conv1_step_20", Some((20, "conv1_step"))),
            ("Step20.conv1", Some((20, "Step.conv1"))),
            ("resnet18_200", Some((200, "resnet18"))),
            ("10", Some((10, ""))),
            ("10_fc", Some((10, "fc"))),
            ("größe5", Some((5, "größe"))),
            ("final", None),
            ("", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(step_of(stem), expected.map(|(step, rest)| (step, rest.to_owned())), "{stem}");
        }
    }
}
