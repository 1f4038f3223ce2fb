//! breakdown: articles by the values of any column of documents.

use jiff::civil::Date;

use super::files::{TableFile, Tables};
use super::manifest::ActorEntry;
use super::{BreakdownRow, DocumentRow, Table};
use crate::aggregate::{ArticleSummary, GroupAggregate, Period};
use crate::error::{Error, ErrorKind, Result};

/// Articles by the values of columns of documents, and by period.
pub(super) struct Breakdown {
    file: TableFile<BreakdownRow<'static>>,
    /// `None` if articles of all periods are together.
    period: Option<Period>,
    groups: Vec<Groups>,
}

/// Articles by the values of one column.
struct Groups {
    field: String,
    /// Its place among kept columns; `None` for one of documents' own.
    place: Option<usize>,
    aggregate: GroupAggregate<(String, Option<Date>)>,
}

impl Breakdown {
    /// Of columns that [`check_column`] allows; `kept` are the columns that documents keep.
    pub fn create(
        tables: &Tables,
        by: Vec<String>,
        period: Option<Period>,
        kept: &[String],
        actors: usize,
    ) -> Result<Self> {
        let of = |field: String| Groups {
            place: kept.iter().position(|it| *it == field),
            field,
            aggregate: GroupAggregate::new(actors),
        };
        Ok(Self {
            file: tables.create()?,
            period,
            groups: by.into_iter().map(of).collect(),
        })
    }

    pub fn add(&mut self, document: &DocumentRow, kept: &[String], summaries: &[ArticleSummary]) {
        let start = |period: Period| document.date.map(|date| period.start(date));
        let start = self.period.and_then(start);
        for group in &mut self.groups {
            let value = match group.place {
                Some(place) => kept.get(place).cloned().unwrap_or_default(),
                None => own_value(document, &group.field),
            };
            let cluster = document.cluster();
            group.aggregate.add((value, start), cluster, summaries);
        }
    }

    pub fn complete(mut self, actors: &[ActorEntry]) -> Result<()> {
        for Groups {
            field, aggregate, ..
        } in &self.groups
        {
            for ((value, start), of_group) in aggregate.summaries() {
                for summary in &of_group {
                    let actor = &actors[summary.actor].id;
                    let row = BreakdownRow::new(field.into(), value.into(), *start, actor, summary);
                    self.file.write(&row)?;
                }
            }
        }
        self.file.complete()
    }
}

/// The value of a column of documents.
fn own_value(document: &DocumentRow, field: &str) -> String {
    let columns = DocumentRow::COLUMNS.iter().zip(document.cells());
    let mut named = columns.filter(|(column, _)| column.name == field);
    named
        .next()
        .map_or_else(String::new, |(_, cell)| cell.to_string())
}

/// Checks that articles can be grouped by a column.
pub(super) fn check_column(name: &str, kept: &[String]) -> Result<()> {
    let own = ["source", "language"];
    if own.contains(&name) || kept.iter().any(|it| it == name) {
        return Ok(());
    }
    let known: Vec<&str> = own
        .into_iter()
        .chain(kept.iter().map(String::as_str))
        .collect();
    Err(Error::new(
        ErrorKind::Facts,
        format!("{name:?}"),
        format!("articles can be grouped by {}", known.join(", ")),
        "name one of these, or keep the field when you score",
    ))
}
