//! Which of an input's fields hold what, and how an article is made of them.

use url::Url;

use super::rejected::Fault;
use super::{Article, Published, RejectedKind};

/// A field of [`Article`] as a map names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Id,
    Source,
    Published,
    Title,
    Text,
    Url,
}

impl Field {
    pub const ALL: [Self; 6] = [
        Self::Id,
        Self::Source,
        Self::Published,
        Self::Title,
        Self::Text,
        Self::Url,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Source => "source",
            Self::Published => "published",
            Self::Title => "title",
            Self::Text => "text",
            Self::Url => "url",
        }
    }

    /// Names that corpora use, the most telling first.
    fn guesses(self) -> &'static [&'static str] {
        match self {
            Self::Id => &["id", "article_id", "articleid", "doc_id", "uid"],
            Self::Source => &[
                "source",
                "outlet",
                "domain",
                "source_domain",
                "publisher",
                "publication",
            ],
            Self::Published => &[
                "published",
                "date",
                "publish_date",
                "date_publish",
                "published_at",
                "publication_date",
                "pubdate",
            ],
            Self::Title => &["title", "headline"],
            Self::Text => &[
                "text",
                "body",
                "content",
                "maintext",
                "article",
                "full_text",
            ],
            Self::Url => &["url", "link"],
        }
    }
}

/// The field names that a user sets; every other field is guessed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldMap {
    names: [Option<String>; 6],
}

impl FieldMap {
    /// Reads `text=body,source=outlet`.
    ///
    /// # Errors
    ///
    /// What is wrong with it, if a part is not `OURS=THEIRS` or names no field of ours.
    pub fn parse(map: &str) -> Result<Self, String> {
        let mut names = Self::default();
        for part in map.split(',').filter(|part| !part.trim().is_empty()) {
            let (ours, theirs) = part
                .split_once('=')
                .ok_or_else(|| format!("{part:?} is not of the form text=body"))?;
            let field = Field::ALL
                .into_iter()
                .find(|field| field.name() == ours.trim())
                .ok_or_else(|| {
                    format!("{ours:?} is no field: use id, source, published, title, text or url")
                })?;
            names.names[field as usize] = Some(theirs.trim().to_owned());
        }
        Ok(names)
    }

    /// The name that the user gives for a field.
    pub(super) fn mapped(&self, field: Field) -> Option<&str> {
        self.names[field as usize].as_deref()
    }

    /// The names to look for, in order of preference.
    pub(super) fn candidates(&self, field: Field) -> Vec<&str> {
        match &self.names[field as usize] {
            Some(name) => vec![name],
            None => field.guesses().to_vec(),
        }
    }

    /// Where a field stands among these names, letter case aside.
    pub(super) fn position(&self, field: Field, names: &[String]) -> Option<usize> {
        self.candidates(field).into_iter().find_map(|candidate| {
            names
                .iter()
                .position(|name| name.trim().eq_ignore_ascii_case(candidate))
        })
    }
}

/// The field values of one record, before they are checked.
#[derive(Debug, Default)]
pub(super) struct RawArticle {
    values: [Option<String>; 6],
}

impl RawArticle {
    pub fn set(&mut self, field: Field, value: String) {
        self.values[field as usize] = Some(value);
    }

    fn take(&mut self, field: Field) -> String {
        self.values[field as usize].take().unwrap_or_default()
    }
}

/// Makes articles of raw records.
#[derive(Debug, Clone)]
pub(super) struct Fields {
    pub map: FieldMap,
    file: String,
}

impl Fields {
    pub fn new(map: &FieldMap, file: &str) -> Self {
        Self {
            map: map.clone(),
            file: file.to_owned(),
        }
    }

    /// An article, or why there is none.
    pub fn article(&self, line: u64, mut raw: RawArticle) -> Result<Article, Fault> {
        let text = raw.take(Field::Text);
        if text.trim().is_empty() {
            let reason = format!(
                "no text: none of the fields {} has any; map the right field to text",
                self.map.candidates(Field::Text).join(", ")
            );
            return Err(Fault::new(RejectedKind::NoText, reason));
        }
        let published = raw.take(Field::Published);
        let published = match published.trim() {
            "" => None,
            date => {
                let published = Published::parse(date);
                Some(published.map_err(|reason| Fault::new(RejectedKind::Date, reason))?)
            }
        };
        let url = raw.take(Field::Url).trim().to_owned();
        let mut source = raw.take(Field::Source).trim().to_owned();
        if source.is_empty() {
            source = host(&url).unwrap_or_default();
        }
        let mut id = raw.take(Field::Id).trim().to_owned();
        if id.is_empty() {
            id.clone_from(&url);
        }
        if id.is_empty() {
            id = format!("{}:{line}", self.file);
        }
        Ok(Article {
            id,
            source,
            published,
            title: raw.take(Field::Title).trim().to_owned(),
            text,
            url,
        })
    }
}

/// The host of a web address, without `www.`.
fn host(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let host = url.host_str()?;
    Some(host.strip_prefix("www.").unwrap_or(host).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_overrides_guesses_and_names_its_mistakes() {
        let map = FieldMap::parse("text=story, source = paper").unwrap();
        assert_eq!(map.candidates(Field::Text), ["story"]);
        assert_eq!(map.candidates(Field::Title), ["title", "headline"]);
        let names: Vec<String> = ["Paper", "STORY"].map(String::from).to_vec();
        assert_eq!(map.position(Field::Text, &names), Some(1));
        assert!(FieldMap::parse("author=x").unwrap_err().contains("author"));
        assert!(FieldMap::parse("text").unwrap_err().contains("text=body"));
    }

    #[test]
    fn id_and_source_fall_back_to_the_url_then_the_line() {
        let fields = Fields::new(&FieldMap::default(), "news.csv");
        let mut raw = RawArticle::default();
        raw.set(Field::Text, "Text.".to_owned());
        raw.set(Field::Url, "https://www.example.org/a?b".to_owned());
        let article = fields.article(7, raw).unwrap();
        assert_eq!(article.id, "https://www.example.org/a?b");
        assert_eq!(article.source, "example.org");

        let mut raw = RawArticle::default();
        raw.set(Field::Text, "Text.".to_owned());
        assert_eq!(fields.article(7, raw).unwrap().id, "news.csv:7");
    }

    #[test]
    fn blank_text_and_bad_dates_are_refused() {
        let fields = Fields::new(&FieldMap::default(), "news.csv");
        let mut raw = RawArticle::default();
        raw.set(Field::Text, " \n".to_owned());
        assert!(
            fields
                .article(1, raw)
                .unwrap_err()
                .reason
                .contains("map the right field to text")
        );

        let mut raw = RawArticle::default();
        raw.set(Field::Text, "Text.".to_owned());
        raw.set(Field::Published, "32.13.2020".to_owned());
        assert!(
            fields
                .article(1, raw)
                .unwrap_err()
                .reason
                .contains("32.13.2020")
        );
    }
}
