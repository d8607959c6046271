//! Operations, subjects and details in words.

use policy::{Action, Pack, Procedure};
use serde_json::Value as Json;

/// An operation as people say it; what a case did is named by the pack's procedure.
#[must_use]
pub fn words(pack: &Pack, operation: &str, detail: &str) -> String {
    if let Some((_, words)) = OPERATIONS.iter().find(|(key, _)| *key == operation) {
        return (*words).to_owned();
    }
    let parts: Json = serde_json::from_str(detail).unwrap_or_default();
    let procedure = parts.get("procedure").and_then(Json::as_str).and_then(|key| pack.procedures.get(key));
    let action = operation.strip_prefix("case.");
    let of_procedure = procedure.zip(action).and_then(|(procedure, key)| action_of(procedure, key)).map(|action| action.name.clone());
    let anywhere = || action.and_then(|key| pack.procedures.values().find_map(|procedure| action_of(procedure, key))).map(|it| it.name.clone());
    let group = || GROUPS.iter().find(|(key, _)| operation.split('.').next() == Some(key)).map(|(_, words)| format!("{words}：其他"));
    of_procedure.or_else(anywhere).or_else(group).unwrap_or_else(|| "其他".to_owned())
}

fn action_of<'a>(procedure: &'a Procedure, key: &str) -> Option<&'a Action> {
    procedure.stages.iter().flat_map(|stage| &stage.actions).find(|action| action.key == key)
}

/// Operations whose words contain what was typed, as they stand in the table.
pub fn found_by(pack: &Pack, q: &str) -> Vec<String> {
    let own = OPERATIONS.iter().filter(|(_, words)| words.contains(q)).map(|(key, _)| (*key).to_owned());
    let of_procedures = pack.procedures.values().flat_map(|procedure| &procedure.stages).flat_map(|stage| &stage.actions);
    let mut found: Vec<String> =
        own.chain(of_procedures.filter(|action| action.name.contains(q)).map(|action| format!("case.{}", action.key))).collect();
    found.sort_unstable();
    found.dedup();
    found.retain(|key| key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'.'));
    found
}

/// The detail of an entry in words: what was chosen, from where to where, which fields. `name_of` names an organisation.
pub fn detail_words(pack: &Pack, operation: &str, detail: &str, name_of: impl Fn(i64) -> String) -> String {
    let Ok(Json::Object(parts)) = serde_json::from_str::<Json>(detail) else { return String::new() };
    let procedure = parts.get("procedure").and_then(Json::as_str).and_then(|key| pack.procedures.get(key));
    let action = procedure.zip(operation.strip_prefix("case.")).and_then(|(procedure, key)| action_of(procedure, key));
    let told = Told { pack, operation, procedure, action };
    let said = parts.iter().filter(|(_, value)| !value.is_null()).filter_map(|(key, value)| told.part(key, value, &name_of));
    said.collect::<Vec<_>>().join("　")
}

struct Told<'a> {
    pack: &'a Pack,
    operation: &'a str,
    procedure: Option<&'a Procedure>,
    action: Option<&'a Action>,
}

impl Told<'_> {
    fn part(&self, key: &str, value: &Json, name_of: &impl Fn(i64) -> String) -> Option<String> {
        let text = plain(value);
        let is_case = self.operation.starts_with("case.");
        let is_of = |group: &str| self.operation.starts_with(group);
        let words = match key {
            "procedure" => format!("程序：{}", self.procedure.map_or("", |procedure| procedure.name.as_str())),
            "from" | "to" if is_case => {
                let stage = self.procedure.and_then(|procedure| procedure.stages.iter().find(|stage| stage.key == text))?;
                format!("{}“{}”", if key == "from" { "在" } else { "转到" }, stage.name)
            }
            // Numbers of records say nothing to a reader; the entry's own subject opens.
            "ids" | "subject" | "item" | "items" if value.is_array() || value.is_number() => match value.as_array() {
                Some(list) if list.len() > 1 => format!("共 {} 条", list.len()),
                None if key == "items" => format!("{text} 条"),
                _ => return None,
            },
            "transfer" | "exemption" | "grant" | "activity" | "directive" | "sm3" | "files" | "notes" | "amended" => return None,
            "kind" if is_of("job.") => match text.as_str() {
                "import" => "导入".to_owned(),
                "keys.rotate" => "更换数据密钥".to_owned(),
                _ => return None,
            },
            "fields" => format!("填写：{}", self.fields(value)),
            "door" => if text == "outer" { "外网入口" } else { "内网入口" }.to_owned(),
            "duty" => format!("责任：{}", self.pack.duties.get(&text).map_or(text.as_str(), |duty| duty.short.as_str())),
            "role" => format!("角色：{}", self.pack.roles.get(&text).map_or(text.as_str(), |role| role.name.as_str())),
            "scheme" => format!("方案：{}", self.pack.schemes.get(&text).map_or(text.as_str(), |scheme| scheme.name.as_str())),
            "project" => format!("项目：{}", self.pack.projects.get(&text).map_or(text.as_str(), |project| project.name.as_str())),
            "ranking" => format!("排名：{}", self.pack.rankings.get(&text).map_or(text.as_str(), |ranking| ranking.name.as_str())),
            "indicator" => format!("指标：{}", self.pack.indicators.get(&text).map_or(text.as_str(), |indicator| indicator.name.as_str())),
            "line" => self.pack.plan_lines.get(&text).map_or(String::new(), |line| format!("事项：{}", line.name)),
            "flag" => return None,
            "period" => format!("期间：{}", text.parse::<policy::Period>().map_or(text, |period| period.label())),
            "action" => format!("办理：{}", words(self.pack, &format!("case.{text}"), "{}")),
            "status" => format!("状态：{text}"),
            // Persons were named when the entry was read.
            "from" | "to" if is_of("grant.hand_over") => format!("{}：{text}", if key == "from" { "原来的人" } else { "接任的人" }),
            "from" | "to" | "other" if value.is_number() => {
                format!(
                    "{}：{}",
                    match key {
                        "from" => "从",
                        "to" => "到",
                        _ => "另一个党组织",
                    },
                    name_of(value.as_i64().unwrap_or_default())
                )
            }
            _ => {
                let label = KEYS.iter().find(|(known, _)| *known == key).map(|(_, label)| *label);
                match (label, value) {
                    (Some(label), Json::Bool(is)) => format!("{label}：{}", if *is { "是" } else { "否" }),
                    (Some(label), _) => format!("{label}：{text}"),
                    (None, Json::String(_)) => text,
                    (None, _) => return None,
                }
            }
        };
        // A label with nothing behind it says nothing.
        Some(words).filter(|words| !words.is_empty() && !words.ends_with('：'))
    }

    fn fields(&self, value: &Json) -> String {
        let name = |key: &str| {
            let of_form = self.action.and_then(|action| action.fields.iter().find(|field| field.key == key)).map(|field| field.name.clone());
            of_form
                .or_else(|| FIELDS.iter().find(|(known, _)| *known == key).map(|(_, name)| (*name).to_owned()))
                .unwrap_or_else(|| "其他".to_owned())
        };
        let mut names: Vec<String> = Vec::new();
        for name in value.as_array().into_iter().flatten().filter_map(Json::as_str).map(name) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names.join("、")
    }
}

fn plain(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Array(list) => list.iter().map(plain).collect::<Vec<_>>().join("、"),
        Json::Bool(is) => if *is { "是" } else { "否" }.to_owned(),
        other => other.to_string(),
    }
}

/// Keys of details with their labels.
const KEYS: &[(&str, &str)] = &[
    ("account", "账号的校验值"),
    ("acting", "代理"),
    ("added", "新增"),
    ("amendment", "锁定后更正"),
    ("base", "基数"),
    ("before", "原有"),
    ("case", "只办一件事，编号"),
    ("code", "编码"),
    ("day", "定在几日"),
    ("differing", "不一致"),
    ("due_on", "期限"),
    ("first", "第一处"),
    ("floor", "不少于"),
    ("from", "从"),
    ("granted", "同意"),
    ("handed_in_again", "改好重交"),
    ("kind", "类别"),
    ("kinds", "类别"),
    ("late", "逾期"),
    ("layer", "制度包"),
    ("listed", "列入"),
    ("login", "账号"),
    ("month", "月份"),
    ("n", "数量"),
    ("n_branches", "支部数"),
    ("n_failed", "连续不对的次数"),
    ("name", "名称"),
    ("on", "日期"),
    ("person", "人"),
    ("reason", "写明了理由"),
    ("source", "来源"),
    ("takes", "采用"),
    ("to", "到"),
    ("units", "单位数"),
    ("until", "止"),
    ("why", "原因"),
    ("year", "年份"),
];

/// Fields of rosters, for changes that name them.
const FIELDS: &[(&str, &str)] = &[
    ("id_number", "身份证号"),
    ("telephone", "手机号"),
    ("name", "名称"),
    ("sex", "性别"),
    ("ethnicity", "民族"),
    ("born_on", "出生日期"),
    ("joined_on", "入党日期"),
    ("full_on", "转正日期"),
    ("category", "人员类别"),
    ("branch", "所在党支部"),
    ("status", "党籍状态"),
    ("education", "学历"),
    ("occupation", "职业"),
    ("organisation", "党组织"),
    ("is_mobile", "流动党员"),
    ("mobile_to", "流动去向"),
    ("work_place", "工作单位"),
    ("address", "住址"),
    ("secretary", "书记"),
    ("elected_on", "换届日期"),
    ("term_years", "任期"),
    ("term_until", "届满日期"),
    ("founded_on", "成立日期"),
    ("kind", "类别"),
    ("level", "层级"),
    ("field", "领域"),
    ("code", "编码"),
    ("superior", "上级党组织"),
    ("region_code", "行政区划代码"),
    ("unit_kind", "单位性质"),
    ("contact", "联系人"),
];

/// What an entry is about.
#[must_use]
pub fn subject_words(subject: &str) -> String {
    let found = SUBJECTS.iter().find(|(key, _)| *key == subject);
    found.map_or_else(|| "其他".to_owned(), |(_, words)| (*words).to_owned())
}

/// First parts of operations, for the filter.
pub const GROUPS: &[(&str, &str)] = &[
    ("account", "登录与账号"),
    ("grant", "岗位授权"),
    ("organisation", "党组织"),
    ("member", "党员"),
    ("activity", "组织生活"),
    ("duty", "责任"),
    ("unit", "村和单位"),
    ("plan", "年度计划"),
    ("item", "评定"),
    ("evaluation", "考核"),
    ("case", "程序办理"),
    ("weak_list", "整顿排查"),
    ("decision", "决议"),
    ("theme", "月度主题"),
    ("task", "任务"),
    ("directive", "部署文件"),
    ("responsibility", "责任体系"),
    ("department", "部门"),
    ("joint", "多部门任务"),
    ("party_meeting", "专题研究党建会议"),
    ("duty_log", "书记纪实"),
    ("ranking", "综合排名"),
    ("scheme", "方案编制"),
    ("export", "导出"),
    ("import", "导入"),
    ("job", "后台作业"),
    ("policy", "制度包"),
    ("facts", "事实"),
    ("audit", "审计"),
    ("suggestion", "意见建议"),
    ("figure_view", "保存的统计查询"),
];

const OPERATIONS: &[(&str, &str)] = &[
    ("account.create", "开设账号"),
    ("account.sign_in", "登录"),
    ("account.sign_in_failed", "登录时密码不对"),
    ("account.sign_out", "退出"),
    ("account.sign_out_elsewhere", "退出别处的登录"),
    ("account.change_password", "改自己的密码"),
    ("account.reset_password", "重设密码"),
    ("account.disable", "停用账号"),
    ("account.enable", "重新启用账号"),
    ("account.unlock", "解锁账号"),
    ("grant.give", "授予岗位"),
    ("grant.prepare", "拟授岗位"),
    ("grant.confirm", "确认岗位"),
    ("grant.end", "结束岗位"),
    ("grant.hand_over", "交接岗位"),
    ("organisation.create", "登记党组织"),
    ("organisation.update", "修改党组织"),
    ("organisation.rename", "党组织更名"),
    ("organisation.move", "调整隶属"),
    ("organisation.merge", "合并党组织"),
    ("organisation.split", "分设党组织"),
    ("organisation.dissolve", "撤销党组织"),
    ("organisation.set_committee", "登记支委会成员"),
    ("organisation.set_go_live", "设定启用日期"),
    ("organisation.set_theme_day", "设定主题党日"),
    ("member.create", "登记党员"),
    ("member.update", "修改党员信息"),
    ("member.verify", "核实党员信息"),
    ("member.unmask", "查看证件号码"),
    ("activity.record", "记录组织生活"),
    ("activity.amend", "更正组织生活记录"),
    ("activity.consent", "同意补开"),
    ("activity.return", "退回记录"),
    ("duty.remind", "提醒、催办"),
    ("duty.excuse", "办理免办"),
    ("unit.create", "登记村、单位"),
    ("unit.update", "修改村、单位"),
    ("unit.set_income", "登记村级收入"),
    ("plan.file", "备案年度计划"),
    ("plan.withdraw", "撤回年度计划"),
    ("item.judge", "评定得分"),
    ("item.waive", "免评"),
    ("evaluation.open", "开始考核"),
    ("evaluation.calculate", "计算考核结果"),
    ("evaluation.publish", "公布考核结果"),
    ("evaluation.close_reviews", "考评记入台账"),
    ("evaluation.export", "导出考核文件"),
    ("consequence.draw", "列出结果运用"),
    ("consequence.execute", "办理结果运用"),
    ("consequence.waive", "写明不办的理由"),
    ("case.open", "启动程序"),
    ("job.enqueue", "排入后台作业"),
    ("job.answer", "回答后台作业"),
    ("policy.keep", "存入制度包"),
    ("facts.rebuild", "重算事实"),
    ("keys.rotate", "开始更换数据密钥"),
    ("keys.rotated", "数据密钥更换完毕"),
    ("audit.check", "核对审计链"),
    ("suggestion.give", "提意见建议"),
    ("suggestion.answer", "答复意见建议"),
    ("organisation.decide", "决定组织调整"),
    ("member.enter", "登记荣誉、积分或者处分"),
    ("member.verify_entry", "核实荣誉、积分或者处分"),
    ("member.return_entry", "退回荣誉、积分或者处分"),
    ("member.see_discipline", "查看纪律处分"),
    ("member.leave", "登记党员出党、去世"),
    ("member.rehome", "随组织调整转隶党员"),
    ("member.list_exempt", "提出不计应到"),
    ("member.end_exempt", "结束不计应到"),
    ("member.register_mobile", "登记外出流动"),
    ("member.end_mobile", "登记流动返回"),
    ("member.transfer_out", "转出组织关系"),
    ("member.transfer_received", "接收组织关系"),
    ("member.transfer_returned", "退回组织关系"),
    ("member.transfer_withdrawn", "撤回转出"),
    ("duty.ask_excuse", "申请免办"),
    ("duty.decide_excuse", "批复免办"),
    ("decision.follow_up", "登记决议落实"),
    ("theme.issue", "发布月度主题"),
    ("weak_list.open", "开始排查"),
    ("weak_list.add", "列入拟整顿名单"),
    ("weak_list.act", "办理排查事项"),
    ("weak_list.answer", "答复排查情况"),
    ("import.begin", "开始导入"),
    ("import.finish", "导入完成"),
    ("import.give_up", "放弃导入"),
    ("import.cover", "记明导入的范围"),
    ("import.decide", "决定重名怎么办"),
    ("export.list", "导出清单"),
    ("member.approve_exempt", "同意不计应到"),
    ("member.decline_exempt", "不同意不计应到"),
    ("member.export_national_form", "导出全国信息系统表"),
    ("organisation.explain", "说明党组织的情况"),
    ("organisation.found", "成立党组织"),
    ("task.issue", "下达任务"),
    ("task.split", "分解任务"),
    ("task.fulfil", "任务完成"),
    ("task.reopen", "重新打开任务"),
    ("directive.create", "收入部署文件"),
    ("directive.check", "核对部署文件"),
    ("directive.fill_missing", "补填任务缺项"),
    ("directive.add", "添加任务条目"),
    ("directive.correct", "修改任务条目"),
    ("directive.drop", "不作为任务"),
    ("directive.take_back", "重新列为任务"),
    ("directive.merge", "合并任务条目"),
    ("directive.settle_year", "确定文件年份"),
    ("ballot.hold", "组织测评"),
    ("ballot.set_electors", "定测评参加范围"),
    ("ballot.enter_count", "录入测评票数"),
    ("ballot.enter_papers", "录入记名票"),
    ("ballot.vote", "参加投票"),
    ("ballot.close_box", "封箱计票"),
    ("ballot.count", "测评计入结果"),
    ("ballot.void", "测评作废"),
    ("programme.open_review", "开始年度评述"),
    ("ledger.enter", "记台账"),
    ("ledger.withdraw", "撤回台账记录"),
    ("matter.open", "督办事项立项"),
    ("matter.close", "督办事项办结"),
    ("project.propose", "提出项目"),
    ("project.follow", "自动列为项目"),
    ("project.set", "定下任务分到各单位"),
    ("project.approve", "项目批准"),
    ("project.redraft", "项目方案退回重拟"),
    ("project.accept", "项目验收"),
    ("project.grade", "项目评定等次"),
    ("project.stop", "项目终止"),
    ("project.spread", "试点推开"),
    ("problem.raise", "登记问题"),
    ("problem.follow", "办理中查出的问题列入台账"),
    ("problem.close", "问题销号"),
    ("problem.dismiss", "撤销问题"),
    ("problem.reopen", "问题重新整改"),
    ("self_check.issue", "发出自查通知"),
    ("feedback.enter", "录入上级反馈"),
    ("inspection.open", "开展督查"),
    ("inspection.add_units", "并入督查单位"),
    ("inspection.choose", "选定督查单位"),
    ("inspection.seed", "给出抽取种子"),
    ("inspection.draw", "随机抽取"),
    ("inspection.set_aside", "不查并写明原因"),
    ("inspection.form_team", "编检查组"),
    ("inspection.assign", "分派检查"),
    ("inspection.open_check", "到现场打开检查"),
    ("inspection.hand_in", "提交检查结果"),
    ("inspection.report", "发出督查报告"),
    ("inspection.close", "督查办结"),
    ("table.compose", "编一次性报表"),
    ("table.edit", "修改报表草稿"),
    ("table.drop", "删去报表草稿"),
    ("table.issue", "下发报表"),
    ("table.answer", "填报表"),
    ("table.send_back", "退回报表"),
    ("table.close", "关闭报表"),
    ("burden.ask", "报批超过上限的下发"),
    ("burden.grant", "批准超过上限的下发"),
    ("burden.deny", "不批准超过上限的下发"),
    ("permitted.propose", "报请列入准入清单"),
    ("permitted.accept", "列入准入清单"),
    ("permitted.reject", "不列入准入清单"),
    ("permitted.end", "移出准入清单"),
    ("permitted.demand", "记清单外的要求"),
    ("permitted.answer", "答复清单外的要求"),
    ("tier_target.issue", "下达先进后进目标"),
    ("responsibility.cover", "登记分管领域"),
    ("responsibility.uncover", "不再分管"),
    ("department.register", "登记部门"),
    ("department.end", "撤去部门"),
    ("department.report", "报告部门职责"),
    ("joint.name", "确定牵头和协办"),
    ("joint.report", "报告协办的事"),
    ("joint.accept", "认可协办的事"),
    ("joint.return", "退回协办的事"),
    ("party_meeting.record", "登记专题研究党建会议"),
    ("duty_log.write", "自填纪实"),
    ("duty_log.withdraw", "撤去自填的纪实"),
    ("appraisal.open", "开述职评议"),
    ("appraisal.hand_in", "交述职报告"),
    ("appraisal.give_back", "退回述职报告"),
    ("appraisal.comment", "点评述职"),
    ("appraisal.call_ballot", "组织述职测评"),
    ("appraisal.grade", "评定述职等次"),
    ("appraisal.publish", "公布述职评议结果"),
    ("appraisal.file_list", "列述职问题清单"),
    ("appraisal.close", "述职评议办结"),
    ("contest.open", "举办比武"),
    ("contest.enter", "报名参加比武"),
    ("contest.judges", "请评委"),
    ("contest.absent", "登记评委缺席"),
    ("contest.score", "评委评分"),
    ("contest.call_off", "取消比武"),
    ("contest.rank", "计算比武名次"),
    ("contest.publish", "公布比武名次"),
    ("contest.practice", "记下好做法"),
    ("visit.record", "记走访"),
    ("visit.tag", "标注先走访的地方"),
    ("visit.end_tag", "撤去标注"),
    ("selection.apply", "申报评选"),
    ("selection.forget_name", "退出后删去名称"),
    ("selection.name", "命名"),
    ("selection.confirm", "复核延续称号"),
    ("selection.withdraw", "撤销称号"),
    ("selection.pair", "结对帮带"),
    ("selection.unpair", "结束帮带"),
    ("scheme.begin", "起草方案"),
    ("scheme.edit", "修改方案草案"),
    ("scheme.submit", "方案送审"),
    ("scheme.take_back", "收回送审的方案"),
    ("scheme.return", "退回方案草案"),
    ("scheme.accept", "采用方案"),
    ("scheme.withdraw", "停用方案"),
    ("scheme.drop", "作废方案草案"),
    ("figures.save", "保存统计查询"),
    ("figures.drop", "删去保存的统计查询"),
    ("ranking.open", "开始排名"),
    ("ranking.calculate", "计算排名"),
    ("ranking.judge", "排名评定"),
];

const SUBJECTS: &[(&str, &str)] = &[
    ("person", "账号"),
    ("post_grant", "岗位"),
    ("organisation", "党组织"),
    ("member", "党员"),
    ("activity", "组织生活记录"),
    ("unit", "村、单位"),
    ("plan_entry", "计划事项"),
    ("judged_value", "评定"),
    ("judged_waiver", "免评"),
    ("evaluation", "考核"),
    ("case_file", "办理事项"),
    ("job", "后台作业"),
    ("pack_layer", "制度包"),
    ("notice", "消息"),
    ("suggestion", "意见建议"),
    ("audit_check", "审计核对"),
    ("source", "事实来源"),
    ("decision", "决议"),
    ("duty_excuse", "免办"),
    ("monthly_theme", "月度主题"),
    ("weak_candidate", "拟整顿对象"),
    ("weak_round", "排查"),
    ("ballot_sitting", "民主测评"),
    ("ledger_row", "台账"),
    ("matter", "督办事项"),
    ("programme_review", "工程年度评述"),
    ("selection_entry", "评选申报"),
    ("project", "项目"),
    ("project_whole", "分到各单位的任务"),
    ("problem", "问题"),
    ("self_check", "自查通知"),
    ("feedback", "上级反馈"),
    ("inspection", "督查"),
    ("inspection_target", "检查"),
    ("asked_table", "报表"),
    ("burden_approval", "超过上限的报批"),
    ("permitted_item", "准入清单的事项"),
    ("unlisted_demand", "清单外的要求"),
    ("tier_target", "先进后进目标"),
    ("field_cover", "分管领域"),
    ("department_office", "部门"),
    ("joint_task", "多部门任务"),
    ("joint_part", "协办的事"),
    ("party_meeting", "专题研究党建会议"),
    ("duty_log_entry", "自填的纪实"),
    ("appraisal_session", "述职评议"),
    ("appraisal_report", "述职报告"),
    ("contest_round", "比武"),
    ("contest_entry", "参赛"),
    ("research_visit", "走访"),
    ("organisation_tag", "先走访的地方"),
    ("consequence", "结果运用"),
    ("scheme_draft", "方案草案"),
    ("affiliation_transfer", "组织关系转接"),
    ("task", "任务"),
    ("directive", "部署文件"),
    ("directive_item", "任务条目"),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Every operation that some source file records by name.
    fn recorded() -> Vec<String> {
        fn walk(dir: &std::path::Path, found: &mut Vec<String>) {
            for entry in std::fs::read_dir(dir).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, found);
                } else if path.extension().is_some_and(|it| it == "rs") {
                    let text = std::fs::read_to_string(&path).unwrap();
                    for part in text.split(".record(").skip(1) {
                        let Some(name) = part.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next()) else { continue };
                        if name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b == b'.') {
                            found.push(name.to_owned());
                        }
                    }
                }
            }
        }
        let crates = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut found = Vec::new();
        for room in ["frame", "records", "rating", "supervision", "tasks", "intake", "server"] {
            walk(&crates.join(room).join("src"), &mut found);
        }
        found
    }

    #[test]
    fn a_label_with_nothing_behind_it_is_left_out() {
        let said = |operation: &str, detail: &str| detail_words(&policy::read(&[]).pack, operation, detail, |_| String::new());
        assert_eq!(said("member.update", r#"{"fields":[],"reason":"","n":3}"#), "数量：3");
        assert_eq!(said("job.enqueue", r#"{"kind":"import"}"#), "导入");
    }

    #[test]
    fn every_operation_has_words() {
        let found = recorded();
        assert!(found.len() > 40, "the sources are read");
        let without: Vec<_> = found.iter().filter(|name| !OPERATIONS.iter().any(|(key, _)| key == name)).collect();
        assert!(without.is_empty(), "add words for {without:?} in audit/words.rs");
    }
}
