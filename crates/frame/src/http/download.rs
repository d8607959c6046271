//! Files to be saved: lists as workbooks or text, documents.

use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::Response;
use office::sheet::{Table, write_csv, write_workbook};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::block_in_place;

use crate::http::failure::Failure;
use crate::http::list::{Export, encoded};
use crate::http::visit::Answer;

/// All rows of a list as the file that was asked for; `name` without ending.
///
/// # Errors
/// When the table does not fit into a workbook.
pub fn table(export: Export, name: &str, table: &Table) -> Answer {
    match export {
        Export::Xlsx => workbook(name, std::slice::from_ref(table)),
        Export::Csv => Ok(file(&format!("{name}.csv"), "text/csv; charset=utf-8", apart(|| write_csv(table)))),
    }
}

/// Several tables as one workbook; `name` without ending.
///
/// # Errors
/// When a table does not fit.
pub fn workbook(name: &str, tables: &[Table]) -> Answer {
    let bytes = apart(|| write_workbook(tables)).map_err(|error| Failure::Refused(error.to_string()))?;
    Ok(file(&format!("{name}.xlsx"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", bytes))
}

/// Work of seconds, when a whole city is written: other requests go on meanwhile.
fn apart<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => block_in_place(work),
        _ => work(),
    }
}

/// An official document; `name` without ending.
#[must_use]
pub fn document(name: &str, bytes: Vec<u8>) -> Response {
    file(&format!("{name}.docx"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document", bytes)
}

/// A file with its name, which may be Chinese.
#[must_use]
pub fn file(name: &str, kind: &'static str, bytes: Vec<u8>) -> Response {
    let end = name.rsplit_once('.').map_or("", |(_, end)| end);
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"jishi.{end}\"; filename*=UTF-8''{}", encoded(name))) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    response
}
