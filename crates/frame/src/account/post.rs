//! Giving, ending and handing over posts: never wider than one's own, only roles that one's own role delegates.

use jiff::civil::Date;
use policy::Capability;
use serde_json::json;
use store::{Actor, Grant, OrgId, OrganisationSet, PersonId, Refusal, Tx, execute, query};

use super::rows::{self, GrantRow};
use crate::app::App;
use crate::directory::Directory;

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

impl NewGrant {
    fn set(&self) -> OrganisationSet {
        OrganisationSet { root: self.root, fields: self.fields.clone(), named: self.named.clone(), ..OrganisationSet::default() }
    }
}

/// Whether every organisation of `set` lies within `own`.
pub(super) fn covers(directory: &Directory, own: &OrganisationSet, set: &OrganisationSet) -> bool {
    if own.everything {
        return true;
    }
    if set.everything || own.case_id.is_some() || (set.root.is_none() && set.named.is_empty()) {
        return false;
    }
    let is_below = |id: OrgId| own.root.is_some_and(|top| top == id || directory.org(id).is_some_and(|org| org.superiors.contains(&top)));
    let in_fields = |id: OrgId| own.fields.is_empty() || directory.org(id).is_some_and(|org| own.fields.contains(&org.field));
    let is_as_narrow = own.fields.is_empty() || (!set.fields.is_empty() && set.fields.iter().all(|field| own.fields.contains(field)));
    let root_fits = set.root.is_none_or(|root| is_below(root) && is_as_narrow);
    root_fits && set.named.iter().all(|id| own.named.contains(id) || (is_below(*id) && in_fields(*id)))
}

/// Own posts that allow giving this role over this set.
fn givers<'a>(app: &'a App, actor: &'a Actor, role: &'a str, set: &'a OrganisationSet) -> Vec<&'a Grant> {
    let pack = app.pack();
    let directory = app.directory();
    let delegates = |own: &Grant| own.set.everything || pack.roles.get(&own.role).is_some_and(|it| it.delegates.iter().any(|key| key == role));
    actor.grants_with(Capability::ManageGrants).filter(|own| delegates(own) && covers(&directory, &own.set, set)).collect()
}

/// Whether the actor may end or hand over a post with this role over this set.
#[must_use]
pub fn may_manage(app: &App, actor: &Actor, role: &str, set: &OrganisationSet) -> bool {
    !givers(app, actor, role, set).is_empty()
}

/// Whether the actor sees a post: every organisation of it lies within one of the actor's own.
pub(super) fn is_seen(app: &App, actor: &Actor, set: &OrganisationSet) -> bool {
    let directory = app.directory();
    actor.grants_with(Capability::ManageGrants).any(|own| covers(&directory, &own.set, set))
}

/// Gives a post to a person: never wider than the giver's own, and only roles that the giver's role delegates.
///
/// # Errors
/// [`Refusal`] saying what is too wide.
pub async fn give_grant(app: &App, tx: &mut Tx, actor: &Actor, new: NewGrant) -> anyhow::Result<i64> {
    give_grant_over(app, tx, actor, new, None).await
}

/// As [`give_grant`]; with a case the post is over that case alone, whose organisation is the one that is named, and gives
/// nothing once the case is closed.
///
/// # Errors
/// As [`give_grant`].
pub async fn give_grant_over(app: &App, tx: &mut Tx, actor: &Actor, new: NewGrant, case_id: Option<i64>) -> anyhow::Result<i64> {
    may_give(app, actor, &new, tx.today())?;
    let same = query(
        tx.connection(),
        format!("select {} from post_grant g where g.person_id = $1 and g.role = $2 and (g.until_on is null or g.until_on > $3)", rows::GRANT),
        [new.person_id.into(), new.role.clone().into(), new.from.to_string().into()],
    )
    .await?;
    for row in &same {
        let old = rows::read_grant(row)?;
        if old.set == (OrganisationSet { case_id, ..new.set() }) && new.until.is_none_or(|until| until > old.from) {
            return Err(Refusal(format!("这个人已经有“{}”这个岗位，期间也重叠，不用再授。", old.post)).into());
        }
    }
    let id = rows::insert_grant(tx, actor, &new, case_id).await?;
    tell_of_more(app, tx, actor, &new, id).await?;
    Ok(id)
}

/// The pack lets some roles give what they do not have themselves (an information centre opens the accounts of officers). Then
/// whoever manages posts where the new one stands, and above it, is told: nobody gets a post unseen.
async fn tell_of_more(app: &App, tx: &mut Tx, actor: &Actor, new: &NewGrant, id: i64) -> anyhow::Result<()> {
    let is_console = actor.person_id.is_none();
    let more = app.pack().roles.get(&new.role).is_some_and(|role| role.capabilities.iter().any(|capability| !actor.may(*capability)));
    let Some(at) = new.root.or_else(|| new.named.first().copied()).filter(|_| more && !is_console) else { return Ok(()) };
    let (above, text) = {
        let (directory, pack) = (app.directory(), app.pack());
        let role = pack.roles.get(&new.role).map_or("", |role| role.name.as_str());
        let text = format!("{}（{}）授予了“{}”，角色是{role}。不对的，请结束这个岗位。", actor.name, actor.post_line(), new.post);
        (directory.org(at).and_then(|org| org.parent), text)
    };
    for organisation in std::iter::once(at).chain(above) {
        crate::notice::send(tx, crate::notice::To::Organisation(organisation), "grant.more", &text, &format!("/grants/{id}")).await?;
    }
    Ok(())
}

fn may_give(app: &App, actor: &Actor, new: &NewGrant, today: Date) -> Result<(), Refusal> {
    let pack = app.pack();
    let refuse = |sentence: String| Err(Refusal(sentence));
    let Some(role) = pack.roles.get(&new.role) else { return refuse(format!("制度包里没有“{}”这个角色。", new.role)) };
    if new.root.is_none() && new.named.is_empty() {
        return refuse("请选岗位管到哪些党组织。".to_owned());
    }
    if new.fields.iter().any(|field| !pack.fields.contains_key(field)) {
        return refuse("所选的领域不在制度包里，请重新选。".to_owned());
    }
    let is_unknown = {
        let directory = app.directory();
        new.root.iter().chain(&new.named).any(|id| directory.org(*id).is_none())
    };
    // On the console organisations of the same transaction may not be in the lists yet.
    let is_console = actor.person_id.is_none() && actor.grants.iter().any(|grant| grant.set.everything);
    if !is_console {
        if actor.person_id == Some(new.person_id) {
            return refuse("不能给自己授予岗位，请由上级授予。".to_owned());
        }
        if new.from < today {
            return refuse(format!("开始日期不能早于今天（{today}）。"));
        }
        let delegates =
            actor.grants_with(Capability::ManageGrants).any(|own| pack.roles.get(&own.role).is_some_and(|it| it.delegates.contains(&new.role)));
        if !delegates {
            return refuse(format!("您的岗位不能授予“{}”，请由上级授予。", role.name));
        }
        let set = new.set();
        let givers = givers(app, actor, &new.role, &set);
        if is_unknown || givers.is_empty() {
            return refuse("授予的范围不能超出您自己的范围，请在您管的党组织里选。".to_owned());
        }
        if !givers.iter().any(|own| own.until.is_none_or(|last| new.until.is_some_and(|until| until <= last))) {
            let last = givers.iter().filter_map(|own| own.until).max().unwrap_or(today);
            return refuse(format!("您自己的岗位到 {last} 为止，授予的岗位不能晚于这一天结束。"));
        }
    }
    if new.until.is_some_and(|until| until <= new.from) {
        return refuse("结束日期要晚于开始日期。".to_owned());
    }
    if new.is_acting && new.until.is_none() {
        return refuse("代理要写明到哪一天为止。".to_owned());
    }
    Ok(())
}

/// Ends a post on a day: from that day on it gives nothing.
///
/// # Errors
/// [`Refusal`]: not the actor's to end, or ended already.
pub async fn end_grant(app: &App, tx: &mut Tx, actor: &Actor, id: i64, on: Date) -> anyhow::Result<GrantRow> {
    let grant = managed(app, tx, actor, id).await?;
    close(tx, &grant, on).await?;
    tx.record("grant.end", "post_grant", id, grant.organisation(), json!({ "person": grant.person_id, "on": on.to_string() }));
    Ok(grant)
}

/// Who takes a post over, and from when.
#[derive(Debug, Clone)]
pub struct HandOver {
    pub to: PersonId,
    pub on: Date,
    /// Set when somebody only stands in (代理) until this day, and the holder keeps the post.
    pub acting_until: Option<Date>,
}

/// Hands a post over: the predecessor's grant ends, the successor's begins on the same day with the same reach, so that what is
/// open stays with the post. With `acting_until` the holder keeps it and another stands in.
///
/// # Errors
/// [`Refusal`]: not the actor's to hand over, to the holder himself, or on a day that does not fit.
pub async fn hand_over(app: &App, tx: &mut Tx, actor: &Actor, id: i64, order: HandOver) -> anyhow::Result<i64> {
    let grant = managed(app, tx, actor, id).await?;
    if order.to == grant.person_id {
        return Err(Refusal("继任的人就是现在的人，请另选一位。".to_owned()).into());
    }
    if grant.until.is_some_and(|until| until <= order.on) {
        return Err(Refusal("这个岗位到那一天已经结束，请直接授予新的人。".to_owned()).into());
    }
    if order.acting_until.is_none() {
        close(tx, &grant, order.on).await?;
    }
    let new = NewGrant {
        person_id: order.to,
        role: grant.role.clone(),
        post: grant.post.clone(),
        root: grant.set.root,
        fields: grant.set.fields.clone(),
        named: grant.set.named.clone(),
        from: order.on,
        until: order.acting_until.or(grant.until),
        is_acting: order.acting_until.is_some() || grant.is_acting,
    };
    let successor = give_grant_over(app, tx, actor, new, grant.set.case_id).await?;
    let what =
        json!({ "from": grant.person_id, "to": order.to, "on": order.on.to_string(), "grant": successor, "acting": order.acting_until.is_some() });
    tx.record("grant.hand_over", "post_grant", id, grant.organisation(), what);
    Ok(successor)
}

async fn close(tx: &mut Tx, grant: &GrantRow, on: Date) -> anyhow::Result<()> {
    if on < tx.today() {
        return Err(Refusal(format!("日期不能早于今天（{}）：已经用过的权限收不回来。", tx.today())).into());
    }
    if grant.until.is_some_and(|until| until <= on) {
        return Err(Refusal("这个岗位到那一天已经结束。".to_owned()).into());
    }
    // One that has not begun ends on its first day: it never held.
    let until = on.max(grant.from).to_string();
    execute(tx.connection(), "update post_grant set until_on = $2 where id = $1", [grant.id.into(), until.into()]).await?;
    tx.changed("post_grant", grant.id, None);
    Ok(())
}

async fn managed(app: &App, tx: &Tx, actor: &Actor, id: i64) -> anyhow::Result<GrantRow> {
    let grant = rows::find_grant(app, tx.connection(), actor, id).await?.ok_or_else(|| Refusal("没有找到这个岗位。".to_owned()))?;
    if actor.person_id == Some(grant.person_id) {
        return Err(Refusal("自己的岗位由上级结束或交接。".to_owned()).into());
    }
    if !may_manage(app, actor, &grant.role, &grant.set) {
        return Err(Refusal("这个岗位不是您能授予的，也不能由您结束或交接，请找上级。".to_owned()).into());
    }
    Ok(grant)
}
