//! Opening, closing and mending accounts. Whoever manages a person's every open post may manage the account.

use policy::Capability;
use serde_json::json;
use store::{Actor, PersonId, Refusal, Tx, execute};

use super::password;
use super::rows;
use crate::app::App;

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
    if let Err(sentence) = password::is_acceptable(&new.password) {
        return Err(Refusal(sentence).into());
    }
    let chosen = new.password.clone();
    let hash = tokio::task::spawn_blocking(move || password::hash(&chosen)).await??;
    rows::insert_person(tx, &new, hash).await
}

/// Closes an account: nobody signs in with it, its sessions end. Posts stay what they are until they are ended or handed over.
///
/// # Errors
/// [`Refusal`]: not managed by the actor.
pub async fn disable(app: &App, tx: &mut Tx, actor: &Actor, id: PersonId) -> anyhow::Result<()> {
    managed(app, tx, actor, id).await?;
    execute(tx.connection(), "update person set disabled_at = $2 where id = $1 and disabled_at is null", [id.into(), tx.at_text().into()]).await?;
    end_sessions(tx, id).await?;
    tx.record("account.disable", "person", id, None, json!(null));
    tx.changed("person", id, None);
    Ok(())
}

/// Opens a closed account again.
///
/// # Errors
/// [`Refusal`]: not managed by the actor.
pub async fn enable(app: &App, tx: &mut Tx, actor: &Actor, id: PersonId) -> anyhow::Result<()> {
    managed(app, tx, actor, id).await?;
    execute(tx.connection(), "update person set disabled_at = null, n_failed = 0, locked_until = null where id = $1", [id.into()]).await?;
    tx.record("account.enable", "person", id, None, json!(null));
    tx.changed("person", id, None);
    Ok(())
}

/// Ends a lock before its time.
///
/// # Errors
/// [`Refusal`]: not managed by the actor.
pub async fn unlock(app: &App, tx: &mut Tx, actor: &Actor, id: PersonId) -> anyhow::Result<()> {
    managed(app, tx, actor, id).await?;
    execute(tx.connection(), "update person set n_failed = 0, locked_until = null where id = $1", [id.into()]).await?;
    tx.record("account.unlock", "person", id, None, json!(null));
    Ok(())
}

/// Gives a temporary password that must be changed at the next sign-in; answers it, to be shown once.
///
/// # Errors
/// [`Refusal`]: not managed by the actor.
pub async fn reset_password(app: &App, tx: &mut Tx, actor: &Actor, id: PersonId) -> anyhow::Result<String> {
    managed(app, tx, actor, id).await?;
    let temporary = password::random_temporary()?;
    let chosen = temporary.clone();
    let hash = tokio::task::spawn_blocking(move || password::hash(&chosen)).await??;
    execute(
        tx.connection(),
        "update person set password = $2, must_change_password = $3, n_failed = 0, locked_until = null where id = $1",
        [id.into(), hash.into(), true.into()],
    )
    .await?;
    end_sessions(tx, id).await?;
    tx.record("account.reset_password", "person", id, None, json!(null));
    Ok(temporary)
}

async fn end_sessions(tx: &Tx, id: PersonId) -> anyhow::Result<()> {
    execute(tx.connection(), "delete from session where person_id = $1", [id.into()]).await?;
    Ok(())
}

/// Refuses what is not the actor's to manage; an account out of reach is as if it did not exist.
async fn managed(app: &App, tx: &Tx, actor: &Actor, id: PersonId) -> anyhow::Result<()> {
    if actor.person_id == Some(id) {
        return Err(Refusal("自己的账号不能由自己重设、解锁或停用，请找上级或其他管理员。".to_owned()).into());
    }
    let account = rows::find_account(app, tx.connection(), actor, id).await?.ok_or_else(|| Refusal("没有找到这个账号。".to_owned()))?;
    if account.is_managed {
        Ok(())
    } else {
        Err(Refusal("这个人还有您管不到的岗位，账号要由授予那个岗位的上级来管。".to_owned()).into())
    }
}
