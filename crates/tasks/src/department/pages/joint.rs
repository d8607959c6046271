//! Who leads a task and who helps; one part with what was reported and what the lead said to it.

use jiff::civil::Date;
use policy::Capability;
use store::Refusal;

use crate::department::joint::{
    ACCEPTED, accept as accept_part, may_name, name as name_parts, offices_for, report as report_part, return_ as return_part,
};
use crate::department::rows::{self, Part, Report};
use crate::department::{NewPart, acts_for};
use crate::http::action::{ActionPage, Control, Form};
use crate::http::failure::Failure;
use crate::http::path::Path;
use crate::http::plain::{Cell, PlainOne, Section};
use crate::http::submitted::Submitted;
use crate::http::view::{Link, Standing, Status};
use crate::http::visit::{Answer, Visit};
use crate::task::{self, Task};

/// Helpers that a form takes at once; more are added afterwards.
const N_HELPERS: usize = 4;

/// How a part stands.
pub fn status(part: &Part, today: Date) -> Status {
    match part.delivered_on {
        Some(day) if day > part.due_on => Status::new(Standing::Late, format!("{day} 办结，逾期")),
        Some(day) => Status::new(Standing::Ok, format!("{day} 办结")),
        None if part.is_reported => Status::new(Standing::Running, "已报告，等牵头部门认可"),
        None => Status::by_days_left(i64::from((part.due_on - today).get_days()), 0),
    }
}

/// What somebody may do with a part.
struct Seen {
    part: Part,
    helps: bool,
    leads: bool,
}

/// A part of one's own office, of a task that it leads, or of one that one sees; anything else is not found.
async fn seen(visit: &Visit, id: i64) -> Result<Seen, Failure> {
    let reader = visit.app.store().reader();
    let (pack, actor) = (visit.pack(), visit.actor());
    let part = rows::part(reader, id).await?.ok_or(Failure::NotFound)?;
    let acts = async |office: i64| -> anyhow::Result<bool> { Ok(rows::office(reader, office).await?.is_some_and(|it| acts_for(&pack, actor, &it))) };
    let (helps, leads) = (acts(part.office).await?, acts(part.lead).await?);
    let is_seen = visit.app.directory().is_visible(&visit.scope(Capability::ViewTasks), part.organisation)
        || visit.app.directory().is_visible(&visit.scope(Capability::ViewResponsibility), part.office_organisation);
    if helps || leads || is_seen { Ok(Seen { part, helps, leads }) } else { Err(Failure::NotFound) }
}

/// `GET /departments/parts/{id}`.
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn part(visit: Visit, Path(id): Path<i64>) -> Answer {
    let Seen { part, helps, leads } = seen(&visit, id).await?;
    let reports = rows::reports(visit.app.store().reader(), id).await?;
    let sees_task = visit.app.directory().is_visible(&visit.scope(Capability::ViewTasks), part.organisation);
    let base = format!("/departments/parts/{id}");
    let is_open = part.delivered_on.is_none();
    let mut acts = Vec::new();
    if helps && is_open && !part.is_reported {
        acts.push(Link::new("报告", format!("{base}/report")));
    }
    if leads && is_open && part.is_reported {
        acts.push(Link::new("认可", format!("{base}/accept")));
        acts.push(Link::new("退回", format!("{base}/return")));
    }
    let has_main = !acts.is_empty();
    if sees_task {
        acts.push(Link::new("看任务", format!("/tasks/{}", part.task)));
    }
    let directory = visit.app.directory();
    let row = |report: &Report| {
        let word = match (report.outcome.as_deref(), report.decided_on) {
            (Some(ACCEPTED), Some(day)) => format!("{day} 认可"),
            (Some(_), Some(day)) => format!("{day} 退回：{}", report.word),
            _ => "等牵头部门认可".to_owned(),
        };
        vec![Cell::text(report.on.to_string()), Cell::text(&report.result), Cell::text(&report.evidence), Cell::text(word)]
    };
    let page = PlainOne {
        layout: visit.layout(part.part.clone()).crumb("部门合力", "/departments").crumb(part.part.clone(), ""),
        title: part.part.clone(),
        lead: format!("{}协办", part.office_name),
        status: Some(status(&part, visit.today())),
        acts,
        has_main,
        warnings: Vec::new(),
        sections: vec![
            Section {
                title: "属于哪项任务".to_owned(),
                facts: vec![
                    ("任务".to_owned(), part.action.clone()),
                    ("承办单位".to_owned(), directory.name_of(part.organisation).to_owned()),
                    ("交办单位".to_owned(), directory.name_of(part.issuer).to_owned()),
                    ("牵头部门".to_owned(), part.lead_name.clone()),
                    ("协办部门".to_owned(), part.office_name.clone()),
                    ("时限".to_owned(), part.due_on.to_string()),
                ],
                ..Section::default()
            },
            Section {
                title: "报告和认可".to_owned(),
                columns: vec!["报告日期", "办成了什么", "佐证", "牵头部门的意见"],
                rows: reports.iter().map(row).collect(),
                empty: "还没有报告。".to_owned(),
                ..Section::default()
            },
        ],
    };
    drop(directory);
    visit.page(&page)
}

fn act_page(visit: &Visit, part: &Part, title: &str, lead: String) -> ActionPage {
    let base = format!("/departments/parts/{}", part.id);
    let layout = visit.layout(title).crumb("部门合力", "/departments").crumb(part.part.clone(), base.clone()).crumb(title, "");
    ActionPage::new(layout, title, lead, Link::new("先不办", base))
}

fn report_page(visit: &Visit, part: &Part, form: &Form) -> ActionPage {
    act_page(visit, part, "报告", format!("{}：{}", part.office_name, part.part))
        .with(Control::Text(form.field("result", "办成了什么")))
        .with(Control::Text(form.field("evidence", "佐证").hint("写明在哪条记录、哪份文件；不要求照片")))
}

fn return_page(visit: &Visit, part: &Part, form: &Form) -> ActionPage {
    act_page(visit, part, "退回", format!("{}：{}", part.office_name, part.part)).with(Control::Text(form.field("reason", "还差什么")))
}

/// `GET /departments/parts/{id}/report`.
///
/// # Errors
/// [`Failure::NotFound`] of anybody but the helper.
pub async fn show_report(visit: Visit, Path(id): Path<i64>) -> Answer {
    let seen = seen(&visit, id).await?;
    if !seen.helps {
        return Err(Failure::NotFound);
    }
    report_page(&visit, &seen.part, &Form::default()).answer(&visit)
}

/// `POST /departments/parts/{id}/report`.
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn report(visit: Visit, Path(id): Path<i64>, sent: Submitted) -> Answer {
    let seen = seen(&visit, id).await?;
    let mut form = Form::new(sent);
    let (result, evidence) = (form.required("result", "请写办成了什么"), form.required("evidence", "请写写在哪条记录、哪份文件里"));
    if !form.is_right() {
        return report_page(&visit, &seen.part, &form).answer(&visit);
    }
    let mut tx = visit.begin().await?;
    match report_part(&visit.app, &mut tx, visit.actor(), id, &result, &evidence).await {
        Ok(()) => Ok(visit.done(tx.commit().await?, &format!("/departments/parts/{id}"), "已经报告，等牵头部门认可。")),
        Err(error) if error.is::<Refusal>() => {
            drop(tx);
            report_page(&visit, &seen.part, &form).refused(&visit, error)
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /departments/parts/{id}/accept`.
///
/// # Errors
/// [`Failure::NotFound`] of anybody but the lead.
pub async fn show_accept(visit: Visit, Path(id): Path<i64>) -> Answer {
    let seen = seen(&visit, id).await?;
    if !seen.leads {
        return Err(Failure::NotFound);
    }
    act_page(&visit, &seen.part, "认可", format!("{}：{}，认可以后算办结", seen.part.office_name, seen.part.part)).answer(&visit)
}

/// `POST /departments/parts/{id}/accept`.
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn accept(visit: Visit, Path(id): Path<i64>) -> Answer {
    seen(&visit, id).await?;
    let mut tx = visit.begin().await?;
    let done = accept_part(&visit.app, &mut tx, visit.actor(), id).await;
    let base = format!("/departments/parts/{id}");
    match visit.or_back(&base, done)? {
        Ok(()) => Ok(visit.done(tx.commit().await?, &base, "已经认可，这一部分办结。")),
        Err(refused) => Ok(refused),
    }
}

/// `GET /departments/parts/{id}/return`.
///
/// # Errors
/// [`Failure::NotFound`] of anybody but the lead.
pub async fn show_return(visit: Visit, Path(id): Path<i64>) -> Answer {
    let seen = seen(&visit, id).await?;
    if !seen.leads {
        return Err(Failure::NotFound);
    }
    return_page(&visit, &seen.part, &Form::default()).answer(&visit)
}

/// `POST /departments/parts/{id}/return`.
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn return_(visit: Visit, Path(id): Path<i64>, sent: Submitted) -> Answer {
    let seen = seen(&visit, id).await?;
    let mut form = Form::new(sent);
    let reason = form.required("reason", "请写还差什么");
    if !form.is_right() {
        return return_page(&visit, &seen.part, &form).answer(&visit);
    }
    let mut tx = visit.begin().await?;
    match return_part(&visit.app, &mut tx, visit.actor(), id, &reason).await {
        Ok(()) => Ok(visit.done(tx.commit().await?, &format!("/departments/parts/{id}"), "已经退回。")),
        Err(error) if error.is::<Refusal>() => {
            drop(tx);
            return_page(&visit, &seen.part, &form).refused(&visit, error)
        }
        Err(error) => Err(error.into()),
    }
}

/// A task that somebody handed down, to say who leads and who helps.
async fn own(visit: &Visit, id: i64) -> Result<Task, Failure> {
    let task = task::find(visit.app.store().reader(), &visit.app, visit.actor(), id).await?.ok_or(Failure::NotFound)?;
    if may_name(visit.actor(), &task) { Ok(task) } else { Err(Failure::NotFound) }
}

async fn name_page(visit: &Visit, task: &Task, form: &Form) -> anyhow::Result<ActionPage> {
    let offices = offices_for(&visit.app, task.organisation).await?;
    let choices = |field: &str| form.choices(field, offices.iter().map(|office| (office.id.to_string(), office.name.clone())));
    let base = format!("/tasks/{}", task.id);
    let layout = visit.layout("牵头和协办").crumb("部署任务", "/tasks").crumb(task.item.action.clone(), base.clone()).crumb("牵头和协办", "");
    let lead = format!("“{}”由几个部门一起办：一个牵头，其余各办一部分", task.item.action);
    let mut page =
        ActionPage::new(layout, "牵头和协办", lead, Link::new("先不定", base)).with(Control::Select(form.field("lead", "牵头部门"), choices("lead")));
    for n in 1..=N_HELPERS {
        let (office, part, due) = (format!("office_{n}"), format!("part_{n}"), format!("due_on_{n}"));
        let optional = |field: crate::http::view::Field| if n == 1 { field } else { field.optional() };
        page = page
            .with(Control::Select(optional(form.field(&office, &format!("协办部门 {n}"))), choices(&office)))
            .with(Control::Input(optional(form.field(&part, &format!("协办部门 {n} 办哪一部分"))), "text"))
            .with(Control::Input(optional(form.field(&due, &format!("协办部门 {n} 的时限"))), "date"));
    }
    Ok(page.note("协办部门办完报告，牵头部门认可或者退回；都认可了，任务才能反馈和办结。").note("没有列出的部门，先在“部门合力”里登记。"))
}

/// `GET /tasks/{id}/joint`.
///
/// # Errors
/// [`Failure::NotFound`] of a task that one did not hand down.
pub async fn show_name(visit: Visit, Path(id): Path<i64>) -> Answer {
    let task = own(&visit, id).await?;
    let lead = rows::joint(visit.app.store().reader(), id).await?.map(|(_, lead)| lead.to_string()).unwrap_or_default();
    let mut prefilled = vec![("lead".to_owned(), lead)];
    prefilled.extend((1..=N_HELPERS).map(|n| (format!("due_on_{n}"), task.due_now().to_string())));
    name_page(&visit, &task, &Form::prefilled(prefilled)).await?.answer(&visit)
}

/// `POST /tasks/{id}/joint`.
///
/// # Errors
/// As [`show_name`].
pub async fn name(visit: Visit, Path(id): Path<i64>, sent: Submitted) -> Answer {
    let task = own(&visit, id).await?;
    let mut form = Form::new(sent);
    let lead = form.required("lead", "请选牵头部门").parse::<i64>().unwrap_or_default();
    let mut parts = Vec::new();
    for n in 1..=N_HELPERS {
        let office = form.text(&format!("office_{n}")).parse::<i64>().ok();
        let Some(office) = office else { continue };
        let part = form.required(&format!("part_{n}"), "请写清楚办哪一部分");
        let due_on = form.required_day(&format!("due_on_{n}"));
        parts.push(NewPart { office, part, due_on });
    }
    if !form.is_right() {
        return name_page(&visit, &task, &form).await?.answer(&visit);
    }
    let mut tx = visit.begin().await?;
    match name_parts(&visit.app, &mut tx, visit.actor(), id, lead, parts).await {
        Ok(()) => Ok(visit.done(tx.commit().await?, &format!("/tasks/{id}"), "已经定了牵头和协办，协办部门的工作台上能看到。")),
        Err(error) if error.is::<Refusal>() => {
            drop(tx);
            name_page(&visit, &task, &form).await?.refused(&visit, error)
        }
        Err(error) => Err(error.into()),
    }
}
