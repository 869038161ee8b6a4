//! The table of required fields, in the docs of `event`, is that of the types.

use tower_tencent_webhook::Command;

#[test]
fn the_table_of_required_fields_is_up_to_date() {
    let mut table = "| command | required fields |\n|---|---|\n".to_owned();
    for command in Command::ALL {
        let fields: Vec<_> = command.required_fields().iter().map(|path| format!("`{path}`")).collect();
        table += &format!("| `{command}` | {} |\n", fields.join(", "));
    }
    let documented = include_str!("../../src/event/required.md");
    assert!(documented == table, "src/event/required.md should be:\n{table}");
}
