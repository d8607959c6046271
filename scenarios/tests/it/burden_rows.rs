//! What is asked of others: tables in which the product fills what it knows, what they cost, what may be asked of communities at all.

use scenarios::{Form, Page, Visitor, World};

use crate::selection_rows::{branch_of, newcomer};
use crate::steps::{absent_below, at_mechanism, enter, same_answer, table};
use crate::task_rows::to_communities;

const LIST: &str = "社区工作事项准入清单";

fn path(page: &Page) -> String {
    page.path.split('?').next().expect("a path").to_owned()
}

/// Composes a table; the draft's page.
fn compose(officer: &Visitor, title: &str, headings: &[&str]) -> Page {
    let form = officer.get("/tables/new").form("main form[method=post]");
    let form = form.with("title", title).with("headings", &headings.join("\n")).with("purpose", "排明年的课").with("due_on", "2099-01-31");
    let page = form.attach("file", "", b"").send();
    assert_eq!(page.status, 200, "{}", page.text());
    page
}

fn draft(page: &Page) -> Form {
    page.form("main form.case-form")
}

/// Answers every column of a table alike.
fn answer(visitor: &Visitor, address: &str, value: &str) -> Page {
    let mut form = visitor.get(address).form("main form.case-form");
    for field in form.fields_from("c-") {
        form = form.with(&field, value);
    }
    form.send()
}

/// The officers of a community's county and the community's secretary.
fn community(world: &mut World) -> (String, Visitor) {
    let (code, _) = branch_of(world, "urban_community");
    let secretary = newcomer(world, "shequ", "branch_secretary", &code);
    (code, secretary)
}

#[test]
fn burden_reduction() {
    let mut world = World::copy();
    let (code, secretary) = community(&mut world);
    let county_code = code[..7].to_owned();
    let officer = newcomer(&mut world, "xianshequ", "county_organisation_officer", &county_code);
    let leader = newcomer(&mut world, "xianlingdao", "leading_official", &county_code);
    at_mechanism(&officer, "burden_reduction", "没有列入清单的不能下发").sees("新报表");

    // The office proposes, its leader decides; the community reads the list.
    let name = "社区服务设施情况";
    let proposal =
        officer.get("/burden/items/new").form("main form[method=post]").with("name", name).with("kind", "工作事项").with("frequency", "每年");
    proposal.with("basis", "示例：社区服务方案第二条").with("minutes", "30").send().sees("批准");
    leader.get("/waiting?kind=burden").sees(name);
    let item = leader.get("/waiting?kind=burden").link("答复");
    leader.get(&item).form("main form[method=post]").with("decision", "accept").send().sees(name);
    officer.get(&item).sees("在清单里");
    secretary.get("/burden/items?state=listed").sees(name).sees("示例：社区服务方案第二条");

    // A table that names it goes out; what the product knows is not asked.
    let page = compose(&officer, "社区服务设施统计表", &["序号", "党组织名称", "党员数", "服务设施个数"]);
    page.sees("3 栏系统填，1 栏要下面填");
    let address = path(&page);
    let saved = draft(&page).tick("level", "branch").with("field", "urban_community").press("保存");
    saved.sees("预计占用").sees("本月已经在办");
    draft(&saved).with("permitted", name).press("下发").sees("个单位填了");
    secretary.get("/waiting?kind=tables").sees("社区服务设施统计表");
    let asked = secretary.get(&address);
    asked.sees("系统已经填好的");
    assert_eq!(asked.form("main form.case-form").fields_from("c-").len(), 1, "only what nobody knows is asked");
    answer(&secretary, &address, "4").sees("提交了");
    let progress = officer.get(&format!("{address}?q={}", &code));
    progress.sees("填了");
    let merged = officer.download(&format!("{address}/export"));
    assert_eq!((merged.status, &merged.bytes[..2]), (200, &b"PK"[..]));

    // The same question within the year is answered from the first.
    let again = compose(&officer, "社区设施补充表", &["党组织名称", "服务设施个数", "面积（平方米）"]);
    let second = path(&again);
    let saved = draft(&again).tick("level", "branch").with("field", "urban_community").press("保存");
    draft(&saved).with("permitted", name).press("下发").sees("个单位填了");
    let asked = secretary.get(&second);
    asked.sees("您").sees("答过").sees("要填的 1 项").sees("以前答过、要更正的（1 项）");
    assert_eq!(asked.form("main form.case-form").fields_from("c-").len(), 2, "one is asked, one may be put right");

    // A task is asked of communities as well: it names the entry, and whoever gets it reads which.
    let (form, _) = to_communities(&officer);
    let field = form.fields_from("permitted-").remove(0);
    form.with(&field, name).press("下发任务").sees("等他们签收");
    let own = secretary.get("/tasks").attribute(".task-list tbody a", "href").expect("the community's task");
    secretary.get(&own).sees("准入清单").sees(name);

    // What is typed counts as burden; what is on no list is refused, and the county answers.
    let unit = secretary.get("/burden").attribute("table.list tbody a", "href").expect("the community");
    secretary.get(&unit).sees("自己填的栏目").sees(name);
    let line = table(&officer, "/burden?export=csv").into_iter().find(|row| row.iter().any(|cell| cell == "1")).expect("one field typed");
    assert!(line.len() > 5, "{line:?}");
    let what = "每天报走访照片";
    secretary.get("/burden/demands/new").form("main form[method=post]").with("asker", "县某部门").with("what", what).send().sees("可以不办");
    let decide = leader.get("/waiting?kind=burden").link("答复");
    leader
        .get(&decide)
        .sees(what)
        .form("main form[method=post]")
        .with("outcome", "upheld")
        .with("answer", "系统里有走访记录")
        .send()
        .sees("可以不办");
    secretary.get("/burden/demands").sees("可以不办").sees("系统里有走访记录");
    officer.get("/burden/demands").sees(what);
    enter(&world, "shiwei").get("/burden/items").sees(name);
}

#[test]
fn burden_reduction__refuses_what_is_on_no_list_known_in_full_or_above_the_ceiling() {
    let mut world = World::copy();
    let (code, secretary) = community(&mut world);
    let officer = newcomer(&mut world, "xianshequ", "county_organisation_officer", &code[..7]);

    // On no list: nothing goes out to communities.
    let page = compose(&officer, "社区工作台账", &["党组织名称", "台账本数"]);
    let address = path(&page);
    let saved = draft(&page).tick("level", "branch").with("field", "urban_community").press("保存");
    let refused = draft(&saved).press("下发");
    assert_eq!(refused.status, 422);
    refused.sees(LIST);
    officer.get(&address).sees("还没有下发");
    secretary.get("/tables").hides("社区工作台账");
    same_answer(&secretary.get(&address), &secretary.get(&absent_below("/tables")));

    let (form, directive) = to_communities(&officer);
    let refused = form.press("下发任务");
    assert_eq!(refused.status, 422);
    refused.sees(LIST).sees("先报请列入清单");
    officer.get(&directive).hides("已下发");
    secretary.get("/tasks").hides("新建党群服务中心");

    // Known in full: nobody is asked, the workbook is there at once.
    let known = compose(&officer, "书记名册", &["序号", "党组织名称", "书记", "党员数"]);
    known.sees("4 栏系统填，0 栏要下面填");
    let refused = draft(&known).tick("level", "township").press("下发");
    assert_eq!(refused.status, 422);
    refused.sees("直接导出");
    let file = officer.download(&format!("{}/export", path(&known)));
    assert_eq!((file.status, &file.bytes[..2]), (200, &b"PK"[..]));

    // Above the ceiling: somebody else allows it by name, or it does not go out.
    let headings: Vec<String> = (1..=60).map(|n| format!("第{n}项要求")).collect();
    let page = compose(&officer, "全面摸底表", &headings.iter().map(String::as_str).collect::<Vec<_>>());
    let saved = draft(&page).tick("level", "branch").with("field", "rural").press("保存");
    saved.sees("超过一次");
    let address = path(&saved);
    assert_eq!(officer.post(&address, &[("then", "issue")]).status, 422);
    let asked = draft(&saved).with("reason", "省里要求").press("报请批准");
    asked.sees("等答复");
    let approval = officer.get("/burden/approvals").attribute("table.list tbody a", "href").expect("an approval");
    let own = officer.post(&approval, &[("decision", "grant")]);
    assert_eq!(own.status, 422);
    own.sees("自己不批");
    officer.get(&approval).hides("批准了");
    secretary.get("/tables").hides("全面摸底表");
    enter(&world, "zhenwei").get("/tables").hides("全面摸底表");

    // An entry without what it rests on is not proposed; nobody decides his own.
    let bare = officer
        .get("/burden/items/new")
        .form("main form[method=post]")
        .with("name", "无依据的事")
        .with("kind", "台账")
        .with("frequency", "每月")
        .send();
    assert_eq!(bare.status, 422);
    officer.get("/burden/items").hides("无依据的事");
}
