//! Ratings, tiers and rankings: only at a point of the filed plan, first as a draft, then published and frozen.

use scenarios::{FIRST_PASSWORD, PASSWORD, Page, Visitor, World};

use crate::steps::{absent_below, at_mechanism, enter, same_answer, step, table, withdrawal};

/// A line of the plan as its office sees it.
fn plan_line(visitor: &Visitor, year: &str, line: &str) -> String {
    let page = visitor.get(&format!("/plan?year={year}"));
    page.texts_of("ul.plan > li")
        .into_iter()
        .find(|text| text.contains(line))
        .unwrap_or_else(|| panic!("no line {line} in the plan:\n{}", page.text()))
}

/// Files a line of the pack's plan with its basis and approval.
fn file(visitor: &Visitor, year: &str, key: &str) -> Page {
    let form = visitor.get(&format!("/plan?year={year}")).form(&format!("form.case-form:has(input[name=line][value={key}])"));
    form.with("basis", "年度督查检查考核计划").with("approver", "常委会会议").send()
}

/// Opens what is filed and due; there is one such line at a time in these walks.
fn open(visitor: &Visitor, year: &str, verb: &str) -> Page {
    visitor.get(&format!("/plan?year={year}")).form_with_button(verb).send()
}

/// The published rating of the demo's first county.
fn published(visitor: &Visitor) -> Page {
    visitor.get("/evaluations").click("2026 年上半年")
}

/// What the villages of the county earned in the year: without it a fifth of their weight has no evidence, and nothing is published.
fn record_incomes(county: &Visitor) {
    let list = county.get("/villages");
    let names = list.texts_of("table.list tbody td:first-child a");
    assert!(!names.is_empty(), "{}", list.text());
    for name in names {
        let form = county.get(&format!("{}/income", list.link(&name))).form_with_button("登记");
        let form = form.with("year", "2026").with("operating", "21.5").with("total", "33").with("source", "2026 年村集体经济年报");
        assert_eq!(form.press("登记").status, 200, "{name}");
    }
}

/// Judges everything that people judge, page by page.
fn judge_all(visitor: &Visitor, evaluation: &str) {
    for page in 1..=20 {
        let sheet = visitor.get(&format!("{evaluation}/judged?page={page}"));
        if !sheet.has("form[data-draft^=judged]") {
            break;
        }
        let mut form = sheet.form("form[data-draft^=judged]");
        if form.fields_from("points.").iter().all(|name| form.value(name).is_some_and(|value| !value.is_empty())) {
            break;
        }
        for name in form.fields_from("points.") {
            form = form.with(&name, "4");
        }
        assert_eq!(form.with("evidence_all", "现场查看和党员群众测评").send().status, 200);
    }
    let calculated = visitor.get(evaluation).form(&format!("form[action='{evaluation}/calculate']")).send();
    calculated.sees("已按今天的记录重新计算");
}

/// The public notice after the reviews: whoever is not reviewed or has not confirmed is passed over by name, each with a reason.
fn publicise(county: &Visitor, rating: &str) {
    let path = format!("{rating}/actions/publicise");
    let units = county.get(&path).attributes("input[name='missing.unit']", "value");
    let mut fields = vec![("scope", "本县党务公开栏")];
    for unit in &units {
        fields.extend([("missing.unit", unit.as_str()), ("missing.reason", "道路中断，公示期内补考评")]);
    }
    assert_eq!(county.post(&path, &fields).text_of("ol.stages li.now").split_whitespace().next(), Some("公示"));
}

/// Names that the form of the notice asks about.
fn passed_over(county: &Visitor, rating: &str) -> Vec<String> {
    county.get(&format!("{rating}/actions/publicise")).texts_of(".score-row:has(input[name='missing.unit']) b")
}

/// Every branch of the first township scores itself and is visited four ways; the township confirms.
fn review_the_town(world: &mut World, rating: &str) {
    let town = enter(world, "zhenwei");
    let done: Vec<String> = table(&town, &format!("{rating}/reviews?stage=improving&export=csv")).into_iter().flatten().collect();
    let own = |kind: &str| -> Vec<Vec<String>> {
        let lines = table(&town, &format!("/organisations?kind={kind}&export=csv"));
        let at = |heading: &str| lines[0].iter().position(|cell| cell.ends_with(heading)).unwrap_or_else(|| panic!("{heading}: {:?}", lines[0]));
        let (code, name) = (at("组织编码"), at("全称"));
        lines[1..].iter().map(|row| vec![row[code].clone(), row[name].clone()]).collect()
    };
    let branches: Vec<Vec<String>> = [own("branch"), own("joint_branch")].concat().into_iter().filter(|one| !done.contains(&one[1])).collect();
    assert!(!branches.is_empty());
    world.stop();
    for one in &branches {
        world.open_account(&format!("kaoping{}", &one[0][1..]), "branch_secretary", &one[0]);
    }
    world.start_again();
    let town = enter(world, "zhenwei");
    for one in &branches {
        let secretary = begun(world, &format!("kaoping{}", &one[0][1..]));
        let row = secretary.get(rating).attribute("table.list tbody a", "href").expect("the branch sees its own row");
        let review = format!("{row}/review");
        assert_eq!(secretary.post(&format!("{review}/actions/score_oneself"), &[]).status, 200);
        for method in ["听", "查", "看", "评"] {
            let visit = [("method", method), ("done_on", "2027-01-12"), ("found", "有记录")];
            assert_eq!(town.post(&format!("{review}/actions/record_visit"), &visit).status, 200);
        }
        town.post(&format!("{review}/actions/conclude"), &[("opinion", "达标")]).sees("整改提升");
    }
}

/// Signs in with the password of a new account and sets its own.
fn begun(world: &World, login: &str) -> Visitor {
    let visitor = world.sign_in(login, FIRST_PASSWORD);
    let given = [("old", FIRST_PASSWORD), ("new", PASSWORD), ("again", PASSWORD)];
    assert_eq!(visitor.post("/me/security", &given).status, 200);
    visitor
}

fn decide_and_publish(county: &Visitor, rating: &str) -> Page {
    step(county, rating, "decide", &[("meeting", "部务会")]);
    step(county, rating, "publish", &[("scope", "本县各乡镇（街道）党（工）委、各党支部")])
}

/// The year's rating with everything recorded and judged, after the end of the year; its address.
pub fn drafted_year(world: &mut World) -> String {
    world.days_later(75);
    let county = enter(world, "xianwei");
    file(&county, "2026", "five_star_2026").sees("已列入年度计划");
    let rating = open(&county, "2026", "开始评定").path;
    record_incomes(&county);
    judge_all(&county, &rating);
    rating
}

/// From the draft that was sent to the filing that the city acknowledged.
pub fn filed(world: &mut World, rating: &str) {
    publicise(&enter(world, "xianwei"), rating);
    world.days_later(6);
    let county = enter(world, "xianwei");
    decide_and_publish(&county, rating);
    step(&county, rating, "file", &[("number", "青委组〔2027〕5号")]);
    step(&enter(world, "shiwei"), rating, "acknowledge", &[]).sees("结果运用");
}

#[test]
fn star_rating() {
    let mut world = World::copy();
    // After the end of the year and the lock of December.
    world.days_later(75);
    let county = enter(&world, "xianwei");
    at_mechanism(&county, "star_rating", "意见全部答复，结果公布并固定");
    file(&county, "2026", "five_star_2026").sees("已列入年度计划");
    let draft = open(&county, "2026", "开始评定");
    draft.sees("五星支部评定").sees("示例方案");
    let rating = draft.path.clone();
    record_incomes(&county);
    judge_all(&county, &rating);

    // Nobody else knows of it before the draft is sent.
    let secretary = enter(&world, "shuji");
    same_answer(&secretary.get(&rating), &secretary.get(&absent_below("/evaluations")));
    step(&county, &rating, "send_draft", &[("note", "请核对本支部的得分。")]);
    let own = secretary.get(&rating);
    let row = own.attribute("table.list tbody a", "href").expect("the branch sees its own row");
    secretary.get(&row).sees("拟评").sees("怎样得出").sees("出处");
    publicise(&county, &rating);
    let objected = step(&secretary, &rating, "object", &[("objections.text", "9月主题党日有记录，请核对")]);
    objected.sees("9月主题党日有记录，请核对");

    // Decided only after the days that the pack sets, and when everything is answered.
    county.get(&format!("{rating}/actions/decide")).sees("至少间隔 5 天");
    world.days_later(6);
    let county = enter(&world, "xianwei");
    county.get(&format!("{rating}/actions/decide")).sees("还有意见没有答复");
    let page = county.get(&format!("{rating}/actions/answer"));
    let mut form = page.form("form.case-form");
    for id in form.choices("answered") {
        form = form.tick("answered", &id);
    }
    form.with("outcome", "维持").with("reply", "已核对，记录已计入。").send().sees("已核对，记录已计入。");
    let done = decide_and_publish(&county, &rating);
    done.sees("公布结果指纹");

    // The branch reads its stars, how they came about and how they moved; the city reads all of them.
    let secretary = enter(&world, "shuji");
    let reasons = secretary.get(&row);
    reasons.sees("得分构成").sees("按月开展主题党日").hides("拟评");
    let city = enter(&world, "shiwei");
    let result = city.get(&rating);
    result.sees("五星");
    // No more than the quota of a cohort: floor(10 % × size).
    let all = table(&city, &format!("{rating}?cohort=all&export=csv"));
    let column = |name: &str| all[0].iter().position(|heading| heading == name).unwrap_or_else(|| panic!("no column {name}: {:?}", all[0]));
    let (group, size, star) = (column("同类分组"), column("组内支部数"), column("星级"));
    assert!(all[1..].iter().any(|row| row[star] == "五星"), "nobody has five stars: {all:?}");
    for row in &all[1..] {
        let n_five = all[1..].iter().filter(|other| other[group] == row[group] && other[star] == "五星").count();
        let n_branches: usize = row[size].parse().expect("a count");
        assert!(n_five * 10 <= n_branches, "{}: {n_five} of {n_branches} have five stars", row[group]);
    }
}

#[test]
fn star_rating__refuses_before_its_day_and_without_a_filed_plan() {
    let world = World::copy();
    let county = enter(&world, "xianwei");
    file(&county, "2026", "five_star_2026").sees("已列入年度计划");
    assert!(plan_line(&county, "2026", "2026年度党支部星级评定").contains("月 11 日起可以开始"));
    let withdraw = withdrawal(&county, "2026年度党支部星级评定");
    let early = county.post(&withdraw.replace("/withdraw", "/open"), &[]);
    early.sees("起才能开评");
    county.post("/plan/999999999/open", &[]).sees("年度计划里没有这一项");
    county.get("/evaluations").sees("2026 年上半年").hides("（2026 年）");
    // A line without basis and approval is no plan.
    let bare = county.get("/plan?year=2025").form("form.case-form:has(input[name=line][value=five_star_2025])").send();
    bare.sees("请写明依据的文件和批准的人");
}

#[test]
fn star_rating__refuses_to_change_what_is_published_and_to_show_it_out_of_reach() {
    let world = World::copy();
    let county = enter(&world, "xianwei");
    let result = published(&county);
    let print = result.text_of(".print");
    let again = county.post(&format!("{}/calculate", result.path), &[]);
    again.sees("已经研究决定，不能重算");
    assert_eq!(county.get(&result.path).text_of(".print"), print);
    assert_ne!(county.get(&format!("{}/judged", result.path)).status, 200);
    // A member has no part in it, and a branch none in another's row.
    let secretary = enter(&world, "shuji");
    let file = String::from_utf8(county.download(&format!("{}?export=csv&cohort=all", result.path)).bytes).expect("UTF-8");
    assert!(file.contains("P990101102"), "{file}");
    let other = county.get(&format!("{}?q=P990101102", result.path)).attribute("table.list tbody a", "href").expect("a branch of another town");
    same_answer(&secretary.get(&other), &secretary.get(&format!("{}/organisations/999999999", result.path)));
    assert_ne!(enter(&world, "dangyuan").get(&result.path).status, 200);
}

#[test]
fn field_standards() {
    let world = World::copy();
    at_mechanism(&enter(&world, "xianwei"), "field_standards", "每个领域都有标准，评定结果注明所用版本");
    let secretary = enter(&world, "shuji");
    let scheme = secretary.get(&format!("{}/scheme", published(&enter(&world, "xianwei")).path));
    // The branch's own field first, with its owner, dimensions and clauses.
    for part in ["基本组织", "基本制度", "基本活动", "基本保障", "标准由", "农村", "按月开展主题党日", "党支部每月相对固定1天开展主题党日"]
    {
        scheme.sees(part);
    }
    scheme.sees("村级集体经济");
    let school = scheme.click("学校");
    school.sees("基本组织").hides("村级集体经济");
    let owner = |page: &Page| page.texts_of(".stacked dl dd").into_iter().find(|words| words.ends_with("负责"));
    assert!(owner(&scheme).is_some() && owner(&scheme) != owner(&school), "each field has an owner of its standard");
    // A rating is tied to the version it was made by.
    let version = scheme.text_of(".page-head p");
    assert!(version.contains("制度包"), "{version}");
    for field in ["城市社区", "机关", "事业单位", "两新组织", "国有企业", "医院"] {
        scheme.sees(field);
    }
}

#[test]
fn field_standards__refuses_to_compare_branches_of_different_fields() {
    let world = World::copy();
    let county = enter(&world, "xianwei");
    let result = published(&county);
    let cohorts = result.texts_of(".cohorts a");
    assert!(cohorts.len() > 1 && cohorts.iter().all(|cohort| cohort.contains('·') || cohort.starts_with("各组")), "{cohorts:?}");
    // Asked for all at once there is still one order per field, none across.
    let mixed = county.get(&format!("{}?cohort=all", result.path));
    mixed.sees("组内名次");
    let all = table(&county, &format!("{}?cohort=all&export=csv", result.path));
    let place = all[0].iter().position(|heading| heading.contains("名次")).expect("a place in the group");
    let n_first = all[1..].iter().filter(|row| row[place].split('/').next().is_some_and(|rank| rank.trim() == "1")).count();
    assert!(n_first >= cohorts.len() - 1, "{n_first} first places in {} groups: {all:?}", cohorts.len() - 1);
    let rows = mixed.rows_of("table.list.fold tbody");
    let bare: Vec<_> = rows.iter().filter(|row| !row[0].contains('/')).collect();
    assert!(!rows.is_empty() && bare.is_empty(), "places without their group: {bare:?}");
    // Nobody judges by a standard of another field.
    let village = county.get(&format!("{}?q=P990101101200", result.path)).attribute("table.list tbody a", "href").expect("the village branch");
    county.get(&village).sees("农村").hides("课堂");
}

#[test]
fn semiannual_ranking() {
    let mut world = World::copy();
    world.days_later(75);
    let city = enter(&world, "shiwei");
    at_mechanism(&city, "semiannual_ranking", "意见全部答复，排名通报公布并固定");
    file(&city, "2026", "ranking_2026_second_half").sees("已列入年度计划");
    let draft = open(&city, "2026", "开始排名");
    let ranking = draft.path.clone();
    for (component, weight) in [("综合考核", "50 分"), ("暗访督导", "30 分"), ("平时掌握", "10 分"), ("任务落实", "10 分")] {
        draft.sees(component).sees(weight);
    }
    let county = enter(&world, "xianwei");
    same_answer(&county.get(&ranking), &county.get(&absent_below("/rankings")));
    let mut form = city.get(&format!("{ranking}/judged")).form("form[data-draft^=ranking]");
    for (n, name) in form.fields_from("points.").into_iter().enumerate() {
        form = form.with(&name, if n % 2 == 0 { "88" } else { "81" }).with(&name.replace("points.", "evidence."), "3 次暗访的记录");
    }
    assert_eq!(form.send().status, 200);
    assert_eq!(city.get(&ranking).form(&format!("form[action='{ranking}/calculate']")).send().status, 200);
    step(&city, &ranking, "send_draft", &[("note", "请核对本县得分。")]);

    // The county sees its own draft only, down to the records, and objects.
    let own = county.get(&ranking);
    own.sees("综合考核");
    county.get(&own.attribute("table.list tbody a", "href").expect("the own row")).sees("最低的三项").sees("依据：3 次暗访的记录");
    step(&county, &ranking, "object", &[("objections.text", "平时掌握一项请复核")]);
    city.get(&format!("{ranking}/actions/decide")).sees("至少间隔 5 天");
    world.days_later(6);
    let city = enter(&world, "shiwei");
    city.get(&format!("{ranking}/actions/decide")).sees("还有意见没有答复");
    let page = city.get(&format!("{ranking}/actions/answer"));
    let mut form = page.form("form.case-form");
    for id in form.choices("answered") {
        form = form.tick("answered", &id);
    }
    form.with("outcome", "维持").with("reply", "已复核。").send().sees("已复核。");
    step(&city, &ranking, "decide", &[("meeting", "部务会")]);
    step(&city, &ranking, "publish", &[("scope", "各县（市、区）委"), ("number", "云组通〔2026〕9号")]).sees("公布结果指纹");
    let bulletin = city.download(&format!("{ranking}/document"));
    assert!(bulletin.status == 200 && bulletin.bytes.starts_with(b"PK"), "{}", bulletin.media_type);
    enter(&world, "xianwei").get(&ranking).sees("基层党建考核排名");
}

#[test]
fn semiannual_ranking__refuses_counties_townships_and_days_outside_the_plan() {
    let mut world = World::copy();
    let (city, county) = (enter(&world, "shiwei"), enter(&world, "xianwei"));
    // The ranking is the city's; its second half is not over.
    assert!(!county.get("/plan?year=2026").has("input[name=line][value=ranking_2026_second_half]"));
    let office = city.get("/plan?year=2026").attribute("input[name=office]", "value").expect("the city's plan");
    let by_county = county.post("/plan", &[("line", "ranking_2026_second_half"), ("office", &office), ("basis", "自定"), ("approver", "自定")]);
    by_county.sees("由市委组织部报备");
    file(&city, "2026", "ranking_2026_second_half");
    let withdraw = withdrawal(&city, "2026年下半年县");
    city.post(&withdraw.replace("/withdraw", "/open"), &[]).sees("起才能");
    city.get("/rankings").hides("2026 年下半年");

    // A draft belongs to those who make it, until it is sent.
    world.days_later(75);
    let city = enter(&world, "shiwei");
    let draft = open(&city, "2026", "开始排名").path;
    for login in ["xianwei", "zhenwei", "shuji", "hangye"] {
        let visitor = enter(&world, login);
        same_answer(&visitor.get(&draft), &visitor.get(&absent_below("/rankings")));
    }
    // Published before it was decided, or while points are missing: no.
    assert_ne!(city.post(&format!("{draft}/actions/publish"), &[("scope", "各县")]).status, 200);
    city.get(&draft).hides("公布结果指纹");
}

/// The secretary's own score for one item, the rest as it was counted.
fn score_oneself(secretary: &Visitor, review: &str, own: &str, evidence: &str) -> Page {
    let page = secretary.get(&format!("{review}/actions/score_oneself"));
    let form = page.form("form.case-form");
    form.with("scores.own", own).with("scores.evidence", evidence).send()
}

#[test]
fn star_review() {
    let mut world = World::copy();
    let rating = drafted_year(&mut world);
    let county = enter(&world, "xianwei");
    at_mechanism(&county, "star_review", "上级确认收到备案，考评记入台账");
    step(&county, &rating, "send_draft", &[]);

    // The branch finds it on its desk, with everything counted; it changes one item and says why.
    let secretary = enter(&world, "shuji");
    secretary.get("/waiting").sees("提交自评");
    let row = secretary.get(&rating).attribute("table.list tbody a", "href").expect("the branch sees its own row");
    let review = format!("{row}/review");
    score_oneself(&secretary, &review, "0.5", "").sees("请写依据");
    score_oneself(&secretary, &review, "0.5", "书记去年有两个月空缺").sees("自评与算出的有 1 项不一致");

    // The township hears, checks, sees and judges, each once; only then it concludes, explains the difference and sets a measure.
    let town = enter(&world, "zhenwei");
    town.get(&format!("{review}/actions/conclude")).sees("要先办");
    for (method, found) in [("听", "两名党员的意见"), ("查", "会议记录本"), ("看", "党员活动室")] {
        step(&town, &review, "record_visit", &[("method", method), ("found", found)]).sees(found);
    }
    town.get(&format!("{review}/actions/conclude")).sees("听、查、看、评还没有都记录");
    step(&town, &review, "record_visit", &[("method", "评"), ("found", "总体扎实")]);
    let opinion = [("opinion", "达到四星标准"), ("measures.text", "补齐党课记录"), ("measures.owner", "马春和"), ("measures.due_on", "2027-03-31")];
    step(&town, &review, "conclude", &opinion).sees("请说明");
    let explained: Vec<(&str, &str)> = [("differences.text", "空缺已补，按记录计")].into_iter().chain(opinion).collect();
    step(&town, &review, "conclude", &explained).sees("空缺已补，按记录计").sees("补齐党课记录");

    // A level confirms only when its children have: other branches of the town are not reviewed yet.
    town.get(&format!("{rating}/actions/confirm_reviews")).sees("所属党支部还有没有自评或者考评的");
    let before = passed_over(&enter(&world, "xianwei"), &rating);
    review_the_town(&mut world, &rating);
    let town = enter(&world, "zhenwei");
    step(&town, &rating, "confirm_reviews", &[("statement", "都考评了，差在党课记录")]).sees("都考评了，差在党课记录");
    // Of this town nobody is missing any more: neither its branches nor its own word.
    let after = passed_over(&enter(&world, "xianwei"), &rating);
    let own = town.get("/organisations").texts_of("table.list tbody td:first-child a");
    let is_own = |name: &&String| own.iter().any(|own| name.starts_with(own.as_str()));
    assert!(before.iter().filter(is_own).count() > 1 && !after.is_empty(), "{before:?}");
    assert!(!after.iter().any(|name| is_own(&name)), "{after:?}");

    // Filed and acknowledged; the measure is closed by the township, and the review stands in the ledger that the city exports.
    filed(&mut world, &rating);
    step(&enter(&world, "shuji"), &review, "report_measures", &[("progress", "记录已经补齐")]);
    let town = enter(&world, "zhenwei");
    town.get(&format!("{review}/actions/enter_ledger")).sees("措施没有全部办结");
    let page = town.get(&format!("{review}/actions/confirm_measures"));
    let mut form = page.form("form.case-form");
    for id in form.choices("measures_done") {
        form = form.tick("measures_done", &id);
    }
    form.with("basis", "查了记录本").send().sees("已办结");
    step(&town, &review, "enter_ledger", &[]).sees("已入台账");
    let ledger = table(&enter(&world, "shiwei"), &format!("{rating}/reviews?stage=ledger&export=csv"));
    let cells = |text: &str| ledger.iter().find(|row| row.iter().any(|cell| cell.contains(text))).unwrap_or_else(|| panic!("no {text}"));
    assert!(cells("书记去年有两个月空缺").iter().any(|cell| cell == "空缺已补，按记录计"));
    assert!(cells("补齐党课记录").iter().any(|cell| cell == "已办结"));
}

#[test]
fn star_review__refuses_a_review_by_the_branch_itself_and_a_filing_before_publication() {
    let mut world = World::copy();
    let rating = drafted_year(&mut world);
    step(&enter(&world, "xianwei"), &rating, "send_draft", &[]);
    let secretary = enter(&world, "shuji");
    let row = secretary.get(&rating).attribute("table.list tbody a", "href").expect("the branch sees its own row");
    let review = format!("{row}/review");
    score_oneself(&secretary, &review, "0.5", "书记去年有两个月空缺");
    let by_itself = secretary.post(&format!("{review}/actions/record_visit"), &[("method", "听"), ("done_on", "2027-01-20"), ("found", "很好")]);
    by_itself.sees("由上级党组织考评");
    let county = enter(&world, "xianwei");
    // One sentence for all who are missing is no way round them, nor is one who is left out.
    let lump = [("missing", "其余党支部的考评在公示期内补齐。"), ("scope", "本县党务公开栏")];
    county.post(&format!("{rating}/actions/publicise"), &lump).sees("逐个写明原因");
    let units = county.get(&format!("{rating}/actions/publicise")).attributes("input[name='missing.unit']", "value");
    let all_but_one = units[1..].iter().flat_map(|unit| [("missing.unit", unit.as_str()), ("missing.reason", "道路中断")]);
    let fields: Vec<(&str, &str)> = all_but_one.chain([("scope", "本县党务公开栏")]).collect();
    county.post(&format!("{rating}/actions/publicise"), &fields).sees("逐个写明原因");
    assert_ne!(county.post(&format!("{rating}/actions/file"), &[]).status, 200, "nothing is filed before it is published");
    assert!(county.get(&rating).text_of("ol.stages li.now").starts_with("自评和考评"));
    enter(&world, "zhenwei").get(&review).sees("支部自评以后，由上级党组织考评");
}

/// Everything that still waits on the page of consequences, chosen, with one answer.
fn answer(visitor: &Visitor, page: &str, given: &[(&str, &str)]) -> Page {
    let list = visitor.get(page);
    let ids = list.attributes("input[name=id]", "value");
    let mut fields: Vec<(&str, &str)> = ids.iter().map(|id| ("id", id.as_str())).collect();
    fields.extend(given);
    visitor.post(page.split('?').next().expect("a path"), &fields)
}

#[test]
fn star_consequences() {
    let mut world = World::copy();
    // A stricter city: who has less than 83 points has two stars.
    let folder = world.own_policies();
    let file = folder.join("city/five_star.toml");
    let text = std::fs::read_to_string(&file).expect("the scheme");
    let strict = text.replace("at_least = 75\n", "at_least = 84\n").replace("at_least = 60\n", "at_least = 83\n");
    assert_ne!(text, strict);
    std::fs::write(&file, strict).expect("written");
    world.with_policies(&folder);
    let rating = drafted_year(&mut world);
    let county = enter(&world, "xianwei");
    at_mechanism(&county, "star_consequences", "每件结果运用都已办理");
    step(&county, &rating, "send_draft", &[]);
    filed(&mut world, &rating);
    let county = enter(&world, "xianwei");
    let page = format!("{rating}/consequences");
    county.get(&page).sees("市级党建示范点候选").sees("五星级党支部经费奖励").sees("待办");
    county.get(&format!("{rating}/actions/close_year")).sees("还有结果运用没有办");

    // Candidates and money under a number, villages with few stars decided or explained, the signed file issued.
    let of = |rule: &str| format!("{page}?rule={rule}&state=open&per=200");
    answer(&county, &of("award_money"), &[("answer", "execute"), ("number", "青组〔2027〕6号")]).sees("请填每个党组织的金额");
    answer(&county, &of("award_money"), &[("answer", "execute"), ("number", "青组〔2027〕6号"), ("amount", "2000")]).sees("已记为已办");
    for rule in ["demo_point_candidate", "honours_first"] {
        answer(&county, &of(rule), &[("answer", "execute"), ("number", "部务会第3次")]).sees("已记为已办");
    }
    let villages = county.get(&of("weak_village"));
    assert!(villages.has("input[name=id]"), "a village of few stars is decided or explained:\n{}", villages.text());
    answer(&county, &of("weak_village"), &[("answer", "execute"), ("number", "第1号")]).sees("软弱涣散名单");
    answer(&county, &of("weak_village"), &[("answer", "waive")]).sees("理由");
    answer(&county, &of("weak_village"), &[("answer", "waive"), ("note", "得分低在活动记录，班子健全，由乡镇跟进")]).sees("已记为不办");
    county.get(&format!("{rating}/exports")).form_with_button("导出新的一版").send().sees("第 1 版");
    step(&county, &rating, "close_year", &[]).sees("已结束");

    // The branch that earned it is told under which number; the city sees what each came to.
    let money = table(&enter(&world, "shiwei"), &format!("{page}?rule=award_money&export=csv"));
    assert!(money.len() > 1 && money[1..].iter().all(|row| row.iter().any(|cell| cell.contains("2000 元"))), "{money:?}");
}

#[test]
fn star_consequences__refuses_to_close_the_year_while_something_is_open() {
    let mut world = World::copy();
    let rating = drafted_year(&mut world);
    step(&enter(&world, "xianwei"), &rating, "send_draft", &[]);
    filed(&mut world, &rating);
    let county = enter(&world, "xianwei");
    assert_eq!(county.post(&format!("{rating}/actions/close_year"), &[]).status, 422);
    assert!(county.get(&rating).text_of("ol.stages li.now").starts_with("结果运用"), "the year is not closed");
    // A branch cannot answer for the county.
    let tried = enter(&world, "shuji").post(&format!("{rating}/consequences"), &[("answer", "waive"), ("note", "不办")]);
    assert!(tried.status == 403 || tried.status == 404, "{}", tried.status);
}

#[test]
fn leadership_assessment_link() {
    let mut world = World::copy();
    let rating = drafted_year(&mut world);
    let county = enter(&world, "xianwei");
    at_mechanism(&county, "leadership_assessment_link", "签名文件已导出");
    step(&county, &rating, "send_draft", &[]);
    filed(&mut world, &rating);
    let county = enter(&world, "xianwei");
    county.get(&format!("{rating}/exports")).form_with_button("导出新的一版").send().sees("第 1 版");
    county.get(&format!("{rating}/exports")).form_with_button("导出新的一版").send().sees("第 2 版");

    // Whoever uses it checks it with a program of their own; a changed letter shows.
    let city = enter(&world, "shiwei");
    let page = city.get(&format!("{rating}/exports"));
    page.sees("第 2 版").sees("占 20 分");
    let file = city.download(&format!("{rating}/exports/2"));
    let text = String::from_utf8(file.bytes).expect("UTF-8");
    let path = world.dir().join("result.json");
    std::fs::write(&path, &text).expect("written");
    let told = world.run(&["verify", &path.display().to_string()]);
    assert!(told.status.success() && String::from_utf8_lossy(&told.stdout).contains("第 2 版"), "{told:?}");
    std::fs::write(&path, text.replacen("mean_score", "mean_scorE", 1)).expect("written");
    let told = world.run(&["verify", &path.display().to_string()]);
    assert!(!told.status.success() && String::from_utf8_lossy(&told.stdout).contains("改动过"), "{told:?}");
    assert!(text.contains("fingerprint") && text.contains("/organisations/"), "it says where its evidence stands");
}

#[test]
fn leadership_assessment_link__refuses_a_result_that_is_under_objection_or_not_filed() {
    let mut world = World::copy();
    let rating = drafted_year(&mut world);
    let county = enter(&world, "xianwei");
    step(&county, &rating, "send_draft", &[]);
    publicise(&county, &rating);
    step(&enter(&world, "shuji"), &rating, "object", &[("objections.text", "9月主题党日有记录，请核对")]);
    let page = county.get(&format!("{rating}/exports"));
    page.sees("有意见的结果不能导出");
    county.post(&format!("{rating}/exports"), &[]).sees("有意见的结果不能导出");
    assert!(!county.get(&format!("{rating}/exports")).has("a[href$='/exports/1']"), "nothing went out");
}

#[test]
fn annual_cycle() {
    let mut world = World::copy();
    let county = enter(&world, "xianwei");
    at_mechanism(&county, "annual_cycle", "下一年度的草稿备好");
    // At the beginning: what is filed, and that weights stand. The middle and the end of the year judge the same items.
    let page = county.get("/plan?year=2026");
    page.sees("年初明确任务").sees("分值 2026-03-31 起已锁定").sees("年中强化落实").sees("年末严格考核").sees("下一年度草稿");
    let draft = county.download("/plan/2026/next");
    let text = String::from_utf8(draft.bytes).expect("UTF-8");
    assert!(text.contains("[plan_line.five_star_2027]") && text.contains("2028-01-11") && text.contains("star_rating_year"), "{text}");

    // It closes with the published result.
    let rating = drafted_year(&mut world);
    step(&enter(&world, "xianwei"), &rating, "send_draft", &[]);
    filed(&mut world, &rating);
    let secretary = enter(&world, "shuji");
    secretary.get(&rating).sees("评为");
    enter(&world, "xianwei").get("/plan?year=2026").sees("2026年度党支部星级评定：已公布");
}

#[test]
fn annual_cycle__refuses_weights_that_were_changed_after_the_lock_without_approval() {
    let mut world = World::copy();
    // Somebody moves two points from one item to another in the pack, a year's weights being locked.
    let folder = world.own_policies();
    let file = folder.join("city/five_star.toml");
    let text = std::fs::read_to_string(&file).expect("the scheme");
    let changed = text.replace("indicator = \"general_meeting\", weight = 12", "indicator = \"general_meeting\", weight = 10");
    let changed = changed.replace("indicator = \"theme_day\", weight = 10", "indicator = \"theme_day\", weight = 12");
    assert_ne!(text, changed);
    std::fs::write(&file, &changed).expect("written");
    world.with_policies(&folder);
    world.days_later(75);
    let county = enter(&world, "xianwei");
    county.get("/plan?year=2026").sees("锁定后改动").sees("没有写明批准，不能开评");
    file_of(&county);
    open(&county, "2026", "开始评定").sees("没有写明批准");
    assert!(!plan_line(&county, "2026", "2026年度党支部星级评定").contains("已开评"), "nothing was opened");

    // With the approval named in the scheme it is opened, and the result prints the change.
    let change = |item: &str, from: u8, to: u8| {
        format!(
            "\n[[scheme.five_star.weight_change]]\nitem = \"{item}\"\nfrom = {from}\nto = {to}\napproved_by = \"市委常委会\"\ndocument_number = \"示例〔2026〕9号\"\non = \"2026-09-01\"\n"
        )
    };
    std::fs::write(&file, changed + &change("general_meeting", 12, 10) + &change("theme_day", 10, 12)).expect("written");
    world.with_policies(&folder);
    let county = enter(&world, "xianwei");
    open(&county, "2026", "开始评定").sees("锁定后由 12 改为 10").sees("示例〔2026〕9号");
}

fn file_of(county: &Visitor) {
    file(county, "2026", "five_star_2026").sees("已列入年度计划");
}

#[test]
fn effect_indicators() {
    let world = World::copy();
    let county = enter(&world, "xianwei");
    at_mechanism(&county, "effect_indicators", "过程和成效分开列出");
    // Over all, process and effect apart; of the branch, what each effect item was and is, and what it earned.
    let result = published(&county);
    let charts = county.get(&format!("{}/charts", result.path));
    charts.sees("过程项目得分率").sees("成效项目得分率").sees("五个基本");
    assert!(charts.texts_of(".sums-two .fig-v").iter().all(|share| share.contains('%')), "{:?}", charts.texts_of(".sums-two .fig-v"));
    let secretary = enter(&world, "shuji");
    let row = secretary.get(&result.path).attribute("table.list tbody a", "href").expect("the branch sees its own row");
    secretary.get(&row).sees("成效项目").sees("上一期").sees("过程").sees("群众满意度");
    // The share that a top grade asks for stands in the scheme.
    county.get("/policies/scheme.five_star").sees("成效项目得分率不低于50%");
}

#[test]
fn effect_indicators__refuses_five_stars_where_the_effects_are_waived() {
    let mut world = World::copy();
    world.days_later(75);
    let county = enter(&world, "xianwei");
    file_of(&county);
    let rating = open(&county, "2026", "开始评定").path;
    for item in ["on_site", "satisfaction", "collective_income"] {
        assert_eq!(county.post(&format!("{rating}/waive"), &[("item", item), ("reason", "今年不评")]).status, 200, "{item}");
    }
    county.get(&rating).form(&format!("form[action='{rating}/calculate']")).send().sees("已按今天的记录重新计算");
    let all = table(&county, &format!("{rating}?cohort=all&export=csv"));
    let star = all[0].iter().position(|heading| heading == "星级").expect("a column of stars");
    let without: Vec<_> = all[1..].iter().filter(|row| row.iter().any(|cell| cell.contains("没有一项成效项目计分"))).collect();
    assert!(!without.is_empty() && without.iter().all(|row| row[star] != "五星"), "{without:?}");
}

#[test]
fn effect_indicators__refuses_five_stars_for_paper_work_alone() {
    let mut world = World::copy();
    // The year's rating, in which every item of effect that people judge came to nothing.
    world.days_later(75);
    let county = enter(&world, "xianwei");
    file(&county, "2026", "five_star_2026").sees("已列入年度计划");
    let rating = open(&county, "2026", "开始评定").path;
    for page in 1..=20 {
        let sheet = county.get(&format!("{rating}/judged?page={page}"));
        if !sheet.has("form[data-draft^=judged]") {
            break;
        }
        let mut form = sheet.form("form[data-draft^=judged]");
        if form.fields_from("points.").iter().all(|name| form.value(name).is_some_and(|value| !value.is_empty())) {
            break;
        }
        for name in form.fields_from("points.") {
            form = form.with(&name, if name.contains("satisfaction") { "0" } else { "4" });
        }
        assert_eq!(form.with("evidence_all", "现场查看和党员群众测评").send().status, 200);
    }
    county.get(&rating).form(&format!("form[action='{rating}/calculate']")).send().sees("已按今天的记录重新计算");
    let all = table(&county, &format!("{rating}?cohort=all&export=csv"));
    let column = |name: &str| all[0].iter().position(|heading| heading == name).unwrap_or_else(|| panic!("no column {name}: {:?}", all[0]));
    let (field, star) = (column("同类分组"), column("星级"));
    // Communities and organs have satisfaction as their only effect item that is always due: none of them has five stars.
    for name in ["城市社区", "机关"] {
        let branches: Vec<_> = all[1..].iter().filter(|row| row[field].starts_with(name)).collect();
        assert!(!branches.is_empty() && branches.iter().all(|row| row[star] != "五星"), "{branches:?}");
    }
}
