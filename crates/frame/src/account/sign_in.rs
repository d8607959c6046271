//! Signing in and out, and one's own password.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use store::{Actor, Commit, PersonId, Refusal, Tx, execute, instant_text, query};

use super::password;
use crate::app::App;

/// Wrong passwords in a row before the account is locked, and for how long.
const N_FAILED_MAX: i64 = 5;
const LOCKED_FOR: SignedDuration = SignedDuration::from_mins(15);

/// A fresh session: the cookie's token, and the commit that opened it.
pub struct SignedIn {
    pub token: String,
    pub commit: Commit,
}

/// Tries with names that no open account has, by keyed digest of what was typed: they are counted as those of an account are,
/// so that the answers do not tell which accounts there are.
#[derive(Default)]
struct Unknown(Mutex<HashMap<String, Tries>>);

#[derive(Default, Clone, Copy)]
struct Tries {
    n_failed: i64,
    locked_until: Option<Timestamp>,
}

/// More names than this are not remembered at once.
const N_UNKNOWN_MAX: usize = 10_000;

impl Unknown {
    /// Counts a try: the time until which the name is locked already, or nothing and the number of tries so far.
    fn count(&self, name: &str, at: Timestamp) -> Result<i64, Timestamp> {
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tries.len() >= N_UNKNOWN_MAX && !tries.contains_key(name) {
            tries.retain(|_, of| of.locked_until.is_some_and(|until| at < until));
            if tries.len() >= N_UNKNOWN_MAX {
                tries.clear();
            }
        }
        let of = tries.entry(name.to_owned()).or_default();
        if let Some(until) = of.locked_until.filter(|until| at < *until) {
            return Err(until);
        }
        let n_failed = of.n_failed + 1;
        *of = if n_failed >= N_FAILED_MAX {
            Tries { n_failed: 0, locked_until: Some(at + LOCKED_FOR) }
        } else {
            Tries { n_failed, locked_until: None }
        };
        Ok(n_failed)
    }
}

fn locked(until: Timestamp, at: Timestamp) -> Refusal {
    let minutes = until.duration_since(at).as_mins() + 1;
    Refusal(format!("这个账号已锁定，{minutes} 分钟后再试，或请本级管理员解锁。"))
}

/// Nobody yet: whoever tries to sign in.
fn nobody(at: Timestamp) -> Actor {
    let on = store::day_of(at);
    let mut nobody = Actor::console(on);
    crate::audit::NOBODY.clone_into(&mut nobody.name);
    for grant in &mut nobody.grants {
        crate::audit::NOBODY.clone_into(&mut grant.post);
        grant.set.everything = false;
    }
    nobody
}

/// Checks a password and opens a session. Every try is in the audit; the answer does not tell whether the login exists.
///
/// # Errors
/// [`Refusal`] with the sentence to show; anything else is unexpected.
pub async fn sign_in(app: &App, login: &str, password: &str, door: &str, at: Timestamp) -> anyhow::Result<SignedIn> {
    let rows =
        query(app.store().reader(), "select id, name, password from person where login = $1 and disabled_at is null", [login.trim().into()]).await?;
    let wrong = || Refusal("账号或密码不对。连续 5 次不对会锁定 15 分钟；忘了密码请找本级管理员重设。".to_owned());
    let Some(row) = rows.first() else {
        let given = password.to_owned();
        tokio::task::spawn_blocking(move || password::spend_the_time_of_a_check(&given)).await?;
        let mut tx = app.begin(&nobody(at), at).await?;
        let account = tx.keys().blind_index("person.login", login.trim());
        let n_failed = app.held(Unknown::default).count(&account, at).map_err(|until| locked(until, at))?;
        tx.record("account.sign_in_failed", "person", 0, None, json!({ "account": account, "n_failed": n_failed }));
        tx.commit().await?;
        return Err(wrong().into());
    };
    let person_id: PersonId = row.try_get("", "id")?;
    let actor = super::actor(app, person_id, row.try_get("", "name")?, store::day_of(at)).await?;
    let Some(mut tx) = tried(app, person_id, row.try_get("", "password")?, password, &actor, at).await? else { return Err(wrong().into()) };
    execute(tx.connection(), "delete from session where person_id = $1 and until_at < $2", [person_id.into(), instant_text(at).into()]).await?;
    let token = open_session(app, &tx, person_id, door, at).await?;
    tx.record("account.sign_in", "person", person_id, None, json!({ "door": door }));
    let commit = tx.commit().await?;
    Ok(SignedIn { token, commit })
}

/// Checks a password: an open transaction in the person's name when it is right, nothing when it is wrong. Tries are counted
/// under the lock of the row, so that many at once do not count as one.
async fn tried(app: &App, person_id: PersonId, kept: String, given: &str, actor: &Actor, at: Timestamp) -> anyhow::Result<Option<Tx>> {
    let given = given.to_owned();
    let is_right = tokio::task::spawn_blocking(move || password::is_right(&given, &kept)).await?;
    let nobody = nobody(at);
    let mut tx = app.begin(if is_right { actor } else { &nobody }, at).await?;
    tx.lock("person", person_id).await?;
    let rows = query(tx.connection(), "select n_failed, locked_until from person where id = $1", [person_id.into()]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let locked_until: Option<String> = row.try_get("", "locked_until")?;
    if let Some(until) = locked_until.and_then(|text| text.parse::<Timestamp>().ok())
        && at < until
    {
        return Err(locked(until, at).into());
    }
    if is_right {
        execute(tx.connection(), "update person set n_failed = 0, locked_until = null where id = $1", [person_id.into()]).await?;
        return Ok(Some(tx));
    }
    let n_failed = row.try_get::<i64>("", "n_failed")? + 1;
    let until = (n_failed >= N_FAILED_MAX).then(|| instant_text(at + LOCKED_FOR));
    let counted = if until.is_some() { 0 } else { n_failed };
    execute(tx.connection(), "update person set n_failed = $2, locked_until = $3 where id = $1", [person_id.into(), counted.into(), until.into()])
        .await?;
    tx.record("account.sign_in_failed", "person", person_id, None, json!({ "n_failed": n_failed }));
    tx.commit().await?;
    Ok(None)
}

async fn open_session(app: &App, tx: &Tx, person_id: PersonId, door: &str, at: Timestamp) -> anyhow::Result<String> {
    let token = password::random_token()?;
    execute(
        tx.connection(),
        "insert into session (id, person_id, csrf, door, created_at, seen_at, until_at, last_write, pack_version) values ($1, $2, $3, $4, $5, $5, $6, 0, $7)",
        [
            store::digest(token.as_bytes()).into(),
            person_id.into(),
            password::random_token()?.into(),
            door.into(),
            instant_text(at).into(),
            instant_text(crate::http::session::ends_at(at)).into(),
            app.policies().version().into(),
        ],
    )
    .await?;
    Ok(token)
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

/// Ends the session that a browser still held when it signed in anew.
pub async fn end_session(app: &App, session_key: &str, at: Timestamp) -> anyhow::Result<()> {
    let tx = app.begin(&Actor::console(store::day_of(at)), at).await?;
    execute(tx.connection(), "delete from session where id = $1", [session_key.into()]).await?;
    tx.commit().await?;
    Ok(())
}

pub async fn touch_session(app: &App, key: &str, at: Timestamp) -> anyhow::Result<()> {
    let tx = app.begin(&Actor::console(store::day_of(at)), at).await?;
    execute(tx.connection(), "update session set seen_at = $2 where id = $1", [key.into(), instant_text(at).into()]).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends every other session of this person; answers how many.
///
/// # Errors
/// When the database refuses.
pub async fn sign_out_elsewhere(tx: &mut Tx, person_id: PersonId, session_key: &str) -> anyhow::Result<u64> {
    let ended = execute(tx.connection(), "delete from session where person_id = $1 and id <> $2", [person_id.into(), session_key.into()]).await?;
    tx.record("account.sign_out_elsewhere", "person", person_id, None, json!({ "n": ended.rows_affected() }));
    Ok(ended.rows_affected())
}

/// Changes one's own password. Every session of the person ends; a new one is opened for this browser.
///
/// # Errors
/// [`Refusal`]: the old password is wrong (counted as at sign-in), the new one is too weak, the same, or typed differently twice.
pub async fn change_password(app: &App, actor: &Actor, door: &str, old: &str, new: &str, again: &str, at: Timestamp) -> anyhow::Result<SignedIn> {
    let person_id = actor.person_id.ok_or_else(|| Refusal("命令行没有密码。".to_owned()))?;
    let rows = query(app.store().reader(), "select login, password from person where id = $1", [person_id.into()]).await?;
    let row = rows.first().ok_or_else(|| Refusal("没有找到这个账号。".to_owned()))?;
    if new != again {
        return Err(Refusal("两次填的新密码不一样，请再填一次。".to_owned()).into());
    }
    if let Err(sentence) = password::is_acceptable(new) {
        return Err(Refusal(sentence).into());
    }
    if new == old || new.eq_ignore_ascii_case(&row.try_get::<String>("", "login")?) {
        return Err(Refusal("新密码不能和现在的密码、账号名相同。".to_owned()).into());
    }
    let Some(tx) = tried(app, person_id, row.try_get("", "password")?, old, actor, at).await? else {
        return Err(Refusal("现在的密码不对。连续 5 次不对会锁定 15 分钟。".to_owned()).into());
    };
    drop(tx);
    let chosen = new.to_owned();
    let hash = tokio::task::spawn_blocking(move || password::hash(&chosen)).await??;
    let mut tx = app.begin(actor, at).await?;
    execute(
        tx.connection(),
        "update person set password = $2, must_change_password = $3, n_failed = 0 where id = $1",
        [person_id.into(), hash.into(), false.into()],
    )
    .await?;
    execute(tx.connection(), "delete from session where person_id = $1", [person_id.into()]).await?;
    let token = open_session(app, &tx, person_id, door, at).await?;
    tx.record("account.change_password", "person", person_id, None, json!(null));
    let commit = tx.commit().await?;
    Ok(SignedIn { token, commit })
}
