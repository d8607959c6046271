//! The ranking's bulletin (通报) as a draft for signing: official layout, without red head, number or seal.

use assessment::{CompositeRow, decimal};
use office::document::{Align, Block, Official, OfficialColumn, OfficialTable, write_official};
use policy::Ratio;

use super::compute::{RankingHead, fraction_of};
use crate::evaluation::StoredEvaluation;
use crate::evaluation::pages::result::short_name;
use crate::evaluation::pages::sheets::{grouped, tight};

/// What the bulletin says beside the figures.
#[derive(Debug, Clone, Default)]
pub struct BulletinFacts {
    /// 市委组织部.
    pub office: String,
    /// 依据的文件 and 批准 of the plan line.
    pub basis: String,
    pub approver: String,
    /// Objections received, answered, and how many led to a correction.
    pub n_objections: usize,
    pub n_corrected: usize,
    /// Entered when it was published: day, and to whom it goes.
    pub issued_on: Option<jiff::civil::Date>,
    pub scope: Option<String>,
}

/// Lays the bulletin out.
#[must_use]
pub fn bulletin(stored: &StoredEvaluation, head: &RankingHead, rows: &[CompositeRow], facts: &BulletinFacts) -> Vec<u8> {
    write_official(&draft(stored, head, rows, facts))
}

fn draft(stored: &StoredEvaluation, head: &RankingHead, rows: &[CompositeRow], facts: &BulletinFacts) -> Official {
    let period = tight(&head.period.label());
    let mut blocks = vec![Block::Paragraph(format!(
        "按照年度考核计划（依据{}，{}批准），{}对{}个县（市、区）{period}基层党建工作进行了考核。现将排名情况通报如下。",
        facts.basis,
        facts.approver,
        facts.office,
        rows.len()
    ))];
    blocks.push(Block::Heading1("考核办法".into()));
    let parts: Vec<String> = head.components.iter().map(|c| format!("{}占{}分，{}", c.name, c.weight, c.how.words())).collect();
    blocks.push(Block::Paragraph(format!(
        "考核得分由{}部分组成：{}。各部分得分按所占分值折算后相加。",
        chinese(head.components.len()),
        parts.join("；")
    )));
    if facts.n_objections > 0 {
        let n_kept = facts.n_objections.saturating_sub(facts.n_corrected);
        blocks.push(Block::Paragraph(format!(
            "征求意见期间收到意见{}条，均已核对答复，其中更正{}条、维持{n_kept}条。",
            facts.n_objections, facts.n_corrected
        )));
    } else {
        blocks.push(Block::Paragraph("结果已征求各县（市、区）意见，没有收到不同意见。".into()));
    }
    blocks.push(Block::Heading1("排名情况".into()));
    blocks.push(Block::Paragraph(overview(rows)));
    blocks.push(Block::Table(table(head, rows)));
    blocks.push(Block::Heading1("主要差距".into()));
    blocks.push(Block::Paragraph("各县（市、区）得分率最低的三项如下。".into()));
    blocks.push(Block::Table(gaps(head, rows)));
    let without: usize = rows.iter().flat_map(|row| &row.components).map(|part| part.n_without_result).sum();
    let note = if without > 0 { format!("有{without}个党支部依据不足、没有计入平均。") } else { String::new() };
    let example = if head.is_example { "本件所用分值、权重为示例方案，不是任何地方的规定。" } else { "" };
    blocks.push(Block::Note(format!(
        "注：数据截至{}。{note}{example}\n结果指纹（SM3）：{}",
        head.closed_until.yesterday().map(|day| format!("{}年{}月{}日", day.year(), day.month(), day.day())).unwrap_or_default(),
        grouped(&stored.fingerprint)
    )));
    let marks: Vec<&str> = stored.published_at.is_none().then_some("送审稿").into_iter().chain(head.is_example.then_some("示例方案")).collect();
    Official {
        title: format!("关于{period}县（市、区）基层党建考核排名情况的通报"),
        mark: (!marks.is_empty()).then(|| marks.join("　")),
        addressed_to: Some(facts.scope.clone().unwrap_or_else(|| "各县（市、区）委".to_owned())),
        blocks,
        attachments: vec!["各县（市、区）考核得分明细表".to_owned()],
        signed_by: Some(facts.office.clone()),
        dated: facts.issued_on.map(|day| format!("{}年{}月{}日", day.year(), day.month(), day.day())),
        ..Official::default()
    }
}

fn overview(rows: &[CompositeRow]) -> String {
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return "没有参加排名的单位。".to_owned() };
    let sum = rows.iter().fold(Ratio::from_integer(0), |sum, row| sum + row.total);
    let mean = sum / Ratio::from_integer(i128::try_from(rows.len()).unwrap_or(1));
    format!(
        "{}个县（市、区）平均{}分，最高{}分（{}），最低{}分（{}）。",
        rows.len(),
        decimal(mean),
        decimal(first.total),
        short_name(&first.name),
        decimal(last.total),
        short_name(&last.name)
    )
}

fn table(head: &RankingHead, rows: &[CompositeRow]) -> OfficialTable {
    let column = |heading: String, share: u32, align: Align| OfficialColumn { heading, share, align };
    let mut columns = vec![column("名次".into(), 2, Align::Center), column("县（市、区）".into(), 4, Align::Left)];
    columns.extend(head.components.iter().map(|c| column(format!("{}（{}分）", c.name, c.weight), 4, Align::Right)));
    columns.push(column("总分".into(), 3, Align::Right));
    let lines = rows.iter().map(|row| {
        let mut line = vec![row.rank.to_string(), short_name(&row.name)];
        line.extend(row.components.iter().map(|part| part.value.map_or_else(|| "未评".to_owned(), |_| decimal(part.points))));
        line.push(decimal(row.total));
        line
    });
    OfficialTable { caption: None, columns, rows: lines.collect() }
}

/// The weakest items of each, the name said once.
fn gaps(head: &RankingHead, rows: &[CompositeRow]) -> OfficialTable {
    let column = |heading: &str, share: u32, align: Align| OfficialColumn { heading: heading.to_owned(), share, align };
    let columns = vec![
        column("县（市、区）", 3, Align::Left),
        column("项目", 6, Align::Left),
        column("得分率", 2, Align::Right),
        column("得分情况", 5, Align::Left),
    ];
    let lines = rows.iter().flat_map(|row| {
        row.worst.iter().enumerate().map(|(at, item)| {
            let share = item.value.map_or_else(|| "—".to_owned(), |value| format!("{}%", decimal(value)));
            vec![if at == 0 { short_name(&row.name) } else { String::new() }, head.item_name(item), share, fraction_of(item)]
        })
    });
    OfficialTable { caption: None, columns, rows: lines.collect() }
}

fn chinese(n: usize) -> &'static str {
    ["零", "一", "两", "三", "四", "五", "六", "七", "八", "九"].get(n).copied().unwrap_or("几")
}
