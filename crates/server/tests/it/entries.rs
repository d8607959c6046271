//! What documents say about a member is verified by somebody else than whoever it is about.

use crate::world::{SONGLIN, World, on_both};

on_both! { nobody_answers_what_is_registered_about_himself }

async fn nobody_answers_what_is_registered_about_himself(world: &mut World) {
    let songlin = world.org(SONGLIN);
    let member = world.app.directory().members_of(songlin).next().unwrap().id;
    // The township's officer is a member of a branch there.
    let (mut tx, _) = world.tx(jiff::civil::date(2026, 11, 22)).await;
    store::execute(tx.connection(), "update person set member_id = $1 where login = 'zhenwei'", [member.into()]).await.unwrap();
    tx.changed("member", member, Some(songlin));
    world.commit(tx).await;
    let mut branch = world.visitor("shuji").await;
    let honour = [
        ("kind", "honour/优秀共产党员"),
        ("on", "2026-07-01"),
        ("issuer", "中共青石镇委员会"),
        ("document", "关于表彰先进的决定"),
        ("document_no", "青发〔2026〕7号"),
    ];
    branch.post(&format!("/members/{member}/entries"), &honour).await;
    let entry = world.count("select id from member_entry").await;
    let mut officer = world.visitor("zhenwei").await;
    officer.get(&format!("/members/{member}")).await.says("待核实").hides("核实</button>");
    let refused = officer.post(&format!("/members/{member}/entries/{entry}/verify"), &[]).await;
    refused.says("关于自己的登记要由别人核实");
    assert_eq!(world.count("select count(*) from member_entry where verified_at is null and returned_at is null").await, 1);
    let refused = officer.post(&format!("/members/{member}/entries/{entry}/return"), &[("reason", "不符")]).await;
    refused.says("关于自己的登记要由别人核实");
    assert_eq!(world.count("select count(*) from member_entry where returned_at is null").await, 1);
    let mut other = world.visitor("zhenwei2").await;
    other.post(&format!("/members/{member}/entries/{entry}/verify"), &[]).await;
    assert_eq!(world.count("select count(*) from member_entry where verified_at is not null").await, 1);
}
