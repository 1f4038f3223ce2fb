//! Attribution gold, and how the speakers of mentions compare with it.

use std::collections::{BTreeMap, HashSet};

use std::ops::Range;
use std::path::Path;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::gold::objects;
use crate::actors::{Mention, Recognizer, Speaker, Voice};
use crate::error::Result;
use crate::text::Document;

/// An article with its attributions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoldVoices {
    /// Name of the article.
    pub id: String,
    /// Its text.
    pub text: String,
    /// When it was published, if that is known.
    pub date: Option<Date>,
    /// What it gives to others.
    pub attributions: Vec<Attribution>,
}

/// Words that an article gives to a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribution {
    /// Half-open ranges of code points.
    pub spans: Vec<Range<usize>>,
    /// Who says it, as the article has it there; `None` for nobody.
    pub speaker: Option<String>,
    /// How: `direct`, `indirect` or `mixed` (both).
    pub form: String,
}

#[derive(Deserialize)]
struct Row {
    doc: String,
    text: String,
    #[serde(default)]
    date: Option<String>,
    quotes: Vec<RowQuote>,
}

#[derive(Deserialize)]
struct RowQuote {
    spans: Vec<RowSpan>,
    speaker: Option<String>,
    /// Who is meant by a pronoun, in GUM.
    #[serde(default)]
    speaker_name: Option<String>,
    cue: Option<String>,
    #[serde(rename = "type")]
    form: String,
}

#[derive(Deserialize)]
struct RowSpan {
    start: usize,
    end: usize,
}

/// Reads attributions in the form of PolNeAR (Newell, Margolin & Ruths, LREC 2018) and GUM (Zeldes, LREC 2017): one JSON
/// object a line, with `doc`, `text`, `date` and `quotes`, each with `spans` of code points, `speaker` (or
/// `speaker_name`), `cue` and `type`. Those without a cue are left out.
///
/// # Errors
///
/// [`ErrorKind::Io`](crate::ErrorKind::Io) if it cannot be read, [`ErrorKind::Gold`](crate::ErrorKind::Gold) with the line of the first mistake.
pub fn read_voices(path: &Path) -> Result<Vec<GoldVoices>> {
    let remedy = "give one JSON object a line, with doc, text and quotes";
    let mut gold = Vec::new();
    for (row, _) in objects::<Row>(path, remedy)? {
        let quotes = row.quotes.into_iter().filter(|quote| quote.cue.is_some());
        let attributions = quotes.map(|quote| Attribution {
            spans: quote.spans.iter().map(|it| it.start..it.end).collect(),
            speaker: quote
                .speaker_name
                .or(quote.speaker)
                .filter(|speaker| !speaker.trim().is_empty()),
            form: quote.form,
        });
        gold.push(GoldVoices {
            id: row.doc,
            text: row.text,
            date: row.date.and_then(|date| date.parse().ok()),
            attributions: attributions.collect(),
        });
    }
    Ok(gold)
}

/// How the speakers of an actor's mentions compare with gold. Shares are fractions of 1.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct VoiceFigures {
    /// Of the mentions that somebody is said to voice, those that somebody does.
    pub precision: f64,
    /// Of the mentions that somebody voices, those that are said to be.
    pub recall: f64,
    /// Of the mentions whose source has a name, those with the right one.
    pub named: f64,
    /// Of the author's own mentions, those that stay the author's.
    pub kept: f64,
    /// By form of the attribution.
    pub forms: BTreeMap<String, FormFigures>,
    /// The author's own mentions.
    pub author: u64,
}

/// Of mentions within one form of attribution.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct FormFigures {
    /// Mentions.
    pub voiced: u64,
    /// Those that somebody is said to voice.
    pub found: u64,
    /// Those whose source has a name.
    pub named: u64,
    /// Those of them with the right one.
    pub right: u64,
}

/// A mention whose speaker is not the gold's.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VoiceMistake {
    /// The article.
    pub doc: String,
    /// How the gold has it: a form, or `author`.
    pub gold: String,
    /// Who speaks by the gold; empty for the author.
    pub source: String,
    /// Who was said to speak.
    pub speaker: String,
    /// The mention.
    pub surface: String,
    /// Its sentence.
    pub sentence: String,
}

/// Words for somebody that name nobody.
const NAMELESS: [&str; 11] = [
    "he", "she", "they", "it", "i", "we", "who", "that", "him", "her", "you",
];

impl VoiceFigures {
    /// Finds the mentions of a catalogue in the gold's articles and compares their speakers. A mention is voiced by
    /// somebody if a span covers it; of nested ones the shortest tells the form, and the source of any is right. Sources
    /// are compared by their last word with a capital.
    pub fn measure(recognizer: &Recognizer, gold: &[GoldVoices]) -> (Self, Vec<VoiceMistake>) {
        let mut figures = Self::default();
        let (mut kept, mut mistakes) = (0, Vec::new());
        for article in gold {
            let document = Document::new(&article.text, "");
            let mentions = recognizer.mentions(&article.text, &document, article.date);
            for mention in mentions {
                let speaker = mention.speaker.name(recognizer.catalogue());
                let mistake = |gold: &str, source: &str| VoiceMistake {
                    doc: article.id.clone(),
                    gold: gold.to_owned(),
                    source: source.to_owned(),
                    speaker: speaker.to_owned(),
                    surface: article.text[mention.bytes.clone()].to_owned(),
                    sentence: article.text[document.sentences()[mention.sentence].bytes.clone()]
                        .to_owned(),
                };
                let authors = mention.voice == Voice::Author;
                let over = article.over(&mention);
                let Some(inner) = over.iter().min_by_key(|it| it.length()) else {
                    figures.author += 1;
                    kept += u64::from(authors);
                    if !authors {
                        mistakes.push(mistake("author", ""));
                    }
                    continue;
                };
                let form = figures.forms.entry(inner.form.clone()).or_default();
                form.voiced += 1;
                form.found += u64::from(!authors);
                let source = inner.speaker.as_deref().unwrap_or_default();
                let nameless = NAMELESS.contains(&&*source.to_lowercase())
                    || !source
                        .split_whitespace()
                        .any(|it| it.starts_with(char::is_uppercase));
                if nameless {
                    if authors {
                        mistakes.push(mistake(&inner.form, source));
                    }
                    continue;
                }
                let names: HashSet<String> = over
                    .iter()
                    .filter_map(|it| it.speaker.as_deref())
                    .map(last_name)
                    .collect();
                let right =
                    mention.speaker != Speaker::Author && names.contains(&last_name(speaker));
                form.named += 1;
                form.right += u64::from(right);
                if !right {
                    mistakes.push(mistake(&inner.form, source));
                }
            }
        }
        let sum = |of: fn(&FormFigures) -> u64| -> u64 { figures.forms.values().map(of).sum() };
        let share = |part: u64, all: u64| part as f64 / all.max(1) as f64;
        let (found, voiced) = (sum(|it| it.found), sum(|it| it.voiced));
        figures.precision = share(found, found + figures.author - kept);
        figures.recall = share(found, voiced);
        figures.named = share(sum(|it| it.right), sum(|it| it.named));
        figures.kept = share(kept, figures.author);
        (figures, mistakes)
    }
}

impl GoldVoices {
    /// The attributions that a mention stands in.
    fn over(&self, mention: &Mention) -> Vec<&Attribution> {
        let covers = |span: &Range<usize>| {
            span.start <= mention.chars.start && mention.chars.end <= span.end
        };
        let over = self
            .attributions
            .iter()
            .filter(|it| it.spans.iter().any(covers));
        over.collect()
    }
}

impl Attribution {
    fn length(&self) -> usize {
        self.spans.iter().map(ExactSizeIterator::len).sum()
    }
}

/// The last word of a name with a capital, in lower case and without a possessive 's.
fn last_name(name: &str) -> String {
    let marks = ['.', ',', '’', '\'', '"', '”', '“', '(', ')', '–'];
    let words: Vec<&str> = name
        .split_whitespace()
        .map(|word| word.trim_matches(marks))
        .collect();
    let capital = words
        .iter()
        .rev()
        .find(|word| word.starts_with(char::is_uppercase));
    let word = capital
        .or(words.last())
        .map(|word| word.to_lowercase())
        .unwrap_or_default();
    let stem = word.strip_suffix("'s").or_else(|| word.strip_suffix("’s"));
    stem.unwrap_or(&word).to_owned()
}
