//! What bytes tell: nearly all that stands in news is ASCII.

/// A set of bytes, as a table.
pub(crate) struct ByteSet([bool; 256]);

/// The bytes that a pattern matches.
macro_rules! byte_set {
    ($bytes:pat) => {{
        let mut table = [false; 256];
        let mut byte = 0;
        while byte < table.len() {
            table[byte] = matches!(byte as u8, $bytes);
            byte += 1;
        }
        $crate::text::ByteSet::of(table)
    }};
}

pub(crate) use byte_set;

impl ByteSet {
    pub const fn of(table: [bool; 256]) -> Self {
        Self(table)
    }

    pub fn contains(&self, byte: u8) -> bool {
        self.0[usize::from(byte)]
    }

    /// How many bytes stand before the first that is of the set.
    pub fn before(&self, bytes: &[u8]) -> usize {
        let first = bytes.iter().position(|&byte| self.contains(byte));
        first.unwrap_or(bytes.len())
    }
}

/// Bytes that a word may start with.
pub(crate) const WORD_STARTS: ByteSet = byte_set!(b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | 0x80..);

/// A byte in each of eight places.
const fn each(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// How many bytes at the start are letters or digits of ASCII. Eight are looked at together: where a word ends can't be
/// foreseen, and a processor that guesses byte by byte is wrong once a word.
fn letters(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(eight) = bytes[at..].first_chunk() {
        let eight = u64::from_le_bytes(*eight);
        let letters = within(eight | each(0x20), b'a', b'z') | within(eight, b'0', b'9');
        let others = !(letters & !eight) & each(0x80);
        if others != 0 {
            return at + others.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let rest = bytes[at..].iter();
    at + rest.take_while(|it| it.is_ascii_alphanumeric()).count()
}

/// The letters and digits that a text starts with.
pub(crate) fn word(text: &str) -> &str {
    let bytes = text.as_bytes();
    let mut end = letters(bytes);
    if bytes.get(end).is_some_and(|next| !next.is_ascii()) {
        end = text.len() - text[end..].trim_start_matches(char::is_alphanumeric).len();
    }
    &text[..end]
}

/// Of eight bytes, those from one to another of ASCII, by their highest bits. Those of bytes beyond ASCII mean nothing, as do
/// all other bits.
fn within(eight: u64, first: u8, last: u8) -> u64 {
    // Without its highest bit, no byte's sum reaches the next one.
    let low = eight & each(0x7f);
    (low + each(0x80 - first)) & !(low + each(0x7f - last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_counted_up_to_the_first_other_byte() {
        for other in (0..=255_u8).filter(|it| !it.is_ascii_alphanumeric()) {
            for length in 0..20 {
                let mut text: Vec<u8> = b"azAZ09mM5".iter().copied().cycle().take(length).collect();
                assert_eq!(letters(&text), length);
                text.extend([other, b'a', other, b'b', b'c', b'd', b'e', b'f', b'g']);
                assert_eq!(letters(&text), length, "{other:#x}");
            }
        }
        for letter in (0..=255_u8).filter(u8::is_ascii_alphanumeric) {
            assert_eq!(letters(&[letter; 9]), 9, "{letter:#x}");
        }
    }

    #[test]
    fn sets_hold_the_bytes_of_their_pattern() {
        const SET: ByteSet = byte_set!(b'a'..=b'c' | 0x80..);
        assert_eq!(SET.before("xyé".as_bytes()), 2);
        assert_eq!(SET.before(b"xyza"), 3);
        assert_eq!(SET.before(b"xyz"), 3);
    }
}
