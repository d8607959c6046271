//! `/transfers`: what waits for me to receive, what I sent, and what became of it.

use std::collections::HashSet;

use crate::http::path::Path;
use askama::Template;
use axum::http::Uri;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::Capability;
use store::OrgId;

use super::read::{TransferLine, Which, transfers};
use crate::http::action::{ActionPage, Control, Form};
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::submitted::Submitted;
use crate::http::view::{Chip, Link, Standing, Status};
use crate::http::visit::{Answer, Visit};

const LIST: ListSpec = ListSpec { sorts: &["asked", "due", "name"], default_sort: ("asked", Direction::Desc), filters: &["side"], per: 20 };

/// Sides that narrow the list, and their words.
const SIDES: [(&str, &str); 3] = [("in", "待我接收"), ("out", "我转出的"), ("done", "已办结")];

#[derive(Template)]
#[template(path = "pages/member_transfers.html")]
struct TransfersPage {
    layout: Layout,
    sentence: String,
    query: ListQuery,
    chips: Vec<Chip>,
    columns: Vec<Column>,
    rows: Vec<Row>,
    pager: Pager,
    may_export: bool,
}

struct Row {
    id: i64,
    name: String,
    href: Option<String>,
    from: String,
    to: String,
    reason: String,
    asked_on: String,
    status: Status,
    may_receive: bool,
    may_withdraw: bool,
    note: String,
}

/// A transfer with which of its sides are in reach.
struct Seen {
    line: TransferLine,
    is_sender: bool,
    is_receiver: bool,
    /// Asked for by the visitor: receiving it is for somebody else.
    is_own: bool,
}

impl Seen {
    fn is_on(&self, side: &str) -> bool {
        match side {
            "in" => self.line.is_waiting() && self.is_receiver && !self.is_own,
            // Of a transfer within one's own reach only one side waits for one.
            "out" => self.line.is_waiting() && self.is_sender && (!self.is_receiver || self.is_own),
            _ => !self.line.is_waiting(),
        }
    }
}

/// `GET /transfers`.
///
/// # Errors
/// When the database cannot be read.
pub async fn list(visit: Visit, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&LIST, &uri);
    let lines = transfers(&visit.app, Which::All).await?;
    let ids: HashSet<OrgId> = lines.iter().flat_map(|line| [line.from, line.to]).collect();
    let names = crate::organisation::names(&visit.app, &ids).await?;
    let scope = visit.scope(Capability::TransferMembers);
    let all: Vec<Seen> = {
        let directory = visit.app.directory();
        let seen = lines.into_iter().map(|line| Seen {
            is_sender: directory.is_visible(&scope, line.from),
            is_receiver: directory.is_visible(&scope, line.to),
            is_own: line.asked_by.is_some() && line.asked_by == visit.actor().person_id,
            line,
        });
        seen.filter(|it| it.is_sender || it.is_receiver).collect()
    };
    let count = |side: &str| all.iter().filter(|it| it.is_on(side)).count() as u64;
    let chips = SIDES.into_iter().map(|(key, word)| query.chip("side", key, word, Some(count(key)))).collect();
    let sentence = format!("待接收 {} 名，转出后等对方答复 {} 名；对方接收以前，党员仍在原支部", count("in"), count("out"));
    let mut chosen: Vec<&Seen> = all
        .iter()
        .filter(|it| query.filter("side").is_none_or(|side| it.is_on(side)))
        .filter(|it| query.q.is_empty() || crate::pinyin::is_found(&query.q, &it.line.name, &crate::pinyin::key(&it.line.name)))
        .collect();
    match query.sort {
        "due" => chosen.sort_by_key(|it| (it.line.due_on, it.line.id)),
        "name" => chosen.sort_by_key(|it| (crate::pinyin::key(&it.line.name), it.line.id)),
        _ => chosen.sort_by_key(|it| (it.line.asked_on, it.line.id)),
    }
    if query.dir == Direction::Desc {
        chosen.reverse();
    }
    let name = |id: OrgId| names.get(&id).cloned().unwrap_or_else(|| "—".to_owned());
    if let Some(export) = query.export {
        if !visit.actor().may(Capability::Export) {
            return Err(Failure::Refused("您的岗位没有导出的权限，请联系本级管理员。".to_owned()));
        }
        return download::table(export, "组织关系转接", &sheet(&visit, &chosen, name));
    }
    let page = TransfersPage {
        layout: visit.layout("关系转接").crumb("党员队伍", "/members").crumb("关系转接", ""),
        sentence,
        chips,
        columns: vec![
            query.column("党员", "name", false),
            Column::plain("转出支部"),
            Column::plain("接收支部"),
            Column::plain("原因"),
            query.column("转出日期", "asked", false),
            query.column("状态", "due", false),
            Column::plain(""),
        ],
        pager: Pager::new(&query, chosen.len() as u64, "件"),
        rows: query.page_of(&chosen).iter().map(|it| row(&visit, it, name)).collect(),
        may_export: visit.actor().may(Capability::Export),
        query,
    };
    visit.page(&page)
}

fn status_of(visit: &Visit, line: &TransferLine) -> Status {
    let decided = line.decided_on.map(|day| day.to_string()).unwrap_or_default();
    match line.state.as_str() {
        "received" => Status::new(Standing::Ok, format!("{decided} 已接收")).plain(),
        "withdrawn" => Status::new(Standing::Excused, format!("{decided} 撤回")).plain(),
        "returned" => Status::new(Standing::Late, format!("{decided} 退回")).plain(),
        _ => {
            let days = i64::from((line.due_on - visit.today()).get_days());
            let left = Status::by_days_left(days, visit.pack().soon_days(visit.today()));
            if days < 0 {
                Status::new(Standing::Missed, "到期未接收，已退回")
            } else {
                Status::new(left.standing, format!("待接收，{}", left.word))
            }
        }
    }
}

fn row(visit: &Visit, it: &Seen, name: impl Fn(OrgId) -> String) -> Row {
    let line = &it.line;
    let is_open = line.is_waiting() && line.due_on >= visit.today();
    let is_seen = visit.app.directory().member(&visit.scope(Capability::ViewMembers), line.member).is_some();
    let is_own = it.is_own;
    Row {
        id: line.id,
        name: line.name.clone(),
        href: is_seen.then(|| format!("/members/{}", line.member)),
        from: name(line.from),
        to: name(line.to),
        reason: line.reason.clone(),
        asked_on: line.asked_on.to_string(),
        status: status_of(visit, line),
        may_receive: is_open && it.is_receiver && !is_own,
        may_withdraw: line.is_waiting() && it.is_sender && (!it.is_receiver || is_own),
        note: match (&line.decision_reason, is_open && it.is_receiver && is_own) {
            (Some(reason), _) => reason.clone(),
            (None, true) => "转出和接收要由两个人办理".to_owned(),
            _ => String::new(),
        },
    }
}

fn sheet(visit: &Visit, chosen: &[&Seen], name: impl Fn(OrgId) -> String) -> Table {
    let text = |heading: &str| SheetColumn::new(heading, ColumnKind::Text);
    let date = |day: jiff::civil::Date| Value::Date { year: day.year(), month: day.month(), day: day.day() };
    Table {
        name: "组织关系转接".to_owned(),
        title: None,
        columns: vec![
            text("党员"),
            text("转出支部").wide(30.0),
            text("接收支部").wide(30.0),
            text("原因").wide(24.0),
            SheetColumn::new("转出日期", ColumnKind::Date),
            SheetColumn::new("有效期至", ColumnKind::Date),
            text("状态").wide(20.0),
        ],
        rows: chosen
            .iter()
            .map(|it| {
                let line = &it.line;
                vec![
                    Value::text(&line.name),
                    Value::text(name(line.from)),
                    Value::text(name(line.to)),
                    Value::text(&line.reason),
                    date(line.asked_on),
                    date(line.due_on),
                    Value::text(status_of(visit, line).word),
                ]
            })
            .collect(),
    }
}

/// `POST /transfers/{id}/receive`.
///
/// # Errors
/// Refusals, with the sentence.
pub async fn receive(visit: Visit, Path(id): Path<i64>) -> Answer {
    let mut tx = visit.begin().await?;
    super::receive(&mut tx, visit.actor(), id).await?;
    Ok(visit.done(tx.commit().await?, "/transfers", "已接收，从今天起在本支部。"))
}

/// `POST /transfers/{id}/withdraw`.
///
/// # Errors
/// Refusals, with the sentence.
pub async fn withdraw(visit: Visit, Path(id): Path<i64>) -> Answer {
    let mut tx = visit.begin().await?;
    super::withdraw(&mut tx, visit.actor(), id).await?;
    Ok(visit.done(tx.commit().await?, "/transfers", "已撤回，党员仍在本支部。"))
}

/// `GET /transfers/{id}/return`.
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn return_form(visit: Visit, Path(id): Path<i64>) -> Answer {
    return_page(&visit, id, &Form::default()).await?.answer(&visit)
}

/// `POST /transfers/{id}/return`.
///
/// # Errors
/// [`Failure::NotFound`] out of reach; refusals come back in the form.
pub async fn return_back(visit: Visit, Path(id): Path<i64>, sent: Submitted) -> Answer {
    let mut form = Form::new(sent);
    let page = return_page(&visit, id, &form).await?;
    let reason = form.required("reason", "请写明退回的原因，转出方才知道怎么改");
    if !form.is_right() {
        return return_page(&visit, id, &form).await?.answer(&visit);
    }
    let mut tx = visit.begin().await?;
    match super::return_back(&mut tx, visit.actor(), id, &reason).await {
        Ok(()) => Ok(visit.done(tx.commit().await?, "/transfers", "已退回，党员仍在原支部。")),
        Err(error) => page.refused(&visit, error),
    }
}

async fn return_page(visit: &Visit, id: i64, form: &Form) -> Result<ActionPage, Failure> {
    let scope = visit.scope(Capability::TransferMembers);
    let line = transfers(&visit.app, Which::All).await?.into_iter().find(|line| line.id == id).ok_or(Failure::NotFound)?;
    if !visit.app.directory().is_visible(&scope, line.to) {
        return Err(Failure::NotFound);
    }
    let layout = visit.layout("退回").crumb("关系转接", "/transfers").crumb("退回", "");
    Ok(ActionPage::new(layout, "退回", format!("{}的组织关系退回转出方，仍在原支部", line.name), Link::new("先不办", "/transfers"))
        .with(Control::Text(form.field("reason", "原因").hint("例如：材料不全，本人不在本辖区工作"))))
}
