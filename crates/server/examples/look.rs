//! Writes the component sheet and the basic pages as files, to be looked at without a server: `cargo run -p server --example look -- DIR`.

use std::path::PathBuf;

use anyhow::Context;
use askama::Template;
use server::http::layout::Layout;
use server::http::pages_basic::{ErrorKind, ErrorPage, Perhaps, SignInPage, SignInStep, StartPage};
use server::http::sheet::{ComponentsSheet, sample_layout};
use server::http::view::{Choice, Link, Progress, Stage};
use server::rooms::ASSETS;

fn main() -> anyhow::Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).context("name the folder to write to")?);
    let assets = folder.join("assets");
    std::fs::create_dir_all(&assets)?;
    server::http::assets::put_in(&server::rooms::ROOMS.assets);
    for asset in ASSETS {
        std::fs::write(assets.join(asset.path), asset.content())?;
    }
    let uri = "/components".parse()?;
    let refused = ErrorPage::new(Layout { flash: None, ..sample_layout("x") }, ErrorKind::Refused, "“柳湾镇龙潭村党支部”不在您的工作范围", "您可以看青石镇及下级 20 个党组织。这个链接可能是柳湾镇的同志转给您的。如果工作需要，可以向县委组织部申请临时查看，最长 7 天，对方会收到通知。")
        .with_way("申请临时查看", "#")
        .with_way("找青石镇的同类支部", "#");
    let perhaps = vec![
        Perhaps { icon: "sitemap", link: Link::new("青石镇梨花村党支部龙塘党小组", "#"), note: "名称相近".into() },
        Perhaps { icon: "history", link: Link::new("您刚才看的：责任矩阵 · 松林村党支部 · 支委会", "#"), note: "10:12".into() },
    ];
    let sample = |label: &str| Choice { value: label.into(), label: label.into(), selected: false };
    let sign_in = SignInPage {
        large: false,
        site: "云岭市基层党建工作平台".into(),
        action: "/sign-in".into(),
        csrf: String::new(),
        next: "/".into(),
        doors: Vec::new(),
        notice: String::new(),
        step: SignInStep::password("qs-zhoumin", "密码不对。还可以试 3 次，之后锁定 15 分钟。"),
        samples: vec![sample("市委组织部"), sample("镇组织委员"), sample("支部书记"), sample("党员")],
        contact: "登录有困难，请找县级管理员或拨打 0000-1234567".into(),
    };
    let start = StartPage {
        large: false,
        site: "云岭市党建工作平台".into(),
        title: "正在准备演示数据".into(),
        sentence: "写入 2026 年的组织生活记录".into(),
        done: 7_300,
        total: 12_000,
        stages: vec![
            Stage::new(Progress::Done, "建立组织", "1,186 个"),
            Stage::new(Progress::Done, "登记党员", "24,816 名"),
            Stage::new(Progress::Now, "组织生活", "2024 至 2026 年"),
            Stage::new(Progress::Todo, "考核评星", "2025 年度"),
        ],
        poll: "progress.json".into(),
    };
    let pages = [
        ("sheet", ComponentsSheet::new(sample_layout("组件"), &uri).render()?),
        ("sheet_large", ComponentsSheet::new(Layout { large: true, ..sample_layout("组件") }, &uri).render()?),
        ("refused", ErrorPage { perhaps, number: "20261119-102407-3F8A".into(), ..refused }.render()?),
        ("not_found", ErrorPage::not_found(Layout::default()).plain().render()?),
        ("sign_in", sign_in.render()?),
        ("start", start.render()?),
    ];
    for (name, html) in pages {
        std::fs::write(folder.join(format!("{name}.html")), html.replace("\"/assets/", "\"assets/"))?;
    }
    Ok(())
}
