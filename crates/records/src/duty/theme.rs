//! The theme of a month: issued by a superior, suggested to every branch below.

use jiff::civil::Date;
use policy::{Activity, Capability, Pack, Per, Period};
use sea_orm::ConnectionTrait;
use sea_orm::QueryResult;
use serde_json::json;
use store::{Actor, OrgId, Refusal, Tx, execute, query};

use crate::app::App;

/// A theme as it was issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    pub id: i64,
    pub organisation: OrgId,
    pub month: Period,
    pub title: String,
    /// From the pack's list of “+” contents.
    pub contents: Vec<String>,
    pub issued_on: Date,
}

/// The kind of activity that has themes: the one with “+” contents to choose from.
#[must_use]
pub fn theme_kind(pack: &Pack) -> Option<(&str, &Activity)> {
    pack.activities.iter().find(|(_, activity)| !activity.contents.is_empty()).map(|(key, activity)| (key.as_str(), activity))
}

/// Issues the theme of a month, or puts another in its place.
///
/// # Errors
/// [`Refusal`]: out of reach, a branch, a month that is over, no title, or contents that are not in the list.
pub async fn issue_theme(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    organisation: OrgId,
    month: Period,
    title: &str,
    contents: &[String],
) -> anyhow::Result<i64> {
    let org = app.directory().visible(&actor.scope(Capability::DirectActivities), organisation).cloned();
    let org = org
        .filter(|org| !org.is_branch())
        .ok_or_else(|| Refusal("没有找到这个党组织：主题由乡镇（街道）以上党组织在自己的范围内下发。".to_owned()))?;
    let title = title.trim();
    if title.is_empty() || title.chars().count() > 60 {
        return Err(Refusal("请写主题，60 个字以内。".to_owned()).into());
    }
    if month.per != Per::Month || month.until() <= tx.today() {
        return Err(Refusal(format!("{}已经过了，请选本月或以后的月份。", month.label())).into());
    }
    let pack = app.pack();
    let known = theme_kind(&pack).map(|(_, activity)| activity.contents.as_slice()).unwrap_or_default();
    if let Some(unknown) = contents.iter().find(|content| !known.contains(content)) {
        return Err(Refusal(format!("内容“{unknown}”不在清单里，请从清单中选。")).into());
    }
    let month_text = month.to_string();
    let rows = query(
        tx.connection(),
        "select id from monthly_theme where organisation_id = $1 and month = $2",
        [organisation.into(), month_text.clone().into()],
    )
    .await?;
    let id = match rows.first() {
        Some(row) => row.try_get_by_index(0)?,
        None => tx.next_id().await?,
    };
    let contents = serde_json::to_string(contents)?;
    let sql = if rows.is_empty() {
        "insert into monthly_theme (id, organisation_id, month, title, contents, issued_by, issued_at) values ($1, $2, $3, $4, $5, $6, $7)"
    } else {
        "update monthly_theme set organisation_id = $2, month = $3, title = $4, contents = $5, issued_by = $6, issued_at = $7 where id = $1"
    };
    execute(
        tx.connection(),
        sql,
        [id.into(), organisation.into(), month_text.clone().into(), title.into(), contents.into(), tx.actor_id().into(), tx.at_text().into()],
    )
    .await?;
    tx.record("theme.issue", "monthly_theme", id, Some(org.id), json!({ "month": month_text }));
    tx.changed("monthly_theme", id, None);
    Ok(id)
}

const COLUMNS: &str = "id, organisation_id, month, title, contents, issued_at";

/// The theme that holds for an organisation in a month: that of its nearest superior who issued one.
///
/// # Errors
/// When the database cannot be read.
pub async fn theme_for(app: &App, organisation: OrgId, month: Period) -> anyhow::Result<Option<Theme>> {
    let line: Vec<OrgId> =
        app.directory().org(organisation).map(|org| std::iter::once(org.id).chain(org.superiors.iter().copied()).collect()).unwrap_or_default();
    let themes = themes_of(app.store().reader(), &line, month.from(), month.until()).await?;
    Ok(line.iter().find_map(|id| themes.iter().find(|theme| theme.organisation == *id)).cloned())
}

/// Themes that organisations issued for the months that begin in `[from, until)`, by month.
///
/// # Errors
/// When the database cannot be read.
pub async fn themes_of<C: ConnectionTrait>(connection: &C, organisations: &[OrgId], from: Date, until: Date) -> anyhow::Result<Vec<Theme>> {
    if organisations.is_empty() {
        return Ok(Vec::new());
    }
    let list = organisations.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let month = |day: Date| Period::containing(day, Per::Month).to_string();
    let rows = query(
        connection,
        format!("select {COLUMNS} from monthly_theme where organisation_id in ({list}) and month >= $1 and month < $2 order by month, id"),
        [month(from).into(), month(until).into()],
    )
    .await?;
    rows.iter().map(read).collect()
}

fn read(row: &QueryResult) -> anyhow::Result<Theme> {
    let at: jiff::Timestamp = row.try_get::<String>("", "issued_at")?.parse()?;
    Ok(Theme {
        id: row.try_get("", "id")?,
        organisation: row.try_get("", "organisation_id")?,
        month: row.try_get::<String>("", "month")?.parse().map_err(|e| anyhow::anyhow!("{e}"))?,
        title: row.try_get("", "title")?,
        contents: serde_json::from_str(&row.try_get::<String>("", "contents")?)?,
        issued_on: store::day_of(at),
    })
}
