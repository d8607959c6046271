//! A report as a document.

use office::document::{Align, Block, Official, OfficialColumn, OfficialTable};
use policy::PublishedPart;

use super::Seen;
use super::report::sections;
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::path::Path;
use crate::http::visit::{Answer, Visit};

fn table(columns: [(&str, u32); 3], rows: Vec<[String; 3]>) -> Block {
    let columns = columns.map(|(heading, share)| OfficialColumn { heading: heading.to_owned(), share, align: Align::Left }).to_vec();
    Block::Table(OfficialTable { caption: None, columns, rows: rows.into_iter().map(|row| row.to_vec()).collect() })
}

/// `GET /appraisals/reports/{id}/document`
///
/// # Errors
/// [`Failure::NotFound`] out of reach, or before it was handed in.
pub async fn save(visit: Visit, Path(id): Path<i64>) -> Answer {
    let seen = Seen::of(&visit, id).await?;
    let (rule, it) = (seen.rule()?, &seen.report);
    let day = it.handed_in_on.filter(|_| seen.sight.shows(rule, seen.is_whole, PublishedPart::Report)).ok_or(Failure::NotFound)?;
    let unit = visit.app.directory().name_of(it.organisation).to_owned();
    let year = seen.session().year;
    let mut blocks = vec![Block::Heading1(format!("{}年述职问题的整改情况", year - 1))];
    if it.body.last_year.is_empty() {
        blocks.push(Block::Paragraph(format!("{}年没有列入问题台账的述职问题。", year - 1)));
    } else {
        let row = |it: &super::super::Answered| [it.text.clone(), it.state.clone(), it.answer.clone()];
        blocks.push(table([("问题", 4), ("现状（系统生成）", 3), ("说明（自填）", 4)], it.body.last_year.iter().map(row).collect()));
    }
    if !it.body.balance.is_empty() {
        blocks.push(Block::Heading1("投入不均衡的领域".to_owned()));
        let row = |it: &super::super::Asked| [it.text.clone(), "系统生成".to_owned(), it.answer.clone()];
        blocks.push(table([("问题", 5), ("来源", 2), ("回答（自填）", 4)], it.body.balance.iter().map(row).collect()));
    }
    for (name, text) in sections(rule, it) {
        blocks.push(Block::Heading1(name));
        blocks.push(Block::Paragraph(text));
    }
    blocks.push(Block::Heading1("数据附录".to_owned()));
    blocks.push(Block::Note(format!("以下由系统按 {day} 的记录生成，没有标“自填”的不是填报。")));
    for part in &it.body.appendix {
        blocks.push(Block::Heading2(part.title.clone()));
        let mark = |is_self_typed: bool| if is_self_typed { "自填" } else { "系统生成" }.to_owned();
        let rows = part.lines.iter().map(|line| [line.what.clone(), line.figure.clone(), mark(line.is_self_typed)]);
        blocks.push(table([("项目", 5), ("数值", 4), ("来源", 2)], rows.collect()));
    }
    let official = Official {
        title: format!("{unit}书记{year}年度\n抓基层党建工作述职报告"),
        blocks,
        signed_by: Some(if it.secretary.is_empty() { unit.clone() } else { it.secretary.clone() }),
        dated: Some(format!("{}年{}月{}日", day.year(), day.month(), day.day())),
        ..Official::default()
    };
    Ok(download::document(&format!("{unit}{year}年度述职报告"), office::document::write_official(&official)))
}
