//! Next year's scheme written in the browser: checked at its place, reviewed by another person, in force as a layer of the pack.

use axum::http::StatusCode;
use jiff::civil::{Date, date};
use policy::SourceFile;
use server::app::{App, Settings};
use server::evaluation;
use server::policies::Policies;
use server::policies::additions::{self, Addition};

use crate::evaluations::{OPENS, actor, as_demo, file, give, half_a_year, refusal};
use crate::visitor::{Seen, Visitor};
use crate::world::{CITY, COUNTY, PASSWORD, World, morning, on_both};

on_both! {
    a_scheme_is_written_reviewed_and_in_force,
    a_bad_draft_is_refused_at_its_place,
    rows_are_added_moved_and_taken_away,
    what_the_form_does_not_show_is_kept,
    another_office_sees_nothing_and_puts_nothing_in_force,
    a_returned_draft_is_put_right,
    the_exported_file_passes_the_check,
    a_draft_is_tried_beside_the_scheme_in_force,
    the_folder_wins_over_the_browser,
    years_that_were_opened_are_left_alone,
    what_is_in_force_is_taken_out_again,
    a_locked_year_stays_locked_in_every_version,
    what_is_adopted_brings_its_lines_of_the_plan,
}

const NAME: &str = "五星支部评定（2027 年）";

/// A draft for 2027, copied from the five stars; its number.
async fn begin(officer: &mut Visitor, more: &[(&str, &str)]) -> i64 {
    let mut fields = vec![("base", "five_star"), ("name", NAME), ("year", "2027")];
    fields.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    fields.extend(more);
    let begun = officer.post("/schemes/new", &fields).await.is(StatusCode::SEE_OTHER);
    begun.location.split('/').nth(2).unwrap().parse().unwrap_or_else(|_| panic!("{}", begun.location))
}

fn value<'a>(body: &'a str, name: &str) -> &'a str {
    body.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap_or_else(|| panic!("no {name}")).split('"').next().unwrap()
}

/// Sends one sheet of the form, with a button.
async fn send(visitor: &mut Visitor, id: i64, tab: &str, button: &str, fields: &[(&str, &str)]) -> Seen {
    let page = visitor.get(&format!("/schemes/{id}/edit?tab={tab}")).await.is(StatusCode::OK);
    let (saw, shape) = (value(&page.body, "saw").to_owned(), value(&page.body, "shape").to_owned());
    let mut all = vec![("tab", tab), ("saw", saw.as_str()), ("shape", shape.as_str()), ("do", button)];
    // Ticks that are not sent are taken away: those that the page shows as set are sent as a browser would.
    if tab == "basic" {
        all.extend([("kinds", "branch"), ("kinds", "joint_branch")]);
        if !fields.iter().any(|(name, _)| *name == "example") {
            all.push(("example", "1"));
        }
    }
    if tab == "stars" {
        all.extend([("below_includes", "1"), ("cohort.pool_to", "city")]);
    }
    all.extend(fields);
    all.retain(|(name, value)| *name != "example" || !value.is_empty());
    visitor.post(&format!("/schemes/{id}/edit"), &all).await
}

/// What is said at a pause of the typing.
async fn pause(visitor: &mut Visitor, id: i64, tab: &str, fields: &[(&str, &str)]) -> Seen {
    visitor.headers.push(("hx-request", "true".to_owned()));
    visitor.headers.retain(|(name, _)| *name != "hx-request");
    let page = visitor.get(&format!("/schemes/{id}/edit?tab={tab}")).await.is(StatusCode::OK);
    let (saw, shape) = (value(&page.body, "saw").to_owned(), value(&page.body, "shape").to_owned());
    let mut all = vec![("tab", tab), ("saw", saw.as_str()), ("shape", shape.as_str())];
    all.extend(fields);
    visitor.headers.push(("hx-request", "true".to_owned()));
    let seen = visitor.post(&format!("/schemes/{id}/edit"), &all).await;
    visitor.headers.clear();
    seen
}

/// The second person of the city's office.
async fn reviewer(world: &World) -> Visitor {
    give(world, "shenhe", "李文昌", "city_organisation_officer", CITY, date(2026, 1, 5)).await;
    world.visitor("shenhe").await
}

async fn a_scheme_is_written_reviewed_and_in_force(world: &mut World) {
    let mut officer = world.visitor("shiwei").await;
    officer.get("/schemes").await.is(StatusCode::OK).says("还没有草案");
    officer.get("/schemes/new").await.is(StatusCode::OK).says("五星支部评定").says("不能自己采用");
    let id = begin(&mut officer, &[]).await;
    let address = format!("/schemes/{id}");
    officer.get(&format!("{address}/edit?tab=common")).await.is(StatusCode::OK).says("按月开展主题党日").says("党支部工作条例").says("没有要改的");
    // Two points from the lecture to the theme day.
    let seen = pause(&mut officer, id, "common", &[("section.2.items.3.weight", "12")]).await.is(StatusCode::OK);
    assert!(seen.body.contains("各领域都合计 102 分，比 100 分多 2 分，请减下来"), "{}", seen.body);
    assert!(seen.body.contains("id=\"e-sum\" hx-swap-oob=\"true\">连共同项目"), "it is said on the sheet of common items: {}", seen.body);
    let seen = pause(&mut officer, id, "common", &[("section.2.items.4.weight", "６")]).await.is(StatusCode::OK);
    assert!(seen.body.contains("没有要改的"), "{}", seen.body);
    // One field alone: said with its parts.
    let seen = pause(&mut officer, id, "field-rural", &[("standard.0.section.0.items.0.weight", "9")]).await.is(StatusCode::OK);
    assert!(seen.body.contains("农村合计 101 分（共同项目 70，本领域 31），比 100 分多 1 分，请减下来"), "{}", seen.body);
    pause(&mut officer, id, "field-rural", &[("standard.0.section.0.items.0.weight", "8")]).await.is(StatusCode::OK);
    officer.get(&address).await.is(StatusCode::OK).says("检查通过").says("修改 2 项").says("起草中").hides("支部委员会健全");
    officer.get(&format!("{address}?all=1")).await.is(StatusCode::OK).says("支部委员会健全").says("只看变动的");
    officer.post(&format!("{address}/submit"), &[("note", "请审")]).await.is(StatusCode::SEE_OTHER);
    officer.get(&address).await.says("待审核").says("不能自己审核");
    // Nobody puts in force what he wrote.
    officer.post(&format!("{address}/accept"), &[]).await.is(StatusCode::SEE_OTHER);
    officer.get(&address).await.says("起草、修改过这份草案的人不能自己审核");
    assert_eq!(world.app.pack().scheme_in("five_star", 2027).unwrap().0, "five_star");

    let mut other = reviewer(world).await;
    other.get("/").await.is(StatusCode::OK).says(NAME);
    other.get("/schemes?state=submitted").await.is(StatusCode::OK).says(NAME).says("1 份等审核");
    other.get(&address).await.is(StatusCode::OK).says("采用").says("退回修改");
    other.post(&format!("{address}/accept"), &[("note", "同意")]).await.is(StatusCode::SEE_OTHER);
    let seen = other.get(&address).await.is(StatusCode::OK).says("已采用");
    seen.says("从 2027 年起按它评定");
    let versions = |app: &App| {
        let pack = app.pack();
        [2026, 2027, 2030].map(|year| pack.scheme_in("five_star", year).map(|(key, _)| key.clone()).unwrap())
    };
    let expected = ["five_star", "five_star_2027", "five_star_2027"].map(str::to_owned);
    assert_eq!(versions(&world.app), expected);
    assert_eq!(world.app.pack().schemes["five_star_2027"].name, NAME);
    // Kept by its SM3 like every layer, and named by what is opened from now on.
    let kept = world.count("select count(*) from pack_layer where layer = 'edited'").await;
    assert_eq!(kept, 1);
    let version = world.app.policies().version();
    assert!(version.contains("edited@"), "{version}");
    assert!(Policies::kept(world.app.store(), &version).await.unwrap().schemes.contains_key("five_star_2027"));
    other.get("/policies/scheme.five_star_2027").await.is(StatusCode::OK).says("用于2027年起");
    other.get("/policies/check").await.is(StatusCode::OK).says("0 处错误");
    // Another process follows, and the database opened again has it, too.
    let second = App::new(world.app.store().clone(), server::rooms::embedded_policies().unwrap(), Settings::default(), &server::rooms::ROOMS);
    assert_eq!(versions(&second.await.unwrap()), expected);
    world.go_to(date(2027, 2, 1)).await;
    assert_eq!(versions(&world.app), expected);
    // What is in force is not changed any more; a new draft begins from it.
    let mut officer = world.visitor("shiwei").await;
    assert_eq!(officer.get(&format!("{address}/edit")).await.is(StatusCode::SEE_OTHER).location, address);
    officer.get("/schemes?q=2027&export=csv").await.is(StatusCode::OK).says_in_body("已采用");
}

trait InBody {
    fn says_in_body(self, words: &str) -> Self;
}

impl InBody for Seen {
    #[track_caller]
    fn says_in_body(self, words: &str) -> Self {
        assert!(self.body.contains(words), "“{words}” is not in: {}", self.body);
        self
    }
}

async fn a_bad_draft_is_refused_at_its_place(world: &mut World) {
    let mut officer = world.visitor("shiwei").await;
    let id = begin(&mut officer, &[]).await;
    let address = format!("/schemes/{id}");
    // What was typed stays as it was typed, and the place says what to do.
    let seen = pause(&mut officer, id, "common", &[("section.0.items.0.weight", "四分")]).await.is(StatusCode::OK);
    seen.says_in_body("id=\"e-section-0-items-0\" hx-swap-oob=\"true\">分值“四分”不是数字");
    officer.get(&format!("{address}/edit?tab=common")).await.is(StatusCode::OK).says_in_body("value=\"四分\"");
    officer.post(&format!("{address}/submit"), &[]).await.is(StatusCode::SEE_OTHER);
    officer.get(&address).await.says("不能送审").says("书记").hides("等另一位");
    send(&mut officer, id, "common", "keep", &[("section.0.items.0.weight", "4")]).await.is(StatusCode::SEE_OTHER);
    // What must not be assessed is refused in the words of the clause.
    let seen = pause(&mut officer, id, "common", &[("section.0.name", "打卡签到")]).await.is(StatusCode::OK);
    seen.says_in_body("id=\"e-section-0\" hx-swap-oob=\"true\">“打卡”不得作为考核、排名的依据");
    pause(&mut officer, id, "common", &[("section.0.name", "基本组织")]).await.is(StatusCode::OK).says_in_body("没有要改的");
    for (tab, field, typed, said) in [
        ("stars", "star.1.at_least", "85", "分数线应低于上一级的 85 分"),
        ("stars", "star.1.quota", "95", "各星级名额合计 105%，超过 100%，请调低"),
        ("stars", "star_below", "2", "应低于最低一级的星级"),
        ("stars", "evidenced_weight_min", "八成", "请填 0 到 100 之间的百分数"),
        ("stars", "bonus_cap", "5", "没有加分项目，请清空这一格"),
        ("basic", "from_year", "2025", "起用年份请填 2026 到 2031 年"),
        ("basic", "valid_until", "2027-02-30", "没有这一天"),
        ("basic", "example", "", "没有批准机关的方案不能对党支部开评"),
        ("field-rural", "standard.0.section.0.items.1.bands.0.points", "9", "第 1 档的分数不能多于这一项的 6 分"),
        ("field-rural", "standard.0.section.0.items.1.bands.1.at_least", "2000", "分档请从高到低排"),
    ] {
        let id = begin(&mut officer, &[]).await;
        send(&mut officer, id, tab, "keep", &[(field, typed)]).await.is(StatusCode::SEE_OTHER);
        let page = officer.get(&format!("/schemes/{id}")).await.is(StatusCode::OK).says(said);
        assert!(!page.body.contains(&format!("/schemes/{id}/submit")), "{field}: it is not offered to be sent");
    }
    // A veto without a document of the province, in a scheme that is no example.
    let id = begin(&mut officer, &[]).await;
    let authority = [("example", ""), ("approved_by", "中共云岭市委"), ("document_number", "云组发〔2027〕3号"), ("valid_until", "2029-01-01")];
    send(&mut officer, id, "basic", "keep", &authority).await.is(StatusCode::SEE_OTHER);
    officer.get(&format!("/schemes/{id}")).await.is(StatusCode::OK).says("还有 2 处要改").says("一票否决要以省级以上的文件为依据");
    for _ in 0..2 {
        send(&mut officer, id, "vetoes", "drop:veto.0", &[]).await.is(StatusCode::SEE_OTHER);
    }
    officer.get(&format!("/schemes/{id}")).await.is(StatusCode::OK).says("检查通过");
}

async fn rows_are_added_moved_and_taken_away(world: &mut World) {
    let mut officer = world.visitor("shiwei").await;
    let id = begin(&mut officer, &[("purpose", "other"), ("name", "六好党支部"), ("without_items", "1")]).await;
    officer.get(&format!("/schemes/{id}")).await.is(StatusCode::OK).says("比 100 分少 100 分，请补上");
    for (indicator, row) in [("theme_day", 0), ("on_site", 1), ("training_hours", 2)] {
        let added = send(&mut officer, id, "common", "add:section.0.items", &[("pick.section.0.items", indicator)]).await.is(StatusCode::SEE_OTHER);
        assert!(added.location.ends_with(&format!("#i-section-0-items-{row}")), "{}", added.location);
    }
    send(&mut officer, id, "common", "add:section", &[("pick.section", "班子好")]).await.is(StatusCode::SEE_OTHER);
    // Down over the edge of its section, into the next.
    send(&mut officer, id, "common", "down:section.0.items.2", &[]).await.is(StatusCode::SEE_OTHER);
    let weights = [("section.0.items.0.weight", "50"), ("section.0.items.1.weight", "30"), ("section.1.items.0.weight", "20")];
    send(&mut officer, id, "common", "keep", &weights).await.is(StatusCode::SEE_OTHER);
    // Another way of scoring asks for other figures, which come with it.
    send(&mut officer, id, "common", "keep", &[("section.1.items.0.score", "bands")]).await.is(StatusCode::SEE_OTHER);
    let page = officer.get(&format!("/schemes/{id}/edit?tab=common")).await.is(StatusCode::OK).says("加一档").says("由人评定");
    assert!(page.body.contains("name=\"section.1.items.0.bands.0.points\" value=\"20\""));
    send(&mut officer, id, "basic", "add:standard", &[("pick.standard", "school")]).await.is(StatusCode::SEE_OTHER);
    officer.get(&format!("/schemes/{id}")).await.says("请写明这个领域的标准由哪个部门负责");
    send(&mut officer, id, "field-school", "drop:standard.0", &[]).await.is(StatusCode::SEE_OTHER);
    officer.get(&format!("/schemes/{id}")).await.is(StatusCode::OK).says("检查通过").says("班子好");
    // A form that was made before the rows moved is not laid over them.
    let page = officer.get(&format!("/schemes/{id}/edit?tab=common")).await;
    let (saw, shape) = (value(&page.body, "saw").to_owned(), value(&page.body, "shape").to_owned());
    send(&mut officer, id, "common", "up:section.0.items.1", &[]).await.is(StatusCode::SEE_OTHER);
    let stale = [("tab", "common"), ("saw", saw.as_str()), ("shape", shape.as_str()), ("section.0.items.0.weight", "1"), ("do", "keep")];
    officer.post(&format!("/schemes/{id}/edit"), &stale).await.is(StatusCode::SEE_OTHER);
    let page = officer.get(&format!("/schemes/{id}")).await.says("在别处改过了");
    assert!(page.text().contains("检查通过"), "nothing was written over");
}

async fn what_the_form_does_not_show_is_kept(world: &mut World) {
    let mut officer = world.visitor("shiwei").await;
    let id = begin(&mut officer, &[]).await;
    let before = world.app.policies().reading.entries["scheme.five_star"].value.clone();
    for tab in ["basic", "common", "field-rural", "stars", "vetoes", "plan"] {
        send(&mut officer, id, tab, "keep", &[]).await.is(StatusCode::SEE_OTHER);
    }
    let rows = store::query(world.app.store().reader(), "select body from scheme_draft where id = $1", [id.into()]).await.unwrap();
    let mut after: serde_json::Value = serde_json::from_str(&rows[0].try_get_by_index::<String>(0).unwrap()).unwrap();
    let own = after.as_object_mut().unwrap();
    for key in ["name", "from_year", "version_of", "ends_earlier", "plan_line"] {
        assert!(own.remove(key).is_some(), "{key}");
    }
    let mut before = before;
    before.as_object_mut().unwrap().remove("name");
    // Another year's weights are locked on another day.
    before.as_object_mut().unwrap().remove("weights_locked_on");
    assert_eq!(after, before);
}

async fn another_office_sees_nothing_and_puts_nothing_in_force(world: &mut World) {
    let mut officer = world.visitor("shiwei").await;
    let id = begin(&mut officer, &[]).await;
    let address = format!("/schemes/{id}");
    for login in ["xianwei", "shuji", "guanli"] {
        let mut stranger = world.visitor(login).await;
        for path in ["/schemes", "/schemes/new", &address, &format!("{address}/edit"), &format!("{address}/toml")] {
            stranger.get(path).await.is(StatusCode::NOT_FOUND);
        }
        stranger.post(&format!("{address}/accept"), &[]).await.is(StatusCode::NOT_FOUND);
    }
    // The same post in a county: it sees its own, and what it writes concerns all, so the city decides.
    give(world, "xian_fangan", "赵明", "city_organisation_officer", COUNTY, date(2026, 1, 5)).await;
    give(world, "xian_shenhe", "钱芳", "city_organisation_officer", COUNTY, date(2026, 1, 5)).await;
    let mut county = world.visitor("xian_fangan").await;
    county.get("/schemes").await.is(StatusCode::OK).hides(NAME);
    county.get(&address).await.is(StatusCode::NOT_FOUND);
    county.post(&format!("{address}/submit"), &[]).await.is(StatusCode::NOT_FOUND);
    let own = begin(&mut county, &[("name", "青屏县的方案"), ("purpose", "other")]).await;
    county.post(&format!("/schemes/{own}/submit"), &[]).await.is(StatusCode::SEE_OTHER);
    let mut fellow = Visitor::of(&world.app, "xian_shenhe", PASSWORD).await;
    fellow.post(&format!("/schemes/{own}/accept"), &[]).await.is(StatusCode::SEE_OTHER);
    fellow.get(&format!("/schemes/{own}")).await.says("由中共云岭市委员会有审核权限的同志办理").says("待审核");
    assert_eq!(world.count("select count(*) from pack_addition").await, 0);
    officer.post(&format!("/schemes/{own}/accept"), &[]).await.is(StatusCode::SEE_OTHER);
    officer.get(&format!("/schemes/{own}")).await.says("已采用");
    assert!(world.app.pack().schemes.values().any(|scheme| scheme.name == "青屏县的方案"));
}

async fn a_returned_draft_is_put_right(world: &mut World) {
    let mut officer = world.visitor("shiwei").await;
    let id = begin(&mut officer, &[]).await;
    let address = format!("/schemes/{id}");
    let mut other = reviewer(world).await;
    other.post(&format!("{address}/return"), &[("note", "早了")]).await.is(StatusCode::SEE_OTHER);
    other.get(&address).await.says("现在没有要审核的").says("起草中");
    officer.post(&format!("{address}/submit"), &[]).await.is(StatusCode::SEE_OTHER);
    officer.post(&format!("{address}/take-back"), &[]).await.is(StatusCode::SEE_OTHER);
    officer.get(&address).await.says("已收回").says("起草中");
    officer.post(&format!("{address}/submit"), &[]).await.is(StatusCode::SEE_OTHER);
    other.post(&format!("{address}/return"), &[("note", " ")]).await.is(StatusCode::SEE_OTHER);
    other.get(&address).await.says("请写明退回的理由");
    other.post(&format!("{address}/return"), &[("note", "党课分值太低")]).await.is(StatusCode::SEE_OTHER);
    officer.get(&address).await.says("退回修改").says("党课分值太低");
    officer.get("/messages").await.says("党课分值太低");
    // Whoever had a hand in it since does not review it either.
    send(&mut other, id, "basic", "keep", &[("name", "五星支部评定（改）")]).await.is(StatusCode::SEE_OTHER);
    officer.post(&format!("{address}/submit"), &[]).await.is(StatusCode::SEE_OTHER);
    other.post(&format!("{address}/accept"), &[]).await.is(StatusCode::SEE_OTHER);
    other.get(&address).await.says("不能自己审核").says("待审核");
    officer.post(&format!("{address}/take-back"), &[]).await.is(StatusCode::SEE_OTHER);
    officer.post(&format!("{address}/drop"), &[]).await.is(StatusCode::SEE_OTHER);
    officer.get(&address).await.says("已作废");
}

/// The packs of the binary with another layer over them.
fn with_layer(text: &str) -> Vec<SourceFile> {
    let file = |path: &str, text: &str| SourceFile { layer: "next".to_owned(), path: format!("next/{path}"), text: text.to_owned() };
    let mut files = server::rooms::embedded_files();
    files.push(file("layer.toml", "[layer]\ntitle = '明年'\norder = 90\nversion = '1'\n"));
    files.push(file("scheme.toml", text));
    files
}

async fn the_exported_file_passes_the_check(world: &mut World) {
    let mut officer = world.visitor("shiwei").await;
    let id = begin(&mut officer, &[]).await;
    send(&mut officer, id, "common", "keep", &[("section.2.items.3.weight", "12.5"), ("section.2.items.4.weight", "5.5")])
        .await
        .is(StatusCode::SEE_OTHER);
    let text = String::from_utf8(officer.bytes(&format!("/schemes/{id}/toml")).await).unwrap();
    let reading = policy::read(&with_layer(&text));
    let errors: Vec<String> = server::policies::problems_of(&reading).iter().filter(|problem| problem.is_error()).map(ToString::to_string).collect();
    assert_eq!(errors, Vec::<String>::new(), "{text}");
    let (key, scheme) = reading.pack.scheme_in("five_star", 2028).unwrap();
    assert_eq!((key.as_str(), scheme.name.as_str()), ("five_star_2027", NAME));
    assert_eq!(reading.pack.schemes["five_star"].until_year, Some(2027));
    let book = officer.bytes(&format!("/schemes/{id}/sheet")).await;
    let sheets = office::sheet::read_workbook(&book, &office::sheet::Limits::default()).unwrap();
    assert_eq!(sheets.iter().map(|sheet| sheet.name.as_str()).collect::<Vec<_>>(), ["项目和分值", "星级和规则"]);
    assert!(sheets[0].rows.len() > 40, "every item of every field");
}

async fn a_draft_is_tried_beside_the_scheme_in_force(world: &mut World) {
    half_a_year(world).await;
    as_demo(world, date(2026, 7, 11)).await;
    let mut officer = world.visitor("shiwei").await;
    let id = begin(&mut officer, &[]).await;
    let path = format!("/evaluations/simulation?of={id}&period=2026-H1");
    // A copy changes nothing: nobody is named.
    officer.get(&path).await.is(StatusCode::OK).says("草案和现行方案一样").says("还没有改动").hides("松林村党支部");
    // An item comes, another goes, a third weighs more.
    send(&mut officer, id, "common", "drop:section.2.items.4", &[]).await.is(StatusCode::SEE_OTHER);
    send(&mut officer, id, "common", "keep", &[("section.2.items.3.weight", "18")]).await.is(StatusCode::SEE_OTHER);
    officer.get(&path).await.is(StatusCode::OK).says("草案·仅供测算").says("删去 1 项，修改 1 项").says("从现行到草案");
    officer.get(&format!("{path}&view=items")).await.is(StatusCode::OK).says("按月开展主题党日").hides("按季上党课");
    let listed = officer.get(&format!("{path}&view=moves&show=all")).await.is(StatusCode::OK).says("松林村党支部");
    assert!(listed.body.contains(&format!("of={id}")), "links keep the draft");
    // Its form is the editor's.
    assert_eq!(officer.get(&format!("{path}&view=form")).await.is(StatusCode::SEE_OTHER).location, format!("/schemes/{id}/edit"));
    let mut county = world.visitor("xianwei").await;
    county.get(&path).await.is(StatusCode::NOT_FOUND);
}

async fn the_folder_wins_over_the_browser(world: &mut World) {
    let mut officer = world.visitor("shiwei").await;
    let id = begin(&mut officer, &[]).await;
    let address = format!("/schemes/{id}");
    let text = String::from_utf8(officer.bytes(&format!("{address}/toml")).await).unwrap();
    officer.post(&format!("{address}/submit"), &[]).await.is(StatusCode::SEE_OTHER);
    let mut other = reviewer(world).await;
    other.post(&format!("{address}/accept"), &[]).await.is(StatusCode::SEE_OTHER);
    let open = async |text: &str| {
        let policies = Policies::from_files(with_layer(text)).unwrap();
        App::new(world.app.store().clone(), policies, Settings::default(), &server::rooms::ROOMS).await
    };
    // The folder has the same version: it counts, and the page says so.
    let app = open(&text.replace(NAME, "目录里的方案")).await.unwrap();
    assert_eq!(app.pack().scheme_in("five_star", 2027).unwrap().1.name, "目录里的方案");
    assert_eq!(app.policies().laid_aside, ["plan_line.five_star_2027", "plan_line.five_star_2027_first_half", "scheme.five_star_2027"]);
    let mut officer = Visitor::of(&app, "shiwei", PASSWORD).await;
    officer.get("/schemes").await.is(StatusCode::OK).says("以制度包目录里的同名方案为准");
    officer.get(&address).await.is(StatusCode::OK).says("这一份不起作用");
    // Another version for the same year: one of them would be dropped in silence, so the server does not start.
    let refused = open(&text.replace("five_star_2027", "other_2027")).await.err().unwrap().to_string();
    assert!(refused.contains(NAME) && refused.contains("不合") && refused.contains("同一年只能用一个版本"), "{refused}");
}

async fn years_that_were_opened_are_left_alone(world: &mut World) {
    crate::evaluations::opened(world).await;
    let mut officer = world.visitor("shiwei").await;
    let fields = [("base", "five_star"), ("name", NAME), ("year", "2026")];
    officer.post("/schemes/new", &fields).await.is(StatusCode::UNPROCESSABLE_ENTITY).says("起用年份请填 2027 到 2031 年");
    let id = begin(&mut officer, &[]).await;
    send(&mut officer, id, "basic", "keep", &[("from_year", "2026")]).await.is(StatusCode::SEE_OTHER);
    officer.get(&format!("/schemes/{id}")).await.is(StatusCode::OK).says("起用年份请填 2027 到 2031 年");
}

async fn what_is_in_force_is_taken_out_again(world: &mut World) {
    world.go_to(date(2026, 1, 6)).await;
    let mut officer = world.visitor("shiwei").await;
    let id = begin(&mut officer, &[]).await;
    let (address, taken_out) = (format!("/schemes/{id}"), format!("/schemes/{id}/withdraw"));
    officer.post(&format!("{address}/submit"), &[("note", "请审")]).await.is(StatusCode::SEE_OTHER);
    let mut other = reviewer(world).await;
    other.post(&taken_out, &[("note", "还没有采用")]).await.is(StatusCode::SEE_OTHER);
    other.get(&address).await.says("这份方案待审核，不用停用");
    other.post(&format!("{address}/accept"), &[("note", "同意")]).await.is(StatusCode::SEE_OTHER);
    other.get(&address).await.is(StatusCode::OK).says("已采用");
    let in_force = |app: &App| app.pack().scheme_in("five_star", 2027).map(|(key, _)| key.clone()).unwrap();
    assert_eq!(in_force(&world.app), "five_star_2027");
    // While a rating goes by it, it stays. (The packs have no line of 2027 yet: the one of 2026 stands for it.)
    let evaluation = crate::evaluations::opened(world).await;
    let move_to = async |world: &World, period: &str| {
        let (tx, _) = world.tx(crate::evaluations::OPENS).await;
        let sql = format!("update evaluation set period = '{period}' where id = {evaluation}");
        store::execute(tx.connection(), sql, []).await.unwrap();
        world.commit(tx).await;
    };
    move_to(world, "2027-H1").await;
    let mut other = world.visitor("shenhe").await;
    other.get(&address).await.is(StatusCode::OK).says("正按它评定，还没有公布");
    other.post(&taken_out, &[("note", "市委研究暂缓")]).await.is(StatusCode::SEE_OTHER);
    other.get(&address).await.says("已采用");
    assert_eq!(in_force(&world.app), "five_star_2027");
    move_to(world, "2026-H1").await;
    crate::evaluations::publish(world, evaluation).await;
    let mut other = world.visitor("shenhe").await;
    other.get(&address).await.is(StatusCode::OK).says("停用的理由和依据");
    // Not without a reason, and only by those who put schemes in force.
    other.post(&taken_out, &[("note", "")]).await.is(StatusCode::SEE_OTHER);
    other.get(&address).await.says("请写明停用的理由和依据。");
    world.visitor("xianwei").await.post(&taken_out, &[("note", "县里不用")]).await.is(StatusCode::NOT_FOUND);
    other.post(&taken_out, &[("note", "市委研究暂缓")]).await.is(StatusCode::SEE_OTHER);
    other.get(&address).await.is(StatusCode::OK).says("已停用").says("市委研究暂缓").says("已经公布的结果仍是当时的版本");
    // Two processes stand on this database by now; the packs of this one follow a moment after the page.
    for _ in 0..200 {
        if in_force(&world.app) == "five_star" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(in_force(&world.app), "five_star");
    other.get("/policies/check").await.is(StatusCode::OK).says("0 处错误");
    other.post(&taken_out, &[("note", "再停一次")]).await.is(StatusCode::SEE_OTHER);
    other.get(&address).await.says("不用停用");
    // What was published says by which version, on the page and on paper.
    let mut county = world.visitor("xianwei").await;
    let result = format!("/evaluations/{evaluation}");
    county.get(&result).await.is(StatusCode::OK).says("（five_star，2026 年及以前）").says("edited@");
    county.get(&format!("{result}/scheme")).await.is(StatusCode::OK).says("（five_star，2026 年及以前）");
    let paper = office::document::read_text(&county.bytes(&format!("{result}/document")).await).unwrap();
    assert!(paper.contains("five_star，2026") && paper.contains("edited@"), "{paper}");
}

/// A point goes from heart-to-heart talks to the appraisal of members; no case of the packs rests on either alone.
const MOVED: [(&str, &str); 2] = [("section.1.items.1.weight", "7"), ("section.1.items.2.weight", "3")];

async fn a_locked_year_stays_locked_in_every_version(world: &mut World) {
    let day = date(2026, 6, 1);
    world.go_to(day).await;
    world.app.policies().keep(world.app.store(), morning(date(2026, 1, 10))).await.unwrap();
    let mut officer = world.visitor("shiwei").await;
    let id = begin(&mut officer, &[("year", "2026")]).await;
    let address = format!("/schemes/{id}");
    let page = officer.get(&format!("{address}/edit?tab=basic")).await.is(StatusCode::OK);
    assert_eq!(value(&page.body, "weights_locked_on"), "2026-03-31", "the year's own lock came with it");
    officer.get(&address).await.says("检查通过");
    send(&mut officer, id, "common", "keep", &MOVED).await.is(StatusCode::SEE_OTHER);
    officer.get(&address).await.says("2026 年的分值 2026-03-31 起已经锁定：“每年开展民主评议党员”锁定时 6 分，这里 7 分，请改回 6 分");
    officer.post(&format!("{address}/submit"), &[]).await.is(StatusCode::SEE_OTHER);
    officer.get(&address).await.says("不能送审").says("起草中");
    let text = String::from_utf8(officer.bytes(&format!("{address}/toml")).await).unwrap();
    send(&mut officer, id, "basic", "keep", &[("weights_locked_on", "")]).await.is(StatusCode::SEE_OTHER);
    officer.get(&address).await.says("新的一版也要写上，请填 2026-03-31").says("锁定时 6 分");
    send(&mut officer, id, "basic", "keep", &[("weights_locked_on", "2026-12-31")]).await.is(StatusCode::SEE_OTHER);
    officer.get(&address).await.says("新的一版也要写上，请填 2026-03-31").says("锁定时 6 分");
    // Next year's weights are free.
    let next = begin(&mut officer, &[]).await;
    send(&mut officer, next, "common", "keep", &MOVED).await.is(StatusCode::SEE_OTHER);
    officer.get(&format!("/schemes/{next}")).await.says("检查通过");

    // However such a version came into force, with another lock or none: it is not opened.
    let entry = file(world, day).await;
    for (n, lock) in ["", "weights_locked_on = \"2026-12-31\"\n"].into_iter().enumerate() {
        let (tx_day, body) = (date(2026, 6, 2 + i8::try_from(n).unwrap()), text.replace("weights_locked_on = \"2026-03-31\"\n", lock));
        assert_ne!(body, text);
        let (mut tx, _) = world.tx(tx_day).await;
        let addition = Addition { entry: "scheme.five_star_2026".to_owned(), title: NAME.to_owned(), body };
        additions::put_in_force(&world.app, &mut tx, vec![addition], &[]).await.unwrap();
        world.commit(tx).await;
        as_demo(world, OPENS).await;
        assert_eq!(world.app.pack().scheme_in("five_star", 2026).unwrap().0, "five_star_2026");
        let county = actor(&world.app, "xianwei", OPENS).await;
        let mut tx = world.app.begin(&county, morning(OPENS)).await.unwrap();
        let refused = refusal(evaluation::open(&world.app, &mut tx, &county, entry).await);
        assert!(refused.contains("2026-03-31 起锁定，“每年开展谈心谈话”锁定时是 4，现在是 3"), "{refused}");
        drop(tx);
        world.visitor("xianwei").await.get("/plan?year=2026").await.says("锁定时 6 分，现在 7 分，没有写明批准，不能开评");
    }
}

async fn what_is_adopted_brings_its_lines_of_the_plan(world: &mut World) {
    let mut officer = world.visitor("shiwei").await;
    let id = begin(&mut officer, &[]).await;
    let address = format!("/schemes/{id}");
    // Last year's lines, moved to its own.
    officer.get(&format!("{address}/edit?tab=plan")).await.is(StatusCode::OK).says("2027 年的年度计划").says("2027 全年");
    officer
        .get(&address)
        .await
        .says("检查通过")
        .says("2027年度党支部星级评定：评2027 年")
        .says("2028-01-11 起可以开评")
        .says("2027年上半年党支部评星预评");
    // What is wrong with one is said at its row.
    send(&mut officer, id, "plan", "keep", &[("plan_line.0.opens_on", "2026-07-11"), ("plan_line.0.name", "")]).await.is(StatusCode::SEE_OTHER);
    officer.get(&address).await.says("还没有到评的期间").says("请填这一项计划的名称");
    send(&mut officer, id, "plan", "keep", &[("plan_line.0.opens_on", ""), ("plan_line.0.period", "")]).await.is(StatusCode::SEE_OTHER);
    officer.get(&address).await.says("请填从哪一天起可以开评").says("同一个期间列了两次");
    let half = [("plan_line.0.opens_on", "2027-07-12"), ("plan_line.0.name", "2027 年年中预评"), ("plan_line.0.period", "first_half")];
    send(&mut officer, id, "plan", "keep", &half).await.is(StatusCode::SEE_OTHER);
    // Approved, and no example any more.
    let approved = [("example", ""), ("approved_by", "中共云岭市委"), ("document_number", "示例〔2027〕1号"), ("valid_until", "2030-01-01")];
    send(&mut officer, id, "basic", "keep", &approved).await.is(StatusCode::SEE_OTHER);
    for _ in 0..world.app.pack().schemes["five_star"].vetoes.len() {
        send(&mut officer, id, "vetoes", "drop:veto.0", &[]).await.is(StatusCode::SEE_OTHER);
    }
    officer.get(&address).await.says("检查通过").says("2027 年年中预评：评2027 年上半年").hides("党支部评星预评");
    officer.post(&format!("{address}/submit"), &[]).await.is(StatusCode::SEE_OTHER);
    // Nobody puts in force what he wrote: neither the scheme nor its lines.
    officer.post(&format!("{address}/accept"), &[]).await.is(StatusCode::SEE_OTHER);
    assert_eq!(world.count("select count(*) from pack_addition").await, 0);
    let mut other = reviewer(world).await;
    other.get(&address).await.says("2027 年年中预评");
    other.post(&format!("{address}/accept"), &[]).await.is(StatusCode::SEE_OTHER);
    other.get(&address).await.says("已采用");
    let pack = world.app.pack();
    let of = |key: &str| (pack.plan_lines[key].name.clone(), pack.plan_lines[key].of.clone(), pack.plan_lines[key].opens_on);
    assert_eq!(of("five_star_2027_first_half"), ("2027 年年中预评".to_owned(), "five_star".to_owned(), date(2027, 7, 12)));
    assert_eq!(of("five_star_2027").2, date(2028, 1, 11));
    assert_eq!(pack.plan_lines["five_star_2027"].procedure.as_deref(), Some("star_rating_year"));
    // It is filed and opened like every line: outside the demo, by the authority that the scheme names.
    let begins: Date = date(2027, 7, 12);
    world.go_to(begins).await;
    let county = actor(&world.app, "xianwei", begins).await;
    let mut tx = world.app.begin(&county, morning(begins)).await.unwrap();
    let line = evaluation::file_line(&world.app, &mut tx, &county, world.org(COUNTY), "five_star_2027_first_half", "计划", "县委常委会", None).await;
    world.commit(tx).await;
    let mut other = world.visitor("shenhe").await;
    other.get(&address).await.says("“2027 年年中预评”已经列入年度计划");
    other.post(&format!("{address}/withdraw"), &[("note", "暂缓")]).await.is(StatusCode::SEE_OTHER);
    other.get(&address).await.says("已采用");
    let mut tx = world.app.begin(&county, morning(begins)).await.unwrap();
    evaluation::open(&world.app, &mut tx, &county, line.unwrap()).await.unwrap();
    world.commit(tx).await;
    // Elsewhere nothing was filed: a scheme that is taken out takes its lines along.
    let rows = "select count(*) from pack_addition where until_at is null";
    assert_eq!(world.count(rows).await, 3);
}
