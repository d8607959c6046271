//! Honours, points and disciplinary decisions of a member: entering, verifying, giving back, and looking at what is restricted.

use std::collections::BTreeMap;

use askama::Template;
use policy::Capability;

use super::entries::{self, Answer as Answered, Entry, NewEntry, Register};
use super::pages_actions::found;
use super::pages_detail::own_member;
use super::read::{Record, record};
use crate::http::action::{ActionPage, Control, Form};
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::path::Path;
use crate::http::route::{Door, Needs, Routes};
use crate::http::submitted::Submitted;
use crate::http::view::{Link, Standing, Status};
use crate::http::visit::{Answer, Visit};

/// Routes of the register.
#[must_use]
pub fn routes(routes: Routes) -> Routes {
    let (view, manages, verifies) =
        (Needs::May(Capability::ViewMembers), Needs::May(Capability::ManageMembers), Needs::May(Capability::VerifyMembers));
    routes
        .get("/members/{id}/entries", manages, Door::Inner, show_new)
        .post("/members/{id}/entries", manages, Door::Inner, enter)
        .post("/members/{id}/entries/{entry}/verify", verifies, Door::Inner, verify)
        .get("/members/{id}/entries/{entry}/return", verifies, Door::Inner, show_return)
        .post("/members/{id}/entries/{entry}/return", verifies, Door::Inner, give_back)
        .get("/members/{id}/discipline", view, Door::Inner, ask_discipline)
        .post("/members/{id}/discipline", view, Door::Inner, discipline)
        .post("/me/discipline", Needs::SignIn, Door::Both, own_discipline)
}

/// An entry as a line of a page.
pub(super) struct EntryRow {
    pub id: i64,
    pub register: &'static str,
    pub what: String,
    pub on: String,
    pub source: String,
    pub status: Status,
    pub may_answer: bool,
}

impl EntryRow {
    /// `verifies`: whether the reader may verify records of this member.
    pub fn of(visit: &Visit, entry: &Entry, verifies: bool) -> Self {
        let status = match (&entry.verified, &entry.returned) {
            (Some((on, by)), _) => Status::new(Standing::Ok, format!("{on} {by}核实")).plain(),
            (None, Some((on, reason))) => Status::new(Standing::Missed, format!("{on} 退回：{reason}")).plain(),
            (None, None) => Status::new(Standing::Unproved, "待核实"),
        };
        let is_own = entry.entered_by.is_some() && entry.entered_by == visit.actor().person_id;
        Self {
            id: entry.id,
            register: entry.register.name(),
            what: entry.points.map_or_else(|| entry.kind.clone(), |points| format!("{} {points} 分", entry.kind)),
            on: entry.until.map_or_else(|| entry.made_on.to_string(), |until| format!("{} 至 {until}", entry.made_on)),
            source: entry.source(),
            status,
            may_answer: verifies && entry.is_waiting() && !is_own && visit.opens("/members/1/entries/1/return"),
        }
    }
}

/// What is established: 荣誉 2 项，2026 年季度积分 35 分. Only what was verified counts; points of one kind are not added to another's,
/// which may contain them.
pub(super) fn established(entries: &[Entry], year: i16) -> String {
    let verified = || entries.iter().filter(|entry| entry.verified.is_some());
    let n_honours = verified().filter(|entry| entry.register == Register::Honour).count();
    let mut points: BTreeMap<&str, i64> = BTreeMap::new();
    for entry in verified().filter(|entry| entry.made_on.year() == year) {
        if let Some(n) = entry.points {
            *points.entry(&entry.kind).or_default() += n;
        }
    }
    let points = points.iter().map(|(kind, n)| format!("{kind} {n} 分")).collect::<Vec<_>>().join("、");
    let points = if points.is_empty() { format!("{year} 年没有积分") } else { format!("{year} 年{points}") };
    let n_waiting = entries.iter().filter(|entry| entry.is_waiting()).count();
    let waiting = if n_waiting == 0 { String::new() } else { format!("；另有 {n_waiting} 条待核实，不算在内") };
    format!("已核实：荣誉 {n_honours} 项，{points}{waiting}")
}

fn form_page(visit: &Visit, it: &Record, form: &Form) -> ActionPage {
    let pack = visit.pack();
    let here = format!("/members/{}", it.id);
    let layout = visit.layout("登记荣誉、积分、处分").crumb("党员队伍", "/members").crumb(it.name.clone(), here.clone()).crumb("登记", "");
    let kinds = Register::ALL.into_iter().flat_map(|register| {
        let line = move |kind: &String| (format!("{}/{kind}", register.key()), format!("{}：{kind}", register.name()));
        register.kinds(&pack).iter().map(line).collect::<Vec<_>>()
    });
    ActionPage::new(layout, "登记荣誉、积分、处分", format!("{}：照文件登记，由上级核实", it.name), Link::new("先不登记", here))
        .with(Control::Select(form.field("kind", "种类"), form.choices("kind", kinds)))
        .with(Control::Input(form.field("points", "分数").hint("只有积分填").optional(), "number"))
        .with(Control::Input(form.field("on", "文件上的日期"), "date"))
        .with(Control::Input(form.field("until", "到哪一天为止").hint("例如留党察看的期限；没有的不填").optional(), "date"))
        .with(Control::Input(form.field("issuer", "作出单位").hint("例如：中共青石镇委员会"), "text"))
        .with(Control::Input(form.field("document", "文件名"), "text"))
        .with(Control::Input(form.field("document_no", "文号"), "text"))
        .button("登记")
        .note("上级核实以前标“待核实”，不作数。")
        .note("纪律处分只有本人、党支部和上级组织委员看得到，每次查看都记入审计；都不进入任何考核指标。")
}

/// `GET /members/{id}/entries`.
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn show_new(visit: Visit, Path(id): Path<i64>) -> Answer {
    let it = kept_here(&visit, id, &[Capability::ManageMembers]).await?;
    form_page(&visit, &it, &Form::default()).answer(&visit)
}

/// A member whose record the visitor reaches with one of these capabilities, and not only to see it.
async fn kept_here(visit: &Visit, id: i64, capabilities: &[Capability]) -> Result<Record, Failure> {
    let it = found(visit, id).await?;
    let directory = visit.app.directory();
    let is_kept = capabilities.iter().any(|capability| directory.is_visible(&visit.scope(*capability), it.organisation));
    if is_kept { Ok(it) } else { Err(Failure::NotFound) }
}

/// `POST /members/{id}/entries`.
///
/// # Errors
/// [`Failure::NotFound`] out of reach; refusals come back in the form.
pub async fn enter(visit: Visit, Path(id): Path<i64>, sent: Submitted) -> Answer {
    let it = kept_here(&visit, id, &[Capability::ManageMembers]).await?;
    let mut form = Form::new(sent);
    let chosen = form.required("kind", "请选种类");
    let kind = chosen.split_once('/').and_then(|(register, kind)| Some((Register::of_key(register)?, kind.to_owned())));
    if kind.is_none() && !chosen.is_empty() {
        form.problem("kind", "请从列表里选种类");
    }
    let (points, made_on, until) = (form.whole("points"), form.required_day("on"), form.day("until"));
    let issuer = form.required("issuer", "请写作出单位");
    let document = form.required("document", "请写文件名");
    let document_no = form.required("document_no", "请写文号；没有文件的不登记");
    let Some((register, kind)) = kind.filter(|_| form.is_right()) else { return form_page(&visit, &it, &form).answer(&visit) };
    let new = NewEntry { member: id, register, kind, points, made_on, until, issuer, document, document_no };
    let mut tx = visit.begin().await?;
    match entries::enter(&visit.app, &mut tx, visit.actor(), new).await {
        Ok(_) => Ok(visit.done(tx.commit().await?, &format!("/members/{id}"), "已登记，等上级核实。")),
        Err(error) => form_page(&visit, &it, &form).refused(&visit, error),
    }
}

/// `POST /members/{id}/entries/{entry}/verify`.
///
/// # Errors
/// [`Failure::NotFound`] out of reach; refusals, with the sentence.
pub async fn verify(visit: Visit, Path((id, entry)): Path<(i64, i64)>) -> Answer {
    found(&visit, id).await?;
    let mut tx = visit.begin().await?;
    entries::answer(&mut tx, visit.actor(), id, entry, Answered::Verified).await?;
    Ok(visit.done(tx.commit().await?, &format!("/members/{id}"), "已核实。"))
}

fn return_page(visit: &Visit, it: &Record, form: &Form) -> ActionPage {
    let here = format!("/members/{}", it.id);
    let layout = visit.layout("退回登记").crumb("党员队伍", "/members").crumb(it.name.clone(), here.clone()).crumb("退回登记", "");
    ActionPage::new(layout, "退回登记", "和文件对不上的，写明原因，由支部照文件重新登记", Link::new("先不退回", here))
        .with(Control::Text(form.field("reason", "原因")))
        .button("退回支部")
}

/// `GET /members/{id}/entries/{entry}/return`.
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn show_return(visit: Visit, Path((id, _)): Path<(i64, i64)>) -> Answer {
    let it = kept_here(&visit, id, &[Capability::VerifyMembers]).await?;
    return_page(&visit, &it, &Form::default()).answer(&visit)
}

/// `POST /members/{id}/entries/{entry}/return`.
///
/// # Errors
/// [`Failure::NotFound`] out of reach; refusals come back in the form.
pub async fn give_back(visit: Visit, Path((id, entry)): Path<(i64, i64)>, sent: Submitted) -> Answer {
    let it = kept_here(&visit, id, &[Capability::VerifyMembers]).await?;
    let form = Form::new(sent);
    let mut tx = visit.begin().await?;
    match entries::answer(&mut tx, visit.actor(), id, entry, Answered::Returned(form.text("reason").to_owned())).await {
        Ok(()) => Ok(visit.done(tx.commit().await?, &format!("/members/{id}"), "已退回支部。")),
        Err(error) => return_page(&visit, &it, &form).refused(&visit, error),
    }
}

#[derive(Template)]
#[template(path = "pages/member_discipline.html")]
struct DisciplinePage {
    layout: Layout,
    id: i64,
    name: String,
    back: Link,
    rows: Vec<EntryRow>,
}

fn discipline_form(visit: &Visit, it: &Record, form: &Form) -> ActionPage {
    let here = format!("/members/{}", it.id);
    let layout = visit.layout("查看纪律处分").crumb("党员队伍", "/members").crumb(it.name.clone(), here.clone()).crumb("查看纪律处分", "");
    ActionPage::new(layout, "查看纪律处分", format!("{}的纪律处分登记", it.name), Link::new("先不看", here))
        .with(Control::Input(form.field("reason", "用途").hint("例如：核实处分决定"), "text"))
        .button("查看")
        .note("谁、什么时候、为什么查看，记入审计。")
}

/// `GET /members/{id}/discipline`: asks what for.
///
/// # Errors
/// [`Failure::NotFound`] out of reach, and for those who only see the record.
pub async fn ask_discipline(visit: Visit, Path(id): Path<i64>) -> Answer {
    let it = kept_here(&visit, id, &[Capability::ManageMembers, Capability::VerifyMembers]).await?;
    discipline_form(&visit, &it, &Form::default()).answer(&visit)
}

/// `POST /members/{id}/discipline`: shows them once; who looked, and what for, is in the audit before they are shown.
///
/// # Errors
/// [`Failure::NotFound`] out of reach; refusals come back in the form.
pub async fn discipline(visit: Visit, Path(id): Path<i64>, sent: Submitted) -> Answer {
    let it = kept_here(&visit, id, &[Capability::ManageMembers, Capability::VerifyMembers]).await?;
    let form = Form::new(sent);
    let mut tx = visit.begin().await?;
    match entries::see_discipline(&visit.app, &mut tx, visit.actor(), id, form.text("reason")).await {
        Ok(shown) => {
            tx.commit().await?;
            let is_own = own_member(&visit).await? == Some(id);
            let verifies = !is_own && visit.app.directory().is_visible(&visit.scope(Capability::VerifyMembers), it.organisation);
            let here = format!("/members/{id}");
            let layout = visit.layout(it.name.clone()).crumb("党员队伍", "/members").crumb(it.name.clone(), here.clone()).crumb("纪律处分", "");
            let rows = shown.iter().map(|entry| EntryRow::of(&visit, entry, verifies)).collect();
            visit.page(&DisciplinePage { layout, id, name: it.name, back: Link::new("回到党员信息", here), rows })
        }
        Err(error) => discipline_form(&visit, &it, &form).refused(&visit, error),
    }
}

/// `POST /me/discipline`: one's own, whatever one's posts reach; the look is in the audit.
///
/// # Errors
/// [`Failure::NotFound`] where the account belongs to no member.
pub async fn own_discipline(visit: Visit) -> Answer {
    let id = own_member(&visit).await?.ok_or(Failure::NotFound)?;
    let it = record(&visit.app, None, id).await?.ok_or(Failure::NotFound)?;
    let mut tx = visit.begin().await?;
    let shown = entries::see_own_discipline(&visit.app, &mut tx, id, it.organisation).await?;
    tx.commit().await?;
    let rows = shown.iter().map(|entry| EntryRow::of(&visit, entry, false)).collect();
    let layout = visit.layout("我的纪律处分").crumb("我的", "/me").crumb("纪律处分", "");
    visit.page(&DisciplinePage { layout, id, name: it.name, back: Link::new("回到我的", "/me"), rows })
}
