//! What a page knows, in the form that its scripts read (assets/data.js describes it).

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use serde::Serialize;

use super::super::Comparison;
use super::super::manifest::{Manifest, VERSION};
use super::compared::Compared;
use super::evidence::{Sentence, cut};
use super::method::Method;
use super::overview::{Corpus, MOST_OUTLETS, Overview, Place, Sums};
use crate::aggregate::{Cell, Estimate, GroupSummary};

/// How much a page holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub actors: usize,
    pub outlets: usize,
    pub holders: usize,
    pub sentences: usize,
}

/// The data of a page.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Data {
    version: &'static str,
    corpus: About,
    method: Method,
    actors: Vec<Name>,
    /// Actors of the catalogue that the page leaves out.
    actors_left: usize,
    outlets: Vec<String>,
    /// Outlets that are together behind the last one.
    outlets_left: usize,
    period: &'static str,
    periods: Vec<String>,
    totals: Totals,
    units: Units,
    holders: Vec<Name>,
    pairs: Units,
    /// Of clusters, in hexadecimal digits; empty if units are sums of several articles.
    keys: Vec<String>,
    intervals: Option<Intervals>,
    sentences: Vec<Sentence>,
    comparison: Option<Compared>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct About {
    articles: u64,
    scored: u64,
    copies: u64,
    rejected: u64,
    sentences: u64,
    mentions: u64,
    first: Option<String>,
    last: Option<String>,
    without_date: u64,
    earlier: u64,
    outlets: usize,
    languages: Vec<(String, u64)>,
}

#[derive(Serialize)]
struct Name {
    id: String,
    name: String,
}

/// Columns of equal length.
#[derive(Serialize, Default)]
struct Totals {
    outlet: Vec<usize>,
    period: Vec<i64>,
    articles: Vec<u64>,
    author: Vec<u64>,
    quoted: Vec<u64>,
}

/// Columns of equal length: stances towards an actor in an article, or in several.
#[derive(Serialize, Default)]
struct Units {
    outlet: Vec<usize>,
    period: Vec<i64>,
    actor: Vec<usize>,
    /// Of pairs only.
    holder: Vec<usize>,
    /// Places of keys; empty if units are sums.
    cluster: Vec<usize>,
    articles: [Vec<u64>; 3],
    sums: [Vec<i64>; 3],
    labels: [Vec<u64>; 6],
    /// Bar and mentions, one after the other.
    histogram: Vec<Vec<u64>>,
}

/// Intervals of the tables, where a page does not have the articles behind them: for each voice low and high.
#[derive(Serialize)]
struct Intervals {
    /// By actor.
    all: Vec<[Ends; 3]>,
    /// By period and actor, by outlet and actor, by holder and actor.
    periods: Vec<(usize, usize, [Ends; 3])>,
    outlets: Vec<(usize, usize, [Ends; 3])>,
    holders: Vec<(usize, usize, [Ends; 3])>,
}

pub(super) type Ends = Option<(i64, i64)>;

/// The ranks of what a page shows, most first.
pub(super) struct Ranks {
    pub actors: Vec<usize>,
    pub holders: Vec<String>,
}

impl Ranks {
    pub fn of(overview: &Overview) -> Self {
        let mut actors: Vec<usize> = (0..overview.of_actors.len()).collect();
        let mentions = |at: &usize| overview.of_actors[*at].labels.total();
        // Actors that nobody mentions are shown as long as there is room.
        actors.sort_by_key(|at| std::cmp::Reverse(mentions(at)));
        let mut articles: BTreeMap<&str, u64> = BTreeMap::new();
        for pair in &overview.of_pairs {
            *articles.entry(&pair.holder).or_default() += pair.of_actor.articles;
        }
        let mut holders: Vec<(&str, u64)> = articles.into_iter().collect();
        holders.sort_by_key(|&(_, articles)| std::cmp::Reverse(articles));
        Self {
            actors,
            holders: holders
                .into_iter()
                .map(|(name, _)| name.to_owned())
                .collect(),
        }
    }
}

/// What a page is made of.
pub(super) struct Sources<'a> {
    pub manifest: &'a Manifest,
    pub corpus: &'a Corpus,
    pub overview: &'a Overview,
    pub ranks: &'a Ranks,
    pub sentences: &'a [Sentence],
    pub comparison: Option<&'a Comparison>,
}

impl Data {
    pub fn of(sources: &Sources, limits: Limits) -> Self {
        let Sources {
            manifest,
            corpus,
            overview,
            ranks,
            ..
        } = sources;
        let shown = &ranks.actors[..limits.actors.min(ranks.actors.len())];
        let mut shown = shown.to_vec();
        // In the order of the catalogue.
        shown.sort_unstable();
        let actors = places(shown.iter().copied());
        let named: Vec<String> = ranks.holders.iter().take(limits.holders).cloned().collect();
        let holders = places(named.iter().cloned());
        let outlets = limits.outlets.min(corpus.outlets.len());
        let mut keys = Keys::default();
        let units = Units::of(&overview.actors, &mut keys, outlets, |(place, actor)| {
            Some((*place, *actors.get(actor)?, None))
        });
        let pairs = Units::of(
            &overview.holders,
            &mut keys,
            outlets,
            |(place, holder, actor)| {
                Some((*place, *actors.get(actor)?, Some(*holders.get(holder)?)))
            },
        );
        let names: HashMap<&str, &str> = manifest
            .actors
            .iter()
            .map(|it| (&*it.id, &*it.name))
            .collect();
        let has_articles =
            overview.actors.articles.is_some() && overview.holders.articles.is_some();
        Self {
            version: VERSION,
            corpus: About::of(manifest, corpus),
            method: Method::of(manifest),
            actors: shown
                .iter()
                .map(|&at| Name {
                    id: cut(&manifest.actors[at].id),
                    name: cut(&manifest.actors[at].name),
                })
                .collect(),
            actors_left: manifest.actors.len() - shown.len(),
            outlets: corpus.outlets[..outlets].iter().map(|it| cut(it)).collect(),
            outlets_left: corpus.outlets.len() - outlets,
            period: corpus.period.name(),
            periods: corpus.periods.iter().map(ToString::to_string).collect(),
            totals: Totals::of(overview, outlets),
            units,
            holders: named
                .iter()
                .map(|holder| Name {
                    id: cut(holder),
                    name: cut(names.get(&**holder).unwrap_or(&&**holder)),
                })
                .collect(),
            pairs,
            keys: keys.names,
            intervals: (!has_articles).then(|| Intervals::of(overview, &actors, &holders, outlets)),
            sentences: sources
                .sentences
                .iter()
                .filter_map(|it| {
                    Some(Sentence {
                        actor: *actors.get(&it.actor)?,
                        outlet: it.outlet.min(outlets),
                        ..it.clone()
                    })
                })
                .take(limits.sentences)
                .collect(),
            comparison: sources.comparison.map(Compared::of),
        }
    }
}

fn places<K: Eq + Hash>(keys: impl Iterator<Item = K>) -> HashMap<K, usize> {
    keys.zip(0..).collect()
}

impl About {
    fn of(manifest: &Manifest, corpus: &Corpus) -> Self {
        let mut languages: Vec<(String, u64)> = corpus
            .languages
            .iter()
            .map(|(code, &it)| (code.clone(), it))
            .collect();
        languages.sort_by_key(|&(_, articles)| std::cmp::Reverse(articles));
        Self {
            articles: corpus.articles,
            scored: corpus.scored,
            copies: corpus.copies,
            rejected: manifest.counts.rejected,
            sentences: corpus.sentences,
            mentions: corpus.mentions,
            first: corpus.days.map(|it| it.first.to_string()),
            last: corpus.days.map(|it| it.last.to_string()),
            without_date: corpus.without_date,
            earlier: corpus.earlier,
            outlets: corpus.outlets.len(),
            languages,
        }
    }
}

impl Totals {
    fn of(overview: &Overview, outlets: usize) -> Self {
        let mut totals = Self::default();
        let mut merged: BTreeMap<Place, [u64; 3]> = BTreeMap::new();
        for (&(outlet, period), total) in &overview.totals {
            let sum = merged.entry((outlet.min(outlets), period)).or_default();
            let of = [total.articles, total.mentions[0], total.mentions[1]];
            sum.iter_mut().zip(of).for_each(|(sum, more)| *sum += more);
        }
        for ((outlet, period), [articles, author, quoted]) in merged {
            totals.outlet.push(outlet);
            totals.period.push(signed(period));
            totals.articles.push(articles);
            totals.author.push(author);
            totals.quoted.push(quoted);
        }
        totals
    }
}

fn signed(period: Option<usize>) -> i64 {
    period.map_or(-1, |it| it as i64)
}

/// Keys of clusters and their places.
#[derive(Default)]
struct Keys {
    names: Vec<String>,
    places: HashMap<u64, usize>,
}

impl Keys {
    fn place(&mut self, key: u64) -> usize {
        *self.places.entry(key).or_insert_with(|| {
            self.names.push(format!("{key:016x}"));
            self.names.len() - 1
        })
    }
}

type Target = (Place, usize, Option<usize>);

impl Units {
    /// Of sums, those that `target` gives a place.
    fn of<K: Ord>(
        sums: &Sums<K>,
        keys: &mut Keys,
        outlets: usize,
        target: impl Fn(&K) -> Option<Target>,
    ) -> Self {
        let target = |key: &K| {
            target(key).map(|((outlet, period), actor, holder)| {
                ((outlet.min(outlets), period), actor, holder)
            })
        };
        let mut units = Self::default();
        if let Some(articles) = &sums.articles {
            for (key, cluster, cell) in articles {
                if let Some(target) = target(key) {
                    units.cluster.push(keys.place(*cluster));
                    units.push(target, cell);
                }
            }
            return units;
        }
        let mut merged: BTreeMap<Target, Cell> = BTreeMap::new();
        for (key, cell) in &sums.cells {
            if let Some(target) = target(key) {
                merged
                    .entry(target)
                    .and_modify(|sum| sum.merge(cell))
                    .or_insert_with(|| cell.clone());
            }
        }
        for (target, cell) in merged {
            units.push(target, &cell);
        }
        units
    }

    fn push(&mut self, ((outlet, period), actor, holder): Target, cell: &Cell) {
        self.outlet.push(outlet);
        self.period.push(signed(period));
        self.actor.push(actor);
        self.holder.extend(holder);
        for place in 0..self.articles.len() {
            self.articles[place].push(cell.articles[place]);
            self.sums[place].push(cell.sums[place].0);
        }
        let labels = cell
            .labels
            .iter()
            .flat_map(|it| [it.negative, it.neutral, it.positive]);
        for (column, count) in self.labels.iter_mut().zip(labels) {
            column.push(count);
        }
        if holder.is_none() {
            let bars = (0..)
                .zip(&cell.histogram)
                .filter(|&(_, &mentions)| mentions > 0);
            self.histogram
                .push(bars.flat_map(|(bar, &mentions)| [bar, mentions]).collect());
        }
    }
}

impl Intervals {
    fn of(
        overview: &Overview,
        actors: &HashMap<usize, usize>,
        holders: &HashMap<String, usize>,
        outlets: usize,
    ) -> Self {
        let mut all = vec![[None; 3]; actors.len()];
        for (&from, &to) in actors {
            let of = &overview.of_actors[from];
            all[to] = of.stances().map(ends);
        }
        let grouped = |groups: &[(usize, Vec<GroupSummary>)], most: usize| {
            let mut found = Vec::new();
            for (group, summaries) in groups.iter().filter(|(group, _)| *group < most) {
                for of in summaries {
                    let stances = of.stances().map(ends);
                    if let (Some(&actor), true) = (actors.get(&of.actor), stances[0].is_some()) {
                        found.push((*group, actor, stances));
                    }
                }
            }
            found
        };
        let pairs = overview.of_pairs.iter().filter_map(|pair| {
            let of = &pair.of_actor;
            let (holder, actor) = (*holders.get(&pair.holder)?, *actors.get(&of.actor)?);
            Some((holder, actor, of.stances().map(ends)))
        });
        Self {
            all,
            periods: grouped(&overview.of_periods, usize::MAX),
            outlets: grouped(&overview.of_outlets, outlets.min(MOST_OUTLETS)),
            holders: pairs.collect(),
        }
    }
}

fn ends(estimate: Option<Estimate>) -> Ends {
    let (low, high) = estimate?.interval?;
    Some((low.0, high.0))
}
