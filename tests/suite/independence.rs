//! A score is a function of model, question and precision alone: the same bits for any batch, order,
//! memory and number of threads.

use newstance::Millionths;
use newstance::actors::Catalogue;
use newstance::corpus::{Article, Corpus, CorpusOptions};
use newstance::eval::{GoldTarget, read_gold};
use newstance::model::{Answer, ModelDirectory, NativeOptions, Precision, Question, Scorer};
use newstance::pipeline::Stages;
use newstance_kernels::isa::Kernel;
use newstance_testing::shared;
use rayon::ThreadPoolBuilder;

/// Real targets; without them, those of the samples.
fn questions_of(gold: &[GoldTarget]) -> Vec<Question<'_>> {
    gold.iter().map(GoldTarget::question).collect()
}

fn gold() -> Vec<GoldTarget> {
    const TARGETS: usize = 500;
    if let Some(folder) = shared("newsmtsc") {
        let files = ["rw-dev.jsonl", "mt-dev.jsonl"];
        let gold = files.map(|file| read_gold(&folder.join(file)).unwrap());
        // Of both files, so that sentences with several targets are among them.
        let numbered = gold.into_iter().flatten().enumerate();
        let two_of_three = numbered.filter(|(at, _)| at % 3 < 2);
        let gold: Vec<_> = two_of_three.map(|(_, gold)| gold).take(TARGETS).collect();
        assert_eq!(gold.len(), TARGETS);
        return gold;
    }
    let scorer = scorer(None, Precision::Int8);
    let stages = Stages::new(Catalogue::default(), scorer);
    let corpus = Corpus::open(&["samples".to_owned()], CorpusOptions::default()).unwrap();
    let articles: Vec<Article> = corpus.flatten().collect();
    let scored = stages.score(articles).unwrap();
    let targets = scored.iter().flat_map(|article| {
        article.mentions.iter().map(|it| {
            let sentence = &article.document.sentences()[it.mention.sentence].bytes;
            let bytes = &it.mention.bytes;
            GoldTarget {
                sentence: article.article.text[sentence.clone()].to_owned(),
                bytes: bytes.start - sentence.start..bytes.end - sentence.start,
                label: it.answer.label(),
            }
        })
    });
    targets.collect()
}

fn scorer(kernel: Option<Kernel>, precision: Precision) -> Scorer {
    let options = NativeOptions {
        precision: Some(precision),
        kernel,
    };
    Scorer::native_with(&ModelDirectory::fast().unwrap(), options).unwrap()
}

/// A permutation and cuts, drawn from a seed.
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        ((self.0 >> 33) as usize) % bound
    }

    fn order(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        for at in (1..count).rev() {
            order.swap(at, self.below(at + 1));
        }
        order
    }
}

fn bits(logits: [f32; 3]) -> [u32; 3] {
    logits.map(f32::to_bits)
}

fn answer_bits(answer: &Answer) -> [u32; 3] {
    answer.probabilities.map(f32::to_bits)
}

/// Asks every question alone, in random batches of random order, and through the memory.
fn check(name: &str, scorer: &Scorer, questions: &[Question]) {
    let alone: Vec<[u32; 3]> = questions
        .iter()
        .map(|question| bits(scorer.logits(std::slice::from_ref(question)).unwrap()[0]))
        .collect();
    let mut draw = Draw(7);
    for round in 0..2 {
        let order = draw.order(questions.len());
        let mut rest = &order[..];
        while !rest.is_empty() {
            let (batch, others) = rest.split_at((1 + draw.below(90)).min(rest.len()));
            rest = others;
            let asked: Vec<Question> = batch.iter().map(|&at| questions[at].clone()).collect();
            for (&at, logits) in batch.iter().zip(scorer.logits(&asked).unwrap()) {
                assert_eq!(
                    bits(logits),
                    alone[at],
                    "{name}, round {round}, target {at}"
                );
            }
        }
    }
    let first = scorer.answer(questions).unwrap();
    let before = scorer.usage();
    let again = scorer.answer(questions).unwrap();
    let after = scorer.usage();
    assert_eq!(after.asked, before.asked, "{name}: all are remembered");
    assert_eq!(after.repeated - before.repeated, questions.len() as u64);
    for (at, (first, again)) in first.iter().zip(&again).enumerate() {
        assert_eq!(
            answer_bits(first),
            answer_bits(again),
            "{name}, target {at}"
        );
    }
}

#[test]
fn int8_does_not_depend_on_neighbours_on_any_kernel() {
    let gold = gold();
    let questions = questions_of(&gold);
    for kernel in Kernel::available() {
        // The portable kernel takes a hundred times as long, and is the reference of the others.
        let questions = match kernel.is_special() {
            true => &questions[..],
            false => &questions[..questions.len().min(12)],
        };
        let scorer = scorer(Some(kernel), Precision::Int8);
        assert!(scorer.description().ends_with(kernel.name()));
        check(kernel.name(), &scorer, questions);
    }
}

#[test]
fn f32_does_not_depend_on_neighbours() {
    let gold = gold();
    check("f32", &scorer(None, Precision::F32), &questions_of(&gold));
}

#[test]
fn the_pooler_of_mpnet_does_not_depend_on_neighbours() {
    let gold = gold();
    let directory = ModelDirectory::read("models/accurate".as_ref()).unwrap();
    let scorer = Scorer::native(&directory).unwrap();
    check("accurate", &scorer, &questions_of(&gold)[..60]);
}

#[test]
fn threads_do_not_matter() {
    let gold = gold();
    let questions = questions_of(&gold);
    let stances = [1, 2, 5].map(|threads| -> Vec<(Millionths, [u32; 3])> {
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let scorer = scorer(None, Precision::Int8);
        let answers = pool.install(|| scorer.answer(&questions)).unwrap();
        answers
            .iter()
            .map(|it| (it.stance(), answer_bits(it)))
            .collect()
    });
    assert_eq!(stances[0], stances[1]);
    assert_eq!(stances[0], stances[2]);
}
