//! Abbreviations of English news, by what may follow their stop.

/// What the stop after an abbreviation can mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Abbreviation {
    /// A name follows ("Sen. Smith"): the stop never ends a sentence.
    BeforeName,
    /// A number follows ("No. 5"): ends a sentence unless it does.
    BeforeNumber,
    /// "a.m.", "p.m.": ends a sentence before a capital, time zones and days aside.
    TimeOfDay,
    /// May stand anywhere ("Inc.", "U.S."): ends a sentence only before a word that likes to
    /// start one.
    Anywhere,
}

const BEFORE_NAME: &[&str] = &[
    "Adm", "Ald", "Amb", "Asst", "Atty", "Bros", "Brig", "Capt", "Cdr", "Cmdr", "Col", "Cpl", "Dr",
    "Drs", "Fr", "Gen", "Gov", "Govs", "Hon", "Insp", "Lt", "Maj", "Messrs", "Mlle", "Mme", "Mr",
    "Mrs", "Ms", "Msgr", "Mt", "Pres", "Prof", "Pvt", "Rep", "Reps", "Rev", "Sen", "Sens", "Sgt",
    "Supt",
];

const NEVER: &[&str] = &["vs", "v", "cf", "viz", "e.g", "i.e", "al", "ca", "approx"];

const BEFORE_NUMBER: &[&str] = &[
    "no", "nos", "p", "pp", "par", "art", "ch", "fig", "figs", "vol", "vols", "sec", "para",
];

const ANYWHERE: &[&str] = &[
    "co", "corp", "inc", "ltd", "plc", "llc", "bros", "dept", "univ", "assn", "est", "etc", "jr",
    "sr", "st", "ave", "blvd", "rd", "hwy", "ft", "ph.d", "esq", "ext", "min", "max", "hr", "hrs",
    "mph", "sq", "dist", "gov't", "int'l", "nat'l",
];

/// Only with their capital: "Ill." is a state, "ill." the end of a sentence.
const ANYWHERE_CAPITALIZED: &[&str] = &[
    "Jan", "Feb", "Mar", "Apr", "Jun", "Jul", "Aug", "Sep", "Sept", "Oct", "Nov", "Dec", "Mon",
    "Tue", "Tues", "Wed", "Thu", "Thur", "Thurs", "Fri", "Sat", "Sun", "Ala", "Ariz", "Ark",
    "Calif", "Colo", "Conn", "Del", "Fla", "Ga", "Ill", "Ind", "Kan", "Ky", "La", "Mass", "Md",
    "Mich", "Minn", "Miss", "Mo", "Mont", "Neb", "Nev", "Okla", "Ore", "Pa", "Penn", "Tenn", "Tex",
    "Va", "Vt", "Wash", "Wis", "Wyo", "Alta", "Ont", "Que",
];

/// Names that end in an exclamation mark.
const EXCLAIMING: &[&str] = &["Yahoo", "Yum", "Jeopardy", "Wham", "Panic", "Joomla"];

impl Abbreviation {
    /// What kind of abbreviation a word before a stop is, if it is one.
    pub fn of(word: &str) -> Option<Self> {
        if BEFORE_NAME.contains(&word) || NEVER.contains(&word.to_lowercase().as_str()) {
            return Some(Self::BeforeName);
        }
        let lower = word.to_lowercase();
        if matches!(lower.as_str(), "a.m" | "p.m" | "am" | "pm") && lower.contains('.') {
            return Some(Self::TimeOfDay);
        }
        if BEFORE_NUMBER.contains(&lower.as_str()) || word.ends_with(['°', 'º']) {
            return Some(Self::BeforeNumber);
        }
        if ANYWHERE.contains(&lower.as_str())
            || ANYWHERE_CAPITALIZED.contains(&word)
            || is_acronym(word)
        {
            return Some(Self::Anywhere);
        }
        None
    }
}

/// Letters with stops between them: "U.S", "D.C", "Ph.D".
fn is_acronym(word: &str) -> bool {
    word.contains('.')
        && word.split('.').all(|part| {
            let mut chars = part.chars();
            matches!((chars.next(), chars.nth(1)), (Some(first), None) if first.is_alphabetic())
        })
}

/// Whether a word before an exclamation mark is a name that carries it.
pub(super) fn is_exclaiming_name(word: &str) -> bool {
    EXCLAIMING.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds() {
        let cases = [
            ("Sen", Some(Abbreviation::BeforeName)),
            ("sen", None),
            ("vs", Some(Abbreviation::BeforeName)),
            ("No", Some(Abbreviation::BeforeNumber)),
            ("p.m", Some(Abbreviation::TimeOfDay)),
            ("P.M", Some(Abbreviation::TimeOfDay)),
            ("am", None),
            ("Inc", Some(Abbreviation::Anywhere)),
            ("U.S", Some(Abbreviation::Anywhere)),
            ("Ill", Some(Abbreviation::Anywhere)),
            ("ill", None),
            ("example.com", None),
        ];
        for (word, kind) in cases {
            assert_eq!(Abbreviation::of(word), kind, "{word}");
        }
    }
}
