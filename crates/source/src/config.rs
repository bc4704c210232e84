//! What a user says about a source: address, credentials, TLS, limits.
//!
//! Names are those of Prometheus's HTTP client configuration; `*_env`, `headers`, `params`,
//! `retries`, `max_bytes`, `max_concurrency` and `remote_read` are ours. Secrets never show in `Debug`.
//! Files are read when they are needed, so that a rotated secret counts at once; see `request` and
//! `transport`.

use std::{
    collections::BTreeMap,
    fmt,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{Deserialize, Deserializer, de::Error as _};

/// A source of samples and how to reach it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SourceConfig {
    /// Where the server is, with the path under which its API lives: `http://host:9090/prom/`.
    pub url: Endpoint,
    /// User name and password.
    pub basic_auth: Option<BasicAuth>,
    /// The `Authorization` header; a bearer token unless its type says otherwise.
    pub authorization: Option<Authorization>,
    /// Certificates.
    pub tls_config: TlsConfig,
    /// Headers of every request, one value each.
    pub headers: BTreeMap<String, Secret>,
    /// Headers of every request as in Prometheus, with several values each, also from files.
    pub http_headers: BTreeMap<String, HeaderValues>,
    /// Parameters of every request, such as `extra_label` of VictoriaMetrics; no place for secrets.
    pub params: BTreeMap<String, String>,
    /// A proxy for all requests.
    pub proxy_url: Option<Endpoint>,
    /// Whether `HTTP_PROXY` and its like count.
    pub proxy_from_environment: bool,
    /// Whether redirects are followed; only within the same host and port, and with the same method.
    pub follow_redirects: bool,
    /// How long a query may take with all its retries; sent as `timeout`, too.
    #[serde(deserialize_with = "duration")]
    pub timeout: Duration,
    /// How many questions of rules are under way at a time; a Prometheus answers each on one core.
    pub max_concurrency: NonZeroUsize,
    /// How long connecting may take.
    #[serde(deserialize_with = "duration")]
    pub connect_timeout: Duration,
    /// When and how often a failed request is sent again.
    pub retries: RetryConfig,
    /// The longest answer, in bytes after decompression.
    pub max_bytes: u64,
    /// Whether raw samples are asked for by remote read.
    pub remote_read: RemoteRead,
}

/// Whether raw samples are asked for by remote read, which takes less of the source's CPU and memory
/// than an instant query, and more of the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RemoteRead {
    /// Where the source has it and shows its external labels, which remote read adds to series.
    #[default]
    Auto,
    /// Nowhere.
    Never,
    /// Wherever the source has it; one that does not show its external labels is taken to have none.
    Always,
}

/// User name and password; each given directly, by a file or by an environment variable.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BasicAuth {
    /// The user name.
    pub username: Option<String>,
    /// A file that holds it.
    pub username_file: Option<PathBuf>,
    /// The password.
    pub password: Option<Secret>,
    /// A file that holds it.
    pub password_file: Option<PathBuf>,
    /// An environment variable that holds it.
    pub password_env: Option<String>,
}

/// An `Authorization` header: type and credentials.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Authorization {
    /// The type; `Bearer` where it is not given.
    #[serde(rename = "type")]
    pub scheme: Option<String>,
    /// The credentials.
    pub credentials: Option<Secret>,
    /// A file that holds them.
    pub credentials_file: Option<PathBuf>,
    /// An environment variable that holds them.
    pub credentials_env: Option<String>,
}

/// Certificates; files in PEM.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TlsConfig {
    /// The authorities to trust instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// The client's certificate.
    pub cert_file: Option<PathBuf>,
    /// The client's key.
    pub key_file: Option<PathBuf>,
    /// The name that the server's certificate must be for, where it is not the URL's host.
    pub server_name: Option<String>,
    /// Whether any certificate will do.
    pub insecure_skip_verify: bool,
}

/// The values of one header.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HeaderValues {
    /// Values.
    pub values: Vec<String>,
    /// Values that are secrets.
    pub secrets: Vec<Secret>,
    /// Files that hold values.
    pub files: Vec<PathBuf>,
}

/// When and how often a failed request is sent again: connection failures and the statuses 408,
/// 425, 429 and 5xx.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RetryConfig {
    /// How often a request is sent at most; 1 never repeats it.
    pub max_attempts: u32,
    /// The pause after the first attempt is at most this long; it doubles with every attempt.
    #[serde(deserialize_with = "duration")]
    pub min_backoff: Duration,
    /// No pause of ours is longer. One that the server asks for by `Retry-After` may be.
    #[serde(deserialize_with = "duration")]
    pub max_backoff: Duration,
}

/// A text that is never shown.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

/// A URL that is shown without user name, password and parameters.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Endpoint(String);

impl SourceConfig {
    /// A source at an address, with the defaults for everything else.
    pub fn new(url: &str) -> Self {
        Self { url: url.into(), ..Self::default() }
    }

    /// Makes relative file names relative to `folder`, where the configuration file is.
    pub fn set_folder(&mut self, folder: &Path) {
        let basic = self.basic_auth.iter_mut();
        let basic = basic.flat_map(|auth| [&mut auth.username_file, &mut auth.password_file]);
        let authorization = self.authorization.iter_mut().map(|auth| &mut auth.credentials_file);
        let tls = &mut self.tls_config;
        let tls = [&mut tls.ca_file, &mut tls.cert_file, &mut tls.key_file];
        let headers = self.http_headers.values_mut().flat_map(|header| &mut header.files);
        let single = basic.chain(authorization).chain(tls).flatten();
        for path in single.chain(headers).filter(|path| path.is_relative()) {
            *path = folder.join(&*path);
        }
    }

    /// What is wrong with it, if anything is.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.basic_auth.is_some() && self.authorization.is_some() {
            return Err("at most one of basic_auth and authorization may be configured".to_owned());
        }
        if let Some(auth) = &self.basic_auth {
            auth.check()?;
        }
        if let Some(auth) = &self.authorization {
            auth.check()?;
        }
        let tls = &self.tls_config;
        if tls.cert_file.is_some() != tls.key_file.is_some() {
            return Err("tls_config needs both of cert_file and key_file, or neither".to_owned());
        }
        if self.timeout.is_zero() || self.retries.max_attempts == 0 || self.max_bytes == 0 {
            return Err("timeout, retries.max_attempts and max_bytes must be above zero".to_owned());
        }
        if self.max_bytes > 16 << 30 {
            return Err("max_bytes may be 16 GiB at most".to_owned());
        }
        Ok(())
    }
}

impl BasicAuth {
    fn check(&self) -> Result<(), String> {
        let names = [self.username.is_some(), self.username_file.is_some()];
        let passwords =
            [self.password.is_some(), self.password_file.is_some(), self.password_env.is_some()];
        at_most_one("basic_auth: username, username_file", &names)?;
        at_most_one("basic_auth: password, password_file, password_env", &passwords)
    }
}

impl Authorization {
    fn check(&self) -> Result<(), String> {
        let given = [
            self.credentials.is_some(),
            self.credentials_file.is_some(),
            self.credentials_env.is_some(),
        ];
        at_most_one("authorization: credentials, credentials_file, credentials_env", &given)?;
        if !given.contains(&true) {
            return Err("authorization needs credentials or credentials_file".to_owned());
        }
        match self.scheme.as_deref() {
            Some(scheme) if scheme.eq_ignore_ascii_case("basic") => {
                Err("authorization type cannot be \"basic\", use basic_auth instead".to_owned())
            }
            _ => Ok(()),
        }
    }
}

fn at_most_one(what: &str, given: &[bool]) -> Result<(), String> {
    match given.iter().filter(|given| **given).count() {
        0 | 1 => Ok(()),
        _ => Err(format!("at most one may be configured of {what}")),
    }
}

impl Default for SourceConfig {
    fn default() -> Self {
        Self {
            url: Endpoint::default(),
            basic_auth: None,
            authorization: None,
            tls_config: TlsConfig::default(),
            headers: BTreeMap::new(),
            http_headers: BTreeMap::new(),
            params: BTreeMap::new(),
            proxy_url: None,
            proxy_from_environment: false,
            follow_redirects: true,
            timeout: Duration::from_secs(30),
            max_concurrency: NonZeroUsize::MIN.saturating_add(1),
            connect_timeout: Duration::from_secs(5),
            retries: RetryConfig::default(),
            max_bytes: 512 << 20,
            remote_read: RemoteRead::Auto,
        }
    }
}

impl Default for RetryConfig {
    fn default() -> Self {
        let (min_backoff, max_backoff) = (Duration::from_millis(100), Duration::from_secs(5));
        Self { max_attempts: 3, min_backoff, max_backoff }
    }
}

impl Secret {
    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

impl Endpoint {
    /// The URL as written, with what it hides.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Endpoint {
    fn from(url: &str) -> Self {
        Self(url.to_owned())
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match url::Url::parse(&self.0) {
            Ok(url) if url.has_host() => f.write_str(&shown(&url)),
            // It may hold a password in any place.
            _ if self.0.contains('@') => f.write_str("<not a URL>"),
            _ => f.write_str(self.0.split('?').next().unwrap_or_default()),
        }
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// A URL without user name, password, parameters and fragment.
pub(crate) fn shown(url: &url::Url) -> String {
    let mut url = url.clone();
    // Both fail only for URLs that have no host, which then have no credentials either.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.to_string()
}

/// A duration as Prometheus writes it: `30s`, `1m30s`.
fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    let ms = model::duration::parse(&text).map_err(D::Error::custom)?;
    Ok(Duration::from_millis(u64::try_from(ms).map_err(D::Error::custom)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(json: &str) -> SourceConfig {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn debug_shows_no_secret() {
        let config = config(
            r#"{"url": "http://me:hush@host:9090/prom/?token=hush", "timeout": "1m30s",
                "authorization": {"credentials": "hush"}, "headers": {"X-Key": "hush"},
                "basic_auth": {"username": "me", "password": "hush"},
                "http_headers": {"X-More": {"secrets": ["hush"]}},
                "proxy_url": "http://me:hush@proxy:3128"}"#,
        );
        let text = format!("{config:?}");
        assert!(!text.contains("hush"), "{text}");
        assert!(text.contains("http://host:9090/prom/"), "{text}");
        assert_eq!(config.timeout, Duration::from_secs(90));
        assert_eq!(format!("{:?}", Endpoint::from("me:hush@host")), "\"<not a URL>\"");
    }

    #[test]
    fn mistakes_are_named() {
        let check = |json: &str, expect: &str| {
            let message = match serde_json::from_str::<SourceConfig>(json) {
                Ok(config) => config.check().expect_err("it is wrong"),
                Err(e) => e.to_string(),
            };
            assert!(message.contains(expect), "{message}");
        };
        check(r#"{"basic_auth": {}, "authorization": {"credentials": "x"}}"#, "at most one of");
        check(r#"{"basic_auth": {"password": "x", "password_env": "Y"}}"#, "password_env");
        check(r#"{"authorization": {"type": "Basic", "credentials": "x"}}"#, "use basic_auth");
        check(r#"{"authorization": {}}"#, "needs credentials");
        check(r#"{"tls_config": {"cert_file": "a"}}"#, "both of cert_file and key_file");
        check(r#"{"tls_config": {"ca": "a"}}"#, "unknown field `ca`");
        check(r#"{"timeout": "soon"}"#, "not a valid duration string");
    }

    #[test]
    fn files_are_relative_to_the_configuration() {
        let mut config = config(
            r#"{"basic_auth": {"password_file": "pw"}, "tls_config": {"ca_file": "/etc/ca.pem"},
                "http_headers": {"A": {"files": ["a"]}}}"#,
        );
        config.set_folder(Path::new("/etc/watchfire"));
        assert_eq!(
            config.basic_auth.unwrap().password_file.unwrap(),
            Path::new("/etc/watchfire/pw")
        );
        assert_eq!(config.tls_config.ca_file.unwrap(), Path::new("/etc/ca.pem"));
        assert_eq!(config.http_headers["A"].files, [Path::new("/etc/watchfire/a")]);
    }
}
