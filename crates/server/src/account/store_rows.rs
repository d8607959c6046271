//! Rows of accounts and grants.

use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::Set;
use serde_json::json;
use store::entities::{person, post_grant};
use store::{Actor, PersonId, Refusal, Tx, query};

use super::{NewGrant, NewPerson};

pub(super) async fn insert_person(tx: &mut Tx, new: &NewPerson, hash: String) -> anyhow::Result<PersonId> {
    let taken = query(tx.connection(), "select id from person where login = $1", [new.login.trim().into()]).await?;
    if !taken.is_empty() {
        return Err(Refusal(format!("账号“{}”已经有人用了，请换一个。", new.login.trim())).into());
    }
    let id = tx.next_id().await?;
    person::ActiveModel {
        id: Set(id),
        login: Set(new.login.trim().to_owned()),
        name: Set(new.name.clone()),
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
    tx.record("account.create", "person", id, None, json!({ "login": new.login }));
    tx.changed("person", id, None);
    Ok(id)
}

pub(super) async fn insert_grant(tx: &mut Tx, actor: &Actor, new: &NewGrant) -> anyhow::Result<i64> {
    let id = tx.next_id().await?;
    post_grant::ActiveModel {
        id: Set(id),
        person_id: Set(new.person_id),
        role: Set(new.role.clone()),
        post: Set(new.post.clone()),
        root_id: Set(new.root),
        fields: Set(serde_json::to_string(&new.fields)?),
        named: Set(serde_json::to_string(&new.named)?),
        case_id: Set(None),
        from_on: Set(new.from.to_string()),
        until_on: Set(new.until.map(|day| day.to_string())),
        is_acting: Set(new.is_acting),
        given_by: Set(actor.person_id),
        created_at: Set(tx.at_text()),
    }
    .insert(tx.connection())
    .await?;
    tx.record("grant.give", "post_grant", id, new.root, json!({ "person": new.person_id, "role": new.role, "from": new.from.to_string() }));
    tx.changed("post_grant", id, None);
    Ok(id)
}
