//! Open measures of rectifications as things that some level answers for.

use jiff::civil::Date;
use sea_orm::QueryResult;
use store::{Actor, OrgId, query};

use super::PROCEDURE;
use crate::app::App;
use crate::case;
use frame::answerable::Charge;

/// Measures of rectifications within somebody's reach that nobody has confirmed yet.
///
/// # Errors
/// When the database cannot be read.
pub async fn charges(app: &App, actor: &Actor, on: Date) -> anyhow::Result<Vec<Charge>> {
    let sql = format!(
        "select i.text, i.due_on, c.id as case_id, c.organisation_id from case_item i join case_file c on c.id = i.case_id where i.kind = 'measure' and i.closed_in is null and c.closed_at is null and c.procedure = $1 and {} order by i.due_on, i.id",
        case::reached(&super::pages::reach(actor))
    );
    let read = |row: &QueryResult| -> anyhow::Result<Charge> {
        let organisation: OrgId = row.try_get("", "organisation_id")?;
        let due_on: Option<Date> = row.try_get::<Option<String>>("", "due_on")?.map(|day| day.parse()).transpose()?;
        Ok(Charge {
            kind: "整顿措施",
            organisation,
            field: None,
            title: row.try_get("", "text")?,
            due_on,
            is_overdue: due_on.is_some_and(|day| day < on),
            stands_at: organisation,
            href: format!("/rectifications/{}", row.try_get::<i64>("", "case_id")?),
        })
    };
    query(app.store().reader(), sql, [PROCEDURE.into()]).await?.iter().map(read).collect()
}
