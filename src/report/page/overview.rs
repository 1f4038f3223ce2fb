//! What a page is made of: sums over a folder's facts that its reader can select from.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;

use super::super::derived::is_wanted;
use super::super::facts::{ActorPlaces, Facts, Scored, each_document};
use crate::aggregate::{
    ActorSummary, Cell, ClusterWeights, CorpusAggregate, Days, GroupAggregate, GroupSummary,
    LabelCounts, PairAggregate, PairSummary, Period, article_cells, holder_cells, pairs, summarize,
};
use crate::error::Result;

/// Actors, outlets and holders of a page; further outlets are together.
pub(super) const MOST_ACTORS: usize = 24;
pub(super) const MOST_OUTLETS: usize = 30;
pub(super) const MOST_HOLDERS: usize = 20;
/// Periods of a page; of more, the next longer ones are taken, and of years the last ones.
const MOST_PERIODS: usize = 120;
/// Stances of articles that a page holds one by one. Of more, it holds sums, and only the intervals of the tables.
const MOST_ARTICLES: usize = 12_000;

/// What is known of a corpus from its documents alone.
pub(super) struct Corpus {
    /// Outlets of scored articles, those of most articles first.
    pub outlets: Vec<String>,
    /// The periods of the page.
    pub period: Period,
    /// From the first to the last day of scored articles; `None` without dates.
    pub days: Option<Days>,
    pub without_date: u64,
    /// The first days of the page's periods.
    pub periods: Vec<Date>,
    /// Articles before the first of them.
    pub earlier: u64,
    /// Articles by language.
    pub languages: BTreeMap<String, u64>,
    pub articles: u64,
    pub scored: u64,
    pub copies: u64,
    pub sentences: u64,
    pub mentions: u64,
}

impl Corpus {
    pub fn read(scored: &Scored, period: Period) -> Result<Self> {
        let mut outlets: HashMap<String, u64> = HashMap::new();
        let mut corpus = Self {
            outlets: Vec::new(),
            period,
            days: None,
            without_date: 0,
            periods: Vec::new(),
            earlier: 0,
            languages: BTreeMap::new(),
            articles: 0,
            scored: 0,
            copies: 0,
            sentences: 0,
            mentions: 0,
        };
        each_document(scored, |document| {
            corpus.articles += 1;
            corpus.sentences += document.sentences;
            corpus.mentions += document.mentions;
            corpus.copies += u64::from(!document.copy_of.is_empty());
            *corpus
                .languages
                .entry(document.language.to_string())
                .or_default() += 1;
            if !document.scored {
                return;
            }
            corpus.scored += 1;
            *outlets.entry(document.source.to_string()).or_default() += 1;
            match document.date {
                None => corpus.without_date += 1,
                Some(date) => corpus.days = Some(Days::with(corpus.days, date)),
            }
        })?;
        let mut ranked: Vec<(String, u64)> = outlets.into_iter().collect();
        ranked.sort_by(|(a, most), (b, more)| more.cmp(most).then_with(|| a.cmp(b)));
        corpus.outlets = ranked.into_iter().map(|(name, _)| name).collect();
        while corpus.all_periods().len() > MOST_PERIODS {
            let longer = Period::ALL.into_iter().find(|it| *it > corpus.period);
            match longer {
                Some(longer) => corpus.period = longer,
                None => break,
            }
        }
        corpus.periods = corpus.all_periods();
        let earlier = corpus.periods.len().saturating_sub(MOST_PERIODS);
        corpus.periods.drain(..earlier);
        if let (true, Some(&start)) = (earlier > 0, corpus.periods.first()) {
            each_document(scored, |document| {
                let is_earlier = document.date.is_some_and(|date| date < start);
                corpus.earlier += u64::from(document.scored && is_earlier);
            })?;
        }
        Ok(corpus)
    }

    /// The first days of all periods.
    fn all_periods(&self) -> Vec<Date> {
        let starts = self.days.map(|days| self.period.starts(days));
        starts.into_iter().flatten().collect()
    }
}

/// Of which articles a cell is: places among outlets and periods; no period without a date.
pub(super) type Place = (usize, Option<usize>);

/// Articles and mentions of a place, whomever they mention.
#[derive(Default)]
pub(super) struct Total {
    pub articles: u64,
    pub mentions: [u64; 2],
}

/// Sums by whatever they are asked for, and the articles behind them if those are few.
pub(super) struct Sums<K> {
    pub cells: BTreeMap<K, Cell>,
    /// With the key of each article's cluster.
    pub articles: Option<Vec<(K, u64, Cell)>>,
}

impl<K: Ord + Clone> Sums<K> {
    fn new() -> Self {
        Self {
            cells: BTreeMap::new(),
            articles: Some(Vec::new()),
        }
    }

    fn add(&mut self, key: K, cluster: u64, cell: Cell) {
        match self.cells.get_mut(&key) {
            Some(sum) => sum.merge(&cell),
            None => {
                self.cells.insert(key.clone(), cell.clone());
            }
        }
        match &mut self.articles {
            Some(articles) if articles.len() < MOST_ARTICLES => articles.push((key, cluster, cell)),
            articles => *articles = None,
        }
    }
}

/// What is known of a corpus from its mentions.
pub(super) struct Overview {
    pub totals: BTreeMap<Place, Total>,
    /// By place and actor.
    pub actors: Sums<(Place, usize)>,
    /// By place, holder and actor.
    pub holders: Sums<(Place, String, usize)>,
    pub of_actors: Vec<ActorSummary>,
    pub of_periods: Vec<(usize, Vec<GroupSummary>)>,
    pub of_outlets: Vec<(usize, Vec<GroupSummary>)>,
    pub of_pairs: Vec<PairSummary>,
}

impl Overview {
    pub fn read(scored: &Scored, corpus: &Corpus) -> Result<Self> {
        let mut facts = Facts::open_with(scored, is_wanted)?;
        let actors = facts.manifest.actors.len();
        let places = ActorPlaces::of(&facts.manifest.actors);
        let finder = Finder::new(corpus);
        let mut overview = Self {
            totals: BTreeMap::new(),
            actors: Sums::new(),
            holders: Sums::new(),
            of_actors: Vec::new(),
            of_periods: Vec::new(),
            of_outlets: Vec::new(),
            of_pairs: Vec::new(),
        };
        let mut all = CorpusAggregate::new(actors);
        let mut periods = GroupAggregate::new(actors);
        let mut outlets = GroupAggregate::new(actors);
        let mut by_holder = PairAggregate::default();
        while let Some(article) = facts.next()? {
            let document = &article.document;
            if !document.scored {
                continue;
            }
            let found = places.facts(&article.mentions);
            let found = found.map_err(|problem| facts.refuse(&problem))?;
            let place = finder.place(&document.source, document.date);
            let cluster = document.cluster();
            let key = ClusterWeights::key_of(cluster);
            let summaries = summarize(&found);
            let total = overview.totals.entry(place).or_default();
            total.articles += 1;
            for (actor, cell) in article_cells(&found, &summaries) {
                for (sum, labels) in total.mentions.iter_mut().zip(&cell.labels) {
                    *sum += LabelCounts::total(labels);
                }
                overview.actors.add((place, actor), key, cell);
            }
            let of_holders = pairs(&found);
            for (holder, actor, cell) in holder_cells(&found, &of_holders) {
                let of_pair = (place, holder.to_owned(), actor);
                overview.holders.add(of_pair, key, cell);
            }
            all.add(cluster, &summaries);
            by_holder.add(cluster, &of_holders);
            outlets.add(place.0, cluster, &summaries);
            if let Some(period) = place.1 {
                periods.add(period, cluster, &summaries);
            }
        }
        overview.of_actors = all.summaries();
        let owned = |groups: Vec<(&usize, Vec<GroupSummary>)>| {
            groups.into_iter().map(|(&group, it)| (group, it)).collect()
        };
        overview.of_periods = owned(periods.summaries());
        overview.of_outlets = owned(outlets.summaries());
        overview.of_pairs = by_holder.summaries();
        Ok(overview)
    }
}

/// Finds the place of an article.
pub(super) struct Finder {
    outlets: HashMap<String, usize>,
    periods: HashMap<Date, usize>,
    period: Period,
}

impl Finder {
    pub fn new(corpus: &Corpus) -> Self {
        let outlets = corpus.outlets.iter().take(MOST_OUTLETS).cloned();
        Self {
            outlets: outlets.zip(0..).collect(),
            periods: corpus.periods.iter().copied().zip(0..).collect(),
            period: corpus.period,
        }
    }

    /// Articles of further outlets are at the place behind the last one.
    pub fn place(&self, source: &str, date: Option<Date>) -> Place {
        let outlet = self.outlets.get(source).copied();
        let start = date.map(|date| self.period.start(date));
        (
            outlet.unwrap_or(MOST_OUTLETS),
            start.and_then(|start| self.periods.get(&start).copied()),
        )
    }
}
