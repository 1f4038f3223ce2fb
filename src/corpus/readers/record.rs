//! A JSON value as a record: fields by path, texts that are trees, envelopes.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::Read;
use crate::corpus::RejectedKind;
use crate::corpus::encoding::text_of;
use crate::corpus::field_names::{Field, same_name};
use crate::corpus::fields::{Fields, RawArticle};
use crate::corpus::rejected::{Fault, Place};

/// Reads a value, and what Python's json writes for numbers that are none as null.
pub(super) fn parse(bytes: &[u8], fields: &Fields) -> Result<Value, Fault> {
    let text = text_of(bytes, &fields.encodings)?;
    serde_json::from_str(&text).or_else(|error| {
        without_nan(&text)
            .and_then(|text| serde_json::from_str(&text).ok())
            .ok_or_else(|| {
                // The message ends in "at line 1 column 9", and line 1 is the record's, not the file's.
                let message = error.to_string();
                let what = message.split(" at line ").next().unwrap_or_default();
                let reason = format!("broken JSON at column {}: {what}", error.column());
                Fault::new(RejectedKind::Syntax, reason)
            })
    })
}

/// The text with null for `NaN`, `Infinity` and `-Infinity` outside of strings, if it has any.
fn without_nan(text: &str) -> Option<String> {
    if !text.contains("NaN") && !text.contains("Infinity") {
        return None;
    }
    let mut plain = String::with_capacity(text.len());
    let (mut in_string, mut escaped) = (false, false);
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        let token = ["NaN", "-Infinity", "Infinity"]
            .into_iter()
            .find(|it| rest.starts_with(it));
        if let Some(token) = token.filter(|_| !in_string) {
            plain.push_str("null");
            rest = &rest[token.len()..];
            continue;
        }
        match char {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => in_string = !in_string,
            _ => {}
        }
        plain.push(char);
        rest = &rest[char.len_utf8()..];
    }
    Some(plain)
}

/// How deep in an envelope the articles may lie: `{"response": {"results": [...]}}`.
const DEEPEST_ENVELOPE: usize = 3;

/// The articles of a value: those of an array in it if it is an envelope, that is has no text of its own;
/// else itself.
pub(super) fn articles_in(value: Value, fields: &Fields) -> Vec<Value> {
    let value = unwrapped(value);
    if let Value::Array(values) = value {
        return values.into_iter().map(unwrapped).collect();
    }
    let is_article = Field::ALL
        .into_iter()
        .any(|field| matches!(field, Field::Text | Field::Title) && has(&value, field, fields));
    match is_article {
        true => vec![value],
        false => match articles_below(&value, DEEPEST_ENVELOPE, fields) {
            Some(articles) => articles.iter().cloned().map(unwrapped).collect(),
            None => by_key(value, fields),
        },
    }
}

/// The articles of an object that has them by their addresses or ids; else the object.
fn by_key(value: Value, fields: &Fields) -> Vec<Value> {
    match value {
        Value::Object(object)
            if !object.is_empty() && object.values().all(|it| has(it, Field::Text, fields)) =>
        {
            object.into_iter().map(|(_, article)| article).collect()
        }
        value => vec![value],
    }
}

/// The record that a search engine wraps in its own.
fn unwrapped(mut value: Value) -> Value {
    match value.get_mut("_source") {
        Some(source @ Value::Object(_)) => {
            let mut source = source.take();
            // Its own id stands outside.
            if let (Some(id), Some(object)) = (value.get("_id"), source.as_object_mut())
                && !object.contains_key("id")
            {
                object.insert("_id".to_owned(), id.clone());
            }
            source
        }
        _ => value,
    }
}

fn has(value: &Value, field: Field, fields: &Fields) -> bool {
    fields
        .map
        .candidates(field)
        .any(|name| field_value(value, field, name).is_some())
}

/// The array of objects in an envelope that are articles: such as have a text, else a title; of several the longest.
fn articles_below<'v>(value: &'v Value, depth: usize, fields: &Fields) -> Option<&'v Vec<Value>> {
    let below = value.as_object()?.values().filter_map(|value| match value {
        Value::Array(values) if values.first().is_some_and(Value::is_object) => Some(values),
        Value::Object(_) if depth > 1 => articles_below(value, depth - 1, fields),
        _ => None,
    });
    below.rev().max_by_key(|values| {
        let first = values.first().map(|it| it.get("_source").unwrap_or(it));
        let has = |field: Field| first.is_some_and(|first| has(first, field, fields));
        (has(Field::Text), has(Field::Title), values.len())
    })
}

/// The value of a field by the name that the record may have for it, with points between names of fields in fields.
pub(super) fn field_value<'v>(value: &'v Value, field: Field, name: &str) -> Option<Cow<'v, str>> {
    let found = at_path(value, name)?;
    match field {
        Field::Text => body(found).map(Cow::Owned),
        _ => scalar(found),
    }
}

fn at_path<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    let object = match value {
        Value::Array(values) => values.first()?.as_object()?,
        _ => value.as_object()?,
    };
    // pandas flattens "source.name" into one name.
    member(object, path).or_else(|| {
        let (first, rest) = path.split_once('.')?;
        at_path(member(object, first)?, rest)
    })
}

fn member<'v>(object: &'v Map<String, Value>, wanted: &str) -> Option<&'v Value> {
    object
        .iter()
        .find(|(name, _)| same_name(name, wanted))
        .map(|(_, value)| value)
}

/// Names of fields that say what an object is, as in `"source": {"id": null, "name": "BBC"}`.
const NAMING: [&str; 12] = [
    "$date",
    "$oid",
    "$numberLong",
    "name",
    "title",
    "main",
    "value",
    "label",
    "#text",
    "text",
    "uri",
    "url",
];

/// A text of one line, a number, or what names an object.
fn scalar(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::Array(values) => {
            let all: Vec<Cow<str>> = values.iter().filter_map(scalar).collect();
            (!all.is_empty()).then(|| Cow::Owned(all.join("; ")))
        }
        Value::Object(object) => NAMING.iter().find_map(|name| scalar(object.get(*name)?)),
        Value::Null | Value::Bool(_) => None,
    }
}

/// Parts of a text that is a tree, in their order.
const BODY_PARTS: [&str; 12] = [
    "summary",
    "headline",
    "title",
    "subtitle",
    "lead",
    "text",
    "plaintext",
    "content",
    "value",
    "paragraphs",
    "sections",
    "blocks",
];

/// A text, be it a string, paragraphs, or a tree of sections (fundus).
fn body(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(values) => joined(values.iter().filter_map(body)),
        Value::Object(object) => joined(
            BODY_PARTS
                .iter()
                .filter_map(|name| body(object.get(*name)?)),
        ),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

fn joined(parts: impl Iterator<Item = String>) -> Option<String> {
    let parts: Vec<String> = parts.filter(|part| !part.trim().is_empty()).collect();
    (!parts.is_empty()).then(|| parts.join("\n\n"))
}

/// A field that documents are to keep and the input does not have.
pub(super) fn not_kept(name: &str) -> Fault {
    let reason =
        format!("{name:?} is to be kept, and is no field of this input; its column is empty");
    Fault::new(RejectedKind::Field, reason)
}

/// Fields that the map names and that no record has had so far. The text is none of them: each record that lacks it is
/// rejected for itself.
pub(super) struct Unseen {
    fields: Vec<Field>,
    /// The same of fields that documents are to keep.
    kept: Vec<String>,
    records: u64,
}

impl Unseen {
    /// Where columns are known before the records.
    pub fn none() -> Self {
        Self {
            fields: Vec::new(),
            kept: Vec::new(),
            records: 0,
        }
    }

    pub fn new(fields: &Fields) -> Self {
        let mapped = |field: &Field| *field != Field::Text && fields.map.mapped(*field).is_some();
        Self {
            fields: Field::ALL.into_iter().filter(mapped).collect(),
            kept: fields.map.kept().to_vec(),
            records: 0,
        }
    }

    /// The article of a record.
    pub fn article(&mut self, value: &Value, place: Place, fields: &Fields) -> Read {
        let Value::Object(object) = value else {
            let reason = "not a JSON object; write one {...} for each article";
            return Err(Fault::new(RejectedKind::Syntax, reason));
        };
        self.records += 1;
        let mapped = |field: &Field| fields.map.mapped(*field);
        self.fields
            .retain(|field| mapped(field).is_none_or(|name| at_path(value, name).is_none()));
        self.kept.retain(|name| at_path(value, name).is_none());
        let mut raw: RawArticle = fields.raw(|field, name| field_value(value, field, name));
        if !raw.has(Field::Text) {
            raw.names = object.keys().cloned().collect();
        }
        fields.article(place, raw)
    }

    /// A field that the map names, or that is to be kept, and no record of the file had, told once behind the last of them.
    pub fn fault(&mut self, fields: &Fields) -> Option<Fault> {
        if self.records == 0 {
            return None;
        }
        if let Some(name) = self.kept.pop() {
            return Some(not_kept(&name));
        }
        let field = self.fields.pop()?;
        let name = fields.map.mapped(field).unwrap_or_default();
        let reason = format!(
            "{} is mapped to {name:?}, a field that no record has; the records were scored without it",
            field.name()
        );
        Some(Fault::new(RejectedKind::Field, reason))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::corpus::FieldMap;

    fn fields() -> Fields {
        Fields::new(&FieldMap::default(), &Arc::default(), "a.json")
    }

    #[test]
    fn numbers_that_are_none_are_null() {
        let value = parse(
            br#"{"a": NaN, "b": [-Infinity, Infinity], "c": "NaN \" NaN"}"#,
            &fields(),
        );
        assert_eq!(
            value.unwrap(),
            json!({"a": null, "b": [null, null], "c": "NaN \" NaN"})
        );
        let broken = parse(br#"{"a": NaN, "b" 1}"#, &fields()).unwrap_err();
        assert!(
            broken.reason.contains("broken JSON at column"),
            "{}",
            broken.reason
        );
    }

    #[test]
    fn envelopes_are_opened() {
        let articles = [json!({"text": "A"}), json!({"text": "B"})];
        for envelope in [
            json!({"status": "ok", "articles": articles}),
            json!({"response": {"tags": [{"id": 1}], "results": articles}}),
            json!({"articles": {"page": 1, "results": articles}}),
            json!({"hits": {"hits": [{"_source": {"text": "A"}}, {"_source": {"text": "B"}}]}}),
            json!(articles),
            json!({"https://a.example/1": {"text": "A"}, "https://a.example/2": {"text": "B"}}),
        ] {
            assert_eq!(
                articles_in(envelope.clone(), &fields()),
                articles,
                "{envelope}"
            );
        }
        let wrapped = json!({"_id": {"$oid": "7"}, "_source": {"text": "A"}});
        let unwrapped = json!({"text": "A", "_id": {"$oid": "7"}});
        assert_eq!(articles_in(wrapped, &fields()), [unwrapped]);
        let article = json!({"text": "A", "tags": [{"name": "x"}]});
        assert_eq!(articles_in(article.clone(), &fields()), [article]);
    }

    #[test]
    fn texts_may_be_trees_and_sources_objects() {
        let value = json!({
            "body": {"sections": [{"paragraphs": ["C", "D"], "headline": ["B"]}, {"paragraphs": ["E"]}], "summary": ["A"]},
            "source": {"id": null, "name": "Herald"}, "meta": [{"site": "x"}], "a.b": 1,
        });
        let text = field_value(&value, Field::Text, "body").unwrap();
        assert_eq!(text, "A\n\nB\n\nC\n\nD\n\nE");
        assert_eq!(
            field_value(&value, Field::Source, "source").unwrap(),
            "Herald"
        );
        assert_eq!(
            field_value(&value, Field::Source, "source.name").unwrap(),
            "Herald"
        );
        assert_eq!(
            field_value(&value, Field::Source, "meta.site").unwrap(),
            "x"
        );
        assert_eq!(field_value(&value, Field::Source, "a.b").unwrap(), "1");
    }
}
