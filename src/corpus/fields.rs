//! How an article is made of a record's values.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use regex::Regex;
use url::Url;

use super::article::Parts;
use super::dates::Dated;
use super::encoding::Encodings;
use super::field_names::{Field, FieldMap};
use super::rejected::{Fault, Place};
use super::{Article, Published, RejectedKind};

/// Whether a value says that there is none, as pandas and JavaScript write it.
pub(super) fn is_missing(value: &str) -> bool {
    let value = value.trim();
    value.is_empty()
        || [
            "nan",
            "none",
            "nat",
            "null",
            "<na>",
            "n/a",
            "na",
            "nil",
            "undefined",
            "0000-00-00",
            "[removed]",
            "[deleted]",
            "0000-00-00 00:00:00",
        ]
        .iter()
        .any(|missing| value.eq_ignore_ascii_case(missing))
}

/// The field values of one record, before they are checked.
#[derive(Debug, Default)]
pub(super) struct RawArticle {
    values: [Option<String>; 6],
    pub kept: Vec<String>,
    /// The names of the record's fields, if it has no text.
    pub names: Vec<String>,
}

impl RawArticle {
    pub fn set(&mut self, field: Field, value: impl Into<String>) {
        self.values[field as usize] = Some(value.into());
    }

    pub fn has(&self, field: Field) -> bool {
        self.values[field as usize].is_some()
    }

    fn length(&self, field: Field) -> usize {
        let value = &self.values[field as usize];
        value.as_ref().map_or(0, String::len)
    }

    pub fn take(&mut self, field: Field) -> String {
        let value = self.values[field as usize].take();
        value.filter(|value| !is_missing(value)).unwrap_or_default()
    }
}

/// An article with what is to be told of it.
#[derive(Debug)]
pub(super) struct Found {
    pub article: Article,
    /// When it was published, if that is one of two days or tells which numbers are days.
    pub dated: Option<Dated>,
    /// What was not read as the record has it.
    pub notices: Vec<Fault>,
}

/// Makes articles of raw records.
#[derive(Debug, Clone)]
pub(super) struct Fields {
    pub map: FieldMap,
    pub encodings: Arc<Encodings>,
    file: String,
}

/// Bytes of an id, outlet, title or address, which stand in the row of each mention.
const LONGEST_FIELD: usize = 1 << 16;

/// "… [+1602 chars]", where an interface cuts texts.
static CUT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:…|\.\.\.)?\s*\[\+(\d+) chars\]\s*$").expect("a pattern that the tests compile")
});

static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"['"](?:name|title)['"]\s*:\s*['"]([^'"]+)"#)
        .expect("a pattern that the tests compile")
});

impl Fields {
    pub fn new(map: &FieldMap, encodings: &Arc<Encodings>, file: &str) -> Self {
        Self {
            map: map.clone(),
            encodings: Arc::clone(encodings),
            file: file.to_owned(),
        }
    }

    /// The same for another file.
    pub fn of_file(&self, file: &str) -> Self {
        Self {
            file: file.to_owned(),
            ..self.clone()
        }
    }

    /// The values of a record; `lookup` gives those of a field by the name that the input may have for it.
    pub fn raw<'v>(
        &self,
        mut lookup: impl FnMut(Field, &str) -> Option<Cow<'v, str>>,
    ) -> RawArticle {
        let mut raw = RawArticle::default();
        for field in Field::ALL {
            let mut candidates = self.map.candidates(field);
            let value = candidates.find_map(|name| {
                let value = lookup(field, name).filter(|value| !is_missing(value))?;
                // A `source` that is an address is that of the article.
                let fits = field != Field::Url || name != "source" || host(&value).is_some();
                fits.then(|| value.into_owned())
            });
            if let Some(value) = value {
                raw.set(field, value);
            }
        }
        raw.kept = self
            .map
            .kept()
            .iter()
            .map(|name| {
                lookup(Field::Title, name)
                    .map(Cow::into_owned)
                    .unwrap_or_default()
            })
            .collect();
        raw
    }

    /// An article, or why there is none.
    pub fn article(&self, place: Place, raw: RawArticle) -> Result<Found, Fault> {
        self.article_of(place, raw, Parts::of)
    }

    /// An article whose title and text `parts` puts together, or why there is none.
    pub fn article_of(
        &self,
        place: Place,
        mut raw: RawArticle,
        parts: impl FnOnce(&str, String) -> Parts,
    ) -> Result<Found, Fault> {
        // Formats without names of fields have nothing to keep.
        raw.kept.resize(self.map.kept().len(), String::new());
        for field in [Field::Id, Field::Source, Field::Title, Field::Url] {
            if raw.length(field) > LONGEST_FIELD {
                let reason = format!(
                    "the field {} has more than {} KiB; map another field, or shorten it",
                    field.name(),
                    LONGEST_FIELD >> 10
                );
                return Err(Fault::new(RejectedKind::TooLong, reason));
            }
        }
        let mut notices = Vec::new();
        let mut text = raw.take(Field::Text);
        if text.trim().is_empty() {
            return Err(self.no_text(&raw));
        }
        if let Some(found) = CUT.captures(&text) {
            let reason = format!(
                "the text was cut off by {} characters before it came here; what is left was scored",
                &found[1]
            );
            notices.push(Fault::new(RejectedKind::Cut, reason));
            let end = found.get(0).map_or(text.len(), |it| it.start());
            text.truncate(end);
        }
        for field in Field::ALL {
            if let Some(constant) = self.map.constant(field) {
                raw.set(field, constant);
            }
        }
        let (published, dated) = match raw.take(Field::Published).trim() {
            "" => (None, None),
            date => match Published::read(date) {
                Ok(dated @ Dated::One(published, _)) => (Some(published), Some(dated)),
                Ok(dated) => (None, Some(dated)),
                Err(reason) => {
                    let reason = format!("{reason}; the article was scored without a date");
                    notices.push(Fault::new(RejectedKind::Date, reason));
                    (None, None)
                }
            },
        };
        let url = raw.take(Field::Url).trim().to_owned();
        let mut source = raw.take(Field::Source).trim().to_owned();
        // pandas writes an object as Python does.
        if source.starts_with('{')
            && let Some(found) = NAMED.captures(&source)
        {
            source = found[1].to_owned();
        }
        source = host(&source).unwrap_or(source);
        if let Some(domain) = source.strip_prefix("www.") {
            source = domain.to_owned();
        }
        if source.is_empty() {
            source = host(&url).unwrap_or_default();
        }
        let mut id = raw.take(Field::Id).trim().to_owned();
        if id.is_empty() {
            id.clone_from(&url);
        }
        if id.is_empty() {
            id = match place {
                Place::File => self.file.clone(),
                Place::Line(at) | Place::Record(at) => format!("{}:{at}", self.file),
            };
        }
        let parts = parts(&raw.take(Field::Title), text);
        if parts.text.trim().is_empty() {
            return Err(Fault::new(
                RejectedKind::NoText,
                "no text: it holds nothing but marks",
            ));
        }
        let article = Article {
            id,
            source,
            published,
            url,
            kept: raw.kept,
            ..parts.into_article()
        };
        Ok(Found {
            article,
            dated,
            notices,
        })
    }

    fn no_text(&self, raw: &RawArticle) -> Fault {
        let empty: Vec<&str> = raw
            .names
            .iter()
            .map(|name| &**name)
            .filter(|name| self.map.may_be_text(name))
            .collect();
        let reason = match (self.map.mapped(Field::Text), &*empty) {
            (Some(mapped), _) => format!(
                "no text: the field {mapped:?} has none; map the field that holds it to text"
            ),
            (None, []) if raw.names.is_empty() => "no text".to_owned(),
            (None, []) if raw.has(Field::Title) && raw.has(Field::Url) => format!(
                "no text: a title and a link, with the fields {}; fetch the article first, or map the field that holds the text to text",
                raw.names.join(", ")
            ),
            (None, []) => format!(
                "no text: the record has the fields {}; map the one that holds it to text, as in --map text=NAME",
                raw.names.join(", ")
            ),
            (None, empty) => format!("no text: {} none", hold(empty)),
        };
        Fault::new(RejectedKind::NoText, reason)
    }
}

fn hold(names: &[&str]) -> String {
    match names {
        [name] => format!("{name} holds"),
        _ => format!("{} hold", names.join(", ")),
    }
}

/// The host of a web address, without `www.`.
pub(super) fn host(url: &str) -> Option<String> {
    let url = url.trim();
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return None;
    }
    let url = Url::parse(url).ok()?;
    let host = url.host_str()?;
    Some(host.strip_prefix("www.").unwrap_or(host).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields() -> Fields {
        Fields::new(&FieldMap::default(), &Arc::default(), "news.csv")
    }

    fn raw(values: &[(Field, &str)]) -> RawArticle {
        let mut raw = RawArticle::default();
        for (field, value) in values {
            raw.set(*field, *value);
        }
        raw
    }

    #[test]
    fn constants_are_checked_and_override() {
        let mut map = FieldMap::default();
        map.set("source=BBC").unwrap();
        assert!(map.set("text=x").unwrap_err().contains("not the same"));
        assert!(map.set("published=soon").unwrap_err().contains("soon"));
        let fields = Fields::new(&map, &Arc::default(), "a");
        let found = fields.article(
            Place::Line(1),
            raw(&[(Field::Text, "Text."), (Field::Source, "X")]),
        );
        assert_eq!(found.unwrap().article.source, "BBC");
    }

    #[test]
    fn id_and_source_fall_back_to_the_url_then_the_line() {
        let values = [
            (Field::Text, "Text."),
            (Field::Url, "https://www.example.org/a?b"),
        ];
        let article = fields()
            .article(Place::Line(7), raw(&values))
            .unwrap()
            .article;
        assert_eq!(article.id, "https://www.example.org/a?b");
        assert_eq!(article.source, "example.org");
        let article = fields().article(Place::Line(7), raw(&[(Field::Text, "Text.")]));
        assert_eq!(article.unwrap().article.id, "news.csv:7");
    }

    #[test]
    fn the_first_guess_that_has_a_value_wins() {
        let record = [
            ("text", ""),
            ("content", "Text."),
            ("source", "https://www.example.org/a1"),
            ("publishedat", "NaT"),
            ("date", "2024-09-05"),
        ];
        let found = fields().raw(|_, name| {
            let value = record.iter().find(|(known, _)| *known == name)?.1;
            Some(Cow::Borrowed(value))
        });
        let article = fields().article(Place::Line(1), found).unwrap().article;
        assert_eq!((&*article.text, &*article.source), ("Text.", "example.org"));
        assert_eq!(article.id, "https://www.example.org/a1");
        assert_eq!(article.published.unwrap().to_string(), "2024-09-05");
    }

    #[test]
    fn bad_dates_and_cut_texts_are_told_and_scored() {
        let values = [
            (Field::Text, "They met and… [+1602 chars]"),
            (Field::Published, "32.13.2020"),
        ];
        let found = fields().article(Place::Line(1), raw(&values)).unwrap();
        assert_eq!(found.article.text, "They met and");
        assert_eq!(found.article.published, None);
        let kinds: Vec<_> = found.notices.iter().map(|it| it.kind).collect();
        assert_eq!(kinds, [RejectedKind::Cut, RejectedKind::Date]);
        assert!(found.notices[1].reason.contains("32.13.2020"));
    }

    #[test]
    fn a_record_without_text_says_what_it_has() {
        for (names, expected) in [
            (&["text", "content"] as &[&str], "text, content hold none"),
            (&["id", "Full_Text"], "Full_Text holds none"),
            (&["id", "url"], "has the fields id, url"),
        ] {
            let mut raw = raw(&[(Field::Text, "nan")]);
            raw.names = names.iter().map(|&name| name.to_owned()).collect();
            let fault = fields().article(Place::Line(1), raw).unwrap_err();
            assert!(fault.reason.contains(expected), "{}", fault.reason);
        }
    }
}
