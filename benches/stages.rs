//! Throughput of each stage: `cargo bench`.

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use ndarray::Array2;
use newstance::actors::{Catalogue, Matcher};
use newstance::corpus::{Corpus, CorpusOptions};
use newstance::model::native::kernels::activation::gelu;
use newstance::model::native::kernels::gemm::add_product_transposed;
use newstance::model::native::kernels::int8::{
    GROUP, Isa, Kernel, LANES, Line, Panel, ROWS, Task, VECTORS,
};
use newstance::model::{Calibration, ModelDirectory, Scorer, StanceScore, Target};
use newstance::report::{MentionRow, ReportFiles};
use tempfile::TempDir;

fn main() {
    divan::main();
}

/// A wire report of about 1,100 characters, written for this project.
const ARTICLE: &str =
    include_str!("../samples/articles/northern-wire/2025-08-16-arctic-summit.txt");

#[divan::bench]
fn split(bencher: Bencher) {
    bencher
        .counter(BytesCount::of_str(ARTICLE))
        .bench(|| newstance::text::split(black_box(ARTICLE)));
}

#[divan::bench]
fn find_mentions(bencher: Bencher) {
    let catalogue = Catalogue::default();
    let matcher = Matcher::new(&catalogue);
    let sentences = newstance::text::split(ARTICLE);
    bencher
        .counter(BytesCount::of_str(ARTICLE))
        .bench(|| matcher.find(black_box(ARTICLE), &sentences, None));
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

/// Rows of mentions.csv.
#[divan::bench]
fn write_mentions(bencher: Bencher) {
    const ROWS: usize = 1000;
    let inputs = [concat!(env!("CARGO_MANIFEST_DIR"), "/samples/wire.jsonl").to_owned()];
    let article = Corpus::open(&inputs, CorpusOptions::default())
        .ok()
        .and_then(|mut corpus| corpus.find_map(Result::ok))
        .expect("the sample has an article");
    let catalogue = Catalogue::default();
    let sentences = newstance::text::split(&article.text);
    let mentions = Matcher::new(&catalogue).find(&article.text, &sentences, None);
    let score = StanceScore::from_logits([0.1, 0.2, 0.3], &Calibration::default());
    let folder = TempDir::new().expect("a folder for the reports");
    bencher
        .counter(ItemsCount::new(ROWS))
        .with_inputs(|| {
            ReportFiles::create(folder.path()).unwrap_or_else(|error| panic!("{error}"))
        })
        .bench_refs(|files| {
            for mention in mentions.iter().cycle().take(ROWS) {
                let row = MentionRow {
                    article: &article,
                    sentence: &sentences[mention.sentence],
                    mention,
                    score: &score,
                    tone: None,
                };
                files
                    .mentions
                    .write(&catalogue, row)
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

/// The kernels of this processor; items are operations, two for each weight.
#[divan::bench(args = ["avx512", "avxvnni", "avx2", "neon", "portable"])]
fn dot(bencher: Bencher, name: &str) {
    let Ok(kernel) = name.parse::<Kernel>() else {
        return;
    };
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
        Target {
            sentence,
            bytes: 25..30,
        };
        targets
    ];
    bencher
        .counter(ItemsCount::new(targets.len()))
        .bench(|| scorer.score(black_box(&targets)));
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
