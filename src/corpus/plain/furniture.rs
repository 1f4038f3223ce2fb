//! Lines of a web page that are no part of the story: captions, credits, links to others, invitations.

use std::sync::LazyLock;

use regex::Regex;

use super::Edit;

/// How such lines open. They are lines of their own, and no sentence.
static FURNITURE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix) ^ (?:
        image \s (?: source | caption | credit | copyright ) \b | (?: photo | picture | image | video | graphic | credit | caption | source | file \s photo ) s? \s* (?: : | \s by \b ) | getty \s images | advertisement \b
        | (?: read | see | watch | listen | learn ) \s (?: more | also | next | now ) \b | (?: more | related ) \s (?: on | from | about | stories | articles | topics | news | coverage | content | reading | links | videos? ) \b
        | (?: watch | read | listen | see | related ) \s* : \s | the \s post \s .+ \s (?: appeared \s first | first \s appeared ) \s on \b
        | (?: also | you \s (?: may | might ) \s also ) \s (?: read | like | see ) \b | (?: don.t \s miss | most \s (?: read | popular | viewed | shared ) | recommended | trending | top \s stories | editor.s? \s picks? | what \s to \s read \s next | click \s here | tap \s here | jump \s to | skip \s (?: to | past | advertisement ) | back \s to \s top )\b
        | (?: subscribe | sign \s up | log \s in | sign \s in | register \s (?: now | here | for ) | join \s our | follow \s (?: us | our | .{2,30} \s on \s (?: x | twitter | facebook | instagram | whatsapp ) ) | download \s (?: the | our ) .{0,20} app | get \s (?: our | the \s latest ) | share \s (?: this | on | via ) | tweet \s this | print \s this | e-?mail \s this | support \s our )\b
        | (?: this \s (?: site | website ) | we ) \s (?: use | uses ) \s cookies \b | (?: accept | manage | reject ) \s (?: all \s )? cookies \b | (?: privacy | cookie ) \s (?: policy | notice | settings ) \b | terms \s (?: of | and ) \b | all \s rights \s reserved | © | \(c\) \s* [0-9]{4} | copyright \b .{0,20} [0-9]{4}
        )",
    )
    .expect("a pattern that the tests compile")
});

/// What heads a list of other pages or of tags: the short lines below belong to it.
static LIST: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?:related|more (?:on|from|stories)|most (?:read|popular|viewed)|topics|tags|trending|recommended|top stories|read (?:more|next)|you (?:may|might) also)\b[^.!?]{0,40}:?$")
        .expect("a pattern that the tests compile")
});

/// Longest line that may be furniture, in words.
const LONGEST: usize = 25;
/// Longest tag or title below the head of a list, in words.
const LONGEST_ITEM: usize = 12;

pub(super) fn edits(text: &str) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut in_list = false;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let bytes = at..at + line.len();
        at = bytes.end;
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let sentence = line
            .trim_end_matches(['”', '"', '’', '\'', ')'])
            .ends_with(['.', '!', '?']);
        // Most lines are sentences: those are not looked at closer.
        let words = || line.split_whitespace().take(LONGEST + 1).count();
        let opens =
            (!sentence || is_notice(line)) && words() <= LONGEST && FURNITURE.is_match(line);
        let head = !sentence && LIST.is_match(line);
        let item = in_list && !sentence && words() <= LONGEST_ITEM;
        in_list = head || item;
        if opens || head || item {
            let end = bytes.start + text[bytes.clone()].trim_end().len();
            edits.push(Edit::new(bytes.start..end, ""));
        }
    }
    edits
}

/// Whether a line that ends as sentences do is no sentence of the story's all the same.
fn is_notice(line: &str) -> bool {
    [
        "the post ",
        "©",
        "copyright",
        "(c)",
        "all rights",
        "this site",
        "this website",
        "we use cookies",
        "subscribe",
        "sign up",
        "follow us",
        "click here",
    ]
    .iter()
    .any(|opening| {
        let start = line.get(..opening.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(opening))
    })
}

#[cfg(test)]
mod tests {
    use super::super::plain_text;

    fn lines(text: &str) -> Vec<String> {
        let plain = plain_text(text);
        let lines = plain.lines().filter(|line| !line.trim().is_empty());
        lines.map(str::to_owned).collect()
    }

    #[test]
    fn furniture_is_no_coverage() {
        let page = "Merz meets Tusk\n\nImage source, Example Agency\nImage caption, Merz and Tusk shook hands\n\nMerz praised Tusk on Friday.\n\
            Read more: Why Tusk is winning\n“We use cookies as bait,” Tusk said.\nAdvertisement\nThe video shows Merz.\nSubscribe to our Europe newsletter\nThe post Merz meets Tusk appeared first on Herald.\nWatch: Tusk dances\nRelated stories\n\
            Tusk under fire\nMerz in Rome\n© 2024 Example Media Ltd.";
        assert_eq!(
            lines(page),
            [
                "Merz meets Tusk",
                "Merz praised Tusk on Friday.",
                "“We use cookies as bait,” Tusk said.",
                "The video shows Merz.",
            ]
        );
    }

    #[test]
    fn stories_that_open_as_furniture_does_stay() {
        for line in [
            "Read more than he wrote, did Merz.",
            "Photos of Merz were shown to the court on Monday.",
            "Register of voters is wrong, says Tusk.",
            "Copyright law is what Merz wants to change.",
            "Related questions were put to Tusk on Monday, who gave no answer.",
        ] {
            assert_eq!(lines(line), [line]);
        }
    }
}
