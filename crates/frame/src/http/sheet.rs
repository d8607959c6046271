//! Every component and its states on one page (`/components`, demo only): to look at, and to copy calls from.

use askama::Template;
use axum::http::Uri;

use crate::http::failure::Failure;
use crate::http::layout::{Flash, Layout, MenuGroup, MenuItem, Pick, Tone, Who};
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::view::{Cell, Chip, Choice, Citation, Field, Link, May, Meter, Progress, Stage, Standing, Status, TrailStep};
use crate::http::visit::{Answer, Visit};

/// `GET /components`, in the demo.
///
/// # Errors
/// [`Failure::NotFound`] anywhere else.
pub async fn show(visit: Visit, uri: Uri) -> Answer {
    if !visit.app.settings().is_demo {
        return Err(Failure::NotFound);
    }
    visit.page(&ComponentsSheet::new(visit.layout("组件与状态"), &uri))
}

const ROWS: ListSpec =
    ListSpec { sorts: &["name", "age", "points"], default_sort: ("name", Direction::Asc), filters: &["kind", "state", "mark"], per: 20 };

/// The sheet.
#[derive(Debug, Clone, Template)]
#[template(path = "components_sheet.html")]
pub struct ComponentsSheet {
    layout: Layout,
    query: ListQuery,
    statuses: Vec<Status>,
    plain: Vec<Status>,
    cells: Vec<Cell>,
    matrix: Vec<(&'static str, bool, Vec<Cell>)>,
    chips: Vec<Chip>,
    kinds: Vec<Choice>,
    columns: Vec<Column>,
    pager: Pager,
    rows: Vec<Row>,
    meters: Vec<(Meter, &'static str)>,
    stages: Vec<Stage>,
    trail: Vec<TrailStep>,
    citation: Citation,
    may: Vec<May>,
    owner: Field,
    until: Field,
    kind: Field,
    reason: Field,
    more: Link,
    colours: Vec<(&'static str, &'static str)>,
    trend: String,
}

/// A row of the sample list.
#[derive(Debug, Clone)]
struct Row {
    id: u32,
    name: &'static str,
    age: u32,
    identity: &'static str,
    joined_on: &'static str,
    kind: &'static str,
    post: &'static str,
    hours: Status,
    points: &'static str,
}

impl ComponentsSheet {
    /// The sheet inside `layout`; `uri` lets its list be tried out.
    pub fn new(layout: Layout, uri: &Uri) -> Self {
        let query = ListQuery::from_uri(&ROWS, uri);
        let soon = |words: &str| Status::new(Standing::Soon, words).plain();
        ComponentsSheet {
            layout,
            statuses: Standing::ALL.into_iter().map(Status::from).collect(),
            plain: vec![
                Status::new(Standing::Ok, "达到").plain(),
                soon("剩 3 天"),
                Status::by_days_left(-19, 7),
                Status::new(Standing::Missed, "2026-02"),
                Status::by_days_left(42, 7),
            ],
            cells: cells(),
            matrix: matrix(),
            chips: vec![
                query.chip("mark", "", "全部", None),
                query.chip("mark", "hours", "学时不足", Some(7)),
                query.chip("mark", "mobile", "流动", Some(11)),
                query.chip("mark", "probationary", "预备", Some(2)),
            ],
            kinds: query.choices("kind", "全部", [("full", "正式党员"), ("probationary", "预备党员")]),
            columns: vec![
                query.column("姓名", "name", false),
                query.column("年龄", "age", true),
                Column::plain("身份证号"),
                Column::plain("入党时间"),
                Column::plain("类别"),
                Column::plain("职务、去向"),
                Column::plain("今年学时"),
                query.column("积分", "points", true),
            ],
            pager: Pager::new(&query, 238, "名"),
            rows: rows(),
            meters: vec![
                (Meter::new(6, 0, 6, "6.00 / 6 分"), "满分"),
                (Meter::new(5, 0, 6, "5.00 / 6 分"), "部分"),
                (Meter::new(60, 12, 100, "60 分，另有 12 分待佐证"), "另有待佐证"),
                (Meter::new(0, 6, 6, "整项待佐证"), "整项待佐证"),
            ],
            stages: vec![
                Stage::new(Progress::Done, "试算", "11-05 赵永平"),
                Stage::new(Progress::Done, "乡镇核对", "8 / 8 个乡镇"),
                Stage::new(Progress::Now, "公示", "第 4 / 5 日"),
                Stage::new(Progress::Todo, "发布", "县委组织部"),
            ],
            trail: vec![
                TrailStep {
                    on: "11-15".into(),
                    text: "逾期 15 天，升级至镇党委书记 何立新".into(),
                    note: String::new(),
                    files: Vec::new(),
                    is_turn: true,
                },
                TrailStep {
                    on: "11-07".into(),
                    text: "逾期 7 天，催办".into(),
                    note: "周敏（镇党委组织委员）".into(),
                    files: Vec::new(),
                    is_turn: false,
                },
                TrailStep { on: "10-31".into(), text: "到期，未见记录".into(), note: String::new(), files: Vec::new(), is_turn: false },
            ],
            citation: Citation {
                quote: "党支部委员会会议一般每月召开1次".into(),
                source: "《中国共产党支部工作条例（试行）》第十二条".into(),
                reading: "口径：按每个自然月至少 1 次（县委组织部）".into(),
                href: "#".into(),
            },
            may: vec![
                May {
                    label: "记录走访、研判".into(), why: "您和联系领导、第一书记都可以".into(), link: Some(Link::new("记录", "#"))
                },
                May { label: "申请验收".into(), why: "由青石镇党委提出；现有 2 个问题未解决".into(), link: None },
                May { label: "批准销号".into(), why: "由县委批准；石板村、青石镇不能自行销号".into(), link: None },
            ],
            owner: Field::new("owner", "责任单位", "1").hint("写几个字，或拼音首字母"),
            until: Field::new("until", "完成时限", "2026-02-30").error("没有这一天，请填 2026-02-28 或以前"),
            kind: Field::new("kind_of", "类别", ""),
            reason: Field::new("reason", "理由", "").optional().hint("说明写在下面，不写在框里"),
            more: Link::new("下周 14 件", "#"),
            colours: vec![
                ("brand", "朱：身份、当前、主操作"),
                ("link", "靛：链接、选中、我方数据"),
                ("ink", "正文"),
                ("ink-2", "次要"),
                ("ink-3", "说明"),
                ("page", "纸底"),
                ("line", "分隔"),
                ("ok", "按时"),
                ("late", "补办"),
                ("soon", "临期"),
                ("overdue", "逾期"),
                ("missed", "未完成"),
                ("unproved", "待佐证"),
                ("star", "星"),
            ],
            trend: trend(),
            query,
        }
    }

    /// How notices are meant, for the template.
    fn tones(&self) -> [(Tone, &'static str); 4] {
        [
            (Tone::Done, "已保存。考勤、学时和责任清单已经更新，不用再报。"),
            (Tone::Info, "公示期满后可发布，最早 11 月 23 日。"),
            (Tone::Warn, "您在看 2024 年 12 月 31 日的组织，只能查阅。"),
            (Tone::Bad, "没有保存：会议时间在今天之后。"),
        ]
    }
}

/// A frame with the demo's menu, for the sheet and for tests of the frame.
pub fn sample_layout(title: &str) -> Layout {
    let item = |icon, label: &str, count| MenuItem { count, ..MenuItem::new(icon, label, format!("/{icon}")) };
    let group = |name: &str, items| MenuGroup { name: name.into(), items, is_more: false };
    Layout {
        site: "云岭市党建工作平台".into(),
        menu: vec![
            group("", vec![item("home", "工作台", None)]),
            group(
                "部署落实",
                vec![
                    item("subtask", "部署任务", Some(2)),
                    item("calendar-check", "责任矩阵", Some(14)),
                    item("messages", "组织生活", None),
                    item("school", "教育培训", Some(0)),
                ],
            ),
            group(
                "督查整改",
                vec![item("checklist", "督查检查", None), item("list-details", "问题台账", Some(2)), item("tool", "整顿销号", Some(1))],
            ),
            group("考核运用", vec![item("stars", "考核评星", None), item("microphone", "述职评议", None), item("award", "结果运用", None)]),
            group(
                "基础信息",
                vec![
                    item("sitemap", "组织体系", None),
                    MenuItem { current: true, ..item("users", "党员队伍", None) },
                    item("building-community", "阵地共建", None),
                    item("coin-yuan", "经费管理", None),
                ],
            ),
            group("制度系统", vec![item("book-2", "制度规则", None), item("file-import", "数据导入", None)]),
        ],
        tabs: vec![
            MenuItem { current: true, ..item("calendar-check", "本月", None) },
            item("circle-plus", "记一次", None),
            item("bell", "消息", Some(5)),
            item("user", "我的", None),
        ],
        organisation: Pick { label: "青石镇".into(), href: "/organisations/choose".into() },
        period: Pick { label: "2026 年 11 月".into(), href: "/periods/choose".into() },
        n_messages: 5,
        mark: Some("示例方案".into()),
        flash: Some(Flash::done("已提醒 8 个支部。").with_link("看发给了谁", "/messages")),
        csrf: "sample".into(),
        ..Layout::new(title, Who::new("周敏", "青石镇党委 · 组织委员", "sample"))
    }
    .crumb("基础信息", "/organisations")
    .crumb(title, "")
}

fn cells() -> Vec<Cell> {
    let cell = |standing, days| Cell::new(standing, days, "松林村党支部，支委会，10 月", "#");
    let mut cells = vec![
        cell(Standing::Ok, 0),
        cell(Standing::Late, 0),
        cell(Standing::Soon, 11),
        cell(Standing::Soon, 3),
        cell(Standing::Soon, 0),
        cell(Standing::Overdue, 19),
        cell(Standing::Missed, 0),
    ];
    cells.extend([cell(Standing::Unproved, 0), cell(Standing::Excused, 0), cell(Standing::Future, 0)]);
    cells.extend([Cell::not_in_use("松林村党支部，支委会，1 月"), Cell::not_applicable("松林村党支部，党小组会")]);
    cells
}

fn matrix() -> Vec<(&'static str, bool, Vec<Cell>)> {
    use Standing::{Excused, Future, Late, Missed, Ok, Overdue, Soon, Unproved};
    let year = |organisation: &str, odd: &[(usize, Standing, u32)]| {
        (1..=12)
            .map(|month| {
                let (standing, days) = odd
                    .iter()
                    .find(|(at, ..)| *at == month)
                    .map_or(if month == 12 { (Future, 0) } else { (Ok, 0) }, |(_, standing, days)| (*standing, *days));
                Cell::new(standing, days, &format!("{organisation}，支委会，{month} 月"), "#")
            })
            .collect::<Vec<_>>()
    };
    let founded = year("青石商圈联合党支部", &[(10, Overdue, 19), (11, Soon, 11)]);
    let before = (1..=8).map(|month| Cell::not_in_use(&format!("青石商圈联合党支部，支委会，{month} 月")));
    vec![
        ("青石镇党委", true, year("青石镇党委", &[(2, Missed, 0), (3, Late, 0), (11, Soon, 3)])),
        ("大坪村党支部", false, year("大坪村党支部", &[(2, Missed, 0), (8, Missed, 0), (11, Soon, 0)])),
        ("下河村党支部", false, year("下河村党支部", &[(5, Late, 0), (6, Unproved, 0), (10, Excused, 0)])),
        ("松林村党支部", false, year("松林村党支部", &[(2, Late, 0), (9, Missed, 0), (10, Overdue, 19)])),
        ("青石商圈联合党支部", false, before.chain(founded.into_iter().skip(8)).collect()),
    ]
}

fn rows() -> Vec<Row> {
    let row = |id, name, age, identity, joined_on, kind, post, hours: Status, points| Row {
        id,
        name,
        age,
        identity,
        joined_on,
        kind,
        post,
        hours: hours.plain(),
        points,
    };
    let hours = |standing, words: &str| Status::new(standing, words);
    vec![
        row(1, "普自明", 52, "990101********1213", "1996-07-01", "正式党员", "书记", hours(Standing::Ok, "26 / 24"), "91"),
        row(2, "尹绍云", 47, "990101********0731", "2004-06-18", "正式党员", "组织委员", hours(Standing::Ok, "25 / 24"), "88"),
        row(3, "和丽梅", 44, "990101********6129", "2009-05-10", "正式党员", "第一小组组长", hours(Standing::Soon, "20 / 24"), "80"),
        row(4, "董家明", 71, "990101********0034", "1979-12-01", "正式党员", "", hours(Standing::Excused, "年老体弱，免"), "—"),
        row(5, "李国良", 29, "990101********7718", "2025-12-18", "预备党员", "", hours(Standing::Soon, "22 / 24"), "82"),
        row(6, "段文斌", 45, "990101********2214", "2011-06-22", "正式党员", "", hours(Standing::Overdue, "9 / 24"), "52"),
    ]
}

/// Two lines over twelve months, labelled at their ends; colours by the stylesheet's names.
fn trend() -> String {
    serde_json::json!({
        "grid": { "left": 38, "right": 66, "top": 10, "bottom": 22 },
        "xAxis": { "type": "category", "boundaryGap": false, "data": ["11", "12", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10月"], "axisLabel": { "interval": 0 } },
        "yAxis": { "min": 70, "max": 100, "interval": 15, "axisLabel": { "formatter": "{value}%" } },
        "tooltip": { "trigger": "axis" },
        "series": [
            { "type": "line", "name": "青石镇", "data": [84, 82.4, 86, 79.5, 88, 89.2, 88.4, 90, 87.1, 86.3, 89.8, 91.3], "endLabel": { "show": true, "formatter": "青石镇", "color": "--c1", "offset": [0, -5] } },
            { "type": "line", "name": "全县平均", "data": [85, 84.8, 85.3, 83, 85.8, 86.4, 87, 87.3, 87, 87.5, 88, 88.6], "symbol": "none", "lineStyle": { "type": "dashed", "color": "--c-other" },
              "endLabel": { "show": true, "formatter": "全县平均", "color": "--ink-3", "offset": [0, 9] } }
        ]
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use scraper::{Html, Selector};

    /// The icons as the build finds them: the program that brings them is not built here.
    fn put_icons_in() {
        let symbols = include_str!("../../../../web/icons.svg").split("<symbol id=\"").skip(1);
        let mut icons: Vec<_> = symbols
            .filter_map(|symbol| symbol.split_once("\">").map(|(name, inner)| (name, inner.split("</symbol>").next().unwrap_or(inner))))
            .collect();
        icons.sort_unstable();
        let none = crate::http::assets::assets();
        crate::http::assets::put_in(&crate::http::assets::Assets { icons: icons.leak(), ..none });
    }

    fn sheet() -> Html {
        put_icons_in();
        let uri = "/components?sort=age".parse().unwrap();
        Html::parse_document(&ComponentsSheet::new(sample_layout("党员队伍"), &uri).render().unwrap())
    }

    fn texts(page: &Html, css: &str) -> Vec<String> {
        page.select(&Selector::parse(css).unwrap()).map(|it| it.text().collect::<String>().trim().to_owned()).collect()
    }

    #[test]
    fn every_standing_has_icon_and_word() {
        let page = sheet();
        assert!(texts(&page, ".st:not(.plain)").len() >= Standing::ALL.len());
        for mark in page.select(&Selector::parse(".st").unwrap()) {
            assert!(mark.select(&Selector::parse("svg > *").unwrap()).next().is_some(), "an icon is missing: {}", mark.html());
            assert!(!mark.text().collect::<String>().trim().is_empty());
        }
    }

    #[test]
    fn the_frame_has_its_landmarks() {
        let page = sheet();
        for css in [
            "a.skip[href='#main']",
            "header.app-bar",
            "nav[aria-label='主菜单']",
            "main#main",
            "form[role=search]",
            "nav[aria-label='位置']",
            "#drawer[role=dialog][hidden]",
            "#said[role=status]",
        ] {
            assert_eq!(page.select(&Selector::parse(css).unwrap()).count(), 1, "{css}");
        }
        assert_eq!(texts(&page, "nav.app-nav a[aria-current=page]"), ["党员队伍"]);
        assert_eq!(texts(&page, "nav.app-nav em"), ["2", "14", "2", "1"]);
        assert!(texts(&page, ".app-nav .foot")[0].contains("请勿录入涉密信息"));
    }

    #[test]
    fn the_sorted_column_says_so() {
        let page = sheet();
        assert_eq!(texts(&page, "th[aria-sort=ascending]"), ["年龄"]);
        assert!(page.select(&Selector::parse("th:not([scope])").unwrap()).next().is_none(), "every th needs a scope");
    }

    #[test]
    fn nothing_needs_inline_script_or_style() {
        let html = ComponentsSheet::new(sample_layout("x"), &"/components".parse().unwrap()).render().unwrap();
        for forbidden in [" style=", " onclick=", "<script>", "javascript:"] {
            assert!(!html.contains(forbidden), "{forbidden} is in the page");
        }
    }

    #[test]
    fn a_field_in_error_is_tied_to_its_sentence() {
        let page = sheet();
        let input = page.select(&Selector::parse("input#until").unwrap()).next().unwrap();
        assert_eq!(input.value().attr("aria-invalid"), Some("true"));
        assert_eq!(input.value().attr("aria-describedby"), Some("until-error"));
        assert_eq!(texts(&page, "#until-error[role=alert]"), ["没有这一天，请填 2026-02-28 或以前"]);
        assert!(texts(&page, "label[for=reason]")[0].contains("（可不填）"));
    }
}
