//! Periods without a meeting on Party building, on the desk of the committee's own office.

use jiff::civil::Date;
use policy::{Capability, OrganisationRole, Period};
use store::{Actor, OrgId};

use super::{INDICATOR, missed, rows};
use crate::app::App;
use crate::http::view::{Link, WaitingItem};

/// The last period without a meeting, and the running one when it is soon over.
///
/// # Errors
/// When the database cannot be read.
pub async fn waiting_items(app: &App, actor: &Actor, today: Date) -> anyhow::Result<Vec<WaitingItem>> {
    let pack = app.pack();
    let Some(indicator) = pack.indicators.get(INDICATOR) else { return Ok(Vec::new()) };
    let committees: Vec<OrgId> = {
        let directory = app.directory();
        let roots: Vec<OrgId> = actor.scope(Capability::KeepResponsibility).roots().collect();
        roots.into_iter().filter(|id| directory.org(*id).is_some_and(|org| org.role == OrganisationRole::Committee)).collect()
    };
    if committees.is_empty() {
        return Ok(Vec::new());
    }
    let now = Period::containing(today, indicator.per);
    let missed = missed(app, &committees, today).await?;
    let held = rows::days(app.store().reader(), &committees, now.from(), today).await?;
    let days = pack.soon_days(today);
    let directory = app.directory();
    let mut items = Vec::new();
    for committee in committees {
        let name = directory.name_of(committee);
        let act = || Link::new("登记会议", format!("/party-meetings/new?organisation={committee}"));
        if missed.get(&committee).is_some_and(|periods| periods.contains(&now.previous())) {
            items.push(WaitingItem {
                icon: "alert-triangle",
                title: format!("{}没有专题研究党建", now.previous().label()),
                note: format!("{name}，{}至少一次；开过没有登记的，现在登记", indicator.per.label()),
                since: now.from(),
                over: i64::from((today - now.from()).get_days()).max(0),
                act: act(),
            });
        }
        let is_soon = i64::from((now.last_day() - today).get_days()) <= days;
        if is_soon && !held.iter().any(|(of, _)| *of == committee) {
            items.push(WaitingItem {
                icon: "calendar",
                title: format!("{}还没有专题研究党建", now.label()),
                note: format!("{name}，{} 前开", now.last_day()),
                since: now.from(),
                over: 0,
                act: act(),
            });
        }
    }
    Ok(items)
}
