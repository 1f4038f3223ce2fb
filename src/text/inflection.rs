//! The forms of English verbs.

/// The forms of a verb.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Forms {
    pub base: String,
    pub third: String,
    pub past: String,
    pub participle: String,
    pub ing: String,
}

/// The forms of an entry: a base form, behind "/" a past that is not regular, behind another a participle that
/// is not the past.
pub(super) fn forms(entry: &str) -> Forms {
    let mut parts = entry.split('/');
    let base = parts.next().unwrap_or_default().to_owned();
    let past = parts
        .next()
        .map_or_else(|| regular_past(&base), str::to_owned);
    let participle = parts.next().map_or_else(|| past.clone(), str::to_owned);
    let stem = base.strip_suffix('e').filter(|stem| !stem.ends_with('e'));
    // "admitted" doubles its last letter, and so does "admitting".
    let doubled = past
        .strip_suffix("ed")
        .filter(|stem| stem.len() == base.len() + 1 && stem.starts_with(&base));
    Forms {
        third: third(&base),
        ing: format!("{}ing", doubled.or(stem).unwrap_or(&base)),
        past,
        participle,
        base,
    }
}

/// Whether a final y follows a consonant, and so becomes i.
fn changes_y(base: &str) -> bool {
    let before = base.chars().rev().nth(1);
    base.ends_with('y') && before.is_some_and(|char| !"aeiou".contains(char))
}

fn regular_past(base: &str) -> String {
    match base {
        _ if base.ends_with('e') => format!("{base}d"),
        _ if changes_y(base) => format!("{}ied", &base[..base.len() - 1]),
        _ => format!("{base}ed"),
    }
}

fn third(base: &str) -> String {
    match base {
        _ if changes_y(base) => format!("{}ies", &base[..base.len() - 1]),
        _ if base.ends_with(['s', 'x', 'z']) || base.ends_with("sh") || base.ends_with("ch") => {
            format!("{base}es")
        }
        _ => format!("{base}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_follow_the_rules() {
        for (entry, expected) in [
            ("say/said", "say says said said saying"),
            ("write/wrote/written", "write writes wrote written writing"),
            ("deny", "deny denies denied denied denying"),
            ("admit/admitted", "admit admits admitted admitted admitting"),
            ("agree", "agree agrees agreed agreed agreeing"),
            ("press", "press presses pressed pressed pressing"),
            (
                "announce",
                "announce announces announced announced announcing",
            ),
        ] {
            let found = forms(entry);
            let all = [
                found.base,
                found.third,
                found.past,
                found.participle,
                found.ing,
            ];
            assert_eq!(all.join(" "), expected);
        }
    }
}
