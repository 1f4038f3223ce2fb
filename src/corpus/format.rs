//! What the name of a file says about its content.

use std::path::Path;

use serde::Serialize;

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// One article, plain text.
    Txt,
    /// One JSON object a line.
    Jsonl,
    /// RFC 4180 with a header row; the delimiter (comma, semicolon, tab) is read off it.
    Csv,
}

/// How a file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    Gzip,
    Zstd,
}

/// The format and compression that a file name says.
pub(super) fn by_extension(path: &Path) -> (Option<Format>, Compression) {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().to_ascii_lowercase())
        .unwrap_or_default();
    let (stem, compression) = if let Some(stem) = name.strip_suffix(".gz") {
        (stem, Compression::Gzip)
    } else if let Some(stem) = name.strip_suffix(".zst") {
        (stem, Compression::Zstd)
    } else {
        (name.as_str(), Compression::None)
    };
    let format = match stem.rsplit_once('.').map(|(_, extension)| extension) {
        Some("txt" | "text") => Some(Format::Txt),
        Some("jsonl" | "ndjson") => Some(Format::Jsonl),
        Some("csv" | "tsv") => Some(Format::Csv),
        _ => None,
    };
    (format, compression)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_tell_format_and_compression() {
        let cases = [
            ("a.txt", Some(Format::Txt), Compression::None),
            ("a.b.JSONL.GZ", Some(Format::Jsonl), Compression::Gzip),
            ("a.csv.zst", Some(Format::Csv), Compression::Zstd),
            ("a.tsv", Some(Format::Csv), Compression::None),
            ("README.md", None, Compression::None),
            ("a.gz", None, Compression::Gzip),
        ];
        for (name, format, compression) in cases {
            assert_eq!(
                by_extension(Path::new(name)),
                (format, compression),
                "{name}"
            );
        }
    }
}
