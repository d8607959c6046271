//! Open problems as things that some level answers for, and those that a secretary took up himself.

use jiff::civil::Date;
use sea_orm::{ConnectionTrait, QueryResult};
use store::{Actor, OrgId, query};

use super::model::shortened;
use super::see;
use crate::answerable::Charge;
use crate::app::App;
use crate::duty_log::{LogLine, Secretary, bounds};

/// Characters of a title.
const N_TITLE: usize = 60;

/// Problems within somebody's reach that are not closed.
///
/// # Errors
/// When the database cannot be read.
pub async fn charges(app: &App, actor: &Actor, on: Date) -> anyhow::Result<Vec<Charge>> {
    let scope = see::reach(actor).sql("p.organisation_id");
    let sql = format!(
        "select p.id, p.organisation_id, p.issuer_id, p.text, p.due_on, p.is_handed_in from problem p where p.closed_on is null and {scope} order by p.due_on, p.id"
    );
    // By position: there are thousands of rows.
    let read = |row: &QueryResult| -> anyhow::Result<Charge> {
        let organisation: OrgId = row.try_get_by_index(1)?;
        let due_on: Date = row.try_get_by_index::<String>(4)?.parse()?;
        let is_handed_in: bool = row.try_get_by_index(5)?;
        Ok(Charge {
            kind: "问题",
            organisation,
            field: None,
            title: shortened(&row.try_get_by_index::<String>(3)?, N_TITLE),
            due_on: Some(due_on),
            is_overdue: due_on < on,
            stands_at: if is_handed_in { row.try_get_by_index(2)? } else { organisation },
            href: format!("/problems/{}", row.try_get_by_index::<i64>(0)?),
        })
    };
    query(app.store().reader(), sql, []).await?.iter().map(read).collect()
}

/// Orders to look for the same elsewhere that units within somebody's reach have not answered, or nobody has accepted yet.
///
/// # Errors
/// When the database cannot be read.
pub async fn self_check_charges(app: &App, actor: &Actor, on: Date) -> anyhow::Result<Vec<Charge>> {
    let (scope, pack) = (see::reach(actor), app.pack());
    let sql = format!(
        "select c.id, c.procedure, c.stage, c.organisation_id, c.issuer_id, c.title, c.due_on, s.field from case_file c join self_check s on s.id = c.subject_id where c.subject_kind = $1 and c.closed_at is null and ({} or {}) order by c.due_on, c.id",
        scope.sql("c.organisation_id"),
        scope.cases_sql("c.id")
    );
    let read = |row: &QueryResult| -> anyhow::Result<Charge> {
        let (organisation, issuer): (OrgId, Option<OrgId>) = (row.try_get("", "organisation_id")?, row.try_get("", "issuer_id")?);
        let (procedure, stage): (String, String) = (row.try_get("", "procedure")?, row.try_get("", "stage")?);
        let stage = pack.procedures.get(&procedure).and_then(|procedure| procedure.stages.iter().find(|it| it.key == stage));
        let is_its_turn = stage.is_none_or(|stage| stage.actions.iter().any(|action| action.by.at == "self"));
        let due_on = crate::directory::optional_day(row, "due_on")?;
        Ok(Charge {
            kind: "自查",
            organisation,
            field: Some(row.try_get("", "field")?),
            title: row.try_get("", "title")?,
            due_on,
            is_overdue: due_on.is_some_and(|day| day < on),
            stands_at: issuer.filter(|_| !is_its_turn).unwrap_or(organisation),
            href: super::unit_address(row.try_get("", "id")?),
        })
    };
    query(app.store().reader(), sql, [super::SELF_CHECK.into()]).await?.iter().map(read).collect()
}

/// Problems of a year that a secretary answers for at his own organisation, or raised himself.
///
/// # Errors
/// When the database cannot be read.
pub async fn logged<C: ConnectionTrait>(connection: &C, secretary: &Secretary, year: i16) -> anyhow::Result<Vec<LogLine>> {
    let sql = format!(
        "select p.id, p.text, p.owner, p.organisation_id, p.raised_on from problem p where ((p.organisation_id = $3 and p.owner like $4) or p.raised_by in ({})) and not p.is_dismissed and p.raised_on >= $1 and p.raised_on <= $2 order by p.raised_on, p.id",
        secretary.accounts_sql()
    );
    let [from, until] = bounds(year);
    let values = [from, until, secretary.organisation.into(), format!("%{}", secretary.name).into()];
    let read = |row: &QueryResult| -> anyhow::Result<LogLine> {
        let owner: String = row.try_get("", "owner")?;
        let is_owner = owner.ends_with(&secretary.name) && row.try_get::<OrgId>("", "organisation_id")? == secretary.organisation;
        let text = shortened(&row.try_get::<String>("", "text")?, N_TITLE);
        let kind = if is_owner { "牵头整改问题" } else { "发现问题" };
        Ok(LogLine::of(row.try_get::<String>("", "raised_on")?.parse()?, kind, text, format!("/problems/{}", row.try_get::<i64>("", "id")?)))
    };
    query(connection, sql, values).await?.iter().map(read).collect()
}
