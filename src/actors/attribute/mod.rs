//! Who voices what: quotations and reported speech are given to their speakers.
//!
//! Rules over cues, in the tradition of quotation attribution by verbs of saying (Pareti et al.,
//! EMNLP 2013): a subject before or behind such a verb ("Putin said ...", "..., said Putin"),
//! "according to Putin", participles ("..., warning Europe not to ..."), and quotations that run on
//! over sentences. Speech without a named source stays with the article's author.

mod cues;
mod words;

use std::collections::HashSet;
use std::ops::Range;

use super::{Mention, MentionKind, Speaker, Voice};
use crate::text::Document;
use cues::{Cue, Subject, cues};
use words::Word;

/// The third pass: sets voice and speaker of every mention.
pub(super) fn attribute(text: &str, document: &Document, mentions: &mut [Mention]) {
    if mentions.is_empty() {
        return;
    }
    let names = names_inside_sentences(text, document);
    let mut state = State::default();
    let mut first = 0;
    for index in 0..document.sentences().len() {
        let end = mentions.partition_point(|mention| mention.sentence <= index);
        let view = SentenceView::new(text, document, index, &mentions[first..end], &names);
        let voices = view.voices(&mut state);
        for (at, spoken) in (first..end).zip(voices.mentions) {
            match spoken {
                Spoken::By(voice, speaker) => {
                    (mentions[at].voice, mentions[at].speaker) = (voice, speaker);
                }
                Spoken::InOpenQuotation => state.waiting.push(at),
            }
        }
        if let Some(speaker) = voices.open_quotation {
            for at in state.waiting.drain(..) {
                mentions[at].voice = Voice::Direct;
                mentions[at].speaker = speaker.clone();
            }
        }
        if state.open.is_none() {
            state.waiting.clear();
        }
        first = end;
    }
}

/// Capitalized words that stand inside a sentence somewhere, so that one at its start is known to
/// be a name rather than just a first word.
fn names_inside_sentences<'a>(text: &'a str, document: &Document) -> HashSet<&'a str> {
    let inside = (0..document.sentences().len()).flat_map(|sentence| {
        let words = document.tokens_of(sentence).iter().skip(1);
        words.map(|token| Word::new(text, 0, token))
    });
    inside
        .filter(Word::is_capitalized)
        .map(|word| word.stem())
        .collect()
}

/// What one sentence leaves for the next.
#[derive(Default)]
struct State {
    /// Whether a quotation has not been closed yet, and its speaker.
    open: Option<Option<Speaker>>,
    /// The last named speaker, or the actor that the sentence since then started with: whom "he
    /// said" means. With the paragraph.
    last: Option<(Speaker, usize)>,
    /// Mentions inside the open quotation, whose speaker has not been named yet.
    waiting: Vec<usize>,
}

/// Who speaks the words around a mention.
enum Spoken {
    By(Voice, Speaker),
    /// The speaker of a quotation that a later sentence may name.
    InOpenQuotation,
}

/// What a sentence says about its own mentions and about the quotation that runs on in it.
struct Voices {
    mentions: Vec<Spoken>,
    /// The speaker of the quotation left open before, if this sentence names one.
    open_quotation: Option<Speaker>,
}

/// A sentence with what attribution needs to know of it.
struct SentenceView<'a> {
    text: &'a str,
    paragraph: usize,
    tokens: Vec<Word<'a>>,
    /// Byte ranges in the sentence.
    quotations: Vec<Range<usize>>,
    /// Whether the first quotation was opened in an earlier sentence.
    runs_on: bool,
    /// Whether the last quotation is left open.
    left_open: bool,
    /// Actor and byte range in the sentence of each mention.
    mentions: Vec<(usize, Range<usize>)>,
    /// Which of the mentions are names.
    by_name: Vec<usize>,
    names: &'a HashSet<&'a str>,
}

impl<'a> SentenceView<'a> {
    fn new(
        text: &'a str,
        document: &Document,
        index: usize,
        mentions: &[Mention],
        names: &'a HashSet<&'a str>,
    ) -> Self {
        let sentence = &document.sentences()[index];
        let start = sentence.bytes.start;
        let within = |bytes: &Range<usize>| bytes.start - start..bytes.end - start;
        let quotations = document.quotations_of(index);
        let is_name = |at: &usize| mentions[*at].kind == MentionKind::Name;
        Self {
            tokens: document
                .tokens_of(index)
                .iter()
                .map(|token| Word::new(text, start, token))
                .collect(),
            text: &text[sentence.bytes.clone()],
            paragraph: sentence.paragraph,
            runs_on: quotations.first().is_some_and(|first| first.runs_on),
            left_open: quotations.last().is_some_and(|last| last.left_open),
            quotations: quotations.iter().map(|it| within(&it.bytes)).collect(),
            mentions: mentions
                .iter()
                .map(|mention| (mention.actor, within(&mention.bytes)))
                .collect(),
            by_name: (0..mentions.len()).filter(is_name).collect(),
            names,
        }
    }

    /// The voice of each mention of the sentence.
    fn voices(&self, state: &mut State) -> Voices {
        let open = state.open.take();
        let quotes = &self.quotations;
        let mut resolved: Vec<(Cue, Option<Speaker>)> = Vec::new();
        for cue in cues(self, quotes) {
            let speaker = match &cue.subject {
                Subject::Actor(actor) => Some(Speaker::Actor(*actor)),
                Subject::Name(name) => Some(Speaker::Other(name.clone())),
                Subject::They => self.antecedent(&cue, &resolved, state),
                Subject::HeOrShe => self
                    .antecedent(&cue, &resolved, state)
                    .filter(|speaker| !self.names_speaker(&cue, speaker)),
            };
            resolved.push((cue, speaker));
        }
        let continued = open.flatten();
        let quote_speakers: Vec<Option<Speaker>> = quotes
            .iter()
            .enumerate()
            .map(|(index, quote)| {
                let carried = continued.clone().filter(|_| self.runs_on && index == 0);
                carried
                    .or_else(|| nearest(&resolved, quote))
                    .or_else(|| self.same_turn(quote, state))
            })
            .collect();
        let last_quote = quotes.len().wrapping_sub(1);
        let mentions = self
            .mentions
            .iter()
            .map(|(_, mention)| {
                let quoted = quotes.iter().position(|quote| covers(quote, mention));
                if let Some(quote) = quoted {
                    if let Some(speaker) = &quote_speakers[quote] {
                        return Spoken::By(Voice::Direct, speaker.clone());
                    }
                    if self.left_open && quote == last_quote {
                        return Spoken::InOpenQuotation;
                    }
                }
                let reported = resolved
                    .iter()
                    .filter(|(cue, _)| cue.content.iter().any(|part| covers(part, mention)))
                    .find_map(|(_, speaker)| speaker.clone());
                match reported {
                    Some(speaker) => Spoken::By(Voice::Indirect, speaker),
                    None => Spoken::By(Voice::Author, Speaker::Author),
                }
            })
            .collect();
        let open_quotation = quote_speakers
            .first()
            .cloned()
            .flatten()
            .filter(|_| self.runs_on);
        let named = resolved.into_iter().find_map(|(_, speaker)| speaker);
        let in_quotes = quote_speakers.into_iter().next_back().flatten();
        if self.left_open {
            state.open = Some(in_quotes.clone().or_else(|| named.clone()));
        }
        if let Some(speaker) = named.or(in_quotes).or_else(|| self.opening_actor()) {
            state.last = Some((speaker, self.paragraph));
        }
        Voices {
            mentions,
            open_quotation,
        }
    }

    /// The actor that the sentence starts with.
    fn opening_actor(&self) -> Option<Speaker> {
        let (actor, range) = self.mentions.first()?;
        let article = matches!(&self.text[..range.start], "" | "The " | "But " | "And ");
        article.then_some(Speaker::Actor(*actor))
    }

    /// A quotation that opens a sentence right after its speaker's last words: same paragraph.
    fn same_turn(&self, quote: &Range<usize>, state: &State) -> Option<Speaker> {
        let (speaker, paragraph) = state.last.as_ref()?;
        (quote.start <= 3 && *paragraph == self.paragraph).then(|| speaker.clone())
    }

    /// Whether a speaker is named in what is said: in "he said that Trump won", he is not Trump
    /// (Chomsky 1981, principle C).
    fn names_speaker(&self, cue: &Cue, speaker: &Speaker) -> bool {
        self.by_name.iter().any(|&at| {
            let (actor, range) = &self.mentions[at];
            *speaker == Speaker::Actor(*actor) && cue.content.iter().any(|part| covers(part, range))
        })
    }

    /// Whom "he said" means: the last speaker of this sentence, else the actor that it starts
    /// with, else the last speaker of the sentences before.
    fn antecedent(
        &self,
        cue: &Cue,
        before: &[(Cue, Option<Speaker>)],
        state: &State,
    ) -> Option<Speaker> {
        let in_sentence = before.iter().rev().find_map(|(_, speaker)| speaker.clone());
        let first_mention = self.mentions.first();
        let opens = first_mention.is_some_and(|(_, range)| range.end <= cue.verb);
        in_sentence
            .or_else(|| self.opening_actor().filter(|_| opens))
            .or_else(|| state.last.as_ref().map(|(speaker, _)| speaker.clone()))
    }
}

fn covers(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// The speaker of the cue whose content holds a quotation, else of the cue nearest to it.
fn nearest(cues: &[(Cue, Option<Speaker>)], quote: &Range<usize>) -> Option<Speaker> {
    let holding = cues
        .iter()
        .find(|(cue, _)| cue.content.iter().any(|part| covers(part, quote)));
    let distance = |cue: &Cue| {
        let verb = cue.verb;
        if verb < quote.start {
            quote.start - verb
        } else {
            verb.saturating_sub(quote.end)
        }
    };
    holding
        .or_else(|| cues.iter().min_by_key(|(cue, _)| distance(cue)))
        .and_then(|(_, speaker)| speaker.clone())
}

#[cfg(test)]
mod tests {
    use crate::actors::{Catalogue, Recognizer};
    use crate::text::Document;

    /// Each mention with its speaker, as "Putin<author".
    fn voiced(text: &str) -> Vec<String> {
        let recognizer = Recognizer::new(Catalogue::default());
        let mentions = recognizer.mentions(text, &Document::new(text, ""), None);
        let voiced = mentions.into_iter().map(|mention| {
            let speaker = mention.speaker.name(recognizer.catalogue());
            format!("{}<{speaker}", &text[mention.bytes.clone()])
        });
        voiced.collect()
    }

    #[test]
    fn voices_tell_quotation_from_report() {
        let text = "Trump said Putin was “fair to Europe”. Zelenskyy left.";
        let recognizer = Recognizer::new(Catalogue::default());
        let mentions = recognizer.mentions(text, &Document::new(text, ""), None);
        let voices: Vec<&str> = mentions
            .iter()
            .map(|mention| mention.voice.name())
            .collect();
        assert_eq!(voices, ["author", "indirect", "direct", "author"]);
    }

    #[test]
    fn speakers() {
        let cases: &[(&str, &[&str])] = &[
            ("Putin met Trump.", &["Putin<author", "Trump<author"]),
            (
                "Trump said that Putin was weak.",
                &["Trump<author", "Putin<trump"],
            ),
            (
                "Trump later told Fox News that Zelenskyy must “make a deal”.",
                &["Trump<author", "Zelenskyy<trump"],
            ),
            (
                "“Putin is weak,” said Trump.",
                &["Putin<trump", "Trump<author"],
            ),
            (
                "“Putin is weak,” Trump told reporters.",
                &["Putin<trump", "Trump<author"],
            ),
            (
                "Putin is weak, Trump said on Monday.",
                &["Putin<trump", "Trump<author"],
            ),
            (
                "Trump, meanwhile, declared Europe finished.",
                &["Trump<author", "Europe<trump"],
            ),
            (
                "Dmitry Peskov, a spokesman, said Trump was welcome.",
                &["Trump<Dmitry Peskov"],
            ),
            (
                "According to German Chancellor Friedrich Merz, Putin lied.",
                &["Putin<German Chancellor Friedrich Merz"],
            ),
            (
                "Critics say the summit handed Putin time.",
                &["Putin<author"],
            ),
            (
                "Putin framed it as a win, warning Europe not to “torpedo” it.",
                &["Putin<author", "Europe<putin"],
            ),
            (
                "“Trump is fair,” Putin said. “Europe is not.”",
                &["Trump<putin", "Putin<author", "Europe<putin"],
            ),
            (
                "“Trump is fair. Europe is not,” Putin said.",
                &["Trump<putin", "Europe<putin", "Putin<author"],
            ),
            (
                "Putin smiled. He said Trump was fair.",
                &["Putin<author", "Trump<putin"],
            ),
            (
                "As Trump left, Putin said Europe was weak.",
                &["Trump<author", "Putin<author", "Europe<putin"],
            ),
            (
                "Analysts in Moscow described the Kremlin and Putin as winners.",
                &["Kremlin<author", "Putin<author"],
            ),
            (
                "Trump told a radio that Putin was fair, and he complained that Europe was not.",
                &["Trump<author", "Putin<trump", "Europe<trump"],
            ),
            (
                "But The Irish Times reported Trump was ill.",
                &["Trump<The Irish Times"],
            ),
            (
                "Meanwhile Nancy Pelosi said Trump was ill.",
                &["Trump<Nancy Pelosi"],
            ),
            (
                "A spokesman for Trump said Putin was fair.",
                &["Trump<author", "Putin<author"],
            ),
            (
                "Putin was ill on Monday, the Kremlin said.",
                &["Putin<putin", "Kremlin<author"],
            ),
            (
                "An envoy of the Kremlin said Putin was fair.",
                &["Kremlin<author", "Putin<author"],
            ),
            (
                "Joe Biden maintained his lead over Trump. Biden maintained that Putin lied.",
                &["Trump<author", "Putin<Biden"],
            ),
            (
                "Biden denied it, though Trump said Putin had a tape.",
                &["Trump<author", "Putin<trump"],
            ),
            (
                "Joe Biden claimed Trump said that Putin had a tape.",
                &["Trump<Joe Biden", "Putin<trump"],
            ),
            (
                "Trump called it a hoax and the Kremlin claimed Putin knew nothing.",
                &["Trump<author", "Kremlin<author", "Putin<putin"],
            ),
            (
                "John Bolton claims Trump asked Xi for help, which Trump denied.",
                &["Trump<John Bolton", "Trump<author"],
            ),
            (
                "EU officials left, but they said Europe would return.",
                &["EU officials<author", "Europe<europe"],
            ),
            (
                "Trump left. He said that Trump would win.",
                &["Trump<author", "Trump<author"],
            ),
            (
                "Zelenskyy welcomed it while stressing Europe must be heard.",
                &["Zelenskyy<author", "Europe<zelenskyy"],
            ),
            (
                "Putin’s claims angered Europe.",
                &["Putin<author", "Europe<author"],
            ),
            (
                "Trump was told that Putin had left.",
                &["Trump<author", "Putin<author"],
            ),
        ];
        let mut wrong = 0;
        for (text, expected) in cases {
            let found = voiced(text);
            if found != *expected {
                wrong += 1;
                println!("{text}\n  expected {expected:?}\n  found    {found:?}");
            }
        }
        assert_eq!(wrong, 0);
    }
}
