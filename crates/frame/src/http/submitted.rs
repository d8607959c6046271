//! What a form sends: names, each with one value or several; and taken once, however often it is sent.

use std::collections::BTreeMap;

use axum::body::to_bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::http::header::CONTENT_TYPE;
use store::{Tx, execute, query};

use crate::app::App;
use crate::files;
use crate::http::failure::Failure;
use crate::http::list::pairs;
use crate::http::visit::Session;

/// A form's fields as they were sent; the proof of the session is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Submitted(BTreeMap<String, Vec<String>>);

impl Submitted {
    /// Reads `a=1&b=2&b=3`.
    #[must_use]
    pub fn parse(body: &str) -> Self {
        let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in pairs(body) {
            if name != "csrf" {
                fields.entry(name).or_default().push(value.replace("\r\n", "\n"));
            }
        }
        Self(fields)
    }

    /// The first value of a field, trimmed; empty when it was not sent.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(|values| values.first()).map_or("", |value| value.trim())
    }

    /// The first value of a field, unless it is empty.
    #[must_use]
    pub fn filled(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// Every value of a field, in the order of the form.
    #[must_use]
    pub fn all(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// All fields.
    #[must_use]
    pub fn fields(&self) -> &BTreeMap<String, Vec<String>> {
        &self.0
    }

    /// Where the answer to this very form led when it was taken before; else it is noted as taken now, in the operation's
    /// own transaction. A form without the key that the browser makes is always new.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn taken_before(&self, tx: &Tx, answer: &str) -> anyhow::Result<Option<String>> {
        let (key, Some(actor)) = (self.text("draft_key"), tx.actor_id()) else { return Ok(None) };
        if key.is_empty() || key.len() > 64 {
            return Ok(None);
        }
        let rows = query(tx.connection(), "select answer from draft where draft_key = $1 and actor_id = $2", [key.into(), actor.into()]).await?;
        if let Some(row) = rows.first() {
            return Ok(Some(row.try_get_by_index(0)?));
        }
        execute(
            tx.connection(),
            "insert into draft (draft_key, actor_id, answer, created_at) values ($1, $2, $3, $4)",
            [key.into(), actor.into(), answer.into(), tx.at_text().into()],
        )
        .await?;
        Ok(None)
    }
}

/// Largest form that is read.
const BYTES_MAX: usize = 4 * 1024 * 1024;
/// Largest form with files that is read.
const BYTES_WITH_FILES_MAX: usize = 24 * 1024 * 1024;

impl FromRequest<App> for Submitted {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &App) -> Result<Self, Failure> {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if kind.starts_with("multipart/form-data") {
            return with_files(request, app).await;
        }
        let too_long = || Failure::Invalid(vec!["填写的内容太长，请分几次提交。".to_owned()]);
        let bytes = to_bytes(request.into_body(), BYTES_MAX).await.map_err(|_| too_long())?;
        Ok(Self::parse(&String::from_utf8_lossy(&bytes)))
    }
}

/// A form with files: each is on the disk when its field is read, and stands in the form as its ticket, before the ticket
/// of a file that was sent with an earlier try.
async fn with_files(mut request: Request, app: &App) -> Result<Submitted, Failure> {
    let person = request.extensions().get::<Session>().and_then(|session| session.actor.person_id).ok_or(Failure::NotFound)?;
    let incomplete = |_| Failure::Invalid(vec![format!("没有传完整，或者附件超过 {} MB，请压缩后重新选。", BYTES_WITH_FILES_MAX >> 20)]);
    DefaultBodyLimit::max(BYTES_WITH_FILES_MAX).apply(&mut request);
    let mut parts =
        Multipart::from_request(request, app).await.map_err(|_| Failure::Invalid(vec!["没有收到填写的内容，请再提交一次。".to_owned()]))?;
    let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
    while let Some(part) = parts.next_field().await.map_err(incomplete)? {
        let field = part.name().unwrap_or_default().to_owned();
        match part.file_name().map(str::to_owned) {
            Some(name) if name.is_empty() => {}
            Some(name) => {
                let bytes = part.bytes().await.map_err(incomplete)?.to_vec();
                let ticket = files::receive(app, person, &name, bytes).await.map_err(Failure::from)?;
                fields.entry(field).or_default().insert(0, ticket);
            }
            None => fields.entry(field).or_default().push(part.text().await.map_err(incomplete)?.replace("\r\n", "\n")),
        }
    }
    Ok(Submitted(fields))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_keep_their_order_and_lose_the_proof() {
        let form = Submitted::parse("csrf=x&text=%E4%B8%80+&row=1&row=&row=3");
        assert_eq!((form.text("text"), form.text("csrf"), form.text("none")), ("一", "", ""));
        assert_eq!(form.all("row"), ["1", "", "3"]);
        assert_eq!(form.filled("none"), None);
    }
}
