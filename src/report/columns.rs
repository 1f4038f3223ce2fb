//! One definition for each table: its name, and its columns with their meaning.

/// A column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// As the header names it.
    pub name: &'static str,
    /// What it holds, in a sentence.
    pub about: &'static str,
}

/// A row of a table.
pub trait Table {
    /// The table's name, without an extension.
    const NAME: &'static str;
    /// The columns, in their order.
    const COLUMNS: &'static [Column];
}

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
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        pub struct $row<'a> {
            $( #[doc = $meaning] pub $column: $type, )+
        }

        impl $crate::report::Table for $row<'_> {
            const NAME: &'static str = $table;
            const COLUMNS: &'static [$crate::report::Column] = &[
                $( $crate::report::Column {
                    name: stringify!($column),
                    about: $meaning.trim_ascii(),
                }, )+
            ];
        }
    };
}

pub(super) use table;
