//! A folder of files, one or several per step of a training, in the order of the numbers in their names.

use super::error::TensorError;
use super::format::{self, Format};
use super::name::{natural_key, numbers};
use super::step::Step;
use super::stored::{PassedOver, Tensors};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Between words and numbers of a name.
const SEPARATORS: [char; 5] = ['_', '-', '.', '=', ' '];

/// The tensors of a folder by step; within a step by the names of the files, within a file in its order. Hidden files
/// are passed over. Where the names of files differ beside the step, as those of ranks or epochs do, a tensor that its
/// file names has the rest of the file's name as its group.
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
    let mut files: Vec<(Step, String, PathBuf)> = Vec::new();
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

    let has_groups = files.iter().map(|(_, name, _)| name).collect::<BTreeSet<_>>().len() > 1;
    let mut all = Tensors { tensors: Vec::new(), files: Vec::new(), passed_over: Vec::new() };
    let mut origin: BTreeMap<(Step, String, String), PathBuf> = BTreeMap::new();
    for (step, name, path) in files {
        let format = Format::of(&path)?;
        let has_names = matches!(format, Format::Npz | Format::Safetensors);
        let group = if has_groups && has_names { name.clone() } else { String::new() };
        let (tensors, passed_over) = format::read(&path, format)?;
        for mut tensor in tensors {
            tensor.step = Some(step);
            tensor.group.clone_from(&group);
            if !has_names {
                tensor.name.clone_from(&name);
            }
            let key = (step, group.clone(), tensor.name.clone());
            if let Some(other) = origin.insert(key, path.clone()) {
                let (one, two) = (file_name(&other), file_name(&path));
                let found = format!("`{one}` and `{two}` both hold tensor `{}` of step {step}", tensor.name);
                return Err(TensorError::content(folder, "folder", found, NAMING));
            }
            all.tensors.push(tensor);
        }
        let of_step =
            passed_over.into_iter().map(|passed| PassedOver { step: Some(step), group: group.clone(), ..passed });
        all.passed_over.extend(of_step);
        all.files.push(path);
    }
    if all.tensors.is_empty() {
        // Of a folder without any number the first file says why.
        return Err(all.passed_over.swap_remove(0).into());
    }
    Ok(all)
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The step in the name of a file, which is the number after the word `step` or else the last one, and what is left of
/// the name; `None` without a number that fits.
///
/// After the word, and where the name is nothing else, a number may have a sign, places behind a point and an exponent:
/// `step_-1`, `step_0.5`, `step_1e3`. A minus right after the word separates, as in `step-1`.
fn step_of(stem: &str) -> Option<(Step, String)> {
    if let Some(step) = Step::parse(stem) {
        return Some((step, String::new()));
    }
    let numbers = numbers(stem);
    let follows_step = |number: &&Range<usize>| {
        let before = stem[..number.start].strip_suffix('+').unwrap_or(&stem[..number.start]);
        before.trim_end_matches(SEPARATORS).to_ascii_lowercase().ends_with("step")
    };
    let number = match numbers.iter().find(follows_step) {
        Some(number) => whole_number(stem, number),
        None => numbers.last()?.clone(),
    };
    let before = stem[..number.start].trim_end_matches(SEPARATORS);
    let after = &stem[number.end..];
    let after = if before.is_empty() { after.trim_start_matches(SEPARATORS) } else { after };
    Some((Step::parse(&stem[number.clone()])?, format!("{before}{after}")))
}

/// The digits with the sign before them, and the places and the exponent behind them.
fn whole_number(stem: &str, digits: &Range<usize>) -> Range<usize> {
    let before = &stem[..digits.start];
    let is_signed =
        before.ends_with('+') || before.strip_suffix('-').is_some_and(|before| before.ends_with(SEPARATORS));
    let start = digits.start - usize::from(is_signed);
    let after = &stem[digits.end..];
    let n_digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let places = after.strip_prefix('.').map_or(0, n_digits);
    let behind = if places > 0 { &after[1 + places..] } else { after };
    let exponent = behind.strip_prefix(['e', 'E']).map_or(0, |rest| {
        let sign = usize::from(rest.starts_with(['+', '-']));
        let n = n_digits(&rest[sign..]);
        if n > 0 { 1 + sign + n } else { 0 }
    });
    let end = stem.len() - behind.len() + exponent;
    // A hash or a version that begins with digits has no places and no exponent.
    let goes_on = stem[end..].starts_with(|next: char| next.is_alphanumeric())
        || stem[end..].strip_prefix('.').is_some_and(|rest| rest.starts_with(|next: char| next.is_ascii_digit()));
    start..if goes_on { digits.end } else { end }
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
            ("step-1", Some((1, "step"))),
            ("step_1e3_rank0", Some((1000, "step_rank0"))),
            ("step_1e3f", Some((1, "stepe3f"))),
            ("step_1.2.3", Some((1, "step.2.3"))),
            ("step_20.conv1", Some((20, "step.conv1"))),
            ("epoch_1_step_2", Some((2, "epoch_1_step"))),
            ("layer1.10", Some((10, "layer1"))),
            ("step_+4", Some((4, "step"))),
            ("final", None),
            ("", None),
            ("step_1e99", None),
            ("99999999999999999999999999999999", None),
        ] {
            assert_eq!(step_of(stem), expected.map(|(step, rest)| (Step::from(step), rest.to_owned())), "{stem}");
        }
        for (stem, expected, rest) in [
            ("step_-1", "-1", "step"),
            ("step--2.5e1", "-25", "step"),
            ("step_0.5", "0.5", "step"),
            ("step=1e-3_fc", "0.001", "step_fc"),
            ("-1", "-1", ""),
            ("0.25", "0.25", ""),
        ] {
            let (step, own) = step_of(stem).unwrap();
            assert_eq!((step.to_string().as_str(), own.as_str()), (expected, rest), "{stem}");
        }
    }
}
