//! The list of accounts within a scope.

use std::collections::HashMap;

use policy::Capability;
use store::{Actor, instant_text, query};

use super::rows::{Account, GRANT, GrantRow, PERSON, read_account, read_grant, within_sql};
use crate::app::App;
use crate::condition::{Condition, anywhere};
use crate::http::list::{Direction, ListQuery, ListSpec};

/// What may be asked of the list.
pub const SPEC: ListSpec =
    ListSpec { sorts: &["name", "login", "created"], default_sort: ("name", Direction::Asc), filters: &["role", "organisation", "state"], per: 50 };

/// Ways an account may stand, with the words of the filter.
pub const STATES: [(&str, &str); 6] =
    [("open", "有在任岗位"), ("acting", "代理"), ("none", "没有在任岗位"), ("initial", "待改初始密码"), ("locked", "已锁定"), ("disabled", "已停用")];

/// Accounts that match, and how many there are.
///
/// # Errors
/// When the database cannot be read.
pub async fn accounts(app: &App, actor: &Actor, asked: &ListQuery, at: jiff::Timestamp) -> anyhow::Result<(Vec<Account>, u64)> {
    let condition = condition(actor, asked, at);
    let counted = query(app.store().reader(), format!("select count(*) from person p where {}", condition.sql()), condition.values()).await?;
    let total = u64::try_from(counted.first().map_or(Ok(0), |row| row.try_get_by_index::<i64>(0))?)?;
    let column = match asked.sort {
        "login" => "p.login",
        "created" => "p.created_at",
        _ => "p.pinyin",
    };
    let page = if asked.export.is_some() {
        " limit 20000".to_owned()
    } else {
        format!(" limit {} offset {}", asked.per, asked.clone().within(total).offset())
    };
    let sql = format!("select {PERSON} from person p where {} order by {column} {}, p.id{page}", condition.sql(), asked.dir.word());
    let rows = query(app.store().reader(), sql, condition.values()).await?;
    let ids: Vec<i64> = rows.iter().map(|row| row.try_get("", "id")).collect::<Result<_, _>>()?;
    let mut grants = grants_of(app, &ids).await?;
    let mut accounts = Vec::with_capacity(rows.len());
    for (row, id) in rows.iter().zip(ids) {
        accounts.extend(read_account(app, actor, row, grants.remove(&id).unwrap_or_default())?);
    }
    Ok((accounts, total))
}

async fn grants_of(app: &App, ids: &[i64]) -> anyhow::Result<HashMap<i64, Vec<GrantRow>>> {
    let mut found: HashMap<i64, Vec<GrantRow>> = HashMap::new();
    for some in ids.chunks(500) {
        let list = some.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let rows =
            query(app.store().reader(), format!("select {GRANT} from post_grant g where g.person_id in ({list}) order by g.id desc"), []).await?;
        for row in &rows {
            let grant = read_grant(row)?;
            found.entry(grant.person_id).or_default().push(grant);
        }
    }
    Ok(found)
}

fn condition(actor: &Actor, asked: &ListQuery, at: jiff::Timestamp) -> Condition {
    let today = store::day_of(at).to_string();
    let open = format!("g.from_on <= '{today}' and (g.until_on is null or g.until_on > '{today}')");
    let mut post = vec!["g.person_id = p.id".to_owned(), within_sql(&actor.scope(Capability::ManageGrants))];
    if let Some(id) = asked.filter("organisation").and_then(|id| id.parse::<i64>().ok()) {
        post.push(format!(
            "exists (select 1 from post_grant_organisation y join organisation_path q on q.descendant_id = y.organisation_id where y.grant_id = g.id and q.ancestor_id = {id} and q.from_on <= '{today}' and (q.until_on is null or q.until_on > '{today}'))"
        ));
    }
    let mut condition = Condition::default();
    if let Some(role) = asked.filter("role") {
        condition = condition.and_with(&format!("exists (select 1 from post_grant g where {} and g.role = ?)", post.join(" and ")), role);
    } else {
        condition = condition.and(format!("exists (select 1 from post_grant g where {})", post.join(" and ")));
    }
    condition = match asked.filter("state") {
        Some("open") => condition.and(format!("exists (select 1 from post_grant g where g.person_id = p.id and {open})")),
        Some("acting") => condition.and(format!("exists (select 1 from post_grant g where g.person_id = p.id and {open} and g.is_acting)")),
        Some("none") => condition.and(format!("not exists (select 1 from post_grant g where g.person_id = p.id and {open})")),
        Some("initial") => condition.and("p.must_change_password"),
        Some("locked") => condition.and_with("p.locked_until > ?", instant_text(at)),
        Some("disabled") => condition.and("p.disabled_at is not null"),
        _ => condition,
    };
    if asked.q.is_empty() {
        condition
    } else {
        condition.and_with("(lower(p.name) like ? or lower(p.login) like ? or p.pinyin like ?)", anywhere(&asked.q))
    }
}
