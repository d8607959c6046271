//! One office: its standing duties period by period, the parts it owes, the tasks it leads.

use policy::{Capability, Department, DepartmentDuty, Period};
use store::Refusal;

use super::asked;
use crate::department::left::owed_since;
use crate::department::rows::{self, DutyReport, Office, Part};
use crate::department::{acts_for, end as end_office, report_duty};
use crate::http::action::{ActionPage, Control, Form};
use crate::http::failure::Failure;
use crate::http::path::Path;
use crate::http::plain::{Cell, PlainOne, Section};
use crate::http::submitted::Submitted;
use crate::http::view::{Link, Standing, Status};
use crate::http::visit::{Answer, Visit};

/// An office within reach, or one's own; anything else is not found.
async fn seen(visit: &Visit, id: i64) -> Result<Office, Failure> {
    let office = rows::office(visit.app.store().reader(), id).await?.ok_or(Failure::NotFound)?;
    let is_seen = visit.app.directory().is_visible(&visit.scope(Capability::ViewResponsibility), office.organisation);
    if is_seen || acts_for(&visit.pack(), visit.actor(), &office) { Ok(office) } else { Err(Failure::NotFound) }
}

/// `GET /departments/{id}`.
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn show(visit: Visit, Path(id): Path<i64>) -> Answer {
    let office = seen(&visit, id).await?;
    let (pack, today) = (visit.pack(), visit.today());
    let reader = visit.app.store().reader();
    let reports = rows::reported(reader, &[id]).await?;
    let parts = rows::parts(reader, "p.department_office_id = $1 or j.department_office_id = $1", vec![id.into()]).await?;
    let works = office.until.is_none() && acts_for(&pack, visit.actor(), &office);
    let keeps = office.until.is_none() && visit.app.directory().is_visible(&visit.scope(Capability::KeepResponsibility), office.organisation);
    let department = pack.departments.get(&office.department);
    let committee = visit.app.directory().name_of(office.organisation).to_owned();
    let page = PlainOne {
        layout: visit.layout(office.name.clone()).crumb("部门合力", "/departments").crumb(office.name.clone(), ""),
        title: office.name.clone(),
        lead: format!(
            "{committee}　{}　{} 登记{}",
            department.map_or(office.department.as_str(), |it| &it.name),
            office.from,
            office.until.map_or_else(String::new, |day| format!("，{day} 撤去"))
        ),
        status: None,
        acts: if keeps { vec![Link::new("撤去", format!("/departments/{id}/end"))] } else { Vec::new() },
        has_main: false,
        warnings: Vec::new(),
        sections: vec![
            Section {
                title: "自己的职责".to_owned(),
                note: "按期报告，写明在哪条记录、哪份文件".to_owned(),
                columns: vec!["职责", "期间", "情况", "做了什么", "出处"],
                rows: department.map_or_else(Vec::new, |it| duty_rows(&visit, &office, it, &reports, works)),
                empty: "制度包里没有写这个部门的职责。".to_owned(),
                ..Section::default()
            },
            Section {
                title: "协办的任务".to_owned(),
                columns: vec!["办哪一部分", "任务", "牵头", "时限", "情况"],
                rows: parts.iter().filter(|part| part.office == id).map(|part| part_row(part, true, today)).collect(),
                empty: "没有协办的任务。".to_owned(),
                ..Section::default()
            },
            Section {
                title: "牵头的任务".to_owned(),
                note: "协办的都认可了，任务才能办结".to_owned(),
                columns: vec!["办哪一部分", "任务", "协办", "时限", "情况"],
                rows: parts.iter().filter(|part| part.lead == id).map(|part| part_row(part, false, today)).collect(),
                empty: "没有牵头的任务。".to_owned(),
                ..Section::default()
            },
        ],
    };
    visit.page(&page)
}

/// The running period of each duty and those of the year before it; earlier ones as long as they are owed.
fn duty_rows(visit: &Visit, office: &Office, department: &Department, reports: &[DutyReport], works: bool) -> Vec<Vec<Cell>> {
    let today = visit.today();
    let mut rows = Vec::new();
    for duty in &department.duties {
        let now = Period::containing(today, duty.per);
        let periods = std::iter::successors(Some(now), |period| Some(period.previous()));
        for period in periods.take_while(|period| period.last_day() >= owed_since(office, duty)) {
            let report = reports.iter().find(|it| it.duty == duty.key && it.period == period);
            if report.is_some() && period.from().year() < today.year() - 1 {
                continue;
            }
            let (status, said) = match report {
                Some(it) if it.on <= period.last_day() => (Status::new(Standing::Ok, format!("{} 报告", it.on)), said(it)),
                Some(it) => (Status::new(Standing::Late, format!("{} 补报", it.on)), said(it)),
                None if period == now => (Status::new(Standing::Far, "本期还没有报告"), String::new()),
                None => (Status::new(Standing::Overdue, "没有报告"), String::new()),
            };
            let action = if works && report.is_none() {
                Cell::Acts(vec![Link::new("报告", format!("/departments/{}/report?duty={}&period={period}", office.id, duty.key))])
            } else {
                Cell::text(said)
            };
            rows.push(vec![
                Cell::Noted(duty.name.clone(), duty.per.label().to_owned()),
                Cell::text(period.label()),
                Cell::Status(status),
                action,
                Cell::text(quote(visit, duty)),
            ]);
        }
    }
    rows
}

fn said(report: &DutyReport) -> String {
    format!("{}（{}）", report.result, report.evidence)
}

fn quote(visit: &Visit, duty: &DepartmentDuty) -> String {
    let pack = visit.pack();
    let document =
        if duty.cite.is_example() { "示例方案" } else { pack.documents.get(&duty.cite.doc).map_or(duty.cite.doc.as_str(), |it| &it.name) };
    duty.cite.quote.as_ref().map_or_else(|| document.to_owned(), |quote| format!("{document}：“{quote}”"))
}

fn part_row(part: &Part, is_own: bool, today: jiff::civil::Date) -> Vec<Cell> {
    vec![
        Cell::Link(Link::new(part.part.clone(), format!("/departments/parts/{}", part.id))),
        Cell::text(&part.action),
        Cell::text(if is_own { &part.lead_name } else { &part.office_name }),
        Cell::text(part.due_on.to_string()),
        Cell::Status(super::joint::status(part, today)),
    ]
}

fn report_page(visit: &Visit, office: &Office, form: &Form) -> Result<ActionPage, Failure> {
    let pack = visit.pack();
    let duty = pack.departments.get(&office.department).and_then(|it| it.duties.iter().find(|duty| duty.key == form.text("duty")));
    let period = form.text("period").parse::<Period>().ok();
    let (duty, period) = duty.zip(period).ok_or(Failure::NotFound)?;
    let base = format!("/departments/{}", office.id);
    let layout = visit.layout("报告").crumb("部门合力", "/departments").crumb(office.name.clone(), base.clone()).crumb("报告", "");
    Ok(ActionPage::new(layout, "报告", format!("{}：{}（{}）", office.name, duty.name, period.label()), Link::new("先不报告", base))
        .with(Control::Select(form.field("duty", "职责"), form.choices("duty", [(duty.key.as_str(), duty.name.as_str())])))
        .with(Control::Select(form.field("period", "期间"), form.choices("period", [(period.to_string(), period.label())])))
        .with(Control::Text(form.field("result", "做了什么")))
        .with(Control::Text(form.field("evidence", "佐证").hint("写明在哪条记录、哪份文件；不要求照片"))))
}

/// `GET /departments/{id}/report`.
///
/// # Errors
/// [`Failure::NotFound`] out of reach, or of a duty that the department does not have.
pub async fn show_report(visit: Visit, Path(id): Path<i64>) -> Answer {
    let office = seen(&visit, id).await?;
    let form = Form::prefilled([("duty", asked(&visit, "duty")), ("period", asked(&visit, "period"))]);
    report_page(&visit, &office, &form)?.answer(&visit)
}

/// `POST /departments/{id}/report`.
///
/// # Errors
/// As [`show_report`].
pub async fn report(visit: Visit, Path(id): Path<i64>, sent: Submitted) -> Answer {
    let office = seen(&visit, id).await?;
    let mut form = Form::new(sent);
    let period = form.text("period").parse::<Period>().map_err(|_| Failure::NotFound)?;
    let duty = form.text("duty").to_owned();
    let (result, evidence) = (form.required("result", "请写做了什么"), form.required("evidence", "请写写在哪条记录、哪份文件里"));
    if !form.is_right() {
        return report_page(&visit, &office, &form)?.answer(&visit);
    }
    let mut tx = visit.begin().await?;
    match report_duty(&visit.app, &mut tx, visit.actor(), id, &duty, period, &result, &evidence).await {
        Ok(()) => Ok(visit.done(tx.commit().await?, &format!("/departments/{id}"), "已经报告。")),
        Err(error) if error.is::<Refusal>() => {
            drop(tx);
            report_page(&visit, &office, &form)?.refused(&visit, error)
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /departments/{id}/end`.
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn show_end(visit: Visit, Path(id): Path<i64>) -> Answer {
    let office = seen(&visit, id).await?;
    let base = format!("/departments/{id}");
    let layout = visit.layout("撤去").crumb("部门合力", "/departments").crumb(office.name.clone(), base.clone()).crumb("撤去", "");
    let lead = format!("{}从今天起不再牵头、协办，报告过的都留着", office.name);
    ActionPage::new(layout, "撤去", lead, Link::new("先不撤", base)).answer(&visit)
}

/// `POST /departments/{id}/end`.
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn end(visit: Visit, Path(id): Path<i64>) -> Answer {
    seen(&visit, id).await?;
    let mut tx = visit.begin().await?;
    let done = end_office(&visit.app, &mut tx, visit.actor(), id).await;
    match visit.or_back(&format!("/departments/{id}"), done)? {
        Ok(()) => Ok(visit.done(tx.commit().await?, "/departments", "已经撤去。")),
        Err(refused) => Ok(refused),
    }
}
