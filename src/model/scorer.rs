//! Many questions at once: tokenized, batched by length and answered in parallel.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ndarray::{Array2, s};
use rayon::prelude::*;

use super::cache::{Cache, key};
use super::native::NativeModel;
use super::{
    Answer, Batch, Calibration, EncodedInput, InputBuilder, LabelMap, ModelDirectory,
    NativeOptions, Question, StanceModel,
};
use crate::error::Result;

/// A model with its tokenizer, the meaning of its classes, its calibration and its last answers.
pub struct Scorer {
    inputs: InputBuilder,
    model: Box<dyn StanceModel>,
    labels: LabelMap,
    calibration: Calibration,
    tells_tone: bool,
    cache: Mutex<Cache>,
    counters: Counters,
}

/// What a scorer has done so far.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Usage {
    /// Questions that the model was asked.
    pub asked: u64,
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
        Self::with_backend(directory, |directory, inputs| {
            Ok(Box::new(NativeModel::load(directory, inputs, options)?))
        })
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
        Ok(Self {
            model: load(directory, &inputs)?,
            inputs,
            labels: directory.labels().clone(),
            calibration: directory.calibration(),
            tells_tone: directory.tells_tone(),
            cache: Mutex::default(),
            counters: Counters::default(),
        })
    }

    /// The backend and how it runs, in a few words.
    pub fn description(&self) -> String {
        self.model.description()
    }

    /// Seconds that all threads have spent in each part of the encoder, if the backend knows.
    pub fn operators(&self) -> Vec<(&'static str, f64)> {
        self.model.operators()
    }

    /// Whether it may be asked [`Question::Tone`]. Another model's answer would mean nothing: it has
    /// never seen a sentence without its target marked.
    pub fn tells_tone(&self) -> bool {
        self.tells_tone
    }

    /// What it has done since it was loaded.
    pub fn usage(&self) -> Usage {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Usage {
            asked: read(&self.counters.asked),
            repeated: read(&self.counters.repeated),
            tokenizing: Duration::from_nanos(read(&self.counters.tokenizing_nanos)),
            encoding: Duration::from_nanos(read(&self.counters.encoding_nanos)),
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
        let keys: Vec<Box<[u8]>> = questions.iter().map(key).collect();
        let mut asked: Vec<Question> = Vec::new();
        let mut asked_keys: Vec<&[u8]> = Vec::new();
        let mut places: HashMap<&[u8], usize> = HashMap::new();
        let mut known = Vec::with_capacity(questions.len());
        let mut repeated = 0;
        let mut cache = self.cache();
        for (question, key) in questions.iter().zip(&keys) {
            let found = match cache.get(key) {
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
        let fresh: Vec<Answer> = logits.into_iter().map(|it| self.calibrate(it)).collect();
        let mut cache = self.cache();
        for (key, &answer) in asked_keys.into_iter().zip(&fresh) {
            cache.put(key.into(), answer);
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

    fn cache(&self) -> MutexGuard<'_, Cache> {
        // Every entry is whole, whatever panicked beside it.
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer that logits mean.
    pub fn calibrate(&self, logits: [f32; 3]) -> Answer {
        Answer::from_logits(logits, &self.calibration)
    }

    /// Uncalibrated logits of the questions, in their order, all asked of the model.
    ///
    /// # Errors
    ///
    /// Those of [`StanceModel::logits`].
    pub fn logits(&self, questions: &[Question]) -> Result<Vec<[f32; 3]>> {
        let started = Instant::now();
        let inputs = self.tokenize(questions);
        let tokenizing = started.elapsed();
        let logits = self.encode(&inputs)?;
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
    fn encode(&self, inputs: &[EncodedInput]) -> Result<Vec<[f32; 3]>> {
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
        let of_question = |index: usize| {
            let rows = index * sequences..(index + 1) * sequences;
            self.labels.logits(logits.slice(s![rows, ..]))
        };
        Ok((0..inputs.len() / sequences).map(of_question).collect())
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
}
