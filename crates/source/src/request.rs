//! One request: method, URL, parameters, and the credentials as they are now.

use std::path::Path;

use bytes::Bytes;
use reqwest::{
    Client, Method, RequestBuilder,
    header::{
        ACCEPT, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HOST, HeaderMap, HeaderName,
        HeaderValue,
    },
};
use url::{Url, form_urlencoded};

use crate::{Secret, SourceConfig};

/// The address of the API and what every request carries.
pub(crate) struct Target {
    /// Without credentials.
    base: Url,
    /// User name and password that stood in the URL.
    user: Option<(String, Secret)>,
}

impl Target {
    pub(crate) fn new(config: &SourceConfig) -> Result<Self, String> {
        let text = config.url.expose();
        if text.is_empty() {
            return Err("url is missing".to_owned());
        }
        let bad = |e: &str| format!("url {}: {e}", config.url);
        let mut base = Url::parse(text).map_err(|e| bad(&e.to_string()))?;
        if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none() {
            return Err(bad("expected http://host or https://host"));
        }
        let name = &config.tls_config.server_name;
        if name
            .as_ref()
            .is_some_and(|name| name.is_empty() || name.parse::<std::net::IpAddr>().is_ok())
        {
            return Err("tls_config: server_name must be a host name".to_owned());
        }
        let user = match (base.username(), base.password()) {
            ("", None) => None,
            (user, password) => {
                Some((decoded(user), Secret::from(&*decoded(password.unwrap_or("")))))
            }
        };
        base.set_username("")
            .and_then(|()| base.set_password(None))
            .map_err(|()| bad("no host"))?;
        Ok(Self { base, user })
    }

    pub(crate) fn base(&self) -> &Url {
        &self.base
    }

    /// The URL of a part of the API; the path of the base is kept.
    fn url(&self, path: &str, config: &SourceConfig) -> Result<Url, String> {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        if let Some(name) = &config.tls_config.server_name
            && url.scheme() == "https"
        {
            url.set_host(Some(name)).map_err(|e| format!("tls_config: server_name {name}: {e}"))?;
        }
        Ok(url)
    }

    /// The URL of a part of the API and the headers to send there.
    pub(crate) async fn parts(
        &self,
        path: &str,
        config: &SourceConfig,
    ) -> Result<(Url, HeaderMap), String> {
        let (url, mut headers) = (self.url(path, config)?, self.headers(config).await?);
        if config.tls_config.server_name.is_some() && self.base.scheme() == "https" {
            let host = HeaderValue::from_str(&self.host());
            headers.insert(HOST, host.map_err(|_| "the host is no header value".to_owned())?);
        }
        Ok((url, headers))
    }

    /// A request with the parameters in its body, or in its URL where the method has none.
    pub(crate) async fn request(
        &self,
        client: &Client,
        method: Method,
        path: &str,
        params: &[(&str, String)],
        config: &SourceConfig,
    ) -> Result<RequestBuilder, String> {
        let (mut url, headers) = self.parts(path, config).await?;
        let own = params.iter().map(|(name, value)| (*name, &**value));
        let extra = config.params.iter().map(|(name, value)| (&**name, &**value));
        let body = if method == Method::POST {
            let mut form = form_urlencoded::Serializer::new(String::new());
            Some(form.extend_pairs(own.chain(extra)).finish())
        } else {
            url.query_pairs_mut().extend_pairs(own.chain(extra));
            None
        };
        let mut request = client.request(method, url).headers(headers);
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
        }
        Ok(request)
    }

    /// A request of remote read with a body that is compressed already.
    pub(crate) async fn read_request(
        &self,
        client: &Client,
        path: &str,
        body: Bytes,
        config: &SourceConfig,
    ) -> Result<RequestBuilder, String> {
        let (mut url, mut headers) = self.parts(path, config).await?;
        if !config.params.is_empty() {
            url.query_pairs_mut().extend_pairs(&config.params);
        }
        let own = [
            (ACCEPT, "application/x-streamed-protobuf, application/x-protobuf"),
            (CONTENT_TYPE, "application/x-protobuf"),
            (CONTENT_ENCODING, "snappy"),
            (HeaderName::from_static("x-prometheus-remote-read-version"), "0.1.0"),
        ];
        for (name, value) in own {
            headers.insert(name, HeaderValue::from_static(value));
        }
        Ok(client.post(url).headers(headers).body(body))
    }

    fn host(&self) -> String {
        let host = self.base.host_str().unwrap_or_default();
        self.base.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    async fn headers(&self, config: &SourceConfig) -> Result<HeaderMap, String> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        for (name, value) in &config.headers {
            headers.insert(header_name(name)?, secret_value(name, value.expose())?);
        }
        for (name, header) in &config.http_headers {
            let key = header_name(name)?;
            for value in &header.values {
                headers.append(key.clone(), secret_value(name, value)?);
            }
            for value in &header.secrets {
                headers.append(key.clone(), secret_value(name, value.expose())?);
            }
            for file in &header.files {
                headers.append(key.clone(), secret_value(name, &file_text(file).await?)?);
            }
        }
        if let Some(value) = self.authorization(config).await? {
            headers.insert(AUTHORIZATION, secret_value("authorization", &value)?);
        }
        Ok(headers)
    }

    async fn authorization(&self, config: &SourceConfig) -> Result<Option<String>, String> {
        if let Some(auth) = &config.authorization {
            let scheme = auth.scheme.as_deref().unwrap_or("Bearer");
            let (file, env) = (auth.credentials_file.as_deref(), auth.credentials_env.as_deref());
            let credentials = secret(auth.credentials.as_ref(), file, env).await?;
            return Ok(Some(format!("{scheme} {credentials}")));
        }
        if let Some(auth) = &config.basic_auth {
            let user = match (&auth.username, &auth.username_file) {
                (Some(user), _) => user.clone(),
                (None, Some(file)) => file_text(file).await?,
                (None, None) => String::new(),
            };
            let (file, env) = (auth.password_file.as_deref(), auth.password_env.as_deref());
            return Ok(Some(basic(&user, &secret(auth.password.as_ref(), file, env).await?)));
        }
        Ok(self.user.as_ref().map(|(user, password)| basic(user, password.expose())))
    }
}

/// A text of a URL without its percent signs.
fn decoded(text: &str) -> String {
    // Outside of forms these are themselves.
    let pair = text.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    form_urlencoded::parse(pair.as_bytes()).next().map_or_else(String::new, |(name, _)| name.into())
}

fn header_name(name: &str) -> Result<HeaderName, String> {
    name.parse().map_err(|_| format!("{name:?} is no header name"))
}

fn secret_value(name: &str, value: &str) -> Result<HeaderValue, String> {
    let mut value = HeaderValue::from_str(value).map_err(|_| {
        format!("the value of header {name} has characters that headers cannot have")
    })?;
    value.set_sensitive(true);
    Ok(value)
}

async fn secret(
    given: Option<&Secret>,
    file: Option<&Path>,
    env: Option<&str>,
) -> Result<String, String> {
    match (given, file, env) {
        (Some(given), _, _) => Ok(given.expose().to_owned()),
        (None, Some(file), _) => file_text(file).await,
        (None, None, Some(name)) => {
            std::env::var(name).map_err(|_| format!("environment variable {name} is not set"))
        }
        (None, None, None) => Ok(String::new()),
    }
}

/// A file's text without the line break at its end.
async fn file_text(path: &Path) -> Result<String, String> {
    let text = tokio::fs::read_to_string(path).await;
    let text = text.map_err(|e| format!("cannot read {}: {e}", path.display()))?;
    Ok(text.trim().to_owned())
}

/// `Basic` and user and password in Base64.
fn basic(user: &str, password: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let plain = format!("{user}:{password}");
    let mut out = String::from("Basic ");
    for three in plain.as_bytes().chunks(3) {
        let bits = three.iter().fold(0, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - three.len()));
        for digit in 0..4 {
            let six = bits >> (18 - 6 * digit) & 63;
            out.push(if digit > three.len() { '=' } else { char::from(DIGITS[six as usize]) });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_credentials_in_base64() {
        assert_eq!(basic("Aladdin", "open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(basic("a", "bc"), "Basic YTpiYw==");
        assert_eq!(basic("", ""), "Basic Og==");
        assert_eq!(basic("ab", "cd€"), "Basic YWI6Y2Tigqw=");
    }

    #[test]
    fn urls_keep_their_path_and_hide_the_user() {
        let check = |url: &str, expect: Result<&str, &str>| {
            let config = SourceConfig::new(url);
            let got = Target::new(&config).and_then(|t| t.url("/api/v1/query", &config));
            assert_eq!(got.as_ref().map(Url::as_str).map_err(|e| &**e), expect);
        };
        check("http://host", Ok("http://host/api/v1/query"));
        check("http://host:9090/prom/", Ok("http://host:9090/prom/api/v1/query"));
        check("https://me:p%40ss@host/a/b?x=1", Ok("https://host/a/b/api/v1/query?x=1"));
        check("host:9090", Err("url host:9090: expected http://host or https://host"));
        check("", Err("url is missing"));
        let user =
            Target::new(&SourceConfig::new("http://me:p%40s+s=&@host")).unwrap().user.unwrap();
        assert_eq!((&*user.0, user.1.expose()), ("me", "p@s+s=&"));
    }
}
