//! Pairs of sentences that differ in what is said of whom.

use std::fs::File;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::GoldTarget;
use super::gold::span;
use super::interval::{Clustered, Interval, mean};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Answer, Label};

/// Two targets that nearly the same words portray differently. A model that goes by the sentiment of words,
/// and not by what is said of whom, errs on one of them.
#[derive(Debug, Clone, PartialEq)]
pub struct ChallengePair {
    /// What the two differ in, such as `negation` or `roles`.
    pub class: String,
    /// The two.
    pub targets: [GoldTarget; 2],
}

/// How often a model is right about a class of pairs. Shares are fractions of 1.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassFigures {
    /// The class, or `all`.
    pub class: String,
    /// Number of pairs.
    pub pairs: usize,
    /// Share of targets with the right label.
    pub accuracy: f64,
    /// Share of pairs of which both targets have it.
    pub both_right: f64,
    /// The 95 % interval of `both_right`; `None` with fewer than five pairs.
    pub interval: Option<Interval>,
}

#[derive(Deserialize)]
struct Row {
    class: String,
    pair: String,
    label: Label,
    from: usize,
    to: usize,
    sentence: String,
}

/// Reads pairs: a CSV file with the columns `class`, `pair`, `label`, `from`, `to` (code points, half-open)
/// and `sentence`, and two rows after each other for each pair.
///
/// # Errors
///
/// [`ErrorKind::Io`] if the file cannot be read, [`ErrorKind::Gold`] with the line of the first mistake.
pub fn read_pairs(path: &Path) -> Result<Vec<ChallengePair>> {
    let file = File::open(path).map_err(Error::io(path))?;
    let mut reader = csv::Reader::from_reader(file);
    let mistake = |line: u64, problem: String| {
        Error::new(
            ErrorKind::Gold,
            format!("{}:{line}", path.display()),
            problem,
            "give a CSV file with class, pair, label, from, to and sentence, two rows for each pair",
        )
    };
    let mut pairs = Vec::new();
    let mut first: Option<(Row, GoldTarget)> = None;
    for row in reader.deserialize() {
        let row: Row = row.map_err(|error| {
            let line = error.position().map_or(1, csv::Position::line);
            mistake(line, error.to_string())
        })?;
        let line = 2 * pairs.len() as u64 + 2 + u64::from(first.is_some());
        let target = GoldTarget {
            bytes: span(&row.sentence, row.from, row.to).ok_or_else(|| {
                let problem = format!("from {} and to {} are no span of it", row.from, row.to);
                mistake(line, problem)
            })?,
            sentence: row.sentence.clone(),
            label: row.label,
        };
        match first.take() {
            None => first = Some((row, target)),
            Some((before, _)) if (&before.class, &before.pair) != (&row.class, &row.pair) => {
                let problem = format!("the pair {} {} has one row", before.class, before.pair);
                return Err(mistake(line, problem));
            }
            Some((_, other)) => pairs.push(ChallengePair {
                class: row.class,
                targets: [other, target],
            }),
        }
    }
    match first {
        Some((row, _)) => {
            let problem = format!("the pair {} {} has one row", row.class, row.pair);
            Err(mistake(2 * pairs.len() as u64 + 2, problem))
        }
        None => Ok(pairs),
    }
}

impl ClassFigures {
    /// Figures of each class, in the order in which they first occur, and of all pairs together. `answers`
    /// has two for each pair.
    pub fn measure(pairs: &[ChallengePair], answers: &[Answer]) -> Vec<Self> {
        let right: Vec<(&str, [bool; 2])> = pairs
            .iter()
            .zip(answers.as_chunks::<2>().0)
            .map(|(pair, answers)| {
                let is_right = |at: usize| answers[at].label() == pair.targets[at].label;
                (&*pair.class, [is_right(0), is_right(1)])
            })
            .collect();
        let mut classes: Vec<&str> = Vec::new();
        for pair in pairs {
            if !classes.contains(&&*pair.class) {
                classes.push(&pair.class);
            }
        }
        let figures = |name: &str, of: &dyn Fn(&str) -> bool| {
            let found: Vec<[bool; 2]> = right
                .iter()
                .filter(|(class, _)| of(class))
                .map(|(_, right)| *right)
                .collect();
            let count = found.len().max(1) as f64;
            let hits = found.iter().flatten().filter(|&&right| right).count() as f64;
            let numbers: Vec<String> = (0..found.len()).map(|pair| pair.to_string()).collect();
            let both: Vec<Clustered<f64>> = numbers
                .iter()
                .zip(&found)
                .map(|(cluster, right)| Clustered {
                    cluster,
                    value: f64::from(u8::from(*right == [true; 2])),
                })
                .collect();
            let (both_right, interval) = mean(&both);
            Self {
                class: name.to_owned(),
                pairs: found.len(),
                accuracy: hits / (2.0 * count),
                both_right,
                interval,
            }
        };
        let mut all: Vec<Self> = classes
            .iter()
            .map(|name| figures(name, &|class| class == *name))
            .collect();
        all.push(figures("all", &|_| true));
        all
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn read(rows: &str) -> Result<Vec<ChallengePair>> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        writeln!(file, "class,pair,label,from,to,sentence\n{rows}").unwrap();
        read_pairs(file.path())
    }

    const ROLES: &str = "roles,1,negative,8,11,Élise hit Bob.\nroles,1,neutral,0,5,Élise hit Bob.";

    #[test]
    fn a_pair_counts_if_both_are_right() {
        let rows = format!(
            "{ROLES}\nsense,1,neutral,0,3,Bob is ill.\nsense,1,negative,0,3,Bob is sick of it."
        );
        let pairs = read(&rows).unwrap();
        let target = &pairs[0].targets[1];
        assert_eq!(&target.sentence[target.bytes.clone()], "Élise");
        let certain = |label: Label| {
            let mut probabilities = [0.0; 3];
            probabilities[label as usize] = 1.0;
            Answer { probabilities }
        };
        let answers = [
            Label::Negative,
            Label::Neutral,
            Label::Neutral,
            Label::Positive,
        ]
        .map(certain);
        let figures = ClassFigures::measure(&pairs, &answers);
        let shares: Vec<(&str, f64, f64)> = figures
            .iter()
            .map(|it| (&*it.class, it.accuracy, it.both_right))
            .collect();
        assert_eq!(
            shares,
            [("roles", 1.0, 1.0), ("sense", 0.5, 0.0), ("all", 0.75, 0.5)]
        );
    }

    #[test]
    fn mistakes_are_refused_with_their_line() {
        for (rows, expected) in [
            (
                format!("{ROLES}\nsense,1,neutral,0,3,Bob is ill."),
                ":4: the pair sense 1 has one row",
            ),
            (
                format!("a,1,neutral,0,3,Bob.\n{ROLES}"),
                ":3: the pair a 1 has one row",
            ),
            (
                "a,1,neutral,0,9,Bob.".to_owned(),
                ":2: from 0 and to 9 are no span of it",
            ),
            ("a,1,mixed,0,3,Bob.".to_owned(), ":2: CSV deserialize error"),
        ] {
            let message = read(&rows).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
    }
}
