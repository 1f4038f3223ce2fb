//! One JSON object a line.

use serde_json::{Map, Value};

use super::fields::{Field, Fields, RawArticle};
use super::open::{Bytes, Line, cut_off, next_line, not_utf8, too_long};
use super::rejected::Fault;
use super::{Article, ArticleReader, RejectedKind};

/// Reads `.jsonl`; blank lines are skipped.
pub(super) struct JsonlReader {
    bytes: Bytes,
    fields: Fields,
    line_number: u64,
    line: Vec<u8>,
    broken: bool,
    /// Fields that the map names and that no object has had so far. The text is none of them: each
    /// record that lacks it is rejected for itself.
    unseen: Vec<Field>,
    objects: u64,
}

impl JsonlReader {
    pub fn new(bytes: Bytes, fields: Fields) -> Self {
        let mapped = |field: &Field| *field != Field::Text && fields.map.mapped(*field).is_some();
        Self {
            unseen: Field::ALL.into_iter().filter(mapped).collect(),
            objects: 0,
            bytes,
            fields,
            line_number: 0,
            line: Vec::new(),
            broken: false,
        }
    }

    /// A field that the map names and no object of the file had, reported once behind the last of them.
    fn unseen(&mut self) -> Option<Fault> {
        let field = self.unseen.pop().filter(|_| self.objects > 0)?;
        let name = self.fields.map.mapped(field).unwrap_or_default();
        let reason = format!(
            "{} is mapped to {name:?}, a field that no record has; the records were scored without it",
            field.name()
        );
        Some(Fault::new(RejectedKind::Field, reason))
    }

    fn parse(&mut self) -> Result<Article, Fault> {
        let text = std::str::from_utf8(&self.line).map_err(|error| not_utf8(&self.line, error))?;
        if text.trim() == "[" {
            return Err(Fault::new(
                RejectedKind::Syntax,
                "a JSON array over many lines; write one object a line, as jq -c '.[]' does",
            ));
        }
        let value: Value = serde_json::from_str(text).map_err(|error| {
            // The message ends in "at line 1 column 9", and line 1 is the record's, not the file's.
            let message = error.to_string();
            let what = message.split(" at line ").next().unwrap_or_default();
            let reason = format!("broken JSON at column {}: {what}", error.column());
            Fault::new(RejectedKind::Syntax, reason)
        })?;
        let Value::Object(object) = value else {
            let reason = "not a JSON object; write one {...} a line";
            return Err(Fault::new(RejectedKind::Syntax, reason));
        };
        self.objects += 1;
        let raw = self.raw(&object)?;
        self.fields.article(self.line_number, raw)
    }

    fn raw(&mut self, object: &Map<String, Value>) -> Result<RawArticle, Fault> {
        let names: Vec<String> = object.keys().cloned().collect();
        let mut raw = RawArticle::default();
        for field in Field::ALL {
            let Some(at) = self.fields.map.position(field, &names) else {
                continue;
            };
            self.unseen.retain(|unseen| *unseen != field);
            let value = match &object[&names[at]] {
                Value::Null => continue,
                Value::String(text) => text.clone(),
                Value::Number(number) if field != Field::Text => number.to_string(),
                _ => {
                    let reason = format!(
                        "field {:?} is not a string; map another field to {}",
                        names[at],
                        field.name()
                    );
                    return Err(Fault::new(RejectedKind::Field, reason));
                }
            };
            raw.set(field, value);
        }
        Ok(raw)
    }
}

impl ArticleReader for JsonlReader {
    fn next_record(&mut self) -> Option<(u64, Result<Article, Fault>)> {
        if self.broken {
            return None;
        }
        loop {
            self.line_number += 1;
            match next_line(&mut self.bytes, &mut self.line) {
                Ok(Line::End) => return Some((0, Err(self.unseen()?))),
                Ok(Line::Whole) if self.line.iter().all(u8::is_ascii_whitespace) => {}
                Ok(Line::Whole) => return Some((self.line_number, self.parse())),
                Ok(Line::TooLong) => {
                    return Some((self.line_number, Err(too_long("a line"))));
                }
                Err(error) => {
                    self.broken = true;
                    return Some((self.line_number, Err(cut_off(error))));
                }
            }
        }
    }
}
