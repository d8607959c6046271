//! Filling a table in: what the product knows stands beside what is asked, with what was said last time.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;
use policy::ColumnAttribute;
use store::{OrgId, Refusal};

use crate::asked::{AnswerKind, Answered, AskedTable, AskedUnit, answer, known, rows, see};
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::path::Path;
use crate::http::submitted::Submitted;
use crate::http::view::Field;
use crate::http::visit::{Answer, Visit};

#[derive(Template)]
#[template(path = "pages/asked_table_answer.html")]
struct AnswerPage {
    layout: Layout,
    name: String,
    sentence: String,
    address: String,
    draft: String,
    organisation: OrgId,
    returned: String,
    problems: Vec<String>,
    is_open: bool,
    fields: Vec<(Field, &'static str)>,
    /// What the unit said in an earlier table: it stands unless it is put right here.
    earlier: Vec<(Field, &'static str)>,
    known: Vec<(String, String, String)>,
    purpose: String,
    button: &'static str,
}

/// The page of one's own unit.
pub(super) async fn page(visit: &Visit, table: &AskedTable, unit: &AskedUnit, sent: Option<&Submitted>, problems: Vec<String>) -> Answer {
    let reader = visit.app.store().reader();
    let columns = rows::columns(reader, table.id).await?;
    // Own answers of this table first, then what was said last in any other: offered, not taken.
    let said: Vec<Answered> = rows::answers(reader, "a.organisation_id = $1", vec![unit.organisation.into()]).await?;
    let keys: Vec<&str> = columns.iter().map(|column| column.known.as_str()).filter(|key| !key.is_empty()).collect();
    let values = known::values(&visit.app, &keys, &[unit.organisation], visit.today()).await?;
    let pack = visit.pack();
    let (mut fields, mut earlier, mut shown) = (Vec::new(), Vec::new(), Vec::new());
    for column in &columns {
        if pack.columns.get(&column.known).is_some_and(|known| known.attribute == Some(ColumnAttribute::Sequence)) {
            continue;
        }
        if !column.is_asked() {
            let value = values.get(&unit.organisation).and_then(|of| of.get(&column.known)).cloned().unwrap_or_default();
            shown.push((column.heading.clone(), value, known::source(&pack, &column.known)));
            continue;
        }
        let here = said.iter().find(|answer| answer.table == table.id && answer.column == column.id);
        if let Some(copied) = here.filter(|answer| answer.from_table.is_some()) {
            shown.push((column.heading.clone(), copied.value.clone(), format!("您 {} 答过", copied.answered_on)));
            let name = format!("c-{}", column.id);
            let value = sent.map(|sent| sent.text(&name)).filter(|value| !value.is_empty()).unwrap_or(&copied.value).to_owned();
            let field = Field::new(name, column.heading.clone(), value).optional();
            earlier.push((field.hint(format!("{} 答的是“{}”，没有变化就不用改", copied.answered_on, copied.value)), column.kind.word()));
            continue;
        }
        let last = said.iter().find(|answer| answer.table != table.id && answer.key == column.key);
        let name = format!("c-{}", column.id);
        let value = match sent {
            Some(sent) => sent.text(&name).to_owned(),
            None => here.or(last).map(|answer| answer.value.clone()).unwrap_or_default(),
        };
        let mut field = Field::new(name, column.heading.clone(), value);
        if let Some(last) = last.filter(|_| here.is_none()) {
            field = field.hint(format!("上次（{}）填的是“{}”，没有变化就不用改", last.answered_on, last.value));
        } else if column.kind != AnswerKind::Text {
            field = field.hint(if column.kind == AnswerKind::Number { "写数字，不带单位" } else { "写成 2026-01-09 这样" });
        }
        fields.push((field, column.kind.word()));
    }
    let office = visit.app.directory().name_of(table.organisation).to_owned();
    let sentence = match unit.answered_on {
        Some(day) => format!("{office} 发，{} 截止；您的单位 {day} 填了。", table.due_on),
        None => format!("{office} 发，{} 截止。只填下面的，其余系统已经填好。", table.due_on),
    };
    let page = AnswerPage {
        layout: visit.layout(table.title.clone()).crumb("报表", "/tables").crumb(table.title.clone(), ""),
        name: table.title.clone(),
        sentence,
        address: table.address(),
        draft: table.id.to_string(),
        organisation: unit.organisation,
        returned: unit.returned.clone(),
        is_open: table.is_open(),
        fields,
        earlier,
        known: shown,
        purpose: table.purpose.clone(),
        button: if unit.answered_on.is_some() { "更正" } else { "提交" },
        problems,
    };
    let has_problems = !page.problems.is_empty();
    let mut response = visit.page(&page)?;
    if has_problems {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// `POST /tables/{id}/answer`.
///
/// # Errors
/// [`Failure::NotFound`] when one's unit is not asked.
pub async fn send(visit: Visit, Path(id): Path<i64>, sent: Submitted) -> Answer {
    let organisation = sent.text("organisation").parse().unwrap_or_default();
    let asked = see::asked(visit.app.store().reader(), visit.actor(), id, Some(organisation)).await?;
    let (table, unit) = asked.ok_or(Failure::NotFound)?;
    let fields = sent.fields().iter().filter_map(|(name, values)| Some((name.strip_prefix("c-")?.parse().ok()?, values.first()?.clone())));
    let values: BTreeMap<i64, String> = fields.collect();
    let mut tx = visit.begin().await?;
    if let Some(before) = sent.taken_before(&tx, &table.address()).await? {
        return Ok(visit.see(&before, "已经提交过了，没有重复记录。"));
    }
    match answer(&mut tx, visit.actor(), id, organisation, &values).await {
        Ok(()) => Ok(visit.done(tx.commit().await?, &table.address(), "提交了。关闭以前还可以更正。")),
        Err(error) => {
            drop(tx);
            let refusal = error.downcast::<Refusal>().map_err(Failure::from)?;
            page(&visit, &table, &unit, Some(&sent), refusal.0.lines().map(str::to_owned).collect()).await
        }
    }
}
