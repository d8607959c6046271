//! The merged workbook: under the office's own heading, a row for each unit, what the product knows and what was answered.

use std::collections::HashMap;

use office::sheet::{Column, ColumnKind, Table, Value};
use policy::ColumnAttribute;
use store::OrgId;

use crate::asked::{AnswerKind, Answered, AskedColumn, issue, known, rows, see, units_of};
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::path::Path;
use crate::http::visit::{Answer, Visit};

/// `GET /tables/{id}/export`: of a draft, what is there without asking anybody.
///
/// # Errors
/// [`Failure::NotFound`] when one has nothing to do with it.
pub async fn workbook(visit: Visit, Path(id): Path<i64>) -> Answer {
    let reader = visit.app.store().reader();
    let (table, units) = see::seen(reader, &visit.app, visit.actor(), id).await?.ok_or(Failure::NotFound)?;
    let columns = rows::columns(reader, id).await?;
    let mut places: Vec<OrgId> = if table.is_draft() { units_of(&visit.app, &table) } else { units.iter().map(|unit| unit.organisation).collect() };
    {
        let directory = visit.app.directory();
        places.sort_by_cached_key(|id| directory.org(*id).map(|org| org.code.clone()));
    }
    let keys: Vec<&str> = columns.iter().map(|column| column.known.as_str()).filter(|key| !key.is_empty()).collect();
    let values = known::values(&visit.app, &keys, &places, visit.today()).await?;
    let said: HashMap<(OrgId, String), Answered> = if table.is_draft() {
        let before = issue::answered_before(reader, &visit.app, &columns, &places, visit.today()).await?;
        before.into_iter().flat_map(|(id, answers)| answers.into_iter().map(move |(key, answer)| ((id, key), answer))).collect()
    } else {
        // What was sent back does not stand.
        let stands = |answer: &Answered| units.iter().any(|unit| unit.organisation == answer.organisation && unit.answered_on.is_some());
        let answers = rows::answers(reader, "a.table_id = $1", vec![id.into()]).await?;
        answers.into_iter().filter(|answer| stands(answer)).map(|answer| ((answer.organisation, answer.key.clone()), answer)).collect()
    };
    let pack = visit.pack();
    let is_number = |column: &AskedColumn| match pack.columns.get(&column.known) {
        Some(known) => known.measure.is_some() || known.attribute.is_some_and(is_counted),
        None => column.kind == AnswerKind::Number,
    };
    let cell = |column: &AskedColumn, place: &OrgId| {
        let text = if column.is_asked() {
            said.get(&(*place, column.key.clone())).map(|answer| answer.value.clone()).unwrap_or_default()
        } else {
            values.get(place).and_then(|of| of.get(&column.known)).cloned().unwrap_or_default()
        };
        if is_number(column) { number(&text) } else { Value::text(text) }
    };
    let sheet = Table {
        name: "汇总".to_owned(),
        title: Some(if table.heading.is_empty() { table.title.clone() } else { table.heading.join("\n") }),
        columns: columns.iter().map(|column| Column::new(column.heading.clone(), ColumnKind::Text)).collect(),
        rows: places.iter().map(|place| columns.iter().map(|column| cell(column, place)).collect()).collect(),
    };
    let source = |column: &AskedColumn| if column.is_asked() { "各单位填报".to_owned() } else { known::source(&pack, &column.known) };
    let about = Table {
        name: "来源".to_owned(),
        title: None,
        columns: ["栏目", "来源", "数据截至"].map(|heading| Column::new(heading, ColumnKind::Text).wide(28.0)).to_vec(),
        rows: columns.iter().map(|column| [column.heading.clone(), source(column), visit.today().to_string()].map(Value::text).to_vec()).collect(),
    };
    download::workbook(&table.title, &[sheet, about])
}

fn is_counted(attribute: ColumnAttribute) -> bool {
    use ColumnAttribute::{Branches, FullMembers, Members, MobileMembers, Sequence};
    matches!(attribute, Sequence | Members | FullMembers | MobileMembers | Branches)
}

/// A number keeps its digits; what is none stays text.
fn number(text: &str) -> Value {
    match text.split_once('.') {
        None => text.parse().map_or_else(|_| Value::text(text), Value::Integer),
        Some((whole, fraction)) => match (format!("{whole}{fraction}").parse(), u8::try_from(fraction.len())) {
            (Ok(units), Ok(places)) if places <= 9 && !fraction.is_empty() => Value::Decimal { units, places },
            _ => Value::text(text),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_digits() {
        assert_eq!(number("12"), Value::Integer(12));
        assert_eq!(number("3.50"), Value::Decimal { units: 350, places: 2 });
        assert_eq!(number("-0.5"), Value::Decimal { units: -5, places: 1 });
        assert_eq!(number("3."), Value::text("3."));
        assert_eq!(number("无"), Value::text("无"));
        assert_eq!(number(""), Value::Empty);
    }
}
