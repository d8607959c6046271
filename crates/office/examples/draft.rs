//! Writes a draft with everything in it, to look at: `cargo run -p office --example draft -- 方案.docx`.

use office::document::{Align, Block, Official, OfficialColumn, OfficialTable, write_official};

fn main() -> std::io::Result<()> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "draft.docx".to_owned());
    std::fs::write(path, write_official(&draft()))
}

fn draft() -> Official {
    let paragraph = "各县（市、区）委组织部要把述职评议考核作为压实党建责任的重要抓手，坚持问题导向、目标导向、结果导向，2026年1月31日前完成述职，2月28日前形成综合评价意见，并向被考核党组织反馈。对得分低于60分的，由上级党组织书记约谈，限期3个月整改；“基本合格”以下等次不超过15%。";
    let table = OfficialTable {
        caption: Some("表1　考核指标及权重".into()),
        columns: vec![
            OfficialColumn { heading: "序号".into(), share: 1, align: Align::Center },
            OfficialColumn { heading: "指标".into(), share: 3, align: Align::Left },
            OfficialColumn { heading: "计算方法".into(), share: 5, align: Align::Left },
            OfficialColumn { heading: "权重".into(), share: 1, align: Align::Right },
        ],
        rows: (1..=24)
            .map(|number| {
                let method = "已召开次数÷应召开次数，按月计算，缺一个月扣减十二分之一，最低为零";
                vec![number.to_string(), "按月召开支部委员会会议".into(), method.into(), "5.00".into()]
            })
            .collect(),
    };
    let mut blocks = vec![Block::Paragraph("根据《中国共产党支部工作条例（试行）》等规定，制定本方案。".into())];
    blocks.push(Block::Heading1("总体要求".into()));
    blocks.push(Block::Paragraph(paragraph.into()));
    blocks.push(Block::Heading1("考核内容".into()));
    for heading in ["组织生活", "党员教育管理"] {
        blocks.push(Block::Heading2(heading.into()));
        for point in ["按期召开会议", "如实记录存档"] {
            blocks.push(Block::Heading3(point.into()));
            blocks.push(Block::Paragraph(paragraph.into()));
        }
    }
    blocks.push(Block::Table(table));
    blocks.push(Block::Note("注：权重合计100分；数据截至2025年12月31日，取自组织生活记录和党组织基本信息。".into()));
    blocks.push(Block::Heading1("结果运用".into()));
    blocks.push(Block::Paragraph(paragraph.into()));
    Official {
        title: "关于开展2026年度全市基层党组织书记抓基层党建工作述职评议考核的实施方案".into(),
        mark: Some("送审稿".into()),
        addressed_to: Some("各县（市、区）委组织部，市级机关各部门党委（党组）".into()),
        blocks,
        attachments: vec!["2026年度述职评议考核指标体系及计分办法（试行），含各领域分类指标和一票否决事项".into(), "综合评价汇总表".into()],
        signed_by: Some("中共某某市委组织部".into()),
        dated: Some("2026年1月9日".into()),
        ..Official::default()
    }
}
