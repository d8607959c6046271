//! The tree on past days, and decisions that cannot be.

use jiff::civil::{Date, date};
use server::app::App;
use server::organisation;
use server::organisation::{Decision, Part, Remainder};

use crate::people::world::{TODAY, World, console, roster_line as organisation};

on_both! { any_past_day_stays_as_it_was_through_move_split_and_merger, decisions_that_cannot_be_are_refused }

fn decision(on: Date) -> Decision {
    Decision { on, reason: "青组发〔2026〕3 号".to_owned() }
}

/// The tree as lines: depth, name, members.
async fn tree(app: &App, on: Date, known_at: Option<i64>) -> Vec<String> {
    let scope = console().scope(policy::Capability::ViewOrganisations);
    let all = organisation::tree_on(app, &scope, on, known_at).await.unwrap();
    all.iter().map(|org| format!("{}{} {}", "·".repeat(org.superiors.len()), org.name, org.n_members)).collect()
}

/// Every member of now and of any day in between belongs to exactly one branch.
async fn nobody_is_in_none_or_two(world: &World) {
    for day in ["2011-07-01", "2026-02-28", "2026-03-01", "2026-05-31", "2026-06-01", "2026-09-01", "2026-11-22"] {
        let sql = format!(
            "select count(*) from (select m.id from member m left join affiliation a on a.member_id = m.id and a.superseded_in is null and a.from_on <= '{day}' and (a.until_on is null or a.until_on > '{day}') group by m.id having count(a.id) <> 1) as odd"
        );
        assert_eq!(world.count(&sql).await, 0, "{day}");
    }
}

async fn any_past_day_stays_as_it_was_through_move_split_and_merger(world: &World) {
    let (app, console, city) = (&world.app, console(), world.city().await);
    let members = &city.members;
    let (township, other, pine, upper, dragon) = (city.qingshi, city.liuwan, city.songlin, city.shanghe, city.longtan);
    let mut tx = world.tx().await;
    organisation::move_to(app, &mut tx, &console, upper, other, &decision(date(2026, 3, 1))).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.tx().await;
    let part = Part { new: organisation("P990101001003", "松林村第二党支部", "branch", ""), members: members[..4].to_vec() };
    let parts = organisation::split(app, &mut tx, &console, pine, vec![part], Remainder::Stays, &decision(date(2026, 6, 1))).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.tx().await;
    organisation::merge(app, &mut tx, &console, upper, dragon, &decision(date(2026, 9, 1))).await.unwrap();
    organisation::rename(app, &mut tx, &console, dragon, "龙潭社区党支部", &decision(date(2026, 9, 1))).await.unwrap();
    tx.commit().await.unwrap();

    let head = ["中共云岭市委员会 0", "·中共青屏县委员会 0", "··中共青石镇委员会 0"];
    let lines = |rest: &[&str]| head.iter().chain(rest).map(|line| (*line).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        tree(app, date(2026, 2, 28), None).await,
        lines(&["···松林村党支部 9", "···上河村党支部 3", "··中共柳湾镇委员会 0", "···龙潭村党支部 3", "···柳湾镇中心学校党支部 0"])
    );
    assert_eq!(
        tree(app, date(2026, 3, 1), None).await,
        lines(&["···松林村党支部 9", "··中共柳湾镇委员会 0", "···上河村党支部 3", "···龙潭村党支部 3", "···柳湾镇中心学校党支部 0"])
    );
    assert_eq!(
        tree(app, date(2026, 6, 1), None).await,
        lines(&[
            "···松林村党支部 5",
            "···松林村第二党支部 4",
            "··中共柳湾镇委员会 0",
            "···上河村党支部 3",
            "···龙潭村党支部 3",
            "···柳湾镇中心学校党支部 0"
        ])
    );
    let now = lines(&["···松林村党支部 5", "···松林村第二党支部 4", "··中共柳湾镇委员会 0", "···龙潭社区党支部 6", "···柳湾镇中心学校党支部 0"]);
    assert_eq!(tree(app, TODAY, None).await, now);
    // What the first commit knew of today: nothing of all this.
    assert_eq!(tree(app, TODAY, Some(1)).await, tree(app, date(2026, 2, 28), None).await);
    nobody_is_in_none_or_two(world).await;
    // Scope follows the paths, which follow the spans.
    let below = |id: i64, on: &str| {
        format!("select count(*) from organisation_path where ancestor_id = {id} and from_on <= '{on}' and (until_on is null or until_on > '{on}')")
    };
    assert_eq!(world.count(&below(township, "2026-02-28")).await, 3);
    assert_eq!(world.count(&below(township, "2026-11-22")).await, 3);
    assert_eq!(world.count(&below(other, "2026-11-22")).await, 3);
    assert_eq!(
        world.count(&format!("select count(*) from span where kind = 'member.full' and organisation_id = {} and until_on is null", parts[0])).await,
        4
    );
    assert_eq!(
        world.count(&format!("select count(*) from span where organisation_id = {upper} and (until_on is null or until_on > '2026-09-01')")).await,
        0
    );
    assert_eq!(world.count("select count(*) from organisation_change where recorded_in > 0").await, 4);
}

async fn decisions_that_cannot_be_are_refused(world: &World) {
    let (app, console, city) = (&world.app, console(), world.city().await);
    let members = &city.members;
    let mut tx = world.tx().await;
    let refused = |result: anyhow::Result<()>| result.unwrap_err().to_string();
    let may = decision(date(2026, 3, 1));
    assert_eq!(refused(organisation::move_to(app, &mut tx, &console, city.county, city.qingshi, &may).await), "不能隶属于自己或者自己的下级。");
    assert!(refused(organisation::move_to(app, &mut tx, &console, city.songlin, city.shanghe, &may).await).starts_with("上级的类别不对"));
    assert!(
        refused(organisation::dissolve(app, &mut tx, &console, city.songlin, &may).await).starts_with("还有 9 名党员、0 个下级党组织没有新的去处")
    );
    assert!(
        refused(organisation::rename(app, &mut tx, &console, city.songlin, "青松村党支部", &decision(date(2027, 1, 1))).await)
            .starts_with("生效日期不能晚于今天")
    );
    assert!(
        refused(organisation::rename(app, &mut tx, &console, city.songlin, "青松村党支部", &decision(date(1990, 1, 1))).await)
            .starts_with("生效日期不能早于 1998-05-01")
    );
    assert!(
        refused(organisation::rename(app, &mut tx, &console, city.songlin, "青松村党支部", &Decision { on: TODAY, reason: " ".to_owned() }).await)
            .starts_with("请写明依据和理由")
    );
    let part = |members: Vec<i64>| vec![Part { new: organisation("P990101001003", "松林村第二党支部", "branch", ""), members }];
    let split = organisation::split(app, &mut tx, &console, city.songlin, part(vec![members[9]]), Remainder::Stays, &may).await;
    assert!(split.unwrap_err().to_string().starts_with("拆分要列出新设的党组织"), "a member of another branch");
    let split = organisation::split(app, &mut tx, &console, city.songlin, part(members[..2].to_vec()), Remainder::Dissolved, &may).await;
    assert!(split.unwrap_err().to_string().contains("还有 7 名党员"));
    organisation::dissolve(app, &mut tx, &console, city.school, &may).await.unwrap();
    assert_eq!(refused(organisation::dissolve(app, &mut tx, &console, city.school, &may).await), "这个党组织已经撤销。");
}
