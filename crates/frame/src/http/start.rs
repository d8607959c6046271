//! The page shown while the demo city is being filled.

use askama::Template;
use axum::Json;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use serde_json::json;

use crate::app::App;
use crate::http::failure::Failure;
use crate::http::pages_basic::StartPage;

const POLL: &str = "/start/progress";

/// Lets requests pass once the database is filled.
pub async fn gate(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let filling = app.filling();
    if path == POLL {
        return match filling {
            Some(filling) => Json(json!({ "done": filling.n_done, "total": filling.n_total, "sentence": filling.sentence })).into_response(),
            None => Json(json!({ "done": 1, "total": 1, "sentence": "已经就绪", "next": "/" })).into_response(),
        };
    }
    match filling {
        Some(filling) if !path.starts_with("/assets/") => {
            let page = StartPage {
                large: false,
                site: app.settings().site.clone(),
                title: "正在生成演示城市".to_owned(),
                sentence: filling.sentence,
                done: filling.n_done,
                total: filling.n_total,
                stages: Vec::new(),
                poll: POLL.to_owned(),
            };
            page.render().map_or_else(|error| Failure::from(error).into_response(), |html| Html(html).into_response())
        }
        _ => next.run(request).await,
    }
}
