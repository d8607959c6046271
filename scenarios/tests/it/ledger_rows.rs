//! Ledgers, what is read off them, and programmes whose progress is counted.

use scenarios::{Page, Visitor, World};

use crate::steps::{absent_below, at_mechanism, enter, same_answer, step, table};

const LEDGER: &str = "/ledgers/field_inputs";
const BALANCE: &str = "/balances/field_balance";

/// Number of an organisation of a field below the county, from its list.
fn of_field(county: &Visitor, field: &str) -> String {
    let page = county.get(&format!("/organisations?field={field}&kind=branch"));
    let href = page.attributes("table.list tbody a", "href").into_iter().find(|href| href.starts_with("/organisations/"));
    href.and_then(|href| href.rsplit('/').next().map(str::to_owned)).unwrap_or_else(|| panic!("no branch of {field}"))
}

fn enter_input(visitor: &Visitor, about: &str, element: &str, what: &str) -> Page {
    let form = visitor.get(&format!("{LEDGER}/new")).form_with_button("记下");
    form.with("about", about).with("input", "走访指导").with("element", element).with("what", what).send()
}

/// What the row of a field says at an element: how often, and whether it is short.
fn cell(page: &Page, field: &str, element: &str) -> (String, bool) {
    let heads = page.texts_of("table.list thead th");
    let at = heads.iter().position(|head| head == element).unwrap_or_else(|| panic!("{element} in {heads:?}"));
    let rows = page.rows_of("table.list tbody");
    let row = rows.iter().find(|row| row[0] == field).unwrap_or_else(|| panic!("{field} in {rows:?}"));
    (row[at].split_whitespace().next().unwrap_or_default().to_owned(), row[at].contains("不足"))
}

#[test]
fn field_balance() {
    let world = World::copy();
    at_mechanism(&enter(&world, "shiwei"), "field_balance", "述职");
    let county = enter(&world, "xianwei");
    let (rural, school) = (of_field(&county, "rural"), of_field(&county, "school"));
    // Villages are looked after, no school ever was: the schools of the county are short of it.
    let number = |cell: (String, bool)| cell.0.parse::<usize>().expect("a number");
    let before = number(cell(&county.get(BALANCE), "农村", "队伍"));
    for n in 1..=4 {
        assert_eq!(enter_input(&county, &rural, "队伍", &format!("第 {n} 次指导换届后的支委")).status, 200);
    }
    let grid = county.get(BALANCE);
    assert_eq!(cell(&grid, "农村", "队伍"), ((before + 4).to_string(), false));
    assert_eq!(cell(&grid, "学校", "队伍"), ("0".to_owned(), true));
    grid.sees("述职时要回答");
    county.get("/waiting?kind=balances").sees("投入不足");
    // Every figure opens to its rows.
    county.get(&format!("{LEDGER}?field=rural&element=队伍")).sees("第 4 次指导换届后的支委");
    // The city finds the same of this county; the warning goes once the schools get their part.
    let name = grid.text_of(".page-head p").split('，').next().unwrap_or_default().to_owned();
    for n in 1..=3 {
        assert_eq!(enter_input(&county, &school, "队伍", &format!("第 {n} 次给教师党员上课")).status, 200);
    }
    assert_eq!(cell(&county.get(BALANCE), "学校", "队伍"), ("3".to_owned(), false));
    let city = enter(&world, "shiwei");
    let of_unit = |unit: &String| city.get(&format!("{BALANCE}?unit={unit}")).text_of(".page-head p").starts_with(&name);
    let unit = city.get(BALANCE).form("form.filters").choices("unit").into_iter().find(of_unit).expect("the county is among the city's");
    assert_eq!(cell(&city.get(&format!("{BALANCE}?unit={unit}")), "学校", "队伍"), ("3".to_owned(), false));
    // A wrong row is withdrawn with its reason and counts no more.
    let row = county.get(&format!("{LEDGER}?element=队伍")).attributes("table.list tbody td:first-child a", "href").remove(0);
    county.get(&format!("{row}/withdraw")).form_with_button("撤回").with("reason", "记重了").send().sees("记重了");
    let lines = table(&county, &format!("{LEDGER}?export=csv"));
    assert_eq!(lines.iter().filter(|line| line.iter().any(|text| text == "记重了")).count(), 1);
    assert_ne!(cell(&city.get(&format!("{BALANCE}?unit={unit}")), "学校", "队伍").0, "3");
}

#[test]
fn field_balance__refuses_what_is_not_below_and_who_keeps_no_ledger() {
    let world = World::copy();
    let (county, town) = (enter(&world, "xianwei"), enter(&world, "zhenwei"));
    let school = of_field(&county, "school");
    let before = table(&county, &format!("{LEDGER}?export=csv")).len();
    // Beyond the own organisations nothing is entered, and nobody else's county is seen.
    let sent = enter_input(&town, "1", "队伍", "越界");
    assert_eq!(sent.status, 422);
    sent.sees("请选");
    let form = county.get(&format!("{LEDGER}/new")).form_with_button("记下").with("about", &school).with("element", "队伍");
    let page = form.with("input", "走访指导").with("done_on", "2099-01-01").with("what", "").send();
    assert_eq!(page.status, 422);
    page.sees("不能晚于今天").sees("请填“做了什么”");
    // The secretary sees what was put into the own branch, and writes nothing.
    let branch = enter(&world, "shuji");
    same_answer(&branch.get(&format!("{LEDGER}/new")), &branch.get("/ledgers/nothing/new"));
    same_answer(&branch.get(BALANCE), &branch.get("/balances/nothing"));
    assert_eq!(table(&county, &format!("{LEDGER}?export=csv")).len(), before, "nothing was written");
}

const PROGRAMME: &str = "/programmes/five_projects";

/// What is written about every line.
const LINES: [(&str, &str); 5] = [
    ("hardware", "服务中心改造了两处"),
    ("activity", "网格支部每月都有活动"),
    ("decision", "联席会议每季一次"),
    ("service", "培育了三个社区社会组织"),
    ("support", "名册逐月核对，工作者待遇还没有落实"),
];

/// Records of a line in the row of a unit.
fn records(page: &Page, line: &str) -> String {
    let heads = page.texts_of("table.list thead th");
    let at = heads.iter().position(|head| head == line).unwrap_or_else(|| panic!("{line} in {heads:?}"));
    page.rows_of("section.panel table.list tbody")[0][at].clone()
}

#[test]
fn five_projects() {
    let world = World::copy();
    let city = enter(&world, "shiwei");
    at_mechanism(&city, "five_projects", "年度办结");
    let county = enter(&world, "xianwei");
    // What the line 保障实效化 counts are the members on record in the county, as its own list has them; nobody types it in.
    let page = county.get(PROGRAMME);
    let members = table(&county, "/members?export=csv").len() - 1;
    let said = records(&page, "保障实效化");
    assert!(said.contains("1 / 2") && said.contains(&format!("{members} 条")), "{said}, {members} members");
    assert!(records(&page, "硬件标准化").starts_with("0 / 2"), "what is not carried yet has no records");
    // Every line is reviewed in writing; the city reads it, sends it back, accepts it; the county is told.
    let review = page.form_with_button("开始评述").send().path;
    let short: Vec<(&str, &str)> = LINES[..4].to_vec();
    step(&county, &review, "write_review", &short).sees("请填“保障实效化”");
    step(&county, &review, "write_review", &LINES);
    city.get("/waiting?kind=programmes").sees("年评述");
    step(&city, &review, "return_review", &[("reason", "待遇差多少没有写")]);
    enter(&world, "xianwei").get(&review).sees("待遇差多少没有写");
    step(&county, &review, "write_review", &LINES);
    step(&city, &review, "accept_review", &[("opinion", "逐条属实")]);
    enter(&world, "xianwei").get("/messages").sees("年度评述已认可办结");
    county.get(PROGRAMME).sees("年度办结");
}

#[test]
fn five_projects__refuses_a_second_review_and_closing_ones_own() {
    let world = World::copy();
    let (city, county) = (enter(&world, "shiwei"), enter(&world, "xianwei"));
    let page = county.get(PROGRAMME);
    let unit = page.form_with_button("开始评述").value("unit").expect("the county").to_owned();
    let review = page.form_with_button("开始评述").send().path;
    county.post(&format!("{PROGRAMME}/reviews"), &[("unit", &unit)]).sees("已经开始");
    step(&county, &review, "write_review", &LINES);
    // Neither the county itself closes it, nor somebody below sees it.
    let closing = county.post(&format!("{review}/actions/accept_review"), &[("opinion", "好")]);
    closing.sees("由市委组织部审阅");
    city.get(&review).sees("审阅").hides("年度办结了");
    let town = enter(&world, "zhenwei");
    assert_eq!(town.get(&review).status, town.get(&absent_below("/programmes/reviews")).status);
    assert!(city.get(&review).text_of("ol.stages li.now").starts_with("审阅"), "it is still read");
}
