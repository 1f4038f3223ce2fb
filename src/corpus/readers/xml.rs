//! XML of news agencies: NITF and NewsML-G2. Feeds are XML, too.

use std::collections::HashMap;

use roxmltree::{Document, Node, ParsingOptions};

use super::feed::FeedReader;
use super::html::{markup, reader as page_reader};
use super::{ArticleReader, Read};
use crate::corpus::RejectedKind;
use crate::corpus::field_names::Field;
use crate::corpus::fields::{Fields, RawArticle};
use crate::corpus::rejected::{Fault, Place};

/// Reads the items of a file.
struct Items {
    items: std::vec::IntoIter<Result<RawArticle, Fault>>,
    fields: Fields,
    record: u64,
}

impl ArticleReader for Items {
    fn next_record(&mut self) -> Option<(Place, Read)> {
        let item = self.items.next()?;
        self.record += 1;
        let place = Place::Record(self.record);
        let article = item.and_then(|raw| self.fields.article(place, raw));
        Some((place, article))
    }
}

/// A reader of a file, by its outermost element.
pub(super) fn reader(bytes: &[u8], fields: Fields) -> Result<Box<dyn ArticleReader>, Fault> {
    let xml = markup(bytes, None, &fields)?;
    let options = ParsingOptions {
        allow_dtd: true,
        ..ParsingOptions::default()
    };
    let tree = match Document::parse_with_options(&xml, options) {
        Ok(tree) => tree,
        // Feeds and pages are seldom well-formed.
        Err(_) if xml.contains("<rss") || xml.contains("<feed") => {
            return Ok(Box::new(FeedReader::new(&xml, fields)?));
        }
        Err(error) => {
            return Err(Fault::new(
                RejectedKind::Syntax,
                format!("broken XML: {error}"),
            ));
        }
    };
    let items = match tree.root_element().tag_name().name() {
        "nitf" => vec![Ok(nitf(tree.root_element()))],
        "newsMessage" | "newsItem" | "itemSet" => newsml(&tree),
        "rss" | "feed" | "RDF" => return Ok(Box::new(FeedReader::new(&xml, fields)?)),
        "html" => return page_reader(bytes, fields),
        other => {
            let reason = format!(
                "XML of an unknown kind, <{other}>; NITF, NewsML-G2, RSS and Atom are read"
            );
            return Err(Fault::new(RejectedKind::Syntax, reason));
        }
    };
    Ok(Box::new(Items {
        items: items.into_iter(),
        fields,
        record: 0,
    }))
}

fn find<'a>(node: Node<'a, 'a>, name: &str) -> Option<Node<'a, 'a>> {
    node.descendants().find(|it| it.tag_name().name() == name)
}

/// All text of an element, with single spaces.
fn text_of(node: Node) -> String {
    let texts: String = node
        .descendants()
        .filter(Node::is_text)
        .filter_map(|it| it.text())
        .collect();
    texts.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Paragraphs below an element, without those of pictures, notes and corrections.
fn paragraphs(node: Node) -> String {
    let is_apart = |it: Node| {
        let name = it.tag_name().name();
        let kind = it.attribute("class").unwrap_or_default();
        matches!(
            name,
            "media" | "media-caption" | "note" | "tagline" | "bibliography" | "table"
        ) || name == "block"
            && ["correction", "note", "copyright"]
                .iter()
                .any(|it| kind.contains(it))
    };
    let paragraphs = node
        .descendants()
        .filter(|it| matches!(it.tag_name().name(), "p" | "hl2"))
        .filter(|it| !it.ancestors().any(is_apart))
        .map(text_of)
        .filter(|text| !text.is_empty());
    paragraphs.collect::<Vec<_>>().join("\n\n")
}

fn nitf<'a>(root: Node<'a, 'a>) -> RawArticle {
    let mut raw = RawArticle::default();
    let mut set = |field: Field, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            raw.set(field, value);
        }
    };
    let attribute =
        |name: &str, attribute: &str| find(root, name)?.attribute(attribute).map(str::to_owned);
    let content = find(root, "body.content").unwrap_or(root);
    // An archive has the lead once more, apart.
    let full = content
        .descendants()
        .find(|it| it.attribute("class") == Some("full_text"));
    set(Field::Text, Some(paragraphs(full.unwrap_or(content))));
    let headline = find(root, "hl1")
        .or_else(|| find(root, "hedline"))
        .or_else(|| find(root, "title"));
    set(Field::Title, headline.map(text_of));
    let published = attribute("date.issue", "norm").or_else(|| attribute("date.release", "norm"));
    set(
        Field::Published,
        published.or_else(|| attribute("pubdata", "date.publication")),
    );
    set(Field::Id, attribute("doc-id", "id-string"));
    set(Field::Url, attribute("pubdata", "ex-ref"));
    let outlet = attribute("pubdata", "name").or_else(|| attribute("doc.copyright", "holder"));
    set(
        Field::Source,
        outlet.or_else(|| attribute("doc-id", "regsrc")),
    );
    raw
}

/// The items of a message. Of several versions of one item, the last is an article.
fn newsml<'a>(tree: &'a Document<'a>) -> Vec<Result<RawArticle, Fault>> {
    let items = || {
        tree.descendants()
            .filter(|it| it.tag_name().name() == "newsItem")
    };
    let version = |item: Node| {
        item.attribute("version")
            .and_then(|it| it.parse::<u64>().ok())
            .unwrap_or(1)
    };
    let mut last: HashMap<&str, u64> = HashMap::new();
    for item in items() {
        let newest = last
            .entry(item.attribute("guid").unwrap_or_default())
            .or_default();
        *newest = version(item).max(*newest);
    }
    items()
        .map(|item| {
            let guid = item.attribute("guid").unwrap_or_default();
            let newest = last.get(guid).copied().unwrap_or_default();
            if !guid.is_empty() && version(item) < newest {
                let reason = format!(
                    "version {} of {guid}, which the file has in version {newest}, too",
                    version(item)
                );
                return Err(Fault::new(RejectedKind::Duplicate, reason));
            }
            Ok(news_item(item, guid))
        })
        .collect()
}

fn news_item<'a>(item: Node<'a, 'a>, guid: &str) -> RawArticle {
    let mut raw = RawArticle::default();
    let mut set = |field: Field, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            raw.set(field, value);
        }
    };
    let text = |name: &str| find(item, name).map(text_of);
    set(Field::Id, Some(guid.to_owned()));
    set(Field::Title, text("headline").or_else(|| text("title")));
    let published = [
        "published",
        "contentCreated",
        "firstCreated",
        "versionCreated",
    ];
    set(
        Field::Published,
        published.iter().find_map(|name| text(name)),
    );
    let provider = find(item, "provider");
    let named = provider.and_then(|it| find(it, "name")).map(text_of);
    let code = provider.and_then(|it| it.attribute("literal").or_else(|| it.attribute("qcode")));
    set(
        Field::Source,
        named.or_else(|| code.map(|code| code.rsplit(':').next().unwrap_or(code).to_owned())),
    );
    let content = find(item, "inlineXML").map(paragraphs);
    set(
        Field::Text,
        content
            .filter(|text| !text.is_empty())
            .or_else(|| text("inlineData")),
    );
    raw
}
