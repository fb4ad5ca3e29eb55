//! What an experiment file says about its data, and how that becomes rows.
//!
//! It does not know how rows are shared among workers.

use super::cache::{self, RowCache};
use super::catalogue::{self, Entry, SourceFile};
use super::decompress::{beginning, decompress, without_extension};
use super::format::Format;
use super::generator::GeneratorSpec;
use super::labels::{self, Stated};
use super::libsvm::FirstIndex;
use super::preparation::Storage;
use super::{Dataset, DatasetError, Matrix, Scale, Task, delimited, libsvm, pixels, preparation, text};
use crate::registry::Member;
use crate::store::hexadecimal;
use crate::suggest;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::Error as _};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

/// The name that means a file of the user.
const FILE: &str = "file";

/// What the checksum covers in addition to the sources: what readers make of the same bytes.
const READER_VERSION: &str = "gradsieve data set, reader 1";

/// A data set as an experiment file names it: `{ name = "a9a", scale = "unit-rows" }`.
///
/// `name` is a set of the [catalogue], `file`, or a [generator](GeneratorSpec); the other keys are those of
/// [`Options`] and of [`FileSource`] or the generator.
///
/// ```
/// use gradsieve::dataset::{DatasetSpec, Scale};
/// # #[derive(serde::Deserialize)] struct File { dataset: DatasetSpec }
/// let file: File = toml::from_str(r#"dataset = { name = "spambase", scale = "max-abs", max_rows = 1000 }"#)?;
/// let loaded = file.dataset.load(None)?; // embedded: needs no data folder
/// assert_eq!((loaded.dataset.features.n_rows(), loaded.dataset.features.n_columns()), (1000, 57));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct DatasetSpec {
    /// Where the rows come from.
    pub source: Source,
    /// What is done to them.
    pub options: Options,
}

/// Where rows come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// A set of the catalogue, by name.
    Catalogue(String),
    /// A file of the user.
    File(FileSource),
    /// A generator with known constants.
    Generated(GeneratorSpec),
}

/// A file of the user.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct FileSource {
    /// The file, absolute, relative to the working folder, or relative to the data folder; .gz, .bz2 and .xz are
    /// decompressed.
    pub path: String,
    /// By default `idx` where the first bytes say so, else `csv` for names that end so, else `libsvm`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// The file of the labels where they are apart (idx; CSV with one label a line).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels_path: Option<String>,
    /// Of words: a text that holds the vocabulary; by default the file itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vocabulary_path: Option<String>,
    /// Of LIBSVM: the index of the first feature, 0, 1 or `"auto"` (0 where an index 0 occurs); by default 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_index: Option<FirstIndex>,
    /// Of CSV: whether the first line is a header; by default it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<bool>,
    /// Of CSV: what separates fields, one ASCII character; by default a comma.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub separator: Option<char>,
    /// Of CSV: the column of the label, from 1; by default the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label_column: Option<usize>,
}

/// What is stated about labels and done to rows; absent keys leave them as the source has them.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Default, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// Number of features, where the file does not reach it; indices above it are errors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n_features: Option<usize>,
    /// Of text: T, the tokens of a row; the label is the token that follows them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence_length: Option<NonZeroUsize>,
    /// What the labels are; by default as in the catalogue, or `binary` where a file has two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<Task>,
    /// This label is +1, all others −1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub positive_label: Option<f64>,
    /// A map from every label of the file to its value, such as `{ "1" = 1, "2" = -1 }`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<BTreeMap<String, f64>>,
    /// This many of the first rows are left out, before `max_rows`: the rows after those of another specification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip_rows: Option<usize>,
    /// The first rows alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_rows: Option<usize>,
    /// By default dense from one half of nonzero entries on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<Storage>,
    /// How features are scaled; by default not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<Scale>,
    /// Whether a feature that is always one is appended, after scaling; by default not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intercept: Option<bool>,
}

/// Rows, and what they were made from.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The rows.
    pub dataset: Dataset,
    /// What the labels are.
    pub task: Task,
    /// SHA-256, hexadecimal, of the source bytes and of the specification without its paths: equal checksums mean
    /// equal rows, wherever the files are.
    pub checksum: String,
}

/// The keys of [`Options`] that say how a file is read; a generator needs none of them.
const READING_KEYS: &[&str] = &["n_features", "sequence_length", "task", "positive_label", "labels"];
/// The other keys of [`Options`].
const PREPARATION_KEYS: &[&str] = &["skip_rows", "max_rows", "storage", "scale", "intercept"];
/// The keys of [`FileSource`].
const FILE_KEYS: &[&str] =
    &["path", "format", "labels_path", "vocabulary_path", "first_index", "header", "separator", "label_column"];

impl<'de> Deserialize<'de> for DatasetSpec {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (name, fields) = crate::registry::untagged(deserializer)?;
        let serde_json::Value::Object(mut fields) = fields else { return Err(D::Error::custom("expected a table")) };
        let generated = GeneratorSpec::MEMBERS.iter().find(|member| member.name == name);
        let mut common = serde_json::Map::new();
        let readings = if generated.is_some() { &[] } else { READING_KEYS };
        for key in readings.iter().chain(PREPARATION_KEYS) {
            if let Some(value) = fields.remove(*key) {
                common.insert((*key).to_owned(), value);
            }
        }
        let options = serde_json::from_value(common.into()).map_err(D::Error::custom)?;
        let unknown = |own: &[&'static str]| match fields.keys().find(|key| !own.contains(&key.as_str())) {
            None => Ok(()),
            Some(key) => {
                let valid: Vec<&str> =
                    ["name"].iter().chain(own).chain(readings).chain(PREPARATION_KEYS).copied().collect();
                let expected = valid.join("`, `");
                let message = format!("unknown field `{key}`{}, expected one of `{expected}`", near(key, &valid));
                Err(D::Error::custom(message))
            }
        };
        let source = if let Some(member) = generated {
            let table = crate::registry::tagged(member.name, fields.into());
            Source::Generated(serde_json::from_value(table).map_err(D::Error::custom)?)
        } else if name == FILE {
            unknown(FILE_KEYS)?;
            Source::File(serde_json::from_value(fields.into()).map_err(D::Error::custom)?)
        } else if catalogue::find(&name).is_some() {
            unknown(&[])?;
            Source::Catalogue(name)
        } else {
            return Err(D::Error::custom(unknown_name(&name)));
        };
        Ok(Self { source, options })
    }
}

impl Serialize for DatasetSpec {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::Error as _;
        let fields = match &self.source {
            Source::Catalogue(name) => crate::registry::tagged(name, serde_json::Value::Null),
            Source::File(file) => crate::registry::tagged(FILE, serde_json::to_value(file).map_err(S::Error::custom)?),
            Source::Generated(generator) => serde_json::to_value(generator).map_err(S::Error::custom)?,
        };
        let options = serde_json::to_value(&self.options).map_err(S::Error::custom)?;
        match (fields, options) {
            (serde_json::Value::Object(mut fields), serde_json::Value::Object(options)) => {
                fields.extend(options);
                fields.serialize(serializer)
            }
            _ => Err(S::Error::custom("a data set is a table")),
        }
    }
}

impl JsonSchema for DatasetSpec {
    fn schema_name() -> Cow<'static, str> {
        "DatasetSpec".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let options = Options::json_schema(generator).to_value();
        let keys = |names: &[&str]| -> serde_json::Map<String, serde_json::Value> {
            names.iter().map(|key| ((*key).to_owned(), options["properties"][key].clone())).collect()
        };
        let mut every = keys(READING_KEYS);
        every.extend(keys(PREPARATION_KEYS));
        let names: Vec<&str> = catalogue::ENTRIES.iter().map(|entry| entry.name).collect();
        let mut named = every.clone();
        named.insert("name".into(), serde_json::json!({ "enum": names }));
        let mut file = FileSource::json_schema(generator).to_value();
        let with = |table: &mut serde_json::Value, more: serde_json::Map<String, serde_json::Value>| {
            if let Some(properties) = table["properties"].as_object_mut() {
                properties.extend(more);
            }
        };
        every.insert("name".into(), serde_json::json!({ "const": FILE }));
        with(&mut file, every);
        file["required"] = serde_json::json!(["name", "path"]);
        let mut alternatives = vec![
            serde_json::json!({
                "description": "A data set of the catalogue.",
                "type": "object",
                "properties": named,
                "required": ["name"],
                "additionalProperties": false,
            }),
            file,
        ];
        let generators = GeneratorSpec::json_schema(generator).to_value();
        for generated in generators["oneOf"].as_array().into_iter().flatten() {
            let mut generated = generated.clone();
            with(&mut generated, keys(PREPARATION_KEYS));
            alternatives.push(generated);
        }
        schemars::json_schema!({ "oneOf": alternatives })
    }
}

/// The nearest valid word, as an aside.
fn near(word: &str, valid: &[&str]) -> String {
    let nearest = suggest::nearest(word, valid.iter().copied());
    nearest.map(|candidate| format!(" (did you mean `{candidate}`?)")).unwrap_or_default()
}

/// What to say of a name that is not a data set.
fn unknown_name(name: &str) -> String {
    let valid: Vec<&str> = DatasetSpec::names();
    format!("unknown data set `{name}`{}, expected one of `{}`", near(name, &valid), valid.join("`, `"))
}

/// Finds a set of the catalogue, or says which names there are.
///
/// # Errors
/// There is no such set; the message names the nearest.
pub(crate) fn entry(name: &str) -> Result<&'static Entry, DatasetError> {
    catalogue::find(name).ok_or_else(|| {
        let valid: Vec<&str> = catalogue::ENTRIES.iter().map(|entry| entry.name).collect();
        DatasetError::Parameter {
            name: name.to_owned(),
            parameter: "name",
            value: format!("`{name}`"),
            allowed: format!("the catalogue has no such set{}; it has {}", near(name, &valid), valid.join(", ")),
        }
    })
}

/// How bytes are read.
#[derive(Debug, Clone, Copy)]
struct Form {
    format: Format,
    layout: delimited::Layout,
    first_index: FirstIndex,
}

impl FileSource {
    /// Refuses keys that say nothing about files of this format.
    fn check_keys(&self, format: Format) -> Result<(), DatasetError> {
        let keys = [
            ("first_index", self.first_index.is_some(), Format::Libsvm),
            ("header", self.header.is_some(), Format::Csv),
            ("separator", self.separator.is_some(), Format::Csv),
            ("label_column", self.label_column.is_some(), Format::Csv),
        ];
        match keys.into_iter().find(|(_, is_stated, of)| *is_stated && *of != format) {
            None => Ok(()),
            Some((key, _, of)) => Err(DatasetError::Content {
                file: self.path.clone(),
                problem: format!(
                    "{key} is of {0} alone, and this is read as {1}: leave it out, or state format = \"{0}\"",
                    of.name(),
                    format.name()
                ),
            }),
        }
    }
}

/// Bytes of one source file and where they were found.
struct Bytes {
    file: String,
    content: Cow<'static, [u8]>,
    /// Whether it is part of the program.
    is_embedded: bool,
}

impl DatasetSpec {
    /// The set of the catalogue with this name, as it is.
    ///
    /// # Errors
    /// There is no such set; the message names the nearest.
    pub fn named(name: &str) -> Result<Self, DatasetError> {
        entry(name).map(|entry| Self { source: Source::Catalogue(entry.name.to_owned()), options: Options::default() })
    }

    /// Every name that a specification can have: the catalogue, `file`, the generators.
    #[must_use]
    pub fn names() -> Vec<&'static str> {
        let entries = catalogue::ENTRIES.iter().map(|entry| entry.name);
        entries.chain([FILE]).chain(GeneratorSpec::MEMBERS.iter().map(|member| member.name)).collect()
    }

    /// The generators, as every registry lists its members; the sets of the catalogue are in [`catalogue::ENTRIES`].
    pub const MEMBERS: &'static [Member] = GeneratorSpec::MEMBERS;

    /// The name in TOML.
    #[must_use]
    pub fn name(&self) -> &str {
        match &self.source {
            Source::Catalogue(name) => name,
            Source::File(_) => FILE,
            Source::Generated(generator) => generator.name(),
        }
    }

    /// Reads or generates the rows, maps the labels, and prepares the features: first `skip_rows` and `max_rows`, then storage,
    /// scale, intercept.
    ///
    /// `folder` is the data folder; embedded sets, files with a path that leads to them, and generators need none.
    /// Rows of large files are kept in the [cache of the user](RowCache::of_user).
    ///
    /// # Errors
    /// Files are missing, unreadable, damaged or malformed; counts differ from the catalogue; labels do not fit the
    /// task; a parameter is out of range.
    pub fn load(&self, folder: Option<&Path>) -> Result<Loaded, DatasetError> {
        self.load_with(folder, RowCache::of_user().as_ref())
    }

    fn load_with(&self, folder: Option<&Path>, cache: Option<&RowCache>) -> Result<Loaded, DatasetError> {
        self.check()?;
        let mut hasher = Sha256::new_with_prefix(READER_VERSION);
        hasher.update(self.content_spec());
        let (mut dataset, task) = match &self.source {
            Source::Generated(generator) => generator.generate()?,
            Source::Catalogue(name) => self.load_entry(entry(name)?, folder, cache, &mut hasher)?,
            Source::File(file) => self.load_file(file, folder, cache, &mut hasher)?,
        };
        let (n_rows, skip) = (dataset.labels.len(), self.options.skip_rows.unwrap_or(0));
        if skip >= n_rows {
            return Err(DatasetError::Parameter {
                name: self.name().to_owned(),
                parameter: "skip_rows",
                value: skip.to_string(),
                allowed: format!("it must be below the number of rows, {n_rows}"),
            });
        }
        let end = self.options.max_rows.map_or(n_rows, |max_rows| n_rows.min(skip.saturating_add(max_rows)));
        if (skip, end) != (0, n_rows) {
            dataset = dataset.select(&(skip as u32..end as u32).collect::<Vec<_>>());
        }
        let mut features = preparation::store(self.name(), dataset.features, self.options.storage)?;
        preparation::scale(self.name(), &mut features, self.options.scale.unwrap_or(Scale::None))?;
        if self.options.intercept == Some(true) {
            if features.n_columns() >= u32::MAX as usize {
                let allowed =
                    "the indices of columns end at 4294967295: leave it out, or take fewer features".to_owned();
                let (name, value) = (self.name().to_owned(), "true".to_owned());
                return Err(DatasetError::Parameter { name, parameter: "intercept", value, allowed });
            }
            features = preparation::add_intercept(features);
        }
        dataset.features = features;
        Ok(Loaded { dataset, task, checksum: hexadecimal(&hasher.finalize()) })
    }

    /// Refuses what no source can give.
    fn check(&self) -> Result<(), DatasetError> {
        let refuse = |parameter, value: String, allowed: &str| {
            Err(DatasetError::Parameter { name: self.name().to_owned(), parameter, value, allowed: allowed.to_owned() })
        };
        match (self.options.max_rows, self.options.n_features) {
            (Some(0), _) => return refuse("max_rows", "0".into(), "it must be at least 1"),
            (_, Some(n)) if n == 0 || n > u32::MAX as usize => {
                return refuse("n_features", n.to_string(), "it must be in 1..=4294967295");
            }
            _ => {}
        }
        match &self.source {
            Source::File(FileSource { separator: Some(separator), .. }) if !separator.is_ascii() => {
                refuse("separator", format!("{separator:?}"), "it must be one ASCII character")
            }
            _ => Ok(()),
        }
    }

    /// The specification without the places of its files, as the checksum covers it.
    fn content_spec(&self) -> String {
        let mut table = serde_json::to_value(self).expect("a specification has string keys and no fallible part");
        if let Some(table) = table.as_object_mut() {
            table.remove("path");
            table.remove("labels_path");
            table.remove("vocabulary_path");
        }
        // Keys come in the order of a B-tree.
        table.to_string()
    }

    fn load_entry(
        &self,
        entry: &Entry,
        folder: Option<&Path>,
        cache: Option<&RowCache>,
        hasher: &mut Sha256,
    ) -> Result<(Dataset, Task), DatasetError> {
        let sources = entry.files.iter().map(|file| find_file(entry, file, folder)).collect::<Result<Vec<_>, _>>()?;
        let layout = delimited::Layout {
            separator: entry.separator,
            header: Some(entry.header),
            label_column: None,
            labels_elsewhere: sources.len() > 1,
        };
        let length = self.sequence_length(entry.format, entry.n_features)?;
        let n_features = length.unwrap_or_else(|| self.options.n_features.unwrap_or(entry.n_features));
        let form = Form { format: entry.format, layout, first_index: FirstIndex::One };
        let (features, labels) = read(&sources, form, Some(n_features), cache, hasher)?;
        if labels.len() != entry.n_rows && n_features == entry.n_features {
            return Err(DatasetError::Counts {
                file: sources[0].file.clone(),
                name: entry.name.to_owned(),
                what: "the number of rows",
                found: labels.len(),
                expected: entry.n_rows,
            });
        }
        if length.is_some() {
            return Ok((Dataset { name: entry.name.to_owned(), features, labels }, entry.task));
        }
        self.finish(entry.name, features, labels, Some(entry.task))
    }

    /// T of a text, `usual` where it is not stated; `None` of anything else.
    fn sequence_length(&self, format: Format, usual: usize) -> Result<Option<usize>, DatasetError> {
        let stated = self.options.sequence_length;
        let Options { n_features, task, positive_label, labels, .. } = &self.options;
        let of_others = n_features.is_some() || task.is_some() || positive_label.is_some() || labels.is_some();
        let refuse = |parameter, value: String, allowed: &str| {
            Err(DatasetError::Parameter { name: self.name().to_owned(), parameter, value, allowed: allowed.to_owned() })
        };
        match (format.is_text(), stated) {
            (false, Some(length)) => refuse("sequence_length", length.to_string(), "only rows of text have one"),
            (true, _) if of_others => {
                refuse("sequence_length", usual.to_string(), "text takes no n_features, task, positive_label or labels")
            }
            (false, None) => Ok(None),
            (true, stated) => Ok(Some(stated.map_or(usual, NonZeroUsize::get))),
        }
    }

    fn load_file(
        &self,
        file: &FileSource,
        folder: Option<&Path>,
        cache: Option<&RowCache>,
        hasher: &mut Sha256,
    ) -> Result<(Dataset, Task), DatasetError> {
        let mut sources = vec![open_path(&file.path, folder)?];
        let format = match file.format {
            Some(format) => format,
            None => Format::of(without_extension(&file.path), &beginning(&sources[0].content, 512))
                .map_err(|problem| DatasetError::Content { file: file.path.clone(), problem: problem.to_owned() })?,
        };
        file.check_keys(format)?;
        match (&file.labels_path, format) {
            (Some(path), Format::Csv | Format::Idx) => sources.push(open_path(path, folder)?),
            (None, Format::Libsvm | Format::Csv | Format::Cifar | Format::Characters | Format::Words) => {}
            (None, Format::Idx) => {
                return Err(DatasetError::Content {
                    file: file.path.clone(),
                    problem: "the first bytes are those of idx images, which hold no labels: name their file with \
                              labels_path, or state the format if it is another"
                        .to_owned(),
                });
            }
            (Some(path), Format::Libsvm | Format::Cifar | Format::Characters | Format::Words) => {
                return Err(DatasetError::Content {
                    file: path.clone(),
                    problem: format!(
                        "{} holds its labels itself: leave labels_path out, or state the format if it is another",
                        format.name()
                    ),
                });
            }
        }
        match &file.vocabulary_path {
            Some(path) if format == Format::Words => sources.push(open_path(path, folder)?),
            Some(path) => {
                let problem = "only words have a vocabulary; leave vocabulary_path out".to_owned();
                return Err(DatasetError::Content { file: path.clone(), problem });
            }
            None => {}
        }
        let length = self.sequence_length(format, text::USUAL_LENGTH)?;
        let layout = delimited::Layout {
            separator: file.separator.map_or(b',', |separator| separator as u8),
            header: file.header,
            label_column: file.label_column,
            labels_elsewhere: sources.len() > 1,
        };
        let form = Form { format, layout, first_index: file.first_index.unwrap_or_default() };
        let (features, labels) = read(&sources, form, length.or(self.options.n_features), cache, hasher)?;
        if length.is_some() {
            return Ok((Dataset { name: file.path.clone(), features, labels }, Task::Multiclass));
        }
        self.finish(&file.path, features, labels, None)
    }

    fn finish(
        &self,
        name: &str,
        features: Matrix,
        mut labels: Vec<f64>,
        known: Option<Task>,
    ) -> Result<(Dataset, Task), DatasetError> {
        let Options { task, positive_label, labels: map, .. } = &self.options;
        // A stated map or positive label may change the task that the catalogue knows.
        let known = if positive_label.is_some() || map.is_some() { None } else { known };
        let stated = Stated { task: task.or(known), positive_label: *positive_label, map: map.as_ref() };
        let task = labels::apply(name, &mut labels, stated)?;
        Ok((Dataset { name: name.to_owned(), features, labels }, task))
    }
}

/// The bytes of a catalogued file: embedded, or at `FOLDER/<set>/<file>` or `FOLDER/<file>`, under the name of our copy
/// or that of its public home.
fn find_file(entry: &Entry, file: &SourceFile, folder: Option<&Path>) -> Result<Bytes, DatasetError> {
    if let Some(bytes) = file.embedded {
        return Ok(Bytes { file: format!("{} (embedded)", file.name), content: bytes.into(), is_embedded: true });
    }
    let places = entry.places(file, folder);
    if let Some(path) = places.iter().find(|path| path.is_file()) {
        return read_bytes(path);
    }
    let looked: Vec<String> = places.iter().map(|path| path.display().to_string()).collect();
    Err(DatasetError::Missing {
        name: entry.name.to_owned(),
        file: file.name.to_owned(),
        looked: if looked.is_empty() {
            "no place, since no data folder is known".to_owned()
        } else {
            looked.join(", ")
        },
        remedy: match file.url {
            Some(_) => format!("Run `gradsieve data fetch {}`", entry.name),
            None => format!(
                "`gradsieve data fetch {}` cannot make it, since no public home serves it in this form; see {}",
                entry.name, entry.home
            ),
        },
    })
}

fn open_path(path: &str, folder: Option<&Path>) -> Result<Bytes, DatasetError> {
    let mut places = vec![PathBuf::from(path)];
    places.extend(folder.filter(|_| !Path::new(path).is_absolute()).map(|folder| folder.join(path)));
    if let Some(place) = places.iter().find(|place| place.is_file()) {
        return read_bytes(place);
    }
    let looked: Vec<String> = places.iter().map(|place| place.display().to_string()).collect();
    Err(DatasetError::NoFile { path: path.to_owned(), looked: looked.join(", ") })
}

fn read_bytes(path: &Path) -> Result<Bytes, DatasetError> {
    let bytes = std::fs::read(path).map_err(|source| DatasetError::Io { path: path.to_owned(), source })?;
    Ok(Bytes { file: path.display().to_string(), content: bytes.into(), is_embedded: false })
}

/// Rows and labels of the sources, from the cache where it holds them.
fn read(
    sources: &[Bytes],
    form: Form,
    n_features: Option<usize>,
    cache: Option<&RowCache>,
    hasher: &mut Sha256,
) -> Result<(Matrix, Vec<f64>), DatasetError> {
    let mut key = Sha256::new_with_prefix(format!("{READER_VERSION} {form:?} {n_features:?}"));
    for source in sources {
        for hasher in [&mut *hasher, &mut key] {
            hasher.update((source.content.len() as u64).to_le_bytes());
            hasher.update(&source.content);
        }
    }
    let key = hexadecimal(&key.finalize());
    let size: usize = sources.iter().map(|source| source.content.len()).sum();
    let cache = cache.filter(|_| size >= cache::FROM_SOURCE_BYTES && !sources[0].is_embedded);
    if let Some(rows) = cache.and_then(|cache| cache.read(&key)) {
        return Ok(rows);
    }
    let (features, labels) = parse(sources, form, n_features)?;
    if let Some(cache) = cache {
        cache.write(&key, &features, &labels);
    }
    Ok((features, labels))
}

fn parse(sources: &[Bytes], form: Form, n_features: Option<usize>) -> Result<(Matrix, Vec<f64>), DatasetError> {
    let Form { format, layout, first_index } = form;
    let Bytes { file, .. } = &sources[0];
    let text = decompress(file, &sources[0].content)?;
    if let (true, Some(length)) = (format.is_text(), n_features) {
        let vocabulary = sources.get(1).map(|source| decompress(&source.file, &source.content)).transpose()?;
        return match format {
            Format::Characters => text::characters(file, &text, length),
            _ => text::words(file, &text, vocabulary.as_deref().unwrap_or(&text), length),
        };
    }
    let (features, mut labels) = match format {
        Format::Libsvm => libsvm::parse(file, &text, first_index, n_features)?,
        Format::Csv => delimited::parse(file, &text, layout)?,
        Format::Idx => (pixels::parse_idx(file, &text)?, Vec::new()),
        Format::Cifar => pixels::parse_cifar(file, &text)?,
        Format::Characters | Format::Words => unreachable!("text has a sequence length"),
    };
    drop(text);
    if let Some(source) = sources.get(1) {
        let text = decompress(&source.file, &source.content)?;
        labels = match format {
            Format::Idx => pixels::parse_idx_labels(&source.file, &text)?,
            _ => delimited::parse_labels(&source.file, &text)?,
        };
        if labels.len() != features.n_rows() {
            return Err(DatasetError::Content {
                file: source.file.clone(),
                problem: format!("{} labels were found for {} rows of {file}", labels.len(), features.n_rows()),
            });
        }
    }
    match n_features {
        Some(n) if n < features.n_columns() => Err(DatasetError::Content {
            file: file.clone(),
            problem: format!("{} features were found, above n_features = {n}", features.n_columns()),
        }),
        Some(n) if n > features.n_columns() => Ok((widen(features, n), labels)),
        _ => Ok((features, labels)),
    }
}

/// The same rows with columns of zeros behind.
fn widen(matrix: Matrix, wider: usize) -> Matrix {
    let matrix = if let Matrix::Dense { .. } = matrix { preparation::sparse(&matrix) } else { matrix };
    match matrix {
        Matrix::Sparse { offsets, indices, values, .. } => {
            Matrix::Sparse { n_columns: wider, offsets, indices, values }
        }
        dense @ Matrix::Dense { .. } => dense,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_spec(toml: &str) -> DatasetSpec {
        #[derive(Deserialize)]
        struct File {
            dataset: DatasetSpec,
        }
        toml::from_str::<File>(&format!("dataset = {toml}")).unwrap().dataset
    }

    /// A LIBSVM file large enough for a cache, in a data folder of its own, and a cache beside it.
    fn large_file() -> (tempfile::TempDir, DatasetSpec, RowCache) {
        let folder = tempfile::tempdir().unwrap();
        let rows = (0..20_000).map(|i| format!("{} {}:0.{} 9:1\n", 2 * (i % 2) - 1, 1 + i % 8, 1 + i % 97));
        std::fs::write(folder.path().join("x.txt"), rows.collect::<String>()).unwrap();
        let cache = RowCache::new(&folder.path().join("cache"));
        (folder, parse_spec(r#"{ name = "file", path = "x.txt" }"#), cache)
    }

    fn cached(cache: &RowCache) -> Vec<PathBuf> {
        std::fs::read_dir(cache.folder()).unwrap().map(|file| file.unwrap().path()).collect()
    }

    #[test]
    fn a_whole_cache_is_used_and_a_damaged_one_is_rebuilt() {
        let (folder, spec, cache) = large_file();
        let load = || spec.load_with(Some(folder.path()), Some(&cache)).unwrap();
        let first = load();
        let files = cached(&cache);
        assert_eq!(files.len(), 1);
        let whole = std::fs::read(&files[0]).unwrap();
        // An index and a double for each entry, a length and at most four bytes of label for each row.
        assert!(whole.len() <= 12 * 40_000 + 8 * 20_000 + 300, "{}", whole.len());
        assert_eq!(load(), first);
        assert_eq!(spec.load_with(Some(folder.path()), None).unwrap(), first);

        for damage in [&whole[..whole.len() / 2], b"", b"something else"] {
            std::fs::write(&files[0], damage).unwrap();
            assert_eq!(load(), first);
            assert_eq!(std::fs::read(&files[0]).unwrap(), whole);
        }

        // A sealed file for this very source is believed: that is how one sees that it is read at all.
        let key = files[0].file_stem().unwrap().to_str().unwrap();
        let other = Matrix::Dense { n_columns: 1, values: vec![7.0, 8.0] };
        cache.write(key, &other, &[1.0, -1.0]);
        assert_eq!(load().dataset.features, other);
    }

    #[test]
    fn a_changed_source_has_another_cache_and_nothing_is_written_beside_the_data() {
        let (folder, spec, cache) = large_file();
        let load = || spec.load_with(Some(folder.path()), Some(&cache)).unwrap();
        let first = load();
        let path = folder.path().join("x.txt");
        let changed = std::fs::read_to_string(&path).unwrap().replace(":0.13 ", ":0.31 ");
        std::fs::write(&path, changed).unwrap();
        let second = load();
        assert_ne!(first.dataset, second.dataset);
        assert_ne!(first.checksum, second.checksum);
        assert_eq!(cached(&cache).len(), 2);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn keys_that_say_nothing_about_a_format_are_refused_with_both_formats() {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in
            [("fold_idx1.libsvm", "1 0:1\n-1 1:1\n".as_bytes()), ("images", &[0, 0, 8, 1, 0, 0, 0, 1, 7])]
        {
            std::fs::write(folder.path().join(name), content).unwrap();
        }
        let load = |keys: &str| {
            let spec = parse_spec(&format!("{{ name = \"file\", {keys} }}"));
            spec.load_with(Some(folder.path()), None).map_err(|error| error.to_string())
        };
        let rows = load(r#"path = "fold_idx1.libsvm", first_index = "auto""#).unwrap().dataset;
        assert_eq!((rows.features.n_columns(), rows.labels), (2, vec![1.0, -1.0]));
        for (keys, message) in [
            (
                r#"path = "fold_idx1.libsvm", header = true"#,
                "fold_idx1.libsvm: header is of csv alone, and this is read as libsvm: leave it out, or state format = \
                 \"csv\"",
            ),
            (
                r#"path = "images", first_index = 0"#,
                "images: first_index is of libsvm alone, and this is read as idx: leave it out, or state format = \
                 \"libsvm\"",
            ),
            (
                r#"path = "images""#,
                "images: the first bytes are those of idx images, which hold no labels: name their file with labels_path, \
                 or state the format if it is another",
            ),
        ] {
            assert_eq!(load(keys).unwrap_err(), message);
        }
    }

    #[test]
    fn the_first_index_is_a_number_or_a_word() {
        for (written, read) in [("0", FirstIndex::Zero), ("1", FirstIndex::One), ("\"auto\"", FirstIndex::Auto)] {
            let spec = parse_spec(&format!("{{ name = \"file\", path = \"x\", first_index = {written} }}"));
            let Source::File(FileSource { first_index, .. }) = &spec.source else { panic!("a file") };
            assert_eq!(*first_index, Some(read));
            assert!(serde_json::to_string(&spec).unwrap().contains(&format!("\"first_index\":{written}")));
        }
        let refused = toml::from_str::<DatasetSpec>("name = \"file\"\npath = \"x\"\nfirst_index = 2").unwrap_err();
        assert!(refused.to_string().contains("first_index = 2, but it must be 0, 1 or \"auto\""), "{refused}");
    }

    #[test]
    fn the_nearest_name_is_suggested_only_when_it_is_near() {
        assert_eq!(near("mushroom", &["phishing", "mushrooms"]), " (did you mean `mushrooms`?)");
        assert_eq!(near("qqq", &["phishing", "mushrooms"]), "");
    }
}
