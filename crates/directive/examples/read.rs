//! Prints the tasks of a document as `directive-tasks/1` JSON: `read FILE`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("usage: read FILE")?;
    let text = std::fs::read_to_string(path)?;
    println!("{}", serde_json::to_string_pretty(&directive::read(&text))?);
    Ok(())
}
