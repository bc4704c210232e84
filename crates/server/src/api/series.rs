//! `/api/v1/series`, `/api/v1/labels` and `/api/v1/label/NAME/values`.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    extract::{Path, State},
    response::Response,
};
use model::{Labels, Matcher, quote};
use store::Table;

use super::Answer;
use crate::{ApiError, Backing, encode, params::Params};

pub(super) async fn series(State(backing): State<Arc<Backing>>, params: Params) -> Response {
    super::answer(backing, params, |backing, params| {
        if params.first("match[]").is_empty() {
            return Err(ApiError::BadData("no match[] parameter provided".to_owned()));
        }
        let (asked, limit) = (Asked::new(params)?, params.limit()?);
        let selectors = params.selectors().map_err(|e| ApiError::parameter("match[]", e))?;
        let mut found = backing.read(asked.until(backing), |table| asked.find(table, &selectors));
        let mut answer = Answer::default();
        answer.truncate(&mut found, limit);
        answer.data = encode::label_sets(&found);
        Ok(answer)
    })
    .await
}

pub(super) async fn names(State(backing): State<Arc<Backing>>, params: Params) -> Response {
    super::answer(backing, params, |backing, params| {
        texts(backing, params, |labels| labels.iter().map(|(name, _)| name.to_owned()).collect())
    })
    .await
}

pub(super) async fn values(
    State(backing): State<Arc<Backing>>,
    Path(name): Path<String>,
    params: Params,
) -> Response {
    super::answer(backing, params, move |backing, params| {
        if name.is_empty() {
            let why = format!("invalid label name: {}", quote::quote(&name));
            return Err(ApiError::BadData(why));
        }
        texts(backing, params, |labels| labels.get(&name).map(str::to_owned).into_iter().collect())
    })
    .await
}

/// What `of` takes from the label sets asked for, sorted, each text once.
fn texts(
    backing: &Backing,
    params: &Params,
    of: impl Fn(&Labels) -> Vec<String>,
) -> Result<Answer, ApiError> {
    let (asked, limit) = (Asked::new(params)?, params.limit()?);
    let selectors = params.selectors().map_err(ApiError::BadData)?;
    let found = backing.read(asked.until(backing), |table| asked.find(table, &selectors));
    let distinct: BTreeSet<String> = found.iter().flat_map(of).collect();
    let mut texts: Vec<String> = distinct.into_iter().collect();
    let mut answer = Answer::default();
    answer.truncate(&mut texts, limit);
    answer.data = encode::strings(&texts);
    Ok(answer)
}

/// The time asked about, both ends included.
struct Asked {
    start: i64,
    end: i64,
}

impl Asked {
    fn new(params: &Params) -> Result<Self, ApiError> {
        let (start, end) = (i64::MIN + 1, i64::MAX);
        Ok(Self { start: params.time_or("start", start)?, end: params.time_or("end", end)? })
    }

    /// Up to when the table must be filled.
    fn until(&self, backing: &Backing) -> i64 {
        if self.end == i64::MAX { backing.now() } else { self.end }
    }

    /// Series that satisfy any of the selectors (all series where there is none) and have a
    /// sample then, sorted.
    fn find(&self, table: &Table, selectors: &[Vec<Matcher>]) -> Vec<Labels> {
        let selected = if selectors.is_empty() {
            table.select(&[])
        } else {
            selectors.iter().flat_map(|matchers| table.select(matchers)).collect()
        };
        let distinct: BTreeSet<_> = selected.into_iter().collect();
        let present = |id: &_| !table.window(*id, self.start - 1, self.end).0.is_empty();
        let found = distinct.into_iter().filter(present);
        let mut sets: Vec<Labels> = found.map(|id| table.labels(id).clone()).collect();
        sets.sort();
        sets
    }
}
