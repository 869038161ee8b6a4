//! Writes the seeds to `corpus/NAME`, where `cargo fuzz run NAME` finds them, and a dictionary for its `-dict` option.

use std::{error::Error, fs, path::Path};

use tower_tencent_webhook_fuzz::{TARGETS, words};

fn main() -> Result<(), Box<dyn Error>> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for target in TARGETS {
        let folder = corpus.join(target.name);
        fs::create_dir_all(&folder)?;
        for (index, seed) in (target.seeds)().into_iter().enumerate() {
            fs::write(folder.join(format!("seed-{index:03}")), seed)?;
        }
    }
    let escaped = |word: String| word.bytes().map(|byte| format!("\\x{byte:02x}")).collect::<String>();
    let lines: Vec<_> = words().into_iter().map(|word| format!("\"{}\"\n", escaped(word))).collect();
    fs::write(corpus.join("words.dict"), lines.concat())?;
    println!("{} words and the seeds of {} targets are in {}", lines.len(), TARGETS.len(), corpus.display());
    Ok(())
}
