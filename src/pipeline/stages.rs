//! Text, actors and model, put together once for all front-ends.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rayon::prelude::*;

use crate::actors::{Catalogue, Mention, Recognizer};
use crate::corpus::Article;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Answer, Question, Scorer};
use crate::text::{Document, Language};

/// Prepares, asks and scores articles.
///
/// ```
/// use newstance::actors::Catalogue;
/// use newstance::corpus::Article;
/// use newstance::model::{Label, ModelDirectory, Scorer};
/// use newstance::pipeline::Stages;
///
/// let stages = Stages::new(Catalogue::default(), Scorer::native(&ModelDirectory::fast()?)?);
/// let text = "Critics condemned Putin, but they praised Zelenskyy for his courage.";
/// let scored = stages.score(vec![Article::of_text(text)])?;
/// let labels: Vec<Label> = scored[0].mentions.iter().map(|it| it.answer.label()).collect();
/// assert_eq!(labels, [Label::Negative, Label::Positive]);
/// # Ok::<(), newstance::Error>(())
/// ```
pub struct Stages {
    recognizer: Recognizer,
    scorer: Scorer,
    tone: bool,
    any_language: bool,
    split_nanos: AtomicU64,
    find_nanos: AtomicU64,
}

/// An article with its structure and mentions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// As read.
    pub article: Article,
    /// Its sentences, tokens, quotations and parts.
    pub document: Document,
    /// Its language, if its text tells.
    pub language: Option<Language>,
    /// Whether it is scored: articles in another language than English are not.
    pub scored: bool,
    /// Where it mentions actors.
    pub mentions: Vec<Mention>,
}

/// A mention with the model's answers.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoredMention {
    /// The mention.
    pub mention: Mention,
    /// How the sentence portrays the actor.
    pub answer: Answer,
    /// How the sentence sounds, if the stages ask for tone.
    pub tone: Option<Answer>,
}

/// An article with its scored mentions.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoredArticle {
    /// As read.
    pub article: Article,
    /// Its sentences, tokens, quotations and parts.
    pub document: Document,
    /// Its language, if its text tells.
    pub language: Option<Language>,
    /// Whether it was scored: articles in another language than English are not.
    pub scored: bool,
    /// Its mentions, in the order of the text.
    pub mentions: Vec<ScoredMention>,
}

/// Questions whose tokens are in memory together. An article may have half a million.
const QUESTIONS_TOGETHER: usize = 8192;

/// How many of some questions are answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Answered {
    /// Those that are.
    pub answered: u64,
    /// All of them.
    pub asked: u64,
}

/// Wall time that the stages have taken so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StageTimes {
    /// From texts to documents.
    pub split: Duration,
    /// From documents to mentions.
    pub find: Duration,
    /// From questions to tokens.
    pub tokenize: Duration,
    /// From tokens to answers.
    pub encode: Duration,
}

impl Stages {
    /// Puts a catalogue and a model together.
    pub fn new(catalogue: Catalogue, scorer: Scorer) -> Self {
        Self {
            recognizer: Recognizer::new(catalogue),
            scorer,
            tone: false,
            any_language: false,
            split_nanos: AtomicU64::new(0),
            find_nanos: AtomicU64::new(0),
        }
    }

    /// Also scores "I" and "we" in the quotations of actors: see [`Recognizer::with_first_person`].
    pub fn with_first_person(self) -> Self {
        Self {
            recognizer: self.recognizer.with_first_person(),
            ..self
        }
    }

    /// Also scores articles that are not in English, which the models know and the rules are for.
    pub fn with_any_language(self) -> Self {
        Self {
            any_language: true,
            ..self
        }
    }

    /// Also asks for the tone of each sentence that has a mention, which takes about as long again.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Model`] if the model does not know the question: see [`Scorer::tells_tone`].
    pub fn with_tone(self) -> Result<Self> {
        if !self.scorer.tells_tone() {
            return Err(Error::new(
                ErrorKind::Model,
                "tone",
                "this model was not trained to tell the tone of a sentence",
                "leave tone out, or take another model",
            ));
        }
        Ok(Self { tone: true, ..self })
    }

    /// Whether articles are scored that are not in English.
    pub fn scores_any_language(&self) -> bool {
        self.any_language
    }

    /// Whether the tone of sentences is asked for.
    pub fn asks_for_tone(&self) -> bool {
        self.tone
    }

    /// Whether "I" and "we" of an actor's own quotations are mentions.
    pub fn takes_first_person(&self) -> bool {
        self.recognizer.takes_first_person()
    }

    /// The actors.
    pub fn catalogue(&self) -> &Catalogue {
        self.recognizer.catalogue()
    }

    /// The model.
    pub fn scorer(&self) -> &Scorer {
        &self.scorer
    }

    /// The structure of an article and its mentions.
    pub fn prepare(&self, article: Article) -> Prepared {
        let document = Document::new(&article.text, article.headline());
        self.recognize(article, document)
    }

    fn recognize(&self, article: Article, document: Document) -> Prepared {
        let date = article.published.map(|published| published.date());
        let language = Language::of(&article.text);
        let scored = self.any_language || language.is_none_or(|it| it == Language::ENGLISH);
        let mentions = match scored {
            true => self.recognizer.mentions(&article.text, &document, date),
            false => Vec::new(),
        };
        Prepared {
            article,
            document,
            language,
            scored,
            mentions,
        }
    }

    /// What the model is asked about an article's mentions, in their order: each one's stance and, if
    /// tone is asked for, behind it the tone of its sentence.
    pub fn ask<'a>(&self, prepared: &'a Prepared) -> Vec<Question<'a>> {
        let text = &prepared.article.text;
        let questions = prepared.mentions.iter().flat_map(|mention| {
            let sentence = &prepared.document.sentences()[mention.sentence].bytes;
            let target = mention.bytes.start - sentence.start..mention.bytes.end - sentence.start;
            let sentence = &text[sentence.clone()];
            let tone = self.tone.then_some(Question::Tone { sentence });
            [Some(Question::Stance { sentence, target }), tone]
        });
        questions.flatten().collect()
    }

    /// The model's answers, in the order of the questions. Runs on rayon's current thread pool.
    ///
    /// # Errors
    ///
    /// Those of [`Scorer::answer`].
    pub fn answer(&self, questions: &[Question]) -> Result<Vec<Answer>> {
        self.scorer.answer(questions)
    }

    /// Scores articles, in their order. Runs on rayon's current thread pool.
    ///
    /// # Errors
    ///
    /// Those of [`Scorer::answer`].
    pub fn score(&self, articles: Vec<Article>) -> Result<Vec<ScoredArticle>> {
        self.score_telling(articles, |_| {})
    }

    /// The same; `tell` is told how many questions about these articles are answered, again and again.
    ///
    /// # Errors
    ///
    /// Those of [`Scorer::answer`].
    pub fn score_telling(
        &self,
        articles: Vec<Article>,
        mut tell: impl FnMut(Answered),
    ) -> Result<Vec<ScoredArticle>> {
        let mut clock = Instant::now();
        let documents: Vec<Document> = articles
            .par_iter()
            .map(|article| Document::new(&article.text, article.headline()))
            .collect();
        lap(&mut clock, &self.split_nanos);
        let prepared: Vec<Prepared> = articles
            .into_par_iter()
            .zip(documents)
            .map(|(article, document)| self.recognize(article, document))
            .collect();
        lap(&mut clock, &self.find_nanos);
        let questions: Vec<Question> = prepared.iter().flat_map(|it| self.ask(it)).collect();
        let mut answers = Vec::with_capacity(questions.len());
        for together in questions.chunks(QUESTIONS_TOGETHER) {
            answers.extend(self.answer(together)?);
            tell(Answered {
                answered: answers.len() as u64,
                asked: questions.len() as u64,
            });
        }
        let mut answers = answers.into_iter();
        let scored = prepared.into_iter().map(|prepared| ScoredArticle {
            article: prepared.article,
            document: prepared.document,
            language: prepared.language,
            scored: prepared.scored,
            mentions: prepared
                .mentions
                .into_iter()
                .map(|mention| ScoredMention {
                    mention,
                    answer: answers.next().expect("an answer for each question"),
                    tone: if self.tone { answers.next() } else { None },
                })
                .collect(),
        });
        Ok(scored.collect())
    }

    /// How long each stage has taken so far.
    pub fn times(&self) -> StageTimes {
        let usage = self.scorer.usage();
        let read = |nanos: &AtomicU64| Duration::from_nanos(nanos.load(Ordering::Relaxed));
        StageTimes {
            split: read(&self.split_nanos),
            find: read(&self.find_nanos),
            tokenize: usage.tokenizing,
            encode: usage.encoding,
        }
    }
}

/// Adds the time since the clock was last read.
fn lap(clock: &mut Instant, nanos: &AtomicU64) {
    nanos.fetch_add(clock.elapsed().as_nanos() as u64, Ordering::Relaxed);
    *clock = Instant::now();
}
