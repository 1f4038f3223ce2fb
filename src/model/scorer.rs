//! Many questions at once: tokenized, batched by length and answered in parallel.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ndarray::{Array2, s};
use rayon::prelude::*;

use super::cache::{Cache, Key};
use super::native::NativeModel;
use super::{
    Answer, Batch, Calibration, EncodedInput, InputBuilder, LabelMap, ModelDirectory,
    NativeOptions, OperatorTime, Question, StanceModel,
};
use crate::error::{Error, Result};

/// A model with its tokenizer, the meaning of its classes, its calibration and its last answers.
pub struct Scorer {
    inputs: InputBuilder,
    model: Box<dyn StanceModel>,
    labels: LabelMap,
    calibration: Calibration,
    tells_tone: bool,
    second: Option<Second>,
    cache: Mutex<Cache>,
    counters: Counters,
}

/// The second model of a cascade.
struct Second {
    scorer: Box<Scorer>,
    /// It is asked if no label has this probability.
    below: f32,
}

/// What a scorer has done so far.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Usage {
    /// Questions that the model was asked.
    pub asked: u64,
    /// Questions among them that the second model of a cascade was asked, too, and answered.
    pub asked_again: u64,
    /// Questions of stance that were answered from memory.
    pub repeated: u64,
    /// Time spent on tokenizing, all threads together counted once.
    pub tokenizing: Duration,
    /// Time spent in the encoder, all threads together counted once.
    pub encoding: Duration,
}

#[derive(Default)]
struct Counters {
    asked: AtomicU64,
    repeated: AtomicU64,
    tokenizing_nanos: AtomicU64,
    encoding_nanos: AtomicU64,
}

impl Scorer {
    /// Loads a model directory into the native engine, which runs it as fast as it can.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Model`](crate::ErrorKind::Model) if the directory cannot be used, and
    /// [`ErrorKind::Backend`](crate::ErrorKind::Backend) if the engine does not run such a model.
    pub fn native(directory: &ModelDirectory) -> Result<Self> {
        Self::native_with(directory, NativeOptions::default())
    }

    /// Loads a model directory into the native engine.
    ///
    /// # Errors
    ///
    /// Those of [`Scorer::native`], and [`ErrorKind::Precision`](crate::ErrorKind::Precision) if the
    /// model does not run in the precision that was asked for.
    pub fn native_with(directory: &ModelDirectory, options: NativeOptions) -> Result<Self> {
        let (inputs, model) = rayon::join(
            || InputBuilder::new(directory),
            || NativeModel::load(directory, options),
        );
        Ok(Self::new(directory, inputs?, Box::new(model?)))
    }

    /// Loads a model directory into a backend of one's own.
    ///
    /// # Errors
    ///
    /// Those of `load`, and [`ErrorKind::Model`](crate::ErrorKind::Model) if the tokenizer cannot be
    /// used.
    pub fn with_backend(
        directory: &ModelDirectory,
        load: impl FnOnce(&ModelDirectory, &InputBuilder) -> Result<Box<dyn StanceModel>>,
    ) -> Result<Self> {
        let inputs = InputBuilder::new(directory)?;
        let model = load(directory, &inputs)?;
        Ok(Self::new(directory, inputs, model))
    }

    fn new(directory: &ModelDirectory, inputs: InputBuilder, model: Box<dyn StanceModel>) -> Self {
        Self {
            model,
            inputs,
            labels: directory.labels().clone(),
            calibration: directory.calibration(),
            tells_tone: directory.tells_tone(),
            second: None,
            cache: Mutex::default(),
            counters: Counters::default(),
        }
    }

    /// A cascade: what this scorer is least sure of, `second` is asked instead, and answers.
    ///
    /// `below` is a probability: `second` is asked if no label has it. So who answers depends on the question
    /// alone, and so does the answer (Viola & Jones, CVPR 2001, for detectors; Chen, Zaharia & Zou, "FrugalGPT",
    /// 2023, for language models).
    pub fn with_second(self, second: Self, below: f32) -> Self {
        Self {
            tells_tone: self.tells_tone && second.tells_tone,
            second: Some(Second {
                scorer: Box::new(second),
                below,
            }),
            ..self
        }
    }

    /// The backend and how it runs, in a few words.
    pub fn description(&self) -> String {
        match &self.second {
            Some(Second { scorer, below }) => {
                let (first, second) = (self.model.description(), scorer.description());
                format!("{first}, then {second} if no label has {below}")
            }
            None => self.model.description(),
        }
    }

    /// What all threads have spent in each part of the encoder, if the backend knows. Of a cascade, both models
    /// together.
    pub fn operators(&self) -> Vec<OperatorTime> {
        let mut operators = self.model.operators();
        let second = self.second.as_ref().map(|it| it.scorer.operators());
        for spent in second.unwrap_or_default() {
            match operators.iter_mut().find(|known| known.name == spent.name) {
                Some(total) => {
                    total.seconds += spent.seconds;
                    total.operations += spent.operations;
                }
                None => operators.push(spent),
            }
        }
        operators
    }

    /// Operations on 8 bits that one thread does in a second at most, on data in the cache, if the backend computes on
    /// 8 bits. Measures for some hundredths of a second.
    pub fn ceiling(&self) -> Option<f64> {
        self.model.ceiling()
    }

    /// Whether it may be asked [`Question::Tone`]. Another model's answer would mean nothing: it has
    /// never seen a sentence without its target marked.
    pub fn tells_tone(&self) -> bool {
        self.tells_tone
    }

    /// What it has done since it was loaded.
    pub fn usage(&self) -> Usage {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let second = self.second.as_ref().map(|second| second.scorer.usage());
        let second = second.unwrap_or_default();
        Usage {
            asked: read(&self.counters.asked),
            asked_again: second.asked,
            repeated: read(&self.counters.repeated),
            tokenizing: Duration::from_nanos(read(&self.counters.tokenizing_nanos))
                + second.tokenizing,
            encoding: Duration::from_nanos(read(&self.counters.encoding_nanos)) + second.encoding,
        }
    }

    /// Answers to the questions, in their order. What was asked a while before is not asked again.
    ///
    /// Runs on rayon's current thread pool. An answer depends on model, question and precision alone:
    /// it is the same bits for any batch, neighbours, threads and memory.
    ///
    /// ```
    /// use newstance::model::{Label, ModelDirectory, Question, Scorer};
    ///
    /// let scorer = Scorer::native(&ModelDirectory::fast()?)?;
    /// let sentence = "Critics accused Putin of war crimes.";
    /// let answers = scorer.answer(&[Question::Stance { sentence, target: 16..21 }])?;
    /// assert_eq!(answers[0].label(), Label::Negative);
    /// # Ok::<(), newstance::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`StanceModel::logits`].
    pub fn answer(&self, questions: &[Question]) -> Result<Vec<Answer>> {
        let keys: Vec<Key> = questions.iter().map(Key::of).collect();
        let mut asked: Vec<Question> = Vec::new();
        let mut asked_keys: Vec<Key> = Vec::new();
        let mut places: HashMap<Key, usize> = HashMap::new();
        let mut known = Vec::with_capacity(questions.len());
        let mut repeated = 0;
        let mut cache = self.cache();
        for (question, key) in questions.iter().zip(keys) {
            let found = match cache.get(&key) {
                Some(answer) => Found::Known(answer),
                None => Found::Asked(*places.entry(key).or_insert(asked.len())),
            };
            match found {
                Found::Asked(place) if place == asked.len() => {
                    asked.push(question.clone());
                    asked_keys.push(key);
                }
                _ => repeated += u64::from(question.target().is_some()),
            }
            known.push(found);
        }
        drop(cache);
        let logits = self.logits(&asked)?;
        let mut fresh: Vec<Answer> = logits.into_iter().map(|it| self.calibrate(it)).collect();
        self.ask_second(&asked, &mut fresh)?;
        let mut cache = self.cache();
        for (key, &answer) in asked_keys.into_iter().zip(&fresh) {
            cache.put(key, answer);
        }
        drop(cache);
        self.counters
            .repeated
            .fetch_add(repeated, Ordering::Relaxed);
        let answers = known.into_iter().map(|found| match found {
            Found::Known(answer) => answer,
            Found::Asked(place) => fresh[place],
        });
        Ok(answers.collect())
    }

    /// Replaces the answers that the second model is to give.
    fn ask_second(&self, questions: &[Question], answers: &mut [Answer]) -> Result<()> {
        let Some(Second { scorer, below }) = &self.second else {
            return Ok(());
        };
        let unsure: Vec<usize> = (0..answers.len())
            .filter(|&at| answers[at].probabilities.iter().all(|share| share < below))
            .collect();
        let asked: Vec<Question> = unsure.iter().map(|&at| questions[at].clone()).collect();
        let logits = scorer.logits(&asked)?;
        for (at, logits) in unsure.into_iter().zip(logits) {
            answers[at] = scorer.calibrate(logits);
        }
        Ok(())
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        // Every entry is whole, whatever panicked beside it.
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer that logits mean.
    pub fn calibrate(&self, logits: [f32; 3]) -> Answer {
        Answer::from_logits(logits, &self.calibration)
    }

    /// Uncalibrated logits of the questions, in their order, all asked of the model, of a cascade the first.
    ///
    /// # Errors
    ///
    /// Those of [`StanceModel::logits`].
    pub fn logits(&self, questions: &[Question]) -> Result<Vec<[f32; 3]>> {
        let started = Instant::now();
        let inputs = self.tokenize(questions);
        let tokenizing = started.elapsed();
        let logits = self.encode(questions, &inputs)?;

        let encoding = started.elapsed() - tokenizing;
        let add = |counter: &AtomicU64, count: u64| counter.fetch_add(count, Ordering::Relaxed);
        add(&self.counters.asked, questions.len() as u64);
        add(
            &self.counters.tokenizing_nanos,
            tokenizing.as_nanos() as u64,
        );
        add(&self.counters.encoding_nanos, encoding.as_nanos() as u64);
        Ok(logits)
    }

    /// The model's inputs for the questions: one each, or one for each hypothesis.
    fn tokenize(&self, questions: &[Question]) -> Vec<EncodedInput> {
        questions
            .par_iter()
            .flat_map_iter(|question| self.inputs.build(question))
            .collect()
    }

    /// Uncalibrated logits of the questions that these inputs ask, in their order.
    fn encode(&self, questions: &[Question], inputs: &[EncodedInput]) -> Result<Vec<[f32; 3]>> {
        let mut order: Vec<usize> = (0..inputs.len()).collect();
        order.sort_by_key(|&index| std::cmp::Reverse(inputs[index].ids.len()));
        let batches = by_token_budget(&order, inputs, self.model.batch_tokens());
        let scored: Vec<Array2<f32>> = batches
            .into_par_iter()
            .with_max_len(1)
            .map(|rows| {
                let batch = Batch::new(rows.iter().map(|&row| &inputs[row]));
                self.model.logits(&batch)
            })
            .collect::<Result<_>>()?;
        let mut logits = Array2::zeros((inputs.len(), self.labels.classes()));
        let rows = scored.iter().flat_map(|batch| batch.rows());
        for (index, row) in order.into_iter().zip(rows) {
            logits.row_mut(index).assign(&row);
        }
        let sequences = self.labels.sequences();
        check_finite(questions, &logits, sequences)?;
        let of_question = |index: usize| {
            let rows = index * sequences..(index + 1) * sequences;
            self.labels.logits(logits.slice(s![rows, ..]))
        };
        Ok((0..inputs.len() / sequences).map(of_question).collect())
    }
}

/// Checks that a model has answered each question with numbers, `sequences` rows each. Before classes are put together, which may hide
/// one that is none.
fn check_finite(questions: &[Question], logits: &Array2<f32>, sequences: usize) -> Result<()> {
    let mut rows = logits.rows().into_iter().enumerate();
    match rows.find(|(_, row)| !row.iter().all(|it| it.is_finite())) {
        None => Ok(()),
        Some((at, row)) => Err(Error::model(
            "the model",
            format!(
                "answers {row}, which is not finite, to the sentence {:?}",
                questions[at / sequences].sentence()
            ),
            "take another model, or another precision",
        )),
    }
}

/// Where the answer to a question is.
enum Found {
    /// In memory.
    Known(Answer),
    /// Among the fresh answers.
    Asked(usize),
}

/// Cuts inputs sorted by length, longest first, into batches.
fn by_token_budget<'a>(
    order: &'a [usize],
    inputs: &[EncodedInput],
    budget: usize,
) -> Vec<&'a [usize]> {
    let mut batches = Vec::new();
    let mut start = 0;
    let mut tokens = 0;
    for (at, &row) in order.iter().enumerate() {
        let length = inputs[row].ids.len();
        if at > start && tokens + length > budget {
            batches.push(&order[start..at]);
            start = at;
            tokens = 0;
        }
        tokens += length;
    }
    if start < order.len() {
        batches.push(&order[start..]);
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_fill_their_budget_and_lose_nothing() {
        let inputs: Vec<EncodedInput> = [2000, 300, 250, 212, 50, 3]
            .into_iter()
            .map(|length| EncodedInput {
                ids: vec![0; length],
                segments: vec![0; length],
            })
            .collect();
        let order: Vec<usize> = (0..inputs.len()).collect();
        let batches = by_token_budget(&order, &inputs, 512);
        assert_eq!(batches, [&[0][..], &[1], &[2, 3, 4], &[5]]);
        assert!(by_token_budget(&[], &inputs, 512).is_empty());
    }

    #[cfg(feature = "fast")]
    #[test]
    fn repeated_questions_have_the_answers_of_the_first() {
        let mut scorer = Scorer::native(&ModelDirectory::fast().unwrap()).unwrap();
        scorer.cache = Mutex::new(Cache::with_capacity(2));
        let praise = "Macron praised Zelenskyy, and Putin did not.";
        let stance = |target| Question::Stance {
            sentence: praise,
            target,
        };
        let first = [stance(0..6), stance(15..24), stance(0..6)];
        let second = [stance(30..35), stance(15..24)];
        for questions in [&first[..], &second, &first] {
            let answers = scorer.answer(questions).unwrap();
            for (answer, question) in answers.iter().zip(questions) {
                let logits = scorer.logits(std::slice::from_ref(question)).unwrap();
                assert_eq!(*answer, scorer.calibrate(logits[0]));
            }
        }
        // One within the first call, one in the second, and in the third only the one that is left of
        // two, and again the one within.
        assert_eq!(scorer.usage().repeated, 4);
        let tone = Question::Tone { sentence: praise };
        let tones = scorer.answer(&[tone.clone(), tone]).unwrap();
        assert_eq!((tones[0], scorer.usage().repeated), (tones[1], 4));
        assert_eq!(scorer.answer(&[]).unwrap(), []);
    }

    /// The second model is the first with other probabilities, so that it shows who answered.
    #[cfg(feature = "fast")]
    #[test]
    fn the_second_model_answers_what_the_first_is_unsure_of() {
        let load = || Scorer::native(&ModelDirectory::fast().unwrap()).unwrap();
        let sentence = "Macron praised Zelenskyy, and Putin did not.";
        let questions = [0..6, 15..24, 30..35].map(|target| Question::Stance { sentence, target });
        let first = load().answer(&questions).unwrap();
        let highest = |answer: &Answer| answer.probabilities.into_iter().fold(0f32, f32::max);
        let mut sure: Vec<f32> = first.iter().map(highest).collect();
        sure.sort_by(f32::total_cmp);
        let below = (sure[0] + sure[1]) / 2.0;
        let mut second = load();
        second.calibration.temperature = 100.0;
        let cascade = load().with_second(second, below);
        for _ in 0..2 {
            let answers = cascade.answer(&questions).unwrap();
            for (answer, first) in answers.iter().zip(&first) {
                match highest(first) < below {
                    true => assert!(highest(answer) < 0.4, "{answer:?}"),
                    false => assert_eq!(answer, first),
                }
            }
        }
        // The second time they come from memory.
        assert_eq!((cascade.usage().asked, cascade.usage().asked_again), (3, 1));
    }
}
