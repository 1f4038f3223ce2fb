//! Gold references to actors, and how mentions compare with them.

use std::collections::BTreeMap;

use std::ops::Range;
use std::path::Path;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::gold::objects;
use crate::actors::{Catalogue, Mention, Recognizer, Voice};
use crate::error::Result;
use crate::text::Document;

/// An article with all references to actors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoldReferences {
    /// Name of the article.
    pub id: String,
    /// Its text.
    pub text: String,
    /// Its headline, if the text opens with it; else empty.
    pub title: String,
    /// When it was published, if that is known.
    pub date: Option<Date>,
    /// The references, in the order of the text.
    pub references: Vec<Reference>,
    /// The actors, if the gold has its own: id and names.
    pub actors: Vec<(String, Vec<String>)>,
}

/// A span that refers to actors.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Reference {
    /// Code point where it starts.
    pub start: usize,
    /// The code point after its last.
    pub end: usize,
    /// Ids of the actors.
    pub actors: Vec<String>,
    /// As in `mentions.csv`; `pronoun1` for the first person.
    pub kind: String,
    /// Whose words stand around it.
    pub voice: Voice,
    /// `author`, an actor's id, a name, or `unnamed`.
    pub speaker: String,
}

#[derive(Deserialize)]
struct Row {
    doc: String,
    text: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    date: Option<String>,
    #[serde(default)]
    references: Vec<Reference>,
    #[serde(default)]
    clusters: Vec<Vec<Span>>,
    #[serde(default)]
    entities: Vec<Entity>,
}

/// A mention of OntoGUM's form.
#[derive(Deserialize)]
struct Span {
    start: usize,
    end: usize,
    #[serde(default)]
    pronoun: bool,
}

/// Whom a cluster of OntoGUM's form speaks of.
#[derive(Deserialize)]
struct Entity {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    name: Option<String>,
}

/// Pronouns of the third person that are one person's.
const OF_ONE: [&str; 8] = [
    "he", "him", "his", "himself", "she", "her", "hers", "herself",
];

impl Row {
    /// The named persons of its clusters, as actors, and what refers to them.
    fn persons(&self) -> (Vec<(String, Vec<String>)>, Vec<Reference>) {
        let chars: Vec<char> = self.text.chars().collect();
        let words = |span: &Span| -> String {
            let span = span.start.min(chars.len())..span.end.min(chars.len());
            chars[span].iter().collect()
        };
        let mut actors: Vec<(String, Vec<String>)> = Vec::new();
        let mut references = Vec::new();
        for (cluster, entity) in self.clusters.iter().zip(&self.entities) {
            let Some(name) = entity.name.as_ref().filter(|_| entity.kind == "person") else {
                continue;
            };
            let last = name.split(' ').next_back().unwrap_or(name);
            let mut names = vec![name.clone(), last.to_owned()];
            names.dedup();
            let named = |cluster: &[Span]| {
                let mut spans = cluster.iter();
                spans.any(|it| !it.pronoun && words(it).contains(last))
            };
            // A surname that two persons bear tells neither.
            let bearers = self.clusters.iter().zip(&self.entities);
            let bearers = bearers.filter(|(cluster, it)| it.kind == "person" && named(cluster));
            if bearers.count() != 1 || !named(cluster) {
                continue;
            }
            let id = format!("person{}", actors.len());
            references.extend(cluster.iter().filter_map(|span| {
                let surface = words(span).to_lowercase();
                let kind = match span.pronoun {
                    false => "name",
                    true if OF_ONE.contains(&surface.as_str()) => "pronoun",
                    true => "pronoun1",
                };
                (span.start < span.end).then(|| Reference {
                    start: span.start,
                    end: span.end,
                    actors: vec![id.clone()],
                    kind: kind.to_owned(),
                    voice: Voice::Author,
                    speaker: "author".to_owned(),
                })
            }));
            actors.push((id, names));
        }
        references.sort_by_key(|it| it.start);
        (actors, references)
    }
}

/// Reads references: one JSON object a line, with `doc`, `text`, `title`, `date` and `references`, each with `start`, `end`
/// (code points), `actors`, `kind`, `voice` and `speaker`. tests/gold/GUIDELINE.md says how they are annotated. Or `clusters` and
/// `entities` of OntoGUM's form (Zhu et al., ACL 2021), of which named persons become the actors.
///
/// # Errors
///
/// [`ErrorKind::Io`](crate::ErrorKind::Io) if it cannot be read, [`ErrorKind::Gold`](crate::ErrorKind::Gold) with the line of the first mistake.
pub fn read_references(path: &Path) -> Result<Vec<GoldReferences>> {
    let remedy = "give one JSON object a line, with doc, text and references";
    let mut gold = Vec::new();
    for (row, _) in objects::<Row>(path, remedy)? {
        let (actors, of_clusters) = row.persons();
        let references = if actors.is_empty() {
            row.references
        } else {
            of_clusters
        };
        gold.push(GoldReferences {
            id: row.doc,
            text: row.text,
            title: row.title,
            date: row.date.and_then(|date| date.parse().ok()),
            references,
            actors,
        });
    }
    Ok(gold)
}

/// How mentions of one sort of reference compare with gold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Found {
    /// References of the gold.
    pub gold: u64,
    /// Those that a mention of the same actor overlaps.
    pub found: u64,
    /// Mentions.
    pub mentions: u64,
    /// Those that a reference to the same actor overlaps.
    pub right: u64,
}

impl Found {
    /// Share of the mentions that are right.
    pub fn precision(&self) -> f64 {
        self.right as f64 / self.mentions.max(1) as f64
    }

    /// Share of the references that are found.
    pub fn recall(&self) -> f64 {
        self.found as f64 / self.gold.max(1) as f64
    }

    /// Harmonic mean of the two.
    pub fn f1(&self) -> f64 {
        let (precision, recall) = (self.precision(), self.recall());
        2.0 * precision * recall / (precision + recall).max(f64::MIN_POSITIVE)
    }
}

/// How the voices of what was found compare with gold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct VoicesFound {
    /// References of this voice that were found.
    pub gold: u64,
    /// Those that are said to be the author's, or said not to be, as they are.
    pub voiced: u64,
    /// Those whose speaker has a name.
    pub named: u64,
    /// Those of them with the right one.
    pub right: u64,
}

/// How a catalogue's mentions compare with gold.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ReferenceFigures {
    /// By sort: names, descriptions, groups, pronouns.
    pub kinds: BTreeMap<&'static str, Found>,
    /// By voice of the gold, over what was found.
    pub voices: BTreeMap<&'static str, VoicesFound>,
}

/// A reference that was missed, a mention that is none, or a speaker that is wrong.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReferenceMistake {
    /// The article.
    pub doc: String,
    /// `missed`, `false` or `speaker`.
    pub mistake: &'static str,
    /// As in the gold, or of the mention.
    pub kind: String,
    /// Actor and speaker by the gold; empty for a mention that is none.
    pub gold: String,
    /// Actor and speaker of the mention; empty for a reference that was missed.
    pub mention: String,
    /// The words.
    pub surface: String,
    /// Their sentence.
    pub sentence: String,
}

/// The sort that a kind is counted under.
fn sort(kind: &str) -> Option<&'static str> {
    match kind {
        "name" | "role" | "metonym" | "demonym" => Some("names"),
        "description" | "group" => Some("descriptions and groups"),
        "pronoun" => Some("pronouns"),
        _ => None,
    }
}

impl ReferenceFigures {
    /// Finds the mentions of the gold's articles and compares them.
    pub fn measure(
        recognizer: &Recognizer,
        gold: &[GoldReferences],
    ) -> (Self, Vec<ReferenceMistake>) {
        let mut figures = Self::default();
        let mut mistakes = Vec::new();
        for article in gold {
            let own = article.recognizer();
            article.compare(
                own.as_ref().unwrap_or(recognizer),
                &mut figures,
                &mut mistakes,
            );
        }
        (figures, mistakes)
    }
}

impl GoldReferences {
    /// That of the gold's own actors, if it has some.
    fn recognizer(&self) -> Option<Recognizer> {
        let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
        let actors = self.actors.iter().map(|(id, names)| {
            let list: Vec<String> = names.iter().map(|name| quoted(name)).collect();
            let (id, name, names) = (quoted(id), quoted(&names[0]), list.join(", "));
            // Within an article of gold, a surname is one person's.
            let surname = list.get(1).cloned().unwrap_or_default();
            format!(
                "[[actor]]\nid = {id}\nname = {name}\nkind = \"person\"\nnames = [{names}]\nalone = [{surname}]\n"
            )
        });
        let text: String = actors.collect();
        (!text.is_empty())
            .then(|| Catalogue::parse(&text, &self.id).ok())
            .flatten()
            .map(Recognizer::new)
    }

    fn compare(
        &self,
        recognizer: &Recognizer,
        figures: &mut ReferenceFigures,
        mistakes: &mut Vec<ReferenceMistake>,
    ) {
        let catalogue = recognizer.catalogue();
        let document = Document::new(&self.text, &self.title);
        let mentions = recognizer.mentions(&self.text, &document, self.date);
        let id = |mention: &Mention| &*catalogue.actors()[mention.actor].id;
        let speaker = |mention: &Mention| mention.speaker.name(catalogue).to_owned();
        let over = |reference: &Reference, mention: &Mention, actor: &str| {
            reference.start < mention.chars.end
                && mention.chars.start < reference.end
                && id(mention) == actor
        };
        let offsets: Vec<usize> = self.text.char_indices().map(|(at, _)| at).collect();
        let bytes = |chars: Range<usize>| {
            let byte = |char: usize| offsets.get(char).copied().unwrap_or(self.text.len());
            byte(chars.start)..byte(chars.end)
        };
        let sentence_at = |byte: usize| {
            let sentences = document.sentences();
            let sentence = sentences.iter().find(|it| byte < it.bytes.end);
            sentence.map_or_else(String::new, |it| self.text[it.bytes.clone()].to_owned())
        };
        for reference in &self.references {
            let Some(sort) = sort(&reference.kind) else {
                continue;
            };
            let span = bytes(reference.start..reference.end);
            for actor in &reference.actors {
                let found = mentions.iter().find(|it| over(reference, it, actor));
                let of_sort = figures.kinds.entry(sort).or_default();
                of_sort.gold += 1;
                of_sort.found += u64::from(found.is_some());
                let mistake = |mistake, mention| ReferenceMistake {
                    doc: self.id.clone(),
                    mistake,
                    kind: reference.kind.clone(),
                    gold: format!("{actor}<{}", reference.speaker),
                    mention,
                    surface: self.text[span.clone()].to_owned(),
                    sentence: sentence_at(span.start),
                };
                let Some(mention) = found else {
                    mistakes.push(mistake("missed", String::new()));
                    continue;
                };
                let voices = figures.voices.entry(reference.voice.name()).or_default();
                let authors = |voice: Voice| voice == Voice::Author;
                let right = same_speaker(&reference.speaker, &speaker(mention));
                voices.gold += 1;
                voices.voiced += u64::from(authors(mention.voice) == authors(reference.voice));
                if reference.speaker != "unnamed" {
                    voices.named += 1;
                    voices.right += u64::from(right);
                }
                if !right {
                    let said = format!("{}<{}", id(mention), speaker(mention));
                    mistakes.push(mistake("speaker", said));
                }
            }
        }
        for mention in &mentions {
            let Some(sort) = sort(mention.kind.name()) else {
                continue;
            };
            let first_person = |it: &&Reference| it.kind != "pronoun1";
            let mut references = self.references.iter().filter(first_person);
            let right = references.any(|it| {
                let actor = id(mention);
                it.actors.iter().any(|of| of == actor) && over(it, mention, actor)
            });
            let of_sort = figures.kinds.entry(sort).or_default();
            of_sort.mentions += 1;
            of_sort.right += u64::from(right);
            if !right {
                mistakes.push(ReferenceMistake {
                    doc: self.id.clone(),
                    mistake: "false",
                    kind: mention.kind.name().to_owned(),
                    gold: String::new(),
                    mention: format!("{}<{}", id(mention), speaker(mention)),
                    surface: self.text[mention.bytes.clone()].to_owned(),
                    sentence: sentence_at(mention.bytes.start),
                });
            }
        }
    }
}

/// Whether two names are of the same speaker: all words of the shorter, in lower case, stand in the longer.
fn same_speaker(a: &str, b: &str) -> bool {
    let words = |name: &str| -> Vec<String> {
        let words = name.split(|char: char| !char.is_alphanumeric());
        let words = words.filter(|word| !word.is_empty()).map(str::to_lowercase);
        words.collect()
    };
    let (a, b) = (words(a), words(b));
    let within =
        |a: &[String], b: &[String]| !a.is_empty() && a.iter().all(|word| b.contains(word));
    within(&a, &b) || within(&b, &a)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::Catalogue;

    #[test]
    fn mentions_are_compared_by_actor_and_overlap() {
        let text = "Putin smiled. “He is strong,” Merz said of Putin. Trump left.";
        let reference = |words: &str, actors: &[&str], kind: &str, voice, speaker: &str| {
            let start = text.find(words).unwrap();
            let start = text[..start].chars().count();
            Reference {
                start,
                end: start + words.chars().count(),
                actors: actors.iter().map(|it| (*it).to_owned()).collect(),
                kind: kind.to_owned(),
                voice,
                speaker: speaker.to_owned(),
            }
        };
        let gold = GoldReferences {
            id: "a".to_owned(),
            text: text.to_owned(),
            title: String::new(),
            date: None,
            references: vec![
                reference("Putin smiled", &["putin"], "name", Voice::Author, "author"),
                reference(
                    "He is",
                    &["putin"],
                    "pronoun",
                    Voice::Direct,
                    "Friedrich Merz",
                ),
                reference("Putin. Trump", &["putin"], "name", Voice::Direct, "Merz"),
            ],
            actors: Vec::new(),
        };
        let recognizer = Recognizer::new(Catalogue::default());
        let (figures, mistakes) = ReferenceFigures::measure(&recognizer, &[gold]);
        let names = figures.kinds["names"];
        assert_eq!((names.gold, names.found), (2, 2));
        assert_eq!((names.mentions, names.right), (3, 2));
        assert!((names.f1() - 0.8).abs() < 1e-12);
        assert_eq!(figures.voices["author"].right, 1);
        assert_eq!(figures.voices["direct"].voiced, 0);
        let told: Vec<(&str, &str)> = mistakes
            .iter()
            .map(|it| (it.mistake, &*it.surface))
            .collect();
        assert!(told.contains(&("false", "Trump")), "{told:?}");
        assert!(
            told.iter().any(|(mistake, _)| *mistake == "speaker"),
            "{told:?}"
        );
    }

    #[test]
    fn a_surname_is_the_same_speaker() {
        assert!(same_speaker("Friedrich Merz", "Merz"));
        assert!(same_speaker("trump", "trump"));
        assert!(!same_speaker("Friedrich Merz", "Charlotte Merz"));
        assert!(!same_speaker("author", "unnamed"));
    }
}
