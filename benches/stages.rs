//! Throughput of each stage: `cargo bench`.

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use ndarray::Array2;
use newstance::actors::Catalogue;
use newstance::corpus::{Article, Corpus, CorpusOptions};
use newstance::model::{ModelDirectory, Question, Scorer};
use newstance::pipeline::{Sink, Stages};
use newstance::report::{Existing, Report, ReportOptions};
use newstance_kernels::activation::gelu;
use newstance_kernels::gemm::add_product_transposed;
use newstance_kernels::isa::{GROUP, Isa, Kernel, LANES, Line, Panel, ROWS, Task, VECTORS};
use tempfile::TempDir;

fn main() {
    divan::main();
}

/// A wire report of about 1,100 characters, written for this project.
const ARTICLE: &str =
    include_str!("../samples/articles/northern-wire/2025-08-16-arctic-summit.txt");

/// From an article to its mentions.
#[divan::bench]
fn prepare(bencher: Bencher) {
    let stages = stages();
    bencher
        .counter(BytesCount::of_str(ARTICLE))
        .with_inputs(|| Article::of_text(ARTICLE))
        .bench_values(|article| stages.prepare(article));
}

/// Fourteen articles of all formats; items are articles.
#[divan::bench]
fn read(bencher: Bencher) {
    let inputs = [concat!(env!("CARGO_MANIFEST_DIR"), "/samples").to_owned()];
    bencher.counter(ItemsCount::new(14usize)).bench(|| {
        let corpus = Corpus::open(&inputs, CorpusOptions::default());
        corpus.unwrap_or_else(|error| panic!("{error}")).count()
    });
}

/// A scored article into all tables, a hundred times; items are articles.
#[divan::bench]
fn write(bencher: Bencher) {
    const ARTICLES: usize = 100;
    let stages = stages();
    let scored = stages.score(vec![Article::of_text(ARTICLE)]);
    let scored = scored.unwrap_or_else(|error| panic!("{error}"));
    let folder = TempDir::new().expect("a folder for the tables");
    bencher
        .counter(ItemsCount::new(ARTICLES))
        .with_inputs(|| {
            let options = ReportOptions {
                existing: Existing::Replace,
                ..ReportOptions::default()
            };
            Report::create(folder.path(), &options).unwrap_or_else(|error| panic!("{error}"))
        })
        .bench_values(|mut report| {
            for _ in 0..ARTICLES {
                report
                    .article(&scored[0], stages.catalogue())
                    .unwrap_or_else(|error| panic!("{error}"));
            }
        });
}

/// Sums of a tile of MiniLM's wide layer, from the first-level cache.
struct Tile<'a> {
    rows: &'a [u8],
    lines: &'a [[Line; VECTORS]],
}

impl Task for Tile<'_> {
    type Output = [[[i32; LANES]; VECTORS]; ROWS];

    #[inline(always)]
    fn run<I: Isa>(self, isa: I) -> Self::Output {
        let panel = Panel {
            lines: self.lines,
            sums: &[[0; LANES]; VECTORS],
            zero: 128,
        };
        let mut sums = [[[0; LANES]; VECTORS]; ROWS];
        isa.dot([self.rows; ROWS], panel, &mut sums);
        sums
    }
}

fn kernels() -> Vec<&'static str> {
    Kernel::available().into_iter().map(Kernel::name).collect()
}

/// The kernels of this processor; items are operations, two for each weight.
#[divan::bench(args = kernels())]
fn dot(bencher: Bencher, name: &str) {
    let kernel: Kernel = name.parse().expect("a kernel of this processor");
    const INPUTS: usize = 384;
    let rows = vec![130; INPUTS];
    let lines = vec![[Line([3; LANES * GROUP]); VECTORS]; INPUTS / GROUP];
    bencher
        .counter(ItemsCount::new(2 * ROWS * VECTORS * LANES * INPUTS))
        .bench(|| {
            let (rows, lines) = black_box((&rows[..], &lines[..]));
            kernel.run(Tile { rows, lines })
        });
}

#[divan::bench]
fn load_model() -> Scorer {
    scorer()
}

#[divan::bench(args = [1, 32, 256])]
fn score(bencher: Bencher, targets: usize) {
    let scorer = scorer();
    let sentence = "European leaders accused Putin of playing for time, and they called the meeting \
                    in Alaska a gift to the Kremlin that Trump should never have made.";
    let targets = vec![
        Question::Stance {
            sentence,
            target: 25..30,
        };
        targets
    ];
    bencher
        .counter(ItemsCount::new(targets.len()))
        .bench(|| scorer.logits(black_box(&targets)));
}

/// The widest product of MiniLM-L6 on a full batch; items are multiplications.
#[divan::bench]
fn product(bencher: Bencher) {
    let (m, n, k) = (1024, 1536, 384);
    let (a, b) = (Array2::ones((m, k)), Array2::ones((n, k)));
    bencher
        .counter(ItemsCount::new(m * n * k))
        .with_inputs(|| Array2::zeros((m, n)))
        .bench_refs(|out| add_product_transposed(a.view(), b.view(), out.view_mut(), 1.0));
}

#[divan::bench]
fn gelu_of_a_batch(bencher: Bencher) {
    bencher
        .counter(ItemsCount::new(1024usize * 1536))
        .with_inputs(|| vec![0.7f32; 1024 * 1536])
        .bench_refs(|values| gelu(values));
}

fn scorer() -> Scorer {
    ModelDirectory::fast()
        .and_then(|directory| Scorer::native(&directory))
        .unwrap_or_else(|error| panic!("{error}"))
}

fn stages() -> Stages {
    Stages::new(Catalogue::default(), scorer())
}
