//! Pages outside any primitive: refused, not found, broken; sign-in; and the page shown while the server prepares itself.

use askama::Template;

use crate::http::layout::Layout;
use crate::http::view::{Chip, Choice, Field, Link, Stage};

/// Why a page cannot be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// This person may not, or not now.
    Refused,
    /// There is nothing at this address.
    NotFound,
    /// Something broke, and it is ours.
    Unexpected,
    /// Not now: too many requests, maintenance.
    NotNow,
}

impl ErrorKind {
    /// The small word above the heading.
    pub fn label(self) -> &'static str {
        match self {
            ErrorKind::Refused => "现在不能办",
            ErrorKind::NotFound => "没有这一页",
            ErrorKind::Unexpected => "系统出错",
            ErrorKind::NotNow => "请稍候",
        }
    }
}

/// Something the person may have been looking for.
#[derive(Debug, Clone)]
pub struct Perhaps {
    /// An icon of `web/icons.svg`.
    pub icon: &'static str,
    /// Where it is.
    pub link: Link,
    /// Why it may be that.
    pub note: String,
}

/// What happened, whose it is, the way on, and a number to quote; inside the frame.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/error.html")]
pub struct ErrorPage {
    /// The frame.
    pub layout: Layout,
    /// Why.
    pub kind: ErrorKind,
    /// What happened, as a sentence.
    pub title: String,
    /// What it means and what can be done.
    pub text: String,
    /// The ways on; the first is the main one.
    pub ways: Vec<Link>,
    /// What may have been meant.
    pub perhaps: Vec<Perhaps>,
    /// The number under which the log holds the details; may be empty.
    pub number: String,
}

impl ErrorPage {
    /// A page with the way back to the desk.
    pub fn new(layout: Layout, kind: ErrorKind, title: impl Into<String>, text: impl Into<String>) -> Self {
        let title = title.into();
        // The way here was the way to another page.
        let layout = Layout { title: title.clone(), crumbs: Vec::new(), ..layout };
        ErrorPage {
            layout, kind, title, text: text.into(), ways: vec![Link::new("回到工作台", "/")], perhaps: Vec::new(), number: String::new()
        }
    }

    /// There is nothing at this address.
    pub fn not_found(layout: Layout) -> Self {
        Self::new(
            layout,
            ErrorKind::NotFound,
            "没有找到这一页",
            "这个地址可能写错了，也可能这份材料已经合并或归档。可以回到工作台，或者用上方的搜索按名称找。",
        )
    }

    /// It broke; `number` finds it in the log.
    pub fn unexpected(layout: Layout, number: impl Into<String>) -> Self {
        let page = Self::new(
            layout,
            ErrorKind::Unexpected,
            "这一步没有办成，是系统的问题",
            "您填的内容没有保存到系统。可以返回上一页再试一次；如果还不行，请把下面的编号告诉管理员。",
        );
        ErrorPage { number: number.into(), ..page }
    }

    /// Adds a way on after the ones there are.
    pub fn with_way(mut self, label: impl Into<String>, href: impl Into<String>) -> Self {
        self.ways.push(Link::new(label, href));
        self
    }

    /// The same without the frame, for somebody who is not signed in.
    pub fn plain(self) -> PlainErrorPage {
        PlainErrorPage {
            large: self.layout.large,
            kind: self.kind,
            title: self.title,
            text: self.text,
            ways: self.ways,
            perhaps: self.perhaps,
            number: self.number,
        }
    }
}

/// [`ErrorPage`] without the frame.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/error_plain.html")]
pub struct PlainErrorPage {
    /// 大字.
    pub large: bool,
    /// Why.
    pub kind: ErrorKind,
    /// What happened.
    pub title: String,
    /// What it means.
    pub text: String,
    /// The ways on.
    pub ways: Vec<Link>,
    /// What may have been meant.
    pub perhaps: Vec<Perhaps>,
    /// The number in the log.
    pub number: String,
}

/// Which question the sign-in page asks.
#[derive(Debug, Clone)]
pub enum SignInStep {
    /// Account and password.
    Password {
        /// 手机号或工号.
        account: Field,
        /// The password; its value is never shown.
        password: Field,
    },
    /// The code of the second factor.
    OneTimeCode {
        /// 动态口令.
        code: Field,
    },
}

impl SignInStep {
    /// The first question, as it stands before anything was typed.
    pub fn password(account: impl Into<String>, error: impl Into<String>) -> Self {
        SignInStep::Password {
            account: Field::new("account", "手机号或工号", account), password: Field::new("password", "密码", "").error(error)
        }
    }

    /// The second question.
    pub fn one_time_code(error: impl Into<String>) -> Self {
        SignInStep::OneTimeCode {
            code: Field::new("code", "动态口令", "").hint("打开手机上的口令程序，填现在显示的 6 位数字").error(error)
        }
    }
}

/// Sign-in: what this is, one form, who to call.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/sign_in.html")]
pub struct SignInPage {
    /// 大字.
    pub large: bool,
    /// The platform's name.
    pub site: String,
    /// Where the form is sent.
    pub action: String,
    /// The proof of this form.
    pub csrf: String,
    /// Where to go afterwards.
    pub next: String,
    /// Ways to sign in; shown only when there are several.
    pub doors: Vec<Chip>,
    /// Something to know first (登录已过期，填过的内容还在本机); may be empty.
    pub notice: String,
    /// The question.
    pub step: SignInStep,
    /// Accounts of the demo, entered with one click; empty elsewhere.
    pub samples: Vec<Choice>,
    /// Who helps.
    pub contact: String,
}

/// Shown while the server prepares itself; leads on by itself.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/start.html")]
pub struct StartPage {
    /// 大字.
    pub large: bool,
    /// The platform's name.
    pub site: String,
    /// What is being prepared (正在准备演示数据).
    pub title: String,
    /// What is done right now.
    pub sentence: String,
    /// How much is done.
    pub done: u64,
    /// Of how much; 0: not known yet.
    pub total: u64,
    /// The steps; may be empty.
    pub stages: Vec<Stage>,
    /// Answers `{ done, total, sentence, next }`; `next` appears when it is ready.
    pub poll: String,
}

impl StartPage {
    /// Hundredths done.
    pub fn percent(&self) -> u64 {
        (self.done * 100).checked_div(self.total).unwrap_or(0).min(100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::layout::Who;

    fn layout() -> Layout {
        Layout::new("工作台", Who::new("周敏", "青石镇党委 · 组织委员", "u7"))
    }

    #[test]
    fn an_error_offers_a_way_on_and_a_number() {
        let page = ErrorPage::unexpected(layout(), "20261119-102407-3F8A").with_way("再试一次", "/desk").render().unwrap();
        for part in [
            "这一步没有办成",
            "20261119-102407-3F8A",
            "回到工作台",
            "再试一次",
            "data-page=\"error\"",
            "<title>这一步没有办成，是系统的问题 · 基石</title>",
        ] {
            assert!(page.contains(part), "{part} is missing");
        }
        let plain = ErrorPage::not_found(layout()).plain().render().unwrap();
        assert!(plain.contains("没有找到这一页") && !plain.contains("app-nav"));
    }

    #[test]
    fn what_people_type_is_escaped() {
        let page = ErrorPage::new(layout(), ErrorKind::Refused, "<script>alert(1)</script>", "x").render().unwrap();
        assert!(!page.contains("<script>alert"));
    }

    #[test]
    fn sign_in_says_what_is_wrong_beside_the_field() {
        let page = SignInPage {
            large: false,
            site: "云岭市基层党建工作平台".into(),
            action: "/sign-in".into(),
            csrf: "c".into(),
            next: "/".into(),
            doors: Vec::new(),
            notice: String::new(),
            step: SignInStep::password("qs-zhoumin", "密码不对。还可以试 3 次，之后锁定 15 分钟。"),
            samples: Vec::new(),
            contact: "登录有困难，请找县级管理员".into(),
        };
        let html = page.render().unwrap();
        let page_ = scraper::Html::parse_document(&html);
        let pick = |css: &str| page_.select(&scraper::Selector::parse(css).unwrap()).next().unwrap();
        assert_eq!(pick("#account").value().attr("value"), Some("qs-zhoumin"));
        assert_eq!(pick("#password").value().attr("aria-describedby"), Some("password-error"));
        assert_eq!(pick("#password").value().attr("value"), None);
        assert!(pick("#password-error").text().collect::<String>().contains("还可以试 3 次"));
    }

    #[test]
    fn the_start_page_shows_how_far_it_is() {
        let page = StartPage {
            large: false,
            site: "云岭市".into(),
            title: "正在准备演示数据".into(),
            sentence: "写入组织生活记录".into(),
            done: 30,
            total: 120,
            stages: Vec::new(),
            poll: "/start/progress".into(),
        };
        let html = page.render().unwrap();
        assert!(html.contains("aria-valuenow=\"25\"") && html.contains("30 / 120"));
    }
}
