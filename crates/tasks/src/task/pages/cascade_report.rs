//! The report of a month: how responsibility was passed on by its end, the levels ranked by where it stopped longest.

use office::document::{Align, Block, Official, OfficialColumn, OfficialTable, write_official};

use super::cascade::{gathered, level_name, mean, month_of, month_words, order, sentence, split_words, stop_words};
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::visit::{Answer, Visit};
use crate::task::cascade::{self, Limits, Node};

/// `GET /tasks/cascade/report?month=2026-11`.
///
/// # Errors
/// [`Failure::NotFound`] of a month that has not begun, or in which nothing had been handed down.
pub async fn show(visit: Visit) -> Answer {
    let today = visit.today();
    let asked = crate::http::list::pairs(&visit.query).into_iter().find(|(name, _)| name == "month");
    let month = asked.and_then(|(_, month)| month_of(&month, today)).ok_or(Failure::NotFound)?;
    let (on, pack) = (month.last_day().min(today), visit.pack());
    let (wholes, nodes) = gathered(&visit, month.year, on).await?;
    if nodes.is_empty() {
        return Err(Failure::NotFound);
    }
    let limits = Limits::of(&pack, on);
    let rows = cascade::levels(&nodes, &order(&pack), on);
    let of = |whole: i64| nodes.iter().filter(move |node| node.whole == whole);
    let over: Vec<&(i64, String)> = wholes.iter().filter(|(id, _)| of(*id).any(|node| limits.are_passed_by(node.stop(on)))).collect();
    let n = wholes.iter().filter(|(id, _)| of(*id).next().is_some()).count();
    let columns = |headings: &[(&str, u32)]| {
        headings.iter().map(|(heading, share)| OfficialColumn { heading: (*heading).to_owned(), share: *share, align: Align::Left }).collect()
    };
    let level = |(row, place): (&cascade::LevelRow, usize)| {
        let received = format!("{} / {}{}", row.n_received, row.n, mean(row.receive_days, row.n_received));
        let fed_back = format!("{} / {}", row.n_fed_back, row.n);
        vec![place.to_string(), level_name(&pack, &row.level), received, split_words(row), fed_back, stop_words(row.stop)]
    };
    let task = |(id, action): &(i64, String)| {
        let own: Vec<Node> = of(*id).cloned().collect();
        let found = cascade::levels(&own, &order(&pack), on);
        let stopped = cascade::stopped_at(&found);
        let at = stopped.map_or_else(|| "—".to_owned(), |row| level_name(&pack, &row.level));
        vec![action.clone(), at, stopped.map_or_else(String::new, |row| stop_words(row.stop))]
    };
    let mut blocks = vec![
        Block::Paragraph(format!("截至 {on}，{}。", sentence(&pack, &rows, n, over.len()))),
        Block::Heading1("各级情况".to_owned()),
        Block::Table(OfficialTable {
            caption: None,
            columns: columns(&[("位次", 1), ("层级", 2), ("签收", 3), ("往下分解", 3), ("反馈", 2), ("停留最久", 4)]),
            rows: cascade::ranked(&rows).into_iter().zip(1..).map(level).collect(),
        }),
    ];
    if !over.is_empty() {
        blocks.push(Block::Heading1("停得太久的任务".to_owned()));
        let rows = over.into_iter().map(task).collect();
        blocks.push(Block::Table(OfficialTable { caption: None, columns: columns(&[("任务", 6), ("停在", 2), ("停留", 4)]), rows }));
    }
    blocks
        .push(Block::Note("按级排，停留越久越靠前，还没有动的排在已经办了的前面；不排单位，不排个人。天数由签收、分解、反馈的记录算出。".to_owned()));
    let title = format!("{}责任传导情况", month_words(month));
    let official = Official { title: title.clone(), mark: Some("由系统记录生成".to_owned()), blocks, ..Official::default() };
    Ok(download::document(&title, write_official(&official)))
}
