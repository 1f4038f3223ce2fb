//! Rich text (RTF 1.9.1), as far as it is text.
//!
//! By hand: the crates for it lose where paragraphs end (rtf-parser 0.4).

use std::collections::HashMap;

use encoding_rs::{Encoding, WINDOWS_1252};

use super::ArticleReader;
use super::docx::articles;
use crate::corpus::fields::Fields;
use crate::corpus::rejected::Fault;

/// Groups that hold no text of the document.
const APART: [&str; 20] = [
    "fonttbl",
    "colortbl",
    "stylesheet",
    "info",
    "pict",
    "object",
    "header",
    "headerl",
    "headerr",
    "headerf",
    "footer",
    "footerl",
    "footerr",
    "footerf",
    "footnote",
    "annotation",
    "listtable",
    "listoverridetable",
    "themedata",
    "fldinst",
];

pub(super) fn reader(bytes: &[u8], fields: Fields) -> Result<Box<dyn ArticleReader>, Fault> {
    articles(&text_of_rtf(bytes), fields)
}

/// What a group sets for itself and those inside.
#[derive(Clone, Copy)]
struct Group {
    /// Whether its words are no text.
    apart: bool,
    /// Characters behind a `\u` that stand for it in older programs.
    fallback: usize,
}

/// The text of a document, a line for each paragraph. What is no RTF is read as far as it goes.
fn text_of_rtf(bytes: &[u8]) -> String {
    let named: HashMap<&str, char> = [
        ("emdash", '—'),
        ("endash", '–'),
        ("lquote", '‘'),
        ("rquote", '’'),
        ("ldblquote", '“'),
        ("rdblquote", '”'),
        ("bullet", '•'),
        ("tab", '\t'),
        ("par", '\n'),
        ("line", '\n'),
        ("sect", '\n'),
        ("page", '\n'),
        ("row", '\n'),
        ("cell", '\n'),
    ]
    .into();
    let mut encoding: &'static Encoding = WINDOWS_1252;
    let mut groups = vec![Group {
        apart: false,
        fallback: 1,
    }];
    let mut text = String::new();
    // Bytes in the document's encoding that wait for their neighbours.
    let mut coded: Vec<u8> = Vec::new();
    let mut skip = 0;
    let mut surrogate: Option<u16> = None;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        let apart = groups.last().is_some_and(|group| group.apart);
        let control = (byte == b'\\').then(|| Control::read(bytes, &mut at));
        let goes_on = match control {
            Some(Control::Byte(_)) => true,
            Some(_) => false,
            None => byte >= 0x80,
        };
        if !goes_on && !coded.is_empty() {
            text.push_str(&encoding.decode_without_bom_handling(&coded).0);
            coded.clear();
        }
        match (byte, control) {
            (b'{', _) => groups.extend(groups.last().copied()),
            (b'}', _) if groups.len() > 1 => {
                groups.pop();
            }
            (_, Some(Control::Byte(byte))) => {
                if skip > 0 {
                    skip -= 1;
                } else if !apart {
                    coded.push(byte);
                }
            }
            (_, Some(Control::Symbol(symbol))) => match symbol {
                b'*' => set_apart(&mut groups),
                b'~' if !apart => text.push('\u{a0}'),
                b'_' if !apart => text.push('-'),
                b'\\' | b'{' | b'}' if !apart => text.push(char::from(symbol)),
                b'\n' | b'\r' if !apart => text.push('\n'),
                _ => {}
            },
            (_, Some(Control::Word(word, number))) => match word {
                "ansicpg" => encoding = code_page(number),
                "uc" => {
                    if let Some(group) = groups.last_mut() {
                        group.fallback = usize::try_from(number.unwrap_or(1)).unwrap_or(1);
                    }
                }
                "u" => {
                    skip = groups.last().map_or(1, |group| group.fallback);
                    let unit = number.unwrap_or_default() as u16;
                    let units: Vec<u16> = surrogate.take().into_iter().chain([unit]).collect();
                    match String::from_utf16(&units) {
                        Ok(read) if !apart => text.push_str(&read),
                        Err(_) if units.len() == 1 => surrogate = Some(unit),
                        _ => {}
                    }
                }
                "bin" => {
                    at = at.saturating_add(
                        usize::try_from(number.unwrap_or_default()).unwrap_or_default(),
                    )
                }
                word if APART.contains(&word) => set_apart(&mut groups),
                word if !apart => text.extend(named.get(word)),
                _ => {}
            },
            (b'\r' | b'\n', None) => {}
            (_, None) if skip > 0 => skip -= 1,
            (byte, None) if !apart => match byte {
                0x80.. => coded.push(byte),
                _ => text.push(char::from(byte)),
            },
            _ => {}
        }
    }
    text.push_str(&encoding.decode_without_bom_handling(&coded).0);
    text
}

fn set_apart(groups: &mut [Group]) {
    if let Some(group) = groups.last_mut() {
        group.apart = true;
    }
}

fn code_page(number: Option<i32>) -> &'static Encoding {
    let label = match number {
        Some(932) => "shift_jis".to_owned(),
        Some(936) => "gbk".to_owned(),
        Some(949) => "euc-kr".to_owned(),
        Some(950) => "big5".to_owned(),
        Some(65001) => "utf-8".to_owned(),
        Some(number) => format!("windows-{number}"),
        None => return WINDOWS_1252,
    };
    Encoding::for_label(label.as_bytes()).unwrap_or(WINDOWS_1252)
}

/// What a backslash opens.
enum Control<'a> {
    /// A word with its number, if it has one.
    Word(&'a str, Option<i32>),
    /// `\'e9`: a byte in the document's encoding.
    Byte(u8),
    /// One character.
    Symbol(u8),
}

impl<'a> Control<'a> {
    /// Reads what stands behind a backslash, and the blank that ends it.
    fn read(bytes: &'a [u8], at: &mut usize) -> Self {
        let rest = &bytes[*at..];
        let letters = rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphabetic())
            .count();
        if letters == 0 {
            let symbol = rest.first().copied().unwrap_or(b' ');
            *at += 1;
            let digits = rest
                .get(1..3)
                .and_then(|digits| std::str::from_utf8(digits).ok());
            let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
            return match (symbol, byte) {
                (b'\'', Some(byte)) => {
                    *at += 2;
                    Self::Byte(byte)
                }
                _ => Self::Symbol(symbol),
            };
        }
        let word = std::str::from_utf8(&rest[..letters]).unwrap_or_default();
        let minus = usize::from(rest.get(letters) == Some(&b'-'));
        let digits = rest[letters + minus..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let end = if digits > 0 {
            letters + minus + digits
        } else {
            letters
        };
        let number = std::str::from_utf8(&rest[letters..end])
            .ok()
            .and_then(|it| it.parse().ok());
        *at += end + usize::from(rest.get(end) == Some(&b' '));
        Self::Word(word, number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_what_a_reader_sees() {
        let rtf = br"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fswiss Arial;}}{\colortbl;\red0\green0\blue0;}{\*\generator X;}{\info{\title T}}
\pard\f0\fs20 {\b Merz} met Tusk\rquote s \ldblquote caf\'e9\rdblquote\par
Two \{braces\} and \u8211? a dash\line next\tab cell.\par{\pict\pngblip 89504e47}\u-10179?\u-8704? end}";
        assert_eq!(
            text_of_rtf(rtf),
            "Merz met Tusk’s “café”\nTwo {braces} and – a dash\nnext\tcell.\n\u{1f600} end"
        );
        assert_eq!(
            text_of_rtf(br"{\rtf1\ansi\ansicpg1251 \'cf\'f3\'f2\'e8\'ed"),
            "Путин"
        );
        assert_eq!(text_of_rtf(b"\\"), "");
    }
}
