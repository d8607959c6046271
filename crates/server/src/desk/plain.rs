//! What whoever has no duties to look at watches over: accounts that are locked or never used, and the chain of the audit.

use policy::Capability;
use store::{instant_text, query};

use crate::account::{minute, persons_within};
use crate::http::visit::Visit;

/// A figure with its door.
pub(super) struct Watched {
    pub icon: &'static str,
    pub label: &'static str,
    pub value: String,
    pub note: String,
    pub href: &'static str,
    pub is_bad: bool,
}

/// The figures of an administrator; nothing for a member.
pub(super) async fn watched(visit: &Visit) -> anyhow::Result<Vec<Watched>> {
    let mut found = Vec::new();
    if visit.actor().may(Capability::ManageGrants) {
        let within = persons_within(visit.actor(), Capability::ManageGrants);
        let sql = format!(
            "select count(case when p.locked_until > $1 then 1 end), count(case when p.must_change_password then 1 end) from person p where p.disabled_at is null and p.id in ({within})"
        );
        let rows = query(visit.app.store().reader(), sql, [instant_text(visit.at).into()]).await?;
        let (n_locked, n_initial): (i64, i64) = match rows.first() {
            Some(row) => (row.try_get_by_index(0)?, row.try_get_by_index(1)?),
            None => (0, 0),
        };
        found.push(Watched {
            icon: "lock",
            label: "锁定的账号",
            value: n_locked.to_string(),
            note: "连续输错密码，15 分钟后自动解开，也可以现在解锁".to_owned(),
            href: "/accounts?state=locked",
            is_bad: n_locked > 0,
        });
        found.push(Watched {
            icon: "key",
            label: "没有改过初始密码",
            value: n_initial.to_string(),
            note: "账号开了，本人还没有登录改密码".to_owned(),
            href: "/accounts?state=initial",
            is_bad: false,
        });
    }
    if visit.actor().may(Capability::ViewAudit) {
        let last = crate::audit::checks(&visit.app).await?.into_iter().find(|check| check.finished_at.is_some());
        let (value, note, is_bad) = match &last {
            None => ("没有核对过".to_owned(), "十万条约需几秒".to_owned(), true),
            Some(check) if check.faults.is_empty() => ("完整".to_owned(), format!("{} 核对", minute(&check.started_at)), false),
            Some(check) => (format!("{} 处问题", check.faults.len()), format!("{} 核对", minute(&check.started_at)), true),
        };
        found.push(Watched { icon: "shield-check", label: "审计链", value, note, href: "/audit", is_bad });
    }
    Ok(found)
}
