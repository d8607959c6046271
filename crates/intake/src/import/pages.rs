//! Uploading, following, deciding, downloading.

use crate::http::path::Path;
use axum::Json;
use axum::extract::multipart::MultipartError;
use axum::extract::{DefaultBodyLimit, Multipart};
use axum::handler::Handler as _;
use axum::http::Uri;
use axum::response::IntoResponse as _;
use policy::Capability;
use serde_json::json;
use store::Refusal;
use store::jobs::JobState;

use super::history::{self, Seen};
use super::model::Request;
use super::views::{ExportsPage, ImportPage, ImportsPage, RowsPage};
use super::{Sent, annotated, decide_rows, enqueue, go_on, report, template};
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::route::{Door, Needs, Routes};
use crate::http::submitted::Submitted;
use crate::http::visit::{Answer, Visit};

/// Largest upload, all files together.
const BYTES_MAX: usize = 64 << 20;
/// Files in one upload.
const FILES_MAX: usize = 20;

/// Routes of imports and exports.
#[must_use]
pub fn routes(routes: Routes) -> Routes {
    let import = Needs::May(Capability::Import);
    routes
        .get("/imports", import, Door::Inner, index)
        .post("/imports", import, Door::Inner, upload.layer(DefaultBodyLimit::max(BYTES_MAX)))
        .get("/imports/templates/{kind}", import, Door::Inner, blank)
        .get("/imports/{id}", import, Door::Inner, show)
        .get("/imports/{id}/progress", import, Door::Inner, progress)
        .post("/imports/{id}/decision", import, Door::Inner, decide)
        .get("/imports/{id}/rows", import, Door::Inner, rows)
        .post("/imports/{id}/rows", import, Door::Inner, choose_rows)
        .get("/imports/{id}/report", import, Door::Inner, report_file)
        .get("/imports/{id}/files/{file}", import, Door::Inner, marked)
        .get("/exports", Needs::May(Capability::Export), Door::Inner, exports)
}

async fn index(visit: Visit, uri: Uri) -> Answer {
    let all = history::all(&visit.app, visit.actor()).await?;
    ImportsPage::answer(&visit, &uri, all)
}

async fn upload(visit: Visit, form: Result<Multipart, axum::extract::multipart::MultipartRejection>) -> Answer {
    let unreadable = || Failure::Invalid(vec!["没有收到文件，请重新选择后上传。".to_owned()]);
    let files = read_files(form.map_err(|_| unreadable())?).await?;
    if files.is_empty() {
        return Ok(visit.refuse("/imports", "还没有选择文件，请先选一个或几个 .xlsx 工作簿。"));
    }
    let mut tx = visit.begin().await?;
    let request = Request { asks: true, ..Request::default() };
    let id = enqueue(&visit.app, &mut tx, files, &request).await?;
    let commit = tx.commit().await?;
    Ok(visit.done(commit, &format!("/imports/{id}"), "收到了，正在核对。写入之前会先请您看一遍。"))
}

/// The files of an upload, by their own names without a path.
async fn read_files(mut form: Multipart) -> Result<Vec<Sent>, Failure> {
    let mut files = Vec::new();
    let refused = |error: MultipartError| {
        let sentence = if error.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
            format!("文件合计超过 {} MB，请删去图片和空白行，或者分几次上传。", BYTES_MAX >> 20)
        } else {
            "文件没有传完整，请检查网络后重新上传。".to_owned()
        };
        Failure::Invalid(vec![sentence])
    };
    while let Some(field) = form.next_field().await.map_err(refused)? {
        let Some(name) = field.file_name().map(str::to_owned) else { continue };
        let bytes = field.bytes().await.map_err(refused)?;
        if bytes.is_empty() && name.is_empty() {
            continue;
        }
        let name = crate::files::own_name(&name);
        files.push(Sent { name: if name.is_empty() { "未命名.xlsx".to_owned() } else { name }, bytes: bytes.to_vec() });
        if files.len() > FILES_MAX {
            return Err(Failure::Invalid(vec![format!("一次最多上传 {FILES_MAX} 个文件，请分几次上传。")]));
        }
    }
    Ok(files)
}

async fn seen(visit: &Visit, id: i64) -> Result<Seen, Failure> {
    history::find(&visit.app, visit.actor(), id).await?.ok_or(Failure::NotFound)
}

async fn show(visit: Visit, Path(id): Path<i64>) -> Answer {
    let seen = seen(&visit, id).await?;
    ImportPage::answer(&visit, seen).await
}

/// How far an import has come, for the bar on its page.
async fn progress(visit: Visit, Path(id): Path<i64>) -> Answer {
    let seen = seen(&visit, id).await?;
    let job = &seen.job;
    let is_over = !matches!(job.state, JobState::Waiting | JobState::Running);
    let next = is_over.then(|| format!("/imports/{id}"));
    Ok(Json(json!({ "done": job.n_done, "total": job.n_total, "sentence": super::views::step_sentence(job), "next": next })).into_response())
}

/// The answer of whoever sent the files: write, or do not.
async fn decide(visit: Visit, Path(id): Path<i64>, form: Submitted) -> Answer {
    let seen = seen(&visit, id).await?;
    let here = format!("/imports/{id}");
    if seen.job.state != JobState::Asking {
        return Ok(visit.see(&here, "这次导入已经决定过了。"));
    }
    let is_abandoned = form.text("do") == "abandon";
    let complete =
        form.filled("complete").map(str::parse::<i16>).transpose().map_err(|_| Failure::Invalid(vec!["年度写得不对，请从列表中选。".to_owned()]))?;
    let this_year = visit.today().year();
    if complete.is_some_and(|year| !(super::coverage::FIRST_YEAR..=this_year).contains(&year)) {
        return Err(Failure::Invalid(vec!["年度写得不对，请从列表中选。".to_owned()]));
    }
    let effective_on = form
        .filled("effective_on")
        .map(str::parse)
        .transpose()
        .map_err(|_| Failure::Invalid(vec!["变化从哪天起生效，请按 2025-06-09 的样子填。".to_owned()]))?;
    let request = Request { is_decided: true, is_abandoned, complete, effective_on, keeps_known: form.text("known") == "keep", ..seen.request };
    let mut tx = visit.begin().await?;
    go_on(&mut tx, id, &request).await?;
    let commit = tx.commit().await?;
    Ok(visit.done(commit, &here, if is_abandoned { "已取消，一行也没有写入。" } else { "开始写入。可以离开本页，写完自动停在这里。" }))
}

async fn rows(visit: Visit, Path(id): Path<i64>, uri: Uri) -> Answer {
    let seen = seen(&visit, id).await?;
    RowsPage::answer(&visit, &uri, seen).await
}

/// Which of the records that are there already are to be brought up to date.
async fn choose_rows(visit: Visit, Path(id): Path<i64>, form: Submitted) -> Answer {
    let seen = seen(&visit, id).await?;
    let back = form.filled("back").filter(|back| back.starts_with(&format!("/imports/{id}/rows"))).unwrap_or("/imports").to_owned();
    if seen.job.state != JobState::Asking {
        return Err(Refusal("这次导入已经决定过了，不能再改。".to_owned()).into());
    }
    let notes: Vec<i64> = form.all("id").iter().filter_map(|text| text.parse().ok()).collect();
    if notes.is_empty() {
        return Ok(visit.refuse(&back, "还没有选行。"));
    }
    let takes = form.text("do") == "take";
    let mut tx = visit.begin().await?;
    decide_rows(&mut tx, id, &notes, takes).await?;
    let commit = tx.commit().await?;
    let sentence =
        if takes { format!("这 {} 行按表更新。", notes.len()) } else { format!("这 {} 行不写入，库里保持原样。", notes.len()) };
    Ok(visit.done(commit, &back, &sentence))
}

async fn report_file(visit: Visit, Path(id): Path<i64>) -> Answer {
    seen(&visit, id).await?;
    let bytes = serde_json::to_vec_pretty(&report(visit.app.store().reader(), id).await?).map_err(anyhow::Error::from)?;
    Ok(download::file(&format!("导入报告 {id}.json"), "application/json", bytes))
}

async fn marked(visit: Visit, Path((id, file)): Path<(i64, i64)>) -> Answer {
    let seen = seen(&visit, id).await?;
    let file = seen.files.iter().find(|known| known.id == file).ok_or(Failure::NotFound)?;
    let bytes = annotated(&visit.app, id, file).await?;
    let stem = file.name.rsplit_once('.').map_or(file.name.as_str(), |(stem, _)| stem);
    Ok(download::file(&format!("{stem}（标注）.xlsx"), super::MEDIA_TYPE, bytes))
}

async fn blank(visit: Visit, Path(kind): Path<String>) -> Answer {
    if !visit.pack().workbooks.contains_key(&kind) {
        return Err(Failure::NotFound);
    }
    let (name, bytes) = template(&visit.app, visit.actor(), &kind)?;
    Ok(download::file(&name, super::MEDIA_TYPE, bytes))
}

async fn exports(visit: Visit) -> Answer {
    ExportsPage::answer(&visit)
}
