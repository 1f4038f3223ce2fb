//! Two actors together: "both leaders", "the two presidents", "the pair".

use super::entities::{Entities, Entity, Who};
use super::scan::{Described, Role};
use crate::text::vocabulary;

/// Least salience of one of the two, with what the article is about.
const FAINT: u32 = 12;

/// The two that a phrase means: the most salient persons but for `excluded`.
pub(super) fn meant(
    phrase: &Described,
    role: Role,
    entities: &Entities,
    excluded: &[usize],
) -> Option<[usize; 2]> {
    if !is_group(phrase, role) {
        return None;
    }
    let fits = |it: &Entity| {
        let named = matches!(it.who, Who::Actor(_) | Who::Named(_));
        named && it.is_person() && it.weighed() >= FAINT
    };
    let mut found: Vec<(u32, usize)> = entities
        .iter()
        .filter(|(at, entity)| fits(entity) && !excluded.contains(at))
        .map(|(at, entity)| (entity.weighed(), at))
        .collect();
    found.sort_unstable_by(|a, b| b.cmp(a));
    match found[..] {
        [(_, first), (_, second), ..] => Some([first, second]),
        _ => None,
    }
}

fn is_group(phrase: &Described, role: Role) -> bool {
    let groups = &vocabulary().references.groups;
    let words: Vec<&str> = phrase.words.iter().map(String::as_str).collect();
    match words[..] {
        // "Both Ann and Bob", "both in Kyiv and in Lviv".
        ["both"] => role == Role::Subject,
        ["the", "two" | "pair" | "duo"] => true,
        ["both", noun] | ["the", "two", noun] | ["these" | "those", "two", noun] => {
            groups.contains(noun)
        }
        ["neither" | "either", "man" | "leader" | "president"] => true,
        _ => false,
    }
}
