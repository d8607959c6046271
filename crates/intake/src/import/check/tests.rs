use jiff::civil::date;
use office::sheet::{Cell, Row};

use super::*;
use crate::import::model::{Level, Note, StagedRow, staged};
use crate::import::recognise::Recogniser;

/// A table from lines of cells separated by `|`; the first line holds the headings.
/// A cell as a test writes it: `!` before an error.
fn cell(text: &str) -> Cell {
    text.strip_prefix('!').map_or_else(|| Cell::Text(text.to_owned()), |error| Cell::Error(error.to_owned()))
}

fn table(pack: &Pack, file: usize, text: &str) -> Table {
    let rows: Vec<Row> = (1..)
        .zip(text.lines().map(str::trim).filter(|line| !line.is_empty()))
        .map(|(number, line)| Row { number, cells: line.split('|').map(|text| cell(text.trim())).collect() })
        .collect();
    let layout = Recogniser::new(pack).layout("表", &rows).expect("a known kind");
    let rows = rows[1..]
        .iter()
        .map(|row| StagedRow(row.number, layout.places.iter().map(|place| staged(&row.cells[place.column as usize])).collect()))
        .collect();
    Table { file, layout, rows }
}

fn context(pack: &Pack) -> Context<'_> {
    let branch = |name: &str, is_reached| KnownOrganisation {
        name: name.to_owned(),
        role: OrganisationRole::Branch,
        parent_code: Some("P990101001".to_owned()),
        is_reached,
    };
    let committee =
        KnownOrganisation { name: "中共青石镇委员会".to_owned(), role: OrganisationRole::Committee, parent_code: None, is_reached: true };
    Context {
        pack,
        today: date(2026, 11, 22),
        organisations: HashMap::from([
            ("P990101001001".to_owned(), branch("松林村党支部", true)),
            ("P990101001".to_owned(), committee),
            ("P990102001001".to_owned(), branch("别处的党支部", false)),
        ]),
        regions: HashSet::from(["990101001001".to_owned()]),
        is_console: false,
        rosters: HashMap::new(),
        year: None,
    }
}

/// Every note of the outcomes, as one line each: refused ✗, further cells marked beside it ·, doubts ?.
fn notes(outcomes: &[Outcome]) -> String {
    let mut notes: Vec<Note> = outcomes.iter().flat_map(|outcome| outcome.notes.clone()).collect();
    let order = |note: &Note| (note.kind.level() == Level::Refused).then_some(()).is_none().then_some(note.kind);
    notes.sort_by_key(|note| (order(note), note.row, note.column));
    let line = |note: &Note| {
        let sign = match note.kind.level() {
            Level::Refused => '✗',
            Level::Beside => '·',
            Level::Doubt | Level::Update => '?',
        };
        format!("{sign}{} {} [{}] {}\n", note.row, note.heading, note.value, note.message)
    };
    notes.iter().map(line).collect()
}

fn checked(text: &str) -> (String, usize) {
    let pack = frame::policies::Policies::of_folder(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies")))
        .expect("the embedded packs are sound")
        .pack;
    let outcomes = check(&[table(&pack, 0, text)], &context(&pack));
    (notes(&outcomes), outcomes[0].accepted.len())
}

#[test]
fn members_that_cannot_be_right_are_refused_under_the_column_that_decides() {
    let (notes, accepted) = checked(
        "姓名|性别|身份证号|入党时间|转正时间|党员类别|支部代码|手机
         马春和|女|990101194007299404|1960-07-01|1961-07-01|正式党员|P990101001001|19900001931
         段学军|女|990101194007299405|1960-07-01|1961-07-01|正式党员|P990101001001|19900001931
         普自明|女|990101194007299404|1960-02-30|1961-07-01|正式党员|P990101001001|
         白晨军|女|990101195011104627|1950-01-01|1961-07-01|正式党员|P990102001001|
         夏洋嘉|男|990101199901260216|2026-11-23||预备党员|P990101001|
         付华|女|990101197008201660|2010-02-25|2009-02-24|正式党员|P990101001001|199",
    );
    expect_test::expect![[r#"
        ✗3 身份证号 [990101********9405] 校验码不对，多半是某一位抄错了，请照身份证核对
        ✗4 身份证号 [990101********9404] 与第 2 行重复：同一个身份证号。同样的只收一条，确是两条的请改正后再传；另外，入党时间：没有“1960-02-30”这一天，请填实际日期，如 2025-06-09
        ✗5 支部代码 [P990102001001] 没有编码是 P990102001001 的党支部，请核对编码，或者先导入党组织；另外，入党时间：1950-01-01 早于身份证号上的出生日期，请照入党志愿书核对
        ✗6 支部代码 [P990101001] 中共青石镇委员会不是党支部，党员要登记在党支部里，请核对编码；另外，入党时间：2026-11-23 还没有到，请照入党志愿书核对
        ✗7 转正时间 [2009-02-24] 2009-02-24 早于入党日期，两个日期可能填反了，请核对
        ·4 入党时间 [1960-02-30] 没有“1960-02-30”这一天，请填实际日期，如 2025-06-09
        ·5 入党时间 [1950-01-01] 1950-01-01 早于身份证号上的出生日期，请照入党志愿书核对
        ·6 入党时间 [2026-11-23] 2026-11-23 还没有到，请照入党志愿书核对
    "#]]
    .assert_eq(&notes);
    assert_eq!(accepted, 1);
}

#[test]
fn members_that_may_be_right_are_accepted_with_doubts() {
    let (notes, accepted) = checked(
        "姓名|性别|身份证号|出生年月|学历|入党时间|转正时间|党员类别|支部代码|所在党支部|手机|流动党员
         马 春 和|男|990101194007299404|1940.07|私塾|1958-07-01|1960-07-01|正式党员|P990101001001|松林村支部|1990000193|不详
         段学军|女|990101195011104627|1950-11-11|初中|1968-11-10|1969-11-10|正式党员|P990101001001|松林村党支部||否",
    );
    expect_test::expect![[r#"
        ?2 入党时间 [1958-07-01] 入党时未满 18 周岁，请照入党志愿书核对
        ?2 转正时间 [1960-07-01] 入党满 12 个月是 1959-07-01，转正日期是 1960-07-01，请核对是否延长过预备期
        ?2 学历 [私塾] “私塾”不在常见的学历里，已照收，请核对
        ?2 流动党员 [不详] “不详”不是“是”或“否”，没有收这一格，请核对
        ?3 出生年月 [1950-11-11] 表里是 1950-11-11，与身份证号不一致，请照档案核对
        ?2 性别 [男] 身份证号上是女，请核对
        ?2 所在党支部 [松林村支部] 编码对应的是“松林村党支部”，表里写的是“松林村支部”，按编码登记
        ?2 手机 [199***0193] 不像手机号或座机号，已照收，请核对
    "#]]
    .assert_eq(&notes);
    assert_eq!(accepted, 2);
}

#[test]
fn activities_are_judged_by_branch_kind_day_and_heads() {
    let (notes, accepted) = checked(
        "支部编码|活动类型|召开时间|活动主题|应到|实到|学时|录入日期
         P990101001001|主题党日|2025-03-05|学习|30|28|2|2025-03-06
         P990101001001|主题党日|2025-03-05|学习|30|29|2|2025-03-06
         P990101001001|支委会|2025-03-05|学习|5|6|1小时|2025-03-01
         P990101001001|看电影|2025-03-05|学习|5|5|1|
         P990101001001|党课|2026-11-23|学习|5|5|1|
         P990101001001|党课|2025-03-05|学习|五人|5|25|
         |党课|2025-03-05||5||1|
         P990101001001|党课|2025-03-05|!#REF!|5|!公式未计算|1|
         P990101001001|党课|2025-03-05|学习|9.5|5|1|
         合计||||||65|",
    );
    // The kinds that are offered are the pack's; how many there are is its own business.
    let notes: String = notes.lines().map(|line| line.split("，请改为：").next().unwrap_or_default().to_owned() + "\n").collect();
    expect_test::expect![[r#"
        ✗3 活动主题 [学习] 与第 2 行重复：同一支部、同一天、同一类型、同一主题。同样的只收一条，确是两条的请改正后再传
        ✗4 实到 [6] 实到 6 人，多于应到 5 人；列席的不计入实到，请核对
        ✗5 活动类型 [看电影] 没有“看电影”这一类活动
        ✗6 召开时间 [2026-11-23] 2026-11-23 还没有到，请填实际开展的日期
        ✗7 应到 [五人] “五人”不是数字，请只填数字；另外，学时：“25”超出可能的范围，请核对
        ✗8 支部编码 [] “支部编码”没有填写，请补上；另外，活动主题：“活动主题”没有填写，请补上；另外，实到：“实到”没有填写，请补上
        ✗9 活动主题 [#REF!] 这一格的公式出错（#REF!），请改成实际内容；另外，实到：这一格是公式，文件里没有算好的结果。请用 Excel 或 WPS 打开、保存后再传
        ✗10 应到 [9.5] “9.5”不是整数，请只填整数
        ·7 学时 [25] “25”超出可能的范围，请核对
        ·8 活动主题 [] “活动主题”没有填写，请补上
        ·8 实到 [] “实到”没有填写，请补上
        ·9 实到 [公式未计算] 这一格是公式，文件里没有算好的结果。请用 Excel 或 WPS 打开、保存后再传
    "#]]
    .assert_eq(&notes);
    assert_eq!(accepted, 1);
}

#[test]
fn incomes_need_a_village_in_reach_and_a_year_that_was() {
    let (notes, accepted) = checked(
        "村编码|村名|年度|经营性收入（万元）|总收入（万元）
         990101001001|松林村|2025年|12.5|20
         990101001001|松林村|2025|13|20
         990101001001|松林村|2024|-1|-2
         990101001002|上河村|2025|1|2
         99010100100|上河村|2025|1|2
         990101001001|松林村|2027|1|2",
    );
    expect_test::expect![[r#"
        ✗3 村编码 [990101001001] 与第 2 行重复：同一村、同一年度。同样的只收一条，确是两条的请改正后再传
        ✗5 村编码 [990101001002] 没有找到行政区划代码是 990101001002 的党组织，请核对编码，或者先导入党组织
        ✗6 村编码 [99010100100] 村编码“99010100100”应是 12 位行政区划代码，请核对
        ✗7 年度 [2027] “2027”超出可能的范围，请核对
        ?4 经营性收入（万元） [-1] 收入是负数，已照收，请核对
        ?4 总收入（万元） [-2] 总收入小于经营性收入，已照收，请核对
    "#]]
    .assert_eq(&notes);
    assert_eq!(accepted, 2);
}

#[test]
fn organisations_need_a_superior_and_stand_in_no_circle() {
    let (notes, accepted) = checked(
        "组织代码|组织名称|类别|上级组织代码|领域|书记|成立日期
         P990101001009001|九村第一支部|党支部|P990101001009|村|马春和|2001-01-01
         P990101001009|九村党总支|党总支|P990101001|农村|段学军|2001-01-01
         P990101001010|十村党支部|支部|P990101077|农村||
         P990101001011|甲党支部|党支部|P990101001012|农村||
         P990101001012|乙党支部|党支部|P990101001011|农村||
         P990101001013|丙党支部|党办|P990101001|乡下||
         P990101001014|丁党支部|党支部|P990101001013|农村||
         P990102001001|别处的党支部|党支部|P990101001|农村||
         P990101|戊党委|党委||机关||",
    );
    expect_test::expect![[r#"
        ✗4 上级组织代码 [P990101077] 没有编码是 P990101077 的上级党组织，请核对编码，或者先建上级
        ✗5 上级组织代码 [P990101001012] 上级编码 P990101001012 绕一圈又回到 P990101001011，请改正
        ✗6 上级组织代码 [P990101001011] 上级编码 P990101001011 绕一圈又回到 P990101001012，请改正
        ✗7 类别 [党办] 没有“党办”这种党组织类别，请改为：党支部、党委、党总支、党小组、联合党支部、党组、流动党员党支部、临时党支部、党工委；另外，领域：没有“乡下”这个领域，请改为：医院、事业单位、两新组织、机关、农村、学校、国有企业、城市社区
        ✗8 上级组织代码 [P990101001013] 上级（第 7 行）没有收，先改正那一行
        ✗9 组织代码 [P990102001001] 编码 P990102001001 不能由您写入，请核对编码，或者由上级办理
        ✗10 上级组织代码 [] 没有填上级党组织编码；最高一级由建库的人在本机建立
        ·7 领域 [乡下] 没有“乡下”这个领域，请改为：医院、事业单位、两新组织、机关、农村、学校、国有企业、城市社区
    "#]]
    .assert_eq(&notes);
    assert_eq!(accepted, 2);
}

#[test]
fn superiors_come_first_and_members_find_the_branches_of_the_same_import() {
    let pack = frame::policies::Policies::of_folder(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies")))
        .expect("the embedded packs are sound")
        .pack;
    let organisations = table(
        &pack,
        0,
        "组织代码|组织名称|类别|上级组织代码|领域|书记
         P990101001009001|九村第一支部|党支部|P990101001009|农村|马春和
         P990101001009|九村党总支|党总支|P990101001|农村|段学军",
    );
    let members = table(
        &pack,
        1,
        "姓名|身份证号|入党时间|转正时间|党员类别|支部代码
         普自明|990101194007299404|1960-07-01|1961-07-01|正式党员|P990101001009001",
    );
    let outcomes = check(&[members, organisations], &context(&pack));
    assert_eq!(outcomes[0].accepted.len(), 1);
    let codes: Vec<u32> = outcomes[1].accepted.iter().map(|checked| checked.row).collect();
    assert_eq!(codes, [3, 2]);
    assert_eq!(notes(&outcomes), "?2 书记 [马春和] 马春和不在本支部的党员名册上，已照收，请核对\n");
}
