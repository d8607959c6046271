//! What the office does with an inspection: seed, teams, setting aside, report, close.

use axum::response::Response;
use store::{Refusal, Tx};

use super::{layout, own};
use crate::http::action::{ActionPage, Control, Form};
use crate::http::failure::Failure;
use crate::http::path::Path;
use crate::http::submitted::Submitted;
use crate::http::view::Link;
use crate::http::visit::{Answer, Visit};
use crate::inspection::model::Target;
use crate::inspection::sampling::Part;
use crate::inspection::see::Sight;
use crate::inspection::{self, finish, rows};

fn action(visit: &Visit, sight: &Sight, title: &str, lead: String) -> ActionPage {
    ActionPage::new(layout(visit, sight).crumb(title, ""), title, lead, Link::new("先不办", sight.inspection.address()))
}

/// Commits what was done, or shows the page again with why not.
async fn ended(visit: &Visit, tx: Tx, done: anyhow::Result<()>, page: ActionPage, to: &str, said: &str) -> Answer {
    match done {
        Ok(()) => Ok(visit.done(tx.commit().await?, to, said)),
        Err(error) if error.is::<Refusal>() => {
            drop(tx);
            page.refused(visit, error)
        }
        Err(error) => Err(error.into()),
    }
}

/// Where the seed comes from now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seed {
    First,
    Second,
    /// The number that was named when the population was frozen.
    Public,
}

fn seed_page(visit: &Visit, sight: &Sight, form: &Form, seed: Seed) -> ActionPage {
    let source = &sight.inspection.public_source;
    let lead = match seed {
        Seed::Second => "另一个人已经给出一半，请给出您的一半：两个人互不知道对方的。给出以后立即抽取。".to_owned(),
        Seed::First => "范围已经固定。两个人各给一半种子，互不知道对方的；种子齐了立即抽取。".to_owned(),
        Seed::Public => format!("范围已经固定，固定时写明用公开号码“{source}”。照公布的填写，填写以后立即抽取。"),
    };
    let page = action(visit, sight, "给种子", lead);
    let page = match seed {
        Seed::Public => page
            .with(Control::Input(form.field("part", "公布的号码").hint(source.clone()), "text"))
            .with(Control::Input(form.field("on", "公布日期").hint("要在范围固定以后"), "date")),
        Seed::First | Seed::Second => page
            .with(Control::Input(form.field("part", "种子").hint("数字、字母或汉字，写什么都可以；抽取以后公布"), "text"))
            .note("先给的一半在抽取以前不显示；管理数据库的人看得到库里的内容，两个人都不该是他。"),
    };
    page.note("顺序是 SM3(种子接组织编码) 从小到大，任何人不用本系统也能照着重算。")
}

async fn seed_of(visit: &Visit, sight: &Sight) -> anyhow::Result<Seed> {
    let draws = rows::draws_of(visit.app.store().reader(), sight.inspection.id).await?;
    Ok(if draws.iter().any(|draw| draw.drawn_on.is_none() && draw.aside.is_none()) {
        Seed::Second
    } else if draws.is_empty() && !sight.inspection.public_source.is_empty() {
        Seed::Public
    } else {
        Seed::First
    })
}

/// `GET /inspections/{id}/seed`.
///
/// # Errors
/// [`Failure::NotFound`] when it is not the visitor's own office's.
pub async fn show_seed(visit: Visit, Path(id): Path<i64>) -> Answer {
    let sight = own(&visit, id).await?;
    let seed = seed_of(&visit, &sight).await?;
    seed_page(&visit, &sight, &Form::default(), seed).answer(&visit)
}

/// `POST /inspections/{id}/seed`.
///
/// # Errors
/// [`Failure::NotFound`] when it is not the visitor's own office's.
pub async fn give_seed(visit: Visit, Path(id): Path<i64>, sent: Submitted) -> Answer {
    let sight = own(&visit, id).await?;
    let seed = seed_of(&visit, &sight).await?;
    let mut form = Form::new(sent);
    let number = form.required("part", if seed == Seed::Public { "请写公布的号码" } else { "请写种子" });
    let part = if seed == Seed::Public { Part::Public { on: form.required_day("on"), number } } else { Part::Own(number) };
    let page = seed_page(&visit, &sight, &form, seed);
    if !form.is_right() {
        return page.answer(&visit);
    }
    let mut tx = visit.begin().await?;
    let done = inspection::give_seed(&visit.app, &mut tx, visit.actor(), id, part).await;
    let said = match &done {
        Ok(true) => "种子齐了，已经抽取；下一步编检查组。",
        _ => "收到您的一半，等另一个人给出另一半。",
    };
    ended(&visit, tx, done.map(|_| ()), page, &sight.inspection.address(), said).await
}

fn teams_page(visit: &Visit, sight: &Sight, form: &Form) -> ActionPage {
    action(visit, sight, "编检查组", "一组一组编，编齐以后分派；自己不查自己的单位。".to_owned())
        .with(Control::Input(form.field("name", "检查组名称").hint("如：第一检查组"), "text"))
        .with(Control::Text(form.field("logins", "成员").hint("一行一个登录名；要有督查组成员或者组织委员以上的岗位")))
        .button("编入")
        .note("交叉检查：检查组不得检查自己来的县（市、区），两个县不得互查；做不到的，系统说明是哪一条卡住。")
}

/// `GET /inspections/{id}/teams`.
///
/// # Errors
/// [`Failure::NotFound`] when it is not the visitor's own office's.
pub async fn show_teams(visit: Visit, Path(id): Path<i64>) -> Answer {
    let sight = own(&visit, id).await?;
    let n = rows::teams_of(visit.app.store().reader(), id).await?.0.len();
    let names = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十"];
    let name = names.get(n).map_or_else(|| format!("第 {} 检查组", n + 1), |n| format!("第{n}检查组"));
    teams_page(&visit, &sight, &Form::prefilled([("name", name)])).answer(&visit)
}

/// `POST /inspections/{id}/teams`.
///
/// # Errors
/// [`Failure::NotFound`] when it is not the visitor's own office's.
pub async fn form_team(visit: Visit, Path(id): Path<i64>, sent: Submitted) -> Answer {
    let sight = own(&visit, id).await?;
    let mut form = Form::new(sent);
    let name = form.required("name", "请写检查组的名称");
    let logins: Vec<String> = form.required("logins", "请写成员，一行一个登录名").lines().map(str::to_owned).collect();
    let page = teams_page(&visit, &sight, &form);
    if !form.is_right() {
        return page.answer(&visit);
    }
    let mut tx = visit.begin().await?;
    let done = inspection::form_team(&visit.app, &mut tx, visit.actor(), id, &name, &logins).await;
    ended(&visit, tx, done, page, &sight.inspection.address(), "已经编入；编齐以后请分派。").await
}

/// `POST /inspections/{id}/assign`.
///
/// # Errors
/// [`Failure::NotFound`] when it is not the visitor's own office's.
pub async fn assign(visit: Visit, Path(id): Path<i64>) -> Answer {
    let sight = own(&visit, id).await?;
    let to = sight.inspection.address();
    let mut tx = visit.begin().await?;
    let done = inspection::assign(&visit.app, &mut tx, visit.actor(), id).await;
    let done: Result<(), Response> = visit.or_back(&to, done)?;
    match done {
        Ok(()) => Ok(visit.done(tx.commit().await?, &to, "已经分派，检查组成员的工作台上有了要查的单位。")),
        Err(refused) => Ok(refused),
    }
}

fn report_page(visit: &Visit, sight: &Sight) -> ActionPage {
    let lead = "各单位检查完了，发出督查报告：被检查的单位看得到自己的检查结果；暗访查出的问题从这时起列入问题台账。";
    action(visit, sight, "发出报告", lead.to_owned()).asking("发出以后不能收回，检查结果也不再改动。")
}

/// `GET /inspections/{id}/report`.
///
/// # Errors
/// [`Failure::NotFound`] when it is not the visitor's own office's.
pub async fn show_report(visit: Visit, Path(id): Path<i64>) -> Answer {
    let sight = own(&visit, id).await?;
    report_page(&visit, &sight).answer(&visit)
}

/// `POST /inspections/{id}/report`.
///
/// # Errors
/// [`Failure::NotFound`] when it is not the visitor's own office's.
pub async fn report(visit: Visit, Path(id): Path<i64>) -> Answer {
    let sight = own(&visit, id).await?;
    let mut tx = visit.begin().await?;
    let done = finish::report(&visit.app, &mut tx, visit.actor(), id).await;
    ended(&visit, tx, done, report_page(&visit, &sight), &sight.inspection.address(), "督查报告已经发出。").await
}

fn close_page(visit: &Visit, sight: &Sight) -> ActionPage {
    action(visit, sight, "办结", "查出的问题全部由别人核验销号以后办结；有一个没有销号都不能办结。".to_owned())
}

/// `GET /inspections/{id}/close`.
///
/// # Errors
/// [`Failure::NotFound`] when it is not the visitor's own office's.
pub async fn show_close(visit: Visit, Path(id): Path<i64>) -> Answer {
    let sight = own(&visit, id).await?;
    close_page(&visit, &sight).answer(&visit)
}

/// `POST /inspections/{id}/close`.
///
/// # Errors
/// [`Failure::NotFound`] when it is not the visitor's own office's.
pub async fn close(visit: Visit, Path(id): Path<i64>) -> Answer {
    let sight = own(&visit, id).await?;
    let mut tx = visit.begin().await?;
    let done = finish::close(&visit.app, &mut tx, visit.actor(), id).await;
    ended(&visit, tx, done, close_page(&visit, &sight), &sight.inspection.address(), "这次督查已经办结。").await
}

fn aside_page(visit: &Visit, sight: &Sight, form: &Form, what: &str) -> ActionPage {
    action(visit, sight, "不查并写明原因", format!("{what}：原因和它一起留在记录里，谁都看得到。"))
        .with(Control::Text(form.field("reason", "原因")))
        .note("随机抽取的，由顺序里的下一个补上，种子不变。")
}

fn unit_of(sight: &Sight, unit: i64) -> Result<&Target, Failure> {
    sight.targets.iter().find(|target| target.id == unit && target.is_in()).ok_or(Failure::NotFound)
}

/// `GET /inspections/{id}/units/{unit}/aside`.
///
/// # Errors
/// [`Failure::NotFound`] when it is not the visitor's own office's.
pub async fn show_aside(visit: Visit, Path((id, unit)): Path<(i64, i64)>) -> Answer {
    let sight = own(&visit, id).await?;
    let name = visit.app.directory().name_of(unit_of(&sight, unit)?.organisation).to_owned();
    aside_page(&visit, &sight, &Form::default(), &name).answer(&visit)
}

/// `POST /inspections/{id}/units/{unit}/aside`.
///
/// # Errors
/// [`Failure::NotFound`] when it is not the visitor's own office's.
pub async fn set_aside(visit: Visit, Path((id, unit)): Path<(i64, i64)>, sent: Submitted) -> Answer {
    let sight = own(&visit, id).await?;
    let name = visit.app.directory().name_of(unit_of(&sight, unit)?.organisation).to_owned();
    let form = Form::new(sent);
    let page = aside_page(&visit, &sight, &form, &name);
    let mut tx = visit.begin().await?;
    let done = inspection::set_aside(&visit.app, &mut tx, visit.actor(), id, unit, form.text("reason")).await;
    ended(&visit, tx, done, page, &sight.inspection.address(), "原因已经记下。").await
}

/// `GET /inspections/{id}/draws/{draw}/aside`.
///
/// # Errors
/// [`Failure::NotFound`] when it is not the visitor's own office's.
pub async fn show_draw_aside(visit: Visit, Path((id, _)): Path<(i64, i64)>) -> Answer {
    let sight = own(&visit, id).await?;
    aside_page(&visit, &sight, &Form::default(), "整次抽取作废，重新给种子").answer(&visit)
}

/// `POST /inspections/{id}/draws/{draw}/aside`.
///
/// # Errors
/// [`Failure::NotFound`] when it is not the visitor's own office's.
pub async fn set_draw_aside(visit: Visit, Path((id, draw)): Path<(i64, i64)>, sent: Submitted) -> Answer {
    let sight = own(&visit, id).await?;
    let form = Form::new(sent);
    let page = aside_page(&visit, &sight, &form, "整次抽取作废，重新给种子");
    let mut tx = visit.begin().await?;
    let done = inspection::set_draw_aside(&visit.app, &mut tx, visit.actor(), id, draw, form.text("reason")).await;
    ended(&visit, tx, done, page, &sight.inspection.address(), "这次抽取已经作废，原因留在记录里；请重新给种子。").await
}

fn give_up_page(visit: &Visit, sight: &Sight, form: &Form) -> ActionPage {
    let source = &sight.inspection.public_source;
    action(visit, sight, "放弃公开号码", format!("范围固定时写明用公开号码“{source}”。它没有公布，才放弃；谁、哪天、为什么放弃，谁都看得到。"))
        .with(Control::Text(form.field("reason", "为什么不能用").hint("如：该期因节假日停开，没有公布")))
        .note("放弃以后由两个人各给一半种子；已经公布的号码不能因为抽出来的单位不合意而放弃。")
}

/// `GET /inspections/{id}/give-up-number`.
///
/// # Errors
/// [`Failure::NotFound`] when it is not the visitor's own office's.
pub async fn show_give_up(visit: Visit, Path(id): Path<i64>) -> Answer {
    let sight = own(&visit, id).await?;
    give_up_page(&visit, &sight, &Form::default()).answer(&visit)
}

/// `POST /inspections/{id}/give-up-number`.
///
/// # Errors
/// [`Failure::NotFound`] when it is not the visitor's own office's.
pub async fn give_up(visit: Visit, Path(id): Path<i64>, sent: Submitted) -> Answer {
    let sight = own(&visit, id).await?;
    let form = Form::new(sent);
    let page = give_up_page(&visit, &sight, &form);
    let mut tx = visit.begin().await?;
    let done = inspection::give_up_number(&visit.app, &mut tx, visit.actor(), id, form.text("reason")).await;
    ended(&visit, tx, done, page, &sight.inspection.address(), "已经记下；请两个人各给一半种子。").await
}
