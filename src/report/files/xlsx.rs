//! All tables as sheets of one workbook.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, Workbook as Sheets, Worksheet, XlsxError,
};

use super::{Cell, Kind, NewFile, RowFile};
use crate::error::{Error, Result};

/// The workbook's file.
pub(super) const NAME: &str = "tables.xlsx";
/// The sheet that a reader sees first.
const FIRST: &str = "actors";
/// What a sheet holds, and a cell (Excel's "Specifications and limits").
const MOST_ROWS: u32 = 1 << 20;
const MOST_CHARS: usize = 32_767;
/// Days before are texts: Excel does not know them.
const FIRST_YEAR: u16 = 1900;

/// A workbook in the making, which its sheets share. Rows leave memory when they are written.
#[derive(Clone, Default)]
pub(super) struct Workbook(Arc<Mutex<Sheets>>);

impl Workbook {
    fn sheets(&self) -> MutexGuard<'_, Sheets> {
        // Nobody panics with the workbook half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds the sheet of a table: a header that stays in sight and filters.
    pub fn sheet(&self, name: &'static str, columns: &[(&str, Kind)]) -> Result<Sheet> {
        let sheet = Sheet {
            workbook: self.clone(),
            name,
            kinds: columns.iter().map(|&(_, kind)| kind).collect(),
            figure: Format::new().set_num_format("0.000000"),
            day: Format::new().set_num_format("yyyy-mm-dd"),
            next: 1,
        };
        let bold = Format::new().set_bold();
        let header = |page: &mut Worksheet| -> Result<(), XlsxError> {
            page.set_name(name)?;
            page.set_freeze_panes(1, 0)?;
            for (column, (name, kind)) in (0..).zip(columns) {
                let width = match kind {
                    Kind::Text => 24,
                    _ => name.len().max(10) + 2,
                };
                page.set_column_width(column, width as f64)?;
                page.write_string_with_format(0, column, *name, &bold)?;
            }
            Ok(())
        };
        let mut sheets = self.sheets();
        sheets
            .add_worksheet_with_constant_memory()
            .and_then(header)
            .map_err(to_io)?;
        drop(sheets);
        Ok(sheet)
    }

    /// Writes the workbook.
    pub fn save(self, directory: &Path) -> Result<()> {
        let mut file = NewFile::create(directory, NAME)?;
        let mut sheets = self.sheets();
        // Output depends on the input alone.
        let day = ExcelDateTime::from_ymd(2000, 1, 1).map_err(to_io)?;
        let properties = DocProperties::new().set_creation_datetime(&day);
        sheets.set_properties(&properties);
        if let Ok(sheet) = sheets.worksheet_from_name(FIRST) {
            sheet.set_active(true);
        }
        sheets.save_to_writer(&mut file).map_err(to_io)?;
        file.complete()
    }
}

/// One sheet.
pub(super) struct Sheet {
    workbook: Workbook,
    name: &'static str,
    kinds: Vec<Kind>,
    figure: Format,
    day: Format,
    /// The row that is written next.
    next: u32,
}

impl Sheet {
    fn write_row(&self, page: &mut Worksheet, cells: &[Cell]) -> Result<(), XlsxError> {
        let row = self.next;
        for (column, cell) in (0..).zip(cells) {
            match cell {
                Cell::Empty | Cell::Text("") => continue,
                Cell::Text(text) => page.write_string(row, column, shortened(text))?,
                Cell::Count(count) => page.write_number(row, column, *count as f64)?,
                Cell::Figure(figure) => {
                    page.write_number_with_format(row, column, figure.as_f64(), &self.figure)?
                }
                Cell::Flag(flag) => page.write_boolean(row, column, *flag)?,
                Cell::Day(day) => {
                    let (year, month, of_month) = (day.year(), day.month(), day.day());
                    let whole = u16::try_from(year).ok().filter(|year| *year >= FIRST_YEAR);
                    let whole = whole.and_then(|year| {
                        ExcelDateTime::from_ymd(
                            year,
                            month.cast_unsigned(),
                            of_month.cast_unsigned(),
                        )
                        .ok()
                    });
                    match whole {
                        Some(whole) => {
                            page.write_datetime_with_format(row, column, &whole, &self.day)?
                        }

                        None => page.write_string(row, column, day.to_string())?,
                    }
                }
            };
        }
        Ok(())
    }
}

/// What fits into a cell.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(MOST_CHARS) {
        None => text.to_owned(),
        Some(_) => {
            let kept: String = text.chars().take(MOST_CHARS - 1).collect();
            kept + "…"
        }
    }
}

impl RowFile for Sheet {
    fn write(&mut self, cells: &[Cell]) -> Result<()> {
        let mut sheets = self.workbook.sheets();
        let page = sheets.worksheet_from_name(self.name).map_err(to_io)?;
        match self.next {
            row if row < MOST_ROWS - 1 => self.write_row(page, cells).map_err(to_io)?,
            row if row == MOST_ROWS - 1 => {
                let note = "A sheet holds no more rows; those that are left out are in the tables of the other formats.";
                page.write_string(row, 0, note).map_err(to_io)?;
            }
            _ => return Ok(()),
        }
        self.next += 1;
        Ok(())
    }

    fn complete(self: Box<Self>) -> Result<()> {
        let columns = u16::try_from(self.kinds.len()).unwrap_or(u16::MAX);
        let mut sheets = self.workbook.sheets();
        let page = sheets.worksheet_from_name(self.name).map_err(to_io)?;
        if self.next > 1 {
            page.autofilter(0, 0, self.next - 1, columns.saturating_sub(1))
                .map_err(to_io)?;
        }
        Ok(())
    }
}

fn to_io(error: XlsxError) -> Error {
    let cause = match error {
        XlsxError::IoError(io) => io,
        other => std::io::Error::other(other),
    };
    Error::io(NAME.as_ref())(cause)
}
