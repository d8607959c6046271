//! What is typed into the form of a post: raw in, a post to be given or every problem at once out.

use jiff::civil::Date;
use policy::Capability;
use store::{Actor, OrgId, PersonId, query};

use super::post::{Giving, NewGrant, giving};
use crate::app::App;
use crate::case::{self, CaseFile};
use crate::http::submitted::Submitted;
use crate::http::view::{Choice, Field};

/// The form as the page shows it.
#[derive(Debug, Clone)]
pub struct PostForm {
    pub role: Field,
    pub roles: Vec<Choice>,
    pub reach: Field,
    pub reaches: Vec<Choice>,
    pub root: Field,
    pub root_name: String,
    pub fields: Vec<Choice>,
    pub named: Field,
    /// The case that is the only thing to be worked on.
    pub case: Field,
    pub post: Field,
    pub from: Field,
    pub until: Field,
    pub is_acting: bool,
    /// Who holds this seat already; empty: nobody.
    pub held: String,
}

const REACHES: [(&str, &str); 4] = [
    ("subtree", "所选组织和它的全部下级"),
    ("fields", "所选组织及下级中的某些领域"),
    ("named", "只管逐个写明的组织"),
    ("case", "只办一件事，办结就没有了"),
];

impl PostForm {
    /// An empty form: the usual case filled in; or, from the page of a case, that case.
    pub fn new(app: &App, actor: &Actor, today: Date, asked: &str) -> Self {
        let asked = Submitted::parse(asked);
        let reach = match asked.filled("case") {
            Some(case) => format!("reach=case&case={}", crate::http::list::encoded(case)),
            None => "reach=subtree".to_owned(),
        };
        Self::filled(app, actor, &Submitted::parse(&format!("from={today}&{reach}")))
    }

    /// The form with what was typed.
    pub fn filled(app: &App, actor: &Actor, form: &Submitted) -> Self {
        let pack = app.pack();
        let chosen = |value: &str, name: &str| form.all(name).iter().any(|it| it == value);
        // Nothing is chosen beforehand: a role that nobody meant would be given without a look.
        let first = Choice { value: String::new(), label: "请选一个角色".to_owned(), selected: form.text("role").is_empty() };
        let roles = std::iter::once(first)
            .chain(delegated(app, actor).into_iter().map(|(value, label)| Choice { selected: chosen(&value, "role"), value, label }))
            .collect();
        let reaches = REACHES
            .iter()
            .map(|(value, label)| Choice { value: (*value).to_owned(), label: (*label).to_owned(), selected: form.text("reach") == *value })
            .collect();
        let root = form.text("root").parse::<OrgId>().ok().filter(|id| app.directory().is_visible(&actor.scope(Capability::ManageGrants), *id));
        let mut fields: Vec<_> = pack.fields.iter().collect();
        fields.sort_by_key(|(_, field)| field.order);
        Self {
            role: Field::new("role", "角色", form.text("role"))
                .hint("角色决定能办什么；列出的是您的岗位可以授予的，注明“确认后生效”的由上面能直接授予的人确认"),
            roles,
            reach: Field::new("reach", "管哪些党组织", form.text("reach")),
            reaches,
            root: Field::new("root", "组织", root.map_or_else(String::new, |id| id.to_string())).hint("打几个字，或拼音首字母，从列表里选"),
            root_name: root.map_or_else(String::new, |id| app.directory().name_of(id).to_owned()),
            fields: fields
                .into_iter()
                .map(|(key, field)| Choice { value: key.clone(), label: field.name.clone(), selected: chosen(key, "fields") })
                .collect(),
            named: Field::new("named", "逐个写明的组织", form.text("named")).hint("每行一个组织编码或全称"),
            case: Field::new("case", "哪一件事", form.text("case"))
                .hint("事项的编号，或者它的地址，例如 /rectifications/1024；也可以从事项的页面点“指派办理人”进来"),
            post: Field::new("post", "岗位名称", form.text("post")).optional().hint("人们平时怎么叫；不填就用“组织 · 角色”"),
            from: Field::new("from", "从哪天起", form.text("from")),
            until: Field::new("until", "到哪天为止", form.text("until")).optional().hint("这一天起不再有效；代理必须填"),
            is_acting: !form.text("is_acting").is_empty(),
            held: String::new(),
        }
    }

    /// The post that the form means; else every problem stands at its field.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn read(&mut self, app: &App, actor: &Actor, form: &Submitted, person_id: PersonId) -> anyhow::Result<Option<(NewGrant, Option<i64>)>> {
        let pack = app.pack();
        let scope = actor.scope(Capability::ManageGrants);
        if !self.roles.iter().any(|role| role.selected && !role.value.is_empty()) {
            self.role.error = "请选一个角色".to_owned();
        }
        let from = read_day(&mut self.from);
        let until = if self.until.value.is_empty() { None } else { read_day(&mut self.until) };
        let reach = form.text("reach");
        let root = form.text("root").parse::<OrgId>().ok().filter(|id| app.directory().is_visible(&scope, *id));
        let fields: Vec<String> = if reach == "fields" { form.all("fields").to_vec() } else { Vec::new() };
        let case = if reach == "case" { self.read_case(app, actor).await? } else { None };
        if !["named", "case"].contains(&reach) && root.is_none() {
            self.root.error = "请从列表里选一个您管的党组织".to_owned();
        }
        if reach == "fields" && fields.is_empty() {
            self.reach.error = "请至少勾一个领域，或改为管全部下级".to_owned();
        }
        let named = match &case {
            Some(case) => vec![case.organisation],
            None if reach == "named" => self.read_named(app, actor, form),
            None => Vec::new(),
        };
        if self.is_wrong() {
            return Ok(None);
        }
        let role = form.text("role").to_owned();
        let root = if ["named", "case"].contains(&reach) { None } else { root };
        let at = root.or_else(|| named.first().copied());
        let more = match &case {
            Some(case) => format!("，只办“{}”", case.title),
            None if named.len() > 1 => format!("等 {} 个组织", named.len()),
            None => String::new(),
        };
        let usual = format!(
            "{}{more} · {}",
            at.map_or_else(String::new, |id| app.directory().name_of(id).to_owned()),
            pack.roles.get(&role).map_or("", |role| &role.name)
        );
        let post = form.filled("post").map_or(usual, |post| post.chars().take(80).collect());
        let Some(from) = from else { return Ok(None) };
        let new = NewGrant { person_id, role, post, root, fields, named, from, until, is_acting: self.is_acting };
        Ok(Some((new, case.map(|case| case.id))))
    }

    /// The open case that was named, within one's own reach.
    async fn read_case(&mut self, app: &App, actor: &Actor) -> anyhow::Result<Option<CaseFile>> {
        let reader = app.store().reader();
        let mut parts = self.case.value.trim().split('/').filter(|part| !part.is_empty());
        let (first, second) = (parts.next().unwrap_or_default(), parts.next().and_then(|id| id.parse::<i64>().ok()));
        let third = parts.next().and_then(|id| id.parse::<i64>().ok());
        let about = |kind: &'static str| second.map(|id| (kind, id));
        let subject = match first {
            "tasks" => about("task"),
            "evaluations" => about("evaluation"),
            "rankings" => about("ranking"),
            "weak-lists" => about("weak_list"),
            "selections" => third.map(|id| ("selection", id)),
            "projects" => third.map(|id| ("project", id)),
            _ => None,
        };
        let found = match (subject, second.or_else(|| first.parse().ok())) {
            (Some((kind, id)), _) => case::cases_of(reader, kind, id).await?.pop(),
            (None, Some(id)) => case::find(reader, id).await?,
            (None, None) => None,
        };
        let scope = actor.scope(Capability::ManageGrants);
        let found = found.filter(|case| app.directory().is_visible(&scope, case.organisation));
        self.case.error = match &found {
            None => "没有找到这件事，请从它的页面点“指派办理人”，或者抄地址里的编号".to_owned(),
            Some(case) if case.closed_at.is_some() => "这件事已经办结，不用再指派".to_owned(),
            Some(_) => String::new(),
        };
        Ok(found.filter(|_| self.case.error.is_empty()))
    }

    fn read_named(&mut self, app: &App, actor: &Actor, form: &Submitted) -> Vec<OrgId> {
        let scope = actor.scope(Capability::ManageGrants);
        let directory = app.directory();
        let mut named = Vec::new();
        let mut unknown = Vec::new();
        for line in form.text("named").lines().map(str::trim).filter(|line| !line.is_empty()) {
            let by_code = directory.by_code(line).filter(|org| directory.is_visible(&scope, org.id)).map(|org| org.id);
            match by_code.or_else(|| directory.all(&scope).find(|org| org.name == line).map(|org| org.id)) {
                Some(id) => named.push(id),
                None => unknown.push(line.to_owned()),
            }
        }
        named.sort_unstable();
        named.dedup();
        if !unknown.is_empty() {
            self.named.error = format!("没有找到：{}。请核对编码或全称。", unknown.join("、"));
        } else if named.is_empty() {
            self.named.error = "请每行写一个组织编码或全称".to_owned();
        }
        named
    }

    /// Whether somebody has begun to fill it in, or a case brought it along.
    #[must_use]
    pub fn is_begun(&self) -> bool {
        !self.role.value.is_empty() || !self.case.value.is_empty() || !self.held.is_empty() || self.is_wrong()
    }

    fn is_wrong(&self) -> bool {
        [&self.role, &self.reach, &self.root, &self.named, &self.case, &self.from, &self.until].iter().any(|field| !field.error.is_empty())
    }
}

/// Who holds the seat that a post would be: of whoever records for an organisation there is one, and another is given knowingly.
///
/// # Errors
/// When the database cannot be read.
pub async fn holder_of(app: &App, new: &NewGrant) -> anyhow::Result<Option<String>> {
    let is_single = app.pack().roles.get(&new.role).is_some_and(|role| {
        role.capabilities.contains(&Capability::RecordActivities) && !role.capabilities.contains(&Capability::SuperviseActivities)
    });
    let (true, Some(root), false) = (is_single, new.root, new.is_acting) else { return Ok(None) };
    let rows = query(
        app.store().reader(),
        "select p.name, g.post, g.from_on, g.id from post_grant g join person p on p.id = g.person_id where g.role = $1 and g.root_id = $2 and g.person_id <> $3 and (g.until_on is null or g.until_on > $4) order by g.id",
        [new.role.clone().into(), root.into(), new.person_id.into(), new.from.to_string().into()],
    )
    .await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let (name, post, from): (String, String, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?);
    Ok(Some(format!("“{post}”已经由{name}担任（{from} 起）。换人的，请打开那个岗位办交接，没办完的事都跟着岗位走。")))
}

/// Roles that the actor's posts give or prepare, with their names; in the pack's order of names.
pub fn delegated(app: &App, actor: &Actor) -> Vec<(String, String)> {
    let pack = app.pack();
    let is_everything = actor.grants.iter().any(|own| own.set.everything);
    pack.roles
        .iter()
        .filter_map(|(key, role)| {
            let own = actor.grants_with(Capability::ManageGrants).filter_map(|own| pack.roles.get(&own.role));
            let ways: Vec<Giving> = own.filter_map(|own| giving(own, key, role)).collect();
            let is_outright = is_everything || ways.contains(&Giving::Outright);
            let name = if is_outright { role.name.clone() } else { format!("{}（确认后生效）", role.name) };
            (is_outright || !ways.is_empty()).then(|| (key.clone(), name))
        })
        .collect()
}

/// A day from a field; what is wrong stands at the field.
pub fn read_day(field: &mut Field) -> Option<Date> {
    match field.value.parse::<Date>() {
        Ok(day) => Some(day),
        Err(_) => {
            field.error = "日期请写成 2026-03-01 这样".to_owned();
            None
        }
    }
}
