//! The tables.
//!
//! A new column is a field here (with documentation of one line), its value in the function that makes the row, and its
//! line in README. ARCHITECTURE, "Where to add", has the rest.

use std::borrow::Cow;

use jiff::civil::Date;

use super::row::table;
use crate::actors::{Actor, Catalogue, MentionKind, Voice};
use crate::aggregate::{ActorSummary, ArticleSummary, Estimate, MentionFact};
use crate::corpus::{Published, Rejected, RejectedKind};
use crate::decimal::Millionths;
use crate::model::Label;
use crate::pipeline::{ScoredArticle, ScoredMention};
use crate::text::{Language, Part};

pub(super) type Text<'a> = Cow<'a, str>;

table! {
    /// One article that was read.
    "documents", DocumentRow {
        /// The article: the id field, else the URL, else file name and line.
        article_id: Text<'a>,
        /// The outlet: the source field, else the URL's host, else the folder of a text file.
        source: Text<'a>,
        /// When it was published, as precisely as the record says.
        published: Text<'a>,
        /// The day of publication.
        date: Option<Date>,
        /// The headline.
        title: Text<'a>,
        /// The web address.
        url: Text<'a>,
        /// The language: en, or a code of ISO 639-3; empty if the text does not tell.
        language: Text<'a>,
        /// Words of headline and text.
        words: u64,
        /// Sentences of both.
        sentences: u64,
        /// Mentions of all actors.
        mentions: u64,
        /// The first article of the run that this one is a copy of; empty for others.
        copy_of: Text<'a>,
        /// Whether it was scored: articles in another language than English are not.
        scored: bool,
        /// Its number among the articles of the input, from 1.
        number: u64,
    }
}

table! {
    /// One mention of an actor.
    "mentions", MentionRow {
        /// The article.
        article_id: Text<'a>,
        /// The outlet.
        source: Text<'a>,
        /// The day of publication.
        date: Option<Date>,
        /// The headline of the article.
        title: Text<'a>,
        /// The web address of the article.
        url: Text<'a>,
        /// The part of the article: headline or body.
        part: Part,
        /// The sentence of the article, from 0.
        sentence_index: u64,
        /// Where the mention starts: Unicode code points from 0 of the text as read, or of the title if that is a field of its own.
        start: u64,
        /// Where it ends: the code point after its last.
        end: u64,
        /// The actor's id.
        actor: Text<'a>,
        /// The words of the mention.
        surface: Text<'a>,
        /// How it refers to the actor: name, role, metonym, demonym, description, group, pronoun or, with --first-person, pronoun1.
        kind: MentionKind,
        /// The actor's shortest name in the article, for a description, group or pronoun; else empty.
        antecedent: Text<'a>,
        /// Whose words they are: author, direct (in quotation marks) or indirect (reported).
        voice: Voice,
        /// Who speaks: author, an actor's id, a name as the article first gives it in full, or unnamed.
        speaker: Text<'a>,
        /// Whose attitude it is, named as speakers are: in "Putin praised Trump" putin's, else the speaker's.
        holder: Text<'a>,
        /// Probability that the sentence portrays the actor unfavourably.
        p_negative: Millionths,
        /// Probability that it does neither.
        p_neutral: Millionths,
        /// Probability that it portrays the actor favourably.
        p_positive: Millionths,
        /// p_positive - p_negative, from -1 to 1.
        stance: Millionths,
        /// The most probable of negative, neutral and positive.
        label: Label,
        /// The sentence's tone whoever it is about, from -1 to 1; empty without --tone.
        tone: Option<Millionths>,
        /// Where the mention starts in the sentence as it is here: Unicode code points from 0.
        offset: u64,
        /// The sentence.
        sentence: Text<'a>,
    }
}

table! {
    /// One actor in one article that mentions it.
    "articles", ArticleRow {
        /// The article.
        article_id: Text<'a>,
        /// The outlet.
        source: Text<'a>,
        /// The day of publication.
        date: Option<Date>,
        /// The headline.
        title: Text<'a>,
        /// The web address.
        url: Text<'a>,
        /// The actor's id.
        actor: Text<'a>,
        /// Mentions of the actor.
        mentions: u64,
        /// Sentences with a mention.
        sentences: u64,
        /// Mentions labelled negative.
        negative: u64,
        /// Mentions labelled neutral.
        neutral: u64,
        /// Mentions labelled positive.
        positive: u64,
        /// Article stance: the mean over sentences of the mean over their mentions.
        stance: Millionths,
        /// The same over mentions whose voice is author; empty without such.
        author_stance: Option<Millionths>,
        /// The same over mentions whose voice is direct or indirect; empty without such.
        quoted_stance: Option<Millionths>,
        /// The same over mentions in the headline; empty without such.
        headline_stance: Option<Millionths>,
    }
}

table! {
    /// One actor of the catalogue, mentioned or not.
    "actors", ActorRow {
        /// The actor's id.
        actor: Text<'a>,
        /// The actor's name.
        name: Text<'a>,
        /// Articles with a mention.
        articles: u64,
        /// Sentences with a mention.
        sentences: u64,
        /// Mentions.
        mentions: u64,
        /// The actor's part of the mentions of all actors, from 0 to 1.
        share_of_voice: Millionths,
        /// Mentions labelled negative.
        negative: u64,
        /// Mentions labelled neutral.
        neutral: u64,
        /// Mentions labelled positive.
        positive: u64,
        /// (positive - negative) / mentions, from -1 to 1; empty without mentions.
        net: Option<Millionths>,
        /// Corpus stance: the mean over articles of the article stance; empty without mentions.
        stance: Option<Millionths>,
        /// Lower end of its 95 % interval; empty with fewer than five articles.
        stance_low: Option<Millionths>,
        /// Upper end of that interval.
        stance_high: Option<Millionths>,
        /// The mean over articles of author_stance; empty without such.
        author_stance: Option<Millionths>,
        /// Lower end of its 95 % interval.
        author_stance_low: Option<Millionths>,
        /// Upper end of that interval.
        author_stance_high: Option<Millionths>,
        /// The mean over articles of quoted_stance; empty without such.
        quoted_stance: Option<Millionths>,
        /// Lower end of its 95 % interval.
        quoted_stance_low: Option<Millionths>,
        /// Upper end of that interval.
        quoted_stance_high: Option<Millionths>,
    }
}

table! {
    /// One record that is not scored.
    "rejected", RejectedRow {
        /// The file, or - for standard input.
        input: Text<'a>,
        /// Where in it the record starts: the line, or its number among the records; empty if the whole file is meant.
        place: Text<'a>,
        /// The kind of fault: unreadable, lost (the rest of the file), encoding, syntax, field, no-text, date, duplicate, too-long, cut or failed.
        kind: RejectedKind,
        /// What is wrong and what to do about it.
        reason: Text<'a>,
    }
}

impl<'a> DocumentRow<'a> {
    /// The row of an article.
    pub fn new(scored: &'a ScoredArticle) -> Self {
        let article = &scored.article;
        let published = article.published.as_ref();
        Self {
            article_id: Cow::from(&article.id),
            source: Cow::from(&article.source),
            published: published
                .map(ToString::to_string)
                .unwrap_or_default()
                .into(),
            date: published.map(Published::date),
            title: Cow::from(&article.title),
            url: Cow::from(&article.url),
            language: Cow::from(scored.language.map(Language::code).unwrap_or_default()),
            words: scored.document.words() as u64,
            sentences: scored.document.sentences().len() as u64,
            mentions: scored.mentions.len() as u64,
            copy_of: Cow::from(article.copy_of.as_deref().unwrap_or_default()),
            scored: scored.scored,
            number: article.number,
        }
    }

    /// What its article is resampled with: an article with its copies is one cluster.
    pub fn cluster(&self) -> &str {
        match &*self.copy_of {
            "" => &self.article_id,
            original => original,
        }
    }
}

impl<'a> MentionRow<'a> {
    /// The row of an article's mention.
    pub fn new(
        document: &'a DocumentRow<'a>,
        scored: &'a ScoredArticle,
        mention: &'a ScoredMention,
        catalogue: &'a Catalogue,
    ) -> Self {
        let ScoredMention {
            mention,
            answer,
            tone,
        } = mention;
        let text = &scored.article.text;
        let place = scored.article.read_at(mention.chars.clone());
        let sentence = &scored.document.sentences()[mention.sentence];
        let [p_negative, p_neutral, p_positive] = answer.millionths();
        Self {
            article_id: Cow::from(&*document.article_id),
            source: Cow::from(&*document.source),
            date: document.date,
            title: Cow::from(&*document.title),
            url: Cow::from(&*document.url),
            part: scored.document.part(mention.sentence),
            sentence_index: mention.sentence as u64,
            start: place.start as u64,
            end: place.end as u64,
            actor: Cow::from(&catalogue.actors()[mention.actor].id),
            surface: Cow::from(&text[mention.bytes.clone()]),
            kind: mention.kind,
            antecedent: Cow::from(mention.antecedent.as_deref().unwrap_or_default()),
            voice: mention.voice,
            speaker: Cow::from(mention.speaker.name(catalogue)),
            holder: Cow::from(mention.holder.name(catalogue)),
            p_negative,
            p_neutral,
            p_positive,
            stance: answer.stance(),
            label: answer.label(),
            tone: tone.map(|tone| tone.stance()),
            offset: (mention.chars.start - sentence.chars.start) as u64,
            sentence: Cow::from(&text[sentence.bytes.clone()]),
        }
    }

    /// What aggregation needs of it; `actor` is its place in the catalogue.
    pub(super) fn fact(&self, actor: usize) -> MentionFact<'_> {
        MentionFact {
            actor,
            sentence: self.sentence_index as usize,
            part: self.part,
            voice: self.voice,
            holder: &self.holder,
            stance: self.stance,
            label: self.label,
        }
    }
}

impl<'a> ArticleRow<'a> {
    /// The row of an actor in an article.
    pub(super) fn new(
        document: &'a DocumentRow<'a>,
        actor: &'a str,
        summary: &ArticleSummary,
    ) -> Self {
        Self {
            article_id: Cow::from(&*document.article_id),
            source: Cow::from(&*document.source),
            date: document.date,
            title: Cow::from(&*document.title),
            url: Cow::from(&*document.url),
            actor: Cow::from(actor),
            mentions: summary.labels.total(),
            sentences: summary.sentences,
            negative: summary.labels.negative,
            neutral: summary.labels.neutral,
            positive: summary.labels.positive,
            stance: summary.stance,
            author_stance: summary.author_stance,
            quoted_stance: summary.quoted_stance,
            headline_stance: summary.headline_stance,
        }
    }
}

impl<'a> ActorRow<'a> {
    /// The row of an actor.
    pub(super) fn new(id: &'a str, name: &'a str, summary: &ActorSummary) -> Self {
        let [stance, author, quoted] = summary.stances().map(Figures::of);
        Self {
            actor: Cow::from(id),
            name: Cow::from(name),
            articles: summary.articles,
            sentences: summary.sentences,
            mentions: summary.labels.total(),
            share_of_voice: summary.share_of_voice,
            negative: summary.labels.negative,
            neutral: summary.labels.neutral,
            positive: summary.labels.positive,
            net: summary.labels.net(),
            stance: stance.mean,
            stance_low: stance.low,
            stance_high: stance.high,
            author_stance: author.mean,
            author_stance_low: author.low,
            author_stance_high: author.high,
            quoted_stance: quoted.mean,
            quoted_stance_low: quoted.low,
            quoted_stance_high: quoted.high,
        }
    }
}

/// An estimate as three columns.
pub(super) struct Figures {
    pub mean: Option<Millionths>,
    pub low: Option<Millionths>,
    pub high: Option<Millionths>,
}

impl Figures {
    pub fn of(estimate: Option<Estimate>) -> Self {
        let interval = estimate.and_then(|it| it.interval);
        Self {
            mean: estimate.map(|it| it.stance),
            low: interval.map(|(low, _)| low),
            high: interval.map(|(_, high)| high),
        }
    }
}

impl<'a> From<&'a Rejected> for RejectedRow<'a> {
    fn from(rejected: &'a Rejected) -> Self {
        Self {
            input: Cow::from(&rejected.input),
            place: rejected.place.to_string().into(),
            kind: rejected.kind,
            reason: Cow::from(&rejected.reason),
        }
    }
}

impl From<&Actor> for super::ActorEntry {
    fn from(actor: &Actor) -> Self {
        Self {
            id: actor.id.clone(),
            name: actor.name.clone(),
        }
    }
}

/// A sentence before a mention, the words of the mention, and what is behind them; `offset` is where they start, in code points.
pub(crate) fn at_mention<'s>(sentence: &'s str, offset: u64, surface: &str) -> [&'s str; 3] {
    let split = |text: &'s str, chars: usize| {
        let place = text.char_indices().nth(chars);
        text.split_at(place.map_or(text.len(), |(place, _)| place))
    };
    let (before, from_mention) = split(sentence, offset as usize);
    let (mention, behind) = split(from_mention, surface.chars().count());
    [before, mention, behind]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_split_at_its_mention() {
        let sentence = "«Ну», said Müller of Путин.";
        let split = at_mention(sentence, 21, "Путин");
        assert_eq!(split, ["«Ну», said Müller of ", "Путин", "."]);
        assert_eq!(at_mention("Short", 3, "of it all"), ["Sho", "rt", ""]);
        assert_eq!(at_mention("Short", 9, "it"), ["Short", "", ""]);
    }
}
