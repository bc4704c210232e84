//! Rows that lead to rows: what a node calls what its input has.

use std::borrow::Cow;

use model::Labels;

use super::{
    RowMap, buckets, is_trim,
    origin::{Delta, Origins, moved_rows},
    rows::{self, LabelReplace},
    source::{Source, Tables},
};
use crate::{
    engine::Ctx,
    plan::node::{Op, RangeFrom, RangeInput},
    row::{METADATA, Row},
};

/// How a node names its rows.
pub(super) struct Renaming<'a> {
    kind: Kind,
    rename: Box<dyn Fn(&Row) -> Row + 'a>,
    /// Whether rows of equal label sets stay apart.
    duplicates_pass: bool,
    /// Whether names stay until the end: then rows may have equal label sets.
    delayed: bool,
    /// Whether names that are dropped may stay among the labels.
    hides: bool,
}

/// What renaming does to label sets.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Nothing,
    /// It takes the metric name and its companions.
    Drops,
    Anything,
}

/// What is renamed.
#[derive(Clone, Copy)]
pub(super) enum Input<'a> {
    Rows(&'a [Row]),
    Series(&'a Source, Tables<'a>),
}

impl<'a> Input<'a> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Rows(rows) => rows.len(),
            Self::Series(source, _) => source.series.len(),
        }
    }

    pub(super) fn labels(&self, i: usize) -> Cow<'a, Labels> {
        match self {
            Self::Rows(rows) => Cow::Borrowed(&rows[i].labels),
            Self::Series(source, tables) => tables.labels(source.series[i]),
        }
    }

    fn row(&self, i: usize) -> Cow<'a, Row> {
        match self {
            Self::Rows(rows) => Cow::Borrowed(&rows[i]),
            Self::Series(..) => Cow::Owned(Row::of(self.labels(i).into_owned())),
        }
    }
}

impl<'a> Renaming<'a> {
    /// How an operation names its rows, if each row of an input leads to one.
    pub(super) fn of(op: &'a Op, ctx: &'a Ctx<'_>) -> Option<Self> {
        let delayed = ctx.delayed_names();
        let new = |kind, duplicates_pass, rename: Box<dyn Fn(&Row) -> Row + 'a>| {
            let hides = kind == Kind::Drops && ctx.names_are_ignored && !delayed;
            Some(Self { kind, rename, duplicates_pass, delayed, hides })
        };
        let keep = |pass| new(Kind::Nothing, pass, Box::new(Row::clone));
        let drop = |pass| new(Kind::Drops, pass, Box::new(|row| drop_name(row, ctx)));
        let pass = ctx.lets_duplicates_pass();
        match op {
            // Row by row, even where two differ in whether they lose their name only.
            Op::Repeat { .. }
            | Op::Raw(_)
            | Op::Select { .. }
            | Op::Smoothed { .. }
            | Op::InfoTime { .. } => keep(true),
            Op::SampleTime { .. } | Op::StartTime { .. } | Op::Negate(_) => drop(delayed),
            Op::Window { function, input, .. } => {
                let keeps = function.row().keeps_name;
                match (keeps, input.from) {
                    (false, _) => drop(delayed),
                    (true, RangeFrom::Fragment(_)) => keep(delayed),
                    (true, RangeFrom::Subquery(_)) => new(
                        Kind::Anything,
                        delayed,
                        Box::new(|r| if r.drop_name { drop_name(r, ctx) } else { r.clone() }),
                    ),
                }
            }
            Op::Math { function, arg, .. }
                if function.row().keeps_name || ctx.plan.node(*arg).op.is_scalar() =>
            {
                keep(pass)
            }
            Op::Math { .. } | Op::EvalTime(_) => drop(pass),
            Op::DropNames(_) => new(Kind::Anything, false, Box::new(nameless)),
            Op::HistogramNumber { .. } => {
                new(Kind::Anything, pass, Box::new(|row| buckets::number_row(row, ctx)))
            }
            Op::Sort { .. } | Op::SortByLabel { .. } => keep(pass),
            Op::VectorScalar { op, bool, .. } => {
                let keeps = !bool && (op.is_comparison() || is_trim(*op));
                if keeps { keep(pass) } else { drop(pass) }
            }
            Op::LabelReplace { dst, template, src, pattern, .. } => {
                let replace = LabelReplace::new(dst, template, src, pattern);
                new(Kind::Anything, false, Box::new(move |row| replace.apply(row)))
            }
            Op::LabelJoin { dst, separator, src, .. } => new(
                Kind::Anything,
                false,
                Box::new(|row| rows::label_join(row, dst, separator, src)),
            ),
            _ => None,
        }
    }

    /// Names all rows.
    pub(super) fn bind(&self, input: Input<'_>) -> (Vec<Row>, RowMap) {
        let n = input.len();
        let all = |rename: &dyn Fn(&Row) -> Row| (0..n).map(|i| rename(&input.row(i))).collect();
        let renamed = || all(&*self.rename);
        if self.duplicates_pass {
            return RowMap::new(renamed(), true);
        }
        match input {
            Input::Rows(rows) if self.delayed => RowMap::beside_twins(renamed(), rows),
            _ if self.merges_nothing(input, 0, 1..n) => {
                debug_assert!(RowMap::new(renamed(), false).1.identity, "rows were merged");
                let mut map = RowMap::same(n);
                (map.merges_nothing, map.hides_names) = (true, self.hides);
                (if self.hides { all(&hidden) } else { renamed() }, map)
            }
            _ => RowMap::new(renamed(), false),
        }
    }

    /// Follows rows of the input that came or went; where its own came from.
    pub(super) fn follow(
        &self,
        input: Input<'_>,
        delta: &Delta,
        before: &mut Vec<Row>,
        map: &mut RowMap,
    ) -> Option<(Vec<Row>, Origins)> {
        let n = input.len();
        let hides = map.hides_names;
        let renamed = |i: usize| {
            if hides { hidden(&input.row(i)) } else { (self.rename)(&input.row(i)) }
        };
        if self.delayed && !self.duplicates_pass {
            return None;
        }
        let known = (0..n).find(|row| delta.old(*row).is_some()).unwrap_or(0);
        let stays = || map.merges_nothing && self.merges_nothing(input, known, delta.new_rows(n));
        if self.duplicates_pass || stays() {
            map.resize(n);
            return Some((moved_rows(before, delta, renamed), delta.origins(n)));
        }
        if map.hides_names {
            return None;
        }
        map.merges_nothing = false;
        Some(map.follow(std::mem::take(before), (delta, n), renamed))
    }

    /// Whether some rows, and a known one of the others, get label sets that no others get: label
    /// sets differ before, and lose the same labels.
    fn merges_nothing(
        &self,
        input: Input<'_>,
        known: usize,
        mut some: impl Iterator<Item = usize>,
    ) -> bool {
        match self.kind {
            _ if self.delayed => false,
            Kind::Nothing => true,
            Kind::Drops => {
                let known = (known < input.len()).then(|| input.labels(known));
                some.all(|i| {
                    let labels = input.labels(i);
                    metadata(&labels).eq(known.iter().flat_map(|known| metadata(known)))
                })
            }
            Kind::Anything => false,
        }
    }
}

/// The row without its name, which is still there.
fn hidden(row: &Row) -> Row {
    Row { labels: row.labels.clone(), drop_name: true }
}

/// What goes with the metric name, in order.
fn metadata(labels: &Labels) -> impl Iterator<Item = (&str, &str)> {
    let [.., last] = METADATA;
    labels.iter().take_while(move |(name, _)| *name <= last).filter(|(n, _)| METADATA.contains(n))
}

/// The row at the end, when names that were to stay until then go.
fn nameless(row: &Row) -> Row {
    Row::of(row.result_labels(true).into_owned())
}

/// The row without its metric name, or to lose it at the end.
pub(crate) fn drop_name(row: &Row, ctx: &Ctx<'_>) -> Row {
    let stays = ctx.delayed_names();
    let labels = if stays { row.labels.clone() } else { row.labels.without(&METADATA) };
    Row { labels, drop_name: true }
}

/// What a window function reads: stored series, or the rows of a subquery's inside.
pub(super) fn range<'a>(input: &RangeInput, op: &Op, ctx: &'a Ctx<'_>) -> Input<'a> {
    match input.from {
        RangeFrom::Fragment(_) => stored(op, ctx),
        RangeFrom::Subquery(node) => Input::Rows(&ctx.input(node).rows),
    }
}

/// The series that an operation reads itself.
pub(super) fn stored<'a>(op: &Op, ctx: &'a Ctx<'_>) -> Input<'a> {
    let (source, tables) = ctx.source(op).expect("it reads a fragment");
    Input::Series(source, tables)
}
