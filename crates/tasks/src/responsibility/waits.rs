//! Gaps of responsibility (责任空档) on the desks of the committee's own office and of the one above.

use jiff::civil::Date;
use policy::Capability;
use store::{Actor, OrgId};

use crate::answerable::Covers;
use crate::app::App;
use crate::http::view::{Link, WaitingItem};

/// Committees of one's own and directly below whose fields nobody answers for.
///
/// # Errors
/// When the database cannot be read.
pub async fn waiting_items(app: &App, actor: &Actor, today: Date) -> anyhow::Result<Vec<WaitingItem>> {
    let near = near(app, actor);
    if near.is_empty() {
        return Ok(Vec::new());
    }
    let covers = Covers::on(app.store().reader(), Some(&near), today).await?;
    let pack = app.pack();
    let directory = app.directory();
    let mut items = Vec::new();
    for committee in near {
        let gaps = covers.gaps(&directory, committee);
        if gaps.is_empty() {
            continue;
        }
        let fields: Vec<&str> = gaps.iter().map(|key| pack.fields.get(key).map_or(key.as_str(), |field| field.name.as_str())).collect();
        items.push(WaitingItem {
            icon: "alert-triangle",
            title: format!("{}：责任空档", directory.name_of(committee)),
            note: format!("没有第一责任人，{}也没有人分管；登记以前不能向它下发任务", fields.join("、")),
            since: today,
            over: 0,
            act: Link::new("去登记", format!("/responsibility/{committee}")),
        });
    }
    Ok(items)
}

/// Committees at which somebody keeps the register, and those directly below.
fn near(app: &App, actor: &Actor) -> Vec<OrgId> {
    let scope = actor.scope(Capability::KeepResponsibility);
    let directory = app.directory();
    let mut near: Vec<OrgId> = scope
        .roots()
        .flat_map(|root| directory.org(root).into_iter().chain(directory.children(root)))
        .filter(|org| org.role == policy::OrganisationRole::Committee && directory.is_visible(&scope, org.id))
        .map(|org| org.id)
        .collect();
    near.sort_unstable();
    near.dedup();
    near
}
