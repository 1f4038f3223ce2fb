//! Sets of bytes: of what stands in news nearly all is ASCII, and a byte tells what is looked for.

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

    /// How many bytes at the start are of the set.
    pub fn run(&self, bytes: &[u8]) -> usize {
        let other = bytes.iter().position(|&byte| !self.contains(byte));
        other.unwrap_or(bytes.len())
    }

    /// How many bytes at the start are not.
    pub fn before(&self, bytes: &[u8]) -> usize {
        let first = bytes.iter().position(|&byte| self.contains(byte));
        first.unwrap_or(bytes.len())
    }
}
