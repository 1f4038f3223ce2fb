//! Coding sheets: mentions of a scored corpus, for people to label without seeing what a model says.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use csv::{ReaderBuilder, StringRecord, Terminator, WriterBuilder};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::gold::{GoldTarget, span};
use crate::corpus::text_of_file;
use crate::error::{Error, ErrorKind, Result};
use crate::model::Label;
use crate::report::{BOM, CsvDialect, Delimiter, MentionRow, at_mention};

/// The label of a mention that does not mean the actor.
const NOT_THE_ACTOR: &str = "none";

/// A mention to label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SheetRow {
    /// The article.
    pub article_id: String,
    /// The actor's id.
    pub actor: String,
    /// The sentence, with brackets around the mention.
    pub sentence: String,
    /// To be filled in: negative, neutral or positive, or none if the mention does not mean the actor.
    pub label: String,
    /// Where the mention starts in the sentence without the brackets, in code points.
    pub from: u64,
    /// Where it ends.
    pub to: u64,
}

/// A sample of mentions: so many in all, or with `by_actor` as many of each actor as that comes to. Which they are depends on the
/// facts and the seed alone.
#[derive(Debug)]
pub struct Sample {
    size: usize,
    by_actor: bool,
    seed: u64,
    /// By actor if that is asked for, the mentions of the lowest hashes.
    drawn: BTreeMap<String, BTreeMap<[u8; 32], SheetRow>>,
}

impl Sample {
    /// A sample of nothing so far.
    pub fn new(size: usize, by_actor: bool, seed: u64) -> Self {
        Self {
            size,
            by_actor,
            seed,
            drawn: BTreeMap::new(),
        }
    }

    /// Offers a mention.
    pub fn offer(&mut self, mention: &MentionRow) {
        let hash = Sha256::new()
            .chain_update(self.seed.to_le_bytes())
            .chain_update(mention.article_id.as_bytes())
            .chain_update(mention.start.to_le_bytes())
            .chain_update(mention.actor.as_bytes())
            .finalize();
        let stratum = if self.by_actor {
            mention.actor.to_string()
        } else {
            String::new()
        };
        let drawn = self.drawn.entry(stratum).or_default();
        drawn.insert(hash.into(), SheetRow::of(mention));
        if drawn.len() > self.size {
            drawn.pop_last();
        }
    }

    /// The mentions, in the order of their hashes, which says nothing of them.
    pub fn rows(self) -> Vec<SheetRow> {
        let strata = self.drawn.len().max(1);
        let each = if self.by_actor {
            self.size.div_ceil(strata)
        } else {
            self.size
        };
        let drawn = self
            .drawn
            .into_values()
            .flat_map(|drawn| drawn.into_iter().take(each));
        let mut rows: Vec<_> = drawn.collect();
        rows.sort_by_key(|(hash, _)| *hash);
        rows.into_iter().map(|(_, row)| row).collect()
    }
}

impl SheetRow {
    fn of(mention: &MentionRow) -> Self {
        let length = mention.surface.chars().count() as u64;
        let [before, surface, behind] =
            at_mention(&mention.sentence, mention.offset, &mention.surface);
        Self {
            article_id: mention.article_id.to_string(),
            actor: mention.actor.to_string(),
            sentence: format!("{before}[{surface}]{behind}"),
            label: String::new(),
            from: mention.offset,
            to: mention.offset + length,
        }
    }
}

/// Writes a coding sheet, in a form that spreadsheets open right and compute nothing of.
///
/// # Errors
///
/// Those of the output.
pub fn write_sheet(mut out: impl Write, rows: &[SheetRow], delimiter: Delimiter) -> io::Result<()> {
    let dialect = CsvDialect {
        spreadsheet: true,
        delimiter,
    };
    out.write_all(BOM.as_bytes())?;
    let mut writer = WriterBuilder::new()
        .delimiter(delimiter.byte())
        .terminator(Terminator::CRLF)
        .from_writer(out);
    for row in rows {
        writer.serialize(SheetRow {
            article_id: dialect.escaped(&row.article_id).into_owned(),
            actor: dialect.escaped(&row.actor).into_owned(),
            sentence: dialect.escaped(&row.sentence).into_owned(),
            ..row.clone()
        })?;
    }
    writer.flush()
}

/// A coding sheet that people filled in.
#[derive(Debug, Clone)]
pub struct CodedSheet {
    /// The mentions with a label.
    pub targets: Vec<GoldTarget>,
    /// Rows without a label.
    pub unlabelled: usize,
    /// Rows labelled `none`: what is in brackets does not mean the actor.
    pub not_the_actor: usize,
}

/// Reads a coding sheet that people filled in, or any table of sentences with a label: columns `sentence` and `label`, and
/// `from` and `to` unless brackets are around the target. Labels are names, or 2, 4 and 6, or -1, 0 and 1; `none` says that the target is
/// not the actor. UTF-8, UTF-16 or Windows-1252, with commas, semicolons or tabs.
///
/// # Errors
///
/// [`ErrorKind::Gold`] with the line of the first row that can't be read.
pub fn read_sheet(path: &Path) -> Result<CodedSheet> {
    let mistake = |line: Option<u64>, problem: String| {
        let line = line.map(|line| format!(":{line}")).unwrap_or_default();
        let remedy = "give columns sentence and label (negative, neutral or positive), with [brackets] around the target or columns from and to";
        Error::new(
            ErrorKind::Gold,
            format!("{}{line}", path.display()),
            problem,
            remedy,
        )
    };
    let io =
        |error: csv::Error| mistake(error.position().map(csv::Position::line), error.to_string());
    let bytes = std::fs::read(path).map_err(Error::io(path))?;
    let text = text_of_file(&bytes).map_err(|reason| mistake(None, reason))?;
    let header = text.lines().next().unwrap_or_default();
    let count = |mark: u8| header.bytes().filter(|&byte| byte == mark).count();
    // Spreadsheets in much of Europe write semicolons.
    let delimiter = [b',', b';', b'\t']
        .into_iter()
        .rev()
        .max_by_key(|&mark| count(mark))
        .unwrap_or(b',');
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let header = reader.headers().map_err(io)?.clone();
    let column = |name: &str| {
        header.iter().position(|it| {
            it.trim_matches(['\u{feff}', ' '])
                .eq_ignore_ascii_case(name)
        })
    };
    let (Some(sentence), Some(label)) = (column("sentence"), column("label")) else {
        let names: Vec<&str> = header.iter().collect();
        return Err(mistake(
            None,
            format!("the header has {}", names.join(", ")),
        ));
    };
    let (from, to) = (column("from"), column("to"));
    let dialect = CsvDialect {
        spreadsheet: true,
        ..CsvDialect::default()
    };
    let mut sheet = CodedSheet {
        targets: Vec::new(),
        unlabelled: 0,
        not_the_actor: 0,
    };
    for row in reader.records() {
        let row: StringRecord = row.map_err(io)?;
        let line = row.position().map(csv::Position::line);
        let field = |column: usize| row.get(column).unwrap_or_default();
        let written = field(label).trim();
        if written.is_empty() {
            sheet.unlabelled += 1;
            continue;
        }
        if written.eq_ignore_ascii_case(NOT_THE_ACTOR) {
            sheet.not_the_actor += 1;
            continue;
        }
        let label =
            label_of(written).ok_or_else(|| mistake(line, format!("{written:?} is no label")))?;
        let number = |column: Option<usize>| field(column?).trim().parse::<usize>().ok();
        let text = dialect.unescaped(field(sentence));
        let target = target_of(text, number(from).zip(number(to)))
            .ok_or_else(|| mistake(line, "no target: neither brackets nor offsets".to_owned()))?;
        sheet.targets.push(GoldTarget { label, ..target });
    }
    if sheet.targets.is_empty() {
        return Err(mistake(None, "no row has a label".to_owned()));
    }
    Ok(sheet)
}

fn label_of(written: &str) -> Option<Label> {
    Some(match &*written.to_lowercase() {
        "negative" | "neg" | "2" | "2.0" | "-1" | "-1.0" => Label::Negative,
        "neutral" | "neu" | "4" | "4.0" | "0" | "0.0" => Label::Neutral,
        "positive" | "pos" | "6" | "6.0" | "1" | "1.0" => Label::Positive,
        _ => return None,
    })
}

/// The sentence without its brackets, and the target in it.
fn target_of(sentence: &str, offsets: Option<(usize, usize)>) -> Option<GoldTarget> {
    let bracketed = |start: usize, end: usize| {
        let inner = sentence.get(start + 1..end)?;
        (sentence.get(start..=start) == Some("[")
            && sentence.get(end..=end) == Some("]")
            && !inner.is_empty())
        .then(|| GoldTarget {
            sentence: format!("{}{inner}{}", &sentence[..start], &sentence[end + 1..]),
            bytes: start..start + inner.len(),
            label: Label::Neutral,
        })
    };
    let Some((from, to)) = offsets else {
        let start = sentence.find('[')?;
        return bracketed(start, start + sentence[start..].find(']')?);
    };
    // Offsets are those of the sentence without brackets; the brackets may be gone.
    let with_brackets = span(sentence, from, to + 1).and_then(|it| bracketed(it.start, it.end));
    with_brackets.or_else(|| {
        let bytes = span(sentence, from, to)?;
        (bytes.start < bytes.end).then(|| GoldTarget {
            sentence: sentence.to_owned(),
            bytes,
            label: Label::Neutral,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheets_are_read_with_and_without_offsets() {
        let folder = tempfile::tempdir().unwrap();
        let read = |content: &str| {
            let path = folder.path().join("sheet.csv");
            std::fs::write(&path, content).unwrap();
            read_sheet(&path).map(|sheet| -> Vec<String> {
                let shown = sheet.targets.into_iter().map(|it| {
                    format!(
                        "{} {:?} {}",
                        it.label.name(),
                        &it.sentence[it.bytes],
                        it.sentence
                    )
                });
                shown.collect()
            })
        };
        assert_eq!(
            read("\u{feff}Label,sentence\nNegative,Élan [Merz] [left].\n,[Tusk] stayed.\n4,[Tusk] stayed.\n").unwrap(),
            ["negative \"Merz\" Élan Merz [left].", "neutral \"Tusk\" Tusk stayed."]
        );
        let both = "sentence,from,to,label\n“[a]” [Élan] left.,6,10,1\n“a” Élan left.,4,8,pos\n";
        assert_eq!(
            read(both).unwrap(),
            [
                "positive \"Élan\" “[a]” Élan left.",
                "positive \"Élan\" “a” Élan left."
            ]
        );
        for (content, expected) in [
            ("text,label\n", "the header has text, label"),
            ("sentence;label\n[a] b;\n", "no row has a label"),
            ("sentence,label\n[a] b,maybe\n", ":2: \"maybe\" is no label"),
            ("sentence,label\na b,neg\n", "no target"),
        ] {
            let error = read(content).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
