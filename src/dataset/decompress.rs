//! Bytes of a file, decompressed by what their first bytes say they are.
//!
//! It does not know what the bytes mean.

use super::DatasetError;
use std::borrow::Cow;
use std::io::Read;

/// The compressions that are recognized: name, first bytes, customary extension.
const FORMATS: [(&str, &[u8], &str); 3] =
    [("gzip", b"\x1f\x8b", ".gz"), ("bzip2", b"BZh", ".bz2"), ("xz", b"\xfd7zXZ\0", ".xz")];

/// The extension of a compression at the end of a file name, or nothing.
pub(super) fn without_extension(name: &str) -> &str {
    FORMATS.iter().find_map(|(_, _, extension)| name.strip_suffix(extension)).unwrap_or(name)
}

/// What any file may expand to, in bytes.
const FREE_BYTES: usize = 256_000_000;

/// What a larger one may expand to: this many times its own length. Rows of real data stay below a tenth of it.
const MOST_TIMES: usize = 100;

/// The contents of `bytes`: all members of a gzip, bzip2 or xz file, or the bytes themselves.
///
/// # Errors
/// The compressed data are cut or damaged, or expand beyond what data do; or a file is called `.gz`, `.bz2` or `.xz`
/// and is something else.
pub(super) fn decompress<'a>(file: &str, bytes: &'a [u8]) -> Result<Cow<'a, [u8]>, DatasetError> {
    let Some((format, ..)) = FORMATS.iter().find(|(_, magic, _)| bytes.starts_with(magic)) else {
        if let Some((format, ..)) = FORMATS.iter().find(|(_, _, extension)| file.ends_with(extension)) {
            let detail = match bytes {
                [] => "the file is empty".to_owned(),
                _ => format!("it does not begin as {format} does"),
            };
            return Err(DatasetError::Corrupt { file: file.to_owned(), format, detail });
        }
        return Ok(bytes.into());
    };
    expand(file, format, bytes, FREE_BYTES.max(bytes.len().saturating_mul(MOST_TIMES))).map(Cow::from)
}

fn expand(file: &str, format: &'static str, bytes: &[u8], limit: usize) -> Result<Vec<u8>, DatasetError> {
    let mut contents = Vec::new();
    let outcome = decoder(format, bytes).take(limit as u64 + 1).read_to_end(&mut contents);
    let too_large = |what: String| DatasetError::Content {
        file: file.to_owned(),
        problem: format!("the {format} data {what}; if they are right, decompress the file and name the result"),
    };
    match outcome {
        Ok(n) if n > limit => Err(too_large(format!("expand to more than {} MB", limit / 1_000_000))),
        Ok(_) => Ok(contents),
        Err(error) if error.kind() == std::io::ErrorKind::OutOfMemory => {
            Err(too_large(format!("do not fit into memory after {} MB", contents.len() / 1_000_000)))
        }
        Err(error) => Err(DatasetError::Corrupt { file: file.to_owned(), format, detail: error.to_string() }),
    }
}

fn decoder<'a>(format: &str, bytes: &'a [u8]) -> Box<dyn Read + 'a> {
    match format {
        "gzip" => Box::new(flate2::read::MultiGzDecoder::new(bytes)),
        "bzip2" => Box::new(bzip2::read::MultiBzDecoder::new(bytes)),
        _ => Box::new(lzma_rust2::XzReader::new(bytes, true)),
    }
}

/// The first bytes of the contents, at most `n`; fewer where the data are short or damaged.
pub(super) fn beginning(bytes: &[u8], n: usize) -> Vec<u8> {
    let Some((format, ..)) = FORMATS.iter().find(|(_, magic, _)| bytes.starts_with(magic)) else {
        return bytes[..bytes.len().min(n)].to_vec();
    };
    let mut contents = Vec::new();
    // What is wrong with the data is said when they are read.
    let _ = decoder(format, bytes).take(n as u64).read_to_end(&mut contents);
    contents
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    /// What `xz` makes of the two words; no encoder is part of the program.
    const XZ_FIRST: &[u8] =
        b"\xfd\x37\x7a\x58\x5a\x00\x00\x04\xe6\xd6\xb4\x46\x02\x00\x21\x01\x16\x00\x00\x00\x74\x2f\xe5\xa3\
        \x01\x00\x05\x66\x69\x72\x73\x74\x20\x00\x00\x00\xe6\xf5\x1b\x51\x24\x79\x10\x72\x00\x01\x1e\x06\
        \xc1\x2f\xa4\x1d\x1f\xb6\xf3\x7d\x01\x00\x00\x00\x00\x04\x59\x5a";
    const XZ_SECOND: &[u8] =
        b"\xfd\x37\x7a\x58\x5a\x00\x00\x04\xe6\xd6\xb4\x46\x02\x00\x21\x01\x16\x00\x00\x00\x74\x2f\xe5\xa3\
        \x01\x00\x05\x73\x65\x63\x6f\x6e\x64\x00\x00\x00\x38\xe8\x88\xc5\xc6\x30\xb4\x74\x00\x01\x1e\x06\
        \xc1\x2f\xa4\x1d\x1f\xb6\xf3\x7d\x01\x00\x00\x00\x00\x04\x59\x5a";

    fn xz(text: &[u8]) -> Vec<u8> {
        if text == b"second" { XZ_SECOND.to_vec() } else { XZ_FIRST.to_vec() }
    }

    fn compressed(format: &str, text: &[u8]) -> Vec<u8> {
        match format {
            "gzip" => {
                let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                writer.write_all(text).unwrap();
                writer.finish().unwrap()
            }
            "bzip2" => {
                let mut writer = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
                writer.write_all(text).unwrap();
                writer.finish().unwrap()
            }
            _ => xz(text),
        }
    }

    #[test]
    fn all_members_of_a_compressed_file_are_read() {
        for (format, _, extension) in FORMATS {
            let mut bytes = compressed(format, b"first ");
            bytes.extend(compressed(format, b"second"));
            let name = format!("two{extension}");
            assert_eq!(&*decompress(&name, &bytes).unwrap(), b"first second", "{format}");
        }
        assert_eq!(&*decompress("plain", b"first second").unwrap(), b"first second");
    }

    #[test]
    fn data_that_expand_beyond_all_measure_are_refused_and_are_not_called_damaged() {
        let zeros = compressed("gzip", &vec![b'0'; 3_000_000]);
        assert_eq!(expand("x.gz", "gzip", &zeros, 3_000_000).unwrap().len(), 3_000_000);
        assert_eq!(
            expand("x.gz", "gzip", &zeros, 2_999_999).unwrap_err().to_string(),
            "x.gz: the gzip data expand to more than 2 MB; if they are right, decompress the file and name the result"
        );
        assert_eq!(beginning(&zeros, 4), b"0000");
        assert_eq!(beginning(b"plain", 4), b"plai");
    }

    #[test]
    fn cut_and_damaged_files_are_refused() {
        let text: Vec<u8> = (0..20_000u32).flat_map(|i| (i * i % 251).to_string().into_bytes()).collect();
        for (format, _, extension) in FORMATS {
            let name = format!("x{extension}");
            let bytes = compressed(format, &text);
            let cut = decompress(&name, &bytes[..bytes.len() / 2]).unwrap_err().to_string();
            assert!(cut.starts_with(&format!("{name}: corrupt or truncated {format} data")), "{cut}");
            let mut damaged = bytes.clone();
            damaged[bytes.len() / 2] ^= 0x55;
            assert!(decompress(&name, &damaged).is_err(), "{format}");
            let other = decompress(&name, b"1 1:1").unwrap_err().to_string();
            assert!(other.contains(&format!("does not begin as {format} does")), "{other}");
        }
    }
}
