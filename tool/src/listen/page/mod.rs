use super::Listener;
use std::{net::SocketAddr, sync::Arc};
use tokio::{net::TcpListener, sync::watch};
pub(super) async fn serve(_l: TcpListener, _a: SocketAddr, _s: Arc<Listener>, _stop: watch::Receiver<bool>) {}
