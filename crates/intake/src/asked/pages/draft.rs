//! A draft: who fills which column, to whom it goes, what it costs.

use askama::Template;
use axum::http::StatusCode;
use store::Refusal;

use crate::asked::{
    AnswerKind, AskedColumn, AskedTable, Edit, KIND, Units, ask_approval, cost_of, drop_draft, edit, issue, known, rows, see, units_of,
};
use crate::burden;
use crate::directory::OrgNode;
use crate::http::action::Form;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::path::Path;
use crate::http::submitted::Submitted;
use crate::http::view::{Choice, Field};
use crate::http::visit::{Answer, Visit};

/// Units that are offered by name.
const N_UNITS_MAX: usize = 80;

struct ColumnRow {
    id: i64,
    heading: String,
    source: String,
    known: Vec<Choice>,
    kinds: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "pages/asked_table_draft.html")]
struct DraftPage {
    layout: Layout,
    name: String,
    address: String,
    problems: Vec<String>,
    standing: String,
    columns: Vec<ColumnRow>,
    n_known: usize,
    n_asked: usize,
    title: Field,
    purpose: Field,
    due_on: Field,
    levels: Vec<(Choice, usize)>,
    field: Field,
    fields: Vec<Choice>,
    units: Vec<Choice>,
    has_units: bool,
    permitted: Field,
    permitted_choices: Vec<Choice>,
    cost: Vec<(&'static str, String)>,
    above: String,
    is_granted: bool,
    reason: Field,
}

/// The page of a draft, by whoever composes it.
pub(super) async fn page(visit: &Visit, table: &AskedTable, problems: Vec<String>, reason: &str) -> Answer {
    let reader = visit.app.store().reader();
    let columns = rows::columns(reader, table.id).await?;
    let cost = cost_of(reader, &visit.app, table, &columns, visit.today()).await?;
    let is_granted = burden::is_granted(reader, KIND, table.id, &cost).await?;
    let asked = burden::approvals(reader, "a.kind = $1 and a.subject_id = $2", vec![KIND.into(), table.id.into()]).await?;
    let standing = match asked.first() {
        Some(it) if it.decided_on.is_none() => format!("{} 报请批准，等答复：{}", it.asked_on, it.reason),
        Some(it) if it.is_granted => format!("{} 批准，{} 以内", it.decider, burden::time_words(it.minutes)),
        Some(it) => format!("{} 没有批准：{}", it.decider, it.answer),
        None => String::new(),
    };
    let pack = visit.pack();
    let (levels, fields, units) = {
        let directory = visit.app.directory();
        let below: Vec<&OrgNode> = directory.subtree(table.organisation).filter(|org| org.id != table.organisation && org.until.is_none()).collect();
        let mut known: Vec<_> = pack.levels.iter().filter(|(key, _)| *key != "group").collect();
        known.sort_by_key(|(_, level)| level.order);
        let level = |(key, level): (&String, &policy::Level)| {
            let n = below.iter().filter(|org| org.level == *key).count();
            (Choice { value: key.clone(), label: level.name.clone(), selected: table.units.levels.contains(key) }, n)
        };
        let levels: Vec<_> = known.into_iter().map(level).filter(|(_, n)| *n > 0).collect();
        let mut known: Vec<_> = pack.fields.iter().filter(|(key, _)| below.iter().any(|org| org.field == **key)).collect();
        known.sort_by_key(|(_, field)| field.order);
        let mut fields = vec![Choice { value: String::new(), label: "不分领域".to_owned(), selected: table.units.field.is_empty() }];
        fields.extend(known.into_iter().map(|(key, field)| Choice {
            value: key.clone(),
            label: format!("只发给{}的", field.name),
            selected: table.units.field == *key,
        }));
        let unit = |org: &OrgNode| Choice { value: org.id.to_string(), label: org.name.clone(), selected: table.units.ids.contains(&org.id) };
        let children = directory.children(table.organisation).filter(|org| org.until.is_none());
        let units: Vec<Choice> = children.take(N_UNITS_MAX).map(unit).collect();
        (levels, fields, units)
    };
    let permitted_choices = burden::permitted_choices(reader, &visit.app, &units_of(&visit.app, table), &table.permitted, visit.today()).await?;
    let column = |column: &AskedColumn| {
        let mut choices = vec![Choice { value: String::new(), label: "要下面填".to_owned(), selected: column.is_asked() }];
        choices.extend(pack.columns.iter().map(|(key, known)| Choice {
            value: key.clone(),
            label: format!("系统填：{}", known.name),
            selected: column.known == *key,
        }));
        ColumnRow {
            id: column.id,
            heading: column.heading.clone(),
            source: known::source(&pack, &column.known),
            known: choices,
            kinds: AnswerKind::ALL
                .map(|kind| Choice { value: kind.word().to_owned(), label: kind.label().to_owned(), selected: column.kind == kind })
                .to_vec(),
        }
    };
    let page = DraftPage {
        layout: visit.layout(table.title.clone()).crumb("报表", "/tables").crumb(table.title.clone(), ""),
        name: table.title.clone(),
        address: table.address(),
        standing,
        n_known: columns.iter().filter(|column| !column.is_asked()).count(),
        n_asked: columns.iter().filter(|column| column.is_asked()).count(),
        columns: columns.iter().map(column).collect(),
        title: Field::new("title", "表的名称", &table.title),
        purpose: Field::new("purpose", "做什么用", &table.purpose).optional(),
        due_on: Field::new("due_on", "截止日期", table.due_on.to_string()),
        levels,
        field: Field::new("field", "领域", &table.units.field),
        fields,
        has_units: units.iter().any(|unit| unit.selected),
        units,
        permitted: Field::new("permitted", "清单里的哪一项", &table.permitted).hint("发给社区的，要在准入清单里；没有的，先报请列入").optional(),
        permitted_choices,
        cost: cost.lines(),
        above: cost.why(),
        is_granted,
        reason: Field::new("reason", "非发不可的理由", reason),
        problems,
    };
    let has_problems = !page.problems.is_empty();
    let mut response = visit.page(&page)?;
    if has_problems {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

fn read(form: &mut Form, sent: &Submitted) -> Edit {
    let columns = form.ids("column").into_iter().map(|id| {
        let known = sent.text(&format!("known-{id}")).to_owned();
        (id, known, AnswerKind::read(sent.text(&format!("kind-{id}"))))
    });
    let columns = columns.collect();
    let permitted = form.text("permitted").to_owned();
    Edit {
        title: form.text("title").to_owned(),
        purpose: form.text("purpose").to_owned(),
        due_on: form.required_day("due_on"),
        units: Units { levels: sent.all("level").to_vec(), field: form.text("field").to_owned(), ids: form.ids("unit"), ..Units::default() },
        permitted,
        columns,
    }
}

/// `POST /tables/{id}`: saves what stands in the form, and what is to follow.
///
/// # Errors
/// [`Failure::NotFound`] when it is not one's own draft.
pub async fn save(visit: Visit, Path(id): Path<i64>, sent: Submitted) -> Answer {
    let table = see::own(visit.app.store().reader(), visit.actor(), id).await?.filter(AskedTable::is_draft).ok_or(Failure::NotFound)?;
    let address = table.address();
    let mut form = Form::new(sent.clone());
    let changed = read(&mut form, &sent);
    let then = sent.text("then");
    let mut tx = visit.begin().await?;
    if then == "drop" {
        drop_draft(&mut tx, visit.actor(), id).await?;
        return Ok(visit.done(tx.commit().await?, "/tables", "草稿删去了。"));
    }
    let saved = if form.is_right() {
        edit(&visit.app, &mut tx, visit.actor(), id, changed).await
    } else {
        Err(Refusal("请写截止日期。".to_owned()).into())
    };
    if let Err(error) = saved {
        drop(tx);
        let refusal = error.downcast::<Refusal>().map_err(Failure::from)?;
        return page(&visit, &table, vec![refusal.0], form.text("reason")).await;
    }
    // What was chosen stays, whether the next step is refused or not.
    let commit = tx.commit().await?;
    if then != "issue" && then != "approval" {
        return Ok(visit.done(commit, &address, "保存了，占用时间按现在的选择算。"));
    }
    let mut tx = visit.begin().await?;
    let done = if then == "issue" {
        issue(&visit.app, &mut tx, visit.actor(), id).await.map(|n| format!("发给 {n} 个单位了，他们的工作台上看得到。"))
    } else {
        ask_approval(&visit.app, &mut tx, visit.actor(), id, form.text("reason")).await.map(|_| "已经报请批准，答复以后可以下发。".to_owned())
    };
    match done {
        Ok(said) => Ok(visit.done(tx.commit().await?, &address, &said)),
        Err(error) => {
            drop(tx);
            let refusal = error.downcast::<Refusal>().map_err(Failure::from)?;
            let table = see::own(visit.app.store().reader(), visit.actor(), id).await?.ok_or(Failure::NotFound)?;
            page(&visit, &table, vec![refusal.0], form.text("reason")).await
        }
    }
}
