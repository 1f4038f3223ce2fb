//! The language of a text.

use std::cmp::Reverse;
use std::fmt;
use std::sync::LazyLock;

use hashbrown::{HashMap, HashSet};
use whatlang::{Detector, Lang, Script};

use super::Classes;

/// A language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Language(Lang);

/// Characters that are looked at: more say nothing new.
const LONGEST: usize = 1000;
/// Words that a text is known by to be English.
const FIRST_WORDS: usize = 60;
/// Words of English that tell it where runs of letters suggest it.
const FEWEST_ENGLISH: usize = 3;
/// Letters of a text that is not short.
const FEWEST_LETTERS: usize = 200;

static FUNCTION_WORDS: LazyLock<HashMap<String, HashSet<String>>> = LazyLock::new(|| {
    toml::from_str(include_str!("languages.toml"))
        .unwrap_or_else(|error| unreachable!("languages.toml is checked by the tests: {error}"))
});

impl Language {
    /// English, which the models know.
    pub const ENGLISH: Self = Self(Lang::Eng);

    /// The language of a text; `None` if it does not tell.
    ///
    /// Runs of three letters suggest one (Cavnar & Trenkle, "N-Gram-Based Text Categorization", 1994; the crate whatlang), in a
    /// short text its function words. A text in Latin letters is in another language than English only if it has more of that language's
    /// function words than of English ones.
    pub fn of(text: &str) -> Option<Self> {
        let mut rest = text.chars();
        rest.nth(LONGEST - 1);
        let start = &text[..text.len() - rest.as_str().len()];
        if is_plainly_english(start) {
            return Some(Self::ENGLISH);
        }
        let found = Detector::new().detect(start)?;
        if found.script() != Script::Latin {
            return Some(Self(found.lang()));
        }
        let words = Words::of(start);
        // Names mislead runs of letters in short texts: there function words alone suggest.
        let lang = match words.letters < FEWEST_LETTERS && !found.is_reliable() {
            true => words.likeliest().unwrap_or(found.lang()),
            false => found.lang(),
        };
        let (own, english) = (words.of_lang(lang), words.english_beside(lang));
        let known = FUNCTION_WORDS.contains_key(lang.code());
        let certain = found.is_reliable()
            && words.letters >= FEWEST_LETTERS
            && english * 10 < words.lower.len();
        if lang == Lang::Eng {
            let told = found.is_reliable() || words.english.len() >= FEWEST_ENGLISH;
            told.then_some(Self::ENGLISH)
        } else if known && own > english || !known && certain {
            Some(Self(lang))
        } else {
            (english > own).then_some(Self::ENGLISH)
        }
    }

    /// Its code in ISO 639-3, but `en` for English.
    pub fn code(self) -> &'static str {
        match self.0 {
            Lang::Eng => "en",
            lang => lang.code(),
        }
    }
}

/// Whether a quarter of a text's first words, sixty or more, are those that English sentences are built with: no need to look closer. Of
/// Dutch, which shares most of them, it is a tenth. In a shorter text there are to be as many.
fn is_plainly_english(text: &str) -> bool {
    let words = text.split(|char: char| !char.is_alphabetic());
    let (mut count, mut english) = (0, 0);
    for word in words.filter(|word| !word.is_empty()) {
        count += 1;
        english += usize::from(Classes::of(word).is(Classes::CLOSED));
        if english * 4 >= count.max(FIRST_WORDS) {
            return true;
        }
    }
    false
}

/// Words that English sentences are built with.
const ENGLISH: Classes = Classes::CLOSED
    .or(Classes::VERB)
    .or(Classes::IRREGULAR_PAST)
    .or(Classes::PEOPLE);

/// The words of a text that are no names.
struct Words {
    /// Those without a capital that English sentences are not built with.
    lower: Vec<String>,
    /// Those that are.
    english: Vec<String>,
    letters: usize,
}

impl Words {
    fn of(text: &str) -> Self {
        let mut found = Self {
            lower: Vec::new(),
            english: Vec::new(),
            letters: 0,
        };
        for word in text
            .split(|char: char| !char.is_alphabetic())
            .filter(|word| !word.is_empty())
        {
            found.letters += word.chars().count();
            let lower = word.to_lowercase();
            if Classes::of(&lower).is(ENGLISH) {
                found.english.push(lower);
            } else if word == lower && word.len() > 1 {
                found.lower.push(lower);
            }
        }
        found
    }

    /// How many are function words of a language.
    fn of_lang(&self, lang: Lang) -> usize {
        let own = FUNCTION_WORDS.get(lang.code());
        own.map_or(0, |own| {
            self.lower.iter().filter(|word| own.contains(*word)).count()
        })
    }

    /// How many are function words of English and none of another language: "in", "over" and "as" tell little.
    fn english_beside(&self, lang: Lang) -> usize {
        let own = FUNCTION_WORDS.get(lang.code());
        let shared = |word: &&String| own.is_some_and(|own| own.contains(*word));
        self.english.iter().filter(|word| !shared(word)).count()
    }

    /// The language of most of them, if they are two at least or one that no other language has.
    fn likeliest(&self) -> Option<Lang> {
        let known = FUNCTION_WORDS.keys().filter_map(Lang::from_code);
        let counted = known.map(|lang| (self.of_lang(lang), lang));
        let counted: Vec<(usize, Lang)> = counted.filter(|(count, _)| *count > 0).collect();
        let likeliest = counted
            .iter()
            .max_by_key(|(count, lang)| (*count, Reverse(lang.code())));
        let (count, lang) = likeliest?;
        (*count >= 2 || counted.len() == 1).then_some(*lang)
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_tell_their_language() {
        for (text, expected) in [
            (
                "Critics called Merz a liar and a crook, and he left the room at once.",
                Some("en"),
            ),
            (
                "Merz’s aides met Tusk's envoy. “Europe is weak,” Merz said. Rutte said Tusk lied.",
                Some("en"),
            ),
            (
                "Kritiker nannten Merz einen Lügner und Verbrecher.",
                Some("deu"),
            ),
            ("Tusk jest słaby, powiedział premier.", Some("pol")),
            ("Merz es un mentiroso", Some("spa")),
            ("Путин встретился с Трампом на Аляске.", Some("rus")),
            ("Merz Tusk Rutte", None),
            ("", None),
        ] {
            assert_eq!(Language::of(text).map(Language::code), expected, "{text}");
        }
    }

    #[test]
    fn function_words_are_of_languages_that_are_known() {
        for (code, words) in FUNCTION_WORDS.iter() {
            assert!(Lang::from_code(code).is_some(), "{code}");
            assert!(
                words.len() >= 20 && words.iter().all(|word| *word == word.to_lowercase()),
                "{code}"
            );
        }
    }
}
