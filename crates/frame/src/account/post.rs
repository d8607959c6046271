//! Giving, preparing, confirming, ending and handing over posts: never wider than one's own, in organisations or in actions.

use jiff::civil::Date;
use policy::{Capability, Role};
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

/// How a post comes to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Giving {
    /// At once: the giver holds all that it gives.
    Outright,
    /// When somebody confirms it who may give it outright.
    Prepared,
}

/// How a role may be given by a post with another; `None`: not at all.
pub(super) fn giving(own: &Role, key: &str, role: &Role) -> Option<Giving> {
    let names = |keys: &[String]| keys.iter().any(|it| it == key);
    if names(&own.delegates) && own.lacks_of(role).is_empty() {
        return Some(Giving::Outright);
    }
    (names(&own.delegates) || names(&own.prepares)).then_some(Giving::Prepared)
}

/// Own posts that allow giving this role over this set, and how.
fn givers<'a>(app: &'a App, actor: &'a Actor, role: &'a str, set: &'a OrganisationSet) -> Vec<(&'a Grant, Giving)> {
    let pack = app.pack();
    let directory = app.directory();
    let how = |own: &Grant| {
        if own.set.everything {
            return Some(Giving::Outright);
        }
        giving(pack.roles.get(&own.role)?, role, pack.roles.get(role)?)
    };
    let covering = actor.grants_with(Capability::ManageGrants).filter(|own| covers(&directory, &own.set, set));
    covering.filter_map(|own| how(own).map(|how| (own, how))).collect()
}

/// Whether the actor may end or hand over a post with this role over this set.
#[must_use]
pub fn may_manage(app: &App, actor: &Actor, role: &str, set: &OrganisationSet) -> bool {
    !givers(app, actor, role, set).is_empty()
}

/// Whether the actor may confirm a prepared post: he may give it outright, it is not his, and another prepared it.
#[must_use]
pub fn may_confirm(app: &App, actor: &Actor, grant: &GrantRow) -> bool {
    let is_anothers = actor.person_id != Some(grant.person_id) && (grant.given_by.is_none() || actor.person_id != grant.given_by);
    grant.is_prepared && is_anothers && gives_outright(&givers(app, actor, &grant.role, &grant.set), grant.until)
}

/// Whether one of the posts gives outright, and is no shorter than the post to be given.
fn gives_outright(givers: &[(&Grant, Giving)], until: Option<Date>) -> bool {
    givers.iter().any(|(own, how)| *how == Giving::Outright && outlasts(own, until))
}

fn outlasts(own: &Grant, until: Option<Date>) -> bool {
    own.until.is_none_or(|last| until.is_some_and(|until| until <= last))
}

/// Whether the actor sees a post: every organisation of it lies within one of the actor's own.
pub(super) fn is_seen(app: &App, actor: &Actor, set: &OrganisationSet) -> bool {
    let directory = app.directory();
    actor.grants_with(Capability::ManageGrants).any(|own| covers(&directory, &own.set, set))
}

/// Gives a post to a person: never wider than the giver's own, and only roles that the giver's role delegates. A role that
/// the giver's only prepares gives nothing until it is confirmed.
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
    let how = may_give(app, actor, &new, tx.today())?;
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
    let id = rows::insert_grant(tx, actor, &new, case_id, how == Giving::Prepared).await?;
    if how == Giving::Prepared {
        ask_to_confirm(app, tx, actor, &new, id).await?;
    }
    Ok(id)
}

/// Whoever manages posts where the prepared one stands, and above it, is told.
async fn ask_to_confirm(app: &App, tx: &mut Tx, actor: &Actor, new: &NewGrant, id: i64) -> anyhow::Result<()> {
    let Some(at) = new.root.or_else(|| new.named.first().copied()) else { return Ok(()) };
    let (above, text) = {
        let (directory, pack) = (app.directory(), app.pack());
        let role = pack.roles.get(&new.role).map_or("", |role| role.name.as_str());
        let text = format!("{}（{}）拟授“{}”，角色是{role}。请确认或者退回，确认以前不生效。", actor.name, actor.post_line(), new.post);
        (directory.org(at).and_then(|org| org.parent), text)
    };
    for organisation in std::iter::once(at).chain(above) {
        crate::notice::send(tx, crate::notice::To::Organisation(organisation), "grant.prepared", &text, &format!("/grants/{id}")).await?;
    }
    Ok(())
}

/// Confirms a prepared post: from today, or from its later first day, it holds. Its holder and who prepared it are told.
///
/// # Errors
/// [`Refusal`]: nothing to confirm, or not the actor's to confirm.
pub async fn confirm_grant(app: &App, tx: &mut Tx, actor: &Actor, id: i64) -> anyhow::Result<GrantRow> {
    let mut grant = rows::find_grant(app, tx.connection(), actor, id).await?.ok_or_else(|| Refusal("没有找到这个岗位。".to_owned()))?;
    if !grant.is_prepared || !grant.is_open_on(tx.today()) {
        return Err(Refusal("这个岗位不是待确认的，不用再确认。".to_owned()).into());
    }
    if !may_confirm(app, actor, &grant) {
        return Err(Refusal("这个岗位要由能直接授予它的另一位干部确认，请找上级。".to_owned()).into());
    }
    grant.from = grant.from.max(tx.today());
    grant.is_prepared = false;
    let sql = "update post_grant set is_prepared = false, from_on = $2 where id = $1";
    execute(tx.connection(), sql, [id.into(), grant.from.to_string().into()]).await?;
    if let Some(held) = grant.takes_over {
        let sql = "update post_grant set until_on = $2 where id = $1 and (until_on is null or until_on > $2)";
        execute(tx.connection(), sql, [held.into(), grant.from.to_string().into()]).await?;
        tx.changed("post_grant", held, None);
    }
    tx.record("grant.confirm", "post_grant", id, grant.organisation(), json!({ "person": grant.person_id, "from": grant.from.to_string() }));
    tx.changed("post_grant", id, None);
    let text = format!("“{}”已经确认，{} 起生效。", grant.post, grant.from);
    let told = [(Some(grant.person_id), "/".to_owned()), (grant.given_by, format!("/grants/{id}"))];
    for (person, href) in told.into_iter().filter_map(|(person, href)| Some((person?, href))) {
        crate::notice::send(tx, crate::notice::To::Person(person), "grant.confirmed", &text, &href).await?;
    }
    Ok(grant)
}

fn may_give(app: &App, actor: &Actor, new: &NewGrant, today: Date) -> Result<Giving, Refusal> {
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
    let mut how = Giving::Outright;
    if !is_console {
        if actor.person_id == Some(new.person_id) {
            return refuse("不能给自己授予岗位，请由上级授予。".to_owned());
        }
        if new.from < today {
            return refuse(format!("开始日期不能早于今天（{today}）。"));
        }
        let mut own_roles = actor.grants_with(Capability::ManageGrants).filter_map(|own| pack.roles.get(&own.role));
        if !own_roles.any(|own| giving(own, &new.role, role).is_some()) {
            return refuse(format!("您的岗位不能授予“{}”，请由上级授予。", role.name));
        }
        let set = new.set();
        let givers = givers(app, actor, &new.role, &set);
        if is_unknown || givers.is_empty() {
            return refuse("授予的范围不能超出您自己的范围，请在您管的党组织里选。".to_owned());
        }
        if !givers.iter().any(|(own, _)| outlasts(own, new.until)) {
            let last = givers.iter().filter_map(|(own, _)| own.until).max().unwrap_or(today);
            return refuse(format!("您自己的岗位到 {last} 为止，授予的岗位不能晚于这一天结束。"));
        }
        if !gives_outright(&givers, new.until) {
            how = Giving::Prepared;
        }
    }
    if new.until.is_some_and(|until| until <= new.from) {
        return refuse("结束日期要晚于开始日期。".to_owned());
    }
    if new.is_acting && new.until.is_none() {
        return refuse("代理要写明到哪一天为止。".to_owned());
    }
    Ok(how)
}

/// Ends a post on a day: from that day on it gives nothing.
///
/// # Errors
/// [`Refusal`]: not the actor's to end, or ended already.
pub async fn end_grant(app: &App, tx: &mut Tx, actor: &Actor, id: i64, on: Date) -> anyhow::Result<GrantRow> {
    let grant = managed(app, tx, actor, id).await?;
    close(tx, &grant, on).await?;
    if let Some(prepared_by) = grant.given_by.filter(|by| grant.is_prepared && actor.person_id != Some(*by)) {
        let text = format!("您拟授的“{}”被{}（{}）退回，没有生效。", grant.post, actor.name, actor.post_line());
        crate::notice::send(tx, crate::notice::To::Person(prepared_by), "grant.declined", &text, &format!("/grants/{id}")).await?;
    }
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
/// open stays with the post. With `acting_until` the holder keeps it and another stands in. Handed over by somebody who only
/// prepares such a post, it stays with the holder until the successor is confirmed.
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
    let is_prepared = may_give(app, actor, &new, tx.today())? == Giving::Prepared;
    let successor = give_grant_over(app, tx, actor, new, grant.set.case_id).await?;
    match order.acting_until {
        Some(_) => {}
        None if is_prepared => rows::take_over(tx, successor, grant.id).await?,
        None => close(tx, &grant, order.on).await?,
    }
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
