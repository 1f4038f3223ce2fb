//! What another name does to the stance of a sentence.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Serialize;

use super::interval::{Clustered, Interval, mean};
use crate::error::{Error, ErrorKind, Result};
use crate::model::Question;
use crate::pipeline::Stages;

/// Where a name belongs in a sentence.
pub const PLACE: &str = "{actor}";

/// A name, and what may be said of it, such as a gender or a nationality.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// As it stands in a sentence.
    pub name: String,
    /// Kind of group, and the group.
    pub groups: BTreeMap<String, String>,
}

/// How much a model's stance depends on names, where it should not.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NameSwap {
    /// Number of sentences.
    pub sentences: usize,
    /// The mean absolute difference of stance between two names in the same sentence, over all pairs of
    /// names and all sentences, from 0 to 2.
    pub sensitivity: f64,
    /// The 95 % interval of the sensitivity over sentences; `None` with fewer than five.
    pub interval: Option<Interval>,
    /// Each name's mean stance, in the order of the names.
    pub names: Vec<Mean>,
    /// For each kind of group, the mean stance of each group's names.
    pub groups: BTreeMap<String, Vec<Mean>>,
}

/// A name or group and its mean stance over all sentences.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mean {
    /// Name or group.
    pub name: String,
    /// Mean stance, in [-1, 1].
    pub stance: f64,
}

/// Reads sentences, one a line, each with [`PLACE`] where a name belongs.
///
/// # Errors
///
/// [`ErrorKind::Io`] if the file cannot be read, [`ErrorKind::Gold`] with the first line that has not one
/// place for a name.
pub fn read_sentences(path: &Path) -> Result<Vec<String>> {
    let text = fs::read_to_string(path).map_err(Error::io(path))?;
    let lines = text.lines().enumerate();
    lines
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(index, line)| match line.matches(PLACE).count() {
            1 => Ok(line.trim().to_owned()),
            places => Err(Error::new(
                ErrorKind::Gold,
                format!("{}:{}", path.display(), index + 1),
                format!("{places} places for a name"),
                format!("write {PLACE} once in every line"),
            )),
        })
        .collect()
}

/// Reads names from a CSV file: a column `name`, and one for each kind of group.
///
/// # Errors
///
/// [`ErrorKind::Io`] if the file cannot be read, [`ErrorKind::Gold`] if it is not such a file or has fewer
/// than two names.
pub fn read_names(path: &Path) -> Result<Vec<Name>> {
    let text = fs::read_to_string(path).map_err(Error::io(path))?;
    let mistake = |line: usize, problem: String| {
        Error::new(
            ErrorKind::Gold,
            format!("{}:{line}", path.display()),
            problem,
            "give a CSV file with a column name, and others for groups",
        )
    };
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows = reader.deserialize::<BTreeMap<String, String>>();
    let mut names = Vec::new();
    for (index, row) in rows.enumerate() {
        let mut groups = row.map_err(|error| mistake(index + 2, error.to_string()))?;
        let Some(name) = groups.remove("name").filter(|name| !name.is_empty()) else {
            return Err(mistake(index + 2, "no name".to_owned()));
        };
        groups.retain(|_, group| !group.is_empty());
        names.push(Name { name, groups });
    }
    match names.len() {
        0 | 1 => Err(mistake(1, "fewer than two names".to_owned())),
        _ => Ok(names),
    }
}

impl NameSwap {
    /// Scores every sentence with every name.
    ///
    /// # Errors
    ///
    /// Those of [`Stages::answer`].
    pub fn measure(stages: &Stages, sentences: &[String], names: &[Name]) -> Result<Self> {
        let filled: Vec<(String, usize, usize)> = sentences
            .iter()
            .flat_map(|sentence| names.iter().map(move |name| fill(sentence, &name.name)))
            .collect();
        let questions: Vec<Question> = filled
            .iter()
            .map(|(sentence, start, end)| Question::Stance {
                sentence,
                target: *start..*end,
            })
            .collect();
        let answers = stages.answer(&questions)?;
        let stances: Vec<f64> = answers.iter().map(|it| it.stance().as_f64()).collect();
        Ok(Self::of_stances(&stances, sentences, names))
    }

    /// `stances` is `[sentences, names]`.
    fn of_stances(stances: &[f64], sentences: &[String], names: &[Name]) -> Self {
        let rows = || stances.chunks_exact(names.len());
        let swaps: Vec<Clustered<f64>> = sentences
            .iter()
            .zip(rows())
            .map(|(sentence, row)| Clustered {
                cluster: sentence,
                value: mean_difference(row),
            })
            .collect();
        let (sensitivity, interval) = mean(&swaps);
        let sentences = rows().len();
        let mean_of = |name: usize| rows().map(|row| row[name]).sum::<f64>() / sentences as f64;
        let means: Vec<f64> = (0..names.len()).map(mean_of).collect();
        let mut by_group: BTreeMap<(&str, &str), Vec<f64>> = BTreeMap::new();
        for (name, &mean) in names.iter().zip(&means) {
            for (kind, group) in &name.groups {
                by_group.entry((kind, group)).or_default().push(mean);
            }
        }
        let mut groups: BTreeMap<String, Vec<Mean>> = BTreeMap::new();
        for ((kind, group), means) in by_group {
            groups.entry(kind.to_owned()).or_default().push(Mean {
                name: group.to_owned(),
                stance: means.iter().sum::<f64>() / means.len() as f64,
            });
        }
        let of_names = names.iter().zip(means).map(|(name, stance)| Mean {
            name: name.name.clone(),
            stance,
        });
        Self {
            sentences,
            sensitivity,
            interval,
            names: of_names.collect(),
            groups,
        }
    }
}

/// The mean absolute difference between two of a sentence's stances.
fn mean_difference(row: &[f64]) -> f64 {
    let pairs = row.len() * row.len().saturating_sub(1) / 2;
    let differences = row
        .iter()
        .enumerate()
        .flat_map(|(at, a)| row[at + 1..].iter().map(move |b| (a - b).abs()));
    differences.sum::<f64>() / pairs.max(1) as f64
}

/// A sentence with a name in its place, and where the name then stands, in bytes.
fn fill(sentence: &str, name: &str) -> (String, usize, usize) {
    let start = sentence.find(PLACE).unwrap_or(sentence.len());
    (sentence.replacen(PLACE, name, 1), start, start + name.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(name: &str, gender: &str) -> Name {
        Name {
            name: name.to_owned(),
            groups: BTreeMap::from([("gender".to_owned(), gender.to_owned())]),
        }
    }

    #[test]
    fn differences_are_taken_within_sentences() {
        let names = [name("A", "x"), name("B", "y"), name("C", "y")];
        let sentences = ["{actor} came.", "{actor} left."].map(str::to_owned);
        let stances = [0.5, 0.5, 0.5, -0.25, 0.0, 0.25];
        let swap = NameSwap::of_stances(&stances, &sentences, &names);
        assert_eq!(swap.sentences, 2);
        assert!((swap.sensitivity - 1.0 / 6.0).abs() < 1e-12);
        let means: Vec<f64> = swap.names.iter().map(|mean| mean.stance).collect();
        assert_eq!(means, [0.125, 0.25, 0.375]);
        let groups: Vec<(&str, f64)> = swap.groups["gender"]
            .iter()
            .map(|mean| (&*mean.name, mean.stance))
            .collect();
        assert_eq!(groups, [("x", 0.125), ("y", 0.3125)]);
    }

    #[test]
    fn a_name_takes_its_place() {
        let (sentence, start, end) = fill("On Monday {actor} came.", "Ana Šek");
        assert_eq!(&sentence[start..end], "Ana Šek");
        assert_eq!(sentence, "On Monday Ana Šek came.");
    }
}
