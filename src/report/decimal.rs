//! Numbers as reports show them.

use serde::{Serialize, Serializer};

/// A number with six digits behind the point; never "-0.000000".
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Decimal(pub f64);

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = format!("{:.6}", self.0);
        let unsigned = text.strip_prefix('-').unwrap_or(&text);
        let zero = unsigned.bytes().all(|byte| matches!(byte, b'0' | b'.'));
        serializer.serialize_str(if zero { unsigned } else { &text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_digits_and_no_negative_zero() {
        let cases = [
            (0.5, "0.500000"),
            (-1.0, "-1.000000"),
            (-1e-9, "0.000000"),
            (2.0 / 3.0, "0.666667"),
        ];
        for (number, text) in cases {
            let json = serde_json::to_string(&Decimal(number)).unwrap();
            assert_eq!(json, format!("{text:?}"));
        }
    }
}
