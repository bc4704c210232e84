//! What happens where samples come by themselves.

use receive::{Batch, News};

use super::{Core, Effect};
use crate::{fetch::Fetched, tick::Shared};

impl Core {
    pub(super) fn received(&mut self, news: Vec<News>, batch: Batch, now_ns: i64) -> Vec<Effect> {
        let Some(stream) = &mut self.shared.stream else { return Vec::new() };
        stream.learn(news);
        let now = now_ns.div_euclid(1_000_000);
        let (outcome, requests, notes) = stream.take(batch, now);
        stream.sweep(now);
        self.shared.revision += 1;
        let mut effects = vec![Effect::Written(outcome)];
        effects.extend(notes.into_iter().map(Effect::Note));
        if !requests.is_empty() {
            effects.push(Effect::Fill { requests });
        }
        effects
    }

    pub(super) fn filled(&mut self, fetched: Vec<Fetched>, now_ns: i64) -> Vec<Effect> {
        let Shared { stream: Some(stream), overlay, .. } = &mut self.shared else {
            return Vec::new();
        };
        let now = now_ns.div_euclid(1_000_000);
        let notes = stream.filled(fetched, now, overlay.table_mut());
        self.shared.revision += 1;
        notes.into_iter().map(Effect::Note).collect()
    }

    pub(super) fn retry_fill(&mut self, now_ns: i64) -> Vec<Effect> {
        let Some(stream) = &mut self.shared.stream else { return Vec::new() };
        let requests = stream.retry(now_ns.div_euclid(1_000_000));
        if requests.is_empty() { Vec::new() } else { vec![Effect::Fill { requests }] }
    }
}
