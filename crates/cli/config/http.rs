//! How an Alertmanager is spoken to: credentials and certificates.
//!
//! The HTTP client is `source`'s, so that both know the same options and read rotated secrets in
//! the same way.

use std::{path::Path, sync::Arc};

use futures_util::FutureExt;
use notify::alertmanager::{ALERTS_PATH, Connection, Target};
use source::{Authorization, BasicAuth, Client, SourceConfig, TlsConfig};

use super::AlertmanagerConfig;

/// Credentials and certificates.
#[derive(Clone, Debug)]
pub(crate) struct HttpOptions(SourceConfig);

impl HttpOptions {
    /// Options whose files are relative to `folder`.
    pub(super) fn new(
        basic_auth: Option<BasicAuth>,
        authorization: Option<Authorization>,
        tls_config: TlsConfig,
        folder: &Path,
    ) -> Self {
        // A redirected POST becomes a GET: nothing would be delivered.
        let follow_redirects = false;
        let mut options = SourceConfig {
            basic_auth,
            authorization,
            tls_config,
            follow_redirects,
            ..SourceConfig::default()
        };
        options.set_folder(folder);
        Self(options)
    }
}

/// The Alertmanager as `notify` wants it; the error tells what is wrong with its options.
pub(crate) fn target(config: &AlertmanagerConfig) -> anyhow::Result<Target> {
    let options = SourceConfig { url: config.base.as_str().into(), ..config.http.0.clone() };
    let client = Client::new(options).map_err(|error| {
        let text = error.to_string();
        anyhow::anyhow!("{}", text.strip_prefix("source: ").unwrap_or(&text))
    })?;
    let connect = move || {
        let client = client.clone();
        async move {
            let prepared = client.prepare(&format!("/{ALERTS_PATH}")).await?;
            let source::Prepared { client, url, headers } = prepared;
            Ok(Connection { client, url, headers })
        }
        .boxed()
    };
    let target = Target::new(&config.base, Arc::new(connect));
    Ok(Target { timeout: config.timeout, ..target })
}
