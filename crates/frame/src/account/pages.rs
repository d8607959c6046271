//! Pages of accounts: the list, one account with its posts, opening one.

use crate::http::path::Path;
use askama::Template;
use axum::http::Uri;
use office::sheet::{ColumnKind, Table, Value};
use policy::Capability;
use store::{PersonId, Refusal};

use super::form::PostForm;
use super::list::{self, SPEC, STATES};
use super::pages_password::show_once;
use super::rows::{Account, GrantRow};
use super::{NewPerson, find_account, may_manage};
use crate::app::App;
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{Column, ListQuery, Pager};
use crate::http::submitted::Submitted;
use crate::http::view::{Chip, Choice, Field, Standing, Status};
use crate::http::visit::{Answer, Visit};

#[derive(Template)]
#[template(path = "pages/account_list.html")]
struct AccountsPage {
    layout: Layout,
    sentence: String,
    query: ListQuery,
    roles: Vec<Choice>,
    organisations: Vec<Choice>,
    states: Vec<Chip>,
    columns: Vec<Column>,
    rows: Vec<AccountLine>,
    pager: Pager,
}

/// A row of the list.
struct AccountLine {
    id: PersonId,
    name: String,
    login: String,
    posts: Vec<PostLine>,
    status: Status,
    created_on: String,
}

/// A post, in words.
pub(super) struct PostLine {
    pub id: i64,
    pub post: String,
    pub role: String,
    pub reach: String,
    /// What of its reach the post's own name does not say.
    pub beside: String,
    pub when: String,
    pub status: Status,
    pub may_manage: bool,
}

/// `GET /accounts`.
///
/// # Errors
/// When the database cannot be read.
pub async fn list(visit: Visit, uri: Uri) -> Answer {
    let asked = ListQuery::from_uri(&SPEC, &uri);
    let (accounts, total) = list::accounts(&visit.app, visit.actor(), &asked, visit.at).await?;
    let rows: Vec<AccountLine> = accounts.iter().map(|account| line(&visit, account)).collect();
    if let Some(export) = asked.export {
        return download::table(export, "账号与岗位", &table(&rows));
    }
    let roles = super::form::delegated(&visit.app, visit.actor());
    let page = AccountsPage {
        sentence: format!(
            "您管的范围里有 {total} 个账号{}。账号跟人，权限跟岗：换人时把岗位交接给继任者，不用另设账号。",
            if asked.is_narrowed() { "符合条件" } else { "" }
        ),
        roles: asked.choices("role", "全部角色", roles),
        organisations: asked.choices("organisation", "全部组织", places(&visit)),
        states: STATES.iter().map(|(value, label)| asked.chip("state", value, *label, None)).collect(),
        columns: vec![
            asked.column("姓名", "name", false),
            asked.column("账号", "login", false),
            Column::plain("岗位和范围"),
            Column::plain("状态"),
            asked.column("开设日期", "created", false),
        ],
        pager: Pager::new(&asked, total, "个"),
        rows,
        query: asked,
        layout: visit.layout("用户授权").crumb("用户授权", "/accounts"),
    };
    visit.page(&page)
}

/// Tops of the actor's own scope and what stands right below them.
fn places(visit: &Visit) -> Vec<(String, String)> {
    let scope = visit.scope(Capability::ManageGrants);
    let directory = visit.app.directory();
    let mut places = Vec::new();
    for root in scope.roots() {
        places.push((root.to_string(), directory.name_of(root).to_owned()));
        places.extend(directory.children(root).filter(|org| !org.is_branch()).map(|org| (org.id.to_string(), org.name.clone())));
    }
    places
}

fn line(visit: &Visit, account: &Account) -> AccountLine {
    let today = visit.today();
    AccountLine {
        id: account.id,
        name: account.name.clone(),
        login: account.login.clone(),
        posts: account.grants.iter().filter(|grant| grant.is_open_on(today)).map(|grant| post_line(visit, grant)).collect(),
        status: standing(account, visit),
        created_on: account.created_on.to_string(),
    }
}

fn standing(account: &Account, visit: &Visit) -> Status {
    let status = if account.is_disabled {
        Status::new(Standing::Excused, "已停用")
    } else if account.locked_until.is_some_and(|until| until > visit.at) {
        Status::new(Standing::Overdue, "已锁定")
    } else if !account.grants.iter().any(|grant| grant.holds_on(visit.today())) {
        Status::new(Standing::Future, "没有在任岗位")
    } else if account.must_change_password {
        Status::new(Standing::Soon, "待改初始密码")
    } else {
        Status::new(Standing::Ok, "在用")
    };
    status.plain()
}

pub(super) fn post_line(visit: &Visit, grant: &GrantRow) -> PostLine {
    let today = visit.today();
    let (standing, word) = match (grant.from > today, grant.holds_on(today), grant.is_acting) {
        _ if grant.is_prepared && grant.is_open_on(today) => (Standing::Soon, "待确认"),
        _ if grant.is_prepared => (Standing::Excused, "已退回"),
        (true, ..) => (Standing::Future, "还没开始"),
        (_, true, true) => (Standing::Soon, "代理"),
        (_, true, false) => (Standing::Ok, "在任"),
        _ => (Standing::Excused, "已结束"),
    };
    let when = match grant.until {
        Some(until) => format!("{} 至 {until}（不含）", grant.from),
        None => format!("{} 起", grant.from),
    };
    PostLine {
        id: grant.id,
        post: grant.post.clone(),
        role: visit.pack().roles.get(&grant.role).map_or_else(|| grant.role.clone(), |role| role.name.clone()),
        reach: reach(&visit.app, grant),
        beside: beside(&visit.app, grant),
        when,
        status: Status::new(standing, word).plain(),
        may_manage: visit.actor().person_id != Some(grant.person_id) && may_manage(&visit.app, visit.actor(), &grant.role, &grant.set),
    }
}

/// The fields that a post is narrowed to, in words.
fn fields_of(app: &App, grant: &GrantRow) -> Option<String> {
    let pack = app.pack();
    let fields: Vec<&str> = grant.set.fields.iter().map(|key| pack.fields.get(key).map_or(key.as_str(), |field| field.name.as_str())).collect();
    (!fields.is_empty()).then(|| format!("只管{}", fields.join("、")))
}

/// What a list says of a post's reach: nothing where the post is called after its organisation.
fn beside(app: &App, grant: &GrantRow) -> String {
    let is_named = grant.set.root.is_some_and(|root| grant.post.contains(app.directory().name_of(root)));
    if is_named { fields_of(app, grant).unwrap_or_default() } else { reach(app, grant) }
}

/// Which organisations a post reaches, in words.
fn reach(app: &App, grant: &GrantRow) -> String {
    let directory = app.directory();
    if let Some(root) = grant.set.root {
        let narrowed = fields_of(app, grant).map_or_else(String::new, |fields| format!("，{fields}"));
        return format!("{}及下级{narrowed}", directory.name_of(root));
    }
    if let (Some(case), Some(at)) = (grant.set.case_id, grant.set.named.first()) {
        return format!("只办{}的一件事（编号 {case}）", directory.name_of(*at));
    }
    let names: Vec<&str> = grant.set.named.iter().take(3).map(|id| directory.name_of(*id)).collect();
    let more = if grant.set.named.len() > 3 { format!("等 {} 个", grant.set.named.len()) } else { String::new() };
    format!("只管{}{more}", names.join("、"))
}

fn table(rows: &[AccountLine]) -> Table {
    let column = |name: &str, width| office::sheet::Column::new(name, ColumnKind::Text).wide(width);
    let cells = rows.iter().map(|row| {
        let all = |of: &dyn Fn(&PostLine) -> String| row.posts.iter().map(of).collect::<Vec<_>>().join("\n");
        vec![
            Value::text(&row.name),
            Value::text(&row.login),
            Value::text(all(&|post| post.post.clone())),
            Value::text(all(&|post| post.role.clone())),
            Value::text(all(&|post| post.reach.clone())),
            Value::text(all(&|post| post.when.clone())),
            Value::text(&row.status.word),
            Value::text(&row.created_on),
        ]
    });
    Table {
        name: "账号与岗位".to_owned(),
        columns: vec![
            column("姓名", 12.0),
            column("账号", 16.0),
            column("岗位", 36.0),
            column("角色", 24.0),
            column("范围", 36.0),
            column("期间", 28.0),
            column("状态", 14.0),
            column("开设日期", 12.0),
        ],
        rows: cells.collect(),
        ..Table::default()
    }
}

#[derive(Template)]
#[template(path = "pages/account_new.html")]
struct NewAccountPage {
    layout: Layout,
    name: Field,
    login: Field,
    member: Field,
    member_name: String,
    form: PostForm,
    problem: String,
}

fn new_page(visit: &Visit, form: &Submitted, post: PostForm) -> NewAccountPage {
    NewAccountPage {
        layout: visit.layout("开设账号").crumb("用户授权", "/accounts").crumb("开设账号", ""),
        name: Field::new("name", "姓名", form.text("name")),
        login: Field::new("login", "账号", form.text("login")).hint("登录用，全平台唯一；手机号、工号都可以，定了不改"),
        member: Field::new("member", "对应的党员", form.text("member")).optional().hint("党员本人的账号要选，才看得到自己的学时和到会"),
        member_name: String::new(),
        form: post,
        problem: String::new(),
    }
}

/// `GET /accounts/new`.
///
/// # Errors
/// When the template fails.
pub async fn new(visit: Visit) -> Answer {
    let post = PostForm::new(&visit.app, visit.actor(), visit.today(), &visit.query);
    visit.page(&new_page(&visit, &Submitted::default(), post))
}

/// `POST /accounts`: an account with its first post; the temporary password is shown once.
///
/// # Errors
/// Unexpected ones; what is wrong stands in the form.
pub async fn create(visit: Visit, form: Submitted) -> Answer {
    let mut post = PostForm::filled(&visit.app, visit.actor(), &form);
    let new = post.read(&visit.app, visit.actor(), &form, 0).await?;
    let mut page = new_page(&visit, &form, post);
    if page.name.value.is_empty() {
        page.name.error = "请填姓名".to_owned();
    }
    if page.login.value.is_empty() {
        page.login.error = "请填账号".to_owned();
    }
    let member_id = member(&visit, &form, &mut page);
    let Some((new, case_id)) = new.filter(|_| page.name.error.is_empty() && page.login.error.is_empty() && page.member.error.is_empty()) else {
        return invalid(&visit, &page);
    };
    if form.text("again").is_empty()
        && let Some(held) = super::form::holder_of(&visit.app, &new).await?
    {
        page.form.held = held;
        return invalid(&visit, &page);
    }
    let temporary = super::temporary_password()?;
    let person = NewPerson {
        login: page.login.value.clone(),
        name: page.name.value.clone(),
        password: temporary.clone(),
        member_id,
        must_change_password: true,
    };
    let mut tx = visit.begin().await?;
    let made = async {
        let person_id = super::create_person(&mut tx, visit.actor(), person).await?;
        let grant = super::give_grant_over(&visit.app, &mut tx, visit.actor(), super::NewGrant { person_id, ..new }, case_id).await?;
        anyhow::Ok((person_id, grant))
    };
    match made.await {
        Ok((person_id, grant)) => {
            let commit = tx.commit().await?;
            let said = format!("账号已经开设。{}", given_words(&visit, grant).await?);
            show_once(&visit, person_id, &page.name.value, &page.login.value, &temporary, commit, &said)
        }
        Err(error) => {
            page.problem = error.downcast::<Refusal>()?.0;
            invalid(&visit, &page)
        }
    }
}

fn member(visit: &Visit, form: &Submitted, page: &mut NewAccountPage) -> Option<i64> {
    let id = form.filled("member")?.parse::<i64>().ok();
    let directory = visit.app.directory();
    let scope = visit.scope(Capability::ManageGrants);
    let found = id.and_then(|id| directory.member(&scope, id));
    match found {
        Some(member) => page.member_name.clone_from(&member.name),
        None => page.member.error = "没有在您的范围里找到这名党员".to_owned(),
    }
    found.map(|member| member.id)
}

fn invalid(visit: &Visit, page: &impl Template) -> Answer {
    let mut response = visit.page(page)?;
    *response.status_mut() = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

#[derive(Template)]
#[template(path = "pages/account_show.html")]
struct AccountPage {
    layout: Layout,
    account: Account,
    status: Status,
    is_locked: bool,
    is_own: bool,
    open: Vec<PostLine>,
    ended: Vec<PostLine>,
    form: PostForm,
    problem: String,
}

fn account_page(visit: &Visit, account: Account, form: PostForm) -> AccountPage {
    let today = visit.today();
    let (open, ended): (Vec<&GrantRow>, Vec<&GrantRow>) = account.grants.iter().partition(|grant| grant.is_open_on(today));
    AccountPage {
        layout: visit.layout(account.name.clone()).crumb("用户授权", "/accounts").crumb(account.name.clone(), ""),
        status: standing(&account, visit),
        is_locked: account.locked_until.is_some_and(|until| until > visit.at),
        is_own: visit.actor().person_id == Some(account.id),
        open: open.into_iter().map(|grant| post_line(visit, grant)).collect(),
        ended: ended.into_iter().map(|grant| post_line(visit, grant)).collect(),
        form,
        problem: String::new(),
        account,
    }
}

pub(super) async fn found(visit: &Visit, id: PersonId) -> Result<Account, Failure> {
    find_account(&visit.app, visit.app.store().reader(), visit.actor(), id).await?.ok_or(Failure::NotFound)
}

/// `GET /accounts/{id}`.
///
/// # Errors
/// [`Failure::NotFound`]: out of reach.
pub async fn show(visit: Visit, Path(id): Path<PersonId>) -> Answer {
    let account = found(&visit, id).await?;
    let form = PostForm::new(&visit.app, visit.actor(), visit.today(), &visit.query);
    visit.page(&account_page(&visit, account, form))
}

/// `POST /accounts/{id}/grants`.
///
/// # Errors
/// [`Failure::NotFound`]: out of reach.
pub async fn give(visit: Visit, Path(id): Path<PersonId>, form: Submitted) -> Answer {
    let account = found(&visit, id).await?;
    let mut post = PostForm::filled(&visit.app, visit.actor(), &form);
    let Some((new, case_id)) = post.read(&visit.app, visit.actor(), &form, id).await? else {
        return invalid(&visit, &account_page(&visit, account, post));
    };
    if form.text("again").is_empty()
        && let Some(held) = super::form::holder_of(&visit.app, &new).await?
    {
        post.held = held;
        return invalid(&visit, &account_page(&visit, account, post));
    }
    let mut tx = visit.begin().await?;
    match super::give_grant_over(&visit.app, &mut tx, visit.actor(), new, case_id).await {
        Ok(grant) => {
            let done = tx.commit().await?;
            let said = given_words(&visit, grant).await?;
            Ok(visit.done(done, &format!("/accounts/{id}"), said))
        }
        Err(error) => {
            let mut page = account_page(&visit, account, post);
            page.problem = error.downcast::<Refusal>()?.0;
            invalid(&visit, &page)
        }
    }
}

/// What follows from a post just given or prepared.
async fn given_words(visit: &Visit, grant: i64) -> anyhow::Result<&'static str> {
    let found = super::find_grant(&visit.app, visit.app.store().reader(), visit.actor(), grant).await?;
    Ok(if found.is_some_and(|grant| grant.is_prepared) {
        "岗位已经拟好，请能直接授予它的干部确认，确认以前不生效。"
    } else {
        "岗位已经授予，从开始那天起生效。"
    })
}

/// `POST /accounts/{id}/disable`.
///
/// # Errors
/// [`Failure::NotFound`]: out of reach.
pub async fn disable(visit: Visit, Path(id): Path<PersonId>) -> Answer {
    found(&visit, id).await?;
    let mut tx = visit.begin().await?;
    super::disable(&visit.app, &mut tx, visit.actor(), id).await?;
    Ok(visit.done(tx.commit().await?, &format!("/accounts/{id}"), "账号已经停用，登录着的也已退出。岗位还在，请尽快交接。"))
}

/// `POST /accounts/{id}/enable`.
///
/// # Errors
/// [`Failure::NotFound`]: out of reach.
pub async fn enable(visit: Visit, Path(id): Path<PersonId>) -> Answer {
    found(&visit, id).await?;
    let mut tx = visit.begin().await?;
    super::enable(&visit.app, &mut tx, visit.actor(), id).await?;
    Ok(visit.done(tx.commit().await?, &format!("/accounts/{id}"), "账号已经重新启用。"))
}

/// `POST /accounts/{id}/unlock`.
///
/// # Errors
/// [`Failure::NotFound`]: out of reach.
pub async fn unlock(visit: Visit, Path(id): Path<PersonId>) -> Answer {
    found(&visit, id).await?;
    let mut tx = visit.begin().await?;
    super::unlock(&visit.app, &mut tx, visit.actor(), id).await?;
    Ok(visit.done(tx.commit().await?, &format!("/accounts/{id}"), "已经解锁，可以再登录。"))
}
