//! What the offices of the demo city did with the records: a rating drafted and published, a list decided, rectifications
//! at every stage that a year allows. Each step is done by the account that may do it.

use std::collections::BTreeMap;

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::civil::Date;
use policy::{PlanLineKind, ScoreRule};
use store::{Actor, OrgId};

use super::chance::Chance;
use super::noon;
use crate::account::{NewGrant, NewPerson};
use crate::app::App;
use crate::case;
use crate::evaluation::{self, JudgedValue};
use crate::rectification::{self, CandidateAnswer};

/// Filled fields of an action.
pub(super) type Fields = BTreeMap<String, Vec<String>>;

pub(super) fn fields(list: &[(&str, &str)]) -> Fields {
    let mut all = Fields::new();
    for (name, value) in list {
        all.entry((*name).to_owned()).or_default().push((*value).to_owned());
    }
    all
}

/// The first county's year, told month by month.
pub(super) struct Loops {
    county: OrgId,
    evaluation: Option<(i64, Date)>,
    is_published: bool,
    /// Of the list that follows the rating: what is done with each, by the months since.
    cases: Vec<i64>,
    n_months_since: usize,
    /// Of the list that was made early in the year by conditions alone.
    early: Vec<i64>,
    n_months_since_early: usize,
}

impl Loops {
    pub fn new(app: &App) -> anyhow::Result<Self> {
        let at = |code: &str| app.directory().by_code(code).map(|org| org.id).with_context(|| format!("{code} stands"));
        Ok(Self {
            county: at("P990101")?,
            evaluation: None,
            is_published: false,
            cases: Vec::new(),
            n_months_since: 0,
            early: Vec::new(),
            n_months_since_early: 0,
        })
    }

    /// What is done at the end of a month, when its records are in.
    pub async fn month_end(&mut self, app: &App, begins: Date, day: Date, at: Timestamp) -> anyhow::Result<()> {
        if self.early.is_empty() {
            self.early = self.list(app, policy::WeakListMode::None, day, at).await?;
        } else {
            self.n_months_since_early += 1;
            // One of them stays a little behind, so that one is still observed when another is done.
            for (n, id) in self.early.iter().enumerate() {
                for action in early_steps_of(self.n_months_since_early, n) {
                    self.step(app, *id, EARLY + n, action, day, at).await.with_context(|| format!("early rectification {n}, {action}"))?;
                }
            }
        }
        if !self.cases.is_empty() {
            self.n_months_since += 1;
            return self.rectify(app, day, at).await;
        }
        if let Some((id, drafted_on)) = self.evaluation {
            if !self.is_published && (day - drafted_on).get_days() >= 10 {
                self.publish(app, id, day, at).await?;
                self.cases = self.list(app, policy::WeakListMode::Ratio, day, at).await?;
            }
            return Ok(());
        }
        self.draft(app, begins, day, at).await
    }

    /// Opens the first rating of the plan whose whole period lies within the city's records.
    async fn draft(&mut self, app: &App, begins: Date, day: Date, at: Timestamp) -> anyhow::Result<()> {
        let pack = app.pack();
        let line = pack.plan_lines.iter().find(|(_, line)| {
            line.kind == PlanLineKind::Evaluation && line.level == "county" && line.period.from() >= begins && line.opens_on <= day
        });
        let Some((key, line)) = line else { return Ok(()) };
        let county = actor(app, "xianwei", day).await?;
        let mut tx = app.begin(&county, at).await?;
        let entry =
            evaluation::file_line(app, &mut tx, &county, self.county, key, "年度督查检查考核计划", "县委常委会", Some("云考〔2026〕3号")).await?;
        app.settle(tx.commit().await?).await;
        self.judge(app, &county, &line.of, line.period, at).await?;
        let mut tx = app.begin(&county, at).await?;
        let id = evaluation::open(app, &mut tx, &county, entry).await?;
        app.settle(tx.commit().await?).await;
        let mut tx = app.begin(&county, at).await?;
        publication_step(app, &mut tx, &county, id, "send_draft", &fields(&[("note", "请各党支部核对本支部的得分，有意见的在征求意见期内提出。")]))
            .await?;
        app.settle(tx.commit().await?).await;
        self.evaluation = Some((id, day));
        Ok(())
    }

    /// Judges every item that people judge, for every branch of the county.
    async fn judge(&self, app: &App, county: &Actor, scheme: &str, period: policy::Period, at: Timestamp) -> anyhow::Result<()> {
        let pack = app.pack();
        let (_, rule) = pack.scheme_in(scheme, period.year).context("the scheme stands")?;
        let branches: Vec<(OrgId, String, String)> = {
            let directory = app.directory();
            directory
                .subtree(self.county)
                .filter(|org| rule.kinds.contains(&org.kind))
                .map(|org| (org.id, org.code.clone(), org.field.clone()))
                .collect()
        };
        let mut values = Vec::new();
        for (organisation, code, field) in branches {
            let sections = rule.sections.iter().chain(rule.standards.iter().filter(|s| s.field == field).flat_map(|s| &s.sections));
            for item in sections.flat_map(|section| &section.items).filter(|item| item.score == ScoreRule::Judged) {
                let mut chance = Chance::of(&format!("judged/{code}/{}", item.indicator));
                let most = i64::try_from(item.weight.to_integer()).unwrap_or(5);
                let points = (most * chance.between(62, 100) + 50) / 100;
                values.push(JudgedValue {
                    organisation,
                    indicator: item.indicator.clone(),
                    period,
                    points: points.to_string(),
                    evidence: "现场查看和党员群众测评".to_owned(),
                });
            }
        }
        for some in values.chunks(400) {
            let mut tx = app.begin(county, at).await?;
            for answer in evaluation::judge_all(app, &mut tx, county, some.to_vec()).await? {
                answer.map_err(|sentence| anyhow::anyhow!(sentence))?;
            }
            app.settle(tx.commit().await?).await;
        }
        Ok(())
    }

    async fn publish(&mut self, app: &App, id: i64, day: Date, at: Timestamp) -> anyhow::Result<()> {
        let county = actor(app, "xianwei", day).await?;
        let decided_on = day.to_string();
        for (action, given) in [
            ("decide", fields(&[("meeting", "部务会"), ("decided_on", &decided_on)])),
            ("publish", fields(&[("scope", "本县各乡镇（街道）党（工）委、各党支部"), ("issued_on", &decided_on), ("number", "云委组〔2026〕8号")])),
        ] {
            let mut tx = app.begin(&county, at).await?;
            publication_step(app, &mut tx, &county, id, action, &given).await?;
            app.settle(tx.commit().await?).await;
        }
        self.is_published = true;
        Ok(())
    }

    /// From the machine's proposals to the list that the city has acknowledged.
    async fn list(&self, app: &App, mode: policy::WeakListMode, day: Date, at: Timestamp) -> anyhow::Result<Vec<i64>> {
        let pack = app.pack();
        let is_of_mode = |key: &str| pack.weak_lists.get(key).is_some_and(|list| list.mode == mode);
        // The newest that may be opened: a list is made from a result that is not younger than itself.
        let line = pack
            .plan_lines
            .iter()
            .filter(|(_, line)| line.kind == PlanLineKind::WeakList && is_of_mode(&line.of) && line.level == "county" && line.opens_on <= day)
            .max_by_key(|(key, line)| (line.opens_on, (*key).clone()));
        let Some((key, line)) = line else { return Ok(Vec::new()) };
        let county = actor(app, "xianwei", day).await?;
        let city = actor(app, "shiwei", day).await?;
        let mut tx = app.begin(&county, at).await?;
        let entry = evaluation::file_line(app, &mut tx, &county, self.county, key, "年度督查检查考核计划", "县委常委会", None).await?;
        let id = rectification::open_round(app, &mut tx, &county, entry).await?;
        app.settle(tx.commit().await?).await;
        let round = rectification::find_round(app.store().reader(), id).await?.context("the round was opened")?;
        let day_text = day.to_string();
        let towns = self.towns(app);
        let wanted = towns.iter().map(|(code, id)| (login_of(code), (*id, "township_organisation_officer", "组织委员"))).collect();
        open_accounts(app, wanted, at).await?;
        let checked = fields(&[("checked_on", &day_text), ("statement", "对照五种情形逐村（社区）自查，事实已写明。")]);
        for code in towns.keys() {
            let town = actor(app, &login_of(code), day).await?;
            let mut tx = app.begin(&town, at).await?;
            rectification::act_on_list(app, &mut tx, &town, &round, "report_self_check", &checked).await?;
            app.settle(tx.commit().await?).await;
        }
        let mut tx = app.begin(&county, at).await?;
        rectification::act_on_list(app, &mut tx, &county, &round, "begin_review", &Fields::new()).await?;
        if mode == policy::WeakListMode::None {
            for organisation in self.known(app, &line.of) {
                rectification::add_candidate(app, &mut tx, &county, &round, organisation).await?;
            }
        }
        let conditions = pack.weak_lists.get(&line.of).map(|list| list.conditions.as_slice()).unwrap_or_default();
        let mut n_listed = 0;
        for (n, candidate) in rectification::candidates_of(tx.connection(), id).await?.into_iter().enumerate() {
            // Whom the offices name, they name for one of the conditions.
            let mut found = candidate.conditions.clone();
            if mode == policy::WeakListMode::None {
                found.extend(conditions.get(1 + n % conditions.len().max(2)).map(|condition| condition.key.clone()));
            }
            let is_listed = !found.is_empty() || n_listed < round.n_floor;
            n_listed += i64::from(is_listed);
            let explanation =
                if is_listed { facts_of(&found, n) } else { "得分偏低，经核实五种情形都没有，由乡镇跟进提升。".to_owned() };
            let given = CandidateAnswer { is_listed, conditions: found, explanation };
            rectification::answer(app, &mut tx, &county, &round, &candidate, given).await?;
        }
        app.settle(tx.commit().await?).await;
        let bodies = pack.weak_lists.get(&line.of).map(|list| list.review_bodies.as_slice()).unwrap_or_default();
        let opinion = |body: &String| (&county, "record_opinion", fields(&[("body", body), ("opinion", "无"), ("given_on", &day_text)]));
        let mut steps: Vec<(&Actor, &str, Fields)> = bodies.iter().map(opinion).collect();
        steps.extend([
            (&county, "submit_to_committee", Fields::new()),
            (&county, "decide", fields(&[("decided_on", &day_text), ("number", "第8号")])),
            (&county, "file", Fields::new()),
            (&city, "acknowledge", Fields::new()),
        ]);
        for (who, action, given) in steps {
            let mut tx = app.begin(who, at).await?;
            rectification::act_on_list(app, &mut tx, who, &round, action, &given).await.with_context(|| format!("the list's step {action}"))?;
            app.settle(tx.commit().await?).await;
        }
        let scope = county.scope(policy::Capability::ViewWeakLists);
        let mut cases = case::open_cases(app.store().reader(), &scope, rectification::PROCEDURE, true).await?;
        cases.retain(|case| !self.early.contains(&case.id));
        cases.sort_by_key(|case| case.id);
        self.accounts(app, &cases, at).await?;
        Ok(cases.iter().map(|case| case.id).collect())
    }

    /// Three branches that the county's offices know of: they did least in the first months.
    fn known(&self, app: &App, list: &str) -> Vec<OrgId> {
        let pack = app.pack();
        let Some(rule) = pack.weak_lists.get(list) else { return Vec::new() };
        let directory = app.directory();
        let mut found: Vec<(String, OrgId)> = directory
            .subtree(self.county)
            .filter(|org| rule.kinds.contains(&org.kind) && rule.fields.contains(&org.field))
            .map(|org| (org.code.clone(), org.id))
            .collect();
        found.sort_by_key(|(code, _)| (super::months::Branch::diligence_of(code), code.clone()));
        found.into_iter().take(3).map(|(_, id)| id).collect()
    }

    /// The offices of the county's towns and streets, by code: each checks its own branches.
    fn towns(&self, app: &App) -> BTreeMap<String, OrgId> {
        let directory = app.directory();
        directory.subtree(self.county).filter(|org| org.level == "township" && !org.is_branch()).map(|org| (org.code.clone(), org.id)).collect()
    }

    /// Accounts for the secretaries of the listed branches and the officers of their towns.
    async fn accounts(&self, app: &App, cases: &[case::CaseFile], at: Timestamp) -> anyhow::Result<()> {
        let mut wanted: BTreeMap<String, (OrgId, &str, &str)> = BTreeMap::new();
        {
            let directory = app.directory();
            for org in cases.iter().filter_map(|case| directory.org(case.organisation)) {
                wanted.insert(login_of(&org.code), (org.id, "branch_secretary", "支部书记"));
                if let Some(above) = frame::answerable::committee_of(&directory, org.id) {
                    wanted.insert(login_of(&above.code), (above.id, "township_organisation_officer", "组织委员"));
                }
            }
        }
        open_accounts(app, wanted, at).await
    }

    /// Brings each rectification as far as its number says: one stays at every stage.
    async fn rectify(&self, app: &App, day: Date, at: Timestamp) -> anyhow::Result<()> {
        for (n, id) in self.cases.iter().enumerate() {
            // 0 waits for its plan, 1 for the review; the others go on as far as the months allow.
            let goes_to = n % 6;
            for action in steps_of(self.n_months_since, goes_to) {
                self.step(app, *id, n, action, day, at).await.with_context(|| format!("rectification {n}, {action}"))?;
            }
        }
        Ok(())
    }

    async fn step(&self, app: &App, id: i64, n: usize, action: &str, day: Date, at: Timestamp) -> anyhow::Result<()> {
        let file = case::find(app.store().reader(), id).await?.context("the case was opened")?;
        let items = case::items_of(app.store().reader(), id).await?;
        let open =
            |kind: &str| -> Vec<String> { items.iter().filter(|i| i.kind == kind && i.closed_in.is_none()).map(|i| i.id.to_string()).collect() };
        let (branch, town) = {
            let directory = app.directory();
            let org = directory.org(file.organisation).context("it stands")?;
            (org.code.clone(), frame::answerable::committee_of(&directory, org.id).map(|above| above.code.clone()).unwrap_or_default())
        };
        let login = match action {
            "submit_plan" | "report_progress" => login_of(&branch),
            "verify_conditions" | "accept" => "ducha".to_owned(),
            "close_out" | "end_observation" | "relapse" => "xianwei".to_owned(),
            _ => login_of(&town),
        };
        let day_text = day.to_string();
        let given = match action {
            "submit_plan" => plan(app, &file, n, day),
            "agree_plan" => fields(&[("opinion", "措施具体，同意")]),
            "report_progress" => fields(&[("progress", PROGRESS[n % PROGRESS.len()])]),
            "confirm_measures" => {
                Fields::from([("measures_done".to_owned(), open("measure")), ("basis".to_owned(), vec!["查看会议记录，走访党员核实。".to_owned()])])
            }
            "analyse" => fields(&[("analysed_on", &day_text), ("findings", "班子已经配齐，制度恢复运转，还要巩固一段时间。")]),
            "verify_conditions" => Fields::from([
                ("verified".to_owned(), open("condition")),
                ("method".to_owned(), vec!["听取党员意见，查阅记录，实地查看。".to_owned()]),
                ("satisfied_percent".to_owned(), vec!["92".to_owned()]),
            ]),
            "accept" => fields(&[
                ("team", "县委组织部、纪委监委机关、民政局"),
                ("accepted_on", &day_text),
                ("conclusion", "达到转化要求"),
                ("opinion", "达到转化要求"),
            ]),
            "close_out" => fields(&[("decided_on", &day_text), ("number", "第11号")]),
            "record_visit" => fields(&[("visited_on", &day_text), ("findings", "组织生活按月开展，党员反映比过去正规，没有发现反复。")]),
            "relapse" => fields(&[("conditions.text", "党组织活动开展不经常"), ("facts", "连续两个月没有开展主题党日，书记说明不了原因。")]),
            _ => fields(&[("statement", "措施已经办结，申请验收。"), ("reason", "措施已经办结")]),
        };
        let who = actor(app, &login, day).await?;
        let mut tx = app.begin(&who, at).await?;
        rectification::act(app, &mut tx, &who, &file, action, &given).await?;
        app.settle(tx.commit().await?).await;
        Ok(())
    }
}

/// What is done in the first, second and third month after the list, for a case that is to come so far.
fn steps_of(month: usize, goes_to: usize) -> Vec<&'static str> {
    match (month, goes_to) {
        (1, 1) => vec!["submit_plan"],
        (1, 2..) => vec!["submit_plan", "agree_plan"],
        (2, 2..) => vec!["report_progress", "analyse"],
        (3, 3) => vec!["confirm_measures", "apply_for_acceptance"],
        (3, 4) => vec!["confirm_measures", "apply_for_acceptance", "verify_conditions", "accept"],
        (3, 5) => vec!["confirm_measures", "apply_for_acceptance", "verify_conditions", "accept", "close_out"],
        _ => Vec::new(),
    }
}

/// The same for those of the list by conditions: the first ends its observation, the second is observed, the third came back.
fn early_steps_of(month: usize, n: usize) -> Vec<&'static str> {
    match (month, n) {
        (1, _) => vec!["submit_plan", "agree_plan"],
        (2, _) => vec!["report_progress", "analyse"],
        (3, _) => vec!["confirm_measures", "apply_for_acceptance", "verify_conditions", "accept", "close_out"],
        (6, _) => vec!["record_visit"],
        (9, 0) => vec!["record_visit", "end_observation"],
        (8, 2) => vec!["relapse"],
        _ => Vec::new(),
    }
}

/// Numbers of the early plans: no other plan has them.
const EARLY: usize = 42;

/// What was found where an organisation is listed.
const FACTS: [&str; 7] = [
    "主题党日、支委会多次没有按期开展，班子作用发挥不够。",
    "上半年只开过一次党员大会，议定的修路款使用情况没有向党员说明。",
    "书记外出务工超过四个月，支委会由一人代签，会议记录前后矛盾。",
    "党务公开栏停在去年，走访的十二名党员有七名说不清集体收入的去向。",
    "两名支部委员空缺半年，党课由镇干部代讲，党员到会不到一半。",
    "组织生活会没有查摆问题，民主评议没有形成结果，材料事后补写。",
    "流动党员没有建立联系，三名预备党员到期没有讨论转正。",
];

/// The facts for the conditions that hold; without one, what the township found.
fn facts_of(conditions: &[String], n: usize) -> String {
    let fact = |key: &String| match key.as_str() {
        "leadership_incomplete" => FACTS[4],
        "affairs_not_disclosed" => FACTS[3],
        "systems_not_implemented" => FACTS[5],
        "secretary_ineffective" => FACTS[2],
        _ => FACTS[0],
    };
    if conditions.is_empty() { FACTS[n % FACTS.len()].to_owned() } else { conditions.iter().map(fact).collect() }
}

const PROGRESS: [&str; 5] = [
    "补选了缺额委员，主题党日按月开展，公开栏重新启用。",
    "书记已返岗坐班，欠开的支委会补上两次，决议逐条公示。",
    "集体合同全部清理上墙，党员大会表决了收益分配办法。",
    "活动室修好启用，按片区通知到人，到会率比整顿前高了近三成。",
    "台账补齐并交镇党委核对，两名积极分子落实了联系人。",
];

/// Sentences of a plan, by what they speak of. A plan takes one of each row: see [`chosen`].
const CAUSES: [[&str; 7]; 3] = [
    [
        "书记常年在外做工程，支部的事由别人代办。",
        "两名委员因年龄和健康原因退出后没有补选，遇事拿不定主意。",
        "班子里多是亲戚，意见不一时互相回避，重要事项拖着不议。",
        "书记和村委会主任长期不和，各管一摊，谁也不召集会议。",
        "新书记到任才两个月，前任没有移交，情况摸不清。",
        "支部委员都在镇上住，平时难得碰面，分工只写在墙上。",
        "后备力量断档，最年轻的委员也快六十岁，电子设备没人会用。",
    ],
    [
        "主题党日连着停了一个季度，会议记录是年底集中补写的。",
        "党员分散在外省务工，通知靠口头传，到会人数一直上不去。",
        "活动室借给合作社堆放货物，开会要临时找地方。",
        "组织生活停在读文件，党员觉得与自己无关，来了也不发言。",
        "党课多年由同一个人念材料，讲什么党员事先不知道。",
        "办公场所因改造搬了两次，台账散失，制度没有接上。",
        "支委会与村民小组长会混着开，分不清哪些是党内决定。",
    ],
    [
        "集体鱼塘和果园的合同没有公开，收益怎么用没有交代。",
        "低保评议没有党员参加，群众怀疑名单事先定好。",
        "饮水工程的账目压了一年才贴出来，村里传言很多。",
        "宅基地纠纷久调不决，党员会上没有人愿意牵头。",
        "惠农补贴的公示只贴了半天，老年党员没有看到。",
        "道路养护的人工由谁出没有说清，几次大会都不欢而散。",
        "山林流转的价钱是几个人商量的，没有交党员大会讨论。",
    ],
];
const MEASURES: [[&str; 7]; 3] = [
    [
        "由镇党委考察，补选支部委员并明确分工",
        "书记返岗坐班，外出三天以上向镇党委请假",
        "邀请退休教师担任副书记，牵头组织生活",
        "请驻村工作队列席支委会，议题提前三天发给委员",
        "选两名返乡青年到支部跟班，作为后备力量培养",
        "由镇纪委约谈班子成员，签订团结共事承诺",
        "建立交接清单，前任书记陪同走访一遍党员户",
    ],
    [
        "固定每月 15 日为主题党日，缺席的逐人说明原因",
        "修缮党员活动室，划分联系片，逐人通知到位",
        "给外出党员开设线上会议，半年集中返乡学习一次",
        "党课改由党员轮流讲身边事，题目由支部大会定",
        "收回借出的场地，配齐桌椅和投影，门口挂牌",
        "补齐近两年台账，由组织委员每月对照检查",
        "把支委会和村民小组长会分开，各自记录签名",
    ],
    [
        "公开集体合同和近三年收支，提交党员大会讨论",
        "低保评议请五名党员到场监督，结果张榜七天",
        "饮水工程账目请县审计局核对，当面答复质疑",
        "成立由老党员牵头的调解小组，宅基地纠纷一月一报",
        "补贴公示延长到七天，不识字的上门宣读",
        "道路养护按户轮值，用工和支出逐月上墙",
        "山林流转重新评估，价格由党员和村民代表表决",
    ],
];

/// Which sentence of the `row`-th kind the `n`-th plan has: a polynomial of the row over the seven, whose digits are those of
/// `n`, so that two plans share two sentences of six at the most.
fn chosen(n: usize, row: usize) -> usize {
    (n % 7 + row * (n / 7 % 7) + row * row * (n / 49 % 7)) % 7
}

fn plan(app: &App, file: &case::CaseFile, n: usize, day: Date) -> Fields {
    let name = app.directory().name_of(file.organisation).to_owned();
    let mut chance = Chance::of(&format!("plan/{n}"));
    let due = super::city::forward(day, 60).to_string();
    // The seventh copies the first one, with another name: the review is to see it.
    let which = if n == 7 { 1 } else { n };
    let causes: String = CAUSES.iter().enumerate().map(|(row, sentences)| sentences[chosen(which, row)]).collect();
    let causes = format!("{name}：{causes}");
    let mut given = fields(&[
        ("causes", &causes),
        ("county_leader", &super::words::person(&mut chance)),
        ("township_leader", &super::words::person(&mut chance)),
        ("first_secretary", &super::words::person(&mut chance)),
        ("converted_by", &super::city::forward(day, 150).to_string()),
    ]);
    for (row, sentences) in MEASURES.iter().enumerate() {
        given.entry("measures.text".to_owned()).or_default().push(sentences[chosen(which, 3 + row)].to_owned());
        given.entry("measures.owner".to_owned()).or_default().push(super::words::person(&mut chance));
        given.entry("measures.due_on".to_owned()).or_default().push(due.clone());
    }
    given
}

/// One act of a publication with what it causes.
async fn publication_step(app: &App, tx: &mut store::Tx, actor: &Actor, id: i64, action: &str, given: &Fields) -> anyhow::Result<()> {
    let kept = evaluation::find(tx.connection(), id).await?.context("the evaluation was opened")?;
    let case_id = kept.case_id.context("a publication runs on a case")?;
    let done = case::act(app, tx, actor, case_id, action, given, &case::Variables::default()).await?;
    evaluation::carry_out(app, tx, actor, id, &done).await
}

/// Login of whoever acts for an organisation: the demo's own accounts where there is one.
pub(super) fn login_of(code: &str) -> String {
    match code {
        "P9901" => "shiwei".to_owned(),
        "P990101" => "xianwei".to_owned(),
        "P990101101" => "zhenwei".to_owned(),
        "P990101101200" => "shuji".to_owned(),
        _ => code.to_lowercase(),
    }
}

pub(super) async fn actor(app: &App, login: &str, on: Date) -> anyhow::Result<Actor> {
    let rows = store::query(app.store().reader(), "select id, name from person where login = $1", [login.into()]).await?;
    let row = rows.first().with_context(|| format!("no account {login}"))?;
    crate::account::actor(app, row.try_get_by_index(0)?, row.try_get_by_index(1)?, on).await
}

/// The end of a month, when offices act: a little after the branches.
pub(super) fn evening(day: Date) -> Timestamp {
    noon(day) + jiff::SignedDuration::from_hours(6)
}

/// Opens accounts for whoever acts for these places, by login; those that are there already stay as they are.
pub(super) async fn open_accounts(app: &App, mut wanted: BTreeMap<String, (OrgId, &str, &str)>, at: Timestamp) -> anyhow::Result<()> {
    let console = Actor::console(store::day_of(at));
    for row in store::query(app.store().reader(), "select login from person", []).await? {
        wanted.remove(&row.try_get_by_index::<String>(0)?);
    }
    let mut tx = app.begin(&console, at).await?;
    for (login, (root, role, title)) in wanted {
        let (name, own) = {
            let directory = app.directory();
            let org = directory.org(root).context("it stands")?;
            (org.name.clone(), org.secretary.clone())
        };
        let mut chance = Chance::of(&format!("account/{login}"));
        let person =
            if role == "branch_secretary" { own.unwrap_or_else(|| super::words::person(&mut chance)) } else { super::words::person(&mut chance) };
        let new = NewPerson {
            login,
            name: person,
            password: crate::account::demo_accounts()[0].password.to_owned(),
            member_id: None,
            must_change_password: false,
        };
        let person_id = crate::account::create_person(&mut tx, &console, new).await?;
        let grant = NewGrant {
            person_id,
            role: role.to_owned(),
            post: format!("{name} · {title}"),
            root: Some(root),
            fields: Vec::new(),
            named: Vec::new(),
            from: store::day_of(at),
            until: None,
            is_acting: false,
        };
        crate::account::give_grant(app, &mut tx, &console, grant).await?;
    }
    app.settle(tx.commit().await?).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_plans_share_two_sentences_of_six_at_the_most() {
        let of = |n: usize| -> Vec<usize> { (0..6).map(|row| chosen(n, row)).collect() };
        for a in 0..120 {
            for b in a + 1..120 {
                let shared = of(a).iter().zip(of(b)).filter(|(x, y)| **x == *y).count();
                assert!(shared <= 2, "{a} and {b} share {shared}");
            }
        }
    }
}
