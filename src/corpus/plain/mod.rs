//! From a text as records hold it to the plain text that is scored, with the way back.
//!
//! Corpora hold HTML, entities, markdown, escapes, words parted at line ends, letters read in the wrong encoding. What is
//! scored is what a reader would read; offsets are those of the text as read.

mod furniture;
mod glued;
mod html;
mod hyphens;
mod markdown;
mod mojibake;
mod origin;
mod tokens;
mod tweets;

use std::ops::Range;

pub use origin::Origin;
use origin::Rewriting;

/// Part of a text, and what is to be read in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Edit {
    /// Byte range.
    bytes: Range<usize>,
    instead: String,
}

impl Edit {
    fn new(bytes: Range<usize>, instead: impl Into<String>) -> Self {
        Self {
            bytes,
            instead: instead.into(),
        }
    }
}

/// Finds what is to be read otherwise; in order, without overlap.
type Pass = fn(&str) -> Vec<Edit>;

/// What later passes look at is what the earlier ones make.
const PASSES: [Pass; 12] = [
    mojibake::edits,
    html::tag_edits,
    html::entity_edits,
    // "&lt;p&gt;" and "&amp;rsquo;" were escaped twice.
    html::tag_edits,
    html::entity_edits,
    markdown::escape_edits,
    markdown::edits,
    hyphens::edits,
    tokens::edits,
    tweets::edits,
    glued::edits,
    furniture::edits,
];

/// The plain text of a text as read, and where its characters come from.
pub(super) fn plain(text: String) -> (String, Origin) {
    let mut rewriting = Rewriting::new(text);
    for pass in PASSES {
        let edits = pass(rewriting.text());
        rewriting.apply(&edits);
    }
    rewriting.finish()
}

/// The text of a piece of HTML, with all that it shows.
pub(super) fn text_of_html(html: &str) -> String {
    let mut rewriting = Rewriting::new(html.to_owned());
    for pass in [html::tag_edits as Pass, html::entity_edits] {
        let edits = pass(rewriting.text());
        rewriting.apply(&edits);
    }
    rewriting.finish().0.trim().to_owned()
}

/// The same without the way back.
pub(super) fn plain_text(text: &str) -> String {
    plain(text.to_owned()).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_as_a_reader_would() {
        for (text, expected) in [
            (
                "Plain text. It’s fine, 5 < 6 & 7 > 2.",
                "Plain text. It’s fine, 5 < 6 & 7 > 2.",
            ),
            (
                "Merz&rsquo;s envoy &amp; Tusk&#39;s aide said &ldquo;no&rdquo;.&nbsp;Fine.",
                "Merz’s envoy & Tusk's aide said “no”.\u{a0}Fine.",
            ),
            (
                "AT&amp;amp;T said &amp;quot;no&amp;quot;.",
                "AT&T said \"no\".",
            ),
            ("R&D grew; AT&T fell.", "R&D grew; AT&T fell."),
            (
                "&lt;p&gt;He left.&lt;/p&gt;&lt;p&gt;She stayed.&lt;/p&gt;",
                "He left.\n\nShe stayed.",
            ),
            (
                "<p>He left.</p><figure><img src=x><figcaption>Tusk shakes hands. Photograph: A</figcaption></figure><p>Fin.</p>",
                "He left.\n\nFin.",
            ),
            (
                "<p>One <b>bold</b> man.</p><p>Two<br/>lines.</p>",
                "One bold man.\n\nTwo\nlines.",
            ),
            ("Merzâ€™s cafÃ© Â£5", "Merz’s café £5"),
            (
                "Merzâ??s aide: â??We are weak,â?? Tusk said.",
                "Merz’s aide: “We are weak,” Tusk said.",
            ),
            ("“CAFÉ” is a name.", "“CAFÉ” is a name."),
            (
                "One.\\n\\nTwo.\\nMerz said \\\"no\\\" \\u2013 twice.",
                "One.\n\nTwo.\nMerz said \"no\" – twice.",
            ),
            ("It is in C:\\new\\table.", "It is in C:\\new\\table."),
            (
                "He **really** said _no_ to [Tusk](https://example.org/a_b_c).",
                "He really said no to Tusk.",
            ),
            (
                "# A title\n\n> He said 2 * 3 * 4, snake_case_word.",
                "A title\n\nHe said 2 * 3 * 4, snake_case_word.",
            ),
            (
                "They thanked\n\n[Tusk](https://a.org) for it.",
                "They thanked Tusk for it.",
            ),
            (
                "A pic ![alt text](https://a.org/b.png) here.",
                "A pic  here.",
            ),
            (
                "The Presi-\ndent met Vol\u{ad}\nodymyr on Mon-\nday.",
                "The President met Volodymyr on Monday.",
            ),
            (
                "An inter-\nna-\ntional treaty, in Mon-\nte Carlo.",
                "An international treaty, in Monte Carlo.",
            ),
            (
                "A well-known man is a well-\nknown man.",
                "A well-known man is a well-known man.",
            ),
            (
                "The policy-makers met a policy-\nmaker.",
                "The policy-makers met a policy-maker.",
            ),
            (
                "It ended in disgraceTusk lied.",
                "It ended in disgrace\nTusk lied.",
            ),
            (
                "It ended.Tusk.Merz left.”Rutte stayed in 2024.“So?” McAfee’s iPad.",
                "It ended. Tusk. Merz left.” Rutte stayed in 2024. “So?” McAfee’s iPad.",
            ),
            (
                "Why lie?Tusk asked. It is over.Merz left.",
                "Why lie? Tusk asked. It is over. Merz left.",
            ),
            (
                "Feb . 13 , Merz -LRB- CDU -RRB- met Tusk . `` Europe is weak , '' he said . Rutte did n't agree with Merz 's view .",
                "Feb. 13, Merz (CDU) met Tusk. “Europe is weak,” he said. Rutte didn't agree with Merz's view.",
            ),
            (
                "They met.\n\nVery sad! pic.twitter.com/aBc — Ann Bow (@annbow) August 15, 2025\n\nMerz left.",
                "They met.\n\n“Very sad!” — Ann Bow\n\nMerz left.",
            ),
            (
                "Tusk spoke.\n\npic.twitter.com/aBc\n— Ann Bow (@annbow) August 15, 2025",
                "Tusk spoke.\n\npic.twitter.com/aBc\n— Ann Bow (@annbow) August 15, 2025",
            ),
            (
                "They met.\n\nVery sad — Merz lied! — Ann Bow (@annbow) August 15, 2025",
                "They met.\n\n“Very sad — Merz lied!” — Ann Bow",
            ),
            (
                "They met.\n\nVery sad! https://t.co/aB\n\n— Ann Bow (@annbow) August 15, 2025",
                "They met.\n\n“Very sad!” — Ann Bow",
            ),
            (
                "The iPhone and YouTube of J.R.Smith at www.Example.Com cost a.Bit.",
                "The iPhone and YouTube of J.R.Smith at www.Example.Com cost a.Bit.",
            ),
        ] {
            assert_eq!(plain(text.to_owned()).0, expected, "{text}");
        }
    }

    #[test]
    fn no_text_takes_longer_than_others_of_its_length() {
        // Quadratic, each would take minutes.
        for part in ["Abc.Abc?”", "inter-\n", "(@a ", "— Ann Bow (@a)\n"] {
            assert!(!plain_text(&part.repeat(200_000)).is_empty(), "{part}");
        }
    }

    #[test]
    fn offsets_lead_back() {
        let text = "é &ldquo;**Tusk**&rdquo; met Mer-\nkel.";
        let (plain, origin) = plain(text.to_owned());
        assert_eq!(plain, "é “Tusk” met Merkel.");
        let read: Vec<char> = text.chars().collect();
        for (words, expected) in [
            ("Tusk", "Tusk"),
            ("“", "&ldquo;"),
            ("Merkel", "Mer-\nkel"),
            ("met", "met"),
        ] {
            let start = plain[..plain.find(words).unwrap()].chars().count();
            let range = origin.range(start..start + words.chars().count());
            assert_eq!(read[range].iter().collect::<String>(), expected);
        }
    }
}
