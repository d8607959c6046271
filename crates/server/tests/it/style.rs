//! What stylesheet and templates may not contain, because the oldest browser in use (Chromium 90) or a closed network would not show it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn files(folder: &str, end: &str) -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, end: &str, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).expect("the folder is in the repository") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                walk(&path, end, found);
            } else if path.extension().is_some_and(|it| it == end) {
                found.push((path.clone(), fs::read_to_string(&path).expect("UTF-8")));
            }
        }
    }
    let mut found = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), end, &mut found);
    assert!(!found.is_empty(), "nothing ends in .{end} below {folder}");
    found
}

fn without_comments(css: &str) -> String {
    let mut out = String::new();
    let mut rest = css;
    while let Some((before, after)) = rest.split_once("/*") {
        out.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    out + rest
}

#[test]
fn the_stylesheet_works_in_chromium_90() {
    for (path, css) in files("../../web", "css") {
        let css = without_comments(&css);
        for new in ["color-mix(", "oklch(", "lab(", "light-dark(", ":has(", "@container", "@layer", "@scope", "dvh", "svh"] {
            assert!(!css.contains(new), "{}: `{new}` is younger than Chromium 90", path.display());
        }
        assert!(!css.contains('&'), "{}: nesting is younger than Chromium 90", path.display());
        // A block inside a block is nesting too, unless the outer one is an at-rule.
        let mut open = Vec::new();
        let mut head = String::new();
        for character in css.chars() {
            match character {
                '{' => {
                    let is_at_rule = head.trim_start().starts_with('@');
                    assert!(open.iter().all(|outer| *outer), "{}: `{}` is nested in a rule", path.display(), head.trim());
                    open.push(is_at_rule);
                    head.clear();
                }
                '}' => {
                    open.pop();
                    head.clear();
                }
                ';' => head.clear(),
                other => head.push(other),
            }
        }
        assert!(open.is_empty(), "{}: a block is not closed", path.display());
    }
}

#[test]
fn templates_need_nothing_from_outside_and_no_inline_code() {
    for (path, html) in files("../frame/templates", "html") {
        for foreign in [
            "http://",
            "https://",
            "href=\"//",
            "src=\"//",
            " style=\"",
            " onclick=",
            " onchange=",
            " onsubmit=",
            "javascript:",
            "hx-on",
            "<script>",
            "<style",
        ] {
            assert!(
                !html.contains(foreign),
                "{}: `{foreign}` — pages load only what the binary serves, and behaviour lies in web/behaviours",
                path.display()
            );
        }
    }
}

#[test]
fn every_icon_that_is_named_exists() {
    let known: Vec<&str> = server::rooms::ROOMS.assets.icons.iter().map(|(name, _)| *name).collect();
    let mut n_named = 0;
    let mut check = |path: &Path, text: &str, before: &str| {
        for part in text.split(before).skip(1) {
            let name = part.split('"').next().unwrap_or_default();
            assert!(known.contains(&name), "{}: there is no icon `{name}`; add it to web/icons.svg", path.display());
            n_named += 1;
        }
    };
    for (path, html) in files("../frame/templates", "html") {
        check(&path, &html, "icon(\"");
    }
    for room in ROOMS {
        for (path, code) in files(&format!("../{room}/src"), "rs") {
            check(&path, &code, "icon: \"");
            check(&path, &code, "icon: Some(\"");
        }
    }
    assert!(n_named > 100, "only {n_named} icons are named");
}

/// The rooms whose pages name icons.
const ROOMS: [&str; 7] = ["frame", "records", "rating", "supervision", "tasks", "intake", "server"];

#[test]
fn every_class_of_a_template_has_a_rule() {
    let css: String = files("../../web", "css").into_iter().map(|(_, css)| without_comments(&css)).collect();
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let ruled: BTreeSet<&str> = css.split('.').skip(1).map(|rest| rest.split(|c| !is_name(c)).next().unwrap_or_default()).collect();
    let scripts: String = files("../../web", "js").into_iter().map(|(_, js)| js).collect();
    let mut without = Vec::new();
    for (path, html) in files("../frame/templates", "html") {
        for part in html.split("class=\"").skip(1) {
            for class in plain_words(part.split('"').next().unwrap_or_default()) {
                if !ruled.contains(class) && !scripts.contains(class) {
                    without.push(format!("{}: class `{class}` has no rule in web/style", path.display()));
                }
            }
        }
    }
    assert!(without.is_empty(), "\n{}", without.join("\n"));
}

/// The classes that stand in an attribute as they are; what a template computes is the view type's business.
fn plain_words(attribute: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = attribute;
    loop {
        let Some(at) = rest.find("{%").into_iter().chain(rest.find("{{")).min() else {
            words.push(rest);
            break;
        };
        words.push(&rest[..at]);
        let Some(end) = rest.find("%}").into_iter().chain(rest.find("}}")).filter(|end| *end > at).min() else { break };
        rest = &rest[end + 2..];
    }
    // A word that touches what is computed is only part of one.
    let touches = |word: &str| attribute.contains(&format!("{word}{{{{")) || attribute.contains(&format!("}}}}{word}"));
    words
        .into_iter()
        .flat_map(str::split_whitespace)
        .filter(|word| word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') && !touches(word))
        .collect()
}

#[test]
fn classes_are_found_beside_what_is_computed() {
    assert_eq!(plain_words("btn sm{% if x %} primary{% endif %} k-{{ k }} {{ k }}"), ["btn", "sm", "primary"]);
}
