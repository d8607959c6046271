//! What stylesheet and templates may not contain, because the oldest browser in use (Chromium 90) or a closed network would not show it.

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
