//! Throughput of each stage: `cargo bench`.

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use ndarray::Array2;
use newstance::actors::{Catalogue, Matcher};
use newstance::model::native::kernels::activation::gelu;
use newstance::model::native::kernels::gemm::add_product_transposed;
use newstance::model::{ModelDirectory, Scorer, Target};

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
