//! 95 % intervals of figures.

use std::collections::HashMap;

use crate::aggregate::{CLUSTERS_FOR_INTERVAL, ClusterWeights, REPLICATES};

/// Where 95 % of the figures of resampled clusters lie, from low to high.
pub type Interval = (f64, f64);

/// What a figure is computed from, and the text whose resampling draws it: targets of one sentence are one
/// cluster.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clustered<'a, T> {
    /// What the cluster is known by.
    pub cluster: &'a str,
    /// What was measured.
    pub value: T,
}

/// The percentile intervals of figures over resampled clusters, by the Poisson bootstrap of the reports;
/// `None` with fewer than [`CLUSTERS_FOR_INTERVAL`] clusters.
///
/// `figures` computes them from values with how often each is drawn.
pub(super) fn intervals<T: Copy, const N: usize>(
    values: &[Clustered<T>],
    figures: impl Fn(&[(T, u64)]) -> [f64; N],
) -> Option<[Interval; N]> {
    let mut weights: HashMap<&str, ClusterWeights> = HashMap::new();
    for Clustered { cluster, .. } in values {
        weights
            .entry(cluster)
            .or_insert_with(|| ClusterWeights::new(cluster));
    }
    if weights.len() < CLUSTERS_FOR_INTERVAL {
        return None;
    }
    let mut drawn = Vec::with_capacity(values.len());
    let mut found: [Vec<f64>; N] = std::array::from_fn(|_| Vec::with_capacity(REPLICATES));
    for replicate in 0..REPLICATES {
        drawn.clear();
        drawn.extend(values.iter().filter_map(|it| {
            let times = weights[it.cluster].times(replicate);
            (times > 0).then_some((it.value, times))
        }));
        if drawn.is_empty() {
            continue;
        }
        for (found, figure) in found.iter_mut().zip(figures(&drawn)) {
            found.push(figure);
        }
    }
    Some(found.map(|mut figures| {
        figures.sort_unstable_by(f64::total_cmp);
        (quantile(&figures, 0.025), quantile(&figures, 0.975))
    }))
}

/// The mean of values with how often each is drawn, and its interval over resampled clusters.
pub(super) fn mean(values: &[Clustered<f64>]) -> (f64, Option<Interval>) {
    let mean = |drawn: &[(f64, u64)]| {
        let times: u64 = drawn.iter().map(|(_, times)| times).sum();
        let sum: f64 = drawn
            .iter()
            .map(|(value, times)| value * *times as f64)
            .sum();
        [sum / times.max(1) as f64]
    };
    let once: Vec<(f64, u64)> = values.iter().map(|it| (it.value, 1)).collect();
    let [all] = mean(&once);
    (all, intervals(values, mean).map(|[interval]| interval))
}

/// A quantile of sorted values, interpolated linearly between two of them.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let last = sorted.len() - 1;
    let place = share * last as f64;
    let below = place as usize;
    let (low, high) = (sorted[below], sorted[(below + 1).min(last)]);
    low + (high - low) * (place - below as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of n draws with a probability of one half, the mean has a standard error of 0.5 / sqrt(n).
    #[test]
    fn the_interval_is_as_wide_as_theory_says() {
        let names: Vec<String> = (0..400).map(|at| at.to_string()).collect();
        let values: Vec<Clustered<f64>> = names
            .iter()
            .enumerate()
            .map(|(at, cluster)| Clustered {
                cluster,
                value: (at % 2) as f64,
            })
            .collect();
        let (share, interval) = mean(&values);
        let (low, high) = interval.unwrap();
        assert_eq!(share, 0.5);
        let expected = 2.0 * 1.96 * 0.5 / 20.0;
        assert!(
            (high - low - expected).abs() < 0.1 * expected,
            "{low} {high}"
        );
        assert!((0.5 - low - (high - 0.5)).abs() < 0.02, "{low} {high}");
        assert_eq!(mean(&values[..4]).1, None);
    }

    /// Targets of one sentence are drawn together, so a hundred copies of ten say no more than ten.
    #[test]
    fn what_stands_in_one_cluster_is_drawn_together() {
        let names: Vec<String> = (0..10).map(|at| at.to_string()).collect();
        let width = |copies: usize| {
            let values: Vec<Clustered<f64>> = (0..10 * copies)
                .map(|at| Clustered {
                    cluster: &names[at % 10],
                    value: (at % 10) as f64,
                })
                .collect();
            let (low, high) = mean(&values).1.unwrap();
            high - low
        };
        assert!((width(1) - width(100)).abs() < 1e-9);
    }
}
