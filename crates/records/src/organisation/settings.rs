//! Days that are set for an organisation: when it begins to use the system, its fixed theme day.

use jiff::civil::Date;
use policy::Capability;
use serde_json::json;
use store::{Actor, OrgId, Refusal, Tx, execute, query};

use super::store::{listed, within};

/// The organisation and everything that stands below it today begin to use the system on `on`; answers how many.
///
/// # Errors
/// [`Refusal`]: out of reach.
pub async fn set_go_live(tx: &mut Tx, actor: &Actor, top: OrgId, on: Date) -> anyhow::Result<usize> {
    let reached = within(tx, actor, &[Capability::DirectActivities], &[top]).await?;
    if !reached.contains(&top) {
        return Err(Refusal("启用日期由乡镇（街道）以上党组织设定；没有在您的范围内找到这个党组织。".to_owned()).into());
    }
    let today = tx.today().to_string();
    let rows = query(
        tx.connection(),
        "select descendant_id from organisation_path where ancestor_id = $1 and from_on <= $2 and (until_on is null or until_on > $2) order by descendant_id",
        [top.into(), today.into()],
    )
    .await?;
    let below: Vec<OrgId> = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?;
    let below: Vec<OrgId> = {
        let reached = within(tx, actor, &[Capability::DirectActivities], &below).await?;
        below.into_iter().filter(|id| reached.contains(id)).collect()
    };
    for chunk in below.chunks(500) {
        execute(tx.connection(), format!("update organisation set go_live_on = $1 where id in ({})", listed(chunk)), [on.to_string().into()]).await?;
    }
    tx.record("organisation.set_go_live", "organisation", top, Some(top), json!({ "on": on.to_string(), "n": below.len() }));
    for id in &below {
        tx.changed("organisation", *id, Some(*id));
    }
    Ok(below.len())
}

/// The fixed day of the month for 主题党日; none: not fixed.
///
/// # Errors
/// [`Refusal`]: out of reach, or a day that some months do not have.
pub async fn set_theme_day(tx: &mut Tx, actor: &Actor, organisation: OrgId, theme_day: Option<i64>) -> anyhow::Result<()> {
    let may = [Capability::RecordActivities, Capability::ManageOrganisations, Capability::DirectActivities];
    if !within(tx, actor, &may, &[organisation]).await?.contains(&organisation) {
        return Err(Refusal("没有找到这个党组织。".to_owned()).into());
    }
    if theme_day.is_some_and(|day| !(1..=28).contains(&day)) {
        return Err(Refusal("主题党日请定在每月 1 日至 28 日之间，29 日以后不是每个月都有。".to_owned()).into());
    }
    execute(tx.connection(), "update organisation set theme_day = $2 where id = $1", [organisation.into(), theme_day.into()]).await?;
    tx.record("organisation.set_theme_day", "organisation", organisation, Some(organisation), json!({ "day": theme_day }));
    tx.changed("organisation", organisation, Some(organisation));
    Ok(())
}
