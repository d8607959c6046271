//! What may be done with a member, each act a form with its reason.

use crate::http::path::Path;
use askama::Template;
use axum::extract::Query;
use policy::Capability;
use store::{OrgId, Tx};

use super::edit::Correction;
use super::model::{EXITS, NewMember};
use super::read::{Record, record};
use super::standing::{Answer as ExemptionAnswer, NewExemption, Unmasked};
use crate::http::action::{ActionPage, Control, Form};
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::route::{Door, Needs, Routes};
use crate::http::submitted::Submitted;
use crate::http::view::Link;
use crate::http::visit::{Answer, Visit};

/// An act upon one member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    Transfer,
    Leave,
    Exempt,
    Mobile,
    Back,
    Edit,
}

pub(super) async fn found(visit: &Visit, id: i64) -> Result<Record, Failure> {
    record(&visit.app, Some(&visit.scope(Capability::ViewMembers)), id).await?.ok_or(Failure::NotFound)
}

/// The form of an act.
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn show(visit: Visit, id: i64, act: Act) -> Answer {
    let it = found(&visit, id).await?;
    let today = visit.today().to_string();
    let form = match act {
        Act::Edit => prefilled(&it),
        Act::Exempt | Act::Mobile => Form::prefilled([("from", today)]),
        Act::Leave | Act::Back => Form::prefilled([("on", today)]),
        Act::Transfer => Form::default(),
    };
    page(&visit, &it, act, &form).answer(&visit)
}

/// Does it.
///
/// # Errors
/// [`Failure::NotFound`] out of reach; refusals come back in the form.
pub async fn act(visit: Visit, id: i64, act: Act, sent: Submitted) -> Answer {
    let it = found(&visit, id).await?;
    let mut form = Form::new(sent);
    let mut tx = visit.begin().await?;
    let done = perform(&visit, &mut tx, &it, act, &mut form).await;
    if !form.is_right() {
        return page(&visit, &it, act, &form).answer(&visit);
    }
    match done {
        Ok(sentence) => Ok(visit.done(tx.commit().await?, &format!("/members/{id}"), &sentence)),
        Err(error) => page(&visit, &it, act, &form).refused(&visit, error),
    }
}

async fn perform(visit: &Visit, tx: &mut Tx, it: &Record, act: Act, form: &mut Form) -> anyhow::Result<String> {
    let (app, actor) = (&visit.app, visit.actor());
    match act {
        Act::Transfer => {
            let to = form.text("to").parse::<OrgId>().ok();
            if to.is_none() {
                form.problem("to", "请从列表里选接收的党支部；不在列表里的，填它的完整组织编码");
            }
            let reason = form.required("reason", "请写明原因，例如工作调动");
            let Some(to) = to.filter(|_| form.is_right()) else { return Ok(String::new()) };
            super::transfer_out(app, tx, actor, it.id, to, &reason).await?;
            Ok("已转出，等对方接收；对方接收以前仍在本支部。".to_owned())
        }
        Act::Leave => {
            let (status, reason, on) = (form.required("status", "请选择离开的情形"), form.required("reason", "请写明依据"), form.required_day("on"));
            if !form.is_right() {
                return Ok(String::new());
            }
            super::leave(tx, actor, it.id, &status, &reason, on).await?;
            Ok("已登记离开，记录保留。".to_owned())
        }
        Act::Exempt => {
            let (reason, from, until) = (form.required("reason", "请写明原因，例如年老体弱"), form.required_day("from"), form.day("until"));
            if !form.is_right() {
                return Ok(String::new());
            }
            super::list_exempt(tx, actor, NewExemption { member: it.id, reason, from, until }).await?;
            Ok("已列入免到，等上级批准。".to_owned())
        }
        Act::Mobile => {
            let (destination, from) = (form.required("destination", "请填写去向"), form.required_day("from"));
            if !form.is_right() {
                return Ok(String::new());
            }
            super::register_mobile(tx, actor, it.id, &destination, from).await?;
            Ok("已登记为流动党员，组织关系不变。".to_owned())
        }
        Act::Back => {
            let on = form.required_day("on");
            if !form.is_right() {
                return Ok(String::new());
            }
            super::end_mobile(tx, actor, it.id, on).await?;
            Ok("已登记返回。".to_owned())
        }
        Act::Edit => {
            let correction = correction(form);
            if !form.is_right() {
                return Ok(String::new());
            }
            Ok(match super::correct(app, tx, actor, it.id, correction).await? {
                crate::organisation::Outcome::Unchanged => "没有改动。".to_owned(),
                _ => "已更正，等上级核验。".to_owned(),
            })
        }
    }
}

fn prefilled(it: &Record) -> Form {
    let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string()).unwrap_or_default();
    Form::prefilled([
        ("name", it.name.clone()),
        ("sex", it.sex.clone()),
        ("ethnicity", it.ethnicity.clone()),
        ("born_on", day(it.born_on)),
        ("education", it.education.clone().unwrap_or_default()),
        ("category", it.category.clone()),
        ("joined_on", day(it.joined_on)),
        ("full_on", day(it.full_on)),
        ("occupation", it.occupation.clone().unwrap_or_default()),
        ("status", it.status.clone()),
    ])
}

fn correction(form: &mut Form) -> Correction {
    Correction {
        name: form.required("name", "请填写姓名"),
        sex: form.required("sex", "请选择性别"),
        ethnicity: form.text("ethnicity").to_owned(),
        category: form.required("category", "请选择类别"),
        status: form.required("status", "请选择党籍状态"),
        born_on: form.day("born_on"),
        education: form.filled("education"),
        joined_on: form.day("joined_on"),
        full_on: form.day("full_on"),
        occupation: form.filled("occupation"),
        telephone: form.filled("telephone"),
        source: form.required("source", "请写明依据，例如入党志愿书"),
    }
}

fn page(visit: &Visit, it: &Record, act: Act, form: &Form) -> ActionPage {
    let here = format!("/members/{}", it.id);
    let start = |title: &str, lead: String| {
        let layout = visit.layout(title).crumb("党员队伍", "/members").crumb(it.name.clone(), here.clone()).crumb(title, "");
        ActionPage::new(layout, title, lead, Link::new("先不办", here.clone()))
    };
    match act {
        Act::Transfer => {
            let name = form.text("to").parse::<OrgId>().map(|id| visit.app.directory().name_of(id).to_owned()).unwrap_or_default();
            start("转出组织关系", format!("{}转到另一个党支部", it.name))
                .with(Control::Choose(
                    form.field("to", "接收的党支部").hint("在您范围内的，输入名称；范围外的，输入对方告诉您的完整组织编码"),
                    name,
                    "/api/branches",
                ))
                .with(Control::Text(form.field("reason", "原因").hint("例如：工作调动，户籍迁移")))
                .button("转出")
                .note("对方确认接收以前，他仍在本支部参加组织生活，仍计入应到。")
                .note("介绍信有有效期，到期没有接收的退回本支部。")
        }
        Act::Leave => start("登记离开", format!("{}不再是本支部党员；记录保留，不删除", it.name))
            .with(Control::Select(form.field("status", "情形"), form.choices("status", EXITS.map(|status| (status, status)))))
            .with(Control::Input(form.field("on", "日期"), "date"))
            .with(Control::Text(form.field("reason", "依据").hint("例如：处分决定的文号、死亡证明、市外接收回执")))
            .button("登记离开")
            .asking(format!("{}从这一天起不在册，以前的记录照旧可查。", it.name)),
        Act::Exempt => start("列入免到", format!("{}因年老体弱、因病等，不计入应到；上级批准后生效", it.name))
            .with(Control::Input(form.field("reason", "原因").hint("例如：年老体弱，长期卧床"), "text"))
            .with(Control::Input(form.field("from", "从哪一天起"), "date"))
            .with(Control::Input(form.field("until", "到哪一天为止").optional(), "date")),
        Act::Mobile => start("登记外出", format!("{}在外务工经商等，组织关系不变", it.name))
            .with(Control::Input(form.field("destination", "去向").hint("到县（市、区）即可"), "text"))
            .with(Control::Input(form.field("from", "外出日期"), "date"))
            .button("登记外出"),
        Act::Back => start("登记返回", format!("{}已经返回", it.name)).with(Control::Input(form.field("on", "返回日期"), "date")),
        Act::Edit => fields(visit, form, start("更正记录", format!("{}的登记；改了的项目写明依据，由上级重新核验", it.name)), true)
            .with(Control::Input(form.field("source", "依据").hint("例如：入党志愿书、档案"), "text"))
            .button("保存更正")
            .note("公民身份号码是党员的编号，不能改；登记错了的，请登记离开后重新登记。"),
    }
}

/// The fields of a record, for a correction or somebody new.
fn fields(visit: &Visit, form: &Form, page: ActionPage, keeps_number: bool) -> ActionPage {
    let pack = visit.pack();
    let list = |key: &str| pack.code_lists.get(key).map(|list| list.values.clone()).unwrap_or_default();
    let select = |name: &str, label: &str, code_list: &str| {
        let values = list(code_list);
        Control::Select(form.field(name, label), form.choices(name, values.iter().map(|value| (value, value))))
    };
    let optional = |name: &str, label: &str, code_list: &str| {
        let values = list(code_list);
        Control::Select(form.field(name, label).optional(), form.choices(name, values.iter().map(|value| (value, value))))
    };
    let telephone = form.field("telephone", "手机号").optional();
    let telephone = if keeps_number { telephone.hint("留空为不改") } else { telephone };
    page.with(Control::Input(form.field("name", "姓名"), "text"))
        .with(select("sex", "性别", "sex"))
        .with(optional("ethnicity", "民族", "ethnicity"))
        .with(Control::Input(form.field("born_on", "出生日期").optional(), "date"))
        .with(optional("education", "学历", "education"))
        .with(select("category", "人员类别", "member_category"))
        .with(Control::Input(form.field("joined_on", "入党日期").hint("支部党员大会通过之日"), "date"))
        .with(Control::Input(form.field("full_on", "转正日期").hint("预备党员留空").optional(), "date"))
        .with(optional("occupation", "工作岗位", "occupation"))
        .with(select("status", "党籍状态", "membership_status"))
        .with(Control::Input(telephone, "text"))
}

/// Where somebody new is put.
#[derive(Debug, Default, serde::Deserialize)]
pub struct NewQuery {
    #[serde(default)]
    under: String,
}

/// `GET /members/new`.
///
/// # Errors
/// [`Failure::NotFound`] for a branch out of reach.
pub async fn new_form(visit: Visit, Query(asked): Query<NewQuery>) -> Answer {
    let form = Form::prefilled([("branch", asked.under), ("status", "正常".to_owned())]);
    new_page(&visit, &form).answer(&visit)
}

/// `POST /members/new`.
///
/// # Errors
/// Refusals come back in the form.
pub async fn create(visit: Visit, sent: Submitted) -> Answer {
    let mut form = Form::new(sent);
    let branch = form.text("branch").parse::<OrgId>().ok();
    if branch.is_none() {
        form.problem("branch", "请从列表里选党支部");
    }
    let id_number = form.required("id_number", "请填写公民身份号码");
    if form.day("joined_on").is_none() && form.text("joined_on").is_empty() {
        form.problem("joined_on", "请填写入党日期");
    }
    let Correction { name, sex, ethnicity, category, status, born_on, education, joined_on, full_on, occupation, telephone, source } =
        correction(&mut form);
    let belongs_from = form.day("belongs_from");
    if !form.is_right() {
        return new_page(&visit, &form).answer(&visit);
    }
    let new = NewMember {
        born_on: born_on.or_else(|| super::model::born_of(&super::model::normal_id_number(&id_number))),
        name,
        sex,
        ethnicity,
        id_number,
        category,
        status,
        education,
        joined_on,
        full_on,
        occupation,
        telephone,
        source,
        branch: branch.unwrap_or_default(),
        is_mobile: false,
        belongs_from,
    };
    let mut tx = visit.begin().await?;
    let answer = super::create_all(&visit.app, &mut tx, visit.actor(), vec![new]).await?.pop();
    match answer {
        Some(Ok(id)) => Ok(visit.done(tx.commit().await?, &format!("/members/{id}"), "已登记，等上级核验。")),
        Some(Err(refusal)) => new_page(&visit, &form).refused(&visit, refusal.into()),
        None => Err(Failure::NotFound),
    }
}

fn new_page(visit: &Visit, form: &Form) -> ActionPage {
    let layout = visit.layout("登记党员").crumb("党员队伍", "/members").crumb("登记党员", "");
    let branch = form.text("branch").parse::<OrgId>().ok();
    let name = branch
        .and_then(|id| visit.app.directory().visible(&visit.scope(Capability::ManageMembers), id).map(|org| org.name.clone()))
        .unwrap_or_default();
    let page = ActionPage::new(layout, "登记党员", "登记以后由上级核验；批量的请用“党员基本信息”表导入", Link::new("先不办", "/members"))
        .with(Control::Choose(form.field("branch", "党支部"), name, "/api/organisations?role=branch"))
        .with(Control::Input(form.field("id_number", "公民身份号码").hint("18 位；同一号码只能登记一次"), "text"));
    fields(visit, form, page, false)
        .with(Control::Input(form.field("belongs_from", "从哪一天起在本支部").hint("留空为入党之日").optional(), "date"))
        .with(Control::Input(form.field("source", "依据").hint("例如：入党志愿书、组织关系介绍信"), "text"))
        .button("登记")
        .note("在全国党员管理信息系统里已经办理的，这里只登记结果，不再审批一次。")
}

/// `POST /members/{id}/verify`.
///
/// # Errors
/// Refusals, with the sentence.
pub async fn verify(visit: Visit, Path(id): Path<i64>) -> Answer {
    let mut tx = visit.begin().await?;
    super::verify(&mut tx, visit.actor(), id).await?;
    Ok(visit.done(tx.commit().await?, &format!("/members/{id}"), "已核验。"))
}

#[derive(Template)]
#[template(path = "pages/member_unmask.html")]
struct UnmaskedPage {
    layout: Layout,
    id: i64,
    name: String,
    numbers: Unmasked,
}

/// `GET /members/{id}/unmask`: asks what for.
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn unmask_form(visit: Visit, Path(id): Path<i64>) -> Answer {
    let it = found(&visit, id).await?;
    unmask_page(&visit, &it, &Form::default()).answer(&visit)
}

/// `POST /members/{id}/unmask`: shows the numbers once; who looked, and what for, is in the audit before they are shown.
///
/// # Errors
/// [`Failure::NotFound`] out of reach; refusals come back in the form.
pub async fn unmask(visit: Visit, Path(id): Path<i64>, sent: Submitted) -> Answer {
    let it = found(&visit, id).await?;
    let form = Form::new(sent);
    let mut tx = visit.begin().await?;
    match super::unmask(&mut tx, visit.actor(), id, form.text("reason")).await {
        Ok(numbers) => {
            tx.commit().await?;
            let layout =
                visit.layout(it.name.clone()).crumb("党员队伍", "/members").crumb(it.name.clone(), format!("/members/{id}")).crumb("完整号码", "");
            visit.page(&UnmaskedPage { layout, id, name: it.name, numbers })
        }
        Err(error) => unmask_page(&visit, &it, &form).refused(&visit, error),
    }
}

fn unmask_page(visit: &Visit, it: &Record, form: &Form) -> ActionPage {
    let here = format!("/members/{}", it.id);
    let layout = visit.layout("查看完整号码").crumb("党员队伍", "/members").crumb(it.name.clone(), here.clone()).crumb("查看完整号码", "");
    ActionPage::new(layout, "查看完整号码", format!("{}的身份证号和手机号", it.name), Link::new("先不看", here))
        .with(Control::Input(form.field("reason", "用途").hint("例如：核对档案"), "text"))
        .button("查看")
        .note("谁、什么时候、为什么查看，记入审计。")
}

/// Where the answer to an exemption leads back to.
async fn member_of(visit: &Visit, exemption: i64) -> Result<i64, Failure> {
    let rows = store::query(visit.app.store().reader(), "select member_id from member_exemption where id = $1", [exemption.into()]).await?;
    let id = rows.first().map(|row| row.try_get_by_index(0)).transpose().map_err(Failure::from)?.ok_or(Failure::NotFound)?;
    found(visit, id).await?;
    Ok(id)
}

/// `POST /exemptions/{id}/approve`.
///
/// # Errors
/// [`Failure::NotFound`] out of reach; refusals, with the sentence.
pub async fn approve(visit: Visit, Path(id): Path<i64>) -> Answer {
    let member = member_of(&visit, id).await?;
    let mut tx = visit.begin().await?;
    super::decide_exempt(&mut tx, visit.actor(), id, ExemptionAnswer::Approved).await?;
    Ok(visit.done(tx.commit().await?, &format!("/members/{member}"), "已批准免到。"))
}

/// `GET /exemptions/{id}/decline`.
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn decline_form(visit: Visit, Path(id): Path<i64>) -> Answer {
    let member = member_of(&visit, id).await?;
    decline_page(&visit, member, &Form::default()).answer(&visit)
}

/// `POST /exemptions/{id}/decline`.
///
/// # Errors
/// [`Failure::NotFound`] out of reach; refusals come back in the form.
pub async fn decline(visit: Visit, Path(id): Path<i64>, sent: Submitted) -> Answer {
    let member = member_of(&visit, id).await?;
    let form = Form::new(sent);
    let mut tx = visit.begin().await?;
    match super::decide_exempt(&mut tx, visit.actor(), id, ExemptionAnswer::Declined(form.text("reason").to_owned())).await {
        Ok(()) => Ok(visit.done(tx.commit().await?, &format!("/members/{member}"), "已答复支部：不同意免到。")),
        Err(error) => decline_page(&visit, member, &form).refused(&visit, error),
    }
}

fn decline_page(visit: &Visit, member: i64, form: &Form) -> ActionPage {
    let here = format!("/members/{member}");
    let layout = visit.layout("不同意免到").crumb("党员队伍", "/members").crumb("不同意免到", "");
    ActionPage::new(layout, "不同意免到", "写明原因，支部会看到", Link::new("先不办", here))
        .with(Control::Text(form.field("reason", "原因")))
        .button("答复支部")
}

/// `POST /exemptions/{id}/end`.
///
/// # Errors
/// [`Failure::NotFound`] out of reach; refusals, with the sentence.
pub async fn end_exemption(visit: Visit, Path(id): Path<i64>) -> Answer {
    let member = member_of(&visit, id).await?;
    let mut tx = visit.begin().await?;
    super::end_exempt(&mut tx, visit.actor(), id, visit.today()).await?;
    Ok(visit.done(tx.commit().await?, &format!("/members/{member}"), "免到已结束，从今天起重新计入应到。"))
}

/// Routes of every act upon a member.
pub fn routes(routes: Routes) -> Routes {
    let manage = Needs::May(Capability::ManageMembers);
    let verifies = Needs::May(Capability::VerifyMembers);
    let unmasks = Needs::May(Capability::UnmaskMembers);
    macro_rules! acts {
        ($routes:expr, $(($path:literal, $needs:expr, $door:expr, $act:expr)),+ $(,)?) => {
            $routes$(
                .get($path, $needs, $door, |visit: Visit, Path(id): Path<i64>| show(visit, id, $act))
                .post($path, $needs, $door, |visit: Visit, Path(id): Path<i64>, sent: Submitted| act(visit, id, $act, sent))
            )+
        };
    }
    acts!(
        routes,
        ("/members/{id}/transfer", Needs::May(Capability::TransferMembers), Door::Both, Act::Transfer),
        ("/members/{id}/leave", verifies, Door::Inner, Act::Leave),
        ("/members/{id}/exempt", manage, Door::Both, Act::Exempt),
        ("/members/{id}/mobile", manage, Door::Both, Act::Mobile),
        ("/members/{id}/back", manage, Door::Both, Act::Back),
        ("/members/{id}/edit", manage, Door::Inner, Act::Edit),
    )
    .get("/members/new", manage, Door::Inner, new_form)
    .post("/members/new", manage, Door::Inner, create)
    .post("/members/{id}/verify", verifies, Door::Inner, verify)
    .get("/members/{id}/unmask", unmasks, Door::Inner, unmask_form)
    .post("/members/{id}/unmask", unmasks, Door::Inner, unmask)
    .post("/exemptions/{id}/approve", verifies, Door::Inner, approve)
    .get("/exemptions/{id}/decline", verifies, Door::Inner, decline_form)
    .post("/exemptions/{id}/decline", verifies, Door::Inner, decline)
    .post("/exemptions/{id}/end", manage, Door::Both, end_exemption)
}
