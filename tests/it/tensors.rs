//! Tensors from files that NumPy, safetensors and PyTorch wrote (`fixtures/tensors/make.py`), and from damaged ones.

use gradsieve::tensor::{CHUNK, Dtype, NotFinite, Step, Tensor, TensorError, Tensors, open, write_safetensors};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const BINARY: [&str; 16] = [
    "f2_little.npy",
    "f2_big.npy",
    "f4_little.npy",
    "f4_big.npy",
    "f8_little.npy",
    "f8_big.npy",
    "version_2.npy",
    "version_3.npy",
    "fortran.npy",
    "scalar.npy",
    "extremes_f2.npy",
    "stored.npz",
    "deflated.npz",
    "positional.npz",
    "numpy.safetensors",
    "torch.safetensors",
];
const TEXT_AND_RAW: [&str; 5] = ["table.csv", "column.csv", "header.csv", "raw.f32", "raw.f64"];

fn fixture(name: &str) -> PathBuf {
    Path::new("tests/fixtures/tensors").join(name)
}

fn read(name: &str) -> Vec<Tensor> {
    open(&fixture(name)).unwrap_or_else(|error| panic!("{error}")).tensors
}

/// The only tensor of a file.
fn only(name: &str) -> Tensor {
    let [tensor] = <[Tensor; 1]>::try_from(read(name)).unwrap();
    tensor
}

/// What `make.py` writes: entry i, the last axis fastest, is (i − 5) / 4.
fn assert_is_made(tensor: &Tensor, name: &str, dtype: Dtype, shape: &[usize]) {
    assert_eq!((tensor.name.as_str(), tensor.dtype(), tensor.shape.as_slice()), (name, dtype, shape));
    let expected: Vec<f64> = (0..shape.iter().product()).map(|i| (i as f64 - 5.0) / 4.0).collect();
    assert_eq!(tensor.to_vec().unwrap(), expected, "{}", tensor.path().display());
    assert_eq!(tensor.n_values(), expected.len());
    assert_eq!(tensor.step, None);
    assert_eq!(tensor.not_finite().unwrap(), None);
}

fn in_order_of_file(tensor: &Tensor) -> Vec<f64> {
    let mut all = Vec::new();
    tensor.for_each_chunk(|values| all.extend_from_slice(values)).unwrap();
    all
}

/// A folder with files of given contents.
fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        fs::write(folder.path().join(name), content).unwrap();
    }
    folder
}

/// What is said of a file with this content, without the folder.
fn complaint(name: &str, content: &[u8]) -> String {
    let folder = folder(&[(name, content)]);
    let path = folder.path().join(name);
    relative(&read_all(&path).unwrap_err(), folder.path())
}

fn complaint_about_folder(files: &[(&str, &[u8])]) -> String {
    let folder = folder(files);
    relative(&open(folder.path()).unwrap_err(), folder.path())
}

fn relative(error: &TensorError, folder: &Path) -> String {
    let message = error.to_string();
    let rest = message.strip_prefix(folder.to_str().unwrap()).unwrap_or_else(|| panic!("{message}"));
    rest.trim_start_matches('/').to_owned()
}

/// Names, shapes and values of a file.
type Content = Vec<(String, Vec<usize>, Vec<f64>)>;

fn read_all(path: &Path) -> Result<Content, TensorError> {
    let Tensors { tensors, .. } = open(path)?;
    tensors
        .iter()
        .map(|tensor| {
            let values = tensor.to_vec()?;
            assert_eq!(values.len(), tensor.n_values());
            if let Some(NotFinite { position, .. }) = tensor.not_finite()? {
                assert!(position.iter().zip(&tensor.shape).all(|(at, size)| at < size));
            }
            Ok((tensor.name.clone(), tensor.shape.clone(), values))
        })
        .collect()
}

fn bits(content: Content) -> Vec<(Vec<usize>, Vec<u64>)> {
    content.into_iter().map(|(_, shape, values)| (shape, values.into_iter().map(f64::to_bits).collect())).collect()
}

// Files of other programs.

#[test]
fn arrays_of_numpy_are_read_in_every_width_byte_order_and_version() {
    for (kind, dtype) in [("f2", Dtype::F16), ("f4", Dtype::F32), ("f8", Dtype::F64)] {
        for order in ["little", "big"] {
            let name = format!("{kind}_{order}");
            assert_is_made(&only(&format!("{name}.npy")), &name, dtype, &[3, 4]);
        }
    }
    assert_is_made(&only("version_2.npy"), "version_2", Dtype::F32, &[3, 4]);
    assert_is_made(&only("version_3.npy"), "version_3", Dtype::F32, &[3, 4]);
    assert_is_made(&only("vector.npy"), "vector", Dtype::F32, &[12]);
    assert_is_made(&only("scalar.npy"), "scalar", Dtype::F32, &[]);
    assert_is_made(&only("empty.npy"), "empty", Dtype::F32, &[0, 3]);
}

#[test]
fn column_major_arrays_are_visited_as_they_lie_and_given_as_numpy_ravels_them() {
    let tensor = only("fortran.npy");
    assert_is_made(&tensor, "fortran", Dtype::F32, &[2, 3, 4]);
    let mut expected = Vec::new();
    for k in 0..4 {
        for j in 0..3 {
            expected.extend((0..2).map(|i| (f64::from(12 * i + 4 * j + k) - 5.0) / 4.0));
        }
    }
    assert_eq!(in_order_of_file(&tensor), expected);
}

#[test]
fn infinities_nan_and_subnormal_numbers_are_values_and_the_first_is_found() {
    for kind in ["f2", "f4", "f8"] {
        let tensor = only(&format!("extremes_{kind}.npy"));
        let values = tensor.to_vec().unwrap();
        assert!(values[0] == 0.0 && values[1] == 0.0 && values[1].is_sign_negative());
        assert_eq!(values[2..4], [f64::INFINITY, f64::NEG_INFINITY]);
        assert!(values[4].is_nan());
        assert_eq!(values[5..], [65504.0, 2f64.powi(-14), 2f64.powi(-24)]);
        let first = tensor.not_finite().unwrap().unwrap();
        assert_eq!(first, NotFinite { position: vec![2], value: f64::INFINITY, n_nan: 1, n_infinite: 2 });
        assert_eq!(first.to_string(), "1 NaN and 2 infinite of its values, the first inf at [2]");
    }
}

#[test]
fn a_value_that_is_not_finite_has_a_position_in_the_shape() {
    for (fortran, at, position) in
        [("False", 7, [1, 2]), ("True", 7, [1, 3]), ("False", 9, [1, 4]), ("True", 9, [1, 4])]
    {
        let mut bytes = npy_v1(&format!("{{'descr': '<f8', 'fortran_order': {fortran}, 'shape': (2, 5), }}"));
        for i in 0..10 {
            bytes.extend(if i == at { f64::NAN } else { 1.0 }.to_le_bytes());
        }
        let folder = folder(&[("x.npy", &bytes)]);
        let tensors = open(&folder.path().join("x.npy")).unwrap().tensors;
        assert_eq!(tensors[0].not_finite().unwrap().unwrap().position, position);
    }
}

#[test]
fn archives_of_numpy_are_read_stored_and_deflated() {
    for name in ["stored.npz", "deflated.npz"] {
        let tensors = read(name);
        assert_eq!(tensors.len(), 3);
        assert_is_made(&tensors[0], "fc.weight", Dtype::F32, &[3, 4]);
        assert_is_made(&tensors[1], "fc.bias", Dtype::F64, &[4]);
        assert_is_made(&tensors[2], "conv", Dtype::F16, &[2, 3, 4]);
    }
    let tensors = read("positional.npz");
    assert_is_made(&tensors[0], "arr_0", Dtype::F32, &[2]);
    assert_is_made(&tensors[1], "arr_1", Dtype::F32, &[3]);
}

#[test]
fn safetensors_of_numpy_are_read_with_layers_in_the_order_of_their_numbers() {
    let tensors = read("numpy.safetensors");
    assert_eq!(tensors.len(), 6);
    assert_is_made(&tensors[0], "bias", Dtype::F64, &[4]);
    assert_is_made(&tensors[1], "brain", Dtype::Bf16, &[12]);
    assert_is_made(&tensors[2], "layer.2", Dtype::F16, &[3, 4]);
    assert_is_made(&tensors[3], "layer.10", Dtype::F32, &[3, 4]);
    assert_is_made(&tensors[4], "none", Dtype::F32, &[0, 3]);
    assert_is_made(&tensors[5], "scalar", Dtype::F32, &[]);
}

#[test]
fn safetensors_of_pytorch_are_read_in_all_four_types() {
    let tensors = read("torch.safetensors");
    assert_eq!(tensors.len(), 4);
    assert_is_made(&tensors[0], "brain", Dtype::Bf16, &[3, 4]);
    assert_is_made(&tensors[1], "double", Dtype::F64, &[3, 4]);
    assert_is_made(&tensors[2], "half", Dtype::F16, &[3, 4]);
    assert_is_made(&tensors[3], "single", Dtype::F32, &[3, 4]);
}

#[test]
fn gradients_that_pytorch_wrote_while_it_trained_are_read_step_by_step() {
    let all = open(&fixture("steps")).unwrap();
    let found: Vec<(Step, &str)> =
        all.tensors.iter().map(|tensor| (tensor.step.unwrap(), tensor.name.as_str())).collect();
    let names = ["0.bias", "0.weight", "2.bias", "2.weight"];
    let steps = [0, 2, 5, 10].map(Step::from);
    let expected: Vec<(Step, &str)> = steps.iter().flat_map(|step| names.map(|name| (*step, name))).collect();
    assert_eq!(found, expected);
    assert_eq!(all.files, [0, 2, 5, 10].map(|step| fixture(&format!("steps/step_{step}.safetensors"))));
    let sums = fs::read_to_string(fixture("sums.json")).unwrap();
    let sums: BTreeMap<String, BTreeMap<String, f64>> = serde_json::from_str(&sums).unwrap();
    for tensor in &all.tensors {
        let sum: f64 = tensor.to_vec().unwrap().iter().map(|value| value.abs()).sum();
        let expected = sums[&tensor.step.unwrap().to_string()][&tensor.name];
        assert!((sum - expected).abs() <= 1e-15 * expected, "{}: {sum} against {expected}", tensor.name);
    }
}

#[test]
fn tables_and_raw_numbers_are_read() {
    assert_is_made(&only("table.csv"), "table", Dtype::F64, &[3, 4]);
    assert_is_made(&only("header.csv"), "header", Dtype::F64, &[3, 4]);
    assert_is_made(&only("column.csv"), "column", Dtype::F64, &[12]);
    assert_is_made(&only("raw.f32"), "raw", Dtype::F32, &[12]);
    assert_is_made(&only("raw.f64"), "raw", Dtype::F64, &[12]);
}

#[test]
fn tables_may_have_quotes_comments_blanks_and_windows_line_ends() {
    let text = "\"w[0,0]\",\"w[0,1]\"\r\n1 ,\"-2.5e-3\"\r\n# a remark, 7\r\n+3,.5\r\n\r\n";
    let folder = folder(&[("x.csv", text.as_bytes())]);
    let tensor = open(&folder.path().join("x.csv")).unwrap().tensors.remove(0);
    assert_eq!(tensor.shape, [2, 2]);
    assert_eq!(tensor.to_vec().unwrap(), [1.0, -2.5e-3, 3.0, 0.5]);
    assert_eq!(tensor.layout().unwrap(), "2 rows of 2 columns below a header");
}

#[test]
fn headers_of_numbers_and_columns_that_count_rows_are_no_values() {
    for (text, shape, values, layout) in [
        // pandas.Series(g).to_csv(index=False), pandas.DataFrame(g).to_csv(index=False)
        ("0\n-1.5\n0.25\n", vec![2], vec![-1.5, 0.25], "2 rows of 1 column below a header of numbers (0, 1, 2, …)"),
        (
            "0,1\n.5,3\n-.5,4\n",
            vec![2, 2],
            vec![0.5, 3.0, -0.5, 4.0],
            "2 rows of 2 columns below a header of numbers (0, 1, 2, …)",
        ),
        // Whole numbers below: a row like the others.
        ("0\n0.5\n1\n", vec![3], vec![0.0, 0.5, 1.0], "3 rows of 1 column, no header"),
        ("0\n-1\n", vec![2], vec![0.0, -1.0], "2 rows of 1 column, no header"),
        ("0,1\n2,3\n", vec![2, 2], vec![0.0, 1.0, 2.0, 3.0], "2 rows of 2 columns, no header"),
        ("0\n", vec![1], vec![0.0], "1 row of 1 column, no header"),
        ("0.0\n0.5\n", vec![2], vec![0.0, 0.5], "2 rows of 1 column, no header"),
        // The index of pandas, that of R, and one below column numbers.
        (
            ",g\n0,.5\n1,2\n",
            vec![2],
            vec![0.5, 2.0],
            "2 rows of 1 column below a header; the first column counts the rows and is left out",
        ),
        (
            "\"\",\"g\",\"h\"\n\"1\",.5,3\n\"2\",2,4\n",
            vec![2, 2],
            vec![0.5, 3.0, 2.0, 4.0],
            "2 rows of 2 columns below a header; the first column counts the rows and is left out",
        ),
        (
            ",0\n0,7\n1,8\n",
            vec![2],
            vec![7.0, 8.0],
            "2 rows of 1 column below a header of numbers (0, 1, 2, …); the first column counts the rows and is left out",
        ),
    ] {
        let folder = folder(&[("x.csv", [b"\xef\xbb\xbf", text.as_bytes()].concat().as_slice())]);
        let tensor = open(&folder.path().join("x.csv")).unwrap().tensors.remove(0);
        assert_eq!((&tensor.shape, tensor.to_vec().unwrap()), (&shape, values), "{text}");
        assert_eq!(tensor.layout().unwrap(), layout, "{text}");
    }
    assert_eq!(read("vector.npy")[0].layout(), None);
}

#[test]
fn the_case_of_an_extension_does_not_matter() {
    let folder = folder(&[("X.CSV", b"gradient\n1\nnan\n-inf\n")]);
    let tensor = open(&folder.path().join("X.CSV")).unwrap().tensors.remove(0);
    assert_eq!((tensor.name.as_str(), tensor.shape.as_slice()), ("X", [3].as_slice()));
    assert_eq!(tensor.not_finite().unwrap().unwrap().position, [1]);
}

// Chunks.

#[test]
fn chunks_are_full_except_the_last_and_make_up_all_values_in_every_format() {
    let values: Vec<f32> = (0..2 * CHUNK + 7).map(|i| i as f32).collect();
    let raw: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let shape = values.len();
    let npy =
        [npy_v1(&format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({shape},), }}")), raw.clone()].concat();
    let header = format!(r#"{{"x":{{"dtype":"F32","shape":[{shape}],"data_offsets":[0,{}]}}}}"#, raw.len());
    let safetensors = [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &raw].concat();
    let rows: Vec<String> = values.chunks(3).map(|row| format!("{},{},{}\n", row[0], row[1], row[2])).collect();
    let csv = rows.concat();
    let files = [
        ("x.f32", raw),
        ("x.npy", npy.clone()),
        ("x.npz", npz(&npy)),
        ("x.safetensors", safetensors),
        ("x.csv", csv.into()),
    ];
    for (name, content) in files {
        let folder = folder(&[(name, &content)]);
        let tensor = open(&folder.path().join(name)).unwrap().tensors.remove(0);
        let mut sizes = Vec::new();
        tensor.for_each_chunk(|chunk| sizes.push(chunk.len())).unwrap();
        assert_eq!(sizes, [CHUNK, CHUNK, 7], "{name}");
        assert!(tensor.to_vec().unwrap().iter().zip(&values).all(|(ours, value)| *ours == f64::from(*value)), "{name}");
    }
}

#[test]
fn mapped_values_are_those_that_are_visited_in_any_part() {
    for name in ["f2_big.npy", "f4_little.npy", "f8_big.npy", "fortran.npy", "raw.f32", "raw.f64", "torch.safetensors"]
    {
        for tensor in read(name) {
            let mapped = tensor.map().unwrap().unwrap();
            let all = in_order_of_file(&tensor);
            assert_eq!(mapped.n_values(), all.len());
            for start in 0..all.len() {
                for end in start..=all.len() {
                    let mut part = vec![f64::NAN; end - start];
                    mapped.read(start, &mut part);
                    assert_eq!(part, all[start..end], "{name}: {start} to {end}");
                }
            }
        }
    }
    for name in ["stored.npz", "deflated.npz", "table.csv", "empty.npy"] {
        assert!(read(name).iter().all(|tensor| tensor.map().unwrap().is_none()), "{name} cannot be mapped");
    }
    // A file that was cut since its header was read is an error, not a number.
    let folder = folder(&[("u.f64", &[0; 80])]);
    let path = folder.path().join("u.f64");
    let tensor = open(&path).unwrap().tensors.remove(0);
    std::fs::write(&path, [0; 72]).unwrap();
    let error = tensor.map().unwrap_err().to_string();
    assert!(error.contains("u.f64") && error.contains("the file ends before its values do"), "{error}");
}

#[test]
fn safetensors_that_are_written_are_read_again_in_their_order() {
    let (one, two) = ([1.0, -2.5, 0.1], [f64::MIN_POSITIVE, -0.0]);
    for dtype in [Dtype::F64, Dtype::F32] {
        let mut bytes = Vec::new();
        write_safetensors(&[("layer.2", &one), ("layer.10", &two), ("none", &[])], dtype, &mut bytes).unwrap();
        let folder = folder(&[("u.safetensors", &bytes)]);
        let tensors = open(&folder.path().join("u.safetensors")).unwrap().tensors;
        let names: Vec<&str> = tensors.iter().map(|tensor| tensor.name.as_str()).collect();
        assert_eq!(names, ["layer.2", "layer.10", "none"]);
        let rounded = |values: &[f64]| -> Vec<f64> {
            values.iter().map(|value| if dtype == Dtype::F32 { f64::from(*value as f32) } else { *value }).collect()
        };
        for (tensor, values) in tensors.iter().zip([&one[..], &two, &[]]) {
            assert_eq!((tensor.dtype(), tensor.to_vec().unwrap()), (dtype, rounded(values)));
        }
    }
    assert!(write_safetensors(&[("u", &one)], Dtype::F16, &mut Vec::new()).is_err());
}

#[test]
fn the_checksum_is_of_all_bytes_in_the_order_of_the_steps() {
    let files: [(&str, &[u8]); 2] = [("step_10.f32", b"worldabc"), ("step_2.f32", b"hello123")];
    let folder = folder(&files);
    let all = open(folder.path()).unwrap();
    let digest = sha2::Digest::finalize(<sha2::Sha256 as sha2::Digest>::new_with_prefix("hello123worldabc"));
    let expected: Vec<String> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(all.checksum().unwrap(), expected.concat());
}

// Folders.

#[test]
fn files_of_a_folder_are_sorted_by_step_and_named_without_it() {
    let one = 1f32.to_le_bytes();
    let names = ["grad_step_10.f32", "grad_step_2.f32", "grad_step_1.f32", ".hidden.txt"];
    let folder = folder(&names.map(|name| (name, one.as_slice())));
    let found: Vec<(Option<Step>, String)> =
        open(folder.path()).unwrap().tensors.into_iter().map(|tensor| (tensor.step, tensor.name)).collect();
    assert_eq!(found, [1, 2, 10].map(|step| (Some(Step::from(step)), "grad_step".to_owned())));
}

#[test]
fn several_files_of_one_step_are_distinguished_by_the_rest_of_their_names() {
    let one = 1f32.to_le_bytes();
    let names = ["step10_conv10.f32", "step10_conv9.f32", "step9_conv9.f32", "step9_conv10.f32"];
    let folder = folder(&names.map(|name| (name, one.as_slice())));
    let found: Vec<(Step, String)> =
        open(folder.path()).unwrap().tensors.into_iter().map(|tensor| (tensor.step.unwrap(), tensor.name)).collect();
    let expected = [(9, "step_conv9"), (9, "step_conv10"), (10, "step_conv9"), (10, "step_conv10")];
    assert_eq!(found, expected.map(|(step, name)| (Step::from(step), name.to_owned())));
}

/// A file of safetensors with entries of eight bytes a value.
pub(crate) fn safetensors(entries: &[(&str, &str, &[f64])]) -> Vec<u8> {
    let mut begin = 0;
    let mut header = serde_json::Map::new();
    for (name, dtype, values) in entries {
        let end = begin + 8 * values.len();
        let entry = serde_json::json!({ "dtype": dtype, "shape": [values.len()], "data_offsets": [begin, end] });
        header.insert((*name).to_owned(), entry);
        begin = end;
    }
    let header = serde_json::to_vec(&header).unwrap();
    let values = entries.iter().flat_map(|(.., values)| *values).flat_map(|value| value.to_le_bytes());
    (header.len() as u64).to_le_bytes().into_iter().chain(header).chain(values).collect()
}

#[test]
fn ranks_and_epochs_are_groups_of_tensors_that_their_files_name() {
    let one = safetensors(&[("w", "F64", &[1.0, 2.0])]);
    let groups = |names: &[&str]| -> Vec<String> {
        let folder = folder(&names.iter().map(|name| (*name, one.as_slice())).collect::<Vec<_>>());
        let tensors = open(folder.path()).unwrap().tensors;
        tensors.iter().map(|t| format!("{} {} {}", t.group, t.name, t.step.unwrap())).collect()
    };
    assert_eq!(
        groups(&["step_10_rank0.safetensors", "step_10_rank1.safetensors", "step_20_rank1.safetensors"]),
        ["step_rank0 w 10", "step_rank1 w 10", "step_rank1 w 20"]
    );
    assert_eq!(
        groups(&["epoch_2_step_0.safetensors", "epoch_1_step_0.safetensors"]),
        ["epoch_1_step w 0", "epoch_2_step w 0"]
    );
    assert_eq!(groups(&["step_1.safetensors", "step_2.safetensors"]), [" w 1", " w 2"], "nothing sets them apart");
}

#[test]
fn steps_have_signs_places_and_exponents_and_are_in_the_order_of_their_values() {
    let one = 1f32.to_le_bytes();
    let names = ["step_1e3.f32", "step_-1.f32", "step_0.5.f32", "step_20.f32"];
    let folder = folder(&names.map(|name| (name, one.as_slice())));
    let tensors = open(folder.path()).unwrap().tensors;
    let found: Vec<(String, &str)> =
        tensors.iter().map(|tensor| (tensor.step.unwrap().to_string(), tensor.name.as_str())).collect();
    assert_eq!(found, ["-1", "0.5", "20", "1000"].map(|step| (step.to_owned(), "step")));
}

#[test]
fn tensors_without_floats_are_passed_over_beside_others_and_refused_alone() {
    let bytes = safetensors(&[("bn.count", "I64", &[7.0]), ("conv", "F64", &[1.0, 2.0]), ("mask", "BOOL", &[0.0])]);
    let integers = npy_v1("{'descr': '<i4', 'fortran_order': False, 'shape': (1,), }");
    let good = fs::read(fixture("vector.npy")).unwrap();
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    writer.add_directory("grads/", options).unwrap();
    for (name, content) in [("grads/w.npy", good), ("grads/n.npy", [integers, vec![0; 4]].concat())] {
        writer.start_file(name, options).unwrap();
        std::io::Write::write_all(&mut writer, &content).unwrap();
    }
    let archive = writer.finish().unwrap().into_inner();
    let folder = folder(&[("m.safetensors", &bytes), ("z.npz", &archive)]);
    let all = open(&folder.path().join("m.safetensors")).unwrap();
    assert_eq!((all.tensors.len(), all.tensors[0].name.as_str()), (1, "conv"));
    assert_eq!(all.tensors[0].to_vec().unwrap(), [1.0, 2.0]);
    let passed: Vec<String> = all.passed_over.iter().map(ToString::to_string).collect();
    assert_eq!(passed.len(), 2);
    let expected = "m.safetensors: tensor `bn.count`: the elements are `I64`, not F16, BF16, F32 or F64; leave it out, or \
                    convert them to 32-bit floating-point numbers before writing";
    assert!(passed[0].ends_with(expected), "{passed:?}");
    let all = open(&folder.path().join("z.npz")).unwrap();
    assert_eq!((all.tensors.len(), all.tensors[0].name.as_str()), (1, "grads/w"));
    assert_eq!((all.passed_over.len(), all.passed_over[0].name.as_str()), (1, "grads/n"));
    assert_eq!(all.passed_over[0].reason, "the elements are integers, `<i4`, not floats of 2, 4 or 8 bytes");
}

#[test]
fn descriptions_of_native_order_are_read() {
    for descr in ["f4", "=f4", "float32", "|f4"] {
        let header = npy_v1(&format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': (2,), }}"));
        let content = [header, [1.5f32, -2.0].into_iter().flat_map(f32::to_ne_bytes).collect()].concat();
        let folder = folder(&[("x.npy", &content)]);
        assert_eq!(read_all(&folder.path().join("x.npy")).unwrap()[0].2, [1.5, -2.0], "{descr}");
    }
}

#[test]
fn pointers_of_git_lfs_and_checkpoints_are_named_with_their_remedy() {
    let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer.start_file("archive/data.pkl", zip::write::SimpleFileOptions::default()).unwrap();
    let checkpoint = writer.finish().unwrap().into_inner();
    let old = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.";
    let fetch = "content: it is a pointer of git-lfs to the file, which was not fetched; run git lfs pull";
    let save = "content: it is a checkpoint of torch.save; load it in PyTorch and write its tensors with \
                safetensors.torch.save_file";
    for name in ["x.safetensors", "x.npz", "x.npy", "x.f32", "x.csv"] {
        assert_eq!(complaint(name, pointer), format!("{name}: {fetch}"));
        assert_eq!(complaint(name, &checkpoint), format!("{name}: {save}"));
        assert_eq!(complaint(name, old), format!("{name}: {save}"));
    }
}

#[test]
fn names_that_are_numbers_alone_take_the_name_of_the_folder() {
    let folder = folder(&[]);
    let inner = folder.path().join("gradients");
    fs::create_dir(&inner).unwrap();
    fs::write(inner.join("7.csv"), "1\n").unwrap();
    let tensors = open(&inner).unwrap().tensors;
    assert_eq!((tensors[0].name.as_str(), tensors[0].step), ("gradients", Some(Step::from(7))));
    let complaint = relative(&open(folder.path()).unwrap_err(), folder.path());
    assert_eq!(complaint, ": folder: `gradients` is a folder; keep the files of all steps in one folder");
}

#[test]
fn folders_that_are_no_steps_are_refused() {
    let one: &[u8] = &1f32.to_le_bytes();
    for (files, expected) in [
        (vec![], ": folder: no file was found; name the files by their steps, such as step_10.safetensors"),
        (
            vec![(".hidden", one)],
            ": folder: no file was found; name the files by their steps, such as step_10.safetensors",
        ),
        (
            vec![("step_1.f32", one), ("step_2.csv", b"1")],
            ": folder: `step_2.csv` is .csv, the files before are .f32; keep files of one format in a folder",
        ),
        (
            vec![("step_1.f32", one), ("notes.txt", b"x")],
            "notes.txt: name: unknown extension `.txt`; expected .npy, .npz, .safetensors, .csv, .f32 or .f64 (from \
             PyTorch, write safetensors.torch.save_file)",
        ),
        (
            vec![("step_1.f32", one), ("last.f32", one)],
            ": folder: `last.f32` holds no number that could be its step; name the files by their steps, such as \
             step_10.safetensors",
        ),
        (
            vec![("step_1.f32", one), ("step_01.f32", one)],
            ": folder: `step_01.f32` and `step_1.f32` both hold tensor `step` of step 1; name the files by their steps, \
             such as step_10.safetensors",
        ),
        (
            vec![("step_1.f32", one), ("step_2.f32", b"123")],
            "step_2.f32: length: 3 bytes are not a multiple of the 4 of an f32; write little-endian f32 without a header, or \
             name the file by its type",
        ),
    ] {
        let complaint = complaint_about_folder(&files);
        assert!(complaint == expected || complaint == expected.trim_start_matches('/'), "{complaint}\n{expected}");
    }
}

// Files that are not what they should be.

#[test]
fn names_that_promise_nothing_or_something_else_are_refused() {
    let npy = fs::read(fixture("vector.npy")).unwrap();
    let npz = fs::read(fixture("stored.npz")).unwrap();
    for (name, content, expected) in [
        (
            "model.pt",
            b"x".as_slice(),
            "model.pt: name: unknown extension `.pt`; expected .npy, .npz, .safetensors, .csv, .f32 or .f64 (from PyTorch, \
             write safetensors.torch.save_file)",
        ),
        ("x.npz", &npy, "x.npz: name: the name ends with .npz, the content is .npy; rename the file"),
        ("x.f32", &npy, "x.f32: name: the name ends with .f32, the content is .npy; rename the file"),
        (
            "x.safetensors",
            &npz,
            "x.safetensors: name: the name ends with .safetensors, the content is .npz; rename the file",
        ),
        (
            "x.npy",
            b"1,2,3,4,5,6",
            "x.npy: header: it begins with `1,2,3,4,` and not with `\\x93NUMPY`; write it with \
          numpy.save or numpy.savez",
        ),
        ("x.npy", b"", "x.npy: header: the file ends before its values do; copy or write the file again"),
        ("x.f64", b"", "x.f64: length: no value was found; write at least one"),
    ] {
        assert_eq!(complaint(name, content), expected);
    }
    let missing = open(Path::new("no/such.npy")).unwrap_err().to_string();
    assert!(missing.starts_with("no/such.npy: "), "{missing}");
    let bare = complaint("x", b"");
    assert!(bare.starts_with("x: name: no extension; expected .npy"), "{bare}");
}

#[test]
fn elements_that_are_no_floating_point_numbers_are_refused_by_their_names() {
    for (name, expected) in [
        ("integers.npy", "header: the elements are integers, `<i8`, not floats of 2, 4 or 8 bytes; "),
        ("booleans.npy", "header: the elements are booleans, `|b1`, not floats of 2, 4 or 8 bytes; "),
        ("complex.npy", "header: the elements are complex numbers, `<c16`, not floats of 2, 4 or 8 bytes; "),
        ("objects.npy", "header: the elements are Python objects, `|O`, not floats of 2, 4 or 8 bytes; "),
        ("texts.npy", "header: the elements are texts, `<U2`, not floats of 2, 4 or 8 bytes; "),
        ("bfloat16.npy", "header: the elements are raw bytes (so NumPy writes bfloat16), `<V2`, not floats"),
        (
            "records.npy",
            "header: the elements are records of several fields, `[('x', '<f4'), (\"y, ':\", '<i2')]`, not",
        ),
    ] {
        let message = open(&fixture(name)).unwrap_err().to_string();
        let expected = format!("{}: {expected}", fixture(name).display());
        assert!(message.starts_with(&expected), "{message}");
    }
    let beside = open(&fixture("integers.safetensors")).unwrap();
    assert_eq!((beside.tensors.len(), beside.passed_over[0].name.as_str()), (1, "num_batches_tracked"));
}

#[test]
fn broken_headers_are_refused_with_what_was_found() {
    for (dictionary, expected) in [
        ("nothing", "`nothing` is not a dictionary"),
        ("{'descr': '<f4', 'shape': (1,)}", "the key `fortran_order` is missing in `{'descr': '<f4', 'shape': (1,)}`"),
        ("{'descr': '<f4', 'fortran_order': 1, 'shape': (1,)}", "fortran_order is `1`, neither True nor False"),
        (
            "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
            "the shape `(-1,)` is not a tuple of sizes that a file can have",
        ),
        (
            "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}",
            "the shape `(4294967296, 4294967296)` is not a tuple of sizes that a file can have",
        ),
        (
            "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}",
            "4 bytes of values; shape (2, 3) of f32 needs 24",
        ),
    ] {
        let content = [npy_v1(dictionary), vec![0; 4]].concat();
        assert_eq!(complaint("x.npy", &content), format!("x.npy: header: {expected}; copy or write the file again"));
    }
    let mut version = fs::read(fixture("vector.npy")).unwrap();
    version[6] = 4;
    let message = complaint("x.npy", &version);
    assert_eq!(
        message,
        "x.npy: header: version 4 of the format; versions 1, 2 and 3 are known; copy or write the file again"
    );
    // A size of zero beside sizes whose product overflows.
    let huge = npy_v1("{'descr': '<f4', 'fortran_order': True, 'shape': (9223372036854775807, 4, 0)}");
    let folder = folder(&[("x.npy", &huge)]);
    assert!(read_all(&folder.path().join("x.npy")).unwrap()[0].2.is_empty());
}

#[test]
fn safetensors_that_break_the_format_are_refused_with_the_place() {
    let entry = |name: &str, dtype: &str, shape: &str, offsets: &str| {
        format!(r#""{name}":{{"dtype":"{dtype}","shape":{shape},"data_offsets":{offsets}}}"#)
    };
    let a = entry("a", "F32", "[2]", "[0,8]");
    for (header, n_data, expected) in [
        (format!("{{{a}}}"), 12, "values: 12 bytes; the header declares 8; copy or write the file again"),
        (
            format!("{{{a}}}"),
            4,
            "tensor `a`: bytes 0 to 8 of 4 for shape [2] of f32, after values up to 0; copy or write the file again",
        ),
        (
            format!("{{{a},{}}}", entry("b", "F32", "[1]", "[4,8]")),
            8,
            "tensor `b`: bytes 4 to 8 of 8 for shape [1] of f32, after values up to 8; copy or write the file again",
        ),
        (
            format!("{{{a},{}}}", entry("b", "BF16", "[1]", "[12,14]")),
            14,
            "tensor `b`: bytes 12 to 14 of 14 for shape [1] of bf16, after values up to 8; copy or write the file again",
        ),
        (
            format!("{{{}}}", entry("a", "F64", "[4294967296,4294967296]", "[0,8]")),
            8,
            "tensor `a`: bytes 0 to 8 of 8 for shape [4294967296, 4294967296] of f64, after values up to 0; copy or write \
             the file again",
        ),
        (
            format!("{{{}}}", entry("a", "F8_E4M3", "[8]", "[0,8]")),
            8,
            "tensor `a`: the elements are `F8_E4M3`, not F16, BF16, F32 or F64; leave it out, or convert them to 32-bit \
             floating-point numbers before writing",
        ),
        ("{}".to_owned(), 0, "names: no tensor was found; write at least one"),
        (
            "{\"a\":{\"shape\":[]}}".to_owned(),
            0,
            "header: missing field `dtype` at line 1 column 18; copy or write the file again",
        ),
    ] {
        let content = [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &vec![0; n_data]].concat();
        assert_eq!(complaint("x.safetensors", &content), format!("x.safetensors: {expected}"), "{header}");
    }
    let message = complaint("x.safetensors", &[0xff; 20]);
    assert_eq!(
        message,
        "x.safetensors: header: a header of 18446744073709551615 bytes in a file of 20; copy or write the file again"
    );
}

#[test]
fn tables_that_are_no_numbers_are_refused_with_line_and_field() {
    const FILL: &str = "write its number, or leave out the whole row where that is meant";
    const OTHER_SEPARATOR: &str = "is not one number: what separates numbers is not a comma; separate them by commas \
                                   (numpy.savetxt(…, delimiter=\",\"), pandas sep=\",\")";
    const DECIMAL_POINTS: &str = "write decimal points (in pandas, decimal=\".\"), and commas between numbers alone";
    let utf16 = complaint("x.csv", b"\xff\xfe1\0\n\0");
    assert_eq!(utf16, "x.csv: line 1: the text is UTF-16; save it as UTF-8");
    for (content, expected) in [
        ("", "rows: no value was found; write one value a line, or rows of values separated by commas"),
        ("a,b\n", "rows: no value was found; write one value a line, or rows of values separated by commas"),
        (
            "1,2\n1\n",
            "line 2: 1 fields; the first line has 2; give every row the same length; commas stand between numbers, not in \
             them",
        ),
        (
            "grad\n0,5\n",
            "line 2: 2 fields; the first line has 1; give every row the same length; commas stand between numbers, not in \
             them",
        ),
        ("a\nb\n", "line 2, field 1: `b` is not a number; write numbers separated by commas"),
        (
            "a,1\n",
            "line 1, field 1: `a` is not a number; write numbers separated by commas; a header must be without numbers",
        ),
        // A value that is missing, as pandas, polars, R and hands write it.
        ("g\n1\n\"\"\n3\n", &format!("line 3, field 1: `` stands for a missing value; {FILL}")),
        ("\"\"\n1\n", &format!("line 1, field 1: `` stands for a missing value; {FILL}")),
        ("NA\n1\n", &format!("line 1, field 1: `NA` stands for a missing value; {FILL}")),
        ("1,2\n1,\n", &format!("line 2, field 2: `` stands for a missing value; {FILL}")),
        (",0.5\n1,2\n", &format!("line 1, field 1: `` stands for a missing value; {FILL}")),
        ("1\r\n# 2\r\n\r\n\r\n3", &format!("line 3: the line is empty between rows: a value is missing; {FILL}")),
        ("a,b\n1,2\n\n3,4\n", &format!("line 3: the line is empty between rows: a value is missing; {FILL}")),
        (
            ",g\n0,.5\n2,.5\n",
            "line 3, field 1: the column without a name does not count the rows by 0, 1, 2, …; name it if it holds values, \
             or write the file without it (in pandas, index=False)",
        ),
        // Other separators, and decimal commas.
        ("1\n1 2\n", &format!("line 2, field 1: `1 2` {OTHER_SEPARATOR}")),
        (
            "-1.67829899999999998e+00 -7.3e-01\n",
            &format!("line 1, field 1: `-1.67829899999999998e+00…` {OTHER_SEPARATOR}"),
        ),
        ("0,5;1,25\n", &format!("line 1, field 2: `5;1` {OTHER_SEPARATOR}")),
        ("g;h\n0.5;2\n", &format!("line 2, field 1: `0.5;2` {OTHER_SEPARATOR}")),
        ("1\t2\n", &format!("line 1, field 1: `1\\t2` {OTHER_SEPARATOR}")),
        ("g\n\"0,5\"\n", &format!("line 2, field 1: `0,5` has a decimal comma; {DECIMAL_POINTS}")),
        ("1,5\n-0,25\n", &format!("line 2: the commas look like decimal commas, as in `0,5`; {DECIMAL_POINTS}")),
        ("1,5\n2,05\n", &format!("line 2: the commas look like decimal commas, as in `0,5`; {DECIMAL_POINTS}")),
    ] {
        assert_eq!(complaint("x.csv", content.as_bytes()), format!("x.csv: {expected}"), "{content}");
    }
}

#[test]
fn archives_that_are_not_of_arrays_are_refused_with_the_member() {
    let good = fs::read(fixture("vector.npy")).unwrap();
    let archive = |name: &str, content: &[u8]| {
        let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, content) in [("good.npy", good.as_slice()), (name, content)] {
            writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            std::io::Write::write_all(&mut writer, content).unwrap();
        }
        writer.finish().unwrap().into_inner()
    };
    assert_eq!(
        complaint("x.npz", &archive("notes.txt", b"x")),
        "x.npz: member `notes.txt`: the name does not end with .npy; write the archive with numpy.savez or \
         numpy.savez_compressed"
    );
    assert_eq!(
        complaint("x.npz", &archive("cut.npy", &good[..good.len() - 4])),
        "x.npz: member `cut.npy`: 44 bytes of values; shape (12,) of f32 needs 48; copy or write the file again"
    );
    let empty = zip::ZipWriter::new(std::io::Cursor::new(Vec::new())).finish().unwrap().into_inner();
    assert_eq!(complaint("x.npz", &empty), "x.npz: names: no tensor was found; write at least one");
}

#[test]
fn a_file_that_changes_after_it_was_opened_is_an_error() {
    let folder = folder(&[("x.f32", &[0; 8]), ("x.csv", b"1\n2\n")]);
    for (name, shorter, expected) in [
        (
            "x.f32",
            b"1234".as_slice(),
            "x.f32: tensor `x`: the file ends before its values do; copy or write the file again",
        ),
        ("x.csv", b"1\n", "x.csv: tensor `x`: shape [1] was [2] when the file was opened; do not change it meanwhile"),
    ] {
        let path = folder.path().join(name);
        let all = open(&path).unwrap();
        fs::write(&path, shorter).unwrap();
        assert_eq!(relative(&all.tensors[0].to_vec().unwrap_err(), folder.path()), expected);
    }
}

// Damage.

#[test]
fn every_cut_of_a_file_with_a_header_is_refused() {
    for name in BINARY {
        let content = fs::read(fixture(name)).unwrap();
        let folder = folder(&[]);
        let path = folder.path().join(name);
        for end in 0..content.len() {
            fs::write(&path, &content[..end]).unwrap();
            let result = read_all(&path);
            let message = result.expect_err(&format!("{name} of {end} bytes")).to_string();
            assert!(message.contains(name) && message.contains("; "), "{message}");
        }
    }
}

#[test]
fn no_flipped_bit_of_an_archive_changes_a_value() {
    for name in ["stored.npz", "deflated.npz"] {
        let original = fs::read(fixture(name)).unwrap();
        let values = bits(read_all(&fixture(name)).unwrap());
        let folder = folder(&[]);
        let path = folder.path().join(name);
        let mut n_refused = 0;
        for at in 0..original.len() {
            let mut content = original.clone();
            content[at] ^= 1 << (at % 8);
            fs::write(&path, &content).unwrap();
            match read_all(&path) {
                Ok(found) => assert_eq!(bits(found), values, "{name} with a bit of byte {at} flipped"),
                Err(_) => n_refused += 1,
            }
        }
        assert!(2 * n_refused > original.len(), "{n_refused} of {}", original.len());
    }
}

/// Bytes of a valid file, changed: some overwritten, then some cut out or put in.
fn damaged() -> impl Strategy<Value = (&'static str, Vec<u8>)> {
    let names: Vec<&str> = BINARY.into_iter().chain(TEXT_AND_RAW).collect();
    let overwritten = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6);
    let cut = (any::<prop::sample::Index>(), 0usize..40, prop::collection::vec(any::<u8>(), 0..40), any::<bool>());
    (prop::sample::select(names), overwritten, cut).prop_map(|(name, overwritten, (at, n_out, put_in, is_cut))| {
        let mut content = fs::read(fixture(name)).unwrap();
        for (at, byte) in overwritten {
            let at = at.index(content.len());
            content[at] = byte;
        }
        if is_cut {
            let at = at.index(content.len());
            content.splice(at..(at + n_out).min(content.len()), put_in);
        }
        (name, content)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// To be refused or to be read as other values is right; a panic is not.
    #[test]
    fn damaged_files_are_refused_or_read_but_never_panic((name, content) in damaged()) {
        let folder = folder(&[(name, &content)]);
        let _ = read_all(&folder.path().join(name));
    }

    #[test]
    fn arbitrary_bytes_after_a_right_beginning_never_panic(
        extension in prop::sample::select(vec!["npy", "npz", "safetensors", "csv", "f32", "f64"]),
        begins_right in any::<bool>(),
        rest in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let beginning: &[u8] = match extension {
            _ if !begins_right => b"",
            "npy" => b"\x93NUMPY\x01\x00\x40\x00{'descr': '<f4', 'fortran_order': ",
            "npz" => b"PK\x03\x04",
            "safetensors" => b"\x40\0\0\0\0\0\0\0{\"a\":{\"dtype\":\"F32\",",
            _ => b"1,2\n",
        };
        let name = format!("x.{extension}");
        let folder = folder(&[(&name, &[beginning, &rest].concat())]);
        let _ = read_all(&folder.path().join(name));
    }

    /// Sizes in text are where arithmetic could overflow.
    #[test]
    fn arbitrary_sizes_never_panic(
        shape in prop::collection::vec(prop_oneof![0u64..4, any::<u64>()], 0..5),
        begin in prop_oneof![Just(0), any::<u64>()],
        end in any::<u64>(),
        fortran in any::<bool>(),
    ) {
        let sizes: Vec<String> = shape.iter().map(|size| format!("{size},")).collect();
        let sizes = sizes.concat();
        let order = if fortran { "True" } else { "False" };
        let npy = npy_v1(&format!("{{'descr': '<f8', 'fortran_order': {order}, 'shape': ({sizes})}}"));
        let header = format!(
            r#"{{"a":{{"dtype":"F64","shape":[0],"data_offsets":[{begin},{begin}]}},
                "b":{{"dtype":"F64","shape":{shape:?},"data_offsets":[{begin},{end}]}}}}"#
        );
        let safetensors = [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &[0; 8]].concat();
        let folder = folder(&[("x.npy", &npy), ("x.npz", &npz(&npy)), ("x.safetensors", &safetensors)]);
        for name in ["x.npy", "x.npz", "x.safetensors"] {
            let _ = read_all(&folder.path().join(name));
        }
    }
}

/// Magic, version, length and header of an array, without its values.
fn npy_v1(dictionary: &str) -> Vec<u8> {
    let header = format!("{dictionary}\n");
    [b"\x93NUMPY\x01\x00", (header.len() as u16).to_le_bytes().as_slice(), header.as_bytes()].concat()
}

/// A deflated archive with one member.
fn npz(npy: &[u8]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer.start_file("x.npy", zip::write::SimpleFileOptions::default()).unwrap();
    std::io::Write::write_all(&mut writer, npy).unwrap();
    writer.finish().unwrap().into_inner()
}
