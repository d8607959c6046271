//! Signing in: lock-out, forms from elsewhere, fresh tokens, ends of sessions.

use axum::http::StatusCode;
use jiff::SignedDuration;
use server::app::{App, Settings};

use super::{House, PASSWORD, house};
use crate::visitor::Visitor;

/// The same database, later.
async fn later(house: &House, by: SignedDuration) -> App {
    let settings = Settings { clock_offset: by, ..Settings::default() };
    App::new(house.app.store().clone(), server::rooms::embedded_policies().unwrap(), settings, &server::rooms::ROOMS).await.unwrap()
}

#[tokio::test]
async fn five_wrong_passwords_lock_for_a_quarter_of_an_hour() {
    let house = house().await;
    let mut visitor = Visitor::new(&house.app, None);
    for _ in 0..5 {
        visitor.sign_in("shuji1", "wrong-wrong-1").await.is(StatusCode::OK).says("账号或密码不对");
    }
    visitor.sign_in("shuji1", PASSWORD).await.is(StatusCode::OK).says("已锁定");
    visitor.sign_in("nobody", "wrong-wrong-1").await.is(StatusCode::OK).says("账号或密码不对");
    house.visit("shuji2").await;
    let mut town = house.visit("zhen1").await;
    town.get("/accounts?state=locked").await.is(StatusCode::OK).says("马春和").says("已锁定");
    let soon = later(&house, SignedDuration::from_mins(14)).await;
    Visitor::new(&soon, None).sign_in("shuji1", PASSWORD).await.is(StatusCode::OK).says("已锁定");
    let after = later(&house, SignedDuration::from_mins(16)).await;
    Visitor::of(&after, "shuji1", PASSWORD).await;
}

#[tokio::test]
async fn the_answers_do_not_tell_which_accounts_there_are() {
    let house = house().await;
    let mut answers = Vec::new();
    for login in ["shuji1", "nobody-of-that-name"] {
        let mut visitor = Visitor::new(&house.app, None);
        let mut said = Vec::new();
        for _ in 0..7 {
            said.push(visitor.sign_in(login, "wrong-wrong-1").await.is(StatusCode::OK).text().replace(login, "…"));
        }
        assert!(said[4].contains("账号或密码不对") && said[5].contains("已锁定，15 分钟后再试") || said[5].contains("已锁定"), "{said:?}");
        answers.push(said);
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn the_superior_unlocks() {
    let house = house().await;
    let mut visitor = Visitor::new(&house.app, None);
    for _ in 0..5 {
        visitor.sign_in("shuji1", "wrong-wrong-1").await;
    }
    let mut town = house.visit("zhen1").await;
    town.post(&format!("/accounts/{}/unlock", house.id_of("shuji1").await), &[]).await.is(StatusCode::SEE_OTHER);
    house.visit("shuji1").await;
}

#[tokio::test]
async fn tries_at_once_are_counted_each() {
    let house = house().await;
    let tries = (0..6).map(|_| {
        let app = house.app.clone();
        tokio::spawn(async move { Visitor::new(&app, None).sign_in("shuji1", "wrong-wrong-1").await.text() })
    });
    for task in tries.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    Visitor::new(&house.app, None).sign_in("shuji1", PASSWORD).await.is(StatusCode::OK).says("已锁定");
}

#[tokio::test]
async fn a_session_ends_when_idle_and_in_any_case() {
    let house = house().await;
    let visitor = house.visit("zhen1").await;
    let cookies = visitor.cookies;
    let at = |app: App| {
        let mut visitor = Visitor::new(&app, None);
        visitor.cookies.clone_from(&cookies);
        visitor.cookies.remove("at");
        visitor
    };
    let idle = later(&house, SignedDuration::from_mins(61)).await;
    at(idle).get("/accounts").await.is(StatusCode::SEE_OTHER);
    // Kept awake every fifty minutes, it still ends after twelve hours.
    for n in 1..=14 {
        let app = later(&house, SignedDuration::from_mins(50 * n)).await;
        at(app).get("/accounts").await.is(StatusCode::OK);
    }
    let app = later(&house, SignedDuration::from_mins(12 * 60 + 1)).await;
    at(app).get("/accounts").await.is(StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn signing_in_takes_a_fresh_token_and_ends_the_old_session() {
    let house = house().await;
    let mut visitor = Visitor::new(&house.app, None);
    visitor.cookies.insert("jishi".to_owned(), "planted".to_owned());
    visitor.sign_in("zhen1", PASSWORD).await.is(StatusCode::SEE_OTHER);
    let first = visitor.cookies["jishi"].clone();
    assert_ne!(first, "planted");
    visitor.sign_in("xian1", PASSWORD).await.is(StatusCode::SEE_OTHER);
    assert_ne!(visitor.cookies["jishi"], first);
    let mut old = Visitor::new(&house.app, None);
    old.cookies.insert("jishi".to_owned(), first);
    old.get("/accounts").await.is(StatusCode::SEE_OTHER);
    // The database holds no token.
    let rows = store::query(house.app.store().reader(), "select id from session", []).await.unwrap();
    assert!(rows.iter().all(|row| row.try_get_by_index::<String>(0).unwrap() != visitor.cookies["jishi"]));
}

#[tokio::test]
async fn forms_without_the_proof_or_from_elsewhere_are_refused() {
    let house = house().await;
    let mut town = house.visit("zhen1").await;
    let unlock = format!("/accounts/{}/unlock", house.id_of("shuji1").await);
    town.post_raw(&unlock, &[]).await.is(StatusCode::FORBIDDEN).says("打开得太久");
    town.post_raw(&unlock, &[("csrf", "guessed")]).await.is(StatusCode::FORBIDDEN);
    town.headers.push(("origin", "http://elsewhere.test".to_owned()));
    town.post(&unlock, &[]).await.is(StatusCode::FORBIDDEN).says("别的网站");
    town.headers[0].1 = "http://jishi.test".to_owned();
    town.post(&unlock, &[]).await.is(StatusCode::SEE_OTHER);
    // Signing somebody in under another's account from another site.
    let mut victim = Visitor::new(&house.app, None);
    victim.headers.push(("sec-fetch-site", "cross-site".to_owned()));
    victim.post("/sign-in", &[("account", "shuji1"), ("password", PASSWORD)]).await.is(StatusCode::FORBIDDEN);
    assert!(!victim.cookies.contains_key("jishi"));
}

#[tokio::test]
async fn answers_say_how_they_are_to_be_treated() {
    let house = house().await;
    let mut visitor = Visitor::new(&house.app, None);
    visitor.headers.push(("x-forwarded-proto", "https".to_owned()));
    let seen = visitor.sign_in("zhen1", PASSWORD).await;
    let cookie = seen.headers.get_all("set-cookie").iter().map(|it| it.to_str().unwrap()).find(|it| it.starts_with("jishi=")).unwrap().to_owned();
    for part in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
        assert!(cookie.contains(part), "{part} is not in the session's cookie");
    }
    visitor.headers.clear();
    for path in ["/accounts", "/accounts/999999", "/sign-in", "/nothing-here"] {
        let seen = visitor.get(path).await;
        for name in ["x-content-type-options", "x-frame-options", "referrer-policy", "content-security-policy"] {
            assert!(seen.headers.contains_key(name), "{path} lacks {name}");
        }
        assert_eq!(seen.headers["cache-control"], "no-store");
        assert!(seen.headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'self'"));
    }
}

#[tokio::test]
async fn ones_own_password() {
    let house = house().await;
    let mut here = house.visit("zhen1").await;
    let mut elsewhere = house.visit("zhen1").await;
    let mut change = async |old: &str, new: &str, again: &str| here.post("/me/security", &[("old", old), ("new", new), ("again", again)]).await;
    change("wrong-wrong-1", "qingshi-7788", "qingshi-7788").await.is(StatusCode::UNPROCESSABLE_ENTITY).says("现在的密码不对");
    change(PASSWORD, "qingshi-7788", "qingshi-7789").await.is(StatusCode::UNPROCESSABLE_ENTITY).says("两次填的新密码不一样");
    change(PASSWORD, "short1", "short1").await.is(StatusCode::UNPROCESSABLE_ENTITY).says("至少 8 位");
    change(PASSWORD, PASSWORD, PASSWORD).await.is(StatusCode::UNPROCESSABLE_ENTITY).says("不能和现在的密码");
    change(PASSWORD, "qingshi-7788", "qingshi-7788").await.is(StatusCode::SEE_OTHER);
    elsewhere.get("/").await.is(StatusCode::SEE_OTHER);
    here.learn_proof().await;
    here.get("/accounts").await.is(StatusCode::OK);
    let mut again = Visitor::of(&house.app, "zhen1", "qingshi-7788").await;
    here.post("/me/sessions/end", &[]).await.is(StatusCode::SEE_OTHER);
    again.get("/accounts").await.is(StatusCode::SEE_OTHER);
    here.get("/me/security").await.is(StatusCode::OK).says("（本机）");
}

#[tokio::test]
async fn an_address_that_cannot_name_anything_is_answered_as_one_that_names_nothing() {
    let house = house().await;
    let mut town = house.visit("zhen1").await;
    for (address, absent) in [
        ("/members/abc", "/members/999999999"),
        ("/organisations/99999999999999999999", "/organisations/999999999"),
        ("/imports/17/files/abc", "/imports/17/files/999999999"),
        ("/rectifications/lists", "/rectifications/999999999"),
    ] {
        let (odd, absent) = (town.get(address).await, town.get(absent).await);
        assert_eq!((odd.status, odd.text()), (StatusCode::NOT_FOUND, absent.text()), "{address}");
    }
}
