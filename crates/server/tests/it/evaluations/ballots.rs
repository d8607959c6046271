//! Ballots on both databases: counted by group, confirmed above, what the item gives; on devices nobody learns who voted how.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use jiff::SignedDuration;
use jiff::civil::Date;
use server::app::{App, Settings};
use server::ballot;
use store::query;

use super::{OPENS, actor, as_demo, fields, file, half_a_year, open, refusal};
use crate::visitor::Visitor;
use crate::world::{SONGLIN, TOWN, World, morning, on_both};

on_both! {
    a_count_confirmed_above_is_what_the_item_gives,
    too_few_are_not_counted_and_the_item_says_why,
    nothing_that_is_kept_depends_on_who_voted_how,
    no_backup_opens_a_paper_of_a_box,
    named_papers_are_entered_one_by_one_and_counted,
    a_secret_ballot_takes_no_names,
}

/// 青石镇 calls a sitting about 松林村 for the first half of the year; its address.
async fn held(world: &World, town: &mut Visitor, more: &[(&str, &str)]) -> String {
    let (host, subject) = (world.org(TOWN).to_string(), world.org(SONGLIN).to_string());
    let mut sent = vec![("host", host.as_str()), ("period", "2026-H1"), ("held_on", "2026-07-02"), ("subject", subject.as_str())];
    sent.extend_from_slice(more);
    town.post("/ballots/new?ballot=satisfaction", &sent).await.is(StatusCode::SEE_OTHER).location
}

async fn tally(world: &World, town: &mut Visitor, address: &str, group: &str, papers: (&str, &str), votes: &[(i64, &str)]) -> crate::visitor::Seen {
    let names: Vec<String> = votes.iter().map(|(vote, _)| format!("n.{}.{vote}", world.org(SONGLIN))).collect();
    let mut sent = vec![("issued", papers.0), ("collected", papers.1)];
    sent.extend(names.iter().map(String::as_str).zip(votes.iter().map(|(_, n)| *n)));
    town.post(&format!("{address}/groups/{group}"), &sent).await
}

async fn electors(town: &mut Visitor, address: &str) {
    let early = town.post(&format!("{address}/actions/begin"), &[("monitors", "杨小龙、李国良")]).await.is(StatusCode::UNPROCESSABLE_ENTITY);
    early.says("有的类别还没有定人数");
    for (group, n) in [("members", "10"), ("people", "20")] {
        town.post(&format!("{address}/groups/{group}"), &[("electors", n)]).await.is(StatusCode::SEE_OTHER);
    }
    town.post(&format!("{address}/actions/begin"), &[("monitors", "杨小龙、李国良")]).await.is(StatusCode::SEE_OTHER);
    town.post(&format!("{address}/groups/people"), &[("electors", "5")]).await.is(StatusCode::UNPROCESSABLE_ENTITY);
}

async fn a_count_confirmed_above_is_what_the_item_gives(world: &mut World) {
    half_a_year(world).await;
    as_demo(world, OPENS).await;
    let entry = file(world, OPENS).await;
    let id = open(world, entry).await;
    let (mut town, mut county) = (world.visitor("zhenwei").await, world.visitor("xianwei").await);
    let host = world.org(TOWN).to_string();
    let itself = [("host", host.as_str()), ("period", "2026-H1"), ("held_on", "2026-07-02"), ("subject", host.as_str())];
    town.post("/ballots/new?ballot=satisfaction", &itself).await.is(StatusCode::UNPROCESSABLE_ENTITY).says("不能由它组织测评");
    let address = held(world, &mut town, &[]).await;
    let subject = world.org(SONGLIN).to_string();
    let again = [("host", host.as_str()), ("period", "2026-H1"), ("held_on", "2026-07-03"), ("subject", subject.as_str())];
    town.post("/ballots/new?ballot=satisfaction", &again).await.is(StatusCode::UNPROCESSABLE_ENTITY).says("正在办");
    electors(&mut town, &address).await;
    tally(world, &mut town, &address, "members", ("11", "10"), &[(3, "8")]).await.is(StatusCode::UNPROCESSABLE_ENTITY).says("多于应参加的 10 人");
    tally(world, &mut town, &address, "members", ("10", "9"), &[(3, "8"), (2, "2")])
        .await
        .is(StatusCode::UNPROCESSABLE_ENTITY)
        .says("有效票合计 10 张");
    town.post(&format!("{address}/actions/hand_in_count"), &[]).await.is(StatusCode::UNPROCESSABLE_ENTITY).says("票数还没有按类录完");
    tally(world, &mut town, &address, "members", ("10", "10"), &[(3, "8"), (2, "2")]).await.is(StatusCode::SEE_OTHER);
    tally(world, &mut town, &address, "people", ("18", "16"), &[(3, "10"), (2, "3"), (1, "2")]).await.is(StatusCode::SEE_OTHER);
    town.post(&format!("{address}/actions/hand_in_count"), &[]).await.is(StatusCode::SEE_OTHER);
    // Whoever counted does not confirm, nor does anybody at the same office; those who are rated see nothing yet.
    town.post(&format!("{address}/actions/confirm_count"), &[("basis", "核对")]).await.is(StatusCode::UNPROCESSABLE_ENTITY).says("由上级党组织核定");
    for login in ["shuji", "jiedao", "shuji2"] {
        world.visitor(login).await.get(&address).await.is(StatusCode::NOT_FOUND);
    }
    county.get(&address).await.is(StatusCode::OK).says("88.00%（待核定）");
    county.post(&format!("{address}/actions/confirm_count"), &[("basis", "核对了计票单")]).await.is(StatusCode::SEE_OTHER);
    // 0.4 × 28 / 30 + 0.6 × 38 / 45 of the four points.
    world.visitor("shuji").await.get(&address).await.is(StatusCode::OK).says("88.00%").hides("现在谁能做什么");
    world.visitor("shuji2").await.get(&address).await.is(StatusCode::NOT_FOUND);
    world.visitor("shuji").await.get("/ballots").await.is(StatusCode::OK).says("松林村党支部");
    assert!(!world.visitor("jiedao").await.get("/ballots").await.body.contains("松林村党支部"));
    county.post(&format!("/evaluations/{id}/calculate"), &[]).await.is(StatusCode::SEE_OTHER);
    county.get(&format!("/evaluations/{id}/organisations/{subject}")).await.is(StatusCode::OK).says("3.52");
    assert_eq!(world.count("select count(*) from judged_value where indicator = 'satisfaction'").await, 0);
    tally(world, &mut town, &address, "members", ("10", "10"), &[(3, "10")]).await.is(StatusCode::FORBIDDEN);
}

async fn too_few_are_not_counted_and_the_item_says_why(world: &mut World) {
    half_a_year(world).await;
    as_demo(world, OPENS).await;
    let entry = file(world, OPENS).await;
    let id = open(world, entry).await;
    let (mut town, mut county) = (world.visitor("zhenwei").await, world.visitor("xianwei").await);
    let address = held(world, &mut town, &[]).await;
    electors(&mut town, &address).await;
    tally(world, &mut town, &address, "members", ("10", "9"), &[(3, "9")]).await.is(StatusCode::SEE_OTHER);
    tally(world, &mut town, &address, "people", ("10", "10"), &[(3, "10")]).await.is(StatusCode::SEE_OTHER);
    town.post(&format!("{address}/actions/hand_in_count"), &[]).await.is(StatusCode::SEE_OTHER);
    county.get(&address).await.is(StatusCode::OK).says("实际 19 人，不到规定的 20 人");
    county
        .post(&format!("{address}/actions/confirm_count"), &[("basis", "核对")])
        .await
        .is(StatusCode::UNPROCESSABLE_ENTITY)
        .says("票数不能计算结果");
    county.post(&format!("{address}/actions/declare_void"), &[("reason", "到会人数不够")]).await.is(StatusCode::SEE_OTHER);
    county.post(&format!("/evaluations/{id}/calculate"), &[]).await.is(StatusCode::SEE_OTHER);
    let org = world.org(SONGLIN);
    county.get(&format!("/evaluations/{id}/organisations/{org}")).await.is(StatusCode::OK).says("测评已作废：到会人数不够");
    // Once more from the beginning is allowed.
    assert_ne!(held(world, &mut town, &[]).await, address);
}

/// The packs, with other words about the ballot.
async fn with(world: &mut World, day: Date, instead: (&str, &str)) {
    let mut files = server::rooms::embedded_files();
    let file = files.iter_mut().find(|file| file.text.contains("[ballot.satisfaction]")).expect("the ballot");
    assert!(file.text.contains(instead.0));
    file.text = file.text.replacen(instead.0, instead.1, 1);
    let policies = server::policies::Policies::from_files(files).unwrap();
    let offset = morning(day).duration_since(server::clock::now()) + SignedDuration::from_secs(1);
    let settings = Settings { is_demo: true, clock_offset: offset, ..Settings::default() };
    world.app = App::new(world.app.store().clone(), policies, settings, &server::rooms::ROOMS).await.unwrap();
    tokio::spawn(server::follow::run(world.app.clone()));
}

/// The packs with a document that allows votes on devices.
async fn on_devices(world: &mut World, day: Date) {
    let allowed = "procedure = \"ballot_sitting\"\non_devices = { cite = { doc = \"example\" } }";
    with(world, day, ("procedure = \"ballot_sitting\"", allowed)).await;
}

/// The pack asks for names: electors are listed, papers entered one by one, the count follows from them and is confirmed above.
async fn named_papers_are_entered_one_by_one_and_counted(world: &mut World) {
    with(world, OPENS, ("votes  = \"secret\"", "votes  = \"named\"")).await;
    let (mut town, mut county) = (world.visitor("zhenwei").await, world.visitor("xianwei").await);
    let address = held(world, &mut town, &[]).await;
    let id: i64 = address.rsplit('/').next().unwrap().parse().unwrap();
    // Who may vote is a list, never a number.
    town.get(&format!("{address}/groups/members")).await.is(StatusCode::OK).says("列出参加的人");
    let who = actor(&world.app, "zhenwei", OPENS).await;
    let mut tx = world.app.begin(&who, morning(OPENS)).await.unwrap();
    assert!(refusal(ballot::set_electors(&world.app, &mut tx, &who, id, "members", 4).await).contains("人数由名单算出"));
    drop(tx);
    for (group, logins) in [("members", MEMBERS), ("people", PEOPLE)] {
        town.post(&format!("{address}/groups/{group}"), &[("logins", &logins.join("\n"))]).await.is(StatusCode::SEE_OTHER);
    }
    town.post(&format!("{address}/actions/begin"), &[("monitors", "杨小龙、李国良")]).await.is(StatusCode::SEE_OTHER);
    let electors = query(
        world.app.store().reader(),
        format!("select e.id, p.login from ballot_elector e join person p on p.id = e.person_id where e.sitting_id = {id}"),
        [],
    );
    let rows = electors.await.unwrap();
    let electors: BTreeMap<String, i64> = rows.iter().map(|row| (row.try_get_by_index(1).unwrap(), row.try_get_by_index(0).unwrap())).collect();
    let subject = world.org(SONGLIN);
    let of = |login: &str| format!("v.{}.{subject}", electors[login]);
    let form = town.get(&format!("{address}/groups/members")).await.is(StatusCode::OK);
    form.says("录入记名票").says("弃权或者无效").hides("hangye");

    // A number of votes is not taken; nor is somebody of another group, a second paper, or a vote that the ballot does not know.
    let refused = async |town: &mut Visitor, sent: &[(&str, &str)], why: &str| {
        town.post(&format!("{address}/groups/members"), sent).await.is(StatusCode::UNPROCESSABLE_ENTITY).says(why);
    };
    refused(&mut town, &[("issued", "4"), (of("hangye").as_str(), "3")], "不在党员的名单上").await;
    refused(&mut town, &[("issued", "4"), (of("shuji").as_str(), "3"), (of("shuji").as_str(), "0")], "每人只有一张票").await;
    refused(&mut town, &[("issued", "4"), (of("shuji").as_str(), "7")], "票里有“7”").await;
    refused(&mut town, &[("issued", "5"), (of("shuji").as_str(), "3")], "名单上的 4 人").await;
    refused(&mut town, &[("issued", "0"), (of("shuji").as_str(), "3")], "收回的 1 张").await;
    refused(&mut town, &[("issued", "4"), (of("shuji").as_str(), "满意")], "请选").await;
    refused(&mut town, &[("issued", ""), (of("shuji").as_str(), "3")], "请填张数").await;
    let mut tx = world.app.begin(&who, morning(OPENS)).await.unwrap();
    let count = ballot::GroupCount { group: "members".to_owned(), n_issued: 4, n_collected: 4, votes: vec![(subject, vec![(3, 4)])] };
    assert!(refusal(ballot::enter_count(&world.app, &mut tx, &who, id, &count).await).contains("一人一张录入"));
    drop(tx);
    assert_eq!(world.count("select count(*) from ballot_paper").await, 0);
    assert_eq!(world.count("select count(*) from ballot_tally").await, 0);
    assert_eq!(world.count("select count(*) from ballot_elector where has_voted").await, 0);

    let first = [("shuji", "0"), ("shuji2", "2"), ("beimen", "none"), ("dangyuan", "")].map(|(login, value)| (of(login), value));
    let first: Vec<(String, &str)> = [("issued".to_owned(), "4")].into_iter().chain(first).collect();
    let sent: Vec<(&str, &str)> = first.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    town.post(&format!("{address}/groups/members"), &sent).await.is(StatusCode::SEE_OTHER);
    town.get(&address).await.is(StatusCode::OK).says("还没有录票的");
    // Entered again it stands in the place of the first.
    let again: Vec<(&str, &str)> = sent.iter().map(|(name, value)| (*name, if *value == "0" { "3" } else { value })).collect();
    town.post(&format!("{address}/groups/members"), &again).await.is(StatusCode::SEE_OTHER);
    let people = ["hangye", "ducha", "jiedao", "zhenwei2"].map(|login| (of(login), "3"));
    let sent: Vec<(&str, &str)> = [("issued", "4")].into_iter().chain(people.iter().map(|(name, value)| (name.as_str(), *value))).collect();
    town.post(&format!("{address}/groups/people"), &sent).await.is(StatusCode::SEE_OTHER);
    assert_eq!(world.count("select count(*) from ballot_paper where elector_id is not null").await, 7);
    assert_eq!(world.count("select n_collected from ballot_group where voter_group = 'members'").await, 3);
    // Sealed as on devices, and all equally long, also who abstained.
    assert_eq!(world.count("select count(distinct length(votes)) from ballot_paper").await, 1);
    town.post(&format!("{address}/actions/hand_in_count"), &[]).await.is(StatusCode::SEE_OTHER);
    let late = [("issued", "4"), (sent[1].0, "0")];
    town.post(&format!("{address}/groups/people"), &late).await.is(StatusCode::FORBIDDEN).says("现在不是录入");
    let page = county.get(&address).await.is(StatusCode::OK);
    page.says("谁投了什么").says("弃权或者无效").says("满意 1 票，比较满意 1 票").says("满意 4 票");
    town.post(&format!("{address}/actions/confirm_count"), &[("basis", "核对")]).await.is(StatusCode::UNPROCESSABLE_ENTITY);
    county.post(&format!("{address}/actions/confirm_count"), &[("basis", "逐票核对")]).await.is(StatusCode::SEE_OTHER);
    // 0.4 × 5 / 6 + 0.6 of all points; who is voted on learns the result, and not who said what.
    let result = world.visitor("shuji").await.get(&address).await.is(StatusCode::OK);
    result.says("93.33%").hides("谁投了什么");
    // The audit knows that papers were entered, never what they say.
    let told = query(world.app.store().reader(), "select detail from audit where operation = 'ballot.enter_papers'", []).await.unwrap();
    assert_eq!(told.len(), 3);
    for row in told {
        assert_eq!(row.try_get_by_index::<String>(0).unwrap().matches(':').count(), 1, "the group alone");
    }
}

/// Secret is what holds unless the pack says otherwise: neither a list nor a paper with a name is taken.
async fn a_secret_ballot_takes_no_names(world: &mut World) {
    with(world, OPENS, ("votes  = \"secret\"\n", "")).await;
    assert_eq!(world.app.pack().ballots["satisfaction"].votes, policy::Votes::Secret);
    let mut town = world.visitor("zhenwei").await;
    let address = held(world, &mut town, &[]).await;
    let id: i64 = address.rsplit('/').next().unwrap().parse().unwrap();
    let who = actor(&world.app, "zhenwei", OPENS).await;
    let mut tx = world.app.begin(&who, morning(OPENS)).await.unwrap();
    assert!(refusal(ballot::name_electors(&world.app, &mut tx, &who, id, "members", &["shuji".to_owned()]).await).contains("只有电子投票、记名投票"));
    drop(tx);
    electors(&mut town, &address).await;
    let mut tx = world.app.begin(&who, morning(OPENS)).await.unwrap();
    let paper = ballot::NamedPaper { elector: 1, votes: vec![(world.org(SONGLIN), Some(3))] };
    let refused = ballot::enter_papers(&world.app, &mut tx, &who, id, "members", 1, &[paper]).await;
    assert!(refusal(refused).contains("不记名，只按类录入票数，不能记到人"));
    drop(tx);
    assert_eq!(world.count("select count(*) from ballot_elector").await, 0);
    assert_eq!(world.count("select count(*) from ballot_paper").await, 0);
    town.get(&address).await.is(StatusCode::OK).says("不记名").hides("谁投了什么");
}

const MEMBERS: [&str; 4] = ["shuji", "shuji2", "beimen", "dangyuan"];
const PEOPLE: [&str; 4] = ["hangye", "ducha", "jiedao", "zhenwei2"];

/// A whole vote on devices, each voting as said; the sitting.
async fn voted(world: &World, votes: &BTreeMap<&str, i64>) -> i64 {
    let mut town = world.visitor("zhenwei").await;
    let address = held(world, &mut town, &[("way", "devices")]).await;
    let id: i64 = address.rsplit('/').next().unwrap().parse().unwrap();
    town.post(&format!("{address}/groups/members"), &[("logins", "shuji nobody")])
        .await
        .is(StatusCode::UNPROCESSABLE_ENTITY)
        .says("没有这些登录名：nobody");
    town.post(&format!("{address}/groups/members"), &[("logins", &MEMBERS.join("\n"))]).await.is(StatusCode::SEE_OTHER);
    town.post(&format!("{address}/groups/people"), &[("logins", "shuji hangye")]).await.is(StatusCode::UNPROCESSABLE_ENTITY).says("每人只投一次");
    town.post(&format!("{address}/groups/people"), &[("logins", &PEOPLE.join("，"))]).await.is(StatusCode::SEE_OTHER);
    town.post(&format!("{address}/actions/begin"), &[("monitors", "杨小龙、李国良")]).await.is(StatusCode::SEE_OTHER);
    for login in MEMBERS.iter().chain(&PEOPLE) {
        let who = actor(&world.app, login, OPENS).await;
        let mut tx = world.app.begin(&who, morning(OPENS)).await.unwrap();
        ballot::vote(&world.app, &mut tx, &who, id, &[votes[login]]).await.unwrap();
        world.commit(tx).await;
    }
    let who = actor(&world.app, "shuji", OPENS).await;
    let mut tx = world.app.begin(&who, morning(OPENS)).await.unwrap();
    assert!(refusal(ballot::vote(&world.app, &mut tx, &who, id, &[0]).await).contains("每人只投一次"));
    drop(tx);
    // The box is still closed to everybody: no count, no result.
    let tallied = format!("select count(*) from ballot_tally t join ballot_subject s on s.id = t.subject_id where s.sitting_id = {id}");
    assert_eq!(world.count(&tallied).await, 0);
    town.get(&address).await.is(StatusCode::OK).hides("待核定）").hides("满意 1 票");
    let sitting = ballot::find(world.app.store().reader(), id).await.unwrap().unwrap();
    let who = actor(&world.app, "zhenwei", OPENS).await;
    let mut tx = world.app.begin(&who, morning(OPENS)).await.unwrap();
    ballot::act(&world.app, &mut tx, &who, &sitting, "close_box", &fields(&[])).await.unwrap();
    world.commit(tx).await;
    id
}

/// Columns that are random or a time of day: what an attacker reads in them follows from no vote.
fn is_noise(table: &str, column: &str) -> bool {
    let is_random = ["hash", "mac", "previous", "votes", "at", "password", "key"].contains(&column) || column.ends_with("_at");
    is_random || table == "ballot_paper" && column == "id"
}

/// Columns with numbers that only count on from one sitting to the next.
fn counts_on(column: &str) -> bool {
    ["id", "no", "seq", "sitting_id", "subject_id", "case_id", "source_id", "commit_no", "href", "detail", "payload", "last_act_id", "next"]
        .contains(&column)
}

/// Every row of the database.
async fn everything(world: &World) -> BTreeMap<String, Vec<String>> {
    let reader = world.app.store().reader();
    let tables = match world.app.store().backend {
        store::Backend::Sqlite => "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'",
        store::Backend::Postgres => "select cast(table_name as text) from information_schema.tables where table_schema = current_schema()",
    };
    let mut all = BTreeMap::new();
    for table in query(reader, tables, []).await.unwrap() {
        let table: String = table.try_get_by_index(0).unwrap();
        // Of sessions and their numbers nothing belongs to a vote: the test votes without a browser.
        if ["session", "data_key", "audit_check", "id_block", "commit_head", "draft"].contains(&table.as_str()) {
            continue;
        }
        let mut lines = Vec::new();
        for row in query(reader, format!("select * from {table}"), []).await.unwrap() {
            let cells = row.column_names().into_iter().filter(|column| !is_noise(&table, column)).map(|column| {
                let text = row.try_get::<Option<String>>("", &column).ok().flatten();
                let number = row.try_get::<Option<i64>>("", &column).ok().flatten();
                let value = text.or(number.map(|number| number.to_string())).unwrap_or_else(|| "–".to_owned());
                let kept = |c: &char| !(counts_on(&column) && c.is_ascii_digit());
                format!("{column}={}", value.chars().filter(kept).collect::<String>())
            });
            lines.push(cells.collect::<Vec<_>>().join(" "));
        }
        lines.sort();
        all.insert(table, lines);
    }
    all
}

/// What one vote added to every table.
fn added(before: &BTreeMap<String, Vec<String>>, after: &BTreeMap<String, Vec<String>>) -> BTreeMap<String, Vec<String>> {
    let mut more = BTreeMap::new();
    for (table, lines) in after {
        let mut known = before[table].clone();
        let mut new = lines.clone();
        new.retain(|line| known.iter().position(|it| it == line).map(|at| known.swap_remove(at)).is_none());
        more.insert(table.clone(), new);
    }
    more
}

/// As an attacker with the whole closed database and its audit: the same people vote twice, the second time two of each group the
/// other way round. All that is kept of both times is the same.
async fn nothing_that_is_kept_depends_on_who_voted_how(world: &mut World) {
    on_devices(world, OPENS).await;
    // Signing in and the first case leave their own traces before.
    voted(world, &[("shuji", 1), ("shuji2", 1), ("beimen", 1), ("dangyuan", 1), ("hangye", 1), ("ducha", 1), ("jiedao", 1), ("zhenwei2", 1)].into())
        .await;
    let ways: [BTreeMap<&str, i64>; 2] = [
        [("shuji", 3), ("shuji2", 0), ("beimen", 2), ("dangyuan", 2), ("hangye", 3), ("ducha", 3), ("jiedao", 1), ("zhenwei2", 3)].into(),
        [("shuji", 0), ("shuji2", 3), ("beimen", 2), ("dangyuan", 2), ("hangye", 1), ("ducha", 3), ("jiedao", 3), ("zhenwei2", 3)].into(),
    ];
    let mut kept = Vec::new();
    for way in &ways {
        called_off(world).await;
        let before = everything(world).await;
        voted(world, way).await;
        kept.push(added(&before, &everything(world).await));
    }
    for table in kept[0].keys() {
        assert_eq!(kept[0][table], kept[1][table], "{table}");
    }
    assert_eq!(kept[0]["ballot_paper"].len(), 8);
    assert_eq!(kept[0]["ballot_elector"].len(), 8);
    assert_eq!(kept[0]["audit"].iter().filter(|line| line.contains("ballot.vote")).count(), 8);
    assert!(kept[0]["ballot_tally"].iter().any(|line| line.contains("vote=3") && line.contains("n=3")), "{:?}", kept[0]["ballot_tally"]);
    // Papers are equally long and carry no name.
    assert_eq!(world.count("select count(distinct length(votes)) from ballot_paper").await, 1);
    assert_eq!(world.count("select count(*) from ballot_paper where elector_id is not null").await, 0);
}

/// All files of a folder and below it, except those of one folder.
fn files_below(folder: &std::path::Path, but: &str, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != but) {
                files_below(&path, but, found);
            }
        } else {
            found.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
}

/// As an attacker with a backup taken after every vote, the write-ahead log beside each, and all keys that are backed up: what he holds
/// differs from vote to vote by one paper, and no paper opens. After the box has closed nothing on the machine opens one either.
async fn no_backup_opens_a_paper_of_a_box(world: &mut World) {
    on_devices(world, OPENS).await;
    let mut town = world.visitor("zhenwei").await;
    let address = held(world, &mut town, &[("way", "devices")]).await;
    let id: i64 = address.rsplit('/').next().unwrap().parse().unwrap();
    town.post(&format!("{address}/groups/members"), &[("logins", &MEMBERS.join("\n"))]).await.is(StatusCode::SEE_OTHER);
    town.post(&format!("{address}/groups/people"), &[("logins", &PEOPLE.join("，"))]).await.is(StatusCode::SEE_OTHER);
    town.post(&format!("{address}/actions/begin"), &[("monitors", "杨小龙、李国良")]).await.is(StatusCode::SEE_OTHER);
    town.get(&address).await.says("密钥不在数据库里，也不在备份里").says("能同时读到服务器上的票箱密钥和数据库的系统管理员");
    let dir = world.app.store().dir.clone();
    let is_sqlite = world.app.store().backend == store::Backend::Sqlite;
    let (mut stolen, mut backups) = (Vec::new(), Vec::new());
    for (n, login) in MEMBERS.iter().chain(&PEOPLE).enumerate() {
        let who = actor(&world.app, login, OPENS).await;
        let mut tx = world.app.begin(&who, morning(OPENS)).await.unwrap();
        ballot::vote(&world.app, &mut tx, &who, id, &[if n % 2 == 0 { 3 } else { 0 }]).await.unwrap();
        world.commit(tx).await;
        if is_sqlite {
            let copy = dir.join(format!("backup-{n}.sqlite"));
            world.app.store().backup(&copy).await.unwrap();
            backups.push(copy);
        }
        files_below(&dir, "boxes", &mut stolen);
        stolen.retain(|(file, _)| !file.contains("backup-"));
    }
    // The papers as they stood when the box was open: he has the keys of fields, and under them lies another seal.
    let papers = async |connection: &sea_orm::DatabaseConnection| {
        let rows = query(connection, format!("select id, votes from ballot_paper where sitting_id = {id} order by id"), []).await.unwrap();
        rows.iter().map(|row| (row.try_get_by_index::<i64>(0).unwrap(), row.try_get_by_index::<Vec<u8>>(1).unwrap())).collect::<Vec<_>>()
    };
    let open = papers(world.app.store().reader()).await;
    assert_eq!(open.len(), 8);
    let under = |(paper, sealed): &(i64, Vec<u8>)| world.app.store().keys.unseal("ballot_paper.votes", *paper, sealed).unwrap();
    let sealed: Vec<String> = open.iter().map(under).collect();
    assert!(sealed.iter().all(|text| text.starts_with("box:") && text.len() == sealed[0].len()), "{sealed:?}");
    for (n, copy) in (1..).zip(&backups) {
        let backup = sea_orm::Database::connect(format!("sqlite:{}?mode=ro", copy.display())).await.unwrap();
        let kept = papers(&backup).await;
        assert_eq!(kept.len(), n, "one paper more than in the backup before");
        assert!(kept.iter().all(|paper| open.contains(paper)));
        backup.close().await.unwrap();
    }
    // The key of the box is in one file and in no other, neither as it is written there nor as bytes.
    let key_file = dir.join("boxes").join(format!("{id}.key"));
    let key = std::fs::read_to_string(&key_file).unwrap();
    let bytes: Vec<u8> = (0..16).map(|i| u8::from_str_radix(&key[2 * i..2 * i + 2], 16).unwrap()).collect();
    let close = async |instead: &str| {
        let sitting = ballot::find(world.app.store().reader(), id).await.unwrap().unwrap();
        let who = actor(&world.app, "zhenwei", OPENS).await;
        let mut tx = world.app.begin(&who, morning(OPENS)).await.unwrap();
        let done = ballot::act(&world.app, &mut tx, &who, &sitting, instead, &fields(&[])).await;
        match done {
            Ok(_) => world.commit(tx).await,
            Err(error) => return Err(error.to_string()),
        }
        Ok(())
    };
    // A server that was restored from a backup has no key: nothing is counted, and it is said what to do.
    std::fs::rename(&key_file, dir.join("away")).unwrap();
    assert!(close("close_box").await.unwrap_err().contains("请把这次测评作废，重新投票"));
    std::fs::rename(dir.join("away"), &key_file).unwrap();
    assert_eq!(ballot::destroy_keys(&world.app).await.unwrap(), 0, "an open box keeps its key");
    close("close_box").await.unwrap();
    assert_eq!(ballot::destroy_keys(&world.app).await.unwrap(), 1);
    assert!(!key_file.exists());
    files_below(&dir, "", &mut stolen);
    for (file, content) in &stolen {
        let holds = |needle: &[u8]| content.windows(needle.len()).any(|at| at[0] == needle[0] && at == needle);
        assert!(!holds(key.as_bytes()) && !holds(&bytes), "{file}");
    }
    let closed = papers(world.app.store().reader()).await;
    assert!(closed.iter().all(|(paper, _)| open.iter().all(|(before, _)| before != paper)), "new keys");
    assert_eq!(world.count("select cast(sum(t.n) as bigint) from ballot_tally t").await, 8);
}

/// Ends the sitting that waits to be confirmed, so that another can be called.
async fn called_off(world: &World) {
    let county = actor(&world.app, "xianwei", OPENS).await;
    let id = world.count("select max(id) from ballot_sitting").await;
    let sitting = ballot::find(world.app.store().reader(), id).await.unwrap().unwrap();
    let mut tx = world.app.begin(&county, morning(OPENS)).await.unwrap();
    ballot::act(&world.app, &mut tx, &county, &sitting, "declare_void", &fields(&[("reason", "演练")])).await.unwrap();
    world.commit(tx).await;
}
