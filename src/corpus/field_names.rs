//! Names of fields: which of an input's hold what.

use super::Published;

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

    /// Names that crawlers, archives and interfaces use, the most telling first; without case and underscores, with a point
    /// before the name of a field inside another.
    fn guesses(self) -> &'static [&'static str] {
        match self {
            Self::Id => &[
                "id",
                "articleid",
                "docid",
                "uid",
                "storiesid",
                "storyid",
                "guid",
                "uri",
                "gkgrecordid",
            ],
            Self::Source => &[
                "source",
                "outlet",
                "sourcename",
                "sourcecommonname",
                "medianame",
                "publisher",
                "publication",
                "publicationtitle",
                "newspaper",
                "publicationname",
                "html.sourceinfo.publisher",
                "quelle",
                "fuente",
                "metasitename",
                "sitename",
                "sourcehostname",
                "sourcedomain",
                "domain",
                "hostname",
                "provider",
                "website",
                "site",
            ],
            Self::Published => &[
                "published",
                "publishedat",
                "webpublicationdate",
                "datetimepub",
                "datepublished",
                "publishdate",
                "datepublish",
                "publisheddate",
                "publishingdate",
                "publicationdate",
                "pubdate",
                "publishtime",
                "publishedon",
                "publicationdatetime",
                "date",
                "datetime",
                "versioncreated",
                "firstcreated",
                "created",
                "createdat",
                "datecreated",
                "timestamp",
                "datum",
                "fecha",
                "day",
            ],
            Self::Title => &[
                "title",
                "headline",
                "webtitle",
                "articletitle",
                "heading",
                "titel",
                "titre",
                "titulo",
                "título",
                "fields.headline",
            ],
            Self::Text => &[
                "text",
                "maintext",
                "body",
                "bodytext",
                "content",
                "fulltext",
                "article",
                "articlebody",
                "articletext",
                "plaintext",
                "cleanedtext",
                "fullcontent",
                "story",
                "contenttext",
                "fields.bodytext",
                "fields.body",
                "bodyhtml",
                "bodyxhtml",
                "contenthtml",
                "rawtext",
                "newstext",
                "paragraphs",
                "volltext",
                "inhalt",
                "texte",
                "texto",
            ],
            Self::Url => &[
                "url",
                "link",
                "weburl",
                "canonicallink",
                "canonicalurl",
                "articleurl",
                "permalink",
                "sourceurl",
                "href",
                "documentidentifier",
                "html.respondedurl",
                "source",
            ],
        }
    }
}

/// Whether a column has what a path of a field names.
pub(super) fn is_at(column: &str, path: &str) -> bool {
    let root = path.split('.').next().unwrap_or_default();
    same_name(column, path) || same_name(column, root)
}

/// Whether two names are one but for what programs write differently: `publishedAt`, `published_at` and `Published At`.
pub(super) fn same_name(a: &str, b: &str) -> bool {
    fn squashed(name: &str) -> impl Iterator<Item = char> {
        let kept = name
            .chars()
            .filter(|char| !matches!(char, '_' | '-' | ' ' | '\u{feff}'));
        kept.flat_map(char::to_lowercase)
    }
    squashed(a).eq(squashed(b))
}

/// The field names and values that a user sets; every other field is guessed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldMap {
    names: [Option<String>; 6],
    constants: [Option<String>; 6],
    /// Further fields that documents keep.
    kept: Vec<String>,
}

impl FieldMap {
    /// Reads `text=body,source=source.name`.
    ///
    /// # Errors
    ///
    /// What is wrong with it, if a part is not `OURS=THEIRS` or names no field of ours.
    pub fn parse(map: &str) -> Result<Self, String> {
        let mut fields = Self::default();
        for part in map.split(',').filter(|part| !part.trim().is_empty()) {
            let (field, theirs) = assigned(part, "text=body")?;
            fields.names[field as usize] = Some(theirs.to_owned());
        }
        Ok(fields)
    }

    /// Sets a field to the same value in each article, as `source=BBC` says.
    ///
    /// # Errors
    ///
    /// What is wrong with it, if it is not `OURS=VALUE`, names no field of ours, or one that is never the same.
    pub fn set(&mut self, constant: &str) -> Result<(), String> {
        let (field, value) = assigned(constant, "source=BBC")?;
        let another = |part: &str| {
            part.split_once('=')
                .is_some_and(|(name, _)| !name.contains(' '))
        };
        if value.split(',').skip(1).any(another) {
            return Err("one field at a time: give it once for each".to_owned());
        }
        if matches!(field, Field::Id | Field::Text | Field::Url) {
            return Err(format!(
                "{} is not the same in all articles: use source, published or title",
                field.name()
            ));
        }
        if field == Field::Published {
            Published::parse(value)?;
        }
        self.constants[field as usize] = Some(value.to_owned());
        Ok(())
    }

    /// Further fields of the input that documents keep, by the names that the input has for them.
    pub fn keep(&mut self, names: Vec<String>) {
        self.kept.clear();
        for name in names {
            if !self.kept.contains(&name) {
                self.kept.push(name);
            }
        }
    }

    /// The fields that documents keep.
    pub fn kept(&self) -> &[String] {
        &self.kept
    }

    /// Whether a column of the input may be read: it is one that a field may be in, or is kept.
    pub fn may_read(&self, column: &str) -> bool {
        let mut fields = Field::ALL
            .into_iter()
            .flat_map(|field| self.candidates(field));
        fields.any(|path| is_at(column, path)) || self.kept.iter().any(|path| is_at(column, path))
    }

    /// Whether a column of the input may hold the date.
    pub fn may_be_date(&self, column: &str) -> bool {
        self.candidates(Field::Published)
            .any(|path| is_at(column, path))
    }

    /// The name that the user gives for a field.
    pub(super) fn mapped(&self, field: Field) -> Option<&str> {
        self.names[field as usize].as_deref()
    }

    /// The value that the user sets for a field.
    pub(super) fn constant(&self, field: Field) -> Option<&str> {
        self.constants[field as usize].as_deref()
    }

    /// The names to look for, in order of preference.
    pub(super) fn candidates(&self, field: Field) -> impl Iterator<Item = &str> {
        let mapped = self.mapped(field);
        let guesses: &[&str] = if mapped.is_some() {
            &[]
        } else {
            field.guesses()
        };
        mapped.into_iter().chain(guesses.iter().copied())
    }

    /// Whether a field of the input may hold the text.
    pub(super) fn may_be_text(&self, name: &str) -> bool {
        self.candidates(Field::Text)
            .any(|candidate| same_name(candidate, name))
    }
}

fn assigned<'a>(part: &'a str, example: &str) -> Result<(Field, &'a str), String> {
    let (ours, theirs) = part
        .split_once('=')
        .ok_or_else(|| format!("{part:?} is not of the form {example}"))?;
    let field = Field::ALL
        .into_iter()
        .find(|field| field.name() == ours.trim())
        .ok_or_else(|| {
            format!("{ours:?} is no field: use id, source, published, title, text or url")
        })?;
    Ok((field, theirs.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_overrides_guesses_and_names_its_mistakes() {
        let map = FieldMap::parse("text=story, source = paper.name").unwrap();
        assert_eq!(map.candidates(Field::Text).collect::<Vec<_>>(), ["story"]);
        assert_eq!(map.mapped(Field::Source), Some("paper.name"));
        assert_eq!(map.candidates(Field::Title).next(), Some("title"));
        assert!(FieldMap::parse("author=x").unwrap_err().contains("author"));
        assert!(FieldMap::parse("text").unwrap_err().contains("text=body"));
    }
}
