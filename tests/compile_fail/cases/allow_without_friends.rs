//~ error[E0599]
//~ `PrevFriendAdd: Decidable`

use tower_tencent_webhook::{Verdict, event::sns};

fn main() {
    // Each friend of the request needs a verdict of its own.
    let _ = Verdict::<sns::PrevFriendAdd>::allow();
}
