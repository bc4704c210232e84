//! What the API answers from: a table, and who brings it up to the time of a query.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use engine::query::QueryOptions;
use store::Table;

type Advance = dyn FnMut(&mut Table, i64) + Send;
type Clock = dyn Fn() -> i64 + Send + Sync;

/// A table behind the API.
pub struct Backing {
    filled: Mutex<Filled>,
    clock: Box<Clock>,
    options: QueryOptions,
    queries: AtomicU64,
    bytes: AtomicU64,
}

struct Filled {
    table: Table,
    advance: Box<Advance>,
}

/// What the API has answered so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Requests to `query` and `query_range`.
    pub queries: u64,
    /// Bytes of the bodies of all answers.
    pub bytes: u64,
}

impl Backing {
    /// A table that `advance` fills up to a time in milliseconds before it is asked about that
    /// time; `clock` is the time of requests that name none.
    pub fn new(
        table: Table,
        advance: impl FnMut(&mut Table, i64) + Send + 'static,
        clock: impl Fn() -> i64 + Send + Sync + 'static,
    ) -> Self {
        Self {
            filled: Mutex::new(Filled { table, advance: Box::new(advance) }),
            clock: Box::new(clock),
            options: QueryOptions::default(),
            queries: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
        }
    }

    /// A table that stays as it is, asked at `now` unless a request names a time.
    pub fn fixed(table: Table, now: i64) -> Self {
        Self::new(table, |_, _| {}, move || now)
    }

    /// What was answered so far.
    pub fn traffic(&self) -> Traffic {
        Traffic {
            queries: self.queries.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
        }
    }

    /// Reads the table once it is filled up to `t`.
    pub(crate) fn read<T>(&self, t: i64, read: impl FnOnce(&Table) -> T) -> T {
        // A query that panicked has not written to the table: what it left is whole.
        let mut filled = self.filled.lock().unwrap_or_else(PoisonError::into_inner);
        let Filled { table, advance } = &mut *filled;
        advance(table, t);
        read(table)
    }

    pub(crate) fn now(&self) -> i64 {
        (self.clock)()
    }

    pub(crate) fn options(&self) -> &QueryOptions {
        &self.options
    }

    pub(crate) fn count_query(&self) {
        self.queries.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_bytes(&self, n: u64) {
        self.bytes.fetch_add(n, Ordering::Relaxed);
    }
}
