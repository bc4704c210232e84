//! HTTPS with an authority of our own, names, client certificates, and their rotation.

use std::{path::PathBuf, sync::Arc};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
};
use rustls::{
    RootCertStore, ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
    server::WebPkiClientVerifier,
};
use source::{Client, SourceConfig, SourceError};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

use crate::play::config;

/// An authority and a folder that holds its certificate and a client's.
struct Authority {
    folder: TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let made = Self { folder: tempfile::tempdir().unwrap(), issuer };
        made.write("ca.pem", &made.issuer.pem());
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["client".to_owned()]).unwrap();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let cert = params.signed_by(&key, &made.issuer).unwrap();
        made.write("client.pem", &cert.pem());
        made.write("client.key", &key.serialize_pem());
        made
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Starts a server with a certificate for a name; gives its port.
    async fn serve(&self, name: &str, client_certificates: bool) -> u16 {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let cert: CertificateDer = params.signed_by(&key, &self.issuer).unwrap().into();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = if client_certificates {
            let mut roots = RootCertStore::empty();
            roots.add(self.issuer.der().clone()).unwrap();
            let verifier =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
            builder.with_client_cert_verifier(verifier.unwrap())
        } else {
            builder.with_no_client_auth()
        };
        let config = builder.with_single_cert(vec![cert], key).unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let Ok(mut tls) = acceptor.accept(socket).await else { continue };
                let name = tls.get_ref().1.server_name().unwrap_or("none").to_owned();
                let mut request = vec![0; 4096];
                let n = tls.read(&mut request).await.unwrap_or(0);
                let request = String::from_utf8_lossy(&request[..n]).to_lowercase();
                let host = request.lines().find_map(|l| l.strip_prefix("host: ")).unwrap_or("");
                let body = format!(
                    r#"{{"status":"success","data":{{"resultType":"string","result":[1,"{name} {host}"]}}}}"#
                );
                let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length";
                let text = format!("{head}: {}\r\n\r\n{body}", body.len());
                let _ = tls.write_all(text.as_bytes()).await;
                let _ = tls.shutdown().await;
            }
        });
        port
    }

    fn config(&self, url: &str) -> SourceConfig {
        let mut config = config(url);
        config.tls_config.ca_file = Some(self.path("ca.pem"));
        config
    }
}

/// The name that the server was greeted with, and the `Host` header.
async fn greeted(config: SourceConfig) -> Result<String, SourceError> {
    let answer = Client::new(config).unwrap().query("\"x\"", 0).await?;
    match answer.kind {
        source::AnswerKind::String(text) => Ok(text),
        other => panic!("{other:?}"),
    }
}

fn distrusted(result: Result<String, SourceError>) {
    let error = result.expect_err("the certificate is not good");
    assert!(matches!(error, SourceError::Connect { .. }), "{error}");
    assert!(error.to_string().contains("certificate"), "{error}");
}

#[tokio::test]
async fn authorities_and_names() {
    let authority = Authority::new();
    let port = authority.serve("localhost", false).await;
    let url = format!("https://localhost:{port}");
    let greeting = format!("localhost localhost:{port}");
    assert_eq!(greeted(authority.config(&url)).await.unwrap(), greeting);
    distrusted(greeted(config(&url)).await);
    distrusted(greeted(Authority::new().config(&url)).await);
    let mut careless = config(&url);
    careless.tls_config.insecure_skip_verify = true;
    assert_eq!(greeted(careless).await.unwrap(), greeting);
}

#[tokio::test]
async fn a_certificate_for_another_name() {
    let authority = Authority::new();
    let port = authority.serve("prometheus.example", false).await;
    let mut config = authority.config(&format!("https://127.0.0.1:{port}"));
    distrusted(greeted(config.clone()).await);
    config.tls_config.server_name = Some("prometheus.example".into());
    let greeting = format!("prometheus.example 127.0.0.1:{port}");
    assert_eq!(greeted(config).await.unwrap(), greeting);
}

#[tokio::test]
async fn client_certificates_and_their_rotation() {
    let authority = Authority::new();
    let port = authority.serve("localhost", true).await;
    let url = format!("https://localhost:{port}");
    assert!(greeted(authority.config(&url)).await.is_err());
    let mut config = authority.config(&url);
    config.tls_config.cert_file = Some(authority.path("client.pem"));
    config.tls_config.key_file = Some(authority.path("client.key"));
    let client = Client::new(config.clone()).unwrap();
    client.query("x", 0).await.unwrap();
    // Another authority's certificate in the same file counts from the next query on.
    let good = std::fs::read_to_string(authority.path("client.pem")).unwrap();
    let good_key = std::fs::read_to_string(authority.path("client.key")).unwrap();
    let other = Authority::new();
    std::fs::copy(other.path("client.pem"), authority.path("client.pem")).unwrap();
    std::fs::copy(other.path("client.key"), authority.path("client.key")).unwrap();
    assert!(client.query("x", 0).await.is_err());
    authority.write("client.pem", &good);
    authority.write("client.key", &good_key);
    client.query("x", 0).await.unwrap();
    authority.write("client.pem", "nonsense");
    let error = client.query("x", 0).await.unwrap_err();
    assert!(error.to_string().contains("holds no such thing in PEM"), "{error}");
}
