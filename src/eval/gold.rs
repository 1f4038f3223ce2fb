//! NewsMTSC files (Hamborg & Donnay, EACL 2021).

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::ops::Range;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, ErrorKind, Result};
use crate::model::{Label, Question};

const REMEDY: &str = "give a file in NewsMTSC format: sentence_normalized, and targets with from, to, \
    mention and polarity 2, 4 or 6";

/// A target with its gold label.
#[derive(Debug, Clone, PartialEq)]
pub struct GoldTarget {
    /// The sentence.
    pub sentence: String,
    /// Half-open byte range of the target; empty if the sentence's tone is meant.
    pub bytes: Range<usize>,
    /// How the sentence portrays it.
    pub label: Label,
}

impl GoldTarget {
    /// What the model is asked.
    pub fn question(&self) -> Question<'_> {
        let sentence = &self.sentence;
        match self.bytes.is_empty() {
            true => Question::Tone { sentence },
            false => Question::Stance {
                sentence,
                target: self.bytes.clone(),
            },
        }
    }
}

#[derive(Deserialize)]
struct Row {
    sentence_normalized: String,
    targets: Vec<RowTarget>,
}

#[derive(Deserialize)]
struct RowTarget {
    from: usize,
    to: usize,
    mention: String,
    polarity: f32,
}

/// The objects of a file of JSON lines, each with what makes an error of a mistake in it.
///
/// # Errors
///
/// [`ErrorKind::Io`] if the file cannot be read, [`ErrorKind::Gold`] with the line of the first object that has another
/// form. Gold data is not read in part: a figure on half of it would mislead.
pub(super) fn objects<R: DeserializeOwned>(
    path: &Path,
    remedy: &'static str,
) -> Result<Vec<(R, impl Fn(String) -> Error)>> {
    let file = File::open(path).map_err(Error::io(path))?;
    let mut objects = Vec::new();
    for (index, line) in BufReader::new(file).lines().enumerate() {
        let line = line.map_err(Error::io(path))?;
        if line.trim().is_empty() {
            continue;
        }
        let place = format!("{}:{}", path.display(), index + 1);
        let mistake =
            move |problem: String| Error::new(ErrorKind::Gold, place.clone(), problem, remedy);
        let object = serde_json::from_str(&line).map_err(|error| mistake(error.to_string()))?;
        objects.push((object, mistake));
    }
    Ok(objects)
}

/// Reads all targets of a NewsMTSC file, in file order.
///
/// # Errors
///
/// [`ErrorKind::Io`] if it cannot be read, [`ErrorKind::Gold`] with the line of the first mistake.
/// Gold data is not scored in part: a figure on half of it would mislead.
pub fn read_gold(path: &Path) -> Result<Vec<GoldTarget>> {
    let mut gold = Vec::new();
    for (row, mistake) in objects::<Row>(path, REMEDY)? {
        for target in row.targets {
            gold.push(gold_target(&row.sentence_normalized, &target).map_err(&mistake)?);
        }
    }
    Ok(gold)
}

/// The bytes of a half-open range of code points, if it is one of the sentence's.
pub(super) fn span(sentence: &str, from: usize, to: usize) -> Option<Range<usize>> {
    let byte = |char: usize| {
        let mut offsets = sentence.char_indices().map(|(byte, _)| byte);
        offsets
            .nth(char)
            .or_else(|| (char == sentence.chars().count()).then_some(sentence.len()))
    };
    (from <= to).then_some(byte(from)?..byte(to)?)
}

fn gold_target(sentence: &str, target: &RowTarget) -> std::result::Result<GoldTarget, String> {
    let bytes = match span(sentence, target.from, target.to) {
        Some(bytes) if sentence[bytes.clone()] == target.mention => bytes,
        _ => {
            return Err(format!(
                "from {} and to {} do not span the mention {:?}",
                target.from, target.to, target.mention
            ));
        }
    };
    let label = match target.polarity {
        2.0 => Label::Negative,
        4.0 => Label::Neutral,
        6.0 => Label::Positive,
        other => return Err(format!("the polarity {other} is none of 2, 4 and 6")),
    };
    Ok(GoldTarget {
        sentence: sentence.to_owned(),
        bytes,
        label,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_without_a_character_asks_for_the_tone() {
        let target = |from, to, mention: &str| RowTarget {
            from,
            to,
            mention: mention.to_owned(),
            polarity: 4.0,
        };
        let sentence = "Élise won.";
        let whole = gold_target(sentence, &target(0, 0, "")).unwrap();
        assert_eq!(whole.question(), Question::Tone { sentence });
        let named = gold_target(sentence, &target(0, 5, "Élise")).unwrap();
        assert_eq!(named.question().target(), Some(0..6));
        assert!(gold_target(sentence, &target(5, 0, "")).is_err());
    }
}
