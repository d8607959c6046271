//! What waits for a department: its parts, its standing duties, what others reported to it as the lead.

use jiff::civil::Date;
use policy::{Capability, Period};
use store::Actor;

use super::acts_for;
use super::left::owed_since;
use super::rows::{self, Office};
use crate::app::App;
use crate::http::view::{Link, WaitingItem};

/// Lines of the desk for whoever acts for an office.
///
/// # Errors
/// When the database cannot be read.
pub async fn waiting_items(app: &App, actor: &Actor, today: Date) -> anyhow::Result<Vec<WaitingItem>> {
    if !actor.may(Capability::WorkForDepartment) {
        return Ok(Vec::new());
    }
    let reader = app.store().reader();
    let pack = app.pack();
    let mut offices = rows::offices(reader, "o.until_on is null", Vec::new()).await?;
    offices.retain(|office| acts_for(&pack, actor, office));
    if offices.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<i64> = offices.iter().map(|office| office.id).collect();
    let list = rows::listed(&ids);
    let condition = format!("p.delivered_on is null and (p.department_office_id in ({list}) or j.department_office_id in ({list}))");
    let mut items = Vec::new();
    for part in rows::parts(reader, &condition, Vec::new()).await? {
        let href = format!("/departments/parts/{}", part.id);
        let over = i64::from((today - part.due_on).get_days()).max(0);
        if part.is_reported && ids.contains(&part.lead) {
            let (title, note) = (format!("{}报告了：{}", part.office_name, part.part), format!("“{}”的协办，等您认可", part.action));
            items.push(WaitingItem { icon: "clipboard-check", title, note, since: today, over: 0, act: Link::new("认可或退回", href) });
        } else if !part.is_reported && ids.contains(&part.office) {
            let note = format!("协办“{}”，{}牵头，{} 前报告", part.action, part.lead_name, part.due_on);
            items.push(WaitingItem { icon: "checklist", title: part.part, note, since: today, over, act: Link::new("报告", href) });
        }
    }
    let days = pack.soon_days(today);
    let reports = rows::reported(reader, &ids).await?;
    for office in &offices {
        for duty in pack.departments.get(&office.department).into_iter().flat_map(|department| &department.duties) {
            let now = Period::containing(today, duty.per);
            for period in [now.previous(), now] {
                let is_due = i64::from((period.last_day() - today).get_days()) <= days && period.last_day() >= owed_since(office, duty);
                if is_due && !reports.iter().any(|it| it.office == office.id && it.duty == duty.key && it.period == period) {
                    items.push(duty_item(office, &duty.key, &duty.name, period, today));
                }
            }
        }
    }
    Ok(items)
}

fn duty_item(office: &Office, key: &str, name: &str, period: Period, today: Date) -> WaitingItem {
    WaitingItem {
        icon: "calendar-check",
        title: format!("{name}（{}）", period.label()),
        note: format!("{}的职责，{} 前报告", office.name, period.last_day()),
        since: period.from(),
        over: i64::from((today - period.last_day()).get_days()).max(0),
        act: Link::new("报告", format!("/departments/{}/report?duty={key}&period={period}", office.id)),
    }
}
