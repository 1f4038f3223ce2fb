//! Rich text.

use rtf_parser::RtfDocument;

use super::ArticleReader;
use super::docx::articles;
use crate::corpus::RejectedKind;
use crate::corpus::fields::Fields;
use crate::corpus::rejected::Fault;

pub(super) fn reader(bytes: &[u8], fields: Fields) -> Result<Box<dyn ArticleReader>, Fault> {
    let source = String::from_utf8_lossy(bytes);
    let document = RtfDocument::try_from(&*source)
        .map_err(|error| Fault::new(RejectedKind::Syntax, format!("broken RTF: {error}")))?;
    articles(&document.get_text(), fields)
}
