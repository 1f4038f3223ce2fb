//! What a tokenizer of unknown origin may do.

use serde_json::Value;

use crate::guard;

/// The most that a normalizer may make of a text: some Unicode characters decompose into 18.
const MOST_GROWTH: usize = 64;

/// Checks that a tokenizer's normalizer does not blow texts up: replacements one behind the other multiply.
pub(super) fn check_growth(tokenizer: &[u8]) -> std::result::Result<(), String> {
    let Ok(Value::Object(fields)) = serde_json::from_slice(tokenizer) else {
        return Ok(());
    };
    match fields.get("normalizer").map_or(1, growth) {
        growth if growth > MOST_GROWTH => Err(format!(
            "its normalizer may make a text {growth} times as long"
        )),
        _ => Ok(()),
    }
}

/// How many times as long a normalizer may make a text.
fn growth(normalizer: &Value) -> usize {
    let of = |field: &str| normalizer.get(field);
    match of("type").and_then(Value::as_str) {
        Some("Sequence") => {
            let parts = of("normalizers").and_then(Value::as_array);
            let growths = parts.into_iter().flatten().map(growth);
            growths.fold(1, usize::saturating_mul)
        }
        Some("Replace") => {
            let pattern = of("pattern").and_then(|it| it.get("String")?.as_str());
            let content = of("content").and_then(Value::as_str).map_or(0, str::len);
            // A pattern that is an expression may match a single byte.
            content.div_ceil(pattern.map_or(1, str::len).max(1)).max(1)
        }
        _ => 1,
    }
}

/// Runs what is the tokenizers crate's, which has panicked on odd files.
pub(super) fn guarded<T>(
    run: impl FnOnce() -> std::result::Result<T, String>,
) -> std::result::Result<T, String> {
    guard::guarded(run).unwrap_or_else(|panic| Err(format!("the tokenizer panics: {panic}")))
}
