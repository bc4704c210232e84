//! Since when a stream is complete, and how far it has come.

use model::Timestamp;

/// What is known of a stream's course.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Arrival {
    /// From when on it is complete.
    since: Option<i64>,
    /// The newest time of any sample.
    newest: Option<i64>,
}

/// A stream begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begun {
    First,
    /// After a gap.
    Again {
        /// The newest sample before the gap.
        after: Timestamp,
    },
}

impl Arrival {
    /// Notes a request with samples from `oldest` to `newest`; whether a stream begins with it. The
    /// times of samples decide, not that of the request: a sender that could not send for a while
    /// sends what it has kept, and nothing is missing.
    ///
    /// Of the time before the newest sample of its first request a stream may bring some series and
    /// not others. From then on it is complete: a sender sends what is scraped after it began, and
    /// one that was held up stopped everything at once.
    pub(crate) fn note(&mut self, (oldest, newest): (i64, i64), gap_ms: i64) -> Option<Begun> {
        let before = self.newest.replace(self.newest.map_or(newest, |known| known.max(newest)));
        let begun = match before {
            None => Begun::First,
            Some(before) if oldest.saturating_sub(before) > gap_ms => {
                Begun::Again { after: Timestamp(before) }
            }
            Some(_) => return None,
        };
        self.since = Some(newest);
        Some(begun)
    }

    pub(crate) fn since(&self) -> Option<Timestamp> {
        self.since.map(Timestamp)
    }

    pub(crate) fn newest(&self) -> Option<Timestamp> {
        self.newest.map(Timestamp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_and_is_sent_later_is_no_gap() {
        let mut arrival = Arrival::default();
        assert_eq!(arrival.note((9, 10), 100), Some(Begun::First));
        assert_eq!(arrival.note((110, 300), 100), None, "sent late");
        assert_eq!(arrival.note((50, 50), 100), None, "another series");
        assert_eq!((arrival.since().unwrap().0, arrival.newest().unwrap().0), (10, 300));
        let again = Begun::Again { after: Timestamp(300) };
        assert_eq!(arrival.note((401, 402), 100), Some(again));
        assert_eq!(arrival.since(), Some(Timestamp(402)));
    }
}
