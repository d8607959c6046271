//! Accounts and grants: accounts belong to persons, grants to posts.
//!
//! For: signing in, and what a person may see and do on a day; giving, ending and handing over posts.
//! In: a login and a password; a post given to a person by somebody with a wider one. Out: an [`Actor`], a session.
//! Does not know: what the capabilities are used for.

mod password;
mod person;
mod post;
mod rows;
mod sign_in;

mod form;
mod list;
mod pages;
mod pages_me;
mod pages_password;
mod pages_post;

pub use pages_me::{change_first, minute};

use std::collections::BTreeSet;

use jiff::civil::Date;
use policy::Capability;
use store::{Actor, Grant, PersonId, query};

use crate::app::App;
use crate::http::route::{Door, Needs, Routes};

pub use password::{hash as hash_password, is_acceptable as is_acceptable_password, random_temporary as temporary_password};
pub use person::{NewPerson, create_person, disable, enable, reset_password, unlock};
pub use post::{HandOver, NewGrant, confirm_grant, end_grant, give_grant, give_grant_over, hand_over, may_confirm, may_manage};
pub use rows::{Account, GrantRow, find_account, find_grant};
pub use rows::{persons_within, prepared};
pub use sign_in::{SignedIn, change_password, sign_in, sign_out, sign_out_elsewhere};
pub use sign_in::{end_session, touch_session};

/// Routes of accounts, posts, and of one's own password.
#[must_use]
pub fn routes(routes: Routes) -> Routes {
    let grants = Needs::May(Capability::ManageGrants);
    routes
        .get("/accounts", grants, Door::Inner, pages::list)
        .post("/accounts", grants, Door::Inner, pages::create)
        .get("/accounts/new", grants, Door::Inner, pages::new)
        .get("/accounts/{id}", grants, Door::Inner, pages::show)
        .post("/accounts/{id}/grants", grants, Door::Inner, pages::give)
        .post("/accounts/{id}/disable", grants, Door::Inner, pages::disable)
        .post("/accounts/{id}/enable", grants, Door::Inner, pages::enable)
        .post("/accounts/{id}/unlock", grants, Door::Inner, pages::unlock)
        .post("/accounts/{id}/password", grants, Door::Inner, pages_password::reset_password)
        .get("/grants/{id}", grants, Door::Inner, pages_post::show)
        .post("/grants/{id}/confirm", grants, Door::Inner, pages_post::confirm)
        .post("/grants/{id}/end", grants, Door::Inner, pages_post::end)
        .post("/grants/{id}/hand_over", grants, Door::Inner, pages_post::hand_over)
        .get("/me/security", Needs::SignIn, Door::Both, pages_me::security)
        .post("/me/security", Needs::SignIn, Door::Both, pages_me::change_password)
        .post("/me/sessions/end", Needs::SignIn, Door::Both, pages_me::end_others)
        .get("/me/handled", Needs::SignIn, Door::Both, pages_me::handled)
        .get("/me/handled/{seq}", Needs::SignIn, Door::Both, pages_me::handled_one)
        .get("/sign-in/forgotten", Needs::Nothing, Door::Both, pages_me::forgotten)
}

/// With more organisations below its root a grant is wide: going through them all costs more than asking of each row.
const N_LISTED_MAX: usize = 4_000;

/// The person with the grants that hold on a day.
///
/// # Errors
/// When the database cannot be read.
pub async fn actor(app: &App, person_id: PersonId, name: String, on: Date) -> anyhow::Result<Actor> {
    let pack = app.pack();
    let found = query(
        app.store().reader(),
        format!(
            "select {} from post_grant g where g.person_id = $1 and g.from_on <= $2 and (g.until_on is null or g.until_on > $2) and not g.is_prepared order by g.id",
            rows::GRANT
        ),
        [person_id.into(), on.to_string().into()],
    )
    .await?;
    let mut grants = Vec::new();
    for row in &found {
        let row = rows::read_grant(row)?;
        let mut capabilities: BTreeSet<Capability> =
            pack.roles.get(&row.role).map(|role| role.capabilities.iter().copied().collect()).unwrap_or_default();
        if let Some(case_id) = row.set.case_id {
            let of_case = capabilities_of_case(app, case_id).await?;
            capabilities.retain(|capability| of_case.contains(capability));
            if capabilities.is_empty() {
                continue;
            }
        }
        let is_wide = row.set.root.is_some_and(|root| app.directory().subtree(root).len() > N_LISTED_MAX);
        let former = app.directory().gone_within(&row.set);
        grants.push(Grant {
            id: row.id,
            role: row.role,
            post: row.post,
            set: row.set,
            capabilities,
            from: row.from,
            until: row.until,
            is_acting: row.is_acting,
            is_wide,
            former,
        });
    }
    Ok(Actor { person_id: Some(person_id), name, grants, on })
}

/// What a post over one case gives at most: the steps of its procedure, and reading it; nothing when the case is closed.
async fn capabilities_of_case(app: &App, case_id: i64) -> anyhow::Result<BTreeSet<Capability>> {
    let Some(case) = crate::case::find(app.store().reader(), case_id).await?.filter(|case| case.closed_at.is_none()) else {
        return Ok(BTreeSet::new());
    };
    let pack = app.policies_of(&case.pack_version).await?;
    let Some(procedure) = pack.procedures.get(&case.procedure) else { return Ok(BTreeSet::new()) };
    let steps = procedure.stages.iter().flat_map(|stage| &stage.actions).map(|action| action.by.capability);
    let reading = match procedure.subject.as_str() {
        "task" => Some(Capability::ViewTasks),
        "evaluation" => Some(Capability::ViewEvaluations),
        "weak_list" => Some(Capability::ViewWeakLists),
        "problem" | "self_check" => Some(Capability::ViewProblems),
        "selection" => Some(Capability::ViewSelections),
        "matter" => pack.matters.values().find(|matter| matter.procedure == case.procedure).map(|matter| matter.seen_by),
        "project" => Some(Capability::ViewProjects),
        _ => None,
    };
    Ok(steps.chain(reading).chain([Capability::UseDesk]).collect())
}

/// The person of a number with the grants of a day, for work that goes on without a session.
///
/// # Errors
/// [`Refusal`] when the account is gone or closed.
pub async fn actor_of(app: &App, person_id: PersonId, on: Date) -> anyhow::Result<Actor> {
    let rows = query(app.store().reader(), "select name from person where id = $1 and disabled_at is null", [person_id.into()]).await?;
    let row = rows.first().ok_or_else(|| store::Refusal("办理人的账号已经停用，请换一个人办理。".to_owned()))?;
    actor(app, person_id, row.try_get_by_index(0)?, on).await
}

/// An account of the demo city.
#[derive(Debug, Clone, Copy)]
pub struct DemoAccount {
    pub login: &'static str,
    pub password: &'static str,
    /// As the sign-in page names it.
    pub title: &'static str,
    pub role: &'static str,
}

/// The accounts that `jishi demo` prints and its sign-in page offers.
#[must_use]
pub fn demo_accounts() -> &'static [DemoAccount] {
    const ACCOUNTS: &[DemoAccount] = &[
        DemoAccount { login: "shiwei", password: "jishi-2026", title: "市委组织部", role: "city_organisation_officer" },
        DemoAccount { login: "shenhe", password: "jishi-2026", title: "市委组织部审核", role: "city_organisation_officer" },
        DemoAccount { login: "xianwei", password: "jishi-2026", title: "县委组织部", role: "county_organisation_officer" },
        DemoAccount { login: "zhenwei", password: "jishi-2026", title: "乡镇组织委员", role: "township_organisation_officer" },
        DemoAccount { login: "shuji", password: "jishi-2026", title: "支部书记", role: "branch_secretary" },
        DemoAccount { login: "dangyuan", password: "jishi-2026", title: "党员", role: "member" },
        DemoAccount { login: "hangye", password: "jishi-2026", title: "教育工委", role: "line_officer" },
        DemoAccount { login: "ducha", password: "jishi-2026", title: "督查组", role: "inspector" },
        DemoAccount { login: "lingdao", password: "jishi-2026", title: "县委分管领导", role: "leading_official" },
        DemoAccount { login: "jiwei", password: "jishi-2026", title: "县纪委监委", role: "discipline_officer" },
        DemoAccount { login: "guanli", password: "jishi-2026", title: "管理员", role: "administrator" },
    ];
    ACCOUNTS
}
