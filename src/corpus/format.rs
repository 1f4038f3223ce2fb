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

impl Format {
    /// All formats.
    pub const ALL: [Self; 3] = [Self::Txt, Self::Jsonl, Self::Csv];

    /// Its name, as on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Txt => "txt",
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
        }
    }

    /// How the names of its files end, without the dot and before `.gz` or `.zst`.
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Txt => &["txt", "text"],
            Self::Jsonl => &["jsonl", "ndjson"],
            Self::Csv => &["csv", "tsv"],
        }
    }

    /// The names of all formats: "txt, jsonl or csv".
    pub fn names_in_words() -> String {
        any_of(Self::ALL.iter().map(|format| format.name().to_owned()))
    }

    /// The extensions of all formats: ".txt, .text, .jsonl, .ndjson, .csv or .tsv".
    pub fn extensions_in_words() -> String {
        let extensions = Self::ALL.iter().flat_map(|format| format.extensions());
        any_of(extensions.map(|extension| format!(".{extension}")))
    }
}

fn any_of(words: impl Iterator<Item = String>) -> String {
    let mut words: Vec<String> = words.collect();
    let last = words.pop().unwrap_or_default();
    match words.is_empty() {
        true => last,
        false => format!("{} or {last}", words.join(", ")),
    }
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
    let format = stem.rsplit_once('.').and_then(|(_, extension)| {
        let mut formats = Format::ALL.into_iter();
        formats.find(|format| format.extensions().contains(&extension))
    });
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
            ("txt", None, Compression::None),
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

    #[test]
    fn formats_are_listed_in_words() {
        assert_eq!(Format::names_in_words(), "txt, jsonl or csv");
        assert_eq!(
            Format::extensions_in_words(),
            ".txt, .text, .jsonl, .ndjson, .csv or .tsv"
        );
    }
}
