//! Texts of corpora, catalogues and paths on a terminal, which obeys what they may hold.

/// Characters of a name in a table.
const NAME_CHARS: usize = 40;

/// A text on one line: what would move the cursor, change colours or turn lines around is written as an escape.
pub fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\n' | '\t' => shown.push(' '),
            _ if is_command(char) => shown.extend(char.escape_unicode()),
            _ => shown.push(char),
        }
    }
    shown
}

/// The same of a message, which may have several lines.
pub fn message(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(shown).collect();
    lines.join("\n")
}

/// A name that is to fit into a column.
pub fn name(text: &str) -> String {
    let shown = shown(text);
    match shown.char_indices().nth(NAME_CHARS) {
        None => shown,
        Some(_) => shown.chars().take(NAME_CHARS - 1).chain(['…']).collect(),
    }
}

/// Control characters (ECMA-48), and marks that change the direction of text (Unicode's bidirectional algorithm; CVE-2021-42574).
fn is_command(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_gets_no_commands() {
        assert_eq!(
            shown("a\u{1b}[31mb\r\u{9b}c\nd"),
            "a\\u{1b}[31mb\\u{d}\\u{9b}c d"
        );
        assert_eq!(shown("Élan \u{202e}x – “y”"), "Élan \\u{202e}x – “y”");
        assert_eq!(message("a\nb\u{7}"), "a\nb\\u{7}");
        assert_eq!(name(&"x".repeat(70_000)).chars().count(), NAME_CHARS);
        assert_eq!(name("Donald Trump"), "Donald Trump");
    }
}
