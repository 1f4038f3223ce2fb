//! What a word may be, by the lists of the vocabulary.

use std::ops::BitOr;
use std::sync::LazyLock;

use hashbrown::HashMap;

use super::inflection::forms;
use super::vocabulary::{Words, vocabulary};

/// A set of classes of words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Classes(u64);

impl Classes {
    pub const DETERMINER: Self = Self(1);
    pub const PREPOSITION: Self = Self(1 << 1);
    pub const COORDINATOR: Self = Self(1 << 2);
    pub const SUBORDINATOR: Self = Self(1 << 3);
    pub const QUESTION: Self = Self(1 << 4);
    pub const RELATIVE: Self = Self(1 << 5);
    pub const PRONOUN: Self = Self(1 << 6);
    pub const BE: Self = Self(1 << 7);
    pub const AUXILIARY: Self = Self(1 << 8);
    pub const ADVERB: Self = Self(1 << 9);
    pub const PEOPLE: Self = Self(1 << 10);
    pub const DAY_OR_MONTH: Self = Self(1 << 11);
    pub const SAY: Self = Self(1 << 12);
    pub const REPORT: Self = Self(1 << 13);
    pub const THINK: Self = Self(1 << 14);
    pub const SHOW: Self = Self(1 << 15);
    pub const ASK: Self = Self(1 << 16);
    pub const URGE: Self = Self(1 << 17);
    pub const JUDGE: Self = Self(1 << 18);
    pub const NAME: Self = Self(1 << 19);
    pub const BASE: Self = Self(1 << 20);
    pub const THIRD: Self = Self(1 << 21);
    pub const PAST: Self = Self(1 << 22);
    pub const ING: Self = Self(1 << 23);
    pub const NOUN_OF_SAYING: Self = Self(1 << 24);
    pub const HEARSAY: Self = Self(1 << 25);
    pub const AFTER_VERB: Self = Self(1 << 26);
    pub const PARTICIPLE: Self = Self(1 << 27);
    pub const IRREGULAR_PAST: Self = Self(1 << 28);
    pub const SOURCE: Self = Self(1 << 29);
    pub const PROMISE: Self = Self(1 << 30);
    pub const WARN: Self = Self(1 << 31);
    pub const ATTITUDE: Self = Self(1 << 32);
    /// Words before names.
    pub const TITLE: Self = Self(1 << 33);
    /// First names and titles of men.
    pub const MALE: Self = Self(1 << 34);
    /// First names and titles of women.
    pub const FEMALE: Self = Self(1 << 35);
    /// Words in the names of bodies.
    pub const BODY: Self = Self(1 << 36);
    pub const PLACE: Self = Self(1 << 37);
    pub const LOCATIVE: Self = Self(1 << 38);
    /// Nouns for persons.
    pub const PERSON: Self = Self(1 << 39);
    /// Any verb by which words are given to a speaker.
    pub const VERB: Self = Self(0xff << 12);
    /// Forms that a subject can stand before.
    pub const FINITE: Self = Self(0b111 << 20);

    /// Classes of words that are no part of a name, be they written with a capital.
    pub const CLOSED: Self = Self::DETERMINER
        .or(Self::PREPOSITION)
        .or(Self::COORDINATOR)
        .or(Self::SUBORDINATOR)
        .or(Self::PRONOUN)
        .or(Self::BE)
        .or(Self::AUXILIARY)
        .or(Self::ADVERB)
        .or(Self::QUESTION)
        .or(Self::DAY_OR_MONTH);

    /// The classes of a word as the text has it.
    pub fn of_any_case(word: &str) -> Self {
        // Most words have no other letters than those of ASCII, and few.
        let mut lower = [0; 24];
        match lower.get_mut(..word.len()).filter(|_| word.is_ascii()) {
            Some(lower) => {
                lower.copy_from_slice(word.as_bytes());
                lower.make_ascii_lowercase();
                Self::of(std::str::from_utf8(lower).unwrap_or_default())
            }
            None => Self::of(&word.to_lowercase()),
        }
    }

    /// The classes of a word in lower case.
    pub fn of(word: &str) -> Self {
        let found = CLASSES.get(word).copied().unwrap_or_default();
        let adverb = word.len() > 4 && word.ends_with("ly");
        if adverb { found | Self::ADVERB } else { found }
    }

    /// The union of two sets.
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether it shares a class with others.
    pub fn is(self, any: Self) -> bool {
        self.0 & any.0 != 0
    }
}

impl BitOr for Classes {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.or(other)
    }
}

static CLASSES: LazyLock<HashMap<String, Classes>> = LazyLock::new(|| {
    let vocabulary = vocabulary();
    let (grammar, speech) = (&vocabulary.grammar, &vocabulary.speech);
    let (persons, references) = (&vocabulary.persons, &vocabulary.references);
    let mut classes: HashMap<String, Classes> = HashMap::new();
    let mut add = |word: String, class: Classes| {
        let found = classes.entry(word).or_default();
        *found = *found | class;
    };
    let lists: [(&Words, Classes); 27] = [
        (&grammar.determiners, Classes::DETERMINER),
        (&grammar.prepositions, Classes::PREPOSITION),
        (&grammar.coordinators, Classes::COORDINATOR),
        (&grammar.subordinators, Classes::SUBORDINATOR),
        (&grammar.questions, Classes::QUESTION),
        (&grammar.relatives, Classes::RELATIVE),
        (&grammar.subject_pronouns, Classes::PRONOUN),
        (&grammar.be, Classes::BE),
        (&grammar.auxiliaries, Classes::AUXILIARY),
        (&grammar.adverbs, Classes::ADVERB),
        (&grammar.people, Classes::PEOPLE),
        (&grammar.irregular_pasts, Classes::IRREGULAR_PAST),
        (&speech.nouns, Classes::NOUN_OF_SAYING),
        (&speech.hearsay, Classes::HEARSAY),
        (&speech.sources, Classes::SOURCE),
        (&speech.after_verb, Classes::AFTER_VERB),
        (&persons.titles, Classes::TITLE),
        (&persons.male_titles, Classes::TITLE.or(Classes::MALE)),
        (&persons.female_titles, Classes::TITLE.or(Classes::FEMALE)),
        (&persons.male, Classes::MALE),
        (&persons.female, Classes::FEMALE),
        (&persons.bodies, Classes::BODY),
        (&vocabulary.places.names, Classes::PLACE),
        (&vocabulary.places.locative, Classes::LOCATIVE),
        (&references.persons, Classes::PERSON),
        (&references.male, Classes::PERSON),
        (&references.female, Classes::PERSON),
    ];
    for (words, class) in lists {
        for word in words {
            add(word.clone(), class);
        }
    }
    for words in [&vocabulary.calendar.days, &vocabulary.calendar.months] {
        for word in words {
            add(word.to_lowercase(), Classes::DAY_OR_MONTH);
        }
    }
    let verbs: [(&Words, Classes); 11] = [
        (&speech.say, Classes::SAY),
        (&speech.report, Classes::REPORT),
        (&speech.promise, Classes::REPORT.or(Classes::PROMISE)),
        (&speech.warn, Classes::REPORT.or(Classes::WARN)),
        (&speech.think, Classes::THINK),
        (&speech.show, Classes::SHOW),
        (&speech.ask, Classes::ASK),
        (&speech.urge, Classes::URGE),
        (&speech.judge, Classes::JUDGE),
        (&speech.name, Classes::NAME),
        (&speech.attitude, Classes::ATTITUDE),
    ];
    for (entries, class) in verbs {
        for entry in entries {
            let forms = forms(entry);
            add(forms.base, class | Classes::BASE);
            add(forms.third, class | Classes::THIRD);
            add(forms.past, class | Classes::PAST);
            add(forms.participle, class | Classes::PARTICIPLE);
            add(forms.ing, class | Classes::ING);
        }
    }
    classes
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_their_classes() {
        assert!(Classes::of("said").is(Classes::SAY));
        assert!(Classes::of("said").is(Classes::PAST));
        assert!(!Classes::of("said").is(Classes::REPORT | Classes::ING));
        assert!(Classes::of("denies").is(Classes::REPORT));
        assert!(Classes::of("quickly").is(Classes::ADVERB));
        assert_eq!(Classes::of("table"), Classes::default());
    }

    #[test]
    fn words_have_their_classes_in_any_case() {
        for (word, class) in [
            ("SAID", Classes::SAY),
            ("Sen", Classes::TITLE),
            ("Emmanuel", Classes::MALE),
            ("Congress", Classes::BODY),
            ("Incomprehensibilitiessomely", Classes::ADVERB),
            ("ÜBERLY", Classes::ADVERB),
        ] {
            assert!(Classes::of_any_case(word).is(class), "{word}");
            assert_eq!(
                Classes::of_any_case(word),
                Classes::of(&word.to_lowercase())
            );
        }
        assert!(!Classes::of("Said").is(Classes::SAY));
    }
}
