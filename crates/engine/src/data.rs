//! What expressions are evaluated over: tables, which others fill.

use store::Table;

/// What expressions are evaluated over.
#[derive(Clone, Copy, Debug)]
pub struct Data<'a> {
    /// Samples from outside.
    pub base: Base<'a>,
    /// Series that rules produced; where both have a series, this one counts.
    pub overlay: Option<&'a Table>,
    /// How far back an instant selector looks, in milliseconds.
    pub lookback: i64,
    /// A number that the owner changes whenever the samples do: values are shared between
    /// expressions only within one revision.
    pub revision: u64,
}

/// Where samples from outside lie.
#[derive(Clone, Copy, Debug)]
pub enum Base<'a> {
    /// All in one table, which selectors search.
    Whole(&'a Table),
    /// One table per fragment, in the order of [`crate::Plan::fragments`], holding what was
    /// fetched for it: an instant fragment's samples stand exactly at the times that were asked
    /// for.
    Fragments(&'a [Table]),
}
