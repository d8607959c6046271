//! Accounts and grants: accounts belong to persons, grants to posts.
//!
//! For: signing in, and what a person may see and do on a day.
//! In: a login and a password; a post given to a person by somebody with a wider one. Out: an [`Actor`], a session.
//! Does not know: what the capabilities are used for.

mod password;
mod store_rows;

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use policy::Capability;
use serde_json::json;
use store::{Actor, Commit, Grant, OrgId, OrganisationSet, PersonId, Refusal, Tx, execute, query};

use crate::app::App;

pub use password::{hash as hash_password, is_acceptable as is_acceptable_password};

/// Wrong passwords in a row before the account is locked, and for how long.
const N_FAILED_MAX: i64 = 5;
const LOCKED_FOR: SignedDuration = SignedDuration::from_mins(15);

/// A fresh session: the cookie's token and the sentence-free facts around it.
pub struct SignedIn {
    pub token: String,
    pub commit: Commit,
}

/// Checks a password and opens a session. Every try is in the audit; the answer does not tell whether the login exists.
///
/// # Errors
/// [`Refusal`] with the sentence to show; anything else is unexpected.
pub async fn sign_in(app: &App, login: &str, password: &str, door: &str, at: Timestamp) -> anyhow::Result<SignedIn> {
    let rows = query(
        app.store().reader(),
        "select id, password, n_failed, locked_until from person where login = $1 and disabled_at is null",
        [login.trim().into()],
    )
    .await?;
    let console = Actor::console(store::day_of(at));
    let wrong = || Refusal("账号或密码不对。连续 5 次不对会锁定 15 分钟；忘了密码请找本级管理员重设。".to_owned());
    let Some(row) = rows.first() else {
        password::spend_the_time_of_a_check(password);
        return Err(wrong().into());
    };
    let person_id: PersonId = row.try_get("", "id")?;
    let locked_until: Option<String> = row.try_get("", "locked_until")?;
    if let Some(until) = locked_until.and_then(|text| text.parse::<Timestamp>().ok())
        && at < until
    {
        let minutes = until.duration_since(at).as_mins() + 1;
        return Err(Refusal(format!("这个账号已锁定，{minutes} 分钟后再试，或请本级管理员重设密码。")).into());
    }
    let kept: String = row.try_get("", "password")?;
    let given = password.to_owned();
    let is_right = tokio::task::spawn_blocking(move || password::is_right(&given, &kept)).await?;
    let mut tx = app.begin(&console, at).await?;
    if !is_right {
        let n_failed = row.try_get::<i64>("", "n_failed")? + 1;
        let locked = (n_failed >= N_FAILED_MAX).then(|| (at + LOCKED_FOR).to_string());
        let kept = if locked.is_some() { 0 } else { n_failed };
        execute(tx.connection(), "update person set n_failed = $2, locked_until = $3 where id = $1", [person_id.into(), kept.into(), locked.into()]).await?;
        tx.record("account.sign_in_failed", "person", person_id, None, json!({ "n_failed": n_failed }));
        tx.commit().await?;
        return Err(wrong().into());
    }
    let token = password::random_token()?;
    execute(tx.connection(), "update person set n_failed = 0, locked_until = null where id = $1", [person_id.into()]).await?;
    execute(
        tx.connection(),
        "insert into session (id, person_id, csrf, door, created_at, seen_at, until_at, last_write) values ($1, $2, $3, $4, $5, $5, $6, 0)",
        [
            store::digest(token.as_bytes()).into(),
            person_id.into(),
            password::random_token()?.into(),
            door.into(),
            at.to_string().into(),
            crate::http::session::ends_at(at).to_string().into(),
        ],
    )
    .await?;
    tx.record("account.sign_in", "person", person_id, None, json!({ "door": door }));
    let commit = tx.commit().await?;
    Ok(SignedIn { token, commit })
}

/// Ends a session.
///
/// # Errors
/// When the database refuses.
pub async fn sign_out(app: &App, actor: &Actor, session_key: &str, at: Timestamp) -> anyhow::Result<()> {
    let mut tx = app.begin(actor, at).await?;
    execute(tx.connection(), "delete from session where id = $1", [session_key.into()]).await?;
    tx.record("account.sign_out", "person", actor.person_id.unwrap_or_default(), None, json!(null));
    tx.commit().await?;
    Ok(())
}

pub(crate) async fn touch_session(app: &App, key: &str, at: Timestamp) -> anyhow::Result<()> {
    let tx = app.begin(&Actor::console(store::day_of(at)), at).await?;
    execute(tx.connection(), "update session set seen_at = $2 where id = $1", [key.into(), at.to_string().into()]).await?;
    tx.commit().await?;
    Ok(())
}

/// The person with the grants that hold on a day.
///
/// # Errors
/// When the database cannot be read.
pub async fn actor(app: &App, person_id: PersonId, name: String, on: Date) -> anyhow::Result<Actor> {
    let pack = app.pack();
    let rows = query(
        app.store().reader(),
        "select id, role, post, root_id, fields, named, case_id, from_on, until_on, is_acting from post_grant where person_id = $1 and from_on <= $2 and (until_on is null or until_on > $2) order by id",
        [person_id.into(), on.to_string().into()],
    )
    .await?;
    let mut grants = Vec::new();
    for row in &rows {
        let role: String = row.try_get("", "role")?;
        let capabilities: BTreeSet<Capability> = pack.roles.get(&role).map(|role| role.capabilities.iter().copied().collect()).unwrap_or_default();
        grants.push(Grant {
            id: row.try_get("", "id")?,
            role,
            post: row.try_get("", "post")?,
            set: OrganisationSet {
                root: row.try_get("", "root_id")?,
                fields: serde_json::from_str(&row.try_get::<String>("", "fields")?)?,
                named: serde_json::from_str(&row.try_get::<String>("", "named")?)?,
                case_id: row.try_get("", "case_id")?,
                everything: false,
            },
            capabilities,
            from: row.try_get::<String>("", "from_on")?.parse()?,
            until: row.try_get::<Option<String>>("", "until_on")?.map(|day| day.parse()).transpose()?,
            is_acting: row.try_get("", "is_acting")?,
        });
    }
    Ok(Actor { person_id: Some(person_id), name, grants, on })
}

/// The person of a number with the grants of a day, for work that goes on without a session.
///
/// # Errors
/// [`Refusal`] when the account is gone or closed.
pub async fn actor_of(app: &App, person_id: PersonId, on: Date) -> anyhow::Result<Actor> {
    let rows = query(app.store().reader(), "select name from person where id = $1 and disabled_at is null", [person_id.into()]).await?;
    let row = rows.first().ok_or_else(|| Refusal("办理人的账号已经停用，请换一个人办理。".to_owned()))?;
    actor(app, person_id, row.try_get_by_index(0)?, on).await
}

/// A new account.
#[derive(Debug, Clone)]
pub struct NewPerson {
    pub login: String,
    pub name: String,
    pub password: String,
    pub member_id: Option<i64>,
    pub must_change_password: bool,
}

/// Opens an account for a person.
///
/// # Errors
/// [`Refusal`] when the login is taken or the password too weak.
pub async fn create_person(tx: &mut Tx, actor: &Actor, new: NewPerson) -> anyhow::Result<PersonId> {
    if !actor.may(Capability::ManageGrants) {
        return Err(Refusal("开设账号要有“用户授权”的权限，请联系本级管理员。".to_owned()).into());
    }
    if let Err(sentence) = is_acceptable_password(&new.password) {
        return Err(Refusal(sentence).into());
    }
    let hash = hash_password(&new.password)?;
    store_rows::insert_person(tx, &new, hash).await
}

/// A post to be given.
#[derive(Debug, Clone)]
pub struct NewGrant {
    pub person_id: PersonId,
    pub role: String,
    pub post: String,
    pub root: Option<OrgId>,
    pub fields: Vec<String>,
    pub named: Vec<OrgId>,
    pub from: Date,
    pub until: Option<Date>,
    pub is_acting: bool,
}

/// Gives a post to a person: never wider than the giver's own, and only roles that the giver's role delegates.
///
/// # Errors
/// [`Refusal`] saying what is too wide.
pub async fn give_grant(app: &App, tx: &mut Tx, actor: &Actor, new: NewGrant) -> anyhow::Result<i64> {
    let pack = app.pack();
    if !pack.roles.contains_key(&new.role) {
        return Err(Refusal(format!("制度包里没有“{}”这个角色", new.role)).into());
    }
    let is_console = actor.grants.iter().any(|grant| grant.set.everything);
    if !is_console {
        let scope = actor.scope(Capability::ManageGrants);
        let delegates = actor.grants_with(Capability::ManageGrants).any(|grant| pack.roles.get(&grant.role).is_some_and(|role| role.delegates.contains(&new.role)));
        if !delegates {
            return Err(Refusal(format!("您的岗位不能授予“{}”，请由上级授予。", pack.roles[&new.role].name)).into());
        }
        let directory = app.directory();
        let reaches = |id: OrgId| directory.is_visible(&scope, id);
        if !new.root.into_iter().chain(new.named.iter().copied()).all(reaches) {
            return Err(Refusal("授予的范围不能超出您自己的范围。".to_owned()).into());
        }
    }
    if new.until.is_some_and(|until| until <= new.from) {
        return Err(Refusal("结束日期要晚于开始日期。".to_owned()).into());
    }
    store_rows::insert_grant(tx, actor, &new).await
}

/// An account of the demo city.
#[derive(Debug, Clone, Copy)]
pub struct DemoAccount {
    pub login: &'static str,
    pub password: &'static str,
    /// As the sign-in page names it.
    pub title: &'static str,
    pub role: &'static str,
}

/// The accounts that `jishi demo` prints and its sign-in page offers.
#[must_use]
pub fn demo_accounts() -> &'static [DemoAccount] {
    const ACCOUNTS: &[DemoAccount] = &[
        DemoAccount { login: "shiwei", password: "jishi-2026", title: "市委组织部", role: "city_organisation_officer" },
        DemoAccount { login: "xianwei", password: "jishi-2026", title: "县委组织部", role: "county_organisation_officer" },
        DemoAccount { login: "zhenwei", password: "jishi-2026", title: "乡镇组织委员", role: "township_organisation_officer" },
        DemoAccount { login: "shuji", password: "jishi-2026", title: "支部书记", role: "branch_secretary" },
        DemoAccount { login: "dangyuan", password: "jishi-2026", title: "党员", role: "member" },
        DemoAccount { login: "hangye", password: "jishi-2026", title: "教育工委", role: "line_officer" },
        DemoAccount { login: "ducha", password: "jishi-2026", title: "督查组", role: "inspector" },
        DemoAccount { login: "guanli", password: "jishi-2026", title: "管理员", role: "administrator" },
    ];
    ACCOUNTS
}
