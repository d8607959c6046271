//! Nobody gives on what he does not hold: a role that another may give is no wider than that other.

use serde_json::Value;

use super::Checker;
use crate::Capability;

pub(super) fn check(checker: &mut Checker<'_>) {
    let roles = &checker.reading.pack.roles;
    for (key, role) in roles {
        let id = format!("role.{key}");
        for (i, other) in role.delegates.iter().enumerate() {
            let Some(other) = roles.get(other) else { continue };
            let lacking = role.lacks_of(other);
            if !lacking.is_empty() {
                let message = format!(
                    "“{}”比“{}”多出 {}，不能直接授予；请写进 gives（只转授，自己不用），或者把这个角色移到 prepares（拟授，经确认才生效）",
                    other.name,
                    role.name,
                    words(&lacking)
                );
                checker.error(&id, &format!("delegates.{i}"), message);
            }
        }
        for (i, other) in role.prepares.iter().enumerate().filter(|(_, other)| role.delegates.contains(other)) {
            checker.error(&id, &format!("prepares.{i}"), format!("“{other}”已经在 delegates 中，请只写一处"));
        }
        for (i, capability) in role.gives.iter().enumerate().filter(|(_, capability)| role.capabilities.contains(capability)) {
            let message = format!("{} 已经在 capabilities 中，请从 gives 删去", words(&[*capability]));
            checker.error(&id, &format!("gives.{i}"), message);
        }
    }
}

/// Capabilities as packs write them.
fn words(capabilities: &[Capability]) -> String {
    let word = |capability: &Capability| match serde_json::to_value(capability) {
        Ok(Value::String(word)) => word,
        _ => String::new(),
    };
    capabilities.iter().map(word).collect::<Vec<_>>().join("、")
}
