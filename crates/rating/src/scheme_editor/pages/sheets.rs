//! A draft as a file: TOML for the packs, a workbook for people.

use office::sheet::{Column, ColumnKind, Table, Value};
use policy::{Pack, Scheme, Section, source};

use crate::http::download;
use crate::http::failure::Failure;
use crate::http::path::Path;
use crate::http::visit::{Answer, Visit};
use crate::scheme_editor::check::indicator_name;
use crate::scheme_editor::compare::{how, rules};
use crate::scheme_editor::{as_scheme, scheme_before};

/// `GET /schemes/{id}/toml`: the file as it would stand in the packs.
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn toml(visit: Visit, Path(id): Path<i64>) -> Answer {
    let draft = super::draft_of(&visit, id).await?;
    let lines = crate::scheme_editor::plan::additions_of(&draft.entry, &draft.scheme_key).into_iter().map(|(_, line)| format!("\n{}", line.body));
    let text: String = std::iter::once(draft.entry.file_text(&draft.scheme_key)).chain(lines).collect();
    Ok(download::file(&format!("{}.toml", draft.name), "application/toml; charset=utf-8", text.into_bytes()))
}

/// `GET /schemes/{id}/sheet`: items, weights and rules as a workbook, beside the scheme before.
///
/// # Errors
/// [`Failure::NotFound`] out of reach; [`Failure::Refused`] while something cannot be read yet.
pub async fn sheet(visit: Visit, Path(id): Path<i64>) -> Answer {
    let draft = super::draft_of(&visit, id).await?;
    let pack = visit.pack();
    let Some(scheme) = as_scheme(&visit.app, &draft) else {
        return Err(Failure::Refused("草案里还有看不懂的数字，请先改好再导出。".to_owned()));
    };
    let before = scheme_before(&pack, &draft).map(|(_, scheme)| scheme);
    let title = format!("{}（{} 年起用，{}）", draft.name, draft.from_year, draft.state.words());
    download::workbook(&draft.name, &[items(&pack, &scheme, before, &title), sentences(&pack, &scheme, &title)])
}

fn items(pack: &Pack, scheme: &Scheme, before: Option<&Scheme>, title: &str) -> Table {
    let decimal = ColumnKind::Decimal { places: 2 };
    let columns = vec![
        Column::new("领域", ColumnKind::Text).wide(14.0),
        Column::new("类别", ColumnKind::Text).wide(14.0),
        Column::new("指标", ColumnKind::Text).wide(34.0),
        Column::new("依据", ColumnKind::Text).wide(30.0),
        Column::new("分值", decimal),
        Column::new("原方案分值", decimal),
        Column::new("计分办法", ColumnKind::Text).wide(48.0),
    ];
    let groups = std::iter::once((None, &scheme.sections)).chain(scheme.standards.iter().map(|standard| (Some(&standard.field), &standard.sections)));
    let weight_before = |field: Option<&String>, key: &str| {
        let before = before?;
        let sections: &[Section] = match field {
            None => &before.sections,
            Some(field) => before.standards.iter().find(|standard| standard.field == *field).map(|standard| standard.sections.as_slice())?,
        };
        sections.iter().flat_map(|section| &section.items).find(|item| item.indicator == key).map(|item| item.weight)
    };
    let number = |weight: Option<policy::Ratio>| {
        weight.map_or(Value::Empty, |weight| {
            let hundredths = (weight * policy::Ratio::from_integer(100)).round().to_integer();
            i64::try_from(hundredths).map_or(Value::Empty, |units| Value::Decimal { units, places: 2 })
        })
    };
    let mut rows = Vec::new();
    for (field, sections) in groups {
        let field_name = field.map_or("各领域", |key| pack.fields.get(key).map_or(key.as_str(), |field| &field.name));
        for (section, item) in sections.iter().flat_map(|section| section.items.iter().map(move |item| (section, item))) {
            let basis = pack.indicators.get(&item.indicator).map_or_else(String::new, |indicator| {
                let source = source(pack, &indicator.cite);
                format!("{}{}", source.document, source.clause.unwrap_or_default())
            });
            rows.push(vec![
                Value::text(field_name),
                Value::text(section.name.clone()),
                Value::text(indicator_name(pack, &item.indicator)),
                Value::text(basis),
                number(Some(item.weight)),
                number(weight_before(field, &item.indicator)),
                Value::text(how(pack, item)),
            ]);
        }
    }
    Table { name: "项目和分值".to_owned(), title: Some(title.to_owned()), columns, rows }
}

fn sentences(pack: &Pack, scheme: &Scheme, title: &str) -> Table {
    let rows = rules(pack, scheme).into_iter().map(|rule| vec![Value::text(rule)]).collect();
    Table {
        name: "星级和规则".to_owned(), title: Some(title.to_owned()), columns: vec![Column::new("规则", ColumnKind::Text).wide(90.0)], rows
    }
}
