//! Data sets from the outside: what is embedded, what a data folder holds, what a file can do wrong, and downloads from
//! a server on this machine.

use clap::Parser;
use gradsieve::cli::data::{DataArguments, run_to};
use gradsieve::dataset::catalogue::{ENTRIES, Entry, find};
use gradsieve::dataset::fetch::{Download, FetchError, download, part_of};
use gradsieve::dataset::{DatasetSpec, GeneratorSpec, LabelSummary, Loaded, Matrix, PartitionSpec, Summary, Task};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};

#[derive(serde::Deserialize)]
struct File<T> {
    member: T,
}

fn parse<T: serde::de::DeserializeOwned>(toml: &str) -> Result<T, String> {
    toml::from_str::<File<T>>(&format!("member = {toml}")).map(|file| file.member).map_err(|error| error.to_string())
}

fn spec(toml: &str) -> DatasetSpec {
    parse(toml).unwrap()
}

fn refused(toml: &str) -> String {
    parse::<DatasetSpec>(toml).unwrap_err()
}

fn load_error(toml: &str, folder: Option<&Path>) -> String {
    spec(toml).load(folder).unwrap_err().to_string()
}

/// A data set has the counts that the catalogue promises.
fn assert_counts(entry: &Entry, folder: Option<&Path>) {
    let Loaded { dataset, task, checksum } = DatasetSpec::named(entry.name).unwrap().load(folder).unwrap();
    assert_eq!(dataset.name, entry.name);
    assert_eq!(task, entry.task, "{}", entry.name);
    assert_eq!(checksum.len(), 64);
    let summary = Summary::of(&dataset, task);
    assert_eq!((summary.n_rows, summary.n_features), (entry.n_rows, entry.n_features), "{}", entry.name);
    if let Some(n_stored) = entry.n_stored {
        assert_eq!(summary.n_nonzero, n_stored, "{}", entry.name);
    }
    match summary.labels {
        LabelSummary::Range { min, max, .. } => assert!(min < max, "{}", entry.name),
        // Tokens of a text, of which no list is kept.
        LabelSummary::Classes(_) if entry.classes.is_empty() => {}
        LabelSummary::Classes(classes) => {
            let values: Vec<f64> = classes.iter().map(|(label, _)| *label).collect();
            match task {
                Task::Binary => assert_eq!(values, [-1.0, 1.0], "{}", entry.name),
                _ => assert!(values.iter().enumerate().all(|(class, value)| *value == class as f64), "{}", entry.name),
            }
            // Both lists ascend, and every map keeps the order.
            let promised = entry.classes.split(' ').map(|class| class.split_once(':').unwrap().1.parse().unwrap());
            let found: Vec<usize> = classes.iter().map(|(_, count)| *count).collect();
            assert_eq!(found, promised.collect::<Vec<usize>>(), "{}", entry.name);
        }
    }
}

#[test]
fn every_set_at_hand_has_the_counts_of_the_catalogue() {
    let folder = std::env::var_os("GRADSIEVE_DATA").map(PathBuf::from).filter(|folder| folder.is_dir());
    let is_here = |entry: &&Entry| {
        let lies = |file| entry.places(file, folder.as_deref()).iter().any(|place| place.is_file());
        entry.is_embedded() || entry.files.iter().all(lies)
    };
    let here: Vec<&Entry> = ENTRIES.iter().filter(is_here).collect();
    assert!(here.len() >= 4, "the embedded sets are always at hand");
    for entry in here {
        assert_counts(entry, folder.as_deref());
    }
}

#[test]
fn embedded_rows_are_those_of_their_publishers() {
    let load = |name: &str| DatasetSpec::named(name).unwrap().load(None).unwrap().dataset;
    let wdbc = load("breast-cancer-wdbc");
    let row: Vec<f64> = wdbc.features.row(0).take(3).map(|(_, a)| a).collect();
    assert_eq!((row, wdbc.labels[0]), (vec![17.99, 10.38, 122.8], -1.0));
    let diabetes = load("diabetes-efron");
    assert_eq!(diabetes.features.row(0).next(), Some((0, 59.0)));
    assert_eq!(diabetes.labels[..3], [151.0, 75.0, 141.0]);
    let digits = load("digits");
    assert_eq!((digits.labels[..3].to_vec(), digits.n_classes()), (vec![0.0, 1.0, 2.0], Some(10)));
    let spam = load("spambase");
    assert!(matches!(spam.features, Matrix::Sparse { .. }));
    assert_eq!(spam.features.row(0).next(), Some((1, 0.64)));
    assert_eq!(spam.n_classes(), Some(2));
}

#[test]
fn examples_and_specifications_survive_a_round_trip() {
    for member in GeneratorSpec::MEMBERS {
        let generated = spec(member.example);
        assert_eq!(generated.name(), member.name);
        let loaded = generated.load(None).unwrap();
        assert_eq!(loaded, generated.load(None).unwrap(), "{}", member.name);
        assert!(loaded.dataset.labels.iter().all(|label| label.is_finite()));
    }
    for member in PartitionSpec::MEMBERS {
        let partition: PartitionSpec = parse(member.example).unwrap();
        assert_eq!(partition.name(), member.name);
    }
    for toml in [
        r#"{ name = "a9a", n_features = 124, scale = "unit-rows", intercept = true, max_rows = 9 }"#,
        r#"{ name = "mushrooms", labels = { "1" = 1.0, "2" = -1.0 }, storage = "dense" }"#,
        r#"{ name = "file", path = "x.csv.gz", label_column = 1, separator = ";", task = "multiclass" }"#,
        r#"{ name = "digits", positive_label = 3.0 }"#,
        GeneratorSpec::MEMBERS[0].example,
    ] {
        let before = spec(toml);
        let json = serde_json::to_string(&before).unwrap();
        assert_eq!(serde_json::from_str::<DatasetSpec>(&json).unwrap(), before);
    }
}

#[test]
fn the_schema_has_one_alternative_for_every_kind_of_source() {
    let schema = schemars::schema_for!(DatasetSpec).to_value();
    let alternatives = schema["oneOf"].as_array().unwrap();
    assert_eq!(alternatives.len(), 2 + GeneratorSpec::MEMBERS.len());
    assert_eq!(alternatives[0]["properties"]["name"]["enum"].as_array().unwrap().len(), ENTRIES.len());
    assert_eq!(alternatives[1]["required"], serde_json::json!(["name", "path"]));
    for alternative in alternatives {
        assert_eq!(alternative["additionalProperties"], false);
        assert!(alternative["properties"]["scale"].is_object());
        for property in alternative["properties"].as_object().unwrap().values() {
            assert!(property.is_object(), "{property}");
        }
    }
}

#[test]
fn misspelt_names_and_keys_are_answered_with_the_nearest() {
    let message = refused(r#"{ name = "mushroms" }"#);
    assert!(message.contains("unknown data set `mushroms` (did you mean `mushrooms`?)"), "{message}");
    assert!(message.contains("`a9a`") && message.contains("`file`") && message.contains("`sparse-logistic`"));
    let message = refused(r#"{ name = "a9a", scales = "none" }"#);
    assert!(message.contains("unknown field `scales` (did you mean `scale`?)"), "{message}");
    let message = refused(r#"{ name = "file", path = "x", headers = true }"#);
    assert!(message.contains("unknown field `headers` (did you mean `header`?)"), "{message}");
    let message = refused(r#"{ name = "linear-regression", n_row = 3 }"#);
    assert!(message.contains("unknown field `n_row`") && message.contains("n_rows"), "{message}");
    assert!(refused(r#"{ name = "file" }"#).contains("missing field `path`"));
    assert!(refused(r#"{ name = "a9a", max_rows = "many" }"#).contains("invalid type: string"));
    assert!(refused(r#"{ name = "a9a", scale = "unit" }"#).contains("unknown variant `unit`"));
    assert!(refused("{ path = \"x\" }").contains("missing field `name`"));
    assert!(DatasetSpec::named("a9").unwrap_err().to_string().contains("did you mean `a9a`?"));
}

#[test]
fn parameters_out_of_range_are_refused() {
    let none = load_error(r#"{ name = "digits", max_rows = 0 }"#, None);
    assert!(none.contains("max_rows = 0, but it must be at least 1"), "{none}");
    assert!(load_error(r#"{ name = "digits", n_features = 0 }"#, None).contains("n_features = 0"));
    let few = load_error(r#"{ name = "digits", n_features = 63 }"#, None);
    assert!(few.contains("64 features were found, above n_features = 63"), "{few}");
    let few = load_error(r#"{ name = "spambase", n_features = 56 }"#, None);
    assert!(few.contains("spambase.gz (embedded):1:") && few.contains("index 57 is above n_features = 56"), "{few}");
    let sparse = load_error(r#"{ name = "spambase", scale = "standardize" }"#, None);
    assert!(sparse.contains("use scale = \"max-abs\", or state storage = \"dense\""), "{sparse}");
}

#[test]
fn options_do_what_they_say_in_their_order() {
    let toml = r#"{ name = "digits", positive_label = 3, max_rows = 100, scale = "unit-rows", intercept = true }"#;
    let loaded = spec(toml).load(None).unwrap();
    let all = DatasetSpec::named("digits").unwrap().load(None).unwrap().dataset;
    assert_eq!(loaded.task, Task::Binary);
    assert_eq!((loaded.dataset.features.n_rows(), loaded.dataset.features.n_columns()), (100, 65));
    for row in 0..100 {
        assert_eq!(loaded.dataset.labels[row] == 1.0, all.labels[row] == 3.0);
        // A unit row and a one; rounding of 64 squares.
        assert!((loaded.dataset.features.row_norm_squared(row) - 2.0).abs() < 1e-14);
        assert_eq!(loaded.dataset.features.row(row).last(), Some((64, 1.0)));
    }
    let wide = spec(r#"{ name = "spambase", n_features = 60, storage = "dense", scale = "standardize" }"#);
    let wide = wide.load(None).unwrap().dataset;
    assert_eq!(wide.features.n_columns(), 60);
    assert_eq!(wide.features.row(0).last(), Some((59, 0.0)));
}

#[test]
fn checksums_follow_contents_and_meaning_but_not_places() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let checksum = |path: &Path, more: &str| {
        spec(&format!(r#"{{ name = "file", path = '{}'{more} }}"#, path.display())).load(None).unwrap().checksum
    };
    let (first, second) = (here.path().join("x"), there.path().join("y"));
    std::fs::write(&first, "1 1:1\n-1 2:1\n").unwrap();
    std::fs::write(&second, "1 1:1\n-1 2:1\n").unwrap();
    let original = checksum(&first, "");
    assert_eq!(original, checksum(&second, ""));
    assert_ne!(original, checksum(&first, ", intercept = true"));
    std::fs::write(&second, "1 1:1\n-1 2:2\n").unwrap();
    assert_ne!(original, checksum(&second, ""));
}

#[test]
fn missing_files_say_where_was_looked_and_what_helps() {
    let nowhere = load_error(r#"{ name = "a9a" }"#, None);
    assert!(nowhere.contains("no data folder is known"), "{nowhere}");
    let folder = tempfile::tempdir().unwrap();
    let message = load_error(r#"{ name = "a9a" }"#, Some(folder.path()));
    for part in [
        folder.path().join("a9a").join("a9a.gz").to_str().unwrap(),
        folder.path().join("a9a.gz").to_str().unwrap(),
        "gradsieve data fetch a9a",
        "--data-dir",
        "GRADSIEVE_DATA",
    ] {
        assert!(message.contains(part), "{message} lacks {part}");
    }
    let message = load_error(r#"{ name = "file", path = "no/such.gz" }"#, Some(folder.path()));
    assert!(message.contains("data file no/such.gz was not found; looked at no/such.gz, "), "{message}");
    let derived = load_error(r#"{ name = "news20-halves" }"#, Some(folder.path()));
    assert!(derived.contains("no public home serves it in this form"), "{derived}");
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(content).unwrap();
    writer.finish().unwrap()
}

#[test]
fn broken_files_are_named_with_their_place() {
    let folder = tempfile::tempdir().unwrap();
    let broken = |name: &str, content: &[u8], more: &str| {
        std::fs::write(folder.path().join(name), content).unwrap();
        load_error(&format!(r#"{{ name = "file", path = "{name}"{more} }}"#), Some(folder.path()))
    };
    let rows = "1 1:0.25\n-1 2:0.5\n".repeat(5000);
    let cut = broken("cut.gz", &gzip(rows.as_bytes())[..60], "");
    assert!(cut.contains("cut.gz: corrupt or truncated gzip data"), "{cut}");
    let zero = broken("zero.txt", b"1 1:1\n-1 0:1\n", "");
    let (place, remedy) = ("zero.txt:2:4: index 0 was found, but indices start at 1", "state first_index = 0");
    assert!(zero.contains(place) && zero.contains(remedy), "{zero}");
    let nan = broken("nan.gz", &gzip(b"1 1:NaN\n"), "");
    assert!(nan.ends_with("nan.gz:1:5: value `NaN` is not finite"), "{nan}");
    let above = broken("above.txt", b"1 4:1\n", ", n_features = 3");
    assert!(above.ends_with("above.txt:1:3: index 4 is above n_features = 3"), "{above}");
    let header = broken("x.csv", b"a,b\n1,2\n", "");
    let expected = "x.csv:1:1: `a` is not a number; if the first line is a header, state header = true";
    assert!(header.ends_with(expected), "{header}");
    let three = broken("three.txt", b"1 1:1\n2 1:1\n3 1:1\n", "");
    assert!(three.contains("labels take 3 values, 1, 2, 3; state task"), "{three}");
    assert!(broken("empty.txt", b"", "").contains("no row was found"));
    assert!(broken("x.idx", b"\0\0\x08\x01\0\0\0\x01\x05", "").contains("name their file with labels_path"));
    // A catalogued set that lost rows.
    std::fs::write(folder.path().join("a1a"), "1 1:1\n-1 2:1\n").unwrap();
    let lost = load_error(r#"{ name = "a1a" }"#, Some(folder.path()));
    assert!(lost.contains("the number of rows is 2, but the catalogue says 1605 for `a1a`"), "{lost}");
}

#[test]
fn files_of_every_format_give_the_same_rows() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &[u8]| std::fs::write(folder.path().join(name), content).unwrap();
    let libsvm = b"3 1:9 3:7\n5 2:255\n";
    write("x.libsvm", libsvm);
    write("x.gz", &gzip(libsvm));
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip2.write_all(libsvm).unwrap();
    write("x.bz2", &bzip2.finish().unwrap());
    write("x.csv", b"9,0,7,3\n0,255,0,5\n");
    write("x-images-idx3", &gzip(&[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 9, 0, 7, 0, 255, 0]));
    write("x-labels-idx1", &[0, 0, 8, 1, 0, 0, 0, 2, 3, 5]);
    let mut all = Vec::new();
    for (path, more) in [
        ("x.libsvm", ""),
        ("x.gz", ""),
        ("x.bz2", ""),
        ("x.csv", ""),
        ("x-images-idx3", r#", labels_path = "x-labels-idx1""#),
    ] {
        let spec = spec(&format!(r#"{{ name = "file", path = "{path}"{more} }}"#));
        let loaded = spec.load(Some(folder.path())).unwrap();
        assert_eq!(loaded.task, Task::Binary);
        assert_eq!(loaded.dataset.labels, [-1.0, 1.0]);
        all.push(loaded.dataset.features);
    }
    assert!(all.windows(2).all(|pair| pair[0] == pair[1]));
}

/// What a server makes of the text of a request.
type Answer = Box<dyn Fn(&str) -> Vec<u8> + Send>;

/// Answers one connection after the other, closing each; gives the address and, at the end, the requests.
fn serve(answers: Vec<Answer>) -> (String, std::thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let mut requests = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            let mut byte = [0];
            while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
                request.push(byte[0]);
            }
            let request = String::from_utf8(request).unwrap().to_lowercase();
            // A client that has what it needs may hang up.
            let _ = stream.write_all(&answer(&request));
            requests.push(request);
        }
        requests
    });
    (address, server)
}

fn response(status: &str, headers: &str, length: usize, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n");
    [head.as_bytes(), body].concat()
}

/// The whole file, or the part that a range requests.
fn whole(content: Vec<u8>) -> Answer {
    Box::new(move |request| match request.split_once("range: bytes=") {
        None => response("200 OK", "", content.len(), &content),
        Some((_, rest)) => {
            let start: usize = rest.split('-').next().unwrap().parse().unwrap();
            let range = format!("Content-Range: bytes {start}-{}/{}\r\n", content.len() - 1, content.len());
            response("206 Partial Content", &range, content.len() - start, &content[start..])
        }
    })
}

/// A connection that breaks after `sent` bytes.
fn cut(content: Vec<u8>, sent: usize) -> Answer {
    Box::new(move |_| response("200 OK", "", content.len(), &content[..sent]))
}

fn status(line: &'static str) -> Answer {
    Box::new(move |_| response(line, "", 0, b""))
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// Content that a wrong offset would garble.
fn content() -> Vec<u8> {
    (0..200_000u32).flat_map(u32::to_le_bytes).collect()
}

#[test]
fn a_whole_download_is_verified_and_put_in_place() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("set").join("x");
    let (address, server) = serve(vec![whole(content())]);
    let url = format!("{address}/x");
    let expected = sha256(&content());
    let mut last = (0, None);
    let request = Download { url: &url, target: &target, content_sha256: Some(&expected) };
    let done = download(&request, &mut |bytes, all| last = (bytes, all)).unwrap();
    assert_eq!((done.sha256, done.n_bytes, done.resumed_from), (expected, 800_000, 0));
    assert_eq!(last, (800_000, Some(800_000)));
    assert_eq!(std::fs::read(&target).unwrap(), content());
    assert!(!part_of(&target).exists());
    assert!(server.join().unwrap()[0].starts_with("get /x http/1.1"));
}

#[test]
fn a_cut_download_continues_where_it_was_cut() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("x");
    let (url, server) = serve(vec![cut(content(), 300_001), status("503 Busy"), whole(content())]);
    let expected = sha256(&content());
    let request = Download { url: &url, target: &target, content_sha256: Some(&expected) };
    download(&request, &mut |_, _| ()).unwrap();
    assert_eq!(std::fs::read(&target).unwrap(), content());
    let requests = server.join().unwrap();
    assert!(!requests[0].contains("range:"));
    assert!(requests[1].contains("range: bytes=300001-"), "{}", requests[1]);
    assert!(requests[2].contains("range: bytes=300001-"), "{}", requests[2]);
}

#[test]
fn a_later_process_continues_the_part_of_an_earlier_one() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("x");
    let expected = sha256(&content());
    let with = |answer: Answer, part: &[u8]| {
        std::fs::write(part_of(&target), part).unwrap();
        let (url, server) = serve(vec![answer]);
        let request = Download { url: &url, target: &target, content_sha256: Some(&expected) };
        let done = download(&request, &mut |_, _| ()).unwrap();
        assert_eq!(std::fs::read(&target).unwrap(), content());
        assert!(server.join().unwrap()[0].contains(&format!("range: bytes={}-", part.len())));
        done.resumed_from
    };
    assert_eq!(with(whole(content()), &content()[..1234]), 1234);
    // A server that knows no ranges sends everything again.
    assert_eq!(with(Box::new(|_| response("200 OK", "", 800_000, &content())), &content()[..77]), 0);
    // Everything had arrived; only the renaming was left.
    let range = "Content-Range: bytes */800000\r\n";
    assert_eq!(with(Box::new(move |_| response("416 Range Not Satisfiable", range, 0, b"")), &content()), 800_000);
}

#[test]
fn wrong_contents_are_thrown_away() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("x");
    let (url, server) = serve(vec![whole(b"not what was requested".to_vec())]);
    let expected = sha256(&content());
    let request = Download { url: &url, target: &target, content_sha256: Some(&expected) };
    let error = download(&request, &mut |_, _| ()).unwrap_err();
    assert!(matches!(&error, FetchError::Checksum { expected: e, .. } if *e == expected), "{error}");
    assert!(!target.exists() && !part_of(&target).exists());
    server.join().unwrap();
    // A file that calls itself .gz and is none.
    let target = folder.path().join("x.gz");
    let (url, server) = serve(vec![whole(b"<html>".to_vec())]);
    let request = Download { url: &url, target: &target, content_sha256: None };
    let message = download(&request, &mut |_, _| ()).unwrap_err().to_string();
    assert!(message.contains("does not begin as gzip does") && message.contains("thrown away"), "{message}");
    assert!(!target.exists() && !part_of(&target).exists());
    server.join().unwrap();
}

#[test]
fn absent_files_and_absent_servers_are_distinguished() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("x");
    let (url, server) = serve(vec![status("404 Not Found")]);
    let request = Download { url: &url, target: &target, content_sha256: None };
    let message = download(&request, &mut |_, _| ()).unwrap_err().to_string();
    assert!(message.contains("status 404 (not found)") && message.contains(target.to_str().unwrap()), "{message}");
    server.join().unwrap();

    // A port that was free a moment ago.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/x", listener.local_addr().unwrap());
    drop(listener);
    let request = Download { url: &url, target: &target, content_sha256: None };
    let error = download(&request, &mut |_, _| ()).unwrap_err();
    assert!(matches!(error, FetchError::Unreachable { .. }), "{error}");
    let message = error.to_string();
    assert!(message.contains("offline?") && message.contains(target.to_str().unwrap()), "{message}");
    assert!(!target.exists());
}

#[derive(Parser)]
struct Command {
    #[command(flatten)]
    arguments: DataArguments,
}

/// What `gradsieve data …` prints, or its error.
fn data(arguments: &[&str]) -> Result<String, String> {
    let command = Command::try_parse_from(["gradsieve"].iter().chain(arguments)).map_err(|error| error.to_string())?;
    let mut out = Vec::new();
    run_to(&command.arguments, None, &mut out).map_err(|error| error.to_string())?;
    Ok(String::from_utf8(out).unwrap())
}

#[test]
fn the_list_names_every_set_and_generator() {
    let text = data(&["list"]).unwrap();
    for name in DatasetSpec::names() {
        assert!(text.lines().any(|line| line.starts_with(&format!("{name} "))), "{name}");
    }
}

#[test]
fn info_shows_counts_balance_norms_and_licence() {
    let text = data(&["info", "spambase"]).unwrap();
    for part in ["4597", "57", "59173", "-1: 2785 (60.6 %), 1: 1812 (39.4 %)", "row norms   from", "CC BY 4.0"] {
        assert!(text.contains(part), "{text} lacks {part}");
    }
    assert!(data(&["info", "diabetes-efron"]).unwrap().contains("from 25 to 346"));
    let folder = tempfile::tempdir().unwrap();
    let absent = data(&["info", "rcv1", "--data-dir", folder.path().to_str().unwrap()]).unwrap();
    assert!(absent.contains("47236") && absent.contains("not here") && absent.contains("data fetch rcv1"), "{absent}");
    assert!(data(&["info", "spambas"]).unwrap_err().contains("did you mean `spambase`?"));
}

#[test]
fn fetch_verifies_by_counts_where_no_checksum_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().to_str().unwrap();
    let target = folder.path().join("a1a").join("a1a");

    let (url, server) = serve(vec![whole(b"1 1:1\n-1 2:1\n".to_vec())]);
    let message = data(&["fetch", "a1a", "--data-dir", place, "--url", &format!("{url}/a1a")]).unwrap_err();
    assert!(
        message.contains("the number of rows is 2") && message.contains("what was fetched is removed"),
        "{message}"
    );
    assert!(!target.exists());
    server.join().unwrap();

    let rows: Vec<String> = (0..1605).map(|i| format!("{} {}:1\n", 2 * (i % 2) - 1, 1 + i % 123)).collect();
    let rows = rows.concat();
    let (url, server) = serve(vec![whole(rows.clone().into_bytes())]);
    let text = data(&["fetch", "a1a", "--data-dir", place, "--url", &format!("{url}/")]).unwrap();
    assert!(server.join().unwrap()[0].starts_with("get /a1a "));
    assert!(text.contains(&sha256(rows.as_bytes())) && text.contains("the counts agree with the catalogue"), "{text}");
    let recorded = std::fs::read_to_string(folder.path().join("a1a").join("a1a.sha256")).unwrap();
    assert_eq!(recorded, format!("{}  a1a\n", sha256(rows.as_bytes())));
    assert!(data(&["fetch", "a1a", "--data-dir", place]).unwrap().contains("is already here"));
}

#[test]
fn fetch_insists_on_the_checksum_where_the_home_is_known_to_be_exact() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().to_str().unwrap();
    let (url, server) = serve(vec![whole(gzip(&[0, 0, 8, 1, 0, 0, 0, 1, 1]))]);
    let message = data(&["fetch", "mnist", "--data-dir", place, "--url", &format!("{url}/mnist/")]).unwrap_err();
    assert!(message.contains(find("mnist").unwrap().files[0].content_sha256.unwrap()), "{message}");
    assert!(server.join().unwrap()[0].starts_with("get /mnist/train-images-idx3-ubyte.gz "));
    let one = data(&["fetch", "mnist", "--data-dir", place, "--url", "http://127.0.0.1:1/x"]).unwrap_err();
    assert!(one.contains("mnist has 2 files: --url must name their folder and end in /"), "{one}");
}

#[test]
fn fetch_says_when_there_is_nothing_it_can_do() {
    assert!(data(&["fetch", "digits"]).unwrap().contains("part of the program"));
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().to_str().unwrap();
    let derived = data(&["fetch", "news20-halves", "--data-dir", place]).unwrap_err();
    assert!(derived.contains("no public home serves news20-halves"), "{derived}");
}
