//! The platform as targets that a Prometheus scrapes: pages of text, made when they are asked for.
//!
//! Series are shared out by their numbers, so that targets are of one size. Samples have no times
//! on a page: they get that of the scrape. Native histograms have no text form and do not come
//! this way.

use std::{
    io::{self, Write as _},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use flate2::{Compression, write::GzEncoder};
use server::Serving;

use crate::{BenchError, Deck, measure::now_ms};

/// How many targets there are.
pub(crate) const N_TARGETS: usize = 100;

/// Where a target's page is.
pub(crate) fn path(target: usize) -> String {
    format!("/targets/{target}")
}

/// A deck with which scrapes, or who feeds, and who lets pods be replaced take turns.
#[derive(Clone, Debug)]
pub(crate) struct SharedDeck(Arc<Mutex<Deck>>);

impl SharedDeck {
    pub(crate) fn new(deck: Deck) -> Self {
        Self(Arc::new(Mutex::new(deck)))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Deck> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Targets that answer until they are dropped.
#[derive(Debug)]
pub(crate) struct Targets {
    serving: Serving,
    scrapes: Arc<AtomicU64>,
}

#[derive(Clone, Debug)]
struct Shown {
    deck: SharedDeck,
    scrapes: Arc<AtomicU64>,
}

impl Targets {
    /// Shows what a deck is at, on a free port.
    pub(crate) async fn serve(deck: SharedDeck) -> io::Result<Self> {
        let scrapes = Arc::new(AtomicU64::new(0));
        let shown = Shown { deck, scrapes: Arc::clone(&scrapes) };
        let routes = Router::new().route(&path_pattern(), get(scrape)).with_state(shown);
        Ok(Self { serving: server::listen("127.0.0.1:0", routes).await?, scrapes })
    }

    /// Host and port of all of them.
    pub(crate) fn address(&self) -> String {
        self.serving.address().to_string()
    }

    /// Waits until each was scraped once: a Prometheus learns of targets some seconds after it read
    /// its configuration, and spreads them over an interval.
    pub(crate) async fn begun(&self, interval_ms: i64) -> Result<(), BenchError> {
        let patience =
            Duration::from_secs(30) + Duration::from_millis(2 * interval_ms.unsigned_abs());
        let deadline = Instant::now() + patience;
        while self.n_scrapes() < N_TARGETS as u64 {
            if Instant::now() > deadline {
                let seen = self.n_scrapes();
                let what = format!("{seen} of {N_TARGETS} targets were scraped in {patience:?}");
                return Err(BenchError::Wrong(what));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// How many pages were given out.
    pub(crate) fn n_scrapes(&self) -> u64 {
        self.scrapes.load(Ordering::Relaxed)
    }
}

fn path_pattern() -> String {
    path(0).replace('0', "{target}")
}

async fn scrape(
    State(shown): State<Shown>,
    Path(target): Path<usize>,
    headers: HeaderMap,
) -> Response {
    if target >= N_TARGETS {
        return StatusCode::NOT_FOUND.into_response();
    }
    let is_gzip = accepts_gzip(&headers);
    let made = tokio::task::spawn_blocking(move || {
        let text = {
            let mut deck = shown.deck.lock();
            deck.advance_to(now_ms());
            deck.page(target, N_TARGETS)
        };
        shown.scrapes.fetch_add(1, Ordering::Relaxed);
        if is_gzip { gzip(&text) } else { Ok(text.into_bytes()) }
    });
    let Ok(Ok(body)) = made.await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("text/plain; version=0.0.4"));
    if is_gzip {
        let encoding = (header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        ([kind, encoding], body).into_response()
    } else {
        ([kind], body).into_response()
    }
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("gzip"))
}

/// As exporters compress their pages.
fn gzip(text: &str) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes())?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::child::client;

    #[tokio::test]
    async fn each_series_stands_on_one_page() {
        let from_ms = now_ms() - 30_000;
        let deck = SharedDeck::new(Deck::new(700, 15_000, from_ms));
        let targets = Targets::serve(deck.clone()).await.unwrap();
        let (mut lines, mut n_lines) = (BTreeSet::new(), 0);
        for target in 0..N_TARGETS {
            let url = format!("http://{}{}", targets.address(), path(target));
            let answer = client().get(url).send().await.unwrap();
            assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("text/plain"));
            let text = answer.text().await.unwrap();
            n_lines += text.lines().count();
            lines.extend(text.lines().map(|line| line.rsplit_once(' ').unwrap().0.to_owned()));
        }
        let n_series = deck.lock().n_series();
        assert_eq!((lines.len(), n_lines), (n_series, n_series));
        assert!(lines.iter().any(|line| line.starts_with("up{instance=\"")), "{lines:?}");
        assert_eq!(targets.n_scrapes(), N_TARGETS as u64);
        let none = format!("http://{}{}", targets.address(), path(N_TARGETS));
        assert_eq!(client().get(none).send().await.unwrap().status().as_u16(), 404);
    }

    #[test]
    fn pages_are_compressed_for_who_takes_that() {
        let mut headers = HeaderMap::new();
        assert!(!accepts_gzip(&headers));
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        assert!(accepts_gzip(&headers));
        let (text, mut plain) = ("a 1\n".repeat(1000), String::new());
        let packed = gzip(&text).unwrap();
        assert!(packed.len() < text.len() / 10);
        io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&packed[..]), &mut plain)
            .unwrap();
        assert_eq!(plain, text);
    }
}
