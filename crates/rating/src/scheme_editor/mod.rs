//! The scheme editor (方案编制): next year's scheme written in the browser by people who write no TOML.
//!
//! For: copying a scheme, changing items, weights, stars and quotas, having another person look at it, putting it in force.
//! In: forms. Out: a layer of the pack that `policy check` accepts, kept in the database like every other.
//! Does not know: how a score is computed; fields of a scheme that no form shows are kept as they were copied.

pub mod check;
mod compare;
mod model;
mod pages;
mod plan;
mod rows;

use policy::{Capability, Scheme};
use serde_json::json;
use store::{Actor, OrgId, PersonId, Refusal, Scope, Tx};

use crate::app::App;
use crate::evaluation;
use crate::http::route::{Door, Needs, Routes};
use crate::http::view::{Link, WaitingItem};
use crate::notice;
use crate::policies::additions::{self, Addition};

pub use check::{Bounds, Flaw};
pub use compare::compare;
pub use model::{Act, DraftEntry, Tab};
pub use rows::{Draft, DraftAct, State, acts, find};

/// What notices and records call a draft.
const SUBJECT: &str = "scheme_draft";
/// Years ahead for which schemes are written.
const YEARS_AHEAD: i16 = 5;
/// Characters that a name has at most.
const N_NAME_MAX: usize = 60;

/// Routes of the scheme editor.
#[must_use]
pub fn routes(routes: Routes) -> Routes {
    // Whoever reviews has a page of drafts, too; the operations ask who may do what.
    let (view, draft, accept) = (Needs::SignIn, Needs::May(Capability::DraftSchemes), Needs::May(Capability::AcceptSchemes));
    routes
        .get("/schemes", view, Door::Inner, pages::list)
        .get("/schemes/new", draft, Door::Inner, pages::show_new)
        .post("/schemes/new", draft, Door::Inner, pages::begin)
        .get("/schemes/{id}", view, Door::Inner, pages::show)
        .get("/schemes/{id}/edit", draft, Door::Inner, pages::edit)
        .post("/schemes/{id}/edit", draft, Door::Inner, pages::save)
        .get("/schemes/{id}/toml", view, Door::Inner, pages::toml)
        .get("/schemes/{id}/sheet", view, Door::Inner, pages::sheet)
        .post("/schemes/{id}/submit", draft, Door::Inner, pages::submit)
        .post("/schemes/{id}/take-back", draft, Door::Inner, pages::take_back)
        .post("/schemes/{id}/drop", draft, Door::Inner, pages::drop_draft)
        .post("/schemes/{id}/return", accept, Door::Inner, pages::give_back)
        .post("/schemes/{id}/accept", accept, Door::Inner, pages::accept)
        .post("/schemes/{id}/withdraw", accept, Door::Inner, pages::withdraw)
}

/// Where somebody sees drafts: those who write them, and those who review.
#[must_use]
pub fn scope_of(actor: &Actor) -> Scope {
    actor.scope(Capability::DraftSchemes).union(actor.scope(Capability::AcceptSchemes))
}

/// A draft within somebody's reach; out of reach is not found.
///
/// # Errors
/// [`Refusal`] when there is none.
pub async fn visible<C: sea_orm::ConnectionTrait>(app: &App, connection: &C, scope: &Scope, id: i64) -> anyhow::Result<Draft> {
    let draft = find(connection, id).await?.filter(|draft| app.directory().is_visible(scope, draft.organisation));
    draft.ok_or_else(|| Refusal("没有找到这份方案草案。".to_owned()).into())
}

/// What a draft begins with.
#[derive(Debug, Clone)]
pub struct NewDraft {
    /// Key of the scheme that is copied.
    pub base: String,
    pub name: String,
    pub from_year: i16,
    /// Whether it is the same scheme for a later year; else another one beside it.
    pub is_version: bool,
    pub without_items: bool,
}

/// The years for which a scheme of a family may be written.
///
/// # Errors
/// When the database cannot be read.
pub async fn bounds<C: sea_orm::ConnectionTrait>(connection: &C, family: &str, today: jiff::civil::Date) -> anyhow::Result<Bounds> {
    let opened = rows::last_opened_year(connection, family).await?;
    Ok(Bounds { year_min: opened.map_or(today.year(), |year| today.year().max(year + 1)), year_max: today.year() + YEARS_AHEAD })
}

/// Begins a draft in the name of the actor's office, copied from a scheme of the pack.
///
/// # Errors
/// [`Refusal`]: no office, no such scheme, no name.
pub async fn begin(app: &App, tx: &mut Tx, actor: &Actor, new: NewDraft) -> anyhow::Result<i64> {
    let refuse = |sentence: &str| Err(Refusal(sentence.to_owned()).into());
    let Some(office) = actor.grants_with(Capability::DraftSchemes).find_map(|grant| grant.set.root) else {
        return refuse("方案由组织部门起草：您的岗位没有对应的党组织。");
    };
    let policies = app.policies();
    let Some((base, written)) = policies.pack.schemes.get(&new.base).zip(policies.reading.entries.get(&format!("scheme.{}", new.base))) else {
        return refuse("请选一个已有的方案作底本。");
    };
    if new.name.is_empty() || new.name.chars().count() > N_NAME_MAX {
        return Err(Refusal(format!("请填方案名称，{N_NAME_MAX} 个字以内。")).into());
    }
    let family = new.is_version.then(|| base.version_of.clone().unwrap_or_else(|| new.base.clone()));
    let bounds = bounds(tx.connection(), family.as_deref().unwrap_or_default(), tx.today()).await?;
    if new.from_year < bounds.year_min || new.from_year > bounds.year_max {
        let sentence = format!("起用年份请填 {} 到 {} 年：已经过去的、已经开评的年份，方案不再改。", bounds.year_min, bounds.year_max);
        return Err(Refusal(sentence).into());
    }
    let id = tx.next_id().await?;
    let mut entry = DraftEntry::copied(&written.value, &new.name, new.from_year, family.as_deref());
    if new.without_items {
        entry.without_items();
    }
    if let Some(family) = &family
        && let Some(lock) = evaluation::lock_of(app, family, new.from_year, None, tx.today()).await?
    {
        entry.lock(lock.on);
    }
    entry.plan(plan::proposed(&policies.pack, family.as_deref().unwrap_or_default(), new.from_year));
    let draft = Draft {
        id,
        organisation: office,
        person: actor.person_id,
        name: new.name,
        scheme_key: key_of(&entry, id, new.from_year),
        base_key: new.base,
        from_year: new.from_year,
        state: State::Draft,
        entry,
        n_saves: 0,
        saved_by: actor.person_id,
        saved_at: String::new(),
    };
    rows::insert(tx, &draft).await?;
    act(tx, actor, &draft, "begin", "").await?;
    Ok(id)
}

/// The key in the pack: the family and the year, or a number of its own for a scheme that stands alone.
fn key_of(entry: &DraftEntry, id: i64, year: i16) -> String {
    match entry.text("version_of") {
        "" => format!("drafted_{id}"),
        of => format!("{of}_{year}"),
    }
}

async fn act(tx: &mut Tx, actor: &Actor, draft: &Draft, action: &str, note: &str) -> anyhow::Result<()> {
    rows::insert_act(tx, draft.id, action, note, (&actor.name, &actor.post_line())).await?;
    let operation = match action {
        "begin" => "scheme.begin",
        "edit" => "scheme.edit",
        "submit" => "scheme.submit",
        "take_back" => "scheme.take_back",
        "return" => "scheme.return",
        "accept" => "scheme.accept",
        "withdraw" => "scheme.withdraw",
        _ => "scheme.drop",
    };
    let detail = json!({ "name": draft.name, "year": draft.from_year, "reason": (!note.is_empty()).then_some(true) });
    tx.record(operation, SUBJECT, draft.id, Some(draft.organisation), detail);
    tx.changed(SUBJECT, draft.id, None);
    Ok(())
}

/// What a sheet of the form sent.
pub struct Sent<'a> {
    pub tab: Tab,
    /// The number of saves and the shape of the sheet that the form was made from.
    pub saw: i64,
    pub shape: &'a str,
    pub act: Act,
    /// What was chosen beside an add button.
    pub picked: &'a str,
    /// The values of a field.
    pub values: &'a (dyn Fn(&str) -> Vec<String> + Sync),
}

/// Keeps a sheet as it was typed, right or wrong, and does what its button asked for; answers the draft and the row to show.
///
/// # Errors
/// [`Refusal`]: not open any more, or changed elsewhere since the form was made.
pub async fn save(app: &App, tx: &mut Tx, actor: &Actor, id: i64, sent: Sent<'_>) -> anyhow::Result<(Draft, Option<String>)> {
    tx.lock("scheme_draft", id).await?;
    let mut draft = visible(app, tx.connection(), &actor.scope(Capability::DraftSchemes), id).await?;
    if !draft.state.is_open() {
        return Err(Refusal(format!("这份草案{}，不能再改；要改，请先收回，或者另起一稿。", draft.state.words())).into());
    }
    let is_other = draft.n_saves != sent.saw && draft.saved_by != actor.person_id;
    if is_other || draft.entry.shape(&sent.tab) != sent.shape {
        return Err(Refusal("这一页打开以后，草案在别处改过了；请重新打开这一页，在新的上面改。".to_owned()).into());
    }
    let pack = app.pack();
    draft.entry.take(&sent.tab, &pack, sent.values);
    let next = draft.entry.act(&sent.act, &pack, sent.picked);
    let name: String = draft.entry.text("name").chars().take(N_NAME_MAX).collect();
    if !name.is_empty() {
        draft.name = name;
    }
    if let Some(year) = draft.entry.from_year() {
        draft.from_year = year;
        draft.scheme_key = key_of(&draft.entry, id, year);
    }
    rows::save(tx, &draft).await?;
    // Whoever typed anything has had a hand in it: noted once, not at every pause.
    if !hands(&acts(tx.connection(), id).await?).contains(&actor.person_id) {
        act(tx, actor, &draft, "edit", "").await?;
    }
    draft.n_saves += 1;
    draft.saved_by = actor.person_id;
    draft.saved_at = tx.at_text();
    Ok((draft, next))
}

/// Those who wrote a draft.
fn hands(acts: &[DraftAct]) -> Vec<Option<PersonId>> {
    acts.iter().filter(|act| matches!(act.action.as_str(), "begin" | "edit" | "submit")).map(|act| act.person).collect()
}

/// Everything that is still wrong with a draft.
///
/// # Errors
/// When the database cannot be read.
pub async fn flaws<C: sea_orm::ConnectionTrait>(app: &App, connection: &C, draft: &Draft, today: jiff::civil::Date) -> anyhow::Result<Vec<Flaw>> {
    let bounds = bounds(connection, draft.family(), today).await?;
    let own = draft.entry.text("weights_locked_on").parse().ok();
    let lock = match draft.entry.text("version_of") {
        "" => None,
        family => evaluation::lock_of(app, family, draft.from_year, own, today).await?,
    };
    let (app, entry, key) = (app.clone(), draft.entry.clone(), draft.scheme_key.clone());
    // Reading all packs takes a while: other requests go on meanwhile.
    Ok(tokio::task::spawn_blocking(move || check::flaws(&app, &entry, &key, bounds, lock.as_ref())).await?)
}

async fn expect_flawless(app: &App, tx: &Tx, draft: &Draft) -> anyhow::Result<()> {
    let flaws = flaws(app, tx.connection(), draft, tx.today()).await?;
    let Some(first) = flaws.first() else { return Ok(()) };
    let more = if flaws.len() > 1 { format!("（共 {} 处）", flaws.len()) } else { String::new() };
    Err(Refusal(format!("还有要改的地方，不能送审：{}：{}{more}", first.what, first.sentence)).into())
}

/// Sends a draft for review.
///
/// # Errors
/// [`Refusal`] with the first of what is still wrong.
pub async fn submit(app: &App, tx: &mut Tx, actor: &Actor, id: i64, note: &str) -> anyhow::Result<()> {
    tx.lock("scheme_draft", id).await?;
    let draft = visible(app, tx.connection(), &actor.scope(Capability::DraftSchemes), id).await?;
    if !draft.state.is_open() {
        return Err(Refusal(format!("这份草案{}，不能再送审。", draft.state.words())).into());
    }
    expect_flawless(app, tx, &draft).await?;
    rows::put_state(tx, id, State::Submitted).await?;
    act(tx, actor, &draft, "submit", note).await?;
    let text = format!("方案草案“{}”（{} 年起用）送审，请另一位同志审核", draft.name, draft.from_year);
    notice::send(tx, notice::To::Organisation(draft.organisation), SUBJECT, &text, &draft.address()).await?;
    Ok(())
}

/// Takes a draft back before it was decided on.
///
/// # Errors
/// [`Refusal`] when it does not wait for review.
pub async fn take_back(app: &App, tx: &mut Tx, actor: &Actor, id: i64) -> anyhow::Result<()> {
    tx.lock("scheme_draft", id).await?;
    let draft = visible(app, tx.connection(), &actor.scope(Capability::DraftSchemes), id).await?;
    if draft.state != State::Submitted {
        return Err(Refusal(format!("这份草案{}，不用收回。", draft.state.words())).into());
    }
    rows::put_state(tx, id, State::Draft).await?;
    notice::settle(tx, notice::To::Organisation(draft.organisation), SUBJECT, &draft.address()).await?;
    act(tx, actor, &draft, "take_back", "").await
}

/// Lays a draft aside for good.
///
/// # Errors
/// [`Refusal`] when it is being reviewed or in force.
pub async fn drop_draft(app: &App, tx: &mut Tx, actor: &Actor, id: i64) -> anyhow::Result<()> {
    tx.lock("scheme_draft", id).await?;
    let draft = visible(app, tx.connection(), &actor.scope(Capability::DraftSchemes), id).await?;
    if !draft.state.is_open() {
        return Err(Refusal(format!("这份草案{}，不能作废。", draft.state.words())).into());
    }
    rows::put_state(tx, id, State::Dropped).await?;
    act(tx, actor, &draft, "drop", "").await
}

/// The draft that a reviewer may decide on.
async fn reviewed(app: &App, tx: &Tx, actor: &Actor, id: i64) -> anyhow::Result<Draft> {
    tx.lock("scheme_draft", id).await?;
    let draft = visible(app, tx.connection(), &actor.scope(Capability::AcceptSchemes), id).await?;
    let why = why_not_review(app, actor, &draft, &acts(tx.connection(), id).await?);
    match why {
        Some(why) => Err(Refusal(why).into()),
        None => Ok(draft),
    }
}

/// Why somebody may not decide on a draft; `None`: he may.
#[must_use]
pub fn why_not_review(app: &App, actor: &Actor, draft: &Draft, acts: &[DraftAct]) -> Option<String> {
    if draft.state != State::Submitted {
        return Some(format!("这份草案{}，现在没有要审核的。", draft.state.words()));
    }
    if hands(acts).contains(&actor.person_id) {
        return Some("起草、修改过这份草案的人不能自己审核，请本部门另一位有审核权限的同志办理。".to_owned());
    }
    let top = top_of(app, draft.organisation);
    let reaches_all = app.directory().is_visible(&actor.scope(Capability::AcceptSchemes), top);
    (!reaches_all).then(|| {
        let name = app.directory().name_of(top).to_owned();
        format!("采用以后{name}所辖的党支部都按它评定，由{name}有审核权限的同志办理。")
    })
}

/// The highest organisation above one.
fn top_of(app: &App, organisation: OrgId) -> OrgId {
    let directory = app.directory();
    let mut top = organisation;
    while let Some(above) = directory.org(top).and_then(|org| org.parent) {
        top = above;
    }
    top
}

/// Returns a draft to its authors with the reason.
///
/// # Errors
/// [`Refusal`]: not by who wrote it, not without a reason.
pub async fn give_back(app: &App, tx: &mut Tx, actor: &Actor, id: i64, reason: &str) -> anyhow::Result<()> {
    let draft = reviewed(app, tx, actor, id).await?;
    if reason.is_empty() {
        return Err(Refusal("请写明退回的理由：哪一处、怎样改。".to_owned()).into());
    }
    rows::put_state(tx, id, State::Returned).await?;
    notice::settle(tx, notice::To::Organisation(draft.organisation), SUBJECT, &draft.address()).await?;
    act(tx, actor, &draft, "return", reason).await?;
    tell_author(tx, &draft, format!("方案草案“{}”已退回修改：{reason}", draft.name)).await
}

/// Puts a draft in force: from its year on branches are rated by it. The check of packs has the last word.
///
/// # Errors
/// [`Refusal`]: not by who wrote it, or the check refuses; then nothing has happened.
pub async fn accept(app: &App, tx: &mut Tx, actor: &Actor, id: i64, note: &str) -> anyhow::Result<()> {
    let draft = reviewed(app, tx, actor, id).await?;
    expect_flawless(app, tx, &draft).await?;
    let entry = format!("scheme.{}", draft.scheme_key);
    let addition = Addition { entry, title: draft.name.clone(), body: draft.entry.file_text(&draft.scheme_key) };
    let all: Vec<Addition> =
        std::iter::once(addition).chain(plan::additions_of(&draft.entry, &draft.scheme_key).into_iter().map(|(_, line)| line)).collect();
    // The lines of an earlier draft of the same scheme and year go with it.
    let mut gone = plan::in_force(tx.connection(), &draft.scheme_key).await?;
    gone.retain(|entry| !all.iter().any(|addition| addition.entry == *entry));
    for entry in &gone {
        if let Some(name) = plan::filed(tx.connection(), entry).await? {
            return Err(Refusal(format!("“{name}”已经列入年度计划，这一稿却没有这一项；请退回补上，或者先在“年度计划”里撤回。")).into());
        }
    }
    additions::put_in_force(app, tx, all, &gone).await?;
    rows::replace_others(tx, &draft).await?;
    rows::put_state(tx, id, State::InForce).await?;
    notice::settle(tx, notice::To::Organisation(draft.organisation), SUBJECT, &draft.address()).await?;
    act(tx, actor, &draft, "accept", note).await?;
    tell_author(tx, &draft, format!("方案“{}”已经采用，{} 年起按它评定", draft.name, draft.from_year)).await
}

/// Why somebody may not take a scheme out of force; `None`: he may.
///
/// # Errors
/// When the database cannot be read.
pub async fn why_not_withdraw<C: sea_orm::ConnectionTrait>(
    app: &App,
    connection: &C,
    actor: &Actor,
    draft: &Draft,
) -> anyhow::Result<Option<String>> {
    if draft.state != State::InForce {
        return Ok(Some(format!("这份方案{}，不用停用。", draft.state.words())));
    }
    let top = top_of(app, draft.organisation);
    if !app.directory().is_visible(&actor.scope(Capability::AcceptSchemes), top) {
        let name = app.directory().name_of(top).to_owned();
        return Ok(Some(format!("停用由{name}有审核权限的同志办理。")));
    }
    for line in plan::in_force(connection, &draft.scheme_key).await? {
        if let Some(name) = plan::filed(connection, &line).await? {
            return Ok(Some(format!("“{name}”已经列入年度计划；在“年度计划”里撤回以后才能停用。")));
        }
    }
    let pack = app.pack();
    let rests_on_it = |year: i16| pack.scheme_in(draft.family(), year).is_some_and(|(key, _)| *key == draft.scheme_key);
    let open = rows::unpublished(connection, draft.family()).await?.into_iter().find(|(_, year)| rests_on_it(*year));
    Ok(open.map(|(name, _)| format!("“{name}”正按它评定，还没有公布；公布或者撤回以后才能停用。")))
}

/// Takes a scheme out of force: evaluations still to be opened go by the version before it. Published results keep theirs.
///
/// # Errors
/// [`Refusal`]: without a reason, while an evaluation goes by it, or where something else in the packs rests on it.
pub async fn withdraw(app: &App, tx: &mut Tx, actor: &Actor, id: i64, reason: &str) -> anyhow::Result<()> {
    tx.lock("scheme_draft", id).await?;
    let draft = visible(app, tx.connection(), &actor.scope(Capability::AcceptSchemes), id).await?;
    if let Some(why) = why_not_withdraw(app, tx.connection(), actor, &draft).await? {
        return Err(Refusal(why).into());
    }
    if reason.is_empty() {
        return Err(Refusal("请写明停用的理由和依据。".to_owned()).into());
    }
    let mut entries = plan::in_force(tx.connection(), &draft.scheme_key).await?;
    entries.push(format!("scheme.{}", draft.scheme_key));
    additions::withdraw(app, tx, &entries).await?;
    rows::put_state(tx, id, State::Withdrawn).await?;
    act(tx, actor, &draft, "withdraw", reason).await?;
    tell_author(tx, &draft, format!("方案“{}”已停用：{reason}", draft.name)).await
}

async fn tell_author(tx: &mut Tx, draft: &Draft, text: String) -> anyhow::Result<()> {
    if let Some(person) = draft.person {
        notice::send(tx, notice::To::Person(person), SUBJECT, &text, &draft.address()).await?;
    }
    Ok(())
}

/// The draft as a scheme of the packs in force, for comparing and simulating; `None`: something in it cannot be read yet.
#[must_use]
pub fn as_scheme(app: &App, draft: &Draft) -> Option<Scheme> {
    let entry = format!("scheme.{}", draft.scheme_key);
    let addition = Addition { entry, title: draft.name.clone(), body: draft.entry.file_text(&draft.scheme_key) };
    additions::tried(app, vec![addition]).reading.pack.schemes.get(&draft.scheme_key).cloned()
}

/// The scheme that holds before a draft: of its family in the year before, else what it was copied from.
#[must_use]
pub fn scheme_before<'a>(pack: &'a policy::Pack, draft: &Draft) -> Option<(&'a policy::Key, &'a Scheme)> {
    let before = pack.scheme_in(draft.family(), draft.from_year - 1).filter(|(key, _)| **key != draft.scheme_key);
    before.or_else(|| pack.schemes.get_key_value(&draft.base_key))
}

/// Drafts that wait for this person's review.
///
/// # Errors
/// When the database cannot be read.
pub async fn waiting_items(app: &App, actor: &Actor) -> anyhow::Result<Vec<WaitingItem>> {
    let scope = actor.scope(Capability::AcceptSchemes);
    if scope.is_empty() {
        return Ok(Vec::new());
    }
    let mut items = Vec::new();
    for draft in rows::all(app.store().reader()).await?.into_iter().filter(|draft| draft.state == State::Submitted) {
        let acts = acts(app.store().reader(), draft.id).await?;
        if !app.directory().is_visible(&scope, draft.organisation) || why_not_review(app, actor, &draft, &acts).is_some() {
            continue;
        }
        let since = acts.iter().rev().find(|act| act.action == "submit").and_then(|act| act.at.parse().ok()).map_or(actor.on, store::day_of);
        items.push(WaitingItem {
            icon: "list-details",
            title: format!("{} · 送审", draft.name),
            note: format!("{} 年起用，采用前请另一位同志审核", draft.from_year),
            since,
            over: 0,
            act: Link::new("审核", draft.address()),
        });
    }
    Ok(items)
}
