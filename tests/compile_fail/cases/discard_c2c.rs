//~ error[E0599]
//~ BeforeSendMsg: Discardable`

use tower_tencent_webhook::{Verdict, event::c2c};

fn main() {
    let _ = Verdict::<c2c::BeforeSendMsg>::discard();
}
