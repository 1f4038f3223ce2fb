//! Days that are months: `03/04/2025` is settled by the other dates of its file.

use std::collections::VecDeque;
use std::path::PathBuf;

use super::dates::{Dated, Order};
use super::fields::Found;
use super::open::damaged;
use super::readers::{ArticleReader, Read};
use super::rejected::{Fault, Place};
use super::{Article, RejectedKind};
use crate::guard::guarded;

/// Dates of one order after which those that may be of either are taken to be of it, too.
const ENOUGH: u32 = 20;
/// Articles that wait for a date that tells the order, and bytes of their texts. Those of a file without one are told.
const MOST_HELD: usize = 4096;
const MOST_BYTES: usize = 64 << 20;

/// A record whose date is as certain as it will be.
pub(super) struct Settled {
    pub place: Place,
    /// The file inside the input that it is from.
    pub member: Option<String>,
    pub read: Result<Article, Fault>,
    /// What was not read as the record has it.
    pub notices: Vec<Fault>,
}

/// The records of a file, held back while an order of day and month is unknown that a date needs.
pub(super) struct Dates {
    reader: Box<dyn ArticleReader>,
    order: Seen,
    /// Dates that told the order.
    told: u32,
    held: VecDeque<(Place, Option<String>, Read)>,
    held_bytes: usize,
    /// Records at the front of `held` that nothing is waited for.
    free: usize,
    /// Whether the order is settled, and no record waits for it.
    settled: bool,
    ended: bool,
}

/// The order that the file's dates have told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    None,
    One(Order),
    Both,
}

impl Dates {
    pub fn new(reader: Box<dyn ArticleReader>) -> Self {
        Self {
            reader,
            order: Seen::None,
            told: 0,
            held: VecDeque::new(),
            held_bytes: 0,
            free: 0,
            settled: false,
            ended: false,
        }
    }

    /// The same where all dates of the corpus have told the order before.
    pub fn settled_by(reader: Box<dyn ArticleReader>, order: Seen) -> Self {
        Self {
            order,
            settled: true,
            ..Self::new(reader)
        }
    }

    /// Files in the file that are of no known format, since the last call.
    pub fn skipped(&mut self) -> Vec<PathBuf> {
        self.reader.skipped()
    }

    /// The next record; `None` at the end.
    pub fn next(&mut self) -> Option<Settled> {
        loop {
            // One date may be a slip, and another of the file may tell otherwise.
            let open = !self.settled && self.order != Seen::Both && self.told < ENOUGH;
            let waits = open && self.held.front().is_some_and(|(_, _, read)| is_tie(read));
            let full = self.held.len() >= MOST_HELD || self.held_bytes >= MOST_BYTES;
            if waits && full {
                self.free = self.held.len();
            }
            if !self.held.is_empty() && (!waits || self.ended || self.free > 0) {
                self.free = self.free.saturating_sub(1);
                let (place, member, read) = self.held.pop_front()?;
                self.held_bytes -= size(&read);
                return Some(self.settled(place, member, read));
            }
            if self.ended {
                return None;
            }
            // A reader that broke is not asked again.
            let next = guarded(|| self.reader.next_record()).unwrap_or_else(|panic| {
                self.ended = true;
                Some((Place::File, Err(damaged(&panic))))
            });
            match next {
                Some((place, read)) => {
                    self.learn(&read);
                    self.held_bytes += size(&read);
                    let member = self.reader.member().map(str::to_owned);
                    self.held.push_back((place, member, read));
                }
                None => self.ended = true,
            }
        }
    }

    fn learn(&mut self, read: &Read) {
        if self.settled {
            return;
        }
        let Ok(Found {
            dated: Some(Dated::One(_, Some(order))),
            ..
        }) = read
        else {
            return;
        };
        self.told += 1;
        self.order = match self.order {
            Seen::None => Seen::One(*order),
            Seen::One(known) if known == *order => Seen::One(known),
            Seen::One(_) | Seen::Both => Seen::Both,
        };
    }

    fn settled(&self, place: Place, member: Option<String>, read: Read) -> Settled {
        let mut notices = Vec::new();
        let read = read.map(|found| {
            let mut article = found.article;
            notices = found.notices;
            if let Some(Dated::Either {
                day_first,
                month_first,
            }) = found.dated
            {
                match self.order {
                    Seen::One(Order::DayFirst) => article.published = Some(day_first),
                    Seen::One(Order::MonthFirst) => article.published = Some(month_first),
                    Seen::None | Seen::Both => {
                        let other = match self.order {
                            Seen::Both => "the file has dates of both orders",
                            _ => "no other date of the file tells which",
                        };
                        let reason = format!(
                            "the date may be {} or {}, and {other}; write it as 2025-08-15; the article was scored without a date",
                            day_first.date(),
                            month_first.date()
                        );
                        notices.push(Fault::new(RejectedKind::Date, reason));
                    }
                }
            }
            article
        });
        Settled {
            place,
            member,
            read,
            notices,
        }
    }
}

fn is_tie(read: &Read) -> bool {
    matches!(
        read,
        Ok(Found {
            dated: Some(Dated::Either { .. }),
            ..
        })
    )
}

fn size(read: &Read) -> usize {
    read.as_ref().map_or(0, |found| found.article.text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Published;

    struct Given(VecDeque<(Place, Read)>);

    impl ArticleReader for Given {
        fn next_record(&mut self) -> Option<(Place, Read)> {
            self.0.pop_front()
        }
    }

    fn dates(fields: &[&str]) -> Vec<Result<String, String>> {
        let records = fields.iter().zip(1..).map(|(field, line)| {
            let dated = Published::read(field).unwrap();
            let mut article = Article::of_text("Text.");
            if let Dated::One(published, _) = dated {
                article.published = Some(published);
            }
            let found = Found {
                article,
                dated: Some(dated),
                notices: Vec::new(),
            };
            (Place::Line(line), Ok(found))
        });
        let mut dates = Dates::new(Box::new(Given(records.collect())));
        let mut found = Vec::new();
        while let Some(settled) = dates.next() {
            let published = settled.read.unwrap().published;
            found.push(
                published
                    .map(|it| it.to_string())
                    .ok_or_else(|| settled.notices[0].reason.clone()),
            );
        }
        found
    }

    #[test]
    fn other_dates_of_the_file_settle_a_tie_before_and_behind_them() {
        let found = dates(&["03/04/2025", "2025-01-01", "25/04/2025", "05/04/2025"]);
        let days: Vec<_> = found.into_iter().map(Result::unwrap).collect();
        assert_eq!(
            days,
            ["2025-04-03", "2025-01-01", "2025-04-25", "2025-04-05"]
        );
        let found = dates(&["03/04/2025", "04/25/2025"]);
        assert_eq!(found[0].as_deref(), Ok("2025-03-04"));
    }

    #[test]
    fn what_stays_open_is_told() {
        let found = dates(&["03/04/2025", "04/04/2025"]);
        assert!(
            found[0]
                .as_ref()
                .unwrap_err()
                .contains("2025-04-03 or 2025-03-04, and no other date")
        );
        assert_eq!(found[1].as_deref(), Ok("2025-04-04"));
        for fields in [
            ["25/04/2025", "04/25/2025", "03/04/2025"],
            ["25/04/2025", "03/04/2025", "04/25/2025"],
        ] {
            let tie = dates(&fields).into_iter().find_map(Result::err);
            assert!(tie.unwrap().contains("both orders"));
        }
    }
}
