//! The article of a web page: main text, headline, date, outlet and address.
//!
//! What the page says of itself for machines (schema.org's NewsArticle in JSON-LD, meta tags) comes before what it looks like;
//! the main text is found as Mozilla's Readability does.

use std::sync::LazyLock;

use dom_smoothie::Readability;
use regex::Regex;
use serde_json::Value;

use crate::corpus::field_names::Field;
use crate::corpus::fields::RawArticle;
use crate::corpus::plain::text_of_html;

macro_rules! patterns {
    ($($name:ident = $pattern:expr;)*) => {
        $(static $name: LazyLock<Regex> = LazyLock::new(|| Regex::new($pattern).expect("a pattern that the tests compile"));)*
    };
}

patterns! {
    LINKED_DATA = r#"(?is)<script[^>]*application/ld\+json[^>]*>(.*?)</script>"#;
    META = r#"(?is)<meta\s([^>]+?)/?>"#;
    LINK = r#"(?is)<link\s([^>]+?)/?>"#;
    TIME = r#"(?is)<time\s[^>]*?datetime\s*=\s*["']([^"']{4,40})["']"#;
    ATTRIBUTE = r#"(?is)([a-z:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')"#;
        PARAGRAPH = r#"(?is)<p\b[^>]*>(.*?)</p\s*>"#;
    H1 = r#"(?is)<h1\b[^>]*>(.*?)</h1\s*>"#;
    CONSENT = r#"(?is)<(?:div|section)\b[^>]*(?:id|class)\s*=\s*["'][^"'>]*(?:cookie|consent|gdpr)[^>]*>.*?</(?:div|section)\s*>"#;
    FURNITURE = r#"(?is)<(?:figure|figcaption|aside|nav|footer|form|button)\b[^>]*>.*?</(?:figure|figcaption|aside|nav|footer|form|button)\s*>"#;
}

/// A text shorter than this is no article, in characters.
const SHORTEST: usize = 25;
/// A text shorter than this may lack paragraphs that look like little to Readability, in characters.
const SHORT: usize = 250;

/// The article of a page; `None` if it has none. `url` is where the page was, as far as that is known.
pub(super) fn article_of_page(page: &str, url: Option<&str>) -> Option<RawArticle> {
    let told = linked_data(page).unwrap_or_default();
    let page = &*CONSENT.replace_all(page, " ");
    let readable = Readability::new(page, None, None)
        .ok()
        .and_then(|mut it| it.parse().ok());
    let main = readable
        .as_ref()
        .map(|it| text_of_html(&FURNITURE.replace_all(&it.content, " ")));
    let main = main.unwrap_or_default();
    let mut text = if told.body.len() > 2 * main.len() {
        told.body
    } else {
        main
    };
    if text.chars().count() < SHORT {
        let all = paragraphs(page);
        if all.len() > text.len() {
            text = all;
        }
    }
    if text.chars().count() < SHORTEST {
        return None;
    }
    let metas = metas(page);
    let mut raw = RawArticle::default();
    raw.set(Field::Text, text);
    let mut first = |field: Field, values: Vec<Option<String>>| {
        let value = values
            .into_iter()
            .flatten()
            .find(|value| !value.trim().is_empty());
        if let Some(value) = value {
            raw.set(field, value.trim());
        }
    };
    let title = readable
        .as_ref()
        .map(|it| without_outlet(page, it.title.to_string()));
    first(
        Field::Title,
        vec![
            told.headline,
            meta(&metas, &["og:title", "twitter:title"]),
            title,
        ],
    );
    let time = TIME.captures(page).map(|found| found[1].to_owned());
    let names = [
        "article:published_time",
        "datepublished",
        "date",
        "dc.date",
        "dc.date.issued",
        "parsely-pub-date",
        "pubdate",
        "sailthru.date",
        "publish-date",
    ];
    first(
        Field::Published,
        vec![told.published, meta(&metas, &names), time],
    );
    first(
        Field::Source,
        vec![
            told.outlet,
            meta(
                &metas,
                &["og:site_name", "application-name", "dc.publisher"],
            ),
        ],
    );
    let address = meta(&metas, &["og:url"]);
    first(
        Field::Url,
        vec![canonical(page), told.url, address, url.map(str::to_owned)],
    );
    Some(raw)
}

/// A page's title without the outlet's name behind it, if a heading says where that begins.
fn without_outlet(page: &str, title: String) -> String {
    let headings = H1.captures_iter(page).map(|found| text_of_html(&found[1]));
    let mut headings = headings.filter(|it| !it.is_empty() && title.starts_with(it.as_str()));
    headings.next().unwrap_or(title)
}

/// All paragraphs of a page that are not set apart.
fn paragraphs(page: &str) -> String {
    let page = FURNITURE.replace_all(page, " ");
    let paragraphs = PARAGRAPH
        .captures_iter(&page)
        .map(|found| text_of_html(&found[1]));
    let paragraphs: Vec<String> = paragraphs.filter(|text| !text.is_empty()).collect();
    paragraphs.join("\n\n")
}

/// What a page says of its article in JSON-LD.
#[derive(Default)]
struct LinkedData {
    headline: Option<String>,
    body: String,
    published: Option<String>,
    outlet: Option<String>,
    url: Option<String>,
}

fn linked_data(page: &str) -> Option<LinkedData> {
    LINKED_DATA.captures_iter(page).find_map(|script| {
        let value: Value = serde_json::from_str(script[1].trim()).ok()?;
        let article = article_in(&value, 4)?;
        let text = |name: &str| named(article.get(name)?);
        Some(LinkedData {
            headline: text("headline").or_else(|| text("name")),
            body: text("articleBody")
                .map(|body| text_of_html(&body))
                .unwrap_or_default(),
            published: text("datePublished").or_else(|| text("dateCreated")),
            outlet: text("publisher").or_else(|| text("sourceOrganization")),
            url: text("mainEntityOfPage")
                .or_else(|| text("url"))
                .filter(|url| url.starts_with("http")),
        })
    })
}

/// The article among what a page describes, which may be an array or a graph.
fn article_in(value: &Value, depth: usize) -> Option<&Value> {
    if depth == 0 {
        return None;
    }
    match value {
        Value::Array(values) => values.iter().find_map(|it| article_in(it, depth - 1)),
        Value::Object(object) => {
            let is_article = |kind: &str| {
                kind.ends_with("Article")
                    || matches!(kind, "BlogPosting" | "LiveBlogPosting" | "Report")
            };
            let kind = match object.get("@type") {
                Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).any(is_article),
                Some(Value::String(kind)) => is_article(kind),
                _ => false,
            };
            match kind {
                true => Some(value),
                false => ["@graph", "mainEntity"]
                    .iter()
                    .find_map(|name| article_in(object.get(*name)?, depth - 1)),
            }
        }
        _ => None,
    }
}

/// A text, or what names an object.
fn named(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(values) => values.iter().find_map(named),
        Value::Object(object) => ["name", "@value", "@id", "url"]
            .iter()
            .find_map(|name| named(object.get(*name)?)),
        _ => None,
    }
}

fn attribute(attributes: &str, wanted: &[&str]) -> Option<String> {
    ATTRIBUTE.captures_iter(attributes).find_map(|found| {
        let name = found[1].to_lowercase();
        let value = found.get(2).or(found.get(3))?;
        wanted
            .contains(&&*name)
            .then(|| text_of_html(value.as_str()))
    })
}

/// What the meta tags of a page say, by their names in lower case.
fn metas(page: &str) -> Vec<(String, String)> {
    let tags = META.captures_iter(page);
    let said = tags.filter_map(|tag| {
        let name = attribute(&tag[1], &["property", "name", "itemprop"])?;
        Some((name.to_lowercase(), attribute(&tag[1], &["content"])?))
    });
    said.collect()
}

/// The content of the first of these meta tags that the page has.
fn meta(metas: &[(String, String)], names: &[&str]) -> Option<String> {
    let find = |name: &&str| metas.iter().find(|(known, _)| known == name);
    names
        .iter()
        .find_map(find)
        .map(|(_, content)| content.clone())
}

fn canonical(page: &str) -> Option<String> {
    LINK.captures_iter(page).find_map(|tag| {
        let is_canonical = attribute(&tag[1], &["rel"])? == "canonical";
        let address = attribute(&tag[1], &["href"])?;
        (is_canonical && address.starts_with("http")).then_some(address)
    })
}
