//! Rows of accounts and grants.

use jiff::Timestamp;
use jiff::civil::Date;
use policy::Capability;
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ConnectionTrait, QueryResult};
use serde_json::json;
use store::entities::{person, post_grant, post_grant_organisation};
use store::{Actor, OrgId, OrganisationSet, PersonId, Refusal, Scope, Tx, execute, insert_all, query};

use super::NewPerson;
use super::post::{NewGrant, is_seen, may_confirm, may_manage};
use crate::app::App;

/// Columns of a grant, as `g`.
pub(super) const GRANT: &str = "g.id, g.person_id, g.role, g.post, g.root_id, g.fields, g.named, g.case_id, g.from_on, g.until_on, g.is_acting, g.is_prepared, g.takes_over, g.given_by";

/// A post that a person holds, held, or will hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantRow {
    pub id: i64,
    pub person_id: PersonId,
    pub role: String,
    pub post: String,
    pub set: OrganisationSet,
    pub from: Date,
    pub until: Option<Date>,
    pub is_acting: bool,
    /// Gives nothing until it is confirmed.
    pub is_prepared: bool,
    /// The post that ends when this one is confirmed.
    pub takes_over: Option<i64>,
    /// Who gave or prepared it; `None`: the console.
    pub given_by: Option<PersonId>,
}

impl GrantRow {
    /// Whether it gives something on a day.
    #[must_use]
    pub fn holds_on(&self, day: Date) -> bool {
        !self.is_prepared && self.from <= day && self.until.is_none_or(|until| until > day)
    }

    /// Whether it holds, or will.
    #[must_use]
    pub fn is_open_on(&self, day: Date) -> bool {
        self.until.is_none_or(|until| until > day)
    }

    /// The organisation it stands at, for the audit.
    #[must_use]
    pub fn organisation(&self) -> Option<OrgId> {
        self.set.root.or_else(|| self.set.named.first().copied())
    }
}

/// An account, as far as the actor sees it.
#[derive(Debug, Clone)]
pub struct Account {
    pub id: PersonId,
    pub login: String,
    pub name: String,
    pub must_change_password: bool,
    pub locked_until: Option<Timestamp>,
    pub is_disabled: bool,
    pub created_on: Date,
    pub member_id: Option<i64>,
    /// Posts within the actor's scope; newest first.
    pub grants: Vec<GrantRow>,
    /// Whether every open post (or, without one, every post there was) is the actor's to manage.
    pub is_managed: bool,
}

pub(super) fn read_grant(row: &QueryResult) -> anyhow::Result<GrantRow> {
    Ok(GrantRow {
        id: row.try_get("", "id")?,
        person_id: row.try_get("", "person_id")?,
        role: row.try_get("", "role")?,
        post: row.try_get("", "post")?,
        set: OrganisationSet {
            root: row.try_get("", "root_id")?,
            fields: serde_json::from_str(&row.try_get::<String>("", "fields")?)?,
            named: serde_json::from_str(&row.try_get::<String>("", "named")?)?,
            case_id: row.try_get("", "case_id")?,
            everything: false,
        },
        from: row.try_get::<String>("", "from_on")?.parse()?,
        until: row.try_get::<Option<String>>("", "until_on")?.map(|day| day.parse()).transpose()?,
        is_acting: row.try_get("", "is_acting")?,
        is_prepared: row.try_get("", "is_prepared")?,
        takes_over: row.try_get("", "takes_over")?,
        given_by: row.try_get("", "given_by")?,
    })
}

/// Columns of an account, as `p`.
pub(super) const PERSON: &str = "p.id, p.login, p.name, p.must_change_password, p.locked_until, p.disabled_at, p.created_at, p.member_id";

/// Puts an account together with all its posts; nothing when none of them is seen.
pub(super) fn read_account(app: &App, actor: &Actor, row: &QueryResult, grants: Vec<GrantRow>) -> anyhow::Result<Option<Account>> {
    let open: Vec<&GrantRow> = grants.iter().filter(|grant| grant.is_open_on(actor.on)).collect();
    let all: Vec<&GrantRow> = grants.iter().collect();
    let deciding = if open.is_empty() { &all } else { &open };
    let is_everything = actor.grants.iter().any(|own| own.set.everything);
    let is_managed = is_everything || deciding.iter().all(|grant| may_manage(app, actor, &grant.role, &grant.set));
    let grants: Vec<GrantRow> = grants.into_iter().filter(|grant| is_seen(app, actor, &grant.set)).collect();
    if grants.is_empty() && !is_everything {
        return Ok(None);
    }
    let locked_until: Option<String> = row.try_get("", "locked_until")?;
    Ok(Some(Account {
        id: row.try_get("", "id")?,
        login: row.try_get("", "login")?,
        name: row.try_get("", "name")?,
        must_change_password: row.try_get("", "must_change_password")?,
        locked_until: locked_until.and_then(|text| text.parse().ok()),
        is_disabled: row.try_get::<Option<String>>("", "disabled_at")?.is_some(),
        created_on: store::day_of(row.try_get::<String>("", "created_at")?.parse()?),
        member_id: row.try_get("", "member_id")?,
        grants,
        is_managed,
    }))
}

/// An account that the actor sees.
///
/// # Errors
/// When the database cannot be read.
pub async fn find_account<C: ConnectionTrait>(app: &App, connection: &C, actor: &Actor, id: PersonId) -> anyhow::Result<Option<Account>> {
    let rows = query(connection, format!("select {PERSON} from person p where p.id = $1"), [id.into()]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let found = query(connection, format!("select {GRANT} from post_grant g where g.person_id = $1 order by g.id desc"), [id.into()]).await?;
    let grants = found.iter().map(read_grant).collect::<anyhow::Result<_>>()?;
    read_account(app, actor, row, grants)
}

/// A post that the actor sees.
///
/// # Errors
/// When the database cannot be read.
pub async fn find_grant<C: ConnectionTrait>(app: &App, connection: &C, actor: &Actor, id: i64) -> anyhow::Result<Option<GrantRow>> {
    let rows = query(connection, format!("select {GRANT} from post_grant g where g.id = $1"), [id.into()]).await?;
    let grant = rows.first().map(read_grant).transpose()?;
    Ok(grant.filter(|grant| is_seen(app, actor, &grant.set)))
}

/// Posts that are prepared and that the actor may confirm.
///
/// # Errors
/// When the database cannot be read.
pub async fn prepared(app: &App, actor: &Actor) -> anyhow::Result<Vec<GrantRow>> {
    if !actor.may(Capability::ManageGrants) {
        return Ok(Vec::new());
    }
    let within = within_sql(&actor.scope(Capability::ManageGrants));
    let sql = format!("select {GRANT} from post_grant g where g.is_prepared and (g.until_on is null or g.until_on > $1) and {within} order by g.id");
    let found = query(app.store().reader(), sql, [actor.on.to_string().into()]).await?;
    let mut grants = found.iter().map(read_grant).collect::<anyhow::Result<Vec<_>>>()?;
    grants.retain(|grant| may_confirm(app, actor, grant));
    Ok(grants)
}

/// A condition over `g` (a grant): every organisation of it lies within the scope.
pub(super) fn within_sql(scope: &Scope) -> String {
    if scope.is_everything() {
        return "true".to_owned();
    }
    let inside = scope.sql("x.organisation_id");
    format!(
        "(exists (select 1 from post_grant_organisation x where x.grant_id = g.id) and not exists (select 1 from post_grant_organisation x where x.grant_id = g.id and not {inside}))"
    )
}

/// Persons with a post within the scope, as a `select` of their numbers.
pub fn persons_within(actor: &Actor, capability: Capability) -> String {
    format!("select g.person_id from post_grant g where {}", within_sql(&actor.scope(capability)))
}

pub(super) async fn insert_person(tx: &mut Tx, new: &NewPerson, hash: String) -> anyhow::Result<PersonId> {
    let login = new.login.trim();
    let is_fit = (2..=40).contains(&login.chars().count()) && login.chars().all(|c| c.is_alphanumeric() || "-_.@".contains(c));
    if !is_fit {
        return Err(Refusal("账号请用 2 到 40 个字母、数字或汉字，可以有 - _ . @，中间不留空格。".to_owned()).into());
    }
    if new.name.trim().is_empty() || new.name.chars().count() > 40 {
        return Err(Refusal("请填姓名，不超过 40 个字。".to_owned()).into());
    }
    let taken = query(tx.connection(), "select id from person where login = $1", [login.into()]).await?;
    if !taken.is_empty() {
        return Err(Refusal(format!("账号“{login}”已经有人用了，请换一个。")).into());
    }
    let id = tx.next_id().await?;
    person::ActiveModel {
        id: Set(id),
        login: Set(login.to_owned()),
        name: Set(new.name.trim().to_owned()),
        pinyin: Set(crate::pinyin::key(&new.name)),
        telephone: Set(None),
        password: Set(hash),
        must_change_password: Set(new.must_change_password),
        n_failed: Set(0),
        locked_until: Set(None),
        member_id: Set(new.member_id),
        disabled_at: Set(None),
        created_at: Set(tx.at_text()),
    }
    .insert(tx.connection())
    .await?;
    tx.record("account.create", "person", id, None, json!({ "login": login }));
    tx.changed("person", id, None);
    Ok(id)
}

pub(super) async fn insert_grant(tx: &mut Tx, actor: &Actor, new: &NewGrant, case_id: Option<i64>, is_prepared: bool) -> anyhow::Result<i64> {
    let id = tx.next_id().await?;
    post_grant::ActiveModel {
        id: Set(id),
        person_id: Set(new.person_id),
        role: Set(new.role.clone()),
        post: Set(new.post.clone()),
        root_id: Set(new.root),
        fields: Set(serde_json::to_string(&new.fields)?),
        named: Set(serde_json::to_string(&new.named)?),
        case_id: Set(case_id),
        from_on: Set(new.from.to_string()),
        until_on: Set(new.until.map(|day| day.to_string())),
        is_acting: Set(new.is_acting),
        is_prepared: Set(is_prepared),
        takes_over: Set(None),
        given_by: Set(actor.person_id),
        created_at: Set(tx.at_text()),
    }
    .insert(tx.connection())
    .await?;
    let mut reached: Vec<OrgId> = new.root.into_iter().chain(new.named.iter().copied()).collect();
    reached.sort_unstable();
    reached.dedup();
    let reached =
        reached.into_iter().map(|organisation| post_grant_organisation::ActiveModel { grant_id: Set(id), organisation_id: Set(organisation) });
    insert_all::<post_grant_organisation::Entity, _, _>(tx.connection(), reached.collect()).await?;
    let what = json!({ "person": new.person_id, "role": new.role, "from": new.from.to_string(), "until": new.until.map(|day| day.to_string()), "acting": new.is_acting, "case": case_id });
    let operation = if is_prepared { "grant.prepare" } else { "grant.give" };
    tx.record(operation, "post_grant", id, new.root.or_else(|| new.named.first().copied()), what);
    tx.changed("post_grant", id, None);
    Ok(id)
}

/// Notes that a prepared post, once confirmed, ends another.
pub(super) async fn take_over(tx: &mut Tx, successor: i64, held: i64) -> anyhow::Result<()> {
    execute(tx.connection(), "update post_grant set takes_over = $2 where id = $1", [successor.into(), held.into()]).await?;
    Ok(())
}
