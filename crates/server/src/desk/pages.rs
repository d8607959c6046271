//! The desk's page.

use askama::Template;

use crate::http::layout::Layout;
use crate::http::visit::{Answer, Visit};

#[derive(Template)]
#[template(path = "pages/desk.html")]
struct DeskPage {
    layout: Layout,
    sentence: String,
}

/// The desk.
///
/// # Errors
/// When the template fails.
pub async fn show(visit: Visit) -> Answer {
    let sentence = {
        let directory = visit.app.directory();
        let scope = visit.scope(policy::Capability::ViewOrganisations);
        format!("看得到 {} 个党组织", directory.all(&scope).count())
    };
    let mut layout = visit.layout("工作台");
    layout.crumbs.clear();
    visit.page(&DeskPage { layout, sentence })
}
