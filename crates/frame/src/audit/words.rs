//! Operations and subjects in words.

/// An operation as people say it; one that has no words yet keeps its key.
#[must_use]
pub fn words(operation: &str) -> String {
    let found = OPERATIONS.iter().find(|(key, _)| *key == operation);
    found.map_or_else(|| operation.to_owned(), |(_, words)| (*words).to_owned())
}

/// What an entry is about.
#[must_use]
pub fn subject_words(subject: &str) -> String {
    let found = SUBJECTS.iter().find(|(key, _)| *key == subject);
    found.map_or_else(|| subject.to_owned(), |(_, words)| (*words).to_owned())
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
    ("import", "导入"),
    ("job", "后台作业"),
    ("policy", "制度包"),
    ("facts", "事实"),
    ("audit", "审计"),
    ("suggestion", "意见建议"),
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
    ("case.open", "启动程序"),
    ("job.enqueue", "排入后台作业"),
    ("job.answer", "回答后台作业"),
    ("policy.keep", "存入制度包"),
    ("facts.rebuild", "重算事实"),
    ("audit.check", "核对审计链"),
    ("suggestion.give", "提意见建议"),
    ("suggestion.answer", "答复意见建议"),
    ("organisation.decide", "决定组织调整"),
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
    ("export.list", "导出清单"),
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
    ("affiliation_transfer", "组织关系转接"),
    ("task", "任务"),
];

/// Every operation with its words.
pub fn known() -> impl Iterator<Item = (&'static str, &'static str)> {
    OPERATIONS.iter().copied()
}
