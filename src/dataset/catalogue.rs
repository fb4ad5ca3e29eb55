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
    /// Of CSV: whether the first line is a header.
    pub header: bool,
    /// Of CSV: what separates fields.
    pub separator: u8,
    /// What its labels are.
    pub task: Task,
    /// Number of samples.
    pub n_rows: usize,
    /// Number of features, whether or not the last of them occur.
    pub n_features: usize,
    /// Number of nonzero entries, where counted.
    pub n_stored: Option<usize>,
    /// `label:count` of the labels as they are in the file, where counted.
    pub classes: &'static str,
    /// The file of the features (and labels), then that of the labels if they are apart.
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
    /// SHA-256 of that copy as stored, where it is known.
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
    const fn holding(self, content_sha256: &'static str) -> Self {
        Self { content_sha256: Some(content_sha256), ..self }
    }

    const fn at(self, url: &'static str) -> Self {
        Self { url: Some(url), ..self }
    }

    const fn exactly_at(self, url: &'static str) -> Self {
        Self { url: Some(url), home_is_exact: true, ..self }
    }

    const fn embedded(self, bytes: &'static [u8]) -> Self {
        Self { embedded: Some(bytes), ..self }
    }

    /// The name under which the public home serves it.
    #[must_use]
    pub fn home_name(&self) -> Option<&'static str> {
        self.url.and_then(|url| url.rsplit('/').next())
    }
}

impl Entry {
    /// In the folder of its name; of CSV, without header and separated by commas.
    const fn new(format: Format, name: &'static str, summary: &'static str) -> Self {
        Self {
            name,
            summary,
            folder: name,
            format,
            header: false,
            separator: b',',
            task: Task::Binary,
            n_rows: 0,
            n_features: 0,
            n_stored: None,
            classes: "",
            files: &[],
            home: "",
            licence: "",
        }
    }

    const fn folder(self, folder: &'static str) -> Self {
        Self { folder, ..self }
    }

    const fn with_header(self) -> Self {
        Self { header: true, ..self }
    }

    const fn separated_by(self, separator: u8) -> Self {
        Self { separator, ..self }
    }

    const fn labels(self, task: Task, classes: &'static str) -> Self {
        Self { task, classes, ..self }
    }

    const fn size(self, n_rows: usize, n_features: usize, n_stored: Option<usize>) -> Self {
        Self { n_rows, n_features, n_stored, ..self }
    }

    const fn files(self, files: &'static [SourceFile]) -> Self {
        Self { files, ..self }
    }

    const fn home(self, home: &'static str, licence: &'static str) -> Self {
        Self { home, licence, ..self }
    }

    /// Whether the set is part of the program.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        self.files.iter().all(|file| file.embedded.is_some())
    }

    /// Where a file of the set may be, in the order of search: `FOLDER/<set>/<file>`, then `FOLDER/<file>`, under the
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

const LIBSVM_BINARY: &str = "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary.html";
const LIBSVM_REGRESSION: &str = "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/regression.html";
const UCI: &str = "CC BY 4.0 (UCI Machine Learning Repository); cite the source";

const fn libsvm(name: &'static str, summary: &'static str) -> Entry {
    Entry::new(Format::Libsvm, name, summary)
}

const fn csv(name: &'static str, summary: &'static str) -> Entry {
    Entry::new(Format::Csv, name, summary)
}

const fn cifar(name: &'static str, summary: &'static str) -> Entry {
    Entry::new(Format::Cifar, name, summary)
}

const fn idx(name: &'static str, summary: &'static str) -> Entry {
    Entry::new(Format::Idx, name, summary)
}

const fn words(name: &'static str, summary: &'static str) -> Entry {
    Entry::new(Format::Words, name, summary)
}

const fn characters(name: &'static str, summary: &'static str) -> Entry {
    Entry::new(Format::Characters, name, summary)
}

/// A copy that was counted, with the SHA-256 of its bytes.
const fn file(name: &'static str, sha256: &'static str) -> SourceFile {
    SourceFile { sha256: Some(sha256), ..uncounted(name) }
}

const fn uncounted(name: &'static str) -> SourceFile {
    SourceFile { name, sha256: None, content_sha256: None, url: None, home_is_exact: false, embedded: None }
}

/// The file that gives the three sets their vocabulary.
const PTB_TRAIN: SourceFile =
    file("ptb.train.txt.gz", "d1ec43563d7ce27da8b43f9069b2a58cb9e7f2656e96d7aab0ddc61ef728e176")
        .holding("fcea919f6cf83f35d4d00c6cbf08040d13d4155226340912e2fef9c9c4102cbf");

/// All sets, by name.
pub const ENTRIES: &[Entry] = &[
    libsvm("a1a", "Adult census income, the smallest nested subset, binary features")
        .labels(Task::Binary, "-1:1210 1:395")
        .size(1_605, 123, Some(22_249))
        .files(&[file("a1a.gz", "10dc33785b02fa46e927f10b5913c538069b6a9420967811a7d8686682599550")
            .holding("eb54c45f1bdb51286f803dd092eb8202b44637a858fc6c4e533a2d64a0d94b4e")
            .at("https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary/a1a")])
        .home(LIBSVM_BINARY, UCI),
    libsvm("a9a", "Adult census income, binary features")
        .labels(Task::Binary, "-1:24720 1:7841")
        .size(32_561, 123, Some(451_592))
        .files(&[file("a9a.gz", "82d347cf414924a79e7972829fdeb99ff23346742c49a3bc76b89ff8736a485e")
            .holding("f5d5ffd8d865ff41328e7ee043e4b020816914ff6843ff15b98905ddbedce906")
            .at("https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary/a9a")])
        .home(LIBSVM_BINARY, UCI),
    libsvm("a9a-test", "Adult census income, test part of a9a")
        .folder("a9a")
        .labels(Task::Binary, "-1:12435 1:3846")
        .size(16_281, 123, Some(225_731))
        .files(&[file("a9a.t.gz", "d52d0c91c3f108f1bf34e4af73003a01ce19c3fcf099f319f084ebb349b8d16c")
            .holding("1f448a153f0320399a7e40836eb207655b0bde0f21fc941cc472193daa9f5de9")
            .at("https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary/a9a.t")])
        .home(LIBSVM_BINARY, UCI),
    libsvm("abalone", "Rings of abalone shells, features scaled to [-1, 1]")
        .labels(Task::Regression, "")
        .size(4_177, 8, Some(32_080))
        .files(&[file("abalone.trn.bz2", "9d24998fecb496cca34cb56386f99d36edc2aa113f800b1f7c02316e05da80f1")
            .holding("7f1f6ca7f636e684949fc3f6388fc4f7503083717f776876bbdd11098fc5378b")
            .at("https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/regression/abalone_scale")])
        .home(LIBSVM_REGRESSION, UCI),
    libsvm("australian", "Australian credit approval, not scaled")
        .labels(Task::Binary, "-1:383 1:307")
        .size(690, 14, Some(7_724))
        .files(&[file("australian.gz", "84ee1e91f55f942ae26a82ea2344e40c09b328dc93c2055ca30516df99263e87")
            .holding("e11b85d6265a6cc8d07e3200fc04557009e6e2407331ea8d7910eddf199c2d1a")
            .at("https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary/australian")])
        .home(LIBSVM_BINARY, UCI),
    csv("breast-cancer-wdbc", "Breast cancer Wisconsin (diagnostic): 1 benign, 0 malignant, not scaled")
        .with_header()
        .labels(Task::Binary, "0:212 1:357")
        .size(569, 30, Some(16_992))
        .files(&[file("breast_cancer.csv.gz", "aa86c8de0789d7e6c1462566542a259ad97c64e5c553f83245f34e0828d6460e")
            .holding("fed3eb72d0575ef6192293f5093c6e801b1476b577d0386bf4455504522172ed")
            .embedded(include_bytes!("embedded/breast_cancer.csv.gz"))])
        .home(
            "https://archive.ics.uci.edu/dataset/17",
            "CC BY 4.0 (UCI Machine Learning Repository); cite the source; scikit-learn BSD-3-Clause",
        ),
    libsvm("cadata", "California housing: median house value, not scaled")
        .labels(Task::Regression, "")
        .size(20_640, 8, Some(165_120))
        .files(&[file("cadata.gz", "39aa569b9c66a232527e2ea7d647e9163494a8aee2c1deabb7f24ea2dcca9ab5")
            .holding("ffefbe2e9f0af268b72f523af41ef6076b59fa842482de0c586f81d3162a4a2a")
            .at("https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/regression/cadata")])
        .home(LIBSVM_REGRESSION, "none stated (Pace and Barry 1997, StatLib)"),
    cifar("cifar10-batch1", "CIFAR-10, the first 10,000 of the 50,000 training images, pixels 0..255")
        .folder("cifar10")
        .labels(Task::Multiclass, "0:1005 1:974 2:1032 3:1016 4:999 5:937 6:1030 7:1001 8:1025 9:981")
        .size(10_000, 3_072, Some(30_643_889))
        .files(&[file("data_batch_1.bin.xz", "7854ef2eb3bf1c9f426c079ccd35bea5dda80aca65679f9af02698fb449811b1")
            .holding("cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5")])
        .home(
            "https://www.cs.toronto.edu/~kriz/cifar.html",
            "none stated; free for research with citation (Krizhevsky 2009)",
        ),
    cifar("cifar10-test", "CIFAR-10, the test images, pixels 0..255")
        .folder("cifar10")
        .labels(Task::Multiclass, "0:1000 1:1000 2:1000 3:1000 4:1000 5:1000 6:1000 7:1000 8:1000 9:1000")
        .size(10_000, 3_072, Some(30_642_340))
        .files(&[file("test_batch.bin.xz", "89f4e12a985a64b8729884fe56b06dab93e30da267c8957ee031f6fc6d96a18f")
            .holding("8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b")])
        .home(
            "https://www.cs.toronto.edu/~kriz/cifar.html",
            "none stated; free for research with citation (Krizhevsky 2009)",
        ),
    libsvm("covtype", "Forest cover type 2 (label 2) against the rest, not scaled")
        .labels(Task::Binary, "1:297711 2:283301")
        .size(581_012, 54, Some(6_901_775))
        .files(&[file("covtype.libsvm.binary.bz2", "2e3600919f627064b0970259d8e1fa3594cae0d67843c31209aa471eb2b1e86e")
            .holding("1c5b96e5367563e1895cb2afe6aab2ef9f15721ace6d1512598fa1368559196c")
            .at("https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary/covtype.libsvm.binary.bz2")])
        .home(LIBSVM_BINARY, UCI),
    csv("diabetes-efron", "Diabetes progression of Efron et al. 2004, not scaled")
        .separated_by(b' ')
        .labels(Task::Regression, "")
        .size(442, 10, Some(4_420))
        .files(&[
            file("diabetes_data_raw.csv.gz", "7fc0ded571454b1982210d3bb43f0aca44eae01a0b8654a3b24022bdb6b38009")
                .holding("86badf50b4f9436ddd1e497dc0ae1b93166f8120221ee7dca4634fe849f3be7c")
                .embedded(include_bytes!("embedded/diabetes_data_raw.csv.gz")),
            file("diabetes_target.csv.gz", "8e53f65eb811df43c206f3534bb3af0e5fed213bc37ed6ba36310157d6023803")
                .holding("244713a551f62a291a354212d8a048adec6cb1244b2bc44e66a0698f5006d26d")
                .embedded(include_bytes!("embedded/diabetes_target.csv.gz")),
        ])
        .home(
            "https://www4.stat.ncsu.edu/~boos/var.select/diabetes.html",
            "BSD-3-Clause (scikit-learn); data of Efron et al. 2004",
        ),
    csv("digits", "Handwritten digits of 8 x 8 pixels 0..16")
        .labels(Task::Multiclass, "0:178 1:182 2:177 3:183 4:181 5:182 6:181 7:179 8:174 9:180")
        .size(1_797, 64, Some(58_736))
        .files(&[file("digits.csv.gz", "09f66e6debdee2cd2b5ae59e0d6abbb73fc2b0e0185d2e1957e9ebb51e23aa22")
            .holding("6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8")
            .embedded(include_bytes!("embedded/digits.csv.gz"))])
        .home(
            "https://archive.ics.uci.edu/dataset/80",
            "CC BY 4.0 (UCI Machine Learning Repository); cite the source; scikit-learn BSD-3-Clause",
        ),
    libsvm("ionosphere", "Radar returns: +1 good, -1 bad")
        .labels(Task::Binary, "-1:126 1:225")
        .size(351, 34, Some(10_513))
        .files(&[file("ionosphere.gz", "bc3de00f149788f03a2c40b1ec7962cfbb4ed2ca25de3050a87ed132d890fe07")
            .holding("f8b55e38428b6e20f183b5c6be0b878a37f26309a79d0b634340bf06ca9020f7")
            .at("https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary/ionosphere_scale")])
        .home("https://archive.ics.uci.edu/dataset/52", UCI),
    libsvm("madelon", "Artificial, five informative features of 500, dense")
        .labels(Task::Binary, "-1:1000 1:1000")
        .size(2_000, 500, Some(999_999))
        .files(&[file("madelon.gz", "781a212306a59ece63cc68f708d309953492e1cfeefce140c75ee3b0ce36d5ed")
            .holding("4801c452441772b47674fa8deb3724b1cb897eff49ccd8d47078367080c05b54")
            .at("https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary/madelon")])
        .home(LIBSVM_BINARY, UCI),
    libsvm("madelon-test", "Artificial, test part of madelon, dense")
        .folder("madelon")
        .labels(Task::Binary, "-1:300 1:300")
        .size(600, 500, Some(300_000))
        .files(&[file("madelon.t.gz", "40633dbc13a84a8e79337420ae34cb130ef5ecc5a4f184ccf0799d90c369677c")
            .holding("ae60251b63a46c6ace348b77749e79e25d4098d629d1dead2852c3d4daf1f8ea")
            .at("https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary/madelon.t")])
        .home(LIBSVM_BINARY, UCI),
    idx("mnist", "Handwritten digits of 28 x 28 pixels 0..255")
        .labels(Task::Multiclass, "0:5923 1:6742 2:5958 3:6131 4:5842 5:5421 6:5918 7:6265 8:5851 9:5949")
        .size(60_000, 784, Some(8_994_156))
        .files(&[
            file("train-images-idx3-ubyte.gz", "71524e2cd1ad2968737f7f2f2ff69cbfc32df8ccddff51593f7cb2d4e0eb5b64")
                .holding("ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db")
                .exactly_at("https://ossci-datasets.s3.amazonaws.com/mnist/train-images-idx3-ubyte.gz"),
            file("train-labels-idx1-ubyte.gz", "fe03b8bd7915f70bf5aa08be480aa413fbd85afcaa58b35d230d335f284fd88e")
                .holding("65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5")
                .exactly_at("https://ossci-datasets.s3.amazonaws.com/mnist/train-labels-idx1-ubyte.gz"),
        ])
        .home("http://yann.lecun.com/exdb/mnist/", "CC BY-SA 3.0 as stated by the Keras documentation"),
    idx("mnist-test", "Handwritten digits, test part of mnist")
        .folder("mnist")
        .labels(Task::Multiclass, "0:980 1:1135 2:1032 3:1010 4:982 5:892 6:958 7:1028 8:974 9:1009")
        .size(10_000, 784, Some(1_511_219))
        .files(&[
            file("t10k-images-idx3-ubyte.gz", "5634745efa576a17e7d4cf5cd9d09123c75e6538e5114267c2d156edaf519341")
                .holding("0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7")
                .exactly_at("https://ossci-datasets.s3.amazonaws.com/mnist/t10k-images-idx3-ubyte.gz"),
            file("t10k-labels-idx1-ubyte.gz", "ae18e77e031ccde52407f794d123116439864147d33ac992975f85dd4dc42af6")
                .holding("ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2")
                .exactly_at("https://ossci-datasets.s3.amazonaws.com/mnist/t10k-labels-idx1-ubyte.gz"),
        ])
        .home("http://yann.lecun.com/exdb/mnist/", "CC BY-SA 3.0 as stated by the Keras documentation"),
    libsvm("mushrooms", "Edible (label 2) or poisonous (label 1) mushrooms, 21 ones a row")
        .labels(Task::Binary, "1:3916 2:4208")
        .size(8_124, 112, Some(170_604))
        .files(&[file("mushrooms.gz", "3858c3db4473745af77765fe8ca48a4f29428838229ff7cb1a2ed7d5285f3403")
            .holding("f39a4eb628dc61a7d43760815b061c9e497aa728ce1ad8bde57a09ef6043b538")
            .at("https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary/mushrooms")])
        .home(LIBSVM_BINARY, UCI),
    libsvm(
        "news20-halves",
        "20 Newsgroups, groups 1-10 against 11-20, tf-idf rows of unit norm; a stand-in for RCV1, not RCV1",
    )
    .labels(Task::Binary, "-1:7984 1:7951")
    .size(15_935, 62_061, Some(1_272_569))
    .files(&[file("news20-halves.bz2", "feaaad42c981c530840abf1cace4850dffb234d113d705aa17d9285b6e2e19bf")
        .holding("85ab777729f1040ade013c8583aebcd3334e30ae6edd27e18a391d4ef2ece8f5")])
    .home("http://qwone.com/~jason/20Newsgroups/", UCI),
    libsvm("phishing", "Phishing web sites, rows of unit norm")
        .labels(Task::Binary, "0:4898 1:6157")
        .size(11_055, 68, Some(331_650))
        .files(&[file("phishing.gz", "3b24729d2347673c7596f099d0b6ff3b44248902c3dfbdc22d0bf4ec1b078703")
            .holding("0cf66ef36604c393da9359b2e5d894a2df8aee31fd184633cefa138add2ef08a")
            .at("https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary/phishing")])
        .home(LIBSVM_BINARY, UCI),
    words("ptb", "Penn Treebank by words, 10,000 of them, rows of 35 words; the training text")
        .labels(Task::Multiclass, "")
        .size(26_559, 35, None)
        .files(&[PTB_TRAIN])
        .home(
            "https://catalog.ldc.upenn.edu/LDC99T42",
            "Linguistic Data Consortium; the preprocessing of Mikolov et al. (2010) is widely mirrored",
        ),
    words("ptb-test", "Penn Treebank, test text, in the vocabulary of ptb")
        .folder("ptb")
        .labels(Task::Multiclass, "")
        .size(2_355, 35, None)
        .files(&[
            file("ptb.test.txt.gz", "b9743208d38e095719ea30645a6456bd2cabe3b3dfe0815ad10a51d08b4e2a48")
                .holding("dd65dff31e70846b2a6030a87482edcd5d199130cdcfa1f3dccbb033728deee0"),
            PTB_TRAIN,
        ])
        .home(
            "https://catalog.ldc.upenn.edu/LDC99T42",
            "Linguistic Data Consortium; the preprocessing of Mikolov et al. (2010) is widely mirrored",
        ),
    words("ptb-valid", "Penn Treebank, validation text, in the vocabulary of ptb")
        .folder("ptb")
        .labels(Task::Multiclass, "")
        .size(2_107, 35, None)
        .files(&[
            file("ptb.valid.txt.gz", "fdb970a6bddedf957366618daec55ab7beb159f8123600f8db16c34833dca93d")
                .holding("c9fe6985fe0d4ccb578183407d7668fc6066c20700cb4cf87d8ff1cc34df1bf2"),
            PTB_TRAIN,
        ])
        .home(
            "https://catalog.ldc.upenn.edu/LDC99T42",
            "Linguistic Data Consortium; the preprocessing of Mikolov et al. (2010) is widely mirrored",
        ),
    libsvm("rcv1", "RCV1 news, CCAT and ECAT against GCAT and MCAT, tf-idf rows of unit norm (rcv1_train.binary)")
        .labels(Task::Binary, "")
        .size(20_242, 47_236, None)
        .files(&[uncounted("rcv1_train.binary.bz2")
            .at("https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary/rcv1_train.binary.bz2")])
        .home(LIBSVM_BINARY, "Reuters, research use; term vectors may be distributed (LYRL2004)"),
    libsvm("rcv1-vw", "1,747 real rows of RCV1 (CCAT against the rest) in another feature numbering than rcv1")
        .labels(Task::Binary, "-1:930 1:817")
        .size(1_747, 47_236, Some(136_655))
        .files(&[file("rcv1_vw_all.gz", "507b81f245cb76b0bca09bd498ed93751f96f7c253bf9548acd1380331949060")
            .holding("14bec25dd82e2fedc0910e2a02042db8fad5a26d02e28812351a958a030af05b")])
        .home(
            "https://github.com/VowpalWabbit/vowpal_wabbit",
            "Reuters, research use; term vectors may be distributed (LYRL2004); repository BSD-3-Clause",
        ),
    libsvm("reuters-svmlight", "Reuters-21578, corporate acquisitions against the rest, rows of unit norm")
        .labels(Task::Binary, "-1:1000 1:1000")
        .size(2_000, 9_947, Some(94_790))
        .files(&[file("train.gz", "b7e62fb588b2530a91b00f6c7727683583cc074f8cdf29f5ecea2abe06233162")
            .holding("e49c95459a812ad6f76bfe1abc8ef274b050911420c78cb96010e4c783e54af1")
            .exactly_at(concat!(
                "https://raw.githubusercontent.com/gingsmith/cocoa/",
                "5363b92dc2ca1401047214af5b2e5da7540c7644/data/small_train.dat"
            ))])
        .home("https://www.cs.cornell.edu/people/tj/svm_light/", "research use"),
    libsvm("reuters-svmlight-test", "Reuters-21578, test part of reuters-svmlight")
        .folder("reuters-svmlight")
        .labels(Task::Binary, "-1:300 1:300")
        .size(600, 9_947, Some(23_730))
        .files(&[file("test.gz", "bbd0c9d721f8050f93e0f1dc1175486c9de1d2807737c4512bc8f9b5b1c9cd85")
            .holding("ff8f671dfe951635aefdcc6c709a44345dd5a8634b0fdff036246a836c3a0730")
            .exactly_at(concat!(
                "https://raw.githubusercontent.com/gingsmith/cocoa/",
                "5363b92dc2ca1401047214af5b2e5da7540c7644/data/small_test.dat"
            ))])
        .home("https://www.cs.cornell.edu/people/tj/svm_light/", "research use"),
    libsvm("spambase", "Spam (+1) or not, word frequencies, 4,597 of the 4,601 rows, not scaled")
        .labels(Task::Binary, "-1:2785 1:1812")
        .size(4_597, 57, Some(59_173))
        .files(&[file("spambase.gz", "3cfd39c1d3a2ab7f11f0c11a5251f371eba5d0bc3ef01decefff4b063f87b192")
            .holding("da6766502633385b044ca1e490b953327c3d4b63bf68687cba9fe07be127c1ff")
            .embedded(include_bytes!("embedded/spambase.gz"))])
        .home("https://archive.ics.uci.edu/dataset/94", UCI),
    characters("tinyshakespeare", "Plays of Shakespeare by characters, 65 of them, rows of 64 characters")
        .labels(Task::Multiclass, "")
        .size(17_428, 64, None)
        .files(&[file("input.txt.gz", "13125fe8f49092165d7d489e3944db52d1ba546e64a60080cc9523bcd0c5e46a")
            .holding("86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed")])
        .home("https://github.com/karpathy/char-rnn", "public domain"),
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
