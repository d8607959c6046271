//! The files that browsers fetch once: script, styles, charts, mark. Their names carry a hash of their content, so they never change.

use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// One embedded file.
pub struct Asset {
    /// Its name under `/assets/`, with the hash.
    pub path: &'static str,
    /// Its content type.
    pub kind: &'static str,
    /// Its quoted entity tag.
    pub etag: &'static str,
    plain: &'static [u8],
    gzip: &'static [u8],
}

impl Asset {
    /// The file as it is.
    pub fn content(&self) -> &'static [u8] {
        self.plain
    }
}

/// `GET /assets/{file}`: the file, gzipped where the browser takes it, to be kept for a year.
pub async fn serve(Path(file): Path<String>, headers: HeaderMap) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.path == file) else {
        return empty(StatusCode::NOT_FOUND);
    };
    if headers.get(header::IF_NONE_MATCH).is_some_and(|tags| tags.as_bytes() == asset.etag.as_bytes()) {
        return empty(StatusCode::NOT_MODIFIED);
    }
    let gzip = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains("gzip"));
    let mut response = Response::new(Body::from(if gzip { asset.gzip } else { asset.plain }));
    let answer = response.headers_mut();
    answer.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    answer.insert(header::ETAG, HeaderValue::from_static(asset.etag));
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    answer.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if gzip {
        answer.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// The inner elements of an icon; an unknown name stops tests and draws nothing in a release.
pub fn icon_shape(name: &str) -> &'static str {
    let found = ICONS.binary_search_by(|(known, _)| (*known).cmp(name));
    debug_assert!(found.is_ok() || name.is_empty(), "there is no icon `{name}`; add it to web/icons.svg");
    found.map_or("", |at| ICONS[at].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn get(file: &str, name: header::HeaderName, value: &'static str) -> Response {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_static(value));
        serve(Path(file.into()), headers).await
    }

    #[tokio::test]
    async fn answers_once_and_for_all() {
        let script = APP_JS.trim_start_matches("/assets/");
        let answer = get(script, header::ACCEPT_ENCODING, "gzip, deflate").await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()[header::CONTENT_ENCODING], "gzip");
        assert!(answer.headers()[header::CACHE_CONTROL].to_str().unwrap().contains("immutable"));
        let plain = get(script, header::ACCEPT, "*/*").await;
        assert!(!plain.headers().contains_key(header::CONTENT_ENCODING));
        let etag = ASSETS.iter().find(|asset| asset.path == script).unwrap().etag;
        assert_eq!(get(script, header::IF_NONE_MATCH, etag).await.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(get("app-0000.js", header::ACCEPT, "*/*").await.status(), StatusCode::NOT_FOUND);
    }

    #[test]
    fn icons_are_found_by_name() {
        assert!(icon_shape("home").starts_with("<path"));
        assert_eq!(icon_shape(""), "");
        assert!(ICONS.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
