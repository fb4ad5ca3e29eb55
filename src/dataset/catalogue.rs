//! The table of known data sets: what they hold, where they come from, how a copy is recognized.
//!
//! Counts and checksums were taken from copies that were decompressed and counted; `home_is_exact` marks the files of
//! which it is known that their public home serves the same contents. It does not know how a set is read or fetched.

use super::{Format, Task};
use std::path::{Path, PathBuf};

/// One data set.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// The name in TOML.
    pub name: &'static str,
    /// One line: what it is.
    pub summary: &'static str,
    /// The folder below a data folder.
    pub folder: &'static str,
    /// How its files are read.
    pub format: Format,
    /// Of CSV: whether the first line is no row.
    pub header: bool,
    /// Of CSV: what stands between fields.
    pub separator: u8,
    /// What its labels are.
    pub task: Task,
    /// Number of samples.
    pub n_rows: usize,
    /// Number of features, whether or not the last of them occur.
    pub n_features: usize,
    /// Number of nonzero entries, where counted.
    pub n_stored: Option<usize>,
    /// `label:count` of the labels as they stand in the file, where counted.
    pub classes: &'static str,
    /// The file of the features (and labels), then that of the labels if they lie apart.
    pub files: &'static [SourceFile],
    /// The page of the public home.
    pub home: &'static str,
    /// Licence or terms.
    pub licence: &'static str,
}

/// One file of a data set.
#[derive(Debug, Clone, Copy)]
pub struct SourceFile {
    /// The name of the copy that was counted.
    pub name: &'static str,
    /// SHA-256 of that copy as it lies, where it is known.
    pub sha256: Option<&'static str>,
    /// SHA-256 of what it holds when decompressed, where it is known.
    pub content_sha256: Option<&'static str>,
    /// Where the public home serves it; `None` where it must be derived or unpacked from something else.
    pub url: Option<&'static str>,
    /// Whether the home is known to serve exactly the contents of `content_sha256`.
    pub home_is_exact: bool,
    /// The bytes themselves, for the few sets that are part of the program.
    pub embedded: Option<&'static [u8]>,
}

impl SourceFile {
    /// The name under which the public home serves it.
    #[must_use]
    pub fn home_name(&self) -> Option<&'static str> {
        self.url.and_then(|url| url.rsplit('/').next())
    }
}

impl Entry {
    /// Whether the set is part of the program.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        self.files.iter().all(|file| file.embedded.is_some())
    }

    /// Where a file of the set may lie, in the order of search: `FOLDER/<set>/<file>`, then `FOLDER/<file>`, under the
    /// name of the counted copy, then under that of the public home.
    #[must_use]
    pub fn places(&self, file: &SourceFile, folder: Option<&Path>) -> Vec<PathBuf> {
        let Some(folder) = folder else { return Vec::new() };
        let mut names = vec![file.name];
        names.extend(file.home_name().filter(|name| *name != file.name));
        let folders = [folder.join(self.folder), folder.to_owned()];
        folders.iter().flat_map(|folder| names.iter().map(move |name| folder.join(name))).collect()
    }
}

/// The set of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Entry> {
    ENTRIES.iter().find(|entry| entry.name == name)
}

/// All sets, by name.
pub const ENTRIES: &[Entry] = &[
    Entry {
        name: "a1a",
        summary: "Adult census income, the smallest nested subset, binary features",
        folder: "a1a",
        format: Format::Libsvm,
        header: false,
        separator: b',',
        task: Task::Binary,
        n_rows: 1_605,
        n_features: 123,
        n_stored: Some(22_249),
        classes: "-1:1210 1:395",
        files: &[SourceFile {
            name: "a1a.gz",
            sha256: Some("10dc33785b02fa46e927f10b5913c538069b6a9420967811a7d8686682599550"),
            content_sha256: Some("eb54c45f1bdb51286f803dd092eb8202b44637a858fc6c4e533a2d64a0d94b4e"),
            url: Some("https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary/a1a"),
            home_is_exact: false,
            embedded: None,
        }],
        home: "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary.html",
        licence: "CC BY 4.0 (UCI Machine Learning Repository); cite the source",
    },
    Entry {
        name: "a9a",
        summary: "Adult census income, binary features",
        folder: "a9a",
        format: Format::Libsvm,
        header: false,
        separator: b',',
        task: Task::Binary,
        n_rows: 32_561,
        n_features: 123,
        n_stored: Some(451_592),
        classes: "-1:24720 1:7841",
        files: &[SourceFile {
            name: "a9a.gz",
            sha256: Some("82d347cf414924a79e7972829fdeb99ff23346742c49a3bc76b89ff8736a485e"),
            content_sha256: Some("f5d5ffd8d865ff41328e7ee043e4b020816914ff6843ff15b98905ddbedce906"),
            url: Some("https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary/a9a"),
            home_is_exact: false,
            embedded: None,
        }],
        home: "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary.html",
        licence: "CC BY 4.0 (UCI Machine Learning Repository); cite the source",
    },
    Entry {
        name: "a9a-test",
        summary: "Adult census income, test part of a9a",
        folder: "a9a",
        format: Format::Libsvm,
        header: false,
        separator: b',',
        task: Task::Binary,
        n_rows: 16_281,
        n_features: 123,
        n_stored: Some(225_731),
        classes: "-1:12435 1:3846",
        files: &[SourceFile {
            name: "a9a.t.gz",
            sha256: Some("d52d0c91c3f108f1bf34e4af73003a01ce19c3fcf099f319f084ebb349b8d16c"),
            content_sha256: Some("1f448a153f0320399a7e40836eb207655b0bde0f21fc941cc472193daa9f5de9"),
            url: Some("https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary/a9a.t"),
            home_is_exact: false,
            embedded: None,
        }],
        home: "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary.html",
        licence: "CC BY 4.0 (UCI Machine Learning Repository); cite the source",
    },
    Entry {
        name: "abalone",
        summary: "Rings of abalone shells, features scaled to [-1, 1]",
        folder: "abalone",
        format: Format::Libsvm,
        header: false,
        separator: b',',
        task: Task::Regression,
        n_rows: 4_177,
        n_features: 8,
        n_stored: Some(32_080),
        classes: "",
        files: &[SourceFile {
            name: "abalone.trn.bz2",
            sha256: Some("9d24998fecb496cca34cb56386f99d36edc2aa113f800b1f7c02316e05da80f1"),
            content_sha256: Some("7f1f6ca7f636e684949fc3f6388fc4f7503083717f776876bbdd11098fc5378b"),
            url: Some("https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/regression/abalone_scale"),
            home_is_exact: false,
            embedded: None,
        }],
        home: "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/regression.html",
        licence: "CC BY 4.0 (UCI Machine Learning Repository); cite the source",
    },
    Entry {
        name: "australian",
        summary: "Australian credit approval, not scaled",
        folder: "australian",
        format: Format::Libsvm,
        header: false,
        separator: b',',
        task: Task::Binary,
        n_rows: 690,
        n_features: 14,
        n_stored: Some(7_724),
        classes: "-1:383 1:307",
        files: &[SourceFile {
            name: "australian.gz",
            sha256: Some("84ee1e91f55f942ae26a82ea2344e40c09b328dc93c2055ca30516df99263e87"),
            content_sha256: Some("e11b85d6265a6cc8d07e3200fc04557009e6e2407331ea8d7910eddf199c2d1a"),
            url: Some("https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary/australian"),
            home_is_exact: false,
            embedded: None,
        }],
        home: "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary.html",
        licence: "CC BY 4.0 (UCI Machine Learning Repository); cite the source",
    },
    Entry {
        name: "breast-cancer-wdbc",
        summary: "Breast cancer Wisconsin (diagnostic): 1 benign, 0 malignant, not scaled",
        folder: "breast-cancer-wdbc",
        format: Format::Csv,
        header: true,
        separator: b',',
        task: Task::Binary,
        n_rows: 569,
        n_features: 30,
        n_stored: Some(16_992),
        classes: "0:212 1:357",
        files: &[SourceFile {
            name: "breast_cancer.csv.gz",
            sha256: Some("aa86c8de0789d7e6c1462566542a259ad97c64e5c553f83245f34e0828d6460e"),
            content_sha256: Some("fed3eb72d0575ef6192293f5093c6e801b1476b577d0386bf4455504522172ed"),
            url: None,
            home_is_exact: false,
            embedded: Some(include_bytes!("embedded/breast_cancer.csv.gz")),
        }],
        home: "https://archive.ics.uci.edu/dataset/17",
        licence: "CC BY 4.0 (UCI Machine Learning Repository); cite the source; scikit-learn BSD-3-Clause",
    },
    Entry {
        name: "cadata",
        summary: "California housing: median house value, not scaled",
        folder: "cadata",
        format: Format::Libsvm,
        header: false,
        separator: b',',
        task: Task::Regression,
        n_rows: 20_640,
        n_features: 8,
        n_stored: Some(165_120),
        classes: "",
        files: &[SourceFile {
            name: "cadata.gz",
            sha256: Some("39aa569b9c66a232527e2ea7d647e9163494a8aee2c1deabb7f24ea2dcca9ab5"),
            content_sha256: Some("ffefbe2e9f0af268b72f523af41ef6076b59fa842482de0c586f81d3162a4a2a"),
            url: Some("https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/regression/cadata"),
            home_is_exact: false,
            embedded: None,
        }],
        home: "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/regression.html",
        licence: "none stated (Pace and Barry 1997, StatLib)",
    },
    Entry {
        name: "cifar10-batch1",
        summary: "CIFAR-10, the first 10,000 of the 50,000 training images, pixels 0..255",
        folder: "cifar10",
        format: Format::Cifar,
        header: false,
        separator: b',',
        task: Task::Multiclass,
        n_rows: 10_000,
        n_features: 3_072,
        n_stored: Some(30_643_889),
        classes: "0:1005 1:974 2:1032 3:1016 4:999 5:937 6:1030 7:1001 8:1025 9:981",
        files: &[SourceFile {
            name: "data_batch_1.bin.xz",
            sha256: Some("7854ef2eb3bf1c9f426c079ccd35bea5dda80aca65679f9af02698fb449811b1"),
            content_sha256: Some("cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"),
            url: None,
            home_is_exact: false,
            embedded: None,
        }],
        home: "https://www.cs.toronto.edu/~kriz/cifar.html",
        licence: "none stated; free for research with citation (Krizhevsky 2009)",
    },
    Entry {
        name: "cifar10-test",
        summary: "CIFAR-10, the test images, pixels 0..255",
        folder: "cifar10",
        format: Format::Cifar,
        header: false,
        separator: b',',
        task: Task::Multiclass,
        n_rows: 10_000,
        n_features: 3_072,
        n_stored: Some(30_642_340),
        classes: "0:1000 1:1000 2:1000 3:1000 4:1000 5:1000 6:1000 7:1000 8:1000 9:1000",
        files: &[SourceFile {
            name: "test_batch.bin.xz",
            sha256: Some("89f4e12a985a64b8729884fe56b06dab93e30da267c8957ee031f6fc6d96a18f"),
            content_sha256: Some("8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"),
            url: None,
            home_is_exact: false,
            embedded: None,
        }],
        home: "https://www.cs.toronto.edu/~kriz/cifar.html",
        licence: "none stated; free for research with citation (Krizhevsky 2009)",
    },
    Entry {
        name: "covtype",
        summary: "Forest cover type 2 (label 2) against the rest, not scaled",
        folder: "covtype",
        format: Format::Libsvm,
        header: false,
        separator: b',',
        task: Task::Binary,
        n_rows: 581_012,
        n_features: 54,
        n_stored: Some(6_901_775),
        classes: "1:297711 2:283301",
        files: &[SourceFile {
            name: "covtype.libsvm.binary.bz2",
            sha256: Some("2e3600919f627064b0970259d8e1fa3594cae0d67843c31209aa471eb2b1e86e"),
            content_sha256: Some("1c5b96e5367563e1895cb2afe6aab2ef9f15721ace6d1512598fa1368559196c"),
            url: Some("https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary/covtype.libsvm.binary.bz2"),
            home_is_exact: false,
            embedded: None,
        }],
        home: "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary.html",
        licence: "CC BY 4.0 (UCI Machine Learning Repository); cite the source",
    },
    Entry {
        name: "diabetes-efron",
        summary: "Diabetes progression of Efron et al. 2004, not scaled",
        folder: "diabetes-efron",
        format: Format::Csv,
        header: false,
        separator: b' ',
        task: Task::Regression,
        n_rows: 442,
        n_features: 10,
        n_stored: Some(4_420),
        classes: "",
        files: &[
            SourceFile {
                name: "diabetes_data_raw.csv.gz",
                sha256: Some("7fc0ded571454b1982210d3bb43f0aca44eae01a0b8654a3b24022bdb6b38009"),
                content_sha256: Some("86badf50b4f9436ddd1e497dc0ae1b93166f8120221ee7dca4634fe849f3be7c"),
                url: None,
                home_is_exact: false,
                embedded: Some(include_bytes!("embedded/diabetes_data_raw.csv.gz")),
            },
            SourceFile {
                name: "diabetes_target.csv.gz",
                sha256: Some("8e53f65eb811df43c206f3534bb3af0e5fed213bc37ed6ba36310157d6023803"),
                content_sha256: Some("244713a551f62a291a354212d8a048adec6cb1244b2bc44e66a0698f5006d26d"),
                url: None,
                home_is_exact: false,
                embedded: Some(include_bytes!("embedded/diabetes_target.csv.gz")),
            },
        ],
        home: "https://www4.stat.ncsu.edu/~boos/var.select/diabetes.html",
        licence: "BSD-3-Clause (scikit-learn); data of Efron et al. 2004",
    },
    Entry {
        name: "digits",
        summary: "Handwritten digits of 8 x 8 pixels 0..16",
        folder: "digits",
        format: Format::Csv,
        header: false,
        separator: b',',
        task: Task::Multiclass,
        n_rows: 1_797,
        n_features: 64,
        n_stored: Some(58_736),
        classes: "0:178 1:182 2:177 3:183 4:181 5:182 6:181 7:179 8:174 9:180",
        files: &[SourceFile {
            name: "digits.csv.gz",
            sha256: Some("09f66e6debdee2cd2b5ae59e0d6abbb73fc2b0e0185d2e1957e9ebb51e23aa22"),
            content_sha256: Some("6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8"),
            url: None,
            home_is_exact: false,
            embedded: Some(include_bytes!("embedded/digits.csv.gz")),
        }],
        home: "https://archive.ics.uci.edu/dataset/80",
        licence: "CC BY 4.0 (UCI Machine Learning Repository); cite the source; scikit-learn BSD-3-Clause",
    },
    Entry {
        name: "ionosphere",
        summary: "Radar returns: +1 good, -1 bad",
        folder: "ionosphere",
        format: Format::Libsvm,
        header: false,
        separator: b',',
        task: Task::Binary,
        n_rows: 351,
        n_features: 34,
        n_stored: Some(10_513),
        classes: "-1:126 1:225",
        files: &[SourceFile {
            name: "ionosphere.gz",
            sha256: Some("bc3de00f149788f03a2c40b1ec7962cfbb4ed2ca25de3050a87ed132d890fe07"),
            content_sha256: Some("f8b55e38428b6e20f183b5c6be0b878a37f26309a79d0b634340bf06ca9020f7"),
            url: Some("https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary/ionosphere_scale"),
            home_is_exact: false,
            embedded: None,
        }],
        home: "https://archive.ics.uci.edu/dataset/52",
        licence: "CC BY 4.0 (UCI Machine Learning Repository); cite the source",
    },
    Entry {
        name: "madelon",
        summary: "Artificial, five informative features of 500, dense",
        folder: "madelon",
        format: Format::Libsvm,
        header: false,
        separator: b',',
        task: Task::Binary,
        n_rows: 2_000,
        n_features: 500,
        n_stored: Some(999_999),
        classes: "-1:1000 1:1000",
        files: &[SourceFile {
            name: "madelon.gz",
            sha256: Some("781a212306a59ece63cc68f708d309953492e1cfeefce140c75ee3b0ce36d5ed"),
            content_sha256: Some("4801c452441772b47674fa8deb3724b1cb897eff49ccd8d47078367080c05b54"),
            url: Some("https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary/madelon"),
            home_is_exact: false,
            embedded: None,
        }],
        home: "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary.html",
        licence: "CC BY 4.0 (UCI Machine Learning Repository); cite the source",
    },
    Entry {
        name: "madelon-test",
        summary: "Artificial, test part of madelon, dense",
        folder: "madelon",
        format: Format::Libsvm,
        header: false,
        separator: b',',
        task: Task::Binary,
        n_rows: 600,
        n_features: 500,
        n_stored: Some(300_000),
        classes: "-1:300 1:300",
        files: &[SourceFile {
            name: "madelon.t.gz",
            sha256: Some("40633dbc13a84a8e79337420ae34cb130ef5ecc5a4f184ccf0799d90c369677c"),
            content_sha256: Some("ae60251b63a46c6ace348b77749e79e25d4098d629d1dead2852c3d4daf1f8ea"),
            url: Some("https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary/madelon.t"),
            home_is_exact: false,
            embedded: None,
        }],
        home: "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary.html",
        licence: "CC BY 4.0 (UCI Machine Learning Repository); cite the source",
    },
    Entry {
        name: "mnist",
        summary: "Handwritten digits of 28 x 28 pixels 0..255",
        folder: "mnist",
        format: Format::Idx,
        header: false,
        separator: b',',
        task: Task::Multiclass,
        n_rows: 60_000,
        n_features: 784,
        n_stored: Some(8_994_156),
        classes: "0:5923 1:6742 2:5958 3:6131 4:5842 5:5421 6:5918 7:6265 8:5851 9:5949",
        files: &[
            SourceFile {
                name: "train-images-idx3-ubyte.gz",
                sha256: Some("71524e2cd1ad2968737f7f2f2ff69cbfc32df8ccddff51593f7cb2d4e0eb5b64"),
                content_sha256: Some("ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
                url: Some("https://ossci-datasets.s3.amazonaws.com/mnist/train-images-idx3-ubyte.gz"),
                home_is_exact: true,
                embedded: None,
            },
            SourceFile {
                name: "train-labels-idx1-ubyte.gz",
                sha256: Some("fe03b8bd7915f70bf5aa08be480aa413fbd85afcaa58b35d230d335f284fd88e"),
                content_sha256: Some("65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
                url: Some("https://ossci-datasets.s3.amazonaws.com/mnist/train-labels-idx1-ubyte.gz"),
                home_is_exact: true,
                embedded: None,
            },
        ],
        home: "http://yann.lecun.com/exdb/mnist/",
        licence: "CC BY-SA 3.0 as stated by the Keras documentation",
    },
    Entry {
        name: "mnist-test",
        summary: "Handwritten digits, test part of mnist",
        folder: "mnist",
        format: Format::Idx,
        header: false,
        separator: b',',
        task: Task::Multiclass,
        n_rows: 10_000,
        n_features: 784,
        n_stored: Some(1_511_219),
        classes: "0:980 1:1135 2:1032 3:1010 4:982 5:892 6:958 7:1028 8:974 9:1009",
        files: &[
            SourceFile {
                name: "t10k-images-idx3-ubyte.gz",
                sha256: Some("5634745efa576a17e7d4cf5cd9d09123c75e6538e5114267c2d156edaf519341"),
                content_sha256: Some("0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
                url: Some("https://ossci-datasets.s3.amazonaws.com/mnist/t10k-images-idx3-ubyte.gz"),
                home_is_exact: true,
                embedded: None,
            },
            SourceFile {
                name: "t10k-labels-idx1-ubyte.gz",
                sha256: Some("ae18e77e031ccde52407f794d123116439864147d33ac992975f85dd4dc42af6"),
                content_sha256: Some("ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
                url: Some("https://ossci-datasets.s3.amazonaws.com/mnist/t10k-labels-idx1-ubyte.gz"),
                home_is_exact: true,
                embedded: None,
            },
        ],
        home: "http://yann.lecun.com/exdb/mnist/",
        licence: "CC BY-SA 3.0 as stated by the Keras documentation",
    },
    Entry {
        name: "mushrooms",
        summary: "Edible (label 2) or poisonous (label 1) mushrooms, 21 ones a row",
        folder: "mushrooms",
        format: Format::Libsvm,
        header: false,
        separator: b',',
        task: Task::Binary,
        n_rows: 8_124,
        n_features: 112,
        n_stored: Some(170_604),
        classes: "1:3916 2:4208",
        files: &[SourceFile {
            name: "mushrooms.gz",
            sha256: Some("3858c3db4473745af77765fe8ca48a4f29428838229ff7cb1a2ed7d5285f3403"),
            content_sha256: Some("f39a4eb628dc61a7d43760815b061c9e497aa728ce1ad8bde57a09ef6043b538"),
            url: Some("https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary/mushrooms"),
            home_is_exact: false,
            embedded: None,
        }],
        home: "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary.html",
        licence: "CC BY 4.0 (UCI Machine Learning Repository); cite the source",
    },
    Entry {
        name: "news20-halves",
        summary: "20 Newsgroups, groups 1-10 against 11-20, tf-idf rows of unit norm; a stand-in for RCV1, not RCV1",
        folder: "news20-halves",
        format: Format::Libsvm,
        header: false,
        separator: b',',
        task: Task::Binary,
        n_rows: 15_935,
        n_features: 62_061,
        n_stored: Some(1_272_569),
        classes: "-1:7984 1:7951",
        files: &[SourceFile {
            name: "news20-halves.bz2",
            sha256: Some("feaaad42c981c530840abf1cace4850dffb234d113d705aa17d9285b6e2e19bf"),
            content_sha256: Some("85ab777729f1040ade013c8583aebcd3334e30ae6edd27e18a391d4ef2ece8f5"),
            url: None,
            home_is_exact: false,
            embedded: None,
        }],
        home: "http://qwone.com/~jason/20Newsgroups/",
        licence: "CC BY 4.0 (UCI Machine Learning Repository); cite the source",
    },
    Entry {
        name: "phishing",
        summary: "Phishing web sites, rows of unit norm",
        folder: "phishing",
        format: Format::Libsvm,
        header: false,
        separator: b',',
        task: Task::Binary,
        n_rows: 11_055,
        n_features: 68,
        n_stored: Some(331_650),
        classes: "0:4898 1:6157",
        files: &[SourceFile {
            name: "phishing.gz",
            sha256: Some("3b24729d2347673c7596f099d0b6ff3b44248902c3dfbdc22d0bf4ec1b078703"),
            content_sha256: Some("0cf66ef36604c393da9359b2e5d894a2df8aee31fd184633cefa138add2ef08a"),
            url: Some("https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary/phishing"),
            home_is_exact: false,
            embedded: None,
        }],
        home: "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary.html",
        licence: "CC BY 4.0 (UCI Machine Learning Repository); cite the source",
    },
    Entry {
        name: "ptb",
        summary: "Penn Treebank by words, 10,000 of them, rows of 35 words; the training text",
        folder: "ptb",
        format: Format::Words,
        header: false,
        separator: b',',
        task: Task::Multiclass,
        n_rows: 26_559,
        n_features: 35,
        n_stored: None,
        classes: "",
        files: &[SourceFile {
            name: "ptb.train.txt.gz",
            sha256: Some("d1ec43563d7ce27da8b43f9069b2a58cb9e7f2656e96d7aab0ddc61ef728e176"),
            content_sha256: Some("fcea919f6cf83f35d4d00c6cbf08040d13d4155226340912e2fef9c9c4102cbf"),
            url: None,
            home_is_exact: false,
            embedded: None,
        }],
        home: "https://catalog.ldc.upenn.edu/LDC99T42",
        licence: "Linguistic Data Consortium; the preprocessing of Mikolov et al. (2010) is widely mirrored",
    },
    Entry {
        name: "ptb-test",
        summary: "Penn Treebank, test text, in the vocabulary of ptb",
        folder: "ptb",
        format: Format::Words,
        header: false,
        separator: b',',
        task: Task::Multiclass,
        n_rows: 2_355,
        n_features: 35,
        n_stored: None,
        classes: "",
        files: &[
            SourceFile {
                name: "ptb.test.txt.gz",
                sha256: Some("b9743208d38e095719ea30645a6456bd2cabe3b3dfe0815ad10a51d08b4e2a48"),
                content_sha256: Some("dd65dff31e70846b2a6030a87482edcd5d199130cdcfa1f3dccbb033728deee0"),
                url: None,
                home_is_exact: false,
                embedded: None,
            },
            SourceFile {
                name: "ptb.train.txt.gz",
                sha256: Some("d1ec43563d7ce27da8b43f9069b2a58cb9e7f2656e96d7aab0ddc61ef728e176"),
                content_sha256: Some("fcea919f6cf83f35d4d00c6cbf08040d13d4155226340912e2fef9c9c4102cbf"),
                url: None,
                home_is_exact: false,
                embedded: None,
            },
        ],
        home: "https://catalog.ldc.upenn.edu/LDC99T42",
        licence: "Linguistic Data Consortium; the preprocessing of Mikolov et al. (2010) is widely mirrored",
    },
    Entry {
        name: "ptb-valid",
        summary: "Penn Treebank, validation text, in the vocabulary of ptb",
        folder: "ptb",
        format: Format::Words,
        header: false,
        separator: b',',
        task: Task::Multiclass,
        n_rows: 2_107,
        n_features: 35,
        n_stored: None,
        classes: "",
        files: &[
            SourceFile {
                name: "ptb.valid.txt.gz",
                sha256: Some("fdb970a6bddedf957366618daec55ab7beb159f8123600f8db16c34833dca93d"),
                content_sha256: Some("c9fe6985fe0d4ccb578183407d7668fc6066c20700cb4cf87d8ff1cc34df1bf2"),
                url: None,
                home_is_exact: false,
                embedded: None,
            },
            SourceFile {
                name: "ptb.train.txt.gz",
                sha256: Some("d1ec43563d7ce27da8b43f9069b2a58cb9e7f2656e96d7aab0ddc61ef728e176"),
                content_sha256: Some("fcea919f6cf83f35d4d00c6cbf08040d13d4155226340912e2fef9c9c4102cbf"),
                url: None,
                home_is_exact: false,
                embedded: None,
            },
        ],
        home: "https://catalog.ldc.upenn.edu/LDC99T42",
        licence: "Linguistic Data Consortium; the preprocessing of Mikolov et al. (2010) is widely mirrored",
    },
    Entry {
        name: "rcv1",
        summary: "RCV1 news, CCAT and ECAT against GCAT and MCAT, tf-idf rows of unit norm (rcv1_train.binary)",
        folder: "rcv1",
        format: Format::Libsvm,
        header: false,
        separator: b',',
        task: Task::Binary,
        n_rows: 20_242,
        n_features: 47_236,
        n_stored: None,
        classes: "",
        files: &[SourceFile {
            name: "rcv1_train.binary.bz2",
            sha256: None,
            content_sha256: None,
            url: Some("https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary/rcv1_train.binary.bz2"),
            home_is_exact: false,
            embedded: None,
        }],
        home: "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary.html",
        licence: "Reuters, research use; term vectors may be distributed (LYRL2004)",
    },
    Entry {
        name: "rcv1-vw",
        summary: "1,747 real rows of RCV1 (CCAT against the rest) in another feature numbering than rcv1",
        folder: "rcv1-vw",
        format: Format::Libsvm,
        header: false,
        separator: b',',
        task: Task::Binary,
        n_rows: 1_747,
        n_features: 47_236,
        n_stored: Some(136_655),
        classes: "-1:930 1:817",
        files: &[SourceFile {
            name: "rcv1_vw_all.gz",
            sha256: Some("507b81f245cb76b0bca09bd498ed93751f96f7c253bf9548acd1380331949060"),
            content_sha256: Some("14bec25dd82e2fedc0910e2a02042db8fad5a26d02e28812351a958a030af05b"),
            url: None,
            home_is_exact: false,
            embedded: None,
        }],
        home: "https://github.com/VowpalWabbit/vowpal_wabbit",
        licence: "Reuters, research use; term vectors may be distributed (LYRL2004); repository BSD-3-Clause",
    },
    Entry {
        name: "reuters-svmlight",
        summary: "Reuters-21578, corporate acquisitions against the rest, rows of unit norm",
        folder: "reuters-svmlight",
        format: Format::Libsvm,
        header: false,
        separator: b',',
        task: Task::Binary,
        n_rows: 2_000,
        n_features: 9_947,
        n_stored: Some(94_790),
        classes: "-1:1000 1:1000",
        files: &[SourceFile {
            name: "train.gz",
            sha256: Some("b7e62fb588b2530a91b00f6c7727683583cc074f8cdf29f5ecea2abe06233162"),
            content_sha256: Some("e49c95459a812ad6f76bfe1abc8ef274b050911420c78cb96010e4c783e54af1"),
            url: Some(concat!(
                "https://raw.githubusercontent.com/gingsmith/cocoa/",
                "5363b92dc2ca1401047214af5b2e5da7540c7644/data/small_train.dat"
            )),
            home_is_exact: true,
            embedded: None,
        }],
        home: "https://www.cs.cornell.edu/people/tj/svm_light/",
        licence: "research use",
    },
    Entry {
        name: "reuters-svmlight-test",
        summary: "Reuters-21578, test part of reuters-svmlight",
        folder: "reuters-svmlight",
        format: Format::Libsvm,
        header: false,
        separator: b',',
        task: Task::Binary,
        n_rows: 600,
        n_features: 9_947,
        n_stored: Some(23_730),
        classes: "-1:300 1:300",
        files: &[SourceFile {
            name: "test.gz",
            sha256: Some("bbd0c9d721f8050f93e0f1dc1175486c9de1d2807737c4512bc8f9b5b1c9cd85"),
            content_sha256: Some("ff8f671dfe951635aefdcc6c709a44345dd5a8634b0fdff036246a836c3a0730"),
            url: Some(concat!(
                "https://raw.githubusercontent.com/gingsmith/cocoa/",
                "5363b92dc2ca1401047214af5b2e5da7540c7644/data/small_test.dat"
            )),
            home_is_exact: true,
            embedded: None,
        }],
        home: "https://www.cs.cornell.edu/people/tj/svm_light/",
        licence: "research use",
    },
    Entry {
        name: "spambase",
        summary: "Spam (+1) or not, word frequencies, 4,597 of the 4,601 rows, not scaled",
        folder: "spambase",
        format: Format::Libsvm,
        header: false,
        separator: b',',
        task: Task::Binary,
        n_rows: 4_597,
        n_features: 57,
        n_stored: Some(59_173),
        classes: "-1:2785 1:1812",
        files: &[SourceFile {
            name: "spambase.gz",
            sha256: Some("3cfd39c1d3a2ab7f11f0c11a5251f371eba5d0bc3ef01decefff4b063f87b192"),
            content_sha256: Some("da6766502633385b044ca1e490b953327c3d4b63bf68687cba9fe07be127c1ff"),
            url: None,
            home_is_exact: false,
            embedded: Some(include_bytes!("embedded/spambase.gz")),
        }],
        home: "https://archive.ics.uci.edu/dataset/94",
        licence: "CC BY 4.0 (UCI Machine Learning Repository); cite the source",
    },
    Entry {
        name: "tinyshakespeare",
        summary: "Plays of Shakespeare by characters, 65 of them, rows of 64 characters",
        folder: "tinyshakespeare",
        format: Format::Characters,
        header: false,
        separator: b',',
        task: Task::Multiclass,
        n_rows: 17_428,
        n_features: 64,
        n_stored: None,
        classes: "",
        files: &[SourceFile {
            name: "input.txt.gz",
            sha256: Some("13125fe8f49092165d7d489e3944db52d1ba546e64a60080cc9523bcd0c5e46a"),
            content_sha256: Some("86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"),
            url: None,
            home_is_exact: false,
            embedded: None,
        }],
        home: "https://github.com/karpathy/char-rnn",
        licence: "public domain",
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    #[test]
    fn names_are_unique_sorted_and_kebab_case() {
        assert!(ENTRIES.windows(2).all(|pair| pair[0].name < pair[1].name));
        for entry in ENTRIES {
            assert!(entry.name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'));
            assert!(!entry.summary.contains('\n') && !entry.licence.is_empty() && entry.home.starts_with("http"));
            assert!(!entry.files.is_empty() && entry.files.len() <= 2);
        }
    }

    #[test]
    fn embedded_files_have_the_checksums_of_the_table_and_stay_small() {
        let embedded = ENTRIES.iter().flat_map(|entry| entry.files).filter_map(|file| Some((file, file.embedded?)));
        let mut total = 0;
        for (file, bytes) in embedded {
            assert_eq!(crate::store::hexadecimal(&Sha256::digest(bytes)), file.sha256.unwrap(), "{}", file.name);
            total += bytes.len();
        }
        assert!(total > 0 && total <= 400_000, "{total} bytes are embedded");
        assert_eq!(ENTRIES.iter().filter(|entry| entry.is_embedded()).count(), 4);
    }
}
