//! The files that browsers fetch once: script, styles, charts, mark. Their names carry a hash of their content, so they never change.

use std::sync::OnceLock;

use crate::http::path::Path;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;

/// The browser's part as the build made it.
#[derive(Debug, Clone, Copy)]
pub struct Assets {
    /// Every file that browsers may ask for under `/assets/`.
    pub files: &'static [Asset],
    /// The inner elements of every icon, sorted by name.
    pub icons: &'static [(&'static str, &'static str)],
    /// Where the script of this build is found; so the next three.
    pub app_js: &'static str,
    pub app_css: &'static str,
    pub charts_js: &'static str,
    pub mark_svg: &'static str,
}

/// One build, one set of files; pages are drawn without them where none was put in (tests of a room alone).
static ASSETS: OnceLock<Assets> = OnceLock::new();
const NONE: Assets = Assets { files: &[], icons: &[], app_js: "", app_css: "", charts_js: "", mark_svg: "" };

/// Puts in the files of this build; the first to come stay.
pub fn put_in(assets: &Assets) {
    let _ = ASSETS.set(*assets);
}

/// The files of this build.
#[must_use]
pub fn assets() -> Assets {
    ASSETS.get().copied().unwrap_or(NONE)
}

/// One embedded file.
#[derive(Debug)]
pub struct Asset {
    /// Its name under `/assets/`, with the hash.
    pub path: &'static str,
    /// Its content type.
    pub kind: &'static str,
    /// Its quoted entity tag.
    pub etag: &'static str,
    pub plain: &'static [u8],
    pub gzip: &'static [u8],
}

impl Asset {
    /// The file as it is.
    pub fn content(&self) -> &'static [u8] {
        self.plain
    }
}

/// `GET /assets/{file}`: the file, gzipped where the browser takes it, to be kept for a year.
pub async fn serve(Path(file): Path<String>, headers: HeaderMap) -> Response {
    let Some(asset) = assets().files.iter().find(|asset| asset.path == file) else {
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
    let icons = assets().icons;
    let found = icons.binary_search_by(|(known, _)| (*known).cmp(name));
    debug_assert!(found.is_ok() || name.is_empty() || icons.is_empty(), "there is no icon `{name}`; add it to web/icons.svg");
    found.map_or("", |at| icons[at].1)
}
