//! Fragments that are asked for together, and how their rows are taken out of one answer.
//!
//! Where the source refuses a question for several fragments, they are asked for one by one, now
//! and for a while: perhaps only together they are too much, and if not, each fails for itself.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use engine::{Batch, BatchId, FragmentId, Plan};
use model::SeriesColumns;

use crate::fetch::{Ask, FetchError, Request};

/// For how long fragments are asked for one by one after the source refused to tell of several.
const APART_MS: i64 = 600_000;

/// How many questions are kept as they were worded; there are about as many as groups and batches.
const MAX_KNOWN: usize = 10_000;

/// A question as it was worded, and whom it serves.
type Worded = (Arc<str>, Arc<[FragmentId]>);

/// The batches of a plan and how they fare.
#[derive(Debug, Default)]
pub(super) struct Together {
    batches: Vec<Batch>,
    /// Per fragment, its batch and its number among the members; none for what has all values.
    of: HashMap<FragmentId, (BatchId, Option<usize>)>,
    /// Until when members are asked for one by one.
    apart: HashMap<BatchId, i64>,
    /// Questions that were worded before, by whom they serve.
    known: HashMap<(BatchId, Vec<usize>), Vec<Worded>>,
}

impl Together {
    pub(super) fn new(plan: &Plan) -> Self {
        let mut of = HashMap::new();
        for batch in plan.batches() {
            let members = batch.members.iter().enumerate();
            of.extend(members.map(|(i, member)| (member.fragment, (batch.id, Some(i)))));
            of.extend(batch.all.map(|all| (all, (batch.id, None))));
        }
        Self { batches: plan.batches().to_vec(), of, ..Self::default() }
    }

    /// What to ask for some fragments' values at a time, in the order in which they are named.
    pub(super) fn requests(
        &mut self,
        t: i64,
        fragments: &[FragmentId],
        query: impl Fn(usize) -> Arc<str>,
    ) -> Vec<Request> {
        let mut requests: Vec<Request> = Vec::new();
        let (mut asked, mut alone_asked) = (HashSet::new(), HashSet::new());
        for fragment in fragments {
            let alone = || Request::alone(*fragment, &query(fragment.0 as usize), Ask::Instant(t));
            let batch = self.of.get(fragment).map(|(batch, _)| *batch);
            let is_whole = |batch: &BatchId| self.apart.get(batch).is_none_or(|until| t >= *until);
            if let Some(batch) = batch.filter(is_whole) {
                if asked.insert(batch) {
                    requests.extend(self.batch_requests(batch, t, fragments, &query));
                }
            } else if alone_asked.insert(*fragment) {
                requests.push(alone());
            }
        }
        requests
    }

    /// What to ask for those of a batch.
    fn batch_requests(
        &mut self,
        id: BatchId,
        t: i64,
        wanted: &[FragmentId],
        query: impl Fn(usize) -> Arc<str>,
    ) -> Vec<Request> {
        let batch = &self.batches[id.0 as usize];
        let mut members: Vec<usize> = Vec::new();
        let mut all = None;
        for fragment in wanted {
            match self.of.get(fragment) {
                Some((of, Some(member))) if *of == id => members.push(*member),
                Some((of, None)) if *of == id => all = Some(*fragment),
                _ => {}
            }
        }
        members.sort_unstable();
        members.dedup();
        let ask = Ask::Instant(t);
        if let Some(all) = all {
            let query = query(all.0 as usize);
            if members.is_empty() {
                return vec![Request::alone(all, &query, ask)];
            }
            let of_members = members.iter().map(|i| batch.members[*i].fragment);
            let serves = std::iter::once(all).chain(of_members).collect();
            return vec![Request { serves, batch: Some(id), query, ask }];
        }
        if self.known.len() > MAX_KNOWN {
            self.known.clear();
        }
        let questions = self.known.entry((id, members)).or_insert_with_key(|(_, members)| {
            let questions = batch.questions(members).into_iter().map(|question| {
                let fragments = question.members.iter().map(|i| batch.members[*i].fragment);
                (question.query.into(), fragments.collect())
            });
            questions.collect()
        });
        let request = |(text, serves): &Worded| {
            if let [only] = **serves {
                return Request::alone(only, &query(only.0 as usize), ask);
            }
            let (serves, query) = (Arc::clone(serves), Arc::clone(text));
            Request { serves, batch: Some(id), query, ask }
        };
        questions.iter().map(request).collect()
    }

    /// What to ask instead of a question that failed, if anything.
    pub(super) fn instead(
        &mut self,
        request: &Request,
        e: &FetchError,
        query: impl Fn(usize) -> Arc<str>,
    ) -> Vec<Request> {
        let (Some(batch), Ask::Instant(t), true) = (request.batch, request.ask, e.is_refusal)
        else {
            return Vec::new();
        };
        self.apart.insert(batch, t + APART_MS);
        let alone = |f: &FragmentId| Request::alone(*f, &query(f.0 as usize), request.ask);
        request.serves.iter().map(alone).collect()
    }

    /// The rows of each fragment that an answer serves, with the labels that are its own.
    pub(super) fn rows(
        &self,
        request: &Request,
        answer: SeriesColumns,
    ) -> Vec<(FragmentId, SeriesColumns)> {
        let Some(batch) = request.batch.map(|id| &self.batches[id.0 as usize]) else {
            return vec![(request.serves[0], answer)];
        };
        let mut rows: Vec<_> =
            request.serves.iter().map(|fragment| (*fragment, SeriesColumns::default())).collect();
        let takers = self.takers(batch, &request.serves);
        for (i, (labels, ts, values)) in answer.iter().enumerate() {
            for (taker, drops_label) in takers.get(labels.value(&batch.label)).into_iter().flatten()
            {
                let (_, rows) = &mut rows[*taker];
                rows.timestamps.extend_from_slice(ts);
                rows.values.extend_from_slice(values);
                rows.push_histograms(answer.histograms_of(i).to_vec());
                let without = || labels.without(&[&batch.label]);
                rows.end_series(if *drops_label { without() } else { labels.clone() });
            }
        }
        if let Some((_, rows)) = rows.iter_mut().find(|(f, _)| Some(*f) == batch.all) {
            *rows = answer;
        }
        rows
    }

    /// By value of the label: who takes such rows, by number, and whether without the label.
    fn takers<'b>(
        &self,
        batch: &'b Batch,
        serves: &[FragmentId],
    ) -> HashMap<&'b str, Vec<(usize, bool)>> {
        let mut takers: HashMap<&str, Vec<(usize, bool)>> = HashMap::new();
        for (i, fragment) in serves.iter().enumerate() {
            if let Some((_, Some(member))) = self.of.get(fragment) {
                let member = &batch.members[*member];
                takers.entry(&member.value).or_default().push((i, member.drops_label));
            }
        }
        takers
    }
}
