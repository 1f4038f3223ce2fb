//! One definition for each table: its name, and its columns with their type and meaning.
//!
//! A row gives its values as [`Cell`]s and is made of them, so no format of file knows any table.

use std::borrow::Cow;
use std::fmt;

use jiff::civil::Date;
use serde::Deserialize;
use serde::de::value::{Error, StrDeserializer};

use crate::actors::{MentionKind, Voice};
use crate::corpus::RejectedKind;
use crate::decimal::Millionths;
use crate::model::Label;
use crate::text::Part;

/// A column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// As the header names it.
    pub name: &'static str,
    /// What its values are.
    pub kind: Kind,
    /// What it holds, in a sentence.
    pub about: &'static str,
}

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text; empty if there is none.
    Text,
    /// One of a few words.
    Category,
    /// A whole number from 0.
    Count,
    /// A number with six decimals, or none.
    Figure,
    /// Yes or no.
    Flag,
    /// A day, or none.
    Day,
}

/// A value of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell<'a> {
    /// No figure, no day.
    Empty,
    /// Of [`Kind::Text`] and [`Kind::Category`].
    Text(&'a str),
    /// Of [`Kind::Count`].
    Count(u64),
    /// Of [`Kind::Figure`].
    Figure(Millionths),
    /// Of [`Kind::Flag`].
    Flag(bool),
    /// Of [`Kind::Day`].
    Day(Date),
}

impl<'a> Cell<'a> {
    /// Reads a value as [`Display`](fmt::Display) writes it; `None` if it is not of this kind.
    pub(super) fn parse(kind: Kind, text: &'a str) -> Option<Self> {
        Some(match kind {
            Kind::Text | Kind::Category => Self::Text(text),
            Kind::Count => Self::Count(text.parse().ok()?),
            Kind::Flag => Self::Flag(text.parse().ok()?),
            Kind::Figure | Kind::Day if text.is_empty() => Self::Empty,
            Kind::Figure => Self::Figure(text.parse().ok()?),
            Kind::Day => Self::Day(text.parse().ok()?),
        })
    }
}

impl fmt::Display for Cell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => Ok(()),
            Self::Text(text) => f.write_str(text),
            Self::Count(count) => count.fmt(f),
            Self::Figure(figure) => figure.fmt(f),
            Self::Flag(flag) => flag.fmt(f),
            Self::Day(day) => day.fmt(f),
        }
    }
}

/// A row of a table.
pub trait Table: Sized {
    /// The table's name, without an extension.
    const NAME: &'static str;
    /// The columns, in their order.
    const COLUMNS: &'static [Column];

    /// The values, in the order of the columns.
    fn cells(&self) -> Vec<Cell<'_>>;

    /// The row of these values.
    ///
    /// # Errors
    ///
    /// The first column whose value is not one of its.
    fn from_cells(cells: &[Cell]) -> Result<Self, &'static Column>;
}

/// A type of fields in rows.
pub(super) trait Value: Sized {
    const KIND: Kind;

    fn cell(&self) -> Cell<'_>;

    /// `None` if the cell has no such value.
    fn from_cell(cell: Cell) -> Option<Self>;
}

impl Value for Cow<'_, str> {
    const KIND: Kind = Kind::Text;

    fn cell(&self) -> Cell<'_> {
        Cell::Text(self)
    }

    fn from_cell(cell: Cell) -> Option<Self> {
        match cell {
            Cell::Text(text) if !text.is_empty() => Some(Cow::Owned(text.to_owned())),
            Cell::Text(_) | Cell::Empty => Some(Cow::Borrowed("")),
            _ => None,
        }
    }
}

/// Implements [`Value`] for a type that one variant of [`Cell`] holds.
macro_rules! value {
    ($($type:ty: $kind:ident),+) => {
        $(impl Value for $type {
            const KIND: Kind = Kind::$kind;

            fn cell(&self) -> Cell<'_> {
                Cell::$kind(*self)
            }

            fn from_cell(cell: Cell) -> Option<Self> {
                match cell {
                    Cell::$kind(value) => Some(value),
                    _ => None,
                }
            }
        })+
    };
}

value!(u64: Count, Millionths: Figure, bool: Flag, Date: Day);

/// A figure or a day that there may not be.
impl<T: Value> Value for Option<T> {
    const KIND: Kind = T::KIND;

    fn cell(&self) -> Cell<'_> {
        self.as_ref().map_or(Cell::Empty, T::cell)
    }

    fn from_cell(cell: Cell) -> Option<Self> {
        match cell {
            Cell::Empty => Some(None),
            cell => T::from_cell(cell).map(Some),
        }
    }
}

/// Implements [`Value`] for an enum whose variants have names.
macro_rules! category {
    ($($type:ty),+) => {
        $(impl Value for $type {
            const KIND: Kind = Kind::Category;

            fn cell(&self) -> Cell<'_> {
                Cell::Text(self.name())
            }

            fn from_cell(cell: Cell) -> Option<Self> {
                match cell {
                    Cell::Text(name) => Self::deserialize(StrDeserializer::<Error>::new(name)).ok(),
                    _ => None,
                }
            }
        })+
    };
}

category!(Label, MentionKind, Part, RejectedKind, Voice);

/// Defines the row of a table: the struct that is written and read, and the table's name and columns.
/// The documentation of a field is the meaning of its column.
macro_rules! table {
    (
        $(#[$about:meta])*
        $table:literal, $row:ident {
            $( #[doc = $meaning:literal] $column:ident: $type:ty, )+
        }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $row<'a> {
            $( #[doc = $meaning] pub $column: $type, )+
        }

        impl<'a> $crate::report::Table for $row<'a> {
            const NAME: &'static str = $table;
            const COLUMNS: &'static [$crate::report::Column] = &[
                $( $crate::report::Column {
                    name: stringify!($column),
                    kind: <$type as $crate::report::row::Value>::KIND,
                    about: $meaning.trim_ascii(),
                }, )+
            ];

            fn cells(&self) -> Vec<$crate::report::Cell<'_>> {
                vec![$( $crate::report::row::Value::cell(&self.$column), )+]
            }

            fn from_cells(cells: &[$crate::report::Cell]) -> Result<Self, &'static $crate::report::Column> {
                let mut columns = Self::COLUMNS.iter().zip(cells.iter().copied());
                let mut next = || columns.next().expect("there is a cell for each column");
                Ok(Self {
                    $( $column: {
                        let (column, cell) = next();
                        $crate::report::row::Value::from_cell(cell).ok_or(column)?
                    }, )+
                })
            }
        }
    };
}

pub(super) use table;
