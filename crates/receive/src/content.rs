//! What a request holds, by its headers, and its body in plain bytes.

use std::io::Read;

use crate::ReceiveError;

/// Which message a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// `prometheus.WriteRequest`.
    V1,
    /// `io.prometheus.write.v2.Request`.
    V2,
}

/// How a request is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// The block format.
    Snappy,
    /// Frames.
    Zstd,
}

const PROTOBUF: &str = "application/x-protobuf";

impl Message {
    /// From a `Content-Type`. Without one, and without `proto=`, it is 1.0.
    pub fn from_content_type(header: Option<&str>) -> Result<Self, ReceiveError> {
        let header = header.unwrap_or(PROTOBUF);
        let refuse = |why: &str| {
            let accepted = "accepted are application/x-protobuf with proto=prometheus.WriteRequest \
                            or proto=io.prometheus.write.v2.Request";
            Err(ReceiveError::MediaType(format!("{why} in content type `{header}`; {accepted}")))
        };
        let mut pieces = header.split(';').map(str::trim);
        let media = pieces.next().unwrap_or("");
        if !media.eq_ignore_ascii_case(PROTOBUF) {
            return refuse(&format!("unexpected media type `{media}`"));
        }
        for piece in pieces.filter(|piece| !piece.is_empty()) {
            let Some((name, value)) = piece.split_once('=') else {
                return refuse(&format!("`{piece}` is no parameter"));
            };
            if !name.trim().eq_ignore_ascii_case("proto") {
                continue;
            }
            return match value.trim().trim_matches('"') {
                "prometheus.WriteRequest" => Ok(Self::V1),
                "io.prometheus.write.v2.Request" => Ok(Self::V2),
                other => refuse(&format!("unknown message `{other}`")),
            };
        }
        Ok(Self::V1)
    }
}

impl Encoding {
    /// From a `Content-Encoding`. Without one it is snappy, as Prometheus takes it.
    pub fn from_content_encoding(header: Option<&str>) -> Result<Self, ReceiveError> {
        match header.map_or("", str::trim) {
            "" => Ok(Self::Snappy),
            name if name.eq_ignore_ascii_case("snappy") => Ok(Self::Snappy),
            name if name.eq_ignore_ascii_case("zstd") => Ok(Self::Zstd),
            other => Err(ReceiveError::Encoding(other.to_owned())),
        }
    }

    /// Puts the plain bytes of a body into `to`, but no more than `limit`.
    pub(crate) fn decompress(
        self,
        body: &[u8],
        limit: usize,
        to: &mut Vec<u8>,
    ) -> Result<(), ReceiveError> {
        let bad = |e: &dyn std::fmt::Display| ReceiveError::Compression(e.to_string());
        match self {
            Self::Snappy => {
                let len = snap::raw::decompress_len(body).map_err(|e| bad(&e))?;
                if len > limit {
                    return Err(ReceiveError::TooLarge { limit });
                }
                to.resize(len, 0);
                let n = snap::raw::Decoder::new().decompress(body, to).map_err(|e| bad(&e))?;
                to.truncate(n);
            }
            Self::Zstd => {
                to.clear();
                let mut rest = body;
                while !rest.is_empty() {
                    let frame = ruzstd::decoding::StreamingDecoder::new(&mut rest);
                    let mut frame = frame.map_err(|e| bad(&e))?;
                    let room = limit.saturating_sub(to.len()) as u64 + 1;
                    Read::take(&mut frame, room).read_to_end(to).map_err(|e| bad(&e))?;
                    if to.len() > limit {
                        return Err(ReceiveError::TooLarge { limit });
                    }
                }
            }
        }
        Ok(())
    }
}
