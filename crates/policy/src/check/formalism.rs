//! What must not be assessed: form instead of work.
//!
//! Source: 《整治形式主义为基层减负若干规定》; 《政务移动互联网应用程序规范化管理办法》（国办函〔2026〕12号）.

use serde_json::Value;

use super::{Checker, leaves};
use crate::FormFieldKind;

const APP_COMPULSION: &str = "国办函〔2026〕12号所列情形（二）：强制设置打卡签到、积分排名、在线时长等功能";
const APP_INSTALLS: &str = "国办函〔2026〕12号所列情形（三）：考核、通报安装率、使用率，强制登录";
const APP_BASIS: &str = "国办函〔2026〕12号所列情形（四）：以点赞、转发、学习时长等作为考核依据";
const APP_TRACES: &str = "国办函〔2026〕12号所列情形（四）：要求上传工作照片、视频、轨迹";
const BURDEN: &str = "《整治形式主义为基层减负若干规定》：不得以领导批示、媒体宣传稿件作为考核内容";
const TRAITS: &str = "民族、宗教信仰不是工作实绩，宗教信仰属于敏感个人信息（《个人信息保护法》第二十八条）";

/// A kind of fact that no assessment may rest on: how it is called in identifiers, in Chinese, and which clause forbids it.
struct Forbidden {
    words: &'static [&'static str],
    chinese: &'static [&'static str],
    clause: &'static str,
}

const FORBIDDEN: [Forbidden; 15] = [
    Forbidden { words: &["check_in", "checkin", "clock_in", "sign_in"], chinese: &["打卡", "签到"], clause: APP_COMPULSION },
    Forbidden { words: &["online_time", "online_minutes", "online_hours"], chinese: &["在线时长"], clause: APP_COMPULSION },
    Forbidden { words: &["points_ranking", "points_rank"], chinese: &["积分排名"], clause: APP_COMPULSION },
    Forbidden {
        words: &["install", "installation", "download", "registration_rate", "usage", "usage_rate", "follower"],
        chinese: &["安装", "下载", "注册率", "使用率", "关注公众号", "关注量"],
        clause: APP_INSTALLS,
    },
    Forbidden {
        words: &["log_in", "login", "active_users"], chinese: &["登录", "登陆", "活跃率", "活跃度", "日活", "月活"], clause: APP_INSTALLS
    },
    Forbidden {
        words: &["like", "thumbs_up", "online_vote", "votes_online"], chinese: &["点赞", "投票数", "网络投票", "投票率"], clause: APP_BASIS
    },
    Forbidden { words: &["forward", "repost"], chinese: &["转发"], clause: APP_BASIS },
    Forbidden {
        words: &["minutes_in_app", "app_minutes", "time_in_app", "study_time", "study_points"],
        chinese: &["学习时长", "学习时间", "学习积分", "学习强国"],
        clause: APP_BASIS,
    },
    Forbidden { words: &["photo", "picture"], chinese: &["照片"], clause: APP_TRACES },
    Forbidden { words: &["video"], chinese: &["上传视频", "视频数"], clause: APP_TRACES },
    Forbidden { words: &["track", "location_trace"], chinese: &["轨迹"], clause: APP_TRACES },
    Forbidden { words: &["leader_comment", "leaders_comment", "written_comment"], chinese: &["批示"], clause: BURDEN },
    Forbidden {
        words: &["press_item", "press_article", "news_item", "experience_article"],
        chinese: &["宣传稿", "信息稿", "发稿", "新闻报道", "宣传报道", "媒体宣传", "经验材料", "信息采用"],
        clause: BURDEN,
    },
    Forbidden { words: &["study_note", "reflection_essay"], chinese: &["学习笔记", "心得体会"], clause: BURDEN },
    Forbidden { words: &["religion", "belief", "ethnicity", "nationality"], chinese: &["宗教信仰", "少数民族比例"], clause: TRAITS },
];

/// Tables whose entries assess or oblige someone.
const ASSESSING: [&str; 9] = ["measure", "indicator", "ballot", "scheme", "tier", "weak_list", "ranking", "selection", "duty"];

pub(super) fn check(checker: &mut Checker<'_>) {
    let reading = checker.reading;
    for (id, entry) in reading.entries.iter().chain(&reading.left_out) {
        match entry.table.as_str() {
            table if ASSESSING.contains(&table) => {
                refuse(checker, id, "", &entry.key);
                leaves(&entry.value, "", &mut |path, value| {
                    let is_prose = path.split('.').any(|step| matches!(step, "cite" | "interpretation" | "reading" | "otherwise" | "pending"));
                    if let (false, Value::String(text)) = (is_prose, value) {
                        refuse(checker, id, path, text);
                    }
                });
                if let Some(Value::Object(flags)) = entry.value.get("where") {
                    flags.keys().for_each(|flag| refuse(checker, id, &format!("where.{flag}"), flag));
                }
            }
            "workbook" => workbook(checker, id, &entry.value),
            _ => {}
        }
    }
    required_files(checker);
}

/// Columns that would bring such facts in. What a roster says of a member (民族) is no assessment.
fn workbook(checker: &mut Checker<'_>, id: &str, workbook: &Value) {
    let is_roster = workbook["primitive"] == "member";
    for (i, column) in workbook["columns"].as_array().into_iter().flatten().enumerate() {
        for key in ["field", "heading"] {
            if let (Some(text), false) = (column[key].as_str(), is_roster) {
                refuse(checker, id, &format!("columns.{i}.{key}"), text);
            }
        }
    }
}

/// Photographs, videos and tracks may be attached, never required.
fn required_files(checker: &mut Checker<'_>) {
    for (key, procedure) in &checker.reading.pack.procedures {
        for (s, stage) in procedure.stages.iter().enumerate() {
            for (a, action) in stage.actions.iter().enumerate() {
                for (f, field) in action.fields.iter().enumerate() {
                    let is_trace =
                        [&field.key, &field.name].into_iter().filter_map(|text| forbidden(text)).any(|(_, rule)| rule.clause == APP_TRACES);
                    if field.required && field.kind == FormFieldKind::File && is_trace {
                        let path = format!("stage.{s}.action.{a}.field.{f}");
                        checker.error(
                            &format!("procedure.{key}"),
                            &path,
                            format!("不得要求上传“{}”，请去掉 required 或者删去（{APP_TRACES}）", field.name),
                        );
                    }
                }
            }
        }
    }
}

fn refuse(checker: &mut Checker<'_>, id: &str, path: &str, text: &str) {
    if let Some((word, rule)) = forbidden(text) {
        checker.error(id, path, format!("“{word}”不得作为考核、排名的依据，请删去（{}）", rule.clause));
    }
}

/// The forbidden word in a text: an identifier, an expression, or Chinese.
fn forbidden(text: &str) -> Option<(&str, &'static Forbidden)> {
    for rule in &FORBIDDEN {
        if let Some(word) = rule.chinese.iter().find(|word| text.contains(**word)) {
            return Some((word, rule));
        }
        for identifier in text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')) {
            if rule.words.iter().any(|word| contains_words(identifier, word)) {
                return Some((identifier, rule));
            }
        }
    }
    None
}

#[cfg(test)]
pub(super) fn forbidden_word(text: &str) -> Option<&str> {
    forbidden(text).map(|(word, _)| word)
}

/// Whether the words of `wanted` stand next to each other in `identifier`, plural or not.
fn contains_words(identifier: &str, wanted: &str) -> bool {
    let own: Vec<&str> = identifier.split('_').collect();
    let wanted: Vec<&str> = wanted.split('_').collect();
    own.windows(wanted.len()).any(|part| part.iter().zip(&wanted).all(|(a, b)| a == b || a.strip_suffix('s') == Some(b)))
}
