//! Routes on a socket.

use std::{io, net::SocketAddr, sync::Arc};

use axum::Router;
use tokio::{
    net::{TcpListener, ToSocketAddrs},
    sync::oneshot,
    task::JoinHandle,
};

use crate::{Backing, api};

/// A server that runs until it is stopped or dropped.
#[derive(Debug)]
pub struct Serving {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<io::Result<()>>,
}

/// Serves a table on 127.0.0.1; port 0 takes a free one.
pub async fn serve(backing: Arc<Backing>, port: u16) -> io::Result<Serving> {
    listen(("127.0.0.1", port), api::router(backing)).await
}

/// Serves routes on an address; port 0 takes a free one.
pub async fn listen(address: impl ToSocketAddrs, app: Router) -> io::Result<Serving> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(async move {
        let until_stopped = async {
            let _ = stopped.await;
        };
        axum::serve(listener, app).with_graceful_shutdown(until_stopped).await
    });
    Ok(Serving { address, stop: Some(stop), task })
}

impl Serving {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens, as an address for a client.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Takes no more requests, and ends what clients keep open.
    pub async fn stop(mut self) {
        drop(self.stop.take());
        self.task.abort();
        let _ = (&mut self.task).await;
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.task.abort();
    }
}
