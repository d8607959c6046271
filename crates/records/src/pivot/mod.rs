//! Figures asked for freely (统计查询): measures and indicators × organisations × periods or fields, each down to its records.
//!
//! For: offices that want to know something that no page was made for. In: a question in the address, facts as columns. Out: a table,
//! charts, files, the records behind every figure; questions kept under a name and shared. Does not know: stars, ranks, scores.

mod behind;
mod choices;
mod pages;
mod print;
mod question;
mod saved;
mod saved_pages;
mod small;

use policy::{Capability, Per, Period};

pub use choices::{Offer, offers};
pub use saved::{NewView, Shared, View, drop_view, save_view, views_of};

use crate::http::route::{Door, Needs, Routes};

/// Routes of figures.
#[must_use]
pub fn routes(routes: Routes) -> Routes {
    let needs = Needs::May(Capability::ViewActivities);
    routes
        .get("/figures", needs, Door::Both, pages::show)
        .get("/figures/records", needs, Door::Both, behind::show)
        .get("/figures/views", needs, Door::Both, saved_pages::list)
        .post("/figures/views", needs, Door::Both, saved_pages::save)
        .get("/figures/views/{id}", needs, Door::Both, saved_pages::open)
        .post("/figures/views/{id}/drop", needs, Door::Both, saved_pages::drop)
}

/// A period within its year: 3 月, 二季度, 下半年, 全年.
fn short(period: Period) -> String {
    let at = usize::try_from(period.ordinal - 1).unwrap_or_default();
    match period.per {
        Per::Month => format!("{} 月", period.ordinal),
        Per::Quarter => format!("{}季度", ["一", "二", "三", "四"].get(at).copied().unwrap_or_default()),
        Per::HalfYear => ["上半年", "下半年"].get(at).copied().unwrap_or_default().to_owned(),
        Per::Year => "全年".to_owned(),
    }
}
