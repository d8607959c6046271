//! The rooms of the house, put together: whoever adds a room adds it here.

use crate::app::{FoundProblem, Rooms};
use crate::facts::rebuild::Source;
use crate::http::assets::{Asset, Assets};
use crate::http::route::Routes;
use crate::jobs::Kind;
use crate::policies::Policies;
use crate::problem::RaiseForm;
use policy::SourceFile;

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

mod shipped {
    include!(concat!(env!("OUT_DIR"), "/policies.rs"));
}

/// What the rooms bring to the frame.
pub static ROOMS: Rooms = Rooms {
    routes,
    counts: |app, actor, today| Box::pin(crate::desk::counts_of(app, actor, today)),
    follow_items: |app, tx, case| {
        Box::pin(async move {
            crate::problem::follow(app, tx, case).await?;
            crate::project::follow(app, tx, case).await
        })
    },
    follow_opened: |app, tx, new, ids| Box::pin(crate::project::follow_opened(app, tx, new, ids)),
    duty_log: |app, actor, organisation, year| Box::pin(crate::duty_log::duty_log(app, actor, organisation, year)),
    raise_problems: |app, tx, office, found| {
        let form = |it: FoundProblem| RaiseForm {
            organisation: it.organisation,
            source: it.source,
            kind: it.kind,
            text: it.text,
            basis: it.basis,
            owner: it.owner,
            due_on: it.due_on,
            raiser: String::new(),
            procedure: None,
            origin: Some(it.origin),
        };
        Box::pin(crate::problem::raise_found(app, tx, office, found.into_iter().map(form).collect()))
    },
    untold: |app, actor, grant| crate::matter::untold(app, grant).into_iter().chain(crate::task::untold(actor, grant)).collect(),
    sources: SOURCES,
    jobs: &[
        Kind { name: crate::import::JOB, work: |app, job| Box::pin(crate::import::run(app, job)) },
        Kind { name: crate::keys::JOB, work: |app, job| Box::pin(crate::keys::run(app, job)) },
    ],
    assets: Assets { files: ASSETS, icons: ICONS, app_js: APP_JS, app_css: APP_CSS, charts_js: CHARTS_JS, mark_svg: MARK_SVG },
};

fn routes(routes: Routes) -> Routes {
    routes
        .with(crate::desk::routes)
        .with(crate::evaluation::routes)
        .with(crate::rectification::routes)
        .with(crate::appraisal::routes)
        .with(crate::contest::routes)
        .with(crate::selection::routes)
        .with(crate::scheme_editor::routes)
        .with(crate::duty::routes)
        .with(crate::activity::routes)
        .with(crate::ballot::routes)
        .with(crate::ledger::routes)
        .with(crate::programme::routes)
        .with(crate::search::routes)
        .with(crate::organisation::routes)
        .with(crate::member::routes)
        .with(crate::unit::routes)
        .with(crate::pivot::routes)
        .with(crate::suggestion::routes)
        .with(crate::task::routes)
        .with(crate::project::routes)
        .with(crate::problem::routes)
        .with(crate::matter::routes)
        .with(crate::inspection::routes)
        .with(crate::visit::routes)
        .with(crate::responsible::routes)
        .with(crate::responsibility::routes)
        .with(crate::department::routes)
        .with(crate::party_meeting::routes)
        .with(crate::duty_log::routes)
        .with(crate::record_pack::routes)
        .with(crate::asked::routes)
        .with(crate::import::routes)
}

/// Every source of facts.
const SOURCES: &[Source] = &[
    Source {
        name: "organisation",
        label: "党组织",
        table: "organisation",
        derive: |app, tx, ids| Box::pin(crate::organisation::derive_facts(app, tx, ids)),
    },
    Source { name: "member", label: "党员", table: "member", derive: |_, tx, ids| Box::pin(crate::member::derive_facts(tx, ids)) },
    Source {
        name: "activity", label: "组织生活记录", table: "activity", derive: |_, tx, ids| Box::pin(crate::activity::derive_facts(tx, ids))
    },
    Source { name: "ledger", label: "台账", table: "ledger_row", derive: |_, tx, ids| Box::pin(crate::ledger::derive_facts(tx, ids)) },
    Source { name: "task", label: "任务", table: "task", derive: |_, tx, ids| Box::pin(crate::task::derive_facts(tx, ids)) },
    Source { name: "project", label: "项目", table: "project", derive: |_, tx, ids| Box::pin(crate::project::derive_facts(tx, ids)) },
    Source { name: "problem", label: "问题", table: "problem", derive: |_, tx, ids| Box::pin(crate::problem::derive_facts(tx, ids)) },
    Source { name: "matter", label: "督办事项", table: "matter", derive: |app, tx, ids| Box::pin(crate::matter::derive_facts(app, tx, ids)) },
    Source { name: "asked_unit", label: "报表", table: "asked_unit", derive: |_, tx, ids| Box::pin(crate::asked::derive_facts(tx, ids)) },
    Source {
        name: "party_meeting",
        label: "专题研究党建会议",
        table: "party_meeting",
        derive: |_, tx, ids| Box::pin(crate::party_meeting::derive_facts(tx, ids)),
    },
    Source {
        name: "appraisal",
        label: "述职评议",
        table: "appraisal_report",
        derive: |app, tx, ids| Box::pin(crate::appraisal::derive_facts(app, tx, ids)),
    },
    Source { name: "contest", label: "比武", table: "contest_entry", derive: |_, tx, ids| Box::pin(crate::contest::derive_facts(tx, ids)) },
    Source { name: "coverage", label: "导入范围", table: "coverage", derive: |_, tx, ids| Box::pin(crate::import::coverage_facts(tx, ids)) },
    Source { name: "unit", label: "村和单位", table: "unit", derive: |app, tx, ids| Box::pin(crate::unit::derive_facts(app, tx, ids)) },
];

/// The packs embedded in the binary.
///
/// # Errors
/// When they have errors: then the build was made from a broken folder.
pub fn embedded_policies() -> anyhow::Result<Policies> {
    Policies::from_files(embedded_files())
}

/// The files of the packs embedded in the binary.
#[must_use]
pub fn embedded_files() -> Vec<SourceFile> {
    shipped::FILES.iter().map(|(path, text)| crate::policies::source_file(path, (*text).to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use crate::http::path::Path;
    use axum::http::{HeaderMap, StatusCode, header};
    use axum::response::Response;

    use super::*;
    use crate::http::assets::{icon_shape, serve};

    async fn get(file: &str, name: header::HeaderName, value: &'static str) -> Response {
        crate::http::assets::put_in(&ROOMS.assets);
        let mut headers = HeaderMap::new();
        headers.insert(name, axum::http::HeaderValue::from_static(value));
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
        crate::http::assets::put_in(&ROOMS.assets);
        assert!(icon_shape("home").starts_with("<path"));
        assert_eq!(icon_shape(""), "");
        assert!(ICONS.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
