//! The walking gear itself.

use scenarios::{PASSWORD, World};

#[test]
fn a_stranger_is_sent_to_the_door() {
    let mut world = World::empty();
    let page = world.visitor().get("/");
    assert_eq!(page.path.split('?').next(), Some("/sign-in"));
    assert_eq!(page.text_of("h1"), "基石");

    let form = page.form("form[action='/sign-in']").with("account", "nobody").with("password", "wrong-password");
    assert_eq!(form.value("account"), Some("nobody"));
    form.press("登录").sees("账号或密码不对").hides("wrong-password");
    assert!(world.visitor().post("/sign-out", &[]).path.starts_with("/sign-in"));

    let style = page.attribute("link[rel=stylesheet]", "href").expect("a stylesheet");
    let style = world.visitor().download(&style);
    assert_eq!((style.status, style.media_type.as_str()), (200, "text/css; charset=utf-8"));
    assert!(style.bytes.len() > 10_000);

    world.kill();
    world.start_again();
    assert_eq!(world.visitor().get("/sign-in").status, 200);
    world.stop();
    let checked = world.run(&["audit", "verify", "--database", &world.database()]);
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
}

#[test]
fn a_browser_opens_the_door() {
    let world = World::empty();
    let Some(browser) = world.browser() else { return };
    browser.open("/");
    assert_eq!(browser.path().split('?').next(), Some("/sign-in"));
    browser.fill("input[name=account]", "nobody");
    browser.fill("input[name=password]", "wrong-password");
    browser.click_words("登录");
    browser.sees("账号或密码不对");
    browser.resize(390, 844);
    assert_eq!(browser.script("return [innerWidth, document.documentElement.scrollWidth]", &[]), serde_json::json!([390, 390]));
    let picture = browser.screenshot("sign-in-390");
    assert!(std::fs::metadata(&picture).is_ok_and(|file| file.len() > 5_000), "{}", picture.display());
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn everybody_of_the_demo_comes_in() {
    let mut world = World::copy();
    for login in ["shiwei", "xianwei", "zhenwei", "shuji", "dangyuan", "hangye", "ducha", "guanli"] {
        let page = world.sign_in(login, PASSWORD).get("/");
        assert_eq!((page.status, page.path.as_str()), (200, "/"), "{login}");
    }
    // A session goes on in a browser, and survives the server's own restart.
    let officer = world.sign_in("shiwei", PASSWORD);
    world.kill();
    world.start_again();
    assert_eq!(officer.get("/").path, "/");
    if let Some(browser) = world.browser() {
        browser.continue_as(&officer);
        browser.open("/");
        assert_eq!((browser.path().as_str(), browser.complaints()), ("/", vec![]));
        browser.screenshot("desk-shiwei");
    }
    // Days later the session is over, and the accounts are still there.
    world.days_later(2);
    assert!(officer.get("/").path.starts_with("/sign-in"));
    assert_eq!(world.sign_in("shiwei", PASSWORD).get("/").path, "/");
}
