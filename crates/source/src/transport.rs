//! The HTTP client behind: connections, certificates, proxy.
//!
//! It is made anew when a certificate file changes, so that rotated certificates count at once.
//! The cryptography is ring's.

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use reqwest::{
    Certificate, Identity, Proxy,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::Policy,
};
use tokio::sync::Mutex;
use url::Url;

use crate::SourceConfig;

/// Redirects that are followed one after another.
const MAX_REDIRECTS: usize = 5;

/// Gives the HTTP client for the certificates as they are now.
pub(crate) struct Transport {
    made: Mutex<Option<(Files, reqwest::Client)>>,
}

/// The contents of the certificate files.
#[derive(Clone, Default, PartialEq, Eq)]
struct Files {
    ca: Option<Vec<u8>>,
    cert: Option<Vec<u8>>,
    key: Option<Vec<u8>>,
}

impl Transport {
    pub(crate) fn new() -> Self {
        Self { made: Mutex::new(None) }
    }

    pub(crate) async fn client(
        &self,
        config: &SourceConfig,
        base: &Url,
    ) -> Result<reqwest::Client, String> {
        let files = Files::read(config).await?;
        let mut made = self.made.lock().await;
        if let Some((of, client)) = &*made
            && *of == files
        {
            return Ok(client.clone());
        }
        let client = build(config, base, &files)?;
        *made = Some((files, client.clone()));
        Ok(client)
    }
}

impl Files {
    async fn read(config: &SourceConfig) -> Result<Self, String> {
        let tls = &config.tls_config;
        Ok(Self {
            ca: read("ca_file", tls.ca_file.as_deref()).await?,
            cert: read("cert_file", tls.cert_file.as_deref()).await?,
            key: read("key_file", tls.key_file.as_deref()).await?,
        })
    }
}

async fn read(what: &str, path: Option<&Path>) -> Result<Option<Vec<u8>>, String> {
    let Some(path) = path else { return Ok(None) };
    let found = tokio::fs::read(path).await;
    found.map(Some).map_err(|e| format!("cannot read {what} {}: {e}", path.display()))
}

fn build(config: &SourceConfig, base: &Url, files: &Files) -> Result<reqwest::Client, String> {
    // Fails where a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("watchfire/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(config.connect_timeout)
        .pool_idle_timeout(Duration::from_secs(90))
        .tcp_nodelay(true)
        .redirect(if config.follow_redirects { within_host() } else { Policy::none() });
    if let Some(pem) = &files.ca {
        let path = config.tls_config.ca_file.as_deref();
        let certificates = Certificate::from_pem_bundle(pem).ok().filter(|all| !all.is_empty());
        builder = builder.tls_certs_only(certificates.ok_or_else(|| no_pem("ca_file", path))?);
    }
    if let (Some(cert), Some(key)) = (&files.cert, &files.key) {
        let path = config.tls_config.cert_file.as_deref();
        let identity = Identity::from_pem(&[&key[..], b"\n", &cert[..]].concat());
        builder = builder.identity(identity.map_err(|_| no_pem("cert_file and key_file", path))?);
    }
    if config.tls_config.insecure_skip_verify {
        builder = builder.tls_danger_accept_invalid_certs(true);
    }
    if !config.proxy_from_environment {
        builder = builder.no_proxy();
    }
    if let Some(proxy) = &config.proxy_url {
        let made = Proxy::all(proxy.expose());
        builder = builder.proxy(made.map_err(|_| format!("proxy_url {proxy} is no proxy"))?);
    }
    if config.tls_config.server_name.is_some() {
        // The name takes the host's place in the URL (see `request`) and leads to the host here.
        let host = base.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        builder = builder.dns_resolver(Arc::new(Elsewhere(host))).http1_only();
    }
    builder.build().map_err(|e| format!("cannot set up TLS: {}", crate::error::causes(&e)))
}

fn no_pem(what: &str, path: Option<&Path>) -> String {
    format!("{what} {}: holds no such thing in PEM", path.unwrap_or(Path::new("")).display())
}

/// Follows redirects that stay with the host and port, since headers may hold secrets, and that
/// keep the method, since others lose the query.
fn within_host() -> Policy {
    Policy::custom(|attempt| {
        let same = attempt.previous().first().is_some_and(|first| {
            first.host_str() == attempt.url().host_str()
                && first.port_or_known_default() == attempt.url().port_or_known_default()
        });
        let keeps_method = matches!(attempt.status().as_u16(), 307 | 308);
        if same && keeps_method && attempt.previous().len() <= MAX_REDIRECTS {
            attempt.follow()
        } else {
            attempt.stop()
        }
    })
}

/// Finds every name at one host.
struct Elsewhere(String);

impl Resolve for Elsewhere {
    fn resolve(&self, _name: Name) -> Resolving {
        let host = self.0.clone();
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host, 0)).await?.collect();
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}
