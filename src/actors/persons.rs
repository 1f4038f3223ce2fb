//! The persons and bodies that an article names, in the catalogue or not.

use hashbrown::{HashMap, HashSet};

use super::{Actor, ActorKind};
use crate::text::{Classes, Document, vocabulary};

/// Of whom "he" or "she" may speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gender {
    /// A man.
    Male,
    /// A woman.
    Female,
    /// A person of whom the text does not tell.
    Unknown,
    /// No person.
    None,
}

impl Gender {
    /// Whether a pronoun of this gender may mean one of the other.
    pub fn fits(self, pronoun: Self) -> bool {
        self == pronoun || self == Self::Unknown
    }
}

/// A sentence of no more longer words than these may be names alone ("President Ann Bow met Gov. Bob Ray").
const SHORT: usize = 5;

/// Longest apposition that may tell an office, in words.
const LONGEST_OFFICE: usize = 8;
/// Letters that two words of one root have in common at least.
const SHORTEST_ROOT: usize = 3;

/// The names of an article.
pub(super) struct Persons<'a> {
    /// Full names by their last word, in the order of the text.
    by_last: HashMap<&'a str, Vec<&'a str>>,
    /// Where full names stand, with their last word, in the order of the text.
    introduced: Vec<(usize, &'a str, &'a str)>,
    /// Full names with the words of their offices, in lower case: "Polish President Bob Ray", "Bob Ray, the mayor".
    offices: Vec<(&'a str, Vec<String>)>,
    /// Capitalized words that stand inside a sentence somewhere, so that one at its start is known to be a name
    /// rather than just a first word.
    names: HashSet<&'a str>,
    /// How often names of one word stand alone, and how often behind a preposition of place.
    alone: HashMap<&'a str, [u32; 2]>,
}

impl<'a> Persons<'a> {
    /// Reads the names of a document.
    pub fn new(text: &'a str, document: &Document) -> Self {
        let mut persons = Self {
            by_last: HashMap::new(),
            introduced: Vec::new(),
            offices: Vec::new(),
            names: HashSet::new(),
            alone: HashMap::new(),
        };
        for sentence in 0..document.sentences().len() {
            let tokens = document.tokens_of(sentence);
            let word = |at: usize| &text[tokens[at].bytes.clone()];
            let name = |at: usize| {
                word(at).starts_with(char::is_uppercase)
                    && !Classes::of_any_case(word(at)).is(Classes::CLOSED)
            };
            let is_name: Vec<bool> = (0..tokens.len()).map(name).collect();
            let longer = (0..tokens.len()).filter(|&at| word(at).len() > 3);
            let capitals = longer.clone().filter(|&at| is_name[at]).count();
            let longer = longer.count();
            if longer > SHORT && 5 * capitals > 4 * longer {
                // Headlines set everything with capitals.
                continue;
            }
            for at in (1..tokens.len()).filter(|&at| is_name[at]) {
                persons.names.insert(stem(word(at)));
            }
            let mut at = 0;
            while at < tokens.len() {
                let start = at;
                while at < tokens.len()
                    && is_name[at]
                    && (at == start || matches!(text[tokens[at].gap.clone()].trim(), "" | "."))
                    && !(at > start && ends_name(word(at - 1)))
                {
                    at += 1;
                }
                if at == start {
                    at += 1;
                    continue;
                }
                if at - start == 1 && start > 0 {
                    let [times, placed] = persons.alone.entry(stem(word(start))).or_default();
                    *times += 1;
                    *placed += u32::from(is_before_place(word(start - 1)));
                }
                let first = (start..at).find(|&at| !is_title(word(at)));
                let Some(first) = first.filter(|&first| at - first > 1) else {
                    continue;
                };
                let end = tokens[at - 1].bytes.start + stem(word(at - 1)).len();
                let full = &text[tokens[first].bytes.start..end];
                let known = persons.by_last.entry(stem(word(at - 1))).or_default();
                persons
                    .introduced
                    .push((tokens[first].bytes.start, full, stem(word(at - 1))));
                if !known.contains(&full) {
                    known.push(full);
                }
                // Titles before the name, with whose they are; an apposition behind it.
                let before = start.saturating_sub(3)..first;
                let mut office: Vec<String> = before.map(|at| lower(word(at))).collect();
                let apposed = (at..tokens.len())
                    .take_while(|&next| {
                        next == at || !text[tokens[next].gap.clone()].contains([',', '.', ';', '('])
                    })
                    .take(LONGEST_OFFICE);
                if tokens
                    .get(at)
                    .is_some_and(|next| text[next.gap.clone()].starts_with(','))
                {
                    office.extend(apposed.map(|at| lower(word(at))));
                }
                persons.offices.push((full, office));
            }
        }
        persons
    }

    /// Whether a name of one word is a place's or a service's, for all that the article says: "in Bucha", "on Twitter".
    pub fn is_place(&self, name: &str) -> bool {
        let alone = self.alone.get(stem(name));
        alone.is_some_and(|[times, placed]| times == placed) && !self.by_last.contains_key(name)
    }

    /// Words that are known to be names.
    pub fn names(&self) -> &HashSet<&'a str> {
        &self.names
    }

    /// Who holds an office, if the article says so of one person alone: "the Polish president".
    pub fn in_office(&self, words: &str) -> Option<&'a str> {
        let wanted: Vec<String> = words.split_whitespace().map(lower).collect();
        let role = wanted
            .last()
            .filter(|role| vocabulary().persons.titles.contains(*role))?;
        if wanted.len() == 1 {
            // "The president" may be anyone's.
            return None;
        }
        let holds = |office: &Vec<String>| {
            office.contains(role)
                && wanted
                    .iter()
                    .all(|word| office.iter().any(|it| is_akin(it, word)))
        };
        let mut holders = self
            .offices
            .iter()
            .filter(|(_, office)| holds(office))
            .map(|(name, _)| *name);
        let first = holders.next()?;
        holders.all(|name| name == first).then_some(first)
    }

    /// Who of a surname was last named in full before a byte of the text, by a first name that is known as one.
    pub fn last_bearer(&self, surname: &str, before: usize) -> Option<&'a str> {
        let by_first_name = |full: &str| {
            let first = full.split_whitespace().next().unwrap_or_default();
            Classes::of_any_case(first).is(Classes::MALE | Classes::FEMALE)
        };
        let mut bearers = self.introduced.iter().rev();
        let found = bearers
            .find(|(at, full, last)| *at < before && *last == surname && by_first_name(full));
        found.map(|(_, full, _)| *full)
    }

    /// Whether the article gives somebody an office, in one word of lower case: "mayor".
    pub fn holds(&self, name: &str, office: &str) -> bool {
        self.offices
            .iter()
            .any(|(known, words)| *known == name && words.iter().any(|word| word == office))
    }

    /// A name as the article first gives it in full, without titles: "Friedrich Merz" for "Chancellor Merz".
    ///
    /// `None` if the words name nobody.
    pub fn full_name(&self, name: &str) -> Option<String> {
        if names_nobody(name) {
            return None;
        }
        let name = without_titles(name);
        let mut words = name.split_whitespace();
        Some(match (words.next(), words.next()) {
            (Some(last), None) => {
                let known = self.by_last.get(stem(last)).and_then(|known| known.first());
                known.map_or_else(|| name.to_owned(), |&full| full.to_owned())
            }
            _ => name.split_whitespace().collect::<Vec<_>>().join(" "),
        })
    }
}

fn is_before_place(word: &str) -> bool {
    word.eq_ignore_ascii_case("on") || Classes::of_any_case(word).is(Classes::LOCATIVE)
}

/// The gender of an actor.
pub(super) fn gender_of(actor: &Actor) -> Gender {
    match actor.kind {
        ActorKind::Person => gender(&actor.name),
        _ => Gender::None,
    }
}

/// The gender of a name, by its title or first name.
pub(super) fn gender(name: &str) -> Gender {
    let words = || name.split_whitespace();
    let place = |word: &str| Classes::of_any_case(word).is(Classes::PLACE);
    if words().any(|word| Classes::of_any_case(word).is(Classes::BODY))
        || words().all(|word| place(word) || is_title(word))
    {
        return Gender::None;
    }
    for word in words() {
        let classes = Classes::of_any_case(word.trim_end_matches('.'));
        if classes.is(Classes::MALE) {
            return Gender::Male;
        }
        if classes.is(Classes::FEMALE) {
            return Gender::Female;
        }
        if !classes.is(Classes::TITLE) {
            break;
        }
    }
    let acronym = name.len() > 1 && name.chars().all(char::is_uppercase);
    let the = name.get(..4);
    if acronym || the.is_some_and(|the| the.eq_ignore_ascii_case("the ")) {
        return Gender::None;
    }
    Gender::Unknown
}

/// A name without the titles before it, and whose they are: "Bob Ray" for "Polish Foreign Minister Bob Ray". The name of
/// a body stays whole: "Justice Department".
fn without_titles(name: &str) -> &str {
    let is_body = |words: &str| {
        let mut words = words.split_whitespace();
        words.any(|word| Classes::of_any_case(word).is(Classes::BODY))
    };
    let mut rest = name;
    for (at, _) in name.match_indices(char::is_whitespace) {
        let before = name[..at].split_whitespace().next_back();
        let behind = name[at..].trim_start();
        if before.is_some_and(is_title) && !behind.is_empty() && !is_body(behind) {
            rest = behind;
        }
    }
    rest
}

/// Whether words set as a name name nobody: titles alone ("CEO"), a party label ("D-Calif").
fn names_nobody(name: &str) -> bool {
    let label = name
        .strip_prefix(['D', 'R', 'I'])
        .is_some_and(|rest| rest.starts_with('-'));
    label || name.split_whitespace().all(is_title)
}

/// Whether two words are of one root, as "Poland" and "Polish".
pub(super) fn is_akin(a: &str, b: &str) -> bool {
    let common = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    a == b || common >= SHORTEST_ROOT
}

/// A word in lower case, without a possessive 's.
fn lower(word: &str) -> String {
    stem(word).to_lowercase()
}

/// Whether a word stands before names and is no part of them.
pub(super) fn is_title(word: &str) -> bool {
    Classes::of_any_case(word.trim_end_matches('.')).is(Classes::TITLE)
}

/// Whether a name does not go on behind a word.
fn ends_name(word: &str) -> bool {
    stem(word).len() < word.len()
}

/// A word without a possessive 's.
pub(super) fn stem(word: &str) -> &str {
    word.strip_suffix("'s")
        .or_else(|| word.strip_suffix("’s"))
        .unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_given_in_full() {
        let text = "Chancellor Friedrich Merz met Sen. Ann Bow. Merz’s aides left; Bow stayed with Mr Hill.";
        let persons = Persons::new(text, &Document::new(text, ""));
        for (name, full) in [
            ("Merz", "Friedrich Merz"),
            ("Chancellor Merz", "Friedrich Merz"),
            ("Sen. Bow", "Ann Bow"),
            ("Mr Hill", "Hill"),
            ("Polish Foreign Minister Bob  Ray", "Bob Ray"),
            ("Justice Department", "Justice Department"),
        ] {
            assert_eq!(persons.full_name(name).as_deref(), Some(full));
        }
        for nobody in ["D-Calif", "CEO", "Prime Minister"] {
            assert_eq!(persons.full_name(nobody), None, "{nobody}");
        }
    }

    #[test]
    fn titles_and_first_names_tell_gender() {
        for (name, expected) in [
            ("Angela Merkel", Gender::Female),
            ("President Emmanuel Macron", Gender::Male),
            ("Mrs. Hill", Gender::Female),
            ("Sen. Bow", Gender::Unknown),
            ("New York Times", Gender::None),
            ("NATO", Gender::None),
        ] {
            assert_eq!(gender(name), expected, "{name}");
        }
    }
}
