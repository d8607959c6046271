//! What may be done with an organisation, each act a form with its reason.

use crate::http::path::Path;
use axum::extract::Query;
use policy::{Capability, OrganisationRole};
use store::{OrgId, Tx};

use super::flags::FlagKind;
use super::model::{NewHolding, NewOrganisation, POSTS, degrees};
use super::read::Words;
use super::structure::{Decision, Part, Remainder};
use crate::directory::{DATUM, OrgNode, coordinates};
use crate::http::action::{ActionPage, Control, Form};
use crate::http::failure::Failure;
use crate::http::submitted::Submitted;
use crate::http::view::{Choice, Link};
use crate::http::visit::{Answer, Visit};

/// An act upon one organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    Rename,
    Move,
    Merge,
    Split,
    Dissolve,
    GoLive,
    ThemeDay,
    Committee,
    Found,
    Place,
    Explain,
}

/// The flag that a reason is for.
#[derive(Debug, Default, serde::Deserialize)]
pub struct FlagQuery {
    #[serde(default)]
    flag: String,
}

/// The form of an act.
///
/// # Errors
/// [`crate::http::failure::Failure::NotFound`] out of reach.
pub async fn show(visit: Visit, id: OrgId, act: Act, flag: FlagQuery) -> Answer {
    let org = standing(&visit, id)?;
    let today = visit.today().to_string();
    let form = match act {
        Act::ThemeDay => Form::prefilled([("theme_day", org.theme_day.map(|day| day.to_string()).unwrap_or_default())]),
        Act::GoLive => Form::prefilled([("on", org.go_live_on.map_or(today, |day| day.to_string()))]),
        Act::Rename => Form::prefilled([("on", today), ("name", org.name.clone())]),
        Act::Found => Form::prefilled([("founded_on", today), ("field", org.field.clone())]),
        Act::Explain => Form::prefilled([("flag", flag.flag)]),
        Act::Committee => committee_form(&visit, &org).await?,
        Act::Place => {
            let (longitude, latitude) = coordinates(visit.app.store(), &[id]).await?.remove(&id).unwrap_or_default();
            Form::prefilled([("longitude", longitude), ("latitude", latitude)])
        }
        _ => Form::prefilled([("on", today)]),
    };
    page(&visit, &org, act, &form).answer(&visit)
}

/// Does it.
///
/// # Errors
/// [`crate::http::failure::Failure::NotFound`] out of reach; refusals come back in the form.
pub async fn act(visit: Visit, id: OrgId, act: Act, sent: Submitted) -> Answer {
    let org = standing(&visit, id)?;
    let mut form = Form::new(sent);
    let mut tx = visit.begin().await?;
    let done = perform(&visit, &mut tx, &org, act, &mut form).await;
    if !form.is_right() {
        return page(&visit, &org, act, &form).answer(&visit);
    }
    match done {
        Ok((to, sentence)) => Ok(visit.done(tx.commit().await?, &to, &sentence)),
        Err(error) => page(&visit, &org, act, &form).refused(&visit, error),
    }
}

/// One that may be acted on: what was dissolved is past changing.
fn standing(visit: &Visit, id: OrgId) -> Result<OrgNode, Failure> {
    visit.app.directory().visible(&visit.scope(Capability::ViewOrganisations), id).cloned().ok_or(Failure::NotFound)
}

async fn perform(visit: &Visit, tx: &mut Tx, org: &OrgNode, act: Act, form: &mut Form) -> anyhow::Result<(String, String)> {
    let (app, actor) = (&visit.app, visit.actor());
    let here = format!("/organisations/{}", org.id);
    let nothing = || Ok((String::new(), String::new()));
    match act {
        Act::Rename => {
            let (decision, name) = (decision(form), form.required("name", "请填写新的全称"));
            if !form.is_right() {
                return nothing();
            }
            super::rename(app, tx, actor, org.id, &name, &decision).await?;
            Ok((here, format!("已更名，{} 起用“{name}”。", decision.on)))
        }
        Act::Move | Act::Merge => {
            let (decision, other) = (decision(form), chosen(form, "other"));
            if !form.is_right() {
                return nothing();
            }
            if act == Act::Move {
                super::move_to(app, tx, actor, org.id, other, &decision).await?;
                return Ok((here, "隶属关系已经调整，下级一起随转。".to_owned()));
            }
            super::merge(app, tx, actor, org.id, other, &decision).await?;
            Ok((format!("/organisations/{other}"), format!("“{}”已并入，党员和没有办完的事都随转过来。", org.name)))
        }
        Act::Split => split(visit, tx, org, form).await,
        Act::Dissolve => {
            let decision = decision(form);
            if !form.is_right() {
                return nothing();
            }
            super::dissolve(app, tx, actor, org.id, &decision).await?;
            Ok((here, format!("“{}”已撤销，以前的情况照旧可查。", org.name)))
        }
        Act::GoLive => {
            let on = form.required_day("on");
            if !form.is_right() {
                return nothing();
            }
            let n = super::set_go_live(tx, actor, org.id, on).await?;
            Ok((here, format!("已设定：{n} 个党组织从 {on} 起启用。")))
        }
        Act::ThemeDay => {
            let theme_day = form.whole("theme_day");
            if !form.is_right() {
                return nothing();
            }
            super::set_theme_day(tx, actor, org.id, theme_day).await?;
            Ok((here, theme_day.map_or_else(|| "已取消固定的主题党日。".to_owned(), |day| format!("主题党日固定在每月 {day} 日。"))))
        }
        Act::Committee => committee(visit, tx, org, form).await,
        Act::Found => found(visit, tx, org, form).await,
        Act::Place => place(visit, tx, org, form).await,
        Act::Explain => {
            let kind = FlagKind::of(form.text("flag"));
            let (reason, until) = (form.required("reason", "请写明理由"), form.day("until"));
            let Some(kind) = kind.filter(|_| form.is_right()) else {
                form.problem("flag", "请选择是哪一条提示");
                return nothing();
            };
            super::flags::explain(app, tx, actor, org.id, kind, &reason, until).await?;
            Ok((here, format!("已登记“{}”的理由，不再提示。", kind.word())))
        }
    }
}

fn decision(form: &mut Form) -> Decision {
    Decision { on: form.required_day("on"), reason: form.required("reason", "请写明依据和理由，例如批复的文号") }
}

fn chosen(form: &mut Form, name: &str) -> OrgId {
    let id = form.text(name).parse().ok();
    if id.is_none() {
        form.problem(name, "请从列表里选一个");
    }
    id.unwrap_or_default()
}

async fn split(visit: &Visit, tx: &mut Tx, org: &OrgNode, form: &mut Form) -> anyhow::Result<(String, String)> {
    let decision = decision(form);
    let new = NewOrganisation {
        code: form.required("code", "请填写新组织的编码"),
        name: form.required("name", "请填写新组织的全称"),
        kind: org.kind.clone(),
        field: org.field.clone(),
        source: format!("拆分：{}", decision.reason),
        ..NewOrganisation::default()
    };
    let members = form.ids("member");
    if members.is_empty() {
        form.problem("member", "请勾选转到新组织的党员");
    }
    if !form.is_right() {
        return Ok((String::new(), String::new()));
    }
    let n = members.len();
    let ids = super::split(&visit.app, tx, visit.actor(), org.id, vec![Part { new, members }], Remainder::Stays, &decision).await?;
    Ok((format!("/organisations/{}", ids[0]), format!("已由“{}”拆分设立，{n} 名党员从 {} 起在这里。", org.name, decision.on)))
}

async fn committee(visit: &Visit, tx: &mut Tx, org: &OrgNode, form: &mut Form) -> anyhow::Result<(String, String)> {
    let (on, source) = (form.required_day("on"), form.required("source", "请写明依据，例如换届选举结果报告"));
    if on > visit.today() {
        form.problem("on", "生效日期不能晚于今天");
    }
    let mut list = Vec::new();
    for (post, _) in POSTS {
        for name in form.text(post).split(['、', '，', ',', ' ', '\n']).map(str::trim).filter(|name| !name.is_empty()) {
            list.push(NewHolding { post: post.to_owned(), name: name.to_owned(), telephone: None, member_id: None });
        }
    }
    if list.is_empty() {
        form.problem("secretary", "至少填写一个人");
    }
    if !form.is_right() {
        return Ok((String::new(), String::new()));
    }
    link_members(visit, org, &mut list);
    let n = list.len();
    super::set_committee(&visit.app, tx, visit.actor(), org.id, list, on, &source).await?;
    Ok((format!("/organisations/{}", org.id), format!("已登记班子 {n} 人，从 {on} 起。")))
}

/// A name that only one member of the branch has is that member.
fn link_members(visit: &Visit, org: &OrgNode, list: &mut [NewHolding]) {
    let directory = visit.app.directory();
    for holding in list {
        let mut same = directory.members_of(org.id).filter(|member| member.name == holding.name);
        if let (Some(member), None) = (same.next(), same.next()) {
            holding.member_id = Some(member.id);
        }
    }
}

async fn found(visit: &Visit, tx: &mut Tx, org: &OrgNode, form: &mut Form) -> anyhow::Result<(String, String)> {
    let new = NewOrganisation {
        code: form.required("code", "请填写组织编码，全市唯一，写定后不改"),
        name: form.required("name", "请填写党组织全称，与印章一致"),
        kind: form.required("kind", "请选择类别"),
        superior_code: Some(org.code.clone()),
        field: form.required("field", "请选择领域"),
        founded_on: Some(form.required_day("founded_on")),
        secretary: form.filled("secretary"),
        telephone: form.filled("telephone"),
        elected_on: form.day("elected_on"),
        term_years: form.whole("term_years"),
        region_code: form.filled("region_code"),
        source: form.required("reason", "请写明依据，例如批复的文号"),
        ..NewOrganisation::default()
    };
    if new.founded_on.is_some_and(|day| day > visit.today()) {
        form.problem("founded_on", "建立日期不能晚于今天");
    }
    if !form.is_right() {
        return Ok((String::new(), String::new()));
    }
    let name = new.name.clone();
    let ids = super::create_all(&visit.app, tx, visit.actor(), vec![new]).await?;
    Ok((format!("/organisations/{}", ids[0]), format!("已登记“{name}”。")))
}

async fn place(visit: &Visit, tx: &mut Tx, org: &OrgNode, form: &mut Form) -> anyhow::Result<(String, String)> {
    let mut read = |name: &str, what: &str, most: i64| {
        let degrees = degrees(form.text(name), most);
        if degrees.is_none() {
            form.problem(name, format!("请填{what}的十进制度数，最多六位小数，不超过 {most}，例如 101.545600"));
        }
        degrees
    };
    let (longitude, latitude) = (read("longitude", "经度", 180), read("latitude", "纬度", 90));
    if !form.is_right() {
        return Ok((String::new(), String::new()));
    }
    let new = NewOrganisation {
        code: org.code.clone(),
        name: org.name.clone(),
        kind: org.kind.clone(),
        field: org.field.clone(),
        longitude,
        latitude,
        ..NewOrganisation::default()
    };
    super::update_all(&visit.app, tx, visit.actor(), vec![new], visit.today()).await?;
    Ok((format!("/organisations/{}", org.id), "位置已登记，导出的表里会带上。".to_owned()))
}

async fn committee_form(visit: &Visit, org: &OrgNode) -> anyhow::Result<Form> {
    let now = super::read::holdings(&visit.app, org.id).await?;
    let of = |post: &str| now.iter().filter(|row| row.post == post && row.until.is_none()).map(|row| row.name.clone()).collect::<Vec<_>>().join("、");
    let mut fields = POSTS.map(|(post, _)| (post, of(post))).to_vec();
    fields.push(("on", visit.today().to_string()));
    let fields: [(&str, String); 7] = fields.try_into().map_err(|_| anyhow::anyhow!("six posts and a day"))?;
    Ok(Form::prefilled(fields))
}

/// The form of an act as it stands.
fn page(visit: &Visit, org: &OrgNode, act: Act, form: &Form) -> ActionPage {
    let here = format!("/organisations/{}", org.id);
    let start = |title: &str, lead: String| {
        let layout = visit.layout(title).crumb("组织体系", "/organisations").crumb(org.name.clone(), here.clone()).crumb(title, "");
        ActionPage::new(layout, title, lead, Link::new("先不办", here.clone()))
    };
    let on = Control::Input(form.field("on", "生效日期").hint("不晚于今天；这一天以前的情况不变"), "date");
    let reason = Control::Text(form.field("reason", "依据和理由").hint("例如：青组发〔2026〕3 号，所在企业注销"));
    let choose = |label: &str| {
        let name = form.text("other").parse::<OrgId>().map(|id| visit.app.directory().name_of(id).to_owned()).unwrap_or_default();
        Control::Choose(form.field("other", label).hint("输入名称、拼音首字母或者编码，从列表里选"), name, "/api/organisations")
    };
    match act {
        Act::Place => start("登记位置", format!("“{}”在地图上的位置，按 {DATUM} 坐标填十进制度数。", org.name))
            .with(Control::Input(form.field("longitude", "经度").hint("东经，例如 101.545600"), "text"))
            .with(Control::Input(form.field("latitude", "纬度").hint("北纬，例如 25.038700"), "text"))
            .note("火星坐标（GCJ-02）、百度坐标要先换算，否则地图上会偏几百米。")
            .button("登记位置"),
        Act::Rename => start("更名", format!("“{}”换一个全称；以前的名称照旧可查", org.name))
            .with(Control::Input(form.field("name", "新的全称").hint("与印章一致"), "text"))
            .with(on)
            .with(reason),
        Act::Move => start("调整隶属关系", format!("“{}”连同下级，改由另一个党组织领导", org.name))
            .with(choose("新的上级党组织"))
            .with(on)
            .with(reason)
            .note("按生效日期起算：以前的月份仍归原来的上级，统计和考核按当日的隶属关系。"),
        Act::Merge => start("合并", format!("“{}”并入另一个同类的党组织", org.name))
            .with(choose("并入哪个党组织"))
            .with(on)
            .with(reason)
            .button("办理合并")
            .asking(format!("“{}”的 {} 名党员从生效日期起转到新的党组织，它本身撤销。办了不能退回，只能再办一次拆分。", org.name, org.n_members))
            .note(format!("现有党员 {} 名，全部随转，不会有人落空。", org.n_members))
            .note("正在途中的组织关系转接、下级组织、没有办完的事，都随转过去。"),
        Act::Split => split_page(visit, org, form, start("拆分", format!("从“{}”分出一个新的党组织", org.name)), on, reason),
        Act::Dissolve => start("撤销", format!("“{}”不再存在；以前的情况照旧可查", org.name))
            .with(on)
            .with(reason)
            .asking(format!("“{}”从生效日期起撤销。", org.name))
            .note(format!("现有党员 {} 名：要先全部转接或者合并出去，才能撤销。", org.n_members)),
        Act::GoLive => start(
            "设定启用日期",
            if org.is_branch() {
                format!("“{}”从哪一天起在本系统记录", org.name)
            } else {
                format!("“{}”和它的全部下级，从哪一天起在本系统记录，一次设定", org.name)
            },
        )
        .with(Control::Input(form.field("on", "启用日期").hint("启用以前的月份显示“未启用”，不算缺"), "date"))
        .button("设定"),
        Act::ThemeDay => start("固定主题党日", format!("“{}”每月哪一天开展主题党日", org.name))
            .with(Control::Input(form.field("theme_day", "每月几日").hint("1 至 28；留空为不固定").optional(), "number"))
            .button("固定下来"),
        Act::Committee => committee_page(form, start("登记班子", format!("“{}”的书记和委员；名单以外的人从生效日期起不再任职", org.name)), on),
        Act::Found => found_page(visit, form, start("登记下级组织", format!("登记在“{}”下面", org.name))),
        Act::Explain => {
            let choices = form.choices("flag", FlagKind::ALL.map(|kind| (kind.key(), kind.word())));
            start("登记理由", format!("“{}”为什么可以是现在这样；登记以后不再提示", org.name))
                .with(Control::Select(form.field("flag", "哪一条提示"), choices))
                .with(Control::Text(form.field("reason", "理由")))
                .with(Control::Input(form.field("until", "到哪一天为止").hint("到期还是这样的，重新提示").optional(), "date"))
                .button("登记理由")
        }
    }
}

fn split_page(visit: &Visit, org: &OrgNode, form: &Form, page: ActionPage, on: Control, reason: Control) -> ActionPage {
    let ticked = form.ids("member");
    let directory = visit.app.directory();
    let entries = directory.members_of(org.id).map(|member| {
        let choice = Choice { value: member.id.to_string(), label: member.name.clone(), selected: ticked.contains(&member.id) };
        (choice, member.category.to_string())
    });
    page.with(Control::Input(form.field("code", "新组织的编码").hint("以 P 开头，全市唯一，写定后不改"), "text"))
        .with(Control::Input(form.field("name", "新组织的全称"), "text"))
        .with(on)
        .with(reason)
        .with(Control::Checks(form.field("member", "转到新组织的党员").hint("没有勾选的留在原组织"), entries.collect()))
        .button("办理拆分")
        .note("新组织与原组织同一上级、同一类别和领域，从生效日期起建立。")
        .note("要分成几个的，分几次办；原组织要撤销的，最后把剩下的人合并出去。")
}

fn committee_page(form: &Form, page: ActionPage, on: Control) -> ActionPage {
    let mut page = page;
    for (post, name) in POSTS {
        let mut field = form.field(post, name);
        if post != "secretary" {
            field = field.optional();
        }
        if post == "committee_member" {
            field = field.hint("几个人用顿号隔开");
        }
        page = page.with(Control::Input(field, "text"));
    }
    page.with(on)
        .with(Control::Input(form.field("source", "依据").hint("例如：2026 年换届选举结果报告"), "text"))
        .button("登记班子")
        .note("名单里原来就在任的，任职日期不变。")
        .note("与本支部党员同名的，自动对应到那名党员；重名的不对应。")
}

fn found_page(visit: &Visit, form: &Form, page: ActionPage) -> ActionPage {
    let pack = visit.pack();
    let words = Words::of(&pack);
    let kinds: Vec<(&String, &String)> =
        words.kinds.iter().filter(|(key, _)| pack.organisation_kinds.get(*key).is_some_and(|kind| kind.role != OrganisationRole::Group)).collect();
    page.with(Control::Input(form.field("name", "党组织全称").hint("与印章一致"), "text"))
        .with(Control::Input(form.field("code", "组织编码").hint("以 P 开头，后接行政区划代码；全市唯一，写定后不改"), "text"))
        .with(Control::Select(form.field("kind", "类别"), form.choices("kind", kinds)))
        .with(Control::Select(form.field("field", "领域"), form.choices("field", words.fields.iter().map(|(key, name)| (key, name)))))
        .with(Control::Input(form.field("founded_on", "建立日期"), "date"))
        .with(Control::Input(form.field("secretary", "书记").optional(), "text"))
        .with(Control::Input(form.field("telephone", "联系电话").optional(), "text"))
        .with(Control::Input(form.field("elected_on", "选举日期").optional(), "date"))
        .with(Control::Input(form.field("term_years", "任期（年）").optional(), "number"))
        .with(Control::Input(form.field("region_code", "行政区划代码").hint("村、社区填 12 位").optional(), "text"))
        .with(Control::Text(form.field("reason", "依据").hint("例如：关于成立××党支部的批复")))
        .button("登记")
}

/// `GET /organisations/{id}/…` and `POST` of every act.
pub fn routes(routes: crate::http::route::Routes) -> crate::http::route::Routes {
    use crate::http::route::{Door, Needs};
    let manage = Needs::May(Capability::ManageOrganisations);
    let direct = Needs::May(Capability::DirectActivities);
    macro_rules! acts {
        ($routes:expr, $(($path:literal, $needs:expr, $act:expr)),+ $(,)?) => {
            $routes$(
                .get($path, $needs, Door::Inner, |visit: Visit, Path(id): Path<OrgId>, Query(flag): Query<FlagQuery>| show(visit, id, $act, flag))
                .post($path, $needs, Door::Inner, |visit: Visit, Path(id): Path<OrgId>, sent: Submitted| act(visit, id, $act, sent))
            )+
        };
    }
    acts!(
        routes,
        ("/organisations/{id}/rename", manage, Act::Rename),
        ("/organisations/{id}/move", manage, Act::Move),
        ("/organisations/{id}/merge", manage, Act::Merge),
        ("/organisations/{id}/split", manage, Act::Split),
        ("/organisations/{id}/dissolve", manage, Act::Dissolve),
        ("/organisations/{id}/found", manage, Act::Found),
        ("/organisations/{id}/place", manage, Act::Place),
        ("/organisations/{id}/explain", manage, Act::Explain),
        ("/organisations/{id}/go_live", direct, Act::GoLive),
        ("/organisations/{id}/theme_day", Needs::May(Capability::ViewOrganisations), Act::ThemeDay),
        ("/organisations/{id}/committee", Needs::May(Capability::ViewOrganisations), Act::Committee),
    )
}
