//! What the name of a file says about its content.

use std::path::Path;

use serde::Serialize;

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// One article in plain text, or many as Nexis, Factiva and ProQuest export them.
    Txt,
    /// One JSON object a line.
    Jsonl,
    /// A JSON object, an array of them, or an envelope.
    Json,
    /// RFC 4180 with a header row; the delimiter (comma, semicolon, tab, bar) is read off it.
    Csv,
    /// Apache Parquet.
    Parquet,
    /// Word documents as Nexis exports them.
    Docx,
    /// Rich text as Nexis and Factiva export it.
    Rtf,
    /// NITF, NewsML-G2, RSS or Atom.
    Xml,
    /// A page, or Factiva's export.
    Html,
    /// Web archives (ISO 28500).
    Warc,
    /// A folder of files in one.
    Zip,
    /// The same, as tar has it.
    Tar,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 12] = [
        Self::Txt,
        Self::Jsonl,
        Self::Json,
        Self::Csv,
        Self::Parquet,
        Self::Docx,
        Self::Rtf,
        Self::Xml,
        Self::Html,
        Self::Warc,
        Self::Zip,
        Self::Tar,
    ];

    /// Its name, as on the command line.
    pub fn name(self) -> &'static str {
        self.extensions()[0]
    }

    /// How the names of its files end, without the dot and before `.gz` and its kind.
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Txt => &["txt", "text"],
            Self::Jsonl => &["jsonl", "ndjson"],
            Self::Json => &["json"],
            Self::Csv => &["csv", "tsv"],
            Self::Parquet => &["parquet"],
            Self::Docx => &["docx"],
            Self::Rtf => &["rtf"],
            Self::Xml => &["xml", "rss", "atom", "nitf"],
            Self::Html => &["html", "htm", "xhtml"],
            Self::Warc => &["warc"],
            Self::Zip => &["zip"],
            Self::Tar => &["tar", "tgz"],
        }
    }

    /// The names of all formats: "txt, jsonl or csv".
    pub fn names_in_words() -> String {
        any_of(Self::ALL.iter().map(|format| format.name().to_owned()))
    }

    /// The extensions of all formats: ".txt, .text, .jsonl or .csv".
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
    Bzip2,
    Xz,
}

/// The ends of names that say how a file is packed.
const PACKED: [(&str, Compression); 5] = [
    (".gz", Compression::Gzip),
    (".zst", Compression::Zstd),
    (".zstd", Compression::Zstd),
    (".bz2", Compression::Bzip2),
    (".xz", Compression::Xz),
];

/// The format and compression that a file name says.
pub(super) fn by_extension(path: &Path) -> (Option<Format>, Compression) {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().to_ascii_lowercase())
        .unwrap_or_default();
    if name.ends_with(".tgz") {
        return (Some(Format::Tar), Compression::Gzip);
    }
    let packed = PACKED
        .iter()
        .find_map(|(end, compression)| Some((name.strip_suffix(end)?, *compression)));
    let (stem, compression) = packed.unwrap_or((&name, Compression::None));
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
            ("a.tsv.bz2", Some(Format::Csv), Compression::Bzip2),
            ("a.json.xz", Some(Format::Json), Compression::Xz),
            ("a.tgz", Some(Format::Tar), Compression::Gzip),
            ("a.tar.gz", Some(Format::Tar), Compression::Gzip),
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
        assert!(Format::names_in_words().starts_with("txt, jsonl, json, csv"));
        assert!(Format::extensions_in_words().ends_with(".zip, .tar or .tgz"));
    }
}
