//! The stance towards each actor in each group of articles: a period, an outlet.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::article::{ArticleSummary, LabelCounts};
use super::bootstrap::{Bootstrap, CLUSTERS_FOR_INTERVAL, ClusterWeights};
use super::corpus::Estimate;
use crate::decimal::Millionths;

/// How a group of articles portrays one actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupSummary {
    /// The actor's place in the catalogue.
    pub actor: usize,
    /// Articles of the group that mention the actor.
    pub articles: u64,
    /// Articles of the group.
    pub articles_total: u64,
    /// Mentions by label.
    pub labels: LabelCounts,
    /// Over all mentions; `None` without mentions.
    pub stance: Option<Estimate>,
    /// Over mentions in the author's own words; `None` without such.
    pub author_stance: Option<Estimate>,
    /// Over mentions in somebody else's words; `None` without such.
    pub quoted_stance: Option<Estimate>,
}

impl GroupSummary {
    /// Over all mentions, the author's and quoted ones.
    pub fn stances(&self) -> [Option<Estimate>; 3] {
        [self.stance, self.author_stance, self.quoted_stance]
    }
}

/// Running totals of groups. Memory grows by 24 bytes for each actor of an article: intervals need all of them, and
/// a resample of each group would need more.
#[derive(Debug, Clone)]
pub struct GroupAggregate<G> {
    actors: usize,
    groups: BTreeMap<G, Group>,
}

#[derive(Debug, Clone)]
struct Group {
    articles: u64,
    actors: Vec<Totals>,
}

/// What a group's articles have of one actor.
#[derive(Debug, Clone, Default)]
pub(super) struct Totals {
    labels: LabelCounts,
    articles: Vec<Stances>,
}

/// The stances of an article, in millionths.
#[derive(Debug, Clone, Copy)]
struct Stances {
    cluster: u64,
    stance: i32,
    author: i32,
    quoted: i32,
}

/// Instead of a stance that an article does not have.
const NONE: i32 = i32::MIN;

/// Of a stance, which is in [-1, 1].
fn narrow(stance: Option<Millionths>) -> i32 {
    stance.map_or(NONE, |stance| i32::try_from(stance.0).unwrap_or(NONE))
}

impl<G: Ord> GroupAggregate<G> {
    /// Totals of nothing, for a catalogue of so many actors.
    pub fn new(actors: usize) -> Self {
        Self {
            actors,
            groups: BTreeMap::new(),
        }
    }

    /// Makes a group that has no article.
    pub fn touch(&mut self, group: G) {
        self.group(group);
    }

    fn group(&mut self, group: G) -> &mut Group {
        let actors = self.actors;
        self.groups.entry(group).or_insert_with(|| Group {
            articles: 0,
            actors: vec![Totals::default(); actors],
        })
    }

    /// Adds an article to a group. Articles of the same cluster are resampled together.
    pub fn add(&mut self, group: G, cluster: &str, summaries: &[ArticleSummary]) {
        let group = self.group(group);
        group.articles += 1;
        let cluster = ClusterWeights::key_of(cluster);
        for summary in summaries {
            group.actors[summary.actor].add(cluster, summary);
        }
    }

    /// The groups, in their order.
    pub fn groups(&self) -> impl DoubleEndedIterator<Item = &G> {
        self.groups.keys()
    }

    /// For each group a summary for each actor, in catalogue order.
    pub fn summaries(&self) -> Vec<(&G, Vec<GroupSummary>)>
    where
        G: Sync,
    {
        let groups: Vec<(&G, &Group)> = self.groups.iter().collect();
        let of_group = |(name, group): (_, &Group)| {
            let actors = group.actors.iter().enumerate();
            let summaries = actors.map(|(actor, totals)| totals.summary(actor, group.articles));
            (name, summaries.collect())
        };
        groups.into_par_iter().map(of_group).collect()
    }
}

impl Totals {
    /// Adds an article of a cluster.
    pub fn add(&mut self, cluster: u64, summary: &ArticleSummary) {
        self.labels.merge(&summary.labels);
        self.articles.push(Stances {
            cluster,
            stance: narrow(Some(summary.stance)),
            author: narrow(summary.author_stance),
            quoted: narrow(summary.quoted_stance),
        });
    }

    pub fn summary(&self, actor: usize, articles_total: u64) -> GroupSummary {
        let mut sums = [(Millionths::default(), 0_u64); 3];
        let mut resampled: [Option<Bootstrap>; 3] = [None, None, None];
        let resamples = self.articles.len() >= CLUSTERS_FOR_INTERVAL;
        for article in &self.articles {
            let weights = resamples.then(|| ClusterWeights::of_key(article.cluster));
            let stances = [article.stance, article.author, article.quoted];
            for ((stance, (sum, count)), bootstrap) in
                stances.into_iter().zip(&mut sums).zip(&mut resampled)
            {
                if stance == NONE {
                    continue;
                }
                let stance = Millionths(i64::from(stance));
                *sum += stance;
                *count += 1;
                if let Some(weights) = &weights {
                    bootstrap.get_or_insert_default().add(stance, weights);
                }
            }
        }
        let estimate = |at: usize| {
            let (sum, count) = sums[at];
            (count > 0).then(|| Estimate {
                stance: Millionths::mean(sum, count),
                interval: resampled[at].as_ref().and_then(Bootstrap::interval),
            })
        };
        GroupSummary {
            actor,
            articles: self.articles.len() as u64,
            articles_total,
            labels: self.labels,
            stance: estimate(0),
            author_stance: estimate(1),
            quoted_stance: estimate(2),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn article(stance: i64, quoted: Option<i64>) -> ArticleSummary {
        ArticleSummary {
            actor: 1,
            labels: LabelCounts {
                neutral: 2,
                ..LabelCounts::default()
            },
            sentences: 1,
            stance: Millionths(stance),
            author_stance: None,
            quoted_stance: quoted.map(Millionths),
            headline_stance: None,
        }
    }

    #[test]
    fn groups_count_all_their_articles_and_have_intervals_from_five_clusters_on() {
        let mut groups = GroupAggregate::new(2);
        for number in 0..6 {
            groups.add(
                "b",
                &number.to_string(),
                &[article(100_000 * number, Some(0))],
            );
        }
        groups.add("b", "x", &[]);
        for _ in 0..6 {
            groups.add("a", "one", &[article(-500_000, None)]);
        }
        groups.touch("c");
        let found: Vec<_> = groups.summaries();
        let names: Vec<&str> = found.iter().map(|(name, _)| **name).collect();
        assert_eq!(names, ["a", "b", "c"]);
        let [a, b, c] = [0, 1, 2].map(|at: usize| found[at].1[1]);
        assert_eq!((a.articles, a.stance.unwrap().interval), (6, None));
        assert_eq!((b.articles, b.articles_total, b.labels.total()), (6, 7, 12));
        assert_eq!(b.stance.unwrap().stance, Millionths(250_000));
        assert!(b.stance.unwrap().interval.is_some());
        assert_eq!(
            (b.author_stance, b.quoted_stance.unwrap().stance),
            (None, Millionths(0))
        );
        assert_eq!((c.articles, c.articles_total, c.stance), (0, 0, None));
        assert_eq!(found[0].1[0].articles_total, 6);
    }
}
