//! The packs that the product ships.

use std::fs;
use std::path::{Path, PathBuf};

use policy::{Reading, SourceFile, check, explain, read};

/// All files of `policies/`.
fn shipped() -> Vec<SourceFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies");
    let mut files = Vec::new();
    for layer in fs::read_dir(&root).expect("policies/ is there").flatten() {
        collect(&layer.path(), &root, &layer.file_name().to_string_lossy(), &mut files);
    }
    files
}

fn collect(folder: &Path, root: &Path, layer: &str, files: &mut Vec<SourceFile>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect(&path, root, layer, files);
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            let shown = path.strip_prefix(root).expect("under policies/").to_string_lossy().into_owned();
            files.push(SourceFile { layer: layer.to_owned(), path: shown, text: fs::read_to_string(&path).expect("a text") });
        }
    }
}

#[test]
fn what_we_ship_holds_together() {
    let reading: Reading = read(&shipped());
    let problems = reading.problems.iter().cloned().chain(check(&reading));
    let (errors, notes): (Vec<_>, Vec<_>) = problems.partition(policy::Problem::is_error);
    notes.iter().for_each(|note| println!("{note}"));
    let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert!(errors.is_empty(), "policies/ 有 {} 处错误：\n{}", errors.len(), errors.join("\n"));
}

/// The texts of the speeches are not part of the repository; where they lie beside it, every quote is held against them.
#[test]
fn every_quote_of_a_speech_is_verbatim() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/seeds");
    if !seeds.is_dir() {
        assert!(std::env::var_os("JISHI_CI").is_none(), "没有讲话原文 {}，无法核对引文", seeds.display());
        println!("没有讲话原文，未核对引文");
        return;
    }
    let reading = read(&shipped());
    let mut wrong = Vec::new();
    let mut n_checked = 0;
    for (id, entry) in &reading.entries {
        quotes(&entry.value, &mut |doc, quote| {
            let Some(seed) = reading.pack.documents.get(doc).and_then(|document| document.seed.as_ref()) else { return };
            n_checked += 1;
            let text = fs::read_to_string(seeds.join(format!("{seed}.txt"))).unwrap_or_default();
            if !text.contains(quote) {
                wrong.push(format!("{} {id}：{doc} 中没有“{quote}”", entry.place));
            }
        });
    }
    assert!(wrong.is_empty(), "引文须逐字照录，有 {} 处不符：\n{}", wrong.len(), wrong.join("\n"));
    assert!(n_checked > 0, "没有一处引文出自讲话，核对没有起作用");
}

/// Every `cite` with a quote, at any depth.
fn quotes(value: &serde_json::Value, visit: &mut impl FnMut(&str, &str)) {
    match value {
        serde_json::Value::Array(values) => values.iter().for_each(|value| quotes(value, visit)),
        serde_json::Value::Object(values) => {
            let cite = values.get("cite");
            if let Some((doc, quote)) = cite.and_then(|cite| Some((cite.get("doc")?.as_str()?, cite.get("quote")?.as_str()?))) {
                visit(doc, quote);
            }
            values.values().for_each(|value| quotes(value, visit));
        }
        _ => {}
    }
}

/// Officers read the explanations on the 制度 page; none may be empty or show a key instead of a name.
#[test]
fn every_rule_we_ship_can_be_explained() {
    let reading = read(&shipped());
    for table in
        ["duty", "measure", "indicator", "scheme", "tier", "weak_list", "ranking", "selection", "plan_line", "procedure", "mechanism", "matter"]
    {
        for (id, _) in reading.entries.iter().filter(|(_, entry)| entry.table == table) {
            let explanation = explain(&reading, id).expect("it is there");
            assert!(!explanation.sentences.is_empty(), "{id}");
            for sentence in &explanation.sentences {
                let key = sentence.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).find(|word| word.contains('_'));
                assert_eq!(key, None, "{id}：{sentence}");
            }
        }
    }
}
