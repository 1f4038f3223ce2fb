//! Tables of an actor in each group of articles, which differ in what the groups are.

use std::borrow::Cow;

use jiff::civil::Date;

use super::row::table;
use super::tables::{Figures, Text};
use crate::aggregate::GroupSummary;
use crate::decimal::Millionths;

/// Defines such a table: its first columns are the group, all others are the same.
macro_rules! group_table {
    ($(#[$about:meta])* $table:literal, $row:ident { $($group:tt)+ }) => {
        group_table! {
            $(#[$about])*
            $table, $row { $($group)+ }
            /// Articles that mention the actor.
            articles,
            /// Articles that were scored, whomever they mention.
            articles_total,
            /// Mentions of the actor.
            mentions,
        }
    };
    (
        $(#[$about:meta])* $table:literal, $row:ident { $( #[doc = $meaning:literal] $group:ident: $type:ty, )+ }
        #[doc = $articles:literal] articles,
        #[doc = $total:literal] articles_total,
        #[doc = $mentions:literal] mentions,
    ) => {
        table! {
            $(#[$about])*
            $table, $row {
            $( #[doc = $meaning] $group: $type, )+
            /// The actor's id.
            actor: Text<'a>,
            #[doc = $articles]
            articles: u64,
            #[doc = $total]
            articles_total: u64,
            #[doc = $mentions]
            mentions: u64,
            /// Mentions labelled negative.
            negative: u64,
            /// Mentions labelled neutral.
            neutral: u64,
            /// Mentions labelled positive.
            positive: u64,
            /// The mean over these articles of the article stance; empty without mentions.
            stance: Option<Millionths>,
            /// Lower end of its 95 % interval; empty with fewer than five articles.
            stance_low: Option<Millionths>,
            /// Upper end of that interval.
            stance_high: Option<Millionths>,
            /// The mean over these articles of author_stance; empty without such.
            author_stance: Option<Millionths>,
            /// Lower end of its 95 % interval.
            author_stance_low: Option<Millionths>,
            /// Upper end of that interval.
            author_stance_high: Option<Millionths>,
            /// The mean over these articles of quoted_stance; empty without such.
            quoted_stance: Option<Millionths>,
            /// Lower end of its 95 % interval.
            quoted_stance_low: Option<Millionths>,
            /// Upper end of that interval.
            quoted_stance_high: Option<Millionths>,
            }
        }

        impl<'a> $row<'a> {
            /// The row of an actor.
            pub(super) fn new($( $group: $type, )+ id: &'a str, summary: &GroupSummary) -> Self {
                let [stance, author, quoted] = summary.stances().map(Figures::of);
                Self {
                    $( $group, )+
                    actor: Cow::from(id),
                    articles: summary.articles,
                    articles_total: summary.articles_total,
                    mentions: summary.labels.total(),
                    negative: summary.labels.negative,
                    neutral: summary.labels.neutral,
                    positive: summary.labels.positive,
                    stance: stance.mean,
                    stance_low: stance.low,
                    stance_high: stance.high,
                    author_stance: author.mean,
                    author_stance_low: author.low,
                    author_stance_high: author.high,
                    quoted_stance: quoted.mean,
                    quoted_stance_low: quoted.low,
                    quoted_stance_high: quoted.high,
                }
            }
        }
    };
}

group_table! {
    /// One actor in one period, with or without a mention.
    "timeline", TimelineRow {
        /// The first day of the period.
        period: Date,
    }
}

group_table! {
    /// One actor in the articles of one outlet, with or without a mention.
    "sources", SourceRow {
        /// The outlet; empty for articles that have none.
        source: Text<'a>,
    }
}

group_table! {
    /// One actor in the articles that share a value and a period, with or without a mention.
    "breakdown", BreakdownRow {
        /// The column of documents that the articles are grouped by.
        field: Text<'a>,
        /// Its value; empty for articles that have none.
        value: Text<'a>,
        /// The first day of the period; empty for articles without a date, and without --period.
        period: Option<Date>,
    }
}

group_table! {
    /// One holder and one actor: who speaks how of whom.
    "pairs", PairRow {
        /// Whose attitude it is: author, an actor's id, a name, or unnamed.
        holder: Text<'a>,
    }
    /// Articles with a mention of the actor that is the holder's.
    articles,
    /// Articles that mention the actor.
    articles_total,
    /// Mentions that are the holder's.
    mentions,
}
