//! Fragments that are asked for together, and how their rows are taken out of one answer.
//!
//! Where the source refuses a question for several fragments, they are asked for one by one, now
//! and for a while: perhaps only together they are too much, and if not, each fails for itself.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use engine::{Batch, BatchId, FragmentId, Member, Plan};
use model::SeriesColumns;

use crate::fetch::{Ask, FetchError, Request};

/// For how long fragments are asked for one by one after the source refused to tell of several.
pub(super) const APART_MS: i64 = 600_000;

/// How many questions are kept as they were worded; there are about as many as groups and batches.
pub(super) const MAX_KNOWN: usize = 10_000;

/// A question as it was worded, and whom it serves.
type Worded = (Arc<str>, Arc<[FragmentId]>);

/// The batches of a plan and how they fare.
#[derive(Debug, Default)]
pub(super) struct Together {
    batches: Vec<Batch>,
    /// Per fragment, its batches, each with its number among the members, the best one first.
    of: HashMap<FragmentId, Vec<(BatchId, usize)>>,
    /// Until when members are asked for one by one.
    apart: HashMap<BatchId, i64>,
    /// Questions that were worded before, by whom they serve.
    known: HashMap<(BatchId, Vec<usize>), Vec<Worded>>,
}

impl Together {
    pub(super) fn new(plan: &Plan) -> Self {
        let mut of = HashMap::<_, Vec<_>>::new();
        for batch in plan.batches() {
            for (i, member) in batch.members.iter().enumerate() {
                of.entry(member.fragment).or_default().push((batch.id, i));
            }
        }
        Self { batches: plan.batches().to_vec(), of, ..Self::default() }
    }

    /// What to ask for some fragments' values at a time.
    pub(super) fn requests(
        &mut self,
        t: i64,
        fragments: &[FragmentId],
        query: impl Fn(usize) -> Arc<str>,
    ) -> Vec<Request> {
        let wanted: HashSet<FragmentId> = fragments.iter().copied().collect();
        let mut members: BTreeMap<BatchId, Vec<usize>> = BTreeMap::new();
        let mut serving: HashSet<FragmentId> = HashSet::new();
        for fragment in fragments {
            if let Some((batch, member)) = self.batch_of(*fragment, t, &wanted) {
                members.entry(batch).or_default().push(member);
                let all = self.batches[batch.0 as usize].all;
                serving.extend(all.filter(|all| wanted.contains(all)));
            }
        }
        // What serves others is not asked for with its own like.
        for (batch, members) in &mut members {
            let batch = &self.batches[batch.0 as usize];
            members.retain(|member| !serving.contains(&batch.members[*member].fragment));
        }
        let in_batches: HashSet<FragmentId> = members
            .iter()
            .flat_map(|(batch, members)| members.iter().map(|i| (*batch, *i)))
            .map(|(batch, i)| self.batches[batch.0 as usize].members[i].fragment)
            .collect();
        let ask = Ask::Instant(t);
        let (mut requests, mut served) = (Vec::new(), HashSet::new());
        for (batch, mut members) in members {
            members.sort_unstable();
            members.dedup();
            let all = self.batches[batch.0 as usize].all.filter(|all| wanted.contains(all));
            if let Some(all) = all {
                served.insert(all);
                requests.push(self.with_all(batch, all, &members, &query(all.0 as usize), ask));
            } else if !members.is_empty() {
                requests.extend(self.batch_requests(batch, members, &query, ask));
            }
        }
        for fragment in fragments.iter().filter(|fragment| !in_batches.contains(fragment)) {
            if served.insert(*fragment) {
                requests.push(Request::alone(*fragment, &query(fragment.0 as usize), ask));
            }
        }
        requests
    }

    /// The batch with which a fragment is asked for, and its number among the members.
    fn batch_of(
        &self,
        fragment: FragmentId,
        t: i64,
        wanted: &HashSet<FragmentId>,
    ) -> Option<(BatchId, usize)> {
        let is_usable = |(id, _): &&(BatchId, usize)| {
            let batch = &self.batches[id.0 as usize];
            let has_all = batch.all.is_some_and(|all| wanted.contains(&all));
            let is_whole = self.apart.get(id).is_none_or(|until| t >= *until);
            is_whole && (has_all || batch.has_questions())
        };
        self.of.get(&fragment)?.iter().find(is_usable).copied()
    }

    /// One question for what has all values, which serves members too.
    fn with_all(
        &self,
        id: BatchId,
        all: FragmentId,
        members: &[usize],
        query: &Arc<str>,
        ask: Ask,
    ) -> Request {
        let batch = &self.batches[id.0 as usize];
        let of_members = members.iter().map(|i| batch.members[*i].fragment);
        let serves = std::iter::once(all).chain(of_members).collect();
        Request { serves, batch: Some(id), parts: None, query: Arc::clone(query), ask }
    }

    /// What to ask for members of a batch.
    fn batch_requests(
        &mut self,
        id: BatchId,
        members: Vec<usize>,
        query: impl Fn(usize) -> Arc<str>,
        ask: Ask,
    ) -> Vec<Request> {
        let batch = &self.batches[id.0 as usize];
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
            Request { serves, batch: Some(id), parts: None, query, ask }
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
            for (taker, member) in takers.get(labels.value(&batch.label)).into_iter().flatten() {
                if !member.matchers.iter().all(|m| m.matches_labels(labels)) {
                    continue;
                }
                let (_, rows) = &mut rows[*taker];
                rows.timestamps.extend_from_slice(ts);
                rows.values.extend_from_slice(values);
                rows.push_histograms(answer.histograms_of(i).to_vec());
                let without = || labels.without(&[&batch.label]);
                rows.end_series(if member.drops_label { without() } else { labels.clone() });
            }
        }
        if let Some((_, rows)) = rows.iter_mut().find(|(f, _)| Some(*f) == batch.all) {
            *rows = answer;
        }
        rows
    }

    /// By value of the label: who takes such rows, by number.
    fn takers<'b>(
        &self,
        batch: &'b Batch,
        serves: &[FragmentId],
    ) -> HashMap<&'b str, Vec<(usize, &'b Member)>> {
        let mut takers: HashMap<&str, Vec<(usize, &Member)>> = HashMap::new();
        for (i, fragment) in serves.iter().enumerate() {
            let of = self.of.get(fragment).into_iter().flatten();
            if let Some((_, member)) = of.clone().find(|(id, _)| *id == batch.id) {
                let member = &batch.members[*member];
                takers.entry(&member.value).or_default().push((i, member));
            }
        }
        takers
    }
}
